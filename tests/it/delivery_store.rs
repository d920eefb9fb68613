//! A store that cannot be written while the deliverer runs: nobody is told the same again and again, and nothing is lost.

use crate::common::{SmallDisk, python_with};
use crate::databases::both;
use crate::delivery::{Desk, count, desk, http, run};
use crate::sinks::{Server, event};
use crate::sinks_receiver::receiver;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use strawfire::deliver::sinks::Kind;
use strawfire::store::{Actor, Filed, Status, Store};
use strawfire::time::Utc;

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn start(desk: &Desk) -> Child {
    desk.command(&["deliver"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts")
}

async fn sent(url: &str, sink: &str) -> i64 {
    let store = Store::open(url).await.expect("opens");
    let sent = count(&store, sink, Status::Sent).await;
    store.close().await;
    sent
}

/// The disk is full when the answer comes; half a minute later there is room again.
fn told_once(desk: &Desk, url: &str, small: &SmallDisk, folder: &Path, sink: &str, told: impl Fn() -> u64) {
    run(async {
        let store = Store::open(url).await.expect("opens");
        desk.queue(&store, &[sink], 0..4, Utc::now()).await;
        store.close().await;
    });
    let mut child = start(desk);
    wait_until("told", || told() > 0);
    small.fill();
    // the answer comes, and cannot be kept; the store is opened again twice meanwhile
    std::thread::sleep(Duration::from_secs(20));
    let once = told();
    std::fs::remove_file(folder.join("filler")).expect("removed");
    wait_until("kept", || run(sent(url, sink)) == 4);
    assert_eq!(told(), once, "told again while the store could not be written");
    crate::delivery_trouble::terminate(&mut child, Duration::from_secs(8));
}

fn small_store(folder: &Path) -> Option<(SmallDisk, String)> {
    let small = SmallDisk::at(folder, 4 << 20)?;
    Some((small, format!("sqlite://{}", folder.join("strawfire.db").display())))
}

#[test]
fn a_full_disk_makes_nobody_hear_the_same_push_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("disk");
    let Some((small, url)) = small_store(&at) else { return };
    let out = tempfile::tempdir().expect("a folder");
    let receiver = receiver(out.path(), &["--stall-share", "1", "--stall-s", "2"]);
    let desk = desk(&url, &http("patrol", &receiver.address, "").replace("timeout_s = 2", "timeout_s = 20"));
    let requests = || {
        let stats = run(async {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let got = reqwest::get(format!("{}/stats", receiver.address)).await.expect("answers");
            got.json::<serde_json::Value>().await.expect("JSON")
        });
        let of = |name: &str| stats[name].as_u64().unwrap_or(0);
        of("accepted") + of("duplicates") + stats["troubles"]["stall"].as_u64().unwrap_or(0)
    };
    told_once(&desk, &url, &small, &at, "patrol", requests);
}

#[test]
fn a_full_disk_makes_nobody_get_the_same_mail_again() {
    let Some(python) = python_with("aiosmtpd") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("disk");
    let Some((small, url)) = small_store(&at) else { return };
    let mails = tempfile::tempdir().expect("a folder");
    std::fs::write(mails.path().join("slow"), "").expect("written");
    let server = Server::python(&python, "mail.py", &[&mails.path().display().to_string()]);
    let sink = format!(
        "[[delivery.sinks]]\nname = 'mail'\nkind = 'smtp'\nurl = '{}'\nfrom = 'desk@a.example'\nto = ['b@c.example']\n",
        server.address
    );
    let desk = desk(&url, &sink);
    let count = || {
        let names = std::fs::read_dir(mails.path()).expect("a folder");
        names.filter(|entry| entry.as_ref().expect("an entry").path().extension().is_some()).count() as u64
    };
    told_once(&desk, &url, &small, &at, "mail", count);
    assert_eq!(count(), 1);
}

/// What the desk said and nobody could render has no text, and is made anew by nobody: it is not sent again as an empty one, and holds up no other.
#[test]
fn a_notice_without_a_text_is_not_sent_again() {
    for database in both() {
        let desk = desk(&database.url, &http("patrol", "http://127.0.0.1:9", ""));
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let (now, actor) = (Utc::now(), Actor { who: "test".into(), origin: "here".into() });
            let whole = desk.filed("patrol", &event(1), Kind::New, 1, now);
            let empty = Filed {
                event: Kind::Changed.told_as(&event(2).id),
                kind: Kind::Changed.name().into(),
                body: String::new(),
                ..whole.clone()
            };
            let mut write = store.write().await.expect("a turn");
            let broken = [(empty, "no such template".to_string()), (whole, "422".to_string())];
            write.file_broken(&broken, now, &actor).await.expect("filed");
            write.commit().await.expect("kept");
            store.close().await;
        });
        desk.strawfire(&["deliver", "resend", "1"]).expect(2, &["1, of which no text is kept", "deliver drop"]);
        desk.strawfire(&["deliver", "list"]).expect(0, &["patrol dead 2"]);
        desk.strawfire(&["deliver", "resend", "--all"]).expect(0, &["1: left as it is", "2: waits to be sent again"]);
        desk.strawfire(&["deliver", "list"]).expect(0, &["patrol dead 1", "patrol queued 1"]);
    }
}
