//! `strawfire site`: what a site pack has, what it lacks and what follows, and its patrol grid.

use super::site_check::{self, Mark};
use super::{Outcome, SiteFolder, say};
use crate::assign::territory::Territory;
use crate::deliver::atomic;
use crate::deliver::desk;
use crate::deliver::sinks::Sink;
use crate::error::{Error, Result};
use crate::layers::county_shares::{county_shares, percent};
use crate::layers::cropland;
use crate::layers::kilometre_grid;
use crate::layers::named_areas::NamedAreas;
use crate::site::Site;
use crate::store::without_password;
use crate::time::Utc;
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
    let store = site.store_url.as_deref().map(without_password);
    let rows: [Layer<'_>; 11] = [
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
        ("store.url", store, "nothing is kept from run to run and nothing is delivered: files only"),
        (
            "store.audit_heads",
            path(&site.audit_heads),
            "an audit that somebody wrote anew as a whole is found only by what a person noted",
        ),
    ];
    let territory = Territory::load(site)?;
    // what a scan would stumble over is said now
    super::load_ground(site)?;
    let places = super::places::load_places(site)?;
    let mut text = format!(
        "{} ({}): {} counties (ok works, -- not there, !! broken)\n",
        site.name,
        site.dir.display(),
        site.counties.len()
    );
    for (key, there, without) in rows {
        match there {
            Some(there) => _ = writeln!(text, "ok {key}: {there}"),
            None => _ = writeln!(text, "-- {key}: not set; {without}"),
        }
    }
    if let Some(land) = &places.landcover {
        let how =
            if layers.landcover_classes.is_some() { "layers.landcover_classes" } else { "recognised by its codes" };
        let _ = writeln!(text, "   land cover by the table {} ({how})", land.table().name());
    }
    if let Err(error) = cropland::of_counties(site) {
        let _ = writeln!(text, "!! layers.landcover: {error}: coverage gives no intensity a hectare of cropland");
    }
    if let Some(sources) = &places.static_sources {
        let none = if sources.is_empty() { ": kilns and furnaces stay on the list" } else { "" };
        let _ = writeln!(text, "   static sources that count: {}{none}", sources.len());
    }
    if territory.lacks_borders() {
        let _ = writeln!(
            text,
            "-- townships have no borders: cases go to the county's desk, with the seats near by as hints"
        );
    }
    if let Some(said) = &territory.seats_in_vain {
        let _ = writeln!(text, "!! layers.townships: {said}");
    }
    for (key, shares) in territory.county_shares(site) {
        let shares: Vec<String> =
            shares.iter().map(|(county, share)| format!("{county} {:.1} %", percent(*share))).collect();
        let _ = writeln!(text, "   {key} covers of each county: {}", shares.join(", "));
    }
    for area in &territory.unknown_areas {
        let _ = writeln!(
            text,
            "!! layers.officers: {area} is no county, township with borders or cell of the site: nobody is sent there"
        );
    }
    for sink in &site.delivery.sinks {
        // a secret may be known only where the program runs: that a sink cannot be opened here is said, and no error
        let opened = Sink::open(sink, &site.delivery);
        let (mark, state) =
            opened.map_or_else(|error| ("--", error.to_string()), |_| ("ok", "can be opened".to_string()));
        let _ = writeln!(text, "{mark} sink {} ({}): {state}", sink.name, sink.kind.name());
    }
    let routed = |name: &String| {
        let in_route =
            site.delivery.routes.iter().any(|route| route.sinks.contains(name) || route.escalate_to.contains(name));
        in_route || site.desk.tell.iter().any(|tell| tell.sinks.contains(name)) || site.station.desk.contains(name)
    };
    for sink in site.delivery.sinks.iter().filter(|sink| !site.delivery.routes.is_empty() && !routed(&sink.name)) {
        let _ = writeln!(text, "!! sink {}: in no [[delivery.routes]], so it gets nothing", sink.name);
    }
    if site.delivery.routes.iter().any(|route| route.filter.forest_edge.is_some()) && layers.landcover.is_none() {
        let _ = writeln!(
            text,
            "-- delivery.routes: forest_edge is not known without layers.landcover: such a route takes all"
        );
    }
    if !site.inboxes.is_empty() && desk::sinks(site).all(|sink| !sink.kind.is_read_by_people()) {
        text.push_str(
            "-- station.desk: no sink that people read: alarms and lists are on the page and in the log alone\n",
        );
    }
    let found = site_check::lines(site, Utc::now())?;
    for (mark, line) in &found {
        let _ = writeln!(text, "{} {line}", mark.sign());
    }
    say(&text)?;
    let has = |wanted: Mark| found.iter().any(|(mark, _)| *mark == wanted);
    // what is out of reach may come back by itself; what is written wrong does not
    Ok(match (has(Mark::Wrong), has(Mark::Broken)) {
        (true, _) => Outcome::Misconfigured,
        (false, true) => Outcome::OutOfReach,
        (false, false) => Outcome::Done,
    })
}

const GRID: &str = "grid.geojson";

fn import_grid(site: &Site, file: Option<&Path>) -> Result<Outcome> {
    let cells: Vec<(String, MultiPolygon<f64>)> = match file {
        Some(file) => NamedAreas::read(file, "layers.grid")?.iter().map(|(n, s)| (n.code.clone(), s.clone())).collect(),
        None => kilometre_grid::cells(&site.counties)?.into_iter().map(|cell| (cell.code, cell.shape)).collect(),
    };
    let shares = county_shares(site, cells.iter().map(|(_, shape)| shape));
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
    let grid = geojson(&cells);
    let copy = copy_of_old(&path, &grid)?;
    atomic::write_bytes(&path, &grid)?;
    let mut text = format!("{} cells written to {}\n", cells.len(), path.display());
    if let Some(copy) = copy {
        let _ = writeln!(text, "the grid that was there is kept as {}", copy.display());
    }
    for (county, share) in shares {
        if share < LITTLE {
            tracing::warn!(
                "{county}: only {:.1} % of its ground lies in a cell: cases elsewhere in it have no cell",
                percent(share)
            );
        }
        let _ = writeln!(text, "  {county}: {:.1} % of its ground lies in a cell", percent(share));
    }
    if site.layers.grid.is_none() {
        let _ = writeln!(text, "add to {}: [layers] grid = \"{GRID}\"", site.dir.join("site.toml").display());
    }
    say(&text)?;
    Ok(Outcome::Done)
}

/// A county of which less is covered is warned of: an import of half a grid looks like this.
const LITTLE: f64 = 0.5;

/// Keeps what a person may have put in by hand as FILE.bak, before it is replaced; the same grid again leaves the older copy.
fn copy_of_old(path: &Path, new: &[u8]) -> Result<Option<PathBuf>> {
    let old = match std::fs::read(path) {
        Ok(old) => old,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::read(path, error)),
    };
    if old == new {
        return Ok(None);
    }
    let mut copy = path.as_os_str().to_os_string();
    copy.push(".bak");
    let copy = PathBuf::from(copy);
    atomic::write_bytes(&copy, &old)?;
    Ok(Some(copy))
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
