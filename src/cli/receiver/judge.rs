//! Whether a push is what it says: signature, form, key.

use crate::deliver::sinks::Secret;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Why a push is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    NoSignature,
    WrongSignature,
    NoCloudEvent,
    NoKey,
    KeyIsNotId,
    AnotherBody,
}

impl Refusal {
    pub(super) fn name(self) -> &'static str {
        match self {
            Refusal::NoSignature => "no signature",
            Refusal::WrongSignature => "wrong signature",
            Refusal::NoCloudEvent => "no CloudEvent",
            Refusal::NoKey => "no Idempotency-Key",
            Refusal::KeyIsNotId => "Idempotency-Key is not the id",
            Refusal::AnotherBody => "known key with another body",
        }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Refusal::NoSignature | Refusal::WrongSignature => StatusCode::UNAUTHORIZED,
            Refusal::AnotherBody => StatusCode::CONFLICT,
            Refusal::NoCloudEvent | Refusal::NoKey | Refusal::KeyIsNotId => StatusCode::BAD_REQUEST,
        }
    }
}

/// A push that is in order.
pub(super) struct Pushed {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) event: String,
    pub(super) body: Value,
    /// Of the bytes of the body.
    pub(super) hash: [u8; 32],
}

/// The signature is judged first: of what is not signed nothing is read.
pub(super) fn judge(secret: &Secret, headers: &HeaderMap, body: &[u8]) -> Result<Pushed, Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signature = header("x-strawfire-signature").ok_or(Refusal::NoSignature)?;
    if !is_signed(secret, signature, body) {
        return Err(Refusal::WrongSignature);
    }
    let kind = header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/cloudevents+json") {
        return Err(Refusal::NoCloudEvent);
    }
    let event: Value = serde_json::from_slice(body).map_err(|_| Refusal::NoCloudEvent)?;
    let text = |name: &str| event[name].as_str().filter(|text| !text.is_empty()).map(str::to_string);
    let (Some(id), Some(_), Some(kind)) = (text("id"), text("source"), text("type")) else {
        return Err(Refusal::NoCloudEvent);
    };
    if event["specversion"] != "1.0" {
        return Err(Refusal::NoCloudEvent);
    }
    let key = header("idempotency-key").ok_or(Refusal::NoKey)?;
    if key != id {
        return Err(Refusal::KeyIsNotId);
    }
    let event_id = text("subject").unwrap_or_default();
    Ok(Pushed { key: id, kind, event: event_id, hash: hash(body), body: event })
}

/// SHA-256 of a body.
pub(super) fn hash(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// `sha256=` and the HMAC in hexadecimal, compared in constant time.
fn is_signed(secret: &Secret, header: &str, body: &[u8]) -> bool {
    let Some(bytes) = header.strip_prefix("sha256=").and_then(unhex) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { return false };
    mac.update(body);
    mac.verify_slice(&bytes).is_ok()
}

/// Bytes of hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).ok().filter(|two| two.len() == 2)?, 16).ok()).collect()
}
