//! Known static sources of heat: a CSV that rules and officers' answers propose and that people decide on.
//!
//! Columns are found by their names; only lon, lat and radius_m must be there. Which rows count:
//! - `accepted` always, and a row without a status that a person wrote (no profile);
//! - `proposed` where a rule found it (heat came back there), not where an answer alone says so (profile `answers`), and not
//!   where profile `short` did, whose few days are what the fields of a village burning its straw look like too;
//! - `rejected` never.

mod text;

use crate::error::Result;
use crate::fire::Recurrence;
use crate::place::{LonLat, PlaceIndex};
use std::path::Path;

/// Profile of a row that officers' answers propose.
pub const ANSWERS: &str = "answers";
/// Profile of the rule for a site that has just begun, whose rows wait for a person.
const SHORT: &str = "short";

/// What was decided about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// By a rule or an answer; no person has decided.
    Proposed,
    /// By a person: it is a static source.
    Accepted,
    /// By a person: it is none, whatever rules say.
    Rejected,
}

impl Status {
    /// The word in `status`.
    pub fn name(self) -> &'static str {
        match self {
            Status::Proposed => "proposed",
            Status::Accepted => "accepted",
            Status::Rejected => "rejected",
        }
    }
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct StaticSource {
    /// Made of its place when it was first found, and kept from then on.
    pub id: String,
    /// What was decided.
    pub status: Status,
    /// What it is, in a person's words; may be empty.
    pub cause: String,
    /// Its middle.
    pub place: LonLat,
    /// Its radius, metres.
    pub radius_m: f64,
    /// Rule that found it, `answers`, or empty for a row that a person wrote.
    pub profile: String,
    /// Evidence; empty for a row that a person wrote.
    pub seen: Recurrence,
    /// A person's note.
    pub note: String,
    /// Fields of columns that are not ours, in the order of [`SourceList::extra`].
    pub extra: Vec<String>,
}

impl StaticSource {
    /// Whether fires are judged by it.
    pub fn counts(&self) -> bool {
        match self.status {
            Status::Accepted => true,
            Status::Proposed => self.profile != ANSWERS && self.profile != SHORT,
            Status::Rejected => false,
        }
    }
}

/// `E102.230N38.500`: the name of a new row, by its place to 0.001 degree.
pub fn id_of(place: LonLat) -> String {
    let (east, north) = (if place.lon() < 0.0 { 'W' } else { 'E' }, if place.lat() < 0.0 { 'S' } else { 'N' });
    format!("{east}{:.3}{north}{:.3}", place.lon().abs(), place.lat().abs())
}

/// A source wider than this is a misprint, metres.
pub const LARGEST_M: f64 = 20_000.0;

/// The id, or where another row has it, the first of `ID-2`, `ID-3` that none has.
pub fn free_id(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..u64::MAX).map(|n| format!("{wanted}-{n}"));
    std::iter::once(wanted.to_string()).chain(numbered).find(|id| !taken(id)).unwrap_or_default()
}

/// The file: its rows in their order, and what columns of a person's it has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceList {
    /// The rows.
    pub rows: Vec<StaticSource>,
    /// Names of columns that are not ours.
    pub extra: Vec<String>,
}

impl SourceList {
    /// Reads a list; a header alone is a list without sources.
    ///
    /// # Errors
    /// [`crate::error::Error::Read`] or [`crate::error::Error::Input`], naming the line, where the file or one of its rows cannot
    /// be read: a source left out without a word would bring its heat back to the list of fires, and a wrong place hide one.
    pub fn read(path: &Path) -> Result<SourceList> {
        text::read(path)
    }

    /// The file's text, header and rows, after a byte order mark.
    pub fn to_csv(&self) -> String {
        text::write(self)
    }
}

/// The sources that count, to be looked up by place.
#[derive(Debug, Clone, Default)]
pub struct StaticSources {
    rows: Vec<StaticSource>,
    index: PlaceIndex,
    largest_m: f64,
}

/// Side of the index's cells, metres: about as far as a lookup reaches.
const SIDE_M: f64 = 2000.0;

impl StaticSources {
    /// Of a list, those that count.
    pub fn new(list: SourceList) -> Self {
        let rows: Vec<StaticSource> = list.rows.into_iter().filter(StaticSource::counts).collect();
        let index = PlaceIndex::new(rows.iter().map(|row| row.place), SIDE_M);
        let largest_m = rows.iter().map(|row| row.radius_m).fold(0.0, f64::max);
        StaticSources { rows, index, largest_m }
    }

    /// How many count.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Sources that a place known to so many metres may lie in, the nearest first.
    pub fn at(&self, place: LonLat, error_m: f64) -> Vec<&StaticSource> {
        let near = self.index.near(place, self.largest_m + error_m);
        let mut found: Vec<(f64, &StaticSource)> = near
            .map(|(at, distance)| (distance, &self.rows[at]))
            .filter(|(distance, row)| *distance <= row.radius_m + error_m)
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
        found.into_iter().map(|(_, row)| row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<SourceList> {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), text).expect("written");
        SourceList::read(file.path())
    }

    #[test]
    fn which_rows_count() {
        let text = "lon,lat,radius_m,status,profile\n102,36,500,,\n102.1,36,500,accepted,answers\n\
                    102.2,36,500,proposed,answers\n102.3,36,500,proposed,persistent-and-night\n\
                    102.4,36,500,rejected,persistent-and-night\n102.5,36,500,proposed,short\n102.6,36,500,accepted,short\n";
        let list = read(text.as_bytes()).expect("reads");
        let counts: Vec<bool> = list.rows.iter().map(StaticSource::counts).collect();
        assert_eq!(counts, [true, true, false, true, false, false, true]);
        assert_eq!((list.rows[0].status, list.rows[0].id.as_str()), (Status::Accepted, "E102.000N36.000"));
        assert_eq!(StaticSources::new(list).len(), 4);
    }

    /// What a spreadsheet does to a file: a mark before the text, slashes in dates, other order, columns of its own.
    #[test]
    fn a_file_that_a_person_edited_comes_back_as_it_was() {
        let text = "\u{feff}Note,lat,lon,radius_m,status,cause,负责人,first,last,days,detections,max_frp_mw,satellites\r\n\
                    \"窑, 老\",36.5,102.25,400,accepted,砖厂,李,2025/1/3 2:05,2025/3/1,5,9,12.5,NOAA-20|Terra\r\n";
        let list = read(text.as_bytes()).expect("reads");
        let row = &list.rows[0];
        assert_eq!((row.cause.as_str(), row.note.as_str()), ("砖厂", "窑, 老"));
        assert_eq!((list.extra.join(","), row.extra.join(",")), ("负责人".to_string(), "李".to_string()));
        let (first, last) = row.seen.seen.expect("dates");
        assert_eq!((first.beijing(), last.beijing()), ("2025-01-03 02:05".into(), "2025-03-01 00:00".into()));
        assert_eq!((row.seen.days, row.seen.max_frp_mw, row.seen.satellites.len()), (5, Some(12.5), 2));
        let written = list.to_csv();
        assert!(written.starts_with("\u{feff}id,status,") && written.matches('\u{feff}').count() == 1);
        assert_eq!(read(written.as_bytes()).expect("reads"), list);
    }

    /// Two rows written by hand at one place, one copied with its id, and one whose id stands in the file.
    #[test]
    fn no_two_rows_have_one_id() {
        let text = "id,lon,lat,radius_m\n,102,36,500\n,102.0001,36,500\n窑,102.1,36,500\n窑,102.2,36,500\nE102.000N36.000,102.3,36,500\n";
        let list = read(text.as_bytes()).expect("reads");
        let ids: Vec<&str> = list.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["E102.000N36.000-2", "E102.000N36.000-3", "窑", "窑-2", "E102.000N36.000"]);
    }

    #[test]
    fn a_row_that_cannot_be_read_is_told_by_its_line() {
        for (row, part) in [
            ("102,36,abc,", "radius_m"),
            ("102,36,,", "radius_m"),
            ("102,36,-5,", "radius_m"),
            ("102,36,90000,", "radius_m"),
            ("202,96,500,", "lat"),
            (",36,500,", "lon"),
            ("102,36,500,maybe", "status"),
            ("102,36", "fields"),
        ] {
            let text = format!("lon,lat,radius_m,status\n102,36,500,\n{row}\n");
            let error = read(text.as_bytes()).expect_err(row).to_string();
            assert!(error.contains("line 3") && error.contains(part), "{row}: {error}");
        }
        let rule =
            read(b"lon,lat,radius_m,status,profile\n102,36,500,proposed,shrt\n").expect_err("no rule").to_string();
        assert!(rule.contains("line 2") && rule.contains("\"shrt\"") && rule.contains("short, answers"), "{rule}");
        let spelt =
            read(b"lon,lat,radius_m,status,profile\n102,36,500,proposed,Short\n").expect("a spreadsheet's capital");
        assert!(!spelt.rows[0].counts() && spelt.rows[0].profile == "short");
        assert!(read(b"lon,lat\n102,36\n").expect_err("no radius").to_string().contains("radius_m"));
        assert!(read(b"").expect_err("empty").to_string().contains("empty"));
        let gbk = b"lon,lat,radius_m,cause\n102,36,500,\xd6\xcf\xb3\xa7\n";
        assert!(read(gbk).expect_err("GBK").to_string().contains("UTF-8"));
        assert!(read(b"lon,lat,radius_m\n").expect("a header alone").rows.is_empty());
    }

    /// By hand: 0.009 degrees of latitude are 1000.8 m.
    #[test]
    fn a_place_with_its_error_touches_a_source() {
        let list = read(b"lon,lat,radius_m\n102,36.009,600\n102,36.02,100\n").expect("reads");
        let sources = StaticSources::new(list);
        let place = LonLat::new(102.0, 36.0).expect("valid");
        assert_eq!((sources.at(place, 400.0).len(), sources.at(place, 401.0).len()), (0, 1));
        let both = sources.at(place, 2300.0);
        assert_eq!(both.iter().map(|row| row.radius_m).collect::<Vec<_>>(), [600.0, 100.0]);
    }
}
