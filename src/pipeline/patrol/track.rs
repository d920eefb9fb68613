//! A track of a patrol: where somebody was when, in the order of time, what of it is of the day, and what cannot be.

use crate::place::LonLat;
use crate::thresholds::PatrolThresholds;
use crate::time::Utc;
use serde::{Deserialize, Serialize};

pub use super::track_text::{Datum, Format, MOST_BYTES, MOST_POINTS, NotATrack, read};

/// A place of a track.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "(f64, f64, i64)", try_from = "(f64, f64, i64)")]
pub struct Point {
    /// Where.
    pub place: LonLat,
    /// When.
    pub at: Utc,
}

impl From<Point> for (f64, f64, i64) {
    fn from(point: Point) -> Self {
        (point.place.lon(), point.place.lat(), point.at.micros())
    }
}

impl TryFrom<(f64, f64, i64)> for Point {
    type Error = &'static str;

    fn try_from((lon, lat, micros): (f64, f64, i64)) -> Result<Self, Self::Error> {
        let place = LonLat::new(lon, lat).ok_or("a point that is no place")?;
        Ok(Point { place, at: Utc::from_micros(micros).ok_or("a point that is at no time")? })
    }
}

/// What a text of a telephone says.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// How it was written.
    pub format: Format,
    /// Points with a time, as they stand.
    pub points: Vec<Point>,
    /// Points without one: they count for nothing.
    pub untimed: usize,
}

/// A track as it counts for the plan of a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Points of the day, by time, without those that cannot be.
    pub points: Vec<Point>,
    /// Points of other days.
    pub other_days: usize,
    /// Points without a time.
    pub untimed: usize,
    /// Points that are left out: there nobody can have come in the time, from before nor to after.
    pub impossible: usize,
    /// Ways between points that nobody can have gone in the time: they do not count.
    pub leaps: usize,
    /// The fastest of these, km/h.
    pub fastest_km_h: Option<f64>,
    /// Way of the day, kilometres.
    pub km: f64,
}

impl Track {
    /// Of a trail, for the day that begins at a moment.
    pub fn of(trail: &Trail, day: Utc, t: &PatrolThresholds) -> Track {
        let is_of_day = |point: &&Point| point.at.beijing_day() == day.beijing_day();
        let mut points: Vec<Point> = trail.points.iter().filter(is_of_day).copied().collect();
        let other_days = trail.points.len() - points.len();
        points.sort_by_key(|point| point.at);
        let ways: Vec<Way> = points.windows(2).map(|pair| Way::of(pair[0], pair[1], t)).collect();
        let runs = runs(&points, t);
        let mut kept: Vec<Point> = runs.iter().flatten().copied().collect();
        kept.sort_by_key(|point| point.at);
        let leaps = ways.iter().filter(|way| !way.is_possible);
        let metres = |run: &Vec<Point>| run.windows(2).map(|pair| pair[0].place.distance_m(pair[1].place)).sum::<f64>();
        Track {
            other_days,
            untimed: trail.untimed,
            impossible: points.len() - kept.len(),
            leaps: leaps.clone().count(),
            fastest_km_h: leaps.map(|way| way.km_h.round()).reduce(f64::max),
            km: runs.iter().map(metres).sum::<f64>() / 1000.0,
            points: kept,
        }
    }

    /// Its first and last moment; `None` where nothing of it is of the day.
    pub fn span(&self) -> Option<(Utc, Utc)> {
        Some((self.points.first()?.at, self.points.last()?.at))
    }

    /// What is wrong with it, a sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.points.is_empty() {
            remarks.push("没有当日的点：本轨迹不计入".to_string());
        }
        if self.other_days > 0 {
            remarks.push(format!("{} 个点不在计划当日，未计入", self.other_days));
        }
        if self.untimed > 0 {
            remarks.push(format!("{} 个点没有时间，未计入", self.untimed));
        }
        if let Some(fastest) = self.fastest_km_h {
            remarks.push(format!(
                "{} 段速度不可能（最高 {fastest:.0} 公里/小时），不计里程；{} 个孤立的点未计入",
                self.leaps, self.impossible
            ));
        }
        remarks
    }
}

/// A point goes on from one of so many runs before it: a place of a moment is one of its own, and the way goes on past it.
const RUNS: usize = 8;

/// Points that somebody can have gone, one after the other; a point that belongs to none is left out, unless it is the only one.
fn runs(points: &[Point], t: &PatrolThresholds) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = Vec::new();
    for point in points {
        let goes_on = |run: &&mut Vec<Point>| run.last().is_some_and(|last| Way::of(*last, *point, t).is_possible);
        match runs.iter_mut().rev().take(RUNS).find(goes_on) {
            Some(run) => run.push(*point),
            None => runs.push(vec![*point]),
        }
    }
    if points.len() > 1 {
        runs.retain(|run| run.len() > 1);
    }
    runs
}

/// The way between two points.
struct Way {
    km_h: f64,
    is_possible: bool,
}

impl Way {
    fn of(from: Point, to: Point, t: &PatrolThresholds) -> Way {
        let (metres, seconds) = (from.place.distance_m(to.place), to.at.seconds_since(from.at));
        let most = f64::from(t.fastest_km_h) / 3.6 * seconds + f64::from(t.gps_m);
        // within one second a speed says nothing
        Way { km_h: 3.6 * metres / seconds.max(1.0), is_possible: metres <= most }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Utc {
        Utc::parse("2025-10-20T00:00:00+08:00").expect("a time")
    }

    /// So many hundred metres north of 36.5 N (0.0008993 degrees of latitude each), so many seconds after 9:00.
    fn point(hundred: f64, seconds: f64) -> Point {
        let place = LonLat::new(102.0, 36.5 + 0.000_899_3 * hundred).expect("a place");
        Point { place, at: day().plus_seconds(9.0 * 3600.0 + seconds).expect("a time") }
    }

    fn track(points: Vec<Point>) -> Track {
        let trail = Trail { format: Format::Gpx, points, untimed: 0 };
        Track::of(&trail, day(), &PatrolThresholds::default())
    }

    /// By hand: 100 m in 10 s are 36 km/h; 120 km/h are 33.3 m a second, with 50 m more for the errors of two places.
    #[test]
    fn a_way_is_as_long_as_its_plausible_parts() {
        let walk = track(vec![point(2.0, 20.0), point(0.0, 0.0), point(1.0, 10.0)]);
        assert!((walk.km - 0.2).abs() < 1e-4 && walk.leaps == 0 && walk.remarks().is_empty(), "{walk:?}");
        assert_eq!(walk.span().map(|(from, _)| from), Some(point(0.0, 0.0).at));
        // 60 km away for one point: it is left out, and the way goes on past it
        let spike = track(vec![point(0.0, 0.0), point(600.0, 10.0), point(2.0, 20.0)]);
        assert_eq!((spike.impossible, spike.leaps, spike.points.len()), (1, 2, 2));
        assert!((spike.km - 0.2).abs() < 1e-4 && spike.fastest_km_h == Some(21_600.0), "{spike:?}");
        // carried elsewhere without a signal: both ends stay, the leap does not count
        let leap = track(vec![point(0.0, 0.0), point(1.0, 10.0), point(600.0, 20.0), point(601.0, 30.0)]);
        assert_eq!((leap.impossible, leap.leaps, leap.points.len()), (0, 1, 4));
        assert!((leap.km - 0.2).abs() < 1e-4, "{leap:?}");
        assert_eq!(track(vec![point(0.0, 0.0), point(0.8, 1.0)]).leaps, 0, "80 m in a second: 33 m and 50 m");
        assert_eq!(track(vec![point(0.0, 0.0), point(0.9, 1.0)]).leaps, 1);
    }

    #[test]
    fn points_of_other_days_are_said() {
        let track = track(vec![point(0.0, 0.0), point(1.0, 15.0 * 3600.0), point(1.0, -9.0 * 3600.0 - 1.0)]);
        assert_eq!(
            (track.points.len(), track.other_days, track.km),
            (1, 2, 0.0),
            "from midnight to midnight in Beijing"
        );
        assert_eq!(track.remarks(), ["2 个点不在计划当日，未计入"]);
    }
}
