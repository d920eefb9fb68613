//! The command line: reads what is asked, says what was done, and ends with a code that scripts can trust.

mod altered;
mod audit;
mod baseline;
mod camera;
mod catalogue;
mod coverage;
mod deliver;
mod drone;
mod evidence;
mod import;
mod intake;
mod kept;
mod list;
mod model;
mod patrol;
mod picture;
mod places;
mod receiver;
mod reconcile;
mod report;
mod scan;
mod season;
mod serve;
mod site;
mod site_check;
mod static_heat;
mod station;
mod store;
mod user;
mod watch_frames;

use crate::assign::ground::Ground;
use crate::assign::territory::Territory;
use crate::error::{Error, Result};
use crate::ingest::feeds::Feed;
use crate::layers::dem::Dem;
use crate::pipeline::outputs::Written;
use crate::site::Site;
use clap::{Args, Parser, Subcommand, ValueEnum};
use places::load_places;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Elevation is read so far around the site, degrees: what its highest ground hides and its backgrounds need.
const DEM_MARGIN_DEG: f64 = 1.0;

/// How a run ended; the process ends with this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All done; zero fires is done.
    Done,
    /// Some input could not be read; the rest was done and is written.
    SomeUnreadable,
    /// All input unreadable.
    AllUnreadable,
    /// The site says what cannot be meant.
    Misconfigured,
    /// All was done but what somebody elsewhere did not take.
    OutOfReach,
}

impl Outcome {
    /// From how many inputs were asked for and how many failed.
    fn of(done: usize, failed: usize) -> Self {
        match (done, failed) {
            (_, 0) => Outcome::Done,
            (0, _) => Outcome::AllUnreadable,
            _ => Outcome::SomeUnreadable,
        }
    }

    fn code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::SomeUnreadable => 3,
            Outcome::AllUnreadable => 4,
            Outcome::Misconfigured => USAGE,
            Outcome::OutOfReach => OUT_OF_REACH,
        }
    }
}

const BUG: u8 = 1;
const USAGE: u8 = 2;
const OUT_OF_REACH: u8 = 5;

/// Finds straw-burning fire points in satellite imagery and puts them on a county's list.
#[derive(Debug, Parser)]
#[command(name = "strawfire", version, max_term_width = 120)]
struct Cli {
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Plain)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Plain,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find fires in satellite granules and write the lists.
    Scan(scan::Scan),
    /// Look at cameras, videos and pictures for smoke and flame.
    WatchFrames(watch_frames::WatchFrames),
    /// Find what is hot in radiometric pictures of drones.
    Drone(drone::Drone),
    /// The model of cameras: whether it is whole, its card, its measured skill.
    Model(model::ModelCommand),
    /// Bring other people's detections the same way on.
    Import(import::Import),
    /// Take alarms of another platform out of files, as POST /intake takes them.
    Intake(intake::Intake),
    /// Past slots that the geostationary satellites are compared with.
    Baseline(baseline::Baseline),
    /// Sum what was seen and found a day and a month; the numbers of the ministry's format.
    Coverage(coverage::Coverage),
    /// Make the list of a day or of a week again from the store.
    List(list::List),
    /// Figures of a time; reports of a day, a week, a month, and their corrections.
    Report(report::Report),
    /// Where people go today and why: the plan of a special patrol.
    Patrol(patrol::Patrol),
    /// Pack the evidence of cases, a zip each, whole or masked.
    Evidence(evidence::Evidence),
    /// Answer another authority's fire list: what we know of each row, and why not.
    Reconcile(reconcile::Reconcile),
    /// The outbox alone: deliver what is due; dead letters.
    Deliver(deliver::Deliver),
    /// Who did what: check that nothing was changed.
    Audit(audit::Audit),
    /// Write the whole store into a file, while others go on.
    Backup(store::Backup),
    /// Put a backup into an empty store.
    Restore(store::Restore),
    /// Take away what is older than the site keeps it; never open cases.
    Retain(store::Retain),
    /// What a site pack has and lacks; its patrol grid.
    Site(site::SiteCommand),
    /// Static sources of heat: learn them from the past, and how often fires were straw.
    Static(static_heat::Static),
    /// Take pushed events as a patrol system would, and fail as told: for tests and for those who connect a platform.
    Receiver(receiver::Receiver),
    /// The always-on program: inbox, schedule, delivery, web.
    Station(station::Station),
    /// What the station expected and what came of it, look by look.
    Catalogue(catalogue::Catalogue),
    /// The page and the API alone.
    Serve(serve::Serve),
    /// Accounts of the page, and keys of programs.
    User(user::User),
    /// Cameras: how one stands, from landmarks; what they see.
    Camera(camera::CameraCommand),
    /// A burning season again: plan it, run it here or on a cluster, join, compare and report what came of it.
    Season(season::Season),
    /// Print every threshold with its source and standing, as Markdown.
    Thresholds,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    site: SiteFolder,
    /// Folder to write into; made when it is not there.
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Write dropped fires too, with their reasons.
    #[arg(long)]
    all: bool,
}

/// Which site.
#[derive(Debug, Args)]
struct SiteFolder {
    /// Folder of the site pack [default: $STRAWFIRE_SITE, else ./sites/haidong, else /etc/strawfire/site].
    #[arg(long)]
    site: Option<PathBuf>,
}

impl SiteFolder {
    /// The site.
    fn load(&self) -> Result<Site> {
        Site::load(self.folder())
    }

    fn folder(&self) -> PathBuf {
        let named = self.site.clone().or_else(|| std::env::var_os("STRAWFIRE_SITE").map(PathBuf::from));
        named.unwrap_or_else(|| {
            let here = PathBuf::from("sites/haidong");
            if here.is_dir() { here } else { PathBuf::from("/etc/strawfire/site") }
        })
    }
}

/// The ground of a site by its elevation model; `None`, said, without one.
fn load_ground(site: &Site) -> Result<Option<Ground>> {
    let Some(path) = &site.layers.dem else {
        tracing::warn!("{}: no layers.dem: geostationary fires are not corrected for terrain", site.dir.display());
        return Ok(None);
    };
    let area = site.bbox().widened(DEM_MARGIN_DEG);
    let dem = Dem::read(path, &area, site.layers.dem_offset_m, site.layers.dem_error_m);
    dem.map(|dem| Some(Ground::new(dem))).map_err(|error| {
        Error::config(
            format!("{}: layers.dem", site.dir.join("site.toml").display()),
            error.to_string(),
            "an elevation raster over the counties",
            "correct the path, or take the line out: then nothing is corrected for terrain",
        )
    })
}

/// Townships, cells and posts of a site, with what the list of posts names in vain said.
fn load_territory(site: &Site) -> Result<Territory> {
    let territory = Territory::load(site)?;
    for area in &territory.unknown_areas {
        tracing::warn!("{}: layers.officers: {area} is no county, township or cell of the site", site.dir.display());
    }
    if let Some(said) = &territory.seats_in_vain {
        tracing::warn!("{}: layers.townships: {said}", site.dir.display());
    }
    Ok(territory)
}

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // help and version are no errors; the rest is usage
            let code = if error.use_stderr() { USAGE } else { 0 };
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(BUG) };
        }
    };
    start_log(cli.log_format);
    ExitCode::from(code_of(|| match cli.command {
        Command::Scan(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Intake(command) => command.run(),
        Command::WatchFrames(command) => command.run(),
        Command::Drone(command) => command.run(),
        Command::Model(command) => command.run(),
        Command::Baseline(command) => command.run(),
        Command::Coverage(command) => command.run(),
        Command::List(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Patrol(command) => command.run(),
        Command::Evidence(command) => command.run(),
        Command::Reconcile(command) => command.run(),
        Command::Deliver(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Retain(command) => command.run(),
        Command::Site(command) => command.run(),
        Command::Static(command) => command.run(),
        Command::Receiver(command) => command.run(),
        Command::Station(command) => command.run(),
        Command::Catalogue(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::User(command) => command.run(),
        Command::Camera(command) => command.run(),
        Command::Season(command) => command.run(),
        Command::Thresholds => print_thresholds(),
    }))
}

/// Does the work and gives the code to end with. A panic is a bug and ends with the code that says so.
fn code_of(work: impl FnOnce() -> Result<Outcome>) -> u8 {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    match outcome {
        Ok(Ok(outcome)) => outcome.code(),
        Ok(Err(error)) => {
            tracing::error!("{error}");
            match error {
                Error::Config { .. } => USAGE,
                Error::Output { .. } | Error::Store { .. } => OUT_OF_REACH,
                Error::Input { .. } | Error::Read { .. } => Outcome::AllUnreadable.code(),
            }
        }
        Err(_) => {
            tracing::error!("this is a bug in strawfire: report it with the lines above and the input");
            BUG
        }
    }
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no error.
fn say(text: &str) -> Result<()> {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::output("standard output", error)),
        _ => Ok(()),
    }
}

/// Says the list of a run, also where its files could not be written.
fn say_written(done: Written) -> Result<()> {
    say(&done.text)?;
    done.written
}

/// Says how many rows of a list of our own were dropped when it was written, and are left out now.
fn say_dropped(file: &Path, feed: &Feed) {
    if feed.dropped > 0 {
        tracing::warn!("{}: {} rows are called dropped there and are left out", file.display(), feed.dropped);
    }
}

fn start_log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("STRAWFIRE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match format {
        LogFormat::Json => log.json().init(),
        LogFormat::Plain => log.without_time().with_ansi(std::io::stderr().is_terminal()).init(),
    }
}

/// Folder for the outputs, made when absent.
fn make_folder(out: &Path) -> Result<()> {
    std::fs::create_dir_all(out).map_err(|error| Error::output(out, error))
}

/// A bar on a terminal, nothing elsewhere: there the log lines tell.
fn progress(total: usize) -> indicatif::ProgressBar {
    if total > 1 && std::io::stderr().is_terminal() {
        let style = indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
        return indicatif::ProgressBar::new(total as u64)
            .with_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()));
    }
    indicatif::ProgressBar::hidden()
}

fn print_thresholds() -> Result<Outcome> {
    let mut text = String::from(
        "# Thresholds\n\nStanding: C confirmed in the source, C2 second hand, M from memory, D disputed, O own calculation, P own choice.\n",
    );
    for &(name, rows) in crate::thresholds::Thresholds::TABLES {
        text += &format!(
            "\n## {name}\n\n| name | value | unit | meaning | source | standing |\n|---|---|---|---|---|---|\n"
        );
        for r in rows {
            text += &format!(
                "| {} | {} | {} | {} | {} | {} |\n",
                r.name,
                r.value,
                r.unit,
                r.meaning,
                r.source,
                r.standing.mark()
            );
        }
    }
    say(&text)?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes: the interface's list.
    #[test]
    fn every_end_has_its_code() {
        assert_eq!(code_of(|| Ok(Outcome::of(2, 0))), 0);
        assert_eq!(code_of(|| panic!("on purpose: a test of the exit code")), 1);
        assert_eq!(code_of(|| Err(Error::config("a", "b", "c", "d"))), 2);
        assert_eq!(code_of(|| Ok(Outcome::of(1, 1))), 3);
        assert_eq!(code_of(|| Ok(Outcome::of(0, 1))), 4);
        assert_eq!(code_of(|| Err(Error::input("a", "b", "c", "d"))), 4);
        assert_eq!(code_of(|| Err(Error::output("a", "b"))), 5);
    }
}
