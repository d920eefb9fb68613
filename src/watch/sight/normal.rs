//! Draws from a normal distribution that are the same in every run.

/// Points of a lattice, and by what the two further coordinates count: of all lattices of 61 to 67 points by powers of one number the one
/// whose coordinates and their squares are least correlated (0.03 and 0.26) \[O\].
const POINTS: u32 = 61;
const TURNS: [u32; 3] = [1, 28, 52];

/// Points in three independent standard normal errors, evenly filled and each with its mirror image, so that their mean is exactly 0.
pub(super) fn points() -> impl Iterator<Item = [f64; 3]> {
    (0..POINTS).flat_map(|n| {
        let z = TURNS.map(|turn| quantile((f64::from(n * turn % POINTS) + 0.5) / f64::from(POINTS)));
        [z, z.map(|z| -z)]
    })
}

/// Quantile of the standard normal distribution: the distribution function by Abramowitz and Stegun 26.2.23 (4.5e-4), which is
/// more than draws need.
fn quantile(part: f64) -> f64 {
    let tail = part.min(1.0 - part).max(1e-12);
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let z = t - above / below;
    if part < 0.5 { -z } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables of the normal distribution: 0.975 at 1.95996, 0.8413447 at 1.
    #[test]
    fn quantiles_and_moments() {
        for (part, z) in [(0.975, 1.95996), (0.841_344_7, 1.0), (0.5, 0.0), (0.025, -1.95996)] {
            assert!((quantile(part) - z).abs() < 5e-4);
        }
        let points: Vec<[f64; 3]> = points().collect();
        for i in 0..3 {
            for j in 0..=i {
                let moment = points.iter().map(|p| p[i] * p[j]).sum::<f64>() / points.len() as f64;
                let expected = f64::from(u8::from(i == j));
                assert!((moment - expected).abs() < 0.04, "{i} {j}: {moment}");
            }
        }
    }
}
