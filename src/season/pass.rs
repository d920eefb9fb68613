//! The two passes over a task, each a function of the plan, the files and the site.

use super::look;
use super::task::{Planned, Task};
use super::{Season, sums};
use crate::deliver::atomic;
use crate::deliver::scan_report::{GranuleReport, InputError};
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::history;
use crate::ingest::Reading;
use crate::ingest::feeds::{self, Format};
use crate::pipeline::imported::accounts;
use crate::pipeline::{self, Baseline, Scan, Settings, place_and_screen, screen_by_place};
use crate::scene::Look;
use crate::sealed;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const DONE: &[u8; 8] = b"SFDONE1\n";
const FOUND: &[u8; 8] = b"SFFOUND1";

/// A pass over all tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// Geostationary looks are decoded, and what later looks are compared with is kept.
    Baseline,
    /// Fires are found.
    Detection,
}

impl Pass {
    /// Both, in their order.
    pub const ALL: [Pass; 2] = [Pass::Baseline, Pass::Detection];

    /// The word in commands and messages.
    pub fn name(self) -> &'static str {
        match self {
            Pass::Baseline => "baseline",
            Pass::Detection => "detection",
        }
    }

    /// From its name.
    pub fn named(name: &str) -> Option<Pass> {
        Pass::ALL.into_iter().find(|pass| pass.name() == name)
    }
}

/// What the first pass left.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Done {
    /// Of the task and all that it was done with.
    key: String,
    /// Past slots, relative to the season's folder, and their checksums.
    slots: Vec<(PathBuf, String)>,
    /// What could not be read of looks before the period.
    errors: Vec<InputError>,
}

/// What the second pass found in a task.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// Of the task and all that it was done with.
    pub key: String,
    /// Accounts of its looks, in the order of time.
    pub granules: Vec<GranuleReport>,
    /// Fires, kept and dropped, look by look.
    pub fires: Vec<FirePixel>,
    /// What could not be read.
    pub errors: Vec<InputError>,
    /// Looks and lists that could be read.
    pub read: usize,
}

/// Does a pass of a task: its result is then there as a whole.
///
/// # Errors
/// Where the files are not those of the plan, the disk is full, or something of the first pass is damaged. A look that cannot be read is no
/// error: that is part of what comes of it.
pub fn run(season: &Season, pass: Pass, task: &Task, settings: &Settings) -> Result<()> {
    match pass {
        Pass::Baseline => baseline(season, task, settings),
        Pass::Detection => detection(season, task, settings),
    }
}

/// Whether a pass of a task is done: its result is there and whole, and so are the slots that it names.
pub fn is_done(season: &Season, pass: Pass, id: usize) -> bool {
    match pass {
        Pass::Baseline => done(season, id).is_some_and(|done| {
            done.slots.iter().all(|(path, sum)| sums::of(&season.dir.join(path)).is_ok_and(|(_, now)| now == *sum))
        }),
        Pass::Detection => found(season, id).is_ok(),
    }
}

/// Whether a pass of a task left its result, whole or not: what many ask often. See [`is_done`].
pub fn is_marked(season: &Season, pass: Pass, id: usize) -> bool {
    match pass {
        Pass::Baseline => done(season, id).is_some(),
        Pass::Detection => season.result_path(pass, id).is_file(),
    }
}

/// What the first pass could not read of looks before the period.
pub fn errors_before(season: &Season, id: usize) -> Vec<InputError> {
    done(season, id).map_or_else(Vec::new, |done| done.errors)
}

fn done(season: &Season, id: usize) -> Option<Done> {
    let bytes = std::fs::read(season.result_path(Pass::Baseline, id)).ok()?;
    let (body, _) = sealed::open(&bytes, DONE).ok()?;
    serde_json::from_slice(body).ok().filter(|done: &Done| done.key == season.plan.key(id))
}

/// What the second pass found in a task.
///
/// # Errors
/// Where that is not there or not whole.
pub fn found(season: &Season, id: usize) -> Result<Found> {
    let path = season.result_path(Pass::Detection, id);
    let bytes = std::fs::read(&path).map_err(|error| Error::read(&path, error))?;
    let wrong = |found: &str| {
        Error::input(&path, found, "what a task found, as it was written", "strawfire season run does it again")
    };
    let (body, _) = sealed::open(&bytes, FOUND).map_err(|broken| wrong(broken.said()))?;
    let found: Found = serde_json::from_slice(body).map_err(|error| wrong(&error.to_string()))?;
    if found.key == season.plan.key(id) { Ok(found) } else { Err(wrong("the result of another task or season")) }
}

/// Reads a look: what was decoded before, else the files of the plan.
fn reading(season: &Season, planned: &Planned, settings: &Settings) -> Result<Reading> {
    let path = look::path_of(&season.looks(), planned, &settings.site.bbox());
    let is_fixed = planned.granule.format.is_fixed();
    if let Some(reading) = look::kept(&path).filter(|_| is_fixed) {
        return Ok(reading);
    }
    planned.check()?;
    let reading = pipeline::read(&planned.granule, settings)?;
    if is_fixed {
        look::keep(&path, &reading)?;
    }
    Ok(reading)
}

/// Whether an error is of what is in a file, which stays so, and not of the machine.
fn is_of_content(error: &Error) -> bool {
    matches!(error, Error::Input { .. })
}

fn baseline(season: &Season, task: &Task, settings: &Settings) -> Result<()> {
    let mut done = Done { key: season.plan.key(task.id), slots: Vec::new(), errors: Vec::new() };
    for planned in task.granules.iter().filter(|planned| planned.granule.format.is_fixed()) {
        let (mut look, problems) = match reading(season, planned, settings) {
            Ok(reading) => (reading.look, reading.problems),
            Err(error) if is_of_content(&error) => (None, vec![error]),
            Err(error) => return Err(error),
        };
        if planned.is_lead {
            // others are met again by the second pass, which says so
            done.errors.extend(problems.iter().map(InputError::of));
        }
        let slot = look.as_mut().and_then(|look| pipeline::slot_of(look, settings));
        if let (Some(Look::Fixed(scene)), Some(slot)) = (look, slot) {
            let folder = history::folder(&season.past(&task.stream), &scene.satellite, scene.simulated);
            pipeline::keep_slot(&folder, &slot)?;
            let path = history::path_of(&folder, slot.time);
            let (_, sum) = sums::of(&path)?;
            done.slots.push((path.strip_prefix(&season.dir).unwrap_or(&path).to_path_buf(), sum));
        }
    }
    write(&season.result_path(Pass::Baseline, task.id), DONE, &done)
}

fn write(path: &Path, magic: &[u8; 8], what: &impl Serialize) -> Result<()> {
    let mut bytes = magic.to_vec();
    serde_json::to_writer(&mut bytes, what).map_err(|error| Error::output(path, error))?;
    atomic::write_bytes(path, &sealed::seal(bytes))
}

fn detection(season: &Season, task: &Task, settings: &Settings) -> Result<()> {
    let past = season.past(&task.stream);
    let settings = Settings { baseline: season.plan.baseline.then_some(Baseline::Made(&past)), ..*settings };
    if settings.baseline.is_some() && task.granules.iter().any(|planned| !planned.is_lead) {
        for planned in &task.before {
            // only what stands out in it is wanted; what cannot be read has no slot either
            match reading(season, planned, &settings) {
                Ok(reading) => drop(pipeline::judge(&planned.granule, reading, &settings)?),
                Err(error) if is_of_content(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
    let mut found = Found { key: season.plan.key(task.id), ..Found::default() };
    for planned in task.granules.iter().filter(|planned| !planned.is_lead) {
        let judged = reading(season, planned, &settings)
            .and_then(|reading| pipeline::judge(&planned.granule, reading, &settings));
        match judged {
            Ok(scan) => found.add(scan, &past)?,
            Err(error) if is_of_content(&error) => {
                found.errors.push(InputError::of(&error));
                found.granules.push(pipeline::unseen(&planned.granule, &settings));
            }
            Err(error) => return Err(error),
        }
    }
    for list in &task.lists {
        list.check()?;
        found.add_list(&list.path, season, &settings)?;
    }
    let path = season.result_path(Pass::Detection, task.id);
    write(&path, FOUND, &Recorded::of(&found)?)
}

/// As [`Found`], with the notes of looks in both languages.
#[derive(Serialize)]
struct Recorded<'a> {
    key: &'a str,
    granules: Vec<serde_json::Value>,
    fires: &'a [FirePixel],
    errors: &'a [InputError],
    read: usize,
}

impl<'a> Recorded<'a> {
    fn of(found: &'a Found) -> Result<Self> {
        let record = |granule: &GranuleReport| {
            let text = granule.record()?;
            serde_json::from_str(&text).map_err(|error| Error::output(&granule.granule, error))
        };
        let granules = found.granules.iter().map(record).collect::<Result<_>>()?;
        Ok(Recorded { key: &found.key, granules, fires: &found.fires, errors: &found.errors, read: found.read })
    }
}

impl Found {
    /// Adds what came of a look. A past that is damaged is an error: with it, other fires would be found.
    fn add(&mut self, mut scan: Scan, past: &Path) -> Result<()> {
        for problem in scan.problems {
            match &problem {
                Error::Input { path, .. } | Error::Read { path, .. } if path.starts_with(past) => return Err(problem),
                Error::Output { .. } => return Err(problem),
                _ => self.errors.push(InputError::of(&problem)),
            }
        }
        self.read += 1;
        // how long it took is no result
        scan.report.seconds.clear();
        self.granules.push(scan.report);
        self.fires.extend(scan.fires);
        Ok(())
    }

    /// Adds what a FIRMS list has of the period.
    fn add_list(&mut self, path: &Path, season: &Season, settings: &Settings) -> Result<()> {
        let feed = match feeds::read(Format::Firms, path) {
            Ok(feed) => feed,
            Err(error) if is_of_content(&error) => {
                self.errors.push(InputError::of(&error));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let name = path.display();
        for line in feed.rejected.iter().chain(&feed.doubts) {
            self.errors
                .push(InputError { file: name.to_string(), message: format!("line {}: {}", line.line, line.reason) });
        }
        let mut fires: Vec<FirePixel> = feed.pixels.into_iter().filter(|fire| season.plan.holds(fire.time)).collect();
        place_and_screen(&mut fires, settings);
        if let Err(error) = screen_by_place(&mut fires, settings) {
            self.errors.push(InputError::of(&error));
        }
        self.read += 1;
        self.granules.extend(accounts(&fires));
        self.fires.extend(fires);
        Ok(())
    }
}
