//! Which cells a patrol goes to first: points by rules that need no weather, each with its reason in a line. A pure function of what is known: the same
//! evidence gives the same order, and more evidence never takes points from a cell.

use crate::place::{LonLat, PlaceIndex};
use crate::thresholds::PatrolThresholds;
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A cell of the patrol grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its code.
    pub code: String,
    /// Code of its county.
    pub adcode: String,
    /// Its middle.
    pub place: LonLat,
    /// Share of fields in it, 0 to 1; `None` where that is not known.
    pub cropland: Option<f64>,
}

/// Something at a place and time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Where.
    pub place: LonLat,
    /// Position of the cell that holds it, in the list of cells.
    pub cell: Option<usize>,
    /// When.
    pub at: Utc,
}

/// What is known, but for the cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Burning seasons of the day, as they are called.
    pub seasons: Vec<String>,
    /// Days of custom, as they are called.
    pub customs: Vec<String>,
    /// Fires of earlier years, of whatever time of the year.
    pub past: Vec<Spot>,
    /// Fires of these weeks, by when they were seen last, and whether their cases are open.
    pub recent: Vec<(Spot, bool)>,
    /// Reports of people of these weeks.
    pub calls: Vec<Spot>,
    /// Share of the last day that each county was observed, by its code; counties that are not in it are not judged by this.
    pub observed: BTreeMap<String, f64>,
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Cases that are open.
    Open,
    /// Fires of the last days.
    Week,
    /// Fires of the weeks before.
    Month,
    /// Again and again in one cell.
    Repeat,
    /// Fires of the same time of earlier years.
    Past,
    /// Reports of people.
    Calls,
    /// Where the satellites saw nothing of the ground.
    Blind,
    /// Burning season.
    Season,
    /// Days of custom.
    Custom,
    /// Fields.
    Cropland,
}

impl Rule {
    /// All of them, in the order in which reasons are said.
    pub const ALL: [Rule; 10] = [
        Rule::Open,
        Rule::Week,
        Rule::Month,
        Rule::Repeat,
        Rule::Past,
        Rule::Calls,
        Rule::Blind,
        Rule::Season,
        Rule::Custom,
        Rule::Cropland,
    ];

    /// Whether it tells a cell from others of its county; a season may, by its fields, which then have a reason of their own.
    pub fn is_of_cell(self) -> bool {
        !matches!(self, Rule::Blind | Rule::Season | Rule::Custom)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Open => "未办结",
            Rule::Week => "近期火点",
            Rule::Month => "本月火点",
            Rule::Repeat => "反复发生",
            Rule::Past => "往年同期",
            Rule::Calls => "群众反映",
            Rule::Blind => "卫星未看清",
            Rule::Season => "焚烧季",
            Rule::Custom => "民俗日",
            Rule::Cropland => "耕地",
        }
    }
}

/// Why a cell is gone to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule.
    pub rule: Rule,
    /// Points by it, more than 0.
    pub points: f64,
    /// In a line.
    pub words: String,
}

/// A cell with its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Position of the cell in the list of cells.
    pub cell: usize,
    /// Sum of the points of its reasons.
    pub score: f64,
    /// Why, one at least.
    pub reasons: Vec<Reason>,
}

/// The cells that there is any reason to go to, the most urgent first; of equal ones the one whose code comes first. `day` is the first moment of the day.
pub fn rank(cells: &[Cell], evidence: &Evidence, day: Utc, t: &PatrolThresholds) -> Vec<Ranked> {
    let near = Near::of(cells, evidence, day, t);
    let of_cell = |(at, cell): (usize, &Cell)| {
        let reasons: Vec<Reason> = Rule::ALL.into_iter().filter_map(|rule| near.reason(rule, at, cell)).collect();
        let score = reasons.iter().map(|reason| reason.points).sum();
        (!reasons.is_empty()).then_some(Ranked { cell: at, score, reasons })
    };
    let mut ranked: Vec<Ranked> = cells.iter().enumerate().filter_map(of_cell).collect();
    ranked.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| cells[a.cell].code.cmp(&cells[b.cell].code)).then(a.cell.cmp(&b.cell))
    });
    ranked
}

/// Days with a fire, each with the year of whose same time it is.
type Dates = BTreeSet<(i16, i64)>;

/// What lies in and near each cell.
struct Near<'a> {
    evidence: &'a Evidence,
    t: &'a PatrolThresholds,
    /// Days of earlier years in the cell, and beside it.
    past: BTreeMap<usize, (Dates, Dates)>,
    week: BTreeMap<usize, Tally>,
    month: BTreeMap<usize, Tally>,
    open: BTreeMap<usize, Tally>,
    calls: BTreeMap<usize, Tally>,
}

/// How many lie in a cell and near it, and the last of them.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    here: usize,
    near: usize,
    last: Option<Utc>,
}

impl Tally {
    fn note(&mut self, here: bool, at: Utc) {
        if here {
            self.here += 1;
        } else {
            self.near += 1;
        }
        self.last = self.last.max(Some(at));
    }

    fn count(self) -> usize {
        self.here + self.near
    }

    fn points(self, each: f32, most: f32) -> f64 {
        (f64::from(each) * (self.here as f64 + 0.5 * self.near as f64)).min(f64::from(most))
    }

    /// `2 处（本格 1 处，最近 10-19 14:05）`.
    fn words(self) -> String {
        let last = self.last.and_then(|at| at.beijing_as("%m-%d %H:%M")).unwrap_or_default();
        let here = if self.here > 0 { format!("本格 {} 处，", self.here) } else { String::new() };
        format!("{} 处（{here}最近 {last}）", self.count())
    }
}

impl<'a> Near<'a> {
    fn of(cells: &[Cell], evidence: &'a Evidence, day: Utc, t: &'a PatrolThresholds) -> Near<'a> {
        let reach = f64::from(t.recent_m.max(t.near_m));
        let index = PlaceIndex::new(cells.iter().map(|cell| cell.place), reach.max(1.0));
        let mut near = Near {
            evidence,
            t,
            past: BTreeMap::new(),
            week: BTreeMap::new(),
            month: BTreeMap::new(),
            open: BTreeMap::new(),
            calls: BTreeMap::new(),
        };
        for spot in &evidence.past {
            let Some(season) = same_time(spot.at, day, f64::from(t.window_days)) else { continue };
            let date = (season, spot.at.beijing_day());
            touched(&index, spot, t.near_m, |cell, here| {
                let (own, beside) = near.past.entry(cell).or_default();
                if here {
                    own.insert(date)
                } else {
                    beside.insert(date)
                };
            });
        }
        let days = |at: Utc| (day.beijing_day() - at.beijing_day()) as f64;
        for (spot, is_open) in &evidence.recent {
            let age = days(spot.at);
            touched(&index, spot, t.recent_m, |cell, here| {
                if age <= f64::from(t.week_days) {
                    near.week.entry(cell).or_default().note(here, spot.at);
                } else if age <= f64::from(t.month_days) {
                    near.month.entry(cell).or_default().note(here, spot.at);
                }
                if *is_open && age <= f64::from(t.month_days) {
                    near.open.entry(cell).or_default().note(here, spot.at);
                }
            });
        }
        for spot in evidence.calls.iter().filter(|spot| days(spot.at) <= f64::from(t.month_days)) {
            touched(&index, spot, t.recent_m, |cell, here| near.calls.entry(cell).or_default().note(here, spot.at));
        }
        near
    }

    /// The points and the words of a rule for a cell; `None` where it has none.
    fn reason(&self, rule: Rule, at: usize, cell: &Cell) -> Option<Reason> {
        let t = self.t;
        let tally = |of: &BTreeMap<usize, Tally>| of.get(&at).copied().unwrap_or_default();
        let km = f64::from(t.recent_m) / 1000.0;
        let (points, words) = match rule {
            Rule::Open => {
                let open = tally(&self.open);
                (open.points(t.open_here, t.open_most), format!("{km} 公里内未办结疑似火点 {}", open.words()))
            }
            Rule::Week => {
                let week = tally(&self.week);
                let words = format!("近 {} 天 {km} 公里内疑似火点 {}", t.week_days, week.words());
                (week.points(t.week_here, t.week_most), words)
            }
            Rule::Month => {
                let month = tally(&self.month);
                let words = format!("此前至 {} 天内 {km} 公里内疑似火点 {}", t.month_days, month.words());
                (month.points(t.month_here, t.month_most), words)
            }
            Rule::Repeat => self.repeat(tally(&self.week).here + tally(&self.month).here),
            Rule::Past => self.past(at),
            Rule::Calls => {
                let calls = tally(&self.calls);
                let words = format!("近 {} 天 {km} 公里内来电、巡查、通报 {}", t.month_days, calls.words());
                (calls.points(t.call_here, t.call_most), words)
            }
            Rule::Blind => self.blind(&cell.adcode),
            Rule::Season => self.season(cell.cropland),
            Rule::Custom => {
                let points = if self.evidence.customs.is_empty() { 0.0 } else { f64::from(t.custom) };
                (points, format!("民俗用火日：{}", self.evidence.customs.join("、")))
            }
            Rule::Cropland => {
                let share = cell.cropland.unwrap_or(0.0).clamp(0.0, 1.0);
                (f64::from(t.cropland) * share, format!("耕地占本格 {:.0}%", (100.0 * share).floor()))
            }
        };
        (points > 0.0).then_some(Reason { rule, points, words })
    }

    fn repeat(&self, here: usize) -> (f64, String) {
        let again = here.saturating_sub(1);
        let points = (f64::from(self.t.repeat) * again as f64).min(f64::from(self.t.repeat_most));
        (points, format!("{} 天内本格反复发生，共 {here} 处", self.t.month_days))
    }

    fn past(&self, at: usize) -> (f64, String) {
        let Some((own, beside)) = self.past.get(&at) else { return (0.0, String::new()) };
        let (here, near) = (f64::from(self.t.past_here), f64::from(self.t.past_near));
        let points = (here * own.len() as f64 + near * beside.len() as f64).min(f64::from(self.t.past_most));
        let years: BTreeSet<i16> = own.iter().chain(beside).map(|(year, _)| *year).collect();
        let years: Vec<String> = years.iter().map(i16::to_string).collect();
        let days = |what: &str, days: usize| (days > 0).then(|| format!("{what} {days} 天"));
        let days: Vec<String> = [days("本格", own.len()), days("相邻格", beside.len())].into_iter().flatten().collect();
        let words =
            format!("往年同期（前后 {} 天）有火点：{}（{} 年）", self.t.window_days, days.join("，"), years.join("、"));
        (points, words)
    }

    fn blind(&self, adcode: &str) -> (f64, String) {
        let Some(observed) = self.evidence.observed.get(adcode) else { return (0.0, String::new()) };
        let unseen = (1.0 - observed).clamp(0.0, 1.0);
        if unseen < f64::from(self.t.blind_share) {
            return (0.0, String::new());
        }
        let seen = (1000.0 * (1.0 - unseen) + 1e-6).floor() / 10.0;
        let words = match unseen {
            1.0 => "近 24 小时本县（区）未有效观测，须人工查看".to_string(),
            _ => format!("近 24 小时本县（区）有效观测仅 {seen:.1}%（云或缺测），须人工查看"),
        };
        (f64::from(self.t.blind) * unseen, words)
    }

    fn season(&self, cropland: Option<f64>) -> (f64, String) {
        if self.evidence.seasons.is_empty() {
            return (0.0, String::new());
        }
        let share = cropland.unwrap_or(1.0).clamp(0.0, 1.0);
        (f64::from(self.t.season) * share, format!("处于焚烧季：{}", self.evidence.seasons.join("、")))
    }
}

/// The cells that a thing at a place touches: the one that holds it, and those whose middle is near.
fn touched(index: &PlaceIndex, spot: &Spot, reach_m: f32, mut note: impl FnMut(usize, bool)) {
    if let Some(cell) = spot.cell {
        note(cell, true);
    }
    for (cell, _) in index.near(spot.place, f64::from(reach_m)) {
        if Some(cell) != spot.cell {
            note(cell, false);
        }
    }
}

/// The earlier year of whose same time of the year a moment is, at most so many days before or after the day; `None` where it is of none.
fn same_time(at: Utc, day: Utc, window_days: f64) -> Option<i16> {
    let (year, month, date) = day.beijing_date();
    let of_year = |year: i16| {
        let midnight = |date: i8| Utc::parse(&format!("{year:04}-{month:02}-{date:02}T00:00:00+08:00"));
        // 29 February is 28 February in other years
        midnight(date).or_else(|| midnight(date - 1))
    };
    let own = at.beijing_date().0;
    (own - 1..=own + 1).filter(|earlier| *earlier < year).find(|earlier| {
        let apart = of_year(*earlier).map(|anchor| (at.beijing_day() - anchor.beijing_day()).abs());
        apart.is_some_and(|days| days as f64 <= window_days)
    })
}

#[cfg(test)]
mod tests;
