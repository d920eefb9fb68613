//! One look of an imager that is delivered on a map: square pixels of tens of metres, lines from north to south.
//!
//! Such a scene has sixty million pixels. It says where they lie and what their counts mean; the counts themselves are read
//! piece by piece (`ingest::map`), so that no band is ever held whole but those that the context of a fire asks for.

use super::swath::Nodes;
use super::{BandRole, Window};
use crate::time::Utc;
use std::collections::BTreeMap;

/// An imager, as far as it has bands and pixels of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MapInstrument {
    /// Landsat-8 and 9: 30 m.
    Oli,
    /// Sentinel-2: 20 m, the finer bands brought to it.
    Msi,
}

impl MapInstrument {
    /// Sensor name, as FIRMS writes it where it has one.
    pub fn sensor(self) -> &'static str {
        match self {
            MapInstrument::Oli => "OLI",
            MapInstrument::Msi => "MSI",
        }
    }
}

/// Where the pixels lie: north up, square, in the metres of a projection.
#[derive(Debug, Clone, PartialEq)]
pub struct MapGrid {
    /// The coordinate system, as WKT.
    pub system: String,
    /// Western edge of column 0, m.
    pub west_m: f64,
    /// Northern edge of line 0, m.
    pub north_m: f64,
    /// Side of a pixel, m.
    pub pixel_m: f64,
    /// Lines of the whole.
    pub lines: usize,
    /// Columns of the whole.
    pub columns: usize,
}

impl MapGrid {
    /// Easting and northing of a point, m; whole numbers are the middles of pixels.
    pub fn at(&self, line: f64, column: f64) -> (f64, f64) {
        (self.west_m + (column + 0.5) * self.pixel_m, self.north_m - (line + 0.5) * self.pixel_m)
    }

    /// Line and column of a point; whole numbers are the middles of pixels.
    pub fn of(&self, easting_m: f64, northing_m: f64) -> (f64, f64) {
        ((self.north_m - northing_m) / self.pixel_m - 0.5, (easting_m - self.west_m) / self.pixel_m - 0.5)
    }
}

/// What a count means: `mult * count + add`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Of a count.
    pub mult: f64,
    /// Of count 0.
    pub add: f64,
}

impl Scale {
    /// The value of a count.
    #[inline]
    pub fn of(self, count: u16) -> f64 {
        self.mult * f64::from(count) + self.add
    }
}

/// What a band measures.
#[derive(Debug, Clone, PartialEq)]
pub struct MapBand {
    /// Its maker's name, `B7`.
    pub channel: String,
    /// Reflectance at the top of the atmosphere.
    pub reflectance: Scale,
    /// Radiance, W m-2 sr-1 um-1, where the files say it.
    pub radiance: Option<Scale>,
}

/// What the files say of a pixel beside its counts: a set of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MapMarks(pub u8);

impl MapMarks {
    /// No measurement in a band that the search needs, or what held it is damaged.
    pub const FILL: MapMarks = MapMarks(1);
    /// Cloud, with what lies beside it.
    pub const CLOUD: MapMarks = MapMarks(2);
    /// Shadow of a cloud.
    pub const SHADOW: MapMarks = MapMarks(4);
    /// Snow or ice.
    pub const SNOW: MapMarks = MapMarks(8);
    /// Water.
    pub const WATER: MapMarks = MapMarks(16);
    /// The 1.6 um band is saturated.
    pub const SATURATED_16: MapMarks = MapMarks(32);
    /// The 2.2 um band is saturated.
    pub const SATURATED_22: MapMarks = MapMarks(64);

    /// Whether one of the marks is set.
    #[inline]
    pub fn any(self, marks: MapMarks) -> bool {
        self.0 & marks.0 != 0
    }

    /// With these marks too.
    #[must_use]
    #[inline]
    pub fn with(self, marks: MapMarks) -> MapMarks {
        MapMarks(self.0 | marks.0)
    }
}

/// One look, without its counts.
#[derive(Debug, Clone)]
pub struct MapScene {
    /// Name of the product.
    pub granule: String,
    /// Satellite, e.g. `Landsat-9`.
    pub satellite: String,
    /// Imager.
    pub instrument: MapInstrument,
    /// When its middle was seen.
    pub time: Utc,
    /// Made by the simulator.
    pub simulated: bool,
    /// The whole grid.
    pub grid: MapGrid,
    /// The part of it that is searched, with the halo.
    pub window: Window,
    /// Bands by role.
    pub bands: BTreeMap<BandRole, MapBand>,
    /// Whether the reflectance of a count is already divided by the sine of the sun's elevation (Sentinel-2 is, Landsat is not).
    pub sun_corrected: bool,
    /// Elevation of the sun over the window, degrees.
    pub sun_elevation_deg: Nodes,
    /// The count of a saturated pixel, where there is one: a mark of the files may be absent.
    pub saturated_count: Option<u16>,
    /// The files tell cloud, so that spectral guesses are not needed.
    pub has_cloud_marks: bool,
    /// Once it was searched: some of its pixels at 2.2 um, per cent of reflectance by day, radiance by night, NaN where nothing was
    /// measured. For pictures.
    pub overview: Option<Nodes>,
}

impl MapScene {
    /// Whether anything tells where cloud is: marks of the files, or by day a band of the visible.
    pub fn can_tell_cloud(&self, is_day: bool) -> bool {
        let sees = |role: &BandRole| self.bands.contains_key(role);
        self.has_cloud_marks || (is_day && (sees(&BandRole::Blue) || sees(&BandRole::Red)))
    }

    /// Whether it was taken by day.
    pub fn is_day(&self, least_deg: f32) -> bool {
        self.middle_sun_deg() > least_deg
    }

    /// Elevation of the sun in the middle of the window, degrees.
    pub fn middle_sun_deg(&self) -> f32 {
        self.sun_elevation_deg.at((self.window.lines / 2, self.window.columns / 2))
    }
}
