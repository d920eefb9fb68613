//! What every request needs.

use super::live::Live;
use super::reception::Reception;
use super::route::Route;
use super::settings::WebSettings;
use crate::cases::Clocks;
use crate::site::Site;
use crate::store::{Actor, Store};
use crate::thresholds::Thresholds;
use crate::time::{Clock, Utc};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Semaphore;

/// What every request needs.
pub struct App {
    /// All that is served.
    pub routes: &'static [Route],
    /// The store.
    pub store: Store,
    /// The site.
    pub site: Site,
    /// How it is served.
    pub settings: WebSettings,
    /// How long each step may take.
    pub clocks: Clocks,
    /// Thresholds.
    pub thresholds: Thresholds,
    /// Reads the clock.
    pub clock: Clock,
    /// What the station of this process measures, where there is one.
    pub gauges: Option<std::sync::Arc<crate::station::Gauges>>,
    /// What changed, as it changes.
    pub live: Live,
    /// Seats and cells around a place.
    pub ground: super::ground::Ground,
    /// The cells of the patrol grid.
    pub patrols: super::desk::patrols::KeptGround,
    /// County borders as they are sent.
    pub counties: Vec<Value>,
    /// Passwords are hashed one at a time: each takes 19 MiB.
    pub hashing: Semaphore,
    /// Exports are made one at a time, so that a core is left for those who wait for a list.
    pub exporting: Semaphore,
    /// Parts of photos are put one at a time.
    pub uploading: Semaphore,
    /// Answers to the same question in the same state of the store.
    pub answers: Answers,
    /// Failures of names that nobody has.
    pub strangers: Strangers,
    /// Attempts to sign in, by address.
    pub attempts: Attempts,
    /// Where alarms of other platforms are taken, where the site takes any.
    pub reception: Option<Reception>,
    /// Alarms by source, and those that nobody signed by address.
    pub alarms: Attempts,
    /// Folder of pictures of sightings.
    pub evidence: Option<std::path::PathBuf>,
    /// The ground that cameras see.
    pub viewsheds: Answers,
}

impl App {
    /// The clock.
    pub fn now(&self) -> Utc {
        self.clock.now()
    }

    /// Who acts, for the audit.
    pub fn actor(&self, who: &str, address: &str) -> Actor {
        Actor { who: who.to_string(), origin: format!("web {address}") }
    }
}

/// Rendered answers, each of one state of the store.
#[derive(Default)]
pub struct Answers {
    kept: Mutex<HashMap<String, (i64, axum::body::Bytes)>>,
    turns: [tokio::sync::Mutex<()>; TURNS],
}

/// Questions that are answered at the same time.
const TURNS: usize = 16;

/// Answers kept at most.
const KEPT: usize = 256;

impl Answers {
    /// Waits until nobody else makes the answer to the same question: after a change all ask for it at once.
    pub async fn turn(&self, question: &str) -> tokio::sync::MutexGuard<'_, ()> {
        let which = question.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        self.turns[which % TURNS].lock().await
    }

    /// The answer to a question in this state of the store.
    pub fn get(&self, question: &str, changes: i64) -> Option<axum::body::Bytes> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(question).filter(|(at, _)| *at == changes).map(|(_, answer)| answer.clone())
    }

    /// Keeps an answer.
    pub fn put(&self, question: String, changes: i64, answer: axum::body::Bytes) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|_, (at, _)| *at == changes);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(question, (changes, answer));
    }
}

/// Attempts of an address in a minute.
pub struct Attempts {
    most: u32,
    seen: Mutex<HashMap<String, (i64, u32)>>,
}

/// Attempts of one address in a minute; addresses that are remembered.
const MOST: u32 = 20;
const ADDRESSES: usize = 10_000;

impl Default for Attempts {
    fn default() -> Self {
        Attempts::of(MOST)
    }
}

impl Attempts {
    /// So many a minute.
    pub fn of(most: u32) -> Self {
        Attempts { most, seen: Mutex::default() }
    }

    /// Counts one; `false` where there were too many.
    pub fn may(&self, address: &str, now: Utc) -> bool {
        let minute = now.micros().div_euclid(60_000_000);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= ADDRESSES {
            seen.retain(|_, (at, _)| *at == minute);
        }
        let entry = seen.entry(address.to_string()).or_insert((minute, 0));
        if entry.0 != minute {
            *entry = (minute, 0);
        }
        entry.1 += 1;
        entry.1 <= self.most
    }
}

/// Failures of names that nobody has, so that they wait as others do.
#[derive(Default)]
pub struct Strangers(Mutex<HashMap<String, (i64, Option<Utc>)>>);

impl Strangers {
    /// Until when a name waits.
    pub fn locked_until(&self, name: &str, now: Utc) -> Option<Utc> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(name).and_then(|(_, until)| *until).filter(|until| *until > now)
    }

    /// Notes a failure.
    pub fn note(&self, name: &str, now: Utc) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ADDRESSES {
            known.clear();
        }
        let entry = known.entry(name.to_string()).or_default();
        entry.0 += 1;
        entry.1 = super::sign_in::lock(entry.0, now).or(entry.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_try_so_often_a_minute() {
        let attempts = Attempts::default();
        let at =
            |seconds: f64| Utc::parse("2025-10-20T05:30:00Z").and_then(|t| t.plus_seconds(seconds)).expect("a time");
        assert!((0..MOST).all(|_| attempts.may("a", at(1.0))) && !attempts.may("a", at(2.0)));
        assert!(attempts.may("b", at(2.0)) && attempts.may("a", at(61.0)));
    }

    #[test]
    fn an_answer_is_of_one_state() {
        let answers = Answers::default();
        answers.put("q".into(), 7, "x".into());
        assert_eq!((answers.get("q", 7).as_deref(), answers.get("q", 8)), (Some(&b"x"[..]), None));
    }
}
