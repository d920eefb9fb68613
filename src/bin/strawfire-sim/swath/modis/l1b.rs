//! MOD021KM: scaled integers of all bands.
//!
//! Arrays, attributes, codes, dimensions and the swath structure as in the L1B EV 1km File Specification V6.1.8 (2010)
//! [C]. Bands without optics hold the fill value. The 5 km geolocation in the file starts at line 2, frame 2 (counted from
//! 0) and steps by 5 [C]. Left out: the numbers of samples used, EV_Band26, range, gflags, the swath metadata table.

use super::Granule;
use super::bands::{FILL, SETS, Scale, Set, TOP};
use super::metadata::{Field, Swath, inventory};
use super::twin::{self, DEFLATE, Twin, float};
use crate::error::Result;
use crate::swath::h5::{Words, text};
use crate::swath::scene::{Channel, Exposure, Overpass};
use hdf5_pure::AttrValue;
use std::path::Path;

const PIXELS: [&str; 2] = ["10*nscans", "Max_EV_frames"];
const COARSE: &[&str] = &["2*nscans", "1KM_geo_dim"];
const FRAMES: usize = 1354;
/// Of every five lines and frames the third has its place in the file.
const STEP: usize = 5;
const FIRST: usize = 2;
const UNITS: &str = "Watts/m^2/micrometer/steradian";

/// One quantity of a pixel.
type Pick<'a> = &'a dyn Fn(&Exposure, usize) -> f64;

/// The bands that are simulated, in the order of the sets.
pub fn channels(overpass: &Overpass) -> Vec<Channel> {
    SETS.iter()
        .flat_map(|set| set.bands)
        .filter_map(|b| b.band.map(|band| overpass.channel(band, 0x30D15 ^ number(b.name))))
        .collect()
}

fn number(name: &str) -> u64 {
    name.bytes().fold(0, |acc, b| (acc << 8) | u64::from(b))
}

pub fn write(out: &Path, name: &str, granule: &Granule, channels: &[Channel], exposures: &[Exposure]) -> Result<()> {
    let short_name = format!("{}021KM", granule.satellite.prefix());
    let words: Words = vec![
        ("HDFEOSVersion", text("HDFEOS_V2.19")),
        ("StructMetadata.0", text(structure(granule).text())),
        ("CoreMetadata.0", text(inventory(&short_name, &name.replace(".h5", ".hdf"), granule))),
        ("simulated", AttrValue::I32(1)),
        ("Number of Scans", AttrValue::I32(granule.scans as i32)),
        ("Number of Day mode scans", AttrValue::I32(if granule.night { 0 } else { granule.scans as i32 })),
        ("Number of Night mode scans", AttrValue::I32(if granule.night { granule.scans as i32 } else { 0 })),
        ("Max Earth View Frames", AttrValue::I32(FRAMES as i32)),
        ("Earth-Sun Distance", float(1.0)),
    ];
    let mut twin = Twin::new(words);
    let mut next = 0;
    for set in &SETS {
        next = add_set(&mut twin, set, granule, channels, exposures, next);
    }
    add_places(&mut twin, granule, exposures);
    twin.publish(&out.join(name))
}

/// Adds one array and its uncertainties; returns the number of the next channel.
fn add_set(
    twin: &mut Twin,
    set: &Set,
    granule: &Granule,
    channels: &[Channel],
    exposures: &[Exposure],
    first: usize,
) -> usize {
    let lines = granule.scans * 10;
    let shape = [set.bands.len(), lines, FRAMES];
    let chunk = [1, 10 * granule.scans.min(20), FRAMES];
    let mut integers: Vec<u16> = Vec::with_capacity(shape.iter().product());
    let mut scales = Vec::new();
    let mut next = first;
    for band in set.bands {
        match (band.band, channels.get(next)) {
            (Some(_), Some(channel)) => {
                let scale = Scale::of(band, &channel.optics, set.emissive);
                add_band(&mut integers, set, &scale, exposures, next);
                scales.push((scale, channel.optics.white()));
                next += 1;
            }
            _ => {
                integers.extend(std::iter::repeat_n(FILL, lines * FRAMES));
                scales.push((Scale::none(), 1.0));
            }
        }
    }
    let dimensions = [set.dimension, PIXELS[0], PIXELS[1]];
    let uncertain = integers.iter().map(|i| match *i {
        FILL => 255_u8,
        code if code > TOP => 15,
        _ => 1,
    });
    let indexes = twin::array(&shape, uncertain).chunked(&chunk, DEFLATE).say(uncertainty_words(set));
    twin.add(&format!("{}_Uncert_Indexes", set.name), &dimensions, indexes);
    let array = twin::array(&shape, integers).chunked(&chunk, DEFLATE).say(words(set, &scales));
    twin.add(set.name, &dimensions, array);
    next
}

fn add_band(out: &mut Vec<u16>, set: &Set, scale: &Scale, exposures: &[Exposure], channel: usize) {
    for seen in exposures {
        // By night no reflective band comes down: scans of the night mode hold the fill value [C].
        let dark = !set.emissive && seen.view.sun_zenith.iter().all(|z| *z >= 90.0);
        if dark {
            out.extend(std::iter::repeat_n(FILL, seen.view.lon.len()));
        } else {
            out.extend(seen.radiances[channel].iter().map(|r| scale.encode(f64::from(*r))));
        }
    }
}

fn words(set: &Set, scales: &[(Scale, f64)]) -> Words {
    let all =
        |value: &dyn Fn(&(Scale, f64)) -> f64| AttrValue::F32Array(scales.iter().map(|s| value(s) as f32).collect());
    let names: Vec<&str> = set.bands.iter().map(|b| b.name).collect();
    let mut words: Words = vec![
        ("long_name", text(set.long_name)),
        ("units", text("none")),
        ("valid_range", AttrValue::U16Array(vec![0, TOP])),
        ("_FillValue", AttrValue::U16(FILL)),
        ("band_names", text(names.join(","))),
        ("radiance_scales", all(&|(s, _)| s.scale)),
        ("radiance_offsets", all(&|(s, _)| s.zero)),
        ("radiance_units", text(UNITS)),
    ];
    if !set.emissive {
        // Reflectance times the cosine of the Sun's zenith.
        words.push(("reflectance_scales", all(&|(s, white)| s.scale / white)));
        words.push(("reflectance_offsets", all(&|(s, _)| s.zero)));
        words.push(("reflectance_units", text("none")));
    }
    words
}

fn uncertainty_words(set: &Set) -> Words {
    vec![
        ("long_name", text(set.long_name.replace("Scaled Integers", "Uncertainty Indexes"))),
        ("units", text("none")),
        ("valid_range", AttrValue::U8Array(vec![0, 15])),
        ("_FillValue", AttrValue::U8(255)),
    ]
}

fn add_places(twin: &mut Twin, granule: &Granule, exposures: &[Exposure]) {
    let rows = granule.scans * 10 / STEP;
    let shape = [rows, FRAMES.div_ceil(STEP)];
    let coarse = |pick: Pick| -> Vec<f64> {
        exposures
            .iter()
            .flat_map(|seen| {
                (FIRST..10).step_by(STEP).flat_map(move |line| {
                    (FIRST..FRAMES).step_by(STEP).map(move |frame| pick(seen, line * FRAMES + frame))
                })
            })
            .collect()
    };
    let degrees = |values: Vec<f64>| twin::array(&shape, values.into_iter().map(|v| v as f32));
    twin.add("Latitude", COARSE, degrees(coarse(&|s, i| s.view.lat[i])).say(super::geo::place_words("Latitude")));
    twin.add("Longitude", COARSE, degrees(coarse(&|s, i| s.view.lon[i])).say(super::geo::place_words("Longitude")));
    let hundredths = |values: Vec<f64>| twin::array(&shape, values.into_iter().map(|v| (v * 100.0).round() as i16));
    let angles: [(&str, Pick); 4] = [
        ("SensorZenith", &|s, i| f64::from(s.view.sensor_zenith[i])),
        ("SensorAzimuth", &|s, i| f64::from(s.view.sensor_azimuth[i])),
        ("SolarZenith", &|s, i| f64::from(s.view.sun_zenith[i])),
        ("SolarAzimuth", &|s, i| f64::from(s.view.sun_azimuth[i])),
    ];
    for (name, pick) in angles {
        twin.add(name, COARSE, hundredths(coarse(pick)).say(super::geo::angle_words(name)));
    }
    let heights = coarse(&|s, i| f64::from(s.height_m[i])).into_iter().map(|v| v as i16);
    twin.add("Height", COARSE, twin::array(&shape, heights).say(super::geo::height_words()));
}

fn structure(granule: &Granule) -> Swath {
    let pixels = |name: &'static str, dimensions| -> Field { (name, "UINT16", dimensions) };
    let indexes = |name: &'static str, dimensions| -> Field { (name, "UINT8", dimensions) };
    let angle = |name: &'static str| -> Field { (name, "INT16", COARSE) };
    Swath {
        name: "MODIS_SWATH_Type_L1B",
        dimensions: vec![
            ("Band_250M", 2),
            ("Band_500M", 5),
            ("Band_1KM_RefSB", 15),
            ("Band_1KM_Emissive", 16),
            ("10*nscans", granule.scans * 10),
            ("Max_EV_frames", FRAMES),
            ("2*nscans", granule.scans * 2),
            ("1KM_geo_dim", FRAMES.div_ceil(STEP)),
        ],
        maps: &[("2*nscans", "10*nscans", FIRST, STEP), ("1KM_geo_dim", "Max_EV_frames", FIRST, STEP)],
        places: &[("Latitude", "FLOAT32", COARSE), ("Longitude", "FLOAT32", COARSE)],
        data: vec![
            pixels("EV_1KM_RefSB", &["Band_1KM_RefSB", "10*nscans", "Max_EV_frames"]),
            indexes("EV_1KM_RefSB_Uncert_Indexes", &["Band_1KM_RefSB", "10*nscans", "Max_EV_frames"]),
            pixels("EV_1KM_Emissive", &["Band_1KM_Emissive", "10*nscans", "Max_EV_frames"]),
            indexes("EV_1KM_Emissive_Uncert_Indexes", &["Band_1KM_Emissive", "10*nscans", "Max_EV_frames"]),
            pixels("EV_250_Aggr1km_RefSB", &["Band_250M", "10*nscans", "Max_EV_frames"]),
            indexes("EV_250_Aggr1km_RefSB_Uncert_Indexes", &["Band_250M", "10*nscans", "Max_EV_frames"]),
            pixels("EV_500_Aggr1km_RefSB", &["Band_500M", "10*nscans", "Max_EV_frames"]),
            indexes("EV_500_Aggr1km_RefSB_Uncert_Indexes", &["Band_500M", "10*nscans", "Max_EV_frames"]),
            angle("Height"),
            angle("SensorZenith"),
            angle("SensorAzimuth"),
            angle("SolarZenith"),
            angle("SolarAzimuth"),
        ],
    }
}
