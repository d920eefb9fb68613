//! The list of sources as CSV, forgiving about what spreadsheets do to it.

use super::{ANSWERS, LARGEST_M, SourceList, StaticSource, Status, free_id, id_of};
use crate::error::{Error, NOT_UTF8, Result};
use crate::fire::Recurrence;
use crate::place::LonLat;
use crate::thresholds::StaticProfile;
use crate::time::Utc;
use std::collections::HashSet;
use std::path::Path;

/// Names of our columns, in the order in which they are written.
const NAMES: [&str; 20] = [
    "id",
    "status",
    "cause",
    "lon",
    "lat",
    "radius_m",
    "profile",
    "days",
    "detections",
    "first",
    "last",
    "span_days",
    "night_share",
    "months",
    "satellites",
    "max_frp_mw",
    "p95_frp_mw",
    "max_mir_k",
    "width",
    "note",
];
const EXPECTED: &str = "a CSV of static sources with the columns lon, lat, radius_m";

pub(super) fn read(path: &Path) -> Result<SourceList> {
    let bytes = std::fs::read(path).map_err(|error| Error::read(path, error))?;
    let refuse = |found: String| Error::input(path, found, EXPECTED, "correct the file, or take the row out");
    let text = std::str::from_utf8(&bytes).map_err(|_| refuse(NOT_UTF8.into()))?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(refuse("an empty file".to_string()));
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_string).collect(),
        Err(error) => return Err(refuse(error.to_string())),
    };
    let columns = Columns::of(&header);
    if let Some(name) = ["lon", "lat", "radius_m"].into_iter().find(|name| columns.at(name).is_none()) {
        return Err(refuse(format!("no column {name} in the header {}", header.join(","))));
    }
    columns.say_unread(path, &header);
    let mut list = SourceList { rows: Vec::new(), extra: columns.extra.iter().map(|&at| header[at].clone()).collect() };
    for record in reader.records() {
        let record = record.map_err(|error| refuse(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            return Err(refuse(format!("line {line}: {} fields where the header has {}", record.len(), header.len())));
        }
        if record.iter().any(|field| !field.is_empty()) {
            list.rows.push(columns.row(&record).map_err(|found| refuse(format!("line {line}: {found}")))?);
        }
    }
    name_rows(&mut list.rows);
    Ok(list)
}

/// Gives each row an id of its own: rows that a person wrote have none, and a row copied in a spreadsheet has that of another. What stands
/// in the file goes first.
fn name_rows(rows: &mut [StaticSource]) {
    let mut taken: HashSet<String> = HashSet::with_capacity(rows.len());
    let (named, unnamed): (Vec<_>, Vec<_>) = rows.iter_mut().partition(|row| !row.id.is_empty());
    for row in named.into_iter().chain(unnamed) {
        let wanted = if row.id.is_empty() { id_of(row.place) } else { std::mem::take(&mut row.id) };
        row.id = free_id(&wanted, |id| taken.contains(id));
        taken.insert(row.id.clone());
    }
}

/// Where each column is.
struct Columns {
    ours: Vec<Option<usize>>,
    extra: Vec<usize>,
}

impl Columns {
    fn of(header: &[String]) -> Self {
        let is = |name: &str, column: &String| column.eq_ignore_ascii_case(name);
        let ours = NAMES.map(|name| header.iter().position(|column| is(name, column))).to_vec();
        let extra = (0..header.len()).filter(|&at| !ours.contains(&Some(at))).collect();
        Columns { ours, extra }
    }

    fn at(&self, name: &str) -> Option<usize> {
        NAMES.iter().position(|own| *own == name).and_then(|at| self.ours[at])
    }

    /// Columns that are kept and not read are named: a decision that stands in one of them decides nothing.
    fn say_unread(&self, path: &Path, header: &[String]) {
        let unread: Vec<&str> =
            self.extra.iter().map(|&at| header[at].as_str()).filter(|name| !name.is_empty()).collect();
        if !unread.is_empty() {
            tracing::warn!("{}: columns that are not read: {}", path.display(), unread.join(", "));
        }
        for (ours, words, follows) in LOOK_ALIKE {
            let like = |name: &&&str| words.iter().any(|word| name.contains(word));
            if let (None, Some(name)) = (self.at(ours), unread.iter().find(like)) {
                tracing::warn!("{}: column {name}, and no column {ours}: {follows}; name it {ours}", path.display());
            }
        }
    }

    fn row(&self, record: &csv::StringRecord) -> std::result::Result<StaticSource, String> {
        let text = |name: &str| self.at(name).and_then(|at| record.get(at)).unwrap_or("");
        let number = |name: &str| number(text(name), name);
        let count = |name: &str| number(name).map(|n| n.unwrap_or(0.0) as u32);
        let required = |name: &str| number(name)?.ok_or_else(|| format!("no {name}"));
        let (lon, lat, radius_m) = (required("lon")?, required("lat")?, required("radius_m")?);
        let place = LonLat::new(lon, lat).ok_or_else(|| format!("lon {lon}, lat {lat} is no place"))?;
        if !(0.0..=LARGEST_M).contains(&radius_m) {
            return Err(format!("radius_m {radius_m} is not within 0 to {LARGEST_M}"));
        }
        let seen = Recurrence {
            days: count("days")?,
            detections: count("detections")?,
            seen: moment(text("first"), "first")?.zip(moment(text("last"), "last")?),
            night_share: number("night_share")?,
            months: count("months")?,
            satellites: text("satellites")
                .trim_start_matches('\'')
                .split(SATELLITES)
                .filter(|s| !s.is_empty())
                .map(str::to_string)
                .collect(),
            max_frp_mw: number("max_frp_mw")?,
            p95_frp_mw: number("p95_frp_mw")?,
            max_mir_k: number("max_mir_k")?.map(|k| k as f32),
            width: count("width")?,
        };
        Ok(StaticSource {
            id: text("id").to_string(),
            status: status(text("status"), text("profile"))?,
            cause: text("cause").to_string(),
            place,
            radius_m,
            profile: profile(text("profile"))?,
            seen,
            note: text("note").to_string(),
            extra: self.extra.iter().map(|&at| record.get(at).unwrap_or("").to_string()).collect(),
        })
    }
}

/// Column of ours, words in the name of one that a person may have put in its place, and what follows.
const LOOK_ALIKE: [(&str, [&str; 3], &str); 2] = [
    ("status", ["状态", "审核", "确认"], "rows without a profile count as accepted whatever stands in it"),
    ("profile", ["规则", "方法", "来源"], "rows without a status count as accepted whatever stands in it"),
];

/// The name of a rule as it is written here; none for a person's row. A misprint would count at once, or not at all.
fn profile(text: &str) -> std::result::Result<String, String> {
    let rules = StaticProfile::ALL.map(StaticProfile::name);
    let known = || rules.into_iter().chain(["", ANSWERS]);
    let found = known().find(|name| name.eq_ignore_ascii_case(text));
    let names = format!("{}, {ANSWERS}, or nothing for a row of one's own", rules.join(", "));
    found.map(str::to_string).ok_or_else(|| format!("profile {text:?} is none of {names}"))
}

/// Between the names of satellites, some of which hold a blank.
const SATELLITES: char = '|';

/// A person's row is accepted unless it says otherwise; a rule's is proposed.
fn status(text: &str, profile: &str) -> std::result::Result<Status, String> {
    let known = [Status::Proposed, Status::Accepted, Status::Rejected];
    match known.into_iter().find(|status| status.name().eq_ignore_ascii_case(text)) {
        Some(status) => Ok(status),
        None if text.is_empty() && profile.is_empty() => Ok(Status::Accepted),
        None if text.is_empty() => Ok(Status::Proposed),
        None => Err(format!("status {text:?} is none of proposed, accepted, rejected")),
    }
}

fn number(text: &str, name: &str) -> std::result::Result<Option<f64>, String> {
    match text {
        "" => Ok(None),
        _ => match text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite() && (*number >= 0.0 || name.starts_with('l')))
        {
            Some(number) => Ok(Some(number)),
            None => Err(format!("{name} {text:?} is no number that can be")),
        },
    }
}

/// `2025-01-03 02:05`, `2025/1/3 2:05` or the day alone, in Beijing time; RFC 3339 with its offset too.
fn moment(text: &str, name: &str) -> std::result::Result<Option<Utc>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let local = || {
        let (date, clock) = text.split_once(' ').unwrap_or((text, "0:0"));
        let numbers = |text: &str, mark: [char; 2]| {
            text.split(mark).map(|n| n.trim().parse::<i16>().ok()).collect::<Option<Vec<_>>>()
        };
        let (date, clock) = (numbers(date, ['-', '/'])?, numbers(clock, [':', ':'])?);
        let small = |n: i16| i8::try_from(n).ok();
        match (date.as_slice(), clock.as_slice()) {
            (&[y, m, d], &[h, min, ..]) => {
                Utc::from_parts(y, small(m)?, small(d)?, small(h)?, small(min)?, 0)?.plus_seconds(-8.0 * 3600.0)
            }
            _ => None,
        }
    };
    Utc::parse(text).or_else(local).map(Some).ok_or_else(|| format!("{name} {text:?} is no date"))
}

/// With a byte order mark: without it the spreadsheets in use here take the causes for GBK and spoil them when they save.
pub(super) fn write(list: &SourceList) -> String {
    let names = NAMES.iter().map(|name| name.to_string()).chain(list.extra.iter().cloned());
    let mut text = format!("\u{feff}{}", line(names));
    for row in &list.rows {
        let blanks = list.extra.len().saturating_sub(row.extra.len());
        let extra = row.extra.iter().cloned().chain(std::iter::repeat_n(String::new(), blanks));
        text += &line(fields(row).into_iter().chain(extra));
    }
    text
}

fn fields(row: &StaticSource) -> [String; 20] {
    let seen = &row.seen;
    let decimals = |value: Option<f64>, digits: i32| {
        let scale = 10f64.powi(digits);
        value.map_or_else(String::new, |value| ((value * scale).round() / scale).to_string())
    };
    let count = |n: u32| if n == 0 { String::new() } else { n.to_string() };
    let satellites = seen.satellites.join(&SATELLITES.to_string());
    // a spreadsheet must not take a name from outside for a formula
    let satellites = if satellites.starts_with(['=', '+', '-', '@']) { format!("'{satellites}") } else { satellites };
    [
        row.id.clone(),
        row.status.name().to_string(),
        row.cause.clone(),
        decimals(Some(row.place.lon()), 5),
        decimals(Some(row.place.lat()), 5),
        decimals(Some(row.radius_m), 0),
        row.profile.clone(),
        count(seen.days),
        count(seen.detections),
        seen.seen.map_or_else(String::new, |(first, _)| first.beijing()),
        seen.seen.map_or_else(String::new, |(_, last)| last.beijing()),
        seen.seen.map_or_else(String::new, |_| seen.span_days().to_string()),
        decimals(seen.night_share, 2),
        count(seen.months),
        satellites,
        decimals(seen.max_frp_mw, 2),
        decimals(seen.p95_frp_mw, 2),
        decimals(seen.max_mir_k.map(f64::from), 2),
        count(seen.width),
        row.note.clone(),
    ]
}

/// One line of CSV; a field with a comma, a quote or a line break is quoted.
fn line(fields: impl Iterator<Item = String>) -> String {
    let quoted = fields.map(|field| {
        if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}
