//! Lists as CSV, spreadsheet and KML. One is made at a time, in its own thread, so that those who wait for a list wait for no export.

use super::app::App;
use super::asked::{Format, MOST, Query};
use super::gate::Principal;
use super::ogc::Collection;
use super::problem::{Answer, Problem};
use super::table::{self, ROWS, Row};
use super::{features, items};
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
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    note(app, asks, collection, query).await?;
    let title = format!("{} 疑似火点（线索，未经核实）", app.site.name);
    let format = query.format;
    let bytes = if collection == Collection::Events {
        let events = all_events(app, asks, query).await?;
        let codes: std::collections::BTreeSet<String> =
            events.iter().filter_map(|shown| shown.case.as_ref()?.post.clone()).collect();
        let names = app.store.post_names(&codes.into_iter().collect::<Vec<_>>()).await?;
        blocking(move || {
            table::write(
                format,
                &title,
                Row::heads_of_events(),
                &events.iter().map(|shown| Row::of_event(shown, &names)).collect::<Vec<_>>(),
            )
        })
        .await?
    } else if collection == Collection::Fires {
        let fires = all_fires(app, asks, query).await?;
        blocking(move || match format {
            // the names of FIRMS first, as hotspots.csv has them
            Format::Csv => hotspots_csv::bytes(&fires),
            _ => {
                table::write(format, &title, Row::heads_of_fires(), &fires.iter().map(Row::of_fire).collect::<Vec<_>>())
            }
        })
        .await?
    } else if collection == Collection::Sightings {
        let sightings = app.store.list_sightings(&asks.scope, &all(query)).await?;
        let url = app.settings.public_url.clone();
        blocking(move || {
            let found = features::sightings(&sightings)?;
            let rows =
                sightings.iter().zip(&found).map(|(sighting, feature)| Row::of_sighting(sighting, feature, &url));
            table::write(format, &title, Row::heads_of_sightings(), &rows.collect::<Vec<_>>())
        })
        .await?
    } else {
        let found = items::features_of(app, &asks.scope, collection, &all(query)).await?;
        blocking(move || {
            let rows: Vec<Row> = found.iter().map(Row::of_feature).collect();
            table::write(format, &title, rows.first().map(Row::heads).unwrap_or_default(), &rows)
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

/// What is asked for, and as much of it as an export holds.
fn all(query: &Query) -> Asked {
    Asked { limit: if query.is_limited { query.asked.limit } else { ROWS as i64 }, ..query.asked.clone() }
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

async fn all_events(app: &App, asks: &Principal, query: &Query) -> Answer<Vec<Shown>> {
    let mut all: Vec<Shown> = Vec::new();
    let most = if query.is_limited { query.asked.limit as usize } else { ROWS };
    let mut asked = Asked { limit: MOST.min(most as i64), ..query.asked.clone() };
    while all.len() < most {
        let page = app.store.list_events(&asks.scope, &asked).await?;
        let is_last = (page.len() as i64) < asked.limit;
        asked.offset = 0;
        asked.after = page.last().map(|shown| (shown.stored.event.last_seen.micros(), shown.stored.event.id.clone()));
        all.extend(page);
        if is_last {
            break;
        }
    }
    Ok(all)
}

async fn all_fires(app: &App, asks: &Principal, query: &Query) -> Answer<Vec<FirePixel>> {
    let mut all: Vec<FirePixel> = Vec::new();
    let most = if query.is_limited { query.asked.limit as usize } else { ROWS };
    let mut asked = Asked { limit: MOST.min(most as i64), ..query.asked.clone() };
    while all.len() < most {
        let page = app.store.list_fires(&asks.scope, &asked).await?;
        let is_last = (page.len() as i64) < asked.limit;
        asked.offset = 0;
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
