//! A picture, a folder of pictures or a video on the disk: each picture is given, in the order of time.

use super::queue::Queue;
use super::{MOST_BYTES, Pace, Seen, exif, jpeg, picture, video};
use crate::frame::Frame;
use crate::time::{Clock, Utc};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names of pictures end so.
const PICTURES: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// EXIF stands within the first so many bytes: a segment has at most 64 kB, and it is the first or second.
const HEAD: u64 = 160 * 1024;

/// Where what a file shows goes.
pub(super) struct Out {
    pub queue: Arc<Queue>,
    pub clock: Clock,
}

impl Out {
    pub(super) async fn frame(&self, frame: Frame) {
        self.queue.push_all(Seen::Frame(frame)).await;
    }

    pub(super) async fn trouble(&self, what: String) {
        self.queue.push_all(Seen::Trouble { time: self.clock.now(), what }).await;
    }
}

/// Gives all of a file or folder, then ends.
pub(super) async fn look(path: &Path, pace: Pace, clock: Clock, queue: Arc<Queue>) {
    let out = Out { queue, clock };
    match std::fs::metadata(path) {
        Err(error) => {
            let advice = "check the path and its permissions";
            out.trouble(format!(
                "{}: cannot be read ({error}); expected a video, a picture or a folder of pictures; {advice}",
                path.display()
            ))
            .await;
        }
        Ok(about) if about.is_dir() => folder(path, &out).await,
        Ok(about) if !about.is_file() => {
            out.trouble(format!(
                "{}: found no file; expected a video, a picture or a folder; name one",
                path.display()
            ))
            .await;
        }
        Ok(_) if is_picture(path) => give(path.to_path_buf(), &out).await,
        Ok(_) => video::look(path, pace, &out).await,
    }
    out.queue.close();
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| PICTURES.contains(&ending.as_str()))
}

/// Every picture of a folder; what else lies there is counted and told.
async fn folder(path: &Path, out: &Out) {
    let owned = path.to_path_buf();
    let listed = tokio::task::spawn_blocking(move || list(&owned)).await;
    let (pictures, others) = match listed {
        Ok(Ok(listed)) => listed,
        Ok(Err(error)) => {
            out.trouble(format!("{}: cannot be listed ({error}); check its permissions", path.display())).await;
            return;
        }
        Err(_) => return,
    };
    let wanted = "pictures named *.jpg, *.jpeg, *.png or *.webp";
    if others > 0 {
        out.trouble(format!(
            "{}: found {others} other files or folders; expected {wanted}; they are passed over",
            path.display()
        ))
        .await;
    }
    if pictures.is_empty() {
        out.trouble(format!("{}: found no picture; expected {wanted}; name another folder", path.display())).await;
    }
    for (_, picture) in pictures {
        give(picture, out).await;
    }
}

/// Pictures with their times in their order, and how many other things there are; hidden ones do not count.
fn list(folder: &Path) -> std::io::Result<(Vec<(Utc, PathBuf)>, usize)> {
    let (mut pictures, mut others) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.file_name().map(|name| name.to_string_lossy().starts_with('.')) {
            Some(false) if path.is_file() && is_picture(&path) => pictures.push((time_of(&path).0, path)),
            Some(false) => others += 1,
            _ => {}
        }
    }
    pictures.sort();
    Ok((pictures, others))
}

/// Reads, decodes and gives one picture, or tells why not.
async fn give(path: PathBuf, out: &Out) {
    let shown = path.display().to_string();
    let (time, is_dated) = time_of(&path);
    let read = tokio::task::spawn_blocking(move || read(&path)).await;
    let decoded = match read {
        Ok(Ok(bytes)) => picture::decode_apart(bytes).await,
        Ok(Err(error)) => Err(error),
        Err(_) => Err("a file that cannot be read".to_string()),
    };
    match decoded {
        Ok(image) => out.frame(Frame { time, is_dated, source: shown, image }).await,
        Err(found) => {
            out.trouble(format!(
                "{shown}: found {found}; expected a whole JPEG, PNG or WebP; fetch it again; the others are looked at"
            ))
            .await;
        }
    }
}

/// All bytes of a file of bounded size.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("a file that cannot be read ({error})");
    let mut bytes = Vec::new();
    File::open(path).map_err(told)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(told)?;
    match bytes.len() > MOST_BYTES {
        true => Err(format!("a file of more than {} MB", MOST_BYTES >> 20)),
        false => Ok(bytes),
    }
}

/// When a picture was taken: by its EXIF with an offset, else by its name, else when the file was changed; and whether it says so itself.
fn time_of(path: &Path) -> (Utc, bool) {
    let mut head = Vec::new();
    let _ = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    let by_exif = if jpeg::is_jpeg(&head) { jpeg::walk(&head).exif.and_then(exif::time) } else { None };
    let said = by_exif.or_else(|| stamp_of(path));
    (said.unwrap_or_else(|| changed(path)), said.is_some())
}

fn stamp_of(path: &Path) -> Option<Utc> {
    stamp(&path.file_name()?.to_string_lossy())
}

/// By `YYYYMMDDTHHMMSSZ` in the name, else when the file was changed.
pub(super) fn time_of_name(path: &Path) -> Utc {
    stamp_of(path).unwrap_or_else(|| changed(path))
}

fn changed(path: &Path) -> Utc {
    let changed = std::fs::metadata(path).and_then(|about| about.modified());
    let since = changed.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    Utc::UNIX_EPOCH.plus_seconds(since.as_secs_f64()).unwrap_or(Utc::UNIX_EPOCH)
}

/// The first `YYYYMMDDTHHMMSSZ` of a name that is a moment.
fn stamp(name: &str) -> Option<Utc> {
    name.as_bytes().windows(16).find_map(|text| {
        let digits = [0..8, 9..15].into_iter().flat_map(|part| &text[part]).all(u8::is_ascii_digit);
        if !digits || text[8] != b'T' || text[15] != b'Z' {
            return None;
        }
        let number =
            |from: usize, to: usize| text[from..to].iter().fold(0, |sum, digit| 10 * sum + i16::from(digit - b'0'));
        let part = |from: usize| i8::try_from(number(from, from + 2)).ok();
        Utc::from_parts(number(0, 4), part(4)?, part(6)?, part(9)?, part(11)?, part(13)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_time() {
        let at = |text| Utc::parse(text);
        assert_eq!(stamp("cam3_20251020T053000Z.jpg"), at("2025-10-20T05:30:00Z"));
        assert_eq!(stamp("火点20251020T053000Z"), at("2025-10-20T05:30:00Z"));
        assert_eq!(stamp("20251320T053000Z_20251020T053001Z"), at("2025-10-20T05:30:01Z"));
        for name in ["20251020T053000", "20251020053000Z", "", "2025102 T053000Z", "20250230T000000Z"] {
            assert_eq!(stamp(name), None, "{name}");
        }
    }

    #[test]
    fn a_file_without_any_time_has_that_of_its_change() {
        let file = tempfile::Builder::new().suffix(".jpg").tempfile().expect("a file");
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        file.as_file().set_modified(at).expect("set");
        let (time, is_dated) = time_of(file.path());
        assert_eq!((time.micros(), is_dated), (1_700_000_000_000_000, false));
    }
}
