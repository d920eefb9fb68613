//! Pictures that follow each other as a film that a browser shows: H.264 in MP4, by a child of ffmpeg.

use super::ffmpeg::{start, talk};
use crate::http::one_line;
use std::path::Path;
use std::time::Duration;

/// Writes JPEGs of one size as a film of so many pictures a second. It is there whole or not at all.
///
/// # Errors
/// In words: ffmpeg is absent, takes longer than `within`, or cannot do it.
pub async fn write(pictures: &[Vec<u8>], rate: f64, path: &Path, within: Duration) -> Result<(), String> {
    let part = path.with_extension("mp4.part");
    let (rate, name) = (rate.to_string(), part.display().to_string());
    let from = [
        "-loglevel",
        "error",
        "-protocol_whitelist",
        "pipe,file",
        "-threads",
        "1",
        "-f",
        "image2pipe",
        "-c:v",
        "mjpeg",
    ];
    // H.264 in colours at half the resolution wants even sides
    let even = "pad=ceil(iw/2)*2:ceil(ih/2)*2";
    let to = [
        "-framerate",
        &rate,
        "-i",
        "pipe:0",
        "-vf",
        even,
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-pix_fmt",
        "yuv420p",
    ];
    let end = ["-threads", "1", "-movflags", "+faststart", "-f", "mp4", "-y", &name];
    let mut child = start(&[&from[..], &to[..], &end[..]].concat(), true)?;
    let done = tokio::time::timeout(within, async {
        let (_, said) = talk(&mut child.0, pictures).await;
        (child.0.wait().await.is_ok_and(|status| status.success()), said)
    });
    let done = done.await.map_err(|_| format!("ffmpeg did not end within {} s", within.as_secs()));
    drop(child);
    let written = done.and_then(|(is_done, said)| match is_done {
        true => std::fs::rename(&part, path).map_err(|error| format!("{}: {error}", path.display())),
        false => Err(format!("{}: ffmpeg cannot write it ({})", path.display(), one_line(&said, 200))),
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}
