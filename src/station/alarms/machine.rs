//! What is wrong with the machine itself: a disk that fills, a clock that was set, elements of orbits that are too old.

use super::super::round::Running;
use super::short;
use crate::schedule::Tles;
use crate::time::Utc;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Elements of orbits are good for so long, days: after that they foretell passes wrong by minutes.
const TLE_DAYS: f64 = 14.0;
/// A clock that goes on by so much more or less than time does was set, seconds.
const JUMP_S: f64 = 60.0;
/// How long the desk is told that the clock was set.
const JUMP_SAID: Duration = Duration::from_secs(600);

/// What is remembered from one look to the next.
#[derive(Default)]
pub struct Watched {
    /// The clock of the machine, and the time that goes on whatever it says.
    clock: Option<(Utc, Instant)>,
    /// When the clock was found to have been set, and by how much.
    jump: Option<(Instant, f64)>,
}

/// Free bytes of the file system of a path, or of the nearest folder above it that is there.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|path| path.exists())?;
    let system = rustix::fs::statvfs(there).ok()?;
    Some(system.f_bavail * system.f_frsize)
}

pub(super) fn disk(running: &Running<'_>, wrong: &mut BTreeMap<String, String>) {
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

pub(super) fn clock(running: &Running<'_>, watched: &mut Watched, now: Utc, wrong: &mut BTreeMap<String, String>) {
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

pub(super) fn orbits(
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
