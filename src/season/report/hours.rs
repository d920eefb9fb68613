//! When on the day it burned, and when somebody looked.

use super::Told;
use super::counties::count;
use crate::deliver::charts::Hours;
use crate::deliver::coverage::{CoverageRow, Kind};
use crate::deliver::page::Part;
use crate::deliver::sheet::{Cell, Table, text};
use crate::place::{LonLat, Sun};
use crate::time::Utc;
use std::collections::BTreeSet;

const HOURS: &[(&str, f64)] = &[
    ("时(北京时间)", 14.0),
    ("疑似火点(处)", 13.0),
    ("火点像元(个)", 13.0),
    ("观测次数(次)", 13.0),
    ("各次平均晴空(%)", 16.0),
];

fn hour_of(time: Utc) -> usize {
    (time.beijing_minute() / 60) as usize
}

/// Whether a look has anything of a county.
fn is_look(row: &CoverageRow) -> bool {
    row.kind == Kind::Look && row.shares.not_covered < 1.0 && row.shares.missing < 1.0
}

impl Told<'_> {
    /// By hour of the day, as a chart and a table.
    pub(super) fn hours(&self) -> Vec<Part> {
        let (mut events, mut pixels) = ([0; 24], [0; 24]);
        self.events.iter().for_each(|(_, at)| events[hour_of(*at)] += 1);
        let fires = self.now.fires.iter().filter(|fire| fire.adcode.is_some());
        fires.for_each(|fire| pixels[hour_of(fire.time)] += 1);
        let mut looks: [BTreeSet<(Utc, &str)>; 24] = Default::default();
        let mut clear: [(f64, usize); 24] = [(0.0, 0); 24];
        for row in self.now.rows.iter().filter(|row| is_look(row)) {
            let hour = hour_of(row.time);
            looks[hour].insert((row.time, &row.satellite));
            clear[hour] = (clear[hour].0 + row.shares.clear, clear[hour].1 + 1);
        }
        let told = |hour: usize, value: usize| (value > 0 || !looks[hour].is_empty()).then_some(value);
        let row = |hour: usize| {
            let (sum, rows) = clear[hour];
            vec![
                text(&format!("{hour:02}:00-{hour:02}:59")),
                count(told(hour, events[hour])),
                count(told(hour, pixels[hour])),
                Cell::count(looks[hour].len()),
                Cell::Share((rows > 0).then(|| sum / rows as f64)),
            ]
        };
        let title = "一日中的时刻";
        let counts = std::array::from_fn(|hour| told(hour, events[hour]));
        let svg = Hours { title, axis: "疑似火点(处)", counts, is_night: self.nights() }.svg();
        let caption = self.figure("疑似火点首次观测的时刻(灰底为夜间: 时段正中一日太阳在地平线下)");
        let note = "极轨卫星每日只在几个时刻过境, 火点的时刻分布受观测时刻所限; 空处(–): 该时刻未观测".to_string();
        let rows = (0..24).map(row).collect();
        let table = Table { name: "时刻", title: self.titled(title), note, heads: HOURS, rows };
        vec![Part::Figure { svg, caption }, Part::Table(table, usize::MAX)]
    }

    /// Hours in whose middle the sun is down, on the middle day over the middle of the counties.
    fn nights(&self) -> [bool; 24] {
        let (plan, area) = (&self.asked.season.plan, self.asked.settings.site.bbox());
        let middle = LonLat::new(area.west.midpoint(area.east), area.south.midpoint(area.north));
        let noon = plan.from.plus_seconds(plan.to.seconds_since(plan.from) / 2.0).unwrap_or(plan.from);
        let since_midnight = 60.0 * f64::from(noon.beijing_minute()) + noon.second_of_minute();
        std::array::from_fn(|hour| {
            let at = noon.plus_seconds(3600.0 * (hour as f64 + 0.5) - since_midnight);
            middle.zip(at).is_some_and(|(middle, at)| Sun::at(at).zenith_azimuth_deg(middle).0 > 90.0)
        })
    }
}
