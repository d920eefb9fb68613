//! `strawfire-sim insert`: puts fires smaller than a pixel into real or simulated counts of tens of metres.

use super::coder::Coder;
use super::fire::{FireArgs, Flame};
use super::grid::{Grid, Projection};
use super::raster::{Draft, Form, settle};
use super::sensor::{NIR, SWIR22};
use super::source::{self, Source, SourceBand};
use super::touch::{Seat, Touches};
use super::{args, truth};
use crate::error::{Result, file, usage};
use crate::output::{make_folder, publish, write_whole};
use crate::seeds::{Family, key};
use gdal::Dataset;
use rayon::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Place of the red band in the tables.
const RED: usize = 3;

/// Put fires into a stack of counts, a Landsat product or a Sentinel-2 product, real or simulated.
///
/// The same files are written below DIR with the fires in them and marked as simulated, with truth.geojson and
/// truth.csv. A fire is a black body whose radiance the air weakens and the optics spread over 1.2 pixels; the pixels
/// keep their own noise. What a detector would not reach is saturated, and marked so in QA_RADSAT where there is one.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// X.tif with X.toml beside it, or X.toml.
    #[arg(long, value_name = "FILE", conflicts_with = "product", required_unless_present = "product")]
    stack: Option<PathBuf>,
    /// Folder of a Landsat Level-1 or a Sentinel-2 Level-1C product, unpacked.
    #[arg(long, value_name = "DIR")]
    product: Option<PathBuf>,
    /// Folder to write into; made if absent.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    wanted: FireArgs,
    /// What the seed is for; the sealed family is for scoring only.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Far above saturation the 2.2 um band reads almost nothing, as that of Landsat does over large fires.
    #[arg(long)]
    fold: bool,
}

/// A pixel that became saturated: line, column and the place of the band.
type Saturated = (usize, usize, usize);

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    settle()?;
    let source = opened(args)?;
    let Some(finest) = source.band(SWIR22) else { return Ok(()) };
    let data = open(&finest.file)?;
    let grid = grid_of(&data, &finest.file)?;
    let system = data.spatial_ref().map_err(|error| {
        file(&finest.file, error, "a raster with a projection in metres", "give the file as it was delivered")
    })?;
    let seats = seats(args, &source, &grid, &Projection::of(&system)?)?;
    let folder = args.out.join(&source.folder);
    let saturated = write_product(&source, &folder, &seats)?;
    let head = json!({
        "product": source.name,
        "sensor": source.sensor.name,
        "seed": args.seed,
        "family": args.family.name(),
        "sun_elevation_deg": source.elevation_deg,
        "pixel_m": grid.pixel_m,
        "transmittance": truth::transmittance(source.sensor),
        "saturated_pixels": saturated.iter().filter(|(_, _, place)| *place == SWIR22).count(),
    });
    truth::write(&args.out, &head, &seats, &grid)?;
    println!("{} written: {} fires in {} bands", folder.display(), seats.len(), source.bands.len());
    Ok(())
}

/// The stack or product that is named.
fn opened(args: &Args) -> Result<Source> {
    let mut source = match (&args.stack, &args.product) {
        (Some(stack), _) => source::stack(stack)?,
        (None, Some(product)) => source::product(product)?,
        (None, None) => {
            return Err(usage("neither --stack nor --product", "one of them", "name what the fires go into"));
        }
    };
    if let Some(band) = source.bands.iter_mut().find(|band| band.place == SWIR22) {
        band.coder.folds = args.fold;
    }
    Ok(source)
}

/// Writes all files of the product anew; gives the pixels that became saturated.
fn write_product(source: &Source, folder: &Path, seats: &[Seat]) -> Result<Vec<Saturated>> {
    let mut files: BTreeMap<&Path, Vec<&SourceBand>> = BTreeMap::new();
    for band in &source.bands {
        files.entry(&band.file).or_default().push(band);
    }
    let mut jobs = Vec::new();
    for (path, bands) in files {
        jobs.push((path, bands, target_of(source, folder, path)?));
    }
    let burned = jobs.par_iter().map(|(path, bands, target)| burn(path, target, bands, source, seats));
    let saturated: Vec<Saturated> = burned.collect::<Result<Vec<Vec<Saturated>>>>()?.into_iter().flatten().collect();
    if let Some(path) = &source.saturation {
        mark_saturated(path, &target_of(source, folder, path)?, &saturated)?;
    }
    for path in &source.others {
        copy(path, &target_of(source, folder, path)?)?;
    }
    for (path, text) in &source.texts {
        write_whole(&target_of(source, folder, path)?, text.as_bytes())?;
    }
    Ok(saturated)
}

/// Where a file of the product goes; never onto itself.
fn target_of(source: &Source, folder: &Path, path: &Path) -> Result<PathBuf> {
    let target = folder.join(path.strip_prefix(&source.root).unwrap_or(path));
    if target == *path || same(&target, path) {
        return Err(usage(
            format!("--out of {}, where the product is", target.display()),
            "another folder",
            "give a new folder",
        ));
    }
    target.parent().map_or(Ok(()), make_folder)?;
    Ok(target)
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// The fires: those that have a place, then those of the grid on ground that may be a field.
fn seats(args: &Args, source: &Source, grid: &Grid, projection: &Projection) -> Result<Vec<Seat>> {
    let seat = |flame: Flame| -> Result<Seat> {
        let at = projection.map(flame.lon, flame.lat).filter(|at| grid.holds(*at));
        Ok(Seat { flame, at: at.ok_or_else(|| args::off_scene(&flame))?, clear: 1.0 })
    };
    let mut seats = args.wanted.placed()?.into_iter().map(seat).collect::<Result<Vec<Seat>>>()?;
    let wanted = args.wanted.unplaced(key(args.family, args.seed))?;
    if wanted.is_empty() {
        return Ok(seats);
    }
    let field = Field::open(source)?;
    let fits = |line: f64, column: f64| field.may_burn(grid.at(line, column));
    let places = args.wanted.scatter(wanted.len(), (grid.lines, grid.columns), key(args.family, args.seed), fits)?;
    for ((area_m2, temperature_k), (line, column)) in wanted.into_iter().zip(places) {
        let at = grid.at(line, column);
        let (lon, lat) = args::place_of(projection, at)?;
        seats.push(Seat { flame: Flame { lon, lat, area_m2, temperature_k }, at, clear: 1.0 });
    }
    Ok(seats)
}

/// What tells fields from water, cloud and snow: red, near infrared and 2.2 um, as far as they are there.
struct Field {
    /// Radiances between which a band may lie by day.
    bands: Vec<(Dataset, Grid, SourceBand, std::ops::Range<f64>)>,
}

impl Field {
    fn open(source: &Source) -> Result<Field> {
        let mut bands = Vec::new();
        let by_day = source.elevation_deg > 0.0;
        for (place, reflectances) in [(SWIR22, 0.05..0.6), (NIR, 0.12..0.6), (RED, 0.02..0.35)] {
            let Some(band) = source.band(place) else { continue };
            let data = open(&band.file)?;
            let grid = grid_of(&data, &band.file)?;
            // as if the sun were at 1 au: this is no measurement
            let white = source.elevation_deg.to_radians().sin() * source.sensor.bands[place].sun / std::f64::consts::PI;
            let range = if by_day { white * reflectances.start..white * reflectances.end } else { f64::MIN..f64::MAX };
            bands.push((data, grid, band.clone(), range));
        }
        Ok(Field { bands })
    }

    /// Whether a point is measured and looks like a field.
    fn may_burn(&self, at: (f64, f64)) -> bool {
        self.bands.iter().all(|(data, grid, band, range)| {
            let (line, column) = grid.of(at);
            let place = (column.round() as isize, line.round() as isize);
            let read =
                data.rasterband(band.number).and_then(|raster| raster.read_as::<u16>(place, (1, 1), (1, 1), None));
            let count = read.ok().and_then(|read| read.data().first().copied()).unwrap_or(0);
            count > 0 && range.contains(&band.coder.radiance(count))
        })
    }
}

/// Writes a raster anew with the fires in its bands; gives the pixels that became saturated.
fn burn(path: &Path, target: &Path, bands: &[&SourceBand], source: &Source, seats: &[Seat]) -> Result<Vec<Saturated>> {
    let data = open(path)?;
    let grid = grid_of(&data, path)?;
    let mut draft = Draft::copy(&data, target, Form::of(&data))?;
    let mut saturated = Vec::new();
    for band in bands {
        let touches = Touches::of(seats, &source.sensor.bands[band.place], &grid);
        for (line, touched) in touches.lines() {
            let columns = touched.iter().map(|touch| touch.column);
            let (Some(first), Some(last)) = (columns.clone().min(), columns.max()) else { continue };
            let size = (last - first + 1, 1);
            let mut counts = draft.read_window(band.number, (line, first), size)?;
            let mut radiances: BTreeMap<usize, f64> = BTreeMap::new();
            for touch in touched.iter().filter(|touch| counts[touch.column - first] > 0) {
                let before = || band.coder.radiance(counts[touch.column - first]);
                let radiance = radiances.entry(touch.column).or_insert_with(before);
                *radiance = touch.added(*radiance);
            }
            for (column, radiance) in radiances {
                let (count, is_full) = recoded(&band.coder, counts[column - first], radiance);
                counts[column - first] = count;
                if is_full {
                    saturated.push((line, column, band.place));
                }
            }
            draft.write_window(band.number, (line, first), size, counts)?;
        }
    }
    draft.finish()?;
    Ok(saturated)
}

/// The count of a pixel with a fire in it. A pixel that was brighter than a detector can be is left as it is.
fn recoded(coder: &Coder, before: u16, radiance: f64) -> (u16, bool) {
    let (count, is_full) = coder.count(radiance);
    if coder.radiance(before) >= coder.saturation { (before, false) } else { (count, is_full) }
}

/// Sets the bits of saturated pixels in a mask.
fn mark_saturated(path: &Path, target: &Path, saturated: &[Saturated]) -> Result<()> {
    let data = open(path)?;
    let (columns, lines) = data.raster_size();
    let mut draft = Draft::copy(&data, target, Form::of(&data))?;
    for (line, column, place) in saturated.iter().filter(|(line, column, _)| *line < lines && *column < columns) {
        let mut bits = draft.read_window(1, (*line, *column), (1, 1))?;
        bits.iter_mut().for_each(|bits| *bits |= 1_u16 << *place);
        draft.write_window(1, (*line, *column), (1, 1), bits)?;
    }
    draft.finish()
}

fn copy(path: &Path, target: &Path) -> Result<()> {
    let partial = crate::output::partial_name(target);
    fs::copy(path, &partial)
        .map_err(|error| file(path, error, "a file that can be copied", "check free space and permissions"))?;
    publish(&partial, target)
}

fn open(path: &Path) -> Result<Dataset> {
    Dataset::open(path)
        .map_err(|error| file(path, error, "a raster that GDAL reads", "give the files as they were delivered"))
}

fn grid_of(data: &Dataset, path: &Path) -> Result<Grid> {
    let wrong =
        |found: String| file(path, found, "a raster with its north up and square pixels", "give the file as delivered");
    let [west_m, pixel_m, a, north_m, b, down] = data.geo_transform().map_err(|error| wrong(error.to_string()))?;
    if a != 0.0 || b != 0.0 || pixel_m <= 0.0 || (pixel_m + down).abs() > 1e-6 * pixel_m {
        return Err(wrong(format!("pixels of {pixel_m} by {down}, turned by {a} and {b}")));
    }
    let (columns, lines) = data.raster_size();
    Ok(Grid { west_m, north_m, pixel_m, lines, columns })
}

#[cfg(test)]
#[path = "insert_tests.rs"]
mod tests;
