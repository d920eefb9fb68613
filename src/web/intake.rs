//! `POST /intake`: alarms of other platforms, signed by who sends them.

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::pipeline::intake::{Became, Refused, Taken};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;

pub use crate::pipeline::intake::MOST_BYTES;

/// Who it is from, and its signature.
pub const SOURCE: &str = "x-strawfire-source";
pub const SIGNATURE: &str = "x-strawfire-signature";
/// A body is waited for so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds after which a sender may come again while too many wait.
const AGAIN_S: u64 = 5;

/// Takes an alarm.
pub async fn take(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Response> {
    let reception = app.reception.as_ref().filter(|reception| reception.has_sources());
    let reception = reception.ok_or_else(|| Problem::absent("本系统未配置告警接入（intake.sources）"))?;
    let named = headers.get(SOURCE).and_then(|name| name.to_str().ok());
    let known = named.and_then(|name| reception.source(name));
    // whoever sends it, so many bodies are in memory at most; and of a source that is not known as much is read as of one that is
    let turn = reception.reading.try_acquire().map_err(|_| Problem::too_many(AGAIN_S))?;
    let body = read(&app, request).await?;
    let Some((source, secret)) = known else {
        return Err(unsigned(&app, &asks));
    };
    if !is_signed(&headers, secret.reveal().as_bytes(), &body) {
        return Err(unsigned(&app, &asks));
    }
    let now = app.now();
    if !app.alarms.may(&format!("source {}", source.name), now) {
        return Err(Problem::too_many(60));
    }
    let text = String::from_utf8(body.into()).map_err(|_| Problem::invalid("body：应为 UTF-8 编码的 JSON 对象"))?;
    let taken = reception.take(text, source, &asks.address, now).await;
    drop(turn);
    match taken {
        None => Err(Problem::too_many(AGAIN_S)),
        Some(Err(Refused::Wrong(wrong))) => Err(Problem::invalid(wrong.in_chinese())),
        Some(Err(Refused::Failed(error))) => Err(error.into()),
        Some(Ok(taken)) => Ok(answer(&taken)),
    }
}

async fn read(app: &Arc<App>, request: Request) -> Answer<Bytes> {
    let read = tokio::time::timeout(PATIENCE, Bytes::from_request(request, app)).await;
    let read = read.map_err(|_| Problem::query("请求内容在 10 秒内未收完"))?;
    read.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(format!("告警过大，最多 {} MiB", MOST_BYTES >> 20)),
        _ => Problem::query("请求内容未收完"),
    })
}

/// `sha256=` and HMAC-SHA256 of the body in hexadecimal; compared in constant time.
fn is_signed(headers: &HeaderMap, secret: &[u8], body: &[u8]) -> bool {
    let sent =
        headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).and_then(|text| text.strip_prefix("sha256="));
    let (Some(sent), Ok(mut mac)) = (sent.and_then(unhex), Hmac::<Sha256>::new_from_slice(secret)) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&sent).is_ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| if let [high, low] = pair { Some((high * 16 + low) as u8) } else { None });
    pairs.collect()
}

/// Which of the two is wrong is not said; who tries again and again waits.
fn unsigned(app: &App, asks: &Principal) -> Problem {
    if !app.alarms.may(&format!("address {}", asks.address), app.now()) {
        return Problem::too_many(60);
    }
    Problem::unsigned("来源（X-Strawfire-Source）或签名（X-Strawfire-Signature）不正确")
}

/// What a sender is told; the same sighting and event however often it asks.
fn answer(taken: &Taken) -> Response {
    let status = if taken.became == Became::Before { StatusCode::OK } else { StatusCode::CREATED };
    let lost = if taken.lost_picture { "；图片未能保存" } else { "" };
    let body: Value = json!({
        "sighting": taken.sighting, "event": taken.event, "new": taken.became != Became::Before,
        "said": format!("{}{lost}", taken.became.spoken()),
    });
    let place = format!("/collections/sightings/items/{}", taken.sighting);
    (status, [(header::LOCATION, place)], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_signature_is_the_published_one() {
        let (key, body) = (b"Jefe", b"what do ya want for nothing?");
        let good = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let with = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(SIGNATURE, text.parse().expect("a value"));
            is_signed(&headers, key, body)
        };
        assert!(with(good) && with(&good.replace("5bdc", "5BDC")) && !is_signed(&HeaderMap::new(), key, body));
        for bad in [&good[..70], &good[7..], "sha256=", "sha256=zz", "sha256=é", &good.replace("3843", "3844")] {
            assert!(!with(bad), "{bad}");
        }
    }
}
