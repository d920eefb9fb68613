//! When a row of somebody else's list and an event of ours are one fire, and why one of theirs is none of ours.

use super::{Row, Standing};

thresholds! {
    /// Other people's lists.
    ReconcileThresholds {
        geostationary_pixel_m = 3000.0, "m", "Side of a pixel of a geostationary satellite in a list.", "Himawari: 8.8 km2 over Haidong, FIELD; ours", OwnChoice;
        kilometre_pixel_m = 1500.0, "m", "Side of a pixel of MODIS or MERSI in a list.", "1 km at the nadir, wider to the edge; ours", OwnChoice;
        viirs_pixel_m = 550.0, "m", "Side of a pixel of VIIRS in a list.", "375 m at the nadir, 800 m at the edge; ours", OwnChoice;
        field_pixel_m = 60.0, "m", "Side of a pixel of a sensor of 10 to 60 m in a list.", "ours", OwnChoice;
        unknown_pixel_m = 2000.0, "m", "Side of a pixel where the list does not say of which satellite, or of one not known.", "ours", OwnChoice;
        their_error_m = 300.0, "m", "Root mean square by which places of lists are off beyond pixel and rounding: other navigation, other terrain, another datum.", "ours", OwnChoice;
        gate = 13.8, "1", "A row and an event are one when distance and time, squared in errors, with what counts against them, are at most this.", "99.9 per cent of chi square with 2 degrees of freedom", OwnChoice;
        same_look_min = 10.0, "min", "Times of one satellite so close are of one look: lists give the begin of a slot or its end.", "a slot of ten minutes, ours", OwnChoice;
        time_error_min = 60.0, "min", "One standard error between the times of looks of which a fire is seen.", "straw burns 10 to 60 minutes, ALGORITHMS 9; ours", OwnChoice;
        other_look = 1.0, "1", "What counts against another satellite or look of one.", "ours", OwnChoice;
        longest_h = 3.0, "h", "A row and a detection further apart in time are not one.", "ours", OwnChoice;
        as_likely = 2.0, "1", "An event that is at most this much less likely (in the measure of the gate) is told as well.", "ours", OwnChoice;
        repeat_m = 50.0, "m", "Rows of one satellite and time no further apart are one row twice.", "rounding of coordinates, ours", OwnChoice;
        cloud_share = 0.5, "1", "From this share of a county under cloud on, cloud is the reason.", "ours", OwnChoice;
        some_cloud = 0.1, "1", "From this share on it may be the reason.", "ours", OwnChoice;
        missing_share = 0.5, "1", "From this share of a county without data on, that is the reason.", "ours", OwnChoice;
    }
}
