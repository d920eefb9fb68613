//! Which column holds what, by the words of its heading.

use super::angle::half_width;
use super::sheet::{Cell, Sheet};
use super::template::Columns;
use std::collections::BTreeMap;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Number that the list gives the row.
    Id,
    /// Date, where it has a column of its own.
    Date,
    /// Time.
    Time,
    /// Longitude.
    Lon,
    /// Latitude.
    Lat,
    /// Satellite.
    Satellite,
    /// County.
    County,
    /// Township.
    Township,
    /// Number of pixels.
    Pixels,
}

impl Field {
    /// All.
    pub const ALL: [Field; 9] = [
        Field::Id,
        Field::Date,
        Field::Time,
        Field::Lon,
        Field::Lat,
        Field::Satellite,
        Field::County,
        Field::Township,
        Field::Pixels,
    ];

    /// Its name in a template and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Field::Id => "id",
            Field::Date => "date",
            Field::Time => "time",
            Field::Lon => "lon",
            Field::Lat => "lat",
            Field::Satellite => "satellite",
            Field::County => "county",
            Field::Township => "township",
            Field::Pixels => "pixels",
        }
    }

    /// Headings, the surest first.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Field::Id => &["编号", "火点编号", "热点编号", "线索编号", "序号", "ID", "NO"],
            Field::Date => &[
                "日期",
                "观测日期",
                "监测日期",
                "发现日期",
                "过境日期",
                "卫星过境日期",
                "火点日期",
                "ACQ_DATE",
                "DATE",
            ],
            Field::Time => &[
                "观测时间",
                "监测时间",
                "发现时间",
                "过境时间",
                "卫星过境时间",
                "卫星观测时间",
                "卫星监测时间",
                "火点时间",
                "探测时间",
                "成像时间",
                "时间",
                "ACQ_TIME",
                "DATETIME",
                "TIME",
            ],
            Field::Lon => &["经度", "中心经度", "火点经度", "东经", "LON", "LONGITUDE", "LNG"],
            Field::Lat => &["纬度", "中心纬度", "火点纬度", "北纬", "LAT", "LATITUDE"],
            Field::Satellite => {
                &["卫星", "卫星名称", "监测卫星", "卫星平台", "卫星类型", "数据源", "数据来源", "SATELLITE"]
            }
            Field::County => &["县", "县区", "区县", "县市区", "市区县", "区", "所在县", "所属县", "COUNTY"],
            Field::Township => &["乡镇", "乡", "镇", "街道", "乡镇街道", "所在乡镇", "TOWNSHIP"],
            Field::Pixels => &["像元数", "像素数", "像元个数", "像素个数", "火点像元数", "火点像素数", "PIXELS"],
        }
    }

    /// Whether a heading holds one of its words and nothing that makes it another.
    fn is_in(self, heading: &str) -> bool {
        match self {
            Field::Lon => heading.contains("经度"),
            Field::Lat => heading.contains("纬度"),
            Field::Satellite => heading.contains("卫星") && !heading.contains("时间") && !heading.contains("日期"),
            Field::Pixels => heading.contains("像元数") || heading.contains("像素数"),
            _ => false,
        }
    }
}

/// Where the columns of a sheet are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Row of the headings, from 1.
    pub header_row: usize,
    /// Columns, from 0.
    pub at: BTreeMap<Field, usize>,
    /// The headings as they stand there.
    pub headings: BTreeMap<Field, String>,
    /// Whether the heading of the time says that it is UTC.
    pub says_utc: bool,
}

/// Rows in which headings are looked for.
pub(super) const HEADER_WITHIN: usize = 30;

/// A heading without blanks and what stands in brackets, in capitals.
pub(super) fn plain(heading: &str) -> String {
    let mut depth = 0;
    let outside = |c: &char| match c {
        '(' | '[' | '【' => {
            depth += 1;
            false
        }
        ')' | ']' | '】' => {
            depth = (depth - 1).max(0);
            false
        }
        ' ' | '*' | ':' => false,
        _ => depth == 0,
    };
    half_width(heading).chars().filter(outside).collect::<String>().to_uppercase()
}

/// Finds the headings: the row that names most columns, among them both coordinates and a time or a date. `None` where there is none.
pub fn find(sheet: &Sheet, header_row: Option<usize>, named: &Columns) -> Option<Found> {
    let found = candidates(sheet, header_row).into_iter().map(|row| in_row(sheet, row, named));
    // the first of the fullest
    found
        .filter(|found| found.missing().is_empty())
        .reduce(|best, next| if next.at.len() > best.at.len() { next } else { best })
}

/// Where there are no headings: the first row of those that come nearest to them, and the fields that are missing in it. `None` of an empty sheet.
pub fn nearest(sheet: &Sheet, header_row: Option<usize>, named: &Columns) -> Option<(usize, Vec<Field>)> {
    let rows = candidates(sheet, header_row);
    let found = rows.into_iter().map(|row| in_row(sheet, row, named)).map(|found| (found.header_row, found.missing()));
    found.min_by_key(|(_, missing)| missing.len())
}

/// Rows that may be the headings.
fn candidates(sheet: &Sheet, header_row: Option<usize>) -> Vec<usize> {
    let rows = sheet.rows.keys().copied();
    match header_row {
        Some(row) => rows.filter(|candidate| *candidate == row).collect(),
        None => rows.take(HEADER_WITHIN).collect(),
    }
}

impl Found {
    /// What a list must have and this row has not: both coordinates, and a time or a date.
    fn missing(&self) -> Vec<Field> {
        let has = |field: &Field| self.at.contains_key(field);
        let has_time = has(&Field::Time) || has(&Field::Date);
        let needed = [Field::Lon, Field::Lat].into_iter().filter(|field| !has(field));
        needed.chain((!has_time).then_some(Field::Time)).collect()
    }
}

fn in_row(sheet: &Sheet, row: usize, named: &Columns) -> Found {
    let headings = headings(sheet, row);
    let mut found = Found { header_row: row, at: BTreeMap::new(), headings: BTreeMap::new(), says_utc: false };
    for field in Field::ALL {
        let column = match named.of(field) {
            Some(name) => headings.iter().position(|heading| plain(heading) == plain(name)),
            None => column_of(field, &headings),
        };
        if let Some(column) = column {
            found.at.insert(field, column);
            found.headings.insert(field, headings[column].trim().to_string());
        }
    }
    let time = found.headings.get(&Field::Time).or(found.headings.get(&Field::Date));
    found.says_utc = time.is_some_and(|heading| {
        let heading = heading.to_uppercase();
        heading.contains("UTC") || heading.contains("世界时") || heading.starts_with("ACQ_")
    });
    found
}

/// Of headings in two rows the lower one; where that is empty, the upper.
fn headings(sheet: &Sheet, row: usize) -> Vec<String> {
    let empty = Vec::new();
    let of = |row: usize| sheet.rows.get(&row).unwrap_or(&empty);
    let (above, own) = (of(row.saturating_sub(1)), of(row));
    let text = |cells: &[Cell], column: usize| match cells.get(column) {
        Some(Cell::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let width = own.len().max(above.len());
    let lower_or_upper = |column| {
        let own = text(own, column);
        if own.is_empty() { text(above, column) } else { own }
    };
    (0..width).map(lower_or_upper).collect()
}

fn column_of(field: Field, headings: &[String]) -> Option<usize> {
    let plain: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
    let exact = field.words().iter().find_map(|word| plain.iter().position(|heading| heading == word));
    exact.or_else(|| plain.iter().position(|heading| field.is_in(heading)))
}
