//! Signing in and out. A wrong name, password or code get one answer, in the same time; after some failures an account waits.

use super::app::App;
use super::gate::{Kind, Principal, SESSION, set_cookie};
use super::problem::{Answer, Problem};
use super::secrets;
use crate::cases::{Action, Role};
use crate::time::Utc;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a person types.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    name: String,
    password: String,
    code: Option<String>,
}

/// Failures after which an account waits, for how long the first time, and at most; each further failure doubles it.
const FAILURES: i64 = 5;
const FIRST_LOCK_S: f64 = 60.0;
const LONGEST_LOCK_S: f64 = 900.0;
/// A longer password is hashed by nobody.
const LONGEST: usize = 200;

/// Signs in.
pub async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    body: String,
) -> Answer<Response> {
    let typed: Typed = super::events::read(&body)?;
    let now = app.now();
    if !app.attempts.may(&asks.address, now) {
        return Err(Problem::too_many(60));
    }
    let is_too_long = typed.name.len() > LONGEST || typed.password.len() > LONGEST;
    if is_too_long || typed.name.chars().any(char::is_control) {
        return Err(Problem::wrong_sign_in());
    }
    let found = app.store.account(&typed.name).await?.filter(|found| found.account.role != Role::System);
    // a name that nobody has is shut out as one that somebody has: who tries names learns nothing
    let locked =
        found.as_ref().map_or_else(|| app.strangers.locked_until(&typed.name, now), |found| found.locked_until);
    if let Some(until) = locked.filter(|until| *until > now) {
        return Err(Problem::locked(until.seconds_since(now).ceil() as u64));
    }
    let hash = found.as_ref().map(|found| found.secret.clone()).unwrap_or_default();
    let right = {
        let _turn = app.hashing.acquire().await.map_err(|_| Problem::too_many(5))?;
        let password = typed.password;
        tokio::task::spawn_blocking(move || secrets::is_password(&password, &hash)).await.unwrap_or(false)
    };
    let mut write = app.store.write().await?;
    let Some(_) = found else {
        app.strangers.note(&typed.name, now);
        let actor = app.actor("nobody", &asks.address);
        write.audit(now, &actor, "sign-in refused", &typed.name, &json!({ "known": false })).await?;
        write.commit().await?;
        return Err(Problem::wrong_sign_in());
    };
    // others may have tried at the same moment: what counts is what is so in this turn
    let found = write.account_now(&typed.name).await?.ok_or_else(Problem::wrong_sign_in)?;
    if let Some(until) = found.locked_until.filter(|until| *until > now) {
        return Err(Problem::locked(until.seconds_since(now).ceil() as u64));
    }
    let name = found.account.name.clone();
    let actor = app.actor(&name, &asks.address);
    let code = typed.code.unwrap_or_default();
    let step = found
        .totp
        .as_ref()
        .map(|secret| secrets::totp_step(secret, &code, now.micros().div_euclid(1_000_000), found.totp_last));
    if !right || found.account.disabled || step == Some(None) {
        write.note_failure(&name, lock(found.failures + 1, now), now, &actor).await?;
        write.commit().await?;
        return Err(Problem::wrong_sign_in());
    }
    let (token, csrf) = (secrets::random_hex(32)?, secrets::random_hex(16)?);
    let since = |seconds: f64| now.plus_seconds(-seconds).unwrap_or(now);
    write
        .forget_old_sessions(since(3600.0 * app.settings.session_hours), since(60.0 * app.settings.idle_minutes))
        .await?;
    if !write.begin_session(&name, &secrets::token_hash(&token), &csrf, step.flatten(), now, &actor).await? {
        return Err(Problem::wrong_sign_in());
    }
    write.commit().await?;
    let seconds = (3600.0 * app.settings.session_hours) as u64;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(SESSION, &token, seconds))]).into_response())
}

/// Until when an account waits after so many failures.
pub fn lock(failures: i64, now: Utc) -> Option<Utc> {
    if failures < FAILURES {
        return None;
    }
    let doubled = 2.0_f64.powi((failures - FAILURES).clamp(0, 30) as i32);
    now.plus_seconds((FIRST_LOCK_S * doubled).min(LONGEST_LOCK_S))
}

/// Signs out.
pub async fn sign_out(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Response> {
    if let Kind::Session { token, .. } = &asks.kind {
        let mut write = app.store.write().await?;
        write.end_session(token, app.now(), &app.actor(&asks.doer.who, &asks.address)).await?;
        write.commit().await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(SESSION, "", 0))]).into_response())
}

/// Who is signed in.
pub async fn me(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let account = asks.account().ok_or_else(Problem::unknown)?;
    let csrf = if let Kind::Session { csrf, .. } = &asks.kind { csrf.as_str() } else { "" };
    let mut may: Vec<&str> = Action::ALL
        .iter()
        .filter(|action| action.roles().contains(&account.role))
        .map(|action| action.code())
        .collect();
    if Action::Dispatch.roles().contains(&account.role) {
        may.push("link");
    }
    if Action::Triage.roles().contains(&account.role) {
        may.extend(["roster", "ledger", "evidence"]);
    }
    if !matches!(account.role, Role::Post | Role::System) {
        may.extend(["figures", "reports"]);
    }
    if Action::Triage.roles().contains(&account.role) {
        may.extend(["make-reports", "fix-patrols"]);
    }
    if account.role != Role::System {
        may.push("patrols");
    }
    if account.role == Role::City {
        may.push("lists");
    }
    let bbox = app.site.bbox();
    let tiles = app
        .settings
        .tiles
        .as_ref()
        .map(|tiles| json!({ "url": tiles.url, "attribution": tiles.attribution, "max_zoom": tiles.max_zoom }));
    Ok(Json(json!({
        "name": account.name, "display": account.display, "role": account.role, "department": account.department,
        "areas": account.areas, "csrf": csrf, "may": may, "now": app.now(),
        "site": {
            "name": app.site.name, "bbox": [bbox.west, bbox.south, bbox.east, bbox.north], "tiles": tiles,
            "program_version": env!("CARGO_PKG_VERSION"),
        },
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_waits_longer_after_each_further_failure() {
        let now = Utc::parse("2025-10-20T05:30:00Z").expect("a time");
        let after = |failures: i64| lock(failures, now).map(|until| until.seconds_since(now));
        assert_eq!(after(4), None);
        assert_eq!((after(5), after(6), after(7)), (Some(60.0), Some(120.0), Some(240.0)));
        assert_eq!(after(400), Some(900.0));
    }
}
