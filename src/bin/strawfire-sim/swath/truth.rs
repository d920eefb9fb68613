//! What the truth file says of a fire under a swath.

use super::args::Prepared;
use super::marks::Seat;
use super::orbit::Orbit;
use super::scanner::Scanner;
use crate::clouds::Clouds;
use crate::fires::{Fire, round};
use serde_json::{Value, json};

/// One look at a fire: in bow-tie overlaps neighbouring scans look at the same place.
pub struct Glance {
    /// 0-based scan of the overpass.
    pub scan: usize,
    /// Fractional line within the scan and column.
    pub line: f64,
    pub column: f64,
    pub view_zenith_deg: f64,
    /// Ground area of the pixel, m2.
    pub pixel_m2: f64,
}

/// All looks of an overpass at a fire.
pub fn glances(scanner: &Scanner, orbit: &Orbit, scans: usize, seat: &Seat) -> Vec<Glance> {
    (0..scans)
        .filter_map(|scan| {
            let seen = scanner.sight(orbit, scan, seat.ground)?;
            let column = scanner.column_of(seen.sample)?;
            let (_, averaged) = scanner.span(column.round().max(0.0) as usize);
            Some(Glance {
                scan,
                line: seen.line,
                column,
                view_zenith_deg: seen.look.cos_zenith.acos().to_degrees(),
                pixel_m2: averaged as f64 * scanner.sample_area_m2(&seen.look),
            })
        })
        .collect()
}

/// All fires of an overpass, each with its looks as `look` words them.
pub fn all(prepared: &Prepared, scanner: &Scanner, scans: usize, look: impl Fn(Glance) -> Value) -> Vec<Value> {
    let overpass = &prepared.overpass;
    let even = overpass.even.is_some();
    let fires = prepared.fires.iter().zip(&overpass.seats).enumerate();
    fires
        .map(|(i, (fire, seat))| {
            let looks = glances(scanner, &overpass.orbit, scans, seat).into_iter().map(&look).collect();
            of_fire(i + 1, fire, seat, &overpass.setting.clouds, even, looks)
        })
        .collect()
}

/// A fire and its looks.
fn of_fire(number: usize, fire: &Fire, seat: &Seat, clouds: &Clouds, even: bool, looks: Vec<Value>) -> Value {
    let opacity = if even { 0.0 } else { clouds.opacity(fire.lon, fire.lat) };
    json!({
        "id": format!("F{number:03}"),
        "lon": round(fire.lon, 6),
        "lat": round(fire.lat, 6),
        "temperature_k": round(fire.temperature_k(), 2),
        "area_m2": round(fire.area_m2(), 2),
        "frp_mw": round(fire.frp_mw(), 4),
        "cloud_opacity": round(opacity, 3),
        "parts": seat.parts.iter().map(|(kelvin, m2)| json!({
            "temperature_k": round(*kelvin, 2),
            "area_m2": round(*m2, 2),
        })).collect::<Vec<_>>(),
        "looks": looks,
    })
}
