//! `[desk.nil_report]`: the hours of the 零报告, and how late it may be.

use super::super::settings::Settings;
use crate::error::Result;
use crate::schedule::Cron;

/// When counties report.
#[derive(Debug, Clone, PartialEq)]
pub struct NilHours {
    /// The hours, Beijing time.
    pub at: Cron,
    /// Minutes after which a report that nobody confirmed is late, and reminded of.
    pub grace_min: f64,
}

/// \[P\] A duty officer has other things to do at the full hour.
const GRACE_MIN: f64 = 60.0;

impl Settings {
    pub(in crate::site) fn nil_hours(&self) -> Result<Option<NilHours>> {
        const AT: &str = "desk.nil_report.at";
        const GRACE: &str = "desk.nil_report.grace_min";
        let grace_min = self.number(GRACE);
        let Some(text) = self.text(AT) else {
            return match grace_min {
                None => Ok(None),
                Some(_) => Err(self.wrong(AT, "nothing".into(), "the hours, as \"0 17 * * *\"".into())),
            };
        };
        let at = Cron::parse(&text).ok_or_else(|| {
            let fields = "minute, hour, day of the month, month and day of the week in Beijing time";
            self.wrong(AT, text.clone(), format!("{fields}, as \"0 17 * * *\""))
        })?;
        let grace_min = grace_min.unwrap_or(GRACE_MIN);
        if !(1.0..=1440.0).contains(&grace_min) {
            return Err(self.wrong(GRACE, grace_min.to_string(), "1 to 1440 minutes".into()));
        }
        Ok(Some(NilHours { at, grace_min }))
    }
}
