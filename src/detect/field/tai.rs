//! TAI of Sentinel-2 (Liu and others 2021; ALGORITHMS 3.4): TAI = (rho12 - rho11) / rho8A.

use super::exact;
use super::pixel::Marks;
use super::planes::Planes;
use crate::thresholds::{TaiThresholds, chosen};
use rayon::prelude::*;
use std::collections::BTreeSet;

type At = (usize, usize);

/// The fire pixels.
pub(super) fn find(planes: &Planes, t: &TaiThresholds) -> Vec<At> {
    let tai = Tai { planes, t };
    let (lines, columns) = planes.flags.dim();
    let grown: Vec<At> = (0..lines)
        .into_par_iter()
        .flat_map_iter(|line| {
            let tai = &tai;
            (0..columns).map(move |column| (line, column)).filter(move |at| tai.may_burn(*at))
        })
        .collect();
    let seeds: Vec<At> = grown.par_iter().copied().filter(|at| tai.is_seed(*at)).collect();
    let seeds: BTreeSet<At> = seeds.into_iter().collect();
    let reach = t.reach as usize;
    let near_seed = |at: &At| {
        (at.0.saturating_sub(reach)..=at.0 + reach).any(|line| {
            let across = (line, at.1.saturating_sub(reach))..=(line, at.1 + reach);
            seeds.range(across).next().is_some()
        })
    };
    let mut fires: Vec<At> = grown.into_iter().filter(near_seed).collect();
    let saturated: Vec<At> =
        fires.iter().flat_map(|at| planes.beside(*at)).filter(|at| tai.is_saturated(*at)).collect();
    fires.extend(saturated);
    fires.sort_unstable();
    fires.dedup();
    fires
}

struct Tai<'a> {
    planes: &'a Planes,
    t: &'a TaiThresholds,
}

impl Tai<'_> {
    /// rho12, rho11 and rho8A of a measured pixel.
    fn rho(&self, at: At) -> Option<[f64; 3]> {
        if self.planes.flags[at].any(Marks::FILL) {
            return None;
        }
        Some([self.planes.swir22(at, true), self.planes.swir16(at, true)?, self.planes.nir(at, true)])
    }

    /// The index; `None` where noise would divide noise.
    fn index(&self, at: At) -> Option<f64> {
        let [swir22, swir16, nir] = self.rho(at)?;
        let is_noise = swir16 <= exact(self.t.swir16_least) || nir <= exact(self.t.nir_least);
        (!is_noise).then(|| (swir22 - swir16) / nir)
    }

    /// Whether the index and the order of the bands are those of a fire.
    fn may_burn(&self, at: At) -> bool {
        let Some(index) = self.index(at).filter(|index| *index >= exact(self.t.grown)) else { return false };
        let Some([swir22, swir16, nir]) = self.rho(at) else { return false };
        let rise = (swir22 - swir16) - (swir16 - nir);
        let rises = if chosen(self.t.or_equal) { rise >= 0.0 } else { rise > 0.0 };
        rises && swir22 > exact(self.t.swir22_least) && index.is_finite()
    }

    fn is_seed(&self, at: At) -> bool {
        let (lines, columns) = self.planes.flags.dim();
        let half = self.t.window as usize / 2;
        let near = |at: usize, size: usize| at.saturating_sub(half)..(at + half + 1).min(size);
        let across = near(at.1, columns);
        let all = near(at.0, lines).flat_map(|line| across.clone().map(move |column| (line, column)));
        let positive = all.filter_map(|at| self.index(at)).filter(|index| *index > 0.0);
        let (sum, count) = positive.fold((0.0, 0usize), |(sum, count), index| (sum + index, count + 1));
        let own = self.index(at);
        count > 0 && own.is_some_and(|own| own - sum / count as f64 > exact(self.t.over_mean))
    }

    fn is_saturated(&self, at: At) -> bool {
        let least = exact(self.t.saturated);
        self.rho(at).is_some_and(|[swir22, swir16, _]| swir22 >= least && swir16 >= least)
    }
}
