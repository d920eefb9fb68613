//! How much colder the ground gets with height, so that a mountain is not taken for a cloud and a valley's fire is not
//! lost in the spread of its slopes (ALGORITHMS 4.9.1).

use ndarray::Array2;

/// Decrease of a standard atmosphere, K/km (ALGORITHMS 10.2): where the scene does not tell its own.
const STANDARD_K_PER_KM: f64 = 6.5;
/// Heights are looked at in steps of so many metres.
const STEP_M: f64 = 100.0;
/// A step with fewer pixels says nothing.
const LEAST_PIXELS: usize = 20;
/// Fewer steps than this are no slope to speak of: half a kilometre.
const LEAST_STEPS: usize = 5;
/// Warm side of a step, by share: clouds in it are colder than its ground.
const WARM: f64 = 0.75;
/// No ground gets warmer with height for long, nor colder faster than dry air, K/km.
const POSSIBLE: std::ops::RangeInclusive<f64> = 0.0..=9.8;

/// Decrease of the window band's temperature with height over the pixels that `usable` accepts, K/km: a straight line
/// through the warm side of each step of height, by the number of its pixels.
pub fn lapse_k_per_km(tir_k: &Array2<f32>, height_m: &Array2<f32>, usable: impl Fn((usize, usize)) -> bool) -> f64 {
    let mut steps: Vec<Vec<f32>> = vec![Vec::new(); 64];
    for (at, height) in height_m.indexed_iter() {
        let kelvin = tir_k[at];
        if height.is_nan() || kelvin.is_nan() || !usable(at) {
            continue;
        }
        let step = ((f64::from(*height) / STEP_M).max(0.0) as usize).min(steps.len() - 1);
        steps[step].push(kelvin);
    }
    let warm = |(step, mut kelvins): (usize, Vec<f32>)| {
        let nth = ((kelvins.len() as f64 * WARM) as usize).min(kelvins.len().saturating_sub(1));
        (kelvins.len() >= LEAST_PIXELS).then(|| {
            let (_, value, _) = kelvins.select_nth_unstable_by(nth, f32::total_cmp);
            let value = f64::from(*value);
            ((step as f64 + 0.5) * STEP_M / 1000.0, value, kelvins.len() as f64)
        })
    };
    let points: Vec<(f64, f64, f64)> = steps.into_iter().enumerate().filter_map(warm).collect();
    if points.len() < LEAST_STEPS {
        return STANDARD_K_PER_KM;
    }
    (-slope(&points)).clamp(*POSSIBLE.start(), *POSSIBLE.end())
}

/// Slope of the weighted straight line through points (x, y, weight).
fn slope(points: &[(f64, f64, f64)]) -> f64 {
    let sum = |of: fn(&(f64, f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
    let weight = sum(|p| p.2);
    let (x, y) = (sum(|p| p.0 * p.2) / weight, sum(|p| p.1 * p.2) / weight);
    let moment = |of: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(|p| p.2 * of(p)).sum::<f64>();
    moment(&|p| (p.0 - x) * (p.1 - y)) / moment(&|p| (p.0 - x).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ground 5 K/km colder with height, every tenth pixel a cloud 40 K colder: 5 by construction.
    #[test]
    fn the_slope_of_the_ground_is_found_under_clouds() {
        let height = Array2::from_shape_fn((60, 60), |(l, c)| 1700.0 + 20.0 * l as f32 + 15.0 * c as f32);
        let cloud = |(l, c): (usize, usize)| (l * 7 + c * 3) % 10 == 0;
        let tir = Array2::from_shape_fn((60, 60), |at| {
            290.0 - 5.0 * (height[at] - 1700.0) / 1000.0 - if cloud(at) { 40.0 } else { 0.0 }
        });
        let lapse = lapse_k_per_km(&tir, &height, |_| true);
        assert!((lapse - 5.0).abs() < 0.2, "{lapse}");
    }

    #[test]
    fn level_ground_has_the_standard_lapse_and_an_inversion_none() {
        let level = Array2::from_elem((60, 60), 2000.0);
        assert_eq!(lapse_k_per_km(&level.mapv(|_| 280.0), &level, |_| true), 6.5);
        let height = Array2::from_shape_fn((60, 60), |(l, _)| 1700.0 + 20.0 * l as f32);
        assert_eq!(lapse_k_per_km(&height.mapv(|h| 260.0 + 0.005 * h), &height, |_| true), 0.0);
    }
}
