//! Events while detections come in: late, twice, in any batches, and again from another version of the program.

use super::{event, fuse};
use crate::fire::{CountyName, FireEvent, FirePixel, Happening, What};
use crate::place::LonLat;
use crate::thresholds::FuseThresholds;
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Detections so far and the events that were made of them. Which detections are one event depends on the detections
/// alone and never on how they came; ids and history tell how they came.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    pixels: BTreeMap<String, FirePixel>,
    /// Open events by id.
    open: BTreeMap<String, FireEvent>,
    /// Events that became part of others or are no longer shown, by id.
    closed: BTreeMap<String, FireEvent>,
}

/// What the site says of an event.
pub struct Local<'a> {
    /// The county at a place.
    pub county_of: &'a dyn Fn(LonLat) -> Option<CountyName>,
    /// Gives an event its township, cell and post.
    pub assign: &'a dyn Fn(&mut FireEvent),
}

/// What a batch changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// An event that was not there.
    New(String),
    /// An event of which more, or something else, is known.
    Updated(String),
    /// An event that is closed: it became part of another, or is no longer shown.
    Closed(String),
}

impl Change {
    /// The event.
    pub fn event(&self) -> &str {
        let (Change::New(id) | Change::Updated(id) | Change::Closed(id)) = self;
        id
    }
}

impl Followed {
    /// What is known already: detections, and the open and closed events that were made of them and no others.
    pub fn of(pixels: Vec<FirePixel>, open: Vec<FireEvent>, closed: Vec<FireEvent>) -> Self {
        let by_id = |events: Vec<FireEvent>| events.into_iter().map(|event| (event.id.clone(), event)).collect();
        let pixels = pixels.into_iter().map(|pixel| (pixel.id.clone(), pixel)).collect();
        Followed { pixels, open: by_id(open), closed: by_id(closed) }
    }

    /// Takes detections that arrived at `now`, kept and dropped. Of two reports of one id the better stays, whichever came first
    /// ([`FirePixel::preferred`]); of the granules in `redone`, which the batch holds whole, nothing else of what was known is left.
    ///
    /// Everything is fused anew: some 10 microseconds a detection.
    pub fn take(
        &mut self,
        batch: &[FirePixel],
        redone: &BTreeSet<String>,
        now: Utc,
        t: &FuseThresholds,
        local: &Local,
    ) -> Vec<Change> {
        self.pixels.retain(|_, pixel| !redone.contains(&pixel.granule));
        for pixel in batch {
            match self.pixels.get_mut(&pixel.id) {
                Some(known) if FirePixel::preferred(pixel, known).is_lt() => known.clone_from(pixel),
                Some(_) => {}
                None => {
                    self.pixels.insert(pixel.id.clone(), pixel.clone());
                }
            }
        }
        let all: Vec<FirePixel> = self.pixels.values().cloned().collect();
        let mut fresh = fuse(&all, t, local.county_of);
        fresh.iter_mut().for_each(local.assign);
        self.reconcile(fresh, now)
    }

    /// Open events by first detection and id.
    pub fn open(&self) -> Vec<&FireEvent> {
        let mut events: Vec<&FireEvent> = self.open.values().collect();
        events.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
        events
    }

    /// An event, open or closed.
    pub fn event(&self, id: &str) -> Option<&FireEvent> {
        self.open.get(id).or_else(|| self.closed.get(id))
    }

    /// The report of a detection that is believed.
    pub fn pixel(&self, id: &str) -> Option<&FirePixel> {
        self.pixels.get(id)
    }

    /// Closed events by id.
    pub fn closed(&self) -> impl Iterator<Item = &FireEvent> {
        self.closed.values()
    }

    /// Gives fresh events the ids that officers know, and says what became of the others.
    fn reconcile(&mut self, mut fresh: Vec<FireEvent>, now: Utc) -> Vec<Change> {
        let known = std::mem::take(&mut self.open);
        let common = common(&known, &fresh);
        let ids = goes_on_as(&known, &common);
        // the known event with the most of a fresh one's detections, and the other way round
        let mut parents: HashMap<usize, (&str, usize)> = HashMap::new();
        let mut heirs: HashMap<&str, (usize, usize)> = HashMap::new();
        for (at, id, count) in &common {
            let parent = parents.entry(*at).or_insert((id, 0));
            *parent = if *count > parent.1 { (id, *count) } else { *parent };
            let heir = heirs.entry(id).or_insert((*at, 0));
            *heir = if *count > heir.1 { (*at, *count) } else { *heir };
        }
        let mut changes = Vec::new();
        let mut new = BTreeSet::new();
        for (at, event) in fresh.iter_mut().enumerate() {
            if let Some(id) = ids.get(&at) {
                event.id.clone_from(id);
                event.history.clone_from(&known[id].history);
            } else {
                event.id = self.free_id(&event.members, &known, &new);
                new.insert(event.id.clone());
                if let Some((parent, _)) = parents.get(&at) {
                    event.history.push(Happening { at: now, what: What::SplitFrom((*parent).to_string()) });
                }
                changes.push(Change::New(event.id.clone()));
            }
        }
        let goes_on: BTreeSet<&String> = ids.values().collect();
        for (id, old) in known.iter().filter(|(id, _)| !goes_on.contains(id)) {
            let into = heirs.get(id.as_str());
            let mut old = old.clone();
            let what = match into {
                Some(&(at, _)) => {
                    fresh[at].history.push(Happening { at: now, what: What::Absorbed(id.clone()) });
                    old.merged_into = Some(fresh[at].id.clone());
                    What::MergedInto(fresh[at].id.clone())
                }
                None => What::Withdrawn,
            };
            old.history.push(Happening { at: now, what });
            changes.push(Change::Closed(id.clone()));
            self.closed.insert(id.clone(), old);
        }
        for event in fresh {
            if known.get(&event.id).is_some_and(|before| *before != event) {
                changes.push(Change::Updated(event.id.clone()));
            }
            self.open.insert(event.id.clone(), event);
        }
        changes.sort();
        changes
    }

    /// The id that the members give, or the next one where an event that began with another detection has it.
    fn free_id(&self, members: &[String], known: &BTreeMap<String, FireEvent>, new: &BTreeSet<String>) -> String {
        let first =
            members.iter().filter_map(|id| self.pixels.get(id)).min_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        let name = first.map_or("", |pixel| pixel.id.as_str());
        let ids = std::iter::once(event::id(name)).chain((2_u32..).map(|n| event::id(&format!("{name} {n}"))));
        let is_free = |id: &String| !known.contains_key(id) && !self.closed.contains_key(id) && !new.contains(id);
        ids.into_iter().find(is_free).unwrap_or_default()
    }
}

/// How many detections fresh and known events have in common: (fresh event, known id, count).
fn common(known: &BTreeMap<String, FireEvent>, fresh: &[FireEvent]) -> Vec<(usize, String, usize)> {
    let of: HashMap<&str, &str> = known
        .iter()
        .flat_map(|(id, event)| event.members.iter().map(move |member| (member.as_str(), id.as_str())))
        .collect();
    let mut common = Vec::new();
    for (at, event) in fresh.iter().enumerate() {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for id in event.members.iter().filter_map(|member| of.get(member.as_str())) {
            *counts.entry(id).or_default() += 1;
        }
        common.extend(counts.into_iter().map(|(id, count)| (at, id.to_string(), count)));
    }
    common
}

/// Ids by fresh event: most in common first, of equals the event that was seen first.
fn goes_on_as(known: &BTreeMap<String, FireEvent>, common: &[(usize, String, usize)]) -> BTreeMap<usize, String> {
    let mut order: Vec<&(usize, String, usize)> = common.iter().collect();
    order.sort_by(|a, b| {
        let first = |id: &String| known.get(id).map(|event| event.first_seen);
        b.2.cmp(&a.2).then_with(|| (first(&a.1), &a.1, a.0).cmp(&(first(&b.1), &b.1, b.0)))
    });
    let mut ids: BTreeMap<usize, String> = BTreeMap::new();
    let mut given: BTreeSet<&str> = BTreeSet::new();
    for (at, id, _) in order {
        if !ids.contains_key(at) && given.insert(id) {
            ids.insert(*at, id.clone());
        }
    }
    ids
}
