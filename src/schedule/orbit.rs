//! Where a satellite is above the turning earth, by SGP4.

use crate::place::LonLat;
use crate::time::Utc;
use geo::{Distance, Geodesic, Point};

type Vector = [f64; 3];

/// Equatorial radius, km, and flattening of WGS84.
const EQUATOR_KM: f64 = 6378.137;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
/// Turn of the earth against the mean equinox, radians a second (WGS84).
const TURN_RAD_S: f64 = 7.292_115_146_7e-5;
const DAYS_A_YEAR: f64 = 365.25;

/// An orbit that can be asked for any moment.
pub(super) struct Orbit {
    epoch: Utc,
    constants: sgp4::Constants,
}

/// A satellite at a moment, in the frame that turns with the earth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over {
    /// Place below it on the ellipsoid.
    pub(super) below: LonLat,
    /// Where it is, km.
    at: Vector,
    /// The vertical below it.
    up: Vector,
    /// How it moves over the ground, and how it flies in space, km a second.
    over_ground: Vector,
    in_space: Vector,
}

impl Orbit {
    /// `None` for elements that are those of no orbit. Elements are made with the constants of WGS72, and are read with them.
    pub(super) fn new(elements: &sgp4::Elements) -> Option<Orbit> {
        let constants = sgp4::Constants::from_elements_afspc_compatibility_mode(elements).ok()?;
        Some(Orbit { epoch: epoch(elements)?, constants })
    }

    /// `None` where the orbit has decayed, or lies over no place.
    pub(super) fn at(&self, time: Utc) -> Option<Over> {
        let minutes = sgp4::MinutesSinceEpoch(time.seconds_since(self.epoch) / 60.0);
        let state = self.constants.propagate_afspc_compatibility_mode(minutes).ok()?;
        let turned = sgp4::iau_epoch_to_sidereal_time(time.days_since_j2000() / DAYS_A_YEAR);
        let (at, in_space) = (turn(state.position, turned), turn(state.velocity, turned));
        let over_ground = [in_space[0] + TURN_RAD_S * at[1], in_space[1] - TURN_RAD_S * at[0], in_space[2]];
        let (below, up) = below(at)?;
        Some(Over { below, at, up, over_ground, in_space })
    }
}

impl Over {
    /// How far a place lies before (positive) or behind the satellite, km: 0 where it is abreast, across the ground track or, for
    /// one that is not steered with it, across the orbit.
    pub(super) fn ahead_km(&self, place: LonLat, along_ground: bool) -> f64 {
        let flight = if along_ground { self.over_ground } else { self.in_space };
        dot(self.to(place), unit(less(flight, times(self.up, dot(flight, self.up)))))
    }

    /// How far a place lies from the one below the satellite along the ground, km; to the left of the flight negative.
    pub(super) fn aside_km(&self, place: LonLat) -> f64 {
        let [from, to] = [self.below, place].map(|place| Point::new(place.lon(), place.lat()));
        let right = cross(self.over_ground, self.up);
        (Geodesic.distance(from, to) / 1000.0).copysign(dot(self.to(place), right))
    }

    /// Whether a place lies on the half of the earth below.
    pub(super) fn is_near(&self, place: LonLat) -> bool {
        dot(on_ellipsoid(place), self.up) > 0.0
    }

    fn to(&self, place: LonLat) -> Vector {
        less(on_ellipsoid(place), self.at)
    }
}

/// When elements are of.
pub(super) fn epoch(elements: &sgp4::Elements) -> Option<Utc> {
    Utc::from_micros(elements.datetime.and_utc().timestamp_micros())
}

/// From the mean equinox to Greenwich.
fn turn([x, y, z]: Vector, by_rad: f64) -> Vector {
    let (sin, cos) = by_rad.sin_cos();
    [cos * x + sin * y, cos * y - sin * x, z]
}

/// Square of the eccentricity of the ellipsoid.
const E2: f64 = FLATTENING * (2.0 - FLATTENING);

/// Place and vertical below a point above the ellipsoid. Each turn of the loop brings the latitude 100 times nearer.
fn below([x, y, z]: Vector) -> Option<(LonLat, Vector)> {
    let from_axis = x.hypot(y);
    let mut lat = z.atan2(from_axis * (1.0 - E2));
    for _ in 0..6 {
        let normal = EQUATOR_KM / (1.0 - E2 * lat.sin().powi(2)).sqrt();
        lat = (z + E2 * normal * lat.sin()).atan2(from_axis);
    }
    let place = LonLat::new(y.atan2(x).to_degrees(), lat.to_degrees())?;
    Some((place, vertical(place)))
}

fn vertical(place: LonLat) -> Vector {
    let (sin_lat, cos_lat) = place.lat().to_radians().sin_cos();
    let (sin_lon, cos_lon) = place.lon().to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

fn on_ellipsoid(place: LonLat) -> Vector {
    let [x, y, z] = vertical(place);
    let normal = EQUATOR_KM / (1.0 - E2 * z * z).sqrt();
    [normal * x, normal * y, normal * (1.0 - E2) * z]
}

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn less(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn times(a: Vector, by: f64) -> Vector {
    a.map(|part| part * by)
}

fn unit(a: Vector) -> Vector {
    times(a, 1.0 / dot(a, a).sqrt())
}
