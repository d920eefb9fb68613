//! The bands of OLI and MSI that a fire is looked for in, with the simulator's own numbers.

use crate::planck::Response;

/// Places in every table of seven bands: coastal, blue, green, red, near infrared, 1.6 um, 2.2 um.
pub const BANDS: usize = 7;
/// Place of the near infrared.
pub const NIR: usize = 4;
/// Place of the 2.2 um band, whose pixels are those of a truth file.
pub const SWIR22: usize = 6;

/// One band.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    /// Its maker's name in files.
    pub name: &'static str,
    /// Half-power edges, um: the published ones.
    pub edges_um: (f64, f64),
    /// Mean solar irradiance at 1 au, W m-2 um-1. OLI: pi d2 RADIANCE_MULT / REFLECTANCE_MULT of a real Collection 2
    /// product; MSI: SOLAR_IRRADIANCE of a real Level-1C product of Sentinel-2A.
    pub sun: f64,
    /// Share of a fire's radiance that reaches the satellite, straight up from ground at 2 km [O].
    pub transmittance: f64,
    /// Noise, W m-2 sr-1 um-1: the radiance that the specification names over its signal-to-noise ratio [M].
    pub noise: f64,
    /// Radiance above which the detector is saturated, W m-2 sr-1 um-1 [M].
    pub saturation: f64,
    /// Side of a pixel in cells of the sensor.
    pub cells: usize,
}

/// One imager.
#[derive(Debug)]
pub struct Sensor {
    /// As stacks and lists name it.
    pub name: &'static str,
    /// Side of the cells that the ground is drawn with, m.
    pub cell_m: f64,
    /// See `BANDS`.
    pub bands: [Band; BANDS],
    /// Count of a saturated pixel, where it is not simply the count of the highest radiance.
    pub saturated_count: Option<u16>,
}

const fn band(
    name: &'static str,
    edges_um: (f64, f64),
    (sun, transmittance): (f64, f64),
    (noise, saturation): (f64, f64),
    cells: usize,
) -> Band {
    Band { name, edges_um, sun, transmittance, noise, saturation, cells }
}

/// The imager of Landsat-8 and 9: 30 m, each pixel of four cells, so that borders of fields are mixed.
pub static OLI: Sensor = Sensor {
    name: "OLI",
    cell_m: 15.0,
    bands: [
        band("B1", (0.435, 0.451), (1972.3, 0.80), (0.31, 700.0), 2),
        band("B2", (0.452, 0.512), (2019.7, 0.84), (0.31, 750.0), 2),
        band("B3", (0.533, 0.590), (1861.1, 0.88), (0.30, 680.0), 2),
        band("B4", (0.636, 0.673), (1569.3, 0.92), (0.25, 570.0), 2),
        band("B5", (0.851, 0.879), (960.4, 0.96), (0.16, 350.0), 2),
        band("B6", (1.566, 1.651), (238.8, 0.95), (0.040, 88.0), 2),
        band("B7", (2.107, 2.294), (80.5, 0.92), (0.017, 29.0), 2),
    ],
    saturated_count: None,
};

/// The imager of Sentinel-2: cells of 10 m, so that a 20 m pixel is the mean of four and a 60 m pixel of 36.
pub static MSI: Sensor = Sensor {
    name: "MSI",
    cell_m: 10.0,
    bands: [
        band("B01", (0.433, 0.453), (1884.69, 0.80), (1.0, 588.0), 6),
        band("B02", (0.458, 0.523), (1959.66, 0.84), (0.83, 616.0), 1),
        band("B03", (0.543, 0.578), (1823.24, 0.88), (0.76, 559.0), 1),
        band("B04", (0.650, 0.680), (1512.06, 0.92), (0.76, 484.0), 1),
        band("B8A", (0.855, 0.875), (955.32, 0.96), (0.73, 308.0), 2),
        band("B11", (1.565, 1.655), (245.59, 0.95), (0.040, 70.0), 2),
        band("B12", (2.100, 2.280), (85.25, 0.92), (0.015, 24.6), 2),
    ],
    // as the metadata of a product say in Special_Values
    saturated_count: Some(65_535),
};

impl Band {
    /// Radiance of a black body in the band, W m-2 sr-1 um-1.
    pub fn flame(&self, temperature_k: f64) -> f64 {
        Response::soft_edged(self.edges_um.0, self.edges_um.1).radiance(temperature_k)
    }
}

impl Sensor {
    /// Side of a pixel of a band, m.
    pub fn pixel_m(&self, band: usize) -> f64 {
        self.cell_m * self.bands[band].cells as f64
    }

    /// Place of a band in the tables by its name in files; `None` for bands that are not drawn.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.bands.iter().position(|band| band.name == name)
    }

    /// The imager with a name; Landsat's files call theirs by that of both instruments.
    pub fn named(name: &str) -> Option<&'static Sensor> {
        let name = name.split('_').next().unwrap_or_default();
        [&OLI, &MSI].into_iter().find(|sensor| sensor.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ALGORITHMS 3.6: 651 and 3339 W m-2 sr-1 um-1 at 800 and 1000 K.
    #[test]
    fn fires_shine_as_worked_out_elsewhere() {
        for (sensor, tolerance) in [(&OLI, 0.005), (&MSI, 0.02)] {
            for (kelvin, want) in [(800.0, 651.0), (1000.0, 3339.0)] {
                let got = sensor.bands[SWIR22].flame(kelvin);
                assert!((got / want - 1.0).abs() < tolerance, "{} {kelvin}: {got}", sensor.name);
            }
        }
    }

    /// ALGORITHMS 3.6: a fire of 0.9 m2 at 1000 K in 900 m2 under a sun at 45 degrees raises the reflectance by 0.17,
    /// and one of 0.35 m2 in 400 m2 of MSI by 0.15. That is without air.
    #[test]
    fn small_fires_raise_the_reflectance_as_worked_out_elsewhere() {
        for (sensor, area_m2, want) in [(&OLI, 0.9, 0.17), (&MSI, 0.35, 0.15)] {
            let band = &sensor.bands[SWIR22];
            let share = area_m2 / sensor.pixel_m(SWIR22).powi(2);
            let rise = std::f64::consts::PI * share * band.flame(1000.0) / (band.sun * 45.0_f64.to_radians().cos());
            assert!((rise / want - 1.0).abs() < 0.1, "{}: {rise}", sensor.name);
        }
    }

    /// ALGORITHMS 3.6: 1 W m-2 sr-1 um-1 more by night takes 4.4, 1.4 and 0.27 m2.
    #[test]
    fn night_fires_add_one_watt_as_worked_out_elsewhere() {
        for (kelvin, area_m2) in [(700.0, 4.4), (800.0, 1.4), (1000.0, 0.27)] {
            let added = OLI.bands[SWIR22].flame(kelvin) * area_m2 / 900.0;
            assert!((added - 1.0).abs() < 0.03, "{kelvin}: {added}");
        }
    }

    #[test]
    fn bands_have_the_places_of_the_tables() {
        assert_eq!(OLI.place("B5"), Some(NIR));
        assert_eq!(MSI.place("B8A"), Some(NIR));
        assert_eq!(MSI.place("B12"), Some(SWIR22));
        assert_eq!(MSI.place("B09"), None);
        assert_eq!(Sensor::named("msi").map(|sensor| sensor.name), Some("MSI"));
        assert_eq!(Sensor::named("OLI_TIRS").map(|sensor| sensor.name), Some("OLI"));
        assert!(Sensor::named("ETM").is_none());
    }
}
