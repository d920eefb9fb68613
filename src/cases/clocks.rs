//! When each step of a case is due: pure, by the clocks of the site.

use super::{Action, Case, Status};
use crate::site::{Desk, OfficeHours, StepClock, is_within};
use crate::time::Utc;

/// Steps that somebody waits for, in the order of [`crate::site::STEPS`].
const STEPS: [Action; crate::site::STEPS.len()] = [
    Action::Triage,
    Action::Dispatch,
    Action::Acknowledge,
    Action::Arrive,
    Action::Report,
    Action::Review,
    Action::Close,
];

/// How long each step may take.
#[derive(Debug, Clone, PartialEq)]
pub struct Clocks {
    steps: [StepClock; STEPS.len()],
    office: OfficeHours,
    night: (u32, u32),
}

/// What is waited for, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The step.
    pub step: Action,
    /// Since when it is waited for.
    pub since: Utc,
    /// Until when.
    pub due: Utc,
    /// When it is reminded of; `None`: never.
    pub remind: Option<Utc>,
}

impl Default for Clocks {
    fn default() -> Self {
        Clocks::of(&Desk::default())
    }
}

impl Clocks {
    /// Of a site's desk.
    pub fn of(desk: &Desk) -> Self {
        Clocks { steps: desk.clocks, office: desk.office.clone(), night: desk.night }
    }

    /// When a step is due that counts from a moment.
    pub fn due(&self, step: Action, from: Utc) -> Option<Utc> {
        let clock = self.of_step(step)?;
        let is_night = is_within(from.beijing_minute(), self.night);
        let minutes = if is_night { clock.night_minutes } else { clock.minutes };
        if clock.office { Some(self.office.after(from, minutes)) } else { from.plus_seconds(60.0 * minutes) }
    }

    /// Minutes that a step may take by day; `None` for one that nobody waits for.
    pub fn minutes(&self, step: Action) -> Option<f64> {
        self.of_step(step).map(|clock| clock.minutes)
    }

    /// The deadline of a case that waits for its next step since it changed; `None` where nothing is waited for.
    pub fn deadline(&self, case: &Case) -> Option<Deadline> {
        Some(self.until(case.awaited()?, case.changed, case.due?))
    }

    /// That of an event which nobody has looked at since it was known.
    pub fn untouched(&self, known: Utc) -> Option<Deadline> {
        Some(self.until(Action::Triage, known, self.due(Action::Triage, known)?))
    }

    /// The reminder stands before the end, and is never before the beginning.
    fn until(&self, step: Action, since: Utc, due: Utc) -> Deadline {
        let before = self.of_step(step).map(|clock| clock.remind_min).filter(|minutes| *minutes > 0.0);
        let remind = before.and_then(|minutes| due.plus_seconds(-60.0 * minutes)).filter(|remind| *remind > since);
        Deadline { step, since, due, remind }
    }

    fn of_step(&self, step: Action) -> Option<&StepClock> {
        STEPS.iter().position(|known| *known == step).map(|at| &self.steps[at])
    }
}

impl Case {
    /// The step that somebody waits for; `None` where the case rests or is over.
    pub fn awaited(&self) -> Option<Action> {
        match self.status {
            Status::Triage if self.triaged.is_none() => Some(Action::Triage),
            Status::Triage | Status::Returned => Some(Action::Dispatch),
            Status::Dispatched => Some(Action::Acknowledge),
            Status::Acknowledged => Some(Action::Arrive),
            Status::OnSite => Some(Action::Report),
            Status::Reported => Some(Action::Review),
            Status::Reviewed => Some(Action::Close),
            Status::Suspended | Status::Closed | Status::Excluded => None,
        }
    }

    /// When its next step is due: what a post has to do counts from the dispatch, all else from now.
    pub(super) fn due_next(&self, clocks: &Clocks, now: Utc) -> Option<Utc> {
        let step = self.awaited()?;
        let of_post = matches!(step, Action::Acknowledge | Action::Arrive | Action::Report);
        let given = || self.dispatched.and_then(|given| given.plus_seconds(self.paused_s)).unwrap_or(now);
        clocks.due(step, if of_post { given() } else { now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Utc {
        Utc::parse(&format!("{text}:00+08:00")).expect("a time")
    }

    /// By hand: 签收 within an hour by night and half an hour by day, 办结 within a day of the office.
    #[test]
    fn a_step_has_the_minutes_of_the_hour_in_which_it_begins() {
        let mut desk = Desk::default();
        desk.clocks[2].night_minutes = 60.0;
        let clocks = Clocks::of(&desk);
        for (step, from, due) in [
            (Action::Acknowledge, "2025-10-20T21:59", "2025-10-20T22:29"),
            (Action::Acknowledge, "2025-10-20T22:00", "2025-10-20T23:00"),
            (Action::Acknowledge, "2025-10-21T06:59", "2025-10-21T07:59"),
            (Action::Acknowledge, "2025-10-21T07:00", "2025-10-21T07:30"),
            (Action::Close, "2025-10-24T18:00", "2025-10-27T18:00"),
        ] {
            assert_eq!(clocks.due(step, at(from)), Some(at(due)), "{step:?} from {from}");
        }
        assert_eq!(clocks.due(Action::Reopen, at("2025-10-20T21:59")), None);
    }

    #[test]
    fn a_reminder_is_before_the_end_and_not_before_the_beginning() {
        let clocks = Clocks::default();
        let known = at("2025-10-20T13:30");
        let untouched = clocks.untouched(known).expect("a clock");
        assert_eq!((untouched.due, untouched.remind), (at("2025-10-20T13:45"), Some(at("2025-10-20T13:40"))));
        let late = clocks.until(Action::Report, at("2025-10-20T13:30"), at("2025-10-20T13:50"));
        assert_eq!(late.remind, None, "the reminder would have been ten minutes ago");
    }
}
