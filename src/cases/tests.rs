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

/// The life of the field's own description, with the clocks of half an hour, an hour, two hours, a day, and a day of the office: it is a Monday.
#[test]
fn a_case_lives_from_triage_to_its_close() {
    let acts = one_of_each();
    let mut case = Case::new(at(0.0));
    let life = [
        (0, Role::County, "desk", Status::Triage, Some(at(15.0))),
        (1, Role::County, "desk", Status::Dispatched, Some(at(31.0))),
        (2, Role::Post, "P1", Status::Acknowledged, Some(at(61.0))),
        (3, Role::Post, "P1", Status::OnSite, Some(at(121.0))),
        (4, Role::Post, "P1", Status::Reported, Some(at(1444.0))),
        (5, Role::County, "desk", Status::Reviewed, Some(at(1445.0))),
        (6, Role::County, "desk", Status::Closed, None),
    ];
    for (index, (act, role, who, status, due)) in life.into_iter().enumerate() {
        case = step(&case, &acts[act], who, role, index as f64).expect("goes on");
        assert_eq!((case.status, case.due), (status, due), "step {index}");
    }
    assert_eq!(case.triaged, Some(at(0.0)));
    assert!(case.is_over() && case.verification.is_some_and(|verification| verification.approved));
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
    let given = Case { status: Status::OnSite, post: Some("P1".into()), ..Case::new(at(0.0)) };
    let case = step(&given, &report(Finding::Burning, Some(Cause::Straw)), "P1", Role::Post, 0.5).expect("反馈");
    assert!(case.verification.is_some() && case.reported_by.is_some());
    let refused = Act::Review { approve: false, note: "照片不清".into() };
    let again = step(&case, &refused, "desk", Role::County, 1.0).expect("驳回");
    assert_eq!((again.status, again.post.as_deref()), (Status::Dispatched, Some("P1")));
    assert_eq!((&again.verification, &again.reported_by), (&None, &None), "what was refused is no finding");
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

/// The desk writes down what the post said by telephone: the post said it, and who wrote it is known.
#[test]
fn a_report_for_a_post_says_who_wrote_it() {
    let case = Case { status: Status::OnSite, post: Some("P1".into()), ..Case::new(at(0.0)) };
    let said = report(Finding::NoTrace, None);
    for (who, role, by) in
        [("desk", Role::County, Some("desk")), ("town", Role::Township, Some("town")), ("P1", Role::Post, None)]
    {
        let found = step(&case, &said, who, role, 1.0).expect("反馈").verification.expect("found");
        assert_eq!((found.post.as_deref(), found.by.as_deref()), (Some("P1"), by), "{who}");
    }
    // a record of before this was kept has nobody
    let old = r#"{"finding":"no_trace","cause":null,"note":"","post":"P1","time":"2025-10-20T05:30:00Z","photos":[],"approved":true}"#;
    assert_eq!(serde_json::from_str::<Verification>(old).expect("a record").by, None);
}

/// What another account confirmed is known as theirs until it is given, excluded or begun anew.
#[test]
fn who_confirmed_is_known_while_it_waits_to_be_given() {
    let acts = one_of_each();
    let new = Case::new(at(0.0));
    assert_eq!(new.judged_by_another("city"), None);
    let judged = step(&new, &acts[0], "huzhu", Role::County, 1.0).expect("研判");
    assert_eq!((judged.judged_by_another("city"), judged.judged_by_another("huzhu")), (Some("huzhu"), None));
    let given = step(&judged, &acts[1], "huzhu", Role::County, 2.0).expect("派单");
    let back = step(&given, &acts[7], "P1", Role::Post, 3.0).expect("退回");
    assert_eq!((given.judged_by_another("city"), back.judged_by_another("city")), (None, None));
}

#[test]
fn a_post_keeps_the_name_that_it_had() {
    let roster = BTreeMap::from([("P1".to_string(), "新名".to_string()), ("P2".to_string(), "二岗".to_string())]);
    let post_names = BTreeMap::from([("P1".to_string(), "旧名".to_string())]);
    let case = Case { post_names, ..Case::new(at(0.0)) };
    let names = ["P1", "P2", "P3"].map(|code| case.post_name(code, &roster));
    assert_eq!(names, ["旧名", "二岗", "P3"]);
    // a record of before the names were kept has those of the roster
    let mut old = serde_json::to_value(Case::new(at(0.0))).expect("JSON");
    let fields = old.as_object_mut().expect("an object");
    assert!(fields.remove("post_names").is_some() && fields.remove("triaged_by").is_some());
    let old: Case = serde_json::from_value(old).expect("a record");
    assert_eq!(old.post_name("P1", &roster), "新名");
}

#[test]
fn a_post_acts_on_what_it_has_and_on_nothing_else() {
    let case = Case { status: Status::Dispatched, post: Some("P1".into()), ..Case::new(at(0.0)) };
    let (own, other) = (by("P1", Role::Post), by("P2", Role::Post));
    assert_eq!(case.after(&Act::Acknowledge, &other, at(1.0), &Clocks::default()), Err(Refused::OtherPost));
    assert!(case.may(&other).is_empty() && !case.may(&own).is_empty());
    assert!(case.after(&Act::Acknowledge, &own, at(1.0), &Clocks::default()).is_ok());
}

/// By hand: judged worth a drive at 0, given, given back, excluded at 3 and reopened at 4; 15 minutes to judge it again.
#[test]
fn a_reopened_exclusion_is_judged_anew_and_nothing_is_left_of_it() {
    let acts = one_of_each();
    let mut case = Case::new(at(0.0));
    let exclude = Act::Triage { confirm: false, cause: Some(Cause::Industry), note: String::new() };
    for (minutes, act) in [(0.0, &acts[0]), (1.0, &acts[1]), (2.0, &acts[7]), (3.0, &exclude)] {
        case = step(&case, act, "desk", Role::County, minutes).expect("taken");
    }
    assert_eq!((case.status, case.excluded_as), (Status::Excluded, Some(Cause::Industry)));
    let again = step(&case, &acts[9], "desk", Role::County, 4.0).expect("重开");
    assert_eq!((again.status, again.triaged, again.excluded_as), (Status::Triage, None, None));
    assert_eq!((again.awaited(), again.due), (Some(Action::Triage), Some(at(19.0))));
    // what was closed was judged, and is not judged again
    let closed = Case { status: Status::Closed, triaged: Some(at(0.0)), ..Case::new(at(0.0)) };
    let again = step(&closed, &acts[9], "desk", Role::County, 4.0).expect("重开");
    assert_eq!((again.triaged, again.awaited()), (Some(at(0.0)), Some(Action::Dispatch)));
}
