//! Lists as CSV, spreadsheet and KML. One is made at a time, in its own thread, so that those who wait for a list wait for no export.

use super::app::App;
use super::asked::{Format, MOST, Query};
use super::gate::Principal;
use super::ogc::Collection;
use super::problem::{Answer, Problem};
use super::table::{self, ROWS, Row};
use crate::deliver::hotspots_csv;
use crate::error::Error;
use crate::fire::FirePixel;
use crate::store::{Asked, Shown};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// An export of a list.
///
/// # Errors
/// Where the collection has none.
pub async fn export(app: &Arc<App>, asks: &Principal, collection: Collection, query: &Query) -> Answer<Response> {
    if !matches!(collection, Collection::Events | Collection::Fires) {
        return Err(Problem::query("此类数据只提供 f=json"));
    }
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    note(app, asks, collection, query).await?;
    let title = format!("{} 疑似火点（线索，未经核实）", app.site.name);
    let format = query.format;
    let bytes = if collection == Collection::Events {
        let events = all_events(app, asks, &query.asked).await?;
        blocking(move || table::write(format, &title, &events.iter().map(Row::of_event).collect::<Vec<_>>())).await?
    } else {
        let fires = all_fires(app, asks, &query.asked).await?;
        blocking(move || match format {
            // the names of FIRMS first, as hotspots.csv has them
            Format::Csv => hotspots_csv::bytes(&fires),
            _ => table::write(format, &title, &fires.iter().map(Row::of_fire).collect::<Vec<_>>()),
        })
        .await?
    };
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        Format::Kml | Format::Json => ("application/vnd.google-earth.kml+xml", "kml"),
    };
    let name = format!("attachment; filename=\"{}-{}.{ending}\"", collection.name(), app.now().compact());
    Ok(([(header::CONTENT_TYPE, kind.to_string()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// Who took which list away is in the audit.
async fn note(app: &App, asks: &Principal, collection: Collection, query: &Query) -> Answer<()> {
    let mut write = app.store.write().await?;
    let detail = json!({ "format": format!("{:?}", query.format), "query": query.rest });
    let actor = app.actor(&asks.doer.who, &asks.address);
    write.audit(app.now(), &actor, "export", collection.name(), &detail).await?;
    write.commit().await?;
    Ok(())
}

async fn all_events(app: &App, asks: &Principal, asked: &Asked) -> Answer<Vec<Shown>> {
    let mut all: Vec<Shown> = Vec::new();
    let mut asked = Asked { limit: MOST, offset: 0, ..asked.clone() };
    while all.len() < ROWS {
        let page = app.store.list_events(&asks.scope, &asked).await?;
        let is_last = (page.len() as i64) < MOST;
        asked.after = page.last().map(|shown| (shown.stored.event.last_seen.micros(), shown.stored.event.id.clone()));
        all.extend(page);
        if is_last {
            break;
        }
    }
    Ok(all)
}

async fn all_fires(app: &App, asks: &Principal, asked: &Asked) -> Answer<Vec<FirePixel>> {
    let mut all: Vec<FirePixel> = Vec::new();
    let mut asked = Asked { limit: MOST, offset: 0, ..asked.clone() };
    while all.len() < ROWS {
        let page = app.store.list_fires(&asks.scope, &asked).await?;
        let is_last = (page.len() as i64) < MOST;
        asked.after = page.last().map(|fire| (fire.time.micros(), fire.id.clone()));
        all.extend(page);
        if is_last {
            break;
        }
    }
    Ok(all)
}

async fn blocking(work: impl FnOnce() -> Result<Vec<u8>, Error> + Send + 'static) -> Answer<Vec<u8>> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| Error::output("export", error))??)
}
