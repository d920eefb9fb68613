//! The tiles of Sentinel-2: squares of 100 km of the military grid, with 9.8 km of their neighbours.

use super::grid::Grid;

/// Pixels of 10 m a side of a whole tile.
pub const WHOLE: usize = 10_980;
const SQUARE_M: f64 = 100_000.0;
/// Edges lie at multiples of this, so that pixels of 10, 20 and 60 m share them.
const EDGE_M: f64 = 60.0;

/// The tile that a point of a zone lies in, with pixels of 10 m.
pub fn around((easting_m, northing_m): (f64, f64)) -> Grid {
    let west = (easting_m / SQUARE_M).floor() * SQUARE_M;
    let north = ((northing_m / SQUARE_M).floor() + 1.0) * SQUARE_M;
    Grid {
        west_m: (west / EDGE_M).floor() * EDGE_M,
        north_m: (north / EDGE_M).ceil() * EDGE_M,
        pixel_m: 10.0,
        lines: WHOLE,
        columns: WHOLE,
    }
}

/// Its name, as `T48STF`, for a point of a zone of the northern half; `None` where the zone has no such square.
pub fn name(zone: u8, latitude: f64, (easting_m, northing_m): (f64, f64)) -> Option<String> {
    const BANDS: &[u8; 20] = b"CDEFGHJKLMNPQRSTUVWX";
    const COLUMNS: [&[u8; 8]; 3] = [b"STUVWXYZ", b"ABCDEFGH", b"JKLMNPQR"];
    const ROWS: &[u8; 20] = b"ABCDEFGHJKLMNPQRSTUV";
    let square = |metres: f64| (metres / SQUARE_M).floor() as i64;
    let band = BANDS.get(((latitude + 80.0) / 8.0).floor().clamp(0.0, 19.0) as usize)?;
    let column = usize::try_from(square(easting_m) - 1).ok()?;
    let column = COLUMNS[usize::from(zone) % 3].get(column)?;
    // rows of even zones begin with F
    let first = if zone.is_multiple_of(2) { 5 } else { 0 };
    let row = ROWS.get((square(northing_m) + first).rem_euclid(20) as usize)?;
    Some(format!("T{zone:02}{}{}{}", char::from(*band), char::from(*column), char::from(*row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T46RER of a real product has its north-western corner at 499980 E 3100020 N.
    #[test]
    fn tiles_are_those_of_real_products() {
        let inside = (540_000.0, 3_050_000.0);
        let grid = around(inside);
        assert_eq!((grid.west_m, grid.north_m, grid.columns), (499_980.0, 3_100_020.0, 10_980));
        assert_eq!(name(46, 27.6, inside).as_deref(), Some("T46RER"));
        // Ledu, 102.40 E 36.48 N
        assert_eq!(name(48, 36.48, (267_100.0, 4_040_300.0)).as_deref(), Some("T48STF"));
        assert_eq!(name(48, 36.48, (50_000.0, 4_040_300.0)), None);
    }
}
