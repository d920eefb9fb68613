//! The outbox, emptied into real servers on both databases: nothing is lost, of one event everything comes in order, and what does
//! not answer holds up nothing else.

use crate::common::python_with;
use crate::databases::{both, sqlite};
use crate::sinks::{SECRET, Server, event};
use crate::sinks_receiver::{received, receiver};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use strawfire::deliver::Unsettled;
use strawfire::deliver::outbox::{Post, Until, deliver};
use strawfire::deliver::sinks::{Kind, Notice, render};
use strawfire::fire::FireEvent;
use strawfire::site::Site;
use strawfire::store::{Actor, Filed, Row, Status, Store};
use strawfire::thresholds::Thresholds;
use strawfire::time::{Clock, Utc};
use tokio::sync::watch;

pub fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runs");
    runtime.block_on(work)
}

thread_local! {
    /// The clock of the tests of this thread, microseconds since 1970.
    static CLOCK: Cell<i64> = const { Cell::new(0) };
}

pub fn clock() -> Utc {
    Utc::from_micros(CLOCK.get()).expect("a time")
}

pub fn set_clock(now: Utc) {
    CLOCK.set(now.micros());
}

pub fn at(text: &str) -> Utc {
    Utc::parse(text).expect("a time")
}

/// A site with its counties and its secret, in a folder of its own.
pub struct Desk {
    pub folder: tempfile::TempDir,
    pub site: Site,
}

/// `more`: sinks and routes.
pub fn desk(url: &str, more: &str) -> Desk {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("secret"), format!("{SECRET}\n")).expect("written");
    let text = format!(
        "[store]\nurl = \"{url}\"\n[delivery]\nallow_loopback = true\nallow_simulated = true\nmax_age_hours = 0\n{more}\n"
    );
    std::fs::write(path("site.toml"), text).expect("written");
    let counties = crate::common::project().join("sites/haidong/counties.geojson");
    std::fs::copy(counties, path("counties.geojson")).expect("copied");
    let site = Site::load(folder.path()).expect("loads");
    Desk { folder, site }
}

/// A sink of HTTP, signed.
pub fn http(name: &str, address: &str, more: &str) -> String {
    format!(
        "[[delivery.sinks]]\nname = '{name}'\nkind = 'http'\nurl = '{address}/hotspots'\nsecret_file = 'secret'\ntimeout_s = 2\n{more}\n"
    )
}

impl Desk {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A notice as the pipeline queues it.
    pub fn filed(&self, sink: &str, event: &FireEvent, kind: Kind, revision: u32, now: Utc) -> Filed {
        let config = self.site.delivery.sinks.iter().find(|config| config.name == sink).expect("a sink");
        let notice =
            Notice { event, kind, revision, late: false, at: now, site: &self.site.name, case: None, message: None };
        Filed {
            sink: sink.into(),
            event: event.id.clone(),
            revision: revision.into(),
            kind: kind.name().into(),
            due: now,
            seen: event.last_seen,
            late: false,
            gauge: "{}".into(),
            body: render(config, &notice).expect("rendered"),
        }
    }

    /// Queues events by their numbers, all new.
    pub async fn queue(&self, store: &Store, sinks: &[&str], numbers: std::ops::Range<u32>, now: Utc) {
        let filed: Vec<Filed> = numbers
            .flat_map(|n| sinks.iter().map(move |sink| (n, sink)))
            .map(|(n, sink)| self.filed(sink, &event(n), Kind::New, 1, now))
            .collect();
        file(store, &filed, now).await;
    }

    pub async fn deliver(&self, store: &Store, until: Until, stop: watch::Receiver<bool>, clock: Clock) {
        let thresholds = Thresholds::default();
        let actor = Actor { who: "test".into(), origin: "here".into() };
        let unsettled = Unsettled::default();
        let post =
            Post { store, site: &self.site, thresholds: &thresholds.notice, unsettled: &unsettled, actor, clock };
        let unopened = deliver(&post, until, stop).await.expect("delivers");
        assert!(unopened.is_empty(), "{unopened:?}");
    }

    pub async fn once(&self, store: &Store) {
        let (_keep, stop) = watch::channel(false);
        self.deliver(store, Until::Empty, stop, Clock::rehearsal(clock(), 0.0)).await;
    }

    /// Delivers by the real clock until something is so, and says how long that took.
    pub async fn until(&self, store: &Store, is_so: impl AsyncFn() -> bool) -> Duration {
        let began = Instant::now();
        let (end, stop) = watch::channel(false);
        let watching = async {
            while !is_so().await {
                assert!(began.elapsed() < Duration::from_secs(100), "{:?}", store.counts().await.expect("read"));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            end.send(true).expect("heard");
            began.elapsed()
        };
        tokio::join!(self.deliver(store, Until::Stopped, stop, Clock::MACHINE), watching).1
    }

    /// The built program at this desk.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
        command.args(arguments).arg("--site").arg(self.folder.path()).current_dir(self.folder.path());
        command
    }

    pub fn strawfire(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().expect("starts"))
    }
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub said: String,
    pub log: String,
}

impl Ended {
    pub fn of(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code(), said: text(&output.stdout), log: text(&output.stderr) }
    }

    /// Its code, and what it says on either channel.
    #[track_caller]
    pub fn expect(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.said, self.log);
        for word in words {
            assert!(self.said.contains(word) || self.log.contains(word), "no {word:?} in\n{}\n{}", self.said, self.log);
        }
        self
    }
}

pub async fn file(store: &Store, filed: &[Filed], now: Utc) {
    let mut write = store.write().await.expect("a turn");
    assert_eq!(write.file(filed, now).await.expect("queued"), filed.len() as u64);
    write.commit().await.expect("kept");
}

/// How many notices of a sink have this state.
pub async fn count(store: &Store, sink: &str, status: Status) -> i64 {
    let counts = store.counts().await.expect("read");
    counts.iter().filter(|(of, found, _)| of == sink && *found == status).map(|(.., count)| count).sum()
}

pub async fn rows(store: &Store, status: Status) -> Vec<Row> {
    store.rows(status, 100_000).await.expect("read")
}

/// Every key once, those of one event in order, and each body byte for byte as it was queued.
async fn all_arrived(store: &Store, out: &Path) -> usize {
    let kept = received(out);
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    let mut hashes = BTreeMap::new();
    for line in &kept {
        let key = line["key"].as_str().expect("a key").to_string();
        let (event, revision) = key.rsplit_once(':').expect("two parts");
        let revision = revision.parse().expect("a number");
        let before = last.insert(event.to_string(), revision);
        assert!(before.is_none_or(|before| before < revision), "{key} after {before:?}");
        assert!(hashes.insert(key, line["sha256"].as_str().expect("a hash").to_string()).is_none(), "once");
    }
    let sent = rows(store, Status::Sent).await;
    for row in &sent {
        let hash: String = Sha256::digest(&row.filed.body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hashes.get(&format!("{}:{}", row.filed.event, row.filed.revision)), Some(&hash));
    }
    assert_eq!(sent.len(), kept.len());
    kept.len()
}

/// A day of slots, each with new events and with changes of those before; the receiver is down all the while. When it is back,
/// everything is there five minutes later at the latest: the longest that a notice waits which failed.
#[test]
fn a_receiver_that_was_down_for_a_day_has_everything_five_minutes_after() {
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let down = out.path().join("down");
        std::fs::write(&down, "").expect("written");
        let receiver = receiver(out.path(), &["--down-file", &down.display().to_string()]);
        let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let began = Instant::now();
            let mut queued = 0;
            for slot in 0..144_u32 {
                let now = at("2025-10-20T00:00:00Z").plus_seconds(600.0 * f64::from(slot)).expect("a time");
                set_clock(now);
                // three new ones; those of the three slots before have changed
                let fresh = (3 * slot..3 * slot + 3).map(|n| (n, Kind::New, 1));
                let first = slot.saturating_sub(3);
                let changed = (3 * first..3 * slot).map(|n| (n, Kind::Updated, 1 + slot - n / 3));
                let filed: Vec<Filed> = fresh
                    .chain(changed)
                    .map(|(n, kind, revision)| desk.filed("patrol", &event(n), kind, revision, now))
                    .collect();
                file(&store, &filed, now).await;
                queued += filed.len();
                if slot % 3 == 2 {
                    desk.once(&store).await;
                }
            }
            assert_eq!(count(&store, "patrol", Status::Sent).await, 0);
            let tried: i64 = rows(&store, Status::Queued).await.iter().map(|row| row.attempts).sum();
            println!(
                "{}: {queued} notices queued, {tried} tries in vain, {:.1} s",
                database.kind,
                began.elapsed().as_secs_f64()
            );
            std::fs::remove_file(&down).expect("removed");
            let began = Instant::now();
            desk.once(&store).await;
            let at_once = count(&store, "patrol", Status::Sent).await;
            set_clock(clock().plus_seconds(300.0).expect("a time"));
            desk.once(&store).await;
            let seconds = began.elapsed().as_secs_f64();
            assert_eq!(all_arrived(&store, out.path()).await, queued);
            assert_eq!(queued, 144 * 3 + 3 * (3 + 6 + 9 * 141) / 3, "by hand");
            println!("{}: {at_once} at once, all five minutes later; {seconds:.1} s of work", database.kind);
            assert!(at_once as usize > queued * 9 / 10, "{at_once}");
            assert!(seconds < 60.0, "{seconds}");
            let audit = store.verify_audit(None).await.expect("read");
            assert!(audit.broken.is_none() && audit.lines == queued as i64, "{audit:?}");
        });
    }
}

/// One that refuses connections and one that takes them and says nothing: the third has everything before either has failed twice.
#[test]
fn a_sink_that_is_down_holds_up_no_other() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent_at = format!("http://{}", silent.local_addr().expect("bound"));
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &[]);
        let sinks = http("gone", "http://127.0.0.1:9", "")
            + &http("silent", &silent_at, "")
            + &http("well", &receiver.address, "");
        let desk = desk(&database.url, &sinks);
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            desk.queue(&store, &["gone", "silent", "well"], 0..200, Utc::now()).await;
            let took = desk.until(&store, async || count(&store, "well", Status::Sent).await == 200).await;
            println!("{}: 200 notices in {:.2} s beside two sinks that are down", database.kind, took.as_secs_f64());
            assert!(took < Duration::from_secs(15), "{took:?}");
            assert_eq!(
                count(&store, "gone", Status::Queued).await + count(&store, "silent", Status::Queued).await,
                400
            );
            assert_eq!(received(out.path()).len(), 200);
        });
    }
}

/// A receiver that comes back while the deliverer runs, by the real clock.
#[test]
fn a_deliverer_that_runs_notices_that_the_receiver_is_back() {
    let database = sqlite();
    let out = tempfile::tempdir().expect("a folder");
    let down = out.path().join("down");
    std::fs::write(&down, "").expect("written");
    let receiver = receiver(out.path(), &["--down-file", &down.display().to_string()]);
    let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["patrol"], 0..100, Utc::now()).await;
        let back = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            std::fs::remove_file(&down).expect("removed");
        };
        let all = desk.until(&store, async || count(&store, "patrol", Status::Sent).await == 100);
        let (took, ()) = tokio::join!(all, back);
        println!("down for 3 s: all there after {:.1} s", took.as_secs_f64());
        // failures 1, 2, 3 wait up to 1, 2 and 4 s, a notice that failed three times up to 8
        assert!(took < Duration::from_secs(3 + 8 + 4), "{took:?}");
    });
}

/// A platform for which some events are poison: forty, twenty of them the oldest.
struct Platform {
    server: Server,
    folder: tempfile::TempDir,
}

fn platform() -> Option<Platform> {
    let python = python_with("json")?;
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let arguments = ["--log", &path("log"), "--fail", &path("fail"), "--refuse", &path("refuse")];
    let server = Server::python(&python, "stumbling.py", &arguments);
    Some(Platform { server, folder })
}

impl Platform {
    fn stumbles_over(&self, name: &str, events: impl Iterator<Item = u32>) {
        let words: Vec<String> = events.map(|n| event(n).id).collect();
        std::fs::write(self.folder.path().join(name), words.join("\n")).expect("written");
    }

    /// Key and code of every request.
    fn met(&self) -> Vec<(String, i64)> {
        let text = std::fs::read_to_string(self.folder.path().join("log")).expect("a log");
        let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
        let lines = text.lines().map(line);
        lines
            .map(|line| (line["key"].as_str().expect("a key").into(), line["code"].as_i64().expect("a code")))
            .collect()
    }
}

#[test]
fn an_event_that_always_fails_holds_up_no_other() {
    for database in both() {
        let Some(platform) = platform() else { return };
        platform.stumbles_over("fail", (0..20).chain((200..400).step_by(10)));
        let desk = desk(&database.url, &http("patrol", &platform.server.address, ""));
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            desk.queue(&store, &["patrol"], 0..400, Utc::now()).await;
            let took = desk.until(&store, async || count(&store, "patrol", Status::Sent).await == 360).await;
            println!("{}: 360 notices in {:.2} s beside 40 that fail", database.kind, took.as_secs_f64());
            assert!(took < Duration::from_secs(20), "{took:?}");
            // those that fail are not asked for without end
            let failed = platform.met().iter().filter(|(_, code)| *code == 500).count();
            assert!(failed < 40 * 6, "{failed}");
            platform.stumbles_over("fail", 0..0);
            let took = desk.until(&store, async || count(&store, "patrol", Status::Sent).await == 400).await;
            println!("{}: mended, the 40 follow in {:.2} s", database.kind, took.as_secs_f64());
            let keys: BTreeSet<String> =
                platform.met().into_iter().filter(|(_, code)| *code == 200).map(|(key, _)| key).collect();
            assert_eq!(keys.len(), 400);
        });
    }
}

/// 422: a person decides.
#[test]
fn what_is_refused_is_listed_sent_again_or_dropped_with_a_reason() {
    for database in both() {
        let Some(platform) = platform() else { return };
        platform.stumbles_over("refuse", 0..3);
        let desk = desk(&database.url, &http("patrol", &platform.server.address, ""));
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            desk.queue(&store, &["patrol"], 0..10, Utc::now()).await;
        });
        desk.strawfire(&["deliver", "--once"]).expect(0, &["refused 1 notices", "422", "deliver list"]);
        let listed = desk.strawfire(&["deliver", "list"]);
        listed.expect(0, &["patrol sent 7", "patrol dead 3", "422 Unprocessable Entity", &event(1).id]);
        let number = |n: u32| {
            let line =
                listed.said.lines().find(|line| line.contains(&format!("{} 1 new", event(n).id))).expect("listed");
            line.split(' ').next().expect("a number").to_string()
        };
        // what is no number of theirs changes nothing, with the others too
        desk.strawfire(&["deliver", "drop", "--reason", "x", &number(0), "99999"])
            .expect(2, &["99999", "nothing was changed"]);
        desk.strawfire(&["deliver", "resend", &number(0), "99999"]).expect(2, &["99999", "nothing was changed"]);
        desk.strawfire(&["deliver", "resend"]).expect(2, &["numbers"]);
        desk.strawfire(&["deliver", "resend", "--all", &number(0)]).expect(2, &["one of the two"]);
        desk.strawfire(&["deliver", "drop", &number(0)]).expect(2, &["--reason"]);
        desk.strawfire(&["deliver", "drop", "--reason", " ", &number(0)]).expect(2, &["the audit keeps it"]);
        desk.strawfire(&["deliver", "list"]).expect(0, &["patrol dead 3"]);
        desk.strawfire(&["deliver", "drop", "--reason", "电话已通知", &number(0)])
            .expect(0, &["1 notices written off"]);
        desk.strawfire(&["deliver", "drop", "--reason", "again", &number(0)]).expect(2, &[&number(0)]);
        platform.stumbles_over("refuse", 2..3);
        desk.strawfire(&["deliver", "resend", &number(1), "--reason", "platform mended"])
            .expect(0, &["waits to be sent again"]);
        desk.strawfire(&["deliver", "resend", "--all"]).expect(0, &[&number(2)]);
        desk.strawfire(&["deliver", "--once"]).expect(0, &["422"]);
        desk.strawfire(&["deliver", "list"]).expect(0, &["patrol sent 8", "patrol dead 1", "patrol written_off 1"]);
        // what a person sends again may be what was written off
        platform.stumbles_over("refuse", 0..0);
        desk.strawfire(&["deliver", "resend", &number(0), &number(2)]).expect(0, &["waits to be sent again"]);
        desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
        desk.strawfire(&["deliver", "list"]).expect(0, &["patrol sent 10"]);
        let audit = desk.strawfire(&["audit", "show"]);
        audit.expect(0, &["notice dead", "电话已通知", "platform mended", "notice written_off", "deliver drop"]);
        desk.strawfire(&["audit", "verify"]).expect(0, &["as they were written"]);
    }
}

/// A list of others with fires of ten minutes ago, some kilometres apart.
pub fn list(desk: &Desk, count: u32) -> String {
    let seen = Utc::now().plus_seconds(-600.0).expect("a time");
    let mut text =
        "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,frp,daynight\n".to_string();
    for n in 0..count {
        let (lon, lat) = (102.3 + 0.03 * f64::from(n % 10), 36.42 + 0.02 * f64::from(n / 10));
        text += &format!("{lat:.4},{lon:.4},340,0.4,0.4,{},{},N20,n,12.0,D\n", seen.date(), seen.hhmm());
    }
    let path = desk.path("list.csv");
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

/// Nobody acknowledges: after half an hour the chief is told, once, under a number of its own; an acknowledgement keeps it off.
#[test]
fn what_nobody_acknowledges_is_escalated_once() {
    for database in both() {
        let (out, chief_out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (patrol, chief) = (receiver(out.path(), &[]), receiver(chief_out.path(), &[]));
        let routes = "[[delivery.routes]]\nsinks = ['patrol']\nescalate_after_min = 30\nescalate_to = ['chief']\n";
        let desk =
            desk(&database.url, &(http("patrol", &patrol.address, "") + &http("chief", &chief.address, "") + routes));
        let list = list(&desk, 3);
        desk.strawfire(&["import", "--format", "firms", &list]).expect(0, &["共 3 处"]);
        desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
        let told = received(out.path());
        assert_eq!(told.len(), 3, "{}", database.kind);
        let seen_to = told[0]["event"].as_str().expect("an id").to_string();
        desk.strawfire(&["deliver", "acknowledge", "nothing"]).expect(2, &["nothing", "the id of an event"]);
        desk.strawfire(&["deliver", "acknowledge", "--by", "王队", &seen_to]).expect(0, &["1 events acknowledged"]);
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let sent = Utc::now();
            for (minutes, escalated) in [(29.0, 0), (31.0, 2), (32.0, 2), (500.0, 2)] {
                set_clock(sent.plus_seconds(60.0 * minutes).expect("a time"));
                desk.once(&store).await;
                let kept = std::fs::read_to_string(chief_out.path().join("received.jsonl")).expect("a list");
                assert_eq!(kept.lines().count(), escalated, "{} after {minutes} min", database.kind);
            }
            let audit = store.verify_audit(None).await.expect("read");
            assert_eq!(audit.broken, None);
        });
        for line in received(chief_out.path()) {
            let event = line["event"].as_str().expect("an id");
            assert!(
                event != seen_to && line["body"]["escalated"] == true && line["key"] == format!("{event}:2"),
                "{line}"
            );
        }
        assert_eq!(received(out.path()).len(), 3, "the patrol is not told again");
        desk.strawfire(&["audit", "show"]).expect(0, &["王队", "acknowledge", "event escalated"]);
    }
}

/// A disk of 16 GB filled by notices is no aim: a group reads one message of each event.
#[test]
fn people_are_told_once_of_what_came_while_nothing_could_be_told() {
    let Some(python) = python_with("aiosmtpd") else { return };
    for database in both() {
        let mails = tempfile::tempdir().expect("a folder");
        let server = Server::python(&python, "mail.py", &[&mails.path().display().to_string()]);
        let sink = format!(
            "[[delivery.sinks]]\nname = 'mail'\nkind = 'smtp'\nurl = '{}'\nfrom = 'desk@a.example'\nto = ['b@c.example']\n",
            server.address
        );
        let desk = desk(&database.url, &sink);
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let now = at("2025-10-20T06:00:00Z");
            set_clock(now);
            let mut filed = Vec::new();
            for (n, kinds) in [
                (1, vec![Kind::New, Kind::Updated, Kind::Updated]),
                (2, vec![Kind::New]),
                (3, vec![Kind::New, Kind::Escalated, Kind::Updated, Kind::Closed]),
            ] {
                for (revision, kind) in (1..).zip(kinds) {
                    let grown = FireEvent { max_frp_mw: Some(100.0 * f64::from(n) + f64::from(revision)), ..event(n) };
                    filed.push(desk.filed("mail", &grown, kind, revision, now));
                }
            }
            // not due yet: it is told in its own time
            filed.push(Filed {
                due: now.plus_seconds(3600.0).expect("a time"),
                ..desk.filed("mail", &event(2), Kind::Updated, 2, now)
            });
            file(&store, &filed, now).await;
            desk.once(&store).await;
            let state = async |status| -> Vec<(String, i64)> {
                let rows = rows(&store, status).await;
                rows.iter()
                    .map(|row| (row.filed.event.trim_start_matches('0').to_string(), row.filed.revision))
                    .collect()
            };
            let of = |all: &[(&str, i64)]| all.iter().map(|(event, n)| (event.to_string(), *n)).collect::<Vec<_>>();
            // nobody acknowledged the third: that is said by itself, before its end
            assert_eq!(state(Status::Sent).await, of(&[("1", 3), ("2", 1), ("3", 2), ("3", 4)]), "{}", database.kind);
            assert_eq!(state(Status::Merged).await, of(&[("1", 1), ("1", 2), ("3", 1), ("3", 3)]));
            assert_eq!(state(Status::Queued).await, of(&[("2", 2)]));
            set_clock(now.plus_seconds(3600.0).expect("a time"));
            desk.once(&store).await;
            assert!(state(Status::Queued).await.is_empty());
            assert_eq!(store.verify_audit(None).await.expect("read").lines, 10 - 1);
        });
        let text = |name: &str| {
            let script = "import sys, email, email.policy\n\
                m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n\
                print(m['subject'], m.get_body(('plain',)).get_content())";
            let output = Command::new(&python)
                .args(["-c", script])
                .arg(mails.path().join(name))
                .env("PYTHONIOENCODING", "utf-8")
                .output();
            String::from_utf8(output.expect("runs").stdout).expect("text")
        };
        let first = text("001.eml");
        assert!(first.contains("103.0MW") && !first.contains("101.0MW") && first.contains("催办"), "{first}");
        assert!(text("002.eml").contains("304.0MW"));
        assert_eq!(std::fs::read_dir(mails.path()).expect("a folder").count(), 3);
        desk.strawfire(&["audit", "show"]).expect(0, &["notice merged", "revision 3 was told in its place"]);
    }
}

/// A weak point waits for the list of the morning; it grows in the night: both notices are told then, in their order.
#[test]
fn what_has_outgrown_the_digest_does_not_wait_for_it() {
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &[]);
        let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let (night, morning) = (at("2025-10-20T18:00:00Z"), at("2025-10-20T23:00:00Z"));
            let later = night.plus_seconds(600.0).expect("a time");
            let weak: Vec<Filed> = (1..3)
                .map(|n| Filed { due: morning, ..desk.filed("patrol", &event(n), Kind::New, 1, night) })
                .collect();
            file(&store, &weak, night).await;
            set_clock(later);
            desk.once(&store).await;
            assert_eq!(count(&store, "patrol", Status::Sent).await, 0);
            file(&store, &[desk.filed("patrol", &event(1), Kind::Updated, 2, later)], later).await;
            desk.once(&store).await;
            assert_eq!(all_arrived(&store, out.path()).await, 2, "{}: the other one waits", database.kind);
            set_clock(morning);
            desk.once(&store).await;
            assert_eq!(all_arrived(&store, out.path()).await, 3);
        });
    }
}

/// 429 to everything: a run that ends by itself does end, and what waits is there the next time.
#[test]
fn a_receiver_that_is_always_busy_is_left_alone() {
    let database = sqlite();
    let out = tempfile::tempdir().expect("a folder");
    let busy = receiver(out.path(), &["--busy-share", "1"]);
    let desk = desk(&database.url, &http("patrol", &busy.address, ""));
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["patrol"], 0..50, Utc::now()).await;
    });
    let began = Instant::now();
    // out of reach: what was due is not delivered
    desk.strawfire(&["deliver", "--once"]).expect(5, &["429", "patrol: 50 notices that were due are not delivered"]);
    println!("{:.1} s", began.elapsed().as_secs_f64());
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
