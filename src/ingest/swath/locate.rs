//! Where a site lies in a swath.

use super::Part;
use crate::error::{Error, Result};
use crate::ingest::hdf5::Variable;
use crate::place::LonLatBox;
use ndarray::Array2;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The smallest part of a granule that holds every pixel of `area`. All latitudes are read; longitudes only of the
/// chunks that have a latitude inside.
///
/// # Errors
/// When the arrays cannot be read, or hold no place at all: a satellite that does not see the site has places elsewhere.
pub(crate) fn locate(lat: &Variable, lon: &Variable, path: &Path, area: &LonLatBox) -> Result<Option<Part>> {
    let (lines, columns) = lat.shape();
    let (down, across) = lat.chunk_shape();
    let in_latitude = |value: &f32| (area.south..=area.north).contains(&f64::from(*value));
    let near = Mutex::new(BTreeSet::new());
    let is_somewhere = AtomicBool::new(false);
    // nothing is kept of the values: an array of units costs no memory
    let mut nothing = Array2::from_elem((lines, columns), ());
    lat.fill::<f32, ()>(0, (0, 0), nothing.view_mut(), |(line, first), row, _| {
        if !is_somewhere.load(Ordering::Relaxed) && row.iter().any(is_latitude) {
            is_somewhere.store(true, Ordering::Relaxed);
        }
        if row.iter().any(in_latitude)
            && let Ok(mut near) = near.lock()
        {
            near.insert((line / down, first / across));
        }
    })?;
    if !is_somewhere.into_inner() {
        return Err(no_place(path));
    }
    let near: Vec<(usize, usize)> = near.into_inner().map(|set| set.into_iter().collect()).unwrap_or_default();
    let parts: Vec<(bool, Option<Part>)> = near
        .par_iter()
        .map(|(i, j)| {
            let lines = i * down..((i + 1) * down).min(lines);
            let columns = j * across..((j + 1) * across).min(columns);
            let (lats, lons) = (
                lat.window::<f32>(lines.clone(), columns.clone())?,
                lon.window::<f32>(lines.clone(), columns.clone())?,
            );
            let part = part_inside(&lats, &lons, area).map(|part| Part {
                lines: part.lines.start + lines.start..part.lines.end + lines.start,
                columns: part.columns.start + columns.start..part.columns.end + columns.start,
            });
            Ok((lons.iter().any(is_longitude), part))
        })
        .collect::<Result<_>>()?;
    if !parts.is_empty() && !parts.iter().any(|(is_somewhere, _)| *is_somewhere) {
        return Err(no_place(path));
    }
    Ok(parts.into_iter().filter_map(|(_, part)| part).reduce(|a, b| a.with(&b)))
}

/// The same of places that are in memory.
///
/// # Errors
/// When there is no place among them.
pub(crate) fn locate_in(lats: &Array2<f32>, lons: &Array2<f32>, path: &Path, area: &LonLatBox) -> Result<Option<Part>> {
    if !lats.iter().zip(lons).any(|(lat, lon)| is_latitude(lat) && is_longitude(lon)) {
        return Err(no_place(path));
    }
    Ok(part_inside(lats, lons, area))
}

fn is_latitude(degrees: &f32) -> bool {
    degrees.abs() <= 90.0
}

fn is_longitude(degrees: &f32) -> bool {
    degrees.abs() <= 180.0
}

fn no_place(path: &Path) -> Error {
    Error::input(path, "no valid place in it", "latitudes and longitudes", "fetch its geolocation again")
}

/// The smallest part that holds every pixel of an area.
fn part_inside(lats: &Array2<f32>, lons: &Array2<f32>, area: &LonLatBox) -> Option<Part> {
    let inside = |((_, lat), lon): &(((usize, usize), &f32), &f32)| {
        (area.south..=area.north).contains(&f64::from(**lat)) && (area.west..=area.east).contains(&f64::from(**lon))
    };
    lats.indexed_iter().zip(lons).filter(inside).fold(None, |part: Option<Part>, (((line, column), _), _)| {
        let one = Part { lines: line..line + 1, columns: column..column + 1 };
        Some(part.map_or(one.clone(), |part| part.with(&one)))
    })
}

impl Part {
    /// The smallest part that holds both.
    pub(crate) fn with(&self, other: &Part) -> Part {
        let both = |a: &std::ops::Range<usize>, b: &std::ops::Range<usize>| a.start.min(b.start)..a.end.max(b.end);
        Part { lines: both(&self.lines, &other.lines), columns: both(&self.columns, &other.columns) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: a swath of one degree a pixel, seen from the top left corner at 100 E 40 N.
    #[test]
    fn the_part_holds_the_area_and_nothing_else() {
        let lats = Array2::from_shape_fn((10, 12), |(l, _)| 40.0 - l as f32);
        let lons = Array2::from_shape_fn((10, 12), |(_, c)| 100.0 + c as f32);
        let area = LonLatBox { west: 101.5, south: 34.5, east: 104.5, north: 36.5 };
        assert_eq!(part_inside(&lats, &lons, &area), Some(Part { lines: 4..6, columns: 2..5 }));
        let away = LonLatBox { west: -101.5, south: 34.5, east: -100.0, north: 36.5 };
        assert_eq!(part_inside(&lats, &lons, &away), None);
        assert_eq!(locate_in(&lats, &lons, Path::new("g"), &away).expect("places"), None);
        let fill = lats.map(|_| -999.9);
        for (lats, lons) in [(&fill, &lons), (&lats, &fill)] {
            let error = locate_in(lats, lons, Path::new("g"), &area).expect_err("no place").to_string();
            assert!(error.contains("no valid place in it"), "{error}");
        }
    }
}
