//! What an event's Feature says of its case: for the page and for whoever is told.

use crate::cases::{Case, Status};
use serde_json::{Value, json};

/// The state as people see it: what became part of another event, or is shown no longer before anybody did anything, is closed.
pub fn status(open: bool, case: Option<&Case>) -> Status {
    match case {
        Some(case) if open || case.status != Status::Triage => case.status,
        _ if open => Status::Triage,
        _ => Status::Closed,
    }
}

/// Writes the state and what was found into a Feature's properties.
pub fn write_into(feature: &mut Value, status: Status, case: Option<&Case>) {
    let properties = &mut feature["properties"];
    properties["status"] = status.code().into();
    properties["verification"] = case.map_or(Value::Null, verification);
}

fn verification(case: &Case) -> Value {
    case.verification.as_ref().map_or(Value::Null, |found| {
        json!({
            "finding": found.finding, "cause": found.cause, "note": found.note, "post": found.post, "by": found.by, "time": found.time,
            "photos": found.photos, "approved": found.approved,
        })
    })
}
