//! No secret is in anything that is shown, said or written.

use crate::common::project;
use crate::sinks::{SECRET, Server, answering, load, said};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use strawfire::deliver::sinks::{Answer, Sink};
use strawfire::time::Utc;

/// Parts of the secret in every form in which it is sent.
const FORMS: [&str; 4] = ["geheim", "R3I4K2dlaGVpbS", "秘密=", "E7%A7%98"];

fn holds_none(what: &str, text: &str) {
    for form in FORMS {
        assert!(!text.contains(form), "{what} holds {form}: {text}");
    }
}

fn texts_below(folder: &Path) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => texts.extend(texts_below(&path)),
            false => texts.push((
                path.display().to_string(),
                String::from_utf8_lossy(&std::fs::read(&path).expect("readable")).into_owned(),
            )),
        }
    }
    texts
}

/// Every kind, to a server that repeats what it was sent, and to nobody.
#[tokio::test]
async fn a_secret_is_in_no_answer_of_any_kind() {
    let body = format!(
        "{{\"errcode\":7,\"t\":\"{SECRET}\",\"u\":\"Gr8%2Bgeheim%2F%E7%A7%98%E5%AF%86%3D%26x\",\"b\":\"R3I4K2dlaGVpbS/np5jlr4Y9Jng=\"}}"
    );
    let echo = format!("HTTP/1.1 422 No\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let (address, _) = answering(echo.leak(), Duration::ZERO).await;
    let host = address.trim_start_matches("http://");
    let drop = tempfile::tempdir().expect("a folder");
    let template = "body = '1'\nurl = 'http://HOST/{{ secret|urlencode }}?t={{ token }}'\n[headers]\nX = '{{ secret|base64 }}'\n\
        [token]\nurl = 'http://HOST/{{ secret|urlencode }}'\nbody = '{{ secret }}'\npointer = '/none'";
    for host in [host, "127.0.0.1:9"] {
        for toml in [
            format!("kind = 'http'\nurl = 'http://{host}/'\nbearer_file = 'secret'\nSECRET"),
            format!("kind = 'http'\nurl = 'http://{host}/'\ntemplate = 'platform.toml'\nSECRET"),
            format!("kind = 'wecom'\nurl = 'http://{host}/'\nSECRET"),
            format!("kind = 'dingtalk'\nurl = 'http://{host}/'\nsign_file = 'secret'\nSECRET"),
            format!(
                "kind = 'smtp'\nurl = 'smtp://{host}'\nfrom = 'a@b.example'\nto = ['a@b.example']\nuser = 'u'\nSECRET"
            ),
            format!("kind = 'mqtt'\nurl = 'mqtt://{host}/t'\nuser = 'u'\nSECRET"),
            format!("kind = 'folder'\nurl = '{}'", drop.path().display()),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(folder.path().join("platform.toml"), template.replace("HOST", host)).expect("written");
            let site = load(folder.path(), &format!("{toml}\ntimeout_s = 1"), true).expect("loads");
            let config = &site.delivery.sinks[0];
            let sink = Sink::open(config, &site.delivery).expect("opened");
            let letter = crate::sinks::letter(config, 1);
            let answer = sink.send(std::slice::from_ref(&letter), Utc::now()).await;
            assert!(!said(&answer).is_empty());
            assert!(config.url.starts_with('/') || !matches!(answer, Answer::Accepted { .. }), "{toml}: {answer:?}");
            holds_none(&toml, &format!("{answer:?} {sink:?} {config:?} {} {}", letter.body, letter.key));
        }
    }
    texts_below(drop.path()).iter().for_each(|(name, text)| holds_none(name, text));
}

#[test]
fn a_receiver_and_a_check_of_the_site_show_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let toml = "kind = 'http'\nurl = 'https://a.example/'\nSECRET\n[[delivery.sinks]]\nname = 'other'\nkind = 'wecom'\n\
        url = 'https://b.example/'\nsecret_env = 'NO_SUCH_KEY'";
    load(folder.path(), toml, false).expect("loads");
    let output = Command::new(env!("CARGO_BIN_EXE_strawfire"))
        .args(["site", "check", "--site"])
        .arg(folder.path())
        .current_dir(project())
        .env("PATROL_SECRET", SECRET)
        .output()
        .expect("runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("sink patrol (http): can be opened"), "{text}");
    assert!(text.contains("sink other (wecom)") && text.contains("NO_SUCH_KEY: not set"), "{text}");
    holds_none("site check", &text);
    // a receiver that is asked wrongly, with all its words in a file
    let out = folder.path().join("received");
    let words = std::fs::File::create(folder.path().join("stderr")).expect("made");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    command.args(["receiver", "--listen", "127.0.0.1:0", "--secret-env", "PATROL_SECRET", "--out"]).arg(&out);
    let server =
        Server::start(command.env("PATROL_SECRET", SECRET).env("STRAWFIRE_LOG", "trace").stderr(Stdio::from(words)));
    for path in ["/", "/stats", "/healthz", "/hotspots"] {
        let url = format!("{}{path}", server.address);
        let said = Command::new("curl")
            .args(["-sS", "-i", "--data-binary", "x", "-H", "X-Strawfire-Signature: sha256=00", &url])
            .output();
        let said = said.expect("curl runs");
        holds_none("an answer", &String::from_utf8_lossy(&said.stdout));
    }
    drop(server);
    for (name, text) in texts_below(&out) {
        holds_none(&name, &text);
    }
    holds_none("the log", &std::fs::read_to_string(folder.path().join("stderr")).expect("read"));
}
