use super::act::ReturnReason;
use super::*;

fn at(minutes: f64) -> Utc {
    Utc::parse("2025-10-20T05:30:00Z").and_then(|start| start.plus_seconds(60.0 * minutes)).expect("a time")
}

fn by(who: &str, role: Role) -> Doer {
    Doer { who: who.into(), role, post: (role == Role::Post).then(|| who.to_string()) }
}

fn report(finding: Finding, cause: Option<Cause>) -> Act {
    Act::Report(Report { finding, cause, note: String::new(), photos: Vec::new(), place: None, at: None })
}

fn one_of_each() -> Vec<Act> {
    let note = String::from("因为");
    vec![
        Act::Triage { confirm: true, cause: None, note: note.clone() },
        Act::Dispatch { post: "P1".into(), note: note.clone() },
        Act::Acknowledge,
        Act::Arrive { place: None },
        report(Finding::NoTrace, None),
        Act::Review { approve: true, note: note.clone() },
        Act::Close { note: note.clone() },
        Act::Return { reason: ReturnReason::NotOurArea, note: note.clone() },
        Act::Suspend { note: note.clone() },
        Act::Reopen { note },
    ]
}

fn step(case: &Case, act: &Act, who: &str, role: Role, minutes: f64) -> Result<Case, Refused> {
    case.after(act, &by(who, role), at(minutes), &Clocks::default())
}

/// The life of the field's own description, with the clocks of half an hour, two hours and a day.
#[test]
fn a_case_lives_from_triage_to_its_close() {
    let acts = one_of_each();
    let mut case = Case::new(at(0.0));
    let life = [
        (0, Role::County, "desk", Status::Triage, None),
        (1, Role::County, "desk", Status::Dispatched, Some(at(31.0))),
        (2, Role::Post, "P1", Status::Acknowledged, Some(at(121.0))),
        (3, Role::Post, "P1", Status::OnSite, Some(at(121.0))),
        (4, Role::Post, "P1", Status::Reported, Some(at(1444.0))),
        (5, Role::County, "desk", Status::Reviewed, None),
        (6, Role::County, "desk", Status::Closed, None),
    ];
    for (index, (act, role, who, status, due)) in life.into_iter().enumerate() {
        case = step(&case, &acts[act], who, role, index as f64).expect("goes on");
        assert_eq!((case.status, case.due), (status, due), "step {index}");
    }
    assert_eq!(case.triaged, Some(at(0.0)));
    assert!(case.is_over() && case.verification.is_some_and(|verification| verification.approved));
}

/// Every action in every state by every role: what the two tables do not allow changes nothing, and says why.
#[test]
fn nothing_else_can_be_done() {
    let mut done = 0;
    for &status in Status::ALL {
        for &role in Role::ALL {
            let case = Case { status, post: Some("somebody".into()), ..Case::new(at(0.0)) };
            let doer = by("somebody", role);
            for act in one_of_each() {
                let (action, allowed) = (act.action(), case.may(&doer));
                match case.after(&act, &doer, at(1.0), &Clocks::default()) {
                    Ok(_) => assert!(allowed.contains(&action)),
                    Err(refused) => {
                        assert!(!allowed.contains(&action));
                        let expected =
                            if action.roles().contains(&role) { Refused::State(status) } else { Refused::Role };
                        assert_eq!(refused, expected, "{action:?} in {status:?} by {role:?}");
                    }
                }
                done += 1;
            }
        }
    }
    assert_eq!(done, 10 * 6 * 10);
    let looks = by("leader", Role::Viewer);
    assert!(Status::ALL.iter().all(|&status| Case { status, ..Case::new(at(0.0)) }.may(&looks).is_empty()));
}

#[test]
fn who_reports_never_approves() {
    let case = Case { status: Status::Reported, reported_by: Some("desk".into()), ..Case::new(at(0.0)) };
    let approve = Act::Review { approve: true, note: String::new() };
    assert_eq!(step(&case, &approve, "desk", Role::County, 1.0), Err(Refused::OwnReport));
    assert!(!case.may(&by("desk", Role::County)).contains(&Action::Review));
    assert!(step(&case, &approve, "other", Role::County, 1.0).is_ok());
}

#[test]
fn what_is_refused_or_given_back_goes_on() {
    let case = Case { status: Status::Reported, post: Some("P1".into()), ..Case::new(at(0.0)) };
    let refused = Act::Review { approve: false, note: "照片不清".into() };
    let again = step(&case, &refused, "desk", Role::County, 1.0).expect("驳回");
    assert_eq!((again.status, again.post.as_deref()), (Status::Dispatched, Some("P1")));
    let given = step(&again, &one_of_each()[7], "P1", Role::Post, 2.0).expect("退回");
    assert_eq!((given.status, given.post.as_deref()), (Status::Returned, Some("P1")), "the first post stays known");
    let other = Act::Dispatch { post: "P2".into(), note: String::new() };
    assert_eq!(step(&given, &other, "desk", Role::County, 3.0).expect("改派").post.as_deref(), Some("P2"));
}

#[test]
fn what_is_suspended_goes_on_where_it_was() {
    let case = Case { status: Status::OnSite, ..Case::new(at(0.0)) };
    let acts = one_of_each();
    let waits = step(&case, &acts[8], "desk", Role::City, 1.0).expect("挂起");
    assert_eq!((waits.status, waits.due), (Status::Suspended, None));
    assert_eq!(step(&waits, &acts[9], "desk", Role::City, 2.0).expect("重开").status, Status::OnSite);
}

#[test]
fn a_reason_is_needed_where_somebody_will_ask_for_it() {
    let dispatched = Case { status: Status::Dispatched, ..Case::new(at(0.0)) };
    let bare = |act: Act| step(&dispatched, &act, "x", Role::County, 1.0);
    let missing = |result| matches!(result, Err(Refused::Missing(_)));
    assert!(missing(bare(Act::Return { reason: ReturnReason::Other, note: " ".into() })));
    assert!(missing(bare(Act::Suspend { note: String::new() })));
    assert!(missing(bare(report(Finding::Burning, None))));
    assert!(bare(report(Finding::NotReached, None)).is_ok());
    let new = Case::new(at(0.0));
    assert!(missing(step(
        &new,
        &Act::Triage { confirm: false, cause: None, note: String::new() },
        "x",
        Role::City,
        1.0
    )));
}

#[test]
fn a_case_is_late_only_while_it_is_open() {
    let case = Case { due: Some(at(1.0)), status: Status::Dispatched, ..Case::new(at(0.0)) };
    assert!(!case.is_overdue(at(1.0)) && case.is_overdue(at(1.1)));
    assert!(!Case { status: Status::Closed, ..case }.is_overdue(at(9.0)));
}

/// A phone that was offline says when it was said; a time to come is not believed.
#[test]
fn a_report_has_the_time_at_which_it_was_said() {
    let case =
        Case { status: Status::OnSite, post: Some("P1".into()), dispatched: Some(at(1.0)), ..Case::new(at(0.0)) };
    for (said, expected) in
        [(Some(at(3.0)), at(3.0)), (Some(at(99.0)), at(10.0)), (Some(at(0.5)), at(10.0)), (None, at(10.0))]
    {
        let Act::Report(mut report) = report(Finding::NoTrace, None) else { unreachable!("made as one") };
        report.at = said;
        let case = step(&case, &Act::Report(report), "P1", Role::Post, 10.0).expect("reported");
        assert_eq!(case.verification.map(|verification| verification.time), Some(expected));
    }
}

#[test]
fn a_post_acts_on_what_it_has_and_on_nothing_else() {
    let case = Case { status: Status::Dispatched, post: Some("P1".into()), ..Case::new(at(0.0)) };
    let (own, other) = (by("P1", Role::Post), by("P2", Role::Post));
    assert_eq!(case.after(&Act::Acknowledge, &other, at(1.0), &Clocks::default()), Err(Refused::OtherPost));
    assert!(case.may(&other).is_empty() && !case.may(&own).is_empty());
    assert!(case.after(&Act::Acknowledge, &own, at(1.0), &Clocks::default()).is_ok());
}
