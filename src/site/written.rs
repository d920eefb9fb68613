//! One table of an array of tables (a sink, an inbox): its keys and types checked, then read by name.

use super::secret::SecretFrom;
use super::settings::{Key, Settings, join};
use crate::error::{Error, Result};
use std::path::PathBuf;
use toml::{Table, Value};

/// One table, its keys and types checked.
pub(super) struct Written<'a> {
    pub(super) settings: &'a Settings,
    pub(super) place: &'a str,
    table: &'a Table,
}

impl<'a> Written<'a> {
    /// # Errors
    /// [`Error::Config`] with the dotted key where it is no table, a key is unknown or of the wrong type.
    pub(super) fn checked(settings: &'a Settings, place: &'a str, value: &'a Value, keys: &[Key]) -> Result<Self> {
        let name = place.split('[').next().unwrap_or(place);
        let table =
            value.as_table().ok_or_else(|| settings.wrong(place, value.to_string(), format!("a table [[{name}]]")))?;
        for (name, value) in table {
            let dotted = join(place, name);
            match keys.iter().find(|key| key.dotted == name) {
                Some(key) => settings.check(&dotted, value, key.kind)?,
                None => return Err(settings.unknown(&dotted, keys)),
            }
        }
        Ok(Written { settings, place, table })
    }

    /// Refuses keys that only other kinds take; a key that `taken_by` does not name is taken by all.
    pub(super) fn refuse_what_is_of_others<K: Copy + PartialEq>(
        &self,
        kind: K,
        name_of: fn(K) -> &'static str,
        taken_by: &[(&str, &[K])],
    ) -> Result<()> {
        for (name, kinds) in taken_by {
            if self.table.contains_key(*name) && !kinds.contains(&kind) {
                let takers: Vec<&str> = kinds.iter().map(|kind| name_of(*kind)).collect();
                let found = format!("a key that the kind {} does not have", name_of(kind));
                let expected = format!("it with the kind {} only", takers.join(", "));
                return Err(Error::config(self.at(name), found, expected, "take the line out or correct the kind"));
            }
        }
        Ok(())
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.table.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.value(name).and_then(Value::as_str).map(str::to_string)
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.value(name).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_string).collect()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        let value = self.value(name)?;
        value.as_float().or_else(|| value.as_integer().map(|n| n as f64))
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).and_then(Value::as_bool)
    }

    /// Two times of the day; the second may be of the next one.
    pub(super) fn span(&self, name: &str) -> Result<Option<(u32, u32)>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let expected = "two times of the day (Beijing), as \"22:00-07:00\"";
        span_of(&text).map(Some).ok_or_else(|| self.wrong(name, &text, expected))
    }

    /// Names that are all among those that there are.
    pub(super) fn among(&self, name: &str, known: &[&str]) -> Result<Vec<String>> {
        let named = self.texts(name);
        match named.iter().find(|word| !known.contains(&word.as_str())) {
            Some(unknown) => {
                Err(self.wrong(name, unknown, &format!("names of [[delivery.sinks]]: {}", known.join(", "))))
            }
            None => Ok(named),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<String> {
        self.text(name).ok_or_else(|| self.wrong(name, "nothing", "a text"))
    }

    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(|path| self.settings.resolve(&path))
    }

    /// `NAME_env` or `NAME_file`.
    pub(super) fn secret(&self, name: &str) -> Result<Option<SecretFrom>> {
        let (env, file) = (format!("{name}_env"), format!("{name}_file"));
        match (self.text(&env), self.path(&file)) {
            (Some(_), Some(_)) => Err(self.wrong(&file, &format!("{env} beside it"), "one of the two")),
            (Some(variable), None) => Ok(Some(SecretFrom::Env(variable))),
            (None, path) => Ok(path.map(SecretFrom::File)),
        }
    }

    pub(super) fn within(&self, name: &str, default: f64, least: f64, most: f64) -> Result<f64> {
        let Some(number) = self.number(name) else { return Ok(default) };
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        Err(self.wrong(name, &number.to_string(), &format!("a number from {least} to {most}")))
    }

    /// File and dotted key, for messages.
    pub(super) fn at(&self, name: &str) -> String {
        self.settings.at(&join(self.place, name))
    }

    pub(super) fn wrong(&self, name: &str, found: &str, expected: &str) -> Error {
        self.settings.wrong(&join(self.place, name), found.to_string(), expected.to_string())
    }
}

/// `22:00-07:00` as minutes of the day.
pub(super) fn span_of(text: &str) -> Option<(u32, u32)> {
    let (from, to) = text.split_once('-')?;
    Some((minute(from)?, minute(to)?)).filter(|(from, to)| from != to)
}

/// `07:00` as minutes of the day.
pub(super) fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |text: &str| (text.len() == 2).then(|| text.parse::<u32>().ok()).flatten();
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(60 * hour + minute)
}
