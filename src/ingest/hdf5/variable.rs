//! A data set that is read window by window.

use super::chunk::{DEFLATE, FLETCHER32, SHUFFLE, Scratch, Stored};
use super::number::{Packing, is_big_endian};
use super::{Attributes, Hdf5File, Number};
use crate::error::{Error, Result};
use hdf5_pure::{Datatype, Layout};
use ndarray::{Array2, ArrayViewMut2, Axis};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// A chunk of more bytes than this is no real one.
const LARGEST_CHUNK: usize = 256 << 20;
/// A layer of more chunks than this is cut too finely to be a real one.
const MOST_CHUNKS: usize = 1 << 20;
/// Stored bytes in one piece are taken in blocks of about so many.
const BLOCK: usize = 1 << 20;

/// A data set of lines and columns, or of layers of them.
pub struct Variable<'a> {
    file: &'a Hdf5File,
    name: String,
    datatype: Datatype,
    big_endian: bool,
    /// Layers, lines, columns; one layer where there are two dimensions.
    shape: [usize; 3],
    chunk: [usize; 3],
    chunks: BTreeMap<[usize; 3], Stored>,
    /// Chunks hold whole chunk shapes; blocks of values stored in one piece end where the values end.
    chunked: bool,
    filters: Vec<u16>,
    attributes: Attributes,
}

/// A chunk's part of the wanted window, and the part of the output that it fills.
struct Task<'v, U> {
    stored: Option<Stored>,
    /// First line and column in the data set.
    at: (usize, usize),
    /// First line and column of the chunk.
    chunk_at: (usize, usize),
    /// First line and column in the output.
    out_at: (usize, usize),
    out: ArrayViewMut2<'v, U>,
}

impl<'a> Variable<'a> {
    pub(super) fn open(file: &'a Hdf5File, name: &str) -> Result<Self> {
        let dataset = file.structure.dataset(name).map_err(|error| file.damaged(name, &error))?;
        let damaged = |error: hdf5_pure::Error| file.damaged(name, &error);
        let datatype = dataset.datatype().map_err(damaged)?;
        let big_endian = is_big_endian(&datatype).ok_or_else(|| file.damaged(name, &"no plain numbers"))?;
        let shape = three(&dataset.shape().map_err(damaged)?, 1)
            .ok_or_else(|| file.damaged(name, &"not two or three dimensions"))?;
        let element = usize::try_from(dataset.element_size().map_err(damaged)?).unwrap_or(usize::MAX);
        let (chunked, (chunk, chunks)) = match dataset.layout().map_err(damaged)? {
            Layout::Chunked { chunk_shape, .. } => {
                let chunk = three(&chunk_shape, 1).ok_or_else(|| file.damaged(name, &"chunks of another shape"))?;
                let found = dataset.chunks().map_err(damaged)?;
                let place = |c: &hdf5_pure::Chunk| {
                    let stored = Stored {
                        address: c.address,
                        length: usize::try_from(c.storage_size).ok()?,
                        filter_mask: c.filter_mask,
                    };
                    Some((three(&c.offset, 0)?, stored))
                };
                (true, (chunk, found.iter().filter_map(place).collect()))
            }
            Layout::Contiguous { address: Some(address), .. } => {
                let bytes = shape.iter().try_fold(element, |size, side| size.checked_mul(*side));
                if bytes.is_none_or(|bytes| bytes as u64 > file.length) {
                    let found = format!("{shape:?} values in a file of {} bytes", file.length);
                    return Err(file.damaged(name, &found));
                }
                (false, blocks(shape, element, address))
            }
            _ => return Err(file.damaged(name, &"no stored values")),
        };
        let bytes = chunk.iter().try_fold(element, |size, side| size.checked_mul(*side));
        if chunk.contains(&0) || bytes.is_none_or(|bytes| bytes > LARGEST_CHUNK) {
            return Err(file.damaged(name, &format!("chunks of {chunk:?}")));
        }
        let pieces = (shape[1] / chunk[1]).saturating_mul(shape[2] / chunk[2]);
        if pieces > MOST_CHUNKS {
            return Err(file.damaged(name, &format!("{pieces} chunks of {chunk:?}")));
        }
        let filters = dataset.filters();
        if let Some(other) = filters.iter().find(|filter| ![DEFLATE, SHUFFLE, FLETCHER32].contains(filter)) {
            return Err(file.damaged(name, &format!("filter {other}, which is not understood here")));
        }
        let attributes = file.attributes_of(name)?;
        Ok(Variable {
            file,
            name: name.to_string(),
            datatype,
            big_endian,
            shape,
            chunk,
            chunks,
            chunked,
            filters,
            attributes,
        })
    }

    /// Lines and columns.
    pub fn shape(&self) -> (usize, usize) {
        (self.shape[1], self.shape[2])
    }

    /// Its attributes.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Whether its elements are of a type.
    pub fn holds<T: Number>(&self) -> bool {
        T::is(&self.datatype)
    }

    /// Lines and columns of a chunk.
    pub fn chunk_shape(&self) -> (usize, usize) {
        (self.chunk[1], self.chunk[2])
    }

    /// Values of a window of the first layer.
    ///
    /// # Errors
    /// As [`Variable::fill`].
    pub fn window<T: Number>(&self, lines: Range<usize>, columns: Range<usize>) -> Result<Array2<T>> {
        let mut out = Array2::from_elem((lines.len(), columns.len()), T::default());
        self.fill::<T, T>(0, (lines.start, columns.start), out.view_mut(), |_, from, to| to.copy_from_slice(from))?;
        Ok(out)
    }

    /// Fills an array from a layer: each row of each chunk is handed over with its first line and column in the
    /// array, the stored numbers and the part of the array that they belong to. Chunks are taken by all threads.
    ///
    /// # Errors
    /// When the type is another, the window does not lie inside, or a chunk is missing, cut or damaged.
    pub fn fill<T: Number, U: Send>(
        &self,
        layer: usize,
        first: (usize, usize),
        out: ArrayViewMut2<'_, U>,
        put: impl Fn((usize, usize), &[T], &mut [U]) + Sync,
    ) -> Result<()> {
        if !self.holds::<T>() {
            let found = format!("{}: {:?}", self.name, self.datatype);
            return Err(self.error(found, format!("{} numbers", T::NAME)));
        }
        let (lines, columns) = out.dim();
        if layer >= self.shape[0] || first.0 + lines > self.shape[1] || first.1 + columns > self.shape[2] {
            let found = format!("{}: {:?} layers, lines and columns", self.name, self.shape);
            let expected = format!("layer {layer}, lines to {}, columns to {}", first.0 + lines, first.1 + columns);
            return Err(self.error(found, expected));
        }
        let elements: usize = self.chunk.iter().product();
        let tasks = self.tasks(layer, first, out);
        tasks
            .into_par_iter()
            .try_for_each_init(
                || (Scratch::new(), Vec::new()),
                |(scratch, row), mut task| {
                    let layer_start = layer % self.chunk[0] * self.chunk[1] * self.chunk[2];
                    let size = elements * std::mem::size_of::<T>();
                    row.resize(task.out.ncols(), T::default());
                    let loaded = match task.stored {
                        Some(stored) => {
                            let length = stored.address.checked_add(stored.length as u64);
                            if length.is_none_or(|end| end > self.file.length) {
                                return Err(format!("a chunk at byte {} past the file's end", stored.address));
                            }
                            let size = if self.chunked { size } else { stored.length };
                            Some(scratch.load(&self.file.bytes, stored, &self.filters, size)?)
                        }
                        None => {
                            row.fill(self.fill_value()?);
                            None
                        }
                    };
                    for (i, mut out) in task.out.outer_iter_mut().enumerate() {
                        let line = task.at.0 + i;
                        if let Some((bytes, shuffled)) = loaded {
                            let in_chunk = (line - task.chunk_at.0) * self.chunk[2] + task.at.1 - task.chunk_at.1;
                            let packing = Packing { shuffled, big_endian: self.big_endian, elements };
                            T::unpack(bytes, layer_start + in_chunk, packing, row);
                        }
                        if let Some(out) = out.as_slice_mut() {
                            put((task.out_at.0 + i, task.out_at.1), row, out);
                        }
                    }
                    Ok(())
                },
            )
            .map_err(|what: String| self.error(format!("{}: {what}", self.name), "whole chunks".to_string()))
    }

    fn fill_value<T: Number>(&self) -> std::result::Result<T, String> {
        let fill = self.attributes.number("_FillValue").ok_or("a chunk that was never written")?;
        // whole numbers in range are exact; the type was tested before
        let bytes: Vec<u8> = match std::mem::size_of::<T>() {
            1 => vec![fill as u8],
            2 if fill < 0.0 => (fill as i16).to_le_bytes().to_vec(),
            2 => (fill as u16).to_le_bytes().to_vec(),
            8 => fill.to_le_bytes().to_vec(),
            _ if T::NAME == "f32" => (fill as f32).to_le_bytes().to_vec(),
            _ => (fill as i32).to_le_bytes().to_vec(),
        };
        T::from_slice(&bytes).ok_or_else(|| "a fill value of another size".to_string())
    }

    /// Cuts the output along the chunks.
    fn tasks<'v, U>(&self, layer: usize, first: (usize, usize), out: ArrayViewMut2<'v, U>) -> Vec<Task<'v, U>> {
        let mut tasks = Vec::new();
        let (mut below, mut line) = (out, first.0);
        while below.nrows() > 0 && below.ncols() > 0 {
            let chunk_line = line / self.chunk[1] * self.chunk[1];
            let count = (chunk_line + self.chunk[1] - line).min(below.nrows());
            let (band, rest) = below.split_at(Axis(0), count);
            let (mut right, mut column) = (band, first.1);
            while right.ncols() > 0 {
                let chunk_column = column / self.chunk[2] * self.chunk[2];
                let count = (chunk_column + self.chunk[2] - column).min(right.ncols());
                let (part, rest) = right.split_at(Axis(1), count);
                let key = [layer / self.chunk[0] * self.chunk[0], chunk_line, chunk_column];
                tasks.push(Task {
                    stored: self.chunks.get(&key).copied(),
                    at: (line, column),
                    chunk_at: (chunk_line, chunk_column),
                    out_at: (line - first.0, column - first.1),
                    out: part,
                });
                right = rest;
                column += count;
            }
            below = rest;
            line += count;
        }
        tasks
    }

    fn error(&self, found: String, expected: String) -> Error {
        let advice = "fetch the file again; it may be cut short or of another version";
        Error::input(&self.file.path, found, expected, advice)
    }
}

/// Two or three numbers as three, with `layer` first where there are two.
fn three(numbers: &[u64], layer: usize) -> Option<[usize; 3]> {
    let number = |n: &u64| usize::try_from(*n).ok();
    match numbers {
        [lines, columns] => Some([layer, number(lines)?, number(columns)?]),
        [layers, lines, columns] => Some([number(layers)?, number(lines)?, number(columns)?]),
        _ => None,
    }
}

/// Values in one piece, seen as chunks of whole lines.
fn blocks(shape: [usize; 3], element: usize, address: u64) -> ([usize; 3], BTreeMap<[usize; 3], Stored>) {
    let row = shape[2].saturating_mul(element).max(1);
    let lines = (BLOCK / row).clamp(1, shape[1].max(1));
    let mut chunks = BTreeMap::new();
    for layer in 0..shape[0] {
        for line in (0..shape[1]).step_by(lines) {
            let at = address.saturating_add(((layer * shape[1] + line) as u64).saturating_mul(row as u64));
            let length = lines.min(shape[1] - line).saturating_mul(row);
            chunks.insert([layer, line, 0], Stored { address: at, length, filter_mask: 0 });
        }
    }
    ([1, lines, shape[2]], chunks)
}
