//! Detectors of polar orbiters on whole granules in memory: textured ground with cloud, water, some fires.

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array2;
use std::collections::BTreeMap;
use strawfire::detect::swath;
use strawfire::scene::swath::{Flags, Instrument, Nodes, Piece, Reflectance, SwathPlaces, SwathScene};
use strawfire::scene::{BandRaster, BandRole, Window};
use strawfire::thresholds::{Profile, Thresholds};
use strawfire::time::Utc;
use strawfire::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};

/// -1 to 1, the same in every run: fields of some tens of pixels and noise.
fn texture(line: usize, column: usize) -> f32 {
    let field = ((line / 24) * 7919 + (column / 24) * 104_729) % 1000;
    let noise = (line * 31 + column * 17 + line * column) % 100;
    (field as f32 / 500.0 - 1.0) * 0.7 + (noise as f32 / 50.0 - 1.0) * 0.3
}

/// A granule whose ground has this MIR temperature by day.
fn granule(instrument: Instrument, lines: usize, mir_k: f32, time: Utc) -> SwathScene {
    let shape = (lines, instrument.columns());
    let cloud = |l: usize, c: usize| ((l / 200) * 3 + (c / 300) * 5).is_multiple_of(4);
    let fire = |l: usize, c: usize| l % 600 == 50 && c % 700 == 350;
    let thermal = |channel: &str, um: f64, base: f32, spread: f32, hot: f32| BandRaster {
        channel: channel.into(),
        values: Array2::from_shape_fn(shape, |(l, c)| {
            let hot = if fire(l, c) { hot } else { 0.0 };
            if cloud(l, c) { 250.0 } else { base + spread * texture(l, c) + hot }
        }),
        planck: Some(PlanckLaw::at_wavelength(um, PLANCK_H, LIGHT_C, BOLTZMANN_K)),
    };
    let reflective = |base: f32| {
        Array2::from_shape_fn(shape, |(l, c)| {
            Reflectance::of(if cloud(l, c) { 0.6 } else { base + 0.05 * texture(l, c) })
        })
    };
    let sun = Array2::from_shape_fn((lines / 16 + 2, shape.1 / 16 + 2), |(i, j)| 40.0 + (i + j) as f32 / 100.0);
    SwathScene {
        granule: "BENCH".into(),
        satellite: "NOAA-20".into(),
        instrument,
        time,
        simulated: true,
        pieces: vec![Piece { name: "BENCH".into(), first_line: 0, lines, time, scan_seconds: 1.786 }],
        window: Window { line0: 0, column0: 0, lines, columns: shape.1 },
        places: SwathPlaces {
            lon: Array2::from_shape_fn(shape, |(_, c)| 90.0 + c as f32 * 0.004),
            lat: Array2::from_shape_fn(shape, |(l, _)| 45.0 - l as f32 * 0.0035),
            sun_zenith_deg: Nodes { step: (16, 16), values: sun },
            view_zenith_deg: Nodes::constant(20.0, shape),
            glint_deg: Nodes::constant(60.0, shape),
        },
        thermal: BTreeMap::from([
            (BandRole::Mir, thermal("I4", 3.74, mir_k, 8.0, 45.0)),
            (BandRole::Tir11, thermal("I5", 11.4, mir_k - 8.0, 5.0, 5.0)),
        ]),
        reflective: BTreeMap::from([
            (BandRole::Red, reflective(0.12)),
            (BandRole::Nir, reflective(0.22)),
            (BandRole::Swir16, reflective(0.24)),
            (BandRole::Swir22, reflective(0.15)),
        ]),
        flags: Array2::from_shape_fn(shape, |(l, c)| {
            let edge = instrument == Instrument::ViirsI && !(1000..5400).contains(&c) && !(4..28).contains(&(l % 32));
            if edge { Flags::FILL.with(Flags::BOWTIE) } else { Flags::default() }
        }),
        power: None,
    }
}

fn detect(c: &mut Criterion) {
    let Some(time) = Utc::from_parts(2025, 10, 20, 5, 30, 0) else { return };
    let thresholds = Thresholds::default();
    let mut group = c.benchmark_group("swath_detect");
    group.sample_size(10);
    for (name, instrument, lines, mir_k) in [
        ("viirs_375m_granule", Instrument::ViirsI, 6464, 298.0),
        ("viirs_375m_hot_desert", Instrument::ViirsI, 646, 326.0),
        ("modis_granule", Instrument::Modis, 2030, 298.0),
    ] {
        let scene = granule(instrument, lines, mir_k, time);
        for profile in [Profile::Reference, Profile::Sensitive, Profile::Plateau] {
            let id = format!("{name}_{}", profile.name());
            group.bench_function(id, |b| b.iter(|| swath::detect(&scene, profile, &thresholds).fires.len()));
        }
    }
    group.finish();
}

criterion_group!(benches, detect);
criterion_main!(benches);
