//! One AGRI file: what it says of itself, and its channels on a scene's window.

use crate::error::{Error, Result};
use crate::ingest::geometry::fixed_grid;
use crate::ingest::granule::names::kind;
use crate::ingest::granule::{Granule, GranuleFile};
use crate::ingest::hdf5::{Attributes, Hdf5File};
use crate::scene::{FixedGrid, PixelState, Scene, Sweep, Window};
use crate::time::Utc;
use ndarray::Array2;
use std::ops::Range;
use std::path::Path;

const KIND: &str = "an AGRI Level 1 HDF5 file";
const COEFFICIENTS: &str = "CALIBRATION_COEF(SCALE+OFFSET)";
/// The 4 km grid: pixels a side, steps of 65536 / 10233137 degrees, the satellite's point at 1373.5 counted from 0 (the
/// constants of the National Satellite Meteorological Centre as public readers have them).
const SIDE_4KM: usize = 2748;
const FACTOR_4KM: f64 = 10_233_137.0;
/// Counts from here on are codes: 65534 lies past the earth, 65535 is fill. Where a look-up table has 65536 entries it has
/// some for them too, and public readers take the first for 400 K.
const FIRST_CODE: u16 = 65_534;
/// The file begins within so much of the time in its name.
const SAME_SLOT_SECONDS: f64 = 60.0;

/// An open file that is what its name says.
pub(super) struct AgriFile {
    file: Hdf5File,
    satellite: &'static str,
    grid: FixedGrid,
    held: Window,
    simulated: bool,
}

impl AgriFile {
    pub(super) fn open(granule: &Granule, named: &GranuleFile, path: &Path) -> Result<Self> {
        let file = Hdf5File::open(path, KIND)?;
        let attributes = file.attributes()?;
        let satellite = satellite(granule, path, &attributes)?;
        check_slot(granule, path, &attributes)?;
        let fineness = if named.band == kind::AGRI_2KM { 2 } else { 1 };
        let grid = grid(path, &attributes, fineness)?;
        let held = held(path, &attributes, &grid)?;
        let simulated = attributes.number("simulated") == Some(1.0);
        Ok(AgriFile { file, satellite, grid, held, simulated })
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    pub(super) fn satellite(&self) -> &'static str {
        self.satellite
    }

    pub(super) fn is_fy4b(&self) -> bool {
        self.satellite == "FY-4B"
    }

    pub(super) fn grid(&self) -> &FixedGrid {
        &self.grid
    }

    /// The part of the full disk that the file has.
    pub(super) fn held(&self) -> &Window {
        &self.held
    }

    pub(super) fn is_simulated(&self) -> bool {
        self.simulated
    }

    /// FY-4A keeps everything at the root, FY-4B in groups.
    fn name(&self, group: &str, name: &str) -> String {
        if self.is_fy4b() { format!("{group}/{name}") } else { name.to_string() }
    }

    /// Whether a channel is in the file.
    pub(super) fn has(&self, number: u8) -> bool {
        self.file.attributes_of(&self.name("Data", &format!("NOMChannel{number:02}"))).is_ok()
    }

    /// Brightness temperatures (K) of a channel on the scene's window, and what each pixel is.
    pub(super) fn temperatures(&self, number: u8, scene: &Scene) -> Result<(Array2<f32>, Array2<PixelState>)> {
        let table = self.look_up(number)?;
        let hottest = table.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut states = Array2::from_elem((scene.window.lines, scene.window.columns), PixelState::Missing);
        let values = self.values(number, scene, &table, |at, value| {
            states[at] = match value {
                value if value.is_nan() => PixelState::Fill,
                value if value >= hottest => PixelState::Saturated,
                _ => PixelState::Valid,
            };
        })?;
        Ok((values, states))
    }

    /// Reflectances of a channel on the scene's window. Scale and offset give them without the division by the cosine of
    /// the sun's zenith angle: so public readers take them.
    pub(super) fn reflectance(&self, number: u8, scene: &Scene) -> Result<Array2<f32>> {
        let name = self.name("Calibration", COEFFICIENTS);
        let rows = self.file.table(&name)?;
        // a file of one channel has one row
        let row = if rows.len() == 2 { 0 } else { usize::from(number) - 1 };
        let (Some(scale), Some(offset)) = (rows.get(2 * row), rows.get(2 * row + 1)) else {
            let found = format!("{name} of {} numbers", rows.len());
            return Err(self.bad(found, &format!("scale and offset of channel {number}")));
        };
        if !(*scale > 0.0 && scale.is_finite() && offset.is_finite()) {
            let found = format!("{name}: scale {scale} and offset {offset} of channel {number}");
            return Err(self.bad(found, "a scale above zero and an offset"));
        }
        let valid = self.valid_counts(number)?;
        let value = |count: u16| (f64::from(count) * scale + offset) as f32;
        let table: Vec<f32> =
            (0..=u16::MAX).map(|count| if valid.contains(&count) { value(count) } else { f32::NAN }).collect();
        self.values(number, scene, &table, |_, _| {})
    }

    /// Temperature of every count; NaN for a count that is a code, that the file calls invalid, past the table, or whose
    /// entry is a code or no temperature. On FY-4B tables fall: 0 is the hottest count, and valid only because
    /// `valid_range` says so.
    fn look_up(&self, number: u8) -> Result<Vec<f32>> {
        let name = self.name("Calibration", &format!("CALChannel{number:02}"));
        let entries = self.file.table(&name)?;
        let attributes = self.file.attributes_of(&name)?;
        let range = match attributes.numbers("valid_range")[..] {
            [low, high] if low < high => low.max(100.0)..=high.min(500.0),
            _ => 100.0..=500.0,
        };
        let fill = attributes.number("FillValue");
        let valid = self.valid_counts(number)?;
        let table: Vec<f32> = (0..=u16::MAX)
            .map(|count| match entries.get(usize::from(count)) {
                Some(kelvin) if valid.contains(&count) && range.contains(kelvin) && Some(*kelvin) != fill => {
                    *kelvin as f32
                }
                _ => f32::NAN,
            })
            .collect();
        let rises = table.iter().filter(|kelvin| !kelvin.is_nan()).count() > 1;
        if rises {
            Ok(table)
        } else {
            Err(self.bad(format!("{name} without temperatures"), "temperatures of 100 to 500 K"))
        }
    }

    /// The counts that are measurements.
    fn valid_counts(&self, number: u8) -> Result<Range<u16>> {
        let name = self.name("Data", &format!("NOMChannel{number:02}"));
        let attributes = self.file.attributes_of(&name)?;
        let range = attributes.numbers("valid_range");
        let fill = attributes.number("FillValue").unwrap_or(65_535.0);
        match range[..] {
            [low, high] if (0.0..=high).contains(&low) => {
                let end = (high + 1.0).min(f64::from(FIRST_CODE)).min(if fill > low { fill } else { f64::MAX });
                Ok(low as u16..end as u16)
            }
            _ => Err(self.bad(format!("{name}: valid_range {range:?}"), "the lowest and the highest valid count")),
        }
    }

    /// Values of a channel on the scene's window by a table; `note` is told of every pixel that the file has. A pixel of
    /// the 4 km grid is exactly four of the 2 km grid.
    fn values(
        &self,
        number: u8,
        scene: &Scene,
        table: &[f32],
        mut note: impl FnMut((usize, usize), f32),
    ) -> Result<Array2<f32>> {
        let coarser = scene.grid.columns / self.grid.columns.max(1);
        let window = &scene.window;
        let mut values = Array2::from_elem((window.lines, window.columns), f32::NAN);
        let own = Window {
            line0: window.line0 / coarser,
            column0: window.column0 / coarser,
            lines: (window.line0 + window.lines).div_ceil(coarser) - window.line0 / coarser,
            columns: (window.column0 + window.columns).div_ceil(coarser) - window.column0 / coarser,
        };
        let Some(part) = own.shared_with(&self.held) else { return Ok(values) };
        let variable = self.file.variable(&self.name("Data", &format!("NOMChannel{number:02}")))?;
        if variable.shape() != (self.held.lines, self.held.columns) {
            let expected = format!("{} lines of {} columns as its attributes say", self.held.lines, self.held.columns);
            return Err(self.bad(format!("NOMChannel{number:02} of {:?}", variable.shape()), &expected));
        }
        let (line, column) = (part.line0 - self.held.line0, part.column0 - self.held.column0);
        let counts = variable.window::<u16>(line..line + part.lines, column..column + part.columns)?;
        for ((i, j), value) in values.indexed_iter_mut() {
            let own_line = ((window.line0 + i) / coarser).checked_sub(part.line0);
            let own_column = ((window.column0 + j) / coarser).checked_sub(part.column0);
            let Some(count) = own_line.zip(own_column).and_then(|at| counts.get(at)) else { continue };
            *value = table.get(usize::from(*count)).copied().unwrap_or(f32::NAN);
            note((i, j), *value);
        }
        Ok(values)
    }

    fn bad(&self, found: String, expected: &str) -> Error {
        Error::input(self.path(), found, expected, "fetch the file again; it may be of another version")
    }
}

/// `FY-4A` or `FY-4B`: files write it with and without the dash.
fn satellite(granule: &Granule, path: &Path, attributes: &Attributes) -> Result<&'static str> {
    let text = attributes.text("Satellite Name").unwrap_or_default();
    let plain = text.to_uppercase().replace(['-', ' '], "");
    let named = granule.name.split('_').nth(1).unwrap_or_default();
    match plain.as_str() {
        "FY4A" if named == plain => Ok("FY-4A"),
        "FY4B" if named == plain => Ok("FY-4B"),
        _ if !["FY4A", "FY4B"].contains(&named) => {
            let expected = "FY4A or FY4B: how channels of others are calibrated is not known here";
            Err(Error::input(path, format!("satellite {named}"), expected, "use another source"))
        }
        _ => {
            let advice = "the file was renamed or mixed up: fetch it again";
            Err(Error::input(path, format!("Satellite Name {text:?}"), format!("{named} as in its name"), advice))
        }
    }
}

fn check_slot(granule: &Granule, path: &Path, attributes: &Attributes) -> Result<()> {
    let text = |key: &str| attributes.text(key).unwrap_or_default();
    let (day, clock) = (text("Observing Beginning Date"), text("Observing Beginning Time"));
    match Utc::parse(&format!("{day}T{}Z", clock.trim_end_matches('Z'))) {
        Some(time) if time.seconds_since(granule.time).abs() <= SAME_SLOT_SECONDS => Ok(()),
        _ => Err(Error::input(
            path,
            format!("Observing Beginning Date {day:?}, Time {clock:?}"),
            format!("a start near {} as in its name", granule.time.rfc3339()),
            "the file was renamed or mixed up: fetch it again",
        )),
    }
}

/// The full grid. The longitude is always the file's: FY-4B stood at 133 degrees, then at 105, and drifted between.
fn grid(path: &Path, attributes: &Attributes, fineness: usize) -> Result<FixedGrid> {
    let number = |key: &str| attributes.number(key);
    let required = |key: &str| {
        number(key).filter(|n| n.is_finite()).ok_or_else(|| {
            Error::input(path, format!("no number {key}"), "one in the file's attributes", "fetch the file again")
        })
    };
    // some files give kilometres, some metres
    let kilometres = |length: f64| if length > 1e5 { length / 1000.0 } else { length };
    let equatorial_km = number("Semimajor axis of ellipsoid").or(number("dEA")).map_or(6378.137, kilometres);
    let flattened = || equatorial_km * (1.0 - 1.0 / number("dObRecFlat").unwrap_or(298.257_223_563));
    let polar_km = number("Semiminor axis of ellipsoid").map_or_else(flattened, kilometres);
    // FY-4A counts from the earth's centre, FY-4B from the ground
    let height_km = kilometres(required("NOMSatHeight")?);
    let distance_km = if height_km > 42_000.0 { height_km } else { height_km + equatorial_km };
    let step = (65_536.0 / FACTOR_4KM / fineness as f64).to_radians();
    let side = SIDE_4KM * fineness;
    let middle = (side as f64 - 1.0) / 2.0;
    let grid = FixedGrid {
        sub_lon_deg: required("NOMCenterLon")?,
        distance_km,
        equatorial_km,
        polar_km,
        sweep: Sweep::Y,
        x0: -middle * step,
        dx: step,
        y0: middle * step,
        dy: -step,
        lines: side,
        columns: side,
    };
    if !fixed_grid::is_sound(&grid) {
        let expected = "the earth's disk seen from 42,164 km";
        return Err(Error::input(path, format!("grid {grid:?}"), expected, "fetch the file again"));
    }
    if let Some(angle) = number("dSamplingAngle").filter(|angle| (angle / (step * 1e6) - 1.0).abs() > 1e-3) {
        // whether it is a rounded number or another grid cannot be told from any public source
        tracing::warn!("{}: dSamplingAngle {angle} urad, not {:.3}: places may be off", path.display(), step * 1e6);
    }
    Ok(grid)
}

/// Lines and columns of the full disk that the file has: the first and the last of each, counted from 0.
fn held(path: &Path, attributes: &Attributes, grid: &FixedGrid) -> Result<Window> {
    let range = |first: &str, last: &str, size: usize| {
        let (from, to) = (attributes.number(first), attributes.number(last));
        match (from, to) {
            (Some(from), Some(to)) if from >= 0.0 && from <= to && to < size as f64 => {
                Ok((from as usize, (to - from) as usize + 1))
            }
            _ => {
                let found = format!("{first} {from:?}, {last} {to:?}");
                let expected = format!("two numbers from 0 to {}", size - 1);
                Err(Error::input(path, found, expected, "fetch the file again"))
            }
        }
    };
    let (line0, lines) = range("Begin Line Number", "End Line Number", grid.lines)?;
    let (column0, columns) = range("Begin Pixel Number", "End Pixel Number", grid.columns)?;
    Ok(Window { line0, column0, lines, columns })
}
