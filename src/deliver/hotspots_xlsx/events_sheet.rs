//! The sheet with one row an event: what is dispatched is a place to go to, not a pixel.

use super::{Heading, MAX_ROWS, NOTHING_READ};
use crate::deliver::sheet::{Cell, text, write_cells};
use crate::fire::FireEvent;
use crate::place::Ellipse;
use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

/// An event with its number on the list, from 1.
struct Row<'a> {
    site: &'a str,
    number: usize,
    event: &'a FireEvent,
}

impl Row<'_> {
    fn ellipse(&self) -> Option<Ellipse> {
        self.event.place_spread.map(|spread| spread.ellipse())
    }
}

type Column = (&'static str, f64, fn(&Row<'_>) -> Cell);

/// Heading, width in characters, content: the columns of the provincial report first, as in the sheet of pixels, with the
/// place of the event.
const COLUMNS: &[Column] = &[
    ("设区市", 10.0, |r| text(if r.event.county.is_some() { r.site } else { "县界以外" })),
    ("县(市、区)", 20.0, |r| text(r.event.county.as_ref().map_or("", |county| &county.name))),
    ("乡镇", 12.0, |r| text(r.event.township.as_deref().unwrap_or(""))),
    ("中心经度", 16.0, |r| text(r.event.place.dms().0.trim_end_matches('E'))),
    ("中心纬度", 16.0, |r| text(r.event.place.dms().1.trim_end_matches('N'))),
    ("卫星过境日期", 14.0, |r| text(r.event.first_seen.beijing().get(..10).unwrap_or(""))),
    ("事件序号", 10.0, |r| Cell::Number(Some(r.number as f64), 0)),
    ("事件编号", 20.0, |r| text(&r.event.id)),
    ("首次观测(北京时间)", 19.0, |r| text(&r.event.first_seen.beijing())),
    ("末次观测(北京时间)", 19.0, |r| text(&r.event.last_seen.beijing())),
    ("网格", 20.0, |r| text(r.event.grid_cell.as_deref().unwrap_or(""))),
    ("附近乡镇", 34.0, |r| text(&r.event.candidates.join("、"))),
    ("责任岗位", 24.0, |r| text(r.event.responsible.as_deref().unwrap_or(""))),
    ("类别", 11.0, |r| text(r.event.class.spoken())),
    ("置信度", 9.0, |r| text(r.event.confidence.spoken())),
    ("确认", 10.0, |r| text(r.event.confirmation.spoken())),
    ("最大辐射功率(MW)", 18.0, |r| Cell::Number(r.event.max_frp_mw, 2)),
    ("定位误差(m)", 13.0, |r| Cell::Number(r.event.position_error_m, 0)),
    ("误差椭圆长半轴(km)", 19.0, |r| Cell::Number(r.ellipse().map(|e| e.a_m / 1000.0), 2)),
    ("误差椭圆短半轴(km)", 19.0, |r| Cell::Number(r.ellipse().map(|e| e.b_m / 1000.0), 2)),
    ("长轴方位(度)", 13.0, |r| Cell::Number(r.ellipse().map(|e| e.bearing_deg), 1)),
    ("观测次数", 10.0, |r| Cell::Number(Some(r.event.looks as f64), 0)),
    ("探测数", 9.0, |r| Cell::Number(Some(r.event.detections as f64), 0)),
    ("资料来源", 24.0, |r| text(&r.event.sources.join("、"))),
    ("依据", 40.0, |r| text(&r.event.reasons.join("; "))),
    ("经度", 12.0, |r| Cell::Number(Some(r.event.place.lon()), 6)),
    ("纬度", 12.0, |r| Cell::Number(Some(r.event.place.lat()), 6)),
    ("备注", 12.0, |r| text(if r.event.simulated { "模拟数据" } else { "" })),
];

/// Rows above the headings: title, and what a row is.
const HEADER_ROW: u32 = 2;

/// Name of the sheet; that of the pixels has the short one.
pub(super) const NAME: &str = "疑似火点(按处)";

/// Writes the events in the order of the list.
pub(super) fn write(sheet: &mut Worksheet, heading: Heading<'_>) -> Result<(), XlsxError> {
    let last = (COLUMNS.len() - 1) as u16;
    let title_format = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::VerticalCenter);
    let simulated = heading.simulated || heading.events.iter().any(|event| event.simulated);
    let title = if simulated { "疑似火点(按处)(模拟数据)" } else { NAME };
    sheet.merge_range(0, 0, 0, last, title, &title_format)?.set_row_height(0, 28)?;
    sheet.merge_range(1, 0, 1, last, &note(heading), &Format::new())?;
    let rows = (1..).zip(heading.events).take(MAX_ROWS).map(|(number, event)| {
        let row = Row { site: heading.site, number, event };
        COLUMNS.iter().map(|(.., cell)| cell(&row)).collect()
    });
    let heads: Vec<(&str, f64)> = COLUMNS.iter().map(|(name, width, _)| (*name, *width)).collect();
    write_cells(sheet, HEADER_ROW, &heads, rows)
}

fn note(heading: Heading<'_>) -> String {
    let events = heading.events.len();
    let cut = if events > MAX_ROWS {
        format!(", 本表仅列前 {MAX_ROWS} 处, 其余见 events.geojson")
    } else {
        String::new()
    };
    let counts =
        if heading.nothing_read { NOTHING_READ.to_string() } else { format!("一行一处, 共 {events} 处{cut}") };
    format!(
        "{counts}; 位置为各探测合并后的最佳估计; 探测数含卫星像元与视频、无人机、来电等线索, 确认以处计; 尚未经现场核实"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::{Confirmation, CountyName};
    use crate::place::{LonLat, Spread};
    use crate::time::Utc;

    /// By hand: 36.25 deg are 36 deg 15'; 23:50Z is 07:50 of the next day in Beijing; 2,000 m to the east and 1,000 m to the
    /// north are an ellipse of 2 by 1 km along 90 degrees.
    #[test]
    fn a_row_is_the_event() {
        let time = |text| Utc::parse(text).expect("a time");
        let event = FireEvent {
            last_seen: time("2025-10-21T00:10:00Z"),
            county: Some(CountyName { adcode: "630202".into(), name: "乐都区".into() }),
            confirmation: Confirmation::Confirmed,
            place_spread: Some(Spread::along(2000.0, 0.0).and(Spread::along(0.0, 1000.0))),
            looks: 3,
            detections: 7,
            sources: vec!["Himawari-9".into(), "NOAA-20".into()],
            reasons: vec!["甲".into(), "乙".into()],
            ..FireEvent::bare("ev", time("2025-10-20T23:50:00Z"), LonLat::new(102.5, 36.25).expect("valid"))
        };
        let row = Row { site: "海东市", number: 2, event: &event };
        let said = |name: &str| match COLUMNS.iter().find(|column| column.0 == name).expect(name).2(&row) {
            Cell::Text(text) => text,
            Cell::Number(number, decimals) => number.map_or_else(String::new, |n| format!("{n:.*}", decimals as usize)),
            Cell::Share(_) => String::new(),
        };
        let names: Vec<&str> = COLUMNS.iter().take(6).map(|column| column.0).collect();
        assert_eq!(names, ["设区市", "县(市、区)", "乡镇", "中心经度", "中心纬度", "卫星过境日期"]);
        let first: Vec<String> = names.iter().map(|name| said(name)).collect();
        assert_eq!(first, ["海东市", "乐都区", "", "102°30'0.000\"", "36°15'0.000\"", "2025-10-21"]);
        for (name, value) in [
            ("事件序号", "2"),
            ("事件编号", "ev"),
            ("首次观测(北京时间)", "2025-10-21 07:50"),
            ("末次观测(北京时间)", "2025-10-21 08:10"),
            ("确认", "已印证"),
            ("最大辐射功率(MW)", ""),
            ("误差椭圆长半轴(km)", "2.00"),
            ("误差椭圆短半轴(km)", "1.00"),
            ("长轴方位(度)", "90.0"),
            ("观测次数", "3"),
            ("探测数", "7"),
            ("资料来源", "Himawari-9、NOAA-20"),
            ("依据", "甲; 乙"),
        ] {
            assert_eq!(said(name), value, "{name}");
        }
    }
}
