use super::made::{Made, STUBBLE};
use super::pixel::Marks;
use super::*;
use crate::thresholds::{KumarRoyThresholds, SchroederThresholds};

fn t() -> Thresholds {
    Thresholds::default()
}

const MIDDLE: (usize, usize) = (40, 40);

fn even() -> Made {
    Made::even((81, 81))
}

/// By hand, ALGORITHMS 3.1, with reflectances that are not divided by the sine (.5): rho7/rho5 = 3, rho7 - rho5 = .4, rho7 = .6 is
/// sure (E1); a tenth less of rho7 is not above .5 any more, and stands out of stubble all the same.
#[test]
fn schroeder_finds_a_sure_fire_and_one_that_stands_out() {
    let find = |r5: f64, r6: f64, r7: f64| {
        let planes = even().hot(MIDDLE, [r5, r6, r7]).planes(&t());
        (schroeder::find(&planes, &t().schroeder), planes.flags[MIDDLE].any(Marks::SCHROEDER_SURE))
    };
    assert_eq!(find(0.4, 0.6, 1.2), (vec![MIDDLE], true));
    assert_eq!(find(0.4, 0.55, 0.99), (vec![MIDDLE], false));
    // E6: rho7/rho6 above 1.6; E3: rho7/rho5 above 1.8 and rho7 - rho5 above .17
    assert_eq!(find(0.4, 0.62, 0.98), (vec![], false));
    assert_eq!(find(0.54, 0.5, 0.96), (vec![], false));
    assert_eq!(find(0.3, 0.3, 0.62), (vec![], false));
}

/// E2: rho6 above .8, rho1 below .2, and rho7 folded below .1; rho6 of 1.7 divided by the sine is .85.
#[test]
fn schroeder_finds_a_folded_core() {
    let folded = |r1: f64, r7: f64| {
        let planes = even().put(MIDDLE, [r1, 0.1, 0.1, 0.2, 0.3, 1.7, r7]).planes(&t());
        schroeder::find(&planes, &t().schroeder)
    };
    assert_eq!(folded(0.3, 0.1), [MIDDLE]);
    assert!(folded(0.5, 0.1).is_empty() && folded(0.3, 0.3).is_empty());
}

/// Among five hundred that are as bright one does not stand out: half of its window differs as it does.
#[test]
fn what_is_usual_around_does_not_stand_out() {
    let mut made = even();
    for line in 0..81 {
        for column in (0..81).step_by(2) {
            made.hot((line, column), [0.4, 0.55, 0.99]);
        }
    }
    let t = t();
    let planes = made.planes(&t);
    assert!(schroeder::find(&planes, &t.schroeder).is_empty());
    // the other reading: what may burn is no background, and all of it stands out
    let other = SchroederThresholds { without_potential: 1.0, ..t.schroeder.clone() };
    assert_eq!(schroeder::find(&planes, &other).len(), 81 * 41);
}

/// ALGORITHMS 3.2: rho4 = .2 <= .53 rho7 - .214 from rho7 = .7812 on; its neighbour with rho4 <= .35 rho6 - .044 from rho6 = .6972.
#[test]
fn kumar_roy_finds_a_sure_fire_and_what_lies_beside() {
    let t = t();
    let find = |beside: f64, r7: f64| {
        let planes = even().hot(MIDDLE, [0.28, 0.5, r7]).hot((40, 41), [0.28, beside, 0.25]).planes(&t);
        kumar_roy::find(&planes, &t.kumar_roy)
    };
    assert_eq!(find(0.698, 0.782), [MIDDLE, (40, 41)]);
    assert_eq!(find(0.697, 0.782), [MIDDLE]);
    // not sure (.53 rho7 - .214 = .1996) and found by its surroundings: rho4 <= .53 rho7 - .125, rho7/rho5 = 2.79 over .89 + .8
    assert_eq!(find(0.3, 0.78), [MIDDLE]);
    // below 0.6132 and .9722 rho7 = (rho6 + .048) / 1.08 nothing is potential
    assert!(find(0.3, 0.5).is_empty());
}

/// A pixel beside one without light at 2.2 um is not searched (edges of a scene).
#[test]
fn kumar_roy_wants_valid_neighbours() {
    let t = t();
    let mut made = even();
    made.hot(MIDDLE, [0.28, 0.5, 0.9]).put((41, 41), [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, -0.01]);
    assert!(kumar_roy::find(&made.planes(&t), &t.kumar_roy).is_empty());
    let far = KumarRoyThresholds::default();
    made.put((41, 41), STUBBLE);
    assert_eq!(kumar_roy::find(&made.planes(&t), &far), [MIDDLE]);
}

/// ALGORITHMS 3.3: rho7/rho6 = 1.4, rho7/rho5 = 1.4 and rho7 = .42 at least; beside it rho6/rho5 = 2 with rho6 = .5.
#[test]
fn murphy_grows_from_hot_pixels() {
    let t = t();
    let find = |r7: f64, r5: f64| {
        let mut made = even();
        made.hot(MIDDLE, [0.3, 0.3, r7]).hot((39, 39), [r5, 0.5, 0.25]).hot((30, 30), [0.25, 0.5, 0.25]);
        murphy::find(&made.planes(&t))
    };
    assert_eq!(find(0.43, 0.25), [(39, 39), MIDDLE]);
    assert_eq!(find(0.43, 0.26), [MIDDLE]);
    assert!(find(0.41, 0.25).is_empty());
}

/// ALGORITHMS 3.4: (.9 - .4) / .3 = 1.67 over a ground of negative indices; the neighbour of .5 is grown; one with rho12 - rho11 of no
/// more than rho11 - rho8A is not.
#[test]
fn tai_grows_from_seeds() {
    let t = t();
    // without another positive index the mean around a fire is its own: bare soil has one
    let soil = [0.28, 0.28, 0.3];
    let find = |beside: [f64; 3]| {
        let planes = even().hot((44, 44), soil).hot(MIDDLE, [0.3, 0.4, 0.9]).hot((41, 40), beside).planes(&t);
        tai::find(&planes, &t.tai)
    };
    assert_eq!(find([0.3, 0.3, 0.45]), [MIDDLE, (41, 40)]);
    assert_eq!(find([0.3, 0.45, 0.6]), [MIDDLE]);
    assert_eq!(find([0.3, 0.3, 0.43]), [MIDDLE]);
    // saturated, and no index of its own
    assert_eq!(find([0.3, 1.1, 1.1]), [MIDDLE, (41, 40)]);
}

/// ALGORITHMS 3.4 as we read it: rho4 = .2 < .743 rho12 - .068 from .3607 on.
#[test]
fn afd_has_a_core() {
    let t = t();
    let find = |r7: f64| afd_s2::find(&even().hot(MIDDLE, [0.28, 0.3, r7]).planes(&t));
    assert_eq!(find(0.3608), [MIDDLE]);
    assert!(find(0.3606).is_empty());
}

/// Two squares that meet in a corner are one fire of two parts; weights by hand: ground .25, .75 and .25 over it at 10 and 11:
/// (.75 x 10 + .25 x 11) / 1 = 10.25.
#[test]
fn pixels_that_touch_are_one_fire() {
    let t = t();
    let mut made = even();
    made.hot((10, 10), [0.3, 0.4, 1.0]).hot((11, 11), [0.3, 0.4, 0.5]).hot((50, 50), [0.3, 0.4, 1.0]);
    let planes = made.planes(&t);
    let mut masks = Array2::<u8>::zeros((81, 81));
    for at in [(10, 10), (11, 11), (50, 50)] {
        masks[at] = Algorithm::Murphy.bit() | Algorithm::KumarRoy.bit();
    }
    let clusters = clusters::find(&planes, &masks, |_| true);
    assert_eq!(clusters.iter().map(|cluster| cluster.pixels.len()).collect::<Vec<_>>(), [2, 1]);
    let first = &clusters[0];
    assert!((first.centre.0 - 10.25).abs() < 1e-9 && (first.sum - 1.0).abs() < 1e-9, "{first:?}");
    assert_eq!((first.brightest, first.votes()), ((10, 10), 2));
    use geo::Area;
    assert!((first.outline().unsigned_area() - 2.0).abs() < 1e-9);
}

/// A U of pixels is one fire, though its arms are met before what joins them.
#[test]
fn arms_that_join_below_are_one_fire() {
    let planes = even().planes(&t());
    let mut masks = Array2::<u8>::zeros((81, 81));
    for at in [(5, 5), (5, 9), (6, 5), (6, 9), (7, 6), (7, 7), (7, 8)] {
        masks[at] = 1;
    }
    let clusters = clusters::find(&planes, &masks, |_| true);
    assert_eq!((clusters.len(), clusters[0].pixels.len()), (1, 7));
}

#[test]
fn two_of_three_are_a_vote() {
    let (s, k, m) = (Algorithm::Schroeder.bit(), Algorithm::KumarRoy.bit(), Algorithm::Murphy.bit());
    let mut masks = Array2::from_shape_vec((1, 4), vec![s, s | k, k | m, s | k | m]).expect("shape");
    vote(&mut masks, 2);
    let voted: Vec<bool> = masks.iter().map(|mask| mask & Algorithm::Vote.bit() != 0).collect();
    assert_eq!(voted, [false, true, true, true]);
}

#[test]
fn names_of_algorithms_come_back() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
    }
    assert_eq!(Algorithm::named("votes"), None);
}

/// Snow by its index of 3.5: (.8 - .1) / .9 = .78; cloud is bright at 1.6 um too.
#[test]
fn snow_is_no_cloud() {
    let t = t();
    let mut made = even();
    made.put((1, 1), [0.8, 0.8, 0.8, 0.8, 0.7, 0.1, 0.05]).put((2, 2), [0.5, 0.5, 0.5, 0.5, 0.5, 0.45, 0.4]);
    let planes = made.planes(&t);
    assert!(planes.flags[(1, 1)].any(Marks::SNOW) && !planes.flags[(1, 1)].any(Marks::CLOUD));
    assert!(planes.flags[(2, 2)].any(Marks::CLOUD) && !planes.flags[(3, 3)].any(Marks::CLOUD));
}
