//! `strawfire site`: what a site pack has, what it lacks and what follows, and its patrol grid.

use super::{Outcome, SiteFolder, say};
use crate::assign::territory::Territory;
use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::layers::area_index::AreaIndex;
use crate::layers::cropland;
use crate::layers::kilometre_grid;
use crate::layers::named_areas::NamedAreas;
use crate::place::LonLat;
use crate::site::Site;
use clap::{Args, Subcommand};
use geo::MultiPolygon;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What is done with the site.
#[derive(Debug, Args)]
pub struct SiteCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say what is configured, what is missing, and what cannot be done without it.
    Check {
        #[command(flatten)]
        site: SiteFolder,
    },
    /// Put a patrol grid into the site: polygons with the property `code`, or squares of a kilometre.
    ImportGrid {
        #[command(flatten)]
        site: SiteFolder,
        /// Make the grid of kilometre squares, cut along the county borders.
        #[arg(long, conflicts_with = "file")]
        kilometre: bool,
        /// GeoJSON of the grid that the city has.
        #[arg(required_unless_present = "kilometre")]
        file: Option<PathBuf>,
    },
}

impl SiteCommand {
    /// Does it.
    pub fn run(&self) -> Result<Outcome> {
        match &self.what {
            What::Check { site } => check(&site.load()?),
            What::ImportGrid { site, file, .. } => import_grid(&site.load()?, file.as_deref()),
        }
    }
}

/// A layer: what it is called, where it is, and what is not done without it.
type Layer<'a> = (&'a str, Option<String>, &'a str);

fn check(site: &Site) -> Result<Outcome> {
    let layers = &site.layers;
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let parks = (!site.solar_parks.is_empty()).then(|| format!("{} parks", site.solar_parks.len()));
    let rows: [Layer<'_>; 9] = [
        ("layers.dem", path(&layers.dem), "geostationary fires seem 3-6 km from where they burn"),
        (
            "layers.landcover",
            path(&layers.landcover),
            "the class of a fire stays unknown, no intensity a hectare of cropland",
        ),
        ("layers.static_sources", path(&layers.static_sources), "kilns and furnaces stay on the list"),
        ("layers.solar_parks", parks, "the glint of solar parks stays on the list"),
        ("layers.past_fires", path(&layers.past_fires), "nothing is said of fires of earlier years"),
        ("layers.townships", path(&layers.townships), "no responsible township: cases go to the county's desk"),
        ("layers.grid", path(&layers.grid), "no patrol grid cell"),
        ("layers.officers", path(&layers.officers), "no responsible post: cases go to the county's desk"),
        (
            "baseline.dir",
            path(&site.baseline_dir),
            "geostationary slots are looked at one by one: small fires are missed",
        ),
    ];
    let territory = Territory::load(site)?;
    // what a scan would stumble over is said now
    super::load_dem(site)?;
    let places = super::places::load_places(site)?;
    let mut text = format!("{} ({}): {} counties\n", site.name, site.dir.display(), site.counties.len());
    for (key, there, without) in rows {
        match there {
            Some(there) => _ = writeln!(text, "  {key}: {there}"),
            None => _ = writeln!(text, "  {key}: not set; {without}"),
        }
    }
    if let Err(error) = cropland::of_counties(site) {
        let _ = writeln!(text, "  layers.landcover: {error}: coverage gives no intensity a hectare of cropland");
    }
    if let Some(sources) = &places.static_sources {
        let none = if sources.is_empty() { ": kilns and furnaces stay on the list" } else { "" };
        let _ = writeln!(text, "  static sources that count: {}{none}", sources.len());
    }
    if territory.lacks_borders() {
        let _ = writeln!(
            text,
            "  townships have no borders: cases go to the county's desk, with the seats near by as hints"
        );
    }
    for area in &territory.unknown_areas {
        let _ = writeln!(
            text,
            "  layers.officers: {area} is no county, township with borders or cell of the site: nobody is sent there"
        );
    }
    for key in site.unused_settings() {
        let _ = writeln!(text, "  {key}: set, but this version does nothing with it");
    }
    say(&text)?;
    Ok(Outcome::Done)
}

const GRID: &str = "grid.geojson";

fn import_grid(site: &Site, file: Option<&Path>) -> Result<Outcome> {
    let cells: Vec<(String, MultiPolygon<f64>)> = match file {
        Some(file) => NamedAreas::read(file, "layers.grid")?.iter().map(|(n, s)| (n.code.clone(), s.clone())).collect(),
        None => kilometre_grid::cells(&site.counties)?.into_iter().map(|cell| (cell.code, cell.shape)).collect(),
    };
    let shares = covered(site, &cells);
    if shares.iter().all(|(_, share)| *share == 0.0) {
        let path = file.unwrap_or(Path::new(GRID));
        let found = format!("{} cells, none of them in a county of the site", cells.len());
        return Err(Error::input(
            path,
            found,
            "cells in WGS84 (longitude, latitude) over the counties",
            "check its coordinates",
        ));
    }
    let path = site.layers.grid.clone().unwrap_or_else(|| site.dir.join(GRID));
    atomic::write_bytes(&path, &geojson(&cells))?;
    let mut text = format!("{} cells written to {}\n", cells.len(), path.display());
    for (county, share) in shares {
        let _ = writeln!(text, "  {county}: {:.1} % of its ground lies in a cell", (1000.0 * share).floor() / 10.0);
    }
    if site.layers.grid.is_none() {
        let _ = writeln!(text, "add to {}: [layers] grid = \"{GRID}\"", site.dir.join("site.toml").display());
    }
    say(&text)?;
    Ok(Outcome::Done)
}

/// Share of each county that lies in a cell, by points 0.005 degrees apart.
fn covered(site: &Site, cells: &[(String, MultiPolygon<f64>)]) -> Vec<(String, f64)> {
    const STEP_DEG: f64 = 0.005;
    let index = AreaIndex::new(cells.iter().map(|(_, shape)| shape));
    let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let mut counts = vec![(0_usize, 0_usize); site.counties.len()];
    let b = site.bbox();
    let steps = |from: f64, to: f64| {
        (0..((to - from) / STEP_DEG).ceil() as usize).map(move |i| from + (i as f64 + 0.5) * STEP_DEG)
    };
    for place in
        steps(b.south, b.north).flat_map(|lat| steps(b.west, b.east).filter_map(move |lon| LonLat::new(lon, lat)))
    {
        if let Some(county) = counties.find(place) {
            counts[county].0 += 1;
            counts[county].1 += usize::from(index.find(place).is_some());
        }
    }
    let share = |(all, inside): (usize, usize)| if all == 0 { 0.0 } else { inside as f64 / all as f64 };
    site.counties.iter().zip(counts).map(|(county, count)| (county.name.name.clone(), share(count))).collect()
}

/// One cell a line, so that a person can find and change one.
fn geojson(cells: &[(String, MultiPolygon<f64>)]) -> Vec<u8> {
    let mut text = String::from("{\"type\":\"FeatureCollection\",\"features\":[\n");
    for (n, (code, shape)) in cells.iter().enumerate() {
        let polygon = |polygon: &geo::Polygon<f64>| {
            let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
            let ring = |ring: &geo::LineString<f64>| {
                let at: Vec<String> = ring.coords().map(|at| format!("[{},{}]", at.x, at.y)).collect();
                format!("[{}]", at.join(","))
            };
            format!("[{}]", rings.map(ring).collect::<Vec<_>>().join(","))
        };
        let parts: Vec<String> = shape.iter().map(polygon).collect();
        let (kind, coordinates) = match parts.as_slice() {
            [one] => ("Polygon", one.clone()),
            several => ("MultiPolygon", format!("[{}]", several.join(","))),
        };
        let comma = if n + 1 < cells.len() { "," } else { "" };
        let code = serde_json::Value::from(code.as_str());
        let _ = writeln!(
            text,
            "{{\"type\":\"Feature\",\"properties\":{{\"code\":{code}}},\"geometry\":{{\"type\":\"{kind}\",\"coordinates\":{coordinates}}}}}{comma}"
        );
    }
    text.push_str("]}\n");
    text.into_bytes()
}
