//! What the address of a list asks for, checked.

use super::ogc::Collection;
use super::problem::{Answer, Problem};
use crate::cases::Status;
use crate::store::Asked;
use crate::time::Utc;

/// Rows of a page where nothing is said, and at most.
const LIMIT: i64 = 100;
pub const MOST: i64 = 1000;

/// How a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// GeoJSON.
    Json,
    /// CSV.
    Csv,
    /// A spreadsheet.
    Xlsx,
    /// KML.
    Kml,
}

/// A checked query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What is asked.
    pub asked: Asked,
    /// How.
    pub format: Format,
    /// All but the place in the list, as it was sent: the next page is asked with it.
    pub rest: String,
    /// As it was sent.
    pub whole: String,
    /// Whether it says how many rows it wants.
    pub is_limited: bool,
}

/// Reads a query.
///
/// # Errors
/// A parameter that is unknown or not what it should be, named.
pub fn query(text: &str, collection: Collection) -> Answer<Query> {
    let mut asked = Asked { limit: LIMIT, ..Asked::default() };
    let mut format = Format::Json;
    let mut rest = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(raw).ok_or_else(|| Problem::query(format!("参数 {name} 不是 UTF-8")))?;
        let wrong = |expected: &str| Problem::query(format!("参数 {name}={value} 不正确，应为 {expected}"));
        if of_events(name) && collection != Collection::Events {
            return Err(Problem::query(format!("此类数据没有参数 {name}")));
        }
        match name {
            "limit" => {
                let limit: i64 = value.parse().map_err(|_| wrong("1 到 1000 的整数"))?;
                if limit < 1 {
                    return Err(wrong("1 到 1000 的整数"));
                }
                asked.limit = limit.min(MOST);
            }
            "offset" => {
                let offset = value.parse().ok().filter(|offset| (0..=10_000_000).contains(offset));
                asked.offset = offset.ok_or_else(|| wrong("0 以上的整数"))?;
                continue;
            }
            "after" => {
                let after = value.split_once('~').and_then(|(at, id)| Some((at.parse().ok()?, id.to_string())));
                asked.after = Some(after.ok_or_else(|| wrong("上一页 next 链接中的值"))?);
                continue;
            }
            "bbox" => asked.bbox = Some(bbox(&value).ok_or_else(|| wrong("西,南,东,北（度，WGS84）"))?),
            "datetime" => {
                (asked.from, asked.to) =
                    interval(&value).ok_or_else(|| wrong("RFC 3339 时间，或 起/止，一端可为 .."))?;
            }
            "status" => {
                asked.statuses = values(&value);
                if asked.statuses.iter().any(|status| Status::of(status).is_none()) {
                    return Err(wrong(&codes(Status::ALL.iter().map(|status| status.code()))));
                }
            }
            "class" => {
                asked.classes =
                    among(&value, &["straw", "vegetation", "industrial", "solar", "unknown"]).map_err(|e| wrong(&e))?
            }
            "confidence" => asked.confidences = among(&value, &["low", "nominal", "high"]).map_err(|e| wrong(&e))?,
            "county" => {
                let is_code = value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_digit());
                asked.county = Some(value.clone()).filter(|_| is_code);
                if !is_code {
                    return Err(wrong("六位县区代码"));
                }
            }
            "triaged" => asked.triaged = Some(flag(&value).ok_or_else(|| wrong("true 或 false"))?),
            "open" => asked.open = Some(flag(&value).ok_or_else(|| wrong("true 或 false"))?),
            "q" => {
                let is_id = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
                if value.chars().count() > 64 || value.chars().any(char::is_control) {
                    return Err(wrong("编号的开头，或地名"));
                }
                let value = Some(value.trim().to_string()).filter(|value| !value.is_empty());
                if is_id { asked.id = value } else { asked.place = value }
            }
            "f" => {
                format = match value.as_str() {
                    "json" | "geojson" => Format::Json,
                    "csv" => Format::Csv,
                    "xlsx" => Format::Xlsx,
                    "kml" => Format::Kml,
                    _ => return Err(wrong("json, csv, xlsx 或 kml")),
                };
            }
            _ => return Err(Problem::query(format!("没有参数 {name}"))),
        }
        rest.push(pair);
    }
    let is_limited = rest.iter().any(|pair| pair.starts_with("limit="));
    Ok(Query { asked, format, rest: rest.join("&"), whole: text.to_string(), is_limited })
}

/// Parameters that ask for what only events have.
fn of_events(name: &str) -> bool {
    ["status", "class", "confidence", "triaged", "open", "q"].contains(&name)
}

fn values(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_string).collect()
}

fn among(text: &str, known: &[&str]) -> Result<Vec<String>, String> {
    let values = values(text);
    let all_known = values.iter().all(|value| known.contains(&value.as_str()));
    if all_known { Ok(values) } else { Err(codes(known.iter().copied())) }
}

fn codes<'a>(all: impl Iterator<Item = &'a str>) -> String {
    all.collect::<Vec<_>>().join(", ")
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Four numbers, or six with heights, which nothing here has.
fn bbox(text: &str) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = text.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let all_finite = numbers.iter().all(|number| number.is_finite());
    let corners = match *numbers.as_slice() {
        [west, south, east, north] | [west, south, _, east, north, _] => [west, south, east, north],
        _ => return None,
    };
    (all_finite && corners[1] <= corners[3]).then_some(corners)
}

fn interval(text: &str) -> Option<(Option<Utc>, Option<Utc>)> {
    let end = |text: &str| match text.trim() {
        "" | ".." => Some(None),
        text => Utc::parse(text).map(Some),
    };
    match text.split_once('/') {
        Some((from, to)) => {
            let (from, to) = (end(from)?, end(to)?);
            let in_order = from.zip(to).is_none_or(|(from, to)| from <= to);
            in_order.then_some((from, to))
        }
        None => Utc::parse(text).map(|at| (Some(at), Some(at))),
    }
}

/// Percent signs and plus signs of an address.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &rest[2..];
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Asked {
        query(text, Collection::Events).expect("a query").asked
    }

    #[test]
    fn a_query_says_what_is_wanted() {
        let asked =
            asked("limit=5000&bbox=101%2C35,103,37&status=triage,closed&county=630223&open=true&q=ab12&after=17~e9");
        assert_eq!((asked.limit, asked.bbox), (MOST, Some([101.0, 35.0, 103.0, 37.0])));
        assert_eq!((asked.statuses.len(), asked.county.as_deref(), asked.open), (2, Some("630223"), Some(true)));
        assert_eq!((asked.id.as_deref(), asked.after), (Some("ab12"), Some((17, "e9".to_string()))));
    }

    /// OGC API - Features, part 1: an instant, an interval, one that is open at an end.
    #[test]
    fn times_are_instants_and_intervals() {
        let at = Utc::parse("2025-10-20T05:30:00Z");
        for (text, expected) in [
            ("2025-10-20T05:30:00Z", (at, at)),
            ("2025-10-20T05:30:00Z/..", (at, None)),
            ("/2025-10-20T05:30:00Z", (None, at)),
            ("2025-10-20T13:30:00%2B08:00/2025-10-20T05:30:00Z", (at, at)),
        ] {
            let asked = asked(&format!("datetime={text}"));
            assert_eq!((asked.from, asked.to), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused_and_named() {
        for wrong in [
            "limit=0",
            "limit=x",
            "offset=-1",
            "bbox=1,2,3",
            "bbox=1,9,3,4",
            "bbox=NaN,1,2,3",
            "datetime=yesterday",
            "status=burning",
            "county=63",
            "f=exe",
            "q=a%00b",
            "unknown=1",
            "after=x",
            "datetime=2025-10-20T06:00:00Z/2025-10-20T05:00:00Z",
            "q=%zz",
        ] {
            assert!(query(wrong, Collection::Events).is_err(), "{wrong}");
            assert!(query("class=straw", Collection::Fires).is_err(), "a detection has no case");
        }
    }
}
