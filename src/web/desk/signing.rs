//! A signature: who is signed in says the password once more. A wrong one counts as a failed sign-in.

use super::super::app::App;
use super::super::gate::{Kind, Principal};
use super::super::problem::{Answer, Problem};
use super::super::{secrets, sign_in};
use crate::store::Write;
use serde::Deserialize;

/// What is typed to sign.
#[derive(Deserialize)]
pub struct Signature {
    /// The password.
    pub password: String,
    /// The changing code, where the account has one.
    #[serde(default)]
    pub code: String,
}

/// A longer password is hashed by nobody.
const LONGEST: usize = 200;

/// A turn to write in which the signature holds: what is signed goes into it, so that neither is kept without the other.
///
/// # Errors
/// Where password or code are wrong, which is noted, or the account waits.
pub async fn signed<'a>(app: &'a App, asks: &Principal, signature: &Signature) -> Answer<Write<'a>> {
    let Kind::Session { account, .. } = &asks.kind else {
        return Err(Problem::forbidden("签字须由本人登录后进行"));
    };
    let now = app.now();
    if !app.attempts.may(&asks.address, now) {
        return Err(Problem::too_many(60));
    }
    let found = app.store.account(&account.name).await?.ok_or_else(Problem::unknown)?;
    let waits = |until: crate::time::Utc| Problem::locked(until.seconds_since(now).ceil() as u64);
    if let Some(until) = found.locked_until.filter(|until| *until > now) {
        return Err(waits(until));
    }
    let right = signature.password.len() <= LONGEST && {
        let _turn = app.hashing.acquire().await.map_err(|_| Problem::too_many(5))?;
        let (password, hash) = (signature.password.clone(), found.secret.clone());
        tokio::task::spawn_blocking(move || secrets::is_password(&password, &hash)).await.unwrap_or(false)
    };
    let mut write = app.store.write().await?;
    // others may have tried at the same moment: what counts is what is so in this turn
    let found = write.account_now(&account.name).await?.ok_or_else(Problem::unknown)?;
    if let Some(until) = found.locked_until.filter(|until| *until > now) {
        return Err(waits(until));
    }
    let seconds = now.micros().div_euclid(1_000_000);
    let step = found.totp.as_ref().map(|secret| secrets::totp_step(secret, &signature.code, seconds, found.totp_last));
    if !right || found.account.disabled || step == Some(None) {
        let actor = app.actor(&account.name, &asks.address);
        write.note_failure(&account.name, sign_in::lock(found.failures + 1, now), now, &actor).await?;
        write.commit().await?;
        // no 401: the session holds, and the page need not be left
        return Err(Problem::forbidden("密码或动态码不正确，未签字"));
    }
    if !write.note_signature(&account.name, step.flatten()).await? {
        return Err(Problem::forbidden("此动态码已用过，请等待下一个"));
    }
    Ok(write)
}
