//! The roster of posts: what the desk keeps in a spreadsheet, read whole or not at all, with every wrong cell named.

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::assign::posts::interval;
use crate::store::{Person, Post, Roster, Scope};
use axum::body::Bytes;
use axum::extract::State;
use axum::{Extension, Json};
use calamine::{Data, Reader as _, Xlsx};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

/// Bytes of a roster at most.
pub const MOST_BYTES: usize = 4 << 20;
/// Rows and cells of text at most.
const MOST_ROWS: usize = 20_000;
/// Bytes of a roster at most when it is unpacked.
const MOST_UNPACKED: u64 = 64 << 20;
/// Columns that are looked at.
const MOST_COLUMNS: usize = 100;
const LONGEST: usize = 200;
/// Errors that are told.
const TOLD: usize = 100;

/// Posts that work can be given to.
pub async fn posts(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let minute = app.now().beijing_minute();
    let county_of = |adcode: &str| {
        app.site.counties.iter().find(|county| county.name.adcode == adcode).map(|county| county.name.name.clone())
    };
    let posts = app.store.posts(&asks.scope).await?;
    let posts = posts.iter().map(|post| {
        json!({
            "code": post.code, "name": post.name, "adcode": post.adcode, "county": county_of(&post.adcode),
            "township": post.township, "township_name": app.ground.township(&post.township), "cells": post.cells.len(), "on_duty": post.on_duty(minute),
        })
    });
    Ok(Json(json!({ "posts": posts.collect::<Vec<_>>() })))
}

/// Imports a roster.
pub async fn import(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    body: Bytes,
) -> Answer<Json<Value>> {
    let counties: Vec<String> = app.site.counties.iter().map(|county| county.name.adcode.clone()).collect();
    let scope = asks.scope.clone();
    let read = tokio::task::spawn_blocking(move || read(&body, &counties, &scope)).await;
    let read = read.map_err(|error| crate::error::Error::output("roster", error))?;
    let roster = match read {
        Ok(roster) => roster,
        Err(errors) => {
            let told: Vec<Value> = errors.iter().take(TOLD).map(Wrong::json).collect();
            let detail = format!("值班表有 {} 处不正确，未导入任何内容", errors.len());
            return Err(Problem::invalid(detail).with("errors", told));
        }
    };
    for post in &roster.posts {
        if let Some(other) = app.store.post(&post.code).await?.filter(|other| other.adcode != post.adcode) {
            let detail = format!("岗位代码 {} 已用于县区 {} 的岗位，未导入任何内容", post.code, other.adcode);
            return Err(Problem::invalid(detail));
        }
    }
    let held = held(&app, &roster).await?;
    let mut write = app.store.write().await?;
    write.put_roster(&roster, app.now(), &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    let persons = roster.posts.iter().map(|post| post.persons.len()).sum::<usize>();
    let cells = roster.posts.iter().map(|post| post.cells.len()).sum::<usize>();
    Ok(Json(json!({ "posts": roster.posts.len(), "persons": persons, "cells": cells, "held": held })))
}

/// Posts that the roster takes away, and that have cases which are not over: somebody has to give these to others.
async fn held(app: &App, roster: &Roster) -> Answer<Vec<Value>> {
    let is_new = |code: &str| roster.posts.iter().any(|post| post.code == code);
    let is_of_it = |post: &Post| roster.posts.iter().any(|new| new.adcode == post.adcode);
    let open = app.store.open_cases_by_post().await?;
    let gone = app.store.posts(&Scope::all()).await?.into_iter().filter(|post| is_of_it(post) && !is_new(&post.code));
    let told = |post: Post| {
        let cases = open.get(&post.code)?;
        Some(json!({ "code": post.code, "name": post.name, "cases": cases }))
    };
    Ok(gone.filter_map(told).collect())
}

/// A cell that is not what it should be.
#[derive(Debug, PartialEq)]
struct Wrong {
    row: usize,
    column: &'static str,
    found: String,
    expected: String,
}

impl Wrong {
    fn json(&self) -> Value {
        json!({ "row": self.row, "column": self.column, "found": self.found, "expected": self.expected })
    }
}

/// Columns by their headings: code, name, county, township, person, telephone, shift, deputy, cells.
const COLUMNS: [&str; 9] = ["岗位代码", "岗位名称", "县区代码", "乡镇代码", "姓名", "电话", "班次", "副岗", "网格"];

/// Reads the first sheet: a row a person; what is said of a post stands in each of its rows, or in the first.
fn read(bytes: &[u8], counties: &[String], scope: &Scope) -> Result<Roster, Vec<Wrong>> {
    let whole = |found: String| {
        vec![Wrong {
            row: 1, column: "", found, expected: format!("一个 xlsx 表格，第一行为 {}", COLUMNS.join("、"))
        }]
    };
    if unpacked(bytes).is_none_or(|size| size > MOST_UNPACKED) {
        return Err(whole("不是 xlsx 文件，或展开后过大".to_string()));
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).map_err(|error| whole(error.to_string()))?;
    let name = book.sheet_names().first().cloned().ok_or_else(|| whole("没有工作表".to_string()))?;
    let sheet = cells(&mut book, &name).map_err(whole)?;
    let mut rows = sheet.into_iter();
    let heading: Vec<String> = rows.next().unwrap_or_default();
    let at: Vec<Option<usize>> =
        COLUMNS.iter().map(|name| heading.iter().position(|found| found.trim() == *name)).collect();
    if at[..3].iter().any(Option::is_none) {
        return Err(whole(format!("列 {}", heading.join("、"))));
    }
    let mut wrong = Vec::new();
    let mut posts: BTreeMap<String, Post> = BTreeMap::new();
    for (row, cells) in (2..).zip(rows) {
        let cell =
            |column: usize| at[column].and_then(|at| cells.get(at)).cloned().unwrap_or_default().trim().to_string();
        if COLUMNS.iter().enumerate().all(|(column, _)| cell(column).is_empty()) {
            continue;
        }
        if let Err(found) = take(&cell, counties, scope, &mut posts) {
            wrong.push(Wrong { row, ..found });
        }
    }
    if wrong.is_empty() && posts.is_empty() {
        return Err(whole("没有任何岗位".to_string()));
    }
    if wrong.is_empty() { Ok(Roster { posts: posts.into_values().collect() }) } else { Err(wrong) }
}

fn take(
    cell: &impl Fn(usize) -> String,
    counties: &[String],
    scope: &Scope,
    posts: &mut BTreeMap<String, Post>,
) -> Result<(), Wrong> {
    let refuse = |column: usize, expected: &str| Wrong {
        row: 0,
        column: COLUMNS[column],
        found: cell(column).chars().take(50).collect(),
        expected: expected.to_string(),
    };
    for column in 0..COLUMNS.len() - 1 {
        if cell(column).chars().count() > LONGEST || cell(column).chars().any(char::is_control) {
            return Err(refuse(column, "不超过 200 字的文字"));
        }
    }
    let code = cell(0);
    let is_code = !code.is_empty() && code.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    let is_area = [6, 9, 12].contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code || is_area {
        return Err(refuse(0, "岗位代码：字母、数字或 - _ .，且不同于县区、乡镇代码"));
    }
    let adcode = cell(2);
    if !counties.contains(&adcode) {
        return Err(refuse(2, &format!("本地的县区代码之一：{}", counties.join(", "))));
    }
    if !scope.sees_county(&adcode) {
        return Err(refuse(2, "您的辖区内的县区"));
    }
    let township = cell(3);
    let is_code = township.len() == 12 && township.starts_with(&adcode) && township.bytes().all(|b| b.is_ascii_digit());
    if !township.is_empty() && !is_code {
        return Err(refuse(3, "12 位乡镇代码，以县区代码开头；或留空"));
    }
    let shift = match cell(6).as_str() {
        "" | "全天" => None,
        text => Some(interval(text).ok_or_else(|| refuse(6, "08:00-20:00 这样的时段（北京时间），或留空"))?),
    };
    let deputy = match cell(7).as_str() {
        "" | "否" | "0" => false,
        "是" | "1" | "副岗" => true,
        _ => return Err(refuse(7, "是 或 否")),
    };
    let name = cell(1);
    let post = posts.entry(code.clone()).or_insert_with(|| Post {
        code: code.clone(),
        name: if name.is_empty() { code.clone() } else { name.clone() },
        adcode: adcode.clone(),
        township: township.clone(),
        cells: Vec::new(),
        persons: Vec::new(),
    });
    if post.adcode != adcode {
        return Err(refuse(2, &format!("与同一岗位前面的行相同：{}", post.adcode)));
    }
    if !township.is_empty() && post.township != township {
        return Err(refuse(3, &format!("与同一岗位前面的行相同：{}", post.township)));
    }
    let cells = cell(8);
    for cell in cells.split([',', '，', '、', ';', ' ']).map(str::trim).filter(|cell| !cell.is_empty()) {
        if !post.cells.iter().any(|known| known == cell) {
            post.cells.push(cell.to_string());
        }
    }
    if !cell(4).is_empty() {
        post.persons.push(Person { name: cell(4), phone: cell(5), shift, deputy });
    }
    Ok(())
}

/// Bytes of all parts of a packed file, as its own list says.
fn unpacked(bytes: &[u8]) -> Option<u64> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    (0..archive.len()).map(|at| archive.by_index_raw(at).ok().map(|part| part.size())).sum()
}

/// The cells of a sheet, cell by cell: one that stands far out at the edge of the cloth makes no rows and columns up to it.
fn cells(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Result<Vec<Vec<String>>, String> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|error| error.to_string())?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize, column as usize);
        let text = text(&cell.get_value().clone().into());
        if text.trim().is_empty() || column >= MOST_COLUMNS {
            continue;
        }
        if row >= MOST_ROWS {
            return Err(format!("第 {} 行，最多 {MOST_ROWS} 行", row + 1));
        }
        rows.resize(rows.len().max(row + 1), Vec::new());
        let cells = &mut rows[row];
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text;
    }
    Ok(rows)
}

/// A cell as it is read aloud: numbers of codes and telephones have no decimals.
fn text(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[[&str; 9]]) -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in std::iter::once(&COLUMNS).chain(rows).enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                sheet.write_string(row as u32, column as u16, *cell).expect("written");
            }
        }
        book.save_to_buffer().expect("a book")
    }

    fn read_as(rows: &[[&str; 9]], areas: Option<Vec<String>>) -> Result<Roster, Vec<Wrong>> {
        let scope = Scope { counties: areas.clone(), areas, event: None };
        read(&sheet(rows), &["630222".to_string(), "630223".to_string()], &scope)
    }

    #[test]
    fn a_roster_is_posts_with_their_people() {
        let roster = read_as(
            &[
                ["HZ-01", "威远镇值班岗", "630223", "630223100000", "甲", "13900000001", "08:00-20:00", "", "A1,A2"],
                ["HZ-01", "", "630223", "", "乙", "13900000002", "20:00-08:00", "", "A2、A3"],
                ["HZ-01", "", "630223", "", "丙", "13900000003", "", "是", ""],
            ],
            None,
        )
        .expect("read");
        let post = &roster.posts[0];
        assert_eq!((roster.posts.len(), post.cells.join(" ").as_str(), post.persons.len()), (1, "A1 A2 A3", 3));
        // 10:00 and 22:00 in Beijing: who is no deputy goes first
        let on = |minute| post.on_duty(minute).map(|person| person.name);
        assert_eq!((on(600).as_deref(), on(1320).as_deref()), (Some("甲"), Some("乙")));
    }

    #[test]
    fn every_wrong_cell_is_named_and_nothing_is_taken() {
        let good = ["MH-01", "岗", "630222", "", "丁", "1", "", "", ""];
        let wrong = read_as(
            &[
                good,
                ["MH-02", "岗", "999999", "", "", "", "", "", ""],
                ["MH-03", "岗", "630222", "63", "", "", "", "", ""],
                ["MH-04", "岗", "630222", "", "", "", "早上", "", ""],
                ["", "岗", "630222", "", "", "", "", "", ""],
            ],
            None,
        )
        .expect_err("refused");
        let named: Vec<(usize, &str)> = wrong.iter().map(|wrong| (wrong.row, wrong.column)).collect();
        assert_eq!(named, [(3, "县区代码"), (4, "乡镇代码"), (5, "班次"), (6, "岗位代码")]);
        let other = read_as(&[good], Some(vec!["630223".to_string()])).expect_err("not its county");
        assert_eq!(other[0].column, "县区代码");
        assert!(read(b"not a book", &[], &Scope::all()).is_err());
    }
}
