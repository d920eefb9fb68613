//! `drone.csv`: every picture that was looked at; `hotareas.csv`: every hot area.

use super::look::{Look, Placed};
use crate::deliver::atomic;
use crate::deliver::hotspots_csv::text;
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// Rows of both lists.
#[derive(Default)]
pub(super) struct Account {
    pictures: Vec<Vec<String>>,
    areas: Vec<Vec<String>>,
}

const PICTURES: &[&str] = &[
    "picture",
    "time_utc",
    "dated",
    "drone",
    "values",
    "width",
    "height",
    "missing",
    "median_c",
    "max_c",
    "height_above_ground_m",
    "pose",
    "hot_areas",
    "sightings",
    "notes",
];
const AREAS: &[&str] = &[
    "picture",
    "sighting",
    "max_c",
    "at_least",
    "mean_c",
    "around_c",
    "pixels",
    "area_m2",
    "column",
    "row",
    "lon",
    "lat",
    "position_error_m",
];

impl Account {
    /// Adds a picture.
    pub(super) fn add(&mut self, look: &Look) {
        let number =
            |value: Option<f64>, digits: usize| value.map_or_else(String::new, |value| format!("{value:.digits$}"));
        let (width, height) = look.thermal.size();
        let (median, max) = look.median_and_max();
        self.pictures.push(vec![
            text(&look.file),
            look.time.rfc3339(),
            look.is_dated.to_string(),
            text(&look.drone),
            look.decided.clone(),
            width.to_string(),
            height.to_string(),
            look.missing.to_string(),
            number(median.map(f64::from), 2),
            number(max.map(f64::from), 2),
            number(look.height_above_m, 1),
            look.pose_word().to_string(),
            look.areas.len().to_string(),
            look.sightings.len().to_string(),
            text(&look.notes.join("; ")),
        ]);
        for Placed { area, sighting, area_m2, point } in &look.areas {
            self.areas.push(vec![
                text(&look.file),
                sighting.clone(),
                format!("{:.2}", area.max_c),
                area.is_capped.to_string(),
                format!("{:.2}", area.mean_c),
                format!("{:.2}", area.around_c),
                area.pixels.len().to_string(),
                number(*area_m2, 2),
                format!("{:.2}", area.centre.0),
                format!("{:.2}", area.centre.1),
                number(point.map(|(place, _)| place.lon()), 7),
                number(point.map(|(place, _)| place.lat()), 7),
                number(point.map(|(_, spread)| spread.distance_m()), 1),
            ]);
        }
    }

    /// Writes both; their paths.
    pub(super) fn write(&self, out: &Path) -> Result<[PathBuf; 2]> {
        let [pictures, areas] = ["drone.csv", "hotareas.csv"].map(|name| out.join(name));
        write(&pictures, PICTURES, &self.pictures)?;
        write(&areas, AREAS, &self.areas)?;
        Ok([pictures, areas])
    }
}

fn write(path: &Path, heads: &[&str], rows: &[Vec<String>]) -> Result<()> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let written = csv.write_record(heads).and_then(|()| rows.iter().try_for_each(|row| csv.write_record(row)));
    written.map_err(|error| Error::output(path, error))?;
    let bytes = csv.into_inner().map_err(|error| Error::output(path, error))?;
    atomic::write_bytes(path, &bytes)
}
