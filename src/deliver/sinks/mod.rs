//! Sinks: how an event leaves the house. They know nothing of a store: a body is rendered once, when it is queued
//! ([`render`]); later letters are sent, and sent again, until the other side has said that it has them ([`Sink::send`]).

mod client;
mod cloud_event;
mod folder;
mod guard;
mod http;
mod mail;
mod mail_list;
mod mqtt;
mod robot;
mod smtp;
pub(in crate::deliver) mod template;
mod tls;
mod words;

use super::{case, geojson};
use crate::cases::{Case, Status};
use crate::error::Result;
use crate::fire::FireEvent;
pub use crate::site::Secret;
use crate::site::{self, Delivery, FolderFormat, SinkKind};
use crate::time::Utc;
use guard::Guard;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What happened to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Seen for the first time.
    New,
    /// Something about it changed.
    Updated,
    /// It ended, became part of another one, or was withdrawn.
    Closed,
    /// Nobody acknowledged it in time.
    Escalated,
    /// Its case was given to a post.
    Dispatched,
    /// A step of its case is due soon.
    Reminder,
    /// A step of its case is late.
    Overdue,
    /// A post's task is another one: taken away, suspended, to be done again.
    Changed,
    /// No event: what the station itself has to tell the desk.
    Station,
}

impl Kind {
    const ALL: [Kind; 9] = [
        Kind::New,
        Kind::Updated,
        Kind::Closed,
        Kind::Escalated,
        Kind::Dispatched,
        Kind::Reminder,
        Kind::Overdue,
        Kind::Changed,
        Kind::Station,
    ];

    /// The word of programs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Updated => "updated",
            Kind::Closed => "closed",
            Kind::Escalated => "escalated",
            Kind::Dispatched => "dispatched",
            Kind::Reminder => "reminder",
            Kind::Overdue => "overdue",
            Kind::Changed => "changed",
            Kind::Station => "station",
        }
    }

    /// What the desk says of a case under: it is told beside what is told of the event, and never in the place of it.
    pub fn told_as(self, event: &str) -> String {
        format!("{} {event}", self.name())
    }

    /// Of [`Kind::name`].
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is to be told of an event.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// The event as it is now.
    pub event: &'a FireEvent,
    /// What happened to it.
    pub kind: Kind,
    /// Counts the notices of this event, from 1.
    pub revision: u32,
    /// Told late (补发): its fire may be out by now.
    pub late: bool,
    /// When it is told.
    pub at: Utc,
    /// Name of the site.
    pub site: &'a str,
    /// What was made of it; `None` where nobody did anything.
    pub case: Option<&'a Case>,
    /// What the desk says with it; `None` for what is of the event alone.
    pub message: Option<&'a Message>,
}

/// What the desk tells a unit of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Whom it is for, in words.
    pub unit: String,
    /// The step that is waited for.
    pub step: &'static str,
    /// Until when.
    pub due: Option<Utc>,
    /// What is said.
    pub said: String,
    /// Where the case is.
    pub status: &'static str,
    /// Code of the post that has the case.
    pub post: Option<String>,
    /// Its name.
    pub post_name: Option<String>,
    /// Who is on duty there.
    pub person: Option<String>,
    /// Their telephone.
    pub phone: Option<String>,
    /// The link of the task: whoever opens it first has it.
    pub link: Option<String>,
}

impl Notice<'_> {
    /// `<event id>:<revision>`: the same notice has the same key however often it is sent. What the desk says of a case has a name of its
    /// own and the moment at which it is said: it is told beside what is told of the event, and never in the place of it.
    pub fn key(&self) -> String {
        match self.message {
            None => format!("{}:{}", self.event.id, self.revision),
            Some(_) => format!("{}:{}", self.name(), self.at.micros()),
        }
    }

    /// Where its case stands.
    pub(in crate::deliver) fn status(&self) -> Status {
        case::status(self.kind != Kind::Closed, self.case)
    }

    /// The event's Feature, with where its case stands and what was found.
    fn feature(&self) -> Result<serde_json::Value> {
        let mut feature = geojson::event_feature(self.event)?;
        case::write_into(&mut feature, self.status(), self.case);
        Ok(feature)
    }

    /// What it is of, in the outbox.
    pub fn name(&self) -> String {
        if self.message.is_none() { self.event.id.clone() } else { self.kind.told_as(&self.event.id) }
    }
}

/// The body of what the station tells people: a line, and sentences under it. `None` for sinks that programs read.
pub fn render_plain(config: &site::Sink, line: &str, details: &[String], simulated: bool) -> Option<String> {
    match config.kind {
        SinkKind::Wecom | SinkKind::Dingtalk => Some(words::plain_block(line, details)),
        SinkKind::Smtp => Some(mail::plain_body(line, details, simulated)),
        SinkKind::Http | SinkKind::Mqtt | SinkKind::Folder => None,
    }
}

/// The body of a notice for a sink. Pure: no secret, no clock; the same notice gives the same bytes.
///
/// # Errors
/// [`crate::error::Error::Config`] where the sink's template does not fit the event.
pub fn render(config: &site::Sink, notice: &Notice<'_>) -> Result<String> {
    match config.kind {
        SinkKind::Http => match &config.template {
            Some(file) => template::Template::parse(file, &config.place)?.body(notice),
            None => cloud_event::body(notice),
        },
        SinkKind::Mqtt => cloud_event::body(notice),
        SinkKind::Wecom | SinkKind::Dingtalk => Ok(words::block(notice)),
        SinkKind::Smtp => mail::body(notice),
        SinkKind::Folder => match config.format {
            FolderFormat::GeoJson => folder::geojson(notice),
            FolderFormat::FirmsCsv => folder::firms_row(notice),
        },
    }
}

/// A rendered notice on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// [`Notice::key`].
    pub key: String,
    /// Id of the event.
    pub event: String,
    /// Counts the notices of this event, from 1.
    pub revision: u32,
    /// What happened to it.
    pub kind: Kind,
    /// What [`render`] gave.
    pub body: String,
    /// Last detection.
    pub seen: Utc,
    /// When it was queued.
    pub queued: Utc,
    /// Late by now, whatever the body says.
    pub late: bool,
    /// Who of several recipients has it already (mail).
    pub recipients: Recipients,
}

/// Recipients of a mail for whom nothing is to be done any more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recipients {
    /// The mail server took it for them.
    #[serde(default)]
    pub have: Vec<String>,
    /// The mail server refused them for good, each with its words.
    #[serde(default)]
    pub refused: Vec<(String, String)>,
}

impl Letter {
    /// Of a notice and what was rendered of it.
    pub fn of(notice: &Notice<'_>, body: String) -> Letter {
        Letter {
            key: notice.key(),
            event: notice.event.id.clone(),
            revision: notice.revision,
            kind: notice.kind,
            body,
            seen: notice.event.last_seen,
            queued: notice.at,
            late: notice.late,
            recipients: Recipients::default(),
        }
    }
}

/// What became of a message, for all letters in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The other side has it.
    Accepted {
        /// In whose words.
        said: String,
    },
    /// Some of several recipients have it.
    Partly {
        /// Who has it, and who was refused for good, in all tries.
        recipients: Recipients,
        /// Whether others may have it later: it is sent to those again, and to nobody else.
        waits: bool,
        /// In whose words.
        said: String,
    },
    /// Not now, or nobody knows: send it again.
    Again {
        /// Not before so long, where the other side says.
        after: Option<Duration>,
        /// What the sink is told by it.
        why: Why,
        /// Why.
        said: String,
    },
    /// Never as it is: a person has to look at it.
    Refused {
        /// Why.
        said: String,
    },
}

/// Why something is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It did not work, or nobody knows whether it did.
    Failed,
    /// The other side asks for fewer calls: a wait that it names is one for all that it is sent.
    Busy,
    /// The other side took it without the sign of success that its template asks for: so it may be for ever.
    NoSuccess,
}

impl Answer {
    /// The same with other words.
    fn map(self, change: impl Fn(String) -> String) -> Answer {
        match self {
            Answer::Accepted { said } => Answer::Accepted { said: change(said) },
            Answer::Partly { recipients, waits, said } => {
                let refused = recipients.refused.into_iter().map(|(to, said)| (to, change(said))).collect();
                let recipients = Recipients { have: recipients.have, refused };
                Answer::Partly { recipients, waits, said: change(said) }
            }
            Answer::Again { after, why, said } => Answer::Again { after, why, said: change(said) },
            Answer::Refused { said } => Answer::Refused { said: change(said) },
        }
    }

    fn again(said: impl Into<String>) -> Answer {
        Answer::Again { after: None, why: Why::Failed, said: said.into() }
    }
}

/// An open sink.
#[derive(Debug)]
pub struct Sink {
    name: String,
    alarm: bool,
    in_flight: usize,
    /// Longest that one message may take, with all its steps.
    whole: Duration,
    /// What must not be seen in what it says.
    secrets: Vec<Secret>,
    channel: Channel,
}

#[derive(Debug)]
enum Channel {
    Http(http::Http),
    Template(Box<template::Platform>),
    Robot(robot::Robot),
    Mail(Box<mail::Mail>),
    Mqtt(Box<mqtt::Mqtt>),
    Folder(folder::Folder),
}

impl Sink {
    /// Reads its secrets and certificates and checks its address and template; connects to nothing.
    ///
    /// # Errors
    /// [`crate::error::Error::Config`] with the place in site.toml or the template.
    pub fn open(config: &site::Sink, delivery: &Delivery) -> Result<Sink> {
        let guard = Guard { allow_loopback: delivery.allow_loopback };
        let secret = |from: &Option<site::SecretFrom>, name: &str| {
            from.as_ref().map(|from| Secret::read(from, &format!("{}.{name}", config.place))).transpose()
        };
        let own = Secrets {
            secret: secret(&config.secret, "secret")?,
            sign: secret(&config.sign, "sign")?,
            bearer: secret(&config.bearer, "bearer")?,
        };
        let secrets = [&own.secret, &own.sign, &own.bearer].into_iter().flatten().cloned().collect();
        let channel = match (config.kind, &config.template) {
            (SinkKind::Http, Some(file)) => {
                Channel::Template(Box::new(template::Platform::open(config, file, guard, own)?))
            }
            (SinkKind::Http, None) => Channel::Http(http::Http::open(config, guard, own)?),
            (SinkKind::Wecom | SinkKind::Dingtalk, _) => Channel::Robot(robot::Robot::open(config, guard, own)?),
            (SinkKind::Smtp, _) => Channel::Mail(Box::new(mail::Mail::open(config, guard, own)?)),
            (SinkKind::Mqtt, _) => Channel::Mqtt(Box::new(mqtt::Mqtt::open(config, guard, own)?)),
            (SinkKind::Folder, _) => Channel::Folder(folder::Folder::open(config)?),
        };
        Ok(Sink {
            name: config.name.clone(),
            alarm: config.alarm,
            in_flight: if config.kind == SinkKind::Http { config.in_flight } else { 1 },
            whole: match config.kind {
                // a mail is many questions: each has its own time, and what is given up in the middle may come twice
                SinkKind::Smtp => config.timeout.saturating_mul(8 + config.to.len() as u32),
                // a token may be fetched twice, and a connection made anew
                _ => config.timeout * 4,
            },
            secrets,
            channel,
        })
    }

    /// Its name within the site.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many messages may be on their way at the same time (never two of one event).
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many letters from the first on go into one message; at least 1.
    pub fn fits(&self, letters: &[Letter]) -> usize {
        match &self.channel {
            Channel::Robot(robot) => robot.fits(letters),
            Channel::Mail(_) => mail::fits(letters),
            Channel::Http(_) | Channel::Template(_) | Channel::Mqtt(_) | Channel::Folder(_) => 1,
        }
    }

    /// Messages in any such span of time at most, tries that failed among them.
    pub fn pace(&self) -> Option<(u32, Duration)> {
        matches!(self.channel, Channel::Robot(_)).then_some(robot::PACE)
    }

    /// Sends one message with all these letters, [`Sink::fits`] of them at most. It ends in bounded time, and what it says
    /// holds no secret.
    pub async fn send(&self, letters: &[Letter], now: Utc) -> Answer {
        let answer = match tokio::time::timeout(self.whole, self.hand_over(letters, now)).await {
            Ok(answer) => answer,
            Err(_) => Answer::again(format!("no answer within {} s", self.whole.as_secs_f64())),
        };
        // covered first: what is cut or put on one line before may hold a part of a secret that is not known any more
        answer.map(|said| client::one_line(&self.secrets.iter().fold(said, |said, secret| secret.covered_in(&said))))
    }

    async fn hand_over(&self, letters: &[Letter], now: Utc) -> Answer {
        let Some(first) = letters.first() else {
            return Answer::Accepted { said: "nothing to send".to_string() };
        };
        if letters.len() > self.fits(letters) {
            return Answer::again("more letters than fit into one message");
        }
        if self.alarm && first.late {
            return Answer::Accepted { said: "not sent: a late point raises no alarm".to_string() };
        }
        match &self.channel {
            Channel::Http(http) => http.send(first, now).await,
            Channel::Template(platform) => platform.send(first, now).await,
            Channel::Robot(robot) => robot.send(letters, now).await,
            Channel::Mail(mail) => mail.send(letters, now).await,
            Channel::Mqtt(mqtt) => mqtt.send(first).await,
            Channel::Folder(folder) => folder.send(first).await,
        }
    }
}

/// The secrets of one sink.
struct Secrets {
    secret: Option<Secret>,
    sign: Option<Secret>,
    bearer: Option<Secret>,
}
