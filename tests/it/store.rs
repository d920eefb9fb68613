//! The store on real databases: what it takes it keeps, once, whole, in whatever order it comes.

use crate::databases::{Database, both, sqlite};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use strawfire::fire::{FireEvent, FirePixel};
use strawfire::fuse::{Local, fuse};
use strawfire::place::LonLat;
use strawfire::site::Retention;
use strawfire::store::{Acknowledged, Actor, CountySeen, Filed, Overpass, Settled, Status, Store, Taken};
use strawfire::thresholds::FuseThresholds;
use strawfire::time::Utc;

const NOWHERE: Local = Local { county_of: &|_| None, assign: &|_| () };

fn actor() -> Actor {
    Actor { who: "test".into(), origin: "here".into() }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runs");
    runtime.block_on(work)
}

/// So many minutes after 2025-10-20 05:30 UTC.
fn time(minutes: f64) -> Utc {
    Utc::parse("2025-10-20T05:30:00Z").and_then(|start| start.plus_seconds(60.0 * minutes)).expect("a time")
}

/// A VIIRS fire so many metres north of a place in Haidong.
fn fire(granule: &str, name: &str, minutes: f64, north_m: f64) -> FirePixel {
    let place = LonLat::new(102.4, 36.4).and_then(|place| place.moved_m(0.0, north_m)).expect("a place");
    let pixel = FirePixel::bare(format!("{granule}-{name}"), time(minutes), place);
    FirePixel {
        satellite: "NOAA-20".into(),
        sensor: "VIIRS".into(),
        granule: granule.into(),
        frp_mw: Some(5.123_456_789),
        position_error_m: Some(160.0),
        ..pixel
    }
}

fn look<'a>(name: &'a str, minutes: f64, missing: f64, fires: &[FirePixel]) -> Overpass<'a> {
    Overpass {
        name,
        granules: vec![name.to_string()],
        time: time(minutes),
        satellite: "NOAA-20",
        sensor: "VIIRS",
        simulated: false,
        counties: vec![CountySeen { adcode: "630222".into(), observed: 1.0 - missing, cloud: 0.0, missing }],
        report: "{}".into(),
        fires: fires.to_vec(),
        whole: true,
    }
}

async fn take(store: &Store, overpass: &Overpass<'_>) -> Taken {
    let mut write = store.write().await.expect("a turn");
    let taken =
        write.take(overpass, time(1000.0), &actor(), &FuseThresholds::default(), &NOWHERE).await.expect("taken");
    write.commit().await.expect("kept");
    taken
}

async fn open_events(store: &Store) -> Vec<FireEvent> {
    let all = store.events_since(time(-1e6)).await.expect("read");
    all.into_iter().filter(|stored| stored.open).map(|stored| stored.event).collect()
}

/// Members of the open events, whatever their ids.
async fn grouped(store: &Store) -> BTreeSet<Vec<String>> {
    open_events(store).await.into_iter().map(|event| event.members).collect()
}

/// A season in small: looks in any order, some twice, in two databases, are the events of all at once. Places and times by a fixed
/// recurrence: some near each other, some far, over two weeks.
#[test]
fn looks_in_any_order_are_the_events_of_all_at_once() {
    let mut state = 20_251_129_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let names: Vec<String> = (0..60).map(|n| format!("G{n}")).collect();
    let looks: Vec<(&String, f64, Vec<FirePixel>)> = names
        .iter()
        .map(|name| {
            let minutes = random(14 * 1440) as f64;
            let fires = (0..random(6)).map(|n| fire(name, &n.to_string(), minutes, 400.0 * random(50) as f64));
            (name, minutes, fires.collect())
        })
        .collect();
    let all: Vec<FirePixel> = looks.iter().flat_map(|(_, _, fires)| fires.clone()).collect();
    let expected: BTreeSet<Vec<String>> =
        fuse(&all, &FuseThresholds::default(), |_| None).into_iter().map(|event| event.members).collect();
    assert!(expected.len() > 20 && expected.iter().any(|members| members.len() > 3), "{expected:?}");
    for database in both() {
        let mut order: Vec<usize> = (0..looks.len()).chain(0..10).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, random(at as u64 + 1) as usize);
        }
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            for at in order {
                let (name, minutes, fires) = &looks[at];
                take(&store, &look(name, *minutes, 0.0, fires)).await;
            }
            assert_eq!(grouped(&store).await, expected, "{}", database.kind);
            let events = open_events(&store).await;
            let fused: BTreeMap<Vec<String>, FireEvent> = fuse(&all, &FuseThresholds::default(), |_| None)
                .into_iter()
                .map(|event| (event.members.clone(), event))
                .collect();
            for event in events {
                let alone = &fused[&event.members];
                assert_eq!(
                    (event.place, event.max_frp_mw, event.last_seen),
                    (alone.place, alone.max_frp_mw, alone.last_seen)
                );
            }
            let verified = store.verify_audit(None).await.expect("read");
            assert_eq!(verified.broken, None);
        });
    }
}

/// The same look again changes nothing; one with another result replaces what it gave, but not when it saw less of the ground.
#[test]
fn a_look_again_replaces_only_what_it_saw() {
    for database in both() {
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let (a, b) = (fire("G", "a", 0.0, 0.0), fire("G", "b", 0.0, 9000.0));
            let first = take(&store, &look("G", 0.0, 0.1, &[a.clone(), b.clone()])).await;
            assert_eq!((first.changed.len(), first.events.len()), (2, 2));
            let again = take(&store, &look("G", 0.0, 0.1, &[a.clone(), b.clone()])).await;
            assert_eq!((again.changed.len(), again.events.len()), (0, 2), "{}", database.kind);
            let less = take(&store, &look("G", 0.0, 0.9, std::slice::from_ref(&a))).await;
            assert!(less.saw_less && less.changed.is_empty());
            assert_eq!(open_events(&store).await.len(), 2, "what was known stays");
            let better = take(&store, &look("G", 0.0, 0.0, std::slice::from_ref(&a))).await;
            assert_eq!(better.changed.len(), 1, "the other one is shown no longer");
            assert_eq!(grouped(&store).await, BTreeSet::from([vec![a.id.clone()]]));
            let closed = store.events_since(time(-1e6)).await.expect("read").into_iter().find(|stored| !stored.open);
            assert_eq!(closed.expect("one").event.members, std::slice::from_ref(&b.id));
        });
    }
}

/// A transaction that does not end leaves nothing: neither look nor detection, event, notice or line of the audit.
#[test]
fn what_is_not_committed_is_not_there() {
    for database in both() {
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let mut write = store.write().await.expect("a turn");
            let overpass = look("G", 0.0, 0.0, &[fire("G", "a", 0.0, 0.0)]);
            write.take(&overpass, time(0.0), &actor(), &FuseThresholds::default(), &NOWHERE).await.expect("taken");
            write.file(&[notice("patrol", "e", 1)], time(0.0)).await.expect("queued");
            drop(write);
            assert!(open_events(&store).await.is_empty());
            assert!(store.due("patrol", time(9.0), 9).await.expect("read").is_empty());
            assert_eq!(store.verify_audit(None).await.expect("read").lines, 0);
        });
    }
}

fn notice(sink: &str, event: &str, revision: i64) -> Filed {
    Filed {
        sink: sink.into(),
        event: event.into(),
        revision,
        kind: if revision == 1 { "new" } else { "updated" }.into(),
        due: time(0.0),
        seen: time(0.0),
        late: false,
        gauge: "{}".into(),
        body: format!("{event} {revision} \u{706b}"),
    }
}

async fn settle(store: &Store, sink: &str, status: Status, due: Utc) -> Vec<i64> {
    let rows = store.due(sink, time(5.0), 100).await.expect("read");
    let settled: Vec<_> =
        rows.iter().map(|row| (row, Settled { id: row.id, status, due, said: "said".into() })).collect();
    let mut write = store.write().await.expect("a turn");
    write.settle(&settled, time(5.0), &actor()).await.expect("settled");
    write.commit().await.expect("kept");
    rows.iter().map(|row| row.filed.revision).collect()
}

/// Of one event a sink gets one revision after the other; a refused one holds up neither others nor what follows, and is never sent
/// over a newer one.
#[test]
fn notices_of_an_event_keep_their_order() {
    for database in both() {
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let mut write = store.write().await.expect("a turn");
            let all = [notice("a", "e", 1), notice("a", "e", 2), notice("a", "f", 1), notice("b", "e", 1)];
            assert_eq!(write.file(&all, time(0.0)).await.expect("queued"), 4);
            assert_eq!(write.file(&all[..1], time(0.0)).await.expect("queued"), 0, "each once");
            write.commit().await.expect("kept");
            assert_eq!(settle(&store, "a", Status::Dead, time(5.0)).await, [1, 1]);
            assert_eq!(settle(&store, "a", Status::Sent, time(5.0)).await, [2]);
            assert!(settle(&store, "a", Status::Sent, time(5.0)).await.is_empty());
            let dead = store.rows(Status::Dead, 9).await.expect("read");
            assert_eq!(dead.iter().map(|row| row.filed.event.as_str()).collect::<Vec<_>>(), ["e", "f"]);
            let mut write = store.write().await.expect("a turn");
            let resent = write.resend(dead[0].id, time(5.0), &actor(), "again").await.expect("asked");
            assert_eq!(resent, Some(Status::WrittenOff), "revision 2 is there already");
            let resent = write.resend(dead[1].id, time(5.0), &actor(), "again").await.expect("asked");
            assert_eq!(resent, Some(Status::Queued));
            assert!(!write.write_off(9999, time(6.0), &actor(), "x").await.expect("asked"));
            write.commit().await.expect("kept");
            // a wait that a clock set back makes longer than any is none
            assert_eq!(settle(&store, "a", Status::Queued, time(65.0)).await, [1]);
            assert_eq!(settle(&store, "a", Status::Sent, time(5.0)).await, [1], "{}", database.kind);
            assert_eq!(settle(&store, "b", Status::Queued, time(10.0)).await, [1]);
            assert!(settle(&store, "b", Status::Sent, time(5.0)).await.is_empty(), "it waits five minutes");
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}

/// Every way to change the audit by hand, done with the database's own SQL, is found, and where.
#[test]
fn changes_of_the_audit_are_found() {
    for database in both() {
        let changes = [
            ("UPDATE audit SET detail = '{\"n\":99}' WHERE seq = 5", 5),
            ("UPDATE audit SET who = 'x' WHERE seq = 1", 1),
            ("UPDATE audit SET at_us = at_us + 1 WHERE seq = 10", 10),
            ("DELETE FROM audit WHERE seq = 4", 4),
            ("DELETE FROM audit WHERE seq = 1", 1),
            ("UPDATE audit SET seq = CASE seq WHEN 3 THEN 1003 WHEN 4 THEN 3 END WHERE seq IN (3, 4)", 3),
            ("DELETE FROM audit WHERE seq > 8", 9),
            (
                "INSERT INTO audit SELECT 0, at_us, who, origin, action, record, detail, previous, hash FROM audit WHERE seq = 1",
                0,
            ),
        ];
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let mut write = store.write().await.expect("a turn");
            for n in 1..=10 {
                write.audit(time(0.0), &actor(), "act", "record", &json!({ "n": n })).await.expect("added");
            }
            write.commit().await.expect("kept");
            let head = store.verify_audit(None).await.expect("read");
            assert_eq!((head.lines, head.broken.clone()), (10, None));
            sqlx::any::install_default_drivers();
            for (change, line) in changes {
                let pool = sqlx::AnyPool::connect(&database.url).await.expect("connects");
                sqlx::query("CREATE TABLE saved AS SELECT * FROM audit").execute(&pool).await.expect("saved");
                sqlx::query(change).execute(&pool).await.expect("changed");
                let found = store.verify_audit(Some((10, &head.head))).await.expect("read").broken;
                assert_eq!(found.expect(change).seq, line, "{}: {change}", database.kind);
                for back in ["DELETE FROM audit", "INSERT INTO audit SELECT * FROM saved", "DROP TABLE saved"] {
                    sqlx::query(back).execute(&pool).await.expect("put back");
                }
                pool.close().await;
            }
            assert_eq!(store.verify_audit(Some((10, &head.head))).await.expect("read").broken, None);
        });
    }
}

/// Out of one database into the other and back: the same lines.
#[test]
fn a_backup_is_the_same_out_of_either_database() {
    let databases = both();
    let backup = |database: &Database| {
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let mut lines = Vec::new();
            store
                .backup(|line| {
                    lines.push(line.to_string());
                    Ok(())
                })
                .await
                .expect("written");
            lines
        })
    };
    run(async {
        let store = Store::open(&databases[0].url).await.expect("opens");
        take(&store, &look("G", 0.0, 0.25, &[fire("G", "a", 0.0, 0.0), fire("G", "b", 0.0, 9000.0)])).await;
        let mut write = store.write().await.expect("a turn");
        write.file(&[notice("a", "e", 1), notice("b", "e", 1)], time(0.0)).await.expect("queued");
        write.commit().await.expect("kept");
        settle(&store, "a", Status::Sent, time(0.0)).await;
    });
    let lines = backup(&databases[0]);
    assert!(lines.len() > 12, "{lines:#?}");
    let path = databases[0].folder.path().join("backup");
    let restore = |text: &str, database: &Database| {
        std::fs::write(&path, text).expect("written");
        run(async {
            let restored = Store::restore(&database.url, &path, time(2000.0), &actor()).await;
            restored.map(|restored| restored.rows).map_err(|error| error.to_string())
        })
    };
    let other = databases.get(1).map_or_else(sqlite, |_| crate::databases::postgres().expect("again"));
    let whole = lines.join("\n");
    let changed = whole.replacen("5.123456789", "6.123456789", 1);
    assert_ne!(changed, whole);
    let head: serde_json::Value = serde_json::from_str(whole.lines().next().expect("a head")).expect("JSON");
    let newest = format!("\"schema\":{}", head["schema"]);
    for (damaged, said) in [
        (lines[..lines.len() - 1].join("\n"), "cut off"),
        (changed, "not those that were written"),
        ("{}".to_string(), "no head"),
        (String::new(), "no head"),
        (whole.replacen(&newest, "\"schema\":99", 1), "schema 99"),
    ] {
        let error = restore(&damaged, &other).expect_err("refused");
        assert!(error.contains(said) && error.contains("backup"), "{error}");
    }
    assert_eq!(restore(&whole, &other).expect("restored"), lines.len() as u64 - 2);
    // all but the line that says so, the numbers of events, and where they begin
    let kept = |lines: Vec<String>| -> Vec<Value> {
        let all = lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let mut kept: Vec<Value> =
            all.filter(|line| line["row"]["action"] != "restore" && line["row"]["name"] != "revisions").collect();
        kept.pop().expect("a foot");
        for line in kept.iter_mut().filter(|line| line["table"] == "events") {
            line["row"].as_object_mut().expect("a row").remove("revision").expect("a number");
        }
        kept
    };
    let restored = backup(&other);
    assert_eq!(restored.len(), lines.len() + 2);
    assert_eq!(kept(restored), kept(lines));
    let error = restore(&whole, &other).expect_err("refused");
    assert!(error.contains("nothing is written over"), "{error}");
}

/// Old events go; an open case, and what is not told yet, stays whatever its age.
#[test]
fn open_cases_are_kept_for_ever() {
    for database in both() {
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let fires = ["open", "seen to", "untold"].map(|name| {
                fire(
                    name,
                    "a",
                    0.0,
                    match name {
                        "open" => 0.0,
                        "untold" => 9e3,
                        _ => 2e4,
                    },
                )
            });
            for fire in &fires {
                take(&store, &look(&fire.granule, 0.0, 0.0, std::slice::from_ref(fire))).await;
            }
            let events = open_events(&store).await;
            let id = |at: usize| {
                events.iter().find(|event| event.members == [fires[at].id.clone()]).expect("there").id.clone()
            };
            let mut write = store.write().await.expect("a turn");
            write.file(&[notice("a", &id(2), 1)], time(0.0)).await.expect("queued");
            for event in [id(1), id(2)] {
                assert_eq!(write.acknowledge(&event, time(1.0), &actor()).await.expect("asked"), Acknowledged::Now);
            }
            let again = write.acknowledge(&id(1), time(2.0), &actor()).await.expect("asked");
            assert_eq!(again, Acknowledged::Before(time(1.0)));
            assert_eq!(write.acknowledge("no such", time(1.0), &actor()).await.expect("asked"), Acknowledged::Unknown);
            write.commit().await.expect("kept");
            let keep = Retention { events_days: 30, dropped_days: 30 };
            let gone = store.retain(&keep, time(29.0 * 1440.0), &actor()).await.expect("done");
            assert_eq!(gone, [0, 0, 0, 0], "nothing is old yet");
            let gone = store.retain(&keep, time(31.0 * 1440.0), &actor()).await.expect("done");
            assert_eq!(gone, [1, 1, 3, 0], "{}", database.kind);
            let left: Vec<String> = open_events(&store).await.into_iter().map(|event| event.id).collect();
            assert_eq!(BTreeSet::from_iter(left), BTreeSet::from([id(0), id(2)]));
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}

/// A store of a later version is not touched; several programs that open a new one at once make it once; what is no store is told.
#[test]
fn stores_are_opened_only_by_who_knows_them() {
    for database in both() {
        run(async {
            let opened = futures_join((0..4).map(|_| Store::open(&database.url)).collect()).await;
            for store in opened {
                store.expect("opens").close().await;
            }
            sqlx::any::install_default_drivers();
            let pool = sqlx::AnyPool::connect(&database.url).await.expect("connects");
            sqlx::query("INSERT INTO schemas VALUES (99, 'later')").execute(&pool).await.expect("put");
            pool.close().await;
            let error = Store::open(&database.url).await.map(|_| ()).expect_err("refused").to_string();
            assert!(error.contains("schema 99") && error.contains("later version"), "{error}");
        });
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("x.db"),
        "this is no database, but a text that is long enough to be one, twice over",
    )
    .expect("written");
    for (url, said) in [
        (format!("sqlite://{}", folder.path().join("x.db").display()), "damaged or no store"),
        ("postgres://sf:geheim@127.0.0.1:1/x".to_string(), "start the server"),
        ("mysql://x".to_string(), "sqlite:///absolute"),
    ] {
        let error = run(Store::open(&url)).map(|_| ()).expect_err("refused").to_string();
        assert!(error.contains(said) && !error.contains("geheim"), "{error}");
    }
}

async fn futures_join<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    futures_util::future::join_all(all).await
}

/// While looks come in, one after the other, a backup is of one moment: restored, its audit is whole, and every event has its detections.
#[test]
fn a_backup_while_others_write_is_of_one_moment() {
    for database in both() {
        let url = database.url.clone();
        let enough = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let told = std::sync::Arc::clone(&enough);
        let writer = std::thread::spawn(move || {
            run(async {
                let store = Store::open(&url).await.expect("opens");
                // until enough was seen of it, however busy the machine is
                for n in (0..2000).take_while(|_| !told.load(std::sync::atomic::Ordering::Relaxed)) {
                    let name = format!("G{n}");
                    let fires = ["a", "b"].map(|which| fire(&name, which, f64::from(n), 700.0 * f64::from(n % 40)));
                    take(&store, &look(&name, f64::from(n), 0.0, &fires)).await;
                }
            });
        });
        let path = database.folder.path().join("backup");
        let other = sqlite();
        let mut sizes = BTreeSet::new();
        while !writer.is_finished() && sizes.len() < 6 {
            let mut text = String::new();
            run(async {
                let store = Store::open(&database.url).await.expect("opens");
                store
                    .backup(|line| {
                        text += line;
                        text.push('\n');
                        Ok(())
                    })
                    .await
                    .expect("written");
            });
            std::fs::write(&path, &text).expect("written");
            let of = |table: &str| text.matches(&format!("{{\"table\":\"{table}\"")).count();
            // every look has its line of the audit, its coverage and its two detections, each of which counts in one event
            assert_eq!((of("coverage"), of("fires"), of("members")), (of("looks"), 2 * of("looks"), 2 * of("looks")));
            sizes.insert(of("looks"));
        }
        enough.store(true, std::sync::atomic::Ordering::Relaxed);
        writer.join().expect("wrote");
        assert!(sizes.len() > 2, "{}: {sizes:?}", database.kind);
        run(async {
            let restored = Store::restore(&other.url, &path, time(2000.0), &actor()).await.expect("restored");
            assert_eq!(restored.broken, None);
            assert_eq!(restored.store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}
