//! The cameras of the station, on a thread of their own: what they show is looked at, what they see goes into the store and to the desk, and
//! how they are is told with all else that is wrong.

mod asking;
mod errand;
mod keeping;
mod patrol;
mod spool;
mod together;
mod tower;

use super::evidence::{Album, film};
use super::round::Running;
use crate::deliver::evidence;
use crate::error::{Error, Result};
use crate::fire::FireEvent;
use crate::frame::Frame;
use crate::imagery::{self, Pace, Seen as FromSource};
use crate::layers::dem::Dem;
use crate::sighting::Sighting;
use crate::site::Site;
use crate::store::Store;
use crate::time::Utc;
use crate::watch;
use crate::watch::model::Model;
use crate::watch::sight::dem_around_all;
use futures_util::future::join_all;
use keeping::ToKeep;
use spool::Spool;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};
use together::Together;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch as told};
use tokio::task::AbortHandle;
use tower::{Told, Tower};

/// What cameras are looked at with.
pub struct Eyes {
    /// The model; what is wrong with it costs what cameras see and nothing else.
    pub model: Result<Model>,
    /// The ground around all cameras; without it nothing that they see has a place.
    pub dem: Result<Dem>,
}

impl Eyes {
    /// Of a site; `None` where no camera of it has a source.
    pub fn open(site: &Site, model: impl FnOnce() -> Result<Model>) -> Option<Eyes> {
        site.cameras.iter().any(|camera| camera.source.is_some()).then(|| {
            let none = || Error::config("cameras.toml", "no camera", "a camera", "add one");
            Eyes { model: model(), dem: dem_around_all(site).and_then(|dem| dem.ok_or_else(none)) }
        })
    }
}

/// Something that is wrong with a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ailing {
    /// Its name as an alarm.
    pub name: String,
    /// In words, for the desk.
    pub said: String,
}

/// Threads that read streams and decode.
const READING_THREADS: usize = 2;
/// How often is looked after what does not come by itself.
const TICK: Duration = Duration::from_secs(1);
/// A fire that was seen last before so long is not looked for, seconds.
const FRESH_S: f64 = 1800.0;
/// When all is to end films that are not complete have so long.
const LAST_FILMS: Duration = Duration::from_secs(20);
/// At the start streams are begun so far apart: cameras behind one recorder that are all asked at once may get no answer.
const APART: Duration = Duration::from_millis(200);
/// A stream of which nothing came for so long is begun anew, whatever became of it.
const BEGUN_ANEW: Duration = Duration::from_secs(900);
/// When all is to end films and connections have so long to end.
const GRACE: Duration = Duration::from_secs(5);

/// What comes to the thread that looks.
enum Came {
    /// From the source of a camera.
    Shown(usize, FromSource),
    /// The source of a camera is at its end.
    Ended(usize),
    /// A camera was asked to turn.
    Turned(usize, String, std::result::Result<String, String>),
    /// Something else saw fires.
    Fires(Vec<FireEvent>),
}

/// Looks until told to stop.
pub fn watch(running: &Running<'_>, eyes: &Eyes, stop: told::Receiver<bool>) {
    let runtime = match Builder::new_multi_thread().worker_threads(READING_THREADS).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!("the event loop of cameras: {error}; no camera is looked at"),
    };
    let Some(folder) = running.site.station_folder() else {
        let advice = "set it: no camera is looked at";
        return tracing::error!("station.dir: found nothing, expected a folder for pictures; {advice}");
    };
    let spool = Spool::at(folder.join("sightings"));
    let (came, to_take) = mpsc::channel(4);
    let (to_keep, kept) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let (mut looking, spooled) =
            (Looking::begin(running, eyes, &runtime, came.clone(), to_keep, &spool), spool.clone());
        scope.spawn(move || keeping::keep(running, spooled, kept, &came));
        looking.go(to_take, &stop);
    });
    runtime.shutdown_timeout(GRACE);
}

/// All cameras while they are looked at.
struct Looking<'a> {
    running: &'a Running<'a>,
    eyes: &'a Eyes,
    runtime: &'a Runtime,
    came: mpsc::Sender<Came>,
    towers: Vec<Tower<'a>>,
    /// Cameras that cannot be looked at for what is written of them.
    unusable: Vec<Ailing>,
    together: Together,
    album: Album,
    spool: &'a Spool,
    to_keep: std::sync::mpsc::Sender<ToKeep>,
    /// Fires that cameras were asked for, and when.
    asked: Vec<(String, Utc)>,
    /// Why the last picture could not be kept.
    unkept: Option<String>,
    /// What reads the stream of each camera.
    readings: Vec<AbortHandle>,
}

impl<'a> Looking<'a> {
    fn begin(
        running: &'a Running<'a>,
        eyes: &'a Eyes,
        runtime: &'a Runtime,
        came: mpsc::Sender<Came>,
        to_keep: std::sync::mpsc::Sender<ToKeep>,
        spool: &'a Spool,
    ) -> Self {
        let (now, t) = (running.clock.now(), running.settings.thresholds);
        let (mut towers, mut unusable) = (Vec::new(), Vec::new());
        for camera in &running.site.cameras {
            match Tower::of(camera, t, now) {
                Ok(tower) => towers.extend(tower),
                Err(error) => {
                    tracing::error!("{error}; the camera {} is not looked at", camera.id);
                    let said = format!("摄像机 {} 配置有误, 未接入: {error}", camera.title());
                    unusable.push(Ailing { name: format!("camera {} unusable", camera.id), said });
                }
            }
        }
        unusable.extend(eyes.model.as_ref().err().map(|error| {
            tracing::error!("{error}; cameras are watched over, and nothing is seen in their pictures");
            Ailing {
                name: "camera model".into(), said: format!("烟火识别模型不可用, 摄像机画面未识别: {error}")
            }
        }));
        unusable.extend(eyes.dem.as_ref().err().map(|error| {
            tracing::error!("{error}; what cameras see has no place");
            Ailing { name: "camera ground".into(), said: format!("摄像机所见无法定位: {error}") }
        }));
        for alarm in was_wrong(running, runtime) {
            towers.iter_mut().for_each(|tower| tower.was_moved(&alarm));
        }
        let mut looking = Looking {
            running,
            eyes,
            runtime,
            came,
            towers,
            unusable,
            together: Together::default(),
            album: Album::at(running.site.evidence_folder().unwrap_or_default()),
            spool,
            to_keep,
            asked: Vec::new(),
            unkept: None,
            readings: Vec::new(),
        };
        looking.readings = looking.towers.iter().enumerate().map(|(at, tower)| looking.open(at, tower)).collect();
        looking
    }

    /// Begins to read a camera's stream.
    fn open(&self, at: usize, tower: &Tower) -> AbortHandle {
        let (source, credentials, pace) = (
            tower.source.clone(),
            tower.credentials.clone(),
            Pace { every_s: tower.every_s / self.running.clock.speed() },
        );
        let (clock, came) = (self.running.clock, self.came.clone());
        let apart = if self.readings.is_empty() { APART * at as u32 } else { Duration::ZERO };
        let reading = self.runtime.spawn(async move {
            tokio::time::sleep(apart).await;
            let frames = imagery::open(&source, credentials, pace, clock);
            while let Some(seen) = frames.next().await {
                if came.send(Came::Shown(at, seen)).await.is_err() {
                    return;
                }
            }
            let _ = came.send(Came::Ended(at)).await;
        });
        reading.abort_handle()
    }

    /// Streams that gave nothing for long are begun anew: whoever read them may have ended in a fault.
    fn begin_anew(&mut self) {
        for at in 0..self.towers.len() {
            let tower = &self.towers[at];
            let patience = BEGUN_ANEW.max(Duration::from_secs_f64(20.0 * tower.every_s));
            if tower.source.is_live() && tower.fresh.elapsed() > patience {
                tracing::warn!(
                    "{}: nothing came for {} s; its stream is begun anew",
                    tower.camera.id,
                    patience.as_secs()
                );
                let reading = self.open(at, tower);
                if let Some(old) = self.readings.get(at) {
                    old.abort();
                }
                self.readings[at] = reading;
                self.towers[at].fresh = Instant::now();
            }
        }
    }

    fn go(&mut self, mut to_take: mpsc::Receiver<Came>, stop: &told::Receiver<bool>) {
        let mut ticked = Instant::now();
        while !*stop.borrow() {
            let next = self.runtime.block_on(async { tokio::time::timeout(TICK, to_take.recv()).await });
            if let Ok(Some(came)) = next {
                self.came(came);
            }
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                self.turn();
                self.begin_anew();
                self.run_errands();
                self.tell_how_they_are();
            }
        }
        let films: Vec<_> = self.towers.iter_mut().flat_map(|tower| tower.films(true)).collect();
        let write = join_all(films.iter().map(async |(picture, pictures)| {
            let path = self.album.beside(picture);
            film(pictures, &path).await.unwrap_or_else(|said| tracing::warn!("{said}"));
        }));
        if self.runtime.block_on(async { tokio::time::timeout(LAST_FILMS, write).await }).is_err() {
            tracing::warn!("{} films take too long: their pictures are kept without them", films.len());
        }
    }

    fn came(&mut self, came: Came) {
        let now = self.running.clock.now();
        match came {
            Came::Shown(at, FromSource::Trouble { what, .. }) => self.towers[at].trouble(what),
            Came::Shown(at, FromSource::Frame(frame)) => self.frame(at, &frame, now),
            Came::Ended(at) => {
                let what = format!("{}: at its end", self.towers[at].source.shown());
                self.towers[at].trouble(what);
            }
            Came::Turned(at, preset, done) => {
                let tower = &mut self.towers[at];
                match &done {
                    Ok(_) => tracing::debug!("{} turns to {preset}", tower.camera.id),
                    Err(error) => tracing::error!("{} does not turn: {error}", tower.camera.id),
                }
                tower.turned(&done);
                if let Some((_, patrol)) = &mut tower.turning {
                    patrol.answered(done.is_ok(), now);
                }
            }
            Came::Fires(fires) => self.ask(&fires, now),
        }
    }

    fn frame(&mut self, at: usize, frame: &Frame, now: Utc) {
        let told = match self.towers[at].frame(frame, self.eyes, now) {
            Ok(told) => told,
            Err(wrong) => {
                return tracing::error!(
                    "{}: the model cannot be run ({wrong}); put models/ back as it was delivered",
                    frame.source
                );
            }
        };
        for told in &told {
            self.tell(at, frame, told);
        }
        self.picture_errands(at, frame, &told, now);
        let films = self.towers[at].films(false);
        for (picture, pictures) in films {
            let path = self.album.beside(&picture);
            self.runtime.spawn(async move {
                if let Err(said) = film(&pictures, &path).await {
                    tracing::warn!("{said}; the picture is kept without a film");
                }
            });
        }
    }

    /// A sighting is on its way to the store before anything else is done with it.
    fn tell(&mut self, at: usize, frame: &Frame, told: &Told) {
        let mut sighting = told.seen.sighting.clone();
        sighting.image =
            self.picture(sighting.time, &sighting.id, || evidence::marked(&frame.image, &told.standing.mark));
        let place = sighting
            .place()
            .map(|(place, _)| self.running.settings.county_of(place).map_or_else(String::new, |county| county.name));
        tracing::info!(camera = self.towers[at].camera.id.as_str(), "{}", watch::said(&sighting, place.as_deref()));
        let met = told
            .seen
            .line
            .map(|line| self.together.add(&told.view, told.standing.thing, told.standing.first, line, &sighting));
        let met = met.unwrap_or_default();
        if !met.iter().any(|placed| placed.id == sighting.id) {
            self.keep(sighting.clone());
        }
        // where lines of sight meet is better than what each of them knows alone; what the store has already is put again
        met.into_iter().for_each(|placed| self.keep(placed));
        if let Some(picture) = sighting.image.as_deref().filter(|_| !told.standing.is_again) {
            self.towers[at].begin_film(picture);
        }
    }

    /// On the disk first, then to the store.
    fn keep(&self, sighting: Sighting) {
        if let Err(error) = self.spool.put(&sighting) {
            tracing::error!("{error}; until the store takes it, the sighting {} is in memory alone", sighting.id);
        }
        let _ = self.to_keep.send(ToKeep::Sighting(sighting));
    }

    /// A picture that cannot be kept costs no sighting, and the desk is told.
    fn picture(&mut self, time: Utc, name: &str, draw: impl FnOnce() -> image::RgbImage) -> Option<String> {
        let kept = evidence::jpeg(&draw(), Path::new(name)).and_then(|jpeg| self.album.picture(time, name, &jpeg));
        self.unkept = kept.as_ref().err().map(ToString::to_string);
        kept.inspect_err(|error| tracing::error!("{error}; what is seen goes on being told without its picture")).ok()
    }

    /// Sends cameras on their way.
    fn turn(&mut self) {
        let now = self.running.clock.now();
        for (at, tower) in self.towers.iter_mut().enumerate() {
            let Some((hook, patrol)) = &mut tower.turning else { continue };
            let Some(preset) = patrol.turn(now).and_then(|preset| tower.camera.presets.get(preset)) else { continue };
            let login = tower.credentials.clone().filter(|_| hook.is_beside(&tower.source));
            let (hook, preset) = (hook.clone(), preset.id.clone());
            let came = self.came.clone();
            self.runtime.spawn(async move {
                let done = hook.go(&preset, login.as_ref()).await;
                let _ = came.send(Came::Turned(at, preset, done)).await;
            });
        }
    }

    fn tell_how_they_are(&mut self) {
        let now = self.running.clock.now();
        let mut ailing = self.unusable.clone();
        ailing.extend(self.unkept.iter().map(|error| Ailing {
            name: "camera evidence".into(),
            said: format!("摄像机所见的图片无法保存: {error}"),
        }));
        for tower in &mut self.towers {
            let own = tower.ailing(now);
            let gauge = super::gauges::CameraGauge {
                is_well: own.is_empty(),
                frames: tower.frames,
                looked: tower.looked,
                age_s: tower.last.map(|last| now.seconds_since(last)),
            };
            self.running.gauges.camera(&tower.camera.id, gauge);
            ailing.extend(own);
        }
        // these are known from the start
        let mut well: BTreeSet<String> = ["model", "ground", "evidence"].map(|what| format!("camera {what}")).into();
        well.extend(self.towers.iter().flat_map(|tower| tower.well(now)));
        let is_gone = |name: &String| !ailing.iter().any(|ailing| ailing.name == *name);
        well.retain(is_gone);
        self.running.gauges.ailing(ailing, well);
    }
}

/// Alarms of cameras that stood when the station ran last; none where the store does not say.
fn was_wrong(running: &Running<'_>, runtime: &Runtime) -> Vec<String> {
    let url = running.site.store_url.as_deref().unwrap_or_default();
    let now = running.clock.now();
    let asked = runtime.block_on(async {
        let store = Store::open_existing(url).await?;
        let alarms = store.alarms(now).await;
        store.close().await;
        alarms
    });
    let alarms = asked.unwrap_or_else(|error| {
        tracing::warn!("{error}; whether a camera was moved before is not known");
        Vec::new()
    });
    alarms.into_iter().filter(|alarm| alarm.over.is_none()).map(|alarm| alarm.name).collect()
}
