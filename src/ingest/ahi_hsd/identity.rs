//! A segment must be what its name says, and look at the earth as the others do.

use super::channel::Channel;
use super::header::Header;
use crate::error::{Error, Result};
use crate::ingest::granule::{Granule, GranuleFile};
use crate::scene::{FixedGrid, Sweep};
use crate::time::Utc;

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

/// A segment must be what its name says: same satellite, slot, band and place in the disk.
pub(super) fn check_name(granule: &Granule, channel: &Channel, file: &GranuleFile, header: &Header) -> Result<()> {
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
pub(super) fn check_identity(
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
