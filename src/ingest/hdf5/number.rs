//! The number types of data sets, and how they lie in a chunk's bytes.

use hdf5_pure::{Datatype, DatatypeByteOrder};

/// How the elements of a chunk lie in its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Packing {
    /// Byte planes one after the other (shuffle filter) instead of whole elements.
    pub(super) shuffled: bool,
    /// Most significant byte first.
    pub(super) big_endian: bool,
    /// Elements of the chunk.
    pub(super) elements: usize,
}

/// A type that a data set's elements may have.
pub trait Number: Copy + Default + Send + Sync + PartialEq {
    /// Its name in messages.
    const NAME: &'static str;

    /// Whether a file's type is this one.
    fn is(datatype: &Datatype) -> bool;

    /// From its bytes, least significant first.
    fn from_slice(bytes: &[u8]) -> Option<Self>;

    #[doc(hidden)]
    fn unpack(bytes: &[u8], start: usize, packing: Packing, out: &mut [Self]);
}

impl Packing {
    fn plane<'a>(&self, bytes: &'a [u8], byte: usize, start: usize, count: usize) -> &'a [u8] {
        let from = byte * self.elements + start;
        bytes.get(from..from + count).unwrap_or(&[])
    }
}

macro_rules! number {
    ($type:ty, $size:literal, $datatype:pat) => {
        impl Number for $type {
            const NAME: &'static str = stringify!($type);

            fn is(datatype: &Datatype) -> bool {
                matches!(datatype, $datatype)
            }

            fn from_slice(bytes: &[u8]) -> Option<Self> {
                Some(<$type>::from_le_bytes(bytes.try_into().ok()?))
            }

            fn unpack(bytes: &[u8], start: usize, packing: Packing, out: &mut [Self]) {
                let value = |mut one: [u8; $size]| {
                    if packing.big_endian {
                        one.reverse();
                    }
                    <$type>::from_le_bytes(one)
                };
                if packing.shuffled {
                    // planes of equal length: the loop below has no bounds checks left and runs on vectors
                    let planes: [&[u8]; $size] = std::array::from_fn(|b| packing.plane(bytes, b, start, out.len()));
                    if planes.iter().any(|plane| plane.len() != out.len()) {
                        return;
                    }
                    for (i, out) in out.iter_mut().enumerate() {
                        *out = value(std::array::from_fn(|b| planes[b][i]));
                    }
                } else if let Some(row) = bytes.get(start * $size..(start + out.len()) * $size) {
                    for (one, out) in row.as_chunks::<$size>().0.iter().zip(out) {
                        *out = value(*one);
                    }
                }
            }
        }
    };
}

number!(u8, 1, Datatype::FixedPoint { size: 1, .. });
number!(u16, 2, Datatype::FixedPoint { size: 2, layout: hdf5_pure::FixedPointLayout { signed: false, .. }, .. });
number!(i16, 2, Datatype::FixedPoint { size: 2, layout: hdf5_pure::FixedPointLayout { signed: true, .. }, .. });
number!(i32, 4, Datatype::FixedPoint { size: 4, .. });
number!(f32, 4, Datatype::FloatingPoint { size: 4, .. });
number!(f64, 8, Datatype::FloatingPoint { size: 8, .. });

/// Whether the elements are stored most significant byte first; `None` for types that are no plain numbers.
pub(super) fn is_big_endian(datatype: &Datatype) -> Option<bool> {
    match datatype {
        Datatype::FixedPoint { byte_order, .. } | Datatype::FloatingPoint { byte_order, .. } => match byte_order {
            DatatypeByteOrder::LittleEndian => Some(false),
            DatatypeByteOrder::BigEndian => Some(true),
            DatatypeByteOrder::Vax => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 0x0102, 0x0304, 0x0506 in the four ways to lay them down.
    #[test]
    fn elements_come_out_of_every_packing() {
        let cases = [
            ([2u8, 1, 4, 3, 6, 5], false, false),
            ([1, 2, 3, 4, 5, 6], false, true),
            ([2, 4, 6, 1, 3, 5], true, false),
            ([1, 3, 5, 2, 4, 6], true, true),
        ];
        for (bytes, shuffled, big_endian) in cases {
            let mut out = [0u16; 2];
            u16::unpack(&bytes, 1, Packing { shuffled, big_endian, elements: 3 }, &mut out);
            assert_eq!(out, [0x0304, 0x0506], "shuffled {shuffled}, big endian {big_endian}");
        }
    }
}
