//! A hundred and sixty sequences at once.

use super::at;
use strawfire::place::LonLat;
use strawfire::time::Utc;
use strawfire::watch::sight::azimuth_and_range;
use strawfire::watch::sight::group::{Sequence, solve};
use strawfire::watch::sight::triangulate::Line;

/// Draws from a standard normal distribution (twelve even ones less six), the same in every run.
struct Draws(u64);

impl Draws {
    fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}

/// Forty fires over 100 by 80 km, each seen by the four nearest of sixty cameras with 0.3 degrees of azimuth, and with a distance wrong by a fifth from
/// their elevation model: which sequences are of one fire, and where it is.
#[test]
fn the_sequences_of_forty_fires_are_told_apart() {
    let mut draws = Draws(11);
    let cameras: Vec<(String, LonLat)> =
        (0..60).map(|n| (format!("c{n}"), at(101.5 + 1.1 * draws.even(), 36.0 + 0.7 * draws.even()))).collect();
    let time = Utc::from_parts(2025, 10, 20, 5, 0, 0).expect("a time");
    let (mut sequences, mut fires) = (Vec::new(), Vec::new());
    for n in 0..40 {
        let fire = at(101.6 + 0.9 * draws.even(), 36.1 + 0.5 * draws.even());
        let mut near: Vec<&(String, LonLat)> = cameras.iter().collect();
        near.sort_by(|a, b| a.1.distance_m(fire).total_cmp(&b.1.distance_m(fire)));
        for (id, from) in near.into_iter().take(4) {
            let (azimuth, range) = azimuth_and_range(*from, fire);
            let measured = range * (1.0 + 0.2 * draws.normal());
            let line = Line {
                from: *from,
                azimuth_deg: azimuth + 0.3 * draws.normal(),
                azimuth_error_deg: 0.3,
                range_m: Some((measured, 0.2 * range)),
                bounds_m: ((measured - 0.6 * range).max(0.0), measured + 0.6 * range),
            };
            sequences.push(Sequence { camera: id, line, time: (time, time) });
            fires.push((n, fire));
        }
    }
    let solved = solve(&sequences);
    let (mut right, mut errors, mut inside) = (0, Vec::new(), 0);
    for (group, crossing) in &solved {
        let of = |n: usize| group.members.iter().filter(|&&at| fires[at].0 == n).count();
        let most = (0..40).max_by_key(|n| of(*n)).expect("a fire");
        right += of(most);
        let fire = fires.iter().find(|fire| fire.0 == most).expect("a fire").1;
        if let Some(crossing) = crossing {
            let squared = crossing.spread.squared_errors(fire.offset_m(crossing.place)).expect("a width");
            inside += usize::from(squared < 5.991);
            errors.push(crossing.place.distance_m(fire));
        }
        let cameras: std::collections::BTreeSet<&str> = group.members.iter().map(|&at| sequences[at].camera).collect();
        assert_eq!(cameras.len(), group.members.len(), "a camera twice");
    }
    errors.sort_by(f64::total_cmp);
    let median = errors[errors.len() / 2];
    println!(
        "{} groups, {right} of {} sequences with those of their fire; {} places, median error {median:.0} m, the 95 % ellipse holds {inside}",
        solved.len(),
        sequences.len(),
        errors.len()
    );
    assert!((38..=44).contains(&solved.len()) && right * 100 >= 90 * sequences.len(), "{} {right}", solved.len());
    assert!(errors.len() + 2 >= solved.len() && median < 100.0 && inside * 100 >= errors.len() * 85);
}
