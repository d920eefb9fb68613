//! `[[intake.sources]]`: who may send alarms, and by which way. Only names of secrets are here, never a secret.

use super::secret::SecretFrom;
use super::settings::{Key, Kind, Settings, join, key};
use super::written::Written;
use crate::error::Result;
use crate::sighting::Origin;
use std::path::PathBuf;
use toml::Value;

/// A platform that sends alarms: by signed requests, as files in a folder, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct IntakeSource {
    /// Where it is written, for messages: file and dotted key.
    pub place: String,
    /// Name within the site.
    pub name: String,
    /// What it is: a platform, or people who tell.
    pub kind: Origin,
    /// What its requests are signed with; none: it sends no requests.
    pub secret: Option<SecretFrom>,
    /// Folder in which it puts alarms as files.
    pub folder: Option<PathBuf>,
    /// Error of its places where an alarm does not say, metres.
    pub position_error_m: f64,
    /// Nothing is seen farther away by its cameras, metres.
    pub max_range_m: f64,
}

/// Platforms look at cameras; the others hand on what people tell.
const KINDS: &[&str] = &["platform", "hotline", "patrol", "neighbour"];
const ORIGINS: [Origin; 4] = [Origin::Platform, Origin::Hotline, Origin::Patrol, Origin::Neighbour];
const KEYS: &[Key] = &[
    key("name", Kind::Text),
    key("kind", Kind::OneOf(KINDS)),
    key("secret_env", Kind::Text),
    key("secret_file", Kind::Text),
    key("folder", Kind::Folder),
    key("position_error_m", Kind::Number),
    key("max_range_km", Kind::Number),
];

/// \[P\] A person who points at a map, or a camera of unknown pose over hills.
const POSITION_ERROR_M: f64 = 500.0;
/// \[P\] As of the site's own cameras.
const MAX_RANGE_KM: f64 = 30.0;

impl Settings {
    /// Who sends alarms.
    pub(super) fn intake(&self) -> Result<Vec<IntakeSource>> {
        let tables = self.get("intake.sources").and_then(Value::as_array);
        let mut sources: Vec<IntakeSource> = Vec::new();
        for (index, value) in tables.into_iter().flatten().enumerate() {
            let place = format!("intake.sources[{index}]");
            let source = Written::checked(self, &place, value, KEYS)?.intake_source()?;
            if sources.iter().any(|other| other.name == source.name) {
                let expected = "a name that no other source has".to_string();
                return Err(self.wrong(&join(&place, "name"), source.name, expected));
            }
            sources.push(source);
        }
        Ok(sources)
    }
}

impl Written<'_> {
    fn intake_source(&self) -> Result<IntakeSource> {
        let name = self.required("name")?;
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b)) {
            return Err(self.wrong("name", &name, "a name of the letters a-z, digits, _ and -"));
        }
        let word = self.text("kind").unwrap_or_else(|| KINDS[0].to_string());
        let kind = ORIGINS.into_iter().find(|origin| origin.name() == word).unwrap_or(Origin::Platform);
        let (secret, folder) = (self.secret("secret")?, self.path("folder"));
        if secret.is_none() && folder.is_none() {
            return Err(self.wrong(
                "secret_env",
                "nothing",
                "secret_env or secret_file for requests, or folder for files",
            ));
        }
        Ok(IntakeSource {
            place: self.settings.at(self.place),
            name,
            kind,
            secret,
            folder,
            position_error_m: self.within("position_error_m", POSITION_ERROR_M, 1.0, 20_000.0)?,
            max_range_m: 1000.0 * self.within("max_range_km", MAX_RANGE_KM, 0.1, 100.0)?,
        })
    }
}
