//! `strawfire static`: learns static sources of heat, and tells how often the fires of the list were straw.

use super::places::of_key;
use super::{Outcome, SiteFolder, say};
use crate::deliver::{atomic, folder};
use crate::error::{Error, NOT_UTF8, Result};
use crate::fire::FirePixel;
use crate::history::recurrence::{Detection, static_cells};
use crate::ingest::feeds::answers::{self, Answer};
use crate::ingest::feeds::{self, Format, fires_geojson};
use crate::layers::static_sources::SourceList;
use crate::screen::precision::{Line, precision};
use crate::screen::static_learn::{take_answers, take_cells};
use crate::site::Site;
use crate::thresholds::{StaticProfile, StaticThresholds};
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Static sources of heat.
#[derive(Debug, Args)]
pub struct Static {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Finds places where heat comes back and merges them into the site's list; what people set there stays.
    Learn(Learn),
    /// Prints and writes how many of the answered events were straw, by finding, cause, source and month.
    Precision {
        /// CSV to write.
        #[arg(long, default_value = "precision.csv")]
        out: PathBuf,
        /// events.geojson with `verification`, or CSV of answers.
        #[arg(required = true)]
        answers: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct Learn {
    #[command(flatten)]
    site: SiteFolder,
    /// persistent-and-night, persistent-or-night, firms-type or short.
    #[arg(long, default_value = "persistent-and-night")]
    profile: String,
    /// List to merge into [default: layers.static_sources of the site, else static_sources.csv in its folder].
    #[arg(long)]
    out: Option<PathBuf>,
    /// firms, wlf, cspp-af, or fires (fires.geojson of this program).
    #[arg(long, default_value = "firms")]
    format: String,
    /// Officers' answers: 误判, 工业热源 and 光伏 propose rows that count once a person accepts them. May be named again.
    #[arg(long)]
    answers: Vec<PathBuf>,
    /// Learn from simulated fires too: for trials, never for a site.
    #[arg(long)]
    allow_simulated: bool,
    /// Lists of past fires.
    files: Vec<PathBuf>,
}

impl Static {
    /// Does it.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            Command::Learn(learn) => learn.run(),
            Command::Precision { out, answers } => report(out, answers),
        }
    }
}

impl Learn {
    fn run(&self) -> Result<Outcome> {
        let profile = StaticProfile::named(&self.profile).ok_or_else(|| {
            let names = StaticProfile::ALL.map(StaticProfile::name).join(", ");
            Error::config("--profile", &self.profile, names, "name a rule")
        })?;
        if self.files.is_empty() && self.answers.is_empty() {
            let expected = "lists of past fires, or --answers";
            return Err(Error::config("FILE", "nothing", expected, "name the files to learn from"));
        }
        let format = self.format()?;
        let site = self.site.load()?;
        let t = StaticThresholds::default();
        let past = read_all(&self.files, |file| detections(file, format, self.allow_simulated))?;
        let answers = read_answers(&self.answers)?;
        if past.done + answers.done == 0 {
            return Ok(Outcome::of(0, past.failed + answers.failed));
        }
        let cells = static_cells(&past.found, profile, &t);
        let out = self.list_path(&site);
        // from reading to renaming: what another run adds meanwhile would be lost
        let _alone = folder::locked(folder_of(&out)?)?;
        let mut list = list_so_far(&site, &out)?;
        let merged = take_cells(&mut list, &cells, &t);
        let asked = take_answers(&mut list, &answers.found, &t);
        atomic::write_bytes(&out, list.to_csv().as_bytes())?;
        let counting = list.rows.iter().filter(|row| row.counts()).count();
        let mut text = format!(
            "{} static cells by profile {} in {} detections: {} new, {} brought up to date, {} rejected before\n",
            cells.len(),
            profile.name(),
            past.found.len(),
            merged.added,
            merged.updated,
            merged.rejected
        );
        if !self.answers.is_empty() {
            let _ = writeln!(text, "{} places proposed by {} answers", asked.added, answers.found.len());
        }
        let waiting = "the others wait for a person to set accepted, or were rejected";
        let _ = writeln!(text, "{} rows, of which {counting} count; {waiting}", list.rows.len());
        let _ = writeln!(text, "written:\n  {}", out.display());
        say(&text)?;
        Ok(Outcome::of(past.done + answers.done, past.failed + answers.failed))
    }

    /// Where the list is, or will be.
    fn list_path(&self, site: &Site) -> PathBuf {
        let named = self.out.clone().or_else(|| site.layers.static_sources.clone());
        named.unwrap_or_else(|| site.dir.join("static_sources.csv"))
    }

    /// Of the lists; `None` for our own fires.geojson.
    fn format(&self) -> Result<Option<Format>> {
        match Format::from_name(&self.format) {
            None if self.format == "fires" => Ok(None),
            None => {
                let expected = format!("{}, fires", Format::NAMES.join(", "));
                Err(Error::config("--format", &self.format, expected, "name the format of the lists"))
            }
            format => Ok(format),
        }
    }
}

/// What the list holds so far; one that cannot be read is never written over.
fn list_so_far(site: &Site, path: &Path) -> Result<SourceList> {
    if !path.exists() {
        return Ok(SourceList::default());
    }
    SourceList::read(path).map_err(|error| of_key(site, "layers.static_sources", &error))
}

/// The folder of a file, made where it is not there.
fn folder_of(path: &Path) -> Result<&Path> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
    Ok(folder)
}

/// Detections of a list; what is left out is told. A site must not learn from the simulator unless it is asked to.
fn detections(file: &Path, format: Option<Format>, allow_simulated: bool) -> Result<Vec<Detection>> {
    let pixels = match format {
        None => {
            let past = fires_geojson::read(file)?;
            if past.no_heat > 0 {
                tracing::warn!("{}: {} fires were no heat by the rules and do not count", file.display(), past.no_heat);
            }
            past.pixels
        }
        Some(format) => {
            let feed = feeds::read(format, file)?;
            if let Some(first) = feed.rejected.first() {
                let (name, count) = (file.display(), feed.rejected.len());
                tracing::warn!("{name}: {count} lines are left out, first line {}: {}", first.line, first.reason);
            }
            super::say_dropped(file, &feed);
            feed.pixels
        }
    };
    let counts = |pixel: &&FirePixel| allow_simulated || !pixel.simulated;
    let simulated = pixels.iter().filter(|pixel| !counts(pixel)).count();
    if simulated > 0 {
        tracing::warn!("{}: {simulated} fires are simulated and do not count (--allow-simulated)", file.display());
    }
    Ok(pixels.iter().filter(counts).map(Detection::of).collect())
}

/// What several files gave together.
struct Read<T> {
    found: Vec<T>,
    done: usize,
    failed: usize,
}

/// Reads what can be read; a file that cannot is told. A wrong option is an error at once.
fn read_all<T>(files: &[PathBuf], read: impl Fn(&Path) -> Result<Vec<T>>) -> Result<Read<T>> {
    let mut all = Read { found: Vec::new(), done: 0, failed: 0 };
    for file in files {
        match read(file) {
            Ok(found) => {
                all.done += 1;
                all.found.extend(found);
            }
            Err(error @ Error::Config { .. }) => return Err(error),
            Err(error) => {
                tracing::error!("{error}");
                all.failed += 1;
            }
        }
    }
    Ok(all)
}

/// That a file is in another encoding, in words; other errors as they are.
fn encoding_told(error: Error) -> Error {
    match error {
        Error::Read { path, source, .. } if source.kind() == std::io::ErrorKind::InvalidData => {
            Error::input(path, NOT_UTF8, "answers as GeoJSON or CSV", "save it again")
        }
        other => other,
    }
}

/// One answer an event; how many were repeated is told.
fn read_answers(files: &[PathBuf]) -> Result<Read<Answer>> {
    let all = read_all(files, |file| answers::read(file).map_err(encoding_told))?;
    let (found, repeated) = answers::one_each(all.found);
    if repeated > 0 {
        tracing::warn!("{repeated} answers to an event that is answered elsewhere in the lists: the latest counts");
    }
    Ok(Read { found, ..all })
}

fn report(out: &Path, files: &[PathBuf]) -> Result<Outcome> {
    let all = read_answers(files)?;
    if all.done == 0 {
        return Ok(Outcome::of(0, all.failed));
    }
    let lines = precision(&all.found);
    atomic::write_bytes(out, table(&lines, ",").as_bytes())?;
    let mut text = table(&lines, "\t");
    text += "precision = straw / (straw + other); no_trace and not_reached do not count as false\n";
    let waiting: Vec<&Answer> = all.found.iter().filter(|answer| !answer.is_given()).collect();
    let _ = writeln!(text, "{} events without an answer", waiting.len());
    for answer in waiting {
        let county = answer.county.as_deref().unwrap_or("");
        let _ = writeln!(text, "  {} {} {county}", answer.event_id, answer.time.beijing());
    }
    let _ = writeln!(text, "written:\n  {}", out.display());
    say(&text)?;
    Ok(Outcome::of(all.done, all.failed))
}

fn table(lines: &[Line], between: &str) -> String {
    let header = "by value answered straw other no_cause no_trace not_reached unanswered precision";
    let mut text = header.replace(' ', between) + "\n";
    for Line { by, value, tally } in lines {
        // names of sources come from outside: no separators, no formulas
        let flat = value.replace([',', '\t', '\n', '\r', '"'], " ");
        let value = if flat.starts_with(['=', '+', '-', '@']) { format!("'{flat}") } else { flat };
        let counts = [
            tally.answered(),
            tally.straw,
            tally.other,
            tally.no_cause,
            tally.no_trace,
            tally.not_reached,
            tally.unanswered,
        ];
        let counts = counts.map(|count| count.to_string()).join(between);
        let precision = tally.precision().map_or_else(String::new, |share| format!("{share:.3}"));
        let _ = writeln!(text, "{by}{between}{value}{between}{counts}{between}{precision}");
    }
    text
}
