//! One error type for the whole library: what file, what was found, what was expected, what to do.

use std::path::{Path, PathBuf};

/// Result of everything in this library that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, told so that the person at the desk can mend it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An input file that cannot be read as what it should be.
    #[error("{}: found {found}; expected {expected}; {advice}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What was in it.
        found: String,
        /// What a good file has there.
        expected: String,
        /// What to do about it.
        advice: String,
    },
    /// A wrong command line, site pack or option.
    #[error("{place}: found {found}; expected {expected}; {advice}")]
    Config {
        /// The file with its dotted key, or the option.
        place: String,
        /// What was there.
        found: String,
        /// What is allowed.
        expected: String,
        /// What to do about it.
        advice: String,
    },
    /// A file or folder that the system would not read.
    #[error("{}: cannot be read: {source}; expected a readable file; {advice}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
        /// What to do about it.
        advice: String,
    },
    /// A store that is out of reach or does not do what it is asked.
    #[error("{store}: {reason}; expected a store that can be read and written; {advice}")]
    Store {
        /// Its address, without a password.
        store: String,
        /// What it said.
        reason: String,
        /// What to do about it.
        advice: String,
    },
    /// An output that could not be written.
    #[error("{}: cannot be written: {reason}; expected a writable folder with free space; free some, or choose another folder (--out, baseline.dir)", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What is found in a file of another encoding, with the way out: spreadsheets in Chinese save CSV as GBK.
pub const NOT_UTF8: &str = "text that is not UTF-8 (save it as CSV UTF-8)";

impl Error {
    /// A damaged or foreign input file.
    pub fn input(
        path: impl AsRef<Path>,
        found: impl Into<String>,
        expected: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Error::Input {
            path: path.as_ref().to_path_buf(),
            found: found.into(),
            expected: expected.into(),
            advice: advice.into(),
        }
    }

    /// The error of an input with a further sentence of advice; others as they are.
    #[must_use]
    pub fn advise(self, more: &str) -> Self {
        match self {
            Error::Input { path, found, expected, advice } => {
                Error::Input { path, found, expected, advice: format!("{advice}; {more}") }
            }
            Error::Read { path, source, advice } => Error::Read { path, source, advice: format!("{advice}; {more}") },
            other => other,
        }
    }

    /// A wrong setting; `place` is the file with its dotted key, or the option.
    pub fn config(
        place: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Error::Config { place: place.into(), found: found.into(), expected: expected.into(), advice: advice.into() }
    }

    /// A file that the system would not read.
    pub fn read(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        let advice = "check the path and its permissions".to_string();
        Error::Read { path: path.as_ref().to_path_buf(), source, advice }
    }

    /// An output that could not be written.
    pub fn output(path: impl AsRef<Path>, reason: impl ToString) -> Self {
        Error::Output { path: path.as_ref().to_path_buf(), reason: reason.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_added_to_whatever_an_input_suffers_from() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        for error in [Error::read("a.nc", missing), Error::input("a.nc", "nothing", "a file", "fetch it again")] {
            assert!(error.advise("the rest is used").to_string().ends_with("; the rest is used"));
        }
    }
}
