//! Loads what a site knows of its places; what is absent is said once.

use crate::error::Result;
use crate::history::past_fires::PastFires;
use crate::ingest::feeds::{self, Format, fires_geojson};
use crate::layers::landcover::{ClassTable, LandCover};
use crate::layers::static_sources::{SourceList, StaticSources};
use crate::pipeline::{Places, of_key};
use crate::site::Site;

/// The layers of a site.
///
/// # Errors
/// Where a layer that the site names cannot be read, with its key.
pub(super) fn load_places(site: &Site) -> Result<Places> {
    Ok(Places {
        static_sources: load_static_sources(site)?,
        landcover: load_landcover(site)?,
        past_fires: load_past_fires(site)?,
    })
}

/// So far around the site and what neighbours are told of, the ground of fires may reach, degrees.
const MARGIN_DEG: f64 = 0.2;

fn load_landcover(site: &Site) -> Result<Option<LandCover>> {
    let Some(path) = &site.layers.landcover else {
        tracing::warn!("{}: no layers.landcover: the class of a fire stays unknown", site.dir.display());
        return Ok(None);
    };
    let table = site.layers.landcover_classes.as_deref().and_then(ClassTable::named);
    let land = LandCover::load(path, &site.neighbourhood().widened(MARGIN_DEG), table);
    land.map(Some).map_err(|error| of_key(site, "layers.landcover", &error))
}

/// A FIRMS list or our hotspots.csv, which begins with its columns, or our fires.geojson. Sites need none: nothing is said without.
fn load_past_fires(site: &Site) -> Result<Option<PastFires>> {
    let Some(path) = &site.layers.past_fires else { return Ok(None) };
    let is_ours = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("geojson") || e.eq_ignore_ascii_case("json"));
    let pixels = if is_ours {
        fires_geojson::read(path).map(|past| past.pixels)
    } else {
        feeds::read(Format::Firms, path).map(|feed| {
            if !feed.rejected.is_empty() {
                tracing::warn!("{}: {} lines of past fires cannot be read", path.display(), feed.rejected.len());
            }
            super::say_dropped(path, &feed);
            feed.pixels
        })
    };
    let pixels = pixels.map_err(|error| of_key(site, "layers.past_fires", &error))?;
    Ok(Some(PastFires::new(pixels.iter().filter(|fire| !fire.simulated).map(|fire| (fire.place, fire.time)))))
}

fn load_static_sources(site: &Site) -> Result<Option<StaticSources>> {
    let Some(path) = &site.layers.static_sources else {
        tracing::warn!(
            "{}: no layers.static_sources: factories that burn all year stay on the list",
            site.dir.display()
        );
        return Ok(None);
    };
    let list = SourceList::read(path).map_err(|error| of_key(site, "layers.static_sources", &error))?;
    Ok(Some(StaticSources::new(list)))
}
