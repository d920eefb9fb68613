//! What was seen and found of a county on a day and in a month.

use super::period::{Period, part};
use super::read::SeenFire;
use super::{CoverageRow, Kind, Shares};
use crate::deliver::scan_report::{CountyShare, LEAST_OBSERVED};
use crate::site::Site;
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// What was seen of a county.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// Looks that reached it.
    pub looks: usize,
    /// Granules that were given and could not be read, or show nothing of it.
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
    /// All shares by the same mean.
    pub shares: Shares,
    /// Mean share under cloud over the looks; `None` without one.
    pub cloud: Option<f64>,
    /// Power of the smallest fire that the best of the looks would have shown, MW; of looks that saw a tenth and more.
    pub smallest_fire_mw: Option<f64>,
}

/// Sums rows of one county. A look that does not reach the county at all, or that has no measurement of it, is none of its looks. Of each hour in which a look
/// was expected what the best satellite saw counts, so that two satellites at one time do not add up and a useless one takes
/// nothing away; of a satellite the mean over its expected looks in that hour, absent, unreadable and planned ones as
/// nothing seen; two looks of a satellite at one time are one, the better.
pub fn observed<'a>(rows: impl IntoIterator<Item = &'a CoverageRow>) -> Observed {
    let mut seen = Observed::default();
    let mut hours: BTreeMap<String, BTreeMap<&str, BTreeMap<Utc, Shares>>> = BTreeMap::new();
    let (mut looked, mut cloud) = (BTreeSet::new(), 0.0);
    for row in rows {
        match row.kind {
            Kind::NotOverSite => continue,
            Kind::Look | Kind::Unreadable if row.shares.not_covered >= 1.0 => continue,
            // of this county it has no measurement: that it has some of another one is no look at this one
            Kind::Look if row.shares.missing >= 1.0 => seen.unreadable += 1,
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
        let moment = hour.entry(&row.satellite).or_default().entry(row.time).or_insert(row.shares);
        if clear > moment.clear {
            *moment = row.shares;
        }
        seen.any = seen.any.max(clear);
        if let Some(mw) = row.smallest_fire_mw.filter(|_| clear >= LEAST_OBSERVED) {
            seen.smallest_fire_mw = Some(seen.smallest_fire_mw.map_or(mw, |least| least.min(mw)));
        }
    }
    let of_satellite = |moments: &BTreeMap<Utc, Shares>| Shares::mean(&moments.values().copied().collect::<Vec<_>>());
    let best = |a: Shares, b: Shares| if b.clear > a.clear { b } else { a };
    let hours: Vec<Shares> = hours.values().filter_map(|hour| hour.values().map(of_satellite).reduce(best)).collect();
    seen.hours = hours.len();
    seen.hours_looked = looked.len();
    seen.shares = Shares::mean(&hours);
    seen.mean = seen.shares.clear;
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
    /// Kept fire pixels that the simulator made.
    pub pixels_simulated: usize,
    /// Hot pixels that rules took for no fire: none of `pixels`.
    pub screened: usize,
    /// Runs that the events are of: with several one place may count once a run.
    pub runs: usize,
}

impl Found {
    /// Whether its 0 says nothing, as too little was seen; `None`: nobody knows how much.
    pub fn is_silent(self, observed: Option<f64>) -> bool {
        self.pixels == 0 && observed.is_none_or(|seen| seen < LEAST_OBSERVED)
    }
}

/// Fires of the counties with these codes.
pub fn found(period: &Period, adcodes: &BTreeSet<&str>) -> Found {
    let here = |fire: &SeenFire| fire.adcode.as_deref().is_some_and(|adcode| adcodes.contains(adcode));
    found_by(period, |fire| here(fire).then_some(())).remove(&()).unwrap_or_default()
}

/// Fires by a key of them, each looked at once; an event counts at each key that one of its fires has.
fn found_by<'a, K: Ord + Clone>(period: &'a Period, key: impl Fn(&'a SeenFire) -> Option<K>) -> BTreeMap<K, Found> {
    let (mut sums, mut keys): (BTreeMap<K, Found>, BTreeMap<&str, K>) = Default::default();
    let mut runs: BTreeMap<K, BTreeSet<usize>> = BTreeMap::new();
    for fire in &period.screened {
        if let Some(key) = key(fire) {
            sums.entry(key).or_default().screened += fire.pixels;
        }
    }
    for fire in &period.fires {
        let Some(key) = key(fire) else { continue };
        let sum = sums.entry(key.clone()).or_default();
        sum.pixels += fire.pixels;
        sum.pixels_of_lists += if fire.of_list { fire.pixels } else { 0 };
        sum.pixels_simulated += if fire.simulated { fire.pixels } else { 0 };
        keys.insert(&fire.id, key);
    }
    for event in &period.events {
        let of: BTreeSet<&K> = event.members.iter().filter_map(|id| keys.get(id.as_str())).collect();
        for key in of {
            let sum = sums.entry(key.clone()).or_default();
            sum.events += 1;
            sum.events_of_lists += usize::from(event.of_list);
            runs.entry(key.clone()).or_default().insert(event.run);
        }
    }
    for (key, runs) in runs {
        sums.entry(key).or_default().runs = runs.len();
    }
    sums
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
    /// Real in part: its counts are of both.
    pub is_real: bool,
    /// Anything of all that is summed is real: then the sentence says what is not.
    pub beside_real: bool,
    /// Runs that could not be read: it may lack something.
    pub unreadable_runs: usize,
}

impl Sum {
    /// What a list says of it; never that there was no fire. Looks are expected from the first to the last of a day alone,
    /// so that the share says nothing of the other hours: the sentence says of how many hours it is.
    pub fn sentence(&self) -> String {
        let share = CountyShare {
            pixels: self.seen.hours,
            observed_fraction: self.seen.mean,
            screened: self.found.map_or(0, |found| found.screened),
            ..CountyShare::of_nothing(&self.adcode, &self.county)
        };
        let several = if self.found.is_some_and(|found| found.runs > 1) { ", 各次运行分别计数" } else { "" };
        let answer = match self.found {
            None if self.seen.looks == 0 => format!("火点未统计; {}", share.seen_only()),
            None => format!("火点未统计; {}{}", share.seen_only(), self.looks()),
            Some(found) if self.seen.hours == 0 && found.events > 0 => {
                format!("疑似火点 {} 个(有效观测未知{several})", found.events) + &share.also_screened()
            }
            Some(found) => {
                let fires = found.events.max(usize::from(found.pixels > 0));
                share.sentence_of_looks(fires, &(self.looks() + several))
            }
        };
        answer + &self.doubts()
    }

    /// What else must be known of the count.
    fn doubts(&self) -> String {
        let mut doubts = String::new();
        if self.simulated && self.is_real {
            let made = self.found.map_or(0, |found| found.pixels_simulated);
            doubts += &format!("; 含模拟数据, 其中模拟火点像元 {made} 个");
        } else if self.simulated && self.beside_real {
            doubts += "; 模拟数据";
        }
        if self.unreadable_runs > 0 {
            doubts += &format!("; 另有 {} 份资料无法读取, 可能不全", self.unreadable_runs);
        }
        doubts
    }

    /// What was found; `None` too where a 0 would be read as "no fire" though nobody looked.
    pub fn told(&self) -> Option<Found> {
        let observed = (self.seen.hours > 0).then_some(self.seen.mean);
        self.found.filter(|found| !found.is_silent(observed))
    }

    /// Pixels that rules took for no fire; `None` too where a 0 would pass for a look.
    pub fn screened(&self) -> Option<usize> {
        self.found.map(|found| found.screened).filter(|screened| *screened > 0 || self.told().is_some())
    }

    /// `, 1 次观测, 24 小时中 1 小时`.
    fn looks(&self) -> String {
        let Observed { looks, hours_looked, .. } = self.seen;
        format!(", {looks} 次观测, {} 小时中 {hours_looked} 小时", hours_in(&self.period))
    }
}

/// Sums by Beijing day.
pub fn by_day(period: &Period, site: &Site) -> Vec<Sum> {
    by(period, site, |day| day.to_string())
}

/// Sums by Beijing month.
pub fn by_month(period: &Period, site: &Site) -> Vec<Sum> {
    by(period, site, |day| day.chars().take(7).collect())
}

/// Sums of a period of set days as a whole, `2025-10-20/2025-10-26`.
pub fn whole(period: &Period, site: &Site) -> Vec<Sum> {
    let name = period.days().map_or_else(String::new, |(first, last)| format!("{first}/{last}"));
    by(period, site, |_| name.clone())
}

/// Hours of a day (`2025-10-20`), of a month (`2025-10`), or from a day to a day.
fn hours_in(name: &str) -> usize {
    if let Some((first, last)) = name.split_once('/') {
        let noon = |day: &str| Utc::parse(&format!("{day}T12:00:00+08:00"));
        let days = noon(first).zip(noon(last)).map(|(first, last)| last.seconds_since(first) / 86_400.0);
        return 24 * days.map_or(1, |days| days.round().max(0.0) as usize + 1);
    }
    let first = Utc::parse(&format!("{name}-01T12:00:00+08:00"));
    24 * first.map_or(1, Utc::days_in_beijing_month)
}

/// Rows and fires are grouped once: a year of lists has thousands of fires for hundreds of days.
fn by(period: &Period, site: &Site, group: impl Fn(&str) -> String) -> Vec<Sum> {
    let of = |time: Utc| group(&part(time, 10));
    let names: BTreeMap<&str, &str> =
        site.counties.iter().map(|county| (county.name.adcode.as_str(), county.name.name.as_str())).collect();
    let found = found_by(period, |fire| Some((of(fire.time), fire.adcode.as_deref()?)));
    let mut groups: BTreeMap<(String, &str), Vec<&CoverageRow>> = BTreeMap::new();
    for row in &period.rows {
        groups.entry((of(row.time), &row.adcode)).or_default().push(row);
    }
    for key in found.keys() {
        groups.entry(key.clone()).or_default();
    }
    let uncounted: BTreeSet<String> = period.uncounted.iter().map(|day| group(day)).collect();
    let beside_real = period.is_real();
    let sum = |(key, rows): ((String, &str), Vec<&CoverageRow>)| {
        let county = (*names.get(key.1)?).to_string();
        let (days, days_observed) = days(&rows);
        let count = found.get(&key).copied().unwrap_or_default();
        Some(Sum {
            adcode: key.1.to_string(),
            county,
            days,
            days_observed,
            simulated: count.pixels_simulated > 0 || rows.iter().any(|row| row.simulated),
            is_real: count.pixels > count.pixels_simulated || rows.iter().any(|row| !row.simulated),
            beside_real,
            unreadable_runs: period.unreadable_runs,
            seen: observed(rows),
            found: (!uncounted.contains(&key.0)).then_some(count),
            period: key.0,
        })
    };
    groups.into_iter().filter_map(sum).collect()
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

#[cfg(test)]
mod tests {
    use super::super::read::{Run, SeenEvent};
    use super::*;

    fn fire(id: usize, time: Utc, adcode: &str) -> SeenFire {
        let [satellite, sensor, key] = ["NOAA-20", "VIIRS", "NOAA-20 VIIRS"].map(String::from);
        let (adcode, of_list) = (Some(adcode.to_string()), true);
        SeenFire {
            id: format!("f{id}"),
            time,
            satellite,
            sensor,
            key,
            adcode,
            pixels: 1,
            of_list,
            simulated: false,
            reason: None,
        }
    }

    /// The rule counts pixels: a cluster is as many as it is made of.
    #[test]
    fn a_cluster_counts_its_pixels() {
        let time = Utc::parse("2025-10-20T03:50:00Z").expect("a time");
        let fires = vec![fire(0, time, "630202"), SeenFire { pixels: 37, simulated: true, ..fire(1, time, "630202") }];
        let screened = vec![SeenFire { pixels: 5, ..fire(2, time, "630202") }];
        let period = Period { fires, screened, ..Period::default() };
        let found = found(&period, &BTreeSet::from(["630202"]));
        assert_eq!((found.pixels, found.pixels_of_lists, found.pixels_simulated, found.screened), (38, 38, 37, 5));
    }

    /// A year of 365 days has 20,000 times 1576.8 seconds: so many fires of one county, two an event. The first event burns in
    /// a second county too and counts in both.
    #[test]
    fn a_year_of_fires_is_grouped_once() {
        let site = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        let [first, second] = [0, 1].map(|at| site.counties[at].name.adcode.clone());
        // the first moment of 2025 in Beijing
        let start = Utc::parse("2024-12-31T16:00:00Z").expect("a time");
        let at = |n: usize| start.plus_seconds(n as f64 * 1576.8).expect("a time");
        let mut fires: Vec<SeenFire> = (0..20_000).map(|n| fire(n, at(n), &first)).collect();
        fires.push(fire(20_000, start, &second));
        let mut events: Vec<SeenEvent> = (0..10_000)
            .map(|n| SeenEvent {
                id: format!("e{n}"),
                first_seen: at(2 * n),
                adcode: None,
                members: vec![format!("f{}", 2 * n), format!("f{}", 2 * n + 1)],
                of_list: true,
                run: 0,
            })
            .collect();
        events[0].members.push("f20000".into());
        let period = Period::of(vec![Run { found: Some((fires, events)), ..Run::default() }], &site);
        let clock = std::time::Instant::now();
        let (days, months) = (by_day(&period, &site), by_month(&period, &site));
        assert!(clock.elapsed().as_secs() < 5, "{:?}", clock.elapsed());
        assert_eq!((days.len(), months.len()), (366, 13), "a day and a month of the second county");
        let all = |sums: &[Sum]| {
            let of = sums.iter().filter(|sum| sum.adcode == first).filter_map(|sum| sum.found);
            of.fold((0, 0), |sum, found| (sum.0 + found.pixels, sum.1 + found.pixels_of_lists))
        };
        assert_eq!((all(&days), all(&months)), ((20_000, 20_000), (20_000, 20_000)));
        // 86,400 / 1576.8 = 54.8: fires 0 to 54 are of the first day, in the events 0 to 27
        let of_day = |adcode: &str| days.iter().find(|sum| sum.adcode == adcode).and_then(|sum| sum.found);
        let expected = |pixels, events| Found {
            pixels,
            pixels_of_lists: pixels,
            events,
            events_of_lists: events,
            runs: 1,
            ..Found::default()
        };
        assert_eq!((of_day(&first), of_day(&second)), (Some(expected(55, 28)), Some(expected(1, 1))));
        let of = |adcodes: &[&str]| super::found(&period, &adcodes.iter().copied().collect());
        assert_eq!((of(&[&first, &second]), of(&[&second])), (expected(20_001, 10_000), expected(1, 1)));
    }
}
