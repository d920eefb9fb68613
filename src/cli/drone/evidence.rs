//! Pictures of temperatures with what is hot in them.

use super::look::{Look, Placed};
use super::pictures::Picture;
use crate::deliver::atomic;
use crate::deliver::quicklook::{HeatPicture, Outlined};
use crate::error::{Error, Result};
use crate::imagery::picture_of;
use crate::sealed::sha256;
use std::path::{Path, PathBuf};

/// The folder of pictures of a run.
pub(super) struct Evidence {
    folder: PathBuf,
    kept: usize,
}

/// So many pictures of a run are kept; later sightings have none, and say so by that.
const MOST: usize = 2000;

impl Evidence {
    pub(super) fn of(out: &Path) -> Evidence {
        Evidence { folder: out.join("evidence"), kept: 0 }
    }

    /// Keeps a picture; gives its path, or nothing where the bound is reached.
    pub(super) fn keep(&mut self, seen: &Look, picture: &Picture) -> Result<Option<String>> {
        if self.kept >= MOST {
            return Ok(None);
        }
        std::fs::create_dir_all(&self.folder).map_err(|error| Error::output(&self.folder, error))?;
        let stem = picture.tiff.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        // pictures of two folders may have one number
        let hash = sha256(seen.file.as_bytes());
        let path = self.folder.join(format!("{stem}_{}.png", hash.get(..8).unwrap_or_default()));
        let bytes = drawn(seen, picture).map_err(|what| Error::output(&path, what))?;
        atomic::write_bytes(&path, &bytes)?;
        self.kept += 1;
        Ok(Some(path.display().to_string()))
    }
}

fn drawn(seen: &Look, picture: &Picture) -> std::result::Result<Vec<u8>, String> {
    // one that cannot be decoded is left out: what is hot is in the other
    let beside = picture.visible.as_ref().and_then(|path| picture_of(path).ok());
    let label = |placed: &Placed| {
        let least = if placed.area.is_capped { ">" } else { "" };
        let ground = placed.area_m2.map_or_else(String::new, |m2| format!(" {m2:.1}m2"));
        format!("{least}{:.0}C{ground}", placed.area.max_c)
    };
    let outlined = seen.areas.iter().map(|placed| Outlined { pixels: &placed.area.pixels, label: label(placed) });
    let areas: Vec<Outlined> = outlined.collect();
    let (median, max) = seen.median_and_max();
    let (median, max) = (median.unwrap_or(f32::NAN), max.unwrap_or(f32::NAN));
    let at = seen.time.beijing();
    let title = (
        format!("疑似火点（未经核实）  {}  {at}  最高 {max:.0}℃  中位 {median:.0}℃", seen.drone),
        format!("{}  {at}  MAX {max:.0}C  MEDIAN {median:.0}C", seen.drone),
    );
    HeatPicture { celsius: &seen.thermal.celsius, areas: &areas, beside: beside.as_ref(), title }.png()
}
