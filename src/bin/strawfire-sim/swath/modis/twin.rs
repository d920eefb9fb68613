//! An HDF5 twin of an HDF4-EOS2 file: the same arrays, types and attributes, for a script to transcribe one by one.
//!
//! HDF4 has no writer in Rust. What HDF4 says and HDF5 does not is in attributes whose names begin with `twin_`:
//! `twin_dimensions` names the dimensions of an array. The names of arrays hold no slash in HDF5: `Land/SeaMask` is
//! stored as `Land_SeaMask` with its real name in `twin_name`.

use crate::error::Result;
use crate::swath::h5::{self, Array, Order, Words, text};
use hdf5_pure::{AttrValue, FileBuilder};
use std::path::Path;

/// Level of the deflate filter.
pub const DEFLATE: u32 = 1;

/// A file under construction.
pub struct Twin {
    builder: FileBuilder,
    pending: Vec<(String, Array)>,
}

impl Twin {
    pub fn new(words: Words) -> Twin {
        let mut builder = FileBuilder::new();
        for (word, value) in words {
            builder.set_attr(word, value);
        }
        builder.set_attr("twin_of", text("HDF4"));
        Twin { builder, pending: Vec::new() }
    }

    pub fn add(&mut self, name: &str, dimensions: &[&str], array: Array) {
        let mut words: Words = vec![("twin_dimensions", text(dimensions.join(",")))];
        if name.contains('/') {
            words.push(("twin_name", text(name)));
        }
        self.pending.push((name.replace('/', "_"), array.say(words)));
    }

    pub fn publish(mut self, path: &Path) -> Result<()> {
        let mut group = self.builder.create_group("arrays");
        for (name, array) in self.pending {
            array.add_to(&mut group, &name);
        }
        self.builder.add_group(group.finish());
        h5::publish(self.builder, path)
    }
}

/// An array without byte order to speak of: HDF4 has its own.
pub fn array<T: h5::Number>(shape: &[usize], values: impl IntoIterator<Item = T>) -> Array {
    Array::with(Order::Little, shape, values)
}

/// A number as an attribute that says it is one.
pub fn float(value: f32) -> AttrValue {
    AttrValue::F32(value)
}
