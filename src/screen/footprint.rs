//! The ground that a fire pixel answers to, as weights: how much of its signal would come from a fire at each place.
//!
//! Along the scan MODIS, MERSI-II and SLSTR integrate while the mirror moves on: a triangle twice as long as the pixel (MODIS: Wolfe
//! and others 2002 \[M\]; the others like it, ours), along the track a box. VIIRS adds two or three such samples up: a box, both ways
//! (ours). Geostationary imagers: a Gaussian as wide at half height as the pixel, both ways (ours). All are widened by the error of
//! the place, less what being somewhere in the pixel makes of it, for that is what the response itself says.

use crate::fire::FirePixel;
use crate::layers::landcover::{Cover, CoverWindow};
use crate::place::METRES_A_DEGREE;
use crate::place::{LonLat, LonLatBox};

/// Places on a side that are looked at; a geostationary pixel so has one each 300 m, a share good to one or two per cent.
const STEPS: usize = 48;
/// Half width of a Gaussian at half height in standard deviations, doubled.
const FWHM: f64 = 2.354_82;
/// A Gaussian is followed so many standard deviations far.
const FAR: f64 = 2.5;
/// Side of a pixel whose size is not stated, metres.
const USUAL_M: f64 = 1000.0;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Response {
    Box,
    Triangle,
    Gauss,
}

/// One direction of a pixel.
#[derive(Debug, Clone, Copy)]
struct Axis {
    /// From side to side of the pixel, metres east and north.
    side: [f64; 2],
    response: Response,
    /// Standard error of the place along it, metres.
    error_m: f64,
}

/// The response of a pixel over the ground.
#[derive(Debug, Clone)]
pub struct Ground {
    centre: LonLat,
    /// Metres east and north of the centre, and weights that sum to 1.
    points: Vec<([f64; 2], f64)>,
}

/// Shares of the groups of cover, in the order of [`Cover::ALL`], and of what is not known; together 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shares {
    of: [f64; Cover::ALL.len()],
    /// Not on the map.
    pub unknown: f64,
}

impl Shares {
    /// Share of a group among what is known; 0 where nothing is.
    pub fn of(&self, cover: Cover) -> f64 {
        let known = 1.0 - self.unknown;
        if known > 1e-9 { self.of[cover as usize] / known } else { 0.0 }
    }

    /// Where there is no map.
    pub fn nowhere() -> Self {
        Shares { unknown: 1.0, ..Shares::default() }
    }

    #[cfg(test)]
    pub(super) fn set(&mut self, cover: Cover, share: f64) {
        self.of[cover as usize] = share;
    }
}

impl Ground {
    /// Of a fire, by its corners where it has them, else by its size with the scan from west to east (orbits of imagers cross Haidong
    /// 10 to 15 degrees off the meridian).
    pub fn of(fire: &FirePixel) -> Ground {
        let [scan, track] = axes(fire);
        let (across, along) = (scan.weights(), track.weights());
        let mut points = Vec::with_capacity(across.len() * along.len());
        for &(u, weight_u) in &across {
            for &(v, weight_v) in &along {
                let at = [scan.unit(0) * u + track.unit(0) * v, scan.unit(1) * u + track.unit(1) * v];
                points.push((at, weight_u * weight_v));
            }
        }
        Ground { centre: fire.place, points }
    }

    /// Box around all of it, degrees.
    pub fn bbox(&self) -> LonLatBox {
        let start = LonLatBox {
            west: self.centre.lon(),
            east: self.centre.lon(),
            south: self.centre.lat(),
            north: self.centre.lat(),
        };
        self.places().fold(start, |b, (place, _)| LonLatBox {
            west: b.west.min(place.lon()),
            east: b.east.max(place.lon()),
            south: b.south.min(place.lat()),
            north: b.north.max(place.lat()),
        })
    }

    /// Shares of cover under the response.
    pub fn shares(&self, cover: &CoverWindow) -> Shares {
        let mut shares = Shares::nowhere();
        for (place, weight) in self.places() {
            if let Some(cover) = cover.at(place) {
                shares.of[cover as usize] += weight;
                shares.unknown -= weight;
            }
        }
        shares.unknown = shares.unknown.max(0.0);
        shares
    }

    fn places(&self) -> impl Iterator<Item = (LonLat, f64)> + '_ {
        let across = METRES_A_DEGREE * self.centre.lat().to_radians().cos();
        let place = move |[east, north]: [f64; 2]| {
            LonLat::new(self.centre.lon() + east / across, self.centre.lat() + north / METRES_A_DEGREE)
        };
        self.points.iter().filter_map(move |(at, weight)| Some((place(*at)?, *weight)))
    }
}

/// Along the scan and along the track.
fn axes(fire: &FirePixel) -> [Axis; 2] {
    let (scan, track) = match fire.sensor.as_str() {
        _ if fire.is_geostationary() => (Response::Gauss, Response::Gauss),
        "MODIS" | "MERSI-2" | "MERSI-II" | "SLSTR" => (Response::Triangle, Response::Box),
        _ => (Response::Box, Response::Box),
    };
    let sides = sides(fire);
    let axis = |side: [f64; 2], response| Axis { side, response, error_m: error_along(fire, side) };
    [axis(sides[0], scan), axis(sides[1], track)]
}

/// The sides of a pixel, that along the scan first.
fn sides(fire: &FirePixel) -> [[f64; 2]; 2] {
    let stated =
        fire.scan_km.zip(fire.track_km).map(|(scan, track)| [f64::from(scan) * 1000.0, f64::from(track) * 1000.0]);
    let Some([a, b, c, d]) = fire.footprint else {
        let square = fire.pixel_area_km2.map_or(USUAL_M, |area| 1000.0 * area.sqrt());
        let [scan, track] = stated.unwrap_or([square, square]);
        return [[scan, 0.0], [0.0, track]];
    };
    let across = METRES_A_DEGREE * a.lat().to_radians().cos();
    let mean = |from: [LonLat; 2], to: [LonLat; 2]| {
        let east = (to[0].lon() - from[0].lon() + to[1].lon() - from[1].lon()) / 2.0 * across;
        let north = (to[0].lat() - from[0].lat() + to[1].lat() - from[1].lat()) / 2.0 * METRES_A_DEGREE;
        [east, north]
    };
    let (first, second) = (mean([a, d], [b, c]), mean([a, b], [d, c]));
    // corners say not which side is the scan's: that whose length it is
    let misses = |side: [f64; 2]| stated.map_or(0.0, |[scan, _]| (length(side) - scan).abs());
    if misses(first) <= misses(second) { [first, second] } else { [second, first] }
}

fn length([east, north]: [f64; 2]) -> f64 {
    east.hypot(north)
}

/// Standard error of the place along a side, less a twelfth of the side's square.
fn error_along(fire: &FirePixel, side: [f64; 2]) -> f64 {
    let size = length(side).max(1.0);
    let unit = [side[0] / size, side[1] / size];
    let along = fire
        .place_spread
        .map(|s| s.east_m2 * unit[0] * unit[0] + 2.0 * s.cross_m2 * unit[0] * unit[1] + s.north_m2 * unit[1] * unit[1]);
    // a list's root mean square is that of both directions
    let area_m2 = fire.scan_km.zip(fire.track_km).map(|(a, b)| 1e6 * f64::from(a * a + b * b));
    let both = fire.position_error_m.map(|m| (m * m - area_m2.unwrap_or(2.0 * size * size) / 12.0) / 2.0);
    along.map(|variance| variance - size * size / 12.0).or(both).unwrap_or(0.0).max(0.0).sqrt()
}

impl Axis {
    fn unit(&self, i: usize) -> f64 {
        self.side[i] / length(self.side).max(1.0)
    }

    /// Distances from the middle (metres) with weights that sum to 1.
    fn weights(&self) -> Vec<(f64, f64)> {
        let size = length(self.side).max(1.0);
        let (half, sigma) = match self.response {
            Response::Box => (size / 2.0, self.error_m),
            Response::Triangle => (size, self.error_m),
            Response::Gauss => (0.0, (size / FWHM).hypot(self.error_m)),
        };
        let middles = |half: f64| (0..STEPS).map(move |i| half * ((2 * i + 1) as f64 / STEPS as f64 - 1.0));
        let own: Vec<(f64, f64)> = match self.response {
            Response::Gauss => vec![(0.0, 1.0)],
            Response::Box => middles(half).map(|at| (at, 1.0)).collect(),
            Response::Triangle => middles(half).map(|at| (at, half - at.abs())).collect(),
        };
        // an error far below a step changes nothing
        let spread: Vec<(f64, f64)> = if sigma < size / STEPS as f64 {
            own
        } else {
            let bell =
                |from: f64| own.iter().map(|(at, weight)| weight * (-((from - at) / sigma).powi(2) / 2.0).exp()).sum();
            middles(half + FAR * sigma).map(|at| (at, bell(at))).collect()
        };
        let sum: f64 = spread.iter().map(|(_, weight)| weight).sum();
        spread.into_iter().map(|(at, weight)| (at, weight / sum)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Utc;

    fn axis(response: Response, size: f64, error_m: f64) -> Axis {
        Axis { side: [size, 0.0], response, error_m }
    }

    /// Share beyond a distance from the middle. By hand: a box of 1000 m has a quarter beyond 250 m; a triangle of 1000 m on each side
    /// (1 - 0.5)^2 / 2 = 0.125 beyond 500 m; a Gaussian of 1000 m at half height has a standard deviation of 424.66 m, and 0.1195
    /// beyond 500 m (z = 1.1774); a box of 1000 m with an error of 500 m: variance 1e6/12 + 2.5e5 = 333,333 m2.
    #[test]
    fn responses_by_hand() {
        let beyond =
            |axis: Axis, far: f64| axis.weights().iter().filter(|(at, _)| *at > far).map(|(_, w)| w).sum::<f64>();
        assert!((beyond(axis(Response::Box, 1000.0, 0.0), 250.0) - 0.25).abs() < 0.011);
        assert!((beyond(axis(Response::Triangle, 1000.0, 0.0), 500.0) - 0.125).abs() < 0.011);
        assert!((beyond(axis(Response::Gauss, 1000.0, 0.0), 500.0) - 0.1195).abs() < 0.012);
        let wide = axis(Response::Box, 1000.0, 500.0).weights();
        let variance: f64 = wide.iter().map(|(at, weight)| weight * at * at).sum();
        assert!((variance / 333_333.0 - 1.0).abs() < 0.05, "{variance}");
        for response in [Response::Box, Response::Triangle, Response::Gauss] {
            let weights = axis(response, 1000.0, 300.0).weights();
            assert!((weights.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    /// A list's error is that of being in the pixel (ALGORITHMS 6.3), which the response knows already: nothing is added. 0.4 by
    /// 0.3 km: 144.3 m; with 100 m of navigation 175.6 m, and 70.7 m along each axis.
    #[test]
    fn the_error_of_being_in_the_pixel_is_not_counted_twice() {
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
        let mut fire = FirePixel::bare("a", time, LonLat::new(102.0, 36.5).expect("valid"));
        (fire.scan_km, fire.track_km, fire.position_error_m) = (Some(0.4), Some(0.3), Some(144.338));
        fire.sensor = "VIIRS".into();
        let [scan, track] = axes(&fire);
        assert!(scan.error_m < 1.0 && track.error_m < 1.0);
        assert_eq!((scan.side, track.side), ([f64::from(0.4f32) * 1000.0, 0.0], [0.0, f64::from(0.3f32) * 1000.0]));
        fire.position_error_m = Some(175.6);
        assert!((axes(&fire)[0].error_m - 70.7).abs() < 0.1);
    }

    /// Corners of a pixel turned by a quarter: the side as long as the scan is the scan's.
    #[test]
    fn the_side_of_the_scan_is_told_by_its_length() {
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
        let corner = |lon, lat| LonLat::new(lon, lat).expect("valid");
        let mut fire = FirePixel::bare("a", time, corner(0.0, 0.0));
        (fire.scan_km, fire.track_km, fire.sensor) = (Some(2.2), Some(1.1), "MODIS".into());
        fire.footprint = Some([corner(-0.005, -0.01), corner(0.005, -0.01), corner(0.005, 0.01), corner(-0.005, 0.01)]);
        let [scan, _] = axes(&fire);
        assert_eq!(scan.response, Response::Triangle);
        assert!((scan.side[1].abs() - 2223.9).abs() < 0.1 && scan.side[0].abs() < 1e-6, "{scan:?}");
    }
}
