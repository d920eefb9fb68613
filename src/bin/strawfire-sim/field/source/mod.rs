//! Products that fires are put into: where the counts of each band are, and what they mean.

mod landsat;
mod safe;
mod stack;

use super::coder::Coder;
use super::sensor::{SWIR22, Sensor};
use crate::error::{Result, SimError, file};
use std::fs;
use std::path::{Path, PathBuf};

/// A product.
#[derive(Debug)]
pub struct Source {
    pub sensor: &'static Sensor,
    /// What it is called, and what paths within it are relative to.
    pub name: String,
    pub root: PathBuf,
    /// Folder below --out that it goes to; empty for a stack.
    pub folder: String,
    pub bands: Vec<SourceBand>,
    /// Elevation of the sun, degrees.
    pub elevation_deg: f64,
    /// Texts that now say that the product is simulated.
    pub texts: Vec<(PathBuf, String)>,
    /// Files that stay as they are.
    pub others: Vec<PathBuf>,
    /// The mask of saturated pixels, a bit a band, where there is one.
    pub saturation: Option<PathBuf>,
}

/// A band that is drawn.
#[derive(Clone, Debug)]
pub struct SourceBand {
    pub file: PathBuf,
    /// Number of the band in the file, from 1.
    pub number: usize,
    /// Place in the tables of the sensor.
    pub place: usize,
    pub coder: Coder,
}

/// Opens a stack: the raster or its TOML.
pub fn stack(path: &Path) -> Result<Source> {
    checked(stack::open(path)?, path)
}

/// Opens the folder of a Landsat or a Sentinel-2 product.
pub fn product(folder: &Path) -> Result<Source> {
    let metadata = folder.join("MTD_MSIL1C.xml");
    let mut source = if metadata.exists() { safe::open(folder)? } else { landsat::open(folder)? };
    source.folder = folder_name(folder);
    let known = |path: &PathBuf| {
        source.bands.iter().any(|band| band.file == *path)
            || source.texts.iter().any(|(text, _)| text == path)
            || source.saturation.as_ref() == Some(path)
    };
    let others = files_below(folder)?.into_iter().filter(|path| !known(path)).collect();
    checked(Source { others, ..source }, folder)
}

impl Source {
    /// The band at a place in the tables.
    pub fn band(&self, place: usize) -> Option<&SourceBand> {
        self.bands.iter().find(|band| band.place == place)
    }
}

fn checked(source: Source, path: &Path) -> Result<Source> {
    if source.band(SWIR22).is_some() {
        return Ok(source);
    }
    let names: Vec<&str> = source.bands.iter().map(|band| source.sensor.bands[band.place].name).collect();
    Err(file(
        path,
        format!("bands {}", if names.is_empty() { "none".to_string() } else { names.join(", ") }),
        format!("{} too, in which fires are seen best", source.sensor.bands[SWIR22].name),
        "give the whole product",
    ))
}

/// The coder of a band out of what a count means as a radiance.
fn coder(sensor: &Sensor, place: usize, mult: f64, add: f64) -> Coder {
    Coder {
        gain: 1.0 / mult,
        offset: -add / mult,
        saturation: sensor.bands[place].saturation,
        saturated_count: sensor.saturated_count,
        folds: false,
    }
}

fn folder_name(folder: &Path) -> String {
    let name =
        folder.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    name.unwrap_or_else(|| "product".to_string())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> SimError {
    file(path, error, "a file that can be read", "check the path and its permissions")
}

/// All files below a folder, by name.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

fn lacking(path: &Path, key: &str) -> SimError {
    file(path, format!("no {key}"), format!("a value of {key}"), "give the metadata as they were delivered")
}
