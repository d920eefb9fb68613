//! A whole season again: planned into tasks, done side by side on one machine or on many, joined into one data set, compared and told.
//!
//! A season is a folder. Everything in it is a function of the plan, the imagery and the site, and is written under another name and renamed:
//! any task may be done any number of times, by whomever, and gives the same bytes.
//!
//! ```text
//! plan.json           period, profile, hash of the site, list of tasks
//! tasks/00012.json    the granules of a task with the checksums of their files
//! looks/              the site's part of each geostationary look, calibrated: decoded once, whatever is done with it
//! past/               the past slots that a slot is compared with (the baseline), a folder a stream
//! baseline/00012.done the first pass of a task: its looks and past slots are there
//! found/00012.found   the second pass: fires kept and dropped, and what was seen
//! ```
//!
//! A slot is compared with the slots of ten days before. What is kept of a slot does not depend on other slots ([`crate::history`]), so the
//! first pass makes them all, in any order, and the second detects with all at hand: days run side by side, and the result is that of a scan
//! one slot after the other.

pub mod burned;
pub mod changes;
pub mod compare;
mod gather;
mod look;
pub mod merge;
mod pass;
pub mod plan;
pub mod report;
pub mod run;
pub mod slurm;
mod sums;
mod task;

use crate::deliver::atomic;
use crate::error::{Error, Result};
pub use gather::{Gathered, gather};
pub use pass::{Found, Pass};
use plan::Plan;
use std::path::{Path, PathBuf};
pub use task::{Planned, Sum, Task};

/// A season's folder with its plan.
#[derive(Debug)]
pub struct Season {
    /// The folder.
    pub dir: PathBuf,
    /// The plan.
    pub plan: Plan,
}

const PLAN: &str = "plan.json";

impl Season {
    /// Opens a season that was planned.
    ///
    /// # Errors
    /// [`Error::Config`] where the folder is none.
    pub fn open(dir: &Path) -> Result<Season> {
        let path = dir.join(PLAN);
        let wrong = |found: String| {
            Error::config(
                path.display().to_string(),
                found,
                "the plan of a season",
                "make one: strawfire season plan --out DIR ...",
            )
        };
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let plan: Plan = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if plan.format != plan::FORMAT {
            return Err(wrong(format!("format {}, not {}", plan.format, plan::FORMAT)));
        }
        Ok(Season { dir: dir.to_path_buf(), plan })
    }

    /// A task of the plan.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::Input`] where it is not the one that was planned.
    pub fn task(&self, id: usize) -> Result<Task> {
        let path = self.task_path(id);
        let text = std::fs::read_to_string(&path).map_err(|error| Error::read(&path, error))?;
        let changed = |found: &str| {
            Error::input(&path, found, "the task as it was planned", "plan the season again in another folder")
        };
        let planned = self.plan.tasks.get(id).ok_or_else(|| changed("a task that the plan does not have"))?;
        if crate::sealed::sha256(text.as_bytes()) != planned.sha256 {
            return Err(changed("a file that was cut or changed (its checksum differs)"));
        }
        serde_json::from_str(&text).map_err(|error| changed(&error.to_string()))
    }

    fn task_path(&self, id: usize) -> PathBuf {
        self.dir.join("tasks").join(format!("{id:05}.json"))
    }

    /// The file that says that a pass of a task is done.
    pub fn result_path(&self, pass: Pass, id: usize) -> PathBuf {
        match pass {
            Pass::Baseline => self.dir.join("baseline").join(format!("{id:05}.done")),
            Pass::Detection => self.dir.join("found").join(format!("{id:05}.found")),
        }
    }

    /// Folder of the past slots of a stream.
    fn past(&self, stream: &str) -> PathBuf {
        self.dir.join("past").join(stream)
    }

    /// Folder of decoded looks.
    fn looks(&self) -> PathBuf {
        self.dir.join(&self.plan.looks)
    }
}

/// Marks a folder as one of ours of some kind, before anything of it is there: what lies in somebody else's would be taken for an older one, and go.
///
/// # Errors
/// [`Error::Config`] where it holds other things, [`Error::Output`] where it cannot be written.
fn claim(out: &Path, kind: &str) -> Result<()> {
    let mark = out.join(format!(".strawfire-{kind}"));
    if mark.exists() {
        return Ok(());
    }
    let mut entries = std::fs::read_dir(out).map_err(|error| Error::output(out, error))?.flatten();
    let is_hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    match entries.find(|entry| !is_hidden(&entry.file_name())) {
        None => atomic::write_bytes(&mark, b"what lies here is of strawfire season, which writes it anew\n"),
        Some(other) => Err(Error::config(
            "--out",
            format!("{}, which is not of an older one", other.path().display()),
            "a new or empty folder, or one that this command wrote before",
            "name another folder",
        )),
    }
}
