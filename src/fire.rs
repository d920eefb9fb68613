//! What was found: a fire pixel of one sensor, and a fire event that an officer drives to.

mod cluster;
mod event;
mod preference;
mod recurrence;

use crate::place::{LonLat, Spread};
use crate::time::Utc;
pub use cluster::Cluster;
pub use event::{FireEvent, Happening, What};
pub use recurrence::Recurrence;
use serde::{Deserialize, Serialize};

/// How sure the detector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Below 30 per cent.
    Low,
    /// 30 to 80 per cent.
    Nominal,
    /// 80 per cent and more.
    High,
}

impl Confidence {
    /// Class of a confidence in per cent: low < 30, nominal < 80, high from 80 (FIRMS, MODIS Collection 6).
    pub fn of_percent(percent: f32) -> Self {
        if percent < 30.0 {
            Confidence::Low
        } else if percent < 80.0 {
            Confidence::Nominal
        } else {
            Confidence::High
        }
    }

    /// `low`, `nominal` or `high`.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Nominal => "nominal",
            Confidence::High => "high",
        }
    }

    /// As lists have it.
    pub fn spoken(self) -> &'static str {
        match self {
            Confidence::Low => "低",
            Confidence::Nominal => "中",
            Confidence::High => "高",
        }
    }
}

/// Whether the sun was up at the pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DayNight {
    /// Sun above the horizon by the detector's rule.
    D,
    /// Night.
    N,
}

impl DayNight {
    /// `D` or `N`, as FIRMS prints it.
    pub fn letter(self) -> &'static str {
        match self {
            DayNight::D => "D",
            DayNight::N => "N",
        }
    }
}

/// What kind of heat it is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Straw burning.
    Straw,
    /// Other vegetation.
    Vegetation,
    /// Industrial heat.
    Industrial,
    /// Reflected sun.
    Solar,
    /// Not known, or no layer to know it by.
    Unknown,
}

impl Class {
    /// The word in `class`.
    pub fn name(self) -> &'static str {
        match self {
            Class::Straw => "straw",
            Class::Vegetation => "vegetation",
            Class::Industrial => "industrial",
            Class::Solar => "solar",
            Class::Unknown => "unknown",
        }
    }

    /// As lists have it. Words for leads, not for findings: straw is suspected until somebody was there.
    pub fn spoken(self) -> &'static str {
        match self {
            Class::Straw => "疑似秸秆",
            Class::Vegetation => "植被",
            Class::Industrial => "固定热源",
            Class::Solar => "光伏反光",
            Class::Unknown => "未判定",
        }
    }
}

/// Whether more than one look saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirmation {
    /// One look only.
    Provisional,
    /// Seen again.
    Confirmed,
}

/// Kept, or dropped with the reason: never silently deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Stays on the list.
    Kept,
    /// Left out of the list, and why.
    Dropped(DropReason),
}

/// Why a fire pixel is not on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// Not in one of the site's counties.
    OutsideCounties,
    /// The same measurement came with another granule of the run.
    DeliveredTwice,
    /// As hot at this hour on the days before.
    UsualHeat,
    /// At the edge of a cloud, and no hotter than an edge in the sun can be.
    CloudEdge,
    /// At the edge of snow, or where snow has melted, and no hotter than that makes.
    SnowEdge,
    /// A departure from other days while the sun rises or sets.
    Twilight,
    /// By night in light that falls into the telescope beside the earth.
    StrayLight,
    /// Beside a solar park whose panels can mirror the sun to the satellite.
    SolarGlint,
    /// Bright in the last clear look at its ground too: a roof, a panel, a kiln.
    StaticBright,
    /// A known source of heat with no more than 1.5 times the power of its history, no more than 20 K hotter and no wider.
    StaticSource,
}

impl DropReason {
    /// The word in `reason` and in scan.json.
    pub fn name(self) -> &'static str {
        match self {
            DropReason::OutsideCounties => "outside_counties",
            DropReason::DeliveredTwice => "delivered_twice",
            DropReason::UsualHeat => "usual_heat",
            DropReason::CloudEdge => "cloud_edge",
            DropReason::SnowEdge => "snow_edge",
            DropReason::Twilight => "twilight",
            DropReason::StrayLight => "stray_light",
            DropReason::SolarGlint => "solar_glint",
            DropReason::StaticBright => "static_bright",
            DropReason::StaticSource => "static_source",
        }
    }

    /// As lists have it; `None` for those that are no judgement of the heat.
    pub fn spoken(self) -> Option<&'static str> {
        match self {
            DropReason::OutsideCounties | DropReason::DeliveredTwice => None,
            DropReason::UsualHeat => Some("与往日相同的热源"),
            DropReason::CloudEdge => Some("云边"),
            DropReason::SnowEdge => Some("雪边"),
            DropReason::Twilight => Some("日出日落"),
            DropReason::StrayLight => Some("杂散光"),
            DropReason::SolarGlint => Some("光伏反光"),
            DropReason::StaticBright => Some("固定亮目标"),
            DropReason::StaticSource => Some("固定热源"),
        }
    }
}

impl Verdict {
    /// `kept` or `dropped`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Kept => "kept",
            Verdict::Dropped(_) => "dropped",
        }
    }

    /// The reason, when dropped.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Verdict::Kept => None,
            Verdict::Dropped(reason) => Some(reason.name()),
        }
    }
}

/// A county of the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountyName {
    /// Six-digit administrative code.
    pub adcode: String,
    /// Name as people write it.
    pub name: String,
}

/// What the days before say of a fire pixel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InTime {
    /// Departure from the same hour of the days before, in standard deviations; `None` where its past is too short.
    pub z: Option<f32>,
    /// Slots that were compared with.
    pub slots: usize,
    /// Hash of their list: the same list gives the same result.
    pub hash: String,
}

/// By how much a pixel stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Excess {
    /// In standard deviations.
    pub z: f32,
    /// In kelvin of the MIR band.
    pub kelvin: f32,
}

/// What lay about a fire pixel when it was seen: what the rules of screening judge by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Over its neighbours; `None` where time alone shows it.
    pub in_space: Option<Excess>,
    /// Over the same hour of the days before; `None` where its past is too short.
    pub in_time: Option<Excess>,
    /// The strongest departure of the slots before, here or beside, in standard deviations.
    pub before_z: Option<f32>,
    /// Days of its past on which it was looked at near this hour.
    pub days: u32,
    /// Those of them on which it or a pixel beside it was hot in its space.
    pub hot_days: u32,
    /// Sun's zenith angle, degrees.
    pub sun_zenith_deg: f32,
    /// Light that falls on the whole window by night, over that of other nights where there is a past, kelvin of the MIR band.
    pub stray_kelvin: f32,
    /// It or a pixel beside it is cloud, or colder or brighter than on other days as cloud is.
    pub beside_cloud: bool,
    /// It or a pixel beside it is snow.
    pub beside_snow: bool,
    /// Bare where snow lay on the days before.
    pub thawed: bool,
    /// What a mixture of the warmest and the coldest ground around has over one ground of its temperature, kelvin of the
    /// MIR band.
    pub mixed_kelvin: f32,
}

impl Evidence {
    /// The greater of its departures in kelvin.
    pub fn kelvin(&self) -> f32 {
        self.in_space.into_iter().chain(self.in_time).map(|excess| excess.kelvin).fold(0.0, f32::max)
    }
}

/// One fire pixel of one sensor at one time. A value that does not exist is `None`, never 0. As JSON it is what the store keeps, and
/// comes back the same; lists have a form of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FirePixel {
    /// Stable identifier: the same input gives the same id.
    pub id: String,
    /// When the pixel was observed.
    #[serde(with = "crate::time::exact")]
    pub time: Utc,
    /// The pixel's place (WGS84).
    pub place: LonLat,
    /// Satellite name.
    pub satellite: String,
    /// Sensor name.
    pub sensor: String,
    /// Algorithm that found it.
    pub algorithm: String,
    /// Thresholds profile.
    pub profile: String,
    /// Version that an imported list states for the row (FIRMS `version`); `None` for our own detections.
    pub source_version: Option<String>,
    /// Name of the granule (time slot or list) that it comes from.
    pub granule: String,
    /// Row in the full grid, from 0.
    pub line: Option<u32>,
    /// Column in the full grid, from 0.
    pub column: Option<u32>,
    /// Day or night.
    pub daynight: Option<DayNight>,
    /// Channel that served as the 11 um band.
    pub tir_band: Option<String>,
    /// MIR brightness temperature, K.
    pub bt_mir_k: Option<f32>,
    /// TIR brightness temperature, K.
    pub bt_tir_k: Option<f32>,
    /// Background MIR brightness temperature, K.
    pub bt_mir_bg_k: Option<f32>,
    /// Background TIR brightness temperature, K.
    pub bt_tir_bg_k: Option<f32>,
    /// MIR radiance over the background (W m-2 sr-1 um-1): the weight of the pixel in its event.
    pub excess_radiance: Option<f32>,
    /// Fire radiative power at the top of the atmosphere, MW.
    pub frp_mw: Option<f64>,
    /// Fire radiative power divided by the transmittance, MW.
    pub frp_surface_mw: Option<f64>,
    /// Area of the pixel on the ground, km2.
    pub pixel_area_km2: Option<f64>,
    /// Along-scan size, km, where the source gives it.
    pub scan_km: Option<f32>,
    /// Along-track size, km, where the source gives it.
    pub track_km: Option<f32>,
    /// What the days before say, where a baseline is kept.
    pub in_time: Option<InTime>,
    /// What lay about it, where the detector says.
    pub evidence: Option<Evidence>,
    /// Seen once or again.
    pub confirmation: Confirmation,
    /// Made by the simulator.
    pub simulated: bool,
    /// MIR value outside the calibrated range: a lower bound.
    pub saturated: bool,
    /// Confidence class.
    pub confidence: Confidence,
    /// Confidence in per cent, where the source gives it.
    pub confidence_pct: Option<f32>,
    /// County of the site that it lies in.
    pub county: Option<CountyName>,
    /// Township of the site that it lies in, where the site has their areas.
    pub township: Option<String>,
    /// Cell of the patrol grid that it lies in.
    pub grid_cell: Option<String>,
    /// Corners of its ground, counter-clockwise, where known.
    pub footprint: Option<[LonLat; 4]>,
    /// Root mean square of the distance to the true place, metres, where known; see [`Spread::distance_m`].
    pub position_error_m: Option<f64>,
    /// The same error with its direction, where known.
    pub place_spread: Option<Spread>,
    /// Whether terrain was taken into account; `None` where the source does not say.
    pub terrain_corrected: Option<bool>,
    /// Kept or dropped.
    pub verdict: Verdict,
    /// Kind of heat.
    pub class: Class,
    /// Why it is of that class or was dropped, a sentence each, as a person reads them.
    pub reasons: Vec<String>,
    /// The pixels that it is made of, where a sensor of tens of metres saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
    /// Share of cropland in its footprint, weighted by the sensor's response, 0 to 1; `None` without a land cover layer.
    pub cropland_fraction: Option<f32>,
}

impl FirePixel {
    /// Whether it lies in a county and a rule took it for no fire.
    pub fn is_screened_in(&self, adcode: &str) -> bool {
        let judged = matches!(self.verdict, Verdict::Dropped(reason) if reason.spoken().is_some());
        judged && self.county.as_ref().is_some_and(|county| county.adcode == adcode)
    }

    /// Pixels that it is made of: one, or those of its cluster. Where pixels are counted, these are.
    pub fn pixel_count(&self) -> usize {
        self.cluster.as_ref().map_or(1, |cluster| cluster.pixels as usize)
    }

    /// Whether a geostationary imager saw it: a pixel of kilometres.
    pub fn is_geostationary(&self) -> bool {
        ["AHI", "ABI", "AGRI", "AMI", "SEVIRI", "FCI", "GHI"].contains(&self.sensor.as_str())
    }

    /// A kept pixel of which only this much is known; everything else is absent, confidence nominal, class unknown.
    pub fn bare(id: impl Into<String>, time: Utc, place: LonLat) -> Self {
        FirePixel {
            id: id.into(),
            time,
            place,
            satellite: String::new(),
            sensor: String::new(),
            algorithm: String::new(),
            profile: String::new(),
            source_version: None,
            granule: String::new(),
            line: None,
            column: None,
            daynight: None,
            tir_band: None,
            bt_mir_k: None,
            bt_tir_k: None,
            bt_mir_bg_k: None,
            bt_tir_bg_k: None,
            excess_radiance: None,
            frp_mw: None,
            frp_surface_mw: None,
            pixel_area_km2: None,
            scan_km: None,
            track_km: None,
            in_time: None,
            evidence: None,
            confirmation: Confirmation::Provisional,
            simulated: false,
            saturated: false,
            confidence: Confidence::Nominal,
            confidence_pct: None,
            county: None,
            township: None,
            grid_cell: None,
            footprint: None,
            position_error_m: None,
            place_spread: None,
            terrain_corrected: None,
            verdict: Verdict::Kept,
            class: Class::Unknown,
            reasons: Vec::new(),
            cluster: None,
            cropland_fraction: None,
        }
    }
}

impl Confirmation {
    /// The word in `confirmation`.
    pub fn name(self) -> &'static str {
        match self {
            Confirmation::Provisional => "provisional",
            Confirmation::Confirmed => "confirmed",
        }
    }

    /// As lists have it.
    pub fn spoken(self) -> &'static str {
        match self {
            Confirmation::Provisional => "待确认",
            Confirmation::Confirmed => "已印证",
        }
    }
}
