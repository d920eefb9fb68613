//! What is done at set times, on a thread of its own: each time once, also where the station was off when it came.

use super::clock::SINCE;
use super::round::Running;
use super::{evidence, fetch, lists};
use crate::error::{Error, Result};
use crate::pipeline::bulletin::Kind;
use crate::pipeline::keep::runtime;
use crate::pipeline::{housekeeping, nil_report};
use crate::site::{Job, JobKind, Source};
use crate::store::{JobDone, Store};
use crate::time::Utc;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::watch;

/// How often the times are looked at.
const TICK: Duration = Duration::from_secs(1);
/// A job that failed is tried again after so long, so often.
const AGAIN_S: f64 = 600.0;
const MOST_TRIES: i64 = 5;
/// A time that was missed is made up for only so long, seconds: a day.
const MISSED_S: f64 = 86_400.0;
/// Backups that are kept.
const BACKUPS: usize = 14;
/// Pause between two looks at fetched files that are old.
const CLEAR: Duration = Duration::from_secs(60);
/// Pauses after the store failed.
const STORE_AGAIN: Duration = Duration::from_secs(15);

/// Does what is due until told to stop.
pub fn keep(running: &Running<'_>, stop: watch::Receiver<bool>) {
    until_stopped(serve(running), stop, "nothing is done by the clock");
}

/// Works on a runtime of its own until told to stop; `without` is what is not done where there is none.
pub(super) fn until_stopped(work: impl Future<Output = ()>, mut stop: watch::Receiver<bool>, without: &str) {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!("{error}: {without}"),
    };
    runtime.block_on(async {
        tokio::select! {
            () = work => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    });
    runtime.shutdown_background();
}

async fn serve(running: &Running<'_>) {
    let url = running.site.store_url.as_deref().unwrap_or_default();
    let (mut refused, mut opened) = (Refused::new(), None);
    loop {
        let worked = async {
            // opened once: another file that is put in its place is not ours to work with
            let store: &Store = match &mut opened {
                Some(store) => store,
                None => opened.insert(Store::open_existing(url).await?),
            };
            rounds(running, store, &mut refused).await
        };
        if let Err(error) = worked.await {
            tracing::error!("{error}; jobs wait for {} s", STORE_AGAIN.as_secs());
        }
        tokio::time::sleep(STORE_AGAIN).await;
    }
}

/// Jobs that the store failed, and how often: one record that cannot be read must not keep all others from being done.
type Refused = HashMap<(String, Utc), u32>;
const MOST_REFUSED: u32 = 3;

async fn rounds(running: &Running<'_>, store: &Store, refused: &mut Refused) -> Result<()> {
    let mut cleared: Option<std::time::Instant> = None;
    loop {
        let now = running.clock.now();
        for (job, due, attempts) in due_now(running, store, now).await? {
            let said = done(running, store, &job, due).await;
            let (is_done, said) = match said {
                Ok(said) => (true, said),
                Err(error @ Error::Store { .. }) => {
                    let times = refused.entry((job.run.name().to_string(), due)).or_default();
                    *times += 1;
                    if *times < MOST_REFUSED {
                        return Err(error);
                    }
                    *times = 0;
                    (false, error.to_string())
                }
                Err(error) => (false, error.to_string()),
            };
            note(
                store,
                &JobDone {
                    name: job.run.name().to_string(),
                    due,
                    is_done,
                    attempts: attempts + 1,
                    at: running.clock.now(),
                    said,
                },
            )
            .await?;
        }
        if cleared.is_none_or(|at| at.elapsed() >= CLEAR) {
            for inbox in running.site.inboxes.iter().filter(|inbox| !matches!(inbox.source, Source::Folder { .. })) {
                fetch::clear(store, running, inbox, now).await?;
            }
            evidence::make_room(running.site);
            cleared = Some(std::time::Instant::now());
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn note(store: &Store, job: &JobDone) -> Result<()> {
    match job.is_done {
        true => tracing::info!(job = job.name.as_str(), "{} of {}: {}", job.name, job.due.beijing(), job.said),
        false => tracing::error!(job = job.name.as_str(), "{} of {} failed: {}", job.name, job.due.beijing(), job.said),
    }
    let mut write = store.write().await?;
    write.job_done(job).await?;
    write.commit().await
}

/// Jobs whose time has come: the last time of each that was not done yet, with how often it was tried.
async fn due_now(running: &Running<'_>, store: &Store, now: Utc) -> Result<Vec<(Job, Utc, i64)>> {
    let done: HashMap<String, JobDone> =
        store.jobs_done(now).await?.into_iter().map(|job| (job.name.clone(), job)).collect();
    let mut due = Vec::new();
    for job in &running.site.jobs {
        let Some(time) = job.at.previous(now.plus_seconds(1.0).unwrap_or(now)) else { continue };
        if now.seconds_since(time) > MISSED_S {
            continue;
        }
        match done.get(job.run.name()) {
            Some(last) if last.due > time || (last.due == time && last.is_done) => {}
            Some(last) if last.due == time => {
                if last.attempts < MOST_TRIES && now.seconds_since(last.at) >= AGAIN_S {
                    due.push((job.clone(), time, last.attempts));
                }
            }
            // a station that is new has nothing to make up for; one that began by a clock that was ahead is not new for ever
            None if running_since(store).await?.is_none_or(|since| time < since && since <= now) => {}
            _ => due.push((job.clone(), time, 0)),
        }
    }
    due.sort_by_key(|(_, time, _)| *time);
    Ok(due)
}

async fn running_since(store: &Store) -> Result<Option<Utc>> {
    Ok(store.station_note(SINCE).await?.and_then(|text| Utc::parse(&text)))
}

/// Does one; gives what is to be said of it.
async fn done(running: &Running<'_>, store: &Store, job: &Job, due: Utc) -> Result<String> {
    let now = running.clock.now();
    match job.run {
        JobKind::Retain => {
            let [events, fires, looks, notices] = store.retain(&running.site.retention, now, &running.actor).await?;
            let photos = housekeeping::remove_photos(store, running.site).await?;
            Ok(format!(
                "taken away: {events} events, {fires} detections, {looks} looks, {notices} notices, {photos} files of photos"
            ))
        }
        JobKind::Backup => backup(running, store, due).await,
        JobKind::DailyList => lists::daily(running, store, due).await,
        JobKind::WeeklyReport => lists::week(running, store, due).await,
        JobKind::DailyReport => lists::report(running, store, Kind::Daily, due).await,
        JobKind::WeeklyBulletin => lists::report(running, store, Kind::Weekly, due).await,
        JobKind::MonthlyReport => lists::report(running, store, Kind::Monthly, due).await,
        JobKind::StaticLearn => lists::learn(running, store).await,
        JobKind::NilReport => {
            let thresholds = running.settings.thresholds;
            let new = nil_report::propose(store, running.site, thresholds, now, &running.actor).await?;
            Ok(format!("{new} reports of counties wait to be confirmed"))
        }
    }
}

/// A file a day; the oldest of more than are kept go.
async fn backup(running: &Running<'_>, store: &Store, due: Utc) -> Result<String> {
    let folder = running.site.station.backup_dir.clone().ok_or_else(|| {
        Error::config("station.backup_dir", "nothing", "a folder for backups", "set it, or take the job out")
    })?;
    let name = format!("strawfire-{}.jsonl", due.beijing_as("%Y%m%d").unwrap_or_default());
    let path = housekeeping::backup_path(store, running.site, &folder.join(&name))?;
    let backed = housekeeping::backup(store, &path).await?;
    let mut kept: Vec<_> =
        glob::glob(&format!("{}/strawfire-????????.jsonl", folder.display())).into_iter().flatten().flatten().collect();
    kept.sort();
    for old in kept.iter().rev().skip(BACKUPS) {
        std::fs::remove_file(old).map_err(|error| Error::output(old, error))?;
    }
    Ok(format!("{} rows in {}", backed.rows, path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::tests::at_work::at_work;
    use crate::time::Clock;

    const JOBS: &str = "[station]\ndir = 'FOLDER/station'\n\
                        [[station.jobs]]\nrun = 'daily-list'\nat = '0 8 * * *'\n\
                        [[station.jobs]]\nrun = 'retain'\nat = '1 8 * * *'\n";
    /// Five minutes past eight in Beijing.
    const NOW: &str = "2025-10-20T00:05:00Z";

    fn time(text: &str) -> Utc {
        Utc::parse(text).expect("a time")
    }

    async fn due(running: &Running<'_>, store: &Store) -> Vec<(&'static str, Utc)> {
        let due = due_now(running, store, time(NOW)).await.expect("asked");
        due.into_iter().map(|(job, due, _)| (job.run.name(), due)).collect()
    }

    async fn since(store: &Store, text: &str) {
        let mut write = store.write().await.expect("a turn");
        write.note_station(SINCE, text).await.expect("noted");
        write.commit().await.expect("kept");
    }

    /// What a clock did that was ahead for a while keeps no job from its time, whether the station had worked before or began by that clock.
    #[tokio::test]
    async fn a_clock_that_was_once_ahead_keeps_no_job_from_being_done() {
        at_work(JOBS, Clock::rehearsal(time(NOW), 1.0), async |running, store| {
            let both = [("daily-list", time("2025-10-20T00:00:00Z")), ("retain", time("2025-10-20T00:01:00Z"))];
            assert_eq!(due(running, store).await, [], "a store without a station");
            since(store, "2025-10-20T00:03:00Z").await;
            assert_eq!(due(running, store).await, [], "a station that is new");
            for began in ["2025-10-19T00:00:00Z", "2035-01-01T00:00:00Z"] {
                since(store, began).await;
                assert_eq!(due(running, store).await, both, "since {began}");
                let ahead = time("2035-01-01T00:00:00Z");
                for name in ["daily-list", "retain"] {
                    let (name, said) = (name.to_string(), String::new());
                    let done = JobDone { name, due: ahead, is_done: true, attempts: 1, at: ahead, said };
                    note(store, &done).await.expect("noted");
                }
                assert_eq!(due(running, store).await, both, "since {began}, and done in 2035");
            }
        })
        .await;
    }

    /// Three in the morning, and nobody has a page open.
    #[tokio::test]
    async fn nil_reports_are_made_at_their_hours_without_anybody() {
        let toml = format!("{JOBS}[desk.nil_report]\nat = '0 3,8 * * *'\n");
        at_work(&toml, Clock::rehearsal(time(NOW), 1.0), async |running, store| {
            since(store, "2025-10-19T00:00:00Z").await;
            // a store owes nothing for hours before it was there
            let mut write = store.write().await.expect("a turn");
            let begun = write
                .audit(time("2025-10-19T00:00:00Z"), &running.actor, "begun", "store", &serde_json::json!({}))
                .await;
            begun.expect("noted");
            write.commit().await.expect("kept");
            let all = due_now(running, store, time(NOW)).await.expect("asked");
            let (job, at, _) = all.iter().find(|(job, ..)| job.run == JobKind::NilReport).expect("due");
            assert_eq!(*at, time("2025-10-20T00:00:00Z"));
            let said = done(running, store, job, *at).await.expect("done");
            assert_eq!(said, "6 reports of counties wait to be confirmed");
            let reports = store.nil_reports(None, time("2025-10-19T00:00:00Z"), time(NOW)).await.expect("read");
            // from the hour before to this one: 03:00 and 08:00 in Beijing
            assert!(reports.iter().all(|report| report.from == time("2025-10-19T19:00:00Z") && report.due == *at));
            assert!(reports.iter().all(|report| report.proposed.contains("未有效观测")), "{reports:?}");
        })
        .await;
    }

    /// A record that cannot be read fails each list; what comes after it is done, and the list counts as failed and is an alarm.
    #[tokio::test]
    async fn a_job_that_the_store_refuses_is_counted_and_blocks_no_other() {
        at_work(JOBS, Clock::rehearsal(time(NOW), 1.0), async |running, store| {
            since(store, "2025-10-19T00:00:00Z").await;
            let url = running.site.store_url.as_deref().expect("set");
            let pool = sqlx::AnyPool::connect(url).await.expect("connects");
            let unreadable = "INSERT INTO slots (id, satellite, stream, first_us, last_us, state, expected, due_us, attempts, looks, \
                              partial, late, said) VALUES (1, 'x', '', $1, $1, 'asleep', 1, $1, 0, '[]', 0, 0, '')";
            let hour_ago = time("2025-10-19T23:00:00Z").micros();
            sqlx::query(unreadable).bind(hour_ago).execute(&pool).await.expect("put in");
            let mut refused = Refused::new();
            for times in 1..MOST_REFUSED {
                let error = rounds(running, store, &mut refused).await.expect_err("the list fails");
                assert!(error.to_string().contains("asleep"), "{times}: {error}");
                assert_eq!(store.jobs_done(time(NOW)).await.expect("read"), []);
            }
            // they go on for ever where nothing fails
            let all_done = async {
                while store.jobs_done(time(NOW)).await.expect("read").len() < 2 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            tokio::select! {
                ended = rounds(running, store, &mut refused) => panic!("{ended:?}"),
                done = tokio::time::timeout(Duration::from_secs(60), all_done) => done.expect("in time"),
            }
            let done = store.jobs_done(time(NOW)).await.expect("read");
            let found: Vec<(&str, bool, i64)> =
                done.iter().map(|job| (job.name.as_str(), job.is_done, job.attempts)).collect();
            assert_eq!(found, [("daily-list", false, 1), ("retain", true, 1)], "{done:?}");
            pool.close().await;
        })
        .await;
    }

    /// At eight the report of the day before is frozen, by what was known at eight, and its documents are there; of a day without a look it says that
    /// nothing was seen, not that nothing burned.
    #[tokio::test]
    async fn the_report_of_the_day_before_is_frozen_at_its_hour() {
        let jobs = JOBS.replace("daily-list", "daily-report");
        at_work(&jobs, Clock::rehearsal(time(NOW), 1.0), async |running, store| {
            since(store, "2025-10-19T00:00:00Z").await;
            let (job, due, _) = due_now(running, store, time(NOW)).await.expect("asked").remove(0);
            let said = done(running, store, &job, due).await.expect("made");
            assert!(said.starts_with("daily-20251019-"), "{said}");
            let listed = store.reports(None, 10).await.expect("read").remove(0);
            assert_eq!((listed.cut_off, listed.kind.as_str()), (time("2025-10-20T00:00:00Z"), "daily"));
            let report = store.report(&listed.id).await.expect("read").expect("there");
            assert!(
                report.figures.contains("未有效观测") && !report.figures.contains("未监测到火点("),
                "{}",
                report.figures
            );
            let folder = running.site.station.dir.clone().expect("set").join("lists/reports");
            for ending in ["docx", "xlsx"] {
                assert!(folder.join(format!("{}.{ending}", listed.id)).is_file(), "{ending}");
            }
            // done again after a crash it is the same report
            let again = done(running, store, &job, due).await.expect("made");
            assert!(again.contains("there before"), "{again}");
        })
        .await;
    }
}
