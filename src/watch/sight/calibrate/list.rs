//! Landmarks from a CSV: u, v, lon, lat and, where known, height_m (above the sea) and name.

use super::Landmark;
use crate::error::{Error, NOT_UTF8, Result};
use crate::layers::dem::Dem;
use crate::place::LonLat;
use std::path::Path;

const EXPECTED: &str = "a CSV with the columns u, v, lon, lat and perhaps height_m and name";
const ADVICE: &str = "correct the line";
/// More are no landmarks that a person pointed at.
const MOST: usize = 1000;

/// Reads landmarks; their height is that of the ground where none is written.
///
/// # Errors
/// [`Error::Read`] and [`Error::Input`] with the line for what is not there, no number, no place, or without height.
pub fn read(path: &Path, dem: &Dem) -> Result<Vec<Landmark>> {
    let bytes = std::fs::read(path).map_err(|source| Error::read(path, source))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::input(path, NOT_UTF8, EXPECTED, "save it again"))?;
    let mut rows = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let wrong = |found: String| Error::input(path, found, EXPECTED, ADVICE);
    let header = rows.headers().map_err(|error| wrong(error.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|own| own.eq_ignore_ascii_case(name));
    let needed = ["u", "v", "lon", "lat"].map(|name| column(name).ok_or_else(|| wrong(format!("no column {name}"))));
    let [u, v, lon, lat] = needed;
    let (numbers, height, name) = ([u?, v?, lon?, lat?], column("height_m"), column("name"));
    let mut landmarks = Vec::new();
    for row in rows.records() {
        let row = row.map_err(|error| wrong(error.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        if landmarks.len() == MOST {
            return Err(wrong(format!("more than {MOST} landmarks")));
        }
        let number = |column: usize| {
            let text = row.get(column).unwrap_or("");
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| wrong(format!("{text:?} in line {line}, column {}", &header[column])))
        };
        let [u, v, lon, lat] = numbers.map(number);
        let (pixel, (lon, lat)) = ((u?, v?), (lon?, lat?));
        let place = LonLat::new(lon, lat);
        let place =
            place.ok_or_else(|| wrong(format!("lon {lon}, lat {lat} in line {line}, no place on the earth")))?;
        let written = height.filter(|&column| row.get(column).is_some_and(|text| !text.is_empty()));
        let height_m = match written {
            Some(column) => Some(dem.above_ellipsoid_m(number(column)?)),
            None => dem.height_m(place),
        };
        let height_m = height_m.ok_or_else(|| {
            wrong(format!("no height_m in line {line}, of a place outside the elevation model around the camera"))
        })?;
        let named = name.and_then(|column| row.get(column)).filter(|name| !name.is_empty());
        let name = named.map_or_else(|| format!("line {line}"), str::to_string);
        landmarks.push(Landmark { name, pixel, place, height_m });
    }
    Ok(landmarks)
}
