//! VIIRS SDR of NOAA (HDF5): `SVI01` to `SVI05` with `GITCO`, or `SVM..` with `GMTCO`, one file a band. A file may be
//! aggregated from several granules: each has its own scale and offset. The geolocation is the terrain-corrected one;
//! it carries no land/water mask, so the sea is known by the shipped mask and lakes by their colour alone.
//!
//! The arrays of a granule hold 48 scans even where it has fewer: the rest is fill at its end, which stays lines of fill in
//! the overpass and counts as missing pixels though no ground is missing there.

use super::calibrated::{
    DELETED, OUT_OF_SCALE, Scaling, drop_unusable, fill_kelvin, fill_marks, fill_reflectance, settle,
};
use super::{NO_POWER_BAND, Product, SCAN_SECONDS, Thermal, channels, satellite_of, without};
use crate::error::{Error, Result};
use crate::ingest::Note;
use crate::ingest::granule::GranuleFile;
use crate::ingest::granule::names::kind;
use crate::ingest::hdf5::{Hdf5File, Variable};
use crate::ingest::note::Consequence;
use crate::ingest::swath::{
    Draft, Header, Opened, Part, Shortfall, Slot, SwathReader, WITHOUT_TIR12, locate, plausible_k, satellite,
};
use crate::layers::land;
use crate::place::LonLatBox;
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Instrument};
use crate::time::Utc;
use ndarray::s;
use std::collections::BTreeMap;
use std::path::PathBuf;

const KIND: &str = "a VIIRS SDR HDF5 file";
/// Counts from here are no measurements (STAR user guide): 65533 was deleted on board.
const LOWEST_FILL: u16 = 65_528;
/// "Scaled out of bounds": hotter than the scale where the pixel is saturated.
const OUT_OF_BOUNDS_COUNT: usize = 65_528;
const BOWTIE_COUNT: usize = 65_533;
/// Floats below are no measurements (ALGORITHMS 7.5: -999.7 was deleted on board, -999.2 is out of bounds).
const FILL_BELOW: f32 = -999.0;
const BOWTIE_VALUE: std::ops::Range<f32> = -999.75..-999.65;
const OUT_OF_BOUNDS_VALUE: std::ops::Range<f32> = -999.25..-999.15;

/// An opened granule, or several aggregated in one set of files.
struct Sdr {
    header: Header,
    geo: Hdf5File,
    /// Bands of which a file was delivered that could not be opened: that was said.
    unusable: Vec<&'static str>,
    /// Files by band name.
    bands: BTreeMap<String, Hdf5File>,
}

/// How its files are called.
pub(crate) const PRODUCT: Product = Product {
    open,
    imagery: &[(4, "SVI04"), (5, "SVI05"), (kind::SDR_IMG_GEO, "GITCO")],
    beside: &[1, 2, 3],
    moderate: &[13 + kind::SDR_M, 15 + kind::SDR_M, kind::SDR_MOD_GEO],
};

/// Opens the files of a granule.
///
/// # Errors
/// When MIR band, window band or geolocation is missing, unreadable or of another satellite.
fn open(files: &[GranuleFile], instrument: Instrument) -> Result<Opened> {
    let of = |kind: u8| files.iter().find(|file| file.band == kind);
    let imagery = instrument == Instrument::ViirsI;
    let geo = of(if imagery { kind::SDR_IMG_GEO } else { kind::SDR_MOD_GEO });
    let Some(geo) = geo else {
        let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
        let name = if imagery { "GITCO" } else { "GMTCO" };
        let expected = format!("the terrain-corrected geolocation {name} of the same start time");
        return Err(Error::input(path, "bands without geolocation", expected, "name that file too"));
    };
    let geo = open_file(geo)?;
    let (mut bands, mut unusable, mut shortfall) = (BTreeMap::new(), Vec::new(), Shortfall::default());
    let wanted = channels(instrument);
    let thermal = wanted.thermal.iter().map(|thermal| (thermal.role, thermal.band));
    let names = thermal.chain(wanted.reflective.iter().copied()).map(|(role, name)| (Some(role), name));
    for (role, name) in names.chain(imagery.then_some((None, "M13"))) {
        let Some(file) = of(number_of(name)) else { continue };
        match open_file(file) {
            Ok(file) => {
                bands.insert(name.to_string(), file);
            }
            Err(error) if matches!(role, Some(BandRole::Mir | BandRole::Tir11)) => return Err(error),
            Err(error) => {
                unusable.push(name);
                shortfall.problems.push(match role {
                    Some(role) if !role.is_thermal() => error.advise(without(role).0),
                    Some(_) => error.advise(WITHOUT_TIR12.0),
                    None => error.advise(NO_POWER_BAND.0),
                });
            }
        }
    }
    let header = header(&geo, instrument, &bands, files)?;
    if imagery && of(number_of("M13")).is_none() {
        shortfall.notes.push(Note::absent("SVM13", "beside it", NO_POWER_BAND));
    }
    Ok((Box::new(Sdr { header, geo, unusable, bands }), shortfall))
}

/// Opens a file, which must come from the satellite of its name.
fn open_file(file: &GranuleFile) -> Result<Hdf5File> {
    let file = Hdf5File::open(&file.path, KIND)?;
    if let Some(named) = name_words(&file).next().and_then(|platform| satellite_of(&platform)) {
        let said = file.attributes()?.text("Platform_Short_Name");
        satellite::check(file.path(), named, "Platform_Short_Name", said.as_deref())?;
    }
    Ok(file)
}

/// Words of a file's name behind its product: platform, day, start.
fn name_words(file: &Hdf5File) -> impl Iterator<Item = String> {
    let name = file.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let words: Vec<String> = name.split('_').skip(1).map(str::to_string).collect();
    words.into_iter()
}

/// The number in `GranuleFile::band` of a band's file.
fn number_of(name: &str) -> u8 {
    let number = name[1..].parse().unwrap_or(0);
    if name.starts_with('M') { number + kind::SDR_M } else { number }
}

fn geo_group(instrument: Instrument) -> &'static str {
    if instrument == Instrument::ViirsI { "VIIRS-IMG-GEO-TC" } else { "VIIRS-MOD-GEO-TC" }
}

/// `I04` is `VIIRS-I4-SDR` there.
fn band_group(name: &str) -> String {
    format!("All_Data/VIIRS-{}{}-SDR_All", &name[..1], name[1..].trim_start_matches('0'))
}

fn header(
    geo: &Hdf5File,
    instrument: Instrument,
    bands: &BTreeMap<String, Hdf5File>,
    files: &[GranuleFile],
) -> Result<Header> {
    let channels = channels(instrument);
    for Thermal { role, band: name, .. } in channels.thermal.iter().filter(|band| band.role != BandRole::Tir12) {
        if !bands.contains_key(*name) {
            let beside = channels.thermal.iter().find_map(|band| bands.get(band.band)).unwrap_or(geo).path();
            let found = format!("no SV{name} ({}) beside it", role.name());
            let advice = "name that file too: these bands are not searched without it";
            return Err(Error::input(beside, found, "MIR and 11 um bands of one start time", advice));
        }
    }
    let group = geo_group(instrument);
    let (lines, columns) = geo.variable(&format!("All_Data/{group}_All/Latitude"))?.shape();
    if columns != instrument.columns() || lines % instrument.scan_lines() != 0 || lines == 0 {
        let found = format!("{lines} lines of {columns} columns");
        let expected = format!("whole scans of {} lines of {} columns", instrument.scan_lines(), instrument.columns());
        return Err(Error::input(geo.path(), found, expected, "fetch the file again"));
    }
    let named = files.first().map(|file| file.start);
    let time = beginning(geo, group)?.or(named).ok_or_else(|| {
        Error::input(geo.path(), "no time of its beginning", "AggregateBeginningDate and Time", "fetch it again")
    })?;
    if named.is_some_and(|named| named.seconds_since(time).abs() > 5.0) {
        let found = format!("a beginning at {}", time.rfc3339());
        let expected = format!("{} as in its name", named.map(Utc::rfc3339).unwrap_or_default());
        return Err(Error::input(geo.path(), found, expected, "the file was renamed or mixed up: fetch it again"));
    }
    let mut words = name_words(geo);
    let (platform, day, start) = (words.next(), words.next(), words.next());
    let words = [platform, day, start].map(Option::unwrap_or_default);
    Ok(Header {
        name: format!("VIIRS-SDR_{}", words.join("_")),
        satellite: satellite_of(&words[0]).unwrap_or("VIIRS").to_string(),
        instrument,
        time,
        scan_seconds: SCAN_SECONDS,
        lines,
        columns,
    })
}

/// `AggregateBeginningDate` 20120225 and `AggregateBeginningTime` 062034.419854Z.
fn beginning(geo: &Hdf5File, group: &str) -> Result<Option<Utc>> {
    let Ok(attributes) = geo.attributes_of(&format!("Data_Products/{group}/{group}_Aggr")) else {
        return Ok(None);
    };
    let text = |key: &str| attributes.text(key);
    let (Some(day), Some(clock)) = (text("AggregateBeginningDate"), text("AggregateBeginningTime")) else {
        return Ok(None);
    };
    let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or("").to_string();
    let moment = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(&day, 0, 4),
        part(&day, 4, 6),
        part(&day, 6, 8),
        part(&clock, 0, 2),
        part(&clock, 2, 4),
        clock.get(4..).unwrap_or("").trim_end_matches('Z')
    );
    Utc::parse(&moment).map(Some).ok_or_else(|| {
        Error::input(geo.path(), format!("{day} {clock}"), "a date and a time of its beginning", "fetch it again")
    })
}

impl Sdr {
    fn geo(&self, name: &str) -> Result<Variable<'_>> {
        self.geo.variable(&format!("All_Data/{}_All/{name}", geo_group(self.header.instrument)))
    }

    /// A band's file, which must have the lines of the geolocation (or, M13 under I bands, half of them).
    fn band(&self, name: &str, ratio: usize) -> Result<&Hdf5File> {
        let path = self.geo.path();
        let file = self.bands.get(name).ok_or_else(|| {
            Error::input(path, format!("no file of band {name}"), format!("band {name} too"), "name that file too")
        })?;
        let shape = file.variable(&format!("{}/Radiance", band_group(name)));
        let shape = shape.or_else(|_| file.variable(&format!("{}/BrightnessTemperature", band_group(name))))?.shape();
        let expected = (self.header.lines / ratio, self.header.columns / ratio);
        if shape == expected {
            return Ok(file);
        }
        let (found, expected) = (format!("{shape:?} lines and columns"), format!("{expected:?} as the geolocation"));
        Err(Error::input(file.path(), found, expected, "use the files of one granule together"))
    }

    /// Values of a stored quantity, slot by slot of the aggregated granules, each with its own scale and offset.
    fn by_granule(
        &self,
        file: &Hdf5File,
        name: &str,
        part: &Part,
        mut put: impl FnMut(&Variable, &Part, Scaling) -> Result<()>,
    ) -> Result<()> {
        let variable = file.variable(name)?;
        let factors = file.table(&format!("{name}Factors"))?;
        let granules = factors.len() / 2;
        if granules == 0 || variable.shape().0 % granules != 0 {
            let found = format!("{name}: {} factors for {} lines", factors.len(), variable.shape().0);
            return Err(Error::input(file.path(), found, "a scale and an offset for each granule", "fetch it again"));
        }
        let lines = variable.shape().0 / granules;
        for (i, pair) in factors.chunks_exact(2).enumerate() {
            let own = part.lines.start.max(i * lines)..part.lines.end.min((i + 1) * lines);
            if own.is_empty() {
                continue;
            }
            // -999.x where that granule is missing
            let known = pair[0] > 0.0 && pair.iter().all(|factor| factor.is_finite());
            let scale = if known { pair[0] as f32 } else { f32::NAN };
            let scaling = Scaling { scale, offset: pair[1] as f32, highest: LOWEST_FILL - 1 };
            put(&variable, &Part { lines: own, columns: part.columns.clone() }, scaling)?;
        }
        Ok(())
    }

    fn thermal(&self, thermal: &Thermal, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let Thermal { role, band, law } = *thermal;
        let file = self.band(band, 1)?;
        let name = format!("{}/BrightnessTemperature", band_group(band));
        let first = (part.lines.start, part.columns.start);
        let of_slot = |own: &Part| {
            let shift = own.lines.start - part.lines.start;
            Slot { lines: slot.lines.start + shift..slot.lines.start + shift + own.lines.len() }
        };
        // M13 alone is stored as floats; its low gain ends at 634 K (ALGORITHMS 2.1)
        let mut hottest = 634.0;
        if file.variable(&name)?.holds::<f32>() {
            let variable = file.variable(&name)?;
            let out = draft.thermal(role, band, law.planck(), slot);
            variable.fill::<f32, f32>(0, first, out, |_, from, to| {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = match from {
                        fill if BOWTIE_VALUE.contains(fill) => DELETED,
                        fill if OUT_OF_BOUNDS_VALUE.contains(fill) => OUT_OF_SCALE,
                        kelvin => plausible_k(*kelvin),
                    };
                }
            })?;
        } else {
            hottest = f32::NAN;
            self.by_granule(file, &name, part, |variable, own, Scaling { scale, offset, highest }| {
                let (first, slot) = ((own.lines.start, own.columns.start), of_slot(own));
                let kelvin = |count: u16| plausible_k(f32::from(count) * scale + offset);
                let mut table: Vec<f32> = (0..=u16::MAX).map(kelvin).collect();
                hottest = hottest.max(table[usize::from(highest)]);
                table[usize::from(highest) + 1..].fill(f32::NAN);
                (table[OUT_OF_BOUNDS_COUNT], table[BOWTIE_COUNT]) = (OUT_OF_SCALE, DELETED);
                fill_kelvin(variable, first, draft.thermal(role, band, law.planck(), &slot), &table)
            })?;
        }
        if role == BandRole::Tir12 {
            settle(draft, role, slot, f32::NAN);
            return Ok(());
        }
        let marks = match role {
            BandRole::Mir => (Flags::MIR_POOR, Flags::MIR_POOR.with(Flags::MIR_SATURATED)),
            _ => (Flags::TIR_POOR, Flags::TIR_POOR),
        };
        fill_marks::<u8>(&self.quality(file, band)?, first, draft.flags(slot), |bits| match bits {
            0 => Flags::default(),
            // bits 2 and 3: some (1) or all (2) of an aggregated pixel is saturated (ALGORITHMS 7.6): a lower bound
            bits if bits >> 2 & 3 != 0 => marks.1,
            _ => marks.0,
        })?;
        settle(draft, role, slot, hottest);
        Ok(())
    }

    /// The note of a band of which no file was delivered, and what follows.
    fn absent(&self, band: &str, follows: Consequence) -> Option<Note> {
        let said = self.unusable.contains(&band);
        (!said).then(|| Note::absent(&format!("SV{band}"), "beside it", follows))
    }

    fn quality<'f>(&self, file: &'f Hdf5File, band: &str) -> Result<Variable<'f>> {
        file.variable(&format!("{}/QF1_VIIRS{}BANDSDR", band_group(band), &band[..1]))
    }

    fn reflective(&self, (role, band): (BandRole, &str), part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let file = self.band(band, 1)?;
        let name = format!("{}/Reflectance", band_group(band));
        self.by_granule(file, &name, part, |variable, own, scaling| {
            let shift = own.lines.start - part.lines.start;
            let start = slot.lines.start + shift;
            let slot = Slot { lines: start..start + own.lines.len() };
            // the SDR's reflectance is divided by the cosine of the sun's zenith angle already
            let first = (own.lines.start, own.columns.start);
            fill_reflectance(variable, first, draft.reflective(role, &slot), scaling, None, start)
        })?;
        let first = (part.lines.start, part.columns.start);
        fill_marks::<u8>(&self.quality(file, band)?, first, draft.flags(slot), |bits| {
            if bits == 0 { Flags::default() } else { Flags::REFLECTIVE_POOR }
        })
    }

    /// Radiance of M13 under the I bands.
    fn power(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let file = self.band("M13", 2)?;
        let variable = file.variable(&format!("{}/Radiance", band_group("M13")))?;
        let (out, (lines, columns)) = draft.power("M13", 2, slot, part.lines.start);
        variable.fill::<f32, f32>(0, (lines.start, columns.start), out, |_, from, to| {
            for (to, from) in to.iter_mut().zip(from) {
                *to = if *from > FILL_BELOW { *from } else { f32::NAN };
            }
        })?;
        let (out, _) = draft.power("M13", 2, slot, part.lines.start);
        // bits 0 and 1: good, poor, no calibration; bits 2 and 3: some or all of an aggregated pixel is saturated
        drop_unusable::<u8>(&self.quality(file, "M13")?, (lines.start, columns.start), out, |bits| {
            bits & 3 >= 2 || bits >> 2 & 3 != 0
        })
    }
}

impl SwathReader for Sdr {
    fn header(&self) -> &Header {
        &self.header
    }

    fn locate(&self, area: &LonLatBox) -> Result<Option<Part>> {
        locate::locate(&self.geo("Latitude")?, &self.geo("Longitude")?, self.geo.path(), area)
    }

    fn file_of(&self, role: BandRole) -> PathBuf {
        let band = channels(self.header.instrument).thermal.iter().find(|band| band.role == role);
        band.and_then(|band| self.bands.get(band.band)).unwrap_or(&self.geo).path().to_path_buf()
    }

    fn sun_zenith_deg(&self, part: &Part) -> Result<Option<f32>> {
        let (line, column) = part.middle();
        let degrees = self.geo("SolarZenithAngle")?.window::<f32>(line, column)?[(0, 0)];
        Ok((0.0..=180.0).contains(&degrees).then_some(degrees))
    }

    fn sun_azimuth_deg(&self, part: &Part) -> Result<Option<f32>> {
        let (line, column) = part.middle();
        let degrees = self.geo("SolarAzimuthAngle")?.window::<f32>(line, column)?[(0, 0)];
        Ok((-180.0..=360.0).contains(&degrees).then_some(degrees))
    }

    fn read_places(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let first = (part.lines.start, part.columns.start);
        let lines = slot.lines.clone();
        for (name, out) in [("Longitude", &mut draft.lon), ("Latitude", &mut draft.lat)] {
            let out = out.slice_mut(s![lines.clone(), ..]);
            self.geo(name)?.fill::<f32, f32>(0, first, out, |_, from, to| {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = if *from > FILL_BELOW { *from } else { f32::NAN };
                }
            })?;
        }
        draft.mark_places(slot);
        draft.mark_sea(slot, land::is_land);
        for (which, name) in ["SatelliteZenithAngle", "SatelliteAzimuthAngle"].iter().enumerate() {
            draft.view_angle::<f32>(which, &self.geo(name)?, 1.0, slot, first)?;
        }
        Ok(())
    }

    fn read_bands(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Shortfall> {
        let (mut problems, mut notes) = (Vec::new(), Vec::new());
        for file in self.bands.values().chain([&self.geo]) {
            draft.simulated |= file.attributes()?.number("simulated") == Some(1.0);
        }
        let channels = channels(self.header.instrument);
        for band in channels.thermal {
            if band.role == BandRole::Tir12 && !self.bands.contains_key(band.band) {
                notes.extend(self.absent(band.band, WITHOUT_TIR12));
                continue;
            }
            match self.thermal(band, part, draft, slot) {
                Err(error) if band.role == BandRole::Tir12 => {
                    draft.forget(band.role, slot);
                    problems.push(error);
                }
                other => other?,
            }
        }
        if draft.is_day(slot) {
            for (role, band) in channels.reflective {
                if !self.bands.contains_key(*band) {
                    notes.extend(self.absent(band, without(*role)));
                    continue;
                }
                if let Err(error) = self.reflective((*role, band), part, draft, slot) {
                    draft.forget(*role, slot);
                    problems.push(error.advise(without(*role).0));
                }
            }
        }
        if self.header.instrument == Instrument::ViirsI
            && self.bands.contains_key("M13")
            && let Err(error) = self.power(part, draft, slot)
        {
            draft.forget_power(slot);
            problems.push(error.advise(NO_POWER_BAND.0));
        }
        Ok(Shortfall { problems, notes })
    }
}
