//! GOES-R ABI Level 1b netCDF through GDAL: radiances, quality flags, fixed grid and constants from the file.
//!
//! GOES-R Product Definition and Users' Guide volume 3 (Level 1b): brightness temperature from `planck_fk1`,
//! `planck_fk2`, `planck_bc1`, `planck_bc2`; reflectance factor from `kappa0`.

use super::geometry::fixed_grid;
use super::granule::{Granule, GranuleFile};
use super::{Extent, Reading, band_missing, require_window_band};
use crate::error::{Error, Result};
use crate::scene::{BandRaster, BandRole, FixedGrid, Look, PixelState, Scene, Sweep, WINDOW_BANDS, Window};
use crate::time::Utc;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};
use ndarray::Array2;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Band number and role.
const CHANNELS: [(u8, BandRole); 12] = [
    (1, BandRole::Blue),
    (2, BandRole::Red),
    (3, BandRole::Nir),
    (5, BandRole::Swir16),
    (6, BandRole::Swir22),
    (7, BandRole::Mir),
    (11, BandRole::Tir86),
    (12, BandRole::Tir96),
    (13, BandRole::Tir10),
    (14, BandRole::Tir11),
    (15, BandRole::Tir12),
    (16, BandRole::Tir13),
];

/// DQF values (Product Definition, ABI L1b): 0 good, 1 conditionally usable, 2 out of range, 3 no value,
/// 4 focal plane too warm. 2 holds usable radiance and is where fire cores are (ALGORITHMS 4.10).
fn state_of(quality: u8) -> PixelState {
    match quality {
        0 | 1 => PixelState::Valid,
        2 => PixelState::Saturated,
        _ => PixelState::Fill,
    }
}

/// Reads the wanted part of an ABI granule.
///
/// # Errors
/// When the MIR band or every window band is absent or unreadable.
pub fn read(granule: &Granule, extent: &Extent) -> Result<Reading> {
    crate::layers::raster::quiet_gdal();
    let by_role = |role: BandRole| {
        let number = CHANNELS.iter().find(|(_, r)| *r == role).map(|(number, _)| *number)?;
        granule.files.iter().find(|file| file.band == number)
    };
    let Some(mir) = by_role(BandRole::Mir) else {
        return Err(band_missing(granule, "band 7 (3.9 um, MIR), without which no fire can be seen", "...C07_..."));
    };
    let mir_file = AbiFile::open(&mir.path)?;
    let grid = mir_file.grid()?;
    let Some(window) = extent.window(&grid) else {
        return Ok(Reading { look: None, counts: None, problems: Vec::new(), notes: Vec::new() });
    };
    let mut scene = mir_file.scene(granule, grid, window)?;
    let others = CHANNELS.iter().map(|(_, role)| *role);
    let wanted = others.filter(|role| !WINDOW_BANDS.contains(role)).chain(WINDOW_BANDS);
    // one after the other on the caller's thread: the netCDF library holds one lock for the whole process, and prints
    // its probing of absent attributes on every thread but the first that used it
    let mut problems = Vec::new();
    let mut empty = None;
    for role in wanted {
        let Some(file) = by_role(role) else { continue };
        let is_window = WINDOW_BANDS.contains(&role);
        if is_window && role != BandRole::Tir12 && scene.tir().is_some() {
            continue; // a better one is there
        }
        match read_band(file, role, granule, &scene) {
            // fill everywhere: serves only where no other window band has a value
            Ok(band) if is_window && !band.raster.has_values() => empty = empty.or(Some((role, band.raster))),
            Ok(band) => {
                scene.simulated |= band.simulated;
                scene.bands.insert(role, band.raster);
                if role == BandRole::Mir {
                    scene.state = band.states;
                }
            }
            Err(error) if role == BandRole::Mir => return Err(error),
            Err(error) => problems.push(error),
        }
    }
    if let (None, Some((role, raster))) = (scene.tir(), empty) {
        scene.bands.insert(role, raster);
    }
    if scene.tir().is_none() {
        return Err(super::all_in_one(problems).unwrap_or_else(|| {
            let needed = "band 14 (11.2 um) or another window band: 13, 15, 11, 12 or 16, in that order";
            band_missing(granule, needed, "...C14_...")
        }));
    }
    require_window_band(&mut scene);
    Ok(Reading { look: Some(Look::Fixed(Box::new(scene))), counts: None, problems, notes: Vec::new() })
}

/// What came of one band's file.
struct BandRead {
    raster: BandRaster,
    states: Array2<PixelState>,
    simulated: bool,
}

fn read_band(file: &GranuleFile, role: BandRole, granule: &Granule, scene: &Scene) -> Result<BandRead> {
    let (grid, window) = (&scene.grid, &scene.window);
    let opened = AbiFile::open(&file.path)?;
    opened.check_band(file.band)?;
    opened.check_slot(granule)?;
    let finer = opened.finer_than(grid)?;
    opened.check_view(scene, finer)?;
    let (counts, quality) = opened.counts(window, finer)?;
    let planck = if role.is_thermal() { Some(opened.planck()?) } else { None };
    let table = opened.table(planck.as_ref())?;
    let mut values = Array2::from_elem((window.lines, window.columns), f32::NAN);
    let mut states = Array2::from_elem((window.lines, window.columns), PixelState::Fill);
    let columns = window.columns * finer;
    for ((line, column), value) in values.indexed_iter_mut() {
        let (mut sum, mut count) = (0.0, 0.0);
        for i in 0..finer * finer {
            let at = (line * finer + i / finer) * columns + column * finer + i % finer;
            let (state, one) = (state_of(quality[at]), table.get(usize::from(counts[at])).copied().unwrap_or(f32::NAN));
            if state.is_usable() && !one.is_nan() {
                states[(line, column)] = state;
                sum += one;
                count += 1.0;
            }
        }
        *value = sum / count; // 0/0: no value
    }
    let raster = BandRaster { channel: format!("C{:02}", file.band), values, planck };
    Ok(BandRead { raster, states, simulated: opened.is_simulated() })
}

/// One open ABI file with the radiance variable as a raster.
struct AbiFile<'a> {
    path: &'a Path,
    radiance: Dataset,
}

impl<'a> AbiFile<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let length = std::fs::metadata(path).map_err(|source| Error::read(path, source))?.len();
        if length == 0 {
            return Err(Error::input(
                path,
                "an empty file (0 bytes)",
                "an ABI L1b netCDF file",
                "fetch the file again",
            ));
        }
        let start = first_bytes(path)?;
        if !start.starts_with(b"\x89HDF") && !start.starts_with(b"CDF") {
            let found = format!("first bytes {start:02x?}");
            let advice = "check that this is the file that its name says and fetch it again";
            return Err(Error::input(path, found, "a netCDF file (\\x89HDF or CDF)", advice));
        }
        let name = format!("NETCDF:\"{}\":Rad", path.display());
        let radiance = Dataset::open(name).map_err(|_| {
            // GDAL's own word here is empty
            let found = format!("{length} bytes that begin as netCDF and do not open with a variable Rad");
            let advice = "fetch the file again; it may be cut short";
            Error::input(path, found, "a whole ABI L1b netCDF file", advice)
        })?;
        Ok(AbiFile { path, radiance })
    }

    fn number(&self, key: &str) -> Result<f64> {
        let text = self.text(key);
        text.trim().parse().map_err(|_| {
            let found = if text.is_empty() { "no such attribute".to_string() } else { text };
            Error::input(self.path, format!("{key}: {found}"), "a number", "fetch the file again")
        })
    }

    fn text(&self, key: &str) -> String {
        self.radiance.metadata_item(key, "").unwrap_or_default()
    }

    fn grid(&self) -> Result<FixedGrid> {
        let projection = |key: &str| self.number(&format!("goes_imager_projection#{key}"));
        let equatorial = projection("semi_major_axis")?;
        let (columns, lines) = self.radiance.raster_size();
        let ((x0, dx), (y0, dy)) = (self.axis("x", columns)?, self.axis("y", lines)?);
        let grid = FixedGrid {
            sub_lon_deg: projection("longitude_of_projection_origin")?,
            distance_km: (projection("perspective_point_height")? + equatorial) / 1000.0,
            equatorial_km: equatorial / 1000.0,
            polar_km: projection("semi_minor_axis")? / 1000.0,
            sweep: if self.text("goes_imager_projection#sweep_angle_axis") == "y" { Sweep::Y } else { Sweep::X },
            x0,
            dx,
            y0,
            dy,
            lines,
            columns,
        };
        if fixed_grid::is_sound(&grid) {
            return Ok(grid);
        }
        let expected = "x growing to the east and y falling to the south over the earth's disk, seen from 42,164 km";
        Err(Error::input(self.path, format!("grid {grid:?}"), expected, "fetch the file again"))
    }

    /// First angle and step (radians) of an axis: packed as the mission writes it, or plain numbers as some tools
    /// rewrite it.
    fn axis(&self, name: &str, size: usize) -> Result<(f64, f64)> {
        if !self.text(&format!("{name}#scale_factor")).is_empty() {
            return Ok((self.number(&format!("{name}#add_offset"))?, self.number(&format!("{name}#scale_factor"))?));
        }
        let values = self.variable(name, size)?;
        match (values.first(), values.last()) {
            (Some(first), Some(last)) if size > 1 => Ok((*first, (last - first) / (size - 1) as f64)),
            _ => {
                Err(Error::input(self.path, format!("{size} values of {name}"), "two or more", "fetch the file again"))
            }
        }
    }

    fn scene(&self, granule: &Granule, grid: FixedGrid, window: Window) -> Result<Scene> {
        let time = self.text("NC_GLOBAL#time_coverage_start");
        Ok(Scene {
            granule: granule.name.clone(),
            satellite: self.satellite(),
            sensor: "ABI".to_string(),
            time: Utc::parse(&time).ok_or_else(|| {
                let found = format!("time_coverage_start {time:?}");
                Error::input(self.path, found, "a moment like 2019-10-27T20:00:27.5Z", "fetch the file again")
            })?,
            simulated: self.is_simulated(),
            grid,
            window,
            bands: BTreeMap::new(),
            state: Array2::from_elem((window.lines, window.columns), PixelState::Missing),
            height_m: None,
        })
    }

    fn satellite(&self) -> String {
        let platform = self.text("NC_GLOBAL#platform_ID");
        platform.strip_prefix('G').map_or(platform.clone(), |number| format!("GOES-{number}"))
    }

    fn is_simulated(&self) -> bool {
        self.text("NC_GLOBAL#simulated") == "1"
    }

    /// The file must be of the scene's satellite and its first pixels must lie where the scene's first pixel lies.
    fn check_view(&self, scene: &Scene, finer: usize) -> Result<()> {
        let (own, grid) = (self.grid()?, &scene.grid);
        let shift = (finer as f64 - 1.0) / 2.0;
        let off = |first: f64, step: f64, grid_first: f64| (first + shift * step - grid_first).abs();
        // the axes are written as 4-byte floats: a tenth of a pixel is far more than their rounding
        let near = off(own.x0, own.dx, grid.x0).max(off(own.y0, own.dy, grid.y0)) < grid.dx * 0.1;
        if near && self.satellite() == scene.satellite && (own.sub_lon_deg - grid.sub_lon_deg).abs() < 1e-3 {
            return Ok(());
        }
        let found = format!("{} with its first pixel at x {}, y {}", self.satellite(), own.x0, own.y0);
        let expected = format!("{} near x {}, y {}", scene.satellite, grid.x0, grid.y0);
        Err(Error::input(self.path, found, expected, "use the files of one satellite and sector together"))
    }

    /// The file must hold the slot that its name says.
    fn check_slot(&self, granule: &Granule) -> Result<()> {
        let text = self.text("NC_GLOBAL#time_coverage_start");
        match Utc::parse(&text) {
            Some(time) if time.seconds_since(granule.time).abs() < 60.0 => Ok(()),
            _ => Err(Error::input(
                self.path,
                format!("time_coverage_start {text:?}"),
                format!("a start near {} as in its name", granule.time.rfc3339()),
                "the file was renamed or mixed up: fetch it again",
            )),
        }
    }

    fn check_band(&self, expected: u8) -> Result<()> {
        let band = self.scalar("band_id")?;
        if band == f64::from(expected) {
            return Ok(());
        }
        let expected = format!("band_id {expected} as in its name");
        Err(Error::input(self.path, format!("band_id {band}"), expected, "the file was renamed: fetch it again"))
    }

    /// How many of this file's pixels make a side of a pixel of the grid: 1, 2 or 4.
    fn finer_than(&self, grid: &FixedGrid) -> Result<usize> {
        let (columns, lines) = self.radiance.raster_size();
        let finer = columns / grid.columns.max(1);
        if [1, 2, 4].contains(&finer) && columns == grid.columns * finer && lines == grid.lines * finer {
            return Ok(finer);
        }
        let found = format!("{lines} lines of {columns} columns");
        let expected = format!("1, 2 or 4 times the MIR band's {} lines of {} columns", grid.lines, grid.columns);
        Err(Error::input(self.path, found, expected, "use the files of one sector together"))
    }

    /// Raw counts and quality flags of the window, `finer` times as many lines and columns.
    fn counts(&self, window: &Window, finer: usize) -> Result<(Vec<u16>, Vec<u8>)> {
        let start = ((window.column0 * finer) as isize, (window.line0 * finer) as isize);
        let size = (window.columns * finer, window.lines * finer);
        let read = || -> gdal::errors::Result<(Vec<u16>, Vec<u8>)> {
            let counts = self.radiance.rasterband(1)?.read_as::<u16>(start, size, size, None)?;
            let flags = Dataset::open(format!("NETCDF:\"{}\":DQF", self.path.display()))?;
            let quality = flags.rasterband(1)?.read_as::<u8>(start, size, size, None)?;
            Ok((counts.data().to_vec(), quality.data().to_vec()))
        };
        read().map_err(|error| bad(self.path, &error))
    }

    /// Value of every count: kelvin, or reflectance not divided by the cosine of the sun's zenith angle. A radiance
    /// at or below zero is noise over a very cold target and is given half a count's radiance.
    fn table(&self, planck: Option<&PlanckLaw>) -> Result<Vec<f32>> {
        let (scale, offset) = (self.number("Rad#scale_factor")?, self.number("Rad#add_offset")?);
        if !(scale.is_finite() && scale > 0.0 && offset.is_finite()) {
            let found = format!("Rad scale_factor {scale}, add_offset {offset}");
            return Err(Error::input(self.path, found, "a positive scale and an offset", "fetch the file again"));
        }
        let fill = self.number("Rad#_FillValue")? as u16;
        let factor = match planck {
            Some(law) => per_micrometre(law.second),
            None => self.scalar("kappa0")?,
        };
        let value = |count: u16| {
            let radiance = (f64::from(count) * scale + offset) * factor;
            match planck {
                _ if count == fill => f64::NAN,
                Some(law) => law.temperature_k(radiance.max(scale.abs() * factor / 2.0)),
                None => radiance,
            }
        };
        Ok((0..=u16::MAX).map(|count| value(count) as f32).collect())
    }

    fn planck(&self) -> Result<PlanckLaw> {
        let [fk1, fk2] = [self.scalar("planck_fk1")?, self.scalar("planck_fk2")?];
        let [bc1, bc2] = [self.scalar("planck_bc1")?, self.scalar("planck_bc2")?];
        if !(fk1 > 0.0 && fk2 > 0.0 && bc2 > 0.0) {
            let found = format!("planck_fk1 {fk1}, planck_fk2 {fk2}, planck_bc2 {bc2}");
            return Err(Error::input(self.path, found, "positive constants", "fetch the file again"));
        }
        Ok(PlanckLaw {
            first: fk1 * per_micrometre(fk2),
            second: fk2,
            to_brightness: [-bc1 / bc2, 1.0 / bc2, 0.0],
            from_brightness: [bc1, bc2, 0.0],
        })
    }

    /// A variable of one value.
    fn scalar(&self, name: &str) -> Result<f64> {
        match self.variable(name, 1)?.first() {
            Some(value) if value.is_finite() && *value != -999.0 => Ok(*value),
            value => Err(Error::input(self.path, format!("{name} = {value:?}"), "a value", "fetch the file again")),
        }
    }

    /// The first `count` raw values of a variable; the raster view of the file does not show those without
    /// dimensions.
    fn variable(&self, name: &str, count: usize) -> Result<Vec<f64>> {
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER,
            allowed_drivers: Some(&["netCDF"]),
            ..Default::default()
        };
        let read = || -> gdal::errors::Result<Vec<f64>> {
            let file = Dataset::open_ex(self.path, options)?;
            let root = file.root_group()?;
            let variable = root.open_md_array(name, Default::default())?;
            let sizes = vec![count; variable.num_dimensions()];
            variable.read_as::<f64>(vec![0; sizes.len()], sizes)
        };
        read().map_err(|error| bad(self.path, &error))
    }
}

/// Factor from mW m-2 sr-1 (cm-1)-1 to W m-2 sr-1 um-1 at the band's effective wavenumber hc nu/k = `fk2`:
/// L_lambda = L_nu * nu^2 / 1e4, and 1e-3 for the milliwatts.
fn per_micrometre(fk2: f64) -> f64 {
    let wavenumber_per_cm = fk2 * BOLTZMANN_K / (PLANCK_H * LIGHT_C) / 100.0;
    wavenumber_per_cm * wavenumber_per_cm * 1e-4 * 1e-3
}

fn first_bytes(path: &Path) -> Result<Vec<u8>> {
    let mut start = Vec::new();
    let file = std::fs::File::open(path).map_err(|source| Error::read(path, source))?;
    let read = file.take(4).read_to_end(&mut start);
    read.map_err(|source| Error::read(path, source))?;
    Ok(start)
}

fn bad(path: &Path, error: &gdal::errors::GdalError) -> Error {
    let found = format!("a file that GDAL cannot read ({error})");
    Error::input(path, found, "a whole ABI L1b netCDF file", "fetch the file again; it may be cut short")
}
