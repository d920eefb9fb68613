//! One fire in one look, as it is followed over time: its place with its error, its time and its power.

use super::marks::{Kind, Mark};
use crate::fire::FirePixel;
use crate::place::{LonLat, Spread};
use crate::thresholds::FuseThresholds;

/// A fire of one look.
pub(super) struct Spot<'a> {
    /// Its detections, by time and id.
    pub pixels: Vec<&'a FirePixel>,
    /// Position of the first of them among the marks: the order of spots.
    pub first: usize,
    /// Position of its look.
    pub look: usize,
    pub kind: Kind,
    pub place: LonLat,
    pub spread: Spread,
    /// Whether the error is known, or the size of the pixel stands for it.
    pub error_known: bool,
    /// Seconds since J2000.
    pub seconds: f64,
    pub level: usize,
    /// MW; `None` where none is known, or the hottest is not.
    pub frp_mw: Option<f64>,
}

impl<'a> Spot<'a> {
    /// Of the marks of a fire; `None` only where there is none.
    pub fn of(marks: &[Mark<'a>], fire: &[usize], look: usize, t: &FuseThresholds) -> Option<Self> {
        let first = *fire.first()?;
        let pixels: Vec<&FirePixel> = fire.iter().map(|&at| marks[at].pixel).collect();
        let weights = weights(&pixels);
        let place = centre(&pixels, &weights)?;
        let side_m = fire.iter().map(|&at| marks[at].side_m).fold(0.0, f64::max);
        let known = spread(&pixels, &weights);
        Some(Spot {
            first,
            look,
            kind: marks[first].kind,
            place,
            // a place anywhere in a square
            spread: known.unwrap_or_else(|| Spread::around(side_m / 6.0_f64.sqrt())),
            error_known: known.is_some(),
            seconds: marks[first].seconds,
            level: if pixels.iter().any(|pixel| pixel.is_geostationary()) { LEVELS - 1 } else { level(side_m, t) },
            frp_mw: total_frp(&pixels),
            pixels,
        })
    }
}

/// How fine a sensor is by the side of its pixel: 0 a field, 1 as VIIRS, 2 a kilometre, 3 as geostationary.
pub(super) const LEVELS: usize = 4;

fn level(side_m: f64, t: &FuseThresholds) -> usize {
    let limits = [t.field_m, t.fine_m, t.kilometre_m];
    limits.iter().position(|limit| side_m <= f64::from(*limit)).unwrap_or(LEVELS - 1)
}

/// Excess radiance where every member has it, else FRP where every member has it, else all alike.
fn weights(members: &[&FirePixel]) -> Vec<f64> {
    let by = |weight: fn(&FirePixel) -> Option<f64>| -> Option<Vec<f64>> {
        members.iter().map(|pixel| weight(pixel).filter(|w| w.is_finite() && *w > 0.0)).collect()
    };
    by(|pixel| pixel.excess_radiance.map(f64::from))
        .or_else(|| by(|pixel| pixel.frp_mw))
        .unwrap_or_else(|| vec![1.0; members.len()])
}

/// Weighted mean of longitudes and latitudes: at the size of a fire the earth is flat. Longitudes are counted from the
/// first member, so that a fire across 180 degrees has its centre there.
fn centre(members: &[&FirePixel], weights: &[f64]) -> Option<LonLat> {
    let origin = members.first()?.place.lon();
    let offsets = members.iter().map(|pixel| (pixel.place.lon() - origin + 540.0).rem_euclid(360.0) - 180.0);
    let lon = origin + weighted_mean(offsets, weights);
    let lat = weighted_mean(members.iter().map(|pixel| pixel.place.lat()), weights);
    LonLat::new((lon + 540.0).rem_euclid(360.0) - 180.0, lat)
}

fn weighted_mean(values: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
    values.zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / weights.iter().sum::<f64>()
}

/// Weighted mean of the members' covariances: what moves one pixel (terrain, navigation) moves its neighbours the same
/// way, so that more pixels do not make the place surer. `None` where a member has no error.
fn spread(members: &[&FirePixel], weights: &[f64]) -> Option<Spread> {
    let total: f64 = weights.iter().sum();
    let own = |pixel: &FirePixel| pixel.place_spread.or_else(|| pixel.position_error_m.map(Spread::around));
    let parts = members.iter().zip(weights).map(|(pixel, weight)| Some(own(pixel)?.times(weight / total)));
    parts.reduce(|a, b| Some(a?.and(b?)))?
}

/// Sum over the members that have an FRP, MW; `None` where none has, and where a saturated one has none: without its
/// hottest pixel the sum would make the greatest fires the smallest.
fn total_frp(members: &[&FirePixel]) -> Option<f64> {
    if members.iter().any(|pixel| pixel.saturated && pixel.frp_mw.is_none()) {
        return None;
    }
    let mut counted: Vec<&FirePixel> = Vec::with_capacity(members.len());
    for pixel in members.iter().filter(|pixel| pixel.frp_mw.is_some()) {
        if !counted.iter().any(|other| is_same_measurement(other, pixel)) {
            counted.push(pixel);
        }
    }
    counted.iter().filter_map(|pixel| pixel.frp_mw).reduce(|a, b| a + b)
}

/// Whether two detections of a look are one measurement by two programs: our own scan and a list of others.
fn is_same_measurement(a: &FirePixel, b: &FirePixel) -> bool {
    a.algorithm != b.algorithm && {
        let side_m = a.pixel_area_km2.into_iter().chain(b.pixel_area_km2).fold(0.0, f64::max).sqrt() * 1000.0;
        a.place.distance_m(b.place) < side_m / 2.0
    }
}
