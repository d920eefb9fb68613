//! Whether places, time and sun of a granule belong together: geolocation of another granule, and orbit times that are
//! wrong, put every fire into the wrong place and are refused.

use super::{Draft, Header, Slot};
use crate::error::{Error, Result};
use crate::place::LonLat;

/// Neighbours along a scan are nearer than this, metres; the longest pixel of any scanner here is 7 km wide.
const LARGEST_STEP_M: f64 = 30_000.0;
/// What the file's sun and the almanac's may differ by, degrees: the sun moves one degree in four minutes. Its zenith
/// angle alone hardly moves near noon: the azimuth counts where the file gives it.
const LARGEST_SUN_ERROR_DEG: f64 = 1.0;

/// Tests the places of a slot.
///
/// # Errors
/// When no pixel of it has a place, neighbours lie far apart, or the sun in the file stands elsewhere than it does at
/// that place and time.
pub(super) fn check(
    draft: &Draft,
    header: &Header,
    slot: &Slot,
    sun_in_file: Option<(f32, Option<f32>)>,
) -> Result<()> {
    let columns = draft.lon.ncols();
    let place = |at: (usize, usize)| LonLat::new(f64::from(draft.lon[at]), f64::from(draft.lat[at]));
    let sample = || slot.lines.clone().step_by(31).flat_map(|line| (0..columns).step_by(101).map(move |c| (line, c)));
    if !sample().any(|at| place(at).is_some()) {
        return Err(error(header, "no pixel with a latitude and a longitude", "geolocation of this granule"));
    }
    for (line, column) in sample() {
        let next = (line, (column + 1).min(columns - 1));
        if let (Some(a), Some(b)) = (place((line, column)), place(next))
            && a.distance_m(b) > LARGEST_STEP_M
        {
            let found = format!("{:.0} km between neighbours at line {line}, column {column}", a.distance_m(b) / 1e3);
            return Err(error(header, &found, "pixels beside each other"));
        }
    }
    let middle = (slot.lines.start.midpoint(slot.lines.end), columns / 2);
    let Some(((zenith, azimuth), sun)) = sun_in_file.zip(draft.sun_at(middle)) else { return Ok(()) };
    let off = match azimuth {
        Some(azimuth) => apart_deg((f64::from(zenith), f64::from(azimuth)), sun),
        None => (f64::from(zenith) - sun.0).abs(),
    };
    if off <= LARGEST_SUN_ERROR_DEG {
        return Ok(());
    }
    let azimuth = azimuth.map(|azimuth| format!(", azimuth {:.1}", azimuth.rem_euclid(360.0))).unwrap_or_default();
    let found = format!("the sun at {zenith:.1} degrees from the zenith{azimuth} in the middle of its lines");
    let expected = format!("{:.1}, azimuth {:.1}, as it stands at {} there", sun.0, sun.1, header.time.rfc3339());
    Err(Error::input(&header.name, found, expected, "its times or its geolocation are of another granule"))
}

/// Angle between two directions given by zenith and azimuth, all degrees.
fn apart_deg(a: (f64, f64), b: (f64, f64)) -> f64 {
    let ((za, aa), (zb, ab)) = ((a.0.to_radians(), a.1.to_radians()), (b.0.to_radians(), b.1.to_radians()));
    (za.cos() * zb.cos() + za.sin() * zb.sin() * (aa - ab).cos()).clamp(-1.0, 1.0).acos().to_degrees()
}

fn error(header: &Header, found: &str, expected: &str) -> Error {
    Error::input(&header.name, found, expected, "fetch its geolocation file again")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: on the horizon azimuths count whole, at the zenith not at all, across north the short way.
    #[test]
    fn directions_are_apart_as_on_a_sphere() {
        for (a, b, expected) in [
            ((90.0, 10.0), (90.0, 350.0), 20.0),
            ((0.0, 10.0), (0.0, 190.0), 0.0),
            ((50.0, 180.0), (47.0, -180.0), 3.0),
        ] {
            assert!((apart_deg(a, b) - expected).abs() < 1e-6, "{a:?} {b:?}");
        }
    }
}
