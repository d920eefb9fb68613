//! The list that a mail carries: the columns of the provincial weekly report first, then ours, one row an event.

use super::{Notice, words};
use crate::deliver::sheet::{MOST_CHARACTERS, head_format};
use crate::deliver::{PROGRAM_VERSION, rounded};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use serde_json::Value;

type Column = (&'static str, f64, fn(&Notice<'_>) -> Value);

/// Heading, width in characters, content: a text, a number, or null where it is not known.
const COLUMNS: &[Column] = &[
    ("设区市", 10.0, |n| if n.event.county.is_some() { n.site.into() } else { "县界以外".into() }),
    ("县(市、区)", 20.0, |n| n.event.county.as_ref().map(|county| county.name.as_str()).into()),
    ("乡镇", 12.0, |n| n.event.township.as_deref().into()),
    ("中心经度", 16.0, |n| n.event.place.dms().0.trim_end_matches('E').into()),
    ("中心纬度", 16.0, |n| n.event.place.dms().1.trim_end_matches('N').into()),
    ("卫星过境日期", 14.0, |n| n.event.last_seen.beijing().get(..10).into()),
    ("通知", 8.0, |n| words::happened(n).into()),
    ("首次发现(北京时间)", 19.0, |n| n.event.first_seen.beijing().into()),
    ("最近发现(北京时间)", 19.0, |n| n.event.last_seen.beijing().into()),
    ("来源", 26.0, |n| n.event.sources.join("、").into()),
    ("最大辐射功率(MW)", 18.0, |n| number(n.event.max_frp_mw, 2)),
    ("确认状态", 10.0, |n| n.event.confirmation.spoken().into()),
    ("置信度", 9.0, |n| n.event.confidence.spoken().into()),
    ("类别", 11.0, |n| n.event.class.spoken().into()),
    ("经度", 12.0, |n| number(Some(n.event.place.lon()), 6)),
    ("纬度", 12.0, |n| number(Some(n.event.place.lat()), 6)),
    ("定位误差(m)", 13.0, |n| number(n.event.position_error_m, 0)),
    ("网格", 20.0, |n| n.event.grid_cell.as_deref().into()),
    ("责任岗位", 24.0, |n| n.event.responsible.as_deref().into()),
    ("附近乡镇", 34.0, |n| n.event.candidates.join("、").into()),
    ("事件编号", 20.0, |n| n.event.id.as_str().into()),
    ("第几报", 8.0, |n| n.revision.into()),
    ("备注", 30.0, |n| remarks(n).into()),
];

fn number(value: Option<f64>, decimals: i32) -> Value {
    value.filter(|value| value.is_finite()).map(|value| rounded(value, decimals)).into()
}

fn remarks(notice: &Notice<'_>) -> String {
    let simulated = notice.event.simulated.then(|| "模拟数据".to_string());
    let late = notice.late.then(|| "补发: 请核查过火痕迹".to_string());
    simulated.into_iter().chain(late).chain(notice.event.reasons.iter().cloned()).collect::<Vec<_>>().join("; ")
}

/// The row of a notice.
pub(super) fn row(notice: &Notice<'_>) -> Vec<Value> {
    COLUMNS.iter().map(|(_, _, cell)| cell(notice)).collect()
}

/// A workbook of rows, dated with a day `2025-10-20`: the same rows give the same bytes.
pub(super) fn workbook(rows: &[Vec<Value>], title: &str, day: &str) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let properties = DocProperties::new().set_title(title).set_author(format!("strawfire {PROGRAM_VERSION}"));
    workbook.set_properties(&properties.set_creation_datetime(&ExcelDateTime::parse_from_str(day)?));
    let sheet = workbook.add_worksheet().set_name("疑似火点")?;
    let last = (COLUMNS.len() - 1) as u16;
    let bold = Format::new().set_bold().set_font_size(14);
    sheet.merge_range(0, 0, 0, last, title, &bold)?;
    let head = head_format();
    for (column, (name, width, _)) in (0..).zip(COLUMNS) {
        sheet.set_column_width(column, *width)?.write_string_with_format(1, column, *name, &head)?;
    }
    for (line, row) in (2..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            match cell {
                Value::String(text) if !text.is_empty() => {
                    let text: String = text.chars().take(MOST_CHARACTERS).collect();
                    sheet.write_string(line, column, text)?;
                }
                Value::Number(number) => {
                    sheet.write_number(line, column, number.as_f64().unwrap_or_default())?;
                }
                _ => {}
            }
        }
    }
    sheet.autofilter(1, 0, 1 + rows.len() as u32, last)?.set_freeze_panes(2, 2)?;
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The provincial weekly report of 2019 in the field notes.
    #[test]
    fn the_officials_columns_come_first() {
        let names: Vec<&str> = COLUMNS.iter().take(6).map(|column| column.0).collect();
        assert_eq!(names, ["设区市", "县(市、区)", "乡镇", "中心经度", "中心纬度", "卫星过境日期"]);
    }
}
