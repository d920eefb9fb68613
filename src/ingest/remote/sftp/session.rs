//! Getting into an SSH server: its key first, then ours.

use crate::error::{Error, Result};
use crate::http::chain;
use crate::ingest::remote::client::{CONNECT, SILENCE, one_line};
use crate::site::{Inbox, Secret, Source};
use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, known_hosts};
use russh::{MethodKind, Preferred};
use russh_sftp::client::RawSftpSession;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// So often a silent server is asked whether it is there; after the third time without an answer it is not.
const KEEPALIVE: Duration = Duration::from_secs(10);
/// Longest wait for the answer to a request, seconds: chunks of a file wait for those before them on a slow line.
const ANSWER_S: u64 = 2 * SILENCE.as_secs();

/// How to get in.
#[derive(Debug)]
pub(super) struct Access {
    /// `sftp://user@host:port`
    pub(super) name: String,
    place: String,
    host: String,
    port: u16,
    user: String,
    password: Option<Secret>,
    identity: Option<Arc<PrivateKey>>,
    known_hosts: Option<PathBuf>,
    host_key: Option<String>,
}

/// A connection that is logged in.
pub(super) struct Session {
    handle: Handle<Host>,
    pub(super) sftp: RawSftpSession,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    pub(super) fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }
}

impl Access {
    /// # Errors
    /// [`Error::Config`] where a secret, key or list of hosts cannot be read.
    pub(super) fn read(inbox: &Inbox) -> Result<Access> {
        let Source::Sftp { host, port, user, password, identity, known_hosts, host_key, .. } = &inbox.source else {
            return Err(super::no_directory(inbox, "sftp"));
        };
        let wrong = |key: &str, path: &PathBuf, error: String, expected: &str| {
            let found = format!("{} ({error})", path.display());
            Error::config(format!("{}.{key}", inbox.place), found, expected, "correct the path or the file")
        };
        if let Some(path) = known_hosts {
            std::fs::read(path).map_err(|error| {
                wrong("known_hosts", path, error.to_string(), "a file of keys as ssh-keyscan prints them")
            })?;
        }
        let identity = identity.as_ref().map(|path| {
            let key = russh::keys::load_secret_key(path, None);
            let expected = "a private key without a passphrase, that this user can read";
            key.map(Arc::new).map_err(|error| wrong("identity", path, error.to_string(), expected))
        });
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        Ok(Access {
            name: format!("sftp://{user}@{shown}:{port}"),
            place: inbox.place.clone(),
            host: host.clone(),
            port: *port,
            user: user.clone(),
            password: password.as_ref().map(|from| Secret::read(from, &inbox.place)).transpose()?,
            identity: identity.transpose()?,
            known_hosts: known_hosts.clone(),
            host_key: host_key.clone(),
        })
    }

    /// # Errors
    /// [`Error::Input`] where nobody answers or the login is refused; [`Error::Config`] where the key of the host is not the known one.
    pub(super) async fn connect(&self) -> Result<Session> {
        let wait = CONNECT + SILENCE;
        tokio::time::timeout(wait, self.log_in()).await.unwrap_or_else(|_| {
            let found = format!("no login within {} s", wait.as_secs());
            Err(Error::input(&self.name, found, "an SSH server", "it is tried again; check host, port and network"))
        })
    }

    async fn log_in(&self) -> Result<Session> {
        let met = Arc::new(Mutex::new(None));
        let host = Host { known: self.known_keys(), host_key: self.host_key.clone(), met: Arc::clone(&met) };
        let address = (self.host.as_str(), self.port);
        let connected = tokio::time::timeout(CONNECT, client::connect(self.config(), address, host)).await;
        let mut handle = match connected {
            Ok(Ok(handle)) => handle,
            Ok(Err(error)) => {
                let met = met.lock().ok().and_then(|met| met.clone());
                return Err(met.map_or_else(|| self.failed(&error), |key| self.unknown_host(&key)));
            }
            Err(_) => {
                let advice = "it is tried again; check host, port and network";
                return Err(Error::input(&self.name, "no answer in time", "an SSH server", advice));
            }
        };
        self.authenticate(&mut handle).await?;
        let channel = handle.channel_open_session().await.map_err(|error| self.failed(&error))?;
        channel.request_subsystem(true, "sftp").await.map_err(|error| self.failed(&error))?;
        let config = russh_sftp::client::Config { request_timeout_secs: ANSWER_S, ..Default::default() };
        let sftp = RawSftpSession::new_with_config(channel.into_stream(), config);
        sftp.init().await.map_err(|error| {
            let found = format!("a login without SFTP ({error})");
            Error::input(&self.name, found, "an SFTP server", "ask who runs the server for SFTP")
        })?;
        Ok(Session { handle, sftp })
    }

    /// Where keys of the host are known, the server is asked for those and not for one of another kind.
    fn config(&self) -> Arc<client::Config> {
        let mut preferred = Preferred::default();
        let known: Vec<_> = self.known_keys().iter().map(|key| key.algorithm()).collect();
        let mut keys = preferred.key.to_vec();
        keys.sort_by_key(|kind| !known.iter().any(|known| is_same_kind(known, kind)));
        preferred.key = keys.into();
        Arc::new(client::Config {
            preferred,
            keepalive_interval: Some(KEEPALIVE),
            keepalive_max: 3,
            nodelay: true,
            ..Default::default()
        })
    }

    /// Of the list of known hosts, read anew at each connection: a person adds the key while the program runs.
    fn known_keys(&self) -> Vec<russh::keys::PublicKey> {
        let path = self.known_hosts.as_ref();
        let keys = path.and_then(|path| known_hosts::known_host_keys_path(&self.host, self.port, path).ok());
        keys.unwrap_or_default().into_iter().map(|(_, key)| key).collect()
    }

    async fn authenticate(&self, handle: &mut Handle<Host>) -> Result<()> {
        let mut refused = String::new();
        if let Some(key) = &self.identity {
            let hash = handle.best_supported_rsa_hash().await.map_err(|error| self.failed(&error))?.flatten();
            let key = PrivateKeyWithHashAlg::new(Arc::clone(key), hash);
            let answer = handle.authenticate_publickey(&self.user, key).await.map_err(|error| self.failed(&error))?;
            match answer {
                AuthResult::Success => return Ok(()),
                AuthResult::Failure { .. } => refused.push_str("the key of identity"),
            }
        }
        if let Some(password) = &self.password {
            let answer = handle.authenticate_password(&self.user, password.reveal()).await;
            let remaining = match answer.map_err(|error| self.failed(&error))? {
                AuthResult::Success => return Ok(()),
                AuthResult::Failure { remaining_methods, .. } => remaining_methods,
            };
            if remaining.contains(&MethodKind::KeyboardInteractive) && self.answer_questions(handle, password).await? {
                return Ok(());
            }
            refused.push_str(if refused.is_empty() { "the password" } else { " and the password" });
        }
        let found = format!("a server that refuses {refused} of {}", self.user);
        Err(Error::input(
            &self.name,
            found,
            "a login that is accepted",
            "check user, password and identity of the inbox",
        ))
    }

    /// Servers that ask for the password as a question.
    async fn answer_questions(&self, handle: &mut Handle<Host>, password: &Secret) -> Result<bool> {
        let failed = |error| self.failed(&error);
        let mut answer =
            handle.authenticate_keyboard_interactive_start(&self.user, None::<String>).await.map_err(failed)?;
        // a server asks once or twice, and never for ever
        for _ in 0..4 {
            let KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } = answer else { break };
            // what may be shown while it is typed is no password
            let texts = prompts.iter().map(|prompt| if prompt.echo { "" } else { password.reveal() }.to_string());
            let texts = texts.collect();
            answer = handle.authenticate_keyboard_interactive_respond(texts).await.map_err(failed)?;
        }
        Ok(matches!(answer, KeyboardInteractiveAuthResponse::Success))
    }

    fn failed(&self, error: &russh::Error) -> Error {
        let found = one_line(&format!("no connection ({})", chain(error)));
        Error::input(&self.name, found, "an SSH server", "it is tried again; check host, port and network")
    }

    fn unknown_host(&self, fingerprint: &str) -> Error {
        let known = match (&self.host_key, &self.known_hosts) {
            (Some(key), _) => format!("the key {key}"),
            (None, Some(path)) => format!("one of the keys of {} in {}", self.host, path.display()),
            (None, None) => "a key that is known (host_key or known_hosts is not set)".to_string(),
        };
        let advice = "nothing was sent to it; compare with what who runs the server says, and set host_key only if it is the same";
        Error::config(&self.place, format!("{} with the key {fingerprint}", self.name), known, advice)
    }
}

/// RSA keys are of one kind, whatever hash signs.
fn is_same_kind(a: &russh::keys::Algorithm, b: &russh::keys::Algorithm) -> bool {
    use russh::keys::Algorithm::Rsa;
    a == b || matches!((a, b), (Rsa { .. }, Rsa { .. }))
}

/// Judges the key of the host.
pub(super) struct Host {
    known: Vec<russh::keys::PublicKey>,
    host_key: Option<String>,
    /// Fingerprint of a key that is not known.
    met: Arc<Mutex<Option<String>>>,
}

impl client::Handler for Host {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> std::result::Result<bool, Self::Error> {
        let key = key.public_key();
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let is_known = match &self.host_key {
            Some(expected) => *expected == fingerprint,
            None => self.known.iter().any(|known| known.key_data() == key.key_data()),
        };
        if let (false, Ok(mut met)) = (is_known, self.met.lock()) {
            *met = Some(fingerprint);
        }
        Ok(is_known)
    }
}
