//! Files that say themselves whether they are whole: eight bytes of what they are, what they hold, and the SHA-256 of all before.

use sha2::{Digest, Sha256};

/// Bytes of a seal.
pub const SEAL: usize = 32;

/// Why a file is not what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Too short to be one.
    Cut,
    /// It begins as something else.
    Other,
    /// The seal is not of what is before it.
    Changed,
}

impl Broken {
    /// What is found, in words.
    pub fn said(self) -> &'static str {
        match self {
            Broken::Cut => "a cut file",
            Broken::Other => "another kind of file",
            Broken::Changed => "a file that was cut or changed (its checksum differs)",
        }
    }
}

/// Puts the seal behind bytes that begin with what they are.
pub fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let seal = Sha256::digest(&bytes);
    bytes.extend(seal);
    bytes
}

/// What lies between the beginning and the seal, and the seal.
///
/// # Errors
/// [`Broken`].
pub fn open<'a>(bytes: &'a [u8], magic: &[u8; 8]) -> Result<(&'a [u8], [u8; SEAL]), Broken> {
    let (body, seal) = bytes.split_last_chunk::<SEAL>().ok_or(Broken::Cut)?;
    let inside = body.strip_prefix(magic).ok_or(Broken::Other)?;
    if Sha256::digest(body)[..] != seal[..] {
        return Err(Broken::Changed);
    }
    Ok((inside, *seal))
}

/// The SHA-256 of bytes, 64 hex digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_and_nothing_else_does() {
        let sealed = seal(b"SFTEST1\nwhat it holds".to_vec());
        assert_eq!(open(&sealed, b"SFTEST1\n").expect("whole").0, b"what it holds");
        assert_eq!(open(&sealed[..20], b"SFTEST1\n"), Err(Broken::Cut));
        assert_eq!(open(&sealed, b"SFTEST2\n"), Err(Broken::Other));
        for at in 8..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&changed, b"SFTEST1\n"), Err(Broken::Changed), "{at}");
        }
    }

    /// FIPS 180-2, appendix B.1.
    #[test]
    fn the_sum_of_abc() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
