//! Reports of days, weeks and months: made once, frozen for ever, set right by a correction that says what moved.

mod document;
mod moves;
mod span;
mod values;

use super::figures::{self, Asked, With};
use crate::error::{Error, Result};
use crate::sealed::sha256;
use crate::store::{Actor, Frozen, Listed, Scope};
use crate::time::Utc;
pub use document::{docx, template, text, xlsx};
use serde_json::Value;
pub use span::Kind;

/// Name of the counting rules; another set of rules has another name.
pub const RULE: &str = "strawfire-1";
/// Earlier years that a report is compared with.
const YEARS: i16 = 3;

/// A report that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Of a day, a week or a month.
    pub kind: Kind,
    /// A moment of its time.
    pub day: Utc,
    /// Code of the city or a county.
    pub area: String,
    /// What was known by then counts.
    pub cut_off: Utc,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// It is made and frozen.
    New(Box<Frozen>),
    /// There is one already, which stays as it is: this is its last revision.
    Before(Box<Frozen>),
}

impl Made {
    /// The report.
    pub fn report(&self) -> &Frozen {
        match self {
            Made::New(report) | Made::Before(report) => report,
        }
    }
}

/// A correction that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Corrected {
    /// It is made and frozen.
    New(Box<Frozen>),
    /// Nothing moved: none is made.
    Nothing,
    /// Another one was made meanwhile, or it is not the last revision.
    NotLast(String),
    /// There is no such report.
    NotThere,
    /// Its days are older than the store keeps events: what age took away is no correction.
    TooOld,
}

/// Makes a report, where there is none of its time.
///
/// # Errors
/// [`Error::Store`]; [`Error::Config`] where the site has no such area, or its time has not begun by the cut-off.
pub async fn make(with: With<'_>, wanted: &Wanted, now: Utc, actor: &Actor) -> Result<Made> {
    let Wanted { kind, area, cut_off, .. } = wanted;
    let span = kind.span(wanted.day);
    if with.site.desk_name(area).is_none() {
        let counties = with.site.counties.iter().map(|county| county.name.adcode.clone());
        let known: Vec<String> = std::iter::once(with.site.city_code()).chain(counties).collect();
        return Err(Error::config("area", area.as_str(), known.join(", "), "name one of them"));
    }
    if *cut_off <= span.start {
        let expected = format!("a time that began before {}", cut_off.beijing());
        return Err(Error::config("day", span.start.beijing(), expected, "name an earlier day"));
    }
    if let Some(before) = last(with, kind.code(), area, span.start).await? {
        return Ok(Made::Before(Box::new(before)));
    }
    let report = reckoned(with, wanted, None, now, actor).await?;
    let mut write = with.store.write().await?;
    let is_new = write.freeze_report(&report, actor).await?;
    write.commit().await?;
    match is_new {
        true => Ok(Made::New(Box::new(report))),
        // somebody else was quicker
        false => Ok(Made::Before(Box::new(last(with, kind.code(), area, span.start).await?.unwrap_or(report)))),
    }
}

/// Sets a report right by what has come since: a new revision that says what moved.
///
/// # Errors
/// [`Error::Store`].
pub async fn correct(with: With<'_>, id: &str, cut_off: Utc, now: Utc, actor: &Actor) -> Result<Corrected> {
    let Some(before) = with.store.report(id).await? else { return Ok(Corrected::NotThere) };
    let of = &before.listed;
    let kept_s = 86_400.0 * f64::from(with.site.retention.events_days);
    if now.seconds_since(of.from) > kept_s {
        return Ok(Corrected::TooOld);
    }
    let revisions = with.store.revisions(&of.kind, &of.area, of.from).await?;
    if let Some(last) = revisions.first().filter(|last| last.id != of.id) {
        return Ok(Corrected::NotLast(last.id.clone()));
    }
    let kind = Kind::of(&of.kind).ok_or_else(|| damaged(with, id, "its kind is not known"))?;
    let wanted = Wanted { kind, day: of.from, area: of.area.clone(), cut_off };
    let report = reckoned(with, &wanted, Some(&before), now, actor).await?;
    let value: Value = serde_json::from_str(&report.figures).map_err(|error| damaged(with, id, error))?;
    let is_finished = of.cut_off < of.until && cut_off >= of.until;
    if value["corrections"].as_array().is_none_or(Vec::is_empty) && !is_finished {
        return Ok(Corrected::Nothing);
    }
    let mut write = with.store.write().await?;
    let is_new = write.freeze_report(&report, actor).await?;
    write.commit().await?;
    Ok(if is_new { Corrected::New(Box::new(report)) } else { Corrected::NotLast(report.listed.id) })
}

async fn last(with: With<'_>, kind: &str, area: &str, from: Utc) -> Result<Option<Frozen>> {
    match with.store.revisions(kind, area, from).await?.first() {
        Some(last) => with.store.report(&last.id).await,
        None => Ok(None),
    }
}

fn damaged(with: With<'_>, id: &str, why: impl ToString) -> Error {
    Error::Store {
        store: with.store.name(),
        reason: format!("the figures of report {id}: {}", why.to_string()),
        advice: "the store was written by another program or is damaged: restore a backup".to_string(),
    }
}

/// The report with its figures, whether it sets another one right or not.
async fn reckoned(with: With<'_>, wanted: &Wanted, before: Option<&Frozen>, now: Utc, actor: &Actor) -> Result<Frozen> {
    let span = wanted.kind.span(wanted.day);
    let county = (wanted.area != with.site.city_code()).then(|| wanted.area.clone());
    let asked = Asked { from: span.start, until: span.end, cut_off: wanted.cut_off, county, scope: Scope::all() };
    let figures = figures::figures(with, &asked).await?;
    let earlier = figures::earlier(with, &asked, YEARS).await?;
    let previous = wanted.kind.span(span.start.plus_seconds(-1.0).unwrap_or(span.start));
    let previous =
        figures::of_time(with, &Asked { from: previous.start, until: previous.end, ..asked.clone() }).await?;
    let revision = before.map_or(1, |before| before.listed.revision + 1);
    let suffix = if revision > 1 { format!("-r{revision}") } else { String::new() };
    let day = span.start.beijing_as("%Y%m%d").unwrap_or_default();
    let id = format!("{}-{day}-{}{suffix}", wanted.kind.code(), wanted.area);
    let sources = values::Sources { with, wanted, id: &id, revision, before, made: now, made_by: &actor.who };
    let mut value = values::values(&sources, &figures, &previous, &earlier);
    if let Some(before) = before {
        let old: Value =
            serde_json::from_str(&before.figures).map_err(|error| damaged(with, &before.listed.id, error))?;
        let late = moves::late(with, &asked, before.listed.cut_off).await?;
        value["corrections"] = moves::moves(&old["figures"], &value["figures"], &late);
        value["late_looks"] = late.looks_said();
        value["late_steps"] = late.steps_said();
    }
    let title = value["title"].as_str().unwrap_or_default().to_string() + value["mark"].as_str().unwrap_or_default();
    let figures = value.to_string();
    let listed = Listed {
        id,
        kind: wanted.kind.code().to_string(),
        area: wanted.area.clone(),
        from: span.start,
        until: span.end,
        cut_off: wanted.cut_off,
        rule: RULE.to_string(),
        revision,
        corrects: before.map(|before| before.listed.id.clone()),
        made: now,
        made_by: actor.who.clone(),
        title,
        sha256: sha256(figures.as_bytes()),
    };
    Ok(Frozen { listed, figures })
}
