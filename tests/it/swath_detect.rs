//! The MODIS form on a real scene that its makers say has no fire.

use crate::common::shared;
use ndarray::Array2;
use std::collections::BTreeMap;
use std::path::Path;
use strawfire::detect::swath;
use strawfire::scene::swath::{Flags, Instrument, Nodes, Piece, Reflectance, SwathPlaces, SwathScene};
use strawfire::scene::{BandRaster, BandRole, Window};
use strawfire::thresholds::{Profile, Thresholds};
use strawfire::time::Utc;
use strawfire::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};

const SIDE: usize = 50;

/// The arrays of doubles in a .npz whose members are stored and not compressed.
fn read_npz(path: &Path) -> BTreeMap<String, Array2<f64>> {
    let bytes = std::fs::read(path).expect("readable");
    let (mut at, mut arrays) = (0, BTreeMap::new());
    let short = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let long = |at: usize| short(at) + (short(at + 2) << 16);
    while bytes[at..].starts_with(b"PK\x03\x04") {
        assert_eq!(short(at + 8), 0, "stored");
        let (size, name, extra) = (long(at + 18), short(at + 26), short(at + 28));
        let member = String::from_utf8_lossy(&bytes[at + 30..at + 30 + name]).replace(".npy", "");
        let npy = at + 30 + name + extra;
        let values = npy + 10 + short(npy + 8);
        if size > 8 * SIDE * SIDE {
            let double =
                |i: usize| f64::from_le_bytes(bytes[values + 8 * i..values + 8 * i + 8].try_into().expect("8"));
            arrays.insert(member, Array2::from_shape_fn((SIDE, SIDE), |(l, c)| double(l * SIDE + c)));
        }
        at = npy + size;
    }
    arrays
}

/// The AVHRR scene with the role of each of its bands; it has no 2.1 um and no land mask.
fn avhrr(path: &Path) -> SwathScene {
    let arrays = read_npz(path);
    let shape = (SIDE, SIDE);
    let thermal = |name: &str, um| BandRaster {
        channel: name.to_string(),
        values: arrays[name].mapv(|kelvin| kelvin as f32),
        planck: Some(PlanckLaw::at_wavelength(um, PLANCK_H, LIGHT_C, BOLTZMANN_K)),
    };
    let reflective = |name: &str| arrays[name].mapv(|percent| Reflectance::of(percent as f32 / 100.0));
    let every = |values: Array2<f32>| Nodes { step: (1, 1), values };
    let radians = |name: &str, at| arrays[name][at].to_radians();
    let glint = Array2::from_shape_fn(shape, |at| {
        let (view, sun) = (radians("sat_za", at), radians("sol_za", at));
        let cosine = view.cos() * sun.cos() - view.sin() * sun.sin() * radians("rel_az", at).cos();
        cosine.acos().to_degrees() as f32
    });
    let time = Utc::from_parts(2020, 6, 1, 11, 0, 0).expect("a time");
    SwathScene {
        granule: "avhrr".into(),
        satellite: "NOAA-19".into(),
        instrument: Instrument::Modis,
        time,
        simulated: false,
        pieces: vec![Piece { name: "avhrr".into(), first_line: 0, lines: SIDE, time, scan_seconds: 1.0 }],
        window: Window { line0: 0, column0: 650, lines: SIDE, columns: SIDE },
        places: SwathPlaces {
            lon: arrays["lon"].mapv(|d| d as f32),
            lat: arrays["lat"].mapv(|d| d as f32),
            sun_zenith_deg: every(arrays["sol_za"].mapv(|d| d as f32)),
            view_zenith_deg: every(arrays["sat_za"].mapv(|d| d as f32)),
            glint_deg: every(glint),
        },
        thermal: BTreeMap::from([
            (BandRole::Mir, thermal("mir", 3.75)),
            (BandRole::Tir11, thermal("ir1", 10.8)),
            (BandRole::Tir12, thermal("ir2", 12.0)),
        ]),
        reflective: BTreeMap::from([(BandRole::Red, reflective("vis")), (BandRole::Nir, reflective("nir"))]),
        flags: Array2::from_elem(shape, Flags::default()),
        power: None,
    }
}

/// Whoever made the scene states that it has no fire, and one when this pixel is set to 340 K.
#[test]
fn a_scene_without_fires_has_none_and_one_with_one_has_one() {
    let Some(path) = shared("avhrr-no-fire/test_sat_data.npz") else { return };
    for profile in [Profile::Reference, Profile::Sensitive, Profile::Plateau] {
        let mut scene = avhrr(&path);
        let found = |scene: &SwathScene| {
            let fires = swath::detect(scene, profile, &Thresholds::default()).fires;
            fires.iter().map(|fire| (fire.line, fire.column)).collect::<Vec<_>>()
        };
        assert_eq!(found(&scene), [], "{profile:?}");
        scene.thermal.get_mut(&BandRole::Mir).expect("MIR").values[(15, 33)] = 340.0;
        assert_eq!(found(&scene), [(Some(15), Some(650 + 33))], "{profile:?}");
    }
}
