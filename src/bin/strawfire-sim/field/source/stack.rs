//! A bare stack: X.tif with X.toml beside it, or a TOML that names a file a band.

use super::{Source, SourceBand, coder, lacking, read};
use crate::error::{Result, file};
use crate::field::light::distance_au;
use crate::field::sensor::Sensor;
use crate::sun::days_j2000;
use std::f64::consts::PI;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Opens a stack by its raster or its TOML.
pub fn open(path: &Path) -> Result<Source> {
    let words = path.with_extension("toml");
    let text = read(&words)?;
    let table: Table = toml::from_str(&text).map_err(|error| {
        file(&words, error.message(), "TOML", "correct the line, or give the file as it was delivered")
    })?;
    let root = words.parent().map(Path::to_path_buf).unwrap_or_default();
    let sensor = string(&table, &words, "sensor")?;
    let sensor =
        Sensor::named(&sensor).ok_or_else(|| file(&words, format!("sensor {sensor}"), "OLI or MSI", "correct it"))?;
    let names: Vec<String> = strings(&table, "bands").ok_or_else(|| lacking(&words, "bands"))?;
    let files = strings(&table, "files");
    let elevation_deg = number(&table, "sun_elevation_deg").ok_or_else(|| lacking(&words, "sun_elevation_deg"))?;
    let corrected = table.get("sun_corrected").and_then(Value::as_bool).unwrap_or(sensor.name == "MSI");
    let cosine = if corrected { elevation_deg.to_radians().sin() } else { 1.0 };
    if cosine <= 0.0 {
        return Err(file(
            &words,
            format!("sun_corrected with a sun {elevation_deg} degrees up"),
            "a sun above the horizon, or reflectances that are not divided by its sine",
            "add sun_corrected = false if they are not",
        ));
    }
    let distance = distance(&table, &words)?;
    let mut bands = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let Some(place) = sensor.place(name) else { continue };
        let scale = |key: &str| number_at(&table, key, i).ok_or_else(|| lacking(&words, key));
        let (mult, add) = (scale("reflectance_mult")?, scale("reflectance_add")?);
        // radiance of reflectance 1
        let white = sensor.bands[place].sun * cosine / (PI * distance * distance);
        let (raster, number) = match &files {
            Some(files) => (root.join(files.get(i).ok_or_else(|| lacking(&words, "files of every band"))?), 1),
            None => (beside(path, &words), i + 1),
        };
        bands.push(SourceBand { file: raster, number, place, coder: coder(sensor, place, mult * white, add * white) });
    }
    let quality = table.get("quality").and_then(|quality| quality.get("file")).and_then(Value::as_str);
    let name = words.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let others = quality.map(|name| root.join(name)).into_iter().collect();
    Ok(Source {
        sensor,
        name,
        root,
        folder: String::new(),
        bands,
        elevation_deg,
        texts: vec![(words, marked(&text, &table))],
        others,
        saturation: None,
    })
}

/// The text with the mark in it, in the place of one that says otherwise.
fn marked(text: &str, table: &Table) -> String {
    let keys = ["simulated", "SIMULATED"];
    if keys.iter().any(|key| matches!(table.get(*key), Some(Value::Boolean(true) | Value::Integer(1)))) {
        return text.to_string();
    }
    let lines = text.lines().filter(|line| !keys.iter().any(|key| line.trim_start().starts_with(key)));
    let lines: Vec<&str> = std::iter::once("simulated = true").chain(lines).collect();
    lines.join("\n") + "\n"
}

/// The raster beside a TOML.
fn beside(given: &Path, words: &Path) -> PathBuf {
    if given != words {
        return given.to_path_buf();
    }
    let ends = ["tif", "TIF", "tiff"].map(|end| words.with_extension(end));
    ends.iter().find(|path| path.exists()).unwrap_or(&ends[0]).clone()
}

fn distance(table: &Table, words: &Path) -> Result<f64> {
    let text = match table.get("time") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Datetime(time)) => time.to_string(),
        _ => return Err(lacking(words, "time")),
    };
    let time: jiff::Timestamp = text.parse().map_err(|_| {
        file(words, format!("time {text}"), "a time with its offset, like 2025-10-20T03:50:00Z", "correct it")
    })?;
    Ok(distance_au(days_j2000(time.as_second() as f64)))
}

fn string(table: &Table, words: &Path, key: &str) -> Result<String> {
    table.get(key).and_then(Value::as_str).map(str::to_string).ok_or_else(|| lacking(words, key))
}

fn strings(table: &Table, key: &str) -> Option<Vec<String>> {
    let list = table.get(key)?.as_array()?;
    list.iter().map(|value| value.as_str().map(str::to_string)).collect()
}

fn number(table: &Table, key: &str) -> Option<f64> {
    as_number(table.get(key)?)
}

/// One number for all bands, or one a band.
fn number_at(table: &Table, key: &str, band: usize) -> Option<f64> {
    match table.get(key)? {
        Value::Array(list) => as_number(list.get(band)?),
        value => as_number(value),
    }
}

fn as_number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::sensor::{OLI, SWIR22};

    const WORDS: &str = "sensor = \"OLI\"\nsatellite = \"Landsat-8\"\ntime = \"2020-10-29T00:02:59Z\"\n\
        bands = [\"B1\", \"B9\", \"B7\"]\nreflectance_mult = 2e-5\nreflectance_add = [-0.1, 0, -0.1]\nsun_elevation_deg = 56.8\n";

    fn opened(words: &str) -> Result<Source> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("x.toml"), words).expect("written");
        open(&folder.path().join("x.tif"))
    }

    /// RADIANCE_MULT and RADIANCE_ADD of band 7 of the product of that moment: 5.1944E-04 and -2.59718.
    #[test]
    fn counts_are_radiances_at_the_distance_of_the_day() {
        let source = opened(WORDS).expect("opened");
        let band = source.band(SWIR22).expect("band 7");
        assert_eq!((band.number, source.bands.len(), source.sensor.name), (3, 2, OLI.name));
        assert!((band.coder.gain * 5.1944e-4 - 1.0).abs() < 1e-3, "{}", band.coder.gain);
        assert!((band.coder.radiance(0) + 2.597_18).abs() < 0.003);
        assert!(source.texts[0].1.starts_with("simulated = true\n"));
    }

    #[test]
    fn a_stack_that_says_that_it_is_real_is_marked_all_the_same() {
        let text = |words: &str| opened(words).expect("opened").texts[0].1.clone();
        assert_eq!(text(&format!("simulated = false\n{WORDS}")), format!("simulated = true\n{WORDS}"));
        let marked = format!("SIMULATED = 1\n{WORDS}");
        assert_eq!(text(&marked), marked);
    }

    #[test]
    fn what_is_missing_is_named() {
        for key in ["sensor", "time", "bands", "reflectance_mult", "sun_elevation_deg"] {
            let words: String =
                WORDS.lines().filter(|line| !line.starts_with(key)).map(|line| format!("{line}\n")).collect();
            let error = opened(&words).expect_err("an error").to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
