//! Messages of the desk, queued for the sinks of the unit that they are for.

use super::units::Unit;
use super::{Duty, Kind};
use crate::cases::{Action, Status};
use crate::deliver::notices;
use crate::deliver::sinks::Message;
use crate::error::Result;
use crate::site::Sink;
use crate::store::{Post, Shown, Write};
use crate::time::Utc;

/// A case that was given to a post.
pub struct Given<'a> {
    /// The event after the step.
    pub shown: &'a Shown,
    /// The post.
    pub post: &'a Post,
    /// What the desk says.
    pub note: &'a str,
    /// The link of the task.
    pub link: &'a str,
}

impl Duty<'_> {
    /// Queues what the post is told: what to do, until when, the link. Who has no sink of its own gets it by hand, as before.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn file_given(&self, write: &mut Write<'_>, given: &Given<'_>, now: Utc) -> Result<()> {
        let Given { shown, post, note, link } = given;
        let on_duty = post.on_duty(now.beijing_minute());
        let due = shown.deadline.map(|deadline| deadline.due);
        let step = shown.deadline.map_or(Action::Acknowledge, |deadline| deadline.step);
        let until = due.map(|due| format!("，请于 {} 前{}", due.beijing(), step.name())).unwrap_or_default();
        let words = if note.trim().is_empty() { String::new() } else { format!("：{}", note.trim()) };
        let message = Message {
            unit: post.name.clone(),
            step: step.code(),
            due,
            said: format!("派给 {}{until}{words}", post.name),
            status: Status::Dispatched.code(),
            post: Some(post.code.clone()),
            post_name: Some(post.name.clone()),
            person: on_duty.as_ref().map(|on_duty| on_duty.name.clone()),
            phone: on_duty.map(|on_duty| on_duty.phone),
            link: Some((*link).to_string()),
        };
        // the link is for those who sit with the post: not for the city
        let mut units = self.units(Action::Acknowledge, &shown.stored.event, Some(post));
        units.pop();
        let Some(unit) = units.first() else { return Ok(()) };
        self.file_message(write, Kind::Dispatched, shown, (unit, &units), &message, now).await
    }

    /// Queues a message for the sinks of a unit, else of the next higher one that has any. Of drills and simulations only where the site lets
    /// them out.
    pub(super) async fn file_message(
        &self,
        write: &mut Write<'_>,
        kind: Kind,
        shown: &Shown,
        (unit, units): (&Unit, &[Unit]),
        message: &Message,
        now: Utc,
    ) -> Result<()> {
        if shown.stored.event.simulated && !self.site.delivery.allow_simulated {
            return Ok(());
        }
        let above = units.iter().skip_while(|known| known.area != unit.area);
        let Some(sinks) = above.map(|unit| self.sinks(&unit.area)).find(|sinks| !sinks.is_empty()) else {
            return Ok(());
        };
        for sink in sinks {
            let made = notices::message(shown, (sink, kind), message, self.site, self.thresholds, now);
            write.file(&made.filed, now).await?;
            write.file_broken(&made.broken, now, &self.actor).await?;
        }
        Ok(())
    }

    fn sinks(&self, area: &str) -> Vec<&Sink> {
        let named = self.site.desk.tell.iter().filter(|tell| tell.area == area).flat_map(|tell| &tell.sinks);
        let mut sinks: Vec<&Sink> = Vec::new();
        for name in named {
            let sink = self.site.delivery.sinks.iter().find(|sink| sink.name == *name);
            sinks.extend(sink.filter(|sink| !sinks.iter().any(|known| known.name == sink.name)));
        }
        sinks
    }
}
