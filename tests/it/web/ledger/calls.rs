//! What people tell the desk: fused with what satellites see, whoever comes first; and what has no place waits for one.

use super::super::intake::{base64, jpeg, signature};
use super::super::{HUZHU, MINHE, Session, Web, ago, burn, run};
use crate::databases::{both, sqlite};
use serde_json::{Value, json};
use strawfire::store::Store;
use strawfire::time::Utc;

fn call(id: &str, at: Utc, place: Option<(f64, f64)>) -> Value {
    json!({
        "id": id, "via": "hotline", "who": "12345热线", "at": at, "kind": "smoke", "lon": place.map(|place| place.0), "lat": place.map(|place| place.1),
        "position_error_m": 1500, "said": "村东头冒烟", "person": "李四", "number": "13912345678",
    })
}

/// About so many metres to the east at this latitude: 100 m are 0.00112 degrees at 36.84 N.
fn beside((lon, lat): (f64, f64), metres: f64) -> (f64, f64) {
    (lon + metres * 0.000_011_2, lat)
}

async fn events(web: &Web, who: &Session) -> Vec<Value> {
    web.get(who, "/collections/events/items").await.json()["features"].as_array().expect("features").clone()
}

/// One event whoever was first; the first discoverer stays visible in the list, the detail and the exports.
#[test]
fn a_call_and_a_satellite_are_one_event_and_the_first_stays_visible() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let huzhu = web.sign_in("huzhu").await;
            let store = Store::open(&web.database.url).await.expect("opens");
            // somebody calls, and 25 minutes later the satellite comes
            let got = web.post(&huzhu, "/calls", call("c-1", ago(60.0), Some(HUZHU))).await;
            assert_eq!((got.status, got.json()["new"].as_bool()), (201, Some(true)), "{}", got.text());
            let event = got.json()["event"].as_str().expect("an event").to_string();
            let satellite = burn(&store, "hz", ago(35.0), beside(HUZHU, 900.0), "630223", "互助土族自治县").await;
            assert_eq!(satellite, event, "one event, with the id that the desk knows");
            // far away the satellite is first, and somebody calls afterwards
            let far = beside(HUZHU, 22_000.0);
            let other = burn(&store, "hz2", ago(50.0), far, "630223", "互助土族自治县").await;
            let got = web.post(&huzhu, "/calls", call("c-2", ago(20.0), Some(beside(far, 700.0)))).await;
            assert_eq!(got.json()["event"], other.as_str(), "{}", got.text());
            let list = events(&web, &huzhu).await;
            assert_eq!(list.len(), 2, "{list:?}");
            let first = |id: &str| {
                let found = list.iter().find(|event| event["id"] == id).expect("listed");
                (found["properties"]["first_discoverer"].as_str(), found["properties"]["sources"].clone())
            };
            let both = json!(["NOAA-20", "群众来电/12345热线"]);
            assert_eq!(first(&event), (Some("群众来电/12345热线"), both.clone()));
            assert_eq!(first(&other), (Some("NOAA-20"), both));
            let detail = web.get(&huzhu, &format!("/events/{event}")).await.json();
            let found = &detail["found"];
            assert_eq!((found["by"].as_str(), found["name"].as_str()), (Some("hotline"), Some("群众来电")), "{found}");
            assert_eq!((found["before_satellite"].as_bool(), found["ahead_min"].as_f64()), (Some(true), Some(25.0)));
            let found = web.get(&huzhu, &format!("/events/{other}")).await.json()["found"].clone();
            assert_eq!((found["by"].as_str(), found["before_satellite"].as_bool()), (Some("satellite"), Some(false)));
            let csv = web.get(&huzhu, "/collections/events/items?f=csv").await.text();
            assert!(csv.contains("群众来电/12345热线"), "{csv}");
            // who called is in the log, with the event
            let log = web.get(&huzhu, &format!("/phone-log?event={event}")).await.json();
            let logged = &log["calls"][0];
            assert_eq!(
                (logged["person"].as_str(), logged["number"].as_str()),
                (Some("李四"), Some("13912345678")),
                "{log}"
            );
            // the same call again, and another about the same event by its id
            let got = web.post(&huzhu, "/calls", call("c-1", ago(60.0), Some(HUZHU))).await;
            assert_eq!((got.status, got.json()["event"].as_str()), (200, Some(event.as_str())));
            let seen = async || web.get(&huzhu, &format!("/events/{event}")).await.json()["event"].clone();
            let before = seen().await;
            let mut about = call("c-3", ago(5.0), None);
            about["event"] = json!(event);
            let got = web.post(&huzhu, "/calls", about.clone()).await;
            assert_eq!((got.status, got.json()["event"].as_str()), (201, Some(event.as_str())), "{}", got.text());
            assert_eq!(events(&web, &huzhu).await.len(), 2);
            assert_eq!(
                web.get(&huzhu, &format!("/phone-log?event={event}")).await.json()["calls"].as_array().map(Vec::len),
                Some(2)
            );
            // it says nothing of its own: neither place nor error nor time nor confirmation is moved by it
            let after = seen().await;
            assert_eq!(after["geometry"], before["geometry"]);
            for name in ["position_error_m", "last_seen", "first_seen", "confirmation"] {
                assert_eq!(after["properties"][name], before["properties"][name], "{name}");
            }
            let minhe = web.sign_in("minhe").await;
            about["id"] = "c-4".into();
            assert_eq!(web.post(&minhe, "/calls", about).await.status, 422, "another county's event");
        });
    }
}

/// An empty form is none: what was said, a place, or an event has to be there.
#[test]
fn an_empty_form_is_refused() {
    let web = Web::start(sqlite(), "");
    run(async {
        let huzhu = web.sign_in("huzhu").await;
        let mut empty = call("e-1", ago(5.0), None);
        (empty["said"], empty["person"], empty["number"]) = ("  ".into(), "".into(), "".into());
        let got = web.post(&huzhu, "/calls", empty.clone()).await;
        assert!(got.status == 422 && got.text().contains("内容是空的"), "{} {}", got.status, got.text());
        assert_eq!(web.get(&huzhu, "/phone-log").await.json()["calls"].as_array().map(Vec::len), Some(0));
        empty["place"] = "班彦村三社".into();
        assert_eq!(web.post(&huzhu, "/calls", empty).await.status, 201, "a place in words is one");
    });
}

/// Kept, told, listed for the desk that was called and for the city, and an event as soon as somebody says where it is.
#[test]
fn a_call_without_a_place_waits_for_one() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let (city, huzhu, minhe) =
                (web.sign_in("city").await, web.sign_in("huzhu").await, web.sign_in("minhe").await);
            let got = web.post(&huzhu, "/calls", call("c-1", ago(10.0), None)).await;
            let taken = got.json();
            assert_eq!(
                (got.status, &taken["event"], taken["placed"].as_bool()),
                (201, &Value::Null, Some(false)),
                "{}",
                got.text()
            );
            let sighting = taken["sighting"].as_str().expect("a sighting").to_string();
            let waiting =
                async |who: &Session| web.get(who, "/calls/unplaced").await.json()["waiting"].as_array().map(Vec::len);
            assert_eq!(
                (waiting(&huzhu).await, waiting(&city).await, waiting(&minhe).await),
                (Some(1), Some(1), Some(0))
            );
            let path = format!("/calls/{sighting}/place");
            let place = json!({ "lon": HUZHU.0, "lat": HUZHU.1, "position_error_m": 800 });
            assert_eq!(web.post(&minhe, &path, place.clone()).await.status, 404);
            let got = web.post(&huzhu, &path, place.clone()).await;
            assert_eq!(got.status, 200, "{}", got.text());
            let event = got.json()["event"].as_str().expect("an event").to_string();
            assert_eq!((waiting(&huzhu).await, web.post(&huzhu, &path, place).await.status), (Some(0), 409));
            let log = web.get(&huzhu, &format!("/phone-log?event={event}")).await.json();
            assert_eq!(log["calls"][0]["followed"]["said"], "已定位", "{log}");
            // seen when somebody called, not when it was placed
            let seen = web.get(&huzhu, &format!("/events/{event}")).await.json();
            let first = seen["event"]["properties"]["first_seen"].as_str().and_then(Utc::parse).expect("a time");
            assert!(Utc::now().seconds_since(first) > 590.0, "{first:?}");
        });
    }
}

/// Of last week it becomes no event; who gave it its place and when is known all the same, and nothing is left to be done.
#[test]
fn an_old_call_that_gets_a_place_is_done_with() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let (city, huzhu) = (web.sign_in("city").await, web.sign_in("huzhu").await);
            let got = web.post(&huzhu, "/calls", call("old", ago(8.0 * 1440.0), None)).await;
            assert_eq!(got.status, 201, "{}", got.text());
            let path = format!("/calls/{}/place", got.json()["sighting"].as_str().expect("a sighting"));
            let open = async || {
                let log = web.get(&huzhu, "/phone-log?open=true").await.json();
                log["calls"].as_array().map(Vec::len)
            };
            assert_eq!(open().await, Some(1));
            let place = json!({ "lon": HUZHU.0, "lat": HUZHU.1, "position_error_m": 800 });
            let got = web.post(&huzhu, &path, place.clone()).await;
            assert_eq!((got.status, &got.json()["event"]), (200, &Value::Null), "{}", got.text());
            let said = got.json()["said"].as_str().expect("words").to_string();
            assert!(said.contains("7 天以前") && !said.contains("时钟"), "{said}");
            assert_eq!(open().await, Some(0));
            let log = web.get(&huzhu, "/phone-log").await.json();
            assert_eq!(log["calls"][0]["followed"]["said"], "已定位", "{log}");
            let got = web.post(&city, &path, place).await;
            assert!(got.status == 409 && got.text().contains("huzhu 于"), "{}", got.text());
            let store = Store::open(&web.database.url).await.expect("opens");
            let lines = store.audit_lines(1000).await.expect("read");
            let settled: Vec<_> = lines.iter().filter(|line| line.action == "sighting settled").collect();
            assert_eq!((settled.len(), settled[0].who.as_str()), (1, "huzhu"));
        });
    }
}

/// What is wrong is told by its name and leaves neither a call nor a sighting.
#[test]
fn a_call_that_is_wrong_leaves_nothing() {
    let web = Web::start(sqlite(), "");
    run(async {
        let huzhu = web.sign_in("huzhu").await;
        for (field, value) in [
            ("via", json!("tower")),
            ("kind", json!("fire")),
            ("at", json!(ago(-60.0))),
            ("lat", json!(91)),
            ("who", json!(" ")),
            ("number", json!("<b>")),
            ("picture", json!("no picture")),
            ("datum", json!("bd09")),
        ] {
            let mut wrong = call("w-1", ago(5.0), Some(HUZHU));
            wrong[field] = value;
            let got = web.post(&huzhu, "/calls", wrong).await;
            assert_eq!(got.status, 422, "{field}: {}", got.text());
        }
        let log = web.get(&huzhu, "/phone-log").await.json();
        assert_eq!((log["calls"].as_array().map(Vec::len), events(&web, &huzhu).await.len()), (Some(0), 0));
        let mut good = call("w-2", ago(5.0), Some(HUZHU));
        good["picture"] = base64(&jpeg(64)).into();
        let got = web.post(&huzhu, "/calls", good).await;
        let event = got.json()["event"].as_str().expect("an event").to_string();
        let seen = web.get(&huzhu, &format!("/events/{event}")).await.json()["sightings"][0].clone();
        let image = seen["properties"]["image"].as_str().expect("an address");
        assert_eq!(
            (web.get(&huzhu, image).await.status, seen["properties"]["origin"].as_str()),
            (200, Some("hotline"))
        );
    });
}

/// A hotline's own system sends signed alarms as towers do; its kind is what the site says of it.
#[test]
fn a_hotline_may_send_its_calls_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("secret"), "of-the-hotline").expect("written");
    let more = format!(
        "[station]\ndir = '{0}'\n[[intake.sources]]\nname = 'h12345'\nkind = 'hotline'\nsecret_file = '{0}/secret'\nposition_error_m = 2000\n",
        folder.path().display()
    );
    let web = Web::start(sqlite(), &more);
    run(async {
        let city = web.sign_in("city").await;
        let body = json!({ "id": "1", "time": ago(3.0), "kind": "flame", "lon": HUZHU.0, "lat": HUZHU.1 }).to_string();
        let send = async |body: &str| {
            let signed = signature("of-the-hotline", body.as_bytes());
            let headers = [("x-strawfire-source", "h12345"), ("x-strawfire-signature", signed.as_str())];
            web.send(&Session::default(), "POST", "/intake", Some(body.as_bytes().to_vec()), &headers).await
        };
        let got = send(&body).await;
        assert_eq!(got.status, 201, "{}", got.text());
        let list = events(&web, &city).await;
        assert_eq!(list[0]["properties"]["first_discoverer"], "群众来电/h12345", "{list:?}");
        let nowhere = send(&json!({ "id": "2", "time": ago(3.0), "kind": "smoke" }).to_string()).await;
        assert_eq!((nowhere.status, &nowhere.json()["event"]), (201, &Value::Null), "{}", nowhere.text());
    });
}

/// A call about another county's ground is that county's: who took it is told so and learns no event. Sent again without a place it waits still; nobody
/// saw anything in a time to come.
#[test]
fn a_call_of_another_county_is_handed_on_and_one_that_is_sent_again_waits() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (huzhu, minhe) = (web.sign_in("huzhu").await, web.sign_in("minhe").await);
        let got = web.post(&huzhu, "/calls", call("far", ago(5.0), Some(MINHE))).await;
        let taken = got.json();
        assert_eq!((got.status, &taken["event"]), (201, &Value::Null), "{}", got.text());
        assert!(taken["said"].as_str().is_some_and(|said| said.contains("已转该县区")), "{taken}");
        assert_eq!((events(&web, &huzhu).await.len(), events(&web, &minhe).await.len()), (0, 1));
        for status in [201, 200] {
            assert_eq!(web.post(&huzhu, "/calls", call("nowhere", ago(5.0), None)).await.status, status);
            let waiting = web.get(&huzhu, "/calls/unplaced").await.json();
            assert_eq!(waiting["waiting"].as_array().map(Vec::len), Some(1), "{waiting}");
        }
        let ahead = web.post(&huzhu, "/calls", call("ahead", ago(-30.0), Some(HUZHU))).await;
        assert!(ahead.status == 422 && ahead.text().contains("晚于现在"), "{}", ahead.text());
    });
}
