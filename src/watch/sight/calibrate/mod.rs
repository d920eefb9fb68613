//! How a camera stands, from places that are known and where its picture shows them.

mod fit;
mod list;
#[cfg(test)]
mod tests;

pub use list::read;

use super::lens::Lens;
use super::pose::{Pose, Sight};
use crate::place::LonLat;
use fit::Unknowns;

/// A place that is known and seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Landmark {
    /// What it is, for messages.
    pub name: String,
    /// Where in the picture, px.
    pub pixel: (f64, f64),
    /// Where on the earth.
    pub place: LonLat,
    /// Height above the ellipsoid, metres.
    pub height_m: f64,
}

/// A number with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

/// How far the picture shows a landmark from where the result says that it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Residual {
    /// Picture less result, px to the right and down.
    pub px: (f64, f64),
    /// Angle between both, degrees.
    pub angle_deg: f64,
    /// Whether it was left out.
    pub is_outlier: bool,
}

/// How a camera stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Azimuth of the optical axis, degrees.
    pub azimuth_deg: Found,
    /// Its angle above level, degrees.
    pub tilt_deg: Found,
    /// Turn about it, degrees.
    pub roll_deg: Found,
    /// Angle across the picture, degrees.
    pub hfov_deg: Found,
    /// Radial coefficient; `None` where landmarks are too few for it or it is not clear of 0: the lens keeps its own.
    pub k1: Option<Found>,
    /// Residuals in the order of the landmarks.
    pub residuals: Vec<Residual>,
    /// Root mean square of a coordinate's residuals that count, by what is left over after the fit, px.
    pub pixel_error: f64,
}

/// Why landmarks give nothing, and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What was found.
    pub found: String,
    /// What is expected.
    pub expected: &'static str,
    /// What to do.
    pub advice: &'static str,
}

fn refuse<T>(found: String, expected: &'static str, advice: &'static str) -> Result<T, Refusal> {
    Err(Refusal { found, expected, advice })
}

/// Fewest landmarks, and those from which on the distortion is asked for.
const FEWEST: usize = 3;
const FEWEST_FOR_K1: usize = 6;
/// Landmarks nearer to each other than this part of the picture's width, or than so many degrees, are one spot \[P\].
const ONE_SPOT: f64 = 0.05;
const ONE_SPOT_DEG: f64 = 0.5;
/// Distances of landmarks from the camera that can be used, metres \[P\].
const RANGE_M: std::ops::RangeInclusive<f64> = 20.0..=100_000.0;
/// What a person points at is wrong by so many px \[P\].
pub(super) const POINTED_PX: f64 = 2.0;
/// Residuals above this part of the picture's width fit nothing \[P\].
const NO_FIT: f64 = 0.02;
/// Errors of the result above which it is none, degrees \[P\].
const UNKNOWN_DEG: f64 = 5.0;

/// The azimuth, tilt, roll and angle of view of a camera at a place and height above the ellipsoid. The lens gives the size of the picture,
/// its middle and its distortion; its angle does not matter.
///
/// # Errors
/// A [`Refusal`] for fewer than three landmarks, two that are one, landmarks in one spot, too near, outside the picture, a mirrored
/// picture, and where they contradict each other.
pub fn calibrate(from: (LonLat, f64), lens: &Lens, landmarks: &[Landmark]) -> Result<Calibration, Refusal> {
    let sights = checked(from, lens, landmarks)?;
    let pixels: Vec<(f64, f64)> = landmarks.iter().map(|landmark| landmark.pixel).collect();
    let best = fit::robust(lens, &sights, &pixels);
    let mirrored: Vec<(f64, f64)> = pixels.iter().map(|(u, v)| (lens.size_px.0 - 1.0 - u, *v)).collect();
    let other = fit::robust(lens, &sights, &mirrored);
    refuse_mirrored(best.as_ref(), other.as_ref())?;
    let width = lens.size_px.0;
    let Some(best) = best.filter(|best| best.rms_px < NO_FIT * width) else {
        return refuse(
            "landmarks that contradict each other".to_string(),
            "places as the picture shows them",
            "look for swapped lon and lat or u and v, a wrong place of the camera, or names that belong to other rows",
        );
    };
    let errors = best.errors();
    let [azimuth, tilt, roll, focal, k1] = errors;
    let is_known = [azimuth, tilt, roll].iter().all(|error| *error < UNKNOWN_DEG) && focal < 0.2;
    if !is_known {
        return refuse(
            format!(
                "landmarks that leave {azimuth:.1} degrees of azimuth, {tilt:.1} of tilt and {roll:.1} of roll unknown"
            ),
            "landmarks far apart in the picture, to both sides",
            "add landmarks near the edges of the picture",
        );
    }
    let Unknowns { azimuth_deg, tilt_deg, roll_deg, .. } = best.unknowns;
    let fitted = best.unknowns.lens(lens);
    let hfov_deg = fitted.hfov_deg();
    // d hfov / d ln f = -2 (w / 2f) / (1 + (w / 2f)2) = -sin(hfov)
    let hfov_error = focal * hfov_deg.to_radians().sin().to_degrees();
    let pose = Pose { place: from.0, height_m: from.1, azimuth_deg, tilt_deg, roll_deg };
    Ok(Calibration {
        azimuth_deg: Found { value: azimuth_deg.rem_euclid(360.0), error: azimuth },
        tilt_deg: Found { value: tilt_deg, error: tilt },
        roll_deg: Found { value: roll_deg, error: roll },
        hfov_deg: Found { value: hfov_deg, error: hfov_error },
        k1: best.has_k1.then_some(Found { value: best.unknowns.k1, error: k1 }),
        residuals: (0..pixels.len())
            .map(|at| residual(&pose, &fitted, sights[at], pixels[at], !best.used.contains(&at)))
            .collect(),
        pixel_error: best.scale_px(),
    })
}

fn residual(pose: &Pose, lens: &Lens, sight: Sight, pixel: (f64, f64), is_outlier: bool) -> Residual {
    let shown = pose.direction_of(sight).and_then(|direction| lens.pixel(direction));
    let px = shown.map_or((f64::NAN, f64::NAN), |(u, v)| (pixel.0 - u, pixel.1 - v));
    let seen = lens.direction_anywhere(pixel).and_then(|direction| pose.sight_of(direction));
    Residual { px, angle_deg: seen.map_or(f64::NAN, |seen| fit::angle_deg(seen, sight)), is_outlier }
}

/// A mirrored picture fits as well when it is turned upside down: landmarks at the horizon hardly tell.
fn refuse_mirrored(best: Option<&fit::Best>, mirrored: Option<&fit::Best>) -> Result<(), Refusal> {
    let Some(mirrored) = mirrored else { return Ok(()) };
    let is_upside_down = |best: &fit::Best| best.unknowns.roll_deg.abs() > 90.0;
    let agree = |best: &fit::Best| best.used.len();
    let is_mirrored = match best {
        None => mirrored.rms_px < 2.0 * POINTED_PX,
        Some(best) => {
            let floor = best.rms_px.max(POINTED_PX);
            let is_better = agree(mirrored) > agree(best)
                || (agree(mirrored) == agree(best) && 5.0 * mirrored.rms_px.max(POINTED_PX) < best.rms_px);
            (is_better && !is_upside_down(mirrored))
                || (is_upside_down(best)
                    && !is_upside_down(mirrored)
                    && agree(mirrored) >= agree(best)
                    && mirrored.rms_px < 3.0 * floor)
        }
    };
    if !is_mirrored {
        return Ok(());
    }
    refuse(
        "landmarks of a mirrored picture, or one that is upside down".to_string(),
        "a picture as one sees it from behind the camera, upright",
        "turn mirroring off in the camera, or count u from the left edge and v from the upper one",
    )
}

/// Directions of the landmarks, if these can be used.
fn checked(from: (LonLat, f64), lens: &Lens, landmarks: &[Landmark]) -> Result<Vec<Sight>, Refusal> {
    if landmarks.len() < FEWEST {
        let found = format!("{} landmarks", landmarks.len());
        return refuse(
            found,
            "three or more",
            "add landmarks: summits, masts, corners of buildings, far apart in the picture",
        );
    }
    let pose = Pose { place: from.0, height_m: from.1, azimuth_deg: 0.0, tilt_deg: 0.0, roll_deg: 0.0 };
    let mut sights = Vec::with_capacity(landmarks.len());
    for (at, landmark) in landmarks.iter().enumerate() {
        let name = &landmark.name;
        if !lens.holds(landmark.pixel) {
            let (u, v) = landmark.pixel;
            let found =
                format!("{name} at u {u}, v {v}, outside the picture of {} x {} px", lens.size_px.0, lens.size_px.1);
            return refuse(found, "pixels within the picture", "correct it, or width and height of the camera");
        }
        let sight = pose.sight_to(landmark.place, landmark.height_m).filter(|(_, range)| RANGE_M.contains(range));
        let Some((sight, _)) = sight else {
            let range = from.0.distance_m(landmark.place);
            let found = format!("{name} {range:.0} m from the camera");
            return refuse(found, "landmarks 20 m to 100 km away", "correct its lon and lat, or those of the camera");
        };
        let is_one = |other: &&Landmark| {
            other.pixel == landmark.pixel
                || other.place.distance_m(landmark.place) < 0.5 && other.height_m == landmark.height_m
        };
        if let Some(other) = landmarks[..at].iter().find(is_one) {
            let found = format!("{name} and {}: the same pixel or the same place", other.name);
            return refuse(found, "each landmark once", "take one of the rows out");
        }
        sights.push(sight);
    }
    let pairs = || (0..sights.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let px = |(i, j): (usize, usize)| {
        let (a, b): (&Landmark, &Landmark) = (&landmarks[i], &landmarks[j]);
        (a.pixel.0 - b.pixel.0).hypot(a.pixel.1 - b.pixel.1)
    };
    let widest_px = pairs().map(px).fold(0.0, f64::max);
    let widest_deg = pairs().map(|(i, j)| fit::angle_deg(sights[i], sights[j])).fold(0.0, f64::max);
    if widest_px < ONE_SPOT * lens.size_px.0 || widest_deg < ONE_SPOT_DEG {
        let found = format!("landmarks within {widest_px:.0} px and {widest_deg:.2} degrees");
        return refuse(found, "landmarks far apart in the picture", "add some near the left and the right edge");
    }
    Ok(sights)
}
