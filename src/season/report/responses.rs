//! How fast people were: what became of the events of a season, from the store.

use super::Told;
use crate::cases::{Action, Verification};
use crate::deliver::page::Part;
use crate::deliver::sheet::{Cell, Table, text};
use crate::error::Result;
use crate::pipeline::figures::{median, nine_tenths};
use crate::store::{Asked, Scope, Shown, Step, Store};
use crate::time::Utc;

/// Events of a store that began in a period, with what was done.
pub struct Cases {
    events: Vec<Followed>,
    /// Simulated events that are left out.
    drills: usize,
}

struct Followed {
    shown: Shown,
    steps: Vec<Step>,
    /// When the first notice of it was delivered.
    told: Option<Utc>,
}

/// The state of a notice that its receiver took.
const SENT: &str = "sent";

const CLOCKS: [&str; 7] =
    ["观测 → 通知送达", "观测 → 派发", "派发 → 签收", "签收 → 到场", "到场 → 反馈", "派发 → 反馈", "反馈 → 审核"];

const RESPONSES: &[(&str, f64)] =
    &[("环节", 22.0), ("事件(处)", 11.0), ("中位数(分钟)", 13.0), ("九成在内(分钟)", 15.0), ("最长(分钟)", 12.0)];

impl Cases {
    /// Events that were first seen from a time on and before another; of a real season not those of drills.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn read(store: &Store, from: Utc, to: Utc, simulated: bool) -> Result<Cases> {
        let asked = Asked { from: Some(from), to: Some(to), limit: i64::MAX, ..Asked::default() };
        let (mut events, mut drills) = (Vec::new(), 0);
        for shown in store.list_events(&Scope::all(), &asked).await? {
            let (event, is_case) = (&shown.stored.event, shown.case.is_some());
            // what became part of another event before anybody did anything is that one's
            if event.first_seen < from || event.first_seen >= to || !(shown.stored.open || is_case) {
                continue;
            }
            if event.simulated && !simulated {
                drills += 1;
                continue;
            }
            let steps = if is_case { store.steps(&event.id).await? } else { Vec::new() };
            let notices = store.notices_of(&event.id).await?;
            let told = notices.into_iter().filter(|(.., state, _)| state == SENT).map(|(.., at)| at).min();
            events.push(Followed { shown, steps, told });
        }
        Ok(Cases { events, drills })
    }

    /// How many events there are.
    pub(super) fn events(&self) -> usize {
        self.events.len()
    }

    /// What officers found.
    pub(super) fn verifications(&self) -> impl Iterator<Item = &Verification> {
        self.events.iter().filter_map(|followed| followed.shown.case.as_ref()?.verification.as_ref())
    }
}

impl Followed {
    /// Minutes of each of the [`CLOCKS`], as far as it came.
    fn minutes(&self) -> [Option<f64>; 7] {
        let first = |action: Action, since: Option<Utc>| {
            let since = since?;
            self.steps.iter().find(|step| step.action == action.code() && step.at >= since).map(|step| step.at)
        };
        let seen = Some(self.shown.stored.event.first_seen);
        let dispatched = first(Action::Dispatch, seen);
        let acknowledged = first(Action::Acknowledge, dispatched);
        let arrived = first(Action::Arrive, acknowledged.or(dispatched));
        let reported = first(Action::Report, dispatched);
        let reviewed = first(Action::Review, reported);
        let between = |from: Option<Utc>, to: Option<Utc>| Some(to?.seconds_since(from?) / 60.0);
        [
            between(seen, self.told),
            between(seen, dispatched),
            between(dispatched, acknowledged),
            between(acknowledged, arrived),
            between(arrived, reported),
            between(dispatched, reported),
            between(reported, reviewed),
        ]
    }
}

impl Told<'_> {
    /// Median and ninth tenth of each clock.
    pub(super) fn responses(&self) -> Vec<Part> {
        let Some(cases) = self.asked.cases else {
            return vec![Part::Text("处置时间: 未提供(站点未设 store.url, 或以 --no-store 略去)。".to_string())];
        };
        let minutes: Vec<[Option<f64>; 7]> = cases.events.iter().map(Followed::minutes).collect();
        let row = |(clock, name): (usize, &&str)| {
            let mut of: Vec<f64> = minutes.iter().filter_map(|minutes| minutes[clock]).collect();
            of.sort_by(f64::total_cmp);
            let number = |value| Cell::Number(value, 1);
            vec![
                text(name),
                Cell::count(of.len()),
                number(median(&of)),
                number(nine_tenths(&of)),
                number(of.last().copied()),
            ]
        };
        let rows = CLOCKS.iter().enumerate().map(row).collect();
        let with = cases.events.iter().filter(|followed| !followed.steps.is_empty()).count();
        let drills = match cases.drills {
            0 => String::new(),
            drills => format!("; 另有 {drills} 处演练(模拟)事件不计入"),
        };
        let note = format!(
            "站点数据库中本时段首次观测的 {} 处事件, 其中 {with} 处有处置记录; 各环节取首次, 只计两端都有记录的; 时刻为系统收到的时刻, 观测为卫星首次观测{drills}",
            cases.events()
        );
        let table = Table { name: "处置时间", title: self.titled("各环节用时"), note, heads: RESPONSES, rows };
        let figure = self.drawn(&table, "各环节用时的中位数(分钟)", 2);
        figure.into_iter().chain([Part::Table(table, usize::MAX)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::FireEvent;
    use crate::place::LonLat;
    use crate::store::Stored;

    fn step(minute: i8, action: Action) -> Step {
        let of = |text: &str| text.to_string();
        let at = Utc::from_parts(2025, 10, 20, 6, minute, 0).expect("a time");
        let [who, role, from, to, note, detail] = ["a", "city", "", "", "", ""].map(of);
        Step { at, who, role, action: of(action.code()), from, to, note, detail }
    }

    /// By hand, minutes after 06:00: seen 0, dispatched 10, acknowledged 15, reported 50 without an arrival, sent back and reported anew.
    #[test]
    fn each_clock_runs_from_first_to_first() {
        let seen = Utc::from_parts(2025, 10, 20, 6, 0, 0).expect("a time");
        let event = FireEvent::bare("e", seen, LonLat::new(102.0, 36.5).expect("a place"));
        let stored = Stored { event, revision: 1, open: true, changed: seen, acknowledged: None };
        let steps = [
            (10, Action::Dispatch),
            (15, Action::Acknowledge),
            (50, Action::Report),
            (55, Action::Review),
            (58, Action::Report),
        ];
        let steps = steps.map(|(minute, action)| step(minute, action)).to_vec();
        let followed = Followed { shown: Shown { stored, case: None, seq: 1, deadline: None }, steps, told: None };
        assert_eq!(followed.minutes(), [None, Some(10.0), Some(5.0), None, None, Some(40.0), Some(5.0)]);
    }
}
