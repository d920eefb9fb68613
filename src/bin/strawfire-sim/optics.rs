//! What one band sees of a cell: emission, reflected sunlight, air and cloud (ALGORITHMS 10.2).

use crate::bands::{Band, Kind};
use crate::cover::cloud_reflectance;
use crate::ground::{Cell, PLOTS, Plot};
use crate::planck::{Response, Table};
use crate::traps::mirrors::Shine;

/// A band made ready for the forward model. Radiances are W m-2 sr-1 um-1.
pub struct Optics {
    pub band: Band,
    response: Response,
    table: Table,
    /// Radiance of a white surface under an overhead Sun: E0 / pi.
    white: f64,
}

impl Optics {
    pub fn new(band: Band) -> Self {
        let response = band.response();
        Optics {
            band,
            table: Table::new(&response),
            white: response.solar_irradiance() / std::f64::consts::PI,
            response,
        }
    }

    /// Radiance of a cell at the satellite.
    pub fn radiance(&self, cell: &Cell) -> f64 {
        let ground: f64 = cell.plots.iter().map(|p| self.plot(p, cell)).sum::<f64>() / PLOTS as f64;
        let clear = self.band.transmittance * ground + self.path(cell) + self.mirrored(&cell.shine);
        let cloud = f64::from(cell.cloud);
        if cloud <= 0.0 {
            return clear;
        }
        clear * (1.0 - cloud) + self.cloud(cell) * cloud
    }

    /// Radiance that a black body at `temperature_k` filling the pixel would add at the satellite.
    pub fn flame(&self, temperature_k: f64) -> f64 {
        self.band.transmittance * self.response.radiance(temperature_k)
    }

    /// Radiance of a black body that fills the pixel, without any air.
    pub fn black(&self, temperature_k: f64) -> f64 {
        self.response.radiance(temperature_k)
    }

    /// Radiance of a white surface under an overhead Sun.
    pub fn white(&self) -> f64 {
        self.white
    }

    /// Radiance of sunlight that water and panels mirror to the satellite.
    pub fn mirrored(&self, shine: &Shine) -> f64 {
        self.band.transmittance * self.white * shine.in_band(self.band.number)
    }

    /// Radiance of the noise of one pixel, one standard deviation: constant in radiance, so larger in kelvin when cold.
    pub fn noise(&self) -> f64 {
        match self.band.kind() {
            Kind::Emissive => {
                let slope = self.response.radiance(300.5) - self.response.radiance(299.5);
                self.band.noise * slope
            }
            Kind::Reflective => self.band.noise * self.white,
        }
    }

    fn plot(&self, plot: &Plot, cell: &Cell) -> f64 {
        let reflectance = self.reflectance(plot);
        let sunlit = reflectance * self.white * f64::from(cell.cos_slope);
        match self.band.kind() {
            Kind::Reflective => sunlit,
            Kind::Emissive => (1.0 - reflectance) * self.table.at(f64::from(plot.temperature_k)) + sunlit,
        }
    }

    /// The tone of a field acts on its albedo up to the mid infrared, not on its thermal emissivity.
    fn reflectance(&self, plot: &Plot) -> f64 {
        let base = plot.cover.reflectance(self.band.number);
        match self.band.number {
            1..=6 => (base * f64::from(plot.tone)).min(0.95),
            7 => (base * f64::from(plot.tone) * f64::from(plot.mir)).min(0.95),
            _ => base,
        }
    }

    fn path(&self, cell: &Cell) -> f64 {
        match self.band.kind() {
            Kind::Reflective => self.band.path_albedo * self.white * f64::from(cell.cos_flat),
            Kind::Emissive => (1.0 - self.band.transmittance) * self.table.at(f64::from(cell.air_k)),
        }
    }

    /// A thick cloud; half of the air lies above it.
    fn cloud(&self, cell: &Cell) -> f64 {
        let reflectance = cloud_reflectance(self.band.number);
        let sunlit = reflectance * self.white * f64::from(cell.cos_flat);
        let through = self.band.transmittance.sqrt();
        match self.band.kind() {
            Kind::Reflective => through * sunlit + 0.4 * self.path(cell),
            Kind::Emissive => {
                let top = self.table.at(f64::from(cell.cloud_top_k));
                through * ((1.0 - reflectance) * top + sunlit) + (1.0 - through) * top
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::Setting;

    fn optics(number: u8) -> Optics {
        Optics::new(Band::numbered(number).expect("a band"))
    }

    #[test]
    fn fires_shine_more_the_hotter_they_are() {
        for number in [6, 7, 14] {
            let band = optics(number);
            let flames: Vec<f64> = (5..13).map(|t| band.flame(f64::from(t) * 100.0)).collect();
            assert!(flames.windows(2).all(|pair| pair[1] > pair[0]));
        }
    }

    #[test]
    fn day_adds_sunlight_to_the_mid_infrared_and_night_does_not() {
        let at = |time: &str| {
            let setting = Setting::new(1, time.parse().expect("a time"), 0.0);
            setting.site_cell(102.4, 36.5)
        };
        let band = optics(7);
        let mut day = at("2025-10-20T05:30:00Z");
        let lit = band.radiance(&day);
        day.cos_slope = 0.0;
        assert!(lit > band.radiance(&day) + 0.05);
        assert_eq!(optics(3).radiance(&at("2025-10-20T18:30:00Z")), 0.0);
    }

    #[test]
    fn noise_of_band_7_matches_the_published_slope() {
        // dL/dT at 300 K is 0.0228 (10.2), times 0.16 K.
        let noise = optics(7).noise();
        assert!((noise / (0.16 * 0.0228) - 1.0).abs() < 0.05, "{noise}");
    }
}
