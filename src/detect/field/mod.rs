//! Fires of 30 m and 20 m imagery: every pixel by itself first, while the bands pass by (`read`), then the few that may be
//! fires against what lies around them, then which of them touch (`clusters`).
//!
//! A file an algorithm; the numbers of reflectances are the bands of OLI, as the papers print them.

pub mod afd_s2;
pub mod clusters;
mod context;
pub mod kumar_roy;
pub mod murphy;
mod pixel;
mod planes;
mod read;
mod record;
pub mod schroeder;
mod slab;
pub mod tai;

#[cfg(test)]
mod made;

use crate::error::Error;
use crate::ingest::map::MapSource;
use crate::scene::PixelClass;
use crate::scene::map::MapInstrument;
use crate::scene::swath::Nodes;
use crate::thresholds::{Profile, Thresholds, chosen};
pub use clusters::Cluster;
use ndarray::Array2;
pub use pixel::Marks;

pub use planes::Planes;
pub use record::record;

/// Pixels around an area that must be read so that its result is the same as in the whole scene: half the largest window,
/// and the neighbours by which a pixel of it is valid.
pub const HALO: usize = 30 + 2;

/// How fires are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Algorithm {
    /// Schroeder and others 2016.
    Schroeder,
    /// Kumar and Roy 2018.
    KumarRoy,
    /// Murphy and others 2016.
    Murphy,
    /// Two of the three.
    #[default]
    Vote,
    /// TAI, Sentinel-2.
    Tai,
    /// AFD-S2, Sentinel-2.
    AfdS2,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Algorithm; 6] = [
        Algorithm::Schroeder,
        Algorithm::KumarRoy,
        Algorithm::Murphy,
        Algorithm::Vote,
        Algorithm::Tai,
        Algorithm::AfdS2,
    ];

    /// Its name, on the command line and in the names of masks.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Schroeder => "schroeder",
            Algorithm::KumarRoy => "kumar-roy",
            Algorithm::Murphy => "murphy",
            Algorithm::Vote => "vote",
            Algorithm::Tai => "tai",
            Algorithm::AfdS2 => "afd-s2",
        }
    }

    /// From its name.
    pub fn named(name: &str) -> Option<Self> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The bit of its mask.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Whether it is made for the bands of an imager.
    pub fn suits(self, instrument: MapInstrument) -> bool {
        instrument == MapInstrument::Msi || !matches!(self, Algorithm::Tai | Algorithm::AfdS2)
    }

    /// The masks that a search by this one makes.
    pub fn masks(self, instrument: MapInstrument) -> Vec<Algorithm> {
        match (self, instrument) {
            (Algorithm::Vote, MapInstrument::Oli) => Algorithm::ALL[..4].to_vec(),
            (Algorithm::Vote, MapInstrument::Msi) => Algorithm::ALL[..5].to_vec(),
            (alone, _) => vec![alone],
        }
    }
}

/// What came of a search.
#[derive(Debug)]
pub struct Search {
    /// Bits of `Algorithm::bit`, a byte a pixel of the window.
    pub masks: Array2<u8>,
    /// Class of every pixel of the window.
    pub classes: Array2<PixelClass>,
    /// Fires that touch, as one each, by line and column.
    pub clusters: Vec<Cluster>,
    /// Some of its pixels, for pictures: see `MapScene::overview`.
    pub overview: Nodes,
    /// Blocks that could not be decoded; what they hold is missing.
    pub problems: Vec<Error>,
}

/// Searches a scene.
pub fn find(source: &MapSource, algorithm: Algorithm, profile: Profile, t: &Thresholds) -> Search {
    let is_day = source.scene.is_day(t.field.day_least_deg);
    let refit = (algorithm == Algorithm::AfdS2 && chosen(t.afd_s2.refit)).then(|| afd_s2::refit(source, &t.afd_s2));
    let afd = refit.flatten().unwrap_or_else(|| t.afd_s2.clone());
    let (planes, problems) = read::read(source, is_day, t, &afd);
    let mut masks = Array2::<u8>::zeros(planes.flags.dim());
    for one in algorithm.masks(source.scene.instrument) {
        let fires = match (one, is_day) {
            (Algorithm::Vote, true) => continue,
            (Algorithm::Tai, true) => tai::find(&planes, &t.tai),
            (Algorithm::AfdS2, true) => afd_s2::find(&planes),
            (Algorithm::Schroeder, true) => schroeder::find(&planes, &t.schroeder),
            (Algorithm::KumarRoy, true) => kumar_roy::find(&planes, &t.kumar_roy),
            (Algorithm::Murphy, true) => murphy::find(&planes),
            // of the night there is one rule alone: it is everybody's
            (_, false) => planes.marked(Marks::NIGHT_HOT).collect(),
        };
        for at in fires {
            masks[at] |= one.bit();
        }
    }
    if algorithm == Algorithm::Vote && is_day {
        vote(&mut masks, t.field.votes as u32);
    }
    let is_fire = |at: (usize, usize)| {
        masks[at] & algorithm.bit() != 0 && (profile == Profile::Reference || !planes.flags[at].any(Marks::SNOW))
    };
    let clusters = clusters::find(&planes, &masks, is_fire);
    let mut classes = planes.flags.mapv(planes::class);
    for at in clusters.iter().flat_map(|cluster| &cluster.pixels) {
        classes[*at] = PixelClass::Fire;
    }
    Search { masks, classes, clusters, overview: planes.overview(&source.scene), problems }
}

/// Name of an algorithm in lists: with the reading of Schroeder where that is not the published code's.
pub fn name_of(algorithm: Algorithm, t: &Thresholds) -> String {
    let is_other = chosen(t.schroeder.sun_corrected) && matches!(algorithm, Algorithm::Schroeder | Algorithm::Vote);
    format!("{}{}", algorithm.name(), if is_other { "-sun-corrected" } else { "" })
}

/// Fires of so many of the three.
fn vote(masks: &mut Array2<u8>, votes: u32) {
    let three = Algorithm::Schroeder.bit() | Algorithm::KumarRoy.bit() | Algorithm::Murphy.bit();
    masks
        .iter_mut()
        .filter(|mask| (**mask & three).count_ones() >= votes)
        .for_each(|mask| *mask |= Algorithm::Vote.bit());
}

/// A number of the tables as it is printed there: 0.53 and not the 0.529999971 of its float.
fn exact(number: f32) -> f64 {
    (f64::from(number) * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests;
