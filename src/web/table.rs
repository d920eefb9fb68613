//! Rows of a list as CSV, spreadsheet or KML. Texts are texts: none is a formula, whatever it begins with.

use super::asked::Format;
use super::features;
use crate::deliver::rounded;
use crate::deliver::xml::plain;
use crate::error::{Error, Result};
use crate::fire::{Confidence, FireEvent, FirePixel};
use crate::place::LonLat;
use crate::sighting::{Kind, Origin, Sighting};
use crate::store::{Shown, Stored};
use crate::time::Utc;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::Value;
use std::collections::BTreeMap;

/// Rows of a list at most; what is left out is said in it.
pub const ROWS: usize = 100_000;

/// A value of a cell.
enum Cell {
    Text(String),
    Number(Option<f64>),
}

/// A row with its place.
pub struct Row {
    name: String,
    place: Option<LonLat>,
    cells: Vec<(String, String, Cell)>,
}

/// Name for programs, and heading for people.
pub type Head = (String, String);

fn named(cells: Vec<(&str, &str, Cell)>) -> Vec<(String, String, Cell)> {
    cells.into_iter().map(|(name, heading, cell)| (name.to_string(), heading.to_string(), cell)).collect()
}

fn text(value: impl Into<String>) -> Cell {
    Cell::Text(value.into())
}

fn sure(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "低",
        Confidence::Nominal => "中",
        Confidence::High => "高",
    }
}

/// Degrees to a tenth of a metre: what is behind that is noise of the reckoning.
fn degree(degrees: f64) -> Cell {
    Cell::Number(Some(rounded(degrees, 6)))
}

fn maybe(value: Option<&str>) -> Cell {
    Cell::Text(value.unwrap_or_default().to_string())
}

impl Row {
    /// Names and headings of its cells.
    pub fn heads(&self) -> Vec<Head> {
        self.cells.iter().map(|(name, heading, _)| (name.clone(), heading.clone())).collect()
    }

    /// Those of events, where there is none.
    pub fn heads_of_events() -> Vec<Head> {
        let event = FireEvent::bare("", Utc::UNIX_EPOCH, LonLat::ZERO);
        let stored = Stored { event, revision: 1, open: true, changed: Utc::UNIX_EPOCH, acknowledged: None };
        Row::of_event(&Shown { stored, case: None, seq: 0, deadline: None }, &BTreeMap::new()).heads()
    }

    /// Those of detections, where there is none.
    pub fn heads_of_fires() -> Vec<Head> {
        Row::of_fire(&FirePixel::bare("", Utc::UNIX_EPOCH, LonLat::ZERO)).heads()
    }

    /// Of any feature: its properties.
    pub fn of_feature(feature: &Value) -> Row {
        let cell = |value: &Value| match value {
            Value::Number(number) => Cell::Number(number.as_f64()),
            Value::String(text) => Cell::Text(text.clone()),
            Value::Null => Cell::Text(String::new()),
            other => Cell::Text(other.to_string()),
        };
        let properties = feature["properties"].as_object().into_iter().flatten();
        Row {
            name: feature["properties"]["name"].as_str().or(feature["id"].as_str()).unwrap_or_default().to_string(),
            place: None,
            cells: properties.map(|(name, value)| (name.clone(), name.clone(), cell(value))).collect(),
        }
    }

    /// Of an event: what it is, where, and what was made of it; `names` are those of posts by their codes.
    pub fn of_event(shown: &Shown, names: &BTreeMap<String, String>) -> Row {
        let event = &shown.stored.event;
        let case = shown.case.as_ref();
        let found = case.and_then(|case| case.verification.as_ref());
        let simulated = if event.simulated { "模拟" } else { "" };
        Row {
            name: format!("{simulated}疑似火点 {}", &event.id[..event.id.len().min(6)]),
            place: Some(event.place),
            cells: named(vec![
                ("id", "编号", text(&event.id)),
                ("status", "状态", text(features::status(shown).name())),
                ("first_seen", "首次发现(北京时间)", text(event.first_seen.beijing())),
                ("last_seen", "最后发现(北京时间)", text(event.last_seen.beijing())),
                ("longitude", "经度", degree(event.place.lon())),
                ("latitude", "纬度", degree(event.place.lat())),
                ("county", "县(市、区)", maybe(event.county.as_ref().map(|county| county.name.as_str()))),
                ("township", "乡镇", maybe(event.township.as_deref())),
                ("candidates", "可能位置", text(event.candidates.join("；"))),
                ("grid_cell", "网格", maybe(event.grid_cell.as_deref())),
                ("position_error_m", "位置误差(米)", Cell::Number(event.position_error_m.map(f64::round))),
                ("class", "类别", text(event.class.spoken())),
                ("confidence", "可信度", text(sure(event.confidence))),
                ("max_frp_mw", "最大功率(兆瓦)", Cell::Number(event.max_frp_mw)),
                ("detections", "探测数", Cell::Number(Some(event.detections as f64))),
                ("sources", "来源", text(event.sources.join("；"))),
                ("first_discoverer", "最先发现", text(&event.first_discoverer)),
                ("post", "岗位", maybe(case.and_then(|case| Some(case.post_name(case.post.as_deref()?, names))))),
                (
                    "dispatched",
                    "派单(北京时间)",
                    maybe(case.and_then(|case| case.dispatched).map(|at| at.beijing()).as_deref()),
                ),
                ("finding", "核查结果", maybe(found.map(|found| found.finding.name()))),
                ("cause", "原因", maybe(found.and_then(|found| found.cause).map(|cause| cause.name()))),
                ("note", "说明", maybe(found.map(|found| found.note.as_str()))),
                ("merged_into", "并入", maybe(event.merged_into.as_deref())),
                ("simulated", "模拟", text(simulated)),
            ]),
        }
    }

    /// Those of sightings, where there is none.
    pub fn heads_of_sightings() -> Vec<Head> {
        let sighting = Sighting {
            id: String::new(),
            origin: Origin::Camera,
            time: Utc::UNIX_EPOCH,
            camera: None,
            kind: Kind::Smoke,
            score: 0.0,
            from: None,
            direction: None,
            range_m: None,
            ground: None,
            image: None,
            vendor_id: None,
            simulated: false,
        };
        Row::of_sighting(&sighting, &Value::Null, "").heads()
    }

    /// Of a sighting and its Feature; `url` is the address of the server.
    pub fn of_sighting(sighting: &Sighting, feature: &Value, url: &str) -> Row {
        let simulated = if sighting.simulated { "模拟" } else { "" };
        let camera = sighting.camera.as_deref();
        let place = sighting.place().map(|(place, _)| place);
        let number = |name: &str| Cell::Number(feature["properties"][name].as_f64());
        let degrees =
            |place: Option<LonLat>, of: fn(LonLat) -> f64| place.map_or(Cell::Number(None), |place| degree(of(place)));
        let image = feature["properties"]["image"].as_str().unwrap_or_default();
        let image = if image.starts_with('/') { format!("{url}{image}") } else { image.to_string() };
        Row {
            name: format!("{simulated}{} {}", camera.unwrap_or(sighting.origin.spoken()), sighting.time.beijing()),
            place,
            cells: named(vec![
                ("id", "编号", text(&sighting.id)),
                ("time", "时间(北京时间)", text(sighting.time.beijing())),
                ("origin", "来源", text(sighting.origin.spoken())),
                ("camera", "摄像机", maybe(camera)),
                ("kind", "类型", text(sighting.kind.spoken())),
                ("score", "得分", number("score")),
                ("longitude", "经度", degrees(place, LonLat::lon)),
                ("latitude", "纬度", degrees(place, LonLat::lat)),
                ("position_error_m", "位置误差(米)", number("position_error_m")),
                ("azimuth_deg", "方位角(度)", number("azimuth_deg")),
                ("range_m", "距离(米)", number("range_m")),
                ("camera_longitude", "摄像机经度", degrees(sighting.from, LonLat::lon)),
                ("camera_latitude", "摄像机纬度", degrees(sighting.from, LonLat::lat)),
                ("vendor_id", "对方编号", maybe(sighting.vendor_id.as_deref())),
                ("image", "图片", text(image)),
                ("simulated", "模拟", text(simulated)),
            ]),
        }
    }

    /// Of a detection.
    pub fn of_fire(fire: &FirePixel) -> Row {
        let simulated = if fire.simulated { "模拟" } else { "" };
        Row {
            name: format!("{simulated}{} {}", fire.satellite, fire.time.beijing()),
            place: Some(fire.place),
            cells: named(vec![
                ("id", "编号", text(&fire.id)),
                ("time", "时间(北京时间)", text(fire.time.beijing())),
                ("satellite", "卫星", text(&fire.satellite)),
                ("sensor", "传感器", text(&fire.sensor)),
                ("longitude", "经度", degree(fire.place.lon())),
                ("latitude", "纬度", degree(fire.place.lat())),
                ("county", "县(市、区)", maybe(fire.county.as_ref().map(|county| county.name.as_str()))),
                ("grid_cell", "网格", maybe(fire.grid_cell.as_deref())),
                ("position_error_m", "位置误差(米)", Cell::Number(fire.position_error_m.map(f64::round))),
                ("class", "类别", text(fire.class.spoken())),
                ("confidence", "可信度", text(sure(fire.confidence))),
                ("frp_mw", "功率(兆瓦)", Cell::Number(fire.frp_mw)),
                ("bt_mir_k", "中红外亮温(K)", Cell::Number(fire.bt_mir_k.map(f64::from))),
                ("simulated", "模拟", text(simulated)),
            ]),
        }
    }
}

/// The rows in a format.
///
/// # Errors
/// [`Error::Output`].
pub fn write(format: Format, title: &str, heads: Vec<Head>, rows: &[Row]) -> Result<Vec<u8>> {
    let done = match format {
        Format::Csv => csv(&heads, rows),
        Format::Xlsx => xlsx(title, &heads, rows),
        Format::Kml | Format::Json => kml(title, rows),
    };
    done.map_err(|error| Error::output("export", error))
}

type Done = std::result::Result<Vec<u8>, Box<dyn std::error::Error>>;

/// English names, as programs want them; a byte-order mark, as spreadsheets in Chinese want it.
fn csv(heads: &[Head], rows: &[Row]) -> Done {
    let mut out = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    if !heads.is_empty() {
        out.write_record(heads.iter().map(|(name, _)| name))?;
    }
    for row in rows {
        out.write_record(row.cells.iter().map(|(_, _, cell)| match cell {
            Cell::Text(text) => defused(text),
            Cell::Number(number) => number.map(|number| number.to_string()).unwrap_or_default(),
        }))?;
    }
    Ok(out.into_inner()?)
}

/// A text that a spreadsheet would take for a formula is quoted.
fn defused(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_string() }
}

fn xlsx(title: &str, heads: &[Head], rows: &[Row]) -> Done {
    use rust_xlsxwriter::{Format as Look, Workbook};
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("清单")?;
    sheet.set_freeze_panes(2, 0)?;
    let bold = Look::new().set_bold();
    let more = if rows.len() >= ROWS { format!("；仅列出前 {ROWS} 行") } else { String::new() };
    let simulated = if rows.iter().any(|row| row.name.starts_with("模拟")) { "；含模拟数据" } else { "" };
    sheet.write_string_with_format(0, 0, format!("{title}{more}{simulated}"), &bold)?;
    for (column, (_, heading)) in (0_u16..).zip(heads) {
        sheet.set_column_width(column, if heading.chars().count() > 6 { 20 } else { 12 })?;
        sheet.write_string_with_format(1, column, heading, &bold)?;
    }
    for (at, row) in (2_u32..).zip(rows) {
        for (column, (_, _, cell)) in (0_u16..).zip(&row.cells) {
            match cell {
                Cell::Text(text) if text.is_empty() => {}
                Cell::Text(text) => _ = sheet.write_string(at, column, text)?,
                Cell::Number(Some(number)) => _ = sheet.write_number(at, column, *number)?,
                Cell::Number(None) => {}
            }
        }
    }
    Ok(book.save_to_buffer()?)
}

fn kml(title: &str, rows: &[Row]) -> Done {
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("kml").with_attribute(("xmlns", "http://www.opengis.net/kml/2.2")).write_inner_content(
        |xml| {
            xml.create_element("Document").write_inner_content(|xml| {
                let simulated = rows.iter().any(|row| row.name.starts_with("模拟"));
                let title = if simulated { format!("{title}；含模拟数据") } else { title.to_string() };
                xml.create_element("name").write_text_content(BytesText::new(&plain(&title)))?;
                for row in rows {
                    placemark(xml, row)?;
                }
                Ok(())
            })?;
            Ok(())
        },
    )?;
    Ok(xml.into_inner())
}

fn placemark(xml: &mut Writer<Vec<u8>>, row: &Row) -> std::io::Result<()> {
    xml.create_element("Placemark").write_inner_content(|xml| {
        xml.create_element("name").write_text_content(BytesText::new(&plain(&row.name)))?;
        xml.create_element("ExtendedData").write_inner_content(|xml| {
            for (name, _, cell) in &row.cells {
                let value = match cell {
                    Cell::Text(text) => plain(text),
                    Cell::Number(number) => number.map(|number| number.to_string()).unwrap_or_default(),
                };
                xml.create_element("Data").with_attribute(("name", plain(name).as_str())).write_inner_content(
                    |xml| {
                        xml.create_element("value").write_text_content(BytesText::new(&value))?;
                        Ok(())
                    },
                )?;
            }
            Ok(())
        })?;
        let Some(place) = row.place else { return Ok(()) };
        xml.create_element("Point").write_inner_content(|xml| {
            let place = format!("{:.6},{:.6}", place.lon(), place.lat());
            xml.create_element("coordinates").write_text_content(BytesText::new(&place))?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 102.30999999999995 is 102.31 in a list, and a tenth of a metre is kept.
    #[test]
    fn degrees_have_six_decimals() {
        let place = LonLat::new(102.309_999_999_999_95, 36.123_456_7).expect("a place");
        let rows = [Row::of_fire(&FirePixel::bare("a", Utc::UNIX_EPOCH, place))];
        let text = String::from_utf8(csv(&rows[0].heads(), &rows).expect("written")).expect("UTF-8");
        assert!(text.contains(",102.31,36.123457,"), "{text}");
    }

    fn row(note: &str) -> Row {
        let cells = vec![("id", "编号", text("a1")), ("note", "说明", text(note)), ("mw", "功率", Cell::Number(None))];
        Row { name: "疑似火点 a1".into(), place: LonLat::new(102.1, 36.5), cells: named(cells) }
    }

    #[test]
    fn a_text_is_no_formula_and_no_markup() {
        let rows = [row("=HYPERLINK(\"http://x\")"), row("<script>&\u{1}")];
        let csv = String::from_utf8(write(Format::Csv, "t", rows[0].heads(), &rows).expect("csv")).expect("UTF-8");
        assert!(csv.contains("'=HYPERLINK") && csv.starts_with('\u{feff}'), "{csv}");
        let kml = String::from_utf8(write(Format::Kml, "t", rows[0].heads(), &rows).expect("kml")).expect("UTF-8");
        assert!(kml.contains("&lt;script&gt;&amp;</value>") && kml.contains("102.100000,36.500000"), "{kml}");
        assert_eq!(&write(Format::Xlsx, "t", rows[0].heads(), &rows).expect("xlsx")[..2], b"PK");
        assert!(
            write(Format::Kml, "t", Vec::new(), &[]).is_ok()
                && write(Format::Csv, "t", Row::heads_of_events(), &[]).is_ok()
        );
    }
}
