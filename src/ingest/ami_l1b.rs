//! GK-2A AMI Level 1B netCDF: one file a band, counts with quality bits, on a fixed grid of 56 microradians. Names and
//! units are those of the files as KMA's National Meteorological Satellite Center describes them and public readers use them.

use super::geometry::fixed_grid;
use super::granule::names::AMI_BANDS;
use super::granule::{Granule, GranuleFile};
use super::hdf5::{Attributes, Hdf5File};
use super::{Extent, Reading, band_missing, require_window_band};
use crate::error::{Error, Result};
use crate::scene::{BandRaster, BandRole, FixedGrid, Look, PixelState, Scene, Sweep, WINDOW_BANDS, Window};
use crate::time::Utc;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use ndarray::Array2;
use std::collections::BTreeMap;
use std::path::Path;

const KIND: &str = "an AMI Level 1B netCDF file";
const PIXELS: &str = "image_pixel_values";
/// Two quality bits above the count: 0 good, 1 usable under conditions, 2 outside the scan, 3 error.
const QUALITY_SHIFT: u32 = 14;
/// A scan begins some 32 s after its slot.
const SAME_SLOT_SECONDS: f64 = 120.0;

/// Number (its place in `AMI_BANDS`, from 1), role, and the wavenumber of the band's law, cm-1, which is not in the files
/// (their `channel_center_wavelength` is a name and 1.5 K wrong): KMA, conversion table of counts.
const CHANNELS: [(u8, BandRole, f64); 11] = [
    (1, BandRole::Blue, 0.0),
    (3, BandRole::Red, 0.0),
    (4, BandRole::Nir, 0.0),
    (6, BandRole::Swir16, 0.0),
    (7, BandRole::Mir, 2_612.677_373_521_11),
    (11, BandRole::Tir86, 1_164.949_392_856_34),
    (12, BandRole::Tir96, 1_039.960_216_776_11),
    (13, BandRole::Tir10, 966.153_383_926_055),
    (14, BandRole::Tir11, 891.713_057_301_26),
    (15, BandRole::Tir12, 810.609_007_871_23),
    (16, BandRole::Tir13, 753.590_621_482_278),
];

/// Reads the wanted part of an AMI slot.
///
/// # Errors
/// When the files are of the Lambert projection, or the MIR band or every window band is absent or unreadable.
pub(super) fn read(granule: &Granule, extent: &Extent) -> Result<Reading> {
    let by_role = |role: BandRole| {
        let (number, ..) = CHANNELS.iter().find(|(_, r, _)| *r == role)?;
        granule.files.iter().find(|file| file.band == *number)
    };
    if let Some(file) = granule.files.first().filter(|file| projection(&file.path) != Some("ge")) {
        return Err(other_projection(&file.path, "not a ...ge_... file by its name"));
    }
    let Some(mir) = by_role(BandRole::Mir) else {
        return Err(band_missing(
            granule,
            "sw038 (band 7, 3.8 um, MIR), without which no fire can be seen",
            "..._sw038_...",
        ));
    };
    let (grid, mut scene) = {
        let file = AmiFile::open(granule, mir)?;
        let grid = file.grid()?;
        let Some(window) = extent.window(&grid) else {
            return Ok(Reading { look: None, counts: None, problems: Vec::new(), notes: Vec::new() });
        };
        (grid, file.scene(granule, grid, window))
    };
    let mut problems = Vec::new();
    let mut empty = None;
    let others = CHANNELS.iter().map(|(_, role, _)| *role).filter(|role| !WINDOW_BANDS.contains(role));
    for role in others.chain(WINDOW_BANDS) {
        let Some(file) = by_role(role) else { continue };
        let is_window = WINDOW_BANDS.contains(&role);
        if is_window && role != BandRole::Tir12 && scene.tir().is_some() {
            continue; // a better one is there
        }
        match AmiFile::open(granule, file).and_then(|opened| opened.band(role, &grid, &scene.window)) {
            // fill everywhere: serves only where no other window band has a value
            Ok(band) if is_window && !band.raster.has_values() => empty = empty.or(Some((role, band.raster))),
            Ok(band) if !role.is_thermal() && !band.raster.has_values() => {} // night
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
        let needed = "ir112 (band 14, 11.2 um) or another window band: 13, 15, 11, 12 or 16, in that order";
        return Err(super::all_in_one(problems).unwrap_or_else(|| band_missing(granule, needed, "..._ir112_...")));
    }
    require_window_band(&mut scene);
    Ok(Reading { look: Some(Look::Fixed(Box::new(scene))), counts: None, problems, notes: Vec::new() })
}

/// `ge` of `gk2a_ami_le1b_sw038_fd020ge_202003210230.nc`.
fn projection(path: &Path) -> Option<&str> {
    let sector = path.file_name()?.to_str()?.split('_').nth(4)?;
    sector.get(sector.len().checked_sub(2)?..)
}

fn other_projection(path: &Path, found: &str) -> Error {
    let expected =
        "the geostationary projection, `...fd020ge...`: Lambert files (`lc`) are resampled, without calibration";
    Error::input(path, found, expected, "use the full-disk files")
}

/// Whether the middle of a grid looks straight down, as a whole disk's does: within a pixel.
fn is_whole_disk(grid: &FixedGrid) -> bool {
    let off = |first: f64, step: f64, size: usize| (first + step * (size as f64 - 1.0) / 2.0).abs();
    off(grid.x0, grid.dx, grid.columns) <= grid.dx && off(grid.y0, grid.dy, grid.lines) <= grid.dx
}

/// Half the width of the disk, radians: 2750 pixels of 56 microradians.
const HALF_DISK: f64 = 0.154;

/// Whether a grid begins where the whole disk does: in space, where no local area is.
fn begins_at_the_disks_corner(grid: &FixedGrid) -> bool {
    let (west, north) = (grid.x0 - grid.dx / 2.0, grid.y0 - grid.dy / 2.0);
    (west + HALF_DISK).abs() < 2.0 * grid.dx && (north - HALF_DISK).abs() < 2.0 * grid.dx
}

/// What came of one band's file.
struct BandRead {
    raster: BandRaster,
    states: Array2<PixelState>,
    simulated: bool,
}

/// One open file that is what its name says.
struct AmiFile {
    file: Hdf5File,
    attributes: Attributes,
    number: u8,
}

impl AmiFile {
    fn open(granule: &Granule, named: &GranuleFile) -> Result<Self> {
        let file = Hdf5File::open(&named.path, KIND)?;
        let attributes = file.attributes()?;
        let opened = AmiFile { file, attributes, number: named.band };
        opened.check_name(granule)?;
        Ok(opened)
    }

    fn check_name(&self, granule: &Granule) -> Result<()> {
        let wrong = |found: String, expected: String| {
            let advice = "the file was renamed or mixed up: fetch it again";
            Err(Error::input(self.file.path(), found, expected, advice))
        };
        let text = |key: &str| self.attributes.text(key).unwrap_or_default();
        let satellite = text("satellite_name");
        if satellite.to_uppercase().replace('-', "") != "GK2A" {
            return wrong(format!("satellite_name {satellite:?}"), "GK-2A as in its name".to_string());
        }
        let projection = text("projection_type");
        if !projection.eq_ignore_ascii_case("GEOS") {
            return Err(other_projection(self.file.path(), &format!("projection_type {projection:?}")));
        }
        let named = AMI_BANDS.get(usize::from(self.number) - 1).copied().unwrap_or_default();
        let channel = self.file.attributes_of(PIXELS)?.text("channel_name").unwrap_or_default();
        if !channel.eq_ignore_ascii_case(named) {
            return wrong(format!("channel_name {channel:?}"), format!("{named} as in its name"));
        }
        // seconds since noon of 2000-01-01: from midnight every slot would be twelve hours early
        let start = self.number("observation_start_time")?;
        match Utc::from_j2000_seconds(start) {
            Some(time) if time.seconds_since(granule.time).abs() <= SAME_SLOT_SECONDS => Ok(()),
            time => wrong(
                format!("an observation from {}", time.map_or("no moment".to_string(), Utc::rfc3339)),
                format!("a start near {} as in its name", granule.time.rfc3339()),
            ),
        }
    }

    fn number(&self, key: &str) -> Result<f64> {
        self.attributes.number(key).filter(|number| number.is_finite()).ok_or_else(|| {
            let found = format!("no number {key}");
            Error::input(self.file.path(), found, "one in the file's attributes", "fetch the file again")
        })
    }

    /// The grid of the sector: lengths in metres, the longitude in radians, columns and lines counted from 1; lines grow
    /// to the south because their factor is negative.
    fn grid(&self) -> Result<FixedGrid> {
        let step = |factor: f64| (65_536.0 / factor).to_radians();
        let (dx, dy) = (step(self.number("cfac")?), step(self.number("lfac")?));
        let grid = FixedGrid {
            sub_lon_deg: self.number("sub_longitude")?.to_degrees(),
            distance_km: self.number("nominal_satellite_height")? / 1000.0,
            equatorial_km: self.number("earth_equatorial_radius")? / 1000.0,
            polar_km: self.number("earth_polar_radius")? / 1000.0,
            sweep: Sweep::Y,
            x0: (1.0 - self.number("coff")?) * dx,
            dx,
            y0: (1.0 - self.number("loff")?) * dy,
            dy,
            lines: self.number("number_of_lines")? as usize,
            columns: self.number("number_of_columns")? as usize,
        };
        if !fixed_grid::is_sound(&grid) {
            let expected =
                "x growing to the east and y falling to the south over the earth's disk, seen from 42,164 km";
            return Err(Error::input(self.file.path(), format!("grid {grid:?}"), expected, "fetch the file again"));
        }
        // the file says where its first pixel is in two ways
        let corners = ["image_upperleft_x", "image_upperleft_y"].map(|key| self.attributes.number(key));
        if !is_whole_disk(&grid) && (corners == [None, None] || begins_at_the_disks_corner(&grid)) {
            // offsets of the whole disk in a sector would put it into the disk's north-west corner, unnoticed
            let found = format!(
                "a sector of {} lines and {} columns with the offsets of the whole disk or without its corner",
                grid.lines, grid.columns
            );
            let expected = "coff, loff, image_upperleft_x and image_upperleft_y that say where in the disk it lies";
            return Err(Error::input(self.file.path(), found, expected, "use the full-disk files"));
        }
        let near = |corner: Option<f64>, own: f64| corner.is_none_or(|angle| (angle - own).abs() < dx / 2.0);
        if near(corners[0], grid.x0) && near(corners[1], grid.y0) {
            return Ok(grid);
        }
        let found = format!("coff and loff that put its first pixel at x {}, y {}", grid.x0, grid.y0);
        let expected = "the place of image_upperleft_x and image_upperleft_y";
        Err(Error::input(self.file.path(), found, expected, "fetch the file again"))
    }

    fn scene(&self, granule: &Granule, grid: FixedGrid, window: Window) -> Scene {
        Scene {
            granule: granule.name.clone(),
            satellite: "GK-2A".to_string(),
            sensor: "AMI".to_string(),
            time: granule.time,
            simulated: self.is_simulated(),
            grid,
            window,
            bands: BTreeMap::new(),
            state: Array2::from_elem((window.lines, window.columns), PixelState::Missing),
            height_m: None,
        }
    }

    fn is_simulated(&self) -> bool {
        self.attributes.number("simulated") == Some(1.0)
    }

    /// The band on a window of the scene's grid: means of the finer pixels that make one of it.
    fn band(&self, role: BandRole, grid: &FixedGrid, window: &Window) -> Result<BandRead> {
        let (finer, line0, column0) = self.place(grid, window)?;
        let variable = self.file.variable(PIXELS)?;
        let (lines, columns) = (window.lines * finer, window.columns * finer);
        let words = variable.window::<u16>(line0..line0 + lines, column0..column0 + columns)?;
        let scale = self.scale(variable.attributes())?;
        let planck = if role.is_thermal() { Some(self.law(role)?) } else { None };
        let table = self.table(role, planck.as_ref(), &scale)?;
        let mut values = Array2::from_elem((window.lines, window.columns), f32::NAN);
        let mut states = Array2::from_elem((window.lines, window.columns), PixelState::Fill);
        for (at, value) in values.indexed_iter_mut() {
            let (mut sum, mut count) = (0.0, 0.0);
            for i in 0..finer * finer {
                let word = words[(at.0 * finer + i / finer, at.1 * finer + i % finer)];
                let dn = word & scale.mask;
                let one = if word >> QUALITY_SHIFT <= 1 { table[usize::from(dn)] } else { f32::NAN };
                if !one.is_nan() {
                    states[at] = if dn == scale.hottest() { PixelState::Saturated } else { PixelState::Valid };
                    sum += one;
                    count += 1.0;
                }
            }
            *value = sum / count; // 0/0: no value
        }
        let channel = AMI_BANDS.get(usize::from(self.number) - 1).map(|name| name.to_uppercase()).unwrap_or_default();
        Ok(BandRead { raster: BandRaster { channel, values, planck }, states, simulated: self.is_simulated() })
    }

    /// How many of this file's pixels make a side of one of the scene's grid, and the window's first line and column here.
    fn place(&self, grid: &FixedGrid, window: &Window) -> Result<(usize, usize, usize)> {
        let own = self.grid()?;
        let finer = (grid.dx / own.dx).round();
        // from the edges of the first pixels, in pixels of this file
        let first = |x0: f64, dx: f64, own_x0: f64, own_dx: f64| ((x0 - dx / 2.0) - (own_x0 - own_dx / 2.0)) / own_dx;
        let column = first(grid.x0, grid.dx, own.x0, own.dx);
        let line = first(grid.y0, grid.dy, own.y0, own.dy);
        let nests = [1.0, 2.0, 4.0].contains(&finer)
            && (grid.dx / own.dx - finer).abs() < 1e-4
            && (column - column.round()).abs().max((line - line.round()).abs()) < 0.1
            && (own.sub_lon_deg - grid.sub_lon_deg).abs() < 1e-3;
        let start = |first: f64, at: usize| first.round() + at as f64 * finer;
        let (line0, column0) = (start(line, window.line0), start(column, window.column0));
        let inside =
            |start: f64, count: usize, size: usize| start >= 0.0 && start + count as f64 * finer <= size as f64;
        if nests && inside(line0, window.lines, own.lines) && inside(column0, window.columns, own.columns) {
            return Ok((finer as usize, line0 as usize, column0 as usize));
        }
        let found = format!("{own:?}");
        let expected = format!("pixels that make up those of the MIR band's {grid:?}");
        Err(Error::input(self.file.path(), found, expected, "use the files of one sector together"))
    }

    fn scale(&self, pixels: &Attributes) -> Result<Scale> {
        let bits = pixels.number("number_of_valid_bits_per_pixel");
        let quality = pixels.number("number_of_data_quality_flag_bits_per_pixel").unwrap_or(2.0);
        let (Some(bits @ 8.0..=14.0), 2.0) = (bits, quality) else {
            let found = format!("{bits:?} valid bits and {quality} quality bits a pixel");
            // read with the bits of another band, sw038 becomes 376 K everywhere
            return Err(Error::input(self.file.path(), found, "8 to 14 and 2", "fetch the file again"));
        };
        let (gain, offset) = (self.number("DN_to_Radiance_Gain")?, self.number("DN_to_Radiance_Offset")?);
        if gain == 0.0 {
            let expected = "a gain that is not zero";
            return Err(Error::input(self.file.path(), "DN_to_Radiance_Gain 0", expected, "fetch the file again"));
        }
        Ok(Scale { gain, offset, mask: ((1u32 << bits as u32) - 1) as u16 })
    }

    fn law(&self, role: BandRole) -> Result<PlanckLaw> {
        let wavenumber = CHANNELS.iter().find(|(_, r, _)| *r == role).map_or(0.0, |(.., wavenumber)| *wavenumber);
        let [c0, c1, c2] = ["Teff_to_Tbb_c0", "Teff_to_Tbb_c1", "Teff_to_Tbb_c2"].map(|key| self.number(key));
        let to_brightness = [c0?, c1?, c2?];
        if !(0.9..1.1).contains(&to_brightness[1]) || to_brightness[0].abs() > 10.0 || to_brightness[2].abs() > 1e-3 {
            let found = format!("Teff_to_Tbb_c0 to c2 {to_brightness:?}");
            return Err(Error::input(self.file.path(), found, "near 0, 1 and 0", "fetch the file again"));
        }
        let constant = |key: &str, known: f64| {
            // a constant of nature that is none is not the file's to give
            self.attributes.number(key).filter(|value| (value / known - 1.0).abs() < 1e-4).unwrap_or(known)
        };
        Ok(law(
            wavenumber,
            to_brightness,
            [
                constant("Plank_constant_h", PLANCK_H),
                constant("light_speed", LIGHT_C),
                constant("Boltzmann_constant_k", BOLTZMANN_K),
            ],
        ))
    }

    /// Value of every count: kelvin, or reflectance not divided by the cosine of the sun's zenith angle.
    fn table(&self, role: BandRole, planck: Option<&PlanckLaw>, scale: &Scale) -> Result<Vec<f32>> {
        let factor = match planck {
            Some(law) => per_micrometre(law),
            None => self.number("Radiance_to_Albedo_c")?,
        };
        let noise = if role == BandRole::Mir { (scale.gain * factor).abs() / 2.0 } else { 0.0 };
        let value = |count: u16| {
            let radiance = (f64::from(count) * scale.gain + scale.offset) * factor;
            match planck {
                // at or below zero: in the mid infrared noise over a very cold target, elsewhere no value
                Some(law) => law.temperature_k(radiance.max(noise)),
                None => radiance,
            }
        };
        Ok((0..=scale.mask).map(|count| value(count) as f32).collect())
    }
}

/// Radiance = gain x count + offset, in mW m-2 sr-1 (cm-1)-1 for infrared and W m-2 sr-1 um-1 for reflective bands.
struct Scale {
    gain: f64,
    offset: f64,
    mask: u16,
}

impl Scale {
    /// The count at the hot end: in the infrared the gain is negative.
    fn hottest(&self) -> u16 {
        if self.gain < 0.0 { 0 } else { self.mask }
    }
}

/// The law of a band from its wavenumber (cm-1), the quadratic from law to band temperature, and h, c and k.
fn law(wavenumber: f64, to_brightness: [f64; 3], [h, c, k]: [f64; 3]) -> PlanckLaw {
    PlanckLaw {
        to_brightness,
        from_brightness: inverse(&to_brightness),
        ..PlanckLaw::at_wavelength(1e4 / wavenumber, h, c, k)
    }
}

/// Factor from mW m-2 sr-1 (cm-1)-1 to W m-2 sr-1 um-1 at the law's wavenumber: nu^2 / 1e4, and 1e-3 for the milliwatts.
fn per_micrometre(law: &PlanckLaw) -> f64 {
    let wavenumber_per_cm = law.second * BOLTZMANN_K / (PLANCK_H * LIGHT_C) / 100.0;
    wavenumber_per_cm * wavenumber_per_cm * 1e-7
}

/// The quadratic that undoes a nearly straight one: through three temperatures, within a thousandth of a kelvin between.
fn inverse(c: &[f64; 3]) -> [f64; 3] {
    let t = [200.0, 300.0, 400.0];
    let b = t.map(|t| c[0] + t * (c[1] + t * c[2]));
    // Newton's divided differences
    let first = (t[1] - t[0]) / (b[1] - b[0]);
    let second = ((t[2] - t[1]) / (b[2] - b[1]) - first) / (b[2] - b[0]);
    [t[0] - first * b[0] + second * b[0] * b[1], first - second * (b[0] + b[1]), second]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KMA's conversion table of IR105 counts, as quoted publicly with the coefficients of the real files.
    #[test]
    fn counts_of_ir105_are_the_temperatures_of_the_published_table() {
        let constants = [6.626_069_57e-34, 299_792_458.0, 1.380_648_8e-23];
        let quadratic = [-0.142_866_448_475_177, 1.000_640_695_720_49, -5.504_432_949_604_98e-7];
        let law = law(966.153_383_926_055, quadratic, constants);
        let expected = [330.05254, 319.99371, 309.08976, 297.08050, 283.54929, 267.75568, 248.14399, 220.17763];
        for (i, expected) in expected.iter().enumerate() {
            let radiance = -0.019_819_695_502_519_6 * 1024.0 * i as f64 + 161.580_139_160_156;
            let got = law.temperature_k(radiance * per_micrometre(&law));
            assert!((got - expected).abs() < 1e-3, "{i}: {got} not {expected}");
            assert!((law.radiance(got) / (radiance * per_micrometre(&law)) - 1.0).abs() < 1e-5);
        }
    }

    /// A real file's observation_start_time with its scene_acquisition_time 20260723_060032.
    #[test]
    fn seconds_count_from_noon() {
        let start = Utc::from_j2000_seconds(838_058_432.116_697_1).expect("a moment");
        assert_eq!(start.rfc3339(), "2026-07-23T06:00:32Z");
    }

    #[test]
    fn projections_stand_in_names() {
        assert_eq!(projection(Path::new("gk2a_ami_le1b_sw038_fd020ge_202003210230.nc")), Some("ge"));
        assert_eq!(projection(Path::new("gk2a_ami_le1b_sw038_ko020lc_202003210230.nc")), Some("lc"));
        assert_eq!(projection(Path::new("x.nc")), None);
    }
}
