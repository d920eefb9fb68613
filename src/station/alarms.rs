//! What is wrong, looked for every few seconds and kept until it is over: satellites that fell silent, inboxes that cannot be reached, a
//! disk that fills, clocks that differ, notices that nobody takes. The desk is told when it begins and when it ends, not again and again.

mod machine;

use super::round::Running;
use crate::deliver::desk;
use crate::error::Result;
use crate::ledger::nil::Stands;
use crate::schedule::{self, Tles};
use crate::site::Camera;
use crate::store::{Slot, SlotState, Status, Store};
use crate::time::Utc;
pub use machine::{Watched, free_bytes};
use machine::{clock, disk, orbits};
use std::collections::BTreeMap;
use std::time::Duration;

/// An inbox that cannot be reached is an alarm after so long.
const INBOX_TROUBLE: Duration = Duration::from_secs(300);
/// Clocks may differ by so much, seconds.
const SKEW_S: f64 = 60.0;
/// A notice that was due for so long and that nobody took is an alarm, seconds.
const NOT_TAKEN_S: f64 = 1800.0;
/// A file may be of so much later than now, seconds.
const AHEAD_S: f64 = 600.0;
/// Looks that failed one after the other, of one satellite.
const FAILED_LOOKS: usize = 3;

/// How long the desk is told of a fault of the program that was begun anew.
const FAULT_SAID: Duration = Duration::from_secs(3600);
/// The answer to a list of another authority is reminded of so long before its deadline, seconds.
const LIST_SOON_S: f64 = 2.0 * 3600.0;
/// Names of alarms of cameras begin so.
const CAMERA: &str = "camera ";

/// Looks for what is wrong, and keeps and tells what is new of it.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn look_around(
    store: &Store,
    running: &Running<'_>,
    tles: Option<&Tles>,
    unknown: Vec<String>,
    watched: &mut Watched,
    now: Utc,
) -> Result<()> {
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    silent(store, running, now, &mut wrong).await?;
    ahead(store, running, now, &mut wrong).await?;
    if let Some(said) = running.gauges.hangs() {
        wrong.insert("stuck".to_string(), format!("扫描卡住, 需要重启: {said}"));
    }
    inboxes(running, &mut wrong);
    for (what, _) in running.gauges.faults().into_iter().filter(|(_, ago)| *ago < FAULT_SAID) {
        wrong.insert(format!("fault {what}"), format!("程序故障({what}): 已自动重新开始, 请把日志报告给开发者"));
    }
    let (cameras, well) = running.gauges.ailing_cameras();
    wrong.extend(cameras.into_iter().map(|ailing| (ailing.name, ailing.said)));
    disk(running, &mut wrong);
    clock(running, watched, now, &mut wrong);
    orbits(running, tles, &unknown, now, &mut wrong);
    notices(store, running, now, &mut wrong).await?;
    jobs(store, running, now, &mut wrong).await?;
    lists(store, now, &mut wrong).await?;
    nil_reports(store, running, now, &mut wrong).await?;
    // of a camera that is looked at nothing ends before it is known that nothing is wrong
    let is_known = |name: &str| {
        let id = name.split(' ').nth(1);
        let is_watched = |camera: &Camera| Some(camera.id.as_str()) == id && camera.source.is_some();
        let is_watched = running.site.cameras.iter().any(is_watched);
        well.as_ref().is_none_or(|well| !well.is_empty() && (well.contains(name) || !is_watched))
    };
    keep(store, running, &wrong, now, |name| !name.starts_with(CAMERA) || is_known(name)).await
}

/// Lists of other authorities that are to be answered soon, or should have been.
async fn lists(store: &Store, now: Utc, wrong: &mut BTreeMap<String, String>) -> Result<()> {
    for list in store.unanswered_lists().await? {
        let Some(deadline) = list.deadline.filter(|deadline| deadline.seconds_since(now) < LIST_SOON_S) else {
            continue;
        };
        let (id, whose) = (list.sha256.get(..12).unwrap_or(&list.sha256), format!("{} {}", list.source, list.name));
        let (name, said) = match deadline < now {
            true => (format!("list late {id}"), "的答复已超过期限"),
            false => (format!("list due {id}"), "的答复即将到期"),
        };
        wrong.insert(name, format!("上级清单 {}{said}({})", whose.trim(), deadline.beijing()));
    }
    Ok(())
}

/// Alarms that are new, and those that are over: of which `may_end` says that what is not wrong any more is known.
async fn keep(
    store: &Store,
    running: &Running<'_>,
    wrong: &BTreeMap<String, String>,
    now: Utc,
    may_end: impl Fn(&str) -> bool,
) -> Result<()> {
    let open = store.alarms(now).await?;
    let open: BTreeMap<&str, &str> = open
        .iter()
        .filter(|alarm| alarm.over.is_none())
        .map(|alarm| (alarm.name.as_str(), alarm.said.as_str()))
        .collect();
    let changed: Vec<(&String, &String)> =
        wrong.iter().filter(|(name, said)| open.get(name.as_str()) != Some(&said.as_str())).collect();
    let over: Vec<&str> = open.keys().filter(|name| !wrong.contains_key(**name) && may_end(name)).copied().collect();
    if changed.is_empty() && over.is_empty() {
        return Ok(());
    }
    let mut write = store.write().await?;
    for (name, said) in changed {
        if write.raise(name, said, now).await? {
            tracing::error!(alarm = name.as_str(), "alarm: {said}");
            let told = desk::notice(
                running.site,
                &format!("alarm:{name}:{}", now.compact()),
                1,
                &format!("告警 {said}"),
                &[],
                now,
            );
            write.file(&told, now).await?;
        }
    }
    for name in over {
        if let Some(alarm) = write.clear(name, now).await? {
            tracing::info!(alarm = name, "over: {}", alarm.said);
            let since = format!("始于 {}", alarm.since.beijing());
            let id = format!("alarm:{name}:{}", alarm.since.compact());
            write
                .file(&desk::notice(running.site, &id, 2, &format!("告警解除 {}", alarm.said), &[since], now), now)
                .await?;
        }
    }
    write.commit().await
}

/// Satellites that are expected and of which nothing came, or nothing that can be used.
async fn silent(store: &Store, running: &Running<'_>, now: Utc, wrong: &mut BTreeMap<String, String>) -> Result<()> {
    const DAY_S: f64 = 86_400.0;
    let from = now.plus_seconds(-3.0 * DAY_S).unwrap_or(now);
    let mut of: BTreeMap<String, Vec<Slot>> = BTreeMap::new();
    for slot in store.slots(from, now, None).await? {
        of.entry(slot.satellite.clone()).or_default().push(slot);
    }
    let silent_s = 60.0 * running.site.station.silent_min;
    for (satellite, slots) in of {
        // whether it may be called missing yet or not: a desk must hear that it is blind just when an inbox cannot be reached
        let is_lost =
            |slot: &Slot| slot.state == SlotState::Missing || (slot.state == SlotState::Expected && now >= slot.due);
        let settled: Vec<&Slot> = slots
            .iter()
            .filter(|slot| is_lost(slot) || matches!(slot.state, SlotState::Scanned | SlotState::Failed))
            .collect();
        let lost = settled.iter().rev().take_while(|slot| is_lost(slot)).count();
        if let Some(first) = settled.len().checked_sub(lost).and_then(|at| settled.get(at)).filter(|_| lost > 0) {
            let last = settled.last().map_or(now, |slot| slot.first);
            // one look of many may be lost for many reasons; an overpass is a quarter of a day
            let stares = schedule::slots(&satellite, now, now, &[]).is_some();
            if !stares || lost > 1 || last.seconds_since(first.first) >= silent_s {
                let said = format!("{satellite} 资料中断: {} 起连续 {lost} 次未到", clock_of(first.first));
                if now.seconds_since(first.first) >= silent_s {
                    wrong.insert(format!("silent {satellite}"), said);
                }
            }
        }
        let failed = settled.iter().rev().take_while(|slot| slot.state == SlotState::Failed).count();
        if failed >= FAILED_LOOKS
            && let Some(last) = settled.last()
        {
            let said = format!(
                "{satellite} 资料无法使用: 连续 {failed} 次, 最近 {}: {}",
                last.first.beijing(),
                short(&last.said)
            );
            wrong.insert(format!("failed {satellite}"), said);
        }
    }
    Ok(())
}

/// Files of a time to come: their clock or ours is wrong.
async fn ahead(store: &Store, running: &Running<'_>, now: Utc, wrong: &mut BTreeMap<String, String>) -> Result<()> {
    let open = store.open_slots().await?;
    let ahead = open.iter().find(|slot| slot.seen.is_some() && slot.first.seconds_since(now) > AHEAD_S);
    if let Some(slot) = ahead.filter(|_| !running.clock.is_rehearsal()) {
        let said = format!("{} 资料时间超前({}): 请核对本机时钟", slot.satellite, slot.first.beijing());
        wrong.insert("ahead".to_string(), said);
    }
    Ok(())
}

/// `10-20 13:40`, Beijing time.
fn clock_of(time: Utc) -> String {
    time.beijing().get(5..).unwrap_or_default().to_string()
}

fn short(said: &str) -> String {
    const MOST: usize = 160;
    said.chars().take(MOST).collect()
}

fn inboxes(running: &Running<'_>, wrong: &mut BTreeMap<String, String>) {
    for (name, inbox) in running.gauges.inboxes() {
        if let Some((_, said)) = inbox.trouble.filter(|(since, _)| since.elapsed() >= INBOX_TROUBLE) {
            let what = match name.strip_prefix("intake ") {
                Some(source) => format!("{source} 的告警文件无法接收"),
                None => format!("收件箱 {name} 无法访问"),
            };
            wrong.insert(format!("inbox {name}"), format!("{what}: {}", short(&said)));
        }
        if let Some(skew) = inbox.skew_s.filter(|skew| skew.abs() > SKEW_S && !running.clock.is_rehearsal()) {
            wrong.insert(format!("clock {name}"), format!("本机时钟与 {name} 相差 {skew:.0} 秒"));
        }
    }
}

async fn notices(store: &Store, running: &Running<'_>, now: Utc, wrong: &mut BTreeMap<String, String>) -> Result<()> {
    for (sink, status, count) in store.counts().await? {
        if status == Status::Dead && count > 0 {
            wrong.insert(format!("dead {sink}"), format!("推送 {sink} 有通知被拒收, 见 strawfire deliver list"));
        }
    }
    let before = now.plus_seconds(-NOT_TAKEN_S * running.clock.speed()).unwrap_or(now);
    for sink in store.not_taken(before).await? {
        wrong.insert(format!("late {sink}"), format!("推送 {sink} 有通知超过半小时未送达"));
    }
    Ok(())
}

/// Reports of counties that nobody confirmed in time, an alarm an hour: a day long, for then the next one is due.
async fn nil_reports(
    store: &Store,
    running: &Running<'_>,
    now: Utc,
    wrong: &mut BTreeMap<String, String>,
) -> Result<()> {
    const DAY_S: f64 = 86_400.0;
    let Some(hours) = &running.site.desk.nil_report else { return Ok(()) };
    let since = now.plus_seconds(-DAY_S).unwrap_or(now);
    let mut missing: BTreeMap<Utc, Vec<&str>> = BTreeMap::new();
    for report in store.nil_reports(None, since, now).await? {
        let at = report.confirmed.as_ref().map(|confirmed| confirmed.at);
        let name = running.site.desk_name(&report.adcode);
        if let (Stands::Missing, Some(name)) = (Stands::of(report.due, at, hours.grace_min, now), name) {
            missing.entry(report.due).or_default().push(name);
        }
    }
    for (due, names) in missing {
        let said = format!("零报告逾期未报({}): {}", clock_of(due), names.join("、"));
        wrong.insert(format!("nil {}", due.compact()), said);
    }
    Ok(())
}

async fn jobs(store: &Store, running: &Running<'_>, now: Utc, wrong: &mut BTreeMap<String, String>) -> Result<()> {
    let named = |name: &str| running.site.jobs.iter().any(|job| job.run.name() == name);
    for job in store.jobs_done(now).await?.into_iter().filter(|job| !job.is_done && named(&job.name)) {
        wrong.insert(format!("job {}", job.name), format!("定时任务 {} 未完成: {}", job.name, short(&job.said)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::nil_report;
    use crate::site::Site;
    use crate::station::tests::at_work::at_work;
    use crate::store::Filed;
    use crate::time::Clock;

    const SINK: &str = "[delivery]\nallow_loopback = true\n[[delivery.sinks]]\nname = 'patrol'\nkind = 'http'\n\
                        url = 'http://127.0.0.1:9/hotspots'\nsecret_file = 'secret'\n";

    fn at(clock: &str) -> Utc {
        Utc::parse(&format!("2025-10-20T{clock}Z")).expect("a time")
    }

    /// Names of what is wrong at a time.
    async fn wrong(running: &Running<'_>, store: &Store, now: Utc) -> Vec<String> {
        look_around(store, running, None, Vec::new(), &mut Watched::default(), now).await.expect("looked around");
        let open = store.alarms(now).await.expect("alarms");
        open.into_iter().filter(|alarm| alarm.over.is_none()).map(|alarm| alarm.name).collect()
    }

    fn notice(site: &Site, now: Utc) -> Filed {
        Filed {
            sink: site.delivery.sinks[0].name.clone(),
            event: "e".into(),
            revision: 1,
            kind: "new".into(),
            due: now,
            seen: now,
            late: false,
            gauge: "{}".into(),
            body: "{}".into(),
        }
    }

    /// The counties that owe a report are named until they gave it, and the desk is told when all have.
    #[tokio::test]
    async fn a_nil_report_that_nobody_confirms_is_an_alarm_until_somebody_does() {
        let toml = format!("{SINK}[desk.nil_report]\nat = '0 8 * * *'\ngrace_min = 30\n");
        at_work(&toml, Clock::rehearsal(at("00:05:00"), 1.0), async |running, store| {
            let (site, now) = (running.site, at("00:05:00"));
            let made = nil_report::propose(store, site, running.settings.thresholds, now, &running.actor).await;
            assert_eq!(made.expect("asked"), 0, "a store owes nothing for hours before it was there");
            let mut write = store.write().await.expect("a turn");
            let begun = write
                .audit(
                    at("00:00:00").plus_seconds(-3600.0).expect("a time"),
                    &running.actor,
                    "begun",
                    "store",
                    &serde_json::json!({}),
                )
                .await;
            begun.expect("noted");
            write.commit().await.expect("kept");
            let made = nil_report::propose(store, site, running.settings.thresholds, now, &running.actor).await;
            assert_eq!(made.expect("made"), site.counties.len() as u64);
            assert_eq!(wrong(running, store, at("00:30:00")).await, [""; 0], "in time");
            assert_eq!(wrong(running, store, at("00:31:00")).await, ["nil 20251020T000000Z"]);
            let open = store.alarms(now).await.expect("alarms");
            assert!(open[0].said.contains("互助") && open[0].said.contains("10-20 08:00"), "{}", open[0].said);
            for county in &site.counties {
                let mut write = store.write().await.expect("a turn");
                let (report, said) = ((county.name.adcode.as_str(), at("00:00:00")), ("{}", "hash"));
                let done = write.confirm_report(report, said, "", at("00:40:00"), &running.actor).await;
                assert!(done.expect("confirmed"));
                write.commit().await.expect("kept");
                let left = wrong(running, store, at("00:41:00")).await.len();
                let is_last = county.name == site.counties.last().expect("some").name;
                assert_eq!(left, usize::from(!is_last), "{}", county.name.name);
            }
            // made once, whoever asks again; a day later it is of no shift any more
            let made = nil_report::propose(store, site, running.settings.thresholds, now, &running.actor).await;
            assert_eq!(made.expect("asked"), 0);
        })
        .await;
    }

    /// The contract of the alarm is its own text: not taken for half an hour.
    #[tokio::test]
    async fn one_failed_push_is_no_half_hour_and_many_in_half_an_hour_are() {
        at_work(SINK, Clock::rehearsal(at("05:00:00"), 1.0), async |running, store| {
            let mut write = store.write().await.expect("a turn");
            write.file(&[notice(running.site, at("05:00:00"))], at("05:00:00")).await.expect("filed");
            write.commit().await.expect("kept");
            for tries in 1..=6 {
                let row = store.rows(Status::Queued, 1).await.expect("rows").remove(0);
                let mut write = store.write().await.expect("a turn");
                write.note_attempt(&row, at("05:40:00")).await.expect("noted");
                write.commit().await.expect("kept");
                assert_eq!(wrong(running, store, at("05:00:10")).await, [""; 0], "after {tries} tries");
            }
            assert_eq!(wrong(running, store, at("05:29:00")).await, [""; 0]);
            assert_eq!(wrong(running, store, at("05:31:00")).await, ["late patrol"]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_part_that_ended_in_a_fault_is_told_by_its_name() {
        at_work("", Clock::rehearsal(at("05:00:00"), 1.0), async |running, store| {
            running.gauges.fault("cameras");
            assert_eq!(wrong(running, store, at("05:00:10")).await, ["fault cameras"]);
        })
        .await;
    }

    #[tokio::test]
    async fn a_scan_that_hangs_is_an_alarm_and_not_ready_until_it_ends() {
        at_work("", Clock::rehearsal(at("05:00:00"), 1.0), async |running, store| {
            running.gauges.stuck(Some("a scan has gone on for 900 s".into()));
            assert_eq!(running.gauges.not_ready().as_deref(), Some("a scan has gone on for 900 s"));
            assert_eq!(wrong(running, store, at("05:15:00")).await, ["stuck"]);
            running.gauges.stuck(None);
            assert_eq!(running.gauges.not_ready(), None);
            assert_eq!(wrong(running, store, at("05:16:00")).await, [""; 0]);
        })
        .await;
    }
}
