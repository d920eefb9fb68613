//! Names that nobody can guess. Of a secret one nothing is kept but its hash.

use crate::error::{Error, Result};
use sha2::{Digest, Sha256};

/// So many random bytes of the system.
///
/// # Errors
/// [`Error::Output`] where the system gives none.
pub fn random(bytes: usize) -> Result<Vec<u8>> {
    let mut all = vec![0; bytes];
    getrandom::fill(&mut all).map_err(|error| Error::output("random numbers", error))?;
    Ok(all)
}

/// The same as hexadecimal digits.
///
/// # Errors
/// [`Error::Output`] where the system gives none.
pub fn random_hex(bytes: usize) -> Result<String> {
    Ok(hex(&random(bytes)?))
}

/// What is kept of a token or key: it is long and random, so that one round is enough.
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
