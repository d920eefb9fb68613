//! The evidence of a case as one zip, whole or masked. It is written to the disk and sent from there; what was taken out is in the audit with
//! its hash.

use super::super::app::App;
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use super::desks;
use super::phone_log::Reader;
use super::sent::{sent, unnamed};
use crate::error::Error;
use crate::pipeline::evidence::{Folders, Packed, file_name, gather, hashed, pack};
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `1`: a copy for publishing.
    masked: Option<String>,
}

/// The zip of a case.
pub async fn zip(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(event): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Response> {
    let is_masked = match asked.masked.as_deref() {
        None | Some("" | "0" | "false") => false,
        Some("1" | "true") => true,
        Some(_) => return Err(Problem::query("masked：应为 0 或 1")),
    };
    // one at a time: those who wait for a list wait for no export
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    let material = gather(&app.store, &asks.scope, desks(&asks).as_deref(), &event).await?;
    let mut material = material.ok_or_else(Problem::not_found)?;
    // who reads a caller's name masked in the log takes it masked
    let reader = Reader::of(&app, &asks).await?;
    material.calls = material.calls.into_iter().map(|call| reader.as_read(call)).collect();
    let name = file_name(&material, is_masked);
    let (now, packing) = (app.now(), Arc::clone(&app));
    let folders = Folders { photos: Some(app.settings.photos.clone()), pictures: app.evidence.clone() };
    let packed = tokio::task::spawn_blocking(move || {
        let file = unnamed(&std::env::temp_dir())?;
        let (mut file, packed) = pack(&material, &packing.site, &folders, is_masked, now, file)?;
        let (sha256, bytes) = hashed(&mut file)?;
        Ok::<_, Error>((file, packed, sha256, bytes))
    });
    let (file, Packed { files, missing }, sha256, bytes) =
        packed.await.map_err(|error| Error::output("evidence.zip", error))??;
    let detail =
        json!({ "masked": is_masked, "sha256": sha256, "bytes": bytes, "files": files, "missing": missing.len() });
    let mut write = app.store.write().await?;
    write.audit(now, &app.actor(&asks.doer.who, &asks.address), "evidence packed", &event, &detail).await?;
    write.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (HeaderName::from_static("x-sha256"), sha256),
        (HeaderName::from_static("x-missing"), missing.len().to_string()),
    ];
    Ok((headers, sent(file)).into_response())
}
