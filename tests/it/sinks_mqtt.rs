//! MQTT 5 to a real broker: mosquitto.

use crate::common::have_program;
use crate::sinks::{SECRET, certificates, is_accepted, is_again, is_refused, letter, open, said};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use strawfire::deliver::sinks::Answer;

struct Broker(Child);

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Mosquitto cannot take port 0: a free one is asked for first.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("an address").port()
}

fn broker(folder: &Path, port: u16, more: &str) -> Option<Broker> {
    let program = have_program(&["mosquitto", "/usr/sbin/mosquitto"])?;
    let config = folder.join("mosquitto.conf");
    // as root it would become another user, who must not read the test's folder
    std::fs::write(&config, format!("user root\nper_listener_settings false\nlistener {port} 127.0.0.1\n{more}\n"))
        .expect("written");
    let child = Command::new(program).arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let broker = Broker(child.expect("starts"));
    for _ in 0..100 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(broker);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("mosquitto does not listen");
}

/// Subscribes; gives what comes.
async fn subscriber(port: u16) -> tokio::sync::mpsc::UnboundedReceiver<Publish> {
    let (client, mut events) = AsyncClient::new(MqttOptions::new("reader", "127.0.0.1", port), 4);
    client.subscribe("海东/fires", QoS::AtLeastOnce).await.expect("asked");
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (_client, mut ready) = (client, Some(ready));
        while let Ok(event) = events.poll().await {
            match event {
                Event::Incoming(Packet::SubAck(_)) => _ = ready.take().map(|ready| ready.send(())),
                Event::Incoming(Packet::Publish(publish)) => _ = sender.send(publish),
                _ => {}
            }
        }
    });
    is_ready.await.expect("subscribed");
    receiver
}

async fn next(receiver: &mut tokio::sync::mpsc::UnboundedReceiver<Publish>) -> Publish {
    tokio::time::timeout(Duration::from_secs(5), receiver.recv()).await.expect("in time").expect("a message")
}

#[tokio::test]
async fn an_event_is_published_and_the_sink_outlives_its_broker() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let Some(running) = broker(folder.path(), port, "allow_anonymous true") else { return };
    let sink =
        open(&format!("kind = 'mqtt'\nurl = 'mqtt://127.0.0.1:{port}/%E6%B5%B7%E4%B8%9C/fires'\ntimeout_s = 2"), true);
    let sink = sink.expect("opened");
    let mut reader = subscriber(port).await;
    for n in 0..50 {
        let answer = sink.push(n).await;
        assert!(is_accepted(&answer) && said(&answer).contains("PUBACK"), "{answer:?}");
        let met = next(&mut reader).await;
        let properties = met.properties.expect("properties");
        let key = ("idempotency-key".to_string(), format!("{n:016x}:1"));
        assert!(properties.user_properties.contains(&key), "{properties:?}");
        assert_eq!(properties.content_type.as_deref(), Some("application/cloudevents+json"));
        assert_eq!(met.payload, letter(&sink.config, n).body.as_bytes());
    }
    // the broker is gone, and comes back: the event waits, and goes
    drop(running);
    let answer = sink.push(60).await;
    assert!(is_again(&answer), "{answer:?}");
    let _running = broker(folder.path(), port, "allow_anonymous true");
    // nobody has subscribed there yet: what nobody got is not told
    let answer = sink.push(60).await;
    assert!(is_again(&answer) && said(&answer).contains("nobody has subscribed"), "{answer:?}");
    let mut reader = subscriber(port).await;
    let answer = sink.push(60).await;
    assert!(is_accepted(&answer), "{answer:?}");
    next(&mut reader).await;
    // nobody is at an address where nothing listens
    let nobody = open(&format!("kind = 'mqtt'\nurl = 'mqtt://127.0.0.1:{}/a'\ntimeout_s = 1", free_port()), true);
    assert!(is_again(&nobody.expect("opened").push(1).await));
}

#[tokio::test]
async fn a_broker_with_tls_and_accounts() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = certificates(folder.path(), &["localhost", "stranger.example"]);
    let path = |name: &str| dir.join(name).display().to_string();
    if have_program(&["mosquitto_passwd"]).is_none() {
        return;
    }
    let made = Command::new("mosquitto_passwd").args(["-b", "-c", &path("accounts"), "desk", SECRET]).status();
    assert!(made.expect("runs").success());
    std::fs::write(dir.join("acl"), "user desk\ntopic write fires\n").expect("written");
    let port = free_port();
    let config = |name: &str| {
        format!(
            "allow_anonymous false\npassword_file {}\nacl_file {}\ncertfile {}\nkeyfile {}",
            path("accounts"),
            path("acl"),
            path(&format!("{name}.pem")),
            path(&format!("{name}.key"))
        )
    };
    let Some(running) = broker(folder.path(), port, &config("localhost")) else { return };
    let ca = path("ca.pem");
    let push = async |topic: &str, more: &str| {
        let toml = format!("kind = 'mqtt'\nurl = 'mqtts://localhost:{port}/{topic}'\ntimeout_s = 3\n{more}");
        open(&toml, true).expect("opened").push(1).await
    };
    let mine = format!("ca_cert = '{ca}'\nuser = 'desk'\nSECRET");
    // let in, and allowed to write: it lacks nothing but somebody who reads
    let answer = push("fires", &mine).await;
    assert!(is_again(&answer) && said(&answer).contains("NoMatchingSubscribers"), "{answer:?}");
    let answer = push("other", &mine).await;
    assert!(matches!(&answer, Answer::Refused { said } if said.contains("NotAuthorized")), "{answer:?}");
    assert!(is_refused(&answer));
    let untrusted = push("fires", "user = 'desk'\nSECRET").await;
    assert!(is_again(&untrusted), "{untrusted:?}");
    let wrong = push("fires", &format!("ca_cert = '{ca}'\nuser = 'other'\nSECRET")).await;
    assert!(is_again(&wrong) && !said(&wrong).contains("geheim"), "{wrong:?}");
    // another host's certificate
    drop(running);
    let _running = broker(folder.path(), port, &config("stranger.example"));
    let stranger = push("fires", &mine).await;
    assert!(is_again(&stranger), "{stranger:?}");
}
