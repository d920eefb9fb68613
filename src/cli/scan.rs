//! `strawfire scan`: granules to lists.

use super::kept::Kept;
use super::picture;
use super::{Common, Outcome, altered, make_folder, progress};
use crate::assign::territory::Territory;
use crate::deliver::scan_report::{InputError, Looked, ScanReport};
use crate::detect::field::Algorithm;
use crate::error::{Error, Result};
use crate::fire::{FirePixel, Verdict};
use crate::ingest::Note;
use crate::ingest::granule::{self, Granule};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::outputs::{Appendix, Imagery, Outputs};
use crate::pipeline::{self, Baseline, Region, Settings, field};
use crate::site::Site;
use crate::thresholds::{Profile, Thresholds};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What is scanned and how.
#[derive(Debug, Args)]
pub struct Scan {
    #[command(flatten)]
    common: Common,
    /// Keep fires outside the counties too and read whole granules.
    #[arg(long, value_enum)]
    region: Option<RegionName>,
    /// reference, sensitive or plateau [default: detect.profile of the site, else sensitive].
    #[arg(long)]
    profile: Option<String>,
    /// How 30 m and 20 m imagery is searched: schroeder, kumar-roy, murphy, vote; Sentinel-2 also tai, afd-s2 [default: vote].
    #[arg(long)]
    algorithm: Option<String>,
    /// Schroeder 2016 of reflectances divided by the sine of the sun's elevation, the other reading of the paper; the published code does not.
    #[arg(long)]
    sun_corrected: bool,
    /// Change a number of docs/THRESHOLDS.md for a study; may be given many times. Every list says so, and no store takes it.
    #[arg(long = "threshold", value_name = "NAME=VALUE")]
    thresholds: Vec<String>,
    /// Threads to work on [default: one a core].
    #[arg(long)]
    threads: Option<usize>,
    /// Granule files, folders or patterns; files of one look are grouped by their names.
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RegionName {
    None,
}

impl Scan {
    /// Scans and writes.
    pub fn run(&self) -> Result<Outcome> {
        let site = self.common.site.load()?;
        let profile = profile_of(self.profile.as_deref(), &site)?;
        let algorithm = algorithm_of(self.algorithm.as_deref())?;
        self.set_threads()?;
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let mut thresholds = Thresholds::default();
        if self.sun_corrected {
            thresholds.schroeder.sun_corrected = 1.0;
        }
        let altered = altered::alter(&self.thresholds, site.store_url.is_some(), &mut thresholds)?;
        let territory = super::load_territory(&site)?;
        let region = if self.region.is_some() { Region::Everywhere } else { Region::Counties };
        let (granules, errors) = granule::collect(&self.inputs);
        // all but geostationary imagers bring their places with them
        let needs_dem = granules.iter().any(|granule| granule.format.is_fixed());
        let ground = if needs_dem { super::load_ground(&site)? } else { None };
        let baseline = site.baseline_dir.as_deref().map(Baseline::Rolling);
        let places = super::load_places(&site)?;
        let settings = Settings {
            region,
            profile,
            algorithm,
            ground: ground.as_ref(),
            baseline,
            ..Settings::new(&site, &counties, &thresholds, &places)
        };
        make_folder(&self.common.out)?;
        let kept = Kept::open("scan", &settings, &territory);
        let mut run = Run::new(self, &settings, errors, kept, altered);
        let bar = progress(granules.len());
        for granule in &granules {
            bar.set_message(granule.name.clone());
            run.add(granule, &settings)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        run.finish(&settings, &territory)
    }

    fn set_threads(&self) -> Result<()> {
        let Some(threads) = self.threads else { return Ok(()) };
        let wrong = |found: String| Error::config("--threads", found, "a number from 1", "leave it out for one a core");
        if threads == 0 {
            return Err(wrong("0".to_string()));
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build_global().map_err(|error| wrong(format!("{threads} ({error})")))
    }
}

/// The profile that is asked for, else the site's, else `sensitive`.
pub(super) fn profile_of(asked: Option<&str>, site: &Site) -> Result<Profile> {
    let (name, place) = match (asked, &site.profile) {
        (Some(name), _) => (name, "--profile"),
        (None, Some(name)) => (name.as_str(), "site.toml: detect.profile"),
        (None, None) => ("sensitive", ""),
    };
    Profile::named(name)
        .ok_or_else(|| Error::config(place, name, "reference, sensitive or plateau", "correct the name"))
}

fn algorithm_of(asked: Option<&str>) -> Result<Algorithm> {
    let Some(name) = asked else { return Ok(Algorithm::default()) };
    Algorithm::named(name).ok_or_else(|| {
        let names: Vec<&str> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
        Error::config("--algorithm", name, names.join(", "), "correct the name")
    })
}

/// What has come together so far.
struct Run<'a> {
    command: &'a Scan,
    outputs: Outputs,
    kept: Kept<'a>,
    /// Fires kept in the scene that is drawn.
    drawn: Option<usize>,
    done: usize,
    failed: usize,
    /// The first mask or picture that could not be made.
    unwritten: Option<Error>,
    /// That numbers were changed, and which.
    altered: Option<Note>,
}

impl<'a> Run<'a> {
    fn new(command: &'a Scan, settings: &Settings, errors: Vec<Error>, kept: Kept<'a>, altered: Option<Note>) -> Self {
        let inputs = command.inputs.iter().map(|path| path.display().to_string()).collect();
        let mut run = Run {
            command,
            outputs: Outputs {
                fires: Vec::new(),
                report: ScanReport::new(inputs),
                without_granule: pipeline::unseen_counties(settings.site),
                tells_coverage: true,
                read: 0,
                picture: None,
                imagery: Imagery::default(),
                known: None,
                appendix: Appendix::default(),
            },
            kept,
            drawn: None,
            done: 0,
            failed: 0,
            unwritten: None,
            altered,
        };
        for error in errors {
            run.note(&error);
        }
        run
    }

    /// Says and keeps what could not be read.
    fn note(&mut self, error: &Error) {
        tracing::error!("{error}");
        self.failed += 1;
        self.outputs.report.errors.push(InputError::of(error));
    }

    /// Says and keeps what could not be written of a look whose fires are there.
    fn lack(&mut self, error: Error) {
        tracing::error!("{error}");
        self.unwritten.get_or_insert(error);
    }

    /// Scans one granule. A granule that cannot be read is noted; only an output that cannot be written is an error.
    fn add(&mut self, granule: &Granule, settings: &Settings) -> Result<()> {
        match pipeline::scan(granule, settings) {
            Ok(mut scan) => {
                scan.yield_to(&self.outputs.fires);
                scan.report.notes.extend(self.altered.clone());
                self.done += 1;
                for problem in &scan.problems {
                    self.note(problem);
                }
                for note in &scan.report.notes {
                    tracing::warn!("{}: {note}", granule.name);
                }
                if scan.seen.is_none() {
                    let what = if granule.format.is_map() {
                        "this scene does not cover the site"
                    } else {
                        "this satellite does not see the site"
                    };
                    tracing::warn!("{}: {what}: its counties are not observed", granule.name);
                }
                let is_kept = |fire: &&FirePixel| fire.verdict == Verdict::Kept;
                let kept = scan.fires.iter().filter(is_kept).count();
                tracing::info!("{}: {kept} fire pixels kept of {}", granule.name, scan.fires.len());
                let is_look = scan.report.look == Looked::Yes;
                if scan.report.look == Looked::Unreadable {
                    tracing::warn!("{}: no county was measured: this is no look at the site", granule.name);
                }
                // a scene that shows nothing is drawn only where there is no other
                if let Some((look, classes)) = scan.seen
                    && self.drawn.is_none_or(|most| is_look && kept >= most)
                {
                    let all = self.command.common.all;
                    let listed: Vec<_> = scan.fires.iter().filter(|fire| all || is_kept(fire)).cloned().collect();
                    match picture::draw(&look, &classes, &listed, settings) {
                        Ok(drawn) => {
                            self.outputs.picture = Some(drawn);
                            self.drawn = Some(kept).filter(|_| is_look);
                            self.outputs.report.picture_of = Some(scan.report.spoken());
                        }
                        // the fires are worth more than their picture: the run ends with this when all lists are written
                        Err(error) => self.lack(error),
                    }
                }
                self.kept.take(&scan.report, &scan.fires, true);
                if let Some(products) = scan.products {
                    match field::masks::write(&products, &self.command.common.out) {
                        Ok(written) => self.outputs.imagery.masks.extend(written),
                        // the fires are worth more than their mask: the run ends with this when all lists are written
                        Err(error) => self.lack(error),
                    }
                    self.outputs.imagery.maps.push(products.source);
                }
                self.outputs.report.simulated |= scan.report.simulated;
                self.outputs.report.granules.push(scan.report);
                self.outputs.fires.extend(scan.fires);
            }
            Err(error) => {
                self.note(&error);
                // that it was there and could not be read is kept too; it takes nothing away
                let unseen = pipeline::unseen(granule, settings);
                self.kept.take(&unseen, &[], false);
                self.outputs.report.granules.push(unseen);
            }
        }
        Ok(())
    }

    fn finish(mut self, settings: &Settings, territory: &Territory) -> Result<Outcome> {
        let Common { out, all, .. } = &self.command.common;
        if let Some(said) = Outputs::would_only_hide(out, self.done, self.failed) {
            super::say(&said)?;
            self.kept.finish()?;
            return Ok(Outcome::of(self.done, self.failed));
        }
        // the store knows the site and its surroundings only
        if settings.region == Region::Counties {
            self.outputs.known = self.kept.events(&self.outputs.fires);
        }
        self.outputs.read = self.outputs.report.granules.iter().filter(|g| g.look != Looked::Unreadable).count();
        self.outputs.report.complete(&settings.site.planned_gaps);
        // their outlines are drawn in the pictures that the store keeps
        let outlined: Vec<FirePixel> =
            self.outputs.fires.iter().filter(|fire| fire.cluster.is_some()).cloned().collect();
        let mut written = self.outputs.write(out, *all, settings, territory);
        let maps = std::mem::take(&mut written.maps);
        let said = super::say_written(written);
        // after the lists: pictures that fill the disk must not cost them
        self.kept.keep_pictures(&maps, &outlined);
        said?;
        self.kept.finish()?;
        if let Some(error) = self.unwritten {
            return Err(error);
        }
        Ok(Outcome::of(self.done, self.failed))
    }
}
