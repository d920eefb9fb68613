//! Runs put together to one period: nothing counts twice, and slots that no run has are there as gaps.

use super::read::{Run, SeenEvent, SeenFire};
use super::{CoverageRow, Kind};
use crate::schedule::{self, PlannedGap};
use crate::site::Site;
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// What all runs of a period saw and found.
#[derive(Debug, Clone, Default)]
pub struct Period {
    /// One row a county and look, planned gap or absent slot.
    pub rows: Vec<CoverageRow>,
    /// Kept fires, each once.
    pub fires: Vec<SeenFire>,
    /// Events, each once.
    pub events: Vec<SeenEvent>,
    /// Beijing days of which the fires are not known, because a run gave its coverage alone.
    pub uncounted: BTreeSet<String>,
}

/// Two times of one satellite nearer than this are one slot, seconds: half of the shortest way from slot to slot.
const SAME_SLOT_S: f64 = 299.0;

impl Period {
    /// Puts runs together. The same look of two runs counts once, as the one that saw more; a slot that a run has is not
    /// absent; between the first and the last look of a satellite on a Beijing day what no run has is a planned gap or
    /// absent.
    pub fn of(runs: Vec<Run>, site: &Site) -> Period {
        let mut period = Period::default();
        let (mut fires, mut events) = (BTreeMap::new(), BTreeMap::new());
        for run in runs {
            match run.found {
                Some((more_fires, more_events)) => {
                    fires.extend(more_fires.into_iter().map(|fire| (fire.id.clone(), fire)));
                    events.extend(more_events.into_iter().map(|event| (event.id.clone(), event)));
                }
                None => period.uncounted.extend(run.rows.iter().map(|row| day_of(row.time))),
            }
            period.rows.extend(run.rows);
        }
        period.fires = fires.into_values().collect();
        period.events = events.into_values().collect();
        period.rows = once(std::mem::take(&mut period.rows));
        add_gaps(&mut period.rows, site, &site.planned_gaps);
        super::sort(&mut period.rows);
        period
    }

    /// What these sensors saw and found, by their keys. An unreadable granule of which the sensor is not known stays.
    pub fn only(&self, keys: &BTreeSet<String>) -> Period {
        let mut period = self.clone();
        period.rows.retain(|row| row.satellite.is_empty() || keys.contains(&row.sensor_key()));
        period.fires.retain(|fire| keys.contains(&fire.key));
        let ids: BTreeSet<&str> = period.fires.iter().map(|fire| fire.id.as_str()).collect();
        period.events.retain(|event| event.members.iter().any(|id| ids.contains(id.as_str())));
        period
    }

    /// Sensors that looked, by their keys.
    pub fn looking(&self) -> BTreeSet<String> {
        self.rows.iter().filter(|row| row.kind == Kind::Look).map(CoverageRow::sensor_key).collect()
    }

    /// First and last Beijing day.
    pub fn days(&self) -> Option<(String, String)> {
        let rows = self.rows.iter().filter(|row| row.kind != Kind::NotOverSite).map(|row| row.time);
        let times: Vec<Utc> = rows.chain(self.fires.iter().map(|fire| fire.time)).collect();
        Some((day_of(*times.iter().min()?), day_of(*times.iter().max()?)))
    }

    /// Whether anything of it was made by the simulator.
    pub fn simulated(&self) -> bool {
        self.rows.iter().any(|row| row.simulated) || self.fires.iter().any(|fire| fire.simulated)
    }

    /// Sensors that looked and of which lists of others have fires too: those fires may count twice.
    pub fn counted_twice(&self) -> BTreeSet<String> {
        let looking = self.looking();
        let listed = self.fires.iter().filter(|fire| fire.of_list).map(|fire| fire.key.clone());
        listed.filter(|key| looking.contains(key)).collect()
    }
}

/// `2025-10-20` in Beijing.
pub fn day_of(time: Utc) -> String {
    part(time, 10)
}

/// The first characters of the Beijing time: 7 are the month, 10 the day, 13 the hour.
pub(super) fn part(time: Utc, characters: usize) -> String {
    time.beijing().chars().take(characters).collect()
}

/// Each look once; unreadable granules and gaps only where no run has the look.
fn once(rows: Vec<CoverageRow>) -> Vec<CoverageRow> {
    let mut best: BTreeMap<(Kind, String, Utc, String, String), CoverageRow> = BTreeMap::new();
    for row in rows {
        let key = (row.kind, row.adcode.clone(), row.time, row.sensor_key(), row.granule.clone());
        match best.get(&key) {
            Some(before) if before.shares.clear >= row.shares.clear => {}
            _ => _ = best.insert(key, row),
        }
    }
    let read: BTreeSet<String> =
        best.values().filter(|row| row.kind == Kind::Look).map(|row| row.granule.clone()).collect();
    let given = times(best.values(), |kind| matches!(kind, Kind::Look | Kind::Unreadable));
    best.into_values()
        .filter(|row| match row.kind {
            Kind::Unreadable => !read.contains(&row.granule),
            Kind::Absent | Kind::PlannedGap => !near(&given, &row.satellite, row.time),
            Kind::Look | Kind::NotOverSite => true,
        })
        .collect()
}

type Times = BTreeMap<String, BTreeSet<Utc>>;

fn times<'a>(rows: impl Iterator<Item = &'a CoverageRow>, of: impl Fn(Kind) -> bool) -> Times {
    let mut times = Times::new();
    for row in rows.filter(|row| of(row.kind)) {
        times.entry(row.satellite.clone()).or_default().insert(row.time);
    }
    times
}

/// Whether a satellite has a time within the same slot.
fn near(times: &Times, satellite: &str, time: Utc) -> bool {
    let (Some(from), Some(to)) = (time.plus_seconds(-SAME_SLOT_S), time.plus_seconds(SAME_SLOT_S)) else {
        return false;
    };
    times.get(satellite).is_some_and(|times| times.range(from..=to).next().is_some())
}

/// Adds the slots that lie between the looks of a day and that no run has.
fn add_gaps(rows: &mut Vec<CoverageRow>, site: &Site, gaps: &[PlannedGap]) {
    let known = times(rows.iter(), |kind| matches!(kind, Kind::PlannedGap | Kind::Absent));
    let of = |wanted: Kind| -> BTreeMap<String, BTreeSet<(&str, Utc)>> {
        let mut by_day: BTreeMap<String, BTreeSet<(&str, Utc)>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.kind == wanted) {
            by_day.entry(day_of(row.time)).or_default().insert((&row.satellite, row.time));
        }
        by_day
    };
    let (looks, unreadable) = (of(Kind::Look), of(Kind::Unreadable));
    let mut added = Vec::new();
    for (day, looks) in &looks {
        let looks: Vec<(&str, Utc)> = looks.iter().copied().collect();
        let failed: Vec<(&str, Utc)> = unreadable.get(day).into_iter().flatten().copied().collect();
        for account in schedule::accounts(&looks, &failed, gaps) {
            let like = rows.iter().find(|row| row.kind == Kind::Look && row.satellite == account.satellite);
            for (kind, times) in [(Kind::PlannedGap, &account.planned), (Kind::Absent, &account.absent)] {
                for time in times.iter().filter(|time| !near(&known, &account.satellite, **time)) {
                    added.extend(site.counties.iter().map(|county| CoverageRow {
                        satellite: account.satellite.clone(),
                        sensor: like.map_or(String::new(), |look| look.sensor.clone()),
                        simulated: like.is_some_and(|look| look.simulated),
                        ..CoverageRow::not_looked(county, *time, kind)
                    }));
                }
            }
        }
    }
    rows.extend(added);
}
