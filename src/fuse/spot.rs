//! One fire in one look, as it is followed over time: its place with its error, its time and its power.

use super::cubes::{Point, point};
use super::looks::Fires;
use super::marks::{Kind, Mark, anywhere_in};
use crate::place::{LonLat, Spread};
use crate::thresholds::FuseThresholds;

/// A fire of one look.
pub(super) struct Spot<'a> {
    marks: &'a [Mark<'a>],
    /// Positions of its marks, in order.
    fire: &'a [usize],
    /// Whether its power is not known because its hottest pixel is saturated.
    pub saturated: bool,
    /// Number of its look.
    pub look: usize,
    pub kind: Kind,
    pub place: LonLat,
    pub point: Point,
    pub spread: Spread,
    /// Whether the error is known, or the size of the pixel stands for it.
    pub error_known: bool,
    /// Seconds since J2000.
    pub seconds: f64,
    pub level: usize,
    /// MW; `None` where none is known, and where a saturated pixel has none: without its hottest pixel the sum would make the
    /// greatest fires the smallest.
    pub frp_mw: Option<f64>,
}

/// The fires of a region as spots.
pub(super) fn spots<'a>(marks: &'a [Mark<'a>], fires: &'a Fires, t: &FuseThresholds) -> Vec<Spot<'a>> {
    let of = |(range, look): &(std::ops::Range<usize>, usize)| Spot::of(marks, &fires.marks[range.clone()], *look, t);
    fires.bounds.iter().map(of).collect()
}

impl<'a> Spot<'a> {
    /// Of the marks of a fire: one or more.
    fn of(marks: &'a [Mark<'a>], fire: &'a [usize], look: usize, t: &FuseThresholds) -> Self {
        let first = &marks[fire[0]];
        let alone = Spot {
            marks,
            fire,
            look,
            kind: first.kind,
            place: first.place,
            point: first.point,
            spread: first.spread,
            error_known: first.error_known,
            seconds: first.seconds,
            // what was told of an event founds none: it is explained by what is there
            level: if first.is_geostationary || first.is_of_event() { LEVELS - 1 } else { level(first.side_m, t) },
            frp_mw: first.frp_mw,
            saturated: first.frp_mw.is_none() && first.pixel.saturated,
        };
        if fire.len() == 1 {
            return alone;
        }
        let members: Vec<&Mark> = fire.iter().map(|&at| &marks[at]).collect();
        let weights = weights(&members);
        let place = centre(&members, &weights).unwrap_or(first.place);
        let side_m = members.iter().map(|mark| mark.side_m).fold(0.0, f64::max);
        let is_geostationary = members.iter().any(|mark| mark.is_geostationary);
        let known = spread(&members, &weights);
        let saturated = members.iter().any(|mark| mark.frp_mw.is_none() && mark.pixel.saturated);
        Spot {
            place,
            point: point(place),
            spread: known.unwrap_or_else(|| anywhere_in(side_m)),
            error_known: known.is_some(),
            level: if is_geostationary { LEVELS - 1 } else { level(side_m, t) },
            frp_mw: if saturated { None } else { total_frp(&members) },
            saturated,
            ..alone
        }
    }

    /// Position of its first mark: the order of spots.
    pub fn first(&self) -> usize {
        self.fire[0]
    }

    /// Its detections, by time, place and id.
    pub fn marks(&self) -> impl Iterator<Item = &'a Mark<'a>> + use<'a> {
        let marks = self.marks;
        self.fire.iter().map(|&at| &marks[at])
    }

    /// Whether it was told of an event that the desk named, and is no witness of its own.
    pub fn is_of_event(&self) -> bool {
        self.marks().all(Mark::is_of_event)
    }

    /// The satellite that looked.
    pub fn satellite(&self) -> &'a str {
        self.marks[self.fire[0]].pixel.satellite.as_str()
    }
}

/// How fine a sensor is by the side of its pixel: 0 a field, 1 as VIIRS, 2 a kilometre, 3 as geostationary.
pub(super) const LEVELS: usize = 4;

fn level(side_m: f64, t: &FuseThresholds) -> usize {
    let limits = [t.field_m, t.fine_m, t.kilometre_m];
    limits.iter().position(|limit| side_m <= f64::from(*limit)).unwrap_or(LEVELS - 1)
}

/// Excess radiance where every member has it, else FRP where every member has it, else all alike.
fn weights(members: &[&Mark]) -> Vec<f64> {
    let by = |weight: fn(&Mark) -> Option<f64>| -> Option<Vec<f64>> {
        let all: Option<Vec<f64>> =
            members.iter().map(|mark| weight(mark).filter(|w| w.is_finite() && *w > 0.0)).collect();
        // parts of the greatest, so that no sum is beyond all numbers
        let most = all.iter().flatten().copied().fold(0.0, f64::max);
        all.map(|all| all.into_iter().map(|weight| weight / most).collect())
    };
    by(|mark| mark.excess_radiance.map(f64::from))
        .or_else(|| by(|mark| mark.frp_mw))
        .unwrap_or_else(|| vec![1.0; members.len()])
}

/// Weighted mean of longitudes and latitudes: at the size of a fire the earth is flat. Longitudes are counted from the
/// first member, so that a fire across 180 degrees has its centre there.
fn centre(members: &[&Mark], weights: &[f64]) -> Option<LonLat> {
    let origin = members.first()?.place.lon();
    let offsets = members.iter().map(|mark| (mark.place.lon() - origin + 540.0).rem_euclid(360.0) - 180.0);
    let lon = origin + weighted_mean(offsets, weights);
    let lat = weighted_mean(members.iter().map(|mark| mark.place.lat()), weights);
    LonLat::new((lon + 540.0).rem_euclid(360.0) - 180.0, lat)
}

fn weighted_mean(values: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
    values.zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / weights.iter().sum::<f64>()
}

/// Weighted mean of the members' covariances: what moves one pixel (terrain, navigation) moves its neighbours the same
/// way, so that more pixels do not make the place surer. `None` where the error of a member is not known.
fn spread(members: &[&Mark], weights: &[f64]) -> Option<Spread> {
    let total: f64 = weights.iter().sum();
    let known = members.iter().all(|mark| mark.error_known);
    let parts = members.iter().zip(weights).map(|(mark, weight)| mark.spread.times(weight / total));
    parts.reduce(Spread::and).filter(|_| known)
}

/// Sum over the members that have an FRP, MW; `None` where none has. Of one measurement by two programs the greater counts.
fn total_frp(members: &[&Mark]) -> Option<f64> {
    let algorithm = &members.first()?.pixel.algorithm;
    if members.iter().all(|mark| mark.pixel.algorithm == *algorithm) {
        return members.iter().filter_map(|mark| mark.frp_mw).reduce(|a, b| a + b);
    }
    let mut powers: Vec<(f64, &Mark)> = members.iter().filter_map(|mark| Some((mark.frp_mw?, *mark))).collect();
    powers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut counted: Vec<(f64, &Mark)> = Vec::with_capacity(powers.len());
    for (mw, mark) in powers {
        if !counted.iter().any(|(_, other)| is_same_measurement(other, mark)) {
            counted.push((mw, mark));
        }
    }
    counted.iter().map(|(mw, _)| *mw).reduce(|a, b| a + b)
}

/// Whether two detections of a look are one measurement by two programs: our own scan and a list of others.
fn is_same_measurement(a: &Mark, b: &Mark) -> bool {
    a.pixel.algorithm != b.pixel.algorithm && {
        let areas = a.pixel.pixel_area_km2.into_iter().chain(b.pixel.pixel_area_km2);
        a.place.distance_m(b.place) < areas.fold(0.0, f64::max).sqrt() * 1000.0 / 2.0
    }
}
