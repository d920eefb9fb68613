//! Earlier looks of 30 m and 20 m imagery at the site: where they found what looks like fire, and where they saw the ground.
//!
//! A file a look and algorithm, `DIR/field/2025-10-20/LC09_L1TP_....vote.look`, sealed. A roof, a panel or a kiln is found again at the
//! same pixels in the next clear look; straw is not. Looks of the form before (`SFFIELD1`) hold a circle around each find and no pixels:
//! nothing is told by them, and they are passed over.

use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::place::{LonLat, LonLatBox};
use crate::sealed;
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"SFFIELD2";
/// Looks of a time when pixels were not kept.
const WITHOUT_PIXELS: &[u8; 8] = b"SFFIELD1";
/// Side of the cells in which it is kept what was seen, degrees: some 200 m.
const CELL_DEG: f64 = 0.002;

/// A pixel that was taken for fire.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// Its middle.
    pub place: LonLat,
    /// What it has over the ground around at 2.2 um, times the ground of a pixel: value m2. So a fire smaller than a pixel is as
    /// strong in pixels of 20 m as in those of 30 m.
    pub strength: f64,
    /// It shone more than could be counted: its strength is the least that it had.
    pub saturated: bool,
}

/// The pixels of the fires of a look, by line and column of the brightest of each.
#[derive(Debug, Default)]
pub struct Spots(pub BTreeMap<(u32, u32), Vec<Spot>>);

impl Spots {
    /// Those of a fire; none where it has no pixels of its own.
    pub fn of(&self, fire: &FirePixel) -> &[Spot] {
        fire.line.zip(fire.column).and_then(|at| self.0.get(&at)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What a look took for fire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flagged {
    /// Its middle.
    pub place: LonLat,
    /// How far its pixels reach from there, m: whether it is worth while to look at them.
    pub reach_m: f64,
    /// Its pixels.
    pub spots: Vec<Spot>,
}

/// Whose look it is.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// Name of the product.
    pub granule: &'a str,
    /// Name of the algorithm.
    pub algorithm: &'a str,
    /// When it was.
    pub time: Utc,
    /// Made by the simulator.
    pub simulated: bool,
    /// By day.
    pub is_day: bool,
}

/// What a look left behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldLook {
    /// Name of the product.
    pub granule: String,
    /// Name of the algorithm: another one finds other things, and says nothing of what this one would.
    pub algorithm: String,
    /// When it was.
    #[serde(with = "crate::time::exact")]
    pub time: Utc,
    /// Made by the simulator.
    pub simulated: bool,
    /// Side of a pixel, m.
    pub pixel_m: f64,
    /// By day: what shines in the sun says nothing of the night.
    pub is_day: bool,
    /// What it found, whatever became of it.
    pub found: Vec<Flagged>,
    /// How many pixels it saw clearly, fires with them.
    pub clear: u64,
    /// South-western corner of the cells, degrees.
    corner: [f64; 2],
    /// Rows and columns of the cells.
    shape: [usize; 2],
    /// A bit a cell, row after row from the south, hex digits: the ground was seen there.
    seen: String,
}

impl FieldLook {
    /// Of a look that found this; `is_seen` says whether it saw the ground at a place.
    pub fn of(
        of: Of,
        (pixel_m, clear): (f64, u64),
        found: Vec<Flagged>,
        area: &LonLatBox,
        is_seen: impl Fn(LonLat) -> bool,
    ) -> FieldLook {
        let count = |from: f64, to: f64| ((to - from) / CELL_DEG).ceil().max(1.0) as usize;
        let (rows, columns) = (count(area.south, area.north), count(area.west, area.east));
        let mut bits = vec![0u8; (rows * columns).div_ceil(8)];
        for cell in 0..rows * columns {
            let middle = |i: usize, from: f64| from + (i as f64 + 0.5) * CELL_DEG;
            let place = LonLat::new(middle(cell % columns, area.west), middle(cell / columns, area.south));
            if place.is_some_and(&is_seen) {
                bits[cell / 8] |= 1 << (cell % 8);
            }
        }
        FieldLook {
            granule: of.granule.to_string(),
            algorithm: of.algorithm.to_string(),
            time: of.time,
            simulated: of.simulated,
            pixel_m,
            is_day: of.is_day,
            found,
            clear,
            corner: [area.west, area.south],
            shape: [rows, columns],
            seen: sealed::hex(&bits),
        }
    }

    /// Whether it saw the ground at a place.
    pub fn saw(&self, place: LonLat) -> bool {
        let at = |value: f64, from: f64, count: usize| {
            let cell = ((value - from) / CELL_DEG).floor();
            (cell >= 0.0 && cell < count as f64).then_some(cell as usize)
        };
        let row = at(place.lat(), self.corner[1], self.shape[0]);
        let column = at(place.lon(), self.corner[0], self.shape[1]);
        row.zip(column).is_some_and(|(row, column)| {
            let cell = row * self.shape[1] + column;
            let byte = self.seen.get(cell / 8 * 2..cell / 8 * 2 + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
            byte.is_some_and(|byte| byte >> (cell % 8) & 1 == 1)
        })
    }

    /// The pixels of what it found whose middles may lie so near to a place.
    pub fn spots_near(&self, place: LonLat, reach_m: f64) -> Vec<Spot> {
        let near = self.found.iter().filter(|found| found.place.distance_m(place) <= reach_m + found.reach_m);
        near.flat_map(|found| found.spots.iter().copied()).collect()
    }

    /// As it is kept.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn to_bytes(&self, path: &Path) -> Result<Vec<u8>> {
        let mut bytes = MAGIC.to_vec();
        serde_json::to_writer(&mut bytes, self).map_err(|error| Error::output(path, error))?;
        Ok(sealed::seal(bytes))
    }
}

/// Where a look is kept: a search by another algorithm has a file of its own.
pub fn path_of(dir: &Path, of: Of) -> PathBuf {
    folder(dir, of.simulated).join(of.time.date()).join(format!("{}.{}.look", of.granule, of.algorithm))
}

/// Whether the look that lies at a path saw more pixels clearly than this one of the same product did. One that cannot be read, or
/// that is of the form before, saw nothing that could still be used.
pub fn saw_more_before(path: &Path, look: &FieldLook) -> bool {
    path.exists() && read(path).ok().flatten().is_some_and(|before| before.clear > look.clear)
}

fn folder(dir: &Path, simulated: bool) -> PathBuf {
    dir.join(if simulated { "field-simulated" } else { "field" })
}

/// Looks between two times, newest first, and files that could not be used.
pub fn between(dir: &Path, simulated: bool, (from, to): (Utc, Utc)) -> (Vec<FieldLook>, Vec<Error>) {
    let (mut looks, mut damaged) = (Vec::new(), Vec::new());
    let days = std::fs::read_dir(folder(dir, simulated)).into_iter().flatten().flatten();
    let is_within = |day: &str| (from.date()..=to.date()).contains(&day.to_string());
    let days =
        days.map(|day| day.path()).filter(|day| day.file_name().is_some_and(|name| is_within(&name.to_string_lossy())));
    for file in days.flat_map(|day| std::fs::read_dir(day).into_iter().flatten().flatten()) {
        let path = file.path();
        if path.extension().is_none_or(|end| end != "look") {
            continue;
        }
        match read(&path) {
            Ok(Some(look)) if look.time > from && look.time < to => looks.push(look),
            Ok(_) => {}
            Err(error) => damaged.push(error),
        }
    }
    looks.sort_by(|a: &FieldLook, b| (b.time, &b.granule).cmp(&(a.time, &a.granule)));
    (looks, damaged)
}

/// A look; `None` where it is of the form before.
fn read(path: &Path) -> Result<Option<FieldLook>> {
    let bytes = std::fs::read(path).map_err(|error| Error::read(path, error))?;
    let wrong = |found: &str| {
        Error::input(
            path,
            found,
            "a look as it was kept",
            "scan its granule again, or remove the file: static roofs are not told by it",
        )
    };
    if bytes.starts_with(WITHOUT_PIXELS) {
        return Ok(None);
    }
    let (body, _) = sealed::open(&bytes, MAGIC).map_err(|broken| wrong(broken.said()))?;
    serde_json::from_slice(body).map(Some).map_err(|error| wrong(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("on earth")
    }

    fn of<'a>(algorithm: &'a str, time: &str) -> Of<'a> {
        let time = Utc::parse(time).expect("a time");
        Of { granule: "LC09_x", algorithm, time, simulated: false, is_day: true }
    }

    const AREA: LonLatBox = LonLatBox { west: 102.0, east: 102.1, south: 36.0, north: 36.05 };

    fn written(dir: &Path, of: Of, bytes: &[u8]) -> PathBuf {
        let path = path_of(dir, of);
        std::fs::create_dir_all(path.parent().expect("a day")).expect("made");
        std::fs::write(&path, bytes).expect("written");
        path
    }

    fn span(from: &str, to: &str) -> (Utc, Utc) {
        (Utc::parse(from).expect("a time"), Utc::parse(to).expect("a time"))
    }

    /// Seen in the western half; a fire of 40 m reach; what is kept comes back the same, and a changed file is told.
    #[test]
    fn a_look_comes_back_as_it_was() {
        let dir = tempfile::tempdir().expect("a folder");
        let of = of("vote", "2025-10-20T03:50:00Z");
        let spots = vec![Spot { place: place(102.03, 36.02), strength: 300.0, saturated: false }];
        let found = vec![Flagged { place: place(102.03, 36.02), reach_m: 40.0, spots: spots.clone() }];
        let look = FieldLook::of(of, (30.0, 9), found, &AREA, |at| at.lon() < 102.05);
        assert!(look.saw(place(102.01, 36.01)) && !look.saw(place(102.09, 36.01)) && !look.saw(place(103.0, 36.01)));
        // 0.0005 degrees north are 56 m
        let beside = place(102.03, 36.0205);
        assert!(look.spots_near(beside, 20.0) == spots && look.spots_near(beside, 10.0).is_empty());
        let mut bytes = look.to_bytes(&path_of(dir.path(), of)).expect("bytes");
        let path = written(dir.path(), of, &bytes);
        let wide = span("2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z");
        assert_eq!(between(dir.path(), false, wide).0, [look]);
        assert!(between(dir.path(), true, wide).0.is_empty());
        assert!(between(dir.path(), false, span("2025-10-01T00:00:00Z", "2025-10-20T03:50:00Z")).0.is_empty());
        bytes[20] ^= 1;
        std::fs::write(&path, &bytes).expect("written");
        let (looks, damaged) = between(dir.path(), false, wide);
        assert!(looks.is_empty() && damaged.len() == 1 && damaged[0].to_string().contains("LC09_x.vote.look"));
    }

    /// Each algorithm has its own memory of a product; a search that saw fewer pixels is known by their number.
    #[test]
    fn another_algorithm_and_a_worse_search_do_not_replace_a_look() {
        let dir = tempfile::tempdir().expect("a folder");
        let (vote, murphy) = (of("vote", "2025-10-20T03:50:00Z"), of("murphy", "2025-10-20T03:50:00Z"));
        assert_ne!(path_of(dir.path(), vote), path_of(dir.path(), murphy));
        let look = |clear: u64| FieldLook::of(vote, (30.0, clear), Vec::new(), &AREA, |_| true);
        let path = path_of(dir.path(), vote);
        assert!(!saw_more_before(&path, &look(0)), "nothing was kept");
        written(dir.path(), vote, &look(100).to_bytes(&path).expect("bytes"));
        assert!(saw_more_before(&path, &look(99)) && !saw_more_before(&path, &look(100)));
        written(dir.path(), vote, b"cut");
        assert!(!saw_more_before(&path, &look(0)), "a file that cannot be read is worth nothing");
    }

    /// A look without pixels is neither used nor called damaged.
    #[test]
    fn a_look_of_the_form_before_is_passed_over() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut old = WITHOUT_PIXELS.to_vec();
        old.extend(b"{}");
        let path = written(dir.path(), of("vote", "2025-10-20T03:50:00Z"), &sealed::seal(old));
        let (looks, damaged) = between(dir.path(), false, span("2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z"));
        assert!(path.exists() && looks.is_empty() && damaged.is_empty(), "{damaged:?}");
    }
}
