//! Asking a camera by HTTP: with its user and password where it asks for them (Basic, Digest), never elsewhere than where it was told to.

use crate::http::{client, no_answer, one_line};
use crate::site::Secret;
use http_auth::{PasswordClient, PasswordParams};
use reqwest::header::{AUTHORIZATION, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Client, Method, Response, Url, redirect};
use std::time::Duration;

/// So often may a camera send on to another path of its own.
const MOST_REDIRECTS: usize = 4;

/// Who asks a camera. The password is never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its name on the camera.
    pub user: String,
    /// Its password.
    pub password: Secret,
}

/// Why a camera gave no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// In words, without an address.
    pub what: String,
    /// It wants another user or password: asking again soon may lock the account.
    pub is_login: bool,
}

impl Refusal {
    pub(super) fn of(what: impl Into<String>) -> Self {
        Refusal { what: what.into(), is_login: false }
    }

    /// What to say where a login is wanted.
    pub(super) fn login(status: u16, credentials: Option<&Credentials>) -> Self {
        let what = match credentials {
            None => format!(
                "found a camera that wants a user and a password (status {status}); expected none; give them in cameras.toml"
            ),
            Some(_) => {
                format!("found that its user or password is not accepted (status {status}); mend them in cameras.toml")
            }
        };
        Refusal {
            what: format!("{what}. It is asked again only every ten minutes, since cameras lock accounts"),
            is_login: true,
        }
    }
}

/// Asks one camera.
#[derive(Debug)]
pub(super) struct Asker {
    client: Client,
    credentials: Option<Credentials>,
}

impl Asker {
    /// `within` is how long may pass before the headers are there and between two pieces of the body.
    pub(super) fn new(credentials: Option<Credentials>, within: Duration) -> Result<Self, Refusal> {
        let client = client()
            .redirect(redirect::Policy::none())
            .connect_timeout(within)
            .read_timeout(within)
            .pool_idle_timeout(Duration::from_secs(20))
            .http1_only()
            .build()
            .map_err(|error| Refusal::of(no_answer(error)))?;
        Ok(Asker { client, credentials })
    }

    /// The answer with a status of success; redirects are followed on the same host alone.
    pub(super) async fn ask(&self, method: Method, url: &Url) -> Result<Response, Refusal> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.ask_once(&method, &url).await?;
            let status = answer.status().as_u16();
            match status {
                200..=299 => return Ok(answer),
                401 | 403 => return Err(Refusal::login(status, self.credentials.as_ref())),
                300..=399 => url = on_the_same_host(&url, &answer)?,
                _ => {
                    return Err(Refusal::of(format!(
                        "found status {status}; expected 200; check the path and that the camera is well"
                    )));
                }
            }
        }
        Err(Refusal::of("found a camera that sends on and on; expected a picture; mend the path"))
    }

    async fn ask_once(&self, method: &Method, url: &Url) -> Result<Response, Refusal> {
        let first = self.send(method, url, None).await?;
        let Some(credentials) = self.credentials.as_ref().filter(|_| first.status().as_u16() == 401) else {
            return Ok(first);
        };
        let login = login(credentials, method, url, &first)?;
        drop(first);
        self.send(method, url, Some(login)).await
    }

    async fn send(&self, method: &Method, url: &Url, login: Option<String>) -> Result<Response, Refusal> {
        let mut request = self.client.request(method.clone(), url.clone());
        if *method == Method::POST {
            request = request.body("");
        }
        if let Some(login) = login {
            request = request.header(AUTHORIZATION, login);
        }
        let advice = "expected a camera; check its power, its network and its port";
        request.send().await.map_err(|error| Refusal::of(format!("found {}; {advice}", no_answer(error))))
    }
}

/// The header that answers what a camera asks.
fn login(credentials: &Credentials, method: &Method, url: &Url, asked: &Response) -> Result<String, Refusal> {
    let told =
        |_| Refusal::of("found a camera that asks for a login in no way that is known; expected Basic or Digest");
    let mut asking = PasswordClient::builder();
    for value in asked.headers().get_all(WWW_AUTHENTICATE) {
        asking = asking.challenges(value.to_str().unwrap_or_default());
    }
    let uri = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_string(),
    };
    let parameters = PasswordParams {
        username: &credentials.user,
        password: credentials.password.reveal(),
        uri: &uri,
        method: method.as_str(),
        body: Some(&[]),
    };
    asking.build().and_then(|mut asking| asking.respond(&parameters)).map_err(told)
}

/// Where an answer sends on to, if it is the same scheme, host and port.
fn on_the_same_host(url: &Url, answer: &Response) -> Result<Url, Refusal> {
    let target =
        answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|text| url.join(text).ok());
    let is_same = |to: &Url| {
        to.scheme() == url.scheme()
            && to.host() == url.host()
            && to.port_or_known_default() == url.port_or_known_default()
    };
    match target {
        Some(to) if is_same(&to) => Ok(to),
        Some(to) => {
            let to = format!("{}://{}", to.scheme(), to.host_str().unwrap_or(""));
            Err(Refusal::of(format!(
                "found a camera that sends on to {}; that is not followed; give that address, if it is the camera",
                one_line(&to, 80)
            )))
        }
        None => Err(Refusal::of("found a camera that sends on to nowhere; expected a picture; mend the path")),
    }
}
