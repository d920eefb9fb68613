//! When detections are one fire.

use super::{Row, Standing};

thresholds! {
    /// Detections to events.
    FuseThresholds {
        touch_pixels = 1.5, "pixels", "Detections of one look nearer than this many of the larger pixel touch.", "ours", OwnChoice;
        peak_pixels = 2.5, "pixels", "A detection further than this from every peak that it touches begins a fire of its own; two peaks further apart stay two.", "ours", OwnChoice;
        saddle_share = 0.5, "1", "Two peaks that meet at a detection no weaker than this share of the lesser are one fire.", "ours", OwnChoice;
        gate = 9.21, "1", "Two places are of one fire when their distance squared in standard errors is at most this.", "99 per cent of chi square with 2 degrees of freedom", Confirmed;
        as_likely = 4.6, "1", "A coarse detection is shared by all fires that are at most this much less likely (in the same measure) than the nearest.", "ten times less likely, ours", OwnChoice;
        fire_extent_m = 200.0, "m", "Root mean square by which the middle of one fire moves between two looks.", "ours", OwnChoice;
        wander_m = 3000.0, "m", "A fire further from where it was first seen is another one.", "ours", OwnChoice;
        ends_h = 24.0, "h", "A fire that no satellite passing over sees for so long has ended.", "interface of the project", OwnChoice;
        often_gap_h = 2.0, "h", "The same for a geostationary satellite or a camera, which looks again within minutes.", "straw burns 10 to 60 minutes, ALGORITHMS 9; ours", OwnChoice;
        field_m = 200.0, "m", "Longest pixel of a sensor that shows fields.", "ours", OwnChoice;
        fine_m = 900.0, "m", "Longest pixel of one that is fine as VIIRS 375 m to its edge is.", "ours", OwnChoice;
        kilometre_m = 1900.0, "m", "Longest pixel of one of a kilometre; above it is coarse, as geostationary ones are.", "ours", OwnChoice;
        pass_gap_min = 20.0, "min", "Times of one satellite further apart are two passes.", "over a region for minutes, back after an orbit of 98 minutes", OwnChoice;
        curve_gap_min = 35.0, "min", "The energy of a fire is summed over slots no further apart.", "three slots of ten minutes, ours", OwnChoice;
    }
}
