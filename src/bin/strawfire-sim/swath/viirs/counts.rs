//! Counts and quality flags of the NASA L1B files.

use super::bands::{Limits, Reading, TOP_COUNT, ViirsBand};

/// Codes above the counts [C: public readers of real granules].
pub const MISSING: u16 = 65_532;
pub const BOWTIE: u16 = 65_533;
pub const CAL_FAIL: u16 = 65_534;
pub const FILL: u16 = 65_535;

/// Bits of the pixel quality flags [C: L1B user guide appendix, as restated by public readers].
pub const OUT_OF_RANGE: u16 = 2;
pub const SATURATION: u16 = 4;
pub const LOW_GAIN: u16 = 16;
pub const BOWTIE_DELETED: u16 = 256;
pub const MISSING_EV: u16 = 512;
/// All masks and their meanings, lowest bit first.
pub const FLAG_MASKS: [u16; 12] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];
pub const FLAG_MEANINGS: &str = "Substitute_Cal Out_of_Range Saturation Temp_not_Nominal Low_Gain Mixed_Gain \
                                 DG_Anomaly Some_Saturation Bowtie_Deleted Missing_EV Cal_Fail Dead_Detector";

/// The scale of one band: value = scale x count + offset, value = radiance x factor.
pub struct Scale {
    pub scale: f64,
    pub offset: f64,
    /// 1 for an emissive band; pi / E0 turns a reflective one into reflectance times the cosine of the Sun's zenith.
    pub factor: f64,
    pub limits: Limits,
}

impl Scale {
    pub fn of(band: &ViirsBand, white: f64, limits: Limits) -> Scale {
        let factor = if band.emissive() { 1.0 } else { 1.0 / white };
        Scale { scale: band.scale.0, offset: band.scale.1, factor, limits }
    }

    /// Count and quality flags of a radiance.
    pub fn encode(&self, radiance: f64) -> (u16, u16) {
        let reading = self.limits.read(radiance);
        let mut flags = match reading {
            Reading::Good(_) => 0,
            Reading::Saturated(_) | Reading::Folded(_) => SATURATION,
        };
        if reading.radiance() > self.limits.low_gain {
            flags |= LOW_GAIN;
        }
        let count = ((reading.radiance() * self.factor - self.offset) / self.scale).round();
        if !(0.0..=f64::from(TOP_COUNT)).contains(&count) {
            flags |= OUT_OF_RANGE;
        }
        (count.clamp(0.0, f64::from(TOP_COUNT)) as u16, flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optics::Optics;
    use crate::swath::viirs::bands::{IMAGERY_BANDS, MODERATE_BANDS};

    fn scale(band: &ViirsBand) -> (Scale, Optics) {
        let optics = Optics::new(band.band);
        (Scale::of(band, optics.white(), band.limits(&optics)), optics)
    }

    #[test]
    fn i4_goes_out_of_range_before_it_saturates() {
        let (scale, optics) = scale(&IMAGERY_BANDS[3]);
        let (count, flags) = scale.encode(optics.black(300.0));
        assert_eq!(flags, 0);
        let radiance = f64::from(count) * 6.104_354e-5 + 0.001_670_3;
        assert!((radiance - optics.black(300.0)).abs() < 4e-5);
        assert_eq!(scale.encode(optics.black(364.5)), (65_527, OUT_OF_RANGE));
        assert_eq!(scale.encode(optics.black(380.0)), (65_527, OUT_OF_RANGE | SATURATION));
    }

    #[test]
    fn reflectance_keeps_the_cosine() {
        let (scale, optics) = scale(&IMAGERY_BANDS[0]);
        let (count, _) = scale.encode(0.2 * 0.7 * optics.white());
        assert!((f64::from(count) * 1.999_175_8e-5 - 0.14).abs() < 2e-5);
    }

    #[test]
    fn m13_says_when_it_uses_its_low_gain() {
        let (scale, optics) = scale(&MODERATE_BANDS[3]);
        assert_eq!(scale.encode(optics.black(330.0)).1, 0);
        assert_eq!(scale.encode(optics.black(400.0)).1, LOW_GAIN);
        assert_eq!(scale.encode(optics.black(700.0)).1, LOW_GAIN | SATURATION);
    }
}
