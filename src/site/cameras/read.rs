//! From the text of `cameras.toml` to checked cameras.

use super::{Camera, Mask, Optics, PoseErrors, Preset, Turning, View};
use crate::error::{Error, Result};
use crate::place::LonLat;
use crate::site::settings::{Key, Kind, Settings, join, key};
use crate::site::written::Written;
use std::path::Path;
use toml::Value;

const FILE_KEYS: &[Key] = &[key("camera", Kind::Tables)];

const KEYS: &[Key] = &[
    key("id", Kind::Text),
    key("name", Kind::Text),
    key("lon", Kind::Signed),
    key("lat", Kind::Signed),
    key("height_m", Kind::Number),
    key("elevation_m", Kind::Signed),
    key("azimuth_deg", Kind::Signed),
    key("tilt_deg", Kind::Signed),
    key("roll_deg", Kind::Signed),
    key("hfov_deg", Kind::Number),
    key("width", Kind::Number),
    key("height", Kind::Number),
    key("k1", Kind::Signed),
    key("k2", Kind::Signed),
    key("cx", Kind::Signed),
    key("cy", Kind::Signed),
    key("azimuth_error_deg", Kind::Number),
    key("tilt_error_deg", Kind::Number),
    key("pixel_error", Kind::Number),
    key("max_range_km", Kind::Number),
    key("preset", Kind::Tables),
    key("source", Kind::Text),
    key("hook", Kind::Text),
    key("hook_method", Kind::OneOf(&["GET", "POST"])),
    key("dwell_s", Kind::Number),
    key("settle_s", Kind::Number),
    key("reference", Kind::Path),
    key("every_s", Kind::Number),
    key("masks", Kind::Tables),
    key("user", Kind::Text),
    key("password_env", Kind::Text),
    key("password_file", Kind::Text),
];

const PRESET_KEYS: &[Key] = &[
    key("id", Kind::Text),
    key("azimuth_deg", Kind::Signed),
    key("tilt_deg", Kind::Signed),
    key("roll_deg", Kind::Signed),
    key("hfov_deg", Kind::Number),
    key("reference", Kind::Path),
    key("masks", Kind::Tables),
];

const MASK_KEYS: &[Key] = &[key("name", Kind::Text), key("polygon", Kind::Points)];

/// Farthest place where it is not set, km \[P\]: a plume of straw is a few pixels wide there.
const MAX_RANGE_KM: f64 = 30.0;
const DAY_S: f64 = 86_400.0;
/// A patrol stays so long at a preset, and pictures count only so long after it was asked for, seconds \[P\]: six pictures, one in 5 s, are
/// more than the vote needs; a dome turns half round in some five seconds.
const DWELL_S: f64 = 40.0;
const SETTLE_S: f64 = 8.0;

/// Cameras of `dir/cameras.toml`; none where there is no such file.
pub fn read(dir: &Path) -> Result<Vec<Camera>> {
    let file = dir.join("cameras.toml");
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            let found = format!("a file that cannot be read ({error})");
            return Err(Error::config(file.display().to_string(), found, "text in UTF-8", "correct or remove it"));
        }
    };
    let settings = Settings::parse_keys(&file, &text, FILE_KEYS)?;
    let tables = settings.get("camera").and_then(Value::as_array);
    let mut cameras: Vec<Camera> = Vec::new();
    for (index, value) in tables.into_iter().flatten().enumerate() {
        let place = format!("camera[{index}]");
        let camera = Written::checked(&settings, &place, value, KEYS)?.camera()?;
        if cameras.iter().any(|other| other.id == camera.id) {
            return Err(settings.wrong(&join(&place, "id"), camera.id, "an id that no other camera has".to_string()));
        }
        cameras.push(camera);
    }
    Ok(cameras)
}

impl Written<'_> {
    fn camera(&self) -> Result<Camera> {
        let (lon, lat) = (self.needed("lon", -180.0, 180.0)?, self.needed("lat", -90.0, 90.0)?);
        let place = LonLat::new(lon, lat).ok_or_else(|| self.wrong("lon", &lon.to_string(), "a place on the earth"))?;
        let presets = self.presets()?;
        // one that has presets alone need not look anywhere by itself
        let has_view = presets.is_empty() || self.value("azimuth_deg").is_some() || self.value("tilt_deg").is_some();
        let (user, password) = (self.text("user"), self.secret("password")?);
        match (&user, &password) {
            (Some(_), None) => return Err(self.wrong("password_env", "nothing", "the password of `user`")),
            (None, Some(_)) => return Err(self.wrong("user", "nothing", "the user whose password password_env is")),
            _ => {}
        }
        let default = PoseErrors::default();
        Ok(Camera {
            written: self.settings.at(self.place),
            id: self.id("id")?,
            name: self.text("name"),
            place,
            height_m: self.needed("height_m", 0.0, 1000.0)?,
            elevation_m: self.optional("elevation_m", -500.0, 9000.0)?,
            view: if has_view { Some(self.view_with(None)?) } else { None },
            presets,
            size_px: self.size()?,
            optics: Optics {
                k1: self.within("k1", 0.0, -10.0, 10.0)?,
                k2: self.within("k2", 0.0, -10.0, 10.0)?,
                cx: self.optional("cx", -1e5, 1e5)?,
                cy: self.optional("cy", -1e5, 1e5)?,
            },
            errors: PoseErrors {
                azimuth_deg: self.within("azimuth_error_deg", default.azimuth_deg, 0.001, 45.0)?,
                tilt_deg: self.within("tilt_error_deg", default.tilt_deg, 0.001, 20.0)?,
                pixel: self.within("pixel_error", default.pixel, 0.0, 1000.0)?,
            },
            max_range_m: 1000.0 * self.within("max_range_km", MAX_RANGE_KM, 0.1, 100.0)?,
            source: self.without_login("source")?,
            hook: self.hook()?,
            reference: self.path("reference"),
            every_s: self.optional("every_s", 0.1, DAY_S)?,
            masks: self.masks()?,
            user,
            password,
        })
    }

    fn presets(&self) -> Result<Vec<Preset>> {
        let hfov_deg = self.optional("hfov_deg", 0.1, 170.0)?;
        let mut presets: Vec<Preset> = Vec::new();
        for (index, value) in self.tables("preset").enumerate() {
            let place = join(self.place, &format!("preset[{index}]"));
            let written = Written::checked(self.settings, &place, value, PRESET_KEYS)?;
            let preset = Preset {
                id: written.id("id")?,
                view: written.view_with(hfov_deg)?,
                reference: written.path("reference"),
                masks: written.masks()?,
            };
            if presets.iter().any(|other| other.id == preset.id) {
                return Err(written.wrong("id", &preset.id, "an id that no other preset of the camera has"));
            }
            presets.push(preset);
        }
        Ok(presets)
    }

    /// A direction; the angle of view may be that of the camera.
    fn view_with(&self, hfov_deg: Option<f64>) -> Result<View> {
        let hfov_deg = match hfov_deg {
            Some(of_camera) => self.within("hfov_deg", of_camera, 0.1, 170.0)?,
            None => self.needed("hfov_deg", 0.1, 170.0)?,
        };
        Ok(View {
            azimuth_deg: self.needed("azimuth_deg", -180.0, 360.0)?.rem_euclid(360.0),
            tilt_deg: self.needed("tilt_deg", -89.0, 89.0)?,
            roll_deg: self.within("roll_deg", 0.0, -180.0, 180.0)?,
            hfov_deg,
        })
    }

    fn masks(&self) -> Result<Vec<Mask>> {
        let masks = self.tables("masks").enumerate().map(|(index, value)| {
            let place = join(self.place, &format!("masks[{index}]"));
            let written = Written::checked(self.settings, &place, value, MASK_KEYS)?;
            let points = written.value("polygon").and_then(Value::as_array).into_iter().flatten();
            let polygon: Vec<[f64; 2]> = points.filter_map(point).collect();
            if polygon.len() < 3 {
                let found = format!("{} corners", polygon.len());
                return Err(written.wrong("polygon", &found, "three corners [u, v] or more"));
            }
            Ok(Mask { name: written.required("name")?, polygon })
        });
        masks.collect()
    }

    fn tables(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.value(name).and_then(Value::as_array).into_iter().flatten()
    }

    /// It becomes part of the names of files and of addresses.
    fn id(&self, name: &str) -> Result<String> {
        let id = self.required(name)?;
        if id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)) && !id.starts_with('.') {
            return Ok(id);
        }
        Err(self.wrong(name, &id, "a name of letters a-z and A-Z, digits, _ . and -, that does not begin with a dot"))
    }

    fn size(&self) -> Result<Option<(u32, u32)>> {
        let side = |name: &str| -> Result<Option<u32>> {
            match self.optional(name, 16.0, 100_000.0)? {
                Some(side) if side.fract() != 0.0 => {
                    Err(self.wrong(name, &side.to_string(), "a whole number of pixels"))
                }
                side => Ok(side.map(|side| side as u32)),
            }
        };
        match (side("width")?, side("height")?) {
            (Some(width), Some(height)) => Ok(Some((width, height))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.wrong("height", "nothing", "the height of the pictures beside their width")),
            (None, Some(_)) => Err(self.wrong("width", "nothing", "the width of the pictures beside their height")),
        }
    }

    fn hook(&self) -> Result<Option<Turning>> {
        let hook = self.without_login("hook")?;
        let is_address = |text: &String| text.starts_with("http://") || text.starts_with("https://");
        if hook.as_ref().is_some_and(|text| !is_address(text) || !text.contains("{preset}")) {
            return Err(self.wrong("hook", "another text", "an address of http or https with {preset} in it"));
        }
        let Some(url) = hook else { return Ok(None) };
        Ok(Some(Turning {
            url,
            method: self.text("hook_method").unwrap_or_else(|| "GET".to_string()),
            dwell_s: self.within("dwell_s", DWELL_S, 5.0, DAY_S)?,
            settle_s: self.within("settle_s", SETTLE_S, 0.0, 600.0)?,
        }))
    }

    /// An address without a login in it. It is not repeated: somebody may have put a password into it.
    fn without_login(&self, name: &str) -> Result<Option<String>> {
        let text = self.text(name);
        let authority = text.as_ref().and_then(|text| text.split_once("://")).map(|(_, rest)| rest);
        let authority = authority.and_then(|rest| rest.split(['/', '?', '#']).next());
        if authority.is_some_and(|authority| authority.contains('@')) {
            let found = "a login within the address";
            return Err(self.wrong(name, found, "it in user and password_env or password_file"));
        }
        Ok(text)
    }

    fn needed(&self, name: &str, least: f64, most: f64) -> Result<f64> {
        self.optional(name, least, most)?
            .ok_or_else(|| self.wrong(name, "nothing", &format!("a number from {least} to {most}")))
    }

    fn optional(&self, name: &str, least: f64, most: f64) -> Result<Option<f64>> {
        self.value(name).map(|_| self.within(name, least, least, most)).transpose()
    }
}

fn point(value: &Value) -> Option<[f64; 2]> {
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
    match value.as_array()?.as_slice() {
        [u, v] => Some([number(u)?, number(v)?]),
        _ => None,
    }
}

/// Whether a value is an array of points of two finite numbers.
pub(in crate::site) fn is_points(value: &Value) -> bool {
    let is_point = |value: &Value| point(value).is_some_and(|point| point.iter().all(|n| n.is_finite()));
    value.as_array().is_some_and(|points| points.iter().all(is_point))
}
