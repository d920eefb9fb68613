//! What a season consists of, decided before anything is done.

use super::task::{Planned, Sum, Task};
use super::{PLAN, Season, sums};
use crate::deliver::scan_report::InputError;
use crate::deliver::{PROGRAM_VERSION, atomic, folder};
use crate::error::{Error, Result};
use crate::history;
use crate::ingest::granule::{self, Granule, parts};
use crate::sealed::sha256;
use crate::site::Site;
use crate::thresholds::{Profile, Thresholds};
use crate::time::Utc;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The version of these files.
pub const FORMAT: u32 = 1;

/// A plan; the tasks themselves lie beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of these files.
    pub format: u32,
    /// Version of the program that made it: others would find other fires.
    pub program_version: String,
    /// Hash of the numbers that fires are found with.
    pub thresholds: String,
    /// Name of the site.
    pub site: String,
    /// Hash of what the site has to do with what is found.
    pub site_hash: String,
    /// Thresholds profile.
    pub profile: String,
    /// Whether slots are compared with the days before: as the site does.
    pub baseline: bool,
    /// Start of the period.
    pub from: Utc,
    /// Its end, which is not in it.
    pub to: Utc,
    /// Days before the period whose looks count for the baseline.
    pub lead_days: u32,
    /// Sensors; all where empty.
    pub sensors: Vec<String>,
    /// Folder of decoded looks, seen from the season's.
    pub looks: PathBuf,
    /// What could not be used of the inputs.
    pub errors: Vec<InputError>,
    /// The tasks, by number.
    pub tasks: Vec<Summary>,
}

/// A task as the plan has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Platform, area and mode; empty for lists.
    pub stream: String,
    /// First look of it; the period's start for lists.
    pub first: Utc,
    /// Last look of it.
    pub last: Utc,
    /// Its looks.
    pub looks: usize,
    /// Bytes of its files.
    pub bytes: u64,
    /// Whether it has a first pass.
    pub has_baseline: bool,
    /// SHA-256 of the task's file.
    pub sha256: String,
}

/// What is asked for.
pub struct Asked<'a> {
    /// Folders and files of imagery.
    pub inputs: &'a [PathBuf],
    /// FIRMS lists.
    pub lists: &'a [PathBuf],
    /// Start of the period.
    pub from: Utc,
    /// Its end, which is not in it.
    pub to: Utc,
    /// Sensors; all where empty.
    pub sensors: &'a [String],
    /// Days before the period whose looks count for the baseline.
    pub lead_days: u32,
    /// Looks of a task at most.
    pub task_looks: usize,
    /// Folder of decoded looks to share with other seasons, seen from here; without it the season has its own.
    pub looks: Option<&'a Path>,
}

impl Plan {
    /// What a result of a task says of itself: the task, and what it was done with.
    pub fn key(&self, id: usize) -> String {
        let task = self.tasks.get(id).map_or("", |task| task.sha256.as_str());
        let with = [&self.program_version, &self.thresholds, &self.site_hash, &self.profile];
        sha256(format!("{id} {task} {with:?} {} {} {}", self.baseline, self.from.micros(), self.to.micros()).as_bytes())
    }

    /// Whether a time is in the period.
    pub fn holds(&self, time: Utc) -> bool {
        time >= self.from && time < self.to
    }

    /// Makes sure that the season goes on as it was begun.
    ///
    /// # Errors
    /// [`Error::Config`] where program, thresholds or site are other ones.
    pub fn check(&self, site: &Site) -> Result<()> {
        let profile = Profile::named(&self.profile);
        let other = |what: &str, found: &str, planned: &str| {
            let advice =
                "go on with that one, or plan the season again in another folder (--looks DIR uses what was decoded)";
            Error::config(format!("the season's {what}"), found, format!("that of the plan, {planned}"), advice)
        };
        if self.program_version != PROGRAM_VERSION {
            return Err(other("program", PROGRAM_VERSION, &self.program_version));
        }
        if profile.is_none() {
            return Err(other("profile", "no such profile", &self.profile));
        }
        let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_string();
        let thresholds = thresholds_hash();
        if thresholds != self.thresholds {
            return Err(other("thresholds", &short(&thresholds), &short(&self.thresholds)));
        }
        let now = site_hash(site)?;
        if now != self.site_hash {
            return Err(other("site", &format!("{} ({})", site.name, short(&now)), &short(&self.site_hash)));
        }
        Ok(())
    }
}

/// Groups of thresholds that have no part in a season: cameras and drones.
const OF_CAMERAS: [&str; 3] = ["watch", "camera", "drone"];

fn thresholds_hash() -> String {
    let tables: Vec<_> = Thresholds::TABLES.iter().filter(|(name, _)| !OF_CAMERAS.contains(name)).collect();
    sha256(format!("{tables:?}").as_bytes())
}

/// Hash of what a site has to do with what is found: its counties, layers and calendars, wherever they lie.
///
/// # Errors
/// [`Error::Read`] where a layer cannot be read.
pub(super) fn site_hash(site: &Site) -> Result<String> {
    let (layers, mut text) = (&site.layers, format!("{}\n", site.baseline_dir.is_some()));
    for county in &site.counties {
        text += &format!("{:?} {:?}\n", county.name, county.shape);
    }
    text += &format!("{} {:?} {:?}\n", layers.dem_offset_m, layers.dem_error_m, layers.landcover_classes);
    text += &format!("{} {:?} {:?}\n", site.neighbours_within_km, site.solar_parks, site.seasons);
    let files = [
        ("dem", &layers.dem),
        ("landcover", &layers.landcover),
        ("past_fires", &layers.past_fires),
        ("static_sources", &layers.static_sources),
    ];
    with_files(text, &files)
}

/// Hash of what a site has to do with where events belong and which slots were to come; a season may be joined again with another one.
///
/// # Errors
/// [`Error::Read`].
pub fn territory_hash(site: &Site) -> Result<String> {
    let layers = &site.layers;
    let files = [("townships", &layers.townships), ("grid", &layers.grid), ("officers", &layers.officers)];
    with_files(format!("{:?}\n", site.planned_gaps), &files)
}

fn with_files(mut text: String, files: &[(&str, &Option<PathBuf>)]) -> Result<String> {
    for (key, path) in files {
        let sum = path.as_deref().map(sums::of).transpose()?;
        text += &format!("{key} {}\n", sum.map_or(String::new(), |(_, sum)| sum));
    }
    Ok(sha256(text.as_bytes()))
}

/// Plans a season into a folder. What could not be used of the inputs comes back beside it.
///
/// # Errors
/// [`Error::Config`] where there is nothing to do or another season in the folder, [`Error::Output`] where it cannot be written.
pub fn plan(asked: &Asked, site: &Site, profile: Profile, dir: &Path) -> Result<(Season, Vec<Error>)> {
    let (granules, mut errors) = granule::collect_below(asked.inputs);
    let (planned, unreadable) = summed(wanted(granules, asked));
    errors.extend(unreadable);
    errors.iter().for_each(|error| tracing::error!("{error}"));
    let lists = asked.lists.iter().map(|path| list(path)).collect::<Result<Vec<_>>>()?;
    let tasks = tasks(planned, lists, asked.task_looks.max(1));
    if tasks.is_empty() {
        let found = format!("no look of the period, and {} files that cannot be used", errors.len());
        return Err(Error::config(
            "the inputs",
            found,
            "imagery or FIRMS lists from --from to --to",
            "check the period, --sensors and the folders",
        ));
    }
    let texts = tasks.iter().map(text).collect::<Result<Vec<String>>>()?;
    let summaries = tasks.iter().zip(&texts).map(|(task, text)| summary(task, text, asked, site)).collect();
    let plan = Plan {
        format: FORMAT,
        program_version: PROGRAM_VERSION.to_string(),
        thresholds: thresholds_hash(),
        site: site.name.clone(),
        site_hash: site_hash(site)?,
        profile: profile.name().to_string(),
        baseline: site.baseline_dir.is_some(),
        from: asked.from,
        to: asked.to,
        lead_days: asked.lead_days,
        sensors: asked.sensors.to_vec(),
        looks: asked.looks.map_or(Ok(PathBuf::from("looks")), absolute)?,
        errors: errors.iter().map(InputError::of).collect(),
        tasks: summaries,
    };
    let season = Season { dir: dir.to_path_buf(), plan };
    write(&season, &texts)?;
    Ok((season, errors))
}

fn list(path: &Path) -> Result<Sum> {
    if path.is_dir() {
        let advice = "name the lists one by one: --firms FILE --firms FILE";
        return Err(Error::config("--firms", format!("{}, a folder", path.display()), "a FIRMS list", advice));
    }
    Sum::of(&absolute(path)?)
}

/// Paths of a plan are good from wherever it is run.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Error::read(path, error))
}

/// Looks of the period, and geostationary ones of the days before it.
fn wanted(granules: Vec<Granule>, asked: &Asked) -> Vec<(Granule, bool)> {
    let lead = asked.from.plus_seconds(-86_400.0 * f64::from(asked.lead_days)).unwrap_or(asked.from);
    let is_wanted = |granule: &Granule| {
        asked.sensors.is_empty() || asked.sensors.iter().any(|name| name.eq_ignore_ascii_case(granule.format.sensor()))
    };
    let in_time = |granule: Granule| {
        let (time, is_lead) = (granule.time, granule.time < asked.from);
        let counts = time >= if granule.format.is_fixed() { lead } else { asked.from };
        (counts && time < asked.to).then_some((granule, is_lead))
    };
    granules.into_iter().filter(is_wanted).filter_map(in_time).collect()
}

/// With the checksums of their files; a file that cannot be read is told, and the look is planned without it.
fn summed(granules: Vec<(Granule, bool)>) -> (Vec<Planned>, Vec<Error>) {
    let of = |(mut granule, is_lead): (Granule, bool)| {
        for file in &mut granule.files {
            file.path = absolute(&file.path)?;
            file.twin = file.twin.as_deref().map(absolute).transpose()?;
        }
        Ok(Planned::of(granule, is_lead))
    };
    let (mut planned, mut errors) = (Vec::new(), Vec::new());
    for result in granules.into_par_iter().map(of).collect::<Vec<Result<_>>>() {
        match result {
            Ok((look, unreadable)) => {
                errors.extend(unreadable);
                planned.extend(Some(look).filter(|look| !look.granule.files.is_empty()));
            }
            Err(error) => errors.push(error),
        }
    }
    (planned, errors)
}

fn stream_of(planned: &Planned) -> String {
    let named = planned.granule.files.first().and_then(|file| parts::named(&file.path));
    named.map(|named| named.stream).unwrap_or_default()
}

fn tasks(planned: Vec<Planned>, lists: Vec<Sum>, most: usize) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    for look in planned {
        let stream = stream_of(&look);
        match tasks.last_mut() {
            Some(task) if task.stream == stream && task.granules.len() < most && is_lead(task) == look.is_lead => {
                task.granules.push(look);
            }
            _ => {
                let before =
                    tasks.last().filter(|task| task.stream == stream).map_or(Vec::new(), |task| before(task, &look));
                tasks.push(Task { id: tasks.len(), stream, before, granules: vec![look], lists: Vec::new() });
            }
        }
    }
    for list in lists {
        let id = tasks.len();
        tasks.push(Task { id, stream: String::new(), before: Vec::new(), granules: Vec::new(), lists: vec![list] });
    }
    tasks
}

/// Looks before the period have tasks of their own: in them nothing is found.
fn is_lead(task: &Task) -> bool {
    task.granules.iter().any(|look| look.is_lead)
}

/// Looks of a task that are a past of minutes to the first look of the next one.
fn before(task: &Task, first: &Planned) -> Vec<Planned> {
    if !first.granule.format.is_fixed() {
        return Vec::new();
    }
    let is_near = |look: &&Planned| first.granule.time.seconds_since(look.granule.time) <= history::BEFORE_SECONDS;
    let own = task.granules.iter().filter(is_near);
    // where tasks are short, those before it count too
    task.before.iter().filter(is_near).chain(own).cloned().collect()
}

fn text(task: &Task) -> Result<String> {
    serde_json::to_string(task).map_err(|error| Error::output(format!("task {}", task.id), error))
}

fn summary(task: &Task, text: &str, asked: &Asked, site: &Site) -> Summary {
    let (first, last) = task.span().unwrap_or((asked.from, asked.to));
    let is_fixed = task.granules.iter().any(|look| look.granule.format.is_fixed());
    Summary {
        stream: task.stream.clone(),
        first,
        last,
        looks: task.granules.len(),
        bytes: task.granules.iter().map(Planned::bytes).chain(task.lists.iter().map(|list| list.bytes)).sum(),
        has_baseline: is_fixed && site.baseline_dir.is_some(),
        sha256: sha256(text.as_bytes()),
    }
}

/// The plan comes last: a folder without one is none.
fn write(season: &Season, texts: &[String]) -> Result<()> {
    std::fs::create_dir_all(&season.dir).map_err(|error| Error::output(&season.dir, error))?;
    let _alone = folder::locked(&season.dir)?;
    let path = season.dir.join(PLAN);
    let plan = serde_json::to_string_pretty(&season.plan).map_err(|error| Error::output(&path, error))? + "\n";
    if path.exists() && !std::fs::read_to_string(&path).is_ok_and(|there| there == plan) {
        return Err(Error::config(
            path.display().to_string(),
            "another season",
            "a new folder, or the season that was planned there, unchanged",
            "name another folder with --out",
        ));
    }
    // planned again, tasks that were lost are there again
    for (id, text) in texts.iter().enumerate() {
        atomic::write_bytes(&season.task_path(id), text.as_bytes())?;
    }
    atomic::write_bytes(&path, plan.as_bytes())
}
