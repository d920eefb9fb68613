//! The life of a case: what may be done to it in which state, and by whom. A pure state machine: who acts and the time are arguments.
//!
//! 待研判 -> 已派发 -> 已签收 -> 已到场 -> 已反馈 -> 已审核 -> 办结, with 退回, 驳回, 挂起, 重开 and 排除.

mod act;
mod words;

use crate::time::Utc;
pub use act::{Act, Action, Report, ReturnReason, Where};
use serde::{Deserialize, Serialize};
pub use words::{Cause, Finding, Role, Status};

/// A case as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Where it is in its life.
    pub status: Status,
    /// When the desk judged it to be worth a drive.
    pub triaged: Option<Utc>,
    /// Code of the post that has it, or had it last.
    pub post: Option<String>,
    /// When it was given to that post.
    pub dispatched: Option<Utc>,
    /// When the next step should be done.
    pub due: Option<Utc>,
    /// Where it was when it was suspended.
    pub suspended_from: Option<Status>,
    /// Who reported: never the one who reviews.
    pub reported_by: Option<String>,
    /// What was found on the ground, as reported last.
    pub verification: Option<Verification>,
    /// When it changed last.
    pub changed: Utc,
}

/// What an officer found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// What was there.
    pub finding: Finding,
    /// Why it burned, where that is known.
    pub cause: Option<Cause>,
    /// In words.
    pub note: String,
    /// The post that reported.
    pub post: Option<String>,
    /// When.
    pub time: Utc,
    /// Ids of the photos.
    pub photos: Vec<String>,
    /// Whether somebody else approved it.
    pub approved: bool,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doer {
    /// Name of the account, or of the post that a link was made for.
    pub who: String,
    /// What it may do.
    pub role: Role,
    /// The post for which it acts, where it is one.
    pub post: Option<String>,
}

/// Why a step is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The role may not do it.
    #[error("角色无权进行此操作")]
    Role,
    /// It cannot be done in this state.
    #[error("当前状态为“{}”，不能进行此操作", .0.name())]
    State(Status),
    /// Another post has it.
    #[error("此事件不在本岗位办理")]
    OtherPost,
    /// The one who reports never approves.
    #[error("反馈人不能审核自己的反馈")]
    OwnReport,
    /// Something that the step needs.
    #[error("{0}")]
    Missing(&'static str),
}

/// How long each step may take, minutes.
///
/// Practice elsewhere in China: put out within half an hour, handled and reported within two, verified within a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clocks {
    /// From dispatch to 签收.
    pub acknowledge_min: f64,
    /// From dispatch to 反馈.
    pub report_min: f64,
    /// From 反馈 to 审核.
    pub review_min: f64,
}

impl Default for Clocks {
    fn default() -> Self {
        Clocks { acknowledge_min: 30.0, report_min: 120.0, review_min: 1440.0 }
    }
}

impl Case {
    /// A case that nobody has looked at yet.
    pub fn new(at: Utc) -> Self {
        Case {
            status: Status::Triage,
            triaged: None,
            post: None,
            dispatched: None,
            due: None,
            suspended_from: None,
            reported_by: None,
            verification: None,
            changed: at,
        }
    }

    /// Whether nothing is to be done any more.
    pub fn is_over(&self) -> bool {
        matches!(self.status, Status::Closed | Status::Excluded)
    }

    /// Whether a step is late.
    pub fn is_overdue(&self, now: Utc) -> bool {
        !self.is_over() && self.due.is_some_and(|due| due < now)
    }

    /// Whether it is this doer's to do something with: a post that gave it back, or had it before another, only looks.
    fn is_held_by(&self, by: &Doer) -> bool {
        by.role != Role::Post || (by.post.is_some() && by.post == self.post)
    }

    /// What this doer may do to it now.
    pub fn may(&self, by: &Doer) -> Vec<Action> {
        let allowed = |action: &Action| {
            action.roles().contains(&by.role) && action.from().contains(&self.status) && self.is_held_by(by)
        };
        let own = |action: &Action| *action != Action::Review || self.reported_by.as_deref() != Some(&by.who);
        Action::ALL.into_iter().filter(allowed).filter(own).collect()
    }

    /// The case after a step.
    ///
    /// # Errors
    /// [`Refused`]; then nothing changes.
    pub fn after(&self, act: &Act, by: &Doer, now: Utc, clocks: &Clocks) -> Result<Case, Refused> {
        let action = act.action();
        if !action.roles().contains(&by.role) {
            return Err(Refused::Role);
        }
        if !self.is_held_by(by) {
            return Err(Refused::OtherPost);
        }
        if !action.from().contains(&self.status) {
            return Err(Refused::State(self.status));
        }
        let in_minutes = |minutes: f64, since: Utc| since.plus_seconds(60.0 * minutes);
        let mut case = Case { changed: now, ..self.clone() };
        match act {
            Act::Triage { confirm: true, .. } => case.triaged = Some(now),
            Act::Triage { confirm: false, cause, note } => {
                // what it is instead is a reason
                if cause.is_none() {
                    needed(note, "排除须写明理由")?;
                }
                (case.status, case.due) = (Status::Excluded, None);
            }
            Act::Dispatch { post, .. } => {
                needed(post, "派单须指定岗位")?;
                case.triaged = self.triaged.or(Some(now));
                (case.status, case.post, case.dispatched) = (Status::Dispatched, Some(post.clone()), Some(now));
                (case.due, case.suspended_from) = (in_minutes(clocks.acknowledge_min, now), None);
            }
            Act::Acknowledge => {
                case.status = Status::Acknowledged;
                case.due = in_minutes(clocks.report_min, self.dispatched.unwrap_or(now));
            }
            Act::Arrive { .. } => {
                case.status = Status::OnSite;
                case.due = in_minutes(clocks.report_min, self.dispatched.unwrap_or(now));
            }
            Act::Report(report) => {
                if report.cause.is_none() && matches!(report.finding, Finding::Burning | Finding::OutWithTraces) {
                    return Err(Refused::Missing("发现火情或痕迹时须选择原因；不清楚时选“不明”"));
                }
                // a phone's clock may be wrong: nothing is said before the case was given, nor in a time to come
                let earliest = self.dispatched.unwrap_or(now);
                let time = report.at.filter(|at| (earliest..=now).contains(at)).unwrap_or(now);
                case.verification = Some(Verification {
                    finding: report.finding,
                    cause: report.cause,
                    note: report.note.clone(),
                    post: self.post.clone(),
                    time,
                    photos: report.photos.clone(),
                    approved: false,
                });
                (case.status, case.reported_by) = (Status::Reported, Some(by.who.clone()));
                case.due = in_minutes(clocks.review_min, now);
            }
            Act::Review { approve, note } => {
                if self.reported_by.as_deref() == Some(&by.who) {
                    return Err(Refused::OwnReport);
                }
                if *approve {
                    (case.status, case.due) = (Status::Reviewed, None);
                    case.verification.iter_mut().for_each(|verification| verification.approved = true);
                } else {
                    needed(note, "驳回须写明理由")?;
                    (case.status, case.dispatched) = (Status::Dispatched, Some(now));
                    case.due = in_minutes(clocks.acknowledge_min, now);
                }
            }
            Act::Close { .. } => (case.status, case.due) = (Status::Closed, None),
            Act::Return { reason, note } => {
                if *reason == ReturnReason::Other {
                    needed(note, "退回须写明理由")?;
                }
                (case.status, case.due) = (Status::Returned, in_minutes(clocks.acknowledge_min, now));
            }
            Act::Suspend { note } => {
                needed(note, "挂起须写明理由")?;
                (case.status, case.suspended_from, case.due) = (Status::Suspended, Some(self.status), None);
            }
            Act::Reopen { note } => {
                needed(note, "重开须写明理由")?;
                case.status = self.suspended_from.unwrap_or(Status::Triage);
                case.suspended_from = None;
                if case.status == Status::Triage {
                    // it begins anew: nobody has it, and what was found before is in its history
                    (case.post, case.dispatched, case.verification, case.reported_by) = (None, None, None, None);
                }
                case.due = in_minutes(clocks.acknowledge_min, now);
            }
        }
        Ok(case)
    }
}

fn needed(text: &str, or: &'static str) -> Result<(), Refused> {
    if text.trim().is_empty() { Err(Refused::Missing(or)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
