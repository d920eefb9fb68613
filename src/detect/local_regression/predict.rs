//! What a pixel's MIR radiance would be without fire: least squares over its neighbours.
//!
//! The MIR radiance less the emission at the window band's temperature, y = L39 - B39(T11), is regressed on B39(T11),
//! B39(T12) - B39(T11) and the visible, 1.6 and 2.2 um reflectances of the background (ALGORITHMS 4.10: predict the
//! solar part locally; a global coefficient makes it worse). Each predictor's noise is added to its variance as in
//! errors-in-variables regression, so that a predictor that is only noise here gets no weight.

use crate::detect::normal_equations::{cholesky, solve};

/// At most so many predictors.
pub const MOST: usize = 5;

/// Places of the predictors in a sample.
pub mod slot {
    /// B39(T11).
    pub const TIR11: usize = 0;
    /// B39(T12) - B39(T11).
    pub const TIR12: usize = 1;
    /// Visible reflectance.
    pub const VISIBLE: usize = 2;
    /// 1.6 um reflectance.
    pub const SWIR16: usize = 3;
    /// 2.2 um reflectance.
    pub const SWIR22: usize = 4;
}

/// The predictors that a pixel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predictors {
    slots: [usize; MOST],
    used: usize,
}

impl Predictors {
    /// Those that have a value in a sample.
    pub fn of(sample: &Sample) -> Self {
        let mut predictors = Predictors { slots: [0; MOST], used: 0 };
        for slot in (0..MOST).filter(|slot| !sample.x[*slot].is_nan()) {
            predictors.slots[predictors.used] = slot;
            predictors.used += 1;
        }
        predictors
    }

    fn has(&self, slot: usize) -> bool {
        self.slots[..self.used].contains(&slot)
    }

    /// How much they know of the reflected sun: 2 with 2.2 um, or with visible and 1.6 um; 1 with one of those; else 0.
    pub fn solar_level(&self) -> usize {
        let (visible, swir16) = (self.has(slot::VISIBLE), self.has(slot::SWIR16));
        if self.has(slot::SWIR22) || (visible && swir16) { 2 } else { usize::from(visible || swir16) }
    }
}

/// Values of one pixel: y, MIR radiance, window band temperature (K) and the predictors.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// L39 - B39(T11), W m-2 sr-1 um-1.
    pub y: f32,
    /// MIR radiance, W m-2 sr-1 um-1.
    pub mir: f32,
    /// Window band temperature, K.
    pub tir_k: f32,
    /// Height of the ground, km; NaN where it is not known.
    pub height_km: f32,
    /// Predictors by `slot`, NaN where there is none.
    pub x: [f32; MOST],
}

/// Sums over a background, relative to the pixel it is gathered for (which keeps the differences small).
#[derive(Debug, Clone)]
pub struct Sums {
    predictors: Predictors,
    origin: Sample,
    count: f64,
    y: f64,
    yy: f64,
    mir: f64,
    mir2: f64,
    tir: f64,
    level: Level,
    x: [f64; MOST],
    xy: [f64; MOST],
    xx: [[f64; MOST]; MOST],
}

/// What the background says of the pixel.
#[derive(Debug, Clone, Copy)]
pub struct Prediction {
    /// Measured less predicted y, W m-2 sr-1 um-1.
    pub residual: f64,
    /// Spread of the background about the fit, W m-2 sr-1 um-1.
    pub spread: f64,
    /// Leverage of the pixel: its prediction variance is spread^2 (1 + leverage).
    pub leverage: f64,
    /// Mean and standard deviation of the background's MIR radiance, at the pixel's height where that is known.
    pub mir_mean: f64,
    /// Standard deviation of the background's MIR radiance.
    pub mir_deviation: f64,
    /// Mean window band temperature of the background, K, at the pixel's height where that is known.
    pub tir_mean_k: f64,
}

impl Sums {
    /// Empty sums around a pixel with some of its predictors.
    pub fn around(origin: Sample, predictors: Predictors) -> Self {
        Sums {
            predictors,
            origin,
            count: 0.0,
            y: 0.0,
            yy: 0.0,
            mir: 0.0,
            mir2: 0.0,
            tir: 0.0,
            level: Level::NONE,
            x: [0.0; MOST],
            xy: [0.0; MOST],
            xx: [[0.0; MOST]; MOST],
        }
    }

    /// Adds a background pixel; one without a value in a used predictor does not count.
    pub fn add(&mut self, sample: &Sample) {
        let mut d = [0.0; MOST];
        let Predictors { slots, used } = self.predictors;
        for (value, slot) in d.iter_mut().zip(&slots[..used]) {
            *value = f64::from(sample.x[*slot]) - f64::from(self.origin.x[*slot]);
            if value.is_nan() {
                return;
            }
        }
        let y = f64::from(sample.y) - f64::from(self.origin.y);
        let mir = f64::from(sample.mir) - f64::from(self.origin.mir);
        self.count += 1.0;
        self.y += y;
        self.yy += y * y;
        self.mir += mir;
        self.mir2 += mir * mir;
        let tir = f64::from(sample.tir_k) - f64::from(self.origin.tir_k);
        self.tir += tir;
        self.level.add(f64::from(sample.height_km) - f64::from(self.origin.height_km), mir, tir);
        for i in 0..used {
            self.x[i] += d[i];
            self.xy[i] += d[i] * y;
            for j in i..used {
                self.xx[i][j] += d[i] * d[j];
            }
        }
    }

    /// Pixels counted.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// Fits the background and predicts the pixel; `noise` holds the standard error of each slot. `None` when the
    /// equations have no solution.
    pub fn predict(&self, noise: &[f64; MOST]) -> Option<Prediction> {
        let (n, Predictors { slots, used: k }) = (self.count, self.predictors);
        let mean_y = self.y / n;
        let mean: [f64; MOST] = std::array::from_fn(|i| self.x[i] / n);
        let mut a = [[0.0; MOST]; MOST];
        let mut b = [0.0; MOST];
        for i in 0..k {
            b[i] = self.xy[i] - n * mean[i] * mean_y;
            for j in i..k {
                a[i][j] = self.xx[i][j] - n * mean[i] * mean[j];
                a[j][i] = a[i][j];
            }
            a[i][i] += n * noise[slots[i]].powi(2);
        }
        // the pixel itself is the origin: its distance from the mean is minus the mean
        let d: [f64; MOST] = std::array::from_fn(|i| if i < k { -mean[i] } else { 0.0 });
        let factor = cholesky(&a, k)?;
        let slopes = solve(&factor, &b, k);
        let weights = solve(&factor, &d, k);
        let dot = |p: &[f64; MOST], q: &[f64; MOST]| (0..k).map(|i| p[i] * q[i]).sum::<f64>();
        let unexplained = (self.yy - n * mean_y * mean_y - dot(&slopes, &b)).max(0.0);
        let mir = self.mir / n;
        let flat = Around { mir, mir_variance: self.mir2 / n - mir * mir, tir_k: self.tir / n };
        let around = self.level.at_origin(n).unwrap_or(flat);
        Some(Prediction {
            residual: -mean_y - dot(&slopes, &d),
            spread: (unexplained / (n - k as f64 - 1.0).max(1.0)).sqrt(),
            leverage: 1.0 / n + dot(&weights, &d),
            mir_mean: f64::from(self.origin.mir) + around.mir,
            mir_deviation: around.mir_variance.max(0.0).sqrt(),
            tir_mean_k: f64::from(self.origin.tir_k) + around.tir_k,
        })
    }
}

/// The background's means relative to the pixel, and the variance that they leave.
#[derive(Debug, Clone, Copy)]
struct Around {
    mir: f64,
    mir_variance: f64,
    tir_k: f64,
}

/// Sums of heights, MIR radiances and window band temperatures, relative to the pixel: their trend with height is what
/// the relief does to the background (ALGORITHMS 4.9.1).
#[derive(Debug, Clone, Copy)]
struct Level {
    count: f64,
    range: (f64, f64),
    h: f64,
    hh: f64,
    mir: f64,
    mir2: f64,
    mir_h: f64,
    tir: f64,
    tir_h: f64,
}

impl Level {
    const NONE: Level = Level {
        count: 0.0,
        range: (f64::MAX, f64::MIN),
        h: 0.0,
        hh: 0.0,
        mir: 0.0,
        mir2: 0.0,
        mir_h: 0.0,
        tir: 0.0,
        tir_h: 0.0,
    };
    /// Share of the background whose height must be known.
    const KNOWN: f64 = 0.8;
    /// Spread of the heights, km, below which there is no trend to speak of.
    const LEAST_SPREAD: f64 = 0.05;

    /// A pixel so much higher (km) than the origin; without a height on either side it does not count.
    fn add(&mut self, h: f64, mir: f64, tir: f64) {
        if h.is_nan() {
            return;
        }
        self.range = (self.range.0.min(h), self.range.1.max(h));
        self.count += 1.0;
        self.h += h;
        self.hh += h * h;
        self.mir += mir;
        self.mir2 += mir * mir;
        self.mir_h += mir * h;
        self.tir += tir;
        self.tir_h += tir * h;
    }

    /// The straight line in height at the pixel's own height; `None` where too few heights are known or all are alike.
    fn at_origin(&self, all: f64) -> Option<Around> {
        let n = self.count;
        let (h, mir, tir) = (self.h / n, self.mir / n, self.tir / n);
        let spread = self.hh / n - h * h;
        if n < Self::KNOWN * all || spread < Self::LEAST_SPREAD.powi(2) || spread.is_nan() {
            return None;
        }
        let (by_mir, by_tir) = ((self.mir_h / n - h * mir) / spread, (self.tir_h / n - h * tir) / spread);
        // a pixel higher or lower than all of its background is taken at the end of that
        let own = 0.0_f64.clamp(self.range.0, self.range.1);
        Some(Around {
            mir: mir + by_mir * (own - h),
            mir_variance: self.mir2 / n - mir * mir - by_mir * by_mir * spread,
            tir_k: tir + by_tir * (own - h),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(y: f32, x: [f32; 2]) -> Sample {
        Sample { y, mir: y + 1.0, tir_k: 300.0, height_km: f32::NAN, x: [x[0], f32::NAN, x[1], f32::NAN, f32::NAN] }
    }

    /// Background on the plane y = 2 + 3 a - b exactly: the pixel at a = 5, b = 7 should be 10; it is 10.5.
    #[test]
    fn a_plane_is_predicted_exactly() {
        let mut sums = {
            let origin = sample(10.5, [5.0, 7.0]);
            Sums::around(origin, Predictors::of(&origin))
        };
        for i in 0..30u8 {
            let (a, b) = (f32::from(i % 6), f32::from(i / 5));
            sums.add(&sample(2.0 + 3.0 * a - b, [a, b]));
        }
        let p = sums.predict(&[0.0; MOST]).expect("a solution");
        assert!((p.residual - 0.5).abs() < 1e-9 && p.spread < 1e-6, "{p:?}");
        assert!(p.leverage > 1.0 / 30.0);
    }

    /// Ground 6 K and 0.1 radiances colder a kilometre, by construction: at the pixel, 1 km above the middle of its
    /// background, 294 K and a mean of 2.9 with no deviation; without heights 300 K, 3 and the spread of the slope. From
    /// further up the end of the background is what is known.
    #[test]
    fn the_trend_of_the_relief_is_taken_out() {
        let on_slope = |height_km: f32, known: bool| Sample {
            y: 1.0,
            mir: 3.0 - 0.1 * height_km,
            tir_k: 300.0 - 6.0 * height_km,
            height_km: if known { height_km } else { f32::NAN },
            x: [1.0, f32::NAN, f32::NAN, f32::NAN, f32::NAN],
        };
        let cases = [(1.0, true, 2.9, 0.0, 294.0), (1.0, false, 3.0, 0.0577, 300.0), (2.0, true, 2.9, 0.0, 294.0)];
        for (height, known, mean, deviation, tir) in cases {
            let origin = on_slope(height, known);
            let mut sums = Sums::around(origin, Predictors::of(&origin));
            for i in 0..=100u8 {
                sums.add(&on_slope(-1.0 + 0.02 * f32::from(i), known));
            }
            let p = sums.predict(&[0.01; MOST]).expect("a solution");
            assert!((p.mir_mean - mean).abs() < 1e-4 && (p.tir_mean_k - tir).abs() < 1e-2, "{p:?}");
            assert!((p.mir_deviation - deviation).abs() < 2e-3, "{p:?}");
        }
    }

    #[test]
    fn what_is_known_of_the_sun_follows_the_predictors() {
        let level = |x: [f32; MOST]| {
            Predictors::of(&Sample { y: 0.0, mir: 0.0, tir_k: 0.0, height_km: f32::NAN, x }).solar_level()
        };
        let no = f32::NAN;
        assert_eq!([level([1.0, no, no, no, no]), level([1.0, 1.0, 1.0, no, no])], [0, 1]);
        assert_eq!([level([1.0, no, no, 1.0, no]), level([1.0, no, 1.0, 1.0, no])], [1, 2]);
        assert_eq!(level([1.0, no, no, no, 1.0]), 2);
    }

    #[test]
    fn equal_neighbours_have_no_fit_without_noise_and_a_mean_with_it() {
        let mut sums = {
            let origin = sample(3.0, [1.0, 1.0]);
            Sums::around(origin, Predictors::of(&origin))
        };
        for _ in 0..30 {
            sums.add(&sample(2.0, [1.0, 1.0]));
        }
        assert!(sums.predict(&[0.0; MOST]).is_none());
        let p = sums.predict(&[0.01; MOST]).expect("a mean");
        assert!((p.residual - 1.0).abs() < 1e-12 && (p.mir_mean - 3.0).abs() < 1e-12);
    }
}
