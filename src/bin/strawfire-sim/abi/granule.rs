//! One ABI L1b file: counts, their scale, the fixed grid, and a copy with other counts.

use super::netcdf_io as io;
use crate::error::{Result, file};
use crate::navigation::{Sweep, View};
use crate::output;
use netcdf::File;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Quality flag of a pixel whose value left the valid range.
const OUT_OF_RANGE: i8 = 2;

/// Scan angle (radians) against a 0-based column or line.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub step: f64,
    pub start: f64,
}

impl Axis {
    pub fn angle(&self, place0: f64) -> f64 {
        self.start + self.step * place0
    }

    pub fn place(&self, angle: f64) -> f64 {
        (angle - self.start) / self.step
    }

    /// The axis of evenly spaced values, packed into integers as NOAA writes it or unpacked as re-written files have it.
    fn read(nc: &File, path: &Path, name: &str) -> Result<Axis> {
        let stored: Vec<f64> = io::raw(nc, path, name)?;
        let (Some(first), Some(last), 2..) = (stored.first(), stored.last(), stored.len()) else {
            return Err(file(
                path,
                format!("{} values in {name}", stored.len()),
                "an axis of two or more",
                "give a whole image, not a single pixel",
            ));
        };
        let scale = io::number_or(nc, path, name, "scale_factor", 1.0)?;
        let offset = io::number_or(nc, path, name, "add_offset", 0.0)?;
        Ok(Axis { step: scale * (last - first) / (stored.len() - 1) as f64, start: offset + scale * first })
    }
}

/// The fixed grid of a file.
#[derive(Clone, Copy, Debug)]
pub struct FixedGrid {
    pub view: View,
    pub x: Axis,
    pub y: Axis,
    pub cols: usize,
    pub lines: usize,
}

impl FixedGrid {
    /// Reads projection and axes; `name` is the variable that lies on the grid.
    pub fn read(nc: &File, path: &Path, name: &str) -> Result<FixedGrid> {
        const PROJECTION: &str = "goes_imager_projection";
        let word = |word: &str| io::number(nc, path, PROJECTION, word);
        let sweep = io::text(nc, path, PROJECTION, "sweep_angle_axis")?;
        if sweep != "x" {
            return Err(file(
                path,
                format!("sweep_angle_axis {sweep}"),
                "x, as every GOES-R file has",
                "give GOES ABI files",
            ));
        }
        let equatorial_m = word("semi_major_axis")?;
        let sizes: Vec<usize> = io::variable(nc, path, name)?.dimensions().iter().map(netcdf::Dimension::len).collect();
        let [lines, cols] = sizes[..] else {
            return Err(file(
                path,
                format!("{name} with {} dimensions", sizes.len()),
                "two: y and x",
                "give GOES ABI files",
            ));
        };
        Ok(FixedGrid {
            view: View {
                sub_lon_deg: word("longitude_of_projection_origin")?,
                distance_km: (word("perspective_point_height")? + equatorial_m) / 1e3,
                equatorial_km: equatorial_m / 1e3,
                polar_km: word("semi_minor_axis")? / 1e3,
                sweep: Sweep::X,
            },
            x: Axis::read(nc, path, "x")?,
            y: Axis::read(nc, path, "y")?,
            cols,
            lines,
        })
    }

    /// Place (degrees) at a fractional 0-based column and line.
    pub fn lon_lat(&self, col0: f64, line0: f64) -> Option<(f64, f64)> {
        self.view.lon_lat(self.x.angle(col0), self.y.angle(line0))
    }

    /// Area (m2) of a pixel.
    pub fn pixel_area_m2(&self, col0: f64, line0: f64) -> Option<f64> {
        let (x, y) = (self.x.angle(col0), self.y.angle(line0));
        self.view.cell_area_m2(x, y, self.x.step, self.y.step)
    }

    /// Index of the nearest pixel to a pair of scan angles.
    pub fn index(&self, x: f64, y: f64) -> Option<usize> {
        let (col, line) = (self.x.place(x).round(), self.y.place(y).round());
        let inside = col >= 0.0 && line >= 0.0;
        let (col, line) = (col as usize, line as usize);
        (inside && col < self.cols && line < self.lines).then_some(line * self.cols + col)
    }
}

/// One band of a scene.
pub struct Granule {
    pub path: PathBuf,
    pub band: u8,
    pub grid: FixedGrid,
    /// Radiance per wavenumber (mW m-2 sr-1 (cm-1)-1) instead of per wavelength (W m-2 sr-1 um-1).
    pub per_wavenumber: bool,
    /// Reflectance factor per radiance, of a reflective band.
    pub kappa0: Option<f64>,
    /// The file's own fk1, fk2, bc1, bc2, of an emissive band.
    pub planck: Option<[f64; 4]>,
    scale: f64,
    offset: f64,
    fill: u16,
    valid: (u16, u16),
    counts: Vec<u16>,
    flags: Vec<i8>,
}

impl Granule {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Granule> {
        let nc = io::open(path)?;
        let counts: Vec<i16> = io::raw(&nc, path, "Rad")?;
        let band: Vec<i8> = io::raw(&nc, path, "band_id")?;
        let word = |word: &str| io::number(&nc, path, "Rad", word);
        let planck = ["planck_fk1", "planck_fk2", "planck_bc1", "planck_bc2"]
            .map(|name| io::scalar(&nc, name).filter(|v| *v != -999.0));
        let planck = match planck {
            [Some(a), Some(b), Some(c), Some(d)] => Some([a, b, c, d]),
            _ => None,
        };
        Ok(Granule {
            path: path.to_path_buf(),
            band: band.first().map_or(0, |b| *b as u8),
            grid: FixedGrid::read(&nc, path, "Rad")?,
            per_wavenumber: io::text(&nc, path, "Rad", "units")?.contains("(cm-1)"),
            kappa0: io::scalar(&nc, "kappa0").filter(|k| *k > 0.0),
            planck,
            scale: word("scale_factor")?,
            offset: word("add_offset")?,
            fill: word("_FillValue")? as i16 as u16,
            valid: io::valid_range(&nc, path, "Rad")?,
            counts: counts.into_iter().map(|c| c as u16).collect(),
            flags: io::raw(&nc, path, "DQF")?,
        })
    }

    pub fn pixels(&self) -> usize {
        self.counts.len()
    }

    /// Radiance of a pixel in the file's own units, or `None` where there is none.
    pub fn radiance(&self, index: usize) -> Option<f64> {
        let count = *self.counts.get(index)?;
        (count != self.fill).then(|| f64::from(count) * self.scale + self.offset)
    }

    /// Brightness temperature (K) by the file's own words.
    pub fn brightness_k(&self, index: usize) -> Option<f64> {
        let [fk1, fk2, bc1, bc2] = self.planck?;
        let radiance = self.radiance(index).filter(|r| *r > 0.0)?;
        Some((fk2 / (fk1 / radiance).ln_1p() - bc1) / bc2)
    }

    /// Reflectance factor by the file's own word.
    pub fn reflectance(&self, index: usize) -> Option<f64> {
        Some(self.kappa0? * self.radiance(index)?)
    }

    /// Puts a radiance into a pixel. What the scale cannot hold is cut to its end; true if so.
    pub fn set_radiance(&mut self, index: usize, radiance: f64) -> bool {
        let count = ((radiance - self.offset) / self.scale).round();
        let (low, high) = (f64::from(self.valid.0), f64::from(self.valid.1));
        if let Some(place) = self.counts.get_mut(index) {
            *place = count.clamp(low, high) as u16;
        }
        count < low || count > high
    }

    /// Marks a pixel as out of the valid range.
    pub fn flag_out_of_range(&mut self, index: usize) {
        if let Some(flag) = self.flags.get_mut(index) {
            *flag = OUT_OF_RANGE;
        }
    }

    /// Quality flag of a pixel.
    #[cfg(test)]
    pub fn flag(&self, index: usize) -> Option<i8> {
        self.flags.get(index).copied()
    }

    /// Writes a copy of the file with these counts and flags into a folder, marked as simulated.
    pub fn write_copy(&self, folder: &Path) -> Result<PathBuf> {
        let name = self.path.file_name().unwrap_or_default();
        let target = folder.join(name);
        let partial = output::partial_name(&target);
        let copied = fs::copy(&self.path, &partial)
            .and_then(|_| fs::set_permissions(&partial, fs::Permissions::from_mode(0o644)));
        copied.map_err(|e| {
            file(&partial, e, "a copy of the input", "check free space and permissions of the folder given to --out")
        })?;
        self.overwrite(&partial).map_err(|e| {
            file(
                &partial,
                e,
                "a netCDF-4 file that takes new values",
                "check free space and permissions of the folder given to --out",
            )
        })?;
        output::publish(&partial, &target)?;
        Ok(target)
    }

    fn overwrite(&self, path: &Path) -> std::result::Result<(), netcdf::Error> {
        let mut nc = netcdf::append(path)?;
        nc.add_attribute("simulated", 1_i32)?;
        let counts: Vec<i16> = self.counts.iter().map(|c| *c as i16).collect();
        if let Some(mut rad) = nc.variable_mut("Rad") {
            rad.put_values(&counts, ..)?;
        }
        if let Some(mut flags) = nc.variable_mut("DQF") {
            flags.put_values(&self.flags, ..)?;
        }
        nc.close()
    }
}
