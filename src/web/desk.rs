//! What the desk works with beside the map: what helps to judge an event, what is late, the lists of others, its ledger and its intake.

pub mod calls;
pub mod evidence;
pub mod figures;
mod first;
mod gather;
pub mod handovers;
pub mod lists;
pub mod nil_reports;
pub mod overdue;
pub mod patrols;
pub mod phone_log;
pub mod reports;
mod sent;
pub mod shifts;
mod signing;
pub mod triage;

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::cases::Role;
use crate::deliver::sheet::{Table, book_bytes};
use crate::store::Scope;
use axum::http::header;
use axum::response::{IntoResponse, Response};
pub use first::{first, found};

/// Letters of a name, a unit, a number.
const LONGEST_NAME: usize = 100;

/// Desks whose books an account reads; `None`: all. Who is no desk reads none but those of the whole site, where it sees that.
fn desks(asks: &Principal) -> Option<Vec<String>> {
    match asks.doer.role {
        Role::City | Role::County => asks.scope.counties.clone(),
        _ if asks.scope.areas.is_none() => None,
        _ => Some(Vec::new()),
    }
}

/// The desk at which an account sits.
fn own_desk(app: &App, asks: &Principal) -> String {
    asks.scope.counties.as_ref().and_then(|counties| counties.first().cloned()).unwrap_or_else(|| app.site.city_code())
}

/// A desk whose books an account keeps: the city those of all, a county its own; without a name the account's own.
fn kept_by(app: &App, asks: &Principal, desk: Option<String>) -> Answer<String> {
    let desk = desk.unwrap_or_else(|| own_desk(app, asks));
    let is_kept = app.site.desk_name(&desk).is_some() && asks.scope.sees_county(&desk);
    if is_kept { Ok(desk) } else { Err(Problem::invalid("desk：没有这个值班席，或不在您的辖区内")) }
}

/// What a desk sees.
fn scope_of(app: &App, desk: &str) -> Scope {
    if desk == app.site.city_code() {
        return Scope::all();
    }
    let own = vec![desk.to_string()];
    Scope { areas: Some(own.clone()), counties: Some(own), event: None }
}

/// A short text of a person in one line.
fn name(field: &str, text: &str) -> Answer<String> {
    let text = super::events::note(text.trim().replace(['\n', '\r', '\t'], " "))?;
    if text.chars().count() > LONGEST_NAME {
        return Err(Problem::invalid(format!("{field}：过长，最多 {LONGEST_NAME} 字")));
    }
    Ok(text)
}

/// A text that has to be there.
fn needed(field: &str, text: String) -> Answer<String> {
    let text = super::events::note(text)?.trim().to_string();
    if text.is_empty() { Err(Problem::invalid(format!("{field}：不能为空"))) } else { Ok(text) }
}

/// A workbook to be sent.
fn workbook(app: &App, name: &str, title: &str, tables: &[Table]) -> Answer<Response> {
    let day = app.now().beijing_as("%Y-%m-%d").unwrap_or_default();
    let bytes = book_bytes(title, &day, tables)?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let file = format!("attachment; filename=\"{name}-{}.xlsx\"", app.now().compact());
    Ok(([(header::CONTENT_TYPE, kind.to_string()), (header::CONTENT_DISPOSITION, file)], bytes).into_response())
}
