//! Landsat scenes in small files: a reader of counts has no scene in memory.

use super::{At, chance, radiance};
use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use ndarray::Array2;
use std::f64::consts::PI;
use strawfire::detect::field::{self, Algorithm, Search};
use strawfire::ingest::Extent;
use strawfire::ingest::map::{BandFile, Draft, MapSource};
use strawfire::scene::BandRole;
use strawfire::scene::map::{MapBand, MapInstrument, Scale};
use strawfire::thresholds::{Profile, Thresholds};
use strawfire::time::Utc;

/// Reflectances rho1 to rho7 as they are measured under a sun at 30 degrees: not divided by its sine of 0.5.
pub type Rho = Array2<[f64; 7]>;

/// Stubble in the sun, as measured.
const STUBBLE: [f64; 7] = [0.05, 0.06, 0.075, 0.10, 0.14, 0.15, 0.125];
/// Bands of OLI in which a fire shows: the number of its reflectance from 0, um, and the sun there, W m-2 um-1.
const HOT: [(usize, f64, f64); 3] = [(4, 0.865, 950.0), (5, 1.61, 240.0), (6, 2.2, 85.0)];
/// By the scale of Landsat's collection 2.
const SCALE: Scale = Scale { mult: 2e-5, add: -0.1 };

/// Stubble everywhere.
pub fn even(side: usize) -> Rho {
    Array2::from_elem((side, side), STUBBLE)
}

/// Fields of stubble that differ by a twentieth from pixel to pixel.
pub fn ground(side: usize) -> Rho {
    Array2::from_shape_fn((side, side), |at| STUBBLE.map(|rho| rho * (1.0 + 0.05 * chance(1, at))))
}

/// Fires of one area and temperature in pixels of 900 m2.
pub fn fires(rho: &mut Rho, places: &[At], area_m2: f64, fire_k: f64) {
    for place in places {
        for (band, um, sun) in HOT {
            rho[*place][band] += area_m2 / 900.0 * PI * radiance(um, fire_k) / sun;
        }
    }
}

/// A product that can be searched, with the folder that it lies in.
pub struct Opened {
    pub source: MapSource,
    _folder: tempfile::TempDir,
}

/// Writes reflectances as counts of Landsat under a sun at 30 degrees and opens them; NaN is a count of none.
pub fn opened(rho: &Rho) -> Opened {
    opened_as(rho, MapInstrument::Oli, 30.0)
}

/// The same for an imager and a sun; Sentinel-2 has reflectances that are divided by its sine.
pub fn opened_as(rho: &Rho, instrument: MapInstrument, sun_elevation_deg: f64) -> Opened {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = folder.path().join("made.tif");
    let (lines, columns) = rho.dim();
    let driver = DriverManager::get_driver_by_name("GTiff").expect("GeoTIFF");
    let mut data = driver.create_with_band_type::<u16, _>(&path, columns, lines, 7).expect("made");
    data.set_geo_transform(&[500_000.0, 30.0, 0.0, 4_040_000.0, 0.0, -30.0]).expect("placed");
    data.set_spatial_ref(&SpatialRef::from_epsg(32648).expect("UTM 48")).expect("set");
    // a NaN is cast to 0
    let count = |rho: f64| ((rho - SCALE.add) / SCALE.mult).round() as u16;
    for band in 0..7 {
        let counts = rho.iter().map(|rho| count(rho[band])).collect();
        let mut buffer = Buffer::new((columns, lines), counts);
        let mut raster = data.rasterband(band + 1).expect("a band");
        raster.write((0, 0), (columns, lines), &mut buffer).expect("written");
    }
    data.close().expect("closed");
    let roles = [
        BandRole::Coastal,
        BandRole::Blue,
        BandRole::Green,
        BandRole::Red,
        BandRole::Nir,
        BandRole::Swir16,
        BandRole::Swir22,
    ];
    let band = |(i, role): (usize, BandRole)| {
        // 1 W m-2 sr-1 um-1 is the count of a reflectance of 0.2
        let radiance = Some(Scale { mult: 1e-4, add: -0.5 });
        let own = MapBand { channel: format!("B{}", i + 1), reflectance: SCALE, radiance };
        (role, BandFile { path: path.clone(), number: i + 1 }, own)
    };
    let draft = Draft {
        granule: "made".to_string(),
        path: path.clone(),
        satellite: "made".to_string(),
        instrument,
        time: Utc::parse("2025-10-20T03:50:00Z").expect("a time"),
        simulated: true,
        bands: roles.into_iter().enumerate().map(band).collect(),
        marks: Vec::new(),
        sun_corrected: instrument == MapInstrument::Msi,
        sun_elevation_deg,
        sun_zenith: None,
        sun_zenith_grid: None,
        saturated_count: Some(u16::MAX),
    };
    let opening = MapSource::open(draft, &Extent::Full).expect("opened");
    Opened { source: opening.source.expect("a source"), _folder: folder }
}

impl Opened {
    /// All masks and the fires of the vote.
    pub fn searched(&self) -> Search {
        field::find(&self.source, Algorithm::Vote, Profile::Reference, &Thresholds::default())
    }
}

/// Pixels that an algorithm found, by line and column.
pub fn found(search: &Search, algorithm: Algorithm) -> Vec<At> {
    let fires = search.masks.indexed_iter().filter(|(_, mask)| **mask & algorithm.bit() != 0);
    fires.map(|(at, _)| at).collect()
}

/// The masks of Landsat.
pub const ALGORITHMS: [Algorithm; 4] = [Algorithm::Schroeder, Algorithm::KumarRoy, Algorithm::Murphy, Algorithm::Vote];
