//! One segment of one band as counts: plain land everywhere, the site laid over it, fires, noise, quantisation.

use crate::around::Around;
use crate::calibration::{Calibration, OUTSIDE_COUNT};
use crate::days::stray::{self, Glow, StrayLight};
use crate::fires::Fire;
use crate::ground::Setting;
use crate::hsd::Segment;
use crate::navigation::DiskGrid;
use crate::optics::Optics;
use crate::psf::{FWHM_PX, shares};
use crate::seeds::{mix, normal, roughly_normal};
use crate::sight;
use crate::site::Patch;
use crate::traps::Trap;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The plain land is computed every so many 2 km pixels and interpolated between.
const NODE_STEP: usize = 16;

/// A fire's mark on one pixel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spark {
    /// Share of the pixel that burns.
    pub share: f64,
    /// Radiance added, W m-2 sr-1 um-1.
    pub added: f64,
}

/// All that a segment's rows need.
pub struct Frame<'a> {
    optics: &'a Optics,
    calibration: &'a Calibration,
    patch: Option<&'a Patch>,
    grid: DiskGrid,
    first_line: usize,
    nodes: Vec<f64>,
    node_cols: usize,
    sparks: BTreeMap<(usize, usize), Spark>,
    /// Sunlight in the telescope.
    glow: Option<Glow>,
    noise: f64,
    noise_key: u64,
}

impl<'a> Frame<'a> {
    pub fn new(
        segment: &Segment,
        setting: &Setting,
        optics: &'a Optics,
        calibration: &'a Calibration,
        patch: Option<&'a Patch>,
        fires: &[Fire],
        around: &Around,
    ) -> Self {
        let grid = DiskGrid::himawari(segment.band.fineness);
        let (nodes, node_cols) = plain_nodes(segment, setting, optics);
        let strays = segment.band.number == stray::BAND && setting.traps.has(Trap::Stray);
        Frame {
            optics,
            calibration,
            patch,
            grid,
            first_line: segment.first_line0(),
            nodes,
            node_cols,
            sparks: sparks(fires, around, setting, optics, &grid),
            glow: strays.then(|| StrayLight::new(setting.key, segment.band).at(&setting.moment)),
            noise: optics.noise(),
            noise_key: mix(setting.noise_key ^ (0xA0 + u64::from(segment.band.number))),
        }
    }

    /// The counts of the segment, row by row.
    pub fn counts(&self) -> Vec<u16> {
        let lines = self.optics.band.segment_lines();
        let cols = self.optics.band.columns();
        let mut counts = vec![OUTSIDE_COUNT; lines * cols];
        counts.par_chunks_mut(cols).enumerate().for_each(|(row, out)| self.fill_row(row, out));
        counts
    }

    fn fill_row(&self, row: usize, out: &mut [u16]) {
        let line = self.first_line + row;
        let Some((from, to)) = self.earth_span(line, out.len()) else {
            return;
        };
        let plain = self.node_row(row);
        let key = mix(self.noise_key ^ line as u64);
        for (col, count) in out.iter_mut().enumerate().take(to).skip(from) {
            let noise = self.noise * roughly_normal(mix(key.wrapping_add(col as u64)));
            *count = self.calibration.encode(self.plain(&plain, col) + noise + self.stray(col, line));
        }
        let exact = |col: usize, radiance: f64| {
            let noise = self.noise * normal(mix(key.wrapping_add(col as u64)));
            self.calibration.encode(radiance + noise + self.stray(col, line))
        };
        for col in self.site_columns(line) {
            out[col] = exact(col, self.clean(&plain, line, col));
        }
        for ((_, col), spark) in self.sparks.range((line, from)..(line, to)) {
            let behind = self.clean(&plain, line, *col);
            out[*col] = exact(*col, behind * (1.0 - spark.share) + spark.added);
        }
    }

    /// Band 7, the only one that it falls into, has pixels of 2 km.
    #[inline]
    fn stray(&self, col: usize, line: usize) -> f64 {
        self.glow.map_or(0.0, |glow| glow.on(col, line))
    }

    fn site_columns(&self, line: usize) -> std::ops::Range<usize> {
        match self.patch {
            Some(p) if (p.line..p.line + p.lines).contains(&line) => p.col..p.col + p.cols,
            _ => 0..0,
        }
    }

    /// Radiance without noise and fire: the site over the plain land.
    fn clean(&self, plain: &[f64], line: usize, col: usize) -> f64 {
        let far = self.plain(plain, col);
        match self.patch {
            Some(p) if self.site_columns(line).contains(&col) => {
                let (near, weight) = p.pixels[(line - p.line) * p.cols + col - p.col];
                far + f64::from(weight) * (f64::from(near) - far)
            }
            _ => far,
        }
    }

    #[inline]
    fn plain(&self, row: &[f64], col: usize) -> f64 {
        let step = NODE_STEP * self.optics.band.fineness;
        let node = col / step;
        let share = (col % step) as f64 / step as f64;
        row[node] + share * (row[node + 1] - row[node])
    }

    /// The node row interpolated to one line.
    fn node_row(&self, row: usize) -> Vec<f64> {
        let step = NODE_STEP * self.optics.band.fineness;
        let share = (row % step) as f64 / step as f64;
        let start = row / step * self.node_cols;
        (start..start + self.node_cols)
            .map(|i| self.nodes[i] * (1.0 - share) + self.nodes[i + self.node_cols] * share)
            .collect()
    }

    /// The columns of a line that lie on the Earth: the disk is convex, so they are one run about the middle.
    fn earth_span(&self, line: usize, cols: usize) -> Option<(usize, usize)> {
        let y = self.grid.angle(line as f64);
        let on_earth = |col: usize| self.grid.view.sees_earth(self.grid.angle(col as f64), y);
        let middle = cols / 2;
        if !on_earth(middle) {
            return None;
        }
        let (mut off, mut on) = (0, middle);
        while on - off > 1 {
            let half = (on + off) / 2;
            if on_earth(half) {
                on = half;
            } else {
                off = half;
            }
        }
        Some((on, cols - on))
    }
}

/// Radiance of the plain land at the nodes of a segment, one row and one column beyond its end.
fn plain_nodes(segment: &Segment, setting: &Setting, optics: &Optics) -> (Vec<f64>, usize) {
    let grid = DiskGrid::himawari(1);
    let first = segment.first_line0() / segment.band.fineness;
    let node_cols = 5500 / NODE_STEP + 2;
    let node_rows = 550 / NODE_STEP + 2;
    let nodes = (0..node_rows * node_cols)
        .into_par_iter()
        .map(|i| {
            let col = (i % node_cols * NODE_STEP) as f64;
            let line = (first + i / node_cols * NODE_STEP) as f64;
            let (lon, lat) = nearest_on_earth(&grid, col, line);
            optics.radiance(&setting.plain_cell(lon, lat))
        })
        .collect();
    (nodes, node_cols)
}

/// The place at a pixel, or the first one on the Earth on the way to the middle of the disk.
fn nearest_on_earth(grid: &DiskGrid, col: f64, line: f64) -> (f64, f64) {
    const MIDDLE: f64 = 2749.5;
    (0..60)
        .map(|i| 1.0 - 0.01 * f64::from(i))
        .find_map(|s| grid.lon_lat(MIDDLE + s * (col - MIDDLE), MIDDLE + s * (line - MIDDLE)))
        .unwrap_or((grid.view.sub_lon_deg, 0.0))
}

/// What the fires add to each pixel of a band, and the char about them. Cloud over a fire hides its part of it, land in the
/// way all of it.
pub fn sparks(
    fires: &[Fire],
    around: &Around,
    setting: &Setting,
    optics: &Optics,
    grid: &DiskGrid,
) -> BTreeMap<(usize, usize), Spark> {
    let mut all: BTreeMap<(usize, usize), Spark> = BTreeMap::new();
    let seat = |lon: f64, lat: f64| {
        let (col, line) = sight::seen(setting, grid, lon, lat)?;
        Some((col, line, grid.pixel_area_m2(col, line)?))
    };
    for fire in fires {
        let Some((col, line, pixel_m2)) = seat(fire.lon, fire.lat) else {
            continue;
        };
        let clear = 1.0 - setting.clouds.opacity(fire.lon, fire.lat);
        let through = optics.through_smoke(around.plumes.opacity(fire.lon, fire.lat));
        for part in &fire.parts {
            let share = clear * part.area_m2 / pixel_m2;
            add(&mut all, (col, line), share, through * optics.flame(part.temperature_k));
        }
    }
    // The cloud above char is in its radiance.
    for scorch in &around.scorches {
        if let Some((col, line, pixel_m2)) = seat(scorch.lon, scorch.lat) {
            add(&mut all, (col, line), scorch.area_m2 / pixel_m2, scorch.radiance(optics));
        }
    }
    all
}

/// Spreads a share of a pixel, and its radiance, over the pixels that see it.
fn add(all: &mut BTreeMap<(usize, usize), Spark>, (col, line): (f64, f64), share: f64, radiance: f64) {
    for place in shares(col, line, FWHM_PX) {
        let (Ok(l), Ok(c)) = (usize::try_from(place.line), usize::try_from(place.col)) else {
            continue;
        };
        let spark = all.entry((l, c)).or_default();
        spark.share = (spark.share + share * place.weight).min(1.0);
        spark.added += share * place.weight * radiance;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::around::AroundArgs;
    use crate::bands::Band;
    use crate::shape::Shape;

    /// 1000 m2 of fire and 10,000 m2 of char about it take 11,000 m2 of the pixels together.
    #[test]
    fn char_takes_its_share_beside_the_fire() {
        let setting = Setting::new(3, jiff::Timestamp::UNIX_EPOCH, 0.0).over(Shape::Plateau, true);
        let (grid, fires) = (DiskGrid::himawari(1), [Fire::parse("102.4,36.4,800,1000").expect("a fire")]);
        let optics = Optics::new(Band::numbered(7).expect("a band"));
        let taken_m2 = |around: &Around| {
            let (col, line) = sight::seen(&setting, &grid, 102.4, 36.4).expect("seen");
            let sparks = sparks(&fires, around, &setting, &optics, &grid);
            sparks.values().map(|spark| spark.share).sum::<f64>() * grid.pixel_area_m2(col, line).expect("an area")
        };
        let charred = AroundArgs::of_char(10.0).of(&fires, &setting).expect("sound");
        assert!((taken_m2(&Around::default()) - 1000.0).abs() < 1e-3);
        assert!((taken_m2(&charred) - 11_000.0).abs() < 1e-2);
    }
}
