//! The elevation model around drones: read once for pictures near each other.

use crate::layers::dem::Dem;
use crate::place::{LonLat, LonLatBox};
use crate::site::Site;
use std::path::Path;

/// The ground of a site, as far as a drone sees.
pub(super) struct Grounds<'a> {
    site: &'a Site,
    /// The place that was asked for last, and the ground around it; `None` within where there is none.
    last: Option<(LonLat, Option<Dem>)>,
}

/// So far around a place it is read, degrees, and read again for one that is farther away than this, metres.
const AROUND_DEG: f64 = 0.12;
const SAME_M: f64 = 5000.0;

impl<'a> Grounds<'a> {
    pub(super) fn of(site: &'a Site) -> Self {
        Grounds { site, last: None }
    }

    /// The ground around a place; `None`, said, where the site has none there.
    pub(super) fn around(&mut self, place: LonLat) -> Option<&Dem> {
        if !self.last.as_ref().is_some_and(|(middle, _)| middle.distance_m(place) < SAME_M) {
            self.last = Some((place, self.read(place)));
        }
        self.last.as_ref().and_then(|(_, dem)| dem.as_ref())
    }

    fn read(&self, place: LonLat) -> Option<Dem> {
        let point = LonLatBox { west: place.lon(), south: place.lat(), east: place.lon(), north: place.lat() };
        let layers = &self.site.layers;
        let read =
            |path: &Path| Dem::read_fine(path, &point.widened(AROUND_DEG), layers.dem_offset_m, layers.dem_error_m);
        layers.dem.as_deref().map(read).transpose().unwrap_or_else(|error| {
            tracing::warn!("{error}; the ground around {:.4}, {:.4} is taken for level", place.lon(), place.lat());
            None
        })
    }
}
