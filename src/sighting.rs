//! What a camera or drone saw: smoke, flame or heat, on a line of sight and, where that meets the ground, at a place.

use crate::fire::{Confidence, FirePixel};
use crate::place::LonLat;
use crate::time::Utc;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// One sighting of one camera or drone at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Stable identifier.
    pub id: String,
    /// When it was seen.
    pub time: Utc,
    /// The camera or drone.
    pub camera: String,
    /// What was seen.
    pub kind: Kind,
    /// How sure, 0 to 1.
    pub score: f32,
    /// Where the line of sight meets the ground, where that is known.
    pub place: Option<LonLat>,
    /// Root mean square of the distance to the true place, metres, where known.
    pub position_error_m: Option<f64>,
}

impl Sighting {
    /// As a detection to be fused with those of satellites; `None` without a place: a line of sight alone is no event.
    pub fn as_detection(&self) -> Option<FirePixel> {
        let mut detection = FirePixel::bare(self.id.clone(), self.time, self.place?);
        (detection.satellite, detection.sensor) = (self.camera.clone(), "camera".to_string());
        detection.algorithm = self.kind.name().to_string();
        detection.confidence_pct = Some(100.0 * self.score);
        detection.confidence = Confidence::of_percent(100.0 * self.score);
        detection.position_error_m = self.position_error_m;
        Some(detection)
    }
}
