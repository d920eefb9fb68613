//! Rules of screening that are not a detector's.

use super::{Row, Standing};

thresholds! {
    /// Sunlight from solar panels.
    PanelThresholds {
        mirror_deg = 8.0, "deg", "Panels shine with their mirrored sun nearer to the satellite than this.", "6: ALGORITHMS 8.4; 2 more for panels that are not quite so placed, ours", OwnChoice;
        reach_pixels = 1.5, "pixels", "A fire so near to the park may be its light.", "the place of a geostationary pixel, ours", OwnChoice;
        least_tilt_deg = 10.0, "deg", "Tilts tried where the park's own is not known: from.", "fixed panels at 36 N, ours", OwnChoice;
        greatest_tilt_deg = 50.0, "deg", "To.", "fixed panels at 36 N, ours", OwnChoice;
    }
}
