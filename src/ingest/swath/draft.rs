//! The scene of an overpass while its granules are read into it: allocated once for the joined window, each granule
//! fills its own lines, and what nobody fills stays fill.

use super::Header;
use super::glint::{STEP, glint_deg, node_shape, sun_nodes};
use crate::error::Result;
use crate::ingest::Extent;
use crate::ingest::geometry::sun::Sun;
use crate::ingest::hdf5::{Number, Variable};
use crate::place::LonLat;
use crate::scene::swath::{Flags, Nodes, Piece, PowerBand, Reflectance, SwathPlaces, SwathScene};
use crate::scene::{BandRaster, BandRole, Window};
use crate::time::Utc;
use crate::units::PlanckLaw;
use ndarray::{Array2, ArrayViewMut2, Zip, s};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

/// A scene being read.
pub(crate) struct Draft {
    window: Window,
    header: Header,
    pieces: Vec<Piece>,
    /// Sun's zenith and azimuth at the nodes, degrees, once the places are known.
    sun: Option<(Nodes, Nodes)>,
    pub(crate) lon: Array2<f32>,
    pub(crate) lat: Array2<f32>,
    pub(crate) flags: Array2<Flags>,
    thermal: BTreeMap<BandRole, BandRaster>,
    reflective: BTreeMap<BandRole, Array2<Reflectance>>,
    power: Option<PowerBand>,
    /// View zenith and azimuth at the nodes, degrees.
    view: [Array2<f32>; 2],
    pub(crate) simulated: bool,
}

/// Greatest sun zenith angle at which reflectances are divided by its cosine: beyond, they mean nothing.
const LOWEST_SUN_DEG: f32 = 88.0;

/// Where in the draft a granule's part goes.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// Lines of the draft.
    pub(crate) lines: Range<usize>,
}

impl Draft {
    /// An empty scene of a window of the joined overpass.
    pub(super) fn new(window: Window, pieces: Vec<Piece>, header: &Header) -> Self {
        let shape = (window.lines, window.columns);
        Draft {
            window,
            header: header.clone(),
            pieces,
            sun: None,
            lon: spread(shape, f32::NAN),
            lat: spread(shape, f32::NAN),
            flags: spread(shape, Flags::FILL),
            thermal: BTreeMap::new(),
            reflective: BTreeMap::new(),
            power: None,
            view: [Array2::from_elem(node_shape(shape), f32::NAN), Array2::from_elem(node_shape(shape), f32::NAN)],
            simulated: false,
        }
    }

    /// The lines of a slot of a thermal band.
    pub(crate) fn thermal(
        &mut self,
        role: BandRole,
        channel: &str,
        planck: PlanckLaw,
        slot: &Slot,
    ) -> ArrayViewMut2<'_, f32> {
        let shape = self.flags.dim();
        let empty =
            || BandRaster { channel: channel.to_string(), values: spread(shape, f32::NAN), planck: Some(planck) };
        self.thermal.entry(role).or_insert_with(empty).values.slice_mut(s![slot.lines.clone(), ..])
    }

    /// The lines of a slot of a thermal band that was begun, with their marks.
    pub(crate) fn band_and_flags(
        &mut self,
        role: BandRole,
        slot: &Slot,
    ) -> Option<(ArrayViewMut2<'_, f32>, ArrayViewMut2<'_, Flags>)> {
        let band = self.thermal.get_mut(&role)?;
        let values = band.values.slice_mut(s![slot.lines.clone(), ..]);
        Some((values, self.flags.slice_mut(s![slot.lines.clone(), ..])))
    }

    /// The lines of a slot of a reflective band.
    pub(crate) fn reflective(&mut self, role: BandRole, slot: &Slot) -> ArrayViewMut2<'_, Reflectance> {
        let shape = self.flags.dim();
        let band = self.reflective.entry(role).or_insert_with(|| spread(shape, Reflectance::NONE));
        band.slice_mut(s![slot.lines.clone(), ..])
    }

    /// Empties a slot of a band that could not be read to its end: how far it came depends on the threads.
    pub(crate) fn forget(&mut self, role: BandRole, slot: &Slot) {
        if let Some(band) = self.thermal.get_mut(&role) {
            band.values.slice_mut(s![slot.lines.clone(), ..]).fill(f32::NAN);
        }
        if let Some(band) = self.reflective.get_mut(&role) {
            band.slice_mut(s![slot.lines.clone(), ..]).fill(Reflectance::NONE);
        }
    }

    /// Empties the lines of the power band under a slot.
    pub(crate) fn forget_power(&mut self, slot: &Slot) {
        if let Some(band) = &mut self.power {
            let rows = |line: usize| (line + band.offset.0) / band.ratio;
            let end = (rows(slot.lines.end.saturating_sub(1)) + 1).min(band.radiance.nrows());
            band.radiance.slice_mut(s![rows(slot.lines.start)..end, ..]).fill(f32::NAN);
        }
    }

    /// The marks of a slot's lines.
    pub(crate) fn flags(&mut self, slot: &Slot) -> ArrayViewMut2<'_, Flags> {
        self.flags.slice_mut(s![slot.lines.clone(), ..])
    }

    /// The lines under a slot of a band on a coarser grid, and which lines and columns of that grid they are, given
    /// the slot's first line in its granule.
    pub(crate) fn power(
        &mut self,
        channel: &str,
        ratio: usize,
        slot: &Slot,
        granule_line: usize,
    ) -> (ArrayViewMut2<'_, f32>, (Range<usize>, Range<usize>)) {
        let column0 = self.window.column0;
        let offset = (self.window.line0 % ratio, column0 % ratio);
        let (lines, columns) = self.flags.dim();
        let shape = ((lines + offset.0).div_ceil(ratio), (columns + offset.1).div_ceil(ratio));
        let band = self.power.get_or_insert_with(|| PowerBand {
            channel: channel.to_string(),
            radiance: spread(shape, f32::NAN),
            ratio,
            offset,
        });
        let first = (slot.lines.start + offset.0) / ratio;
        let end = (slot.lines.end + offset.0).div_ceil(ratio);
        let source = granule_line / ratio;
        let lines = source..source + end - first;
        (band.radiance.slice_mut(s![first..end, ..]), (lines, column0 / ratio..column0 / ratio + shape.1))
    }

    /// Takes view angles (0 zenith, 1 azimuth) of a granule's part at the nodes.
    pub(crate) fn view_angle<T: Number + Into<f64>>(
        &mut self,
        which: usize,
        variable: &Variable,
        scale: f64,
        slot: &Slot,
        first: (usize, usize),
    ) -> Result<()> {
        let nodes = Mutex::new(&mut self.view[which]);
        let (last_line, columns) = (self.window.lines - 1, self.window.columns);
        let mut nothing = Array2::from_elem((slot.lines.len(), columns), ());
        variable.fill::<T, ()>(0, first, nothing.view_mut(), |(line, first), row, _| {
            let line = slot.lines.start + line;
            if !line.is_multiple_of(STEP) && line != last_line {
                return;
            }
            let Ok(mut nodes) = nodes.lock() else { return };
            put_row(&mut nodes, (line, line == last_line), (first, columns), row, scale);
        })
    }

    /// Takes the places of a slot; pixels that have one are no longer fill.
    pub(crate) fn put_places(&mut self, slot: &Slot, lons: &Array2<f32>, lats: &Array2<f32>) {
        self.lon.slice_mut(s![slot.lines.clone(), ..]).assign(lons);
        self.lat.slice_mut(s![slot.lines.clone(), ..]).assign(lats);
        self.mark_places(slot);
    }

    /// Clears the fill mark of the pixels of a slot that have a place.
    pub(crate) fn mark_places(&mut self, slot: &Slot) {
        let lines = slot.lines.clone();
        Zip::from(self.flags.slice_mut(s![lines.clone(), ..]))
            .and(self.lon.slice(s![lines.clone(), ..]))
            .and(self.lat.slice(s![lines, ..]))
            .par_for_each(|flags, lon, lat| {
                if lon.abs() <= 180.0 && lat.abs() <= 90.0 {
                    *flags = Flags::default();
                }
            });
    }

    /// Takes the land/water mask of a slot.
    pub(crate) fn mark_surface(&mut self, slot: &Slot, mask: &Array2<u8>) {
        let mut flags = self.flags(slot);
        Zip::from(&mut flags).and(mask).par_for_each(|flags, value| *flags = flags.with(surface_marks(*value)));
    }

    /// Takes view angles (0 zenith, 1 azimuth; degrees) of a slot at the nodes, from all of its pixels.
    pub(crate) fn put_view_angle(&mut self, which: usize, degrees: &Array2<f32>, slot: &Slot) {
        let (last_line, columns) = (self.window.lines - 1, self.window.columns);
        for (row, line) in degrees.outer_iter().zip(slot.lines.clone()) {
            if let (true, Some(row)) = (line % STEP == 0 || line == last_line, row.as_slice()) {
                put_row(&mut self.view[which], (line, line == last_line), (0, columns), row, 1.0);
            }
        }
    }

    /// Where the pixels of a slot lie, by line and column of the slot.
    pub(crate) fn places_of(&self, slot: &Slot) -> impl Fn((usize, usize)) -> Option<LonLat> + '_ {
        let start = slot.lines.start;
        move |(line, column)| {
            let at = (start + line, column);
            LonLat::new(f64::from(self.lon[at]), f64::from(self.lat[at]))
        }
    }

    /// Marks the sea of a slot, for files without a land/water mask of their own.
    pub(crate) fn mark_sea(&mut self, slot: &Slot, is_land: fn(LonLat) -> bool) {
        let lines = slot.lines.clone();
        Zip::from(self.flags.slice_mut(s![lines.clone(), ..]))
            .and(self.lon.slice(s![lines.clone(), ..]))
            .and(self.lat.slice(s![lines, ..]))
            .par_for_each(|flags, lon, lat| {
                if LonLat::new(f64::from(*lon), f64::from(*lat)).is_some_and(|place| !is_land(place)) {
                    *flags = flags.with(Flags::WATER);
                }
            });
    }

    /// Whether a pixel has a place inside an area.
    pub(super) fn is_over(&self, at: (usize, usize), extent: &Extent) -> bool {
        let Some(place) = LonLat::new(f64::from(self.lon[at]), f64::from(self.lat[at])) else { return false };
        match extent {
            Extent::Full => true,
            Extent::Around { area, .. } => {
                (area.south..=area.north).contains(&place.lat()) && (area.west..=area.east).contains(&place.lon())
            }
        }
    }

    /// Temperature of a pixel in a thermal band, where it has one.
    pub(super) fn kelvin(&self, role: BandRole, at: (usize, usize)) -> Option<f32> {
        self.thermal.get(&role).map(|band| band.values[at]).filter(|kelvin| kelvin.is_finite())
    }

    /// The name of a thermal band that was begun.
    pub(super) fn channel(&self, role: BandRole) -> Option<&str> {
        self.thermal.get(&role).map(|band| band.channel.as_str())
    }

    /// When a line of the draft was scanned.
    fn time_of(&self, line: usize) -> Utc {
        let line = line + self.window.line0;
        let piece = self.pieces.iter().rev().find(|piece| piece.first_line <= line);
        let scan_lines = self.header.instrument.scan_lines();
        let time = piece.and_then(|piece| {
            piece.time.plus_seconds(((line - piece.first_line) / scan_lines) as f64 * piece.scan_seconds)
        });
        time.unwrap_or(self.header.time)
    }

    /// Computes where the sun stands, from the places and the times of the lines.
    pub(super) fn light(&mut self) {
        let (mut zenith, mut azimuth) = sun_nodes(&self.lon, &self.lat, |line| self.time_of(line));
        fill_holes(&mut zenith.values);
        fill_holes(&mut azimuth.values);
        self.sun = Some((zenith, azimuth));
    }

    /// Zenith and azimuth (degrees) of the sun at a pixel by the almanac; `None` where it has no place.
    pub(super) fn sun_at(&self, at: (usize, usize)) -> Option<(f64, f64)> {
        let place = LonLat::new(f64::from(self.lon[at]), f64::from(self.lat[at]))?;
        Some(Sun::at(self.time_of(at.0)).zenith_azimuth_deg(place))
    }

    /// Sun's zenith angle, degrees; NaN before the places are known.
    pub(crate) fn sun_zenith_deg(&self) -> Nodes {
        self.sun.as_ref().map_or_else(|| Nodes::constant(f32::NAN, self.flags.dim()), |sun| sun.0.clone())
    }

    /// What reflectances are multiplied with: one over the cosine of the sun's zenith angle; NaN where it is too low for
    /// them to mean anything. Linear between nodes 8 pixels apart it is good to a few parts in a million.
    pub(crate) fn per_cosine(&self) -> Nodes {
        let zenith = self.sun_zenith_deg();
        let values = zenith
            .values
            .map(|zenith| if *zenith < LOWEST_SUN_DEG { 1.0 / zenith.to_radians().cos() } else { f32::NAN });
        Nodes { step: zenith.step, values }
    }

    /// Whether the sun is up somewhere in a slot.
    pub(crate) fn is_day(&self, slot: &Slot) -> bool {
        let rows = slot.lines.start / STEP..slot.lines.end.div_ceil(STEP) + 1;
        let sun =
            self.sun.iter().flat_map(|sun| sun.0.values.slice(s![rows.start..rows.end.min(sun.0.values.nrows()), ..]));
        sun.copied().any(|zenith| zenith < super::HIGHEST_NIGHT_SUN_DEG)
    }

    /// The finished scene.
    pub(super) fn finish(self, granule: &str) -> SwathScene {
        let [mut view_zenith, mut view_azimuth] = self.view;
        // a fill value of the file is no angle
        view_zenith.mapv_inplace(|angle| if (0.0..=180.0).contains(&angle) { angle } else { f32::NAN });
        view_azimuth.mapv_inplace(|angle| if (-360.0..=360.0).contains(&angle) { angle } else { f32::NAN });
        fill_holes(&mut view_zenith);
        fill_holes(&mut view_azimuth);
        let nodes = |values: Array2<f32>| Nodes { step: (STEP, STEP), values };
        let dark = || (nodes(view_zenith.map(|_| f32::NAN)), nodes(view_zenith.map(|_| f32::NAN)));
        let (sun_zenith_deg, sun_azimuth) = self.sun.unwrap_or_else(dark);
        let mut glint = view_zenith.clone();
        Zip::indexed(&mut glint).par_for_each(|at, glint| {
            let sun = (sun_zenith_deg.values[at], sun_azimuth.values[at]);
            *glint = glint_deg(sun, (view_zenith[at], view_azimuth[at]));
        });
        SwathScene {
            granule: granule.to_string(),
            satellite: self.header.satellite.clone(),
            instrument: self.header.instrument,
            time: self.pieces.first().map_or(self.header.time, |piece| piece.time),
            simulated: self.simulated,
            pieces: self.pieces,
            window: self.window,
            places: SwathPlaces {
                lon: self.lon,
                lat: self.lat,
                sun_zenith_deg,
                view_zenith_deg: nodes(view_zenith),
                glint_deg: nodes(glint),
            },
            thermal: self.thermal,
            reflective: self.reflective,
            flags: self.flags,
            power: self.power,
        }
    }
}

/// Gives nodes without a value that of the nearest node of their column that has one: where a scan or a granule is
/// missing the pixels beside it must not lose their sun. Eight lines away it stands 0.1 degree off.
fn fill_holes(nodes: &mut Array2<f32>) {
    for mut column in nodes.columns_mut() {
        let known: Vec<(usize, f32)> =
            column.iter().copied().enumerate().filter(|(_, value)| !value.is_nan()).collect();
        for (i, value) in column.iter_mut().enumerate().filter(|(_, value)| value.is_nan()) {
            let next = known.partition_point(|(at, _)| *at < i);
            let near = [next.checked_sub(1), Some(next)].into_iter().flatten().filter_map(|n| known.get(n));
            *value = near.min_by_key(|(at, _)| at.abs_diff(i)).map_or(f32::NAN, |(_, value)| *value);
        }
    }
}

/// An array of one value, written by all threads: on one, the first touch of a gigabyte of new memory would take longer
/// than inflating what goes into it.
fn spread<T: Copy + Send + Sync>(shape: (usize, usize), value: T) -> Array2<T> {
    let values: Vec<T> = rayon::iter::repeat_n(value, shape.0 * shape.1).collect();
    Array2::from_shape_vec(shape, values).unwrap_or_else(|_| Array2::from_elem(shape, value))
}

/// The marks of a value of the land/water mask (MOD03, VNP03: 0 shallow ocean, 1 land, 2 coast, 3 to 7 inland water and
/// ocean, 255 not known).
pub(crate) fn surface_marks(value: u8) -> Flags {
    match value {
        1 | 255 => Flags::default(),
        2 => Flags::COAST,
        _ => Flags::WATER,
    }
}

/// Puts the values of a row at the nodes that lie on it; the last line and the last column also serve the nodes past
/// the end.
fn put_row<T: Number + Into<f64>>(
    nodes: &mut Array2<f32>,
    (line, is_last): (usize, bool),
    (first, columns): (usize, usize),
    row: &[T],
    scale: f64,
) {
    let rows: Vec<usize> = if is_last { (line.div_ceil(STEP)..nodes.nrows()).collect() } else { vec![line / STEP] };
    for (i, value) in row.iter().enumerate() {
        let column = first + i;
        let value = ((*value).into() * scale) as f32;
        for &r in &rows {
            if column % STEP == 0 {
                nodes[(r, column / STEP)] = value;
            }
            if column + 1 == columns {
                nodes.slice_mut(s![r, column.div_ceil(STEP)..]).fill(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_take_the_nearest_value_of_their_column() {
        let (n, mut nodes) = (f32::NAN, Array2::from_elem((6, 2), f32::NAN));
        nodes.column_mut(0).assign(&ndarray::arr1(&[n, 1.0, n, n, 4.0, n]));
        fill_holes(&mut nodes);
        assert_eq!(nodes.column(0).to_vec(), [1.0, 1.0, 1.0, 4.0, 4.0, 4.0]);
        assert!(nodes.column(1).iter().all(|value| value.is_nan()));
    }
}
