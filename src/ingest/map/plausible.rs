//! What calibration and sun can be. A factor of nothing makes every scene one without fire, seen clearly, and would take
//! away what was known before: such metadata are damaged, and nothing of them is used.

use crate::error::{Error, Result};
use crate::ingest::geometry::map::Projector;
use crate::place::Sun;
use crate::scene::map::{MapScene, Scale};
use std::path::Path;

/// Reflectance of a count: 2e-5 of Landsat (LSDS-1822), 1e-4 of Sentinel-2 (PSD 15.0); the span is ours.
const REFLECTANCE_MULT: std::ops::RangeInclusive<f64> = 1e-6..=1e-3;

/// Magnitude of the reflectance of count 0: -0.1 of both; ours.
const MOST_ADD: f64 = 1.0;

/// Radiance of the full count, W m-2 sr-1 um-1: 20 to 800 of OLI's bands (LSDS-1822); the span is ours.
const FULL_RADIANCE: std::ops::RangeInclusive<f64> = 1.0..=10_000.0;

/// Counts of reflectance 1: 10000 of Sentinel-2 (PSD 15.0); the span is ours.
pub(super) const QUANTIFICATION: std::ops::RangeInclusive<f64> = 1000.0..=100_000.0;

/// Between the sun of the metadata and that of the almanac, degrees: half the width of a Landsat scene is 1 degree, and a
/// minute 0.25; ours.
const SUN_APART_DEG: f64 = 3.0;

/// A scale of reflectance that can be.
///
/// # Errors
/// When factor or addend are none of an imager.
pub(super) fn reflectance(path: &Path, band: &str, scale: Scale) -> Result<Scale> {
    if REFLECTANCE_MULT.contains(&scale.mult) && scale.add.abs() <= MOST_ADD {
        return Ok(scale);
    }
    let found = format!("reflectance {} * count + {} of {band}", scale.mult, scale.add);
    let expected = "a factor from 1e-6 to 1e-3 and an addend from -1 to 1 (Landsat 2e-5 and -0.1, Sentinel-2 1e-4)";
    Err(Error::input(path, found, expected, "fetch the metadata again, or correct them"))
}

/// A scale of radiance that can be.
///
/// # Errors
/// When the full count is darker than the ground or brighter than a flame.
pub(super) fn radiance(path: &Path, band: &str, scale: Scale) -> Result<Scale> {
    if scale.mult > 0.0 && FULL_RADIANCE.contains(&scale.of(u16::MAX)) {
        return Ok(scale);
    }
    let found = format!("radiance {} * count + {} of {band}", scale.mult, scale.add);
    let expected = "a factor above 0, and 1 to 10000 W m-2 sr-1 um-1 at count 65535";
    Err(Error::input(path, found, expected, "fetch the metadata again, or correct them"))
}

/// Whether the sun of the metadata stands where the almanac has it in the middle of the grid: a scene of the day with the
/// sun of a night would be judged by the rule of the night.
///
/// # Errors
/// When it does not, or PROJ does not know the coordinate system.
pub(super) fn sun(path: &Path, scene: &MapScene, told_deg: f64) -> Result<()> {
    let grid = &scene.grid;
    let middle = ((grid.lines as f64 - 1.0) / 2.0, (grid.columns as f64 - 1.0) / 2.0);
    let Some(place) = Projector::of(grid, path)?.places(grid, &[middle]).pop().flatten() else { return Ok(()) };
    let almanac_deg = 90.0 - Sun::at(scene.time).zenith_azimuth_deg(place).0;
    if (almanac_deg - told_deg).abs() <= SUN_APART_DEG {
        return Ok(());
    }
    let found = format!("the sun {told_deg:.2} degrees above the horizon at {}", scene.time.rfc3339());
    let expected = format!(
        "{almanac_deg:.2} within {SUN_APART_DEG} degrees, as the almanac has it over the middle of the scene ({:.3} E {:.3} N)",
        place.lon(),
        place.lat()
    );
    Err(Error::input(path, found, expected, "correct the sun or the time in the metadata, or fetch them again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_that_would_hide_every_fire_are_refused() {
        let path = Path::new("a_MTL.txt");
        let of = |mult: f64, add: f64| Scale { mult, add };
        for good in [of(2e-5, -0.1), of(1e-4, 0.0), of(1e-4, -0.1)] {
            assert!(reflectance(path, "B7", good).is_ok(), "{good:?}");
        }
        for bad in [of(0.0, -0.1), of(-2e-5, -0.1), of(1e3, 0.0), of(1e30, 0.0), of(1e-30, 0.0), of(2e-5, 9.0)] {
            let said = reflectance(path, "B7", bad).expect_err("refused").to_string();
            assert!(said.contains("a_MTL.txt") && said.contains("B7") && said.contains("2e-5"), "{said}");
        }
        assert!(radiance(path, "B7", of(4.9578e-4, -2.4789)).is_ok() && radiance(path, "B7", of(1e-3, -5.0)).is_ok());
        for bad in [of(0.0, 5.0), of(-1e-3, 100.0), of(1e-9, 0.0), of(1e9, 0.0)] {
            assert!(radiance(path, "B7", bad).is_err(), "{bad:?}");
        }
    }
}
