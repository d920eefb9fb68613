//! Figures of a time, by county, township and day, under named counting rules: what the page shows and what reports freeze.

mod clocks;
mod firsts;
mod read;
mod reckon;
mod rules;
mod table;

use crate::cases::Clocks;
use crate::error::Result;
use crate::layers::cropland;
use crate::ledger::First;
use crate::site::Site;
use crate::store::{Scope, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
pub use clocks::{Clock, ClockFigure, median, nine_tenths};
pub use rules::Rule;
use serde::Serialize;
use std::collections::BTreeMap;
pub use table::csv;

/// Of what figures are asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The first moment.
    pub from: Utc,
    /// The moment after the last.
    pub until: Utc,
    /// What was known by then: later looks and steps change nothing.
    pub cut_off: Utc,
    /// Code of a county; `None`: the whole site.
    pub county: Option<String>,
    /// What may be seen of it: a township counts its own events alone.
    pub scope: Scope,
}

/// What figures are reckoned with.
#[derive(Clone, Copy)]
pub struct With<'a> {
    /// The store.
    pub store: &'a Store,
    /// The site.
    pub site: &'a Site,
    /// Numbers.
    pub thresholds: &'a Thresholds,
    /// How long each step may take.
    pub clocks: &'a Clocks,
}

/// Figures of a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The first moment.
    pub from: Utc,
    /// The moment after the last.
    pub until: Utc,
    /// What was known by then.
    pub cut_off: Utc,
    /// Of simulated data: nothing real was in the store.
    pub simulated: bool,
    /// Simulated events that are left out beside real data.
    pub simulated_left_out: usize,
    /// The rules under which is counted.
    pub rules: Vec<RuleSaid>,
    /// Everything together.
    pub total: Row,
    /// By county, in the order of the site.
    pub counties: Vec<Row>,
    /// By township, where anything was.
    pub townships: Vec<Row>,
    /// By Beijing day, all counties together.
    pub days: Vec<Row>,
    /// By Beijing day and county.
    pub county_days: Vec<Row>,
    /// The events that are counted, and those that were excluded.
    pub events: Vec<EventRow>,
    /// 第一把火 of this time.
    pub firsts: Vec<First>,
    /// Looks that were to come and had not.
    pub missing: Vec<MissedLook>,
    /// Looks that are made use of, by satellite or other source.
    pub looks: Vec<LooksOf>,
}

/// A rule as it stands under a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleSaid {
    /// Its short name.
    pub name: &'static str,
    /// What it says.
    pub sentence: &'static str,
}

/// A look that did not come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissedLook {
    /// Satellite.
    pub satellite: String,
    /// When it was to look.
    pub time: Utc,
    /// In Beijing.
    pub time_beijing: String,
    /// Why it is not there.
    pub why: String,
}

/// Looks of one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LooksOf {
    /// Satellite and sensor, or what else told.
    pub name: String,
    /// How many.
    pub looks: usize,
}

/// The figures of a place and time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Row {
    /// Code of the county; empty for all.
    pub adcode: String,
    /// Its name, or 合计.
    pub county: String,
    /// Township, where it is of one.
    pub township: Option<String>,
    /// Beijing day, where it is of one.
    pub day: Option<String>,
    /// Suspected fires that were seen first in this time.
    pub events: usize,
    /// Those that were seen first before and still burned in it.
    pub continuing: usize,
    /// Events of this time that the desk excluded: none of `events`.
    pub excluded: usize,
    /// Fire pixels of satellites.
    pub pixels: usize,
    /// Those of them that are from lists of others.
    pub pixels_of_lists: usize,
    /// Share observed, 0 to 1; `None` where nobody looked or it is not known (townships).
    pub observed: Option<f64>,
    /// Hours in which a look reached it.
    pub hours_looked: usize,
    /// Hours of the time.
    pub hours: usize,
    /// Cropland, 1000 ha; `None` without a layer of it.
    pub cropland_kha: Option<f64>,
    /// Fire pixels per 1000 ha of cropland.
    pub pixels_per_kha: Option<f64>,
    /// Events per 1000 ha of cropland.
    pub events_per_kha: Option<f64>,
    /// Events that somebody reported on from the ground.
    pub verified: usize,
    /// Those of them whose report was approved.
    pub approved: usize,
    /// By what was found, codes of [`crate::cases::Finding`].
    pub findings: BTreeMap<&'static str, usize>,
    /// By cause, codes of [`crate::cases::Cause`].
    pub causes: BTreeMap<&'static str, usize>,
    /// By what saw them first, codes of [`crate::ledger::FoundBy`].
    pub found_by: BTreeMap<&'static str, usize>,
    /// Found before any satellite, or by none at all.
    pub before_satellite: usize,
    /// Cases that are neither closed nor excluded.
    pub open: usize,
    /// The clocks of the cases; of days none.
    pub clocks: Vec<ClockFigure>,
    /// What a list says of it; never that there was no fire.
    pub sentence: String,
}

/// An event on a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventRow {
    /// Its id.
    pub id: String,
    /// Whether the desk excluded it.
    pub excluded: bool,
    /// Code of the county.
    pub adcode: String,
    /// County.
    pub county: String,
    /// Township; empty where none is known.
    pub township: String,
    /// What lies near, where no township is known.
    pub near: String,
    /// Degrees.
    pub lon: f64,
    /// Degrees.
    pub lat: f64,
    /// As provincial lists have it, `102°24′36″`.
    pub east: String,
    /// The same of the latitude.
    pub north: String,
    /// Standard error of the place, metres.
    pub position_error_m: Option<f64>,
    /// First detection that was known.
    pub first_seen: Utc,
    /// In Beijing.
    pub first_seen_beijing: String,
    /// When a satellite saw it first, in Beijing; `None` where none has.
    pub satellite_seen_beijing: Option<String>,
    /// What saw it, those that were known.
    pub sources: String,
    /// What saw it first.
    pub found_by: &'static str,
    /// Fire pixels of satellites in this time.
    pub pixels: usize,
    /// Greatest power, MW.
    pub max_frp_mw: Option<f64>,
    /// Kind of heat, as lists have it.
    pub class: &'static str,
    /// How sure it is.
    pub confidence: &'static str,
    /// Where the case was in its life.
    pub status: &'static str,
    /// What was found on the ground; empty where nobody reported.
    pub finding: &'static str,
    /// Why it burned.
    pub cause: &'static str,
    /// Whether the report was approved.
    pub approved: bool,
    /// 第一把火: of which season and place; empty for others.
    pub first_of: String,
}

/// Reckons the figures.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn figures(with: With<'_>, asked: &Asked) -> Result<Figures> {
    let material = read::read(with, asked).await?;
    let firsts = firsts::firsts(with, asked).await?;
    // without hectares there is no intensity; the counts are as good
    let kha = cropland::of_counties(with.site).unwrap_or_else(|error| {
        tracing::error!("layers.landcover: {error}");
        None
    });
    Ok(reckon::reckon(with, asked, &material, firsts, kha.as_deref()))
}

/// What another time has, to be compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Earlier {
    /// The year.
    pub year: i16,
    /// The first moment.
    pub from: Utc,
    /// The moment after the last.
    pub until: Utc,
    /// Of simulated data.
    pub simulated: bool,
    /// Figures of all, then of each county; `None`: the store has no data of that time, which is not 0.
    pub rows: Option<Vec<Row>>,
}

/// The same days of earlier years, the last first.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn earlier(with: With<'_>, asked: &Asked, years: i16) -> Result<Vec<Earlier>> {
    let mut found = Vec::new();
    for back in 1..=years {
        let Some((from, until)) = years_before(asked.from, back).zip(years_before(asked.until, back)) else { continue };
        found.push(of_time(with, &Asked { from, until, ..asked.clone() }).await?);
    }
    Ok(found)
}

/// Another time, to be compared with.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn of_time(with: With<'_>, asked: &Asked) -> Result<Earlier> {
    let material = read::read(with, asked).await?;
    // what retention took a part of is no less than it was
    let kept_s = 86_400.0 * f64::from(with.site.retention.events_days);
    let is_whole = asked.cut_off.seconds_since(asked.from) < kept_s || asked.cut_off < asked.from;
    let rows = (is_whole && material.has_looks()).then(|| {
        let of = reckon::reckon(with, asked, &material, Vec::new(), None);
        std::iter::once(of.total).chain(of.counties).collect()
    });
    Ok(Earlier {
        year: asked.from.beijing_date().0,
        from: asked.from,
        until: asked.until,
        simulated: material.simulated,
        rows,
    })
}

/// The same clock and calendar day of a year before; 29 February is 28 February then.
fn years_before(at: Utc, years: i16) -> Option<Utc> {
    let text = at.beijing_as("%Y-%m-%dT%H:%M:%S")?;
    let (year, rest) = text.split_once('-')?;
    let year = year.parse::<i16>().ok()? - years;
    let of = |rest: &str| Utc::parse(&format!("{year:04}-{rest}+08:00"));
    of(rest).or_else(|| of(&rest.replacen("02-29", "02-28", 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the calendar: 2024 is a leap year.
    #[test]
    fn a_year_before_is_the_same_day() {
        let at = |text: &str| Utc::parse(text).expect("a time");
        for (now, years, then) in [
            ("2025-10-20T00:00:00+08:00", 1, "2024-10-20T00:00:00+08:00"),
            ("2024-02-29T08:30:00+08:00", 1, "2023-02-28T08:30:00+08:00"),
            ("2024-02-29T08:30:00+08:00", 4, "2020-02-29T08:30:00+08:00"),
        ] {
            assert_eq!(years_before(at(now), years), Some(at(then)), "{now}");
        }
    }
}
