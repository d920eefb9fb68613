//! What can go wrong, said so that the person at the keyboard knows what to do next.

use std::path::{Path, PathBuf};

/// An error of the simulator. `Usage` ends with exit code 2, everything else with 1.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The command line asks for something that cannot be done.
    #[error("found {found}, expected {expected}; {remedy}")]
    Usage { found: String, expected: String, remedy: String },
    /// A file is not what it should be, or cannot be read or written.
    #[error("{}: found {found}, expected {expected}; {remedy}", file.display())]
    File { file: PathBuf, found: String, expected: String, remedy: String },
}

/// The result type of every fallible step.
pub type Result<T> = std::result::Result<T, SimError>;

/// A usage error from its three parts.
pub fn usage(found: impl Into<String>, expected: impl Into<String>, remedy: impl Into<String>) -> SimError {
    SimError::Usage { found: found.into(), expected: expected.into(), remedy: remedy.into() }
}

/// A file error from its parts.
pub fn file(file: &Path, found: impl ToString, expected: impl Into<String>, remedy: impl Into<String>) -> SimError {
    SimError::File {
        file: file.to_path_buf(),
        found: found.to_string(),
        expected: expected.into(),
        remedy: remedy.into(),
    }
}

impl SimError {
    /// The process exit code for this error.
    pub fn exit_code(&self) -> u8 {
        match self {
            SimError::Usage { .. } => 2,
            SimError::File { .. } => 1,
        }
    }
}
