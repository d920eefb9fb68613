//! What an officer goes to: one fire over time.

use super::{Class, Confidence, Confirmation, CountyName};
use crate::place::{LonLat, Spread};
use crate::time::Utc;
use serde::{Deserialize, Serialize};

/// What an officer goes to: one fire over time, from all that saw it. As JSON it is what the store keeps; lists have a form of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FireEvent {
    /// Stable identifier: it never changes once it is given.
    pub id: String,
    /// Best estimate of the place.
    pub place: LonLat,
    /// First detection.
    #[serde(with = "crate::time::exact")]
    pub first_seen: Utc,
    /// Last detection.
    #[serde(with = "crate::time::exact")]
    pub last_seen: Utc,
    /// Satellites, feeds and cameras that saw it, sorted.
    pub sources: Vec<String>,
    /// The source that saw it first.
    pub first_discoverer: String,
    /// Number of detections, with those that it shares.
    pub detections: usize,
    /// Looks (a slot, an overpass, a picture) that they are of.
    pub looks: usize,
    /// Ids of the detections that count in this event and in no other, sorted.
    pub members: Vec<String>,
    /// Ids of coarse detections in whose pixel it lies and that count in another event, sorted.
    pub shared: Vec<String>,
    /// Greatest FRP of one look, MW; of a look that it shares, its share.
    pub max_frp_mw: Option<f64>,
    /// FRP of the looks of the geostationary satellite that saw it most, MW, in the order of time; empty without one.
    #[serde(with = "crate::time::exact::series")]
    pub frp_curve: Vec<(Utc, f64)>,
    /// Energy under that curve, MJ; `None` where it has fewer than two looks near each other.
    pub fre_mj: Option<f64>,
    /// How sure it is, from all sources.
    pub confidence: Confidence,
    /// Whether it was seen again.
    pub confirmation: Confirmation,
    /// Kind of heat.
    pub class: Class,
    /// Why it is of that class, a sentence each.
    pub reasons: Vec<String>,
    /// Whether one of its detections is kept; the others only lie near the counties.
    pub inside: bool,
    /// County of its place.
    pub county: Option<CountyName>,
    /// Codes of all counties that hold one of its pixels or its place, sorted: no county on whose ground it burns may
    /// be told that nothing was found.
    pub counties: Vec<String>,
    /// Township of its place, where the site has their areas.
    pub township: Option<String>,
    /// Cell of the patrol grid at its place.
    pub grid_cell: Option<String>,
    /// Post that answers for it.
    pub responsible: Option<String>,
    /// Townships and villages that it may lie in, where no area says it, nearest first.
    pub candidates: Vec<String>,
    /// Root mean square of the distance to the true place, metres; see [`Spread::distance_m`].
    pub position_error_m: Option<f64>,
    /// The same error with its direction, where known.
    pub place_spread: Option<Spread>,
    /// Whether woods lie beside it; `None` without a land cover map.
    pub forest_edge: Option<bool>,
    /// Made by the simulator.
    pub simulated: bool,
    /// The event that it became part of; it is closed then.
    pub merged_into: Option<String>,
    /// What became of it as more came in, in the order of arrival.
    pub history: Vec<Happening>,
}

/// A change of an event that is not just one more detection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// When the change was known.
    pub at: Utc,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened to an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what", content = "event")]
pub enum What {
    /// Another event proved to be the same fire, and was closed.
    Absorbed(String),
    /// It proved to be the same fire as another event, and is closed.
    MergedInto(String),
    /// A finer look showed that part of an event is a fire of its own: this one.
    SplitFrom(String),
    /// A later version of the input no longer shows it.
    Withdrawn,
}

impl FireEvent {
    /// An event of one kept detection of which only this much is known.
    pub fn bare(id: impl Into<String>, time: Utc, place: LonLat) -> Self {
        FireEvent {
            id: id.into(),
            place,
            first_seen: time,
            last_seen: time,
            sources: Vec::new(),
            first_discoverer: String::new(),
            detections: 1,
            looks: 1,
            members: Vec::new(),
            shared: Vec::new(),
            max_frp_mw: None,
            frp_curve: Vec::new(),
            fre_mj: None,
            confidence: Confidence::Nominal,
            confirmation: Confirmation::Provisional,
            class: Class::Unknown,
            reasons: Vec::new(),
            inside: true,
            county: None,
            counties: Vec::new(),
            township: None,
            grid_cell: None,
            responsible: None,
            candidates: Vec::new(),
            position_error_m: None,
            place_spread: None,
            forest_edge: None,
            simulated: false,
            merged_into: None,
            history: Vec::new(),
        }
    }

    /// Whether it lies in a county, wholly or in part.
    pub fn touches(&self, adcode: &str) -> bool {
        self.counties.iter().any(|code| code == adcode)
    }
}
