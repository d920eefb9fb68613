//! Buckets of S3-compatible stores.

mod object;
mod xml;

use super::client::{self, LISTING, LONGEST_LISTING, SILENCE, Skew, one_line};
use super::folders::{Folders, Template};
use super::part::Part;
use super::wanted::Wanted;
use super::{Listed, no_directory, too_long, within};
use crate::error::{Error, Result};
use crate::http::chain;
use crate::site::{Inbox, Secret, Source};
use crate::time::Utc;
use futures_util::stream::{self, StreamExt, TryStreamExt};
pub(in crate::ingest) use object::read as read_object;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, RetryConfig};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xml::{code_and_message, is_key_listing};

/// Requests at the same time.
const AT_ONCE: usize = 8;
/// Pages of the longest folder, a thousand keys each.
const MOST_PAGES: usize = 200;

/// A bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    store: AmazonS3,
    /// `s3://bucket/`
    base: String,
    pub(super) template: Template,
    wanted: Wanted,
    pub(super) skew: Skew,
}

/// What a page or pages of a folder hold.
#[derive(Default)]
struct Page {
    files: Vec<ObjectMeta>,
    folders: Vec<Key>,
}

impl Bucket {
    /// # Errors
    /// [`Error::Config`] where a secret is absent or the inbox is of another kind.
    pub(super) fn open(inbox: &Inbox) -> Result<Bucket> {
        let Source::S3 { bucket, prefix, endpoint, region, signed, allow_http } = &inbox.source else {
            return Err(no_directory(inbox, "s3"));
        };
        let skew = Skew::default();
        let noting = Noting { client: client::client(&inbox.place, true)?, skew: skew.clone() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(region)
            .with_allow_http(*allow_http)
            .with_retry(RetryConfig { max_retries: 2, retry_timeout: SILENCE, ..RetryConfig::default() })
            .with_http_connector(noting);
        builder = match signed {
            Some((id, secret)) => {
                builder.with_access_key_id(id).with_secret_access_key(Secret::read(secret, &inbox.place)?.reveal())
            }
            None => builder.with_skip_signature(true),
        };
        if let Some(endpoint) = endpoint {
            // some stores (OSS, COS) want the bucket in the name of the host, and not in the path
            let host = endpoint.split_once("://").map_or(endpoint.as_str(), |(_, host)| host);
            let is_in_host = host.strip_prefix(bucket.as_str()).is_some_and(|rest| rest.starts_with('.'));
            builder = builder.with_endpoint(endpoint).with_virtual_hosted_style_request(is_in_host);
        }
        let wrong = |error| Error::config(&inbox.place, chain(&error), "a bucket", "correct the keys of the inbox");
        let store = builder.build().map_err(wrong)?;
        let base = format!("s3://{bucket}/");
        Ok(Bucket { store, base, template: Template::new(prefix), wanted: Wanted::of(inbox)?, skew })
    }

    /// # Errors
    /// [`Error::Input`] where nobody could look.
    pub(super) async fn list(&self, from: Utc, to: Utc) -> Result<Vec<Listed>> {
        let prefixes = match self.template.folders(from, to) {
            Folders::Known(prefixes) => prefixes,
            Folders::Below(below) => self.below(below).await?,
        };
        let listed = stream::iter(prefixes).map(async |prefix| {
            let page = self.page(&prefix).await?;
            Ok(page.files.into_iter().filter_map(|file| self.listed(&prefix, file)).collect::<Vec<_>>())
        });
        Ok(listed.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    /// Of the folders of minutes those that are there.
    async fn below(&self, below: BTreeMap<String, BTreeMap<String, String>>) -> Result<Vec<String>> {
        let there = stream::iter(below).map(async |(prefix, names)| {
            let folders = self.page(&prefix).await?.folders;
            let is_there = |name: &str| folders.iter().any(|folder| folder.filename() == Some(name));
            Ok(names.into_iter().filter(|(name, _)| is_there(name)).map(|(_, prefix)| prefix).collect::<Vec<_>>())
        });
        Ok(there.buffered(AT_ONCE).try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    /// All that lies right under a prefix. A prefix without keys is one that is not there yet.
    async fn page(&self, prefix: &str) -> Result<Page> {
        let place = format!("{}{prefix}", self.base);
        let mut all = Page::default();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let options = PaginatedListOptions {
                delimiter: Some("/".into()),
                page_token: token.take(),
                ..PaginatedListOptions::default()
            };
            let asked = self.store.list_paginated(Some(prefix).filter(|prefix| !prefix.is_empty()), options);
            let answer = tokio::time::timeout(LISTING, asked).await.map_err(|_| {
                Error::input(&place, "no answer in time", "a listing", "it is tried again; check the network")
            })?;
            let answer = answer.map_err(|error| failed(&error, &place))?;
            all.files.extend(answer.result.objects);
            all.folders.extend(answer.result.common_prefixes);
            token = answer.page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(all);
            }
        }
        let found = format!("more than {MOST_PAGES} pages of keys");
        Err(Error::input(&place, found, "a folder with fewer", "name one with fewer files, by time fields"))
    }

    /// A key as a file; `None` for what is not asked for. A console makes keys that stand for folders.
    fn listed(&self, prefix: &str, file: ObjectMeta) -> Option<Listed> {
        let key = file.location.as_ref();
        let name = key.strip_prefix(prefix).filter(|name| self.wanted.takes(name))?.to_string();
        let place = format!("{}{key}", self.base);
        let modified = Utc::from_micros(file.last_modified.timestamp_micros());
        let version = file.e_tag.unwrap_or_else(|| format!("{} {}", file.last_modified, file.size));
        Some(Listed { name, place, size: Some(file.size), version, modified })
    }

    /// # Errors
    /// [`Error::Input`] where it does not come whole; [`Error::Output`].
    pub(super) async fn fetch(&self, file: &Listed, into: &Path) -> Result<PathBuf> {
        let key = within(file, &format!("{}{}", self.base, self.template.root()))?;
        let key = Key::parse(format!("{}{key}", self.template.root())).map_err(|error| failed(&error, &file.place))?;
        let mut part = Part::open(into, file).await?;
        match self.receive(&mut part, file, &key).await {
            Ok(whole) => part.finish(Some(whole.0), whole.1).await,
            Err(error) => {
                part.pause().await?;
                Err(error)
            }
        }
    }

    /// The rest of the file, with its length and its MD5 where the store says it.
    async fn receive(&self, part: &mut Part, file: &Listed, key: &Key) -> Result<(u64, Option<[u8; 16]>)> {
        if part.held() == 0 || file.size.is_some_and(|size| part.held() >= size) {
            part.begin(None).await?;
        }
        // of a listing without ETags the version is no ETag
        let tag = file.version.starts_with('"').then(|| file.version.clone());
        let range = (part.held() > 0).then(|| GetRange::Offset(part.held()));
        let options = GetOptions { if_match: tag, range, ..GetOptions::default() };
        let answer = self.store.get_opts(key, options).await.map_err(|error| failed(&error, &file.place))?;
        let length = answer.meta.size;
        if let Some(size) = file.size.filter(|size| *size != length) {
            let found = format!("{length} bytes where {size} were listed");
            let advice = "it was replaced: the next look lists it anew";
            return Err(Error::input(&file.place, found, "the file as it was listed", advice));
        }
        let has_md5 = answer.extensions.get::<IsEncrypted>().is_none();
        let md5 = answer.meta.e_tag.as_deref().filter(|_| has_md5).and_then(md5_of_tag);
        let mut bytes = answer.into_stream();
        while let Some(chunk) = bytes
            .try_next()
            .await
            .map_err(|error| failed(&error, &format!("{} (after {} bytes of {length})", file.place, part.held())))?
        {
            part.take(&chunk).await?;
            if part.held() > length {
                return Err(too_long(&file.place, length));
            }
        }
        Ok((length, md5))
    }
}

/// The ETag of what was put in one piece is its MD5; of several pieces it has a `-` with their number.
fn md5_of_tag(tag: &str) -> Option<[u8; 16]> {
    let hex = tag.trim_matches('"');
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    let mut md5 = [0; 16];
    for (byte, pair) in md5.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(md5)
}

/// Marks the answer of an object that was encrypted with a key, whose ETag is no MD5.
#[derive(Clone)]
struct IsEncrypted;

/// What a store refused, found in the causes of an error.
#[derive(Debug, thiserror::Error)]
#[error("{status}{}{code}{}{message}", if code.is_empty() { "" } else { ": " }, if message.is_empty() { "" } else { ": " })]
struct Refused {
    status: reqwest::StatusCode,
    code: String,
    message: String,
}

/// The error of a request: what the store said, else what became of the connection.
fn failed(error: &(dyn std::error::Error + 'static), place: &str) -> Error {
    let mut cause = Some(error);
    let mut last = error;
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return refusal(refused, place);
        }
        last = error;
        cause = error.source();
    }
    // the outer ones repeat the address with its query, and the innermost says why
    let advice = "it is tried again; check endpoint and network where that goes on";
    Error::input(place, one_line(&format!("no whole answer ({last})")), "an answer", advice)
}

fn refusal(refused: &Refused, place: &str) -> Error {
    let (expected, advice) = match (refused.status.as_u16(), refused.code.as_str()) {
        (_, "NoSuchBucket") => ("a bucket that is there", "correct the name in url"),
        (404, _) => ("what was listed", "it is gone; nothing is to be done if it was replaced"),
        (412, _) => ("the file as it was listed", "it was replaced: the next look lists it anew"),
        (_, "RequestTimeTooSkewed") => ("a clock that is right", "set this machine's clock (NTP)"),
        (401 | 403, _) => {
            ("a login that is accepted", "check access_key_id and its secret, and whether they may list and read here")
        }
        (300..=399, _) | (_, "AuthorizationHeaderMalformed") => {
            ("the region of the bucket", "correct region or endpoint")
        }
        (429 | 503, _) => ("an answer", "the store is busy; raise poll_s where that goes on"),
        (200, _) => ("a listing of keys", "check endpoint: something else than an S3 store answers there"),
        _ => ("an answer", "it is tried again; check endpoint and network where that goes on"),
    };
    Error::input(place, one_line(&refused.to_string()), expected, advice)
}

/// The client of the store: it notes the store's clock, and takes nothing for a listing or a file that is none. The library
/// would read any web page as a listing without files.
#[derive(Debug, Clone)]
struct Noting {
    client: reqwest::Client,
    skew: Skew,
}

impl HttpConnector for Noting {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

type Answered<'a> = futures_util::future::BoxFuture<'a, std::result::Result<HttpResponse, HttpError>>;

impl HttpService for Noting {
    fn call<'a, 'b>(&'a self, request: HttpRequest) -> Answered<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(self.checked(request))
    }
}

impl Noting {
    async fn checked(&self, request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        let is_listing = request.uri().query().is_some_and(|query| query.contains("list-type=2"));
        let (mut parts, body) = self.client.call(request).await?.into_parts();
        self.skew.note(&parts.headers);
        if parts.status.is_success() && !is_listing {
            let header =
                |name| parts.headers.get(name).and_then(|value: &object_store::HeaderValue| value.to_str().ok());
            if header("x-amz-server-side-encryption").is_some_and(|how| how.starts_with("aws:"))
                || header("x-amz-server-side-encryption-customer-algorithm").is_some()
            {
                parts.extensions.insert(IsEncrypted);
            }
            return Ok(HttpResponse::from_parts(parts, body));
        }
        let bytes = bounded(body.bytes_stream()).await?;
        let text = String::from_utf8_lossy(&bytes);
        if parts.status.is_success() && is_key_listing(&text) {
            return Ok(HttpResponse::from_parts(parts, bytes.into()));
        }
        let (code, message) = code_and_message(&text).unwrap_or_else(|| (String::new(), one_line(&text)));
        let refused = Refused { status: parts.status, code, message };
        Err(HttpError::new(HttpErrorKind::Unknown, refused))
    }
}

async fn bounded<B: AsRef<[u8]>>(
    mut body: impl futures_util::Stream<Item = std::result::Result<B, HttpError>> + Unpin,
) -> std::result::Result<Vec<u8>, HttpError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.try_next().await? {
        bytes.extend_from_slice(chunk.as_ref());
        if bytes.len() > LONGEST_LISTING {
            let error = std::io::Error::other(format!("an answer of more than {LONGEST_LISTING} bytes"));
            return Err(HttpError::new(HttpErrorKind::Decode, error));
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(endpoint: &str) -> String {
        let inbox = Inbox {
            place: "site.toml: station.inboxes[0]".to_string(),
            name: "a".to_string(),
            source: Source::S3 {
                bucket: "imagery".to_string(),
                prefix: String::new(),
                endpoint: Some(endpoint.to_string()).filter(|endpoint| !endpoint.is_empty()),
                region: "us-east-1".to_string(),
                signed: None,
                allow_http: false,
            },
            patterns: Vec::new(),
            poll_s: 60.0,
            look_back_hours: 24.0,
            satellites: Vec::new(),
            deadline_min: None,
            needs: Vec::new(),
        };
        let shown = format!("{:?}", Bucket::open(&inbox).expect("opened").store);
        let rest = shown.split_once("bucket_endpoint: \"").expect(&shown).1;
        rest.split('"').next().unwrap_or_default().to_string()
    }

    /// By the documents of AWS (path style), and of OSS, which takes the bucket in the host alone.
    #[test]
    fn the_bucket_stands_in_the_path_or_in_the_host() {
        assert_eq!(address(""), "https://s3.us-east-1.amazonaws.com/imagery");
        assert_eq!(address("https://minio.example:9000"), "https://minio.example:9000/imagery");
        let oss = "https://imagery.oss-cn-beijing.aliyuncs.com";
        assert_eq!(address(oss), oss);
    }

    /// Only what was put in one piece has its MD5 as ETag (S3 API reference, Object).
    #[test]
    fn an_etag_is_an_md5_or_none() {
        let md5 = md5_of_tag("\"9b2cf535f27731c974343645a3985328\"").expect("one");
        assert_eq!((md5[0], md5[1], md5[15]), (0x9b, 0x2c, 0x28));
        for tag in ["\"9b2cf535f27731c974343645a3985328-2\"", "\"9B2CF535F27731C974343645A3985328\"", "\"\"", "\"xyz\""]
        {
            assert_eq!(md5_of_tag(tag), None, "{tag}");
        }
    }
}
