//! A municipal platform that is met by a template alone.

use crate::common::{project, python_with};
use crate::sinks::{Opened, SECRET, Server, answering, event, is_accepted, is_again, is_refused, letter, load, said};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use strawfire::deliver::sinks::Sink;
use strawfire::error::Result;
use strawfire::fire::FireEvent;
use strawfire::time::Utc;

fn open_template(template: &str, url: &str) -> Result<Opened> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("platform.toml"), template).expect("written");
    let toml = format!("kind = 'http'\nurl = '{url}/report'\ntemplate = 'platform.toml'\nSECRET\ntimeout_s = 2");
    let site = load(folder.path(), &toml, true)?;
    let config = site.delivery.sinks[0].clone();
    Ok(Opened { sink: Sink::open(&config, &site.delivery)?, config, _folder: folder })
}

/// The shipped example, its made-up host replaced by the stand-in's.
fn example(address: &str) -> String {
    let text =
        std::fs::read_to_string(project().join("sites/haidong/templates/municipal.example.toml")).expect("shipped");
    assert!(text.contains("https://platform.example"));
    text.replace("https://platform.example", address)
}

fn lines(log: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The stand-in turns GCJ-02 back by the PyPI package coord-convert.
#[tokio::test]
async fn a_platform_of_xml_tokens_and_chinese_names_is_met_by_the_shipped_example() {
    let Some(python) = python_with("coord_convert") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for expiry in [None, Some("--silent-expiry")] {
        let log = folder.path().join(format!("log{}", expiry.is_some()));
        let path = log.display().to_string();
        let mut arguments = vec!["--password", SECRET, "--calls", "3", "--log", &path];
        arguments.extend(expiry);
        let server = Server::python(&python, "municipal.py", &arguments);
        let sink = open_template(&example(&server.address), &server.address).expect("opened");
        for n in 0..10 {
            let answer = sink.push(n).await;
            assert!(is_accepted(&answer), "{answer:?}");
        }
        // once more: the platform calls it a repeat, and that is as good as accepted
        let answer = sink.push(4).await;
        assert!(is_accepted(&answer) && said(&answer).contains("重复"), "{answer:?}");
        let met = lines(&log);
        let logins = met.iter().filter(|line| line["login"] == true).count();
        let events: Vec<&Value> = met.iter().filter(|line| line["编号"].is_string()).collect();
        assert_eq!((logins, events.len()), (4, 10), "a token holds three calls");
        for (n, fields) in (0..).zip(events) {
            let place = event(n).place;
            let near =
                |at: usize, degrees: f64| (fields["wgs84"][at].as_f64().expect("a number") - degrees).abs() < 2e-6;
            assert!(near(0, place.lon()) && near(1, place.lat()), "{fields}");
            assert_eq!(
                (&fields["区县"], &fields["发现时间"]),
                (&"互助土族自治县".into(), &"2025-10-20 13:30:00".into())
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_password_waits_for_a_person_and_costs_no_event() {
    let Some(python) = python_with("coord_convert") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log").display().to_string();
    let server = Server::python(&python, "municipal.py", &["--password", "another", "--log", &log]);
    let answer = open_template(&example(&server.address), &server.address).expect("opened").push(1).await;
    assert!(is_again(&answer) && said(&answer).contains("no token") && !said(&answer).contains("geheim"), "{answer:?}");
}

/// Many at once with one token between them: nobody's new token costs another letter more than a try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_letters_share_a_token() {
    let Some(python) = python_with("coord_convert") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let path = log.display().to_string();
    let server = Server::python(&python, "municipal.py", &["--password", SECRET, "--calls", "10", "--log", &path]);
    let sink = std::sync::Arc::new(open_template(&example(&server.address), &server.address).expect("opened"));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let sink = std::sync::Arc::clone(&sink);
        tasks.spawn(async move {
            for _ in 0..20 {
                let answer = sink.push(n).await;
                assert!(!is_refused(&answer), "{answer:?}");
                if is_accepted(&answer) {
                    return;
                }
            }
            panic!("never accepted");
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("accepted");
    }
    let met = lines(&log);
    let logins = met.iter().filter(|line| line["login"] == true).count();
    assert_eq!(met.len() - logins, 40);
    assert!((4..20).contains(&logins), "{logins} logins");
}

/// What stands in an event is text, whatever it is made of.
#[tokio::test]
async fn texts_are_escaped_by_the_kind_of_the_body() {
    let (address, met) =
        answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Duration::ZERO).await;
    let evil = FireEvent { township: Some("<a>&\"'</a>\n".into()), max_frp_mw: None, ..event(1) };
    for (template, expected) in [
        (
            "content_type = 'application/xml'\nbody = '<t p=\"{{ event.max_frp_mw }}\">{{ event.township }}</t>'",
            "<t p=\"\">&lt;a&gt;&amp;&quot;&#x27;&lt;&#x2f;a&gt;\n</t>",
        ),
        (
            "body = '{\"t\": {{ event.township|tojson }}, \"p\": {{ event.max_frp_mw|tojson }}}'",
            "{\"t\": \"\\u003ca\\u003e\\u0026\\\"\\u0027\\u003c/a\\u003e\\n\", \"p\": null}",
        ),
        (
            "content_type = 'application/x-www-form-urlencoded'\nbody = 't={{ event.township|urlencode }}&n={{ event.lon }}'",
            "t=%3Ca%3E%26%22%27%3C/a%3E%0A&n=102.01",
        ),
    ] {
        let sink = open_template(template, &address).expect("opened");
        let letter = crate::sinks::letter_of(&sink.config, &evil, strawfire::deliver::sinks::Kind::New, 1, false);
        assert_eq!(letter.body, expected);
        assert!(is_accepted(&sink.sink.send(&[letter], Utc::now()).await));
        assert!(met.lock().expect("not poisoned").last().expect("met").ends_with(expected));
    }
}

/// Expected signature: by Python's hmac.
#[tokio::test]
async fn headers_and_url_are_rendered_when_it_is_sent() {
    let Some(python) = python_with("hmac") else { return };
    let (address, met) =
        answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Duration::ZERO).await;
    let template = format!(
        "method = 'PUT'\nurl = '{address}/fires/{{{{ key|urlencode }}}}?t={{{{ now_ms }}}}'\n\
         body = '{{\"site\": {{{{ site|tojson }}}}, \"dms\": {{{{ event.lon|dms|tojson }}}}}}'\n[headers]\n\
         X-Sign = '{{{{ (now_ms ~ body)|hmac_sha256(secret, encoding=\"base64\") }}}}'\nX-Hash = '{{{{ body|sha256 }}}}'\n"
    );
    let sink = open_template(&template, &address).expect("opened");
    let now = Utc::parse("2025-10-20T06:00:00Z").expect("valid");
    let letter = letter(&sink.config, 1);
    let body: Value = serde_json::from_str(&letter.body).expect("JSON");
    assert_eq!((&body["site"], &body["dms"]), (&"海东市".into(), &"102°0'36.000\"".into()));
    assert!(is_accepted(&sink.sink.send(std::slice::from_ref(&letter), now).await));
    let request = met.lock().expect("not poisoned")[0].clone();
    assert!(request.starts_with("PUT /fires/0000000000000001%3A1?t=1760940000000 HTTP/1.1"), "{request}");
    let script = "import sys, hmac, hashlib, base64\nk, b = sys.argv[1].encode(), sys.argv[2].encode()\n\
        print(base64.b64encode(hmac.new(k, b'1760940000000' + b, hashlib.sha256).digest()).decode(), hashlib.sha256(b).hexdigest())";
    let output = std::process::Command::new(python).args(["-c", script, SECRET, &letter.body]).output().expect("runs");
    let output = String::from_utf8(output.stdout).expect("text");
    let (sign, hash) = output.trim().split_once(' ').expect("two");
    assert!(
        request.contains(&format!("x-sign: {sign}\r\n")) && request.contains(&format!("x-hash: {hash}\r\n")),
        "{request}"
    );
}

#[test]
fn an_error_names_file_line_and_what_is_not_defined() {
    let url = "http://127.0.0.1:9";
    for (template, words) in [
        (
            "content_type = 'text/plain'\nbody = \"\"\"\nfirst\n{{ event.countie }}\n\"\"\"",
            vec!["platform.toml: line 4 (body)", "event.countie", "not defined"],
        ),
        ("body = '{{ event.countie|tojson }}'", vec!["line 1 (body)", "event.countie", "not defined"]),
        ("body = '{{ {\"a\": event.countie}|tojson }}'", vec!["line 1 (body)", "event.countie", "not defined"]),
        (
            "content_type = 'text/plain'\nbody = '{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}'",
            vec!["line 2 (body)", "not done within", "loop"],
        ),
        ("body = '1'\n[headers]\nhost = 'a.example'", vec!["line 3 (headers.host)", "connection"]),
        ("body = '1'\n[headers]\nContent-Length = '9'", vec!["Content-Length", "take the line out"]),
        ("body = '1'\n[headers]\nTransfer-Encoding = 'chunked'", vec!["Transfer-Encoding"]),
        (
            "body = '1'\n[token]\nurl = 'http://a.example/'\npointer = '/t'\n[token.headers]\nConnection = 'close'",
            vec!["token.headers.Connection"],
        ),
        ("body = '{{ sight }}'", vec!["line 1 (body)", "sight"]),
        ("body = '1'\n[headers]\nA = '{{ tokn }}'", vec!["line 3 (headers.A)", "tokn"]),
        ("body = '{{ secret }}'", vec!["line 1 (body)", "secret"]),
        ("body = '{{ event.county'", vec!["line 1 (body)"]),
        ("body = '{{ event.county }}'", vec!["no JSON", "tojson"]),
        ("content_type = 'text/plain'\nbody = '{{ event.max_frp_mw|round }}'", vec!["line 2 (body)"]),
        ("body = '1'\nsped = 1", vec!["platform.toml: line 2", "sped"]),
        ("body = '1'\nmethod = 'DELETE'", vec!["method", "DELETE"]),
        ("body = '1'\nurl = '{{ secret }}'", vec!["line 2 (url)", "not written out"]),
        ("body = '1'\nurl = 'http://{{ key }}.example/'", vec!["line 2 (url)", "not written out"]),
        ("body = '1'\nurl = 'http://a.example{{ key }}/'", vec!["line 2 (url)", "not written out"]),
        ("body = '1'\nurl = 'http://me:pw@a.example/'", vec!["line 2 (url)", "within the URL"]),
        ("body = '1'\n[token]\nurl = 'http://a.example/'", vec!["token", "between"]),
        ("body = '1'\n[token]\nurl = 'file:///etc/passwd'\npointer = '/t'", vec!["line 3 (token.url)"]),
        ("body = '1'\n[success]\npointer = '/code'", vec!["success", "equals"]),
    ] {
        let Err(error) = open_template(template, url) else { panic!("opened: {template}") };
        let error = error.to_string();
        for word in words {
            assert!(error.contains(word), "no {word:?} in {error}");
        }
        assert!(!error.contains("geheim") && !error.contains("me:pw"), "{error}");
    }
}

#[tokio::test]
async fn a_200_that_says_no_is_not_success() {
    let no = "HTTP/1.1 200 OK\r\nContent-Length: 24\r\nConnection: close\r\n\r\n{\"code\":17,\"msg\":\"busy\"}";
    let (address, _) = answering(no, Duration::ZERO).await;
    let push =
        async |more: &str| open_template(&format!("body = '1'\n{more}"), &address).expect("opened").push(1).await;
    assert!(is_accepted(&push("").await));
    let answer = push("[success]\npointer = '/code'\nequals = 0").await;
    assert!(is_again(&answer) && said(&answer).contains("busy"), "{answer:?}");
    assert!(is_accepted(&push("[success]\npointer = '/code'\nequals = '17'").await));
    assert!(is_again(&push("[success]\ncontains = 'ok'").await));
    assert!(is_accepted(&push("[success]\ncontains = 'ok'\n[duplicate]\ncontains = 'busy'").await));
    let no = "HTTP/1.1 400 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (address, _) = answering(no, Duration::ZERO).await;
    assert!(is_refused(&open_template("body = '1'", &address).expect("opened").push(1).await));
}

/// The shipped example of a duty phone: what is spoken, word for word, and an answer that is no success.
#[tokio::test]
async fn a_duty_phone_is_called_by_the_shipped_example() {
    let text = std::fs::read_to_string(project().join("sites/haidong/templates/duty-phone.example.toml"));
    let text = text.expect("shipped");
    let (address, met) = answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":7}", Duration::ZERO).await;
    let sink = open_template(&text.replace("https://gateway.example", &address), &address).expect("opened");
    assert!(is_again(&sink.push(3).await));
    let request = met.lock().expect("not poisoned")[0].clone();
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    assert!(head.contains(&format!("authorization: Bearer {SECRET}")), "{head}");
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["text"], "海东市疑似火点。13点40分,互助土族自治县,东经102.03度,北纬36.0度。尚未经现场核实。");
    assert_eq!((&body["request_id"], &body["numbers"][0]), (&"0000000000000003:1".into(), &"+8609720000000".into()));
}
