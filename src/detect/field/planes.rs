//! What is kept of a scene once its bands have passed by: marks of every pixel, and the counts that contexts ask for.

use super::exact;
use super::pixel::Marks;
use crate::scene::map::{MapInstrument, MapScene, Scale};
use crate::scene::swath::Nodes;
use crate::scene::{BandRole, PixelClass};
use ndarray::Array2;

/// What is kept of a window.
#[derive(Debug)]
pub struct Planes {
    /// Marks of every pixel.
    pub flags: Array2<Marks>,
    pub(super) nir: Array2<u16>,
    pub(super) swir16: Option<Array2<u16>>,
    pub(super) swir22: Array2<u16>,
    pub(super) scales: Scales,
    pub(super) sun: Sun,
    pub(super) is_day: bool,
    pub(super) saturated_count: Option<u16>,
}

/// What the counts kept mean.
#[derive(Debug)]
pub(super) struct Scales {
    pub nir: Scale,
    pub swir16: Scale,
    pub swir22: Scale,
}

impl Scales {
    fn of(scene: &MapScene) -> Scales {
        let none = Scale { mult: 0.0, add: 0.0 };
        let of = |role: BandRole| scene.bands.get(&role).map_or(none, |band| band.reflectance);
        Scales { nir: of(BandRole::Nir), swir16: of(BandRole::Swir16), swir22: of(BandRole::Swir22) }
    }
}

/// The sine of the sun's elevation, and whether counts are divided by it already.
#[derive(Debug)]
pub(super) struct Sun {
    pub is_corrected: bool,
    pub nodes: Nodes,
    /// Where it is the same everywhere.
    pub one: Option<f64>,
}

impl Sun {
    pub fn of(scene: &MapScene) -> Sun {
        let nodes = scene.sun_elevation_deg.clone();
        let first = nodes.values.iter().next().copied();
        let one = first.filter(|first| nodes.values.iter().all(|value| value == first));
        let one = one.map(|elevation| exact_degrees(elevation).to_radians().sin());
        Sun { is_corrected: scene.sun_corrected, nodes, one }
    }

    #[inline]
    pub fn sine(&self, at: (usize, usize)) -> f64 {
        self.one.unwrap_or_else(|| f64::from(self.nodes.at(at)).to_radians().sin())
    }

    /// A reflectance as counts give it, divided by the sine or not as is wanted.
    #[inline]
    fn seen(&self, value: f64, at: (usize, usize), wanted: bool) -> f64 {
        match (self.is_corrected, wanted) {
            (false, true) => value / self.sine(at),
            (true, false) => value * self.sine(at),
            _ => value,
        }
    }
}

/// An elevation as its file prints it: eight digits are more than a float holds, six are enough.
fn exact_degrees(elevation: f32) -> f64 {
    exact(elevation)
}

impl Planes {
    /// Of a scene of which nothing was read yet.
    pub(super) fn empty(scene: &MapScene, is_day: bool) -> Planes {
        let size = (scene.window.lines, scene.window.columns);
        Planes {
            flags: Array2::from_elem(size, Marks::default()),
            nir: Array2::zeros(size),
            swir16: (scene.instrument == MapInstrument::Msi).then(|| Array2::zeros(size)),
            swir22: Array2::zeros(size),
            scales: Scales::of(scene),
            sun: Sun::of(scene),
            is_day,
            saturated_count: scene.saturated_count,
        }
    }

    /// Reflectance at 0.86 um, divided by the sine of the sun's elevation or not.
    #[inline]
    pub fn nir(&self, at: (usize, usize), is_corrected: bool) -> f64 {
        self.sun.seen(self.scales.nir.of(self.nir[at]), at, is_corrected)
    }

    /// The same at 2.2 um.
    #[inline]
    pub fn swir22(&self, at: (usize, usize), is_corrected: bool) -> f64 {
        self.sun.seen(self.scales.swir22.of(self.swir22[at]), at, is_corrected)
    }

    /// The same at 1.6 um, where it is kept (Sentinel-2).
    #[inline]
    pub fn swir16(&self, at: (usize, usize), is_corrected: bool) -> Option<f64> {
        let count = self.swir16.as_ref()?[at];
        Some(self.sun.seen(self.scales.swir16.of(count), at, is_corrected))
    }

    /// How bright a pixel is at 2.2 um: reflectance divided by the sine of the sun's elevation by day, counts by night.
    pub fn brightness(&self, at: (usize, usize)) -> f64 {
        if self.is_day { self.swir22(at, true) } else { f64::from(self.swir22[at]) }
    }

    /// Whether a pixel has the last count of 2.2 um.
    pub(super) fn is_saturated(&self, at: (usize, usize)) -> bool {
        self.saturated_count == Some(self.swir22[at])
    }

    /// Every so many pixels of 2.2 um for a picture: see `MapScene::overview`.
    pub(super) fn overview(&self, scene: &MapScene) -> Nodes {
        /// Lines and columns of a picture.
        const SIDE: usize = 1000;
        let (lines, columns) = self.flags.dim();
        let step = (lines.max(columns) / SIDE).max(1);
        let radiance = scene.bands.get(&BandRole::Swir22).and_then(|band| band.radiance);
        let values = Array2::from_shape_fn((lines.div_ceil(step), columns.div_ceil(step)), |(i, j)| {
            let at = (i * step, j * step);
            match radiance.filter(|_| !self.is_day) {
                _ if self.flags[at].any(Marks::FILL) => f32::NAN,
                Some(scale) => scale.of(self.swir22[at]) as f32,
                None => (100.0 * self.brightness(at)) as f32,
            }
        });
        Nodes { step: (step, step), values }
    }

    /// Pixels with one of the marks, by line and column.
    pub fn marked(&self, marks: Marks) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.flags.indexed_iter().filter(move |(_, flags)| flags.any(marks)).map(|(at, _)| at)
    }

    /// The pixels around one, itself left out.
    pub fn beside(&self, at: (usize, usize)) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (lines, columns) = self.flags.dim();
        let near = |at: usize, size: usize| at.saturating_sub(1)..(at + 2).min(size);
        let across = near(at.1, columns);
        near(at.0, lines)
            .flat_map(move |line| across.clone().map(move |column| (line, column)))
            .filter(move |beside| *beside != at)
    }

    /// Whether it and all around it have a positive rho7; beyond the window they count as such.
    pub fn has_valid_neighbours(&self, at: (usize, usize)) -> bool {
        let positive = |at: (usize, usize)| self.flags[at].any(Marks::POSITIVE);
        positive(at) && self.beside(at).all(positive)
    }

    /// Pixels with a mark, and those around them with another, by line and column.
    pub fn with_beside(&self, core: Marks, beside: Marks) -> Vec<(usize, usize)> {
        let mut fires: Vec<_> = self.marked(core).collect();
        let around: Vec<_> =
            fires.iter().flat_map(|at| self.beside(*at)).filter(|at| self.flags[*at].any(beside)).collect();
        fires.extend(around);
        fires.retain(|at| !self.flags[*at].any(Marks::FILL));
        fires.sort_unstable();
        fires.dedup();
        fires
    }
}

/// What a pixel shows, but for fires.
pub(super) fn class(flags: Marks) -> PixelClass {
    if flags.any(Marks::FILL) {
        PixelClass::Missing
    } else if flags.any(Marks::CLOUD) {
        PixelClass::Cloud
    } else if flags.any(Marks::SCHROEDER_WATER) {
        PixelClass::Water
    } else {
        PixelClass::Clear
    }
}
