//! 统计: figures of a time, by county, township and day.

use super::super::app::App;
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use crate::error::Error;
use crate::pipeline::figures::{self, Asked, Figures, With};
use crate::time::Utc;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use std::sync::Arc;

/// Days that are asked for at most: a season, and a little more.
const MOST_DAYS: f64 = 124.0;
const BY: [&str; 3] = ["county", "township", "day"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// First and last day, `2025-10-20` in Beijing [the last seven].
    from: Option<String>,
    to: Option<String>,
    /// Code of a county.
    area: Option<String>,
    /// Of what the rows of a CSV are.
    by: Option<String>,
    f: Option<String>,
}

/// Figures within the areas of who asks.
pub async fn figures(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(asking): Query<Asking>,
) -> Answer<Response> {
    let asked = asked(&app, &asks, &asking)?;
    let by = asking.by.as_deref().unwrap_or(BY[0]).to_string();
    if !BY.contains(&by.as_str()) {
        return Err(Problem::query(format!("by：应为 {}", BY.join("、"))));
    }
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    let span = asked.clone();
    let figures = apart(&app, async move |with| figures::figures(with, &span).await).await?;
    match asking.f.as_deref() {
        Some("csv") => {
            super::reports::note(&app, &asks, "figures", "csv").await?;
            csv(&app, &figures, &by)
        }
        None | Some("json") => Ok(Json(figures).into_response()),
        Some(_) => Err(Problem::query("f：应为 json 或 csv")),
    }
}

fn csv(app: &App, figures: &Figures, by: &str) -> Answer<Response> {
    // a spreadsheet takes it for another encoding without the mark
    let text = format!("\u{feff}{}", figures::csv(figures, by)?);
    let name = format!("attachment; filename=\"figures-{by}-{}.csv\"", app.now().compact());
    let head = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()), (header::CONTENT_DISPOSITION, name)];
    Ok((head, text).into_response())
}

fn asked(app: &App, asks: &Principal, asking: &Asking) -> Answer<Asked> {
    let now = app.now();
    let day = |name: &str, text: &Option<String>, default: Utc| match text {
        None => Ok(default),
        Some(text) => Utc::parse(&format!("{text}T00:00:00+08:00"))
            .ok_or_else(|| Problem::query(format!("{name}：应为日期，如 2025-10-20"))),
    };
    let today =
        Utc::parse(&format!("{}T00:00:00+08:00", now.beijing_as("%Y-%m-%d").unwrap_or_default())).unwrap_or(now);
    let to = day("to", &asking.to, today)?;
    let from = day("from", &asking.from, to.plus_seconds(-6.0 * 86_400.0).unwrap_or(to))?;
    let until = to.plus_seconds(86_400.0).unwrap_or(to);
    let days = until.seconds_since(from) / 86_400.0;
    if !(1.0..=MOST_DAYS).contains(&days) {
        return Err(Problem::query(format!("时段应在 1 与 {MOST_DAYS} 天之间")));
    }
    Ok(Asked {
        from,
        until,
        cut_off: now,
        county: county(app, asks, asking.area.as_deref())?,
        scope: asks.scope.clone(),
    })
}

/// The county that is asked for; who sees a part of the site gets its own where none is named.
fn county(app: &App, asks: &Principal, area: Option<&str>) -> Answer<Option<String>> {
    let wanted = area.filter(|code| !code.is_empty() && *code != app.site.city_code());
    match (wanted, &asks.scope.counties) {
        (Some(code), _) if app.site.desk_name(code).is_some() && asks.scope.sees_county(code) => Ok(Some(code.into())),
        (Some(_), _) => Err(Problem::not_found()),
        (None, None) => Ok(None),
        (None, Some(own)) => own.first().cloned().map(Some).ok_or_else(Problem::not_found),
    }
}

/// Does long work with the store in a thread of its own: who waits for a list waits for no report.
pub(super) async fn apart<T: Send + 'static>(
    app: &Arc<App>,
    work: impl AsyncFnOnce(With<'_>) -> crate::error::Result<T> + Send + 'static,
) -> Answer<T> {
    let (app, here) = (Arc::clone(app), tokio::runtime::Handle::current());
    let done = tokio::task::spawn_blocking(move || {
        let with = With { store: &app.store, site: &app.site, thresholds: &app.thresholds, clocks: &app.clocks };
        here.block_on(work(with))
    });
    Ok(done.await.map_err(|error| Error::output("figures", error))??)
}
