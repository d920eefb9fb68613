//! Runs put together to one period: nothing counts twice, and slots that no run has are there as gaps.

use super::read::{Run, SeenEvent, SeenFire};
use super::{CoverageRow, Kind};
use crate::schedule::{self, Given, PlannedGap};
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
    /// Hot pixels that rules took for no fire in all runs that have them, each once.
    pub screened: Vec<SeenFire>,
    /// Runs that are not here, as they could not be read: what is counted may lack something.
    pub unreadable_runs: usize,
    /// Names of the runs that the simulator made, wholly or in part.
    pub simulated_runs: Vec<String>,
    /// Beijing days of which the fires are not known, because a run gave its coverage alone.
    pub uncounted: BTreeSet<String>,
    /// First and last Beijing day, where it is of set days whatever was seen on them.
    pub set_days: Option<(String, String)>,
}

/// Two times of one satellite nearer than this are one slot, seconds: half of the shortest way from slot to slot.
const SAME_SLOT_S: f64 = 299.0;

impl Period {
    /// Puts runs together. The same look of two runs counts once, as the one that saw more; a slot that a run has is not
    /// absent; between the first and the last look of a satellite on a Beijing day what no run has is a planned gap or
    /// absent.
    pub fn of(runs: Vec<Run>, site: &Site) -> Period {
        let mut period = Period::default();
        let (mut fires, mut events, mut screened) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (number, run) in runs.into_iter().enumerate() {
            period.simulated_runs.extend(Some(run.name).filter(|_| run.simulated));
            screened.extend(run.screened.into_iter().map(|fire| (fire.id.clone(), fire)));
            match run.found {
                Some((more_fires, more_events)) => {
                    fires.extend(more_fires.into_iter().map(|fire| (fire.id.clone(), fire)));
                    let numbered = more_events.into_iter().map(|event| SeenEvent { run: number, ..event });
                    events.extend(numbered.map(|event| (event.id.clone(), event)));
                }
                None => period.uncounted.extend(run.rows.iter().map(|row| day_of(row.time))),
            }
            period.rows.extend(run.rows);
        }
        // what one run kept is a fire, whatever another one made of it
        screened.retain(|id, _| !fires.contains_key(id));
        period.screened = screened.into_values().collect();
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
        // of what was not looked at the detector is not known, and so not whether it is VIIRS at 375 or at 750 m
        let wanted = |row: &CoverageRow| {
            let key = row.sensor_key();
            let begins = |wanted: &String| wanted.strip_prefix(&key).is_some_and(|rest| rest.starts_with(' '));
            keys.contains(&key) || row.satellite.is_empty() || (row.algorithm.is_empty() && keys.iter().any(begins))
        };
        period.rows.retain(wanted);
        period.fires.retain(|fire| keys.contains(&fire.key));
        period.screened.retain(|fire| keys.contains(&fire.key));
        let ids: BTreeSet<&str> = period.fires.iter().map(|fire| fire.id.as_str()).collect();
        period.events.retain(|event| event.members.iter().any(|id| ids.contains(id.as_str())));
        if !period.has_simulated() {
            period.simulated_runs.clear();
        }
        period
    }

    /// Sensors that looked, by their keys.
    pub fn looking(&self) -> BTreeSet<String> {
        self.rows.iter().filter(|row| row.kind == Kind::Look).map(CoverageRow::sensor_key).collect()
    }

    /// First and last Beijing day.
    pub fn days(&self) -> Option<(String, String)> {
        if self.set_days.is_some() {
            return self.set_days.clone();
        }
        let rows = self.rows.iter().filter(|row| row.kind != Kind::NotOverSite).map(|row| row.time);
        let times: Vec<Utc> = rows.chain(self.fires.iter().map(|fire| fire.time)).collect();
        Some((day_of(*times.iter().min()?), day_of(*times.iter().max()?)))
    }

    /// Sensors that looked or gave fires, by their keys.
    pub fn sensors(&self) -> BTreeSet<String> {
        self.looking().into_iter().chain(self.fires.iter().map(|fire| fire.key.clone())).collect()
    }

    /// Whether anything of it was made by the simulator.
    pub fn simulated(&self) -> bool {
        !self.simulated_runs.is_empty() || self.has_simulated()
    }

    fn has_simulated(&self) -> bool {
        self.rows.iter().any(|row| row.simulated) || self.fires.iter().any(|fire| fire.simulated)
    }

    /// Whether anything of it is real: a look or a fire that the simulator did not make.
    pub fn is_real(&self) -> bool {
        let look = |row: &CoverageRow| row.kind == Kind::Look && !row.simulated;
        self.rows.iter().any(look) || self.fires.iter().any(|fire| !fire.simulated)
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
    let mut best: BTreeMap<(Kind, String, Utc, String, String, bool), CoverageRow> = BTreeMap::new();
    for row in rows {
        let name = (row.sensor_key(), row.granule.clone());
        // a simulated slot has the name of a real one
        let key = (row.kind, row.adcode.clone(), row.time, name.0, name.1, row.simulated);
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
        let given = Given {
            looks: looks.iter().copied().collect(),
            unreadable: unreadable.get(day).into_iter().flatten().copied().collect(),
            ..Given::default()
        };
        for account in schedule::accounts(&given, gaps) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::coverage::Shares;

    fn site() -> Site {
        Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads")
    }

    fn row(satellite: &str, time: &str, kind: Kind, clear: f64, granule: &str) -> CoverageRow {
        let at = Utc::parse(&format!("2025-10-20T{time}Z")).expect("a time");
        CoverageRow {
            satellite: satellite.into(),
            sensor: if satellite.starts_with('H') { "AHI" } else { "VIIRS" }.into(),
            granule: granule.into(),
            shares: Shares { clear, missing: 1.0 - clear, ..Shares::default() },
            algorithm: if kind == Kind::Look { "viirs-750m" } else { "" }.into(),
            ..CoverageRow::not_looked(&site().counties[0], at, kind)
        }
    }

    fn alone(rows: Vec<CoverageRow>) -> Run {
        Run { rows, ..Run::default() }
    }

    /// By hand: of two runs, the second read what the first could not, has the slot that the first lacks (20 seconds late), and
    /// scanned one look again with more of it clear. What stays is three looks.
    #[test]
    fn what_another_run_has_is_neither_absent_nor_unreadable() {
        let first = vec![
            row("Himawari-9", "05:00:00", Kind::Look, 0.3, "a"),
            row("Himawari-9", "05:10:00", Kind::Absent, 0.0, ""),
            row("Himawari-9", "05:20:00", Kind::Unreadable, 0.0, "c"),
        ];
        let second = vec![
            row("Himawari-9", "05:00:00", Kind::Look, 0.5, "a"),
            row("Himawari-9", "05:10:20", Kind::Look, 0.4, "b"),
            row("Himawari-9", "05:20:00", Kind::Look, 0.6, "c"),
        ];
        for runs in [vec![alone(first.clone()), alone(second.clone())], vec![alone(second), alone(first)]] {
            let period = Period::of(runs, &site());
            let clear: Vec<(Kind, f64)> = period.rows.iter().map(|row| (row.kind, row.shares.clear)).collect();
            assert_eq!(clear, [(Kind::Look, 0.5), (Kind::Look, 0.4), (Kind::Look, 0.6)]);
            assert_eq!(period.days(), Some(("2025-10-20".into(), "2025-10-20".into())));
        }
    }

    /// VIIRS at 750 m is a sensor of its own; a granule that did not open may be of either.
    #[test]
    fn an_unreadable_granule_stays_with_its_satellite() {
        let rows = vec![
            row("NOAA-20", "05:42:00", Kind::Look, 0.5, "a"),
            row("NOAA-20", "18:42:00", Kind::Unreadable, 0.0, "b"),
            row("Himawari-9", "05:20:00", Kind::Unreadable, 0.0, "c"),
        ];
        let period = Period::of(vec![alone(rows)], &site());
        let only = |key: &str| period.only(&BTreeSet::from([key.to_string()])).rows.len();
        assert_eq!(period.looking(), BTreeSet::from(["NOAA-20 VIIRS 750m".to_string()]));
        assert_eq!((only("NOAA-20 VIIRS 750m"), only("Himawari-9 AHI"), only("Terra MODIS")), (2, 1, 0));
    }
}
