//! A plan as people take it along: a workbook, GeoJSON, and a page with maps that prints on A4.

use super::plan::{Plan, Row, by_post};
use crate::deliver::charts::{CellMap, NumberedCell};
use crate::deliver::page::{Page, Part, Section};
use crate::deliver::sheet::{self, Cell, Table, text};
use crate::deliver::{PROGRAM, PROGRAM_VERSION};
use crate::error::{Error, Result};
use crate::place::LonLat;
use crate::site::{County, Site};
use serde_json::{Value, json};

const HEADS: &[(&str, f64)] = &[
    ("序号", 5.0),
    ("网格编号", 18.0),
    ("县（市、区）", 16.0),
    ("乡镇（或附近）", 22.0),
    ("东经", 16.0),
    ("北纬", 16.0),
    ("经度(°)", 10.0),
    ("纬度(°)", 9.0),
    ("得分", 6.0),
    ("理由", 70.0),
    ("责任岗位", 22.0),
];
/// On paper the place stands in one column.
const PRINTED: &[(&str, f64)] =
    &[("序号", 4.5), ("网格 / 位置", 22.0), ("县、乡镇", 16.0), ("得分", 5.5), ("理由", 44.0), ("责任岗位", 14.0)];
const RULES: &[(&str, f64)] = &[("规则", 14.0), ("计分", 90.0)];
/// What it is not.
const CAUTION: &str =
    "本计划按规则排序，不含气象条件，理由逐条列出；所列为巡查地点，不表示已有火情，未列入的网格不表示没有火情。";

/// As a workbook.
///
/// # Errors
/// [`Error::Output`] where it cannot be made.
pub fn xlsx(plan: &Plan) -> Result<Vec<u8>> {
    let rows = plan.rows.iter().map(sheet_row).collect();
    let note = format!("{} {}{}", head(plan).join(" "), CAUTION, mark(plan));
    let table = Table { name: "巡查计划", title: title(plan), note, heads: HEADS, rows };
    sheet::book_bytes(&title(plan), &plan.date, &[table, rules(plan)])
}

fn sheet_row(row: &Row) -> Vec<Cell> {
    let (lon, lat) = &row.dms;
    vec![
        Cell::count(row.rank),
        text(&row.cell),
        text(&row.county),
        text(&row.township),
        text(lon),
        text(lat),
        Cell::Number(Some(row.place.lon()), 5),
        Cell::Number(Some(row.place.lat()), 5),
        Cell::Number(Some(row.score), 1),
        text(&said(row, "；")),
        text(&row.post),
    ]
}

/// The reasons with their points.
fn said(row: &Row, between: &str) -> String {
    let one = |reason: &super::rank::Reason| format!("{}（{:.1} 分）", reason.words, reason.points);
    row.reasons.iter().map(one).collect::<Vec<_>>().join(between)
}

/// Its title.
pub fn title(plan: &Plan) -> String {
    format!("{}专项巡查计划 {}", plan.area_name, plan.date)
}

fn mark(plan: &Plan) -> &'static str {
    if plan.simulated { "（模拟数据，非真实火点 SIMULATED）" } else { "" }
}

fn head(plan: &Plan) -> Vec<String> {
    let occasions = if plan.occasions.is_empty() { "无".to_string() } else { plan.occasions.join("、") };
    vec![
        format!("日期：{}　数据截止：{}（北京时间）", plan.date, plan.as_of.beijing()),
        format!("当日焚烧季和民俗日：{occasions}"),
        plan.summary(),
    ]
}

fn rules(plan: &Plan) -> Table {
    let rows = plan.rules.iter().map(|rule| vec![text(&rule.name), text(&rule.sentence)]);
    let absent = plan.absent.iter().map(|sentence| vec![text("缺少"), text(sentence)]);
    Table {
        name: "口径说明",
        title: "计分规则和缺少的资料".to_string(),
        note: "各条得分相加；同分按网格编号。".to_string(),
        heads: RULES,
        rows: rows.chain(absent).collect(),
    }
}

/// As GeoJSON: a feature a cell, in the order of the plan.
pub fn geojson(plan: &Plan) -> Value {
    let feature = |row: &Row| {
        json!({
            "type": "Feature", "id": row.cell,
            "geometry": { "type": "MultiPolygon", "coordinates": row.shape },
            "properties": {
                "rank": row.rank, "cell": row.cell, "adcode": row.adcode, "county": row.county, "township": row.township,
                "lon": row.place.lon(), "lat": row.place.lat(), "lon_dms": row.dms.0, "lat_dms": row.dms.1, "score": row.score,
                "reasons": row.reasons.iter().map(|reason| reason.words.as_str()).collect::<Vec<_>>(), "post": row.post,
            },
        })
    };
    json!({
        "type": "FeatureCollection",
        "name": title(plan), "date": plan.date, "area": plan.area, "as_of": plan.as_of, "simulated": plan.simulated,
        "absent": plan.absent, "generator": format!("{PROGRAM} {PROGRAM_VERSION}"),
        "features": plan.rows.iter().map(feature).collect::<Vec<_>>(),
    })
}

/// As a page.
pub fn page(plan: &Plan, site: &Site, seats: &[(String, LonLat)]) -> Page {
    let mut sections = Vec::new();
    if !plan.rows.is_empty() {
        sections.push(Section { heading: "巡查位置图".to_string(), parts: maps(plan, site, seats) });
    }
    let row = |row: &Row| {
        let (lon, lat) = &row.dms;
        vec![
            Cell::count(row.rank),
            text(&format!("{} {lon} {lat}（{:.5}, {:.5}）", row.cell, row.place.lon(), row.place.lat())),
            text(&format!("{} {}", row.county, row.township)),
            Cell::Number(Some(row.score), 1),
            text(&said(row, "；")),
            text(&row.post),
        ]
    };
    let rows: Vec<Vec<Cell>> = plan.rows.iter().map(row).collect();
    let most = rows.len();
    let note = by_post(plan).iter().map(|(post, count)| format!("{post} {count} 格")).collect::<Vec<_>>().join("，");
    let table = Table { name: "巡查计划", title: "巡查网格".to_string(), note, heads: PRINTED, rows };
    let caution = Part::Text(CAUTION.to_string());
    sections.push(Section { heading: "巡查清单".to_string(), parts: vec![caution, Part::Table(table, most)] });
    sections.push(Section { heading: "口径说明".to_string(), parts: vec![Part::Table(rules(plan), usize::MAX)] });
    Page { title: title(plan), head: head(plan), simulated: plan.simulated, sections }
}

/// All cells on one map, then those of each county near.
fn maps(plan: &Plan, site: &Site, seats: &[(String, LonLat)]) -> Vec<Part> {
    let cells: Vec<NumberedCell> = plan.rows.iter().map(numbered).collect();
    let of_area = |county: &&County| plan.area == site.city_code() || county.name.adcode == plan.area;
    let counties: Vec<County> = site.counties.iter().filter(of_area).cloned().collect();
    let all = CellMap { title: &title(plan), counties: &counties, seats, cells: &cells, near: false }.svg();
    let mut parts =
        vec![Part::Figure { svg: all, caption: format!("{}：编号为清单中的序号", plan.area_name) }];
    for county in &counties {
        let own: Vec<NumberedCell> =
            plan.rows.iter().filter(|row| row.adcode == county.name.adcode).map(numbered).collect();
        if own.is_empty() {
            continue;
        }
        let name = &county.name.name;
        let title = format!("{name} {}", plan.date);
        let svg = CellMap { title: &title, counties: &site.counties, seats, cells: &own, near: true }.svg();
        parts.push(Part::Figure { svg, caption: format!("{name}：{} 格；小圆点为乡镇驻地", own.len()) });
    }
    parts
}

fn numbered(row: &Row) -> NumberedCell {
    NumberedCell { number: row.rank, place: row.place, rings: row.shape.iter().flatten().cloned().collect() }
}

/// All files of a plan into a folder; their paths.
///
/// # Errors
/// [`Error::Output`].
pub fn write(
    plan: &Plan,
    site: &Site,
    seats: &[(String, LonLat)],
    out: &std::path::Path,
) -> Result<Vec<std::path::PathBuf>> {
    std::fs::create_dir_all(out).map_err(|error| Error::output(out, error))?;
    let files = [
        ("patrol-plan.xlsx", xlsx(plan)?),
        ("patrol-plan.geojson", format!("{:#}\n", geojson(plan)).into_bytes()),
        ("patrol-plan.html", page(plan, site, seats).html().into_bytes()),
    ];
    let write = |(name, bytes): &(&str, Vec<u8>)| {
        let path = out.join(name);
        crate::deliver::atomic::write_bytes(&path, bytes)?;
        Ok(path)
    };
    files.iter().map(write).collect()
}
