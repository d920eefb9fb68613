//! What was delivered is not kept word for word: of a link nothing from the moment on in which it was delivered, of all else nothing after a day.

use crate::databases::both;
use crate::delivery::run;
use sqlx::AnyPool;
use strawfire::deliver::sinks::Kind;
use strawfire::sealed::sha256;
use strawfire::site::Retention;
use strawfire::store::{Actor, DESK_KINDS, Filed, Settled, Status, Store, Task};
use strawfire::time::Utc;

const LINK: &str = "{\"link\":\"https://patrol.example/task#0123\"}";

fn filed(event: &str, kind: &str, body: &str, at: Utc) -> Filed {
    Filed {
        sink: "patrol".into(),
        event: event.into(),
        revision: 1,
        kind: kind.into(),
        due: at,
        seen: at,
        late: false,
        gauge: "{}".into(),
        body: body.into(),
    }
}

#[test]
fn what_was_delivered_is_not_kept_word_for_word() {
    for database in both() {
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let actor = Actor { who: "test".into(), origin: "here".into() };
            let now = Utc::parse("2025-10-20T06:00:00Z").expect("a time");
            let hours = |hours: f64| now.plus_seconds(3600.0 * hours).expect("a time");
            let all = [
                filed("e1", "dispatched", LINK, now),
                filed("e2", "new", "{\"place\":\"互助\"}", now),
                filed("e3", "dispatched", LINK, now),
                filed("e4", "new", "{\"place\":\"民和\"}", now),
                filed("e5", "new", "", now),
            ];
            let mut write = store.write().await.expect("a turn");
            write.file(&all, now).await.expect("filed");
            write.commit().await.expect("kept");
            let due = store.due("patrol", hours(1.0), 10).await.expect("read");
            let end = |event: &str, status: Status| {
                let row = due.iter().find(|row| row.filed.event == event).expect("due");
                (row, Settled { id: row.id, status, due: now, said: "200".into() })
            };
            let mut write = store.write().await.expect("a turn");
            let ends = [
                end("e1", Status::Sent),
                end("e2", Status::Sent),
                end("e3", Status::Dead),
                end("e4", Status::Dead),
                end("e5", Status::Dead),
            ];
            write.settle(&ends, hours(1.0), &actor).await.expect("settled");
            write.commit().await.expect("kept");
            sqlx::any::install_default_drivers();
            let pool = AnyPool::connect(&database.url).await.expect("connects");
            let kept = async |event: &str| -> (String, Option<String>) {
                let query =
                    sqlx::query_as("SELECT body, body_sha256 FROM outbox WHERE event = $1").bind(event.to_string());
                query.fetch_one(&pool).await.expect("there")
            };
            let blank = |body: &str| (String::new(), Some(sha256(body.as_bytes())));
            assert_eq!(kept("e1").await, blank(LINK), "a link goes when it was delivered");
            assert_eq!(kept("e2").await, (all[1].body.clone(), None), "all else stays a day");
            assert_eq!(kept("e3").await, (LINK.to_string(), None), "what was refused may be sent again");
            let keep = Retention { events_days: 730, dropped_days: 92 };
            store.retain(&keep, hours(24.0), &actor).await.expect("done");
            assert_eq!(kept("e2").await.1, None);
            store.retain(&keep, hours(25.5), &actor).await.expect("done");
            assert_eq!(kept("e2").await, blank(&all[1].body));
            assert_eq!((kept("e3").await, kept("e4").await), ((LINK.into(), None), (all[3].body.clone(), None)));
            // its number, receiver, time and what was said stay, and it is no dead letter that was never made
            let sent = store.rows(Status::Sent, 10).await.expect("read");
            let row = sent.iter().find(|row| row.filed.event == "e2").expect("there");
            assert_eq!((row.filed.sink.as_str(), row.settled, row.said.as_str()), ("patrol", Some(hours(1.0)), "200"));
            let mut write = store.write().await.expect("a turn");
            for row in &sent {
                assert!(write.unrendered(row.id).await.expect("read").is_none());
                assert_eq!(write.resend(row.id, now, &actor, "x").await.expect("asked"), None);
            }
            drop(write);
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}

fn task(event: &str, now: Utc) -> Task {
    Task {
        id: format!("t-{event}"),
        event: event.into(),
        post: "HZ-01".into(),
        phone: None,
        note: String::new(),
        made: now,
        expires: now.plus_seconds(3600.0 * 72.0).expect("a time"),
        opened: None,
        over: None,
    }
}

/// A link that nobody got lets in whoever finds it, as long as its task goes on: its text goes with that, or sooner where nobody is to get it. What the
/// desk says of a case goes with the rest of its kind.
#[test]
fn a_link_that_nobody_got_goes_with_its_task() {
    for database in both() {
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let actor = Actor { who: "test".into(), origin: "here".into() };
            let now = Utc::parse("2025-10-20T06:00:00Z").expect("a time");
            let hours = |hours: f64| now.plus_seconds(3600.0 * hours).expect("a time");
            let ends = [
                ("revoked", Status::Dead),
                ("replaced", Status::WrittenOff),
                ("expired", Status::Dead),
                ("late", Status::NoAlarm),
                ("merged", Status::Merged),
            ];
            let told = |event: &str| Kind::Dispatched.told_as(event);
            let mut all: Vec<Filed> =
                ends.iter().map(|&(event, _)| filed(&told(event), "dispatched", LINK, now)).collect();
            all.push(filed(&Kind::Changed.told_as("revoked"), "changed", "{\"said\":\"暂停\"}", now));
            let mut write = store.write().await.expect("a turn");
            for (event, _) in &ends {
                write.make_task(&task(event, now), event, now, &actor).await.expect("made");
            }
            write.file(&all, now).await.expect("filed");
            write.commit().await.expect("kept");
            let due = store.due("patrol", now, 10).await.expect("read");
            let end = |event: String, status: Status| {
                let row = due.iter().find(|row| row.filed.event == event).expect("due");
                (row, Settled { id: row.id, status, due: now, said: "x".into() })
            };
            let mut settled: Vec<_> = ends.iter().map(|&(event, status)| end(told(event), status)).collect();
            settled.push(end(Kind::Changed.told_as("revoked"), Status::Sent));
            let mut write = store.write().await.expect("a turn");
            write.settle(&settled, now, &actor).await.expect("settled");
            write.commit().await.expect("kept");
            sqlx::any::install_default_drivers();
            let pool = AnyPool::connect(&database.url).await.expect("connects");
            let kept = async |event: &str| -> bool {
                let query = sqlx::query_as("SELECT body, body_sha256 FROM outbox WHERE event = $1").bind(told(event));
                let (body, hash): (String, Option<String>) = query.fetch_one(&pool).await.expect("there");
                assert_eq!(hash, body.is_empty().then(|| sha256(LINK.as_bytes())), "{event}");
                !body.is_empty()
            };
            assert!(!kept("merged").await, "nobody is to get it");
            let keep = Retention { events_days: 730, dropped_days: 92 };
            store.retain(&keep, hours(2.0), &actor).await.expect("done");
            for event in ["revoked", "replaced", "expired", "late"] {
                assert!(kept(event).await, "{event}: its task goes on");
            }
            let mut write = store.write().await.expect("a turn");
            assert!(write.revoke_task(&task("revoked", now), hours(2.0), &actor).await.expect("asked"));
            let next = Task { id: "t-next".into(), ..task("replaced", hours(2.0)) };
            write.make_task(&next, "next", hours(2.0), &actor).await.expect("made");
            let row = due.iter().find(|row| row.filed.event == told("revoked")).expect("there");
            assert!(write.is_without_text(row.id).await.expect("read"), "and so it is not sent again");
            write.commit().await.expect("kept");
            assert!(!kept("revoked").await && !kept("replaced").await);
            store.retain(&keep, hours(25.0), &actor).await.expect("done");
            assert!(
                !kept("late").await && kept("expired").await,
                "a refused one may be sent again while its task goes on"
            );
            store.retain(&keep, hours(73.0), &actor).await.expect("done");
            assert!(!kept("expired").await);
            let shown = store.told_of(&[told("expired")]).await.expect("read");
            assert_eq!(shown[0].body_sha256, Some(sha256(LINK.as_bytes())));
            // all that the desk says of cases goes after the time of what has no event
            assert!(DESK_KINDS.iter().all(|kind| Kind::from_name(kind).is_some()));
            store.retain(&keep, hours(93.0 * 24.0), &actor).await.expect("done");
            let left: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM outbox").fetch_one(&pool).await.expect("read");
            assert_eq!(left, (0,));
        });
    }
}
