//! The netCDF files of an SLSTR product.
//!
//! Names of files and variables as public readers use them [C: SATPY and other readers of real products]: the packing of
//! places (millionths of a degree in 32 bits), chunks and deflation are assumed. Left out: orphan pixels, the oblique
//! view, the stripes b and c, F2, meteorology.

use super::Granule;
use super::bands::{self, EXCEPTION_MEANINGS, FILL, KELVIN, SATURATION, SlstrBand, UNFILLED};
use super::grids::{self, COLUMNS, TIE, TIES, TRACK_TIE, filled};
use crate::error::Result;
use crate::optics::Optics;
use crate::output;
use crate::swath::clock;
use crate::swath::inverse::Inverse;
use crate::swath::nc::{Draft, Shape, Words};
use crate::swath::scanner::{Scanner, Spacing};
use crate::swath::scene::{Channel, Exposure, LAND, Overpass};
use crate::swath::view::View;
use netcdf::AttributeValue;
use rayon::prelude::*;
use std::path::Path;

const GRID: &[&str] = &["rows", "columns"];
const DEFLATE: i32 = 2;
/// Lines of a chunk [assumed].
const CHUNK_LINES: usize = 200;

/// A grid of the product: its letter, its scanner and its channels.
struct Grid {
    stripe: &'static str,
    scanner: Scanner,
    bands: &'static [SlstrBand],
    /// Lines of the grid in a line of the coarse one.
    fineness: usize,
}

const GRIDS: [Grid; 3] = [
    Grid { stripe: "in", scanner: grids::COARSE, bands: &bands::COARSE, fineness: 1 },
    Grid { stripe: "fn", scanner: grids::FIRE, bands: &bands::FIRE, fineness: 1 },
    Grid { stripe: "an", scanner: grids::FINE, bands: &bands::FINE, fineness: 2 },
];

/// Writes all files; returns their names.
pub fn write(folder: &Path, product: &str, overpass: &Overpass, granule: &Granule) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for grid in &GRIDS {
        let lines = granule.scans * grid.fineness;
        let channels: Vec<Channel> = grid.bands.iter().map(|b| overpass.channel(b.band, tag(b.name))).collect();
        let exposures: Vec<Exposure> =
            (0..lines).into_par_iter().map(|line| overpass.expose(&grid.scanner, &channels, line)).collect();
        let page = Page { folder, grid, granule, lines, exposures: &exposures };
        for (index, (band, channel)) in grid.bands.iter().zip(&channels).enumerate() {
            names.push(if band.band.number >= 7 {
                page.temperatures(index, band, &channel.optics)?
            } else {
                page.radiances(index, band, &channel.optics)?
            });
            if band.band.number < 7 {
                names.push(page.quality(band, &channel.optics)?);
            }
        }
        names.push(page.geodetic()?);
        names.push(page.cartesian()?);
        names.push(page.flags()?);
        names.push(page.indices()?);
        if grid.stripe == "an" {
            names.push(page.irradiances(&channels)?);
        }
    }
    names.extend(ties(folder, overpass, granule)?);
    names.push("xfdumanifest.xml".to_string());
    names.sort();
    output::write_whole(&folder.join("xfdumanifest.xml"), manifest(product, granule, &names).as_bytes())?;
    Ok(names)
}

fn tag(name: &str) -> u64 {
    name.bytes().fold(0x5E3, |acc, b| (acc << 8) ^ u64::from(b))
}

/// One grid with everything that was seen on it.
struct Page<'a> {
    folder: &'a Path,
    grid: &'a Grid,
    granule: &'a Granule,
    lines: usize,
    exposures: &'a [Exposure],
}

impl Page<'_> {
    fn columns(&self) -> usize {
        self.grid.scanner.columns()
    }

    fn create(&self, name: &str) -> Result<Draft> {
        let mut draft = Draft::create(&self.folder.join(name))?;
        draft.dimension("rows", self.lines)?;
        draft.dimension("columns", self.columns())?;
        let track = match self.grid.scanner.spacing {
            Spacing::Ground { track, .. } => track,
            Spacing::Angle => 0.0,
        };
        draft.words(product_words(self.granule, if self.grid.fineness == 2 { 500 } else { 1000 }))?;
        draft.words(vec![("track_offset", (track.round() as i16).into()), ("start_offset", 0_i16.into())])?;
        Ok(draft)
    }

    fn shape(&self) -> Shape {
        Shape { dimensions: GRID, chunk: vec![CHUNK_LINES.min(self.lines), self.columns()], deflate: DEFLATE }
    }

    /// A value for every cell that is filled.
    fn cells<T: Copy + Send + Sync>(&self, none: T, value: impl Fn(&Exposure, usize) -> T + Sync) -> Vec<T> {
        let columns = self.columns();
        self.exposures
            .par_iter()
            .flat_map_iter(|seen| {
                let value = &value;
                (0..columns).map(move |c| if filled(&self.grid.scanner, c) { value(seen, c) } else { none })
            })
            .collect()
    }

    fn temperatures(&self, index: usize, band: &SlstrBand, optics: &Optics) -> Result<String> {
        let name = format!("{}_BT_{}", band.name, self.grid.stripe);
        let inverse = Inverse::of(optics);
        let saturation = optics.black(band.band.saturation);
        let (scale, offset) = KELVIN;
        let radiance = |seen: &Exposure, c: usize| f64::from(seen.radiances[index][c]);
        let packed = self.cells(FILL, |seen, c| match radiance(seen, c) {
            r if r >= saturation => FILL,
            r => ((inverse.kelvin(r.max(1e-6)) - offset) / scale).round().clamp(-32_000.0, 32_767.0) as i16,
        });
        let words: Words = vec![
            ("standard_name", "toa_brightness_temperature".into()),
            ("long_name", format!("Gridded pixel brightness temperature for channel {}", band.name).into()),
            ("units", "K".into()),
            ("scale_factor", scale.into()),
            ("add_offset", offset.into()),
        ];
        let exceptions = self.cells(UNFILLED, |seen, c| if radiance(seen, c) >= saturation { SATURATION } else { 0 });
        self.channel(&name, band, words, &packed, &exceptions)
    }

    fn radiances(&self, index: usize, band: &SlstrBand, optics: &Optics) -> Result<String> {
        let name = format!("{}_radiance_{}", band.name, self.grid.stripe);
        let saturation = band.band.saturation * optics.white();
        let scale = 1.02 * saturation / 32_767.0;
        let dark = self.granule.night && !band.by_night;
        let radiance = |seen: &Exposure, c: usize| f64::from(seen.radiances[index][c]);
        let packed = self.cells(FILL, |seen, c| match radiance(seen, c) {
            r if dark || r >= saturation => FILL,
            r => (r / scale).round().clamp(-32_000.0, 32_767.0) as i16,
        });
        let exceptions = self.cells(UNFILLED, |seen, c| match radiance(seen, c) {
            _ if dark => 2,
            r if r >= saturation => SATURATION,
            _ => 0,
        });
        let words: Words = vec![
            ("standard_name", "toa_upwelling_spectral_radiance".into()),
            ("long_name", format!("Gridded pixel radiance for channel {}", band.name).into()),
            ("units", "mW.m-2.sr-1.nm-1".into()),
            ("scale_factor", scale.into()),
            ("add_offset", 0.0_f64.into()),
        ];
        self.channel(&name, band, words, &packed, &exceptions)
    }

    fn channel(&self, name: &str, band: &SlstrBand, words: Words, packed: &[i16], exceptions: &[u8]) -> Result<String> {
        let file = format!("{name}.nc");
        let mut draft = self.create(&file)?;
        draft.variable(name, &self.shape(), Some(FILL), words)?;
        draft.put_lines(name, 0, self.columns(), packed)?;
        let exception = format!("{}_exception_{}", band.name, self.grid.stripe);
        let words: Words = vec![
            ("flag_masks", vec![1_u8, 2, 4, 8, 16, 32, 64, 128].into()),
            ("flag_meanings", EXCEPTION_MEANINGS.into()),
        ];
        draft.variable(&exception, &self.shape(), Some(255_u8), words)?;
        draft.put_lines(&exception, 0, self.columns(), exceptions)?;
        draft.publish()?;
        Ok(file)
    }

    /// The solar irradiance of a channel: one value a detector, W m-2 um-1.
    fn quality(&self, band: &SlstrBand, optics: &Optics) -> Result<String> {
        let file = format!("{}_quality_{}.nc", band.name, self.grid.stripe);
        let mut draft = Draft::create(&self.folder.join(&file))?;
        draft.words(product_words(self.granule, 500))?;
        draft.dimension("detectors", 4)?;
        let name = format!("{}_solar_irradiance_{}", band.name, self.grid.stripe);
        let shape = Shape { dimensions: &["detectors"], chunk: Vec::new(), deflate: 0 };
        draft.variable(&name, &shape, Some(f32::NAN), vec![("units", "mW.m-2.nm-1".into())])?;
        draft.put(&name, &[irradiance(optics); 4])?;
        draft.publish()?;
        Ok(file)
    }

    fn irradiances(&self, channels: &[Channel]) -> Result<String> {
        let mut draft = Draft::create(&self.folder.join("viscal.nc"))?;
        draft.words(product_words(self.granule, 500))?;
        draft.dimension("detectors", 4)?;
        draft.dimension("views", 2)?;
        let shape = Shape { dimensions: &["detectors", "views"], chunk: Vec::new(), deflate: 0 };
        for (band, channel) in self.grid.bands.iter().zip(channels) {
            let name = format!("{}_solar_irradiances", band.name);
            draft.variable::<f32>(&name, &shape, None, vec![("units", "mW.m-2.nm-1".into())])?;
            draft.put(&name, &[irradiance(&channel.optics); 8])?;
        }
        draft.publish()?;
        Ok("viscal.nc".to_string())
    }

    fn geodetic(&self) -> Result<String> {
        let stripe = self.grid.stripe;
        let file = format!("geodetic_{stripe}.nc");
        let mut draft = self.create(&file)?;
        let degrees = |pick: fn(&View) -> &[f64]| -> Vec<i32> {
            self.exposures.iter().flat_map(|s| pick(&s.view).iter().map(|d| (d * 1e6).round() as i32)).collect()
        };
        let rows =
            [("latitude", "degrees_north", degrees(|v| &v.lat)), ("longitude", "degrees_east", degrees(|v| &v.lon))];
        for (name, units, values) in rows {
            let words: Words =
                vec![("standard_name", name.into()), ("units", units.into()), ("scale_factor", 1e-6_f64.into())];
            let name = format!("{name}_{stripe}");
            draft.variable(&name, &self.shape(), Some(i32::MIN), words)?;
            draft.put_lines(&name, 0, self.columns(), &values)?;
        }
        let heights: Vec<i16> = self.exposures.iter().flat_map(|s| s.height_m.iter().copied()).collect();
        let name = format!("elevation_{stripe}");
        draft.variable(&name, &self.shape(), Some(FILL), vec![("units", "m".into())])?;
        draft.put_lines(&name, 0, self.columns(), &heights)?;
        draft.publish()?;
        Ok(file)
    }

    /// Metres aside of and along the track.
    fn cartesian(&self) -> Result<String> {
        let stripe = self.grid.stripe;
        let file = format!("cartesian_{stripe}.nc");
        let mut draft = self.create(&file)?;
        let along_m = |line: usize| (line as f64 * 1000.0 / self.grid.fineness as f64 * 1e3) as i32;
        let aside_m = |column: usize| (grids::aside_km(&self.grid.scanner, column) * 1e6) as i32;
        let pixels = || (0..self.lines).flat_map(|l| (0..self.columns()).map(move |c| (l, c)));
        let rows: [(&str, Vec<i32>); 2] =
            [("x", pixels().map(|(_, c)| aside_m(c)).collect()), ("y", pixels().map(|(l, _)| along_m(l)).collect())];
        for (name, values) in rows {
            let name = format!("{name}_{stripe}");
            let words: Words = vec![("units", "m".into()), ("scale_factor", 0.001_f64.into())];
            draft.variable(&name, &self.shape(), Some(i32::MIN), words)?;
            draft.put_lines(&name, 0, self.columns(), &values)?;
        }
        draft.publish()?;
        Ok(file)
    }

    fn flags(&self) -> Result<String> {
        let stripe = self.grid.stripe;
        let file = format!("flags_{stripe}.nc");
        let mut draft = self.create(&file)?;
        const MASKS: [u16; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768];
        let confidence = self.cells(32_u16, |seen, c| {
            let surface = if seen.land[c] == LAND { 8 } else { 16 };
            let light = match seen.view.sun_zenith[c] {
                z if z < 85.0 => 1024,
                z if z < 95.0 => 2048,
                _ => 0,
            };
            surface | light
        });
        let meanings = "coastline ocean tidal land inland_water unfilled spare spare cosmetic duplicate day twilight \
                        sun_glint snow summary_cloud summary_pointing";
        let words: Words = vec![("flag_masks", MASKS.to_vec().into()), ("flag_meanings", meanings.into())];
        let name = format!("confidence_{stripe}");
        draft.variable::<u16>(&name, &self.shape(), None, words)?;
        draft.put_lines(&name, 0, self.columns(), &confidence)?;
        // The cloud tests of the product are not simulated: none of them fires.
        let name = format!("cloud_{stripe}");
        draft.variable::<u16>(&name, &self.shape(), None, vec![("flag_masks", MASKS.to_vec().into())])?;
        draft.put_lines(&name, 0, self.columns(), &vec![0_u16; self.lines * self.columns()])?;
        draft.publish()?;
        Ok(file)
    }

    fn indices(&self) -> Result<String> {
        let stripe = self.grid.stripe;
        let file = format!("indices_{stripe}.nc");
        let mut draft = self.create(&file)?;
        let detectors = 2 * self.grid.fineness as u8;
        let columns = self.columns();
        let detector: Vec<u8> = (0..self.lines * columns)
            .map(|i| if filled(&self.grid.scanner, i % columns) { (i / columns) as u8 % detectors } else { 255 })
            .collect();
        let name = format!("detector_{stripe}");
        draft.variable(&name, &self.shape(), Some(255_u8), vec![("long_name", "Detector number".into())])?;
        draft.put_lines(&name, 0, columns, &detector)?;
        draft.publish()?;
        Ok(file)
    }
}

fn irradiance(optics: &Optics) -> f32 {
    (std::f64::consts::PI * optics.white()) as f32
}

/// Places, distances and angles at the tie points.
fn ties(folder: &Path, overpass: &Overpass, granule: &Granule) -> Result<[String; 3]> {
    let views: Vec<View> = (0..granule.scans)
        .into_par_iter()
        .map(|line| View::new(&TIE, &overpass.orbit, line, overpass.start_s))
        .collect();
    let all = |pick: &dyn Fn(&View, usize) -> f64| -> Vec<f64> {
        views.iter().flat_map(|v| (0..TIES).map(move |c| pick(v, c))).collect()
    };
    // Azimuths of these files run from 0 to 360.
    let around = |degrees: f32| f64::from(degrees).rem_euclid(360.0);
    let geometry: [(&str, Vec<f64>); 4] = [
        ("sat_azimuth_tn", all(&|v, c| around(v.sensor_azimuth[c]))),
        ("sat_zenith_tn", all(&|v, c| f64::from(v.sensor_zenith[c]))),
        ("solar_azimuth_tn", all(&|v, c| around(v.sun_azimuth[c]))),
        ("solar_zenith_tn", all(&|v, c| f64::from(v.sun_zenith[c]))),
    ];
    let geodetic = [("latitude_tx", all(&|v, c| v.lat[c])), ("longitude_tx", all(&|v, c| v.lon[c]))];
    let cartesian =
        [("x_tx", all(&|_, c| (TRACK_TIE - c as f64) * 16_000.0)), ("y_tx", all(&|v, _| v.scan as f64 * 1000.0))];
    tie_file(folder, "geometry_tn.nc", granule, "degrees", &geometry)?;
    tie_file(folder, "geodetic_tx.nc", granule, "degrees", &geodetic)?;
    tie_file(folder, "cartesian_tx.nc", granule, "m", &cartesian)?;
    Ok(["geometry_tn.nc", "geodetic_tx.nc", "cartesian_tx.nc"].map(String::from))
}

fn tie_file(folder: &Path, name: &str, granule: &Granule, units: &str, rows: &[(&str, Vec<f64>)]) -> Result<()> {
    let mut draft = Draft::create(&folder.join(name))?;
    draft.dimension("rows", granule.scans)?;
    draft.dimension("columns", TIES)?;
    draft.words(product_words(granule, 16_000))?;
    draft.words(vec![
        ("track_offset", (TRACK_TIE as i16).into()),
        ("al_subsampling_factor", 1_i16.into()),
        ("ac_subsampling_factor", 16_i16.into()),
    ])?;
    let shape = Shape { dimensions: GRID, chunk: vec![granule.scans, TIES], deflate: DEFLATE };
    for (variable, values) in rows {
        draft.variable(variable, &shape, Some(f64::NAN), vec![("units", units.into())])?;
        draft.put_lines(variable, 0, TIES, values)?;
    }
    draft.publish()
}

/// Global attributes of every file.
fn product_words(granule: &Granule, resolution_m: u32) -> Words {
    let time = |t| clock::text(t, "%Y-%m-%dT%H:%M:%S.%6fZ");
    let resolution =
        if resolution_m > 1000 { "[ 1000 16000 ]".to_string() } else { format!("[ {resolution_m} {resolution_m} ]") };
    vec![
        ("title", "SLSTR L1B product, simulated".into()),
        ("simulated", AttributeValue::Int(1)),
        ("source", "SIM".into()),
        ("institution", "SIM".into()),
        ("product_name", super::name(granule).into()),
        ("start_time", time(granule.start).into()),
        ("stop_time", time(granule.end).into()),
        ("creation_time", time(clock::after(granule.end, 7200.0)).into()),
        ("absolute_orbit_number", (granule.orbit_number as u32).into()),
        ("resolution", resolution.into()),
    ]
}

fn manifest(product: &str, granule: &Granule, names: &[String]) -> String {
    let time = |t| clock::text(t, "%Y-%m-%dT%H:%M:%S.%6fZ");
    let objects: String = names
        .iter()
        .filter(|n| n.ends_with(".nc"))
        .map(|n| {
            let id = n.trim_end_matches(".nc");
            format!(
                "    <dataObject ID=\"{id}_Data\"><byteStream mimeType=\"application/x-netcdf\">\
                 <fileLocation locatorType=\"URL\" href=\"{n}\"/></byteStream></dataObject>\n"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- simulated = 1 -->\n\
         <xfdu:XFDU xmlns:xfdu=\"urn:ccsds:schema:xfdu:1\" xmlns:sentinel-safe=\"http://www.esa.int/safe/sentinel/1.1\">\n  \
         <metadataSection>\n    <metadataObject ID=\"acquisitionPeriod\"><metadataWrap><xmlData>\
         <sentinel-safe:acquisitionPeriod><sentinel-safe:startTime>{}</sentinel-safe:startTime>\
         <sentinel-safe:stopTime>{}</sentinel-safe:stopTime></sentinel-safe:acquisitionPeriod>\
         </xmlData></metadataWrap></metadataObject>\n    <metadataObject ID=\"product\"><metadataWrap><xmlData>\
         <name>{product}</name><columns>{COLUMNS}</columns><rows>{}</rows><simulated>1</simulated>\
         </xmlData></metadataWrap></metadataObject>\n  </metadataSection>\n  \
         <dataObjectSection>\n{objects}  </dataObjectSection>\n</xfdu:XFDU>\n",
        time(granule.start),
        time(granule.end),
        granule.scans,
    )
}
