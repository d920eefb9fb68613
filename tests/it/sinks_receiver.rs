//! `strawfire receiver`, and a sender that meets its troubles.

use crate::common::project;
use crate::sinks::{Opened, SECRET, Server, event, is_accepted, is_again, is_refused, letter, letter_of, open, said};
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use strawfire::deliver::sinks::{Kind, Letter};
use strawfire::time::Utc;

pub fn receiver(out: &Path, more: &[&str]) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    command.args(["receiver", "--listen", "127.0.0.1:0", "--secret-env", "PATROL_SECRET", "--out"]).arg(out);
    Server::start(command.args(more).env("PATROL_SECRET", SECRET))
}

fn sink(address: &str) -> Opened {
    open(&format!("kind = 'http'\nurl = '{address}/hotspots'\nSECRET\ntimeout_s = 5\n"), true).expect("opened")
}

pub fn received(out: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(out.join("received.jsonl")).expect("a list");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn get(url: &str) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::get(url).await.expect("answers").json().await.expect("JSON")
}

/// Sends until it is accepted.
async fn insist(sink: &Opened, letter: &Letter) -> u32 {
    for tries in 1..200 {
        if is_accepted(&sink.sink.send(std::slice::from_ref(letter), Utc::now()).await) {
            return tries;
        }
    }
    panic!("never accepted");
}

#[tokio::test]
async fn a_receiver_keeps_once_refuses_what_is_wrong_and_remembers() {
    let out = tempfile::tempdir().expect("a folder");
    let mut server = receiver(out.path(), &[]);
    let sink_of = sink(&server.address);
    let first = letter(&sink_of.config, 1);
    for word in ["accepted", "duplicate"] {
        let answer = sink_of.sink.send(std::slice::from_ref(&first), Utc::now()).await;
        assert!(is_accepted(&answer) && said(&answer).contains(word), "{answer:?}");
    }
    // the same key with another body
    let mut changed = letter_of(&sink_of.config, &event(1), Kind::Updated, 1, false);
    changed.key = first.key.clone();
    let answer = sink_of.sink.send(&[changed], Utc::now()).await;
    assert!(is_refused(&answer) && said(&answer).contains("409"), "{answer:?}");
    // another key than the id, no CloudEvent, another secret
    let mut other = letter(&sink_of.config, 2);
    other.key = "x:1".into();
    assert!(is_refused(&sink_of.sink.send(&[other], Utc::now()).await));
    let mut plain = letter(&sink_of.config, 2);
    plain.body = "{}".into();
    assert!(is_refused(&sink_of.sink.send(&[plain], Utc::now()).await));
    let unsigned = open(&format!("kind = 'http'\nurl = '{}'\n", server.address), true).expect("opened");
    assert!(is_refused(&unsigned.push(3).await));
    let wrong = open(&format!("kind = 'http'\nurl = '{}'\nsecret_env = 'CARGO_MANIFEST_DIR'", server.address), true);
    let answer = wrong.expect("opened").push(3).await;
    assert!(is_refused(&answer) && said(&answer).contains("wrong signature"), "{answer:?}");
    let stats = get(&format!("{}/stats", server.address)).await;
    assert_eq!((&stats["accepted"], &stats["duplicates"]), (&1.into(), &1.into()), "{stats}");
    assert_eq!(stats["refused"].as_object().expect("reasons").len(), 5, "{stats}");
    assert_eq!(get(&format!("{}/healthz", server.address)).await["status"], "ok");
    let kept = received(out.path());
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0]["key"], &kept[0]["type"]), (&"0000000000000001:1".into(), &"strawfire.event.new".into()));
    assert_eq!(kept[0]["body"], serde_json::from_str::<Value>(&first.body).expect("JSON"));
    // it ends cleanly, and knows the key when it is started again
    let killed = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().expect("kill runs");
    assert!(killed.success() && server.wait().success());
    let server = receiver(out.path(), &[]);
    let answer = sink(&server.address).sink.send(&[first], Utc::now()).await;
    assert!(is_accepted(&answer) && said(&answer).contains("duplicate"), "{answer:?}");
    assert_eq!(received(out.path()).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_troubles_at_once_lose_nothing_and_tell_nothing_twice() {
    let out = tempfile::tempdir().expect("a folder");
    let shares = "--fail-share 0.1 --busy-share 0.1 --drop-share 0.1 --twice-share 0.2 --stall-share 0.05 --stall-s 0.2 --seed 3";
    let server = receiver(out.path(), &shares.split(' ').collect::<Vec<_>>());
    let sink = sink(&server.address);
    let mut tries = 0;
    for n in 0..200 {
        tries += insist(&sink, &letter(&sink.config, n)).await;
    }
    assert!(tries > 280, "half of the requests meet trouble: {tries}");
    let kept = received(out.path());
    let keys: HashSet<&str> = kept.iter().filter_map(|line| line["key"].as_str()).collect();
    assert_eq!((kept.len(), keys.len()), (200, 200));
    let stats = get(&format!("{}/stats", server.address)).await;
    for trouble in ["fail", "busy", "drop", "twice", "stall"] {
        assert!(stats["troubles"][trouble].as_u64().is_some_and(|n| n > 0), "{stats}");
    }
    assert!(stats["duplicates"].as_u64().is_some_and(|n| n > 20), "{stats}");
}

#[tokio::test]
async fn a_receiver_that_is_down_or_busy_says_when_to_come_again() {
    let out = tempfile::tempdir().expect("a folder");
    let down = out.path().join("down");
    std::fs::write(&down, "").expect("written");
    let server = receiver(out.path(), &["--down-file", &down.display().to_string()]);
    let sink_of = sink(&server.address);
    let answer = sink_of.push(1).await;
    assert!(is_again(&answer) && said(&answer).contains("503"), "{answer:?}");
    std::fs::remove_file(&down).expect("removed");
    assert!(is_accepted(&sink_of.push(1).await));
    let server = receiver(out.path(), &["--busy-share", "1"]);
    let answer = sink(&server.address).push(2).await;
    let second = Some(Duration::from_secs(1));
    assert!(matches!(answer, strawfire::deliver::sinks::Answer::Again { after, .. } if after == second), "{answer:?}");
}

/// The sender of this test shares the machine with the receiver, so that the figure is of both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_is_fast() {
    let out = tempfile::tempdir().expect("a folder");
    let server = receiver(out.path(), &[]);
    let sink = std::sync::Arc::new(sink(&server.address));
    let letters: Vec<Letter> = (0..3000).map(|n| letter(&sink.config, n)).collect();
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for part in letters.chunks(letters.len().div_ceil(16)) {
        let (sink, part) = (std::sync::Arc::clone(&sink), part.to_vec());
        tasks.spawn(async move {
            for letter in part {
                assert!(is_accepted(&sink.sink.send(&[letter], Utc::now()).await));
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("sent");
    }
    let rate = 3000.0 / begun.elapsed().as_secs_f64();
    println!("{rate:.0} events a second, sent, kept and answered");
    assert_eq!(received(out.path()).len(), 3000);
    // a floor against what would be a mistake (no keep-alive, a sync each), not the figure itself: the machine is shared
    assert!(rate > 300.0, "{rate:.0} a second");
}

#[test]
fn a_receiver_without_a_secret_does_not_start() {
    let out = tempfile::tempdir().expect("a folder");
    for arguments in [vec!["--secret-env", "NO_SUCH_SECRET"], vec![], vec!["--secret-file", "/absent"]] {
        let out = out.path().display().to_string();
        let mut all = vec!["receiver", "--listen", "127.0.0.1:0", "--out", &out];
        all.extend(arguments);
        assert_eq!(crate::common::strawfire(project(), &all).status.code(), Some(2), "{all:?}");
    }
}
