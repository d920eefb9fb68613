//! Where fires are put: clear land away from real fires, spread over the scene.

use super::granule::{FixedGrid, Granule};
use super::netcdf_io as io;
use crate::error::{Result, file};
use crate::seeds::Rng;
use std::path::Path;

/// Pixels from the edge of the sector that are left alone, so that a detector has a neighbourhood.
const EDGE: usize = 6;
/// FDCC Mask: a processed pixel without fire.
const NO_FIRE: i16 = 100;

/// What may be said about each 2 km pixel, on the grid of the scene.
pub struct Ground {
    pub cols: usize,
    pub lines: usize,
    pub clear_land: Vec<bool>,
    pub real_fire: Vec<bool>,
    pub rule: &'static str,
}

impl Ground {
    /// By NOAA's own fire product of the same moment, found on the scene's grid through the axes.
    pub fn from_fdcc(path: &Path, grid: &FixedGrid) -> Result<Ground> {
        let nc = io::open(path)?;
        let official = FixedGrid::read(&nc, path, "Mask")?;
        let mask: Vec<i16> = io::raw(&nc, path, "Mask")?;
        if (official.view.sub_lon_deg - grid.view.sub_lon_deg).abs() > 1e-6
            || (official.x.step - grid.x.step).abs() > 1e-9
        {
            return Err(file(
                path,
                format!("a grid from {} E with steps of {} rad", official.view.sub_lon_deg, official.x.step),
                format!("{} E and {} rad", grid.view.sub_lon_deg, grid.x.step),
                "give the FDCC file of the same satellite",
            ));
        }
        let found: Vec<Option<i16>> = (0..grid.lines * grid.cols)
            .map(|i| {
                let x = grid.x.angle((i % grid.cols) as f64);
                let y = grid.y.angle((i / grid.cols) as f64);
                official.index(x, y).and_then(|at| mask.get(at).copied())
            })
            .collect();
        if found.iter().all(Option::is_none) {
            return Err(file(
                path,
                "no pixel of the scene",
                "an FDCC sector that holds the scene",
                "give the FDCC file of the same time and region",
            ));
        }
        Ok(Ground {
            cols: grid.cols,
            lines: grid.lines,
            clear_land: found.iter().map(|m| *m == Some(NO_FIRE)).collect(),
            real_fire: found.iter().map(|m| m.is_some_and(is_fire)).collect(),
            rule: "FDCC Mask 100 in a 3 x 3 block, no official fire (10-15, 30-35) near",
        })
    }

    /// By a simple rule of our own: warm, even, greener than a cloud, and not already hot.
    pub fn from_scene(scene: &[Granule], grid: &FixedGrid, coldest_k: f64) -> Ground {
        let n = grid.lines * grid.cols;
        let places = (0..n).map(|i| (grid.x.angle((i % grid.cols) as f64), grid.y.angle((i / grid.cols) as f64)));
        let looks: Vec<Look> = places.map(|(x, y)| Look::at(scene, x, y)).collect();
        Ground {
            cols: grid.cols,
            lines: grid.lines,
            clear_land: looks.iter().map(|look| look.is_clear_land(coldest_k)).collect(),
            real_fire: looks.iter().map(Look::is_hot).collect(),
            rule: "T11 above --coldest-k; by day near infrared above red and 1.6 um below 0.4; no pixel above 325 K near",
        }
    }

    fn block_is_clear(&self, col: usize, line: usize) -> bool {
        (line - 1..=line + 1).all(|l| (col - 1..=col + 1).all(|c| self.clear_land[l * self.cols + c]))
    }

    fn near_fire(&self, fires: &[(usize, usize)], col: usize, line: usize, reach: f64) -> bool {
        fires.iter().any(|(c, l)| distance((*c, *l), (col, line)) <= reach)
    }

    /// Up to `count` pixels (column, line) in random order, `spacing` apart and `reach` from real fires.
    pub fn choose(&self, count: usize, spacing: f64, reach: f64, rng: &mut Rng) -> Vec<(usize, usize)> {
        let place = |i: usize| (i % self.cols, i / self.cols);
        let fires: Vec<(usize, usize)> = (0..self.real_fire.len()).filter(|i| self.real_fire[*i]).map(place).collect();
        let mut candidates: Vec<(usize, usize)> = (0..self.clear_land.len())
            .map(place)
            .filter(|(c, l)| {
                (EDGE..self.cols.saturating_sub(EDGE)).contains(c)
                    && (EDGE..self.lines.saturating_sub(EDGE)).contains(l)
                    && self.block_is_clear(*c, *l)
                    && !self.near_fire(&fires, *c, *l, reach)
            })
            .collect();
        let mut chosen: Vec<(usize, usize)> = Vec::new();
        while chosen.len() < count && !candidates.is_empty() {
            let next = candidates.swap_remove(rng.below(candidates.len()));
            candidates.retain(|other| distance(*other, next) >= spacing);
            chosen.push(next);
        }
        chosen
    }
}

fn is_fire(mask: i16) -> bool {
    matches!(mask, 10..=15 | 30..=35)
}

fn distance(a: (usize, usize), b: (usize, usize)) -> f64 {
    (a.0 as f64 - b.0 as f64).hypot(a.1 as f64 - b.1 as f64)
}

/// What the scene's own bands say about one place; `None` where the band is absent.
struct Look {
    t39_k: Option<f64>,
    t11_k: Option<f64>,
    red: Option<f64>,
    nir: Option<f64>,
    swir: Option<f64>,
}

impl Look {
    fn at(scene: &[Granule], x: f64, y: f64) -> Look {
        let of = |band: u8, value: fn(&Granule, usize) -> Option<f64>| {
            let granule = scene.iter().find(|g| g.band == band)?;
            value(granule, granule.grid.index(x, y)?)
        };
        Look {
            t39_k: of(7, Granule::brightness_k),
            t11_k: of(14, Granule::brightness_k).or_else(|| of(13, Granule::brightness_k)),
            // Blue stands in where red is absent.
            red: of(2, Granule::reflectance).or_else(|| of(1, Granule::reflectance)),
            nir: of(3, Granule::reflectance),
            swir: of(5, Granule::reflectance),
        }
    }

    fn is_clear_land(&self, coldest_k: f64) -> bool {
        let warm = self.t11_k.is_some_and(|t| t > coldest_k);
        let by_day = self.nir.is_some_and(|r| r > 0.03) || self.swir.is_some_and(|r| r > 0.03);
        let green = match (self.nir, self.red) {
            (Some(nir), Some(red)) => nir > red,
            _ => true,
        };
        warm && (!by_day || (green && self.swir.is_none_or(|r| r < 0.4)))
    }

    fn is_hot(&self) -> bool {
        self.t39_k.is_some_and(|t| t > 325.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_land(fire_at: Option<usize>) -> Ground {
        let mut real_fire = vec![false; 100 * 80];
        if let Some(i) = fire_at {
            real_fire[i] = true;
        }
        Ground { cols: 100, lines: 80, clear_land: vec![true; 100 * 80], real_fire, rule: "test" }
    }

    #[test]
    fn sites_keep_their_distance() {
        let ground = open_land(Some(40 * 100 + 50));
        let sites = ground.choose(30, 12.0, 8.0, &mut Rng::new(4, 4));
        assert!(sites.len() > 15);
        for (i, a) in sites.iter().enumerate() {
            assert!(distance(*a, (50, 40)) > 8.0);
            assert!(a.0 >= EDGE && a.1 >= EDGE && a.0 < 94 && a.1 < 74);
            assert!(sites[i + 1..].iter().all(|b| distance(*a, *b) >= 12.0));
        }
    }

    #[test]
    fn same_seed_same_sites() {
        let ground = open_land(None);
        let choose = |key| ground.choose(10, 12.0, 8.0, &mut Rng::new(key, 1));
        assert_eq!(choose(5), choose(5));
        assert_ne!(choose(5), choose(6));
    }
}
