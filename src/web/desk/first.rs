//! Of an event: who found it first, and whether it is the first of its season.

use super::super::app::App;
use super::super::problem::Answer;
use crate::fire::FirePixel;
use crate::ledger::{self, First};
use crate::store::{Asked, Scope, Shown};
use serde_json::{Value, json};

/// Events that are read at once.
const PAGE: i64 = 200;

/// What saw it first, and how long before the satellites; `null` where it has no detection.
pub fn found(fires: &[FirePixel]) -> Value {
    let found = ledger::found(fires.iter().map(|fire| (fire.sensor.as_str(), fire.time)));
    found.map_or(Value::Null, |found| {
        json!({
            "by": found.by, "name": found.by.name(), "first": found.first, "satellite": found.satellite,
            "before_satellite": found.before_satellite(), "ahead_min": found.ahead_s().map(|seconds| (seconds / 60.0).round()),
        })
    })
}

/// The seasons of which it is the first fire: of the whole site, of its county, of both or of none.
pub async fn first(app: &App, shown: &Shown) -> Answer<Vec<First>> {
    let (event, seasons) = (&shown.stored.event, &app.site.seasons);
    let (Some((season, year)), Some(county)) = (ledger::season_of(event.first_seen, seasons), &event.county) else {
        return Ok(Vec::new());
    };
    let mut firsts = Vec::new();
    if !ledger::counts(event, shown.case.as_ref()) {
        return Ok(firsts);
    }
    for adcode in [None, Some(county.adcode.clone())] {
        if !has_earlier(app, shown, adcode.clone()).await? {
            firsts.push(First {
                event: event.id.clone(),
                at: event.first_seen,
                season: season.to_string(),
                year,
                adcode,
            });
        }
    }
    Ok(firsts)
}

/// Whether another fire of the season that counts was seen earlier.
async fn has_earlier(app: &App, shown: &Shown, county: Option<String>) -> Answer<bool> {
    let event = &shown.stored.event;
    let Some(began) = ledger::season_began(event.first_seen, &app.site.seasons) else { return Ok(false) };
    let mut asked = Asked {
        from: Some(began),
        to: Some(event.first_seen),
        standing: true,
        county,
        limit: PAGE,
        ..Asked::default()
    };
    loop {
        let page = app.store.list_events(&Scope::all(), &asked).await?;
        let is_earlier = |other: &Shown| {
            let (is, case) = (&other.stored.event, other.case.as_ref());
            let order = (is.first_seen, &is.id) < (event.first_seen, &event.id);
            is.id != event.id && order && is.first_seen >= began && ledger::counts(is, case)
        };
        if page.iter().any(is_earlier) {
            return Ok(true);
        }
        if (page.len() as i64) < PAGE {
            return Ok(false);
        }
        asked.offset += PAGE;
    }
}
