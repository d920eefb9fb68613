//! `frames.csv`: every frame that was looked at, what the model marks in it, and whether it is told.

use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::sighting::Kind;
use crate::watch::view::Looked;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Frames as they come, a row each.
pub(super) struct Account {
    /// Begun with the first frame: a run that reads nothing leaves that of an earlier one.
    csv: Option<csv::Writer<File>>,
    /// Where it is written.
    pub path: PathBuf,
    /// Frames that the model looked at.
    pub looked: usize,
}

const COLUMNS: [&str; 9] = ["source", "time_utc", "over_time", "model", "smoke", "flame", "rise", "told", "marks"];
/// Marks of a frame that are written.
const MOST_MARKS: usize = 20;

impl Account {
    /// In a folder.
    pub(super) fn of(out: &Path) -> Account {
        Account { csv: None, path: out.join("frames.csv"), looked: 0 }
    }

    /// A frame: `model` says whether the model looked; `smoke` and `flame` are its highest scores, `rise` how far the highest lies above
    /// what is usual there, `told` how many sightings came of it.
    pub(super) fn frame(&mut self, frame: &Frame, looked: &Looked, over_time: bool) -> Result<()> {
        self.looked += usize::from(looked.opened);
        let highest = |kind: Kind| {
            let scores = looked.marks.iter().filter(|mark| mark.kind == kind).map(|mark| mark.score);
            scores.reduce(f32::max).map_or_else(String::new, |score| format!("{score:.3}"))
        };
        let marks = looked.marks.iter().take(MOST_MARKS).map(|mark| {
            let edges = [mark.left, mark.top, mark.right, mark.bottom].map(|edge| format!("{edge:.0}")).join(" ");
            format!("{} {:.3} {edges}", mark.kind.name(), mark.score)
        });
        let marks = marks.collect::<Vec<_>>().join(";");
        self.row([
            crate::deliver::hotspots_csv::text(&frame.source),
            frame.time.rfc3339(),
            over_time.to_string(),
            looked.opened.to_string(),
            highest(Kind::Smoke),
            highest(Kind::Flame),
            looked.risen.map_or_else(String::new, |rise| format!("{rise:.3}")),
            looked.told.len().to_string(),
            marks,
        ])
    }

    /// Each row is on the disk before the next frame.
    fn row(&mut self, cells: [String; 9]) -> Result<()> {
        let failed = |error: std::io::Error| Error::output(&self.path, error);
        let csv = match &mut self.csv {
            Some(csv) => csv,
            None => {
                let mut csv = csv::Writer::from_writer(File::create(&self.path).map_err(failed)?);
                csv.write_record(COLUMNS).map_err(std::io::Error::from).map_err(failed)?;
                self.csv.insert(csv)
            }
        };
        csv.write_record(cells).map_err(std::io::Error::from).and_then(|()| csv.flush()).map_err(failed)
    }
}
