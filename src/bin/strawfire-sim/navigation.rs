//! Where a geostationary pixel lies on the ellipsoid, by intersecting the line of sight with it, and where a place at a
//! height appears.
//!
//! One vector routine serves both conventions of scan angle. Angles are radians, lengths kilometres.

/// Which mirror moves first: it decides what the two scan angles mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// GOES ABI: x is the outer rotation, y grows to the north.
    X,
    /// Himawari and the CGMS normalised projection: y is the outer rotation and grows to the south.
    Y,
}

/// The satellite and the ellipsoid it looks at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub sub_lon_deg: f64,
    /// Distance from the Earth's centre, km.
    pub distance_km: f64,
    pub equatorial_km: f64,
    pub polar_km: f64,
    pub sweep: Sweep,
}

impl View {
    /// The normalised projection (ALGORITHMS 8.2): 42164 km, 6378.137 and 6356.7523 km [M].
    pub fn normalised(sub_lon_deg: f64) -> Self {
        View { sub_lon_deg, distance_km: 42_164.0, equatorial_km: 6378.137, polar_km: 6356.7523, sweep: Sweep::Y }
    }

    fn direction(&self, x: f64, y: f64) -> [f64; 3] {
        match self.sweep {
            Sweep::X => [-x.cos() * y.cos(), x.sin(), x.cos() * y.sin()],
            Sweep::Y => [-x.cos() * y.cos(), x.sin() * y.cos(), -y.sin()],
        }
    }

    /// Leading coefficient, half the linear one and the discriminant of the intersection with the ellipsoid raised by so
    /// many km.
    fn quadratic(&self, d: [f64; 3], raised_km: f64) -> (f64, f64, f64) {
        let equatorial = self.equatorial_km + raised_km;
        let squash = (equatorial / (self.polar_km + raised_km)).powi(2);
        let a = d[0] * d[0] + d[1] * d[1] + squash * d[2] * d[2];
        let half_b = self.distance_km * d[0];
        let c = self.distance_km * self.distance_km - equatorial * equatorial;
        (a, half_b, half_b * half_b - a * c)
    }

    /// Whether the line of sight meets the Earth.
    pub fn sees_earth(&self, x: f64, y: f64) -> bool {
        self.quadratic(self.direction(x, y), 0.0).2 > 0.0
    }

    /// The surface point on a line of sight, km from the Earth's centre, in the satellite's meridian frame.
    pub fn point(&self, x: f64, y: f64) -> Option<[f64; 3]> {
        self.point_at(x, y, 0.0)
    }

    /// The point on a line of sight about so many km above the surface.
    pub fn point_at(&self, x: f64, y: f64, raised_km: f64) -> Option<[f64; 3]> {
        let d = self.direction(x, y);
        let (a, half_b, discriminant) = self.quadratic(d, raised_km);
        if discriminant <= 0.0 {
            return None;
        }
        let range = (-half_b - discriminant.sqrt()) / a;
        Some([self.distance_km + range * d[0], range * d[1], range * d[2]])
    }

    /// Longitude and latitude (degrees) seen at scan angles, or `None` off the Earth.
    pub fn lon_lat(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let p = self.point(x, y)?;
        let squash = (self.equatorial_km / self.polar_km).powi(2);
        let lat = (squash * p[2] / p[0].hypot(p[1])).atan();
        let lon = self.sub_lon_deg + p[1].atan2(p[0]).to_degrees();
        Some((wrap(lon), lat.to_degrees()))
    }

    /// A place and its height above the ellipsoid as km from the Earth's centre, in the satellite's meridian frame.
    pub fn cartesian(&self, lon_deg: f64, lat_deg: f64, height_km: f64) -> [f64; 3] {
        let ratio = (self.polar_km / self.equatorial_km).powi(2);
        let (sin, cos) = lat_deg.to_radians().sin_cos();
        // Radius of curvature in the prime vertical.
        let n = self.equatorial_km / (cos * cos + ratio * sin * sin).sqrt();
        let dlon = (lon_deg - self.sub_lon_deg).to_radians();
        let out = (n + height_km) * cos;
        [out * dlon.cos(), out * dlon.sin(), (n * ratio + height_km) * sin]
    }

    /// Longitude, latitude (degrees) and height (km) of a point near the surface: Bowring's formula, whose error stays
    /// under a millimetre there.
    pub fn geodetic(&self, p: [f64; 3]) -> (f64, f64, f64) {
        let (a, b) = (self.equatorial_km, self.polar_km);
        let out = p[0].hypot(p[1]);
        let (sin, cos) = (p[2] * a).atan2(out * b).sin_cos();
        let lat = (p[2] + (a * a - b * b) / b * sin.powi(3)).atan2(out - (a * a - b * b) / a * cos.powi(3));
        let (sin, cos) = lat.sin_cos();
        let n = a / (cos * cos + (b / a).powi(2) * sin * sin).sqrt();
        let height = out * cos + p[2] * sin - a * a / n;
        (wrap(self.sub_lon_deg + p[1].atan2(p[0]).to_degrees()), lat.to_degrees(), height)
    }

    /// The direction from a point to the satellite, of length one.
    pub fn towards_satellite(&self, p: [f64; 3]) -> [f64; 3] {
        let to = [self.distance_km - p[0], -p[1], -p[2]];
        let length = (to[0] * to[0] + to[1] * to[1] + to[2] * to[2]).sqrt();
        to.map(|part| part / length)
    }

    /// Scan angles of a place at a height above the ellipsoid, or `None` where it lies beyond the horizon.
    pub fn scan_angles(&self, lon_deg: f64, lat_deg: f64, height_km: f64) -> Option<(f64, f64)> {
        let p = self.cartesian(lon_deg, lat_deg, height_km);
        let (sin, cos) = lat_deg.to_radians().sin_cos();
        let dlon = (lon_deg - self.sub_lon_deg).to_radians();
        let to = [p[0] - self.distance_km, p[1], p[2]];
        let up_dot = to[0] * cos * dlon.cos() + to[1] * cos * dlon.sin() + to[2] * sin;
        if up_dot >= 0.0 {
            return None;
        }
        let length = (to[0] * to[0] + to[1] * to[1] + to[2] * to[2]).sqrt();
        Some(match self.sweep {
            Sweep::X => ((to[1] / length).asin(), to[2].atan2(-to[0])),
            Sweep::Y => (to[1].atan2(-to[0]), (-to[2] / length).asin()),
        })
    }

    /// Area (m2) of a cell of scan angles `dx` by `dy` centred on (x, y), by finite differences.
    pub fn cell_area_m2(&self, x: f64, y: f64, dx: f64, dy: f64) -> Option<f64> {
        let along = difference(self.point(x + dx / 2.0, y)?, self.point(x - dx / 2.0, y)?);
        let down = difference(self.point(x, y + dy / 2.0)?, self.point(x, y - dy / 2.0)?);
        let cross = [
            along[1] * down[2] - along[2] * down[1],
            along[2] * down[0] - along[0] * down[2],
            along[0] * down[1] - along[1] * down[0],
        ];
        let km2 = (cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2]).sqrt();
        Some(km2 * 1e6)
    }
}

fn difference(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn wrap(lon_deg: f64) -> f64 {
    (lon_deg + 180.0).rem_euclid(360.0) - 180.0
}

/// A full-disk grid of the CGMS kind: column = COFF + degrees * CFAC / 2^16, counted from 1.
#[derive(Clone, Copy, Debug)]
pub struct DiskGrid {
    pub view: View,
    pub factor: f64,
    pub offset: f64,
}

impl DiskGrid {
    /// The Himawari grid whose pixels are `fineness` times finer than 2 km (1, 2 or 4) [M; read block 3].
    pub fn himawari(fineness: usize) -> Self {
        let (factor, offset) = match fineness {
            4 => (81_865_099.0, 11_000.5),
            2 => (40_932_549.0, 5500.5),
            _ => (20_466_275.0, 2750.5),
        };
        DiskGrid { view: View::normalised(140.7), factor, offset }
    }

    /// The grid whose pixels are so many times finer and nest in those of this one.
    pub fn finer(&self, times: usize) -> Self {
        let times = times as f64;
        // The edge of the disk stays where it is: half a pixel before the centre of pixel 1.
        DiskGrid { factor: self.factor * times, offset: (self.offset - 0.5) * times + 0.5, ..*self }
    }

    /// Scan angle (radians) of one pixel step.
    pub fn step(&self) -> f64 {
        (65_536.0 / self.factor).to_radians()
    }

    /// Scan angle of a 0-based fractional column or line.
    pub fn angle(&self, place0: f64) -> f64 {
        (place0 + 1.0 - self.offset) * self.step()
    }

    /// 0-based fractional (column, line) of a place on the ellipsoid.
    pub fn locate(&self, lon_deg: f64, lat_deg: f64) -> Option<(f64, f64)> {
        self.locate_at(lon_deg, lat_deg, 0.0)
    }

    /// 0-based fractional (column, line) of a place at a height above the ellipsoid.
    pub fn locate_at(&self, lon_deg: f64, lat_deg: f64, height_km: f64) -> Option<(f64, f64)> {
        let (x, y) = self.view.scan_angles(lon_deg, lat_deg, height_km)?;
        let place = |angle: f64| angle / self.step() + self.offset - 1.0;
        Some((place(x), place(y)))
    }

    /// Place at a 0-based fractional (column, line).
    pub fn lon_lat(&self, col0: f64, line0: f64) -> Option<(f64, f64)> {
        self.view.lon_lat(self.angle(col0), self.angle(line0))
    }

    /// Area (m2) of the pixel round a 0-based place.
    pub fn pixel_area_m2(&self, col0: f64, line0: f64) -> Option<f64> {
        let step = self.step();
        self.view.cell_area_m2(self.angle(col0), self.angle(line0), step, step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ALGORITHMS 8.2 (columns and lines there count from 1).
    #[test]
    fn himawari_vectors() {
        let grid = DiskGrid::himawari(1);
        for (lon, lat, col, line) in
            [(102.1, 36.5, 1252.085, 992.919), (102.41, 36.47, 1260.913, 993.224), (102.49, 35.85, 1250.414, 1017.394)]
        {
            let (c, l) = grid.locate(lon, lat).expect("visible");
            assert!((c + 1.0 - col).abs() < 6e-4 && (l + 1.0 - line).abs() < 6e-4, "{c} {l}");
            let (lon2, lat2) = grid.lon_lat(c, l).expect("on the Earth");
            assert!((lon2 - lon).abs() < 1e-9 && (lat2 - lat).abs() < 1e-9);
        }
    }

    #[test]
    fn places_with_heights_come_back() {
        let view = View::normalised(140.7);
        for (lon, lat, km) in [(102.1, 36.5, 0.0), (103.6, 35.0, 4.4), (-171.0, -62.0, 2.5), (140.7, 0.0, 1.0)] {
            let (lon2, lat2, km2) = view.geodetic(view.cartesian(lon, lat, km));
            assert!((lon2 - lon).abs() < 1e-9 && (lat2 - lat).abs() < 1e-8 && (km2 - km).abs() < 1e-6, "{lon2} {lat2}");
        }
    }

    #[test]
    fn himawari_pixel_at_haidong_is_8_8_km2() {
        let grid = DiskGrid::himawari(1);
        let (c, l) = grid.locate(102.1, 36.5).expect("visible");
        let km2 = grid.pixel_area_m2(c, l).expect("on the Earth") / 1e6;
        assert!((km2 - 8.8).abs() < 0.1, "{km2}");
    }

    /// The worked example of the GOES-R product users' guide: x = -0.024052, y = 0.095340 from 75 W.
    #[test]
    fn goes_users_guide_example() {
        let view = View {
            sub_lon_deg: -75.0,
            distance_km: 42_164.16,
            equatorial_km: 6378.137,
            polar_km: 6_356.752_314_14,
            sweep: Sweep::X,
        };
        let (lon, lat) = view.lon_lat(-0.024052, 0.095340).expect("on the Earth");
        assert!((lon + 84.690932).abs() < 1e-5 && (lat - 33.846162).abs() < 1e-5, "{lon} {lat}");
        let (x, y) = view.scan_angles(lon, lat, 0.0).expect("visible");
        assert!((x + 0.024052).abs() < 1e-12 && (y - 0.095340).abs() < 1e-12);
    }

    #[test]
    fn space_and_the_far_side_are_not_seen() {
        let grid = DiskGrid::himawari(1);
        assert!(grid.lon_lat(0.0, 0.0).is_none());
        assert!(grid.locate(-40.0, 0.0).is_none());
    }
}
