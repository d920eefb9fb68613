//! Secrets: read when a sink is opened, and never shown.

use crate::error::{Error, Result};
use crate::site::SecretFrom;
use std::fmt;

/// What must not be seen: its text leaves only into a header, a signature or a login.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// Reads it; what stands before and after it (a file ends with a new line) is no part of it.
    ///
    /// # Errors
    /// [`Error::Config`] with the place where it is asked for, if it is absent or empty.
    pub fn read(from: &SecretFrom, place: &str) -> Result<Secret> {
        let (what, found) = match from {
            SecretFrom::Env(name) => (
                format!("the environment variable {name}"),
                std::env::var(name).map_err(|_| "not set, or no UTF-8".to_string()),
            ),
            SecretFrom::File(path) => (
                format!("the file {}", path.display()),
                std::fs::read_to_string(path).map_err(|error| format!("not readable ({error})")),
            ),
        };
        let wrong = |found: String| {
            let advice = "set it where the program runs; it is never written into site.toml";
            Error::config(place, format!("{what}: {found}"), "a secret in it", advice)
        };
        match found {
            Ok(text) if text.trim().is_empty() => Err(wrong("empty".to_string())),
            Ok(text) => Ok(Secret(text.trim().to_string())),
            Err(reason) => Err(wrong(reason)),
        }
    }

    /// A secret that was got by other ways, as a token is.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// A text in which this secret is covered, plain and as a URL or base64 has it: a server may repeat what it was sent.
    pub fn covered_in(&self, text: &str) -> String {
        use base64::Engine;
        let base64 = base64::engine::general_purpose::STANDARD.encode(&self.0);
        let forms = [self.0.clone(), percent_encoded(&self.0), base64];
        forms.iter().filter(|form| !form.is_empty()).fold(text.to_string(), |text, form| text.replace(form, "***"))
    }
}

/// As a URL has it: everything but letters, digits and `-._~` as %XX.
pub fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_trimmed_and_never_shown() {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), "a b+c\n").expect("written");
        let secret = Secret::read(&SecretFrom::File(file.path().into()), "here").expect("read");
        assert_eq!(secret.reveal(), "a b+c");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(secret.covered_in("x a b+c a%20b%2Bc YSBiK2M= y"), "x *** *** *** y");
    }

    #[test]
    fn a_missing_or_empty_one_is_an_error_of_the_site() {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), " \n").expect("written");
        let empty = SecretFrom::File(file.path().into());
        for (from, word) in [
            (empty, "empty"),
            (SecretFrom::File("/absent/secret".into()), "/absent/secret"),
            (SecretFrom::Env("STRAWFIRE_NO_SUCH_SECRET".into()), "STRAWFIRE_NO_SUCH_SECRET"),
        ] {
            let error = Secret::read(&from, "site.toml: delivery.sinks[0].secret_file").expect_err("refused");
            assert!(matches!(error, Error::Config { .. }) && error.to_string().contains(word), "{error}");
        }
    }
}
