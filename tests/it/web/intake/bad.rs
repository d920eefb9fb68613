//! What is refused: nobody's alarms, and those whose pieces are wrong. Each is told why, and nothing of it is kept.

use super::{HUZHU, Intake, SECRET, Session, Web, alarm, base64, jpeg, run, signature, sqlite};
use serde_json::{Value, json};

#[test]
fn what_nobody_signed_is_not_read() {
    let intake = Intake::start(sqlite());
    run(async {
        let text = alarm("T-1", HUZHU).to_string();
        let good = signature(SECRET, text.as_bytes());
        let other_key = signature("another", text.as_bytes());
        let other_body = signature(SECRET, b"another");
        for headers in [
            vec![],
            vec![("x-strawfire-source", "tower")],
            vec![("x-strawfire-signature", good.as_str())],
            vec![("x-strawfire-source", "nobody"), ("x-strawfire-signature", good.as_str())],
            vec![("x-strawfire-source", "silent"), ("x-strawfire-signature", good.as_str())],
            vec![("x-strawfire-source", "tower"), ("x-strawfire-signature", other_key.as_str())],
            vec![("x-strawfire-source", "tower"), ("x-strawfire-signature", other_body.as_str())],
            vec![("x-strawfire-source", "tower"), ("x-strawfire-signature", &good[7..])],
            vec![("x-strawfire-source", "tower"), ("x-strawfire-signature", &good[..69])],
            vec![("x-strawfire-source", "tower"), ("x-strawfire-signature", "sha256=")],
        ] {
            let got = intake.send_signed(&text, &headers).await;
            assert_eq!(got.status, 401, "{headers:?}: {}", got.text());
            assert!(got.text().contains("签名"), "{}", got.text());
        }
        // a session of a desk is no signature, and another web site's page is none either
        let city = intake.web.sign_in("city").await;
        assert_eq!(intake.web.send(&city, "POST", "/intake", Some(text.clone().into_bytes()), &[]).await.status, 401);
        let elsewhere = [
            ("x-strawfire-source", "tower"),
            ("x-strawfire-signature", good.as_str()),
            ("origin", "https://evil.example"),
        ];
        assert_eq!(intake.send_signed(&text, &elsewhere).await.status, 403);
        assert_eq!(intake.count("sightings", "city").await, 0);
        // what was heard on the line and is sent again is the same alarm
        assert_eq!(intake.send_text(&text).await.status, 201);
        assert_eq!(intake.send_text(&text).await.status, 200);
        assert_eq!(intake.count("sightings", "city").await, 1);
        // who tries for ever waits; who signs goes on
        let mut last = 0;
        // two minutes' worth: a minute may end meanwhile
        for _ in 0..620 {
            last = intake.send_signed(&text, &[("x-strawfire-source", "nobody")]).await.status;
            if last == 429 {
                break;
            }
        }
        assert_eq!(last, 429);
        assert_eq!(intake.send(&alarm("T-2", HUZHU)).await.status, 201);
    });
    // a site that takes none says so
    let web = Web::start(sqlite(), "");
    let got = run(web.post(&Session::default(), "/intake", json!({})));
    assert!(got.status == 404 && got.text().contains("intake.sources"), "{}", got.text());
}

#[test]
fn pieces_that_are_wrong_are_named() {
    let intake = Intake::start(sqlite());
    let mut bomb = jpeg(16);
    // the frame's head (SOF0) has height and width in its sixth to ninth byte (ITU T.81, B.2.2)
    let head = bomb.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame");
    bomb[head + 5..head + 9].copy_from_slice(&[0xFF; 4]);
    let whole = jpeg(64);
    let wrong: Vec<(&str, Value)> = vec![
        ("id", Value::Null),
        ("id", json!("")),
        ("id", json!(17)),
        ("id", json!("x".repeat(201))),
        ("id", json!("a\u{7}b")),
        ("time", Value::Null),
        ("time", json!("昨天")),
        ("time", json!("2026-10-20 13:30:00")),
        ("time", json!("2999-01-01T00:00:00Z")),
        ("time", json!("1970-01-01T08:00:00+08:00")),
        ("time", json!(1_760_000_000)),
        ("kind", Value::Null),
        ("kind", json!("hotline")),
        ("score", json!(87)),
        ("score", json!("0.9")),
        ("lon", json!(361)),
        ("lon", Value::Null),
        ("lat", json!(-91)),
        ("lat", json!([36.8])),
        ("datum", json!("bd09")),
        ("position_error_m", json!(0)),
        ("position_error_m", json!(1e9)),
        ("camera", json!({ "name": "x" })),
        ("azimuth_deg", json!(400)),
        ("range_m", json!(-5)),
        ("simulated", json!(1)),
        ("picture", json!("这不是编码")),
        ("picture", json!(base64(b"GIF89a"))),
        ("picture", json!(base64(b"<svg xmlns='http://www.w3.org/2000/svg'/>"))),
        ("picture", json!(base64(&whole[..whole.len() / 3]))),
        ("picture", json!(base64(&bomb))),
        ("picture", json!(5)),
        ("picture_url", json!("file:///etc/passwd")),
        ("picture_url", json!("javascript:alert(1)")),
    ];
    run(async {
        for (name, value) in &wrong {
            let mut body = alarm("bad", HUZHU);
            body[*name] = value.clone();
            let got = intake.send(&body).await;
            let detail = got.json()["detail"].as_str().unwrap_or_default().to_string();
            assert!(
                got.status == 422 && detail.starts_with(&format!("{name}：")),
                "{name} {value}: {} {}",
                got.status,
                got.text()
            );
            assert!(detail.contains("应为") && detail.chars().count() < 300, "{detail}");
        }
        for (text, word) in [
            ("", "body"),
            ("[]", "body"),
            ("null", "body"),
            ("{\"id\": \"a", "body"),
            ("{\"id\": \"a\\u0000b\"}", "body"),
            (r#"{"id":"a","time":"2026-10-20T05:30:00Z","kind":"smoke"}"#, "camera_lon"),
            (
                r#"{"id":"a","time":"2026-10-20T05:30:00Z","kind":"smoke","camera_lon":102,"camera_lat":36.5}"#,
                "azimuth_deg",
            ),
        ] {
            let got = intake.send_text(text).await;
            assert!(got.status == 422 && got.text().contains(word), "{text}: {} {}", got.status, got.text());
        }
        let bytes = b"{\"id\": \"\xff\xfe\"}";
        let signed = signature(SECRET, bytes);
        let headers = [("x-strawfire-source", "tower"), ("x-strawfire-signature", signed.as_str())];
        let got = intake.web.send(&Session::default(), "POST", "/intake", Some(bytes.to_vec()), &headers).await;
        assert_eq!(got.status, 422, "{}", got.text());
        // ten MiB, signed or not
        let mut large = alarm("large", HUZHU);
        large["filler"] = "x".repeat(10 << 20).into();
        assert_eq!(intake.send(&large).await.status, 413);
        assert_eq!((intake.count("sightings", "city").await, intake.count("events", "city").await), (0, 0));
        assert!(!intake.evidence().join("intake").exists(), "a picture of a refused alarm is there");
        // deep nesting, and a million pieces that nobody knows
        let deep = format!("{{\"id\":\"deep\",\"x\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(intake.send_text(&deep).await.status, 422);
        assert_eq!(intake.web.get(&Session::default(), "/healthz").await.status, 200);
    });
}
