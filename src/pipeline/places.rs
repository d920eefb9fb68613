//! What is known of the places of fires, and the rules that judge by it.

use super::Settings;
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::history::past_fires::PastFires;
use crate::layers::landcover::LandCover;
use crate::layers::static_sources::StaticSources;
use crate::screen::{self, Scope, class};
use crate::site::Site;

/// Layers that are looked up at the places of fires; each may be absent.
#[derive(Debug, Default)]
pub struct Places {
    /// Known static sources of heat.
    pub static_sources: Option<StaticSources>,
    /// Land cover.
    pub landcover: Option<LandCover>,
    /// Fires of earlier years.
    pub past_fires: Option<PastFires>,
}

/// Judges the kept fires by their places and the calendar, and gives those outside the counties that neighbours may be told of their
/// class. A dropped fire keeps its reason and stays in the list. Static sources come last: what they say of a fire overrules its land.
///
/// # Errors
/// Where the land cover cannot be read at the place of a fire: such a fire is then judged as if there were none, and says so.
pub fn screen_by_place(fires: &mut [FirePixel], settings: &Settings) -> Result<()> {
    let (places, t) = (settings.places, &settings.thresholds.class);
    let scope = Scope { neighbourhood: Some(settings.site.neighbourhood()) };
    let land = class::by_land(fires, places.landcover.as_ref(), &scope, t);
    class::by_season(fires, &settings.site.seasons, &scope, t);
    if let Some(past) = &places.past_fires {
        class::by_past_fires(fires, past, t);
    }
    if let Some(sources) = &settings.places.static_sources {
        screen::static_heat(fires, sources, &scope, &settings.thresholds.static_heat);
    }
    land
}

/// A file that a key of the site names and that cannot be used: a matter of configuration.
pub fn of_key(site: &Site, key: &str, error: &Error) -> Error {
    let place = format!("{}: {key}", site.dir.join("site.toml").display());
    Error::config(place, error.to_string(), "a file that can be used", "mend it, or take the line out")
}
