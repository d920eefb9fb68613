//! What a season is cut into: some looks of one stream that follow each other, or lists of other people's detections.

use super::sums;
use crate::error::{Error, Result};
use crate::ingest::granule::Granule;
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A bounded piece of a season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its number in the plan, from 0.
    pub id: usize,
    /// Platform, area and mode of its looks; empty for lists.
    pub stream: String,
    /// Looks of the task before whose hot pixels confirm those of the first looks here.
    pub before: Vec<Planned>,
    /// Looks in the order of time.
    pub granules: Vec<Planned>,
    /// FIRMS lists.
    pub lists: Vec<Sum>,
}

/// A look as it was planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The look.
    pub granule: Granule,
    /// Its files, doubles too, as they were.
    pub sums: Vec<Sum>,
    /// Before the period: it counts for the baseline alone.
    pub is_lead: bool,
}

/// A file as it was when the season was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// The file, or a folder that is one product.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, of a folder that of its files' names and sums.
    pub sha256: String,
}

impl Sum {
    /// Of a file as it is now.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn of(path: &Path) -> Result<Sum> {
        let (bytes, sha256) = sums::of(path)?;
        Ok(Sum { path: path.to_path_buf(), bytes, sha256 })
    }

    /// Makes sure that the file is still what was planned.
    ///
    /// # Errors
    /// [`Error::Read`] where it is gone, [`Error::Output`] never; [`Error::Config`] where it is another one: the same season would not come of it.
    pub fn check(&self) -> Result<()> {
        let now = Sum::of(&self.path)?;
        if now == *self {
            return Ok(());
        }
        let of = |sum: &Sum| format!("{} bytes, SHA-256 {}", sum.bytes, sum.sha256.get(..12).unwrap_or_default());
        Err(Error::config(
            self.path.display().to_string(),
            of(&now),
            format!("the file of the plan ({})", of(self)),
            "bring it back, or plan the season again in another folder",
        ))
    }
}

impl Planned {
    /// As the files are now, without those that cannot be read: these come back as errors.
    pub fn of(mut granule: Granule, is_lead: bool) -> (Planned, Vec<Error>) {
        let (mut sums, mut errors) = (Vec::new(), Vec::new());
        granule.files.retain_mut(|file| {
            let mut is_there = |path: &Path| match Sum::of(path) {
                Ok(sum) => {
                    sums.push(sum);
                    true
                }
                Err(error) => {
                    errors.push(error);
                    false
                }
            };
            let own = is_there(&file.path);
            file.twin = file.twin.take().filter(|twin| is_there(twin));
            match file.twin.take_if(|_| !own) {
                Some(twin) => file.path = twin,
                None if !own => return false,
                None => {}
            }
            true
        });
        (Planned { granule, sums, is_lead }, errors)
    }

    /// Makes sure that its files are still what was planned.
    ///
    /// # Errors
    /// As [`Sum::check`].
    pub fn check(&self) -> Result<()> {
        self.sums.iter().try_for_each(Sum::check)
    }

    /// Bytes of its files.
    pub fn bytes(&self) -> u64 {
        self.sums.iter().map(|sum| sum.bytes).sum()
    }
}

impl Task {
    /// First and last time of its looks; `None` for lists.
    pub fn span(&self) -> Option<(Utc, Utc)> {
        let times = || self.granules.iter().map(|planned| planned.granule.time);
        times().min().zip(times().max())
    }
}
