//! What was seen and found of a county on a day and in a month.

use super::period::{Period, part};
use super::{CoverageRow, Kind};
use crate::deliver::scan_report::{CountyShare, LEAST_OBSERVED};
use crate::site::Site;
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// What was seen of a county.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// Looks that reached it.
    pub looks: usize,
    /// Granules that were given and could not be read.
    pub unreadable: usize,
    /// Slots that should have been taken and were not given.
    pub absent: usize,
    /// Slots that the satellite was known not to take.
    pub planned_gaps: usize,
    /// Hours in which a look was expected; 0: nothing is known of what was seen.
    pub hours: usize,
    /// Hours in which a look reached it.
    pub hours_looked: usize,
    /// The greatest share that one look saw clear: at least so much was seen at least once.
    pub any: f64,
    /// Mean over the hours of what the best satellite saw in each; see [`observed`].
    pub mean: f64,
    /// Mean share under cloud over the looks; `None` without one.
    pub cloud: Option<f64>,
    /// Power of the smallest fire that the best of the looks would have shown, MW; of looks that saw a tenth and more.
    pub smallest_fire_mw: Option<f64>,
}

/// Sums rows of one county. A look that does not reach the county at all is none of its looks. Of each hour in which a look
/// was expected what the best satellite saw counts, so that two satellites at one time do not add up and a useless one takes
/// nothing away; of a satellite the mean over its expected looks in that hour, absent, unreadable and planned ones as
/// nothing seen; two looks of a satellite at one time are one, the better.
pub fn observed<'a>(rows: impl IntoIterator<Item = &'a CoverageRow>) -> Observed {
    let mut seen = Observed::default();
    let mut hours: BTreeMap<String, BTreeMap<&str, BTreeMap<Utc, f64>>> = BTreeMap::new();
    let (mut looked, mut cloud) = (BTreeSet::new(), 0.0);
    for row in rows {
        match row.kind {
            Kind::NotOverSite => continue,
            Kind::Look if row.shares.not_covered >= 1.0 => continue,
            Kind::Look => {
                seen.looks += 1;
                looked.insert(part(row.time, 13));
                cloud += row.shares.cloud;
            }
            Kind::Unreadable => seen.unreadable += 1,
            Kind::Absent => seen.absent += 1,
            Kind::PlannedGap => seen.planned_gaps += 1,
        }
        let clear = row.shares.clear;
        let hour = hours.entry(part(row.time, 13)).or_default();
        let moment = hour.entry(&row.satellite).or_default().entry(row.time).or_insert(0.0);
        *moment = moment.max(clear);
        seen.any = seen.any.max(clear);
        if let Some(mw) = row.smallest_fire_mw.filter(|_| clear >= LEAST_OBSERVED) {
            seen.smallest_fire_mw = Some(seen.smallest_fire_mw.map_or(mw, |least| least.min(mw)));
        }
    }
    let of_satellite = |moments: &BTreeMap<Utc, f64>| moments.values().sum::<f64>() / moments.len() as f64;
    let of_hour = |hour: &BTreeMap<&str, BTreeMap<Utc, f64>>| hour.values().map(of_satellite).fold(0.0, f64::max);
    seen.hours = hours.len();
    seen.hours_looked = looked.len();
    seen.mean = hours.values().map(of_hour).sum::<f64>() / hours.len().max(1) as f64;
    seen.cloud = (seen.looks > 0).then(|| cloud / seen.looks as f64);
    seen
}

/// Fires in both units: pixels as the ministry counts, and events, each one place to go to. Each run joined its own fires to
/// events: a place that burns in two runs is two events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Kept fire pixels.
    pub pixels: usize,
    /// Those of them that are from lists of others.
    pub pixels_of_lists: usize,
    /// Events that have such a pixel.
    pub events: usize,
    /// Those of them that are from lists of others.
    pub events_of_lists: usize,
}

impl Found {
    /// Whether its 0 says nothing, as too little was seen; `None`: nobody knows how much.
    pub fn is_silent(self, observed: Option<f64>) -> bool {
        self.pixels == 0 && observed.is_none_or(|seen| seen < LEAST_OBSERVED)
    }
}

/// Fires of a county (`None`: of all counties) within a time.
pub fn found(period: &Period, adcode: Option<&str>, within: impl Fn(Utc) -> bool) -> Found {
    let here = |code: &Option<String>| match adcode {
        Some(adcode) => code.as_deref() == Some(adcode),
        None => code.is_some(),
    };
    let fires = || period.fires.iter().filter(|fire| here(&fire.adcode) && within(fire.time));
    let ids: BTreeSet<&str> = fires().map(|fire| fire.id.as_str()).collect();
    let events = || period.events.iter().filter(|event| event.members.iter().any(|id| ids.contains(id.as_str())));
    Found {
        pixels: fires().count(),
        pixels_of_lists: fires().filter(|fire| fire.of_list).count(),
        events: events().count(),
        events_of_lists: events().filter(|event| event.of_list).count(),
    }
}

/// A county on a day or in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// Code of the county.
    pub adcode: String,
    /// Its name.
    pub county: String,
    /// `2025-10-20` or `2025-10`, Beijing time.
    pub period: String,
    /// Days of which anything is known.
    pub days: usize,
    /// Days of which a tenth and more was seen.
    pub days_observed: usize,
    /// What was seen.
    pub seen: Observed,
    /// What was found; `None` where a run gave its coverage alone.
    pub found: Option<Found>,
    /// Made by the simulator, wholly or in part.
    pub simulated: bool,
}

impl Sum {
    /// What a list says of it; never that there was no fire. Looks are expected from the first to the last of a day alone,
    /// so that the share says nothing of the other hours: the sentence says of how many hours it is.
    pub fn sentence(&self) -> String {
        let share = CountyShare {
            pixels: self.seen.hours,
            observed_fraction: self.seen.mean,
            ..CountyShare::of_nothing(&self.adcode, &self.county)
        };
        match self.found {
            None if self.seen.looks == 0 => format!("火点未统计; {}", share.seen_only()),
            None => format!("火点未统计; {}{}", share.seen_only(), self.looks()),
            Some(found) if self.seen.hours == 0 && found.events > 0 => {
                format!("疑似火点 {} 个(有效观测未知)", found.events)
            }
            Some(found) => {
                share.sentence_of_looks(found.events.max(usize::from(found.pixels > 0)), &self.looks())
            }
        }
    }

    /// What was found; `None` too where a 0 would be read as "no fire" though nobody looked.
    pub fn told(&self) -> Option<Found> {
        let observed = (self.seen.hours > 0).then_some(self.seen.mean);
        self.found.filter(|found| !found.is_silent(observed))
    }

    /// `, 1 次观测, 24 小时中 1 小时`.
    fn looks(&self) -> String {
        let Observed { looks, hours_looked, .. } = self.seen;
        format!(", {looks} 次观测, {} 小时中 {hours_looked} 小时", hours_in(&self.period))
    }
}

/// Sums by Beijing day.
pub fn by_day(period: &Period, site: &Site) -> Vec<Sum> {
    by(period, site, 10)
}

/// Sums by Beijing month.
pub fn by_month(period: &Period, site: &Site) -> Vec<Sum> {
    by(period, site, 7)
}

/// Hours of a day (`2025-10-20`) or of a month (`2025-10`).
fn hours_in(name: &str) -> usize {
    let first = Utc::parse(&format!("{name}-01T12:00:00+08:00"));
    24 * first.map_or(1, Utc::days_in_beijing_month)
}

fn by(period: &Period, site: &Site, characters: usize) -> Vec<Sum> {
    let mut sums = Vec::new();
    for county in &site.counties {
        let adcode = county.name.adcode.as_str();
        let mut rows: BTreeMap<String, Vec<&CoverageRow>> = BTreeMap::new();
        for row in period.rows.iter().filter(|row| row.adcode == adcode) {
            rows.entry(part(row.time, characters)).or_default().push(row);
        }
        for fire in period.fires.iter().filter(|fire| fire.adcode.as_deref() == Some(adcode)) {
            rows.entry(part(fire.time, characters)).or_default();
        }
        for (name, rows) in rows {
            let (days, days_observed) = days(&rows);
            let fires = period.fires.iter().filter(|fire| part(fire.time, characters) == name);
            sums.push(Sum {
                adcode: adcode.to_string(),
                county: county.name.name.clone(),
                days,
                days_observed,
                simulated: rows.iter().any(|row| row.simulated) || fires.clone().any(|fire| fire.simulated),
                seen: observed(rows),
                found: (!period.uncounted.iter().any(|day| day.starts_with(&name)))
                    .then(|| found(period, Some(adcode), |time| part(time, characters) == name)),
                period: name,
            });
        }
    }
    sums.sort_by(|a, b| (&a.period, &a.adcode).cmp(&(&b.period, &b.adcode)));
    sums
}

/// Days with an expected look, and those of which a tenth and more was seen.
fn days(rows: &[&CoverageRow]) -> (usize, usize) {
    let mut days: BTreeMap<String, Vec<&CoverageRow>> = BTreeMap::new();
    for row in rows {
        days.entry(part(row.time, 10)).or_default().push(row);
    }
    let seen: Vec<Observed> = days.into_values().map(observed).filter(|seen| seen.hours > 0).collect();
    (seen.len(), seen.iter().filter(|seen| seen.mean >= LEAST_OBSERVED).count())
}
