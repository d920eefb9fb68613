//! What every command of this folder that draws a scene asks for, and what follows from it.

use super::fire::{FireArgs, Flame};
use super::grid::{Grid, Projection, utm, zone_of};
use super::ground::{Ground, Look};
use super::light::Light;
use super::sensor::{SWIR22, Sensor};
use super::touch::Seat;
use crate::error::{Result, usage};
use crate::seeds::{Family, key};
use gdal::spatial_ref::SpatialRef;
use std::path::PathBuf;

/// The words common to scenes of tens of metres.
#[derive(Debug, clap::Args)]
pub struct SceneArgs {
    /// Folder to write the product and truth.geojson and truth.csv into; made if absent.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// When the middle of the scene is seen, UTC, like 2025-10-20T03:50:00Z.
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Middle of the scene.
    #[arg(long, value_name = "LON,LAT", default_value = "102.4,36.48", allow_hyphen_values = true)]
    pub centre: String,
    /// UTM zone (default: that of the middle).
    #[arg(long, value_name = "N")]
    pub zone: Option<u8>,
    /// Mean opacity of the clouds, 0 to 0.95.
    #[arg(long, default_value_t = 0.1, value_name = "SHARE")]
    pub cloud: f64,
    /// Share of the ground under snow, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub snow: f64,
    /// Elevation of the sun instead of the true one, degrees; below 0 is night.
    #[arg(long, value_name = "DEGREES", allow_hyphen_values = true)]
    pub sun_elevation: Option<f64>,
    /// Some panels of solar parks mirror the sun into the satellite.
    #[arg(long)]
    pub glint: bool,
    /// What the seed is for; the sealed family is for scoring only.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    pub family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// No instrument noise.
    #[arg(long)]
    pub no_noise: bool,
    #[command(flatten)]
    pub wanted: FireArgs,
}

/// What follows from the words before the size of a scene is known.
pub struct Prepared {
    pub time: jiff::Timestamp,
    pub light: Light,
    pub zone: u8,
    pub system: SpatialRef,
    pub projection: Projection,
    /// The middle, m.
    pub middle: (f64, f64),
    /// The middle, degrees.
    pub centre: (f64, f64),
    pub key: u64,
}

impl SceneArgs {
    /// Works out time, sun and projection.
    pub fn prepare(&self, usual_time: &str) -> Result<Prepared> {
        let share = |value: f64, most: f64, name: &str| {
            if (0.0..=most).contains(&value) {
                return Ok(());
            }
            Err(usage(
                format!("--{name} {value}"),
                format!("a share from 0 to {most}"),
                format!("write it like --{name} 0.1"),
            ))
        };
        share(self.cloud, 0.95, "cloud")?;
        share(self.snow, 1.0, "snow")?;
        let time = time_of(self.time.as_deref().unwrap_or(usual_time))?;
        let centre = self.place()?;
        if let Some(degrees) = self.sun_elevation.filter(|degrees| !(-90.0..=90.0).contains(degrees)) {
            return Err(usage(
                format!("--sun-elevation {degrees}"),
                "-90 to 90 degrees",
                "write it like --sun-elevation 45",
            ));
        }
        let zone = self.zone.unwrap_or_else(|| zone_of(centre.0));
        let system = utm(zone)?;
        let projection = Projection::of(&system)?;
        let middle = projection.map(centre.0, centre.1).ok_or_else(|| {
            usage(format!("--centre {} in zone {zone}", self.centre), "a place near the zone", "leave --zone out")
        })?;
        let light = Light::at(time, centre, self.sun_elevation);
        Ok(Prepared { time, light, zone, system, projection, middle, centre, key: key(self.family, self.seed) })
    }

    fn place(&self) -> Result<(f64, f64)> {
        let numbers: Vec<f64> = self.centre.split(',').filter_map(|text| text.trim().parse().ok()).collect();
        match numbers[..] {
            [lon, lat] if (-180.0..=180.0).contains(&lon) && (0.0..=84.0).contains(&lat) => Ok((lon, lat)),
            _ => Err(usage(
                format!("--centre {}", self.centre),
                "longitude -180 to 180 and latitude 0 to 84",
                "write it like --centre 102.4,36.48",
            )),
        }
    }

    /// What the ground is drawn from.
    pub fn look(&self, prepared: &Prepared) -> Look {
        Look { key: prepared.key, cloud: self.cloud, snow: self.snow, glint: self.glint }
    }

    /// Key of the noise; `None` for none.
    pub fn noise(&self, prepared: &Prepared) -> Option<u64> {
        (!self.no_noise).then_some(prepared.key ^ 0x0A15E)
    }

    /// The fires and where they stand: those that have a place, then those of the grid on clear fields.
    pub fn seats(&self, prepared: &Prepared, ground: &Ground, sensor: &Sensor) -> Result<Vec<Seat>> {
        let grid = ground.cells.with_pixels(sensor.pixel_m(SWIR22));
        let seat = |flame: Flame| -> Result<Seat> {
            let at =
                prepared.projection.map(flame.lon, flame.lat).filter(|at| grid.holds(*at) && ground.frame.holds(*at));
            let at = at.ok_or_else(|| off_scene(&flame))?;
            Ok(Seat { flame, at, clear: 1.0 - ground.cloud(at) })
        };
        let mut seats = self.wanted.placed()?.into_iter().map(seat).collect::<Result<Vec<Seat>>>()?;
        let wanted = self.wanted.unplaced(prepared.key)?;
        let fits = |line: f64, column: f64| ground.is_clear_field(grid.at(line, column));
        let places = self.wanted.scatter(wanted.len(), (grid.lines, grid.columns), prepared.key, fits)?;
        for ((area_m2, temperature_k), (line, column)) in wanted.into_iter().zip(places) {
            let at = grid.at(line, column);
            let (lon, lat) = place_of(&prepared.projection, at)?;
            seats.push(Seat { flame: Flame { lon, lat, area_m2, temperature_k }, at, clear: 1.0 - ground.cloud(at) });
        }
        Ok(seats)
    }
}

/// A fire that the scene does not see.
pub fn off_scene(flame: &Flame) -> crate::error::SimError {
    usage(
        format!("a fire at {} E {} N", flame.lon, flame.lat),
        "a place that the scene sees",
        "move the fire, or the scene by --centre and its size",
    )
}

/// The place of a point in degrees.
pub fn place_of(projection: &Projection, at: (f64, f64)) -> Result<(f64, f64)> {
    projection.place(at).ok_or_else(|| {
        usage(format!("no place for {:.0} m E {:.0} m N", at.0, at.1), "a point near the zone", "leave --zone out")
    })
}

fn time_of(text: &str) -> Result<jiff::Timestamp> {
    let wrong = |expected: &str| usage(format!("--time {text}"), expected, "write it like --time 2025-10-20T03:50:00Z");
    let time: jiff::Timestamp = text.parse().map_err(|_| wrong("an RFC 3339 time with its offset"))?;
    if time.subsec_nanosecond() != 0 {
        return Err(wrong("a whole second"));
    }
    Ok(time)
}

/// A grid of pixels about a middle whose western and northern edges are multiples of so many metres, and an offset.
pub fn about(
    middle: (f64, f64),
    (lines, columns): (usize, usize),
    pixel_m: f64,
    multiple_m: f64,
    offset_m: f64,
) -> Grid {
    let edge = |middle: f64, half: f64| ((middle + half - offset_m) / multiple_m).round() * multiple_m + offset_m;
    Grid {
        west_m: edge(middle.0, -0.5 * columns as f64 * pixel_m),
        north_m: edge(middle.1, 0.5 * lines as f64 * pixel_m),
        pixel_m,
        lines,
        columns,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_begin_at_round_metres() {
        let grid = about((266_789.0, 4_040_123.0), (7700, 7600), 30.0, 30.0, 15.0);
        assert_eq!((grid.west_m - 15.0) % 30.0, 0.0);
        assert_eq!((grid.north_m - 15.0) % 30.0, 0.0);
        let middle = grid.middle();
        assert!((middle.0 - 266_789.0).abs() <= 15.0 && (middle.1 - 4_040_123.0).abs() <= 15.0);
    }

    #[test]
    fn times_are_whole_seconds() {
        assert!(time_of("2025-10-20T03:50:00Z").is_ok());
        assert!(time_of("2025-10-20").is_err() && time_of("2025-10-20T03:50:00.5Z").is_err());
    }
}
