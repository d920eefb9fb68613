//! The pose that shows landmarks where the picture has them: exact ones of all pairs, of which the one that most landmarks agree with is
//! refined by least squares (Levenberg and Marquardt).

use super::{FEWEST_FOR_K1, POINTED_PX};
use crate::place::LonLat;
use crate::watch::sight::lens::Lens;
use crate::watch::sight::pose::{Pose, Sight};

/// What is looked for. Of the focal length its logarithm: it is positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unknowns {
    pub azimuth_deg: f64,
    pub tilt_deg: f64,
    pub roll_deg: f64,
    pub ln_focal: f64,
    pub k1: f64,
}

const COUNT: usize = 5;
type Matrix = [[f64; COUNT]; COUNT];

impl Unknowns {
    fn pose(&self) -> Pose {
        let Unknowns { azimuth_deg, tilt_deg, roll_deg, .. } = *self;
        Pose { place: LonLat::ZERO, height_m: 0.0, azimuth_deg, tilt_deg, roll_deg }
    }

    pub(super) fn lens(&self, given: &Lens) -> Lens {
        Lens { focal_px: self.ln_focal.exp(), k1: self.k1, ..*given }
    }

    fn moved(&self, by: [f64; COUNT]) -> Unknowns {
        let [azimuth, tilt, roll, focal, k1] = by;
        Unknowns {
            azimuth_deg: self.azimuth_deg + azimuth,
            tilt_deg: self.tilt_deg + tilt,
            roll_deg: self.roll_deg + roll,
            ln_focal: self.ln_focal + focal,
            k1: self.k1 + k1,
        }
    }
}

/// Angle between two directions, degrees.
pub(super) fn angle_deg(a: Sight, b: Sight) -> f64 {
    let (a, b) = (vector(a), vector(b));
    norm(cross(a, b)).atan2(dot(a, b)).to_degrees()
}

/// The best result.
#[derive(Debug, Clone)]
pub(super) struct Best {
    pub unknowns: Unknowns,
    /// Positions of the landmarks that agree.
    pub used: Vec<usize>,
    /// Root mean square of their distances in the picture, px.
    pub rms_px: f64,
    pub has_k1: bool,
    covariance: Matrix,
}

impl Best {
    /// Standard error of a coordinate in the picture, px: by what is left over, and where that is little to go by no less than a
    /// person points wrong.
    pub(super) fn scale_px(&self) -> f64 {
        let free = (2 * self.used.len()).saturating_sub(if self.has_k1 { 5 } else { 4 });
        let left = (self.rms_px.powi(2) * self.used.len() as f64 / free.max(1) as f64).sqrt();
        if free < 6 { left.max(POINTED_PX) } else { left.max(POINTED_PX / 4.0) }
    }

    /// Standard errors: degrees, logarithm of the focal length, and k1.
    pub(super) fn errors(&self) -> [f64; COUNT] {
        std::array::from_fn(|i| self.covariance[i][i].max(0.0).sqrt() * self.scale_px())
    }
}

/// Rounds in which outliers are named anew.
const ROUNDS: usize = 5;
/// A landmark is an outlier above so many times what is usual.
const OUTLIER: f64 = 3.5;
/// A coefficient counts where it is so many standard errors from 0.
const CLEAR: f64 = 2.0;

/// The best result over all landmarks; `None` where there is none.
pub(super) fn robust(lens: &Lens, sights: &[Sight], pixels: &[(f64, f64)]) -> Option<Best> {
    // so many must agree that those which do not are fewer
    let needed = (sights.len() + 3) / 2;
    let score = |unknowns: &Unknowns| {
        let mut misses = misses(unknowns, lens, sights, pixels);
        misses.sort_by(f64::total_cmp);
        misses[needed.min(misses.len()) - 1]
    };
    let starts = pairs(sights.len()).filter_map(|pair| exact(lens, pair, sights, pixels));
    let scored = starts.map(|start| (score(&start), start)).filter(|(score, _)| score.is_finite());
    let (median, start) = scored.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let within = |unknowns: &Unknowns, limit: f64| -> Vec<usize> {
        let misses = misses(unknowns, lens, sights, pixels);
        (0..sights.len()).filter(|&at| misses[at] <= limit).collect()
    };
    // a pose of two landmarks is the worse the farther the others are
    let mut used = within(&start, (4.0 * median).max(OUTLIER * POINTED_PX));
    let mut best = refined(lens, sights, pixels, &used, start)?;
    for _ in 0..ROUNDS {
        let again = within(&best.unknowns, OUTLIER * best.rms_px.max(POINTED_PX));
        if again == used || again.len() < 3 {
            break;
        }
        used = again;
        best = refined(lens, sights, pixels, &used, best.unknowns)?;
    }
    Some(best)
}

/// All pairs, or of many landmarks those of some: time grows with their square.
fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let step = (count * count / 800).max(1);
    (0..count).flat_map(move |i| (0..i).map(move |j| (i, j))).step_by(step)
}

/// With k1 where it is clear of 0.
fn refined(lens: &Lens, sights: &[Sight], pixels: &[(f64, f64)], used: &[usize], start: Unknowns) -> Option<Best> {
    let given = Unknowns { k1: lens.k1, ..start };
    let plain = Seen { lens, sights, pixels, used, count: 4 }.least_squares(given)?;
    if used.len() < FEWEST_FOR_K1 {
        return Some(plain);
    }
    let bent = Seen { lens, sights, pixels, used, count: COUNT }.least_squares(plain.unknowns);
    let is_clear = |best: &Best| (best.unknowns.k1 - lens.k1).abs() > CLEAR * best.errors()[4];
    Some(bent.filter(is_clear).unwrap_or(plain))
}

/// Distances in the picture, px; infinite for what is not in front.
fn misses(unknowns: &Unknowns, lens: &Lens, sights: &[Sight], pixels: &[(f64, f64)]) -> Vec<f64> {
    let (pose, lens) = (unknowns.pose(), unknowns.lens(lens));
    let miss = |(sight, pixel): (&Sight, &(f64, f64))| {
        let (u, v) = lens.pixel(pose.direction_of(*sight)?)?;
        Some((u - pixel.0).hypot(v - pixel.1))
    };
    sights.iter().zip(pixels).map(|pair| miss(pair).unwrap_or(f64::INFINITY)).collect()
}

/// Landmarks that count, and the lens that they are seen by.
struct Seen<'a> {
    lens: &'a Lens,
    sights: &'a [Sight],
    pixels: &'a [(f64, f64)],
    used: &'a [usize],
    /// Unknowns that are looked for: four, or five with k1.
    count: usize,
}

/// Steps of the derivatives.
const STEPS: [f64; COUNT] = [1e-4, 1e-4, 1e-4, 1e-5, 1e-5];
/// Most rounds; a good start needs ten.
const LONGEST: usize = 100;

impl Seen<'_> {
    /// Picture less result, px: to the right and down of each landmark in turn.
    fn residuals(&self, unknowns: &Unknowns) -> Option<Vec<f64>> {
        let (pose, lens) = (unknowns.pose(), unknowns.lens(self.lens));
        let mut residuals = Vec::with_capacity(2 * self.used.len());
        for &at in self.used {
            let (u, v) = lens.pixel(pose.direction_of(self.sights[at])?)?;
            residuals.extend([self.pixels[at].0 - u, self.pixels[at].1 - v]);
        }
        Some(residuals)
    }

    /// Normal equations about a start: their matrix, and what pulls.
    fn normal(&self, unknowns: &Unknowns, left: &[f64]) -> Option<(Matrix, [f64; COUNT])> {
        let slope = |i: usize| -> Option<Vec<f64>> {
            let step =
                |by: f64| self.residuals(&unknowns.moved(std::array::from_fn(|j| if i == j { by } else { 0.0 })));
            let (more, less) = (step(STEPS[i])?, step(-STEPS[i])?);
            Some(more.iter().zip(&less).map(|(more, less)| (less - more) / (2.0 * STEPS[i])).collect())
        };
        let slopes: Vec<Vec<f64>> = (0..self.count).map(slope).collect::<Option<_>>()?;
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut normal = Matrix::default();
        let mut pull = [0.0; COUNT];
        for (i, slope) in slopes.iter().enumerate() {
            pull[i] = product(slope, left);
            for (j, other) in slopes.iter().enumerate() {
                normal[i][j] = product(slope, other);
            }
        }
        Some((normal, pull))
    }

    fn least_squares(&self, start: Unknowns) -> Option<Best> {
        let sum = |residuals: &[f64]| residuals.iter().map(|r| r * r).sum::<f64>();
        let (mut unknowns, mut damping) = (start, 1e-3);
        let mut left = self.residuals(&unknowns)?;
        let mut covariance = None;
        for _ in 0..LONGEST {
            let (normal, pull) = self.normal(&unknowns, &left)?;
            covariance = inverse(&normal, self.count);
            let mut damped = normal;
            (0..self.count).for_each(|i| damped[i][i] *= 1.0 + damping);
            let Some(solved) = inverse(&damped, self.count) else { break };
            let moved = unknowns.moved(solved.map(|row| row.iter().zip(&pull).map(|(a, b)| a * b).sum()));
            let Some(next) = self.residuals(&moved).filter(|next| sum(next) <= sum(&left)) else {
                damping *= 10.0;
                if damping > 1e12 {
                    break;
                }
                continue;
            };
            let gain = sum(&left) - sum(&next);
            (unknowns, left, damping) = (moved, next, damping / 10.0);
            if gain <= 1e-10 * sum(&left) + 1e-12 {
                break;
            }
        }
        let rms_px = (sum(&left) / self.used.len() as f64).sqrt();
        let (used, has_k1) = (self.used.to_vec(), self.count == COUNT);
        Some(Best { unknowns: upright(unknowns), used, rms_px, has_k1, covariance: covariance? })
    }
}

/// Angles in their usual ranges.
fn upright(unknowns: Unknowns) -> Unknowns {
    let pose = unknowns.pose();
    let fold = |angle: f64| (angle + 180.0).rem_euclid(360.0) - 180.0;
    match pose.sight_of((0.0, 0.0)) {
        Some(axis) => {
            // a tilt beyond the zenith is the other azimuth turned over
            let is_over = (fold(unknowns.tilt_deg)).abs() > 90.0;
            let roll = if is_over { unknowns.roll_deg + 180.0 } else { unknowns.roll_deg };
            Unknowns { azimuth_deg: axis.azimuth_deg, tilt_deg: axis.elevation_deg, roll_deg: fold(roll), ..unknowns }
        }
        None => unknowns,
    }
}

/// Inverse of the upper left part of a symmetric matrix by Gauss and Jordan with pivots; `None` where it has none.
fn inverse(matrix: &Matrix, count: usize) -> Option<Matrix> {
    let mut a = *matrix;
    let mut inverse = Matrix::default();
    (0..count).for_each(|i| inverse[i][i] = 1.0);
    for column in 0..count {
        let pivot = (column..count).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        a.swap(column, pivot);
        inverse.swap(column, pivot);
        let divisor = a[column][column];
        let has_one = divisor.is_finite() && divisor.abs() > 1e-14 * matrix[column][column].abs();
        if !has_one {
            return None;
        }
        for i in 0..count {
            a[column][i] /= divisor;
            inverse[column][i] /= divisor;
        }
        for row in (0..count).filter(|&row| row != column) {
            let factor = a[row][column];
            for i in 0..count {
                a[row][i] -= factor * a[column][i];
                inverse[row][i] -= factor * inverse[column][i];
            }
        }
    }
    Some(inverse)
}

type Vector = [f64; 3];

fn vector(sight: Sight) -> Vector {
    let ((sin_a, cos_a), (sin_e, cos_e)) =
        (sight.azimuth_deg.to_radians().sin_cos(), sight.elevation_deg.to_radians().sin_cos());
    [cos_e * sin_a, cos_e * cos_a, sin_e]
}

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn norm(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

fn unit(a: Vector) -> Vector {
    let length = norm(a).max(1e-300);
    a.map(|x| x / length)
}

/// The pose that shows two landmarks exactly: the focal length that spans the angle between them, then the turn that puts both there.
fn exact(lens: &Lens, (i, j): (usize, usize), sights: &[Sight], pixels: &[(f64, f64)]) -> Option<Unknowns> {
    let world = [vector(sights[i]), vector(sights[j])];
    let angle = norm(cross(world[0], world[1])).atan2(dot(world[0], world[1]));
    let rays = |ln_focal: f64| -> Option<[Vector; 2]> {
        let lens = Lens { focal_px: ln_focal.exp(), ..*lens };
        let ray = |pixel| lens.direction_anywhere(pixel).map(|(x, y)| unit([x, y, 1.0]));
        Some([ray(pixels[i])?, ray(pixels[j])?])
    };
    // between 170 and 0.1 degrees
    let width = lens.size_px.0;
    let focal = |hfov_deg: f64| (width / 2.0 / (hfov_deg / 2.0_f64).to_radians().tan()).ln();
    let (mut low, mut high) = (focal(170.0), focal(0.1));
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let spans = rays(middle).map(|[a, b]| norm(cross(a, b)).atan2(dot(a, b)));
        if spans.is_none_or(|spans| spans > angle) { low = middle } else { high = middle }
    }
    let camera = rays(high)?;
    let frame = |[a, b]: [Vector; 2]| {
        let normal = cross(a, b);
        (norm(normal) > 1e-9).then(|| [unit(a), unit(normal), cross(unit(normal), unit(a))])
    };
    let (to, from) = (frame(world)?, frame(camera)?);
    // where a direction of the camera points in the world
    let turned = |axis: Vector| -> Vector {
        let parts = from.map(|own| dot(own, axis));
        std::array::from_fn(|k| (0..3).map(|n| parts[n] * to[n][k]).sum())
    };
    let (right, forward) = (turned([1.0, 0.0, 0.0]), turned([0.0, 0.0, 1.0]));
    let azimuth = forward[0].atan2(forward[1]);
    let tilt = forward[2].atan2(forward[0].hypot(forward[1]));
    let level = [azimuth.cos(), -azimuth.sin(), 0.0];
    let below = cross(forward, level);
    let roll = dot(right, below).atan2(dot(right, level));
    Some(Unknowns {
        azimuth_deg: azimuth.to_degrees(),
        tilt_deg: tilt.to_degrees(),
        roll_deg: roll.to_degrees(),
        ln_focal: high,
        k1: lens.k1,
    })
}
