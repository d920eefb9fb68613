//! From files to calibrated scenes: one file a reader.

pub mod abi_l1b;
mod agri_l1;
pub mod ahi_hsd;
mod ami_l1b;
pub mod feeds;
pub mod geometry;
pub mod granule;
mod hdf4;
mod hdf5;
pub mod lists;
pub mod map;
mod mersi2_l1;
mod modis_l1b;
mod note;
pub mod remote;
mod slstr_l1;
mod swath;
mod viirs;

use crate::error::{Error, Result};
use crate::place::LonLatBox;
use crate::scene::{FixedGrid, Look, PixelState, Scene, WINDOW_BANDS, Window};
use granule::{Format, Granule};
pub use note::Note;

/// How much of a granule is wanted.
#[derive(Debug, Clone, Copy)]
pub enum Extent {
    /// All of it.
    Full,
    /// The pixels over an area, with so many pixels around it for the background windows.
    Around {
        /// The area.
        area: LonLatBox,
        /// Pixels around it.
        halo: usize,
    },
}

impl Extent {
    /// The window of a grid; `None` when the grid does not see the area.
    fn window(&self, grid: &FixedGrid) -> Option<Window> {
        match self {
            Extent::Full => Some(Window { line0: 0, column0: 0, lines: grid.lines, columns: grid.columns }),
            Extent::Around { area, halo } => geometry::fixed_grid::window_of(grid, area, *halo),
        }
    }
}

/// What came of reading a granule.
#[derive(Debug)]
pub struct Reading {
    /// The scene; `None` when the satellite does not see the area at all.
    pub look: Option<Look>,
    /// The bands of imagery on a map, to be read piece by piece; then there is no `look` yet.
    pub counts: Option<Box<map::MapSource>>,
    /// Files that could not be used; what they would have held is `PixelState::Missing` or an absent band.
    pub problems: Vec<Error>,
    /// What the look lacked though every file named was readable, and what follows from it.
    pub notes: Vec<Note>,
}

/// Reads the wanted part of a granule.
///
/// # Errors
/// When no scene can be made of it: no MIR band, no window band beside it (imagery on a map: no 0.86, 1.6 or 2.2 um), or
/// nothing readable.
pub fn read(granule: &Granule, extent: &Extent) -> Result<Reading> {
    match granule.format {
        Format::AhiHsd => ahi_hsd::read(granule, extent),
        Format::AbiL1b => abi_l1b::read(granule, extent),
        Format::AgriL1 => agri_l1::read(granule, extent),
        Format::AmiL1b => ami_l1b::read(granule, extent),
        Format::ViirsL1b => viirs::read(granule, extent, &viirs::l1b::PRODUCT),
        Format::ViirsSdr => viirs::read(granule, extent, &viirs::sdr::PRODUCT),
        Format::ModisL1b => swath::read(granule, extent, &modis_l1b::open),
        Format::Mersi2L1 => swath::read(granule, extent, &mersi2_l1::open),
        Format::SlstrL1 => swath::read(granule, extent, &slstr_l1::open),
        Format::LandsatL1 | Format::MsiL1c | Format::DnStack => {
            let map::Opening { source, problems, notes } = map::open(granule, extent)?;
            if let Some(source) = &source {
                map::check_pixel(granule, &source.scene)?;
            }
            Ok(Reading { look: None, counts: source.map(Box::new), problems, notes })
        }
    }
}

/// Makes pixels missing where the MIR band has a value and no window band has one: they cannot be judged.
fn require_window_band(scene: &mut Scene) {
    let Some(tir) = WINDOW_BANDS.iter().find_map(|role| scene.bands.get(role)) else {
        return;
    };
    ndarray::Zip::from(&mut scene.state).and(&tir.values).par_for_each(|state, value| {
        if state.is_usable() && value.is_nan() {
            *state = PixelState::Missing;
        }
    });
}

/// The error of a granule whose files lack a band that nothing can replace.
fn band_missing(granule: &Granule, needed: &str, prefix: &str) -> Error {
    let mut bands: Vec<u8> = granule.files.iter().map(|f| f.band).collect();
    bands.dedup();
    let folder = granule.files.first().map(|f| f.path.clone()).unwrap_or_default();
    Error::input(
        folder.parent().unwrap_or(&folder).join(&granule.name),
        format!("bands {bands:?}"),
        needed,
        format!("add the files of that band ({prefix})"),
    )
}

/// The first of several errors that together leave nothing to read, with the names of the other files in it.
fn all_in_one(problems: Vec<Error>) -> Option<Error> {
    let mut problems = problems.into_iter();
    let first = problems.next()?;
    let others: Vec<String> = problems
        .filter_map(|error| match error {
            Error::Input { path, .. } | Error::Read { path, .. } => Some(path),
            Error::Config { .. } | Error::Output { .. } | Error::Store { .. } => None,
        })
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    match first {
        Error::Input { path, found, expected, advice } if !others.is_empty() => {
            let advice = format!("{advice}; as bad: {}", others.join(", "));
            Some(Error::input(path, found, expected, advice))
        }
        first => Some(first),
    }
}

/// A folder of shared real data ($STRAWFIRE_SHARED, else ../shared/data); `None`, said, where it is absent.
#[cfg(test)]
pub(crate) fn shared_data(part: &str) -> Option<std::path::PathBuf> {
    let beside = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let path = std::env::var_os("STRAWFIRE_SHARED").map_or_else(beside, Into::into).join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no shared data at {}", path.display());
    None
}
