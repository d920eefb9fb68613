//! One picture of a drone: read, searched, placed.

use super::Drone;
use super::grounds::Grounds;
use super::pictures::Picture;
use crate::error::Result;
use crate::fire::FirePixel;
use crate::frame::Thermal;
use crate::imagery::taken::Taken;
use crate::imagery::thermal;
use crate::layers::dem::Dem;
use crate::place::{LonLat, Spread};
use crate::sealed::sha256;
use crate::sighting::{Ground, Kind, Origin, Sighting};
use crate::thresholds::DroneThresholds;
use crate::time::Utc;
use crate::watch::aloft::{Aloft, AloftErrors, Shown, Standing, Under, somewhere};
use crate::watch::heat::{HotArea, hot_areas, score};
use crate::watch::sight::{Lens, Pose};

/// A picture with what was found in it.
pub(super) struct Look {
    /// The TIFF.
    pub file: String,
    /// When.
    pub time: Utc,
    /// Whether the picture says so.
    pub is_dated: bool,
    /// What the drone is called.
    pub drone: String,
    /// The look that it is: drone, time and name of the file, so that two pictures of a second are two, and one that was copied is itself.
    pub name: String,
    /// Temperatures.
    pub thermal: Thermal,
    /// How its values were known.
    pub decided: String,
    /// Values that are no temperatures.
    pub missing: usize,
    /// Height of the drone above the ground, metres, where its pose is known.
    pub height_above_m: Option<f64>,
    /// Whether the elevation model was used.
    pub over_dem: bool,
    /// Hot areas, the heaviest first.
    pub areas: Vec<Placed>,
    /// What is told of them.
    pub sightings: Vec<Sighting>,
    /// What is missing or was not used.
    pub notes: Vec<String>,
    /// Where the drone was.
    place: Option<LonLat>,
}

/// A hot area on the ground.
pub(super) struct Placed {
    /// The area.
    pub area: HotArea,
    /// Id of the sighting that it is part of.
    pub sighting: String,
    /// Its ground, m2.
    pub area_m2: Option<f64>,
    /// Its place with its error.
    pub point: Option<(LonLat, Spread)>,
}

/// 36 x 24 mm have this diagonal, mm.
const DIAGONAL_MM: f64 = 43.267;
/// Two focal lengths of one lens that differ by more are of two lenses \[P\].
const SAME_LENS: f64 = 0.15;

/// Areas of a picture that are listed and placed: a front of fire has a hundred.
const MOST_AREAS: usize = 2000;

/// An area with the line of sight to it, as far as these are known.
type Found = (HotArea, Option<(Shown, Ground)>);

/// Reads a picture, searches it and places what is hot.
pub(super) fn look(asked: &Drone, picture: &Picture, grounds: &mut Grounds, t: &DroneThresholds) -> Result<Look> {
    let read = thermal::read(&picture.tiff, asked.stated())?;
    let (taken, mut notes) = taken(asked, picture);
    let (time, is_dated) = time(picture, &taken, &mut notes);
    if read.missing > 0 {
        notes.push(format!(
            "{} values are no temperature (a fill, or nothing): what burns there is not seen",
            read.missing
        ));
    }
    let lens = lens(asked, &taken, read.thermal.size(), &mut notes);
    let ground = taken.place.and_then(|place| grounds.around(place));
    let aloft = aloft(asked, &taken, lens, ground, t, &mut notes);
    let located = |area: HotArea| {
        let found = aloft.as_ref().and_then(|aloft| aloft.locate(area.centre));
        (area, found)
    };
    let mut areas = hot_areas(&read.thermal, t);
    let more = areas.split_off(areas.len().min(MOST_AREAS));
    if !more.is_empty() {
        notes.push(format!("{} more hot areas, smaller ones, are not listed", more.len()));
    }
    let found: Vec<Found> = areas.into_iter().map(located).collect();
    let drone = asked.name.clone().unwrap_or_else(|| drone_name(&taken));
    let stem = picture.tiff.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let mut look = Look {
        name: format!("{drone}_{}_{}", time.compact(), plain(&stem)),
        file: picture.tiff.display().to_string(),
        time,
        is_dated,
        drone,
        decided: read.decided,
        missing: read.missing,
        thermal: read.thermal,
        height_above_m: aloft.as_ref().map(Aloft::height_above_m),
        over_dem: aloft.as_ref().is_some_and(|aloft| matches!(aloft.under, Under::Dem(_))),
        areas: Vec::new(),
        sightings: Vec::new(),
        notes,
        place: taken.place,
    };
    let about = if aloft.is_some() { None } else { somewhere(&taken, t) };
    for group in groups(found, f64::from(t.one_fire_m)) {
        look.take(group, about, aloft.as_ref(), t);
    }
    look.areas.sort_by(|a, b| b.area.excess_k.total_cmp(&a.area.excess_k));
    Ok(look)
}

/// What the TIFF says of itself, then the thermal JPEG, then the picture of colours (whose lens is another). One that cannot be read costs the
/// place and not the fire.
fn taken(asked: &Drone, picture: &Picture) -> (Taken, Vec<String>) {
    let (mut taken, mut notes) = (Taken::default(), Vec::new());
    let visible = picture.visible.as_ref();
    for file in [Some(&picture.tiff), picture.thermal.as_ref(), visible].into_iter().flatten() {
        match Taken::read(file, asked.utc_offset.as_deref()) {
            Ok(other) if Some(file) == visible => taken = taken.or(Taken { focal_px: None, focal_35mm: None, ..other }),
            Ok(other) => taken = taken.or(other),
            Err(error) => notes.push(error.to_string()),
        }
    }
    notes.append(&mut taken.nonsense);
    (taken, notes)
}

fn time(picture: &Picture, taken: &Taken, notes: &mut Vec<String>) -> (Utc, bool) {
    let by_name = crate::imagery::time_of(&picture.tiff);
    let (time, is_dated) = taken.time.map_or(by_name, |time| (time, true));
    if !is_dated {
        notes.push("no time that says how it counts: that of the file is taken; expected EXIF with an offset or GPS time; say --utc-offset +08:00".into());
    }
    (time, is_dated)
}

/// The lens: as asked, else by the calibrated focal length, else by the equivalent one.
fn lens(asked: &Drone, taken: &Taken, size: (usize, usize), notes: &mut Vec<String>) -> Option<Lens> {
    let (width, height) = (size.0 as f64, size.1 as f64);
    if let Some(hfov_deg) = asked.hfov {
        return Lens::new((width, height), hfov_deg);
    }
    let calibrated = taken.focal_px.map(|(focal, of_width)| focal * width / of_width);
    let equivalent = taken.focal_35mm.map(|focal| focal / DIAGONAL_MM * width.hypot(height));
    let focal = match (calibrated, equivalent) {
        (Some(one), Some(other)) if (one / other - 1.0).abs() > SAME_LENS => {
            notes.push(format!("CalibratedFocalLength gives {one:.0} px, FocalLengthIn35mmFilm {other:.0} px: the latter is taken; say --hfov"));
            other
        }
        (one, other) => one.or(other).or_else(|| {
            notes.push("no focal length: say --hfov".into());
            None
        })?,
    };
    Lens::new((width, height), 2.0 * (width / 2.0 / focal).atan().to_degrees())
}

/// The pose over the ground; what is missing for one is noted.
fn aloft<'d>(
    asked: &Drone,
    taken: &Taken,
    lens: Option<Lens>,
    dem: Option<&'d Dem>,
    t: &DroneThresholds,
    notes: &mut Vec<String>,
) -> Option<Aloft<'d>> {
    let mut need = |what: &str| notes.push(format!("no {what}"));
    let Some(place) = taken.place else {
        need("place: what is hot is told without one");
        return None;
    };
    let Some(gimbal) = taken.gimbal else {
        need("direction of the camera (XMP GimbalYawDegree, GimbalPitchDegree): the place is that of the drone");
        return None;
    };
    let (standing, unused) = Standing::of(taken, asked.takeoff_m, dem, t);
    notes.extend(unused);
    let (standing, lens) = (standing?, lens?);
    let pose = Pose {
        place,
        height_m: standing.height_m,
        azimuth_deg: gimbal.yaw_deg,
        tilt_deg: gimbal.pitch_deg,
        roll_deg: gimbal.roll_deg,
    };
    let errors = AloftErrors {
        place_m: f64::from(if taken.is_fixed { t.fixed_error_m } else { t.place_error_m }),
        height_m: standing.error_m,
        yaw_deg: f64::from(t.yaw_error_deg),
        pitch_deg: f64::from(t.pitch_error_deg),
        focal: f64::from(t.focal_error),
    };
    Some(Aloft { pose, lens, errors, under: standing.under, farthest_m: f64::from(t.farthest_m) })
}

/// `M30T-1581F5BKD225400B2GW`, as names of files and lists may be.
fn drone_name(taken: &Taken) -> String {
    let parts: Vec<&str> = taken.model.iter().chain(&taken.serial).map(String::as_str).collect();
    let name = plain(&parts.join("-"));
    if name.is_empty() { "drone".to_string() } else { name }
}

/// A name as files and lists may have it.
fn plain(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    name.chars().take(60).map(plain).collect()
}

/// Areas so near on the ground that they are one fire; those without a place are one.
fn groups(found: Vec<Found>, near_m: f64) -> Vec<Vec<Found>> {
    let mut groups: Vec<Vec<Found>> = Vec::new();
    for one in found {
        let belongs = |group: &Vec<Found>| {
            group.iter().any(|other| match (&one.1, &other.1) {
                (Some((a, _)), Some((b, _))) => a.place.distance_m(b.place) <= near_m,
                (None, None) => true,
                _ => false,
            })
        };
        let (mut same, rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(belongs);
        let mut joined: Vec<Found> = same.drain(..).flatten().collect();
        joined.push(one);
        joined.sort_by(|a, b| b.0.excess_k.total_cmp(&a.0.excess_k));
        groups = rest;
        groups.push(joined);
    }
    groups
}

impl Look {
    /// Makes a sighting of a group, the heaviest area first.
    fn take(&mut self, group: Vec<Found>, about: Option<Ground>, aloft: Option<&Aloft>, t: &DroneThresholds) {
        let Some((first, seen)) = group.first() else { return };
        let hottest = group.iter().map(|(area, _)| area.max_c).fold(f32::MIN, f32::max);
        let ground = seen.map(|(_, ground)| ground).or(about);
        let ground = match ground {
            Some(Ground::Point { spread, .. }) if seen.is_some() => {
                middle(&group).map(|place| Ground::Point { place, spread }).or(ground)
            }
            other => other,
        };
        let name = sha256(format!("{} hot {:?}", self.name, first.pixels.first()).as_bytes());
        let id = format!("S{}", name.get(..16).unwrap_or(&name));
        self.sightings.push(Sighting {
            id: id.clone(),
            origin: Origin::Drone,
            time: self.time,
            camera: Some(self.drone.clone()),
            kind: Kind::Hot,
            score: score(hottest, t),
            from: self.place,
            direction: seen.map(|(shown, _)| shown.direction),
            range_m: seen.map(|(shown, _)| shown.range_m),
            ground,
            image: None,
            vendor_id: None,
            simulated: false,
        });
        for (area, seen) in group {
            let pixel_m2 = aloft.and_then(|aloft| aloft.pixel_m2(area.centre));
            let point = seen.and_then(|(_, ground)| match ground {
                Ground::Point { place, spread } => Some((place, spread)),
                Ground::Along { .. } => None,
            });
            let area_m2 = pixel_m2.filter(|_| seen.is_some()).map(|m2| m2 * area.pixels.len() as f64);
            self.areas.push(Placed { area_m2, point, sighting: id.clone(), area });
        }
    }

    /// The detections of its sightings, as events and the store take them.
    pub(super) fn detections(&self) -> Vec<FirePixel> {
        self.sightings.iter().filter_map(|sighting| self.detection(sighting)).collect()
    }

    fn detection(&self, sighting: &Sighting) -> Option<FirePixel> {
        let mut fire = sighting.as_detection()?;
        let own = || self.areas.iter().filter(|placed| placed.sighting == sighting.id);
        let hottest = own().max_by(|a, b| a.area.max_c.total_cmp(&b.area.max_c))?;
        let ground_m2: Option<f64> = own().map(|placed| placed.area_m2).sum();
        fire.granule.clone_from(&self.name);
        fire.bt_tir_k = Some(hottest.area.max_c + ICE_K);
        fire.bt_tir_bg_k = Some(hottest.area.around_c + ICE_K).filter(|kelvin| kelvin.is_finite());
        fire.saturated = hottest.area.is_capped;
        fire.pixel_area_km2 = ground_m2.map(|m2| m2 / 1e6);
        fire.terrain_corrected = Some(self.over_dem);
        Some(fire)
    }

    /// Whether its places are of the pixel, of the drone, or none.
    pub(super) fn pose_word(&self) -> &'static str {
        match (self.height_above_m, self.place.is_some()) {
            (Some(_), _) => "full",
            (None, true) => "place alone",
            (None, false) => "none",
        }
    }

    /// Median and highest temperature, C.
    pub(super) fn median_and_max(&self) -> (Option<f32>, Option<f32>) {
        let mut values: Vec<f32> = self.thermal.celsius.iter().copied().filter(|c| c.is_finite()).collect();
        values.sort_by(f32::total_cmp);
        (values.get(values.len() / 2).copied(), values.last().copied())
    }
}

/// 0 C, K.
const ICE_K: f32 = 273.15;

/// Mean place of areas by their weight.
fn middle(group: &[Found]) -> Option<LonLat> {
    let first = group.first()?.1?.0.place;
    let (mut sum, mut east, mut north) = (0.0, 0.0, 0.0);
    for (area, seen) in group {
        let offset = seen.as_ref()?.0.place.offset_m(first);
        sum += area.excess_k;
        east += area.excess_k * offset.0;
        north += area.excess_k * offset.1;
    }
    first.moved_m(east / sum, north / sum)
}
