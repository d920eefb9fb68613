//! Tests against the surroundings: windows, medians, deviations, hot edges, glint, doubt, neighbours.

use super::*;
use crate::place::LonLat;

pub(super) fn cases() -> Vec<Case> {
    let mut all = deviations();
    all.extend(background_fires());
    all.extend(medians());
    all.extend(windows());
    all.extend(hot_edges());
    all.extend(glints());
    all.extend(doubts());
    all.extend(beside());
    all.extend(anomaly());
    all
}

fn deviations() -> Vec<Case> {
    let both = |mir, tir, by: f32, c4, c5| {
        move |s: &mut SwathScene| {
            checker(s, Mir, mir, by);
            checker(s, Tir11, tir, by);
            hot(s, c4, c5);
        }
    };
    let mir = |mir, tir, by: f32, c4, c5| {
        move |s: &mut SwathScene| {
            ground(s, mir, tir);
            checker(s, Mir, mir, by);
            hot(s, c4, c5);
        }
    };
    let even = |mir, tir, c4, c5| {
        move |s: &mut SwathScene| {
            ground(s, mir, tir);
            hot(s, c4, c5);
        }
    };
    vec![
        // D 5 +- 13: 5 + 2 x 13 = 31
        case("D above 2 deviations", day(), mir(295.0, 290.0, 13.0, 345.0, 313.9), 8),
        case("D below 2 deviations", day(), mir(295.0, 290.0, 13.0, 345.0, 314.1), LAND),
        // D 20: 30
        case("D above its mean by 10 K", day(), even(307.0, 287.0, 335.0, 304.9), 8),
        case("D above its mean by less", day(), even(307.0, 287.0, 335.0, 305.1), LAND),
        // BT4 295 +- 10: 330
        case("BT4 above 3.5 deviations", day(), both(295.0, 290.0, 10.0, 330.1, 300.0), 8),
        case("BT4 below 3.5 deviations", day(), both(295.0, 290.0, 10.0, 329.9, 299.8), LAND),
        // BT5 290 +- 10: 290 + 10 - 4 = 296
        case("BT5 not colder", day(), both(295.0, 290.0, 10.0, 345.0, 296.1), 8),
        case("BT5 colder", day(), both(295.0, 290.0, 10.0, 345.0, 295.9), LAND),
        // D 5: 14
        case("D above its mean by 9 K at night", night(), even(285.0, 280.0, 299.1, 285.0), 8),
        case("D above its mean by less at night", night(), even(285.0, 280.0, 298.9, 285.0), LAND),
        // D 5 +- 4: 17
        case("D above 3 deviations at night", night(), mir(285.0, 280.0, 4.0, 299.1, 282.0), 8),
        case("D below 3 deviations at night", night(), mir(285.0, 280.0, 4.0, 298.9, 282.0), LAND),
        // BT4 285 +- 4: 297
        case("BT4 above 3 deviations at night", night(), both(285.0, 280.0, 4.0, 297.1, 280.0), 8),
        case("BT4 below 3 deviations at night", night(), both(285.0, 280.0, 4.0, 296.9, 280.0), LAND),
        case("colder BT5 among unlike fires", day(), unlike_fires(5.1), 8),
        case("colder BT5 among like fires", day(), unlike_fires(4.9), LAND),
    ]
}

/// Two background fires that differ by twice the deviation, and a pixel whose BT5 is too cold.
fn unlike_fires(deviation: f32) -> impl Fn(&mut SwathScene) {
    move |s| {
        let fires = scattered(2);
        s.put_all(Tir11, &fires, 300.0).put(Mir, fires[0], 350.0).put(Mir, fires[1], 350.0 + 2.0 * deviation);
        hot(s, 340.0, 280.0);
    }
}

/// Half of the ground is hot: left out, or too varied a background.
fn background_fires() -> Vec<Case> {
    let half = |mir: f32, tir: f32, c4: f32, c5: f32| {
        move |s: &mut SwathScene| {
            let upper: Vec<_> = (0..30).flat_map(|l| (0..61).map(move |c| (l, c))).collect();
            s.put_all(Mir, &upper, mir).put_all(Tir11, &upper, tir);
            hot(s, c4, c5);
        }
    };
    vec![
        case("335 K is a background fire", day(), half(335.1, 305.0, 340.0, 300.0), 8),
        case("less is background", day(), half(334.9, 304.8, 340.0, 300.0), LAND),
        case("D of 30 K is a background fire", day(), half(345.0, 314.9, 352.0, 300.0), 8),
        case("less D is background", day(), half(345.0, 315.1, 352.0, 300.0), LAND),
        case("300 K is a background fire at night", night(), half(300.1, 290.0, 310.0, 286.0), 8),
        case("less is background at night", night(), half(299.9, 289.8, 310.0, 286.0), LAND),
        case("D of 10 K is a background fire at night", night(), half(305.0, 294.9, 315.0, 286.0), 8),
        case("less D is background at night", night(), half(305.0, 295.1, 315.0, 286.0), LAND),
    ]
}

fn medians() -> Vec<Case> {
    let wide = |far: f32, mir: f32| {
        move |s: &mut SwathScene| {
            let outside: Vec<_> = window((60, 60), 60).filter(|at| apart(*at, (60, 60)) > 15).collect();
            s.put_all(Mir, &outside, far).put_all(Tir11, &outside, far - 13.0);
            hot(s, mir, 295.0);
        }
    };
    // warm columns on both sides, from 20 to 20 + each
    let columns = |each: usize| {
        move |s: &mut SwathScene| {
            let warm = |c: usize| (20..20 + each).contains(&c.abs_diff(320));
            let pixels: Vec<_> = (0..31).flat_map(|l| (0..640).filter(|c| warm(*c)).map(move |c| (l, c))).collect();
            s.put_all(Mir, &pixels, 332.0).put_all(Tir11, &pixels, 319.0);
            hot(s, 327.0, 295.0);
        }
    };
    let large = || even(Instrument::ViirsI, true, (121, 121));
    let broad = || even(Instrument::ViirsI, true, (31, 640));
    vec![
        case("warm country: BT4 above 330", large(), wide(333.0, 330.5), 8),
        case("warm country: BT4 below", large(), wide(333.0, 329.5), LAND),
        case("median between: above", large(), wide(327.0, 327.1), 8),
        case("median between: below", large(), wide(327.0, 326.9), LAND),
        case("nothing is added to the median", large(), wide(324.0, 327.0), 8),
        case("nothing is taken from the median", large(), wide(329.0, 328.0), LAND),
        // 220 of 501 columns are warm, and would be of 401
        case("501 columns: cool", broad(), columns(110), 8),
        // 260 of 501, and would be of 601
        case("501 columns: warm", broad(), columns(130), LAND),
        case(
            "eleven pixels with its own have a median",
            day(),
            |s| {
                only_valid(s, &scattered(10));
                hot(s, 327.0, 295.0);
            },
            8,
        ),
    ]
}

fn windows() -> Vec<Case> {
    let ring = |distance| -> Vec<_> { window(MIDDLE, 20).filter(|at| apart(*at, MIDDLE) == distance).collect() };
    // a ring is hot ground: too varied a background for the pixel within
    let varied = move |distance| {
        move |s: &mut SwathScene| {
            s.put_all(Mir, &ring(distance), 332.0).put_all(Tir11, &ring(distance), 310.0);
            hot(s, 333.0, 300.0);
        }
    };
    let valid = |pixels: Vec<(usize, usize)>| {
        move |s: &mut SwathScene| {
            only_valid(s, &pixels);
            hot(s, 340.0, 300.0);
        }
    };
    let strict = |mut case: Case| {
        case.settings = vec![("viirs_i.window_both", 1.0), ("viirs_i.window_last", 11.0)];
        case
    };
    let first = |count| window(MIDDLE, 5).filter(|at| *at != MIDDLE).take(count).collect::<Vec<_>>();
    vec![
        case("the first window ends before 6", day(), varied(6), 8),
        case("the first window holds 5", day(), varied(5), LAND),
        case("the last window holds 15", day(), valid(ring(15)), 8),
        case("the last window ends before 16", day(), valid(ring(16)), 6),
        case("ten pixels suffice", day(), valid(scattered(10)), 8),
        case("nine do not", day(), valid(scattered(9)), 6),
        strict(case("a quarter suffices", day(), valid(first(31)), 8)),
        strict(case("less does not", day(), valid(first(30)), 6)),
        case(
            "water by night is background",
            night(),
            |s| {
                all_water(s);
                hot(s, 310.0, 285.0);
            },
            8,
        ),
        case(
            "water by day is not",
            day(),
            |s| {
                all_water(s);
                hot(s, 340.0, 300.0);
            },
            6,
        ),
    ]
}

fn all_water(s: &mut SwathScene) {
    for flags in &mut s.flags {
        *flags = flags.with(Flags::WATER);
    }
}

fn hot_edges() -> Vec<Case> {
    // `count` background fires of 340 +- `by` K
    let edge = |count: usize, at: f32, by: f32, mir: f32| {
        move |s: &mut SwathScene| {
            let fires = scattered(count);
            s.put_all(Tir11, &fires, 300.0);
            for (i, fire) in fires.iter().enumerate() {
                s.put(Mir, *fire, if i % 2 == 0 { at + by } else { at - by });
            }
            hot(s, mir, 300.0);
        }
    };
    // five or four fires and 30 valid pixels
    let few = |count: usize| {
        move |s: &mut SwathScene| {
            let fires = scattered(count);
            let others: Vec<_> = window(MIDDLE, 5).filter(|at| *at != MIDDLE && !fires.contains(at)).take(30).collect();
            only_valid(s, &others);
            s.put_all(Tir11, &fires, 300.0).put_all(Mir, &fires, 340.0);
            hot(s, 339.0, 300.0);
        }
    };
    let nir = |nir: f32| {
        move |s: &mut SwathScene| {
            edge(11, 340.0, 0.0, 339.0)(s);
            colour(s, 0.1, nir, 0.2);
        }
    };
    vec![
        // 11 of 109 are more than a tenth, 10 of 110 are not
        case("hot edge", day(), edge(11, 340.0, 0.0, 339.0), LAND),
        case("hot edge: a tenth", day(), edge(10, 340.0, 0.0, 339.0), 8),
        case("hot edge: five fires", day(), few(5), LAND),
        case("hot edge: four", day(), few(4), 8),
        case("hot edge: 0.86 above", day(), nir(0.151), LAND),
        case("hot edge: 0.86 below", day(), nir(0.149), 8),
        case("hot edge: fires below 345 K", day(), edge(11, 344.9, 0.0, 344.0), LAND),
        case("hot edge: hotter fires", day(), edge(11, 345.1, 0.0, 344.0), 8),
        case("hot edge: fires alike", day(), edge(12, 340.0, 2.9, 343.0), LAND),
        case("hot edge: fires unlike", day(), edge(12, 340.0, 3.1, 343.0), 8),
        // 340 + 6 x 2
        case("hot edge: not above the fires", day(), edge(12, 340.0, 2.0, 351.9), LAND),
        case("hot edge: above", day(), edge(12, 340.0, 2.0, 352.1), 8),
    ]
}

fn glints() -> Vec<Case> {
    let seen = |degrees: f32, sum: f32| {
        move |s: &mut SwathScene| {
            hot(s, 340.0, 300.0);
            colour(s, sum / 2.0 - 0.02, sum / 2.0 + 0.02, 0.25);
            glint(s, degrees);
        }
    };
    vec![
        case("glint near", day(), seen(14.9, 0.351), 2),
        case("glint: farther", day(), seen(15.1, 0.351), 8),
        case("glint: duller", day(), seen(14.9, 0.349), 8),
        case("glint wide", day(), seen(24.9, 0.401), 2),
        case("glint: too wide", day(), seen(25.1, 0.401), 8),
        case("glint: wide and duller", day(), seen(24.9, 0.399), 8),
    ]
}

fn doubts() -> Vec<Case> {
    let beside = |mir: f32, tir: f32, neighbour: f32, degrees: f32| {
        move |s: &mut SwathScene| {
            hot(s, mir, tir);
            s.put(Mir, (30, 31), neighbour).put(Tir11, (30, 31), 300.0);
            glint(s, degrees);
        }
    };
    vec![
        case("doubt: 14 K above a neighbour", day(), beside(326.0, 297.0, 312.0, 60.0), 7),
        case("doubt: 15.1 K above", day(), beside(326.0, 297.0, 310.9, 60.0), 8),
        case("doubt: D below 30", day(), beside(326.0, 296.1, 312.0, 60.0), 7),
        case("doubt: D above 30", day(), beside(326.0, 295.9, 312.0, 60.0), 8),
        case("doubt: near the sun's image", day(), beside(328.0, 293.0, 314.0, 14.9), 7),
        case("doubt: away from it", day(), beside(328.0, 293.0, 314.0, 15.1), 8),
        case(
            "doubt: a fire beside",
            day(),
            |s| {
                beside(326.0, 297.0, 312.0, 60.0)(s);
                s.put(Mir, (29, 29), 345.0).put(Tir11, (29, 29), 300.0);
            },
            8,
        ),
        case(
            "doubt: no valid neighbour",
            day(),
            |s| {
                hot(s, 326.0, 297.0);
                for at in window(MIDDLE, 1).filter(|at| *at != MIDDLE) {
                    s.mark(at, Flags::REFLECTIVE_POOR);
                }
            },
            7,
        ),
    ]
}

/// The middle pixel beside a sure fire.
fn beside() -> Vec<Case> {
    let next = |mir: f32, tir: f32, marks: Flags| {
        move |s: &mut SwathScene| {
            s.put(Mir, (30, 31), 340.0).put(Tir11, (30, 31), 300.0);
            hot(s, mir, tir);
            s.mark(MIDDLE, marks);
        }
    };
    let good = Flags::default();
    vec![
        case("beside: BT5 of 325 K", day(), next(326.0, 325.0, good), 7),
        case("beside: BT5 less", day(), next(326.0, 324.9, good), LAND),
        case("beside: BT4 of 355 K", day(), next(355.0, 280.0, good), 7),
        case("beside: BT4 less", day(), next(354.9, 280.0, good), LAND),
        case("beside: folded", day(), next(299.0, 300.0, Flags::MIR_POOR), 7),
        case("beside: not folded", day(), next(300.1, 300.0, Flags::MIR_POOR), 0),
        case("beside: colder MIR, not flagged", day(), next(299.0, 300.0, good), LAND),
        case("alone: BT5 of 325 K", day(), |s| hot(s, 326.0, 325.0), LAND),
    ]
}

/// A fire at night in the South Atlantic, with M13 standing out by so many kelvin.
fn anomaly() -> Vec<Case> {
    let law = crate::units::PlanckLaw::at_wavelength(
        4.05,
        crate::units::PLANCK_H,
        crate::units::LIGHT_C,
        crate::units::BOLTZMANN_K,
    );
    let at = move |lon: f32, lat: f32, above: f64| {
        move |s: &mut SwathScene| {
            hot(s, 300.0, 285.0);
            s.power(law.radiance(285.0) as f32);
            let band = s.power.as_mut().expect("a power band");
            band.radiance[(15, 15)] = law.radiance(285.0 + above) as f32;
            s.places.lon.fill(lon);
            s.places.lat.fill(lat);
            assert!(LonLat::new(f64::from(lon), f64::from(lat)).is_some());
        }
    };
    vec![
        case("anomaly: M13 flat", night(), at(-50.0, -20.0, 0.9), 7),
        case("anomaly: M13 stands out", night(), at(-50.0, -20.0, 1.1), 8),
        case("anomaly: west", night(), at(-100.0, -20.0, 0.0), 7),
        case("west of it", night(), at(-120.0, -20.0, 0.0), 8),
        case("anomaly: east", night(), at(10.0, -20.0, 0.0), 7),
        case("east of it", night(), at(12.0, -20.0, 0.0), 8),
        case("anomaly: north", night(), at(-50.0, 6.5, 0.0), 7),
        case("north of it", night(), at(-50.0, 7.5, 0.0), 8),
        case("anomaly: south", night(), at(-50.0, -50.0, 0.0), 7),
        case("south of it", night(), at(-50.0, -60.0, 0.0), 8),
    ]
}
