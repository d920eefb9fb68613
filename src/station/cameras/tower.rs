//! One camera: how it is, where it looks, and what it sees there.

use super::errand::Errand;
use super::patrol::Patrol;
use super::{Ailing, Eyes};
use crate::deliver::evidence;
use crate::error::Result;
use crate::frame::Frame;
use crate::imagery::health::{Ailment, Health, Look, Reference};
use crate::imagery::hook::Hook;
use crate::imagery::{Credentials, Source};
use crate::place::Sun;
use crate::site::{Camera, Mask, Secret};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use crate::watch::view::{Judgement, View};
use crate::watch::vote::Standing;
use crate::watch::{self, Seen, Watched};
use geo::{LineString, Polygon};
use image::RgbImage;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A camera under watch.
pub struct Tower<'a> {
    /// The camera.
    pub camera: &'a Camera,
    /// Its source.
    pub source: Source,
    /// Its login.
    pub credentials: Option<Credentials>,
    /// Seconds between two pictures.
    pub every_s: f64,
    /// How it is turned, where it can be, and its way.
    pub turning: Option<(Hook, Patrol)>,
    /// Why it did not turn when it was asked last.
    stuck: Option<String>,
    /// What it was asked to look at.
    pub errands: Vec<Errand>,
    health: Health,
    outlooks: Vec<Outlook<'a>>,
    /// What came of the connection last, where it was trouble.
    trouble: Option<String>,
    film: VecDeque<Vec<u8>>,
    filming: Vec<Filming>,
    /// When the last picture came.
    pub last: Option<Utc>,
    /// The same by the time that goes on whatever the clock says; at first, when its stream was begun.
    pub fresh: Instant,
    /// Pictures so far, and those that the model looked at.
    pub frames: u64,
    pub looked: u64,
    /// Of these by day.
    day_frames: u64,
    /// Since when it is looked at.
    begun: Utc,
    /// Whether it was asked to turn and did.
    has_turned: bool,
    /// The direction of the pictures that are remembered for films.
    filmed: Option<usize>,
}

/// One direction of a camera.
struct Outlook<'a> {
    /// Which; `None`: its own.
    preset: Option<&'a str>,
    /// Whether anybody knows where that is.
    is_known: bool,
    view: View,
    reference: Option<Reference>,
    pose: Health,
    checked: Option<Utc>,
}

/// A film that is not complete.
struct Filming {
    picture: String,
    pictures: Vec<Vec<u8>>,
    left: usize,
}

/// Something that a camera sees and that is to be told.
pub struct Told {
    /// The sighting, with its line.
    pub seen: Seen,
    /// What was marked.
    pub standing: Standing,
    /// The view, for what it saw before.
    pub view: String,
}

/// Seconds between two pictures where nobody says.
const EVERY_S: f64 = 5.0;
/// Seconds between two comparisons with the reference: each takes a tenth of a second.
const POSE_EVERY_S: f64 = 60.0;
/// After so long and so many pictures it is known what is wrong with a camera: twice what its health asks for.
const KNOWN_S: f64 = 220.0;
const KNOWN_FRAMES: u64 = 12;
/// The sun is higher by full day, degrees: higher than health asks for.
const DAY_DEG: f64 = 6.0;
/// Pictures before that a film begins with, pictures after with which it ends, and how wide they are, px.
const BEFORE: usize = 8;
const AFTER: usize = 8;
const FILM_WIDTH: u32 = 640;

impl<'a> Tower<'a> {
    /// A camera that has a source; `None` for one without.
    ///
    /// # Errors
    /// [`crate::error::Error::Config`] where its source, login or hook cannot be used.
    pub fn of(camera: &'a Camera, t: &Thresholds, now: Utc) -> Result<Option<Tower<'a>>> {
        let Some(source) = &camera.source else { return Ok(None) };
        let source = Source::parse(source, &camera.written)?;
        let credentials = match (&camera.user, &camera.password) {
            (Some(user), Some(password)) => {
                Some(Credentials { user: user.clone(), password: Secret::read(password, &camera.written)? })
            }
            _ => None,
        };
        let turning = match &camera.hook {
            Some(hook) if !camera.presets.is_empty() => Some((
                Hook::new(&hook.url, &hook.method, &camera.written)?,
                Patrol::new(camera.presets.len(), hook.dwell_s, hook.settle_s),
            )),
            _ => None,
        };
        let every_s = camera.every_s.unwrap_or(EVERY_S);
        let outlook = |preset: Option<&'a str>, is_known: bool| Outlook {
            preset,
            is_known,
            view: View::new(&t.watch, Judgement::OverTime, masks(camera, preset)),
            reference: camera.reference(preset).and_then(reference_of),
            pose: Health::new(&t.camera, every_s, now),
            checked: None,
        };
        // the last one is of nobody knows where: its own direction is not known either where it has presets alone
        let mut outlooks: Vec<Outlook> = Vec::new();
        if turning.is_some() {
            outlooks.extend(camera.presets.iter().map(|preset| outlook(Some(&preset.id), true)));
            outlooks.push(outlook(None, false));
        } else {
            outlooks.push(outlook(None, camera.view.is_some()));
        }
        Ok(Some(Tower {
            camera,
            source,
            credentials,
            every_s,
            turning,
            stuck: None,
            errands: Vec::new(),
            health: Health::new(&t.camera, every_s, now),
            outlooks,
            trouble: None,
            film: VecDeque::new(),
            filming: Vec::new(),
            last: None,
            fresh: Instant::now(),
            frames: 0,
            looked: 0,
            day_frames: 0,
            begun: now,
            has_turned: false,
            filmed: None,
        }))
    }

    /// A picture came at `now`. What is to be told of it; in words, where the model cannot be run.
    pub fn frame(&mut self, frame: &Frame, eyes: &Eyes, now: Utc) -> std::result::Result<Vec<Told>, String> {
        self.trouble = None;
        self.last = Some(now);
        self.fresh = Instant::now();
        self.frames += 1;
        let Some(at) = self.outlook_at(now) else {
            // on the way from one direction to another
            self.health.see(Look::at(&frame.image, now), self.sun_deg(now), None);
            return Ok(Vec::new());
        };
        let sun_deg = self.sun_deg(now);
        self.day_frames += u64::from(sun_deg > DAY_DEG);
        if self.filmed.replace(at) != Some(at) {
            self.film.clear();
        }
        self.remember(&frame.image);
        let outlook = &mut self.outlooks[at];
        self.health.see(Look::at(&frame.image, now), sun_deg, outlook.reference.as_ref());
        outlook.check_pose(&frame.image, now);
        let Ok(model) = &eyes.model else { return Ok(Vec::new()) };
        let looked = outlook.view.look(frame, model)?;
        self.looked += u64::from(looked.opened);
        let watched = Watched {
            camera: self.camera,
            preset: outlook.preset,
            dem: eyes.dem.as_ref().ok().filter(|_| outlook.is_sure()),
        };
        let view = format!("{}/{}", self.camera.id, outlook.preset.unwrap_or_default());
        let told = looked.told.into_iter().map(|standing| {
            let (seen, placed) = watch::sighting(frame, &standing, Some(&watched));
            if let Err(error) = placed {
                tracing::error!("{error}; what {} sees is told without a place", self.camera.id);
            }
            Told { seen, standing, view: view.clone() }
        });
        Ok(told.collect())
    }

    /// It was asked to turn.
    pub fn turned(&mut self, done: &std::result::Result<String, String>) {
        self.has_turned = true;
        self.stuck = done.as_ref().err().cloned();
    }

    /// The connection is not well.
    pub fn trouble(&mut self, what: String) {
        tracing::warn!(camera = self.camera.id.as_str(), "{what}");
        self.trouble = Some(what);
    }

    /// What ails it now, each with its name and its words for the desk.
    pub fn ailing(&mut self, now: Utc) -> Vec<Ailing> {
        self.health.wait(now);
        let of = |name: String, said: String| Ailing { name, said };
        let own = self.health.ailments().into_iter().map(|ailment| {
            let mut said = ailment.text(self.camera.title());
            if let (Ailment::Silent { .. }, Some(trouble)) = (&ailment, &self.trouble) {
                said = format!("{said} ({trouble})");
            }
            of(format!("camera {} {}", self.camera.id, ailment.name()), said)
        });
        let moved = self.outlooks.iter().flat_map(|outlook| {
            let title = match outlook.preset {
                Some(preset) => format!("{} {preset}", self.camera.title()),
                None => self.camera.title().to_string(),
            };
            let name = format!("camera {} {}", self.camera.id, outlook.moved());
            let ailments = outlook.pose.ailments();
            ailments.into_iter().map(move |ailment| of(name.clone(), ailment.text(&title)))
        });
        let stuck = self.stuck.iter().map(|why| {
            let said = format!("摄像机 {} 不能转向预置位, 所见无法定位: {why}", self.camera.title());
            of(format!("camera {} stuck", self.camera.id), said)
        });
        own.chain(moved).chain(stuck).collect()
    }

    /// Names of alarms of which it is known that nothing is wrong: a station that was started again knows little at first, by night less.
    pub fn well(&self, now: Utc) -> Vec<String> {
        let id = &self.camera.id;
        let own = |word: &str| format!("camera {id} {word}");
        let mut well = vec![own("unusable")];
        well.extend((self.frames > 0).then(|| own("silent")));
        let is_long = now.seconds_since(self.begun) >= KNOWN_S;
        well.extend((is_long && self.frames >= KNOWN_FRAMES).then(|| own("frozen")));
        let is_seen = is_long && self.day_frames >= KNOWN_FRAMES;
        well.extend(["black", "flat", "blurred"].into_iter().filter(|_| is_seen).map(own));
        well.extend(self.has_turned.then(|| own("stuck")));
        let looks = self
            .outlooks
            .iter()
            .filter(|outlook| outlook.reference.is_none() || outlook.pose.pose_holds() == Some(true));
        well.extend(looks.map(|outlook| own(&outlook.moved())));
        well.retain(|name| !name.is_empty());
        well
    }

    /// It was found moved when the station ran last.
    pub fn was_moved(&mut self, alarm: &str) {
        let id = self.camera.id.clone();
        for outlook in &mut self.outlooks {
            if outlook.reference.is_some() && alarm == format!("camera {id} {}", outlook.moved()) {
                outlook.pose.was_moved();
            }
        }
    }

    /// What keeps its pictures from showing what is there now, in words.
    pub fn hindered(&self) -> Option<String> {
        let words = |ailment: Ailment| match ailment {
            Ailment::Black => "画面全黑",
            Ailment::Flat => "画面无内容",
            Ailment::Frozen { .. } => "画面静止",
            Ailment::Blurred { .. } => "画面模糊",
            Ailment::Silent { .. } => "无画面",
            Ailment::Moved { .. } => "指向已变",
        };
        let moved = self.outlooks.iter().flat_map(|outlook| outlook.pose.ailments());
        self.health.ailments().into_iter().chain(moved).map(words).next().map(String::from)
    }

    /// Which direction a picture of this time shows; `None` while it turns.
    fn outlook_at(&self, now: Utc) -> Option<usize> {
        match &self.turning {
            None => Some(0),
            Some((_, patrol)) if patrol.is_lost() => Some(self.outlooks.len() - 1),
            Some((_, patrol)) => patrol.looks_at(now),
        }
    }

    /// The preset that a picture of this time shows, and whether that is sure; `None` while it turns.
    pub fn looks_at(&self, now: Utc) -> Option<(Option<&'a str>, bool)> {
        let outlook = &self.outlooks[self.outlook_at(now)?];
        Some((outlook.preset, outlook.is_sure()))
    }

    fn sun_deg(&self, now: Utc) -> f64 {
        90.0 - Sun::at(now).zenith_azimuth_deg(self.camera.place).0
    }

    /// Keeps a small copy for films.
    fn remember(&mut self, picture: &RgbImage) {
        let Ok(jpeg) = evidence::jpeg(&evidence::no_wider(picture, FILM_WIDTH), Path::new("a picture")) else { return };
        for filming in self.filming.iter_mut().filter(|filming| filming.left > 0) {
            filming.pictures.push(jpeg.clone());
            filming.left -= 1;
        }
        if self.film.len() >= BEFORE {
            self.film.pop_front();
        }
        self.film.push_back(jpeg);
    }

    /// Begins a film that goes with a picture of the album.
    pub fn begin_film(&mut self, picture: &str) {
        let pictures = self.film.iter().cloned().collect();
        self.filming.push(Filming { picture: picture.to_string(), pictures, left: AFTER });
    }

    /// Films that are complete: the picture that each goes with, and its pictures. `at_once`: also those that are not.
    pub fn films(&mut self, at_once: bool) -> Vec<(String, Vec<Vec<u8>>)> {
        let (done, left) =
            std::mem::take(&mut self.filming).into_iter().partition(|filming| at_once || filming.left == 0);
        self.filming = left;
        let done: Vec<Filming> = done;
        done.into_iter().map(|filming| (filming.picture, filming.pictures)).collect()
    }
}

impl Outlook<'_> {
    /// Whether what is seen in it may be placed: its direction is known, and it is not known to be wrong. By night and in fog no reference can
    /// be compared; then it is trusted.
    fn is_sure(&self) -> bool {
        self.is_known && self.pose.pose_holds() != Some(false)
    }

    /// The end of the name of the alarm that it was moved.
    fn moved(&self) -> String {
        self.preset.map_or("moved".to_string(), |preset| format!("moved {preset}"))
    }

    fn check_pose(&mut self, picture: &RgbImage, now: Utc) {
        let Some(reference) = &self.reference else { return };
        if self.checked.is_none_or(|checked| now.seconds_since(checked) >= POSE_EVERY_S) {
            self.checked = Some(now);
            self.pose.check_pose(now, reference.pose_of(picture));
        }
    }
}

fn masks(camera: &Camera, preset: Option<&str>) -> Vec<Polygon<f64>> {
    let polygon = |mask: &Mask| {
        let ring: Vec<(f64, f64)> = mask.polygon.iter().map(|[u, v]| (*u, *v)).collect();
        Polygon::new(LineString::from(ring), Vec::new())
    };
    camera.masks(preset).map(polygon).collect()
}

/// A reference that cannot be used costs the check and nothing else.
fn reference_of(path: &Path) -> Option<Reference> {
    let path: PathBuf = path.into();
    let found = match image::open(&path) {
        Ok(picture) => Reference::of(&picture.into_rgb8())
            .ok_or("too little structure to tell one direction from another".to_string()),
        Err(error) => Err(error.to_string()),
    };
    found
        .inspect_err(|said| {
            tracing::error!(
                "{}: found {said}; expected a clear picture by day; where the camera looks is not checked",
                path.display()
            )
        })
        .ok()
}
