//! The terrain-corrected geolocation files GITCO and GMTCO of the SDR.
//!
//! Names and types as public readers expect them. There is no land/water mask in these files: the real ones have none
//! either. Left out: the satellite's position and attitude, the Moon.

use super::sdr_file::{self, Product, SCANS};
use super::{Granule, Resolution};
use crate::swath::clock;
use crate::swath::h5::{Array, Order};
use crate::swath::scanner::Scanner;
use crate::swath::scene::{Exposure, Overpass};

/// Value does not exist.
const NOT_THERE: f32 = -999.3;
const NAMES: [&str; 8] = [
    "Latitude",
    "Longitude",
    "SolarZenithAngle",
    "SolarAzimuthAngle",
    "SatelliteZenithAngle",
    "SatelliteAzimuthAngle",
    "SatelliteRange",
    "Height",
];

pub fn prefix(resolution: &Resolution) -> &'static str {
    if resolution.code == "IMG" { "GITCO" } else { "GMTCO" }
}

pub fn product(resolution: &Resolution) -> Product {
    let collection = format!("VIIRS-{}-GEO-TC", resolution.code);
    Product { prefix: prefix(resolution).to_string(), collection, tag: "GEO" }
}

/// The arrays of places under construction.
pub struct Places {
    scanner: Scanner,
    scans: usize,
    grids: [Array; 8],
}

impl Places {
    pub fn new(scanner: &Scanner, scans: usize) -> Places {
        let shape = [scans * scanner.lines, scanner.columns()];
        let chunk = [SCANS * scanner.lines, scanner.columns()];
        let grid = || Array::of::<f32>(Order::Big, &shape).chunked(&chunk, sdr_file::DEFLATE);
        Places { scanner: *scanner, scans, grids: std::array::from_fn(|_| grid()) }
    }

    pub fn add(&mut self, seen: &Exposure) {
        let view = &seen.view;
        let [lat, lon, sun_zenith, sun_azimuth, zenith, azimuth, range, height] = &mut self.grids;
        lat.extend(view.lat.iter().map(|d| *d as f32));
        lon.extend(view.lon.iter().map(|d| *d as f32));
        sun_zenith.extend(view.sun_zenith.iter().copied());
        sun_azimuth.extend(view.sun_azimuth.iter().copied());
        zenith.extend(view.sensor_zenith.iter().copied());
        azimuth.extend(view.sensor_azimuth.iter().copied());
        range.extend(view.range_km.iter().map(|km| km * 1e3));
        height.extend(seen.height_m.iter().map(|m| f32::from(*m)));
    }

    pub fn pad(&mut self, pixels: usize) {
        for grid in &mut self.grids {
            grid.extend(std::iter::repeat_n(NOT_THERE, pixels));
        }
    }

    pub fn arrays(self, overpass: &Overpass, granules: &[Granule]) -> Vec<(String, Array)> {
        let time = |granule: &Granule, scan: usize, share: f64| {
            // A scan that was not sensed has the integer that stands for its absence.
            if scan >= granule.scans {
                return -993;
            }
            let seconds = (granule.first_scan + scan) as f64 * self.scanner.period_s + share * self.scanner.sweep_s;
            clock::iet(overpass.start_s + seconds)
        };
        let times = |share: f64| -> Vec<i64> {
            granules.iter().flat_map(|g| (0..SCANS).map(move |scan| time(g, scan, share))).collect()
        };
        let (start, middle) = (times(0.0), times(0.5));
        let pixels = self.scans * self.scanner.lines;
        let shape = [pixels, self.scanner.columns()];
        let chunk = [SCANS * self.scanner.lines, self.scanner.columns()];
        let flags = Array::with(Order::Big, &shape, std::iter::repeat_n(0_u8, shape[0] * shape[1]));
        let mut arrays: Vec<(String, Array)> = NAMES.iter().map(|n| n.to_string()).zip(self.grids).collect();
        arrays.push(("StartTime".to_string(), Array::with(Order::Big, &[self.scans], start)));
        arrays.push(("MidTime".to_string(), Array::with(Order::Big, &[self.scans], middle)));
        arrays
            .push(("QF1_SCAN_VIIRSSDRGEO".to_string(), Array::with(Order::Big, &[self.scans], vec![0_u8; self.scans])));
        arrays.push(("QF2_VIIRSSDRGEO".to_string(), flags.chunked(&chunk, sdr_file::DEFLATE)));
        arrays
    }
}
