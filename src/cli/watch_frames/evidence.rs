//! Pictures of sightings, with what was marked in them.

use crate::deliver::{atomic, evidence};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::watch::boxes::Mark;
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

    /// Keeps the frame of a sighting; gives its path, or nothing where the bound is reached.
    pub(super) fn keep(&mut self, id: &str, frame: &Frame, mark: &Mark) -> Result<Option<String>> {
        if self.kept >= MOST {
            return Ok(None);
        }
        std::fs::create_dir_all(&self.folder).map_err(|error| Error::output(&self.folder, error))?;
        let path = self.folder.join(format!("{id}.jpg"));
        atomic::write_bytes(&path, &evidence::jpeg(&evidence::marked(&frame.image, mark), &path)?)?;
        self.kept += 1;
        Ok(Some(path.display().to_string()))
    }
}
