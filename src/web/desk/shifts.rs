//! Who is on duty at which desk: a spreadsheet that is read whole or not at all, and single shifts from the page.

use super::super::app::App;
use super::super::events::read;
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use super::super::secrets;
use super::{desks, kept_by, name, needed};
use crate::ingest::lists::moment::{Zone, span};
use crate::ingest::lists::sheet::{Cell, Sheet, of_bytes};
use crate::store::Shift;
use crate::time::Utc;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of a list of shifts at most, and rows.
pub const MOST_BYTES: usize = 4 << 20;
const MOST_ROWS: usize = 5000;
/// Errors that are told.
const TOLD: usize = 100;
/// No shift is longer, hours.
const LONGEST_H: f64 = 72.0;
/// What people do in a shift.
const DUTIES: [&str; 2] = ["值班员", "带班领导"];
/// Days that are shown where nobody says how many.
const DAYS: f64 = 14.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    from: Option<Utc>,
    to: Option<Utc>,
}

/// The shifts of a time: from yesterday on, two weeks.
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(period): Query<Period>,
) -> Answer<Json<Value>> {
    let now = app.now();
    let day = |days: f64| now.plus_seconds(86_400.0 * days).unwrap_or(now);
    let (from, to) = (period.from.unwrap_or_else(|| day(-1.0)), period.to.unwrap_or_else(|| day(DAYS)));
    let shifts = app.store.shifts(desks(&asks).as_deref(), from, to).await?;
    let shown: Vec<Value> = shifts.iter().map(|shift| described(&app, shift, now)).collect();
    let own = app.site.counties.iter().map(|county| county.name.adcode.clone());
    let all: Vec<Value> = std::iter::once(app.site.city_code())
        .chain(own)
        .filter(|desk| asks.scope.sees_county(desk))
        .map(|desk| json!({ "code": desk, "name": app.site.desk_name(&desk) }))
        .collect();
    Ok(Json(json!({ "now": now, "shifts": shown, "desks": all, "own": super::own_desk(&app, &asks) })))
}

fn described(app: &App, shift: &Shift, now: Utc) -> Value {
    json!({
        "id": shift.id, "desk": shift.desk, "desk_name": app.site.desk_name(&shift.desk), "from": shift.from, "to": shift.to,
        "person": shift.person, "phone": shift.phone, "duty": shift.duty, "account": shift.account,
        "now": shift.from <= now && now < shift.to,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    desk: Option<String>,
    from: Utc,
    to: Utc,
    person: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    duty: String,
    account: Option<String>,
}

/// Adds one shift.
pub async fn add(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    body: String,
) -> Answer<Json<Value>> {
    let body: Body = read(&body)?;
    let desk = kept_by(&app, &asks, body.desk)?;
    let hours = body.to.seconds_since(body.from) / 3600.0;
    if !(hours > 0.0 && hours <= LONGEST_H) {
        return Err(Problem::invalid(format!("to：应晚于 from，且一班不超过 {LONGEST_H} 小时")));
    }
    let duty = if body.duty.is_empty() { DUTIES[0].to_string() } else { body.duty };
    if !DUTIES.contains(&duty.as_str()) {
        return Err(Problem::invalid(format!("duty：应为 {}", DUTIES.join(" 或 "))));
    }
    let account = body.account.filter(|account| !account.trim().is_empty());
    if let Some(account) = &account {
        sits(&app, account, &desk).await?.ok_or_else(|| Problem::invalid("account：没有这个帐号，或不在此值班席"))?;
    }
    let (person, phone) = (needed("person", name("person", &body.person)?)?, name("phone", &body.phone)?);
    let shift = Shift { id: secrets::random_hex(8)?, desk, from: body.from, to: body.to, person, phone, duty, account };
    let now = app.now();
    let mut write = app.store.write().await?;
    write.put_shifts(std::slice::from_ref(&shift), false, now, &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    Ok(Json(described(&app, &shift, now)))
}

/// Takes one shift out.
pub async fn drop(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(shift): Path<String>,
) -> Answer<Json<Value>> {
    let shift = app.store.shift(&shift).await?.ok_or_else(Problem::not_found)?;
    kept_by(&app, &asks, Some(shift.desk.clone())).map_err(|_| Problem::not_found())?;
    let mut write = app.store.write().await?;
    write.drop_shift(&shift, app.now(), &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    Ok(Json(json!({ "dropped": shift.id })))
}

/// An account that signs at a desk: its name and what people call it.
pub(super) async fn sits(app: &App, account: &str, desk: &str) -> Answer<Option<String>> {
    use crate::cases::Role;
    let found = app.store.account(account).await?.map(|found| found.account);
    let is_of = |account: &crate::store::Account| match account.role {
        Role::City => account.areas.is_empty() && desk == app.site.city_code(),
        Role::County => account.areas.iter().any(|area| area == desk),
        _ => false,
    };
    Ok(found.filter(|account| !account.disabled && is_of(account)).map(|account| account.display))
}

/// Imports a list of shifts.
pub async fn import(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    body: Bytes,
) -> Answer<Json<Value>> {
    let own: BTreeMap<String, String> = std::iter::once(app.site.city_code())
        .chain(app.site.counties.iter().map(|county| county.name.adcode.clone()))
        .filter(|desk| asks.scope.sees_county(desk))
        .filter_map(|desk| Some((desk.clone(), app.site.desk_name(&desk)?.to_string())))
        .collect();
    let parsed = tokio::task::spawn_blocking(move || rows(&body, &own)).await;
    let parsed = parsed.map_err(|error| crate::error::Error::output("shifts", error))?;
    let mut wrong = Vec::new();
    let mut shifts = Vec::new();
    for (row, shift) in parsed.map_err(|wrong| told(&wrong))? {
        match &shift.account {
            Some(account) if sits(&app, account, &shift.desk).await?.is_none() => {
                let found = account.clone();
                wrong
                    .push(Wrong { row, column: "帐号", found, expected: "此值班席的帐号，或留空".into() });
            }
            _ => shifts.push(Shift { id: secrets::random_hex(8)?, ..shift }),
        }
    }
    if !wrong.is_empty() {
        return Err(told(&wrong));
    }
    let mut write = app.store.write().await?;
    let replaced = write.put_shifts(&shifts, true, app.now(), &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    Ok(Json(json!({ "shifts": shifts.len(), "replaced": replaced })))
}

/// A cell that is not what it should be.
#[derive(Debug, PartialEq)]
struct Wrong {
    row: usize,
    column: &'static str,
    found: String,
    expected: String,
}

fn told(wrong: &[Wrong]) -> Problem {
    let told: Vec<Value> = wrong
        .iter()
        .take(TOLD)
        .map(|wrong| {
            json!({ "row": wrong.row, "column": wrong.column, "found": wrong.found, "expected": wrong.expected })
        })
        .collect();
    Problem::invalid(format!("排班表有 {} 处不正确，未导入任何内容", wrong.len())).with("errors", told)
}

/// Columns by their headings: desk, begin, end, name, telephone, what they do, account.
const COLUMNS: [&str; 7] = ["值班席", "开始", "结束", "姓名", "电话", "职责", "帐号"];

/// Reads the first sheet: a row a person and shift. The desk by its code or name.
fn rows(bytes: &[u8], desks: &BTreeMap<String, String>) -> Result<Vec<(usize, Shift)>, Vec<Wrong>> {
    let whole = |found: String| {
        let expected = format!("一个 xlsx 表格，第一行为 {}", COLUMNS.join("、"));
        vec![Wrong { row: 1, column: "", found, expected }]
    };
    let sheets =
        of_bytes(std::path::Path::new("排班表"), bytes, None).map_err(|refused| whole(refused.in_chinese()))?;
    let sheet: Sheet = sheets.shown.into_iter().next().ok_or_else(|| whole("没有工作表".into()))?;
    let mut lines = sheet.rows.into_iter();
    let heading: Vec<String> = lines.next().map_or(Vec::new(), |(_, cells)| cells.iter().map(Cell::shown).collect());
    let at = COLUMNS.map(|column| heading.iter().position(|found| found == column));
    if at[..4].iter().any(Option::is_none) {
        return Err(whole(format!("列 {}", heading.join("、"))));
    }
    let (mut shifts, mut wrong) = (Vec::new(), Vec::new());
    for (row, cells) in lines.take(MOST_ROWS + 1) {
        let cell = |column: usize| at[column].and_then(|at| cells.get(at)).cloned().unwrap_or_default();
        if (0..COLUMNS.len()).all(|column| cell(column) == Cell::Empty) {
            continue;
        }
        match shift(&cell, desks) {
            Ok(shift) => shifts.push((row, shift)),
            Err(found) => wrong.push(Wrong { row, ..found }),
        }
    }
    if wrong.is_empty() && shifts.is_empty() {
        return Err(whole("没有任何班次".into()));
    }
    if shifts.len() > MOST_ROWS {
        return Err(whole(format!("多于 {MOST_ROWS} 行")));
    }
    if wrong.is_empty() { Ok(shifts) } else { Err(wrong) }
}

fn shift(cell: &impl Fn(usize) -> Cell, desks: &BTreeMap<String, String>) -> Result<Shift, Wrong> {
    let refuse = |column: usize, expected: String| Wrong {
        row: 0,
        column: COLUMNS[column],
        found: cell(column).shown().chars().take(50).collect(),
        expected,
    };
    let text = |column: usize| {
        let text = cell(column).shown();
        let is_good = text.chars().count() <= super::LONGEST_NAME && !text.chars().any(char::is_control);
        if is_good { Ok(text) } else { Err(refuse(column, "不超过 100 字的文字".into())) }
    };
    let said = text(0)?;
    let desk = desks.iter().find(|(code, name)| **code == said || **name == said).map(|(code, _)| code.clone());
    let desk = desk.ok_or_else(|| {
        let known: Vec<String> = desks.iter().map(|(code, name)| format!("{code} {name}")).collect();
        refuse(0, format!("您辖区内的值班席之一：{}", known.join("、")))
    })?;
    let moment = |column: usize| {
        let at = span(&cell(column), &Cell::Empty, Zone::Beijing).map(|(from, _)| from);
        at.ok_or_else(|| refuse(column, "2025-10-20 08:00 这样的时间（北京时间）".into()))
    };
    let (from, to) = (moment(1)?, moment(2)?);
    if !(to > from && to.seconds_since(from) <= 3600.0 * LONGEST_H) {
        return Err(refuse(2, format!("晚于开始，且一班不超过 {LONGEST_H} 小时")));
    }
    let (person, duty) = (text(3)?, text(5)?);
    if person.is_empty() {
        return Err(refuse(3, "姓名".into()));
    }
    let duty = if duty.is_empty() { DUTIES[0].to_string() } else { duty };
    if !DUTIES.contains(&duty.as_str()) {
        return Err(refuse(5, DUTIES.join(" 或 ")));
    }
    let account = Some(text(6)?).filter(|account| !account.is_empty());
    Ok(Shift { id: String::new(), desk, from, to, person, phone: text(4)?, duty, account })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desks() -> BTreeMap<String, String> {
        [("630200", "海东市"), ("630223", "互助土族自治县")].map(|(code, name)| (code.into(), name.into())).into()
    }

    fn sheet(rows: &[[&str; 7]]) -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in (0_u32..).zip(std::iter::once(&COLUMNS).chain(rows)) {
            for (column, cell) in (0_u16..).zip(cells) {
                sheet.write_string(row, column, *cell).expect("written");
            }
        }
        book.save_to_buffer().expect("a book")
    }

    /// 08:00 in Beijing is midnight UTC; a shift may go over midnight.
    #[test]
    fn a_list_of_shifts_is_read() {
        let found = rows(
            &sheet(&[
                ["互助土族自治县", "2025-10-20 20:00", "2025-10-21 08:00", "甲", "13900000001", "", "huzhu"],
                ["630200", "2025/10/20 8:00", "2025年10月20日 20时", "乙", "", "带班领导", ""],
            ]),
            &desks(),
        )
        .expect("read");
        let at = |text: &str| Utc::parse(text).expect("a time");
        let (_, first) = &found[0];
        assert_eq!((first.desk.as_str(), first.duty.as_str()), ("630223", "值班员"));
        assert_eq!((first.from, first.to), (at("2025-10-20T12:00:00Z"), at("2025-10-21T00:00:00Z")));
        let (_, second) = &found[1];
        assert_eq!((second.from, second.to), (at("2025-10-20T00:00:00Z"), at("2025-10-20T12:00:00Z")));
        assert_eq!((second.account.as_deref(), second.duty.as_str()), (None, "带班领导"));
    }

    #[test]
    fn every_wrong_cell_is_named() {
        let good = ["630200", "2025-10-20 08:00", "2025-10-20 20:00", "甲", "", "", ""];
        let with = |column: usize, text: &'static str| {
            let mut row = good;
            row[column] = text;
            row
        };
        let wrong = rows(
            &sheet(&[
                good,
                with(0, "610100"),
                with(1, "早上"),
                with(2, "2025-10-20 07:00"),
                with(3, ""),
                with(5, "司机"),
            ]),
            &desks(),
        )
        .expect_err("refused");
        let named: Vec<(usize, &str)> = wrong.iter().map(|wrong| (wrong.row, wrong.column)).collect();
        assert_eq!(named, [(3, "值班席"), (4, "开始"), (5, "结束"), (6, "姓名"), (7, "职责")]);
        assert!(rows(b"PK no book", &desks()).is_err() && rows(b"a,b\n1,2\n", &desks()).is_err());
    }
}
