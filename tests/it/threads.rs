//! The same input gives the same bytes: whatever the number of threads, and whether all of the granule is read or only
//! what lies around the counties.

use crate::common::{Ran, scan, shared, simulator, slot};
use std::path::Path;

const LISTS: [&str; 4] = ["fires.geojson", "events.geojson", "hotspots.csv", "hotspots.xlsx"];

fn same_bytes(one: &Ran, four: &Ran) {
    for name in LISTS {
        let read = |ran: &Ran| std::fs::read(ran.out.join(name)).expect(name);
        assert!(read(one) == read(four), "{name} differs");
    }
}

fn with_threads(input: &Path, number: &str, more: &[&str]) -> Ran {
    let mut options = vec!["--threads", number, "--all"];
    options.extend(more);
    let done = scan(input, &options);
    done.expect(0, &[]);
    done
}

#[test]
fn one_thread_and_four_give_the_same_bytes() {
    for more in [&[][..], &["--region", "none"][..], &["--profile", "reference"][..]] {
        let (one, four) = (with_threads(slot(), "1", more), with_threads(slot(), "4", more));
        same_bytes(&one, &four);
        assert!(more.contains(&"reference") || !one.features("fires.geojson").is_empty());
    }
}

#[test]
fn the_real_scene_too() {
    let Some(folder) = shared("goes17-kincade-2019/L1b_RadM1_wildfire_20191027T2000") else {
        return;
    };
    let more = ["--region", "none"];
    let (one, four) = (with_threads(&folder, "1", &more), with_threads(&folder, "4", &more));
    same_bytes(&one, &four);
    assert!(one.features("fires.geojson").len() > 10);
}

/// Fires whose pixel lies in a county, as (id, all properties); `--region none` keeps those outside too.
fn inside(done: &Ran) -> Vec<String> {
    let fires = done.features("fires.geojson");
    let inside = fires.iter().filter(|fire| !fire["properties"]["adcode"].is_null());
    inside.map(|fire| fire.to_string()).collect()
}

#[test]
fn the_site_and_the_whole_granule_give_the_same_fires_in_the_counties() {
    // clouds, solar bands, and two segments that the site's surroundings reach into
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let made = simulator(
        folder.path(),
        &["ahi", "--bands", "5,6,7,14,15", "--segments", "2,3", "--cloud", "0.3", "--fires", "6", "--out", &out],
    );
    assert!(made.status.success());
    let site = scan(folder.path(), &[]);
    let whole = scan(folder.path(), &["--region", "none"]);
    site.expect(0, &[]);
    whole.expect(0, &[]);
    assert!(inside(&site).len() >= 2);
    assert_eq!(inside(&site), inside(&whole));
    let events = |done: &Ran| {
        let events = done.features("events.geojson").into_iter();
        events.filter(|event| !event["properties"]["adcode"].is_null()).collect::<Vec<_>>()
    };
    assert_eq!(events(&site), events(&whole));
    let shares = |done: &Ran| done.json("scan.json")["granules"][0]["counties"].clone();
    assert_eq!(shares(&site), shares(&whole));
}
