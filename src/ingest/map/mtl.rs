//! The metadata of a Landsat product (`MTL`), as text, JSON or XML, with the names of Collection 1 and 2: one table of
//! keys.
//!
//! Groups are left out: no key that is read here means another thing in another group of a Level-1 product.

use super::xml;
use crate::error::{Error, Result};
use crate::time::Utc;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What an MTL says.
#[derive(Debug)]
pub(super) struct Mtl {
    pub path: PathBuf,
    values: BTreeMap<String, String>,
}

impl Mtl {
    /// # Errors
    /// When it is none of the three forms.
    pub fn parse(path: &Path, text: &str) -> Result<Mtl> {
        let start = text.trim_start_matches('\u{feff}').trim_start();
        let read = match start.chars().next() {
            Some('<') => of_xml(start),
            Some('{') => of_json(start),
            _ => of_odl(start),
        };
        let values = read.map_err(|said| {
            Error::input(
                path,
                format!("metadata that cannot be read ({said})"),
                "an MTL as USGS writes it",
                "fetch it again",
            )
        })?;
        Ok(Mtl { path: path.to_path_buf(), values })
    }

    /// The value of a key, where it has one.
    pub fn text_if(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// # Errors
    /// When the key is absent.
    pub fn text(&self, key: &str) -> Result<&str> {
        self.text_if(key).ok_or_else(|| {
            Error::input(&self.path, format!("no {key}"), format!("{key} with its value"), "fetch the MTL again")
        })
    }

    /// # Errors
    /// When the key is there and its value is no number.
    pub fn number_if(&self, key: &str) -> Result<Option<f64>> {
        let Some(text) = self.text_if(key) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.wrong(key, "a number")),
        }
    }

    /// # Errors
    /// When the key is absent or its value is no number.
    pub fn number(&self, key: &str) -> Result<f64> {
        self.text(key)?;
        self.number_if(key)?.ok_or_else(|| self.wrong(key, "a number"))
    }

    /// The error of a value that cannot be.
    pub fn wrong(&self, key: &str, expected: &str) -> Error {
        let found = format!("{key} = {}", self.text_if(key).unwrap_or_default());
        Error::input(&self.path, found, expected, "fetch the MTL again")
    }

    /// When the middle of the scene was seen.
    ///
    /// # Errors
    /// When day or time are absent or none.
    pub fn time(&self) -> Result<Utc> {
        let (day, clock) = (self.text("DATE_ACQUIRED")?, self.text("SCENE_CENTER_TIME")?);
        let zone = if clock.ends_with('Z') { "" } else { "Z" };
        Utc::parse(&format!("{day}T{clock}{zone}"))
            .ok_or_else(|| self.wrong("SCENE_CENTER_TIME", "a time, hh:mm:ss.sZ"))
    }

    /// Whether the simulator made the product: it says so in a key of its own.
    pub fn simulated(&self) -> bool {
        self.text_if("SIMULATED")
            .is_some_and(|said| !matches!(said.to_ascii_uppercase().as_str(), "0" | "N" | "NO" | "FALSE"))
    }
}

type Values = std::result::Result<BTreeMap<String, String>, String>;

/// `KEY = "value"` between `GROUP = NAME` and `END_GROUP = NAME`, in the object description language.
fn of_odl(text: &str) -> Values {
    if !text.starts_with("GROUP") {
        return Err("it does not begin with GROUP".to_string());
    }
    let mut values = BTreeMap::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim();
        if !matches!(key, "GROUP" | "END_GROUP") {
            keep(&mut values, key, value.trim().trim_matches('"'));
        }
    }
    Ok(values)
}

fn of_json(text: &str) -> Values {
    let whole: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let (mut values, mut waiting) = (BTreeMap::new(), std::collections::VecDeque::from([&whole]));
    while let Some(value) = waiting.pop_front() {
        for (key, value) in value.as_object().into_iter().flatten() {
            match value {
                serde_json::Value::Object(_) => waiting.push_back(value),
                serde_json::Value::String(text) => keep(&mut values, key, text),
                serde_json::Value::Null => {}
                other => keep(&mut values, key, &other.to_string()),
            }
        }
    }
    Ok(values)
}

fn of_xml(text: &str) -> Values {
    let mut values = BTreeMap::new();
    for leaf in xml::leaves(text)? {
        keep(&mut values, leaf.path.rsplit('/').next().unwrap_or_default(), &leaf.text);
    }
    Ok(values)
}

/// The first of a name counts: Collection 2 says the names of files twice.
fn keep(values: &mut BTreeMap<String, String>, key: &str, value: &str) {
    values.entry(key.to_string()).or_insert_with(|| value.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODL: &str = "GROUP = L1_METADATA_FILE\n  GROUP = PRODUCT_METADATA\n    DATE_ACQUIRED = 2013-07-07\n    \
        SCENE_CENTER_TIME = \"10:17:42.1661960Z\"\n    FILE_NAME_BAND_1 = \"a_B1.TIF\"\n  END_GROUP = PRODUCT_METADATA\n  \
        GROUP = RADIOMETRIC_RESCALING\n    RADIANCE_MULT_BAND_7 = 4.9578E-04\n    SUN_ELEVATION = NaN\n  \
        END_GROUP = RADIOMETRIC_RESCALING\nEND_GROUP = L1_METADATA_FILE\nEND\n";
    const JSON: &str = "{\"LANDSAT_METADATA_FILE\": {\"PRODUCT_CONTENTS\": {\"DATE_ACQUIRED\": \"2013-07-07\", \
        \"SCENE_CENTER_TIME\": \"10:17:42.1661960Z\", \"FILE_NAME_BAND_1\": \"a_B1.TIF\"}, \
        \"X\": {\"FILE_NAME_BAND_1\": \"b\", \"RADIANCE_MULT_BAND_7\": \"4.9578E-04\", \"SUN_ELEVATION\": \"NaN\"}}}";
    const XML: &str = "<?xml version=\"1.0\"?><L><P><DATE_ACQUIRED>2013-07-07</DATE_ACQUIRED>\
        <SCENE_CENTER_TIME>10:17:42.1661960Z</SCENE_CENTER_TIME><FILE_NAME_BAND_1>a_B1.TIF</FILE_NAME_BAND_1></P>\
        <R><RADIANCE_MULT_BAND_7>4.9578E-04</RADIANCE_MULT_BAND_7><SUN_ELEVATION>NaN</SUN_ELEVATION></R></L>";

    #[test]
    fn the_three_forms_say_the_same() {
        for text in [ODL, JSON, XML] {
            let mtl = Mtl::parse(Path::new("a_MTL.txt"), text).expect("an MTL");
            assert_eq!(mtl.text_if("FILE_NAME_BAND_1"), Some("a_B1.TIF"));
            assert_eq!(mtl.time().expect("a time").rfc3339(), "2013-07-07T10:17:42Z");
            assert!((mtl.number("RADIANCE_MULT_BAND_7").expect("a number") - 4.9578e-4).abs() < 1e-12);
            let said = mtl.number("SUN_ELEVATION").expect_err("no number").to_string();
            assert!(said.contains("SUN_ELEVATION = NaN") && said.contains("a number"), "{said}");
            let said = mtl.text("SPACECRAFT_ID").expect_err("absent").to_string();
            assert!(said.contains("a_MTL.txt") && said.contains("no SPACECRAFT_ID"), "{said}");
            assert!(!mtl.simulated());
        }
        for text in ["", "<html>", "{", "hello"] {
            assert!(Mtl::parse(Path::new("x"), text).is_err(), "{text}");
        }
        let simulated = Mtl::parse(Path::new("x"), "GROUP = A\n SIMULATED = 1\nEND").expect("an MTL");
        assert!(simulated.simulated());
    }
}
