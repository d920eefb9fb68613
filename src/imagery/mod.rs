//! Frames of cameras and drones: from streams, addresses and files to decoded pictures.
//!
//! [`open`] gives what a source shows, one picture every so many seconds, and in words what goes wrong with it. A live one is asked
//! again for ever; a file or folder ends.

mod back_off;
pub mod clip;
mod dated;
mod exif;
mod ffmpeg;
mod file;
mod flv;
mod gop;
mod h264;
pub mod health;
pub mod hook;
mod http;
mod jpeg;
mod live;
mod login;
mod multipart;
mod out;
mod picture;
mod queue;
mod rtsp;
mod source;
pub mod taken;
pub mod thermal;
mod video;
mod xmp;

pub use dated::time_of;
pub use login::Credentials;
pub use source::Source;

use crate::frame::Frame;
use crate::time::{Clock, Utc};
use queue::Queue;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A picture of more pixels is not decoded: the largest cameras in use have 61 million.
pub const MOST_PIXELS: u64 = 64_000_000;
/// A picture of more bytes is not read.
pub const MOST_BYTES: usize = 64 << 20;

/// A picture of bytes that nobody vouches for: JPEG, PNG or WebP, turned as its EXIF says; nothing but its pixels is left.
///
/// # Errors
/// In words: what was found in the place of one.
pub fn pixels_of(bytes: &[u8]) -> Result<image::RgbImage, String> {
    picture::decode(bytes)
}

/// One picture of a file, within the bounds; the text says what was found instead.
///
/// # Errors
/// Where it cannot be read or decoded.
pub fn picture_of(path: &std::path::Path) -> Result<image::RgbImage, String> {
    picture::decode(&file::read(path)?)
}

/// How often a source is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Seconds from one picture to the next; 0: every picture. Of a folder every picture is given whatever this says.
    pub every_s: f64,
}

/// What a source showed.
#[derive(Debug, Clone)]
pub enum Seen {
    /// A picture.
    Frame(Frame),
    /// Something is wrong. The same is told once, until it is well again or goes wrong in another way.
    Trouble {
        /// When it was noticed.
        time: Utc,
        /// The file or address without a password, what was found, what to do.
        what: String,
    },
}

/// What a source shows, as it comes. Dropped, it ends all that it started.
#[derive(Debug)]
pub struct Frames {
    queue: Arc<Queue>,
    task: JoinHandle<()>,
}

/// Begins to look at a source; to be called within a tokio runtime. Of a live source only the newest pictures wait to be taken, older
/// ones are dropped; of a file none is. Pictures of live sources have the time of `clock` when they came.
pub fn open(source: &Source, credentials: Option<Credentials>, pace: Pace, clock: Clock) -> Frames {
    let queue = Arc::new(Queue::default());
    let out = queue.clone();
    let task = match source {
        Source::File(path) => {
            let path = path.clone();
            tokio::spawn(async move { file::look(&path, pace, clock, out).await })
        }
        Source::Rtsp { .. } | Source::Http(_) => {
            let camera = live::Camera::new(source.clone(), credentials, pace, clock, out);
            tokio::spawn(async move { live::watch(&camera).await })
        }
    };
    Frames { queue, task }
}

impl Frames {
    /// The next thing; `None` when a file or folder is at its end, or after [`Frames::stop`].
    pub async fn next(&self) -> Option<Seen> {
        self.queue.next().await
    }

    /// Ends it: connections are closed, children killed; what waits is given still.
    pub fn stop(&self) {
        self.task.abort();
        self.queue.close();
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.stop();
    }
}
