use super::*;
use proptest::prelude::*;

fn day() -> Utc {
    Utc::parse("2025-10-20T00:00:00+08:00").expect("a time")
}

fn at(text: &str) -> Utc {
    Utc::parse(&format!("{text}:00+08:00")).expect("a time")
}

/// A kilometre at 36.5 N is 0.008993 degrees of latitude: cells 0.009 degrees apart from south to north are 1001 m apart.
fn cell(code: &str, north: i32, cropland: Option<f64>) -> Cell {
    let place = LonLat::new(102.0, 36.5 + 0.009 * f64::from(north)).expect("a place");
    Cell { code: code.into(), adcode: "630223".into(), place, cropland }
}

fn spot(cells: &[Cell], cell: usize, time: &str) -> Spot {
    Spot { place: cells[cell].place, cell: Some(cell), at: at(time) }
}

fn order(cells: &[Cell], ranked: &[Ranked]) -> Vec<(String, f64)> {
    ranked.iter().map(|of| (cells[of.cell].code.clone(), of.score)).collect()
}

fn expected(of: &[(&str, f64)]) -> Vec<(String, f64)> {
    of.iter().map(|(code, score)| ((*code).to_string(), *score)).collect()
}

/// By hand. Cells a, b, c lie 1 km apart, d 20 km north of them.
///
/// - An open fire in a on the 18th: a 10 + 10; b, 1001 m off, half of both: 10; c, 2002 m off, nothing.
/// - A closed one in c on 1 October, 19 days ago: c 5; b half: 2.5.
/// - Fires of 22 October 2024, in c, and of 25 October 2023, in b: c 8 + 4, b 8 + 4, a (beside b) 4; that of 28 October 2022 is 8 days off.
/// - A call from d: 6.
#[test]
fn the_order_is_as_reckoned_by_hand() {
    let cells = [cell("a", 0, None), cell("b", 1, None), cell("c", 2, None), cell("d", 20, None), cell("e", 40, None)];
    let evidence = Evidence {
        past: vec![
            spot(&cells, 2, "2024-10-22T14:00"),
            spot(&cells, 1, "2023-10-25T02:00"),
            spot(&cells, 4, "2022-10-28T02:00"),
            spot(&cells, 4, "2025-10-13T02:00"),
        ],
        recent: vec![(spot(&cells, 0, "2025-10-18T14:05"), true), (spot(&cells, 2, "2025-10-01T13:00"), false)],
        calls: vec![spot(&cells, 3, "2025-10-19T20:00")],
        ..Evidence::default()
    };
    let ranked = rank(&cells, &evidence, day(), &PatrolThresholds::default());
    assert_eq!(order(&cells, &ranked), expected(&[("b", 24.5), ("a", 24.0), ("c", 17.0), ("d", 6.0)]));
    let words: Vec<&str> = ranked[1].reasons.iter().map(|reason| reason.words.as_str()).collect();
    assert_eq!(
        words,
        [
            "2 公里内未办结疑似火点 1 处（本格 1 处，最近 10-18 14:05）",
            "近 7 天 2 公里内疑似火点 1 处（本格 1 处，最近 10-18 14:05）",
            "往年同期（前后 7 天）有火点：相邻格 1 天（2023 年）",
        ]
    );
    assert_eq!(ranked[3].reasons[0].words, "近 30 天 2 公里内来电、巡查、通报 1 处（本格 1 处，最近 10-19 20:00）");
}

/// By hand: season 10 x share, custom 6, fields 8 x share, 12 x 0.8 unobserved; without a known share the season counts whole. Of equal cells the
/// one whose code comes first.
#[test]
fn season_fields_and_cloud_give_what_the_table_says() {
    let cells = [cell("z", 0, None), cell("y", 20, Some(0.5)), cell("x", 40, Some(0.0)), cell("w", 60, None)];
    let mut evidence = Evidence { seasons: vec!["玉米".into()], ..Evidence::default() };
    let t = PatrolThresholds::default();
    let ranked = rank(&cells, &evidence, day(), &t);
    // y: 10 x 0.5 + 8 x 0.5; x has no reason at all
    assert_eq!(order(&cells, &ranked), expected(&[("w", 10.0), ("z", 10.0), ("y", 9.0)]));
    evidence.customs = vec!["寒衣节".into()];
    evidence.observed.insert("630223".into(), 0.2);
    let ranked = rank(&cells, &evidence, day(), &t);
    let scores: Vec<f64> = ranked.iter().map(|of| (10.0 * of.score).round() / 10.0).collect();
    assert_eq!(scores, [25.6, 25.6, 24.6, 15.6]);
    assert!(
        ranked[3].reasons.iter().any(|of| of.words == "近 24 小时本县（区）有效观测仅 20.0%（云或缺测），须人工查看")
    );
    evidence.observed.insert("630223".into(), 0.75);
    assert!(rank(&cells, &evidence, day(), &t).iter().all(|of| of.reasons.iter().all(|why| why.rule != Rule::Blind)));
}

/// By hand: four fires in one cell in a month are three further ones, 18 points, which is the most; five are no more.
#[test]
fn one_cell_again_and_again_is_said() {
    let cells = [cell("a", 0, None)];
    let fires: Vec<(Spot, bool)> = ["02", "05", "09", "12"]
        .iter()
        .map(|date| (spot(&cells, 0, &format!("2025-10-{date}T13:00")), false))
        .collect();
    let points = |count: usize| {
        let evidence = Evidence { recent: fires[..count].to_vec(), ..Evidence::default() };
        let ranked = rank(&cells, &evidence, day(), &PatrolThresholds::default());
        ranked[0].reasons.iter().find(|why| why.rule == Rule::Repeat).map(|why| why.points)
    };
    assert_eq!((points(1), points(2), points(4)), (None, Some(6.0), Some(18.0)));
}

/// By the calendar: over the end of the year, and 29 February.
#[test]
fn the_same_time_of_earlier_years() {
    for (past, day, year) in [
        ("2024-12-30T12:00", "2026-01-03T00:00", Some(2025)),
        ("2025-12-30T12:00", "2026-01-03T00:00", None),
        ("2023-03-01T12:00", "2024-02-29T00:00", Some(2023)),
        ("2024-10-13T00:00", "2025-10-20T00:00", Some(2024)),
        ("2024-10-12T23:59", "2025-10-20T00:00", None),
    ] {
        assert_eq!(same_time(at(past), at(day), 7.0), year, "{past} of {day}");
    }
}

fn any_spot() -> impl Strategy<Value = Spot> {
    (0_usize..6, 0_i64..400, prop::bool::ANY).prop_map(|(cell_at, back, inside)| {
        let place =
            LonLat::new(102.0, 36.5 + 0.009 * cell_at as f64 + if inside { 0.0 } else { 0.004 }).expect("a place");
        let at = day().plus_seconds(-86_400.0 * back as f64).expect("a time");
        Spot { place, cell: inside.then_some(cell_at), at }
    })
}

proptest! {
    /// Whatever is known more, no cell has fewer points than before, and none loses its reasons.
    #[test]
    fn more_evidence_never_lowers_a_cell(
        past in prop::collection::vec(any_spot(), 0..8),
        recent in prop::collection::vec((any_spot(), prop::bool::ANY), 0..8),
        calls in prop::collection::vec(any_spot(), 0..8),
        unseen in 0.0_f64..1.0,
        kept in (0_usize..8, 0_usize..8, 0_usize..8, 0.0_f64..1.0),
    ) {
        let cells: Vec<Cell> = (0..6).map(|at| cell(&format!("c{at}"), at, None)).collect();
        let t = PatrolThresholds::default();
        let all = Evidence {
            seasons: vec!["玉米".into()],
            past, recent, calls,
            observed: [("630223".to_string(), 1.0 - unseen)].into(),
            ..Evidence::default()
        };
        let mut less = all.clone();
        less.past.truncate(kept.0);
        less.recent.truncate(kept.1);
        less.calls.truncate(kept.2);
        less.observed.insert("630223".into(), 1.0 - unseen * kept.3);
        if kept.0 == 0 {
            less.seasons.clear();
        }
        let score = |evidence: &Evidence| {
            let mut scores = vec![0.0; cells.len()];
            for of in rank(&cells, evidence, day(), &t) {
                prop_assert!(!of.reasons.is_empty() && of.reasons.iter().all(|why| why.points > 0.0 && !why.words.is_empty()));
                scores[of.cell] = of.score;
            }
            Ok(scores)
        };
        let (more, fewer) = (score(&all)?, score(&less)?);
        for (more, fewer) in more.iter().zip(&fewer) {
            prop_assert!(more + 1e-9 >= *fewer, "{more} after {fewer}");
        }
    }
}
