//! Which fires are wanted: areas and temperatures of a grid, or the fires of a table.

use crate::error::{Result, file, usage};
use crate::planck::per_wavelength;
use crate::seeds::Rng;
use std::path::Path;

/// No command makes more fires than this.
const MOST_FIRES: usize = 1_000_000;
/// The temperature for which areas of equal radiance are meant, K.
const EQUAL_K: f64 = 1000.0;

/// One fire of one temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flame {
    pub lon: f64,
    pub lat: f64,
    pub area_m2: f64,
    pub temperature_k: f64,
}

/// Area (m2) and temperature (K) of a fire that has no place yet.
pub type Wanted = (f64, f64);

/// Areas and temperatures, written like 0.5,1,2x700,800 or 0.2:30:13x800 or 5~500x800,1000.
#[derive(Clone, Debug, PartialEq)]
pub struct FireGrid {
    areas: Areas,
    temperatures_k: Vec<f64>,
    repeats: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Areas {
    /// Each of them with each temperature.
    Listed(Vec<f64>),
    /// One with each temperature, drawn evenly in its logarithm.
    Between(f64, f64),
}

impl FireGrid {
    pub fn parse(text: &str, repeats: usize) -> Result<FireGrid> {
        let wrong = || {
            usage(
                format!("--grid {text}"),
                "areas above 0 and up to 5000000 m2, the letter x, temperatures of 400 to 1500 K",
                "write it like --grid 0.5,1,2x700,800 or --grid 0.2:30:13x800 or --grid 5~500x800",
            )
        };
        let (areas, temperatures) = text.split_once('x').ok_or_else(wrong)?;
        let areas = Areas::parse(areas).ok_or_else(wrong)?;
        let temperatures_k = numbers(temperatures).ok_or_else(wrong)?;
        let fit =
            areas.bounds().iter().all(|area| sound_area(*area)) && temperatures_k.iter().all(|k| sound_kelvin(*k));
        let once = areas.count().saturating_mul(temperatures_k.len());
        if !fit || once.saturating_mul(repeats) > MOST_FIRES {
            return Err(wrong());
        }
        Ok(FireGrid { areas, temperatures_k, repeats })
    }

    /// The fires, temperature by temperature, once and once again.
    pub fn fires(&self, rng: &mut Rng) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for _ in 0..self.repeats {
            for kelvin in &self.temperatures_k {
                match &self.areas {
                    Areas::Listed(areas) => wanted.extend(areas.iter().map(|area| (*area, *kelvin))),
                    Areas::Between(low, high) => wanted.push((rng.between(low.ln(), high.ln()).exp(), *kelvin)),
                }
            }
        }
        wanted
    }
}

impl Areas {
    fn parse(text: &str) -> Option<Areas> {
        let Some((low, high)) = text.split_once('~') else { return numbers(text).map(Areas::Listed) };
        let (low, high) = (number(low)?, number(high)?);
        (low <= high).then_some(Areas::Between(low, high))
    }

    /// What must be sound for all of them to be.
    fn bounds(&self) -> Vec<f64> {
        match self {
            Areas::Listed(areas) => areas.clone(),
            Areas::Between(low, high) => vec![*low, *high],
        }
    }

    /// Fires of one temperature.
    fn count(&self) -> usize {
        match self {
            Areas::Listed(areas) => areas.len(),
            Areas::Between(..) => 1,
        }
    }
}

/// The same fires with areas that shine in one wavelength (um) as theirs would at 1000 K.
pub fn of_equal_radiance(wanted: Vec<Wanted>, um: f64) -> Result<Vec<Wanted>> {
    if !(0.4..=15.0).contains(&um) {
        return Err(usage(
            format!("--equal-radiance {um}"),
            "a wavelength of 0.4 to 15 um",
            "write it like --equal-radiance 3.74",
        ));
    }
    let at_1000 = per_wavelength(um, EQUAL_K);
    let scaled = |(area, kelvin): Wanted| (area * at_1000 / per_wavelength(um, kelvin), kelvin);
    let wanted: Vec<Wanted> = wanted.into_iter().map(scaled).collect();
    if let Some((area, kelvin)) = wanted.iter().find(|(area, _)| !sound_area(*area)) {
        return Err(usage(
            format!("{area:.0} m2 at {kelvin} K by --equal-radiance {um}"),
            "areas above 0 and up to 5000000 m2",
            "make the areas smaller or the temperatures higher",
        ));
    }
    Ok(wanted)
}

fn sound_area(area_m2: f64) -> bool {
    area_m2 > 0.0 && area_m2 <= 5e6
}

fn sound_kelvin(temperature_k: f64) -> bool {
    (400.0..=1500.0).contains(&temperature_k)
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0)
}

/// Numbers with commas between, or LOW:HIGH:COUNT in equal steps of the logarithm.
fn numbers(text: &str) -> Option<Vec<f64>> {
    if let [low, high, count] = text.split(':').collect::<Vec<_>>()[..] {
        let (low, high, count) = (number(low)?, number(high)?, count.trim().parse::<usize>().ok()?);
        let step = (high / low).ln() / (count.checked_sub(1).filter(|steps| (1..MOST_FIRES).contains(steps))? as f64);
        return Some((0..count).map(|i| low * (step * i as f64).exp()).collect());
    }
    text.split(',').map(number).collect()
}

/// The fires of a table with the columns lon, lat, area_m2, temperature_k.
pub fn table(path: &Path) -> Result<Vec<Flame>> {
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

    fn fires(text: &str) -> Vec<Wanted> {
        FireGrid::parse(text, 2).expect("a grid").fires(&mut Rng::new(5, 1))
    }

    #[test]
    fn a_grid_is_every_area_with_every_temperature() {
        let once = [(0.5, 700.0), (1.0, 700.0), (0.5, 800.0), (1.0, 800.0)];
        assert_eq!(fires("0.5,1x700,800"), [once, once].concat());
        for (got, want) in fires("0.1:10:3x800").iter().zip([0.1, 1.0, 10.0]) {
            assert!((got.0 / want - 1.0).abs() < 1e-12);
        }
        for text in ["1,2", "x800", "1x", "0x800", "1x300", "ax800", "1:2x800", "1:2:1x800", "-1x800", "NaNx800"] {
            assert!(FireGrid::parse(text, 2).is_err(), "{text}");
        }
        assert!(FireGrid::parse("1:2:1000x800", 1001).is_err());
    }

    /// 60 repeats of 5 temperatures are 300 fires; half of the areas lie below the geometric mean of the bounds, 50.
    #[test]
    fn areas_are_drawn_evenly_in_their_logarithm() {
        let grid = FireGrid::parse("5~500x700,780,900,1000,1150", 60).expect("a grid");
        let wanted = grid.fires(&mut Rng::new(5, 1));
        assert_eq!((wanted.len(), wanted[4].1, wanted[5].1), (300, 1150.0, 700.0));
        assert!(wanted.iter().all(|(area, _)| (5.0..=500.0).contains(area)));
        let below = wanted.iter().filter(|(area, _)| *area < 50.0).count();
        // 150 by expectation, standard deviation sqrt(300)/2 = 8.7
        assert!((115..=185).contains(&below), "{below}");
        assert_eq!(wanted, grid.fires(&mut Rng::new(5, 1)));
        assert_ne!(wanted, grid.fires(&mut Rng::new(6, 1)));
        for text in ["500~5x800", "0~5x800", "5~6000000x800", "5~x800", "1~2~3x800"] {
            assert!(FireGrid::parse(text, 1).is_err(), "{text}");
        }
    }

    /// ALGORITHMS 7, vectors at 3.75 um: 3539.6824 at 1000 K, 1338.2334 at 800 K; their ratio is 2.645041.
    #[test]
    fn equal_radiance_takes_larger_areas_of_cooler_fires() {
        let wanted = of_equal_radiance(vec![(20.0, 800.0), (20.0, 1000.0)], 3.75).expect("areas");
        assert!((wanted[0].0 / (20.0 * 2.645_041) - 1.0).abs() < 1e-5 && wanted[0].1 == 800.0, "{wanted:?}");
        assert!((wanted[1].0 - 20.0).abs() < 1e-9);
        assert!(of_equal_radiance(vec![(4e6, 400.0)], 3.75).is_err());
        assert!(of_equal_radiance(Vec::new(), f64::NAN).is_err());
    }

    #[test]
    fn tables_are_read_by_the_names_of_their_columns() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fires.csv");
        std::fs::write(&path, "id,lat,lon,temperature_k,area_m2\na,36.5,102.4,800,1.5\n").expect("written");
        let flames = table(&path).expect("fires");
        assert_eq!(flames, [Flame { lon: 102.4, lat: 36.5, area_m2: 1.5, temperature_k: 800.0 }]);
        for text in ["lat,lon,area_m2\n36,102,1\n", "lon,lat,area_m2,temperature_k\n102,36,-1,800\n"] {
            std::fs::write(&path, text).expect("written");
            assert!(table(&path).is_err(), "{text}");
        }
    }
}
