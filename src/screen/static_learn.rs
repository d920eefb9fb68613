//! What rules and answers propose goes into the list of sources without touching what people decided.

use crate::fire::Recurrence;
use crate::history::recurrence::Cell;
use crate::ingest::feeds::answers::{Answer, Finding};
use crate::layers::static_sources::{ANSWERS, LARGEST_M, SourceList, StaticSource, Status, free_id, id_of};
use crate::place::LonLat;
use crate::thresholds::{StaticProfile, StaticThresholds};

/// What became of the proposals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    /// New rows.
    pub added: usize,
    /// Rows whose evidence was brought up to date.
    pub updated: usize,
    /// Proposals where a person rejected a source: nothing changed.
    pub rejected: usize,
}

/// Takes cells over: a cell at a row of the list brings its evidence up to date, any other is a new row. Status, cause, note and
/// further columns stay as they are, and so do place and radius of a row that a person wrote or decided on.
pub fn take_cells(list: &mut SourceList, cells: &[Cell], t: &StaticThresholds) -> Merged {
    let mut merged = Merged::default();
    let mut met = vec![false; list.rows.len()];
    for cell in cells {
        match row_at(list, &met, cell, t) {
            Some(at) if list.rows[at].status == Status::Rejected => merged.rejected += 1,
            Some(at) => {
                met[at] = true;
                update(&mut list.rows[at], cell);
                merged.updated += 1;
            }
            None => {
                add(list, cell.place, cell.radius_m, cell.profile.name(), cell.seen.clone(), "");
                met.push(true);
                merged.added += 1;
            }
        }
    }
    merged
}

/// The row that is the cell's: the nearest rejected one within reach, for the middle of a place moves with every list and what a person
/// rejected must not come back for it; else the nearest that no other cell has.
fn row_at(list: &SourceList, met: &[bool], cell: &Cell, t: &StaticThresholds) -> Option<usize> {
    let reach_m = cell.radius_m.max(f64::from(t.radius_m));
    let rejected = |at: usize| list.rows[at].status == Status::Rejected;
    nearest(list, cell.place, reach_m, rejected).or_else(|| nearest(list, cell.place, reach_m, |at| !met[at]))
}

/// The nearest of some rows whose radius, or this one, reaches to the place.
fn nearest(list: &SourceList, place: LonLat, reach_m: f64, of: impl Fn(usize) -> bool) -> Option<usize> {
    let rows = list.rows.iter().enumerate().filter(|(at, _)| of(*at));
    let away = rows.map(|(at, row)| (at, row.place.distance_m(place), row.radius_m.max(reach_m)));
    away.filter(|(_, away_m, reach_m)| away_m <= reach_m).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, ..)| at)
}

fn update(row: &mut StaticSource, cell: &Cell) {
    let profile = cell.profile;
    row.seen = row.seen.with(&cell.seen);
    let by_rule = !row.profile.is_empty();
    if row.status == Status::Proposed && by_rule {
        (row.place, row.radius_m) = (cell.place, cell.radius_m);
    }
    // a row keeps the stronger of the rules that found it
    let weak = |name: &str| name == ANSWERS || name == StaticProfile::Short.name();
    if by_rule && weak(&row.profile) && (profile != StaticProfile::Short || row.profile == ANSWERS) {
        row.profile = profile.name().to_string();
    }
}

fn add(list: &mut SourceList, place: LonLat, radius_m: f64, profile: &str, seen: Recurrence, cause: &str) {
    let id = free_id(&id_of(place), |id| list.rows.iter().any(|row| row.id == id));
    list.rows.push(StaticSource {
        id,
        status: Status::Proposed,
        cause: cause.to_string(),
        place,
        radius_m,
        profile: profile.to_string(),
        seen,
        note: String::new(),
        extra: Vec::new(),
    });
}

/// Causes by which an officer says that there is a source, or nothing, and no fire.
const NO_FIRE: [&str; 3] = ["误判", "工业热源", "光伏"];

/// Proposes a row for each answer that names such a cause, where the list has none; it counts only once a person accepts it. That
/// no trace was found proposes nothing: by the time of a pass a fire is often out.
pub fn take_answers(list: &mut SourceList, answers: &[Answer], t: &StaticThresholds) -> Merged {
    let mut merged = Merged::default();
    for answer in answers {
        let Some(cause) = answer.cause.filter(|cause| NO_FIRE.contains(cause)) else { continue };
        // the error of a geostationary pixel is kilometres, and so wide a source would hide the fields around it
        let most_m = f64::from(t.answer_radius_m).min(LARGEST_M);
        let radius_m = answer.position_error_m.filter(|error_m| *error_m > 0.0).map_or(most_m, |m| m.min(most_m));
        let at = nearest(list, answer.place, radius_m, |_| true);
        match at.map(|at| list.rows[at].status) {
            Some(Status::Rejected) => merged.rejected += 1,
            Some(_) => {}
            None => {
                let trace = answer.finding.map_or("", Finding::spoken);
                add(list, answer.place, radius_m, ANSWERS, Recurrence::default(), cause);
                if let Some(row) = list.rows.last_mut() {
                    row.note =
                        format!("核查 {} {} {trace}", answer.time.beijing(), answer.event_id).trim_end().to_string();
                }
                merged.added += 1;
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Utc;

    fn place(lon: f64) -> LonLat {
        LonLat::new(lon, 36.5).expect("valid")
    }

    fn cell(lon: f64, days: u32, max_frp_mw: f64) -> Cell {
        let seen = Recurrence { days, detections: days, max_frp_mw: Some(max_frp_mw), ..Recurrence::default() };
        Cell { place: place(lon), radius_m: 300.0, seen, profile: StaticProfile::PersistentAndNight }
    }

    fn take(list: &mut SourceList, cells: &[Cell]) -> Merged {
        take_cells(list, cells, &StaticThresholds::default())
    }

    fn short(cell: Cell) -> [Cell; 1] {
        [Cell { profile: StaticProfile::Short, ..cell }]
    }

    /// 0.001 degrees of longitude are 89 m at 36.5 N.
    #[test]
    fn what_a_person_set_outlives_every_learning() {
        let mut list = SourceList { extra: vec!["负责人".into()], ..SourceList::default() };
        assert_eq!(take(&mut list, &[cell(102.0, 5, 10.0), cell(102.1, 4, 8.0)]).added, 2);
        let (accepted, rejected) = (&mut list.rows[0].clone(), &mut list.rows[1].clone());
        (accepted.status, accepted.cause, accepted.note) = (Status::Accepted, "砖厂".into(), "问过".into());
        accepted.extra = vec!["李".into()];
        rejected.status = Status::Rejected;
        let mut own = accepted.clone();
        (own.id, own.place, own.profile, own.radius_m) = ("我的".into(), place(102.2), String::new(), 700.0);
        (own.seen, own.cause) = (Recurrence::default(), "水泥".into());
        list.rows = vec![accepted.clone(), rejected.clone(), own.clone()];
        let again = [cell(102.002, 9, 7.0), cell(102.101, 9, 99.0), cell(102.206, 6, 3.0), cell(102.4, 4, 1.0)];
        assert_eq!(take(&mut list, &again), Merged { added: 1, updated: 2, rejected: 1 });
        let row = &list.rows[0];
        let expected = StaticSource { seen: row.seen.clone(), ..accepted.clone() };
        assert_eq!((row, row.seen.days, row.seen.max_frp_mw), (&expected, 9, Some(10.0)));
        assert_eq!(&list.rows[1], rejected, "rejected stays as it was");
        assert_eq!((&list.rows[2].id, list.rows[2].place, list.rows[2].seen.days), (&own.id, own.place, 6));
        assert_eq!((list.rows[2].profile.as_str(), list.rows[2].radius_m), ("", 700.0));
        assert_eq!((list.rows[3].status, list.rows[3].counts()), (Status::Proposed, true));
    }

    #[test]
    fn a_proposed_row_follows_its_evidence_and_keeps_its_name() {
        let mut list = SourceList::default();
        take(&mut list, &short(cell(102.0, 3, 1.0)));
        assert!(!list.rows[0].counts(), "a few days wait for a person");
        assert_eq!(take(&mut list, &[cell(102.004, 8, 2.0)]), Merged { updated: 1, ..Merged::default() });
        let row = &list.rows[0];
        assert_eq!((row.id.as_str(), row.place, row.seen.days), ("E102.000N36.500", place(102.004), 8));
        assert!(row.counts() && row.profile == "persistent-and-night");
        take(&mut list, &short(cell(102.004, 8, 2.0)));
        assert_eq!(list.rows[0].profile, "persistent-and-night", "the stronger rule stays");
    }

    /// The next list has the place 400 m on (0.0045 degrees of longitude at 36.5 N): the rejected row has it, though its own radius and
    /// the cell's are 10 m and another row is nearer. At 1100 m (0.0123 degrees) it is another place.
    #[test]
    fn rejected_stays_rejected_though_the_next_centre_is_elsewhere() {
        let small = |lon: f64| Cell { radius_m: 10.0, ..cell(lon, 5, 3.0) };
        let mut list = SourceList::default();
        take(&mut list, &[small(102.0), small(102.02)]);
        list.rows[0].status = Status::Rejected;
        list.rows[1].place = place(102.006);
        let before = list.clone();
        assert_eq!(take(&mut list, &[small(102.0045)]), Merged { rejected: 1, ..Merged::default() });
        assert_eq!(list, before);
        list.rows.truncate(1);
        assert_eq!(take(&mut list, &[small(102.0123)]), Merged { added: 1, ..Merged::default() });
    }

    fn answer(lon: f64, finding: Option<Finding>, cause: Option<&'static str>) -> Answer {
        Answer {
            event_id: "e1".into(),
            time: Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid"),
            place: place(lon),
            sources: vec!["NOAA-20".into()],
            finding,
            cause,
            county: None,
            position_error_m: None,
            answered: None,
        }
    }

    /// `static_heat.answer_radius_m` is 500 m.
    #[test]
    fn an_answer_makes_no_wide_source() {
        for (error_m, radius_m) in [(None, 500.0), (Some(180.0), 180.0), (Some(40_000.0), 500.0), (Some(-1.0), 500.0)] {
            let asked = Answer { position_error_m: error_m, ..answer(102.0, None, Some("误判")) };
            let mut list = SourceList::default();
            take_answers(&mut list, &[asked], &StaticThresholds::default());
            assert_eq!(list.rows[0].radius_m, radius_m, "{error_m:?}");
        }
    }

    /// The second row, rejected, is nearer than the first, within whose radius the answer lies too.
    #[test]
    fn an_answer_is_of_the_nearest_row() {
        let mut list = SourceList::default();
        take(&mut list, &[cell(102.0, 5, 3.0), cell(102.02, 5, 3.0)]);
        (list.rows[0].radius_m, list.rows[1].status) = (3000.0, Status::Rejected);
        let asked = [answer(102.019, None, Some("误判"))];
        let merged = take_answers(&mut list, &asked, &StaticThresholds::default());
        assert_eq!((merged, list.rows.len()), (Merged { rejected: 1, ..Merged::default() }, 2));
    }

    #[test]
    fn answers_propose_and_a_missing_trace_alone_does_not() {
        let none = Some(Finding::NoTrace);
        let answers = [
            answer(102.0, none, None),
            answer(102.1, none, Some("误判")),
            answer(102.1, none, Some("误判")),
            answer(102.2, Some(Finding::Burning), Some("工业热源")),
            answer(102.3, Some(Finding::Burning), Some("秸秆")),
            answer(102.4, None, Some("光伏")),
        ];
        let mut list = SourceList::default();
        assert_eq!(take_answers(&mut list, &answers, &StaticThresholds::default()).added, 3);
        assert!(list.rows.iter().all(|row| !row.counts() && row.profile == ANSWERS));
        assert_eq!(list.rows.iter().map(|row| row.cause.as_str()).collect::<Vec<_>>(), ["误判", "工业热源", "光伏"]);
        assert_eq!(list.rows[0].note, "核查 2025-10-20 13:30 e1 未发现痕迹");
        list.rows[0].status = Status::Rejected;
        let again = take_answers(&mut list, &answers, &StaticThresholds::default());
        assert_eq!((again.added, list.rows.len()), (0, 3));
    }
}
