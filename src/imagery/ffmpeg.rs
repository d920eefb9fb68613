//! The program ffmpeg as a decoder: it is given bytes by a pipe or a file by its path, and never an address nor a password, so that
//! nothing of these is seen in the list of processes. It ends with what asked for it.

use super::MOST_PIXELS;
use image::RgbImage;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// The end of what it complains of is kept, bytes.
const MOST_SAID: usize = 4096;
/// Where a newest picture is asked for, so many may be missing at the end.
const SPARE: usize = 4;

/// What to do where it is absent.
pub(super) const ABSENT: &str = "ffmpeg is not installed or does not start; install it (Debian: apt-get install ffmpeg), or set the camera to H.264";

/// A child that is killed when dropped, and waited for: no zombie is left, whatever becomes of the runtime.
pub(super) struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.start_kill();
        for _ in 0..200 {
            match self.0.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(1)),
                _ => return,
            }
        }
    }
}

/// ffmpeg with these arguments, without its banner and without a shell.
pub(super) fn start(arguments: &[&str], reads: bool) -> Result<Running, String> {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostats"]).args(arguments).kill_on_drop(true).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).stdin(if reads { Stdio::piped() } else { Stdio::null() });
    command.spawn().map(Running).map_err(|_| ABSENT.to_string())
}

/// The newest picture of coded ones (`h264`, `hevc`), by a child of its own.
pub(super) async fn newest(format: &str, units: &[Vec<u8>], within: Duration) -> Result<RgbImage, String> {
    let first = units.len().saturating_sub(SPARE);
    let select = format!("select=gte(n\\,{first})");
    let most = MOST_PIXELS.to_string();
    let before =
        ["-loglevel", "error", "-protocol_whitelist", "pipe", "-max_pixels", &most, "-threads", "1", "-f", format];
    let after = [
        "-i",
        "pipe:0",
        "-map",
        "0:v:0",
        "-vf",
        &select,
        "-fps_mode",
        "passthrough",
        "-c:v",
        "ppm",
        "-f",
        "image2pipe",
        "pipe:1",
    ];
    let mut child = start(&[&before[..], &after[..]].concat(), true)?;
    let asked = tokio::time::timeout(within, talk(&mut child.0, units)).await;
    drop(child);
    let (pictures, said) = asked.map_err(|_| format!("ffmpeg gave nothing within {} s", within.as_secs()))?;
    newest_ppm(&pictures).ok_or_else(|| match said.trim() {
        "" => "ffmpeg found no picture in it".to_string(),
        said => format!("ffmpeg found no picture in it ({})", crate::http::one_line(said, 200)),
    })
}

/// Gives it all and takes all at once, so that neither waits for the other.
pub(super) async fn talk(child: &mut Child, units: &[Vec<u8>]) -> (Vec<u8>, String) {
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let give = async move {
        let Some(mut input) = input else { return };
        for unit in units {
            // it may have seen enough
            if input.write_all(unit).await.is_err() {
                return;
            }
        }
    };
    let take = async move {
        let mut pictures = Vec::new();
        if let Some(output) = output {
            let most = (SPARE as u64 + 1) * (3 * MOST_PIXELS + 64);
            let _ = output.take(most).read_to_end(&mut pictures).await;
        }
        pictures
    };
    let hear = async move {
        let mut said = Vec::new();
        if let Some(mut errors) = errors {
            let mut part = [0; 1024];
            while let Ok(length @ 1..) = errors.read(&mut part).await {
                if said.len() < MOST_SAID {
                    said.extend_from_slice(&part[..length]);
                }
            }
        }
        String::from_utf8_lossy(&said).into_owned()
    };
    let ((), pictures, said) = tokio::join!(give, take, hear);
    (pictures, said)
}

/// The last whole picture of a row of PPM files.
fn newest_ppm(mut bytes: &[u8]) -> Option<RgbImage> {
    let mut newest = None;
    while let Some((width, height, pixels, rest)) = ppm(bytes) {
        newest = Some((width, height, pixels));
        bytes = rest;
    }
    let (width, height, pixels) = newest?;
    RgbImage::from_raw(width, height, pixels.to_vec())
}

/// Width, height and pixels of the PPM file (P6, 255) at the beginning, and what follows it.
fn ppm(bytes: &[u8]) -> Option<(u32, u32, &[u8], &[u8])> {
    let mut rest = bytes.strip_prefix(b"P6\n")?;
    let mut numbers = [0u32; 3];
    for number in &mut numbers {
        let end = rest.iter().take(12).position(u8::is_ascii_whitespace)?;
        *number = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        rest = &rest[end + 1..];
    }
    let [width, height, 255] = numbers else { return None };
    let length = usize::try_from(u64::from(width).checked_mul(u64::from(height))?.checked_mul(3)?).ok()?;
    let pixels = rest.get(..length)?;
    (length > 0).then_some((width, height, pixels, &rest[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_picture_counts() {
        let bytes = b"P6\n2 1\n255\nabcdefP6\n1 2\n255\nghijklP6\n9 9\n255\nm";
        let picture = newest_ppm(bytes).expect("a picture");
        assert_eq!((picture.width(), picture.height(), picture.as_raw().as_slice()), (1, 2, &b"ghijkl"[..]));
        for bytes in [
            &b""[..],
            b"P6\n",
            b"P6\n0 1\n255\n",
            b"P6\n4294967295 4294967295\n255\nx",
            b"P6\n1 1\n65535\nabcdef",
            b"P6\n-1 1\n255\nabc",
        ] {
            assert!(newest_ppm(bytes).is_none());
        }
    }
}
