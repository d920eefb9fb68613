//! Where the file of a SQLite store lies, and which file that is.

use super::StoreError;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The stores that a program which runs for long works with.
static HELD: Mutex<Vec<Home>> = Mutex::new(Vec::new());

/// Where the file of a store lies, and which file that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    path: PathBuf,
    /// Device and number of the file.
    number: (u64, u64),
}

impl Home {
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let number = number_of(path).ok_or_else(|| StoreError::Moved(path.to_path_buf()))?;
        Ok(Home { path: path.to_path_buf(), number })
    }

    /// Whether the file lies there still: what is written to one that was moved away is seen by nobody.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if number_of(&self.path) == Some(self.number) { Ok(()) } else { Err(StoreError::Moved(self.path.clone())) }
    }

    /// Whether this process may open, or make, what lies at a path: nothing but the file that it holds to.
    pub(super) fn may_be_opened(path: &Path) -> Result<(), StoreError> {
        held().iter().filter(|home| home.path == path).try_for_each(Home::check)
    }
}

/// Holds this process to the file of a store until it is dropped: a part of it that opens the store anew after an error or for each look
/// would write into what was put in the place of the file, while all others stand still.
#[derive(Debug)]
#[must_use]
pub struct Held(Option<Home>);

impl Held {
    pub(super) fn to(home: Option<&Home>) -> Held {
        held().extend(home.cloned());
        Held(home.cloned())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = held();
        let own = self.0.as_ref().and_then(|own| held.iter().position(|home| home == own));
        if let Some(own) = own {
            held.swap_remove(own);
        }
    }
}

fn held() -> MutexGuard<'static, Vec<Home>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn number(file: &std::fs::Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

pub(super) fn number_of(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file| number(&file))
}
