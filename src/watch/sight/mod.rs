//! Where on the ground a camera's smoke is: from a pixel along the line of sight to the elevation model, from several
//! cameras to one place, from known places back to how a camera looks, and what it can see at all. See docs/camera-place.md.
//!
//! Heights are metres above the WGS84 ellipsoid, azimuths degrees clockwise from true north, elevation angles degrees
//! above the plane that is level at the camera, ranges metres along the ellipsoid.

pub mod calibrate;
pub mod earth;
pub mod eye;
pub mod group;
mod lens;
mod locate;
mod meet;
mod normal;
mod pose;
pub mod triangulate;
pub mod viewshed;

pub use earth::{Track, azimuth_and_range};
pub use eye::{Eye, dem_around, dem_around_all};
pub use lens::Lens;
pub use locate::{Located, Sector, Spot};
pub use meet::{Met, Skyline, meet_ground, skyline};
pub use pose::{Pose, Sight};
