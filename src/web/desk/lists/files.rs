//! The files of a list: in the folder of the station where it was taken, and in the store, from which a folder that is gone, or older than what the
//! store has, is made again.

use super::super::sent::sent;
use super::{ACCOUNT, Answer, App, Problem, file_name, template};
use crate::deliver::atomic;
use crate::error::Error;
use crate::ingest::lists::template::Template;
use crate::pipeline::reconcile::answer::{WRITTEN, sha256};
use crate::store::{ORIGINAL_LIST, ReceivedList};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::path::{Path, PathBuf};

/// What may be fetched: name in the folder, its kind.
const FILES: [(&str, &str); 4] = [
    ("reply.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("reply.csv", "text/csv"),
    ("reduction.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (PACKAGE, "application/zip"),
];
const PACKAGE: &str = "reduction.zip";
/// How a list is written, beside it, by the name of a template: it is answered again in the same way.
pub(super) const TEMPLATE: &str = "template.txt";

/// Whether a list of such a name would lie upon a file of ours.
pub(super) fn is_own(name: &str) -> bool {
    FILES.iter().any(|(file, _)| *file == name) || name.starts_with(ORIGINAL_LIST)
}

/// Where the files of a list lie.
pub(super) fn folder(app: &App, hash: &str) -> Answer<PathBuf> {
    let folder = app.site.lists_folder().ok_or_else(|| Problem::conflict("站点未设 station.dir，无处存放清单"))?;
    Ok(folder.join(hash))
}

/// The folder of a list, with its last comparison: one that is not here, or is of an earlier one (the list was compared on another machine, or the
/// store was restored), is made of what the store keeps.
pub(super) async fn put_back(app: &App, list: &ReceivedList) -> Answer<PathBuf> {
    let folder = folder(app, &list.sha256)?;
    if is_latest(app, list, &folder).await? {
        return Ok(folder);
    }
    // who compares has the turn, and new files in the folder before the store has them: they are not written over
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    if is_latest(app, list, &folder).await? {
        return Ok(folder);
    }
    let mut files = app.store.list_files(&list.sha256).await?;
    // last what says that all are there
    files.sort_by_key(|(name, _)| name == ACCOUNT);
    let into = folder.clone();
    let written = tokio::task::spawn_blocking(move || {
        if !files.is_empty() {
            // of the earlier comparison; the store keeps how the list is written, and the package is made again
            for stale in [TEMPLATE, PACKAGE] {
                let _ = std::fs::remove_file(into.join(stale));
            }
        }
        files.iter().try_for_each(|(name, bytes)| atomic::write_bytes(&into.join(name), bytes))
    });
    written.await.map_err(|error| Error::output("lists", error))??;
    Ok(folder)
}

/// Whether a folder holds the last comparison that the store has; what an earlier version compared lies in the folder alone.
async fn is_latest(app: &App, list: &ReceivedList, folder: &Path) -> Answer<bool> {
    let Ok(here) = tokio::fs::read(folder.join(ACCOUNT)).await else { return Ok(false) };
    let kept = app.store.list_file_hash(&list.sha256, ACCOUNT).await?;
    Ok(kept.is_none_or(|kept| kept == sha256(&here)))
}

/// How a list was read; `None` where its files are nowhere, or nobody can say any more.
pub(super) async fn read_by(app: &App, list: &ReceivedList) -> Answer<Option<Template>> {
    if let Some(bytes) = app.store.list_file(&list.sha256, WRITTEN).await? {
        return Ok(std::str::from_utf8(&bytes).ok().and_then(|text| toml::from_str(text).ok()));
    }
    let folder = folder(app, &list.sha256)?;
    let Ok(kept) = tokio::fs::read_to_string(folder.join(TEMPLATE)).await else { return Ok(None) };
    let mut lines = kept.lines();
    let (name, named) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let is_here = !name.is_empty() && folder.join(name).exists() && folder.join(ACCOUNT).exists();
    Ok(template(app, named).ok().filter(|_| is_here))
}

/// The list as it came, and how it is written.
pub(super) async fn kept(app: &App, list: &ReceivedList) -> Answer<(PathBuf, Template)> {
    let folder = put_back(app, list).await?;
    if let Ok(kept) = std::fs::read_to_string(folder.join(TEMPLATE)) {
        let mut lines = kept.lines();
        let (name, named) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        return Ok((folder.join(file_name(name)?), template(app, named)?));
    }
    let original = ["xlsx", "csv"].map(|ending| folder.join(format!("{ORIGINAL_LIST}{ending}")));
    let original = original.into_iter().find(|path| path.exists()).ok_or_else(gone)?;
    Ok((original, Template::read(&folder.join(WRITTEN))?))
}

/// Names of the files that may be fetched.
pub(super) fn there(folder: &Path) -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).filter(|name| folder.join(name).exists()).collect()
}

/// One of them, a part at a time: a package of photos is larger than what should be in memory.
pub(super) async fn send(app: &App, list: &ReceivedList, name: &str) -> Answer<Response> {
    let (name, kind) = FILES.iter().find(|(known, _)| *known == name).ok_or_else(Problem::not_found)?;
    let path = put_back(app, list).await?.join(name);
    let file = tokio::fs::File::open(path).await.map_err(|_| gone())?;
    let bytes = file.metadata().await.map_err(|_| gone())?.len();
    let stem = Path::new(&list.name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let shown = format!(
        "attachment; filename=\"{name}\"; filename*=UTF-8''{}",
        crate::site::percent_encoded(&format!("{stem}-{name}"))
    );
    let headers = [
        (header::CONTENT_TYPE, (*kind).to_string()),
        (header::CONTENT_DISPOSITION, shown),
        (header::CONTENT_LENGTH, bytes.to_string()),
    ];
    Ok((headers, sent(file.into_std().await)).into_response())
}

/// Of a list whose files are nowhere: an earlier version compared it, and its folder was taken away; or a package that was not made again.
pub(super) fn gone() -> Problem {
    Problem::conflict(
        "此文件不在本机，也不在数据库中（由早期版本核对、已移走，或材料包尚未重做）；请重新核对；仍不行时重新上传原清单文件，将重新读取并核对",
    )
}
