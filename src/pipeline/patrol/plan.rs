//! The plan of a day: the cells that come first, each with its place, its reasons and who goes there.

use super::evidence::{self, Found};
use super::ground::Ground;
use super::rank::{Cell, Ranked, Reason, Rule, rank};
use crate::error::Result;
use crate::fire::FireEvent;
use crate::place::LonLat;
use crate::sealed::sha256;
use crate::site::{County, Site};
use crate::store::{Post, Scope, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The first moment of the day, in Beijing.
    pub day: Utc,
    /// Code of a county; `None`: the whole site.
    pub county: Option<String>,
    /// Cells at most.
    pub top: usize,
}

/// The plan of a day. As JSON it is what a desk freezes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The first moment of the day, in Beijing.
    pub day: Utc,
    /// `2025-10-20`.
    pub date: String,
    /// Code of the city or a county.
    pub area: String,
    /// Its name.
    pub area_name: String,
    /// What was known by then counts.
    pub as_of: Utc,
    /// Of simulated data.
    pub simulated: bool,
    /// Seasons and customs of the day.
    pub occasions: Vec<String>,
    /// The cells, the first first.
    pub rows: Vec<Row>,
    /// Cells of the area, and those that there is any reason to go to.
    pub cells: usize,
    /// Of these.
    pub with_reason: usize,
    /// Cells behind the last of it that have as many points.
    pub tied: usize,
    /// Cells that are left out because nothing is known of them but what is so in all of their county.
    pub alike: usize,
    /// What was not there to be judged by, a sentence each.
    pub absent: Vec<String>,
    /// The rules with the points that each gives at most.
    pub rules: Vec<Told>,
}

/// A rule as it is explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// In a sentence.
    pub sentence: String,
}

/// A cell of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// From 1.
    pub rank: usize,
    /// Code of the cell.
    pub cell: String,
    /// Code of its county.
    pub adcode: String,
    /// Name of its county.
    pub county: String,
    /// Its township, or seats near it where no area says it.
    pub township: String,
    /// Its middle.
    pub place: LonLat,
    /// Degrees, minutes, seconds: longitude and latitude.
    pub dms: (String, String),
    /// Points.
    pub score: f64,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Who goes there.
    pub post: String,
    /// Its border: parts, rings, places, five decimals.
    pub shape: Vec<Vec<Vec<[f64; 2]>>>,
}

/// Hour of Beijing at which who is on duty goes, seconds of the day.
const AT_WORK_S: f64 = 10.0 * 3600.0;
/// A cell of a kilometre is known so well, metres: half of its diagonal.
const CELL_ERROR_M: f64 = 700.0;

/// Makes the plan of a day from what is known now; that of a day that is over, from what was known when it began.
///
/// # Errors
/// [`crate::error::Error::Store`], or where the site's list of fires of earlier years cannot be read.
pub async fn plan(
    store: &Store,
    site: &Site,
    thresholds: &Thresholds,
    ground: &Ground,
    asked: &Asked,
    now: Utc,
) -> Result<Plan> {
    let is_over = asked.day.beijing_day() < now.beijing_day();
    let as_of = if is_over { asked.day } else { now };
    let Found { evidence, absent, simulated } =
        evidence::read(store, site, thresholds, ground, (asked.day, as_of)).await?;
    let is_asked = |cell: &Cell| asked.county.as_ref().is_none_or(|adcode| cell.adcode == *adcode);
    let mut ranked = rank(&ground.cells, &evidence, asked.day, &thresholds.patrol);
    ranked.retain(|of| is_asked(&ground.cells[of.cell]));
    let (listed, tied, alike) = first_of(&ranked, asked.top);
    let posts = store.posts(&Scope::all()).await?;
    let makes = RowMaker { site, ground, posts: &posts, at: asked.day.plus_seconds(AT_WORK_S).unwrap_or(asked.day) };
    let area = asked.county.clone().unwrap_or_else(|| site.city_code());
    let with_reason = ranked.len();
    let late = is_over.then(|| "补做的计划：火点和观测按当日零时所知，办理状态按现在计".to_string());
    let rows = listed.iter().enumerate().map(|(at, of)| makes.row(at + 1, of)).collect();
    Ok(Plan {
        day: asked.day,
        date: asked.day.beijing_as("%Y-%m-%d").unwrap_or_default(),
        area_name: site.desk_name(&area).unwrap_or(&area).to_string(),
        area,
        as_of,
        simulated,
        occasions: evidence.seasons.iter().chain(&evidence.customs).cloned().collect(),
        rows,
        cells: ground.cells.iter().filter(|cell| is_asked(cell)).count(),
        with_reason,
        tied,
        alike,
        absent: ground.absent.iter().cloned().chain(absent).chain(late).collect(),
        rules: rules(thresholds),
    })
}

/// The first cells, how many more have as many points as the last of them, and how many are left out because nothing is known of them but what is so in all
/// of their county: these are not told apart by their codes, unless nothing else is known at all or all of them find room.
fn first_of(ranked: &[Ranked], top: usize) -> (Vec<&Ranked>, usize, usize) {
    let has_own = |of: &&Ranked| of.reasons.iter().any(|reason| reason.rule.is_of_cell());
    let own: Vec<&Ranked> = ranked.iter().filter(has_own).collect();
    let takes_all = own.is_empty() || ranked.len() <= top;
    let (mut listed, alike) = if takes_all {
        (ranked.iter().collect(), 0)
    } else {
        let alike = ranked.len() - own.len();
        (own, alike)
    };
    let last = listed.get(top.saturating_sub(1)).map(|of| of.score);
    let tied = listed.iter().skip(top).filter(|of| Some(of.score) == last).count();
    listed.truncate(top);
    (listed, tied, alike)
}

/// Id of the plan that is fixed of a day and an area.
pub fn id_of(day: Utc, area: &str) -> String {
    format!("patrol-{}-{area}", day.beijing_as("%Y%m%d").unwrap_or_default())
}

impl Plan {
    /// As it is frozen, with its hash.
    ///
    /// # Errors
    /// [`crate::error::Error::Output`] where it cannot be written.
    pub fn frozen(&self) -> Result<(String, String)> {
        let text = serde_json::to_string(self).map_err(|error| crate::error::Error::output("patrol plan", error))?;
        let hash = sha256(text.as_bytes());
        Ok((text, hash))
    }

    /// The part of it that lies in these counties; their ranks stay what they are.
    #[must_use]
    pub fn within(mut self, sees: impl Fn(&str) -> bool) -> Plan {
        self.rows.retain(|row| sees(&row.adcode));
        self
    }

    /// How many cells there are, how many have a reason, in a sentence.
    pub fn summary(&self) -> String {
        let more =
            |count: usize, why: &str| if count > 0 { format!("；另有 {count} 格{why}") } else { String::new() };
        let tied =
            more(self.tied, "与末位同分，按编号未列入") + &more(self.alike, "只有全县一致的理由、不分先后，未列入");
        format!(
            "{} 共 {} 格，其中 {} 格有巡查理由，本计划列前 {} 格{tied}。",
            self.area_name,
            self.cells,
            self.with_reason,
            self.rows.len()
        )
    }
}

struct RowMaker<'a> {
    site: &'a Site,
    ground: &'a Ground,
    posts: &'a [Post],
    at: Utc,
}

impl RowMaker<'_> {
    fn row(&self, rank: usize, of: &Ranked) -> Row {
        let cell = &self.ground.cells[of.cell];
        let county = self.site.counties.iter().find(|county| county.name.adcode == cell.adcode);
        let event = self.assigned(cell, county);
        Row {
            rank,
            cell: cell.code.clone(),
            adcode: cell.adcode.clone(),
            county: county.map(|county| county.name.name.clone()).unwrap_or_default(),
            township: event.township.clone().or(event.candidates.first().cloned()).unwrap_or_default(),
            place: five(cell.place),
            dms: five(cell.place).dms(),
            score: (10.0 * of.score).round() / 10.0,
            reasons: of.reasons.clone(),
            post: self.post(cell).or(event.responsible).unwrap_or_default(),
            shape: rings(&self.ground.shapes[of.cell]),
        }
    }

    /// As a fire in the middle of the cell would be given to somebody.
    fn assigned(&self, cell: &Cell, county: Option<&County>) -> FireEvent {
        let mut event = FireEvent::bare(cell.code.clone(), self.at, cell.place);
        event.county = county.map(|county| county.name.clone());
        event.position_error_m = Some(CELL_ERROR_M);
        self.ground.territory.assign(&mut event);
        event
    }

    /// The post of the desk's roster that has the cell.
    fn post(&self, cell: &Cell) -> Option<String> {
        self.posts.iter().find(|post| post.cells.contains(&cell.code)).map(|post| post.name.clone())
    }
}

/// Five decimals are a metre.
fn five(place: LonLat) -> LonLat {
    let short = |value: f64| (value * 1e5).round() / 1e5;
    LonLat::new(short(place.lon()), short(place.lat())).unwrap_or(place)
}

fn rings(shape: &geo::MultiPolygon<f64>) -> Vec<Vec<Vec<[f64; 2]>>> {
    let short = |value: f64| (value * 1e5).round() / 1e5;
    let ring = |line: &geo::LineString<f64>| line.0.iter().map(|at| [short(at.x), short(at.y)]).collect();
    shape.iter().map(|part| std::iter::once(part.exterior()).chain(part.interiors()).map(ring).collect()).collect()
}

/// The rules as a person reads them, with their points.
fn rules(thresholds: &Thresholds) -> Vec<Told> {
    let t = &thresholds.patrol;
    let km = t.recent_m / 1000.0;
    let sentence = |rule: Rule| match rule {
        Rule::Open => format!(
            "近 {} 天内未办结的疑似火点：在本格每处 {} 分，在 {km} 公里内减半，最多 {} 分",
            t.month_days, t.open_here, t.open_most
        ),
        Rule::Week => {
            format!(
                "近 {} 天的疑似火点：在本格每处 {} 分，在 {km} 公里内减半，最多 {} 分",
                t.week_days, t.week_here, t.week_most
            )
        }
        Rule::Month => format!(
            "此前至 {} 天内的疑似火点：在本格每处 {} 分，在 {km} 公里内减半，最多 {} 分",
            t.month_days, t.month_here, t.month_most
        ),
        Rule::Repeat => {
            format!("{} 天内同一格不止一处：从第二处起每处加 {} 分，最多 {} 分", t.month_days, t.repeat, t.repeat_most)
        }
        Rule::Past => format!(
            "往年同期（前后 {} 天）有火点的日子：在本格每天 {} 分，在相邻格每天 {} 分，最多 {} 分；已知固定热源不计",
            t.window_days, t.past_here, t.past_near, t.past_most
        ),
        Rule::Calls => format!(
            "近 {} 天群众来电、巡查、邻市通报：在本格每次 {} 分，在 {km} 公里内减半，最多 {} 分",
            t.month_days, t.call_here, t.call_most
        ),
        Rule::Blind => format!(
            "近 24 小时本县（区）未被卫星有效观测的份额 × {} 分，份额不到 {:.0}% 不计",
            t.blind,
            100.0 * t.blind_share
        ),
        Rule::Season => format!("焚烧季内 {} 分 × 本格耕地份额（不知耕地时按全份计）", t.season),
        Rule::Custom => format!("民俗用火日 {} 分", t.custom),
        Rule::Cropland => format!("{} 分 × 本格耕地份额", t.cropland),
    };
    Rule::ALL.into_iter().map(|rule| Told { name: rule.name().to_string(), sentence: sentence(rule) }).collect()
}

/// Names of the posts of a plan with how many cells each has, in the order of the plan.
pub fn by_post(plan: &Plan) -> Vec<(String, usize)> {
    let mut order: Vec<String> = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &plan.rows {
        if !counts.contains_key(row.post.as_str()) {
            order.push(row.post.clone());
        }
        *counts.entry(&row.post).or_default() += 1;
    }
    order
        .into_iter()
        .map(|post| (counts.get(post.as_str()).copied().unwrap_or(0), post))
        .map(|(n, post)| (post, n))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(cell: usize, score: f64, rule: Rule) -> Ranked {
        Ranked { cell, score, reasons: vec![Reason { rule, points: score, words: String::new() }] }
    }

    /// By hand: two cells of their own reasons stand before one that is of a season alone, though that has more points.
    #[test]
    fn what_is_the_same_in_all_of_a_county_is_no_order() {
        let all = vec![
            ranked(0, 30.0, Rule::Week),
            ranked(1, 22.0, Rule::Blind),
            ranked(2, 20.0, Rule::Past),
            ranked(3, 20.0, Rule::Month),
            ranked(4, 10.0, Rule::Season),
        ];
        let cells = |all: &[Ranked], top: usize| {
            let (listed, tied, alike) = first_of(all, top);
            (listed.iter().map(|of| of.cell).collect::<Vec<_>>(), tied, alike)
        };
        assert_eq!(cells(&all, 2), (vec![0, 2], 1, 2));
        assert_eq!(cells(&all, 4), (vec![0, 2, 3], 0, 2));
        assert_eq!(cells(&all, 5), (vec![0, 1, 2, 3, 4], 0, 0));
        let seasons = [ranked(7, 10.0, Rule::Season), ranked(8, 10.0, Rule::Season)];
        assert_eq!(cells(&seasons, 1), (vec![7], 1, 0), "nothing else is known");
        assert_eq!(cells(&[], 3), (Vec::new(), 0, 0));
    }
}
