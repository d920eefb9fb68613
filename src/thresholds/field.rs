//! Fires of 30 m and 20 m imagery. Reflectances rho1 to rho7 by the bands of OLI; on Sentinel-2 B01, B02, B03, B04, B8A, B11, B12.

use super::{Row, Standing};

thresholds! {
    /// Schroeder and others 2016, as a public implementation reads it (ACT in ALGORITHMS 3.1).
    SchroederThresholds {
        sun_corrected = 0.0, "0/1", "1: reflectances are divided by the sine of the sun's elevation; 0: they are not.", "0 in ACT; the paper was not read; ALGORITHMS 3.1", Disputed;
        without_potential = 0.0, "0/1", "1: potential fires are no background; 0: sure ones alone are none.", "0 in ACT, 1 in the text of ALGORITHMS 3.1", Disputed;
        sure_ratio = 2.5, "1", "Sure fire: rho7/rho5 above.", "E1, ALGORITHMS 3.1", SecondHand;
        sure_difference = 0.3, "1", "Sure fire: rho7 - rho5 above.", "E1, ALGORITHMS 3.1", SecondHand;
        sure_swir22 = 0.5, "1", "Sure fire: rho7 above.", "E1, ALGORITHMS 3.1", SecondHand;
        folded_swir16 = 0.8, "1", "Saturated or folded: rho6 above.", "E2, ALGORITHMS 3.1", SecondHand;
        folded_coastal = 0.2, "1", "Saturated or folded: rho1 below.", "E2, ALGORITHMS 3.1", SecondHand;
        folded_nir = 0.4, "1", "Saturated or folded: rho5 above, or the next.", "E2, ALGORITHMS 3.1", SecondHand;
        folded_swir22 = 0.1, "1", "Saturated or folded: rho7 below.", "E2, ALGORITHMS 3.1", SecondHand;
        potential_ratio = 1.8, "1", "Potential fire: rho7/rho5 above.", "E3, ALGORITHMS 3.1", SecondHand;
        potential_difference = 0.17, "1", "Potential fire: rho7 - rho5 above.", "E3, ALGORITHMS 3.1", SecondHand;
        window = 61.0, "pixels", "Side of the background window.", "ALGORITHMS 3.1", SecondHand;
        deviations = 3.0, "1", "Over the mean of the background by so many standard deviations.", "E4, E5, ALGORITHMS 3.1", SecondHand;
        ratio_least = 0.8, "1", "But rho7/rho5 by so much at least.", "E4, ALGORITHMS 3.1", SecondHand;
        swir22_least = 0.08, "1", "But rho7 by so much at least.", "E5, ALGORITHMS 3.1", SecondHand;
        swir_ratio = 1.6, "1", "rho7/rho6 above.", "E6, ALGORITHMS 3.1", SecondHand;
        water_difference = 0.2, "1", "Water: rho1 - rho7 below.", "E7, ALGORITHMS 3.1", SecondHand;
        night_radiance = 1.0, "W m-2 sr-1 um-1", "Night: radiance at 2.2 um above.", "ALGORITHMS 3.1", FromMemory;
    }
}

thresholds! {
    /// Kumar and Roy 2018 (GOLI), as ACT reads it (ALGORITHMS 3.2); reflectances divided by the sine of the sun's elevation.
    KumarRoyThresholds {
        sure_slope = 0.53, "1", "Sure fire: rho4 at most so many times rho7.", "ALGORITHMS 3.2", SecondHand;
        sure_less = 0.214, "1", "Less this.", "ALGORITHMS 3.2", SecondHand;
        beside_slope = 0.35, "1", "Beside a sure fire: rho4 at most so many times rho6.", "ALGORITHMS 3.2", SecondHand;
        beside_less = 0.044, "1", "Less this.", "ALGORITHMS 3.2", SecondHand;
        potential_slope = 0.53, "1", "Potential fire: rho4 at most so many times rho7.", "ALGORITHMS 3.2", SecondHand;
        potential_less = 0.125, "1", "Less this; or the next.", "ALGORITHMS 3.2", SecondHand;
        potential_swir_slope = 1.08, "1", "Potential fire: rho6 at most so many times rho7.", "ALGORITHMS 3.2", SecondHand;
        potential_swir_less = 0.048, "1", "Less this.", "ALGORITHMS 3.2", SecondHand;
        window_first = 5.0, "pixels", "Side of the first background window.", "ALGORITHMS 3.2", SecondHand;
        window_last = 61.0, "pixels", "Side of the last.", "ALGORITHMS 3.2", SecondHand;
        window_fraction = 0.25, "1", "A window suffices with this share of usable pixels.", "ALGORITHMS 3.2", SecondHand;
        deviations = 3.0, "1", "Over the mean of the background by so many standard deviations.", "ALGORITHMS 3.2", SecondHand;
        ratio_least = 0.8, "1", "But rho7/rho5 by so much at least.", "ALGORITHMS 3.2", SecondHand;
        swir22_least = 0.08, "1", "But rho7 by so much at least.", "ALGORITHMS 3.2", SecondHand;
    }
}

thresholds! {
    /// Murphy and others 2016 (HOTMAP; ALGORITHMS 3.3); reflectances divided by the sine of the sun's elevation.
    MurphyThresholds {
        hot_ratio = 1.4, "1", "Hot: rho7/rho6 and rho7/rho5 at least.", "ALGORITHMS 3.3", SecondHand;
        hot_swir22 = 0.15, "1", "Hot: rho7 at least.", "ALGORITHMS 3.3", SecondHand;
        beside_ratio = 2.0, "1", "Beside a hot pixel: rho6/rho5 at least, or saturated.", "ALGORITHMS 3.3", SecondHand;
        beside_swir16 = 0.5, "1", "Beside a hot pixel: rho6 at least.", "ALGORITHMS 3.3", SecondHand;
    }
}

thresholds! {
    /// TAI of Sentinel-2 (Liu and others 2021; ALGORITHMS 3.4): TAI = (rho12 - rho11) / rho8A.
    TaiThresholds {
        over_mean = 0.45, "1", "Seed: TAI over the mean of the positive ones around it by.", "ALGORITHMS 3.4", SecondHand;
        window = 15.0, "pixels", "Side of the window of that mean.", "ALGORITHMS 3.4", SecondHand;
        grown = 0.45, "1", "Grown: TAI at least.", "ALGORITHMS 3.4", SecondHand;
        reach = 15.0, "pixels", "Grown: so near a seed.", "a 15-pixel buffer, ALGORITHMS 3.4", SecondHand;
        or_equal = 0.0, "0/1", "1: rho12 - rho11 may equal rho11 - rho8A; 0: it must be more.", "the abstract prints at least; ALGORITHMS 3.4", Disputed;
        swir22_least = 0.15, "1", "rho12 above.", "ALGORITHMS 3.4", SecondHand;
        saturated = 1.0, "1", "Beside a fire: rho12 and rho11 at least.", "ALGORITHMS 3.4", SecondHand;
        swir16_least = 0.05, "1", "Noise: rho11 at most.", "ALGORITHMS 3.4", SecondHand;
        nir_least = 0.01, "1", "Noise: rho8A at most.", "ALGORITHMS 3.4", SecondHand;
    }
}

thresholds! {
    /// AFD-S2 (Hu, Ban and Nascetti 2021; ALGORITHMS 3.4). How its conditions combine is not known: ours is one reading.
    AfdThresholds {
        refit = 0.0, "0/1", "1: the four numbers below are found anew in each scene by the published recipe; 0: they are as printed.", "recipe: the Iberian code, ALGORITHMS 3.4", SecondHand;
        slope = 0.743, "1", "Core: rho4 less than so many times rho12.", "ALGORITHMS 3.4", Disputed;
        add = -0.068, "1", "And this.", "ALGORITHMS 3.4", Disputed;
        swir22 = 0.355, "1", "Core: rho12 above.", "ALGORITHMS 3.4", Disputed;
        swir16 = 0.475, "1", "Beside a core, where 2.2 um is saturated: rho11 above.", "how it joins the others is ours, ALGORITHMS 3.4", Disputed;
        refit_deviations = 3.0, "1", "Refit: the line is lowered by so many standard deviations of the residuals.", "the Iberian code, ALGORITHMS 3.4", SecondHand;
        refit_share = 0.99, "1", "Refit: the limits of rho12 and rho11 are this share of the pixels.", "the Iberian code, ALGORITHMS 3.4", SecondHand;
    }
}

thresholds! {
    /// What all searches of 30 m and 20 m imagery share.
    FieldThresholds {
        votes = 2.0, "1", "Fire of a vote: so many of Schroeder, Kumar-Roy and Murphy.", "ACT, ALGORITHMS 3.3", SecondHand;
        day_least_deg = 0.0, "deg", "Day: the sun stands higher; by night 2.2 um radiance alone is asked.", "ours", OwnChoice;
        snow_ndsi = 0.4, "1", "Snow: (rho3 - rho6) / (rho3 + rho6) above; there profiles other than reference search no fire.", "ALGORITHMS 3.5", OwnChoice;
        snow_green = 0.2, "1", "Snow: and rho3 above.", "shadow and water have such an index too; ours", OwnChoice;
        cloud_blue = 0.3, "1", "Cloud where the files tell none: rho2 (or rho4) above, and no snow.", "ours", OwnChoice;
        cloud_swir16 = 0.2, "1", "And rho6 above.", "ours", OwnChoice;
        mirror_deg = 15.0, "deg", "Profiles other than reference: nearer than this to the mirror image of the sun no panel can be told from a fire.", "ALGORITHMS 3.5", OwnChoice;
        oli_navigation_m = 12.0, "m", "Root mean square error of Landsat's places.", "12 m CE90 of Level-1TP, ALGORITHMS has none", FromMemory;
        msi_navigation_m = 12.5, "m", "Root mean square error of Sentinel-2's places.", "12.5 m at 95 % with ground control, ALGORITHMS has none", FromMemory;
        static_pixels = 1.5, "pixels", "A pixel lies on one that was flagged in the last clear look when its middle is as near as this, in pixels of that look.", "ALGORITHMS 3.5: the same pixel; registration of two looks is not better, ours", OwnChoice;
        static_share = 0.5, "1", "A fire of which more pixels than this share lie on flagged ones is a roof, a panel or a kiln.", "most of them, ours", OwnChoice;
        static_stronger = 2.0, "1", "But where its strongest pixel is stronger by this than the strongest that it lies on it stays: something burns beside.", "ours", OwnChoice;
        static_least_days = 2.0, "days", "Looks of the same days say nothing: a fire that the other satellite saw is still the fire.", "ours", OwnChoice;
        static_days = 400.0, "days", "Looks further back say nothing.", "a crop year and a month, ours", OwnChoice;
    }
}
