//! The address of an inbox, and how to get in, by its kind.

use super::{InboxKind, Source};
use crate::error::Result;
use crate::site::written::Written;

impl Written<'_> {
    pub(super) fn source(&self, kind: InboxKind) -> Result<Source> {
        match kind {
            InboxKind::Folder => {
                Ok(Source::Folder { path: self.path("path").ok_or_else(|| self.wrong("path", "nothing", "a folder"))? })
            }
            InboxKind::S3 => self.s3(),
            InboxKind::Http => self.http(),
            InboxKind::Sftp => self.sftp(),
            InboxKind::Firms => self.firms(),
        }
    }

    fn s3(&self) -> Result<Source> {
        let url = self.required("url")?;
        let expected = "s3://bucket/prefix/%Y/%m/%d/";
        let rest = url.strip_prefix("s3://").ok_or_else(|| self.wrong("url", "another scheme than s3", expected))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_bucket = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
        if bucket.is_empty() || !bucket.bytes().all(is_bucket) {
            // it is not repeated: `s3://ID:SECRET@bucket/` is what somebody may have written
            return Err(self.wrong("url", "a name that no bucket has", expected));
        }
        if prefix.starts_with('/') || prefix.contains("//") || prefix.contains(['?', '#']) {
            return Err(self.wrong("url", "a prefix with an empty part, ? or #", expected));
        }
        self.check_fields(prefix, false)?;
        let signed = match (self.text("access_key_id"), self.secret("secret")?) {
            (Some(id), Some(secret)) => Some((id, secret)),
            (None, None) => None,
            (Some(_), None) => return Err(self.wrong("secret_env", "nothing", "the secret of access_key_id")),
            (None, Some(_)) => return Err(self.wrong("access_key_id", "nothing", "the id whose secret secret_env is")),
        };
        let allow_http = self.flag("allow_http").unwrap_or(false);
        let endpoint = self.text("endpoint").map(|_| self.address("endpoint", allow_http)).transpose()?;
        Ok(Source::S3 {
            bucket: bucket.to_string(),
            prefix: folder(prefix),
            endpoint: endpoint.map(|address| address.trim_end_matches('/').to_string()),
            region: self.text("region").unwrap_or_else(|| "us-east-1".to_string()),
            signed,
            allow_http,
        })
    }

    fn http(&self) -> Result<Source> {
        let (user, password, bearer) = (self.text("user"), self.secret("password")?, self.secret("bearer")?);
        match (&user, &password, &bearer) {
            (Some(_), None, _) => return Err(self.wrong("password_env", "nothing", "the password of `user`")),
            (None, Some(_), _) => return Err(self.wrong("user", "nothing", "the user whose password password_env is")),
            (Some(_), _, Some(_)) => return Err(self.wrong("user", "a bearer token beside it", "one of the two")),
            _ => {}
        }
        let is_anonymous = user.is_none() && bearer.is_none();
        let url = folder(&self.address("url", is_anonymous || self.flag("allow_http").unwrap_or(false))?);
        self.check_fields(&url, true)?;
        Ok(Source::Http { url, user, password, bearer })
    }

    fn sftp(&self) -> Result<Source> {
        let url = self.required("url")?;
        let wrong = |found: &str| self.wrong("url", found, "sftp://user@host:22/folder/%Y%m/%d/%H/");
        let rest = url.strip_prefix("sftp://").ok_or_else(|| wrong("another scheme than sftp"))?;
        let (authority, path) = rest.split_once('/').ok_or_else(|| wrong("no path"))?;
        let (user, host) = authority.rsplit_once('@').ok_or_else(|| wrong("no user"))?;
        if user.contains(':') {
            return Err(wrong("a password within the URL (it belongs where password_env or password_file says)"));
        }
        let (host, port) = host_and_port(host).ok_or_else(|| wrong("no host, or no port after its colon"))?;
        if user.is_empty() || path.contains(char::is_control) || path.split('/').any(|part| part == "..") {
            return Err(wrong("no user, or a path with .. or control characters"));
        }
        self.check_fields(path, false)?;
        let (password, identity) = (self.secret("password")?, self.path("identity"));
        if password.is_none() && identity.is_none() {
            return Err(self.wrong("password_env", "nothing", "password_env, password_file or identity"));
        }
        let host_key = self.text("host_key");
        if let Some(text) = host_key.as_ref().filter(|text| !text.starts_with("SHA256:") || text.len() != 50) {
            return Err(self.wrong("host_key", text, "a fingerprint as `ssh-keygen -lf` prints it: SHA256:..."));
        }
        Ok(Source::Sftp {
            host,
            port,
            user: user.to_string(),
            path: folder(&format!("/{path}")),
            password,
            identity,
            known_hosts: self.path("known_hosts"),
            host_key,
        })
    }

    fn firms(&self) -> Result<Source> {
        let allow_http = self.flag("allow_http").unwrap_or(false);
        let url = match self.text("url") {
            Some(_) => self.address("url", allow_http)?.trim_end_matches('/').to_string(),
            None => "https://firms.modaps.eosdis.nasa.gov".to_string(),
        };
        // whoever pastes the address of a request pastes the key that stands in it
        if url.contains("/api") {
            return Err(self.wrong("url", "an address with the path of the API", "the server alone, as https://host"));
        }
        let products = self.texts("products");
        let is_product = |text: &String| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        if products.is_empty() || !products.iter().all(is_product) {
            let expected = "names of lists, as [\"VIIRS_NOAA20_NRT\", \"VIIRS_SNPP_NRT\"]";
            return Err(self.wrong("products", &format!("{products:?}"), expected));
        }
        let key = self
            .secret("key")?
            .ok_or_else(|| self.wrong("key_env", "nothing", "the MAP_KEY, by key_env or key_file"))?;
        Ok(Source::Firms { url, products, key })
    }

    /// An address of http or https without anything secret in it. It is not repeated in errors: somebody may have put a password into it.
    fn address(&self, name: &str, may_be_http: bool) -> Result<String> {
        let text = self.required(name)?;
        let wrong = |found: &str| self.wrong(name, found, "https://host/path/ without user, password, ? and #");
        let url = reqwest::Url::parse(&text).map_err(|error| wrong(&format!("text that is no URL ({error})")))?;
        if !["http", "https"].contains(&url.scheme()) || url.host_str().unwrap_or("").is_empty() {
            return Err(wrong("another scheme than http and https, or no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "a user or password within the URL (they belong into user and password_env or password_file)",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("a ? or # in the URL (a key belongs where bearer_env or bearer_file says)"));
        }
        if url.scheme() == "http" && !may_be_http {
            let found = "http, by which everybody on the way reads what is sent";
            return Err(self.wrong(name, found, "https, or allow_http = true within a network that is trusted"));
        }
        Ok(text)
    }

    /// Time fields are those that [`Source`] names; a web address may hold %XX too, in capitals, for `%d` is the day.
    fn check_fields(&self, text: &str, is_url: bool) -> Result<()> {
        let is_hex = |b: &u8| b.is_ascii_digit() || (b'A'..=b'F').contains(b);
        for (at, _) in text.match_indices('%') {
            let after = text.as_bytes().get(at + 1..).unwrap_or_default();
            let is_field = after.first().is_some_and(|field| b"YmdHMj".contains(field));
            let is_code = is_url && after.len() >= 2 && after[..2].iter().all(is_hex);
            if !(is_field || is_code) {
                let found: String = text[at..].chars().take(2).collect();
                return Err(self.wrong("url", &found, "the time fields %Y %m %d %H %M %j only"));
            }
        }
        Ok(())
    }
}

/// With a `/` at the end; nothing stays nothing.
fn folder(text: &str) -> String {
    if text.is_empty() || text.ends_with('/') { text.to_string() } else { format!("{text}/") }
}

/// `host`, `host:22` or `[::1]:22`.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, if port.is_empty() { "22" } else { port.strip_prefix(':')? })
        }
        None => text.rsplit_once(':').unwrap_or((text, "22")),
    };
    let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control());
    Some((host.to_string(), port.parse().ok().filter(|port| *port > 0)?)).filter(|_| is_host)
}
