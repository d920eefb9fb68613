//! The robot of DingTalk: a Markdown message of at most 20000 bytes, its URL signed.

use super::Verdict;
use crate::deliver::sinks::Secret;
use crate::deliver::sinks::http::hmac_sha256;
use crate::time::Utc;
use base64::Engine;
use serde_json::json;
use std::time::Duration;

/// Of the whole request body.
pub(super) const MOST_BYTES: usize = 20_000;
/// A robot that was called more than twenty times a minute is deaf for ten.
const DEAF: Duration = Duration::from_secs(600);

pub(super) fn body(text: &str) -> String {
    // one line end is a space to its Markdown; two spaces before it make it one
    let text = text.replace('\n', "  \n");
    json!({ "msgtype": "markdown", "markdown": { "title": "疑似火点通报", "text": text } }).to_string()
}

/// Timestamp in milliseconds, and base64 of HMAC-SHA256 of it, a line end and the secret, keyed by the secret.
pub(super) fn signature(secret: &Secret, now: Utc) -> (String, String) {
    let timestamp = now.unix_millis().to_string();
    let message = format!("{timestamp}\n{}", secret.reveal());
    let mac = hmac_sha256(secret.reveal().as_bytes(), message.as_bytes());
    (timestamp, base64::engine::general_purpose::STANDARD.encode(mac))
}

/// 130101: called too often; 460101: too long; all others (310000: signature, keyword or address not allowed) need a person.
pub(super) fn verdict(code: i64) -> Verdict {
    match code {
        130101 => Verdict::Again(Some(DEAF)),
        460101 => Verdict::TooLong,
        _ => Verdict::Refused,
    }
}
