//! The link of a task: whoever opens it first with a phone has it.

use crate::error::Result;
use crate::site::Site;
use crate::store::Task;
use crate::time::Utc;
use crate::tokens::{random_hex, token_hash};

/// Hours that a link lives where nothing is said.
pub const HOURS: f64 = 24.0;
/// Hours that it lives at most.
pub const MOST_HOURS: f64 = 24.0 * 14.0;
/// Digits of a token.
pub const TOKEN: usize = 32;

/// A new link: nobody can see it again.
pub struct Link {
    /// What the store knows it by.
    pub hash: String,
    /// The address. The token stands behind a `#`, so that no server and no proxy writes it down.
    pub url: String,
}

/// A new task and its link.
///
/// # Errors
/// [`crate::error::Error::Output`] where the system gives no random numbers.
pub fn new_task(
    public_url: &str,
    (event, post): (&str, &str),
    note: &str,
    hours: f64,
    now: Utc,
) -> Result<(Task, Link)> {
    let token = random_hex(TOKEN / 2)?;
    let task = Task {
        id: random_hex(8)?,
        event: event.to_string(),
        post: post.to_string(),
        phone: None,
        note: note.to_string(),
        made: now,
        expires: now.plus_seconds(3600.0 * hours).unwrap_or(now),
        opened: None,
        over: None,
    };
    Ok((task, Link { hash: token_hash(&token), url: format!("{public_url}/task#{token}") }))
}

/// Address by which phones reach the page of a site.
pub fn public_url(site: &Site) -> String {
    site.web.public_url.clone().unwrap_or_else(|| format!("http://{}", site.web.listen))
}
