//! `[[delivery.sinks]]`: where events go. Only names of secrets are here, never a secret.

use super::secret::SecretFrom;
use super::settings::{Key, Kind, Settings, join, key};
use super::written::Written;
use crate::error::Result;
use std::path::PathBuf;
use std::time::Duration;
use toml::Value;

/// How a sink is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkKind {
    /// A web service: CloudEvents, or what a template makes.
    Http,
    /// A group robot of WeCom.
    Wecom,
    /// A group robot of DingTalk.
    Dingtalk,
    /// Mail.
    Smtp,
    /// An MQTT 5 broker.
    Mqtt,
    /// Files in a folder.
    Folder,
}

impl SinkKind {
    const ALL: [SinkKind; 6] =
        [SinkKind::Http, SinkKind::Wecom, SinkKind::Dingtalk, SinkKind::Smtp, SinkKind::Mqtt, SinkKind::Folder];

    /// The word in site.toml.
    pub fn name(self) -> &'static str {
        match self {
            SinkKind::Http => "http",
            SinkKind::Wecom => "wecom",
            SinkKind::Dingtalk => "dingtalk",
            SinkKind::Smtp => "smtp",
            SinkKind::Mqtt => "mqtt",
            SinkKind::Folder => "folder",
        }
    }

    /// Whether people read what it gets, and not programs.
    pub fn is_read_by_people(self) -> bool {
        matches!(self, SinkKind::Wecom | SinkKind::Dingtalk | SinkKind::Smtp)
    }
}

/// A file that says how the requests of a sink look; it is read when it is needed, for one that is not there must keep nothing from
/// being listed and told to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFile {
    /// Where it is.
    pub path: PathBuf,
}

/// What a folder sink writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderFormat {
    /// One GeoJSON file a notice.
    GeoJson,
    /// One CSV a Beijing day, with the columns of a FIRMS list.
    FirmsCsv,
}

/// Of which changes of an event a sink is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notices {
    /// Of every one.
    All,
    /// Of the first sight, and again when it grew or is closed.
    Grown,
    /// Of the first sight only.
    First,
}

/// Where events are pushed to.
#[derive(Debug, Clone, PartialEq)]
pub struct Sink {
    /// Where it is written, for messages: file and dotted key.
    pub place: String,
    /// Name within the site.
    pub name: String,
    /// How it is spoken to.
    pub kind: SinkKind,
    /// Address or folder; holds no secret.
    pub url: String,
    /// HMAC key (http), key (wecom), access token (dingtalk) or password (smtp, mqtt).
    pub secret: Option<SecretFrom>,
    /// Signing secret (dingtalk).
    pub sign: Option<SecretFrom>,
    /// Bearer token (http).
    pub bearer: Option<SecretFrom>,
    /// Requests of a platform's own form (http).
    pub template: Option<TemplateFile>,
    /// PEM of the client's certificate and of its key.
    pub client_identity: Option<(PathBuf, PathBuf)>,
    /// PEM of the authorities that are trusted instead of the system's.
    pub ca_cert: Option<PathBuf>,
    /// Sender (smtp).
    pub from: Option<String>,
    /// Recipients (smtp).
    pub to: Vec<String>,
    /// Name of the account (smtp, mqtt).
    pub user: Option<String>,
    /// What is written (folder).
    pub format: FolderFormat,
    /// It wakes people up: late points never go there.
    pub alarm: bool,
    /// Longest wait for a connection, and for an answer.
    pub timeout: Duration,
    /// Of which changes it is told.
    pub notice: Notices,
    /// Requests at the same time (http).
    pub in_flight: usize,
}

const KINDS: &[&str] = &["http", "wecom", "dingtalk", "smtp", "mqtt", "folder"];
const FORMATS: &[&str] = &["geojson", "firms-csv"];
const NOTICES: &[&str] = &["all", "grown", "first"];

// whether the files are there is found out when a sink is opened: a scan lists and keeps what it finds without them
const KEYS: &[Key] = &[
    key("name", Kind::Text),
    key("kind", Kind::OneOf(KINDS)),
    key("url", Kind::Text),
    key("secret_env", Kind::Text),
    key("secret_file", Kind::Text),
    key("sign_env", Kind::Text),
    key("sign_file", Kind::Text),
    key("bearer_env", Kind::Text),
    key("bearer_file", Kind::Text),
    key("template", Kind::Text),
    key("client_cert", Kind::Text),
    key("client_key", Kind::Text),
    key("ca_cert", Kind::Text),
    key("from", Kind::Text),
    key("to", Kind::Texts),
    key("user", Kind::Text),
    key("format", Kind::OneOf(FORMATS)),
    key("alarm", Kind::Flag),
    key("timeout_s", Kind::Number),
    key("notice", Kind::OneOf(NOTICES)),
    key("in_flight", Kind::Number),
];

/// Kinds that take a key; one that is not here is taken by all.
const TAKEN_BY: &[(&str, &[SinkKind])] = {
    use SinkKind::{Dingtalk, Folder, Http, Mqtt, Smtp, Wecom};
    &[
        ("secret_env", &[Http, Wecom, Dingtalk, Smtp, Mqtt]),
        ("secret_file", &[Http, Wecom, Dingtalk, Smtp, Mqtt]),
        ("sign_env", &[Dingtalk]),
        ("sign_file", &[Dingtalk]),
        ("bearer_env", &[Http]),
        ("bearer_file", &[Http]),
        ("template", &[Http]),
        ("client_cert", &[Http, Mqtt]),
        ("client_key", &[Http, Mqtt]),
        ("ca_cert", &[Http, Wecom, Dingtalk, Smtp, Mqtt]),
        ("from", &[Smtp]),
        ("to", &[Smtp]),
        ("user", &[Smtp, Mqtt]),
        ("format", &[Folder]),
        ("alarm", &[Http]),
        ("in_flight", &[Http]),
    ]
};

/// Seconds within which a sink connects and answers, where the site does not say.
const TIMEOUT_S: f64 = 10.0;
/// Longest that may be set: a sink that hangs holds its own queue.
const LONGEST_TIMEOUT_S: f64 = 600.0;
const IN_FLIGHT: f64 = 16.0;

impl Settings {
    /// The sinks, each with what its kind needs and a name of its own.
    pub(super) fn sinks(&self) -> Result<Vec<Sink>> {
        let tables = self.get("delivery.sinks").and_then(Value::as_array);
        let mut sinks: Vec<Sink> = Vec::new();
        for (index, value) in tables.into_iter().flatten().enumerate() {
            let place = format!("delivery.sinks[{index}]");
            let sink = self.sink(&place, value)?;
            if sinks.iter().any(|other| other.name == sink.name) {
                return Err(self.wrong(&join(&place, "name"), sink.name, "a name that no other sink has".to_string()));
            }
            sinks.push(sink);
        }
        Ok(sinks)
    }

    fn sink(&self, place: &str, value: &Value) -> Result<Sink> {
        let sink = Written::checked(self, place, value, KEYS)?.sink()?;
        let missing = |name: &str, expected: &str| {
            Err(self.wrong(&join(place, name), "nothing".to_string(), expected.to_string()))
        };
        match sink.kind {
            SinkKind::Wecom if sink.secret.is_none() => {
                missing("secret_env", "the robot's key, by secret_env or secret_file")
            }
            SinkKind::Dingtalk if sink.secret.is_none() => {
                missing("secret_env", "the robot's access token, by secret_env or secret_file")
            }
            SinkKind::Smtp if sink.from.is_none() => missing("from", "the sender's address"),
            SinkKind::Smtp if sink.to.is_empty() => missing("to", "addresses of recipients, as [\"desk@example.org\"]"),
            SinkKind::Smtp | SinkKind::Mqtt if sink.user.is_some() && sink.secret.is_none() => {
                missing("secret_env", "the password of `user`, by secret_env or secret_file")
            }
            SinkKind::Smtp | SinkKind::Mqtt if sink.user.is_none() && sink.secret.is_some() => {
                missing("user", "the account whose password secret_env or secret_file is")
            }
            _ => Ok(sink),
        }
    }
}

impl Written<'_> {
    fn sink(&self) -> Result<Sink> {
        let word = self.required("kind")?;
        let kind = SinkKind::ALL.into_iter().find(|kind| kind.name() == word);
        let kind = kind.ok_or_else(|| self.wrong("kind", &word, &KINDS.join(", ")))?;
        self.refuse_what_is_of_others(kind, SinkKind::name, TAKEN_BY)?;
        let alarm = self.value("alarm").and_then(Value::as_bool).unwrap_or(false);
        Ok(Sink {
            place: self.settings.at(self.place),
            name: self.required("name")?,
            kind,
            url: self.url(kind)?,
            secret: self.secret("secret")?,
            sign: self.secret("sign")?,
            bearer: self.secret("bearer")?,
            template: self.path("template").map(|path| TemplateFile { path }),
            client_identity: self.client_identity()?,
            ca_cert: self.path("ca_cert"),
            from: self.text("from"),
            to: self.texts("to"),
            user: self.text("user"),
            format: match self.text("format").as_deref() {
                Some("firms-csv") => FolderFormat::FirmsCsv,
                _ => FolderFormat::GeoJson,
            },
            alarm,
            timeout: Duration::from_secs_f64(self.within("timeout_s", TIMEOUT_S, 0.1, LONGEST_TIMEOUT_S)?),
            notice: match self.text("notice").as_deref() {
                Some("all") => Notices::All,
                Some("grown") => Notices::Grown,
                Some("first") => Notices::First,
                _ if alarm => Notices::First,
                _ if kind.is_read_by_people() => Notices::Grown,
                _ => Notices::All,
            },
            in_flight: self.within("in_flight", IN_FLIGHT, 1.0, 256.0)? as usize,
        })
    }

    /// A folder is one beside site.toml, wherever the program is started.
    fn url(&self, kind: SinkKind) -> Result<String> {
        let url = self.required("url")?;
        Ok(match kind {
            SinkKind::Folder if !url.contains("://") => self.settings.resolve(&url).display().to_string(),
            _ => url,
        })
    }

    fn client_identity(&self) -> Result<Option<(PathBuf, PathBuf)>> {
        match (self.path("client_cert"), self.path("client_key")) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.wrong("client_key", "nothing", "the key of client_cert")),
            (None, Some(_)) => Err(self.wrong("client_cert", "nothing", "the certificate of client_key")),
        }
    }
}
