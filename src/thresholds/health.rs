//! When something is called wrong with a camera.

use super::{Row, Standing};

thresholds! {
    /// What ails a camera, and for how long before it is told.
    HealthThresholds {
        silent_paces = 4.0, "1", "Silent after so many paces without a picture.", "key pictures of RTSP are up to half a pace late, ours", OwnChoice;
        silent_s = 60.0, "s", "And not before so long.", "a restart of a camera takes half a minute, ours", OwnChoice;
        same = 0.3, "1", "Two pictures are nearly the same where nine in ten blocks of 16 px differ by less in their mean, of 255.", "held still and coded again at most 0.27 from 1 Mbit/s on; real ones 0.43 and more a minute apart, 1.1 a second apart: shared clips of towers", OwnCalculation;
        nearly_same_pictures = 24.0, "1", "Frozen after so many pictures nearly the same as the first of them,", "ours", OwnChoice;
        nearly_same_s = 110.0, "s", "and so long.", "light goes on, ours", OwnChoice;
        same_pictures = 6.0, "1", "Frozen after so many pictures the same to the last bit,", "the noise of no sensor allows that, ours", OwnChoice;
        same_s = 20.0, "s", "and so long.", "between two key pictures a coder may leave out what hardly changes, ours", OwnChoice;
        day_deg = 5.0, "deg", "The sun stands higher by day.", "ours", OwnChoice;
        black = 16.0, "1", "Black by day: a mean below this, of 255.", "towers by day have 81 and more: shared frames", OwnCalculation;
        flat = 6.0, "1", "Flat by day: a standard deviation below this, of 255.", "towers by day have 38 and more: shared frames", OwnCalculation;
        blurred = 0.15, "1", "Blurred: less than this share of the reference's detail.", "a blur of 0.7 px leaves 0.12 to 0.14, half the contrast 0.25: shared frames", OwnCalculation;
        bad_pictures = 6.0, "1", "What is black, flat or blurred is so in so many pictures.", "ours", OwnChoice;
        moved = 0.01, "1", "Moved: by more than this share of the picture's width.", "half a degree of sixty, ours", OwnChoice;
        moved_checks = 3.0, "1", "Moved, or nothing found of the reference, in so many checks, before it is told; no azimuth is given from the first on.", "ours", OwnChoice;
        good_pictures = 3.0, "1", "Any of these is over after so many pictures without it.", "ours", OwnChoice;
    }
}
