//! Hot areas of a picture of temperatures: pixels that are hot and stand out, or are so hot that nothing but a fire makes them so.

use crate::frame::Thermal;
use crate::thresholds::DroneThresholds;
use ndarray::Array2;

/// Hot pixels that lie together.
#[derive(Debug, Clone, PartialEq)]
pub struct HotArea {
    /// Column and row of each, from above, left to right.
    pub pixels: Vec<(usize, usize)>,
    /// The highest temperature, C.
    pub max_c: f32,
    /// The mean temperature, C.
    pub mean_c: f32,
    /// What lies around the hottest pixel, C.
    pub around_c: f32,
    /// Mean column and row, weighted by how much hotter than what lies around it each pixel is; 0, 0 is the middle of the first.
    pub centre: (f64, f64),
    /// Sum of that, K: its weight among others.
    pub excess_k: f64,
    /// The camera's range ended there: the temperature is a least one.
    pub is_capped: bool,
}

/// Side of the cells whose medians are what lies around, px \[P\].
const CELL: usize = 32;
/// Cells to each side that count, so that a fire of half the width is not its own surroundings \[P\].
const REACH: usize = 3;
/// So many pixels of one picture at its very highest value are the end of the camera's range \[P\].
const CAPPED: usize = 5;

/// The hot areas, the heaviest first.
pub fn hot_areas(thermal: &Thermal, t: &DroneThresholds) -> Vec<HotArea> {
    let around = Around::of(&thermal.celsius);
    let hot = Array2::from_shape_fn(thermal.celsius.dim(), |at| is_hot(thermal.celsius[at], around.at(at), t));
    let cap = cap(&thermal.celsius);
    let groups = joined(&hot, t.join_px.max(1.0) as usize).into_iter();
    let big = groups.filter(|pixels| pixels.len() as f32 >= t.least_pixels);
    let mut areas: Vec<HotArea> = big.map(|pixels| area(pixels, thermal, &around, cap)).collect();
    areas.sort_by(|a, b| b.excess_k.total_cmp(&a.excess_k).then_with(|| a.pixels.cmp(&b.pixels)));
    areas
}

/// How sure a highest temperature is, 0.5 to 0.95.
pub fn score(max_c: f32, t: &DroneThresholds) -> f32 {
    0.5 + 0.45 * ((max_c - t.hot_c) / (t.sure_c - t.hot_c).max(1.0)).clamp(0.0, 1.0)
}

fn is_hot(celsius: f32, around_c: f32, t: &DroneThresholds) -> bool {
    celsius >= t.certain_c || (celsius >= t.hot_c && celsius - around_c >= t.contrast_k)
}

/// The highest value, where so many pixels have it that the camera knows no higher one.
fn cap(celsius: &Array2<f32>) -> Option<f32> {
    let highest = celsius.iter().copied().filter(|c| c.is_finite()).fold(f32::MIN, f32::max);
    (celsius.iter().filter(|c| **c == highest).count() >= CAPPED).then_some(highest)
}

fn area(pixels: Vec<(usize, usize)>, thermal: &Thermal, around: &Around, cap: Option<f32>) -> HotArea {
    let celsius = |&(x, y): &(usize, usize)| thermal.celsius[(y, x)];
    let hottest = pixels.iter().copied().max_by(|a, b| celsius(a).total_cmp(&celsius(b))).unwrap_or_default();
    let sum: f64 = pixels.iter().map(|pixel| f64::from(celsius(pixel))).sum();
    let (mut weight, mut centre) = (0.0, (0.0, 0.0));
    for &(x, y) in &pixels {
        // in the middle of a fire nothing lies around that is colder
        let excess = f64::from((thermal.celsius[(y, x)] - around.at((y, x))).max(1.0));
        weight += excess;
        centre = (centre.0 + excess * x as f64, centre.1 + excess * y as f64);
    }
    let max_c = celsius(&hottest);
    HotArea {
        max_c,
        mean_c: (sum / pixels.len() as f64) as f32,
        around_c: around.at((hottest.1, hottest.0)),
        centre: (centre.0 / weight, centre.1 / weight),
        excess_k: weight,
        is_capped: cap == Some(max_c),
        pixels,
    }
}

/// What lies around each pixel: medians of cells, and of the cells about them.
struct Around(Array2<f32>);

impl Around {
    fn of(celsius: &Array2<f32>) -> Around {
        let (rows, columns) = celsius.dim();
        let cells = (rows.div_ceil(CELL), columns.div_ceil(CELL));
        let one = Array2::from_shape_fn(cells, |(r, c)| {
            let part = celsius
                .slice(ndarray::s![r * CELL..((r + 1) * CELL).min(rows), c * CELL..((c + 1) * CELL).min(columns)]);
            median(part.iter().copied())
        });
        Around(Array2::from_shape_fn(cells, |(r, c)| {
            let near = one.slice(ndarray::s![
                r.saturating_sub(REACH)..(r + REACH + 1).min(cells.0),
                c.saturating_sub(REACH)..(c + REACH + 1).min(cells.1)
            ]);
            median(near.iter().copied())
        }))
    }

    /// Median about a pixel (row, column).
    fn at(&self, (row, column): (usize, usize)) -> f32 {
        self.0[(row / CELL, column / CELL)]
    }
}

/// Median of what is a number; NaN of nothing.
fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.filter(|value| value.is_finite()).collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return f32::NAN;
    }
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// Groups of marked pixels, each at most `reach` columns and rows from another of its group.
fn joined(hot: &Array2<bool>, reach: usize) -> Vec<Vec<(usize, usize)>> {
    let (rows, columns) = hot.dim();
    let mut left = hot.clone();
    let mut groups = Vec::new();
    for start in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        if !std::mem::take(&mut left[start]) {
            continue;
        }
        let (mut group, mut next) = (vec![start], 0);
        while let Some(&(row, column)) = group.get(next) {
            next += 1;
            for r in row.saturating_sub(reach)..(row + reach + 1).min(rows) {
                for c in column.saturating_sub(reach)..(column + reach + 1).min(columns) {
                    if std::mem::take(&mut left[(r, c)]) {
                        group.push((r, c));
                    }
                }
            }
        }
        group.sort_unstable();
        groups.push(group.into_iter().map(|(row, column)| (column, row)).collect());
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(size: (usize, usize)) -> Thermal {
        Thermal { celsius: Array2::from_shape_fn(size, |(r, c)| 20.0 + ((r * 7 + c * 3) % 5) as f32) }
    }

    fn found(thermal: &Thermal) -> Vec<HotArea> {
        hot_areas(thermal, &DroneThresholds::default())
    }

    /// By hand: three pixels of 200, 300 and 400 C on a row.
    #[test]
    fn a_small_fire_by_hand() {
        let mut picture = field((128, 160));
        [200.0, 300.0, 400.0].into_iter().zip(70..).for_each(|(c, x)| picture.celsius[(50, x)] = c);
        let areas = found(&picture);
        assert_eq!(areas.len(), 1);
        let area = &areas[0];
        assert_eq!((area.max_c, area.mean_c, area.pixels.len()), (400.0, 300.0, 3));
        // weights 178, 278, 378 over 22 C
        assert!((area.centre.0 - (70.0 + (278.0 + 2.0 * 378.0) / 834.0)).abs() < 0.02 && area.centre.1 == 50.0);
        assert!(!area.is_capped && (area.around_c - 22.0).abs() < 1.5);
    }

    #[test]
    fn roofs_soil_and_dead_pixels_are_no_fire() {
        let mut picture = field((128, 128));
        for at in 0..900 {
            picture.celsius[(10 + at / 30, 10 + at % 30)] = 88.0;
        }
        picture.celsius[(90, 90)] = 500.0;
        picture.celsius[(100, 100)] = f32::NAN;
        assert!(found(&picture).is_empty());
        assert!(found(&Thermal { celsius: Array2::from_elem((64, 64), 65.0) }).is_empty());
    }

    /// Most of the picture burns: what lies around is no measure there.
    #[test]
    fn a_picture_full_of_fire_is_one() {
        let picture = Thermal { celsius: Array2::from_shape_fn((96, 96), |(r, _)| if r < 80 { 400.0 } else { 30.0 }) };
        let areas = found(&picture);
        assert_eq!((areas.len(), areas[0].pixels.len()), (1, 80 * 96));
        assert!(areas[0].is_capped);
    }

    #[test]
    fn nothing_measured_is_nothing_found() {
        assert!(found(&Thermal { celsius: Array2::from_elem((40, 40), f32::NAN) }).is_empty());
        assert!(found(&Thermal { celsius: Array2::zeros((0, 0)) }).is_empty());
        assert_eq!(found(&Thermal { celsius: Array2::from_elem((1, 3), 700.0) }).len(), 1);
    }
}
