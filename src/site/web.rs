//! `[web]` of site.toml: how the page and the API are served.

use super::settings::Settings;
use crate::error::Result;
use std::path::PathBuf;

/// How the page and the API are served.
#[derive(Debug, Clone, PartialEq)]
pub struct Web {
    /// Address and port to listen on.
    pub listen: String,
    /// Address by which people reach it.
    pub public_url: Option<String>,
    /// Folder of photos.
    pub photos: Option<PathBuf>,
    /// Address of map tiles with `{z}`, `{x}`, `{y}`.
    pub tiles_url: Option<String>,
    /// What must be said of them.
    pub tiles_attribution: Option<String>,
    /// Their deepest level.
    pub tiles_max_zoom: u32,
    /// Longest session, hours.
    pub session_hours: f64,
    /// Longest pause of a session, minutes.
    pub idle_minutes: f64,
    /// Whether a proxy in front says who asks.
    pub behind_proxy: bool,
}

const LISTEN: &str = "127.0.0.1:8080";
const MAX_ZOOM: f64 = 18.0;
/// A shift, and the time in which a desk that was left open is still the same person's \[P\].
const SESSION_HOURS: f64 = 12.0;
const IDLE_MINUTES: f64 = 60.0;

impl Settings {
    /// The settings of the web.
    pub(super) fn web(&self) -> Result<Web> {
        let url = |key: &str| -> Result<Option<String>> {
            let Some(text) = self.text(key) else { return Ok(None) };
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            let is_url = rest.is_some_and(|rest| !rest.is_empty())
                && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>;,".contains(c));
            if is_url {
                return Ok(Some(text.trim_end_matches('/').to_string()));
            }
            Err(self.wrong(key, text, "an address that begins with https:// or http://".to_string()))
        };
        let tiles_url = url("web.tiles_url")?;
        if let Some(text) =
            tiles_url.as_ref().filter(|url| !["{z}", "{x}", "{y}"].iter().all(|part| url.contains(part)))
        {
            return Err(self.wrong("web.tiles_url", text.clone(), "an address with {z}, {x} and {y}".to_string()));
        }
        Ok(Web {
            listen: self.text("web.listen").unwrap_or_else(|| LISTEN.to_string()),
            public_url: url("web.public_url")?,
            photos: self.path("web.photos"),
            tiles_url,
            tiles_attribution: self.text("web.tiles_attribution"),
            tiles_max_zoom: self.number("web.tiles_max_zoom").unwrap_or(MAX_ZOOM).clamp(1.0, 24.0) as u32,
            session_hours: self.number("web.session_hours").unwrap_or(SESSION_HOURS).clamp(0.1, 24.0 * 30.0),
            idle_minutes: self.number("web.idle_minutes").unwrap_or(IDLE_MINUTES).clamp(1.0, 60.0 * 24.0),
            behind_proxy: self.flag("web.behind_proxy").unwrap_or(false),
        })
    }
}
