//! Coded pictures within FLV, as video platforms give them by HTTP (Adobe Flash Video File Format 10.1, E.2 to E.4; H.265 as the platforms
//! number it, codec 12, and as Enhanced RTMP 1 names it, `hvc1`).

use super::gop::{Codec, Unit};

/// The kind of tags with pictures; none is longer than its length can say, 16 MB.
const VIDEO: u8 = 9;
/// So many parameter sets are read at most.
const MOST_SETS: usize = 32;
const START: [u8; 4] = [0, 0, 0, 1];

/// Cuts a stream into coded pictures.
#[derive(Debug, Default)]
pub(super) struct Flv {
    waiting: Vec<u8>,
    is_begun: bool,
    /// Parameter sets with start codes.
    sets: Vec<u8>,
    /// Bytes of the length of a NAL unit.
    prefix: usize,
}

impl Flv {
    /// Adds bytes of the stream and gives the coded pictures that are whole with them.
    ///
    /// # Errors
    /// What is found where it is no FLV or of another codec.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<Vec<(Codec, Unit)>, String> {
        self.waiting.extend_from_slice(bytes);
        let mut used = 0;
        let mut units = Vec::new();
        if !self.is_begun {
            let Some(head) = self.waiting.get(..9) else { return Ok(units) };
            if !head.starts_with(b"FLV\x01") {
                return Err("no FLV".to_string());
            }
            // the header, and the length of the tag before the first
            used = u32::from_be_bytes([head[5], head[6], head[7], head[8]]).min(1024) as usize + 4;
            if self.waiting.len() < used {
                return Ok(units);
            }
            self.is_begun = true;
        }
        while let Some(tag) = self.waiting.get(used..).filter(|rest| rest.len() >= 11) {
            let length = u32::from_be_bytes([0, tag[1], tag[2], tag[3]]) as usize;
            let Some(body) = tag.get(11..11 + length).filter(|_| tag.len() >= 15 + length) else { break };
            if tag[0] & 0x1F == VIDEO {
                let body = body.to_vec();
                units.extend(self.picture(&body)?);
            }
            used += 15 + length;
        }
        self.waiting.drain(..used);
        Ok(units)
    }

    /// The coded picture of a video tag; parameter sets are kept for the key pictures.
    fn picture(&mut self, body: &[u8]) -> Result<Option<(Codec, Unit)>, String> {
        let Some((codec, is_key, kind, data)) = head(body)? else { return Ok(None) };
        match kind {
            Kind::Sets => {
                let read = if codec == Codec::H265 { sets_of_h265(data) } else { sets_of_h264(data) };
                (self.prefix, self.sets) = read.ok_or("parameter sets that cannot be read")?;
                Ok(None)
            }
            Kind::Picture if self.prefix == 0 => Ok(None),
            Kind::Picture => {
                let mut coded = if is_key { self.sets.clone() } else { Vec::new() };
                let is_whole = with_start_codes(data, self.prefix, &mut coded);
                Ok(Some((codec, Unit { data: coded, key: is_key, disposable: body[0] >> 4 == 3, broken: !is_whole })))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sets,
    Picture,
}

/// Codec, whether it is a key picture, what it is, and its data.
type Tag<'a> = (Codec, bool, Kind, &'a [u8]);

/// What a video tag holds; `None` for what is passed over.
fn head(body: &[u8]) -> Result<Option<Tag<'_>>, String> {
    let Some(first) = body.first() else { return Ok(None) };
    let is_key = first >> 4 & 7 == 1;
    if first & 0x80 != 0 {
        let codec = match body.get(1..5) {
            Some(b"hvc1") => Codec::H265,
            Some(b"avc1") => Codec::H264,
            Some(other) => return Err(format!("pictures coded as {}", String::from_utf8_lossy(other).escape_debug())),
            None => return Ok(None),
        };
        return Ok(match first & 0x0F {
            0 => body.get(5..).map(|data| (codec, is_key, Kind::Sets, data)),
            // with a composition time of three bytes
            1 => body.get(8..).map(|data| (codec, is_key, Kind::Picture, data)),
            3 => body.get(5..).map(|data| (codec, is_key, Kind::Picture, data)),
            _ => None,
        });
    }
    let codec = match first & 0x0F {
        7 => Codec::H264,
        12 => Codec::H265,
        other => return Err(format!("pictures of FLV's codec {other}")),
    };
    let Some(data) = body.get(5..) else { return Ok(None) };
    Ok(match body[1] {
        0 => Some((codec, is_key, Kind::Sets, data)),
        1 => Some((codec, is_key, Kind::Picture, data)),
        _ => None,
    })
}

/// The length of lengths and the parameter sets of an `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1).
fn sets_of_h264(data: &[u8]) -> Option<(usize, Vec<u8>)> {
    let prefix = usize::from(data.get(4)? & 3) + 1;
    let mut sets = Vec::new();
    let mut at = 6;
    let sequence = data.get(5)? & 0x1F;
    take_sets(data, &mut at, usize::from(sequence), &mut sets)?;
    let picture = *data.get(at)?;
    at += 1;
    take_sets(data, &mut at, usize::from(picture), &mut sets)?;
    Some((prefix, sets))
}

/// The same of an `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 8.3.3.1).
fn sets_of_h265(data: &[u8]) -> Option<(usize, Vec<u8>)> {
    let prefix = usize::from(data.get(21)? & 3) + 1;
    let mut sets = Vec::new();
    let mut at = 23;
    for _ in 0..*data.get(22)? {
        let count = u16::from_be_bytes([*data.get(at + 1)?, *data.get(at + 2)?]);
        at += 3;
        take_sets(data, &mut at, usize::from(count), &mut sets)?;
    }
    Some((prefix, sets))
}

fn take_sets(data: &[u8], at: &mut usize, count: usize, sets: &mut Vec<u8>) -> Option<()> {
    for _ in 0..count.min(MOST_SETS) {
        let length = usize::from(u16::from_be_bytes([*data.get(*at)?, *data.get(*at + 1)?]));
        sets.extend(START);
        sets.extend(data.get(*at + 2..*at + 2 + length)?);
        *at += 2 + length;
    }
    Some(())
}

/// NAL units with start codes for those with lengths; whether all were whole.
fn with_start_codes(mut data: &[u8], prefix: usize, coded: &mut Vec<u8>) -> bool {
    while !data.is_empty() {
        let Some(length) =
            data.get(..prefix).map(|bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        else {
            return false;
        };
        let Some(nal) = data.get(prefix..prefix.saturating_add(length)) else { return false };
        coded.extend(START);
        coded.extend(nal);
        data = &data[prefix + length..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tag(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32).to_be_bytes();
        [&[kind][..], &length[1..], &[0; 7], body, &(body.len() as u32 + 11).to_be_bytes()].concat()
    }

    fn stream() -> Vec<u8> {
        let head = b"FLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec();
        let sets = tag(9, b"\x17\0\0\0\0\x01\x64\0\x1f\xff\xe1\0\x03\x67ab\x01\0\x02\x68c");
        let key = tag(9, b"\x17\x01\0\0\0\0\0\0\x02\x65d\0\0\0\x01e");
        let next = tag(9, b"\x27\x01\0\0\0\0\0\0\x02\x41f");
        let cut = tag(9, b"\x27\x01\0\0\0\0\0\0\x09\x41f");
        [head, sets, tag(8, b"sound"), key, next, cut].concat()
    }

    #[test]
    fn pictures_come_with_start_codes_in_pieces_of_any_size() {
        for piece in [1, 2, 3, 7, 50, 1000] {
            let mut flv = Flv::default();
            let units: Vec<_> = stream().chunks(piece).flat_map(|bytes| flv.add(bytes).expect("units")).collect();
            let key = b"\0\0\0\x01\x67ab\0\0\0\x01\x68c\0\0\0\x01\x65d\0\0\0\x01e".to_vec();
            assert_eq!(units.len(), 3);
            assert_eq!(units[0], (Codec::H264, Unit { data: key, key: true, disposable: false, broken: false }));
            assert_eq!(units[1].1.data, b"\0\0\0\x01\x41f");
            assert!(units[2].1.broken);
        }
    }

    #[test]
    fn other_streams_and_codecs_are_told() {
        assert_eq!(Flv::default().add(b"<html>not found"), Err("no FLV".to_string()));
        let head = b"FLV\x01\x05\0\0\0\x09\0\0\0\0".to_vec();
        let other = |body: &[u8]| Flv::default().add(&[&head[..], &tag(9, body)].concat()).expect_err("told");
        assert_eq!(other(b"\x12\0\0\0"), "pictures of FLV's codec 2");
        assert_eq!(other(b"\x90av01\0"), "pictures coded as av01");
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut(at in 0usize..200, value in any::<u8>(), tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = stream();
            let at = at % bytes.len();
            bytes[at] = value;
            bytes.extend(tail);
            let _ = Flv::default().add(&bytes);
        }
    }
}
