//! How the web is served: `[web]` of site.toml.

use crate::error::{Error, Result};
use crate::pipeline::housekeeping::photos_of;
use crate::site::{Site, Web};
use std::path::PathBuf;

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct WebSettings {
    /// Address and port.
    pub listen: String,
    /// Address by which people reach it, without a slash at the end; links of tasks begin with it.
    pub public_url: String,
    /// Folder of photos.
    pub photos: PathBuf,
    /// Tiles behind the map.
    pub tiles: Option<Tiles>,
    /// A session ends after so many hours, whatever it does.
    pub session_hours: f64,
    /// It ends after so many minutes without a request.
    pub idle_minutes: f64,
    /// Whether a proxy in front says the client's address in `X-Forwarded-For`.
    pub behind_proxy: bool,
}

/// Map tiles of somebody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Tiles {
    /// Address with `{z}`, `{x}`, `{y}`.
    pub url: String,
    /// What must be said of them.
    pub attribution: String,
    /// Deepest level.
    pub max_zoom: u32,
}

impl WebSettings {
    /// From the site; `listen` of the command line goes first.
    ///
    /// # Errors
    /// [`Error::Config`] where the photos have no folder.
    pub fn of(site: &Site, listen: Option<&str>) -> Result<Self> {
        let web: &Web = &site.web;
        let listen = listen.map_or_else(|| web.listen.clone(), str::to_string);
        let Some(photos) = photos_of(site) else {
            return Err(Error::config(
                format!("{}: web.photos", site.dir.join("site.toml").display()),
                "nothing",
                "a folder for the photos of officers: a PostgreSQL store has none beside it",
                "set web.photos",
            ));
        };
        let tiles = web.tiles_url.clone().map(|url| Tiles {
            url,
            attribution: web.tiles_attribution.clone().unwrap_or_default(),
            max_zoom: web.tiles_max_zoom,
        });
        Ok(WebSettings {
            public_url: web.public_url.clone().unwrap_or_else(|| format!("http://{listen}")),
            listen,
            photos,
            tiles,
            session_hours: web.session_hours,
            idle_minutes: web.idle_minutes,
            behind_proxy: web.behind_proxy,
        })
    }

    /// Whether people reach it by https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}
