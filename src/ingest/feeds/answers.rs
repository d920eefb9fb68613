//! What officers found at events: `events.geojson` with its property `verification`, or a CSV of answers.

use crate::error::{Error, Result};
use crate::place::LonLat;
use crate::time::Utc;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// What was found at the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// 正在燃烧.
    Burning,
    /// 已熄灭有痕迹.
    OutWithTraces,
    /// 未发现痕迹: by the time of a pass a fire is often out, so this alone is no false alarm.
    NoTrace,
    /// 无法到达.
    NotReached,
}

impl Finding {
    /// All of them.
    pub const ALL: [Finding; 4] = [Finding::Burning, Finding::OutWithTraces, Finding::NoTrace, Finding::NotReached];

    /// As officers write it.
    pub fn spoken(self) -> &'static str {
        match self {
            Finding::Burning => "正在燃烧",
            Finding::OutWithTraces => "已熄灭有痕迹",
            Finding::NoTrace => "未发现痕迹",
            Finding::NotReached => "无法到达",
        }
    }
}

/// Causes that officers choose from.
pub const CAUSES: [&str; 12] =
    ["秸秆", "垃圾", "荒草", "祭祀", "民俗", "炊事取暖", "农膜", "计划烧除", "林草火", "工业热源", "光伏", "误判"];

/// The answer to one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The event.
    pub event_id: String,
    /// When it was first seen.
    pub time: Utc,
    /// Where.
    pub place: LonLat,
    /// Satellites and feeds that saw it.
    pub sources: Vec<String>,
    /// What was found; `None` where nobody has answered.
    pub finding: Option<Finding>,
    /// One of [`CAUSES`]; `None` where none is given.
    pub cause: Option<&'static str>,
    /// County, where known.
    pub county: Option<String>,
    /// Error of the place, metres, where the file states it.
    pub position_error_m: Option<f64>,
    /// When it was answered, where the file states it.
    pub answered: Option<Utc>,
}

impl Answer {
    /// Whether anything is said of the event.
    pub fn is_given(&self) -> bool {
        self.finding.is_some() || self.cause.is_some()
    }

    /// Whether this answer, listed after another one to the same event, stands in its place: the later one, and none that says nothing
    /// in the place of one that says something.
    fn replaces(&self, earlier: &Answer) -> bool {
        if self.is_given() != earlier.is_given() {
            return self.is_given();
        }
        match (self.answered, earlier.answered) {
            (Some(now), Some(then)) => now >= then,
            _ => self.time >= earlier.time,
        }
    }
}

/// One answer an event, the latest, where the first stood; and how many were repeated. Without an id nothing says that two are one.
pub fn one_each(answers: Vec<Answer>) -> (Vec<Answer>, usize) {
    let (all, mut kept) = (answers.len(), Vec::<Answer>::new());
    let mut places = HashMap::<String, usize>::new();
    for answer in answers {
        match places.get(&answer.event_id) {
            Some(&at) if answer.replaces(&kept[at]) => kept[at] = answer,
            Some(_) => {}
            None => {
                if !answer.event_id.is_empty() {
                    places.insert(answer.event_id.clone(), kept.len());
                }
                kept.push(answer);
            }
        }
    }
    let repeated = all - kept.len();
    (kept, repeated)
}

const EXPECTED: &str = "events.geojson with the property verification, or a CSV with the columns \
                        event_id,time,lon,lat,sources,finding,cause,county";

/// Reads one file of either form, told apart by its first character.
///
/// # Errors
/// [`Error::Read`] or [`Error::Input`], naming the line or feature: a misread answer must not count for another one.
pub fn read(path: &Path) -> Result<Vec<Answer>> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::read(path, error))?;
    let text = text.trim_start_matches('\u{feff}');
    let answers = if text.trim_start().starts_with('{') { of_events(text) } else { of_csv(text) };
    answers.map_err(|found| Error::input(path, found, EXPECTED, "correct the file, or take the entry out"))
}

type Found<T> = std::result::Result<T, String>;

fn of_events(text: &str) -> Found<Vec<Answer>> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("no JSON ({error})"))?;
    let features = value["features"].as_array().ok_or("no FeatureCollection")?;
    (1..).zip(features).map(|(n, feature)| of_event(feature).map_err(|found| format!("feature {n}: {found}"))).collect()
}

fn of_event(feature: &Value) -> Found<Answer> {
    let properties = &feature["properties"];
    let text = |value: &Value| value.as_str().unwrap_or("").to_string();
    let verification = &properties["verification"];
    let coordinates = &feature["geometry"]["coordinates"];
    let (lon, lat) = (coordinates[0].as_f64(), coordinates[1].as_f64());
    let sources = properties["sources"].as_array().into_iter().flatten().map(text).collect();
    Ok(Answer {
        event_id: text(&properties["id"]),
        time: moment(&text(&properties["first_seen"]))?,
        place: lon.zip(lat).and_then(|(lon, lat)| LonLat::new(lon, lat)).ok_or("no place")?,
        sources,
        finding: finding(&text(&verification["finding"]))?,
        cause: cause(&text(&verification["cause"]))?,
        county: properties["county"].as_str().map(str::to_string),
        position_error_m: properties["position_error_m"].as_f64(),
        answered: verification["time"].as_str().and_then(Utc::parse),
    })
}

fn of_csv(text: &str) -> Found<Vec<Answer>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    for name in ["event_id", "time", "lon", "lat", "sources", "finding", "cause"] {
        column(name).ok_or_else(|| format!("no column {name} in the header"))?;
    }
    let mut answers = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |name: &str| column(name).and_then(|at| record.get(at)).unwrap_or("");
        let answer = || -> Found<Answer> {
            let number = |name: &str| text(name).parse::<f64>().map_err(|_| format!("{name} {:?}", text(name)));
            Ok(Answer {
                event_id: text("event_id").to_string(),
                time: moment(text("time"))?,
                place: LonLat::new(number("lon")?, number("lat")?).ok_or("a place off the earth")?,
                sources: text("sources")
                    .split(['、', ';', '|'])
                    .filter(|s| !s.is_empty())
                    .map(str::to_string)
                    .collect(),
                finding: finding(text("finding"))?,
                cause: cause(text("cause"))?,
                county: Some(text("county")).filter(|county| !county.is_empty()).map(str::to_string),
                position_error_m: None,
                answered: None,
            })
        };
        answers.push(answer().map_err(|found| format!("line {line}: {found}"))?);
    }
    Ok(answers)
}

fn moment(text: &str) -> Found<Utc> {
    Utc::parse(text).ok_or_else(|| format!("time {text:?}, not as 2025-10-20T05:30:00Z"))
}

/// The Chinese words; `burning` and the like as a system may write them.
fn finding(text: &str) -> Found<Option<Finding>> {
    let english = ["burning", "out_with_traces", "no_trace", "not_reached"];
    if text.is_empty() {
        return Ok(None);
    }
    let known = Finding::ALL.into_iter().zip(english);
    let found = known.into_iter().find(|(finding, english)| finding.spoken() == text || *english == text);
    found
        .map(|(finding, _)| Some(finding))
        .ok_or_else(|| format!("finding {text:?}, none of {}", Finding::ALL.map(Finding::spoken).join("、")))
}

fn cause(text: &str) -> Found<Option<&'static str>> {
    match CAUSES.into_iter().find(|cause| *cause == text) {
        None if !text.is_empty() => Err(format!("cause {text:?}, none of {}", CAUSES.join("、"))),
        cause => Ok(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<Answer>> {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), text).expect("written");
        read(file.path())
    }

    /// The same two answers in both forms; the second event has none yet.
    #[test]
    fn both_forms_say_the_same() {
        let csv = "event_id,time,lon,lat,sources,finding,cause,county\n\
                   a,2025-10-20T05:30:00Z,102.1,36.5,NOAA-20、Himawari-9,未发现痕迹,误判,互助土族自治县\n\
                   b,2025-10-20T13:30:00+08:00,102.2,36.5,Terra,,,\n";
        let events = r#"{"type":"FeatureCollection","features":[
            {"geometry":{"coordinates":[102.1,36.5]},"properties":{"id":"a","first_seen":"2025-10-20T05:30:00Z",
             "sources":["NOAA-20","Himawari-9"],"county":"互助土族自治县",
             "verification":{"finding":"no_trace","cause":"误判","post":"x","time":null,"photos":[]}}},
            {"geometry":{"coordinates":[102.2,36.5]},"properties":{"id":"b","first_seen":"2025-10-20T05:30:00Z",
             "sources":["Terra"],"county":null,"verification":null}}]}"#;
        let answers = of(csv).expect("reads");
        assert_eq!(answers, of(events).expect("reads"));
        assert_eq!((answers[0].finding, answers[0].cause), (Some(Finding::NoTrace), Some("误判")));
        assert_eq!((answers[1].finding, answers[1].cause), (None, None));
    }

    /// By hand: of six rows a is answered twice (the later row counts), b was asked for again after its answer (the answer stays), and
    /// two rows have no id (two events). By the time of the answer, where stated, an older export does not take the newer one's place.
    #[test]
    fn an_event_has_one_answer_the_latest() {
        let head = "event_id,time,lon,lat,sources,finding,cause\n";
        let row = |id: &str, said: &str| format!("{id},2025-10-20T05:30:00Z,102.1,36.5,T,{said}\n");
        let rows = [
            ("a", "正在燃烧,秸秆"),
            ("b", "未发现痕迹,误判"),
            ("a", ",垃圾"),
            ("b", ","),
            ("", ",秸秆"),
            ("", ",秸秆"),
        ];
        let text = rows.iter().fold(head.to_string(), |text, (id, said)| text + &row(id, said));
        let (kept, repeated) = one_each(of(&text).expect("reads"));
        let said: Vec<_> = kept.iter().map(|answer| (answer.event_id.as_str(), answer.cause)).collect();
        assert_eq!(said, [("a", Some("垃圾")), ("b", Some("误判")), ("", Some("秸秆")), ("", Some("秸秆"))]);
        assert_eq!(repeated, 2);
        let at = |hour: i8| Utc::from_parts(2025, 10, 21, hour, 0, 0);
        let (newer, older) =
            (Answer { answered: at(9), ..kept[0].clone() }, Answer { answered: at(8), ..kept[0].clone() });
        assert_eq!(one_each(vec![newer.clone(), older]), (vec![newer], 1));
    }

    #[test]
    fn an_answer_that_is_none_is_told() {
        let row = |text: &str| format!("event_id,time,lon,lat,sources,finding,cause\n{text}\n");
        for (text, part) in [
            (row("a,2025-10-20,102,36,T,,"), "line 2: time"),
            (row("a,2025-10-20T05:30:00Z,102,96,T,,"), "off the earth"),
            (row("a,2025-10-20T05:30:00Z,102,36,T,没有,"), "未发现痕迹"),
            (row("a,2025-10-20T05:30:00Z,102,36,T,未发现痕迹,鬼火"), "秸秆"),
            ("event_id,time\n".to_string(), "no column lon"),
            ("{}".to_string(), "FeatureCollection"),
        ] {
            let error = of(&text).expect_err(&text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
