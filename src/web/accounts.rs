//! Accounts, made and changed by who runs the server.

use super::secrets;
use crate::cases::Role;
use crate::error::{Error, Result};
use crate::site::Site;
use crate::store::{Account, Actor, SignIn, Store};
use crate::time::Utc;

/// What is told once, of a new account or a new secret.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// The password, where one was made up; the key of a program.
    pub secret: Option<String>,
    /// The address that an authenticator reads.
    pub totp_url: Option<String>,
}

/// Shortest password that somebody may choose, letters.
const SHORTEST: usize = 10;

/// Checks an account before it is added.
///
/// # Errors
/// [`Error::Config`] where name, areas or role do not go together.
pub fn check(account: &Account, site: &Site) -> Result<()> {
    let wrong = |what: &str, found: &str, expected: &str| {
        Err(Error::config(format!("user add: {what}"), found.to_string(), expected.to_string(), "correct it"))
    };
    let is_name = !account.name.is_empty()
        && account.name.chars().count() <= 64
        && account.name.chars().all(|c| c.is_alphanumeric() || "-_.@".contains(c));
    if !is_name {
        return wrong("name", &account.name, "up to 64 letters, digits, - _ . @");
    }
    if account.role == Role::Rule {
        return wrong("role", account.role.code(), "a role of people, or system for a program");
    }
    let counties: Vec<&str> = site.counties.iter().map(|county| county.name.adcode.as_str()).collect();
    for area in &account.areas {
        let is_word = area.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
        let fits = match account.role {
            Role::City | Role::Rule => false,
            Role::County => counties.contains(&area.as_str()),
            Role::Township => area.len() == 12 && counties.iter().any(|county| area.starts_with(county)),
            Role::Post | Role::Viewer | Role::System => is_word && !area.is_empty(),
        };
        if !fits {
            let expected = match account.role {
                Role::City => "none: a city's desk sees all of the site".to_string(),
                Role::County => format!("one of {}", counties.join(", ")),
                Role::Township => "a code of twelve digits that begins with that of a county of the site".to_string(),
                _ => "a code of letters and digits".to_string(),
            };
            return wrong("area", area, &expected);
        }
    }
    let needs_area = matches!(account.role, Role::County | Role::Township | Role::Post);
    if needs_area && account.areas.is_empty() {
        return wrong("area", "nothing", "a code: whoever has no area sees everything");
    }
    if account.role == Role::Post && account.areas.len() != 1 {
        return wrong("area", &account.areas.join(" "), "the code of one post");
    }
    Ok(())
}

/// Adds an account. Without a password one is made up; desks need a changing code as well.
///
/// # Errors
/// [`Error::Config`] where it cannot be; [`Error::Store`].
pub async fn add(store: &Store, account: Account, password: Option<String>, now: Utc, actor: &Actor) -> Result<Told> {
    let (secret, told) = secret_of(&account.name, account.role, password)?;
    let new = SignIn {
        account: account.clone(),
        secret: secret.hash,
        totp: secret.totp,
        totp_last: 0,
        failures: 0,
        locked_until: None,
    };
    let mut write = store.write().await?;
    if !write.add_account(&new, now, actor).await? {
        return Err(Error::config("user add", account.name, "a name that is free", "choose another one"));
    }
    write.commit().await?;
    Ok(told)
}

/// Gives an account another password, key and code.
///
/// # Errors
/// [`Error::Config`] where there is no such account; [`Error::Store`].
pub async fn renew(store: &Store, name: &str, password: Option<String>, now: Utc, actor: &Actor) -> Result<Told> {
    let Some(found) = store.account(name).await? else { return Err(nobody(name)) };
    let (secret, told) = secret_of(name, found.account.role, password)?;
    let mut write = store.write().await?;
    write.change_secret(name, &secret.hash, secret.totp.as_deref(), now, actor).await?;
    write.commit().await?;
    Ok(told)
}

/// There is no such account.
pub fn nobody(name: &str) -> Error {
    Error::config("user", name.to_string(), "the name of an account", "see `strawfire user list`")
}

struct Secret {
    hash: String,
    totp: Option<String>,
}

fn secret_of(name: &str, role: Role, password: Option<String>) -> Result<(Secret, Told)> {
    if role == Role::System {
        let key = format!("sf_{}", secrets::random_hex(24)?);
        let secret = Secret { hash: secrets::token_hash(&key), totp: None };
        return Ok((secret, Told { secret: Some(key), totp_url: None }));
    }
    if let Some(password) = &password
        && password.chars().count() < SHORTEST
    {
        let found = format!("{} letters", password.chars().count());
        return Err(Error::config("password", found, format!("{SHORTEST} letters or more"), "choose a longer one"));
    }
    let made = if password.is_none() { Some(secrets::random_hex(8)?) } else { None };
    let hash = secrets::password_hash(password.as_deref().or(made.as_deref()).unwrap_or_default())?;
    let totp = if matches!(role, Role::City | Role::County) { Some(secrets::new_totp()?) } else { None };
    let totp_url = totp.as_ref().map(|totp| secrets::totp_url(totp, name)).transpose()?;
    Ok((Secret { hash, totp }, Told { secret: made, totp_url }))
}
