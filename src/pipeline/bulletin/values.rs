//! What a template may speak of: the figures, and all that is said of them in words. It is frozen with the report.

use super::{RULE, Wanted};
use crate::cases::{Cause, Finding};
use crate::deliver::scan_report::LEAST_OBSERVED;
use crate::ledger::FoundBy;
use crate::pipeline::figures::{ClockFigure, Earlier, EventRow, Figures, Row, With};
use crate::store::Frozen;
use crate::time::Utc;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a report is besides its figures.
pub(super) struct Sources<'a> {
    pub(super) with: With<'a>,
    pub(super) wanted: &'a Wanted,
    pub(super) id: &'a str,
    pub(super) revision: i64,
    pub(super) before: Option<&'a Frozen>,
    pub(super) made: Utc,
    pub(super) made_by: &'a str,
}

/// What is not there, as tables print it.
const DASH: &str = "—";
const CAUTION: &str =
    "以上为卫星遥感、视频、来电等监测线索，未注明核查结果的尚未经现场核实，不作为认定依据；不包括云覆盖下的火点信息。";

/// All names of a template.
pub(super) fn values(of: &Sources<'_>, figures: &Figures, previous: &Earlier, earlier: &[Earlier]) -> Value {
    let kind = of.wanted.kind;
    let span = figures.from..figures.until;
    let area = of.with.site.desk_name(&of.wanted.area).unwrap_or_default();
    let is_partial = figures.cut_off < figures.until;
    let followed_partial = of.before.is_some_and(|before| before.listed.cut_off < before.listed.until);
    let revision_name = match (of.before, followed_partial) {
        (None, _) => "",
        (Some(_), true) => "（续报）",
        (Some(_), false) => "（更正）",
    };
    // a drill is not compared with what is real
    let is_alike = previous.simulated == figures.simulated;
    let before_of = |row: &Row| {
        previous
            .rows
            .as_ref()
            .filter(|_| is_alike)
            .and_then(|rows| rows.iter().find(|before| before.adcode == row.adcode))
    };
    let counted = |row: &Row| with_change(described(row), row, before_of(row));
    let (excluded, events): (Vec<&EventRow>, Vec<&EventRow>) = figures.events.iter().partition(|event| event.excluded);
    let period = kind.spoken(&span);
    json!({
        "id": of.id,
        "kind": kind.code(),
        "kind_name": kind.name(),
        "title": format!("{area}疑似火点监测{}{revision_name}", kind.name()),
        "mark": if figures.simulated { "（模拟数据，非真实火点）" } else { "" },
        "simulated": figures.simulated,
        "issue": kind.issue(&span),
        "revision": of.revision,
        "revision_name": revision_name,
        "corrects": of.before.map(|before| before.listed.id.as_str()),
        "site": of.with.site.name,
        "area": { "code": of.wanted.area, "name": area },
        "period": {
            "text": period, "from": clock(figures.from), "until": clock(figures.until),
            "first_day": figures.days.first().and_then(|day| day.day.clone()), "last_day": figures.days.last().and_then(|day| day.day.clone()),
        },
        "partial": is_partial,
        "cut_off": clock(figures.cut_off),
        "made": clock(of.made),
        "made_day": of.made.beijing_as("%Y年%-m月%-d日"),
        "made_by": of.made_by,
        "rule": RULE,
        "rules": (1..).zip(&figures.rules).map(|(number, rule)| json!({ "number": number, "name": rule.name, "sentence": rule.sentence })).collect::<Vec<_>>(),
        "summary": summary(figures, area, &period, is_partial),
        "caution": CAUTION,
        "total": counted(&figures.total),
        "counties": figures.counties.iter().map(counted).collect::<Vec<_>>(),
        "townships": figures.townships.iter().map(described).collect::<Vec<_>>(),
        "days": figures.days.iter().map(described).collect::<Vec<_>>(),
        "events": numbered(&events, &of.with.site.name),
        "excluded": numbered(&excluded, &of.with.site.name),
        "clocks": figures.total.clocks.iter().map(clock_said).collect::<Vec<_>>(),
        "found_by": counts(&figures.total.found_by, FoundBy::ALL.iter().map(|by| (by.code(), by.name())), figures.total.events),
        "findings": counts(&figures.total.findings, Finding::ALL.iter().map(|of| (of.code(), of.name())), figures.total.verified),
        "causes": counts(&figures.total.causes, Cause::ALL.iter().map(|of| (of.code(), of.name())), figures.total.verified),
        "firsts": firsts(figures),
        "missing": figures.missing,
        "looks": figures.looks,
        "comparisons": comparisons(figures, previous, earlier, &period),
        "corrections": [],
        "late_looks": [],
        "late_steps": [],
        "figures": figures,
    })
}

fn clock(at: Utc) -> String {
    at.beijing_as("%Y年%-m月%-d日 %H:%M").unwrap_or_default()
}

/// Per cent, rounded down to a tenth.
fn percent(share: f64) -> String {
    format!("{:.1}%", (share * 1000.0 + 1e-6).floor() / 10.0)
}

/// Whether a 0 would be read as "no fire" though hardly anything was seen.
fn is_silent(row: &Row) -> bool {
    row.events + row.pixels + row.excluded + row.continuing == 0
        && row.observed.is_none_or(|seen| seen < LEAST_OBSERVED)
}

/// A row with its words.
fn described(row: &Row) -> Value {
    let mut value = serde_json::to_value(row).unwrap_or_default();
    let count = |count: usize| if is_silent(row) { DASH.to_string() } else { count.to_string() };
    let decimals = |value: Option<f64>| value.map_or_else(|| DASH.to_string(), |value| format!("{value:.2}"));
    let of = |counts: &BTreeMap<&'static str, usize>, name: fn(&str) -> Option<&'static str>| {
        let said = counts.iter().map(|(code, count)| format!("{} {count}", name(code).unwrap_or(code)));
        let said: Vec<String> = said.collect();
        if said.is_empty() { DASH.to_string() } else { said.join("、") }
    };
    let clock = |clock: &ClockFigure| Some((format!("{:?}", clock.clock).to_lowercase(), clock_said(clock)));
    let township = row.township.as_deref().map(|name| if name.is_empty() { "（乡镇未定）" } else { name });
    let words = [
        ("name", json!(township.unwrap_or(&row.county))),
        ("events_text", count(row.events).into()),
        ("continuing_text", count(row.continuing).into()),
        ("excluded_text", count(row.excluded).into()),
        ("pixels_text", count(row.pixels).into()),
        ("observed_text", row.observed.map_or_else(|| DASH.to_string(), percent).into()),
        // a workbook rounds to the nearest: this says no more than was seen
        ("observed_floor", row.observed.map(|share| (share * 1000.0 + 1e-6).floor() / 1000.0).into()),
        ("hours_text", format!("{}/{}", row.hours_looked, row.hours).into()),
        ("pixels_per_kha_text", decimals(row.pixels_per_kha).into()),
        ("events_per_kha_text", decimals(row.events_per_kha).into()),
        ("before_satellite_text", share_of(row.before_satellite, row.events).into()),
        ("findings_text", of(&row.findings, |code| Finding::of(code).map(Finding::name)).into()),
        ("causes_text", of(&row.causes, |code| Cause::of(code).map(Cause::name)).into()),
        ("clock", row.clocks.iter().filter_map(clock).collect::<serde_json::Map<_, _>>().into()),
    ];
    words.into_iter().for_each(|(name, word)| value[name] = word);
    value
}

/// `2 处（66.6%）`; a dash of nothing.
fn share_of(part: usize, all: usize) -> String {
    if all == 0 { DASH.to_string() } else { format!("{part} 处（{}）", percent(part as f64 / all as f64)) }
}

/// With the change on the time before.
fn with_change(mut value: Value, row: &Row, before: Option<&Row>) -> Value {
    value["before_events_text"] = before
        .filter(|before| !is_silent(before))
        .map_or_else(|| DASH.into(), |before| before.events.to_string().into());
    value["change_text"] = change(row, before).into();
    value
}

/// `+50.0%`, or why there is no change in per cent.
fn change(row: &Row, before: Option<&Row>) -> String {
    let is_seen = |row: &Row| row.observed.is_some_and(|seen| seen >= LEAST_OBSERVED);
    match before {
        None => "无该时段资料".to_string(),
        Some(before) if !is_seen(row) || !is_seen(before) => "有效观测不足，不作比较".to_string(),
        Some(before) if before.events == 0 && row.events == 0 => "持平".to_string(),
        Some(before) if before.events == 0 => format!("由 0 增至 {}", row.events),
        Some(before) => {
            let percent = 100.0 * (row.events as f64 - before.events as f64) / before.events as f64;
            if percent == 0.0 { "持平".to_string() } else { format!("{percent:+.1}%") }
        }
    }
}

fn numbered(events: &[&EventRow], city: &str) -> Vec<Value> {
    let of = |(number, event): (usize, &&EventRow)| {
        let mut value = serde_json::to_value(event).unwrap_or_default();
        let township = match (event.township.as_str(), event.near.as_str()) {
            ("", "") => DASH.to_string(),
            ("", near) => format!("{near}附近"),
            (township, _) => township.to_string(),
        };
        let verified = match (event.finding, event.cause, event.approved) {
            ("", ..) => "尚未核实".to_string(),
            (finding, "", approved) => format!("{finding}{}", if approved { "" } else { "（待审核）" }),
            (finding, cause, approved) => format!("{finding}，{cause}{}", if approved { "" } else { "（待审核）" }),
        };
        let power = event.max_frp_mw.map_or_else(|| DASH.to_string(), |mw| format!("{mw:.1}"));
        // a call is no overpass
        let passed = event.satellite_seen_beijing.clone().unwrap_or_else(|| format!("无（{}）", event.found_by));
        value["passed_text"] = passed.into();
        for (name, word) in [
            ("township_text", township),
            ("verified_text", verified),
            ("power_text", power),
            ("city", city.to_string()),
        ] {
            value[name] = word.into();
        }
        value["number"] = number.into();
        value
    };
    (1..).zip(events).map(of).collect()
}

/// A clock with its words.
fn clock_said(clock: &ClockFigure) -> Value {
    let mut value = serde_json::to_value(clock).unwrap_or_default();
    let minutes = |minutes: Option<f64>| minutes.map_or_else(|| DASH.to_string(), spoken_minutes);
    let words = [
        ("limit_text", clock.limit_min.map_or_else(|| "不设".to_string(), spoken_minutes)),
        ("median_text", minutes(clock.median_min)),
        ("p90_text", minutes(clock.p90_min)),
        ("in_time_text", clock.in_time_share.map_or_else(|| DASH.to_string(), percent)),
        ("late_text", clock.late.to_string()),
        ("waiting_late_text", clock.waiting_late.to_string()),
    ];
    words.into_iter().for_each(|(name, word)| value[name] = word.into());
    value
}

/// `42 分钟`, `3.5 小时`, `2.0 天`.
fn spoken_minutes(minutes: f64) -> String {
    match minutes {
        m if m < 120.0 => format!("{m:.0} 分钟"),
        m if m < 2880.0 => format!("{:.1} 小时", m / 60.0),
        m => format!("{:.1} 天", m / 1440.0),
    }
}

/// Counts by kind in their order, those that are.
fn counts(
    counts: &BTreeMap<&'static str, usize>,
    kinds: impl Iterator<Item = (&'static str, &'static str)>,
    of: usize,
) -> Vec<Value> {
    let said = |(code, name): (&'static str, &'static str)| {
        let count = counts.get(code).copied().filter(|count| *count > 0)?;
        let share = if of == 0 { DASH.to_string() } else { percent(count as f64 / of as f64) };
        Some(json!({ "code": code, "name": name, "count": count, "share_text": share }))
    };
    kinds.filter_map(said).collect()
}

fn firsts(figures: &Figures) -> Vec<Value> {
    let said = |event: &EventRow| {
        let place = [event.county.as_str(), event.township.as_str()].concat();
        let text = format!("{}：{place}，{}，{}首次发现", event.first_of, event.first_seen_beijing, event.found_by);
        json!({ "event": event.id, "text": text })
    };
    figures.events.iter().filter(|event| !event.first_of.is_empty()).map(said).collect()
}

/// This time beside the one before and the same days of earlier years; of what is not in the store it is said that it is not.
fn comparisons(figures: &Figures, previous: &Earlier, earlier: &[Earlier], period: &str) -> Vec<Value> {
    let row = |name: String, days: String, of: Option<&Row>, simulated: bool, change: String| {
        let text = |text: fn(&Row) -> usize| {
            of.filter(|row| !is_silent(row)).map_or_else(|| DASH.to_string(), |row| text(row).to_string())
        };
        let observed = of.and_then(|row| row.observed).map_or_else(|| DASH.to_string(), percent);
        let mark = if simulated { "（模拟数据）" } else { "" };
        json!({
            "name": name + mark, "period": days, "is_known": of.is_some(), "events": of.map(|row| row.events), "events_text": text(|row| row.events),
            "pixels_text": text(|row| row.pixels), "observed_text": observed, "change_text": change,
        })
    };
    let of_other = |name: String, other: &Earlier| {
        let total = other.rows.as_ref().and_then(|rows| rows.first());
        let differs = total.is_some() && other.simulated != figures.simulated;
        let change =
            if differs { "一期为模拟数据，不作比较".to_string() } else { change(&figures.total, total) };
        let last = other.until.plus_seconds(-1.0).unwrap_or(other.until);
        let of = |at: Utc| at.beijing_as("%Y-%m-%d").unwrap_or_default();
        let days = if of(other.from) == of(last) { of(last) } else { format!("{}至{}", of(other.from), of(last)) };
        row(name, days, total, other.simulated, change)
    };
    let own = row("本期".into(), period.into(), Some(&figures.total), figures.simulated, DASH.into());
    let years = earlier.iter().map(|year| of_other(format!("{}年同期", year.year), year));
    std::iter::once(own).chain([of_other("上期".into(), previous)]).chain(years).collect()
}

/// What the report says first.
fn summary(figures: &Figures, area: &str, period: &str, is_partial: bool) -> Vec<String> {
    let total = &figures.total;
    let mark = if figures.simulated { "（以下均为模拟数据）" } else { "" };
    let until =
        if is_partial { format!("截至{}（本期尚未结束），", clock(figures.cut_off)) } else { String::new() };
    let mut said = vec![format!("{period}，{until}{area}{}。{mark}", wide(&total.sentence))];
    said.extend(by_county(figures));
    if total.events > 0 {
        let waiting = total.events - total.verified;
        let causes = described(total)["causes_text"].as_str().unwrap_or_default().to_string();
        let causes = if causes == DASH { String::new() } else { format!("，核查原因：{causes}") };
        let waiting = if waiting > 0 { format!("；尚未经现场核实 {waiting} 处") } else { String::new() };
        said.push(format!("现场已反馈 {} 处，其中已审核 {} 处{causes}{waiting}。", total.verified, total.approved));
        said.push(format!("先于卫星发现 {}。", share_of(total.before_satellite, total.events)));
    }
    if total.continuing > 0 {
        said.push(format!("此前发现、本期仍有观测的 {} 处，不重复计。", total.continuing));
    }
    if total.excluded > 0 {
        said.push(format!("另有值班席研判排除 {} 处，不计入。", total.excluded));
    }
    said.extend(firsts(figures).iter().filter_map(|first| Some(format!("{}。", first["text"].as_str()?))));
    if !figures.missing.is_empty() {
        said.push(format!("应到未到的观测 {} 次：该时段未观测不等于无火。", figures.missing.len()));
    }
    if figures.simulated_left_out > 0 {
        said.push(format!("另有模拟（演练）{} 处，不计入。", figures.simulated_left_out));
    }
    said
}

/// With the punctuation of a Chinese text.
fn wide(sentence: &str) -> String {
    sentence.replace('(', "（").replace(')', "）").replace(", ", "，").replace("; ", "；")
}

/// Which counties have how many, which none in what was seen, and of which nothing can be said.
fn by_county(figures: &Figures) -> Vec<String> {
    if figures.counties.len() < 2 {
        return Vec::new();
    }
    let names =
        |of: &dyn Fn(&Row) -> Option<String>| figures.counties.iter().filter_map(of).collect::<Vec<_>>().join("、");
    let with = names(&|row| (row.events > 0).then(|| format!("{} {} 处", row.county, row.events)));
    let without = names(&|row| {
        let is_seen = row.events == 0 && row.pixels == 0 && !is_silent(row);
        let seen = row.observed.map_or_else(|| DASH.into(), percent);
        is_seen.then(|| format!("{}（有效观测 {seen}，{} 小时中 {} 小时）", row.county, row.hours, row.hours_looked))
    });
    let unseen = names(&|row| is_silent(row).then(|| row.county.clone()));
    let said = [("分县（区）：", with), ("未监测到火点的：", without), ("未有效观测的：", unseen)];
    said.into_iter().filter(|(_, names)| !names.is_empty()).map(|(head, names)| format!("{head}{names}。")).collect()
}
