//! Which of many places lie near one: by cells of a grid, so that no place meets all others.

use super::LonLat;
use crate::place::METRES_A_DEGREE;
use std::collections::BTreeMap;

/// Positions of a list of places, by cell. Nothing near is found across the antimeridian.
#[derive(Debug, Clone, Default)]
pub struct PlaceIndex {
    /// Side of a cell, degrees of latitude and (widened by the latitude of its row) of longitude.
    side_deg: f64,
    /// Positions by row and column, in the order of the list.
    cells: BTreeMap<(i32, i32), Vec<usize>>,
    places: Vec<LonLat>,
}

impl PlaceIndex {
    /// An index with cells of about this side (metres): the usual distance that is asked for.
    pub fn new(places: impl IntoIterator<Item = LonLat>, side_m: f64) -> Self {
        let mut index = PlaceIndex {
            side_deg: side_m.max(1.0) / METRES_A_DEGREE,
            places: places.into_iter().collect(),
            ..Self::default()
        };
        for (at, place) in index.places.iter().enumerate() {
            let row = row_of(place.lat(), index.side_deg);
            let cell = (row, column_of(place.lon(), row, index.side_deg));
            index.cells.entry(cell).or_default().push(at);
        }
        index
    }

    /// Positions of the places at most so far away (metres), each with its distance, in no order of use but always the same.
    pub fn near(&self, place: LonLat, reach_m: f64) -> impl Iterator<Item = (usize, f64)> + '_ {
        let up = (reach_m / METRES_A_DEGREE).min(180.0);
        let rows =
            row_of((place.lat() - up).max(-90.0), self.side_deg)..=row_of((place.lat() + up).min(90.0), self.side_deg);
        // the farther from the equator, the more degrees a metre is: the row's far edge counts
        let lat = (place.lat().abs() + up).min(89.0);
        let across = 1.01 * up / lat.to_radians().cos();
        let cells = rows.flat_map(move |row| {
            let column = |lon: f64| (row, column_of(lon, row, self.side_deg));
            self.cells.range(column(place.lon() - across)..=column(place.lon() + across))
        });
        let distance = move |&at: &usize| (at, self.places[at].distance_m(place));
        cells.flat_map(|(_, members)| members).map(distance).filter(move |(_, distance)| *distance <= reach_m)
    }

    /// The cells with their positions, from south-west.
    pub fn cells(&self) -> impl Iterator<Item = &[usize]> {
        self.cells.values().map(Vec::as_slice)
    }
}

fn row_of(lat: f64, side_deg: f64) -> i32 {
    (lat / side_deg).floor() as i32
}

/// All places of a row are counted by the same width, so that its columns are in the order of longitude.
fn column_of(lon: f64, row: i32, side_deg: f64) -> i32 {
    let lat = (f64::from(row) * side_deg).abs().min(89.0);
    (lon * lat.to_radians().cos() / side_deg).floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against every distance, one by one.
    #[test]
    fn what_is_near_is_what_all_distances_say() {
        let mut state = 7u64;
        let mut random = move |low: f64, high: f64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            low + (high - low) * ((state >> 33) as f64 / (1u64 << 31) as f64)
        };
        let places: Vec<LonLat> =
            (0..3000).map(|_| LonLat::new(random(101.9, 102.1), random(36.4, 36.6)).expect("valid")).collect();
        let index = PlaceIndex::new(places.iter().copied(), 700.0);
        let mut found = 0;
        for reach_m in [0.0, 150.0, 700.0, 5000.0] {
            for &asked in places.iter().step_by(97) {
                let mut near: Vec<usize> = index.near(asked, reach_m).map(|(at, _)| at).collect();
                near.sort_unstable();
                let all: Vec<usize> = (0..places.len()).filter(|&i| places[i].distance_m(asked) <= reach_m).collect();
                found += all.len();
                assert_eq!(near, all, "{reach_m} m around {asked:?}");
            }
        }
        assert!(found > 1000, "{found}");
        assert_eq!(index.cells().map(<[usize]>::len).sum::<usize>(), 3000);
    }
}
