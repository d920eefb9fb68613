//! Rejections by day, and confidence.

use super::*;

const CORNERS: [(usize, usize); 4] = [(28, 28), (28, 32), (32, 28), (32, 32)];

pub(super) fn cases() -> Vec<Case> {
    let mut all = glints();
    all.extend(desert());
    all.extend(coast());
    all.extend(clearing());
    all.extend(confidence());
    all
}

fn glints() -> Vec<Case> {
    let seen = |degrees: f32, red, nir, swir| {
        move |s: &mut SwathScene| {
            hot(s, 340.0, 300.0);
            colour(s, red, nir, swir);
            s.places.glint_deg = Nodes::constant(degrees, SHAPE);
        }
    };
    let near_water = |degrees: f32| {
        move |s: &mut SwathScene| {
            seen(degrees, 0.05, 0.2, 0.1)(s);
            s.mark((30, 32), Flags::WATER);
        }
    };
    // beside along the scan: in no window, but a neighbour
    let water_beside = |s: &mut SwathScene| {
        seen(11.9, 0.05, 0.2, 0.1)(s);
        s.mark((30, 31), Flags::WATER);
    };
    vec![
        case("test 8", day(), seen(1.9, 0.05, 0.2, 0.1), 2),
        case("test 8: farther", day(), seen(2.1, 0.05, 0.2, 0.1), 9),
        case("test 9", day(), seen(7.9, 0.101, 0.201, 0.121), 2),
        case("test 9: farther", day(), seen(8.1, 0.101, 0.201, 0.121), 9),
        case("test 9: 0.65 duller", day(), seen(7.9, 0.099, 0.201, 0.121), 9),
        case("test 9: 0.86 duller", day(), seen(7.9, 0.101, 0.199, 0.121), 9),
        case("test 9: 2.1 duller", day(), seen(7.9, 0.101, 0.201, 0.119), 9),
        case("test 10", day(), near_water(11.9), 2),
        case("test 10: farther", day(), near_water(12.1), 9),
        case("test 10: water beside", day(), water_beside, 2),
        case("test 10: no water", day(), seen(11.9, 0.05, 0.2, 0.1), 9),
    ]
}

fn desert() -> Vec<Case> {
    let edge = |fires: &'static [(usize, usize)], at: f32, by: f32, mir: f32| {
        move |s: &mut SwathScene| {
            s.put_all(Tir11, fires, 300.0);
            for (i, fire) in fires.iter().enumerate() {
                s.put(Mir, *fire, if i % 2 == 0 { at + by } else { at - by });
            }
            hot(s, mir, 300.0);
        }
    };
    let nir = |nir: f32| {
        move |s: &mut SwathScene| {
            edge(&CORNERS, 340.0, 0.0, 339.0)(s);
            colour(s, 0.1, nir, 0.1);
        }
    };
    // 45 valid pixels, the first in a window of 13
    let share = |count: usize| {
        move |s: &mut SwathScene| {
            let fires = ring(3, count);
            let mut seen = ring(6, 45);
            seen.extend(&fires);
            only_valid(s, &seen);
            s.put_all(Tir11, &fires, 300.0).put_all(Mir, &fires, 340.0);
            hot(s, 339.0, 300.0);
        }
    };
    vec![
        case("desert edge: four fires", day(), edge(&CORNERS, 340.0, 0.0, 339.0), LAND),
        case("desert edge: three", day(), edge(&CORNERS[..3], 340.0, 0.0, 339.0), 9),
        case("desert edge: more than a tenth", day(), share(5), LAND),
        case("desert edge: less", day(), share(4), 9),
        case("desert edge: 0.86 above", day(), nir(0.151), LAND),
        case("desert edge: 0.86 below", day(), nir(0.149), 9),
        case("desert edge: fires below 345 K", day(), edge(&CORNERS, 344.9, 0.0, 344.0), LAND),
        case("desert edge: hotter fires", day(), edge(&CORNERS, 345.1, 0.0, 344.0), 9),
        case("desert edge: fires alike", day(), edge(&CORNERS, 340.0, 2.9, 343.0), LAND),
        case("desert edge: fires unlike", day(), edge(&CORNERS, 340.0, 3.1, 343.0), 9),
        case("desert edge: not above the fires", day(), edge(&CORNERS, 340.0, 2.0, 351.9), LAND),
        case("desert edge: above", day(), edge(&CORNERS, 340.0, 2.0, 352.1), 9),
    ]
}

fn coast() -> Vec<Case> {
    let water = |red: f32, nir: f32, swir: f32, c4: f32| {
        move |s: &mut SwathScene| {
            s.put(Red, (28, 28), red).put(Nir, (28, 28), nir).put(Swir22, (28, 28), swir);
            hot(s, c4, 300.0);
        }
    };
    vec![
        case("unmasked water", day(), water(0.06, 0.05, 0.049, 340.0), LAND),
        case("unmasked water beside a hot pixel", day(), water(0.06, 0.05, 0.049, 361.0), 9),
        case("unmasked water: index just below 0", day(), water(0.052, 0.05, 0.04, 340.0), LAND),
        case("unmasked water: index just above 0", day(), water(0.05, 0.055, 0.04, 340.0), 9),
        case("unmasked water: 2.1 brighter", day(), water(0.06, 0.05, 0.051, 340.0), 9),
        case("unmasked water: 0.86 below 0.15", day(), water(0.17, 0.149, 0.04, 340.0), LAND),
        case("unmasked water: 0.86 brighter", day(), water(0.17, 0.151, 0.04, 340.0), 9),
    ]
}

/// Ground of +-2 K: T11 290.182 and 3.7 x 1.9835: 297.52 K.
fn clearing() -> Vec<Case> {
    let field = |c4, c11, nir: f32| {
        move |s: &mut SwathScene| {
            checker(s, Mir, 295.0, 2.0);
            checker(s, Tir11, 290.0, 2.0);
            hot(s, c4, c11);
            colour(s, 0.1, nir, 0.1);
        }
    };
    vec![
        case("clearing", day(), field(324.0, 297.6, 0.281), LAND),
        case("clearing: cooler", day(), field(324.0, 297.4, 0.281), 9),
        case("clearing: duller", day(), field(324.0, 297.6, 0.279), 9),
        case("clearing: T4 below 325", day(), field(324.9, 297.6, 0.281), LAND),
        case("clearing: T4 above", day(), field(325.1, 297.6, 0.281), 9),
    ]
}

/// 80 % are a product of parts of 0.32768 by day and 0.512 at night.
fn confidence() -> Vec<Case> {
    let varied = |by11: bool, c4, c11| {
        move |s: &mut SwathScene| {
            checker(s, Mir, 295.0, 11.0);
            if by11 {
                checker(s, Tir11, 290.0, 11.0);
            }
            hot(s, c4, c11);
        }
    };
    let clouds = |c4, count| {
        move |s: &mut SwathScene| {
            s.put_all(Tir12, &ring(1, count), 260.0);
            hot(s, c4, 300.0);
        }
    };
    let waters = |c4, count| {
        move |s: &mut SwathScene| {
            for at in ring(1, count) {
                s.mark(at, Flags::WATER);
            }
            hot(s, c4, 300.0);
        }
    };
    vec![
        // 300 + 0.32768 x 60 = 319.66
        case("C1: high", day(), |s| hot(s, 319.8, 300.0), 9),
        case("C1: nominal", day(), |s| hot(s, 319.5, 300.0), 8),
        // 305 + 0.512 x 15 = 312.68
        case("C1 at night: high", night(), |s| hot(s, 312.8, 290.0), 9),
        case("C1 at night: nominal", night(), |s| hot(s, 312.5, 290.0), 8),
        // (T4 - 300)/60 x (z4 - 3)/3 with z4 = (T4 - 296)/10.909: 343.51 K
        case("C2: high", day(), varied(true, 343.7, 300.0), 9),
        case("C2: nominal", day(), varied(true, 343.3, 300.0), 8),
        // (zD - 3.5)/2.5 with zD = (D - 6)/10.909: D = 53.12 K
        case("C3: high", day(), varied(false, 365.0, 311.8), 9),
        case("C3: nominal", day(), varied(false, 365.0, 312.1), 8),
        // 1 - 2/4 = 0.5; times C1 of 300 + 0.65536 x 60 = 339.32 K
        case("C4: two clouds", day(), clouds(339.5, 2), 9),
        case("C4: two clouds and less hot", day(), clouds(339.1, 2), 8),
        case("C4: four clouds", day(), clouds(345.0, 4), 7),
        case("C5: two of water", day(), waters(339.5, 2), 9),
        case("C5: two of water and less hot", day(), waters(339.1, 2), 8),
        case("C5: four of water", day(), waters(345.0, 4), 7),
    ]
}
