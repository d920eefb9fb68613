//! A header block of Himawari Standard Data under construction, little endian.

/// A block under construction: bytes with the length word filled in at the end.
pub struct Block {
    bytes: Vec<u8>,
    wide: bool,
}

impl Block {
    pub fn new(number: u8) -> Self {
        Block { bytes: vec![number, 0, 0], wide: false }
    }

    /// Block 10 alone has a four-byte length.
    pub fn wide(number: u8) -> Self {
        Block { bytes: vec![number, 0, 0, 0, 0], wide: true }
    }

    pub fn u8(mut self, value: u8) -> Self {
        self.bytes.push(value);
        self
    }

    pub fn u16(mut self, value: u16) -> Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    pub fn u32(mut self, value: u32) -> Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    pub fn f32(mut self, value: f64) -> Self {
        self.bytes.extend((value as f32).to_le_bytes());
        self
    }

    pub fn f64s(mut self, values: &[f64]) -> Self {
        for value in values {
            self.bytes.extend(value.to_le_bytes());
        }
        self
    }

    pub fn text(mut self, value: &str, width: usize) -> Self {
        let mut field: Vec<u8> = value.bytes().take(width).collect();
        field.resize(width, 0);
        self.bytes.extend(field);
        self
    }

    pub fn spare(mut self, width: usize) -> Self {
        self.bytes.resize(self.bytes.len() + width, 0);
        self
    }

    pub fn close(mut self) -> Vec<u8> {
        let length = self.bytes.len();
        if self.wide {
            self.bytes[1..5].copy_from_slice(&(length as u32).to_le_bytes());
        } else {
            self.bytes[1..3].copy_from_slice(&(length as u16).to_le_bytes());
        }
        self.bytes
    }
}
