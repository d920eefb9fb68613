//! What a step of a case is for others: programs and people that know of the event, the post that loses it or has to do it again, the desk
//! that has to give it anew.

use super::{Duty, Kind};
use crate::cases::{Act, Action, Case, ReturnReason, Status};
use crate::deliver::notices;
use crate::deliver::sinks::Message;
use crate::error::Result;
use crate::store::{Post, Shown, Write};
use crate::time::Utc;

impl Duty<'_> {
    /// Queues it. `from`: the post that had the case and was to do something, where it was taken from one.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn file_step(
        &self,
        write: &mut Write<'_>,
        (act, from): (&Act, Option<&str>),
        (shown, posts): (&Shown, &[Post]),
        now: Utc,
    ) -> Result<()> {
        let told = write.last_told(std::slice::from_ref(&shown.stored.event.id)).await?;
        let made = notices::of_step(shown, &told, self.site, self.thresholds, now);
        write.file(&made.filed, now).await?;
        write.file_broken(&made.broken, now, &self.actor).await?;
        let Some(case) = &shown.case else { return Ok(()) };
        let Some((whose, said)) = said(act, from, case, posts) else { return Ok(()) };
        let step = shown.deadline.map(|deadline| deadline.step);
        let of = self.post(posts, Some(whose));
        let units = match (act, of) {
            // the desk gives it anew, not the post that gave it back
            (Act::Return { .. }, _) => self.units(Action::Dispatch, &shown.stored.event, of),
            // a post that is in the roster no more is nobody's to tell
            (_, None) => return Ok(()),
            _ => self.units(Action::Acknowledge, &shown.stored.event, of),
        };
        let Some(unit) = units.first() else { return Ok(()) };
        let is_its_own = case.is_with_post() && case.post.as_deref() == Some(whose);
        let until = shown.deadline.filter(|_| is_its_own);
        let until = until.map(|deadline| format!("，请于 {} 前{}", deadline.due.beijing(), deadline.step.name()));
        let message = Message {
            unit: unit.name.clone(),
            step: step.map_or("", Action::code),
            due: shown.deadline.map(|deadline| deadline.due),
            said: format!("{said}{}", until.unwrap_or_default()),
            status: case.status.code(),
            post: of.map(|post| post.code.clone()),
            // 承办 is who has it now, not who gave it back or lost it
            post_name: of.filter(|_| is_its_own).map(|post| post.name.clone()),
            person: None,
            phone: None,
            link: None,
        };
        self.file_message(write, Kind::Changed, shown, (unit, &units), &message, now).await
    }
}

/// Whether a post, or the desk above it, is told of such a step.
pub fn tells_posts(act: &Act) -> bool {
    matches!(
        act,
        Act::Dispatch { .. }
            | Act::Suspend { .. }
            | Act::Reopen { .. }
            | Act::Review { approve: false, .. }
            | Act::Return { .. }
    )
}

/// The post that it is of, and what is said; `None` where a step is for nobody else.
fn said<'a>(act: &Act, from: Option<&'a str>, case: &'a Case, posts: &[Post]) -> Option<(&'a str, String)> {
    let name =
        |code: &str| posts.iter().find(|post| post.code == code).map_or(code.to_string(), |post| post.name.clone());
    let because = |note: &str| if note.trim().is_empty() { String::new() } else { format!("：{}", note.trim()) };
    let post = case.post.as_deref();
    match act {
        Act::Dispatch { post: to, .. } => {
            let from = from.filter(|from| from != to)?;
            Some((from, format!("已改派给 {}，{} 不再办理，原任务链接已停用", name(to), name(from))))
        }
        Act::Suspend { note } if case.suspended_from.is_some_and(Status::is_with_post) => {
            post.map(|post| (post, format!("任务挂起{}，恢复前不必办理", because(note))))
        }
        Act::Reopen { note } if case.is_with_post() => {
            post.map(|post| (post, format!("任务恢复办理{}", because(note))))
        }
        Act::Review { approve: false, note } => {
            post.map(|post| (post, format!("反馈被驳回{}，请重新核查反馈", because(note))))
        }
        Act::Return { reason, note } => {
            let reason = if *reason == ReturnReason::NotOurArea { "（不在本辖区）" } else { "" };
            post.map(|post| (post, format!("{} 退回{reason}{}，请改派", name(post), because(note))))
        }
        _ => None,
    }
}
