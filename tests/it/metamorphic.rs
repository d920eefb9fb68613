//! What must stay the same when a scene is laid anew, and what must not be lost when a fire grows (ALGORITHMS 10.6). All
//! scenes are made here, in memory or in small files, by Planck's law with constants written out: they share none with the
//! detectors.

mod cut;
mod fixed;
mod grow;
mod hurt;
mod maps;
mod moved;
mod swaths;
mod turn;

use ndarray::Array2;

/// Line and column in a window.
type At = (usize, usize);

/// Lines and columns of a scene: whole cells of the clear-sky reference (16 pixels), so that they are the same cells when
/// the scene is turned, and more pixels than the dynamic limits of the MODIS form ask for (a tenth of 301 x 301).
const SIDE: usize = 112;

/// Sixty-four places, eleven pixels apart at least: none lies in the first background window of another.
fn places() -> Vec<At> {
    let place = |i: usize, j: usize| (6 + 13 * i + (i * j) % 3, 6 + 13 * j + (i + 2 * j) % 3);
    (0..64).map(|n| place(n / 8, n % 8)).collect()
}

/// Radiance, W m-2 sr-1 um-1: 2hc2 = 1.191042972e8 W um4 m-2 sr-1, hc/k = 14387.768775 um K (CODATA 2018).
fn radiance(um: f64, kelvin: f64) -> f64 {
    1.191_042_972e8 / um.powi(5) / ((14_387.768_775 / (um * kelvin)).exp() - 1.0)
}

/// Its temperature, K.
fn kelvin(um: f64, radiance: f64) -> f64 {
    14_387.768_775 / um / (1.191_042_972e8 / um.powi(5) / radiance + 1.0).ln()
}

/// A number from -1 to 1 that depends on its arguments alone (the mixer of splitmix64).
fn chance(seed: u64, (line, column): At) -> f64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (((line as u64) << 32) | column as u64);
    for _ in 0..2 {
        x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
    }
    (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// The same, slowly from pixel to pixel.
fn slow((line, column): At) -> f64 {
    (line as f64 / 17.0).sin() * (column as f64 / 23.0).cos()
}

/// Shares of a pixel's light in itself and in those around it.
type Spread = [[f64; 3]; 3];

/// A share of a pixel burns; the pixels around it see some of that.
fn burn(values: &mut Array2<f32>, um: f64, spread: &Spread, (line, column): At, share: f64, fire_k: f64) {
    for (i, row) in spread.iter().enumerate() {
        for (j, weight) in row.iter().enumerate() {
            let value = &mut values[(line + i - 1, column + j - 1)];
            let burning = share * weight;
            let mixed = (1.0 - burning) * radiance(um, f64::from(*value)) + burning * radiance(um, fire_k);
            *value = kelvin(um, mixed) as f32;
        }
    }
}

/// How a scene is laid anew. Each is its own way back.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Turn {
    /// By 180 degrees.
    Half,
    /// Lines become columns.
    Transposed,
}

impl Turn {
    /// Where a pixel of a square of `side` comes to lie.
    fn of(self, side: usize, (line, column): At) -> At {
        match self {
            Turn::Half => (side - 1 - line, side - 1 - column),
            Turn::Transposed => (column, line),
        }
    }

    /// A square plane.
    fn plane<T: Copy>(self, plane: &Array2<T>) -> Array2<T> {
        let side = plane.nrows();
        Array2::from_shape_fn(plane.dim(), |at| plane[self.of(side, at)])
    }
}

/// A fire as these tests compare it: its pixel, and what was measured about it (-1 where nothing was).
#[derive(Debug, Clone, PartialEq)]
struct Found {
    at: At,
    numbers: Vec<f64>,
}

fn pixels(found: &[Found]) -> Vec<At> {
    found.iter().map(|fire| fire.at).collect()
}

/// The same pixels with the same numbers, K and per cent, but for the order of sums.
fn assert_same(name: &str, a: &[Found], b: &[Found]) {
    /// Sums of floats in another order differ by 1e-4 at most; by day the sun of a fixed grid is interpolated between
    /// other columns once turned, and kept in steps of 1/65535: some thousandths of a per cent of confidence.
    const CLOSE: f64 = 0.01;
    assert_eq!(pixels(a), pixels(b), "{name}");
    for (a, b) in a.iter().zip(b) {
        let apart = a.numbers.iter().zip(&b.numbers).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f64::max) < CLOSE, "{name}: {a:?} and {b:?}");
    }
}
