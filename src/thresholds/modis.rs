//! The MODIS form (MOD14, MYD14) and the sensors that use it with numbers of their own.

use super::{Row, Standing};

/// Rows in which a sensor differs from MODIS, or that are taken from MODIS without having been published for it.
pub type SensorRows = &'static [Row];

thresholds! {
    /// MODIS Collection 6 (Giglio 2003, 2016). T4, T11, T12: brightness temperatures; D = T4 - T11; rho.65, .86, 2.1:
    /// reflectances.
    ModisThresholds {
        day_sun_zenith_deg = 85.0, "deg", "Day below this solar zenith angle.", "ALGORITHMS 1.1", SecondHand;
        cloud_sum = 1.2, "1", "Day cloud: rho.65 + rho.86 above.", "C6 1.2; C5 0.9; ALGORITHMS 1.2", SecondHand;
        cloud_tir_k = 265.0, "K", "Cloud: T12 below.", "ALGORITHMS 1.2", SecondHand;
        cloud_less_sum = 0.7, "1", "Day cloud: rho.65 + rho.86 above, and colder than the next.", "ALGORITHMS 1.2", SecondHand;
        cloud_less_sum_tir_k = 285.0, "K", "Day cloud: T12 below, and brighter than the one before.", "ALGORITHMS 1.2", SecondHand;
        water_cloud_nir = 0.25, "1", "Day cloud over water: rho.86 above, and colder than the next.", "C6, ALGORITHMS 1.2", SecondHand;
        water_cloud_tir_k = 300.0, "K", "Day cloud over water: T12 below.", "C6, ALGORITHMS 1.2", SecondHand;
        potential_day_mir_k = 310.0, "K", "Potential fire by day: T4 above.", "C5, ALGORITHMS 1.3", SecondHand;
        potential_day_difference_k = 10.0, "K", "Potential fire by day: D above.", "C5, ALGORITHMS 1.3", SecondHand;
        potential_nir = 0.30, "1", "Potential fire by day: rho.86 below.", "C5 0.30; C6 0.35 from memory; ALGORITHMS 1.3", Disputed;
        absolute_bright_reference = 0.0, "0/1", "Profile reference, 1: over the absolute limit a pixel is a potential fire whatever its rho.86.", "as printed no, ALGORITHMS 1.4", SecondHand;
        absolute_bright_sensitive = 1.0, "0/1", "The same in the other profiles.", "ours: a large fire over bright ground or under its smoke must not be lost", OwnChoice;
        potential_night_mir_k = 305.0, "K", "Potential fire by night: T4 above.", "ALGORITHMS 1.3", SecondHand;
        potential_night_difference_k = 10.0, "K", "Potential fire by night: D above.", "ALGORITHMS 1.3", SecondHand;
        dynamic_reference = 0.0, "0/1", "Profile reference, 1: potential fires by day relative to the surroundings; 0: fixed.", "C6 is dynamic by a formula we do not know; ALGORITHMS 1.3", Disputed;
        dynamic_sensitive = 1.0, "0/1", "The same in the other profiles.", "ours, ALGORITHMS 1.3", OwnChoice;
        dynamic_side = 301.0, "pixels", "Side of the window of the means.", "ALGORITHMS 1.3", FromMemory;
        dynamic_fraction = 0.10, "1", "With a lesser share of valid pixels there the fixed limits stand.", "ours, ALGORITHMS 1.3", OwnChoice;
        dynamic_mir_above_k = 5.0, "K", "T4 above its mean by.", "ALGORITHMS 1.3", FromMemory;
        dynamic_mir_least_k = 300.0, "K", "But the limit at least.", "ours, ALGORITHMS 1.3", OwnChoice;
        dynamic_mir_most_k = 330.0, "K", "And at most.", "ALGORITHMS 1.3", FromMemory;
        dynamic_difference_above_k = 5.0, "K", "D above its mean by.", "ALGORITHMS 1.3", FromMemory;
        dynamic_difference_least_k = 8.0, "K", "But the limit at least.", "ours, ALGORITHMS 1.3", OwnChoice;
        dynamic_difference_most_k = 25.0, "K", "And at most.", "ours, ALGORITHMS 1.3", OwnChoice;
        absolute_day_k = 360.0, "K", "Fire by day whatever the background: T4 above.", "ALGORITHMS 1.4", SecondHand;
        absolute_night_k = 320.0, "K", "Fire by night whatever the background: T4 above.", "320; one source prints 305, a slip; ALGORITHMS 1.4", Disputed;
        window_first = 3.0, "pixels", "Side of the first background window.", "ALGORITHMS 1.5", SecondHand;
        window_last = 21.0, "pixels", "Side of the last.", "ALGORITHMS 1.5", SecondHand;
        window_fraction = 0.25, "1", "A window suffices with this share of valid pixels, and the next.", "ALGORITHMS 1.5", SecondHand;
        window_count = 8.0, "pixels", "And with this many.", "ALGORITHMS 1.5", SecondHand;
        background_fire_day_mir_k = 325.0, "K", "Background fire by day: T4 above, and the next.", "ALGORITHMS 1.5", SecondHand;
        background_fire_day_difference_k = 20.0, "K", "Background fire by day: D above.", "ALGORITHMS 1.5", SecondHand;
        background_fire_night_mir_k = 310.0, "K", "Background fire by night: T4 above, and the next.", "ALGORITHMS 1.5", SecondHand;
        background_fire_night_difference_k = 10.0, "K", "Background fire by night: D above.", "ALGORITHMS 1.5", SecondHand;
        difference_sigma = 3.5, "1", "Test 2: D above its mean by so many mean deviations.", "ALGORITHMS 1.6", SecondHand;
        difference_k = 6.0, "K", "Test 3: D above its mean by.", "ALGORITHMS 1.6", SecondHand;
        mir_sigma = 3.0, "1", "Test 4: T4 above its mean by so many mean deviations.", "ALGORITHMS 1.6", SecondHand;
        tir_sigma = 1.0, "1", "Test 5: T11 above its mean by so many mean deviations, less the next.", "ALGORITHMS 1.6", SecondHand;
        tir_below_k = 4.0, "K", "See the one before.", "ALGORITHMS 1.6", SecondHand;
        fires_deviation_k = 5.0, "K", "Test 6: mean deviation of T4 over background fires above.", "ALGORITHMS 1.6", SecondHand;
        glint_near_deg = 2.0, "deg", "Glint test 8: glint angle below.", "ALGORITHMS 1.7", SecondHand;
        glint_middle_deg = 8.0, "deg", "Glint test 9: glint angle below, and bright in three bands.", "8; another source 10; ALGORITHMS 1.7", Disputed;
        glint_red = 0.1, "1", "Glint test 9: rho.65 above.", "0.1; another source 0.12; ALGORITHMS 1.7", Disputed;
        glint_nir = 0.2, "1", "Glint test 9: rho.86 above.", "ALGORITHMS 1.7", SecondHand;
        glint_swir = 0.12, "1", "Glint test 9: rho2.1 above.", "ALGORITHMS 1.7", SecondHand;
        glint_wide_deg = 12.0, "deg", "Glint test 10: glint angle below, with water near.", "12; another source 15; ALGORITHMS 1.7", Disputed;
        desert_fraction = 0.1, "1", "Edge of a hot surface: background fires over valid pixels above.", "ALGORITHMS 1.7", SecondHand;
        desert_count = 4.0, "pixels", "Edge of a hot surface: at least so many background fires.", "ALGORITHMS 1.7", SecondHand;
        desert_nir = 0.15, "1", "Edge of a hot surface: rho.86 above.", "ALGORITHMS 1.7", SecondHand;
        desert_fires_mir_k = 345.0, "K", "Edge of a hot surface: mean T4 of background fires below.", "ALGORITHMS 1.7", SecondHand;
        desert_fires_deviation_k = 3.0, "K", "Edge of a hot surface: its mean deviation below.", "ALGORITHMS 1.7", SecondHand;
        desert_sigma = 6.0, "1", "Edge of a hot surface: T4 below that mean and so many deviations.", "ALGORITHMS 1.7", SecondHand;
        coast_ndvi = 0.0, "1", "Unmasked water in the background: vegetation index below.", "ALGORITHMS 1.7", SecondHand;
        coast_swir = 0.05, "1", "Unmasked water in the background: rho2.1 below.", "ALGORITHMS 1.7", SecondHand;
        coast_nir = 0.15, "1", "Unmasked water in the background: rho.86 below.", "ALGORITHMS 1.7", SecondHand;
        clearing_tir_sigma = 3.7, "1", "Forest clearing: T11 above its mean by so many mean deviations.", "C6, ALGORITHMS 1.7", SecondHand;
        clearing_nir = 0.28, "1", "Forest clearing: rho.86 above.", "C6, ALGORITHMS 1.7", SecondHand;
        clearing_mir_k = 325.0, "K", "Forest clearing: T4 below.", "C6, ALGORITHMS 1.7", SecondHand;
        confidence_day_low_k = 300.0, "K", "Confidence ramp of T4 by day, from; with dynamic limits from the limit.", "reproduces what MOD14 C6.1 and VJ114 print; re-implementations 310; ALGORITHMS 1.8", Disputed;
        confidence_day_high_k = 360.0, "K", "Confidence ramp of T4 by day, to.", "reproduces what MOD14 C6.1 and VJ114 print; re-implementations 340; ALGORITHMS 1.8", Disputed;
        confidence_night_low_k = 305.0, "K", "Confidence ramp of T4 by night, from.", "ALGORITHMS 1.8", SecondHand;
        confidence_night_high_k = 320.0, "K", "Confidence ramp of T4 by night, to.", "ALGORITHMS 1.8", SecondHand;
        confidence_mir_low = 3.0, "1", "Confidence ramp of T4 deviations, from.", "reproduces what MOD14 C6.1 and VJ114 print; re-implementations 2.5; ALGORITHMS 1.8", Disputed;
        confidence_mir_high = 6.0, "1", "Confidence ramp of T4 deviations, to.", "ALGORITHMS 1.8", SecondHand;
        confidence_difference_low = 3.5, "1", "Confidence ramp of D deviations, from.", "reproduces what MOD14 C6.1 and VJ114 print; re-implementations 3; ALGORITHMS 1.8", Disputed;
        confidence_difference_high = 6.0, "1", "Confidence ramp of D deviations, to.", "ALGORITHMS 1.8", SecondHand;
        confidence_cloud = 4.0, "pixels", "Cloud among the eight neighbours at which confidence is gone.", "reproduces what MOD14 C6.1 and VJ114 print; re-implementations 6; ALGORITHMS 1.8", Disputed;
        confidence_water = 4.0, "pixels", "Water among the eight neighbours at which confidence is gone.", "reproduces what MOD14 C6.1 and VJ114 print; re-implementations 6; ALGORITHMS 1.8", Disputed;
    }
}

impl ModisThresholds {
    /// MODIS, but for these rows.
    pub fn of(rows: SensorRows) -> Self {
        let mut set = ModisThresholds::default();
        for row in rows {
            set.set(row.name, row.value);
        }
        set
    }

    /// MODIS.
    pub fn modis() -> Self {
        ModisThresholds::default()
    }

    /// MODIS with the confidence of the re-implementations: the other reading of what is disputed there.
    pub fn reimplemented() -> Self {
        ModisThresholds::of(REIMPLEMENTED_CONFIDENCE)
    }

    /// VIIRS 750 m.
    pub fn viirs_m() -> Self {
        ModisThresholds::of(VIIRS_M)
    }

    /// MERSI-II.
    pub fn mersi2() -> Self {
        ModisThresholds::of(MERSI2)
    }

    /// SLSTR.
    pub fn slstr() -> Self {
        ModisThresholds::of(SLSTR)
    }
}

/// A row of one sensor.
const fn row(
    name: &'static str,
    value: f32,
    unit: &'static str,
    meaning: &'static str,
    source: &'static str,
    standing: Standing,
) -> Row {
    Row { name, value, unit, meaning, source, standing }
}

/// The confidence of the re-implementations: the other reading of what is disputed there.
const REIMPLEMENTED: &str = "re-implementations, ALGORITHMS 1.8";

/// The confidence ramps that re-implementations of Collection 6 use; the products of Collection 6.1 print others.
pub(super) const REIMPLEMENTED_CONFIDENCE: SensorRows = &[
    row("confidence_day_low_k", 310.0, "K", "Confidence ramp of T4 by day, from.", REIMPLEMENTED, Standing::Disputed),
    row("confidence_day_high_k", 340.0, "K", "Confidence ramp of T4 by day, to.", REIMPLEMENTED, Standing::Disputed),
    row("confidence_mir_low", 2.5, "1", "Confidence ramp of T4 deviations, from.", REIMPLEMENTED, Standing::Disputed),
    row(
        "confidence_difference_low",
        3.0,
        "1",
        "Confidence ramp of D deviations, from.",
        REIMPLEMENTED,
        Standing::Disputed,
    ),
    row(
        "confidence_cloud",
        6.0,
        "pixels",
        "Cloud around at which confidence is gone.",
        REIMPLEMENTED,
        Standing::Disputed,
    ),
    row(
        "confidence_water",
        6.0,
        "pixels",
        "Water around at which confidence is gone.",
        REIMPLEMENTED,
        Standing::Disputed,
    ),
];

/// VIIRS 750 m: a port of MODIS C6 whose own numbers we have not read, but for what its files show.
pub(super) const VIIRS_M: SensorRows = &[
    row(
        "absolute_day_k",
        360.0,
        "K",
        "Fire by day whatever the background: M13 above.",
        "ALGORITHMS 2.9",
        Standing::FromMemory,
    ),
    row(
        "absolute_night_k",
        320.0,
        "K",
        "Fire by night whatever the background: M13 above.",
        "ALGORITHMS 2.9",
        Standing::FromMemory,
    ),
];

/// MERSI-II: the MODIS form over b20 or b21, b24, b25.
pub(super) const MERSI2: SensorRows = &[
    row(
        "absolute_day_k",
        360.0,
        "K",
        "Fire by day whatever the background: MIR above.",
        "ALGORITHMS 4.7",
        Standing::FromMemory,
    ),
    row(
        "absolute_night_k",
        320.0,
        "K",
        "Fire by night whatever the background: MIR above.",
        "ALGORITHMS 4.7",
        Standing::FromMemory,
    ),
];

/// SLSTR: the form of MODIS; the constants of its own product are not public.
pub(super) const SLSTR: SensorRows = &[
    row(
        "absolute_day_k",
        360.0,
        "K",
        "Fire by day whatever the background: S7 or F1 above.",
        "ESA technical pages, ALGORITHMS 5",
        Standing::Confirmed,
    ),
    row(
        "absolute_night_k",
        320.0,
        "K",
        "Fire by night whatever the background: S7 or F1 above.",
        "ESA technical pages, ALGORITHMS 5",
        Standing::Confirmed,
    ),
];
