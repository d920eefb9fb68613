//! Pictures within `multipart/x-mixed-replace`, as cameras send motion JPEG (RFC 2046, 5.1, as loosely as cameras keep it).

use super::MOST_BYTES;

/// The headers of a part are no longer, bytes.
const MOST_HEADERS: usize = 8192;

/// Cuts a stream into its parts.
#[derive(Debug)]
pub(super) struct Parts {
    /// Without the dashes before it.
    boundary: Vec<u8>,
    waiting: Vec<u8>,
    /// So many bytes of `waiting` were looked through already.
    seen: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a boundary.
    Between,
    /// In the headers of a part.
    Headers,
    /// In a part of so many bytes, or up to the next boundary.
    Body(Option<usize>),
}

/// The boundary that a content type names; cameras write it with or without quotes and dashes.
pub(super) fn boundary(content_type: &str) -> Option<Vec<u8>> {
    let (_, after) = content_type.split_once("boundary=").or_else(|| content_type.split_once("Boundary="))?;
    let word = after.split(';').next()?.trim().trim_matches('"').trim_start_matches('-');
    (!word.is_empty()).then(|| word.as_bytes().to_vec())
}

impl Parts {
    pub(super) fn new(boundary: Vec<u8>) -> Self {
        Parts { boundary, waiting: Vec::new(), seen: 0, state: State::Between }
    }

    /// Adds bytes of the stream and gives the parts that are whole with them.
    ///
    /// # Errors
    /// What is found where a part is larger than [`MOST_BYTES`] or its headers have no end.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        self.waiting.extend_from_slice(bytes);
        let mut parts = Vec::new();
        while self.step(&mut parts)? {}
        Ok(parts)
    }

    /// One step forward; whether there was one.
    fn step(&mut self, parts: &mut Vec<Vec<u8>>) -> Result<bool, String> {
        match self.state {
            State::Between => match self.find(&self.boundary.clone()) {
                Some(at) => self.go(at + self.boundary.len(), State::Headers),
                None if self.waiting.len() > MOST_HEADERS + MOST_BYTES => {
                    return Err("no boundary between pictures".to_string());
                }
                None => return Ok(false),
            },
            State::Headers => {
                let Some((length, gap)) = blank_line(&self.waiting) else {
                    return if self.waiting.len() > MOST_HEADERS {
                        Err("headers without an end".to_string())
                    } else {
                        Ok(false)
                    };
                };
                let size = content_length(&self.waiting[..length]);
                if size.is_some_and(|size| size > MOST_BYTES) {
                    return Err(format!("a picture of more than {} MB", MOST_BYTES >> 20));
                }
                self.go(length + gap, State::Body(size.filter(|size| *size > 0)));
            }
            State::Body(Some(size)) => {
                if self.waiting.len() < size {
                    return Ok(false);
                }
                parts.push(self.waiting[..size].to_vec());
                self.go(size, State::Between);
            }
            State::Body(None) => {
                let delimiter = [&b"--"[..], &self.boundary].concat();
                let Some(at) = self.find(&delimiter) else {
                    return match self.waiting.len() > MOST_BYTES {
                        true => Err(format!("a picture of more than {} MB", MOST_BYTES >> 20)),
                        false => Ok(false),
                    };
                };
                let body = &self.waiting[..at];
                let body = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")).unwrap_or(body);
                if !body.is_empty() {
                    parts.push(body.to_vec());
                }
                self.go(at, State::Between);
            }
        }
        Ok(true)
    }

    fn go(&mut self, used: usize, state: State) {
        self.waiting.drain(..used);
        (self.seen, self.state) = (0, state);
    }

    /// Where a text stands; what was looked through before is not again.
    fn find(&mut self, text: &[u8]) -> Option<usize> {
        let found =
            self.waiting.get(self.seen..)?.windows(text.len()).position(|part| part == text).map(|at| at + self.seen);
        self.seen = self.waiting.len().saturating_sub(text.len());
        found
    }
}

/// Where the headers end and how long the blank line is.
fn blank_line(bytes: &[u8]) -> Option<(usize, usize)> {
    let bytes = &bytes[..bytes.len().min(MOST_HEADERS + 4)];
    let long = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| (at, 4));
    let short = bytes.windows(2).position(|two| two == b"\n\n").map(|at| (at, 2));
    [long, short].into_iter().flatten().min()
}

fn content_length(headers: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(headers).to_ascii_lowercase();
    text.lines().find_map(|line| line.trim().strip_prefix("content-length:")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All parts of a stream that comes in pieces of so many bytes.
    fn parts(stream: &[u8], piece: usize) -> Vec<Vec<u8>> {
        let mut parts = Parts::new(b"cut".to_vec());
        stream.chunks(piece).flat_map(|bytes| parts.add(bytes).expect("parts")).collect()
    }

    #[test]
    fn parts_with_and_without_a_length_in_pieces_of_any_size() {
        let stream = b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: 9\r\n\r\n--cut\r\n--\r\n--cut\r\nContent-Type: image/jpeg\r\n\r\nsecond\r\n\
                       --cut\ncontent-type:image/jpeg\n\nthird\n--cut--\r\n";
        for piece in 1..stream.len() {
            let parts = parts(stream, piece);
            assert_eq!(parts, [&b"--cut\r\n--"[..], b"second", b"third"], "{piece}");
        }
    }

    #[test]
    fn a_boundary_is_named_in_many_ways() {
        for text in [
            "multipart/x-mixed-replace;boundary=cut",
            "multipart/x-mixed-replace; boundary=\"--cut\"; x=y",
            "multipart/x-mixed-replace; boundary=--cut",
        ] {
            assert_eq!(boundary(text).as_deref(), Some(&b"cut"[..]), "{text}");
        }
        for text in [
            "multipart/x-mixed-replace",
            "multipart/x-mixed-replace; boundary=",
            "multipart/x-mixed-replace; boundary=--",
        ] {
            assert_eq!(boundary(text), None, "{text}");
        }
    }

    #[test]
    fn what_never_ends_is_ended() {
        let run = |first: &[u8]| {
            let mut parts = Parts::new(b"cut".to_vec());
            let mut bytes = first.to_vec();
            for _ in 0..200 {
                if let Err(found) = parts.add(&bytes) {
                    return found;
                }
                bytes = vec![b'x'; 1 << 20];
            }
            panic!("no end");
        };
        assert_eq!(run(b""), "no boundary between pictures");
        assert_eq!(run(b"--cut\r\n"), "headers without an end");
        assert_eq!(run(b"--cut\r\n\r\n"), "a picture of more than 64 MB");
        assert_eq!(run(b"--cut\r\ncontent-length: 99999999999\r\n\r\n"), "a picture of more than 64 MB");
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut(bytes in proptest::collection::vec(prop_oneof![Just(b'-'), Just(b'c'), Just(b'u'), Just(b't'), Just(b'\n'), any::<u8>()], 0..400)) {
            let mut parts = Parts::new(b"cut".to_vec());
            for piece in bytes.chunks(7) {
                let _ = parts.add(piece);
            }
        }
    }
}
