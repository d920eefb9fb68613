//! What a camera or drone saw: smoke, flame or heat, on a line of sight and, where that meets the ground, at a place.

use crate::fire::{Confidence, FirePixel};
use crate::place::{LonLat, Spread};
use crate::time::Utc;
use serde::{Deserialize, Serialize};

/// Who saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A camera that this program looks at.
    Camera,
    /// A drone.
    Drone,
    /// A platform of somebody else, whose word it is.
    Platform,
    /// Somebody who called.
    Hotline,
    /// A patrol.
    Patrol,
    /// A neighbouring prefecture.
    Neighbour,
}

impl Origin {
    /// The word in `origin`; as a detection the sensor.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Camera => "camera",
            Origin::Drone => "drone",
            Origin::Platform => "platform",
            Origin::Hotline => "hotline",
            Origin::Patrol => "patrol",
            Origin::Neighbour => "neighbour",
        }
    }

    /// As lists have it.
    pub fn spoken(self) -> &'static str {
        match self {
            Origin::Camera => "摄像机",
            Origin::Drone => "无人机",
            Origin::Platform => "平台",
            Origin::Hotline => "群众来电",
            Origin::Patrol => "巡查",
            Origin::Neighbour => "邻市通报",
        }
    }

    /// Whether it is what people say, who may not know where it is.
    pub fn is_word_of_people(self) -> bool {
        matches!(self, Origin::Hotline | Origin::Patrol | Origin::Neighbour)
    }
}

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Smoke.
    Smoke,
    /// Flame.
    Flame,
    /// Heat.
    Hot,
}

impl Kind {
    /// The word in `kind`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Smoke => "smoke",
            Kind::Flame => "flame",
            Kind::Hot => "hot",
        }
    }

    /// As lists have it.
    pub fn spoken(self) -> &'static str {
        match self {
            Kind::Smoke => "烟",
            Kind::Flame => "火焰",
            Kind::Hot => "高温",
        }
    }

    /// From its word.
    pub fn named(name: &str) -> Option<Kind> {
        [Kind::Smoke, Kind::Flame, Kind::Hot].into_iter().find(|kind| kind.name() == name)
    }
}

/// Where on the ground a sighting is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// At a place, with its error.
    Point {
        /// The place.
        place: LonLat,
        /// Its error.
        spread: Spread,
    },
    /// Somewhere along a line: the foot of what is seen is hidden, or the line of sight only grazes the ground.
    Along {
        /// Nearest possible place.
        near: LonLat,
        /// Farthest possible place.
        far: LonLat,
    },
}

/// The line of sight to what was seen, at the lens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// Degrees clockwise from true north.
    pub azimuth_deg: f64,
    /// Degrees above the horizontal.
    pub elevation_deg: f64,
}

/// The algorithm of a detection that stands for what somebody told of an event that the desk named: it lies where the event lies and is no witness of
/// its own, neither of the place nor of the time.
pub const OF_EVENT: &str = "of_event";

/// One sighting of one camera or drone at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// Stable identifier.
    pub id: String,
    /// Who saw it.
    pub origin: Origin,
    /// When it was seen.
    pub time: Utc,
    /// The camera or drone; `None` where nobody said which.
    pub camera: Option<String>,
    /// What was seen.
    pub kind: Kind,
    /// How sure, 0 to 1.
    pub score: f32,
    /// Where the camera or drone was, where that is known.
    pub from: Option<LonLat>,
    /// Where it is seen from the camera, where its pose is known.
    pub direction: Option<Direction>,
    /// Distance from the camera to the place, metres, where there is one.
    pub range_m: Option<f64>,
    /// Where that is on the ground, where it is known.
    pub ground: Option<Ground>,
    /// Path or link of the picture.
    pub image: Option<String>,
    /// Number that the platform gave it.
    pub vendor_id: Option<String>,
    /// Whether the frame is marked as made, not taken.
    pub simulated: bool,
}

impl Sighting {
    /// The place with its error, where it is known.
    pub fn place(&self) -> Option<(LonLat, Spread)> {
        match self.ground {
            Some(Ground::Point { place, spread }) => Some((place, spread)),
            _ => None,
        }
    }

    /// As a detection to be fused with those of satellites; `None` without a place: a line of sight alone is no event.
    pub fn as_detection(&self) -> Option<FirePixel> {
        let (place, spread) = self.place()?;
        let mut detection = FirePixel::bare(self.id.clone(), self.time, place);
        detection.satellite = self.camera.clone().unwrap_or_else(|| self.origin.name().to_string());
        detection.sensor = self.origin.name().to_string();
        detection.algorithm = self.kind.name().to_string();
        detection.confidence_pct = Some(100.0 * self.score);
        detection.confidence = Confidence::of_percent(100.0 * self.score);
        detection.position_error_m = Some(spread.distance_m());
        detection.place_spread = Some(spread);
        detection.simulated = self.simulated;
        Some(detection)
    }
}
