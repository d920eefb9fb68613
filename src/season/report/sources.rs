//! Static sources of heat: those that explain fires of the season, and places where heat came back in it.

use super::Told;
use crate::deliver::page::Part;
use crate::deliver::sheet::{Cell, Table, text};
use crate::fire::{DropReason, FirePixel, Verdict};
use crate::history::recurrence::{self, Detection, static_cells};
use crate::ingest::feeds::fires_geojson::is_heat;
use crate::layers::static_sources::{SourceList, StaticSource, Status, id_of};
use crate::pipeline::static_learn::list_of;
use crate::thresholds::{StaticProfile, StaticThresholds};
use std::collections::{BTreeMap, BTreeSet};

const KNOWN: &[(&str, f64)] = &[
    ("固定热源", 34.0),
    ("解释的像元(个)", 14.0),
    ("天数(天)", 10.0),
    ("首次(北京时间)", 17.0),
    ("末次(北京时间)", 17.0),
    ("最强(MW)", 11.0),
];

const PROPOSED: &[(&str, f64)] = &[
    ("位置", 22.0),
    ("县(市、区)", 20.0),
    ("半径(m)", 10.0),
    ("天数(天)", 10.0),
    ("像元(个)", 10.0),
    ("夜间占比(%)", 12.0),
    ("最强(MW)", 11.0),
    ("规则", 26.0),
    ("名单中", 12.0),
];

/// No pixel tells a place more closely, metres: half of one of 375 m; geostationary ones are ten times as wide \[P\].
const LEAST_RADIUS_M: f64 = 190.0;

impl Told<'_> {
    /// Known sources with what they explain, and proposals.
    pub(super) fn sources(&self) -> Vec<Part> {
        let known = self.known();
        let mut parts: Vec<Part> = self.drawn(&known, "已知固定热源解释的像元(个)", 1).into_iter().collect();
        parts.push(Part::Table(known, usize::MAX));
        let path = list_of(self.asked.settings.site);
        let list = match path.exists().then(|| SourceList::read(&path)).transpose() {
            Ok(list) => list.unwrap_or_default(),
            Err(error) => {
                parts.push(Part::Warning(format!("固定热源名单无法读取: {error}")));
                SourceList::default()
            }
        };
        parts.push(Part::Table(self.proposed(&list), 40));
        parts
    }

    /// By the source that the verdict names.
    fn known(&self) -> Table {
        let is_explained = |fire: &&FirePixel| fire.verdict == Verdict::Dropped(DropReason::StaticSource);
        let mut explained: BTreeMap<String, Vec<&FirePixel>> = BTreeMap::new();
        for fire in self.asked.gathered.fires.iter().filter(is_explained) {
            explained.entry(source_of(fire)).or_default().push(fire);
        }
        let row = |(source, fires): (String, Vec<&FirePixel>)| {
            let days: BTreeSet<i64> = fires.iter().map(|fire| fire.time.beijing_day()).collect();
            let strongest = fires.iter().filter_map(|fire| fire.frp_mw).reduce(f64::max);
            let times = || fires.iter().map(|fire| fire.time);
            let time = |at: Option<crate::time::Utc>| text(&at.map_or(String::new(), |at| at.beijing()));
            vec![
                text(&source),
                Cell::count(fires.len()),
                Cell::count(days.len()),
                time(times().min()),
                time(times().max()),
                Cell::Number(strongest, 1),
            ]
        };
        let rows = explained.into_iter().map(row).collect();
        let note = "名单中的固定热源及其解释的热异常像元; 这些像元不计入火点".to_string();
        Table { name: "已知热源", title: self.titled("已知固定热源"), note, heads: KNOWN, rows }
    }

    /// Places where heat came back, by the rule that only proposes.
    fn proposed(&self, list: &SourceList) -> Table {
        let gathered = self.asked.gathered;
        // a real season does not learn from simulated heat
        let counts = |fire: &&FirePixel| is_heat(fire.verdict.reason()) && fire.simulated == gathered.report.simulated;
        let of = |fire: &FirePixel| Detection { stated: false, ..Detection::of(fire) };
        let detections: Vec<Detection> = gathered.fires.iter().filter(counts).map(of).collect();
        let t = StaticThresholds::default();
        let row = |cell: recurrence::Cell| {
            let county = self.asked.settings.county_of(cell.place);
            let seen = &cell.seen;
            let is_proven = StaticProfile::PersistentAndNight.holds(seen.days, seen.span_days(), seen.night_share, &t);
            vec![
                text(&id_of(cell.place)),
                text(county.as_ref().map_or("县界以外", |county| &county.name)),
                // the pixels of one cell of a satellite's grid all have its middle
                Cell::Number(Some(cell.radius_m.max(LEAST_RADIUS_M)), 0),
                Cell::count(seen.days as usize),
                Cell::count(seen.detections as usize),
                Cell::Share(seen.night_share),
                Cell::Number(seen.max_frp_mw, 1),
                text(if is_proven { "长期且夜间为主" } else { "多日重复, 须人工判断" }),
                text(standing(list, &cell, f64::from(t.radius_m))),
            ]
        };
        let rows = static_cells(&detections, StaticProfile::Short, &t).into_iter().map(row).collect();
        let note =
            "本时段中热异常反复出现的位置, 供人工判断; 连日焚烧的田块也会如此, 未经确认不作为固定热源".to_string();
        Table {
            name: "疑似热源", title: self.titled("反复出现热异常的位置"), note, heads: PROPOSED, rows
        }
    }
}

/// The source as the verdict names it, or that it does not.
fn source_of(fire: &FirePixel) -> String {
    let named = fire.reasons.iter().find_map(|reason| reason.strip_prefix("固定热源 "));
    named.and_then(|named| named.split(": ").next()).unwrap_or("未注明").to_string()
}

/// What the list of sources says of a place.
fn standing(list: &SourceList, cell: &recurrence::Cell, reach_m: f64) -> &'static str {
    let away = |row: &&StaticSource| (row.place.distance_m(cell.place), row.radius_m.max(reach_m));
    let near = list.rows.iter().filter(|row| away(row).0 <= away(row).1);
    match near.min_by(|a, b| away(a).0.total_cmp(&away(b).0)).map(|row| row.status) {
        None => "新发现",
        Some(Status::Accepted) => "已登记",
        Some(Status::Proposed) => "待确认",
        Some(Status::Rejected) => "已否决",
    }
}
