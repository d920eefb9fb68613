//! The cells of a site's patrol grid, with what is known of their ground.

use super::rank::Cell;
use crate::assign::territory::Territory;
use crate::error::Result;
use crate::layers::area_index::AreaIndex;
use crate::layers::kilometre_grid;
use crate::layers::landcover::{ClassTable, Cover, LandCover};
use crate::layers::named_areas::{NamedAreas, read_seats};
use crate::layers::static_sources::{SourceList, StaticSources};
use crate::pipeline::of_key;
use crate::place::LonLat;
use crate::site::Site;
use geo::{BoundingRect, Centroid, Contains, InteriorPoint, MultiPolygon};
use std::path::Path;

/// The cells and what lies around them; read once, for it takes a second.
pub struct Ground {
    /// The cells.
    pub cells: Vec<Cell>,
    /// Their areas, in the same order.
    pub shapes: Vec<MultiPolygon<f64>>,
    /// Seats of townships, for the map.
    pub seats: Vec<(String, LonLat)>,
    /// What the site lacks of what the rules use, a sentence each.
    pub absent: Vec<String>,
    pub(super) territory: Territory,
    pub(super) sources: Option<StaticSources>,
    index: AreaIndex,
}

/// Points of a cell to each side at which its cover is looked up.
const STEPS: usize = 8;
/// Cells finer than this are sampled, metres.
const FINEST_M: f64 = 100.0;

impl Ground {
    /// Reads the grid of the site, or draws squares of a kilometre where it has none.
    ///
    /// # Errors
    /// Where one of its layers is not what it should be.
    pub fn load(site: &Site) -> Result<Ground> {
        let mut absent = Vec::new();
        let areas = match site.layers.grid.as_deref() {
            Some(path) => of_file(path)?,
            None => {
                absent.push("本市未导入巡查网格（layers.grid），按沿县界裁切的 1 公里方格排序".to_string());
                kilometre_grid::cells(&site.counties)?.into_iter().map(|cell| (cell.code, cell.shape)).collect()
            }
        };
        let fields = Fields::load(site)?;
        if fields.is_none() {
            absent.push("无土地覆盖图层（layers.landcover）：不知各格耕地多少，焚烧季对所有格同等计分".to_string());
        }
        let sources = match site.layers.static_sources.as_deref() {
            Some(path) => Some(StaticSources::new(SourceList::read(path)?)),
            None => {
                absent.push("无固定热源清单（layers.static_sources）：工厂等常年热源未能剔除".to_string());
                None
            }
        };
        if site.layers.past_fires.is_none() {
            absent.push("无往年火点清单（layers.past_fires）：往年同期只用本系统库中的记录".to_string());
        }
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let (mut cells, mut shapes) = (Vec::new(), Vec::new());
        for (code, shape) in areas {
            let Some(place) = middle(&shape) else { continue };
            let Some(county) = counties.find(place) else { continue };
            let cropland = fields.as_ref().and_then(|fields| fields.share(&shape));
            cells.push(Cell { code, adcode: site.counties[county].name.adcode.clone(), place, cropland });
            shapes.push(shape);
        }
        let index = AreaIndex::new(&shapes);
        let territory = Territory::load(site)?;
        Ok(Ground { cells, shapes, seats: seats(site)?, absent, territory, sources, index })
    }

    /// Position of the cell that holds a place.
    pub fn cell_at(&self, place: LonLat) -> Option<usize> {
        self.index.find(place)
    }

    /// Whether a fire at a place known to so many metres lies in a known source of heat.
    pub(super) fn is_static(&self, place: LonLat, error_m: f64) -> bool {
        self.sources.as_ref().is_some_and(|sources| !sources.at(place, error_m).is_empty())
    }
}

fn of_file(path: &Path) -> Result<Vec<(String, MultiPolygon<f64>)>> {
    let areas = NamedAreas::read(path, "layers.grid")?;
    Ok(areas.iter().map(|(named, shape)| (named.code.clone(), shape.clone())).collect())
}

/// The middle of a cell; of one that a border cuts to a crescent, a place within.
fn middle(shape: &MultiPolygon<f64>) -> Option<LonLat> {
    let centre = shape.centroid().filter(|centre| shape.contains(centre));
    let point = centre.or_else(|| shape.interior_point())?;
    LonLat::new(point.x(), point.y())
}

fn seats(site: &Site) -> Result<Vec<(String, LonLat)>> {
    let Some(path) = site.layers.townships.as_deref() else { return Ok(Vec::new()) };
    if path.extension().is_some_and(|ending| ending == "csv") {
        let seats = read_seats(path, "layers.townships")?;
        return Ok(seats.into_iter().filter_map(|seat| Some((seat.named.name, seat.place?))).collect());
    }
    let areas = NamedAreas::read(path, "layers.townships")?;
    Ok(areas.iter().filter_map(|(named, shape)| Some((named.name.clone(), middle(shape)?))).collect())
}

/// The fields of the site.
struct Fields(crate::layers::landcover::CoverWindow);

impl Fields {
    /// `None` without a land cover map.
    fn load(site: &Site) -> Result<Option<Fields>> {
        let Some(path) = &site.layers.landcover else { return Ok(None) };
        let (bbox, named) = (site.bbox(), site.layers.landcover_classes.as_deref().and_then(ClassTable::named));
        let window = LandCover::load(path, &bbox, named).and_then(|map| map.open()?.sampled(&bbox, FINEST_M));
        let window = window.map_err(|error| of_key(site, "layers.landcover", &error))?;
        Ok(window.map(Fields))
    }

    /// Share of fields among what is known of a cell; `None` where nothing is.
    fn share(&self, shape: &MultiPolygon<f64>) -> Option<f64> {
        let bounds = shape.bounding_rect()?;
        let part = |from: f64, to: f64, step: usize| from + (to - from) * (step as f64 + 0.5) / STEPS as f64;
        let points = (0..STEPS * STEPS).map(|at| {
            let x = part(bounds.min().x, bounds.max().x, at % STEPS);
            geo::Point::new(x, part(bounds.min().y, bounds.max().y, at / STEPS))
        });
        let inside = points.filter(|point| shape.contains(point));
        let covers: Vec<Cover> = inside.filter_map(|point| self.0.at(LonLat::new(point.x(), point.y())?)).collect();
        let fields = covers.iter().filter(|cover| **cover == Cover::Cropland).count();
        (!covers.is_empty()).then(|| fields as f64 / covers.len() as f64)
    }
}
