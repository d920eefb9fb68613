//! Sunlight that water and panels mirror to a satellite.
//!
//! Water: facets of the waves with the slopes of Cox and Munk (1954, J. Opt. Soc. Am. 44, 838), alike in all directions:
//! L = E0 F P / (4 cos v cos4 b), with Fresnel's reflectance F, P = exp(-tan2 b / s2) / (pi s2), the tilt b of the facet that
//! mirrors, the view zenith v, and s2 = 0.003 + 0.00512 W for a wind of W m/s [M]. Panels: `panels`.

use super::parks::TILT_DEG;
use super::{Trap, Traps};
use crate::cover::Cover;
use crate::ground::{Cell, PLOTS};
use crate::panels;
use crate::sun::Sun;
use std::f64::consts::PI;

/// Wind over the water, m/s.
const WIND_M_S: f64 = 4.0;
/// Refractive index of water in the visible.
const INDEX: f64 = 1.34;
/// Reflectance of still water from above in AHI's bands 1 to 7 against that of `INDEX`: ((n - 1) / (n + 1))2 with n of Hale and
/// Querry 1973 (Appl. Opt. 12, 555): 1.337, 1.335, 1.331, 1.329, 1.317, 1.290 and, at 3.8 um, 1.364 [M].
const WATER: [f64; 7] = [0.98, 0.97, 0.96, 0.95, 0.89, 0.76, 1.12];
/// What panels throw at the satellite at their best, as an albedo of their own area: two square kilometres of them, four of a
/// park, make half of a pixel of Himawari of 8.8 km2 white, as in the park of `ahi-days`.
const PANELS: f64 = 2.2;
/// No view is lower for the sake of this sum.
const LOWEST_VIEW: f64 = 0.1;

/// How much of some ground is open water and panels under clear sky, 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mirrors {
    water: f32,
    panels: f32,
}

/// What they throw at the satellite, as radiance over that of a white surface under an overhead Sun.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shine {
    water: f32,
    panels: f32,
}

impl Mirrors {
    /// Of a cell, without regard to the cloud above it.
    pub fn of(cell: &Cell, traps: &Traps) -> Self {
        let share = |cover: Cover| {
            let plots = cell.plots.iter().filter(|plot| plot.cover == cover).count();
            plots as f32 / PLOTS as f32
        };
        let water = if traps.has(Trap::Glint) { share(Cover::Water) } else { 0.0 };
        Mirrors { water, panels: share(Cover::Panel) }
    }

    /// Of a cell as a satellite sees it, under its cloud.
    pub fn under_cloud(cell: &Cell, traps: &Traps) -> Self {
        let (all, clear) = (Mirrors::of(cell, traps), 1.0 - cell.cloud);
        Mirrors { water: clear * all.water, panels: clear * all.panels }
    }

    /// The mean of some.
    pub fn mean<'a>(many: impl ExactSizeIterator<Item = &'a Mirrors>) -> Self {
        let n = many.len().max(1) as f32;
        let (water, panels) = many.fold((0.0, 0.0), |(w, p), one| (w + one.water, p + one.panels));
        Mirrors { water: water / n, panels: panels / n }
    }

    /// What they throw at a satellite in a direction (east, north, up).
    pub fn shine(&self, sun: &Sun, satellite: [f64; 3]) -> Shine {
        let water = if self.water > 0.0 { f64::from(self.water) * glint(sun, satellite) } else { 0.0 };
        let panels = if self.panels > 0.0 { f64::from(self.panels) * flash(sun, satellite) } else { 0.0 };
        Shine { water: water as f32, panels: panels as f32 }
    }
}

impl Shine {
    /// In a band by AHI's number of the nearest one: the thermal infrared has no sunlight worth the name.
    pub fn in_band(&self, number: u8) -> f64 {
        match WATER.get(usize::from(number).wrapping_sub(1)) {
            Some(water) => water * f64::from(self.water) + f64::from(self.panels),
            None => 0.0,
        }
    }
}

/// Radiance of water under wind over E0 / pi.
fn glint(sun: &Sun, satellite: [f64; 3]) -> f64 {
    if sun.cos_zenith <= 0.0 {
        return 0.0;
    }
    let toward = panels::toward(sun);
    let sum: [f64; 3] = std::array::from_fn(|i| toward[i] + satellite[i]);
    let length = panels::dot(sum, sum).sqrt();
    let facet = sum.map(|part| part / length);
    let (up2, slopes2) = (facet[2] * facet[2], 0.003 + 0.005_12 * WIND_M_S);
    let share = (-(1.0 - up2) / (up2 * slopes2)).exp() / (PI * slopes2);
    PI * fresnel(panels::dot(facet, satellite)) * share / (4.0 * satellite[2].max(LOWEST_VIEW) * up2 * up2)
}

/// Reflectance of a water surface for unpolarised light (Fresnel).
fn fresnel(cos_in: f64) -> f64 {
    let cos_out = (1.0 - (1.0 - cos_in * cos_in) / (INDEX * INDEX)).sqrt();
    let across = (cos_in - INDEX * cos_out) / (cos_in + INDEX * cos_out);
    let along = (INDEX * cos_in - cos_out) / (INDEX * cos_in + cos_out);
    0.5 * (across * across + along * along)
}

/// Radiance of panels over E0 / pi.
fn flash(sun: &Sun, satellite: [f64; 3]) -> f64 {
    let light = panels::off_deg(TILT_DEG, sun, satellite).map_or(0.0, panels::light);
    PANELS * light * sun.cos_zenith.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A direction by its zenith angle and azimuth, degrees: (east, north, up).
    fn at(zenith: f64, azimuth: f64) -> [f64; 3] {
        let ((sz, cz), (sa, ca)) = (zenith.to_radians().sin_cos(), azimuth.to_radians().sin_cos());
        [sz * sa, sz * ca, cz]
    }

    fn sun(zenith: f64, azimuth: f64) -> Sun {
        Sun { cos_zenith: zenith.to_radians().cos(), azimuth_rad: azimuth.to_radians() }
    }

    /// By hand, 22 degrees from the zenith on either side: b = 0, s2 = 0.003 + 0.00512 x 4 = 0.02348, P = 1 / (pi s2) = 13.557;
    /// Fresnel at 22 degrees with n = 1.34: sin 0.37461, inside 0.27956, cosines 0.92718 and 0.96013; across -0.16234, along
    /// 0.12816, F = 0.5 (0.026355 + 0.016426) = 0.021391; pi x 0.021391 x 13.557 / (4 x 0.92718) = 0.24565.
    #[test]
    fn water_mirrors_as_cox_and_munk_say() {
        let best = glint(&sun(22.0, 240.0), at(22.0, 60.0));
        assert!((best - 0.24565).abs() < 5e-4, "{best}");
        // From right above with the Sun 20 degrees from the zenith: the facet leans by 10 degrees, tan2 = 0.031091,
        // exp(-0.031091 / 0.02348) = 0.26603; F(10 degrees) = 0.02112, as from above ((0.34 / 2.34)2 = 0.02111); cos4 10 degrees =
        // 0.94060: pi x 0.02112 x 13.557 x 0.26603 / (4 x 0.94060) = 0.06360.
        let aside = glint(&sun(20.0, 240.0), at(0.0, 0.0));
        assert!((aside - 0.0636).abs() < 5e-4, "{aside}");
        assert_eq!(glint(&sun(95.0, 240.0), at(0.0, 0.0)), 0.0);
    }

    #[test]
    fn panels_flash_where_the_mirrored_sun_goes() {
        // A panel that leans by 36 degrees to the south mirrors a Sun 60 degrees from the zenith in the south to 12 degrees there.
        let best = flash(&sun(60.0, 180.0), at(12.0, 180.0));
        assert!((best - 2.2 * 0.5).abs() < 1e-6, "{best}");
        assert_eq!(flash(&sun(60.0, 180.0), at(30.0, 180.0)), 0.0);
    }

    #[test]
    fn the_thermal_infrared_shows_neither() {
        let shine = Shine { water: 0.2, panels: 1.0 };
        assert!((shine.in_band(7) - 1.224).abs() < 1e-6 && (shine.in_band(6) - 1.152).abs() < 1e-6);
        assert_eq!((shine.in_band(14), shine.in_band(0)), (0.0, 0.0));
    }
}
