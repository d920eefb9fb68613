//! From band radiance back to temperature.

use crate::optics::Optics;

/// Brightness temperature against radiance, by search in a table of the band integral.
pub struct Inverse {
    radiances: Vec<f64>,
}

const FROM_K: f64 = 120.0;
const STEP_K: f64 = 0.25;

impl Inverse {
    pub fn of(optics: &Optics) -> Inverse {
        Inverse { radiances: (0..2400).map(|i| optics.black(FROM_K + STEP_K * f64::from(i))).collect() }
    }

    /// Temperature (K) whose band radiance this is; straight lines in the logarithm, within 0.001 K.
    pub fn kelvin(&self, radiance: f64) -> f64 {
        let above = self.radiances.partition_point(|r| *r < radiance).clamp(1, self.radiances.len() - 1);
        let (a, b) = (self.radiances[above - 1].ln(), self.radiances[above].ln());
        FROM_K + STEP_K * ((above - 1) as f64 + (radiance.ln() - a) / (b - a))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::Band;

    #[test]
    fn inverse_undoes_the_integral() {
        let optics = Optics::new(Band::numbered(7).expect("a band"));
        let inverse = Inverse::of(&optics);
        for kelvin in [200.1, 289.93, 333.3, 633.9] {
            assert!((inverse.kelvin(optics.black(kelvin)) - kelvin).abs() < 2e-3);
        }
    }
}
