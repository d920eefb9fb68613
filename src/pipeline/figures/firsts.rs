//! 第一把火 of a time: a season reaches back before it.

use super::{Asked, With};
use crate::error::Result;
use crate::ledger::{First, Lit, counts, first_of_season, season_of};
use crate::site::Seasons;
use crate::store::{self, Scope, Shown};
use crate::time::Utc;

const DAY_S: f64 = 86_400.0;
/// Days that a season has at most.
const LONGEST: usize = 366;

/// The first fires of seasons that were lit in the time; of a county its own, else those of the site and of all counties.
pub(super) async fn firsts(with: With<'_>, asked: &Asked) -> Result<Vec<First>> {
    let seasons = &with.site.seasons;
    if seasons.burning.is_empty() {
        return Ok(Vec::new());
    }
    let events = store::Asked {
        from: Some(begun(asked.from, seasons)),
        to: Some(asked.until),
        limit: i64::MAX,
        ..store::Asked::default()
    };
    let shown: Vec<Shown> = with.store.list_events(&Scope::all(), &events).await?;
    let lit = shown.iter().filter(|shown| shown.stored.open && counts(&shown.stored.event, shown.case.as_ref())).map(
        |shown| {
            let event = &shown.stored.event;
            Lit {
                event: &event.id,
                at: event.first_seen,
                adcode: event.county.as_ref().map_or("", |county| &county.adcode),
            }
        },
    );
    let within = |first: &First| {
        let is_here = asked.county.is_none() || first.adcode == asked.county;
        is_here && first.at >= asked.from && first.at < asked.until
    };
    // of a part of a county no event is told of that is another's
    let is_whole = asked.scope.holds(&[asked.county.as_deref().unwrap_or_default()]);
    Ok(first_of_season(lit, seasons).into_iter().filter(|first| is_whole && within(first)).collect())
}

/// When the season of a moment began, to the day; the moment itself outside of all.
fn begun(at: Utc, seasons: &Seasons) -> Utc {
    let season = season_of(at, seasons);
    let back = |days: usize| at.plus_seconds(-DAY_S * days as f64);
    let same = |at: &Utc| season.is_some() && season_of(*at, seasons) == season;
    (1..=LONGEST).map_while(back).take_while(same).last().unwrap_or(at).plus_seconds(-DAY_S).unwrap_or(at)
}
