//! An address: who may ask it, what it gives, what does it.

use super::app::App;
use crate::cases::Role;
use axum::routing::MethodRouter;
use std::sync::Arc;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody.
    Anyone,
    /// Who is signed in, or has a key.
    All,
    /// The same, and the phone that has a link.
    AllAndTask,
    /// The city's desk.
    City,
    /// Desks of the city and the counties.
    Desks,
    /// Desks and townships.
    Dispatchers,
    /// Desks, townships and posts, and the phone that has a link.
    FieldAndTask,
    /// Desks, townships and posts.
    Field,
    /// The phone that has a link alone.
    Task,
    /// Who is signed in, but for programs.
    People,
}

impl Who {
    /// Roles of accounts.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Who::Anyone | Who::Task => &[],
            Who::All | Who::AllAndTask => Role::ALL,
            Who::City => &[Role::City],
            Who::Desks => &[Role::City, Role::County],
            Who::Dispatchers => &[Role::City, Role::County, Role::Township],
            Who::Field | Who::FieldAndTask => &[Role::City, Role::County, Role::Township, Role::Post],
            Who::People => &[Role::City, Role::County, Role::Township, Role::Post, Role::Viewer],
        }
    }

    /// Whether the phone that has a link may.
    pub fn is_for_tasks(self) -> bool {
        matches!(self, Who::Anyone | Who::Task | Who::AllAndTask | Who::FieldAndTask)
    }
}

/// An address.
pub struct Route {
    /// Method.
    pub method: &'static str,
    /// Path, as the router has it.
    pub path: &'static str,
    /// Who may ask.
    pub who: Who,
    /// What it is, for the document.
    pub what: &'static str,
    /// Part of the document: pages and their assets are not.
    pub documented: bool,
    /// Bytes of a body at most.
    pub body: usize,
    /// Whether a link that is over because all is done may still be used for it.
    pub late: bool,
    /// What does it.
    pub build: fn() -> MethodRouter<Arc<App>>,
}

/// An address.
pub const fn route(
    method: &'static str,
    path: &'static str,
    who: Who,
    what: &'static str,
    build: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { method, path, who, what, documented: true, body: 64 << 10, late: false, build }
}

/// A page.
pub const fn page(path: &'static str, build: fn() -> MethodRouter<Arc<App>>) -> Route {
    Route { documented: false, ..route("GET", path, Who::Anyone, "page", build) }
}

/// With a body of so many bytes at most.
pub const fn up_to(bytes: usize, route: Route) -> Route {
    Route { body: bytes, ..route }
}

/// For a link that is over because all is done, too.
pub const fn late(route: Route) -> Route {
    Route { late: true, ..route }
}
