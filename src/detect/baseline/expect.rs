//! What a pixel's MIR radiance should be, from its own past at the same hour.
//!
//! y = L39 - B39(T11) is regressed on T11 and by day on the height of the sun over the clear slots of the days before:
//! emissivity and reflected sun of a place stay, the weather goes with T11. The MIR temperature alone has no such
//! history: the weather moves it by more than a fire does.

use crate::thresholds::BaselineThresholds;

/// One clear look at the pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// L39 - B39(T11), W m-2 sr-1 um-1.
    pub y: f32,
    /// Window band temperature, K.
    pub tir_k: f32,
    /// Cosine of the sun's zenith angle over the window's middle.
    pub cos_sun: f32,
    /// Reflectance; NaN where there is none.
    pub bright: f32,
}

/// What the past says of a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// y that it should have.
    pub y: f32,
    /// Standard deviation of the past about the fit, its own uncertainty included.
    pub spread: f32,
    /// Usual window band temperature, K.
    pub tir_k: f32,
    /// Usual reflectance; NaN where there is none.
    pub bright: f32,
}

/// Times that the weights are found anew.
const ROUNDS: usize = 4;

/// Fits the samples and predicts a look with this window band temperature and sun; `day`: whether the sun counts.
/// `None` with too few samples.
pub fn expect(samples: &[Sample], tir_k: f32, cos_sun: f32, day: bool, t: &BaselineThresholds) -> Option<Expected> {
    if (samples.len() as f32) < t.least_samples {
        return None;
    }
    let count = samples.len() as f64;
    let mean = |of: fn(&Sample) -> f32| samples.iter().map(|s| f64::from(of(s))).sum::<f64>() / count;
    let (mean_k, mean_cos) = (mean(|s| s.tir_k), mean(|s| s.cos_sun));
    let lever = f64::from(t.lever_kelvin);
    let of = |kelvin: f32, cos: f32| {
        let warm = (f64::from(kelvin) - mean_k).clamp(-lever, lever);
        [warm, if day { f64::from(cos) - mean_cos } else { 0.0 }]
    };
    let points: Vec<Point> = samples.iter().map(|s| (of(s.tir_k, s.cos_sun), f64::from(s.y))).collect();
    let mut weights = vec![1.0; points.len()];
    let mut line = Line::through(&points, &weights, t);
    let mut spread = 0.0;
    for _ in 0..ROUNDS {
        let residuals: Vec<f64> = points.iter().map(|(x, y)| y - line.at(*x)).collect();
        spread = 1.4826 * median(residuals.iter().map(|r| r.abs()).collect());
        let limit = f64::from(t.huber) * spread;
        for (weight, residual) in weights.iter_mut().zip(&residuals) {
            *weight = if residual.abs() > limit { limit / residual.abs() } else { 1.0 };
        }
        line = Line::through(&points, &weights, t);
    }
    let own = of(tir_k, cos_sun);
    let parameters = if day { 3.0 } else { 2.0 };
    let spread = spread * (count / (count - parameters)).sqrt() * (1.0 + 1.0 / count).sqrt();
    let usual = median(samples.iter().map(|s| f64::from(s.tir_k)).collect());
    let bright = samples.iter().map(|s| f64::from(s.bright)).filter(|bright| !bright.is_nan()).collect();
    let bright = median(bright) as f32;
    Some(Expected { y: line.at(own) as f32, spread: spread as f32, tir_k: usual as f32, bright })
}

/// Predictors and y.
type Point = ([f64; 2], f64);

/// y = level + slopes . x.
struct Line {
    level: f64,
    slopes: [f64; 2],
    middle: [f64; 2],
}

impl Line {
    /// Weighted least squares; each predictor's own error is added to its variance, so that one that hardly varied in
    /// the past gets no slope.
    fn through(points: &[Point], weights: &[f64], t: &BaselineThresholds) -> Self {
        let total: f64 = weights.iter().sum();
        let mean = |of: &dyn Fn(&Point) -> f64| points.iter().zip(weights).map(|(p, w)| w * of(p)).sum::<f64>() / total;
        let (level, middle) = (mean(&|p| p.1), [mean(&|p| p.0[0]), mean(&|p| p.0[1])]);
        let moment = |i: usize, j: usize| mean(&|p| (p.0[i] - middle[i]) * (p.0[j] - middle[j]));
        let with_y = |i: usize| mean(&|p| (p.0[i] - middle[i]) * (p.1 - level));
        let a = moment(0, 0) + f64::from(t.ridge_kelvin).powi(2);
        let d = moment(1, 1) + f64::from(t.ridge_cosine).powi(2);
        let b = moment(0, 1);
        let determinant = a * d - b * b;
        let (p, q) = (with_y(0), with_y(1));
        Line { level, slopes: [(d * p - b * q) / determinant, (a * q - b * p) / determinant], middle }
    }

    fn at(&self, x: [f64; 2]) -> f64 {
        self.level + self.slopes[0] * (x[0] - self.middle[0]) + self.slopes[1] * (x[1] - self.middle[1])
    }
}

/// The middle one; of an even number the upper of the two.
pub fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ground with y = 0.10 + 0.002 (T11 - 280) + 0.05 cos, by construction; T11 wanders by 8 K, the sun by 0.3.
    fn past() -> Vec<Sample> {
        (0..60u8)
            .map(|i| {
                let (warm, cos) = (f32::from(i % 9) - 4.0, 0.6 + 0.05 * f32::from(i % 7));
                let noise = 0.001 * (f32::from(i % 5) - 2.0);
                Sample {
                    y: 0.10 + 0.002 * 2.0 * warm + 0.05 * cos + noise,
                    tir_k: 280.0 + 2.0 * warm,
                    cos_sun: cos,
                    bright: 0.1,
                }
            })
            .collect()
    }

    #[test]
    fn a_look_is_predicted_from_the_past() {
        let t = BaselineThresholds::default();
        let expected = expect(&past(), 284.0, 0.75, true, &t).expect("enough");
        assert!((expected.y - (0.10 + 0.008 + 0.0375)).abs() < 0.002, "{expected:?}");
        // noise of -2 to 2 in equal shares: median departure 1, so 1.4826 of 0.001
        assert!((0.0010..0.0020).contains(&expected.spread), "{expected:?}");
        assert!((expected.tir_k - 280.0).abs() < 1.1);
    }

    /// A fire in six of sixty looks moves neither the expectation nor its spread by a noise.
    #[test]
    fn fires_of_other_days_do_not_spoil_it() {
        let t = BaselineThresholds::default();
        let clean = expect(&past(), 284.0, 0.75, true, &t).expect("enough");
        let mut burnt = past();
        for sample in burnt.iter_mut().step_by(10) {
            sample.y += 0.2;
        }
        let expected = expect(&burnt, 284.0, 0.75, true, &t).expect("enough");
        assert!((expected.y - clean.y).abs() < 0.001 && expected.spread < 2.0 * clean.spread, "{expected:?} {clean:?}");
    }

    #[test]
    fn too_little_past_says_nothing() {
        let t = BaselineThresholds::default();
        assert!(expect(&past()[..19], 284.0, 0.75, true, &t).is_none());
        assert!(expect(&past()[..20], 284.0, 0.75, true, &t).is_some());
    }
}
