//! From the text of an alarm to a sighting: what was seen, when, and where on the ground as far as it is said.

use super::form::{Form, Read, Wrong};
use super::picture::Picture;
use crate::place::{Gcj02, LonLat, Spread};
use crate::sealed::sha256;
use crate::sighting::{Direction, Ground, Kind, Sighting};
use crate::site::{IntakeSource, PoseErrors};
use crate::time::Utc;
use crate::watch::sight::{azimuth_and_range, earth::place_at};
use serde_json::Value;

/// An alarm that is what it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// What its sender calls it.
    pub vendor_id: String,
    /// What it becomes.
    pub sighting: Sighting,
    /// Its picture, where it brings one.
    pub picture: Option<Picture>,
    /// Its text as it is kept: the picture is a file of its own.
    pub body: String,
    /// Whether the desk put it to an event that it named, at the place of that.
    pub of_event: bool,
}

/// Letters of an id, a name and an address.
const LONGEST_ID: usize = 200;
const LONGEST_NAME: usize = 100;
const LONGEST_URL: usize = 2000;
/// Farthest place of a camera, metres.
const FARTHEST_M: f64 = 100_000.0;
/// Largest error of a place that is one, metres.
const WIDEST_M: f64 = 20_000.0;
/// Clocks differ by no more than this, seconds \[P\]: what comes from later is of a clock that is wrong.
const AHEAD_S: f64 = 300.0;
/// Where nobody says how sure it is: nominal \[P\].
const SCORE: f64 = 0.5;

/// Reads an alarm of a source.
///
/// # Errors
/// The first piece that is wrong.
pub fn read(text: &str, source: &IntakeSource, now: Utc) -> Read<Alarm> {
    let form = Form::of(text)?;
    let vendor_id = form.needed("id", LONGEST_ID)?;
    let (time, kind) = (form.seen_at(now)?, form.kind()?);
    let camera = form.text("camera", LONGEST_NAME)?;
    let seen = Seen::read(&form, source)?;
    let (picture, url) = (form.picture()?, form.url()?);
    let name = sha256(format!("intake {} {vendor_id}", source.name).as_bytes());
    let sighting = Sighting {
        id: format!("S{}", name.get(..16).unwrap_or(&name)),
        origin: source.kind,
        time,
        camera: Some(who(source, camera)),
        kind,
        score: form.number("score", 0.0, 1.0)?.unwrap_or(SCORE) as f32,
        from: seen.from,
        direction: seen.direction,
        range_m: seen.range_m,
        ground: seen.ground,
        image: url,
        vendor_id: Some(vendor_id.clone()),
        simulated: form.flag("simulated")?,
    };
    let body = match &picture {
        None => text.to_string(),
        Some(picture) => form.without(picture),
    };
    // only a desk names events
    let of_event = source.kind.is_word_of_people() && form.flag("of_event")?;
    Ok(Alarm { vendor_id, sighting, picture, body, of_event })
}

/// Who saw it, by a name that no camera of the site has: `tower/瞿昙寺`, `群众来电/12345热线`.
fn who(source: &IntakeSource, camera: Option<String>) -> String {
    let first = if source.kind.is_word_of_people() { source.kind.spoken() } else { &source.name };
    match camera {
        Some(camera) => format!("{first}/{camera}"),
        None if first == source.name => source.name.clone(),
        None => format!("{first}/{}", source.name),
    }
}

impl Form {
    fn seen_at(&self, now: Utc) -> Read<Utc> {
        let time = self.time("time")?;
        if time.seconds_since(now) > AHEAD_S {
            let english = "a time that is not to come: set the clock of the sender";
            return Err(self.wrong("time", english, "不晚于现在的时间：请校准发送方时钟"));
        }
        // where a clock that was never set begins
        if Utc::from_parts(2000, 1, 1, 0, 0, 0).is_some_and(|first| time < first) {
            let english = "a time after 2000: set the clock of the sender";
            return Err(self.wrong("time", english, " 2000 年以后的时间：请校准发送方时钟"));
        }
        Ok(time)
    }

    fn kind(&self) -> Read<Kind> {
        let kind = self.text("kind", LONGEST_NAME)?.and_then(|word| Kind::named(&word));
        kind.ok_or_else(|| self.wrong("kind", "smoke, flame or hot", " smoke（烟）、flame（火焰）或 hot（高温）"))
    }

    /// A link to a picture; nobody here follows it.
    fn url(&self) -> Read<Option<String>> {
        let Some(url) = self.text("picture_url", LONGEST_URL)? else { return Ok(None) };
        let is_link = url.starts_with("https://") || url.starts_with("http://");
        if is_link && !url.contains(|c: char| c.is_whitespace() || "\"'<>".contains(c)) {
            return Ok(Some(url));
        }
        let english = "an address that begins with https:// or http://";
        Err(self.wrong("picture_url", english, "以 https:// 或 http:// 开头的地址"))
    }

    /// The text with the name of the picture's content in its place.
    fn without(&self, picture: &Picture) -> String {
        let mut pieces = self.0.clone();
        let said = format!("{} bytes, sha256 {}", picture.bytes.len(), sha256(&picture.bytes));
        pieces.insert("picture".to_string(), Value::from(said));
        Value::Object(pieces).to_string()
    }

    /// A place by the names of its two numbers, WGS84 whatever they are given in.
    fn place(&self, lon: &'static str, lat: &'static str) -> Read<Option<LonLat>> {
        let is_shifted = match self.text("datum", LONGEST_NAME)?.as_deref() {
            None | Some("wgs84") => false,
            Some("gcj02") => true,
            Some(_) => return Err(self.wrong("datum", "wgs84 or gcj02", " wgs84 或 gcj02")),
        };
        let (x, y) = (self.number(lon, -180.0, 180.0)?, self.number(lat, -90.0, 90.0)?);
        let missing = match (x, y) {
            (None, None) => return Ok(None),
            (Some(x), Some(y)) => {
                let place = if is_shifted { Gcj02 { lon: x, lat: y }.place() } else { LonLat::new(x, y) };
                return place.map(Some).ok_or_else(|| self.wrong(lon, "a place on the earth", "地球上的位置"));
            }
            (None, Some(_)) => lon,
            (Some(_), None) => lat,
        };
        Err(self.wrong(missing, "longitude and latitude together, degrees", "成对的经度和纬度（度）"))
    }
}

/// Where it was seen, and from where.
struct Seen {
    from: Option<LonLat>,
    direction: Option<Direction>,
    range_m: Option<f64>,
    ground: Option<Ground>,
}

impl Seen {
    fn read(form: &Form, source: &IntakeSource) -> Read<Seen> {
        let (fire, from) = (form.place("lon", "lat")?, form.place("camera_lon", "camera_lat")?);
        let azimuth = form.number("azimuth_deg", 0.0, 360.0)?.map(|degrees| degrees % 360.0);
        let elevation = form.number("elevation_deg", -90.0, 90.0)?;
        let range = form.number("range_m", 1.0, FARTHEST_M)?;
        let error_m = form.number("position_error_m", 1.0, WIDEST_M)?.unwrap_or(source.position_error_m);
        let direction = azimuth.zip(elevation);
        let direction = direction.map(|(azimuth_deg, elevation_deg)| Direction { azimuth_deg, elevation_deg });
        if let Some(place) = fire {
            let range_m = range.or_else(|| Some(azimuth_and_range(from?, place).1));
            let ground = Ground::Point { place, spread: Spread::around(error_m) };
            return Ok(Seen { from, direction, range_m, ground: Some(ground) });
        }
        // who calls may not know where it is: the desk finds out
        if source.kind.is_word_of_people() && azimuth.is_none() {
            return Ok(Seen { from, direction: None, range_m: None, ground: None });
        }
        let (Some(camera), Some(azimuth_deg)) = (from, azimuth) else { return Err(nowhere(form, from.is_some())) };
        let at = |metres: f64| place_at(camera, azimuth_deg, metres).ok_or_else(|| nowhere(form, true));
        let ground = match range {
            Some(range_m) => {
                let spread = Spread::around(error_m).and(across(azimuth_deg, range_m));
                Ground::Point { place: at(range_m)?, spread }
            }
            None => Ground::Along { near: camera, far: at(source.max_range_m)? },
        };
        Ok(Seen { from, direction, range_m: range, ground: Some(ground) })
    }
}

/// What the error of an azimuth does at a range.
fn across(azimuth_deg: f64, range_m: f64) -> Spread {
    let wide_m = range_m * PoseErrors::default().azimuth_deg.to_radians().tan();
    let (sin, cos) = azimuth_deg.to_radians().sin_cos();
    Spread::along(wide_m * cos, -wide_m * sin)
}

fn nowhere(form: &Form, has_camera: bool) -> Wrong {
    let english = "lon and lat of the fire, or camera_lon, camera_lat and azimuth_deg of what sees it";
    let chinese = "火点经纬度 lon、lat，或摄像机经纬度 camera_lon、camera_lat 加方位角 azimuth_deg";
    form.wrong(if has_camera { "azimuth_deg" } else { "lon" }, english, chinese)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Origin;
    use serde_json::json;

    fn source() -> IntakeSource {
        IntakeSource {
            place: String::new(),
            name: "tower".into(),
            kind: Origin::Platform,
            secret: None,
            folder: None,
            position_error_m: 500.0,
            max_range_m: 20_000.0,
        }
    }

    fn now() -> Utc {
        Utc::parse("2026-10-20T05:30:00Z").expect("a time")
    }

    fn alarm(more: Value) -> Read<Alarm> {
        let mut body = json!({ "id": "a-1", "time": "2026-10-20T13:29:00+08:00", "kind": "smoke" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        read(&body.to_string(), &source(), now())
    }

    #[test]
    fn a_place_is_taken_as_it_is_said() {
        let seen =
            alarm(json!({ "lon": 102.1, "lat": 36.5, "position_error_m": 80, "score": 0.9 })).expect("read").sighting;
        let (place, spread) = seen.place().expect("a place");
        assert_eq!((place.lon(), place.lat(), spread.distance_m().round()), (102.1, 36.5, 80.0));
        assert_eq!((seen.camera.as_deref(), seen.score, seen.direction, seen.from), (Some("tower"), 0.9, None, None));
        // the PyPI package eviltransform 0.1.1 shifts 102.1, 36.5 to this
        let shifted = alarm(json!({ "lon": 102.102_072_09, "lat": 36.500_063_97, "datum": "gcj02" })).expect("read");
        let (back, spread) = shifted.sighting.place().expect("a place");
        assert!(back.distance_m(place) < 0.2 && spread.distance_m().round() == 500.0, "{back:?}");
    }

    /// By hand: at 36.5 N the normal of the ellipsoid is 6385.7 km, and a degree of the parallel 6385.7 x cos 36.5 x pi / 180 = 89.59 km: 10 km
    /// are 0.1116 degrees. Half a degree of azimuth is 10 km x tan 0.5 = 87.3 m there, to the north and south.
    #[test]
    fn a_direction_with_a_range_is_a_place_and_without_one_a_line() {
        let camera = json!({ "camera": "瞿昙", "camera_lon": 102.0, "camera_lat": 36.5, "azimuth_deg": 90 });
        let line = alarm(camera.clone()).expect("read").sighting;
        assert_eq!((line.place(), line.as_detection().is_none(), line.range_m), (None, true, None));
        assert!(
            matches!(line.ground, Some(Ground::Along { near, far }) if (near.distance_m(far) - 20_000.0).abs() < 60.0)
        );
        assert_eq!(line.camera.as_deref(), Some("tower/瞿昙"));
        let mut far = camera;
        far["range_m"] = 10_000.into();
        let seen = alarm(far).expect("read").sighting;
        let (place, spread) = seen.place().expect("a place");
        assert!((place.lon() - 102.0 - 0.1116).abs() < 3e-4 && (place.lat() - 36.5).abs() < 1e-3, "{place:?}");
        let more = spread.north_m2 - 500.0 * 500.0 / 2.0;
        assert!((more.sqrt() - 87.3).abs() < 0.1 && (spread.east_m2 - 125_000.0).abs() < 1.0, "{spread:?}");
    }

    /// Who calls is named, need not know where it is, and is no camera.
    #[test]
    fn a_call_is_taken_with_a_place_and_without() {
        let hotline = IntakeSource { name: "calls".into(), kind: Origin::Hotline, ..source() };
        let call = |more: Value| {
            let mut body = json!({ "id": "a-1", "time": "2026-10-20T13:29:00+08:00", "kind": "smoke" });
            body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            read(&body.to_string(), &hotline, now()).expect("read").sighting
        };
        let placed = call(json!({ "camera": "12345热线", "lon": 102.1, "lat": 36.5, "position_error_m": 2000 }));
        assert_eq!((placed.origin, placed.camera.as_deref()), (Origin::Hotline, Some("群众来电/12345热线")));
        let detection = placed.as_detection().expect("a place");
        assert_eq!((detection.sensor.as_str(), detection.satellite.as_str()), ("hotline", "群众来电/12345热线"));
        let nowhere = call(json!({}));
        assert_eq!((nowhere.ground, nowhere.camera.as_deref()), (None, Some("群众来电/calls")));
        assert!(alarm(json!({})).is_err(), "a platform says where");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let place = json!({ "lon": 102.1, "lat": 36.5 });
        let with = |name: &str, value: Value| {
            let mut body = place.clone();
            body[name] = value;
            alarm(body).expect_err("refused")
        };
        for (name, value) in [
            ("id", json!("")),
            ("id", json!(7)),
            ("id", json!("a\nb")),
            ("time", json!("2026-10-20 13:30")),
            ("time", json!("2026-10-20T13:40:00+08:00")),
            ("time", json!("1970-01-01T00:00:00Z")),
            ("kind", json!("fire")),
            ("score", json!(1.5)),
            ("lon", json!(190)),
            ("lat", json!(null)),
            ("datum", json!("bd09")),
            ("position_error_m", json!("80")),
            ("picture", json!("aGVsbG8=")),
            ("picture", json!("***")),
            ("picture_url", json!("file:///etc/passwd")),
            ("simulated", json!("yes")),
            ("camera", json!("a\u{202e}b")),
        ] {
            let wrong = with(name, value.clone());
            assert_eq!(wrong.found().split(' ').next(), Some(name), "{value}: {wrong}");
            assert!(wrong.in_chinese().contains("应为"), "{}", wrong.in_chinese());
        }
        assert!(alarm(json!({})).expect_err("refused").to_string().contains("camera_lon"));
        let half = alarm(json!({ "camera_lon": 102, "camera_lat": 36 })).expect_err("refused").to_string();
        assert!(half.starts_with("found azimuth_deg not there"), "{half}");
        for text in ["", "[]", "{\"id\":\"a\\u0000\"}", "{\"id\":"] {
            assert!(read(text, &source(), now()).expect_err("refused").to_string().contains("body"), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_kept_and_the_picture_is_not_in_the_text() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(4, 3).write_to(&mut png, image::ImageFormat::Png).expect("encoded");
        use base64::Engine as _;
        let code = base64::engine::general_purpose::STANDARD.encode(png.get_ref());
        let body = json!({ "lon": 102.1, "lat": 36.5, "vendor": { "x": 1 }, "picture": format!("data:image/png;base64,{code}") });
        let alarm = alarm(body).expect("read");
        assert_eq!(
            alarm.picture.as_ref().map(|picture| (picture.ending, &picture.bytes)),
            Some(("png", png.get_ref()))
        );
        assert!(alarm.body.contains("\"vendor\":{\"x\":1}") && !alarm.body.contains(&code), "{}", alarm.body);
        assert!(alarm.body.contains(&sha256(png.get_ref())), "{}", alarm.body);
    }
}
