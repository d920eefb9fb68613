//! 电话记录: who called whom about what, and what is to be done of it. Nothing is deleted: what is wrong is struck out and stays.

use super::super::app::App;
use super::super::events::{note, read};
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use super::super::secrets;
use super::{desks, kept_by, name, needed, own_desk, workbook};
use crate::cases::Role;
use crate::deliver::sheet::{Table, text};
use crate::ledger::{masked, masked_name};
use crate::store::{Call, CallsAsked, Shift};
use crate::time::Utc;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Calls of a list, and of a workbook.
const LISTED: i64 = 200;
const EXPORTED: i64 = 20_000;
/// Letters of what is searched for.
const LONGEST_SEARCH: usize = 100;
/// Who leads a shift, on the list of shifts.
const LEADER: &str = "带班领导";
/// Clocks differ by no more than this, seconds.
const AHEAD_S: f64 = 300.0;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Which {
    from: Option<Utc>,
    to: Option<Utc>,
    event: Option<String>,
    open: bool,
    q: Option<String>,
    f: Option<String>,
}

/// The log: of the account's desk, and of the events that it sees.
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(which): Query<Which>,
) -> Answer<Response> {
    let is_book = match which.f.as_deref() {
        None | Some("json") => false,
        Some("xlsx") => true,
        Some(_) => return Err(Problem::query("f：应为 json 或 xlsx")),
    };
    let reader = Reader::of(&app, &asks).await?;
    let asked = CallsAsked {
        from: which.from,
        to: which.to,
        event: which.event,
        open: which.open,
        text: which.q.as_deref().map(searched).transpose()?.filter(|text| !text.is_empty()),
        named: reader.whole_of(),
        limit: if is_book { EXPORTED } else { LISTED },
        ..CallsAsked::default()
    };
    let calls = app.store.calls_logged(&asks.scope, desks(&asks).as_deref(), &asked).await?;
    if is_book {
        // a workbook goes where nobody knows: names and numbers stay here
        let calls: Vec<Call> = calls.into_iter().map(without_names).collect();
        return book(&app, &asks, &calls).await;
    }
    let calls: Vec<Call> = calls.into_iter().map(|call| reader.as_read(call)).collect();
    let shown: Vec<Value> = calls.iter().map(|call| described(&app, call)).collect();
    Ok(Json(json!({ "calls": shown, "now": app.now() })).into_response())
}

/// What is searched for: a few words in one line.
fn searched(text: &str) -> Answer<String> {
    let text = text.trim();
    let is_line = !text.chars().any(char::is_control) && text.chars().count() <= LONGEST_SEARCH;
    if is_line {
        Ok(text.to_string())
    } else {
        Err(Problem::query(format!("q：应为一行文字，不超过 {LONGEST_SEARCH} 字")))
    }
}

/// Who reads calls: whose names and numbers are whole for them.
pub(super) struct Reader {
    /// The desk at which they sit; `None` for who sits at none.
    desk: Option<String>,
    /// Desks that they lead just now by the list of shifts; the city's leads all.
    leads: Vec<String>,
    city: String,
}

impl Reader {
    pub(super) async fn of(app: &App, asks: &Principal) -> Answer<Reader> {
        let city = app.site.city_code();
        if !matches!(asks.doer.role, Role::City | Role::County) {
            return Ok(Reader { desk: None, leads: Vec::new(), city });
        }
        let now = app.now();
        let on = app.store.shifts(None, now, now.plus_seconds(1.0).unwrap_or(now)).await?;
        let is_led = |shift: &Shift| shift.duty == LEADER && shift.account.as_deref() == Some(asks.doer.who.as_str());
        let leads = on.into_iter().filter(is_led).map(|shift| shift.desk).collect();
        Ok(Reader { desk: Some(own_desk(app, asks)), leads, city })
    }

    /// Desks of whose calls they read whole names; `None`: all.
    fn whole_of(&self) -> Option<Vec<String>> {
        let leads_all = self.leads.contains(&self.city);
        (!leads_all).then(|| self.leads.iter().chain(&self.desk).cloned().collect())
    }

    /// A call as they read it: whole for the desk that took it and for who leads it, else with its name and number masked.
    pub(super) fn as_read(&self, call: Call) -> Call {
        let is_whole = self.whole_of().is_none_or(|desks| desks.contains(&call.desk));
        if is_whole { call } else { without_names(call) }
    }
}

fn without_names(call: Call) -> Call {
    Call { number: masked(&call.number), person: masked_name(&call.person), ..call }
}

fn described(app: &App, call: &Call) -> Value {
    let mark = |mark: &Option<(Utc, String, String)>| {
        mark.as_ref().map(|(at, who, said)| json!({ "at": at, "who": who, "said": said }))
    };
    json!({
        "id": call.id, "desk": call.desk, "desk_name": app.site.desk_name(&call.desk), "at": call.at, "direction": call.direction,
        "person": call.person, "number": call.number, "unit": call.unit, "event": call.event, "sighting": call.sighting,
        "said": call.said, "follow_by": call.follow, "followed": mark(&call.followed), "struck": mark(&call.struck),
        "made": call.made, "made_by": call.made_by,
    })
}

const HEADS: &[(&str, f64)] = &[
    ("时间", 17.0),
    ("值班席", 16.0),
    ("呼入/呼出", 10.0),
    ("单位", 18.0),
    ("姓名", 10.0),
    ("号码", 15.0),
    ("事件", 18.0),
    ("内容", 60.0),
    ("待办期限", 17.0),
    ("办理情况", 40.0),
    ("记录人", 12.0),
    ("作废", 30.0),
];

async fn book(app: &Arc<App>, asks: &Principal, calls: &[Call]) -> Answer<Response> {
    let mut write = app.store.write().await?;
    let (now, actor) = (app.now(), app.actor(&asks.doer.who, &asks.address));
    write.audit(now, &actor, "export", "phone-log", &json!({ "calls": calls.len() })).await?;
    write.commit().await?;
    let marked = |mark: &Option<(Utc, String, String)>| {
        mark.as_ref().map_or(String::new(), |(at, who, said)| format!("{} {who}：{said}", at.beijing()))
    };
    let row = |call: &Call| {
        let way = if call.direction == "in" { "呼入" } else { "呼出" };
        let desk = app.site.desk_name(&call.desk).unwrap_or(&call.desk);
        let follow = call.follow.map(Utc::beijing).unwrap_or_default();
        let event = call.event.as_deref().unwrap_or_default();
        [
            &call.at.beijing(),
            desk,
            way,
            &call.unit,
            &call.person,
            &call.number,
            event,
            &call.said,
            &follow,
            &marked(&call.followed),
            &call.made_by,
            &marked(&call.struck),
        ]
        .map(text)
        .to_vec()
    };
    let table = Table {
        name: "电话记录",
        title: format!("{} 值班电话记录", app.site.name),
        note: format!(
            "北京时间；导出于 {}，共 {} 条；姓名与号码已隐去一部分；作废的记录保留在表中。",
            now.beijing(),
            calls.len()
        ),
        heads: HEADS,
        rows: calls.iter().map(row).collect(),
    };
    workbook(app, "phone-log", "值班电话记录", &[table])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    desk: Option<String>,
    at: Option<Utc>,
    direction: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    unit: String,
    event: Option<String>,
    said: String,
    follow_by: Option<Utc>,
}

/// Writes a call down.
pub async fn add(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    body: String,
) -> Answer<Json<Value>> {
    let body: Body = read(&body)?;
    let desk = kept_by(&app, &asks, body.desk)?;
    let now = app.now();
    let at = body.at.unwrap_or(now);
    if at.seconds_since(now) > AHEAD_S {
        return Err(Problem::invalid("at：不应晚于现在"));
    }
    if !["in", "out"].contains(&body.direction.as_str()) {
        return Err(Problem::invalid("direction：应为 in（呼入）或 out（呼出）"));
    }
    if body.follow_by.is_some_and(|by| by < at) {
        return Err(Problem::invalid("follow_by：不应早于来电时间"));
    }
    let event = body.event.filter(|event| !event.trim().is_empty());
    if let Some(event) = &event {
        let found = app.store.event(&asks.scope, event).await?;
        found.ok_or_else(|| Problem::invalid("event：没有这个事件，或不在您的辖区内"))?;
    }
    let call = Call {
        id: secrets::random_hex(8)?,
        desk,
        at,
        direction: body.direction,
        person: name("person", &body.person)?,
        number: number(&body.number)?,
        unit: name("unit", &body.unit)?,
        event,
        sighting: None,
        said: needed("said", body.said)?,
        follow: body.follow_by,
        followed: None,
        struck: None,
        made: now,
        made_by: asks.doer.who.clone(),
    };
    let mut write = app.store.write().await?;
    write.log_call(&call, &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    Ok(Json(described(&app, &call)))
}

/// A telephone number: digits and what people put between them.
pub(super) fn number(number: &str) -> Answer<String> {
    let number = name("number", number)?;
    let is_number = number.chars().all(|c| c.is_ascii_digit() || "+-() ,/转".contains(c)) && number.len() <= 40;
    if is_number { Ok(number) } else { Err(Problem::invalid("number：应为电话号码")) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    said: String,
}

/// What was to be done is done.
pub async fn follow(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    let said = note(read::<Said>(&body)?.said)?;
    let call = own(&app, &asks, &id).await?;
    let mut write = app.store.write().await?;
    if !write.follow_call(&call.id, &said, app.now(), &app.actor(&asks.doer.who, &asks.address)).await? {
        return Err(Problem::conflict("此记录没有待办，或已办理、已作废"));
    }
    write.commit().await?;
    let reader = Reader::of(&app, &asks).await?;
    Ok(Json(described(&app, &reader.as_read(own(&app, &asks, &id).await?))))
}

/// Strikes a call out.
pub async fn strike(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    let said = needed("said", read::<Said>(&body)?.said)?;
    let call = own(&app, &asks, &id).await?;
    let mut write = app.store.write().await?;
    if !write.strike_call(&call.id, &said, app.now(), &app.actor(&asks.doer.who, &asks.address)).await? {
        return Err(Problem::conflict("此记录已作废"));
    }
    write.commit().await?;
    let reader = Reader::of(&app, &asks).await?;
    Ok(Json(described(&app, &reader.as_read(own(&app, &asks, &id).await?))))
}

/// A call of a desk whose books the account keeps: what it only sees because of an event it does not change.
async fn own(app: &App, asks: &Principal, id: &str) -> Answer<Call> {
    let call = app.store.call_logged(&asks.scope, desks(asks).as_deref(), id).await?.ok_or_else(Problem::not_found)?;
    kept_by(app, asks, Some(call.desk.clone())).map_err(|_| Problem::not_found())?;
    Ok(call)
}
