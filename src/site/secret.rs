//! Secrets: read when what needs them is opened, and never shown.

use crate::error::{Error, Result};
use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

/// Where a secret is; the secret itself is read when what needs it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretFrom {
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(PathBuf),
}

/// A shorter part of a secret than so many characters is not covered: it is in many words.
const SHORTEST_PART: usize = 6;

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

    /// A text in which this secret is covered, plain, as a URL has it and as base64 has it, alone or within more: a server may repeat
    /// what it was sent, whole or in part. No part of [`SHORTEST_PART`] characters is left.
    pub fn covered_in(&self, text: &str) -> String {
        let forms: Vec<Vec<char>> = self.forms().iter().map(|form| form.chars().collect()).collect();
        let text: Vec<char> = text.chars().collect();
        let mut is_covered = vec![false; text.len()];
        for form in forms.iter().filter(|form| !form.is_empty()) {
            let length = form.len().min(SHORTEST_PART);
            let parts: HashSet<&[char]> = form.windows(length).collect();
            for (at, part) in text.windows(length).enumerate() {
                if parts.contains(part) {
                    is_covered[at..at + length].fill(true);
                }
            }
        }
        let mut shown = String::with_capacity(text.len());
        for (at, (letter, covered)) in text.iter().zip(&is_covered).enumerate() {
            match covered {
                false => shown.push(*letter),
                true if at == 0 || !is_covered[at - 1] => shown.push_str("***"),
                true => {}
            }
        }
        shown
    }

    /// The texts by which it may come back.
    fn forms(&self) -> Vec<String> {
        use base64::Engine;
        let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
        let encoded = percent_encoded(&self.0);
        let mut forms = vec![self.0.clone(), encoded.to_lowercase(), encoded];
        // after so many other bytes (a user's name, in a login) base64 has other letters for it; those at either end are shared with
        // what stands beside it
        forms.push(base64::engine::general_purpose::STANDARD.encode(&self.0));
        for before in [1, 2] {
            let bytes: Vec<u8> = vec![0; before].into_iter().chain(self.0.bytes()).collect();
            forms.push(encode(&bytes).get(before + 1..).unwrap_or_default().to_string());
        }
        forms
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

    /// Cut at any place, within other text, or in a login: no six characters of it are left in any form.
    #[test]
    fn no_part_of_a_secret_is_left() {
        use base64::Engine;
        let text = "Gr8+geheim/\u{79d8}\u{5bc6}=&x-long";
        let secret = Secret::new(text);
        let encode = |bytes: String| base64::engine::general_purpose::STANDARD.encode(bytes);
        let logins = ["", "u", "us"].map(|user| encode(format!("{user}{text}")));
        let whole = [text.to_string(), percent_encoded(text), percent_encoded(text).to_lowercase()];
        for form in whole.iter().chain(&logins) {
            let letters: Vec<char> = form.chars().collect();
            for end in 0..=letters.len() {
                let echoed: String = letters[..end].iter().collect();
                let shown = secret.covered_in(&format!("535 wrong: {echoed}"));
                for part in whole.iter().chain([&logins[0]]) {
                    let part: Vec<char> = part.chars().collect();
                    for part in part.windows(SHORTEST_PART) {
                        let part: String = part.iter().collect();
                        assert!(!shown.contains(&part), "{part} in {shown}");
                    }
                }
                assert!(shown.starts_with("535 wrong: "), "{shown}");
            }
        }
        for login in &logins {
            let shown = secret.covered_in(login);
            assert!(shown.contains("***") && shown.len() < 12, "{login}: {shown}");
        }
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
