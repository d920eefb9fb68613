//! Radiances to counts: quantised, saturated, folded.

/// How a band is coded.
#[derive(Clone, Copy, Debug)]
pub struct Coder {
    /// Counts of a radiance of 1 W m-2 sr-1 um-1, and the count of no radiance.
    pub gain: f64,
    pub offset: f64,
    /// Radiance above which the detector is saturated.
    pub saturation: f64,
    /// Count of a saturated pixel, where it is not that of the highest radiance.
    pub saturated_count: Option<u16>,
    /// Far above saturation the counts fall back to almost nothing, as those of OLI at 2.2 um do over large fires.
    pub folds: bool,
}

/// A band folds above so many times its saturation, and reads this share of it then [M].
const FOLDS_ABOVE: f64 = 2.0;
const FOLDED: f64 = 0.05;

impl Coder {
    /// The count of a radiance, and whether it is saturated. 0 is kept for no data.
    #[inline]
    pub fn count(&self, radiance: f64) -> (u16, bool) {
        if radiance < self.saturation {
            let count = (radiance * self.gain + self.offset).round();
            return (count.clamp(1.0, 65_535.0) as u16, count >= 65_535.0);
        }
        if self.folds && radiance > FOLDS_ABOVE * self.saturation {
            return (self.straight(FOLDED * self.saturation), true);
        }
        (self.saturated_count.unwrap_or_else(|| self.straight(self.saturation)), true)
    }

    /// The radiance of a count.
    pub fn radiance(&self, count: u16) -> f64 {
        (f64::from(count) - self.offset) / self.gain
    }

    fn straight(&self, radiance: f64) -> u16 {
        (radiance * self.gain + self.offset).round().clamp(1.0, 65_535.0) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODER: Coder = Coder { gain: 2000.0, offset: 5000.0, saturation: 29.0, saturated_count: None, folds: false };

    #[test]
    fn counts_are_rounded_and_never_no_data() {
        assert_eq!(CODER.count(1.0), (7000, false));
        assert_eq!(CODER.count(-5.0), (1, false));
        assert!((CODER.radiance(CODER.count(3.214).0) - 3.214).abs() <= 0.5 / 2000.0);
    }

    #[test]
    fn what_is_too_bright_is_saturated_or_folds() {
        assert_eq!(CODER.count(29.5), (63_000, true));
        assert_eq!(CODER.count(500.0), (63_000, true));
        assert_eq!(Coder { saturated_count: Some(65_535), ..CODER }.count(29.5), (65_535, true));
        // the words of a file end before the detector does
        assert_eq!(Coder { saturation: 40.0, ..CODER }.count(35.0), (65_535, true));
        let folding = Coder { folds: true, ..CODER };
        assert_eq!((folding.count(30.0), folding.count(100.0)), ((63_000, true), (7900, true)));
    }
}
