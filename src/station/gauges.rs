//! What the process itself knows of how it goes, for Prometheus and for who asks whether it is ready.

use super::cameras::Ailing;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Bounds of the buckets, seconds.
const BOUNDS: [f64; 12] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 300.0, 1800.0, 7200.0];

/// Seconds, counted in buckets.
#[derive(Default)]
struct Histogram {
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Histogram {
    fn add(&self, seconds: f64) {
        let seconds = seconds.max(0.0);
        for (bucket, _) in self.buckets.iter().zip(BOUNDS).filter(|(_, bound)| seconds <= *bound) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add((seconds * 1e6) as u64, Ordering::Relaxed);
    }

    fn render(&self, text: &mut String, name: &str) {
        let _ = writeln!(text, "# TYPE {name} histogram");
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {}", bucket.load(Ordering::Relaxed));
        }
        let count = self.count.load(Ordering::Relaxed);
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum {}", self.micros.load(Ordering::Relaxed) as f64 / 1e6);
        let _ = writeln!(text, "{name}_count {count}");
    }
}

/// How an inbox goes.
#[derive(Debug, Clone, Default)]
pub struct InboxGauge {
    /// When it was looked into last with success.
    pub success: Option<SystemTime>,
    /// Since when it cannot be looked into, and why.
    pub trouble: Option<(Instant, String)>,
    /// Files that came by it since the start.
    pub files: u64,
    /// Its clock less ours, seconds, where it says what time it is.
    pub skew_s: Option<f64>,
}

/// How a camera goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraGauge {
    /// Whether nothing is wrong with it.
    pub is_well: bool,
    /// Pictures since the start, and those that the model looked at.
    pub frames: u64,
    /// See above.
    pub looked: u64,
    /// Age of its last picture, seconds, where there was one.
    pub age_s: Option<f64>,
}

/// What is measured.
pub struct Gauges {
    started: SystemTime,
    beat: Mutex<Instant>,
    scan: Histogram,
    stored: Histogram,
    queue: AtomicI64,
    inboxes: Mutex<BTreeMap<String, InboxGauge>>,
    disks: Mutex<BTreeMap<String, u64>>,
    store: Mutex<Option<String>>,
    stuck: Mutex<Option<String>>,
    orbits: Mutex<Option<String>>,
    cameras: Mutex<BTreeMap<String, CameraGauge>>,
    ailing: Mutex<(Vec<Ailing>, Option<BTreeSet<String>>)>,
    faults: Mutex<BTreeMap<String, Instant>>,
}

impl Default for Gauges {
    fn default() -> Self {
        Gauges {
            started: SystemTime::now(),
            beat: Mutex::new(Instant::now()),
            scan: Histogram::default(),
            stored: Histogram::default(),
            queue: AtomicI64::new(0),
            inboxes: Mutex::default(),
            disks: Mutex::default(),
            store: Mutex::default(),
            stuck: Mutex::default(),
            orbits: Mutex::default(),
            cameras: Mutex::default(),
            ailing: Mutex::default(),
            faults: Mutex::default(),
        }
    }
}

/// A station of which nothing was heard for so long hangs.
const SILENT: Duration = Duration::from_secs(60);

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gauges {
    /// A sign of life.
    pub fn beat(&self) {
        *held(&self.beat) = Instant::now();
    }

    /// A look was scanned in so long.
    pub fn scanned(&self, took: Duration) {
        self.scan.add(took.as_secs_f64());
    }

    /// From the close of the last file of a look to its commit, seconds.
    pub fn stored(&self, seconds: f64) {
        self.stored.add(seconds);
    }

    /// Looks that wait for a worker.
    pub fn queue(&self, looks: usize) {
        self.queue.store(i64::try_from(looks).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// How many looks wait for a worker.
    pub fn queued(&self) -> i64 {
        self.queue.load(Ordering::Relaxed)
    }

    /// Changes what is known of an inbox.
    pub fn inbox(&self, name: &str, change: impl FnOnce(&mut InboxGauge)) {
        change(held(&self.inboxes).entry(name.to_string()).or_default());
    }

    /// All inboxes.
    pub fn inboxes(&self) -> BTreeMap<String, InboxGauge> {
        held(&self.inboxes).clone()
    }

    /// Free bytes of a file system.
    pub fn disk(&self, path: &str, free: u64) {
        held(&self.disks).insert(path.to_string(), free);
    }

    /// What is wrong with the store; `None`: nothing.
    pub fn store(&self, trouble: Option<String>) {
        *held(&self.store) = trouble;
    }

    /// A scan that does not end; `None`: there is none.
    pub fn stuck(&self, said: Option<String>) {
        *held(&self.stuck) = said;
    }

    /// How a camera goes.
    pub fn camera(&self, id: &str, gauge: CameraGauge) {
        held(&self.cameras).insert(id.to_string(), gauge);
    }

    /// What is wrong with cameras, and of which alarms of them it is known that nothing is wrong.
    pub fn ailing(&self, ailing: Vec<Ailing>, well: BTreeSet<String>) {
        *held(&self.ailing) = (ailing, Some(well));
    }

    /// What is wrong with cameras; and which of their alarms may end, where cameras are looked at: all others stay as they were.
    pub fn ailing_cameras(&self) -> (Vec<Ailing>, Option<BTreeSet<String>>) {
        held(&self.ailing).clone()
    }

    /// A part of the station ended in a fault of the program, and was begun anew.
    pub fn fault(&self, what: &str) {
        held(&self.faults).insert(what.to_string(), Instant::now());
    }

    /// Parts that ended in a fault, each with how long ago that was.
    pub fn faults(&self) -> Vec<(String, Duration)> {
        held(&self.faults).iter().map(|(what, at)| (what.clone(), at.elapsed())).collect()
    }

    /// Why the elements of orbits cannot be read; `None`: they can.
    pub fn orbits(&self, said: Option<String>) {
        *held(&self.orbits) = said;
    }

    /// Why the elements of orbits cannot be read.
    pub fn broken_orbits(&self) -> Option<String> {
        held(&self.orbits).clone()
    }

    /// What hangs.
    pub fn hangs(&self) -> Option<String> {
        held(&self.stuck).clone()
    }

    /// Why it is not ready; `None`: it is.
    pub fn not_ready(&self) -> Option<String> {
        let silent = held(&self.beat).elapsed();
        if silent > SILENT {
            return Some(format!("the station has given no sign of life for {} s", silent.as_secs()));
        }
        held(&self.store).clone().or_else(|| self.hangs())
    }

    /// As Prometheus reads it.
    pub fn render(&self) -> String {
        let mut text = String::new();
        self.scan.render(&mut text, "strawfire_scan_seconds");
        self.stored.render(&mut text, "strawfire_file_to_store_seconds");
        let _ = writeln!(
            text,
            "# TYPE strawfire_queue_slots gauge\nstrawfire_queue_slots {}",
            self.queue.load(Ordering::Relaxed)
        );
        self.render_inboxes(&mut text);
        self.render_cameras(&mut text);
        let _ = writeln!(text, "# TYPE strawfire_disk_free_bytes gauge");
        for (path, free) in held(&self.disks).iter() {
            let _ = writeln!(text, "strawfire_disk_free_bytes{{path=\"{}\"}} {free}", label(path));
        }
        if let Some(bytes) = resident_bytes() {
            let _ = writeln!(text, "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes {bytes}");
        }
        let _ = writeln!(
            text,
            "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {}",
            unix(self.started)
        );
        text
    }

    fn render_cameras(&self, text: &mut String) {
        let cameras = held(&self.cameras).clone();
        let mut gauge = |name: &str, kind: &str, value: &dyn Fn(&CameraGauge) -> Option<f64>| {
            let _ = writeln!(text, "# TYPE strawfire_camera_{name} {kind}");
            for (id, value) in cameras.iter().filter_map(|(id, camera)| Some((id, value(camera)?))) {
                let _ = writeln!(text, "strawfire_camera_{name}{{camera=\"{}\"}} {value}", label(id));
            }
        };
        gauge("up", "gauge", &|camera| Some(f64::from(u8::from(camera.is_well))));
        gauge("frames_total", "counter", &|camera| Some(camera.frames as f64));
        gauge("looked_total", "counter", &|camera| Some(camera.looked as f64));
        gauge("age_seconds", "gauge", &|camera| camera.age_s);
    }

    fn render_inboxes(&self, text: &mut String) {
        let inboxes = self.inboxes();
        let _ = writeln!(text, "# TYPE strawfire_inbox_up gauge");
        for (name, inbox) in &inboxes {
            let _ = writeln!(text, "strawfire_inbox_up{{inbox=\"{name}\"}} {}", u8::from(inbox.trouble.is_none()));
        }
        let _ = writeln!(text, "# TYPE strawfire_inbox_success_timestamp_seconds gauge");
        for (name, at) in inboxes.iter().filter_map(|(name, inbox)| Some((name, inbox.success?))) {
            let _ = writeln!(text, "strawfire_inbox_success_timestamp_seconds{{inbox=\"{name}\"}} {}", unix(at));
        }
        let _ = writeln!(text, "# TYPE strawfire_inbox_files_total counter");
        for (name, inbox) in &inboxes {
            let _ = writeln!(text, "strawfire_inbox_files_total{{inbox=\"{name}\"}} {}", inbox.files);
        }
        let _ = writeln!(text, "# TYPE strawfire_clock_skew_seconds gauge");
        for (name, skew) in inboxes.iter().filter_map(|(name, inbox)| Some((name, inbox.skew_s?))) {
            let _ = writeln!(text, "strawfire_clock_skew_seconds{{inbox=\"{name}\"}} {skew}");
        }
    }
}

/// A value of a label as Prometheus's text form has it.
pub fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn unix(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Memory of this process, bytes; `None` where the system does not say.
pub fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of .15 and 1.5 seconds one is within .2 and within 1, both within 2.
    #[test]
    fn seconds_are_counted_in_buckets_that_hold_all_below() {
        let gauges = Gauges::default();
        gauges.scanned(Duration::from_millis(150));
        gauges.scanned(Duration::from_millis(1500));
        let text = gauges.render();
        for line in ["{le=\"0.1\"} 0", "{le=\"0.2\"} 1", "{le=\"1\"} 1", "{le=\"2\"} 2", "{le=\"+Inf\"} 2"] {
            assert!(text.contains(&format!("strawfire_scan_seconds_bucket{line}")), "{line}: {text}");
        }
        assert!(text.contains("strawfire_scan_seconds_sum 1.65"), "{text}");
    }

    #[test]
    fn a_store_in_trouble_is_not_ready() {
        let gauges = Gauges::default();
        assert_eq!(gauges.not_ready(), None);
        gauges.store(Some("out of reach".into()));
        assert_eq!(gauges.not_ready().as_deref(), Some("out of reach"));
    }
}
