//! A picture, a folder of pictures or a video on the disk: each picture is given, in the order of time.

use super::dated::time_of;
use super::out::Out;
use super::queue::Queue;
use super::{MOST_BYTES, Pace, picture, video};
use crate::frame::Frame;
use crate::time::{Clock, Utc};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names of pictures end so.
const PICTURES: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

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
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("a file that cannot be read ({error})");
    let mut bytes = Vec::new();
    File::open(path).map_err(told)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(told)?;
    match bytes.len() > MOST_BYTES {
        true => Err(format!("a file of more than {} MB", MOST_BYTES >> 20)),
        false => Ok(bytes),
    }
}
