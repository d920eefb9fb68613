//! MODIS Level 1B at 1 km: `MOD021KM` with `MOD03` (Terra), `MYD021KM` with `MYD03` (Aqua), HDF4.
//!
//! MODIS Level 1B Product User's Guide: radiance (DN - offset) scale; reflectance (not divided by the cosine of the
//! sun's zenith angle) likewise; counts above 32767 are codes.

use super::granule::GranuleFile;
use super::granule::names::kind;
use super::hdf4::Hdf4File;
use super::swath::{
    Draft, Header, Opened, Part, Shortfall, Slot, SwathReader, locate, plausible_k, satellite, without,
};
use crate::error::{Error, Result};
use crate::place::LonLatBox;
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Instrument, Reflectance};
use crate::time::Utc;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use ndarray::{Array2, Zip};
use std::path::PathBuf;

const KIND: &str = "a MODIS Level 1B HDF4 file";
const EMISSIVE: &str = "EV_1KM_Emissive";
const HIGHEST_COUNT: u16 = 32_767;
/// The detector was saturated.
const SATURATED: u16 = 65_533;
/// Seconds from scan to scan: 20.3 turns a minute, two mirror sides.
const SCAN_SECONDS: f64 = 1.4771;
/// Band 22 saturates near this; from there band 21 is used \[C2\] (ALGORITHMS 1.1).
const BAND_22_SATURATION_K: f32 = 331.0;

/// h, c and k of the MODIS product (ALGORITHMS 7.3).
const PRODUCT_CONSTANTS: (f64, f64, f64) = (6.626_075_5e-34, 2.997_924_6e8, 1.380_658e-23);
/// A thermal band: name, effective wavenumber (cm-1), slope and intercept (K) of the temperature correction; Terra's,
/// which the readers in use apply to Aqua too \[M\].
#[derive(Debug, Clone, Copy)]
struct Thermal(&'static str, f64, f64, f64);

const B21: Thermal = Thermal("21", 2505.277, 0.999_864_6, 0.092_626_64);
const B22: Thermal = Thermal("22", 2518.028, 0.999_858_4, 0.097_579_96);
const B31: Thermal = Thermal("31", 908.0884, 0.999_560_8, 0.130_269_9);
const B32: Thermal = Thermal("32", 831.5399, 0.999_725_6, 0.071_818_33);
/// Role, array and band of the reflective bands.
const REFLECTIVE: [(BandRole, &str, &str); 3] = [
    (BandRole::Red, "EV_250_Aggr1km_RefSB", "1"),
    (BandRole::Nir, "EV_250_Aggr1km_RefSB", "2"),
    (BandRole::Swir22, "EV_500_Aggr1km_RefSB", "7"),
];

fn law(Thermal(_, wavenumber, tcs, tci): Thermal) -> PlanckLaw {
    let (h, c, k) = PRODUCT_CONSTANTS;
    PlanckLaw {
        to_brightness: [-tci / tcs, 1.0 / tcs, 0.0],
        from_brightness: [tci, tcs, 0.0],
        ..PlanckLaw::at_wavelength(1e4 / wavenumber, h, c, k)
    }
}

/// The law that turns MIR temperatures into radiances for the fires' power: one wavelength, for which the coefficient of
/// the power holds. With the laws of the bands power is 2 (band 22) to 5 per cent (band 21) above what MOD14 prints.
fn power_law() -> PlanckLaw {
    PlanckLaw::at_wavelength(3.96, PLANCK_H, LIGHT_C, BOLTZMANN_K)
}

struct Modis {
    header: Header,
    data: Hdf4File,
    geo: Hdf4File,
}

/// Opens measurements and geolocation of a granule.
///
/// # Errors
/// When one is missing, unreadable or of another granule.
pub(crate) fn open(files: &[GranuleFile]) -> Result<Opened> {
    let of = |kind: u8| files.iter().find(|file| file.band == kind);
    let (Some(data), Some(geo)) = (of(kind::MOD), of(kind::MOD_GEO)) else {
        let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
        let (found, expected) = ("one of the two files", "MOD021KM and MOD03 (or MYD) of one start time");
        return Err(Error::input(path, found, expected, "name the missing file too"));
    };
    let named = data.start;
    let (data, geo) = (Hdf4File::open(&data.path, KIND)?, Hdf4File::open(&geo.path, KIND)?);
    geo.verify()?;
    let time = beginning(&data)?;
    if time.seconds_since(named).abs() > 60.0 {
        let expected = format!("a start near {} as in its name", named.rfc3339());
        let advice = "the file was renamed or mixed up: fetch it again";
        return Err(Error::input(data.path(), format!("a start at {}", time.rfc3339()), expected, advice));
    }
    let of_geo = beginning(&geo)?;
    if of_geo.seconds_since(time).abs() > 2.0 {
        let expected = format!("{} as the measurements", time.rfc3339());
        let found = format!("a start at {}", of_geo.rfc3339());
        return Err(Error::input(geo.path(), found, expected, "use the geolocation file of the same granule"));
    }
    let shape = data.shape(EMISSIVE)?;
    let places = geo.shape("Latitude")?;
    let [_, lines, columns] = shape[..] else {
        let found = format!("{EMISSIVE} of {shape:?}");
        return Err(Error::input(data.path(), found, "bands, lines and columns", "fetch the file again"));
    };
    if places != [lines, columns] || columns != Instrument::Modis.columns() || lines % 10 != 0 {
        let found = format!("places of {places:?} beside measurements of {lines} lines and {columns} columns");
        let expected = "whole scans of 10 lines of 1354 columns in both";
        return Err(Error::input(geo.path(), found, expected, "use the geolocation file of the same granule"));
    }
    let stem = data.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let header = Header {
        name: stem.split('.').take(3).collect::<Vec<_>>().join("."),
        satellite: if stem.starts_with("MYD") { "Aqua" } else { "Terra" }.to_string(),
        instrument: Instrument::Modis,
        time,
        scan_seconds: SCAN_SECONDS,
        lines,
        columns,
    };
    // an entry of a numbered container in the metadata: GDAL keeps its number
    let key = "ASSOCIATEDPLATFORMSHORTNAME";
    for file in [&data, &geo] {
        let said = file.text(&format!("{key}.1")).or_else(|| file.text(key));
        satellite::check(file.path(), &header.satellite, key, said.as_deref())?;
    }
    Ok((Box::new(Modis { header, data, geo }), Shortfall::default()))
}

/// `RANGEBEGINNINGDATE` 2018-11-08 and `RANGEBEGINNINGTIME` 19:50:00.000000 of the core metadata.
fn beginning(file: &Hdf4File) -> Result<Utc> {
    let text = |key: &str| file.text(key).unwrap_or_default();
    let (day, clock) = (text("RANGEBEGINNINGDATE"), text("RANGEBEGINNINGTIME"));
    Utc::parse(&format!("{day}T{clock}Z")).ok_or_else(|| {
        let found = format!("RANGEBEGINNINGDATE {day:?}, RANGEBEGINNINGTIME {clock:?}");
        Error::input(file.path(), found, "a date and a time in CoreMetadata.0", "fetch the file again")
    })
}

/// Whether a count is a measurement, and whether it stands for a saturated one.
enum Count {
    Measured(u16),
    Saturated,
    None,
}

impl Count {
    fn of(count: u16) -> Self {
        match count {
            0..=HIGHEST_COUNT => Count::Measured(count),
            SATURATED => Count::Saturated,
            _ => Count::None,
        }
    }
}

impl Modis {
    /// Place of a band in its array, and the scale and offset of its counts.
    fn scaling(&self, array: &str, band: &str, quantity: &str) -> Result<(usize, f64, f64)> {
        let names = self.data.text_of(array, "band_names")?.unwrap_or_default();
        let layer = names.split(',').position(|name| name.trim() == band);
        let scales = self.data.numbers(array, &format!("{quantity}_scales"))?;
        let offsets = self.data.numbers(array, &format!("{quantity}_offsets"))?;
        let row = layer.and_then(|layer| Some((layer, *scales.get(layer)?, *offsets.get(layer)?)));
        let row = row.filter(|(_, scale, offset)| *scale > 0.0 && scale.is_finite() && offset.is_finite());
        row.ok_or_else(|| {
            let found = format!("{array}: band_names {names:?} with {quantity}_scales {scales:?}");
            let expected = format!("band {band} with its scale (above zero) and offset");
            Error::input(self.data.path(), found, expected, "fetch the file again")
        })
    }

    /// Temperature of every count of a thermal band, and its counts in a part.
    fn thermal(&self, band: Thermal, part: &Part) -> Result<(Array2<u16>, Vec<f32>)> {
        let (layer, scale, offset) = self.scaling(EMISSIVE, band.0, "radiance")?;
        let law = law(band);
        let kelvin = |count: u16| plausible_k(law.temperature_k((f64::from(count) - offset) * scale) as f32);
        let table = (0..=HIGHEST_COUNT).map(kelvin).collect();
        Ok((self.data.window(EMISSIVE, Some(layer), &part.lines, &part.columns)?, table))
    }

    /// An angle of the geolocation, degrees, in the middle of a part.
    fn angle(&self, name: &str, part: &Part) -> Result<f64> {
        let scale = self.geo.numbers(name, "scale_factor")?.first().copied().unwrap_or(0.01);
        let (line, column) = part.middle();
        Ok(f64::from(self.geo.window::<i16>(name, None, &line, &column)?[(0, 0)]) * scale)
    }

    /// MIR: band 22 where it measures, else band 21 (ALGORITHMS 1.1).
    fn mir(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        // in the order in which they lie in the file: it is one stream
        let (fire, fire_table) = self.thermal(B21, part)?;
        let (fine, fine_table) = self.thermal(B22, part)?;
        let hottest = fire_table.last().copied().unwrap_or(f32::NAN);
        let read = |fine: u16, fire: u16| match (Count::of(fine), Count::of(fire)) {
            (Count::Measured(count), _) if fine_table[usize::from(count)] < BAND_22_SATURATION_K => {
                (fine_table[usize::from(count)], Flags::default())
            }
            (_, Count::Measured(count)) => (fire_table[usize::from(count)], Flags::default()),
            (_, Count::Saturated) => (hottest, Flags::MIR_SATURATED.with(Flags::MIR_POOR)),
            // past the end of band 22, and band 21 says nothing: a lower bound of a fire
            (Count::Measured(count), Count::None) => {
                (fine_table[usize::from(count)], Flags::MIR_SATURATED.with(Flags::MIR_POOR))
            }
            (Count::Saturated, Count::None) => (BAND_22_SATURATION_K, Flags::MIR_SATURATED.with(Flags::MIR_POOR)),
            _ => (f32::NAN, Flags::FILL),
        };
        let value = |fine: u16, fire: u16| {
            let (value, flags) = read(fine, fire);
            (value, if value.is_nan() { Flags::FILL } else { flags })
        };
        Zip::from(draft.thermal(BandRole::Mir, "B22/B21", power_law(), slot))
            .and(&fine)
            .and(&fire)
            .par_for_each(|out, fine, fire| *out = value(*fine, *fire).0);
        Zip::from(draft.flags(slot))
            .and(&fine)
            .and(&fire)
            .par_for_each(|flags, fine, fire| *flags = flags.with(value(*fine, *fire).1));
        Ok(())
    }

    fn tir(&self, role: BandRole, band: Thermal, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let (counts, table) = self.thermal(band, part)?;
        let value = |count: u16| match Count::of(count) {
            Count::Measured(count) => table[usize::from(count)],
            Count::Saturated => table[usize::from(HIGHEST_COUNT)],
            Count::None => f32::NAN,
        };
        Zip::from(draft.thermal(role, &format!("B{}", band.0), law(band), slot))
            .and(&counts)
            .par_for_each(|out, count| *out = value(*count));
        if role == BandRole::Tir11 {
            Zip::from(draft.flags(slot)).and(&counts).par_for_each(|flags, count| {
                if value(*count).is_nan() {
                    *flags = flags.with(Flags::FILL);
                }
            });
        }
        Ok(())
    }

    fn reflective(
        &self,
        (role, array, band): (BandRole, &str, &str),
        part: &Part,
        draft: &mut Draft,
        slot: &Slot,
    ) -> Result<()> {
        let (layer, scale, offset) = self.scaling(array, band, "reflectance")?;
        let counts: Array2<u16> = self.data.window(array, Some(layer), &part.lines, &part.columns)?;
        let per_cosine = draft.per_cosine();
        let start = slot.lines.start;
        let value = |(line, column): (usize, usize), count: u16| {
            let count = match Count::of(count) {
                Count::Measured(count) => count,
                // bright beyond the scale: cloud or glint, which must not pass for dark ground
                Count::Saturated => HIGHEST_COUNT,
                Count::None => return Reflectance::NONE,
            };
            let factor = per_cosine.at((start + line, column));
            Reflectance::of(((f64::from(count) - offset) * scale) as f32 * factor)
        };
        let out = draft.reflective(role, slot);
        Zip::indexed(out).and(&counts).par_for_each(|at, out, count| *out = value(at, *count));
        Ok(())
    }
}

impl SwathReader for Modis {
    fn header(&self) -> &Header {
        &self.header
    }

    fn locate(&self, area: &LonLatBox) -> Result<Option<Part>> {
        let whole = (0..self.header.lines, 0..self.header.columns);
        let lats: Array2<f32> = self.geo.window("Latitude", None, &whole.0, &whole.1)?;
        let lons: Array2<f32> = self.geo.window("Longitude", None, &whole.0, &whole.1)?;
        locate::locate_in(&lats, &lons, self.geo.path(), area)
    }

    fn file_of(&self, _role: BandRole) -> PathBuf {
        self.data.path().to_path_buf()
    }

    fn sun_zenith_deg(&self, part: &Part) -> Result<Option<f32>> {
        let degrees = self.angle("SolarZenith", part)?;
        Ok((0.0..=180.0).contains(&degrees).then_some(degrees as f32))
    }

    fn sun_azimuth_deg(&self, part: &Part) -> Result<Option<f32>> {
        let degrees = self.angle("SolarAzimuth", part)?;
        Ok((-180.0..=360.0).contains(&degrees).then_some(degrees as f32))
    }

    fn read_places(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let (lines, columns) = (&part.lines, &part.columns);
        let lats: Array2<f32> = self.geo.window("Latitude", None, lines, columns)?;
        let lons: Array2<f32> = self.geo.window("Longitude", None, lines, columns)?;
        let mask: Array2<u8> = self.geo.window("Land/SeaMask", None, lines, columns)?;
        draft.put_places(slot, &lons, &lats);
        draft.mark_surface(slot, &mask);
        for (which, name) in ["SensorZenith", "SensorAzimuth"].into_iter().enumerate() {
            let scale = self.geo.numbers(name, "scale_factor")?.first().copied().unwrap_or(0.01);
            let angles: Array2<i16> = self.geo.window(name, None, lines, columns)?;
            draft.put_view_angle(which, &angles.map(|angle| (f64::from(*angle) * scale) as f32), slot);
        }
        Ok(())
    }

    fn read_bands(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Shortfall> {
        let mut problems = Vec::new();
        draft.simulated |= [&self.data, &self.geo].iter().any(|file| file.number("simulated") == Some(1.0));
        self.data.verify()?;
        self.mir(part, draft, slot)?;
        self.tir(BandRole::Tir11, B31, part, draft, slot)?;
        if let Err(error) = self.tir(BandRole::Tir12, B32, part, draft, slot) {
            draft.forget(BandRole::Tir12, slot);
            problems.push(error);
        }
        if draft.is_day(slot) {
            for band in REFLECTIVE {
                if let Err(error) = self.reflective(band, part, draft, slot) {
                    problems.push(error.advise(without(band.0).0));
                }
            }
        }
        Ok(Shortfall { problems, notes: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ALGORITHMS 7.3, test vector: band 22, 0.4, 1.0 and 2.0 W m-2 sr-1 um-1.
    #[test]
    fn band_22_gives_the_published_temperatures() {
        for (radiance, kelvin) in [(0.4, 287.101), (1.0, 309.593), (2.0, 329.095)] {
            assert!((law(B22).temperature_k(radiance) - kelvin).abs() < 2e-3, "{radiance}");
            assert!((law(B22).radiance(kelvin) / radiance - 1.0).abs() < 1e-4, "{radiance}");
        }
    }
}
