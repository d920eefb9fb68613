//! What a run is done with.

use super::Places;
use crate::assign::ground::Ground;
use crate::detect::field::Algorithm;
use crate::fire::CountyName;
use crate::layers::area_index::AreaIndex;
use crate::place::LonLat;
use crate::site::Site;
use crate::thresholds::{Profile, Thresholds};
use std::path::Path;

/// Where fires are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// In the counties of the site; only their surroundings are read.
    Counties,
    /// Everywhere; the whole granule is read.
    Everywhere,
}

/// What a run is done with.
pub struct Settings<'a> {
    /// The site.
    pub site: &'a Site,
    /// Its counties, ready for lookups.
    pub counties: &'a AreaIndex,
    /// Where fires are kept.
    pub region: Region,
    /// Algorithm and numbers.
    pub profile: Profile,
    /// How 30 m and 20 m imagery is searched.
    pub algorithm: Algorithm,
    /// The numbers.
    pub thresholds: &'a Thresholds,
    /// The ground of the site, where there is an elevation model.
    pub ground: Option<&'a Ground>,
    /// What is known of places.
    pub places: &'a Places,
    /// The past slots, where they are kept.
    pub baseline: Option<Baseline<'a>>,
}

/// The past slots of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline<'a> {
    /// Each look adds its own, and those that none needs any more go.
    Rolling(&'a Path),
    /// All that count were made before; a look adds what stood out in it.
    Made(&'a Path),
}

impl<'a> Baseline<'a> {
    pub(super) fn dir(self) -> &'a Path {
        match self {
            Baseline::Rolling(dir) | Baseline::Made(dir) => dir,
        }
    }
}

impl<'a> Settings<'a> {
    /// For the counties with profile `sensitive`, neither ground nor past.
    pub fn new(site: &'a Site, counties: &'a AreaIndex, thresholds: &'a Thresholds, places: &'a Places) -> Self {
        Settings {
            site,
            counties,
            region: Region::Counties,
            profile: Profile::Sensitive,
            algorithm: Algorithm::default(),
            thresholds,
            ground: None,
            places,
            baseline: None,
        }
    }

    /// The county at a place.
    pub fn county_of(&self, place: LonLat) -> Option<CountyName> {
        self.counties.find(place).map(|i| self.site.counties[i].name.clone())
    }
}
