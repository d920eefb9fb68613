//! What the bands of a scanner see: plain land between nodes, the site in cells, fires, noise.

use super::canvas::{Canvas, Extent};
use super::earth;
use super::even::Even;
use super::marks::{self, Seat};
use super::orbit::Orbit;
use super::scanner::Scanner;
use super::view::View;
use crate::around::Scorch;
use crate::bands::Band;
use crate::ground::Setting;
use crate::optics::Optics;
use crate::seeds::{mix, normal, roughly_normal};
use crate::terrain::detail_weight;
use std::ops::Range;

/// The plain land is computed every so many columns and interpolated between.
const NODE_STEP: usize = 16;
/// Land and water in the masks of the products (EOS land/sea mask: 1 land, 5 deep inland water).
pub const LAND: u8 = 1;
pub const INLAND_WATER: u8 = 5;

/// One overpass: everything but the scanner.
pub struct Overpass {
    pub orbit: Orbit,
    pub setting: Setting,
    /// Unix time of the first scan, s.
    pub start_s: f64,
    pub seats: Vec<Seat>,
    /// Fresh char around the fires.
    pub scorches: Vec<Scorch>,
    /// The even ground, if there is no land.
    pub even: Option<Even>,
    pub noisy: bool,
    pub canvas: Option<Canvas>,
    /// Where in the scan pixels are drawn, 0 to 1; all others are fill. Whole scans where the site is not all that counts.
    pub drawn: [f64; 2],
}

/// The whole scan.
pub const ALL: [f64; 2] = [0.0, 1.0];

/// One band, ready: its optics and its view of the site's cells.
pub struct Channel {
    pub optics: Optics,
    cells: Vec<f32>,
    noise: f64,
    noise_key: u64,
}

/// One scan with everything that its pixels measure.
pub struct Exposure {
    pub view: View,
    /// W m-2 sr-1 um-1, one vector a band.
    pub radiances: Vec<Vec<f32>>,
    pub height_m: Vec<i16>,
    pub land: Vec<u8>,
}

impl Overpass {
    /// The extent of the detailed land that some scans see.
    pub fn site(orbit: &Orbit, scanner: &Scanner, scans: usize) -> Option<Extent> {
        let columns = (0..scanner.columns()).step_by(NODE_STEP);
        let lines = [0.0, scanner.lines as f64 - 1.0];
        let places = (0..scans).flat_map(|scan| {
            columns.clone().flat_map(move |column| {
                let sample = scanner.middle(column);
                let stance = orbit.stance(scanner.time(scan, sample));
                lines
                    .into_iter()
                    .filter_map(move |line| scanner.look(&stance, line, scanner.angle(sample)))
                    .map(|look| earth::lon_lat(look.ground))
            })
        });
        Extent::around(places)
    }

    /// The columns that are drawn, from one node to another.
    fn columns(&self, scanner: &Scanner) -> Range<usize> {
        let columns = scanner.columns();
        let node = |share: f64| share * columns as f64 / NODE_STEP as f64;
        let (first, last) = (node(self.drawn[0]).floor() as usize, node(self.drawn[1]).ceil() as usize);
        first * NODE_STEP..(last * NODE_STEP + 1).min(columns)
    }

    pub fn channel(&self, band: Band, tag: u64) -> Channel {
        let optics = Optics::new(band);
        Channel {
            cells: self.canvas.as_ref().map(|canvas| canvas.radiances(&optics)).unwrap_or_default(),
            noise: if self.noisy { optics.noise() } else { 0.0 },
            noise_key: mix(self.setting.noise_key ^ mix(tag)),
            optics,
        }
    }

    /// Exposes one scan in all channels.
    pub fn expose(&self, scanner: &Scanner, channels: &[Channel], scan: usize) -> Exposure {
        let view = View::of(scanner, &self.orbit, scan, self.start_s, &self.columns(scanner));
        let mut radiances = match &self.even {
            Some(even) => channels.iter().map(|c| even.radiances(&c.optics, &view)).collect(),
            None => self.land(scanner, channels, &view),
        };
        self.scorch(scanner, channels, &view, &mut radiances);
        let marks = marks::of_scan(scanner, &self.orbit, scan, &self.seats);
        for (channel, radiance) in channels.iter().zip(&mut radiances) {
            for ((line, column), mark) in &marks {
                let pixel: &mut f32 = &mut radiance[line * view.columns + column];
                *pixel = marks::lit(f64::from(*pixel), mark, &channel.optics) as f32;
            }
            channel.shake(&view, radiance);
        }
        let (height_m, land) = self.surface(&view);
        Exposure { view, radiances, height_m, land }
    }

    /// Fresh char takes the place of its share of the ground.
    fn scorch(&self, scanner: &Scanner, channels: &[Channel], view: &View, radiances: &mut [Vec<f32>]) {
        for scorch in &self.scorches {
            let ground = earth::point(scorch.lon, scorch.lat);
            for fall in marks::falls(scanner, &self.orbit, view.scan, ground) {
                let at = fall.pixel.0 * view.columns + fall.pixel.1;
                let share = (fall.weight * scorch.area_m2 / fall.pixel_m2).min(1.0);
                for (channel, radiance) in channels.iter().zip(radiances.iter_mut()) {
                    let before = f64::from(radiance[at]);
                    radiance[at] = (before + share * (scorch.radiance(&channel.optics) - before)) as f32;
                }
            }
        }
    }

    fn land(&self, scanner: &Scanner, channels: &[Channel], view: &View) -> Vec<Vec<f32>> {
        let nodes = Nodes::new(&self.setting_at(scanner, view.scan), channels, view);
        let mut radiances: Vec<Vec<f32>> =
            (0..channels.len()).map(|band| nodes.spread(view, |node| node[band])).collect();
        let Some(canvas) = &self.canvas else { return radiances };
        // A pixel twice the size of another covers four times the cells.
        let nadir_m = scanner.pitch_rad * f64::from(view.range_km[view.columns / 2]) * 1e3;
        let side = ((nadir_m / 100.0).round() as usize).clamp(3, 8);
        for i in 0..view.lon.len() {
            let weight = detail_weight(view.lon[i], view.lat[i]);
            if weight.is_nan() || weight <= 0.0 {
                continue;
            }
            let cells = canvas.footprint(view, i / view.columns, i % view.columns, side);
            let shine = canvas.shine(view, i, &cells);
            for (channel, radiance) in channels.iter().zip(&mut radiances) {
                let sum: f64 = cells.iter().map(|cell| f64::from(channel.cells[*cell])).sum();
                let near = sum / cells.len() as f64 + channel.optics.mirrored(&shine);
                let far = f64::from(radiance[i]);
                radiance[i] = (far + weight * (near - far)) as f32;
            }
        }
        radiances
    }

    fn setting_at(&self, scanner: &Scanner, scan: usize) -> Setting {
        let seconds = self.start_s + scanner.time(scan, scanner.middle(scanner.columns() / 2));
        match jiff::Timestamp::from_second(seconds.round() as i64) {
            Ok(time) => self.setting.later(time),
            Err(_) => self.setting,
        }
    }

    /// Heights and land or water. The land outside the box is all land; even ground is at sea level.
    fn surface(&self, view: &View) -> (Vec<i16>, Vec<u8>) {
        let n = view.lon.len();
        if self.even.is_some() {
            return (vec![0; n], vec![LAND; n]);
        }
        let nodes = Nodes::heights(&self.setting, view);
        let plain = nodes.spread(view, |node| node[0]);
        (0..n)
            .map(|i| {
                let (lon, lat) = (view.lon[i], view.lat[i]);
                let weight = detail_weight(lon, lat);
                match &self.canvas {
                    Some(canvas) if weight > 0.0 => {
                        let relief = canvas.relief(lon, lat);
                        let far = f64::from(plain[i]);
                        let wet = relief.reservoir || relief.river_km < 0.12;
                        let height = far + weight * (relief.elevation_m - far);
                        (height as i16, if wet { INLAND_WATER } else { LAND })
                    }
                    _ => (plain[i] as i16, LAND),
                }
            })
            .unzip()
    }
}

impl Channel {
    /// Adds the noise of each pixel, by its line in the overpass and its column.
    fn shake(&self, view: &View, radiance: &mut [f32]) {
        if self.noise <= 0.0 {
            return;
        }
        for (line, row) in radiance.chunks_mut(view.columns).enumerate() {
            let key = mix(self.noise_key ^ (view.scan * view.lines + line) as u64);
            let lons = &view.lon[line * view.columns..];
            let lats = &view.lat[line * view.columns..];
            for (column, pixel) in row.iter_mut().enumerate().filter(|(_, pixel)| !pixel.is_nan()) {
                let bits = mix(key.wrapping_add(column as u64));
                let near = detail_weight(lons[column], lats[column]) > 0.0;
                let draw = if near { normal(bits) } else { roughly_normal(bits) };
                *pixel += (self.noise * draw) as f32;
            }
        }
    }
}

/// Values at the nodes of one scan: two rows (its first and last line) of every sixteenth column and the last.
struct Nodes {
    columns: usize,
    values: Vec<Vec<f32>>,
}

impl Nodes {
    fn new(setting: &Setting, channels: &[Channel], view: &View) -> Nodes {
        Nodes::with(view, |lon, lat| {
            if lon.is_nan() {
                return vec![f32::NAN; channels.len()];
            }
            let cell = setting.plain_cell(lon, lat);
            channels.iter().map(|c| c.optics.radiance(&cell) as f32).collect()
        })
    }

    fn heights(setting: &Setting, view: &View) -> Nodes {
        Nodes::with(view, |lon, lat| vec![setting.plain_height(lon, lat).0 as f32])
    }

    fn with(view: &View, value: impl Fn(f64, f64) -> Vec<f32>) -> Nodes {
        let columns = (view.columns - 1).div_ceil(NODE_STEP) + 1;
        let values = [0, view.lines - 1]
            .into_iter()
            .flat_map(|line| (0..columns).map(move |k| line * view.columns + (k * NODE_STEP).min(view.columns - 1)))
            .map(|i| value(view.lon[i], view.lat[i]))
            .collect();
        Nodes { columns, values }
    }

    /// One value at every pixel, between the nodes.
    fn spread(&self, view: &View, pick: impl Fn(&[f32]) -> f32) -> Vec<f32> {
        let mut out = Vec::with_capacity(view.lon.len());
        for line in 0..view.lines {
            let down = line as f32 / (view.lines.max(2) - 1) as f32;
            let row: Vec<f32> = (0..self.columns)
                .map(|k| {
                    let (a, b) = (pick(&self.values[k]), pick(&self.values[k + self.columns]));
                    a + down * (b - a)
                })
                .collect();
            out.extend((0..view.columns).map(|column| {
                let k = (column / NODE_STEP).min(self.columns - 2);
                let width = ((k + 1) * NODE_STEP).min(view.columns - 1) - k * NODE_STEP;
                row[k] + (row[k + 1] - row[k]) * (column - k * NODE_STEP) as f32 / width as f32
            }));
        }
        out
    }
}
