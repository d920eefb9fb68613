//! One channel of a granule: its segments put together on the window.

use super::header::Header;
use super::identity::check_identity;
use super::segment::{self, Broken, CountTable};
use crate::error::{Error, Result};
use crate::ingest::granule::{Granule, GranuleFile};
use crate::scene::{BandRaster, BandRole, FixedGrid, PixelState, Window};
use ndarray::Array2;
use rayon::prelude::*;

/// Processing centre of simulated segments.
pub(super) const SIMULATED: &str = "SIM";

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
pub(super) struct Channel<'a> {
    /// Band number.
    pub(super) number: u8,
    /// What it is used for.
    pub(super) role: BandRole,
    /// Lines of the channel to a line of the 2 km grid.
    pub(super) finer: usize,
    /// Its files.
    pub(super) files: Vec<&'a GranuleFile>,
}

/// The channels of a granule that have files.
pub(super) fn channels(granule: &Granule) -> Vec<Channel<'_>> {
    let with_files = |&(number, role, finer): &(u8, BandRole, usize)| {
        let files: Vec<_> = granule.files.iter().filter(|file| file.band == number).collect();
        (!files.is_empty()).then_some(Channel { number, role, finer, files })
    };
    CHANNELS.iter().filter_map(with_files).collect()
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
pub(super) struct ChannelReading {
    /// `None` when no segment was usable.
    pub(super) raster: Option<BandRaster>,
    /// State of each pixel, MIR only.
    pub(super) states: Option<Array2<PixelState>>,
    /// Whether any of its segments was made by the simulator.
    pub(super) simulated: bool,
    pub(super) problems: Vec<Error>,
}

/// Reads a channel into a raster of the window.
pub(super) fn read_channel(granule: &Granule, channel: &Channel, grid: &FixedGrid, window: &Window) -> ChannelReading {
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
pub(super) fn twin_of(file: &GranuleFile) -> Option<GranuleFile> {
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
