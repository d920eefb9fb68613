//! The area API of FIRMS, as a server on loopback gives it (tests/tools/range_server.py).

use super::*;
use crate::common::python_with;
use crate::sinks::Server;
use strawfire::ingest::remote::Firms;
use strawfire::place::LonLatBox;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const AREA: LonLatBox = LonLatBox { west: 101.66, south: 35.45, east: 103.07, north: 37.15 };

/// Header and a row as the API gives them for VIIRS (firms.modaps.eosdis.nasa.gov/api/area).
const LIST: &str = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n\
                    36.51,102.11,331.63,0.4,0.37,2025-10-20,0530,N20,VIIRS,n,2.0NRT,292.99,4.83,D\n";

fn start() -> Option<(Place, Server)> {
    let python = python_with("http.server")?;
    let place = Place::new();
    let server = Server::python(&python, "range_server.py", &[&place.served.display().to_string()]);
    Some((place, server))
}

fn open(place: &Place, server: &Server, more: &str) -> Firms {
    let file = place.folder.path().join("key");
    std::fs::write(&file, format!("{KEY}\n")).expect("written");
    let toml = format!(
        "kind = 'firms'\nurl = 'http://{}'\nallow_http = true\nproducts = ['VIIRS_NOAA20_NRT']\nkey_file = '{}'\n{more}",
        server.address,
        file.display()
    );
    Firms::open(&inbox(place.folder.path(), &toml), AREA).expect("opened")
}

/// In no message, whole or in part.
fn error<T: std::fmt::Debug>(result: Result<T>) -> String {
    let words = input_error(result);
    assert!(!words.contains("012345") && !words.contains("abcdef"), "{words}");
    words
}

fn put(place: &Place, days: &str, text: &str) {
    let folder = place.served.join(format!("api/area/csv/{KEY}/VIIRS_NOAA20_NRT/101.6600,35.4500,103.0700,37.1500"));
    let file = folder.join(days);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(file, text).expect("written");
}

#[tokio::test]
async fn a_list_of_the_last_days_and_of_one() {
    let Some((place, server)) = start() else { return };
    put(&place, "2", LIST);
    put(&place, "1/2025-10-20", LIST.lines().next().expect("a header"));
    let firms = open(&place, &server, "");
    assert_eq!(firms.fetch("VIIRS_NOAA20_NRT", None).await.expect("fetched"), LIST);
    assert!(firms.skew_s().is_some_and(|skew| skew.abs() < 5.0));
    let day = Utc::parse("2025-10-20T23:00:00Z");
    let empty = firms.fetch("VIIRS_NOAA20_NRT", day).await.expect("a header is a list without fires");
    assert!(empty.starts_with("latitude,") && empty.lines().count() == 1);
    assert!(!format!("{firms:?}").contains("012345"));
    // five days are the most that the API gives
    std::fs::rename(
        place.served.join(format!("api/area/csv/{KEY}/VIIRS_NOAA20_NRT/101.6600,35.4500,103.0700,37.1500/2")),
        place.served.join(format!("api/area/csv/{KEY}/VIIRS_NOAA20_NRT/101.6600,35.4500,103.0700,37.1500/5")),
    )
    .expect("renamed");
    open(&place, &server, "look_back_hours = 240").fetch("VIIRS_NOAA20_NRT", None).await.expect("fetched");
    // a product that it does not have
    assert!(error(firms.fetch("MODIS_NRT", None).await).contains("404"));
}

#[tokio::test]
async fn what_is_no_list_is_an_error_without_the_key() {
    let Some((place, server)) = start() else { return };
    put(&place, "2", LIST);
    let firms = open(&place, &server, "");
    let orders = place.folder.path().join("orders");
    let repeated = format!("Invalid MAP_KEY {KEY}.");
    for (order, value, word) in [
        ("body", "Invalid MAP_KEY.", "Invalid MAP_KEY."),
        ("body", &repeated, "***"),
        ("body", "Exceeding allowed transaction limit", "transaction limit"),
        ("body", "", "header"),
        ("body", "latitude,longitude,acq_date,acq_time,frp\n36.5,102.1,2025-10-20,530", "fields in line 2"),
        ("login", "1", "Sign in"),
        ("status", "400", "***"),
        ("status", "429", "busy"),
        ("status", "500", "500"),
        ("cut", "120", "connection"),
        ("close", "1", "where it ends"),
        ("redirect", "http://127.0.0.2:9", "not followed"),
    ] {
        std::fs::write(orders.join(order), value).expect("written");
        let words = error(firms.fetch("VIIRS_NOAA20_NRT", None).await);
        assert!(words.contains(word) && words.contains("VIIRS_NOAA20_NRT"), "{order} {value}: {words}");
        std::fs::remove_file(orders.join(order)).expect("removed");
    }
    firms.fetch("VIIRS_NOAA20_NRT", None).await.expect("fetched");
    drop(server);
    assert!(error(firms.fetch("VIIRS_NOAA20_NRT", None).await).contains("no connection"));
}
