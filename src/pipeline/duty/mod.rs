//! What the desk does without a person: new events go to posts by the rules of the site, and what nobody does in time is told to the next
//! higher unit. Everything is a function of the store and the time; it is done again and again, and what was done once is not done again.

pub mod check;
mod left;
mod link;
mod overdue;
mod rules;
mod step;
mod told;
mod units;

use crate::cases::Clocks;
use crate::deliver::sinks::Kind;
use crate::error::Result;
use crate::layers::named_areas::read_seats;
use crate::site::Site;
use crate::store::{Actor, DESK_KINDS, Post, Scope, Store};
use crate::thresholds::NoticeThresholds;
use crate::time::Utc;
pub use link::{HOURS, Link, MOST_HOURS, TOKEN, new_task, public_url};
use std::collections::HashMap;
pub use step::tells_posts;
pub use told::Given;

/// What the desk works with.
pub struct Duty<'a> {
    /// The store.
    pub store: &'a Store,
    /// The site.
    pub site: &'a Site,
    /// Address by which phones reach the page, without a slash at the end.
    pub public_url: &'a str,
    /// When a notice is late.
    pub thresholds: &'a NoticeThresholds,
    /// Names of townships by their codes.
    pub townships: &'a HashMap<String, String>,
    /// Who works, for the audit.
    pub actor: Actor,
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Events given to posts by rules.
    pub dispatched: usize,
    /// Clocks begun of events that nobody had looked at.
    pub begun: usize,
    /// Steps that were reminded of.
    pub reminded: usize,
    /// Units that were told of a step that is late.
    pub supervised: usize,
}

/// Events that were seen last longer ago get no clock, hours: a list of last year that is imported is no duty of tonight.
const FRESH_H: f64 = 24.0;

/// Hours after the last detection in which an event that becomes known gets a clock.
pub fn fresh_h(site: &Site) -> f64 {
    if site.delivery.max_age_hours > 0.0 { site.delivery.max_age_hours } else { FRESH_H }
}

impl Duty<'_> {
    /// Does what is due.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn round(&self, now: Utc) -> Result<Done> {
        let clocks = Clocks::of(&self.site.desk);
        let fresh = now.plus_seconds(-3600.0 * fresh_h(self.site)).unwrap_or(now);
        let posts = self.store.posts(&Scope::all()).await?;
        let mut done = Done { dispatched: self.by_rules(&clocks, &posts, fresh, now).await?, ..Done::default() };
        if self.store.has_untended(fresh).await? {
            let mut write = self.store.write().await?;
            done.begun = write.tend_deadlines(&clocks, fresh, now).await?;
            write.commit().await?;
        }
        done.reminded = self.remind(&posts, now).await?;
        done.supervised = self.supervise(&posts, now).await?;
        Ok(done)
    }

    /// Name of a township by its code, or what stands for it.
    fn township<'b>(&'b self, code: &'b str) -> &'b str {
        self.townships.get(code).map_or(code, String::as_str)
    }

    fn post<'b>(&self, posts: &'b [Post], code: Option<&str>) -> Option<&'b Post> {
        posts.iter().find(|post| Some(post.code.as_str()) == code)
    }
}

/// Names of townships by their codes, as the site's list has them.
///
/// # Errors
/// [`crate::error::Error::Config`] where it is not what it should be.
pub fn townships(site: &Site) -> Result<HashMap<String, String>> {
    let is_list = |path: &&std::path::Path| path.extension().is_some_and(|ending| ending == "csv");
    let seats = site.layers.townships.as_deref().filter(is_list);
    let seats = seats.map_or(Ok(Vec::new()), |path| read_seats(path, "layers.townships"))?;
    Ok(seats.into_iter().map(|seat| (seat.named.code, seat.named.name)).collect())
}

/// The names under which an event, and what the desk says of it ([`crate::deliver::notices::message`]), is told.
pub fn told_names(event: &str) -> Vec<String> {
    let of_desk = DESK_KINDS.iter().filter_map(|kind| Kind::from_name(kind)).map(|kind| kind.told_as(event));
    std::iter::once(event.to_string()).chain(of_desk).collect()
}
