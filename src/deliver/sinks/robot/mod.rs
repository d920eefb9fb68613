//! Robots of group chats. They take twenty messages a minute of few bytes: where many events come at once they share a
//! message, each by a shorter text, and none is left out.

mod dingtalk;
mod merge;
mod wecom;

use super::guard::Guard;
use super::{Answer, Letter, Secret, Secrets, Why, client};
use crate::error::{Error, Result};
use crate::site::{Sink as Config, SinkKind};
use crate::time::Utc;
use reqwest::{Client, Url};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Both take twenty messages a minute and count refused ones too. Two are left for clocks that differ and for answers
/// that were lost.
pub(super) const PACE: (u32, Duration) = (18, Duration::from_secs(60));

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flavour {
    Wecom,
    Dingtalk,
}

/// An open robot.
pub(super) struct Robot {
    flavour: Flavour,
    client: Client,
    /// Without the key, which is put in for each request.
    url: Url,
    key: Secret,
    sign: Option<Secret>,
    /// Bytes that a message may have: less than the limit after the robot called one too long.
    room: AtomicUsize,
}

impl std::fmt::Debug for Robot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Robot({:?})", self.flavour)
    }
}

/// What a robot's answer means.
enum Verdict {
    Accepted,
    Again(Option<Duration>),
    TooLong,
    Refused,
}

impl Flavour {
    fn room(self) -> usize {
        match self {
            Flavour::Wecom => wecom::MOST_BYTES,
            Flavour::Dingtalk => dingtalk::MOST_BYTES,
        }
    }

    /// Bytes of a message as its limit counts them.
    fn size(self, text: &str) -> usize {
        match self {
            Flavour::Wecom => text.len(),
            Flavour::Dingtalk => dingtalk::body(text).len(),
        }
    }

    fn body(self, text: &str) -> String {
        match self {
            Flavour::Wecom => wecom::body(text),
            Flavour::Dingtalk => dingtalk::body(text),
        }
    }

    /// Name of the key in the query.
    fn key(self) -> &'static str {
        match self {
            Flavour::Wecom => "key",
            Flavour::Dingtalk => "access_token",
        }
    }
}

impl Robot {
    pub(super) fn open(config: &Config, guard: Guard, own: Secrets) -> Result<Robot> {
        let flavour = if config.kind == SinkKind::Wecom { Flavour::Wecom } else { Flavour::Dingtalk };
        let place = format!("{}.url", config.place);
        let url = guard.url(&config.url, &place, &["http", "https"])?;
        if url.query_pairs().any(|(name, _)| ["key", "access_token", "sign"].contains(&&*name)) {
            let advice = "take it out of the URL and put it where secret_env or secret_file says";
            return Err(Error::config(
                place,
                "a URL that holds the robot's key",
                "the URL up to the question mark",
                advice,
            ));
        }
        let key = own.secret.ok_or_else(|| {
            Error::config(format!("{}.secret_env", config.place), "nothing", "the robot's key", "set it")
        })?;
        let room = AtomicUsize::new(flavour.room());
        Ok(Robot { flavour, client: client::client(config, guard)?, url, key, sign: own.sign, room })
    }

    /// As many as fit, each by its short line at least.
    pub(super) fn fits(&self, letters: &[Letter]) -> usize {
        merge::fits(letters, |text| self.flavour.size(text) <= self.room.load(Ordering::Relaxed))
    }

    /// One request, whatever comes of it: the robot counts each.
    pub(super) async fn send(&self, letters: &[Letter], now: Utc) -> Answer {
        let room = self.room.load(Ordering::Relaxed);
        let text = merge::text(letters, |text| self.flavour.size(text) <= room);
        let request = self
            .client
            .post(self.signed(now))
            .header("Content-Type", "application/json")
            .body(self.flavour.body(&text));
        let reply = match client::ask(request, now).await {
            Ok(reply) => reply,
            Err(said) => return Answer::again(said),
        };
        if !reply.status.is_success() {
            return reply.answer();
        }
        let said = reply.said();
        match self.verdict(&reply.text) {
            Verdict::Accepted => {
                self.room.store(self.flavour.room(), Ordering::Relaxed);
                Answer::Accepted { said }
            }
            Verdict::Again(after) => {
                let why = if after.is_some() { Why::Busy } else { Why::Failed };
                Answer::Again { after, why, said }
            }
            Verdict::TooLong => self.shorter(letters, &text, said),
            Verdict::Refused => Answer::Refused { said },
        }
    }

    fn verdict(&self, text: &str) -> Verdict {
        let code = serde_json::from_str::<Value>(text).ok().and_then(|answer| answer["errcode"].as_i64());
        match (code, self.flavour) {
            // an answer of somebody else, a proxy perhaps
            (None, _) => Verdict::Again(None),
            (Some(0), _) => Verdict::Accepted,
            // both: the system is busy
            (Some(-1), _) => Verdict::Again(None),
            (Some(code), Flavour::Wecom) => wecom::verdict(code),
            (Some(code), Flavour::Dingtalk) => dingtalk::verdict(code),
        }
    }

    /// The robot called a message too long that keeps its limit: fewer events, then shorter ones, go into the next.
    fn shorter(&self, letters: &[Letter], text: &str, said: String) -> Answer {
        let shortest = merge::shortest(letters);
        if letters.len() == 1 && *text == shortest {
            return Answer::Refused { said };
        }
        let size = self.flavour.size(text);
        let least = letters.first().map_or(0, |first| self.flavour.size(&merge::shortest(std::slice::from_ref(first))));
        self.room.store((size / 2).max(least), Ordering::Relaxed);
        Answer::Again { after: Some(Duration::ZERO), why: Why::Busy, said }
    }

    /// The URL with the key and, for DingTalk, the signature of this moment.
    fn signed(&self, now: Utc) -> Url {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair(self.flavour.key(), self.key.reveal());
        if let Some(sign) = &self.sign {
            let (timestamp, signature) = dingtalk::signature(sign, now);
            url.query_pairs_mut().append_pair("timestamp", &timestamp).append_pair("sign", &signature);
        }
        url
    }
}
