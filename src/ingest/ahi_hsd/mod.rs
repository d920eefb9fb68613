//! Himawari-8/9 AHI from Himawari Standard Data segments: only the segments and lines that hold the window.

mod channel;
pub mod header;
mod identity;
pub mod segment;

use super::geometry::fixed_grid;
use super::geometry::sun::Sun;
use super::granule::Granule;
use super::{Extent, Note, Reading, band_missing, require_window_band};
use crate::error::{Error, Result};
use crate::scene::{BandRaster, BandRole, FixedGrid, Look, PixelState, Scene, WINDOW_BANDS, Window};
use channel::{Channel, ChannelReading, SIMULATED, channels, read_channel, twin_of};
use header::Header;
use identity::check_name;
pub use identity::grid_of;
use ndarray::{Array2, s};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};

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
        return Ok(Reading { look: None, counts: None, problems, notes: Vec::new() });
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
    problems.extend(replace_window_band(granule, &channels, (first_choice, extent), &mut scene));
    let mut said = HashSet::new();
    problems.retain(|error| said.insert(error.to_string()));
    if scene.tir().is_none() {
        let none = || band_missing(granule, "a readable window band: 14, 13, 15, 11, 12 or 16", "..._B14_...");
        return Err(super::all_in_one(problems).unwrap_or_else(none));
    }
    require_window_band(&mut scene);
    let judged_by = [Some(BandRole::Mir), scene.tir().map(|(role, _)| role)];
    let judging = channels.iter().filter(|c| judged_by.contains(&Some(c.role)));
    let notes = judging.filter_map(|channel| undelivered(channel, &grid, extent)).collect();
    Ok(Reading { look: Some(Look::Fixed(Box::new(scene))), counts: None, problems, notes })
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

/// Share of the pixels with a MIR value for which a window band must have one too, lest a better one is sought.
const SERVES: f64 = 0.9;

/// Where the first choice of window band lacks values over the wanted area (a segment of it damaged or not delivered, or
/// all fill), the next one that has them serves, else the one with most. With none at all the empty band stays: its
/// pixels are then not observed.
fn replace_window_band(
    granule: &Granule,
    channels: &[Channel],
    (first_choice, extent): (Option<BandRole>, &Extent),
    scene: &mut Scene,
) -> Vec<Error> {
    let mut problems = Vec::new();
    // values in the halo alone are no look at the site
    let area = without_halo(extent).window(&scene.grid).and_then(|area| area.shared_with(&scene.window));
    let area = area.unwrap_or(scene.window);
    let (line, column) = (area.line0 - scene.window.line0, area.column0 - scene.window.column0);
    let part = s![line..line + area.lines, column..column + area.columns];
    let seen = |band: &BandRaster| band.values.slice(part).iter().filter(|value| !value.is_nan()).count();
    let wanted = scene.bands.get(&BandRole::Mir).map_or(0, seen) as f64;
    let mut best: Option<(usize, BandRole, BandRaster)> = None;
    for role in WINDOW_BANDS {
        let Some(channel) = channels.iter().find(|c| c.role == role) else { continue };
        if Some(role) != first_choice && role != BandRole::Tir12 {
            let reading = read_channel(granule, channel, &scene.grid, &scene.window);
            problems.extend(keep(scene, role, reading));
        }
        let Some(band) = scene.bands.remove(&role) else { continue };
        let count = seen(&band);
        if count as f64 >= SERVES * wanted && band.has_values() {
            scene.bands.insert(role, band);
            return problems;
        }
        if best.as_ref().is_none_or(|(most, ..)| count > *most) {
            best = Some((count, role, band));
        }
    }
    scene.bands.extend(best.map(|(_, role, band)| (role, band)));
    problems
}

/// The wanted area itself.
fn without_halo(extent: &Extent) -> Extent {
    match *extent {
        Extent::Full => Extent::Full,
        Extent::Around { area, .. } => Extent::Around { area, halo: 0 },
    }
}

/// Segments over the wanted area that nobody delivered: no file is at fault, but the lines are not observed.
fn undelivered(channel: &Channel, grid: &FixedGrid, extent: &Extent) -> Option<Note> {
    let (window, file) = (without_halo(extent).window(grid)?, channel.files.first()?);
    let total = file.segment.1;
    let lines = grid.lines / usize::from(total);
    let absent: Vec<u8> = (1..=total)
        .filter(|number| {
            let first = lines * usize::from(number - 1);
            first < window.line0 + window.lines && window.line0 < first + lines
        })
        .filter(|number| !channel.files.iter().any(|file| file.segment == (*number, total)))
        .collect();
    (!absent.is_empty()).then(|| segments_absent(channel.number, &absent, total))
}

fn segments_absent(band: u8, absent: &[u8], total: u8) -> Note {
    let numbers = absent.iter().map(u8::to_string).collect::<Vec<_>>().join("、");
    Note::new(
        format!("band {band}: segments {absent:?} of {total} were not delivered; their lines are not observed"),
        format!("波段 {band}: 第 {numbers} 段(共 {total} 段)未到, 其范围未观测"),
    )
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
        height_m: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_that_did_not_come_are_told_in_both_languages() {
        let note = segments_absent(7, &[2, 3], 10);
        assert_eq!(note.to_string(), "band 7: segments [2, 3] of 10 were not delivered; their lines are not observed");
        assert_eq!(note.spoken(), "波段 7: 第 2、3 段(共 10 段)未到, 其范围未观测");
    }
}
