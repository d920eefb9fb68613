//! One pixel in the MODIS form and the tests that need nothing but itself (ALGORITHMS 1.2 to 1.5).
//!
//! A reflectance that is not there is NaN. By day without reflective bands the bright cloud tests, the limit of rho.86,
//! the glint test by colour, the desert edge, unmasked water and the forest clearing all fall away: more is cloud-free
//! and less is rejected; the cold cloud test, the mask's water, and glint by angle stay.

use crate::detect::swath::ground::{Ground, Mark, reflectance};
use crate::scene::swath::Flags;
use crate::thresholds::ModisThresholds;

/// Values of a pixel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixel {
    /// T4, K.
    pub mir: f32,
    /// T11, K.
    pub tir: f32,
    /// T12, else T11, K.
    pub tir12: f32,
    pub red: f32,
    pub nir: f32,
    pub swir: f32,
    pub flags: Flags,
    pub day: bool,
}

impl Pixel {
    pub fn of(ground: &Ground, index: usize, day: bool) -> Self {
        let value = |band| if day { reflectance(band, index) } else { f32::NAN };
        Pixel {
            mir: ground.mir[index],
            tir: ground.tir[index],
            tir12: ground.tir12[index],
            red: value(&ground.red),
            nir: value(&ground.nir),
            swir: value(&ground.swir22),
            flags: ground.flags[index],
            day,
        }
    }

    /// D = T4 - T11, K.
    pub fn difference(&self) -> f32 {
        self.mir - self.tir
    }

    /// Whether there is anything to look at.
    pub fn is_seen(&self) -> bool {
        !self.flags.any(Flags::FILL.with(Flags::BOWTIE)) && !self.mir.is_nan() && !self.tir.is_nan()
    }

    /// Whether the tests may speak of it: saturation is a value, other poor quality is none.
    pub fn is_judged(&self) -> bool {
        let mir_is_good = !self.flags.any(Flags::MIR_POOR) || self.flags.any(Flags::MIR_SATURATED);
        mir_is_good && !self.flags.any(Flags::TIR_POOR)
    }

    /// Water by the mask: all that is not land, its edge too.
    pub fn is_water(&self) -> bool {
        self.flags.any(Flags::WATER.with(Flags::COAST))
    }

    /// Cloud: colder than `coldest`, which is published as a fixed temperature; by day also when bright.
    pub fn is_cloud(&self, coldest: f32, t: &ModisThresholds) -> bool {
        let sum = self.red + self.nir;
        let bright = sum > t.cloud_sum || (sum > t.cloud_less_sum && self.tir12 < t.cloud_less_sum_tir_k);
        let over_water = self.is_water() && self.nir > t.water_cloud_nir && self.tir12 < t.water_cloud_tir_k;
        self.tir12 < coldest || (self.day && (bright || over_water))
    }

    /// Too hot for the background of others.
    pub fn is_background_fire(&self, t: &ModisThresholds) -> bool {
        if self.day {
            self.mir > t.background_fire_day_mir_k && self.difference() > t.background_fire_day_difference_k
        } else {
            self.mir > t.background_fire_night_mir_k && self.difference() > t.background_fire_night_difference_k
        }
    }

    /// Fire whatever surrounds it.
    pub fn is_absolute(&self, t: &ModisThresholds) -> bool {
        self.mir > if self.day { t.absolute_day_k } else { t.absolute_night_k }
    }

    /// Potential fire, with the limits of T4 and D; `any_colour`: however bright it is by day.
    pub fn is_potential(&self, (mir, difference): (f32, f32), any_colour: bool, t: &ModisThresholds) -> bool {
        let dark = any_colour || !self.day || self.nir.is_nan() || self.nir < t.potential_nir;
        self.mir > mir && self.difference() > difference && dark
    }

    /// Water that the mask does not know, in a background (test of coasts).
    pub fn is_unmasked_water(&self, t: &ModisThresholds) -> bool {
        let vegetation = (self.nir - self.red) / (self.nir + self.red);
        vegetation < t.coast_ndvi && self.swir < t.coast_swir && self.nir < t.coast_nir
    }

    /// Marks of the first pass.
    pub fn mark(&self, cloud: bool, t: &ModisThresholds) -> Mark {
        let judged = self.is_judged();
        let hot = judged && !cloud && self.is_background_fire(t);
        let nominal = judged && !self.flags.any(Flags::MIR_SATURATED);
        Mark::default()
            .with(Mark::VALID, nominal && !cloud && !hot)
            .with(Mark::HOT, hot)
            .with(Mark::CLOUD, cloud)
            .with(Mark::WATER, self.is_water())
            .with(Mark::DAY, self.day)
            .with(Mark::JUDGED, judged)
    }
}
