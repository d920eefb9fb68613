//! Planck radiation integrated over a spectral response, by quadrature.
//!
//! The detector goes the other way, through the calibration words in a file; that the two agree is a test, not a given.

/// Planck constant, J s (CODATA 2018, exact).
pub const PLANCK_J_S: f64 = 6.626_070_15e-34;
/// Speed of light, m/s (exact).
pub const LIGHT_M_S: f64 = 2.997_924_58e8;
/// Boltzmann constant, J/K (exact).
pub const BOLTZMANN_J_K: f64 = 1.380_649e-23;
/// Stefan-Boltzmann constant, W m-2 K-4 (ALGORITHMS 0.2).
pub const STEFAN_BOLTZMANN: f64 = 5.670_374e-8;

/// The Sun as a black body, K, and its solid angle over pi seen from 1 au: (R_sun / au)^2 [O].
const SUN_K: f64 = 5772.0;
const SUN_DILUTION: f64 = 2.162_7e-5;

/// Points of the quadrature; odd, at least 21 by the test plan (ALGORITHMS 10.1).
const POINTS: usize = 41;
/// Half width of the raised-cosine edge, as a share of the band's width [O].
const EDGE_SHARE: f64 = 0.15;

/// Spectral radiance at one wavelength (um) and temperature (K), W m-2 sr-1 um-1.
pub fn per_wavelength(wavelength_um: f64, temperature_k: f64) -> f64 {
    let metres = wavelength_um * 1e-6;
    let exponent = PLANCK_J_S * LIGHT_M_S / (metres * BOLTZMANN_J_K * temperature_k);
    2.0 * PLANCK_J_S * LIGHT_M_S * LIGHT_M_S / metres.powi(5) / exponent.exp_m1() * 1e-6
}

/// Radiance per wavenumber at one wavelength (um) and temperature (K), mW m-2 sr-1 (cm-1)-1.
pub fn per_wavenumber(wavelength_um: f64, temperature_k: f64) -> f64 {
    // |dlambda/dnu| = lambda^2 * 1e-4 um per cm-1, and W becomes mW.
    per_wavelength(wavelength_um, temperature_k) * wavelength_um * wavelength_um * 1e-4 * 1e3
}

/// A spectral response: wavelengths (um) and weights over wavelength that sum to one.
pub struct Response {
    nodes: Vec<(f64, f64)>,
}

impl Response {
    /// A rectangular band between its half-power edges (um), with raised-cosine flanks.
    pub fn soft_edged(low_um: f64, high_um: f64) -> Self {
        let flank = EDGE_SHARE * (high_um - low_um);
        let start = low_um - flank;
        let step = (high_um + flank - start) / (POINTS - 1) as f64;
        let raw: Vec<(f64, f64)> = (0..POINTS)
            .map(|i| {
                let um = start + step * i as f64;
                (um, transmission(um, low_um, high_um, flank))
            })
            .collect();
        let total: f64 = raw.iter().map(|(_, w)| w).sum();
        Response { nodes: raw.into_iter().map(|(um, w)| (um, w / total)).collect() }
    }

    /// Mean black-body radiance in the band at a temperature (K), W m-2 sr-1 um-1.
    pub fn radiance(&self, temperature_k: f64) -> f64 {
        self.mean(|um| per_wavelength(um, temperature_k))
    }

    /// The same in the wavenumber units of ABI's infrared bands, mW m-2 sr-1 (cm-1)-1.
    pub fn radiance_wavenumber(&self, temperature_k: f64) -> f64 {
        let weight = |um: f64| 1.0 / (um * um);
        self.mean(|um| weight(um) * per_wavenumber(um, temperature_k)) / self.mean(weight)
    }

    /// Mean solar irradiance at 1 au, W m-2 um-1, from the Sun as a black body [O; within a few per cent of measured].
    pub fn solar_irradiance(&self) -> f64 {
        std::f64::consts::PI * SUN_DILUTION * self.mean(|um| per_wavelength(um, SUN_K))
    }

    fn mean(&self, value: impl Fn(f64) -> f64) -> f64 {
        self.nodes.iter().map(|(um, w)| w * value(*um)).sum()
    }
}

fn transmission(um: f64, low: f64, high: f64, flank: f64) -> f64 {
    let inside = (um - low).min(high - um);
    let phase = (inside / flank).clamp(-1.0, 1.0);
    0.5 * (1.0 + (std::f64::consts::FRAC_PI_2 * phase).sin())
}

/// Band radiance against temperature, tabulated: the forward model asks millions of times.
pub struct Table {
    values: Vec<f64>,
}

const TABLE_FROM_K: f64 = 150.0;
const TABLE_TO_K: f64 = 420.0;
const TABLE_STEP_K: f64 = 0.1;

impl Table {
    /// Tabulates a band from 150 to 420 K in steps of 0.1 K (interpolation error under 1e-5 of the radiance).
    pub fn new(response: &Response) -> Self {
        let n = ((TABLE_TO_K - TABLE_FROM_K) / TABLE_STEP_K).round() as usize + 1;
        Table { values: (0..n).map(|i| response.radiance(TABLE_FROM_K + TABLE_STEP_K * i as f64)).collect() }
    }

    /// Radiance at a temperature (K), W m-2 sr-1 um-1; the ends of the table hold beyond it.
    #[inline]
    pub fn at(&self, temperature_k: f64) -> f64 {
        let last = self.values.len() - 1;
        let place = ((temperature_k - TABLE_FROM_K) / TABLE_STEP_K).clamp(0.0, last as f64);
        let i = (place as usize).min(last - 1);
        let share = place - i as f64;
        self.values[i] * (1.0 - share) + self.values[i + 1] * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ALGORITHMS 7, test vectors at T = 280, 300, 320, 800, 1000 K.
    #[test]
    fn single_wavelengths_match_the_vectors() {
        let rows = [
            (3.75, [0.17980, 0.44825, 0.99693, 1338.2334, 3539.6824]),
            (3.9, [0.25033, 0.60254, 1.29950, 1324.9764, 3383.8392]),
            (4.05, [0.33767, 0.78674, 1.64916, 1303.8992, 3224.2659]),
            (2.2, [0.00017, 0.00079, 0.00308, 651.0825, 3343.5022]),
            (10.8, [7.01844, 9.66942, 12.81137, 189.0842, 290.6042]),
            (11.2, [6.94645, 9.46667, 12.42505, 169.7326, 258.6114]),
        ];
        for (um, expected) in rows {
            for (t, want) in [280.0, 300.0, 320.0, 800.0, 1000.0].iter().zip(expected) {
                let got = per_wavelength(um, *t);
                assert!((got - want).abs() < 6e-6 + 1e-6 * want, "{um} {t}: {got}");
            }
        }
    }

    #[test]
    fn band_integral_lies_between_its_edges_and_rises() {
        let band = Response::soft_edged(3.74, 3.96);
        let at300 = band.radiance(300.0);
        assert!(per_wavelength(3.74, 300.0) < at300 && at300 < per_wavelength(3.96, 300.0));
        let mut last = 0.0;
        for t in (200..1300).step_by(10) {
            let now = band.radiance(f64::from(t));
            assert!(now > last);
            last = now;
        }
    }

    #[test]
    fn wavenumber_units_agree_with_a_known_value() {
        // 900 cm-1 at 300 K: c1 nu^3 / (exp(c2 nu / T) - 1), c1 = 1.191042e-5 mW m-2 sr-1 cm4, c2 = 1.438777 cm K.
        let nu = 900.0_f64;
        let want = 1.191_042_97e-5 * nu.powi(3) / (1.438_776_88 * nu / 300.0).exp_m1();
        assert!((per_wavenumber(1e4 / nu, 300.0) / want - 1.0).abs() < 1e-6);
    }

    #[test]
    fn table_follows_the_integral() {
        let band = Response::soft_edged(3.74, 3.96);
        let table = Table::new(&band);
        for t in [200.03, 260.55, 300.04, 340.07] {
            assert!((table.at(t) / band.radiance(t) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn sun_at_four_microns() {
        let e0 = Response::soft_edged(3.74, 3.96).solar_irradiance();
        assert!((9.0..12.5).contains(&e0), "{e0}");
    }

    /// ALGORITHMS 10.4, AHI row: fires that warm a 295 K pixel of 8.5 km2 by 2.5 and 5 K, in m2 at 700, 800, 1000 K.
    #[test]
    fn fire_areas_match_the_anchors() {
        let band = Response::soft_edged(3.74, 3.96);
        for (rise, areas) in [(2.5, [626.0, 320.0, 124.0]), (5.0, [1311.0, 669.0, 259.0])] {
            for (fire_k, want) in [700.0, 800.0, 1000.0].iter().zip(areas) {
                let ground = band.radiance(295.0);
                let share = (band.radiance(295.0 + rise) - ground) / (band.radiance(*fire_k) - ground);
                assert!((share * 8.5e6 / want - 1.0).abs() < 0.05, "{rise} {fire_k}: {}", share * 8.5e6);
            }
        }
    }
}
