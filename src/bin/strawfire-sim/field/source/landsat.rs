//! A Landsat product: a folder with a file a band and the metadata as text.

use super::{Source, SourceBand, coder, lacking, read};
use crate::error::{Result, file};
use crate::field::sensor::{OLI, Sensor};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Opens the folder of a product.
pub fn open(folder: &Path) -> Result<Source> {
    let words = with_end(folder, "_MTL.txt").ok_or_else(|| {
        file(
            folder,
            "neither MTD_MSIL1C.xml nor a file that ends with _MTL.txt",
            "the folder of a Sentinel-2 Level-1C or a Landsat Level-1 product",
            "give the folder that holds the bands, unpacked",
        )
    })?;
    let text = read(&words)?;
    let keys = keys(&text);
    let number = |key: &str| -> Result<f64> {
        keys.get(key).and_then(|value| value.parse().ok()).ok_or_else(|| lacking(&words, key))
    };
    let sensor: &'static Sensor = &OLI;
    let mut bands = Vec::new();
    for (place, band) in sensor.bands.iter().enumerate() {
        let i = place + 1;
        let Some(name) = keys.get(format!("FILE_NAME_BAND_{i}").as_str()) else { continue };
        let path = folder.join(name);
        // a product may come without the bands that nobody asked for
        if path.exists() {
            let (mult, add) = (number(&format!("RADIANCE_MULT_BAND_{i}"))?, number(&format!("RADIANCE_ADD_BAND_{i}"))?);
            bands.push(SourceBand { file: path, number: 1, place, coder: coder(sensor, place, mult, add) });
        } else {
            eprintln!("strawfire-sim: {} has no {}", folder.display(), band.name);
        }
    }
    let name = keys.get("LANDSAT_PRODUCT_ID").map_or_else(|| super::folder_name(folder), |id| (*id).to_string());
    let elevation_deg = number("SUN_ELEVATION")?;
    let mut texts = Vec::new();
    if !text.contains("SIMULATED") {
        texts.push((words.clone(), marked_text(&text)));
        type Marking = fn(&str) -> Option<String>;
        for (end, marked) in [("_MTL.json", marked_json as Marking), ("_MTL.xml", marked_xml as Marking)] {
            if let Some(path) = with_end(folder, end) {
                let text = read(&path)?;
                texts.push((path, marked(&text).unwrap_or(text)));
            }
        }
    }
    Ok(Source {
        sensor,
        name,
        root: folder.to_path_buf(),
        folder: String::new(),
        bands,
        elevation_deg,
        texts,
        others: Vec::new(),
        saturation: with_end(folder, "_QA_RADSAT.TIF"),
    })
}

/// The first file of a folder, by name, with an end.
fn with_end(folder: &Path, end: &str) -> Option<PathBuf> {
    let files = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    files.filter(|path| path.to_string_lossy().ends_with(end)).min()
}

/// Keys and values, without the quotation marks; of a key that stands twice the first.
fn keys(text: &str) -> BTreeMap<&str, &str> {
    let mut keys = BTreeMap::new();
    for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
        keys.entry(key.trim()).or_insert_with(|| value.trim().trim_matches('"'));
    }
    keys
}

/// The mark goes into the first group below the file's.
fn marked_text(text: &str) -> String {
    let mut groups = 0;
    let mut lines = Vec::new();
    for line in text.lines() {
        lines.push(line);
        if line.trim_start().starts_with("GROUP =") {
            groups += 1;
            if groups == 2 {
                lines.push("    SIMULATED = \"YES\"");
            }
        }
    }
    lines.join("\n") + "\n"
}

fn marked_json(text: &str) -> Option<String> {
    let mut json: serde_json::Value = serde_json::from_str(text).ok()?;
    let file = json.as_object_mut()?.values_mut().next()?;
    let group = file.as_object_mut()?.values_mut().next()?;
    group.as_object_mut()?.insert("SIMULATED".to_string(), "YES".into());
    Some(format!("{json:#}\n"))
}

fn marked_xml(text: &str) -> Option<String> {
    let (before, after) = text.split_once("<PRODUCT_CONTENTS>")?;
    Some(format!("{before}<PRODUCT_CONTENTS>\n    <SIMULATED>YES</SIMULATED>{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "GROUP = LANDSAT_METADATA_FILE\n  GROUP = PRODUCT_CONTENTS\n    ORIGIN = \"Image courtesy\"\n  \
        END_GROUP = PRODUCT_CONTENTS\n  GROUP = IMAGE_ATTRIBUTES\n    SUN_ELEVATION = 56.778\n  END_GROUP = IMAGE_ATTRIBUTES\nEND\n";

    #[test]
    fn the_mark_stands_in_the_first_group() {
        let marked = marked_text(TEXT);
        assert!(marked.contains("GROUP = PRODUCT_CONTENTS\n    SIMULATED = \"YES\"\n    ORIGIN"), "{marked}");
        assert_eq!(marked.matches("SIMULATED").count(), 1);
        assert_eq!((keys(&marked)["SIMULATED"], keys(&marked)["SUN_ELEVATION"]), ("YES", "56.778"));
        let json =
            marked_json("{\"LANDSAT_METADATA_FILE\": {\"PRODUCT_CONTENTS\": {\"ORIGIN\": \"x\"}}}").expect("JSON");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["LANDSAT_METADATA_FILE"]["PRODUCT_CONTENTS"]["SIMULATED"], "YES");
        let xml = marked_xml("<A><PRODUCT_CONTENTS><B/></PRODUCT_CONTENTS></A>").expect("XML");
        assert!(xml.contains("<SIMULATED>YES</SIMULATED><B/>"));
    }
}
