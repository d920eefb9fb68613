//! Many fires of known sizes for swaths and disks: those of a grid on a lattice over the detailed land, and those of a table.

use crate::cover::Cover;
use crate::error::{Result, usage};
use crate::fires::{self, Fire, Part};
use crate::ground::Setting;
use crate::lattice;
use crate::seeds::Rng;
use crate::terrain::{BOX, KM_PER_LAT, KM_PER_LON};
use crate::wanted::{self, FireGrid, Flame};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Streams of what given fires are mixed of, of the places of the grid's fires, of their areas and of their embers, apart
/// from every field of the scene.
const MIXTURE_STREAM: u64 = 0xF3;
const PLACE_STREAM: u64 = 0xF4;
const AREA_STREAM: u64 = 0xF5;
const EMBER_STREAM: u64 = 0xF6;
/// Fields end here, m above the sea.
const HIGHEST_FIELD_M: f64 = 3200.0;
/// Distance between fires where none is given: pixels under a swath.
const SPACING_PIXELS: f64 = 16.0;
/// The same of a geostationary imager, km.
pub const DISK_SPACING_KM: f64 = 24.0;

/// Which fires are wanted beside those of --fire, and what all of these are made of.
#[derive(Debug, clap::Args)]
pub struct GridArgs {
    /// Fires of every area (m2) with every temperature (K) on a lattice over the fields, in random order, like
    /// 10,50x800,1000, or 5:500:7x800 for 7 areas in equal steps of their logarithm; 5~500x800,1000 draws one area for
    /// each temperature and repeat, evenly in its logarithm.
    #[arg(long, value_name = "AREASxTEMPERATURES")]
    grid: Option<String>,
    /// Fires of each area and temperature of --grid.
    #[arg(long, default_value_t = 10, value_name = "N", requires = "grid")]
    repeats: usize,
    /// Distance between fires of --grid: at least half of it (default: 16 pixels at nadir, which are 6 km of the I bands of
    /// VIIRS, also where its M bands are written; 24 km for geostationary imagers).
    #[arg(long, value_name = "KM", requires = "grid")]
    spacing_km: Option<f64>,
    /// The areas of --grid are those of 1000 K; other temperatures get the area that shines alike at this wavelength.
    #[arg(long, value_name = "UM", requires = "grid")]
    equal_radiance: Option<f64>,
    /// Table of fires with the columns lon, lat, area_m2, temperature_k.
    #[arg(long, value_name = "FILE.csv")]
    table: Option<PathBuf>,
    /// Make each fire a mixture over its area: flames on 10-40 % of it, embers of 550-750 K on the rest. Flames are of the
    /// temperature of --grid or --table, those of a --fire of 900-1200 K.
    #[arg(long)]
    mixed: bool,
}

impl GridArgs {
    /// The fires that are given one by one, of the table and of the grid. `usual_km` is the distance where none is asked
    /// for; `fits` tells whether a fire of the grid may lie at a place.
    pub fn fires(
        &self,
        given: &[String],
        setting: &Setting,
        usual_km: f64,
        fits: impl Fn(f64, f64) -> bool,
    ) -> Result<Vec<Fire>> {
        let mut fires = given.iter().map(|text| Fire::parse(text)).collect::<Result<Vec<_>>>()?;
        if self.mixed {
            let mut rng = Rng::new(setting.key, MIXTURE_STREAM);
            for fire in &mut fires {
                fire.parts = fires::mixed_parts(fire.area_m2(), &mut rng);
            }
        }
        let mut flames = match &self.table {
            Some(path) => wanted::table(path)?,
            None => Vec::new(),
        };
        flames.extend(self.placed(setting, usual_km, fits)?);
        let mut rng = Rng::new(setting.key, EMBER_STREAM);
        fires.extend(flames.iter().map(|flame| self.fire(flame, &mut rng)));
        Ok(fires)
    }

    fn fire(&self, flame: &Flame, rng: &mut Rng) -> Fire {
        let (temperature_k, area_m2) = (flame.temperature_k, flame.area_m2);
        let parts = match self.mixed {
            true => fires::flaming_parts(temperature_k, area_m2, rng),
            false => vec![Part { temperature_k, area_m2 }],
        };
        Fire { lon: flame.lon, lat: flame.lat, parts }
    }

    /// The fires of the grid, each at a place of its own.
    fn placed(&self, setting: &Setting, usual_km: f64, fits: impl Fn(f64, f64) -> bool) -> Result<Vec<Flame>> {
        let Some(text) = &self.grid else { return Ok(Vec::new()) };
        let mut wanted = FireGrid::parse(text, self.repeats)?.fires(&mut Rng::new(setting.key, AREA_STREAM));
        if let Some(um) = self.equal_radiance {
            wanted = wanted::of_equal_radiance(wanted, um)?;
        }
        let km = self.spacing_km.unwrap_or(usual_km);
        if !(0.5..=100.0).contains(&km) {
            return Err(usage(format!("--spacing-km {km}"), "0.5 to 100 km", "write it like --spacing-km 6"));
        }
        let (step_lon, step_lat) = (km / KM_PER_LON, km / KM_PER_LAT);
        let cells = (((BOX[3] - BOX[2]) / step_lat) as usize, ((BOX[1] - BOX[0]) / step_lon) as usize);
        let place = |down: f64, across: f64| (BOX[0] + across * step_lon, BOX[2] + down * step_lat);
        let fits = |down: f64, across: f64| {
            let (lon, lat) = place(down, across);
            fits(lon, lat)
        };
        let places = lattice::scatter(wanted.len(), cells, &mut Rng::new(setting.key, PLACE_STREAM), fits);
        if places.len() < wanted.len() {
            return Err(usage(
                format!("room for {} of {} fires {km} km apart", places.len(), wanted.len()),
                "a place in view and, on land, in the fields for each fire",
                "make --repeats, the grid or --spacing-km smaller, or the swath longer",
            ));
        }
        let fires = wanted.into_iter().zip(places);
        Ok(fires
            .map(|((area_m2, temperature_k), (down, across))| {
                let (lon, lat) = place(down, across);
                Flame { lon, lat, area_m2, temperature_k }
            })
            .collect())
    }

    /// The truth of a scene with what was asked for; without a grid it is what it was.
    pub fn told(&self, mut truth: Value) -> Value {
        if let Some(grid) = &self.grid {
            truth["grid"] = json!(grid);
            truth["grid_repeats"] = json!(self.repeats);
            truth["grid_equal_radiance_um"] = json!(self.equal_radiance);
        }
        if self.mixed {
            truth["mixed"] = json!(true);
        }
        truth
    }
}

/// Distance (km) between fires under a swath whose pixels are so large at nadir.
pub fn usual_km(pixel_km: f64) -> f64 {
    (SPACING_PIXELS * pixel_km).round()
}

/// Whether there may be fields at a place of the detailed land: no water, snow or panels, and not too high.
pub fn is_field(setting: &Setting, lon: f64, lat: f64) -> bool {
    let relief = setting.terrain.relief(lon, lat);
    let cell = setting.site_cell_on(lon, lat, &relief);
    let wild = cell.plots.iter().any(|plot| matches!(plot.cover, Cover::Water | Cover::Snow | Cover::Panel));
    relief.elevation_m < HIGHEST_FIELD_M && !wild
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terrain::plane_km;

    fn setting() -> Setting {
        Setting::new(7, jiff::Timestamp::UNIX_EPOCH, 0.0)
    }

    fn args(grid: &str, repeats: usize) -> GridArgs {
        let grid = Some(grid.to_string());
        GridArgs { grid, repeats, spacing_km: None, equal_radiance: None, table: None, mixed: false }
    }

    fn anywhere(args: &GridArgs) -> Vec<Fire> {
        args.fires(&[], &setting(), 6.0, |_, _| true).expect("fires")
    }

    /// The box is 215 by 289 km: 35 by 48 cells of 6 km hold 1680 fires.
    #[test]
    fn fires_of_a_grid_lie_apart_in_the_box() {
        let fires = anywhere(&args("5~500x700,780,900,1000,1150", 60));
        assert_eq!(fires.len(), 300);
        let places: Vec<(f64, f64)> = fires.iter().map(|f| plane_km(f.lon, f.lat)).collect();
        for (i, a) in places.iter().enumerate() {
            assert!(places[..i].iter().all(|b| (a.0 - b.0).hypot(a.1 - b.1) > 2.999));
        }
        assert!(fires.iter().all(|f| (BOX[0]..BOX[1]).contains(&f.lon) && (BOX[2]..BOX[3]).contains(&f.lat)));
        let full = args("10x800", 1681).fires(&[], &setting(), 6.0, |_, _| true).expect_err("no room");
        assert!(full.to_string().contains("room for 1680 of 1681 fires 6 km apart"), "{full}");
    }

    #[test]
    fn a_seed_has_its_grid() {
        let places = |fires: Vec<Fire>| fires.iter().map(|f| (f.lon, f.lat, f.area_m2())).collect::<Vec<_>>();
        let args = args("5~500x800", 30);
        assert_eq!(places(anywhere(&args)), places(anywhere(&args)));
        let other = Setting { key: 8, ..setting() };
        let others = args.fires(&[], &other, 6.0, |_, _| true).expect("fires");
        assert_ne!(places(anywhere(&args)), places(others));
    }

    /// Of 300 places drawn independently the correlation has a standard deviation of 1/sqrt(299) = 0.058.
    #[test]
    fn places_tell_nothing_of_areas_and_temperatures() {
        let fires = anywhere(&args("5:500:5x700,800,900,1000,1100,1200", 10));
        let column = |pick: &dyn Fn(&Fire) -> f64| fires.iter().map(pick).collect::<Vec<f64>>();
        let (lons, lats) = (column(&|f| f.lon), column(&|f| f.lat));
        let sizes = [column(&|f| f.area_m2().ln()), column(&|f| f.temperature_k())];
        for size in &sizes {
            assert!(correlation(size, &lons).abs() < 0.25 && correlation(size, &lats).abs() < 0.25);
        }
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mean_a, mean_b) = (mean(a), mean(b));
        let departures = |values: &[f64], mean: f64| values.iter().map(|v| v - mean).collect::<Vec<f64>>();
        let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let (a, b) = (departures(a, mean_a), departures(b, mean_b));
        product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
    }

    #[test]
    fn fires_of_a_grid_burn_in_fields() {
        let setting = setting();
        let fires = args("20x800", 200).fires(&[], &setting, 6.0, |lon, lat| is_field(&setting, lon, lat));
        for fire in fires.expect("fires") {
            let relief = setting.terrain.relief(fire.lon, fire.lat);
            assert!(relief.elevation_m < 3200.0 && !relief.reservoir && relief.river_km >= 0.12, "{relief:?}");
        }
    }

    #[test]
    fn mixtures_keep_the_area_and_the_temperature_of_the_flames() {
        let mixed = GridArgs { mixed: true, ..args("200x1000,600", 20) };
        for fire in anywhere(&mixed) {
            let [flame, ember] = fire.parts[..] else { panic!("two parts") };
            assert!((fire.area_m2() - 200.0).abs() < 1e-9 && (20.0..=80.0).contains(&flame.area_m2), "{fire:?}");
            assert!(flame.temperature_k == 1000.0 || flame.temperature_k == 600.0);
            assert!(ember.temperature_k >= 550.0 && ember.temperature_k <= flame.temperature_k.min(750.0));
        }
    }

    #[test]
    fn spacings_follow_the_pixels() {
        // VIIRS 0.371 km: 5.9; MODIS 1 km: 16
        assert_eq!((usual_km(0.371), usual_km(1.0)), (6.0, 16.0));
        let far = GridArgs { spacing_km: Some(0.1), ..args("10x800", 1) };
        assert!(far.fires(&[], &setting(), 6.0, |_, _| true).is_err());
    }
}
