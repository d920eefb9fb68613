//! How one authority writes its lists, kept with the site as TOML.

use super::columns::{Field, Found};
use super::moment::Zone;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Which coordinates a list has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// WGS84.
    #[default]
    Wgs84,
    /// Those of map services in China.
    Gcj02,
}

/// Headings by what they hold; what is not named is found by its usual words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Columns {
    /// Number of the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Longitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<String>,
    /// Latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<String>,
    /// Satellite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satellite: Option<String>,
    /// County.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub county: Option<String>,
    /// Township.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub township: Option<String>,
    /// Number of pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixels: Option<String>,
}

impl Columns {
    /// The heading of a field, where one is named.
    pub fn of(&self, field: Field) -> Option<&str> {
        let heading = match field {
            Field::Id => &self.id,
            Field::Date => &self.date,
            Field::Time => &self.time,
            Field::Lon => &self.lon,
            Field::Lat => &self.lat,
            Field::Satellite => &self.satellite,
            Field::County => &self.county,
            Field::Township => &self.township,
            Field::Pixels => &self.pixels,
        };
        heading.as_deref()
    }
}

/// How a list is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Template {
    /// Whose list it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The only sheet that counts [all that have headings].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Row of the headings, from 1 [found].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_row: Option<usize>,
    /// Whose clock it is written by [Beijing, or what the heading says].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Zone>,
    /// Which coordinates it has.
    pub coordinates: Datum,
    /// The satellite of a list without such a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satellite: Option<String>,
    /// Side of its pixels, metres [by satellite].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_m: Option<f64>,
    /// What stands between the fields of a CSV file [found].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Hours within which it is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_hours: Option<f64>,
    /// Headings.
    pub columns: Columns,
}

impl Default for Template {
    fn default() -> Self {
        Template {
            name: String::new(),
            sheet: None,
            header_row: None,
            time: None,
            coordinates: Datum::Wgs84,
            satellite: None,
            pixel_m: None,
            delimiter: None,
            reply_hours: None,
            columns: Columns::default(),
        }
    }
}

const EXPECTED: &str = "name, sheet, header_row, time (beijing or utc), coordinates (wgs84 or gcj02), satellite, pixel_m, delimiter, \
                        reply_hours, and [columns] with id, date, time, lon, lat, satellite, county, township, pixels";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`Error::Config`] where it is not there, or has a key or value that is none of a template.
    pub fn read(path: &Path) -> Result<Template> {
        let wrong = |found: String| Error::config(path.display().to_string(), found, EXPECTED, "correct the template");
        let text = std::fs::read_to_string(path).map_err(|error| {
            let advice = "name a file, or one of the folder lists of the site pack without .toml";
            Error::config(path.display().to_string(), error.to_string(), "a template", advice)
        })?;
        let template: Template =
            toml::from_str(&text).map_err(|error| wrong(error.to_string().trim().replace('\n', " ")))?;
        let is_length = |value: Option<f64>, most: f64| value.is_none_or(|value| value > 0.0 && value <= most);
        if !is_length(template.pixel_m, 50_000.0) {
            return Err(wrong(format!(
                "pixel_m = {}, which is not within 0 and 50000 m",
                template.pixel_m.unwrap_or(0.0)
            )));
        }
        if !is_length(template.reply_hours, 8784.0) {
            return Err(wrong(format!(
                "reply_hours = {}, which is not within 0 and 8784",
                template.reply_hours.unwrap_or(0.0)
            )));
        }
        if template.delimiter.is_some_and(|delimiter| !delimiter.is_ascii()) {
            return Err(wrong("a delimiter that is no ASCII character".to_string()));
        }
        Ok(template)
    }

    /// The template with the columns that were found in a list, for the next one of its kind.
    #[must_use]
    pub fn with_columns(&self, found: &Found) -> Template {
        let heading = |field| found.headings.get(&field).cloned();
        let columns = Columns {
            id: heading(Field::Id),
            date: heading(Field::Date),
            time: heading(Field::Time),
            lon: heading(Field::Lon),
            lat: heading(Field::Lat),
            satellite: heading(Field::Satellite),
            county: heading(Field::County),
            township: heading(Field::Township),
            pixels: heading(Field::Pixels),
        };
        let time = self.time.or(Some(if found.says_utc { Zone::Utc } else { Zone::Beijing }));
        Template { time, columns, ..self.clone() }
    }

    /// As its file holds it.
    ///
    /// # Errors
    /// [`Error::Output`], which does not happen.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::output("--save-template", error))
    }
}
