//! Folders whose names hold the time: which of them belong to a span.

use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// A prefix, address or path with the time fields `%Y %m %d %H %M %j`, UTC.
#[derive(Debug)]
pub(super) struct Template(String);

/// Where to look.
#[derive(Debug, PartialEq)]
pub(super) enum Folders {
    /// In these.
    Known(Vec<String>),
    /// In those of the minutes that are there: by folder, the full path of each by its name in it. Nobody has a folder a minute,
    /// and asking for 1440 a day would be no manners.
    Below(BTreeMap<String, BTreeMap<String, String>>),
}

const FIELDS: [char; 6] = ['Y', 'm', 'd', 'H', 'M', 'j'];
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Template {
    pub(super) fn new(text: &str) -> Template {
        Template(text.to_string())
    }

    pub(super) fn has_time(&self) -> bool {
        self.fields().next().is_some()
    }

    /// The folder that holds all others: what stands before the first time field.
    pub(super) fn root(&self) -> &str {
        let fixed = self.fields().next().map_or(self.0.as_str(), |(at, _)| &self.0[..at]);
        &fixed[..fixed.rfind('/').map_or(0, |at| at + 1)]
    }

    /// The folders of `[from, to]`, those of which a part belongs to it included.
    pub(super) fn folders(&self, from: Utc, to: Utc) -> Folders {
        let Some(minutes) = self.fields().find(|(_, field)| *field == 'M').map(|(at, _)| at) else {
            let step = if self.fields().any(|(_, field)| field == 'H') { HOUR } else { DAY };
            let all: BTreeSet<String> = moments(from, to, step).map(|at| expand(&self.0, at)).collect();
            return Folders::Known(all.into_iter().collect());
        };
        let start = self.0[..minutes].rfind('/').map_or(0, |at| at + 1);
        let end = self.0[minutes..].find('/').map_or(self.0.len(), |at| minutes + at);
        let mut below: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for at in moments(from, to, MINUTE) {
            let [head, name, all] = [&self.0[..start], &self.0[start..end], &self.0].map(|part| expand(part, at));
            below.entry(head).or_default().insert(name, all);
        }
        Folders::Below(below)
    }

    fn fields(&self) -> impl Iterator<Item = (usize, char)> {
        let field = |at: usize| self.0[at + 1..].chars().next().filter(|field| FIELDS.contains(field));
        self.0.match_indices('%').filter_map(move |(at, _)| Some((at, field(at)?)))
    }
}

/// Every so many microseconds, from the whole one before `from`.
fn moments(from: Utc, to: Utc, step: i64) -> impl Iterator<Item = Utc> {
    let first = from.micros() - from.micros().rem_euclid(step);
    (0..).map_while(move |n: i64| Utc::from_micros(first + n * step).filter(|at| *at <= to))
}

fn expand(text: &str, at: Utc) -> String {
    // 2025-10-20T05:30:00Z
    let clock = at.rfc3339();
    let part = |from: usize, to: usize| clock.get(from..to).unwrap_or_default();
    let mut expanded = text.to_string();
    for (field, value) in [
        ("%Y", part(0, 4)),
        ("%m", part(5, 7)),
        ("%d", part(8, 10)),
        ("%H", part(11, 13)),
        ("%M", part(14, 16)),
        ("%j", &day_of_year(at)),
    ] {
        expanded = expanded.replace(field, value);
    }
    expanded
}

/// Three digits, 1 January is 001.
fn day_of_year(at: Utc) -> String {
    let year = at.date().get(..4).and_then(|year| year.parse().ok());
    let new_year = year.and_then(|year| Utc::from_parts(year, 1, 1, 0, 0, 0)).unwrap_or(at);
    format!("{:03}", (at.seconds_since(new_year) / 86_400.0).floor() as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Utc {
        Utc::parse(text).expect("a time")
    }

    /// The directories of P-Tree (README_HimawariHSD_en.txt: /jma/hsd/[YYYYMM]/[DD]/[hh]), over a new month.
    #[test]
    fn every_hour_that_the_span_touches() {
        let template = Template::new("/jma/hsd/%Y%m/%d/%H/");
        assert_eq!(template.root(), "/jma/hsd/");
        let folders = template.folders(at("2025-10-31T22:50:00Z"), at("2025-11-01T00:10:00Z"));
        let expected = ["/jma/hsd/202510/31/22/", "/jma/hsd/202510/31/23/", "/jma/hsd/202511/01/00/"];
        assert_eq!(folders, Folders::Known(expected.map(str::to_string).into()));
    }

    /// 2024-12-31 is day 366 of a leap year; `%20` is no field.
    #[test]
    fn days_of_the_year_and_no_fields_at_all() {
        let folders =
            Template::new("http://h/a%20b/%Y/%j/").folders(at("2024-12-31T12:00:00Z"), at("2025-01-01T12:00:00Z"));
        assert_eq!(folders, Folders::Known(vec!["http://h/a%20b/2024/366/".into(), "http://h/a%20b/2025/001/".into()]));
        let plain = Template::new("http://h/all/");
        assert_eq!(plain.root(), "http://h/all/");
        let folders = plain.folders(at("2024-12-31T12:00:00Z"), at("2025-01-01T12:00:00Z"));
        assert_eq!(folders, Folders::Known(vec!["http://h/all/".into()]));
    }

    #[test]
    fn minutes_are_looked_for_in_the_folder_above_them() {
        let template = Template::new("AHI-L1b-FLDK/%Y/%m/%d/%H%M/");
        assert_eq!(template.root(), "AHI-L1b-FLDK/");
        let Folders::Below(below) = template.folders(at("2025-10-20T23:58:30Z"), at("2025-10-21T00:01:00Z")) else {
            panic!("by minutes");
        };
        let names: Vec<(&str, Vec<&str>)> =
            below.iter().map(|(folder, names)| (folder.as_str(), names.keys().map(String::as_str).collect())).collect();
        assert_eq!(
            names,
            [("AHI-L1b-FLDK/2025/10/20/", vec!["2358", "2359"]), ("AHI-L1b-FLDK/2025/10/21/", vec!["0000", "0001"])]
        );
        assert_eq!(below["AHI-L1b-FLDK/2025/10/20/"]["2359"], "AHI-L1b-FLDK/2025/10/20/2359/");
    }
}
