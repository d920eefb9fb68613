//! Radiometric TIFF: a band of floating temperatures, or of whole numbers with a known scale. A file says seldom in which unit it is: it is
//! decided by what ground can be, and where that says nothing it is an error and never a guess.

use crate::error::{Error, Result};
use crate::frame::Thermal;
use gdal::raster::GdalDataType;
use gdal::{Dataset, DatasetOptions};
use ndarray::Array2;
use std::path::Path;

/// A unit of temperature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Degrees Celsius.
    Celsius,
    /// Kelvin.
    Kelvin,
}

/// What the user says of the values of a file; it goes before what the file says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stated {
    /// Unit of the temperatures.
    pub unit: Option<Unit>,
    /// Temperature = value x the first + the second.
    pub scale: Option<(f64, f64)>,
}

/// Temperatures, and how it was known what the values are.
#[derive(Debug, Clone, PartialEq)]
pub struct Radiometric {
    /// The picture.
    pub thermal: Thermal,
    /// Unit and scale, and who says so.
    pub decided: String,
    /// Values that are no temperature.
    pub missing: usize,
}

/// 0 C, K.
const ICE_K: f64 = 273.15;
/// The coldest twentieth of a drone's picture is ground, never all fire: C, and the same in K \[P\].
const GROUND_C: std::ops::RangeInclusive<f64> = -60.0..=120.0;
const GROUND_K: std::ops::RangeInclusive<f64> = 210.0..=340.0;
/// Ground varies by less, K \[P\]: else values of 210 to 340 may be a fire in degrees Celsius.
const GROUND_SPAN: f64 = 60.0;
/// Values outside are no temperatures of a drone's camera, C.
const SENSIBLE_C: std::ops::RangeInclusive<f64> = -100.0..=2000.0;
/// Values up to this may be temperatures that the camera has no scale for \[P\]; fills are -9999, 1e20, the largest float.
const OVERFLOW_C: f64 = 10_000.0;
/// A picture with more values that are none is not one.
const MOST_MISSING: f64 = 0.5;
/// A picture is no smaller, px, and has no more of them: the largest thermal cameras give 5 million.
const LEAST_SIDE: usize = 16;
const MOST_PIXELS: usize = 16_000_000;

/// Reads the temperatures of a TIFF.
///
/// # Errors
/// [`Error::Input`] where it cannot be read, is a picture of colours, or its unit cannot be known.
pub fn read(path: &Path, stated: Stated) -> Result<Radiometric> {
    let wrong = |found: String, advice: &str| {
        Error::input(path, found, "a TIFF with one band of temperatures (float, or 16 bit with a scale)", advice)
    };
    let damaged = |error: gdal::errors::GdalError| {
        wrong(format!("a TIFF that cannot be read ({})", crate::http::one_line(&error.to_string(), 120)), AGAIN)
    };
    crate::layers::raster::quiet_gdal();
    let options = DatasetOptions { allowed_drivers: Some(&["GTiff"]), ..DatasetOptions::default() };
    // GDAL says nothing of why
    let unopened = |_| wrong("a TIFF that cannot be read (no TIFF at all, or its head is damaged)".to_string(), AGAIN);
    let data = Dataset::open_ex(path, options).map_err(unopened)?;
    let (width, height) = data.raster_size();
    if width < LEAST_SIDE || height < LEAST_SIDE || width * height > MOST_PIXELS {
        return Err(wrong(
            format!("a picture of {width} x {height} px"),
            "name the drone's own pictures, not a mosaic of them",
        ));
    }
    let count = data.raster_count();
    let band = data.rasterband(1).map_err(damaged)?;
    let kind = band.band_type();
    if count != 1 || kind == GdalDataType::UInt8 {
        let found = format!("a picture of colours or grey values ({count} bands, {kind})");
        return Err(wrong(found, "export the temperatures (DJI Thermal Analysis Tool: TIFF), not the picture"));
    }
    let read = band.read_as::<f64>((0, 0), (width, height), (width, height), None).map_err(damaged)?;
    let values = Values {
        raw: read.data(),
        is_whole: !matches!(kind, GdalDataType::Float32 | GdalDataType::Float64),
        none: band.no_data_value(),
        unit: unit_named(&band.unit()),
        scale: band.scale().unwrap_or(1.0),
        offset: band.offset().unwrap_or(0.0),
    };
    let (mut celsius, decided) = values.decide(stated).map_err(|(found, advice)| wrong(found, advice))?;
    for (row, measured) in celsius.chunks_mut(width).zip(read.data().chunks(width)) {
        // a strip that was never written reads as zeros
        if measured.iter().all(|value| *value == 0.0) {
            row.fill(f32::NAN);
        }
    }
    let missing = celsius.iter().filter(|value| value.is_nan()).count();
    if missing as f64 > MOST_MISSING * celsius.len() as f64 {
        return Err(wrong(format!("{missing} of {} values that are no temperature", celsius.len()), UNIT));
    }
    let celsius = Array2::from_shape_vec((height, width), celsius).map_err(|error| wrong(error.to_string(), AGAIN))?;
    Ok(Radiometric { thermal: Thermal { celsius }, decided, missing })
}

const AGAIN: &str = "export it again";
const UNIT: &str = "say what its values are: --unit c or k, --scale FACTOR,OFFSET (as 0.1,0 for tenths of a degree)";

/// What GDAL's unit of a band means.
fn unit_named(name: &str) -> Option<Unit> {
    match name.trim().to_lowercase().as_str() {
        "c" | "°c" | "degc" | "deg c" | "celsius" | "degree_celsius" | "degrees celsius" => Some(Unit::Celsius),
        "k" | "kelvin" => Some(Unit::Kelvin),
        _ => None,
    }
}

/// The values of a band and what the file says of them.
struct Values<'a> {
    raw: &'a [f64],
    is_whole: bool,
    none: Option<f64>,
    unit: Option<Unit>,
    scale: f64,
    offset: f64,
}

impl Values<'_> {
    /// Degrees Celsius and how they were known, or what was found and what to do.
    fn decide(&self, stated: Stated) -> std::result::Result<(Vec<f32>, String), (String, &'static str)> {
        let is_scaled = self.scale != 1.0 || self.offset != 0.0;
        if self.is_whole && !is_scaled && stated.scale.is_none() {
            return Err(("whole numbers without a scale".to_string(), UNIT));
        }
        let (factor, offset) = stated.scale.unwrap_or((self.scale, self.offset));
        let value = |raw: f64| if Some(raw) == self.none { f64::NAN } else { raw * factor + offset };
        let scaled: Vec<f64> = self.raw.iter().map(|raw| value(*raw)).collect();
        let (unit, who) = match (stated.unit, self.unit) {
            (Some(unit), _) => (unit, "as stated"),
            (None, Some(unit)) => (unit, "by the file"),
            (None, None) => (by_ground(&scaled).ok_or_else(|| (spoken(&scaled), UNIT))?, "by what ground can be"),
        };
        let off = if unit == Unit::Kelvin { ICE_K } else { 0.0 };
        let celsius = scaled.iter().map(|value| value - off);
        // a little above the scale, or beyond all numbers, is an overflow: as hot as can be said, and not nothing. What is far above is a fill
        let is_overflow = |c: f64| c == f64::INFINITY || (c > *SENSIBLE_C.end() && c <= OVERFLOW_C);
        let sensible = |c: f64| match c {
            c if SENSIBLE_C.contains(&c) => c as f32,
            c if is_overflow(c) => *SENSIBLE_C.end() as f32,
            _ => f32::NAN,
        };
        let celsius: Vec<f32> = celsius.map(sensible).collect();
        let scale = if factor == 1.0 && offset == 0.0 { String::new() } else { format!(", x {factor} + {offset}") };
        let name = if unit == Unit::Kelvin { "kelvin" } else { "degrees C" };
        Ok((celsius, format!("{name} {who}{scale}")))
    }
}

/// Which unit makes ground of the coldest twentieth.
fn by_ground(values: &[f64]) -> Option<Unit> {
    let [cold, middle] = parts(values, [0.05, 0.5])?;
    match cold {
        cold if GROUND_C.contains(&cold) => Some(Unit::Celsius),
        cold if GROUND_K.contains(&cold) && middle - cold < GROUND_SPAN => Some(Unit::Kelvin),
        _ => None,
    }
}

/// Values of which so great a part is smaller.
fn parts<const N: usize>(values: &[f64], parts: [f64; N]) -> Option<[f64; N]> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    Some(parts.map(|part| sorted[(part * last as f64) as usize]))
}

fn spoken(values: &[f64]) -> String {
    match parts(values, [0.05, 0.5, 1.0]) {
        Some([cold, middle, hot]) => format!(
            "values that may be of any unit (a twentieth below {cold:.1}, half below {middle:.1}, the highest {hot:.1})"
        ),
        None => "no value at all".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(raw: &[f64], is_whole: bool) -> Values<'_> {
        Values { raw, is_whole, none: None, unit: None, scale: 1.0, offset: 0.0 }
    }

    /// Ground of 20 C with a fire of 400 C, in each unit and scale.
    #[test]
    fn units_are_known_by_the_ground() {
        let celsius: Vec<f64> = (0..400).map(|n| if n < 20 { 400.0 } else { 20.0 + f64::from(n % 9) }).collect();
        let kelvin: Vec<f64> = celsius.iter().map(|c| c + 273.15).collect();
        let tenths: Vec<f64> = celsius.iter().map(|c| c * 10.0).collect();
        let near = |found: &[f32], is: f32| assert!((found[0] - 400.0).abs() < 0.01 && (found[20] - is).abs() < 0.01);
        let none = Stated::default();
        near(&values(&celsius, false).decide(none).expect("celsius").0, 22.0);
        near(&values(&kelvin, false).decide(none).expect("kelvin").0, 22.0);
        let tenth = Stated { scale: Some((0.1, 0.0)), ..none };
        near(&values(&tenths, true).decide(tenth).expect("tenths").0, 22.0);
        assert!(values(&tenths, true).decide(none).is_err(), "a scale is not guessed");
        assert!(values(&tenths, false).decide(none).is_err(), "200 as the coldest is neither");
    }

    /// A field that burns all over, in degrees Celsius: read as kelvin it would be ground of a spring day.
    #[test]
    fn a_picture_full_of_fire_is_not_taken_for_kelvin() {
        let fire: Vec<f64> = (0..400).map(|n| 250.0 + f64::from(n)).collect();
        assert!(values(&fire, false).decide(Stated::default()).is_err());
        let stated = Stated { unit: Some(Unit::Celsius), scale: None };
        assert!(values(&fire, false).decide(stated).is_ok_and(|(found, _)| found[0] == 250.0));
    }

    #[test]
    fn what_is_no_temperature_is_missing() {
        let mut some = vec![15.0; 100];
        (some[0], some[1], some[2], some[3], some[4]) = (f64::NAN, -9999.0, 1e30, f64::INFINITY, 2600.0);
        let (found, _) = values(&some, false).decide(Stated::default()).expect("celsius");
        assert_eq!(found.iter().filter(|value| value.is_nan()).count(), 3);
        assert_eq!(found[3..5], [2000.0; 2], "too hot for a number is hot");
        assert!(values(&[f64::NAN; 9], false).decide(Stated::default()).is_err());
    }
}
