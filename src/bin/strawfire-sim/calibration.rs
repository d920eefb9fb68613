//! Counts: the linear scale of a band and the polynomials that a reader needs to get back to temperature or albedo.

use crate::bands::{Band, Kind};
use crate::planck::{BOLTZMANN_J_K, LIGHT_M_S, PLANCK_J_S, Response};

/// Count of a pixel in error.
pub const ERROR_COUNT: u16 = 65_535;
/// Count of a pixel outside the scan (off the Earth).
pub const OUTSIDE_COUNT: u16 = 65_534;

/// What block 5 of a file says about a band.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// W m-2 sr-1 um-1 per count; negative for the infrared bands, as on the real instrument.
    pub gain: f64,
    /// W m-2 sr-1 um-1 at count 0.
    pub offset: f64,
    /// The largest valid count.
    pub top_count: u16,
    pub words: Words,
}

/// The band-kind part of block 5.
#[derive(Clone, Debug)]
pub enum Words {
    /// BT = c0 + c1 Te + c2 Te^2 and Te = C0 + C1 BT + C2 BT^2, K.
    Emissive { to_brightness: [f64; 3], to_effective: [f64; 3] },
    /// Albedo per radiance, (W m-2 sr-1 um-1)-1.
    Reflective { albedo_per_radiance: f64 },
}

/// Range of the polynomial fit, K: the brief of the reader is 200 to 400 K.
const FIT_FROM_K: f64 = 200.0;
const FIT_TO_K: f64 = 400.0;

impl Calibration {
    /// Builds the scale of a band from its response.
    pub fn of(band: &Band) -> Self {
        let response = band.response();
        let top_count = ((1_u32 << band.bits) - 1) as u16;
        match band.kind() {
            Kind::Emissive => emissive(band, &response, top_count),
            Kind::Reflective => reflective(band, &response, top_count),
        }
    }

    /// The count of a radiance; what the scale cannot hold stays at its end, which is how saturation looks.
    #[inline]
    pub fn encode(&self, radiance: f64) -> u16 {
        let count = ((radiance - self.offset) / self.gain).clamp(0.0, f64::from(self.top_count));
        (count + 0.5) as u16
    }
}

fn emissive(band: &Band, response: &Response, top_count: u16) -> Calibration {
    let full = response.radiance(band.saturation);
    // Count 0 is full scale and the last counts lie a little below zero radiance, so cold noise is not clipped.
    let gain = -full * 1.01 / f64::from(top_count);
    let pairs: Vec<(f64, f64)> = (0..=200)
        .map(|i| FIT_FROM_K + (FIT_TO_K - FIT_FROM_K) * f64::from(i) / 200.0)
        .map(|bt| (effective_k(band.central_um, response.radiance(bt)), bt))
        .collect();
    let swapped: Vec<(f64, f64)> = pairs.iter().map(|(te, bt)| (*bt, *te)).collect();
    Calibration {
        gain,
        offset: full,
        top_count,
        words: Words::Emissive { to_brightness: fit_quadratic(&pairs), to_effective: fit_quadratic(&swapped) },
    }
}

fn reflective(band: &Band, response: &Response, top_count: u16) -> Calibration {
    let albedo_per_radiance = std::f64::consts::PI / response.solar_irradiance();
    let full = band.saturation / albedo_per_radiance;
    // Space sits near count 20, so that dark noise is not clipped.
    let gain = full / f64::from(top_count - 20);
    Calibration { gain, offset: -20.0 * gain, top_count, words: Words::Reflective { albedo_per_radiance } }
}

/// Temperature (K) of a black body with this radiance (W m-2 sr-1 um-1) at exactly the central wavelength.
fn effective_k(central_um: f64, radiance: f64) -> f64 {
    let metres = central_um * 1e-6;
    let first = 2.0 * PLANCK_J_S * LIGHT_M_S * LIGHT_M_S / (metres.powi(5) * radiance * 1e6);
    PLANCK_J_S * LIGHT_M_S / (BOLTZMANN_J_K * metres) / first.ln_1p()
}

/// Least-squares quadratic through (x, y), solved about the middle of x so that the normal equations stay well behaved.
pub fn fit_quadratic(pairs: &[(f64, f64)]) -> [f64; 3] {
    let n = pairs.len() as f64;
    let mid = pairs.iter().map(|(x, _)| x).sum::<f64>() / n;
    let scale = 100.0;
    let mut moments = [0.0; 5];
    let mut right = [0.0; 3];
    for (x, y) in pairs {
        let u = (x - mid) / scale;
        for (power, moment) in moments.iter_mut().enumerate() {
            *moment += u.powi(power as i32);
        }
        for (power, value) in right.iter_mut().enumerate() {
            *value += y * u.powi(power as i32);
        }
    }
    let [a, b, c] = solve3(
        [
            [moments[0], moments[1], moments[2]],
            [moments[1], moments[2], moments[3]],
            [moments[2], moments[3], moments[4]],
        ],
        right,
    );
    let (b, c) = (b / scale, c / (scale * scale));
    [a - b * mid + c * mid * mid, b - 2.0 * c * mid, c]
}

fn determinant(m: [[f64; 3]; 3]) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

/// Cramer's rule; the matrix is a Gram matrix of distinct abscissae, hence regular.
fn solve3(matrix: [[f64; 3]; 3], right: [f64; 3]) -> [f64; 3] {
    let whole = determinant(matrix);
    std::array::from_fn(|column| {
        let mut replaced = matrix;
        for (row, value) in replaced.iter_mut().zip(right) {
            row[column] = value;
        }
        determinant(replaced) / whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poly(c: [f64; 3], x: f64) -> f64 {
        c[0] + c[1] * x + c[2] * x * x
    }

    #[test]
    fn polynomials_hold_to_two_hundredths_of_a_kelvin() {
        for number in [7, 11, 13, 14, 15, 16] {
            let band = Band::numbered(number).expect("a band");
            let response = band.response();
            let Words::Emissive { to_brightness, to_effective } = Calibration::of(&band).words else {
                panic!("band {number} is emissive")
            };
            for t in 200..=400 {
                let bt = f64::from(t);
                let te = effective_k(band.central_um, response.radiance(bt));
                let forth = poly(to_brightness, te) - bt;
                let back = poly(to_effective, bt) - te;
                assert!(forth.abs() < 0.02 && back.abs() < 0.02, "{number} {bt} {forth} {back}");
            }
        }
    }

    #[test]
    fn infrared_counts_fall_with_radiance() {
        let band = Band::numbered(7).expect("a band");
        let cal = Calibration::of(&band);
        let counts: Vec<u16> = [220.0, 280.0, 300.0, 350.0, 399.0, 450.0]
            .iter()
            .map(|t| cal.encode(band.response().radiance(*t)))
            .collect();
        assert!(cal.gain < 0.0);
        assert!(counts.windows(2).all(|pair| pair[0] > pair[1]), "{counts:?}");
        assert_eq!(counts[5], 0, "saturated");
        assert!(counts[0] <= 16_383);
    }

    #[test]
    fn visible_counts_give_the_albedo_back() {
        let cal = Calibration::of(&Band::numbered(4).expect("a band"));
        let Words::Reflective { albedo_per_radiance } = cal.words else { panic!("band 4 is reflective") };
        let count = cal.encode(0.3 / albedo_per_radiance);
        let albedo = albedo_per_radiance * (cal.gain * f64::from(count) + cal.offset);
        assert!((albedo - 0.3).abs() < 0.001);
    }
}
