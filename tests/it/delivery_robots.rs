//! Robots through the outbox, with the built program: five hundred events of one minute, its limits, and a kill in the middle.

use crate::common::python_with;
use crate::databases::{Database, both};
use crate::delivery::{Desk, Ended, count, desk, run};
use crate::sinks::{SECRET, Server, event};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use strawfire::store::{Status, Store};
use strawfire::time::Utc;

const EVENTS: u32 = 500;
/// Calls of this minute before the many events come: two of the eighteen are left.
const BEFORE: u32 = 16;

/// A stand-in that keeps its limits by the real minute.
fn robot(python: &OsStr, flavour: &str, log: &Path, port: &str) -> Server {
    let log = log.display().to_string();
    let arguments = [flavour, "--key", SECRET, "--delay", "0.3", "--port", port, "--log", &log];
    Server::python(python, "robots.py", &arguments)
}

fn robot_desk(database: &Database, flavour: &str, address: &str) -> Desk {
    let sink = format!(
        "[[delivery.sinks]]\nname = 'group'\nkind = '{flavour}'\nurl = '{address}/send'\nsecret_file = 'secret'\ntimeout_s = 5\n"
    );
    desk(&database.url, &sink)
}

/// Code and text of every request.
fn met(log: &Path) -> Vec<(i64, String)> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let line = |line: &str| serde_json::from_str::<Value>(line).expect("JSON");
    let all = text.lines().map(line).map(|line| {
        let text = line["text"].as_str().expect("text").to_string();
        (line["errcode"].as_i64().expect("a code"), text)
    });
    all.collect()
}

/// How many times each event was told, by its place.
fn times(met: &[(i64, String)], events: u32) -> BTreeMap<u32, usize> {
    let told = |n: u32| {
        let place = event(n).place;
        let place = format!("E{:.4} N{:.4}", place.lon(), place.lat());
        met.iter().filter(|(code, text)| *code == 0 && text.contains(&place)).count()
    };
    (0..events).map(|n| (n, told(n))).collect()
}

fn start(desk: &Desk) -> Child {
    desk.command(&["deliver"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts")
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn calls(database: &Database) -> i64 {
    run(async {
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(&database.url).await.expect("connects");
        let (calls,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM calls").fetch_one(&pool).await.expect("read");
        pool.close().await;
        calls
    })
}

#[test]
fn five_hundred_events_and_a_kill_keep_to_the_minute_of_wecom() {
    both().iter().for_each(|database| kill_in_the_minute(database, "wecom"));
}

#[test]
fn five_hundred_events_and_a_kill_keep_to_the_minute_of_dingtalk() {
    both().iter().for_each(|database| kill_in_the_minute(database, "dingtalk"));
}

fn kill_in_the_minute(database: &Database, flavour: &str) {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let log: PathBuf = folder.path().join("log");
    let mut server = robot(&python, flavour, &log, "0");
    let desk = robot_desk(database, flavour, &server.address);
    // sixteen calls, an event each
    for n in 0..BEFORE {
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            desk.queue(&store, &["group"], n..n + 1, Utc::now()).await;
        });
        desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
    }
    assert_eq!((met(&log).len(), calls(database)), (16, 16));
    let minute = Instant::now();
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["group"], BEFORE..EVENTS, Utc::now()).await;
    });
    // killed while the robot has the message and has not answered
    let mut first = start(&desk);
    wait_until("a message", || met(&log).len() == 17);
    first.kill().expect("killed");
    first.wait().expect("ended");
    assert_eq!(calls(database), 17, "a call counts from before it is made");
    let mut second = start(&desk);
    wait_until("the last call of the minute", || met(&log).len() == 18);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(met(&log).len(), 18, "{flavour}: the minute has no more");
    crate::delivery_trouble::terminate(&mut second, Duration::from_secs(7));
    assert!(minute.elapsed() < Duration::from_secs(40), "too slow to say anything");
    let queued = run(async {
        let store = Store::open(&database.url).await.expect("opens");
        count(&store, "group", Status::Queued).await
    });
    assert!(queued > 0, "there was more to tell");
    // a minute later by the clock of the deliverer; the robot's own begins anew
    let port = server.address.rsplit(':').next().expect("a port").to_string();
    drop(server);
    server = robot(&python, flavour, &log, &port);
    if !crate::common::have("faketime") {
        return;
    }
    let mut last = crate::delivery_trouble::at_another_time(&desk, "+61s", &["deliver", "--once"]);
    Ended::of(last.output().expect("starts")).expect(0, &[]);
    drop(server);
    let met = met(&log);
    // neither 45009 nor 130101, 40058 nor 460101
    assert!(met.iter().all(|(code, _)| *code == 0), "{met:?}");
    let times = times(&met, EVENTS);
    assert!(times.values().all(|times| (1..=2).contains(times)), "{times:?}");
    let twice = times.values().filter(|times| **times == 2).count();
    let largest = met.iter().map(|(_, text)| text.matches(" N3").count()).max().unwrap_or(0);
    println!(
        "{} {flavour}: {EVENTS} events in {} messages; {twice} told twice by the kill (a message holds up to {largest})",
        database.kind,
        met.len()
    );
    assert!(twice <= largest, "{twice}");
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        assert_eq!(count(&store, "group", Status::Sent).await, i64::from(EVENTS));
        assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
    });
}
