//! Where a sink may reach: only what the site names, and nothing on this machine or beside it unless the site says so.
//!
//! A name is resolved here, every address of it is checked, and the connection goes to a checked address: what a name
//! server says a second later changes nothing.

use crate::error::{Error, Result};
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Host of a URL without the brackets of an IPv6 address.
pub(super) fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']')
}

/// What may be reached.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    /// `delivery.allow_loopback`.
    pub allow_loopback: bool,
}

const ADVICE: &str =
    "name the host that is meant; delivery.allow_loopback = true is for tests and for a relay on this machine";

impl Guard {
    /// A checked address of a sink.
    ///
    /// # Errors
    /// [`Error::Config`] where it is no URL, of another scheme, without a host, holds a name or password, or is an address
    /// that may not be reached.
    pub fn url(self, text: &str, place: &str, schemes: &[&str]) -> Result<Url> {
        let expected =
            || format!("{}host/path", schemes.iter().map(|s| format!("{s}://")).collect::<Vec<_>>().join(" or "));
        // the text itself is not repeated: somebody may have put a password into it
        let wrong = |found: String, advice: &str| Error::config(place, found, expected(), advice);
        let url = Url::parse(text).map_err(|error| wrong(format!("text that is no URL ({error})"), "correct it"))?;
        if !schemes.contains(&url.scheme()) {
            return Err(wrong(format!("the scheme {}", url.scheme()), "correct it"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            let advice = "take it out: a password belongs where secret_env or secret_file says, a user name in `user`";
            return Err(wrong("a user name or password within the URL".to_string(), advice));
        }
        let host = bare_host(&url);
        if host.is_empty() {
            return Err(wrong("no host".to_string(), "correct it"));
        }
        let forbidden = match host.parse::<IpAddr>() {
            Ok(address) => self.forbids(address),
            Err(_) if is_localhost(host) && !self.allow_loopback => Some("this machine"),
            Err(_) => None,
        };
        match forbidden {
            Some(what) => Err(Error::config(place, format!("{host}, which is {what}"), "a host elsewhere", ADVICE)),
            None => Ok(url),
        }
    }

    /// The addresses of a host, each of them checked.
    ///
    /// # Errors
    /// A sentence for the person at the desk, where the name has no address or one that may not be reached.
    pub async fn resolve(self, host: &str, port: u16) -> std::result::Result<Vec<SocketAddr>, String> {
        let found = tokio::net::lookup_host((host, port)).await;
        let mut addresses: Vec<SocketAddr> =
            found.map_err(|error| format!("{host}: no address found ({error})"))?.collect();
        if addresses.is_empty() {
            return Err(format!("{host}: no address found"));
        }
        if let Some((address, what)) = addresses.iter().find_map(|at| Some((at.ip(), self.forbids(at.ip())?))) {
            return Err(format!("{host} resolves to {address}, which is {what}: refused (delivery.allow_loopback)"));
        }
        // the older protocol first: networks of offices often have no other
        addresses.sort_by_key(|at| at.is_ipv6());
        Ok(addresses)
    }

    /// Why an address may not be reached; `None` where it may.
    fn forbids(self, address: IpAddr) -> Option<&'static str> {
        if self.allow_loopback {
            return None;
        }
        match address {
            IpAddr::V4(v4) => forbidden_v4(v4),
            IpAddr::V6(v6) => forbidden_v6(v6),
        }
    }
}

fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

fn forbidden_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address {
        _ if address.is_loopback() => Some("this machine"),
        // 0.0.0.0/8 is "this network" (RFC 1122); a connection to it ends on this machine
        _ if address.octets()[0] == 0 => Some("no address of a host"),
        _ if address.is_link_local() => Some("a link-local address"),
        _ if address.is_multicast() || address.is_broadcast() => Some("an address of many"),
        _ => None,
    }
}

fn forbidden_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(inside) = embedded_v4(address) {
        return forbidden_v4(inside);
    }
    match address {
        _ if address.is_loopback() => Some("this machine"),
        _ if address.is_unspecified() => Some("no address of a host"),
        _ if address.is_unicast_link_local() => Some("a link-local address"),
        _ if address.is_multicast() => Some("an address of many"),
        _ => None,
    }
}

/// The IPv4 address in a mapped (::ffff:0:0/96), compatible (::/96) or translated (64:ff9b::/96) one.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, high, low] = address.segments();
    let mapped = [a, b, c, d, e] == [0; 5] && f == 0xffff;
    let compatible = [a, b, c, d, e, f] == [0; 6] && (high != 0 || low > 1);
    let translated = [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0];
    let bits = (u32::from(high) << 16) | u32::from(low);
    (mapped || compatible || translated).then(|| Ipv4Addr::from(bits))
}

impl reqwest::dns::Resolve for Guard {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let (guard, host) = (*self, name.as_str().to_string());
        Box::pin(async move {
            // port 0: the client puts in that of the URL
            let addresses = guard.resolve(&host, 0).await?;
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSED: Guard = Guard { allow_loopback: false };

    fn refused(url: &str) -> String {
        CLOSED.url(url, "site.toml: delivery.sinks[0].url", &["http", "https"]).expect_err(url).to_string()
    }

    #[test]
    fn only_hosts_elsewhere_are_reached() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1:80/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[::]/",
            "http://0.0.0.0/",
            "http://169.254.169.254/latest",
            "http://[fe80::1]/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://224.0.0.1/",
            "http://[ff02::1]/",
            "http://255.255.255.255/",
            "http://localhost:80/",
            "http://a.LOCALHOST./",
        ] {
            let error = refused(url);
            assert!(error.contains("delivery.sinks[0].url") && error.contains("allow_loopback"), "{url}: {error}");
            let open = Guard { allow_loopback: true };
            assert!(open.url(url, "x", &["http"]).is_ok(), "{url}");
        }
        for url in ["http://10.1.2.3/", "https://patrol.example/a?b=c", "http://[2001:db8::1]:8080/"] {
            assert!(CLOSED.url(url, "x", &["http", "https"]).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_none_is_told_without_repeating_it() {
        for (url, word) in [("ftp://a.example/geheim", "ftp"), ("geheim", "no URL"), ("http:///", "URL")] {
            let error = refused(url);
            assert!(error.contains(word) && !error.contains("geheim"), "{error}");
        }
        let error = refused("https://me:geheim@a.example/");
        assert!(error.contains("secret_env") && !error.contains("geheim") && !error.contains("me:"), "{error}");
    }

    #[tokio::test]
    async fn a_name_is_judged_by_its_addresses() {
        let error = CLOSED.resolve("localhost", 80).await.expect_err("refused");
        assert!(error.contains("resolves to") && error.contains("this machine"), "{error}");
        let open = Guard { allow_loopback: true };
        assert!(open.resolve("localhost", 80).await.expect("found")[0].ip().is_loopback());
        assert!(CLOSED.resolve("name.invalid", 80).await.is_err());
    }
}
