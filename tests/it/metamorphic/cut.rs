//! A scene cut into tiles that overlap by what the largest window reaches gives the same fires inside.
//!
//! What the programs read around a site is tested on whole granules elsewhere (`swath_scan`, `threads`). Here the overlap is the
//! least that is promised, so that a window that grew would be noticed. FTA is not cut: its filter asks for the deviation
//! over the whole scene, whatever that is.

use super::{At, Found, SIDE, assert_same, fixed, maps, places, swaths};
use ndarray::{Array2, s};
use std::ops::Range;
use strawfire::detect::{field, local_regression};
use strawfire::scene::Window;
use strawfire::scene::swath::Instrument;
use strawfire::thresholds::Profile;

/// One tile along an axis: its own pixels, and those that are read for them.
#[derive(Clone)]
struct Tile {
    own: Range<usize>,
    read: Range<usize>,
}

/// Two halves that overlap.
fn halves(side: usize, overlap: usize) -> [Tile; 2] {
    let half = side / 2;
    assert!(half + overlap < side, "a tile must leave something out");
    [Tile { own: 0..half, read: 0..half + overlap }, Tile { own: half..side, read: half - overlap..side }]
}

/// The four tiles of a square: along lines and along columns.
fn quarters(side: usize, overlap: usize) -> Vec<(Tile, Tile)> {
    halves(side, overlap).into_iter().flat_map(|lines| halves(side, overlap).map(|c| (lines.clone(), c))).collect()
}

/// Fires of a tile's own pixels, at their places in the whole.
fn own(fires: &[Found], (lines, columns): &(Tile, Tile)) -> Vec<Found> {
    let in_whole = |fire: &Found| Found {
        at: (fire.at.0 + lines.read.start, fire.at.1 + columns.read.start),
        numbers: fire.numbers.clone(),
    };
    let is_own = |fire: &Found| lines.own.contains(&fire.at.0) && columns.own.contains(&fire.at.1);
    fires.iter().map(in_whole).filter(is_own).collect()
}

/// A plane of a tile at its own pixels.
fn own_plane<T: Copy>(plane: &Array2<T>, (lines, columns): &(Tile, Tile)) -> Array2<T> {
    let of = |tile: &Tile| tile.own.start - tile.read.start..tile.own.end - tile.read.start;
    plane.slice(s![of(lines), of(columns)]).to_owned()
}

/// Fires from small to large in every field of twelve pixels.
fn areas(side: usize, largest_m2: f64) -> Vec<(At, f64)> {
    let all = (6..side - 5).step_by(12).flat_map(|line| (6..side - 5).step_by(12).map(move |column| (line, column)));
    let share = |n: usize| ((n * 37) % 64 + 1) as f64 / 64.0;
    all.enumerate().map(|(n, place)| (place, largest_m2 * share(n).powi(2))).collect()
}

/// VIIRS: a background window (15), what stands beside a fire (1), what is asked beside that (1), and one more. The ground is
/// colder than the floor of the day's limit, so that the median of 501 x 501 decides nothing.
#[test]
fn viirs() {
    swath(Instrument::ViirsI, 500.0, 18, &[Profile::Reference, Profile::Sensitive]);
}

/// MODIS: a background window (10). The other profiles ask for the mean of 301 x 301.
#[test]
fn modis() {
    swath(Instrument::Modis, 5000.0, 10, &[Profile::Reference]);
}

fn swath(instrument: Instrument, largest_m2: f64, overlap: usize, profiles: &[Profile]) {
    for day in [true, false] {
        let mut scene = swaths::ground(instrument, day);
        for (place, area_m2) in areas(SIDE, largest_m2) {
            swaths::fires(&mut scene, &[place], area_m2, 800.0);
        }
        let scene = swaths::with_obstacles(scene);
        for profile in profiles {
            let whole = swaths::searched(&scene, *profile);
            let fires = swaths::found(&whole);
            let mut joined = Vec::new();
            for tile in quarters(SIDE, overlap) {
                let part = swaths::part(&scene, tile.0.read.clone(), tile.1.read.clone());
                let searched = swaths::searched(&part, *profile);
                joined.extend(own(&swaths::found(&searched), &tile));
                let expected = whole.classes.slice(s![tile.0.own.clone(), tile.1.own.clone()]).to_owned();
                assert!(own_plane(&searched.classes, &tile) == expected, "{instrument:?}: other classes");
            }
            joined.sort_by_key(|fire| fire.at);
            assert!(fires.len() >= 10, "{}", fires.len());
            assert_same(&format!("{instrument:?} {} day {day}", profile.name()), &fires, &joined);
        }
    }
}

#[test]
fn the_local_regression() {
    /// Two tiles of it and their overlap leave something out.
    const WIDE: usize = 240;
    for day in [true, false] {
        let mut scene = fixed::ground(day, WIDE);
        for (place, area_m2) in areas(WIDE, 15_000.0) {
            fixed::fires(&mut scene, &[place], area_m2, 800.0);
        }
        let mut scene = fixed::with_obstacles(scene);
        // the fall of temperature with height is one of the whole scene
        scene.height_m = None;
        let whole = fixed::searched(&scene, Profile::Sensitive);
        let fires = fixed::found(&whole, &scene.window);
        let mut joined = Vec::new();
        for tile in quarters(WIDE, local_regression::HALO) {
            let wanted = Window {
                line0: scene.window.line0 + tile.0.read.start,
                column0: scene.window.column0 + tile.1.read.start,
                lines: tile.0.read.len(),
                columns: tile.1.read.len(),
            };
            let part = scene.cut(&wanted).expect("a part");
            let searched = fixed::searched(&part, Profile::Sensitive);
            joined.extend(own(&fixed::found(&searched, &part.window), &tile));
            let expected = whole.classes.slice(s![tile.0.own.clone(), tile.1.own.clone()]).to_owned();
            assert!(own_plane(&searched.classes, &tile) == expected, "day {day}: other classes");
        }
        joined.sort_by_key(|fire| fire.at);
        assert!(fires.len() >= 50, "{}", fires.len());
        assert_same(&format!("local regression day {day}"), &fires, &joined);
    }
}

#[test]
fn landsat() {
    /// A tile of it leaves half of another out.
    const WIDE: usize = 128;
    let mut rho = maps::ground(WIDE);
    for (place, area_m2) in areas(WIDE, 7.0) {
        maps::fires(&mut rho, &[place], area_m2, 1000.0);
    }
    let mut opened = maps::opened(&rho);
    let whole = opened.searched();
    for algorithm in maps::ALGORITHMS {
        assert!(maps::found(&whole, algorithm).len() >= 10, "{}", algorithm.name());
    }
    for tile in quarters(WIDE, field::HALO) {
        let (lines, columns) = (&tile.0.read, &tile.1.read);
        opened.source.scene.window =
            Window { line0: lines.start, column0: columns.start, lines: lines.len(), columns: columns.len() };
        let part = opened.searched();
        let expected = s![tile.0.own.clone(), tile.1.own.clone()];
        assert!(own_plane(&part.masks, &tile) == whole.masks.slice(expected), "other masks from {lines:?}");
        assert!(own_plane(&part.classes, &tile) == whole.classes.slice(expected), "other classes from {lines:?}");
    }
}

/// The tests of bytes (`threads`, `swath_scan`, `field`) have no Landsat scene without the shared data: one thread and four.
#[test]
fn threads_change_nothing_of_landsat() {
    let mut rho = maps::ground(SIDE);
    places().into_iter().for_each(|place| maps::fires(&mut rho, &[place], 4.0, 1000.0));
    let opened = maps::opened(&rho);
    let [one, four] = [1, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| opened.searched())
    });
    assert!(one.clusters.len() >= places().len());
    assert!(one.masks == four.masks && one.classes == four.classes);
    assert_eq!(one.clusters, four.clusters);
}
