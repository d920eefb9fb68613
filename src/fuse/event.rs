//! What is said of an event: its place, power, energy, class, and how sure it is.

use super::marks::Kind;
use super::share::{Group, Part};
use super::spot::Spot;
use super::tracks::Track;
use crate::fire::{Class, Confidence, Confirmation, CountyName, FireEvent, FirePixel, Verdict};
use crate::place::{LonLat, Spread};
use crate::thresholds::FuseThresholds;
use crate::time::Utc;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A look at an event.
struct Seen<'a> {
    spot: &'a Spot<'a>,
    part: &'a Part,
}

/// The event of a group; `None` only for a group without detections.
pub(super) fn event(
    group: &Group,
    tracks: &[Track],
    spots: &[Spot],
    t: &FuseThresholds,
    county_of: &impl Fn(LonLat) -> Option<CountyName>,
) -> Option<FireEvent> {
    let mut seen: Vec<Seen> = group
        .parts
        .iter()
        .flat_map(|part| tracks[part.track].spots.iter().map(move |&at| Seen { spot: &spots[at], part }))
        .collect();
    seen.sort_by_key(|seen| seen.spot.first);
    let own: Vec<&FirePixel> = pixels(&seen, |part| part.counts).collect();
    let all: Vec<&FirePixel> = pixels(&seen, |_| true).collect();
    // members are by time and id within a spot, not among spots
    let earliest = own.iter().min_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)))?;
    let (place, spread) = place(&seen)?;
    let of_place = county_of(place);
    let county = of_place.clone().or_else(|| county_inside(&own));
    let (class, mut reasons) = class(&seen);
    if of_place.is_none() && county.is_some() {
        reasons.push("位置在县界以外, 按县内像元归属".to_string());
    }
    let curve = curve(&seen);
    let sources: BTreeSet<&str> = all.iter().map(|pixel| pixel.satellite.as_str()).collect();
    // a look that other events share as well is no second witness of this one
    let alone: Vec<&FirePixel> = pixels(&seen, |part| part.share >= 1.0).collect();
    let witnesses: BTreeSet<&str> = alone.iter().map(|pixel| pixel.satellite.as_str()).collect();
    Some(FireEvent {
        id: id(&earliest.id),
        place,
        first_seen: earliest.time,
        last_seen: own.iter().map(|pixel| pixel.time).max()?,
        first_discoverer: earliest.satellite.clone(),
        detections: all.len(),
        looks: seen.iter().map(|seen| seen.spot.look).collect::<BTreeSet<_>>().len(),
        members: ids(own.iter().copied()),
        shared: ids(pixels(&seen, |part| !part.counts)),
        max_frp_mw: powers(&seen).map(|(_, mw)| mw).reduce(f64::max),
        fre_mj: energy_mj(&curve, t),
        frp_curve: curve,
        confidence: confidence(&alone, &witnesses, class),
        confirmation: confirmation(&alone, &witnesses),
        class,
        reasons,
        // one whose detections all lie outside, and whose place between them does not, burns inside
        inside: county.is_some() || own.iter().any(|pixel| pixel.verdict == Verdict::Kept),
        counties: counties(&own, county.as_ref()),
        county,
        township: None,
        grid_cell: None,
        responsible: None,
        candidates: Vec::new(),
        position_error_m: spread.map(Spread::distance_m),
        place_spread: spread,
        simulated: all.iter().any(|pixel| pixel.simulated),
        sources: sources.into_iter().map(str::to_string).collect(),
        merged_into: None,
        history: Vec::new(),
    })
}

fn pixels<'a>(seen: &'a [Seen], which: fn(&Part) -> bool) -> impl Iterator<Item = &'a FirePixel> {
    seen.iter().filter(move |seen| which(seen.part)).flat_map(|seen| seen.spot.pixels.iter().copied())
}

fn ids<'a>(pixels: impl Iterator<Item = &'a FirePixel>) -> Vec<String> {
    let mut ids: Vec<String> = pixels.map(|pixel| pixel.id.clone()).collect();
    ids.sort_unstable();
    ids
}

/// Of an event whose place lies in none: the county of the strongest detection that is kept.
fn county_inside(members: &[&FirePixel]) -> Option<CountyName> {
    let kept = members.iter().filter(|pixel| pixel.verdict == Verdict::Kept && pixel.county.is_some());
    let power = |pixel: &FirePixel| pixel.frp_mw.unwrap_or(0.0);
    let strongest = kept.max_by(|a, b| power(a).total_cmp(&power(b)).then_with(|| b.id.cmp(&a.id)))?;
    strongest.county.clone()
}

/// Codes of the counties of the members and of the event's place.
fn counties(members: &[&FirePixel], of_place: Option<&CountyName>) -> Vec<String> {
    let all = members.iter().filter_map(|pixel| pixel.county.as_ref()).chain(of_place);
    all.map(|county| county.adcode.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The best place from all looks that no other event shares, and its error, where one is known.
///
/// Looks of one satellite err alike (terrain, navigation): their mean is no surer than one of them. Satellites err
/// each in its own way: weighted by the inverse of their covariances.
fn place(seen: &[Seen]) -> Option<(LonLat, Option<Spread>)> {
    let origin = seen.iter().find(|seen| seen.part.counts)?.spot.place;
    let mut by_source: BTreeMap<&str, Vec<&Spot>> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| seen.part.share >= 1.0) {
        by_source.entry(&seen.spot.pixels.first()?.satellite).or_default().push(seen.spot);
    }
    let known = by_source.values().flatten().any(|spot| spot.error_known);
    let means: Vec<((f64, f64), Spread)> = by_source
        .values()
        .map(|spots| {
            let part = 1.0 / spots.len() as f64;
            let start = ((0.0, 0.0), Spread::default());
            spots.iter().fold(start, |(sum, spread), spot| {
                let (east, north) = spot.place.offset_m(origin);
                ((sum.0 + part * east, sum.1 + part * north), spread.and(spot.spread.times(part)))
            })
        })
        .collect();
    let best = match means.as_slice() {
        [one] => Some(*one),
        several => Spread::best_of(several),
    };
    let ((east, north), spread) = best.or_else(|| means.first().copied())?;
    Some((origin.moved_m(east, north)?, known.then_some(spread)))
}

/// Power of each look with one, MW: the sum over its detections, or the event's share of it.
fn powers<'a>(seen: &'a [Seen]) -> impl Iterator<Item = (&'a Spot<'a>, f64)> {
    seen.iter().filter_map(|seen| Some((seen.spot, seen.spot.frp_mw? * seen.part.share)))
}

/// Power over time as the geostationary satellite saw it that has the most looks; of equals the first by name.
fn curve(seen: &[Seen]) -> Vec<(Utc, f64)> {
    let mut of: BTreeMap<&str, BTreeMap<Utc, f64>> = BTreeMap::new();
    for (spot, mw) in powers(seen).filter(|(spot, _)| spot.kind != Kind::Pass) {
        if let Some(pixel) = spot.pixels.first() {
            *of.entry(&pixel.satellite).or_default().entry(pixel.time).or_default() += mw;
        }
    }
    let most = of.into_values().reduce(|most, other| if other.len() > most.len() { other } else { most });
    most.map(|curve| curve.into_iter().collect()).unwrap_or_default()
}

/// Energy under a curve, MJ, by trapezoids; over a longer gap nothing is known.
fn energy_mj(curve: &[(Utc, f64)], t: &FuseThresholds) -> Option<f64> {
    let longest = 60.0 * f64::from(t.curve_gap_min);
    let steps = curve.windows(2).map(|pair| (pair[1].0.seconds_since(pair[0].0), pair[0].1.midpoint(pair[1].1)));
    steps.filter(|(seconds, _)| *seconds <= longest).map(|(seconds, mw)| seconds * mw).reduce(|a, b| a + b)
}

/// The class that most detections of the finest sensor that could judge it say, and their reasons. Where there are as many
/// of two, straw comes first if it is one of them (somebody should look), else nothing is known.
fn class(seen: &[Seen]) -> (Class, Vec<String>) {
    // a fine look at its ground that leaves it unknown is a judgement too; a geostationary one is not
    let is_judged = |pixel: &FirePixel| pixel.cropland_fraction.is_some() && !pixel.is_geostationary();
    let judged = |seen: &&Seen| seen.spot.pixels.iter().any(|pixel| pixel.class != Class::Unknown || is_judged(pixel));
    let finest = seen.iter().filter(judged).map(|seen| seen.spot.level).min();
    let pixels = || {
        let level = |seen: &&Seen| finest.is_none_or(|finest| seen.spot.level == finest);
        seen.iter().filter(level).flat_map(|seen| seen.spot.pixels.iter())
    };
    let classes = [Class::Straw, Class::Vegetation, Class::Industrial, Class::Solar];
    let count = |class: Class| pixels().filter(|pixel| pixel.class == class).count();
    let most = classes.iter().map(|class| count(*class)).max().unwrap_or(0);
    let winners: Vec<Class> = classes.into_iter().filter(|class| most > 0 && count(*class) == most).collect();
    let class = match winners.as_slice() {
        [class] | [class @ Class::Straw, ..] => *class,
        _ => Class::Unknown,
    };
    let reasons: BTreeSet<&str> = pixels()
        .filter(|pixel| pixel.class == class || class == Class::Unknown)
        .flat_map(|pixel| pixel.reasons.iter().map(String::as_str))
        .collect();
    (class, reasons.into_iter().map(str::to_string).collect())
}

/// The greatest confidence of a detection; one class more where two satellites, or a satellite and a camera, saw it.
///
/// Not more than one class: what fools one sensor (a kiln, a mirror) fools all that measure heat.
fn confidence(all: &[&FirePixel], sources: &BTreeSet<&str>, class: Class) -> Confidence {
    let most = all.iter().map(|pixel| pixel.confidence).max().unwrap_or(Confidence::Low);
    let doubtful = matches!(class, Class::Industrial | Class::Solar);
    match most {
        Confidence::Low if sources.len() > 1 && !doubtful => Confidence::Nominal,
        Confidence::Nominal if sources.len() > 1 && !doubtful => Confidence::High,
        other => other,
    }
}

/// Confirmed where the baseline says so of one look, or two sources saw it.
fn confirmation(all: &[&FirePixel], sources: &BTreeSet<&str>) -> Confirmation {
    let confirmed = all.iter().any(|pixel| pixel.confirmation == Confirmation::Confirmed);
    if confirmed || sources.len() > 1 { Confirmation::Confirmed } else { Confirmation::Provisional }
}

/// 16 hex digits of a hash of the id of the first detection that counts here: the same detections give the same id in every
/// run.
pub(super) fn id(first: &str) -> String {
    Sha256::digest(first).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
