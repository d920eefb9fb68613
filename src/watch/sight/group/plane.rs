//! Lines of sight on a plane about all cameras, metres to the east and north of their middle.

use super::{AGREE, Sequence, is_one_time};
use crate::place::LonLat;
use crate::watch::sight::earth::{azimuth_and_range, place_at};
use crate::watch::sight::triangulate::Line;

/// A line on the plane, metres.
#[derive(Clone, Copy)]
pub(super) struct Ray {
    from: [f64; 2],
    along: [f64; 2],
    error: f64,
}

pub(super) fn rays(sequences: &[Sequence]) -> Option<Vec<Ray>> {
    let first = sequences.first()?.line.from;
    let count = sequences.len() as f64;
    let offsets = sequences.iter().map(|sequence| sequence.line.from.offset_m(first));
    let sum = offsets.fold((0.0, 0.0), |sum, (east, north)| (sum.0 + east, sum.1 + north));
    let middle = first.moved_m(sum.0 / count, sum.1 / count)?;
    let flat = |place: LonLat| {
        let (azimuth, range) = azimuth_and_range(middle, place);
        let (sin_a, cos_a) = azimuth.to_radians().sin_cos();
        [range * sin_a, range * cos_a]
    };
    let ray = |line: &Line| {
        let from = flat(line.from);
        let to = flat(place_at(line.from, line.azimuth_deg, line.bounds_m.1.clamp(1_000.0, 100_000.0))?);
        let (x, y) = (to[0] - from[0], to[1] - from[1]);
        let length = x.hypot(y);
        let is_sound = length > 0.0 && line.azimuth_error_deg > 0.0;
        is_sound.then(|| Ray { from, along: [x / length, y / length], error: line.azimuth_error_deg.to_radians() })
    };
    // one that is none never meets another
    let none = Ray { from: [f64::NAN; 2], along: [f64::NAN; 2], error: f64::NAN };
    Some(sequences.iter().map(|sequence| ray(&sequence.line).unwrap_or(none)).collect())
}

/// A place on the plane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    at: [f64; 2],
    /// Covariance, m2: east, cross, north.
    spread: [f64; 3],
}

/// Two lines that meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crossed {
    /// Positions of the sequences.
    pub pair: [usize; 2],
    /// Where.
    pub spot: Spot,
    /// Squared residuals of their distances, in standard errors.
    pub squares: f64,
}

pub(super) fn crossings(sequences: &[Sequence], rays: &[Ray]) -> Vec<Crossed> {
    let mut found = Vec::new();
    for i in 0..sequences.len() {
        for j in i + 1..sequences.len() {
            let (a, b) = (&sequences[i], &sequences[j]);
            if a.camera != b.camera && is_one_time(a, b) {
                let (lines, both) = ([&a.line, &b.line], [rays[i], rays[j]]);
                found.extend(if is_flat(both) { beside([i, j], lines, both) } else { crossed([i, j], lines, both) });
            }
        }
    }
    found
}

/// Whether lines meet as flatly as they may be turned: that says nothing of where.
pub(super) fn is_flat([a, b]: [Ray; 2]) -> bool {
    (a.along[0] * b.along[1] - a.along[1] * b.along[0]).abs() < AGREE * a.error.hypot(b.error)
}

/// Two lines along each other, as of cameras of one mast: one where the distance of the first says, if the second passes there.
fn beside(pair: [usize; 2], lines: [&Line; 2], [a, b]: [Ray; 2]) -> Option<Crossed> {
    let (range, error) = lines[0].range_m?;
    let at = [a.from[0] + range * a.along[0], a.from[1] + range * a.along[1]];
    let (along, across) = (error * error, (range * a.error).powi(2));
    let [e, n] = a.along;
    let spread = [along * e * e + across * n * n, (along - across) * e * n, along * n * n + across * e * e];
    let spot = Spot { at, spread };
    let squares = passes(lines[1], &b, &spot)?;
    Some(Crossed { pair, spot, squares })
}

/// Where two lines meet in front of both cameras, within the distances that are possible, to three standard errors.
fn crossed(pair: [usize; 2], lines: [&Line; 2], [a, b]: [Ray; 2]) -> Option<Crossed> {
    let across = a.along[0] * b.along[1] - a.along[1] * b.along[0];
    let (x, y) = (b.from[0] - a.from[0], b.from[1] - a.from[1]);
    let ranges = [(x * b.along[1] - y * b.along[0]) / across, (x * a.along[1] - y * a.along[0]) / across];
    let wide = [ranges[0] * a.error, ranges[1] * b.error];
    let is_before = ranges[0] > 0.0 && ranges[1] > 0.0;
    if !is_before {
        return None;
    }
    let mut squares = 0.0;
    let cosine = a.along[0] * b.along[0] + a.along[1] * b.along[1];
    for (line, range, own, other) in [(lines[0], ranges[0], wide[0], wide[1]), (lines[1], ranges[1], wide[1], wide[0])]
    {
        let error = other.hypot(own * cosine) / across.abs();
        let slack = AGREE * error;
        if range < line.bounds_m.0 - slack || range > line.bounds_m.1 + slack {
            return None;
        }
        let miss =
            line.range_m.map_or(0.0, |(measured, known)| (measured - range).powi(2) / (known * known + error * error));
        if miss > AGREE * AGREE {
            return None;
        }
        squares += miss;
    }
    let at = [a.from[0] + ranges[0] * a.along[0], a.from[1] + ranges[0] * a.along[1]];
    // each line's error moves the crossing along the other line
    let part = [wide[0] / across, wide[1] / across];
    let spread = std::array::from_fn(|i| {
        let (p, q) = [(0, 0), (0, 1), (1, 1)][i];
        part[0] * part[0] * b.along[p] * b.along[q] + part[1] * part[1] * a.along[p] * a.along[q]
    });
    Some(Crossed { pair, spot: Spot { at, spread }, squares })
}

/// Squared residual of a line at a place; `None` where it does not pass it.
pub(super) fn passes(line: &Line, ray: &Ray, spot: &Spot) -> Option<f64> {
    let (x, y) = (spot.at[0] - ray.from[0], spot.at[1] - ray.from[1]);
    let along = x * ray.along[0] + y * ray.along[1];
    let across = x * ray.along[1] - y * ray.along[0];
    let [east, cross, north] = spot.spread;
    let [e, n] = ray.along;
    let of_place = east * n * n - 2.0 * cross * n * e + north * e * e;
    let on_line = east * e * e + 2.0 * cross * e * n + north * n * n;
    let slack = AGREE * on_line.sqrt();
    if along <= 0.0 || along < line.bounds_m.0 - slack || along > line.bounds_m.1 + slack {
        return None;
    }
    let miss = across * across / ((along * ray.error).powi(2) + of_place);
    let of_range = line.range_m.map_or(0.0, |(measured, known)| (measured - along).powi(2) / (known * known + on_line));
    (miss < AGREE * AGREE && of_range < AGREE * AGREE).then_some(miss + of_range)
}

/// The place of several lines by least squares, each with its distance where it has one; `None` where they are all along each other.
pub(super) fn place(sequences: &[Sequence], rays: &[Ray], members: &[usize]) -> Option<Spot> {
    let mut spot: Option<Spot> = None;
    for _ in 0..3 {
        let mut weight = [0.0; 3];
        let mut pull = [0.0; 2];
        let mut add = |[e, n]: [f64; 2], value: f64, error: f64| {
            let part = 1.0 / (error * error);
            weight = [weight[0] + part * e * e, weight[1] + part * e * n, weight[2] + part * n * n];
            pull = [pull[0] + part * e * value, pull[1] + part * n * value];
        };
        for &at in members {
            let (line, ray) = (&sequences[at].line, &rays[at]);
            let ([x, y], [e, n]) = (ray.from, ray.along);
            let guess = line.range_m.map_or(f64::midpoint(line.bounds_m.0, line.bounds_m.1), |(range, _)| range);
            let along = spot.map_or(guess, |spot| (spot.at[0] - x) * e + (spot.at[1] - y) * n);
            add([n, -e], x * n - y * e, along.max(1.0) * ray.error);
            if let Some((range, error)) = line.range_m {
                add([e, n], x * e + y * n + range, error);
            }
        }
        let determinant = weight[0] * weight[2] - weight[1] * weight[1];
        let is_wide = determinant > 1e-9 * (weight[0] + weight[2]).powi(2);
        let [a, b, c] = [weight[2], -weight[1], weight[0]].map(|w| w / determinant);
        let at = [a * pull[0] + b * pull[1], b * pull[0] + c * pull[1]];
        spot = Some(is_wide.then_some(Spot { at, spread: [a, b, c] })?);
    }
    spot
}
