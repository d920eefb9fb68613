//! A raster file of a site, any format and coordinate system that GDAL knows: only the part over an area is read, no
//! finer than is of use.

mod codes;

use crate::error::{Error, Result};
use crate::place::METRES_A_DEGREE;
use crate::place::{LonLat, LonLatBox};
pub use codes::{CodeRaster, CodeWindow};
use gdal::Dataset;
use gdal::raster::ResampleAlg;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use ndarray::Array2;
use std::path::Path;

/// Values over an area, between which a place is looked up.
#[derive(Debug, Clone)]
pub struct Raster {
    /// Rows and columns as the file has them; NaN where it has no value.
    values: Array2<f32>,
    to_pixel: ToPixel,
    /// Side of a cell on the ground, metres.
    cell_m: f64,
}

/// From a place to fractional column and row, whole numbers at the middles of cells.
#[derive(Debug, Clone)]
enum ToPixel {
    /// column = a + b lon + c lat, row = d + e lon + f lat.
    Linear([f64; 6]),
    /// A projected raster: exact at nodes so many degrees apart, bilinear between (0.1 m off at most within 0.02
    /// degrees of any conformal projection).
    Nodes { west: f64, south: f64, at: Array2<[f64; 2]> },
}

/// Distance of the nodes, degrees.
const NODE_DEG: f64 = 0.02;

impl Raster {
    /// Reads the part of the first band over an area; cells smaller than `finest_m` are averaged to about that.
    ///
    /// # Errors
    /// [`Error::Input`] where GDAL cannot read it, it has no coordinate system or no cell over the area.
    pub fn read(path: &Path, area: &LonLatBox, finest_m: f64) -> Result<Raster> {
        let wrong = |found: String, expected: &str| wrong(path, found, expected);
        let gdal = |error: gdal::errors::GdalError| wrong(error.to_string(), "a raster that GDAL reads");
        let (data, whole) = open(path, area)?;
        let (columns, rows) = data.raster_size();
        let (column0, row0, width, height) = covered(&whole, area, (columns, rows)).ok_or_else(|| {
            let found = "no cell over the counties of the site".to_string();
            wrong(
                found,
                &format!("one that covers {:.2}-{:.2} E {:.2}-{:.2} N", area.west, area.east, area.south, area.north),
            )
        })?;
        let middle = LonLat::new((area.west + area.east) / 2.0, (area.south + area.north) / 2.0);
        let cell_m = middle.map_or(finest_m, |middle| whole.cell_m(middle));
        let fewer = (finest_m / cell_m).floor().max(1.0) as usize;
        let size = (width.div_ceil(fewer), height.div_ceil(fewer));
        let band = data.rasterband(1).map_err(gdal)?;
        let read = band
            .read_as::<f32>((column0 as isize, row0 as isize), (width, height), size, Some(ResampleAlg::Average))
            .map_err(gdal)?;
        let none = band.no_data_value().map(|value| value as f32);
        let (scale, offset) = (band.scale().unwrap_or(1.0) as f32, band.offset().unwrap_or(0.0) as f32);
        let value = |value: f32| if Some(value) == none { f32::NAN } else { value * scale + offset };
        let values = Array2::from_shape_vec((size.1, size.0), read.data().iter().copied().map(value).collect())
            .map_err(|error| wrong(error.to_string(), "as many values as cells"))?;
        let (across, down) = (width as f64 / size.0 as f64, height as f64 / size.1 as f64);
        let to_pixel = whole.within(column0 as f64, row0 as f64, across, down);
        Ok(Raster { values, to_pixel, cell_m: cell_m * across.max(down) })
    }

    /// Side of a cell on the ground, metres.
    pub fn cell_m(&self) -> f64 {
        self.cell_m
    }

    /// All values, in no order of use; NaN where there is none.
    pub fn values(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().copied()
    }

    /// The value at a place, bilinear between the middles of cells and level over the outer half of the outermost ones;
    /// `None` outside and beside a cell without a value.
    pub fn at(&self, place: LonLat) -> Option<f64> {
        let [column, row] = self.to_pixel.of(place)?;
        let (rows, columns) = self.values.dim();
        let bracket = |at: f64, size: usize| {
            if !(-0.5..=size as f64 - 0.5).contains(&at) {
                return None;
            }
            let at = at.clamp(0.0, (size - 1) as f64);
            let low = (at as usize).min(size.saturating_sub(2));
            Some((low, (low + 1).min(size - 1), at - low as f64))
        };
        let (c0, c1, x) = bracket(column, columns)?;
        let (r0, r1, y) = bracket(row, rows)?;
        let value = |r: usize, c: usize| f64::from(self.values[(r, c)]);
        let upper = value(r0, c0) * (1.0 - x) + value(r0, c1) * x;
        let lower = value(r1, c0) * (1.0 - x) + value(r1, c1) * x;
        let mixed = upper * (1.0 - y) + lower * y;
        mixed.is_finite().then_some(mixed)
    }
}

fn wrong(path: &Path, found: String, expected: &str) -> Error {
    Error::input(path, found, expected, "name another raster")
}

/// A raster file, and where places within an area lie in it.
fn open(path: &Path, area: &LonLatBox) -> Result<(Dataset, ToPixel)> {
    quiet_gdal();
    let wrong = |found: String, expected: &str| wrong(path, found, expected);
    let gdal = |error: gdal::errors::GdalError| wrong(error.to_string(), "a raster that GDAL reads");
    let data = Dataset::open(path).map_err(gdal)?;
    let transform = data.geo_transform().map_err(|_| {
        wrong("no geotransform".to_string(), "a raster that says where it lies (GeoTIFF with its tags)")
    })?;
    let system = data.spatial_ref().map_err(|_| {
        wrong("no coordinate system".to_string(), "a raster that says where it lies (GeoTIFF with its tags)")
    })?;
    let inverse = inverted(&transform)
        .ok_or_else(|| wrong(format!("geotransform {transform:?}"), "a geotransform that can be inverted"))?;
    let whole =
        if system.is_geographic() { ToPixel::Linear(inverse) } else { nodes(&system, &inverse, area).map_err(gdal)? };
    Ok((data, whole))
}

impl ToPixel {
    fn of(&self, place: LonLat) -> Option<[f64; 2]> {
        match self {
            ToPixel::Linear([a, b, c, d, e, f]) => {
                Some([a + b * place.lon() + c * place.lat(), d + e * place.lon() + f * place.lat()])
            }
            ToPixel::Nodes { west, south, at } => {
                let (rows, columns) = at.dim();
                let (x, y) = ((place.lon() - west) / NODE_DEG, (place.lat() - south) / NODE_DEG);
                if !(0.0..(columns - 1) as f64).contains(&x) || !(0.0..(rows - 1) as f64).contains(&y) {
                    return None;
                }
                let (c, r) = (x as usize, y as usize);
                let (x, y) = (x - c as f64, y - r as f64);
                let mix = |i: usize| {
                    let south = at[(r, c)][i] * (1.0 - x) + at[(r, c + 1)][i] * x;
                    let north = at[(r + 1, c)][i] * (1.0 - x) + at[(r + 1, c + 1)][i] * x;
                    south * (1.0 - y) + north * y
                };
                Some([mix(0), mix(1)])
            }
        }
    }

    /// Of the cells from a column and row of the file on, merged by so many.
    fn within(self, column0: f64, row0: f64, across: f64, down: f64) -> Self {
        // whole numbers are the middles of cells: half a cell more is their edge, from which merged cells count
        let column = |at: f64| (at + 0.5 - column0) / across - 0.5;
        let row = |at: f64| (at + 0.5 - row0) / down - 0.5;
        match self {
            ToPixel::Linear([a, b, c, d, e, f]) => {
                ToPixel::Linear([column(a), b / across, c / across, row(d), e / down, f / down])
            }
            ToPixel::Nodes { west, south, at } => {
                ToPixel::Nodes { west, south, at: at.mapv(|[c, r]| [column(c), row(r)]) }
            }
        }
    }

    /// Side of a cell of the file near a place, metres: the root of its area.
    fn cell_m(&self, place: LonLat) -> f64 {
        const STEP_DEG: f64 = 0.01;
        let moved = |east: f64, north: f64| {
            let beside = LonLat::new(place.lon() + east, place.lat() + north)?;
            let ([c0, r0], [c1, r1]) = (self.of(place)?, self.of(beside)?);
            Some([c1 - c0, r1 - r0])
        };
        let (Some(e), Some(n)) = (moved(STEP_DEG, 0.0), moved(0.0, STEP_DEG)) else { return 1.0 };
        let cells = (e[0] * n[1] - e[1] * n[0]).abs();
        let area = (STEP_DEG * METRES_A_DEGREE).powi(2) * place.lat().to_radians().cos();
        (area / cells.max(1e-12)).sqrt()
    }
}

/// From world to cells: the inverse of GDAL's geotransform, with whole numbers at the middles of cells.
fn inverted(t: &[f64; 6]) -> Option<[f64; 6]> {
    let determinant = t[1] * t[5] - t[2] * t[4];
    if determinant == 0.0 || !determinant.is_finite() {
        return None;
    }
    let (b, c) = (t[5] / determinant, -t[2] / determinant);
    let (e, f) = (-t[4] / determinant, t[1] / determinant);
    Some([-0.5 - b * t[0] - c * t[3], b, c, -0.5 - e * t[0] - f * t[3], e, f])
}

/// Nodes over an area, projected.
fn nodes(
    system: &SpatialRef,
    inverse: &[f64; 6],
    area: &LonLatBox,
) -> std::result::Result<ToPixel, gdal::errors::GdalError> {
    let mut wgs84 = SpatialRef::from_epsg(4326)?;
    wgs84.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let mut system = system.clone();
    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let project = CoordTransform::new(&wgs84, &system)?;
    let (west, south) = (area.west - NODE_DEG, area.south - NODE_DEG);
    let count = |from: f64, to: f64| ((to - from) / NODE_DEG).ceil() as usize + 3;
    let (rows, columns) = (count(south, area.north), count(west, area.east));
    let mut x: Vec<f64> = (0..rows * columns).map(|i| west + (i % columns) as f64 * NODE_DEG).collect();
    let mut y: Vec<f64> = (0..rows * columns).map(|i| south + (i / columns) as f64 * NODE_DEG).collect();
    project.transform_coords(&mut x, &mut y, &mut [])?;
    let [a, b, c, d, e, f] = *inverse;
    let at = Array2::from_shape_fn((rows, columns), |(row, column)| {
        let (x, y) = (x[row * columns + column], y[row * columns + column]);
        [a + b * x + c * y, d + e * x + f * y]
    });
    Ok(ToPixel::Nodes { west, south, at })
}

/// First column and row, width and height of the cells that an area needs, inside a raster; `None` where it has none.
fn covered(
    to_pixel: &ToPixel,
    area: &LonLatBox,
    (columns, rows): (usize, usize),
) -> Option<(usize, usize, usize, usize)> {
    const STEPS: usize = 16;
    let part = |from: f64, to: f64, i: usize| from + (to - from) * i as f64 / STEPS as f64;
    let points = (0..=STEPS).flat_map(|i| (0..=STEPS).map(move |j| (i, j)));
    let pixels = points
        .filter_map(|(i, j)| to_pixel.of(LonLat::new(part(area.west, area.east, i), part(area.south, area.north, j))?));
    let bounds = pixels.fold(None, |bounds: Option<[f64; 4]>, [c, r]| {
        let b = bounds.unwrap_or([c, c, r, r]);
        Some([b[0].min(c), b[1].max(c), b[2].min(r), b[3].max(r)])
    })?;
    let clip = |low: f64, high: f64, size: usize| {
        let first = (low.floor() - 1.0).clamp(0.0, size as f64) as usize;
        let end = (high.ceil() + 2.0).clamp(0.0, size as f64) as usize;
        (first < end).then(|| (first, end - first))
    };
    let (column0, width) = clip(bounds[0], bounds[1], columns)?;
    let (row0, height) = clip(bounds[2], bounds[3], rows)?;
    Some((column0, row0, width, height))
}

/// Sets GDAL up once: one thread a data set, a small cache (the default takes 5 % of the memory), and its messages
/// in our errors instead of on the terminal.
pub fn quiet_gdal() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        for (key, value) in [("GDAL_NUM_THREADS", "1"), ("GDAL_CACHEMAX", "64")] {
            if let Err(error) = gdal::config::set_config_option(key, value) {
                tracing::warn!("GDAL does not take {key}={value}: {error}");
            }
        }
        gdal::config::set_error_handler(|_, _, _| {});
    });
}
