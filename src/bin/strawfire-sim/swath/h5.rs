//! Writing HDF5 files: arrays of either byte order, chunks, filters, attributes; a file gets its name when it is whole.

use crate::error::{Result, file};
use crate::output;
use hdf5_pure::{
    AttrValue, DatasetBuilder, Datatype, DatatypeByteOrder, FileBuilder, FixedPointLayout, FloatingPointLayout,
    GroupBuilder,
};
use std::path::Path;

/// Attributes in the order they are written.
pub type Words = Vec<(&'static str, AttrValue)>;

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Little,
    Big,
}

/// A number that an array can hold.
pub trait Number: Copy {
    fn datatype(order: Order) -> Datatype;
    fn put(self, order: Order, bytes: &mut Vec<u8>);
}

macro_rules! number {
    ($type:ty, $datatype:expr) => {
        impl Number for $type {
            fn datatype(order: Order) -> Datatype {
                let describe: fn(u32, DatatypeByteOrder) -> Datatype = $datatype;
                let order = match order {
                    Order::Little => DatatypeByteOrder::LittleEndian,
                    Order::Big => DatatypeByteOrder::BigEndian,
                };
                describe(size_of::<$type>() as u32, order)
            }

            fn put(self, order: Order, bytes: &mut Vec<u8>) {
                match order {
                    Order::Little => bytes.extend(self.to_le_bytes()),
                    Order::Big => bytes.extend(self.to_be_bytes()),
                }
            }
        }
    };
}

number!(u8, |size, order| integer(size, order, false));
number!(i8, |size, order| integer(size, order, true));
number!(u16, |size, order| integer(size, order, false));
number!(i16, |size, order| integer(size, order, true));
number!(i32, |size, order| integer(size, order, true));
number!(i64, |size, order| integer(size, order, true));
number!(f32, |size, order| float(size, order, (23, 8, 127)));
number!(f64, |size, order| float(size, order, (52, 11, 1023)));

fn integer(size: u32, byte_order: DatatypeByteOrder, signed: bool) -> Datatype {
    let layout = FixedPointLayout { signed, bit_offset: 0, bit_precision: (8 * size) as u16 };
    Datatype::FixedPoint { size, byte_order, layout }
}

/// IEEE 754: bits of the mantissa and of the exponent, and its bias.
fn float(size: u32, byte_order: DatatypeByteOrder, (mantissa, exponent, bias): (u8, u8, u32)) -> Datatype {
    let layout = FloatingPointLayout {
        bit_offset: 0,
        bit_precision: (8 * size) as u16,
        exponent_location: mantissa,
        exponent_size: exponent,
        mantissa_location: 0,
        mantissa_size: mantissa,
        exponent_bias: bias,
    };
    Datatype::FloatingPoint { size, byte_order, layout }
}

/// An array on its way into a file.
pub struct Array {
    datatype: Datatype,
    order: Order,
    bytes: Vec<u8>,
    shape: Vec<u64>,
    /// Sizes of a chunk; empty for contiguous storage.
    chunk: Vec<u64>,
    /// Level of the deflate filter, with shuffle; 0 for none.
    deflate: u32,
    words: Words,
}

impl Array {
    /// An empty array of a kind of number, to be filled with `extend`.
    pub fn of<T: Number>(order: Order, shape: &[usize]) -> Array {
        let count: usize = shape.iter().product();
        Array {
            datatype: T::datatype(order),
            order,
            bytes: Vec::with_capacity(count * size_of::<T>()),
            shape: shape.iter().map(|n| *n as u64).collect(),
            chunk: Vec::new(),
            deflate: 0,
            words: Vec::new(),
        }
    }

    /// An array with all its values.
    pub fn with<T: Number>(order: Order, shape: &[usize], values: impl IntoIterator<Item = T>) -> Array {
        let mut array = Array::of::<T>(order, shape);
        array.extend(values);
        array
    }

    pub fn chunked(mut self, chunk: &[usize], deflate: u32) -> Array {
        self.chunk = chunk.iter().map(|n| *n as u64).collect();
        self.deflate = deflate;
        self
    }

    pub fn say(mut self, words: Words) -> Array {
        self.words.extend(words);
        self
    }

    pub fn extend<T: Number>(&mut self, values: impl IntoIterator<Item = T>) {
        let order = self.order;
        values.into_iter().for_each(|value| value.put(order, &mut self.bytes));
    }

    /// Puts the array into a group.
    pub fn add_to(self, group: &mut GroupBuilder, name: &str) {
        self.describe(group.create_dataset(name));
    }

    /// Puts the array into the root of a file.
    pub fn add_to_root(self, file: &mut FileBuilder, name: &str) {
        self.describe(file.create_dataset(name));
    }

    fn describe(self, dataset: &mut DatasetBuilder) {
        let count = self.shape.iter().product();
        dataset.with_raw_data(self.datatype, self.bytes, count).with_shape(&self.shape);
        if !self.chunk.is_empty() {
            dataset.with_chunks(&self.chunk);
        }
        if self.deflate > 0 {
            dataset.with_shuffle().with_deflate(self.deflate);
        }
        for (word, value) in self.words {
            dataset.set_attr(word, value);
        }
    }
}

/// A text as an attribute.
pub fn text(value: impl Into<String>) -> AttrValue {
    AttrValue::AsciiString(value.into())
}

/// Writes a file and gives it its name.
pub fn publish(builder: FileBuilder, target: &Path) -> Result<()> {
    let partial = output::partial_name(target);
    builder.write(&partial).map_err(|e| {
        file(&partial, e, "an HDF5 file that can be written", "check free space and permissions of --out")
    })?;
    output::publish(&partial, target)
}
