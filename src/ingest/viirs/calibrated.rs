//! From stored counts to the values and marks of a draft: what L1B and SDR share.

use crate::error::Result;
use crate::ingest::hdf5::{Number, Variable};
use crate::ingest::swath::{Draft, Slot};
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Nodes, Reflectance};
use ndarray::{ArrayViewMut2, Zip};

/// Stands in a table of temperatures for a count that says "deleted on board".
pub(super) const DELETED: f32 = f32::NEG_INFINITY;
/// Stands in a table of temperatures for a count that says "out of the scale".
pub(super) const OUT_OF_SCALE: f32 = f32::INFINITY;

/// Kelvin below the end of the scale from which a MIR value of poor quality is taken for a saturated one: a fire just
/// past the scale carries the mark "out of range" before the detector itself saturates, and must not pass for missing.
const END_OF_SCALE_K: f32 = 0.5;

/// Turns what the tables left in a slot of a thermal band into marks: deleted, no value, and out of the scale, which is
/// the hottest temperature of the scale where the band is saturated and no value elsewhere. In memory: the counts are
/// inflated once only.
pub(super) fn settle(draft: &mut Draft, role: BandRole, slot: &Slot, hottest_k: f32) {
    let Some((values, flags)) = draft.band_and_flags(role, slot) else { return };
    Zip::from(values).and(flags).par_for_each(|value, flags| {
        if *value == OUT_OF_SCALE && flags.any(Flags::MIR_SATURATED) {
            *value = hottest_k;
        } else if role == BandRole::Mir && flags.any(Flags::MIR_POOR) && *value >= hottest_k - END_OF_SCALE_K {
            *flags = flags.with(Flags::MIR_SATURATED);
            *value = value.min(hottest_k);
        } else if !value.is_finite() {
            if role == BandRole::Tir12 {
                *value = f32::NAN; // the tests do without it
                return;
            }
            *flags = flags.with(if *value == DELETED { Flags::BOWTIE } else { Flags::FILL });
            *value = f32::NAN;
        }
    });
}

/// Temperatures from counts through a table; NaN where the count means none.
pub(super) fn fill_kelvin(
    variable: &Variable,
    first: (usize, usize),
    out: ArrayViewMut2<'_, f32>,
    table: &[f32],
) -> Result<()> {
    variable.fill::<u16, f32>(0, first, out, |_, counts, values| {
        for (value, count) in values.iter_mut().zip(counts) {
            *value = table.get(usize::from(*count)).copied().unwrap_or(f32::NAN);
        }
    })
}

/// How counts become reflectances: `count * scale + offset`, up to a highest count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scaling {
    pub(super) scale: f32,
    pub(super) offset: f32,
    pub(super) highest: u16,
}

/// Reflectances from counts; multiplied with one over the cosine of the sun's zenith angle where the file has not done
/// so itself.
pub(super) fn fill_reflectance(
    variable: &Variable,
    first: (usize, usize),
    out: ArrayViewMut2<'_, Reflectance>,
    scaling: Scaling,
    per_cosine: Option<&Nodes>,
    slot_line: usize,
) -> Result<()> {
    let Scaling { scale, offset, highest } = scaling;
    variable.fill::<u16, Reflectance>(0, first, out, |(line, column), counts, values| {
        let mut factors = vec![1.0; counts.len()];
        if let Some(nodes) = per_cosine {
            nodes.along((slot_line + line, column), &mut factors);
        }
        for ((out, count), factor) in values.iter_mut().zip(counts).zip(&factors) {
            let value = (f32::from(*count) * scale + offset) * factor;
            *out = Reflectance::of(if *count <= highest { value } else { f32::NAN });
        }
    })
}

/// Takes away the radiances of the power band that its quality bits say are none, or are a lower bound: a power that is
/// too small is worse than one from I4, or none.
pub(super) fn drop_unusable<T: Number + Default>(
    quality: &Variable,
    first: (usize, usize),
    radiances: ArrayViewMut2<'_, f32>,
    unusable: impl Fn(T) -> bool + Sync,
) -> Result<()> {
    quality.fill::<T, f32>(0, first, radiances, |_, bits, values| {
        for (value, bits) in values.iter_mut().zip(bits) {
            if unusable(*bits) {
                *value = f32::NAN;
            }
        }
    })
}

/// Marks what the quality bits of a band say; most rows have none.
pub(super) fn fill_marks<T: Number + Default>(
    variable: &Variable,
    first: (usize, usize),
    out: ArrayViewMut2<'_, Flags>,
    marks: impl Fn(T) -> Flags + Sync,
) -> Result<()> {
    variable.fill::<T, Flags>(0, first, out, |_, bits, flags| {
        if bits.iter().all(|bits| *bits == T::default()) {
            return;
        }
        for (flags, bits) in flags.iter_mut().zip(bits) {
            *flags = flags.with(marks(*bits));
        }
    })
}
