//! WeCom and DingTalk: stand-ins that keep their limits and speak their error codes.

use crate::common::python_with;
use crate::sinks::{
    Opened, SECRET, Server, answering, event, is_accepted, is_again, is_refused, letter, letter_of, open, said,
};
use serde_json::Value;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};
use strawfire::deliver::sinks::{Answer, Kind, Letter};
use strawfire::fire::{FireEvent, Happening, What};
use strawfire::time::Utc;

/// A minute of the stand-ins, so that a test takes seconds.
const MINUTE: Duration = Duration::from_millis(1500);

struct Robot {
    server: Server,
    log: std::path::PathBuf,
}

fn robot(python: &OsString, folder: &Path, flavour: &str, more: &[&str]) -> Robot {
    let log = folder.join(format!("{flavour}.log"));
    let path = log.display().to_string();
    let minute = MINUTE.as_secs_f64().to_string();
    let mut arguments = vec![flavour, "--key", SECRET, "--minute", &minute, "--log", &path];
    arguments.extend(more);
    Robot { server: Server::python(python, "robots.py", &arguments), log }
}

impl Robot {
    fn sink(&self, flavour: &str, more: &str) -> Opened {
        let toml = format!("kind = '{flavour}'\nurl = '{}/send'\nSECRET\ntimeout_s = 5\n{more}", self.server.address);
        open(&toml, true).expect("opened")
    }

    /// Requests that were met: verdict, bytes and text of each.
    fn met(&self) -> Vec<(i64, u64, String)> {
        let text = std::fs::read_to_string(&self.log).expect("a log");
        text.lines()
            .map(|line| {
                let line: Value = serde_json::from_str(line).expect("JSON");
                let words = line["text"].as_str().expect("text").to_string();
                (line["errcode"].as_i64().expect("a code"), line["bytes"].as_u64().expect("bytes"), words)
            })
            .collect()
    }
}

/// Sends all, as a loop does that keeps the pace (its minute shortened as the stand-in's is): answers and messages.
async fn drain(sink: &Opened, letters: Vec<Letter>) -> Vec<Answer> {
    let (most, span) = sink.sink.pace().expect("a pace");
    assert!(most < 20 && span == Duration::from_secs(60));
    let (mut queue, mut sent, mut answers) = (VecDeque::from(letters), VecDeque::new(), Vec::new());
    while !queue.is_empty() {
        while sent.len() >= most as usize {
            let oldest: Instant = sent.pop_front().expect("sent");
            tokio::time::sleep((MINUTE + Duration::from_millis(50)).saturating_sub(oldest.elapsed())).await;
        }
        let n = sink.sink.fits(queue.make_contiguous());
        let answer = sink.sink.send(&queue.make_contiguous()[..n], Utc::now()).await;
        sent.push_back(Instant::now());
        if is_accepted(&answer) {
            queue.drain(..n);
        }
        answers.push(answer);
        assert!(answers.len() < 1000, "{:?}", answers.last());
    }
    answers
}

/// Every event is in one of the texts by its place.
fn all_arrived(robot: &Robot, events: u32) {
    let accepted: Vec<(i64, u64, String)> = robot.met().into_iter().filter(|(code, ..)| *code == 0).collect();
    for n in 0..events {
        let place = event(n).place;
        let (east, north) = (format!("E{:.4} N{:.4}", place.lon(), place.lat()), format!("{:016x}", n));
        let count = accepted.iter().filter(|(_, _, text)| text.contains(&east) || text.contains(&north)).count();
        assert_eq!(count, 1, "event {n} at {east}");
    }
}

#[tokio::test]
async fn five_hundred_events_reach_wecom_in_few_messages() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let robot = robot(&python, folder.path(), "wecom", &[]);
    let sink = robot.sink("wecom", "");
    let answers = drain(&sink, (0..500).map(|n| letter(&sink.config, n)).collect()).await;
    assert!(answers.iter().all(is_accepted), "{answers:?}");
    all_arrived(&robot, 500);
    println!("500 events in {} messages", answers.len());
    assert!(answers.len() <= 18, "one minute's worth: {}", answers.len());
    // two events alone come as blocks
    let two = [letter(&sink.config, 1), letter(&sink.config, 2)];
    assert_eq!(sink.sink.fits(&two), 2);
    tokio::time::sleep(MINUTE).await;
    assert!(is_accepted(&sink.sink.send(&two, Utc::now()).await));
    let met = robot.met();
    let text = &met.last().expect("a message").2;
    assert!(text.contains("责任岗位: 互助县值班岗") && text.contains("东经102.0100°, 北纬36.0000°"), "{text}");
    println!("{text}");
}

#[tokio::test]
async fn five_hundred_events_reach_dingtalk_signed() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("sign"), "SECsign+/=").expect("written");
    let robot = robot(&python, folder.path(), "dingtalk", &["--sign", "SECsign+/="]);
    let sink = robot.sink("dingtalk", &format!("sign_file = '{}'", folder.path().join("sign").display()));
    let answers = drain(&sink, (0..500).map(|n| letter(&sink.config, n)).collect()).await;
    assert!(answers.iter().all(is_accepted), "{answers:?}");
    all_arrived(&robot, 500);
    println!("500 events in {} messages", answers.len());
    assert!(robot.met().iter().all(|(_, bytes, _)| *bytes <= 20_000) && answers.len() <= 8, "{}", answers.len());
    // another signing secret: a person has to look at it
    std::fs::write(folder.path().join("sign"), "other").expect("written");
    let other = robot.sink("dingtalk", &format!("sign_file = '{}'", folder.path().join("sign").display()));
    let answer = other.push(1).await;
    assert!(is_refused(&answer) && said(&answer).contains("310000"), "{answer:?}");
}

#[tokio::test]
async fn robots_that_are_called_too_often_or_with_another_key_say_so() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (flavour, code, bad_key) in [("wecom", "45009", "93000"), ("dingtalk", "130101", "300001")] {
        let robot = robot(&python, folder.path(), flavour, &["--minute", "60"]);
        let sink = robot.sink(flavour, "");
        for n in 0..20 {
            assert!(is_accepted(&sink.push(n).await));
        }
        let answer = sink.push(20).await;
        let Answer::Again { after: Some(after), said, .. } = &answer else { panic!("{answer:?}") };
        assert!(*after >= Duration::from_secs(60) && said.contains(code), "{answer:?}");
        let toml =
            format!("kind = '{flavour}'\nurl = '{}/send'\nsecret_env = 'CARGO_MANIFEST_DIR'", robot.server.address);
        let answer = open(&toml, true).expect("opened").push(1).await;
        assert!(is_refused(&answer) && crate::sinks::said(&answer).contains(bad_key), "{answer:?}");
    }
}

/// The robot takes less than it says: fewer and shorter until it fits, and none is lost.
#[tokio::test]
async fn what_is_too_long_is_split_and_shortened() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (flavour, most) in [("wecom", "600"), ("dingtalk", "700")] {
        let robot = robot(&python, folder.path(), flavour, &["--limit-bytes", most]);
        let sink = robot.sink(flavour, "");
        let answers = drain(&sink, (0..12).map(|n| letter(&sink.config, n)).collect()).await;
        assert!(answers.iter().all(|answer| is_accepted(answer) || is_again(answer)), "{answers:?}");
        all_arrived(&robot, 12);
    }
    // a line alone is too long: only then a person has to look at it
    let robot = robot(&python, folder.path(), "wecom", &["--limit-bytes", "10"]);
    let sink = robot.sink("wecom", "");
    assert!(is_again(&sink.push(1).await));
    assert!(is_refused(&sink.push(1).await));
}

#[tokio::test]
async fn an_event_with_sixty_candidates_and_endless_names_fits() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let long = FireEvent {
        candidates: (0..60).map(|n| format!("{}西北方向约 {n} km 处", "很长的乡镇名字".repeat(20))).collect(),
        responsible: Some("岗".repeat(2000)),
        sources: (0..40).map(|n| format!("satellite-{n}-{}", "x".repeat(300))).collect(),
        ..event(3)
    };
    for flavour in ["wecom", "dingtalk"] {
        let robot = robot(&python, folder.path(), flavour, &[]);
        let sink = robot.sink(flavour, "");
        let answer = sink.sink.send(&[letter_of(&sink.config, &long, Kind::New, 1, false)], Utc::now()).await;
        assert!(is_accepted(&answer), "{answer:?}");
        assert!(robot.met()[0].2.contains("等60处"));
    }
}

#[tokio::test]
async fn late_merged_and_simulated_ones_are_told_apart() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let robot = robot(&python, folder.path(), "wecom", &[]);
    let sink = robot.sink("wecom", "");
    let merged = FireEvent { merged_into: Some("feedfeedfeedfeed".into()), ..event(2) };
    let withdrawn =
        FireEvent { history: vec![Happening { at: event(3).last_seen, what: What::Withdrawn }], ..event(3) };
    let letters = [
        letter_of(&sink.config, &FireEvent { simulated: true, ..event(1) }, Kind::New, 1, false),
        letter_of(&sink.config, &merged, Kind::Closed, 2, false),
        letter_of(&sink.config, &withdrawn, Kind::Closed, 2, false),
        letter_of(&sink.config, &event(4), Kind::New, 1, true),
        letter_of(&sink.config, &event(5), Kind::Escalated, 3, false),
    ];
    assert!(is_accepted(&sink.sink.send(&letters, Utc::now()).await));
    let text = &robot.met()[0].2;
    println!("{text}");
    for word in [
        "[模拟SIMULATED]",
        "合并",
        "撤销",
        "催办 1 处",
        "**补发 1 处**",
        "请核查过火痕迹",
        "结束/合并/撤销/办结/排除 2 处",
    ] {
        assert!(text.contains(word), "no {word} in {text}");
    }
    assert!(!text.contains("秸秆焚烧火点") && !text.contains('@') && !text.contains("无火点"), "{text}");
    let (late, fresh) = (text.find("N36.0000 10-20 13:40 14.0MW"), text.find("补发"));
    assert!(late > fresh, "the late one stands under its heading: {text}");
}

/// The key is in the URL of each request, and in nothing that is said.
#[tokio::test]
async fn a_robots_key_is_never_shown() {
    let echo = "HTTP/1.1 200 OK\r\nContent-Length: 60\r\nConnection: close\r\n\r\n{\"errcode\":93000,\"errmsg\":\"invalid Gr8%2Bgeheim%2F%E7%A7%98%E5%AF%86%3D%26x\"}";
    let echo = echo.replace("60", &echo.split("\r\n\r\n").nth(1).expect("a body").len().to_string());
    let (address, met) = answering(echo.leak(), Duration::ZERO).await;
    for flavour in ["wecom", "dingtalk"] {
        let sink = open(&format!("kind = '{flavour}'\nurl = '{address}/send'\nSECRET"), true).expect("opened");
        let answer = sink.push(1).await;
        assert!(is_refused(&answer) && said(&answer).contains("invalid ***"), "{answer:?}");
        let gone = open(&format!("kind = '{flavour}'\nurl = 'http://127.0.0.1:9/send'\nSECRET\ntimeout_s = 1"), true);
        let gone = gone.expect("opened").push(1).await;
        let shown = format!("{answer:?} {gone:?} {:?} {:?}", sink.sink, sink.config);
        assert!(is_again(&gone) && !shown.contains("geheim"), "{shown}");
    }
    let requests = met.lock().expect("not poisoned");
    assert!(requests[0].contains("?key=Gr8%2Bgeheim") && requests[1].contains("?access_token=Gr8%2Bgeheim"));
}
