//! Passwords, changing codes and tokens. Nothing of them is kept but hashes, and the shared secret of the codes.

use crate::error::{Error, Result};
use crate::tokens::random;
pub use crate::tokens::{hex, random_hex, token_hash};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use totp_rs::{Algorithm as Digits, Secret, TOTP};

/// Memory (KiB), rounds and lanes of argon2id: the first choice of OWASP's Password Storage Cheat Sheet for 19 MiB.
const ARGON2: (u32, u32, u32) = (19_456, 2, 1);
/// Seconds of a changing code (RFC 6238).
const STEP_S: u64 = 30;
/// A code of the step before or after is taken too: clocks differ.
const SKEW: u8 = 1;

fn argon2() -> Argon2<'static> {
    let (memory, rounds, lanes) = ARGON2;
    let params = Params::new(memory, rounds, lanes, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What is kept of a password.
///
/// # Errors
/// [`Error::Output`] where the system gives no random numbers.
pub fn password_hash(password: &str) -> Result<String> {
    let failed = |error: argon2::password_hash::Error| Error::output("the hash of a password", error);
    let salt = SaltString::encode_b64(&random(16)?).map_err(failed)?;
    Ok(argon2().hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

/// Whether a password is the one of the hash. It takes as long for a hash that is none: who tries names learns nothing.
pub fn is_password(password: &str, hash: &str) -> bool {
    /// Of no password that anybody has.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c3RyYXdmaXJlLW5vYm9keQ$Pv1SAKWXg0qMHK0MgOAvXpKcoqHtdpMy3mHzY6QDEw4";
    let parsed = PasswordHash::new(hash).or_else(|_| PasswordHash::new(NOBODY));
    parsed.is_ok_and(|parsed| argon2().verify_password(password.as_bytes(), &parsed).is_ok())
}

/// A new shared secret of changing codes, base32.
///
/// # Errors
/// [`Error::Output`] where the system gives no random numbers.
pub fn new_totp() -> Result<String> {
    Ok(Secret::Raw(random(20)?).to_encoded().to_string())
}

/// The address that an authenticator reads, also as a picture.
///
/// # Errors
/// [`Error::Config`] where the name cannot be part of one.
pub fn totp_url(secret: &str, account: &str) -> Result<String> {
    totp(secret, account)
        .map(|totp| totp.get_url())
        .ok_or_else(|| Error::config("user add", account.to_string(), "a name without a colon", "choose another name"))
}

fn totp(secret: &str, account: &str) -> Option<TOTP> {
    let secret = Secret::Encoded(secret.to_string()).to_bytes().ok()?;
    TOTP::new(Digits::SHA1, 6, SKEW, STEP_S, secret, Some("strawfire".to_string()), account.to_string()).ok()
}

/// The step of which a code is, if it is one of now and later than the last one that was taken.
pub fn totp_step(secret: &str, code: &str, unix_s: i64, last: i64) -> Option<i64> {
    let totp = totp(secret, "x")?;
    let now = unix_s.div_euclid(STEP_S as i64);
    let skew = i64::from(SKEW);
    let is_of = |step: &i64| {
        let expected = totp.generate((*step).max(0) as u64 * STEP_S);
        same(expected.as_bytes(), code.trim().as_bytes())
    };
    (now - skew..=now + skew).filter(|step| *step > last).find(is_of)
}

/// Whether two texts are the same, in the time of the longer one.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let hash = password_hash("雨后 正确的马").expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(is_password("雨后 正确的马", &hash) && !is_password("雨后 正确的马 ", &hash));
        assert_ne!(hash, password_hash("雨后 正确的马").expect("hashed"), "each with a salt of its own");
        assert!(!is_password("", "no hash"));
    }

    /// RFC 6238, appendix B, SHA-1: at 59 s 94287082, at 1111111109 s 07081804, of which the last six digits.
    #[test]
    fn codes_are_those_of_the_standard_and_none_is_taken_twice() {
        let secret = Secret::Raw(b"12345678901234567890".to_vec()).to_encoded().to_string();
        assert_eq!(totp_step(&secret, "287082", 59, -1), Some(1));
        assert_eq!(totp_step(&secret, "287082", 59, 1), None, "taken before");
        assert_eq!(totp_step(&secret, "081804", 1_111_111_109, 0), Some(37_037_036));
        assert_eq!(totp_step(&secret, "081804", 1_111_111_109 + 90, 0), None, "too old");
        assert_eq!(totp_step(&secret, "", 59, -1), None);
    }

    #[test]
    fn tokens_do_not_repeat() {
        assert_ne!(random_hex(16).expect("random"), random_hex(16).expect("random"));
        assert_eq!(random_hex(16).expect("random").len(), 32);
        // SHA-256 of "abc", FIPS 180-4
        assert_eq!(token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
