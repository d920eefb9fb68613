//! `strawfire static`: learns static sources of heat, and tells how often the fires of the list were straw.

use super::store::with_store;
use super::{Outcome, SiteFolder, say};
use crate::deliver::atomic;
use crate::error::{Error, NOT_UTF8, Result};
use crate::fire::FirePixel;
use crate::history::recurrence::Detection;
use crate::ingest::feeds::answers::{self, Answer};
use crate::ingest::feeds::{self, Format, fires_geojson};
use crate::pipeline::static_learn::{Past, learn, learn_from_store, list_of};
use crate::screen::precision::{Line, precision};
use crate::thresholds::StaticProfile;
use crate::time::Utc;
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
    /// Learn from the fires of the last 400 days in the site's store, as the station does.
    #[arg(long)]
    from_store: bool,
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
        if self.from_store {
            return self.learn_from_store(profile);
        }
        if self.files.is_empty() && self.answers.is_empty() {
            let expected = "lists of past fires, --answers, or --from-store";
            return Err(Error::config("FILE", "nothing", expected, "name the files to learn from"));
        }
        let format = self.format()?;
        let site = self.site.load()?;
        let past = read_all(&self.files, |file| detections(file, format, self.allow_simulated))?;
        let answers = read_answers(&self.answers)?;
        if past.done + answers.done == 0 {
            return Ok(Outcome::of(0, past.failed + answers.failed));
        }
        let list = self.out.clone().unwrap_or_else(|| list_of(&site));
        let learned = learn(&site, &list, &Past { detections: &past.found, answers: &answers.found }, profile)?;
        say(&learned.told(profile))?;
        Ok(Outcome::of(past.done + answers.done, past.failed + answers.failed))
    }

    /// From what the store has, by the rule of the station's job.
    fn learn_from_store(&self, profile: StaticProfile) -> Result<Outcome> {
        if profile != StaticProfile::PersistentAndNight || !self.files.is_empty() || !self.answers.is_empty() {
            let expected = "it alone, with the profile persistent-and-night";
            return Err(Error::config(
                "--from-store",
                "other things to learn from, or by",
                expected,
                "name one of them",
            ));
        }
        with_store(&self.site, async |store, site| {
            let list = self.out.clone().unwrap_or_else(|| list_of(&site));
            let learned = learn_from_store(store, &site, &list, self.allow_simulated, Utc::now()).await?;
            say(&learned.told(profile))?;
            Ok(Outcome::Done)
        })
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
