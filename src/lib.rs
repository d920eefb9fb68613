//! strawfire: from satellite bytes to the fire point on a county's list. See docs/DESIGN.md.

// floor 0: nouns
pub mod error;
pub mod fire;
pub mod place;
pub mod scene;
pub mod time;
pub mod units;

// floor 1: settings
pub mod site;

// floor 3: bytes to nouns
pub mod ingest;

// floor 5: keep or drop, and where it belongs
pub mod assign;
pub mod screen;

// floor 6: what an officer goes to
pub mod fuse;

// floor 8: what leaves the house
pub mod deliver;
