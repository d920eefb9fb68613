//! `strawfire watch-frames`: cameras, videos and pictures are looked at for smoke and flame.

mod account;
mod evidence;

use super::kept::Kept;
use super::{Common, Outcome, make_folder, say};
use crate::assign::territory::Territory;
use crate::deliver::scan_report::{InputError, ScanReport};
use crate::deliver::sightings;
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::frame::Frame;
use crate::imagery::{self, Credentials, Pace, Seen, Source};
use crate::layers::area_index::AreaIndex;
use crate::layers::dem::Dem;
use crate::pipeline::imported::accounts;
use crate::pipeline::outputs::{Appendix, Imagery, Outputs};
use crate::pipeline::{Settings, place_and_screen, screen_by_place};
use crate::sighting::Sighting;
use crate::site::{Camera, Mask, Secret, camera_named};
use crate::thresholds::{Profile, Thresholds};
use crate::time::{Clock, Utc};
use crate::watch::model::Model;
use crate::watch::sight::dem_around;
use crate::watch::view::{Judgement, View};
use crate::watch::vote::Standing;
use crate::watch::{self, Watched};
use account::Account;
use clap::Args;
use evidence::Evidence;
use geo::{LineString, Polygon};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What is looked at.
#[derive(Debug, Args)]
pub struct WatchFrames {
    #[command(flatten)]
    common: Common,
    /// Camera of cameras.toml, or ID/PRESET: it says where on the ground the smoke is. Without it sightings have no place.
    #[arg(long)]
    camera: Option<String>,
    /// Seconds between two frames of a stream or a video that are looked at [default: every_s of the camera, else 5].
    #[arg(long, value_parser = seconds)]
    every: Option<f64>,
    /// A video is a time lapse, whose frames are so many seconds apart.
    #[arg(long, value_parser = seconds)]
    step: Option<f64>,
    /// Stop after so many seconds; streams go on for ever without it.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    length_s: Option<f64>,
    /// Each picture says for itself, as those of a folder do that do not say when they were taken; else what is told has to stay over frames.
    #[arg(long)]
    no_vote: bool,
    /// Folder of the model [default: models beside the site, here, or /usr/share/strawfire/models].
    #[arg(long)]
    model: Option<PathBuf>,
    /// rtsp://, http(s):// (MJPEG, a snapshot, FLV), a video, a picture or a folder of pictures [default: source of the camera].
    sources: Vec<String>,
}

fn seconds(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.04..=86_400.0).contains(number));
    number.ok_or_else(|| "a number of seconds from 0.04 to 86400 is expected".to_string())
}

/// Seconds between two frames, where nobody says.
const EVERY_S: f64 = 5.0;

impl WatchFrames {
    /// Looks and writes.
    pub fn run(&self) -> Result<Outcome> {
        let site = self.common.site.load()?;
        let watched = self.camera.as_deref().map(|name| camera_named(site.all_cameras()?, name)).transpose()?;
        let model = Model::load(&super::model::folder(self.model.as_deref(), &site)?)?;
        let sources = self.sources(watched.map(|(camera, _)| camera))?;
        let dem = watched.map(|(camera, _)| dem_around(&site, camera)).transpose()?;
        make_folder(&self.common.out)?;
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let thresholds = Thresholds::default();
        let territory = super::load_territory(&site)?;
        let places = super::load_places(&site)?;
        let settings =
            Settings { profile: Profile::Reference, ..Settings::new(&site, &counties, &thresholds, &places) };
        let mut run = Run {
            asked: self,
            watched: watched.zip(dem.as_ref()),
            model: &model,
            settings: &settings,
            account: Account::of(&self.common.out),
            evidence: Evidence::of(&self.common.out),
            report: ScanReport::new(sources.iter().map(Source::shown).collect()),
            sightings: Vec::new(),
            fires: Vec::new(),
            kept: Kept::open("watch-frames", &settings, &territory),
            frames: 0,
            failed: 0,
            failed_with: None,
        };
        let runtime = crate::pipeline::keep::runtime()?;
        run.watch(&runtime, &sources)?;
        run.publish(&territory)
    }

    fn sources(&self, camera: Option<&Camera>) -> Result<Vec<Source>> {
        let own = camera.and_then(|camera| camera.source.as_ref().map(|source| (source, camera.written.as_str())));
        if self.sources.is_empty() {
            let Some((source, written)) = own else {
                let advice = "name one, or set source of the camera in cameras.toml";
                return Err(Error::config("SOURCE", "none", "a stream, a video, a picture or a folder", advice));
            };
            return Ok(vec![Source::parse(source, written)?]);
        }
        self.sources.iter().map(|source| Source::parse(source, "SOURCE")).collect()
    }
}

/// A run under way.
struct Run<'a> {
    asked: &'a WatchFrames,
    watched: Option<((&'a Camera, Option<&'a str>), &'a Dem)>,
    model: &'a Model,
    settings: &'a Settings<'a>,
    account: Account,
    evidence: Evidence,
    report: ScanReport,
    sightings: Vec<Sighting>,
    fires: Vec<FirePixel>,
    kept: Kept<'a>,
    frames: usize,
    failed: usize,
    /// The first thing that went wrong and cost no sighting.
    failed_with: Option<Error>,
}

/// A source while it is looked at.
struct Looking<'a> {
    source: &'a Source,
    views: Views,
    /// Frames so far; of a time lapse they give the time.
    frames: usize,
    begun: Option<Utc>,
    last: Option<Utc>,
}

/// What lasts no longer tells nothing by the vote over time, seconds.
const SHORT_S: f64 = 30.0;

impl Looking<'_> {
    /// Several frames that say when they are of, and of a time in which nothing can be told.
    fn is_too_short(&self) -> bool {
        let length_s = self.begun.zip(self.last).map(|(begun, last)| last.seconds_since(begun));
        self.frames > 1 && length_s.is_some_and(|length_s| length_s < SHORT_S)
    }
}

/// A view for frames that follow each other, and one for pictures that do not say when they were taken.
struct Views {
    over_time: View,
    each: View,
}

impl Run<'_> {
    /// Looks at all sources, one after the other; streams until it is told to stop.
    fn watch(&mut self, runtime: &tokio::runtime::Runtime, sources: &[Source]) -> Result<()> {
        let _within = runtime.enter();
        let length = self.asked.length_s.map(Duration::from_secs_f64);
        let mut stop = Stop::listen()?;
        let end = length.and_then(|length| Instant::now().checked_add(length));
        for source in sources {
            let frames =
                imagery::open(source, self.credentials()?, Pace { every_s: self.every_s(source) }, Clock::MACHINE);
            let mut looking = Looking { source, views: self.views(), frames: 0, begun: None, last: None };
            loop {
                match runtime.block_on(next(&frames, end, &mut stop)) {
                    Next::Seen(Seen::Frame(frame)) => self.frame(frame, &mut looking),
                    Next::Seen(Seen::Trouble { what, .. }) => self.trouble(what, source),
                    Next::AtEnd => break,
                    Next::Stop => return Ok(()),
                }
            }
            if looking.frames == 0 && !source.is_live() {
                tracing::warn!("{}: not one frame could be looked at", source.shown());
            }
            if looking.is_too_short() && !self.asked.no_vote {
                tracing::warn!(
                    "{}: found {} frames within {SHORT_S} s; expected some minutes, for what is told has to stay; if it is a time lapse say --step SECONDS, \
                     else --no-vote",
                    source.shown(),
                    looking.frames
                );
            }
        }
        Ok(())
    }

    /// Every frame of a video that is a time lapse; of others one every so many seconds.
    fn every_s(&self, source: &Source) -> f64 {
        let of_camera = self.watched.and_then(|((camera, _), _)| camera.every_s);
        match (self.asked.every, self.asked.step, source.is_live()) {
            (Some(every), ..) => every,
            (None, Some(_), false) => 0.0,
            _ => of_camera.unwrap_or(EVERY_S),
        }
    }

    /// For the camera's own source alone: another address is not told its password.
    fn credentials(&self) -> Result<Option<Credentials>> {
        if !self.asked.sources.is_empty() {
            return Ok(None);
        }
        let Some(((camera, _), _)) = self.watched else { return Ok(None) };
        let (Some(user), Some(password)) = (&camera.user, &camera.password) else { return Ok(None) };
        Ok(Some(Credentials { user: user.clone(), password: Secret::read(password, &camera.written)? }))
    }

    fn views(&self) -> Views {
        let t = &self.settings.thresholds.watch;
        let polygon = |mask: &Mask| {
            let ring: Vec<(f64, f64)> = mask.polygon.iter().map(|[u, v]| (*u, *v)).collect();
            Polygon::new(LineString::from(ring), Vec::new())
        };
        let masks =
            || self.watched.map_or_else(Vec::new, |((camera, preset), _)| camera.masks(preset).map(polygon).collect());
        Views { over_time: View::new(t, Judgement::OverTime, masks()), each: View::new(t, Judgement::Each, masks()) }
    }

    fn trouble(&mut self, what: String, source: &Source) {
        tracing::error!("{what}");
        self.failed += 1;
        self.report.errors.push(InputError { file: source.shown(), message: what });
    }

    fn frame(&mut self, mut frame: Frame, looking: &mut Looking) {
        let begun = *looking.begun.get_or_insert(frame.time);
        if let Some(step) = self.asked.step.filter(|_| !looking.source.is_live()) {
            frame.time = begun.plus_seconds(step * looking.frames as f64).unwrap_or(frame.time);
        }
        looking.frames += 1;
        self.frames += 1;
        if self.frames == 1 {
            // from here on the list is of this run, whatever ends it
            let written = self.write_sightings();
            self.must_not_cost(written);
        }
        let is_each = self.asked.no_vote || !frame.is_dated;
        looking.last = Some(frame.time).filter(|_| !is_each).or(looking.last);
        let view = if is_each { &mut looking.views.each } else { &mut looking.views.over_time };
        let looked = match view.look(&frame, self.model) {
            Ok(looked) => looked,
            Err(wrong) => {
                let what = format!(
                    "{}: the model cannot be run ({wrong}); put models/ back as it was delivered",
                    frame.source
                );
                return self.trouble(what, looking.source);
            }
        };
        let seen: Vec<Sighting> = looked.told.iter().map(|standing| self.sighting(&frame, standing)).collect();
        self.keep(&frame, seen);
        let written = self.account.frame(&frame, &looked, !is_each);
        self.must_not_cost(written);
    }

    /// A file that cannot be written, or a camera that cannot be placed, costs no sighting: it is told once, and the run ends with it.
    fn must_not_cost(&mut self, done: Result<()>) {
        if let Err(error) = done {
            if self.failed_with.is_none() {
                tracing::error!("{error}; what is seen goes on being told and kept");
            }
            self.failed_with.get_or_insert(error);
        }
    }

    /// A sighting with its place and picture, as far as there are any.
    fn sighting(&mut self, frame: &Frame, standing: &Standing) -> Sighting {
        let camera = self.watched.map(|((camera, preset), dem)| Watched { camera, preset, dem: Some(dem) });
        let (seen, placed) = watch::sighting(frame, standing, camera.as_ref());
        let mut sighting = seen.sighting;
        self.must_not_cost(placed);
        match self.evidence.keep(&sighting.id, frame, &standing.mark) {
            Ok(image) => sighting.image = image,
            Err(error) => self.must_not_cost(Err(error)),
        }
        let place = sighting
            .place()
            .map(|(place, _)| self.settings.county_of(place).map_or_else(String::new, |county| county.name));
        tracing::info!("{}", watch::said(&sighting, place.as_deref()));
        sighting
    }

    /// Puts what was seen in a frame with the fires, and into the store where the site has one.
    fn keep(&mut self, frame: &Frame, seen: Vec<Sighting>) {
        if seen.is_empty() {
            return;
        }
        let mut fires: Vec<FirePixel> = seen.iter().filter_map(Sighting::as_detection).collect();
        let look = format!("{}_{}", self.asked.camera.as_deref().unwrap_or("camera"), frame.time.compact());
        fires.iter_mut().for_each(|fire| fire.granule = look.clone());
        place_and_screen(&mut fires, self.settings);
        if let Err(error) = screen_by_place(&mut fires, self.settings) {
            tracing::error!("{error}");
            self.report.errors.push(InputError::of(&error));
        }
        self.kept.take_sightings(&seen, &fires);
        self.sightings.extend(seen);
        self.fires.extend(fires);
        // killed at any moment, what was seen until then is there
        let written = self.write_sightings();
        self.must_not_cost(written);
    }

    fn write_sightings(&self) -> Result<()> {
        sightings::write_sightings(&self.sightings_file(), &self.sightings, false)
    }

    fn sightings_file(&self) -> PathBuf {
        self.asked.common.out.join("sightings.geojson")
    }

    /// Writes what was seen.
    fn publish(mut self, territory: &Territory) -> Result<Outcome> {
        let out = &self.asked.common.out;
        if self.frames == 0 {
            let said = Outputs::would_only_hide(out, self.frames, self.failed);
            say(said.as_deref().unwrap_or(
                "no frame could be looked at: nothing was written, files of an earlier run stay as they were\n",
            ))?;
            self.kept.finish()?;
            return self.failed_with.map_or_else(|| Ok(Outcome::of(self.frames, self.failed)), Err);
        }
        let written = self.write_sightings();
        self.must_not_cost(written);
        say(&format!(
            "{} frames, {} looked at by the model; {} sightings, {} of them with a place\nwritten:\n  {}\n  {}\n",
            self.frames,
            self.account.looked,
            self.sightings.len(),
            self.fires.len(),
            self.sightings_file().display(),
            self.account.path.display()
        ))?;
        if self.watched.is_some() {
            let known = self.kept.events(&self.fires);
            self.report.granules = accounts(&self.fires);
            let outputs = Outputs {
                fires: std::mem::take(&mut self.fires),
                report: self.report,
                without_granule: Vec::new(),
                tells_coverage: false,
                read: self.frames,
                imagery: Imagery::default(),
                picture: None,
                known,
                appendix: Appendix::default(),
            };
            super::say_written(outputs.write(out, self.asked.common.all, self.settings, territory))?;
        }
        self.kept.finish()?;
        self.failed_with.map_or_else(|| Ok(Outcome::of(self.frames, self.failed)), Err)
    }
}

/// What comes next.
enum Next {
    /// What the source shows.
    Seen(Seen),
    /// The source is at its end.
    AtEnd,
    /// The time is over, or somebody wants it to stop.
    Stop,
}

async fn next(frames: &imagery::Frames, end: Option<Instant>, stop: &mut Stop) -> Next {
    let over = async {
        match end {
            Some(end) => tokio::time::sleep_until(end.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        // a file that is read fast must not outrun them
        biased;
        () = stop.asked() => Next::Stop,
        () = over => Next::Stop,
        seen = frames.next() => seen.map_or(Next::AtEnd, Next::Seen),
    }
}

/// Whoever wants it to stop: Ctrl-C, or SIGTERM as service managers send it. Held while frames are looked at, so that none is missed between two.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn listen() -> Result<Stop> {
        let on = |kind| signal(kind).map_err(|error| Error::output("signals", error));
        Ok(Stop { interrupt: on(SignalKind::interrupt())?, terminate: on(SignalKind::terminate())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
