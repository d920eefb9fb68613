//! Sinks against real servers on loopback: what all their tests share, and the push by HTTP.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails as a test does")]

use crate::common::{project, python_with};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use strawfire::deliver::sinks::{Answer, Kind, Letter, Notice, Sink, render};
use strawfire::fire::{Class, Confidence, CountyName, FireEvent};
use strawfire::place::LonLat;
use strawfire::site::{self, Site};
use strawfire::time::Utc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A secret with all that a form of writing could change.
pub const SECRET: &str = "Gr8+geheim/秘密=&x";

/// A server that was started by a test and ends with it.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// Greatest resident memory of the program until now, MB.
    pub fn memory_mb(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("read");
        let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a line");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<usize>().ok()).expect("a number") / 1024
    }

    /// Waits until the program has printed `listening on ADDRESS`.
    pub fn start(command: &mut Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on ").unwrap_or_default().to_string();
        let server = Server { child, address };
        assert!(!server.address.is_empty(), "the server said {line:?}");
        server
    }

    /// A script of tests/tools.
    pub fn python(python: &std::ffi::OsStr, script: &str, arguments: &[&str]) -> Server {
        Server::start(Command::new(python).arg(project().join("tests/tools").join(script)).args(arguments))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().expect("ended")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A sink of a site of its own, with its secret in a file.
pub struct Opened {
    /// Holds the files of the site.
    pub _folder: tempfile::TempDir,
    pub sink: Sink,
    pub config: site::Sink,
}

/// A sink with `secret_file` where the text asks for it by `SECRET`.
pub fn open(toml: &str, loopback: bool) -> strawfire::error::Result<Opened> {
    let folder = tempfile::tempdir().expect("a folder");
    let site = load(folder.path(), toml, loopback)?;
    let config = site.delivery.sinks[0].clone();
    Ok(Opened { sink: Sink::open(&config, &site.delivery)?, config, _folder: folder })
}

/// The site in a folder.
pub fn load(folder: &Path, toml: &str, loopback: bool) -> strawfire::error::Result<Site> {
    std::fs::write(folder.join("secret"), format!("{SECRET}\n")).expect("written");
    let toml = toml.replace("SECRET", "secret_file = 'secret'");
    let toml = format!("[delivery]\nallow_loopback = {loopback}\n[[delivery.sinks]]\nname = 'patrol'\n{toml}\n");
    std::fs::write(folder.join("site.toml"), toml).expect("written");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), folder.join("counties.geojson")).expect("copied");
    Site::load(folder)
}

/// The error of a sink that must not open.
pub fn refused(toml: &str, loopback: bool) -> String {
    match open(toml, loopback) {
        Ok(_) => panic!("opened: {toml}"),
        Err(error) => {
            assert!(matches!(error, strawfire::error::Error::Config { .. }), "{error}");
            error.to_string()
        }
    }
}

/// The n-th event: all of them lie apart.
pub fn event(n: u32) -> FireEvent {
    let at = |minute: i8| Utc::from_parts(2025, 10, 20, 5, minute, 0).expect("valid");
    let place = LonLat::new(102.0 + f64::from(n % 100) * 0.01, 36.0 + f64::from(n / 100) * 0.1).expect("valid");
    FireEvent {
        last_seen: at(40),
        sources: vec!["Himawari-9".into()],
        first_discoverer: "Himawari-9".into(),
        max_frp_mw: Some(10.0 + f64::from(n)),
        confidence: Confidence::High,
        class: Class::Straw,
        county: Some(CountyName { adcode: "630223".into(), name: "互助土族自治县".into() }),
        responsible: Some("互助县值班岗".into()),
        position_error_m: Some(1500.0),
        ..FireEvent::bare(format!("{n:016x}"), at(30), place)
    }
}

/// A letter of an event, rendered for a sink.
pub fn letter_of(config: &site::Sink, event: &FireEvent, kind: Kind, revision: u32, late: bool) -> Letter {
    let notice =
        Notice { event, kind, revision, late, at: event.last_seen, site: "海东市", case: None, message: None };
    Letter::of(&notice, render(config, &notice).expect("rendered"))
}

pub fn letter(config: &site::Sink, n: u32) -> Letter {
    letter_of(config, &event(n), Kind::New, 1, false)
}

impl Opened {
    /// Sends the n-th event.
    pub async fn push(&self, n: u32) -> Answer {
        self.sink.send(&[letter(&self.config, n)], Utc::now()).await
    }
}

pub fn said(answer: &Answer) -> &str {
    match answer {
        Answer::Accepted { said }
        | Answer::Partly { said, .. }
        | Answer::Again { said, .. }
        | Answer::Refused { said } => said,
    }
}

pub fn is_accepted(answer: &Answer) -> bool {
    matches!(answer, Answer::Accepted { .. })
}

pub fn is_again(answer: &Answer) -> bool {
    matches!(answer, Answer::Again { .. })
}

pub fn is_refused(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused { .. })
}

/// A server that gives every request the same bytes, or none, after some time; and the requests that it met.
pub async fn answering(answer: &'static str, after: Duration) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let met: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&met);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                let mut buffer = [0; 65_536];
                while let Ok(n) = stream.read(&mut buffer).await {
                    bytes.extend_from_slice(&buffer[..n]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let head = text.split("\r\n\r\n").next().unwrap_or("").to_ascii_lowercase();
                    let length =
                        head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
                    let whole = text.contains("\r\n\r\n") && bytes.len() >= head.len() + 4 + length.unwrap_or(0);
                    if n == 0 || whole {
                        kept.lock().expect("not poisoned").push(text);
                        break;
                    }
                }
                tokio::time::sleep(after).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (address, met)
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

fn http(url: &str, more: &str) -> Opened {
    open(&format!("kind = 'http'\nurl = '{url}/push'\nSECRET\ntimeout_s = 1\n{more}"), true).expect("opened")
}

/// Signature: by openssl. CloudEvents: by the SDK of the CloudEvents project.
#[tokio::test]
async fn a_push_is_a_signed_cloud_event() {
    let (address, met) = answering(OK, Duration::ZERO).await;
    let sink = http(&address, "");
    let mut late = letter(&sink.config, 7);
    late.late = true;
    assert_eq!(sink.sink.send(&[late], Utc::now()).await, Answer::Accepted { said: "200 OK: ok".into() });
    let request = met.lock().expect("not poisoned")[0].clone();
    let (head, body) = request.split_once("\r\n\r\n").expect("a request");
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
        line.unwrap_or_else(|| panic!("no {name} in {head}")).split_once(": ").expect("a value").1.to_string()
    };
    assert!(head.starts_with("POST /push HTTP/1.1"), "{head}");
    assert_eq!(header("idempotency-key"), "0000000000000007:1");
    assert_eq!(header("content-type"), "application/cloudevents+json");
    assert_eq!(header("x-strawfire-late"), "true");
    let file = tempfile::NamedTempFile::new().expect("file");
    std::fs::write(file.path(), body).expect("written");
    let openssl = Command::new("openssl").args(["dgst", "-sha256", "-hmac", SECRET]).arg(file.path()).output();
    let openssl = openssl.expect("openssl runs");
    let digest = String::from_utf8(openssl.stdout).expect("text");
    let digest = digest.trim().rsplit(' ').next().expect("a digest");
    assert_eq!(header("x-strawfire-signature"), format!("sha256={digest}"));
    let Some(python) = python_with("cloudevents") else { return };
    let script = "import sys, json\nfrom cloudevents.v1.http import from_http\n\
        e = from_http({'content-type': 'application/cloudevents+json'}, open(sys.argv[1], 'rb').read())\n\
        print(json.dumps([e['id'], e['source'], e['type'], e['subject'], e['time'], e['revision'], e['late'], e['simulated'], e.data['properties']['county']], ensure_ascii=False))";
    let output = Command::new(python).args(["-c", script]).arg(file.path()).output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        read,
        serde_json::json!([
            "0000000000000007:1",
            "/strawfire/%E6%B5%B7%E4%B8%9C%E5%B8%82",
            "strawfire.event.new",
            "0000000000000007",
            "2025-10-20T05:40:00Z",
            1,
            false,
            false,
            "互助土族自治县"
        ])
    );
}

#[test]
fn what_happened_is_a_type_and_an_escalation_an_update_that_says_so() {
    let sink = http("http://127.0.0.1:9", "");
    for (kind, word, escalated) in [
        (Kind::New, "strawfire.event.new", false),
        (Kind::Updated, "strawfire.event.updated", false),
        (Kind::Closed, "strawfire.event.closed", false),
        (Kind::Escalated, "strawfire.event.updated", true),
    ] {
        let letter = letter_of(&sink.config, &event(1), kind, 3, true);
        let body: serde_json::Value = serde_json::from_str(&letter.body).expect("JSON");
        assert_eq!((&body["type"], &body["revision"], &body["late"]), (&word.into(), &3.into(), &true.into()));
        assert_eq!(body.get("escalated").is_some(), escalated);
        assert_eq!(letter.body, letter_of(&sink.config, &event(1), kind, 3, true).body, "pure");
    }
}

#[tokio::test]
async fn answers_by_http() {
    type Is = fn(&Answer) -> bool;
    let cases: [(&str, Is, &str); 8] = [
        ("HTTP/1.1 204 No Content\r\n\r\n", is_accepted, "204"),
        ("HTTP/1.1 422 No\r\nContent-Length: 5\r\n\r\nwrong", is_refused, "wrong"),
        ("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", is_refused, "401"),
        ("HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n", is_again, "408"),
        ("HTTP/1.1 500 Bug\r\nContent-Length: 0\r\n\r\n", is_again, "500"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\ncut", is_again, "broke"),
        ("", is_again, "broke"),
        ("nonsense\r\n\r\n", is_again, "broke"),
    ];
    for (bytes, is_so, word) in cases {
        let (address, _) = answering(bytes, Duration::ZERO).await;
        let answer = http(&address, "").push(1).await;
        assert!(is_so(&answer) && said(&answer).contains(word), "{bytes:?}: {answer:?}");
    }
    let (address, _) =
        answering("HTTP/1.1 429 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", Duration::ZERO).await;
    let answer = http(&address, "").push(1).await;
    assert!(
        matches!(answer, Answer::Again { after: Some(after), .. } if after == Duration::from_secs(7)),
        "{answer:?}"
    );
}

/// A platform that has moved must not cost the event, and a redirect may lead anywhere: it waits.
#[tokio::test]
async fn a_redirect_is_not_followed_and_the_event_waits() {
    let (elsewhere, met) = answering(OK, Duration::ZERO).await;
    let redirect = format!("HTTP/1.1 307 Moved\r\nLocation: {elsewhere}/x?token=abc\r\nContent-Length: 0\r\n\r\n");
    let (address, _) = answering(redirect.leak(), Duration::ZERO).await;
    let answer = http(&address, "").push(1).await;
    assert!(is_again(&answer) && said(&answer).contains("not followed"), "{answer:?}");
    assert!(!said(&answer).contains("abc"), "{answer:?}");
    assert!(met.lock().expect("not poisoned").is_empty());
}

#[tokio::test]
async fn a_slow_or_absent_server_costs_the_time_out_and_no_more() {
    let (address, _) = answering(OK, Duration::from_secs(30)).await;
    let begun = std::time::Instant::now();
    let answer = http(&address, "").push(1).await;
    assert!(is_again(&answer) && said(&answer).contains("in time"), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let answer = http("http://127.0.0.1:9", "").push(1).await;
    assert!(is_again(&answer) && said(&answer).contains("no connection"), "{answer:?}");
}

/// An answer without an end is read no further than its beginning.
#[tokio::test]
async fn an_endless_answer_is_cut() {
    let endless = format!("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}", "x".repeat(1 << 20));
    let (address, _) = answering(endless.leak(), Duration::ZERO).await;
    let answer = http(&address, "").push(1).await;
    assert!(is_accepted(&answer) && said(&answer).len() < 500, "{answer:?}");
}

/// The server repeats all that it was sent; nothing of it may come back with the secret.
#[tokio::test]
async fn a_secret_is_in_no_answer_and_no_error() {
    let echo = format!("HTTP/1.1 422 No\r\nContent-Length: {}\r\n\r\nkey {SECRET} wrong", SECRET.len() + 10);
    let (address, met) = answering(echo.leak(), Duration::ZERO).await;
    let sink = http(&format!("{address}/a?apikey=hidden"), "bearer_file = 'secret'");
    let answer = sink.push(1).await;
    assert!(is_refused(&answer) && said(&answer).contains("*** wrong"), "{answer:?}");
    assert!(met.lock().expect("not poisoned")[0].contains(&format!("Bearer {SECRET}")));
    let unreachable = http("http://127.0.0.1:9/a?apikey=hidden", "").push(1).await;
    for text in [format!("{answer:?}{unreachable:?}"), format!("{:?}", sink.sink), format!("{:?}", sink.config.secret)]
    {
        assert!(!text.contains("geheim") && !text.contains("hidden"), "{text}");
    }
}

/// Where the words are cut, or put on one line, lies the secret: no part of it is left.
#[tokio::test]
async fn a_secret_is_covered_before_words_are_cut() {
    for before in 440..485 {
        let body = format!("{}{SECRET}", "y".repeat(before));
        let echo = format!("HTTP/1.1 422 No\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let (address, _) = answering(echo.leak(), Duration::ZERO).await;
        let answer = http(&address, "").push(1).await;
        let letters: Vec<char> = SECRET.chars().collect();
        for part in letters.windows(6) {
            let part: String = part.iter().collect();
            assert!(!said(&answer).contains(&part), "{part} in {answer:?}");
        }
    }
}

#[tokio::test]
async fn this_machine_is_refused_unless_the_site_allows_it() {
    for url in [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://[::1]:1/",
        "http://169.254.169.254/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        let error = refused(&format!("kind = 'http'\nurl = '{url}'\nSECRET"), false);
        assert!(error.contains("delivery.sinks[0].url") && error.contains("allow_loopback"), "{error}");
    }
    for toml in [
        "kind = 'smtp'\nurl = 'smtp://127.0.0.1'\nfrom = 'a@b.example'\nto = ['a@b.example']",
        "kind = 'mqtt'\nurl = 'mqtt://[::1]/t'",
        "kind = 'wecom'\nurl = 'http://127.0.0.1/send'\nSECRET",
    ] {
        assert!(refused(toml, false).contains("allow_loopback"), "{toml}");
    }
    // a name that leads here is found out when it is resolved
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let name = hosts
        .lines()
        .filter(|line| line.starts_with("127.") || line.starts_with("::1"))
        .find_map(|line| line.split_whitespace().skip(1).find(|name| *name != "localhost"));
    // a machine need not have a second name, but its resolver reads 0x7f.1 as 127.0.0.1 (inet_aton); the web's URLs do so before it
    assert!(refused("kind = 'http'\nurl = 'http://0x7f.1:9/'\nSECRET", false).contains("allow_loopback"));
    let http = name.map(|name| format!("kind = 'http'\nurl = 'http://{name}:9/'\nSECRET"));
    let others = name.into_iter().chain(["0x7f.1"]).flat_map(|name| {
        [
            format!("kind = 'smtp'\nurl = 'smtp://{name}:9'\nfrom = 'a@b.example'\nto = ['a@b.example']"),
            format!("kind = 'mqtt'\nurl = 'mqtt://{name}:9/t'"),
        ]
    });
    for toml in http.into_iter().chain(others) {
        let answer = open(&toml, false).expect("opened").push(1).await;
        assert!(is_again(&answer) && said(&answer).contains("this machine: refused"), "{answer:?}");
    }
}

#[test]
fn a_sink_that_cannot_work_is_an_error_of_the_site() {
    let http = "kind = 'http'\nurl = 'https://a.example/'\n";
    for (toml, word) in [
        ("kind = 'http'\nurl = 'https://me:pw@a.example/'", "delivery.sinks[0].url"),
        ("kind = 'http'\nurl = 'ftp://a.example/'", "ftp"),
        (&format!("{http}secret_env = 'STRAWFIRE_NO_SUCH'"), "STRAWFIRE_NO_SUCH"),
        (&format!("{http}SECRET\nsecret_env = 'A'"), "secret_file"),
        (&format!("{http}to = ['a@b.example']"), "smtp only"),
        (&format!("{http}client_cert = 'secret'"), "delivery.sinks[0].client_key"),
        (&format!("{http}client_cert = 'secret'\nclient_key = 'secret'"), "PEM"),
        (&format!("{http}ca_cert = 'secret'"), "delivery.sinks[0].ca_cert"),
        (&format!("{http}timeout_s = 0"), "delivery.sinks[0].timeout_s"),
        (&format!("{http}in_flight = 0"), "delivery.sinks[0].in_flight"),
        (&format!("{http}notice = 'some'"), "grown"),
        (&format!("{http}speed = 1"), "delivery.sinks[0].speed"),
        ("kind = 'wecom'\nurl = 'https://a.example/send'", "delivery.sinks[0].secret_env"),
        ("kind = 'wecom'\nurl = 'https://a.example/send?key=abc'\nSECRET", "take it out"),
        ("kind = 'dingtalk'\nurl = 'https://a.example/send?access_token=abc'\nSECRET", "take it out"),
        ("kind = 'smtp'\nurl = 'smtp://a.example'\nfrom = 'a@b.example'", "delivery.sinks[0].to"),
        ("kind = 'smtp'\nurl = 'smtp://a.example'\nto = ['a@b.example']", "delivery.sinks[0].from"),
        ("kind = 'smtp'\nurl = 'smtp://a.example'\nfrom = 'a@b.example'\nto = ['nobody']", "nobody"),
        (
            "kind = 'smtp'\nurl = 'smtp://a.example'\nfrom = 'a@b.example'\nto = ['a@b.example']\nuser = 'u'",
            "secret_env",
        ),
        ("kind = 'mqtt'\nurl = 'mqtt://a.example'", "topic"),
        ("kind = 'mqtt'\nurl = 'mqtt://a.example/fires/%23'", "topic"),
        ("kind = 'mqtt'\nurl = 'http://a.example/fires'", "http"),
        ("kind = 'folder'\nurl = 'https://a.example/'", "delivery.sinks[0].url"),
        ("kind = 'folder'\nurl = '/tmp'\nformat = 'shp'", "firms-csv"),
    ] {
        let error = refused(toml, false);
        assert!(error.contains(word) && !error.contains("geheim") && !error.contains("me:pw"), "{word}: {error}");
        assert!(!error.contains("abc"), "{error}");
    }
}

#[test]
fn what_a_sink_is_told_of_follows_from_who_reads_it() {
    use strawfire::site::Notices;
    let notice = |toml: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        load(folder.path(), toml, true).expect("loads").delivery.sinks[0].notice
    };
    assert_eq!(notice("kind = 'http'\nurl = 'https://a.example/'"), Notices::All);
    assert_eq!(notice("kind = 'http'\nurl = 'https://a.example/'\nalarm = true"), Notices::First);
    assert_eq!(notice("kind = 'wecom'\nurl = 'https://a.example/'\nSECRET"), Notices::Grown);
    assert_eq!(notice("kind = 'wecom'\nurl = 'https://a.example/'\nSECRET\nnotice = 'all'"), Notices::All);
    assert_eq!(notice("kind = 'folder'\nurl = '/tmp'"), Notices::All);
}

#[tokio::test]
async fn a_late_point_raises_no_alarm() {
    let (address, met) = answering(OK, Duration::ZERO).await;
    let sink = http(&address, "alarm = true");
    let answer = sink.sink.send(&[letter_of(&sink.config, &event(1), Kind::New, 1, true)], Utc::now()).await;
    assert!(is_accepted(&answer) && said(&answer).contains("no alarm"), "{answer:?}");
    assert!(met.lock().expect("not poisoned").is_empty());
    assert!(is_accepted(&sink.push(1).await));
}

/// Certificates of an authority of the test's own, made by openssl: `ca`, and for each name `NAME.pem` and `NAME.key`.
pub fn certificates(folder: &Path, names: &[&str]) -> PathBuf {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let ca = ["req", "-x509", "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem"];
    openssl(&[&ca[..], &key[..]].concat());
    for name in names {
        let (subject, request) = (format!("/CN={name}"), format!("{name}.csr"));
        let (key_file, pem, extensions) = (format!("{name}.key"), format!("{name}.pem"), format!("{name}.ext"));
        std::fs::write(folder.join(&extensions), format!("subjectAltName=DNS:{name}\n")).expect("written");
        openssl(&[&["req", "-subj", &subject, "-keyout", &key_file, "-out", &request][..], &key[..]].concat());
        openssl(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            &request,
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            &extensions,
            "-out",
            &pem,
        ]);
    }
    folder.to_path_buf()
}

#[tokio::test]
async fn mutual_tls_and_a_bearer_token() {
    let Some(python) = python_with("ssl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let dir = certificates(folder.path(), &["localhost", "strawfire", "stranger.example"]);
    let path = |name: &str| dir.join(name).display().to_string();
    let (pem, key, ca) = (path("localhost.pem"), path("localhost.key"), path("ca.pem"));
    let server = Server::python(&python, "mtls.py", &[&pem, &key, &ca]);
    std::fs::write(dir.join("token"), "t0ken").expect("written");
    let base = format!("kind = 'http'\nurl = '{}/push'\nSECRET\ntimeout_s = 5\n", server.address);
    let trust = format!("ca_cert = '{ca}'\nbearer_file = '{}'\n", path("token"));
    let mine = format!("client_cert = '{}'\nclient_key = '{}'\n", path("strawfire.pem"), path("strawfire.key"));
    let answer = open(&format!("{base}{trust}{mine}"), true).expect("opened").push(1).await;
    assert_eq!(answer, Answer::Accepted { said: "200 OK: hello strawfire with Bearer ***".into() });
    // without a certificate, without trust, and another host's certificate
    let without = open(&format!("{base}{trust}"), true).expect("opened").push(1).await;
    assert!(is_again(&without), "{without:?}");
    let untrusted = open(&format!("{base}{mine}"), true).expect("opened").push(1).await;
    assert!(is_again(&untrusted) && said(&untrusted).contains("certificate"), "{untrusted:?}");
    let other =
        Server::python(&python, "mtls.py", &[&path("stranger.example.pem"), &path("stranger.example.key"), &ca]);
    let toml = format!("kind = 'http'\nurl = '{}/push'\nSECRET\ntimeout_s = 5\n{trust}{mine}", other.address);
    let answer = open(&toml, true).expect("opened").push(1).await;
    assert!(is_again(&answer) && said(&answer).contains("certificate"), "{answer:?}");
}
