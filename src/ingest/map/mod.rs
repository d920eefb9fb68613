//! Imagery that is delivered on a map, a file a band: what all its readers share.
//!
//! A reader says which files hold which band and what their counts mean (`Draft`). `MapSource` opens them, checks that they
//! lie on one grid, finds the window over the site, and hands out counts and marks piece by piece, at the pixels of the
//! 2.2 um band: a finer band is averaged to them, a coarser one repeated.

mod band;
pub(super) mod dn_stack;
pub(super) mod files;
pub(super) mod landsat;
mod marks;
mod mtl;
mod plausible;
pub(super) mod sentinel2;
mod sun;
mod xml;

use super::granule::{Format, Granule};
use super::{Extent, Note};
use crate::error::{Error, Result};
use crate::ingest::geometry::map::Projector;
use crate::scene::map::{MapBand, MapInstrument, MapMarks, MapScene};
use crate::scene::swath::Nodes;
use crate::scene::{BandRole, Window};
use crate::time::Utc;
pub use band::BandFile;
pub use marks::{Layout, MarkFile};
use std::collections::BTreeMap;
use std::path::PathBuf;
pub use sun::ZenithGrid;

/// Bands without which nothing can be searched.
pub const NEEDED: [BandRole; 3] = [BandRole::Nir, BandRole::Swir16, BandRole::Swir22];

/// Pixels of the largest window that is searched: three times a whole Landsat scene. A head that claims more is damaged.
const MOST_PIXELS: usize = 200_000_000;

/// What a reader knows of a product before a band is opened.
pub struct Draft {
    /// Name of the product.
    pub granule: String,
    /// Where it lies, for messages.
    pub path: PathBuf,
    /// Satellite, e.g. `Landsat-9`.
    pub satellite: String,
    /// Imager.
    pub instrument: MapInstrument,
    /// When its middle was seen.
    pub time: Utc,
    /// Made by the simulator.
    pub simulated: bool,
    /// Bands: where their counts are, and what they mean.
    pub bands: Vec<(BandRole, BandFile, MapBand)>,
    /// Files of marks.
    pub marks: Vec<MarkFile>,
    /// Whether reflectances are divided by the sine of the sun's elevation.
    pub sun_corrected: bool,
    /// Elevation of the sun in the middle of the scene, degrees.
    pub sun_elevation_deg: f64,
    /// A file of zenith angles of the sun in hundredths of a degree, where there is one.
    pub sun_zenith: Option<BandFile>,
    /// Zenith angles of the sun that the metadata give, where they do.
    pub sun_zenith_grid: Option<ZenithGrid>,
    /// The count of a saturated pixel, where there is one.
    pub saturated_count: Option<u16>,
}

/// What a reader made of the metadata of a product.
struct Drawn {
    draft: Draft,
    /// Files that could not be used.
    problems: Vec<Error>,
    /// What the product lacks.
    notes: Vec<Note>,
}

/// Opens a product of one of the formats that are delivered on a map.
///
/// # Errors
/// When its metadata cannot be read or are of another scene, or as [`MapSource::open`].
pub fn open(granule: &Granule, extent: &Extent) -> Result<Opening> {
    let drawn = match granule.format {
        Format::LandsatL1 => landsat::draw(granule)?,
        Format::MsiL1c => sentinel2::draw(granule)?,
        Format::DnStack => dn_stack::draw(granule)?,
        other => {
            let found = format!("a granule of {}", other.sensor());
            return Err(Error::input(&granule.name, found, "imagery on a map", "name a Landsat or Sentinel-2 product"));
        }
    };
    let (path, sun_deg) = (drawn.draft.path.clone(), drawn.draft.sun_elevation_deg);
    let mut opening = MapSource::open(drawn.draft, extent)?;
    if let Some(source) = &opening.source {
        plausible::sun(&path, &source.scene, sun_deg)?;
    }
    let mut problems = drawn.problems;
    problems.append(&mut opening.problems);
    opening.problems = problems;
    opening.notes.extend(drawn.notes);
    Ok(opening)
}

/// A product whose counts can be read.
#[derive(Debug)]
pub struct MapSource {
    /// What is known of it.
    pub scene: MapScene,
    bands: BTreeMap<BandRole, band::Opened>,
    marks: Vec<marks::Opened>,
}

/// What came of opening a product.
#[derive(Debug)]
pub struct Opening {
    /// The product; `None` where it does not touch the area.
    pub source: Option<MapSource>,
    /// Files that could not be used.
    pub problems: Vec<Error>,
    /// What it lacks.
    pub notes: Vec<Note>,
}

impl MapSource {
    /// Opens the bands of a product and finds its window.
    ///
    /// # Errors
    /// When a band that the search needs is absent or cannot be opened, or bands do not lie on one grid.
    pub fn open(draft: Draft, extent: &Extent) -> Result<Opening> {
        crate::layers::raster::quiet_gdal();
        let mut problems = Vec::new();
        let mut opened: BTreeMap<BandRole, band::Opened> = BTreeMap::new();
        let mut bands = BTreeMap::new();
        for (role, file, band) in draft.bands {
            match band::Opened::open(file) {
                Ok(open) => {
                    opened.insert(role, open);
                    bands.insert(role, band);
                }
                Err(error) if NEEDED.contains(&role) => return Err(error),
                Err(error) => problems.push(error),
            }
        }
        for role in NEEDED {
            if !opened.contains_key(&role) {
                return Err(missing(&draft.path, role, &bands));
            }
        }
        let grid = opened[&BandRole::Swir22].grid.clone();
        let mut off_grid = Vec::new();
        for (role, open) in &mut opened {
            if let Err(error) = open.align(&grid) {
                if NEEDED.contains(role) {
                    return Err(error);
                }
                off_grid.push((*role, error));
            }
        }
        for (role, error) in off_grid {
            opened.remove(&role);
            bands.remove(&role);
            problems.push(error);
        }
        let mut marks = Vec::new();
        for file in draft.marks {
            match marks::Opened::open(file, &grid) {
                Ok(open) => marks.push(open),
                Err(error) => problems.push(error),
            }
        }
        let window = match extent {
            Extent::Full => Some(Window { line0: 0, column0: 0, lines: grid.lines, columns: grid.columns }),
            Extent::Around { area, halo } => Projector::of(&grid, &draft.path)?.window(&grid, area, *halo),
        };
        let Some(window) = window else { return Ok(Opening { source: None, problems, notes: Vec::new() }) };
        let size = (window.lines, window.columns);
        if size.0.saturating_mul(size.1) > MOST_PIXELS {
            let found = format!("{} x {} pixels of {} m over the area", size.1, size.0, grid.pixel_m);
            let expected = format!("{MOST_PIXELS} at most, as Landsat and Sentinel-2 have");
            return Err(Error::input(&draft.path, found, expected, "fetch the file again, or cut it"));
        }
        let of_metadata = || match &draft.sun_zenith_grid {
            Some(zenith) => zenith.elevation(&grid, &window),
            None => Nodes::constant(draft.sun_elevation_deg as f32, size),
        };
        let mean_zenith_deg = 90.0 - draft.sun_elevation_deg;
        let sun_elevation_deg =
            match draft.sun_zenith.map(|file| band::sun_elevation(file, &grid, &window, mean_zenith_deg)) {
                Some(Ok(nodes)) => nodes,
                Some(Err(error)) => {
                    problems.push(error);
                    of_metadata()
                }
                None => of_metadata(),
            };
        let scene = MapScene {
            granule: draft.granule,
            satellite: draft.satellite,
            instrument: draft.instrument,
            time: draft.time,
            simulated: draft.simulated,
            grid,
            window,
            bands,
            sun_corrected: draft.sun_corrected,
            sun_elevation_deg,
            saturated_count: draft.saturated_count,
            has_cloud_marks: marks.iter().any(marks::Opened::tells_cloud),
            overview: None,
        };
        Ok(Opening { source: Some(MapSource { scene, bands: opened, marks }), problems, notes: Vec::new() })
    }

    /// Lines of a block of a band, in pixels of the scene: pieces that end where blocks do decode none twice.
    pub fn block_lines(&self, role: BandRole) -> usize {
        self.bands.get(&role).map_or(256, |band| band.block_lines)
    }

    /// Counts of a band in a part of the grid, line after line; 0 is no measurement, and so is a band that is not there.
    ///
    /// # Errors
    /// When a block of the file cannot be decoded.
    pub fn counts(&self, role: BandRole, part: &Window, out: &mut [u16]) -> Result<()> {
        match self.bands.get(&role) {
            Some(band) => band.read(part, out),
            None => {
                out.fill(0);
                Ok(())
            }
        }
    }

    /// Adds what the files say of the pixels of a part of the grid.
    ///
    /// # Errors
    /// When a block of a file cannot be decoded.
    pub fn marks(&self, part: &Window, out: &mut [MapMarks]) -> Result<()> {
        self.marks.iter().try_for_each(|file| file.add(part, out))
    }
}

/// Whether the 2.2 um band has the pixels of its instrument: sizes of fires, and what lies around one, are in pixels. The
/// other bands are whole parts or multiples of it. Not of `open`: thinned-out samples can be read.
///
/// # Errors
/// When they are of another size.
pub fn check_pixel(granule: &Granule, scene: &MapScene) -> Result<()> {
    let wanted = match scene.instrument {
        MapInstrument::Oli => 30.0,
        MapInstrument::Msi => 20.0,
    };
    if has_pixels_of(scene.grid.pixel_m, wanted) {
        return Ok(());
    }
    let sensor = scene.instrument.sensor();
    let found = format!("pixels of {} m at 2.2 um", scene.grid.pixel_m);
    let expected = format!("{wanted} m, as {sensor} has them");
    let path = granule.files.first().map(|file| file.path.clone()).unwrap_or_default();
    Err(Error::input(path, found, expected, "fetch the file again: it was changed or is of another product"))
}

fn has_pixels_of(pixel_m: f64, wanted_m: f64) -> bool {
    /// As a part: rounding of makers; ours.
    const WITHIN: f64 = 0.01;
    (pixel_m / wanted_m - 1.0).abs() <= WITHIN
}

fn missing(path: &std::path::Path, role: BandRole, found: &BTreeMap<BandRole, MapBand>) -> Error {
    let names: Vec<&str> = found.values().map(|band| band.channel.as_str()).collect();
    let found = if names.is_empty() { "no band".to_string() } else { format!("bands {} alone", names.join(", ")) };
    // what lies behind the cut of an archive is not listed
    let advice = if files::is_archive(path) {
        "fetch the archive again: it is cut off or was packed without it"
    } else {
        "add its file beside the others"
    };
    Error::input(path, found, format!("the band of {} too", role.name()), advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_band_behind_the_cut_of_an_archive_cannot_be_added() {
        let said = |path: &str| missing(Path::new(path), BandRole::Swir22, &BTreeMap::new()).to_string();
        assert!(said("/data/a.tar").contains("cut off") && said("/vsizip//data/a.SAFE.zip").contains("cut off"));
        assert!(said("/data/a").contains("add its file"));
    }

    #[test]
    fn pixels_are_those_of_the_instrument() {
        assert!(has_pixels_of(30.0, 30.0) && has_pixels_of(29.9, 30.0));
        assert!(!has_pixels_of(3.0, 30.0) && !has_pixels_of(60.0, 20.0) && !has_pixels_of(29.0, 30.0));
    }
}
