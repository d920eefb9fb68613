//! Mail: the events as text, as HTML and as a list attached, several in one mail.

use super::guard::{Guard, bare_host};
use super::http::hex;
use super::smtp::{Failed, Handed, Security, Server};
use super::{Answer, Kind, Letter, Notice, Recipients, Secrets, client, mail_list, words};
use crate::error::{Error, Result};
use crate::http;
use crate::site::Sink as Config;
use crate::time::Utc;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use lettre::{Address, Message};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

/// Events of one mail: a list of more is no mail.
pub(super) const MOST_LETTERS: usize = 500;

/// An open mail server.
pub(super) struct Mail {
    guard: Guard,
    host: String,
    port: u16,
    server: Server,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({}:{})", self.host, self.port)
    }
}

/// The body of a notice: its line and sentences, and its row of the list.
///
/// # Errors
/// None so far; the form is that of the other sinks.
pub(super) fn body(notice: &Notice<'_>) -> Result<String> {
    let (line, details, row) = (words::line(notice), words::details(notice), mail_list::row(notice));
    let day = notice.event.last_seen.date();
    Ok(json!({ "line": line, "details": details, "row": row, "day": day, "simulated": notice.event.simulated })
        .to_string())
}

/// The body of what is no event: it has no row in the list.
pub(super) fn plain_body(line: &str, details: &[String], simulated: bool) -> String {
    json!({ "line": line, "details": details, "row": [], "simulated": simulated }).to_string()
}

impl Mail {
    pub(super) fn open(config: &Config, guard: Guard, own: Secrets) -> Result<Mail> {
        http::install_ring();
        let url = guard.url(&config.url, &format!("{}.url", config.place), &["smtp", "smtps"])?;
        let host = bare_host(&url).to_string();
        let wrapped = url.scheme() == "smtps";
        let login = config.user.clone().zip(own.secret.map(|secret| secret.reveal().to_string()));
        let security = match (wrapped, &login) {
            (true, _) => Server::wrapped(config, &host)?,
            // a password never goes over an open line; without one the mail goes as well as the server can
            (false, Some(_)) => Security::Required(parameters(config, &host)?),
            (false, None) => Security::IfOffered(parameters(config, &host)?),
        };
        let mailbox = |key: &str, text: &str| {
            text.parse::<Mailbox>().map_err(|error| {
                let found = format!("{text:?}, which is no address ({error})");
                Error::config(format!("{}.{key}", config.place), found, "name@host, or Name <name@host>", "correct it")
            })
        };
        Ok(Mail {
            guard,
            port: url.port().unwrap_or(if wrapped { 465 } else { 587 }),
            server: Server {
                host: host.clone(),
                security,
                login: login.map(|(user, password)| Credentials::new(user, password)),
                timeout: config.timeout,
            },
            host,
            from: mailbox("from", config.from.as_deref().unwrap_or(""))?,
            to: config.to.iter().map(|to| mailbox("to", to)).collect::<Result<_>>()?,
        })
    }

    /// To those recipients who have not been served before: who has it never gets it a second time for the sake of another.
    pub(super) async fn send(&self, letters: &[Letter], now: Utc) -> Answer {
        let message = match self.message(letters, now) {
            Ok(message) => message,
            Err(said) => return Answer::Refused { said },
        };
        let addresses = match self.guard.resolve(&self.host, self.port).await {
            Ok(addresses) => addresses,
            Err(said) => return Answer::again(said),
        };
        let before = letters.first().map(|letter| letter.recipients.clone()).unwrap_or_default();
        let is_served = |to: &str| {
            before.have.iter().any(|had| had == to) || before.refused.iter().any(|(refused, _)| refused == to)
        };
        let to: Vec<Address> = self.to.iter().map(|to| to.email.clone()).collect();
        let to: Vec<Address> = to.into_iter().filter(|to| !is_served(to.as_ref())).collect();
        if to.is_empty() {
            return settled(before, Handed::default());
        }
        match self.deliver(&addresses, &message, &to).await {
            Ok(handed) => settled(before, handed),
            // the mail itself is refused: who had it before has it
            Err(Failed::Refused(said)) if before.have.is_empty() => Answer::Refused { said },
            Err(Failed::Refused(said)) => {
                let refused = to.iter().map(|to| (to.to_string(), said.clone())).collect();
                settled(before, Handed { refused, ..Handed::default() })
            }
            Err(Failed::Later(said) | Failed::Unreached(said)) => Answer::again(said),
        }
    }

    /// To the first address that answers.
    async fn deliver(
        &self,
        addresses: &[SocketAddr],
        message: &[u8],
        to: &[Address],
    ) -> std::result::Result<Handed, Failed> {
        let mut said = String::new();
        for address in addresses {
            match self.server.hand_over(*address, &self.from.email, to, message).await {
                Err(Failed::Unreached(reason)) => said = reason,
                done => return done,
            }
        }
        Err(Failed::Unreached(said))
    }

    fn message(&self, letters: &[Letter], now: Utc) -> std::result::Result<Vec<u8>, String> {
        let parts: Vec<Value> = letters.iter().filter_map(|letter| serde_json::from_str(&letter.body).ok()).collect();
        if parts.len() < letters.len() {
            return Err("a queued body that is none".to_string());
        }
        let subject = subject(letters, &parts);
        let rows: Vec<Vec<Value>> =
            parts.iter().filter_map(|part| part["row"].as_array().filter(|row| !row.is_empty()).cloned()).collect();
        let day = parts.iter().filter_map(|part| part["day"].as_str()).max().unwrap_or("2000-01-01");
        let list = mail_list::workbook(&rows, &subject, day).map_err(|error| error.to_string())?;
        let kind = ContentType::parse("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
        let kind = kind.map_err(|error| error.to_string())?;
        let bodies = MultiPart::alternative()
            .singlepart(SinglePart::plain(text(letters, &parts)))
            .singlepart(SinglePart::html(html(&subject, letters, &parts)));
        let mut all = MultiPart::mixed().multipart(bodies);
        if !rows.is_empty() {
            all = all.singlepart(Attachment::new(format!("hotspots_{}.xlsx", now.compact())).body(list, kind));
        }
        let mut builder =
            Message::builder().from(self.from.clone()).subject(subject).message_id(Some(self.id(letters)));
        let millis = u64::try_from(now.unix_millis()).unwrap_or(0);
        builder = builder.date(std::time::UNIX_EPOCH + Duration::from_millis(millis));
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        builder.multipart(all).map(|message| message.formatted()).map_err(|error| error.to_string())
    }

    /// The same letters have the same id: a mail that comes twice is known by it.
    fn id(&self, letters: &[Letter]) -> String {
        let keys: Vec<&str> = letters.iter().map(|letter| letter.key.as_str()).collect();
        format!("<{}@{}>", &hex(&Sha256::digest(keys.join("\n")))[..32], self.from.email.domain())
    }
}

/// How many letters from the first on have the same recipients left; at least 1.
pub(super) fn fits(letters: &[Letter]) -> usize {
    let of = letters.first().map(|first| &first.recipients);
    letters.iter().take(MOST_LETTERS).take_while(|letter| Some(&letter.recipients) == of).count().max(1)
}

/// What became of a mail after all tries so far.
fn settled(before: Recipients, handed: Handed) -> Answer {
    let Recipients { mut have, mut refused } = before;
    have.extend(handed.taken);
    refused.extend(handed.refused);
    let named =
        |of: &[(String, String)]| of.iter().map(|(to, said)| format!("{to}: {said}")).collect::<Vec<_>>().join("; ");
    let waits = !handed.later.is_empty();
    let said = match (&handed.said, refused.is_empty(), waits) {
        (said, true, false) if said.is_empty() => format!("{} recipients have it", have.len()),
        (said, true, false) => said.clone(),
        _ => {
            let mut parts = vec![format!("{} of the recipients have it", have.len())];
            if waits {
                parts.push(format!("not yet taken for {}", named(&handed.later)));
            }
            if !refused.is_empty() {
                parts.push(format!("refused: {}", named(&refused)));
            }
            parts.join("; ")
        }
    };
    match (have.is_empty(), refused.is_empty(), waits) {
        (false, true, false) => Answer::Accepted { said },
        (true, true, true) => Answer::again(said),
        (true, _, false) => Answer::Refused { said },
        _ => Answer::Partly { recipients: Recipients { have, refused }, waits, said },
    }
}

/// Whom the connection must prove to be, and by which authorities.
fn parameters(config: &Config, host: &str) -> Result<TlsParameters> {
    let mut builder = TlsParameters::builder(host.to_string());
    if let Some(path) = &config.ca_cert {
        let pem = client::read(path, &config.place, "ca_cert")?;
        let authority = Certificate::from_pem(&pem).map_err(|_| client::no_pem(path, &config.place, "ca_cert"))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    builder.build().map_err(|error| {
        Error::config(
            &config.place,
            format!("TLS that cannot be set up ({error})"),
            "certificates of authorities",
            "set ca_cert",
        )
    })
}

fn subject(letters: &[Letter], parts: &[Value]) -> String {
    let late = if letters.iter().all(|letter| letter.late && letter.kind != Kind::Station) { "补发 " } else { "" };
    let simulated = if parts.iter().any(|part| part["simulated"] == true) { "[模拟SIMULATED] " } else { "" };
    format!("{simulated}{late}{}: {}", words::title(letters), words::counts(letters))
}

const CAUTION: &str = "以下为疑似火点, 尚未经现场核实; 不包括云覆盖下的火点信息。";

/// What is said above fires; nothing above what the station tells.
fn caution(letters: &[Letter]) -> Option<&'static str> {
    letters.iter().any(|letter| letter.kind != Kind::Station).then_some(CAUTION)
}

/// How a link begins in a sentence; it ends the sentence.
const LINK: &str = "[地图](";
const LATE: &str = "补发: 以下已过时, 请核查过火痕迹";

/// Letters that are not late, then those that are, each with its parts.
fn in_order<'a>(letters: &'a [Letter], parts: &'a [Value]) -> impl Iterator<Item = (bool, &'a Value)> {
    let of = move |late: bool| {
        letters
            .iter()
            .zip(parts)
            .filter(move |(letter, _)| (letter.late && letter.kind != Kind::Station) == late)
            .map(move |(_, part)| (late, part))
    };
    of(false).chain(of(true))
}

fn details(part: &Value) -> impl Iterator<Item = &str> {
    part["details"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn text(letters: &[Letter], parts: &[Value]) -> String {
    let mut text = caution(letters).map_or_else(String::new, |caution| format!("{caution}\n"));
    let mut under_late = false;
    for (late, part) in in_order(letters, parts) {
        if late && !under_late {
            let _ = write!(text, "\n{LATE}\n");
            under_late = true;
        }
        let _ = write!(text, "\n{}\n", part["line"].as_str().unwrap_or(""));
        for detail in details(part) {
            let _ = writeln!(text, "  {}", plain(detail));
        }
    }
    text
}

/// A sentence without the form of a link.
fn plain(detail: &str) -> String {
    match detail.split_once(LINK) {
        Some((before, link)) => format!("{before}地图 {}", link.trim_end_matches(')')),
        None => detail.to_string(),
    }
}

fn html(subject: &str, letters: &[Letter], parts: &[Value]) -> String {
    let mut html = format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"></head><body><h3>{}</h3><p>{}</p>",
        escaped(subject),
        caution(letters).unwrap_or_default()
    );
    let mut under_late = false;
    for (late, part) in in_order(letters, parts) {
        if late && !under_late {
            let _ = write!(html, "<h4>{LATE}</h4>");
            under_late = true;
        }
        let _ = write!(html, "<p><b>{}</b>", escaped(part["line"].as_str().unwrap_or("")));
        for detail in details(part) {
            let _ = write!(html, "<br>{}", linked(detail));
        }
        html.push_str("</p>");
    }
    html.push_str("</body></html>");
    html
}

fn linked(detail: &str) -> String {
    match detail.split_once(LINK) {
        Some((before, link)) => {
            format!("{}<a href=\"{}\">地图</a>", escaped(before), escaped(link.trim_end_matches(')')))
        }
        None => escaped(detail),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
