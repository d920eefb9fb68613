//! `quicklook.png` of a run: the scene with the most kept fires, of equals the last.

use crate::assign::ground::Ground;
use crate::deliver::quicklook::{self, Look as Tint, Measure, Quicklook};
use crate::error::Result;
use crate::fire::FirePixel;
use crate::ingest::geometry::fixed_grid;
use crate::ingest::geometry::footprint::Footprint;
use crate::ingest::geometry::map::Projector;
use crate::ingest::geometry::swath::pixel_size_km;
use crate::ingest::geometry::terrain::{self, with_relief};
use crate::pipeline::{Region, Settings};
use crate::place::{LonLat, LonLatBox};
use crate::scene::map::MapScene;
use crate::scene::swath::SwathScene;
use crate::scene::{BandRole, Look, PixelClass, Scene};
use ndarray::Array2;

/// Pixels around the counties on the picture.
const MARGIN: usize = 8;
/// Degrees around the counties on the picture of a swath.
const MARGIN_DEG: f64 = 0.15;
/// Columns of the picture of a swath.
const MAP_COLUMNS: usize = 450;

/// Draws a look: the site with a margin, or all of it where fires are kept everywhere.
pub fn draw(look: &Look, classes: &Array2<PixelClass>, fires: &[FirePixel], settings: &Settings) -> Result<Vec<u8>> {
    match (look, settings.ground.map(Ground::dem)) {
        // borders lie where the satellite sees their ground, as the pixels do
        (Look::Fixed(scene), Some(dem)) => with_relief(dem, |relief| {
            let on_ground = |place| terrain::seen_at(&scene.grid, place, relief).map(|seen| (seen.column, seen.line));
            let project = |place| on_ground(place).or_else(|| fixed_grid::to_grid(&scene.grid, place));
            grid(scene, classes, fires, settings, &project)
        }),
        (Look::Fixed(scene), None) => {
            grid(scene, classes, fires, settings, &|place| fixed_grid::to_grid(&scene.grid, place))
        }
        (Look::Swath(scene), _) => map(scene, classes, fires, settings),
        (Look::Map(scene), _) => flat(scene, classes, fires, settings),
    }
}

/// A fixed grid as it is.
fn grid(
    whole: &Scene,
    classes: &Array2<PixelClass>,
    fires: &[FirePixel],
    settings: &Settings,
    project: &dyn Fn(LonLat) -> Option<(f64, f64)>,
) -> Result<Vec<u8>> {
    let around_site = match settings.region {
        Region::Counties => fixed_grid::window_of(&whole.grid, &settings.site.bbox(), MARGIN),
        Region::Everywhere => None,
    };
    let cut = around_site.and_then(|window| whole.cut(&window));
    let scene = cut.as_ref().unwrap_or(whole);
    let (line0, column0) = (scene.window.line0 - whole.window.line0, scene.window.column0 - whole.window.column0);
    let none = Array2::from_elem((0, 0), f32::NAN);
    let mir_k = scene.bands.get(&BandRole::Mir).map_or(&none, |band| &band.values);
    let look = |line: usize, column: usize| {
        let usable = scene.state[(line, column)].is_usable();
        if usable { tint(classes[(line + line0, column + column0)]) } else { Tint::Missing }
    };
    let picture = Quicklook {
        satellite: &scene.satellite,
        sensor: &scene.sensor,
        time: scene.time,
        simulated: scene.simulated,
        values: mir_k,
        measure: Measure::Kelvin,
        first: (scene.window.line0, scene.window.column0),
        on_grid: true,
        counties: &settings.site.counties,
        fires,
        project,
        look: &look,
    };
    quicklook::png(&picture)
}

/// A swath as a map, north up: on it lines lean, and on half of the passes east is on the left.
fn map(scene: &SwathScene, classes: &Array2<PixelClass>, fires: &[FirePixel], settings: &Settings) -> Result<Vec<u8>> {
    let area = match settings.region {
        Region::Counties => settings.site.bbox().widened(MARGIN_DEG),
        Region::Everywhere => extent(scene),
    };
    let map = Map::of(&area);
    let (mir_k, seen) = map.paint(scene, classes);
    let picture = Quicklook {
        satellite: &scene.satellite,
        sensor: scene.instrument.sensor(),
        time: scene.time,
        simulated: scene.simulated,
        values: &mir_k,
        measure: Measure::Kelvin,
        first: (0, 0),
        on_grid: false,
        counties: &settings.site.counties,
        fires,
        project: &|place| Some(map.at(place)),
        look: &|line, column| seen[(line, column)].map_or(Tint::Missing, tint),
    };
    quicklook::png(&picture)
}

/// Imagery on a map, one pixel of many for each cell: what was seen, and where the fires are.
fn flat(scene: &MapScene, classes: &Array2<PixelClass>, fires: &[FirePixel], settings: &Settings) -> Result<Vec<u8>> {
    let path = std::path::Path::new(&scene.granule);
    let projector = Projector::of(&scene.grid, path)?;
    let area = match settings.region {
        Region::Counties => settings.site.bbox().widened(MARGIN_DEG),
        Region::Everywhere => corners(scene, &projector).unwrap_or_else(|| settings.site.bbox()),
    };
    let map = Map::of(&area);
    let pixels = Array2::from_shape_fn(map.shape, |(line, column)| {
        let (line, column) = projector.pixel(&scene.grid, map.place(line, column)?)?;
        let at = (line.round() - scene.window.line0 as f64, column.round() - scene.window.column0 as f64);
        let inside = at.0 >= 0.0 && at.1 >= 0.0 && at.0 < classes.nrows() as f64 && at.1 < classes.ncols() as f64;
        inside.then_some((at.0 as usize, at.1 as usize))
    });
    let seen = pixels.mapv(|at| at.map(|at| classes[at]));
    let values = pixels.mapv(|at| at.zip(scene.overview.as_ref()).map_or(f32::NAN, |(at, overview)| overview.at(at)));
    let picture = Quicklook {
        satellite: &scene.satellite,
        sensor: scene.instrument.sensor(),
        time: scene.time,
        simulated: scene.simulated,
        values: &values,
        measure: if scene.is_day(settings.thresholds.field.day_least_deg) {
            Measure::Reflectance
        } else {
            Measure::Radiance
        },
        first: (0, 0),
        on_grid: false,
        counties: &settings.site.counties,
        fires,
        project: &|place| Some(map.at(place)),
        look: &|line, column| seen[(line, column)].map_or(Tint::Missing, tint),
    };
    quicklook::png(&picture)
}

/// The box of the corners of the window.
fn corners(scene: &MapScene, projector: &Projector) -> Option<LonLatBox> {
    let w = &scene.window;
    let (north, west) = (w.line0 as f64, w.column0 as f64);
    let (south, east) = (north + w.lines as f64, west + w.columns as f64);
    let places = projector.places(&scene.grid, &[(north, west), (north, east), (south, west), (south, east)]);
    let places: Vec<LonLat> = places.into_iter().flatten().collect();
    let first = places.first()?;
    let start = LonLatBox { west: first.lon(), east: first.lon(), south: first.lat(), north: first.lat() };
    Some(places.iter().fold(start, |b, place| LonLatBox {
        west: b.west.min(place.lon()),
        east: b.east.max(place.lon()),
        south: b.south.min(place.lat()),
        north: b.north.max(place.lat()),
    }))
}

/// An equirectangular grid over an area, as wide as high on the ground in its middle.
struct Map {
    west: f64,
    north: f64,
    step: (f64, f64),
    shape: (usize, usize),
}

impl Map {
    fn of(area: &LonLatBox) -> Self {
        let lon_step = (area.east - area.west) / MAP_COLUMNS as f64;
        let lat_step = lon_step * ((area.south + area.north) / 2.0).to_radians().cos().max(0.1);
        let lines = ((area.north - area.south) / lat_step).ceil().clamp(1.0, 4.0 * MAP_COLUMNS as f64) as usize;
        Map { west: area.west, north: area.north, step: (lon_step, lat_step), shape: (lines, MAP_COLUMNS) }
    }

    /// Column and line of a place, whole numbers at the middles of cells.
    fn at(&self, place: LonLat) -> (f64, f64) {
        ((place.lon() - self.west) / self.step.0 - 0.5, (self.north - place.lat()) / self.step.1 - 0.5)
    }

    fn place(&self, line: usize, column: usize) -> Option<LonLat> {
        let lon = self.west + (column as f64 + 0.5) * self.step.0;
        LonLat::new(lon, self.north - (line as f64 + 0.5) * self.step.1)
    }

    /// Temperatures and classes of the cells: each pixel fills what its ground covers, the hottest of several wins.
    fn paint(&self, scene: &SwathScene, classes: &Array2<PixelClass>) -> (Array2<f32>, Array2<Option<PixelClass>>) {
        let mut kelvin = Array2::from_elem(self.shape, f32::NAN);
        let mut seen = Array2::from_elem(self.shape, None);
        let Some(mir) = scene.thermal.get(&BandRole::Mir) else { return (kelvin, seen) };
        // where cells are coarser than pixels not every pixel is needed
        let (track_km, _) = pixel_size_km(scene.instrument, scene.instrument.columns() / 2);
        let stride = ((self.step.1 * 111.0 / track_km / 2.0) as usize).max(1);
        let (lines, columns) = classes.dim();
        let every = |size: usize| (0..size).step_by(stride);
        for at in every(lines).flat_map(|line| every(columns).map(move |column| (line, column))) {
            let class = &classes[at];
            let Some(place) = scene.place(at).filter(|_| *class != PixelClass::BowTie) else { continue };
            let (column, line) = self.at(place);
            if !(-20.0..self.shape.1 as f64 + 20.0).contains(&column)
                || !(-20.0..self.shape.0 as f64 + 20.0).contains(&line)
            {
                continue;
            }
            // of every so many pixels one is drawn: it stands for those around it
            let (track, scan) = pixel_size_km(scene.instrument, scene.window.column0 + at.1);
            let size = (track * stride as f64, scan * stride as f64);
            if stride > 1 && size.0.max(size.1) < 0.9 * self.step.1 * 111.0 {
                // less than a cell: the one under its middle is all it can fill
                self.put(&mut kelvin, &mut seen, (line.round(), column.round()), (mir.values[at], *class));
                continue;
            }
            let Some(ground) = Footprint::of(scene, at, size).map(Footprint::generous) else { continue };
            let (reach_lon, reach_lat) = ground.reach_deg();
            let range = |centre: f64, reach: f64, size: usize| {
                let clip = |value: f64| value.clamp(0.0, size as f64) as usize;
                clip((centre - reach).floor())..clip((centre + reach).ceil() + 1.0)
            };
            for l in range(line, reach_lat / self.step.1, self.shape.0) {
                for c in range(column, reach_lon / self.step.0, self.shape.1) {
                    if self.place(l, c).is_some_and(|place| ground.holds(place)) {
                        self.put(&mut kelvin, &mut seen, (l as f64, c as f64), (mir.values[at], *class));
                    }
                }
            }
        }
        (kelvin, seen)
    }
}

impl Map {
    /// Puts a pixel into a cell where it is the hottest so far.
    fn put(
        &self,
        kelvin: &mut Array2<f32>,
        seen: &mut Array2<Option<PixelClass>>,
        (line, column): (f64, f64),
        (value, class): (f32, PixelClass),
    ) {
        let inside = (0.0..self.shape.0 as f64).contains(&line) && (0.0..self.shape.1 as f64).contains(&column);
        let cell = (line.max(0.0) as usize, column.max(0.0) as usize);
        if inside && (kelvin[cell].is_nan() || value > kelvin[cell]) {
            kelvin[cell] = value;
            seen[cell] = Some(class);
        }
    }
}

/// The box of all pixels; across the antimeridian it spans the globe.
fn extent(scene: &SwathScene) -> LonLatBox {
    let bounds = |values: &Array2<f32>| {
        let known = values.iter().filter(|value| value.is_finite());
        known.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(*value), high.max(*value)))
    };
    let ((west, east), (south, north)) = (bounds(&scene.places.lon), bounds(&scene.places.lat));
    if west >= east || south >= north {
        return LonLatBox { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };
    }
    LonLatBox { west: west.into(), south: south.into(), east: east.into(), north: north.into() }
}

fn tint(class: PixelClass) -> Tint {
    match class {
        PixelClass::Clear | PixelClass::Fire => Tint::Clear,
        PixelClass::Cloud => Tint::Cloud,
        PixelClass::Water => Tint::Water,
        _ => Tint::Missing,
    }
}
