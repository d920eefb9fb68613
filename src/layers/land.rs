//! Land or sea, at 1/120 degree, for everywhere: so that the sea is never counted as land that was looked at.
//!
//! The mask comes from the package global-land-mask 1.0.0 (MIT), made of the GLOBE 1 km elevation model. It knows the
//! sea only: lakes and rivers are land here and must be found by their colour or a layer of the site.

use crate::place::LonLat;

/// The packed mask, written by tools/make_land_mask.py.
static PACKED: &[u8] = include_bytes!("land.rle");
const ROWS: usize = 21_600;
const COLUMNS: usize = 43_200;
const PER_DEGREE: f64 = 120.0;
/// Magic and the two sizes.
const HEAD: usize = 5 + 4 + 4;
const EDGES: usize = HEAD + 4 * (ROWS + 1);
/// Points on a side of a cell of the overview.
const CELL: usize = 30;
const CELLS: usize = (ROWS / CELL) * (COLUMNS / CELL);

/// Whether a place is land.
pub fn is_land(place: LonLat) -> bool {
    // grid points are at the multiples of 1/120 degree from 90 N and 180 W; the nearest one counts
    let row = (((90.0 - place.lat()) * PER_DEGREE).round() as usize).min(ROWS - 1);
    let column = ((place.lon() + 180.0) * PER_DEGREE).round() as usize % COLUMNS;
    // most places lie in cells that are all land or all sea
    match PACKED[PACKED.len() - CELLS + row / CELL * (COLUMNS / CELL) + column / CELL] {
        0 => false,
        1 => true,
        _ => is_land_point(row, column),
    }
}

/// Whether an odd number of the row's edges lies at or before the column.
fn is_land_point(row: usize, column: usize) -> bool {
    let first = index(row);
    let (mut low, mut high) = (first, index(row + 1));
    while low < high {
        let middle = low.midpoint(high);
        if edge(middle) <= column { low = middle + 1 } else { high = middle }
    }
    (low - first) % 2 == 1
}

fn index(row: usize) -> usize {
    let at = HEAD + 4 * row;
    u32::from_le_bytes([PACKED[at], PACKED[at + 1], PACKED[at + 2], PACKED[at + 3]]) as usize
}

fn edge(i: usize) -> usize {
    let at = EDGES + 2 * i;
    usize::from(u16::from_le_bytes([PACKED[at], PACKED[at + 1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole() {
        assert_eq!(&PACKED[..5], b"LAND1");
        assert_eq!(PACKED.len(), EDGES + 2 * index(ROWS) + CELLS);
    }

    #[test]
    fn the_overview_agrees_with_the_points() {
        for i in 0..200_000usize {
            let (row, column) = (i * 7919 % ROWS, i * 104_729 % COLUMNS);
            let place =
                LonLat::new(column as f64 / PER_DEGREE - 180.0, 90.0 - row as f64 / PER_DEGREE).expect("on earth");
            assert_eq!(is_land(place), is_land_point(row, column), "{row} {column}");
        }
    }

    /// Places that anyone can look up on a map.
    #[test]
    fn land_and_sea_are_told_apart() {
        for (lon, lat, land) in [
            (102.1, 36.5, true),   // Haidong
            (-122.8, 38.7, true),  // Sonoma County
            (-130.0, 35.0, false), // Pacific
            (140.0, -25.0, true),  // Australia
            (179.9, 0.0, false),   // Pacific
            (-180.0, -89.9, true), // Antarctica
        ] {
            assert_eq!(is_land(LonLat::new(lon, lat).expect("on earth")), land, "{lon} {lat}");
        }
    }
}
