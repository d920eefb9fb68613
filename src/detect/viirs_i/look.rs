//! The first pass over every pixel: marks, classes, and the pixels worth a second look.

use super::pixel::Pixel;
use crate::detect::clear_sky::ClearSky;
use crate::detect::swath::ground::{Ground, Mark};
use crate::scene::PixelClass;
use crate::scene::swath::{Flags, SwathScene};
use crate::thresholds::ViirsThresholds;
use ndarray::Array2;
use rayon::prelude::*;

/// What the first pass gives.
pub(super) struct Looked {
    pub marks: Vec<Mark>,
    pub classes: Array2<PixelClass>,
    /// Pixels that may be fires, in line order.
    pub suspects: Vec<(usize, usize)>,
}

/// The cloud test of a profile.
pub(super) enum CloudTest {
    Published,
    /// Relative to the clear ground around; the published one where none is near.
    Plateau {
        /// Temperatures of the clear ground.
        clear: ClearSky,
        /// Cloud is colder by this, K.
        below: f32,
        /// Nothing as warm as this is cold cloud, K.
        warmest: f32,
    },
}

impl CloudTest {
    #[inline]
    fn is_cloud(&self, pixel: &Pixel, at: (usize, usize), t: &ViirsThresholds) -> bool {
        match self {
            CloudTest::Published => pixel.is_cloud(t),
            CloudTest::Plateau { warmest, .. } if pixel.tir >= *warmest => pixel.is_plateau_cloud(f32::MIN, t),
            CloudTest::Plateau { clear, below, .. } => match clear.at(at) {
                Some(kelvin) => pixel.is_plateau_cloud(kelvin - below, t),
                None => pixel.is_cloud(t),
            },
        }
    }
}

/// Looks at every pixel.
pub(super) fn look(scene: &SwathScene, ground: &Ground, clouds: &CloudTest, both: bool, t: &ViirsThresholds) -> Looked {
    let (lines, columns) = ground.shape;
    let mut marks = vec![Mark::default(); lines * columns];
    let mut classes = Array2::from_elem(ground.shape, PixelClass::Missing);
    let rows = marks.par_chunks_mut(columns.max(1)).zip(classes.outer_iter_mut().into_par_iter()).enumerate();
    let suspects: Vec<Vec<(usize, usize)>> = rows
        .map_init(
            || vec![0.0; columns],
            |zenith, (line, (marks, mut classes))| {
                scene.places.sun_zenith_deg.along((line, 0), zenith);
                let mut suspects = Vec::new();
                let row = marks.iter_mut().zip(classes.iter_mut()).zip(zenith.iter()).enumerate();
                for (column, ((mark, class), zenith)) in row {
                    let at = (line, column);
                    let index = line * columns + column;
                    let pixel = Pixel::of(ground, index, *zenith < t.night_sun_zenith_deg);
                    // a pixel whose sun nobody knows is neither of the day nor of the night
                    let unknown = pixel.mir.is_nan() || pixel.tir.is_nan() || zenith.is_nan();
                    if pixel.flags.any(Flags::FILL.with(Flags::BOWTIE)) || unknown {
                        let deleted = pixel.flags.any(Flags::BOWTIE);
                        *class = if deleted { PixelClass::BowTie } else { PixelClass::Missing };
                        continue;
                    }
                    let cloud = clouds.is_cloud(&pixel, at, t);
                    *mark = pixel.mark(cloud, t);
                    *class = class_of(*mark);
                    let candidate = mark.any(Mark::JUDGED) && !cloud && pixel.may_be_candidate(both, t);
                    if candidate || pixel.is_fixed_fire(t) {
                        suspects.push(at);
                    }
                }
                suspects
            },
        )
        .collect();
    Looked { marks, classes, suspects: suspects.concat() }
}

/// The class of a pixel without a fire.
fn class_of(mark: Mark) -> PixelClass {
    if !mark.any(Mark::JUDGED) {
        PixelClass::Missing
    } else if mark.any(Mark::CLOUD) {
        PixelClass::Cloud
    } else if mark.any(Mark::WATER) {
        PixelClass::Water
    } else {
        PixelClass::Clear
    }
}
