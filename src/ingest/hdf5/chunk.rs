//! One chunk: fetched from its place in the file and inflated, which tests the checksum of the deflated bytes.

use std::os::unix::fs::FileExt;

/// Registered numbers of the filters that are understood.
pub(super) const DEFLATE: u16 = 1;
pub(super) const SHUFFLE: u16 = 2;
pub(super) const FLETCHER32: u16 = 3;

/// Where a chunk's stored bytes lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub(super) address: u64,
    pub(super) length: usize,
    /// Bit i set: the i-th filter was not applied to this chunk.
    pub(super) filter_mask: u32,
}

/// Buffers of one thread, used again from chunk to chunk.
pub(super) struct Scratch {
    stored: Vec<u8>,
    inflated: Vec<u8>,
    inflater: libdeflater::Decompressor,
}

impl Scratch {
    pub(super) fn new() -> Self {
        Scratch { stored: Vec::new(), inflated: Vec::new(), inflater: libdeflater::Decompressor::new() }
    }

    /// The bytes of a chunk, `size` long, still shuffled where the second value says so.
    ///
    /// # Errors
    /// In words, when the bytes are not there or do not inflate to that size.
    pub(super) fn load(
        &mut self,
        file: &std::fs::File,
        chunk: Stored,
        filters: &[u16],
        size: usize,
    ) -> Result<(&[u8], bool), String> {
        self.stored.resize(chunk.length, 0);
        file.read_exact_at(&mut self.stored, chunk.address)
            .map_err(|error| format!("a chunk at byte {}: {error}", chunk.address))?;
        let (mut inflated, mut shuffled, mut length) = (false, false, chunk.length);
        // filters are listed as they were applied: the last is undone first
        for (i, filter) in filters.iter().enumerate().rev() {
            if chunk.filter_mask >> i & 1 == 1 {
                continue;
            }
            match *filter {
                DEFLATE => {
                    self.inflated.resize(size, 0);
                    let done = self
                        .inflater
                        .zlib_decompress(&self.stored[..length], &mut self.inflated)
                        .map_err(|error| format!("a chunk at byte {} does not inflate ({error})", chunk.address))?;
                    (inflated, length) = (true, done);
                }
                // its checksum lies behind the deflated bytes, which have one of their own
                FLETCHER32 if !inflated => length = length.saturating_sub(4),
                SHUFFLE => shuffled = true,
                other => return Err(format!("filter {other} that is not understood here")),
            }
        }
        if length != size {
            return Err(format!("a chunk at byte {} of {length} bytes instead of {size}", chunk.address));
        }
        Ok((if inflated { &self.inflated[..size] } else { &self.stored[..size] }, shuffled))
    }
}
