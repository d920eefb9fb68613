//! Sentinel-3 SLSTR Level 1 (`SL_1_RBT`, a folder of netCDF-4 files): the nadir view on its 1 km grid.
//!
//! S7 saturates near 311 K, where fires begin: F1, the same band with a low gain, stands in for it. F1 is seen by other
//! detectors and has a grid of its own, so that it is matched by place and never by column (ALGORITHMS 5).

use super::granule::GranuleFile;
use super::hdf5::{Hdf5File, Number};
use super::swath::{
    Draft, Header, Opened, Part, Shortfall, Slot, SwathReader, WITHOUT_TIR12, locate, plausible_k, satellite, without,
};
use crate::error::{Error, Result};
use crate::ingest::Note;
use crate::ingest::note::Consequence;
use crate::place::{LonLat, LonLatBox};
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Instrument, Reflectance};
use crate::time::Utc;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use ndarray::{Array2, Zip};
use std::collections::{BTreeMap, BTreeSet};
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

const WITHOUT_F1_BY_DAY: Consequence =
    ("without F1 no fire hotter than 311 K is told from warm ground by day", "白天 311 K 以上的火与热地表无法区分");
const WITHOUT_F1_BY_NIGHT: Consequence = (
    "without F1 a fire is known only as hotter than 311 K, and its power is not known",
    "火点只知高于 311 K, 功率未知",
);

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
    let geodetic = folder.join("geodetic_in.nc");
    if !geodetic.exists() {
        return Err(not_delivered(&geodetic));
    }
    let geodetic = Hdf5File::open(&geodetic, KIND)?;
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
    Ok((Box::new(Slstr { header, folder }), Shortfall::default()))
}

impl Slstr {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.nc"))
    }

    /// The first of some files of the product that was not delivered.
    fn absent<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        names.iter().copied().find(|name| !self.path(name).exists())
    }

    /// The stripe of F1: on its own grid, in older products on that of S7.
    fn f1_stripe(&self) -> &'static str {
        if self.absent(&["F1_BT_fn"]).is_some() && self.absent(&["F1_BT_in"]).is_none() { "in" } else { "fn" }
    }

    fn file(&self, name: &str) -> Result<Hdf5File> {
        if self.absent(&[name]).is_some() {
            return Err(not_delivered(&self.path(name)));
        }
        Hdf5File::open(&self.path(name), KIND)
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
    fn mir(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Shortfall> {
        let (lines, columns) = (&part.lines, &part.columns);
        let mut kelvin = self.kelvin("S7", "in", lines, columns)?;
        let file = self.file("S7_BT_in")?;
        let exceptions: Array2<u8> = file.variable("S7_exception_in")?.window(lines.clone(), columns.clone())?;
        let saturated = Zip::from(&kelvin).and(&exceptions).map_collect(|kelvin, exception| {
            exception & SATURATION != 0 && kelvin.is_nan() || *kelvin >= S7_SATURATION_K
        });
        let stripe = self.f1_stripe();
        let absent = self.absent(if stripe == "fn" { &["F1_BT_fn", "geodetic_fn"] } else { &["F1_BT_in"] });
        let mut shortfall = Shortfall::default();
        let fire = match saturated.iter().any(|s| *s).then(|| self.fire_channel(stripe, part)) {
            Some(Ok(fire)) => Some(fire),
            // warm ground by day and a fire look alike there: saying that no fire was seen would be a lie
            Some(Err(error)) if draft.is_day(slot) => {
                return Err(
                    error.advise("S7 is saturated there: without F1 no fire can be told from warm ground by day")
                );
            }
            Some(Err(error)) if absent.is_none() => {
                shortfall.problems.push(error.advise(WITHOUT_F1_BY_NIGHT.0));
                None
            }
            _ => None,
        };
        // F1 is read only where S7 is saturated: that it is not there would go unsaid while nothing burns
        shortfall.notes.extend(absent.map(|name| {
            let what = if draft.is_day(slot) { WITHOUT_F1_BY_DAY } else { WITHOUT_F1_BY_NIGHT };
            Note::absent(&format!("{name}.nc"), "in the product", what)
        }));
        let matched = fire.map(|fire| fire.matched(&saturated, draft.places_of(slot)));
        let mut power = Vec::new();
        let mut marks = Array2::from_elem(kelvin.dim(), Flags::default());
        for (at, _) in saturated.indexed_iter().filter(|(_, saturated)| **saturated) {
            let known = if kelvin[at].is_nan() { S7_SATURATION_K } else { kelvin[at] };
            match matched.as_ref().map(|matched| matched[at]) {
                Some(value) if value > known => kelvin[at] = value,
                Some(value) if value.is_finite() && !kelvin[at].is_nan() => {}
                // F1 is colder than S7 can be there, or has no value: the fire lies in a cell of a neighbour
                value => {
                    kelvin[at] = known;
                    marks[at] = Flags::MIR_SATURATED.with(Flags::MIR_POOR);
                    power.push((at, value.unwrap_or(f32::NAN)));
                }
            }
        }
        if power.iter().any(|(_, value)| value.is_finite()) {
            // the power of a cell is F1's there, however cold: with what its neighbours have it adds up to the fire's
            let mut values = kelvin.clone();
            for (at, value) in power {
                values[at] = value;
            }
            let law = law(MIR_UM);
            let (mut radiances, _) = draft.power("F1", 1, slot, part.lines.start);
            radiances.assign(&values.mapv_into(|kelvin| law.radiance(f64::from(kelvin)) as f32));
        }
        draft.thermal(BandRole::Mir, "S7/F1", law(MIR_UM), slot).assign(&kelvin);
        Zip::from(draft.flags(slot)).and(&kelvin).and(&marks).for_each(|flags, kelvin, marks| {
            *flags = flags.with(if kelvin.is_nan() { Flags::FILL } else { *marks });
        });
        Ok(shortfall)
    }

    fn fire_channel(&self, stripe: &str, part: &Part) -> Result<FireChannel> {
        let around =
            |range: &Range<usize>, size: usize| range.start.saturating_sub(F1_REACH)..(range.end + F1_REACH).min(size);
        let lines = around(&part.lines, self.header.lines);
        let columns = around(&part.columns, self.header.columns);
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

/// The error of a file without which a product cannot be read.
fn not_delivered(path: &Path) -> Error {
    Error::input(path, "no such file in the product", "the whole product", "fetch that file too")
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
        let mut hottest: BTreeMap<(usize, usize), (usize, usize)> = BTreeMap::new();
        for (cell, (_, at)) in nearest {
            let best = hottest.entry(at).or_insert(cell);
            if self.kelvin[cell] > self.kelvin[*best] {
                *best = cell;
            }
        }
        let taken: BTreeSet<(usize, usize)> = hottest.values().copied().collect();
        // a pixel all of whose cells are nearer to others has the nearest that nobody counts
        let spare = |at| {
            let cells = self.around(at, place_of(at)?).filter(|(cell, _)| !taken.contains(cell));
            cells.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(cell, _)| cell)
        };
        let mut values = Array2::from_elem(saturated.dim(), f32::NAN);
        for (at, _) in saturated.indexed_iter().filter(|(_, saturated)| **saturated) {
            if let Some(cell) = hottest.get(&at).copied().or_else(|| spare(at)) {
                values[at] = self.kelvin[cell];
            }
        }
        values
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
        locate::locate_in(&lat, &lon, &self.path("geodetic_in"), area)
    }

    fn file_of(&self, role: BandRole) -> PathBuf {
        self.path(if role == BandRole::Mir { "S7_BT_in" } else { "S8_BT_in" })
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

    fn read_bands(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Shortfall> {
        draft.simulated |= self.file("geodetic_in")?.attributes()?.number("simulated") == Some(1.0);
        let Shortfall { mut problems, mut notes } = self.mir(part, draft, slot)?;
        for (role, band, wavelength) in TIR {
            if let (BandRole::Tir12, Some(name)) = (role, self.absent(&[&format!("{band}_BT_in")])) {
                notes.push(Note::absent(&format!("{name}.nc"), "in the product", WITHOUT_TIR12));
                continue;
            }
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
                let names = [format!("{}_radiance_an", band.1), format!("{}_quality_an", band.1)];
                if let Some(name) = self.absent(&[&names[0], &names[1]]) {
                    notes.push(Note::absent(&format!("{name}.nc"), "in the product", without(band.0)));
                    continue;
                }
                if let Err(error) = self.reflective(band, part, draft, slot) {
                    problems.push(error.advise(without(band.0).0));
                }
            }
        }
        Ok(Shortfall { problems, notes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    /// Both cells are nearer to the second pixel, which takes the hotter one: the first has the other, and none of the two
    /// counts twice.
    #[test]
    fn a_pixel_without_a_cell_of_its_own_has_the_nearest_that_nobody_counts() {
        let degrees = |km: f64| km / 111.195;
        let channel = |kelvin: [f32; 2]| FireChannel {
            lon: arr2(&[[degrees(1.5) as f32, degrees(2.2) as f32]]),
            lat: arr2(&[[0.0, 0.0]]),
            kelvin: arr2(&[kelvin]),
            shift: (0, 0),
        };
        let place_of = |(_, column): (usize, usize)| LonLat::new(degrees([1.0, 1.3][column]), 0.0);
        let saturated = arr2(&[[true, true]]);
        let matched = |kelvin| channel(kelvin).matched(&saturated, place_of);
        assert_eq!(matched([320.0, 300.0]), arr2(&[[300.0, 320.0]]));
        assert_eq!(matched([300.0, 320.0]), arr2(&[[300.0, 320.0]]));
        let one = matched([320.0, f32::NAN]);
        assert!(one[(0, 0)].is_nan() && one[(0, 1)] == 320.0, "{one}");
    }
}
