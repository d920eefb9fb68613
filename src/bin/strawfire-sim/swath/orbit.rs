//! A circular sun-synchronous orbit, seen from the turning Earth.

use super::earth;
use super::vector::{V3, along, cross, dot, minus, scaled, unit};
use crate::error::{Result, usage};

/// Turn of the Earth against a sun-synchronous orbit plane: once in a solar day, rad/s.
const EARTH_RAD_S: f64 = std::f64::consts::TAU / 86_400.0;

/// What a satellite flies on.
#[derive(Clone, Copy, Debug)]
pub struct Track {
    /// Distance from the Earth's centre, km: 6371 + height, so that the published pixel sizes hold in the mid latitudes.
    pub radius_km: f64,
    pub inclination_deg: f64,
    pub period_s: f64,
}

/// One overpass: a track and where on it the satellite was at time zero.
#[derive(Clone, Copy, Debug)]
pub struct Orbit {
    pub track: Track,
    /// Angle from the ascending node at time zero, rad.
    phase_rad: f64,
    /// Earth-fixed longitude of the ascending node at time zero, rad.
    node_rad: f64,
}

/// Position and attitude at a moment, earth-fixed. The spacecraft looks along the normal of the ellipsoid and flies along
/// its inertial velocity; yaw steering is not simulated.
#[derive(Clone, Copy, Debug)]
pub struct Stance {
    pub position: V3,
    pub forward: V3,
    pub right: V3,
    pub down: V3,
}

impl Orbit {
    /// The overpass for which `look` (of an orbit and its own time zero) sees a place, on the given half of the orbit.
    pub fn over(
        track: Track,
        (lon, lat): (f64, f64),
        descending: bool,
        look: impl Fn(&Orbit) -> Option<(f64, f64)>,
    ) -> Result<Orbit> {
        let at = |phase_rad: f64| Orbit { track, phase_rad, node_rad: 0.0 };
        let miss = |phase: f64| look(&at(phase)).map(|(_, seen)| seen - lat);
        const STEPS: usize = 720;
        let from = if descending { std::f64::consts::FRAC_PI_2 } else { -std::f64::consts::FRAC_PI_2 };
        let phase = |i: usize| from + std::f64::consts::PI * i as f64 / STEPS as f64;
        let found = (0..STEPS).find_map(|i| {
            let (a, b) = (miss(phase(i))?, miss(phase(i + 1))?);
            (a * b <= 0.0 && (a - b).abs() < 5.0).then(|| bisect(miss, phase(i), phase(i + 1)))
        });
        let none = || {
            usage(
                format!("--over {lon},{lat}"),
                "a place that this column passes over",
                "choose a latitude nearer to the equator, or another --column",
            )
        };
        let phase_rad = found.ok_or_else(none)?;
        let (seen, _) = look(&at(phase_rad)).ok_or_else(none)?;
        Ok(Orbit { track, phase_rad, node_rad: (lon - seen).to_radians() })
    }

    /// Where the satellite is and how it is turned, `t` seconds after time zero.
    pub fn stance(&self, t: f64) -> Stance {
        let (sin_u, cos_u) = (self.phase_rad + std::f64::consts::TAU / self.track.period_s * t).sin_cos();
        let (sin_n, cos_n) = (self.node_rad - EARTH_RAD_S * t).sin_cos();
        let (sin_i, cos_i) = self.track.inclination_deg.to_radians().sin_cos();
        let place = |x: f64, y: f64| [cos_n * x - sin_n * y * cos_i, sin_n * x + cos_n * y * cos_i, y * sin_i];
        let position = scaled(self.track.radius_km, place(cos_u, sin_u));
        let velocity = place(-sin_u, cos_u);
        let down = scaled(-1.0, earth::normal_below(position));
        let forward = unit(along(velocity, -dot(velocity, down), down));
        Stance { position, forward, right: cross(down, forward), down }
    }
}

impl Stance {
    /// A direction (forward, right, down) turned into the earth-fixed frame.
    pub fn outward(&self, d: V3) -> V3 {
        along(along(scaled(d[0], self.forward), d[1], self.right), d[2], self.down)
    }

    /// The direction (forward, right, down; not of unit length) to a point.
    pub fn inward(&self, point: V3) -> V3 {
        let d = minus(point, self.position);
        [dot(d, self.forward), dot(d, self.right), dot(d, self.down)]
    }
}

fn bisect(miss: impl Fn(f64) -> Option<f64>, mut low: f64, mut high: f64) -> f64 {
    let rising = miss(high) > miss(low);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        match miss(middle) {
            Some(m) if (m > 0.0) == rising => high = middle,
            _ => low = middle,
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swath::vector::norm;

    const TRACK: Track = Track { radius_km: 7200.0, inclination_deg: 98.7, period_s: 6090.0 };

    fn nadir(orbit: &Orbit) -> Option<(f64, f64)> {
        let stance = orbit.stance(0.0);
        earth::hit(stance.position, stance.down).map(|(p, _)| earth::lon_lat(p))
    }

    #[test]
    fn passes_over_what_was_asked_for() {
        for (place, descending) in [((102.4, 36.3), false), ((-179.9, -60.0), true), ((15.0, 81.0), false)] {
            let orbit = Orbit::over(TRACK, place, descending, nadir).expect("an orbit");
            let (lon, lat) = nadir(&orbit).expect("ground");
            assert!((lon - place.0).abs() < 1e-6 && (lat - place.1).abs() < 1e-6, "{lon} {lat}");
            let north = orbit.stance(0.0).forward[2] > 0.0;
            assert_eq!(north, !descending);
        }
        assert!(Orbit::over(TRACK, (0.0, 89.0), false, nadir).is_err());
    }

    /// The ground track drifts westward: an ascending pass at the equator heads about 12 degrees west of north over the
    /// turning ground (8.7 from the inclination and some 4 from the turn of the Earth).
    #[test]
    fn the_earth_turns_below() {
        let orbit = Orbit::over(TRACK, (0.0, 0.0), false, nadir).expect("an orbit");
        let later = orbit.stance(10.0);
        let (ground, _) = earth::hit(later.position, later.down).expect("ground");
        let (lon, lat) = earth::lon_lat(ground);
        let heading = (-lon).atan2(lat).to_degrees();
        assert!((12.0..13.2).contains(&heading), "{heading}");
        let speed = norm(minus(ground, earth::point(0.0, 0.0))) / 10.0;
        assert!((6.55..6.85).contains(&speed), "{speed}");
    }

    #[test]
    fn right_is_east_when_flying_north() {
        let orbit = Orbit::over(TRACK, (0.0, 0.0), false, nadir).expect("an orbit");
        assert!(orbit.stance(0.0).right[1] > 0.9);
    }
}
