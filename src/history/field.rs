//! Earlier looks of 30 m and 20 m imagery at the site: where they found what looks like fire, and where they saw the ground.
//!
//! A file a look, `DIR/field/2025-10-20/LC09_L1TP_....look`, sealed. A roof, a panel or a kiln is found again in the next clear
//! look; straw is not.

use crate::error::{Error, Result};
use crate::place::{LonLat, LonLatBox};
use crate::sealed;
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"SFFIELD1";
/// Side of the cells in which it is kept what was seen, degrees: some 200 m.
const CELL_DEG: f64 = 0.002;

/// What a look took for fire.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Flagged {
    /// Its middle.
    pub place: LonLat,
    /// How far its pixels reach from there, m.
    pub reach_m: f64,
    /// What it has over the ground around at 2.2 um, times the ground of a pixel: value m2.
    pub strength: f64,
}

/// What a look left behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldLook {
    /// Name of the product.
    pub granule: String,
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
        (granule, time, simulated, is_day): (&str, Utc, bool, bool),
        pixel_m: f64,
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
            granule: granule.to_string(),
            time,
            simulated,
            pixel_m,
            is_day,
            found,
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

    /// The strongest that it found so near a place.
    pub fn found_at(&self, place: LonLat, reach_m: f64) -> Option<&Flagged> {
        let near = self.found.iter().filter(|found| found.place.distance_m(place) <= reach_m + found.reach_m);
        near.max_by(|a, b| a.strength.total_cmp(&b.strength))
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

/// Where a look is kept.
pub fn path_of(dir: &Path, granule: &str, time: Utc, simulated: bool) -> PathBuf {
    folder(dir, simulated).join(time.date()).join(format!("{granule}.look"))
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
            Ok(look) if look.time > from && look.time < to => looks.push(look),
            Ok(_) => {}
            Err(error) => damaged.push(error),
        }
    }
    looks.sort_by(|a: &FieldLook, b| (b.time, &b.granule).cmp(&(a.time, &a.granule)));
    (looks, damaged)
}

fn read(path: &Path) -> Result<FieldLook> {
    let bytes = std::fs::read(path).map_err(|error| Error::read(path, error))?;
    let wrong = |found: &str| {
        Error::input(
            path,
            found,
            "a look as it was kept",
            "scan its granule again, or remove the file: static roofs are not told by it",
        )
    };
    let (body, _) = sealed::open(&bytes, MAGIC).map_err(|broken| wrong(broken.said()))?;
    serde_json::from_slice(body).map_err(|error| wrong(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("on earth")
    }

    /// Seen in the western half; a fire of 40 m reach; what is kept comes back the same, and a changed file is told.
    #[test]
    fn a_look_comes_back_as_it_was() {
        let dir = tempfile::tempdir().expect("a folder");
        let area = LonLatBox { west: 102.0, east: 102.1, south: 36.0, north: 36.05 };
        let time = Utc::parse("2025-10-20T03:50:00Z").expect("a time");
        let found = vec![Flagged { place: place(102.03, 36.02), reach_m: 40.0, strength: 300.0 }];
        let look = FieldLook::of(("LC09_x", time, false, true), 30.0, found, &area, |at| at.lon() < 102.05);
        assert!(look.saw(place(102.01, 36.01)) && !look.saw(place(102.09, 36.01)) && !look.saw(place(103.0, 36.01)));
        // 0.0005 degrees north are 56 m
        let beside = place(102.03, 36.0205);
        assert!(look.found_at(beside, 20.0).is_some() && look.found_at(beside, 10.0).is_none());
        let path = path_of(dir.path(), "LC09_x", time, false);
        std::fs::create_dir_all(path.parent().expect("a day")).expect("made");
        let mut bytes = look.to_bytes(&path).expect("bytes");
        std::fs::write(&path, &bytes).expect("written");
        let span = |from: &str, to: &str| (Utc::parse(from).expect("a time"), Utc::parse(to).expect("a time"));
        let wide = span("2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z");
        assert_eq!(between(dir.path(), false, wide).0, [look]);
        assert!(between(dir.path(), true, wide).0.is_empty());
        assert!(between(dir.path(), false, span("2025-10-01T00:00:00Z", "2025-10-20T03:50:00Z")).0.is_empty());
        bytes[20] ^= 1;
        std::fs::write(&path, &bytes).expect("written");
        let (looks, damaged) = between(dir.path(), false, wide);
        assert!(looks.is_empty() && damaged.len() == 1 && damaged[0].to_string().contains("LC09_x.look"));
    }
}
