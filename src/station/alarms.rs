//! What is wrong, looked for every few seconds and kept until it is over: satellites that fell silent, inboxes that cannot be reached, a
//! disk that fills, clocks that differ, notices that nobody takes. The desk is told when it begins and when it ends, not again and again.

use super::round::Running;
use crate::deliver::desk;
use crate::error::Result;
use crate::schedule::{self, Tles};
use crate::site::Camera;
use crate::store::{Slot, SlotState, Status, Store};
use crate::time::Utc;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// An inbox that cannot be reached is an alarm after so long.
const INBOX_TROUBLE: Duration = Duration::from_secs(300);
/// Clocks may differ by so much, seconds.
const SKEW_S: f64 = 60.0;
/// Elements of orbits are good for so long, days: after that they foretell passes wrong by minutes.
const TLE_DAYS: f64 = 14.0;
/// A notice that was due for so long and that nobody took is an alarm, seconds.
const NOT_TAKEN_S: f64 = 1800.0;
/// A file may be of so much later than now, seconds.
const AHEAD_S: f64 = 600.0;
/// Looks that failed one after the other, of one satellite.
const FAILED_LOOKS: usize = 3;
/// A clock that goes on by so much more or less than time does was set, seconds.
const JUMP_S: f64 = 60.0;
/// How long the desk is told that the clock was set.
const JUMP_SAID: Duration = Duration::from_secs(600);

/// How long the desk is told of a fault of the program that was begun anew.
const FAULT_SAID: Duration = Duration::from_secs(3600);
/// Names of alarms of cameras begin so.
const CAMERA: &str = "camera ";

/// What is remembered from one look to the next.
#[derive(Default)]
pub struct Watched {
    /// The clock of the machine, and the time that goes on whatever it says.
    clock: Option<(Utc, Instant)>,
    /// When the clock was found to have been set, and by how much.
    jump: Option<(Instant, f64)>,
}

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
    // of a camera that is looked at nothing ends before it is known that nothing is wrong
    let is_known = |name: &str| {
        let id = name.split(' ').nth(1);
        let is_watched = |camera: &Camera| Some(camera.id.as_str()) == id && camera.source.is_some();
        let is_watched = running.site.cameras.iter().any(is_watched);
        well.as_ref().is_none_or(|well| !well.is_empty() && (well.contains(name) || !is_watched))
    };
    keep(store, running, &wrong, now, |name| !name.starts_with(CAMERA) || is_known(name)).await
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

/// Free bytes of the file system of a path, or of the nearest folder above it that is there.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|path| path.exists())?;
    let system = rustix::fs::statvfs(there).ok()?;
    Some(system.f_bavail * system.f_frsize)
}

fn disk(running: &Running<'_>, wrong: &mut BTreeMap<String, String>) {
    let store =
        running.site.store_url.as_ref().and_then(|url| Some(Path::new(url.strip_prefix("sqlite://")?).to_path_buf()));
    let folders = [store, running.site.station_folder(), running.site.baseline_dir.clone()];
    for path in folders.into_iter().flatten() {
        let Some(free) = free_bytes(&path) else { continue };
        let name = path.display().to_string();
        running.gauges.disk(&name, free);
        let free_mb = free as f64 / 1e6;
        if free_mb < running.site.station.disk_low_mb {
            wrong.insert(
                format!("disk {name}"),
                format!("磁盘空间不足: {name} 低于 {:.0} MB", running.site.station.disk_low_mb),
            );
        }
    }
}

fn clock(running: &Running<'_>, watched: &mut Watched, now: Utc, wrong: &mut BTreeMap<String, String>) {
    if running.clock.is_rehearsal() {
        return;
    }
    if let Some((then, at)) = watched.clock {
        let jump = now.seconds_since(then) - at.elapsed().as_secs_f64();
        if jump.abs() > JUMP_S {
            watched.jump = Some((Instant::now(), jump));
        }
    }
    watched.clock = Some((now, Instant::now()));
    if let Some((_, jump)) = watched.jump.filter(|(at, _)| at.elapsed() < JUMP_SAID) {
        wrong.insert("clock set".to_string(), format!("本机时钟被调整了 {jump:.0} 秒, 请核对时间"));
    }
}

fn orbits(
    running: &Running<'_>,
    tles: Option<&Tles>,
    unknown: &[String],
    now: Utc,
    wrong: &mut BTreeMap<String, String>,
) {
    if let Some(said) = running.gauges.broken_orbits() {
        wrong.insert("orbits".to_string(), format!("轨道根数文件无法读取: {}", short(&said)));
    }
    for satellite in unknown {
        let said = format!("{satellite} 没有时刻表也没有轨道根数(schedule.tle): 无法预报其过境");
        wrong.insert(format!("orbit {satellite}"), said);
    }
    let satellites = running.site.inboxes.iter().flat_map(|inbox| &inbox.satellites);
    for satellite in satellites {
        if let Some(age) = tles.and_then(|tles| tles.age_days(satellite, now)).filter(|age| age.abs() > TLE_DAYS) {
            let said = format!("{satellite} 轨道根数与当前相差 {:.0} 天: 请更新 schedule.tle", age.abs().floor());
            wrong.insert(format!("orbit {satellite}"), said);
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
