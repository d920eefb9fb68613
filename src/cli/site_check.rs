//! The part of `strawfire site check` that looks around: the store, what imagery comes by, what the schedule knows, and the machine.

mod cameras;
mod desk;

use crate::error::{Error, Result};
use crate::ingest::granule::parts;
use crate::ingest::remote::{Firms, Remote};
use crate::pipeline::keep::runtime;
use crate::schedule::{self, Tles};
use crate::site::{Inbox, InboxKind, Site, Source};
use crate::station;
use crate::store::{SlotState, Store, without_password};
use crate::time::Utc;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is there and works.
    Works,
    /// Not set: something is not done.
    Absent,
    /// Set, and does not work.
    Broken,
    /// Written in the site's files, and cannot be meant: it works on no day.
    Wrong,
    /// Said, and neither good nor bad.
    Told,
}

impl Mark {
    /// Two letters before a line.
    pub fn sign(self) -> &'static str {
        match self {
            Mark::Works => "ok",
            Mark::Absent => "--",
            Mark::Broken | Mark::Wrong => "!!",
            Mark::Told => "  ",
        }
    }
}

/// A line of the page.
pub type Line = (Mark, String);

/// Longest wait for what is elsewhere.
const PATIENCE: Duration = Duration::from_secs(20);
/// Elements of orbits are good for so long, days.
const TLE_DAYS: f64 = 14.0;

/// All lines about what the always-on program works with.
pub fn lines(site: &Site, now: Utc) -> Result<Vec<Line>> {
    let runtime = runtime()?;
    let mut lines = Vec::new();
    runtime.block_on(async {
        store(site, now, &mut lines).await;
        lines.extend(desk::lines(site, now).await);
        for inbox in &site.inboxes {
            lines.push(looked_into(site, inbox, now).await);
        }
        lines.extend(cameras::lines(site).await);
    });
    runtime.shutdown_background();
    if site.inboxes.is_empty() {
        lines.push((
            Mark::Absent,
            "station.inboxes: not set; nothing is scanned by itself (strawfire station then runs the clocks of cases, delivery and the page, where [desk] is set)".to_string(),
        ));
    }
    schedule_of(site, now, &mut lines);
    for job in &site.jobs {
        let next = job.at.next(now).map_or("never".to_string(), |time| format!("{} Beijing time", time.beijing()));
        lines.push((Mark::Told, format!("job {}: next at {next}", job.run.name())));
    }
    machine(site, &mut lines);
    Ok(lines)
}

async fn store(site: &Site, now: Utc, lines: &mut Vec<Line>) {
    let Some(url) = &site.store_url else { return };
    let name = without_password(url);
    let opened = tokio::time::timeout(PATIENCE, Store::open_existing(url)).await;
    let store = match opened {
        Ok(Ok(store)) => store,
        Ok(Err(error)) if is_not_made(&error) => {
            return lines
                .push((Mark::Absent, format!("store {name}: not made yet; the station, scan or user add make it")));
        }
        Ok(Err(error)) => return lines.push((Mark::Broken, format!("store {name}: {error}"))),
        Err(_) => return lines.push((Mark::Broken, format!("store {name}: no answer for {} s", PATIENCE.as_secs()))),
    };
    let found = async {
        let now = station::now_of(&store, now).await?;
        let counts = store.slot_counts(now.plus_seconds(-86_400.0).unwrap_or(now), now).await?;
        let alarms = store.alarms(now).await?;
        Ok::<_, Error>((counts, alarms))
    };
    match found.await {
        Ok((counts, alarms)) => {
            let of = |state: SlotState| {
                counts.iter().filter(|((_, of), _)| *of == state).map(|(_, count)| count).sum::<i64>()
            };
            let words: Vec<String> =
                SlotState::ALL.iter().map(|state| format!("{} {}", state.name(), of(*state))).collect();
            lines.push((Mark::Works, format!("store {name}: answers; looks of the last day: {}", words.join(", "))));
            lines.extend(alarms.into_iter().filter(|alarm| alarm.over.is_none()).map(|alarm| {
                (Mark::Broken, format!("alarm since {} Beijing time: {}", alarm.since.beijing(), alarm.said))
            }));
        }
        Err(error) => lines.push((Mark::Broken, format!("store {name}: {error}"))),
    }
}

/// A store that is not there is no trouble before the first start; a server that does not answer is.
fn is_not_made(error: &Error) -> bool {
    matches!(error, Error::Store { reason, .. } if reason.contains("there is no store"))
}

async fn looked_into(site: &Site, inbox: &Inbox, now: Utc) -> Line {
    let name = format!("inbox {} ({})", inbox.name, InboxKind::of(&inbox.source).name());
    if let Source::Folder { path } = &inbox.source
        && !path.exists()
    {
        return (
            Mark::Absent,
            format!("{name}: {} is not there yet; it is looked for again and again", path.display()),
        );
    }
    let looked = tokio::time::timeout(PATIENCE, found_in(site, inbox, now));
    match looked.await {
        Ok(Ok(said)) => (Mark::Works, format!("{name}: {said}")),
        Ok(Err(error)) => (Mark::Broken, format!("{name}: {error}")),
        Err(_) => (Mark::Broken, format!("{name}: no answer for {} s", PATIENCE.as_secs())),
    }
}

/// What lies there, in words.
async fn found_in(site: &Site, inbox: &Inbox, now: Utc) -> Result<String> {
    const HOURS: f64 = 2.0;
    match &inbox.source {
        Source::Folder { path } => folder(path),
        Source::Firms { products, .. } => {
            let firms = Firms::open(inbox, site.neighbourhood())?;
            let product = products.first().map_or("", String::as_str);
            let list = firms.fetch(product, None).await?;
            Ok(format!("answers; {product} has {} rows around the site", list.lines().count().saturating_sub(1)))
        }
        _ => {
            let from = now.plus_seconds(-3600.0 * inbox.look_back_hours.min(HOURS)).unwrap_or(now);
            let remote = Remote::open(inbox)?;
            let listed = remote.list(from, now).await?;
            let clock = remote.skew_s().filter(|skew| skew.abs() > 60.0);
            let clock = clock.map(|skew| format!("; its clock differs from ours by {skew:.0} s")).unwrap_or_default();
            Ok(format!("answers; {} files of the last {HOURS:.0} hours{clock}", listed.len()))
        }
    }
}

fn folder(path: &Path) -> Result<String> {
    let entries = std::fs::read_dir(path).map_err(|error| Error::read(path, error))?;
    let names = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let products = names.filter(|path| parts::named(path).is_some()).count();
    Ok(format!("{} can be read; {products} files of products in it", path.display()))
}

/// When the satellites that are expected come next.
fn schedule_of(site: &Site, now: Utc, lines: &mut Vec<Line>) {
    const DAY_S: f64 = 86_400.0;
    let tles = site.tle.as_ref().map(Tles::read);
    if let Some(Err(error)) = &tles {
        lines.push((Mark::Broken, format!("schedule.tle: {error}")));
    }
    let tles = tles.and_then(Result::ok);
    let why = if site.tle.is_some() {
        "schedule.tle cannot be read"
    } else {
        "no timetable of it is known, and schedule.tle is not set"
    };
    let satellites: BTreeSet<&String> = site.inboxes.iter().flat_map(|inbox| &inbox.satellites).collect();
    let tomorrow = now.plus_seconds(DAY_S).unwrap_or(now);
    for satellite in satellites {
        if let Some(slots) = schedule::slots(satellite, now, tomorrow, &site.planned_gaps) {
            lines.push((
                Mark::Works,
                format!(
                    "{satellite}: {} slots are expected in the next 24 hours",
                    slots.iter().filter(|slot| !slot.is_planned_gap).count()
                ),
            ));
            continue;
        }
        let Some(tles) = &tles else {
            lines.push((
                Mark::Absent,
                format!("{satellite}: {why}; its overpasses are scanned as they come, and none is called missing"),
            ));
            continue;
        };
        let Some(age) = tles.age_days(satellite, now) else {
            lines.push((
                Mark::Broken,
                format!("{satellite}: no elements in schedule.tle: its overpasses are not expected"),
            ));
            continue;
        };
        let (passes, _) = schedule::passes(tles, std::slice::from_ref(satellite), &site.bbox(), now, tomorrow);
        let times: Vec<String> =
            passes.iter().map(|pass| pass.nearest.beijing().get(11..).unwrap_or("").to_string()).collect();
        let mark = if age.abs() > TLE_DAYS { Mark::Broken } else { Mark::Works };
        let old = if mark == Mark::Broken { ": too old, fetch new ones" } else { "" };
        lines.push((
            mark,
            format!(
                "{satellite}: passes in the next 24 hours at {} Beijing time; elements {:.0} days old{old}",
                times.join(", "),
                age.abs()
            ),
        ));
    }
}

/// Room on the disks, and whether the clock can be right.
fn machine(site: &Site, lines: &mut Vec<Line>) {
    let store = site.store_url.as_ref().and_then(|url| url.strip_prefix("sqlite://")).map(Path::new);
    let folder = site.station_folder();
    let paths: BTreeSet<&Path> =
        [store, folder.as_deref(), site.baseline_dir.as_deref()].into_iter().flatten().collect();
    for path in paths {
        let Some(free) = station::free_bytes(path) else { continue };
        let free_mb = free as f64 / 1e6;
        let mark = if free_mb < site.station.disk_low_mb { Mark::Broken } else { Mark::Works };
        lines.push((mark, format!("disk of {}: {:.1} GB free", path.display(), free_mb / 1000.0)));
    }
}
