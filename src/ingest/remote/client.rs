//! Speaking HTTP with whoever holds imagery: waits that end, redirects that take no login elsewhere, answers of a bounded size, and
//! words for what went wrong.

use crate::error::{Error, Result};
use crate::http::{self, chain, no_answer};
use crate::site::{Secret, SecretFrom};
use crate::time::Utc;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, Version};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest wait for a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(15);
/// Longest silence between two bytes.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// Longest time that one listing may take, however it trickles.
pub(super) const LISTING: Duration = Duration::from_secs(120);
/// Bytes of the longest listing that is read.
pub(super) const LONGEST_LISTING: usize = 32 << 20;
/// Redirects that are followed.
const MOST_REDIRECTS: usize = 5;
/// Bytes of an answer that is no listing and no file: what a server says in it is said in fewer.
const LONGEST_EXCUSE: usize = 64 << 10;
/// Characters that are shown of it.
const MOST_SAID: usize = 200;

/// The other side's clock minus ours, seconds, by the date of its last answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Skew(Arc<Mutex<Option<f64>>>);

impl Skew {
    /// Takes note of an answer's date. The one place below the pipeline that reads the clock: it is compared with another.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(Utc::parse_http);
        if let (Some(date), Ok(mut skew)) = (date, self.0.lock()) {
            *skew = Some(date.seconds_since(Utc::now()));
        }
    }

    pub(super) fn seconds(&self) -> Option<f64> {
        self.0.lock().ok().and_then(|skew| *skew)
    }
}

/// Who asks.
#[derive(Debug)]
pub(super) enum Login {
    /// Nobody in particular.
    Anonymous,
    /// User and password.
    Basic(String, Secret),
    /// Token.
    Bearer(Secret),
    /// Who knows the address, which holds a key.
    InPath(Secret),
}

impl Login {
    /// # Errors
    /// [`Error::Config`] where a secret is absent.
    pub(super) fn read(
        place: &str,
        user: Option<&String>,
        password: Option<&SecretFrom>,
        bearer: Option<&SecretFrom>,
    ) -> Result<Login> {
        Ok(match (user, password, bearer) {
            (Some(user), Some(password), _) => Login::Basic(user.clone(), Secret::read(password, place)?),
            (_, _, Some(bearer)) => Login::Bearer(Secret::read(bearer, place)?),
            _ => Login::Anonymous,
        })
    }

    fn covered_in(&self, text: &str) -> String {
        match self {
            Login::Anonymous => text.to_string(),
            Login::Basic(_, secret) | Login::Bearer(secret) | Login::InPath(secret) => secret.covered_in(text),
        }
    }
}

/// One server and who asks it.
#[derive(Debug)]
pub(super) struct Web {
    client: Client,
    login: Login,
    pub(super) skew: Skew,
}

impl Web {
    /// # Errors
    /// [`Error::Config`] where no client can be made.
    pub(super) fn open(place: &str, login: Login) -> Result<Web> {
        let client = client(place, !matches!(login, Login::Anonymous))?;
        Ok(Web { client, login, skew: Skew::default() })
    }

    pub(super) fn get(&self, url: Url) -> RequestBuilder {
        // a length or range of compressed bytes is none of the file
        self.log_in(self.client.get(url)).header(ACCEPT_ENCODING, "identity")
    }

    pub(super) fn head(&self, url: Url) -> RequestBuilder {
        self.log_in(self.client.head(url)).header(ACCEPT_ENCODING, "identity")
    }

    fn log_in(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.login {
            Login::Anonymous | Login::InPath(_) => request,
            Login::Basic(user, password) => request.basic_auth(user, Some(password.reveal())),
            Login::Bearer(token) => request.bearer_auth(token.reveal()),
        }
    }

    /// The head of an answer, whatever it says; `place` is what is asked for, in words without a secret.
    ///
    /// # Errors
    /// [`Error::Input`] where none comes.
    pub(super) async fn ask(&self, request: RequestBuilder, place: &str) -> Result<Response> {
        let again = request.try_clone();
        let answer = match (request.send().await, again) {
            // a connection that was kept and that the server has closed meanwhile
            (Err(error), Some(again)) if error.is_request() && !error.is_timeout() && !error.is_connect() => {
                again.send().await
            }
            (answer, _) => answer,
        };
        let answer = answer.map_err(|error| self.broken(error, place))?;
        self.skew.note(answer.headers());
        Ok(answer)
    }

    /// The error of a connection.
    pub(super) fn broken(&self, error: reqwest::Error, place: &str) -> Error {
        Error::input(place, self.login.covered_in(&no_answer(error)), "an answer", OUT_OF_REACH)
    }

    /// The whole of an answer.
    ///
    /// # Errors
    /// [`Error::Input`] where it breaks off or is longer than `most` bytes.
    pub(super) async fn whole(&self, mut answer: Response, most: usize, place: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.broken(error, place))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                let found = format!("an answer of more than {most} bytes");
                let advice = "name a folder with fewer files, by time fields";
                return Err(Error::input(place, found, "a shorter one", advice));
            }
        }
        Ok(bytes)
    }

    /// The error of an answer that is not what was asked for.
    pub(super) async fn refused(&self, answer: Response, place: &str) -> Error {
        let (status, headers, from) = (answer.status(), answer.headers().clone(), answer.url().clone());
        let body = self.whole(answer, LONGEST_EXCUSE, place).await.unwrap_or_default();
        let said = self.login.covered_in(&said(&body, &headers));
        refusal(status, &headers, &from, &said, place)
    }

    /// A text of the server without our secret: it may repeat what it was sent.
    pub(super) fn cover(&self, text: &str) -> String {
        self.login.covered_in(text)
    }
}

const OUT_OF_REACH: &str = "it is tried again; check the address and the network where that goes on";

/// A client that waits for nobody for ever, asks no proxy and takes no login to another host.
///
/// # Errors
/// [`Error::Config`] where none can be made.
pub(super) fn client(place: &str, has_login: bool) -> Result<Client> {
    http::client()
        .redirect(Policy::custom(move |attempt| follow(attempt, has_login)))
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .build()
        .map_err(|error| Error::config(place, chain(&error), "certificates of the system", "install ca-certificates"))
}

/// With a login to the same server alone; without one anywhere, but never from https to http.
fn follow(attempt: Attempt<'_>, has_login: bool) -> reqwest::redirect::Action {
    let first = attempt.previous().first().unwrap_or(attempt.url());
    let is_same = first.origin() == attempt.url().origin();
    let is_worse = first.scheme() == "https" && attempt.url().scheme() != "https";
    if (has_login && !is_same) || is_worse || attempt.previous().len() > MOST_REDIRECTS {
        attempt.stop()
    } else {
        attempt.follow()
    }
}

/// The error of a status that is not what was asked for.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, from: &Url, said: &str, place: &str) -> Error {
    let header = |name| headers.get(name).and_then(|value: &reqwest::header::HeaderValue| value.to_str().ok());
    let found = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
    match status.as_u16() {
        401 | 403 => {
            let advice = "check user, password, token or key of the inbox, and what they may read";
            Error::input(place, found, "a login that is accepted", advice)
        }
        404 | 410 => {
            Error::input(place, found, "what was listed", "it is gone; nothing is to be done if it was replaced")
        }
        429 | 503 => {
            let wait =
                header(RETRY_AFTER).map_or(String::new(), |wait| format!(", which asks to wait ({})", one_line(wait)));
            Error::input(place, format!("a busy server{wait}: {found}"), "an answer", "raise poll_s where that goes on")
        }
        300..=399 => {
            // scheme and host alone: what is behind them may hold a key
            let to = header(LOCATION).and_then(|text| from.join(text).ok());
            let to =
                to.map_or("no address".to_string(), |to| format!("{}://{}", to.scheme(), to.host_str().unwrap_or("")));
            let found = format!("{status}, a redirect to {to} that is not followed");
            let advice = "set url to where it is now, or mend the login: many servers send those they do not know to a login page";
            Error::input(place, found, "an answer of this server", advice)
        }
        _ => Error::input(place, found, "an answer", OUT_OF_REACH),
    }
}

/// What a server says in words: the title of a page, else the beginning of a text.
fn said(body: &[u8], headers: &HeaderMap) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(LONGEST_EXCUSE)]);
    if is_html(&text, headers) {
        let title = super::listing::title(&text);
        return if title.is_empty() {
            "a web page".to_string()
        } else {
            format!("the web page {:?}", one_line(&title))
        };
    }
    one_line(&text)
}

/// Whether it would be seen if an answer broke off: it says its length, or marks its end.
pub(super) fn has_end(answer: &Response) -> bool {
    let header = |name| answer.headers().get(name).and_then(|value: &reqwest::header::HeaderValue| value.to_str().ok());
    header(CONTENT_LENGTH).is_some()
        || header(TRANSFER_ENCODING).is_some_and(|coding| coding.contains("chunked"))
        || answer.version() >= Version::HTTP_2
}

/// Whether an answer is a page for people.
pub(super) fn is_html(beginning: &str, headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("").to_ascii_lowercase();
    let start: String = beginning.trim_start().chars().take(14).collect::<String>().to_ascii_lowercase();
    kind.starts_with("text/html") || start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// The beginning of what anybody said.
pub(super) fn one_line(text: &str) -> String {
    http::one_line(text, MOST_SAID)
}
