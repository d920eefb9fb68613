//! The push body: a CloudEvent 1.0 in structured mode whose data is the event's Feature.

use super::{Kind, Notice};
use crate::error::{Error, Result};
use crate::fire::FireEvent;
use crate::site::percent_encoded;
use serde::Serialize;

/// Of a body in structured mode.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    /// The key of the notice: a repeat has the same.
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: &'static str,
    time: String,
    subject: &'a str,
    datacontenttype: &'static str,
    // extension attributes: lower-case letters and digits, simple values (CloudEvents 1.0, Attributes)
    revision: u32,
    late: bool,
    simulated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    escalated: Option<bool>,
    data: serde_json::Value,
}

/// The body of a notice.
///
/// # Errors
/// [`Error::Output`] where it cannot be made into JSON: a bug.
pub(super) fn body(notice: &Notice<'_>) -> Result<String> {
    let FireEvent { id, simulated, .. } = notice.event;
    let event = CloudEvent {
        specversion: "1.0",
        id: notice.key(),
        // a URI-reference: the name of a site is seldom ASCII
        source: format!("/strawfire/{}", percent_encoded(notice.site)),
        kind: kind(notice.kind),
        time: notice.at.rfc3339(),
        subject: id,
        datacontenttype: "application/geo+json",
        revision: notice.revision,
        late: notice.late,
        simulated: *simulated,
        escalated: (notice.kind == Kind::Escalated).then_some(true),
        data: feature(notice)?,
    };
    serde_json::to_string(&event).map_err(|error| Error::output(id, error))
}

/// The Feature; what the desk says of its case is a foreign member (RFC 7946, 6.1), and the state is that of the case then.
fn feature(notice: &Notice<'_>) -> Result<serde_json::Value> {
    let mut feature = notice.feature()?;
    if let Some(message) = notice.message {
        feature["message"] = serde_json::to_value(message).map_err(|error| Error::output(&notice.event.id, error))?;
    }
    Ok(feature)
}

/// Type of the CloudEvent: an escalation is an update that says so.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::New => "strawfire.event.new",
        // what the station tells is never rendered for programs
        Kind::Updated | Kind::Escalated | Kind::Station => "strawfire.event.updated",
        Kind::Closed => "strawfire.event.closed",
        Kind::Dispatched => "strawfire.case.dispatched",
        Kind::Reminder => "strawfire.case.reminder",
        Kind::Overdue => "strawfire.case.overdue",
        Kind::Changed => "strawfire.case.changed",
    }
}
