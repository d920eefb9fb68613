//! Pieces of the imagery around events: of fires of the scene itself, and of those that a coarser satellite placed on its ground.

use crate::deliver::atomic;
use crate::deliver::quicklook::{FieldBands, FieldChip, FieldOutline};
use crate::error::{Error, Result};
use crate::ingest::geometry::map::Projector;
use crate::ingest::map::MapSource;
use crate::pipeline::evidence::chip_name;
use crate::place::LonLat;
use crate::scene::map::{MapGrid, MapScene};
use crate::scene::{BandRole, Window};
use ndarray::Array2;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// An event to be cut.
#[derive(Debug, Clone, PartialEq)]
pub struct ChipOf {
    /// Its id.
    pub event: String,
    /// Its place: the middle of the picture.
    pub place: LonLat,
    /// Error of that where a coarser satellite placed it, m: drawn as a circle.
    pub error_m: Option<f64>,
    /// From the middle to the edges, m: [`ChipOf::half_of`].
    pub half_m: f64,
    /// Borders of fires of the scene: rings of corners (line, column) in its whole grid. Whole numbers are the middles of pixels, as everywhere
    /// (`MapGrid`), so that corners lie at halves.
    pub outlines: Vec<Vec<(f64, f64)>>,
}

/// From the middle of a picture to its edges: a field with its neighbours, and what a screen can show of 20 m pixels.
const HALF_M: (f64, f64) = (750.0, 6000.0);
/// Of the error of a place that is shown on each side.
const ERRORS: f64 = 1.5;
/// Sun under which the scene is drawn as by night, degrees: the reflectance of so little light is noise \[P\].
const DAY_DEG: f64 = 5.0;

impl ChipOf {
    /// From the middle to the edges: one and a half of the error of a place, at least a field with its neighbours.
    pub fn half_of(error_m: Option<f64>) -> f64 {
        (ERRORS * error_m.unwrap_or(0.0)).clamp(HALF_M.0, HALF_M.1)
    }
}

/// Cuts all of them into a folder; what the scene does not show has no picture. Pictures are in the order of the events.
pub fn cut(source: &MapSource, places: &[ChipOf], folder: &Path) -> (Vec<PathBuf>, Vec<Error>) {
    let scene = &source.scene;
    // places are found here: a projection belongs to one thread
    let projector = match Projector::of(&scene.grid, Path::new(&scene.granule)) {
        Ok(projector) => projector,
        Err(error) => return (Vec::new(), vec![error]),
    };
    let on_map = |of: &ChipOf| projector.pixel(&scene.grid, of.place);
    let middles: Vec<Option<(f64, f64)>> = places.iter().map(on_map).collect();
    let done: Vec<Result<Option<PathBuf>>> = places
        .par_iter()
        .zip(&middles)
        .map(|(of, middle)| match middle.and_then(|middle| Piece::around(&scene.grid, middle, of.half_m)) {
            Some(piece) => chip(source, of, &piece, folder),
            None => Ok(None),
        })
        .collect();
    let (mut paths, mut problems) = (Vec::new(), Vec::new());
    for one in done {
        match one {
            Ok(path) => paths.extend(path),
            Err(error) => problems.push(error),
        }
    }
    (paths, problems)
}

/// Reads, draws and writes one; `None` where nothing was measured.
fn chip(source: &MapSource, of: &ChipOf, piece: &Piece, folder: &Path) -> Result<Option<PathBuf>> {
    let scene = &source.scene;
    let read = Measured::of(source, piece)?;
    if !read.has_any() {
        return Ok(None);
    }
    let outlines = of.outlines.iter().map(|ring| FieldOutline { corners: piece.within(ring) });
    let chip = FieldChip {
        bands: read.bands(),
        pixel_m: scene.grid.pixel_m,
        title: title(scene, &of.event),
        source: read.source(scene),
        outlines: outlines.collect(),
        error: of.error_m.map(|metres| (piece.middle.0, piece.middle.1, metres)),
        centre: piece.middle,
        place: of.place,
        simulated: scene.simulated,
    };
    let path = folder.join(chip_name(&of.event, scene.time, &scene.granule));
    let png = chip.png().map_err(|reason| Error::output(&path, reason))?;
    atomic::write_bytes(&path, &png)?;
    Ok(Some(path))
}

/// The part of the grid in a picture, which may reach beyond the grid.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    /// What of it is on the grid.
    window: Window,
    /// Line and column of the picture where that begins.
    first: (usize, usize),
    /// Lines and columns of the picture.
    side: usize,
    /// Line and column of the grid where the picture begins.
    corner: (f64, f64),
    /// The event in the picture.
    middle: (f64, f64),
}

impl Piece {
    /// Around a point of the grid; `None` where that is not on it.
    fn around(grid: &MapGrid, (line, column): (f64, f64), half_m: f64) -> Option<Piece> {
        let half = (half_m.clamp(HALF_M.0, HALF_M.1) / grid.pixel_m).ceil() as i64;
        let (at_line, at_column) = (on_grid(line, grid.lines)?, on_grid(column, grid.columns)?);
        let along = |at: i64, size: usize| {
            let (low, high) = ((at - half).max(0), (at + half + 1).min(size as i64));
            (low as usize, (high - low) as usize, (low - (at - half)) as usize)
        };
        let (line0, lines, first_line) = along(at_line, grid.lines);
        let (column0, columns, first_column) = along(at_column, grid.columns);
        let corner = ((at_line - half) as f64, (at_column - half) as f64);
        Some(Piece {
            window: Window { line0, column0, lines, columns },
            first: (first_line, first_column),
            side: (2 * half + 1) as usize,
            corner,
            middle: (line - corner.0, column - corner.1),
        })
    }

    /// Points of the grid as points of the picture.
    fn within(&self, ring: &[(f64, f64)]) -> Vec<(f64, f64)> {
        ring.iter().map(|(line, column)| (line - self.corner.0, column - self.corner.1)).collect()
    }

    /// Values of a band, NaN where there are none.
    fn values(&self, source: &MapSource, role: BandRole, value: impl Fn(u16) -> f64) -> Result<Array2<f32>> {
        let mut counts = Array2::<u16>::zeros((self.window.lines, self.window.columns));
        if let Some(out) = counts.as_slice_mut() {
            source.counts(role, &self.window, out)?;
        }
        let mut values = Array2::from_elem((self.side, self.side), f32::NAN);
        for ((line, column), count) in counts.indexed_iter().filter(|(_, count)| **count > 0) {
            values[(line + self.first.0, column + self.first.1)] = value(*count) as f32;
        }
        Ok(values)
    }
}

/// The pixel that a point lies in; `None` beyond the grid.
pub(super) fn on_grid(at: f64, size: usize) -> Option<i64> {
    (at > -0.5 && at < size as f64 - 0.5).then(|| at.round() as i64)
}

/// What was measured in a piece.
enum Measured {
    Day {
        red: Array2<f32>,
        green: Array2<f32>,
        blue: Array2<f32>,
        /// Without the 0.64 um band, which is drawn as black.
        is_blue_absent: bool,
    },
    Night(Array2<f32>),
}

impl Measured {
    fn of(source: &MapSource, piece: &Piece) -> Result<Measured> {
        let scene = &source.scene;
        let sun_deg = sun_deg(scene, piece);
        let radiance = scene.bands.get(&BandRole::Swir22).and_then(|band| band.radiance);
        if let Some(scale) = radiance.filter(|_| sun_deg < DAY_DEG) {
            return Ok(Measured::Night(piece.values(source, BandRole::Swir22, |count| scale.of(count))?));
        }
        let sine = if scene.sun_corrected || sun_deg < DAY_DEG { 1.0 } else { sun_deg.to_radians().sin() };
        let read = |role: BandRole| match scene.bands.get(&role) {
            Some(band) => piece.values(source, role, |count| band.reflectance.of(count) / sine),
            None => Ok(Array2::zeros((piece.side, piece.side))),
        };
        Ok(Measured::Day {
            red: read(BandRole::Swir22)?,
            green: read(BandRole::Nir)?,
            blue: read(BandRole::Red)?,
            is_blue_absent: !scene.bands.contains_key(&BandRole::Red),
        })
    }

    fn has_any(&self) -> bool {
        let (Measured::Day { red: values, .. } | Measured::Night(values)) = self;
        values.iter().any(|value| value.is_finite())
    }

    fn bands(&self) -> FieldBands<'_> {
        match self {
            Measured::Day { red, green, blue, .. } => FieldBands::Day { red, green, blue },
            Measured::Night(radiance) => FieldBands::Night { radiance },
        }
    }

    /// What the pixels are of.
    fn source(&self, scene: &MapScene) -> (String, String) {
        let channel = |role: BandRole| scene.bands.get(&role).map_or("-", |band| band.channel.as_str());
        let [swir, nir, red] = [BandRole::Swir22, BandRole::Nir, BandRole::Red].map(channel);
        let (chinese, ascii) = match self {
            Measured::Day { is_blue_absent: false, .. } => {
                (format!("2.2/0.86/0.64 µm（{swir}/{nir}/{red}）"), format!("2.2/0.86/0.64 UM ({swir}/{nir}/{red})"))
            }
            Measured::Day { .. } => {
                (format!("2.2/0.86 µm（{swir}/{nir}），缺 0.64 µm"), format!("2.2/0.86 UM ({swir}/{nir}), NO 0.64 UM"))
            }
            Measured::Night(_) => (format!("2.2 µm（{swir}）"), format!("2.2 UM ({swir})")),
        };
        let (satellite, sensor, granule) = (&scene.satellite, scene.instrument.sensor(), &scene.granule);
        (
            format!("{satellite} {sensor} 一级产品计数值影像，{chinese}\n产品 {granule}"),
            format!("{satellite} {sensor} LEVEL-1 COUNT IMAGERY, {ascii}\nPRODUCT {granule}"),
        )
    }
}

/// Elevation of the sun over the event, degrees.
fn sun_deg(scene: &MapScene, piece: &Piece) -> f64 {
    let window = &scene.window;
    let within = |at: f64, first: usize, size: usize| {
        (at.round().max(0.0) as usize).saturating_sub(first).min(size.saturating_sub(1))
    };
    let line = within(piece.corner.0 + piece.middle.0, window.line0, window.lines);
    let column = within(piece.corner.1 + piece.middle.1, window.column0, window.columns);
    f64::from(scene.sun_elevation_deg.at((line, column)))
}

fn title(scene: &MapScene, event: &str) -> (String, String) {
    let seen = format!("{} {}", scene.satellite, scene.instrument.sensor());
    let beijing = scene.time.beijing_as("%Y-%m-%d %H:%M:%S").unwrap_or_else(|| scene.time.beijing());
    let utc = scene.time.rfc3339().replace('T', " ").replace('Z', "");
    (
        format!("{seen}  {beijing} 北京时间（{utc} UTC）  事件 {event}"),
        format!("{seen}  {beijing} BEIJING ({utc} UTC)  EVENT {event}"),
    )
}

#[cfg(test)]
mod tests;
