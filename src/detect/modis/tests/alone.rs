//! Clouds, potential fires, absolute test, states.

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let mut all = clouds();
    all.extend(potential());
    all.extend(dynamic());
    all.extend(absolute());
    all.extend(states());
    all
}

fn clouds() -> Vec<Case> {
    let cover = |sum: f32, tir12: f32| {
        move |s: &mut SwathScene| {
            colour(s, sum / 2.0, sum / 2.0, 0.2);
            s.put(Tir12, MIDDLE, tir12);
        }
    };
    let water = |nir: f32, tir12: f32| {
        move |s: &mut SwathScene| {
            colour(s, 0.1, nir, 0.2);
            s.put(Tir12, MIDDLE, tir12).mark(MIDDLE, Flags::WATER);
        }
    };
    let cold = |tir12: f32| {
        move |s: &mut SwathScene| {
            s.put(Tir12, MIDDLE, tir12);
        }
    };
    vec![
        case("very bright is cloud", day(), cover(1.201, 300.0), 4),
        case("less bright is not", day(), cover(1.199, 300.0), LAND),
        case("bright and cool is cloud", day(), cover(0.701, 284.9), 4),
        case("bright and warm is not", day(), cover(0.701, 285.1), LAND),
        case("dull and cool is not", day(), cover(0.699, 284.9), LAND),
        case("cold is cloud", day(), cold(264.9), 4),
        case("less cold is not", day(), cold(265.1), LAND),
        case("cold is cloud at night", night(), cold(264.9), 4),
        case("less cold is not at night", night(), cold(265.1), LAND),
        case("bright water is cloud", day(), water(0.251, 299.9), 4),
        case("warm bright water is not", day(), water(0.251, 300.1), 3),
        case("dull water is not", day(), water(0.249, 299.9), 3),
    ]
}

fn potential() -> Vec<Case> {
    let on = |mir, tir, c4, c11| {
        move |s: &mut SwathScene| {
            ground(s, mir, tir);
            hot(s, c4, c11);
        }
    };
    let bright = |nir: f32| {
        move |s: &mut SwathScene| {
            hot(s, 340.0, 300.0);
            colour(s, 0.1, nir, 0.2);
        }
    };
    let zenith = |degrees: f32| {
        move |s: &mut SwathScene| {
            s.places.sun_zenith_deg = Nodes::constant(degrees, SHAPE);
            hot(s, 307.0, 290.0);
        }
    };
    vec![
        // confidence (10.1/60)^0.2 = 70 %
        case("potential: 310 K", day(), |s| hot(s, 310.1, 299.0), 8),
        case("potential: less", day(), |s| hot(s, 309.9, 298.8), LAND),
        case("potential: D of 10 K", day(), on(290.0, 290.0, 330.0, 319.9), 9),
        case("potential: less D", day(), on(290.0, 290.0, 330.0, 320.1), LAND),
        case("potential: rho.86 below 0.30", day(), bright(0.299), 9),
        case("potential: brighter", day(), bright(0.301), LAND),
        // (0.1/15)^(1/3) = 19 %
        case("potential at night: 305 K", night(), |s| hot(s, 305.1, 290.0), 7),
        case("potential at night: less", night(), |s| hot(s, 304.9, 290.0), LAND),
        case("potential at night: D of 10 K", night(), |s| hot(s, 312.0, 301.9), 8),
        case("potential at night: less D", night(), |s| hot(s, 312.0, 302.1), LAND),
        case("sun 84.9 degrees from the zenith: day", day(), zenith(84.9), LAND),
        case("sun 85.1 degrees from the zenith: night", day(), zenith(85.1), 8),
    ]
}

/// Limits relative to the surroundings; `outer` beyond 10 pixels of the middle, `inner` within.
fn dynamic() -> Vec<Case> {
    let square = |side| even(Instrument::Modis, true, (side, side));
    let on = |outer: (f32, f32), inner: (f32, f32), c4, c11| {
        move |s: &mut SwathScene| {
            ground(s, outer.0, outer.1);
            let near: Vec<_> = window(s.middle(), 10).collect();
            s.put_all(Mir, &near, inner.0).put_all(Tir11, &near, inner.1);
            hot(s, c4, c11);
        }
    };
    let of = |name: &str, side, change: &dyn Fn(&mut SwathScene), expected| {
        let mut case = case(name, square(side), change, expected);
        case.profile = Profile::Sensitive;
        case
    };
    let warm = (300.0, 295.0);
    vec![
        // mean 300 K: 305 K; confidence (0.1/55)^0.2 = 28 %
        of("dynamic: 5 K above the mean", 121, &on(warm, warm, 305.1, 293.0), 7),
        of("dynamic: less", 121, &on(warm, warm, 304.9, 293.0), LAND),
        case("fixed in profile reference", square(121), on(warm, warm, 305.1, 293.0), LAND),
        of("dynamic: 300 K at least", 121, &on((285.0, 280.0), (285.0, 280.0), 300.2, 284.0), 8),
        of("dynamic: less than that", 121, &on((285.0, 280.0), (285.0, 280.0), 299.8, 284.0), LAND),
        of("dynamic: 330 K at most", 121, &on((327.0, 312.0), (327.0, 312.0), 330.2, 309.0), 8),
        of("dynamic: less than that too", 121, &on((327.0, 312.0), (327.0, 312.0), 329.8, 308.6), LAND),
        // mean D 15 - 10 * 441/14641 = 14.70: 19.70; confidence (15/55)^0.2 = 77 %
        of("dynamic: D 5 K above the mean", 121, &on((300.0, 285.0), warm, 320.0, 300.2), 8),
        of("dynamic: less D", 121, &on((300.0, 285.0), warm, 320.0, 300.4), LAND),
        of("dynamic: D of 8 K at least", 121, &on((300.0, 305.0), (300.0, 299.0), 320.0, 311.9), 8),
        of("dynamic: less than 8 K", 121, &on((300.0, 305.0), (300.0, 299.0), 320.0, 312.1), LAND),
        of("dynamic: D of 25 K at most", 121, &on((300.0, 270.0), warm, 330.0, 304.9), 9),
        of("dynamic: less than 25 K", 121, &on((300.0, 270.0), warm, 330.0, 305.1), LAND),
        // 9216 and 9025 pixels; a tenth of 301 x 301 is 9060
        of("dynamic: enough pixels", 96, &on(warm, warm, 305.1, 293.0), 7),
        of("dynamic: too few", 95, &on(warm, warm, 305.1, 293.0), LAND),
    ]
}

/// Over ground so varied that only the absolute test sees the pixel.
fn absolute() -> Vec<Case> {
    let over = |by: f32, c4, c11| {
        move |s: &mut SwathScene| {
            let tir = s.thermal[&Tir11].values[(0, 0)];
            let mir = s.thermal[&Mir].values[(0, 0)];
            checker(s, Mir, mir, by);
            checker(s, Tir11, tir, by);
            hot(s, c4, c11);
        }
    };
    let bright = |c4: f32| {
        move |s: &mut SwathScene| {
            over(25.0, c4, 300.0)(s);
            colour(s, 0.1, 0.31, 0.2);
        }
    };
    let ours = |name: &str, change: &dyn Fn(&mut SwathScene), expected| {
        let mut case = case(name, day(), change, expected);
        case.profile = Profile::Sensitive;
        case
    };
    vec![
        // mean 297.3, deviation 24.79: 371.7 K; z = 2.53 is below the ramp
        case("absolute: 360 K", day(), over(25.0, 360.1, 300.0), 7),
        case("absolute: less", day(), over(25.0, 359.9, 300.0), LAND),
        // rho.86 above 0.30: no potential fire, and one all the same outside `reference`
        ours("absolute over bright ground: 360 K", &bright(360.1), 7),
        ours("absolute over bright ground: less", &bright(359.9), LAND),
        case("absolute over bright ground: not as published", day(), bright(360.1), LAND),
        // mean 286.4, deviation 14.88: 331 K; z = 2.27 is below the ramp
        case("absolute at night: 320 K", night(), over(15.0, 320.1, 305.0), 7),
        case("absolute at night: less", night(), over(15.0, 319.9, 305.0), LAND),
    ]
}

fn states() -> Vec<Case> {
    let fire = |marks| {
        move |s: &mut SwathScene| {
            hot(s, 340.0, 300.0);
            s.mark(MIDDLE, marks);
        }
    };
    let sea = |coast: Option<(usize, usize)>, c4: f32| {
        move |s: &mut SwathScene| {
            s.flags.fill(Flags::WATER);
            if let Some(at) = coast {
                s.flags[at] = Flags::COAST;
            }
            hot(s, c4, 300.0);
        }
    };
    vec![
        case("a fire", day(), fire(Flags::default()), 9),
        case("fill", day(), fire(Flags::FILL), 0),
        case("deleted on board", day(), fire(Flags::FILL.with(Flags::BOWTIE)), 1),
        case("poor MIR", day(), fire(Flags::MIR_POOR), 0),
        case("saturated MIR", day(), fire(Flags::MIR_POOR.with(Flags::MIR_SATURATED)), 9),
        case("poor 11 um", day(), fire(Flags::TIR_POOR), 0),
        case(
            "water",
            night(),
            |s| {
                s.mark(MIDDLE, Flags::WATER);
            },
            3,
        ),
        // eight neighbours of water take all confidence
        case("a flare at sea", day(), sea(None, 340.0), 7),
        case("a warm pixel near the coast", day(), sea(Some((32, 32)), 340.0), 3),
        case("a hot pixel near the coast", day(), sea(Some((32, 32)), 361.0), 7),
        case("a warm pixel on the coast", day(), sea(Some(MIDDLE), 340.0), 3),
    ]
}
