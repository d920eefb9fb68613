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

thresholds! {
    /// Static sources of heat: when a place is one, and what of it is dropped.
    StaticThresholds {
        radius_m = 1000.0, "m", "Detections so near to one place are of one source: a pixel of MODIS.", "ours", OwnChoice;
        days = 4.0, "days", "Published rule: distinct days with a detection.", "ALGORITHMS 9: N = 4", SecondHand;
        span_days = 60.0, "days", "Published rule: from the first of them to the last.", "ALGORITHMS 9", SecondHand;
        night_share = 0.6, "1", "Published rule: more than this share by night; the source says and/or, so there are two readings.", "ALGORITHMS 9", Disputed;
        short_days = 3.0, "days", "Rule for a site that has just begun: distinct days, whatever the span.", "ours", OwnChoice;
        pass_seconds = 120.0, "s", "Detections of one satellite so near in time are of one pass.", "lists give whole minutes, ours", OwnChoice;
        hotter_factor = 1.5, "1", "A fire of more than so many times the greatest power of its history is not explained by it.", "ours", OwnChoice;
        hotter_kelvin = 20.0, "K", "A fire so much above the greatest MIR temperature of its history is not explained by it.", "ours", OwnChoice;
        by_hand_frp_mw = 30.0, "MW", "A source that a person accepted without any history explains only fires of known power below this.", "ours", OwnChoice;
        touching_pixels = 1.5, "pixels", "Fire pixels of one pass so near are one fire, whose width is compared.", "as events are fused, ours", OwnChoice;
        unknown_place_m = 750.0, "m", "Error of the place of a fire whose list does not state the size of its pixel.", "ours", OwnChoice;
        answer_radius_m = 500.0, "m", "Greatest radius of a place that officers' answers propose: that of the event's error, and this where it states none.", "ours", OwnChoice;
    }
}

/// A rule by which a place is a static source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaticProfile {
    /// The published rule with "and": enough days, over a long enough span, and mostly by night.
    PersistentAndNight,
    /// The published rule with "or": enough days, and either over a long enough span or mostly by night. (Read word for
    /// word, one fire by night would be static: the days are asked for in either reading.)
    PersistentOrNight,
    /// Only what a list itself calls static: FIRMS `type` 2 \[C\].
    FirmsType,
    /// Ours, for a site that has just begun: a few days, whatever the span.
    Short,
}

impl StaticProfile {
    /// All of them.
    pub const ALL: [StaticProfile; 4] =
        [Self::PersistentAndNight, Self::PersistentOrNight, Self::FirmsType, Self::Short];

    /// From its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Its name, as `--profile` and the list of sources have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PersistentAndNight => "persistent-and-night",
            Self::PersistentOrNight => "persistent-or-night",
            Self::FirmsType => "firms-type",
            Self::Short => "short",
        }
    }

    /// Whether so many distinct days over so many days, with such a share by night, make a source.
    pub fn holds(self, days: u32, span_days: i64, night_share: Option<f64>, t: &StaticThresholds) -> bool {
        let enough = days as f32 >= t.days;
        let long = span_days as f32 >= t.span_days;
        let by_night = night_share.is_some_and(|share| share > f64::from(t.night_share));
        match self {
            Self::PersistentAndNight => enough && long && by_night,
            Self::PersistentOrNight => enough && (long || by_night),
            Self::FirmsType => false,
            Self::Short => days as f32 >= t.short_days,
        }
    }
}

thresholds! {
    /// Class by land cover and season.
    ClassThresholds {
        cropland_least = 0.05, "1", "With less cropland in its footprint a fire is not straw.", "ALGORITHMS 4.9", OwnChoice;
        cropland_clear = 0.5, "1", "From this share on a fire is clearly on cropland, even on days of customs.", "ours", OwnChoice;
        vegetation_least = 0.5, "1", "From this share of trees, shrubs and grass on, and hardly any cropland, a fire is of class vegetation.", "ours", OwnChoice;
        only = 0.95, "1", "From this share on there is only water, snow or built-up ground.", "ours", OwnChoice;
        known_least = 0.5, "1", "With less of its footprint on the map the share of cropland is not known.", "ours", OwnChoice;
        small_frp_mw = 5.0, "MW", "A fire of less power may be one of a custom: paper and wreaths at a grave.", "ours", OwnChoice;
        past_reach_m = 500.0, "m", "Past fires so near burned on the same field.", "ours", OwnChoice;
    }
}
