//! Sun, view and ground along a line of pixels: exact at every eighth pixel, linear between.

use crate::ingest::geometry::fixed_grid::{self, AngleTrig, dot};
use crate::ingest::geometry::sun::{Sun, glint_angle_deg};
use crate::layers::land;
use crate::scene::Scene;

/// Pixels between exact points. Over 16 km the cosine of an angle departs from a straight line by less than 1e-6 and a
/// place by some metres.
const STEP: usize = 8;

/// What is known of one pixel's geometry.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Cosine of the sun's zenith angle.
    pub cos_sun: f32,
    /// Cosine of the view zenith angle.
    pub cos_view: f32,
    /// Land by the static mask.
    pub land: bool,
}

/// Sun and satellite geometry of one scene, made once.
pub struct Sky<'a> {
    scene: &'a Scene,
    sun: [f64; 3],
    columns: Vec<AngleTrig>,
}

impl<'a> Sky<'a> {
    /// Of a scene at its time.
    pub fn of(scene: &'a Scene) -> Self {
        let (grid, window) = (&scene.grid, &scene.window);
        let columns = (0..window.columns)
            .map(|c| AngleTrig::of(fixed_grid::angles(grid, (window.column0 + c) as f64, 0.0).0))
            .collect();
        Sky { scene, sun: Sun::at(scene.time).direction(grid.sub_lon_deg), columns }
    }

    /// Geometry of each pixel of a line of the window; `None` past the earth. Exact points lie at multiples of eight
    /// columns of the full grid, so that a window gives the same as the whole disk.
    pub fn line(&self, line: usize) -> Vec<Option<Look>> {
        let columns = self.columns.len();
        let phase = (STEP - self.scene.window.column0 % STEP) % STEP;
        let mut looks = vec![None; columns];
        for (column, look) in looks.iter_mut().enumerate().take(phase) {
            *look = self.exact(line, column).map(|e| e.look());
        }
        let mut start = phase;
        while start < columns {
            let end = (start + STEP).min(columns);
            let pair =
                (self.exact(line, start), (start + STEP < columns).then(|| self.exact(line, start + STEP)).flatten());
            for (column, look) in looks.iter_mut().enumerate().take(end).skip(start) {
                let between = (column - start) as f64 / STEP as f64;
                *look = match pair {
                    (Some(a), Some(b)) if (a.lon - b.lon).abs() < 1.0 => Some(a.blend(&b, between).look()),
                    _ => self.exact(line, column).map(|e| e.look()),
                };
            }
            start = end;
        }
        looks
    }

    fn exact(&self, line: usize, column: usize) -> Option<Exact> {
        let grid = &self.scene.grid;
        let point = fixed_grid::ground(grid, self.columns[column], self.line_trig(line))?;
        let normal = fixed_grid::normal(grid, point);
        let place = fixed_grid::place_of(grid, point)?;
        Some(Exact {
            cos_sun: dot(normal, self.sun),
            cos_view: dot(normal, fixed_grid::to_satellite(grid, point)),
            lon: place.lon(),
            lat: place.lat(),
        })
    }

    /// Angle (degrees) between the view and the sun's mirror image in flat ground; 180 past the earth.
    pub fn glint_deg(&self, line: usize, column: usize) -> f32 {
        let grid = &self.scene.grid;
        let Some(point) = fixed_grid::ground(grid, self.columns[column], self.line_trig(line)) else {
            return 180.0;
        };
        let (normal, sight) = (fixed_grid::normal(grid, point), fixed_grid::to_satellite(grid, point));
        glint_angle_deg(normal, self.sun, sight) as f32
    }

    /// Sun's zenith angle, degrees; 180 past the earth.
    pub fn sun_zenith_deg(&self, line: usize, column: usize) -> f32 {
        self.exact(line, column).map_or(180.0, |e| e.cos_sun.clamp(-1.0, 1.0).acos().to_degrees() as f32)
    }

    fn line_trig(&self, line: usize) -> AngleTrig {
        let (grid, window) = (&self.scene.grid, &self.scene.window);
        AngleTrig::of(fixed_grid::angles(grid, 0.0, (window.line0 + line) as f64).1)
    }
}

/// Geometry at an exact point.
#[derive(Clone, Copy)]
struct Exact {
    cos_sun: f64,
    cos_view: f64,
    lon: f64,
    lat: f64,
}

impl Exact {
    fn blend(&self, other: &Exact, t: f64) -> Exact {
        let mix = |a: f64, b: f64| a + t * (b - a);
        Exact {
            cos_sun: mix(self.cos_sun, other.cos_sun),
            cos_view: mix(self.cos_view, other.cos_view),
            lon: mix(self.lon, other.lon),
            lat: mix(self.lat, other.lat),
        }
    }

    fn look(&self) -> Look {
        let land = crate::place::LonLat::new(self.lon, self.lat).is_some_and(land::is_land);
        Look { cos_sun: self.cos_sun as f32, cos_view: self.cos_view as f32, land }
    }
}
