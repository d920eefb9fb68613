//! What is true of a scene: truth.geojson for people and maps, truth.csv for scripts.

use super::grid::Grid;
use super::sensor::Sensor;
use super::touch::Seat;
use crate::error::{Result, file};
use crate::fires::round;
use crate::output::{write_json, write_whole};
use crate::planck::STEFAN_BOLTZMANN;
use serde_json::{Value, json};
use std::path::Path;

/// Writes both files; `head` is an object of what is true of the whole scene, `grid` that of the 2.2 um band.
pub fn write(out: &Path, head: &Value, seats: &[Seat], grid: &Grid) -> Result<()> {
    let mut document = json!({"type": "FeatureCollection", "simulated": true});
    if let (Some(document), Some(head)) = (document.as_object_mut(), head.as_object()) {
        document.extend(head.clone());
    }
    document["notes"] = json!([
        "line and column: pixels of the 2.2 um band, counted from 0, whole numbers are the middles of pixels",
        "area and temperature are of a black body, of whose radiance the air lets through what transmittance says",
        "the land is invented unless the product was given: fields, rivers and clouds are not those of Haidong",
    ]);
    document["features"] = seats.iter().enumerate().map(|(i, seat)| feature(i + 1, seat, grid)).collect();
    write_json(&out.join("truth.geojson"), &document)?;
    let path = out.join("truth.csv");
    let table = table(seats, grid).map_err(|e| file(&path, e, "a table that can be written", "check the fires"))?;
    write_whole(&path, &table)
}

/// Of each band, the share of a fire's radiance that reaches the satellite.
pub fn transmittance(sensor: &Sensor) -> Value {
    sensor.bands.iter().map(|band| (band.name.to_string(), json!(band.transmittance))).collect()
}

fn feature(number: usize, seat: &Seat, grid: &Grid) -> Value {
    let flame = &seat.flame;
    let (line, column) = grid.of(seat.at);
    json!({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(flame.lon, 7), round(flame.lat, 7)]},
        "properties": {
            "id": id(number),
            "line": round(line, 4),
            "column": round(column, 4),
            "area_m2": round(flame.area_m2, 5),
            "temperature_k": round(flame.temperature_k, 2),
            "frp_mw": round(STEFAN_BOLTZMANN * flame.area_m2 * flame.temperature_k.powi(4) / 1e6, 6),
            "cloud_opacity": round(1.0 - seat.clear, 3),
            "simulated": true,
        },
    })
}

fn table(seats: &[Seat], grid: &Grid) -> std::result::Result<Vec<u8>, String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = ["id", "lon", "lat", "line", "column", "area_m2", "temperature_k"];
    table.write_record(head).map_err(|e| e.to_string())?;
    for (i, seat) in seats.iter().enumerate() {
        let (flame, (line, column)) = (&seat.flame, grid.of(seat.at));
        let numbers = [flame.lon, flame.lat, line, column, flame.area_m2, flame.temperature_k];
        let cells = [7, 7, 4, 4, 5, 2].iter().zip(numbers).map(|(digits, number)| round(number, *digits).to_string());
        let record: Vec<String> = std::iter::once(id(i + 1)).chain(cells).collect();
        table.write_record(&record).map_err(|e| e.to_string())?;
    }
    table.into_inner().map_err(|e| e.to_string())
}

fn id(number: usize) -> String {
    format!("F{number:05}")
}

#[cfg(test)]
mod tests {
    use super::super::fire::Flame;
    use super::*;

    #[test]
    fn both_files_say_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let grid = Grid { west_m: 0.0, north_m: 900.0, pixel_m: 30.0, lines: 30, columns: 30 };
        let flame = Flame { lon: 102.4, lat: 36.5, area_m2: 2.0, temperature_k: 800.0 };
        let seat = Seat { flame, at: grid.at(4.25, 7.5), clear: 0.75 };
        write(folder.path(), &json!({"product": "a scene"}), &[seat], &grid).expect("written");
        let text = std::fs::read_to_string(folder.path().join("truth.csv")).expect("a table");
        assert_eq!(text, "id,lon,lat,line,column,area_m2,temperature_k\nF00001,102.4,36.5,4.25,7.5,2,800\n");
        let json: Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("truth.geojson")).expect("a file")).expect("JSON");
        assert_eq!((&json["product"], &json["simulated"]), (&json!("a scene"), &json!(true)));
        let fire = &json["features"][0]["properties"];
        assert_eq!((&fire["line"], &fire["column"], &fire["cloud_opacity"]), (&json!(4.25), &json!(7.5), &json!(0.25)));
        // 2 m2 at 800 K: 5.670374e-8 * 2 * 800^4 / 1e6
        assert_eq!(fire["frp_mw"], json!(0.046_452));
    }
}
