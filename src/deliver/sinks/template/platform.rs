//! An open platform: its token, its requests, and what its answers mean.

use super::context::{self, Sending};
use super::file::{Part, Token};
use super::{Error, Result, Template};
use crate::deliver::sinks::client::{self, Reply};
use crate::deliver::sinks::guard::{Guard, bare_host};
use crate::deliver::sinks::{Answer, Letter, Secret, Secrets, Why};
use crate::site::{Sink as Config, TemplateFile};
use crate::time::Utc;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};

/// See [`Template`].
pub(in crate::deliver::sinks) struct Platform {
    client: Client,
    template: Template,
    /// Of the sink, where the template has none of its own.
    url: Url,
    secret: Option<Secret>,
    bearer: Option<Secret>,
    /// The token and when it was fetched.
    token: tokio::sync::Mutex<Option<(Secret, Utc)>>,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Platform({})", self.template.path.display())
    }
}

/// What stands for a secret while a template is tried.
const NO_SECRET: &str = "secret";

impl Platform {
    /// # Errors
    /// [`Error::Config`] where the template does not render a made-up event, or may reach a host that is not written in it.
    pub(in crate::deliver::sinks) fn open(
        config: &Config,
        file: &TemplateFile,
        guard: Guard,
        own: Secrets,
    ) -> Result<Platform> {
        let template = Template::parse(file, &config.place)?;
        template.check_headers()?;
        let url = guard.url(&config.url, &format!("{}.url", config.place), &["http", "https"])?;
        let platform = Platform {
            client: client::client(config, guard)?,
            template,
            url,
            secret: own.secret,
            bearer: own.bearer,
            token: tokio::sync::Mutex::new(None),
        };
        platform.check(guard)?;
        Ok(platform)
    }

    /// Tries everything once without sending it.
    fn check(&self, guard: Guard) -> Result<()> {
        let now = Utc::parse("2025-10-20T05:30:00Z").unwrap_or_else(Utc::now);
        let mut body = String::new();
        for event in context::made_up().iter().flatten() {
            body = self.template.body(&context::made_up_notice(event))?;
        }
        let sending =
            Sending { token: "token", secret: NO_SECRET, key: "0123456789abcdef:1", body: &body, late: false, now };
        let written = &self.template.written;
        if let Some(token) = &written.token {
            self.check_url(&token.url, &sending, guard)?;
            let _ = self.request(&token.method, &token.url, &token.headers, &sending)?;
            token.body.iter().try_for_each(|body| self.template.sent(body, &sending).map(|_| ()))?;
        }
        if let Some(url) = &written.url {
            self.check_url(url, &sending, guard)?;
        }
        self.event_request(&sending).map(|_| ())
    }

    /// The host of a URL must stand in the file in plain letters: what an event says must not choose it.
    fn check_url(&self, part: &Part, sending: &Sending<'_>, guard: Guard) -> Result<()> {
        let place = format!("{}: line {} ({})", self.template.path.display(), part.line, part.name);
        let authority =
            part.text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
        if authority.is_empty()
            || part.text.split("://").next().unwrap_or("").contains('{')
            || authority.contains(['{', '}'])
        {
            let found = "a URL whose host is not written out";
            return Err(Error::config(
                place,
                found,
                "https://host/ and only then {{ }}",
                "write the host into the file",
            ));
        }
        guard.url(&self.template.sent(part, sending)?, &place, &["http", "https"]).map(|_| ())
    }

    pub(in crate::deliver::sinks) async fn send(&self, letter: &Letter, now: Utc) -> Answer {
        let mut failed: Option<Secret> = None;
        loop {
            let token = match self.token(letter, now, failed.as_ref()).await {
                Ok(token) => token,
                Err(answer) => return answer,
            };
            let reply = match self.hand_over(letter, &token, now).await {
                Ok(reply) => reply,
                Err(answer) => return answer,
            };
            let expired = self.template.written.token.is_some() && self.is_expired(&reply);
            if expired && failed.is_none() {
                failed = Some(token);
                continue;
            }
            return self.answer(reply, expired).map(|said| token.covered_in(&said));
        }
    }

    fn is_expired(&self, reply: &Reply) -> bool {
        let says_so = self.template.written.expired.as_ref().is_some_and(|check| check.meets(&reply.text));
        says_so || [401, 403].contains(&reply.status.as_u16())
    }

    async fn hand_over(&self, letter: &Letter, token: &Secret, now: Utc) -> std::result::Result<Reply, Answer> {
        let sending = self.sending(letter, token.reveal(), now);
        let request = self.event_request(&sending).map_err(|error| Answer::Refused { said: error.to_string() })?;
        client::ask(request.body(letter.body.clone()), now).await.map_err(|said| Answer::again(token.covered_in(&said)))
    }

    fn sending<'a>(&'a self, letter: &'a Letter, token: &'a str, now: Utc) -> Sending<'a> {
        let secret = self.secret.as_ref().map_or("", Secret::reveal);
        Sending { token, secret, key: &letter.key, body: &letter.body, late: letter.late, now }
    }

    /// All of the request but its body.
    fn event_request(&self, sending: &Sending<'_>) -> Result<RequestBuilder> {
        let written = &self.template.written;
        let mut request = match &written.url {
            Some(url) => self.request(&written.method, url, &written.headers, sending)?,
            None => {
                let request = self.client.request(method(&written.method), self.url.clone());
                self.with_headers(request, &written.headers, sending)?
            }
        };
        request = request.header("Idempotency-Key", sending.key);
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer.reveal());
        }
        Ok(request.header("Content-Type", &written.content_type))
    }

    fn request(
        &self,
        verb: &str,
        url: &Part,
        headers: &[(String, Part)],
        sending: &Sending<'_>,
    ) -> Result<RequestBuilder> {
        let place = || format!("{}: line {} ({})", self.template.path.display(), url.line, url.name);
        let text = self.template.sent(url, sending)?;
        let rendered = Url::parse(text.trim())
            .map_err(|_| Error::config(place(), "what is no URL when it is rendered", "a URL", "correct the line"))?;
        let written =
            url.text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
        let literal = Url::parse(&format!("{}://{written}", rendered.scheme())).ok();
        let same = literal.is_some_and(|literal| {
            bare_host(&literal) == bare_host(&rendered)
                && literal.port_or_known_default() == rendered.port_or_known_default()
        });
        if !same || !rendered.username().is_empty() {
            return Err(Error::config(
                place(),
                "another host when it is rendered",
                "the host as written",
                "correct the line",
            ));
        }
        self.with_headers(self.client.request(method(verb), rendered), headers, sending)
    }

    fn with_headers(
        &self,
        mut request: RequestBuilder,
        headers: &[(String, Part)],
        sending: &Sending<'_>,
    ) -> Result<RequestBuilder> {
        for (name, part) in headers {
            let value = self.template.sent(part, sending)?;
            let header =
                (name.parse::<reqwest::header::HeaderName>(), value.trim().parse::<reqwest::header::HeaderValue>());
            let (Ok(name), Ok(mut value)) = header else {
                let place = format!("{}: line {} ({})", self.template.path.display(), part.line, part.name);
                return Err(Error::config(
                    place,
                    "what is no header",
                    "a name and a value of one line",
                    "correct the line",
                ));
            };
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        Ok(request)
    }

    /// The token; an empty one where the platform wants none. One that failed is fetched anew, unless another letter has
    /// done that meanwhile: a platform may know only the newest.
    async fn token(&self, letter: &Letter, now: Utc, failed: Option<&Secret>) -> std::result::Result<Secret, Answer> {
        let Some(token) = &self.template.written.token else { return Ok(Secret::new("")) };
        let mut kept = self.token.lock().await;
        let holds = |fetched: &Utc| (0.0..token.valid_s).contains(&now.seconds_since(*fetched));
        if let Some((secret, fetched)) = kept.as_ref()
            && failed != Some(secret)
            && holds(fetched)
        {
            return Ok(secret.clone());
        }
        *kept = None;
        let secret = self.fetch(token, letter, now).await?;
        *kept = Some((secret.clone(), now));
        Ok(secret)
    }

    async fn fetch(&self, token: &Token, letter: &Letter, now: Utc) -> std::result::Result<Secret, Answer> {
        let sending = self.sending(letter, "", now);
        let broken = |error: Error| Answer::Refused { said: error.to_string() };
        let mut request = self.request(&token.method, &token.url, &token.headers, &sending).map_err(broken)?;
        if let Some(body) = &token.body {
            request = request.body(self.template.sent(body, &sending).map_err(broken)?);
        }
        let reply = client::ask(request, now).await.map_err(|said| Answer::again(format!("token: {said}")))?;
        let status = reply.status;
        match token.found.token(&reply.text).filter(|_| status.is_success()) {
            Some(text) => Ok(Secret::new(text)),
            // a password that is out of date costs no event: it waits until somebody has put in the new one. The body may
            // hold a token in another place, so that nothing of it is said
            None => {
                let why = if status == StatusCode::TOO_MANY_REQUESTS { Why::Busy } else { Why::Failed };
                let said = format!("token: {status}, and no token in the answer");
                Err(Answer::Again { after: reply.after, why, said })
            }
        }
    }

    /// What an answer means, by the file's own tests. A token that is not taken although it is new is a matter of the
    /// account: a person mends it, and the event waits.
    fn answer(&self, reply: Reply, expired: bool) -> Answer {
        let written = &self.template.written;
        let meets = |check: &Option<super::file::Check>| check.as_ref().is_some_and(|check| check.meets(&reply.text));
        let said = reply.said();
        if meets(&written.duplicate) {
            return Answer::Accepted { said };
        }
        let failed = written.success.is_some() && !meets(&written.success);
        match () {
            () if expired => Answer::Again { after: reply.after, why: Why::Failed, said },
            () if reply.status.is_success() && failed => {
                Answer::Again { after: reply.after, why: Why::NoSuccess, said }
            }
            () => reply.answer(),
        }
    }
}

fn method(name: &str) -> Method {
    name.parse().unwrap_or(Method::POST)
}
