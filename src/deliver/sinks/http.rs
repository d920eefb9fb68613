//! The push to a web service of the project's own form: a signed CloudEvent.

use super::guard::Guard;
use super::{Answer, Letter, Secret, Secrets, client, cloud_event};
use crate::error::Result;
use crate::site::Sink as Config;
use crate::time::Utc;
use hmac::{Hmac, Mac};
use reqwest::{Client, Url};
use sha2::Sha256;

/// An open web service.
pub(super) struct Http {
    client: Client,
    url: Url,
    secret: Option<Secret>,
    bearer: Option<Secret>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Http({})", self.url.host_str().unwrap_or(""))
    }
}

impl Http {
    pub(super) fn open(config: &Config, guard: Guard, own: Secrets) -> Result<Http> {
        let url = guard.url(&config.url, &format!("{}.url", config.place), &["http", "https"])?;
        if own.secret.is_none() {
            tracing::warn!("{}: no secret_env and no secret_file: what is pushed is not signed", config.place);
        }
        Ok(Http { client: client::client(config, guard)?, url, secret: own.secret, bearer: own.bearer })
    }

    pub(super) async fn send(&self, letter: &Letter, now: Utc) -> Answer {
        let mut request = self
            .client
            .post(self.url.clone())
            .header("Content-Type", cloud_event::CONTENT_TYPE)
            .header("Idempotency-Key", &letter.key)
            .body(letter.body.clone());
        if let Some(secret) = &self.secret {
            let signature = format!("sha256={}", hex(&hmac_sha256(secret.reveal().as_bytes(), letter.body.as_bytes())));
            request = request.header("X-Strawfire-Signature", signature);
        }
        if letter.late {
            // the body was rendered when it was queued; that it has become late since is said here
            request = request.header("X-Strawfire-Late", "true");
        }
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer.reveal());
        }
        match client::ask(request, now).await {
            Ok(reply) => reply.answer(),
            Err(said) => Answer::again(said),
        }
    }
}

/// HMAC-SHA256 (RFC 2104, FIPS 180-4); a key of any length is a key.
pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_signature_is_the_published_one() {
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
