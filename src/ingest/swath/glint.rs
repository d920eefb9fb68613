//! Sun, view and glint angles at the nodes of a swath's window.

use crate::ingest::geometry::sun::Sun;
use crate::place::LonLat;
use crate::scene::swath::Nodes;
use crate::time::Utc;
use ndarray::Array2;
use rayon::prelude::*;

/// Lines and columns between nodes. Within a scan the angles are smooth; where one scan follows another they jump by up
/// to 0.7 degrees at the swath's edge (bow-tie), which is spread over so many lines here.
pub(crate) const STEP: usize = 8;

/// Shape of the nodes over a window.
pub(crate) fn node_shape((lines, columns): (usize, usize)) -> (usize, usize) {
    (lines.div_ceil(STEP) + 1, columns.div_ceil(STEP) + 1)
}

/// Sun's zenith and azimuth at the nodes, degrees, by the almanac: good to 0.02 degrees, and never of another orbit.
pub(crate) fn sun_nodes(
    lon: &Array2<f32>,
    lat: &Array2<f32>,
    time_of_line: impl Fn(usize) -> Utc + Sync,
) -> (Nodes, Nodes) {
    let shape = lon.dim();
    let mut angles = Array2::from_elem(node_shape(shape), (f64::NAN, f64::NAN));
    angles.outer_iter_mut().into_par_iter().enumerate().for_each(|(i, mut row)| {
        let line = (i * STEP).min(shape.0.saturating_sub(1));
        let sun = Sun::at(time_of_line(line));
        for (j, angles) in row.iter_mut().enumerate() {
            let at = (line, (j * STEP).min(shape.1.saturating_sub(1)));
            if let Some(place) = LonLat::new(f64::from(lon[at]), f64::from(lat[at])) {
                *angles = sun.zenith_azimuth_deg(place);
            }
        }
    });
    let nodes = |pick: fn(&(f64, f64)) -> f64| Nodes { step: (STEP, STEP), values: angles.map(|a| pick(a) as f32) };
    (nodes(|a| a.0), nodes(|a| a.1))
}

/// Glint angle (degrees) from zenith and azimuth of sun and view, both azimuths from the pixel towards them:
/// cos(glint) = cos(view) cos(sun) - sin(view) sin(sun) cos(relative azimuth), ALGORITHMS 1.7.
pub(crate) fn glint_deg(sun: (f32, f32), view: (f32, f32)) -> f32 {
    let [(sun_zenith, sun_azimuth), (view_zenith, view_azimuth)] =
        [sun, view].map(|(zenith, azimuth)| (f64::from(zenith).to_radians(), f64::from(azimuth).to_radians()));
    let cosine = view_zenith.cos() * sun_zenith.cos()
        - view_zenith.sin() * sun_zenith.sin() * (view_azimuth - sun_azimuth).cos();
    cosine.clamp(-1.0, 1.0).acos().to_degrees() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Facing the mirror image (azimuths opposite) the angle is |view - sun|; with the sun behind, their sum
    /// (ALGORITHMS 1.7, the convention check).
    #[test]
    fn specular_geometry_has_no_glint_angle() {
        assert!((glint_deg((40.0, 10.0), (30.0, 190.0)) - 10.0).abs() < 1e-3);
        assert!((glint_deg((40.0, 10.0), (30.0, 10.0)) - 70.0).abs() < 1e-3);
        assert!(glint_deg((40.0, 350.0), (40.0, 170.0)) < 1e-1);
    }
}
