//! Swaths of VIIRS and MODIS in memory.

use super::{At, Found, SIDE, Spread, Turn, burn, chance, slow};
use ndarray::{Array2, s};
use std::collections::BTreeMap;
use std::ops::Range;
use strawfire::detect::swath::found::{SwathFire, SwathFound};
use strawfire::detect::{modis, viirs_i};
use strawfire::scene::swath::{Flags, Instrument, Nodes, Piece, Reflectance, SwathPlaces, SwathScene};
use strawfire::scene::{BandRaster, BandRole, Window};
use strawfire::thresholds::{Profile, Thresholds};
use strawfire::time::Utc;
use strawfire::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};

/// What is tested: the published forms and ours.
pub const INSTRUMENTS: [Instrument; 2] = [Instrument::ViirsI, Instrument::Modis];
pub const PROFILES: [Profile; 3] = [Profile::Reference, Profile::Sensitive, Profile::Plateau];

/// Thermal bands with their wavelengths, um.
pub fn bands(instrument: Instrument) -> &'static [(BandRole, f64)] {
    match instrument {
        Instrument::ViirsI => &[(BandRole::Mir, 3.74), (BandRole::Tir11, 11.45)],
        _ => &[(BandRole::Mir, 3.96), (BandRole::Tir11, 11.03), (BandRole::Tir12, 12.02)],
    }
}

/// Even ground: MIR and window band of every pixel, K; dull reflectances by day.
pub fn even(instrument: Instrument, day: bool, side: usize, (mir_k, tir_k): (f32, f32)) -> SwathScene {
    let shape = (side, side);
    let raster = |(role, um): &(BandRole, f64)| {
        let value = if *role == BandRole::Mir { mir_k } else { tir_k };
        let planck = Some(PlanckLaw::at_wavelength(*um, PLANCK_H, LIGHT_C, BOLTZMANN_K));
        (*role, BandRaster { channel: "made".to_string(), values: Array2::from_elem(shape, value), planck })
    };
    let colours = [(BandRole::Red, 0.10), (BandRole::Nir, 0.20), (BandRole::Swir16, 0.25), (BandRole::Swir22, 0.15)];
    let plane = |(role, value): (BandRole, f32)| (role, Array2::from_elem(shape, Reflectance::of(value)));
    let every = |of: &dyn Fn(At) -> f32| Nodes { step: (1, 1), values: Array2::from_shape_fn(shape, of) };
    let zenith = if day { 50.0 } else { 120.0 };
    let time = Utc::parse(if day { "2025-10-20T05:30:00Z" } else { "2025-10-20T18:30:00Z" }).expect("a time");
    SwathScene {
        granule: "made".to_string(),
        satellite: "made".to_string(),
        instrument,
        time,
        simulated: true,
        pieces: vec![Piece { name: "made".to_string(), first_line: 0, lines: side, time, scan_seconds: 1.5 }],
        window: Window { line0: 0, column0: 640, lines: side, columns: side },
        places: SwathPlaces {
            lon: Array2::from_shape_fn(shape, |(_, c)| 102.0 + 0.0125 * c as f32),
            lat: Array2::from_shape_fn(shape, |(l, _)| 36.5 - 0.01 * l as f32),
            sun_zenith_deg: every(&|(_, c)| zenith + 0.02 * c as f32),
            view_zenith_deg: every(&|(_, c)| 10.0 + 0.02 * c as f32),
            glint_deg: every(&|(l, c)| 20.0 + 0.2 * (l + c) as f32),
        },
        thermal: bands(instrument).iter().map(raster).collect(),
        reflective: if day { colours.into_iter().map(plane).collect() } else { BTreeMap::new() },
        flags: Array2::from_elem(shape, Flags::default()),
        power: None,
    }
}

/// Fields and slopes: 290 K by day, 283 K by night, warmer and colder by 2 K from place to place, and noise; MIR has 5 K of
/// sun by day.
pub fn ground(instrument: Instrument, day: bool) -> SwathScene {
    let (tir_k, sun_k) = if day { (290.0, 5.0) } else { (283.0, 0.5) };
    let mut scene = even(instrument, day, SIDE, (0.0, 0.0));
    for (role, band) in &mut scene.thermal {
        let (more, seed) = if *role == BandRole::Mir { (sun_k, 1) } else { (0.0, 2) };
        band.values =
            Array2::from_shape_fn((SIDE, SIDE), |at| (tir_k + more + 2.0 * slow(at) + 0.4 * chance(seed, at)) as f32);
    }
    for (seed, band) in scene.reflective.values_mut().enumerate() {
        for (at, value) in band.indexed_iter_mut() {
            *value = Reflectance::of(value.get() * (1.0 + 0.05 * chance(10 + seed as u64, at) as f32));
        }
    }
    scene
}

/// Gaps, cloud and water, none of which lies where another scene has it once turned.
pub fn with_obstacles(mut scene: SwathScene) -> SwathScene {
    let mut fill = |lines: Range<usize>, columns: Range<usize>, kelvin: f32, flags: Flags| {
        let part = s![lines, columns];
        scene.flags.slice_mut(part).fill(flags);
        if !flags.any(Flags::WATER) {
            scene.thermal.values_mut().for_each(|band| band.values.slice_mut(part).fill(kelvin));
        }
    };
    fill(20..24, 70..90, f32::NAN, Flags::FILL);
    fill(58..70, 10..33, 236.0, Flags::default());
    fill(85..95, 60..80, 0.0, Flags::WATER);
    scene
}

/// Shares of a pixel's light around it: of VIIRS a blur; of MODIS a triangle along the scan (ALGORITHMS 1.5).
fn spread(instrument: Instrument) -> Spread {
    match instrument {
        Instrument::ViirsI => [[0.02, 0.06, 0.02], [0.06, 0.68, 0.06], [0.02, 0.06, 0.02]],
        _ => [[0.0; 3], [0.1, 0.8, 0.1], [0.0; 3]],
    }
}

/// Fires of one area and temperature. Near nadir a pixel of VIIRS is 371 m x 387 m, one of MODIS 1 km2 (ALGORITHMS 6.3).
pub fn fires(scene: &mut SwathScene, places: &[At], area_m2: f64, fire_k: f64) {
    let instrument = scene.instrument;
    let share = area_m2 / if instrument == Instrument::ViirsI { 143_577.0 } else { 1e6 };
    for (role, um) in bands(instrument) {
        let values = &mut scene.thermal.get_mut(role).expect("a band").values;
        for place in places {
            burn(values, *um, &spread(instrument), *place, share, fire_k);
        }
    }
}

/// What the detector of the instrument gives.
pub fn searched(scene: &SwathScene, profile: Profile) -> SwathFound {
    let t = Thresholds::default();
    match scene.instrument {
        Instrument::ViirsI => viirs_i::find(scene, profile, &t),
        _ => modis::find(scene, profile, &t.modis, &t.mask),
    }
}

/// Its fires, by line and column.
pub fn found(searched: &SwathFound) -> Vec<Found> {
    let one = |fire: &SwathFire| {
        let background = fire
            .background
            .map_or([-1.0; 3], |b| [f64::from(b.mir_k), f64::from(b.tir_k), b.power_radiance.unwrap_or(-1.0)]);
        let sure = [f64::from(fire.confidence as u8), fire.confidence_pct.map_or(-1.0, f64::from)];
        Found { at: fire.at, numbers: [&background[..], &sure[..], &[f64::from(u8::from(fire.day))]].concat() }
    };
    let mut found: Vec<Found> = searched.fires.iter().map(one).collect();
    found.sort_by_key(|fire| fire.at);
    found
}

/// All planes laid anew alike.
pub fn turned(scene: &SwathScene, turn: Turn) -> SwathScene {
    let mut new = scene.clone();
    new.thermal.values_mut().for_each(|band| band.values = turn.plane(&band.values));
    new.reflective.values_mut().for_each(|band| *band = turn.plane(band));
    new.flags = turn.plane(&new.flags);
    let places = &mut new.places;
    places.lon = turn.plane(&places.lon);
    places.lat = turn.plane(&places.lat);
    for nodes in [&mut places.sun_zenith_deg, &mut places.view_zenith_deg, &mut places.glint_deg] {
        nodes.values = turn.plane(&nodes.values);
    }
    new
}

/// A part of a scene, as if no more had been read.
pub fn part(scene: &SwathScene, lines: Range<usize>, columns: Range<usize>) -> SwathScene {
    let cut = s![lines.clone(), columns.clone()];
    let mut new = scene.clone();
    new.window = Window {
        line0: scene.window.line0 + lines.start,
        column0: scene.window.column0 + columns.start,
        lines: lines.len(),
        columns: columns.len(),
    };
    new.thermal.values_mut().for_each(|band| band.values = band.values.slice(cut).to_owned());
    new.reflective.values_mut().for_each(|band| *band = band.slice(cut).to_owned());
    new.flags = scene.flags.slice(cut).to_owned();
    let places = &mut new.places;
    places.lon = scene.places.lon.slice(cut).to_owned();
    places.lat = scene.places.lat.slice(cut).to_owned();
    for nodes in [&mut places.sun_zenith_deg, &mut places.view_zenith_deg, &mut places.glint_deg] {
        nodes.values = nodes.values.slice(cut).to_owned();
    }
    new
}
