//! Somebody else's fire list against our store: each row is known, not seen (and why), there twice, outside, or cannot be read.

pub mod answer;
mod assignment;
pub mod matching;
mod package;
mod reading;
pub mod reply;
mod told;
pub mod unseen;

use super::Settings;
use super::drill::Apart;
use crate::cases::Case;
use crate::error::Result;
use crate::fire::FireEvent;
use crate::ingest::lists::{Row, Said, TheirList, Unread};
use crate::store::{Shown, Store};
use crate::thresholds::ReconcileThresholds;
use crate::time::Utc;
use matching::{Match, Nearness, Theirs, match_rows};
use reading::Known;
use std::collections::BTreeSet;
use unseen::{Around, Cause};

/// What a row is to us.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// An event of ours.
    Known(Ours),
    /// None of ours, and why.
    Unseen(Cause),
    /// The fire of another row: its position in the list, and the event where that is one.
    Repeat(usize, Option<Ours>),
    /// Not in the counties.
    Outside,
    /// It cannot be read.
    Unreadable(Vec<Unread>),
}

impl State {
    /// As programs write it.
    pub fn code(&self) -> &'static str {
        match self {
            State::Known(_) => "known",
            State::Unseen(_) => "unseen",
            State::Repeat(..) => "repeat",
            State::Outside => "outside",
            State::Unreadable(_) => "unreadable",
        }
    }

    /// As a desk reads it.
    pub fn spoken(&self) -> &'static str {
        match self {
            State::Known(_) => "已掌握",
            State::Unseen(_) => "未监测到",
            State::Repeat(..) => "疑似重复",
            State::Outside => "不在辖区",
            State::Unreadable(_) => "无法判读",
        }
    }

    /// The event that it is, where it is one.
    pub fn ours(&self) -> Option<&Ours> {
        match self {
            State::Known(ours) => Some(ours),
            State::Repeat(_, ours) => ours.as_ref(),
            _ => None,
        }
    }
}

/// An event of ours that a row is.
#[derive(Debug, Clone, PartialEq)]
pub struct Ours {
    /// The event.
    pub event: FireEvent,
    /// What was made of it; `None` where nobody did anything.
    pub case: Option<Case>,
    /// From the row to the nearest detection, metres.
    pub distance_m: f64,
    /// From the time of the row to that detection, minutes; negative where we saw it before.
    pub minutes: f64,
    /// Satellite and time of that detection.
    pub seen: (String, Utc),
    /// Distance and time in errors, squared.
    pub squared: f64,
    /// Events that are about as likely.
    pub rivals: Vec<String>,
}

/// What we answer to a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What it is to us.
    pub state: State,
    /// Why, in words.
    pub said: String,
}

/// A list against our store.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciled {
    /// An answer to each row.
    pub answers: Vec<Answer>,
    /// Events of the time that it lacks.
    pub only_ours: Vec<Shown>,
    /// The days of Beijing that its rows are of, from the first moment to the last; `None` where no row can be read.
    pub period: Option<(Utc, Utc)>,
    /// What of a drill was left out; whether all of it is of one.
    pub apart: Apart,
}

/// Compares a list with the store, at a time: a row may be of one that is still to come.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn reconcile(store: &Store, settings: &Settings<'_>, list: &TheirList, now: Utc) -> Result<Reconciled> {
    let t = &settings.thresholds.reconcile;
    let readable: Vec<(usize, &Said)> =
        list.rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.said.as_ref().ok()?))).collect();
    let rows: Vec<Theirs> = readable.iter().map(|(_, said)| theirs(said, t)).collect();
    let known = reading::read(store, settings, &rows).await?;
    let matches = match_rows(&rows, &known.seen, known.events.len(), t);
    let mut answers: Vec<Answer> = list.rows.iter().map(unreadable).collect();
    let judged = Judged { settings, known: &known, rows: &rows, readable: &readable, list, now };
    for (at, found) in matches.iter().enumerate() {
        let answer = judged.answer(at, found);
        answers[readable[at].0] = Answer { said: answer.said + known.apart.mark(), ..answer };
    }
    let period = reading::period(&rows);
    let only_ours = only_ours(store, period, &answers, known.apart.simulated).await?;
    Ok(Reconciled { answers, only_ours, period, apart: known.apart })
}

/// Root mean square of what a list's place is off, with its errors independent.
fn theirs(said: &Said, t: &ReconcileThresholds) -> Theirs {
    // of a place that is anywhere within a square
    let in_pixel_m = said.pixel_m / 6_f64.sqrt();
    Theirs {
        place: said.place,
        error_m: in_pixel_m.hypot(said.rounding_m).hypot(f64::from(t.their_error_m)),
        from: said.from,
        to: said.to,
        satellite: said.satellite.clone(),
    }
}

fn unreadable(row: &Row) -> Answer {
    let unread = row.said.as_ref().err().cloned().unwrap_or_default();
    let told = |unread: &Unread| format!("“{}”为“{}”，应为{}", unread.column, unread.found, unread.expected);
    let said = unread.iter().map(told).collect::<Vec<_>>().join("；");
    Answer { state: State::Unreadable(unread), said }
}

/// Events that began in the days of the list, stand, and are no row of it.
async fn only_ours(
    store: &Store,
    period: Option<(Utc, Utc)>,
    answers: &[Answer],
    simulated: bool,
) -> Result<Vec<Shown>> {
    let Some((from, to)) = period else { return Ok(Vec::new()) };
    let rows: BTreeSet<&str> =
        answers.iter().filter_map(|answer| answer.state.ours()).map(|ours| ours.event.id.as_str()).collect();
    let standing = reading::events(store, (from, to), true, Some(simulated)).await?;
    let is_alone = |shown: &Shown| {
        let event = &shown.stored.event;
        event.first_seen >= from && event.merged_into.is_none() && !rows.contains(event.id.as_str())
    };
    let mut alone: Vec<Shown> = standing.into_iter().filter(is_alone).collect();
    alone.sort_by(|a, b| a.stored.event.id.cmp(&b.stored.event.id));
    Ok(alone)
}

/// All that answers are made of.
struct Judged<'a> {
    settings: &'a Settings<'a>,
    known: &'a Known,
    rows: &'a [Theirs],
    /// Rows that can be read, with their positions in the list.
    readable: &'a [(usize, &'a Said)],
    list: &'a TheirList,
    now: Utc,
}

impl Judged<'_> {
    fn answer(&self, at: usize, found: &Match) -> Answer {
        match found {
            Match::Is(own, rivals) => {
                let ours = self.ours(at, own, rivals);
                let said = told::known(&ours, self.outside(at));
                Answer { state: State::Known(ours), said }
            }
            Match::Repeats(of, own) => {
                let of = self.readable[*of].0;
                let ours = own.as_ref().map(|own| self.ours(at, own, &[]));
                let said = told::repeat(&self.list.rows[of], ours.as_ref());
                Answer { state: State::Repeat(of, ours), said }
            }
            Match::None => match self.settings.county_of(self.rows[at].place) {
                None => Answer { state: State::Outside, said: told::outside(self.readable[at].1, self.settings.site) },
                Some(county) => self.unseen(at, &county.adcode, &county.name),
            },
        }
    }

    fn outside(&self, at: usize) -> bool {
        self.settings.county_of(self.rows[at].place).is_none()
    }

    fn ours(&self, at: usize, own: &Nearness, rivals: &[usize]) -> Ours {
        let (row, seen) = (&self.rows[at], &self.known.seen[own.detection]);
        let event = &self.known.events[own.event];
        let apart_s = matching::seconds_apart(row, seen.time);
        Ours {
            event: event.stored.event.clone(),
            case: event.case.clone(),
            distance_m: row.place.distance_m(seen.place),
            minutes: if seen.time < row.from { -apart_s / 60.0 } else { apart_s / 60.0 },
            seen: (seen.satellite.clone(), seen.time),
            squared: own.squared,
            rivals: rivals.iter().map(|at| self.known.events[*at].stored.event.id.clone()).collect(),
        }
    }

    fn unseen(&self, at: usize, adcode: &str, county: &str) -> Answer {
        let (row, said) = (&self.rows[at], self.readable[at].1);
        let t = &self.settings.thresholds.reconcile;
        let elsewhere = told::elsewhere(said, county);
        if row.from > self.now {
            return Answer { state: State::Unseen(Cause::Ahead), said: told::ahead(row.from, self.now) + &elsewhere };
        }
        if let Some((cause, left)) = self.known.left_near(row, t) {
            return Answer {
                state: State::Unseen(cause),
                said: told::left(left, row.place.distance_m(left.place)) + &elsewhere,
            };
        }
        let reach_s = 60.0 * f64::from(t.time_error_min.max(t.same_look_min));
        let around = Around {
            adcode,
            satellite: &row.satellite,
            from: row.from,
            to: row.to,
            looks: self.known.looks_near(row, reach_s),
            slots: self.known.slots_near(row, reach_s),
        };
        let (cause, said) = unseen::why(&around, t);
        Answer { state: State::Unseen(cause), said: said + &elsewhere }
    }
}
