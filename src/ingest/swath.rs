//! Overpasses of polar orbiters: the granules of one overpass are found, cut to the site and joined.
//!
//! Each format gives a [`SwathReader`]; what follows is the same for all: where the site lies in it, how much around it
//! is read, and one scene over the seams between granules.

mod draft;
pub(crate) mod glint;
pub(crate) mod locate;
mod plausible;
pub(crate) mod satellite;

pub(crate) use draft::{Draft, Slot, surface_marks};

use super::granule::{Granule, GranuleFile};
use super::{Extent, Reading};
use crate::error::{Error, Result};
use crate::ingest::Note;
use crate::ingest::note::Consequence;
use crate::place::LonLatBox;
use crate::scene::swath::{Flags, Instrument, Piece};
use crate::scene::{BandRole, Look, Window};
use crate::time::Utc;
use std::ops::Range;
use std::path::PathBuf;

/// With the sun nowhere higher than this no reflective band is needed.
const HIGHEST_NIGHT_SUN_DEG: f32 = 92.0;

/// A temperature that a scanner may see; NaN for what only a wrong scale can give.
pub(crate) fn plausible_k(kelvin: f32) -> f32 {
    if (100.0..1000.0).contains(&kelvin) { kelvin } else { f32::NAN }
}

/// Which tests of the 1 km detectors fall away without a reflective band (ALGORITHMS 1.2 to 1.7).
pub(crate) fn without(role: BandRole) -> Consequence {
    match role {
        BandRole::Red | BandRole::Nir => (
            "without it the daytime cloud, glint, desert, coast and clearing tests fall away: daytime fires are less sure",
            "缺它则不做白天的云、耀斑、荒漠、岸边和复核检验, 白天火点把握较低",
        ),
        _ => (
            "without it the daytime glint and coast tests fall away: daytime fires are less sure",
            "缺它则不做白天的耀斑和岸边检验, 白天火点把握较低",
        ),
    }
}

/// What follows without the 12 um band.
pub(crate) const WITHOUT_TIR12: Consequence =
    ("without it the 11 um band stands in for it in the cloud tests", "云检验以 11 微米波段代替");

/// What the files of a granule say of themselves before any array is read.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// Name of the granule.
    pub(crate) name: String,
    /// Satellite.
    pub(crate) satellite: String,
    /// Scanner.
    pub(crate) instrument: Instrument,
    /// Start of the first scan.
    pub(crate) time: Utc,
    /// Seconds from scan to scan.
    pub(crate) scan_seconds: f64,
    /// Lines.
    pub(crate) lines: usize,
    /// Columns.
    pub(crate) columns: usize,
}

/// Lines and columns of a granule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) lines: Range<usize>,
    pub(crate) columns: Range<usize>,
}

impl Part {
    /// Its middle pixel, as ranges.
    pub(crate) fn middle(&self) -> (Range<usize>, Range<usize>) {
        let (line, column) = (self.lines.start.midpoint(self.lines.end), self.columns.start.midpoint(self.columns.end));
        (line..line + 1, column..column + 1)
    }
}

/// All files of one granule, opened.
pub(crate) trait SwathReader {
    /// What it is.
    fn header(&self) -> &Header;

    /// The smallest part that holds every pixel inside an area; `None` where it has none.
    fn locate(&self, area: &LonLatBox) -> Result<Option<Part>>;

    /// The file that holds a thermal band.
    fn file_of(&self, role: BandRole) -> PathBuf;

    /// The sun's zenith angle (degrees) that the files give for the middle pixel of a part, where they give one.
    fn sun_zenith_deg(&self, part: &Part) -> Result<Option<f32>>;

    /// Its azimuth (degrees, clockwise from north) there, where they give one of which we are sure how it counts.
    fn sun_azimuth_deg(&self, _part: &Part) -> Result<Option<f32>> {
        Ok(None)
    }

    /// Reads places, view angles and the land/water mask of a part into its slot of the draft.
    fn read_places(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<()>;

    /// Reads the bands of a part, once the draft knows where the sun stands. What could not be used or was not delivered
    /// comes back, with the tests that fall away.
    fn read_bands(&self, part: &Part, draft: &mut Draft, slot: &Slot) -> Result<Shortfall>;
}

/// What a granule does without.
#[derive(Debug, Default)]
pub(crate) struct Shortfall {
    /// Files that could not be used.
    pub(crate) problems: Vec<Error>,
    /// What was not delivered, and what follows from it: no file is at fault.
    pub(crate) notes: Vec<Note>,
}

/// An opened granule, and what it does without.
pub(crate) type Opened = (Box<dyn SwathReader>, Shortfall);

/// Opens the files of one granule.
pub(crate) type Open<'a> = &'a dyn Fn(&[GranuleFile]) -> Result<Opened>;

/// A granule in the joined overpass.
struct Placed {
    reader: Box<dyn SwathReader>,
    /// Line of the overpass at which it begins.
    first_line: usize,
    /// Where the site lies in it.
    seen: Option<Part>,
}

/// Reads the wanted part of an overpass. Where files are bad that were delivered twice, it is read again with their
/// earlier copies, which serve if that leaves less unread.
///
/// # Errors
/// When none of its granules can be read.
pub(crate) fn read(granule: &Granule, extent: &Extent, open: Open) -> Result<Reading> {
    let latest = read_once(granule, extent, open);
    let problems = latest.as_ref().map_or(usize::MAX, |reading| reading.problems.len());
    if problems == 0 || granule.files.iter().all(|file| file.twin.is_none()) {
        return latest;
    }
    let earlier = |file: &GranuleFile| GranuleFile {
        path: file.twin.clone().unwrap_or_else(|| file.path.clone()),
        twin: None,
        ..file.clone()
    };
    let copies = Granule { files: granule.files.iter().map(earlier).collect(), ..granule.clone() };
    match (latest, read_once(&copies, extent, open)) {
        (latest, Ok(mut second)) if second.problems.len() < problems => {
            second.problems.extend(latest.map_or_else(|error| vec![error], |reading| reading.problems));
            Ok(second)
        }
        (latest, _) => latest,
    }
}

fn read_once(granule: &Granule, extent: &Extent, open: Open) -> Result<Reading> {
    let (placed, Shortfall { mut problems, mut notes }) = open_all(granule, extent, open);
    if placed.is_empty() {
        return Err(unread(granule, problems, &notes));
    }
    let Some(window) = window(&placed, extent) else {
        return Ok(Reading { look: None, counts: None, problems, notes });
    };
    let mut draft = Draft::new(window, placed.iter().map(Placed::piece).collect(), placed[0].reader.header());
    let shares = placed.iter().filter_map(|placed| Some((placed, placed.share(&window)?)));
    let mut placed_well = Vec::new();
    for (Placed { reader, seen, .. }, (part, slot)) in shares {
        match reader.read_places(&part, &mut draft, &slot) {
            Ok(()) => placed_well.push((reader, seen, part, slot)),
            Err(error) => {
                draft.flags(&slot).fill(Flags::FILL);
                problems.push(error);
            }
        }
    }
    draft.light();
    // of those that see the site: a neighbour that lends it some lines of background shows nothing of it
    let (mut read, mut noted) = (0, Vec::new());
    for (reader, seen, part, slot) in placed_well {
        let bands = reader
            .sun_zenith_deg(&part)
            .and_then(|zenith| Ok(zenith.zip(Some(reader.sun_azimuth_deg(&part)?))))
            .and_then(|sun| plausible::check(&draft, reader.header(), &slot, sun))
            .and_then(|()| reader.read_bands(&part, &mut draft, &slot));
        match bands {
            Ok(minor) => {
                problems.extend(minor.problems);
                noted.push((reader.header().name.clone(), minor.notes));
                let Some(seen) = seen else { continue };
                match unmeasured(reader.as_ref(), &draft, seen, (&part, &slot), extent) {
                    Some(error) => problems.push(error),
                    None => read += 1,
                }
            }
            Err(error) => {
                draft.flags(&slot).fill(Flags::FILL);
                problems.push(error);
            }
        }
    }
    notes.extend(of_all(&noted));
    if read == 0 {
        return Err(unread(granule, problems, &notes));
    }
    Ok(Reading { look: Some(Look::Swath(Box::new(draft.finish(&granule.name)))), counts: None, problems, notes })
}

/// The error of an overpass of which nothing could be used. Its notes go with it: nobody else would say them.
fn unread(granule: &Granule, problems: Vec<Error>, notes: &[Note]) -> Error {
    let nothing = || Error::input(&granule.name, "no granule", "at least one granule", "name the files of an overpass");
    let error = super::all_in_one(problems).unwrap_or_else(nothing);
    notes.iter().fold(error, |error, note| error.advise(&note.to_string()))
}

/// What a granule that sees the site measured of it, if that is nothing: a band that is all fill there, or all of its
/// pixels marked as no measurements. That is not "no fire", and no word of the file says it.
fn unmeasured(
    reader: &dyn SwathReader,
    draft: &Draft,
    seen: &Part,
    (part, slot): (&Part, &Slot),
    extent: &Extent,
) -> Option<Error> {
    let lines = seen.lines.start.max(part.lines.start)..seen.lines.end.min(part.lines.end);
    let pixels = lines.flat_map(|line| {
        let line = line - part.lines.start + slot.lines.start;
        seen.columns.clone().map(move |column| (line, column - part.columns.start))
    });
    // what was deleted on board is seen by the next scan
    let over_site = pixels.filter(|at| draft.is_over(*at, extent) && !draft.flags[*at].any(Flags::BOWTIE));
    let (mut some, mut measured, mut usable) = (false, [false; 2], false);
    const NEEDED: [BandRole; 2] = [BandRole::Mir, BandRole::Tir11];
    for at in over_site {
        some = true;
        for (measured, role) in measured.iter_mut().zip(NEEDED) {
            *measured = *measured || draft.kelvin(role, at).is_some();
        }
        usable = usable || !draft.flags[at].any(Flags::FILL);
        if usable && measured == [true; 2] {
            return None;
        }
    }
    let empty = NEEDED.iter().zip(measured).find(|(_, measured)| !measured).map(|(role, _)| *role);
    let role = empty.unwrap_or(BandRole::Mir);
    let channel = draft.channel(role).unwrap_or(role.name());
    let found = match empty {
        Some(_) => format!("{channel} is all fill over the site"),
        None => format!("no pixel over the site is usable in {channel} and the 11 um band together"),
    };
    some.then(|| Error::input(reader.file_of(role), found, "measurements there", "fetch the file again"))
}

/// Lines of fill between two granules that do not follow each other: no background window reaches across.
const GAP_LINES: usize = 64;

/// Opens the granules in order of time and finds the site in each.
fn open_all(granule: &Granule, extent: &Extent, open: Open) -> (Vec<Placed>, Shortfall) {
    let mut problems = Vec::new();
    let mut opened_all = Vec::new();
    for files in granule.files.chunk_by(|a, b| a.start == b.start) {
        match open(files).and_then(|(reader, minor)| reader.header().is_sound(&files[0].path).map(|()| (reader, minor)))
        {
            Ok((reader, minor)) => opened_all.push((reader, minor, files[0].path.clone())),
            Err(error) => problems.push(error),
        }
    }
    // the finest scanner that is there: one granule without its I bands must not cost the others theirs
    let finest = opened_all.iter().max_by_key(|(reader, ..)| reader.header().columns);
    let Some(leading) = finest.map(|(reader, ..)| reader.header().clone()) else {
        return (Vec::new(), Shortfall { problems, notes: Vec::new() });
    };
    let mut all: Vec<Placed> = Vec::new();
    let mut noted = Vec::new();
    for (reader, minor, path) in opened_all {
        // what is said of its files is said before it is known whether it fits: they are bad either way
        problems.extend(minor.problems);
        noted.push((reader.header().name.clone(), minor.notes));
        let opened = leading.agrees(reader.header(), &path).and_then(|()| {
            let header = reader.header();
            if let Some(last) = all.last() {
                last.is_before(header, &path)?;
            }
            let seen = match extent {
                Extent::Full => Some(Part { lines: 0..header.lines, columns: 0..header.columns }),
                Extent::Around { area, .. } => reader.locate(area)?,
            };
            let first_line = all.last().map_or(0, |last| last.next_line(header));
            Ok(Placed { reader, first_line, seen })
        });
        match opened {
            Ok(placed) => all.push(placed),
            Err(error) => problems.push(error),
        }
    }
    (all, Shortfall { problems, notes: of_all(&noted) })
}

/// What is noted of each granule of an overpass as notes of the overpass: once where it holds for all, else with the
/// granule's name.
fn of_all(noted: &[(String, Vec<Note>)]) -> Vec<Note> {
    let mut notes = Vec::new();
    for (name, own) in noted {
        for note in own {
            let everywhere = noted.iter().all(|(_, others)| others.contains(note));
            let note = if everywhere { note.clone() } else { note.of(name) };
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

/// The window of the joined overpass that is read; `None` where no granule sees the site.
fn window(placed: &[Placed], extent: &Extent) -> Option<Window> {
    let halo = if let Extent::Around { halo, .. } = extent { *halo } else { 0 };
    let shifted = placed.iter().filter_map(|placed| {
        let part = placed.seen.as_ref()?;
        let lines = part.lines.start + placed.first_line..part.lines.end + placed.first_line;
        Some(Part { lines, columns: part.columns.clone() })
    });
    let part = shifted.reduce(|a, b| a.with(&b))?;
    let header = placed.last()?.reader.header();
    let end = (part.lines.end + halo).min(placed.last()?.first_line + header.lines);
    // on a node, so that a window has the angles of the whole granule, and coarser bands begin with a whole pixel
    let line0 = part.lines.start.saturating_sub(halo) / glint::STEP * glint::STEP;
    let column0 = part.columns.start.saturating_sub(halo) / glint::STEP * glint::STEP;
    let columns = (part.columns.end + halo).min(header.columns) - column0;
    Some(Window { line0, column0, lines: end - line0, columns })
}

impl Placed {
    /// The part of this granule inside the window, and the window's lines that it fills.
    fn share(&self, window: &Window) -> Option<(Part, Slot)> {
        let end = (window.line0 + window.lines).min(self.first_line + self.reader.header().lines);
        let start = window.line0.max(self.first_line);
        (start < end).then(|| {
            let lines = start - self.first_line..end - self.first_line;
            let part = Part { lines, columns: window.column0..window.column0 + window.columns };
            (part, Slot { lines: start - window.line0..end - window.line0 })
        })
    }

    /// A granule that begins well before the end of the one before holds ground that is there already.
    fn is_before(&self, next: &Header, path: &std::path::Path) -> Result<()> {
        let header = self.reader.header();
        let lasts = (header.lines / header.instrument.scan_lines()) as f64 * header.scan_seconds;
        let since = next.time.seconds_since(header.time);
        // names and times of some products give the minute only
        if since > lasts - OVERLAP_SECONDS {
            return Ok(());
        }
        let found = format!("a start {since:.0} s after {}, which lasts {lasts:.0} s", header.name);
        Err(Error::input(path, found, "granules that follow each other", "name each part of an overpass once"))
    }

    /// Line of the overpass at which a later granule begins: right behind, or after a gap.
    fn next_line(&self, next: &Header) -> usize {
        let header = self.reader.header();
        let scans = header.lines / header.instrument.scan_lines();
        let pause = next.time.seconds_since(header.time) - scans as f64 * header.scan_seconds;
        // start times are rounded to the second or the minute in some products: the product's own rounding is no gap
        let gap = if pause > 2.5 * header.scan_seconds.max(1.0) { GAP_LINES } else { 0 };
        self.first_line + header.lines + gap
    }

    fn piece(&self) -> Piece {
        let header = self.reader.header();
        Piece {
            name: header.name.clone(),
            first_line: self.first_line,
            lines: header.lines,
            time: header.time,
            scan_seconds: header.scan_seconds,
        }
    }
}

/// Granules may overlap by so much: a scan or two, and the rounding of their times.
const OVERLAP_SECONDS: f64 = 30.0;
/// Most lines that a granule, or an aggregate of granules, may have: an orbit of VIIRS has 109,000.
const MOST_LINES: usize = 120_000;

impl Header {
    /// A granule has lines, as many columns as its scanner and no more lines than an orbit.
    fn is_sound(&self, path: &std::path::Path) -> Result<()> {
        if (1..=MOST_LINES).contains(&self.lines) && self.columns == self.instrument.columns() {
            return Ok(());
        }
        let found = format!("{} lines of {} columns", self.lines, self.columns);
        let expected = format!("1 to {MOST_LINES} lines of {} columns", self.instrument.columns());
        Err(Error::input(path, found, expected, "fetch the file again"))
    }

    /// Granules are joined only where satellite, scanner and width are the same.
    fn agrees(&self, other: &Header, path: &std::path::Path) -> Result<()> {
        if (self.columns, self.instrument, &self.satellite) == (other.columns, other.instrument, &other.satellite) {
            return Ok(());
        }
        let words = |h: &Header| format!("{} {} with {} columns", h.satellite, h.instrument.sensor(), h.columns);
        Err(Error::input(path, words(other), words(self), "name the granules of one satellite together"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_for_all_granules_is_noted_once() {
        let noted =
            |name: &str, notes: &[&str]| (name.to_string(), notes.iter().map(|n| Note::new(*n, "缺")).collect());
        let said = |noted: &[(String, Vec<Note>)]| -> Vec<(String, String)> {
            of_all(noted).iter().map(|note| (note.to_string(), note.spoken().to_string())).collect()
        };
        let both = |said: &str, spoken: &str| [(said.to_string(), spoken.to_string())];
        assert_eq!(said(&[noted("a", &["no M13"]), noted("b", &["no M13"])]), both("no M13", "缺"));
        assert_eq!(said(&[noted("a", &["no M13"]), noted("b", &[])]), both("a: no M13", "a: 缺"));
    }
}
