//! `[[station.inboxes]]`: where imagery comes from. Only names of secrets are here, never a secret.

mod source;
#[cfg(test)]
mod tests;

use super::secret::SecretFrom;
use super::settings::{Key, Kind, Settings, join, key};
use super::written::Written;
use crate::error::Result;
use crate::schedule;
use std::path::PathBuf;
use toml::Value;

/// What an inbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxKind {
    /// A folder of this machine, or one that is mounted.
    Folder,
    /// A bucket of an S3-compatible store.
    S3,
    /// A directory of a web server.
    Http,
    /// A directory of an SSH server.
    Sftp,
    /// The area API of NASA FIRMS.
    Firms,
}

impl InboxKind {
    const ALL: [InboxKind; 5] = [InboxKind::Folder, InboxKind::S3, InboxKind::Http, InboxKind::Sftp, InboxKind::Firms];

    /// What a source is.
    pub fn of(source: &Source) -> Self {
        match source {
            Source::Folder { .. } => InboxKind::Folder,
            Source::S3 { .. } => InboxKind::S3,
            Source::Http { .. } => InboxKind::Http,
            Source::Sftp { .. } => InboxKind::Sftp,
            Source::Firms { .. } => InboxKind::Firms,
        }
    }

    /// The word in site.toml.
    pub fn name(self) -> &'static str {
        match self {
            InboxKind::Folder => "folder",
            InboxKind::S3 => "s3",
            InboxKind::Http => "http",
            InboxKind::Sftp => "sftp",
            InboxKind::Firms => "firms",
        }
    }

    /// Seconds between two looks, where the site does not say: a folder is at hand, a server is somebody else's, and FIRMS counts requests.
    fn poll_s(self) -> f64 {
        match self {
            InboxKind::Folder => 5.0,
            InboxKind::S3 | InboxKind::Http | InboxKind::Sftp => 60.0,
            InboxKind::Firms => 300.0,
        }
    }
}

/// Where the files of an inbox are, and how to get in. Prefixes, addresses and paths end in `/` and may hold the time fields
/// `%Y %m %d %H %M %j` (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder; it need not exist yet.
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// An S3-compatible store.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Beginning of the keys; empty, or with a `/` at its end.
        prefix: String,
        /// Address of the store; none: AWS.
        endpoint: Option<String>,
        /// Region of the bucket.
        region: String,
        /// Access key id and secret access key; none: anonymous.
        signed: Option<(String, SecretFrom)>,
        /// Whether the endpoint may be http.
        allow_http: bool,
    },
    /// A directory listing.
    Http {
        /// Address of the directory.
        url: String,
        /// User of a basic login.
        user: Option<String>,
        /// Password of `user`.
        password: Option<SecretFrom>,
        /// Bearer token.
        bearer: Option<SecretFrom>,
    },
    /// A directory of an SSH server.
    Sftp {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
        /// User.
        user: String,
        /// The directory, from the root.
        path: String,
        /// Password of `user`.
        password: Option<SecretFrom>,
        /// File with a private key.
        identity: Option<PathBuf>,
        /// File with keys of known hosts.
        known_hosts: Option<PathBuf>,
        /// Fingerprint of the host's key, `SHA256:` with base64.
        host_key: Option<String>,
    },
    /// The area API of FIRMS.
    Firms {
        /// Address without a path of the API.
        url: String,
        /// Lists that are asked for, as `VIIRS_NOAA20_NRT`.
        products: Vec<String>,
        /// The MAP_KEY.
        key: SecretFrom,
    },
}

/// Where imagery comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbox {
    /// Where it is written, for messages: file and dotted key.
    pub place: String,
    /// Name within the site.
    pub name: String,
    /// Where the files are.
    pub source: Source,
    /// Globs on file names; empty: every name of a product that the program knows.
    pub patterns: Vec<String>,
    /// Seconds between two looks.
    pub poll_s: f64,
    /// Age from which files are no longer looked for, hours.
    pub look_back_hours: f64,
    /// Satellites whose looks are expected from it.
    pub satellites: Vec<String>,
    /// Minutes after a look within which its files are expected, where set.
    pub deadline_min: Option<f64>,
    /// Globs of files that a look of it needs before it is whole.
    pub needs: Vec<String>,
}

const KINDS: &[&str] = &["folder", "s3", "http", "sftp", "firms"];

const KEYS: &[Key] = &[
    key("name", Kind::Text),
    key("kind", Kind::OneOf(KINDS)),
    key("path", Kind::Folder),
    key("url", Kind::Text),
    key("patterns", Kind::Texts),
    key("poll_s", Kind::Number),
    key("look_back_hours", Kind::Number),
    key("satellites", Kind::Texts),
    key("deadline_min", Kind::Number),
    key("needs", Kind::Texts),
    key("endpoint", Kind::Text),
    key("region", Kind::Text),
    key("access_key_id", Kind::Text),
    key("secret_env", Kind::Text),
    key("secret_file", Kind::Text),
    key("allow_http", Kind::Flag),
    key("user", Kind::Text),
    key("password_env", Kind::Text),
    key("password_file", Kind::Text),
    key("bearer_env", Kind::Text),
    key("bearer_file", Kind::Text),
    key("identity", Kind::File),
    key("known_hosts", Kind::File),
    key("host_key", Kind::Text),
    key("products", Kind::Texts),
    key("key_env", Kind::Text),
    key("key_file", Kind::Text),
];

/// Kinds that take a key; one that is not here is taken by all.
const TAKEN_BY: &[(&str, &[InboxKind])] = {
    use InboxKind::{Firms, Folder, Http, S3, Sftp};
    &[
        ("path", &[Folder]),
        ("url", &[S3, Http, Sftp, Firms]),
        ("patterns", &[Folder, S3, Http, Sftp]),
        ("needs", &[Folder, S3, Http, Sftp]),
        ("endpoint", &[S3]),
        ("region", &[S3]),
        ("access_key_id", &[S3]),
        ("secret_env", &[S3]),
        ("secret_file", &[S3]),
        ("allow_http", &[S3, Http, Firms]),
        ("user", &[Http]),
        ("password_env", &[Http, Sftp]),
        ("password_file", &[Http, Sftp]),
        ("bearer_env", &[Http]),
        ("bearer_file", &[Http]),
        ("identity", &[Sftp]),
        ("known_hosts", &[Sftp]),
        ("host_key", &[Sftp]),
        ("products", &[Firms]),
        ("key_env", &[Firms]),
        ("key_file", &[Firms]),
    ]
};

const LOOK_BACK_HOURS: f64 = 24.0;
/// What P-Tree and most rolling archives keep, hours.
const LONGEST_LOOK_BACK_HOURS: f64 = 31.0 * 24.0;
const DAY_S: f64 = 86_400.0;
const DAY_MIN: f64 = 1440.0;

impl Settings {
    /// The inboxes, each with what its kind needs and a name of its own.
    pub(super) fn inboxes(&self) -> Result<Vec<Inbox>> {
        let tables = self.get("station.inboxes").and_then(Value::as_array);
        let mut inboxes: Vec<Inbox> = Vec::new();
        for (index, value) in tables.into_iter().flatten().enumerate() {
            let place = format!("station.inboxes[{index}]");
            let inbox = Written::checked(self, &place, value, KEYS)?.inbox()?;
            if inboxes.iter().any(|other| other.name == inbox.name) {
                let expected = "a name that no other inbox has".to_string();
                return Err(self.wrong(&join(&place, "name"), inbox.name, expected));
            }
            inboxes.push(inbox);
        }
        Ok(inboxes)
    }
}

impl Written<'_> {
    fn inbox(&self) -> Result<Inbox> {
        let word = self.required("kind")?;
        let kind = InboxKind::ALL.into_iter().find(|kind| kind.name() == word);
        let kind = kind.ok_or_else(|| self.wrong("kind", &word, &KINDS.join(", ")))?;
        self.refuse_what_is_of_others(kind, InboxKind::name, TAKEN_BY)?;
        let deadline = self.value("deadline_min").map(|_| self.within("deadline_min", DAY_MIN, 0.1, DAY_MIN));
        Ok(Inbox {
            place: self.settings.at(self.place),
            name: self.inbox_name()?,
            source: self.source(kind)?,
            patterns: self.globs("patterns")?,
            poll_s: self.within("poll_s", kind.poll_s(), 0.1, DAY_S)?,
            look_back_hours: self.within("look_back_hours", LOOK_BACK_HOURS, 0.1, LONGEST_LOOK_BACK_HOURS)?,
            satellites: self.satellites()?,
            deadline_min: deadline.transpose()?,
            needs: self.globs("needs")?,
        })
    }

    /// It becomes the name of a folder.
    fn inbox_name(&self) -> Result<String> {
        let name = self.required("name")?;
        if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b)) {
            return Ok(name);
        }
        Err(self.wrong("name", &name, "a name of the letters a-z, digits, _ and -"))
    }

    /// A name that nobody knows would never be missed.
    fn satellites(&self) -> Result<Vec<String>> {
        let named = self.texts("satellites");
        let is_known = |name: &String| schedule::satellites().any(|known| known == name);
        if let Some((at, name)) = named.iter().enumerate().find(|(_, name)| !is_known(name)) {
            let known: Vec<&str> = schedule::satellites().collect();
            return Err(self.wrong(&format!("satellites[{at}]"), name, &format!("some of {}", known.join(", "))));
        }
        Ok(named)
    }

    fn globs(&self, name: &str) -> Result<Vec<String>> {
        let globs = self.texts(name);
        for (at, text) in globs.iter().enumerate() {
            if text.is_empty() || text.contains('/') || glob::Pattern::new(text).is_err() {
                let expected = "a pattern of file names without a folder, as \"HS_H09_*_B07_FLDK_*\"";
                return Err(self.wrong(&format!("{name}[{at}]"), text, expected));
            }
        }
        Ok(globs)
    }
}
