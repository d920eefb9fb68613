//! Simulated granules of every polar orbiter through the built program, against the simulator's truth.

use crate::common::Ran;
use crate::swath_common::{
    COUNTIES, MERSI, MODIS, Order, SDR, SDR_AGGREGATED, SLSTR, VIIRS_DAY, VIIRS_M, VIIRS_NIGHT, truth, well, with_fires,
};
use serde_json::Value;
use strawfire::time::Utc;

/// A format and what its fires must say of themselves.
struct Case {
    order: Order,
    satellite: &'static str,
    sensor: &'static str,
    algorithm: &'static str,
    granule: &'static str,
    daynight: &'static str,
    /// Keys of line and column in the truth's looks.
    keys: (&'static str, &'static str),
    /// Seconds from scan to scan; lines of a scan.
    scan: (f64, f64),
    /// The weakest fire, MW, that must be found.
    weakest_mw: f64,
}

const CASES: [Case; 8] = [
    VIIRS,
    Case { order: VIIRS_NIGHT, satellite: "NOAA-20", granule: "VJ102IMG.A2025201.1830", daynight: "N", ..VIIRS },
    Case {
        order: VIIRS_M,
        satellite: "NOAA-21",
        algorithm: "viirs-750m",
        granule: "VJ202MOD.A2025293.0530",
        keys: ("m_line", "m_column"),
        scan: (1.7864, 16.0),
        ..VIIRS
    },
    Case { order: SDR, granule: "VIIRS-SDR_npp_d20251020_t0530000", ..VIIRS },
    Case { order: SDR_AGGREGATED, granule: "VIIRS-SDR_npp_d20251020_t0530000", ..VIIRS },
    Case {
        order: MODIS,
        satellite: "Aqua",
        sensor: "MODIS",
        algorithm: "modis-c6",
        granule: "MYD021KM.A2025293.0530",
        scan: (1.4771, 10.0),
        ..VIIRS
    },
    Case {
        order: MERSI,
        satellite: "FY-3D",
        sensor: "MERSI-II",
        algorithm: "mersi2-modis",
        granule: "FY3D_MERSI_GBAL_L1_20251020_0530",
        scan: (1.5, 10.0),
        ..VIIRS
    },
    Case {
        order: SLSTR,
        satellite: "Sentinel-3A",
        sensor: "SLSTR",
        algorithm: "slstr-modis",
        granule: "S3A_SL_1_RBT____20251020T053000",
        scan: (0.15, 1.0),
        weakest_mw: 30.0,
        ..VIIRS
    },
];

const VIIRS: Case = Case {
    order: VIIRS_DAY,
    satellite: "Suomi-NPP",
    sensor: "VIIRS",
    algorithm: "viirs-375m",
    granule: "VNP02IMG.A2025293.0530",
    daynight: "D",
    keys: ("line", "column"),
    scan: (1.7864, 32.0),
    weakest_mw: 10.0,
};

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn place(feature: &Value) -> [f64; 2] {
    [0, 1].map(|i| feature["geometry"]["coordinates"][i].as_f64().expect("a coordinate"))
}

impl Case {
    /// Line and column of a look in the arrays of the file: those of an SDR hold 48 scans of every granule, and the
    /// truth counts without the filled ones.
    fn at(&self, look: &Value) -> (f64, f64) {
        let filled = self.order.name == SDR_AGGREGATED.name && number(look, "line") >= 47.0 * 32.0;
        (number(look, self.keys.0) + if filled { 32.0 } else { 0.0 }, number(look, self.keys.1))
    }

    /// Pixels of a run within so many lines and columns of a look.
    fn near<'f>(&self, fires: &'f [Value], look: &Value, reach: f64) -> Vec<&'f Value> {
        let (line, column) = self.at(look);
        let off = |fire: &Value| {
            let p = &fire["properties"];
            (number(p, "line") - line).abs().max((number(p, "column") - column).abs())
        };
        fires.iter().filter(|fire| off(fire) <= reach).collect()
    }

    /// Whether what is said of a fire pixel is right, given the truth's look at it.
    fn says_who_and_when(&self, pixel: &Value, start: Utc, look: &Value, county: &str) {
        let p = &pixel["properties"];
        for (key, expected) in [
            ("satellite", self.satellite),
            ("sensor", self.sensor),
            ("algorithm", self.algorithm),
            ("granule", self.granule),
            ("daynight", self.daynight),
            ("county", county),
            ("profile", "sensitive"),
            ("verdict", "kept"),
            ("confirmation", "provisional"),
        ] {
            assert_eq!(p[key], expected, "{key} of {p}");
        }
        assert_eq!((&p["simulated"], &p["terrain_corrected"]), (&Value::Bool(true), &Value::Bool(true)), "{p}");
        let time = Utc::parse(p["time"].as_str().expect("a time")).expect("a time");
        let scan = (self.at(look).0 / self.scan.1).floor();
        let off = time.seconds_since(start) - scan * self.scan.0;
        assert!(off.abs() <= 2.0, "{off} s off: {p}");
    }

    fn check(&self, done: &Ran, truth: &Value) {
        let fires = done.features("fires.geojson");
        let start = truth["granules"][0]["start"].as_str().or(truth["time"].as_str()).expect("a start");
        let start = Utc::parse(start).expect("a start");
        let all = truth["fires"].as_array().expect("fires");
        assert_eq!(all.len(), COUNTIES.len());
        for fire in all.iter().filter(|fire| number(fire, "frp_mw") >= self.weakest_mw) {
            let (_, county) = COUNTIES.iter().find(|(id, _)| fire["id"] == *id).expect("a fire of ours");
            let looks: Vec<&Value> = fire["looks"].as_array().expect("looks").iter().collect();
            let seen: Vec<(&Value, &Value)> = looks
                .iter()
                .filter(|look| look["deleted"] != true)
                .flat_map(|look| self.near(&fires, look, 1.0).into_iter().map(move |pixel| (pixel, *look)))
                .collect();
            assert!(!seen.is_empty(), "{}: {fire} not in {fires:?}", self.order.name);
            let mut power = 0.0;
            for (pixel, look) in &seen {
                self.says_who_and_when(pixel, start, look, county);
                let p = &pixel["properties"];
                let [lon, lat] = place(pixel);
                let east = (lon - number(fire, "lon")) * lat.to_radians().cos();
                let off_km = east.hypot(lat - number(fire, "lat")) * 111.2;
                // one pixel along each axis
                let area = number(p, "pixel_area_km2");
                assert!(off_km <= (2.0 * area).sqrt() + 0.05, "{off_km} km off: {p}");
                power += p["frp_mw"].as_f64().unwrap_or(0.0);
            }
            let share = power / number(fire, "frp_mw");
            println!("{} {}: {:.2} of its power in {} pixels", self.order.name, fire["id"], share, seen.len());
            assert!((0.6..=1.3).contains(&share), "{share}: {fire}");
        }
        for pixel in &fires {
            let looks = all.iter().flat_map(|fire| fire["looks"].as_array().expect("looks"));
            let mine = looks.filter(|look| !self.near(std::slice::from_ref(pixel), look, 2.0).is_empty()).count();
            assert!(mine >= 1, "{}: no fire at {pixel}", self.order.name);
        }
        for event in done.features("events.geojson") {
            assert_eq!(event["properties"]["simulated"], true, "{event}");
        }
        let report = done.json("scan.json");
        for county in report["granules"][0]["counties"].as_array().expect("counties") {
            assert!(number(county, "observed_fraction") > 0.9, "{}: {county}", self.order.name);
        }
    }
}

fn found_where_they_burn(name: &str) {
    let case = CASES.iter().find(|case| case.order.name == name).expect(name);
    let Some(folder) = with_fires(case.order) else { return };
    let truth = truth(&folder);
    // everywhere, so that a false fire outside the counties would be seen too
    case.check(&well(&folder, &["--region", "none"]), &truth);
}

#[test]
fn fires_of_viirs_by_day() {
    found_where_they_burn("viirs-day");
}

#[test]
fn fires_of_viirs_by_night() {
    found_where_they_burn("viirs-night");
}

#[test]
fn fires_of_the_m_bands_alone() {
    found_where_they_burn("viirs-m");
}

#[test]
fn fires_of_an_sdr() {
    found_where_they_burn("sdr");
}

#[test]
fn fires_of_an_aggregated_sdr_with_a_short_granule() {
    found_where_they_burn("sdr-aggregated");
}

#[test]
fn fires_of_modis() {
    found_where_they_burn("modis");
}

#[test]
fn fires_of_mersi() {
    found_where_they_burn("mersi");
}

#[test]
fn fires_of_slstr() {
    found_where_they_burn("slstr");
}
