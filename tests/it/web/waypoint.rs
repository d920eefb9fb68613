//! Waypoints of dispatched events: what they hold, by a parser of their own, and who gets them when.

use super::{HUZHU, Session, Web, run};
use gdal::vector::LayerAccess;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::json;

const AIRPORTS: &str = "[drone]\nairports = ['西宁曹家堡国际机场 102.043 36.532 24 55', '远方 110 36 24 55']";

/// Texts of the elements of a name, in order; every element is closed.
fn texts(kml: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(kml);
    let (mut found, mut open) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) => open.push(String::from_utf8_lossy(start.name().as_ref()).into_owned()),
            Event::End(_) => _ = open.pop().expect("opened"),
            Event::Text(text) if open.last().is_some_and(|last| last == name) => {
                found.push(String::from_utf8_lossy(&text).into_owned());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty());
    found
}

/// Before it is given to somebody there is nothing to fly to; then the file has the place, the ellipse and the airport. 36.84 N 101.96 E lies 35.0 km
/// from the airport's point by the haversine formula on 6371 km (Python), so within its 55 km and outside its 24.
#[test]
fn a_dispatched_event_is_a_waypoint() {
    let web = Web::start(crate::databases::sqlite(), AIRPORTS);
    run(async {
        let (huzhu, minhe) = web.furnish().await;
        let city = web.sign_in("city").await;
        let path = format!("/events/{huzhu}/waypoint.kml");
        let before = web.get(&city, &path).await;
        assert_eq!(before.status, 409, "{}", before.text());
        assert!(before.text().contains("派单"), "{}", before.text());
        web.dispatch(&city, &huzhu, "HZ-01").await;
        let got = web.get(&city, &path).await;
        assert_eq!(got.status, 200, "{}", got.text());
        assert!(got.header("content-type").starts_with("application/vnd.google-earth.kml+xml"));
        let kml = got.text();
        let coordinates = texts(&kml, "coordinates");
        assert_eq!(coordinates.len(), 2, "{kml}");
        let point: Vec<f64> = coordinates[0].split(',').map(|n| n.parse().expect("a number")).collect();
        assert!((point[0] - HUZHU.0).abs() < 1e-6 && (point[1] - HUZHU.1).abs() < 1e-6 && point[2] == 100.0);
        let ring: Vec<&str> = coordinates[1].split(' ').collect();
        assert!(ring.len() == 49 && ring.first() == ring.last());
        // GDAL reads the same two, and the ellipse of 190 m (a circle of 2.448 x 190 / sqrt 2 = 328.9 m) has 0.339 km2 as one of 48 corners
        let file = tempfile::Builder::new().suffix(".kml").tempfile().expect("a file");
        std::fs::write(file.path(), &kml).expect("written");
        let data = gdal::Dataset::open(file.path()).expect("GDAL opens it");
        let kinds: Vec<String> = (0..data.layer_count())
            .flat_map(|n| {
                let mut layer = data.layer(n).expect("a layer");
                layer.features().filter_map(|feature| Some(feature.geometry()?.geometry_name())).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(kinds, ["POINT", "POLYGON"]);
        let corners = ring.iter().map(|corner| {
            let degrees: Vec<f64> = corner.split(',').map(|n| n.parse().expect("a number")).collect();
            ((degrees[0] - HUZHU.0) * 111.195 * HUZHU.1.to_radians().cos(), (degrees[1] - HUZHU.1) * 111.195)
        });
        let corners: Vec<(f64, f64)> = corners.collect();
        let km2 = corners.windows(2).map(|pair| pair[0].0 * pair[1].1 - pair[1].0 * pair[0].1).sum::<f64>() / 2.0;
        assert!((km2 - 0.339).abs() < 0.002, "{km2}");
        let values = texts(&kml, "value");
        assert!(
            values.iter().any(|value| value == "待填") && values.iter().any(|value| value == "威远镇值班岗"),
            "{values:?}"
        );
        let airspace = values.iter().find(|value| value.contains("曹家堡")).expect("the airport");
        assert!(
            airspace.contains("35.0公里") && airspace.contains("净空保护区域（55公里）内：需先取得空管批准"),
            "{airspace}"
        );
        assert!(airspace.contains("远方") && airspace.contains("保护区域外"), "{airspace}");
        assert!(
            kml.contains("线索，未经核实") && texts(&kml, "altitudeMode").contains(&"relativeToGround".to_string())
        );
        // what is another's is not there, dispatched or not
        let other = web.sign_in("minhe").await;
        assert_eq!(web.get(&other, &path).await.status, 404);
        assert_eq!(web.get(&Session::default(), &path).await.status, 401);
        assert_eq!(web.get(&city, &format!("/events/{minhe}/waypoint.kml")).await.status, 409);
        let closed = web.post(&city, &format!("/events/{huzhu}/suspend"), json!({ "note": "等待" })).await;
        assert_eq!(closed.status, 200, "{}", closed.text());
        assert_eq!(web.get(&city, &path).await.status, 409);
    });
}
