//! The ground of a series: what never changes is worked out once, temperatures follow from it at each slot.

use crate::cover::Cover;
use crate::ground::{Cell, PLOTS, Plot, Setting, aspect_k, slope_cosine};
use crate::navigation::DiskGrid;
use crate::season::{LAPSE_K_PER_M, REFERENCE_M};
use crate::seeds::{hash2, normal};
use crate::site::{Land as Seen, extent};
use crate::sun;
use crate::terrain::{BOX, plane_km};
use crate::texture::fractal;
use rayon::prelude::*;

use super::weather::spell_k;

/// Cells along a 2 km pixel: half as many as for a single slot, there are so many slots.
pub const CELLS: usize = 4;

/// The ground of the site, in image order.
pub struct Land {
    /// 0-based column and line (2 km grid) of the first pixel, and size in pixels, margin included.
    pub col: usize,
    pub line: usize,
    pub cols: usize,
    pub lines: usize,
    spots: Vec<Spot>,
}

/// One cell, as it is at all times.
#[derive(Clone, Copy, Debug)]
struct Spot {
    lon: f64,
    lat: f64,
    elevation_m: f64,
    slope: [f64; 2],
    fields: [Field; PLOTS],
    /// Dryness of the soil over some kilometres, about -1 to 1.
    dry: f64,
}

/// One field, as it is at all times.
#[derive(Clone, Copy, Debug)]
struct Field {
    cover: Cover,
    tone: f32,
    /// How far it strays from its neighbours, standard deviations.
    stray: f64,
}

impl Land {
    /// The land of a seed; snow and green as they are at the time of the setting.
    pub fn new(setting: &Setting) -> Self {
        let (col, line, cols, lines) = extent(setting, &DiskGrid::himawari(1));
        let seen = Seen::new(setting, DiskGrid::himawari(1));
        let place = |first: usize, i: usize| first as f64 - 0.5 + (i as f64 + 0.5) / CELLS as f64;
        let spots = (0..lines * CELLS)
            .into_par_iter()
            .flat_map_iter(|j| {
                let seen = &seen;
                (0..cols * CELLS).map(move |i| {
                    let (lon, lat) = seen.place(place(col, i), place(line, j)).unwrap_or((BOX[0], BOX[2]));
                    spot(setting, lon, lat)
                })
            })
            .collect();
        Land { col, line, cols, lines, spots }
    }

    /// The cells at the time of a setting.
    pub fn cells(&self, setting: &Setting) -> Vec<Cell> {
        self.spots.par_iter().map(|spot| spot.cell(setting)).collect()
    }
}

fn spot(setting: &Setting, lon: f64, lat: f64) -> Spot {
    let relief = setting.terrain.relief(lon, lat);
    let (x, y) = plane_km(lon, lat);
    let place = hash2(setting.key ^ 35, (x * 1e3) as i64, (y * 1e3) as i64);
    let plots = setting.site_cell(lon, lat).plots;
    let field = |i: usize| {
        let bits = hash2(place, i as i64, 0);
        // One field in ten strays much further than the rest.
        let wide = if bits.is_multiple_of(10) { 2.5 } else { 1.0 };
        Field { cover: plots[i].cover, tone: plots[i].tone, stray: wide * normal(hash2(bits, 1, 0)) }
    };
    Spot {
        lon,
        lat,
        elevation_m: relief.elevation_m,
        slope: relief.slope,
        fields: std::array::from_fn(field),
        dry: fractal(setting.key ^ 5, x / 11.0, y / 11.0, 4, 0.55),
    }
}

impl Spot {
    fn cell(&self, setting: &Setting) -> Cell {
        let sun = sun::position(setting.moment.days_j2000, self.lon, self.lat);
        let cos_flat = sun.cos_zenith.max(0.0);
        let cos_slope = slope_cosine(&sun, self.slope);
        let swing = setting.moment.swing_k(self.lon);
        let mean = setting.moment.mean_k() - LAPSE_K_PER_M * (self.elevation_m - REFERENCE_M) - 0.6 * (self.lat - 36.3)
            + spell_k(setting, self.lon, self.lat)
            + aspect_k(cos_flat, cos_slope);
        let temperature = |field: &Field| self.field_k(setting, field, mean, swing);
        let plots = self.fields.map(|field| Plot {
            temperature_k: temperature(&field) as f32,
            tone: field.tone,
            cover: field.cover,
        });
        let cloud = setting.clouds.opacity(self.lon, self.lat);
        setting.cell(plots, cos_flat, cos_slope, cloud, mean + swing)
    }

    /// Temperature of a field (K): its own middle and its own swing about it. Dry and high ground swings more [O].
    fn field_k(&self, setting: &Setting, field: &Field, mean: f64, swing: f64) -> f64 {
        let high = 1.0 + 0.08 * (self.elevation_m - REFERENCE_M) / 1000.0;
        let swing = swing * high * (1.0 + 0.2 * self.dry + 0.08 * field.stray);
        match field.cover {
            Cover::Bare => mean + swing + 0.6 * field.stray,
            Cover::Alpine => mean + 0.85 * swing + 0.5 * field.stray,
            Cover::Green => mean + 0.65 * swing + 0.4 * field.stray,
            Cover::Water => 282.0 + 8.0 * setting.moment.summer() + 0.05 * swing,
            Cover::Snow => (mean - 3.0 + 0.4 * swing).min(273.15),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;

    #[test]
    fn days_are_warm_and_nights_cold_on_the_same_ground() {
        let at = |time: &str| Setting::new(2, time.parse().expect("a time"), 0.0).over(Shape::Plateau, false);
        let (day, night) = (at("2025-10-10T05:30:00Z"), at("2025-10-10T20:00:00Z"));
        let spot = spot(&day, 102.3, 36.4);
        let (warm, cold) = (spot.cell(&day), spot.cell(&night));
        for (a, b) in warm.plots.iter().zip(cold.plots) {
            assert_eq!(a.cover, b.cover);
            assert!((8.0..45.0).contains(&(a.temperature_k - b.temperature_k)), "{a:?} {b:?}");
        }
    }
}
