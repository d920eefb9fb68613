//! The smallest fire that a look would have shown, from the tables of what was measured or a stated default.

use super::point_in;
use crate::deliver::scan_report::{COARSE_VIIRS, GranuleReport, LEAST_JUDGED, Looked, ScanReport};
use crate::ingest::geometry::sun::Sun;
use crate::place::LonLat;
use crate::site::Site;
use crate::thresholds::{SmallestFires, Standing};
use std::collections::BTreeMap;

/// The light that a look has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Light {
    Day,
    Night,
}

/// What the looks of a run hardly show, as lists have it, from the same figures as coverage.csv; `None` where nothing looked.
pub fn spoken(report: &ScanReport, site: &Site, t: &SmallestFires) -> Option<String> {
    let places: Vec<LonLat> = site.counties.iter().filter_map(point_in).collect();
    let mut figures: BTreeMap<String, BTreeMap<&str, (f64, f64)>> = BTreeMap::new();
    let looks = report.granules.iter().filter(|granule| granule.look == Looked::Yes);
    for (look, place) in looks.flat_map(|look| places.iter().map(move |place| (look, *place))) {
        let Some((mw, source)) = smallest_fire(look, place, t) else { continue };
        let least = figures.entry(look.instrument()).or_default().entry(light_of(&source)).or_insert((mw, mw));
        *least = (least.0.min(mw), least.1.max(mw));
    }
    let range = |(least, most): (f64, f64)| if least < most { format!("{least}-{most}") } else { format!("{least}") };
    let of_light = |(light, mw): (&&str, &(f64, f64))| format!("{light} {} MW", range(*mw));
    let said: Vec<String> = figures
        .iter()
        .map(|(name, lights)| format!("{name} {}", lights.iter().map(of_light).collect::<Vec<_>>().join("、")))
        .collect();
    let said = said.join("; ");
    (!said.is_empty()).then(|| format!("小火可能漏测: 晴空下十次能发现九次的最小火点为 {said}(秸秆火一般 1-11 MW)"))
}

/// The light that a row is for, by its name.
fn light_of(source: &str) -> &'static str {
    match source {
        day if day.contains("_day") => "白天",
        night if night.contains("_night") => "夜间",
        _ => "昼夜",
    }
}

/// Power in MW, and where it comes from: `docs/skill-studies.md: row` or `default: row`, rows as in docs/THRESHOLDS.md. Under a
/// low sun the greater of what holds by day and by night.
pub fn smallest_fire(look: &GranuleReport, place: LonLat, t: &SmallestFires) -> Option<(f64, String)> {
    let height_deg = 90.0 - Sun::at(look.time).zenith_azimuth_deg(place).0;
    let lights: &[Light] = if height_deg < f64::from(t.low_sun_from_deg) {
        &[Light::Night]
    } else if height_deg > f64::from(t.low_sun_to_deg) {
        &[Light::Day]
    } else {
        &[Light::Day, Light::Night]
    };
    let (row, mw) = lights
        .iter()
        .filter_map(|light| row_of(look, *light))
        .filter_map(|row| Some((row, t.get(row)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let measured = SmallestFires::TABLE.iter().any(|r| r.name == row && r.standing == Standing::OwnCalculation);
    Some((f64::from(mw), format!("{}: {row}", if measured { "docs/skill-studies.md" } else { "default" })))
}

/// The row of a look; `None` for a sensor that this program does not detect with.
fn row_of(look: &GranuleReport, light: Light) -> Option<&'static str> {
    let reference = look.profile == "reference";
    let plateau = look.profile == "plateau";
    let compared = look.past.as_ref().is_some_and(|past| past.judged_fraction >= LEAST_JUDGED);
    let by = |day, night| if light == Light::Day { day } else { night };
    Some(match look.sensor.as_str() {
        "VIIRS" if look.algorithm == COARSE_VIIRS => by(
            if reference { "viirs_750m_day_reference" } else { "viirs_750m_day" },
            if plateau { "viirs_750m_night_plateau" } else { "viirs_750m_night" },
        ),
        "VIIRS" => by(
            if reference { "viirs_375m_day_reference" } else { "viirs_375m_day" },
            if plateau { "viirs_375m_night_plateau" } else { "viirs_375m_night" },
        ),
        "MODIS" => by(if reference { "modis_day_reference" } else { "modis_day" }, "modis_night"),
        "MERSI-II" | "SLSTR" => "kilometre",
        "AHI" | "ABI" | "AGRI" | "AMI" if reference => "geostationary_reference",
        "AHI" if compared => by("himawari_day_baseline", "himawari_night_baseline"),
        "AHI" => by("himawari_day", "himawari_night"),
        "ABI" => by("goes_day", "goes_night"),
        "AGRI" | "AMI" => by("geostationary_day", "geostationary_night"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::scan_report::PastShare;
    use crate::time::Utc;

    fn look(sensor: &str, algorithm: &str, profile: &str, time: &str) -> GranuleReport {
        GranuleReport {
            sensor: sensor.into(),
            profile: profile.into(),
            algorithm: algorithm.into(),
            ..GranuleReport::bare("", Utc::parse(time).expect("a time"))
        }
    }

    fn of(look: &GranuleReport) -> (f64, String) {
        let haidong = LonLat::new(102.1, 36.5).expect("on earth");
        smallest_fire(look, haidong, &SmallestFires::default()).expect("a known sensor")
    }

    /// The sun 42.4 degrees high and 56.6 under the horizon (vectors of ALGORITHMS 8.1).
    const DAY: &str = "2025-10-20T05:30:00Z";
    const NIGHT: &str = "2025-10-20T18:30:00Z";
    /// Sunset in Haidong on 20 October is at 18:29 Beijing time (any almanac): the sun is near the horizon.
    const DUSK: &str = "2025-10-20T10:29:00Z";

    #[test]
    fn light_profile_and_past_choose_the_row() {
        let (table, default) = ("docs/skill-studies.md: ", "default: ");
        let said = |mw: f64, kind: &str, row: &str| (mw, format!("{kind}{row}"));
        let viirs = |algorithm, profile, time| of(&look("VIIRS", algorithm, profile, time));
        assert_eq!(viirs("viirs-375m", "plateau", DAY), said(2.0, table, "viirs_375m_day"));
        assert_eq!(viirs("viirs-375m", "plateau", NIGHT), said(1.0, table, "viirs_375m_night_plateau"));
        assert_eq!(viirs("viirs-375m", "plateau", DUSK), said(2.0, table, "viirs_375m_day"));
        assert_eq!(viirs("viirs-750m", "sensitive", NIGHT), said(40.0, default, "viirs_750m_night"));
        let mut slot = look("AHI", "local-regression", "plateau", DAY);
        assert_eq!(of(&slot), said(160.0, default, "himawari_day"));
        slot.past = Some(PastShare { slots: 60, days: 10, judged_fraction: 0.9 });
        assert_eq!(of(&slot), said(80.0, table, "himawari_day_baseline"));
        slot.past = Some(PastShare { slots: 3, days: 1, judged_fraction: 0.1 });
        assert_eq!(of(&slot), said(160.0, default, "himawari_day"), "too short a past is none");
        assert_eq!(of(&look("AHI", "fta", "reference", NIGHT)), said(400.0, default, "geostationary_reference"));
        assert_eq!(of(&look("SLSTR", "slstr", "plateau", DAY)), said(40.0, default, "kilometre"));
        let unknown = look("camera", "", "plateau", DAY);
        assert!(
            smallest_fire(&unknown, LonLat::new(102.1, 36.5).expect("on earth"), &SmallestFires::default()).is_none()
        );
    }

    /// The figures of the test above, by instrument and light; a slot with a past beside one without gives a range.
    #[test]
    fn the_list_says_the_figures_of_the_table() {
        let site = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        let of = |sensor: &str, algorithm: &str, time: &str| GranuleReport {
            satellite: "S".into(),
            ..look(sensor, algorithm, "plateau", time)
        };
        let past = Some(PastShare { slots: 60, days: 10, judged_fraction: 0.9 });
        let mut report = ScanReport::new(Vec::new());
        assert_eq!(spoken(&report, &site, &SmallestFires::default()), None);
        report.granules = vec![
            of("AHI", "", DAY),
            GranuleReport { past, ..of("AHI", "", DAY) },
            of("VIIRS", COARSE_VIIRS, NIGHT),
            of("VIIRS", "", DAY),
            GranuleReport { look: Looked::Unreadable, ..of("MODIS", "", DAY) },
        ];
        let expected = "小火可能漏测: 晴空下十次能发现九次的最小火点为 S AHI 白天 80-160 MW; S VIIRS 白天 2 MW; \
                        S VIIRS(750 m) 夜间 20 MW(秸秆火一般 1-11 MW)";
        assert_eq!(spoken(&report, &site, &SmallestFires::default()).as_deref(), Some(expected));
    }

    /// What the tables of docs/skill-studies.md print: the first of the powers with .90 or more; no row where no power has that.
    #[test]
    fn rows_are_those_of_the_printed_tables() {
        let text = include_str!("../../../docs/skill-studies.md");
        let cells = |line: &str| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_string()).collect() };
        let mut checked = 0;
        for line in text.lines().filter(|line| line.starts_with("| VIIRS ") || line.starts_with("| MODIS ")) {
            let cells = cells(line);
            let [sensor, light, profile] = cells[1].split(", ").collect::<Vec<_>>()[..] else { continue };
            let found = [1.0, 2.0, 5.0, 10.0, 20.0]
                .into_iter()
                .zip(&cells[2..7])
                .find(|(_, share)| share.parse::<f64>().expect("a share") >= 0.9);
            let algorithm = if sensor.contains("750") { COARSE_VIIRS } else { "" };
            let name = sensor.split(' ').next().expect("a name");
            let (mw, source) = of(&look(name, algorithm, profile, if light == "day" { DAY } else { NIGHT }));
            match found {
                Some((power, _)) => {
                    assert!(mw == power && source.starts_with("docs/skill-studies.md"), "{line}: {mw} {source}")
                }
                None => assert!(mw > 20.0 && source.starts_with("default"), "{line}: {mw} {source}"),
            }
            checked += 1;
        }
        assert_eq!(checked, 18);
        // columns of the series: looks, space, time, both
        let series = |light: &str, column: usize| {
            let of_power = |power: &str| {
                let start = format!("| {light}, {power} |");
                let line = text.lines().find(|line| line.starts_with(&start)).expect("a row");
                cells(line)[column].parse::<f64>().expect("a share")
            };
            ["5", "8", "10", "20", "40", "80"].into_iter().find(|power| of_power(power) >= 0.9)
        };
        assert_eq!((series("day", 3), series("night", 3)), (None, Some("20")));
        assert_eq!((series("day", 5), series("night", 5)), (Some("80"), Some("20")));
    }
}
