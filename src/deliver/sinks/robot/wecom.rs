//! The robot of WeCom: a Markdown message of at most 4096 bytes of UTF-8.

use super::Verdict;
use serde_json::json;
use std::time::Duration;

/// Of `markdown.content`.
pub(super) const MOST_BYTES: usize = 4096;

pub(super) fn body(text: &str) -> String {
    json!({ "msgtype": "markdown", "markdown": { "content": text } }).to_string()
}

/// 45009: called too often, and it asks for a minute; 40058: a parameter is too long or not valid; all others (93000:
/// the key is not valid or the robot was removed) need a person.
pub(super) fn verdict(code: i64) -> Verdict {
    match code {
        45009 => Verdict::Again(Some(Duration::from_secs(60))),
        40058 => Verdict::TooLong,
        _ => Verdict::Refused,
    }
}
