//! `strawfire-sim landsat`: a Collection 2 Level-1 product of Landsat-8 or 9, as the archive delivers it.

use super::args::{Prepared, SceneArgs, about, place_of};
use super::coder::Coder;
use super::grid::Grid;
use super::ground::Ground;
use super::light::Light;
use super::mtl::{ADD, MULT, Mtl, Product};
use super::raster::{Draft, Form, settle};
use super::scene::{Mark, Piece, Scene};
use super::sensor::{OLI, SWIR22};
use super::touch::Seat;
use super::truth;
use crate::error::{Result, usage};
use crate::output::{make_folder, write_json, write_whole};
use rayon::prelude::*;
use serde_json::json;
use std::path::Path;

const DAY: &str = "2025-10-20T03:50:00Z";
const NIGHT: &str = "2025-10-20T15:30:00Z";
/// Side of a pixel in cells.
const CELLS: usize = 2;

/// Write a simulated Landsat-8 or 9 product (Collection 2 Level 1): bands 1 to 7, QA_PIXEL, QA_RADSAT and the metadata.
///
/// DIR/LC09_.../ holds the product, DIR/truth.geojson and DIR/truth.csv the fires. The ground is an invented, flat
/// patchwork of fields; a scene of full size takes a minute or two and 2 GB of disk while it is made.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    scene: SceneArgs,
    /// Landsat 8 or 9.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u8).range(8..=9))]
    satellite: u8,
    /// Path and row of the Worldwide Reference System, three digits each.
    #[arg(long, default_value = "132035", value_name = "PPPRRR")]
    path_row: String,
    /// Lines of 30 m.
    #[arg(long, default_value_t = 7700, value_parser = clap::value_parser!(u32).range(16..=20_000))]
    lines: u32,
    /// Columns of 30 m.
    #[arg(long, default_value_t = 7600, value_parser = clap::value_parser!(u32).range(16..=20_000))]
    columns: u32,
    /// How far the image is turned on the map, degrees: outside it there is fill.
    #[arg(long, default_value_t = 11.0, value_name = "DEGREES")]
    tilt: f64,
    /// A night scene: the time is 2025-10-20T15:30:00Z if none is given, and a sun above the horizon is an error.
    #[arg(long)]
    night: bool,
    /// Far above saturation the 2.2 um band reads almost nothing, as the real one does over large fires.
    #[arg(long)]
    fold: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let (path, row) = args.path_and_row()?;
    if !(0.0..=30.0).contains(&args.tilt) {
        return Err(usage(format!("--tilt {}", args.tilt), "0 to 30 degrees", "write it like --tilt 11"));
    }
    let prepared = args.scene.prepare(if args.night { NIGHT } else { DAY })?;
    if args.night && !prepared.light.is_night() {
        return Err(usage(
            format!("a sun {:.1} degrees up", prepared.light.elevation_deg),
            "a sun below the horizon with --night",
            "leave --night or --time out, or add --sun-elevation -40",
        ));
    }
    let size = (args.lines as usize, args.columns as usize);
    let pixel_m = OLI.pixel_m(SWIR22);
    // middles of pixels lie at whole multiples of their side
    let grid = about(prepared.middle, size, pixel_m, pixel_m, pixel_m / 2.0);
    let ground = Ground::new(grid.with_pixels(OLI.cell_m), prepared.light, &args.scene.look(&prepared), args.tilt);
    let seats = args.scene.seats(&prepared, &ground, &OLI)?;
    let id = product_id(args, &prepared);
    let folder = args.scene.out.join(&id);
    make_folder(&folder)?;
    settle()?;
    let coders = coders(&prepared.light, args.fold);
    let scene = Scene::new(&OLI, ground, coders, &seats, args.scene.noise(&prepared));
    let (cloud, saturated) = write_rasters(&folder, &id, &prepared, &grid, &scene)?;
    let mut corners = [(0.0, 0.0); 4];
    for (corner, at) in corners.iter_mut().zip(grid.corners(pixel_m / 2.0)) {
        *corner = place_of(&prepared.projection, at)?;
    }
    let mtl = Mtl::of(&Product {
        id: &id,
        satellite: args.satellite,
        path,
        row,
        time: prepared.time,
        light: prepared.light,
        zone: prepared.zone,
        grid,
        corners,
        cloud,
        saturated,
    });
    write_json(&folder.join(format!("{id}_MTL.json")), &mtl.json())?;
    write_whole(&folder.join(format!("{id}_MTL.txt")), mtl.text().as_bytes())?;
    write_truth(args, &prepared, &id, &seats, &grid)?;
    println!("{} written: {} fires, cloud {:.0} %", folder.display(), seats.len(), 100.0 * cloud);
    Ok(())
}

impl Args {
    fn path_and_row(&self) -> Result<(u16, u16)> {
        let digits = self.path_row.len() == 6 && self.path_row.bytes().all(|byte| byte.is_ascii_digit());
        let part = |from: usize| self.path_row.get(from..from + 3).and_then(|text| text.parse::<u16>().ok());
        match (digits, part(0), part(3)) {
            (true, Some(path @ 1..=233), Some(row @ 1..=248)) => Ok((path, row)),
            _ => Err(usage(
                format!("--path-row {}", self.path_row),
                "path 001 to 233 and row 001 to 248",
                "write it like --path-row 132035",
            )),
        }
    }
}

/// By day of the best tier; by night without the ground control that needs light.
fn product_id(args: &Args, prepared: &Prepared) -> String {
    let (level, tier) = if prepared.light.is_night() { ("L1GT", "T2") } else { ("L1TP", "T1") };
    let day = prepared.time.strftime("%Y%m%d");
    format!("LC{:02}_{level}_{}_{day}_{day}_02_{tier}", args.satellite, args.path_row)
}

/// Counts are reflectances without the cosine, whatever the sun; radiances follow from them.
fn coders(light: &Light, fold: bool) -> Vec<Coder> {
    let coder = |(place, band): (usize, &super::sensor::Band)| Coder {
        gain: 1.0 / (light.above(band.sun) * MULT),
        offset: -ADD / MULT,
        saturation: band.saturation,
        saturated_count: OLI.saturated_count,
        folds: fold && place == SWIR22,
    };
    OLI.bands.iter().enumerate().map(coder).collect()
}

/// Writes all bands and both masks; gives the share of cloud and which bands have saturated pixels.
fn write_rasters(folder: &Path, id: &str, prepared: &Prepared, grid: &Grid, scene: &Scene) -> Result<(f64, u16)> {
    let draft = |name: &str| -> Result<Draft> {
        let mut draft =
            Draft::new::<u16>(&folder.join(format!("{id}_{name}.TIF")), &prepared.system, grid, 1, Form::Cog)?;
        draft.like_landsat(match name {
            "QA_PIXEL" => Some(1.0),
            "QA_RADSAT" => None,
            _ => Some(0.0),
        })?;
        Ok(draft)
    };
    let names = OLI.bands.iter().map(|band| band.name).chain(["QA_PIXEL", "QA_RADSAT"]);
    let mut drafts = names.map(draft).collect::<Result<Vec<Draft>>>()?;
    let (mut imaged, mut cloudy, mut saturated) = (0_u64, 0_u64, 0_u16);
    scene.draw(|line0, piece| {
        let Piece { counts, saturated: bits, marks } = piece;
        imaged += marks.iter().filter(|mark| !mark.outside).count() as u64;
        cloudy += marks.iter().filter(|mark| !mark.outside && mark.cloud > CLOUDY).count() as u64;
        saturated = bits.iter().fold(saturated, |all, bits| all | bits);
        let words = marks.iter().map(qa_pixel).collect();
        let layers = counts.into_iter().chain([words, bits]);
        for (draft, layer) in drafts.iter_mut().zip(layers) {
            draft.write(1, line0 / CELLS, layer)?;
        }
        Ok(())
    })?;
    drafts.into_par_iter().map(Draft::finish).collect::<Result<Vec<()>>>()?;
    Ok((cloudy as f64 / imaged.max(1) as f64, saturated))
}

/// A pixel is cloud above this opacity, and beside cloud above that.
const CLOUDY: f32 = 0.5;
const BESIDE: f32 = 0.1;

/// The word of QA_PIXEL: bits 0 fill, 1 beside cloud, 3 cloud, 4 shadow, 5 snow, 6 clear, 7 water, then two bits each
/// for how sure cloud, shadow, snow and cirrus are (1 hardly, 3 very).
fn qa_pixel(mark: &Mark) -> u16 {
    if mark.outside {
        return 1;
    }
    let bit = |is_so: bool, n: u16| u16::from(is_so) << n;
    let sure = |is_so: bool, n: u16| (if is_so { 3_u16 } else { 1 }) << n;
    let (cloud, beside) = (mark.cloud > CLOUDY, mark.cloud > BESIDE && mark.cloud <= CLOUDY);
    let shadow = !cloud && mark.shade > CLOUDY;
    let (snow, water) = (!cloud && mark.snow > 0.5, !cloud && mark.water > 0.5);
    bit(beside, 1)
        | bit(cloud, 3)
        | bit(shadow, 4)
        | bit(snow, 5)
        | bit(!cloud && !beside, 6)
        | bit(water, 7)
        | sure(cloud, 8)
        | sure(shadow, 10)
        | sure(snow, 12)
        | sure(false, 14)
}

fn write_truth(args: &Args, prepared: &Prepared, id: &str, seats: &[Seat], grid: &Grid) -> Result<()> {
    let head = json!({
        "product": id,
        "sensor": OLI.name,
        "time": prepared.time.to_string(),
        "seed": args.scene.seed,
        "family": args.scene.family.name(),
        "sun_elevation_deg": prepared.light.elevation_deg,
        "pixel_m": grid.pixel_m,
        "transmittance": truth::transmittance(&OLI),
    });
    truth::write(&args.scene.out, &head, seats, grid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use gdal::{Dataset, Metadata};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn made(words: &str, out: &Path) -> Result<()> {
        let out = out.to_string_lossy().into_owned();
        run(&Line::parse_from(["landsat", "--out", out.as_str()].into_iter().chain(words.split_whitespace())).args)
    }

    fn counts(path: &Path) -> Vec<u16> {
        let data = Dataset::open(path).expect("a raster");
        data.rasterband(1).expect("a band").read_band_as::<u16>().expect("read").data().to_vec()
    }

    /// 21824 clear, 21952 water, 22280 cloud, 23888 shadow, 30048 snow: the values that the data format book lists.
    #[test]
    fn words_of_quality_are_those_of_the_book() {
        let word = |mark: Mark| qa_pixel(&mark);
        assert_eq!(word(Mark::default()), 21_824);
        assert_eq!(word(Mark { water: 1.0, ..Mark::default() }), 21_952);
        assert_eq!(word(Mark { cloud: 1.0, ..Mark::default() }), 22_280);
        assert_eq!(word(Mark { shade: 1.0, ..Mark::default() }), 23_888);
        assert_eq!(word(Mark { snow: 1.0, ..Mark::default() }), 30_048);
        assert_eq!(word(Mark { outside: true, ..Mark::default() }), 1);
    }

    #[test]
    fn a_product_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        made("--lines 200 --columns 180 --grid 1,5x800 --repeats 2 --sun-elevation 45 --cloud 0", folder.path())
            .expect("made");
        let id = "LC09_L1TP_132035_20251020_20251020_02_T1";
        let file = |name: &str| folder.path().join(id).join(format!("{id}_{name}"));
        for name in ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "QA_PIXEL", "QA_RADSAT"] {
            let data = Dataset::open(file(&format!("{name}.TIF"))).expect("a raster");
            assert_eq!(data.raster_size(), (180, 200));
            assert_eq!(data.metadata_item("SIMULATED", "").as_deref(), Some("YES"));
            let [west, dx, _, north, _, dy] = data.geo_transform().expect("a transform");
            assert_eq!((dx, dy, (west - 15.0) % 30.0, (north - 15.0) % 30.0), (30.0, -30.0, 0.0, 0.0));
        }
        let (counts, words) = (counts(&file("B7.TIF")), counts(&file("QA_PIXEL.TIF")));
        assert_eq!(counts[0], 0);
        assert!(counts.iter().zip(&words).all(|(count, word)| (*count == 0) == (*word == 1)));
        let text = std::fs::read_to_string(file("MTL.txt")).expect("metadata");
        assert!(text.contains("SUN_ELEVATION = 45.00000000"));
        let truth = std::fs::read_to_string(folder.path().join("truth.csv")).expect("truth");
        assert_eq!(truth.lines().count(), 5);
    }

    #[test]
    fn nights_are_dark_and_days_are_no_nights() {
        let folder = tempfile::tempdir().expect("a folder");
        made("--lines 60 --columns 60 --tilt 0 --night", folder.path()).expect("made");
        let id = "LC09_L1GT_132035_20251020_20251020_02_T2";
        let counts = counts(&folder.path().join(id).join(format!("{id}_B7.TIF")));
        // count 5000 is no radiance; a noise of 0.017 W m-2 sr-1 um-1 is 33 counts
        let mean = counts.iter().map(|count| f64::from(*count)).sum::<f64>() / counts.len() as f64;
        assert!((mean - 5000.0).abs() < 5.0, "{mean}");
        assert!(made("--night --time 2025-10-20T03:50:00Z", folder.path()).is_err());
        assert!(made("--path-row 132x35", folder.path()).is_err());
    }
}
