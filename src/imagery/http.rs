//! Cameras by HTTP: a stream of JPEGs, a picture that is asked for again and again, or FLV. The content type says which.

use super::flv::Flv;
use super::live::{Camera, Film, Never, PATIENCE, Watch};
use super::login::{Asker, Refusal};
use super::multipart::{Parts, boundary};
use super::{MOST_BYTES, picture};
use crate::http::{no_answer, one_line};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response, Url};
use std::time::{Duration, Instant};

/// A picture is asked for no more often than this, s.
const SHORTEST_S: f64 = 0.2;
/// A whole picture may take so long.
const PICTURE_WITHIN: Duration = Duration::from_secs(60);

/// Looks at a camera until it ends.
pub(super) async fn play(camera: &Camera, url: &Url) -> Result<Never, Refusal> {
    let asker = Asker::new(camera.credentials.clone(), PATIENCE)?;
    let answer = answer(&asker, url).await?;
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("").to_string();
    let lower = kind.to_ascii_lowercase();
    match () {
        () if lower.starts_with("multipart/") => {
            let boundary = boundary(&kind).ok_or_else(|| {
                Refusal::of("found parts without a boundary; expected one in the content type; restart the camera")
            })?;
            jpegs(camera, answer, Parts::new(boundary)).await
        }
        () if lower.starts_with("image/") => pictures(camera, &asker, url, answer).await,
        () if lower.starts_with("video/x-flv") || lower.starts_with("video/flv") => film(camera, answer).await,
        () => Err(Refusal::of(format!(
            "found content of type {:?}; expected multipart/x-mixed-replace, image/jpeg or video/x-flv; mend the path",
            one_line(&kind, 60)
        ))),
    }
}

async fn answer(asker: &Asker, url: &Url) -> Result<Response, Refusal> {
    let slow = |_| {
        Refusal::of(format!(
            "found no answer within {} s; expected a camera; check its power, its network and its port",
            2 * PATIENCE.as_secs()
        ))
    };
    tokio::time::timeout(2 * PATIENCE, asker.ask(Method::GET, url)).await.map_err(slow)?
}

/// The next piece of what is sent.
async fn piece(answer: &mut Response) -> Result<Option<Vec<u8>>, Refusal> {
    let broke = |error| {
        Refusal::of(format!("found that the stream broke: {}; expected pictures; check the network", no_answer(error)))
    };
    Ok(answer.chunk().await.map_err(broke)?.map(|bytes| bytes.to_vec()))
}

/// The next piece of what should not end.
async fn next(answer: &mut Response) -> Result<Vec<u8>, Refusal> {
    let ended =
        || Refusal::of("found that the stream was ended by the camera; expected one without end; it is asked again");
    piece(answer).await?.ok_or_else(ended)
}

/// A picture, again and again.
async fn pictures(camera: &Camera, asker: &Asker, url: &Url, first: Response) -> Result<Never, Refusal> {
    let every = Duration::from_secs_f64(camera.pace.every_s.max(SHORTEST_S));
    let mut current = first;
    let mut due = Instant::now();
    loop {
        let slow = |_| {
            Refusal::of(format!(
                "found a picture that took more than {} s; check the network",
                PICTURE_WITHIN.as_secs()
            ))
        };
        let bytes = tokio::time::timeout(PICTURE_WITHIN, body(current)).await.map_err(slow)??;
        let told = |what| Refusal::of(format!("found {what}; expected a whole JPEG; restart the camera"));
        camera.frame(picture::decode_apart(bytes).await.map_err(told)?);
        due = (due + every).max(Instant::now());
        tokio::time::sleep_until(due.into()).await;
        current = answer(asker, url).await?;
    }
}

/// All of an answer of bounded size.
async fn body(mut answer: Response) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(&mut answer).await? {
        if bytes.len() + piece.len() > MOST_BYTES {
            return Err(Refusal::of(format!(
                "found a picture of more than {} MB; expected a smaller one; set a lower resolution",
                MOST_BYTES >> 20
            )));
        }
        bytes.extend(piece);
    }
    Ok(bytes)
}

/// JPEGs one after the other, of which those that are due are decoded.
async fn jpegs(camera: &Camera, mut answer: Response, mut parts: Parts) -> Result<Never, Refusal> {
    let mut watch = Watch::new(camera.pace);
    let mut due = Instant::now();
    loop {
        let bytes = next(&mut answer).await?;
        let told = |what| Refusal::of(format!("found {what}; expected JPEGs in parts; restart the camera"));
        let newest = parts.add(&bytes).map_err(told)?.pop();
        watch.check("no whole JPEG")?;
        let Some(part) = newest.filter(|_| Instant::now() >= due) else { continue };
        match picture::decode_apart(part).await {
            Ok(image) => {
                due = (due + Duration::from_secs_f64(camera.pace.every_s)).max(Instant::now());
                watch.well();
                camera.frame(image);
            }
            Err(what) => {
                camera.trouble(&format!(
                    "found {what} within the stream; expected whole JPEGs; the others are looked at"
                ));
                watch.said = what;
            }
        }
    }
}

/// FLV.
async fn film(camera: &Camera, mut answer: Response) -> Result<Never, Refusal> {
    let mut flv = Flv::default();
    let mut film: Option<Film<'_>> = None;
    let mut watch = Watch::new(camera.pace);
    loop {
        let bytes = match &mut film {
            None => next(&mut answer).await?,
            Some(film) => tokio::select! {
                bytes = next(&mut answer) => bytes?,
                () = film.decoded() => continue,
            },
        };
        let told = |what| Refusal::of(format!("found {what}; expected FLV with H.264 or H.265; set the platform so"));
        for (codec, unit) in flv.add(&bytes).map_err(told)? {
            watch.well();
            film.get_or_insert_with(|| Film::new(camera, codec)).add(unit)?;
        }
        watch.check("no picture within the FLV")?;
    }
}
