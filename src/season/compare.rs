//! Two runs of a season beside each other: which fires and events one has and the other has not, which moved, and why.
//!
//! A fire of one run is that of the other where satellite, sensor, time and pixel are the same; rows of lists, which have no pixel, where they
//! lie near each other: a list that was made again moves its rows by a little. Events are matched one to one by the fires that
//! they share; what is left over on one side is gained or lost, and the fires of the other side say why.

use super::burned::CLASSES;
use super::gather::Gathered;
use crate::deliver::reasons::spoken_reason;
use crate::deliver::scan_report::{GranuleReport, Looked};
use crate::fire::{Class, CountyName, FireEvent, FirePixel, Verdict};
use crate::place::LonLat;
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What of a season differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// An event.
    Event,
    /// A fire pixel.
    Fire,
}

/// How it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// The second run has it, the first has not.
    Gained,
    /// The first run has it, the second has not.
    Lost,
    /// Both have it, in different places.
    Moved,
    /// Both have it at one place, and take it for something else.
    Reclassed,
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// An event or a fire pixel.
    pub what: What,
    /// Gained, lost, moved or of another class.
    pub how: How,
    /// Why, in a word: what the run that has it not made of it, or the classes that it has (`straw>vegetation`).
    pub reason: String,
    /// County; of a moved one that of the second run.
    pub county: Option<CountyName>,
    /// Satellite and sensor; of an event those of its fires.
    pub sensor: String,
    /// When it was seen first.
    pub time: Utc,
    /// Where, in the run that has it; of a moved one in the second.
    pub place: LonLat,
    /// Where a moved one was in the first run.
    pub from: Option<LonLat>,
    /// How far it moved, metres.
    pub moved_m: Option<f64>,
    /// Id in the first run.
    pub id_a: Option<String>,
    /// Id in the second run.
    pub id_b: Option<String>,
}

/// Two runs beside each other.
#[derive(Debug)]
pub struct Comparison {
    /// Differences, events first, by how, time and id.
    pub changes: Vec<Change>,
    /// Kept fires in the counties: of the first run, of the second, of both.
    pub fires: [usize; 3],
    /// Events in the counties likewise.
    pub events: [usize; 3],
}

/// From so far on it is said that something moved, metres: less changes no way to the place.
pub const MOVED_M: f64 = 100.0;

/// One measurement: the same in both runs.
#[derive(PartialEq, Eq, Hash, Clone, Copy)]
struct Key<'a> {
    satellite: &'a str,
    sensor: &'a str,
    time: Utc,
    /// Line and column; a row of a list has its id alone.
    pixel: Option<(u32, u32)>,
    id: &'a str,
}

fn key<'a>(fire: &'a FirePixel, rows: &Rows<'a>) -> Key<'a> {
    let pixel = fire.line.zip(fire.column);
    let id = if pixel.is_some() { "" } else { fire.id.as_str() };
    let id = rows.get(id).copied().unwrap_or(id);
    Key { satellite: &fire.satellite, sensor: &fire.sensor, time: fire.time, pixel, id }
}

/// Rows of lists of two runs that lie so near each other are one, metres: the width of the finest pixels that lists have (375 m) \[P\].
const ROW_M: f64 = 375.0;

/// Ids of rows in the second run by which the first run knows them.
type Rows<'a> = HashMap<&'a str, &'a str>;

/// Rows of lists that are one: of one satellite and time the nearest within a pixel, nearest pairs first.
fn rows<'a>(a: &'a Gathered, b: &'a Gathered) -> Rows<'a> {
    let is_row = |fire: &&FirePixel| fire.line.zip(fire.column).is_none();
    let mut by_look: HashMap<(&str, &str, Utc), [Vec<&FirePixel>; 2]> = HashMap::new();
    for (side, gathered) in [a, b].into_iter().enumerate() {
        for fire in gathered.fires.iter().filter(is_row) {
            by_look.entry((&fire.satellite, &fire.sensor, fire.time)).or_default()[side].push(fire);
        }
    }
    let mut known = HashMap::new();
    for [of_a, of_b] in by_look.into_values() {
        let mut pairs: Vec<(f64, &FirePixel, &FirePixel)> = Vec::new();
        for x in of_a {
            pairs.extend(
                of_b.iter().map(|y| (x.place.distance_m(y.place), x, *y)).filter(|(apart, ..)| *apart <= ROW_M),
            );
        }
        pairs.sort_by(|p, q| {
            let by_id =
                |pair: &(f64, &FirePixel, &FirePixel)| (pair.1.id != pair.2.id, pair.1.id.clone(), pair.2.id.clone());
            p.0.total_cmp(&q.0).then_with(|| by_id(p).cmp(&by_id(q)))
        });
        let mut taken: HashSet<&str> = HashSet::new();
        for (_, x, y) in pairs {
            if !taken.contains(x.id.as_str()) && !known.contains_key(y.id.as_str()) {
                taken.insert(&x.id);
                known.insert(y.id.as_str(), x.id.as_str());
            }
        }
    }
    known
}

/// A run, ready to be asked.
struct Side<'a> {
    of: &'a Gathered,
    /// Of the second run: as what the first knows its rows of lists.
    rows: Rows<'a>,
    fires: HashMap<Key<'a>, &'a FirePixel>,
    by_id: HashMap<&'a str, &'a FirePixel>,
    looks: HashMap<(&'a str, &'a str, Utc), &'a GranuleReport>,
    /// Looks by name: a fire of an overpass joined of several granules has a time of its own.
    named: HashSet<&'a str>,
}

impl<'a> Side<'a> {
    fn of(of: &'a Gathered, rows: Rows<'a>) -> Self {
        let looks = of.report.granules.iter();
        Side {
            of,
            fires: of.fires.iter().map(|fire| (key(fire, &rows), fire)).collect(),
            by_id: of.fires.iter().map(|fire| (fire.id.as_str(), fire)).collect(),
            looks: looks
                .clone()
                .map(|look| ((look.satellite.as_str(), look.sensor.as_str(), look.time), look))
                .collect(),
            named: looks
                .filter(|look| look.look == Looked::Yes)
                .flat_map(|look| look.pieces.iter().chain([&look.granule]).map(String::as_str))
                .collect(),
            rows,
        }
    }

    /// By what both runs know a fire of this one.
    fn key(&self, fire: &'a FirePixel) -> Key<'a> {
        key(fire, &self.rows)
    }

    fn kept(&self) -> impl Iterator<Item = &'a FirePixel> {
        self.of.fires.iter().filter(|fire| is_kept(fire))
    }

    fn events(&self) -> impl Iterator<Item = &'a FireEvent> {
        self.of.events.iter().filter(|event| event.inside && event.merged_into.is_none())
    }

    /// What this run made of a fire of the other one that it does not have as one.
    fn why_not(&self, other: &Side<'a>, fire: &'a FirePixel) -> String {
        if let Some(own) = self.fires.get(&other.key(fire)) {
            // kept outside of the counties is dropped for that
            return own.verdict.reason().unwrap_or("outside_counties").to_string();
        }
        let look = self.looks.get(&(fire.satellite.as_str(), fire.sensor.as_str(), fire.time));
        let was_looked = look.map_or(self.named.contains(fire.granule.as_str()), |look| look.look == Looked::Yes);
        if was_looked { NOT_DETECTED } else { NOT_LOOKED }.to_string()
    }
}

/// Both have it.
const MOVED: &str = "moved";
/// The look is there, and the pixel is no fire.
const NOT_DETECTED: &str = "not_detected";
/// The look is not there or could not be read.
const NOT_LOOKED: &str = "not_looked";
/// The event's fires are part of another event.
const JOINED: &str = "joined_to_another";

fn is_kept(fire: &FirePixel) -> bool {
    fire.verdict == Verdict::Kept && fire.county.is_some()
}

/// Compares a second run with a first one.
pub fn compare(a: &Gathered, b: &Gathered) -> Comparison {
    let rows = rows(a, b);
    let (a, b) = (Side::of(a, Rows::new()), Side::of(b, rows));
    let (mut changes, events) = events(&a, &b);
    let (of_fires, fires) = fires(&a, &b);
    changes.extend(of_fires);
    changes.sort_by(|x, y| (x.what, x.how, x.time, &x.id_a, &x.id_b).cmp(&(y.what, y.how, y.time, &y.id_a, &y.id_b)));
    Comparison { changes, fires, events }
}

/// How what both runs have differs: moved, or of another class; with how far, metres.
fn differ(a: (LonLat, Class), b: (LonLat, Class)) -> Option<(How, String, Option<f64>)> {
    let moved = a.0.distance_m(b.0);
    if moved >= MOVED_M {
        return Some((How::Moved, MOVED.to_string(), Some(moved)));
    }
    (a.1 != b.1).then(|| (How::Reclassed, format!("{}>{}", a.1.name(), b.1.name()), None))
}

fn fires<'a>(a: &Side<'a>, b: &Side<'a>) -> (Vec<Change>, [usize; 3]) {
    let (mut changes, mut both) = (Vec::new(), 0);
    for fire in a.kept() {
        match b.fires.get(&a.key(fire)).filter(|own| is_kept(own)) {
            Some(own) => {
                both += 1;
                if let Some((how, reason, moved)) = differ((fire.place, fire.class), (own.place, own.class)) {
                    let (from, id_a) = (moved.map(|_| fire.place), Some(fire.id.clone()));
                    changes.push(Change { from, moved_m: moved, id_a, ..of_fire(own, how, &reason) });
                }
            }
            None => changes.push(of_fire(fire, How::Lost, &b.why_not(a, fire))),
        }
    }
    let is_new = |fire: &&FirePixel| !a.fires.get(&b.key(fire)).is_some_and(|own| is_kept(own));
    changes.extend(b.kept().filter(is_new).map(|fire| of_fire(fire, How::Gained, &a.why_not(b, fire))));
    (changes, [a.kept().count(), b.kept().count(), both])
}

fn sensor_of(fire: &FirePixel) -> String {
    format!("{} {}", fire.satellite, fire.sensor).trim().to_string()
}

fn of_fire(fire: &FirePixel, how: How, reason: &str) -> Change {
    let id = Some(fire.id.clone());
    let (id_a, id_b) = if how == How::Lost { (id, None) } else { (None, id) };
    Change {
        what: What::Fire,
        how,
        reason: reason.to_string(),
        county: fire.county.clone(),
        sensor: sensor_of(fire),
        time: fire.time,
        place: fire.place,
        from: None,
        moved_m: None,
        id_a,
        id_b,
    }
}

fn events<'a>(a: &Side<'a>, b: &Side<'a>) -> (Vec<Change>, [usize; 3]) {
    let (of_a, of_b): (Vec<&FireEvent>, Vec<&FireEvent>) = (a.events().collect(), b.events().collect());
    let pairs = pairs(a, b, &of_a, &of_b);
    let (mut matched_a, mut matched_b) = (HashSet::new(), HashSet::new());
    let mut changes = Vec::new();
    for (i, k) in &pairs {
        matched_a.insert(*i);
        matched_b.insert(*k);
        let (x, y) = (of_a[*i], of_b[*k]);
        if let Some((how, reason, moved)) = differ((x.place, x.class), (y.place, y.class)) {
            let (from, id_a) = (moved.map(|_| x.place), Some(x.id.clone()));
            changes.push(Change { from, moved_m: moved, id_a, ..of_event(y, b, how, &reason) });
        }
    }
    let lost = of_a.iter().enumerate().filter(|(i, _)| !matched_a.contains(i));
    changes.extend(lost.map(|(_, event)| of_event(event, a, How::Lost, &why(event, a, b))));
    let gained = of_b.iter().enumerate().filter(|(k, _)| !matched_b.contains(k));
    changes.extend(gained.map(|(_, event)| of_event(event, b, How::Gained, &why(event, b, a))));
    (changes, [of_a.len(), of_b.len(), pairs.len()])
}

/// Events of both runs that are one: each with the one that it shares most fires with, the strongest bonds first.
fn pairs<'a>(a: &Side<'a>, b: &Side<'a>, of_a: &[&FireEvent], of_b: &[&FireEvent]) -> Vec<(usize, usize)> {
    let mut holders: HashMap<Key, usize> = HashMap::new();
    for (k, event) in of_b.iter().enumerate() {
        holders.extend(members(event, b).map(|fire| (b.key(fire), k)));
    }
    let mut bonds: Vec<(usize, usize, usize)> = Vec::new();
    for (i, event) in of_a.iter().enumerate() {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        members(event, a)
            .filter_map(|fire| holders.get(&a.key(fire)))
            .for_each(|k| *shared.entry(*k).or_default() += 1);
        bonds.extend(shared.into_iter().map(|(k, count)| (count, i, k)));
    }
    bonds.sort_by_key(|(count, i, k)| (std::cmp::Reverse(*count), *i, *k));
    let (mut taken_a, mut taken_b, mut pairs) = (HashSet::new(), HashSet::new(), Vec::new());
    for (_, i, k) in bonds {
        if !taken_a.contains(&i) && !taken_b.contains(&k) {
            taken_a.insert(i);
            taken_b.insert(k);
            pairs.push((i, k));
        }
    }
    pairs
}

/// The kept fires of an event that count in it.
fn members<'a>(event: &FireEvent, side: &Side<'a>) -> impl Iterator<Item = &'a FirePixel> {
    let fires: Vec<&FirePixel> = event.members.iter().filter_map(|id| side.by_id.get(id.as_str()).copied()).collect();
    fires.into_iter().filter(|fire| is_kept(fire))
}

/// Why the other run does not have an event: what it made of most of its fires.
fn why<'a>(event: &FireEvent, own: &Side<'a>, other: &Side<'a>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for fire in members(event, own) {
        let is_there = other.fires.get(&own.key(fire)).is_some_and(|fire| is_kept(fire));
        *counts.entry(if is_there { JOINED.to_string() } else { other.why_not(own, fire) }).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(NOT_DETECTED.to_string(), |(reason, _)| reason)
}

fn of_event(event: &FireEvent, own: &Side, how: How, reason: &str) -> Change {
    let id = Some(event.id.clone());
    let (id_a, id_b) = if how == How::Lost { (id, None) } else { (None, id) };
    Change {
        what: What::Event,
        how,
        reason: reason.to_string(),
        county: event.county.clone(),
        sensor: members(event, own).map(sensor_of).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("、"),
        time: event.first_seen,
        place: event.place,
        from: None,
        moved_m: None,
        id_a,
        id_b,
    }
}

/// A reason as people read it.
pub fn spoken(reason: &str) -> String {
    let class =
        |name: &str| CLASSES.iter().find(|class| class.name() == name).map_or(name, |class| class.spoken()).to_string();
    match reason {
        MOVED => "两次均有, 位置不同".to_string(),
        NOT_DETECTED => "未判为火点".to_string(),
        NOT_LOOKED => "未观测".to_string(),
        JOINED => "并入他处".to_string(),
        reason => match reason.split_once('>') {
            Some((a, b)) => format!("{} → {}", class(a), class(b)),
            None => spoken_reason(reason).to_string(),
        },
    }
}

impl What {
    /// As people read it.
    pub fn spoken(self) -> &'static str {
        match self {
            What::Event => "疑似火点",
            What::Fire => "火点像元",
        }
    }

    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            What::Event => "event",
            What::Fire => "fire",
        }
    }
}

impl How {
    /// All, in the order of tables.
    pub const ALL: [How; 4] = [How::Gained, How::Lost, How::Moved, How::Reclassed];

    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            How::Gained => "gained",
            How::Lost => "lost",
            How::Moved => "moved",
            How::Reclassed => "reclassed",
        }
    }

    /// As people read it.
    pub fn spoken(self) -> &'static str {
        match self {
            How::Gained => "新增",
            How::Lost => "消失",
            How::Moved => "移位",
            How::Reclassed => "变类",
        }
    }
}

#[cfg(test)]
mod tests;
