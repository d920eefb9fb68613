//! Mail to a real server: aiosmtpd.

use crate::common::python_with;
use crate::sinks::{
    Opened, SECRET, Server, certificates, event, is_accepted, is_again, is_refused, letter, letter_of, open, said,
};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use strawfire::deliver::sinks::{Answer, Kind, Letter};
use strawfire::fire::FireEvent;
use strawfire::time::Utc;

fn sink(server: &Server, more: &str) -> Opened {
    let toml = format!(
        "kind = 'smtp'\nurl = '{}'\nfrom = '值班台 <desk@strawfire.example>'\ntimeout_s = 10\n{more}",
        server.address
    );
    open(&toml, true).expect("opened")
}

/// What Python's own mail reader and openpyxl find in a mail.
fn read(python: &OsString, mail: &Path) -> serde_json::Value {
    let script = "
import sys, json, io, email, email.policy, openpyxl
mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
sheet = None
for part in mail.iter_attachments():
    book = openpyxl.load_workbook(io.BytesIO(part.get_payload(decode=True)))
    sheet = [[cell for cell in row] for row in book.active.iter_rows(values_only=True)]
    name = part.get_filename()
print(json.dumps({'subject': mail['subject'], 'id': mail['message-id'], 'from': str(mail['from']), 'to': mail['x-to'],
    'tls': mail['x-tls'], 'date': mail['date'], 'text': mail.get_body(('plain',)).get_content(),
    'html': mail.get_body(('html',)).get_content(), 'name': name, 'sheet': sheet}, ensure_ascii=False))
";
    let output =
        Command::new(python).args(["-c", script]).arg(mail).env("PYTHONIOENCODING", "utf-8").output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test]
async fn a_mail_has_text_html_and_a_list_and_a_repeat_is_known() {
    let Some(python) = python_with("aiosmtpd, openpyxl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::python(&python, "mail.py", &[&folder.path().display().to_string()]);
    let sink = sink(&server, "to = ['a@b.example', 'c@d.example']");
    let simulated = FireEvent { simulated: true, responsible: Some("岗<b>".into()), ..event(2) };
    let letters: Vec<Letter> = vec![
        letter(&sink.config, 1),
        letter_of(&sink.config, &event(3), Kind::New, 1, true),
        letter_of(&sink.config, &simulated, Kind::Updated, 2, false),
    ];
    assert_eq!(sink.sink.fits(&letters), 3);
    for _ in 0..2 {
        let answer = sink.sink.send(&letters, Utc::parse("2025-10-20T06:00:00Z").expect("valid")).await;
        assert!(is_accepted(&answer) && said(&answer).contains("250"), "{answer:?}");
    }
    let (one, two) = (read(&python, &folder.path().join("001.eml")), read(&python, &folder.path().join("002.eml")));
    assert_eq!(one["id"], two["id"]);
    assert_eq!(one["subject"], "[模拟SIMULATED] 疑似火点通报: 新增 2 处, 更新 1 处");
    assert_eq!(
        (&one["to"], &one["date"]),
        (&"a@b.example,c@d.example".into(), &"Mon, 20 Oct 2025 06:00:00 +0000".into())
    );
    let text = one["text"].as_str().expect("text");
    println!("{text}");
    assert!(
        text.contains("尚未经现场核实") && text.contains("东经102.0100°") && text.contains("地图 https://"),
        "{text}"
    );
    assert!(text.find("补发") < text.find("E102.0300"), "the late one is last: {text}");
    let html = one["html"].as_str().expect("text");
    assert!(html.contains("<a href=\"https://uri.amap.com/marker?position=") && html.contains("岗〈b〉"), "{html}");
    let sheet = one["sheet"].as_array().expect("rows");
    assert_eq!(sheet.len(), 5);
    assert_eq!((&sheet[1][0], &sheet[1][5]), (&"设区市".into(), &"卫星过境日期".into()));
    assert_eq!(
        (&sheet[2][0], &sheet[2][1], &sheet[2][3]),
        (&"海东市".into(), &"互助土族自治县".into(), &"102°0'36.000\"".into())
    );
    assert!(one["name"].as_str().expect("a name").ends_with(".xlsx"));
}

#[tokio::test]
async fn a_login_goes_over_tls_only_and_one_bad_recipient_costs_nobody_else_the_mail() {
    let Some(python) = python_with("aiosmtpd") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let dir = certificates(folder.path(), &["localhost"]);
    let path = |name: &str| dir.join(name).display().to_string();
    let tls = [path("localhost.pem"), path("localhost.key")];
    let out = folder.path().join("mails");
    std::fs::create_dir(&out).expect("made");
    let server = Server::python(&python, "mail.py", &[&out.display().to_string(), &tls[0], &tls[1], "desk", SECRET]);
    let trust = format!("ca_cert = '{}'\nuser = 'desk'\nSECRET\n", path("ca.pem"));
    let answer = sink(&server, &format!("to = ['a@b.example']\n{trust}")).push(1).await;
    assert!(is_accepted(&answer), "{answer:?}");
    assert_eq!(read(&python, &out.join("001.eml"))["tls"], "True");
    let untrusted = sink(&server, "to = ['a@b.example']\nuser = 'desk'\nSECRET\n").push(1).await;
    assert!(is_again(&untrusted), "{untrusted:?}");
    // a wrong password is mended by a person; the event waits
    let wrong =
        sink(&server, &format!("to = ['a@b.example']\nca_cert = '{}'\nuser = 'other'\nSECRET\n", path("ca.pem")));
    let wrong = wrong.push(1).await;
    assert!(is_again(&wrong) && said(&wrong).contains("535") && !said(&wrong).contains("geheim"), "{wrong:?}");
    // without TLS no password is sent
    let plain = Server::python(&python, "mail.py", &[&out.display().to_string()]);
    let answer = sink(&plain, "to = ['a@b.example']\nuser = 'desk'\nSECRET\n").push(1).await;
    assert!(is_again(&answer), "{answer:?}");
    let some = sink(&server, &format!("to = ['nobody@b.example', 'a@b.example']\n{trust}")).push(2).await;
    let Answer::Partly { recipients, waits: false, said } = &some else { panic!("{some:?}") };
    assert!(said.contains("nobody@b.example: ") && said.contains("550"), "{said}");
    assert_eq!((recipients.have.join(","), recipients.refused.len()), ("a@b.example".to_string(), 1));
    let none = sink(&server, &format!("to = ['nobody@b.example']\n{trust}")).push(3).await;
    assert!(matches!(&none, Answer::Refused { said } if said.contains("no such user")), "{none:?}");
    assert!(is_refused(&none));
    let later = sink(&server, &format!("to = ['later@b.example']\n{trust}")).push(3).await;
    assert!(is_again(&later), "{later:?}");
}

/// smtps, from the first byte; and a certificate of another authority.
#[tokio::test]
async fn a_login_goes_over_tls_from_the_first_byte() {
    let Some(python) = python_with("aiosmtpd") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let dir = certificates(folder.path(), &["localhost"]);
    let path = |name: &str| dir.join(name).display().to_string();
    let out = folder.path().join("mails");
    std::fs::create_dir(&out).expect("made");
    std::fs::write(out.join("wrapped"), "").expect("written");
    let tls = [path("localhost.pem"), path("localhost.key")];
    let server = Server::python(&python, "mail.py", &[&out.display().to_string(), &tls[0], &tls[1], "desk", SECRET]);
    assert!(server.address.starts_with("smtps://"));
    let mine = format!("to = ['a@b.example']\nuser = 'desk'\nSECRET\nca_cert = '{}'\n", path("ca.pem"));
    let answer = sink(&server, &mine).push(1).await;
    assert!(is_accepted(&answer), "{answer:?}");
    let mail = read(&python, &out.join("001.eml"));
    assert_eq!((&mail["to"], &mail["tls"]), (&"a@b.example".into(), &"True".into()));
    let untrusted = sink(&server, "to = ['a@b.example']\nuser = 'desk'\nSECRET\n").push(1).await;
    assert!(is_again(&untrusted) && said(&untrusted).contains("certificate"), "{untrusted:?}");
}

/// One that is served later: the others get the mail once, and it alone gets it when its turn comes.
#[tokio::test]
async fn who_has_a_mail_does_not_get_it_again_for_the_sake_of_another() {
    let Some(python) = python_with("aiosmtpd") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::python(&python, "mail.py", &[&folder.path().display().to_string()]);
    let sink = sink(&server, "to = ['a@b.example', 'later@b.example', 'nobody@b.example', 'c@d.example']");
    let mut letter = letter(&sink.config, 1);
    for _ in 0..3 {
        let answer = sink.sink.send(std::slice::from_ref(&letter), Utc::now()).await;
        let Answer::Partly { recipients, waits: true, said } = answer else { panic!("{answer:?}") };
        assert!(said.contains("later@b.example: ") && said.contains("450"), "{said}");
        assert_eq!(recipients.have, ["a@b.example", "c@d.example"]);
        letter.recipients = recipients;
    }
    std::fs::write(folder.path().join("now"), "").expect("written");
    // with one of which nobody has anything it does not share a mail
    let other = letter_of(&sink.config, &event(2), Kind::New, 1, false);
    assert_eq!(sink.sink.fits(&[letter.clone(), other.clone()]), 1);
    assert_eq!(sink.sink.fits(&[letter.clone(), letter.clone(), other]), 2);
    let answer = sink.sink.send(&[letter], Utc::now()).await;
    let Answer::Partly { recipients, waits: false, said } = answer else { panic!("{answer:?}") };
    assert!(said.contains("nobody@b.example") && !said.contains("later"), "{said}");
    assert_eq!(recipients.have.len(), 3);
    let to = |name: &str| {
        let mail = std::fs::read_to_string(folder.path().join(name)).expect("a mail");
        mail.lines().next().expect("a line").to_string()
    };
    assert_eq!(
        (to("001.eml"), to("002.eml")),
        ("X-To: a@b.example,c@d.example".into(), "X-To: later@b.example".into())
    );
    assert!(!folder.path().join("003.eml").exists());
}

/// A server that says one thing without an end, before anything was asked and after it.
#[tokio::test]
async fn a_server_that_talks_without_end_is_left() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for greeting in ["", "220 here\r\n"] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let port = listener.local_addr().expect("an address").port();
        let told = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(greeting.as_bytes()).await;
                if !greeting.is_empty() {
                    let _ = stream.read(&mut [0; 100]).await;
                }
                while let Ok(n) = stream.write(&[b'x'; 65_536]).await {
                    counted.fetch_add(n, std::sync::atomic::Ordering::Relaxed);
                }
            }
        });
        let toml = format!(
            "kind = 'smtp'\nurl = 'smtp://127.0.0.1:{port}'\nfrom = 'a@b.example'\nto = ['a@b.example']\ntimeout_s = 20"
        );
        let answer = open(&toml, true).expect("opened").push(1).await;
        assert!(is_again(&answer) && said(&answer).contains("more than 262144 bytes"), "{answer:?}");
        // what lies in the buffers of the system is not read
        let told = told.load(std::sync::atomic::Ordering::Relaxed);
        assert!(told < 32 << 20, "{told} bytes");
    }
}
