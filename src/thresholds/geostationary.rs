//! Detectors of geostationary sensors and the masks before them.

use super::{Row, Standing};

thresholds! {
    /// Cloud, water and geometry masks of the geostationary detectors.
    MaskThresholds {
        day_sun_zenith_deg = 85.0, "deg", "Day below this solar zenith angle.", "MODIS C6, ALGORITHMS 1.1", SecondHand;
        largest_view_zenith_deg = 80.0, "deg", "Not judged beyond this view zenith angle.", "GOES-R FDC, ALGORITHMS 4.5", Confirmed;
        glint_deg = 10.0, "deg", "Not judged nearer than this to the sun's mirror image in flat ground.", "FTA and GOES-R FDC, ALGORITHMS 4.1 and 4.5", Confirmed;
        coldest_land_k = 240.0, "K", "No clear land is colder: cloud.", "January nights of Haidong are 250-262 K, ALGORITHMS 10.2", OwnChoice;
        reference_percentile = 0.90, "1", "The local clear-sky temperature is this quantile of the window band over land.", "ours; ALGORITHMS 4.10: fixed cuts fail on cold ground", OwnChoice;
        colder_than_reference_k = 20.0, "K", "So much colder than the local clear sky: cloud. 3 km of relief at 6.5 K/km.", "ours, lapse rate of ALGORITHMS 10.2", OwnChoice;
        snow_index = 0.4, "1", "Snow by day: (visible - 1.6 um) / (visible + 1.6 um) above this.", "Hall 1995; ALGORITHMS 9", SecondHand;
        snow_bright = 0.4, "1", "And brighter than this; without a 1.6 or 2.2 um band this and snow_warmest_k alone.", "ours", OwnChoice;
        snow_warmest_k = 277.0, "K", "And no warmer: snow in a pixel with some bare ground.", "Hall 2002: 277 K", SecondHand;
        stray_nearest_deg = 8.7, "deg", "Stray light by night: the sun farther than this from the middle of the earth as the satellite sees it; nearer it is hidden.", "asin(6378/42164), ours", OwnCalculation;
        stray_farthest_deg = 25.0, "deg", "And nearer than this.", "ours; months of ALGORITHMS 4.0", OwnChoice;
        levelled_colder_k = 15.0, "K", "The same where the height of the ground is known and taken out.", "ALGORITHMS 4.9.4", OwnChoice;
        bright_reflectance = 0.38, "1", "Bright by day: cloud when also cold.", "GOES-R FDC albedo, ALGORITHMS 4.5", SecondHand;
        bright_colder_than_reference_k = 12.0, "K", "So much colder than the local clear sky and bright: cloud.", "ours", OwnChoice;
        negative_difference_k = -4.0, "K", "MIR-TIR below this: water cloud.", "GOES-R FDC, ALGORITHMS 4.5", SecondHand;
        water_nir = 0.15, "1", "0.86 um reflectance of water is below this.", "MODIS coastal test, ALGORITHMS 1.7", SecondHand;
        water_swir = 0.05, "1", "1.6 or 2.2 um reflectance of water is below this.", "MODIS coastal test, ALGORITHMS 1.7", SecondHand;
        water_nir_alone = 0.10, "1", "Where no 1.6 or 2.2 um band is there, 0.86 um below this is water.", "ours", OwnChoice;
    }
}

thresholds! {
    /// The local regression detector (profile `sensitive`): MIR radiance predicted from the neighbours.
    RegressionThresholds {
        least_fraction = 0.25, "1", "A background window needs this share of valid pixels.", "MODIS C6, ALGORITHMS 1.5", SecondHand;
        least_count = 25.0, "pixels", "And this many: five for each of up to five predictors.", "ours", OwnChoice;
        noise_ahi = 0.0023, "W m-2 sr-1 um-1", "Noise of the MIR band that the spread test reckons with: 0.1 K at 300 K times dL/dT 0.0228. With the specified 0.16 K as many others are found by night and a third of the fires of 10 MW (docs/skill-studies.md).", "ours", OwnChoice;
        noise_abi = 0.0023, "W m-2 sr-1 um-1", "The same: 0.1 K times 0.0228.", "GOES-R requirement for band 7", FromMemory;
        noise_agri = 0.0073, "W m-2 sr-1 um-1", "The same: 0.2 to 0.7 K, in the middle 0.37 K, times 0.0195.", "ALGORITHMS 10.2", FromMemory;
        noise_ami = 0.0044, "W m-2 sr-1 um-1", "The same: 0.2 K times 0.0220.", "requirement for SW038", FromMemory;
        noise_window = 0.0023, "W m-2 sr-1 um-1", "Noise of the window band as it acts on the predicted MIR radiance: 0.1 K at 300 K times dL/dT 0.0228.", "ALGORITHMS 10.2", FromMemory;
        noise_reflectance = 0.003, "1", "Noise of a reflective band.", "signal to noise 300 at full scale, ours", OwnChoice;
        unexplained_emission = 0.01, "1", "Share of the background radiance that the predictors may leave unexplained.", "ours", OwnChoice;
        solar_irradiance = 9.7, "W m-2 um-1", "Sun at 3.9 um, 1 AU.", "5800 K black body, ours", OwnCalculation;
        unexplained_reflectance_0 = 0.02, "1", "Spread of 3.9 um reflectance that no solar predictor explains, with none.", "ours", OwnChoice;
        unexplained_reflectance_1 = 0.015, "1", "The same with one solar predictor.", "ours", OwnChoice;
        unexplained_reflectance_2 = 0.01, "1", "The same with 2.2 um, or visible and 1.6 um.", "ours", OwnChoice;
        cloud_reflectance_1 = 0.30, "1", "3.9 um reflectance that a cloud edge can add unexplained with none or one solar predictor.", "ours", OwnChoice;
        cloud_reflectance_2 = 0.10, "1", "The same with two.", "ours", OwnChoice;
        z = 5.0, "1", "Residual in prediction standard deviations.", "ours", OwnChoice;
        day_kelvin_0 = 10.0, "K", "Residual by day without a solar predictor.", "MODIS candidate test, ALGORITHMS 1.3", SecondHand;
        day_kelvin_1 = 8.0, "K", "Residual by day with one solar predictor.", "between the two, ours", OwnChoice;
        day_kelvin_2 = 6.0, "K", "Residual by day with two.", "MODIS contextual test 3, ALGORITHMS 1.6", SecondHand;
        night_kelvin = 2.5, "K", "Residual by night.", "FTA, ALGORITHMS 4.1", SecondHand;
        hotter_sigma = 1.0, "1", "MIR radiance above the background's mean by so many of its standard deviations.", "weak test, ALGORITHMS 4.10, ours", OwnChoice;
        edge_kelvin = 4.0, "K", "The window band is at most this much colder than the background's mean.", "MODIS contextual test 5 without its deviation term, ALGORITHMS 1.6", SecondHand;
        strong_z = 10.0, "1", "Strong anomaly: twice the test.", "ours", OwnChoice;
        strong_factor = 2.0, "1", "Strong anomaly: this times the residual in kelvin.", "ours", OwnChoice;
        absolute_day_k = 360.0, "K", "Fire by day whatever the background.", "MODIS C6, ALGORITHMS 1.4", SecondHand;
        absolute_night_k = 320.0, "K", "Fire by night whatever the background.", "MODIS C6, ALGORITHMS 1.4", Disputed;
        exclude_z = 3.0, "1", "Kept out of backgrounds from this residual on.", "ours", OwnChoice;
        seed_kelvin = 10.0, "K", "Kept out of backgrounds at first: MIR-TIR difference above its local mean.", "MODIS candidate test made local, ALGORITHMS 1.3", OwnChoice;
        confidence_floor = 0.5, "1", "Confidence is 0 at this share of a test's threshold.", "form of MODIS C6, ALGORITHMS 1.8; numbers ours", OwnChoice;
        confidence_full_z = 2.0, "1", "Confidence of the spread test is full at this times its threshold.", "form of MODIS C6, ALGORITHMS 1.8; numbers ours", OwnChoice;
        confidence_full_kelvin = 3.0, "1", "Confidence of the kelvin test is full at this times its threshold.", "form of MODIS C6, ALGORITHMS 1.8; numbers ours", OwnChoice;
        confidence_neighbours = 6.0, "pixels", "Cloud and water pixels among the eight neighbours at which doubt is full.", "MODIS C6, ALGORITHMS 1.8", SecondHand;
        confidence_doubt = 0.5, "1", "Share of confidence that full doubt takes.", "ours", OwnChoice;
        candidate_kelvin = 1.5, "K", "Looked at closely: MIR-TIR difference above its local mean.", "ours", OwnChoice;
    }
}

impl RegressionThresholds {
    /// Noise of a sensor's MIR band, W m-2 sr-1 um-1; of one that is not known that of AHI.
    pub fn noise_radiance(&self, sensor: &str) -> f32 {
        of_sensor(sensor, [self.noise_ahi, self.noise_abi, self.noise_agri, self.noise_ami])
    }
}

/// The number of a sensor out of those of AHI, ABI, AGRI and AMI.
fn of_sensor(sensor: &str, [ahi, abi, agri, ami]: [f32; 4]) -> f32 {
    match sensor {
        "ABI" => abi,
        "AGRI" => agri,
        "AMI" => ami,
        _ => ahi,
    }
}

impl BaselineThresholds {
    /// Noise of a sensor's MIR band, W m-2 sr-1 um-1; of one that is not known that of AHI.
    pub fn noise_radiance(&self, sensor: &str) -> f32 {
        of_sensor(sensor, [self.noise_ahi, self.noise_abi, self.noise_agri, self.noise_ami])
    }
}

thresholds! {
    /// The Fire Thermal Anomaly algorithm (profile `reference`), Roberts and Wooster 2008 with AHI settings.
    FtaThresholds {
        mir_at_zenith_sun_k = 310.5, "K", "p1: MIR at least this minus the slope times the solar zenith angle.", "FTA, ALGORITHMS 4.1", SecondHand;
        mir_slope = 0.3, "K/deg", "p1.", "FTA, ALGORITHMS 4.1", SecondHand;
        mir_least_k = 280.0, "K", "p1: never below.", "FTA, ALGORITHMS 4.1", SecondHand;
        difference_at_zenith_sun_k = 1.75, "K", "p2: MIR-TIR at least this minus the slope times the solar zenith angle.", "FTA, ALGORITHMS 4.1", SecondHand;
        difference_slope = 0.0049, "K/deg", "p2.", "FTA, ALGORITHMS 4.1", SecondHand;
        difference_least_k = 1.0, "K", "p2: never below.", "FTA, ALGORITHMS 4.1", SecondHand;
        filter_sigma = 1.5, "1", "p3: high-pass response in scene deviations, with the sun in the zenith.", "FTA docstring 1.5, configuration 2.0, ALGORITHMS 4.1", Disputed;
        filter_slope = 0.012, "1/deg", "p3: less by this a degree of solar zenith angle.", "FTA, ALGORITHMS 4.1", SecondHand;
        least_fraction = 0.65, "1", "Background: share of valid pixels.", "FTA, Hally 2018, ALGORITHMS 4.1", SecondHand;
        background_coldest_mir_k = 270.0, "K", "Background: MIR between.", "FTA 270 or 275, ALGORITHMS 4.1", Disputed;
        background_hottest_mir_k = 340.0, "K", "Background: MIR between.", "FTA 330 or 340, ALGORITHMS 4.1", Disputed;
        background_difference_k = 8.0, "K", "Background: MIR-TIR at most.", "FTA 7 or 8, ALGORITHMS 4.1", Disputed;
        background_coldest_tir_k = 263.0, "K", "Background: TIR at least.", "FTA, ALGORITHMS 4.1", SecondHand;
        mir_sigma = 2.0, "1", "MIR above the mean by so many standard deviations.", "FTA, ALGORITHMS 4.1", SecondHand;
        difference_kelvin = 2.5, "K", "MIR-TIR above the mean by.", "FTA, ALGORITHMS 4.1", SecondHand;
        difference_sigma = 2.0, "1", "MIR-TIR above the mean by so many standard deviations.", "FTA, ALGORITHMS 4.1", SecondHand;
        absolute_k = 350.0, "K", "Fire whatever the background.", "FTA, ALGORITHMS 4.1", SecondHand;
        definite_difference_k = 45.0, "K", "Definite fire: MIR-TIR.", "FTA, ALGORITHMS 4.1", SecondHand;
        definite_tir_k = 260.0, "K", "Definite fire: TIR at least.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_mir_low_day_k = 287.0, "K", "Confidence ramp of MIR with the sun in the zenith, from.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_mir_high_day_k = 327.0, "K", "Confidence ramp of MIR with the sun in the zenith, to.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_mir_low_night_k = 280.0, "K", "The same with the sun at 60 degrees and below, from.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_mir_high_night_k = 310.0, "K", "The same with the sun at 60 degrees and below, to.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_z_mir_low = 0.9, "1", "Confidence ramp of MIR deviations, from.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_z_mir_high = 6.0, "1", "Confidence ramp of MIR deviations, to.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_z_low_day = 2.0, "1", "Confidence ramp of difference deviations with the sun in the zenith, from.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_z_high_day = 6.0, "1", "Confidence ramp of difference deviations with the sun in the zenith, to.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_z_low_night = 1.5, "1", "The same with the sun at 60 degrees and below, from.", "FTA, ALGORITHMS 4.1", SecondHand;
        confidence_z_high_night = 5.0, "1", "The same with the sun at 60 degrees and below, to.", "FTA, ALGORITHMS 4.1", SecondHand;
    }
}

thresholds! {
    /// The time baseline: a pixel against itself at the same hour of the days before (ALGORITHMS 4.9.2-4.9.5).
    BaselineThresholds {
        least_samples = 20.0, "slots", "Clear samples of a pixel that its baseline needs.", "ours", OwnChoice;
        least_days = 4.0, "days", "And the days that they must be of.", "5-10 clear days, ALGORITHMS 4.9.2, less one", OwnChoice;
        ridge_kelvin = 1.0, "K", "Ridge of the regression on the window band's temperature: its error of the mean.", "ours", OwnChoice;
        ridge_cosine = 0.05, "1", "Ridge of the regression on the sun's height.", "ours", OwnChoice;
        ridge_bright = 0.01, "1", "Ridge of the regression on the reflectance: its error of registration.", "ours", OwnChoice;
        lever_kelvin = 12.0, "K", "The window band counts as at most so far from its mean.", "ours", OwnChoice;
        huber = 1.5, "1", "Residuals beyond so many deviations weigh less.", "Huber 1964: 1.345-1.5", SecondHand;
        noise_ahi = 0.0036, "W m-2 sr-1 um-1", "Noise of one look in the MIR band: 0.16 K at 300 K times dL/dT 0.0228.", "ALGORITHMS 10.2", FromMemory;
        noise_abi = 0.0023, "W m-2 sr-1 um-1", "The same: 0.1 K times 0.0228.", "GOES-R requirement for band 7", FromMemory;
        noise_agri = 0.0073, "W m-2 sr-1 um-1", "The same: 0.2 to 0.7 K, in the middle 0.37 K, times 0.0195.", "ALGORITHMS 10.2", FromMemory;
        noise_ami = 0.0044, "W m-2 sr-1 um-1", "The same: 0.2 K times 0.0220.", "requirement for SW038", FromMemory;
        model_kelvin = 0.15, "K", "What the baseline itself leaves open.", "ours", OwnChoice;
        least_neighbours = 12.0, "pixels", "Neighbours of 9 x 9 without 3 x 3 whose common departure is taken off.", "ours", OwnChoice;
        z = 4.5, "1", "Candidate: departure in standard deviations.", "12 in a million are 4.2 of a normal distribution, ours", OwnChoice;
        z_night = 4.0, "1", "The same by night, without reflected sun.", "12 in a million are 4.2 of a normal distribution, ours", OwnChoice;
        low_sun_from_deg = 80.0, "deg", "Low sun: from this solar zenith angle.", "ours", OwnChoice;
        low_sun_to_deg = 94.0, "deg", "To this one.", "ours", OwnChoice;
        z_twilight = 10.0, "1", "Candidate under a low sun, where slopes catch it differently every day: nearly never.", "ours; BRIGHT: unreliable within an hour of sunrise and sunset", OwnChoice;
        z_stray = 6.5, "1", "The same in stray light.", "ours", OwnChoice;
        kelvin = 0.8, "K", "And in kelvin.", "ours", OwnChoice;
        z_again = 3.2, "1", "Departure that counts as seen again for the confirmation.", "z over 3, ALGORITHMS 4.9.3", OwnChoice;
        pair_share = 0.8, "1", "Two looks of three that each depart by this share of what one look must are a candidate.", "two of 3.6 deviations are rarer than one of 4.5, ours", OwnChoice;
        z_sure = 8.0, "1", "One look confirms with so many standard deviations.", "ALGORITHMS 4.9.5", OwnChoice;
        kelvin_sure = 3.0, "K", "And so many kelvin.", "ours", OwnChoice;
        colder_kelvin = 3.0, "K", "So much colder than expected in the window band, itself or a neighbour: the edge of a cloud.", "ours", OwnChoice;
        alike = 0.05, "1", "A look is compared with looks of other days at ground as bright as this apart: bare ground, snow and shadow differ at 3.9 um.", "ALGORITHMS 4.9.3", OwnChoice;
        brighter = 0.05, "1", "So much brighter than expected, itself or a neighbour: the edge of a cloud.", "ALGORITHMS 4.9.3", OwnChoice;
        cloud_brighter = 0.12, "1", "So much brighter than expected: cloud, which was not looked through.", "ALGORITHMS 4.9.4", OwnChoice;
        despite_cloud_kelvin = 20.0, "K", "A fire for all that by day: no cloud edge in the sun adds so much.", "ours", OwnChoice;
        despite_cloud_night_kelvin = 12.0, "K", "The same by night: thin cloud passes more at 3.9 um than at 11 um.", "ours", OwnChoice;
        cloud_kelvin = 8.0, "K", "So much colder than expected in the window band: cloud, which was not looked through.", "ours; ALGORITHMS 4.9.4 has 15 K", OwnChoice;
        usual_z = 2.0, "1", "What stands out in space and less than this in time is there every day.", "ours", OwnChoice;
        usual_share = 0.5, "1", "And departs from the past by less than this share of what it departs from its neighbours, in kelvin.", "ours", OwnChoice;
        hot_days = 3.0, "days", "Or what was hot in space on so many of the days before.", "4 days of 60 make a static source, ALGORITHMS 9; fewer of 10, ours", OwnChoice;
        hot_share = 0.5, "1", "And on this share of the days on which it was looked at, and is no candidate in time.", "ours", OwnChoice;
        stray_kelvin = 1.0, "K", "Light on the whole window by night from which z_stray holds.", "ours; ALGORITHMS 4.0", OwnChoice;
        stray_blind_kelvin = 15.0, "K", "So much of it that nothing was looked at.", "ours", OwnChoice;
        snow_kelvin = 2.0, "K", "Beside snow by day: more than a mixture of the ground around by so much.", "ours", OwnChoice;
        thaw_kelvin = 20.0, "K", "Where snow lay on other days by day, and in time alone: by so much; bare loess reflects 0.2 at 3.9 um, snow hardly any.", "ALGORITHMS 10.2, ours", OwnChoice;
    }
}
