//! Fires smaller than a pixel: where they are put, and what is written about them.

use crate::error::{Result, file, usage};
use crate::fires::Fire;
use crate::seeds::Rng;
use std::path::{Path, PathBuf};

/// Stream of the places of fires, apart from every field of the scene.
const FIRE_STREAM: u64 = 0xF13E;
/// Draws of a place within one cell of the lattice before the cell is given up.
const TRIES: usize = 16;

/// Which fires are wanted.
#[derive(Debug, Default, clap::Args)]
pub struct FireArgs {
    /// Table of fires with the columns lon, lat, area_m2, temperature_k.
    #[arg(long, value_name = "FILE.csv")]
    pub fires: Option<PathBuf>,
    /// A fire of one temperature; may be given many times.
    #[arg(long = "fire", value_name = "LON,LAT,TEMP_K,AREA_M2", allow_hyphen_values = true)]
    pub fire: Vec<String>,
    /// Fires of every area (m2) with every temperature (K), like 0.5,1,2x700,800, or 0.2:30:13x800 for 13 areas in
    /// equal steps of their logarithm; each stands at a random place within a random pixel.
    #[arg(long, value_name = "AREASxTEMPERATURES")]
    pub grid: Option<String>,
    /// Fires of each area and temperature of --grid.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub repeats: usize,
    /// Distance between fires of --grid, pixels: at least half of it.
    #[arg(long, default_value_t = 32, value_name = "PIXELS")]
    pub spacing: usize,
}

/// One fire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flame {
    pub lon: f64,
    pub lat: f64,
    pub area_m2: f64,
    pub temperature_k: f64,
}

/// Area and temperature of a fire that has no place yet.
pub type Wanted = (f64, f64);

impl FireArgs {
    /// The fires that have a place: of the table, then of the command line.
    pub fn placed(&self) -> Result<Vec<Flame>> {
        let mut flames = match &self.fires {
            Some(path) => table(path)?,
            None => Vec::new(),
        };
        for text in &self.fire {
            let fire = Fire::parse(text)?;
            let (area_m2, temperature_k) = (fire.area_m2(), fire.parts.first().map_or(0.0, |part| part.temperature_k));
            flames.push(Flame { lon: fire.lon, lat: fire.lat, area_m2, temperature_k });
        }
        Ok(flames)
    }

    /// The fires of the grid.
    pub fn unplaced(&self) -> Result<Vec<Wanted>> {
        let Some(text) = &self.grid else { return Ok(Vec::new()) };
        let wrong = || {
            usage(
                format!("--grid {text}"),
                "areas above 0 and up to 5000000 m2, the letter x, temperatures of 400 to 1500 K",
                "write it like --grid 0.5,1,2x700,800 or --grid 0.2:30:13x800",
            )
        };
        let (areas, temperatures) = text.split_once('x').ok_or_else(wrong)?;
        let areas = numbers(areas).ok_or_else(wrong)?;
        let temperatures = numbers(temperatures).ok_or_else(wrong)?;
        let fit = areas.iter().all(|area| sound_area(*area)) && temperatures.iter().all(|kelvin| sound_kelvin(*kelvin));
        if !fit || areas.len() * temperatures.len() * self.repeats > 1_000_000 {
            return Err(wrong());
        }
        let one = temperatures.iter().flat_map(|kelvin| areas.iter().map(move |area| (*area, *kelvin)));
        let one: Vec<Wanted> = one.collect();
        Ok((0..self.repeats).flat_map(|_| one.iter().copied()).collect())
    }

    /// Places for so many fires on a lattice of pixels (line, column), each where `fits` says so, in random order.
    pub fn scatter(
        &self,
        count: usize,
        (lines, columns): (usize, usize),
        key: u64,
        fits: impl Fn(f64, f64) -> bool,
    ) -> Result<Vec<(f64, f64)>> {
        let step = self.spacing.max(2);
        let (down, across) = (lines / step, columns / step);
        let mut rng = Rng::new(key, FIRE_STREAM);
        let mut cells: Vec<usize> = (0..down * across).collect();
        for last in (1..cells.len()).rev() {
            cells.swap(last, rng.below(last + 1));
        }
        let mut places = Vec::new();
        for cell in cells {
            if places.len() == count {
                break;
            }
            // the middle half of the cell, so that neighbours keep half the spacing
            let mut within = |at: usize| ((at as f64) + rng.between(0.25, 0.75)) * step as f64 - 0.5;
            let place = (0..TRIES).map(|_| (within(cell / across), within(cell % across))).find(|at| fits(at.0, at.1));
            places.extend(place);
        }
        if places.len() < count {
            return Err(usage(
                format!("room for {} fires of {count}", places.len()),
                "a place in the fields, free of cloud, for each fire",
                "make the scene larger, or --spacing, --repeats or the clouds smaller",
            ));
        }
        Ok(places)
    }
}

fn sound_area(area_m2: f64) -> bool {
    area_m2 > 0.0 && area_m2 <= 5e6
}

fn sound_kelvin(temperature_k: f64) -> bool {
    (400.0..=1500.0).contains(&temperature_k)
}

/// Numbers with commas between, or LOW:HIGH:COUNT in equal steps of the logarithm.
fn numbers(text: &str) -> Option<Vec<f64>> {
    let parsed = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    if let [low, high, count] = text.split(':').collect::<Vec<_>>()[..] {
        let (low, high, count) = (parsed(low)?, parsed(high)?, count.trim().parse::<usize>().ok()?);
        let step = (high / low).ln() / (count.checked_sub(1).filter(|steps| *steps > 0)? as f64);
        return Some((0..count).map(|i| low * (step * i as f64).exp()).collect());
    }
    text.split(',').map(parsed).collect()
}

/// The fires of a table.
fn table(path: &Path) -> Result<Vec<Flame>> {
    let wrong = |found: String| {
        file(
            path,
            found,
            "a table with the columns lon, lat, area_m2, temperature_k: degrees, above 0 to 5000000 m2, 400 to 1500 K",
            "correct the line",
        )
    };
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(|e| wrong(e.to_string()))?;
    let heads = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
    let mut places = [0; 4];
    for (place, name) in places.iter_mut().zip(["lon", "lat", "area_m2", "temperature_k"]) {
        *place = heads.iter().position(|head| head == name).ok_or_else(|| wrong(format!("no column {name}")))?;
    }
    let mut flames = Vec::new();
    for (i, record) in reader.records().enumerate() {
        let record = record.map_err(|e| wrong(e.to_string()))?;
        let values = places.map(|at| record.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(f64::NAN));
        let [lon, lat, area_m2, temperature_k] = values;
        let sound = lon.abs() <= 180.0 && lat.abs() <= 90.0 && sound_area(area_m2) && sound_kelvin(temperature_k);
        if !sound {
            return Err(wrong(format!("line {}: {}", i + 2, record.iter().collect::<Vec<_>>().join(","))));
        }
        flames.push(Flame { lon, lat, area_m2, temperature_k });
    }
    Ok(flames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> FireArgs {
        FireArgs { grid: Some(text.to_string()), repeats: 2, spacing: 20, ..FireArgs::default() }
    }

    #[test]
    fn a_grid_is_every_area_with_every_temperature() {
        let wanted = grid("0.5,1x700,800").unplaced().expect("fires");
        let once = [(0.5, 700.0), (1.0, 700.0), (0.5, 800.0), (1.0, 800.0)];
        assert_eq!(wanted, [once, once].concat());
        let areas: Vec<f64> = grid("0.1:10:3x800").unplaced().expect("fires").iter().map(|w| w.0).collect();
        for (got, want) in areas.iter().zip([0.1, 1.0, 10.0]) {
            assert!((got / want - 1.0).abs() < 1e-12);
        }
        for text in ["1,2", "x800", "1x", "0x800", "1x300", "ax800", "1:2x800", "1:2:1x800", "-1x800", "NaNx800"] {
            assert!(grid(text).unplaced().is_err(), "{text}");
        }
    }

    #[test]
    fn fires_keep_their_distance_and_lie_where_they_may() {
        let fits = |line: f64, _: f64| line > 100.0;
        let places = grid("1x800").scatter(30, (300, 200), 9, fits).expect("places");
        for (i, a) in places.iter().enumerate() {
            assert!(a.0 > 100.0 && a.0 < 300.0 && a.1 > 0.0 && a.1 < 200.0);
            assert!(places[..i].iter().all(|b| (a.0 - b.0).hypot(a.1 - b.1) >= 10.0));
        }
        assert_eq!(places, grid("1x800").scatter(30, (300, 200), 9, fits).expect("places"));
        assert!(grid("1x800").scatter(200, (300, 200), 9, fits).is_err());
    }

    #[test]
    fn tables_are_read_by_the_names_of_their_columns() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fires.csv");
        std::fs::write(&path, "id,lat,lon,temperature_k,area_m2\na,36.5,102.4,800,1.5\n").expect("written");
        let args =
            FireArgs { fires: Some(path.clone()), fire: vec!["102.5,36.4,900,2".to_string()], ..FireArgs::default() };
        let flames = args.placed().expect("fires");
        assert_eq!(flames[0], Flame { lon: 102.4, lat: 36.5, area_m2: 1.5, temperature_k: 800.0 });
        assert_eq!(flames[1], Flame { lon: 102.5, lat: 36.4, area_m2: 2.0, temperature_k: 900.0 });
        for text in ["lat,lon,area_m2\n36,102,1\n", "lon,lat,area_m2,temperature_k\n102,36,-1,800\n"] {
            std::fs::write(&path, text).expect("written");
            assert!(args.placed().is_err(), "{text}");
        }
    }
}
