//! strawfire: from satellite bytes to the fire point on a county's list. See docs/DESIGN.md.

// floor 0: nouns
pub mod error;
pub mod fire;
pub mod place;
pub mod scene;
pub mod time;
pub mod units;

// floor 1: settings
pub mod thresholds;

// floor 2: lookups
pub mod layers;

// floor 3: from bytes to calibrated scenes
pub mod ingest;

// floor 4: from scenes to fire pixels
pub mod detect;
