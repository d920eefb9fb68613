//! Tests (2) to (6), background fires and windows.

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let mut all = numbered();
    all.extend(background_fires());
    all.extend(windows());
    all
}

fn numbered() -> Vec<Case> {
    // +-11 K: means 1 K up, deviation 10.909 K
    let both = |c4, c11| {
        move |s: &mut SwathScene| {
            checker(s, Mir, 295.0, 11.0);
            checker(s, Tir11, 290.0, 11.0);
            hot(s, c4, c11);
        }
    };
    let mir = |c4, c11| {
        move |s: &mut SwathScene| {
            checker(s, Mir, 295.0, 11.0);
            hot(s, c4, c11);
        }
    };
    let unlike = |deviation: f32| {
        move |s: &mut SwathScene| {
            s.put_all(Tir11, &[(28, 28), (32, 32)], 300.0);
            s.put(Mir, (28, 28), 350.0).put(Mir, (32, 32), 350.0 + 2.0 * deviation);
            hot(s, 340.0, 280.0);
        }
    };
    vec![
        // 6 + 3.5 x 10.909 = 44.18; z4 = 4.49, zD = 3.511: confidence (0.75 x 0.497 x 0.0045)^0.2 = 28 %
        case("test 2 passed", day(), mir(345.0, 300.7), 7),
        case("test 2 failed", day(), mir(345.0, 300.9), LAND),
        case("test 3 passed", day(), |s| hot(s, 330.0, 318.9), 9),
        case("test 3 failed", day(), |s| hot(s, 330.0, 319.1), LAND),
        // 296 + 3 x 10.909 = 328.73; confidence (0.48 x 0.0022)^0.2 = 25 %
        case("test 4 passed", day(), both(328.8, 300.0), 7),
        case("test 4 failed", day(), both(328.6, 300.0), LAND),
        // 291 + 10.909 - 4 = 297.91
        case("test 5 passed", day(), both(345.0, 298.0), 9),
        case("test 5 failed", day(), both(345.0, 297.8), LAND),
        case("test 6 passed", day(), unlike(5.1), 9),
        case("test 6 failed", day(), unlike(4.9), LAND),
        case("test 5 is not asked at night", night(), |s| hot(s, 315.0, 270.0), 9),
    ]
}

/// All lines above the candidate's are hot: left out, or too varied a background.
fn background_fires() -> Vec<Case> {
    let half = |mir: f32, tir: f32, c4, c11| {
        move |s: &mut SwathScene| {
            let upper: Vec<_> = (0..30).flat_map(|l| (0..61).map(move |c| (l, c))).collect();
            s.put_all(Mir, &upper, mir).put_all(Tir11, &upper, tir);
            hot(s, c4, c11);
        }
    };
    vec![
        case("325 K is a background fire", day(), half(325.1, 300.0, 340.0, 300.0), 9),
        case("less is background", day(), half(324.9, 300.0, 340.0, 300.0), LAND),
        case("D of 20 K is a background fire", day(), half(330.0, 309.9, 340.0, 300.0), 9),
        case("less D is background", day(), half(330.0, 310.1, 340.0, 300.0), LAND),
        case("310 K is a background fire at night", night(), half(310.1, 295.0, 315.0, 286.0), 9),
        case("less is background at night", night(), half(309.9, 295.0, 315.0, 286.0), LAND),
        case("D of 10 K is a background fire at night", night(), half(314.0, 303.9, 315.0, 286.0), 9),
        case("less D is background at night", night(), half(314.0, 304.1, 315.0, 286.0), LAND),
    ]
}

fn windows() -> Vec<Case> {
    let valid = |pixels: Vec<(usize, usize)>| {
        move |s: &mut SwathScene| {
            only_valid(s, &pixels);
            hot(s, 340.0, 300.0);
        }
    };
    let with = |name: &'static str, value: f32, mut case: Case| {
        case.settings = vec![(name, value)];
        case
    };
    let rings = |distances: [usize; 2]| distances.into_iter().flat_map(|d| ring(d, usize::MAX)).collect::<Vec<_>>();
    let beside = |s: &mut SwathScene| {
        s.put_all(Mir, &[(30, 29), (30, 31)], 324.0).put_all(Tir11, &[(30, 29), (30, 31)], 310.0);
        hot(s, 340.0, 300.0);
    };
    let above = |s: &mut SwathScene| {
        s.put_all(Mir, &ring(2, 16), 324.0).put_all(Tir11, &ring(2, 16), 310.0);
        hot(s, 325.0, 300.0);
    };
    vec![
        // the six pixels of 3 x 3 suffice once five do
        with("modis.window_count", 1.0, case("the first window ends before 2", day(), above, 9)),
        case("five by five reaches 2", day(), above, LAND),
        case("what lies beside it along the scan does not count", day(), beside, 9),
        // 152 of 441 pixels; 80 of them with 10, 168 of 529 with 11
        case("the last window holds 10", day(), valid(rings([9, 10])), 9),
        case("the last window ends before 11", day(), valid(rings([10, 11])), 6),
        // a quarter of 49 is 12.25
        with("modis.window_last", 7.0, case("a quarter suffices", day(), valid(ring(3, 13)), 9)),
        with("modis.window_last", 7.0, case("less does not", day(), valid(ring(3, 12)), 6)),
        with("modis.window_last", 5.0, case("eight pixels suffice", day(), valid(ring(2, 8)), 9)),
        with("modis.window_last", 5.0, case("seven do not", day(), valid(ring(2, 7)), 6)),
        case(
            "hot without a background",
            day(),
            |s| {
                only_valid(s, &[]);
                hot(s, 361.0, 300.0);
            },
            9,
        ),
        case(
            "water is no background of land",
            day(),
            |s| {
                s.flags.fill(Flags::WATER);
                s.flags[MIDDLE] = Flags::default();
                hot(s, 340.0, 300.0);
            },
            6,
        ),
    ]
}
