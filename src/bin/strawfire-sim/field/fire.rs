//! Fires smaller than a pixel: where they are put, and what is written about them.

use crate::error::{Result, usage};
use crate::fires::Fire;
use crate::lattice;
use crate::seeds::Rng;
use crate::wanted::{self, FireGrid, Wanted};
use std::path::PathBuf;

pub use crate::wanted::Flame;

/// Streams of the places and of the areas of fires, apart from every field of the scene.
const FIRE_STREAM: u64 = 0xF13E;
const AREA_STREAM: u64 = 0xF13F;

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
    /// equal steps of their logarithm, or 0.2~30x800 for one area a temperature drawn between; each stands at a random
    /// place within a random pixel.
    #[arg(long, value_name = "AREASxTEMPERATURES")]
    pub grid: Option<String>,
    /// Fires of each area and temperature of --grid.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub repeats: usize,
    /// Distance between fires of --grid, pixels: at least half of it.
    #[arg(long, default_value_t = 32, value_name = "PIXELS")]
    pub spacing: usize,
}

impl FireArgs {
    /// The fires that have a place: of the table, then of the command line.
    pub fn placed(&self) -> Result<Vec<Flame>> {
        let mut flames = match &self.fires {
            Some(path) => wanted::table(path)?,
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
    pub fn unplaced(&self, key: u64) -> Result<Vec<Wanted>> {
        let Some(text) = &self.grid else { return Ok(Vec::new()) };
        Ok(FireGrid::parse(text, self.repeats)?.fires(&mut Rng::new(key, AREA_STREAM)))
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
        let pixel = |cells: f64| cells * step as f64 - 0.5;
        let mut rng = Rng::new(key, FIRE_STREAM);
        let fits = |down: f64, across: f64| fits(pixel(down), pixel(across));
        let places = lattice::scatter(count, (lines / step, columns / step), &mut rng, fits);
        if places.len() < count {
            return Err(usage(
                format!("room for {} fires of {count}", places.len()),
                "a place in the fields, free of cloud, for each fire",
                "make the scene larger, or --spacing, --repeats or the clouds smaller",
            ));
        }
        Ok(places.into_iter().map(|(down, across)| (pixel(down), pixel(across))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> FireArgs {
        FireArgs { grid: Some(text.to_string()), repeats: 2, spacing: 20, ..FireArgs::default() }
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
    fn fires_of_the_table_come_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fires.csv");
        std::fs::write(&path, "lat,lon,temperature_k,area_m2\n36.5,102.4,800,1.5\n").expect("written");
        let args = FireArgs { fires: Some(path), fire: vec!["102.5,36.4,900,2".to_string()], ..FireArgs::default() };
        let flames = args.placed().expect("fires");
        assert_eq!(flames[0], Flame { lon: 102.4, lat: 36.5, area_m2: 1.5, temperature_k: 800.0 });
        assert_eq!(flames[1], Flame { lon: 102.5, lat: 36.4, area_m2: 2.0, temperature_k: 900.0 });
    }

    #[test]
    fn fires_of_the_grid_are_those_of_a_seed() {
        assert_eq!(grid("0.5x700,800").unplaced(9).expect("fires").len(), 4);
        let drawn = |key| grid("0.5~50x700,800").unplaced(key).expect("fires");
        assert_eq!(drawn(9), drawn(9));
        assert_ne!(drawn(9), drawn(10));
    }
}
