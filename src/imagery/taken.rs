//! Where, when and in which direction a drone took a picture, by the EXIF and XMP of a JPEG or TIFF.
//!
//! DJI's manuals say of the XMP: angles are in the system north, east, down, turned in the order yaw, pitch, roll; AbsoluteAltitude is geodetic,
//! RelativeAltitude counts from the point of take-off; CalibratedFocalLength is in pixels (Mavic 3 Enterprise and Matrice 4 Series, "Photo File").

use super::exif::{self, EXIF_FOLDER, Tiff};
use super::{MOST_BYTES, jpeg, xmp};
use crate::error::{Error, Result};
use crate::place::LonLat;
use crate::time::Utc;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Direction of a camera, degrees, as its gimbal says it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gimbal {
    /// Of the optical axis, clockwise from true north.
    pub yaw_deg: f64,
    /// Above level; straight down is -90.
    pub pitch_deg: f64,
    /// About the axis, clockwise as seen from behind.
    pub roll_deg: f64,
}

/// What a picture says of itself; what it does not say is absent, and what is nonsense is told and absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taken {
    /// When, by a clock that says how it counts.
    pub time: Option<Utc>,
    /// Of the drone.
    pub place: Option<LonLat>,
    /// Height of the drone above the ellipsoid (or above the sea: only where it was fixed by RTK is it known which), metres.
    pub altitude_m: Option<f64>,
    /// Height above the point of take-off, metres.
    pub above_takeoff_m: Option<f64>,
    /// Direction of the camera.
    pub gimbal: Option<Gimbal>,
    /// Whether place and altitude were fixed by RTK to centimetres.
    pub is_fixed: bool,
    /// Focal length in px, and the width of the pictures that it is of, px.
    pub focal_px: Option<(f64, f64)>,
    /// Focal length that gives the same diagonal angle on 36 x 24 mm, mm.
    pub focal_35mm: Option<f64>,
    /// Maker's name of the drone.
    pub model: Option<String>,
    /// Serial number of the camera.
    pub serial: Option<String>,
    /// What was nonsense: name, what was found, what was expected.
    pub nonsense: Vec<String>,
}

const GPS_FOLDER: u16 = 0x8825;
const XMP_TAG: u16 = 700;
/// RtkFlag of a solution to centimetres.
const FIXED: f64 = 50.0;
/// No drone flies higher, or lower, metres.
const ALTITUDES_M: std::ops::RangeInclusive<f64> = -500.0..=12_000.0;
const NAMES: &[&str] = &[
    "GpsLatitude",
    "GpsLongitude",
    "GpsLongtitude",
    "AbsoluteAltitude",
    "RelativeAltitude",
    "GimbalYawDegree",
    "GimbalPitchDegree",
    "GimbalRollDegree",
    "RtkFlag",
    "CalibratedFocalLength",
    "UTCAtExposure",
    "DroneModel",
    "DroneSerialNumber",
];

impl Taken {
    /// What a JPEG or TIFF says. `offset` (`+08:00`) is how far its clock is from UTC, where it does not say it.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::Input`] for a file that is neither or too large.
    pub fn read(path: &Path, offset: Option<&str>) -> Result<Taken> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes));
        read.map_err(|error| Error::read(path, error))?;
        let wrong = |found: &str| {
            Error::input(path, found, "a JPEG or TIFF of a drone, 64 MB at most", "copy it from the drone again")
        };
        if bytes.len() > MOST_BYTES {
            return Err(wrong("a file of more than 64 MB"));
        }
        Taken::of(&bytes, offset).ok_or_else(|| wrong("neither a JPEG nor a TIFF"))
    }

    /// The same of bytes; `None` for other files.
    fn of(bytes: &[u8], offset: Option<&str>) -> Option<Taken> {
        let (tiff, packet, width) = if jpeg::is_jpeg(bytes) {
            let found = jpeg::walk(bytes);
            (found.exif, found.xmp, found.size.map(|(width, _)| f64::from(width)))
        } else {
            let tiff = Tiff::new(bytes)?;
            let first = tiff.first()?;
            (Some(bytes), tiff.block(first, XMP_TAG), tiff.whole(first, 256).map(|width| width as f64))
        };
        let mut taken = tiff.map(|tiff| by_exif(tiff, offset)).unwrap_or_default();
        let width = tiff.and_then(whole_width).or(width);
        match packet.map_or_else(|| Ok(BTreeMap::new()), |packet| xmp::values(packet, NAMES)) {
            Ok(values) => taken.add_xmp(&values, width),
            Err(found) => taken.nonsense.push(format!("found {found}")),
        }
        Some(taken)
    }

    /// With what another picture of the same moment says more.
    #[must_use]
    pub fn or(self, other: Taken) -> Taken {
        let is_placed = self.place.is_some();
        Taken {
            time: self.time.or(other.time),
            // a place and how sure it is belong together
            is_fixed: if is_placed { self.is_fixed } else { other.is_fixed },
            altitude_m: if is_placed { self.altitude_m } else { other.altitude_m.or(self.altitude_m) },
            place: self.place.or(other.place),
            above_takeoff_m: self.above_takeoff_m.or(other.above_takeoff_m),
            gimbal: self.gimbal.or(other.gimbal),
            focal_px: self.focal_px.or(other.focal_px),
            focal_35mm: self.focal_35mm.or(other.focal_35mm),
            model: self.model.or(other.model),
            serial: self.serial.or(other.serial),
            nonsense: self.nonsense.into_iter().chain(other.nonsense).collect(),
        }
    }

    fn add_xmp(&mut self, values: &BTreeMap<String, String>, width: Option<f64>) {
        let mut nonsense = Vec::new();
        let mut number = |name: &str, sound: std::ops::RangeInclusive<f64>| {
            let text = values.get(name)?;
            let number = text.parse::<f64>().ok().filter(|number| sound.contains(number));
            if number.is_none() {
                nonsense.push(format!("{name}: found {text}; expected {} to {}", sound.start(), sound.end()));
            }
            number
        };
        let lat = number("GpsLatitude", -90.0..=90.0);
        // DJI's older firmware writes the word wrongly
        let lon = ["GpsLongitude", "GpsLongtitude"].into_iter().find_map(|name| number(name, -180.0..=180.0));
        let [altitude, above] = ["AbsoluteAltitude", "RelativeAltitude"].map(|name| number(name, ALTITUDES_M));
        let [yaw, pitch, roll] =
            ["GimbalYawDegree", "GimbalPitchDegree", "GimbalRollDegree"].map(|name| number(name, -360.0..=360.0));
        let fixed = number("RtkFlag", 0.0..=100.0) == Some(FIXED);
        let focal_px = number("CalibratedFocalLength", 50.0..=100_000.0);
        // a drone that waits for its satellites writes zeros
        let place = lon.zip(lat).filter(|place| *place != (0.0, 0.0)).and_then(|(lon, lat)| LonLat::new(lon, lat));
        // a wrong half of a place makes the other doubtful: that of the EXIF may be as wrong
        if values.keys().any(|name| name.starts_with("Gps")) {
            self.place = place;
        }
        self.is_fixed = fixed && place.is_some();
        self.altitude_m = altitude.or(self.altitude_m);
        self.above_takeoff_m = above;
        self.gimbal =
            yaw.zip(pitch).map(|(yaw_deg, pitch_deg)| Gimbal { yaw_deg, pitch_deg, roll_deg: roll.unwrap_or(0.0) });
        self.focal_px = focal_px.zip(width);
        self.time = values.get("UTCAtExposure").and_then(|text| exposed(text)).or(self.time);
        self.model = values.get("DroneModel").cloned().or(self.model.take());
        self.serial = values.get("DroneSerialNumber").cloned().or(self.serial.take());
        self.nonsense.extend(nonsense);
    }
}

/// `2023-07-20T02:12:40.123456` of UTC, with a blank or a letter between day and hour.
fn exposed(text: &str) -> Option<Utc> {
    let text = text.trim_end_matches('Z').replacen(' ', "T", 1);
    Utc::parse(&format!("{text}Z"))
}

/// Width of the pictures as the camera took them: a copy may be smaller.
fn whole_width(tiff: &[u8]) -> Option<f64> {
    let tiff = Tiff::new(tiff)?;
    let inner = tiff.folder(tiff.first()?, EXIF_FOLDER)?;
    tiff.whole(inner, 0xA002).map(|width| width as f64).filter(|width| *width > 0.0)
}

fn by_exif(bytes: &[u8], offset: Option<&str>) -> Taken {
    let mut taken = Taken::default();
    let Some((tiff, first)) = Tiff::new(bytes).and_then(|tiff| tiff.first().map(|first| (tiff, first))) else {
        return taken;
    };
    let words = |folder: usize, tag: u16| {
        tiff.text(folder, tag).map(|text| text.trim().to_string()).filter(|text| !text.is_empty())
    };
    let gps = tiff.folder(first, GPS_FOLDER);
    taken.time = exif::time(bytes)
        .or_else(|| gps.and_then(|gps| gps_time(&tiff, gps)))
        .or_else(|| exif::time_with(bytes, offset?));
    taken.model = words(first, 0x0110);
    if let Some(inner) = tiff.folder(first, EXIF_FOLDER) {
        taken.serial = words(inner, 0xA431);
        taken.focal_35mm = tiff.whole(inner, 0xA405).filter(|focal| *focal > 0).map(|focal| focal as f64);
    }
    let Some(gps) = gps else { return taken };
    let degrees = |reference: u16, tag: u16, minus: &str| {
        let [degrees, minutes, seconds] = tiff.fractions::<3>(gps, tag)?;
        let sign = if words(gps, reference)? == minus { -1.0 } else { 1.0 };
        Some(sign * (degrees + minutes / 60.0 + seconds / 3600.0))
    };
    if let (Some(lon), Some(lat)) = (degrees(3, 4, "W"), degrees(1, 2, "S")) {
        taken.place = LonLat::new(lon, lat).filter(|_| (lon, lat) != (0.0, 0.0));
        if taken.place.is_none() {
            taken.nonsense.push(format!("GPS tags: found {lon}, {lat}; expected a place on the earth"));
        }
    }
    let sign = if tiff.whole(gps, 5) == Some(1) { -1.0 } else { 1.0 };
    taken.altitude_m = tiff.fractions::<1>(gps, 6).map(|[altitude]| sign * altitude);
    taken.altitude_m = taken.altitude_m.filter(|altitude| ALTITUDES_M.contains(altitude));
    taken
}

/// Date and time of the satellites: UTC.
fn gps_time(tiff: &Tiff, gps: usize) -> Option<Utc> {
    let day = tiff.text(gps, 29)?.replace(':', "-");
    let [hours, minutes, seconds] = tiff.fractions::<3>(gps, 7)?;
    let start = Utc::parse(&format!("{}T00:00:00Z", day.trim()))?;
    start.plus_seconds(3600.0 * hours + 60.0 * minutes + seconds).filter(|_| hours < 24.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn jpeg_with(packet: &str) -> Vec<u8> {
        let segment = [&b"http://ns.adobe.com/xap/1.0/\0"[..], packet.as_bytes()].concat();
        let length = u16::try_from(segment.len() + 2).expect("short").to_be_bytes();
        [&[0xFF, 0xD8, 0xFF, 0xE1][..], &length, &segment, &[0xFF, 0xD9]].concat()
    }

    #[test]
    fn both_spellings_of_the_longitude_and_the_angles() {
        for name in ["GpsLongitude", "GpsLongtitude"] {
            let packet = format!(
                "<a GpsLatitude=\"+36.5\" {name}=\"102.1\" GimbalYawDegree=\"-170.5\" GimbalPitchDegree=\"-90.00\" RtkFlag=\"50\"
                 RelativeAltitude=\"+80.1\" UTCAtExposure=\"2025-10-20T05:30:00.250\"/>"
            );
            let taken = Taken::of(&jpeg_with(&packet), None).expect("a JPEG");
            assert_eq!(taken.place, LonLat::new(102.1, 36.5), "{name}");
            assert_eq!(taken.gimbal, Some(Gimbal { yaw_deg: -170.5, pitch_deg: -90.0, roll_deg: 0.0 }));
            assert_eq!(taken.time, Utc::parse("2025-10-20T05:30:00.25Z"));
            assert!(taken.is_fixed && taken.above_takeoff_m == Some(80.1) && taken.nonsense.is_empty());
        }
    }

    #[test]
    fn nonsense_is_told_and_absent() {
        for (packet, said) in [
            ("<a GpsLatitude=\"95\" GpsLongitude=\"102\"/>", "GpsLatitude: found 95"),
            ("<a GpsLatitude=\"36\" GpsLongitude=\"102\" GimbalYawDegree=\"nan\"/>", "GimbalYawDegree: found nan"),
            ("<a AbsoluteAltitude=\"inf\"/>", "AbsoluteAltitude: found inf"),
            ("<a RelativeAltitude=\"-9e9\"/>", "RelativeAltitude"),
            ("<a><b></a>", "no XML"),
        ] {
            let taken = Taken::of(&jpeg_with(packet), None).expect("a JPEG");
            assert!(taken.nonsense.iter().any(|told| told.contains(said)), "{packet}: {:?}", taken.nonsense);
            assert!(taken.gimbal.is_none() && taken.altitude_m.is_none());
            assert!(taken.place.is_none() || packet.contains("36"));
        }
        let zeros = Taken::of(&jpeg_with("<a GpsLatitude=\"0.0\" GpsLongitude=\"0.0\"/>"), None).expect("a JPEG");
        assert!(zeros.place.is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            Taken::of(&bytes, Some("+08:00"));
            Taken::of(&[&b"II*\0\x08\0\0\0"[..], &bytes].concat(), Some("+08:00"));
        }
    }
}
