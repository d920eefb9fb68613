//! FY-3D MERSI-II Level 1 at 1 km (HDF5): `..._1000M_MS.HDF` with `..._GEO1K_MS.HDF` (ALGORITHMS 7.9; the names are
//! those of the product, the quirks those that readers in use handle).

use super::granule::GranuleFile;
use super::granule::names::kind;
use super::hdf5::Hdf5File;
use super::swath::{
    Draft, Header, Opened, Part, Shortfall, Slot, SwathReader, locate, plausible_k, satellite, surface_marks, without,
};
use crate::error::{Error, Result};
use crate::place::LonLatBox;
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Instrument, Reflectance};
use crate::time::Utc;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use ndarray::{Array2, Zip, s};
use std::path::PathBuf;

const KIND: &str = "a MERSI-II Level 1 HDF5 file";
/// Seconds from scan to scan: 40 turns a minute of a 45-degree mirror \[M\].
const SCAN_SECONDS: f64 = 1.5;
const SATURATED: u16 = 65_534;
const LOWEST_CODE: u16 = 65_533;

/// A thermal band: number, array, layer, wavelength (um) of its law, highest count that is a measurement.
struct Thermal {
    number: usize,
    array: &'static str,
    layer: usize,
    wavelength_um: f64,
    highest: u16,
}

/// Band 21 is MIR: it has the fire gain \[M\]. The valid range that files state for 24 and 25 is too small (4095 and the
/// like): 25000 is used (ALGORITHMS 7.9).
const MIR: Thermal =
    Thermal { number: 21, array: "Data/EV_1KM_Emissive", layer: 1, wavelength_um: 4.05, highest: LOWEST_CODE - 1 };
const TIR: [(BandRole, Thermal); 2] = [
    (
        BandRole::Tir11,
        Thermal { number: 24, array: "Data/EV_250_Aggr.1KM_Emissive", layer: 0, wavelength_um: 10.8, highest: 25_000 },
    ),
    (
        BandRole::Tir12,
        Thermal { number: 25, array: "Data/EV_250_Aggr.1KM_Emissive", layer: 1, wavelength_um: 12.0, highest: 25_000 },
    ),
];
/// Role, array, layer and band of the reflective bands.
const REFLECTIVE: [(BandRole, &str, usize, usize); 3] = [
    (BandRole::Red, "Data/EV_250_Aggr.1KM_RefSB", 2, 3),
    (BandRole::Nir, "Data/EV_250_Aggr.1KM_RefSB", 3, 4),
    (BandRole::Swir22, "Data/EV_1KM_RefSB", 2, 7),
];

struct Mersi2 {
    header: Header,
    data: Hdf5File,
    geo: Hdf5File,
}

/// Opens measurements and geolocation of a granule.
///
/// # Errors
/// When one is missing, unreadable or of another granule.
pub(crate) fn open(files: &[GranuleFile]) -> Result<Opened> {
    let of = |kind: u8| files.iter().find(|file| file.band == kind);
    let (Some(data), Some(geo)) = (of(kind::MOD), of(kind::MOD_GEO)) else {
        let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
        let expected = "..._1000M_MS.HDF and ..._GEO1K_MS.HDF of one start time";
        return Err(Error::input(path, "one of the two files", expected, "name the missing file too"));
    };
    let named = data.start;
    let (data, geo) = (Hdf5File::open(&data.path, KIND)?, Hdf5File::open(&geo.path, KIND)?);
    let time = beginning(&data)?;
    for (file, time) in [(&data, time), (&geo, beginning(&geo)?)] {
        if time.seconds_since(named).abs() > 60.0 {
            let expected = format!("a start near {} as in its name", named.rfc3339());
            let advice = "the file was renamed or mixed up: fetch it again";
            return Err(Error::input(file.path(), format!("a start at {}", time.rfc3339()), expected, advice));
        }
    }
    let (lines, columns) = data.variable(MIR.array)?.shape();
    let places = geo.variable("Geolocation/Latitude")?.shape();
    if places != (lines, columns) || columns != Instrument::Mersi2.columns() || lines % 10 != 0 {
        let found = format!("places of {places:?} beside measurements of {lines} lines and {columns} columns");
        let expected = "whole scans of 10 lines of 2048 columns in both";
        return Err(Error::input(geo.path(), found, expected, "use the geolocation file of the same granule"));
    }
    let stem = data.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let header = Header {
        name: stem.split('_').take(6).collect::<Vec<_>>().join("_"),
        satellite: "FY-3D".to_string(),
        instrument: Instrument::Mersi2,
        time,
        scan_seconds: SCAN_SECONDS,
        lines,
        columns,
    };
    for file in [&data, &geo] {
        let said = file.attributes()?.text("Satellite Name");
        satellite::check(file.path(), &header.satellite, "Satellite Name", said.as_deref())?;
    }
    Ok((Box::new(Mersi2 { header, data, geo }), Shortfall::default()))
}

/// `Observing Beginning Date` 2020-10-20 and `Observing Beginning Time` 05:30:00.000.
fn beginning(file: &Hdf5File) -> Result<Utc> {
    let attributes = file.attributes()?;
    let text = |key: &str| attributes.text(key).unwrap_or_default();
    let (day, clock) = (text("Observing Beginning Date"), text("Observing Beginning Time"));
    Utc::parse(&format!("{day}T{}Z", clock.trim_end_matches('Z'))).ok_or_else(|| {
        let found = format!("Observing Beginning Date {day:?}, Time {clock:?}");
        Error::input(file.path(), found, "a date and a time", "fetch the file again")
    })
}

impl Mersi2 {
    /// The law of a band: Planck at its wavelength, then the straight line between law temperature and band temperature
    /// that the file gives. Readers disagree on its direction \[D\]: the shape of the numbers decides. A band's law
    /// temperature lies above its brightness temperature, so T = A T* + B when B is negative, T = (T* - B) / A when not.
    fn law(&self, band: &Thermal) -> Result<PlanckLaw> {
        let attributes = self.data.attributes()?;
        let of = |key: &str| attributes.numbers(key).get(band.number - 20).copied();
        let (Some(a), Some(b)) = (of("TBB_Trans_Coefficient_A"), of("TBB_Trans_Coefficient_B")) else {
            let found = "no TBB_Trans_Coefficient_A and _B of six numbers";
            let expected = format!("coefficients of band {}", band.number);
            return Err(Error::input(self.data.path(), found, expected, "fetch the file again"));
        };
        if !(0.9..1.1).contains(&a) || b.abs() > 5.0 {
            let found = format!("TBB_Trans_Coefficient of band {}: {a}, {b}", band.number);
            return Err(Error::input(self.data.path(), found, "near 1 and near 0", "fetch the file again"));
        }
        let (to, from) = ([b, a, 0.0], [-b / a, 1.0 / a, 0.0]);
        let (to_brightness, from_brightness) = if b < 0.0 { (to, from) } else { (from, to) };
        Ok(PlanckLaw {
            to_brightness,
            from_brightness,
            ..PlanckLaw::at_wavelength(band.wavelength_um, PLANCK_H, LIGHT_C, BOLTZMANN_K)
        })
    }

    /// Temperature of every count: slope and intercept give mW m-2 sr-1 (cm-1)-1.
    fn kelvin(&self, band: &Thermal, law: &PlanckLaw) -> Result<Vec<f32>> {
        let attributes = self.data.attributes_of(band.array)?;
        let of = |key: &str| {
            attributes.numbers(key).get(band.layer).copied().ok_or_else(|| {
                let found = format!("{}: no {key} of band {}", band.array, band.number);
                Error::input(self.data.path(), found, "one for each band", "fetch the file again")
            })
        };
        let (slope, intercept) = (of("Slope")?, of("Intercept")?);
        if !(slope > 0.0 && slope.is_finite() && intercept.is_finite()) {
            let found = format!("{}: Slope {slope} and Intercept {intercept} of band {}", band.array, band.number);
            return Err(Error::input(self.data.path(), found, "a slope above zero", "fetch the file again"));
        }
        let wavenumber = 1e4 / band.wavelength_um;
        // per cm-1 to per um: times wavenumber^2 / 1e4; mW to W
        let radiance = |count: f64| (count * slope + intercept) * 1e-3 * wavenumber * wavenumber / 1e4;
        Ok((0..=u16::MAX)
            .map(|count| {
                if count <= band.highest {
                    plausible_k(law.temperature_k(radiance(f64::from(count))) as f32)
                } else {
                    f32::NAN
                }
            })
            .collect())
    }

    fn thermal(&self, role: BandRole, band: &Thermal, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let law = self.law(band)?;
        let mut table = self.kelvin(band, &law)?;
        // the hottest temperature of the scale stands for a saturated one, which is marked
        let hottest = table[..usize::from(LOWEST_CODE)].iter().copied().fold(f32::NAN, f32::max);
        table[usize::from(SATURATED)] = hottest;
        let mut counts = Array2::from_elem((slot.lines.len(), part.columns.len()), 0u16);
        let first = (part.lines.start, part.columns.start);
        let variable = self.data.variable(band.array)?;
        variable.fill::<u16, u16>(band.layer, first, counts.view_mut(), |_, from, to| to.copy_from_slice(from))?;
        let name = format!("B{}", band.number);
        Zip::from(draft.thermal(role, &name, law, slot))
            .and(&counts)
            .par_for_each(|out, count| *out = table[usize::from(*count)]);
        if role == BandRole::Tir12 {
            return Ok(());
        }
        Zip::from(draft.flags(slot)).and(&counts).par_for_each(|flags, count| {
            let value = table[usize::from(*count)];
            if value.is_nan() {
                *flags = flags.with(Flags::FILL);
            } else if *count == SATURATED && role == BandRole::Mir {
                *flags = flags.with(Flags::MIR_SATURATED).with(Flags::MIR_POOR);
            }
        });
        Ok(())
    }

    /// Reflectance in per cent: c0 + c1 DN + c2 DN2, a row a band; divided here by the cosine of the sun's zenith angle.
    fn reflective(
        &self,
        (role, array, layer, band): (BandRole, &str, usize, usize),
        part: &Part,
        draft: &mut Draft,
        slot: &Slot,
    ) -> Result<()> {
        let coefficients = self.data.table("Calibration/VIS_Cal_Coeff")?;
        let Some([c0, c1, c2]) = coefficients.get(3 * (band - 1)..3 * band) else {
            let found = format!("Calibration/VIS_Cal_Coeff of {} numbers", coefficients.len());
            return Err(Error::input(self.data.path(), found, "three for each band", "fetch the file again"));
        };
        if ![c0, c1, c2].iter().all(|c| c.is_finite()) || (*c1, *c2) == (0.0, 0.0) {
            let found = format!("Calibration/VIS_Cal_Coeff {c0}, {c1}, {c2} of band {band}");
            return Err(Error::input(self.data.path(), found, "numbers, not all zero", "fetch the file again"));
        }
        let percent = |count: f64| c0 + count * (c1 + count * c2);
        let per_cosine = draft.per_cosine();
        let start = slot.lines.start;
        let variable = self.data.variable(array)?;
        let first = (part.lines.start, part.columns.start);
        variable.fill::<u16, Reflectance>(layer, first, draft.reflective(role, slot), |(line, column), from, to| {
            for (i, (to, count)) in to.iter_mut().zip(from).enumerate() {
                let factor = per_cosine.at((start + line, column + i));
                *to = match *count {
                    SATURATED => Reflectance::of(f32::INFINITY),
                    count if count >= LOWEST_CODE => Reflectance::NONE,
                    count => Reflectance::of((percent(f64::from(count)) / 100.0) as f32 * factor),
                };
            }
        })
    }
}

impl SwathReader for Mersi2 {
    fn header(&self) -> &Header {
        &self.header
    }

    fn locate(&self, area: &LonLatBox) -> Result<Option<Part>> {
        let variable = |name: &str| self.geo.variable(name);
        locate::locate(&variable("Geolocation/Latitude")?, &variable("Geolocation/Longitude")?, self.geo.path(), area)
    }

    fn file_of(&self, _role: BandRole) -> PathBuf {
        self.data.path().to_path_buf()
    }

    fn sun_zenith_deg(&self, part: &Part) -> Result<Option<f32>> {
        let variable = self.geo.variable("Geolocation/SolarZenith")?;
        let (line, column) = (part.lines.start.midpoint(part.lines.end), part.columns.start.midpoint(part.columns.end));
        let value = variable.window::<i16>(line..line + 1, column..column + 1)?[(0, 0)];
        let degrees = f64::from(value) * variable.attributes().number("Slope").unwrap_or(0.01);
        Ok((0.0..=180.0).contains(&degrees).then_some(degrees as f32))
    }

    fn read_places(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let first = (part.lines.start, part.columns.start);
        for (name, out) in [("Longitude", &mut draft.lon), ("Latitude", &mut draft.lat)] {
            let out = out.slice_mut(s![slot.lines.clone(), ..]);
            let variable = self.geo.variable(&format!("Geolocation/{name}"))?;
            variable.fill::<f32, f32>(0, first, out, |_, from, to| to.copy_from_slice(from))?;
        }
        draft.mark_places(slot);
        let mask = self.geo.variable("Geolocation/LandSeaMask")?;
        mask.fill::<u8, Flags>(0, first, draft.flags(slot), |_, values, flags| {
            for (flags, value) in flags.iter_mut().zip(values) {
                *flags = flags.with(surface_marks(*value));
            }
        })?;
        for (which, name) in ["SensorZenith", "SensorAzimuth"].iter().enumerate() {
            let variable = self.geo.variable(&format!("Geolocation/{name}"))?;
            let scale = variable.attributes().number("Slope").unwrap_or(0.01);
            draft.view_angle::<i16>(which, &variable, scale, slot, first)?;
        }
        Ok(())
    }

    fn read_bands(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Shortfall> {
        let mut problems = Vec::new();
        for file in [&self.data, &self.geo] {
            draft.simulated |= file.attributes()?.number("simulated") == Some(1.0);
        }
        self.thermal(BandRole::Mir, &MIR, part, draft, slot)?;
        for (role, band) in &TIR {
            match self.thermal(*role, band, part, draft, slot) {
                Err(error) if *role == BandRole::Tir12 => {
                    draft.forget(*role, slot);
                    problems.push(error);
                }
                other => other?,
            }
        }
        if draft.is_day(slot) {
            for band in REFLECTIVE {
                if let Err(error) = self.reflective(band, part, draft, slot) {
                    draft.forget(band.0, slot);
                    problems.push(error.advise(without(band.0).0));
                }
            }
        }
        Ok(Shortfall { problems, notes: Vec::new() })
    }
}
