//! MOD03: place, angles, height and mask of every pixel.
//!
//! Names, types, scales and fills as public readers of real files use them; the field lists of the swath [M]. Left out:
//! attitude and ephemeris, the Moon, WaterPresent.

use super::Granule;
use super::metadata::{Field, Swath, inventory};
use super::twin::{self, DEFLATE, Twin};
use crate::error::Result;
use crate::swath::clock;
use crate::swath::h5::{Words, text};
use crate::swath::scanner::Scanner;
use crate::swath::scene::{Exposure, Overpass};
use hdf5_pure::AttrValue;
use std::path::Path;

const PIXELS: &[&str] = &["nscans*10", "mframes"];
const SCANS: &[&str] = &["nscans"];
const FRAMES: usize = 1354;

/// One quantity of the pixels of a scan.
type Pick<'a> = &'a dyn Fn(&Exposure) -> Vec<f32>;

pub fn write(out: &Path, name: &str, overpass: &Overpass, granule: &Granule, exposures: &[Exposure]) -> Result<()> {
    let short_name = format!("{}03", granule.satellite.prefix());
    let words: Words = vec![
        ("HDFEOSVersion", text("HDFEOS_V2.19")),
        ("StructMetadata.0", text(structure(granule).text())),
        ("CoreMetadata.0", text(inventory(&short_name, &name.replace(".h5", ".hdf"), granule))),
        ("simulated", AttrValue::I32(1)),
        ("Number of Scans", AttrValue::I32(granule.scans as i32)),
        ("Max Earth Frames", AttrValue::I32(FRAMES as i32)),
    ];
    let mut twin = Twin::new(words);
    let scanner = super::geometry::SCANNER;
    add_pixels(&mut twin, &scanner, granule, exposures);
    let times = (0..granule.scans)
        .map(|scan| clock::tai93(overpass.start_s + (granule.first_scan + scan) as f64 * scanner.period_s));
    let words: Words = vec![("long_name", text("EV start time")), ("units", text("seconds"))];
    twin.add("EV start time", SCANS, twin::array(&[granule.scans], times).say(words));
    twin.publish(&out.join(name))
}

fn add_pixels(twin: &mut Twin, scanner: &Scanner, granule: &Granule, exposures: &[Exposure]) {
    let shape = [granule.scans * scanner.lines, FRAMES];
    let chunk = [scanner.lines * granule.scans.min(20), FRAMES];
    let all = |pick: Pick| exposures.iter().flat_map(pick).collect::<Vec<f32>>();
    let floats: [(&str, Pick); 2] = [
        ("Latitude", &|s| s.view.lat.iter().map(|d| *d as f32).collect()),
        ("Longitude", &|s| s.view.lon.iter().map(|d| *d as f32).collect()),
    ];
    for (name, pick) in floats {
        let array = twin::array(&shape, all(pick)).chunked(&chunk, DEFLATE).say(place_words(name));
        twin.add(name, PIXELS, array);
    }
    let angles: [(&str, Pick); 4] = [
        ("SensorZenith", &|s| s.view.sensor_zenith.clone()),
        ("SensorAzimuth", &|s| s.view.sensor_azimuth.clone()),
        ("SolarZenith", &|s| s.view.sun_zenith.clone()),
        ("SolarAzimuth", &|s| s.view.sun_azimuth.clone()),
    ];
    for (name, pick) in angles {
        let hundredths = all(pick).into_iter().map(|d| (d * 100.0).round() as i16);
        let array = twin::array(&shape, hundredths).chunked(&chunk, DEFLATE).say(angle_words(name));
        twin.add(name, PIXELS, array);
    }
    let range = exposures.iter().flat_map(|s| s.view.range_km.iter().map(|km| (km * 40.0).round() as u16));
    let words: Words = vec![
        ("units", text("meters")),
        ("valid_range", AttrValue::U16Array(vec![27_000, u16::MAX])),
        ("_FillValue", AttrValue::U16(0)),
        ("scale_factor", AttrValue::F64(25.0)),
    ];
    twin.add("Range", PIXELS, twin::array(&shape, range).chunked(&chunk, DEFLATE).say(words));
    let heights = exposures.iter().flat_map(|s| s.height_m.iter().copied());
    twin.add("Height", PIXELS, twin::array(&shape, heights).chunked(&chunk, DEFLATE).say(height_words()));
    let mask = exposures.iter().flat_map(|s| s.land.iter().copied());
    let words: Words = vec![
        (
            "Land/SeaMask",
            text("0: Shallow Ocean, 1: Land, 2: Coast, 3: Shallow Inland Water, 4: Ephemeral, 5: Deep Inland"),
        ),
        ("valid_range", AttrValue::U8Array(vec![0, 7])),
        ("_FillValue", AttrValue::U8(221)),
    ];
    twin.add("Land/SeaMask", PIXELS, twin::array(&shape, mask).chunked(&chunk, DEFLATE).say(words));
    let flags = std::iter::repeat_n(0_u8, shape[0] * shape[1]);
    let words: Words = vec![("_FillValue", AttrValue::U8(255))];
    twin.add("gflags", PIXELS, twin::array(&shape, flags).chunked(&chunk, DEFLATE).say(words));
}

pub fn place_words(name: &str) -> Words {
    let limit = if name == "Latitude" { 90.0_f32 } else { 180.0 };
    vec![
        ("units", text("degrees")),
        ("valid_range", AttrValue::F32Array(vec![-limit, limit])),
        ("_FillValue", AttrValue::F32(-999.0)),
    ]
}

pub fn angle_words(name: &str) -> Words {
    let range = if name.ends_with("Zenith") { [0, 18_000] } else { [-18_000, 18_000] };
    vec![
        ("units", text("degrees")),
        ("valid_range", AttrValue::I16Array(range.to_vec())),
        ("_FillValue", AttrValue::I16(-32_767)),
        ("scale_factor", AttrValue::F64(0.01)),
    ]
}

pub fn height_words() -> Words {
    vec![
        ("units", text("meters")),
        ("valid_range", AttrValue::I16Array(vec![-400, 10_000])),
        ("_FillValue", AttrValue::I16(-32_767)),
    ]
}

fn structure(granule: &Granule) -> Swath {
    let field = |name: &'static str, number: &'static str| -> Field { (name, number, PIXELS) };
    Swath {
        name: "MODIS_Swath_Type_GEO",
        dimensions: vec![("nscans", granule.scans), ("nscans*10", granule.scans * 10), ("mframes", FRAMES)],
        maps: &[],
        places: &[("Latitude", "FLOAT32", PIXELS), ("Longitude", "FLOAT32", PIXELS)],
        data: vec![
            ("EV start time", "FLOAT64", SCANS),
            field("Height", "INT16"),
            field("SensorZenith", "INT16"),
            field("SensorAzimuth", "INT16"),
            field("Range", "UINT16"),
            field("SolarZenith", "INT16"),
            field("SolarAzimuth", "INT16"),
            field("Land/SeaMask", "UINT8"),
            field("gflags", "UINT8"),
        ],
    }
}
