//! Filters beside minijinja's own: coordinates, times and signatures as platforms want them.

use crate::deliver::sinks::http::{hex, hmac_sha256};
use crate::place::{Gcj02, LonLat};
use crate::time::Utc;
use base64::Engine;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value};
use sha2::{Digest, Sha256};

pub(super) fn add(env: &mut Environment<'static>) {
    env.add_filter("gcj02", gcj02);
    env.add_filter("beijing", beijing);
    env.add_filter("dms", dms);
    env.add_filter("sha256", |text: String| hex(&Sha256::digest(text)));
    env.add_filter("hmac_sha256", signature);
    env.add_filter("base64", |text: String| base64::engine::general_purpose::STANDARD.encode(text));
}

fn wrong(detail: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail)
}

/// `event|gcj02` or `[lon, lat]|gcj02`: longitude and latitude with six decimals.
fn gcj02(place: Value) -> Result<Value, Error> {
    const WANTED: &str = "gcj02 wants the event, or [lon, lat]";
    let number = |value: Result<Value, Error>| value.ok().and_then(|value| f64::try_from(value).ok());
    let pair = match place.get_attr("lon") {
        Ok(lon) if !lon.is_undefined() => (number(Ok(lon)), number(place.get_attr("lat"))),
        _ => (number(place.get_item_by_index(0)), number(place.get_item_by_index(1))),
    };
    let (Some(lon), Some(lat)) = pair else { return Err(wrong(WANTED)) };
    let there = Gcj02::of(LonLat::new(lon, lat).ok_or_else(|| wrong(WANTED))?);
    let six = |degrees: f64| (degrees * 1e6).round() / 1e6;
    Ok(Value::from(vec![six(there.lon), six(there.lat)]))
}

/// `event.first_seen|beijing`, or with a pattern of strftime: `|beijing("%Y%m%d%H%M%S")`.
fn beijing(time: String, pattern: Option<String>) -> Result<String, Error> {
    let at = Utc::parse(&time).ok_or_else(|| wrong("beijing wants a time such as event.first_seen"))?;
    match pattern {
        None => Ok(at.beijing()),
        Some(pattern) => {
            at.beijing_as(&pattern).ok_or_else(|| wrong("beijing wants a pattern such as \"%Y-%m-%d %H:%M:%S\""))
        }
    }
}

/// Degrees, minutes and seconds without a letter, as provincial lists have them.
fn dms(degrees: f64) -> Result<String, Error> {
    let place = LonLat::new(degrees, 0.0).ok_or_else(|| wrong("dms wants degrees"))?;
    Ok(place.dms().0.trim_end_matches(['E', 'W']).to_string())
}

/// `body|hmac_sha256(secret)`: hexadecimal, or with encoding="base64".
fn signature(message: String, key: String, options: Kwargs) -> Result<String, Error> {
    let encoding: Option<String> = options.get("encoding")?;
    options.assert_all_used()?;
    let mac = hmac_sha256(key.as_bytes(), message.as_bytes());
    match encoding.as_deref() {
        None | Some("hex") => Ok(hex(&mac)),
        Some("base64") => Ok(base64::engine::general_purpose::STANDARD.encode(mac)),
        Some(_) => Err(wrong("hmac_sha256 knows encoding=\"hex\" and \"base64\"")),
    }
}
