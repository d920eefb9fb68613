//! Detectors of polar orbiters against others' data: a scene that its makers say has no fire, and the numbers that
//! MOD14 printed for the fires it found.

use crate::common::shared;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use ndarray::Array2;
use std::collections::BTreeMap;
use std::path::Path;
use strawfire::detect::frp::power_mw;
use strawfire::detect::modis::context::{Passed, Temperatures};
use strawfire::detect::swath;
use strawfire::detect::swath::background::{Spread, Statistics};
use strawfire::ingest::geometry::swath::pixel_size_km;
use strawfire::scene::swath::{Flags, Instrument, Nodes, Piece, Reflectance, SwathPlaces, SwathScene};
use strawfire::scene::{BandRaster, BandRole, Window};
use strawfire::thresholds::{FrpThresholds, ModisThresholds, Profile, Thresholds};
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

/// Fires of a MOD14 file by column name.
struct Mod14(Dataset);

impl Mod14 {
    fn open(path: &Path) -> Self {
        let options =
            DatasetOptions { open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER, ..DatasetOptions::default() };
        Mod14(Dataset::open_ex(path, options).expect("an HDF4 file"))
    }

    fn column(&self, name: &str) -> Vec<f64> {
        let root = self.0.root_group().expect("a root");
        let group = root.open_group("scientific_datasets", Default::default()).expect("data sets");
        let array = group.open_md_array(name, Default::default()).expect(name);
        let count = array.num_elements() as usize;
        array.read_as::<f64>(vec![0], vec![count]).expect("numbers")
    }
}

/// Terra, 8 November 2018 over the west of the United States, the day of the Camp Fire.
fn mod14() -> Option<Mod14> {
    shared("official-products-20181108/MOD14.A2018312.1950.061.2021344091856.hdf").map(|path| Mod14::open(&path))
}

/// Power from the printed temperatures, our pixel area and coefficient, against the printed power.
#[test]
fn powers_are_those_that_mod14_prints() {
    let Some(file) = mod14() else { return };
    let law = PlanckLaw::at_wavelength(3.96, PLANCK_H, LIGHT_C, BOLTZMANN_K);
    let (mir, mean) = (file.column("FP_T21"), file.column("FP_MeanT21"));
    let (sample, power) = (file.column("FP_sample"), file.column("FP_power"));
    let a = f64::from(FrpThresholds::default().a_modis);
    let mut ratios: Vec<f64> = (0..mir.len())
        .map(|i| {
            let (track, scan) = pixel_size_km(Instrument::Modis, sample[i] as usize);
            power_mw(law.radiance(mir[i]) - law.radiance(mean[i]), track * scan, a) / power[i]
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let at = |share: f64| ratios[((ratios.len() - 1) as f64 * share).round() as usize];
    println!("{} fires: power over MOD14's {:.3} {:.3} {:.3} (5, 50, 95 %)", ratios.len(), at(0.05), at(0.5), at(0.95));
    assert_eq!(ratios.len(), 53);
    assert!((0.98..=1.03).contains(&at(0.5)), "median {}", at(0.5));
    assert!(at(0.05) >= 0.95 && at(0.95) <= 1.06, "{} to {}", at(0.05), at(0.95));
}

/// Tests (2) to (6) with the printed means and deviations accept what MOD14 accepted; that of the background fires is
/// not printed and taken for none.
#[test]
fn the_fires_of_mod14_pass_our_tests() {
    let Some(file) = mod14() else { return };
    let t = ModisThresholds::modis();
    let spread = |mean: &str, deviation: &str| -> Vec<Spread> {
        let pairs = file.column(mean).into_iter().zip(file.column(deviation));
        pairs.map(|(mean, deviation)| Spread { mean, deviation }).collect()
    };
    let (mir, tir, difference) =
        (spread("FP_MeanT21", "FP_MAD_T21"), spread("FP_MeanT31", "FP_MAD_T31"), spread("FP_MeanDT", "FP_MAD_DT"));
    let (t21, t31, zenith) = (file.column("FP_T21"), file.column("FP_T31"), file.column("FP_SolZenAng"));
    let mut failed = Vec::new();
    for i in 0..t21.len() {
        let statistics = Statistics { mir: mir[i], tir: tir[i], difference: difference[i], ..Statistics::default() };
        let pixel = Temperatures { mir_k: t21[i] as f32, tir_k: t31[i] as f32 };
        let day = zenith[i] < f64::from(t.day_sun_zenith_deg);
        let passed = Passed::of(pixel, &statistics, &t);
        if !passed.is_fire(day) && pixel.mir_k <= t.absolute_day_k {
            failed.push(format!("fire {i}: {pixel:?} {statistics:?} {passed:?}"));
        }
    }
    println!("{} of {} fires pass", t21.len() - failed.len(), t21.len());
    failed.iter().for_each(|line| println!("{line}"));
    assert!(t21.len() == 53 && failed.len() <= 3, "{}", failed.join("\n"));
}
