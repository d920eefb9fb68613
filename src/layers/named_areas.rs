//! Areas and seats with a code and a name: townships, cells of the patrol grid.

use super::area_index::AreaIndex;
use super::county_shares::{county_shares, lie_in_counties};
use crate::error::{Error, Result};
use crate::place::LonLat;
use crate::site::Site;
use crate::site::areas::{self, property, shape_of};
use geo::{Area, MultiPolygon};
use std::path::Path;

/// Code and name of an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Code, as registers have it.
    pub code: String,
    /// Name as people write it; the code where it has none.
    pub name: String,
}

/// Areas that are looked up by place.
#[derive(Debug, Clone)]
pub struct NamedAreas {
    names: Vec<Named>,
    shapes: Vec<MultiPolygon<f64>>,
    index: AreaIndex,
}

const GOOD_AREAS: &str =
    "a GeoJSON FeatureCollection of Polygon or MultiPolygon in WGS84 with the property code, and name where it has one";

impl NamedAreas {
    /// Reads the areas of a GeoJSON file that the key of site.toml names.
    ///
    /// # Errors
    /// Where the file is no such collection, a feature has no code, or two have the same one.
    pub fn read(path: &Path, key: &str) -> Result<Self> {
        let areas = areas::read(path, GOOD_AREAS, key, |feature| {
            let code = property(feature, "code")?;
            let name = property(feature, "name").unwrap_or_else(|_| code.clone());
            let shape = shape_of(feature)?;
            if shape.unsigned_area() <= 0.0 {
                return Err(format!("the area {code}, whose corners enclose no ground"));
            }
            Ok((Named { code, name }, shape))
        })?;
        let (names, shapes): (Vec<Named>, Vec<MultiPolygon<f64>>) = areas.into_iter().unzip();
        if names.is_empty() {
            return Err(areas::refuse(path, "no area at all", GOOD_AREAS, key));
        }
        let mut codes = std::collections::HashSet::new();
        if let Some(twice) = names.iter().find(|named| !codes.insert(&named.code)) {
            return Err(areas::refuse(path, format!("the code {} twice", twice.code), GOOD_AREAS, key));
        }
        let index = AreaIndex::new(&shapes);
        Ok(NamedAreas { names, shapes, index })
    }

    /// The area that holds a place.
    pub fn at(&self, place: LonLat) -> Option<&Named> {
        self.index.find(place).map(|at| &self.names[at])
    }

    /// All codes and names, in the order of the file.
    pub fn names(&self) -> &[Named] {
        &self.names
    }

    /// Refuses areas that lie elsewhere: every case would go past them without a word.
    ///
    /// # Errors
    /// Where none of them lies in a county of the site.
    pub fn must_lie_in(&self, site: &Site, path: &Path, key: &str) -> Result<()> {
        if lie_in_counties(site, &self.shapes) {
            return Ok(());
        }
        let found = format!("{} areas, none of them in a county of the site", self.names.len());
        Err(areas::refuse(path, found, "areas in WGS84 (longitude, latitude) over the counties", key))
    }

    /// Share of each county that they cover.
    pub fn county_shares(&self, site: &Site) -> Vec<(String, f64)> {
        county_shares(site, &self.shapes)
    }

    /// Codes and names with their areas.
    pub fn iter(&self) -> impl Iterator<Item = (&Named, &MultiPolygon<f64>)> {
        self.names.iter().zip(&self.shapes)
    }
}

/// A place that stands for an area whose borders are not known: the seat of a township, a village.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    /// Code and name.
    pub named: Named,
    /// Code of its county; empty where it is not said.
    pub county: String,
    /// Where it is, where that is known.
    pub place: Option<LonLat>,
}

const GOOD_SEATS: &str = "a CSV with the columns code, name and, where they are known, county_code, lon, lat (WGS84)";

/// Reads a CSV of seats; those without a place are known by name only.
///
/// # Errors
/// Where it cannot be read, has no columns code and name, or a row is not as it should be.
pub fn read_seats(path: &Path, key: &str) -> Result<Vec<Seat>> {
    let refuse = |found: String| areas::refuse(path, found, GOOD_SEATS, key);
    let text = areas::csv_text(path, GOOD_SEATS, key)?;
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = rows.headers().map_err(|e| refuse(e.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|head| head.trim().trim_start_matches('\u{feff}') == name);
    let (Some(code), Some(name)) = (column("code"), column("name")) else {
        return Err(refuse(format!("the columns {}", header.iter().collect::<Vec<_>>().join(", "))));
    };
    let (county, lon, lat) = (column("county_code"), column("lon"), column("lat"));
    let mut seats = Vec::new();
    for (line, row) in (2_u64..).zip(rows.records()) {
        let row = row.map_err(|e| refuse(e.to_string()))?;
        let text = |at: Option<usize>| at.and_then(|at| row.get(at)).map_or("", str::trim);
        let (code, name) = (text(Some(code)), text(Some(name)));
        if code.is_empty() || name.is_empty() {
            return Err(refuse(format!("no code or no name in line {line}")));
        }
        let place = place(text(lon), text(lat)).map_err(|found| refuse(format!("{found} in line {line}")))?;
        let named = Named { code: code.to_string(), name: name.to_string() };
        seats.push(Seat { named, county: text(county).to_string(), place });
    }
    Ok(seats)
}

fn place(lon: &str, lat: &str) -> std::result::Result<Option<LonLat>, String> {
    if lon.is_empty() && lat.is_empty() {
        return Ok(None);
    }
    let number = |text: &str| text.parse::<f64>().ok();
    let place = number(lon).zip(number(lat)).and_then(|(lon, lat)| LonLat::new(lon, lat));
    place.map(Some).ok_or_else(|| format!("the place {lon:?}, {lat:?}"))
}

/// The refusal of a file of townships that is neither.
pub fn neither(path: &Path, key: &str) -> Error {
    areas::refuse(
        path,
        "a name that ends in neither .geojson, .json nor .csv",
        &format!("{GOOD_AREAS}, or {GOOD_SEATS}"),
        key,
    )
}
