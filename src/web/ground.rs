//! What lies around a fire, small enough to be kept on a phone: borders, the cell of the patrol, seats of townships.

use super::app::App;
use crate::assign::territory::direction;
use crate::error::Result;
use crate::fire::FireEvent;
use crate::layers::named_areas::{Named, NamedAreas, Seat, read_seats};
use crate::place::LonLat;
use crate::site::Site;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Seats and cells of a site.
#[derive(Default)]
pub struct Ground {
    seats: Vec<(String, LonLat)>,
    names: HashMap<String, String>,
    cells: Option<NamedAreas>,
    picks: Vec<Pick>,
}

/// A place that can be picked by its name, as somebody on the telephone says it.
pub struct Pick {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where it is; `None` where the site does not know.
    pub place: Option<LonLat>,
    /// How far a fire of it may be from there, metres.
    pub error_m: f64,
}

/// Townships here are some 10 km across, villages some 3 \[P\]; metres from their seat.
const TOWNSHIP_M: f64 = 5000.0;
const VILLAGE_M: f64 = 1500.0;

/// Half of the side of what is sent, degrees: some 17 km.
const AROUND_DEG: f64 = 0.15;
/// Seats that are named, and how far they may lie, metres.
const NAMED: usize = 4;
const FAR_M: f64 = 20_000.0;

impl Ground {
    /// Reads what the site has.
    ///
    /// # Errors
    /// Where one of its files is not what it should be.
    pub fn load(site: &Site) -> Result<Self> {
        let is_list = |path: &&std::path::Path| path.extension().is_some_and(|ending| ending == "csv");
        let seats = site.layers.townships.as_deref().filter(is_list);
        let seats: Vec<Seat> = seats.map_or(Ok(Vec::new()), |path| read_seats(path, "layers.townships"))?;
        let names = seats.iter().map(|seat| (seat.named.code.clone(), seat.named.name.clone())).collect();
        let placed = |seat: Seat| Some((seat.named.name, seat.place?));
        let cells = site.layers.grid.as_deref().map(|path| NamedAreas::read(path, "layers.grid")).transpose()?;
        let areas = site.layers.townships.as_deref().filter(|path| !is_list(path));
        let areas = areas.map(|path| NamedAreas::read(path, "layers.townships")).transpose()?;
        let picks = seats.iter().map(of_seat).chain(areas.iter().flat_map(NamedAreas::iter).map(of_area)).collect();
        Ok(Ground { seats: seats.into_iter().filter_map(placed).collect(), names, cells, picks })
    }

    /// Places that can be picked by their names.
    pub fn picks(&self) -> &[Pick] {
        &self.picks
    }

    /// Name of a township by its code, where the site's list has it.
    pub fn township(&self, code: &str) -> Option<&str> {
        self.names.get(code).map(String::as_str)
    }

    /// Names of townships by their codes.
    pub fn townships(&self) -> &HashMap<String, String> {
        &self.names
    }

    /// Seats near a fire, the nearest first, with distance, and direction of the fire from the seat.
    pub fn candidates(&self, event: &FireEvent) -> Vec<Value> {
        let mut near: Vec<(f64, &str, LonLat, (f64, f64))> = self
            .seats
            .iter()
            .map(|(name, place)| {
                let from = event.place.offset_m(*place);
                (from.0.hypot(from.1), name.as_str(), *place, from)
            })
            .filter(|(metres, ..)| *metres <= FAR_M)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        let said = |(metres, name, place, from): &(f64, &str, LonLat, (f64, f64))| {
            let km = (metres / 100.0).round() / 10.0;
            json!({ "name": name, "lon": place.lon(), "lat": place.lat(), "km": km, "direction": direction(*from) })
        };
        near.iter().take(NAMED).map(said).collect()
    }

    /// Borders, cell and seats around a fire.
    pub fn around(&self, app: &App, event: &FireEvent) -> Value {
        let (lon, lat) = (event.place.lon(), event.place.lat());
        let is_near = |x: f64, y: f64| (x - lon).abs() <= AROUND_DEG && (y - lat).abs() <= AROUND_DEG;
        let mut features = Vec::new();
        for county in &app.site.counties {
            let rings = county.shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
            let lines: Vec<Value> = rings.flat_map(|ring| pieces(&ring.0, is_near)).collect();
            if !lines.is_empty() {
                features.push(feature(
                    "border",
                    &county.name.name,
                    json!({ "type": "MultiLineString", "coordinates": lines }),
                ));
            }
        }
        let cell = event.grid_cell.as_deref();
        let cell = self.cells.iter().flat_map(NamedAreas::iter).find(|(named, _)| Some(named.code.as_str()) == cell);
        if let Some((named, shape)) = cell {
            let rings: Vec<Vec<Vec<[f64; 2]>>> = shape.iter().map(|part| vec![ring(part.exterior())]).collect();
            features.push(feature("cell", &named.code, json!({ "type": "MultiPolygon", "coordinates": rings })));
        }
        for (name, place) in self.seats.iter().filter(|(_, place)| is_near(place.lon(), place.lat())) {
            let point = json!({ "type": "Point", "coordinates": [place.lon(), place.lat()] });
            features.push(feature("seat", name, point));
        }
        json!({ "type": "FeatureCollection", "features": features })
    }
}

fn of_seat(seat: &Seat) -> Pick {
    // twelve digits, of which a township's last three are zeros
    let error_m = if seat.named.code.ends_with("000") { TOWNSHIP_M } else { VILLAGE_M };
    Pick { code: seat.named.code.clone(), name: seat.named.name.clone(), place: seat.place, error_m }
}

/// The middle of an area, and how far it reaches as the circle of its size does.
fn of_area((named, shape): (&Named, &geo::MultiPolygon<f64>)) -> Pick {
    use geo::{Centroid, GeodesicArea};
    let place = shape.centroid().and_then(|point| LonLat::new(point.x(), point.y()));
    let error_m = (shape.geodesic_area_unsigned() / std::f64::consts::PI).sqrt().max(VILLAGE_M);
    Pick { code: named.code.clone(), name: named.name.clone(), place, error_m }
}

fn feature(kind: &str, name: &str, geometry: Value) -> Value {
    json!({ "type": "Feature", "properties": { "kind": kind, "name": name }, "geometry": geometry })
}

fn ring(line: &geo::LineString<f64>) -> Vec<[f64; 2]> {
    line.0.iter().map(|at| [five(at.x), five(at.y)]).collect()
}

/// Five decimals are a metre.
fn five(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

/// The pieces of a line of which a corner is near, with one corner more at each end.
fn pieces(line: &[geo::Coord<f64>], is_near: impl Fn(f64, f64) -> bool) -> Vec<Value> {
    let touches = |pair: &[geo::Coord<f64>]| pair.iter().any(|at| is_near(at.x, at.y));
    let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut open = false;
    for pair in line.windows(2) {
        if !touches(pair) {
            open = false;
            continue;
        }
        if !open {
            pieces.push(vec![[five(pair[0].x), five(pair[0].y)]]);
        }
        open = true;
        if let Some(piece) = pieces.last_mut() {
            piece.push([five(pair[1].x), five(pair[1].y)]);
        }
    }
    pieces.into_iter().map(Value::from).collect()
}

/// The counties as they are sent: four decimals are ten metres, and points that change nothing at that scale are left out.
pub fn counties(site: &Site) -> Vec<Value> {
    use geo::Simplify;
    let four = |value: f64| (value * 1e4).round() / 1e4;
    let of =
        |line: &geo::LineString<f64>| -> Vec<[f64; 2]> { line.0.iter().map(|at| [four(at.x), four(at.y)]).collect() };
    site.counties
        .iter()
        .map(|county| {
            let shape = county.shape.simplify(SIMPLER_DEG);
            let parts: Vec<Vec<Vec<[f64; 2]>>> = shape
                .iter()
                .map(|part| std::iter::once(part.exterior()).chain(part.interiors()).map(of).collect())
                .collect();
            let (code, name) = (&county.name.adcode, &county.name.name);
            json!({
                "type": "Feature", "id": code, "properties": { "id": code, "adcode": code, "name": name },
                "geometry": { "type": "MultiPolygon", "coordinates": parts },
            })
        })
        .collect()
}

/// Borders are moved by no more than this, degrees: some 30 m.
const SIMPLER_DEG: f64 = 0.0003;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_is_cut_to_what_is_near() {
        let line: Vec<geo::Coord<f64>> = (0..10).map(|x| geo::Coord { x: f64::from(x), y: 0.0 }).collect();
        let near = |x: f64, _: f64| (3.0..=4.0).contains(&x) || x > 8.5;
        let found = pieces(&line, near);
        assert_eq!(
            found,
            vec![json!([[2.0, 0.0], [3.0, 0.0], [4.0, 0.0], [5.0, 0.0]]), json!([[8.0, 0.0], [9.0, 0.0]])]
        );
    }
}
