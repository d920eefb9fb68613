//! Photos of officers: registered first, then the small one, then the original in parts; the phone keeps its own until the server has
//! the whole file and the same SHA-256.

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use super::{events, features, secrets};
use crate::cases::PhotoKind;
use crate::error::Error;
use crate::pipeline::housekeeping::photo_file;
use crate::place::LonLat;
use crate::store::{Photo, Uploaded};
use crate::time::Utc;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io::{Cursor, Seek as _, SeekFrom, Write as _};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

/// Bytes of a small picture, of a part of an original, and of an original, at most.
pub const MOST_SMALL: usize = 512 << 10;
pub const MOST_PART: usize = 1 << 20;
const MOST_ORIGINAL: i64 = 40 << 20;
/// Photos of an event at most.
const MOST_PHOTOS: usize = 60;
/// Pixels along a side of a small picture at most.
const MOST_SIDE: u32 = 4096;
const KINDS: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/heic"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhotoBody {
    id: String,
    sha256: String,
    size: i64,
    mime: String,
    width: Option<u32>,
    height: Option<u32>,
    taken_at: Utc,
    lon: Option<f64>,
    lat: Option<f64>,
    accuracy_m: Option<f64>,
    kind: Option<String>,
}

/// Registers a photo.
pub async fn register(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(event): Path<String>,
    body: String,
) -> Answer<Response> {
    let body: PhotoBody = events::read(&body)?;
    let shown = app.store.event(&asks.scope, &event).await?.ok_or_else(Problem::not_found)?;
    if shown.case.as_ref().is_some_and(crate::cases::Case::is_over) {
        return Err(Problem::conflict("事件已办结，不再登记照片"));
    }
    let is_hex = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hex(&body.id.replace('-', ""), 32) || body.id.len() > 36 {
        return Err(Problem::invalid("id：应为 UUID"));
    }
    if !is_hex(&body.sha256, 64) {
        return Err(Problem::invalid("sha256：应为 64 位十六进制数"));
    }
    if !(1..=MOST_ORIGINAL).contains(&body.size) {
        return Err(Problem::too_large(format!("照片过大或为空：{} 字节，最多 {MOST_ORIGINAL}", body.size)));
    }
    if !KINDS.contains(&body.mime.as_str()) {
        return Err(Problem::type_of_media(format!("不支持的照片格式；支持 {}", KINDS.join(", "))));
    }
    let _ = (body.width, body.height);
    let wrong = || Problem::invalid("kind：应为 far（远景）、near（近景）或 traces（痕迹）");
    let kind = body.kind.as_deref().map(|kind| PhotoKind::of(kind).ok_or_else(wrong)).transpose()?;
    let place = match (body.lon, body.lat) {
        (Some(lon), Some(lat)) => {
            Some(LonLat::new(lon, lat).ok_or_else(|| Problem::invalid("lon, lat：不是地球上的位置"))?)
        }
        _ => None,
    };
    let id = body.id.to_ascii_lowercase();
    let sha256 = body.sha256.to_ascii_lowercase();
    if let Some(known) = app.store.photo(&event, &id).await? {
        let same = (known.sha256.as_str(), known.size) == (sha256.as_str(), body.size);
        return if same {
            Ok(Json(features::photo(&known)).into_response())
        } else {
            Err(Problem::conflict("此编号已用于另一张照片"))
        };
    }
    if app.store.has_photo(&id).await? {
        return Err(Problem::conflict("此编号已用于另一张照片"));
    }
    if app.store.photos_of(&event).await?.len() >= MOST_PHOTOS {
        return Err(Problem::invalid(format!("此事件已有 {MOST_PHOTOS} 张照片")));
    }
    let now = app.now();
    let photo = Photo {
        id,
        event,
        who: asks.doer.who.clone(),
        kind,
        mime: body.mime,
        size: body.size,
        sha256,
        // a phone's clock may be wrong: no photo is of a time to come, and what stands there then is said to be the server's time
        taken: body.taken_at.min(now),
        place,
        accuracy_m: body.accuracy_m.filter(|accuracy| accuracy.is_finite() && *accuracy >= 0.0),
        received: 0,
        complete: false,
        small: false,
        made: now,
    };
    let mut write = app.store.write().await?;
    write.add_photo(&photo, now, &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, Json(features::photo(&photo))).into_response())
}

async fn known(app: &App, asks: &Principal, event: &str, photo: &str) -> Answer<Photo> {
    app.store.event(&asks.scope, event).await?.ok_or_else(Problem::not_found)?;
    app.store.photo(event, photo).await?.ok_or_else(Problem::not_found)
}

/// The same for who registered it: nobody sends somebody else's photo.
async fn own(app: &App, asks: &Principal, event: &str, photo: &str) -> Answer<Photo> {
    let photo = known(app, asks, event, photo).await?;
    if photo.who == asks.doer.who { Ok(photo) } else { Err(Problem::forbidden("只有登记照片的人可以上传")) }
}

/// A photo's state.
pub async fn state(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((event, photo)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    Ok(Json(features::photo(&known(&app, &asks, &event, &photo).await?)))
}

/// Takes the small picture.
pub async fn put_small(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((event, photo)): Path<(String, String)>,
    body: Bytes,
) -> Answer<Json<Value>> {
    // one at a time: of two that come at once the second one finds the first
    let _turn = app.uploading.acquire().await.map_err(|_| Problem::too_many(5))?;
    let photo = own(&app, &asks, &event, &photo).await?;
    if photo.small {
        // evidence is not written over
        return Ok(Json(features::photo(&photo)));
    }
    let path = files(&app, &photo).small;
    let sha256 = secrets::hex(&Sha256::digest(&body));
    let checked = blocking(move || {
        if let Err(why) = small_picture(&body) {
            return Ok(Err(why));
        }
        keep(&path, &body).map(Ok)
    })
    .await?;
    checked.map_err(Problem::invalid)?;
    note(&app, &asks, &photo, Uploaded::Small { sha256 }).await
}

/// Whether bytes are a JPEG of a sane size: the head says how large it is before anything is unpacked.
fn small_picture(bytes: &[u8]) -> Result<(), String> {
    let mut reader = image::ImageReader::with_format(Cursor::new(bytes), image::ImageFormat::Jpeg);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(64 << 20);
    reader.limits(limits);
    match reader.decode() {
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::info!("a small photo that is no JPEG: {error}");
            Err(format!("不是可用的 JPEG 照片：文件不完整或已损坏，或边长超过 {MOST_SIDE} 像素"))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offset {
    offset: i64,
}

/// Takes a part of the original.
pub async fn put_original(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((event, photo)): Path<(String, String)>,
    Query(Offset { offset }): Query<Offset>,
    body: Bytes,
) -> Answer<Response> {
    // parts are put one at a time: one that comes late must not cut off what came after it
    let _turn = app.uploading.acquire().await.map_err(|_| Problem::too_many(5))?;
    let photo = own(&app, &asks, &event, &photo).await?;
    let end = offset.saturating_add(body.len() as i64);
    if photo.complete {
        return Ok(Json(features::photo(&photo)).into_response());
    }
    if offset != photo.received || end > photo.size || body.is_empty() {
        return Ok((StatusCode::CONFLICT, Json(features::photo(&photo))).into_response());
    }
    let (files, is_last, expected) = (files(&app, &photo), end == photo.size, photo.sha256.clone());
    let whole = blocking(move || {
        append(&files.part, offset, &body)?;
        if !is_last {
            return Ok(None);
        }
        let found = sha256_of(&files.part)?;
        if found != expected {
            return Ok(Some(false));
        }
        std::fs::rename(&files.part, &files.original).map_err(|error| Error::output(&files.original, error))?;
        sync(&files.original);
        Ok(Some(true))
    })
    .await?;
    match whole {
        None => Ok(note(&app, &asks, &photo, Uploaded::Part(end)).await?.into_response()),
        Some(true) => Ok(note(&app, &asks, &photo, Uploaded::Complete).await?.into_response()),
        Some(false) => {
            let _ = note(&app, &asks, &photo, Uploaded::Part(0)).await?;
            Err(Problem::invalid("收到的照片与手机上的不一致，请重新发送"))
        }
    }
}

async fn note(app: &App, asks: &Principal, photo: &Photo, what: Uploaded) -> Answer<Json<Value>> {
    let mut write = app.store.write().await?;
    write.note_uploaded(photo, what, app.now(), &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    let photo = app.store.photo(&photo.event, &photo.id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(features::photo(&photo)))
}

/// The small picture.
pub async fn small(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((event, photo)): Path<(String, String)>,
) -> Answer<Response> {
    let photo = known(&app, &asks, &event, &photo).await?;
    if !photo.small {
        return Err(Problem::not_found());
    }
    send(files(&app, &photo).small, "image/jpeg", "inline").await
}

/// The original; it is saved and never shown by a browser: what it is nobody has looked at.
pub async fn original(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((event, photo)): Path<(String, String)>,
) -> Answer<Response> {
    let photo = known(&app, &asks, &event, &photo).await?;
    if !photo.complete {
        return Err(Problem::not_found());
    }
    let kind = KINDS.into_iter().find(|kind| *kind == photo.mime).unwrap_or("application/octet-stream");
    send(files(&app, &photo).original, kind, "attachment").await
}

async fn send(path: PathBuf, kind: &'static str, shown: &'static str) -> Answer<Response> {
    let bytes = blocking(move || std::fs::read(&path).map_err(|error| Error::read(&path, error))).await?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, shown),
        (header::CACHE_CONTROL, "private, max-age=86400, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((headers, bytes).into_response())
}

struct Files {
    small: PathBuf,
    part: PathBuf,
    original: PathBuf,
}

/// Where the bytes of a photo lie.
fn files(app: &App, photo: &Photo) -> Files {
    let named = |ending: &str| photo_file(&app.settings.photos, photo, ending);
    Files { small: named(".small.jpg"), part: named(".part"), original: named(".original") }
}

fn keep(path: &FilePath, bytes: &[u8]) -> Result<(), Error> {
    make_folder(path)?;
    crate::deliver::atomic::write(path, |out| out.write_all(bytes))
}

fn append(path: &FilePath, offset: i64, bytes: &[u8]) -> Result<(), Error> {
    make_folder(path)?;
    let write = || {
        let mut file = std::fs::File::options().create(true).truncate(false).write(true).open(path)?;
        // what a part that was not noted left behind is written over
        file.set_len(offset as u64)?;
        file.seek(SeekFrom::Start(offset as u64))?;
        file.write_all(bytes)?;
        file.sync_data()
    };
    write().map_err(|error| Error::output(path, error))
}

fn make_folder(path: &FilePath) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(FilePath::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))
}

fn sync(path: &FilePath) {
    crate::deliver::atomic::sync_folder(path.parent().unwrap_or(FilePath::new(".")));
}

fn sha256_of(path: &FilePath) -> Result<String, Error> {
    let mut hash = Sha256::new();
    let read = std::fs::File::open(path).and_then(|mut file| std::io::copy(&mut file, &mut hash));
    read.map_err(|error| Error::read(path, error))?;
    Ok(secrets::hex(&hash.finalize()))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Answer<T> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| Error::output("photos", error))??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_refused_by_its_head() {
        let mut bytes = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
        image::DynamicImage::new_rgb8(64, 48).write_with_encoder(encoder).expect("a JPEG");
        assert_eq!(small_picture(&bytes), Ok(()));
        // the frame's head (SOF0) has height and width in its sixth to ninth byte (ITU T.81, B.2.2)
        let head = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame");
        bytes[head + 5..head + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
        assert!(small_picture(&bytes).is_err());
        assert!(small_picture(b"GIF89a").is_err() && small_picture(b"").is_err());
    }
}
