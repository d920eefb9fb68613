//! The geolocation files VNP03IMG and VNP03MOD.
//!
//! Names, types, fills and ranges as in the LAADS file specification VNP03IMG 2.0.9 (2018) and the variable tables of the
//! public product pages: angles are i16 in hundredths of a degree, fill -32768; the mask has the EOS classes, fill 255;
//! places are given for deleted pixels too. Range is in units of 100 m as those tables say. Left out: `navigation_data`.

use super::l1b::{dimensions, global_words, pixels, scan_lines};
use super::{Granule, Resolution};
use crate::error::Result;
use crate::swath::nc::{Draft, Shape, Words};
use crate::swath::scene::{Exposure, Overpass};
use std::path::Path;

const GROUP: &str = "geolocation_data";
const PLACE_FILL: f32 = -999.9;
const ANGLE_FILL: i16 = -32_768;
const MASK_FILL: u8 = 255;
/// The four angles: name, long name, valid range in hundredths of a degree.
const ANGLES: [(&str, &str, (i16, i16)); 4] = [
    ("solar_zenith", "Solar zenith angle at pixel locations", (0, 18_000)),
    ("solar_azimuth", "Solar azimuth angle at pixel locations", (-18_000, 18_000)),
    ("sensor_zenith", "Sensor zenith angle at pixel locations", (0, 18_000)),
    ("sensor_azimuth", "Sensor azimuth angle at pixel locations", (-18_000, 18_000)),
];
const MASK_MEANINGS: &str = "Shallow_Ocean Land Coastline Shallow_Inland Ephemeral Deep_Inland Continental Deep_Ocean";

/// Begins a file: everything but the pixels.
pub fn start(
    path: &Path,
    name: &str,
    overpass: &Overpass,
    resolution: &Resolution,
    granule: &Granule,
) -> Result<Draft> {
    let mut draft = Draft::create(path)?;
    dimensions(&mut draft, resolution, granule)?;
    draft.words(global_words(name, "03", resolution.code, granule))?;
    scan_lines(&mut draft, overpass, resolution, granule)?;
    draft.group(GROUP)?;
    let shape = pixels(resolution);
    declare_places(&mut draft, &shape)?;
    declare_angles(&mut draft, &shape)?;
    declare_surface(&mut draft, &shape)?;
    Ok(draft)
}

fn declare_places(draft: &mut Draft, shape: &Shape) -> Result<()> {
    let rows = [("latitude", "degrees_north", 90.0_f32), ("longitude", "degrees_east", 180.0)];
    for (name, units, limit) in rows {
        let words: Words = vec![
            ("long_name", format!("{}{} of pixel locations", name[..1].to_uppercase(), &name[1..]).into()),
            ("units", units.into()),
            ("valid_min", (-limit).into()),
            ("valid_max", limit.into()),
        ];
        draft.variable(&format!("{GROUP}/{name}"), shape, Some(PLACE_FILL), words)?;
    }
    Ok(())
}

fn declare_angles(draft: &mut Draft, shape: &Shape) -> Result<()> {
    for (name, long_name, (low, high)) in ANGLES {
        let words: Words = vec![
            ("long_name", long_name.into()),
            ("units", "degrees".into()),
            ("valid_min", low.into()),
            ("valid_max", high.into()),
            ("scale_factor", 0.01_f32.into()),
            ("add_offset", 0.0_f32.into()),
        ];
        draft.variable(&format!("{GROUP}/{name}"), shape, Some(ANGLE_FILL), words)?;
    }
    Ok(())
}

fn declare_surface(draft: &mut Draft, shape: &Shape) -> Result<()> {
    let height: Words = vec![
        ("long_name", "Height at pixel locations".into()),
        ("units", "meters".into()),
        ("valid_min", (-1000_i16).into()),
        ("valid_max", 10_000_i16.into()),
    ];
    draft.variable(&format!("{GROUP}/height"), shape, Some(ANGLE_FILL), height)?;
    let range: Words = vec![
        ("long_name", "Range to the satellite".into()),
        ("units", "meters".into()),
        ("valid_min", 0_i16.into()),
        ("valid_max", 32_767_i16.into()),
        ("scale_factor", 100.0_f32.into()),
        ("add_offset", 0.0_f32.into()),
    ];
    draft.variable(&format!("{GROUP}/range"), shape, Some(ANGLE_FILL), range)?;
    let mask: Words = vec![
        ("long_name", "Land/Water mask at pixel locations".into()),
        ("flag_values", vec![0_u8, 1, 2, 3, 4, 5, 6, 7].into()),
        ("flag_meanings", MASK_MEANINGS.into()),
    ];
    draft.variable(&format!("{GROUP}/land_water_mask"), shape, Some(MASK_FILL), mask)?;
    let flags: Words = vec![
        ("long_name", "Geolocation pixel quality flags".into()),
        ("flag_masks", vec![1_u8, 2, 4, 8].into()),
        ("flag_meanings", "Input_invalid Pointing_bad Terrain_bad Sensor_angle_bad".into()),
    ];
    draft.variable::<u8>(&format!("{GROUP}/quality_flag"), shape, None, flags)
}

/// Writes the pixels of one scan.
pub fn put_scan(draft: &mut Draft, scan: usize, seen: &Exposure) -> Result<()> {
    let view = &seen.view;
    let (first, columns) = (scan * view.lines, view.columns);
    let place =
        |degrees: &[f64]| degrees.iter().map(|d| if d.is_nan() { PLACE_FILL } else { *d as f32 }).collect::<Vec<f32>>();
    draft.put_lines(&format!("{GROUP}/latitude"), first, columns, &place(&view.lat))?;
    draft.put_lines(&format!("{GROUP}/longitude"), first, columns, &place(&view.lon))?;
    let angles = [&view.sun_zenith, &view.sun_azimuth, &view.sensor_zenith, &view.sensor_azimuth];
    for ((name, ..), degrees) in ANGLES.iter().zip(angles) {
        let hundredths: Vec<i16> = degrees.iter().map(|d| whole(d * 100.0)).collect();
        draft.put_lines(&format!("{GROUP}/{name}"), first, columns, &hundredths)?;
    }
    let range: Vec<i16> = view.range_km.iter().map(|km| whole(km * 10.0)).collect();
    draft.put_lines(&format!("{GROUP}/range"), first, columns, &range)?;
    let drawn = || view.lon.iter().map(|lon| !lon.is_nan());
    let heights: Vec<i16> = seen.height_m.iter().zip(drawn()).map(|(m, is)| if is { *m } else { ANGLE_FILL }).collect();
    let land: Vec<u8> = seen.land.iter().zip(drawn()).map(|(class, is)| if is { *class } else { MASK_FILL }).collect();
    draft.put_lines(&format!("{GROUP}/height"), first, columns, &heights)?;
    draft.put_lines(&format!("{GROUP}/land_water_mask"), first, columns, &land)?;
    draft.put_lines(&format!("{GROUP}/quality_flag"), first, columns, &vec![0_u8; view.lon.len()])
}

/// A number as a whole one; NaN, which is not drawn, as fill.
fn whole(value: f32) -> i16 {
    if value.is_nan() { ANGLE_FILL } else { value.round() as i16 }
}
