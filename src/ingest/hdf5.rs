//! HDF5 and netCDF-4 files, read by chunk: only the chunks that a window touches are fetched, and they are inflated on
//! all threads. (The HDF5 library holds one lock for the whole process: it cannot do the second.)
//!
//! The structure of a file (names, shapes, attributes, where its chunks lie) is read by `hdf5-pure`; fetching, inflating
//! and unshuffling chunks is done here, straight into the array that the caller fills.

mod chunk;
mod number;
mod variable;

pub use number::Number;
pub use variable::Variable;

use crate::error::{Error, Result};
use hdf5_pure::AttrValue;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Arrays that are read whole (tables, factors, scan times) have at most so many numbers: a damaged file may claim any.
const LARGEST_TABLE: u64 = 1 << 20;

/// An open file.
pub struct Hdf5File {
    path: PathBuf,
    structure: hdf5_pure::File,
    bytes: std::fs::File,
    length: u64,
}

/// Attributes by name.
pub struct Attributes(HashMap<String, AttrValue>);

impl Hdf5File {
    /// Opens a file and reads its superblock.
    ///
    /// # Errors
    /// When it is no HDF5 file, empty, or damaged at its root; `kind` says what it should be.
    pub fn open(path: &Path, kind: &str) -> Result<Self> {
        let bytes = std::fs::File::open(path).map_err(|source| Error::read(path, source))?;
        let length = bytes.metadata().map_err(|source| Error::read(path, source))?.len();
        if length == 0 {
            return Err(Error::input(path, "an empty file (0 bytes)", kind, "fetch the file again"));
        }
        let structure = hdf5_pure::File::open_streaming(path).map_err(|error| {
            let found = format!("{length} bytes that do not open as HDF5 ({error})");
            Error::input(path, found, kind, "fetch the file again; it may be cut short or of another format")
        })?;
        Ok(Hdf5File { path: path.to_path_buf(), structure, bytes, length })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Attributes of the file itself.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn attributes(&self) -> Result<Attributes> {
        self.structure.root().attrs().map(Attributes).map_err(|error| self.damaged("its attributes", &error))
    }

    /// A data set of two dimensions, or of three of which the first is a layer.
    ///
    /// # Errors
    /// When there is none of that name or it cannot be read by chunk.
    pub fn variable(&self, name: &str) -> Result<Variable<'_>> {
        Variable::open(self, name)
    }

    /// Attributes of a data set.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn attributes_of(&self, name: &str) -> Result<Attributes> {
        let attributes = self.structure.dataset(name).and_then(|dataset| dataset.attrs());
        attributes.map(Attributes).map_err(|error| self.damaged(name, &error))
    }

    /// All numbers of a small data set (a table, factors, scan times).
    ///
    /// # Errors
    /// When there is none of that name, or it is no table of numbers.
    pub fn table(&self, name: &str) -> Result<Vec<f64>> {
        let dataset = self.structure.dataset(name).map_err(|error| self.damaged(name, &error))?;
        let count = dataset.shape().map_err(|error| self.damaged(name, &error))?.iter().product::<u64>();
        if count > LARGEST_TABLE {
            let expected = format!("{name}: at most {LARGEST_TABLE} numbers");
            return Err(Error::input(&self.path, format!("{count} numbers"), expected, "fetch the file again"));
        }
        dataset.read_f64().map_err(|error| self.damaged(name, &error))
    }

    /// The error of a part that cannot be read.
    fn damaged(&self, name: &str, error: &dyn std::fmt::Display) -> Error {
        let advice = "fetch the file again; it may be cut short or of another version";
        Error::input(&self.path, format!("{name}: {error}"), format!("a readable {name}"), advice)
    }
}

impl Attributes {
    /// A number, or the first of several; `None` where there is none of that name.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.numbers(name).first().copied()
    }

    /// All numbers of an attribute; empty where there is none of that name.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        fn wide<T: Copy + Into<f64>>(values: &[T]) -> Vec<f64> {
            values.iter().map(|value| (*value).into()).collect()
        }
        match self.0.get(name) {
            Some(AttrValue::F32(v)) => vec![f64::from(*v)],
            Some(AttrValue::F64(v)) => vec![*v],
            Some(AttrValue::I8(v)) => vec![f64::from(*v)],
            Some(AttrValue::I16(v)) => vec![f64::from(*v)],
            Some(AttrValue::I32(v)) => vec![f64::from(*v)],
            Some(AttrValue::I64(v)) => vec![*v as f64],
            Some(AttrValue::U8(v)) => vec![f64::from(*v)],
            Some(AttrValue::U16(v)) => vec![f64::from(*v)],
            Some(AttrValue::U32(v)) => vec![f64::from(*v)],
            Some(AttrValue::U64(v)) => vec![*v as f64],
            Some(AttrValue::F32Array(v)) => wide(v),
            Some(AttrValue::F64Array(v)) => v.clone(),
            Some(AttrValue::I8Array(v)) => wide(v),
            Some(AttrValue::I16Array(v)) => wide(v),
            Some(AttrValue::I32Array(v)) => wide(v),
            Some(AttrValue::U8Array(v)) => wide(v),
            Some(AttrValue::U16Array(v)) => wide(v),
            Some(AttrValue::U32Array(v)) => wide(v),
            Some(AttrValue::I64Array(v)) => v.iter().map(|v| *v as f64).collect(),
            Some(AttrValue::U64Array(v)) => v.iter().map(|v| *v as f64).collect(),
            _ => self.text(name).and_then(|text| text.parse().ok()).into_iter().collect(),
        }
    }

    /// A text, or the first of several, without its padding.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = match self.0.get(name)? {
            AttrValue::String(text)
            | AttrValue::AsciiString(text)
            | AttrValue::VarLenString(text)
            | AttrValue::VarLenAsciiString(text)
            | AttrValue::StringSized { value: text, .. }
            | AttrValue::AsciiStringSized { value: text, .. } => text.clone(),
            AttrValue::StringArray(all)
            | AttrValue::AsciiStringArray(all)
            | AttrValue::VarLenStringArray(all)
            | AttrValue::VarLenAsciiStringArray(all)
            | AttrValue::StringArraySized { values: all, .. }
            | AttrValue::AsciiStringArraySized { values: all, .. } => all.first()?.clone(),
            _ => return None,
        };
        Some(text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5_pure::FileBuilder;
    use ndarray::Array2;

    fn value(line: usize, column: usize) -> u16 {
        (line * 300 + column) as u16
    }

    /// 50 x 70 numbers in chunks of 16 x 32 and in one piece.
    fn written(folder: &Path) -> PathBuf {
        let numbers: Vec<u16> = (0..50).flat_map(|l| (0..70).map(move |c| value(l, c))).collect();
        let mut builder = FileBuilder::new();
        let chunked = builder.create_dataset("chunked").with_data(&numbers).with_shape(&[50, 70]);
        chunked.with_chunks(&[16, 32]).with_shuffle().with_deflate(4);
        builder.create_dataset("plain").with_data(&numbers).with_shape(&[50, 70]);
        let path = folder.join("numbers.h5");
        builder.write(&path).expect("written");
        path
    }

    #[test]
    fn windows_across_chunks_come_out_whole() {
        let folder = tempfile::tempdir().expect("folder");
        let file = Hdf5File::open(&written(folder.path()), "HDF5").expect("opens");
        for name in ["chunked", "plain"] {
            let variable = file.variable(name).expect("there");
            assert_eq!(variable.shape(), (50, 70));
            for (lines, columns) in [(0..50, 0..70), (15..17, 31..33), (48..50, 3..70), (5..6, 64..70)] {
                let window: Array2<u16> = variable.window(lines.clone(), columns.clone()).expect("read");
                for ((line, column), got) in window.indexed_iter() {
                    assert_eq!(*got, value(lines.start + line, columns.start + column), "{name}");
                }
            }
            assert!(variable.window::<u16>(0..51, 0..70).is_err() && variable.window::<f32>(0..1, 0..1).is_err());
        }
    }

    /// Wherever the file is cut: an error or the right numbers, never wrong ones.
    #[test]
    fn a_cut_is_an_error() {
        let folder = tempfile::tempdir().expect("folder");
        let whole = std::fs::read(written(folder.path())).expect("bytes");
        let (mut errors, mut right) = (0, 0);
        for cut in (1..whole.len()).step_by(97) {
            let path = folder.path().join("cut.h5");
            std::fs::write(&path, &whole[..cut]).expect("written");
            let read =
                || -> Result<Array2<u16>> { Hdf5File::open(&path, "HDF5")?.variable("chunked")?.window(0..50, 0..70) };
            match read() {
                Ok(window) => {
                    right += 1;
                    assert!(window.indexed_iter().all(|((l, c), got)| *got == value(l, c)), "cut at {cut}");
                }
                Err(error) => {
                    errors += 1;
                    assert!(error.to_string().contains("cut.h5"), "{error}");
                }
            }
        }
        assert!(errors > 30, "{errors} errors, {right} whole");
    }

    /// Every byte of a small file changed, one at a time, in three ways: it is read or refused, soon and without a panic;
    /// and numbers whose chunks have a checksum are right or refused wherever the change lies in a chunk.
    #[test]
    fn changed_bytes_are_refused_or_do_no_harm() {
        let folder = tempfile::tempdir().expect("folder");
        let mut builder = FileBuilder::new();
        let numbers: Vec<u16> = (0..12).flat_map(|l| (0..10).map(move |c| value(l, c))).collect();
        let summed = builder.create_dataset("summed").with_data(&numbers).with_shape(&[12, 10]);
        summed.with_chunks(&[5, 10]).with_fletcher32();
        let deflated = builder.create_dataset("deflated").with_data(&numbers).with_shape(&[12, 10]);
        deflated.with_chunks(&[12, 10]).with_shuffle().with_deflate(4).with_fletcher32();
        deflated.set_attr("scale_factor", hdf5_pure::AttrValue::F32(0.5));
        let plain = builder.create_dataset("plain").with_data(&numbers).with_shape(&[12, 10]);
        plain.set_attr("platform", hdf5_pure::AttrValue::AsciiString("NPP".to_string()));
        let path = folder.path().join("flipped.h5");
        builder.write(&path).expect("written");
        let whole = std::fs::read(&path).expect("bytes");
        let chunks: Vec<std::ops::Range<usize>> = ["summed", "deflated"]
            .iter()
            .flat_map(|name| {
                let file = hdf5_pure::File::open(&path).expect("opens");
                file.dataset(name).expect("there").chunks().expect("chunks")
            })
            .map(|chunk| chunk.address as usize..(chunk.address + chunk.storage_size) as usize)
            .collect();
        assert_eq!(chunks.len(), 4);
        let read = |name: &str| -> Result<Array2<u16>> {
            let file = Hdf5File::open(&path, "HDF5")?;
            file.attributes()?;
            let variable = file.variable(name)?;
            let (lines, columns) = variable.shape();
            variable.window(0..lines.min(12), 0..columns.min(10))
        };
        let right = read("plain").expect("whole");
        let (mut refused, mut in_chunks) = (0, 0);
        for at in 0..whole.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= change;
                std::fs::write(&path, &bytes).expect("written");
                for name in ["summed", "deflated", "plain"] {
                    let got = read(name);
                    refused += usize::from(got.is_err());
                    if name != "plain" && chunks.iter().any(|chunk| chunk.contains(&at)) {
                        in_chunks += 1;
                        match got {
                            Ok(window) => assert_eq!(window, right, "{name}: byte {at} changed by {change}"),
                            Err(error) => {
                                let said = error.to_string();
                                assert!(said.contains("flipped.h5") && said.contains(name), "{said}");
                            }
                        }
                    }
                }
            }
        }
        println!("{} bytes: {refused} refusals; {in_chunks} readings with a change in a chunk", whole.len());
        assert!(refused > 1000 && in_chunks > 500);
    }

    /// Real SDR cut-outs of Suomi-NPP behind a user block, big-endian; what they hold is as h5py says.
    #[test]
    fn real_sdr_cut_outs_are_read() {
        let Some(folder) = crate::ingest::shared_data("formats/viirs-sdr-pygaarst") else { return };
        // whoever put a second user block before this one left the address of the first in it: refused, never misread
        let moved = Hdf5File::open(&folder.join("testpyM15UB.h5"), "SDR");
        let moved = moved.and_then(|file| {
            file.variable("All_Data/VIIRS-M13-SDR_All/BrightnessTemperature")?.window::<f32>(0..10, 0..10)
        });
        assert!(moved.is_err_and(|error| error.to_string().contains("testpyM15UB.h5")));
        let name = "testpyM15.h5";
        let file = Hdf5File::open(&folder.join(name), "SDR").expect("opens");
        let read = |name: &str| -> Array2<f32> { file.variable(name).expect(name).window(0..10, 0..10).expect(name) };
        let kelvin = read("All_Data/VIIRS-M13-SDR_All/BrightnessTemperature");
        let lat = read("All_Data/VIIRS-MOD-GEO_All/Latitude");
        let (valid, fill): (Vec<f32>, Vec<f32>) = kelvin.iter().partition(|kelvin| **kelvin > -999.0);
        assert!(!valid.is_empty() && fill.iter().all(|value| (value + 999.7).abs() < 1e-3), "{fill:?}");
        assert!(valid.iter().all(|kelvin| (260.72..266.39).contains(kelvin)), "{valid:?}");
        assert!(lat.iter().all(|lat| (78.6..79.0).contains(lat)), "{lat:?}");
        // an array of one by one there
        let platform = file.attributes().expect("attributes").text("Platform_Short_Name");
        assert_eq!(platform.as_deref(), Some("NPP"));
        println!("{name}: {} values, {} of fill", valid.len(), fill.len());
    }
}
