//! Killed at any moment: runs, delivery, backup and the making of the store are killed at random moments, then run to their ends:
//! every event has reached the receiver, once, the audit is whole, and nothing half is left.

use crate::common::{project, simulator};
use crate::databases::{Database, postgres, sqlite};
use crate::sinks::SECRET;
use crate::sinks_receiver::{received, receiver};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use strawfire::store::{Status, Store};
use strawfire::time::Utc;

/// Kills with one store; then a new one is made, so that its making is killed too.
const KILLS_A_STORE: usize = 15;

/// Kills on each database: `make torture` asks for 300.
fn kills() -> usize {
    std::env::var("STRAWFIRE_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(6)
}

#[test]
fn killed_at_random_moments_with_sqlite() {
    torture(|| Some(sqlite()));
}

#[test]
fn killed_at_random_moments_with_postgresql() {
    torture(postgres);
}

fn torture(database: impl Fn() -> Option<Database>) {
    let inputs = tempfile::tempdir().expect("a folder");
    for (slot, minute) in ["a", "b", "c"].iter().zip(["30", "40", "50"]) {
        let time = format!("2025-10-20T05:{minute}:00Z");
        let arguments = ["ahi", "--out", slot, "--time", &time, "--bands", "7,14,15", "--segments", "2,3"];
        assert!(simulator(inputs.path(), &arguments).status.success());
    }
    let mut random = Random::start();
    let (mut left, mut ended) = (kills(), 0);
    let Some(first) = database() else { return };
    let longest = Round::new(first, inputs.path()).longest();
    while left > 0 {
        let Some(database) = database() else { return };
        let round = Round::new(database, inputs.path());
        let many = left.min(KILLS_A_STORE);
        ended += (0..many).filter(|_| round.kill_one(&mut random, &longest)).count();
        left -= many;
        round.check();
    }
    println!("{} kills, {ended} of them after the end", kills());
    assert!(ended * 2 <= kills() + 2, "most runs ended before they were killed");
}

/// One store with its receiver.
struct Round {
    database: Database,
    folder: tempfile::TempDir,
    commands: Vec<Vec<String>>,
    receiver: crate::sinks::Server,
}

impl Round {
    fn new(database: Database, inputs: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let receiver = receiver(&folder.path().join("received"), &["--twice-share", "0.2", "--drop-share", "0.1"]);
        let site = folder.path().join("site");
        site_of(&site, &database.url, &receiver.address);
        let words = |text: &str| text.split(' ').map(str::to_string).collect::<Vec<_>>();
        let mut commands = vec![words("deliver --once"), words("backup backup.jsonl"), words("retain")];
        for slot in ["a", "b", "c"] {
            let mut scan = words("scan --out out --threads 1");
            scan.push(inputs.join(slot).display().to_string());
            commands.push(scan);
        }
        Round { database, folder, commands, receiver }
    }

    fn start(&self, command: &[String]) -> Child {
        let mut process = Command::new(env!("CARGO_BIN_EXE_strawfire"));
        process.args(command).arg("--site").arg(self.folder.path().join("site")).current_dir(self.folder.path());
        process.env("PATROL_SECRET", SECRET).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts")
    }

    /// Runs a command to its end. A receiver that drops connections may leave some for the next time, and that is said.
    fn run(&self, at: usize) {
        let code = self.start(&self.commands[at]).wait().expect("ended").code();
        assert!(code == Some(0) || (at == 0 && code == Some(5)), "{:?}: {code:?}", self.commands[at]);
    }

    /// How long each command takes where nobody kills it; scans first, so that there is something to deliver.
    fn longest(&self) -> Vec<Duration> {
        let mut longest = vec![Duration::ZERO; self.commands.len()];
        for at in (0..self.commands.len()).rev() {
            let began = Instant::now();
            self.run(at);
            longest[at] = began.elapsed();
        }
        longest
    }

    /// Starts something and kills it at some moment of its life; whether it had ended before.
    fn kill_one(&self, random: &mut Random, longest: &[Duration]) -> bool {
        let at = random.below(self.commands.len() as u64) as usize;
        let began = Instant::now();
        let mut process = self.start(&self.commands[at]);
        let wait = Duration::from_micros(random.below(longest[at].as_micros() as u64));
        while began.elapsed() < wait {
            if process.try_wait().expect("asked").is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        process.kill().expect("killed");
        process.wait().expect("ended");
        false
    }

    /// Runs all to their ends, twice, and looks at what is there.
    fn check(&self) {
        let (scans, others) = ((3..self.commands.len()).collect::<Vec<_>>(), vec![0, 1, 0]);
        [scans, others].concat().into_iter().for_each(|at| self.run(at));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runs");
        runtime.block_on(self.check_store());
        let half: Vec<PathBuf> = files(self.folder.path()).into_iter().filter(|path| is_temporary(path)).collect();
        assert!(half.is_empty(), "{half:?}");
    }

    async fn check_store(&self) {
        let store = Store::open(&self.database.url).await.expect("opens");
        for _ in 0..50 {
            if store.counts().await.expect("read").iter().all(|(_, status, _)| *status == Status::Sent) {
                break;
            }
            self.run(0);
        }
        let counts = store.counts().await.expect("read");
        assert!(counts.iter().all(|(_, status, _)| *status == Status::Sent), "{counts:?}");
        let mut told: BTreeMap<String, i64> = BTreeMap::new();
        let keys: Vec<String> = received(&self.folder.path().join("received"))
            .iter()
            .map(|line| line["key"].as_str().expect("a key").to_string())
            .collect();
        for key in &keys {
            let (event, revision) = key.rsplit_once(':').expect("two parts");
            let revision: i64 = revision.parse().expect("a number");
            // in order, each once
            assert!(told.insert(event.to_string(), revision).is_none_or(|before| before < revision), "{keys:?}");
        }
        let rows = store.rows(Status::Sent, 1_000_000).await.expect("read");
        let sent: BTreeSet<String> =
            rows.iter().map(|row| format!("{}:{}", row.filed.event, row.filed.revision)).collect();
        assert_eq!(sent, keys.iter().cloned().collect(), "what was sent is what was received");
        let start = Utc::parse("2025-01-01T00:00:00Z").expect("a time");
        let events = store.events_since(start).await.expect("read");
        let inside: Vec<_> = events.iter().filter(|stored| stored.open && stored.event.inside).collect();
        assert!(inside.len() >= 3, "{} events", inside.len());
        for stored in inside {
            assert_eq!(told.get(&stored.event.id), Some(&stored.revision), "{:?}", stored.event.members);
        }
        let audit = store.verify_audit(None).await.expect("read");
        assert!(audit.broken.is_none() && audit.lines > 6, "{audit:?}");
        let _ = &self.receiver;
    }
}

/// A copy of the site pack that keeps and delivers.
pub fn site_of(site: &Path, url: &str, receiver: &str) {
    std::fs::create_dir_all(site).expect("a folder");
    for entry in std::fs::read_dir(project().join("sites/haidong")).expect("the site pack") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            std::fs::copy(&path, site.join(path.file_name().expect("a name"))).expect("copied");
        }
    }
    let more = format!(
        "\n[store]\nurl = \"{url}\"\n[delivery]\nallow_loopback = true\nallow_simulated = true\nmax_age_hours = 0\n\
         [[delivery.sinks]]\nname = \"patrol\"\nkind = \"http\"\nurl = \"{receiver}/hotspots\"\nsecret_env = \"PATROL_SECRET\"\ntimeout_s = 5\n"
    );
    let path = site.join("site.toml");
    let text = std::fs::read_to_string(&path).expect("site.toml") + &more;
    std::fs::write(path, text).expect("written");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn is_temporary(path: &Path) -> bool {
    path.to_string_lossy().contains(".part")
}

/// Moments by chance; the seed is printed.
struct Random(u64);

impl Random {
    fn start() -> Self {
        let seed =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_micros() as u64;
        println!("seed {seed}");
        Random(seed)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}
