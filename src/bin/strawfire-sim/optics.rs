//! What one band sees of a cell: emission, reflected sunlight, air and cloud (ALGORITHMS 10.2).

use crate::bands::{Band, Kind};
use crate::cover::{cloud_reflectance, smoke_share};
use crate::ground::{Cell, PLOTS, Plot};
use crate::planck::{Response, Table};
use crate::traps::mirrors::Shine;

/// Reflectance of thick smoke [O]: half opaque, it adds 0.2 to 0.3 over fields (10.2).
const SMOKE_REFLECTANCE: f64 = 0.65;
/// How bright fresh char is to the Sun against the ground that it was, and its emissivity [O].
const CHAR_DARKENING: f64 = 0.4;
const CHAR_EMISSIVITY: f64 = 0.96;

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
        self.above(cell, ground)
    }

    /// Radiance at the satellite of the same cell under fresh char, so much warmer than its fields were.
    pub fn charred(&self, cell: &Cell, warmer_k: f64) -> f64 {
        let plot = |plot: &Plot| match self.band.kind() {
            Kind::Reflective => CHAR_DARKENING * self.plot(plot, cell),
            Kind::Emissive => {
                let sunlit = (1.0 - CHAR_EMISSIVITY) * self.white * f64::from(cell.cos_slope);
                CHAR_EMISSIVITY * self.table.at(f64::from(plot.temperature_k) + warmer_k) + sunlit
            }
        };
        self.above(cell, cell.plots.iter().map(plot).sum::<f64>() / PLOTS as f64)
    }

    /// Radiance at the satellite of a cell whose ground shines so: through the air, smoke and cloud above it.
    fn above(&self, cell: &Cell, ground: f64) -> f64 {
        let clear = self.band.transmittance * ground + self.path(cell) + self.mirrored(&cell.shine);
        let clear = self.smoked(cell, clear);
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

    /// Share of a radiance that smoke of some opacity to visible light lets through.
    pub fn through_smoke(&self, opacity: f64) -> f64 {
        1.0 - smoke_share(self.band.number) * opacity
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

    /// Below smoke, which is as warm as the air.
    fn smoked(&self, cell: &Cell, clear: f64) -> f64 {
        let smoke = f64::from(cell.smoke);
        if smoke <= 0.0 {
            return clear;
        }
        let through = self.through_smoke(smoke);
        let own = match self.band.kind() {
            Kind::Reflective => SMOKE_REFLECTANCE * self.white * f64::from(cell.cos_flat),
            Kind::Emissive => self.table.at(f64::from(cell.air_k)),
        };
        through * clear + (1.0 - through) * own
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
    use crate::cover::Cover;
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

    /// Four bare fields of one temperature, half lit.
    fn bare(temperature_k: f32) -> Cell {
        let setting = Setting::new(1, jiff::Timestamp::UNIX_EPOCH, 0.0);
        let plot = Plot { temperature_k, tone: 1.0, mir: 1.0, cover: Cover::Bare };
        Cell { air_k: 280.0, ..setting.cell([plot; PLOTS], 0.5, 0.5, 0.0, 290.0) }
    }

    /// ALGORITHMS 7, vectors at 10.8 um: 9.66942 at 300 K, 7.01844 at 280 K. Char of 290 + 10 K below air of 280 K that lets
    /// nine tenths pass: 0.9 * 0.96 * 9.66942 + 0.1 * 7.01844 = 9.05622.
    #[test]
    fn char_is_warm_and_dark() {
        let thermal = Band { edges_um: (10.79, 10.81), transmittance: 0.9, ..Band::numbered(14).expect("a band") };
        let night = Cell { cos_slope: 0.0, ..bare(290.0) };
        let seen = Optics::new(thermal).charred(&night, 10.0);
        assert!((seen / 9.056_22 - 1.0).abs() < 1e-4, "{seen}");
        // Bare ground has 0.18 in band 3 (0.85 pass, 0.025 from the air) under a Sun at 60 degrees.
        let red = optics(3);
        let seen = red.charred(&bare(290.0), 10.0) / (0.5 * red.white());
        assert!((seen - (0.85 * 0.4 * 0.18 + 0.025)).abs() < 1e-9, "{seen}");
        // In the mid infrared it is by night brighter than bare ground by its emissivity alone: 0.96 against 0.83.
        let mid = optics(7);
        assert!(mid.charred(&night, 0.0) > mid.radiance(&night));
    }

    #[test]
    fn smoke_is_bright_to_the_eye_and_clear_to_heat() {
        let clear = bare(290.0);
        let smoky = Cell { smoke: 0.5, ..clear };
        let red = optics(3);
        // 0.5 * (0.65 - (0.85 * 0.18 + 0.025)) = 0.236
        let rise = (red.radiance(&smoky) - red.radiance(&clear)) / (0.5 * red.white());
        assert!((rise - 0.236).abs() < 1e-3, "{rise}");
        assert!((optics(7).through_smoke(0.5) - 0.9).abs() < 1e-12);
        let thermal = optics(14);
        assert_eq!(thermal.radiance(&smoky), thermal.radiance(&clear));
        assert_eq!(thermal.through_smoke(0.5), 1.0);
    }

    #[test]
    fn noise_of_band_7_matches_the_published_slope() {
        // dL/dT at 300 K is 0.0228 (10.2), times 0.16 K.
        let noise = optics(7).noise();
        assert!((noise / (0.16 * 0.0228) - 1.0).abs() < 0.05, "{noise}");
    }
}
