//! The netCDF files of AMI Level 1B, one a band, of the full disk; what is not simulated is outside the scan in them.
//!
//! Names, dimensions and attributes as public readers and listings of real files have them. The wavenumber of a band is
//! not in the file: it is KMA's (conversion table of the AMI user guide). Valid bits of sw038, ir105, ir112, ir123 and
//! vi006 are the real ones, the others [M]; assumed: chunks, scales, edges (ALGORITHMS 4.0 for AHI, moved to KMA's centres).

use super::ami::{FACTOR, SUB_LON_RAD, grid};
use super::view::View;
use crate::bands::{Band, Kind};
use crate::calibration::fit_quadratic;
use crate::error::Result;
use crate::planck::Response;
use crate::swath::clock;
use crate::swath::nc::{Draft, Shape, Words};
use netcdf::AttributeValue as Value;
use std::path::Path;

/// Flag of a pixel outside the scan.
const OUTSIDE: u16 = 0x8000;
const CHUNK: usize = 250;
const DEFLATE: i32 = 1;
const SIDE: usize = 5500;
/// The scan begins so long after its slot.
const DELAY_S: f64 = 31.0;
const SCAN_S: f64 = 545.0;
/// 2000-01-01T12:00:00Z, Unix time.
const EPOCH_S: f64 = 946_728_000.0;
const LIGHT_M_S: f64 = 299_792_458.0;
const BOLTZMANN_J_K: f64 = 1.380_648_8e-23;
const PLANCK_J_S: f64 = 6.626_069_57e-34;

/// One band.
pub struct Channel {
    pub name: &'static str,
    /// Named centre, um: not the wavelength of any law.
    centre: &'static str,
    /// KMA's wavenumber, cm-1; 0 for a reflective band.
    wavenumber: f64,
    band: Band,
}

const fn channel(
    name: &'static str,
    (centre, wavenumber): (&'static str, f64),
    ahi: u8,
    edges_um: (f64, f64),
    (fineness, bits): (usize, u16),
    (noise, saturation, transmittance): (f64, f64, f64),
) -> Channel {
    let path_albedo = match ahi {
        3 => 0.025,
        4 => 0.010,
        5 => 0.002,
        _ => 0.0,
    };
    let central_um = 0.5 * (edges_um.0 + edges_um.1);
    let band =
        Band { number: ahi, central_um, edges_um, fineness, bits, noise, saturation, transmittance, path_albedo };
    Channel { name, centre, wavenumber, band }
}

pub const CHANNELS: [Channel; 8] = [
    channel("vi006", ("0.64", 0.0), 3, (0.60, 0.68), (4, 12), (0.0015, 1.2, 0.85)),
    channel("vi008", ("0.86", 0.0), 4, (0.846, 0.866), (2, 12), (0.0015, 1.2, 0.91)),
    channel("nr016", ("1.6", 0.0), 5, (1.60, 1.62), (1, 12), (0.0015, 1.2, 0.93)),
    channel("sw038", ("3.8", 2_612.677_373_521_11), 7, (3.74, 3.92), (1, 14), (0.16, 400.0, 0.86)),
    channel("ir087", ("8.7", 1_164.949_392_856_34), 11, (8.40, 8.77), (1, 13), (0.10, 345.0, 0.86)),
    channel("ir105", ("10.5", 966.153_383_926_055), 13, (10.11, 10.60), (1, 13), (0.10, 345.0, 0.95)),
    channel("ir112", ("11.2", 891.713_057_301_26), 14, (10.98, 11.45), (1, 13), (0.10, 345.0, 0.94)),
    channel("ir123", ("12.3", 810.609_007_871_23), 15, (11.93, 12.76), (1, 13), (0.10, 345.0, 0.91)),
];

/// The linear scale of a band, and the numbers behind it.
struct Scale {
    /// Units of the file per W m-2 sr-1 um-1.
    per_micrometre: f64,
    gain: f64,
    offset: f64,
    top: u16,
    /// Quadratic from law to band temperature, or albedo per radiance.
    words: Words,
}

impl Scale {
    fn of(channel: &Channel) -> Scale {
        let response = channel.band.response();
        let top = ((1_u32 << channel.band.bits) - 1) as u16;
        match channel.band.kind() {
            Kind::Emissive => emissive(channel, &response, top),
            Kind::Reflective => {
                let albedo_per_radiance = std::f64::consts::PI / response.solar_irradiance();
                let gain = channel.band.saturation / albedo_per_radiance / f64::from(top - 20);
                let words = vec![("Radiance_to_Albedo_c", Value::Double(albedo_per_radiance))];
                Scale { per_micrometre: 1.0, gain, offset: -20.0 * gain, top, words }
            }
        }
    }

    fn encode(&self, radiance: f64) -> u16 {
        let count = (radiance * self.per_micrometre - self.offset) / self.gain;
        count.round().clamp(0.0, f64::from(self.top)) as u16
    }
}

/// Count 0 is the hottest, as in the real files: the gain is negative.
fn emissive(channel: &Channel, response: &Response, top: u16) -> Scale {
    let full = response.radiance_wavenumber(channel.band.saturation);
    let pairs: Vec<(f64, f64)> = (200..=400)
        .map(f64::from)
        .map(|kelvin| (effective_k(channel.wavenumber, response.radiance_wavenumber(kelvin)), kelvin))
        .collect();
    let [c0, c1, c2] = fit_quadratic(&pairs);
    Scale {
        // one factor for all temperatures: both are means over the same response
        per_micrometre: response.radiance_wavenumber(300.0) / response.radiance(300.0),
        gain: -full * 1.01 / f64::from(top),
        offset: full,
        top,
        words: vec![
            ("Teff_to_Tbb_c0", Value::Double(c0)),
            ("Teff_to_Tbb_c1", Value::Double(c1)),
            ("Teff_to_Tbb_c2", Value::Double(c2)),
        ],
    }
}

/// Temperature (K) of a black body with a radiance (mW m-2 sr-1 (cm-1)-1) at exactly one wavenumber (cm-1).
fn effective_k(wavenumber: f64, radiance: f64) -> f64 {
    let nu = wavenumber * 100.0;
    let first = 2.0 * PLANCK_J_S * LIGHT_M_S * LIGHT_M_S * nu.powi(3);
    PLANCK_J_S * LIGHT_M_S * nu / BOLTZMANN_J_K / (first / (radiance * 1e-5)).ln_1p()
}

/// Writes the file of a band; returns its name.
pub fn write(out: &Path, channel: &Channel, start: jiff::Timestamp, view: &View) -> Result<String> {
    let scale = Scale::of(channel);
    let side = SIDE * channel.band.fineness;
    let kilometres = 20 / channel.band.fineness;
    let name = format!("gk2a_ami_le1b_{}_fd{kilometres:03}ge_{}.nc", channel.name, clock::text(start, "%Y%m%d%H%M"));
    let mut draft = Draft::create(&out.join(&name))?;
    draft.dimension("dim_image_y", side)?;
    draft.dimension("dim_image_x", side)?;
    draft.dimension("dim_sc_position", 1)?;
    let shape = Shape { dimensions: &["dim_image_y", "dim_image_x"], chunk: vec![CHUNK, CHUNK], deflate: DEFLATE };
    draft.variable("image_pixel_values", &shape, Some(OUTSIDE), pixel_words(channel))?;
    let extent = view.extent.finer(channel.band.fineness);
    let tag = channel.name.bytes().fold(0xA3, |acc, b| (acc << 8) ^ u64::from(b));
    let counts: Vec<u16> = view.radiances(channel.band, tag).into_iter().map(|r| scale.encode(r)).collect();
    let window = [extent.line..extent.line + extent.lines, extent.col..extent.col + extent.cols];
    draft.put_window("image_pixel_values", window, &counts)?;
    let one = Shape { dimensions: &["dim_sc_position"], chunk: Vec::new(), deflate: 0 };
    let (x, y) = (42_164_000.0 * SUB_LON_RAD.cos(), 42_164_000.0 * SUB_LON_RAD.sin());
    draft.variable::<u8>(
        "sc_position",
        &one,
        None,
        vec![("sc_position_center_pixel", Value::Doubles(vec![x, y, 0.0]))],
    )?;
    for (coefficient, value) in [("gsics_coeff_intercept", 0.0), ("gsics_coeff_slope", 1.0)] {
        draft.variable::<f64>(coefficient, &one, None, Vec::new())?;
        draft.put(coefficient, &[value])?;
    }
    draft.words(file_words(channel, &scale, &name, start))?;
    draft.words(scale.words)?;
    draft.publish()?;
    Ok(name)
}

fn pixel_words(channel: &Channel) -> Words {
    let meaning = "0:good_pixel, 1:conditionally_usable_pixel, 2:out_of_scan_area_pixel, 3:error_pixel";
    vec![
        ("channel_name", text(&channel.name.to_uppercase())),
        ("number_of_total_bits_per_pixel", Value::Uchar(16)),
        ("number_of_data_quality_flag_bits_per_pixel", Value::Uchar(2)),
        ("number_of_valid_bits_per_pixel", Value::Uchar(channel.band.bits as u8)),
        ("data_quality_flag_meaning", text(meaning)),
    ]
}

fn text(words: &str) -> Value {
    Value::Str(words.to_string())
}

fn file_words(channel: &Channel, scale: &Scale, name: &str, start: jiff::Timestamp) -> Words {
    let fineness = channel.band.fineness;
    let grid = grid().finer(fineness);
    let side = (SIDE * fineness) as i32;
    let begun = clock::after(start, DELAY_S);
    let since_epoch = |time: jiff::Timestamp| Value::Double(time.as_millisecond() as f64 / 1e3 - EPOCH_S);
    let corner = (grid.offset - 1.0) * grid.step();
    vec![
        ("simulated", Value::Int(1)),
        ("satellite_name", text("GK-2A")),
        ("instrument_name", text("AMI")),
        ("data_processing_center", text("SIM")),
        ("observation_mode", text("FD")),
        ("channel_spatial_resolution", text(["2.0", "1.0", "", "0.5"][fineness - 1])),
        ("channel_center_wavelength", text(channel.centre)),
        ("scene_acquisition_time", text(&clock::text(begun, "%Y%m%d_%H%M%S"))),
        ("file_name", text(name)),
        ("file_format_version", text("1.0.0_20181120")),
        ("projection_type", text("GEOS")),
        ("number_of_columns", Value::Int(side)),
        ("number_of_lines", Value::Int(side)),
        ("sub_longitude", Value::Double(SUB_LON_RAD)),
        ("cfac", Value::Double(FACTOR * fineness as f64)),
        ("lfac", Value::Double(-FACTOR * fineness as f64)),
        ("coff", Value::Double(grid.offset)),
        ("loff", Value::Double(grid.offset)),
        ("nominal_satellite_height", Value::Double(42_164_000.0)),
        ("earth_equatorial_radius", Value::Double(6_378_137.0)),
        ("earth_polar_radius", Value::Double(6_356_752.3)),
        ("image_upperleft_x", Value::Double(-corner)),
        ("image_upperleft_y", Value::Double(corner)),
        ("image_lowerright_x", Value::Double(corner)),
        ("image_lowerright_y", Value::Double(-corner)),
        ("observation_start_time", since_epoch(begun)),
        ("observation_end_time", since_epoch(clock::after(begun, SCAN_S))),
        ("light_speed", Value::Double(LIGHT_M_S)),
        ("Boltzmann_constant_k", Value::Double(BOLTZMANN_J_K)),
        ("Plank_constant_h", Value::Double(PLANCK_J_S)),
        ("DN_to_Radiance_Gain", Value::Double(scale.gain)),
        ("DN_to_Radiance_Offset", Value::Double(scale.offset)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planck::per_wavenumber;

    /// The quadratic gives the band temperature back to a hundredth of a kelvin, and the law is that of the table.
    #[test]
    fn temperatures_come_back() {
        for channel in CHANNELS.iter().filter(|channel| channel.band.kind() == Kind::Emissive) {
            let response = channel.band.response();
            let scale = Scale::of(channel);
            let [c0, c1, c2] = [0, 1, 2].map(|i| match &scale.words[i].1 {
                Value::Double(number) => *number,
                other => panic!("{other:?}"),
            });
            for kelvin in [210.0, 260.0, 300.0, 390.0] {
                let te = effective_k(channel.wavenumber, response.radiance_wavenumber(kelvin));
                let back = c0 + te * (c1 + te * c2);
                assert!((back - kelvin).abs() < 0.01, "{} {kelvin} {back}", channel.name);
                assert!((te - kelvin).abs() < 3.0, "{} {kelvin} {te}", channel.name);
                let law = per_wavenumber(1e4 / channel.wavenumber, te);
                assert!((law / response.radiance_wavenumber(kelvin) - 1.0).abs() < 1e-4, "{}", channel.name);
            }
        }
    }
}
