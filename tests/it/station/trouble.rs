//! What goes wrong around a station that runs: pipes among the files, a scan that never ends, a second station, a store that is moved away
//! or refuses, a start by the wrong clock. What a trial found, so that it is not found again.

use super::{Place, Running, feed};
use crate::databases::{Database, postgres, sqlite};
use crate::delivery::run;
use crate::sinks::Server;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use strawfire::store::{Slot, SlotState, Store};
use strawfire::time::Utc;

/// Longest wait for what is to come: far longer than it takes on a machine that has other work.
const PATIENCE_S: f64 = 90.0;
/// The deadline of looks at 05:00 is over then, and what lacks a band is waited for for two minutes more.
const START: &str = "2025-10-20T05:35:00Z";

/// A place whose clock goes as ours does, with three slots that can be delivered.
struct Trial {
    place: Place,
    inputs: PathBuf,
    /// Holds the place.
    _folder: tempfile::TempDir,
}

impl Trial {
    fn new(url: &str) -> Trial {
        Trial::with(|_| url.to_string())
    }

    /// With a store whose address depends on the folder of the place.
    fn with(url: impl FnOnce(&Path) -> String) -> Trial {
        let folder = tempfile::tempdir().expect("a folder");
        let inputs = feed::slots("2025-10-20", 30..33);
        let place = Place::new(folder.path(), &url(folder.path()), START, 1.0, "");
        Trial { place, inputs, _folder: folder }
    }

    /// A file of a slot, as the simulator wrote it.
    fn made(&self, clock: &str, band: u8) -> PathBuf {
        let pattern = format!("{}/**/HS_H09_*_{clock}_B{band:02}_*", self.inputs.display());
        glob::glob(&pattern).expect("a pattern").flatten().next().expect("a file of the slot")
    }

    /// Where a file of a slot lies in the inbox.
    fn there(&self, clock: &str, band: u8) -> PathBuf {
        self.place.folder.join("inbox").join(self.made(clock, band).file_name().expect("named"))
    }

    /// Puts a file of a slot into the inbox, whole at once.
    fn put(&self, clock: &str, band: u8) {
        let hidden = self.place.folder.join("inbox/.under.way");
        std::fs::copy(self.made(clock, band), &hidden).expect("copied");
        std::fs::rename(&hidden, self.there(clock, band)).expect("renamed");
    }

    fn put_slot(&self, clock: &str) {
        self.put(clock, 14);
        self.put(clock, 7);
    }

    fn until(&self, is_so: impl Fn(&[Slot]) -> bool) -> Vec<Slot> {
        let slots = self.place.until(PATIENCE_S, &is_so);
        assert!(is_so(&slots), "{slots:?}\n{}", self.place.log());
        slots
    }

    fn until_log(&self, said: &str, times: usize) {
        let is_said = || self.place.log().matches(said).count() >= times;
        assert!(waited(is_said), "{said:?} not {times} times in\n{}", self.place.log());
    }
}

/// The exit code of a command that must end by itself.
fn code_of(command: &mut Command) -> Option<i32> {
    Running(command.spawn().expect("starts")).ends_within(PATIENCE_S)
}

/// Whether something comes to be so, by our clock.
fn waited(is_so: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed().as_secs_f64() > PATIENCE_S {
            return false;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    true
}

fn state_of(slots: &[Slot], clock: &str) -> Option<SlotState> {
    let time = format!("2025-10-20T{}:{}:00Z", &clock[..2], &clock[2..]);
    slots.iter().find(|slot| slot.first.rfc3339() == time).map(|slot| slot.state)
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

/// Opened, either would hold up its sensor for ever: the pipe waits for a writer, the device has no end.
#[test]
fn a_pipe_and_a_device_under_names_of_products_hold_up_nobody() {
    let database = sqlite();
    let trial = Trial::new(&database.url);
    make_pipe(&trial.there("0500", 7));
    symlink("/dev/zero", trial.there("0510", 7)).expect("linked");
    // told in the same breath as what lies beside them: when these are known, those would be
    trial.put("0500", 14);
    trial.put("0510", 14);
    let station = trial.place.station();
    trial.until(|slots| ["0500", "0510"].iter().all(|clock| state_of(slots, clock) == Some(SlotState::Seen)));
    trial.put_slot("0520");
    let slots = trial.until(|slots| state_of(slots, "0520") == Some(SlotState::Scanned));
    let begun: Vec<&Slot> = slots.iter().filter(|slot| slot.attempts > 0).collect();
    assert!(begun.is_empty(), "a look hangs: {begun:?}\n{}", trial.place.log());
    let (code, took) = station.stop();
    assert!(code == Some(0) && took < Duration::from_secs(20), "{code:?} after {took:?}\n{}", trial.place.log());
    assert!(!trial.place.log().contains("does not end"), "{}", trial.place.log());
}

/// A file that was sound when it came is a pipe when it is read: the scan waits for ever. The station ends all the same, and the look is
/// scanned when the file is a file again.
#[test]
fn a_scan_that_never_ends_does_not_keep_the_station_from_ending() {
    let database = sqlite();
    let trial = Trial::new(&database.url);
    let station = trial.place.station();
    trial.put("0500", 7);
    trial.until(|slots| state_of(slots, "0500") == Some(SlotState::Seen));
    let pipe = trial.place.folder.join("inbox/.pipe");
    make_pipe(&pipe);
    std::fs::rename(&pipe, trial.there("0500", 7)).expect("renamed");
    trial.put("0500", 14);
    trial.until(|slots| slots.iter().any(|slot| slot.attempts == 1));
    let (code, took) = station.stop();
    // twenty seconds for the scan, and what the delivery has to end
    assert!(code == Some(0) && took < Duration::from_secs(45), "{code:?} after {took:?}\n{}", trial.place.log());
    assert!(trial.place.log().contains("a scan does not end"), "{}", trial.place.log());
    trial.put("0500", 7);
    let station = trial.place.station();
    trial.until(|slots| state_of(slots, "0500") == Some(SlotState::Scanned));
    assert_eq!(station.stop().0, Some(0), "{}", trial.place.log());
}

#[test]
fn a_second_station_of_a_store_is_refused_with_sqlite() {
    second(&sqlite());
}

#[test]
fn a_second_station_of_a_store_is_refused_with_postgresql() {
    if let Some(database) = postgres() {
        second(&database);
    }
}

/// The second ends with 5 and says why; the first goes on as if nothing had been.
fn second(database: &Database) {
    let trial = Trial::new(&database.url);
    let first = trial.place.station();
    trial.until_log("the station works", 1);
    let mut command = trial.place.command(&["station", "--without", "web"]);
    let code = code_of(trial.place.by_clock(&mut command));
    assert_eq!(code, Some(5), "{}", trial.place.log());
    assert!(trial.place.log().contains("another station works with it"), "{}", trial.place.log());
    trial.put_slot("0500");
    trial.until(|slots| state_of(slots, "0500") == Some(SlotState::Scanned));
    assert_eq!(first.stop().0, Some(0), "{}", trial.place.log());
}

async fn status(url: &str) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::get(url).await.expect("answers").status().as_u16()
}

/// A station goes on writing into a file that was moved away, which nobody looks into any more, unless it looks where its store is.
#[test]
fn nothing_is_scanned_into_a_store_that_was_moved_away() {
    let trial = Trial::with(|folder| format!("sqlite://{}/db/s.db", folder.display()));
    let mut command = trial.place.command(&["station", "--listen", "127.0.0.1:0"]);
    let station = Server::start(trial.place.by_clock(&mut command));
    // the page is there before the station is
    trial.until_log("the station works", 1);
    let is_ready = |code: u16| {
        let ready = waited(|| run(status(&format!("{}/readyz", station.address))) == code);
        assert!(ready, "/readyz is never {code}\n{}", trial.place.log());
    };
    is_ready(200);
    let (there, away) = (trial.place.folder.join("db"), trial.place.folder.join("away"));
    std::fs::rename(&there, &away).expect("moved away");
    is_ready(503);
    trial.until_log("was moved away", 1);
    let tries = trial.place.log().matches("tried again in").count();
    trial.put_slot("0500");
    // it is tried again and again meanwhile, long enough for a scan
    trial.until_log("tried again in", tries + 3);
    let moved = run(async {
        let store = Store::open_existing(&format!("sqlite://{}/s.db", away.display())).await.expect("the moved store");
        let (from, to) = ("2025-10-20T00:00:00Z", "2025-10-21T00:00:00Z");
        let time = |text: &str| Utc::parse(text).expect("a time");
        let slots = store.slots(time(from), time(to), None).await.expect("slots");
        store.close().await;
        slots
    });
    assert!(moved.iter().all(|slot| slot.scanned.is_none()), "{moved:?}");
    assert!(!there.exists(), "no other store was made in its place");
    std::fs::rename(&away, &there).expect("moved back");
    trial.until(|slots| state_of(slots, "0500") == Some(SlotState::Scanned));
    is_ready(200);
}

/// Notices of a rehearsal wait; whatever is started by the machine's clock on its store ends before any of them is told.
#[test]
fn a_start_by_the_wrong_clock_delivers_nothing() {
    let database = sqlite();
    let trial = Trial::new(&database.url);
    // old notices are told too, so that only the refusal keeps them back
    let toml = trial.place.folder.join("site/site.toml");
    let text = std::fs::read_to_string(&toml).expect("read");
    let all_ages = "allow_simulated = true\nmax_age_hours = 0\n";
    std::fs::write(&toml, text.replace("allow_simulated = true\n", all_ages)).expect("written");
    let mut command = trial.place.command(&["station", "--without", "web", "--without", "delivery"]);
    let station = Running(trial.place.by_clock(&mut command).spawn().expect("starts"));
    trial.put_slot("0500");
    trial.until(|slots| state_of(slots, "0500") == Some(SlotState::Scanned));
    assert_eq!(station.stop().0, Some(0), "{}", trial.place.log());
    let waiting = || {
        run(async {
            let store = Store::open_existing(&trial.place.url).await.expect("a store");
            let counts = store.counts().await.expect("counts");
            counts.iter().map(|(_, status, count)| (status.name().to_string(), *count)).collect::<Vec<_>>()
        })
    };
    let before = waiting();
    assert!(before.len() == 1 && before[0].0 == "queued" && before[0].1 > 0, "{before:?}");
    let received = || std::fs::read_to_string(trial.place.folder.join("received/received.jsonl")).unwrap_or_default();
    for arguments in [
        vec!["station", "--without", "web"],
        vec!["station", "--listen", "127.0.0.1:0"],
        vec!["deliver", "--once"],
        vec!["serve", "--listen", "127.0.0.1:0"],
    ] {
        let code = code_of(&mut trial.place.command(&arguments));
        assert_eq!(code, Some(2), "{arguments:?}\n{}", trial.place.log());
    }
    assert_eq!(trial.place.log().matches("by the clock of a rehearsal").count(), 4, "{}", trial.place.log());
    assert_eq!((received().as_str(), waiting()), ("", before), "nothing was told");
    // by its own clock all of it is
    let station = trial.place.station();
    assert!(waited(|| !received().is_empty()), "{}", trial.place.log());
    assert_eq!(station.stop().0, Some(0), "{}", trial.place.log());
}

/// A store that takes no end of a scan, as one whose disk flickers: tries that it refused are no deaths of the program.
#[test]
fn a_look_whose_store_refused_it_often_is_scanned_in_the_end() {
    let database = sqlite();
    let trial = Trial::new(&database.url);
    let station = trial.place.station();
    trial.until_log("the station works", 1);
    let change = |text: &'static str| {
        run(async {
            sqlx::any::install_default_drivers();
            let pool = sqlx::AnyPool::connect(&database.url).await.expect("connects");
            sqlx::query("PRAGMA busy_timeout = 30000").execute(&pool).await.expect("patient");
            sqlx::query(text).execute(&pool).await.expect("changed");
            pool.close().await;
        })
    };
    change(
        "CREATE TRIGGER refuse BEFORE UPDATE OF scanned_us ON slots WHEN NEW.state = 'scanned' \
         BEGIN SELECT RAISE(ABORT, 'refused by the test'); END",
    );
    trial.put_slot("0500");
    // three deaths are the most that are granted
    trial.until_log("refused by the test", 5);
    change("DROP TRIGGER refuse");
    let slots = trial.until(|slots| state_of(slots, "0500") == Some(SlotState::Scanned));
    assert!(slots.iter().all(|slot| slot.attempts == 0 && !slot.partial), "{slots:?}");
    assert!(!trial.place.log().contains("the program died"), "{}", trial.place.log());
    assert_eq!(station.stop().0, Some(0), "{}", trial.place.log());
}
