//! The reckoning: pure, of what was read.

use super::clocks::{self, Run};
use super::read::{KnownEvent, Material};
use super::{Asked, EventRow, Figures, LooksOf, MissedLook, Row, Rule, With};
use crate::cases::Cause;
use crate::deliver::coverage::period::{Period, day_of};
use crate::deliver::coverage::read::SeenFire;
use crate::deliver::coverage::statistics::{Statistic, statistics};
use crate::deliver::rounded;
use crate::deliver::scan_report::{CountyShare, GranuleReport, Looked};
use crate::fire::CountyName;
use crate::ledger::{First, FoundBy};
use crate::pipeline::duty::fresh_h;
use std::collections::BTreeMap;

/// What a row is of.
struct Of<'a> {
    adcode: Option<&'a str>,
    /// Some("") is no township known.
    township: Option<&'a str>,
    day: Option<&'a str>,
}

/// Everything that rows are reckoned of.
struct Reckoner<'a> {
    with: With<'a>,
    asked: &'a Asked,
    material: &'a Material,
    runs: BTreeMap<&'a str, Run<'a>>,
    /// Townships of events that have one, by fire.
    townships: BTreeMap<&'a str, &'a str>,
    /// Cropland of each county, 1000 ha.
    kha: Option<&'a [f64]>,
}

pub(super) fn reckon(
    with: With<'_>,
    asked: &Asked,
    material: &Material,
    firsts: Vec<First>,
    kha: Option<&[f64]>,
) -> Figures {
    let runs = material.events.iter().map(|known| (known.event.id.as_str(), run_of(known, with)));
    let of_event = |known: &'_ KnownEvent| known.event.township.clone().unwrap_or_default();
    let names: Vec<String> = material.events.iter().map(of_event).collect();
    let members = material.events.iter().zip(&names);
    let townships =
        members.flat_map(|(known, name)| known.event.members.iter().map(move |id| (id.as_str(), name.as_str())));
    let reckoner = Reckoner { with, asked, material, runs: runs.collect(), townships: townships.collect(), kha };
    let (total, counties) = reckoner.whole();
    let (days, county_days) = reckoner.days();
    let granules = &material.kept.report.granules;
    Figures {
        from: asked.from,
        until: asked.until,
        cut_off: asked.cut_off,
        simulated: material.simulated,
        simulated_left_out: material.left_out,
        rules: Rule::ALL.map(Rule::said).to_vec(),
        townships: reckoner.townships(),
        events: reckoner.events(&firsts),
        total,
        counties,
        days,
        county_days,
        firsts,
        missing: material.kept.report.missing.iter().map(missed).collect(),
        looks: looks(granules.iter().filter(|look| look.simulated == material.simulated)),
    }
}

fn run_of<'a>(known: &'a KnownEvent, with: With<'a>) -> Run<'a> {
    let run = Run::of(known.known, &known.steps, &known.waited, with.clocks);
    let is_fresh = known.known.seconds_since(known.event.last_seen) <= 3600.0 * fresh_h(with.site);
    if is_fresh || !known.steps.is_empty() || !known.waited.is_empty() { run } else { run.without_clock() }
}

fn missed(missed: &crate::deliver::scan_report::Missed) -> MissedLook {
    let (satellite, why) = (missed.satellite.clone(), missed.why.clone());
    MissedLook { satellite, time: missed.time, time_beijing: missed.time.beijing(), why }
}

/// Looks by what they are of.
fn looks<'a>(granules: impl Iterator<Item = &'a GranuleReport>) -> Vec<LooksOf> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for look in granules.filter(|look| look.look == Looked::Yes) {
        let name =
            if look.is_list() { format!("{}（{}）", look.satellite, look.list_word()) } else { look.instrument() };
        *counts.entry(name).or_default() += 1;
    }
    counts.into_iter().map(|(name, looks)| LooksOf { name, looks }).collect()
}

impl<'a> Reckoner<'a> {
    fn is_asked(&self, adcode: &str) -> bool {
        self.asked.county.as_deref().is_none_or(|county| county == adcode)
    }

    fn counties(&self) -> impl Iterator<Item = &'a CountyName> {
        let asked = self.asked;
        let is_asked = move |name: &&CountyName| asked.county.as_deref().is_none_or(|county| county == name.adcode);
        self.with.site.counties.iter().map(|county| &county.name).filter(is_asked)
    }

    /// All together, and by county.
    fn whole(&self) -> (Row, Vec<Row>) {
        let seen = statistics(&self.material.period, None, self.with.site, self.kha);
        self.rows(&seen, None, true)
    }

    /// Rows of all and of each county, with what was seen of them.
    fn rows(&self, seen: &[Statistic], day: Option<&str>, with_clocks: bool) -> (Row, Vec<Row>) {
        let of = |adcode: Option<&str>, name: &str| {
            let seen = seen.iter().find(|row| row.adcode == adcode.unwrap_or_default());
            let row = self.row(&Of { adcode, township: None, day }, with_clocks);
            let is_part = !self.asked.scope.holds(&[self.asked.county.as_deref().unwrap_or_default()]);
            let row = observed(Row { adcode: adcode.unwrap_or_default().into(), county: name.into(), ..row }, seen);
            if is_part { of_part(row) } else { row }
        };
        let counties: Vec<Row> = self.counties().map(|name| of(Some(&name.adcode), &name.name)).collect();
        let total = match self.asked.county.as_deref() {
            Some(_) => counties.first().cloned().unwrap_or_default(),
            None => of(None, "合计"),
        };
        (total, counties)
    }

    /// By day: all counties together, and each.
    fn days(&self) -> (Vec<Row>, Vec<Row>) {
        let (mut days, mut county_days) = (Vec::new(), Vec::new());
        let mut at = self.asked.from;
        let mut names: Vec<String> = Vec::new();
        while at < self.asked.until {
            names.push(day_of(at));
            let Some(next) = at.plus_seconds(86_400.0) else { break };
            at = next;
        }
        // a time that begins within a day ends in one more
        names.extend(self.asked.until.plus_seconds(-1.0).map(day_of));
        names.dedup();
        for day in &names {
            let rows = self.material.period.rows.iter().filter(|row| day_of(row.time) == *day).cloned().collect();
            let period = Period { rows, set_days: Some((day.clone(), day.clone())), ..Period::default() };
            let seen = statistics(&period, None, self.with.site, None);
            let (total, counties) = self.rows(&seen, Some(day), false);
            days.push(total);
            county_days.extend(counties);
        }
        (days, county_days)
    }

    /// By township, where anything was; the share observed is of counties alone.
    fn townships(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for county in self.counties() {
            let here = |known: &&KnownEvent| county_of(known) == county.adcode;
            let mut names: Vec<&str> = self
                .material
                .events
                .iter()
                .filter(here)
                .map(|known| known.event.township.as_deref().unwrap_or_default())
                .collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let row = self.row(&Of { adcode: Some(&county.adcode), township: Some(name), day: None }, true);
                let (adcode, county) = (county.adcode.clone(), county.name.clone());
                rows.push(Row { adcode, county, township: Some(name.to_string()), ..row });
            }
        }
        rows
    }

    /// Events and pixels of a place and day.
    fn row(&self, of: &Of<'_>, with_clocks: bool) -> Row {
        let is_here = |known: &&KnownEvent| {
            self.is_asked(county_of(known))
                && of.adcode.is_none_or(|adcode| county_of(known) == adcode)
                && of.township.is_none_or(|name| known.event.township.as_deref().unwrap_or_default() == name)
        };
        let here: Vec<&KnownEvent> = self.material.events.iter().filter(is_here).collect();
        let is_new =
            |known: &KnownEvent| known.first >= self.asked.from && of.day.is_none_or(|day| day_of(known.first) == day);
        let (excluded, new): (Vec<&KnownEvent>, Vec<&KnownEvent>) =
            here.iter().copied().filter(|known| is_new(known)).partition(|known| known.is_excluded());
        let is_counted = |fire: &&SeenFire| {
            let adcode = fire.adcode.as_deref().unwrap_or_default();
            let township = || self.townships.get(fire.id.as_str()).copied();
            FoundBy::of_sensor(&fire.sensor) == FoundBy::Satellite
                && self.is_asked(adcode)
                && of.adcode.is_none_or(|own| own == adcode)
                && of.day.is_none_or(|day| day_of(fire.time) == day)
                && of.township.is_none_or(|name| township() == Some(name))
        };
        let pixels: Vec<&SeenFire> = self.material.period.fires.iter().filter(is_counted).collect();
        let row = Row {
            township: of.township.map(str::to_string),
            day: of.day.map(str::to_string),
            events: new.len(),
            continuing: if of.day.is_some() { 0 } else { here.iter().filter(|known| !is_new(known)).count() },
            excluded: excluded.len(),
            pixels: pixels.iter().map(|fire| fire.pixels).sum(),
            pixels_of_lists: pixels.iter().filter(|fire| fire.of_list).map(|fire| fire.pixels).sum(),
            ..Row::default()
        };
        self.with_cases(row, &new, with_clocks)
    }

    /// What was found and how fast, of the events of a row.
    fn with_cases(&self, mut row: Row, events: &[&KnownEvent], with_clocks: bool) -> Row {
        for known in events {
            if let Some(reported) = known.reported() {
                row.verified += 1;
                row.approved += usize::from(reported.approved);
                *row.findings.entry(reported.finding.code()).or_default() += 1;
                if let Some(cause) = reported.cause {
                    *row.causes.entry(cause.code()).or_default() += 1;
                }
            }
            if let Some(found) = known.found {
                *row.found_by.entry(found.by.code()).or_default() += 1;
                row.before_satellite += usize::from(found.before_satellite());
            }
            row.open += usize::from(!matches!(known.status(), crate::cases::Status::Closed));
        }
        let runs = events.iter().filter_map(|known| self.runs.get(known.event.id.as_str()));
        if !with_clocks {
            return row;
        }
        row.clocks = clocks::figures(runs, self.with.clocks, self.asked.cut_off);
        row
    }

    /// The events of the time, by county, township and first detection.
    fn events(&self, firsts: &[First]) -> Vec<EventRow> {
        let order = |adcode: &str| self.with.site.counties.iter().position(|county| county.name.adcode == adcode);
        let new = self
            .material
            .events
            .iter()
            .filter(|known| known.first >= self.asked.from && self.is_asked(county_of(known)));
        let mut events: Vec<&KnownEvent> = new.collect();
        events.sort_by_key(|known| {
            let township = known.event.township.as_deref().unwrap_or_default();
            (order(county_of(known)), township, known.first, known.event.id.as_str())
        });
        events.into_iter().map(|known| self.event(known, firsts)).collect()
    }

    fn event(&self, known: &KnownEvent, firsts: &[First]) -> EventRow {
        let event = &known.event;
        let (east, north) = event.place.dms();
        let reported = known.reported();
        let is_straw = reported.as_ref().is_some_and(|reported| reported.cause == Some(Cause::Straw));
        let first_of: Vec<String> =
            firsts.iter().filter(|first| first.event == event.id).map(|first| self.season(first, is_straw)).collect();
        EventRow {
            id: event.id.clone(),
            excluded: known.is_excluded(),
            adcode: county_of(known).to_string(),
            county: event.county.as_ref().map_or_else(String::new, |county| county.name.clone()),
            township: event.township.clone().unwrap_or_default(),
            near: match event.township {
                Some(_) => String::new(),
                None => event.candidates.first().cloned().unwrap_or_default(),
            },
            lon: rounded(event.place.lon(), 6),
            lat: rounded(event.place.lat(), 6),
            east: east.trim_end_matches(['E', 'W']).to_string(),
            north: north.trim_end_matches(['N', 'S']).to_string(),
            position_error_m: event.position_error_m.map(|metres| rounded(metres, 0)),
            first_seen: known.first,
            first_seen_beijing: known.first.beijing(),
            satellite_seen_beijing: known.found.and_then(|found| found.satellite).map(crate::time::Utc::beijing),
            sources: known.sources.iter().cloned().collect::<Vec<_>>().join("、"),
            found_by: known.found.map_or("", |found| found.by.name()),
            pixels: known.pixels,
            max_frp_mw: known.max_frp_mw.map(|mw| rounded(mw, 1)),
            class: event.class.spoken(),
            confidence: event.confidence.spoken(),
            status: known.status().name(),
            finding: reported.as_ref().map_or("", |reported| reported.finding.name()),
            cause: reported.as_ref().and_then(|reported| reported.cause).map_or("", |cause| cause.name()),
            approved: reported.is_some_and(|reported| reported.approved),
            first_of: first_of.join("、"),
        }
    }

    /// `小麦、油菜季全市第一把火`; 首个疑似火点 until straw was found there.
    fn season(&self, first: &First, is_straw: bool) -> String {
        let place = first.adcode.as_deref().map(|adcode| self.with.site.desk_name(adcode).unwrap_or(adcode));
        let what = if is_straw { "第一把火" } else { "首个疑似火点" };
        format!("{}季{}{what}", first.season, place.unwrap_or("全市"))
    }
}

fn county_of(known: &KnownEvent) -> &str {
    known.event.county.as_ref().map_or("", |county| county.adcode.as_str())
}

/// Of who sees a part of a county: of the rest of it nothing is said, and a part has no intensity of its own.
fn of_part(row: Row) -> Row {
    let seen = row.observed.map_or_else(
        || "所在县未有效观测".to_string(),
        |seen| format!("所在县有效观测 {}%", (seen * 1000.0 + 1e-6).floor() / 10.0),
    );
    let sentence = match row.events {
        0 => format!("本辖区未列有疑似火点({seen}, 县内其他地方不在此列)"),
        n => format!("本辖区疑似火点 {n} 处({seen})"),
    };
    Row { sentence, cropland_kha: None, pixels_per_kha: None, events_per_kha: None, ..row }
}

/// The row with what was seen of its county.
fn observed(row: Row, seen: Option<&Statistic>) -> Row {
    let observed = seen.and_then(|seen| seen.observed);
    let kha = seen.and_then(|seen| seen.cropland_kha).filter(|kha| *kha > 0.0);
    let (hours_looked, hours) = seen.map_or((0, 0), |seen| (seen.hours_looked, seen.hours_of_period));
    // a 0 over what nobody looked at is no intensity
    let share = CountyShare {
        pixels: usize::from(observed.is_some()),
        observed_fraction: observed.unwrap_or(0.0),
        ..CountyShare::of_nothing("", "")
    };
    let told = kha.filter(|_| !share.is_silent(row.events.max(row.pixels)));
    let looks = format!(", {hours} 小时中 {hours_looked} 小时有观测");
    let unknown = observed.is_none() && row.events > 0;
    let sentence = match (row.events, row.pixels, unknown) {
        (n, _, true) => format!("疑似火点 {n} 处(有效观测未知)"),
        (0, 0, _) => share.sentence_of_looks(0, &looks),
        (0, n, _) => format!("无新发现的疑似火点, 火点像元 {n} 个({}{looks})", share.seen_only()),
        (n, ..) => format!("疑似火点 {n} 处({}{looks})", share.seen_only()),
    };
    Row {
        observed: observed.map(|share| rounded(share, 6)),
        hours_looked,
        hours,
        cropland_kha: kha.map(|kha| rounded(kha, 3)),
        pixels_per_kha: told.map(|kha| rounded(row.pixels as f64 / kha, 4)),
        events_per_kha: told.map(|kha| rounded(row.events as f64 / kha, 4)),
        sentence,
        ..row
    }
}
