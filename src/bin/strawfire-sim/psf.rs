//! The point spread function: a Gaussian of 1.2 pixels full width at half maximum (ALGORITHMS 10.2).

/// Full width at half maximum of the whole system (optics, detector, resampling), pixels.
pub const FWHM_PX: f64 = 1.2;

/// Standard deviation of the Gaussian, pixels.
pub fn sigma_px(fwhm_px: f64) -> f64 {
    fwhm_px / (8.0 * std::f64::consts::LN_2).sqrt()
}

/// One pixel's share of a point source.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    pub col: i64,
    pub line: i64,
    pub weight: f64,
}

/// Shares of a point at a fractional 0-based place. They sum to one, so energy is kept whatever the sub-pixel place.
pub fn shares(col0: f64, line0: f64, fwhm_px: f64) -> Vec<Share> {
    let sigma = sigma_px(fwhm_px);
    let reach = (4.0 * sigma).ceil() as i64;
    let (near_col, near_line) = (col0.round() as i64, line0.round() as i64);
    let mut shares = Vec::new();
    for line in near_line - reach..=near_line + reach {
        for col in near_col - reach..=near_col + reach {
            let d2 = (col as f64 - col0).powi(2) + (line as f64 - line0).powi(2);
            let weight = (-d2 / (2.0 * sigma * sigma)).exp();
            if weight > 1e-7 {
                shares.push(Share { col, line, weight });
            }
        }
    }
    let total: f64 = shares.iter().map(|s| s.weight).sum();
    for share in &mut shares {
        share.weight /= total;
    }
    shares
}

/// A square kernel for averaging `cells_per_pixel` sub-samples into a pixel, centred between the middle cells.
pub struct Kernel {
    /// Cells from the pixel's first cell to the kernel's first cell (negative or zero).
    pub first: i64,
    /// One-dimensional weights; the kernel is their outer product.
    pub weights: Vec<f64>,
}

impl Kernel {
    pub fn new(cells_per_pixel: usize) -> Self {
        let cells = cells_per_pixel as f64;
        let sigma = sigma_px(FWHM_PX) * cells;
        let centre = (cells - 1.0) / 2.0;
        let first = (centre - 3.5 * sigma).floor() as i64;
        let last = (centre + 3.5 * sigma).ceil() as i64;
        let raw: Vec<f64> =
            (first..=last).map(|i| (-(i as f64 - centre).powi(2) / (2.0 * sigma * sigma)).exp()).collect();
        let total: f64 = raw.iter().sum();
        Kernel { first, weights: raw.into_iter().map(|w| w / total).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_at_any_place() {
        for i in 0..50 {
            let d = f64::from(i) * 0.02 - 0.5;
            let total: f64 = shares(100.0 + d, 50.0 - 0.7 * d, FWHM_PX).iter().map(|s| s.weight).sum();
            assert!((total - 1.0).abs() < 1e-12);
        }
        for cells in [2, 4, 8] {
            let total: f64 = Kernel::new(cells).weights.iter().sum();
            assert!((total - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn centred_source_is_symmetric_and_peaks_in_the_middle() {
        let all = shares(10.0, 10.0, FWHM_PX);
        let at = |col, line| all.iter().find(|s| s.col == col && s.line == line).map_or(0.0, |s| s.weight);
        assert!((0.5..0.7).contains(&at(10, 10)), "{}", at(10, 10));
        assert!((at(9, 10) - at(11, 10)).abs() < 1e-15);
        assert!((at(10, 9) - at(9, 10)).abs() < 1e-15);
    }

    #[test]
    fn kernel_is_centred_on_the_pixel() {
        let kernel = Kernel::new(8);
        let mean: f64 = kernel.weights.iter().enumerate().map(|(i, w)| w * (kernel.first + i as i64) as f64).sum();
        assert!((mean - 3.5).abs() < 1e-9, "{mean}");
    }
}
