//! `[[station.jobs]]`: what the station does at times of its own.

use super::settings::{Key, Kind, Settings, join, key};
use crate::error::Result;
use crate::schedule::Cron;
use toml::Value;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobKind {
    /// The list of the time since it was last due.
    DailyList,
    /// The report of the week before.
    WeeklyReport,
    /// 日报 of the day before, frozen.
    DailyReport,
    /// 周报 of the week before, frozen.
    WeeklyBulletin,
    /// 月报 of the month before, frozen.
    MonthlyReport,
    /// New proposals of static sources.
    StaticLearn,
    /// What is too old is taken out of the store.
    Retain,
    /// A backup of the store.
    Backup,
    /// Nil reports of the counties, at the hours of `desk.nil_report`.
    NilReport,
}

impl JobKind {
    const ALL: [JobKind; 8] = [
        JobKind::DailyList,
        JobKind::WeeklyReport,
        JobKind::DailyReport,
        JobKind::WeeklyBulletin,
        JobKind::MonthlyReport,
        JobKind::StaticLearn,
        JobKind::Retain,
        JobKind::Backup,
    ];

    /// The word in site.toml.
    pub fn name(self) -> &'static str {
        match self {
            JobKind::DailyList => "daily-list",
            JobKind::WeeklyReport => "weekly-report",
            JobKind::DailyReport => "daily-report",
            JobKind::WeeklyBulletin => "weekly-bulletin",
            JobKind::MonthlyReport => "monthly-report",
            JobKind::StaticLearn => "static-learn",
            JobKind::Retain => "retain",
            JobKind::Backup => "backup",
            JobKind::NilReport => "nil-report",
        }
    }
}

/// A job and when it is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What is done.
    pub run: JobKind,
    /// When, Beijing time.
    pub at: Cron,
}

const WORDS: &[&str] = &[
    "daily-list",
    "weekly-report",
    "daily-report",
    "weekly-bulletin",
    "monthly-report",
    "static-learn",
    "retain",
    "backup",
];
const KEYS: &[Key] = &[key("run", Kind::OneOf(WORDS)), key("at", Kind::Text)];

/// What is done where a site does not say: lists before the morning and the evening shift, the rest at night.
const USUAL: [(JobKind, &str); 8] = [
    (JobKind::DailyList, "0 8 * * *"),
    (JobKind::DailyList, "30 18 * * *"),
    (JobKind::WeeklyReport, "30 8 * * 1"),
    (JobKind::DailyReport, "10 8 * * *"),
    (JobKind::WeeklyBulletin, "40 8 * * 1"),
    (JobKind::MonthlyReport, "50 8 1 * *"),
    (JobKind::StaticLearn, "10 3 * * 0"),
    (JobKind::Retain, "30 3 * * *"),
];

impl Settings {
    /// The jobs; the usual ones where the site names none.
    pub(super) fn jobs(&self) -> Result<Vec<Job>> {
        const KEY: &str = "station.jobs";
        let tables = self.get(KEY).and_then(Value::as_array).into_iter().flatten().enumerate();
        let jobs: Vec<Job> =
            tables.map(|(index, value)| self.job(&format!("{KEY}[{index}]"), value)).collect::<Result<_>>()?;
        // its hours have a key of their own: a site that names its jobs need not name it again
        let nil = self.nil_hours()?.map(|hours| Job { run: JobKind::NilReport, at: hours.at });
        if self.get(KEY).is_some() {
            return Ok(jobs.into_iter().chain(nil).collect());
        }
        let usual = USUAL.into_iter().filter_map(|(run, at)| Some(Job { run, at: Cron::parse(at)? }));
        Ok(usual.chain(nil).collect())
    }

    fn job(&self, place: &str, value: &Value) -> Result<Job> {
        let table = value
            .as_table()
            .ok_or_else(|| self.wrong(place, value.to_string(), "a table [[station.jobs]]".to_string()))?;
        for (name, value) in table {
            let dotted = join(place, name);
            match KEYS.iter().find(|key| key.dotted == name) {
                Some(key) => self.check(&dotted, value, key.kind)?,
                None => return Err(self.unknown(&dotted, KEYS)),
            }
        }
        let text = |name: &str| table.get(name).and_then(Value::as_str);
        let wrong = |name: &str, expected: String| {
            self.wrong(&join(place, name), text(name).unwrap_or("nothing").to_string(), expected)
        };
        let run = JobKind::ALL.into_iter().find(|kind| Some(kind.name()) == text("run"));
        let at = text("at").and_then(Cron::parse);
        Ok(Job {
            run: run.ok_or_else(|| wrong("run", format!("one of {}", WORDS.join(", "))))?,
            at: at.ok_or_else(|| {
                let fields = "minute, hour, day of the month, month and day of the week in Beijing time";
                wrong("at", format!("{fields}, as \"30 18 * * *\""))
            })?,
        })
    }
}
