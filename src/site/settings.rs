//! The keys of `site.toml` in one table, each with its type.

use super::cameras::is_points;
use super::{Seasons, Span};
use crate::error::{Error, Result};
use crate::place::LonLat;
use crate::schedule::PlannedGap;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What a key holds.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Text,
    Flag,
    /// Zero or more.
    Number,
    /// Any number.
    Signed,
    /// A path that must exist.
    Path,
    /// A folder that need not exist yet.
    Folder,
    /// A file that need not exist yet.
    File,
    OneOf(&'static [&'static str]),
    /// An array of texts.
    Texts,
    /// Tables with keys of their own.
    Tables,
    /// An array of pairs of numbers.
    Points,
}

#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) dotted: &'static str,
    pub(super) kind: Kind,
}

pub(super) const fn key(dotted: &'static str, kind: Kind) -> Key {
    Key { dotted, kind }
}

const PROFILES: &[&str] = &["reference", "sensitive", "plateau"];
const TABLES: &[&str] = &["worldcover", "clcd", "glc_fcs30"];

const KEYS: &[Key] = &[
    key("name", Kind::Text),
    key("counties", Kind::Path),
    key("detect.profile", Kind::OneOf(PROFILES)),
    key("layers.dem", Kind::Path),
    key("layers.dem_offset_m", Kind::Signed),
    key("layers.dem_error_m", Kind::Number),
    key("layers.solar_parks", Kind::Path),
    key("layers.static_sources", Kind::Path),
    key("layers.landcover", Kind::Path),
    key("layers.landcover_classes", Kind::OneOf(TABLES)),
    key("layers.past_fires", Kind::Path),
    key("season.burning", Kind::Texts),
    key("season.customs", Kind::Texts),
    key("layers.townships", Kind::Path),
    key("layers.grid", Kind::Path),
    key("layers.officers", Kind::Path),
    key("neighbours.within_km", Kind::Number),
    key("neighbours.contacts", Kind::Texts),
    key("drone.airports", Kind::Texts),
    key("schedule.planned_gaps", Kind::Texts),
    key("schedule.tle", Kind::Path),
    key("station.jobs", Kind::Tables),
    key("store.url", Kind::Text),
    key("store.audit_heads", Kind::File),
    key("store.keep_days", Kind::Number),
    key("store.keep_dropped_days", Kind::Number),
    key("baseline.dir", Kind::Folder),
    key("web.listen", Kind::Text),
    key("web.public_url", Kind::Text),
    key("web.photos", Kind::Folder),
    key("web.tiles_url", Kind::Text),
    key("web.tiles_attribution", Kind::Text),
    key("web.tiles_max_zoom", Kind::Number),
    key("web.session_hours", Kind::Number),
    key("web.idle_minutes", Kind::Number),
    key("web.behind_proxy", Kind::Flag),
    key("delivery.allow_loopback", Kind::Flag),
    key("delivery.max_age_hours", Kind::Number),
    key("delivery.allow_simulated", Kind::Flag),
    key("delivery.sinks", Kind::Tables),
    key("delivery.routes", Kind::Tables),
    key("station.dir", Kind::Folder),
    key("station.workers", Kind::Number),
    key("station.workers_a_sensor", Kind::Number),
    key("station.memory_mb", Kind::Number),
    key("station.deadline_min", Kind::Number),
    key("station.deadline_pass_min", Kind::Number),
    key("station.settle_s", Kind::Number),
    key("station.settle_pass_s", Kind::Number),
    key("station.disk_low_mb", Kind::Number),
    key("station.keep_files_hours", Kind::Number),
    key("station.silent_min", Kind::Number),
    key("station.desk", Kind::Texts),
    key("station.listen", Kind::Text),
    key("station.evidence_mb", Kind::Number),
    key("station.backup_dir", Kind::Folder),
    key("station.inboxes", Kind::Tables),
    key("intake.sources", Kind::Tables),
    key("desk.nil_report.at", Kind::Text),
    key("desk.nil_report.grace_min", Kind::Number),
    key("desk.office_hours", Kind::Text),
    key("desk.office_days", Kind::Texts),
    key("desk.holidays", Kind::Texts),
    key("desk.workdays", Kind::Texts),
    key("desk.night", Kind::Text),
    key("desk.supervise_again_min", Kind::Number),
    key("desk.clocks", Kind::Tables),
    key("desk.dispatch", Kind::Tables),
    key("desk.tell", Kind::Tables),
];

/// Checked keys and values of one `site.toml`.
pub(super) struct Settings {
    file: PathBuf,
    values: Vec<(String, Value)>,
}

impl Settings {
    /// Every key known, every value of its type, every path there.
    pub(super) fn parse(file: &Path, text: &str) -> Result<Settings> {
        Settings::parse_keys(file, text, KEYS)
    }

    /// The same of a file with other keys.
    pub(super) fn parse_keys(file: &Path, text: &str, keys: &[Key]) -> Result<Settings> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| not_toml(file, text, &error))?;
        let mut settings = Settings { file: file.to_path_buf(), values: Vec::new() };
        settings.collect("", &table, keys)?;
        Ok(settings)
    }

    fn collect(&mut self, prefix: &str, table: &Table, keys: &[Key]) -> Result<()> {
        for (name, value) in table {
            let dotted = join(prefix, name);
            match (keys.iter().find(|key| key.dotted == dotted), value) {
                (Some(key), _) => self.check(&dotted, value, key.kind)?,
                (None, Value::Table(inner)) if is_group(&dotted, keys) => {
                    self.collect(&dotted, inner, keys)?;
                    continue;
                }
                (None, _) => return Err(self.unknown(&dotted, keys)),
            }
            self.values.push((dotted, value.clone()));
        }
        Ok(())
    }

    pub(super) fn check(&self, dotted: &str, value: &Value, kind: Kind) -> Result<()> {
        let expected = match (kind, value) {
            (Kind::Text, Value::String(text)) if !text.trim().is_empty() => return Ok(()),
            (Kind::Text, _) => "a text in quotes, not empty".to_string(),
            (Kind::Flag, Value::Boolean(_)) => return Ok(()),
            (Kind::Flag, _) => "true or false".to_string(),
            (Kind::Number, Value::Integer(n)) if *n >= 0 => return Ok(()),
            (Kind::Number, Value::Float(n)) if n.is_finite() && *n >= 0.0 => return Ok(()),
            (Kind::Number, _) => "a number of 0 or more".to_string(),
            (Kind::Signed, Value::Integer(_)) => return Ok(()),
            (Kind::Signed, Value::Float(n)) if n.is_finite() => return Ok(()),
            (Kind::Signed, _) => "a number".to_string(),
            (Kind::Path, Value::String(path)) if self.resolve(path).exists() => return Ok(()),
            (Kind::Path, _) => "the path of a file that is there, relative to the site folder".to_string(),
            (Kind::Folder, Value::String(path)) if !self.resolve(path).is_file() => return Ok(()),
            (Kind::Folder, _) => "the path of a folder, relative to the site folder".to_string(),
            (Kind::File, Value::String(path)) if !path.trim().is_empty() && !self.resolve(path).is_dir() => {
                return Ok(());
            }
            (Kind::File, _) => "the path of a file, relative to the site folder".to_string(),
            (Kind::OneOf(words), Value::String(word)) if words.contains(&word.as_str()) => return Ok(()),
            (Kind::OneOf(words), _) => format!("one of {}", words.join(", ")),
            (Kind::Texts, Value::Array(texts)) if texts.iter().all(Value::is_str) => return Ok(()),
            (Kind::Texts, _) => "an array of texts in quotes".to_string(),
            (Kind::Tables, Value::Array(_)) => return Ok(()),
            (Kind::Points, points) if is_points(points) => return Ok(()),
            (Kind::Points, _) => "an array of points [u, v]".to_string(),
            (Kind::Tables, _) => format!("tables [[{dotted}]]"),
        };
        Err(self.wrong(dotted, value.to_string(), expected))
    }

    pub(super) fn wrong(&self, dotted: &str, found: String, expected: String) -> Error {
        Error::config(self.at(dotted), found, expected, "correct the value or take the line out")
    }

    pub(super) fn unknown(&self, dotted: &str, keys: &[Key]) -> Error {
        let known: Vec<&str> = keys.iter().map(|key| key.dotted).collect();
        let expected = format!("one of the keys {}", known.join(", "));
        Error::config(self.at(dotted), "an unknown key", expected, "correct its spelling or take the line out")
    }

    pub(super) fn at(&self, dotted: &str) -> String {
        format!("{}: {dotted}", self.file.display())
    }

    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.file.parent().map_or_else(|| PathBuf::from(path), |dir| dir.join(path))
    }

    pub(super) fn get(&self, dotted: &str) -> Option<&Value> {
        self.values.iter().find(|(name, _)| name == dotted).map(|(_, value)| value)
    }

    pub(super) fn text(&self, dotted: &str) -> Option<String> {
        self.get(dotted).and_then(Value::as_str).map(str::to_string)
    }

    pub(super) fn texts(&self, dotted: &str) -> Vec<String> {
        let texts = self.get(dotted).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_string).collect()
    }

    pub(super) fn path(&self, dotted: &str) -> Option<PathBuf> {
        self.get(dotted).and_then(Value::as_str).map(|path| self.resolve(path))
    }

    pub(super) fn flag(&self, dotted: &str) -> Option<bool> {
        self.get(dotted).and_then(Value::as_bool)
    }

    pub(super) fn number(&self, dotted: &str) -> Option<f64> {
        let value = self.get(dotted)?;
        value.as_float().or_else(|| value.as_integer().map(|n| n as f64))
    }

    /// Announced gaps of satellites.
    pub(super) fn planned_gaps(&self) -> Result<Vec<PlannedGap>> {
        const KEY: &str = "schedule.planned_gaps";
        let gaps = self.get(KEY).and_then(Value::as_array).into_iter().flatten().enumerate();
        gaps.map(|(index, value)| {
            value.as_str().and_then(PlannedGap::parse).ok_or_else(|| {
                let expected =
                    "a satellite and an interval, as \"Himawari-9 2025-11-12T02:00:00Z/2025-11-12T04:00:00Z\"";
                self.wrong(&format!("{KEY}[{index}]"), value.to_string(), expected.to_string())
            })
        })
        .collect()
    }

    /// Whom fires outside are told.
    pub(super) fn contacts(&self) -> Result<Vec<(String, LonLat)>> {
        const KEY: &str = "neighbours.contacts";
        let contact = |text: &str| {
            let parts: Vec<&str> = text.split_whitespace().collect();
            let [name, lon, lat] = parts.as_slice() else { return None };
            Some(((*name).to_string(), LonLat::new(lon.parse().ok()?, lat.parse().ok()?)?))
        };
        let texts = self.get(KEY).and_then(Value::as_array).into_iter().flatten().enumerate();
        texts
            .map(|(index, value)| {
                value.as_str().and_then(contact).ok_or_else(|| {
                    let expected = "a name, longitude and latitude, as \"西宁 101.78 36.62\"".to_string();
                    self.wrong(&format!("{KEY}[{index}]"), value.to_string(), expected)
                })
            })
            .collect()
    }

    /// The calendars.
    pub(super) fn seasons(&self) -> Result<Seasons> {
        Ok(Seasons { burning: self.spans("season.burning")?, customs: self.spans("season.customs")? })
    }

    pub(super) fn spans(&self, key: &str) -> Result<Vec<Span>> {
        let spans = self.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
        spans
            .map(|(index, value)| {
                value.as_str().and_then(Span::parse).ok_or_else(|| {
                    let expected = "two days and a name, as \"07-01/09-30 小麦\" or \"2025-11-20/2025-11-21 寒衣节\"";
                    self.wrong(&format!("{key}[{index}]"), value.to_string(), expected.to_string())
                })
            })
            .collect()
    }
}

pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") }
}

fn is_group(dotted: &str, keys: &[Key]) -> bool {
    keys.iter().any(|key| key.dotted.strip_prefix(dotted).is_some_and(|rest| rest.starts_with('.')))
}

fn not_toml(file: &Path, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or("").lines().count().max(1));
    let found = format!("text that is no TOML at line {line} ({})", error.message());
    Error::config(file.display().to_string(), found, "TOML", "correct the line")
}
