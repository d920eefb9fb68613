//! Asking a camera that can turn to look where it was set to: one call of its HTTP interface, or that of its platform.

use super::live::PATIENCE;
use super::login::{Asker, Refusal};
use super::{Credentials, Source};
use crate::error::{Error, Result};
use crate::http::one_line;
use crate::site::percent_encoded;
use reqwest::{Method, Url};

/// What stands for the preset in an address.
const PRESET: &str = "{preset}";
/// Of an answer so many bytes are read.
const MOST_ANSWER: usize = 4096;

/// How a camera is told to turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    template: String,
    method: Method,
}

impl Hook {
    /// From an address with `{preset}` in it and `GET` or `POST`; `place` is where they stand.
    ///
    /// # Errors
    /// [`Error::Config`] for an address without `{preset}`, of another scheme or with a password within, or another method.
    pub fn new(template: &str, method: &str, place: &str) -> Result<Hook> {
        let expected =
            "an address by http or https with {preset} in its path or query, without a user, and GET or POST";
        let wrong =
            |found: &str| Error::config(place, found, expected, "see the camera's handbook for its PTZ presets");
        let method = match method.to_ascii_uppercase().as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            _ => return Err(wrong("another method")),
        };
        let hook = Hook { template: template.trim().to_string(), method };
        let url = hook.url("1").ok_or_else(|| wrong("no address"))?;
        let other = hook.url("2").ok_or_else(|| wrong("no address"))?;
        match () {
            () if !["http", "https"].contains(&url.scheme()) => Err(wrong("another scheme")),
            () if !url.username().is_empty() || url.password().is_some() => {
                Err(wrong("a user or password within the address"))
            }
            () if url == other => Err(wrong("no {preset} in it")),
            () if url.host() != other.host() || url.port() != other.port() => Err(wrong("{preset} in the host")),
            () => Ok(hook),
        }
    }

    fn url(&self, preset: &str) -> Option<Url> {
        Url::parse(&self.template.replace(PRESET, &percent_encoded(preset))).ok()
    }

    /// Whether it is on the machine of a camera's source: to another one the camera's password does not go.
    pub fn is_beside(&self, source: &Source) -> bool {
        let own = match source {
            Source::Rtsp { url, .. } | Source::Http(url) => url.host_str().map(str::to_string),
            Source::File(_) => None,
        };
        own.is_some() && self.url("x").and_then(|url| url.host_str().map(str::to_string)) == own
    }

    /// Asks the camera to go to a preset, within 15 s; that it answered does not say that it has arrived.
    ///
    /// # Errors
    /// In words, without the address: no answer, a wrong password, another status than of success.
    pub async fn go(&self, preset: &str, credentials: Option<&Credentials>) -> std::result::Result<String, String> {
        let covered = |text: &str| match credentials {
            Some(credentials) => credentials.password.covered_in(text),
            None => text.to_string(),
        };
        let asked = tokio::time::timeout(PATIENCE, self.ask(preset, credentials)).await;
        let answer =
            asked.unwrap_or_else(|_| Err(Refusal::of(format!("found no answer within {} s", PATIENCE.as_secs()))));
        let said = |text: &str| one_line(&covered(text), 200);
        answer
            .map(|text| said(&text))
            .map_err(|refusal| format!("preset {}: {}", one_line(preset, 40), said(&refusal.what)))
    }

    async fn ask(&self, preset: &str, credentials: Option<&Credentials>) -> std::result::Result<String, Refusal> {
        let url = self.url(preset).ok_or_else(|| Refusal::of("found no address with this preset"))?;
        let asker = Asker::new(credentials.cloned(), PATIENCE)?;
        let mut answer = asker.ask(self.method.clone(), &url).await?;
        let mut bytes = Vec::new();
        // its status has said it; what it says besides is read as far as it comes
        while let Ok(Some(piece)) = answer.chunk().await {
            bytes.extend_from_slice(&piece[..piece.len().min(MOST_ANSWER - bytes.len())]);
            if bytes.len() >= MOST_ANSWER {
                break;
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_preset_and_no_password() {
        let new = |text: &str, method: &str| Hook::new(text, method, "cameras.toml: camera[0].preset_url");
        let hook = new("http://10.0.0.9/ptz?go={preset}&x=1", "get").expect("a hook");
        let beside = |source: &str| hook.is_beside(&Source::parse(source, "here").expect("a source"));
        assert!(beside("rtsp://10.0.0.9:554/1") && !beside("rtsp://10.0.0.8/1") && !beside("folder"));
        let url = hook.url("north hill&x=2").expect("an address");
        assert_eq!(url.as_str(), "http://10.0.0.9/ptz?go=north%20hill%26x%3D2&x=1");
        for (text, method) in [
            ("http://h/ptz", "GET"),
            ("rtsp://h/{preset}", "GET"),
            ("http://h/{preset}", "DELETE"),
            ("http://u:geheim@h/{preset}", "POST"),
            ("http://cam{preset}/", "GET"),
            ("h/{preset}", "GET"),
        ] {
            let said = new(text, method).expect_err(text).to_string();
            assert!(
                said.starts_with("cameras.toml: camera[0].preset_url: found") && !said.contains("geheim"),
                "{said}"
            );
        }
    }
}
