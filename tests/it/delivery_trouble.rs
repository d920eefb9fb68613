//! Trouble with disks, databases, clocks and other programs, met by the built program: a clear word or correct service, and nothing lost.

use crate::common::{SmallDisk, have, slot};
use crate::databases::{both, postgres, sqlite};
use crate::delivery::{Desk, Ended, count, desk, http, list, run};
use crate::sinks::SECRET;
use crate::sinks_receiver::{received, receiver};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use strawfire::site::Site;
use strawfire::store::{Status, Store};
use strawfire::time::Utc;

/// A desk with the whole site pack, for scans.
fn scanning(url: &str, address: &str) -> Desk {
    let folder = tempfile::tempdir().expect("a folder");
    crate::kill::site_of(folder.path(), url, address);
    std::fs::write(folder.path().join("secret"), SECRET).expect("written");
    let path = folder.path().join("site.toml");
    let text = std::fs::read_to_string(&path).expect("site.toml");
    std::fs::write(&path, text.replace("secret_env = \"PATROL_SECRET\"", "secret_file = 'secret'")).expect("written");
    let site = Site::load(folder.path()).expect("loads");
    Desk { folder, site }
}

impl Desk {
    fn scan(&self) -> Ended {
        self.strawfire(&["scan", "--out", "out", &slot().display().to_string()])
    }

    /// Twelve fires of a list of others.
    fn import(&self) -> Ended {
        let list = list(self, 12);
        self.strawfire(&["import", "--format", "firms", "--out", "out", &list])
    }
}

/// The built program, told another time.
pub fn at_another_time(desk: &Desk, offset: &str, arguments: &[&str]) -> Command {
    let own = desk.command(arguments);
    let mut command = Command::new("faketime");
    command.args(["-f", offset]).arg(own.get_program()).args(own.get_args()).current_dir(desk.folder.path());
    command
}

/// Tells a program to end, and waits until it has.
pub fn terminate(child: &mut Child, within: Duration) {
    let began = Instant::now();
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    loop {
        if let Some(status) = child.try_wait().expect("asked") {
            assert_eq!(status.code(), Some(0), "an end that was asked for is no error");
            return;
        }
        if began.elapsed() > within {
            child.kill().expect("killed");
            panic!("still there after {within:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What a run says, writes and leaves when it cannot keep what it found; and what it does when it can again.
fn kept_the_next_time(desk: &Desk, out: &Path, failed: &Ended, words: &[&str], again: impl Fn() -> Ended) {
    failed.expect(5, words).expect(5, &["共 2 处", "listed, but not kept and not delivered"]);
    for name in ["events.geojson", "fires.geojson", "hotspots.csv", "hotspots.xlsx", "scan.json"] {
        assert!(desk.path("out").join(name).exists(), "{name} is written all the same");
    }
    assert!(names(&desk.path("out")).iter().all(|name| !name.contains(".part")));
    again().expect(0, &["共 2 处"]);
    desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
    assert_eq!(received(out).len(), 2);
    desk.strawfire(&["audit", "verify"]).expect(0, &["as they were written"]);
}

#[test]
fn a_full_disk_under_the_store_costs_neither_the_list_nor_the_next_run() {
    let folder = tempfile::tempdir().expect("a folder");
    for is_new in [false, true] {
        let at = folder.path().join(format!("disk{is_new}"));
        let Some(small) = SmallDisk::at(&at, 4 << 20) else { return };
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &[]);
        let desk = scanning(&format!("sqlite://{}", at.join("strawfire.db").display()), &receiver.address);
        if !is_new {
            desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
        }
        small.fill();
        let failed = desk.scan();
        println!("{}", failed.log);
        kept_the_next_time(&desk, out.path(), &failed, &["free space on its disk", "strawfire.db"], || {
            std::fs::remove_file(at.join("filler")).expect("removed");
            desk.scan()
        });
    }
}

#[test]
fn a_store_that_may_not_be_written_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("disk");
    let Some(_small) = SmallDisk::at(&at, 16 << 20) else { return };
    let out = tempfile::tempdir().expect("a folder");
    let receiver = receiver(out.path(), &[]);
    let desk = scanning(&format!("sqlite://{}", at.join("strawfire.db").display()), &receiver.address);
    desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
    let mount = |option: &str| {
        let mounted = Command::new("mount").args(["-o", &format!("remount,{option}")]).arg(&at).status();
        assert!(mounted.expect("mount runs").success());
    };
    mount("ro");
    let failed = desk.scan();
    println!("{}", failed.log);
    desk.strawfire(&["deliver", "--once"]).expect(5, &["right to write"]);
    kept_the_next_time(&desk, out.path(), &failed, &["right to write"], || {
        mount("rw");
        desk.scan()
    });
}

/// Somebody holds the database for three seconds: who comes waits.
#[test]
fn a_locked_database_is_waited_for() {
    for database in both() {
        let desk = desk(&database.url, &http("patrol", "http://127.0.0.1:9", ""));
        let held = run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let write = store.write().await.expect("a turn");
            let list = list(&desk, 12);
            let began = Instant::now();
            let mut command = desk.command(&["import", "--format", "firms", &list]);
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
            tokio::time::sleep(Duration::from_secs(3)).await;
            write.commit().await.expect("ended");
            Ended::of(child.wait_with_output().expect("ended")).expect(0, &["共 12 处"]);
            began.elapsed()
        });
        println!("{}: waited {:.1} s", database.kind, held.as_secs_f64());
        assert!(held > Duration::from_secs(3) && held < Duration::from_secs(10), "{held:?}");
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            assert_eq!(count(&store, "patrol", Status::Queued).await, 12);
        });
    }
}

#[test]
fn a_server_that_is_stopped_costs_no_list_and_is_served_again() {
    let Some(database) = postgres() else { return };
    let out = tempfile::tempdir().expect("a folder");
    let receiver = receiver(out.path(), &[]);
    let desk = scanning(&database.url, &receiver.address);
    desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
    database.stop();
    desk.strawfire(&["deliver", "--once"]).expect(5, &["start the server"]);
    desk.strawfire(&["deliver", "list"]).expect(5, &["start the server"]);
    let failed = desk.scan();
    kept_the_next_time(&desk, out.path(), &failed, &["start the server"], || {
        database.start();
        desk.scan()
    });
    // stopped under a deliverer: it goes on when the server is back, whether it noticed or not
    let child = desk.command(&["deliver"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    std::thread::sleep(Duration::from_millis(1500));
    database.stop();
    std::thread::sleep(Duration::from_millis(1500));
    database.start();
    let before = received(out.path()).len();
    desk.strawfire(&["import", "--format", "firms", &list(&desk, 3)]).expect(0, &["共 3 处"]);
    for _ in 0..300 {
        if received(out.path()).len() == before + 3 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(received(out.path()).len(), before + 3, "delivered by the one that was there all the while");
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs").success());
    Ended::of(child.wait_with_output().expect("ended")).expect(0, &[]);
}

/// Debian's faketime: the machine was an hour ahead when it was queued, and when it was tried.
#[test]
fn a_clock_that_is_set_back_an_hour_holds_up_nothing() {
    if !have("faketime") {
        return;
    }
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let down = out.path().join("down");
        let receiver = receiver(out.path(), &["--down-file", &down.display().to_string()]);
        let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
        let list = list(&desk, 12);
        let ahead = |arguments: &[&str]| Ended::of(at_another_time(&desk, "+1h", arguments).output().expect("starts"));
        ahead(&["import", "--format", "firms", &list]).expect(0, &["共 12 处"]);
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let rows = store.rows(Status::Queued, 99).await.expect("read");
            assert!(rows.iter().all(|row| row.queued.seconds_since(Utc::now()) > 3000.0), "faketime was heard");
        });
        std::fs::write(&down, "").expect("written");
        ahead(&["deliver", "--once"]).expect(5, &["503", "12 notices that were due"]);
        std::fs::remove_file(&down).expect("removed");
        // those that were tried an hour ahead, and those that were not
        desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
        assert_eq!(received(out.path()).len(), 12, "{}", database.kind);
        desk.strawfire(&["audit", "verify"]).expect(0, &["as they were written"]);
    }
}

#[test]
fn several_programs_on_one_store_take_turns() {
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &[]);
        let desk = scanning(&database.url, &receiver.address);
        // a backup makes no store, and may be the first
        desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
        let list = list(&desk, 40);
        let slot = slot().display().to_string();
        // two scans of the same slot, two imports of the same list, three deliverers, and a backup
        let commands: [&[&str]; 8] = [
            &["scan", "--out", "a", &slot],
            &["scan", "--out", "b", &slot],
            &["import", "--format", "firms", "--out", "c", &list],
            &["import", "--format", "firms", "--out", "d", &list],
            &["deliver", "--once"],
            &["deliver", "--once"],
            &["deliver", "--once"],
            &["backup", "backup.jsonl"],
        ];
        let spawn = |command: &&[&str]| {
            desk.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
        };
        let children: Vec<Child> = commands.iter().map(spawn).collect();
        for (command, child) in commands.iter().zip(children) {
            let ended = Ended::of(child.wait_with_output().expect("ended"));
            assert_eq!(ended.code, Some(0), "{command:?}: {}", ended.log);
        }
        let last: Vec<Child> = [&commands[4], &commands[5]].map(spawn).into_iter().collect();
        for child in last {
            Ended::of(child.wait_with_output().expect("ended")).expect(0, &[]);
        }
        let keys: Vec<String> =
            received(out.path()).iter().map(|line| line["key"].as_str().expect("a key").to_string()).collect();
        let stats = run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let (sent, all) = (count(&store, "patrol", Status::Sent).await, store.counts().await.expect("read"));
            assert!(sent as usize == keys.len() && all.len() == 1, "{all:?}");
            let events = store.events_since(Utc::parse("2025-01-01T00:00:00Z").expect("a time")).await.expect("read");
            let open = events.iter().filter(|stored| stored.open && stored.event.inside).count();
            assert!(open <= keys.len() && open > 30, "{open} events, {} notices", keys.len());
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
            let _ = rustls::crypto::ring::default_provider().install_default();
            let stats = reqwest::get(format!("{}/stats", receiver.address)).await.expect("answers");
            stats.json::<serde_json::Value>().await.expect("JSON")
        });
        println!("{}: {} notices, {stats}", database.kind, keys.len());
        assert_eq!((&stats["accepted"], &stats["duplicates"]), (&keys.len().into(), &0.into()));
    }
}

#[test]
fn a_deliverer_that_is_told_to_end_finishes_what_is_under_way() {
    for (stall_s, sent) in [("1.5", 12), ("60", 0)] {
        let database = sqlite();
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &["--stall-share", "1", "--stall-s", stall_s]);
        let sink = http("patrol", &receiver.address, "").replace("timeout_s = 2", "timeout_s = 120");
        let desk = desk(&database.url, &sink);
        desk.import().expect(0, &["共 12 处"]);
        let mut child = desk.command(&["deliver"]).stderr(Stdio::null()).spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(700));
        let began = Instant::now();
        terminate(&mut child, Duration::from_secs(8));
        println!("ended {:.1} s after it was told so", began.elapsed().as_secs_f64());
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            assert_eq!(count(&store, "patrol", Status::Sent).await, sent, "the answers that came count");
            assert_eq!(count(&store, "patrol", Status::Queued).await, 12 - sent);
        });
    }
}

#[test]
fn a_second_deliverer_leaves_the_store_to_the_first() {
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &[]);
        let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
        desk.import().expect(0, &["共 12 处"]);
        let mut first = desk.command(&["deliver"]).stderr(Stdio::null()).spawn().expect("starts");
        let began = Instant::now();
        while received(out.path()).len() < 12 {
            assert!(began.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(20));
        }
        let second = desk.strawfire(&["deliver"]);
        second.expect(5, &["another strawfire delivers from it", "stop that one"]);
        first.kill().expect("killed");
        first.wait().expect("ended");
        // a killed one leaves no lock
        desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
    }
}

#[test]
fn a_password_of_the_store_is_never_said() {
    for url in [
        "postgres://sf:geheim@127.0.0.1:1/x?sslmode=disable",
        "postgres://sf:ge@heim@127.0.0.1:1/x",
        "mysql://sf:geheim@127.0.0.1/x",
        "postgres://127.0.0.1:1/x?user=sf&password=geheim",
        "postgres:///x?host=127.0.0.1&port=1&user=sf&password=geheim",
        "postgres://sf:ge/heim@127.0.0.1:1/x",
        "postgres:/sf:geheim@127.0.0.1:1/x",
    ] {
        let desk = scanning(url, "http://127.0.0.1:9");
        let list = list(&desk, 3);
        let commands: [&[&str]; 7] = [
            &["import", "--format", "firms", &list],
            &["deliver", "--once"],
            &["deliver", "list"],
            &["audit", "verify"],
            &["backup", "x.jsonl"],
            &["retain"],
            &["site", "check"],
        ];
        for command in commands {
            let ended = Ended::of(desk.command(command).env("STRAWFIRE_LOG", "trace").output().expect("starts"));
            assert!(!format!("{ended:?}").contains("heim"), "{command:?}: {ended:?}");
            assert!(command[0] == "site" || ended.code != Some(0), "{command:?}: {ended:?}");
        }
        for file in names(&desk.path("")).iter().filter(|name| *name != "site.toml") {
            let bytes = std::fs::read(desk.path(file)).unwrap_or_default();
            assert!(file == "secret" || !String::from_utf8_lossy(&bytes).contains("heim"), "{file}");
        }
    }
}
