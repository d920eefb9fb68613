//! What a pixel's MIR radiance should be, from its own past at the same hour.
//!
//! y = L39 - B39(T11) is regressed on T11 and by day on the height of the sun and the reflectance over the clear slots of the
//! days before: emissivity and reflected sun of a place stay, the weather goes with T11, haze and shadow with the reflectance. The MIR temperature alone has no such
//! history: the weather moves it by more than a fire does.

use crate::detect::normal_equations::{cholesky, solve};
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
    /// Whole days before the look.
    pub days_ago: i64,
}

/// The look that is predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Now {
    /// Window band temperature, K.
    pub tir_k: f32,
    /// Cosine of the sun's zenith angle over the window's middle.
    pub cos_sun: f32,
    /// Reflectance; NaN where there is none.
    pub bright: f32,
}

impl Now {
    /// Whether a sample is of ground as bright: bare ground, snow and shadow each have a past of their own. Where either is
    /// not known all are alike.
    fn is_alike(&self, sample: &Sample, t: &BaselineThresholds) -> bool {
        let apart = (self.bright - sample.bright).abs();
        apart.is_nan() || apart <= t.alike
    }
}

/// What the past says of a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// y that it should have.
    pub y: f32,
    /// Standard deviation of the past about the fit, its own uncertainty included.
    pub spread: f32,
}

/// What a pixel usually is at this hour, as bright as now or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// Window band temperature, K.
    pub tir_k: f32,
    /// Reflectance; NaN where there is none.
    pub bright: f32,
}

/// The middle of all clear looks; `None` with too few looks or days.
pub fn usual(all: &[Sample], t: &BaselineThresholds) -> Option<Usual> {
    let bright = all.iter().map(|s| f64::from(s.bright)).filter(|bright| !bright.is_nan()).collect();
    let tir_k = all.iter().map(|s| f64::from(s.tir_k)).collect();
    is_enough(all, t).then(|| Usual { tir_k: median(tir_k) as f32, bright: median(bright) as f32 })
}

fn is_enough(samples: &[Sample], t: &BaselineThresholds) -> bool {
    samples.len() as f32 >= t.least_samples && days_of(samples) as f32 >= t.least_days
}

/// Times that the weights are found anew.
const ROUNDS: usize = 4;

/// Fits the samples of ground as bright and predicts a look; by day the sun counts. `None` with too few samples or days.
pub fn expect(all: &[Sample], now: Now, t: &BaselineThresholds) -> Option<Expected> {
    let samples: Vec<Sample> = all.iter().filter(|sample| now.is_alike(sample, t)).copied().collect();
    if !is_enough(&samples, t) {
        return None;
    }
    let count = samples.len() as f64;
    let mean = |of: fn(&Sample) -> f32| samples.iter().map(|s| f64::from(of(s))).sum::<f64>() / count;
    let means = [mean(|s| s.tir_k), mean(|s| s.cos_sun), mean(|s| s.bright)];
    let used = match (now.cos_sun > 0.0, now.bright.is_nan() || means[2].is_nan()) {
        (false, _) => 1,
        (true, true) => 2,
        (true, false) => 3,
    };
    let lever = f64::from(t.lever_kelvin);
    let of = |kelvin: f32, cos: f32, bright: f32| {
        [(f64::from(kelvin) - means[0]).clamp(-lever, lever), f64::from(cos) - means[1], f64::from(bright) - means[2]]
    };
    let points: Vec<Point> = samples.iter().map(|s| (of(s.tir_k, s.cos_sun, s.bright), f64::from(s.y))).collect();
    let mut weights = vec![1.0; points.len()];
    let mut line = Line::through(&points, &weights, used, t)?;
    let mut spread = 0.0;
    for _ in 0..ROUNDS {
        let residuals: Vec<f64> = points.iter().map(|(x, y)| y - line.at(*x)).collect();
        spread = 1.4826 * median(residuals.iter().map(|r| r.abs()).collect());
        let limit = f64::from(t.huber) * spread;
        for (weight, residual) in weights.iter_mut().zip(&residuals) {
            *weight = if residual.abs() > limit { limit / residual.abs() } else { 1.0 };
        }
        line = Line::through(&points, &weights, used, t)?;
    }
    let own = of(now.tir_k, now.cos_sun, now.bright);
    // the look lies off the middle of its past: the line is less sure there
    let freedom = count - used as f64 - 1.0;
    let spread = spread * (count / freedom).sqrt() * (1.0 + line.leverage(own) / count).sqrt();
    Some(Expected { y: line.at(own) as f32, spread: spread as f32 })
}

/// Days of the samples, which come in the order of time.
fn days_of(samples: &[Sample]) -> usize {
    let turns = samples.windows(2).filter(|pair| pair[0].days_ago != pair[1].days_ago).count();
    if samples.is_empty() { 0 } else { turns + 1 }
}

/// Predictors: window band temperature, height of the sun, reflectance.
const MOST: usize = 3;
/// Predictors, relative to their means, and y.
type Point = ([f64; MOST], f64);

/// y = level + slopes . (x - middle) in the first `used` predictors.
struct Line {
    used: usize,
    level: f64,
    slopes: [f64; MOST],
    middle: [f64; MOST],
    /// Cholesky factor of the predictors' covariance.
    factor: [[f64; MOST]; MOST],
}

impl Line {
    /// Weighted least squares; each predictor's own error is added to its variance, so that one that hardly varied in
    /// the past gets no slope. `None` where a value is missing.
    fn through(points: &[Point], weights: &[f64], used: usize, t: &BaselineThresholds) -> Option<Self> {
        let total: f64 = weights.iter().sum();
        let mean = |of: &dyn Fn(&Point) -> f64| points.iter().zip(weights).map(|(p, w)| w * of(p)).sum::<f64>() / total;
        let level = mean(&|p| p.1);
        let middle: [f64; MOST] = std::array::from_fn(|i| if i < used { mean(&|p| p.0[i]) } else { 0.0 });
        let ridge = [t.ridge_kelvin, t.ridge_cosine, t.ridge_bright].map(|ridge| f64::from(ridge).powi(2));
        let mut covariance = [[0.0; MOST]; MOST];
        let mut with_y = [0.0; MOST];
        for i in 0..used {
            with_y[i] = mean(&|p| (p.0[i] - middle[i]) * (p.1 - level));
            for j in 0..=i {
                covariance[i][j] = mean(&|p| (p.0[i] - middle[i]) * (p.0[j] - middle[j]));
            }
            covariance[i][i] += ridge[i];
        }
        let factor = cholesky(&covariance, used)?;
        Some(Line { used, level, slopes: solve(&factor, &with_y, used), middle, factor })
    }

    fn at(&self, x: [f64; MOST]) -> f64 {
        self.level + (0..self.used).map(|i| self.slopes[i] * (x[i] - self.middle[i])).sum::<f64>()
    }

    /// Variance of the line at x in units of one sample's over their number: 1 in the middle.
    fn leverage(&self, x: [f64; MOST]) -> f64 {
        let off: [f64; MOST] = std::array::from_fn(|i| x[i] - self.middle[i]);
        let weights = solve(&self.factor, &off, self.used);
        1.0 + (0..self.used).map(|i| off[i] * weights[i]).sum::<f64>()
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

    const NOW: Now = Now { tir_k: 284.0, cos_sun: 0.75, bright: 0.12 };

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
                    days_ago: 10 - i64::from(i / 6),
                }
            })
            .collect()
    }

    #[test]
    fn a_look_is_predicted_from_the_past() {
        let t = BaselineThresholds::default();
        let expected = expect(&past(), NOW, &t).expect("enough");
        assert!((expected.y - (0.10 + 0.008 + 0.0375)).abs() < 0.002, "{expected:?}");
        // noise of -2 to 2 in equal shares: median departure 1, so 1.4826 of 0.001
        assert!((0.0010..0.0020).contains(&expected.spread), "{expected:?}");
        assert!((usual(&past(), &t).expect("enough").tir_k - 280.0).abs() < 1.1);
    }

    /// A fire in six of sixty looks moves neither the expectation nor its spread by a noise.
    #[test]
    fn fires_of_other_days_do_not_spoil_it() {
        let t = BaselineThresholds::default();
        let clean = expect(&past(), NOW, &t).expect("enough");
        let mut burnt = past();
        for sample in burnt.iter_mut().step_by(10) {
            sample.y += 0.2;
        }
        let expected = expect(&burnt, NOW, &t).expect("enough");
        assert!((expected.y - clean.y).abs() < 0.001 && expected.spread < 2.0 * clean.spread, "{expected:?} {clean:?}");
    }

    #[test]
    fn too_little_past_says_nothing() {
        let t = BaselineThresholds::default();
        assert!(expect(&past()[..19], NOW, &t).is_none());
        assert!(expect(&past()[..20], NOW, &t).is_some());
        // 24 looks of four days are enough, 24 of three are not
        let mut of_three_days = past()[..24].to_vec();
        for sample in &mut of_three_days[18..] {
            sample.days_ago = 8;
        }
        assert!(expect(&past()[..24], NOW, &t).is_some() && expect(&of_three_days, NOW, &t).is_none());
    }

    /// Snow on four of ten days: 0.1 radiances less and ten times as bright. Bare ground is expected as if it had never lain.
    #[test]
    fn bare_ground_is_compared_with_bare_ground() {
        let t = BaselineThresholds::default();
        let mut past = past();
        for sample in &mut past[..24] {
            (sample.y, sample.bright, sample.tir_k) = (sample.y - 0.1, 0.7, sample.tir_k - 10.0);
        }
        let bare = expect(&past, NOW, &t).expect("enough");
        assert!((bare.y - (0.10 + 0.008 + 0.0375)).abs() < 0.002, "{bare:?}");
        assert!((usual(&past, &t).expect("enough").bright - 0.1).abs() < 1e-6);
        let snow = expect(&past, Now { tir_k: 274.0, bright: 0.68, ..NOW }, &t).expect("enough");
        assert!((snow.y - (0.0 + 0.008 + 0.0375)).abs() < 0.006, "{snow:?}");
        assert!(expect(&past, Now { bright: 0.4, ..NOW }, &t).is_none());
    }

    /// The middle of the past is surest. By hand: steps of 2 K from -4 to 4 have a variance of 26.7 K2, with the ridge 27.7; 12 K
    /// off the middle is a leverage of 1 + 144/27.7, over 60 looks a spread of 1.051 beside 1.008.
    #[test]
    fn far_from_its_past_a_look_is_less_sure() {
        let t = BaselineThresholds::default();
        let spread = |tir_k: f32| expect(&past(), Now { tir_k, ..NOW }, &t).expect("enough").spread;
        for far in [268.0, 292.0] {
            let ratio = spread(far) / spread(280.0);
            assert!((ratio - 1.042).abs() < 0.01, "{far}: {ratio}");
        }
    }
}
