//! Filters beside minijinja's own: coordinates, times and signatures as platforms want them.

use crate::deliver::sinks::http::{hex, hmac_sha256};
use crate::place::{Gcj02, LonLat};
use crate::time::Utc;
use base64::Engine;
use minijinja::value::{Kwargs, Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Value};
use sha2::{Digest, Sha256};

pub(in crate::deliver) fn add(env: &mut Environment<'static>) {
    env.add_filter("gcj02", gcj02);
    env.add_filter("beijing", beijing);
    env.add_filter("dms", dms);
    env.add_filter("sha256", |text: String| hex(&Sha256::digest(text)));
    env.add_filter("hmac_sha256", signature);
    env.add_filter("base64", |text: String| base64::engine::general_purpose::STANDARD.encode(text));
    STRICT.iter().for_each(|name| strict(env, name));
}

/// Filters of Jinja that take what is not defined for nothing: a misspelled name would leave the house as null. `default` is for that.
const STRICT: &[&str] = &[
    "abs",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "dictsort",
    "first",
    "float",
    "format",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "max",
    "min",
    "pprint",
    "replace",
    "reverse",
    "round",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "urlencode",
    "zip",
];

/// The filter as it is, but for what is not defined.
fn strict(env: &mut Environment<'static>, name: &'static str) {
    let plain = Environment::new();
    env.add_filter(name, move |values: Rest<Value>| {
        if values.iter().any(|value| holds_undefined(value, DEEPEST)) {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        plain.empty_state().apply_filter(name, &values)
    });
}

/// Lists within lists that are looked into: a body has a few.
const DEEPEST: usize = 16;

fn holds_undefined(value: &Value, deepest: usize) -> bool {
    let is_map = value.kind() == ValueKind::Map && !value.is_kwargs();
    let within = |inner: &Value| deepest > 0 && holds_undefined(inner, deepest - 1);
    match value.kind() {
        ValueKind::Undefined => true,
        ValueKind::Seq => value.try_iter().is_ok_and(|mut all| all.any(|inner| within(&inner))),
        ValueKind::Map if is_map => value
            .try_iter()
            .is_ok_and(|mut keys| keys.any(|key| value.get_item(&key).is_ok_and(|inner| within(&inner)))),
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::UndefinedBehavior;

    fn rendered(text: &str) -> Result<String, Error> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        add(&mut env);
        env.render_str(text, minijinja::context! { event => minijinja::context! { county => "a\"b", none => () } })
    }

    #[test]
    fn what_is_not_defined_is_an_error_behind_every_filter() {
        let all = [
            "gcj02",
            "beijing",
            "dms",
            "sha256",
            "hmac_sha256('k')",
            "base64",
            "replace('a', 'b')",
            "split('a')",
            "format('a')",
        ];
        let strict = STRICT.iter().copied().filter(|name| !["replace", "split", "format"].contains(name));
        for filter in strict.chain(all) {
            assert!(rendered(&format!("{{{{ event.nosuch|{filter} }}}}")).is_err(), "{filter}");
        }
        for text in ["[1, [event.nosuch]]|tojson", "{'a': {'b': event.nosuch}}|tojson", "nosuch.more|tojson"] {
            assert!(rendered(&format!("{{{{ {text} }}}}")).is_err(), "{text}");
        }
    }

    #[test]
    fn filters_do_what_they_did() {
        for (text, made) in [
            ("event.county|tojson", "\"a\\\"b\""),
            ("event.none|tojson", "null"),
            ("[1, 2]|tojson(indent=1)", "[\n 1,\n 2\n]"),
            ("event.nosuch|default('x')|upper", "X"),
            ("1.256|round(2)", "1.26"),
            ("'a b'|urlencode", "a%20b"),
            ("[3, 1]|sort|join('-')", "1-3"),
            ("'abc'|replace('b', 'x')|length", "3"),
        ] {
            assert_eq!(rendered(&format!("{{{{ {text} }}}}")).expect(text), made, "{text}");
        }
    }
}
