//! The state of the ground and the sky over one small cell, before any band looks at it.

use crate::clouds::{Clouds, top_m};
use crate::cover::Cover;
use crate::season::{LAPSE_K_PER_M, Moment, REFERENCE_M};
use crate::seeds::{hash2, normal, unit};
use crate::shape::Shape;
use crate::sun;
use crate::terrain::{Relief, Terrain, east_of, plane_km};
use crate::texture::{fractal, smooth_step};
use crate::traps::mirrors::Shine;
use crate::traps::{Place, Trap, Traps, shadow};

/// Fields that share one cell (a cell of the site is about 270 by 510 m; the fields stand for its patchwork).
pub const PLOTS: usize = 4;

/// Eastward drift of the clouds, km/h.
const WIND_KM_PER_H: f64 = 30.0;

/// One field: a temperature, a cover and how bright it is for its kind.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    pub temperature_k: f32,
    pub tone: f32,
    /// How much brighter it is in the mid infrared than its tone says.
    pub mir: f32,
    pub cover: Cover,
}

/// A cell of the scene.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub plots: [Plot; PLOTS],
    /// Cosine of the solar zenith on flat ground, not below zero.
    pub cos_flat: f32,
    /// Cosine of the angle between the Sun and the slope's normal, not below zero.
    pub cos_slope: f32,
    /// Opacity of the cloud above, 0 to 1.
    pub cloud: f32,
    pub cloud_top_k: f32,
    /// Effective temperature of the air that emits along the path, K.
    pub air_k: f32,
    /// Opacity of smoke to visible light, 0 to 1.
    pub smoke: f32,
    /// Sunlight that the cell mirrors to a satellite that stands still; under a swath the pixel knows it.
    pub shine: Shine,
}

/// Everything the ground of a scene depends on.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub key: u64,
    /// Key of the instrument noise of this slot.
    pub noise_key: u64,
    /// How much warmer than the season this day is, K.
    pub day_k: f64,
    pub moment: Moment,
    pub terrain: Terrain,
    /// Whether a geostationary satellite sees every place where it would lie on the ellipsoid.
    pub flat: bool,
    pub clouds: Clouds,
    /// What looks like fire and is none.
    pub traps: Traps,
}

impl Setting {
    /// The land of a seed is the same at all times; clouds belong to a day and drift, noise belongs to a slot.
    pub fn new(key: u64, time: jiff::Timestamp, cloud_fraction: f64) -> Self {
        let moment = Moment::of(time);
        let (day, drift_km) = (moment.day(), WIND_KM_PER_H * moment.utc_hour);
        Setting {
            key,
            noise_key: hash2(key, 6, time.as_second()),
            day_k: 2.0 * normal(hash2(key, 7, day)),
            terrain: Terrain::new(hash2(key, 1, 0)),
            flat: false,
            clouds: Clouds::new(hash2(key, 2, day), drift_km, cloud_fraction),
            traps: Traps::default(),
            moment,
        }
    }

    /// The same setting over land of another shape, seen with its heights or without.
    pub fn over(&self, shape: Shape, flat: bool) -> Self {
        Setting { terrain: self.terrain.shaped(shape), flat, ..*self }
    }

    /// The same setting with traps laid over it.
    pub fn trapped(&self, traps: &[Trap]) -> Self {
        Setting { traps: Traps::of(traps, &self.terrain, self.key), ..*self }
    }

    /// The same setting some time later: the Sun moves, the clouds stay where they are.
    pub fn later(&self, time: jiff::Timestamp) -> Self {
        Setting { moment: Moment::of(time), ..*self }
    }

    /// A detailed cell: relief, aspect, fields, fractal clouds.
    pub fn site_cell(&self, lon: f64, lat: f64) -> Cell {
        self.site_cell_on(lon, lat, &self.terrain.relief(lon, lat))
    }

    /// The same where the relief of the place is known already.
    pub fn site_cell_on(&self, lon: f64, lat: f64, relief: &Relief) -> Cell {
        let sun = sun::position(self.moment.days_j2000, lon, lat);
        let cos_flat = sun.cos_zenith.max(0.0);
        let (cos_slope, aspect) = match self.traps.has(Trap::Shadow) {
            true => shadow::light(&self.terrain, lon, lat, relief, &sun),
            false => {
                let cos_slope = slope_cosine(&sun, relief.slope);
                (cos_slope, aspect_k(cos_flat, cos_slope))
            }
        };
        let base = self.base_k(lon, lat, relief.elevation_m) + aspect + self.regional_k(lon, lat, cos_flat);
        let (x, y) = plane_km(lon, lat);
        let place = hash2(self.key ^ 3, (x * 1e3) as i64, (y * 1e3) as i64);
        let plots = std::array::from_fn(|i| self.plot(hash2(place, i as i64, 0), base, cos_flat, relief));
        if self.traps.is_empty() {
            return self.cell(plots, cos_flat, cos_slope, self.clouds.opacity(lon, lat), base);
        }
        let place = Place { key: self.key, x_km: x, y_km: y, lon, lat, relief, base_k: base, cos_flat };
        let (plots, cloud) = self.traps.over(&place, plots, self.moment.summer());
        self.cell(plots, cos_flat, cos_slope, cloud.max(self.clouds.opacity(lon, lat)), base)
    }

    /// A cell of the plain land outside the box: smooth, and cheap.
    pub fn plain_cell(&self, lon: f64, lat: f64) -> Cell {
        let cos_flat = sun::position(self.moment.days_j2000, lon, lat).cos_zenith.max(0.0);
        let (elevation_m, rolling) = self.plain_height(lon, lat);
        let base = self.base_k(lon, lat, elevation_m);
        let tone = (1.0 + 0.15 * rolling) as f32;
        let plot = Plot { temperature_k: base as f32, tone, mir: 1.0, cover: Cover::Alpine };
        let cloud = self.clouds.broad_opacity(lon, lat);
        self.cell([plot; PLOTS], cos_flat, cos_flat, cloud, base)
    }

    /// Height (m) of the plain land, and how it rolls (-1 to 1).
    pub fn plain_height(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (x, y) = plane_km(lon, lat);
        let rolling = fractal(self.key ^ 4, x / 300.0, y / 300.0, 3, 0.5);
        ((2600.0 - 200.0 * east_of(102.4, lon).abs() + 500.0 * rolling).max(0.0), rolling)
    }

    /// A cell from its fields, the Sun, the cloud above and the temperature of its ground as a whole.
    pub fn cell(&self, plots: [Plot; PLOTS], cos_flat: f64, cos_slope: f64, cloud: f64, base: f64) -> Cell {
        let mean_air = self.mean_air_k();
        Cell {
            plots,
            cos_flat: cos_flat as f32,
            cos_slope: cos_slope as f32,
            cloud: cloud as f32,
            cloud_top_k: (mean_air - LAPSE_K_PER_M * (top_m(cloud) - REFERENCE_M)) as f32,
            air_k: self.air_k(base) as f32,
            smoke: 0.0,
            shine: Shine::default(),
        }
    }

    /// Effective temperature of the air that emits along the path over ground of a temperature, K.
    pub fn air_k(&self, ground_k: f64) -> f64 {
        0.5 * (ground_k + self.mean_air_k()) - 14.0
    }

    /// Temperature of the season's air at the reference height, K.
    fn mean_air_k(&self) -> f64 {
        284.0 + 14.0 * self.moment.summer()
    }

    fn base_k(&self, lon: f64, lat: f64, elevation_m: f64) -> f64 {
        let north = (lat.abs() - 36.3).clamp(-30.0, 40.0);
        self.moment.ground_k(lon) + self.day_k - LAPSE_K_PER_M * (elevation_m - REFERENCE_M) - 0.6 * north
    }

    /// Soil moisture and wind over some kilometres: stronger by day.
    fn regional_k(&self, lon: f64, lat: f64, cos_flat: f64) -> f64 {
        let (x, y) = plane_km(lon, lat);
        (0.8 + 2.2 * cos_flat) * fractal(self.key ^ 5, x / 11.0, y / 11.0, 4, 0.55)
    }

    fn plot(&self, bits: u64, base: f64, cos_flat: f64, relief: &Relief) -> Plot {
        let cover = self.cover(unit(hash2(bits, 1, 0)), relief);
        // One field in ten strays much further than the rest: the spread is not Gaussian.
        let stray = if unit(hash2(bits, 2, 0)) < 0.1 { 2.5 } else { 1.0 };
        let spread = (0.7 + 2.3 * cos_flat) * stray * normal(hash2(bits, 3, 0));
        let temperature = match cover {
            Cover::Bare => base + spread,
            Cover::Green => base - 6.0 * cos_flat + 0.6 * spread,
            Cover::Alpine => base - 2.0 * cos_flat + 0.8 * spread,
            Cover::Water => water_k(self.moment.summer()),
            Cover::Snow => (base - 3.0).min(273.15),
            Cover::Panel => base,
        };
        Plot {
            temperature_k: temperature as f32,
            tone: (1.0 + 0.12 * normal(hash2(bits, 4, 0))).clamp(0.6, 1.45) as f32,
            mir: 1.0,
            cover,
        }
    }

    fn cover(&self, draw: f64, relief: &Relief) -> Cover {
        let summer = self.moment.summer();
        let snow_line = 4050.0 + 350.0 * summer;
        let snow_share = smooth_step(snow_line - 200.0, snow_line + 250.0, relief.elevation_m);
        if relief.reservoir || relief.river_km < 0.12 {
            return Cover::Water;
        }
        if draw < snow_share {
            return Cover::Snow;
        }
        let green_share = 0.10 + 0.60 * smooth_step(-0.2, 0.9, summer);
        let high_share = smooth_step(2700.0, 3200.0, relief.elevation_m);
        let rest = (draw - snow_share) / (1.0 - snow_share);
        if rest < high_share {
            Cover::Alpine
        } else if (rest - high_share) / (1.0 - high_share) < green_share {
            Cover::Green
        } else {
            Cover::Bare
        }
    }
}

/// Cosine of the Sun's angle to a slope's normal, zero in its own shadow and at night.
pub fn slope_cosine(sun: &sun::Sun, slope: [f64; 2]) -> f64 {
    if sun.cos_zenith <= 0.0 {
        return 0.0;
    }
    let sin_zenith = (1.0 - sun.cos_zenith * sun.cos_zenith).sqrt();
    let toward = sin_zenith * (slope[0] * sun.azimuth_rad.sin() + slope[1] * sun.azimuth_rad.cos());
    let length = (1.0 + slope[0] * slope[0] + slope[1] * slope[1]).sqrt();
    ((sun.cos_zenith - toward) / length).max(0.0)
}

/// Temperature of rivers and lakes, K.
pub fn water_k(summer: f64) -> f64 {
    282.0 + 8.0 * summer
}

/// Warming of a sunny slope and cooling of a shady one against flat ground, K.
pub fn aspect_k(cos_flat: f64, cos_slope: f64) -> f64 {
    (14.0 * (cos_slope - cos_flat)).clamp(-8.0, 8.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terrain::River;

    #[test]
    fn valley_by_day_is_warm_dry_ground() {
        let time = "2025-10-20T05:30:00Z".parse().expect("a time");
        let setting = Setting::new(1, time, 0.1);
        let lat = River::Huangshui.latitude(102.4) + 0.02;
        let cell = setting.site_cell(102.4, lat);
        for plot in cell.plots {
            assert!((278.0..312.0).contains(&plot.temperature_k), "{plot:?}");
        }
        assert!(cell.cos_flat > 0.6);
    }

    #[test]
    fn land_stays_while_clouds_and_noise_change() {
        let at = |time: &str| Setting::new(1, time.parse().expect("a time"), 0.5);
        let (today, next) = (at("2025-10-20T05:30:00Z"), at("2025-10-21T05:30:00Z"));
        assert_ne!(today.noise_key, next.noise_key);
        let height = |s: &Setting| s.terrain.relief(102.3, 36.2).elevation_m;
        assert_eq!(height(&today), height(&next));
        let cover = |s: &Setting| s.site_cell(102.3, 36.2).plots.map(|p| p.cover);
        assert_eq!(cover(&today), cover(&next));
        let sky = |s: &Setting| -> Vec<f64> {
            let lons = (0..40).map(|i| 101.5 + 0.05 * f64::from(i));
            lons.map(|lon| s.clouds.opacity(lon, 36.3)).collect()
        };
        assert_ne!(sky(&today), sky(&next));
    }

    #[test]
    fn slope_to_the_sun_is_brighter() {
        let sun = sun::Sun { cos_zenith: 0.67, azimuth_rad: std::f64::consts::PI };
        // Height falls to the south: the slope faces the noon sun.
        assert!(slope_cosine(&sun, [0.0, 0.3]) > slope_cosine(&sun, [0.0, 0.0]));
        assert!(slope_cosine(&sun, [0.0, -0.3]) < slope_cosine(&sun, [0.0, 0.0]));
    }
}
