//! The checksums of an HDF4 file's deflated arrays. The library that reads them stops when it has all numbers, which is
//! before the checksum: a changed byte would pass for temperatures. (HDF4 Specification and Developer's Guide: a list of
//! data descriptors; compressed elements have a header that names the element with the stream.)

use rayon::prelude::*;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

const MAGIC: [u8; 4] = [0x0e, 0x03, 0x13, 0x01];
/// Tag of a compressed stream; bit of the tags of elements stored in a special way; code and coder of deflated ones.
const COMPRESSED: u16 = 40;
const SPECIAL: u16 = 0x4000;
const IS_COMPRESSED: u16 = 3;
const DEFLATE: u16 = 4;
/// Bytes of a descriptor, and of the header of a compressed element up to its coder.
const DESCRIPTOR: usize = 12;
const HEADER: usize = 14;
/// Tag of a descriptor that is not in use; place and length of an element that has none.
const UNUSED: u16 = 1;
const NOWHERE: u32 = u32::MAX;
/// No file has so many elements, and no array or chunk is so long.
const MOST_ELEMENTS: usize = 1 << 20;
const LONGEST: usize = 1 << 30;

/// Tag, reference, place and length of an element.
struct Element {
    tag: u16,
    reference: u16,
    at: u64,
    length: usize,
}

/// Inflates every deflated stream of a file.
///
/// # Errors
/// In words, when one does not inflate to its length or its checksum differs.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let elements = elements(&file)?;
    let streams: HashMap<u16, &Element> = elements
        .iter()
        .filter(|element| element.tag == COMPRESSED)
        .map(|element| (element.reference, element))
        .collect();
    elements
        .par_iter()
        .filter(|element| element.tag & SPECIAL != 0 && element.tag < 2 * SPECIAL && element.length >= HEADER)
        .try_for_each_init(libdeflater::Decompressor::new, |inflater, element| {
            let header = read(&file, element.at, HEADER)?;
            if short(&header, 0) != IS_COMPRESSED || short(&header, 12) != DEFLATE {
                return Ok(());
            }
            let (length, reference) = (long(&header, 4) as usize, short(&header, 8));
            let damaged = |what: &str| format!("the deflated array of element {reference}: {what}");
            // an array that nothing was written into has no stream
            let Some(stream) = streams.get(&reference) else { return Ok(()) };
            if length > LONGEST || stream.length > LONGEST {
                return Err(damaged("longer than any real one"));
            }
            let bytes = read(&file, stream.at, stream.length).map_err(|error| damaged(&error))?;
            let mut numbers = vec![0; length];
            match inflater.zlib_decompress(&bytes, &mut numbers) {
                Ok(got) if got == length => Ok(()),
                Ok(got) => Err(damaged(&format!("{got} bytes instead of {length}"))),
                Err(error) => Err(damaged(&error.to_string())),
            }
        })
}

/// Tests that a file's elements lie inside it and beside each other, as in every real one: the library believes what
/// the list says, and with a damaged one it writes past its own memory.
///
/// # Errors
/// In words, when they do not.
pub(super) fn check_structure(path: &Path) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    elements(&file).map(|_| ())
}

/// The file's elements by place, from its chain of descriptor blocks.
fn elements(file: &File) -> Result<Vec<Element>, String> {
    let end = file.metadata().map_err(|error| error.to_string())?.len();
    if read(file, 0, MAGIC.len())? != MAGIC {
        return Err("not the first bytes of HDF4".to_string());
    }
    let (mut at, mut all) = (MAGIC.len() as u64, Vec::new());
    while at != 0 && all.len() < MOST_ELEMENTS {
        let head = read(file, at, 6)?;
        let length = usize::from(short(&head, 0)) * DESCRIPTOR;
        let block = read(file, at + 6, length)?;
        all.push(Element { tag: UNUSED, reference: 0, at, length: 6 + length });
        let used = block
            .as_chunks::<DESCRIPTOR>()
            .0
            .iter()
            .filter(|one| short(*one, 0) != UNUSED && long(*one, 4) != NOWHERE && long(*one, 8) != NOWHERE);
        all.extend(used.map(|one| Element {
            tag: short(one, 0),
            reference: short(one, 2),
            at: u64::from(long(one, 4)),
            length: long(one, 8) as usize,
        }));
        at = u64::from(long(&head, 2));
    }
    all.sort_by_key(|element| (element.at, element.length));
    let after = |element: &Element| element.at + element.length as u64;
    if let Some(element) = all.iter().find(|element| after(element) > end) {
        return Err(format!("an element of {} bytes at byte {} of {end}", element.length, element.at));
    }
    match all.windows(2).find(|pair| after(&pair[0]) > pair[1].at) {
        Some(pair) => Err(format!("two elements over each other at byte {}", pair[1].at)),
        None => Ok(all),
    }
}

fn read(file: &File, at: u64, length: usize) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).map_err(|error| format!("{length} bytes at byte {at}: {error}"))?;
    Ok(bytes)
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::shared_data;

    /// Real files pass; with a byte of a stream changed they do not.
    #[test]
    fn streams_of_real_files_are_whole() {
        let Some(folder) = shared_data("formats/modis-hdf4") else { return };
        for name in ["MOD09A1.A2017193.h18v04.006.2017202035302.hdf", "MOD11B2.A2017001.h14v04.006.2017013155631.hdf"] {
            let path = folder.join(name);
            assert_eq!(check(&path), Ok(()), "{name}");
            let mut bytes = std::fs::read(&path).expect("read");
            let all = elements(&File::open(&path).expect("opens")).expect("elements");
            let stream = all.iter().filter(|element| element.tag == COMPRESSED).max_by_key(|element| element.length);
            let stream = stream.expect("a stream");
            bytes[stream.at as usize + stream.length / 2] ^= 1;
            let changed = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(changed.path(), bytes).expect("written");
            let error = check(changed.path()).expect_err("changed");
            assert!(error.contains("deflated array"), "{error}");
        }
    }
}
