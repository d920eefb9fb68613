//! Tests that need nothing but the pixel: cloud, water, fixed fires, bright targets, candidates.

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let mut all = clouds();
    all.extend(fixed());
    all.extend(bright());
    all.extend(candidates());
    all.extend(states());
    all
}

fn clouds() -> Vec<Case> {
    let cold = |tir| move |s: &mut SwathScene| hot(s, tir + 1.0, tir);
    let bright = |sum: f32, tir: f32| {
        move |s: &mut SwathScene| {
            hot(s, tir + 1.0, tir);
            colour(s, sum / 2.0 - 0.01, sum / 2.0 + 0.01, 0.1);
        }
    };
    vec![
        case("cold is cloud by day", day(), cold(264.9), 4),
        case("265 K is not", day(), cold(265.1), LAND),
        case("bright and cool is cloud", day(), bright(0.901, 294.9), 4),
        case("bright and warm is not", day(), bright(0.901, 295.1), LAND),
        case("less bright and cool is not", day(), bright(0.899, 294.9), LAND),
        case("less bright and cold is cloud", day(), bright(0.701, 284.9), 4),
        case("less bright and less cold is not", day(), bright(0.701, 285.1), LAND),
        case("dull and cold is not", day(), bright(0.699, 284.9), LAND),
        case("cold is cloud by night", night(), |s| hot(s, 294.9, 264.9), 4),
        case("265 K is not by night", night(), |s| hot(s, 265.2, 265.1), LAND),
        case("cold with a hot MIR is a fire by night", night(), |s| hot(s, 295.1, 264.9), 8),
    ]
}

fn fixed() -> Vec<Case> {
    let saturated = Flags::MIR_SATURATED.with(Flags::MIR_POOR);
    let full = |mir, tir, sum: f32| {
        move |s: &mut SwathScene| {
            hot(s, mir, tir);
            colour(s, sum / 2.0, sum / 2.0, 0.4);
            s.mark(MIDDLE, saturated);
        }
    };
    let poor_tir = |mir, tir| {
        move |s: &mut SwathScene| {
            hot(s, mir, tir);
            s.mark(MIDDLE, Flags::TIR_POOR);
        }
    };
    let zenith = |degrees| {
        move |s: &mut SwathScene| {
            s.places.sun_zenith_deg = Nodes::constant(degrees, SHAPE);
            hot(s, 322.0, 315.0);
        }
    };
    vec![
        case("F1: hot by night", night(), |s| hot(s, 320.1, 315.0), 9),
        case("F1: less hot", night(), |s| hot(s, 319.9, 315.0), LAND),
        case(
            "F1: poor",
            night(),
            |s| {
                hot(s, 320.1, 315.0);
                s.mark(MIDDLE, Flags::MIR_POOR);
            },
            0,
        ),
        case("F1: sun below the horizon", day(), zenith(90.1), 9),
        case("F1: sun above the horizon", day(), zenith(89.9), LAND),
        case("F2: saturated by day", day(), full(355.0, 290.1, 0.699), 9),
        case("F2: not quite, a fire by its neighbours", day(), full(354.9, 290.1, 0.699), 8),
        case("F2: cool", day(), full(355.0, 289.9, 0.699), 8),
        case("F2: bright", day(), full(355.0, 290.1, 0.702), 8),
        case("F2: not flagged", day(), |s| hot(s, 355.0, 300.0), 8),
        case(
            "F2: saturated by night",
            night(),
            |s| {
                hot(s, 355.0, 280.0);
                s.mark(MIDDLE, saturated);
            },
            9,
        ),
        case(
            "F2: not quite by night",
            night(),
            |s| {
                hot(s, 354.0, 280.0);
                s.mark(MIDDLE, saturated);
            },
            8,
        ),
        case("F3: folded by day", day(), |s| hot(s, 325.0, 325.1), 9),
        case("F3: less hot", day(), |s| hot(s, 320.0, 324.9), LAND),
        case("F3: not folded", day(), |s| hot(s, 325.2, 325.1), LAND),
        case("F3: folded by night", night(), |s| hot(s, 300.0, 310.1), 9),
        case("F3: less hot by night", night(), |s| hot(s, 300.0, 309.9), LAND),
        case("F3: poor 11 um", night(), poor_tir(300.0, 310.1), 0),
        case("F3: wrapped", night(), poor_tir(208.45, 335.1), 9),
        case("F3: not wrapped", night(), poor_tir(208.55, 335.1), 0),
        case("F3: wrapped, less hot", night(), poor_tir(208.0, 334.9), 0),
    ]
}

/// Over ground of 290 and 280 K.
fn bright() -> Vec<Case> {
    let target = |mir, tir, red, nir, swir| {
        move |s: &mut SwathScene| {
            ground(s, 290.0, 280.0);
            hot(s, mir, tir);
            colour(s, red, nir, swir);
        }
    };
    vec![
        case("bright target", day(), target(334.9, 284.9, 0.35, 0.26, 0.31), LAND),
        case("bright target: hotter", day(), target(335.1, 284.9, 0.35, 0.26, 0.31), 8),
        case("bright target: warmer", day(), target(334.9, 285.1, 0.35, 0.26, 0.31), 8),
        case("bright target: duller sum", day(), target(334.9, 284.9, 0.339, 0.26, 0.31), 8),
        case("bright target: duller rho3", day(), target(334.9, 284.9, 0.35, 0.26, 0.299), 8),
        case("bright target: duller rho2", day(), target(334.9, 284.9, 0.36, 0.249, 0.31), 8),
        case("bright target: rho3 below rho2", day(), target(334.9, 284.9, 0.30, 0.32, 0.31), 8),
    ]
}

fn candidates() -> Vec<Case> {
    let sensitive = |mut case: Case| {
        case.profile = Profile::Sensitive;
        case
    };
    let frozen = |mut case: Case| {
        case.profile = Profile::Plateau;
        case
    };
    let cold = |s: &mut SwathScene, c4, c5| {
        ground(s, 260.0, 260.0);
        hot(s, c4, c5);
    };
    vec![
        case("candidate: BT4 above 325", day(), |s| hot(s, 325.1, 295.0), 8),
        case("candidate: BT4 below", day(), |s| hot(s, 324.9, 294.0), LAND),
        sensitive(case("candidate: one test suffices", day(), |s| hot(s, 324.9, 294.0), 8)),
        case("candidate: D above 25", day(), |s| hot(s, 340.0, 314.9), 8),
        case("candidate: D below", day(), |s| hot(s, 340.0, 315.1), LAND),
        sensitive(case("candidate: BT4 alone", day(), |s| hot(s, 340.0, 315.1), 8)),
        case("candidate by night: BT4 above 295", night(), |s| hot(s, 295.1, 285.0), 8),
        case("candidate by night: BT4 below", night(), |s| hot(s, 294.9, 284.8), LAND),
        sensitive(case("candidate by night: D alone", night(), |s| hot(s, 290.0, 272.0), 8)),
        // B(3.74 um, 260 K) and 6 x 0.0076 W m-2 sr-1 um-1: 270.19 K
        frozen(case("above the noise", night(), |s| cold(s, 270.4, 259.8), 8)),
        frozen(case("within the noise", night(), |s| cold(s, 269.9, 259.3), LAND)),
        case("candidate by night: D above 10", night(), |s| hot(s, 297.0, 286.9), 8),
        case("candidate by night: D below", night(), |s| hot(s, 297.0, 287.1), LAND),
    ]
}

fn states() -> Vec<Case> {
    let fire = |marks| {
        move |s: &mut SwathScene| {
            hot(s, 340.0, 300.0);
            s.mark(MIDDLE, marks);
        }
    };
    vec![
        case("a fire", day(), fire(Flags::default()), 8),
        case("fill", day(), fire(Flags::FILL), 0),
        case("deleted on board", day(), fire(Flags::FILL.with(Flags::BOWTIE)), 1),
        case("poor MIR", day(), fire(Flags::MIR_POOR), 0),
        case("poor 11 um", day(), fire(Flags::TIR_POOR), 0),
        case("a flare on water", day(), fire(Flags::WATER), 8),
        case(
            "water by the mask",
            night(),
            |s| {
                s.mark(MIDDLE, Flags::WATER);
            },
            3,
        ),
        case("water by its colour", day(), |s| colour(s, 0.06, 0.05, 0.04), 3),
        case("water: 0.86 above 0.65", day(), |s| colour(s, 0.05, 0.051, 0.04), LAND),
        case("water: 1.6 above 0.86", day(), |s| colour(s, 0.06, 0.05, 0.051), LAND),
        case("no value", day(), |s| hot(s, f32::NAN, 290.0), 0),
    ]
}
