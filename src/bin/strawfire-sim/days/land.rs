//! The ground of a series: what never changes is worked out once, temperatures follow from it at each slot.

use crate::cover::Cover;
use crate::ground::{Cell, PLOTS, Plot, Setting, aspect_k, slope_cosine};
use crate::navigation::DiskGrid;
use crate::season::{LAPSE_K_PER_M, REFERENCE_M};
use crate::seeds::{hash2, normal, unit};
use crate::site::{Land as Seen, extent};
use crate::sun;
use crate::terrain::{BOX, plane_km};
use crate::texture::fractal;
use rayon::prelude::*;

use super::weather::{shadow, spell_k};

/// Share of the sunlight that comes straight from the sun; the rest comes from the sky, in shadows too [O].
const DIRECT: f64 = 0.9;
/// How much colder shaded ground is under a sun 37 degrees up or higher, K [O].
const SHADOW_K: f64 = 3.0;
/// Fields are snowed up within so many metres about the snow line, half to either side.
const SNOW_BAND_M: f64 = 250.0;

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
    /// How readily snow covers it, 0 to 1.
    open: f32,
}

impl Land {
    /// The land of a seed; lasting snow and green as they are at the time of the setting.
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

    /// The cells at the time of a setting, with fresh snow above a height (m).
    pub fn cells(&self, setting: &Setting, snow_line_m: Option<f64>) -> Vec<Cell> {
        let instant = sun::Instant::at(setting.moment.days_j2000);
        self.spots.par_iter().map(|spot| spot.cell(setting, &instant, snow_line_m)).collect()
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
        Field {
            cover: plots[i].cover,
            tone: plots[i].tone,
            stray: wide * normal(hash2(bits, 1, 0)),
            open: unit(hash2(bits, 2, 0)) as f32,
        }
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
    fn cell(&self, setting: &Setting, instant: &sun::Instant, snow_line_m: Option<f64>) -> Cell {
        let sun = instant.over(self.lon, self.lat);
        let cos_flat = sun.cos_zenith.max(0.0);
        let cos_slope = slope_cosine(&sun, self.slope);
        let shade = shadow(setting, &sun, self.lon, self.lat);
        let swing = setting.moment.swing_k(self.lon);
        let mean = setting.moment.mean_k() - LAPSE_K_PER_M * (self.elevation_m - REFERENCE_M) - 0.6 * (self.lat - 36.3)
            + spell_k(setting, self.lon, self.lat)
            + aspect_k(cos_flat, cos_slope)
            - SHADOW_K * shade * (cos_flat / 0.6).min(1.0);
        let plots = self.fields.map(|field| {
            let cover = self.cover(&field, snow_line_m);
            let temperature_k = self.field_k(setting, &field, cover, mean, swing) as f32;
            Plot { temperature_k, tone: field.tone, mir: 1.0, cover }
        });
        let cloud = setting.clouds.opacity(self.lon, self.lat);
        setting.cell(plots, cos_flat, cos_slope * (1.0 - DIRECT * shade), cloud, mean + swing)
    }

    fn cover(&self, field: &Field, snow_line_m: Option<f64>) -> Cover {
        let above = |line: f64| (self.elevation_m - line) / SNOW_BAND_M + 0.5;
        let snowed = snow_line_m.is_some_and(|line| above(line) > f64::from(field.open));
        if snowed && field.cover != Cover::Water { Cover::Snow } else { field.cover }
    }

    /// Temperature of a field (K): its own middle and its own swing about it. Dry and high ground swings more [O].
    fn field_k(&self, setting: &Setting, field: &Field, cover: Cover, mean: f64, swing: f64) -> f64 {
        let high = 1.0 + 0.08 * (self.elevation_m - REFERENCE_M) / 1000.0;
        let swing = swing * high * (1.0 + 0.2 * self.dry + 0.08 * field.stray);
        match cover {
            // no series has panels here: its park is light alone
            Cover::Bare | Cover::Panel => mean + swing + 0.6 * field.stray,
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

    fn seen(spot: &Spot, setting: &Setting, snow_line_m: Option<f64>) -> Cell {
        spot.cell(setting, &sun::Instant::at(setting.moment.days_j2000), snow_line_m)
    }

    #[test]
    fn days_are_warm_and_nights_cold_on_the_same_ground() {
        let at = |time: &str| Setting::new(2, time.parse().expect("a time"), 0.0).over(Shape::Plateau, false);
        let (day, night) = (at("2025-10-10T05:30:00Z"), at("2025-10-10T20:00:00Z"));
        let spot = spot(&day, 102.3, 36.4);
        let (warm, cold) = (seen(&spot, &day, None), seen(&spot, &night, None));
        for (a, b) in warm.plots.iter().zip(cold.plots) {
            assert_eq!(a.cover, b.cover);
            assert!((8.0..45.0).contains(&(a.temperature_k - b.temperature_k)), "{a:?} {b:?}");
        }
    }

    /// Snow melts at 273.15 K and is never warmer; water is not snowed up.
    #[test]
    fn snow_lies_above_its_line_and_is_no_warmer_than_melting() {
        let setting = Setting::new(2, "2025-10-10T05:30:00Z".parse().expect("a time"), 0.0).over(Shape::Plateau, false);
        let spot = spot(&setting, 102.3, 36.4);
        for (line, snowed) in [(2000.0, true), (3000.0, false)] {
            for plot in seen(&spot, &setting, Some(line)).plots {
                assert_eq!(plot.cover == Cover::Snow, snowed);
                assert!(!snowed || plot.temperature_k <= 273.15, "{plot:?}");
            }
        }
        let river = Field { cover: Cover::Water, tone: 1.0, stray: 0.0, open: 0.0 };
        assert_eq!(spot.cover(&river, Some(2000.0)), Cover::Water);
    }

    #[test]
    fn shaded_ground_is_darker_and_a_little_colder() {
        let time = "2025-10-10T05:30:00Z".parse().expect("a time");
        let setting = |cloud: f64| Setting::new(2, time, cloud).over(Shape::Plateau, false);
        let (clear, cloudy) = (setting(0.0), setting(0.6));
        let mut deepest = (0.0_f32, 1.0_f32);
        for i in 0..60 {
            let spot = spot(&clear, 101.7 + 0.02 * f64::from(i), 36.4);
            let (lit, shaded) = (seen(&spot, &clear, None), seen(&spot, &cloudy, None));
            let colder = lit.plots[0].temperature_k - shaded.plots[0].temperature_k;
            assert!((-1e-3..=3.001).contains(&colder), "{colder}");
            deepest = (deepest.0.max(colder), deepest.1.min(shaded.cos_slope / lit.cos_slope));
        }
        assert!(deepest.0 > 2.5 && (0.05..0.3).contains(&deepest.1), "{deepest:?}");
    }
}
