//! What fires do to the pixels of a band: L' = L + w (t B(T) - L), w being the part of the pixel that burns.

use super::fire::Flame;
use super::grid::Grid;
use super::sensor::{Band, Sensor};
use crate::psf::{FWHM_PX, shares};
use std::collections::BTreeMap;

/// A pixel's part in a fire.
#[derive(Clone, Copy, Debug)]
pub struct Touch {
    pub column: usize,
    /// Part of the pixel that burns, with the spread of the optics.
    burning: f64,
    /// Radiance of the fire at the satellite, W m-2 sr-1 um-1.
    flame: f64,
}

/// A fire and its place on the ground.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    pub flame: Flame,
    /// Easting and northing, m.
    pub at: (f64, f64),
    /// Part of it that clouds let through.
    pub clear: f64,
}

/// The touched pixels of one band by line.
#[derive(Debug, Default)]
pub struct Touches {
    lines: BTreeMap<usize, Vec<Touch>>,
}

impl Touch {
    /// The radiance with the fire in it.
    pub fn added(&self, radiance: f64) -> f64 {
        radiance + self.burning * (self.flame - radiance)
    }
}

impl Touches {
    /// The pixels of a band that fires touch; the spread is that of a pixel of the band.
    pub fn of(seats: &[Seat], band: &Band, grid: &Grid) -> Touches {
        let mut lines: BTreeMap<usize, Vec<Touch>> = BTreeMap::new();
        for seat in seats {
            let flame = band.transmittance * band.flame(seat.flame.temperature_k);
            let part = seat.clear * seat.flame.area_m2 / (grid.pixel_m * grid.pixel_m);
            let (line, column) = grid.of(seat.at);
            for share in shares(column, line, FWHM_PX) {
                let (Ok(line), Ok(column)) = (usize::try_from(share.line), usize::try_from(share.col)) else {
                    continue;
                };
                if line < grid.lines && column < grid.columns {
                    let burning = (share.weight * part).min(1.0);
                    lines.entry(line).or_default().push(Touch { column, burning, flame });
                }
            }
        }
        Touches { lines }
    }

    /// Those of every band of a sensor; `grid` is that of the finest cells.
    pub fn all(seats: &[Seat], sensor: &Sensor, grid: &Grid) -> Vec<Touches> {
        let bands = sensor.bands.iter().enumerate();
        bands.map(|(place, band)| Touches::of(seats, band, &grid.with_pixels(sensor.pixel_m(place)))).collect()
    }

    /// The touched pixels of a line.
    pub fn on(&self, line: usize) -> &[Touch] {
        self.lines.get(&line).map_or(&[], Vec::as_slice)
    }

    /// Lines with their touched pixels, from north to south.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &[Touch])> {
        self.lines.iter().map(|(line, touches)| (*line, touches.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sensor::{OLI, SWIR22};
    use super::*;

    const GRID: Grid = Grid { west_m: 0.0, north_m: 3000.0, pixel_m: 30.0, lines: 100, columns: 100 };

    fn seat(line: f64, column: f64, area_m2: f64) -> Seat {
        let flame = Flame { lon: 102.0, lat: 36.0, area_m2, temperature_k: 1000.0 };
        Seat { flame, at: GRID.at(line, column), clear: 1.0 }
    }

    fn added(touches: &Touches) -> f64 {
        touches.lines().flat_map(|(_, line)| line).map(|touch| touch.added(0.0)).sum()
    }

    /// ALGORITHMS 3.6: 0.9 m2 at 1000 K in 900 m2 are 3.34 W m-2 sr-1 um-1, wherever in the pixel they burn.
    #[test]
    fn no_radiance_is_lost_between_the_pixels() {
        let band = &OLI.bands[SWIR22];
        for (line, column) in [(50.0, 50.0), (50.4, 49.7), (49.5, 50.5)] {
            let sum = added(&Touches::of(&[seat(line, column, 0.9)], band, &GRID));
            assert!((sum / (0.92 * 3.339) - 1.0).abs() < 0.005, "{sum}");
        }
        let edge = added(&Touches::of(&[seat(-0.5, 50.0, 0.9)], band, &GRID));
        assert!((edge / (0.92 * 3.339) - 0.5).abs() < 0.05, "{edge}");
    }

    #[test]
    fn the_nearest_pixel_has_the_most_and_a_cloud_takes_its_part() {
        let band = &OLI.bands[SWIR22];
        let touches = Touches::of(&[seat(50.2, 49.9, 2.0)], band, &GRID);
        let strongest =
            touches.lines().flat_map(|(line, all)| all.iter().map(move |touch| (touch.added(0.0), line, touch.column)));
        let strongest = strongest.fold((0.0, 0, 0), |best, one| if one.0 > best.0 { one } else { best });
        assert_eq!((strongest.1, strongest.2), (50, 50));
        assert!(touches.on(50).iter().any(|touch| touch.column == 50) && touches.on(70).is_empty());
        let hidden = Touches::of(&[Seat { clear: 0.25, ..seat(50.2, 49.9, 2.0) }], band, &GRID);
        assert!((added(&hidden) / added(&touches) - 0.25).abs() < 1e-9);
    }
}
