//! What a look lacked though every file was readable, in both languages: scan.json and the log have the one, lists the other.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::{Display, Formatter};

/// A note on a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    said: String,
    spoken: String,
}

/// What follows from a lack: in English, and as lists have it.
pub(crate) type Consequence = (&'static str, &'static str);

impl Note {
    /// In English, and as lists have it.
    pub fn new(said: impl Into<String>, spoken: impl Into<String>) -> Self {
        Note { said: said.into(), spoken: spoken.into() }
    }

    /// Something that was not delivered, where it was looked for, and what follows.
    pub(crate) fn absent(what: &str, place: &str, follows: Consequence) -> Self {
        Note::new(format!("no {what} {place}; {}", follows.0), format!("未收到 {what}: {}", follows.1))
    }

    /// The same of one granule of several.
    pub(crate) fn of(&self, granule: &str) -> Self {
        Note::new(format!("{granule}: {}", self.said), format!("{granule}: {}", self.spoken))
    }

    /// As lists have it.
    pub fn spoken(&self) -> &str {
        &self.spoken
    }

    /// In both languages, for what is read back.
    pub fn record(&self) -> serde_json::Value {
        serde_json::json!({ "said": self.said, "spoken": self.spoken })
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.said)
    }
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.said)
    }
}

/// As [`Note::record`] has it; a text alone, which is all that scan.json and older stores have, is said in both languages.
impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Both { said: String, spoken: String },
            Said(String),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Both { said, spoken } => Note { said, spoken },
            Written::Said(said) => Note { spoken: said.clone(), said },
        })
    }
}
