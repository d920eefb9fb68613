//! From a pixel to a direction behind the lens and back: a pinhole with Brown's radial distortion.

/// The lens of one picture. u counts to the right and v downwards; 0, 0 is the middle of the first pixel, so that the corners of a
/// picture lie at -0.5 and width - 0.5 (boxes whose edges lie between pixels: take 0.5 off).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lens {
    /// Width and height of the picture, px.
    pub size_px: (f64, f64),
    /// Focal length, px.
    pub focal_px: f64,
    /// Where the optical axis is, px.
    pub centre_px: (f64, f64),
    /// Radial coefficients.
    pub k1: f64,
    /// Of the fourth power.
    pub k2: f64,
}

impl Lens {
    /// A lens whose picture of this size spans an angle (degrees) across, without distortion; `None` for what is no lens.
    pub fn new(size_px: (f64, f64), hfov_deg: f64) -> Option<Lens> {
        let (width, height) = size_px;
        let sound = width >= 1.0 && height >= 1.0 && width.max(height) < 1e6 && hfov_deg > 0.0 && hfov_deg < 179.0;
        sound.then(|| Lens {
            size_px,
            focal_px: width / 2.0 / (hfov_deg / 2.0).to_radians().tan(),
            centre_px: ((width - 1.0) / 2.0, (height - 1.0) / 2.0),
            k1: 0.0,
            k2: 0.0,
        })
    }

    /// Angle across the picture without distortion, degrees.
    pub fn hfov_deg(&self) -> f64 {
        2.0 * (self.size_px.0 / 2.0 / self.focal_px).atan().to_degrees()
    }

    /// The same lens with pictures of another size, so many times as large.
    #[must_use]
    pub fn scaled(&self, size_px: (f64, f64), times: f64) -> Lens {
        let moved = |at: f64| (at + 0.5) * times - 0.5;
        let centre_px = (moved(self.centre_px.0), moved(self.centre_px.1));
        Lens { size_px, focal_px: self.focal_px * times, centre_px, ..*self }
    }

    /// Whether a pixel lies in the picture.
    pub fn holds(&self, (u, v): (f64, f64)) -> bool {
        (-0.5..=self.size_px.0 - 0.5).contains(&u) && (-0.5..=self.size_px.1 - 0.5).contains(&v)
    }

    /// Direction of a pixel as x (right) and y (down) at one in front; `None` outside the picture, and where no direction is
    /// distorted there.
    pub fn direction(&self, pixel: (f64, f64)) -> Option<(f64, f64)> {
        if self.holds(pixel) { self.direction_anywhere(pixel) } else { None }
    }

    /// The same beside the picture too.
    pub(super) fn direction_anywhere(&self, (u, v): (f64, f64)) -> Option<(f64, f64)> {
        let (x, y) = ((u - self.centre_px.0) / self.focal_px, (v - self.centre_px.1) / self.focal_px);
        let distorted = x.hypot(y);
        if distorted == 0.0 {
            return Some((x, y));
        }
        let part = self.undistorted(distorted)? / distorted;
        Some((x * part, y * part))
    }

    /// Pixel of a direction; `None` farther out than where the lens folds.
    pub fn pixel(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let r = x.hypot(y);
        if !r.is_finite() || r > self.fold() {
            return None;
        }
        let more = 1.0 + r * r * (self.k1 + r * r * self.k2);
        Some((self.centre_px.0 + self.focal_px * x * more, self.centre_px.1 + self.focal_px * y * more))
    }

    fn distorted(&self, r: f64) -> f64 {
        r * (1.0 + r * r * (self.k1 + r * r * self.k2))
    }

    /// Radius from which on the distortion turns back: 1 + 3 k1 r2 + 5 k2 r4 = 0; far out where it never does.
    fn fold(&self) -> f64 {
        const FAR: f64 = 1e3;
        let (a, b) = (5.0 * self.k2, 3.0 * self.k1);
        let root = b * b - 4.0 * a;
        if root < 0.0 {
            return FAR;
        }
        // both roots in r2 by the form that holds for a = 0 too
        let roots = [-2.0 / (b + root.sqrt()), -2.0 / (b - root.sqrt())];
        roots.into_iter().filter(|r2| r2.is_finite() && *r2 > 0.0).fold(FAR * FAR, f64::min).sqrt()
    }

    /// Inverse of [`Lens::distorted`] by Newton's iteration, kept between bounds.
    fn undistorted(&self, distorted: f64) -> Option<f64> {
        let (mut low, mut high) = (0.0, self.fold());
        if !distorted.is_finite() || distorted > self.distorted(high) {
            return None;
        }
        let mut r = distorted.min(high);
        for _ in 0..60 {
            let over = self.distorted(r) - distorted;
            if over.abs() < 1e-13 {
                break;
            }
            if over > 0.0 {
                high = r
            } else {
                low = r
            }
            let slope = 1.0 + r * r * (3.0 * self.k1 + r * r * 5.0 * self.k2);
            let newton = r - over / slope;
            r = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        }
        Some(r)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_comes_back() {
        for (k1, k2) in [(0.0, 0.0), (-0.3, 0.08), (0.2, -0.05), (-0.2, 0.0)] {
            let lens = Lens { k1, k2, ..Lens::new((1280.0, 720.0), 70.0).expect("a lens") };
            for (u, v) in [(-0.5, -0.5), (639.5, 359.5), (1279.5, 719.5), (100.0, 600.0)] {
                let back = lens.direction((u, v)).and_then(|d| lens.pixel(d)).expect("a direction");
                assert!((back.0 - u).abs() < 1e-7 && (back.1 - v).abs() < 1e-7, "{k1} {k2}: {back:?}");
            }
        }
    }

    /// By hand: r (1 - 0.4 r2) has its greatest value 0.6086 at r = 0.9129; 90 degrees across put the corner at 1.147 of 0.5.
    #[test]
    fn no_direction_where_the_lens_folds_or_outside() {
        let lens = Lens { k1: -0.4, ..Lens::new((1000.0, 1000.0), 120.0).expect("a lens") };
        assert!((lens.fold() - 0.9129).abs() < 1e-4 && lens.direction((0.0, 0.0)).is_none());
        assert!(lens.direction((-0.6, 3.0)).is_none() && lens.direction((f64::NAN, 3.0)).is_none());
        for hfov in [0.0, -3.0, 180.0, 360.0, f64::NAN] {
            assert!(Lens::new((1000.0, 1000.0), hfov).is_none());
        }
        assert!(Lens::new((0.0, 10.0), 50.0).is_none());
    }
}
