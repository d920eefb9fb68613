//! What is said of an event: its place, power, energy, class, and how sure it is.

use super::marks::{Kind, Mark};
use super::share::{Group, Part};
use super::spot::Spot;
use super::tracks::Track;
use crate::fire::{Class, Confidence, Confirmation, CountyName, FireEvent, FirePixel, Verdict};
use crate::place::{LonLat, Spread};
use crate::thresholds::FuseThresholds;
use crate::time::Utc;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A look at an event.
#[derive(Clone, Copy)]
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
    seen.sort_by_key(|seen| seen.spot.first());
    let saw = witnesses_of(&seen);
    let own = || pixels(&saw, |part| part.counts);
    let all = || pixels(&seen, |_| true);
    // a look that other events share as well is no second witness of this one
    let alone = || pixels(&saw, |part| part.alone);
    // members are in order within a spot, not among spots
    let earliest = own().min_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)))?;
    let (place, spread) = place(&saw)?;
    let of_place = county_of(place);
    let county = of_place.clone().or_else(|| county_inside(own()));
    let (class, mut reasons) = class(&saw);
    if of_place.is_none() && county.is_some() {
        reasons.push("位置在县界以外, 按县内像元归属".to_string());
    }
    let curve = curve(&saw);
    let witnesses = distinct(alone().map(|pixel| pixel.satellite.as_str())).len();
    Some(FireEvent {
        id: id(&earliest.id),
        place,
        first_seen: earliest.time,
        last_seen: own().map(|pixel| pixel.time).max()?,
        first_discoverer: earliest.satellite.clone(),
        detections: all().count(),
        looks: distinct(saw.iter().map(|seen| seen.spot.look)).len(),
        members: ids(pixels(&seen, |part| part.counts)),
        shared: ids(pixels(&seen, |part| !part.counts)),
        max_frp_mw: greatest_mw(&seen),
        fre_mj: energy_mj(&curve, t),
        frp_curve: curve,
        confidence: confidence(alone(), witnesses, class),
        confirmation: confirmation(alone(), witnesses),
        class,
        reasons,
        // one whose detections all lie outside, and whose place between them does not, burns inside
        inside: county.is_some() || own().any(|pixel| pixel.verdict == Verdict::Kept),
        counties: counties(own(), county.as_ref(), county_of),
        county,
        township: None,
        grid_cell: None,
        responsible: None,
        candidates: Vec::new(),
        position_error_m: spread.map(Spread::distance_m),
        place_spread: spread,
        forest_edge: None,
        simulated: all().any(|pixel| pixel.simulated),
        sources: owned(distinct(all().map(|pixel| pixel.satellite.as_str()))),
        merged_into: None,
        history: Vec::new(),
    })
}

/// All looks but what was told of the event by its name, which is at its place because the desk put it there: it moves neither place nor error nor
/// times, and confirms nothing. Where nothing else is there it is all that there is.
fn witnesses_of<'a>(seen: &[Seen<'a>]) -> Vec<Seen<'a>> {
    let saw: Vec<Seen> = seen.iter().copied().filter(|seen| !seen.spot.is_of_event()).collect();
    if saw.iter().any(|seen| seen.part.counts && seen.part.alone) { saw } else { seen.to_vec() }
}

fn pixels<'a>(seen: &'a [Seen], which: fn(&Part) -> bool) -> impl Iterator<Item = &'a FirePixel> {
    seen.iter().filter(move |seen| which(seen.part)).flat_map(|seen| seen.spot.marks().map(|mark| mark.pixel))
}

/// In order, each once.
fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn owned(all: Vec<&str>) -> Vec<String> {
    all.into_iter().map(str::to_string).collect()
}

fn ids<'a>(pixels: impl Iterator<Item = &'a FirePixel>) -> Vec<String> {
    owned(distinct(pixels.map(|pixel| pixel.id.as_str())))
}

/// Of an event whose place lies in none: the county of the strongest detection that is kept.
fn county_inside<'a>(members: impl Iterator<Item = &'a FirePixel>) -> Option<CountyName> {
    let kept = members.filter(|pixel| pixel.verdict == Verdict::Kept && pixel.county.is_some());
    let power = |pixel: &FirePixel| pixel.frp_mw.unwrap_or(0.0);
    let strongest = kept.max_by(|a, b| power(a).total_cmp(&power(b)).then_with(|| b.id.cmp(&a.id)))?;
    strongest.county.clone()
}

/// Codes of the counties of the members and of the event's place. A cluster is many pixels: its edge may lie in a county that its middle
/// does not lie in.
fn counties<'a>(
    members: impl Iterator<Item = &'a FirePixel>,
    of_place: Option<&CountyName>,
    county_of: &impl Fn(LonLat) -> Option<CountyName>,
) -> Vec<String> {
    let mut codes: BTreeSet<String> = of_place.map(|county| county.adcode.clone()).into_iter().collect();
    for pixel in members {
        codes.extend(pixel.county.as_ref().map(|county| county.adcode.clone()));
        let corners = pixel.cluster.iter().flat_map(|cluster| cluster.corners());
        codes.extend(corners.filter_map(county_of).map(|county| county.adcode));
    }
    codes.into_iter().collect()
}

/// The best place from all looks that no other event shares, and its error, where one is known.
///
/// Looks of one satellite err alike (terrain, navigation): their mean is no surer than one of them. Satellites err
/// each in its own way: weighted by the inverse of their covariances.
fn place(seen: &[Seen]) -> Option<(LonLat, Option<Spread>)> {
    let origin = seen.iter().find(|seen| seen.part.counts)?.spot.place;
    let mut spots: Vec<&Spot> = seen.iter().filter(|seen| seen.part.alone).map(|seen| seen.spot).collect();
    let known = spots.iter().any(|spot| spot.error_known);
    spots.sort_by_key(|spot| spot.satellite());
    let means: Vec<((f64, f64), Spread)> = spots
        .chunk_by(|a, b| a.satellite() == b.satellite())
        .map(|of_one| {
            let part = 1.0 / of_one.len() as f64;
            let start = ((0.0, 0.0), Spread::default());
            of_one.iter().fold(start, |(sum, spread), spot| {
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
    Some((origin.moved_m(east, north).unwrap_or(origin), known.then_some(spread)))
}

/// Power of each spot with one, MW, with its look: the sum over its detections, or the event's share of it.
fn powers<'a>(seen: &'a [Seen]) -> impl Iterator<Item = (&'a Spot<'a>, f64)> {
    seen.iter().filter_map(|seen| Some((seen.spot, seen.spot.frp_mw? * seen.part.share)))
}

/// The greatest power of one look, MW; `None` where none is known, and where one may have been greater: a saturated fire without
/// a power, followed by a weak look, is not a weak fire.
fn greatest_mw(seen: &[Seen]) -> Option<f64> {
    if seen.iter().any(|seen| seen.spot.saturated) {
        return None;
    }
    let mut looks: Vec<(usize, f64)> = powers(seen).map(|(spot, mw)| (spot.look, mw)).collect();
    looks.sort_by_key(|(look, _)| *look);
    let sums = looks.chunk_by(|a, b| a.0 == b.0).map(|look| look.iter().map(|(_, mw)| mw).sum());
    sums.reduce(f64::max)
}

/// Power over time as the geostationary satellite saw it that has the most looks; of equals the first by name. A look has the
/// time of its first detection.
fn curve(seen: &[Seen]) -> Vec<(Utc, f64)> {
    let often = powers(seen).filter(|(spot, _)| spot.kind != Kind::Pass);
    let mut looks: Vec<(&str, usize, Utc, f64)> = often
        .filter_map(|(spot, mw)| Some((spot.satellite(), spot.look, spot.marks().next()?.pixel.time, mw)))
        .collect();
    looks.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    let curves = looks.chunk_by(|a, b| a.0 == b.0).map(|of_one| -> Vec<(Utc, f64)> {
        let by_look = of_one.chunk_by(|a, b| a.1 == b.1);
        by_look.map(|look| (look[0].2, look.iter().map(|part| part.3).sum())).collect()
    });
    curves.reduce(|most, other| if other.len() > most.len() { other } else { most }).unwrap_or_default()
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
    let is_judged = |mark: &Mark| {
        mark.pixel.class != Class::Unknown || (mark.pixel.cropland_fraction.is_some() && !mark.is_geostationary)
    };
    let finest = seen.iter().filter(|seen| seen.spot.marks().any(is_judged)).map(|seen| seen.spot.level).min();
    let pixels = || {
        let level = |seen: &&Seen| finest.is_none_or(|finest| seen.spot.level == finest);
        seen.iter().filter(level).flat_map(|seen| seen.spot.marks().map(|mark| mark.pixel))
    };
    let classes = [Class::Straw, Class::Vegetation, Class::Industrial, Class::Solar];
    let counts = classes.map(|class| pixels().filter(|pixel| pixel.class == class).count());
    let most = counts.into_iter().max().unwrap_or(0);
    let mut winners =
        classes.into_iter().zip(counts).filter(|(_, count)| most > 0 && *count == most).map(|(class, _)| class);
    let class = match (winners.next(), winners.next()) {
        (Some(class), None) | (Some(class @ Class::Straw), _) => class,
        _ => Class::Unknown,
    };
    let told = pixels().filter(|pixel| pixel.class == class || class == Class::Unknown);
    (class, owned(distinct(told.flat_map(|pixel| pixel.reasons.iter().map(String::as_str)))))
}

/// The greatest confidence of a detection; one class more where two satellites, or a satellite and a camera, saw it.
///
/// Not more than one class: what fools one sensor (a kiln, a mirror) fools all that measure heat.
fn confidence<'a>(all: impl Iterator<Item = &'a FirePixel>, witnesses: usize, class: Class) -> Confidence {
    let most = all.map(|pixel| pixel.confidence).max().unwrap_or(Confidence::Low);
    let doubtful = matches!(class, Class::Industrial | Class::Solar);
    match most {
        Confidence::Low if witnesses > 1 && !doubtful => Confidence::Nominal,
        Confidence::Nominal if witnesses > 1 && !doubtful => Confidence::High,
        other => other,
    }
}

/// Confirmed where the baseline says so of one look, or two sources saw it.
fn confirmation<'a>(mut all: impl Iterator<Item = &'a FirePixel>, witnesses: usize) -> Confirmation {
    let confirmed = all.any(|pixel| pixel.confirmation == Confirmation::Confirmed);
    if confirmed || witnesses > 1 { Confirmation::Confirmed } else { Confirmation::Provisional }
}

/// 16 hex digits of a hash of the id of the first detection that counts here: the same detections give the same id in every
/// run.
pub(super) fn id(first: &str) -> String {
    let digits = Sha256::digest(first).into_iter().take(8).flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
