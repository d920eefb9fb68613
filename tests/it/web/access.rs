//! Who may ask what: every route of the router, as every role, of an event in its own area and in another's.

use super::{PEOPLE, Session, Web, run};
use crate::databases::both;
use serde_json::json;
use std::collections::BTreeMap;
use strawfire::cases::Role;
use strawfire::web::{ROUTES, Route, Who};

/// A path with its blanks filled in for an event.
fn path(route: &Route, event: &str) -> String {
    let filled = route.path.replace("{name}", "task.css").replace("{photo}", "11111111-1111-4111-8111-111111111111");
    let path = match route.path {
        "/collections/{collection}/items/{id}" => filled.replace("{collection}", "events").replace("{id}", event),
        _ => filled.replace("{collection}", "events").replace("{id}", event),
    };
    if path.ends_with("/original") && route.method == "PUT" { format!("{path}?offset=0") } else { path }
}

/// Nobody gets more than the table of routes says, and of another's event nobody gets anything: not its id, not its place.
#[test]
fn every_route_is_asked_as_every_role_of_its_own_area_and_of_anothers() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let (huzhu, minhe) = web.furnish().await;
            let city = web.sign_in("city").await;
            let link = web.dispatch(&city, &huzhu, "HZ-01").await;
            web.dispatch(&city, &minhe, "MH-01").await;
            let mut sessions: Vec<(&str, Session)> = vec![("nobody", Session::default())];
            for (name, ..) in PEOPLE {
                sessions.push((name, web.sign_in(name).await));
            }
            let (opened, task) = web.open_link(&link).await;
            assert_eq!(opened.status, 200, "{}", opened.text());
            sessions.push(("task", task));
            let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for route in ROUTES.iter().filter(|route| !skipped(route)) {
                for (name, session) in &sessions {
                    for (event, of) in [(&huzhu, "互助"), (&minhe, "民和")] {
                        let got = ask(&web, session, route, event).await;
                        let expected = expected(route, name, of);
                        let line = format!("{} {} by {name} of {of}: {}", route.method, route.path, got.0);
                        assert!(expected.holds(got.0), "{line}, expected {expected:?}\n{}", got.1);
                        // what is another's is not in any answer, whatever it is
                        if !sees(name, "民和") && got.0 < 400 {
                            assert!(!got.1.contains(&minhe), "{line} tells of another's event: {}", got.1);
                        }
                        table
                            .entry(format!("{} {}", route.method, route.path))
                            .or_default()
                            .push(format!("{name}/{of} {}", got.0));
                    }
                }
            }
            assert_eq!(table.len(), ROUTES.len() - 3, "a route was forgotten");
            println!("{}: {} routes, {} roles, 2 areas", web.database.kind, table.len(), sessions.len());
        });
    }
}

/// `/live` never ends, and signing out would end the sessions of this test: they have tests of their own. So has a link that is ended.
fn skipped(route: &Route) -> bool {
    ["/live", "/logout", "/tasks/{id}/revoke"].contains(&route.path)
}

async fn ask(web: &Web, session: &Session, route: &Route, event: &str) -> (u16, String) {
    // a body that no route takes: nothing changes while the table is asked
    let body = (route.method != "GET").then(|| json!({ "nothing": "of this" }).to_string().into_bytes());
    let got = web.send(session, route.method, &path(route, event), body, &[("idempotency-key", "table")]).await;
    (got.status, got.text())
}

#[derive(Debug, PartialEq)]
enum Expected {
    /// Nobody is signed in.
    Unknown,
    /// Not this role.
    Forbidden,
    /// As if it were not there.
    NotThere,
    /// Let in: whatever the body then makes of it.
    In,
}

impl Expected {
    fn holds(&self, status: u16) -> bool {
        match self {
            Expected::Unknown => status == 401,
            Expected::Forbidden => status == 403,
            // a body that is no step is told so before the event is looked for: that tells nothing of the event
            Expected::NotThere => status == 404 || status == 422,
            Expected::In => ![401, 403].contains(&status) && status < 500,
        }
    }
}

/// By the words of the interface: each checked against role and area.
fn expected(route: &Route, name: &str, of: &str) -> Expected {
    if route.who == Who::Anyone {
        return Expected::In;
    }
    let role = PEOPLE.iter().find(|person| person.0 == name).and_then(|person| Role::of(person.1));
    let may = match (name, role) {
        ("nobody", _) => return Expected::Unknown,
        ("task", _) => route.who.is_for_tasks(),
        (_, role) => role.is_some_and(|role| route.who.roles().contains(&role)),
    };
    let of_event = route.path.contains("{id}");
    match (may, of_event && !sees(name, of)) {
        (false, _) => Expected::Forbidden,
        (true, true) => Expected::NotThere,
        (true, false) => Expected::In,
    }
}

/// Who sees which county's event: by the accounts' areas alone.
fn sees(name: &str, of: &str) -> bool {
    let own = match name {
        "nobody" => "",
        "huzhu" | "weiyuan" | "post-hz" | "leader-hz" | "program-hz" | "task" => "互助",
        "minhe" | "post-mh" => "民和",
        _ => return true,
    };
    own == of
}

/// The lists of each account hold its own events, and count no others.
#[test]
fn lists_exports_and_feeds_are_of_ones_own_area() {
    let web = Web::start(crate::databases::sqlite(), "");
    run(async {
        let (huzhu, minhe) = web.furnish().await;
        let city = web.sign_in("city").await;
        web.dispatch(&city, &huzhu, "HZ-01").await;
        for (name, ..) in PEOPLE {
            let session = web.sign_in(name).await;
            for (collection, of_huzhu, of_minhe) in
                [("events", &huzhu, &minhe), ("fires", &"hz".to_string(), &"mh".to_string())]
            {
                let got = web.get(&session, &format!("/collections/{collection}/items")).await.json();
                let ids: Vec<&str> =
                    got["features"].as_array().expect("features").iter().filter_map(|f| f["id"].as_str()).collect();
                let expected: Vec<&str> = [(of_minhe, "民和"), (of_huzhu, "互助")]
                    .into_iter()
                    .filter(|(_, of)| sees(name, of) && (*of == "互助" || name != "post-mh"))
                    .map(|(id, _)| id.as_str())
                    .collect();
                assert_eq!(ids, expected, "{collection} of {name}");
                assert_eq!(got["numberMatched"], expected.len(), "{collection} of {name}");
                for format in ["csv", "kml"] {
                    let list = web.get(&session, &format!("/collections/{collection}/items?f={format}")).await;
                    assert_eq!(list.status, 200, "{}", list.text());
                    assert_eq!(
                        list.text().contains(of_minhe.as_str()),
                        expected.contains(&of_minhe.as_str()),
                        "{format} of {name}"
                    );
                }
            }
            let coverage = web.get(&session, "/collections/coverage/items?limit=1000").await.json();
            let counties = web.get(&session, "/collections/counties/items").await.json();
            for list in [&coverage, &counties] {
                let codes =
                    list["features"].as_array().expect("features").iter().map(|f| f["properties"]["adcode"].as_str());
                let others = codes.flatten().filter(|code| {
                    (*code == "630222") != (*code == "630223")
                        && !sees(name, if *code == "630222" { "民和" } else { "互助" })
                });
                assert_eq!(others.count(), 0, "{name}");
            }
        }
    });
}
