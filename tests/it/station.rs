//! The station as it runs: files arrive late, twice, in pieces, broken or not at all, the process is killed and the disk is full for a while;
//! every look is accounted for, and every event reaches the receiver.

mod cameras;
mod elsewhere;
mod feed;
mod soak;
mod trouble;

use crate::common::{SmallDisk, project};
use crate::databases::{Database, postgres, sqlite};
use crate::delivery::run;
use crate::sinks::{SECRET, Server};
use crate::sinks_receiver::{received, receiver};
use feed::{Clocked, Feed, How};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use strawfire::store::{Slot, SlotState, Store};

/// A site with an inbox, a store and a receiver.
pub struct Place {
    pub folder: PathBuf,
    pub url: String,
    _receiver: Server,
    pub clock: Clocked,
}

impl Place {
    /// In a folder; `more` is added to site.toml. The clock begins at `start` and runs `speed` times as fast as ours.
    pub fn new(folder: &Path, url: &str, start: &str, speed: f64, more: &str) -> Place {
        let receiver = receiver(&folder.join("received"), &[]);
        let site = folder.join("site");
        copy_site(&site);
        std::fs::create_dir_all(folder.join("inbox")).expect("made");
        let toml = std::fs::read_to_string(site.join("site.toml")).expect("read");
        let (inbox, station) = (folder.join("inbox"), folder.join("station"));
        let toml = format!(
            "{toml}\n[store]\nurl = \"{url}\"\n[delivery]\nallow_loopback = true\nallow_simulated = true\n\
             [[delivery.sinks]]\nname = \"patrol\"\nkind = \"http\"\nurl = \"{}/hotspots\"\nsecret_env = \"PATROL_SECRET\"\n\
             [station]\ndir = \"{}\"\ndisk_low_mb = 1\n{more}\n\
             [[station.inboxes]]\nname = \"in\"\nkind = \"folder\"\npath = \"{}\"\npoll_s = 1\nsatellites = [\"Himawari-9\"]\n\
             needs = [\"*_B07_*\", \"*_B14_*\"]\n",
            receiver.address,
            station.display(),
            inbox.display()
        );
        std::fs::write(site.join("site.toml"), toml).expect("written");
        let clock = Clocked { start: start.parse().expect("a time"), began: Instant::now(), speed };
        Place { folder: folder.to_path_buf(), url: url.to_string(), _receiver: receiver, clock }
    }

    /// Starts the station by the clock of the place.
    pub fn station(&self) -> Running {
        let mut command = self.command(&["station", "--without", "web"]);
        Running(self.by_clock(&mut command).spawn().expect("starts"))
    }

    /// A command of the site, whose errors go to the log.
    fn command(&self, arguments: &[&str]) -> Command {
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder.join("station.log")).expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
        command.args(arguments).arg("--site").arg(self.folder.join("site")).env("PATROL_SECRET", SECRET);
        command.stdout(Stdio::null()).stderr(log);
        command
    }

    /// As a rehearsal by the clock of the place.
    fn by_clock<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.args(["--rehearse", &self.clock.now().rfc3339(), "--speed", &self.clock.speed.to_string()])
    }

    pub fn slots(&self) -> Vec<Slot> {
        run(async {
            // it may not be made yet
            let Ok(store) = Store::open_existing(&self.url).await else { return Vec::new() };
            let day = 86_400.0 * 60.0;
            let (from, to) = (
                self.clock.start.0.plus_seconds(-day).expect("a time"),
                self.clock.start.0.plus_seconds(day).expect("a time"),
            );
            let slots = store.slots(from, to, None).await.expect("slots");
            store.close().await;
            slots
        })
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("station.log")).unwrap_or_default()
    }

    /// Waits until something is so of the slots, by our clock.
    pub fn until(&self, seconds: f64, is_so: impl Fn(&[Slot]) -> bool) -> Vec<Slot> {
        let began = Instant::now();
        loop {
            let slots = self.slots();
            if is_so(&slots) || began.elapsed().as_secs_f64() > seconds {
                return slots;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn copy_site(to: &Path) {
    std::fs::create_dir_all(to.join("templates")).expect("made");
    let from = project().join("sites/haidong");
    for entry in std::fs::read_dir(&from).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().expect("named"))).expect("copied");
        }
    }
}

/// A station that runs; killed when it is dropped.
pub struct Running(Child);

impl Running {
    pub fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("ended");
    }

    /// Tells it to end and gives its exit code, and how long that took; no code where it does not end.
    pub fn stop(mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().expect("kill runs");
        (self.ends_within(120.0), began.elapsed())
    }

    /// Its exit code; none where it goes on for so many seconds.
    fn ends_within(&mut self, seconds: f64) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("asked") {
                return status.code();
            }
            if began.elapsed().as_secs_f64() > seconds {
                return None;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What of these slots is not as it should be.
pub fn wrong(slots: &[Slot], feed: &Feed) -> Vec<String> {
    let mut wrong = Vec::new();
    for (time, how) in feed.plan() {
        let found: Vec<&Slot> = slots.iter().filter(|slot| slot.first == *time).collect();
        let state = found.first().map(|slot| slot.state);
        if found.len() != 1 || state != Some(how.ends_as()) {
            wrong.push(format!("{} delivered {how:?}: {found:?}", time.rfc3339()));
        }
    }
    wrong
}

/// SQLite ends a transaction by itself where its disk is full: the connections must not take it for open.
#[test]
fn a_store_whose_disk_was_full_takes_again_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    let Some(small) = SmallDisk::at(&disk, 3 << 20) else { return };
    run(async {
        let store = Store::open(&format!("sqlite://{}/s.db", disk.display())).await.expect("a store");
        let note = async |name: &str, size: usize| -> strawfire::error::Result<()> {
            let mut write = store.write().await?;
            for part in 0..8 {
                write.note_station(&format!("{name}{part}"), &"x".repeat(size)).await?;
            }
            write.commit().await
        };
        small.fill();
        for n in 0..12 {
            assert!(note(&format!("full{n}"), 100_000).await.is_err(), "there is no room");
        }
        std::fs::remove_file(disk.join("filler")).expect("room again");
        for n in 0..12 {
            note(&format!("free{n}"), 100).await.expect("there is room");
        }
        store.close().await;
    });
}

/// Every way in which files come, with each database: the kinds are told apart, and what comes right in the end is scanned.
#[test]
fn every_slot_is_accounted_for_however_its_files_come_with_sqlite() {
    accounted(&sqlite(), &feed::slots("2025-10-20", 30..38));
}

#[test]
fn every_slot_is_accounted_for_however_its_files_come_with_postgresql() {
    if let Some(database) = postgres() {
        accounted(&database, &feed::slots("2025-10-20", 30..38));
    }
}

fn accounted(database: &Database, inputs: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    // 300 times as fast: a slot every two seconds
    let place = Place::new(folder.path(), &database.url, "2025-10-20T04:59:00Z", 300.0, "deadline_min = 25");
    let station = place.station();
    let ways =
        [How::Whole, How::Twice, How::InPieces, How::Renamed, How::Late, How::Never, How::Broken, How::BrokenThenWhole];
    let feed = Feed::new(inputs, &place.folder.join("inbox"), &ways);
    feed.deliver(&place.clock, |_| {});
    let slots = place.until(60.0, |slots| wrong(slots, &feed).is_empty());
    let wrong = wrong(&slots, &feed);
    assert!(wrong.is_empty(), "{}\n{}\n{}", database.url, wrong.join("\n"), place.log());
    let late = slots.iter().find(|slot| slot.first == feed.plan()[4].0).expect("the late one");
    assert!(late.late && late.state == SlotState::Scanned, "{late:?}");
    let (code, took) = station.stop();
    assert!(code == Some(0) && took < Duration::from_secs(10), "{code:?} after {took:?}\n{}", place.log());
    assert!(!received(&place.folder.join("received")).is_empty(), "events reached the receiver");
}
