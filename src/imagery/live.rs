//! A camera that is always asked: again after every end, later and later while it is not well.

use super::back_off::{BackOff, chance};
use super::gop::{Codec, Done, Gop, Unit};
use super::login::Refusal;
use super::queue::Queue;
use super::{Credentials, Pace, Seen, Source, http, rtsp};
use crate::frame::Frame;
use crate::http::one_line;
use crate::time::Clock;
use image::RgbImage;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// How long a connection, a description or a piece of data may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
/// What is told is cut here, letters.
const MOST_TOLD: usize = 400;

/// A camera with what is needed to ask it and to give what it shows.
#[derive(Debug)]
pub(super) struct Camera {
    pub source: Source,
    pub credentials: Option<Credentials>,
    pub pace: Pace,
    shown: String,
    clock: Clock,
    out: Arc<Queue>,
    frames: AtomicU64,
    told: Mutex<Told>,
}

/// So many good pictures in a row, and the same trouble is told again.
const WELL_AGAIN: u32 = 3;

/// What was told last.
#[derive(Debug, Default)]
struct Told {
    what: String,
    good: u32,
    size: Option<(u32, u32)>,
}

impl Camera {
    pub(super) fn new(
        source: Source,
        credentials: Option<Credentials>,
        pace: Pace,
        clock: Clock,
        out: Arc<Queue>,
    ) -> Self {
        let shown = source.shown();
        Camera { source, credentials, pace, shown, clock, out, frames: AtomicU64::new(0), told: Mutex::default() }
    }

    /// How many pictures it gave.
    pub(super) fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Gives a picture that came just now, and says where its size is another one.
    pub(super) fn frame(&self, image: RgbImage) {
        let size = image.dimensions();
        let before = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.good += 1;
            if told.good >= WELL_AGAIN {
                told.what.clear();
            }
            told.size.replace(size)
        };
        if let Some((width, height)) = before.filter(|before| *before != size) {
            let found = format!("found pictures of {}x{} after {width}x{height}", size.0, size.1);
            self.tell(format!("{found}; a new reference picture is needed, if the camera was set so on purpose"));
        }
        self.frames.fetch_add(1, Ordering::Relaxed);
        self.out.push_newest(Seen::Frame(Frame {
            time: self.clock.now(),
            is_dated: true,
            source: self.shown.clone(),
            image,
        }));
    }

    /// Tells of trouble, once until it was well for a while or other trouble comes.
    pub(super) fn trouble(&self, what: &str) {
        let is_new = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.good = 0;
            std::mem::replace(&mut told.what, what.to_string()) != what
        };
        if is_new {
            self.tell(what.to_string());
        }
    }

    fn tell(&self, what: String) {
        let what = match &self.credentials {
            Some(credentials) => credentials.password.covered_in(&what),
            None => what,
        };
        let what = format!("{}: {}", self.shown, one_line(&what, MOST_TOLD));
        self.out.push_newest(Seen::Trouble { time: self.clock.now(), what });
    }
}

/// Asks a camera for ever.
pub(super) async fn watch(camera: &Camera) {
    let mut waits = BackOff::default();
    loop {
        let before = camera.frames();
        let ended = match &camera.source {
            Source::Rtsp { url, udp } => rtsp::play(camera, url, *udp).await,
            Source::Http(url) => http::play(camera, url).await,
            Source::File(_) => return,
        };
        let refusal = match ended {
            Ok(never) => match never {},
            Err(refusal) => refusal,
        };
        camera.trouble(&refusal.what);
        if camera.frames() > before {
            waits.reset();
        }
        tokio::time::sleep(waits.next(refusal.is_login, chance())).await;
    }
}

/// Of a stream that should not end.
#[derive(Debug)]
pub(super) enum Never {}

/// The pictures of one coded stream: decoded apart, while the stream is read on.
pub(super) struct Film<'a> {
    camera: &'a Camera,
    gop: Gop,
    began: Instant,
    decoding: Option<JoinHandle<Done>>,
    watch: Watch,
}

impl<'a> Film<'a> {
    pub(super) fn new(camera: &'a Camera, codec: Codec) -> Self {
        let gop = Gop::new(codec, camera.pace.every_s);
        Film { camera, gop, began: Instant::now(), decoding: None, watch: Watch::new(camera.pace) }
    }

    /// Takes a coded picture; [`Film::decoded`] gives what comes of it.
    pub(super) fn add(&mut self, unit: Unit) -> Result<(), Refusal> {
        if let Some(work) = self.gop.add(unit, self.began.elapsed().as_secs_f64()) {
            self.decoding = Some(tokio::spawn(work.run()));
        }
        self.watch.check("coded pictures, none of which can be decoded")
    }

    /// Waits for the decoder; for ever, while it has nothing to do. May be given up and called again.
    pub(super) async fn decoded(&mut self) {
        let Some(decoding) = &mut self.decoding else { return std::future::pending().await };
        let done = decoding.await;
        self.decoding = None;
        let Ok(mut done) = done else { return };
        self.gop.done(&mut done);
        match done.picture {
            Ok(image) => {
                self.watch.well();
                self.camera.frame(image);
            }
            Err(what) => self.watch.said = what,
        }
    }
}

impl Drop for Film<'_> {
    fn drop(&mut self) {
        if let Some(decoding) = &self.decoding {
            decoding.abort();
        }
    }
}

/// Whether pictures come at all, of whatever is sent.
pub(super) struct Watch {
    last: Instant,
    most: Duration,
    /// Why the last one was none.
    pub said: String,
}

impl Watch {
    pub(super) fn new(pace: Pace) -> Self {
        Watch {
            last: Instant::now(),
            most: Duration::from_secs_f64((4.0 * pace.every_s).clamp(30.0, 3600.0)),
            said: String::new(),
        }
    }

    /// A picture came.
    pub(super) fn well(&mut self) {
        self.last = Instant::now();
        self.said.clear();
    }

    /// Whether it still may come.
    pub(super) fn check(&self, what: &str) -> Result<(), Refusal> {
        if self.last.elapsed() <= self.most {
            return Ok(());
        }
        let said = if self.said.is_empty() { String::new() } else { format!(" ({})", self.said) };
        let advice = "expected pictures; restart the camera, or set it to H.264 with a key picture every 2 s";
        Err(Refusal::of(format!("found {what}{said} for {} s; {advice}", self.most.as_secs())))
    }
}
