//! One past slot of the site's window as two files: what was measured and what each pixel was, which is a function of the look alone, and
//! what stood out, which days before have a part in. So the slots of many days can be made side by side.
//!
//! Little-endian: `SFSLOT3\n`, length of the head, the head as JSON, MIR and window band temperatures in steps of
//! 0.005 K from 150 K (65535: none), reflectances in steps of 0.005 (255: none), the classes, and the SHA-256 of all before. The steps are finer than the counts of
//! any of the sensors, so that nothing is lost beside the counts themselves. What stood out: `SFHITS1\n`, JSON, and the SHA-256.

use crate::error::{Error, Result};
use crate::scene::{PixelClass, Window};
use crate::sealed::{self, Broken, SEAL};
use crate::time::Utc;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::path::Path;

const MAGIC: &[u8; 8] = b"SFSLOT3\n";
const HITS_MAGIC: &[u8; 8] = b"SFHITS1\n";
const COLDEST_K: f32 = 150.0;
const PER_K: f32 = 200.0;
const NONE: u16 = u16::MAX;
const PER_UNIT: f32 = 200.0;
const DARK: u8 = u8::MAX;

/// A pixel that stood out, for the confirmation of later slots.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Line in the full grid, from 0.
    pub line: u32,
    /// Column in the full grid, from 0.
    pub column: u32,
    /// By how many standard deviations.
    pub z: f32,
}

/// A past slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Start of the slot.
    pub time: Utc,
    /// Satellite that took it.
    pub satellite: String,
    /// Channel that served as the window band: looks through another one are no past of this one.
    pub tir_band: String,
    /// Channel of the reflectances, where there are any.
    pub bright_band: Option<String>,
    /// The part of the full grid that it holds.
    pub window: Window,
    /// MIR temperature, K; NaN where there is none.
    pub mir_k: Array2<f32>,
    /// Window band temperature, K; NaN where there is none.
    pub tir_k: Array2<f32>,
    /// Reflectance over the cosine of the sun's zenith angle; NaN where there is none.
    pub bright: Array2<f32>,
    /// What each pixel was, by the slot alone.
    pub class: Array2<PixelClass>,
    /// What stood out, kept in a file of its own.
    pub hits: Vec<Hit>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    time: String,
    satellite: String,
    tir_band: String,
    bright_band: Option<String>,
    line0: usize,
    column0: usize,
    lines: usize,
    columns: usize,
}

impl Slot {
    /// Whole days between it and a later time, rounded: slots of one day near the hour of that time have the same number.
    pub fn days_before(&self, later: Utc) -> i64 {
        (later.seconds_since(self.time) / 86_400.0).round() as i64
    }

    /// Where a pixel of the full grid lies in it.
    pub fn position(&self, line: usize, column: usize) -> Option<(usize, usize)> {
        let at = (line.checked_sub(self.window.line0)?, column.checked_sub(self.window.column0)?);
        (at.0 < self.window.lines && at.1 < self.window.columns).then_some(at)
    }

    /// The file's bytes without what stood out, its seal last.
    ///
    /// # Errors
    /// Where the head is no JSON, which only a defect could bring about.
    pub fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let Window { line0, column0, lines, columns } = self.window;
        let (time, tir_band, bright_band) = (self.time.rfc3339(), self.tir_band.clone(), self.bright_band.clone());
        let satellite = self.satellite.clone();
        let head = Head { time, satellite, tir_band, bright_band, line0, column0, lines, columns };
        let head = serde_json::to_vec(&head)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((head.len() as u32).to_le_bytes());
        bytes.extend(head);
        for kelvin in self.mir_k.iter().chain(&self.tir_k) {
            bytes.extend(step_of(*kelvin).to_le_bytes());
        }
        bytes.extend(self.bright.iter().map(|bright| bright_step_of(*bright)));
        bytes.extend(self.class.iter().map(|class| *class as u8));
        Ok(sealed::seal(bytes))
    }

    /// The bytes of the file of what stood out.
    ///
    /// # Errors
    /// As [`Slot::to_bytes`].
    pub fn hits_to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = HITS_MAGIC.to_vec();
        serde_json::to_writer(&mut bytes, &self.hits)?;
        Ok(sealed::seal(bytes))
    }

    /// A slot without what stood out, and its seal, from a file's bytes.
    ///
    /// # Errors
    /// [`Error::Input`] where it was cut or changed: then the slot counts as not there.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<(Slot, [u8; SEAL])> {
        let (body, seal) = opened(path, bytes, MAGIC)?;
        let slot = parse(body).ok_or_else(|| wrong(path, "a file of another version"))?;
        Ok((slot, seal))
    }
}

/// What stood out in a slot, and its seal, from a file's bytes.
///
/// # Errors
/// [`Error::Input`] where it was cut or changed.
pub fn hits_from_bytes(path: &Path, bytes: &[u8]) -> Result<(Vec<Hit>, [u8; SEAL])> {
    let (body, seal) = opened(path, bytes, HITS_MAGIC)?;
    let hits = serde_json::from_slice(body).map_err(|_| wrong(path, "a file of another version"))?;
    Ok((hits, seal))
}

/// What lies between magic and seal, and the seal.
fn opened<'a>(path: &Path, bytes: &'a [u8], magic: &[u8; 8]) -> Result<(&'a [u8], [u8; SEAL])> {
    sealed::open(bytes, magic).map_err(|broken| {
        let older = broken == Broken::Other && bytes.starts_with(b"SFSLOT");
        wrong(path, if older { "a slot of another version of this program" } else { broken.said() })
    })
}

fn wrong(path: &Path, found: &str) -> Error {
    Error::input(
        path,
        found,
        "a slot of the baseline as it was written",
        "rebuild it from the archived granules: strawfire baseline rebuild ARCHIVE...",
    )
}

/// A sealed body behind its magic; `None` where its parts do not fit together.
fn parse(body: &[u8]) -> Option<Slot> {
    let (length, rest) = body.split_at_checked(4)?;
    let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
    let (head, rest) = rest.split_at_checked(length)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let shape = (head.lines, head.columns);
    let count = head.lines.checked_mul(head.columns)?;
    if rest.len() != count.checked_mul(6)? {
        return None;
    }
    let kelvins = |from: usize| {
        let steps = rest[from * 2..(from + count) * 2].chunks_exact(2);
        let values = steps.map(|pair| kelvin_of(u16::from_le_bytes([pair[0], pair[1]]))).collect();
        Array2::from_shape_vec(shape, values).ok()
    };
    let class = |byte: &u8| PixelClass::ALL.get(usize::from(*byte)).copied();
    let (bright, classes) = rest[count * 4..].split_at(count);
    let bright = Array2::from_shape_vec(shape, bright.iter().map(|step| bright_of(*step)).collect()).ok()?;
    let classes: Vec<PixelClass> = classes.iter().map(class).collect::<Option<_>>()?;
    Some(Slot {
        time: Utc::parse(&head.time)?,
        satellite: head.satellite,
        tir_band: head.tir_band,
        bright_band: head.bright_band,
        window: Window { line0: head.line0, column0: head.column0, lines: head.lines, columns: head.columns },
        mir_k: kelvins(0)?,
        tir_k: kelvins(count)?,
        bright,
        class: Array2::from_shape_vec(shape, classes).ok()?,
        hits: Vec::new(),
    })
}

fn step_of(kelvin: f32) -> u16 {
    let step = ((kelvin - COLDEST_K) * PER_K).round();
    if step.is_nan() { NONE } else { step.clamp(0.0, f32::from(NONE - 1)) as u16 }
}

fn bright_step_of(bright: f32) -> u8 {
    let step = (bright * PER_UNIT).round();
    if step.is_nan() { DARK } else { step.clamp(0.0, f32::from(DARK - 1)) as u8 }
}

fn bright_of(step: u8) -> f32 {
    if step == DARK { f32::NAN } else { f32::from(step) / PER_UNIT }
}

fn kelvin_of(step: u16) -> f32 {
    if step == NONE { f32::NAN } else { COLDEST_K + f32::from(step) / PER_K }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn slot() -> Slot {
        let shape = (3, 4);
        Slot {
            time: Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid"),
            satellite: "Himawari-9".to_string(),
            tir_band: "B14".to_string(),
            bright_band: Some("B04".to_string()),
            window: Window { line0: 960, column0: 1200, lines: 3, columns: 4 },
            mir_k: Array2::from_shape_fn(shape, |(l, c)| if l == 2 { f32::NAN } else { 290.0 + c as f32 / 2.0 }),
            tir_k: Array2::from_elem(shape, 285.125),
            bright: Array2::from_shape_fn(shape, |(l, c)| if l == 2 { f32::NAN } else { 0.3 * c as f32 }),
            class: Array2::from_shape_fn(shape, |(l, _)| if l == 0 { PixelClass::Cloud } else { PixelClass::Clear }),
            hits: vec![Hit { line: 961, column: 1202, z: 5.5 }],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = slot().to_bytes().expect("bytes");
        let (read, _) = Slot::from_bytes(Path::new("a"), &bytes).expect("read");
        assert_eq!((read.time, read.window, &read.class), (slot().time, slot().window, &slot().class));
        let hits = slot().hits_to_bytes().expect("bytes");
        assert_eq!(hits_from_bytes(Path::new("a"), &hits).expect("read").0, slot().hits);
        for (a, b) in read.bright.iter().zip(&slot().bright) {
            assert!((a - b).abs() < 0.0026 || (a.is_nan() && b.is_nan()), "{a} {b}");
        }
        for (a, b) in read.mir_k.iter().chain(&read.tir_k).zip(slot().mir_k.iter().chain(&slot().tir_k)) {
            assert!((a - b).abs() < 0.0026 || (a.is_nan() && b.is_nan()), "{a} {b}");
        }
    }

    /// Every cut and every changed byte is refused.
    #[test]
    fn damage_is_refused() {
        type Read = fn(&[u8]) -> Result<()>;
        let of_slot: Read = |bytes| Slot::from_bytes(Path::new("a"), bytes).map(|_| ());
        let of_hits: Read = |bytes| hits_from_bytes(Path::new("a"), bytes).map(|_| ());
        let files = [(slot().to_bytes(), of_slot), (slot().hits_to_bytes(), of_hits)];
        for (bytes, read) in files.map(|(bytes, read)| (bytes.expect("bytes"), read)) {
            for length in 0..bytes.len() {
                assert!(read(&bytes[..length]).is_err(), "{length}");
            }
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 0x10;
                let error = read(&changed).expect_err("refused").to_string();
                assert!(error.contains("baseline rebuild"), "{error}");
            }
        }
    }
}
