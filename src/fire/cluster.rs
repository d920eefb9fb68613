//! A fire of a sensor with pixels of tens of metres: many pixels that touch.

use crate::place::LonLat;
use serde::{Deserialize, Serialize};

/// Fire pixels that touch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// How many.
    pub pixels: u32,
    /// Their ground, m2.
    pub area_m2: f64,
    /// Their edges: parts, each with its outer ring first and its holes after, closed.
    pub outline: Vec<Vec<Vec<LonLat>>>,
    /// Greatest value at 2.2 um: reflectance by day, radiance (W m-2 sr-1 um-1) by night.
    pub max_swir22: f64,
    /// Sum of what the pixels have over the ground around, in the same unit.
    pub sum_swir22: f64,
    /// How many of the algorithms of a vote saw it; 0 where they were not asked.
    pub votes: u32,
}

impl Cluster {
    /// Corners of its edges.
    pub fn corners(&self) -> impl Iterator<Item = LonLat> + '_ {
        self.outline.iter().flatten().flatten().copied()
    }
}
