//! The life of a case: what may be done to it in which state, and by whom. A pure state machine: who acts and the time are arguments.
//!
//! 待研判 -> 已派发 -> 已签收 -> 已到场 -> 已反馈 -> 已审核 -> 办结, with 退回, 驳回, 挂起, 重开 and 排除.

mod act;
mod clocks;
mod words;

use crate::time::Utc;
pub use act::{Act, Action, Report, ReturnReason, Where};
pub use clocks::{Clocks, Deadline};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
pub use words::{Cause, Finding, PhotoKind, Role, Status};

/// A case as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Where it is in its life.
    pub status: Status,
    /// When the desk judged it to be worth a drive.
    pub triaged: Option<Utc>,
    /// Who judged so last, while it waits to be given.
    #[serde(default)]
    pub triaged_by: Option<String>,
    /// Code of the post that has it, or had it last.
    pub post: Option<String>,
    /// When it was given to that post.
    pub dispatched: Option<Utc>,
    /// When the next step should be done.
    pub due: Option<Utc>,
    /// Where it was when it was suspended.
    pub suspended_from: Option<Status>,
    /// Seconds that were left to its step then.
    #[serde(default)]
    pub left_s: Option<f64>,
    /// Seconds for which it was suspended since the post got it: they are not its own.
    #[serde(default)]
    pub paused_s: f64,
    /// Posts that had it and gave it back, or that it was taken from, in order: they stay responsible for what they said.
    #[serde(default)]
    pub before: Vec<String>,
    /// Names of the posts that have or had it, by their codes, as they were when it was given: a later roster may not have them.
    #[serde(default)]
    pub post_names: BTreeMap<String, String>,
    /// What the desk took it for when it was excluded.
    #[serde(default)]
    pub excluded_as: Option<Cause>,
    /// Who reported: never the one who reviews.
    pub reported_by: Option<String>,
    /// What was found on the ground, as reported last and not refused.
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
    /// The account that wrote it down for the post (代填); `None` where the post did so itself.
    #[serde(default)]
    pub by: Option<String>,
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
    /// A post has it already.
    #[error("已派给岗位 {0}；改派请刷新后再试")]
    Given(String),
    /// Somebody judged it to be worth a drive, and who excludes it did not see that.
    #[error("{0} 已研判为属实线索；排除请刷新后再试")]
    Judged(String),
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

impl Case {
    /// A case that nobody has looked at yet.
    pub fn new(at: Utc) -> Self {
        Case {
            status: Status::Triage,
            triaged: None,
            triaged_by: None,
            post: None,
            dispatched: None,
            due: None,
            suspended_from: None,
            left_s: None,
            paused_s: 0.0,
            before: Vec::new(),
            post_names: BTreeMap::new(),
            excluded_as: None,
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

    /// The name of a post that has or had it: as it was when it was given, else that of the roster, else its code.
    pub fn post_name<'a>(&'a self, code: &'a str, roster: &'a BTreeMap<String, String>) -> &'a str {
        self.post_names.get(code).or_else(|| roster.get(code)).map_or(code, String::as_str)
    }

    /// Who judged it to be worth a drive, where that is somebody else: the state does not show it, for it is 待研判 until it is given.
    pub fn judged_by_another(&self, who: &str) -> Option<&str> {
        self.triaged_by.as_deref().filter(|by| self.status == Status::Triage && *by != who)
    }

    /// Whether a post has it and has not answered.
    pub fn is_with_post(&self) -> bool {
        self.status.is_with_post()
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
        let mut case = Case { changed: now, ..self.clone() };
        match act {
            Act::Triage { confirm: true, .. } => {
                (case.triaged, case.triaged_by) = (Some(now), Some(by.who.clone()));
            }
            Act::Triage { confirm: false, cause, note } => {
                // what it is instead is a reason
                if cause.is_none() {
                    needed(note, "排除须写明理由")?;
                }
                (case.status, case.excluded_as) = (Status::Excluded, *cause);
            }
            Act::Dispatch { post, .. } => {
                needed(post, "派单须指定岗位")?;
                case.triaged = self.triaged.or(Some(now));
                case.before.extend(self.post.clone());
                let mut known = std::collections::BTreeSet::new();
                case.before.retain(|before| before != post && known.insert(before.clone()));
                // the post that has it gains no time by being told again
                let known = self.dispatched.filter(|_| self.post.as_ref() == Some(post) && self.is_with_post());
                case.paused_s = if known.is_some() { self.paused_s } else { 0.0 };
                (case.status, case.post, case.dispatched) =
                    (Status::Dispatched, Some(post.clone()), known.or(Some(now)));
            }
            Act::Acknowledge => case.status = Status::Acknowledged,
            Act::Arrive { .. } => case.status = Status::OnSite,
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
                    by: (by.role != Role::Post).then(|| by.who.clone()),
                    time,
                    photos: report.photos.clone(),
                    approved: false,
                });
                (case.status, case.reported_by) = (Status::Reported, Some(by.who.clone()));
            }
            Act::Review { approve, note } => {
                if self.reported_by.as_deref() == Some(&by.who) {
                    return Err(Refused::OwnReport);
                }
                if *approve {
                    case.status = Status::Reviewed;
                    case.verification.iter_mut().for_each(|verification| verification.approved = true);
                } else {
                    needed(note, "驳回须写明理由")?;
                    (case.status, case.dispatched, case.paused_s) = (Status::Dispatched, Some(now), 0.0);
                    // what was refused is no finding for anybody; what was said, and why it does not hold, is in its history
                    (case.verification, case.reported_by) = (None, None);
                }
            }
            Act::Close { .. } => case.status = Status::Closed,
            Act::Return { reason, note } => {
                if *reason == ReturnReason::Other {
                    needed(note, "退回须写明理由")?;
                }
                case.status = Status::Returned;
            }
            Act::Suspend { note } => {
                needed(note, "挂起须写明理由")?;
                (case.status, case.suspended_from) = (Status::Suspended, Some(self.status));
                case.left_s = self.due.map(|due| due.seconds_since(now).max(0.0));
            }
            Act::Reopen { note } => {
                needed(note, "重开须写明理由")?;
                case.status = self.suspended_from.unwrap_or(Status::Triage);
                if self.suspended_from.is_some() {
                    case.paused_s += now.seconds_since(self.changed).max(0.0);
                }
                if self.status == Status::Excluded {
                    // the judgement is taken back: it is judged anew
                    (case.triaged, case.excluded_as) = (None, None);
                }
                if self.suspended_from.is_none() {
                    case.triaged_by = None;
                    // it begins anew: nobody has it, and what was found before is in its history
                    case.before.extend(self.post.clone());
                    (case.post, case.dispatched, case.verification, case.reported_by) = (None, None, None, None);
                }
            }
        }
        // judged again it waits for the same still
        let is_same = action == Action::Triage && case.awaited() == self.awaited();
        case.due = if is_same { self.due } else { case.due_next(clocks, now) };
        if case.status != Status::Suspended {
            // what was left when it was suspended is what is left when it goes on: nobody gains time by it
            let left = self.left_s.filter(|_| action == Action::Reopen);
            case.due = left.and_then(|left| now.plus_seconds(left)).or(case.due);
            (case.suspended_from, case.left_s) = (None, None);
        }
        Ok(case)
    }
}

fn needed(text: &str, or: &'static str) -> Result<(), Refused> {
    if text.trim().is_empty() { Err(Refused::Missing(or)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
