//! A Sentinel-2 product: a SAFE folder of one tile.

use super::{Source, SourceBand, coder, files_below, lacking, read};
use crate::error::{Result, file};
use crate::field::safe::band_id;
use crate::field::sensor::{MSI, Sensor};
use std::f64::consts::PI;
use std::path::{Path, PathBuf};

/// Opens the folder of a product.
pub fn open(folder: &Path) -> Result<Source> {
    let words = folder.join("MTD_MSIL1C.xml");
    let text = read(&words)?;
    let tiles: Vec<PathBuf> = files_below(folder)?.into_iter().filter(|path| path.ends_with("MTD_TL.xml")).collect();
    let [tile] = &tiles[..] else {
        return Err(file(
            folder,
            format!("{} files MTD_TL.xml", tiles.len()),
            "one: a product of one tile",
            "give such one",
        ));
    };
    let tile_text = read(tile)?;
    let number = |text: &str, path: &Path, tag: &str| -> Result<f64> {
        value(text, tag).and_then(|value| value.parse().ok()).ok_or_else(|| lacking(path, tag))
    };
    let quantification = number(&text, &words, "<QUANTIFICATION_VALUE")?;
    let u = number(&text, &words, "<U>")?;
    let mean_sun = tile_text.split_once("<Mean_Sun_Angle>").map_or("", |(_, after)| after);
    let elevation_deg = 90.0 - number(mean_sun, tile, "<ZENITH_ANGLE")?;
    let sensor: &'static Sensor = &MSI;
    let mut bands = Vec::new();
    for (place, band) in sensor.bands.iter().enumerate() {
        let Some(id) = band_id(band.name) else { continue };
        let Some(image) = image(&text, band.name).map(|name| folder.join(format!("{name}.jp2"))) else { continue };
        if !image.exists() {
            continue;
        }
        let sun = number(&text, &words, &format!("<SOLAR_IRRADIANCE bandId=\"{id}\""))?;
        // products before the baseline 04.00 have no list of offsets
        let offset = number(&text, &words, &format!("<RADIO_ADD_OFFSET band_id=\"{id}\"")).unwrap_or(0.0);
        let white = sun * elevation_deg.to_radians().sin() * u / PI;
        let (mult, add) = (white / quantification, offset * white / quantification);
        bands.push(SourceBand { file: image, number: 1, place, coder: coder(sensor, place, mult, add) });
    }
    let texts = if text.contains("SIMULATED") {
        Vec::new()
    } else {
        vec![(words, marked(&text, "</PROCESSING_BASELINE>")), (tile.clone(), marked(&tile_text, "</TILE_ID>"))]
    };
    Ok(Source {
        sensor,
        name: super::folder_name(folder),
        root: folder.to_path_buf(),
        folder: String::new(),
        bands,
        elevation_deg,
        texts,
        others: Vec::new(),
        saturation: None,
    })
}

/// What stands in the first element that begins so.
fn value<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(begin)?;
    let inside = if begin.ends_with('>') { after } else { after.split_once('>')?.1 };
    inside.split_once('<').map(|(value, _)| value.trim())
}

/// The path of the image of a band, below the folder, without its end.
fn image<'a>(text: &'a str, band: &str) -> Option<&'a str> {
    let images = text.split("<IMAGE_FILE>").skip(1).filter_map(|part| part.split_once('<'));
    images.map(|(path, _)| path.trim()).find(|path| path.ends_with(&format!("_{band}")))
}

/// The mark goes behind an element that every product has.
fn marked(text: &str, behind: &str) -> String {
    text.replacen(behind, &format!("{behind}\n<SIMULATED>YES</SIMULATED>"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<PROCESSING_BASELINE>05.10</PROCESSING_BASELINE><IMAGE_FILE>GRANULE/a/IMG_DATA/T_B01</IMAGE_FILE>\
        <IMAGE_FILE>GRANULE/a/IMG_DATA/T_B12</IMAGE_FILE><QUANTIFICATION_VALUE unit=\"none\">10000</QUANTIFICATION_VALUE>\
        <RADIO_ADD_OFFSET band_id=\"1\">-1000</RADIO_ADD_OFFSET><U>0.98</U>";

    #[test]
    fn values_are_found_by_the_begin_of_their_element() {
        assert_eq!(value(TEXT, "<QUANTIFICATION_VALUE"), Some("10000"));
        assert_eq!(value(TEXT, "<U>"), Some("0.98"));
        assert_eq!(value(TEXT, "<RADIO_ADD_OFFSET band_id=\"1\""), Some("-1000"));
        assert_eq!(value(TEXT, "<RADIO_ADD_OFFSET band_id=\"12\""), None);
        assert_eq!(image(TEXT, "B12"), Some("GRANULE/a/IMG_DATA/T_B12"));
        assert_eq!(image(TEXT, "B04"), None);
        assert!(marked(TEXT, "</PROCESSING_BASELINE>").contains("</PROCESSING_BASELINE>\n<SIMULATED>YES</SIMULATED>"));
    }
}
