//! What the desk is shown beside an event that it judges.

use super::{Row, Standing};

thresholds! {
    /// What lies near an event.
    TriageThresholds {
        errors = 2.0, "1", "Two events within so many of their place errors together may be one fire.", "95 per cent of a normal distribution; ours", OwnChoice;
        least_m = 1500.0, "m", "And never less than this, for a fire has a size.", "ours", OwnChoice;
        unknown_m = 5000.0, "m", "Error of the place of an event that states none.", "a pixel of a geostationary satellite at the edge of its disk; ours", OwnChoice;
        apart_h = 12.0, "h", "Two events further apart in time are not one fire.", "straw burns 10 to 60 minutes, a field is lit again the same day; ours", OwnChoice;
        before_days = 1100.0, "d", "What burned there before is looked for so far back.", "three seasons; ours", OwnChoice;
        same_place_m = 1000.0, "m", "And so near, at least.", "a cell of the patrol grid, ours", OwnChoice;
        recent_days = 92.0, "d", "Days of detections by which a source of heat that comes back is told.", "a season; ours", OwnChoice;
        seen_h = 24.0, "h", "How well the ground was seen is said of so long.", "a day's passes; ours", OwnChoice;
    }
}
