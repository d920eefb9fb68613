//! The clocks of cases, from their steps: how long each took, and which deadlines were beaten.

use crate::cases::{Action, Clocks, Deadline, Status};
use crate::store::{Step, Waited};
use crate::time::Utc;
use serde::Serialize;
use std::collections::BTreeMap;

/// A clock of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Known to 研判.
    Triage,
    /// 研判, or 退回, to 派单.
    Dispatch,
    /// 派单 to 签收.
    Acknowledge,
    /// 派单 to 到场.
    Arrive,
    /// 派单 to 反馈.
    Report,
    /// 反馈 to 审核.
    Review,
    /// 审核 to 办结.
    Close,
}

impl Clock {
    /// All, in the order of a life.
    pub const ALL: [Clock; 7] =
        [Clock::Triage, Clock::Dispatch, Clock::Acknowledge, Clock::Arrive, Clock::Report, Clock::Review, Clock::Close];

    /// As tables have it.
    pub fn name(self) -> &'static str {
        match self {
            Clock::Triage => "入库至研判",
            Clock::Dispatch => "研判至派单",
            Clock::Acknowledge => "派单至签收",
            Clock::Arrive => "派单至到场",
            Clock::Report => "派单至反馈",
            Clock::Review => "反馈至审核",
            Clock::Close => "审核至办结",
        }
    }

    /// The step that ends it.
    fn step(self) -> Action {
        match self {
            Clock::Triage => Action::Triage,
            Clock::Dispatch => Action::Dispatch,
            Clock::Acknowledge => Action::Acknowledge,
            Clock::Arrive => Action::Arrive,
            Clock::Report => Action::Report,
            Clock::Review => Action::Review,
            Clock::Close => Action::Close,
        }
    }
}

/// What a clock says of many cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClockFigure {
    /// Which.
    pub clock: Clock,
    /// As tables have it.
    pub name: &'static str,
    /// Minutes that it may take by day, as the site has it.
    pub limit_min: Option<f64>,
    /// How often it came to its end.
    pub done: usize,
    /// Minutes, the middle.
    pub median_min: Option<f64>,
    /// Minutes that nine in ten do not exceed.
    pub p90_min: Option<f64>,
    /// Done in time.
    pub in_time: usize,
    /// Done, and late.
    pub late: usize,
    /// Not done by the cut-off, and late.
    pub waiting_late: usize,
    /// Share of what was due that was done in time; `None` where nothing was due.
    pub in_time_share: Option<f64>,
}

/// A step keeps when it was said in whole seconds, the desk's clock in smaller ones.
const SAME_S: f64 = 1.0;

/// A clock that runs.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Waiting {
    since: Utc,
    /// Until when; `None` where the site sets no time.
    due: Option<Utc>,
    /// Seconds for which the case was suspended since: they are nobody's.
    paused_s: f64,
}

/// A clock that came to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Done {
    clock: Clock,
    minutes: f64,
    late: bool,
}

/// What the steps of one case say. Every round counts, for each has its own deadline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run<'a> {
    done: Vec<Done>,
    waiting: BTreeMap<Clock, Waiting>,
    /// What waited when it was suspended, and when that was.
    rests: Option<(Utc, BTreeMap<Clock, Waiting>)>,
    post: String,
    judged: bool,
    clocks: &'a Clocks,
    /// What the desk itself waited for; it is right where the times of the site were others then.
    waited: &'a [Waited],
}

impl<'a> Run<'a> {
    /// Of a case that was known since a time, with what the desk waited for.
    pub(super) fn of(known: Utc, steps: &[Step], waited: &'a [Waited], clocks: &'a Clocks) -> Run<'a> {
        let mut run = Run {
            done: Vec::new(),
            waiting: BTreeMap::new(),
            rests: None,
            post: String::new(),
            judged: false,
            clocks,
            waited,
        };
        run.begin(&[Clock::Triage], known);
        steps.iter().for_each(|step| run.step(step));
        // of what still runs the desk has the time, where it waits for it; what it waited for in later rounds is another thing
        let last = steps.last().map(|step| step.at);
        for (clock, waiting) in &mut run.waiting {
            let is_row = |row: &&Waited| {
                let Deadline { step, since, .. } = row.awaited.deadline;
                let begun = *clock == Clock::Triage || since >= waiting.since;
                step == clock.step() && begun && last.is_none_or(|last| since <= last)
            };
            waiting.due = waited.iter().rfind(is_row).map(|row| row.awaited.deadline.due).or(waiting.due);
        }
        run
    }

    /// What was long over when it became known (a list of last year) has no clock at the desk: nobody is late with it.
    pub(super) fn without_clock(mut self) -> Run<'a> {
        self.waiting.clear();
        self
    }

    fn begin(&mut self, clocks: &[Clock], since: Utc) {
        let of = |clock: Clock| Waiting { since, due: self.clocks.due(clock.step(), since), paused_s: 0.0 };
        self.waiting = clocks.iter().map(|clock| (*clock, of(*clock))).collect();
    }

    fn step(&mut self, step: &Step) {
        use Clock::{Acknowledge, Arrive, Close, Dispatch, Report, Review, Triage};
        const OF_POST: [Clock; 3] = [Acknowledge, Arrive, Report];
        let to = Status::of(&step.to);
        let detail: serde_json::Value = serde_json::from_str(&step.detail).unwrap_or_default();
        // what an officer said without a signal was done when it was said
        let said = detail["said_at"].as_str().and_then(Utc::parse).unwrap_or(step.at).min(step.at);
        match Action::of(&step.action) {
            Some(Action::Triage) => {
                self.end(Triage, step, said);
                match to {
                    Some(Status::Excluded) => self.waiting.clear(),
                    _ if !self.waiting.contains_key(&Dispatch) => self.begin(&[Dispatch], step.at),
                    _ => {}
                }
                self.judged |= to != Some(Status::Excluded);
            }
            Some(Action::Dispatch) => {
                // given without a judgement before: it is judged by that
                self.end(Triage, step, said);
                self.end(Dispatch, step, said);
                let post = detail["post"].as_str().unwrap_or_default();
                // the post that has it gains no time by being told again
                let again = post == self.post && Status::of(&step.from).is_some_and(Status::is_with_post);
                let left = self.waiting.get(&Report).copied().filter(|_| again);
                self.begin(&OF_POST, step.at);
                if let Some(left) = left {
                    for (clock, waiting) in &mut self.waiting {
                        let own = left.since.plus_seconds(left.paused_s).unwrap_or(left.since);
                        *waiting = Waiting { due: self.clocks.due(clock.step(), own), ..left };
                    }
                }
                (self.post, self.judged) = (post.to_string(), true);
            }
            Some(Action::Acknowledge) => self.end(Acknowledge, step, said),
            Some(Action::Arrive) => {
                self.waiting.remove(&Acknowledge);
                self.end(Arrive, step, said);
            }
            Some(Action::Report) => {
                self.end(Report, step, said);
                self.begin(&[Review], step.at);
            }
            Some(Action::Review) => {
                self.end(Review, step, said);
                // refused, it goes to the post again
                let refused = to == Some(Status::Dispatched);
                self.begin(if refused { &OF_POST } else { &[Close] }, step.at);
            }
            Some(Action::Close) => {
                self.end(Close, step, said);
                self.waiting.clear();
            }
            Some(Action::Return) => self.begin(&[Dispatch], step.at),
            Some(Action::Suspend) => self.rests = Some((step.at, std::mem::take(&mut self.waiting))),
            Some(Action::Reopen) => {
                // an exclusion that is taken back is judged anew, whatever was said before it
                self.judged &= Status::of(&step.from) != Some(Status::Excluded);
                self.go_on(step.at);
            }
            None => {}
        }
    }

    /// Nobody gains or loses time by a suspension; what was over begins anew, and is judged again only where it never was.
    fn go_on(&mut self, at: Utc) {
        let Some((since, waiting)) = self.rests.take() else {
            return self.begin(&[if self.judged { Clock::Dispatch } else { Clock::Triage }], at);
        };
        let away = at.seconds_since(since).max(0.0);
        let later = |waiting: Waiting| Waiting {
            paused_s: waiting.paused_s + away,
            // what was late then is late still
            due: waiting.due.and_then(|due| if due > since { due.plus_seconds(away) } else { Some(due) }),
            ..waiting
        };
        self.waiting = waiting.into_iter().map(|(clock, waiting)| (clock, later(waiting))).collect();
    }

    fn end(&mut self, clock: Clock, step: &Step, said: Utc) {
        let Some(waiting) = self.waiting.remove(&clock) else { return };
        let at = said.max(waiting.since);
        let is_row = |row: &&Waited| {
            row.awaited.deadline.step == clock.step()
                && row.over.as_deref() == Some(step.action.as_str())
                && row.done.is_some_and(|done| done.seconds_since(said.max(row.awaited.deadline.since)).abs() < SAME_S)
        };
        let due = self.waited.iter().find(is_row).map(|row| row.awaited.deadline.due).or(waiting.due);
        let minutes = ((at.seconds_since(waiting.since) - waiting.paused_s) / 60.0).max(0.0);
        self.done.push(Done { clock, minutes, late: due.is_some_and(|due| at > due) });
    }
}

/// The clocks of some cases at the cut-off.
pub(super) fn figures<'a>(
    runs: impl Iterator<Item = &'a Run<'a>> + Clone,
    clocks: &Clocks,
    cut_off: Utc,
) -> Vec<ClockFigure> {
    let of = |clock: Clock| {
        let done: Vec<&Done> = runs.clone().flat_map(|run| &run.done).filter(|done| done.clock == clock).collect();
        let mut minutes: Vec<f64> = done.iter().map(|done| done.minutes).collect();
        minutes.sort_by(f64::total_cmp);
        let late = done.iter().filter(|done| done.late).count();
        let waiting = runs.clone().filter_map(|run| run.waiting.get(&clock));
        let waiting_late = waiting.filter(|waiting| waiting.due.is_some_and(|due| cut_off > due)).count();
        let (in_time, due) = (done.len() - late, done.len() + waiting_late);
        ClockFigure {
            clock,
            name: clock.name(),
            limit_min: clocks.minutes(clock.step()),
            done: done.len(),
            median_min: median(&minutes),
            p90_min: nine_tenths(&minutes),
            in_time,
            late,
            waiting_late,
            in_time_share: (due > 0).then(|| in_time as f64 / due as f64),
        }
    };
    Clock::ALL.into_iter().map(of).collect()
}

/// The middle one of sorted values, or the mean of the two in the middle.
pub fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some(upper.midpoint(sorted[middle - 1])) }
}

/// The smallest of sorted values that nine in ten do not exceed.
pub fn nine_tenths(sorted: &[f64]) -> Option<f64> {
    // in whole numbers: 0.9 times 10 is a little more than 9 in floating ones
    (9 * sorted.len()).div_ceil(10).checked_sub(1).and_then(|at| sorted.get(at)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Utc {
        Utc::parse("2025-10-20T06:00:00Z").and_then(|at| at.plus_seconds(60.0 * minute as f64)).expect("a time")
    }

    fn step(minute: i64, action: Action, to: Status) -> Step {
        let of = |text: &str| text.to_string();
        let [who, role, from, note, detail] = ["a", "city", "", "", ""].map(of);
        Step { at: at(minute), who, role, action: of(action.code()), from, to: of(to.code()), note, detail }
    }

    /// By hand: of 1 to 10 the middle is 5.5 and nine do not exceed 9; of one it is itself.
    #[test]
    fn the_middle_and_the_ninth_tenth() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!((median(&ten), nine_tenths(&ten)), (Some(5.5), Some(9.0)));
        assert_eq!((median(&ten[..3]), nine_tenths(&ten[..3])), (Some(2.0), Some(3.0)));
        assert_eq!((median(&[]), nine_tenths(&[]), median(&[4.0])), (None, None, Some(4.0)));
    }

    /// By hand, minutes after it was known, by day, with the usual clocks (15, 15, 30, 60, 120 and 1440 minutes): dispatched 10, returned 20,
    /// dispatched anew 30, acknowledged 70 (10 late), reported 100 without an arrival, refused 110, reported again 300 (70 late), and then
    /// nobody reviews it within a day.
    #[test]
    fn every_round_has_its_deadline() {
        use Action::{Acknowledge, Dispatch, Report, Return, Review};
        use Status::{Acknowledged, Dispatched, Reported, Returned};
        let steps = [
            (10, Dispatch, Dispatched),
            (20, Return, Returned),
            (30, Dispatch, Dispatched),
            (70, Acknowledge, Acknowledged),
            (100, Report, Reported),
            (110, Review, Dispatched),
            (300, Report, Reported),
        ];
        let steps: Vec<Step> = steps.into_iter().map(|(minute, action, to)| step(minute, action, to)).collect();
        let clocks = Clocks::default();
        let run = Run::of(at(0), &steps, &[], &clocks);
        let of = |clock: Clock, cut_off: Utc| {
            let figures = figures(std::iter::once(&run), &clocks, cut_off);
            let figure = figures.into_iter().find(|figure| figure.clock == clock).expect("there");
            (figure.done, figure.median_min, figure.in_time, figure.late, figure.waiting_late)
        };
        let later = at(300 + 1441);
        assert_eq!(of(Clock::Triage, later), (1, Some(10.0), 1, 0, 0));
        assert_eq!(of(Clock::Dispatch, later), (1, Some(10.0), 1, 0, 0), "of the return");
        assert_eq!(of(Clock::Acknowledge, later), (1, Some(40.0), 0, 1, 0));
        assert_eq!(of(Clock::Report, later), (2, Some(130.0), 1, 1, 0));
        assert_eq!(of(Clock::Review, later), (1, Some(10.0), 1, 0, 1));
        assert_eq!(of(Clock::Review, at(400)), (1, Some(10.0), 1, 0, 0));
        // of the steps up to the second dispatch three are late in three hours; of nothing at all the judgement is
        let late = |steps: &[Step]| {
            let run = Run::of(at(0), steps, &[], &clocks);
            let figures = figures(std::iter::once(&run), &clocks, at(180));
            figures.iter().map(|figure| figure.waiting_late).collect::<Vec<_>>()
        };
        assert_eq!(late(&steps[..3]), [0, 0, 1, 1, 1, 0, 0]);
        assert_eq!(late(&[]), [1, 0, 0, 0, 0, 0, 0]);
    }

    fn one(run: &Run<'_>, clock: Clock, cut_off: Utc) -> (usize, Option<f64>, usize, usize, usize) {
        let figures = figures(std::iter::once(run), run.clocks, cut_off);
        let figure = figures.into_iter().find(|figure| figure.clock == clock).expect("there");
        (figure.done, figure.median_min, figure.in_time, figure.late, figure.waiting_late)
    }

    /// By hand: dispatched at 10, suspended from 20 to 200, reported at 250: 240 minutes went by, 60 of them its own, and 120 are allowed. It is
    /// judged once, though it is closed, reopened and given again.
    #[test]
    fn a_suspension_is_nobodys_and_a_second_life_is_not_judged_again() {
        use Action::{Close, Dispatch, Reopen, Report, Review, Suspend};
        use Status::{Closed, Dispatched, Reported, Reviewed, Suspended, Triage};
        let steps = [
            (10, Dispatch, Dispatched),
            (20, Suspend, Suspended),
            (200, Reopen, Dispatched),
            (250, Report, Reported),
            (260, Review, Reviewed),
            (270, Close, Closed),
            (300, Reopen, Triage),
            (310, Dispatch, Dispatched),
        ];
        let steps: Vec<Step> = steps.into_iter().map(|(minute, action, to)| step(minute, action, to)).collect();
        let clocks = Clocks::default();
        let run = Run::of(at(0), &steps, &[], &clocks);
        let later = at(311);
        assert_eq!(one(&run, Clock::Report, later), (1, Some(60.0), 1, 0, 0));
        assert_eq!(one(&run, Clock::Triage, later), (1, Some(10.0), 1, 0, 0));
        assert_eq!(one(&run, Clock::Dispatch, later), (1, Some(10.0), 1, 0, 0), "after the second beginning");
        let suspended = Run::of(at(0), &steps[..2], &[], &clocks);
        assert_eq!(one(&suspended, Clock::Acknowledge, at(9999)), (0, None, 0, 0, 0), "nobody's time runs");
    }

    /// By hand: judged after 5 minutes, excluded on second thoughts at 10, reopened at 20 and judged again at 50: 30 minutes, and 15 are allowed.
    #[test]
    fn a_reopened_exclusion_is_judged_again() {
        let mut reopened = step(20, Action::Reopen, Status::Triage);
        reopened.from = Status::Excluded.code().to_string();
        let steps = [
            step(5, Action::Triage, Status::Triage),
            step(10, Action::Triage, Status::Excluded),
            reopened,
            step(50, Action::Triage, Status::Triage),
        ];
        let clocks = Clocks::default();
        let run = Run::of(at(0), &steps[..3], &[], &clocks);
        assert_eq!(one(&run, Clock::Triage, at(40)), (1, Some(5.0), 1, 0, 1), "it waits, and is late");
        let run = Run::of(at(0), &steps, &[], &clocks);
        assert_eq!(one(&run, Clock::Triage, at(51)), (2, Some(17.5), 1, 1, 0));
    }

    /// Given to the same post again at 40 it is due as before: at 130 it is 120 minutes since 10, and one later.
    #[test]
    fn a_post_gains_no_time_by_being_told_again() {
        let of_post = |mut step: Step| {
            step.detail = r#"{"action":"dispatch","post":"HZ-01"}"#.to_string();
            step
        };
        let mut again = of_post(step(40, Action::Dispatch, Status::Dispatched));
        again.from = Status::Dispatched.code().to_string();
        let steps = [
            of_post(step(10, Action::Dispatch, Status::Dispatched)),
            again,
            step(131, Action::Report, Status::Reported),
        ];
        let clocks = Clocks::default();
        let run = Run::of(at(0), &steps, &[], &clocks);
        assert_eq!(one(&run, Clock::Report, at(140)), (1, Some(121.0), 0, 1, 0));
    }

    /// Said at 100 and sent at 200 for want of a signal: it was in time by the time at which it was said.
    #[test]
    fn what_was_said_without_a_signal_was_done_when_it_was_said() {
        let mut report = step(200, Action::Report, Status::Reported);
        report.detail = format!(r#"{{"said_at":"{}"}}"#, at(100).rfc3339());
        let steps = [step(10, Action::Dispatch, Status::Dispatched), report];
        let clocks = Clocks::default();
        let run = Run::of(at(0), &steps, &[], &clocks);
        assert_eq!(one(&run, Clock::Report, at(210)), (1, Some(90.0), 1, 0, 0));
    }

    /// The desk gave 30 minutes then, the site gives 120 today: what was due then counts, of what is done and of what waits.
    #[test]
    fn the_time_that_the_desk_gave_counts() {
        let row = |step: Action, since: i64, due: i64, done: Option<i64>| Waited {
            awaited: crate::store::Awaited {
                event: "e".into(),
                deadline: Deadline { step, since: at(since), due: at(due), remind: None },
                post: None,
                units: 0,
            },
            done: done.map(at),
            over: done.map(|_| step.code().to_string()),
        };
        let steps = [
            step(10, Action::Dispatch, Status::Dispatched),
            step(15, Action::Arrive, Status::OnSite),
            step(60, Action::Report, Status::Reported),
        ];
        let clocks = Clocks::default();
        let mut waited = [row(Action::Report, 15, 40, Some(60)), row(Action::Review, 60, 70, None)];
        // a phone says when to the millisecond, the step keeps the second
        waited[0].done = at(60).plus_seconds(0.345);
        let run = Run::of(at(0), &steps, &waited, &clocks);
        assert_eq!(one(&run, Clock::Report, at(80)), (1, Some(50.0), 0, 1, 0));
        assert_eq!(one(&run, Clock::Review, at(80)), (0, None, 0, 0, 1));
        // at a cut-off before the report it waited still, and was late by the same row
        let run = Run::of(at(0), &steps[..2], &waited, &clocks);
        assert_eq!(one(&run, Clock::Report, at(50)), (0, None, 0, 0, 1));
    }
}
