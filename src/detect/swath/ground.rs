//! A swath as its detectors read it: flat slices, and one byte of marks a pixel.

use crate::scene::BandRole;
use crate::scene::swath::{Flags, Reflectance, SwathScene};
use std::borrow::Cow;

/// What the first pass saw of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark(pub u8);

impl Mark {
    /// Stands in backgrounds of its surface.
    pub const VALID: Mark = Mark(1);
    /// Too hot for a background: a fire among its neighbours' neighbours.
    pub const HOT: Mark = Mark(2);
    /// Cloud.
    pub const CLOUD: Mark = Mark(4);
    /// Water.
    pub const WATER: Mark = Mark(8);
    /// Day by the detector's rule.
    pub const DAY: Mark = Mark(16);
    /// Has the values that the tests need.
    pub const JUDGED: Mark = Mark(32);
    /// Found to be a fire.
    pub const FIRE: Mark = Mark(64);

    /// Whether one of these is set.
    #[inline]
    pub fn any(self, marks: Mark) -> bool {
        self.0 & marks.0 != 0
    }

    /// These and those.
    #[must_use]
    pub fn and(self, marks: Mark) -> Mark {
        Mark(self.0 | marks.0)
    }

    /// With these too, where `when`.
    #[inline]
    #[must_use]
    pub fn with(self, marks: Mark, when: bool) -> Mark {
        Mark(self.0 | if when { marks.0 } else { 0 })
    }
}

/// The values of a scene as flat slices in line order; a reflective band that is not there is empty.
pub struct Ground<'a> {
    /// Lines and columns.
    pub shape: (usize, usize),
    /// MIR, K.
    pub mir: Cow<'a, [f32]>,
    /// Window band, K.
    pub tir: Cow<'a, [f32]>,
    /// 12 um, else the window band, K.
    pub tir12: Cow<'a, [f32]>,
    /// 0.65 um.
    pub red: Cow<'a, [Reflectance]>,
    /// 0.86 um.
    pub nir: Cow<'a, [Reflectance]>,
    /// 1.6 um.
    pub swir16: Cow<'a, [Reflectance]>,
    /// 2.2 um.
    pub swir22: Cow<'a, [Reflectance]>,
    /// Marks of the files.
    pub flags: Cow<'a, [Flags]>,
}

impl<'a> Ground<'a> {
    /// Of a scene; `None` without MIR or window band.
    pub fn of(scene: &'a SwathScene) -> Option<Self> {
        let thermal = |role| scene.thermal.get(&role).map(|band| flat(&band.values));
        let reflective = |role| scene.reflective.get(&role).map(flat).unwrap_or_default();
        let tir = thermal(BandRole::Tir11)?;
        Some(Ground {
            shape: scene.shape(),
            mir: thermal(BandRole::Mir)?,
            tir12: thermal(BandRole::Tir12).unwrap_or_else(|| tir.clone()),
            tir,
            red: reflective(BandRole::Red),
            nir: reflective(BandRole::Nir),
            swir16: reflective(BandRole::Swir16),
            swir22: reflective(BandRole::Swir22),
            flags: flat(&scene.flags),
        })
    }

    /// Place of a pixel in the slices.
    #[inline]
    pub fn index(&self, (line, column): (usize, usize)) -> usize {
        line * self.shape.1 + column
    }

    /// The eight neighbours of a pixel that lie in the window.
    pub fn neighbours(&self, at: (usize, usize)) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let (lines, columns) = crate::detect::window::around(at, 1, self.shape);
        let own = self.index(at);
        lines
            .flat_map(move |l| columns.clone().map(move |c| (l, c)))
            .map(|at| self.index(at))
            .filter(move |i| *i != own)
    }
}

fn flat<T: Copy>(values: &ndarray::Array2<T>) -> Cow<'_, [T]> {
    match values.as_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(values.iter().copied().collect()),
    }
}

/// A reflectance by its place; NaN where the band is not there.
#[inline]
pub fn reflectance(band: &[Reflectance], index: usize) -> f32 {
    band.get(index).map_or(f32::NAN, |value| value.get())
}
