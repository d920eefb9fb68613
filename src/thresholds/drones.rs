//! When something in a drone's picture of temperatures is a fire, and how surely it is placed.

use super::{Row, Standing};

thresholds! {
    /// Hot areas and poses of drones.
    DroneThresholds {
        hot_c = 100.0, "C", "A pixel is hot from here on, where it also stands out.", "bare soil in the sun stays below 65 C and sheet metal below 90 C; straw burns at up to 800 C (flame axis at the straw's surface, safetylit 732211_12); mixed pixels and cooling ash lie between, ours", OwnChoice;
        contrast_k = 40.0, "K", "A hot pixel is so much hotter than what lies around it.", "a picture whose calibration is off as a whole is no fire, ours", OwnChoice;
        certain_c = 150.0, "C", "A pixel is hot from here on whatever lies around it: in the middle of a fire everything is.", "the sun heats nothing so much, and cameras end there at high gain, ours", OwnChoice;
        sure_c = 300.0, "C", "An area is of the highest score from here on.", "flames and glowing straw, ours", OwnChoice;
        least_pixels = 3.0, "px", "Smallest hot area.", "one pixel may be dead, ours", OwnChoice;
        join_px = 3.0, "px", "Hot pixels so near are of one area.", "a front is broken by flame and smoke, ours", OwnChoice;
        one_fire_m = 30.0, "m", "Areas of one picture so near are one sighting.", "an officer drives once, ours", OwnChoice;
        place_error_m = 3.0, "m", "Standard error of a drone's place without RTK, each way.", "\"meter-level\" (RtkFlag 16, DJI manuals), ours", OwnChoice;
        fixed_error_m = 0.1, "m", "The same with RTK, with height.", "\"centimeter-level\" (RtkFlag 50, DJI manuals), ours", OwnChoice;
        rise_error_m = 5.0, "m", "Standard error of the height above take-off.", "a barometer in wind and over an hour, ours", OwnChoice;
        relief_m = 30.0, "m", "Standard error of the height of the ground at take-off, where the elevation model does not say more.", "terraces and valley sides, ours", OwnChoice;
        relief_reach_m = 500.0, "m", "Take-off is so near; the ground's heights within are its error.", "within sight of the pilot, ours", OwnChoice;
        yaw_error_deg = 3.0, "degrees", "Standard error of a gimbal's yaw.", "of the drone's compass, ours", OwnChoice;
        pitch_error_deg = 1.0, "degrees", "Standard error of its pitch and roll.", "ours", OwnChoice;
        focal_error = 0.03, "1", "Standard error of a focal length, as a part of it.", "nominal values, lens distortion, ours", OwnChoice;
        coarsest_m = 500.0, "m", "An elevation model with larger cells is not asked: level ground under the drone is as good.", "ours", OwnChoice;
        farthest_m = 3000.0, "m", "Nothing is placed farther from the drone.", "a pixel is 4 m wide there, ours", OwnChoice;
        unposed_m = 1000.0, "m", "Standard error of the place of what a drone sees that does not say where its camera looks: its own place is taken.", "a camera that looks level sees straw burn a kilometre and more away, ours", OwnChoice;
    }
}
