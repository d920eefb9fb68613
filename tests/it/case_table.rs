//! The life of a case against docs/cases.md, which a person wrote: every state, step, role and post; and against itself in any order.

use crate::common::project;
use proptest::prelude::*;
use std::collections::BTreeMap;
use strawfire::cases::{Act, Action, Case, Cause, Clocks, Doer, Finding, Refused, Report, ReturnReason, Role, Status};
use strawfire::time::Utc;

/// The columns of the first table: a step with what is said.
fn acts() -> Vec<(&'static str, Act)> {
    let note = || String::from("因为");
    let report = Report {
        finding: Finding::OutWithTraces,
        cause: Some(Cause::Straw),
        note: note(),
        photos: Vec::new(),
        place: None,
        at: None,
    };
    vec![
        ("研判 属实", Act::Triage { confirm: true, cause: None, note: note() }),
        ("研判 排除", Act::Triage { confirm: false, cause: None, note: note() }),
        ("派单", Act::Dispatch { post: "P9".into(), note: note() }),
        ("签收", Act::Acknowledge),
        ("到场", Act::Arrive { place: None }),
        ("反馈", Act::Report(report)),
        ("审核 通过", Act::Review { approve: true, note: note() }),
        ("审核 驳回", Act::Review { approve: false, note: note() }),
        ("办结", Act::Close { note: note() }),
        ("退回", Act::Return { reason: ReturnReason::NotOurArea, note: note() }),
        ("挂起", Act::Suspend { note: note() }),
        ("重开", Act::Reopen { note: note() }),
    ]
}

/// A table of the page: cells by row and column.
fn table(first: &str) -> BTreeMap<(String, String), String> {
    let page = std::fs::read_to_string(project().join("docs/cases.md")).expect("docs/cases.md");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect::<Vec<_>>();
    let mut lines = page.lines().skip_while(|line| !line.starts_with(&format!("| {first} |")));
    let heading = cells(lines.next().expect("the table"));
    let mut table = BTreeMap::new();
    for line in lines.skip(1).take_while(|line| line.starts_with('|')) {
        let row = cells(line);
        assert_eq!(row.len(), heading.len(), "{line}");
        for (column, cell) in heading.iter().zip(&row).skip(1) {
            table.insert((row[0].clone(), column.clone()), cell.clone());
        }
    }
    table
}

fn at(minutes: f64) -> Utc {
    Utc::parse("2025-10-20T05:30:00Z").and_then(|start| start.plus_seconds(60.0 * minutes)).expect("a time")
}

/// A case in a state, as it comes to be there: P1 has it, and P1's phone reported.
fn case_in(status: Status) -> Case {
    let has_post = !matches!(status, Status::Triage | Status::Excluded);
    Case {
        status,
        triaged: has_post.then(|| at(0.0)),
        post: has_post.then(|| "P1".to_string()),
        dispatched: has_post.then(|| at(0.0)),
        suspended_from: (status == Status::Suspended).then_some(Status::OnSite),
        reported_by: matches!(status, Status::Reported | Status::Reviewed | Status::Closed).then(|| "reporter".into()),
        ..Case::new(at(0.0))
    }
}

/// 10 states, 12 steps, 7 roles, and of each the own post or another one, who reported or somebody else.
#[test]
fn every_step_of_every_role_in_every_state_is_as_the_page_says() {
    let (life, roles) = (table("state"), table("step"));
    assert_eq!((life.len(), roles.len()), (10 * 12, 10 * 7), "the tables are whole");
    let clocks = Clocks::default();
    let (mut tried, mut taken) = (0, 0);
    for &status in Status::ALL {
        for (column, act) in acts() {
            let cell = &life[&(status.code().to_string(), column.to_string())];
            for &role in Role::ALL {
                let step = column.split(' ').next().expect("a step").to_string();
                let right = roles[&(step, role.code().to_string())].as_str();
                for (who, own_post) in [("reporter", true), ("reporter", false), ("other", true), ("other", false)] {
                    let post = (role == Role::Post).then(|| if own_post { "P1" } else { "P2" }.to_string());
                    let doer = Doer { who: who.into(), role, post };
                    let case = case_in(status);
                    let is_right = match right {
                        "yes" => true,
                        "own" => own_post && case.post.is_some(),
                        _ => false,
                    };
                    let is_own_report = column.starts_with("审核") && case.reported_by.as_deref() == Some(who);
                    let expected = match cell.as_str() {
                        "back" if is_right => Some(Status::OnSite),
                        word if is_right && !is_own_report => Status::of(word),
                        _ => None,
                    };
                    let found = case.after(&act, &doer, at(9.0), &clocks);
                    let said = format!("{column} in {} by {} {who}, own post {own_post}", status.code(), role.code());
                    assert_eq!(found.as_ref().ok().map(|case| case.status), expected, "{said}: {found:?}");
                    assert_eq!(case.may(&doer).contains(&act.action()), expected.is_some(), "{said}");
                    if let Err(refused) = found {
                        let why = match refused {
                            Refused::Role => right == "–",
                            Refused::OtherPost => role == Role::Post && !is_right,
                            Refused::State(state) => state == status && cell == "–" && is_right,
                            Refused::OwnReport => is_own_report,
                            Refused::Missing(_) | Refused::Given(_) | Refused::Judged(_) => false,
                        };
                        assert!(why, "{said}: {refused:?}");
                    }
                    tried += 1;
                    taken += usize::from(expected.is_some());
                }
            }
        }
    }
    println!("{tried} tried, {taken} taken");
    assert_eq!(tried, 10 * 12 * 7 * 4);
}

/// The names and minutes of the page are those of the program.
#[test]
fn the_clocks_of_the_page_are_the_usual_ones_in_case_table() {
    let text = std::fs::read_to_string(project().join("docs/cases.md")).expect("docs/cases.md");
    for (step, clock) in strawfire::site::STEPS.iter().zip(strawfire::site::StepClock::USUAL) {
        let name = Action::of(step).expect("a step").name();
        let hours = if clock.office { "office" } else { "always" };
        let line = format!("| {name} | {} | {} | {hours} |", clock.minutes, clock.remind_min);
        assert!(text.contains(&line), "docs/cases.md has no line {line}");
    }
}

/// Some step by somebody, in some order.
fn step() -> impl Strategy<Value = (usize, Role, u8, u8, f64)> {
    (0..acts().len(), prop::sample::select(Role::ALL), 0..3_u8, 1..4_u8, 0.1..200.0_f64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever is asked in whatever order, again and again: a case is closed only where somebody else than who reported approved that
    /// report; while it is not over somebody waits for a step of it or it rests by a person's word; and the city's desk can always go on.
    #[test]
    fn no_order_of_steps_loses_a_case_or_skips_its_review(steps in prop::collection::vec(step(), 1..60)) {
        let clocks = Clocks::default();
        let mut case = Case::new(at(0.0));
        // who reported last, and who approved that
        let (mut reporter, mut approver): (Option<String>, Option<String>) = (None, None);
        let mut now = 0.0;
        for (which, role, who, post, minutes) in steps {
            now += minutes;
            let (column, act) = acts().swap_remove(which);
            let act = if let Act::Dispatch { note, .. } = act { Act::Dispatch { post: format!("P{post}"), note } } else { act };
            let doer = Doer { who: format!("who {who}"), role, post: (role == Role::Post).then(|| format!("P{post}")) };
            let before = case.clone();
            let Ok(after) = case.after(&act, &doer, at(now), &clocks) else {
                prop_assert!(!case.may(&doer).contains(&act.action()), "{} is offered and refused", column);
                continue;
            };
            case = after;
            match column {
                "反馈" => (reporter, approver) = (Some(doer.who.clone()), None),
                "审核 通过" => approver = Some(doer.who.clone()),
                _ => {}
            }
            if matches!(case.status, Status::Reviewed | Status::Closed) {
                prop_assert!(reporter.is_some() && approver.is_some() && reporter != approver, "{column}: {case:?}");
                prop_assert!(case.verification.as_ref().is_some_and(|found| found.approved));
            }
            // somebody waits for something, until a time; or a person said why nobody does
            prop_assert_eq!(case.awaited().is_some(), !case.is_over() && case.status != Status::Suspended);
            prop_assert_eq!(case.due.is_some(), case.awaited().is_some(), "{}: {:?}", column, case);
            prop_assert_eq!(clocks.deadline(&case).map(|deadline| deadline.step), case.awaited());
            // what a post had is not forgotten
            if let Some(had) = &before.post {
                prop_assert!(case.post.as_ref() == Some(had) || case.before.contains(had), "{column}: {before:?} -> {case:?}");
            }
            let desk = Doer { who: "another".into(), role: Role::City, post: None };
            prop_assert!(!case.may(&desk).is_empty(), "the desk cannot go on: {case:?}");
        }
    }
}

/// Suspended for days, it has as much time left as it had; given to the same post again, no more.
#[test]
fn nobody_gains_time_by_suspending_or_giving_again_in_case_table() {
    let clocks = Clocks::default();
    let desk = Doer { who: "desk".into(), role: Role::County, post: None };
    let step = |case: &Case, act: Act, minutes: f64| case.after(&act, &desk, at(minutes), &clocks).expect("taken");
    let note = || "等待".to_string();
    let given = step(&Case::new(at(0.0)), Act::Dispatch { post: "P1".into(), note: note() }, 10.0);
    assert_eq!(given.due, Some(at(40.0)));
    let again = step(&given, Act::Dispatch { post: "P1".into(), note: note() }, 35.0);
    assert_eq!(again.due, Some(at(40.0)), "the same post");
    let waits = step(&given, Act::Suspend { note: note() }, 25.0);
    assert_eq!((waits.due, waits.left_s), (None, Some(900.0)));
    let goes_on = step(&waits, Act::Reopen { note: note() }, 3000.0);
    assert_eq!((goes_on.due, goes_on.left_s), (Some(at(3015.0)), None));
    let there = step(&goes_on, Act::Acknowledge, 3010.0);
    // 派单 at 10, suspended from 25 to 3000: an hour to be there and two to report are counted without that time
    assert_eq!(
        (there.due, step(&there, Act::Arrive { place: None }, 3020.0).due),
        (Some(at(3045.0)), Some(at(3105.0)))
    );
    let late = step(&step(&given, Act::Suspend { note: note() }, 50.0), Act::Reopen { note: note() }, 3000.0);
    assert_eq!(late.due, Some(at(3000.0)), "what was late is late at once");
    let other = step(&given, Act::Dispatch { post: "P2".into(), note: note() }, 35.0);
    assert_eq!((other.due, other.before.as_slice()), (Some(at(65.0)), &["P1".to_string()][..]));
    let judged = step(&Case::new(at(0.0)), Act::Triage { confirm: true, cause: None, note: note() }, 10.0);
    let judged_again = step(&judged, Act::Triage { confirm: true, cause: None, note: note() }, 20.0);
    assert_eq!((judged.due, judged_again.due), (Some(at(25.0)), Some(at(25.0))));
}
