//! Alarms of platforms that come as files: looked for every few seconds, taken once, and left where they are.

use super::round::Running;
use crate::error::{Error, Result};
use crate::pipeline::Settings;
use crate::pipeline::intake::{self, Refused};
use crate::pipeline::keep::Keeper;
use crate::site::IntakeSource;
use crate::thresholds::Profile;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;

/// How often the folders are looked into.
const POLL: Duration = Duration::from_secs(2);
/// A file that was changed later than so long ago may not be whole.
const WHOLE: Duration = Duration::from_secs(2);
/// How often is asked whether all is to end.
const TICK: Duration = Duration::from_millis(200);

/// Files by what they were when they were read, with what was wrong with them.
type Known = HashMap<PathBuf, ((SystemTime, u64), Option<String>)>;

/// Looks until told to stop, on a thread of its own.
pub fn watch(running: &Running<'_>, stop: &watch::Receiver<bool>) {
    let sources: Vec<(&IntakeSource, &Path)> =
        running.site.intake.iter().filter_map(|source| Some((source, source.folder.as_deref()?))).collect();
    if sources.is_empty() {
        return;
    }
    let settings = Settings { profile: Profile::Reference, ground: None, baseline: None, ..*running.settings };
    let (mut known, mut keeper) = (Known::new(), None);
    while !*stop.borrow() {
        for (source, folder) in &sources {
            let looked = look(running, &settings, source, folder, &mut keeper, &mut known);
            let trouble = looked.err().map(|error| error.to_string()).or_else(|| wrong_in(&known, folder));
            running.gauges.inbox(&format!("intake {}", source.name), |gauge| match trouble {
                None => (gauge.success, gauge.trouble) = (Some(SystemTime::now()), None),
                Some(said) => {
                    let since = gauge.trouble.take().map_or_else(Instant::now, |(since, _)| since);
                    gauge.trouble = Some((since, said));
                }
            });
        }
        let looked = Instant::now();
        while looked.elapsed() < POLL && !*stop.borrow() {
            std::thread::sleep(TICK);
        }
    }
}

/// All files of a folder that are wrong, by their names, and what is wrong with the first.
fn wrong_in(known: &Known, folder: &Path) -> Option<String> {
    let of_folder = known.iter().filter(|(path, _)| path.parent() == Some(folder));
    let mut wrong: Vec<(&PathBuf, &String)> =
        of_folder.filter_map(|(path, (_, wrong))| Some((path, wrong.as_ref()?))).collect();
    wrong.sort();
    let name = |(path, _): &(&PathBuf, &String)| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names: Vec<String> = wrong.iter().filter_map(name).collect();
    let (_, first) = wrong.first()?;
    Some(format!("{} 个 ({}): {first}", names.len(), names.join(", ")))
}

/// Takes what is new in a folder.
fn look<'a>(
    running: &'a Running<'_>,
    settings: &'a Settings<'a>,
    source: &IntakeSource,
    folder: &Path,
    keeper: &mut Option<Keeper<'a>>,
    known: &mut Known,
) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::read(folder, error))?;
    let mut files: Vec<(PathBuf, (SystemTime, u64))> = entries.flatten().filter_map(|entry| stamped(&entry)).collect();
    files.sort();
    known.retain(|path, _| path.parent() != Some(folder) || files.iter().any(|(file, _)| file == path));
    for (path, stamp) in files {
        if known.get(&path).is_some_and(|(known, _)| *known == stamp) || is_young(stamp.0) {
            continue;
        }
        let opened = match keeper.take() {
            Some(opened) => opened,
            None => Keeper::open_existing(running.actor.clone(), settings, running.territory)?.ok_or_else(none)?,
        };
        // a store that failed is opened anew, and the file is read again
        let wrong = one(running, source, &path, &opened)?;
        *keeper = Some(opened);
        known.insert(path, (stamp, wrong));
    }
    Ok(())
}

/// Takes one file; gives what is wrong with it.
fn one(running: &Running<'_>, source: &IntakeSource, path: &Path, keeper: &Keeper<'_>) -> Result<Option<String>> {
    let pictures = running.site.evidence_folder();
    let text = match intake::read_file(path) {
        Ok(text) => text,
        Err(error) => return Ok(told(error)),
    };
    match intake::take(&text, source, keeper, pictures.as_deref(), running.clock.now()) {
        Ok(taken) => {
            tracing::info!("{}: sighting {}: {}", path.display(), taken.sighting, taken.became.said());
            running.gauges.inbox(&format!("intake {}", source.name), |gauge| gauge.files += 1);
            Ok(None)
        }
        Err(Refused::Wrong(wrong)) => {
            Ok(told(Error::input(path, wrong.found(), wrong.expected(), "correct the alarm: docs/intake.md")))
        }
        Err(Refused::Failed(error)) => Err(error),
    }
}

fn told(error: Error) -> Option<String> {
    tracing::error!("{error}");
    Some(error.to_string())
}

fn none() -> Error {
    Error::config("store.url", "nothing", "an address of a store", "set it")
}

/// A file of an alarm, with its time and size; hidden ones are still being written.
fn stamped(entry: &std::fs::DirEntry) -> Option<(PathBuf, (SystemTime, u64))> {
    let path = entry.path();
    let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let about = entry.metadata().ok().filter(|about| about.is_file() && is_json && !is_hidden)?;
    Some((path, (about.modified().ok()?, about.len())))
}

fn is_young(changed: SystemTime) -> bool {
    SystemTime::now().duration_since(changed).is_ok_and(|age| age < WHOLE)
}
