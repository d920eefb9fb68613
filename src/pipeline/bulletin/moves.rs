//! What moved between a report and its correction, and why: which looks and steps came after the cut-off.

use crate::cases::{Action, Cause, Finding, Status};
use crate::deliver::scan_report::GranuleReport;
use crate::error::Result;
use crate::fire::FirePixel;
use crate::ledger::FoundBy;
use crate::pipeline::figures::{Asked, Clock, With};
use crate::pipeline::period;
use crate::store::Step;
use crate::time::Utc;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What came after the cut-off of a report.
pub(super) struct Late {
    looks: Vec<LateLook>,
    steps: Vec<LateStep>,
}

struct LateLook {
    name: String,
    time: Utc,
    taken: Utc,
    counties: BTreeSet<String>,
}

struct LateStep {
    event: String,
    adcode: String,
    step: Step,
}

/// Reads it: looks of the time that came in since, and steps of its events.
pub(super) async fn late(with: With<'_>, asked: &Asked, cut_off_before: Utc) -> Result<Late> {
    let mut view = with.store.view().await?;
    let observed = asked.from..asked.until;
    let since = cut_off_before..asked.cut_off;
    let late = period::read((with.store, &mut view), &observed, &since, &[], with.site).await?;
    let looks = late.report.granules.iter().chain(&late.begun_before).map(|look| LateLook {
        name: name_of(look),
        time: look.time,
        taken: late.taken.get(&look.granule).copied().unwrap_or(look.time),
        counties: counties_of(look, &late.fires),
    });
    let looks = looks.collect();
    let known = Utc::UNIX_EPOCH..asked.cut_off;
    let all = period::read((with.store, &mut view), &observed, &known, &[], with.site).await?;
    let ids: Vec<String> = all.events.iter().map(|event| event.id.clone()).collect();
    let mut steps = Vec::new();
    for (event, own) in view.steps_of(&ids).await? {
        let of = all.events.iter().find(|of| of.id == event);
        let adcode = of.and_then(|of| of.county.as_ref()).map_or_else(String::new, |county| county.adcode.clone());
        // reminders and supervision are the program's own: they move nothing
        let since = own.into_iter().filter(|step| since.contains(&step.at) && Action::of(&step.action).is_some());
        steps.extend(since.map(|step| LateStep { event: event.clone(), adcode: adcode.clone(), step }));
    }
    steps.sort_by(|a, b| (a.step.at, &a.event).cmp(&(b.step.at, &b.event)));
    Ok(Late { looks, steps })
}

/// As people call it: what no satellite saw has the word of its source.
fn name_of(look: &GranuleReport) -> String {
    match FoundBy::of_sensor(&look.sensor) {
        FoundBy::Satellite if look.satellite.is_empty() => look.granule.clone(),
        FoundBy::Satellite => look.instrument(),
        _ => look.list_word().to_string(),
    }
}

/// Counties that a look saw or has a fire in.
fn counties_of(look: &GranuleReport, fires: &[FirePixel]) -> BTreeSet<String> {
    let is_of = |fire: &&FirePixel| fire.granule == look.granule || look.pieces.contains(&fire.granule);
    let of_fires = fires.iter().filter(is_of).filter_map(|fire| Some(fire.county.as_ref()?.adcode.clone()));
    look.counties.iter().map(|share| share.adcode.clone()).chain(of_fires).collect()
}

impl Late {
    /// As the correction lists them.
    pub(super) fn looks_said(&self) -> Value {
        let said =
            |look: &LateLook| json!({ "name": look.name, "time": look.time.beijing(), "taken": look.taken.beijing() });
        self.looks.iter().map(said).collect()
    }

    /// As the correction lists them.
    pub(super) fn steps_said(&self) -> Value {
        let said = |late: &LateStep| json!({ "event": late.event, "action": action_name(&late.step), "time": late.step.at.beijing() });
        self.steps.iter().map(said).collect()
    }
}

/// What moves a figure.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// Looks alone.
    Looks,
    /// Events that are listed, but for those that are excluded.
    Listed,
    /// Exclusions.
    Exclusions,
    /// Reports from the ground and their reviews.
    Reports,
    /// What closes a case, and what opens it again.
    Closing,
    /// Every step.
    Steps,
}

impl By {
    /// Whether a step moves it.
    fn has_step(self, step: &Step) -> bool {
        let is = |status: Status| step.from == status.code() || step.to == status.code();
        let is_exclusion = is(Status::Excluded) && step.from != step.to;
        match self {
            By::Looks => false,
            By::Listed | By::Exclusions => is_exclusion,
            By::Reports => is_exclusion || matches!(Action::of(&step.action), Some(Action::Report | Action::Review)),
            By::Closing => is_exclusion || is(Status::Closed),
            By::Steps => true,
        }
    }

    /// Whether an event that is listed anew moves it by what it is.
    fn has_event(self, event: &Value) -> bool {
        let is_excluded = event["excluded"] == true;
        match self {
            By::Looks | By::Listed => false,
            By::Exclusions => is_excluded,
            By::Reports => !is_excluded && event["finding"].as_str().is_some_and(|finding| !finding.is_empty()),
            By::Closing => !is_excluded && event["status"] != Status::Closed.name(),
            By::Steps => !is_excluded,
        }
    }
}

/// All that may have moved a figure.
struct Causes<'a> {
    late: &'a Late,
    /// Events that the report did not list.
    new: Vec<&'a Value>,
    /// Events that its correction lists no more.
    gone: Vec<&'a Value>,
}

impl<'a> Causes<'a> {
    fn of(before: &'a Value, after: &'a Value, late: &'a Late) -> Causes<'a> {
        let ids = |events: &Value| -> BTreeSet<String> {
            events.as_array().into_iter().flatten().map(|event| text(event, "id")).collect()
        };
        let (was, is) = (ids(before), ids(after));
        let without = |events: &'a Value, known: &BTreeSet<String>| -> Vec<&'a Value> {
            events.as_array().into_iter().flatten().filter(|event| !known.contains(&text(event, "id"))).collect()
        };
        Causes { late, new: without(after, &was), gone: without(before, &is) }
    }

    /// Why a figure of a place moved, or what is said of one event: all that moves it, new events and looks first. `adcode` is empty for all.
    fn why(&self, adcode: &str, by: By, event: Option<&str>) -> String {
        let here = |code: &str| adcode.is_empty() || code == adcode;
        let is_here = |event: &&&Value| here(event["adcode"].as_str().unwrap_or_default());
        let steps = self.late.steps.iter().filter(|late| here(&late.adcode) && by.has_step(&late.step));
        let steps = steps.filter(|late| event.is_none_or(|event| event == late.event));
        let steps: Vec<String> = steps
            .map(|late| format!("{} {}（{}）", late.event, action_name(&late.step), late.step.at.beijing()))
            .collect();
        let new = self.new.iter().filter(is_here).filter(|event| by.has_event(event));
        let new = new.map(|event| text(event, "id")).filter(|id| event.is_none_or(|event| event == id));
        let new: Vec<String> = new.collect();
        // where the list is the same but for what was excluded, no look moved it
        let is_of_looks = match by {
            By::Looks => true,
            By::Listed => steps.is_empty() || self.new.iter().chain(&self.gone).any(|event| is_here(&event)),
            _ => false,
        };
        let looks = self.late.looks.iter().filter(|look| adcode.is_empty() || look.counties.contains(adcode));
        let looks: Vec<String> = looks
            .filter(|_| is_of_looks)
            .map(|look| format!("{} {}（{} 入库）", look.name, look.time.beijing(), look.taken.beijing()))
            .collect();
        let parts = [
            listed("截止后列入的疑似火点", new, "处"),
            listed("截止后入库的观测", looks, "次观测"),
            listed("截止后的办理", steps, "次办理"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            "截止后事件的合并、位置或时限有变化".to_string()
        } else {
            parts.join("；")
        }
    }
}

/// The first of them by name, and how many there are.
fn listed(head: &str, names: Vec<String>, what: &str) -> Option<String> {
    const NAMED: usize = 4;
    let more = if names.len() > NAMED { format!("等 {} {what}", names.len()) } else { String::new() };
    let named = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("、");
    (!names.is_empty()).then(|| format!("{head}：{named}{more}"))
}

fn action_name(step: &Step) -> &'static str {
    match Action::of(&step.action) {
        Some(Action::Triage) if step.to == "excluded" => "排除",
        Some(Action::Triage) => "研判",
        Some(Action::Dispatch) => "派单",
        Some(Action::Acknowledge) => "签收",
        Some(Action::Arrive) => "到场",
        Some(Action::Report) => "反馈",
        Some(Action::Review) if step.to == "dispatched" => "驳回",
        Some(Action::Review) => "审核",
        Some(Action::Close) => "办结",
        Some(Action::Return) => "退回",
        Some(Action::Suspend) => "挂起",
        Some(Action::Reopen) => "重开",
        // the program's own, which are left out
        None => "系统",
    }
}

/// Figures of a row, with their names, and what moves them.
const FIGURES: [(&str, &str, By); 10] = [
    ("events", "疑似火点（处）", By::Listed),
    ("continuing", "持续（处）", By::Looks),
    ("pixels", "火点像元（个）", By::Looks),
    ("observed", "有效观测", By::Looks),
    ("hours_looked", "有观测小时", By::Looks),
    ("before_satellite", "先于卫星发现（处）", By::Listed),
    ("excluded", "排除（处）", By::Exclusions),
    ("verified", "已反馈（处）", By::Reports),
    ("approved", "已审核（处）", By::Reports),
    ("open", "未办结（处）", By::Closing),
];

/// Counts within a clock, with their names.
const OF_CLOCK: [(&str, &str); 4] =
    [("done", "办理次数"), ("in_time", "按时"), ("late", "逾期办理"), ("waiting_late", "逾期未办")];

/// What moved from one set of figures to another: place, figure, was, is, why.
pub(super) fn moves(before: &Value, after: &Value, late: &Late) -> Value {
    let causes = Causes::of(&before["events"], &after["events"], late);
    let mut moved = Vec::new();
    let mut rows: Vec<(Value, Value)> = vec![(before["total"].clone(), after["total"].clone())];
    // of one county its row is the total
    let is_several = after["counties"].as_array().is_some_and(|rows| rows.len() > 1);
    for list in ["counties", "townships"].into_iter().skip(usize::from(!is_several)) {
        rows.extend(paired(&before[list], &after[list]));
    }
    // a township that is not known says what its county says
    rows.retain(|(was, is)| ![was, is].iter().any(|row| row["township"] == ""));
    for (was, is) in rows {
        of_row(&was, &is, &causes, &mut moved);
    }
    of_events(&before["events"], &after["events"], &causes, &mut moved);
    say_once(&mut moved);
    moved.into()
}

/// A long cause of several rows below one another is said in the first of them.
fn say_once(moved: &mut [Value]) {
    let mut last = Value::Null;
    for row in moved {
        if row["why"] == last {
            row["why"] = SAME.into();
        } else {
            last = row["why"].clone();
        }
    }
}

/// Rows of the same place; one that is not there is of nothing.
fn paired(before: &Value, after: &Value) -> Vec<(Value, Value)> {
    let key = |row: &Value| (text(row, "adcode"), text(row, "township"));
    let of = |rows: &Value| -> BTreeMap<(String, String), Value> {
        rows.as_array().into_iter().flatten().map(|row| (key(row), row.clone())).collect()
    };
    let (before, mut after) = (of(before), of(after));
    let mut pairs: Vec<(Value, Value)> =
        before.into_iter().map(|(key, was)| (was, after.remove(&key).unwrap_or(Value::Null))).collect();
    pairs.extend(after.into_values().map(|is| (Value::Null, is)));
    pairs
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_string()
}

fn of_row(was: &Value, is: &Value, causes: &Causes<'_>, moved: &mut Vec<Value>) {
    let there = if is.is_null() { was } else { is };
    let adcode = text(there, "adcode");
    let place = match there["township"].as_str() {
        Some(township) => format!("{}{township}", text(there, "county")),
        None => text(there, "county"),
    };
    let mut add = |figure: String, was: String, is: String, by: By| {
        if was != is {
            moved.push(
                json!({ "place": place, "figure": figure, "was": was, "is": is, "why": causes.why(&adcode, by, None) }),
            );
        }
    };
    for (name, words, by) in FIGURES {
        // as the report said it: of what nobody saw it said nothing, and not 0
        let as_said = |row: &Value| row[format!("{name}_text")].as_str().map(str::to_string);
        let said = |row: &Value| match name {
            "observed" => share(&row[name]),
            _ => as_said(row).unwrap_or_else(|| count(&row[name])),
        };
        add(words.to_string(), said(was), said(is), by);
    }
    for (name, kinds) in kinds() {
        let by = if name == "found_by" { By::Listed } else { By::Reports };
        for (code, words) in kinds {
            add(words, count(&was[name][code]), count(&is[name][code]), by);
        }
    }
    for clock in Clock::ALL {
        let of = |row: &Value| {
            let clocks = row["clocks"].as_array().into_iter().flatten();
            let code = serde_json::to_value(clock).unwrap_or_default();
            clocks.clone().find(|of| of["clock"] == code).cloned().unwrap_or_default()
        };
        let (was, is) = (of(was), of(is));
        for (name, words) in OF_CLOCK {
            add(format!("{}：{words}", clock.name()), count(&was[name]), count(&is[name]), By::Steps);
        }
    }
}

/// As a table says that the cause is that of the row above.
const SAME: &str = "同上";

type Kinds = Vec<(&'static str, String)>;

/// Counts by kind within a row: the name of the map, and its codes with their words.
fn kinds() -> [(&'static str, Kinds); 3] {
    let findings = Finding::ALL.iter().map(|of| (of.code(), format!("核查结果：{}", of.name())));
    let causes = Cause::ALL.iter().map(|of| (of.code(), format!("核查原因：{}", of.name())));
    let sources = FoundBy::ALL.iter().map(|of| (of.code(), format!("首次发现：{}", of.name())));
    [("findings", findings.collect()), ("causes", causes.collect()), ("found_by", sources.collect())]
}

/// A count; what is not there is 0.
fn count(value: &Value) -> String {
    value.as_u64().unwrap_or(0).to_string()
}

fn share(value: &Value) -> String {
    value.as_f64().map_or_else(|| "—".to_string(), |share| format!("{:.1}%", (share * 1000.0 + 1e-6).floor() / 10.0))
}

/// Events that are new, gone, or found to be something else.
fn of_events(before: &Value, after: &Value, causes: &Causes<'_>, moved: &mut Vec<Value>) {
    let of = |events: &Value| -> BTreeMap<String, Value> {
        events.as_array().into_iter().flatten().map(|event| (text(event, "id"), event.clone())).collect()
    };
    let (before, after) = (of(before), of(after));
    let said = |event: Option<&Value>| match event {
        None => "未列".to_string(),
        Some(event) if event["excluded"] == true => "已排除".to_string(),
        Some(event) => match (text(event, "finding"), text(event, "cause")) {
            (finding, _) if finding.is_empty() => "列入，尚未核实".to_string(),
            (finding, cause) if cause.is_empty() => format!("列入，{finding}"),
            (finding, cause) => format!("列入，{finding}，{cause}"),
        },
    };
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for id in ids {
        let (was, is) = (before.get(id), after.get(id));
        let (was_said, is_said) = (said(was), said(is));
        if was_said != is_said {
            let Some(there) = is.or(was) else { continue };
            let place = format!("{}{}", text(there, "county"), text(there, "township"));
            let by = if was.is_some() && is.is_some() { By::Reports } else { By::Looks };
            let why = causes.why(&text(there, "adcode"), by, Some(id));
            moved.push(json!({ "place": place, "figure": format!("疑似火点 {id}"), "was": was_said, "is": is_said, "why": why }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(event: &str, action: &str, from: &str, to: &str) -> LateStep {
        let of = |text: &str| text.to_string();
        let [who, role, note, detail] = ["a", "city", "", ""].map(of);
        let (action, from, to) = (of(action), of(from), of(to));
        let step = Step { at: Utc::UNIX_EPOCH, who, role, action, from, to, note, detail };
        LateStep { event: of(event), adcode: of("630223"), step }
    }

    /// b is new and open, a was excluded, c was closed: what is open moved by all three, what is listed by the first two and the look.
    #[test]
    fn all_that_moves_a_figure_is_named_and_nothing_else() {
        let look = LateLook {
            name: "巡查所见".into(),
            time: Utc::UNIX_EPOCH,
            taken: Utc::UNIX_EPOCH,
            counties: BTreeSet::from(["630223".to_string()]),
        };
        let steps = vec![
            step("a", "triage", "triage", "excluded"),
            step("c", "close", "reviewed", "closed"),
            step("b", "dispatch", "triage", "dispatched"),
        ];
        let late = Late { looks: vec![look], steps };
        let event =
            |id: &str| json!({ "id": id, "adcode": "630223", "excluded": false, "status": "已派发", "finding": "" });
        let (before, after) = (json!([event("a"), event("c")]), json!([event("a"), event("b"), event("c")]));
        let at = "1970-01-01 08:00";
        let seen = format!("截止后入库的观测：巡查所见 {at}（{at} 入库）");
        let causes = Causes::of(&before, &after, &late);
        let why = |by: By| causes.why("630223", by, None);
        assert_eq!(why(By::Closing), format!("截止后列入的疑似火点：b；截止后的办理：a 排除（{at}）、c 办结（{at}）"));
        assert_eq!(why(By::Listed), format!("{seen}；截止后的办理：a 排除（{at}）"));
        assert_eq!(why(By::Looks), seen);
        assert_eq!(causes.why("630222", By::Closing, None), "截止后事件的合并、位置或时限有变化");
        // where no event came or went, it was the exclusion alone
        assert_eq!(
            Causes::of(&before, &before, &late).why("", By::Listed, None),
            format!("截止后的办理：a 排除（{at}）")
        );
    }

    #[test]
    fn a_cause_is_said_once() {
        let mut rows = ["x", "x", "x", "y", "x"].map(|why| json!({ "why": why }));
        say_once(&mut rows);
        let said: Vec<&str> = rows.iter().filter_map(|row| row["why"].as_str()).collect();
        assert_eq!(said, ["x", "同上", "同上", "y", "x"]);
    }

    #[test]
    fn what_no_satellite_saw_has_its_word() {
        let of = |satellite: &str, sensor: &str| {
            name_of(&GranuleReport {
                satellite: satellite.into(),
                sensor: sensor.into(),
                ..GranuleReport::bare("G", Utc::UNIX_EPOCH)
            })
        };
        assert_eq!([of("P1", "patrol"), of("12345", "hotline")], ["巡查所见", "群众来电"]);
        assert_eq!([of("NOAA-20", "VIIRS"), of("", "VIIRS")], ["NOAA-20 VIIRS", "G"]);
    }
}
