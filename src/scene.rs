//! One look of one satellite at one window: calibrated bands on a fixed grid, and what each pixel is.

pub mod map;
pub mod swath;

use crate::time::Utc;
use crate::units::PlanckLaw;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A band by what it is used for; channel names stay inside a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BandRole {
    /// 0.44 um reflectance.
    Coastal,
    /// 0.47 um reflectance.
    Blue,
    /// 0.56 um reflectance.
    Green,
    /// 0.64 um reflectance.
    Red,
    /// 0.86 um reflectance.
    Nir,
    /// 1.6 um reflectance.
    Swir16,
    /// 2.2 um reflectance.
    Swir22,
    /// 3.9 um.
    Mir,
    /// 8.6 um.
    Tir86,
    /// 9.6 um (ozone).
    Tir96,
    /// 10.4 um.
    Tir10,
    /// 11.2 um.
    Tir11,
    /// 12.3 um.
    Tir12,
    /// 13.3 um (carbon dioxide).
    Tir13,
}

impl BandRole {
    /// Whether the band measures emitted heat (brightness temperature) and not reflected sun.
    pub fn is_thermal(self) -> bool {
        self >= BandRole::Mir
    }

    /// What the band is, in words for messages.
    pub fn name(self) -> &'static str {
        match self {
            BandRole::Coastal => "0.44 um",
            BandRole::Blue => "0.47 um",
            BandRole::Green => "0.56 um",
            BandRole::Red => "0.64 um",
            BandRole::Nir => "0.86 um",
            BandRole::Swir16 => "1.6 um",
            BandRole::Swir22 => "2.2 um",
            BandRole::Mir => "3.9 um (MIR)",
            BandRole::Tir86 => "8.6 um",
            BandRole::Tir96 => "9.6 um",
            BandRole::Tir10 => "10.4 um",
            BandRole::Tir11 => "11.2 um",
            BandRole::Tir12 => "12.3 um",
            BandRole::Tir13 => "13.3 um",
        }
    }
}

/// What is known of a pixel of the MIR band before any fire test. Missing is a state, not a NaN in a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum PixelState {
    /// A good measurement.
    Valid,
    /// A measurement outside the calibrated range: usable, a lower bound, and where fire cores are.
    Saturated,
    /// No measurement (fill, error count, flagged unusable).
    Fill,
    /// Looks past the earth.
    OffEarth,
    /// The file that would hold it is not there or is damaged.
    Missing,
}

impl PixelState {
    /// All states, in order.
    pub const ALL: [PixelState; 5] =
        [PixelState::Valid, PixelState::Saturated, PixelState::Fill, PixelState::OffEarth, PixelState::Missing];

    /// Whether the pixel has a usable MIR value.
    pub fn is_usable(self) -> bool {
        matches!(self, PixelState::Valid | PixelState::Saturated)
    }
}

/// A rectangle of the full grid: first line and column (from 0), and how many of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First line in the full grid, from 0.
    pub line0: usize,
    /// First column in the full grid, from 0.
    pub column0: usize,
    /// Number of lines.
    pub lines: usize,
    /// Number of columns.
    pub columns: usize,
}

/// Which way the scanner sweeps; decides how the two angles combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sweep {
    /// GOES-R ABI.
    X,
    /// Himawari AHI, FY-4 AGRI, Meteosat (CGMS 4.4).
    Y,
}

/// A geostationary fixed grid. Angles are radians from the sub-satellite point: x to the east, y to the north.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FixedGrid {
    /// Sub-satellite longitude, degrees.
    pub sub_lon_deg: f64,
    /// Distance of the satellite from the earth's centre, km.
    pub distance_km: f64,
    /// Equatorial radius, km.
    pub equatorial_km: f64,
    /// Polar radius, km.
    pub polar_km: f64,
    /// Sweep axis.
    pub sweep: Sweep,
    /// x of column 0, radians.
    pub x0: f64,
    /// x step a column, radians.
    pub dx: f64,
    /// y of line 0, radians.
    pub y0: f64,
    /// y step a line, radians (negative: lines go south).
    pub dy: f64,
    /// Lines of the full grid.
    pub lines: usize,
    /// Columns of the full grid.
    pub columns: usize,
}

/// One calibrated band on the scene's window: kelvin for thermal bands, reflectance (divided by the cosine of the
/// sun's zenith distance nowhere yet) for the others. NaN only where `Scene::state` or the band itself has no value.
#[derive(Debug, Clone)]
pub struct BandRaster {
    /// Channel name as its maker has it, for `tir_band` and messages.
    pub channel: String,
    /// Values, lines x columns of the window.
    pub values: Array2<f32>,
    /// Radiance law, thermal bands only.
    pub planck: Option<PlanckLaw>,
}

impl BandRaster {
    /// Whether any pixel has a value.
    pub fn has_values(&self) -> bool {
        self.values.iter().any(|value| !value.is_nan())
    }
}

/// One look of one satellite, calibrated, on the grid of its MIR band.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Name of the granule: satellite, sensor, area and slot.
    pub granule: String,
    /// Satellite, e.g. `Himawari-9`.
    pub satellite: String,
    /// Sensor, e.g. `AHI`.
    pub sensor: String,
    /// When the window was observed (start of the slot).
    pub time: Utc,
    /// Made by the simulator.
    pub simulated: bool,
    /// The full grid of the MIR band.
    pub grid: FixedGrid,
    /// The part of it that is held.
    pub window: Window,
    /// Bands by role.
    pub bands: BTreeMap<BandRole, BandRaster>,
    /// State of the MIR measurement.
    pub state: Array2<PixelState>,
    /// Height of the ground that each pixel sees, metres above the ellipsoid, NaN where it is not known; `None` without
    /// an elevation model.
    pub height_m: Option<Array2<f32>>,
}

/// What one look of one satellite brought, by the shape of its pixels.
#[derive(Debug, Clone)]
pub enum Look {
    /// A geostationary fixed grid.
    Fixed(Box<Scene>),
    /// The swath of a polar orbiter.
    Swath(Box<swath::SwathScene>),
    /// A map of pixels of tens of metres.
    Map(Box<map::MapScene>),
}

impl Look {
    /// When it was taken.
    pub fn time(&self) -> Utc {
        match self {
            Look::Fixed(scene) => scene.time,
            Look::Swath(scene) => scene.time,
            Look::Map(scene) => scene.time,
        }
    }

    /// The scene of a fixed grid.
    pub fn fixed(self) -> Option<Scene> {
        match self {
            Look::Fixed(scene) => Some(*scene),
            Look::Swath(_) | Look::Map(_) => None,
        }
    }
}

/// Bands that can stand for the 11 um window, best first: the other windows, then 9.6 um (ozone), which on a real
/// scene served better than 13.3 um (ALGORITHMS 4.10), last that one.
pub const WINDOW_BANDS: [BandRole; 6] =
    [BandRole::Tir11, BandRole::Tir10, BandRole::Tir12, BandRole::Tir86, BandRole::Tir96, BandRole::Tir13];

impl Window {
    /// The part that two windows share; `None` when they do not meet.
    pub fn shared_with(&self, other: &Window) -> Option<Window> {
        let range = |a0: usize, a: usize, b0: usize, b: usize| {
            let (first, end) = (a0.max(b0), (a0 + a).min(b0 + b));
            (first < end).then(|| (first, end - first))
        };
        let (line0, lines) = range(self.line0, self.lines, other.line0, other.lines)?;
        let (column0, columns) = range(self.column0, self.columns, other.column0, other.columns)?;
        Some(Window { line0, column0, lines, columns })
    }
}

impl Scene {
    /// The part of the scene inside a window of the full grid; `None` when they do not meet.
    pub fn cut(&self, wanted: &Window) -> Option<Scene> {
        let window = self.window.shared_with(wanted)?;
        let (line, column) = (window.line0 - self.window.line0, window.column0 - self.window.column0);
        let part = ndarray::s![line..line + window.lines, column..column + window.columns];
        let bands = self.bands.iter().map(|(role, band)| {
            let values = band.values.slice(part).to_owned();
            (*role, BandRaster { channel: band.channel.clone(), values, planck: band.planck })
        });
        Some(Scene {
            granule: self.granule.clone(),
            satellite: self.satellite.clone(),
            sensor: self.sensor.clone(),
            time: self.time,
            simulated: self.simulated,
            grid: self.grid,
            window,
            bands: bands.collect(),
            height_m: self.height_m.as_ref().map(|heights| heights.slice(part).to_owned()),
            state: self.state.slice(part).to_owned(),
        })
    }

    /// The band that serves as the 11 um window, by the order of `WINDOW_BANDS`.
    pub fn tir(&self) -> Option<(BandRole, &BandRaster)> {
        WINDOW_BANDS.iter().find_map(|role| Some((*role, self.bands.get(role)?)))
    }
}

/// What came of looking at a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum PixelClass {
    /// Past the earth.
    OffEarth,
    /// No measurement: granule part missing, damaged or fill.
    Missing,
    /// Deleted on board: a neighbouring scan sees the same ground.
    BowTie,
    /// Seen too obliquely to be judged.
    Oblique,
    /// Could not look: cloud.
    Cloud,
    /// Water, where straw does not burn.
    Water,
    /// Could not judge: mirror image of the sun.
    Glint,
    /// Could not judge: not enough clear neighbours to compare with.
    NoBackground,
    /// Looked at, no fire.
    Clear,
    /// Fire.
    Fire,
}

impl PixelClass {
    /// All classes, in order.
    pub const ALL: [PixelClass; 10] = [
        PixelClass::OffEarth,
        PixelClass::Missing,
        PixelClass::BowTie,
        PixelClass::Oblique,
        PixelClass::Cloud,
        PixelClass::Water,
        PixelClass::Glint,
        PixelClass::NoBackground,
        PixelClass::Clear,
        PixelClass::Fire,
    ];

    /// The word in scan.json.
    pub fn name(self) -> &'static str {
        match self {
            PixelClass::OffEarth => "off_earth",
            PixelClass::Missing => "missing",
            PixelClass::BowTie => "bow_tie",
            PixelClass::Oblique => "oblique",
            PixelClass::Cloud => "cloud",
            PixelClass::Water => "water",
            PixelClass::Glint => "glint",
            PixelClass::NoBackground => "no_background",
            PixelClass::Clear => "clear",
            PixelClass::Fire => "fire",
        }
    }
}
