//! Rules of screening that are not a detector's.

use super::{Row, Standing};

thresholds! {
    /// Sunlight from solar panels.
    PanelThresholds {
        mirror_deg = 8.0, "deg", "Panels shine with their mirrored sun nearer to the satellite than this.", "6: ALGORITHMS 8.4; 2 more for panels that are not quite so placed, ours", OwnChoice;
        reach_pixels = 1.5, "pixels", "A fire so near to the park may be its light.", "the place of a geostationary pixel, ours", OwnChoice;
        least_tilt_deg = 30.0, "deg", "Tilts tried where the park's own is not known: from.", "fixed panels are tilted by about the latitude, ours", OwnChoice;
        greatest_tilt_deg = 42.0, "deg", "To.", "fixed panels are tilted by about the latitude, ours", OwnChoice;
        warmer_kelvin = 3.0, "K", "So much warmer in the window band than the background is no mirror, which adds nothing there: a fire.", "ours", OwnChoice;
    }
}
