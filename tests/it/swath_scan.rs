//! Simulated granules of every polar orbiter through the built program, against the simulator's truth.

use crate::common::{Ran, ran};
use crate::swath_common::{
    COUNTIES, MERSI, MODIS, Order, SDR, SDR_AGGREGATED, SLSTR, VIIRS_DAY, VIIRS_M, VIIRS_NIGHT, files, link_into,
    linked, made, pixels, same_lists, truth, well, with_fires,
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
            ("profile", "plateau"),
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
                let footprint = polygon_km2(&pixel["footprint"]);
                assert!((footprint / area - 1.0).abs() < 0.02, "{footprint} km2 of ground: {pixel}");
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

/// Area of a polygon by the shoelace formula, counter-clockwise positive, on a plane of 111.195 km a degree.
fn polygon_km2(polygon: &Value) -> f64 {
    let ring = polygon["coordinates"][0].as_array().expect("a ring");
    let at = |i: usize| (ring[i][0].as_f64().expect("a number"), ring[i][1].as_f64().expect("a number"));
    let cross = (0..ring.len() - 1).map(|i| at(i).0 * at(i + 1).1 - at(i + 1).0 * at(i).1).sum::<f64>();
    cross / 2.0 * 111.195f64.powi(2) * at(0).1.to_radians().cos()
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

/// A temperature beyond the scale is 362.2 K in one product and the end of the granule's own scale in the other.
#[test]
fn both_products_of_viirs_show_the_same_fires() {
    let (Some(l1b), Some(sdr)) = (with_fires(VIIRS_DAY), with_fires(SDR)) else { return };
    let [l1b, sdr] = [l1b, sdr].map(|folder| pixels(&well(&folder, &[])));
    let places = |pixels: &[(u64, u64, f64)]| pixels.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>();
    assert_eq!(places(&l1b), places(&sdr));
    let in_scale: Vec<(f64, f64)> = l1b.iter().zip(&sdr).map(|(a, b)| (a.2, b.2)).filter(|(a, _)| *a < 355.0).collect();
    assert!(in_scale.len() >= 2 && in_scale.len() < l1b.len(), "{l1b:?}");
    assert!(in_scale.iter().all(|(a, b)| (a - b).abs() < 0.1), "{in_scale:?}");
}

/// Two granules of 35 scans. The first fire lies half a line before the seam, so that each granule has a part of it.
const SEAM: [&str; 9] =
    ["viirs", "--lines", "2240", "--cloud", "0", "--fire", "102.4,36.2983,900,1200", "--fire", "102.40,36.48,900,1000"];

/// What the list says of each fire but for the granule and what is counted in it.
fn facts(done: &Ran) -> Vec<String> {
    let mut fires = done.features("fires.geojson");
    for fire in &mut fires {
        // a scan that begins on the second may round to the one before
        for key in ["id", "granule", "line", "time"] {
            fire["properties"][key] = Value::Null;
        }
        fire["id"] = Value::Null;
    }
    fires.iter().map(Value::to_string).collect()
}

#[test]
fn a_fire_at_the_seam_of_two_granules_is_counted_once() {
    let Some(two) = made("seam-of-two", &[&SEAM[..], &["--granules", "2"]].concat()) else { return };
    let Some(one) = made("seam-in-one", &SEAM) else { return };
    let (joined, whole) = (well(&two, &[]), well(&one, &[]));
    assert_eq!(facts(&joined), facts(&whole));
    let events = joined.features("events.geojson");
    assert_eq!(events.len(), 2, "{events:?}");
    for (event, fire) in events.iter().zip(truth(&two)["fires"].as_array().expect("fires")) {
        let power = number(&event["properties"], "max_frp_mw") / number(fire, "frp_mw");
        // the sliver that two scans share is a thirtieth of a pixel wide, so that the pixels that see it do not lie near
        // enough to be one: it is one event, and may have the power of each of its two looks
        let looks = fire["looks"].as_array().expect("looks").len() as f64;
        assert!((0.6..=1.3 * looks).contains(&power), "{power}: {event}");
    }
    let granules = |done: &Ran| {
        let fires = done.features("fires.geojson");
        fires.iter().map(|f| f["properties"]["granule"].as_str().expect("a name").to_string()).collect::<Vec<_>>()
    };
    let names = granules(&joined);
    assert_eq!((names[0].as_str(), names[1].as_str()), ("VNP02IMG.A2025293.0530", "VNP02IMG.A2025293.0531"));

    // in any order, from two folders, by patterns
    let mut backwards: Vec<String> = files(&two).iter().map(|path| path.display().to_string()).collect();
    backwards.retain(|path| path.ends_with(".nc"));
    backwards.reverse();
    let arguments: Vec<&str> = ["scan"].into_iter().chain(backwards.iter().map(String::as_str)).collect();
    same_lists(&joined, &ran(&arguments));
    let (early, late) = (linked(&two, |name| name.contains(".0530.")), linked(&two, |name| name.contains(".0531.")));
    let [early, late] = [&early, &late].map(|folder| folder.path().display().to_string());
    same_lists(&joined, &ran(&["scan", &late, &early]));
    same_lists(&joined, &ran(&["scan", &format!("{late}/V*.nc"), &format!("{early}/V*.nc")]));

    // one of the two alone
    for (folder, part) in [(&early, ".0530"), (&late, ".0531")] {
        let done = ran(&["scan", folder]);
        done.expect(0, &[]);
        let names = granules(&done);
        assert!(!names.is_empty() && names.iter().all(|name| name.contains(part)), "{part}: {names:?}");
        let report = done.json("scan.json");
        let missing: f64 = report["granules"][0]["counties"]
            .as_array()
            .expect("counties")
            .iter()
            .map(|county| number(county, "missing_fraction"))
            .sum();
        assert!(missing > 0.5, "half of the site is in the other granule: {missing}");
    }
}

/// Near the edge two scans of MODIS see the same ground; each fire must be one event and one pixel the less.
#[test]
fn a_fire_that_two_scans_see_is_one() {
    let words = [
        "modis",
        "--lines",
        "300",
        "--column",
        "60",
        "--cloud",
        "0",
        "--fire",
        "102.40,36.48,900,4000",
        "--fire",
        "102.40,36.12,900,4000",
    ];
    let Some(folder) = made("modis-edge", &words) else { return };
    let truth = truth(&folder);
    for fire in truth["fires"].as_array().expect("fires") {
        assert!(fire["looks"].as_array().expect("looks").len() >= 2, "{fire}");
    }
    let done = well(&folder, &["--region", "none"]);
    let events = done.features("events.geojson");
    assert_eq!(events.len(), 2, "{events:?}");
    let merged = number(&done.json("scan.json")["granules"][0], "duplicates_merged");
    assert!(merged >= 2.0, "{merged}");
    for (event, fire) in events.iter().zip(truth["fires"].as_array().expect("fires").iter().rev()) {
        let power = number(&event["properties"], "max_frp_mw") / number(fire, "frp_mw");
        println!("{} of its power in one event", power);
        assert!((0.6..=1.3).contains(&power), "{power}: {event}");
    }
}

fn inside(done: &Ran, list: &str) -> Vec<String> {
    let all = done.features(list).into_iter();
    all.filter(|feature| !feature["properties"]["adcode"].is_null()).map(|feature| feature.to_string()).collect()
}

/// The window of the site gives what the whole granule gives, and any number of threads the same bytes.
fn window_and_threads_change_nothing(orders: &[Order]) {
    for order in orders {
        let Some(folder) = with_fires(*order) else { continue };
        for profile in ["reference", "sensitive", "plateau"] {
            let options = ["--profile", profile];
            let site = well(&folder, &[&options[..], &["--threads", "1"]].concat());
            let threads = well(&folder, &[&options[..], &["--threads", "5"]].concat());
            let whole = well(&folder, &[&options[..], &["--region", "none"]].concat());
            same_lists(&site, &threads);
            assert!(inside(&site, "fires.geojson").len() >= 3, "{} {profile}", order.name);
            for list in ["fires.geojson", "events.geojson"] {
                assert_eq!(inside(&site, list), inside(&whole, list), "{} {profile}", order.name);
            }
            let shares = |done: &Ran| done.json("scan.json")["granules"][0]["counties"].clone();
            assert_eq!(shares(&site), shares(&whole), "{} {profile}", order.name);
        }
    }
}

/// With clouds, whose edges ask for far neighbours.
const VIIRS_CLOUDY: Order = Order { name: "viirs-cloudy", words: &["viirs", "--lines", "960", "--cloud", "0.3"] };

#[test]
fn window_and_threads_change_nothing_of_l1b() {
    window_and_threads_change_nothing(&[VIIRS_DAY, VIIRS_NIGHT, VIIRS_M]);
}

#[test]
fn window_and_threads_change_nothing_of_sdr() {
    window_and_threads_change_nothing(&[SDR_AGGREGATED]);
}

#[test]
fn window_and_threads_change_nothing_of_1_km_scanners() {
    window_and_threads_change_nothing(&[MODIS, MERSI, SLSTR]);
}

#[test]
fn window_and_threads_change_nothing_under_clouds() {
    window_and_threads_change_nothing(&[VIIRS_CLOUDY]);
}

fn shares(done: &Ran, county: &str) -> [f64; 3] {
    let report = done.json("scan.json");
    let counties = report["granules"][0]["counties"].as_array().expect("counties").clone();
    let county = counties.iter().find(|share| share["name"] == county).expect(county);
    ["observed_fraction", "cloud_fraction", "missing_fraction"].map(|key| number(county, key))
}

/// 320 lines are 120 km: the middle of the site is seen, its north and south are not.
#[test]
fn a_swath_over_a_part_of_the_site_says_so() {
    let Some(folder) = made("viirs-strip", &["viirs", "--lines", "320", "--cloud", "0"]) else { return };
    let done = well(&folder, &[]);
    let [middle, north, south] = ["平安区", "互助土族自治县", "循化撒拉族自治县"].map(|name| shares(&done, name));
    assert!(middle[2] < 0.01 && middle[0] > 0.9, "{middle:?}");
    assert!(north[2] > 0.2 && north[2] < 0.8 && south[2] > 0.2 && south[2] < 0.8, "{north:?} {south:?}");
    for parts in [middle, north, south] {
        assert!((parts.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{parts:?}");
    }
    // without cloud everything that was looked at was seen
    assert!(north[1] < 0.01, "{north:?}");
}

#[test]
fn cloud_is_counted_and_is_not_missing() {
    let Some(folder) = with_fires(VIIRS_CLOUDY) else { return };
    let done = well(&folder, &[]);
    let all: Vec<[f64; 3]> = COUNTIES.iter().map(|(_, county)| shares(&done, county)).collect();
    let mean = |i: usize| all.iter().map(|parts| parts[i]).sum::<f64>() / all.len() as f64;
    println!("observed {:.2} cloud {:.2} missing {:.3}", mean(0), mean(1), mean(2));
    assert!((0.1..0.7).contains(&mean(1)) && mean(2) < 0.01, "{all:?}");
}

/// At the swath's edge a quarter of the pixels is deleted on board: the neighbouring scan sees that ground.
#[test]
fn pixels_deleted_on_board_are_not_missing() {
    for (name, words) in [
        ("viirs-edge", &["viirs", "--lines", "960", "--cloud", "0", "--column", "500"][..]),
        (
            "sdr-edge",
            &["viirs", "--format", "sdr", "--bands", "img", "--lines", "960", "--cloud", "0", "--column", "5900"],
        ),
    ] {
        let Some(folder) = made(name, words) else { continue };
        let done = well(&folder, &[]);
        let deleted = number(&done.json("scan.json")["granules"][0]["pixels"], "bow_tie");
        assert!(deleted > 1e4, "{deleted}");
        for (_, county) in COUNTIES {
            let [observed, cloud, missing] = shares(&done, county);
            assert!(missing < 0.005 && observed + cloud > 0.995, "{name}: {county} {missing}");
        }
    }
}

#[test]
fn a_pass_beside_the_site_observes_nothing_of_it() {
    for (name, words) in [
        ("viirs-away", &["viirs", "--lines", "64", "--over", "140,10"][..]),
        ("mersi-away", &["mersi2", "--lines", "50", "--over", "140,10"]),
        ("modis-away", &["modis", "--lines", "50", "--over", "140,10"]),
        ("slstr-away", &["slstr", "--lines", "50", "--over", "140,10"]),
        ("sdr-away", &["viirs", "--format", "sdr", "--bands", "mod", "--lines", "64", "--over", "140,10"]),
    ] {
        let Some(folder) = made(name, words) else { continue };
        let done = well(&folder, &[]);
        done.nothing_was_observed();
        assert!(done.features("fires.geojson").is_empty());
    }
}

/// The simulator writes one overpass as Level 1B and as SDR: the same measurements twice.
#[test]
fn level_1b_and_sdr_of_one_overpass_are_not_twice_the_fire() {
    let (Some(l1b), Some(sdr)) = (with_fires(VIIRS_DAY), with_fires(SDR)) else { return };
    let power = |done: &Ran| {
        let events = done.features("events.geojson");
        events.iter().map(|event| number(&event["properties"], "max_frp_mw")).collect::<Vec<_>>()
    };
    let alone = power(&well(&l1b, &[]));
    let folder = linked(&l1b, |name| name.ends_with(".nc"));
    link_into(folder.path(), &sdr, &|name| name.ends_with(".h5"));
    let both = well(folder.path(), &["--all"]);
    assert_eq!(alone.len(), COUNTIES.len());
    assert_eq!(power(&both), alone);
    let dropped = both.features("fires.geojson");
    let twins = dropped.iter().filter(|fire| fire["properties"]["reason"] == "delivered_twice").count();
    let counted: f64 = both.json("scan.json")["granules"]
        .as_array()
        .expect("granules")
        .iter()
        .filter_map(|granule| granule["fires_dropped"]["delivered_twice"].as_f64())
        .sum();
    assert!(twins >= COUNTIES.len(), "{twins}");
    assert_eq!(counted, twins as f64);
}
