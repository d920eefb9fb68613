//! `strawfire-sim sentinel2`: a Level-1C product of Sentinel-2 as a SAFE folder.

use super::args::{Prepared, SceneArgs, about, place_of};
use super::coder::Coder;
use super::grid::Grid;
use super::ground::Ground;
use super::light::Light;
use super::raster::{Draft, Form, settle};
use super::safe::{Product, QUANTIFICATION, manifest};
use super::scene::{Mark, Scene};
use super::sensor::{MSI, SWIR22};
use super::tile;
use super::truth;
use crate::error::{Result, usage};
use crate::output::{make_folder, write_whole};
use rayon::prelude::*;
use serde_json::json;
use std::path::Path;

const DAY: &str = "2025-10-20T03:55:00Z";
/// Pixels of the finest bands that fill a pixel of the coarsest.
const COARSEST: usize = 6;
/// A pixel is cloud above this opacity.
const CLOUDY: f32 = 0.5;

/// Write a simulated Sentinel-2 product (Level-1C): bands 1, 2, 3, 4, 8A, 11 and 12 and the mask of clouds and snow.
///
/// DIR/S2B_... .SAFE/ is the product, DIR/truth.geojson and DIR/truth.csv hold the fires. The ground is an invented,
/// flat patchwork of fields under one sun; a whole tile takes some minutes and 2 GB of disk while it is made. There are
/// no nights: Sentinel-2 does not look by night.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    scene: SceneArgs,
    /// Sentinel-2 A, B or C.
    #[arg(long, default_value = "B", value_parser = ["A", "B", "C"])]
    satellite: String,
    /// Processing baseline: from 04.00 on 1000 is added to all counts and the masks are rasters.
    #[arg(long, default_value = "05.10", value_parser = ["02.06", "05.10"])]
    baseline: String,
    /// Pixels of 10 m a side, a multiple of 6: less than the whole tile that --centre lies in, about --centre.
    #[arg(long, default_value_t = tile::WHOLE, value_name = "PIXELS")]
    size: usize,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let prepared = args.prepared()?;
    let grid = match args.size {
        tile::WHOLE => tile::around(prepared.middle),
        size => about(prepared.middle, (size, size), MSI.cell_m, 60.0, 0.0),
    };
    let names = Names::of(args, &prepared)?;
    let ground = Ground::new(grid, prepared.light, &args.scene.look(&prepared), 0.0);
    let seats = args.scene.seats(&prepared, &ground, &MSI)?;
    let folder = args.scene.out.join(&names.product);
    let granule = folder.join("GRANULE").join(&names.granule);
    make_folder(&granule.join("IMG_DATA"))?;
    settle()?;
    let offset = args.offset();
    let scene = Scene::new(&MSI, ground, coders(&prepared.light, offset), &seats, args.scene.noise(&prepared));
    let cloud = write_rasters(&granule, &names, &prepared, &scene, offset != 0)?;
    write_metadata(args, &prepared, &names, &grid, cloud)?;
    let head = json!({
        "product": names.product,
        "sensor": MSI.name,
        "time": prepared.time.to_string(),
        "seed": args.scene.seed,
        "family": args.scene.family.name(),
        "sun_elevation_deg": prepared.light.elevation_deg,
        "pixel_m": MSI.pixel_m(SWIR22),
        "transmittance": truth::transmittance(&MSI),
    });
    truth::write(&args.scene.out, &head, &seats, &grid.with_pixels(MSI.pixel_m(SWIR22)))?;
    println!("{} written: {} fires, cloud {:.0} %", folder.display(), seats.len(), 100.0 * cloud);
    Ok(())
}

/// Writes the metadata, that of the product last: it makes the folder one.
fn write_metadata(args: &Args, prepared: &Prepared, names: &Names, grid: &Grid, cloud: f64) -> Result<()> {
    let mut corners = [(0.0, 0.0); 4];
    for (corner, at) in corners.iter_mut().zip(grid.corners(0.0)) {
        *corner = place_of(&prepared.projection, at)?;
    }
    let offset = args.offset();
    let product = Product {
        name: &names.product,
        unit: args.unit(),
        baseline: &args.baseline,
        offset,
        tile: &names.tile,
        zone: prepared.zone,
        granule: &names.granule,
        images: &names.images,
        time: prepared.time,
        light: prepared.light,
        grid: *grid,
        corners,
        cloud,
        classified: offset != 0,
    };
    let folder = args.scene.out.join(&names.product);
    let granule = folder.join("GRANULE").join(&names.granule);
    write_whole(&granule.join("MTD_TL.xml"), product.tile_xml().as_bytes())?;
    write_whole(&folder.join("manifest.safe"), manifest().as_bytes())?;
    write_whole(&folder.join("MTD_MSIL1C.xml"), product.product_xml().as_bytes())
}

impl Args {
    /// What follows from the words, where they are sound.
    fn prepared(&self) -> Result<Prepared> {
        if !self.size.is_multiple_of(COARSEST) || !(120..=tile::WHOLE).contains(&self.size) {
            return Err(usage(
                format!("--size {}", self.size),
                format!("a multiple of 6 from 120 to {}", tile::WHOLE),
                "write it like --size 1800",
            ));
        }
        let prepared = self.scene.prepare(DAY)?;
        if prepared.light.elevation_deg < 5.0 {
            return Err(usage(
                format!("a sun {:.1} degrees up", prepared.light.elevation_deg),
                "5 degrees or more: reflectances are divided by its sine",
                "leave --time out, or add --sun-elevation 45",
            ));
        }
        Ok(prepared)
    }

    fn unit(&self) -> char {
        self.satellite.chars().next().unwrap_or('B')
    }

    /// What is added to a count before it is a reflectance.
    fn offset(&self) -> i32 {
        if self.baseline.as_str() < "04.00" { 0 } else { -1000 }
    }
}

/// Names of a product and its parts.
struct Names {
    product: String,
    granule: String,
    tile: String,
    /// Of the images, in the order of the bands.
    images: Vec<String>,
}

impl Names {
    fn of(args: &Args, prepared: &Prepared) -> Result<Names> {
        let tile = tile::name(prepared.zone, prepared.centre.1, prepared.middle).ok_or_else(|| {
            usage(
                format!("no square of zone {} at {}", prepared.zone, args.scene.centre),
                "a place within the zone",
                "leave --zone out",
            )
        })?;
        let stamp = prepared.time.strftime("%Y%m%dT%H%M%S").to_string();
        let baseline = args.baseline.replace('.', "");
        Ok(Names {
            product: format!("S2{}_MSIL1C_{stamp}_N{baseline}_R061_{tile}_{stamp}.SAFE", args.unit()),
            granule: format!("L1C_{tile}_A040000_{stamp}"),
            images: MSI.bands.iter().map(|band| format!("{tile}_{stamp}_{}", band.name)).collect(),
            tile,
        })
    }
}

/// Counts are reflectances with the cosine of the sun's zenith angle taken out.
fn coders(light: &Light, offset: i32) -> Vec<Coder> {
    let bands = MSI.bands.iter();
    bands
        .map(|band| Coder {
            gain: QUANTIFICATION / light.white(band.sun),
            offset: -f64::from(offset),
            saturation: band.saturation,
            saturated_count: MSI.saturated_count,
            folds: false,
        })
        .collect()
}

/// Writes all bands and the mask, where there is one; gives the share of cloud.
fn write_rasters(granule: &Path, names: &Names, prepared: &Prepared, scene: &Scene, classified: bool) -> Result<f64> {
    let draft = |(band, name): (&super::sensor::Band, &String)| -> Result<Draft> {
        // as the archive has them: 1024 at 10 m, 640 at 20 m, 192 at 60 m
        let tile = [(1, 1024), (2, 640)].iter().find(|(cells, _)| *cells == band.cells).map_or(192, |(_, tile)| *tile);
        let target = granule.join("IMG_DATA").join(format!("{name}.jp2"));
        Draft::new::<u16>(&target, &prepared.system, &scene.pixels(band.cells), 1, Form::Jp2 { tile })
    };
    let mut drafts = MSI.bands.iter().zip(&names.images).map(draft).collect::<Result<Vec<Draft>>>()?;
    let coarse: Grid = scene.pixels(COARSEST);
    let mut mask = None;
    if classified {
        make_folder(&granule.join("QI_DATA"))?;
        let target = granule.join("QI_DATA").join("MSK_CLASSI_B00.jp2");
        mask = Some(Draft::new::<u8>(&target, &prepared.system, &coarse, 3, Form::Jp2 { tile: 192 })?);
    }
    let mut cloudy = 0;
    scene.draw(|line0, piece| {
        for ((draft, counts), band) in drafts.iter_mut().zip(piece.counts).zip(&MSI.bands) {
            draft.write(1, line0 / band.cells, counts)?;
        }
        cloudy += piece.marks.iter().filter(|mark| mark.cloud > CLOUDY).count();
        if let Some(mask) = &mut mask {
            // opaque cloud, cirrus, snow
            let layers: [fn(&Mark) -> bool; 3] =
                [|mark| mark.cloud > CLOUDY, |_| false, |mark| mark.snow > 0.5 && mark.cloud <= CLOUDY];
            for (i, layer) in layers.iter().enumerate() {
                let values: Vec<u8> = piece.marks.iter().map(|mark| u8::from(layer(mark))).collect();
                mask.write(i + 1, line0 / COARSEST, values)?;
            }
        }
        Ok(())
    })?;
    drafts.extend(mask);
    drafts.into_par_iter().map(Draft::finish).collect::<Result<Vec<()>>>()?;
    Ok(cloudy as f64 / (coarse.lines * coarse.columns) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use gdal::Dataset;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn made(words: &str, out: &Path) -> Result<()> {
        let out = out.to_string_lossy().into_owned();
        run(&Line::parse_from(["sentinel2", "--out", out.as_str()].into_iter().chain(words.split_whitespace())).args)
    }

    fn mean(path: &Path, band: usize) -> (usize, f64) {
        let data = Dataset::open(path).expect("a raster");
        let counts = data.rasterband(band).expect("a band").read_band_as::<u16>().expect("read");
        let sum: f64 = counts.data().iter().map(|count| f64::from(*count)).sum();
        (counts.len(), sum / counts.len() as f64)
    }

    #[test]
    fn a_product_is_whole_with_and_without_the_offset() {
        let mut means = Vec::new();
        for (baseline, number) in [("05.10", "N0510"), ("02.06", "N0206")] {
            let folder = tempfile::tempdir().expect("a folder");
            let words = format!("--size 600 --baseline {baseline} --fire 102.4,36.48,900,4 --cloud 0.2");
            made(&words, folder.path()).expect("made");
            let product =
                folder.path().join(format!("S2B_MSIL1C_20251020T035500_{number}_R061_T48STF_20251020T035500.SAFE"));
            let granule = product.join("GRANULE").join("L1C_T48STF_A040000_20251020T035500");
            for (name, pixels) in
                [("B01", 10_000), ("B02", 360_000), ("B04", 360_000), ("B8A", 90_000), ("B12", 90_000)]
            {
                let (size, mean) =
                    mean(&granule.join("IMG_DATA").join(format!("T48STF_20251020T035500_{name}.jp2")), 1);
                assert_eq!(size, pixels, "{name}");
                means.push(mean);
            }
            let mask = granule.join("QI_DATA").join("MSK_CLASSI_B00.jp2");
            assert_eq!(mask.exists(), number == "N0510");
            if mask.exists() {
                assert_eq!(mean(&mask, 2), (10_000, 0.0));
            }
            assert!(product.join("MTD_MSIL1C.xml").exists() && granule.join("MTD_TL.xml").exists());
            let truth = std::fs::read_to_string(folder.path().join("truth.csv")).expect("truth");
            assert_eq!(truth.lines().count(), 2);
        }
        // the same ground: 1000 counts more, but where the noise would fall below no data
        for (with, without) in means[..5].iter().zip(&means[5..]) {
            assert!((with - without - 1000.0).abs() < 1.0, "{with} {without}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(made("--size 601", folder.path()).is_err());
        assert!(made("--size 600 --sun-elevation -10", folder.path()).is_err());
    }
}
