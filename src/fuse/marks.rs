//! What is fused: detections as points on the earth with a size and a look, each once, in one order.

use crate::fire::{DropReason, FirePixel, Verdict};
use crate::place::LonLat;
use crate::thresholds::FuseThresholds;
use foldhash::fast::FixedState;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Mean radius of the earth, metres. A sphere is good to 0.6 per cent, far below what the reaches stand for.
const EARTH_M: f64 = 6_371_008.8;

/// A map whose keys are cells and names: several times faster than the default, which guards against keys that somebody chose.
pub(super) type Map<K, V> = HashMap<K, V, FixedState>;

/// A detection that burns: kept, or only outside the counties.
pub(super) struct Mark<'a> {
    pub pixel: &'a FirePixel,
    /// From the earth's centre, metres: three axes have no pole and no antimeridian.
    pub xyz_m: [f64; 3],
    /// Seconds since J2000.
    pub seconds: f64,
    /// Longer side of its pixel, metres.
    pub side_m: f64,
    pub kind: Kind,
}

/// How a source looks: what belongs to one look, and how long it may be blind to a fire that goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A geostationary slot that we searched: its pixels have line and column.
    Slot,
    /// A list of a geostationary satellite, or a picture of a camera: all of one moment.
    Moment,
    /// A satellite that passes over.
    Pass,
}

/// Marks of the pixels by time and id. Of several with one id the same one is taken whatever their order: the earliest, of
/// those one that is kept, of the latest version, with the most power.
pub(super) fn marks(pixels: &[FirePixel]) -> Vec<Mark<'_>> {
    let burns =
        |pixel: &&FirePixel| matches!(pixel.verdict, Verdict::Kept | Verdict::Dropped(DropReason::OutsideCounties));
    let mut order: Vec<&FirePixel> = pixels.iter().filter(burns).collect();
    order.sort_unstable_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)).then_with(|| preferred(a, b)));
    // the same detection may come with another time: one id is one detection
    let mut seen: Map<&str, ()> = Map::with_capacity_and_hasher(order.len(), FixedState::default());
    order.retain(|pixel| seen.insert(pixel.id.as_str(), ()).is_none());
    order.into_iter().map(Mark::of).collect()
}

/// The better of two with one id first.
fn preferred(a: &FirePixel, b: &FirePixel) -> Ordering {
    let kept = |pixel: &FirePixel| pixel.verdict == Verdict::Kept;
    let power = |pixel: &FirePixel| pixel.frp_mw.unwrap_or(-1.0);
    (kept(b), &b.source_version).cmp(&(kept(a), &a.source_version)).then(power(b).total_cmp(&power(a)))
}

impl<'a> Mark<'a> {
    /// Root mean square of the error of its place, metres: as stated, else that of a place anywhere in its pixel.
    pub fn error_m(&self) -> f64 {
        let stated = self.pixel.place_spread.map(crate::place::Spread::distance_m).or(self.pixel.position_error_m);
        stated.filter(|error| error.is_finite()).unwrap_or(self.side_m / 6.0_f64.sqrt())
    }

    fn of(pixel: &'a FirePixel) -> Self {
        Mark {
            pixel,
            xyz_m: xyz_m(pixel.place),
            seconds: pixel.time.days_since_j2000() * 86_400.0,
            side_m: 1000.0 * size_km(pixel),
            kind: kind(pixel),
        }
    }
}

fn kind(pixel: &FirePixel) -> Kind {
    match pixel.is_geostationary() {
        true if pixel.line.is_some() && pixel.column.is_some() => Kind::Slot,
        true => Kind::Moment,
        false if pixel.sensor == "camera" => Kind::Moment,
        false => Kind::Pass,
    }
}

impl Kind {
    /// Longest time without a detection after which the next one is still of the same fire, seconds.
    pub fn gap_s(self, t: &FuseThresholds) -> f64 {
        let hours = if self == Kind::Pass { t.ends_h } else { t.often_gap_h };
        3600.0 * f64::from(hours)
    }
}

pub(super) fn xyz_m(place: LonLat) -> [f64; 3] {
    let (lon, lat) = (place.lon().to_radians(), place.lat().to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()].map(|part| part * EARTH_M)
}

pub(super) fn distance_m(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The cube of a grid that holds a point.
pub(super) fn cube(xyz_m: [f64; 3], side_m: f64) -> [i64; 3] {
    xyz_m.map(|metres| (metres / side_m).floor() as i64)
}

/// The cube and those of its 26 neighbours that may hold a part of the earth's surface, which is flat over so few of them.
pub(super) fn around(cube: [i64; 3], side_m: f64) -> impl Iterator<Item = [i64; 3]> {
    let middle = cube.map(|at| (at as f64 + 0.5) * side_m);
    let length = middle.iter().map(|part| part * part).sum::<f64>().sqrt().max(1.0);
    let up = middle.map(|part| part / length);
    let above_m = length - EARTH_M;
    // from the middle of a cube to its plane furthest up, and what the earth bends over three cubes
    let reach_m = side_m * up.iter().map(|part| part.abs()).sum::<f64>() / 2.0 + 6.0 * side_m * side_m / EARTH_M + 1.0;
    let steps = (-1..=1).flat_map(|x| (-1..=1).flat_map(move |y| (-1..=1).map(move |z| [x, y, z])));
    let near = move |step: &[i64; 3]| {
        let rise: f64 = up.iter().zip(step).map(|(up, step)| up * *step as f64).sum();
        (above_m + side_m * rise).abs() <= reach_m
    };
    steps.filter(near).map(move |step| [cube[0] + step[0], cube[1] + step[1], cube[2] + step[2]])
}

/// Longer side of a pixel on the ground, km: as stated, else from its area, else the nominal one of the sensor.
fn size_km(pixel: &FirePixel) -> f64 {
    let stated = pixel.scan_km.into_iter().chain(pixel.track_km).map(f64::from).reduce(f64::max);
    let stated = stated.or_else(|| pixel.pixel_area_km2.map(f64::sqrt));
    stated.filter(|size| size.is_finite() && *size > 0.0).unwrap_or(match pixel.sensor.as_str() {
        "camera" => 0.05,
        "VIIRS" => 0.4,
        _ if pixel.is_geostationary() => 2.0,
        _ => 1.0,
    })
}
