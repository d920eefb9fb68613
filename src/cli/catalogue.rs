//! `strawfire catalogue`: what the station expected and what came of it, look by look.

use super::store::{visible, with_store};
use super::{Outcome, SiteFolder};
use crate::error::{Error, Result};
use crate::station;
use crate::store::{Delivered, Slot, SlotState, Store};
use crate::time::Utc;
use clap::Args;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Looks of the catalogue.
#[derive(Debug, Args)]
pub struct Catalogue {
    #[command(flatten)]
    site: SiteFolder,
    /// From this time on, RFC 3339 [default: a day before --to].
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// To this time, not included [default: now; of a rehearsal its newest look].
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Of one satellite.
    #[arg(long)]
    satellite: Option<String>,
    /// Only those that stand so: expected, seen, scanned, failed, missing, planned.
    #[arg(long, value_delimiter = ',')]
    state: Vec<String>,
    /// Each file with where it lies and how often it came.
    #[arg(long)]
    files: bool,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

impl Catalogue {
    /// Prints it.
    pub fn run(&self) -> Result<Outcome> {
        let (from, to) = (time("--from", self.from.as_deref())?, time("--to", self.to.as_deref())?);
        let states = self.state.iter().map(|name| {
            SlotState::from_name(name).ok_or_else(|| {
                let words = SlotState::ALL.map(SlotState::name).join(", ");
                Error::config("--state", name, words, "name one of them")
            })
        });
        let states: Vec<SlotState> = states.collect::<Result<_>>()?;
        with_store(&self.site, async |store, site| {
            let to = match to {
                Some(to) => to,
                None => station::now_of(store, Utc::now()).await?,
            };
            let from = from.or_else(|| to.plus_seconds(-86_400.0)).unwrap_or(to);
            let slots = store.slots(from, to, self.satellite.as_deref()).await?;
            let mut slots: Vec<Slot> =
                slots.into_iter().filter(|slot| states.is_empty() || states.contains(&slot.state)).collect();
            let now = station::now_of(store, Utc::now()).await?;
            for slot in slots.iter_mut().filter(|slot| slot.state == SlotState::Seen) {
                let waits = station::waits_for(slot, &store.files_of(&[slot.id]).await?, &site, now);
                slot.said = [std::mem::take(&mut slot.said), waits]
                    .into_iter()
                    .filter(|said| !said.is_empty())
                    .collect::<Vec<_>>()
                    .join("; ");
            }
            let files = self.files_of(store, &slots).await?;
            let text = if self.json { json(&slots, &files) } else { table(&slots, &files) };
            super::say(&text)?;
            Ok(Outcome::Done)
        })
    }

    async fn files_of(&self, store: &Store, slots: &[Slot]) -> Result<BTreeMap<i64, Vec<Delivered>>> {
        let mut of: BTreeMap<i64, Vec<Delivered>> = BTreeMap::new();
        if self.files || self.json {
            let ids: Vec<i64> = slots.iter().map(|slot| slot.id).collect();
            for file in store.files_of(&ids).await? {
                of.entry(file.slot).or_default().push(file);
            }
        }
        Ok(of)
    }
}

fn time(option: &str, text: Option<&str>) -> Result<Option<Utc>> {
    let Some(text) = text else { return Ok(None) };
    Utc::parse(text)
        .map(Some)
        .ok_or_else(|| Error::config(option, text, "a time as 2025-10-20T00:00:00Z", "correct it"))
}

fn marks(slot: &Slot) -> String {
    let marks = [(slot.late, "late"), (slot.partial, "partial"), (!slot.expected, "unexpected")];
    let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
    if marks.is_empty() { "-".to_string() } else { marks.join("+") }
}

fn table(slots: &[Slot], files: &BTreeMap<i64, Vec<Delivered>>) -> String {
    let mut text = String::from("look (UTC)            satellite     state     marks     scanned (UTC)         said\n");
    let mut counts: BTreeMap<SlotState, usize> = BTreeMap::new();
    for slot in slots {
        *counts.entry(slot.state).or_default() += 1;
        let scanned = slot.scanned.map_or("-".to_string(), Utc::rfc3339);
        let (satellite, state, marks) = (&slot.satellite, slot.state.name(), marks(slot));
        let _ = writeln!(
            text,
            "{}  {satellite:<13} {state:<9} {marks:<9} {scanned:<21} {}",
            slot.first.rfc3339(),
            visible(&slot.said)
        );
        for file in files.get(&slot.id).into_iter().flatten() {
            let times = if file.copies > 1 { format!(", delivered {} times", file.copies) } else { String::new() };
            let _ = writeln!(
                text,
                "    {} {} by {}{times}: {}",
                file.name,
                file.state.name(),
                file.inbox,
                visible(&file.place)
            );
        }
    }
    let counts: Vec<String> = counts.iter().map(|(state, count)| format!("{} {count}", state.name())).collect();
    let _ = writeln!(
        text,
        "{} looks: {}",
        slots.len(),
        if counts.is_empty() { "none".to_string() } else { counts.join(", ") }
    );
    text
}

fn json(slots: &[Slot], files: &BTreeMap<i64, Vec<Delivered>>) -> String {
    slots.iter().fold(String::new(), |mut text, slot| {
        let files: Vec<serde_json::Value> = files.get(&slot.id).into_iter().flatten().map(file_json).collect();
        let line = serde_json::json!({
            "satellite": slot.satellite, "stream": slot.stream, "first": slot.first, "last": slot.last, "state": slot.state.name(),
            "expected": slot.expected, "due": slot.due, "seen": slot.seen, "arrived": slot.arrived, "scanned": slot.scanned,
            "attempts": slot.attempts, "looks": slot.looks, "partial": slot.partial, "late": slot.late, "said": slot.said, "files": files,
        });
        let _ = writeln!(text, "{line}");
        text
    })
}

fn file_json(file: &Delivered) -> serde_json::Value {
    serde_json::json!({
        "name": file.name, "inbox": file.inbox, "place": file.place, "version": file.version, "size": file.size,
        "state": file.state.name(), "seen": file.seen, "closed": file.closed, "copies": file.copies,
    })
}
