//! The two HDF5 files of a MERSI-II granule.
//!
//! Names, types, codes and attributes as public readers of real files use them [C:SATPY]; chunks and the rest of the
//! attributes are assumed.

use super::bands::{BAD, REFLECTIVE, SATURATED, SETS, Scale, Set};
use super::{COLUMNS, Granule};
use crate::error::Result;
use crate::swath::clock;
use crate::swath::h5::{self, Array, Order, Words, text};
use crate::swath::scene::{Channel, Exposure, Overpass};
use hdf5_pure::{AttrValue, FileBuilder};
use std::path::Path;

const DEFLATE: u32 = 1;
/// Lines of a chunk: ten scans.
const CHUNK: usize = 100;

/// One quantity of the pixels of a scan.
type Pick<'a, T> = &'a dyn Fn(&Exposure) -> &[T];

/// The bands that are simulated, in the order of the sets.
pub fn channels(overpass: &Overpass) -> Vec<Channel> {
    SETS.iter()
        .flat_map(|set| set.bands)
        .filter_map(|b| b.band.map(|band| overpass.channel(band, 0xF73D00 + b.number as u64)))
        .collect()
}

/// Writes the measurements.
pub fn write_data(out: &Path, name: &str, granule: &Granule, channels: &[Channel], seen: &[Exposure]) -> Result<()> {
    let mut builder = FileBuilder::new();
    let mut data = builder.create_group("Data");
    let (mut a, mut b) = (vec![1.0_f32; 6], vec![0.0_f32; 6]);
    let mut next = 0;
    for set in &SETS {
        let mut counts = Vec::new();
        for band in set.bands {
            match (band.band, channels.get(next)) {
                (Some(_), Some(channel)) => {
                    let scale = Scale::of(band, &channel.optics, set.emissive);
                    if set.emissive {
                        a[band.number - 20] = scale.correction.0 as f32;
                        b[band.number - 20] = scale.correction.1 as f32;
                    }
                    add_band(&mut counts, set, &scale, seen, next);
                    next += 1;
                }
                _ => counts.extend(std::iter::repeat_n(BAD, granule.scans * 10 * COLUMNS)),
            }
        }
        let shape = [set.bands.len(), granule.scans * 10, COLUMNS];
        let chunk = [1, CHUNK.min(shape[1]), COLUMNS];
        Array::with(Order::Little, &shape, counts).chunked(&chunk, DEFLATE).say(words(set)).add_to(&mut data, set.name);
    }
    builder.add_group(data.finish());
    let mut calibration = builder.create_group("Calibration");
    let visible = (0..19).flat_map(|_| REFLECTIVE.map(|c| c as f32));
    Array::with(Order::Little, &[19, 3], visible)
        .say(vec![
            ("Slope", AttrValue::F32Array(vec![1.0; 19])),
            ("Intercept", AttrValue::F32Array(vec![0.0; 19])),
            ("long_name", text("VIS calibration coefficients, reflectance in per cent")),
        ])
        .add_to(&mut calibration, "VIS_Cal_Coeff");
    let infrared = (0..6).flat_map(|_| (0..4).flat_map(|i| std::iter::repeat_n(f32::from(i == 1), granule.scans)));
    Array::with(Order::Little, &[6, 4, granule.scans], infrared).add_to(&mut calibration, "IR_Cal_Coeff");
    builder.add_group(calibration.finish());
    for (word, value) in root_words(name, granule) {
        builder.set_attr(word, value);
    }
    builder.set_attr("TBB_Trans_Coefficient_A", AttrValue::F32Array(a));
    builder.set_attr("TBB_Trans_Coefficient_B", AttrValue::F32Array(b));
    builder.set_attr("Solar_Irradiance", AttrValue::F32Array(irradiances(channels)));
    h5::publish(builder, &out.join(name))
}

fn add_band(counts: &mut Vec<u16>, set: &Set, scale: &Scale, exposures: &[Exposure], channel: usize) {
    for seen in exposures {
        // By night there is no sunlight to count.
        if !set.emissive && seen.view.sun_zenith.iter().all(|z| *z >= 90.0) {
            counts.extend(std::iter::repeat_n(BAD, seen.view.lon.len()));
        } else {
            counts.extend(seen.radiances[channel].iter().map(|r| scale.encode(f64::from(*r), set.emissive)));
        }
    }
}

fn words(set: &Set) -> Words {
    let slopes = set.bands.iter().map(|b| b.slope as f32).collect();
    let names: Vec<String> = set.bands.iter().map(|b| b.number.to_string()).collect();
    vec![
        ("Slope", AttrValue::F32Array(slopes)),
        ("Intercept", AttrValue::F32Array(vec![0.0; set.bands.len()])),
        ("FillValue", AttrValue::U16Array(vec![BAD])),
        ("valid_range", AttrValue::U16Array(vec![0, set.valid_max])),
        ("band_name", text(names.join(","))),
        ("units", text(if set.emissive { "mW/ (m2 cm-1 sr)" } else { "none" })),
        ("Description", text(format!("{BAD} bad or missing, {SATURATED} saturated, 65533 dead detector"))),
    ]
}

/// E0 of bands 1 to 19, W m-2 um-1; 1 where a band is empty.
fn irradiances(channels: &[Channel]) -> Vec<f32> {
    let mut all = vec![1.0_f32; 19];
    let simulated = SETS.iter().filter(|s| !s.emissive).flat_map(|s| s.bands).filter(|b| b.band.is_some());
    for (band, channel) in simulated.zip(channels) {
        all[band.number - 1] = (std::f64::consts::PI * channel.optics.white()) as f32;
    }
    all
}

fn root_words(name: &str, granule: &Granule) -> Words {
    let (from, to) = granule.directions();
    let direction = if from == to { &from[..1] } else { "M" };
    vec![
        ("simulated", AttrValue::I32(1)),
        ("File Name", text(name)),
        ("Satellite Name", text("FY-3D")),
        ("Sensor Name", text("MERSI")),
        ("Sensor Identification Code", text("MERSI")),
        ("Observing Beginning Date", text(clock::text(granule.start, "%Y-%m-%d"))),
        ("Observing Beginning Time", text(clock::text(granule.start, "%H:%M:%S.%3f"))),
        ("Observing Ending Date", text(clock::text(granule.end, "%Y-%m-%d"))),
        ("Observing Ending Time", text(clock::text(granule.end, "%H:%M:%S.%3f"))),
        ("Day Or Night Flag", text(&granule.day_night()[..1])),
        ("Orbit Direction", text(direction)),
        ("Orbit Number", AttrValue::I32(granule.orbit_number)),
        ("EarthSun Distance Ratio", AttrValue::F32(1.0)),
        ("Number Of Scans", AttrValue::I32(granule.scans as i32)),
    ]
}

/// Writes places, angles and masks.
pub fn write_places(out: &Path, name: &str, granule: &Granule, exposures: &[Exposure]) -> Result<()> {
    let mut builder = FileBuilder::new();
    for (word, value) in root_words(name, granule) {
        builder.set_attr(word, value);
    }
    let mut group = builder.create_group("Geolocation");
    let shape = [granule.scans * 10, COLUMNS];
    let chunk = [CHUNK.min(shape[0]), COLUMNS];
    let places: [(&str, Pick<f64>, f32); 2] =
        [("Latitude", &|s| &s.view.lat, 90.0), ("Longitude", &|s| &s.view.lon, 180.0)];
    for (name, pick, limit) in places {
        let degrees = exposures.iter().flat_map(|s| pick(s).iter().map(|d| *d as f32));
        let words: Words = vec![
            ("units", text("degree")),
            ("valid_range", AttrValue::F32Array(vec![-limit, limit])),
            ("FillValue", AttrValue::F32Array(vec![-999.9])),
        ];
        Array::with(Order::Little, &shape, degrees).chunked(&chunk, DEFLATE).say(words).add_to(&mut group, name);
    }
    let angles: [(&str, Pick<f32>); 4] = [
        ("SolarZenith", &|s| &s.view.sun_zenith),
        ("SolarAzimuth", &|s| &s.view.sun_azimuth),
        ("SensorZenith", &|s| &s.view.sensor_zenith),
        ("SensorAzimuth", &|s| &s.view.sensor_azimuth),
    ];
    for (name, pick) in angles {
        let hundredths = exposures.iter().flat_map(|s| pick(s).iter().map(|d| (d * 100.0).round() as i16));
        let low = if name.ends_with("Zenith") { 0 } else { -18_000 };
        let words: Words = vec![
            ("units", text("degree")),
            ("Slope", AttrValue::F32Array(vec![0.01])),
            ("Intercept", AttrValue::F32Array(vec![0.0])),
            ("valid_range", AttrValue::I16Array(vec![low, 18_000])),
            ("FillValue", AttrValue::I16Array(vec![-32_767])),
        ];
        Array::with(Order::Little, &shape, hundredths).chunked(&chunk, DEFLATE).say(words).add_to(&mut group, name);
    }
    let heights = exposures.iter().flat_map(|s| s.height_m.iter().copied());
    Array::with(Order::Little, &shape, heights).chunked(&chunk, DEFLATE).add_to(&mut group, "DEM");
    let mask = exposures.iter().flat_map(|s| s.land.iter().copied());
    Array::with(Order::Little, &shape, mask).chunked(&chunk, DEFLATE).add_to(&mut group, "LandSeaMask");
    builder.add_group(group.finish());
    h5::publish(builder, &out.join(name))
}
