//! How many of the events that officers answered were straw: by finding, cause, source and month.

use crate::ingest::feeds::answers::{Answer, Finding};
use std::collections::BTreeMap;

/// Counts of answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Burning or with traces, and straw.
    pub straw: usize,
    /// Of another cause, or nothing real.
    pub other: usize,
    /// Burning or with traces, without a cause.
    pub no_cause: usize,
    /// No trace and no other cause: not counted as false, for a fire is often out by then.
    pub no_trace: usize,
    /// Not reached and no other cause: not counted as false.
    pub not_reached: usize,
    /// No answer at all.
    pub unanswered: usize,
}

impl Tally {
    /// All answers.
    pub fn answered(&self) -> usize {
        self.straw + self.other + self.no_cause + self.no_trace + self.not_reached
    }

    /// Confirmed straw among the answers that say what it was, 0 to 1; `None` without any.
    pub fn precision(&self) -> Option<f64> {
        let judged = self.straw + self.other;
        (judged > 0).then(|| self.straw as f64 / judged as f64)
    }

    fn add(&mut self, answer: &Answer) {
        let seen = matches!(answer.finding, Some(Finding::Burning | Finding::OutWithTraces));
        let count = match (answer.cause, answer.finding) {
            (Some("秸秆"), finding) if seen || finding.is_none() => &mut self.straw,
            (Some(cause), _) if cause != "秸秆" => &mut self.other,
            (_, Some(Finding::NoTrace)) => &mut self.no_trace,
            (_, Some(Finding::NotReached)) => &mut self.not_reached,
            (_, Some(_)) => &mut self.no_cause,
            (_, None) => &mut self.unanswered,
        };
        *count += 1;
    }
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// `all`, `finding`, `cause`, `source` or `month`.
    pub by: &'static str,
    /// Which.
    pub value: String,
    /// Its counts.
    pub tally: Tally,
}

/// The report: all answers first, then by finding, cause, source (an event of two sources counts at both) and month of Beijing.
pub fn precision(answers: &[Answer]) -> Vec<Line> {
    const ORDER: [&str; 5] = ["all", "finding", "cause", "source", "month"];
    let mut lines: BTreeMap<(usize, String), Tally> = BTreeMap::new();
    for answer in answers {
        let (year, month) = answer.time.beijing_month();
        let finding = answer.finding.map_or("未反馈", Finding::spoken);
        let mut groups = vec![
            (0, "全部".to_string()),
            (1, finding.to_string()),
            (2, answer.cause.unwrap_or("未填原因").to_string()),
            (4, format!("{year:04}-{month:02}")),
        ];
        groups.extend(answer.sources.iter().map(|source| (3, source.clone())));
        for group in groups {
            lines.entry(group).or_default().add(answer);
        }
    }
    lines.into_iter().map(|((at, value), tally)| Line { by: ORDER[at], value, tally }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::time::Utc;

    /// Counted by hand: of eight answers three are straw and two something else; one has no trace, one was not reached, one has no
    /// cause; one event waits. Precision 3 of 5.
    #[test]
    fn what_was_not_found_is_not_false() {
        let answer = |month: i8, source: &str, finding, cause| Answer {
            event_id: "e".into(),
            time: Utc::from_parts(2025, month, 31, 17, 0, 0).expect("valid"),
            place: LonLat::new(102.0, 36.5).expect("valid"),
            sources: source.split('、').map(str::to_string).collect(),
            finding,
            cause,
            county: None,
            position_error_m: None,
            answered: None,
        };
        use Finding::{Burning, NoTrace, NotReached, OutWithTraces};
        let answers = [
            answer(7, "NOAA-20", Some(Burning), Some("秸秆")),
            answer(7, "NOAA-20、Terra", Some(OutWithTraces), Some("秸秆")),
            answer(10, "Terra", Some(Burning), Some("秸秆")),
            answer(10, "Terra", Some(NoTrace), Some("误判")),
            answer(10, "Terra", Some(Burning), Some("垃圾")),
            answer(10, "Terra", Some(NoTrace), None),
            answer(10, "Terra", Some(NotReached), None),
            answer(10, "Terra", Some(Burning), None),
            answer(10, "Terra", None, None),
        ];
        let report = precision(&answers);
        let of = |value: &str| report.iter().find(|line| line.value == value).expect(value).tally;
        let all = of("全部");
        assert_eq!(all, Tally { straw: 3, other: 2, no_cause: 1, no_trace: 1, not_reached: 1, unanswered: 1 });
        assert_eq!((all.answered(), all.precision()), (8, Some(0.6)));
        assert_eq!((of("NOAA-20").straw, of("Terra").straw), (2, 2), "an event of two sources counts at both");
        // 31 July 17:00 UTC is 1 August in Beijing
        assert_eq!((of("2025-08").straw, of("2025-11").answered()), (2, 6));
        assert_eq!((of("无法到达").precision(), of("误判").precision()), (None, Some(0.0)));
        assert_eq!(report[0].by, "all");
        assert!(precision(&[]).is_empty());
    }
}
