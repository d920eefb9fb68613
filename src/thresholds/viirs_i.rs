//! VIIRS 375 m: Schroeder et al. 2014 (S14) and the restatements of its ATBD.

use super::{Row, Standing};

thresholds! {
    /// VIIRS imagery bands (VNP14IMG). BT4, BT5: brightness temperatures of I4, I5; D: their difference; rho1, 2, 3:
    /// reflectances of I1, I2, I3.
    ViirsThresholds {
        night_sun_zenith_deg = 90.0, "deg", "Night from this solar zenith angle on.", "S14 90; NDE and CSPP 85; ALGORITHMS 2.1", Disputed;
        cloud_tir_k = 265.0, "K", "Day cloud: BT5 below.", "S14, ALGORITHMS 2.2", Confirmed;
        cloud_sum = 0.9, "1", "Day cloud: rho1 + rho2 above, and colder than the next.", "S14, ALGORITHMS 2.2", Confirmed;
        cloud_sum_tir_k = 295.0, "K", "Day cloud: BT5 below, and brighter than the one before.", "S14, ALGORITHMS 2.2", Confirmed;
        cloud_less_sum = 0.7, "1", "Day cloud: rho1 + rho2 above, and colder than the next.", "S14, ALGORITHMS 2.2", Confirmed;
        cloud_less_sum_tir_k = 285.0, "K", "Day cloud: BT5 below, and brighter than the one before.", "S14, ALGORITHMS 2.2", Confirmed;
        night_cloud_tir_k = 265.0, "K", "Night cloud: BT5 below, and the next.", "S14, ALGORITHMS 2.2", Confirmed;
        night_cloud_mir_k = 295.0, "K", "Night cloud: BT4 below, and the one before.", "S14, ALGORITHMS 2.2", Confirmed;
        night_fixed_mir_k = 320.0, "K", "Fire by night: BT4 above.", "S14, ALGORITHMS 2.3 F1", Confirmed;
        saturated_mir_k = 355.0, "K", "Fire: BT4 at least, and flagged saturated.", "S14 367 in SDR; 355 in L1B; ALGORITHMS 2.3 F2", Disputed;
        saturated_tir_k = 290.0, "K", "Saturated fire by day: BT5 above.", "S14, ALGORITHMS 2.3 F2", Confirmed;
        saturated_sum = 0.7, "1", "Saturated fire by day: rho1 + rho2 below.", "S14, ALGORITHMS 2.3 F2", Confirmed;
        folded_difference_k = 0.0, "K", "Folded: D below.", "S14, ALGORITHMS 2.3 F3", Confirmed;
        folded_day_tir_k = 325.0, "K", "Folded fire by day: BT5 above.", "S14, ALGORITHMS 2.3 F3", Confirmed;
        folded_night_tir_k = 310.0, "K", "Folded fire by night: BT5 above.", "S14, ALGORITHMS 2.3 F3", Confirmed;
        wrapped_mir_k = 208.0, "K", "Value of a count that wrapped to its lowest.", "S14, ALGORITHMS 2.3 F3", Confirmed;
        wrapped_within_k = 0.5, "K", "How near to that value.", "ours: a count is 0.2 K or more down there", OwnChoice;
        wrapped_tir_k = 335.0, "K", "Wrapped fire by night: BT5 above.", "S14, ALGORITHMS 2.3 F3", Confirmed;
        background_fire_day_mir_k = 335.0, "K", "Background fire by day: BT4 above, and the next.", "S14, ALGORITHMS 2.4", Confirmed;
        background_fire_day_difference_k = 30.0, "K", "Background fire by day: D above.", "S14, ALGORITHMS 2.4", Confirmed;
        background_fire_night_mir_k = 300.0, "K", "Background fire by night: BT4 above, and the next.", "S14, ALGORITHMS 2.4", Confirmed;
        background_fire_night_difference_k = 10.0, "K", "Background fire by night: D above.", "S14, ALGORITHMS 2.4", Confirmed;
        bright_swir = 0.3, "1", "Bright target: rho3 above, and above rho2.", "S14, ALGORITHMS 2.4", Confirmed;
        bright_nir = 0.25, "1", "Bright target: rho2 above.", "S14, ALGORITHMS 2.4", Confirmed;
        bright_mir_k = 335.0, "K", "Bright target: BT4 at most.", "S14, ALGORITHMS 2.4", Confirmed;
        bright_sum = 0.6, "1", "Bright target: rho1 + rho2 above.", "S14, ALGORITHMS 2.4", Confirmed;
        bright_tir_k = 285.0, "K", "Bright target: BT5 below.", "S14, ALGORITHMS 2.4", Confirmed;
        bright_four_part = 1.0, "0/1", "1: a bright target has all parts; 0: those of rho2, rho3 and BT4 suffice.", "S14 1; ATBD 0, which costs fires over stubble; ALGORITHMS 2.4", Disputed;
        median_side = 501.0, "pixels", "Side of the window of the median M of BT4.", "S14, ALGORITHMS 2.5", Confirmed;
        median_least_count = 10.0, "pixels", "With fewer valid pixels there the limit is the cap.", "S14, ALGORITHMS 2.5", Confirmed;
        median_floor_k = 325.0, "K", "The limit of BT4 by day is M, but at least this.", "S14, ALGORITHMS 2.5", Confirmed;
        median_add_k = 0.0, "K", "Added to M.", "S14 0; ATBD 25; ALGORITHMS 2.5", Disputed;
        median_cap_k = 330.0, "K", "And at most this.", "S14, ALGORITHMS 2.5", Confirmed;
        candidate_day_difference_k = 25.0, "K", "Candidate by day: D above.", "S14, ALGORITHMS 2.5", Confirmed;
        candidate_night_mir_k = 295.0, "K", "Candidate by night: BT4 above.", "S14, ALGORITHMS 2.5", Confirmed;
        candidate_night_difference_k = 10.0, "K", "Candidate by night: D above.", "S14, ALGORITHMS 2.5", Confirmed;
        candidate_both_reference = 1.0, "0/1", "Profile reference, 1: a candidate passes both tests; 0: one suffices.", "ATBD 1; S14 0; ALGORITHMS 2.5", Disputed;
        candidate_both_sensitive = 0.0, "0/1", "The same in the other profiles.", "ATBD 1; S14 0; ALGORITHMS 2.5", Disputed;
        window_first = 11.0, "pixels", "Side of the first background window.", "S14, ALGORITHMS 2.6", Confirmed;
        window_last = 31.0, "pixels", "Side of the last.", "S14, ALGORITHMS 2.6", Confirmed;
        window_fraction = 0.25, "1", "A window suffices with this share of valid pixels.", "S14, ALGORITHMS 2.6", Confirmed;
        window_count = 10.0, "pixels", "Or with this many.", "S14, ALGORITHMS 2.6", Confirmed;
        window_both = 0.0, "0/1", "1: both share and number; 0: one suffices.", "S14 0; Korean implementation 1; ALGORITHMS 2.6", Disputed;
        day_difference_sigma = 2.0, "1", "Fire by day: D above its mean by so many mean deviations.", "S14, ALGORITHMS 2.6", Confirmed;
        day_difference_k = 10.0, "K", "Fire by day: D above its mean by.", "S14, ALGORITHMS 2.6", Confirmed;
        day_mir_sigma = 3.5, "1", "Fire by day: BT4 above its mean by so many mean deviations.", "S14, ALGORITHMS 2.6", Confirmed;
        day_tir_sigma = 1.0, "1", "Fire by day: BT5 above its mean by so many mean deviations, less the next.", "S14, ALGORITHMS 2.6", Confirmed;
        day_tir_below_k = 4.0, "K", "See the one before.", "S14, ALGORITHMS 2.6", Confirmed;
        day_fires_deviation_k = 5.0, "K", "Or the mean deviation of BT4 over background fires above.", "S14, ALGORITHMS 2.6", Confirmed;
        night_difference_sigma = 3.0, "1", "Fire by night: D above its mean by so many mean deviations.", "S14, ALGORITHMS 2.6", Confirmed;
        night_difference_k = 9.0, "K", "Fire by night: D above its mean by.", "S14, ALGORITHMS 2.6", Confirmed;
        night_mir_sigma = 3.0, "1", "Fire by night: BT4 above its mean by so many mean deviations.", "S14, ALGORITHMS 2.6", Confirmed;
        noise_radiance = 0.0076, "W m-2 sr-1 um-1", "Noise of I4: 0.4 K at 300 K times dL/dT 0.0190; constant in radiance, some 5 K at 240 K.", "ALGORITHMS 10.2", FromMemory;
        noise_factor = 6.0, "1", "In profiles other than reference a contextual fire shines so many times the noise above its background.", "ours: 35 false pixels a simulated night granule on frozen ground without", OwnChoice;
        edge_fraction = 0.1, "1", "Edge of a hot surface: background fires over valid pixels above.", "S14, ALGORITHMS 2.7", Confirmed;
        edge_count = 4.0, "pixels", "Edge of a hot surface: more background fires than.", "S14; ATBD at least; ALGORITHMS 2.7", Disputed;
        edge_both = 1.0, "0/1", "1: share and number; 0: one suffices.", "S14 1; ATBD 0; ALGORITHMS 2.7", Disputed;
        edge_nir = 0.15, "1", "Edge of a hot surface: rho2 above.", "S14, ALGORITHMS 2.7", Confirmed;
        edge_fires_mir_k = 345.0, "K", "Edge of a hot surface: mean BT4 of background fires below.", "S14, ALGORITHMS 2.7", Confirmed;
        edge_fires_deviation_k = 3.0, "K", "Edge of a hot surface: its mean deviation below.", "S14, ALGORITHMS 2.7", Confirmed;
        edge_sigma = 6.0, "1", "Edge of a hot surface: BT4 below that mean and so many deviations.", "S14, ALGORITHMS 2.7", Confirmed;
        glint_near_deg = 15.0, "deg", "Glint: glint angle below, and brighter than the next.", "S14, ALGORITHMS 2.7", Confirmed;
        glint_near_sum = 0.35, "1", "Glint: rho1 + rho2 above.", "S14, ALGORITHMS 2.7", Confirmed;
        glint_wide_deg = 25.0, "deg", "Glint: glint angle below, and brighter than the next.", "S14, ALGORITHMS 2.7", Confirmed;
        glint_wide_sum = 0.4, "1", "Glint: rho1 + rho2 above.", "S14, ALGORITHMS 2.7", Confirmed;
        low_difference_k = 30.0, "K", "Low confidence by day: D below, or the next; alone and little hotter.", "S14, ALGORITHMS 2.7", Confirmed;
        low_glint_deg = 15.0, "deg", "Low confidence by day: glint angle below.", "S14, ALGORITHMS 2.7", Confirmed;
        low_above_k = 15.0, "K", "Low confidence by day: BT4 less than this above a neighbour.", "S14, ALGORITHMS 2.7", Confirmed;
        beside_tir_k = 325.0, "K", "Beside a fire of nominal or high confidence: BT5 at least is a fire of low.", "ATBD, ALGORITHMS 2.7", SecondHand;
        beside_mir_k = 355.0, "K", "The same: BT4 at least.", "ATBD, ALGORITHMS 2.7", SecondHand;
        beside_difference_k = 0.0, "K", "The same: D below.", "ATBD, ALGORITHMS 2.7", SecondHand;
        beside_folded_is_poor = 1.0, "0/1", "1: that only where BT4 is flagged; 0: anywhere, though clear ground often has D < 0 by night.", "ours, ALGORITHMS 2.1 folding", OwnChoice;
        anomaly_west_deg = -110.0, "deg", "South Atlantic anomaly: from this longitude.", "S14, ALGORITHMS 2.7", Confirmed;
        anomaly_east_deg = 11.0, "deg", "South Atlantic anomaly: to this longitude.", "S14, ALGORITHMS 2.7", Confirmed;
        anomaly_north_deg = 7.0, "deg", "South Atlantic anomaly: from this latitude.", "S14, ALGORITHMS 2.7", Confirmed;
        anomaly_south_deg = -55.0, "deg", "South Atlantic anomaly: to this latitude.", "S14, ALGORITHMS 2.7", Confirmed;
        anomaly_above_k = 1.0, "K", "There by night: M13 less than this above all its neighbours is of low confidence.", "S14 1; ATBD 2; ALGORITHMS 2.7", Disputed;
    }
}
