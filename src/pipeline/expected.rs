//! What the station's catalogue has to say on a list: when it begins, which looks had not come, how those of each satellite stood.

use super::daily;
use super::weekly::Tally;
use crate::deliver::scan_report::Missed;
use crate::error::Result;
use crate::site::{JobKind, Site};
use crate::store::{Slot, SlotState, Store};
use crate::time::Utc;
use std::collections::BTreeMap;

/// A list reaches back to the last one that was made, but no further, seconds: three days.
const LONGEST_S: f64 = 3.0 * 86_400.0;

/// When the list up to a cut-off begins: where the station made the last one, else when one was due.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn begins(store: &Store, site: &Site, cut_off: Utc) -> Result<Utc> {
    let made_before = store.last_success(JobKind::DailyList.name(), cut_off).await?;
    let usual = daily::begins(&site.jobs, cut_off);
    let earliest = cut_off.plus_seconds(-LONGEST_S).unwrap_or(cut_off);
    Ok(made_before.map_or(usual, |before| before.min(usual)).max(earliest))
}

/// Looks of `[from, to)` that were to come and had not been made use of at a moment: what came later changes nothing of it. `None` where
/// the store knows of no look that was to come, for nobody keeps account of that.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn missing(store: &Store, from: Utc, to: Utc, at: Utc) -> Result<Option<Vec<Missed>>> {
    let slots = store.slots(from, to, None).await?;
    Ok((!slots.is_empty()).then(|| missed(&slots, at)))
}

/// As [`missing`], of looks at hand.
pub fn missed(slots: &[Slot], at: Utc) -> Vec<Missed> {
    let of = |slot: &Slot| {
        let why = why(slot, at)?.to_string();
        Some(Missed { time: slot.first, satellite: slot.satellite.clone(), why })
    };
    slots.iter().filter_map(of).collect()
}

fn why(slot: &Slot, at: Utc) -> Option<&'static str> {
    let by_then = |time: Option<Utc>| time.is_some_and(|time| time < at);
    match slot.state {
        SlotState::Planned => None,
        SlotState::Failed if by_then(slot.scanned) || slot.scanned.is_none() => Some("资料无法使用"),
        _ if by_then(slot.scanned) => None,
        _ if by_then(slot.seen) => Some("已收到, 尚未处理"),
        _ if slot.due < at => Some("未收到资料"),
        _ => Some("尚未收到"),
    }
}

/// How the looks of each satellite stand.
pub fn tallies(slots: &[Slot]) -> Vec<Tally> {
    let mut of: BTreeMap<&str, Tally> = BTreeMap::new();
    for slot in slots {
        let tally = of.entry(&slot.satellite).or_default();
        tally.satellite.clone_from(&slot.satellite);
        tally.expected += usize::from(slot.expected && slot.state != SlotState::Planned);
        match slot.state {
            SlotState::Scanned => tally.scanned += 1,
            SlotState::Failed => tally.failed += 1,
            SlotState::Missing => tally.missing += 1,
            SlotState::Planned => tally.planned += 1,
            SlotState::Expected | SlotState::Seen => {}
        }
    }
    of.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(clock: &str) -> Utc {
        Utc::parse(&format!("2025-10-20T{clock}:00Z")).expect("a time")
    }

    fn slot(state: SlotState, seen: Option<&str>, scanned: Option<&str>) -> Slot {
        Slot {
            id: 1,
            satellite: "Himawari-9".into(),
            stream: String::new(),
            first: at("05:30"),
            last: at("05:30"),
            state,
            expected: true,
            due: at("06:00"),
            seen: seen.map(at),
            arrived: None,
            again: None,
            scanned: scanned.map(at),
            attempts: 0,
            looks: Vec::new(),
            partial: false,
            late: false,
            said: String::new(),
        }
    }

    /// As the looks stood at half past six, whatever became of them later.
    #[test]
    fn a_look_that_came_after_the_cut_off_had_not_come_by_then() {
        use SlotState::{Expected, Failed, Missing, Planned, Scanned, Seen};
        for (slot, expected) in [
            (slot(Scanned, Some("05:40"), Some("05:45")), None),
            (slot(Scanned, Some("05:40"), Some("06:45")), Some("已收到, 尚未处理")),
            (slot(Scanned, Some("06:40"), Some("06:45")), Some("未收到资料")),
            (slot(Missing, None, None), Some("未收到资料")),
            (Slot { due: at("06:40"), ..slot(Expected, None, None) }, Some("尚未收到")),
            (Slot { due: at("06:40"), ..slot(Missing, None, None) }, Some("尚未收到")),
            (slot(Seen, Some("05:40"), None), Some("已收到, 尚未处理")),
            // scanned with what was there; more of it waits
            (slot(Seen, Some("05:40"), Some("05:45")), None),
            (slot(Failed, Some("05:40"), Some("05:45")), Some("资料无法使用")),
            (slot(Failed, Some("05:40"), None), Some("资料无法使用")),
            (slot(Planned, None, None), None),
        ] {
            assert_eq!(why(&slot, at("06:30")), expected, "{slot:?}");
        }
    }

    /// By hand: of six looks one is planned and five were expected.
    #[test]
    fn looks_are_counted_by_how_they_stand() {
        let of = |state| slot(state, None, None);
        let slots: Vec<Slot> = SlotState::ALL.into_iter().map(of).collect();
        let tally =
            Tally { satellite: "Himawari-9".into(), expected: 5, scanned: 1, failed: 1, missing: 1, planned: 1 };
        assert_eq!(tallies(&slots), [tally]);
    }
}
