//! Himawari-8/9 AHI from Himawari Standard Data segments: only the segments and lines that hold the window.

pub mod header;
pub mod segment;

use super::geometry::fixed_grid;
use super::geometry::sun::Sun;
use super::granule::{Granule, GranuleFile};
use super::{Extent, Reading, band_missing, require_window_band};
use crate::error::{Error, Result};
use crate::scene::{BandRaster, BandRole, FixedGrid, PixelState, Scene, Sweep, WINDOW_BANDS, Window};
use crate::time::Utc;
use header::Header;
use ndarray::Array2;
use rayon::prelude::*;
use segment::{Broken, CountTable};
use std::collections::{BTreeMap, HashSet};

/// Processing centre of simulated segments.
const SIMULATED: &str = "SIM";

/// Band number, role and how many of its lines make one line of the 2 km grid.
const CHANNELS: [(u8, BandRole, usize); 12] = [
    (1, BandRole::Blue, 2),
    (3, BandRole::Red, 4),
    (4, BandRole::Nir, 2),
    (5, BandRole::Swir16, 1),
    (6, BandRole::Swir22, 1),
    (7, BandRole::Mir, 1),
    (11, BandRole::Tir86, 1),
    (12, BandRole::Tir96, 1),
    (13, BandRole::Tir10, 1),
    (14, BandRole::Tir11, 1),
    (15, BandRole::Tir12, 1),
    (16, BandRole::Tir13, 1),
];

/// A channel of this granule with its files.
struct Channel<'a> {
    number: u8,
    role: BandRole,
    /// Lines of the channel to a line of the 2 km grid.
    finer: usize,
    files: Vec<&'a GranuleFile>,
}

/// Reads the wanted part of a Himawari granule.
///
/// # Errors
/// When the MIR band or every window band is absent, or no MIR segment can be read.
pub fn read(granule: &Granule, extent: &Extent) -> Result<Reading> {
    let channels = channels(granule);
    let Some(mir) = channels.iter().find(|c| c.role == BandRole::Mir) else {
        return Err(band_missing(granule, "band 7 (3.9 um, MIR), without which no fire can be seen", "..._B07_..."));
    };
    if !channels.iter().any(|c| WINDOW_BANDS.contains(&c.role)) {
        let needed = "band 14 (11.2 um) or another window band: 13, 15, 11, 12 or 16, in that order";
        return Err(band_missing(granule, needed, "..._B14_..."));
    }
    let (header, mut problems) = first_readable(granule, mir)?;
    let grid = grid_of(&header);
    let Some(window) = extent.window(&grid) else {
        return Ok(Reading { scene: None, problems });
    };
    let mut scene = empty_scene(granule, &header, grid, window);
    let dark = sun_is_down(&scene);
    let first_choice = WINDOW_BANDS.into_iter().find(|role| channels.iter().any(|c| c.role == *role));
    let wanted: Vec<&Channel> = channels
        .iter()
        .filter(|c| match c.role {
            role if WINDOW_BANDS.contains(&role) => Some(role) == first_choice || role == BandRole::Tir12,
            role => role.is_thermal() || !dark,
        })
        .collect();
    // all segments of all channels at once: most of the time goes into their decompression
    let readings: Vec<ChannelReading> =
        wanted.par_iter().map(|channel| read_channel(granule, channel, &grid, &window)).collect();
    for (channel, reading) in wanted.iter().zip(readings) {
        problems.extend(keep(&mut scene, channel.role, reading));
    }
    problems.extend(replace_window_band(granule, &channels, first_choice, &mut scene));
    let mut said = HashSet::new();
    problems.retain(|error| said.insert(error.to_string()));
    if scene.tir().is_none() {
        let none = || band_missing(granule, "a readable window band: 14, 13, 15, 11, 12 or 16", "..._B14_...");
        return Err(super::all_in_one(problems).unwrap_or_else(none));
    }
    require_window_band(&mut scene);
    let judged_by = [Some(BandRole::Mir), scene.tir().map(|(role, _)| role)];
    for channel in channels.iter().filter(|c| judged_by.contains(&Some(c.role))) {
        say_undelivered(granule, channel, &grid, extent);
    }
    Ok(Reading { scene: Some(scene), problems })
}

/// Puts a channel into the scene; gives what was wrong with its files.
fn keep(scene: &mut Scene, role: BandRole, reading: ChannelReading) -> Vec<Error> {
    scene.simulated |= reading.simulated;
    if let Some(raster) = reading.raster {
        scene.bands.insert(role, raster);
    }
    if let Some(states) = reading.states {
        scene.state = states;
    }
    reading.problems
}

/// Where the first choice of window band has no value (damaged, or all fill), the next one that has some serves. With
/// none at all the empty band stays: its pixels are then not observed.
fn replace_window_band(
    granule: &Granule,
    channels: &[Channel],
    first_choice: Option<BandRole>,
    scene: &mut Scene,
) -> Vec<Error> {
    let mut problems = Vec::new();
    let mut empty = None;
    for role in WINDOW_BANDS {
        let Some(channel) = channels.iter().find(|c| c.role == role) else { continue };
        if Some(role) != first_choice && role != BandRole::Tir12 {
            let reading = read_channel(granule, channel, &scene.grid, &scene.window);
            problems.extend(keep(scene, role, reading));
        }
        match scene.bands.remove(&role) {
            Some(band) if band.has_values() => {
                scene.bands.insert(role, band);
                return problems;
            }
            band => empty = empty.or(band.map(|band| (role, band))),
        }
    }
    scene.bands.extend(empty);
    problems
}

/// Segments over the wanted area that nobody delivered: no file is at fault, but the lines are not observed.
fn say_undelivered(granule: &Granule, channel: &Channel, grid: &FixedGrid, extent: &Extent) {
    let area = match *extent {
        Extent::Full => Extent::Full,
        Extent::Around { area, .. } => Extent::Around { area, halo: 0 },
    };
    let (Some(window), Some(file)) = (area.window(grid), channel.files.first()) else {
        return;
    };
    let total = file.segment.1;
    let lines = grid.lines / usize::from(total);
    let absent: Vec<u8> = (1..=total)
        .filter(|number| {
            let first = lines * usize::from(number - 1);
            first < window.line0 + window.lines && window.line0 < first + lines
        })
        .filter(|number| !channel.files.iter().any(|file| file.segment == (*number, total)))
        .collect();
    if !absent.is_empty() {
        tracing::warn!(
            "{}: band {}: segments {absent:?} of {total} were not delivered; their lines are not observed",
            granule.name,
            channel.number
        );
    }
}

fn channels(granule: &Granule) -> Vec<Channel<'_>> {
    let with_files = |&(number, role, finer): &(u8, BandRole, usize)| {
        let files: Vec<_> = granule.files.iter().filter(|file| file.band == number).collect();
        (!files.is_empty()).then_some(Channel { number, role, finer, files })
    };
    CHANNELS.iter().filter_map(with_files).collect()
}

/// Header of the first sound segment that is what its name says, with the errors of those before it.
fn first_readable(granule: &Granule, mir: &Channel) -> Result<(Header, Vec<Error>)> {
    let mut problems = Vec::new();
    for file in mir.files.iter().flat_map(|file| [Some((*file).clone()), twin_of(file)]).flatten() {
        let header = segment::open(&file.path).map(|segment| segment.header);
        match header.and_then(|header| check_name(granule, mir, &file, &header).map(|()| header)) {
            Ok(header) => return Ok((header, problems)),
            Err(error) => problems.push(error),
        }
    }
    let none = || band_missing(granule, "band 7 (3.9 um, MIR)", "..._B07_...");
    Err(super::all_in_one(problems).unwrap_or_else(none))
}

/// The full 2 km grid from block 3 (columns and lines there count from 1, lines go south).
pub fn grid_of(header: &Header) -> FixedGrid {
    let p = &header.projection;
    let step = |factor: u32| (65_536.0 / f64::from(factor)).to_radians();
    let (dx, dy) = (step(p.factors[0]), step(p.factors[1]));
    FixedGrid {
        sub_lon_deg: p.sub_lon_deg,
        distance_km: p.distance_km,
        equatorial_km: p.radii_km[0],
        polar_km: p.radii_km[1],
        sweep: Sweep::Y,
        x0: (1.0 - f64::from(p.offsets[0])) * dx,
        dx,
        y0: (f64::from(p.offsets[1]) - 1.0) * dy,
        dy: -dy,
        lines: usize::from(header.lines) * usize::from(header.segment.0),
        columns: usize::from(header.columns),
    }
}

fn empty_scene(granule: &Granule, header: &Header, grid: FixedGrid, window: Window) -> Scene {
    Scene {
        granule: granule.name.clone(),
        satellite: header.satellite.clone(),
        sensor: "AHI".to_string(),
        time: granule.time,
        simulated: header.centre == SIMULATED,
        grid,
        window,
        bands: BTreeMap::new(),
        state: Array2::from_elem((window.lines, window.columns), PixelState::Missing),
    }
}

/// Whether the sun is well below the horizon over the whole window, so that reflective bands hold nothing.
fn sun_is_down(scene: &Scene) -> bool {
    let sun = Sun::at(scene.time);
    let w = &scene.window;
    let corner = |i: usize, n: usize, size: usize| i as f64 * (size - 1) as f64 / n as f64;
    (0..=4).all(|i| {
        (0..=4).all(|j| {
            let (column, line) = (w.column0 as f64 + corner(i, 4, w.columns), w.line0 as f64 + corner(j, 4, w.lines));
            // the sun's zenith changes by a degree in 110 km; the corners' spacing is bridged by the margin
            fixed_grid::to_lonlat(&scene.grid, column, line).is_some_and(|p| sun.zenith_azimuth_deg(p).0 > 95.0)
        })
    })
}

/// One segment's part of a band: where its lines go.
struct Part<'a> {
    file: &'a GranuleFile,
    /// First line of the part in the window.
    line: usize,
    values: &'a mut [f32],
    states: Option<&'a mut [PixelState]>,
}

/// What came of one channel.
struct ChannelReading {
    /// `None` when no segment was usable.
    raster: Option<BandRaster>,
    /// State of each pixel, MIR only.
    states: Option<Array2<PixelState>>,
    /// Whether any of its segments was made by the simulator.
    simulated: bool,
    problems: Vec<Error>,
}

/// Reads a channel into a raster of the window.
fn read_channel(granule: &Granule, channel: &Channel, grid: &FixedGrid, window: &Window) -> ChannelReading {
    let shape = (window.lines, window.columns);
    let mut values = Array2::from_elem(shape, f32::NAN);
    let mut states = (channel.role == BandRole::Mir).then(|| Array2::from_elem(shape, PixelState::Missing));
    let parts = split(channel, grid, window, &mut values, states.as_mut());
    let outcomes: Vec<(Result<PartRead>, Option<Error>)> =
        parts.into_par_iter().map(|part| read_part_or_twin(granule, channel, grid, window, part)).collect();
    let mut problems = Vec::new();
    let mut raster = None;
    let mut simulated = false;
    for (outcome, damage) in outcomes {
        problems.extend(damage);
        match outcome {
            Ok(part) => {
                simulated |= part.simulated;
                raster = raster.or(Some(part.head));
            }
            Err(error) => problems.push(error),
        }
    }
    // a segment that is cut short may still have given its first lines; a MIR band without any is a scene not seen
    let some_lines = channel.role == BandRole::Mir || values.iter().any(|value| !value.is_nan());
    if raster.is_none()
        && some_lines
        && let Some(sound) = channel.files.iter().find_map(|file| segment::open(&file.path).ok())
    {
        simulated |= sound.header.centre == SIMULATED;
        raster = Some(head_of(channel, &sound.header));
    }
    ChannelReading { raster: raster.map(|head| BandRaster { values, ..head }), states, simulated, problems }
}

fn head_of(channel: &Channel, header: &Header) -> BandRaster {
    BandRaster {
        channel: format!("B{:02}", channel.number),
        values: Array2::from_elem((0, 0), 0.0),
        planck: segment::planck_law(&header.calibration),
    }
}

/// Cuts the window's rows into the parts of the segments that hold them, by the names; rows of segments that were
/// not delivered stay missing.
fn split<'a>(
    channel: &Channel<'a>,
    grid: &FixedGrid,
    window: &Window,
    values: &'a mut Array2<f32>,
    states: Option<&'a mut Array2<PixelState>>,
) -> Vec<Part<'a>> {
    let mut by_line: Vec<(usize, usize, &GranuleFile)> = channel
        .files
        .iter()
        .map(|file| {
            let lines = grid.lines / usize::from(file.segment.1);
            let first = lines * usize::from(file.segment.0 - 1);
            (first.max(window.line0), (first + lines).min(window.line0 + window.lines), *file)
        })
        .filter(|(first, end, _)| first < end)
        .collect();
    by_line.sort_by_key(|(first, ..)| *first);
    let mut rest = values.as_slice_mut().unwrap_or_default();
    let mut rest_states = states.map(|s| s.as_slice_mut().unwrap_or_default());
    let mut at = window.line0;
    let mut parts = Vec::new();
    for (first, end, file) in by_line {
        if first < at {
            continue; // segments of two different cuts of the disk overlap: the first one serves
        }
        let (skip, take) = ((first - at) * window.columns, (end - first) * window.columns);
        let part = rest.split_at_mut(skip).1.split_at_mut(take);
        rest = part.1;
        let part_states = rest_states.take().map(|all| {
            let (mine, others) = all.split_at_mut(skip).1.split_at_mut(take);
            rest_states = Some(others);
            mine
        });
        parts.push(Part { file, line: first - window.line0, values: part.0, states: part_states });
        at = end;
    }
    parts
}

/// Reads one segment's lines of the window. Lines before a clean cut are kept, those of a damaged file are not.
fn read_part(
    granule: &Granule,
    channel: &Channel,
    grid: &FixedGrid,
    window: &Window,
    file: &GranuleFile,
    part: &mut Part,
) -> Result<PartRead> {
    let Part { line: part_line, values, states, .. } = part;
    let path = &file.path;
    let segment = segment::open(path)?;
    check_identity(granule, channel, grid, file, &segment.header)?;
    let table = CountTable::of(&segment.header.calibration);
    let head = head_of(channel, &segment.header);
    let finer = channel.finer;
    let first_of_segment = (usize::from(segment.header.segment.2) - 1) / finer;
    let first = window.line0 + *part_line - first_of_segment;
    let rows = values.len() / window.columns;
    let lines = first * finer..(first + rows) * finer;
    let columns = window.column0 * finer..(window.column0 + window.columns) * finer;
    let mut blend = Blend::new(window.columns, finer);
    let simulated = segment.header.centre == SIMULATED;
    let done = segment.for_each_line(path, lines, columns, |line, counts| {
        let row = line / finer - first;
        let range = row * window.columns..(row + 1) * window.columns;
        if finer == 1 {
            for (value, count) in values[range.clone()].iter_mut().zip(counts) {
                *value = table.value(*count);
            }
        } else {
            blend.add(&table, counts);
            if line % finer == finer - 1 {
                blend.finish(&mut values[range.clone()]);
            }
        }
        if let Some(states) = states.as_deref_mut() {
            for (state, count) in states[range].iter_mut().zip(counts) {
                *state = table.state(*count);
            }
        }
    });
    match done {
        Ok(()) => Ok(PartRead { head, simulated }),
        Err(Broken::Cut(error)) => Err(error),
        Err(Broken::Damaged(error)) => {
            values.fill(f32::NAN);
            if let Some(states) = states {
                states.fill(PixelState::Missing);
            }
            Err(error)
        }
    }
}

/// Reads a part from its file, or from the file's twin where that is damaged; gives the damage too.
fn read_part_or_twin(
    granule: &Granule,
    channel: &Channel,
    grid: &FixedGrid,
    window: &Window,
    mut part: Part,
) -> (Result<PartRead>, Option<Error>) {
    let file = part.file;
    let first = read_part(granule, channel, grid, window, file, &mut part);
    match (first, twin_of(file)) {
        (Err(error), Some(twin)) => (read_part(granule, channel, grid, window, &twin, &mut part), Some(error)),
        (first, _) => (first, None),
    }
}

/// The same part from its other file.
fn twin_of(file: &GranuleFile) -> Option<GranuleFile> {
    let path = file.twin.clone()?;
    Some(GranuleFile { path, twin: None, ..file.clone() })
}

/// What a segment says of its channel.
struct PartRead {
    head: BandRaster,
    simulated: bool,
}

/// Mean of the finer pixels that make a pixel of the 2 km grid.
struct Blend {
    sums: Vec<f32>,
    counts: Vec<f32>,
    finer: usize,
}

impl Blend {
    fn new(columns: usize, finer: usize) -> Self {
        Blend { sums: vec![0.0; columns], counts: vec![0.0; columns], finer }
    }

    fn add(&mut self, table: &CountTable, counts: &[u16]) {
        for (i, pixel) in counts.chunks_exact(self.finer).enumerate() {
            for value in pixel.iter().map(|count| table.value(*count)).filter(|value| !value.is_nan()) {
                self.sums[i] += value;
                self.counts[i] += 1.0;
            }
        }
    }

    /// Writes the means and starts anew; a pixel without any value is NaN (0/0).
    fn finish(&mut self, row: &mut [f32]) {
        for (i, value) in row.iter_mut().enumerate() {
            *value = self.sums[i] / self.counts[i];
        }
        self.sums.fill(0.0);
        self.counts.fill(0.0);
    }
}

/// A segment must be what its name says: same satellite, slot, band and place in the disk.
fn check_name(granule: &Granule, channel: &Channel, file: &GranuleFile, header: &Header) -> Result<()> {
    let wrong = |found: String, expected: String| Err(mixed_up(file, found, expected));
    if let Some(satellite) = named_satellite(granule)
        && header.satellite != satellite
    {
        return wrong(format!("a segment of {:?}", header.satellite), format!("{satellite} as in its name"));
    }
    let named = granule.time.hhmm();
    let start = Utc::from_mjd(header.mjd[0]);
    let same_day = start.is_some_and(|start| start.seconds_since(granule.time).abs() < SAME_SLOT_SECONDS);
    if format!("{:04}", header.timeline) != named || !same_day {
        let start = start.map_or("no moment".to_string(), Utc::rfc3339);
        return wrong(
            format!("a segment of slot {:04} observed from {start}", header.timeline),
            format!("slot {named} of {} as in its name", granule.time.date()),
        );
    }
    if header.calibration.band != u16::from(channel.number) {
        return wrong(format!("band {}", header.calibration.band), format!("band {} as in its name", channel.number));
    }
    let (total, number, first_line) = header.segment;
    let lines = usize::from(header.lines);
    if (number, total) != file.segment || usize::from(first_line) != lines * usize::from(number.max(1) - 1) + 1 {
        return wrong(
            format!("segment {number} of {total} from line {first_line}"),
            format!("segment {} of {} as in its name", file.segment.0, file.segment.1),
        );
    }
    Ok(())
}

/// `Himawari-9` for the files of `HS_H09_...`.
fn named_satellite(granule: &Granule) -> Option<String> {
    let number: u8 = granule.name.strip_prefix("HS_H")?.get(..2)?.parse().ok()?;
    Some(format!("Himawari-{number}"))
}

/// Start of a segment's observation lies within this of its slot; yesterday's same slot does not.
const SAME_SLOT_SECONDS: f64 = 3600.0;

fn mixed_up(file: &GranuleFile, found: String, expected: String) -> Error {
    let advice = "the file was renamed, mixed up or damaged: fetch it again";
    Error::input(&file.path, found, expected, advice)
}

/// A segment must be what its name says and lie in the grid of the rest.
fn check_identity(
    granule: &Granule,
    channel: &Channel,
    grid: &FixedGrid,
    file: &GranuleFile,
    header: &Header,
) -> Result<()> {
    check_name(granule, channel, file, header)?;
    let lines = usize::from(header.lines);
    let (all_lines, columns) = (lines * usize::from(header.segment.0), usize::from(header.columns));
    if all_lines != grid.lines * channel.finer || columns != grid.columns * channel.finer {
        return Err(mixed_up(
            file,
            format!("{all_lines} lines of {columns} columns"),
            format!("{} lines of {} columns", grid.lines * channel.finer, grid.columns * channel.finer),
        ));
    }
    // the same view of the earth: a channel with finer pixels has its own factors, but column 0 and line 0 of the
    // 2 km grid must be where they are for the others
    let own = grid_of(header);
    let finer = channel.finer as f64;
    let close = |a: f64, b: f64, limit: f64| (a - b).abs() <= limit;
    let shift = (finer - 1.0) / 2.0;
    let same = close(own.sub_lon_deg, grid.sub_lon_deg, 1e-6)
        && close(own.distance_km, grid.distance_km, 1e-3)
        && close(own.equatorial_km, grid.equatorial_km, 1e-6)
        && close(own.polar_km, grid.polar_km, 1e-6)
        && close(own.dx * finer, grid.dx, grid.dx * 1e-6)
        && close(own.dy * finer, grid.dy, grid.dx * 1e-6)
        && close(own.x0 + shift * own.dx, grid.x0, grid.dx * 0.01)
        && close(own.y0 + shift * own.dy, grid.y0, grid.dx * 0.01);
    if same {
        return Ok(());
    }
    let found = format!("another view of the earth ({:?})", header.projection);
    Err(mixed_up(file, found, format!("that of the other segments ({grid:?})")))
}
