//! Reads tracks as telephones write them: GPX, or GeoJSON lines with times. What comes is from outside: sizes are bounded, and what cannot be read is said.

use super::track::{Point, Trail};
use crate::place::{Gcj02, LonLat};
use crate::time::Utc;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bytes of a track at most: a day, a point a second.
pub const MOST_BYTES: usize = 12 << 20;
/// Points of a track at most.
pub const MOST_POINTS: usize = 100_000;

/// How a track is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// GPX 1.0 or 1.1.
    Gpx,
    /// GeoJSON.
    Geojson,
}

impl Format {
    /// Its name, which is how a file of it ends.
    pub fn name(self) -> &'static str {
        match self {
            Format::Gpx => "gpx",
            Format::Geojson => "geojson",
        }
    }
}

/// What its coordinates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// As GPS gives them.
    #[default]
    Wgs84,
    /// As maps of the mainland have them.
    Gcj02,
}

impl Datum {
    /// Its name in data.
    pub fn name(self) -> &'static str {
        match self {
            Datum::Wgs84 => "wgs84",
            Datum::Gcj02 => "gcj02",
        }
    }

    fn place(self, lon: f64, lat: f64) -> Option<LonLat> {
        match self {
            Datum::Wgs84 => LonLat::new(lon, lat),
            Datum::Gcj02 => LonLat::new(lon, lat).and_then(|_| Gcj02 { lon, lat }.place()),
        }
    }
}

/// Why a text is no track, for who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotATrack(pub String);

fn no<T>(why: impl Into<String>) -> Result<T, NotATrack> {
    Err(NotATrack(why.into()))
}

/// Reads a track.
///
/// # Errors
/// [`NotATrack`] where it is neither format, too large, or has no point with a time.
pub fn read(bytes: &[u8], datum: Datum) -> Result<Trail, NotATrack> {
    if bytes.len() > MOST_BYTES {
        return no(format!("文件过大，最多 {} MB", MOST_BYTES >> 20));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return no("不是 UTF-8 文本，应为 GPX 或 GeoJSON 轨迹") };
    let start = text.trim_start_matches('\u{feff}').trim_start();
    // no database keeps it, and neither format has it
    if text.contains('\0') {
        return no("文件中有空字符，应为 GPX 或 GeoJSON 轨迹");
    }
    let mut found = Gathered { datum, points: Vec::new(), untimed: 0 };
    let format = match start.chars().next() {
        Some('<') => gpx(start, &mut found).map(|()| Format::Gpx)?,
        Some('{') => geojson(start, &mut found).map(|()| Format::Geojson)?,
        _ => return no("既不是 GPX 也不是 GeoJSON 轨迹"),
    };
    if found.points.is_empty() {
        let why = if found.untimed > 0 {
            "轨迹的点都没有时间，无法对照计划"
        } else {
            "文件中没有轨迹点"
        };
        return no(why);
    }
    Ok(Trail { format, points: found.points, untimed: found.untimed })
}

/// Points as they are read.
struct Gathered {
    datum: Datum,
    points: Vec<Point>,
    untimed: usize,
}

impl Gathered {
    fn add(&mut self, lon: Option<f64>, lat: Option<f64>, at: Option<Utc>) -> Result<(), NotATrack> {
        let number = self.points.len() + self.untimed + 1;
        if number > MOST_POINTS {
            return no(format!("轨迹点过多，最多 {MOST_POINTS} 个"));
        }
        let Some(place) = lon.zip(lat).and_then(|(lon, lat)| self.datum.place(lon, lat)) else {
            return no(format!("第 {number} 个点的经纬度无法识别"));
        };
        match at {
            Some(at) => self.points.push(Point { place, at }),
            None => self.untimed += 1,
        }
        Ok(())
    }
}

/// A point of a GPX under way.
#[derive(Default)]
struct Open {
    lon: Option<f64>,
    lat: Option<f64>,
    at: Option<Utc>,
}

fn gpx(text: &str, found: &mut Gathered) -> Result<(), NotATrack> {
    let mut reader = Reader::from_str(text);
    let (mut is_gpx, mut open, mut is_time) = (false, None::<Open>, false);
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return no(format!("GPX 文件损坏（{error}）")),
        };
        match event {
            Event::Start(start) if start.local_name().as_ref() == b"gpx" => is_gpx = true,
            Event::Start(start) if start.local_name().as_ref() == b"trkpt" => open = Some(opened(&start)),
            Event::Empty(start) if start.local_name().as_ref() == b"trkpt" => {
                let point = opened(&start);
                found.add(point.lon, point.lat, None)?;
            }
            Event::Start(start) => is_time = open.is_some() && start.local_name().as_ref() == b"time",
            Event::Text(text) if is_time => {
                if let (Some(point), Ok(text)) = (&mut open, text.decode()) {
                    point.at = of_gpx(text.trim());
                }
            }
            Event::End(end) if end.local_name().as_ref() == b"trkpt" => {
                if let Some(point) = open.take() {
                    found.add(point.lon, point.lat, point.at)?;
                }
            }
            Event::End(_) => is_time = false,
            // no entity of its own is needed for a track
            Event::DocType(_) => return no("GPX 文件中不应有 DOCTYPE"),
            Event::Eof if open.is_some() => return no("GPX 文件不完整"),
            Event::Eof if is_gpx => return Ok(()),
            Event::Eof => return no("是 XML 但不是 GPX"),
            _ => {}
        }
    }
}

fn opened(start: &BytesStart<'_>) -> Open {
    let number = |name: &str| {
        let value = start.try_get_attribute(name).ok()??;
        std::str::from_utf8(&value.value).ok()?.trim().parse::<f64>().ok()
    };
    Open { lon: number("lon"), lat: number("lat"), at: None }
}

/// A time without an offset is UTC: the schema says so.
fn of_gpx(text: &str) -> Option<Utc> {
    Utc::parse(text).or_else(|| Utc::parse(&format!("{text}Z")))
}

fn geojson(text: &str, found: &mut Gathered) -> Result<(), NotATrack> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return no(format!("GeoJSON 文件损坏（{error}）")),
    };
    let features = match value["type"].as_str() {
        Some("FeatureCollection") => value["features"].as_array().cloned().unwrap_or_default(),
        Some("Feature") => vec![value],
        _ => return no("GeoJSON 应为 Feature 或 FeatureCollection，时间在 properties.coordTimes"),
    };
    for feature in &features {
        let (geometry, times) = (&feature["geometry"], times_of(&feature["properties"]));
        let none = Vec::new();
        let coordinates = geometry["coordinates"].as_array().unwrap_or(&none);
        match geometry["type"].as_str() {
            Some("LineString") => line(coordinates, times, found)?,
            Some("MultiLineString") => {
                for (at, part) in coordinates.iter().enumerate() {
                    line(part.as_array().unwrap_or(&none), &times[at], found)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Where telephones put the times of a line.
fn times_of(properties: &Value) -> &Value {
    let names = [&properties["coordTimes"], &properties["coordinateProperties"]["times"], &properties["times"]];
    names.into_iter().find(|value| value.is_array()).unwrap_or(&Value::Null)
}

fn line(coordinates: &[Value], times: &Value, found: &mut Gathered) -> Result<(), NotATrack> {
    if let Some(times) = times.as_array().filter(|times| times.len() != coordinates.len()) {
        return no(format!("时间 {} 个，点 {} 个，数目不符", times.len(), coordinates.len()));
    }
    for (at, place) in coordinates.iter().enumerate() {
        found.add(place[0].as_f64(), place[1].as_f64(), moment(&times[at]))?;
    }
    Ok(())
}

/// A time as text with an offset, or seconds or milliseconds since 1970.
fn moment(value: &Value) -> Option<Utc> {
    /// Later than any second that is meant, earlier than any millisecond.
    const MILLIS: f64 = 1e11;
    if let Some(text) = value.as_str() {
        return Utc::parse(text);
    }
    let number = value.as_f64()?;
    let micros = if number > MILLIS { number * 1e3 } else { number * 1e6 };
    micros.is_finite().then(|| Utc::from_micros(micros as i64)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GPX: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="phone" xmlns="http://www.topografix.com/GPX/1/1">
 <metadata><time>2025-10-20T00:00:00Z</time></metadata>
 <trk><name>早巡</name><trkseg>
  <trkpt lat="36.5" lon="102.0"><ele>2300</ele><time>2025-10-20T01:00:00Z</time></trkpt>
  <trkpt lat="36.501" lon="102.001"><time>2025-10-20T09:01:00.500+08:00</time></trkpt>
  <trkpt lat="36.502" lon="102.002"/>
 </trkseg></trk></gpx>"#;

    #[test]
    fn a_gpx_is_read() {
        let trail = read(format!("\u{feff}{GPX}").as_bytes(), Datum::Wgs84).expect("a track");
        assert_eq!((trail.format, trail.points.len(), trail.untimed), (Format::Gpx, 2, 1));
        assert_eq!(trail.points[1].at, Utc::parse("2025-10-20T01:01:00.5Z").expect("a time"));
        assert_eq!(trail.points[0].place, LonLat::new(102.0, 36.5).expect("a place"));
    }

    /// The offset of GCJ-02 is some hundred metres: src/place/gcj02.rs has its own vectors.
    #[test]
    fn a_track_of_a_map_of_the_mainland_is_moved() {
        let trail = read(GPX.as_bytes(), Datum::Gcj02).expect("a track");
        let moved = trail.points[0].place.distance_m(LonLat::new(102.0, 36.5).expect("a place"));
        assert!((50.0..1500.0).contains(&moved), "{moved}");
    }

    #[test]
    fn a_geojson_line_with_times_is_read() {
        let of = |geometry: &str, properties: &str| {
            let text = format!(r#"{{"type":"Feature","geometry":{geometry},"properties":{properties}}}"#);
            read(text.as_bytes(), Datum::Wgs84)
        };
        let line = r#"{"type":"LineString","coordinates":[[102,36.5,2300],[102.001,36.501]]}"#;
        let first = Utc::parse("2025-10-20T01:00:00Z").expect("a time");
        // 1760922000 s: `date -u -d 2025-10-20T01:00:00Z +%s`
        for times in [
            r#"{"coordTimes":["2025-10-20T01:00:00Z","2025-10-20T01:01:00Z"]}"#,
            r#"{"coordinateProperties":{"times":["2025-10-20T09:00:00+08:00","2025-10-20T09:01:00+08:00"]}}"#,
            r#"{"times":[1760922000,1760922060]}"#,
            r#"{"times":[1760922000000,1760922060000]}"#,
        ] {
            let trail = of(line, times).expect("a track");
            assert_eq!((trail.points.len(), trail.points[0].at), (2, first), "{times}");
        }
        let parts = r#"{"type":"MultiLineString","coordinates":[[[102,36.5]],[[102.1,36.5]]]}"#;
        let trail = of(parts, r#"{"coordTimes":[["2025-10-20T01:00:00Z"],["2025-10-20T02:00:00Z"]]}"#);
        assert_eq!(trail.expect("a track").points.len(), 2);
        let short = of(line, r#"{"coordTimes":["2025-10-20T01:00:00Z"]}"#).expect_err("refused").0;
        assert!(short.contains("时间 1 个，点 2 个"), "{short}");
        assert!(of(line, "{}").expect_err("refused").0.contains("都没有时间"));
    }

    #[test]
    fn what_is_no_track_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "既不是"),
            ("PK\u{3}\u{4}", "既不是"),
            ("<html></html>", "不是 GPX"),
            ("<gpx></gpx>", "没有轨迹点"),
            ("<gpx><trk><trkseg><trkpt lat='36' lon='102'>", "不完整"),
            ("<gpx><trkpt lat='96' lon='102'><time>2025-10-20T01:00:00Z</time></trkpt></gpx>", "第 1 个点"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><gpx></gpx>", "DOCTYPE"),
            ("{\"type\":\"Feature\"", "损坏"),
            ("{\"type\":\"Point\"}", "应为 Feature"),
            ("<gpx>\0</gpx>", "空字符"),
        ] {
            let found = read(text.as_bytes(), Datum::Wgs84).expect_err(text).0;
            assert!(found.contains(why), "{text:?}: {found}");
        }
        assert!(read(b"<gpx>\xff</gpx>", Datum::Wgs84).expect_err("refused").0.contains("UTF-8"));
        let many = format!("<gpx>{}</gpx>", "<trkpt lat='36' lon='102'/>".repeat(MOST_POINTS + 1));
        assert!(read(many.as_bytes(), Datum::Wgs84).expect_err("refused").0.contains("过多"));
    }
}
