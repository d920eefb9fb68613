//! Past slots of a geostationary satellite over the site: the baseline against which a slot is compared in time.
//!
//! A folder a satellite and day, two files a slot: `DIR/Himawari-9/2025-10-20/0530.slot` with what was measured, and `0530.hits` with
//! what stood out. What is made of them is a function of the files listed and of nothing else; a fire carries the hash of that list.

pub mod field;
pub mod past_fires;
pub mod recurrence;
pub mod slot;

use crate::error::{Error, Result};
use crate::time::Utc;
use sha2::{Digest, Sha256};
pub use slot::{Hit, Slot};
use std::path::{Path, PathBuf};

/// Days before a slot whose slots count.
pub const DAYS: u32 = 10;
/// Slots of a day count that lie so near its hour, seconds.
pub const NEAR_SECONDS: f64 = 1800.0;
/// Earlier slots of the same hour count for the confirmation, seconds: with a cadence of ten minutes the two before,
/// and one more where one is missing.
pub const BEFORE_SECONDS: f64 = 2100.0;
/// How many of them.
pub const BEFORE: usize = 2;

/// What is known of the days and the minutes before a slot.
#[derive(Debug, Default)]
pub struct History {
    /// Slots of earlier days near the hour, in the order of time.
    pub days: Vec<Slot>,
    /// The last slots before it, newest first.
    pub before: Vec<Slot>,
    /// Hash of the slots that are used, 16 hex digits.
    pub hash: String,
    /// Files that could not be used.
    pub damaged: Vec<Error>,
}

/// The folder of a satellite's slots; simulated ones lie apart.
pub fn folder(dir: &Path, satellite: &str, simulated: bool) -> PathBuf {
    dir.join(if simulated { format!("{satellite}{SIMULATED}") } else { satellite.to_string() })
}

const SIMULATED: &str = "-simulated";

/// Where a slot is kept in its satellite's folder.
pub fn path_of(folder: &Path, time: Utc) -> PathBuf {
    folder.join(time.date()).join(format!("{}.slot", time.hhmm()))
}

/// Where what stood out in a slot is kept.
pub fn hits_path_of(folder: &Path, time: Utc) -> PathBuf {
    path_of(folder, time).with_extension("hits")
}

/// Files of days that no slot from this one on needs. None where it is alone: a slot far from all others (another season, a
/// wrong clock) must not cost their past.
pub fn outdated(folder: &Path, newest: Utc) -> Vec<PathBuf> {
    let Some(first) = newest.plus_seconds(-86_400.0 * f64::from(DAYS + 2)).map(Utc::date) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_day = |name: &str| name.len() == 10 && Utc::parse(&format!("{name}T00:00:00Z")).is_some();
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let days: Vec<String> = names.filter(|name| is_day(name)).collect();
    let own = newest.date();
    if !days.iter().any(|day| *day >= first && *day < own) {
        return Vec::new();
    }
    let folders = days.into_iter().filter(|day| *day < first).map(|day| folder.join(day));
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
    files.map(|file| file.path()).filter(|path| is_slot(path)).collect()
}

/// A file of a slot, or what a run that was killed left of one.
fn is_slot(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_left = |kind: &str| name.contains(&format!("{kind}.")) && name.ends_with(".part");
    [".slot", ".hits"].iter().any(|kind| name.ends_with(kind) || is_left(kind))
}

impl History {
    /// Days before a time of which there are slots.
    pub fn days_before(&self, time: Utc) -> usize {
        self.days.iter().map(|slot| slot.days_before(time)).collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Reads what is kept of the time before a slot.
    pub fn before(folder: &Path, time: Utc) -> History {
        let mut history = History::default();
        let mut hash = Sha256::new();
        for days_ago in (1..=DAYS).rev() {
            let Some(same_hour) = time.plus_seconds(-86_400.0 * f64::from(days_ago)) else { continue };
            for (at, path) in listed(folder, same_hour, NEAR_SECONDS) {
                if at.seconds_since(same_hour).abs() <= NEAR_SECONDS {
                    history.days.extend(history_slot(&path, &mut hash, &mut history.damaged));
                }
            }
        }
        let earlier = listed(folder, time, BEFORE_SECONDS).into_iter().rev();
        for (_, path) in earlier.filter(|(at, _)| (1.0..=BEFORE_SECONDS).contains(&time.seconds_since(*at))) {
            if history.before.len() < BEFORE {
                let slot = history_slot(&path, &mut hash, &mut history.damaged);
                history.before.extend(slot.and_then(|slot| with_hits(slot, &path, &mut hash, &mut history.damaged)));
            }
        }
        history.hash = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        history
    }
}

/// A slot's file; `None`, kept among the damaged, where it cannot be used.
fn history_slot(path: &Path, hash: &mut Sha256, damaged: &mut Vec<Error>) -> Option<Slot> {
    let read = std::fs::read(path).map_err(|error| Error::read(path, error));
    match read.and_then(|bytes| Slot::from_bytes(path, &bytes)).and_then(|read| in_its_place(path, read)) {
        Ok((slot, seal)) => {
            hash.update(seal);
            Some(slot)
        }
        Err(error) => {
            damaged.push(error);
            None
        }
    }
}

/// A slot with what stood out in it; `None`, kept among the damaged, where that cannot be used.
fn with_hits(slot: Slot, path: &Path, hash: &mut Sha256, damaged: &mut Vec<Error>) -> Option<Slot> {
    let path = path.with_extension("hits");
    let read = std::fs::read(&path).map_err(|error| Error::read(&path, error));
    match read.and_then(|bytes| slot::hits_from_bytes(&path, &bytes)) {
        Ok((hits, seal)) => {
            hash.update(seal);
            Some(Slot { hits, ..slot })
        }
        Err(error) => {
            damaged.push(error);
            None
        }
    }
}

/// A slot of the satellite and time that its folder and name say; a copy under another name is no past.
fn in_its_place(path: &Path, read: (Slot, [u8; 32])) -> Result<(Slot, [u8; 32])> {
    let slot = &read.0;
    let folder = path.parent().and_then(Path::parent).and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let name = path_of(Path::new(""), slot.time);
    if path.ends_with(&name) && folder.strip_suffix(SIMULATED).unwrap_or(&folder) == slot.satellite {
        return Ok(read);
    }
    let found = format!("the slot {} of {}", slot.time.rfc3339(), slot.satellite);
    Err(Error::input(path, found, "the slot that its name and folder say", "take it away, or rebuild the baseline"))
}

/// Slots of the days that a time with so many seconds around it touches, in the order of time.
fn listed(folder: &Path, time: Utc, around: f64) -> Vec<(Utc, PathBuf)> {
    let mut days: Vec<String> = [-around, around].iter().filter_map(|s| Some(time.plus_seconds(*s)?.date())).collect();
    days.dedup();
    let mut slots: Vec<(Utc, PathBuf)> = days.iter().flat_map(|day| slots_of(folder, day)).collect();
    slots.sort();
    slots
}

fn slots_of(folder: &Path, day: &str) -> Vec<(Utc, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder.join(day)) else { return Vec::new() };
    let slot = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".slot")?;
        let time = Utc::parse(&format!("{day}T{}:{}:00Z", name.get(0..2)?, name.get(2..4)?))?;
        (name.len() == 4).then_some((time, path))
    };
    entries.flatten().filter_map(|entry| slot(entry.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{PixelClass, Window};
    use ndarray::Array2;

    fn put(folder: &Path, time: &str) {
        put_as(folder, time, "Himawari-9");
    }

    fn put_as(folder: &Path, time: &str, satellite: &str) {
        let time = Utc::parse(time).expect("a time");
        let one = |value: f32| Array2::from_elem((1, 1), value);
        let slot = Slot {
            time,
            satellite: satellite.to_string(),
            tir_band: "B14".to_string(),
            bright_band: None,
            window: Window { line0: 0, column0: 0, lines: 1, columns: 1 },
            mir_k: one(290.0),
            tir_k: one(285.0),
            bright: one(f32::NAN),
            class: Array2::from_elem((1, 1), PixelClass::Clear),
            hits: Vec::new(),
        };
        let path = path_of(folder, time);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, slot.to_bytes().expect("bytes")).expect("written");
        std::fs::write(hits_path_of(folder, time), slot.hits_to_bytes().expect("bytes")).expect("written");
    }

    /// Which slots count, across midnight too, and that the hash knows them.
    #[test]
    fn the_same_hour_of_ten_days_and_the_minutes_before() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = folder(dir.path(), "Himawari-9", true);
        for time in [
            "2025-10-10T00:10:00Z", // ten days
            "2025-10-09T00:10:00Z", // eleven
            "2025-10-18T23:40:00Z", // the evening before, half an hour off
            "2025-10-18T23:30:00Z", // forty minutes off
            "2025-10-19T00:40:00Z",
            "2025-10-20T00:00:00Z", // before
            "2025-10-19T23:50:00Z",
            "2025-10-19T23:40:00Z", // a third
            "2025-10-20T00:10:00Z", // itself
            "2025-10-20T00:20:00Z", // after
        ] {
            put(&folder, time);
        }
        let now = Utc::parse("2025-10-20T00:10:00Z").expect("a time");
        let history = History::before(&folder, now);
        let times = |slots: &[Slot]| slots.iter().map(|slot| slot.time.rfc3339()).collect::<Vec<_>>();
        assert_eq!(times(&history.days), ["2025-10-10T00:10:00Z", "2025-10-18T23:40:00Z", "2025-10-19T00:40:00Z"]);
        assert_eq!(times(&history.before), ["2025-10-20T00:00:00Z", "2025-10-19T23:50:00Z"]);
        assert_eq!(history.hash, History::before(&folder, now).hash);
        std::fs::remove_file(path_of(&folder, history.days[0].time)).expect("removed");
        assert_ne!(history.hash, History::before(&folder, now).hash);
    }

    /// A slot of another hour or another satellite under this one's name is named and does not count.
    #[test]
    fn a_slot_out_of_its_place_does_not_count() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = folder(dir.path(), "Himawari-9", false);
        put(&folder, "2025-10-19T05:30:00Z");
        let at = |time: &str| path_of(&folder, Utc::parse(time).expect("a time"));
        std::fs::copy(at("2025-10-19T05:30:00Z"), at("2025-10-19T05:40:00Z")).expect("copied");
        put_as(&folder, "2025-10-19T05:50:00Z", "Himawari-8");
        let history = History::before(&folder, Utc::parse("2025-10-20T05:30:00Z").expect("a time"));
        let said: Vec<String> = history.damaged.iter().map(Error::to_string).collect();
        assert_eq!((history.days.len(), said.len()), (1, 2), "{said:?}");
        assert!(said[0].contains("0540.slot") && said[1].contains("Himawari-8"), "{said:?}");
    }

    /// Only slots go, and what a killed run left of one; days within twelve stay.
    #[test]
    fn what_no_slot_needs_any_more_is_outdated() {
        let dir = tempfile::tempdir().expect("a folder");
        put(dir.path(), "2025-10-07T05:30:00Z");
        put(dir.path(), "2025-10-08T05:30:00Z");
        // a slot of another season takes nothing away
        assert!(outdated(dir.path(), Utc::parse("2026-03-20T05:30:00Z").expect("a time")).is_empty());
        for name in [".0540.slot.77.part", "notes.txt"] {
            std::fs::write(dir.path().join("2025-10-07").join(name), "").expect("written");
        }
        let newest = Utc::parse("2025-10-20T05:30:00Z").expect("a time");
        let mut names: Vec<String> =
            outdated(dir.path(), newest).iter().map(|path| path.display().to_string()).collect();
        names.sort();
        let expected = [".0540.slot.77.part", "0530.hits", "0530.slot"].map(|name| format!("2025-10-07/{name}"));
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names.iter().zip(&expected).all(|(name, end)| name.ends_with(end)), "{names:?}");
    }

    #[test]
    fn a_cut_file_is_named_and_does_not_count() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = folder(dir.path(), "Himawari-9", false);
        put(&folder, "2025-10-19T05:30:00Z");
        let path = path_of(&folder, Utc::parse("2025-10-19T05:30:00Z").expect("a time"));
        let bytes = std::fs::read(&path).expect("read");
        std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");
        let history = History::before(&folder, Utc::parse("2025-10-20T05:30:00Z").expect("a time"));
        assert!(history.days.is_empty() && history.damaged[0].to_string().contains("0530.slot"), "{history:?}");
    }
}
