//! Who found a fire first: a satellite, a camera, a drone, another platform, or people who called, drove past or live next door.

use crate::time::Utc;
use std::collections::BTreeMap;

/// A kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// A satellite, searched here or listed by others.
    Satellite,
    /// A camera of the site.
    Camera,
    /// A drone.
    Drone,
    /// A platform of somebody else.
    Platform,
    /// Somebody who called.
    Hotline,
    /// A patrol.
    Patrol,
    /// A neighbouring prefecture.
    Neighbour,
}

impl FoundBy {
    /// All of them.
    pub const ALL: [FoundBy; 7] = [
        FoundBy::Satellite,
        FoundBy::Camera,
        FoundBy::Drone,
        FoundBy::Platform,
        FoundBy::Hotline,
        FoundBy::Patrol,
        FoundBy::Neighbour,
    ];

    /// By the sensor of a detection: what is none of these is a satellite's.
    pub fn of_sensor(sensor: &str) -> FoundBy {
        FoundBy::ALL.into_iter().find(|by| by.code() == sensor).unwrap_or(FoundBy::Satellite)
    }

    /// The word in data.
    pub fn code(self) -> &'static str {
        match self {
            FoundBy::Satellite => "satellite",
            FoundBy::Camera => "camera",
            FoundBy::Drone => "drone",
            FoundBy::Platform => "platform",
            FoundBy::Hotline => "hotline",
            FoundBy::Patrol => "patrol",
            FoundBy::Neighbour => "neighbour",
        }
    }

    /// As tables have it.
    pub fn name(self) -> &'static str {
        match self {
            FoundBy::Satellite => "卫星",
            FoundBy::Camera => "视频监控",
            FoundBy::Drone => "无人机",
            FoundBy::Platform => "其他平台",
            FoundBy::Hotline => "群众来电",
            FoundBy::Patrol => "巡查",
            FoundBy::Neighbour => "邻市通报",
        }
    }
}

/// How one event was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    /// What saw it first.
    pub by: FoundBy,
    /// When.
    pub first: Utc,
    /// When a satellite saw it first; `None` where none has.
    pub satellite: Option<Utc>,
}

impl Found {
    /// Whether something else saw it before any satellite did, or no satellite did at all.
    pub fn before_satellite(&self) -> bool {
        self.satellite.is_none_or(|satellite| self.first < satellite)
    }

    /// How long before the satellite, seconds; `None` where no satellite saw it.
    pub fn ahead_s(&self) -> Option<f64> {
        self.satellite.map(|satellite| satellite.seconds_since(self.first))
    }
}

/// How an event was found, from sensor and time of its detections; `None` without any. Of one moment the satellite comes first: nobody was before it.
pub fn found<'a>(detections: impl IntoIterator<Item = (&'a str, Utc)>) -> Option<Found> {
    let seen: Vec<(Utc, FoundBy)> =
        detections.into_iter().map(|(sensor, at)| (at, FoundBy::of_sensor(sensor))).collect();
    let (first, by) = *seen.iter().min()?;
    let satellite = seen.iter().filter(|(_, by)| *by == FoundBy::Satellite).map(|(at, _)| *at).min();
    Some(Found { by, first, satellite })
}

/// Detections by what they are: `5 个像元`, `5 个像元、2 条线索`, `2 条线索`. Only what a satellite saw is a pixel; what cameras, drones, platforms and
/// people say is a lead.
pub fn spoken_count<'a>(sensors: impl IntoIterator<Item = &'a str>) -> String {
    let (mut pixels, mut leads) = (0_usize, 0_usize);
    for sensor in sensors {
        *(if FoundBy::of_sensor(sensor) == FoundBy::Satellite { &mut pixels } else { &mut leads }) += 1;
    }
    match (pixels, leads) {
        (pixels, 0) => format!("{pixels} 个像元"),
        (0, leads) => format!("{leads} 条线索"),
        (pixels, leads) => format!("{pixels} 个像元、{leads} 条线索"),
    }
}

/// How the events of one place and period were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Shares {
    /// All events.
    pub events: usize,
    /// Events by what saw them first.
    pub by: BTreeMap<FoundBy, usize>,
    /// Found before any satellite, or by no satellite at all.
    pub before_satellite: usize,
}

impl Shares {
    /// Share found before the satellite; `None` without events.
    pub fn share(&self) -> Option<f64> {
        (self.events > 0).then(|| self.before_satellite as f64 / self.events as f64)
    }
}

/// Sums by whatever they are counted by: a township, a county, a month.
pub fn shares<K: Ord>(found: impl IntoIterator<Item = (K, Found)>) -> BTreeMap<K, Shares> {
    let mut sums: BTreeMap<K, Shares> = BTreeMap::new();
    for (key, found) in found {
        let sum = sums.entry(key).or_default();
        sum.events += 1;
        *sum.by.entry(found.by).or_default() += 1;
        sum.before_satellite += usize::from(found.before_satellite());
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(clock: &str) -> Utc {
        Utc::parse(&format!("2025-10-20T{clock}:00Z")).expect("a time")
    }

    #[test]
    fn who_came_first() {
        let of = |seen: &[(&'static str, &str)]| found(seen.iter().map(|(sensor, clock)| (*sensor, at(clock))));
        let call = of(&[("AHI", "05:40"), ("hotline", "05:05"), ("VIIRS", "05:20")]).expect("found");
        assert_eq!((call.by, call.satellite, call.ahead_s()), (FoundBy::Hotline, Some(at("05:20")), Some(900.0)));
        assert!(call.before_satellite());
        let satellite = of(&[("hotline", "05:30"), ("AHI", "05:20")]).expect("found");
        assert!(satellite.by == FoundBy::Satellite && !satellite.before_satellite());
        let same = of(&[("camera", "05:20"), ("AHI", "05:20")]).expect("found");
        assert!(same.by == FoundBy::Satellite && !same.before_satellite());
        let alone = of(&[("patrol", "05:20")]).expect("found");
        assert!(alone.before_satellite() && alone.ahead_s().is_none());
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn only_what_a_satellite_saw_is_a_pixel() {
        for (sensors, said) in [
            (&["AHI", "VIIRS"][..], "2 个像元"),
            (&["AHI", "hotline", "camera"], "1 个像元、2 条线索"),
            (&["drone"], "1 条线索"),
            (&[], "0 个像元"),
        ] {
            assert_eq!(spoken_count(sensors.iter().copied()), said);
        }
    }

    /// Three events in two townships, counted by hand.
    #[test]
    fn the_share_of_a_township() {
        let of = |by, satellite: Option<&str>| Found { by, first: at("05:00"), satellite: satellite.map(at) };
        let sums = shares([
            ("威远镇", of(FoundBy::Hotline, Some("05:30"))),
            ("威远镇", of(FoundBy::Satellite, Some("05:00"))),
            ("川口镇", of(FoundBy::Camera, None)),
        ]);
        assert_eq!((sums["威远镇"].share(), sums["川口镇"].share()), (Some(0.5), Some(1.0)));
        assert_eq!(sums["威远镇"].by[&FoundBy::Hotline], 1);
        assert_eq!(Shares::default().share(), None);
    }
}
