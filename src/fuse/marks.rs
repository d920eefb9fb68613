//! What is fused: detections as points on the earth with a size and a look, each once, in one order.

use super::cubes::{Map, Point, point};
use crate::fire::{DropReason, FirePixel, Verdict};
use crate::place::{LonLat, Spread};
use crate::sighting::OF_EVENT;
use crate::thresholds::FuseThresholds;
use crate::time::Utc;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// A detection that burns: kept, or only outside the counties. All numbers that are read for each of a million are here, for
/// a [`FirePixel`] is six times as wide.
#[derive(Clone, Copy)]
pub(super) struct Mark<'a> {
    pub pixel: &'a FirePixel,
    pub place: LonLat,
    pub point: Point,
    /// Seconds since J2000.
    pub seconds: f64,
    /// Longer side of its pixel, metres.
    pub side_m: f64,
    /// Error of its place: as stated, else that of a place anywhere in its pixel.
    pub spread: Spread,
    /// Whether the error is stated.
    pub error_known: bool,
    pub frp_mw: Option<f64>,
    pub excess_radiance: Option<f32>,
    /// Number of what looked: a slot or a moment of a satellite, or a satellite that passes over.
    pub look: u32,
    /// Line and column; only of a slot.
    pub cell: (u32, u32),
    pub kind: Kind,
    pub is_geostationary: bool,
}

impl Mark<'_> {
    /// Whether it was told of an event that the desk named.
    pub fn is_of_event(&self) -> bool {
        self.kind == Kind::Word && self.pixel.algorithm == OF_EVENT
    }
}

/// How a source looks: what belongs to one look, and how long it may be blind to a fire that goes on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A geostationary slot that we searched: its pixels have line and column.
    Slot,
    /// A list of a geostationary satellite, or a picture of a camera: all of one moment.
    Moment,
    /// A satellite that passes over.
    Pass,
    /// What people tell: each by itself, and nobody looks again within minutes.
    Word,
}

/// Marks of the pixels by time, place and id. Of several with one id the same one is taken whatever their order: the
/// best by [`FirePixel::preferred`].
pub(super) fn marks(pixels: &[FirePixel]) -> Vec<Mark<'_>> {
    let burns =
        |pixel: &&FirePixel| matches!(pixel.verdict, Verdict::Kept | Verdict::Dropped(DropReason::OutsideCounties));
    let mut looks = Looks::default();
    let all: Vec<Mark> = pixels.iter().filter(burns).map(|pixel| looks.mark(pixel)).collect();
    // what is compared lies beside what is moved
    let mut order: Vec<(Utc, LonLat, usize)> =
        once_each(&all).into_iter().map(|at| (all[at].pixel.time, all[at].place, at)).collect();
    order.sort_unstable_by(|a, b| {
        let place = || a.1.lat().total_cmp(&b.1.lat()).then(a.1.lon().total_cmp(&b.1.lon()));
        a.0.cmp(&b.0).then_with(place).then_with(|| all[a.2].pixel.id.cmp(&all[b.2].pixel.id))
    });
    order.into_iter().map(|(_, _, at)| all[at]).collect()
}

/// Positions of the marks that are taken, one of each id.
fn once_each(marks: &[Mark]) -> Vec<usize> {
    let hash = |mark: &Mark| FixedState::default().hash_one(mark.pixel.id.as_str());
    let mut order: Vec<(u64, usize)> = marks.iter().enumerate().map(|(at, mark)| (hash(mark), at)).collect();
    order.sort_unstable();
    let mut taken = Vec::with_capacity(order.len());
    for alike in order.chunk_by_mut(|a, b| a.0 == b.0) {
        // the same detection may come with another time; two ids of one hash stay two
        alike.sort_unstable_by(|a, b| {
            let (a, b) = (marks[a.1].pixel, marks[b.1].pixel);
            a.id.cmp(&b.id).then_with(|| FirePixel::preferred(a, b))
        });
        let ids = alike.chunk_by(|a, b| marks[a.1].pixel.id == marks[b.1].pixel.id);
        taken.extend(ids.map(|same| same[0].1));
    }
    taken
}

/// Numbers of the looks by satellite, sensor and what tells one look from another: the granule, or the time.
#[derive(Default)]
struct Looks<'a>(Map<(&'a str, &'a str, Kind, &'a str, Option<Utc>), u32>);

impl<'a> Looks<'a> {
    fn mark(&mut self, pixel: &'a FirePixel) -> Mark<'a> {
        let is_geostationary = pixel.is_geostationary();
        let kind = match (is_geostationary, pixel.line, pixel.column) {
            (true, Some(_), Some(_)) => Kind::Slot,
            (true, ..) => Kind::Moment,
            (false, ..) => match pixel.sensor.as_str() {
                "camera" | "drone" => Kind::Moment,
                "hotline" | "patrol" | "neighbour" => Kind::Word,
                _ => Kind::Pass,
            },
        };
        let granule = if matches!(kind, Kind::Slot | Kind::Word) { pixel.granule.as_str() } else { "" };
        let moment = (kind == Kind::Moment).then_some(pixel.time);
        let next = self.0.len() as u32;
        let look = *self.0.entry((&pixel.satellite, &pixel.sensor, kind, granule, moment)).or_insert(next);
        let side_m = 1000.0 * size_km(pixel, is_geostationary);
        let stated = pixel.place_spread.or_else(|| pixel.position_error_m.map(Spread::around));
        let stated = stated.filter(|spread| spread.distance_m().is_finite());
        Mark {
            pixel,
            place: pixel.place,
            point: point(pixel.place),
            seconds: pixel.time.days_since_j2000() * 86_400.0,
            side_m,
            spread: stated.unwrap_or_else(|| anywhere_in(side_m)),
            error_known: stated.is_some(),
            frp_mw: pixel.frp_mw,
            excess_radiance: pixel.excess_radiance,
            look,
            cell: (pixel.line.unwrap_or(0), pixel.column.unwrap_or(0)),
            kind,
            is_geostationary,
        }
    }
}

/// The error of a place anywhere in a square.
pub(super) fn anywhere_in(side_m: f64) -> Spread {
    Spread::around(side_m / 6.0_f64.sqrt())
}

impl Kind {
    /// Longest time without a detection after which the next one is still of the same fire, seconds.
    pub fn gap_s(self, t: &FuseThresholds) -> f64 {
        let hours = if matches!(self, Kind::Pass | Kind::Word) { t.ends_h } else { t.often_gap_h };
        3600.0 * f64::from(hours)
    }
}

/// Longer side of a pixel on the ground, km: as stated, else from its area, else the nominal one of the sensor.
fn size_km(pixel: &FirePixel, is_geostationary: bool) -> f64 {
    let stated = pixel.scan_km.into_iter().chain(pixel.track_km).map(f64::from).reduce(f64::max);
    let stated = stated.or_else(|| pixel.pixel_area_km2.map(f64::sqrt));
    stated.filter(|size| size.is_finite() && *size > 0.0).unwrap_or(match pixel.sensor.as_str() {
        "camera" => 0.05,
        "drone" => 0.02,
        "VIIRS" => 0.4,
        _ if is_geostationary => 2.0,
        _ => 1.0,
    })
}
