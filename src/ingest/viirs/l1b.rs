//! VIIRS Level 1B of NASA (netCDF-4): `VNP02IMG` with `VNP03IMG`, or `VNP02MOD` with `VNP03MOD`, and the same of VJ1
//! and VJ2. Where I-band files are there, the M-band file gives M13 for the fires' power; without them the M bands are
//! searched themselves.

use super::calibrated::{DELETED, Scaling, drop_unusable, fill_kelvin, fill_marks, fill_reflectance, settle};
use super::{Channels, NO_POWER_BAND, Product, SCAN_SECONDS, Thermal, channels, satellite_of, without};
use crate::error::{Error, Result};
use crate::ingest::Note;
use crate::ingest::granule::GranuleFile;
use crate::ingest::granule::names::kind;
use crate::ingest::hdf5::{Attributes, Hdf5File};
use crate::ingest::swath::{
    Draft, Header, Opened, Part, Shortfall, Slot, SwathReader, locate, plausible_k, satellite, surface_marks,
};
use crate::place::LonLatBox;
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Instrument};
use crate::time::Utc;
use std::path::PathBuf;

const KIND: &str = "a VIIRS Level 1B netCDF-4 file";
/// Counts above are no measurements: 65532 missing, 65533 deleted on board (bow-tie), 65534 calibration failed, 65535
/// fill (flag_values and flag_meanings of the products).
const HIGHEST_COUNT: u16 = 65_527;
const BOWTIE_COUNT: u16 = 65_533;

/// Bits of `I04_quality_flags` and its like (VIIRS L1B user guide; ALGORITHMS 7.4).
mod quality {
    /// Gain of the dual-gain M bands: low, mixed in an aggregated pixel, or odd. Says nothing against the value.
    pub(super) const GAIN: u16 = 16 | 32 | 64;
    /// Saturated, or some samples of an aggregated pixel are: a lower bound.
    pub(super) const SATURATION: u16 = 4 | 128;
    pub(super) const BOWTIE: u16 = 256;
    /// The value lies outside the scale of the calibration.
    pub(super) const OUT_OF_RANGE: u16 = 2;
    /// Missing measurement, calibration failed, dead detector.
    pub(super) const UNUSABLE: u16 = 512 | 1024 | 2048;
}

/// An opened granule.
struct L1b {
    header: Header,
    data: Hdf5File,
    geo: Hdf5File,
    /// M-band measurements under I-band ones.
    power: Option<Hdf5File>,
}

/// How its files are called.
pub(crate) const PRODUCT: Product = Product {
    open,
    imagery: &[(kind::IMG, "02IMG"), (kind::IMG_GEO, "03IMG")],
    beside: &[],
    moderate: &[kind::MOD, kind::MOD_GEO],
};

/// Opens the files of a granule.
///
/// # Errors
/// When measurements or geolocation are missing, unreadable, of different granules or of another satellite.
fn open(files: &[GranuleFile], instrument: Instrument) -> Result<Opened> {
    let of = |kind: u8| files.iter().find(|file| file.band == kind);
    let imagery = instrument == Instrument::ViirsI;
    let (data, geo) = if imagery { (of(kind::IMG), of(kind::IMG_GEO)) } else { (of(kind::MOD), of(kind::MOD_GEO)) };
    let (Some(data), Some(geo)) = (data, geo) else {
        return Err(incomplete(files, imagery));
    };
    let (data, geo) = (Hdf5File::open(&data.path, KIND)?, Hdf5File::open(&geo.path, KIND)?);
    let header = header(&data, &geo, instrument, files)?;
    same_satellite(&data, &header)?;
    same_satellite(&geo, &header)?;
    let mut shortfall = Shortfall::default();
    let mut power = None;
    if imagery && of(kind::MOD).is_none() {
        shortfall.notes.push(Note::absent("02MOD", "beside it", NO_POWER_BAND));
    }
    if let Some(file) = of(kind::MOD).filter(|_| imagery) {
        match Hdf5File::open(&file.path, KIND).and_then(|file| fits(file, &header)) {
            Ok(file) => power = Some(file),
            Err(error) => shortfall.problems.push(error.advise(NO_POWER_BAND.0)),
        }
    }
    Ok((Box::new(L1b { header, data, geo, power }), shortfall))
}

fn incomplete(files: &[GranuleFile], imagery: bool) -> Error {
    let names: Vec<String> =
        files.iter().filter_map(|file| Some(file.path.file_name()?.to_string_lossy().into_owned())).collect();
    let (data, geo) = if imagery { ("02IMG", "03IMG") } else { ("02MOD", "03MOD") };
    let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
    let expected = format!("{data} and {geo} of one start time (or both of the other bands)");
    Error::input(path, format!("only {}", names.join(", ")), expected, "name the missing file too")
}

fn header(data: &Hdf5File, geo: &Hdf5File, instrument: Instrument, files: &[GranuleFile]) -> Result<Header> {
    let attributes = data.attributes()?;
    let time = start_of(data, &attributes)?;
    let stem = data.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let named = files.first().map(|file| file.start);
    if named.is_some_and(|named| named.seconds_since(time).abs() > 60.0) {
        let found = format!("time_coverage_start {}", time.rfc3339());
        let expected = format!("a start near {} as in its name", named.map(Utc::rfc3339).unwrap_or_default());
        return Err(Error::input(data.path(), found, expected, "the file was renamed or mixed up: fetch it again"));
    }
    let shape = |band: &str| Ok::<_, Error>(data.variable(&format!("observation_data/{band}"))?.shape());
    let [Thermal { band: mir, .. }, Thermal { band: tir, .. }, ..] = channels(instrument).thermal else {
        return Err(Error::input(data.path(), "no thermal bands", KIND, "fetch the file again"));
    };
    let (lines, columns) = shape(mir)?;
    if shape(tir)? != (lines, columns) {
        let found = format!("{tir} of {:?} lines and columns", shape(tir)?);
        return Err(Error::input(
            data.path(),
            found,
            format!("{lines} and {columns} as {mir}"),
            "fetch the file again",
        ));
    }
    let header = Header {
        name: stem.split('.').take(3).collect::<Vec<_>>().join("."),
        satellite: satellite_of(stem.get(0..3).unwrap_or_default()).unwrap_or("VIIRS").to_string(),
        instrument,
        time,
        scan_seconds: SCAN_SECONDS,
        lines,
        columns,
    };
    let places = geo.variable("geolocation_data/latitude")?.shape();
    if places != (lines, columns) || columns != instrument.columns() || lines % instrument.scan_lines() != 0 {
        let found = format!("{} lines of {} columns, beside measurements of {lines} by {columns}", places.0, places.1);
        let expected =
            format!("whole scans of {} lines of {} columns in both", instrument.scan_lines(), instrument.columns());
        return Err(Error::input(geo.path(), found, expected, "use the geolocation file of the same granule"));
    }
    same_granule(geo, &header)?;
    Ok(header)
}

fn start_of(file: &Hdf5File, attributes: &Attributes) -> Result<Utc> {
    let text = attributes.text("time_coverage_start").unwrap_or_default();
    Utc::parse(&text).ok_or_else(|| {
        let found = format!("time_coverage_start {text:?}");
        Error::input(file.path(), found, "a moment like 2018-11-08T20:36:00.000Z", "fetch the file again")
    })
}

/// A file that starts with the measurements and comes from their satellite.
fn fits(file: Hdf5File, header: &Header) -> Result<Hdf5File> {
    same_satellite(&file, header)?;
    same_granule(&file, header)?;
    Ok(file)
}

fn same_satellite(file: &Hdf5File, header: &Header) -> Result<()> {
    satellite::check(file.path(), &header.satellite, "platform", file.attributes()?.text("platform").as_deref())
}

/// A companion must start with the measurements.
fn same_granule(file: &Hdf5File, header: &Header) -> Result<()> {
    let time = start_of(file, &file.attributes()?)?;
    if time.seconds_since(header.time).abs() < 2.0 {
        return Ok(());
    }
    let found = format!("time_coverage_start {}", time.rfc3339());
    let expected = format!("{} as the measurements", header.time.rfc3339());
    Err(Error::input(file.path(), found, expected, "use the file of the same granule"))
}

impl L1b {
    fn channels(&self) -> Channels {
        channels(self.header.instrument)
    }

    /// Scale and offset of the counts of a band, by the names of their attributes.
    fn scaling(file: &Hdf5File, name: &str, scale: &str, offset: &str) -> Result<Scaling> {
        let attributes = file.attributes_of(name)?;
        let Some(scale) = attributes.number(scale) else {
            let found = format!("{name}: no attribute {scale}");
            return Err(Error::input(file.path(), found, "the scale of its counts", "fetch the file again"));
        };
        let offset = attributes.number(offset).unwrap_or(0.0);
        if !(scale > 0.0 && scale.is_finite() && offset.is_finite()) {
            let found = format!("{name}: a scale of {scale} and an offset of {offset}");
            return Err(Error::input(file.path(), found, "a scale above zero", "fetch the file again"));
        }
        Ok(Scaling { scale: scale as f32, offset: offset as f32, highest: HIGHEST_COUNT })
    }

    /// An angle of the geolocation, degrees, in the middle of a part.
    fn angle(&self, name: &str, part: &Part) -> Result<f64> {
        let variable = self.geo.variable(&format!("geolocation_data/{name}"))?;
        let scale = variable.attributes().number("scale_factor").unwrap_or(1.0);
        let (line, column) = part.middle();
        Ok(f64::from(variable.window::<i16>(line, column)?[(0, 0)]) * scale)
    }

    /// Temperature of every count, from the product's own table.
    fn kelvin(&self, band: &str) -> Result<Vec<f32>> {
        let name = format!("observation_data/{band}_brightness_temperature_lut");
        let mut table: Vec<f32> = self.data.table(&name)?.into_iter().map(|value| value as f32).collect();
        if table.len() != 65_536 {
            let found = format!("{name} of {} numbers", table.len());
            return Err(Error::input(self.data.path(), found, "65536, one a count", "fetch the file again"));
        }
        for (count, value) in table.iter_mut().enumerate() {
            *value = if count > usize::from(HIGHEST_COUNT) { f32::NAN } else { plausible_k(*value) };
        }
        table[usize::from(BOWTIE_COUNT)] = DELETED;
        Ok(table)
    }

    fn thermal(&self, thermal: &Thermal, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let Thermal { role, band, law } = *thermal;
        let first = (part.lines.start, part.columns.start);
        let variable = self.data.variable(&format!("observation_data/{band}"))?;
        let table = self.kelvin(band)?;
        fill_kelvin(&variable, first, draft.thermal(role, band, law.planck(), slot), &table)?;
        if role == BandRole::Tir12 {
            settle(draft, role, slot, f32::NAN);
            return Ok(());
        }
        let marks = match role {
            BandRole::Mir => (Flags::MIR_POOR, Flags::MIR_POOR.with(Flags::MIR_SATURATED)),
            _ => (Flags::TIR_POOR, Flags::TIR_POOR),
        };
        let flags = self.data.variable(&format!("observation_data/{band}_quality_flags"))?;
        fill_marks::<u16>(&flags, first, draft.flags(slot), |bits| marks_of(bits & !quality::GAIN, marks))?;
        let hottest = table.iter().copied().filter(|kelvin| kelvin.is_finite()).fold(f32::NAN, f32::max);
        settle(draft, role, slot, hottest);
        Ok(())
    }

    fn reflective(&self, (role, band): (BandRole, &str), part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let first = (part.lines.start, part.columns.start);
        let name = format!("observation_data/{band}");
        let variable = self.data.variable(&name)?;
        let scaling = Self::scaling(&self.data, &name, "scale_factor", "add_offset")?;
        let sun = draft.per_cosine();
        fill_reflectance(&variable, first, draft.reflective(role, slot), scaling, Some(&sun), slot.lines.start)?;
        let flags = self.data.variable(&format!("{name}_quality_flags"))?;
        fill_marks::<u16>(&flags, first, draft.flags(slot), |bits| {
            if bits == 0 { Flags::default() } else { Flags::REFLECTIVE_POOR }
        })
    }

    /// Radiance of M13 under the I bands.
    fn power(&self, file: &Hdf5File, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let name = "observation_data/M13";
        let variable = file.variable(name)?;
        // thermal bands are packed radiances; where a file packs another quantity it names the radiance's own scale
        let own = file.attributes_of(name)?.number("radiance_scale_factor").is_some();
        let (scale, offset) =
            if own { ("radiance_scale_factor", "radiance_add_offset") } else { ("scale_factor", "add_offset") };
        let Scaling { scale, offset, highest } = Self::scaling(file, name, scale, offset)?;
        let (out, (lines, columns)) = draft.power("M13", 2, slot, part.lines.start);
        let within = lines.end <= variable.shape().0 && columns.end <= variable.shape().1;
        if !within {
            let found = format!("M13 of {:?} lines and columns", variable.shape());
            return Err(Error::input(file.path(), found, "half of the I bands' lines and columns", "fetch it again"));
        }
        variable.fill::<u16, f32>(0, (lines.start, columns.start), out, |_, counts, values| {
            for (value, count) in values.iter_mut().zip(counts) {
                *value = if *count <= highest { f32::from(*count) * scale + offset } else { f32::NAN };
            }
        })?;
        let flags = file.variable(&format!("{name}_quality_flags"))?;
        let (out, _) = draft.power("M13", 2, slot, part.lines.start);
        drop_unusable::<u16>(&flags, (lines.start, columns.start), out, |bits| {
            bits & (quality::UNUSABLE | quality::BOWTIE | quality::SATURATION | quality::OUT_OF_RANGE) != 0
        })
    }
}

/// The marks that quality bits of a thermal band make.
fn marks_of(bits: u16, (poor, saturated): (Flags, Flags)) -> Flags {
    if bits == 0 {
        Flags::default()
    } else if bits & quality::BOWTIE != 0 {
        Flags::BOWTIE
    } else if bits & quality::UNUSABLE != 0 {
        Flags::FILL.with(poor)
    } else if bits & quality::SATURATION != 0 {
        saturated
    } else {
        poor
    }
}

impl SwathReader for L1b {
    fn header(&self) -> &Header {
        &self.header
    }

    fn locate(&self, area: &LonLatBox) -> Result<Option<Part>> {
        let variable = |name: &str| self.geo.variable(name);
        let (lat, lon) = (variable("geolocation_data/latitude")?, variable("geolocation_data/longitude")?);
        locate::locate(&lat, &lon, self.geo.path(), area)
    }

    fn file_of(&self, _role: BandRole) -> PathBuf {
        self.data.path().to_path_buf()
    }

    fn sun_zenith_deg(&self, part: &Part) -> Result<Option<f32>> {
        let degrees = self.angle("solar_zenith", part)?;
        Ok((0.0..=180.0).contains(&degrees).then_some(degrees as f32))
    }

    fn sun_azimuth_deg(&self, part: &Part) -> Result<Option<f32>> {
        let degrees = self.angle("solar_azimuth", part)?;
        Ok((-180.0..=360.0).contains(&degrees).then_some(degrees as f32))
    }

    fn read_places(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let first = (part.lines.start, part.columns.start);
        let lines = slot.lines.clone();
        for (name, out) in [("longitude", &mut draft.lon), ("latitude", &mut draft.lat)] {
            let variable = self.geo.variable(&format!("geolocation_data/{name}"))?;
            let out = out.slice_mut(ndarray::s![lines.clone(), ..]);
            variable.fill::<f32, f32>(0, first, out, |_, from, to| to.copy_from_slice(from))?;
        }
        draft.mark_places(slot);
        let mask = self.geo.variable("geolocation_data/land_water_mask")?;
        mask.fill::<u8, Flags>(0, first, draft.flags(slot), |_, values, flags| {
            for (flags, value) in flags.iter_mut().zip(values) {
                *flags = flags.with(surface_marks(*value));
            }
        })?;
        for (which, name) in ["sensor_zenith", "sensor_azimuth"].iter().enumerate() {
            let variable = self.geo.variable(&format!("geolocation_data/{name}"))?;
            let scale = variable.attributes().number("scale_factor").unwrap_or(1.0);
            draft.view_angle::<i16>(which, &variable, scale, slot, first)?;
        }
        Ok(())
    }

    fn read_bands(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Shortfall> {
        let mut problems = Vec::new();
        let is_simulated = |file: &Hdf5File| Ok::<_, Error>(file.attributes()?.number("simulated") == Some(1.0));
        draft.simulated |= is_simulated(&self.data)? || is_simulated(&self.geo)?;
        for band in self.channels().thermal {
            match self.thermal(band, part, draft, slot) {
                Err(error) if band.role == BandRole::Tir12 => {
                    draft.forget(band.role, slot);
                    problems.push(error);
                }
                other => other?,
            }
        }
        if draft.is_day(slot) {
            for (role, band) in self.channels().reflective {
                if let Err(error) = self.reflective((*role, band), part, draft, slot) {
                    draft.forget(*role, slot);
                    problems.push(error.advise(without(*role).0));
                }
            }
        }
        if let Some(file) = &self.power
            && let Err(error) = self.power(file, part, draft, slot)
        {
            draft.forget_power(slot);
            problems.push(error.advise(NO_POWER_BAND.0));
        }
        Ok(Shortfall { problems, notes: Vec::new() })
    }
}
