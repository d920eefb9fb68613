//! Fire lists of a province or a ministry: each row with what it says of a fire, or why it cannot be read.

pub mod angle;
pub mod columns;
pub mod moment;
pub mod platform;
mod refused;
pub mod sheet;
pub mod template;
pub mod text;

use crate::place::{Gcj02, LonLat};
use crate::thresholds::ReconcileThresholds;
use crate::time::Utc;
use angle::{Axis, angle};
use columns::{Field, Found};
use moment::Zone;
use platform::platform;
pub use refused::{Expected, Refused};
use refused::{Looked, Wrong};
use serde::Serialize;
use sheet::{Cell, Sheet};
use std::path::Path;
use template::{Datum, Template};

/// A list.
#[derive(Debug, Clone, PartialEq)]
pub struct TheirList {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Of a CSV file how its text is kept.
    pub form: Option<text::Form>,
    /// Sheets with headings, and where their columns are.
    pub sheets: Vec<(String, Found)>,
    /// Its rows, in order.
    pub rows: Vec<Row>,
    /// What else there is to say: sheets and lines that hold no fire.
    pub notes: Vec<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its sheet; empty of a CSV file.
    pub sheet: String,
    /// Its number there, from 1.
    pub row: usize,
    /// The number that the list gives it.
    pub id: String,
    /// What it says.
    pub said: std::result::Result<Said, Vec<Unread>>,
}

/// What a row says of a fire.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Where.
    pub place: LonLat,
    /// One standard error of the rounding of its coordinates, metres.
    pub rounding_m: f64,
    /// The first moment that its time can mean.
    pub from: Utc,
    /// The last.
    pub to: Utc,
    /// The satellite as this program calls it, where it knows it; empty where the list does not say.
    pub satellite: String,
    /// Side of a pixel, metres.
    pub pixel_m: f64,
    /// The county that it names.
    pub county: String,
    /// The township that it names.
    pub township: String,
}

/// What is said to be found in an empty cell.
const BLANK: &str = "空白";

/// A cell that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Heading of its column.
    pub column: String,
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: Expected,
}

impl Row {
    /// What cannot be read of it, in English: sheet, row, column, what was found and expected.
    pub fn unread(&self) -> Option<String> {
        let unread = self.said.as_ref().err()?;
        let sheet = if self.sheet.is_empty() { String::new() } else { format!("sheet {:?}, ", self.sheet) };
        let one = |unread: &Unread| {
            let (column, found) = (&unread.column, if unread.found == BLANK { "nothing" } else { &unread.found });
            format!("{sheet}row {}, column {column:?}: found {found}; expected {}", self.row, unread.expected.english())
        };
        Some(unread.iter().map(one).collect::<Vec<_>>().join("; "))
    }
}

/// Reads a list.
///
/// # Errors
/// What it is refused for, where it cannot be read, is no list, or has no headings.
pub fn read(path: &Path, template: &Template, t: &ReconcileThresholds) -> Result<TheirList, Refused> {
    let delimiter = template.delimiter.and_then(|delimiter| u8::try_from(delimiter).ok());
    let (bytes, sheets) = sheet::read(path, delimiter)?;
    let hidden = sheets.hidden.iter().map(|name| format!("工作表“{name}”是隐藏的，未读取"));
    let mut list =
        TheirList { bytes, form: sheets.form, sheets: Vec::new(), rows: Vec::new(), notes: hidden.collect() };
    let is_asked =
        |sheet: &&Sheet| template.sheet.as_ref().is_none_or(|name| *name == sheet.name || sheets.form.is_some());
    for sheet in sheets.shown.iter().filter(is_asked) {
        match columns::find(sheet, template.header_row, &template.columns) {
            Some(found) => {
                Reading { sheet, found: &found, template, t }.rows(&mut list);
                list.sheets.push((sheet.name.clone(), found));
            }
            None if sheet.rows.is_empty() => {}
            None => list.notes.push(format!("工作表“{}”没有可识别的表头，未读取", sheet.name)),
        }
    }
    if list.sheets.is_empty() {
        return Err(Refused::of(path, Wrong::NoHeadings(looked_at(&sheets.shown, template))));
    }
    Ok(list)
}

/// What there is in the place of headings: the sheet that comes nearest to them, and what it lacks.
fn looked_at(sheets: &[Sheet], template: &Template) -> Option<Looked> {
    let of = |sheet: &Sheet| {
        let (row, missing) = columns::nearest(sheet, template.header_row, &template.columns)?;
        let cells = sheet.rows.get(&row).map_or(&[][..], Vec::as_slice);
        let there = cells.iter().map(Cell::shown).collect::<Vec<_>>().join(" | ");
        Some(Looked { sheet: sheet.name.clone(), row, there: there.chars().take(200).collect(), missing })
    };
    // the first of the nearest
    sheets.iter().filter_map(of).min_by_key(|looked| looked.missing.len())
}

/// A sheet that is read.
struct Reading<'a> {
    sheet: &'a Sheet,
    found: &'a Found,
    template: &'a Template,
    t: &'a ReconcileThresholds,
}

impl Reading<'_> {
    fn rows(&self, list: &mut TheirList) {
        for (row, cells) in self.sheet.rows.range(self.found.header_row + 1..) {
            let filled = cells.iter().filter(|cell| **cell != Cell::Empty).count();
            let has = |field| *self.cell(cells, field) != Cell::Empty;
            let is_fire = [Field::Lon, Field::Lat, Field::Time, Field::Date].into_iter().any(has);
            if filled == 0 {
                continue;
            }
            // sums, signatures and remarks below a table; a row with more in it is a fire without a place
            if !is_fire && filled <= 2 {
                let words: Vec<String> = cells.iter().map(Cell::shown).filter(|text| !text.is_empty()).collect();
                let sheet =
                    if self.sheet.name.is_empty() { String::new() } else { format!("“{}”", self.sheet.name) };
                list.notes.push(format!("{sheet}第 {row} 行没有坐标和时间，视为附注：{}", words.join(" ")));
                continue;
            }
            let id = self.cell(cells, Field::Id).shown();
            list.rows.push(Row { sheet: self.sheet.name.clone(), row: *row, id, said: self.said(cells) });
        }
    }

    fn cell<'c>(&self, cells: &'c [Cell], field: Field) -> &'c Cell {
        self.found.at.get(&field).and_then(|at| cells.get(*at)).unwrap_or(&Cell::Empty)
    }

    fn said(&self, cells: &[Cell]) -> std::result::Result<Said, Vec<Unread>> {
        let mut unread = Vec::new();
        let lon = self.angle(cells, Field::Lon, Axis::Lon, &mut unread);
        let lat = self.angle(cells, Field::Lat, Axis::Lat, &mut unread);
        let (date, time) = (self.cell(cells, Field::Date), self.cell(cells, Field::Time));
        let zone = self.template.time.unwrap_or(if self.found.says_utc { Zone::Utc } else { Zone::Beijing });
        let span = moment::span(date, time, zone);
        if span.is_none() {
            let found = [date.shown(), time.shown()].join(" ").trim().to_string();
            let field = if self.found.at.contains_key(&Field::Time) { Field::Time } else { Field::Date };
            unread.push(self.unread(field, found, Expected::Time));
        }
        let text = |field| self.cell(cells, field).shown();
        let stated = if self.found.at.contains_key(&Field::Satellite) { Some(text(Field::Satellite)) } else { None };
        let stated = stated.filter(|text| !text.is_empty()).or_else(|| self.template.satellite.clone());
        let platform = platform(&stated.unwrap_or_default(), self.t);
        match (lon, lat, span) {
            (Some((lon, lon_m)), Some((lat, lat_m)), Some((from, to))) => match self.place(lon, lat) {
                Some(place) => Ok(Said {
                    place,
                    rounding_m: lon_m.hypot(lat_m),
                    from,
                    to,
                    satellite: platform.name,
                    pixel_m: self.template.pixel_m.unwrap_or(platform.pixel_m),
                    county: text(Field::County),
                    township: text(Field::Township),
                }),
                None => Err(vec![self.unread(Field::Lon, format!("{lon}, {lat}"), Expected::Place)]),
            },
            _ => Err(unread),
        }
    }

    fn place(&self, lon: f64, lat: f64) -> Option<LonLat> {
        match self.template.coordinates {
            Datum::Wgs84 => LonLat::new(lon, lat),
            Datum::Gcj02 => Gcj02 { lon, lat }.place(),
        }
    }

    fn angle(&self, cells: &[Cell], field: Field, axis: Axis, unread: &mut Vec<Unread>) -> Option<(f64, f64)> {
        let cell = self.cell(cells, field);
        let found = angle(&cell.shown(), axis);
        if found.is_none() {
            // a latitude is a longitude as well, but not the other way round
            let is_turned = axis == Axis::Lat && angle(&cell.shown(), Axis::Lon).is_some();
            let expected = match axis {
                Axis::Lon => Expected::Lon,
                Axis::Lat if is_turned => Expected::LatNotLon,
                Axis::Lat => Expected::Lat,
            };
            unread.push(self.unread(field, cell.shown(), expected));
        }
        // a spreadsheet keeps no zeros at the end of a number: how finely it was written is not known
        found.map(|angle| (angle.degrees, if matches!(cell, Cell::Number(_)) { 0.0 } else { angle.rounding_m }))
    }

    fn unread(&self, field: Field, found: String, expected: Expected) -> Unread {
        let column = self.found.headings.get(&field).cloned().unwrap_or_else(|| field.name().to_string());
        let found = if found.is_empty() { BLANK.to_string() } else { found.chars().take(50).collect() };
        Unread { column, found, expected }
    }
}
