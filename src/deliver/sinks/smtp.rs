//! One mail through one connection, recipient by recipient: who is refused, and who is to wait, keeps it from nobody else.

use super::tls;
use crate::error::Result;
use crate::site::Sink as Config;
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

type SmtpError = lettre::transport::smtp::Error;

/// How the line is made safe.
pub(super) enum Security {
    /// TLS from the first byte.
    Wrapped(Arc<ClientConfig>),
    /// STARTTLS, or nothing is sent.
    Required(TlsParameters),
    /// STARTTLS where the server has it.
    IfOffered(TlsParameters),
}

/// A server that mails are handed to.
pub(super) struct Server {
    pub(super) host: String,
    pub(super) security: Security,
    pub(super) login: Option<Credentials>,
    /// For each question and its answer.
    pub(super) timeout: Duration,
}

/// What became of a mail, by its recipients.
#[derive(Debug, Default)]
pub(super) struct Handed {
    /// Who has it.
    pub(super) taken: Vec<String>,
    /// Who is refused for good, and in whose words.
    pub(super) refused: Vec<(String, String)>,
    /// Who may have it later, and in whose words.
    pub(super) later: Vec<(String, String)>,
    /// What the server said at the end.
    pub(super) said: String,
}

/// Why nobody has it, as far as is known.
#[derive(Debug)]
pub(super) enum Failed {
    /// No connection was made: another address may do.
    Unreached(String),
    /// It may go well later.
    Later(String),
    /// The server refuses the mail as it is.
    Refused(String),
}

impl Server {
    /// For a URL with smtps.
    pub(super) fn wrapped(config: &Config, host: &str) -> Result<Security> {
        Ok(Security::Wrapped(Arc::new(tls::config(config, host)?)))
    }

    pub(super) async fn hand_over(
        &self,
        address: SocketAddr,
        from: &Address,
        to: &[Address],
        message: &[u8],
    ) -> std::result::Result<Handed, Failed> {
        let mut line = self.connect(address).await?;
        let mut options = Vec::new();
        if from
            .to_string()
            .chars()
            .chain(to.iter().flat_map(|to| AsRef::<str>::as_ref(to).chars()))
            .any(|c| !c.is_ascii())
        {
            if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Failed::Refused("an address that is not ASCII, and a server without SMTPUTF8".to_string()));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !message.is_ascii() && line.server_info().supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        self.asked(line.command(Mail::new(Some(from.clone()), options))).await.map_err(failed)?;
        let mut handed = Handed::default();
        for to in to {
            let asked = self.asked(line.command(Rcpt::new(to.clone(), Vec::new()))).await;
            match asked {
                Ok(_) => handed.taken.push(to.to_string()),
                Err(Trouble::Said(error)) if error.is_transient() => {
                    handed.later.push((to.to_string(), error.to_string()));
                }
                Err(Trouble::Said(error)) if error.is_permanent() && !is_login(&error) => {
                    handed.refused.push((to.to_string(), error.to_string()));
                }
                Err(trouble) => return Err(failed(trouble)),
            }
        }
        if !handed.taken.is_empty() {
            self.asked(line.command(Data)).await.map_err(failed)?;
            let response = self.asked(line.message(message)).await.map_err(failed)?;
            handed.said = words(&response);
        }
        // whether it says good-bye changes nothing: what it took it has
        let _ = tokio::time::timeout(GOOD_BYE, line.quit()).await;
        Ok(handed)
    }

    /// A connection on which mail may be sent.
    async fn connect(&self, address: SocketAddr) -> std::result::Result<AsyncSmtpConnection, Failed> {
        let unreached = |error: io::Error| Failed::Unreached(format!("no connection ({error})"));
        let tcp = tokio::time::timeout(self.timeout, TcpStream::connect(address)).await;
        let tcp = tcp.map_err(|_| Failed::Unreached("no connection in time".to_string()))?.map_err(unreached)?;
        let bounded = Bounded { inner: tcp, since_asked: 0 };
        let stream: Box<dyn AsyncTokioStream> = match &self.security {
            Security::Wrapped(config) => {
                let name = ServerName::try_from(self.host.clone())
                    .map_err(|error| Failed::Unreached(format!("{}: {error}", self.host)))?;
                let connector = tokio_rustls::TlsConnector::from(Arc::clone(config));
                let tls = tokio::time::timeout(self.timeout, connector.connect(name, bounded)).await;
                let tls = tls.map_err(|_| Failed::Unreached("no TLS in time".to_string()))?.map_err(unreached)?;
                Box::new(Wrapped(tls))
            }
            Security::Required(_) | Security::IfOffered(_) => Box::new(bounded),
        };
        let us = ClientId::default();
        let mut line =
            self.asked(AsyncSmtpConnection::connect_with_transport(stream, &us)).await.map_err(unreached_or_failed)?;
        match &self.security {
            Security::Required(parameters) => {
                self.asked(line.starttls(parameters.clone(), &us)).await.map_err(unreached_or_failed)?;
            }
            Security::IfOffered(parameters) if line.can_starttls() => {
                self.asked(line.starttls(parameters.clone(), &us)).await.map_err(unreached_or_failed)?;
            }
            Security::Wrapped(_) | Security::IfOffered(_) => {}
        }
        if let Some(login) = &self.login {
            self.asked(line.auth(DEFAULT_MECHANISMS, login)).await.map_err(|trouble| match failed(trouble) {
                // an account that is not right is mended by a person, and the events wait for that
                Failed::Refused(said) => Failed::Later(said),
                other => other,
            })?;
        }
        Ok(line)
    }

    async fn asked<T>(
        &self,
        question: impl Future<Output = std::result::Result<T, SmtpError>>,
    ) -> std::result::Result<T, Trouble> {
        match tokio::time::timeout(self.timeout, question).await {
            Ok(answer) => answer.map_err(Trouble::Said),
            Err(_) => Err(Trouble::Silent),
        }
    }
}

/// Longest that the end of a connection is waited for.
const GOOD_BYE: Duration = Duration::from_secs(1);

/// No good answer.
enum Trouble {
    Said(SmtpError),
    Silent,
}

fn failed(trouble: Trouble) -> Failed {
    match trouble {
        Trouble::Silent => Failed::Later("no answer in time".to_string()),
        Trouble::Said(error) if error.is_permanent() && !is_login(&error) => Failed::Refused(told(&error)),
        Trouble::Said(error) => Failed::Later(told(&error)),
    }
}

/// Before the first question: another address may answer better.
fn unreached_or_failed(trouble: Trouble) -> Failed {
    match failed(trouble) {
        Failed::Refused(said) | Failed::Later(said) | Failed::Unreached(said) => Failed::Unreached(said),
    }
}

/// 530, 534, 535: a login that is wanted or not right.
fn is_login(error: &SmtpError) -> bool {
    error.status().is_some_and(|code| ["530", "534", "535"].contains(&code.to_string().as_str()))
}

/// An error with its cause, which is where the words of the system are.
fn told(error: &SmtpError) -> String {
    let words = error.to_string();
    match std::error::Error::source(error).map(ToString::to_string) {
        Some(cause) if !words.contains(&cause) => format!("{words}: {cause}"),
        _ => words,
    }
}

fn words(response: &Response) -> String {
    format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" "))
}

/// Bytes that a server may send in answer to one question, TLS and its certificates among them: the library looks for the end of a
/// line first, and without a limit a server that sends none fills the memory.
const MOST_OF_AN_ANSWER: usize = 256 << 10;

/// A connection on which no more is read than that.
#[derive(Debug)]
struct Bounded {
    inner: TcpStream,
    /// Bytes read since something was last sent.
    since_asked: usize,
}

impl AsyncRead for Bounded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.since_asked >= MOST_OF_AN_ANSWER {
            let said = format!("an answer of more than {MOST_OF_AN_ANSWER} bytes");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, said)));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.since_asked += buf.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes))?;
        self.since_asked = 0;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Bounded {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer_addr()
    }
}

/// TLS from the first byte.
#[derive(Debug)]
struct Wrapped(tokio_rustls::client::TlsStream<Bounded>);

impl AsyncRead for Wrapped {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wrapped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Wrapped {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}
