//! Fields full of pixels of all kinds, in which every number of the searches has something to decide.

use super::super::maps::{self, Opened, Rho};
use super::super::{At, chance};
use super::Searched;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use strawfire::detect::field::{self, Algorithm};
use strawfire::scene::map::MapInstrument::{self, Msi, Oli};
use strawfire::thresholds::{Profile, Thresholds};

const SIDE: usize = 96;

/// Reflectances divided by the sine of the sun's elevation from a pair to a pair.
fn between(seed: u64, at: At, from: [f64; 7], to: [f64; 7]) -> [f64; 7] {
    std::array::from_fn(|i| from[i] + (to[i] - from[i]) * (chance(seed + 1 + i as u64, at) + 1.0) / 2.0)
}

/// A fire, a folded core, burnt ground, water, snow or cloud, or a saturated pixel.
fn pixel(seed: u64, at: At) -> [f64; 7] {
    let of = |from, to| between(seed, at, from, to);
    match ((chance(seed, at) + 1.0) * 4.0) as usize {
        0..3 => of([0.05, 0.05, 0.05, 0.05, 0.10, 0.10, 0.20], [0.30, 0.25, 0.30, 0.40, 0.60, 0.90, 2.20]),
        3 => of([0.10, 0.05, 0.05, 0.05, 0.40, 1.20, 0.05], [0.60, 0.20, 0.20, 0.60, 1.10, 2.10, 0.40]),
        4 => of([0.03, 0.03, 0.03, 0.03, 0.005, 0.02, 0.05], [0.10, 0.10, 0.10, 0.10, 0.08, 0.10, 0.50]),
        5 => of([0.35, 0.19, 0.25, 0.20, 0.14, 0.09, 0.04], [0.55, 0.21, 0.27, 0.22, 0.16, 0.11, 0.06]),
        6 => of([0.10, 0.20, 0.10, 0.10, 0.10, 0.03, 0.10], [0.30, 0.40, 0.60, 0.40, 0.60, 0.40, 1.20]),
        _ => of([0.05, 0.05, 0.05, 0.20, 0.10, 0.30, 2.00], [0.30, 0.25, 0.30, 1.20, 0.60, 1.20, 3.00]),
    }
}

/// Stubble, by its seed as bright at 0.86 um as at 2.2 um or not, with many such pixels in the west and few in the east. Landsat
/// measures them under a sun at 30 degrees.
fn wild(seed: u64, instrument: MapInstrument, side: usize) -> Rho {
    let sine = if instrument == Oli { 0.5 } else { 1.0 };
    let mut rho = maps::ground(side);
    for (at, value) in rho.indexed_iter_mut() {
        // stubble as it is measured by Landsat
        *value = value.map(|rho| 2.0 * rho);
        if seed.is_multiple_of(2) {
            value[4] *= 0.82;
        }
        let few = if at.1 < side / 2 { 0.5 } else { 0.04 };
        if (chance(seed + 50, at) + 1.0) / 2.0 < few {
            *value = pixel(seed, at);
        }
        *value = value.map(|rho| sine * rho);
    }
    rho
}

/// A fire that is not sure on an island of 3 x 3 measured pixels in so many of none: how far Kumar-Roy's windows grow.
fn island(gap: usize) -> Rho {
    let (middle, half) = (SIDE / 2, gap / 2);
    let mut rho = maps::ground(SIDE);
    let ground = rho.clone();
    rho.slice_mut(ndarray::s![middle - half..=middle + half, middle - half..=middle + half]).fill([f64::NAN; 7]);
    for at in (middle - 1..=middle + 1).flat_map(|line| (middle - 1..=middle + 1).map(move |column| (line, column))) {
        rho[at] = ground[at];
    }
    rho[(middle, middle)][6] = 0.35;
    rho
}

/// All of a search as one number.
fn outcome(opened: &Opened, algorithm: Algorithm, profile: Profile, t: &Thresholds) -> u64 {
    let search = field::find(&opened.source, algorithm, profile, t);
    let mut hash = DefaultHasher::new();
    search.masks.iter().for_each(|mask| mask.hash(&mut hash));
    search.classes.iter().for_each(|class| (*class as u8).hash(&mut hash));
    let records = field::record(&opened.source.scene, &search.clusters, algorithm, profile, t, Path::new("made"));
    records.expect("a projection").iter().for_each(|fire| format!("{fire:?}").hash(&mut hash));
    hash.finish()
}

fn searched(opened: Opened, algorithm: Algorithm, profile: Profile) -> Searched {
    Box::new(move |t: &Thresholds| outcome(&opened, algorithm, profile, t))
}

/// Scenes of both imagers by day, at the edge of the day and by night.
pub fn scenes() -> Vec<Searched> {
    let mut scenes = Vec::new();
    for seed in [100, 201, 302] {
        let landsat = || maps::opened(&wild(seed, Oli, SIDE));
        scenes.push(searched(landsat(), Algorithm::Vote, Profile::Reference));
        scenes.push(searched(landsat(), Algorithm::Vote, Profile::Sensitive));
        let sentinel = || maps::opened_as(&wild(seed, Msi, SIDE), Msi, 40.0);
        scenes.push(searched(sentinel(), Algorithm::Vote, Profile::Sensitive));
        scenes.push(searched(sentinel(), Algorithm::Tai, Profile::Reference));
        scenes.push(searched(sentinel(), Algorithm::AfdS2, Profile::Reference));
    }
    for sun_elevation_deg in [0.05, -0.05, -40.0] {
        let landsat = maps::opened_as(&wild(403, Oli, SIDE), Oli, sun_elevation_deg);
        scenes.push(searched(landsat, Algorithm::Vote, Profile::Reference));
    }
    // what lies beside a gap is no background: holes of 49 and 53 leave a quarter of 57 x 57 and of 63 x 63 pixels, and last
    // windows of 49, 61 and 73 differ
    scenes.extend([46, 50].map(|gap| searched(maps::opened(&island(gap)), Algorithm::KumarRoy, Profile::Reference)));
    // numbers of the scene itself; a fit samples every eighth line and column and asks for a thousand pixels
    let fitted = maps::opened_as(&wild(504, Msi, 264), Msi, 40.0);
    let by_fit = move |t: &Thresholds| {
        let mut t = t.clone();
        t.afd_s2.refit = 1.0;
        outcome(&fitted, Algorithm::AfdS2, Profile::Reference, &t)
    };
    scenes.push(Box::new(by_fit));
    scenes
}
