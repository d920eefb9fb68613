//! The NOAA SDR files SVI01 to SVI05 and SVM..: counts with factors of their own for every granule of 48 scans.
//!
//! Layout after listings of a real file in the HDF5 library's own tutorial on JPSS files [C]: big-endian numbers, one
//! chunk a granule (768 by 3200 of the M bands), a user block of 1024 bytes with XML, granule arrays of 48 scans, codes
//! 65529 where nothing was written, QF1 2 on deleted pixels, quality bits 0-1. There the arrays have no filter; here they
//! are shuffled and deflated, which readers do not see. By night the reflective files are there and hold only codes [C].
//! Factors [M]; ours differ a little from granule to granule, so that a reader must not take the first pair for all.
//! Real files of several granules have granules of 47 scans among those of 48; the arrays hold 48 scans all the same
//! (6 granules are 4608 lines of the M bands, 9 are 6912) [C: satpy #1256, #1771]: `--short-first` makes such a file, with
//! the missing scan filled up at the end of its granule.
//! Not as in reality: attributes are 1 long instead of 1 by 1, `_Gran_` datasets hold object instead of region references,
//! the superblock is newer, the arrays cannot grow.

use super::bands::{Limits, Reading, ViirsBand};
use super::geometry::deleted;
use super::sdr_file::{self, Product, SCANS};
use super::sdr_geo;
use super::{Granule, Resolution, l1b};
use crate::error::Result;
use crate::swath::h5::{Array, Order};
use crate::swath::inverse::Inverse;
use crate::swath::scanner::Scanner;
use crate::swath::scene::{Channel, Exposure, Overpass};
use rayon::prelude::*;
use std::path::Path;

/// Codes of the 16-bit arrays and of the float ones [C: SATPY].
const NOT_THERE: (u16, f32) = (65_529, -999.3);
const TRIMMED: (u16, f32) = (65_533, -999.7);
const OUT_OF_BOUNDS: (u16, f32) = (65_528, -999.2);
/// The largest count that measures something.
const TOP: f64 = 65_527.0;
/// QF1: quality in bits 0-1 (1 poor, 2 none), saturation in bits 2-3 (2 all samples) [C:STAR].
const NO_CALIBRATION: u8 = 2;
const POOR_AND_SATURATED: u8 = 1 | (2 << 2);
/// Scans that are exposed together.
const BATCH: usize = 16;

/// Writes the files of an overpass; a granule here is a file that holds several granules of the SDR.
pub fn write(
    out: &Path,
    overpass: &Overpass,
    resolutions: &[Resolution],
    files: &[Granule],
    short_first: bool,
) -> Result<Vec<String>> {
    let first = if short_first { SCANS - 1 } else { SCANS };
    let mut names = Vec::new();
    for resolution in resolutions {
        let channels = l1b::channels(overpass, resolution);
        for file in files {
            names.extend(write_file(out, overpass, resolution, &channels, file, first)?);
        }
    }
    names.sort();
    Ok(names)
}

fn write_file(
    out: &Path,
    overpass: &Overpass,
    resolution: &Resolution,
    channels: &[Channel],
    file: &Granule,
    first: usize,
) -> Result<Vec<String>> {
    let scanner = &resolution.scanner;
    let granules = file.pieces(overpass, first, SCANS);
    let padded = granules.len() * SCANS;
    let mut sheets: Vec<Sheet> = resolution
        .bands
        .iter()
        .zip(channels)
        .map(|(band, channel)| Sheet::new(band, channel, scanner, padded, file.night))
        .collect();
    let mut places = sdr_geo::Places::new(scanner, padded);
    for (number, granule) in granules.iter().enumerate() {
        for first in (0..granule.scans).step_by(BATCH) {
            let last = (first + BATCH).min(granule.scans);
            let exposures: Vec<Exposure> = (first..last)
                .into_par_iter()
                .map(|scan| overpass.expose(scanner, channels, granule.first_scan + scan))
                .collect();
            for seen in &exposures {
                sheets.par_iter_mut().enumerate().for_each(|(band, sheet)| {
                    sheet.add(seen, &seen.radiances[band], number, scanner);
                });
                places.add(seen);
            }
        }
        let missing = (SCANS - granule.scans) * scanner.lines * scanner.columns();
        sheets.iter_mut().for_each(|sheet| sheet.pad(missing));
        places.pad(missing);
    }
    let geo = sdr_file::name(sdr_geo::prefix(resolution), file);
    let mut names = vec![geo.clone()];
    let product = sdr_geo::product(resolution);
    sdr_file::write(&out.join(&geo), &product, file, &granules, &geo, places.arrays(overpass, &granules))?;
    for sheet in sheets {
        let product = Product::of_band(sheet.band.name);
        let name = sdr_file::name(&product.prefix, file);
        sdr_file::write(&out.join(&name), &product, file, &granules, &geo, sheet.arrays(granules.len()))?;
        names.push(name);
    }
    Ok(names)
}

/// How the values of one array are written.
enum Scale {
    /// 16-bit counts: value = count x factor + offset, the factor growing with the granule.
    Counts(f64, f64),
    /// Floats as they are: the dual-gain band M13.
    Floats,
}

impl Scale {
    fn factors(&self, granule: usize) -> (f64, f64) {
        match self {
            Scale::Counts(factor, offset) => (factor * (1.0 + 0.002 * granule as f64), *offset),
            Scale::Floats => (1.0, 0.0),
        }
    }

    fn put(&self, array: &mut Array, values: &[Value], granule: usize) {
        let (factor, offset) = self.factors(granule);
        match self {
            Scale::Counts(..) => array.extend(values.iter().map(|value| match value {
                Value::Is(x) => {
                    let count = ((x - offset) / factor).round();
                    if (0.0..=TOP).contains(&count) { count as u16 } else { OUT_OF_BOUNDS.0 }
                }
                Value::Code((code, _)) => *code,
            })),
            Scale::Floats => array.extend(values.iter().map(|value| match value {
                Value::Is(x) => *x as f32,
                Value::Code((_, code)) => *code,
            })),
        }
    }
}

/// A value or the code for its absence (in 16 bits, as a float).
#[derive(Clone, Copy)]
enum Value {
    Is(f64),
    Code((u16, f32)),
}

/// The arrays of one band under construction.
struct Sheet<'a> {
    band: &'a ViirsBand,
    white: f64,
    limits: Limits,
    inverse: Option<Inverse>,
    night: bool,
    primary: (Array, Scale),
    radiance: (Array, Scale),
    flags: Array,
}

impl<'a> Sheet<'a> {
    fn new(band: &'a ViirsBand, channel: &Channel, scanner: &Scanner, scans: usize, night: bool) -> Sheet<'a> {
        let shape = [scans * scanner.lines, scanner.columns()];
        let chunk = [SCANS * scanner.lines, scanner.columns()];
        let grid = |scale: &Scale| match scale {
            Scale::Counts(..) => Array::of::<u16>(Order::Big, &shape).chunked(&chunk, sdr_file::DEFLATE),
            Scale::Floats => Array::of::<f32>(Order::Big, &shape).chunked(&chunk, sdr_file::DEFLATE),
        };
        let limits = band.limits(&channel.optics);
        let full = limits.full();
        let (primary, radiance) = match (band.emissive(), band.low_gain_k) {
            (true, Some(_)) => (Scale::Floats, Scale::Floats),
            (true, None) => (temperature_scale(band), Scale::Counts(1.02 * full / TOP, -0.01 * full)),
            (false, _) => (Scale::Counts(1.6 / TOP, 0.0), Scale::Counts(1.02 * full / TOP, 0.0)),
        };
        Sheet {
            band,
            white: channel.optics.white(),
            inverse: band.emissive().then(|| Inverse::of(&channel.optics)),
            limits,
            night,
            primary: (grid(&primary), primary),
            radiance: (grid(&radiance), radiance),
            flags: Array::of::<u8>(Order::Big, &shape).chunked(&chunk, sdr_file::DEFLATE),
        }
    }

    fn add(&mut self, seen: &Exposure, radiances: &[f32], granule: usize, scanner: &Scanner) {
        let columns = seen.view.columns;
        let rows: Vec<(Value, Value, u8)> = radiances
            .iter()
            .enumerate()
            .map(|(i, radiance)| {
                if deleted(scanner, i / columns, i % columns) {
                    (Value::Code(TRIMMED), Value::Code(TRIMMED), NO_CALIBRATION)
                } else {
                    self.pixel(f64::from(*radiance), seen.view.sun_zenith[i])
                }
            })
            .collect();
        let primary: Vec<Value> = rows.iter().map(|row| row.0).collect();
        let radiance: Vec<Value> = rows.iter().map(|row| row.1).collect();
        self.primary.1.put(&mut self.primary.0, &primary, granule);
        self.radiance.1.put(&mut self.radiance.0, &radiance, granule);
        self.flags.extend(rows.iter().map(|row| row.2));
    }

    fn pixel(&self, radiance: f64, sun_zenith: f32) -> (Value, Value, u8) {
        if self.night && !self.band.emissive() {
            return (Value::Code(NOT_THERE), Value::Code(NOT_THERE), NO_CALIBRATION);
        }
        let reading = self.limits.read(radiance);
        let flags = if matches!(reading, Reading::Good(_)) { 0 } else { POOR_AND_SATURATED };
        let radiance = reading.radiance();
        let primary = match &self.inverse {
            Some(inverse) => Value::Is(inverse.kelvin(radiance.max(1e-6))),
            // The reflectance of the SDR is divided by the cosine of the Sun's zenith [C: SATPY takes it as such].
            None => match f64::from(sun_zenith).to_radians().cos() {
                cos if cos > 0.01 => Value::Is((radiance / self.white / cos).max(0.0)),
                _ => Value::Code(NOT_THERE),
            },
        };
        (primary, Value::Is(radiance), flags)
    }

    /// Fills what is missing of a granule.
    fn pad(&mut self, pixels: usize) {
        let missing = vec![Value::Code(NOT_THERE); pixels];
        self.primary.1.put(&mut self.primary.0, &missing, 0);
        self.radiance.1.put(&mut self.radiance.0, &missing, 0);
        self.flags.extend(std::iter::repeat_n(NO_CALIBRATION, pixels));
    }

    fn arrays(self, granules: usize) -> Vec<(String, Array)> {
        let kind = if self.band.emissive() { "BrightnessTemperature" } else { "Reflectance" };
        let resolution = &self.band.name[..1];
        let mut arrays = Vec::new();
        for (name, (array, scale)) in [(kind, self.primary), ("Radiance", self.radiance)] {
            if let Scale::Counts(..) = scale {
                let factors: Vec<f32> = (0..granules)
                    .flat_map(|g| {
                        let (factor, offset) = scale.factors(g);
                        [factor as f32, offset as f32]
                    })
                    .collect();
                arrays.push((format!("{name}Factors"), Array::with(Order::Big, &[2 * granules], factors)));
            }
            arrays.push((name.to_string(), array));
        }
        arrays.push((format!("QF1_VIIRS{resolution}BANDSDR"), self.flags));
        arrays
    }
}

/// I4 from 203 K in steps of 2.5 mK; the long waves from 111 K in 4.1 mK [M].
fn temperature_scale(band: &ViirsBand) -> Scale {
    if band.band.central_um < 5.0 { Scale::Counts(0.0025, 203.0) } else { Scale::Counts(0.0041, 111.0) }
}
