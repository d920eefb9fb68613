//! Counts of a scene, drawn in strips so that no band is ever held whole.

use super::coder::Coder;
use super::grid::Grid;
use super::ground::{BUNDLE, Cell, Ground};
use super::land::Cover;
use super::sensor::{SWIR22, Sensor};
use super::touch::{Seat, Touches};
use crate::error::Result;
use crate::seeds::{hash2, normal};
use rayon::prelude::*;

/// Bundles of lines that are drawn before they are written.
const BUNDLES: usize = 40;

/// A scene that can be drawn.
pub struct Scene {
    sensor: &'static Sensor,
    ground: Ground,
    /// Of every band.
    coders: Vec<Coder>,
    touches: Vec<Touches>,
    /// Key of the noise; `None` for none.
    noise: Option<u64>,
}

/// Some lines of a scene.
pub struct Piece {
    /// Counts by band, each with its own number of lines.
    pub counts: Vec<Vec<u16>>,
    /// Which bands are saturated in each pixel of the 2.2 um band, a bit a band, of those with its pixels.
    pub saturated: Vec<u16>,
    /// What covers each pixel of the coarsest band.
    pub marks: Vec<Mark>,
}

/// Shares of a pixel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    /// Mean opacity of the clouds above, and of those that shade it.
    pub cloud: f32,
    pub shade: f32,
    pub snow: f32,
    pub water: f32,
    /// Not imaged.
    pub outside: bool,
}

impl Scene {
    /// A scene of a ground with fires in it.
    pub fn new(
        sensor: &'static Sensor,
        ground: Ground,
        coders: Vec<Coder>,
        seats: &[Seat],
        noise: Option<u64>,
    ) -> Scene {
        let touches = Touches::all(seats, sensor, &ground.cells);
        Scene { sensor, ground, coders, touches, noise }
    }

    /// Draws it from north to south: `take` gets the first line of cells of each piece, and the piece.
    pub fn draw(&self, mut take: impl FnMut(usize, Piece) -> Result<()>) -> Result<()> {
        let firsts: Vec<usize> = (0..self.ground.cells.lines).step_by(BUNDLE).collect();
        for strip in firsts.chunks(BUNDLES) {
            let pieces: Vec<(usize, Piece)> = strip.par_iter().map(|line0| (*line0, self.piece(*line0))).collect();
            for (line0, piece) in pieces {
                take(line0, piece)?;
            }
        }
        Ok(())
    }

    fn piece(&self, line0: usize) -> Piece {
        let rows = self.ground.bundle(line0);
        let own = self.sensor.bands[SWIR22].cells;
        let mut saturated = vec![0_u16; (rows.len() / own) * (self.ground.cells.columns / own)];
        let mut counts = Vec::new();
        for (place, band) in self.sensor.bands.iter().enumerate() {
            let mut coded = Vec::new();
            for (i, group) in rows.chunks_exact(band.cells).enumerate() {
                self.line(place, line0 / band.cells + i, group, &mut coded);
            }
            if band.cells == own {
                for (bits, (_, is_so)) in saturated.iter_mut().zip(&coded) {
                    *bits |= u16::from(*is_so) << place;
                }
            }
            counts.push(coded.into_iter().map(|(count, _)| count).collect());
        }
        Piece { counts, saturated, marks: self.marks(line0, &rows) }
    }

    /// Codes one line of a band out of the lines of cells that make it.
    fn line(&self, place: usize, line: usize, group: &[Vec<Cell>], coded: &mut Vec<(u16, bool)>) {
        let band = &self.sensor.bands[place];
        let pixels = self.pixels(band.cells);
        let white = self.ground.light.white(band.sun) / (band.cells * band.cells) as f64;
        let sum = |column: usize| {
            let cells = group.iter().flat_map(|row| &row[column * band.cells..(column + 1) * band.cells]);
            cells.map(|cell| cell.reflectance(place)).sum::<f32>()
        };
        let mut radiances: Vec<f64> = (0..pixels.columns).map(|column| white * f64::from(sum(column))).collect();
        for touch in self.touches[place].on(line) {
            radiances[touch.column] = touch.added(radiances[touch.column]);
        }
        coded.extend(radiances.into_iter().enumerate().map(|(column, radiance)| {
            if !self.ground.frame.holds(pixels.at(line as f64, column as f64)) {
                return (0, false);
            }
            let noise = self
                .noise
                .map_or(0.0, |key| band.noise * normal(hash2(key ^ ((place as u64) << 8), line as i64, column as i64)));
            self.coders[place].count(radiance + noise)
        }));
    }

    fn marks(&self, line0: usize, rows: &[Vec<Cell>]) -> Vec<Mark> {
        let side = self.coarsest();
        let pixels = self.pixels(side);
        let groups = rows.chunks_exact(side).enumerate();
        groups
            .flat_map(|(i, group)| {
                (0..pixels.columns).map(move |column| {
                    let at = pixels.at((line0 / side + i) as f64, column as f64);
                    let cells = group.iter().flat_map(|row| &row[column * side..(column + 1) * side]);
                    Mark::of(cells, side * side, !self.ground.frame.holds(at))
                })
            })
            .collect()
    }

    /// Side of the pixels of the coarsest band, in cells.
    pub fn coarsest(&self) -> usize {
        self.sensor.bands.iter().map(|band| band.cells).max().unwrap_or(1)
    }

    /// The grid of pixels of so many cells.
    pub fn pixels(&self, cells: usize) -> Grid {
        self.ground.cells.with_pixels(self.sensor.cell_m * cells as f64)
    }
}

impl Mark {
    fn of<'a>(cells: impl Iterator<Item = &'a Cell>, count: usize, outside: bool) -> Mark {
        let part = 1.0 / count as f32;
        cells.fold(Mark { outside, ..Mark::default() }, |mark, cell| Mark {
            cloud: mark.cloud + part * cell.cloud,
            shade: mark.shade + part * cell.shade,
            snow: mark.snow + if cell.spot.cover == Cover::Snow { part } else { 0.0 },
            water: mark.water + if cell.spot.cover == Cover::Water { part } else { 0.0 },
            outside,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fire::Flame;
    use super::super::ground::Look;
    use super::super::light::Light;
    use super::super::sensor::{MSI, OLI};
    use super::*;

    const SUN: Light = Light { elevation_deg: 45.0, azimuth_deg: 160.0, distance_au: 1.0 };

    /// Reflectances without the cosine as counts of 1/50000, from 5000.
    fn scene(sensor: &'static Sensor, seats: &[Seat], tilt_deg: f64) -> Scene {
        let cells = Grid { west_m: 250_000.0, north_m: 4_050_000.0, pixel_m: sensor.cell_m, lines: 60, columns: 120 };
        let look = Look { key: 3, cloud: 0.0, snow: 0.0, glint: false };
        let coder = |band: &super::super::sensor::Band| Coder {
            gain: 5e4 / SUN.above(band.sun),
            offset: 5000.0,
            saturation: band.saturation,
            saturated_count: None,
            folds: false,
        };
        let coders = sensor.bands.iter().map(coder).collect();
        Scene::new(sensor, Ground::new(cells, SUN, &look, tilt_deg), coders, seats, None)
    }

    /// All counts of a band.
    fn counts(scene: &Scene, place: usize) -> Vec<u16> {
        let mut all = Vec::new();
        let drawn = scene.draw(|_, piece| {
            all.extend_from_slice(&piece.counts[place]);
            Ok(())
        });
        drawn.expect("drawn");
        all
    }

    #[test]
    fn every_band_has_its_own_number_of_pixels() {
        for (sensor, sizes) in [(&OLI, [1800; 7]), (&MSI, [200, 7200, 7200, 7200, 1800, 1800, 1800])] {
            let scene = scene(sensor, &[], 0.0);
            for (place, size) in sizes.into_iter().enumerate() {
                let counts = counts(&scene, place);
                assert_eq!(counts.len(), size);
                assert!(counts.iter().all(|count| (5000..30_000).contains(count)));
            }
        }
    }

    /// ALGORITHMS 3.6: 0.9 m2 at 1000 K under a sun at 45 degrees raise the reflectance by 0.17 in all; here by that and
    /// the cosine, which a product does not divide by, through air that lets 0.92 pass.
    #[test]
    fn a_fire_raises_the_counts_by_what_it_shines() {
        let quiet = scene(&OLI, &[], 0.0);
        let flame = Flame { lon: 102.0, lat: 36.0, area_m2: 0.9, temperature_k: 1000.0 };
        let seat = Seat { flame, at: quiet.pixels(2).at(14.8, 30.3), clear: 1.0 };
        let burning = scene(&OLI, &[seat], 0.0);
        let (before, after) = (counts(&quiet, SWIR22), counts(&burning, SWIR22));
        let rise: f64 = before.iter().zip(&after).map(|(b, a)| (f64::from(*a) - f64::from(*b)) / 5e4).sum();
        let want = 0.92 * 0.17 * 45.0_f64.to_radians().sin();
        assert!((rise / want - 1.0).abs() < 0.1, "{rise} {want}");
        let brightest = (0..after.len()).max_by_key(|i| after[*i] - before[*i]).expect("a pixel");
        assert_eq!((brightest / 60, brightest % 60), (15, 30));
    }

    #[test]
    fn nothing_is_measured_outside_the_frame() {
        let scene = scene(&OLI, &[], 11.0);
        let counts = counts(&scene, 0);
        assert!(counts[0] == 0 && counts[15 * 60 + 30] > 5000);
        let mut marks = Vec::new();
        let drawn = scene.draw(|_, piece| {
            marks.extend(piece.marks);
            Ok(())
        });
        drawn.expect("drawn");
        assert_eq!(marks.len(), counts.len());
        assert!(marks.iter().zip(&counts).all(|(mark, count)| mark.outside == (*count == 0)));
    }
}
