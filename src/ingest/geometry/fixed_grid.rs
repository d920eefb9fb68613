//! Geostationary navigation: pixel to ground and back, pixel area, view angles.
//!
//! The line of sight is intersected with the ellipsoid in a frame whose x axis points from the earth's centre to
//! the satellite. For sweep Y this is CGMS 03 issue 2.8 section 4.4.3.2 (Himawari Standard Format user guide,
//! block 3), for sweep X the GOES-R Product Definition volume 3 section 5.1.2.8; they differ only in how the two
//! angles make a direction.

use crate::place::{LonLat, LonLatBox};
use crate::scene::{FixedGrid, Sweep, Window};

/// A vector in the satellite's frame (km): x to the satellite, y to the east, z to the north.
pub type Vector = [f64; 3];

/// Whether a grid from a file can be one: x grows to the east and y falls to the south over the earth's disk, seen from
/// about 42,164 km.
pub fn is_sound(grid: &FixedGrid) -> bool {
    // half the earth's disk is 0.152 radians wide
    let on_disk = |first: f64, step: f64, size: usize| first.abs() < 0.2 && (first + step * size as f64).abs() < 0.2;
    grid.dx > 0.0
        && grid.dy < 0.0
        && on_disk(grid.x0, grid.dx, grid.columns)
        && on_disk(grid.y0, grid.dy, grid.lines)
        && grid.sub_lon_deg.abs() <= 180.0
        && (40_000.0..=45_000.0).contains(&grid.distance_km)
        && (6_300.0..=6_400.0).contains(&grid.equatorial_km)
        && (6_300.0..=6_400.0).contains(&grid.polar_km)
}

/// Scan angles (radians, x east, y north) of a fractional column and line, counted from 0.
pub fn angles(grid: &FixedGrid, column: f64, line: f64) -> (f64, f64) {
    (grid.x0 + column * grid.dx, grid.y0 + line * grid.dy)
}

/// Sines and cosines of one scan angle, made once a row or column.
#[derive(Debug, Clone, Copy)]
pub struct AngleTrig {
    sin: f64,
    cos: f64,
}

impl AngleTrig {
    /// Of an angle in radians.
    pub fn of(angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        AngleTrig { sin, cos }
    }
}

/// Point of the ellipsoid (km, satellite frame) that the line of sight meets first; `None` past the earth.
pub fn ground(grid: &FixedGrid, x: AngleTrig, y: AngleTrig) -> Option<Vector> {
    let [dx, dy, dz] = match grid.sweep {
        Sweep::Y => [-x.cos * y.cos, x.sin * y.cos, y.sin],
        Sweep::X => [-x.cos * y.cos, x.sin, x.cos * y.sin],
    };
    let flattening = flattening_ratio(grid);
    let a = dx * dx + dy * dy + flattening * dz * dz;
    let half_b = grid.distance_km * dx;
    let c = grid.distance_km * grid.distance_km - grid.equatorial_km * grid.equatorial_km;
    let discriminant = half_b * half_b - a * c;
    if discriminant < 0.0 {
        return None;
    }
    let t = (-half_b - discriminant.sqrt()) / a;
    Some([grid.distance_km + t * dx, t * dy, t * dz])
}

/// req2/rpol2.
fn flattening_ratio(grid: &FixedGrid) -> f64 {
    (grid.equatorial_km / grid.polar_km).powi(2)
}

/// Outward unit normal of the ellipsoid at a ground point (satellite frame).
pub fn normal(grid: &FixedGrid, point: Vector) -> Vector {
    unit([point[0], point[1], point[2] * flattening_ratio(grid)])
}

/// Unit vector from a ground point to the satellite.
pub fn to_satellite(grid: &FixedGrid, point: Vector) -> Vector {
    unit([grid.distance_km - point[0], -point[1], -point[2]])
}

/// Geodetic place of a ground point.
pub fn place_of(grid: &FixedGrid, point: Vector) -> Option<LonLat> {
    let [nx, ny, nz] = normal(grid, point);
    let lat = nz.atan2(nx.hypot(ny)).to_degrees();
    let lon = ny.atan2(nx).to_degrees() + grid.sub_lon_deg;
    LonLat::new((lon + 540.0).rem_euclid(360.0) - 180.0, lat)
}

/// Place on the ellipsoid seen by a fractional column and line (from 0); `None` past the earth.
pub fn to_lonlat(grid: &FixedGrid, column: f64, line: f64) -> Option<LonLat> {
    let (x, y) = angles(grid, column, line);
    place_of(grid, ground(grid, AngleTrig::of(x), AngleTrig::of(y))?)
}

/// Fractional column and line (from 0) that see a place on the ellipsoid; `None` when it is over the horizon.
pub fn to_grid(grid: &FixedGrid, place: LonLat) -> Option<(f64, f64)> {
    let point = ground_point(grid, place);
    point_to_grid(grid, point, normal(grid, point))
}

/// The same of a point (km, satellite frame) over or under the ellipsoid, with the normal of its place.
pub fn point_to_grid(grid: &FixedGrid, point: Vector, normal: Vector) -> Option<(f64, f64)> {
    let sight = to_satellite(grid, point);
    if dot(normal, sight) <= 0.0 {
        return None;
    }
    // the sight vector points up to the satellite: the scan angles belong to its opposite
    let (down, east, north) = (sight[0], -sight[1], -sight[2]);
    let (x, y) = match grid.sweep {
        Sweep::Y => (east.atan2(down), north.asin()),
        Sweep::X => (east.asin(), north.atan2(down)),
    };
    Some(((x - grid.x0) / grid.dx, (y - grid.y0) / grid.dy))
}

/// Ground point (km, satellite frame) of a place on the ellipsoid.
pub fn ground_point(grid: &FixedGrid, place: LonLat) -> Vector {
    let (sin_lat, cos_lat) = place.lat().to_radians().sin_cos();
    let (sin_lon, cos_lon) = (place.lon() - grid.sub_lon_deg).to_radians().sin_cos();
    let (a2, b2) = (grid.equatorial_km.powi(2), grid.polar_km.powi(2));
    let root = (a2 * cos_lat * cos_lat + b2 * sin_lat * sin_lat).sqrt();
    [a2 * cos_lat * cos_lon / root, a2 * cos_lat * sin_lon / root, b2 * sin_lat / root]
}

/// A pixel's extent on the ellipsoid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Footprint {
    /// Length along a line (west to east at the sub-satellite point), km.
    pub across_km: f64,
    /// Length along a column, km.
    pub along_km: f64,
    /// Area, km2: the two sides are not at right angles far from the sub-satellite point.
    pub area_km2: f64,
}

/// Footprint of the pixel around a column and line, by differences over half a pixel each way. `None` where an edge
/// looks past the earth.
pub fn footprint(grid: &FixedGrid, column: f64, line: f64) -> Option<Footprint> {
    let at = |c: f64, l: f64| {
        let (x, y) = angles(grid, c, l);
        ground(grid, AngleTrig::of(x), AngleTrig::of(y))
    };
    let across = difference(at(column + 0.5, line)?, at(column - 0.5, line)?);
    let along = difference(at(column, line + 0.5)?, at(column, line - 0.5)?);
    Some(Footprint { across_km: norm(across), along_km: norm(along), area_km2: norm(cross(across, along)) })
}

/// Corners of a pixel on the ellipsoid, counter-clockwise as seen from above; `None` where one is past the earth.
pub fn corners(grid: &FixedGrid, column: f64, line: f64) -> Option<[LonLat; 4]> {
    let corner = |x: f64, y: f64| to_lonlat(grid, column + x, line + y);
    Some([corner(-0.5, 0.5)?, corner(0.5, 0.5)?, corner(0.5, -0.5)?, corner(-0.5, -0.5)?])
}

/// Cosine of the view zenith angle of a pixel; `None` past the earth.
pub fn cos_view(grid: &FixedGrid, column: f64, line: f64) -> Option<f64> {
    let (x, y) = angles(grid, column, line);
    let point = ground(grid, AngleTrig::of(x), AngleTrig::of(y))?;
    Some(dot(normal(grid, point), to_satellite(grid, point)))
}

/// Metres to the east and to the north that the place of a pixel lies further on, towards the satellite, for each metre
/// that its ground is higher: the tangent of the view zenith in the direction of the satellite (ALGORITHMS 8.3). `None`
/// past the earth.
pub fn shift_by_height(grid: &FixedGrid, column: f64, line: f64) -> Option<[f64; 2]> {
    let (x, y) = angles(grid, column, line);
    let point = ground(grid, AngleTrig::of(x), AngleTrig::of(y))?;
    let (up, sight) = (normal(grid, point), to_satellite(grid, point));
    let east = unit([-up[1], up[0], 0.0]);
    Some([dot(sight, east) / dot(sight, up), dot(sight, cross(up, east)) / dot(sight, up)])
}

/// Window of the grid that holds a box with `halo` pixels around it; `None` when the grid does not see the box.
pub fn window_of(grid: &FixedGrid, area: &LonLatBox, halo: usize) -> Option<Window> {
    let steps = 16;
    let mut bounds: Option<[f64; 4]> = None;
    for i in 0..=steps {
        for j in 0..=steps {
            let lon = area.west + (area.east - area.west) * f64::from(i) / f64::from(steps);
            let lat = area.south + (area.north - area.south) * f64::from(j) / f64::from(steps);
            let Some((column, line)) = LonLat::new(lon, lat).and_then(|place| to_grid(grid, place)) else {
                continue;
            };
            let b = bounds.get_or_insert([column, column, line, line]);
            *b = [b[0].min(column), b[1].max(column), b[2].min(line), b[3].max(line)];
        }
    }
    let [left, right, top, bottom] = bounds?;
    let (column0, column1) = clip(left, right, halo, grid.columns)?;
    let (line0, line1) = clip(top, bottom, halo, grid.lines)?;
    Some(Window { line0, column0, lines: line1 - line0, columns: column1 - column0 })
}

/// Half-open range of whole pixels around `low..high` with a halo, inside `0..size`; `None` when none of the
/// range itself (without the halo) is inside.
fn clip(low: f64, high: f64, halo: usize, size: usize) -> Option<(usize, usize)> {
    if high < -0.5 || low > size as f64 - 0.5 {
        return None;
    }
    let first = (low.round() - halo as f64).max(0.0) as usize;
    let end = (high.round() + halo as f64 + 1.0).clamp(0.0, size as f64) as usize;
    (first < end).then_some((first, end))
}

/// Scalar product.
pub fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn difference(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn norm(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

fn unit(a: Vector) -> Vector {
    let length = norm(a);
    [a[0] / length, a[1] / length, a[2] / length]
}

/// AHI's 2 km grid as its header gives it (CFAC 20466275, COFF 2750.5, sub-longitude 140.7 E), for what comes without one.
pub fn himawari() -> FixedGrid {
    let step = (65_536.0 / 20_466_275.0_f64).to_radians();
    FixedGrid {
        sub_lon_deg: 140.7,
        distance_km: 42_164.0,
        equatorial_km: 6378.137,
        polar_km: 6356.7523,
        sweep: crate::scene::Sweep::Y,
        x0: (1.0 - 2750.5) * step,
        dx: step,
        y0: (2750.5 - 1.0) * step,
        dy: -step,
        lines: 5500,
        columns: 5500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of ALGORITHMS 8.2 (columns and lines there count from 1).
    #[test]
    fn haidong_is_where_the_published_vectors_put_it() {
        for (lon, lat, column, line) in
            [(102.1, 36.5, 1252.085, 992.919), (102.41, 36.47, 1260.913, 993.224), (102.49, 35.85, 1250.414, 1017.394)]
        {
            let (c, l) = to_grid(&himawari(), LonLat::new(lon, lat).expect("on earth")).expect("visible");
            assert!((c + 1.0 - column).abs() < 6e-4 && (l + 1.0 - line).abs() < 6e-4, "{lon} {lat}: {c} {l}");
        }
    }

    #[test]
    fn round_trip_is_exact_to_a_billionth_of_a_degree() {
        for sweep in [Sweep::X, Sweep::Y] {
            let grid = FixedGrid { sweep, ..himawari() };
            for (lon, lat) in [(102.1, 36.5), (140.7, 0.0), (-170.0, -40.0), (90.0, 20.0)] {
                let place = LonLat::new(lon, lat).expect("on earth");
                let (c, l) = to_grid(&grid, place).expect("visible");
                let back = to_lonlat(&grid, c, l).expect("on earth");
                assert!((back.lon() - lon).abs() < 1e-9 && (back.lat() - lat).abs() < 1e-9);
            }
        }
    }

    /// ALGORITHMS 4.0 and 6.3: about 8.8 km2 and a view zenith of 58.5 degrees at Haidong.
    #[test]
    fn pixel_area_and_view_zenith_at_haidong() {
        let grid = himawari();
        let place = LonLat::new(102.1, 36.5).expect("on earth");
        let (c, l) = to_grid(&grid, place).expect("visible");
        let pixel = footprint(&grid, c, l).expect("on earth");
        assert!((pixel.area_km2 - 8.8).abs() < 0.1, "{pixel:?}");
        assert!(pixel.across_km * pixel.along_km >= pixel.area_km2);
        let point = ground_point(&grid, place);
        let zenith = dot(normal(&grid, point), to_satellite(&grid, point)).acos().to_degrees();
        assert!((zenith - 58.5).abs() < 0.1, "{zenith}");
    }

    /// ALGORITHMS 8.3: under Himawari the ellipsoid's place of ground at 3 km lies 2.92 km north and 3.92 km west of it;
    /// from 105 E 2.73 km north and 0.21 km west.
    #[test]
    fn higher_ground_lies_towards_the_satellite() {
        for (sub_lon_deg, east, north) in [(140.7, 3.92, -2.92), (105.0, 0.21, -2.73)] {
            let grid = FixedGrid { sub_lon_deg, ..himawari() };
            let (c, l) = to_grid(&grid, LonLat::new(102.1, 36.4).expect("on earth")).expect("visible");
            let [e, n] = shift_by_height(&grid, c, l).expect("on earth");
            assert!((3.0 * e - east).abs() < 0.06 && (3.0 * n - north).abs() < 0.06, "{sub_lon_deg}: {e} {n}");
        }
    }

    #[test]
    fn past_the_earth_is_nowhere() {
        assert!(to_lonlat(&himawari(), 0.0, 0.0).is_none());
        assert!(to_grid(&himawari(), LonLat::new(-40.0, 0.0).expect("on earth")).is_none());
        let america = LonLatBox { west: -60.0, south: -10.0, east: -50.0, north: 0.0 };
        assert!(window_of(&himawari(), &america, 16).is_none());
    }
}
