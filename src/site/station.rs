//! `[station]` of site.toml: how the always-on program works.

use super::settings::Settings;
use crate::error::Result;
use std::path::PathBuf;

/// How the always-on program works.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// Folder of fetched files, lists and reports; none: beside the store of one file.
    pub dir: Option<PathBuf>,
    /// Scans at the same time, and of one satellite.
    pub workers: usize,
    /// Of these at most so many of one sensor.
    pub workers_a_sensor: usize,
    /// What scans may take together, megabytes.
    pub memory_mb: f64,
    /// Minutes after the start of a slot of a staring satellite, and after the end of an overpass, within which files are expected.
    pub deadline_min: f64,
    /// See above.
    pub deadline_pass_min: f64,
    /// Seconds without a new file after which a look that has enough is scanned without the rest; of an overpass whose parts nobody knows.
    pub settle_s: f64,
    /// See above.
    pub settle_pass_s: f64,
    /// Free space under which the desk is told, megabytes; under half of it nothing is fetched.
    pub disk_low_mb: f64,
    /// Hours that fetched files are kept after they were scanned.
    pub keep_files_hours: f64,
    /// Minutes without data of a satellite after which the desk is told.
    pub silent_min: f64,
    /// Sinks that are told what is wrong and get the lists; none: all that people read.
    pub desk: Vec<String>,
    /// Where the state of the station is asked for when the page is served by another process.
    pub listen: Option<String>,
    /// What pictures of sightings may take together, megabytes: the oldest make room.
    pub evidence_mb: f64,
    /// Folder that the store is backed up to, where set.
    pub backup_dir: Option<PathBuf>,
}

/// AHI is delivered some eight minutes after the slot by most ways \[P\]: half an hour is late. LANCE delivers within three hours of an
/// overpass (its own service level).
const DEADLINE_MIN: f64 = 30.0;
const DEADLINE_PASS_MIN: f64 = 180.0;
const SETTLE_S: f64 = 20.0;
const SETTLE_PASS_S: f64 = 300.0;
const SILENT_MIN: f64 = 40.0;
const DISK_LOW_MB: f64 = 2000.0;
const KEEP_FILES_HOURS: f64 = 48.0;
/// Some ten thousand sightings with their films.
const EVIDENCE_MB: f64 = 2000.0;
const WORKERS: f64 = 2.0;
const MEMORY_MB: f64 = 3000.0;

impl Settings {
    /// The settings of the station.
    pub(super) fn station(&self, sinks: &[&str]) -> Result<Station> {
        let number = |key: &str, default: f64| self.number(key).unwrap_or(default);
        let count = |key: &str, default: f64| number(key, default).clamp(1.0, 64.0) as usize;
        let desk = self.texts("station.desk");
        if let Some(unknown) = desk.iter().find(|name| !sinks.contains(&name.as_str())) {
            let expected =
                format!("names of [[delivery.sinks]] that people read (wecom, dingtalk, smtp): {}", sinks.join(", "));
            return Err(self.wrong("station.desk", unknown.clone(), expected));
        }
        Ok(Station {
            dir: self.path("station.dir"),
            workers: count("station.workers", WORKERS),
            workers_a_sensor: count("station.workers_a_sensor", 1.0),
            memory_mb: number("station.memory_mb", MEMORY_MB),
            deadline_min: number("station.deadline_min", DEADLINE_MIN),
            deadline_pass_min: number("station.deadline_pass_min", DEADLINE_PASS_MIN),
            settle_s: number("station.settle_s", SETTLE_S),
            settle_pass_s: number("station.settle_pass_s", SETTLE_PASS_S),
            disk_low_mb: number("station.disk_low_mb", DISK_LOW_MB),
            keep_files_hours: number("station.keep_files_hours", KEEP_FILES_HOURS),
            silent_min: number("station.silent_min", SILENT_MIN),
            desk,
            listen: self.text("station.listen"),
            evidence_mb: number("station.evidence_mb", EVIDENCE_MB),
            backup_dir: self.path("station.backup_dir"),
        })
    }
}
