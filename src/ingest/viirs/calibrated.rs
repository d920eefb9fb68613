//! From stored counts to the values and marks of a draft: what L1B and SDR share.

use super::LOWEST_SUN_DEG;
use crate::error::Result;
use crate::ingest::hdf5::Variable;
use crate::ingest::swath::{Draft, Slot};
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Nodes, Reflectance};
use ndarray::{ArrayViewMut2, Zip};

/// Cosines of the sun's zenith angle from which reflectances are made, a row at a time; 0 where the sun is too low.
pub(super) fn cosines(
    sun_zenith_deg: &Nodes,
    line: usize,
    columns: std::ops::Range<usize>,
) -> impl Iterator<Item = f32> {
    columns.map(move |column| {
        let zenith = sun_zenith_deg.at((line, column));
        if zenith < LOWEST_SUN_DEG { zenith.to_radians().cos() } else { 0.0 }
    })
}

/// Stands in a table of temperatures for a count that says "deleted on board".
pub(super) const DELETED: f32 = f32::NEG_INFINITY;
/// Stands in a table of temperatures for a count that says "out of the scale".
pub(super) const OUT_OF_SCALE: f32 = f32::INFINITY;

/// Turns what the tables left in a slot of a thermal band into marks: deleted, no value, and out of the scale, which is
/// the hottest temperature of the scale where the band is saturated and no value elsewhere. In memory: the counts are
/// inflated once only.
pub(super) fn settle(draft: &mut Draft, role: BandRole, slot: &Slot, hottest_k: f32) {
    let Some((values, flags)) = draft.band_and_flags(role, slot) else { return };
    Zip::from(values).and(flags).par_for_each(|value, flags| {
        if *value == OUT_OF_SCALE && flags.any(Flags::MIR_SATURATED) {
            *value = hottest_k;
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

/// Reflectances from counts through a table, divided by the cosine of the sun's zenith angle given by row.
pub(super) fn fill_reflectance(
    variable: &Variable,
    first: (usize, usize),
    out: ArrayViewMut2<'_, Reflectance>,
    table: &[f32],
    sun_zenith_deg: Option<&Nodes>,
    slot_line: usize,
) -> Result<()> {
    variable.fill::<u16, Reflectance>(0, first, out, |(line, column), counts, values| {
        let value = |count: &u16| table.get(usize::from(*count)).copied().unwrap_or(f32::NAN);
        let Some(sun) = sun_zenith_deg else {
            for (out, count) in values.iter_mut().zip(counts) {
                *out = Reflectance::of(value(count));
            }
            return;
        };
        let cosines = cosines(sun, slot_line + line, column..column + counts.len());
        for ((out, count), cosine) in values.iter_mut().zip(counts).zip(cosines) {
            *out = if cosine > 0.0 { Reflectance::of(value(count) / cosine) } else { Reflectance::NONE };
        }
    })
}
