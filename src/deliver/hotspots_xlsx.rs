//! `hotspots.xlsx`: the list that officials read, a row a pixel, then a row an event. The columns of the provincial weekly report
//! come first, then ours.
//!
//! Texts are written as texts, never as formulas, whatever they begin with.

mod events_sheet;

use super::atomic;
use super::scan_report::CountyShare;
use super::sheet::{Cell, Table, head_format, properties, text, write_cells};
use crate::error::{Error, Result};
use crate::fire::{DayNight, FireEvent, FirePixel, Verdict};
use crate::ledger::spoken_count;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::collections::HashMap;
use std::path::Path;

/// Rows that the list holds at most; a sheet of a million is of no use to an officer.
pub const MAX_ROWS: usize = 100_000;

/// What stands over the list.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    /// Name of the site: the city of the first column.
    pub site: &'a str,
    /// Whether any part of the list is simulated.
    pub simulated: bool,
    /// Which satellites looked and when; what the list cannot show.
    pub looks: &'a str,
    /// See `looks`.
    pub cautions: &'a str,
    /// Events of the pixels: touching pixels are one place to go to.
    pub events: &'a [FireEvent],
    /// How much of each county was seen; empty where the source does not say (lists of others).
    pub observed: &'a [CountyShare],
    /// Not one input could be read: the list is empty and says nothing.
    pub nothing_read: bool,
    /// Sheets that follow.
    pub tables: &'a [Table],
}

/// Of a run that read nothing: that it has no fire is no answer.
pub const NOTHING_READ: &str = "未能读取任何资料, 不能说明有无火点";

/// What a row knows beside its pixel.
struct Row<'a> {
    site: &'a str,
    /// Its event and the number of that in the list of events, from 1.
    event: Option<(usize, &'a FireEvent)>,
}

type Column = (&'static str, f64, fn(&FirePixel, &Row<'_>) -> Cell);

/// Heading, width in characters, content.
const COLUMNS: &[Column] = &[
    ("设区市", 10.0, |p, row| text(if p.county.is_some() { row.site } else { "县界以外" })),
    ("县(市、区)", 20.0, |p, _| text(p.county.as_ref().map_or("", |county| &county.name))),
    ("乡镇", 12.0, |p, _| text(p.township.as_deref().unwrap_or(""))),
    ("中心经度", 16.0, |p, _| text(p.place.dms().0.trim_end_matches('E'))),
    ("中心纬度", 16.0, |p, _| text(p.place.dms().1.trim_end_matches('N'))),
    ("卫星过境日期", 14.0, |p, _| text(p.time.beijing().get(..10).unwrap_or(""))),
    ("事件序号", 10.0, |_, row| Cell::Number(row.event.map(|(n, _)| n as f64), 0)),
    ("过境时间(北京时间)", 19.0, |p, _| text(p.time.beijing().get(11..).unwrap_or(""))),
    ("卫星", 13.0, |p, _| text(&p.satellite)),
    ("传感器", 9.0, |p, _| text(&p.sensor)),
    ("火点辐射功率(MW)", 18.0, |p, _| Cell::Number(p.frp_mw, 2)),
    ("像元确认", 10.0, |p, _| text(p.confirmation.spoken())),
    ("置信度", 9.0, |p, _| text(p.confidence.spoken())),
    ("中红外亮温(K)", 15.0, |p, _| Cell::Number(p.bt_mir_k.map(f64::from), 1)),
    ("热红外亮温(K)", 15.0, |p, _| Cell::Number(p.bt_tir_k.map(f64::from), 1)),
    ("昼夜", 7.0, |p, _| text(p.daynight.map_or("", daynight))),
    ("经度", 12.0, |p, _| Cell::Number(Some(p.place.lon()), 6)),
    ("纬度", 12.0, |p, _| Cell::Number(Some(p.place.lat()), 6)),
    ("定位误差(m)", 13.0, |p, _| Cell::Number(p.position_error_m, 0)),
    ("网格", 20.0, |p, _| text(p.grid_cell.as_deref().unwrap_or(""))),
    ("责任岗位", 24.0, |_, row| text(row.event.and_then(|(_, event)| event.responsible.as_deref()).unwrap_or(""))),
    ("附近乡镇", 34.0, |_, row| text(&row.event.map_or(String::new(), |(_, event)| event.candidates.join("、")))),
    ("类别", 11.0, |p, _| text(p.class.spoken())),
    ("编号", 44.0, |p, _| text(&p.id)),
    ("备注", 30.0, |p, _| text(&remarks(p))),
    ("事件编号", 20.0, |_, row| text(row.event.map_or("", |(_, event)| &event.id))),
];

/// Rows above the first fire: title, sentence, shares, note, headings.
const HEADER_ROW: u32 = 4;

/// Writes the list of the pixels given, by time and id, a sheet of the events, and one with what was seen of each county.
///
/// # Errors
/// [`Error::Output`] where the file cannot be made or written.
pub fn write(path: &Path, pixels: &[FirePixel], heading: Heading<'_>) -> Result<()> {
    let bytes = workbook(pixels, heading).map_err(|error| Error::output(path, error))?;
    atomic::write_bytes(path, &bytes)
}

/// Writes a workbook of tables with a sheet of the events behind them; `day` is the date inside the file.
///
/// # Errors
/// [`Error::Output`] where the file cannot be made or written.
pub fn write_report(path: &Path, title: &str, day: &str, heading: Heading<'_>) -> Result<()> {
    let made = || {
        let mut workbook = Workbook::new();
        workbook.set_properties(&properties(title, day)?);
        for table in heading.tables {
            table.write(&mut workbook)?;
        }
        events_sheet::write(workbook.add_worksheet().set_name(events_sheet::NAME)?, heading)?;
        workbook.save_to_buffer()
    };
    let bytes = made().map_err(|error: XlsxError| Error::output(path, error))?;
    atomic::write_bytes(path, &bytes)
}

fn workbook(pixels: &[FirePixel], heading: Heading<'_>) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut order: Vec<&FirePixel> = pixels.iter().collect();
    order.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    let mut workbook = Workbook::new();
    // the date inside the file is that of the newest fire, not of the clock: the same input gives the same bytes
    let newest = order.last().map_or_else(|| "2000-01-01".to_string(), |pixel| pixel.time.date());
    workbook.set_properties(&properties("疑似火点清单", &newest)?);
    let sheet = workbook.add_worksheet().set_name("疑似火点")?;
    write_heading(sheet, &order, heading)?;
    write_table(sheet, &order, heading)?;
    events_sheet::write(workbook.add_worksheet().set_name(events_sheet::NAME)?, heading)?;
    if !heading.observed.is_empty() {
        write_shares(workbook.add_worksheet().set_name("观测情况")?, heading)?;
    }
    for table in heading.tables {
        table.write(&mut workbook)?;
    }
    workbook.save_to_buffer()
}

fn write_heading(
    sheet: &mut Worksheet,
    order: &[&FirePixel],
    heading: Heading<'_>,
) -> std::result::Result<(), XlsxError> {
    let last = (COLUMNS.len() - 1) as u16;
    let line = Format::new().set_align(FormatAlign::VerticalCenter).set_text_wrap();
    let title_format = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::VerticalCenter);
    let simulated = heading.simulated || order.iter().any(|pixel| pixel.simulated);
    let title = if simulated { "疑似火点清单(模拟数据)" } else { "疑似火点清单" };
    sheet.merge_range(0, 0, 0, last, title, &title_format)?.set_row_height(0, 28)?;
    sheet
        .merge_range(1, 0, 1, last, &format!("{}; {}", heading.cautions, heading.looks), &line)?
        .set_row_height(1, 34)?;
    sheet.merge_range(2, 0, 2, last, &shares_line(heading), &line)?.set_row_height(2, 36)?;
    sheet.merge_range(3, 0, 3, last, &count_line(order, heading), &line)?;
    Ok(())
}

/// One sentence a county.
fn shares_line(heading: Heading<'_>) -> String {
    if heading.observed.is_empty() {
        return "有效观测比例: 来源未提供".to_string();
    }
    let sentence = |share: &CountyShare| format!("{}: {}", share.name, share.sentence(fires_in(heading.events, share)));
    heading.observed.iter().map(sentence).collect::<Vec<_>>().join("; ")
}

/// The event of each pixel and its number from 1.
fn event_numbers(events: &[FireEvent]) -> HashMap<&str, (usize, &FireEvent)> {
    events
        .iter()
        .zip(1..)
        .flat_map(|(event, number)| event.members.iter().map(move |id| (id.as_str(), (number, event))))
        .collect()
}

/// Places to go to that lie in a county, wholly or in part.
fn fires_in(events: &[FireEvent], share: &CountyShare) -> usize {
    events.iter().filter(|event| event.touches(&share.adcode)).count()
}

fn count_line(order: &[&FirePixel], heading: Heading<'_>) -> String {
    let (events, count) = (heading.events.len(), order.len());
    let detections = detections(order);
    let counts = match count {
        _ if heading.nothing_read => NOTHING_READ.to_string(),
        _ if count > MAX_ROWS => {
            format!("共 {events} 处, {detections}, 本表仅列前 {MAX_ROWS} 条, 其余见 hotspots.csv")
        }
        _ => format!("共 {events} 处, {detections}; 事件序号相同的是同一处"),
    };
    format!("{counts}; 坐标系 WGS84")
}

/// `37 个像元的 5 个火点团、2 个像元、1 条线索`: what touches in imagery of tens of metres is one row of many pixels.
fn detections(order: &[&FirePixel]) -> String {
    let (clusters, others): (Vec<&FirePixel>, Vec<&FirePixel>) =
        order.iter().copied().partition(|pixel| pixel.cluster.is_some());
    let others_said = || spoken_count(others.iter().map(|pixel| pixel.sensor.as_str()));
    if clusters.is_empty() {
        return others_said();
    }
    let pixels: usize = clusters.iter().map(|cluster| cluster.pixel_count()).sum();
    let said = format!("{pixels} 个像元的 {} 个火点团", clusters.len());
    if others.is_empty() { said } else { format!("{said}、{}", others_said()) }
}

fn write_table(
    sheet: &mut Worksheet,
    order: &[&FirePixel],
    heading: Heading<'_>,
) -> std::result::Result<(), XlsxError> {
    let numbers = event_numbers(heading.events);
    let heads: Vec<(&str, f64)> = COLUMNS.iter().map(|(name, width, _)| (*name, *width)).collect();
    let rows = order.iter().take(MAX_ROWS).map(|pixel| {
        let beside = Row { site: heading.site, event: numbers.get(pixel.id.as_str()).copied() };
        COLUMNS.iter().map(|(.., cell)| cell(pixel, &beside)).collect()
    });
    write_cells(sheet, HEADER_ROW, &heads, rows)
}

fn write_shares(sheet: &mut Worksheet, heading: Heading<'_>) -> std::result::Result<(), XlsxError> {
    let (head, share_format) = (head_format(), Format::new().set_num_format("0.0%"));
    let names = ["行政区划代码", "县(市、区)", "疑似火点数", "有效观测", "云覆盖", "无数据", "说明"];
    for (column, name) in (0..).zip(names) {
        sheet.write_string_with_format(0, column, name, &head)?.set_column_width(column, 20)?;
    }
    sheet.set_column_width(6, 40)?.set_freeze_panes(1, 0)?;
    for (row, share) in (1..).zip(heading.observed) {
        let fires = fires_in(heading.events, share);
        sheet.write_string(row, 0, &share.adcode)?.write_string(row, 1, &share.name)?;
        if !share.is_silent(fires) {
            sheet.write_number(row, 2, fires as f64)?;
        }
        for (column, part) in (3..).zip([share.observed_fraction, share.cloud_fraction, share.missing_fraction]) {
            if part.is_finite() {
                sheet.write_number_with_format(row, column, part, &share_format)?;
            }
        }
        sheet.write_string(row, 6, share.sentence(fires))?;
    }
    Ok(())
}

fn daynight(half: DayNight) -> &'static str {
    match half {
        DayNight::D => "昼",
        DayNight::N => "夜",
    }
}

fn remarks(pixel: &FirePixel) -> String {
    let mut remarks = Vec::new();
    if pixel.simulated {
        remarks.push("模拟数据");
    }
    if pixel.saturated {
        remarks.push("亮温饱和");
    }
    let mut remarks: Vec<String> = remarks.into_iter().map(str::to_string).collect();
    if let Verdict::Dropped(reason) = pixel.verdict {
        remarks.push(reason.spoken().map_or("已剔除".to_string(), |reason| format!("已剔除: {reason}")));
    }
    remarks.extend(pixel.reasons.iter().cloned());
    remarks.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::{Cluster, CountyName};
    use crate::fuse::fuse;
    use crate::place::LonLat;
    use crate::time::Utc;

    fn pixel() -> FirePixel {
        let time = Utc::from_parts(2025, 10, 20, 22, 5, 0).expect("valid");
        let mut pixel = FirePixel::bare("a", time, LonLat::new(102.504_166_667, 36.5).expect("valid"));
        pixel.county = Some(CountyName { adcode: "630223".into(), name: "互助土族自治县".into() });
        pixel
    }

    fn row(pixel: &FirePixel) -> Vec<String> {
        let event =
            fuse(std::slice::from_ref(pixel), &crate::thresholds::FuseThresholds::default(), |_| None).remove(0);
        let cell = |(_, _, cell): &Column| match cell(pixel, &Row { site: "海东市", event: Some((3, &event)) }) {
            Cell::Text(text) => text,
            Cell::Number(number, _) | Cell::Share(number) => {
                number.map_or_else(String::new, |number| number.to_string())
            }
        };
        COLUMNS.iter().map(cell).collect()
    }

    /// Headings and the form of the coordinates: the provincial weekly report of 2019 in the field notes;
    /// 102.504166667 deg are 102 deg 30' 15.000" by hand, and 22:05Z is the next day in Beijing.
    #[test]
    fn the_officials_columns_come_first() {
        let names: Vec<&str> = COLUMNS.iter().take(6).map(|column| column.0).collect();
        assert_eq!(names, ["设区市", "县(市、区)", "乡镇", "中心经度", "中心纬度", "卫星过境日期"]);
        let row = row(&pixel());
        assert_eq!(row[..6], ["海东市", "互助土族自治县", "", "102°30'15.000\"", "36°30'0.000\"", "2025-10-21"]);
        assert_eq!(row[6..8], ["3", "06:05"]);
    }

    #[test]
    fn the_list_never_claims_what_was_not_seen() {
        let share = |adcode: &str, observed_fraction| CountyShare {
            adcode: adcode.into(),
            name: adcode.into(),
            pixels: 10,
            observed_fraction,
            cloud_fraction: 1.0 - observed_fraction,
            missing_fraction: 0.0,
            not_covered_fraction: 0.0,
            screened: 0,
        };
        let observed = [share("630223", 0.5), share("630202", 0.25), share("630203", 0.0)];
        let heading = Heading {
            site: "海东市",
            simulated: false,
            looks: "",
            cautions: "",
            events: &fuse(&[pixel()], &crate::thresholds::FuseThresholds::default(), |_| pixel().county),
            observed: &observed,
            nothing_read: false,
            tables: &[],
        };
        let line = shares_line(heading);
        assert_eq!(line, "630223: 疑似火点 1 个(有效观测 50%); 630202: 未监测到火点(有效观测 25%); 630203: 未有效观测");
        assert!(shares_line(Heading { observed: &[], ..heading }).contains("来源未提供"));
    }

    #[test]
    fn the_same_fires_give_the_same_bytes() {
        let heading = Heading {
            site: "海东市",
            simulated: true,
            looks: "",
            cautions: "",
            events: &[],
            observed: &[],
            nothing_read: false,
            tables: &[],
        };
        let once = workbook(&[pixel()], heading).expect("made");
        assert_eq!(once, workbook(&[pixel()], heading).expect("made"));
        assert!(once.starts_with(b"PK"));
    }

    #[test]
    fn the_count_says_where_it_is_cut_and_where_it_says_nothing() {
        let read = Heading {
            site: "",
            simulated: false,
            looks: "",
            cautions: "",
            events: &[],
            observed: &[],
            nothing_read: false,
            tables: &[],
        };
        let pixel = pixel();
        let of = |count: usize| vec![&pixel; count];
        assert!(count_line(&of(100_001), read).contains("仅列前 100000 条"));
        let whole = count_line(&of(100_000), read);
        assert!(
            whole.starts_with("共 0 处, 100000 个像元;") && !whole.contains("仅") && whole.ends_with("坐标系 WGS84")
        );
        let cluster =
            Cluster { pixels: 37, area_m2: 33_300.0, outline: Vec::new(), max_swir22: 1.0, sum_swir22: 9.0, votes: 2 };
        let many = FirePixel { sensor: "OLI".into(), cluster: Some(cluster), ..pixel.clone() };
        assert!(count_line(&[&many, &many], read).starts_with("共 0 处, 74 个像元的 2 个火点团;"));
        assert!(count_line(&[&many, &pixel], read).starts_with("共 0 处, 37 个像元的 1 个火点团、1 个像元;"));
        let nothing = count_line(&[], Heading { nothing_read: true, ..read });
        assert!(nothing.starts_with("未能读取任何资料, 不能说明有无火点") && !nothing.contains("共"), "{nothing}");
    }
}
