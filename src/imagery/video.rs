//! A video file, decoded by ffmpeg. Each picture comes with its size and its time in the film, which ffmpeg's filter `showinfo` writes
//! beside it, so that a change of size within the film is seen.

use super::dated::time_of_name;
use super::out::Out;
use super::{MOST_PIXELS, Pace, ffmpeg, picture};
use crate::frame::Frame;
use crate::time::Utc;
use image::RgbImage;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::sync::mpsc;

/// So long may one picture take, s.
const PATIENCE: Duration = Duration::from_secs(60);
/// A line of ffmpeg's is no longer; what is, is cut.
const MOST_LINE: u64 = 4096;
/// What is read as a film. Others (lists of files, scripts) could name files and addresses of their own.
const FORMATS: &str =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,flv,asf,h264,hevc,mjpeg,ogg,gif,dv";

/// One line that counts.
#[derive(Debug, PartialEq)]
enum Line {
    /// A picture of this size, so many seconds from the film's beginning where that is known.
    Picture(u32, u32, Option<f64>),
    /// When the film was made.
    Made(Utc),
    /// Anything else.
    Other(String),
}

/// Gives the pictures of a film, one every so many seconds of it.
pub(super) async fn look(path: &Path, pace: Pace, out: &Out) {
    let shown = path.display();
    let told = |found: &str| {
        format!("{shown}: found {found}; expected a video that ffmpeg reads; play it, or convert it to H.264 in MP4")
    };
    let mut child = match start(path, pace) {
        Ok(child) => child,
        Err(found) => return out.trouble(format!("{shown}: {found}")).await,
    };
    let (Some(mut pixels), Some(errors)) = (child.0.stdout.take(), child.0.stderr.take()) else { return };
    let (heard, mut lines) = mpsc::channel(64);
    let hearing = tokio::spawn(hear(errors, heard));
    let mut film =
        Film { given: 0, start: time_of_name(path), is_named: is_named(path), last_s: 0.0, last_said: String::new() };
    let ended = loop {
        match tokio::time::timeout(PATIENCE, film.next(&mut lines, &mut pixels)).await {
            Ok(Ok(Some((time, image)))) => {
                out.frame(Frame { time, is_dated: true, source: shown.to_string(), image }).await
            }
            Ok(Ok(None)) => {
                break child
                    .0
                    .wait()
                    .await
                    .is_ok_and(|status| status.success())
                    .then_some(())
                    .ok_or_else(|| film.reason());
            }
            Ok(Err(found)) => break Err(found),
            Err(_) => break Err(format!("nothing more for {} s", PATIENCE.as_secs())),
        }
    };
    hearing.abort();
    drop(child);
    match ended {
        Err(found) if film.given > 0 => out.trouble(told(&format!("{found} after {} pictures", film.given))).await,
        Err(found) => out.trouble(told(&found)).await,
        Ok(()) if film.given == 0 => out.trouble(told("no picture")).await,
        // a damaged film plays on; what ffmpeg said of it is worth knowing
        Ok(()) if !film.last_said.is_empty() => {
            out.trouble(told(&format!(
                "damage ({}); its {} readable pictures were looked at",
                film.last_said, film.given
            )))
            .await;
        }
        Ok(()) => {}
    }
}

fn start(path: &Path, pace: Pace) -> Result<ffmpeg::Running, String> {
    let select = match pace.every_s > 0.0 {
        // a thousandth of leeway: 0.2 s is not quite five times 0.04 s
        true => format!("select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,{}),", pace.every_s - 0.001),
        false => String::new(),
    };
    let filter = format!("{select}showinfo=checksum=0,format=rgb24");
    let most = MOST_PIXELS.to_string();
    // `file:` before it: a name may begin with a dash or hold a colon
    let input = format!("file:{}", path.to_str().ok_or("found a name that is not UTF-8; rename it")?);
    let before =
        ["-loglevel", "level+info", "-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-max_pixels", &most];
    let after = [
        "-i",
        &input,
        "-map",
        "0:v:0",
        "-vf",
        &filter,
        "-autoscale",
        "0",
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "pipe:1",
    ];
    ffmpeg::start(&[&before[..], &after[..]].concat(), false)
}

/// Whether the name has the time, and not only the file's date.
fn is_named(path: &Path) -> bool {
    let file = std::fs::metadata(path).and_then(|about| about.modified()).ok();
    let since = file.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    (time_of_name(path).micros() as f64 / 1e6 - since.as_secs_f64()).abs() > 0.001
}

/// How far a film has come.
struct Film {
    given: usize,
    start: Utc,
    is_named: bool,
    last_s: f64,
    last_said: String,
}

impl Film {
    /// The next picture with its time; `None` at the end.
    async fn next(
        &mut self,
        lines: &mut mpsc::Receiver<Line>,
        pixels: &mut ChildStdout,
    ) -> Result<Option<(Utc, RgbImage)>, String> {
        loop {
            match lines.recv().await {
                None => return Ok(None),
                Some(Line::Made(time)) if !self.is_named && self.given == 0 => self.start = time,
                Some(Line::Made(_)) => {}
                Some(Line::Other(said)) => self.last_said = said,
                Some(Line::Picture(width, height, at_s)) => {
                    picture::check_size(width, height)?;
                    let mut bytes = vec![0; 3 * width as usize * height as usize];
                    pixels.read_exact(&mut bytes).await.map_err(|_| self.reason())?;
                    let image = RgbImage::from_raw(width, height, bytes).ok_or("a picture that is cut off")?;
                    self.last_s = at_s.unwrap_or(self.last_s);
                    self.given += 1;
                    return Ok(Some((self.start.plus_seconds(self.last_s).unwrap_or(self.start), image)));
                }
            }
        }
    }

    fn reason(&self) -> String {
        match self.last_said.as_str() {
            "" => "a broken end".to_string(),
            said => format!("damage ({said})"),
        }
    }
}

/// Reads what ffmpeg says, line by line, each cut at [`MOST_LINE`].
async fn hear(errors: ChildStderr, heard: mpsc::Sender<Line>) {
    let mut errors = BufReader::new(errors);
    loop {
        let mut line = Vec::new();
        match (&mut errors).take(MOST_LINE).read_until(b'\n', &mut line).await {
            Ok(1..) => {}
            _ => return,
        }
        if let Some(line) = line_of(&String::from_utf8_lossy(&line))
            && heard.send(line).await.is_err()
        {
            return;
        }
    }
}

/// What a line says that counts. No text of the file's own begins a line: ffmpeg indents it.
fn line_of(line: &str) -> Option<Line> {
    if line.starts_with("[Parsed_showinfo_") {
        let (_, facts) = line.split_once("] ")?;
        let facts = facts.split_once("] ").map_or(facts, |(_, facts)| facts);
        if !facts.starts_with("n:") {
            return None;
        }
        let fact = |name: &str| facts.split(name).nth(1).and_then(|rest| rest.split_whitespace().next());
        let (width, height) = fact(" s:")?.split_once('x')?;
        let at_s = fact(" pts_time:").and_then(|text| text.parse().ok()).filter(|at: &f64| at.is_finite());
        return Some(Line::Picture(width.parse().ok()?, height.parse().ok()?, at_s));
    }
    if let Some((_, made)) = line.split_once("creation_time   : ") {
        return Utc::parse(made.trim()).map(Line::Made);
    }
    let is_bad = ["[error]", "[fatal]", "[panic]"].iter().any(|level| line.contains(level));
    is_bad.then(|| Line::Other(crate::http::one_line(line.rsplit("] ").next().unwrap_or(line), 120)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as ffmpeg 5.1.6 of Debian writes them.
    #[test]
    fn lines_of_ffmpeg_are_understood() {
        let line = "[Parsed_showinfo_0 @ 0x5603] [info] n:   3 pts:   1536 pts_time:0.12 pos: 7404 fmt:yuv420p sar:1/1 s:1280x720 i:P iskey:0 type:P ";
        assert_eq!(line_of(line), Some(Line::Picture(1280, 720, Some(0.12))));
        let line = line.replace("pts_time:0.12", "pts_time:NOPTS");
        assert_eq!(line_of(&line), Some(Line::Picture(1280, 720, None)));
        assert_eq!(line_of("[Parsed_showinfo_0 @ 0x5603] [info] config in time_base: 1/12800, frame_rate: 25/1"), None);
        let made = line_of("[info]     creation_time   : 2015-08-07T09:13:02.000000Z\n");
        assert_eq!(made, Utc::parse("2015-08-07T09:13:02Z").map(Line::Made));
        assert_eq!(
            line_of("[error] x.mp4: Invalid data found\n"),
            Some(Line::Other("x.mp4: Invalid data found".to_string()))
        );
        assert_eq!(line_of("[info]     title           : [Parsed_showinfo_0 @ 0x1] n: 1 s:9x9"), None);
        assert_eq!(line_of(""), None);
    }
}
