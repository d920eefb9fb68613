//! How much of each county a look saw: observed, hidden by cloud, not covered, or missing.

use super::Settings;
use crate::assign::ground::Ground;
use crate::deliver::scan_report::CountyShare;
use crate::fire::CountyName;
use crate::ingest::geometry::fixed_grid;
use crate::ingest::geometry::footprint::Footprint;
use crate::ingest::geometry::map::Projector;
use crate::ingest::geometry::swath::pixel_size_km;
use crate::ingest::geometry::terrain::{self, with_relief};
use crate::place::{LonLat, LonLatBox};
use crate::scene::map::MapScene;
use crate::scene::swath::SwathScene;
use crate::scene::{Look, PixelClass, Scene};
use ndarray::Array2;
use rayon::prelude::*;

/// Pixels of one county: seen, under cloud, out of the look's reach, without a measurement, and with one that cannot be judged.
#[derive(Default, Clone, Copy)]
struct Tally {
    observed: usize,
    cloud: usize,
    not_covered: usize,
    unmeasured: usize,
    not_judged: usize,
}

/// What a look saw of the counties.
pub(super) struct Seen {
    /// Share of each county that was seen.
    pub counties: Vec<CountyShare>,
    /// It saw nothing of any county, for want of measurements: its files are damaged, cut, all fill or not all there.
    pub is_blind: bool,
}

/// What was seen of the counties.
pub(super) fn of(look: &Look, classes: &Array2<PixelClass>, settings: &Settings) -> Seen {
    let tallies = match look {
        Look::Fixed(scene) => on_grid(scene, classes, settings),
        Look::Swath(scene) => on_cells(scene, classes, settings),
        Look::Map(scene) => on_map(scene, classes, settings),
    };
    let is_blind = is_blind(&tallies);
    let counties =
        settings.site.counties.iter().zip(tallies).map(|(county, tally)| share(&county.name, tally)).collect();
    Seen { counties, is_blind }
}

/// Whether nothing was seen of any county because most of what was in reach was not measured. Glint, a view too oblique, and
/// a satellite that does not see the site are no want of measurements.
fn is_blind(tallies: &[Tally]) -> bool {
    let sum = |part: fn(&Tally) -> usize| tallies.iter().map(part).sum::<usize>();
    let unmeasured = sum(|tally| tally.unmeasured);
    sum(|tally| tally.observed + tally.cloud) == 0 && unmeasured > 0 && unmeasured >= sum(|tally| tally.not_judged)
}

/// By the pixels of the full grid whose centres lie in a county, whether read or not: on the ground where its height is
/// known.
fn on_grid(scene: &Scene, classes: &Array2<PixelClass>, settings: &Settings) -> Vec<Tally> {
    match settings.ground.map(Ground::dem) {
        Some(dem) => with_relief(dem, |relief| {
            let ground = |pixel| terrain::first_ground(&scene.grid, pixel, relief).map(|seen| seen.place);
            tallies(scene, classes, settings, ABOVE, |pixel| ground(pixel).or_else(|| on_ellipsoid(scene, pixel)))
        }),
        None => tallies(scene, classes, settings, 1, |pixel| on_ellipsoid(scene, pixel)),
    }
}

fn on_ellipsoid(scene: &Scene, (column, line): (f64, f64)) -> Option<LonLat> {
    fixed_grid::to_lonlat(&scene.grid, column, line)
}

/// Pixels around the site on the ellipsoid among which its high ground seems to lie: 8 km at 5 km of height.
const ABOVE: usize = 5;

fn tallies(
    scene: &Scene,
    classes: &Array2<PixelClass>,
    settings: &Settings,
    around: usize,
    place: impl Fn((f64, f64)) -> Option<LonLat>,
) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); settings.site.counties.len()];
    if let Some(area) = fixed_grid::window_of(&scene.grid, &settings.site.bbox(), around) {
        for line in area.line0..area.line0 + area.lines {
            for column in area.column0..area.column0 + area.columns {
                let place = place((column as f64, line as f64));
                let Some(county) = place.and_then(|place| settings.counties.find(place)) else {
                    continue;
                };
                count_in(&mut tallies[county], class_at(scene, classes, line, column));
            }
        }
    }
    tallies
}

/// Distance of the pixels of a map that are asked, metres: a county of 700 km2 has thirty thousand of them.
const SAMPLE_M: f64 = 150.0;

/// By pixels of a map at even distances over all of the site, those outside the scene too.
fn on_map(scene: &MapScene, classes: &Array2<PixelClass>, settings: &Settings) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); settings.site.counties.len()];
    let step = (SAMPLE_M / scene.grid.pixel_m).round().max(1.0) as i64;
    let Some((projector, [north, south, west, east])) = projected_site(scene, settings) else { return tallies };
    let first = |from: f64| (from as i64).div_euclid(step) * step;
    for line in (first(north)..=south as i64).step_by(step as usize) {
        let columns: Vec<i64> = (first(west)..=east as i64).step_by(step as usize).collect();
        let points: Vec<(f64, f64)> = columns.iter().map(|column| (line as f64, *column as f64)).collect();
        let places = projector.places(&scene.grid, &points);
        for (column, place) in columns.into_iter().zip(places) {
            if let Some(county) = place.and_then(|place| settings.counties.find(place)) {
                let at = (line - scene.window.line0 as i64, column - scene.window.column0 as i64);
                let inside = usize::try_from(at.0).ok().zip(usize::try_from(at.1).ok());
                count_in(&mut tallies[county], inside.and_then(|at| classes.get(at)).copied());
            }
        }
    }
    tallies
}

/// The projection of a map, and the lines and columns between which the site lies on it.
fn projected_site(scene: &MapScene, settings: &Settings) -> Option<(Projector, [f64; 4])> {
    let projector = Projector::of(&scene.grid, std::path::Path::new(&scene.granule)).ok()?;
    let bounds = projector.bounds(&scene.grid, &settings.site.bbox())?;
    Some((projector, bounds))
}

/// Side of the cells that a county is cut into under a swath, degrees: about a kilometre. Pixels of a swath overlap and
/// end somewhere inside a county, so that they themselves cannot be counted.
const CELL_DEG: f64 = 0.01;

/// Pixels with their middle further than this outside the site do not reach into it, degrees.
const FAR_DEG: f64 = 0.1;

/// By cells: a cell is as the best-seen pixel that covers its middle; one that no pixel covers was not looked at.
fn on_cells(scene: &SwathScene, classes: &Array2<PixelClass>, settings: &Settings) -> Vec<Tally> {
    let area = settings.site.bbox();
    let count = |from: f64, to: f64| ((to - from) / CELL_DEG).ceil() as usize;
    let (across, up) = (count(area.west, area.east), count(area.south, area.north));
    let middle = |i: usize, from: f64| from + (i as f64 + 0.5) * CELL_DEG;
    let place = |i: usize| LonLat::new(middle(i % across, area.west), middle(i / across, area.south));
    let mut best: Vec<Option<(bool, PixelClass)>> = vec![None; across * up];
    for (at, class) in near_lines(scene, &area).into_iter().flat_map(|line| {
        classes.row(line).into_iter().copied().enumerate().map(move |(column, class)| ((line, column), class))
    }) {
        if class == PixelClass::BowTie {
            continue;
        }
        let near = |value: f32, low: f64, high: f64| (low - FAR_DEG..high + FAR_DEG).contains(&f64::from(value));
        let (lon, lat) = (scene.places.lon[at], scene.places.lat[at]);
        if !near(lat, area.south, area.north) || !near(lon, area.west, area.east) {
            continue;
        }
        let size = pixel_size_km(scene.instrument, scene.window.column0 + at.1);
        let (Some(centre), Some(pixel)) = (scene.place(at), Footprint::of(scene, at, size)) else { continue };
        let wide = pixel.generous();
        let (reach_lon, reach_lat) = wide.reach_deg();
        let cells = |centre: f64, reach: f64, from: f64, count: usize| {
            let index = |degrees: f64| ((degrees - from) / CELL_DEG).floor().clamp(0.0, count as f64) as usize;
            index(centre - reach)..(index(centre + reach) + 1).min(count)
        };
        for row in cells(centre.lat(), reach_lat, area.south, up) {
            for column in cells(centre.lon(), reach_lon, area.west, across) {
                let cell = row * across + column;
                if let Some(place) = place(cell).filter(|place| wide.holds(*place)) {
                    let seen = (pixel.holds(place), class);
                    best[cell] = Some(best[cell].map_or(seen, |before| better(before, seen)));
                }
            }
        }
    }
    let mut tallies = vec![Tally::default(); settings.site.counties.len()];
    for (cell, class) in best.iter().enumerate() {
        if let Some(county) = place(cell).and_then(|place| settings.counties.find(place)) {
            // ground under lines without a geolocation is here too: where they lie is not known
            count_in(&mut tallies[county], class.map(|(_, class)| class));
        }
    }
    tallies
}

/// Lines of the window that have a latitude near an area: of a whole granule few are.
fn near_lines(scene: &SwathScene, area: &LonLatBox) -> Vec<usize> {
    let near = |lat: &f32| (area.south - FAR_DEG..area.north + FAR_DEG).contains(&f64::from(*lat));
    let lats = &scene.places.lat;
    (0..lats.nrows()).into_par_iter().filter(|line| lats.row(*line).iter().any(near)).collect()
}

/// Of two pixels over one place: the one that holds it by its nominal size (true) before one that does only when made
/// generous to close the cracks, else a clear pixel would speak for the cloud beside it; then what was seen before what
/// was hidden by cloud, that before what was not measured.
fn better(a: (bool, PixelClass), b: (bool, PixelClass)) -> (bool, PixelClass) {
    let rank = |(nominal, class): (bool, PixelClass)| {
        let seen = match class {
            PixelClass::Fire | PixelClass::Clear | PixelClass::Water => 2,
            PixelClass::Cloud => 1,
            _ => 0,
        };
        (nominal, seen)
    };
    if rank(b) > rank(a) { b } else { a }
}

/// The class of a pixel of the full grid; `None` out of the window.
fn class_at(scene: &Scene, classes: &Array2<PixelClass>, line: usize, column: usize) -> Option<PixelClass> {
    let window = &scene.window;
    let inside = line.checked_sub(window.line0).zip(column.checked_sub(window.column0));
    inside.and_then(|at| classes.get(at)).copied()
}

/// What could not be judged (glint, no neighbours to compare with) counts as missing, not as seen.
fn count_in(tally: &mut Tally, class: Option<PixelClass>) {
    match class {
        None | Some(PixelClass::OffEarth) => tally.not_covered += 1,
        Some(PixelClass::Clear | PixelClass::Fire | PixelClass::Water) => tally.observed += 1,
        Some(PixelClass::Cloud) => tally.cloud += 1,
        // its ground is counted where the neighbouring scan sees it
        Some(PixelClass::BowTie) => {}
        Some(PixelClass::Missing) => tally.unmeasured += 1,
        Some(PixelClass::Oblique | PixelClass::Glint | PixelClass::NoBackground) => tally.not_judged += 1,
    }
}

fn share(name: &CountyName, tally: Tally) -> CountyShare {
    let missing = tally.not_covered + tally.unmeasured + tally.not_judged;
    let pixels = tally.observed + tally.cloud + missing;
    if pixels == 0 {
        // the satellite does not see it
        return unseen(name, true);
    }
    let part = |count: usize| count as f64 / pixels as f64;
    CountyShare {
        pixels,
        observed_fraction: part(tally.observed),
        cloud_fraction: part(tally.cloud),
        missing_fraction: part(missing),
        not_covered_fraction: part(tally.not_covered),
        ..CountyShare::of_nothing(&name.adcode, &name.name)
    }
}

/// A county of which nothing was seen: out of reach, or without data.
pub(super) fn unseen(name: &CountyName, out_of_reach: bool) -> CountyShare {
    let not_covered_fraction = if out_of_reach { 1.0 } else { 0.0 };
    CountyShare { missing_fraction: 1.0, not_covered_fraction, ..CountyShare::of_nothing(&name.adcode, &name.name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of ten pixels three clear, one fire, one cloud, two past the window or the earth, three not judged.
    #[test]
    fn what_is_out_of_reach_is_told_from_what_could_not_be_judged() {
        use PixelClass::{Clear, Cloud, Fire, Glint, Missing, NoBackground, OffEarth};
        let mut tally = Tally::default();
        let seen = [Clear, Clear, Clear, Fire, Cloud, OffEarth, Glint, Missing, NoBackground].map(Some);
        for class in seen.into_iter().chain([None]) {
            count_in(&mut tally, class);
        }
        count_in(&mut tally, Some(PixelClass::BowTie));
        let name = CountyName { adcode: "630202".into(), name: "乐都区".into() };
        let share = share(&name, tally);
        let parts = (share.observed_fraction, share.cloud_fraction, share.missing_fraction, share.not_covered_fraction);
        assert_eq!((share.pixels, parts), (10, (0.4, 0.1, 0.5, 0.2)));
        let nowhere = super::share(&name, Tally::default());
        assert_eq!((nowhere.missing_fraction, nowhere.not_covered_fraction), (1.0, 1.0));
    }

    /// A county without measurements beside one out of reach is a look at nothing; so it is not with one cloudy pixel, where the
    /// sun's mirror image is all that is there, or where the satellite does not see the site.
    #[test]
    fn a_look_without_measurements_is_blind() {
        use PixelClass::{Cloud, Glint, Missing, OffEarth};
        let of = |counties: &[&[PixelClass]]| {
            let tally = |classes: &&[PixelClass]| {
                let mut tally = Tally::default();
                classes.iter().for_each(|class| count_in(&mut tally, Some(*class)));
                tally
            };
            is_blind(&counties.iter().map(tally).collect::<Vec<_>>())
        };
        assert!(of(&[&[Missing, Missing], &[OffEarth]]) && of(&[&[Missing, Missing, Glint]]));
        assert!(!of(&[&[Missing, Missing], &[Cloud]]) && !of(&[&[Glint, Glint, Missing]]));
        assert!(!of(&[&[OffEarth]]) && !of(&[]));
    }

    /// The rule is its own statement: nominal before generous, then seen, cloud, not measured.
    #[test]
    fn a_clear_pixel_does_not_speak_for_the_cloud_beside_it() {
        use PixelClass::{Clear, Cloud, Missing};
        let (clear_beside, cloud) = ((false, Clear), (true, Cloud));
        assert_eq!(better(clear_beside, cloud), cloud);
        assert_eq!(better(cloud, clear_beside), cloud);
        assert_eq!(better(cloud, (true, Clear)), (true, Clear));
        assert_eq!(better((false, Missing), (false, Cloud)), (false, Cloud));
    }
}
