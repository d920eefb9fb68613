//! One chunk: fetched from its place in the file, its Fletcher-32 tested where it has one, and inflated, which tests the
//! checksum of the deflated bytes.

use std::os::unix::fs::FileExt;

/// Registered numbers of the filters that are understood.
pub(super) const DEFLATE: u16 = 1;
pub(super) const SHUFFLE: u16 = 2;
pub(super) const FLETCHER32: u16 = 3;
/// Bytes of a Fletcher-32.
const CHECKSUM: usize = 4;

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
    /// In words, when the bytes are not there, are not those that their checksum was made of, or do not inflate to that
    /// size.
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
                    // a checksum that was made before deflating lies within
                    self.inflated.resize(size + if filters[..i].contains(&FLETCHER32) { CHECKSUM } else { 0 }, 0);
                    let done = self
                        .inflater
                        .zlib_decompress(&self.stored[..length], &mut self.inflated)
                        .map_err(|error| format!("a chunk at byte {} does not inflate ({error})", chunk.address))?;
                    (inflated, length) = (true, done);
                }
                FLETCHER32 if shuffled => return Err("a checksum of bytes that were shuffled later".to_string()),
                FLETCHER32 => {
                    let bytes = if inflated { &self.inflated[..length] } else { &self.stored[..length] };
                    length = checked(bytes).map_err(|what| format!("a chunk at byte {} {what}", chunk.address))?;
                }
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

/// Length of the bytes before their Fletcher-32, which lies behind them.
fn checked(bytes: &[u8]) -> Result<usize, String> {
    let Some((values, stored)) = bytes.split_last_chunk::<CHECKSUM>() else {
        return Err(format!("of {} bytes, less than its checksum", bytes.len()));
    };
    let (stored, made) = (u32::from_le_bytes(*stored), fletcher32(values));
    // the library takes both: its first versions swapped the bytes of each half on little-endian machines
    let swapped = made >> 8 & 0x00ff_00ff | made << 8 & 0xff00_ff00;
    if [made, swapped].contains(&stored) {
        return Ok(values.len());
    }
    Err(format!("whose checksum is {stored:08x} instead of {made:08x}"))
}

/// Fletcher-32 as HDF5 makes it: of 16-bit words, most significant byte first, an odd byte at the end being the high one
/// of a word; sums from zero and folded to 16 bits.
fn fletcher32(bytes: &[u8]) -> u32 {
    // so many words fit into a sum of sums of 32 bits
    const WORDS: usize = 360;
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (mut one, mut two) = (0_u32, 0_u32);
    let (words, odd) = bytes.as_chunks::<2>();
    for block in words.chunks(WORDS) {
        for word in block {
            one += u32::from(u16::from_be_bytes(*word));
            two += one;
        }
        (one, two) = (fold(one), fold(two));
    }
    if let [last] = odd {
        one += u32::from(*last) << 8;
        two += one;
        (one, two) = (fold(one), fold(two));
    }
    fold(two) << 16 | fold(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums by hand, over the words of each text: 6162 + 6364 + 6500 = 129c6, folded 29c7; 6162 + c4c6 + 129c6 = 24fee,
    /// folded 4ff0. The even one: 6162 + 6364 = c4c6; 6162 + c4c6 = 12628, folded 2629.
    #[test]
    fn sums_are_those_made_by_hand() {
        assert_eq!(fletcher32(b"abcde"), 0x4ff0_29c7);
        assert_eq!(fletcher32(b"abcd"), 0x2629_c4c6);
        assert_eq!(fletcher32(b""), 0);
        // as the library writes it: a sum that is a multiple of 65535 stays 65535
        assert_eq!(fletcher32(&[0xff; 4000]), u32::MAX);
    }
}
