//! What can be done to a case: from which states, by which roles, with what.

use super::{Cause, Finding, Role, Status};
use crate::place::LonLat;
use crate::time::Utc;
use serde::{Deserialize, Serialize};

/// A kind of step; its name is that of the address under `/events/{id}/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// 研判: worth a drive, or 排除.
    Triage,
    /// 派单.
    Dispatch,
    /// 签收.
    Acknowledge,
    /// 到场.
    Arrive,
    /// 反馈.
    Report,
    /// 审核, or 驳回.
    Review,
    /// 办结.
    Close,
    /// 退回改派.
    Return,
    /// 挂起.
    Suspend,
    /// 重开.
    Reopen,
}

const DESKS: &[Role] = &[Role::City, Role::County];
const DISPATCHERS: &[Role] = &[Role::City, Role::County, Role::Township, Role::Rule];
/// A desk notes what an officer says by telephone.
const FIELD: &[Role] = &[Role::City, Role::County, Role::Township, Role::Post];

impl Action {
    /// All, in the order of a life.
    pub const ALL: [Action; 10] = [
        Action::Triage,
        Action::Dispatch,
        Action::Acknowledge,
        Action::Arrive,
        Action::Report,
        Action::Review,
        Action::Close,
        Action::Return,
        Action::Suspend,
        Action::Reopen,
    ];

    /// As the address has it.
    pub fn code(self) -> &'static str {
        match self {
            Action::Triage => "triage",
            Action::Dispatch => "dispatch",
            Action::Acknowledge => "acknowledge",
            Action::Arrive => "arrive",
            Action::Report => "report",
            Action::Review => "review",
            Action::Close => "close",
            Action::Return => "return",
            Action::Suspend => "suspend",
            Action::Reopen => "reopen",
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Action::Triage => "研判",
            Action::Dispatch => "派单",
            Action::Acknowledge => "签收",
            Action::Arrive => "到场",
            Action::Report => "反馈",
            Action::Review => "审核",
            Action::Close => "办结",
            Action::Return => "退回",
            Action::Suspend => "挂起",
            Action::Reopen => "重开",
        }
    }

    /// From the address.
    pub fn of(code: &str) -> Option<Self> {
        Action::ALL.into_iter().find(|action| action.code() == code)
    }

    /// Who may do it.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Action::Triage | Action::Review | Action::Close | Action::Suspend | Action::Reopen => DESKS,
            Action::Dispatch => DISPATCHERS,
            Action::Acknowledge | Action::Arrive | Action::Report | Action::Return => FIELD,
        }
    }

    /// States in which it can be done. An officer without a signal may arrive and report before the 签收 is sent.
    pub fn from(self) -> &'static [Status] {
        use Status::{
            Acknowledged, Closed, Dispatched, Excluded, OnSite, Reported, Returned, Reviewed, Suspended, Triage,
        };
        match self {
            Action::Triage => &[Triage, Returned],
            Action::Dispatch => &[Triage, Returned, Dispatched, Acknowledged, OnSite],
            Action::Acknowledge => &[Dispatched],
            Action::Arrive => &[Dispatched, Acknowledged],
            Action::Report | Action::Return => &[Dispatched, Acknowledged, OnSite],
            Action::Review => &[Reported],
            Action::Close => &[Reviewed],
            Action::Suspend => &[Triage, Dispatched, Acknowledged, OnSite, Reported, Returned],
            Action::Reopen => &[Suspended, Reviewed, Closed, Excluded],
        }
    }
}

/// A step with what it says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "action")]
pub enum Act {
    /// Worth a drive, or not.
    Triage {
        /// Worth it; else 排除.
        confirm: bool,
        /// What it is instead.
        cause: Option<Cause>,
        /// In words.
        note: String,
    },
    /// Given to a post.
    Dispatch {
        /// Its code.
        post: String,
        /// In words.
        note: String,
    },
    /// The post knows of it.
    Acknowledge,
    /// Somebody is there.
    Arrive {
        /// Where, by the phone.
        place: Option<Where>,
    },
    /// What was found.
    Report(Report),
    /// Approved, or sent back.
    Review {
        /// Approved; else 驳回.
        approve: bool,
        /// In words.
        note: String,
    },
    /// Done.
    Close {
        /// In words.
        note: String,
    },
    /// Not ours.
    Return {
        /// Why.
        reason: ReturnReason,
        /// In words.
        note: String,
    },
    /// Waits.
    Suspend {
        /// In words.
        note: String,
    },
    /// Goes on.
    Reopen {
        /// In words.
        note: String,
    },
}

/// Why a post gives a case back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    /// It lies in somebody else's area.
    NotOurArea,
    /// Something else, in words.
    Other,
}

/// What an officer says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What was there.
    pub finding: Finding,
    /// Why it burned.
    pub cause: Option<Cause>,
    /// In words.
    pub note: String,
    /// Ids of photos that the server knows.
    pub photos: Vec<String>,
    /// Where the officer was.
    pub place: Option<Where>,
    /// When it was said on the phone; it may be sent later.
    pub at: Option<Utc>,
}

/// Where a phone says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Where {
    /// The place.
    pub place: LonLat,
    /// Its error, metres, where the phone says it.
    pub accuracy_m: Option<f64>,
}

impl Act {
    /// Its kind.
    pub fn action(&self) -> Action {
        match self {
            Act::Triage { .. } => Action::Triage,
            Act::Dispatch { .. } => Action::Dispatch,
            Act::Acknowledge => Action::Acknowledge,
            Act::Arrive { .. } => Action::Arrive,
            Act::Report(_) => Action::Report,
            Act::Review { .. } => Action::Review,
            Act::Close { .. } => Action::Close,
            Act::Return { .. } => Action::Return,
            Act::Suspend { .. } => Action::Suspend,
            Act::Reopen { .. } => Action::Reopen,
        }
    }

    /// What is said with it, in words.
    pub fn note(&self) -> &str {
        match self {
            Act::Acknowledge | Act::Arrive { .. } => "",
            Act::Report(report) => &report.note,
            Act::Triage { note, .. }
            | Act::Dispatch { note, .. }
            | Act::Review { note, .. }
            | Act::Close { note }
            | Act::Return { note, .. }
            | Act::Suspend { note }
            | Act::Reopen { note } => note,
        }
    }
}
