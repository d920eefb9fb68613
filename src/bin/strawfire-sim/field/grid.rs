//! Where the pixels of a scene lie: north up, square, in the metres of a UTM zone.

use crate::error::{Result, SimError, usage};
use gdal::errors::GdalError;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};

/// A grid of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Western edge of column 0 and northern edge of line 0, m.
    pub west_m: f64,
    pub north_m: f64,
    pub pixel_m: f64,
    pub lines: usize,
    pub columns: usize,
}

impl Grid {
    /// Easting and northing, m, of a point; whole numbers are the middles of pixels.
    pub fn at(&self, line: f64, column: f64) -> (f64, f64) {
        (self.west_m + (column + 0.5) * self.pixel_m, self.north_m - (line + 0.5) * self.pixel_m)
    }

    /// Line and column of a point; whole numbers are the middles of pixels.
    pub fn of(&self, (easting_m, northing_m): (f64, f64)) -> (f64, f64) {
        ((self.north_m - northing_m) / self.pixel_m - 0.5, (easting_m - self.west_m) / self.pixel_m - 0.5)
    }

    /// Whether a point lies on one of its pixels.
    pub fn holds(&self, point: (f64, f64)) -> bool {
        let (line, column) = self.of(point);
        let within = |at: f64, size: usize| at >= -0.5 && at < size as f64 - 0.5;
        within(line, self.lines) && within(column, self.columns)
    }

    /// The same ground in pixels of another size, a whole number of which fill it.
    pub fn with_pixels(&self, pixel_m: f64) -> Grid {
        let count = |pixels: usize| (pixels as f64 * self.pixel_m / pixel_m).round() as usize;
        Grid { pixel_m, lines: count(self.lines), columns: count(self.columns), ..*self }
    }

    /// Its middle, m.
    pub fn middle(&self) -> (f64, f64) {
        self.at((self.lines as f64 - 1.0) / 2.0, (self.columns as f64 - 1.0) / 2.0)
    }

    /// Corners from the north-west clockwise, m: of the whole, or `inset_m` further in.
    pub fn corners(&self, inset_m: f64) -> [(f64, f64); 4] {
        let (west, north) = (self.west_m + inset_m, self.north_m - inset_m);
        let east = self.west_m + self.columns as f64 * self.pixel_m - inset_m;
        let south = self.north_m - self.lines as f64 * self.pixel_m + inset_m;
        [(west, north), (east, north), (east, south), (west, south)]
    }
}

/// From places to the metres of a projection and back. Belongs to one thread.
pub struct Projection {
    to_place: CoordTransform,
    to_map: CoordTransform,
}

impl Projection {
    /// Of a coordinate system.
    pub fn of(system: &SpatialRef) -> Result<Projection> {
        let made = || -> std::result::Result<Projection, GdalError> {
            let traditional = |mut system: SpatialRef| {
                system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
                system
            };
            let wgs84 = traditional(SpatialRef::from_epsg(4326)?);
            let system = traditional(system.clone());
            Ok(Projection {
                to_place: CoordTransform::new(&system, &wgs84)?,
                to_map: CoordTransform::new(&wgs84, &system)?,
            })
        };
        made().map_err(|error| unknown_system(&error))
    }

    /// Easting and northing, m, of a place in degrees; `None` where the projection has none.
    pub fn map(&self, lon: f64, lat: f64) -> Option<(f64, f64)> {
        through(&self.to_map, lon, lat)
    }

    /// Longitude and latitude, degrees, of a point in metres.
    pub fn place(&self, (easting_m, northing_m): (f64, f64)) -> Option<(f64, f64)> {
        through(&self.to_place, easting_m, northing_m)
    }
}

fn through(transform: &CoordTransform, x: f64, y: f64) -> Option<(f64, f64)> {
    let (mut x, mut y) = ([x], [y]);
    transform.transform_coords(&mut x, &mut y, &mut []).ok()?;
    (x[0].is_finite() && y[0].is_finite()).then_some((x[0], y[0]))
}

/// Number of the UTM zone of a longitude.
pub fn zone_of(lon: f64) -> u8 {
    (((lon + 180.0) / 6.0).floor() as i64).rem_euclid(60) as u8 + 1
}

/// The system of a zone of the northern half.
pub fn utm(zone: u8) -> Result<SpatialRef> {
    if !(1..=60).contains(&zone) {
        return Err(usage(
            format!("--zone {zone}"),
            "a UTM zone from 1 to 60",
            "leave it out, or write it like --zone 48",
        ));
    }
    SpatialRef::from_epsg(32_600 + u32::from(zone)).map_err(|error| unknown_system(&error))
}

fn unknown_system(error: &GdalError) -> SimError {
    usage(
        format!("a coordinate system that PROJ does not know ({error})"),
        "UTM",
        "check that the data of PROJ are installed, or give another file",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { west_m: 361_185.0, north_m: 4_000_095.0, pixel_m: 30.0, lines: 100, columns: 80 };

    #[test]
    fn pixels_and_metres_go_both_ways() {
        assert_eq!(GRID.at(0.0, 0.0), (361_200.0, 4_000_080.0));
        assert_eq!(GRID.of(GRID.at(7.25, 11.5)), (7.25, 11.5));
        assert!(GRID.holds((361_186.0, 4_000_094.0)) && !GRID.holds((361_184.0, 4_000_094.0)));
        let fine = GRID.with_pixels(10.0);
        assert_eq!((fine.lines, fine.columns, fine.middle()), (300, 240, GRID.middle()));
        assert_eq!(GRID.corners(15.0)[2], GRID.at(99.0, 79.0));
    }

    /// gdaltransform: 499980 E 3100020 N of EPSG:32646 is 92.9997965 E 28.0254355 N.
    #[test]
    fn places_agree_with_an_outside_program() {
        let projection = Projection::of(&utm(46).expect("a zone")).expect("a projection");
        let (lon, lat) = projection.place((499_980.0, 3_100_020.0)).expect("a place");
        assert!((lon - 92.999_796_5).abs() < 1e-6 && (lat - 28.025_435_5).abs() < 1e-6, "{lon} {lat}");
        let (x, y) = projection.map(lon, lat).expect("a point");
        assert!((x - 499_980.0).abs() < 1e-3 && (y - 3_100_020.0).abs() < 1e-3);
    }

    #[test]
    fn haidong_lies_in_two_zones() {
        assert_eq!((zone_of(101.9), zone_of(102.1)), (47, 48));
        assert!(utm(0).is_err() && utm(61).is_err());
    }
}
