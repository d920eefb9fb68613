//! Where a line of sight meets the land, and where a place on the land appears in the picture (ALGORITHMS 8.3).
//!
//! Places come from the lines of sight by marching down from above the highest land, so that the first ground that the
//! satellite meets is seen and the ground behind it is not. Fires go the other way, from their place and height to
//! scan angles. Clouds have no height of their own here: they lie on the ground that they are above.

use crate::ground::Setting;
use crate::heights::{self, Heights, TOP_M};
use crate::navigation::{DiskGrid, View};

/// Lines of sight are followed from this far above the ellipsoid, km.
const START_KM: f64 = TOP_M / 1e3 + 0.1;
/// Parts of the way down that are tried: some 90 m each at 58 degrees view zenith.
const PARTS: u32 = 96;
/// Steps from a fire towards the satellite, km.
const CLIMB_KM: f64 = 0.05;
/// Land this far above a line of sight hides what lies behind, m: less is the rounding of the lattice.
const HIDES_M: f64 = 1.0;

/// The first ground (longitude, latitude) on the line of sight through a 0-based place of the picture.
pub fn ground(heights: &Heights, grid: &DiskGrid, col0: f64, line0: f64) -> Option<(f64, f64)> {
    let way = Way::down(&grid.view, grid.angle(col0), grid.angle(line0))?;
    let above = |share: f64| {
        let [lon, lat, metres] = way.at(share);
        metres > heights.at(lon, lat)
    };
    let (mut high, mut low) = (0.0, 1.0);
    for part in 1..PARTS {
        let share = f64::from(part) / f64::from(PARTS);
        if !above(share) {
            low = share;
            break;
        }
        high = share;
    }
    for _ in 0..12 {
        let half = 0.5 * (high + low);
        if above(half) {
            high = half;
        } else {
            low = half;
        }
    }
    let [lon, lat, _] = way.at(low);
    Some((lon, lat))
}

/// The last stretch of a line of sight, from above all land to the ellipsoid: three points (degrees and metres) and the
/// parabola through them, which is true to a millimetre over these few kilometres.
struct Way {
    ends: [[f64; 3]; 3],
}

impl Way {
    fn down(view: &View, x: f64, y: f64) -> Option<Way> {
        let (from, to) = (view.point_at(x, y, START_KM)?, view.point(x, y)?);
        let middle = std::array::from_fn(|i| 0.5 * (from[i] + to[i]));
        let place = |p: [f64; 3]| {
            let (lon, lat, km) = view.geodetic(p);
            [lon, lat, km * 1e3]
        };
        Some(Way { ends: [place(from), place(middle), place(to)] })
    }

    fn at(&self, share: f64) -> [f64; 3] {
        let weights = [(1.0 - share) * (1.0 - 2.0 * share), 4.0 * share * (1.0 - share), share * (2.0 * share - 1.0)];
        std::array::from_fn(|i| self.ends.iter().zip(weights).map(|(end, weight)| weight * end[i]).sum())
    }
}

/// 0-based fractional (column, line) at which a place appears, or `None` beyond the horizon.
pub fn apparent(setting: &Setting, grid: &DiskGrid, lon: f64, lat: f64) -> Option<(f64, f64)> {
    if setting.flat {
        return grid.locate(lon, lat);
    }
    grid.locate_at(lon, lat, heights::height_m(setting, lon, lat) / 1e3)
}

/// The same, and `None` also where land lies between the place and the satellite.
pub fn seen(setting: &Setting, grid: &DiskGrid, lon: f64, lat: f64) -> Option<(f64, f64)> {
    let place = apparent(setting, grid, lon, lat)?;
    (setting.flat || !hidden(setting, &grid.view, lon, lat)).then_some(place)
}

/// Whether land lies between a place on the ground and the satellite.
fn hidden(setting: &Setting, view: &View, lon: f64, lat: f64) -> bool {
    let start = view.cartesian(lon, lat, heights::height_m(setting, lon, lat) / 1e3);
    let up = view.towards_satellite(start);
    (1..)
        .map(|step| CLIMB_KM * f64::from(step))
        .map(|way| view.geodetic(std::array::from_fn(|i| start[i] + way * up[i])))
        .take_while(|(_, _, km)| *km < START_KM)
        .any(|(lon, lat, km)| km * 1e3 + HIDES_M < heights::height_m(setting, lon, lat))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;

    fn land(shape: Shape) -> Setting {
        Setting::new(5, jiff::Timestamp::UNIX_EPOCH, 0.0).over(shape, false)
    }

    fn heights(setting: &Setting) -> Heights {
        Heights::new(setting, [101.0, 103.8, 34.8, 37.8])
    }

    /// Worked out apart from this code: 102.3 E 36.4 N at 2500 m from 140.7 E, counted from 1.
    #[test]
    fn a_plateau_moves_a_fire_north_west() {
        let grid = DiskGrid::himawari(1);
        let setting = land(Shape::Plateau);
        let (col, line) = seen(&setting, &grid, 102.3, 36.4).expect("seen");
        assert!((col + 1.0 - 1255.4283).abs() < 1e-3 && (line + 1.0 - 995.5181).abs() < 1e-3, "{col} {line}");
        let (lon, lat) = grid.lon_lat(col, line).expect("on the Earth");
        // 8.3: 4.07 km for 2500 m, to the north-west.
        let (east, north) = ((lon - 102.3) * 89.6, (lat - 36.4) * 111.0);
        assert!((east.hypot(north) - 4.07).abs() < 0.05 && east < -3.0 && north > 2.0, "{east} {north}");
        let flat = setting.over(Shape::Plateau, true);
        assert_eq!(apparent(&flat, &grid, 102.3, 36.4), grid.locate(102.3, 36.4));
    }

    /// The two directions are written apart: places from lines of sight must come back as they went, where seen.
    #[test]
    fn down_and_up_agree() {
        let grid = DiskGrid::himawari(1);
        for shape in [Shape::Haidong, Shape::Ridge, Shape::Valley, Shape::Terrace, Shape::Plateau] {
            let setting = land(shape);
            let heights = heights(&setting);
            for i in 0..400 {
                let (col, line) = (1245.0 + 0.07 * f64::from(i), 985.0 + 0.05 * f64::from(i % 97) * 5.0);
                let (lon, lat) = ground(&heights, &grid, col, line).expect("on the Earth");
                let (c, l) = seen(&setting, &grid, lon, lat).expect("what is met first is seen");
                assert!((c - col).abs() < 2e-3 && (l - line).abs() < 2e-3, "{shape:?} {c} {col} {l} {line}");
            }
        }
    }

    /// The satellite stands to the south-east: it does not see the west flank of a steep ridge, nor does any line of
    /// sight end there.
    #[test]
    fn a_ridge_hides_what_lies_behind() {
        let grid = DiskGrid::himawari(1);
        let setting = land(Shape::Ridge);
        let east_of_crest = |km: f64| 102.4 + km / 89.7;
        for (km, visible) in [(1.2, true), (4.0, true), (0.0, true), (-1.4, false), (-1.8, false), (-7.0, true)] {
            assert_eq!(seen(&setting, &grid, east_of_crest(km), 36.3).is_some(), visible, "{km}");
        }
        let heights = heights(&setting);
        let (first, line) = apparent(&setting, &grid, east_of_crest(-7.0), 36.3).expect("near side");
        for i in 0..600 {
            let (lon, _) = ground(&heights, &grid, first + 0.02 * f64::from(i), line).expect("on the Earth");
            let km = (lon - 102.4) * 89.7;
            assert!(!(-1.8..-1.3).contains(&km), "hidden ground at {km} km");
        }
    }
}
