//! Who scans: workers, each on a thread of its own, and what each is at. How many looks are scanned at once is bounded by them, by memory and
//! by sensor.

use super::work::Task;
use crate::ingest::granule::parts;
use crate::site::Station;
use crate::store::Slot;
use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// A scan that goes on for so long hangs.
const STUCK: Duration = Duration::from_secs(900);
/// What one scan is reckoned with, megabytes, generously \[P\]: for this site a slot took 97 and an overpass 114 (README, Speed).
const STARING_MB: f64 = 500.0;
const SWATH_MB: f64 = 1500.0;

/// All workers.
#[derive(Default)]
pub struct Workers(Vec<Worker>);

struct Worker {
    tasks: mpsc::Sender<Task>,
    busy: Option<Busy>,
}

/// What a worker is at.
struct Busy {
    slot: i64,
    stream: String,
    memory_mb: f64,
    since: Instant,
}

impl Workers {
    /// One more, that takes what is sent.
    pub fn add(&mut self, tasks: mpsc::Sender<Task>) {
        self.0.push(Worker { tasks, busy: None });
    }

    fn busy(&self) -> impl Iterator<Item = &Busy> {
        self.0.iter().filter_map(|worker| worker.busy.as_ref())
    }

    /// Whether any of them scans.
    pub fn is_busy(&self) -> bool {
        self.busy().next().is_some()
    }

    /// Looks that are being scanned.
    pub fn in_work(&self) -> HashSet<i64> {
        self.busy().map(|busy| busy.slot).collect()
    }

    /// A look is done with, well or not.
    pub fn free(&mut self, slot: i64) {
        for worker in &mut self.0 {
            worker.busy = worker.busy.take().filter(|busy| busy.slot != slot);
        }
    }

    /// What is to be said of a scan that hangs: it holds up all of its sensor.
    pub fn stuck(&self, now: Instant) -> Option<String> {
        let oldest = self.busy().map(|busy| now.saturating_duration_since(busy.since)).max()?;
        (oldest >= STUCK).then(|| format!("a scan has gone on for {} s", oldest.as_secs()))
    }

    /// To a worker that is free, where neither memory nor the limit of the sensor is used up; else it is given another time.
    pub fn give(&mut self, task: Task, station: &Station) {
        let memory_mb = memory_of(&task);
        let taken: f64 = self.busy().map(|busy| busy.memory_mb).sum();
        let of_sensor = self.busy().filter(|busy| busy.stream == task.slot.stream).count();
        let has_room = !self.is_busy() || taken + memory_mb <= station.memory_mb;
        if !has_room || of_sensor >= station.workers_a_sensor {
            return;
        }
        let Some(worker) = self.0.iter_mut().find(|worker| worker.busy.is_none()) else { return };
        let Slot { id: slot, stream, .. } = task.slot.clone();
        if worker.tasks.try_send(task).is_ok() {
            worker.busy = Some(Busy { slot, stream, memory_mb, since: Instant::now() });
        }
    }

    /// They end when they have done what they are at.
    pub fn dismiss(&mut self) {
        self.0.clear();
    }
}

fn memory_of(task: &Task) -> f64 {
    let named = task.files.first().and_then(|file| parts::named(Path::new(&file.name)));
    if named.is_some_and(|named| named.format.is_swath()) { SWATH_MB } else { STARING_MB }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Site;
    use crate::store::SlotState;
    use crate::time::Utc;

    fn task(id: i64, stream: &str) -> Task {
        let first = Utc::parse("2025-10-20T05:00:00Z").expect("a time");
        let slot = Slot {
            id,
            satellite: String::new(),
            stream: stream.into(),
            first,
            last: first,
            state: SlotState::Seen,
            expected: false,
            due: first,
            seen: None,
            arrived: None,
            again: None,
            scanned: None,
            attempts: 0,
            looks: Vec::new(),
            partial: false,
            late: false,
            said: String::new(),
        };
        Task { slot, files: Vec::new(), lacks: None }
    }

    #[test]
    fn one_that_hangs_holds_up_its_sensor_alone_and_is_told_after_a_quarter_of_an_hour() {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("sites/haidong");
        let station = Site::load(shipped).expect("the shipped site").station;
        let (mut workers, mut to_do) = (Workers::default(), Vec::new());
        for _ in 0..2 {
            let (tasks, given) = mpsc::channel(1);
            workers.add(tasks);
            to_do.push(given);
        }
        assert_eq!((station.workers_a_sensor, workers.is_busy()), (1, false));
        let began = Instant::now();
        for task in [task(1, "ahi"), task(2, "ahi"), task(3, "viirs")] {
            workers.give(task, &station);
        }
        assert_eq!(workers.in_work(), HashSet::from([1, 3]));
        let later = |seconds: u64| began + Duration::from_secs(seconds);
        assert_eq!(workers.stuck(later(899)), None);
        assert!(workers.stuck(later(901)).is_some_and(|said| said.contains("90")), "{:?}", workers.stuck(later(901)));
        workers.free(1);
        workers.free(3);
        assert_eq!((workers.is_busy(), workers.stuck(later(901))), (false, None));
    }
}
