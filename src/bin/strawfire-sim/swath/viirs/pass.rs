//! One overpass of VIIRS over the site, of which only the part about the site is drawn.

use super::geometry::{IMAGERY, TRACK};
use super::{Granule, IMG, MOD, Satellite, l1b};
use crate::error::Result;
use crate::fires::Fire;
use crate::ground::Setting;
use crate::output;
use crate::swath::args::aimed;
use crate::swath::canvas::{Canvas, Reliefs};
use crate::swath::earth;
use crate::swath::marks::Seat;
use crate::swath::orbit::Orbit;
use crate::swath::scene::Overpass;
use crate::terrain::{BOX, KM_PER_LON};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;

/// Scans of an overpass: 280 km along the track hold the counties, 190 km high, under a scan that lies askew.
const SCANS: usize = 24;
/// The place under its middle: the middle of the six counties.
const MIDDLE: (f64, f64) = (102.365, 36.3);
const EARTH_KM: f64 = 6371.0;
/// Cosine of the angle between a scan and the east in these latitudes (some 12 degrees).
const ASKEW: f64 = 0.98;
/// A column in so many is looked at when the part to be drawn is sought.
const STRIDE: usize = 32;

/// When and from where a satellite looks.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    pub satellite: Satellite,
    /// Time in the middle of the overpass.
    pub middle: Timestamp,
    /// How far east of the site the satellite passes, degrees of longitude.
    pub east_deg: f64,
    /// Southward, as by night.
    pub descending: bool,
}

impl Pass {
    /// Scan angle at which the site is seen, rad, positive to the right of the flight (east when flying north).
    fn scan_rad(&self) -> f64 {
        let arc = -self.east_deg * KM_PER_LON * ASKEW / EARTH_KM;
        let angle = arc.sin().atan2(TRACK.radius_km / EARTH_KM - arc.cos());
        if self.descending { -angle } else { angle }
    }

    /// View zenith angle over the site, degrees.
    pub fn view_zenith_deg(&self) -> f64 {
        (TRACK.radius_km / EARTH_KM * self.scan_rad().sin().abs()).clamp(0.0, 1.0).asin().to_degrees()
    }

    fn orbit(&self) -> Result<Orbit> {
        let sample = IMAGERY.sample_at(self.scan_rad());
        let column = IMAGERY.column_of(sample).unwrap_or(0.0).round() as usize;
        aimed(TRACK, &IMAGERY, SCANS, MIDDLE, column.min(IMAGERY.columns() - 1), self.descending)
    }

    /// Writes the granule (L1B, I and M bands) and gives the names of its files.
    pub fn write(&self, out: &Path, setting: &Setting, reliefs: &Reliefs, fires: &[Fire]) -> Result<Vec<String>> {
        let orbit = self.orbit()?;
        let half_s = (SCANS as f64 * IMAGERY.period_s / 2.0).round() as i64;
        let start = self.middle - SignedDuration::from_secs(half_s);
        let clear = |fire: &Fire| 1.0 - setting.clouds.opacity(fire.lon, fire.lat);
        let overpass = Overpass {
            seats: fires.iter().map(|fire| Seat::of(fire, clear(fire))).collect(),
            scorches: Vec::new(),
            start_s: start.as_second() as f64,
            even: None,
            noisy: true,
            setting: *setting,
            canvas: Overpass::site(&orbit, &IMAGERY, SCANS)
                .map(|extent| Canvas::on(setting, extent, |lon, lat| reliefs.at(lon, lat))),
            drawn: drawn(&orbit),
            orbit,
        };
        let granules = Granule::cut(&overpass, self.satellite, SCANS, 1);
        output::make_folder(out)?;
        l1b::write(out, &overpass, &[IMG, MOD], &granules)
    }
}

/// The part of the scan, 0 to 1, that sees the detailed box.
fn drawn(orbit: &Orbit) -> [f64; 2] {
    let inside = |(lon, lat): (f64, f64)| (BOX[0]..BOX[1]).contains(&lon) && (BOX[2]..BOX[3]).contains(&lat);
    let sees = |column: &usize| {
        let sample = IMAGERY.middle(*column);
        (0..SCANS).step_by(3).chain([SCANS - 1]).any(|scan| {
            let stance = orbit.stance(IMAGERY.time(scan, sample));
            let look = IMAGERY.look(&stance, 15.5, IMAGERY.angle(sample));
            look.is_some_and(|look| inside(earth::lon_lat(look.ground)))
        })
    };
    let columns: Vec<usize> = (0..IMAGERY.columns()).step_by(STRIDE).filter(sees).collect();
    let share = |column: usize| column as f64 / IMAGERY.columns() as f64;
    match (columns.first(), columns.last()) {
        (Some(first), Some(last)) => {
            [share(first.saturating_sub(STRIDE)), share((last + STRIDE).min(IMAGERY.columns()))]
        }
        _ => [0.0, 0.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(east_deg: f64, descending: bool) -> Pass {
        let middle = "2025-04-01T06:10:00Z".parse().expect("a time");
        Pass { satellite: Satellite::J01, middle, east_deg, descending }
    }

    /// ALGORITHMS 6.3: at 1,120 km from the track of 829 km height the view zenith is some 60 degrees.
    #[test]
    fn the_site_is_seen_from_where_the_satellite_is() {
        for descending in [false, true] {
            for east in [-12.6, -5.0, 0.0, 8.0, 12.6] {
                let pass = pass(east, descending);
                let orbit = pass.orbit().expect("an orbit");
                let stance = orbit.stance(IMAGERY.time(SCANS / 2, 6304.0));
                let below = earth::hit(stance.position, stance.down).expect("ground").0;
                let (lon, _) = earth::lon_lat(below);
                assert!((lon - MIDDLE.0 - east).abs() < 1.8, "{east} {descending}: {lon}");
                let [from, to] = drawn(&orbit);
                assert!(to - from > 0.05 && to - from < 0.2, "{from} {to}");
            }
        }
        assert!((pass(12.6, false).view_zenith_deg() - 60.0).abs() < 3.0, "{}", pass(12.6, false).view_zenith_deg());
        assert!(pass(0.0, true).view_zenith_deg() < 0.01);
    }
}
