//! `[[desk.clocks]]`: how long each step of a case may take.

use crate::error::Result;
use crate::site::settings::{Key, Kind, Settings, key};
use crate::site::written::Written;
use toml::Value;

/// Steps that somebody waits for, in the order of a life.
pub const STEPS: [&str; 7] = ["triage", "dispatch", "acknowledge", "arrive", "report", "review", "close"];

/// How long a step may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepClock {
    /// Minutes. Triage counts from when the event was known, 派单 from the judgement or the return, 签收, 到场 and 反馈 from the dispatch, 审核
    /// from the report, 办结 from the review.
    pub minutes: f64,
    /// Minutes where it begins at night.
    pub night_minutes: f64,
    /// Minutes before its end at which it is reminded of; 0: never.
    pub remind_min: f64,
    /// Whether its minutes are those of the office.
    pub office: bool,
}

impl StepClock {
    /// Practice elsewhere in China \[M\]: put out within half an hour, handled and reported within two, verified within a day. The parts of it are
    /// ours \[D\].
    pub const USUAL: [StepClock; STEPS.len()] = [
        StepClock::of(15.0, 5.0),
        StepClock::of(15.0, 5.0),
        StepClock::of(30.0, 10.0),
        StepClock::of(60.0, 15.0),
        StepClock::of(120.0, 30.0),
        StepClock::of(1440.0, 120.0),
        StepClock { office: true, ..StepClock::of(570.0, 120.0) },
    ];

    const fn of(minutes: f64, remind_min: f64) -> Self {
        StepClock { minutes, night_minutes: minutes, remind_min, office: false }
    }
}

const KEYS: &[Key] = &[
    key("step", Kind::OneOf(&STEPS)),
    key("minutes", Kind::Number),
    key("night_minutes", Kind::Number),
    key("remind_min", Kind::Number),
    key("hours", Kind::OneOf(&["always", "office"])),
];
/// A fortnight.
const MOST_MIN: f64 = 20_160.0;

impl Settings {
    /// The clocks; what the site does not say is usual.
    pub(super) fn step_clocks(&self) -> Result<[StepClock; STEPS.len()]> {
        let mut clocks = StepClock::USUAL;
        let mut said = [false; STEPS.len()];
        let tables = self.get("desk.clocks").and_then(Value::as_array).into_iter().flatten().enumerate();
        for (index, value) in tables {
            let place = format!("desk.clocks[{index}]");
            let written = Written::checked(self, &place, value, KEYS)?;
            let step = written.required("step")?;
            let Some(at) = STEPS.iter().position(|known| *known == step) else { continue };
            if std::mem::replace(&mut said[at], true) {
                return Err(written.wrong("step", &format!("{step} a second time"), "each step once"));
            }
            clocks[at] = read(&written, StepClock::USUAL[at])?;
        }
        Ok(clocks)
    }
}

fn read(written: &Written<'_>, usual: StepClock) -> Result<StepClock> {
    let minutes = written.within("minutes", usual.minutes, 1.0, MOST_MIN)?;
    let clock = StepClock {
        minutes,
        night_minutes: written.within("night_minutes", minutes, 1.0, MOST_MIN)?,
        remind_min: written.within("remind_min", usual.remind_min.min(minutes / 2.0), 0.0, MOST_MIN)?,
        office: written.text("hours").map_or(usual.office, |hours| hours == "office"),
    };
    if clock.remind_min >= clock.minutes.min(clock.night_minutes) {
        let expected = "less than minutes and night_minutes: it is told so long before the end";
        return Err(written.wrong("remind_min", &clock.remind_min.to_string(), expected));
    }
    Ok(clock)
}
