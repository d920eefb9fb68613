//! A picture of a camera, 1280 x 720, on its way: what each step costs, with the gate closed (nothing changed) and open.

#![allow(clippy::expect_used, reason = "a bench that cannot make its input has nothing to time")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use image::{Rgb, RgbImage};
use std::hint::black_box;
use std::path::Path;
use strawfire::deliver::evidence;
use strawfire::frame::Frame;
use strawfire::imagery::health::{Look, Reference};
use strawfire::thresholds::Thresholds;
use strawfire::time::Utc;
use strawfire::watch::model::Model;
use strawfire::watch::view::{Judgement, View};

const SIDES: (u32, u32) = (1280, 720);

/// A hill under a sky with the noise of a sensor, another one in each frame; with a grey patch that grows where something happens.
fn picture(number: u32, happens: bool) -> RgbImage {
    RgbImage::from_fn(SIDES.0, SIDES.1, |x, y| {
        let noise = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729) ^ number.wrapping_mul(2_654_435_761))
            .wrapping_mul(2_246_822_519)
            >> 29;
        let side = 20 + 4 * number;
        if happens && x.abs_diff(600) < side && y.abs_diff(360) < side {
            return Rgb([(190 + noise) as u8; 3]);
        }
        let ground =
            if y > 300 { 60 + ((x / 8).wrapping_mul(40_503) ^ (y / 8).wrapping_mul(30_011)) % 80 } else { 170 };
        Rgb([(ground + noise) as u8, (ground + noise + 10) as u8, (ground / 2 + noise) as u8])
    })
}

fn frames(happens: bool) -> Vec<Frame> {
    let of = |number: u32| Frame {
        time: Utc::UNIX_EPOCH.plus_seconds(5.0 * f64::from(number)).expect("a time"),
        is_dated: true,
        source: "bench".to_string(),
        image: picture(number, happens),
    };
    (0..12).map(of).collect()
}

fn steps(c: &mut Criterion) {
    let model = Model::load(Path::new("models")).expect("the model");
    let t = Thresholds::default();
    let (still, moving) = (frames(false), frames(true));
    let mut group = c.benchmark_group("frame 1280x720");
    group.sample_size(20);
    group.bench_function("health", |b| b.iter(|| Look::at(black_box(&still[0].image), Utc::UNIX_EPOCH)));
    let reference = Reference::of(&still[0].image).expect("a reference");
    group.bench_function("pose, once a minute", |b| b.iter(|| reference.pose_of(black_box(&still[1].image))));
    group.bench_function("copy for a film", |b| {
        b.iter(|| {
            evidence::jpeg(&evidence::no_wider(black_box(&still[0].image), 640), Path::new("bench")).expect("a JPEG")
        })
    });
    // as the network takes it: what the runtime alone costs
    let small = image::imageops::thumbnail(&still[0].image, 640, 360);
    group.bench_function("model, picture made small before", |b| {
        b.iter(|| model.look(black_box(&small)).expect("looked"))
    });
    group.bench_function("model", |b| b.iter(|| model.look(black_box(&still[0].image)).expect("looked")));
    // what came before the frame is not timed
    let view = |frames: &[Frame]| {
        let mut view = View::new(&t.watch, Judgement::OverTime, Vec::new());
        frames.iter().for_each(|frame| drop(view.look(frame, &model).expect("looked")));
        view
    };
    for (name, frames, opens) in [("gate closed", &still, false), ("gate open", &moving, true)] {
        let (last, before) = frames.split_last().expect("frames");
        assert_eq!(view(before).look(last, &model).expect("looked").opened, opens, "{name}");
        group.bench_function(name, |b| {
            b.iter_batched(|| view(before), |mut view| view.look(last, &model).expect("looked"), BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
