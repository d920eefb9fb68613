//! Pictures and clips of sightings, what cameras showed of an event and pieces of imagery that were cut of it, out of the folder of the station.

use super::app::App;
use super::features;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::error::Error;
use crate::pipeline::evidence::{kept_chips, read, within};
use crate::sighting::Sighting;
use crate::store::CameraLook;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::path::Path as FilePath;
use std::sync::Arc;

/// The picture of a sighting.
pub async fn image(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Response> {
    let sighting = app.store.sighting(&asks.scope, &id).await?.ok_or_else(Problem::not_found)?;
    send(&app, sighting.image.as_deref(), What::Picture).await
}

/// The clip of a sighting.
pub async fn clip(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let sighting = app.store.sighting(&asks.scope, &id).await?.ok_or_else(Problem::not_found)?;
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok()).map(str::to_string);
    send(&app, sighting.image.as_deref(), What::Clip(range)).await
}

/// What a camera showed of an event.
pub async fn look(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((event, camera, time)): Path<(String, String, String)>,
) -> Answer<Response> {
    app.store.event(&asks.scope, &event).await?.ok_or_else(Problem::not_found)?;
    let is_it = |look: &CameraLook| look.camera == camera && look.time.micros().to_string() == time;
    let look = app.store.camera_looks(&event).await?.into_iter().find(is_it).ok_or_else(Problem::not_found)?;
    send(&app, look.image.as_deref(), What::Picture).await
}

/// A piece of imagery that was cut of an event.
pub async fn piece(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((event, name)): Path<(String, String)>,
) -> Answer<Response> {
    app.store.event(&asks.scope, &event).await?.ok_or_else(Problem::not_found)?;
    let kept = app.evidence.as_deref().map(|folder| kept_chips(folder, &event)).unwrap_or_default();
    let chip = kept.into_iter().find(|chip| chip.name == name).ok_or_else(Problem::not_found)?;
    send(&app, Some(&chip.image), What::Picture).await
}

/// The pieces of imagery of an event, each with its address.
pub fn pieces(app: &App, event: &str) -> Vec<Value> {
    let kept = app.evidence.as_deref().map(|folder| kept_chips(folder, event)).unwrap_or_default();
    kept.iter().map(|chip| features::piece(event, chip)).collect()
}

/// Sightings with the addresses of their clips.
///
/// # Errors
/// Where they cannot be made into JSON: a bug.
pub fn with_clips(app: &App, sightings: &[Sighting]) -> Result<Vec<Value>, Error> {
    let mut found = features::sightings(sightings)?;
    for (feature, sighting) in found.iter_mut().zip(sightings) {
        feature["clip"] = clip_of(app, sighting).into();
    }
    Ok(found)
}

fn clip_of(app: &App, sighting: &Sighting) -> Option<String> {
    let path = within(app.evidence.as_deref()?, sighting.image.as_deref()?)?.with_extension("mp4");
    path.is_file().then(|| format!("/sightings/{}/clip", sighting.id))
}

/// What is asked for of a picture's name.
enum What {
    Picture,
    /// The clip beside it, or a part of that: some players want nothing else.
    Clip(Option<String>),
}

async fn send(app: &App, image: Option<&str>, what: What) -> Answer<Response> {
    let image = image.ok_or_else(|| Problem::absent("没有留存图片"))?;
    if image.starts_with("http://") || image.starts_with("https://") {
        return Err(Problem::absent("图片在对方平台上，本系统只留存链接"));
    }
    let elsewhere = || Problem::absent("图片保存在该次运行写入的文件夹中，不在本系统的图片目录内");
    let folder = app.evidence.clone().ok_or_else(elsewhere)?;
    let path = within(&folder, image).ok_or_else(elsewhere)?;
    let (path, gone) = match what {
        What::Picture => (path, "图片已不在"),
        What::Clip(_) => (path.with_extension("mp4"), "没有留存视频片段"),
    };
    let kind = kind(&path).ok_or_else(elsewhere)?;
    let read = tokio::task::spawn_blocking(move || read(&folder, &path)).await;
    let bytes = read.map_err(|error| Error::output("pictures", error))??;
    let bytes = bytes.ok_or_else(|| Problem::absent(gone))?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CACHE_CONTROL, "private, max-age=86400"),
        // a player asks for its clip again, as who is signed in: a sandbox would be somebody else
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
        ),
        (header::ACCEPT_RANGES, if matches!(what, What::Clip(_)) { "bytes" } else { "none" }),
    ];
    let asked = if let What::Clip(Some(range)) = &what { part(range, bytes.len()) } else { None };
    Ok(match asked {
        None => (headers, bytes).into_response(),
        Some((first, last)) => {
            let said = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", bytes.len()))];
            (StatusCode::PARTIAL_CONTENT, headers, said, bytes[first..=last].to_vec()).into_response()
        }
    })
}

/// First and last byte of `bytes=FIRST-`, `bytes=FIRST-LAST` or `bytes=-COUNT` (RFC 9110, 14.1.2); `None` for what is no single part of it: the
/// whole may be sent then.
fn part(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let (first, last) = match (first, last) {
        ("", count) => (length.saturating_sub(count.parse().ok().filter(|count| *count > 0)?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.min(end)),
    };
    (first <= last).then_some((first, last))
}

/// By the ending of its name: nothing else is sent.
fn kind(path: &FilePath) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "jpg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        "webp" => Some("image/webp"),
        "mp4" => Some("video/mp4"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110, 14.1.2: its examples of a length of 10,000.
    #[test]
    fn parts_are_those_of_the_standard() {
        for (range, expected) in [
            ("bytes=0-499", Some((0, 499))),
            ("bytes=500-999", Some((500, 999))),
            ("bytes=-500", Some((9500, 9999))),
            ("bytes=9500-", Some((9500, 9999))),
            ("bytes=9000-20000", Some((9000, 9999))),
            ("bytes=-20000", Some((0, 9999))),
            ("bytes=10000-", None),
            ("bytes=5-4", None),
            ("bytes=-0", None),
            ("bytes=0-0,-1", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(part(range, 10_000), expected, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), None);
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let (inside, outside) = (folder.path().join("evidence"), folder.path().join("secret.jpg"));
        std::fs::create_dir_all(inside.join("20261020")).expect("made");
        std::fs::write(&outside, "secret").expect("written");
        std::fs::write(inside.join("20261020/Sa.jpg"), "picture").expect("written");
        std::os::unix::fs::symlink(&outside, inside.join("link.jpg")).expect("linked");
        for name in ["../secret.jpg", "/etc/passwd", "", "a/../../secret.jpg", "./../secret.jpg", ".."] {
            assert_eq!(within(&inside, name), None, "{name}");
        }
        let got = |name: &str| read(&inside, &within(&inside, name).expect("within")).expect("read");
        assert_eq!(got("20261020/Sa.jpg"), Some(b"picture".to_vec()));
        assert_eq!((got("link.jpg"), got("20261020"), got("absent.jpg")), (None, None, None));
        assert_eq!((kind(&inside.join("a.html")), kind(&inside.join("a"))), (None, None));
    }
}
