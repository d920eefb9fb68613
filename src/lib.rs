//! strawfire: from satellite bytes to the fire point on a county's list. See docs/DESIGN.md.

// floor 0: nouns
pub mod error;
pub mod fire;
pub mod frame;
pub mod place;
pub mod scene;
pub mod sealed;
pub mod sighting;
pub mod time;
pub mod tokens;
pub mod units;

// floor 1: settings
pub mod schedule;
pub mod site;
pub mod thresholds;

// floor 2: lookups at a place, what was there before, and how others are asked
pub mod history;
pub mod http;
pub mod layers;

// floor 3: from bytes to calibrated scenes and decoded frames
pub mod imagery;
pub mod ingest;

// floor 4: from scenes to fire pixels, from frames to sightings
pub mod detect;
pub mod watch;

// floor 5: keep or drop, and where it belongs
pub mod assign;
pub mod screen;

// floor 6: what an officer goes to
pub mod cases;
pub mod fuse;
pub mod ledger;

// floor 7: what must not be lost
pub mod store;

// floor 8: what leaves the house
pub mod deliver;

// floor 9: the story of one scene
pub mod pipeline;
pub mod season;
pub mod station;

// floor 10: front ends
pub mod web;

pub mod cli;
