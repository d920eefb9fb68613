//! Whether places, time and sun of a granule belong together: geolocation of another granule, and orbit times that are
//! wrong, put every fire into the wrong place and are refused.

use super::{Draft, Header, Slot};
use crate::error::{Error, Result};
use crate::place::LonLat;

/// Neighbours along a scan are nearer than this, metres; the longest pixel of any scanner here is 7 km wide.
const LARGEST_STEP_M: f64 = 30_000.0;
/// What the file's sun and the almanac's may differ by, degrees: the sun moves one degree in four minutes.
const LARGEST_SUN_ERROR_DEG: f32 = 1.0;

/// Tests the places of a slot.
///
/// # Errors
/// When no pixel of it has a place, neighbours lie far apart, or the sun in the file stands elsewhere than it does at
/// that place and time.
pub(super) fn check(draft: &Draft, header: &Header, slot: &Slot, sun_in_file: Option<f32>) -> Result<()> {
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
    let sun = draft.sun_zenith_deg().at(middle);
    match sun_in_file {
        Some(file) if (file - sun).abs() > LARGEST_SUN_ERROR_DEG => {
            let found = format!("the sun at {file:.1} degrees from the zenith in the middle of its lines");
            let expected = format!("{sun:.1}, as it stands at {} there", header.time.rfc3339());
            Err(Error::input(&header.name, found, expected, "its times or its geolocation are of another granule"))
        }
        _ => Ok(()),
    }
}

fn error(header: &Header, found: &str, expected: &str) -> Error {
    Error::input(&header.name, found, expected, "fetch its geolocation file again")
}
