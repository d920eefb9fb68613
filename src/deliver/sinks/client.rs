//! One HTTP client a sink, and what became of a request: never a URL in a message, for it may hold a key.

use super::guard::Guard;
use super::{Answer, Why};
use crate::error::{Error, Result};
use crate::http::{self, chain, no_answer};
use crate::site::Sink as Config;
use crate::time::Utc;
use reqwest::{Certificate, Client, Identity, RequestBuilder, StatusCode};
use std::path::Path;
use std::time::Duration;

/// Bytes of an answer that are read: what a platform says of an event fits in far less.
const MOST_OF_AN_ANSWER: usize = 64 << 10;
/// Characters that are kept of what anybody said.
const MOST_SAID: usize = 480;
/// Longest wait that is granted to a server that asks for one, a quarter of an hour: a fire does not wait for a date in the next year.
const LONGEST_WAIT: Duration = Duration::from_secs(900);

/// A client with the certificates of a sink, that follows no redirect and asks no proxy.
///
/// # Errors
/// [`Error::Config`] where a certificate or key cannot be used.
pub(super) fn client(config: &Config, guard: Guard) -> Result<Client> {
    let mut builder = http::client()
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(guard)
        .connect_timeout(config.timeout)
        .timeout(config.timeout)
        .pool_max_idle_per_host(config.in_flight)
        .tcp_nodelay(true);
    if let Some(path) = &config.ca_cert {
        let pem = read(path, &config.place, "ca_cert")?;
        let authorities = Certificate::from_pem_bundle(&pem).ok().filter(|all| !all.is_empty());
        builder = builder.tls_certs_only(authorities.ok_or_else(|| no_pem(path, &config.place, "ca_cert"))?);
    }
    if let Some((certificate, key)) = &config.client_identity {
        let mut pem = read(certificate, &config.place, "client_cert")?;
        pem.push(b'\n');
        pem.extend(read(key, &config.place, "client_key")?);
        let identity = Identity::from_pem(&pem).map_err(|_| no_pem(certificate, &config.place, "client_cert"))?;
        builder = builder.identity(identity);
    }
    builder.build().map_err(|error| {
        let found = format!("certificates that cannot be used ({})", chain(&error));
        Error::config(
            &config.place,
            found,
            "ca_cert, client_cert and client_key that belong together",
            "correct the files",
        )
    })
}

/// The bytes of a file that a sink names.
///
/// # Errors
/// [`Error::Config`] with the key where it cannot be read.
pub(super) fn read(path: &Path, place: &str, key: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let found = format!("{}, which cannot be read ({error})", path.display());
        Error::config(format!("{place}.{key}"), found, "a readable PEM file", "check path and permissions")
    })
}

/// The error of a file that is no PEM.
pub(super) fn no_pem(path: &Path, place: &str, key: &str) -> Error {
    let found = format!("{} without what is needed in it", path.display());
    Error::config(format!("{place}.{key}"), found, "certificates or a key in PEM", "convert the file to PEM")
}

/// What a server answered.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    /// The wait that it asks for.
    pub(super) after: Option<Duration>,
    /// Where a redirect leads: scheme and host only.
    location: Option<String>,
    /// The beginning of its body.
    pub(super) text: String,
}

/// Sends a request.
///
/// # Errors
/// A sentence where no whole answer came: then nobody knows whether the event arrived.
pub(super) async fn ask(request: RequestBuilder, now: Utc) -> std::result::Result<Reply, String> {
    let mut response = request.send().await.map_err(no_answer)?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_string);
    let after = header("retry-after").and_then(|text| wait(&text, now));
    let location = header("location").and_then(|text| {
        let to = response.url().join(&text).ok()?;
        Some(format!("{}://{}", to.scheme(), to.host_str().unwrap_or("")))
    });
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= MOST_OF_AN_ANSWER {
            break;
        }
    }
    Ok(Reply { status, after, location, text: String::from_utf8_lossy(&bytes).into_owned() })
}

/// `Retry-After`: seconds, or a date.
fn wait(text: &str, now: Utc) -> Option<Duration> {
    let seconds = match text.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => Duration::try_from_secs_f64(Utc::parse_http(text)?.seconds_since(now).max(0.0)).ok()?,
    };
    Some(seconds.min(LONGEST_WAIT))
}

impl Reply {
    /// What its status says, by the push contract: 2xx is accepted; of 4xx all but 408, 425 and 429 is refused; all else
    /// may go well later. A redirect is not followed, for it may lead anywhere, and not refused either: a platform
    /// that has moved must not cost the event. It waits until the site names the new address.
    pub(super) fn answer(self) -> Answer {
        let said = self.said();
        match self.status.as_u16() {
            200..=299 => Answer::Accepted { said },
            429 => Answer::Again { after: self.after, why: Why::Busy, said },
            408 | 425 => Answer::Again { after: self.after, why: Why::Failed, said },
            400..=499 => Answer::Refused { said },
            300..=399 => {
                let advice = match self.location {
                    Some(to) => format!("redirect to {to}, not followed: set url to where it is now"),
                    None => "neither taken nor refused, and no other address named: ask who runs it what url is right; it waits \
                             until then"
                        .to_string(),
                };
                Answer::Again { after: self.after, why: Why::Failed, said: format!("{advice}: {said}") }
            }
            _ => Answer::Again { after: self.after, why: Why::Failed, said },
        }
    }

    /// Status and body, as they came: secrets are covered in it, and only then is it cut.
    pub(super) fn said(&self) -> String {
        let words = self.text.trim();
        if words.is_empty() { self.status.to_string() } else { format!("{}: {words}", self.status) }
    }
}

/// The beginning of what anybody said; secrets are covered in it before.
pub(super) fn one_line(text: &str) -> String {
    http::one_line(text, MOST_SAID)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The date: RFC 9110, 5.6.7.
    #[test]
    fn a_wait_is_seconds_or_a_date_and_never_a_year() {
        let now = Utc::parse("1994-11-06T08:49:00Z").expect("valid");
        assert_eq!(wait("120", now), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(37)));
        assert_eq!(wait("Sat, 05 Nov 1994 08:49:37 GMT", now), Some(Duration::ZERO));
        assert_eq!(wait("31536000", now), Some(LONGEST_WAIT));
        assert_eq!(wait("soon", now), None);
        assert_eq!(wait("-5", now), None);
    }

    fn answer_with(status: u16, location: Option<&str>) -> Answer {
        let status = StatusCode::from_u16(status).expect("a status");
        let location = location.map(str::to_string);
        Reply { status, after: Some(Duration::from_secs(3)), location, text: "a\nb".to_string() }.answer()
    }

    fn answer(status: u16) -> Answer {
        answer_with(status, Some("https://b.example"))
    }

    #[test]
    fn a_redirect_to_no_place_is_told_in_plain_words() {
        for status in [300, 304, 307] {
            let Answer::Again { said, .. } = answer_with(status, None) else { panic!("{status}") };
            assert!(!said.contains("nowhere") && said.contains("no other address named"), "{said}");
        }
    }

    /// The table: interface page, "Push".
    #[test]
    fn a_status_is_accepted_refused_or_tried_again() {
        for status in [200, 201, 202, 204] {
            assert!(matches!(answer(status), Answer::Accepted { .. }), "{status}");
        }
        for status in [400, 401, 403, 404, 409, 410, 413, 422, 451] {
            assert!(matches!(answer(status), Answer::Refused { .. }), "{status}");
        }
        for status in [301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504, 599] {
            let Answer::Again { after, why, said } = answer(status) else { panic!("{status}") };
            assert_eq!((after, why == Why::Busy), (Some(Duration::from_secs(3)), status == 429));
            assert_eq!(said.contains("https://b.example"), (300..400).contains(&status), "{said}");
        }
    }
}
