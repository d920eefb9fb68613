//! An MQTT 5 broker: the CloudEvent is published with QoS 1, and is accepted when the broker has said so.

use super::guard::{Guard, bare_host};
use super::{Answer, Letter, Secret, Secrets, cloud_event, tls};
use crate::error::{Error, Result};
use crate::http;
use crate::site::Sink as Config;
use rumqttc::Transport;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAckReason, PublishProperties};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rustls::ClientConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A connection that has been quiet for longer is not trusted: nobody answered the broker's pings meanwhile.
const QUIET: Duration = Duration::from_secs(20);
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// Bytes of a message and what is around it; an event with many candidates and looks has some ten thousand.
const MOST_BYTES: u32 = 16 << 20;

/// An open broker.
pub(super) struct Mqtt {
    guard: Guard,
    host: String,
    port: u16,
    topic: String,
    tls: Option<Arc<ClientConfig>>,
    login: Option<(String, Secret)>,
    client_id: String,
    timeout: Duration,
    connection: tokio::sync::Mutex<Option<Connection>>,
}

struct Connection {
    client: AsyncClient,
    events: EventLoop,
    used: Instant,
}

impl std::fmt::Debug for Mqtt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mqtt({}:{}/{})", self.host, self.port, self.topic)
    }
}

impl Mqtt {
    pub(super) fn open(config: &Config, guard: Guard, own: Secrets) -> Result<Mqtt> {
        http::install_ring();
        let place = format!("{}.url", config.place);
        let url = guard.url(&config.url, &place, &["mqtt", "mqtts"])?;
        let host = bare_host(&url).to_string();
        let topic = percent_decoded(url.path().trim_start_matches('/'));
        if topic.is_empty() || topic.contains(['#', '+', '\0']) {
            let found = format!("the topic {topic:?}");
            return Err(Error::config(place, found, "mqtt://host:1883/topic, without # and +", "name the topic"));
        }
        let secure = url.scheme() == "mqtts";
        let tls = if secure { Some(Arc::new(tls::config(config, &host)?)) } else { None };
        Ok(Mqtt {
            guard,
            port: url.port().unwrap_or(if secure { 8883 } else { 1883 }),
            host,
            topic,
            tls,
            login: config.user.clone().zip(own.secret),
            // two programs under one name would throw each other out
            client_id: format!(
                "strawfire-{}-{}",
                config.name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
                std::process::id()
            ),
            timeout: config.timeout,
            connection: tokio::sync::Mutex::new(None),
        })
    }

    pub(super) async fn send(&self, letter: &Letter) -> Answer {
        let mut kept = self.connection.lock().await;
        let old = kept.take().filter(|connection| connection.used.elapsed() < QUIET);
        let is_old = old.is_some();
        let mut outcome = self.try_with(old, letter).await;
        if is_old && outcome.is_err() {
            // the broker may have closed it meanwhile
            outcome = self.try_with(None, letter).await;
        }
        match outcome {
            Ok((connection, answer)) => {
                *kept = Some(connection);
                answer
            }
            Err(said) => Answer::again(said),
        }
    }

    async fn try_with(
        &self,
        connection: Option<Connection>,
        letter: &Letter,
    ) -> std::result::Result<(Connection, Answer), String> {
        let mut connection = match connection {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let published = self.publish(&mut connection, letter);
        let answer =
            tokio::time::timeout(self.timeout, published).await.map_err(|_| "no answer in time".to_string())??;
        connection.used = Instant::now();
        Ok((connection, answer))
    }

    async fn connect(&self) -> std::result::Result<Connection, String> {
        let addresses = self.guard.resolve(&self.host, self.port).await?;
        let mut said = String::new();
        for address in addresses {
            let (client, mut events) = AsyncClient::new(self.options(address), 4);
            match tokio::time::timeout(self.timeout, events.poll()).await {
                Ok(Ok(Event::Incoming(Packet::ConnAck(_)))) => {
                    return Ok(Connection { client, events, used: Instant::now() });
                }
                Ok(Ok(_)) => said = "an answer that is none of a broker".to_string(),
                Ok(Err(error)) => said = error.to_string(),
                Err(_) => said = "no connection in time".to_string(),
            }
        }
        Err(said)
    }

    fn options(&self, address: SocketAddr) -> MqttOptions {
        let plain_v6 = address.is_ipv6() && self.tls.is_none();
        let ip = if plain_v6 { format!("[{}]", address.ip()) } else { address.ip().to_string() };
        let mut options = MqttOptions::new(&self.client_id, ip, address.port());
        options.set_keep_alive(KEEP_ALIVE).set_clean_start(true).set_max_packet_size(Some(MOST_BYTES));
        options.set_connection_timeout(self.timeout.as_secs().max(1));
        if let Some(tls) = &self.tls {
            options.set_transport(Transport::tls_with_config(rumqttc::TlsConfiguration::Rustls(Arc::clone(tls))));
        }
        if let Some((user, password)) = &self.login {
            options.set_credentials(user, password.reveal());
        }
        options
    }

    async fn publish(&self, connection: &mut Connection, letter: &Letter) -> std::result::Result<Answer, String> {
        let properties = PublishProperties {
            payload_format_indicator: Some(1),
            content_type: Some(cloud_event::CONTENT_TYPE.to_string()),
            user_properties: vec![
                ("idempotency-key".to_string(), letter.key.clone()),
                ("late".to_string(), letter.late.to_string()),
            ],
            ..PublishProperties::default()
        };
        let sent = connection.client.try_publish_with_properties(
            &self.topic,
            QoS::AtLeastOnce,
            false,
            letter.body.clone(),
            properties,
        );
        sent.map_err(|_| "the message could not be handed over".to_string())?;
        loop {
            let event = connection.events.poll().await.map_err(|error| error.to_string())?;
            match event {
                // one message is on its way at a time, so that this is its answer
                Event::Incoming(Packet::PubAck(ack)) => return Ok(answer(ack.reason)),
                Event::Incoming(Packet::Disconnect(packet)) => {
                    return Err(format!("the broker ended the connection: {:?}", packet.reason_code));
                }
                _ => {}
            }
        }
    }
}

/// By MQTT 5, 3.4.2.1: what the topic or the account is not allowed stays so; of the rest nobody knows. A fire that nobody was given
/// is not told: it waits for somebody.
fn answer(reason: PubAckReason) -> Answer {
    let said = format!("PUBACK {reason:?}");
    match reason {
        PubAckReason::Success => Answer::Accepted { said },
        PubAckReason::NoMatchingSubscribers => Answer::again(format!(
            "{said}: nobody has subscribed to the topic, so nobody has it; start the receiver, or correct the topic in url"
        )),
        PubAckReason::NotAuthorized | PubAckReason::TopicNameInvalid | PubAckReason::PayloadFormatInvalid => {
            Answer::Refused { said }
        }
        _ => Answer::again(said),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match code {
            Some(code) if byte == b'%' => {
                bytes.push(code);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
