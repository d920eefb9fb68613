//! Pictures that a template asks for: `{{ picture("map", 150) }}`.

use super::Fault;
use minijinja::{Error, ErrorKind, Value};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

/// English Metric Units a millimetre.
const EMU_A_MM: f64 = 36_000.0;
/// Widths that a page takes, mm.
const WIDTHS_MM: std::ops::RangeInclusive<f64> = 1.0..=1000.0;

/// What is known of a picture before it is asked for.
#[derive(Debug, Clone)]
struct Known {
    /// Height over width.
    shape: f64,
    /// Ending of its file.
    ending: &'static str,
}

/// Pictures at hand, and those that a part asked for.
#[derive(Debug, Clone)]
pub(super) struct Pictures {
    known: Arc<BTreeMap<String, Result<Known, String>>>,
    asked: Arc<Mutex<Vec<String>>>,
    /// Number of the first, so that no two of a document have one.
    first: usize,
}

impl Pictures {
    pub(super) fn of(pictures: &BTreeMap<String, Vec<u8>>, first: usize) -> Pictures {
        let known = pictures.iter().map(|(name, bytes)| (name.clone(), known(bytes))).collect();
        Pictures { known: Arc::new(known), asked: Arc::default(), first }
    }

    /// Names that were asked for, each with the number of its relationship.
    pub(super) fn asked(&self) -> Vec<(usize, String, &'static str)> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let ending = |name: &String| self.known.get(name).and_then(|known| Some(known.as_ref().ok()?.ending));
        asked.iter().zip(self.first..).filter_map(|(name, at)| Some((at, name.clone(), ending(name)?))).collect()
    }

    /// The drawing of a picture so many millimetres wide, in the midst of a text.
    pub(super) fn drawing(&self, name: &str, width_mm: f64) -> Result<Value, Error> {
        let wrong = |detail: String| Error::new(ErrorKind::InvalidOperation, detail);
        let known = self.known.get(name).ok_or_else(|| {
            let there: Vec<&str> = self.known.keys().map(String::as_str).collect();
            wrong(format!("no picture {name}; there are: {}", there.join(", ")))
        })?;
        let known = known.as_ref().map_err(|error| wrong(format!("the picture {name}: {error}")))?;
        if !WIDTHS_MM.contains(&width_mm) {
            return Err(wrong(format!("a picture {width_mm} mm wide")));
        }
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(name.to_string());
        let number = self.first + asked.len() - 1;
        let (wide, high) = ((width_mm * EMU_A_MM).round(), (width_mm * known.shape * EMU_A_MM).round());
        Ok(Value::from_safe_string(drawing(number, wide, high)))
    }
}

fn known(bytes: &[u8]) -> Result<Known, String> {
    let reader =
        image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let ending = match reader.format() {
        Some(image::ImageFormat::Png) => "png",
        Some(image::ImageFormat::Jpeg) => "jpeg",
        _ => return Err("neither PNG nor JPEG".to_string()),
    };
    let (wide, high) = reader.into_dimensions().map_err(|error| error.to_string())?;
    Ok(Known { shape: f64::from(high) / f64::from(wide.max(1)), ending })
}

/// Name of the relationship of a picture.
pub(super) fn link(number: usize) -> String {
    format!("rIdPicture{number}")
}

fn drawing(number: usize, wide: f64, high: f64) -> String {
    let size = format!("cx=\"{wide:.0}\" cy=\"{high:.0}\"");
    let (id, link) = (10_000 + number, link(number));
    const DRAWING: &str = "http://schemas.openxmlformats.org/drawingml/2006";
    format!(
        "</w:t><w:drawing><wp:inline xmlns:wp=\"{DRAWING}/wordprocessingDrawing\" distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\">\
         <wp:extent {size}/><wp:docPr id=\"{id}\" name=\"Picture {number}\"/>\
         <a:graphic xmlns:a=\"{DRAWING}/main\"><a:graphicData uri=\"{DRAWING}/picture\">\
         <pic:pic xmlns:pic=\"{DRAWING}/picture\"><pic:nvPicPr><pic:cNvPr id=\"{id}\" name=\"Picture {number}\"/><pic:cNvPicPr/></pic:nvPicPr>\
         <pic:blipFill><a:blip xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" r:embed=\"{link}\"/>\
         <a:stretch><a:fillRect/></a:stretch></pic:blipFill>\
         <pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext {size}/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr>\
         </pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing><w:t xml:space=\"preserve\">"
    )
}

/// Adds elements before the end of the root of a part.
pub(super) fn added(xml: &str, root: &str, elements: &str) -> Result<String, Fault> {
    let end = format!("</{root}>");
    match xml.rfind(&end) {
        Some(at) => Ok(format!("{}{elements}{}", &xml[..at], &xml[at..])),
        None => Err(Fault::new("", format!("no {end}"), "save it again as .docx in Word or WPS")),
    }
}
