//! Reminders before a step is due, and supervision (超时督办) after: first the unit above the one that has the step, then the next higher.

use super::units::Unit;
use super::{Duty, Kind};
use crate::cases::Status;
use crate::deliver::sinks::Message;
use crate::error::Result;
use crate::store::{Awaited, Post, Scope, Shown};
use crate::time::Utc;

impl Duty<'_> {
    /// Tells who has a step that it is due soon; gives how many.
    pub(super) async fn remind(&self, posts: &[Post], now: Utc) -> Result<usize> {
        let mut done = 0;
        for awaited in self.store.to_remind(now).await? {
            let Some((shown, units)) = self.known(&awaited, posts).await else { continue };
            let Some(unit) = units.first() else { continue };
            let step = awaited.deadline.step.name();
            let left = minutes(awaited.deadline.due.seconds_since(now));
            let said = format!("{}：{step}将于 {} 到期，还有{left}", unit.name, awaited.deadline.due.beijing());
            let mut write = self.store.write().await?;
            if write.note_reminder(&awaited, &said, now, &self.actor).await? {
                let message = self.message(&awaited, (&shown, unit), said, posts, now);
                self.file_message(&mut write, Kind::Reminder, &shown, (unit, &units), &message, now).await?;
                write.commit().await?;
                done += 1;
            }
        }
        Ok(done)
    }

    /// Tells the next higher unit of each step that is late; gives how many were told.
    pub(super) async fn supervise(&self, posts: &[Post], now: Utc) -> Result<usize> {
        let again = now.plus_seconds(-60.0 * self.site.desk.supervise_again_min).unwrap_or(now);
        let mut done = 0;
        for awaited in self.store.to_supervise(now, again).await? {
            let Some((shown, units)) = self.known(&awaited, posts).await else { continue };
            let told = usize::try_from(awaited.units).unwrap_or(usize::MAX);
            // the city is the highest, and is told once
            let Some(unit) = told.checked_add(1).and_then(|above| units.get(above)) else { continue };
            let (has, step) = (&units[0].name, awaited.deadline.step.name());
            let late = minutes(now.seconds_since(awaited.deadline.due));
            let said =
                format!("{has} 的{step}已超时{late}（时限 {}），由 {} 督办", awaited.deadline.due.beijing(), unit.name);
            let mut write = self.store.write().await?;
            if write.note_supervision(&awaited, &said, now, &self.actor).await? {
                let message = self.message(&awaited, (&shown, unit), said, posts, now);
                self.file_message(&mut write, Kind::Overdue, &shown, (unit, &units), &message, now).await?;
                write.commit().await?;
                done += 1;
            }
        }
        Ok(done)
    }

    /// The event with its units; one whose record cannot be read holds up no other.
    async fn known(&self, awaited: &Awaited, posts: &[Post]) -> Option<(Shown, Vec<Unit>)> {
        match self.who(awaited, posts).await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!("the clock of event {} is passed over: {error}", awaited.event);
                None
            }
        }
    }

    async fn who(&self, awaited: &Awaited, posts: &[Post]) -> Result<Option<(Shown, Vec<Unit>)>> {
        let Some(shown) = self.store.event(&Scope::all(), &awaited.event).await? else { return Ok(None) };
        let post = self.post(posts, awaited.post.as_deref());
        let units = self.units(awaited.deadline.step, &shown.stored.event, post);
        Ok(Some((shown, units)))
    }

    fn message(
        &self,
        awaited: &Awaited,
        (shown, unit): (&Shown, &Unit),
        said: String,
        posts: &[Post],
        now: Utc,
    ) -> Message {
        let post = self.post(posts, awaited.post.as_deref());
        let on_duty = post.and_then(|post| post.on_duty(now.beijing_minute()));
        Message {
            unit: unit.name.clone(),
            step: awaited.deadline.step.code(),
            due: Some(awaited.deadline.due),
            said,
            status: shown.case.as_ref().map_or(Status::Triage, |case| case.status).code(),
            post: post.map(|post| post.code.clone()),
            post_name: post.map(|post| post.name.clone()),
            person: on_duty.as_ref().map(|on_duty| on_duty.name.clone()),
            phone: on_duty.map(|on_duty| on_duty.phone),
            link: None,
        }
    }
}

/// ` 45 分钟`, ` 3 小时 5 分钟`
fn minutes(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor().max(0.0) as i64;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "不足 1 分钟".to_string(),
        (0, minutes) => format!(" {minutes} 分钟"),
        (hours, 0) => format!(" {hours} 小时"),
        (hours, minutes) => format!(" {hours} 小时 {minutes} 分钟"),
    }
}
