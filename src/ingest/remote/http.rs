//! Directories of web servers.

use super::client::{LISTING, LONGEST_LISTING, Login, Web, has_end, is_html};
use super::folders::{Folders, Template};
use super::listing::{self, Entry, Listing};
use super::part::Part;
use super::wanted::Wanted;
use super::{Listed, no_directory, too_long, within};
use crate::error::{Error, Result};
use crate::site::{Inbox, Source};
use crate::time::Utc;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::header::{CONTENT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::{Response, StatusCode, Url};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Requests at the same time: a guest takes no more of a server than a browser does.
const AT_ONCE: usize = 6;

/// A directory of a web server.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) template: Template,
    wanted: Wanted,
    pub(super) web: Web,
}

impl Directory {
    /// # Errors
    /// [`Error::Config`] where a secret is absent or the inbox is of another kind.
    pub(super) fn open(inbox: &Inbox) -> Result<Directory> {
        let Source::Http { url, user, password, bearer } = &inbox.source else {
            return Err(no_directory(inbox, "http"));
        };
        let login = Login::read(&inbox.place, user.as_ref(), password.as_ref(), bearer.as_ref())?;
        Ok(Directory { template: Template::new(url), wanted: Wanted::of(inbox)?, web: Web::open(&inbox.place, login)? })
    }

    /// # Errors
    /// [`Error::Input`] where nobody could look.
    pub(super) async fn list(&self, from: Utc, to: Utc) -> Result<Vec<Listed>> {
        let folders = match self.template.folders(from, to) {
            Folders::Known(folders) => folders,
            Folders::Below(below) => self.below(below).await?,
        };
        let listed: Vec<Option<Vec<Listed>>> =
            stream::iter(folders).map(|folder| self.files(folder)).buffered(AT_ONCE).try_collect().await?;
        if listed.iter().all(Option::is_none) {
            self.check_root().await?;
        }
        Ok(listed.into_iter().flatten().flatten().collect())
    }

    /// Of the folders of minutes those that are there.
    async fn below(&self, below: BTreeMap<String, BTreeMap<String, String>>) -> Result<Vec<String>> {
        let there = stream::iter(below).map(async |(folder, names)| {
            let is_one = |entry: &Entry| entry.is_folder && names.contains_key(&entry.name);
            let index = self.index(&folder, is_one).await?;
            let entries = index.unwrap_or_default().into_iter().filter(is_one);
            Ok(entries.filter_map(|entry| names.get(&entry.name).cloned()).collect::<Vec<_>>())
        });
        let there: Vec<Vec<String>> = there.buffered(AT_ONCE).try_collect().await?;
        Ok(there.into_iter().flatten().collect())
    }

    /// Where nothing at all was there: the folder above must be, or the address is wrong.
    async fn check_root(&self) -> Result<()> {
        let root = self.template.root();
        let answer = self.web.ask(self.web.get(address(root)?), root).await?;
        match answer.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                let found = format!("no such directory ({})", answer.status());
                Err(Error::input(root, found, "the directory that holds the others", "correct url in site.toml"))
            }
            // folders that are listed below one that is not
            _ => Ok(()),
        }
    }

    /// The wanted files of a folder; `None` where it is not there.
    async fn files(&self, folder: String) -> Result<Option<Vec<Listed>>> {
        let is_one = |entry: &Entry| !entry.is_folder && self.wanted.takes(&entry.name);
        let Some(entries) = self.index(&folder, is_one).await? else { return Ok(None) };
        let files = entries.into_iter().filter(is_one).map(|entry| self.listed(&folder, entry));
        let files: Vec<Option<Listed>> = stream::iter(files).buffered(AT_ONCE).try_collect().await?;
        Ok(Some(files.into_iter().flatten().collect()))
    }

    /// The entries of a folder; `None` where it is not there. A page that does not say that it is a listing is taken for one if an entry
    /// of it is of those that are looked for.
    async fn index(&self, folder: &str, is_one: impl Fn(&Entry) -> bool) -> Result<Option<Vec<Entry>>> {
        let all = async {
            let answer = self.web.ask(self.web.get(address(folder)?), folder).await?;
            match answer.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
                _ => return Err(self.web.refused(answer, folder).await),
            }
            let base = answer.url().clone();
            let body = self.web.whole(answer, LONGEST_LISTING, folder).await?;
            let listing = listing::read(&String::from_utf8_lossy(&body), &base).and_then(|listing| match listing {
                Listing { says_so: false, title, entries } if !entries.iter().any(is_one) => {
                    Err(format!("the web page {title:?}, which is no directory listing"))
                }
                Listing { entries, .. } => Ok(entries),
            });
            let advice = "open the address in a browser: a login page, or a server that lists nothing?";
            let no_listing =
                |found: String| Error::input(folder, self.web.cover(&found), "a directory listing", advice);
            listing.map(Some).map_err(no_listing)
        };
        tokio::time::timeout(LISTING, all).await.unwrap_or_else(|_| {
            let found = format!("a listing that was not whole after {} s", LISTING.as_secs());
            Err(Error::input(folder, found, "a listing", "it is tried again; name a folder with fewer files"))
        })
    }

    /// An entry as a file; the server is asked for what its listing does not say. `None` where it is gone meanwhile.
    async fn listed(&self, folder: &str, entry: Entry) -> Result<Option<Listed>> {
        let place = format!("{folder}{}", entry.encoded);
        let Entry { name, size, version, modified, .. } = entry;
        if !version.is_empty() {
            return Ok(Some(Listed { name, place, size, version, modified }));
        }
        let answer = self.web.ask(self.web.head(address(&place)?), &place).await?;
        let headers = answer.headers();
        match answer.status() {
            StatusCode::OK => Ok(Some(Listed {
                size: length(headers),
                version: version_of(headers),
                modified: header(headers, LAST_MODIFIED).and_then(Utc::parse_http),
                name,
                place,
            })),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            StatusCode::UNAUTHORIZED => Err(self.web.refused(answer, &place).await),
            // it is there; what is wrong with it, where something is, the fetching says, and holds up no other
            _ => Ok(Some(Listed { name, place, size, version, modified })),
        }
    }

    /// # Errors
    /// [`Error::Input`] where it does not come whole; [`Error::Output`].
    pub(super) async fn fetch(&self, file: &Listed, into: &Path) -> Result<PathBuf> {
        within(file, self.template.root())?;
        let mut part = Part::open(into, file).await?;
        match self.receive(&mut part, file).await {
            Ok(whole) => part.finish(whole.length, whole.md5).await,
            Err(error) => {
                part.pause().await?;
                Err(error)
            }
        }
    }

    async fn receive(&self, part: &mut Part, file: &Listed) -> Result<Whole> {
        let answer = match self.ask_for_rest(part, file).await? {
            Some(answer) => answer,
            None => self.ask_for_all(part, file).await?,
        };
        let whole = Whole::of(&answer, file, part.held())?;
        self.receive_body(part, file, answer, whole.length).await?;
        Ok(whole)
    }

    /// The rest of a half file; `None` where the server does not go on where it broke off, or has other bytes now.
    async fn ask_for_rest(&self, part: &Part, file: &Listed) -> Result<Option<Response>> {
        let Some(validator) = part.validator().filter(|_| part.held() > 0) else { return Ok(None) };
        let request = self.web.get(address(&file.place)?).header(RANGE, format!("bytes={}-", part.held()));
        let answer = self.web.ask(request.header(IF_RANGE, validator), &file.place).await?;
        let is_rest = answer.status() == StatusCode::PARTIAL_CONTENT
            && range(answer.headers()).is_some_and(|(start, _)| start == part.held())
            // not every server knows If-Range
            && validator_of(answer.headers()).as_deref() == Some(validator);
        Ok(is_rest.then_some(answer))
    }

    async fn ask_for_all(&self, part: &mut Part, file: &Listed) -> Result<Response> {
        let answer = self.web.ask(self.web.get(address(&file.place)?), &file.place).await?;
        if answer.status() != StatusCode::OK {
            return Err(self.web.refused(answer, &file.place).await);
        }
        part.begin(validator_of(answer.headers())).await?;
        Ok(answer)
    }

    async fn receive_body(
        &self,
        part: &mut Part,
        file: &Listed,
        mut answer: Response,
        length: Option<u64>,
    ) -> Result<()> {
        while let Some(chunk) = answer.chunk().await.map_err(|error| {
            let so_far = length.map_or(String::new(), |length| format!(" of {length}"));
            self.web.broken(error, &format!("{} (after {} bytes{so_far})", file.place, part.held()))
        })? {
            part.take(&chunk).await?;
            if let Some(length) = length.filter(|length| part.held() > *length) {
                return Err(too_long(&file.place, length));
            }
        }
        Ok(())
    }
}

/// What the whole file is to be.
struct Whole {
    length: Option<u64>,
    md5: Option<[u8; 16]>,
}

impl Whole {
    /// By an answer of which `held` bytes are here already.
    ///
    /// # Errors
    /// [`Error::Input`] where it is another file than was listed, or a page instead of a file.
    fn of(answer: &Response, file: &Listed, held: u64) -> Result<Whole> {
        let headers = answer.headers();
        let wrong = |found: &str, expected: &str, advice: &str| Err(Error::input(&file.place, found, expected, advice));
        if is_html("", headers) && !file.name.contains(".htm") {
            return wrong("a web page", "the file", "open the address in a browser: is it a login page?");
        }
        let coding = header(headers, CONTENT_ENCODING).unwrap_or("identity");
        // servers call a .gz so though nothing was coded for the way
        let is_its_own = [".gz", ".bz2", ".Z", ".xz"].iter().any(|ending| file.name.ends_with(ending));
        if coding != "identity" && !is_its_own {
            return wrong(&format!("bytes in the coding {coding}"), "the bytes of the file", "ask who runs the server");
        }
        let length = match range(headers) {
            Some((_, total)) if answer.status() == StatusCode::PARTIAL_CONTENT => total,
            _ => length(headers).map(|rest| rest + held),
        };
        match (length, file.size) {
            (None, None) if !has_end(answer) => {
                wrong("an answer that does not say how long it is", "a length", "ask who runs the server")
            }
            (Some(length), Some(size)) if length != size => {
                let found = format!("{length} bytes where {size} were listed");
                wrong(&found, "the file as it was listed", "it was replaced or grows: the next look lists it anew")
            }
            _ => {
                let md5 = (answer.status() == StatusCode::OK).then(|| content_md5(headers)).flatten();
                Ok(Whole { length: length.or(file.size), md5 })
            }
        }
    }
}

fn address(text: &str) -> Result<Url> {
    Url::parse(text).map_err(|error| Error::input(text, format!("no URL ({error})"), "an address", "correct url"))
}

fn header(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Of the header itself: the client says 0 for what has no body, as the answer to a HEAD.
fn length(headers: &HeaderMap) -> Option<u64> {
    header(headers, reqwest::header::CONTENT_LENGTH)?.parse().ok()
}

/// `bytes 5-9/10`: the first byte, and the length of the whole.
fn range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, total) = header(headers, CONTENT_RANGE)?.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// What makes sure that the rest is of the same bytes: a strong ETag, else the date of the last change.
fn validator_of(headers: &HeaderMap) -> Option<String> {
    let tag = header(headers, ETAG).filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| header(headers, LAST_MODIFIED)).map(str::to_string)
}

fn version_of(headers: &HeaderMap) -> String {
    // a server that is not sure yet calls the same bytes W/"x" and later "x"
    let tag = header(headers, ETAG).map(|tag| tag.trim_start_matches("W/").to_string());
    tag.unwrap_or_else(|| match (header(headers, LAST_MODIFIED), length(headers)) {
        (Some(date), Some(length)) => format!("{date} {length}"),
        _ => String::new(),
    })
}

/// RFC 1864; it is of the whole only where the whole comes.
fn content_md5(headers: &HeaderMap) -> Option<[u8; 16]> {
    use base64::Engine;
    let text = header(headers, reqwest::header::HeaderName::from_static("content-md5"))?;
    base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?.try_into().ok()
}
