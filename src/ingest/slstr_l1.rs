//! Sentinel-3 SLSTR Level 1 (`SL_1_RBT`, a folder of netCDF-4 files): the nadir view on its 1 km grid.
//!
//! S7 saturates near 311 K, where fires begin: F1, the same band with a low gain, stands in for it. F1 is seen by other
//! detectors and has a grid of its own, so that it is matched by place and never by column (ALGORITHMS 5).

use super::granule::GranuleFile;
use super::hdf5::{Hdf5File, Number};
use super::swath::{
    Draft, Header, Opened, Part, Shortfall, Slot, SwathReader, locate, plausible_k, satellite, without,
};
use crate::error::{Error, Result};
use crate::place::{LonLat, LonLatBox};
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Instrument, Reflectance};
use crate::time::Utc;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use ndarray::{Array2, Zip};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

const KIND: &str = "a netCDF-4 file of an SLSTR product";
/// A line is one kilometre along the track \[M\].
const LINE_SECONDS: f64 = 0.15;
/// From here S7 is not trusted \[C: SLSTR technical pages\].
const S7_SATURATION_K: f32 = 311.0;
/// Lines and columns of F1 around a pixel in which its match is sought; the two grids lie about a pixel apart \[M\].
const F1_REACH: usize = 3;
/// A match lies nearer than this, metres: two cells of 1 km that hold the same place are 1.4 km apart at most.
const F1_NEAR_M: f64 = 1500.0;
/// Bits of `confidence_in`: coastline, ocean, tidal, land, inland water.
const COAST: u16 = 1;
const WATER: u16 = 2 | 16;
/// The pixel is a copy of its neighbour, put where the regridding left a hole.
const COSMETIC: u16 = 256;
/// Bit of the exceptions of a channel.
const SATURATION: u8 = 16;
const FILL: i16 = i16::MIN;
/// Central wavelengths, um: S7 and F1, S8, S9.
const MIR_UM: f64 = 3.742;
const TIR: [(BandRole, &str, f64); 2] = [(BandRole::Tir11, "S8", 10.854), (BandRole::Tir12, "S9", 12.0225)];
const REFLECTIVE: [(BandRole, &str); 3] = [(BandRole::Red, "S2"), (BandRole::Nir, "S3"), (BandRole::Swir22, "S6")];

struct Slstr {
    header: Header,
    folder: PathBuf,
}

/// Opens the folder of a product.
///
/// # Errors
/// When its places or its S7 are missing or unreadable.
pub(crate) fn open(files: &[GranuleFile]) -> Result<Opened> {
    let Some(file) = files.first() else {
        return Err(Error::input(Path::new("SLSTR"), "no folder", "a folder .SEN3", "name it"));
    };
    let folder = file.path.clone();
    let geodetic = Hdf5File::open(&folder.join("geodetic_in.nc"), KIND)?;
    let (lines, columns) = geodetic.variable("latitude_in")?.shape();
    let text = geodetic.attributes()?.text("start_time").unwrap_or_default();
    let time = Utc::parse(&text).ok_or_else(|| {
        let found = format!("start_time {text:?}");
        Error::input(geodetic.path(), found, "a moment like 2018-08-17T09:53:25.123456Z", "fetch the product again")
    })?;
    if time.seconds_since(file.start).abs() > 60.0 {
        let expected = format!("a start near {} as in the folder's name", file.start.rfc3339());
        let found = format!("start_time {}", time.rfc3339());
        return Err(Error::input(geodetic.path(), found, expected, "fetch the product again"));
    }
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let header = Header {
        satellite: format!("Sentinel-{}", name.get(1..3).unwrap_or("3")),
        name: name.get(0..31).unwrap_or(&name).to_string(),
        instrument: Instrument::Slstr,
        time,
        scan_seconds: LINE_SECONDS,
        lines,
        columns,
    };
    let said = geodetic.attributes()?.text("product_name");
    let mission = said.as_deref().and_then(|name| name.get(0..3));
    satellite::check(geodetic.path(), &header.satellite, "product_name", mission)?;
    let slstr = Slstr { header, folder };
    let notes = slstr.notes();
    Ok((Box::new(slstr), Shortfall { notes, ..Shortfall::default() }))
}

impl Slstr {
    /// F1 alone is read only where S7 is saturated: that it is not there would go unsaid while nothing burns.
    fn notes(&self) -> Vec<String> {
        let there = ["F1_BT_fn.nc", "F1_BT_in.nc"].iter().any(|name| self.folder.join(name).exists());
        let note =
            "no F1_BT_fn.nc in the product; without F1 no fire hotter than 311 K is told from warm ground by day";
        if there { Vec::new() } else { vec![note.to_string()] }
    }

    fn file(&self, name: &str) -> Result<Hdf5File> {
        Hdf5File::open(&self.folder.join(format!("{name}.nc")), KIND)
    }

    /// A packed window as numbers: scale and offset of its attributes, NaN for the fill value.
    fn scaled<T: Number + Into<f64>>(
        file: &Hdf5File,
        name: &str,
        fill: T,
        lines: &Range<usize>,
        columns: &Range<usize>,
    ) -> Result<Array2<f32>> {
        let variable = file.variable(name)?;
        let scale = variable.attributes().number("scale_factor").unwrap_or(1.0);
        let offset = variable.attributes().number("add_offset").unwrap_or(0.0);
        if !(scale > 0.0 && scale.is_finite() && offset.is_finite()) {
            let found = format!("{name}: a scale of {scale} and an offset of {offset}");
            return Err(Error::input(file.path(), found, "a scale above zero", "fetch the product again"));
        }
        let packed: Array2<T> = variable.window(lines.clone(), columns.clone())?;
        Ok(packed.map(|value| if *value == fill { f32::NAN } else { ((*value).into() * scale + offset) as f32 }))
    }

    fn places(&self, stripe: &str, lines: &Range<usize>, columns: &Range<usize>) -> Result<(Array2<f32>, Array2<f32>)> {
        let file = self.file(&format!("geodetic_{stripe}"))?;
        let one = |name: &str| Self::scaled(&file, &format!("{name}_{stripe}"), i32::MIN, lines, columns);
        Ok((one("longitude")?, one("latitude")?))
    }

    fn kelvin(&self, band: &str, stripe: &str, lines: &Range<usize>, columns: &Range<usize>) -> Result<Array2<f32>> {
        let name = format!("{band}_BT_{stripe}");
        let file = self.file(&name)?;
        if file.variable(&name)?.shape() != (self.header.lines, self.header.columns) {
            let found = format!("{name} of {:?}", file.variable(&name)?.shape());
            let expected = format!("{} lines of {} columns as the places", self.header.lines, self.header.columns);
            return Err(Error::input(file.path(), found, expected, "fetch the product again"));
        }
        Ok(Self::scaled(&file, &name, FILL, lines, columns)?.mapv_into(plausible_k))
    }

    /// S7, with F1 from its saturation on.
    fn mir(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Option<Error>> {
        let (lines, columns) = (&part.lines, &part.columns);
        let mut kelvin = self.kelvin("S7", "in", lines, columns)?;
        let file = self.file("S7_BT_in")?;
        let exceptions: Array2<u8> = file.variable("S7_exception_in")?.window(lines.clone(), columns.clone())?;
        let saturated = Zip::from(&kelvin).and(&exceptions).map_collect(|kelvin, exception| {
            exception & SATURATION != 0 && kelvin.is_nan() || *kelvin >= S7_SATURATION_K
        });
        let fire_channel = saturated.iter().any(|s| *s).then(|| self.fire_channel(part));
        let (fire, problem) = match fire_channel {
            Some(Ok(fire)) => (Some(fire), None),
            // warm ground by day and a fire look alike there: saying that no fire was seen would be a lie
            Some(Err(error)) if draft.is_day(slot) => {
                return Err(
                    error.advise("S7 is saturated there: without F1 no fire can be told from warm ground by day")
                );
            }
            Some(Err(error)) => (None, Some(error.advise("without F1 a fire is known only as hotter than 311 K"))),
            None => (None, None),
        };
        let matched = fire.map(|fire| fire.matched(&saturated, draft.places_of(slot)));
        let mut marks = Array2::from_elem(kelvin.dim(), Flags::default());
        for (at, _) in saturated.indexed_iter().filter(|(_, saturated)| **saturated) {
            let known = if kelvin[at].is_nan() { S7_SATURATION_K } else { kelvin[at] };
            match matched.as_ref().map(|matched| matched[at]) {
                Some(value) if value > known => kelvin[at] = value,
                Some(value) if value.is_finite() && !kelvin[at].is_nan() => {}
                // F1 is colder than S7 can be there, or has no value: the fire lies in a cell of a neighbour
                _ => {
                    kelvin[at] = known;
                    marks[at] = Flags::MIR_SATURATED.with(Flags::MIR_POOR);
                }
            }
        }
        draft.thermal(BandRole::Mir, "S7/F1", law(MIR_UM), slot).assign(&kelvin);
        Zip::from(draft.flags(slot)).and(&kelvin).and(&marks).for_each(|flags, kelvin, marks| {
            *flags = flags.with(if kelvin.is_nan() { Flags::FILL } else { *marks });
        });
        Ok(problem)
    }

    fn fire_channel(&self, part: &Part) -> Result<FireChannel> {
        let around =
            |range: &Range<usize>, size: usize| range.start.saturating_sub(F1_REACH)..(range.end + F1_REACH).min(size);
        let lines = around(&part.lines, self.header.lines);
        let columns = around(&part.columns, self.header.columns);
        // older products have it on the grid of S7
        let on_own_grid = self.folder.join("F1_BT_fn.nc").exists() || !self.folder.join("F1_BT_in.nc").exists();
        let stripe = if on_own_grid { "fn" } else { "in" };
        let (lon, lat) = self.places(stripe, &lines, &columns)?;
        let kelvin = self.kelvin("F1", stripe, &lines, &columns)?;
        let shift = (part.lines.start - lines.start, part.columns.start - columns.start);
        Ok(FireChannel { lon, lat, kelvin, shift })
    }

    fn reflective(&self, (role, band): (BandRole, &str), part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let name = format!("{band}_radiance_an");
        let file = self.file(&name)?;
        // two by two pixels of 500 m make one of 1 km
        let double = |range: &Range<usize>| 2 * range.start..2 * range.end;
        let radiance = Self::scaled(&file, &name, FILL, &double(&part.lines), &double(&part.columns))?;
        let quality = self.file(&format!("{band}_quality_an"))?;
        let irradiance = quality.table(&format!("{band}_solar_irradiance_an"))?;
        let known: Vec<f64> = irradiance.into_iter().filter(|value| *value > 0.0).collect();
        if known.is_empty() {
            let expected = format!("{band}_solar_irradiance_an above zero");
            return Err(Error::input(quality.path(), "no solar irradiance", expected, "fetch the product again"));
        }
        let sun_irradiance = (known.iter().sum::<f64>() / known.len() as f64) as f32;
        let per_cosine = draft.per_cosine();
        let start = slot.lines.start;
        Zip::indexed(draft.reflective(role, slot)).par_for_each(|(line, column), out| {
            let four = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| radiance[(2 * line + i, 2 * column + j)]);
            let known = four.iter().filter(|value| !value.is_nan());
            let mean = known.clone().sum::<f32>() / known.count() as f32; // 0/0: no value
            *out =
                Reflectance::of(std::f32::consts::PI * mean / sun_irradiance * per_cosine.at((start + line, column)));
        });
        Ok(())
    }

    /// View angles between the tie points, by the distance aside of the track.
    fn view_angles(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let cartesian = self.file("cartesian_in")?;
        let aside = Self::scaled(&cartesian, "x_in", i32::MIN, &part.lines, &part.columns)?;
        let tie_aside = self.file("cartesian_tx")?;
        let geometry = self.file("geometry_tn")?;
        let variable = tie_aside.variable("x_tx")?;
        let (tie_lines, ties) = variable.shape();
        if tie_lines < part.lines.end || ties < 2 {
            let found = format!("{tie_lines} lines of {ties} tie points");
            let expected = format!("a line of tie points for each of {} lines", self.header.lines);
            return Err(Error::input(tie_aside.path(), found, expected, "fetch the product again"));
        }
        let x: Array2<f64> = variable.window(part.lines.clone(), 0..ties)?;
        for (which, name) in ["sat_zenith_tn", "sat_azimuth_tn"].into_iter().enumerate() {
            let tie: Array2<f64> = geometry.variable(name)?.window(part.lines.clone(), 0..ties)?;
            let angle = Array2::from_shape_fn(aside.dim(), |(line, column)| {
                between(x.row(line), tie.row(line), f64::from(aside[(line, column)]), which == 1)
            });
            draft.put_view_angle(which, &angle, slot);
        }
        Ok(())
    }
}

/// Linear between the two tie points around a place; azimuths by their sine and cosine.
fn between(x: ndarray::ArrayView1<f64>, values: ndarray::ArrayView1<f64>, at: f64, azimuth: bool) -> f32 {
    let holds = |j: &usize| (x[*j] - at) * (x[j + 1] - at) <= 0.0;
    let Some(j) = (0..x.len() - 1).find(holds) else { return f32::NAN };
    let share = if x[j] == x[j + 1] { 0.0 } else { (at - x[j]) / (x[j + 1] - x[j]) };
    let mix = |a: f64, b: f64| a + share * (b - a);
    if !azimuth {
        return mix(values[j], values[j + 1]) as f32;
    }
    let (a, b) = (values[j].to_radians(), values[j + 1].to_radians());
    mix(a.sin(), b.sin()).atan2(mix(a.cos(), b.cos())).to_degrees() as f32
}

fn law(wavelength_um: f64) -> PlanckLaw {
    PlanckLaw::at_wavelength(wavelength_um, PLANCK_H, LIGHT_C, BOLTZMANN_K)
}

/// F1 around the part, on its own grid.
struct FireChannel {
    lon: Array2<f32>,
    lat: Array2<f32>,
    kelvin: Array2<f32>,
    /// Lines and columns by which its window begins before the part.
    shift: (usize, usize),
}

impl FireChannel {
    /// F1 for each saturated pixel; NaN elsewhere. A cell of F1 goes to the saturated pixel nearest to it, and the pixel
    /// takes the hottest of its cells: with the cell nearest to each pixel alone, that which holds a fire may be nobody's,
    /// and one that two pixels share would count twice.
    fn matched(&self, saturated: &Array2<bool>, place_of: impl Fn((usize, usize)) -> Option<LonLat>) -> Array2<f32> {
        let mut nearest: BTreeMap<(usize, usize), (f64, (usize, usize))> = BTreeMap::new();
        for (at, _) in saturated.indexed_iter().filter(|(_, saturated)| **saturated) {
            let Some(place) = place_of(at) else { continue };
            for (cell, distance) in self.around(at, place) {
                let held = nearest.entry(cell).or_insert((distance, at));
                if distance < held.0 {
                    *held = (distance, at);
                }
            }
        }
        let mut hottest = Array2::from_elem(saturated.dim(), f32::NAN);
        for (cell, (_, at)) in nearest {
            hottest[at] = hottest[at].max(self.kelvin[cell]); // of NaN and a number: the number
        }
        hottest
    }

    /// Its cells with a value near a pixel, and how far (m) they are.
    fn around(
        &self,
        (line, column): (usize, usize),
        place: LonLat,
    ) -> impl Iterator<Item = ((usize, usize), f64)> + '_ {
        let (lines, columns) = self.kelvin.dim();
        let around = |at: usize, size: usize| at.saturating_sub(F1_REACH)..(at + F1_REACH + 1).min(size);
        let columns = around(column + self.shift.1, columns);
        let cells = around(line + self.shift.0, lines).flat_map(move |l| columns.clone().map(move |c| (l, c)));
        cells.filter(|cell| !self.kelvin[*cell].is_nan()).filter_map(move |cell| {
            let other = LonLat::new(f64::from(self.lon[cell]), f64::from(self.lat[cell]))?;
            let distance = other.distance_m(place);
            (distance < F1_NEAR_M).then_some((cell, distance))
        })
    }
}

impl SwathReader for Slstr {
    fn header(&self) -> &Header {
        &self.header
    }

    fn locate(&self, area: &LonLatBox) -> Result<Option<Part>> {
        let (lon, lat) = self.places("in", &(0..self.header.lines), &(0..self.header.columns))?;
        Ok(locate::part_inside(&lat, &lon, area))
    }

    fn sun_zenith_deg(&self, part: &Part) -> Result<Option<f32>> {
        let (line, column) = (part.lines.start.midpoint(part.lines.end), part.columns.start.midpoint(part.columns.end));
        let (line, column) = (line..line + 1, column..column + 1);
        let aside = Self::scaled(&self.file("cartesian_in")?, "x_in", i32::MIN, &line, &column)?[(0, 0)];
        let tie_aside = self.file("cartesian_tx")?;
        let ties = tie_aside.variable("x_tx")?.shape().1;
        let x: Array2<f64> = tie_aside.variable("x_tx")?.window(line.clone(), 0..ties)?;
        let sun: Array2<f64> = self.file("geometry_tn")?.variable("solar_zenith_tn")?.window(line, 0..ties)?;
        let degrees = between(x.row(0), sun.row(0), f64::from(aside), false);
        Ok((0.0..=180.0).contains(&degrees).then_some(degrees))
    }

    fn read_places(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()> {
        let (lon, lat) = self.places("in", &part.lines, &part.columns)?;
        draft.put_places(slot, &lon, &lat);
        let flags = self.file("flags_in")?;
        let marks: Array2<u16> = flags.variable("confidence_in")?.window(part.lines.clone(), part.columns.clone())?;
        Zip::from(draft.flags(slot)).and(&marks).for_each(|flags, bits| {
            if bits & WATER != 0 {
                *flags = flags.with(Flags::WATER);
            }
            if bits & COSMETIC != 0 {
                *flags = flags.with(Flags::BOWTIE);
            }
            if bits & COAST != 0 {
                *flags = flags.with(Flags::COAST);
            }
        });
        self.view_angles(part, draft, slot)
    }

    fn read_bands(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Vec<Error>> {
        draft.simulated |= self.file("geodetic_in")?.attributes()?.number("simulated") == Some(1.0);
        let mut problems: Vec<Error> = self.mir(part, draft, slot)?.into_iter().collect();
        for (role, band, wavelength) in TIR {
            let kelvin = match self.kelvin(band, "in", &part.lines, &part.columns) {
                Ok(kelvin) => kelvin,
                Err(error) if role == BandRole::Tir12 => {
                    problems.push(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            draft.thermal(role, band, law(wavelength), slot).assign(&kelvin);
            if role == BandRole::Tir11 {
                Zip::from(draft.flags(slot)).and(&kelvin).for_each(|flags, kelvin| {
                    if kelvin.is_nan() {
                        *flags = flags.with(Flags::FILL);
                    }
                });
            }
        }
        if draft.is_day(slot) {
            for band in REFLECTIVE {
                if let Err(error) = self.reflective(band, part, draft, slot) {
                    problems.push(error.advise(without(band.0)));
                }
            }
        }
        Ok(problems)
    }
}
