//! One sink's trouble is its own: what it cannot be told costs neither the look nor the other sinks, and a person finds it again.

use crate::common::python_with;
use crate::databases::{both, sqlite};
use crate::delivery::{at, clock, count, desk, file, http, list, rows, run, set_clock};
use crate::sinks::{Server, answering, event};
use crate::sinks_receiver::{received, receiver};
use std::time::Duration;
use strawfire::deliver::sinks::Kind;
use strawfire::fire::FireEvent;
use strawfire::store::{Actor, Filed, Status, Store};
use strawfire::time::Utc;

fn actor() -> Actor {
    Actor { who: "test".into(), origin: "here".into() }
}

/// The first line of `deliver list` with these words begins with the number of a notice.
fn number(listed: &str, words: &str) -> String {
    let line = listed.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words:?} in {listed}"));
    line.split(' ').next().expect("a number").to_string()
}

/// A template that does not fit, one that is not there, a secret and an authority that are not there: an import keeps what it found, the
/// good sink is told, and what could not be rendered is told when the template is mended.
#[test]
fn a_sink_that_cannot_work_costs_neither_the_look_nor_the_others() {
    for database in both() {
        let (out, bad_out) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (patrol, other) = (receiver(out.path(), &[]), receiver(bad_out.path(), &[]));
        let sinks = http("misspelled", &other.address, "template = 'misspelled.toml'")
            + &http("absent", &other.address, "template = 'absent.toml'")
            + &http("untrusted", &other.address, "ca_cert = 'absent.pem'")
            + &http("secretless", &other.address, "").replace("'secret'", "'absent'")
            + &http("patrol", &patrol.address, "");
        let desk = desk(&database.url, &sinks);
        std::fs::write(desk.path("misspelled.toml"), "body = '{{ event.countie|tojson }}'").expect("written");
        let fires = list(&desk, 3);
        desk.strawfire(&["import", "--format", "firms", &fires])
            .expect(0, &["共 3 处", "misspelled", "event.countie", "absent.toml", "dead letters"]);
        let delivered = desk.strawfire(&["deliver", "--once"]);
        delivered.expect(2, &["misspelled", "absent.toml", "absent.pem", "cannot be opened"]);
        assert_eq!(received(out.path()).len(), 3, "{}: {}", database.kind, delivered.log);
        desk.strawfire(&["deliver", "list"]).expect(
            0,
            &["misspelled dead 3", "absent dead 3", "secretless queued 3", "untrusted queued 3", "patrol sent 3"],
        );
        // still wrong: nothing is changed
        desk.strawfire(&["deliver", "resend", "--all"]).expect(2, &["event.countie"]);
        desk.strawfire(&["deliver", "list"]).expect(0, &["misspelled dead 3"]);
        std::fs::write(desk.path("misspelled.toml"), "body = '[{{ event.county|tojson }}]'").expect("written");
        let listed = desk.strawfire(&["deliver", "list"]).said;
        let mended = number(&listed, " misspelled ");
        desk.strawfire(&["deliver", "resend", &mended, &mended]).expect(0, &["waits to be sent again"]);
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let waiting = rows(&store, Status::Queued).await;
            let bodies: Vec<&str> = waiting
                .iter()
                .filter(|row| row.filed.sink == "misspelled")
                .map(|row| row.filed.body.as_str())
                .collect();
            assert_eq!(bodies.len(), 1);
            assert!(bodies[0].starts_with("[\"") && bodies[0].ends_with("\"]"), "{bodies:?}");
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
        let drop = number(&listed, " absent ");
        desk.strawfire(&["deliver", "drop", "--reason", "no such platform", &drop, &drop]).expect(0, &["1 notices"]);
    }
}

/// Whom nobody serves: said by the list and by a run, and written off by its numbers.
#[test]
fn what_waits_for_a_sink_that_is_no_more_is_named_and_can_be_dropped() {
    let database = sqlite();
    let out = tempfile::tempdir().expect("a folder");
    let receiver = receiver(out.path(), &[]);
    let mut desk =
        desk(&database.url, &(http("patrol", &receiver.address, "") + &http("old", "http://127.0.0.1:9", "")));
    let tomorrow = Utc::now().plus_seconds(86_400.0).expect("a time");
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["old"], 1..3, Utc::now()).await;
        let later = Filed { due: tomorrow, ..desk.filed("patrol", &event(7), Kind::New, 1, Utc::now()) };
        file(&store, &[later], Utc::now()).await;
    });
    // what waits for its time is no trouble, a sink that is down is
    desk.strawfire(&["deliver", "--once"])
        .expect(5, &["old: 2 notices that were due", "1 notices wait for their time"]);
    let without = http("patrol", &receiver.address, "");
    let fresh = crate::delivery::desk(&database.url, &without);
    desk.folder = fresh.folder;
    desk.site = fresh.site;
    desk.strawfire(&["deliver", "--once"]).expect(0, &["2 notices wait for old", "1 notices wait for their time"]);
    let listed = desk.strawfire(&["deliver", "list"]);
    listed.expect(0, &["old is no sink of site.toml", "put the sink back", "deliver drop", "not tried yet"]);
    listed.expect(0, &[&format!("patrol {} 1 new {}", event(7).id, tomorrow.beijing())]);
    let numbers: Vec<String> = (1..3).map(|n| number(&listed.said, &format!("old {} 1 new", event(n).id))).collect();
    let waiting = number(&listed.said, &format!("patrol {} 1 new", event(7).id));
    desk.strawfire(&["deliver", "drop", "--reason", "retired", &numbers[0], &numbers[1], &waiting])
        .expect(0, &["3 notices written off"]);
    desk.strawfire(&["deliver", "drop", "--reason", "again", &waiting]).expect(2, &["was written off already"]);
    desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
    assert!(!desk.strawfire(&["deliver", "list"]).said.contains(" queued 1"));
}

/// Those that were tried are listed, whatever waits before them.
#[test]
fn what_was_tried_is_listed_behind_a_thousand_that_were_not() {
    let database = sqlite();
    let desk = desk(&database.url, &http("patrol", "http://127.0.0.1:9", ""));
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["patrol"], 0..1002, Utc::now()).await;
        let last = rows(&store, Status::Queued).await.pop().expect("a row");
        let mut write = store.write().await.expect("a turn");
        write.note_attempt(&last, Utc::now()).await.expect("noted");
        write.commit().await.expect("kept");
    });
    let listed = desk.strawfire(&["deliver", "list"]);
    listed.expect(0, &["tried and waiting", "no answer is known", "these are the 1000 oldest"]);
    let line = listed.said.lines().find(|line| line.contains("no answer is known")).expect("listed");
    assert!(line.contains(&event(1001).id), "{line}");
}

/// A folder of a sink lies beside site.toml, wherever the program is started.
#[test]
fn a_folder_of_a_sink_is_beside_the_site() {
    let database = sqlite();
    let desk = desk(&database.url, "[[delivery.sinks]]\nname = 'drop'\nkind = 'folder'\nurl = 'out/notices'\n");
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["drop"], 1..2, Utc::now()).await;
    });
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut command = desk.command(&["deliver", "--once"]);
    let ended = command.current_dir(elsewhere.path()).output().expect("starts");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(std::fs::read_dir(desk.path("out/notices")).expect("there").count(), 1);
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("there").count(), 0);
}

/// The patrol is down, refuses, or was told of a later notice in place of the first: the chief hears of it after half an hour all the same.
#[test]
fn what_the_first_sink_did_not_take_is_escalated() {
    for database in both() {
        let chief_out = tempfile::tempdir().expect("a folder");
        let chief = receiver(chief_out.path(), &[]);
        let (refusing, _server) = run_server("HTTP/1.1 422 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let routes =
            "[[delivery.routes]]\nsinks = ['gone', 'refusing']\nescalate_after_min = 30\nescalate_to = ['chief']\n";
        let sinks = http("gone", "http://127.0.0.1:9", "") + &http("refusing", &refusing, "");
        let desk = desk(&database.url, &(sinks + &http("chief", &chief.address, "") + routes));
        let told =
            || std::fs::read_to_string(chief_out.path().join("received.jsonl")).map_or(0, |text| text.lines().count());
        let list = list(&desk, 2);
        desk.strawfire(&["import", "--format", "firms", &list]).expect(0, &["共 2 处"]);
        let queued = Utc::now();
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            // the one is known to a sink that is down alone, the other to one that refuses alone
            let all = rows(&store, Status::Queued).await;
            let mut write = store.write().await.expect("a turn");
            let first = all[0].filed.event.clone();
            for row in &all {
                if (row.filed.event == first) != (row.filed.sink == "gone") {
                    let reason = "for the test";
                    assert!(write.write_off(row.id, queued, &actor(), reason).await.expect("written off"));
                }
            }
            write.commit().await.expect("kept");
            for (minutes, escalated) in [(1.0, 0), (29.0, 0), (31.0, 2), (45.0, 2)] {
                set_clock(queued.plus_seconds(60.0 * minutes).expect("a time"));
                desk.once(&store).await;
                assert_eq!(told(), escalated, "{} after {minutes} min", database.kind);
            }
            assert_eq!(
                (count(&store, "gone", Status::Queued).await, count(&store, "refusing", Status::Dead).await),
                (1, 1)
            );
        });
    }
}

/// A server of these bytes on a thread of its own, as long as the value lives.
fn run_server(answer: &'static str) -> (String, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runs");
    let (address, _) = runtime.block_on(answering(answer, Duration::ZERO));
    (address, runtime)
}

/// A message for people that stands for three notices is refused: all three are dead letters, can be sent again, and then are told.
#[test]
fn a_refused_message_leaves_all_that_it_stood_for() {
    let Some(python) = python_with("aiosmtpd") else { return };
    for database in both() {
        let mails = tempfile::tempdir().expect("a folder");
        let server = Server::python(&python, "mail.py", &[&mails.path().display().to_string()]);
        let sink = |to: &str| {
            format!(
                "[[delivery.sinks]]\nname = 'mail'\nkind = 'smtp'\nurl = '{}'\nfrom = 'desk@a.example'\nto = ['{to}']\n",
                server.address
            )
        };
        let refused = desk(&database.url, &sink("nobody@c.example"));
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let now = at("2025-10-20T06:00:00Z");
            set_clock(now);
            let filed: Vec<Filed> = [(Kind::New, 1), (Kind::Updated, 2), (Kind::Updated, 3)]
                .map(|(kind, revision)| {
                    let grown = FireEvent { max_frp_mw: Some(100.0 + f64::from(revision)), ..event(1) };
                    refused.filed("mail", &grown, kind, revision, now)
                })
                .into();
            file(&store, &filed, now).await;
            refused.once(&store).await;
            let dead = rows(&store, Status::Dead).await;
            assert_eq!(dead.len(), 3, "{:?}", store.counts().await);
            assert!(dead[0].said.contains("refused together with revision 3") && dead[0].said.contains("550"));
        });
        let audit = refused.strawfire(&["audit", "show"]);
        assert!(!audit.said.contains("in its place"), "{}", audit.said);
        let mended = desk(&database.url, &sink("a@c.example"));
        mended.strawfire(&["deliver", "resend", "--all"]).expect(0, &["1: waits", "2: waits", "3: waits"]);
        mended.strawfire(&["deliver", "--once"]).expect(0, &[]);
        mended.strawfire(&["deliver", "list"]).expect(0, &["mail sent 1", "mail merged 2"]);
        assert_eq!(std::fs::read_dir(mails.path()).expect("a folder").count(), 1);
    }
}

/// Written off while the receiver had it and had not answered: it was told, and the audit says both.
#[tokio::test]
async fn what_was_written_off_on_its_way_and_taken_is_sent() {
    for database in both() {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\ntaken";
        let (address, met) = answering(ok, Duration::from_millis(1500)).await;
        let desk = desk(&database.url, &http("patrol", &address, ""));
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["patrol"], 1..2, Utc::now()).await;
        set_clock(Utc::now());
        let dropping = async {
            while met.lock().expect("not poisoned").is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let mut write = store.write().await.expect("a turn");
            assert!(write.write_off(1, Utc::now(), &actor(), "told by phone").await.expect("written off"));
            write.commit().await.expect("kept");
        };
        tokio::join!(desk.once(&store), dropping);
        let sent = rows(&store, Status::Sent).await;
        assert_eq!(sent.len(), 1, "{}: {:?}", database.kind, store.counts().await);
        assert!(sent[0].said.contains("taken") && sent[0].said.contains("told by phone"), "{}", sent[0].said);
        let audit = desk.strawfire(&["audit", "show"]);
        audit.expect(0, &["notice written_off", "notice sent", "written_off_meanwhile"]);
        assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
    }
}

/// 503 with a wait of ten minutes to one of many: the others, and what comes after, do not wait for it.
#[test]
fn a_wait_that_is_asked_for_one_notice_is_that_of_one() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let arguments =
        ["--log", &path("log"), "--fail", &path("fail"), "--refuse", &path("refuse"), "--retry-after", "600"];
    let server = Server::python(&python, "stumbling.py", &arguments);
    std::fs::write(path("fail"), event(0).id).expect("written");
    let database = sqlite();
    let desk = desk(&database.url, &http("patrol", &server.address, ""));
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["patrol"], 0..5, Utc::now()).await;
        let tried = async || rows(&store, Status::Queued).await.iter().any(|row| row.attempts > 0);
        desk.until(&store, async || count(&store, "patrol", Status::Sent).await == 4 && tried().await).await;
        let row = rows(&store, Status::Queued).await.pop().expect("waits");
        let wait = row.filed.due.seconds_since(Utc::now());
        assert!((590.0..601.0).contains(&wait), "{wait} s");
        desk.queue(&store, &["patrol"], 5..8, Utc::now()).await;
        let took = desk.until(&store, async || count(&store, "patrol", Status::Sent).await == 7).await;
        assert!(took < Duration::from_secs(5), "{took:?}");
    });
}

/// A platform that answers 200 and never says that it went well: thirty tries, then a person looks at it, and what came later is told.
#[test]
fn a_success_that_never_comes_holds_up_what_follows_for_a_time_only() {
    let database = sqlite();
    let (address, _server) = run_server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    let desk = desk(&database.url, &http("patrol", &address, "template = 'platform.toml'"));
    std::fs::write(desk.path("platform.toml"), "body = '1'\n[success]\ncontains = 'yes'").expect("written");
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        let start = at("2025-10-20T06:00:00Z");
        set_clock(start);
        let filed =
            [(Kind::New, 1), (Kind::Updated, 2)].map(|(kind, n)| desk.filed("patrol", &event(1), kind, n, start));
        file(&store, &filed, start).await;
        while count(&store, "patrol", Status::Dead).await == 0 {
            desk.once(&store).await;
            set_clock(clock().plus_seconds(300.0).expect("a time"));
            assert!(clock().seconds_since(start) < 3.0 * 3600.0);
        }
        let dead = rows(&store, Status::Dead).await;
        assert_eq!((dead[0].filed.revision, dead[0].attempts), (1, 30));
        assert!(dead[0].said.contains("without the [success]"), "{}", dead[0].said);
        desk.once(&store).await;
        let next = rows(&store, Status::Queued).await.pop().expect("the next");
        assert!(next.filed.revision == 2 && next.attempts > 0, "{next:?}");
    });
}

/// One of two recipients is never served: who has the mail gets it once in all the tries, over restarts; then it is sent, and the audit
/// says who did not get it.
#[test]
fn a_mailbox_that_stays_full_is_named_and_keeps_nothing_from_the_others() {
    let Some(python) = python_with("aiosmtpd") else { return };
    let mails = tempfile::tempdir().expect("a folder");
    let server = Server::python(&python, "mail.py", &[&mails.path().display().to_string()]);
    let database = sqlite();
    let sink = format!(
        "[[delivery.sinks]]\nname = 'mail'\nkind = 'smtp'\nurl = '{}'\nfrom = 'desk@a.example'\nto = ['a@b.example', 'later@b.example', 'nobody@b.example']\n",
        server.address
    );
    let desk = desk(&database.url, &sink);
    run(async {
        let start = at("2025-10-20T06:00:00Z");
        set_clock(start);
        let store = Store::open(&database.url).await.expect("opens");
        desk.queue(&store, &["mail"], 1..3, start).await;
        store.close().await;
        for _ in 0..40 {
            // another process each time
            let store = Store::open(&database.url).await.expect("opens");
            desk.once(&store).await;
            set_clock(clock().plus_seconds(300.0).expect("a time"));
            store.close().await;
        }
        let store = Store::open(&database.url).await.expect("opens");
        let sent = rows(&store, Status::Sent).await;
        assert_eq!((sent.len(), sent[0].attempts), (2, 30));
        for word in ["no more tries", "later@b.example", "nobody@b.example"] {
            assert!(sent[0].said.contains(word), "{word}: {}", sent[0].said);
        }
    });
    assert_eq!(std::fs::read_dir(mails.path()).expect("a folder").count(), 1, "one mail, once");
    desk.strawfire(&["audit", "show"]).expect(0, &["notice sent", "later@b.example"]);
}
