//! One I-band pixel and the tests that need nothing but itself (ALGORITHMS 2.2 to 2.5).
//!
//! A reflectance that is not there is NaN, and no test that asks for more or less of it holds then: by day without
//! reflective bands only the thermal cloud test works, water is known by the mask alone, no saturated pixel passes F2,
//! and no glint and no bright target is seen. The files' `REFLECTIVE_POOR` keeps such pixels out of backgrounds.

use crate::detect::swath::ground::{Ground, Mark, reflectance};
use crate::scene::swath::Flags;
use crate::thresholds::{ViirsThresholds, chosen};

/// Values of a pixel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixel {
    /// BT4, K.
    pub mir: f32,
    /// BT5, K.
    pub tir: f32,
    pub red: f32,
    pub nir: f32,
    pub swir: f32,
    pub flags: Flags,
    pub day: bool,
}

impl Pixel {
    #[inline]
    pub fn of(ground: &Ground, index: usize, day: bool) -> Self {
        let value = |band| if day { reflectance(band, index) } else { f32::NAN };
        Pixel {
            mir: ground.mir[index],
            tir: ground.tir[index],
            red: value(&ground.red),
            nir: value(&ground.nir),
            swir: value(&ground.swir16),
            flags: ground.flags[index],
            day,
        }
    }

    /// D = BT4 - BT5, K.
    #[inline]
    pub fn difference(&self) -> f32 {
        self.mir - self.tir
    }

    /// rho1 + rho2.
    #[inline]
    pub fn sum(&self) -> f32 {
        self.red + self.nir
    }

    fn mir_is_poor(&self) -> bool {
        self.flags.any(Flags::MIR_POOR.with(Flags::MIR_SATURATED))
    }

    /// Whether the contextual tests may speak of it: saturation is a value, other poor quality is none.
    #[inline]
    pub fn is_judged(&self) -> bool {
        !self.flags.any(Flags::TIR_POOR) && (!self.mir_is_poor() || self.flags.any(Flags::MIR_SATURATED))
    }

    /// Whether the quality of each band is nominal.
    #[inline]
    pub fn is_nominal(&self) -> bool {
        let poor = Flags(Flags::MIR_POOR.0 | Flags::MIR_SATURATED.0 | Flags::TIR_POOR.0 | Flags::REFLECTIVE_POOR.0);
        !self.flags.any(poor)
    }

    /// Bright and not warm: the part of the day's cloud test that cold ground does not trouble.
    #[inline]
    fn is_bright_cloud(&self, t: &ViirsThresholds) -> bool {
        (self.sum() > t.cloud_sum && self.tir < t.cloud_sum_tir_k)
            || (self.sum() > t.cloud_less_sum && self.tir < t.cloud_less_sum_tir_k)
    }

    /// Cloud as published.
    #[inline]
    pub fn is_cloud(&self, t: &ViirsThresholds) -> bool {
        if self.day {
            self.tir < t.cloud_tir_k || self.is_bright_cloud(t)
        } else {
            self.tir < t.night_cloud_tir_k && self.mir < t.night_cloud_mir_k
        }
    }

    /// Cloud for cold plateaus \[P\]: colder than `coldest` (20 K below the clear ground around) in place of the fixed
    /// temperatures, by day and by night; bright cloud stays cloud, or low warm cloud would be land with a hot MIR.
    #[inline]
    pub fn is_plateau_cloud(&self, coldest: f32, t: &ViirsThresholds) -> bool {
        self.tir < coldest || (self.day && self.is_bright_cloud(t))
    }

    /// Water by the mask, and by day by its colour.
    #[inline]
    pub fn is_water(&self) -> bool {
        self.flags.any(Flags::WATER) || (self.red > self.nir && self.nir > self.swir)
    }

    /// A fire among the neighbours of others: kept out of their backgrounds.
    #[inline]
    pub fn is_background_fire(&self, t: &ViirsThresholds) -> bool {
        if self.day {
            self.mir > t.background_fire_day_mir_k && self.difference() > t.background_fire_day_difference_k
        } else {
            self.mir > t.background_fire_night_mir_k && self.difference() > t.background_fire_night_difference_k
        }
    }

    /// Fires whatever surrounds them: F1, F2, F3.
    #[inline]
    pub fn is_fixed_fire(&self, t: &ViirsThresholds) -> bool {
        let hot = !self.day && self.mir > t.night_fixed_mir_k && !self.mir_is_poor();
        hot || self.is_saturated_fire(t) || self.is_folded_fire(t)
    }

    fn is_saturated_fire(&self, t: &ViirsThresholds) -> bool {
        let clear = self.tir > t.saturated_tir_k && !self.flags.any(Flags::TIR_POOR) && self.sum() < t.saturated_sum;
        self.flags.any(Flags::MIR_SATURATED) && self.mir >= t.saturated_mir_k && (!self.day || clear)
    }

    /// The count of an extreme fire wraps: BT4 is lower than BT5, down to the lowest value there is.
    fn is_folded_fire(&self, t: &ViirsThresholds) -> bool {
        let least = if self.day { t.folded_day_tir_k } else { t.folded_night_tir_k };
        let tir_is_good = !self.flags.any(Flags::TIR_POOR);
        let folded = self.difference() < t.folded_difference_k && self.tir > least && tir_is_good;
        let lowest = (self.mir - t.wrapped_mir_k).abs() <= t.wrapped_within_k;
        folded || (!self.day && lowest && self.tir > t.wrapped_tir_k)
    }

    /// Bright by day without a fire: not looked at.
    pub fn is_bright_target(&self, t: &ViirsThresholds) -> bool {
        let colour = self.swir > t.bright_swir && self.swir > self.nir && self.nir > t.bright_nir;
        let cold = self.sum() > t.bright_sum && self.tir < t.bright_tir_k;
        self.day && colour && self.mir <= t.bright_mir_k && (cold || !chosen(t.bright_four_part))
    }

    /// Whether it may be a candidate, with the most lenient limit of BT4 by day; `both`: both tests or one of them.
    #[inline]
    pub fn may_be_candidate(&self, both: bool, t: &ViirsThresholds) -> bool {
        let (mir, difference) = if self.day {
            (self.mir > t.median_floor_k.min(t.median_cap_k), self.difference() > t.candidate_day_difference_k)
        } else {
            (self.mir > t.candidate_night_mir_k, self.difference() > t.candidate_night_difference_k)
        };
        if both { mir && difference } else { mir || difference }
    }

    /// Marks of the first pass; `cloud` by the profile's test.
    #[inline]
    pub fn mark(&self, cloud: bool, t: &ViirsThresholds) -> Mark {
        let (judged, water) = (self.is_judged(), self.is_water());
        let land = !(water && self.day);
        let hot = judged && !cloud && self.is_background_fire(t);
        let valid = self.is_nominal() && !cloud && land && !hot && !self.is_fixed_fire(t);
        Mark::default()
            .with(Mark::VALID, valid)
            .with(Mark::HOT, hot)
            .with(Mark::CLOUD, cloud)
            .with(Mark::WATER, water)
            .with(Mark::DAY, self.day)
            .with(Mark::JUDGED, judged)
    }
}
