//! The soak: days of slots at many times the speed, with everything that goes wrong with files, the process killed again and again and the disk
//! full for a while. `make soak` runs three days at a hundred times the speed (45 minutes and the making of the slots); `make test` three hours.

use super::feed::{Feed, How};
use super::{Place, Running, wrong};
use crate::common::{SmallDisk, simulator};
use crate::delivery::run;
use crate::sinks_receiver::received;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use strawfire::store::{Asked, Scope, SlotState, Status, Store};
use strawfire::time::Utc;

/// Most slots come as they should; each of the others has its turn.
const WAYS: [How; 13] = [
    How::Whole,
    How::Renamed,
    How::Twice,
    How::Whole,
    How::InPieces,
    How::Whole,
    How::Late,
    How::Renamed,
    How::BrokenThenWhole,
    How::Whole,
    How::Never,
    How::Twice,
    How::Broken,
];

struct Plan {
    days: u32,
    /// The first slots of a day, of a single one.
    range: String,
    speed: f64,
    kills: usize,
}

#[test]
fn three_hours_at_many_times_the_speed() {
    soak(&Plan { days: 1, range: "0:19".into(), speed: 300.0, kills: 2 });
}

/// Figures of the README: `make soak`.
#[test]
#[ignore = "three quarters of an hour: make soak"]
fn days_at_a_hundred_times_the_speed() {
    let number =
        |name: &str, default: f64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let days = number("SOAK_DAYS", 3.0);
    let kills = number("SOAK_KILLS", 6.0 * days) as usize;
    soak(&Plan { days: days as u32, range: "0:144".into(), speed: number("SOAK_SPEED", 100.0), kills });
}

/// Figures of the README: `make latency-station`. Slots of the day, each whole, ten seconds apart; nothing goes wrong.
#[test]
#[ignore = "eight minutes: make latency-station"]
fn from_the_close_of_a_file_to_the_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    days_of_slots(folder.path(), ["1", "18:42", "4,5,6,7,14,15", "0.1", "300", "60,150,300"]);
    for database in crate::databases::both() {
        let desk = folder.path().join(if database.url.starts_with("sqlite") { "sqlite" } else { "postgresql" });
        std::fs::create_dir_all(&desk).expect("made");
        let place = Place::new(&desk, &database.url, "2025-10-20T02:59:00Z", 60.0, "");
        let station = place.station();
        let feed = Feed::new(&folder.path().join("inputs"), &desk.join("inbox"), &[How::Whole]);
        feed.deliver(&place.clock, |_| {});
        let slots = place.until(60.0, |slots| wrong(slots, &feed).is_empty());
        assert!(wrong(&slots, &feed).is_empty(), "{}", place.log());
        std::thread::sleep(Duration::from_secs(3));
        println!("{}: {}", desk.file_name().expect("named").display(), latencies(&place, &feed));
        station.stop();
    }
}

/// Simulated days from 20 October on in the folder's `inputs`: how many, which slots, which bands, how cloudy, fires a day and their power in MW.
fn days_of_slots(folder: &Path, [days, slots, bands, cloud, fires, powers]: [&str; 6]) {
    let when = ["ahi-days", "--out", "inputs", "--start", "2025-10-20", "--days", days, "--slots", slots];
    let what = ["--bands", bands, "--cloud", cloud, "--fires-per-day", fires, "--powers", powers];
    let made = simulator(folder, &[&when[..], &what].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn soak(plan: &Plan) {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = folder.path().join("inputs");
    days_of_slots(folder.path(), [&plan.days.to_string(), &plan.range, "7,14", "0.2", "150", "20,80,200,400"]);
    // the store and the past on a disk that can be filled
    let disk = folder.path().join("disk");
    let Some(small) = SmallDisk::at(&disk, 400 << 20) else { return };
    let url = format!("sqlite://{}/strawfire.db", disk.display());
    let more = format!("[baseline]\ndir = \"{}\"\n", disk.join("past").display());
    let place = Place::new(folder.path(), &url, "2025-10-19T23:59:00Z", plan.speed, "");
    let site = folder.path().join("site/site.toml");
    let toml = std::fs::read_to_string(&site).expect("read");
    std::fs::write(&site, format!("{toml}\n{more}")).expect("written");
    let feed = Feed::new(&inputs, &folder.path().join("inbox"), &WAYS);
    let slots = feed.plan().len();
    let mut run = Soak { place, small, station: None, rss: Vec::new(), kills: 0, filled: false };
    run.station = Some(run.place.station());
    let (every, deeds) = (slots / (plan.kills + 1), slots);
    let clock = run.place.clock;
    feed.deliver(&clock, |number| run.between(number, every.max(1), deeds, plan.kills));
    run.finish(&feed, plan);
}

struct Soak {
    place: Place,
    small: SmallDisk,
    station: Option<Running>,
    /// Memory of the station, bytes, at each deed, and since which start.
    rss: Vec<(usize, u64)>,
    kills: usize,
    filled: bool,
}

impl Soak {
    /// Before each delivery: memory is read; sometimes the station is killed, and in the middle the disk is full for a while.
    fn between(&mut self, number: usize, every: usize, deeds: usize, kills: usize) {
        if let Some(station) = &self.station {
            self.rss.extend(resident(station.id()).map(|bytes| (self.kills, bytes)));
        }
        if number > 0 && number.is_multiple_of(every) && self.kills < kills {
            if let Some(station) = self.station.take() {
                station.kill();
            }
            self.kills += 1;
            self.station = Some(self.place.station());
        }
        let (from, to) = (deeds / 2, deeds / 2 + (deeds / 20).clamp(2, 6));
        if number == from && !self.filled {
            self.small.fill();
            self.filled = true;
        } else if number == to {
            std::fs::remove_file(self.place.folder.join("disk/filler")).expect("room again");
        }
    }

    fn finish(mut self, feed: &Feed, plan: &Plan) {
        // the last deadline, and what is waited for after it
        let patience = 60.0 + 3600.0 * 1.5 / plan.speed;
        let slots = self.place.until(patience, |slots| wrong(slots, feed).is_empty());
        let wrong = wrong(&slots, feed);
        assert!(
            wrong.is_empty(),
            "{} slots are not accounted for:\n{}\n{}",
            wrong.len(),
            wrong.join("\n"),
            self.place.log()
        );
        let accounted: BTreeMap<&str, usize> = slots.iter().fold(BTreeMap::new(), |mut counts, slot| {
            *counts.entry(slot.state.name()).or_default() += 1;
            counts
        });
        assert!(slots.iter().all(|slot| slot.state != SlotState::Seen), "nothing waits for ever");
        // the satellite keeps house at 02:40 and 14:40 (JMA)
        let planned = slots.iter().filter(|slot| slot.state == SlotState::Planned).map(|slot| slot.first.hhmm());
        assert!(planned.clone().count() >= 1 && planned.clone().all(|time| ["0240", "1440"].contains(&time.as_str())));
        let told = self.everything_was_told();
        let (code, took) = self.station.take().expect("it runs").stop();
        assert!(code == Some(0) && took < Duration::from_secs(20), "{code:?} after {took:?}");
        println!("slots: {accounted:?}; {} kills, the disk full once; {told}", self.kills);
        println!("{}", self.memory());
        println!("{}", latencies(&self.place, feed));
    }

    /// Every notice of the outbox is with the receiver, once under its key, and every event was told.
    fn everything_was_told(&self) -> String {
        let place = &self.place;
        let (events, waiting) = run(async {
            let store = Store::open_existing(&place.url).await.expect("a store");
            let began = std::time::Instant::now();
            loop {
                let counts = store.counts().await.expect("counts");
                let waiting: i64 =
                    counts.iter().filter(|(_, status, _)| *status != Status::Sent).map(|(.., count)| count).sum();
                if waiting == 0 || began.elapsed() > Duration::from_secs(60) {
                    let asked = Asked { limit: 100_000, ..Asked::default() };
                    let events = store.list_events(&Scope::all(), &asked).await.expect("events");
                    break (
                        events.into_iter().map(|shown| shown.stored.event.id).collect::<BTreeSet<String>>(),
                        waiting,
                    );
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        });
        assert_eq!(waiting, 0, "notices that were not sent");
        let received = received(&place.folder.join("received"));
        let keys: Vec<&str> = received.iter().map(|line| line["key"].as_str().expect("a key")).collect();
        let unique: BTreeSet<&&str> = keys.iter().collect();
        assert_eq!(unique.len(), keys.len(), "a key was taken twice");
        let of: BTreeSet<String> = keys.iter().map(|key| key.rsplit_once(':').expect("a key").0.to_string()).collect();
        let untold: Vec<&String> = events.difference(&of).collect();
        assert!(untold.is_empty(), "{} events were never told: {untold:?}", untold.len());
        format!("{} events, {} notices, each received once", events.len(), keys.len())
    }

    /// Memory from the first tenth of a life of the process on: highest, and by how much it grows.
    fn memory(&self) -> String {
        let longest =
            (0..=self.kills).max_by_key(|life| self.rss.iter().filter(|(of, _)| of == life).count()).unwrap_or(0);
        let life: Vec<f64> =
            self.rss.iter().filter(|(of, _)| *of == longest).map(|(_, bytes)| *bytes as f64 / 1e6).collect();
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
        let (first, second) = life[life.len() / 10..].split_at((life.len() - life.len() / 10) / 2);
        let highest = self.rss.iter().map(|(_, bytes)| *bytes as f64 / 1e6).fold(0.0, f64::max);
        format!(
            "memory: highest {highest:.0} MB; longest life {} deliveries, mean of its halves {:.0} and {:.0} MB",
            life.len(),
            mean(first),
            mean(second)
        )
    }
}

fn resident(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    text.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * 4096)
}

/// From the close of the last file of a slot to the receiver's answer, by our clock.
fn latencies(place: &Place, feed: &Feed) -> String {
    let closed: BTreeMap<Utc, Utc> = feed.closed();
    let mut seconds: Vec<f64> = Vec::new();
    let mut told = BTreeSet::new();
    for line in received(&place.folder.join("received")) {
        let at = |text: &serde_json::Value| text.as_str().and_then(Utc::parse);
        let seen = at(&line["body"]["data"]["properties"]["last_seen"]);
        let (Some(seen), Some(received)) = (seen, at(&line["received_at"])) else { continue };
        // what tells of this slot first
        if let Some(closed) = closed.get(&seen).filter(|_| told.insert(seen)) {
            seconds.push(received.seconds_since(*closed));
        }
    }
    seconds.sort_by(f64::total_cmp);
    let rank = |share: f64| {
        seconds.get(((seconds.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied().unwrap_or(f64::NAN)
    };
    format!(
        "from the close of the last file to the receiver's 200: {} slots, p50 {:.2} s, p95 {:.2} s, longest {:.2} s",
        seconds.len(),
        rank(0.5),
        rank(0.95),
        rank(1.0)
    )
}
