//! The numbers of the ministry's format: fires in both units, by cropland, and the change on the last period over a fixed
//! set of sensors, each beside the share that was observed.

use super::Kind;
use super::period::Period;
use super::sums::{Found, Observed, found, observed};
use crate::deliver::scan_report::LEAST_OBSERVED;
use crate::site::Site;
use crate::time::Utc;
use geo::GeodesicArea;
use std::collections::BTreeSet;

/// Code and name of the row of all counties.
pub const ALL: (&str, &str) = ("", "合计");

/// Two periods to compare: both with the sensors that are compared alone, the later one first.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Keys of the sensors.
    pub sensors: BTreeSet<String>,
    /// Keys of sensors that one of the periods has and that are left out.
    pub left_out: BTreeSet<String>,
    /// This period.
    pub now: Period,
    /// The last one.
    pub before: Period,
}

impl Pair {
    /// Restricts two periods to the sensors that looked in both.
    pub fn of(now: &Period, before: &Period) -> Pair {
        let (a, b) = (now.looking(), before.looking());
        let sensors: BTreeSet<String> = a.intersection(&b).cloned().collect();
        let left_out = a.symmetric_difference(&b).cloned().collect();
        Pair { now: now.only(&sensors), before: before.only(&sensors), sensors, left_out }
    }

    /// What else makes the two differ though the sensors are the same; empty where nothing is known to.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let ways = |period: &Period| -> BTreeSet<String> {
            let looks = period.rows.iter().filter(|row| row.kind == Kind::Look);
            looks.map(|row| format!("{} {} {}", row.sensor_key(), row.algorithm, row.profile)).collect()
        };
        if ways(&self.now) != ways(&self.before) {
            doubts.push("两期判识方法不同".to_string());
        }
        let (now, before) = (length(&self.now), length(&self.before));
        if now != before {
            doubts.push(format!("两期天数不同({now} 天, 上期 {before} 天)"));
        }
        if self.now.simulated() != self.before.simulated() {
            doubts.push("一期为模拟数据".to_string());
        }
        doubts
    }
}

/// Days from the first to the last, both counted.
fn length(period: &Period) -> i64 {
    let Some((first, last)) = period.days() else { return 0 };
    let noon = |day: &str| Utc::parse(&format!("{day}T12:00:00+08:00"));
    let days = noon(&first).zip(noon(&last)).map(|(first, last)| last.seconds_since(first) / 86_400.0);
    days.map_or(0, |days| days.round() as i64 + 1)
}

/// A period of a county as it is compared: our own fires alone, for lists of others do not say what was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// Share observed.
    pub observed: f64,
    /// Fire pixels.
    pub pixels: usize,
    /// Events.
    pub events: usize,
}

impl Side {
    /// Whether enough was seen to compare it with another period.
    fn is_observed(&self) -> bool {
        self.observed >= LEAST_OBSERVED
    }

    /// Pixels and events; `None` where a 0 would be read as "no fire" though hardly anything was seen.
    pub fn told(&self) -> Option<(usize, usize)> {
        (self.pixels > 0 || self.is_observed()).then_some((self.pixels, self.events))
    }
}

/// The change on the last period.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// This period.
    pub now: Side,
    /// The last one.
    pub before: Side,
    /// In per cent of the last period's pixels; `None` where `why_none` says why.
    pub pixels_percent: Option<f64>,
    /// The same of events.
    pub events_percent: Option<f64>,
    /// Why there is no change.
    pub why_none: Option<NoChange>,
}

/// Why no change is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoChange {
    /// One of the periods was hardly observed: from "not seen" to a number is no change.
    NotObserved,
    /// No county was observed in both periods, so that the sum of all has none to compare.
    NoCounty,
    /// There was nothing to take per cent of.
    WasZero,
}

impl NoChange {
    /// As lists have it.
    pub fn spoken(self) -> &'static str {
        match self {
            NoChange::NotObserved => "有效观测不足 10%, 不作环比",
            NoChange::NoCounty => "没有两期有效观测均达 10% 的县区, 不作环比",
            NoChange::WasZero => "上期为 0, 不作环比",
        }
    }
}

impl Change {
    fn of(now: Side, before: Side, has_county: bool) -> Change {
        let why_none = if !has_county {
            Some(NoChange::NoCounty)
        } else if !now.is_observed() || !before.is_observed() {
            Some(NoChange::NotObserved)
        } else {
            (before.pixels == 0).then_some(NoChange::WasZero)
        };
        let percent = |now: usize, before: usize| {
            (why_none.is_none() && before > 0).then(|| 100.0 * (now as f64 - before as f64) / before as f64)
        };
        Change {
            pixels_percent: percent(now.pixels, before.pixels),
            events_percent: percent(now.events, before.events),
            now,
            before,
            why_none,
        }
    }

    /// How many there were and are, of pixels or of events, where there are no per cent of them though both were observed.
    pub fn counts(&self, of: impl Fn((usize, usize)) -> usize) -> Option<(usize, usize)> {
        let comparable = matches!(self.why_none, None | Some(NoChange::WasZero));
        comparable.then_some((of(self.before.told()?), of(self.now.told()?)))
    }
}

/// The numbers of a county, or of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistic {
    /// Code; empty for all counties.
    pub adcode: String,
    /// Name.
    pub county: String,
    /// Share observed; `None` where nothing is known of it, as with lists of others alone.
    pub observed: Option<f64>,
    /// Hours in which a look reached it.
    pub hours_looked: usize,
    /// Hours of the days of the period: of those without a look the share observed says nothing.
    pub hours_of_period: usize,
    /// Fires; `None` where a run gave its coverage alone.
    pub found: Option<Found>,
    /// Cropland, 1000 ha; `None` without a layer of it.
    pub cropland_kha: Option<f64>,
    /// Change on the last period, where there is one; of all counties together over those alone that were observed in both.
    pub change: Option<Change>,
    /// Names of the counties that the change leaves out.
    pub not_compared: Vec<String>,
}

impl Statistic {
    /// Whether no fire was found and too little was seen to say so, or nobody knows how much was.
    pub fn says_nothing(&self) -> bool {
        self.found.is_some_and(|found| found.is_silent(self.observed))
    }

    /// What was found; `None` too where a 0 would be read as "no fire" though nobody looked.
    pub fn told(&self) -> Option<Found> {
        self.found.filter(|_| !self.says_nothing())
    }

    /// Pixels that rules took for no fire; `None` too where a 0 would pass for a look.
    pub fn screened(&self) -> Option<usize> {
        self.found.map(|found| found.screened).filter(|screened| *screened > 0 || self.told().is_some())
    }

    /// Fire points per 1000 ha of cropland: pixels, as the ministry counts, and events; of what is told.
    pub fn intensity(&self) -> Option<(f64, f64)> {
        let (kha, found) = (self.cropland_kha.filter(|kha| *kha > 0.0)?, self.told()?);
        Some((found.pixels as f64 / kha, found.events as f64 / kha))
    }
}

/// Numbers of each county of the site and of all; `cropland_kha` in the order of the counties.
pub fn statistics(now: &Period, pair: Option<&Pair>, site: &Site, cropland_kha: Option<&[f64]>) -> Vec<Statistic> {
    let codes: Vec<&str> = site.counties.iter().map(|county| county.name.adcode.as_str()).collect();
    let counties = site.counties.iter().enumerate().map(|(at, county)| {
        of(now, pair, site, Some(at), &county.name.adcode, &county.name.name, cropland_kha.and_then(|kha| kha.get(at)))
    });
    let sum = cropland_kha.filter(|kha| kha.len() == codes.len()).map(|kha| kha.iter().sum::<f64>());
    counties.chain([of(now, pair, site, None, ALL.0, ALL.1, sum.as_ref())]).collect()
}

fn of(
    now: &Period,
    pair: Option<&Pair>,
    site: &Site,
    county: Option<usize>,
    adcode: &str,
    name: &str,
    kha: Option<&f64>,
) -> Statistic {
    let code = county.map(|_| adcode);
    let all: Vec<usize> = county.map_or_else(|| (0..site.counties.len()).collect(), |at| vec![at]);
    let pair = pair.filter(|pair| !pair.sensors.is_empty());
    let (compared, left_out): (Vec<usize>, Vec<usize>) = match (pair, county) {
        (Some(pair), None) => all.iter().partition(|at| is_observed_in_both(pair, site, **at)),
        _ => (all.clone(), Vec::new()),
    };
    Statistic {
        adcode: adcode.to_string(),
        county: name.to_string(),
        observed: share(now, site, &all),
        hours_looked: observed(now.rows.iter().filter(|row| code.is_none_or(|code| row.adcode == code))).hours_looked,
        hours_of_period: 24 * usize::try_from(length(now)).unwrap_or(0),
        found: counted(now, site, &all),
        cropland_kha: kha.copied(),
        change: pair.and_then(|pair| change(pair, site, if compared.is_empty() { None } else { Some(&compared) })),
        not_compared: left_out.iter().map(|at| site.counties[*at].name.name.clone()).collect(),
    }
}

/// Fires of some counties; `None` where a run gave its coverage alone.
fn counted(period: &Period, site: &Site, counties: &[usize]) -> Option<Found> {
    let codes: BTreeSet<&str> = counties.iter().map(|at| site.counties[*at].name.adcode.as_str()).collect();
    period.uncounted.is_empty().then(|| found(period, &codes))
}

/// Whether a county was observed in both periods, so that its fires can be compared.
fn is_observed_in_both(pair: &Pair, site: &Site, county: usize) -> bool {
    let seen = |period| share(period, site, &[county]).is_some_and(|seen| seen >= LEAST_OBSERVED);
    seen(&pair.now) && seen(&pair.before)
}

/// The change in some counties; `None`: no county can be compared, and the sides are what all of them have.
fn change(pair: &Pair, site: &Site, counties: Option<&[usize]>) -> Option<Change> {
    let all: Vec<usize> = (0..site.counties.len()).collect();
    let side = |period: &Period| {
        let found = counted(period, site, counties.unwrap_or(&all))?;
        Some(Side {
            observed: share(period, site, counties.unwrap_or(&all)).unwrap_or(0.0),
            pixels: found.pixels - found.pixels_of_lists,
            events: found.events - found.events_of_lists,
        })
    };
    let both = side(&pair.now).zip(side(&pair.before));
    both.map(|(now, before)| Change::of(now, before, counties.is_some()))
}

/// Share observed of some counties: their mean by area.
fn share(period: &Period, site: &Site, counties: &[usize]) -> Option<f64> {
    let of = |at: usize| -> Observed {
        let adcode = &site.counties[at].name.adcode;
        observed(period.rows.iter().filter(|row| row.adcode == *adcode))
    };
    if let [at] = counties {
        return Some(of(*at)).filter(|seen| seen.hours > 0).map(|seen| seen.mean);
    }
    let part = |at: &usize| (site.counties[*at].shape.geodesic_area_unsigned(), of(*at));
    let parts: Vec<(f64, Observed)> = counties.iter().map(part).collect();
    let area: f64 = parts.iter().map(|(area, _)| area).sum();
    // a county that nobody looked at counts as not seen
    let known = parts.iter().any(|(_, seen)| seen.hours > 0) && area > 0.0;
    known.then(|| parts.iter().map(|(part, seen)| part * seen.mean).sum::<f64>() / area)
}

/// `2025-10-20 至 2025-10-26`, Beijing days.
pub fn spoken_days(period: &Period) -> String {
    match period.days() {
        None => "无资料".to_string(),
        Some((first, last)) if first == last => first,
        Some((first, last)) => format!("{first} 至 {last}"),
    }
}
