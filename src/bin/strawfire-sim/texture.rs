//! Fractal texture from hashes: the same place always gives the same value, in any order and on any thread.

use crate::seeds::{hash2, unit};

/// Smooth noise on a unit lattice, -1 to 1.
pub fn value_noise(key: u64, x: f64, y: f64) -> f64 {
    let (column, row) = (x.floor(), y.floor());
    let (u, v) = (ease(x - column), ease(y - row));
    let corner = |dx: i64, dy: i64| unit(hash2(key, column as i64 + dx, row as i64 + dy));
    let top = corner(0, 0) * (1.0 - u) + corner(1, 0) * u;
    let bottom = corner(0, 1) * (1.0 - u) + corner(1, 1) * u;
    2.0 * (top * (1.0 - v) + bottom * v) - 1.0
}

fn ease(t: f64) -> f64 {
    t * t * (3.0 - 2.0 * t)
}

/// Octaves of noise, each half as wide and `roughness` times as high; about -1 to 1.
pub fn fractal(key: u64, x: f64, y: f64, octaves: u32, roughness: f64) -> f64 {
    octave_sum(x, y, octaves, roughness, |octave, px, py| value_noise(key.wrapping_add(octave), px, py))
}

/// The same where it may be above `floor`, and `None` where it cannot: most octaves need not be looked at there.
pub fn fractal_above(key: u64, x: f64, y: f64, octaves: u32, roughness: f64, floor: f64) -> Option<f64> {
    let total: f64 = (0..octaves).map(|octave| roughness.powi(octave as i32)).sum();
    let (mut sum, mut height, mut left, mut scale) = (0.0, 1.0, total, 1.0);
    for octave in 0..octaves {
        let shift = SHIFT * f64::from(octave);
        sum += height * value_noise(key.wrapping_add(u64::from(octave)), x * scale + shift, y * scale - shift);
        left -= height;
        if sum + left < floor * total - 1e-9 {
            return None;
        }
        height *= roughness;
        scale *= 2.0;
    }
    Some(sum / total)
}

/// The same with sharp crests: 0 in the valleys to 1 on the ridges.
pub fn ridged(key: u64, x: f64, y: f64, octaves: u32, roughness: f64) -> f64 {
    octave_sum(x, y, octaves, roughness, |octave, px, py| 1.0 - value_noise(key.wrapping_add(octave), px, py).abs())
}

/// Keeps the lattices of the octaves from lining up.
const SHIFT: f64 = 17.3;

fn octave_sum(x: f64, y: f64, octaves: u32, roughness: f64, noise: impl Fn(u64, f64, f64) -> f64) -> f64 {
    let (mut sum, mut height, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        let shift = SHIFT * f64::from(octave);
        sum += height * noise(u64::from(octave), x * scale + shift, y * scale - shift);
        total += height;
        height *= roughness;
        scale *= 2.0;
    }
    sum / total
}

/// 0 below `low`, 1 above `high`, smooth between.
pub fn smooth_step(low: f64, high: f64, value: f64) -> f64 {
    ease(((value - low) / (high - low)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounded_continuous_and_repeatable() {
        for i in 0..2000 {
            let x = f64::from(i) * 0.137;
            let here = fractal(5, x, -x, 6, 0.5);
            assert!((-1.0..=1.0).contains(&here));
            assert!((fractal(5, x + 1e-6, -x, 6, 0.5) - here).abs() < 1e-3);
            assert_eq!(here, fractal(5, x, -x, 6, 0.5));
            assert!((0.0..=1.0).contains(&ridged(5, x, -x, 6, 0.5)));
            match fractal_above(5, x, -x, 6, 0.5, 0.2) {
                Some(value) => assert!((value - here).abs() < 1e-12),
                None => assert!(here < 0.2),
            }
        }
    }
}
