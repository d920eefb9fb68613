//! What a rule should give to a post and cannot: it stays with the desk, and the desk is told why, once.

use super::Duty;
use crate::deliver::desk;
use crate::error::Result;
use crate::fire::FireEvent;
use crate::site::{DispatchRule, To};
use crate::time::Utc;

impl Duty<'_> {
    /// Notes in the history of the event why its rule gave it to nobody, and tells the desk.
    pub(super) async fn leave(&self, event: &FireEvent, said: &str, now: Utc) -> Result<()> {
        if self.store.is_left(&event.id).await? {
            return Ok(());
        }
        let mut write = self.store.write().await?;
        if write.note_left(&event.id, said, now, &self.actor).await? {
            let short = event.id.get(..8).unwrap_or(&event.id);
            let county = event.county.as_ref().map_or("", |county| county.name.as_str());
            let mark = if event.simulated { desk::SIMULATED } else { "" };
            let line = format!("{mark}疑似火点 {short} {county}：{said}");
            write.file(&desk::notice(self.site, &format!("left:{}", event.id), 1, &line, &[], now), now).await?;
        }
        write.commit().await
    }
}

/// Why no post was found.
pub(super) fn no_post(rule: &DispatchRule) -> String {
    let name = &rule.name;
    match &rule.to {
        To::Post(code) => format!("规则“{name}”指定的岗位 {code} 不在岗位名册中，没有派单，请值班席研判、派单"),
        _ => format!("规则“{name}”在岗位名册中没有找到该地的岗位，没有派单，请值班席研判、派单"),
    }
}

/// Why an event that nobody has seen for hours is the desk's.
pub(super) fn is_late(rule: &DispatchRule, hours: f64) -> String {
    let name = &rule.name;
    format!("末次观测已过 {hours:.0} 小时（资料迟到，或此后未再观测到），规则“{name}”不自动派单，请值班席研判、派单")
}
