//! Rules of the site that give new events to posts; what no rule takes waits for the desk.

use super::link::{HOURS, new_task};
use super::told::Given;
use super::{Duty, left};
use crate::cases::{Act, Clocks, Doer, Role};
use crate::deliver::notices::is_told;
use crate::error::Result;
use crate::fire::FireEvent;
use crate::site::{DispatchRule, To};
use crate::store::{Post, Scope, StepAsked, Stepped};
use crate::time::Utc;

impl Duty<'_> {
    /// Gives what nobody has touched to posts; gives how many.
    pub(super) async fn by_rules(&self, clocks: &Clocks, posts: &[Post], fresh: Utc, now: Utc) -> Result<usize> {
        if self.site.desk.rules.is_empty() {
            return Ok(0);
        }
        let mut given = 0;
        for stored in self.store.untouched(fresh).await? {
            let event = &stored.event;
            if !is_told(event, &self.site.delivery, now) {
                continue;
            }
            let Some(rule) = self.site.desk.rules.iter().find(|rule| takes(rule, event, now)) else { continue };
            // what became known late was seen last long ago as well; what still burns is none of it, whenever it began
            let hours = now.seconds_since(event.last_seen) / 3600.0;
            if hours > f64::from(self.thresholds.rule_h) {
                self.leave(event, &left::is_late(rule, hours), now).await?;
                continue;
            }
            let Some(post) = self.post_of(rule, event, posts) else {
                self.leave(event, &left::no_post(rule), now).await?;
                continue;
            };
            given += usize::from(self.give(rule, event, (post, posts), clocks, now).await?);
        }
        Ok(given)
    }

    /// One step, as a desk takes it, with the task's link told to the sinks of the post.
    async fn give(
        &self,
        rule: &DispatchRule,
        event: &FireEvent,
        (post, posts): (&Post, &[Post]),
        clocks: &Clocks,
        now: Utc,
    ) -> Result<bool> {
        let note =
            if rule.note.is_empty() { format!("按规则“{}”自动派单", rule.name) } else { rule.note.clone() };
        let act = Act::Dispatch { post: post.code.clone(), note: note.clone() };
        let doer = Doer { who: format!("规则 {}", rule.name), role: Role::Rule, post: None };
        let key = format!("rule {}", event.id);
        let reach = post.reach();
        let asked = StepAsked {
            event: &event.id,
            act: &act,
            by: &doer,
            scope: &Scope::all(),
            key: Some(&key),
            clocks,
            said: None,
            seen: Some(crate::cases::Status::Triage),
            from: Some(""),
            untouched: true,
            reach: &reach,
        };
        let mut write = self.store.write().await?;
        let Stepped::Done(shown) = write.step(&asked, now, &self.actor).await? else { return Ok(false) };
        let (task, link) = new_task(self.public_url, (&event.id, &post.code), &note, HOURS, now)?;
        write.make_task(&task, &link.hash, now, &self.actor).await?;
        let given = Given { shown: &shown, post, note: &note, link: &link.url };
        self.file_step(&mut write, (&act, None), (&shown, posts), now).await?;
        self.file_given(&mut write, &given, now).await?;
        write.commit().await?;
        Ok(true)
    }

    /// The post that a rule names, else the nearest one up to the county's.
    fn post_of<'b>(&self, rule: &DispatchRule, event: &FireEvent, posts: &'b [Post]) -> Option<&'b Post> {
        if let To::Post(code) = &rule.to {
            return self.post(posts, Some(code));
        }
        let adcode = event.county.as_ref().map(|county| county.adcode.as_str())?;
        let of_county = || posts.iter().filter(|post| post.adcode == adcode);
        let of_cell = || {
            let cell = event.grid_cell.as_deref().filter(|_| rule.to == To::Nearest)?;
            of_county().find(|post| post.cells.iter().any(|own| own == cell))
        };
        let of_township = || {
            let township = event.township.as_deref().filter(|_| rule.to != To::County)?;
            let is_of = |post: &&Post| !post.township.is_empty() && self.township(&post.township) == township;
            // the township's own post goes before those of its cells
            of_county().filter(is_of).min_by_key(|post| post.cells.len())
        };
        of_cell().or_else(of_township).or_else(|| of_county().find(|post| post.township.is_empty()))
    }
}

fn takes(rule: &DispatchRule, event: &FireEvent, now: Utc) -> bool {
    let is_sure = |within: f64| event.position_error_m.is_some_and(|error| error <= within);
    // a route may tell of what may be strong; an officer is sent where it is
    let is_strong = |least: f64| event.max_frp_mw.is_some_and(|mw| mw >= least);
    rule.filter.takes(event, now) && rule.within_m.is_none_or(is_sure) && rule.filter.min_mw.is_none_or(is_strong)
}
