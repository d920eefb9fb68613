//! Sunlight that falls past the earth's limb into the telescope about the satellite's midnight near the equinoxes
//! (ALGORITHMS 4.0): it adds to band 7, over ground and cloud alike.

use crate::bands::Band;
use crate::navigation::{DiskGrid, View};
use crate::optics::Optics;
use crate::season::Moment;
use crate::seeds::{hash2, normal, unit};
use crate::sun;
use crate::texture::smooth_step;

/// The only band that it falls into.
pub const BAND: u8 = 7;
/// Spread of the light beyond the limb, degrees, one standard deviation [O].
const SPREAD_DEG: f64 = 4.0;
/// Half the sun's disc: it comes out from behind the limb within this much to either side, degrees.
const SUN_RADIUS_DEG: f64 = 0.27;
/// The most that it adds, as kelvin on ground of 280 K: a seed's telescope lies between these [O], and a day strays
/// from it by this share, at most twice as much.
const STRONGEST_K: (f64, f64) = (4.3, 6.1);
const DAY_SHARE: f64 = 0.15;
/// Change over 100 pixels of 2 km, as a share [O].
const GRADIENT: f64 = 0.3;
/// Less light than this share of the most is none.
const DARK: f64 = 0.002;

/// The telescope of a seed.
pub struct StrayLight {
    key: u64,
    optics: Optics,
    /// 0-based column and line (2 km) of the middle of the site.
    middle: (f64, f64),
}

/// The light of one slot.
#[derive(Clone, Copy, Debug)]
pub struct Glow {
    /// Radiance added in the middle of the site, W m-2 sr-1 um-1.
    pub radiance: f64,
    middle: (f64, f64),
    /// Share more by a column and a line.
    gradient: [f64; 2],
}

impl StrayLight {
    pub fn new(key: u64, band: Band) -> Self {
        let middle = DiskGrid::himawari(1).locate(102.4, 36.3).unwrap_or_default();
        StrayLight { key: hash2(key, 41, 0), optics: Optics::new(band), middle }
    }

    /// The light at a moment: day and direction of its gradient follow from the seed and the UTC day, so that a slot is
    /// the same in every series.
    pub fn at(&self, moment: &Moment) -> Glow {
        let share = share(off_nadir_deg(moment.days_j2000));
        let day = |what: i64| hash2(self.key, what, moment.day());
        let strongest_k = STRONGEST_K.0 + (STRONGEST_K.1 - STRONGEST_K.0) * unit(hash2(self.key, 0, 0));
        let kelvin = strongest_k * (1.0 + DAY_SHARE * normal(day(1)).clamp(-2.0, 2.0));
        let (down, across) = (std::f64::consts::TAU * unit(day(2))).sin_cos();
        let radiance = share * (self.optics.black(280.0 + kelvin) - self.optics.black(280.0));
        Glow { radiance, middle: self.middle, gradient: [across, down].map(|part| part * GRADIENT / 100.0) }
    }

    /// A small radiance as kelvin on ground of 280 K.
    pub fn kelvin_at_280(&self, radiance: f64) -> f64 {
        radiance / (self.optics.black(280.5) - self.optics.black(279.5))
    }
}

impl Glow {
    /// Radiance added to a pixel of the 2 km grid, W m-2 sr-1 um-1.
    pub fn on(&self, col: usize, line: usize) -> f64 {
        let (across, down) = (col as f64 - self.middle.0, line as f64 - self.middle.1);
        self.radiance * (1.0 + self.gradient[0] * across + self.gradient[1] * down).max(0.0)
    }
}

/// Angle between the sun and the earth's centre as the satellite sees them, degrees.
fn off_nadir_deg(days_j2000: f64) -> f64 {
    let lon = View::normalised(140.7).sub_lon_deg.to_radians();
    let sun = sun::direction(days_j2000);
    let toward = -(sun[0] * lon.cos() + sun[1] * lon.sin());
    toward.clamp(-1.0, 1.0).acos().to_degrees()
}

/// How much of the most falls in: nothing from behind the disc, most beside its limb.
fn share(off_nadir_deg: f64) -> f64 {
    let view = View::normalised(140.7);
    let past = off_nadir_deg - (view.equatorial_km / view.distance_km).asin().to_degrees();
    let share = smooth_step(-SUN_RADIUS_DEG, SUN_RADIUS_DEG, past) * (-0.5 * (past / SPREAD_DEG).powi(2)).exp();
    if share < DARK { 0.0 } else { share }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(number: u64) -> StrayLight {
        StrayLight::new(number, Band::numbered(BAND).expect("band 7"))
    }

    fn moment(text: &str) -> Moment {
        Moment::of(text.parse().expect("a time"))
    }

    /// From pyorbital 1.13: 180 degrees less the sun's zenith angle at 0 N 140.7 E. At 14:22 UTC the sun stands opposite
    /// the satellite (14:37 less 15 minutes, the equation of time), so the angle is its declination.
    #[test]
    fn the_sun_stands_where_the_almanac_says() {
        for (time, angle) in [("2025-10-18T14:22:30Z", 9.847), ("2025-10-18T02:22:30Z", 170.334)] {
            let got = off_nadir_deg(moment(time).days_j2000);
            assert!((got - angle).abs() < 0.02, "{time} {got}");
        }
    }

    #[test]
    fn it_is_strongest_about_midnight_in_mid_october_and_hidden_at_the_equinox() {
        let light = light(1);
        let by_slot = |day: &str| -> Vec<f64> {
            let time = |slot: i64| {
                let midnight: jiff::Timestamp = format!("{day}T00:00:00Z").parse().expect("a time");
                midnight + jiff::SignedDuration::from_secs(600 * slot)
            };
            (0..144).map(|slot| light.kelvin_at_280(light.at(&Moment::of(time(slot))).radiance)).collect()
        };
        for day in ["2025-10-17", "2025-10-21", "2025-10-26"] {
            let kelvin = by_slot(day);
            let best = (0..144).max_by(|a, b| kelvin[*a].total_cmp(&kelvin[*b])).expect("slots");
            // 14:20 or 14:30, within the disc's own width of the apparent midnight.
            assert!((85..=88).contains(&best), "{day} {best}");
            assert!(
                kelvin[80..=92].iter().all(|k| *k > 0.05) && (2.0..8.5).contains(&kelvin[best]),
                "{day} {kelvin:?}"
            );
            assert!(kelvin[..72].iter().chain(&kelvin[100..]).all(|k| *k == 0.0), "{day} {kelvin:?}");
        }
        let equinox = by_slot("2025-09-23");
        assert_eq!(equinox[87], 0.0, "behind the disc at midnight");
        assert!(equinox[82] > 1.0 && equinox[92] > 1.0, "{equinox:?}");
        assert!(by_slot("2025-12-21").iter().chain(&by_slot("2025-06-21")).all(|k| *k == 0.0));
    }

    #[test]
    fn strengths_and_gradient_are_as_stated() {
        let noon = moment("2025-10-18T14:20:00Z");
        let (mut low, mut high) = (f64::MAX, f64::MIN);
        for number in 0..300 {
            let light = light(number);
            // The share at this moment is 0.97: 1.0 degree past the limb.
            let kelvin = light.kelvin_at_280(light.at(&noon).radiance);
            (low, high) = (low.min(kelvin), high.max(kelvin));
        }
        assert!((2.8..3.6).contains(&low) && (7.0..9.3).contains(&high), "{low} {high}");
        let glow = light(3).at(&noon);
        let (col, line) = (glow.middle.0 as usize, glow.middle.1 as usize);
        let sides =
            [glow.on(col + 50, line) - glow.on(col - 50, line), glow.on(col, line + 50) - glow.on(col, line - 50)];
        assert!((sides[0].hypot(sides[1]) / glow.radiance - 0.3).abs() < 1e-6);
    }
}
