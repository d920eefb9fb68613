//! Counts of all bands over some lines: read side by side, each band in pieces that end where its own blocks do.

use crate::error::Error;
use crate::ingest::map::MapSource;
use crate::scene::map::MapMarks;
use crate::scene::{BandRole, Window};
use rayon::prelude::*;

/// Bands that are asked for, by the numbers of OLI.
pub(super) const BANDS: [BandRole; 7] = [
    BandRole::Coastal,
    BandRole::Blue,
    BandRole::Green,
    BandRole::Red,
    BandRole::Nir,
    BandRole::Swir16,
    BandRole::Swir22,
];

/// A part that cannot be decoded is tried again in halves down to this width: the rest of its line of blocks is sound.
const LEAST_COLUMNS: usize = 256;

/// Counts of all bands over some lines of the window.
pub(super) struct Slab {
    pub lines: usize,
    /// A band each, in the order of [`BANDS`], line after line.
    pub counts: Vec<Vec<u16>>,
    /// What the files say.
    pub marks: Vec<MapMarks>,
}

impl Slab {
    /// Reads the bands side by side, each in pieces that end where its own blocks do.
    pub fn read(source: &MapSource, part: &Window, problems: &mut Vec<Error>) -> Slab {
        let pixels = part.lines * part.columns;
        let mut counts: Vec<Vec<u16>> = BANDS.iter().map(|_| vec![0; pixels]).collect();
        let mut marks = vec![MapMarks::default(); pixels];
        let mut reads: Vec<(BandRole, Window, &mut [u16])> = Vec::new();
        for (role, counts) in BANDS.into_iter().zip(&mut counts) {
            let mut rest = counts.as_mut_slice();
            for piece in pieces(part, source.block_lines(role)) {
                let (own, after) = rest.split_at_mut(piece.lines * piece.columns);
                reads.push((role, piece, own));
                rest = after;
            }
        }
        let mut failed: Vec<Error> = reads
            .into_par_iter()
            .flat_map_iter(|(role, piece, out)| salvage(&piece, out, 0, |part, out| source.counts(role, part, out)))
            .collect();
        let mut rest = marks.as_mut_slice();
        let mut reads = Vec::new();
        for piece in pieces(part, source.block_lines(BandRole::Swir22)) {
            let (own, after) = rest.split_at_mut(piece.lines * piece.columns);
            reads.push((piece, own));
            rest = after;
        }
        failed.par_extend(
            reads
                .into_par_iter()
                // where the marks are lost nobody knows of cloud
                .flat_map_iter(|(piece, out)| {
                    salvage(&piece, out, MapMarks::CLOUD, |part, out| source.marks(part, out))
                }),
        );
        // a block that is damaged is told once a file, not once a piece
        for error in failed {
            if !problems.iter().any(|told| told.to_string() == error.to_string()) {
                problems.push(error);
            }
        }
        Slab { lines: part.lines, counts, marks }
    }

    /// Of one band.
    pub fn counts(&self, role: BandRole) -> &[u16] {
        BANDS.iter().position(|band| *band == role).map_or(&[], |i| &self.counts[i])
    }
}

/// A part of the grid cut where blocks of so many lines end.
fn pieces(part: &Window, block: usize) -> Vec<Window> {
    let mut pieces = Vec::new();
    let (mut line, end) = (part.line0, part.line0 + part.lines);
    while line < end {
        let next = ((line / block + 1) * block).min(end);
        pieces.push(Window { line0: line, lines: next - line, ..*part });
        line = next;
    }
    pieces
}

/// Reads a piece; what of it cannot be decoded is `lost`, as little of it as halving finds.
fn salvage<T: Copy + Default>(
    piece: &Window,
    out: &mut [T],
    lost: T,
    read: impl Fn(&Window, &mut [T]) -> crate::error::Result<()>,
) -> Vec<Error> {
    match read(piece, out) {
        Ok(()) => Vec::new(),
        Err(error) => {
            out.fill(lost);
            let mut errors = vec![error];
            halves(piece, piece.columns, out, &read, &mut errors);
            errors.truncate(1);
            errors
        }
    }
}

/// Tries both halves of a piece that failed, and theirs.
fn halves<T: Copy + Default>(
    piece: &Window,
    stride: usize,
    out: &mut [T],
    read: &impl Fn(&Window, &mut [T]) -> crate::error::Result<()>,
    errors: &mut Vec<Error>,
) {
    let half = piece.columns / 2;
    if half < LEAST_COLUMNS {
        return;
    }
    for (column, columns) in [(0, half), (half, piece.columns - half)] {
        let part = Window { column0: piece.column0 + column, columns, ..*piece };
        let mut own = vec![T::default(); part.lines * part.columns];
        let result = read(&part, &mut own);
        if let Err(error) = result {
            errors.push(error);
            halves(&part, stride, &mut out[column..], read, errors);
            continue;
        }
        for (line, values) in own.chunks_exact(columns).enumerate() {
            out[line * stride + column..line * stride + column + columns].copy_from_slice(values);
        }
    }
}
