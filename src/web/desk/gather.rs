//! What a shift hands over, as the store has it now: filled in by the program, so that nothing is forgotten.

use super::super::app::App;
use super::super::features;
use super::super::problem::Answer;
use super::scope_of;
use crate::cases::Case;
use crate::error::Error;
use crate::ledger::handover::{Content, Item, Section};
use crate::ledger::masked_name;
use crate::ledger::nil::Stands;
use crate::pipeline::drill::Apart;
use crate::pipeline::observed::{Seen, seen, shares};
use crate::store::{Asked, CallsAsked, Scope, Shown, Slot, SlotState, Status as Told};
use crate::time::Utc;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Things of a section that are listed; of more the number is said.
const LISTED: usize = 200;
/// Times of looks that are said of a satellite.
const TIMES: usize = 12;
/// A report that is older is of nobody's shift any more, seconds.
const NIL_S: f64 = 2.0 * 86_400.0;

/// All of it.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn content(app: &Arc<App>, desk: &str, from: Utc, now: Utc) -> Answer<Content> {
    let (scope, is_city) = (scope_of(app, desk), desk == app.site.city_code());
    // what a drill left open has a section of its own: it hides no real case, and no sum holds both
    let drills = cases(app, &scope, true, now).await?;
    let cases = cases(app, &scope, false, now).await?;
    let calls = calls(app, desk, now).await?;
    let (observed, apart) = observed(app, &scope, from, now).await?;
    let seen =
        Asked { from: Some(from), to: Some(now), standing: true, simulated: Some(apart.simulated), ..Asked::default() };
    let in_shift =
        CallsAsked { from: Some(from), to: Some(now), desks: Some(vec![desk.into()]), ..CallsAsked::default() };
    let logged = app.store.count_calls(&Scope::all(), None, &in_shift).await?;
    let mut sums = vec![
        (format!("本班有探测的疑似火点{}", apart.mark()), app.store.count_events(&scope, &seen).await?),
        ("未办结".to_string(), counted(&cases)),
        ("其中超时".to_string(), app.store.count_overdue(&scope, false, now).await?),
        ("本班电话".to_string(), logged),
    ];
    let mut sections = vec![cases, looks(app, from, now).await?];
    if counted(&drills) > 0 {
        sums.push((format!("{}（不计入未办结）", drills.title), counted(&drills)));
        sections.insert(1, drills);
    }
    if is_city {
        sections.push(dead(app).await?);
    }
    sections.extend(alarms(app, &scope, is_city, now).await?);
    if is_city {
        sections.push(lists(app, now).await?);
    }
    sections.extend([nil(app, &scope, now).await?, calls]);
    let desk_name = app.site.desk_name(desk).unwrap_or(desk).to_string();
    Ok(Content { desk: desk.to_string(), desk_name, from, to: now, observed, sums, sections })
}

fn section(code: &str, title: &str, mut items: Vec<Item>, all: i64) -> Section {
    items.truncate(LISTED);
    let more = (all - items.len() as i64).max(0);
    Section { code: code.to_string(), title: title.to_string(), items, more }
}

/// Things of a section, those that are not listed among them.
fn counted(section: &Section) -> i64 {
    section.items.len() as i64 + section.more
}

/// A sentence a county, of what is real or of a drill alone, and which of both.
async fn observed(app: &Arc<App>, scope: &Scope, from: Utc, now: Utc) -> Answer<(Vec<String>, Apart)> {
    let Seen { looks, apart } = seen(&app.store, scope, from, now).await?;
    let (own, all) = (Arc::clone(app), looks);
    let reckoned = tokio::task::spawn_blocking(move || shares(&own.site, &own.thresholds, &all, from, now)).await;
    let reckoned = reckoned.map_err(|error| Error::output("handover", error))?;
    let own = reckoned.iter().filter(|share| scope.sees_county(&share.adcode));
    let said = own.map(|share| format!("{} {}{}", share.name, share.seen_only(), apart.mark()));
    Ok((said.chain(apart.left_out()).collect(), apart))
}

async fn cases(app: &App, scope: &Scope, simulated: bool, now: Utc) -> Answer<Section> {
    // where not all are listed, those are that cannot wait
    let open =
        Asked { open: Some(true), simulated: Some(simulated), urgent: true, limit: LISTED as i64, ..Asked::default() };
    let all = app.store.count_events(scope, &open).await?;
    let shown = app.store.list_events(scope, &open).await?;
    let posts: Vec<String> = shown.iter().filter_map(|shown| shown.case.as_ref()?.post.clone()).collect();
    let names = app.store.post_names(&posts).await?;
    let items: Vec<Item> = shown.iter().map(|shown| case(shown, &names, now)).collect();
    let (code, title) = if simulated {
        ("drills", "未办结的模拟（演练）疑似火点")
    } else {
        ("cases", "未办结疑似火点")
    };
    Ok(section(code, title, items, all))
}

fn case(shown: &Shown, names: &BTreeMap<String, String>, now: Utc) -> Item {
    let event = &shown.stored.event;
    let county = event.county.as_ref().map_or("", |county| county.name.as_str());
    let near = event.township.as_deref().or_else(|| event.candidates.first().map(String::as_str)).unwrap_or_default();
    let of_post = |case: &Case| Some(case.post_name(case.post.as_deref()?, names).to_string());
    let who = shown.case.as_ref().and_then(of_post);
    let simulated = if event.simulated { "[模拟]" } else { "" };
    Item {
        key: event.id.clone(),
        what: format!("{simulated}疑似火点 {}", event.id.get(..8).unwrap_or(&event.id)),
        place: format!("{county}{near}"),
        state: features::status(shown).name().to_string(),
        who: who.or_else(|| event.responsible.clone()).unwrap_or_default(),
        since: Some(event.first_seen),
        due: shown.deadline.map(|deadline| deadline.due),
        late: shown.deadline.is_some_and(|deadline| deadline.due < now),
    }
}

/// Looks of the shift that did not come or could not be used, a line a satellite.
async fn looks(app: &App, from: Utc, now: Utc) -> Answer<Section> {
    let mut of: BTreeMap<(String, &str), Vec<Slot>> = BTreeMap::new();
    for slot in app.store.slots(from, now, None).await? {
        let state = match slot.state {
            SlotState::Missing => "未到",
            SlotState::Failed => "无法使用",
            SlotState::Expected if slot.due <= now => "未到",
            _ => continue,
        };
        of.entry((slot.satellite.clone(), state)).or_default().push(slot);
    }
    let item = |((satellite, state), slots): ((String, &str), Vec<Slot>)| {
        let times: Vec<String> = slots.iter().take(TIMES).filter_map(|slot| slot.first.beijing_as("%H:%M")).collect();
        let more = if slots.len() > TIMES { " 等" } else { "" };
        Item {
            key: format!("{satellite} {state}"),
            what: satellite,
            state: format!("{} 次{state}：{}{more}", slots.len(), times.join("、")),
            since: slots.first().map(|slot| slot.first),
            ..Item::default()
        }
    };
    let items: Vec<Item> = of.into_iter().map(item).collect();
    let all = items.len() as i64;
    Ok(section("looks", "缺失的卫星观测", items, all))
}

/// Notices that their receivers refused.
async fn dead(app: &App) -> Answer<Section> {
    let rows = app.store.listed(Told::Dead, LISTED as i64).await?;
    let counts = app.store.counts().await?;
    let all = counts.iter().filter(|(_, status, _)| *status == Told::Dead).map(|(.., count)| count).sum();
    let item = |row: &crate::store::Row| Item {
        key: row.id.to_string(),
        what: format!("{} {}", row.filed.kind, row.filed.event.chars().take(40).collect::<String>()),
        place: row.filed.sink.clone(),
        state: row.said.chars().take(120).collect(),
        since: Some(row.queued),
        ..Item::default()
    };
    Ok(section("dead", "未送达的推送", rows.iter().map(item).collect(), all))
}

/// Cameras that are dark, and what else is wrong. A county is told of its own cameras and of satellites: the rest is the city's business.
async fn alarms(app: &App, scope: &Scope, is_city: bool, now: Utc) -> Answer<Vec<Section>> {
    let open = app.store.alarms(now).await?;
    let (mut cameras, mut others) = (Vec::new(), Vec::new());
    for alarm in open.iter().filter(|alarm| alarm.over.is_none()) {
        let item = Item {
            key: alarm.name.clone(),
            what: alarm.said.clone(),
            state: "未恢复".into(),
            since: Some(alarm.since),
            ..Item::default()
        };
        let camera = alarm.name.strip_prefix("camera ").and_then(|rest| rest.split(' ').next());
        match camera {
            Some(id) => {
                let camera = app.site.cameras.iter().find(|camera| camera.id == id);
                let county = camera.and_then(|camera| app.site.county_at(camera.place));
                if is_city || county.is_some_and(|county| scope.sees_county(&county.name.adcode)) {
                    let place = county.map_or(String::new(), |county| county.name.name.clone());
                    cameras.push(Item { place, ..item });
                }
            }
            None if is_city || alarm.name.starts_with("silent ") || alarm.name.starts_with("failed ") => {
                others.push(item);
            }
            None => {}
        }
    }
    let counts = (cameras.len() as i64, others.len() as i64);
    Ok(vec![section("cameras", "异常的摄像机", cameras, counts.0), section("alarms", "其他告警", others, counts.1)])
}

/// Lists of other authorities that wait for their answer.
async fn lists(app: &App, now: Utc) -> Answer<Section> {
    let lists = app.store.unanswered_lists().await?;
    let all = lists.len() as i64;
    let item = |list: &crate::store::ReceivedList| Item {
        key: list.sha256.clone(),
        what: list.name.clone(),
        place: list.source.clone(),
        state: "待答复".into(),
        since: Some(list.received),
        due: list.deadline,
        late: list.deadline.is_some_and(|deadline| deadline < now),
        ..Item::default()
    };
    Ok(section("lists", "待答复的上级清单", lists.iter().map(item).collect(), all))
}

async fn nil(app: &App, scope: &Scope, now: Utc) -> Answer<Section> {
    let since = now.plus_seconds(-NIL_S).unwrap_or(now);
    let reports = app.store.nil_reports(scope.counties.as_deref(), since, now).await?;
    let grace_min = app.site.desk.nil_report.as_ref().map_or(0.0, |hours| hours.grace_min);
    let open = reports.iter().filter(|report| report.confirmed.is_none());
    let items: Vec<Item> = open
        .map(|report| {
            let stands = Stands::of(report.due, None, grace_min, now);
            Item {
                key: format!("{} {}", report.adcode, report.due.compact()),
                what: format!("{} 零报告", report.due.beijing()),
                place: app.site.desk_name(&report.adcode).unwrap_or(&report.adcode).to_string(),
                state: stands.name().to_string(),
                since: Some(report.due),
                due: report.due.plus_seconds(60.0 * grace_min),
                late: stands == Stands::Missing,
                ..Item::default()
            }
        })
        .collect();
    let mut items = items;
    items.sort_by(|a, b| b.late.cmp(&a.late).then(a.since.cmp(&b.since)));
    let all = items.len() as i64;
    Ok(section("nil", "未确认的零报告", items, all))
}

/// Calls after which something is still to be done.
async fn calls(app: &App, desk: &str, now: Utc) -> Answer<Section> {
    let asked = CallsAsked {
        open: true,
        urgent: true,
        desks: Some(vec![desk.into()]),
        limit: LISTED as i64,
        ..CallsAsked::default()
    };
    let calls = app.store.calls_logged(&Scope::all(), None, &asked).await?;
    let all = app.store.count_calls(&Scope::all(), None, &asked).await?;
    let item = |call: &crate::store::Call| Item {
        key: call.id.clone(),
        what: call.said.chars().take(120).collect(),
        // the document goes further than the log
        place: [call.unit.as_str(), &masked_name(&call.person)].join(" ").trim().to_string(),
        state: "待办".into(),
        since: Some(call.at),
        due: call.follow,
        late: call.follow.is_some_and(|follow| follow < now),
        ..Item::default()
    };
    Ok(section("calls", "电话待办", calls.iter().map(item).collect(), all))
}
