//! Directory listings of web servers: the pages of Apache, nginx, Python and their like, and the JSON of nginx.

use super::client::one_line;
use crate::time::Utc;
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use reqwest::Url;

/// Entries of the longest listing.
const MOST_ENTRIES: usize = 200_000;
/// Bytes of text behind a link that may tell of it.
const MOST_BEHIND: usize = 200;

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Name without the `/` of a folder.
    pub(super) name: String,
    /// The name as it stands in addresses.
    pub(super) encoded: String,
    pub(super) is_folder: bool,
    pub(super) size: Option<u64>,
    /// Time and size as they are listed; empty where they are not.
    pub(super) version: String,
    pub(super) modified: Option<Utc>,
}

/// What was read.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    /// Whether it says that it is a directory listing; a page of entries that does not may be any page with links.
    pub(super) says_so: bool,
    /// Title of the page.
    pub(super) title: String,
}

/// Reads a page or JSON; `base` is where it came from.
///
/// # Errors
/// What was found instead of a listing.
pub(super) fn read(text: &str, base: &Url) -> Result<Listing, String> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let listing = if text.starts_with('[') { json(text)? } else { html(text, base)? };
    if listing.entries.len() > MOST_ENTRIES {
        return Err(format!("a listing of more than {MOST_ENTRIES} entries"));
    }
    Ok(listing)
}

#[derive(serde::Deserialize)]
struct JsonEntry {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    mtime: Option<String>,
    size: Option<u64>,
}

/// `autoindex_format json` of nginx.
fn json(text: &str) -> Result<Listing, String> {
    let entries: Vec<JsonEntry> =
        serde_json::from_str(text).map_err(|error| format!("JSON that is no directory listing ({error})"))?;
    let entry = |entry: JsonEntry| Entry {
        encoded: crate::site::percent_encoded(&entry.name),
        version: match (&entry.mtime, entry.size) {
            (Some(mtime), Some(size)) => format!("{mtime} {size}"),
            _ => String::new(),
        },
        modified: entry.mtime.as_deref().and_then(Utc::parse_http),
        is_folder: entry.kind == "directory",
        name: entry.name,
        size: entry.size,
    };
    Ok(Listing { entries: entries.into_iter().map(entry).collect(), says_so: true, title: String::new() })
}

fn html(text: &str, base: &Url) -> Result<Listing, String> {
    if !text.starts_with('<') {
        return Err(format!("a text that is no directory listing ({})", one_line(text)));
    }
    let page = Page::of(text);
    if page.asks_for_a_password {
        return Err(format!("a page that asks for a password ({:?})", page.title));
    }
    let mut entries: Vec<Entry> = page.anchors.iter().filter_map(|anchor| entry(anchor, base)).collect();
    // an icon and a name lead to the same
    entries.dedup_by(|later, first| {
        let same = later.encoded == first.encoded;
        if same && first.version.is_empty() {
            (first.version, first.size) = (std::mem::take(&mut later.version), later.size);
        }
        same
    });
    Ok(Listing { entries, says_so: page.is_index(), title: page.title })
}

/// The entry that a link leads to; `None` where it leads to no direct child of the directory: sort links, parents, other places.
fn entry(anchor: &Anchor, base: &Url) -> Option<Entry> {
    let url = base.join(&anchor.href).ok()?;
    if url.origin() != base.origin() || url.query().is_some() {
        return None;
    }
    let rest = url.path().strip_prefix(base.path())?;
    let (encoded, is_folder) = rest.strip_suffix('/').map_or((rest, false), |name| (name, true));
    if encoded.is_empty() || encoded.contains('/') {
        return None;
    }
    let (version, size) = anchor.detail();
    let name = percent_decoded(encoded)?;
    Some(Entry { name, encoded: encoded.to_string(), is_folder, size, version, modified: None })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2).and_then(|code| std::str::from_utf8(code).ok()));
        match code.flatten().and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// The title of a page, else its first heading.
pub(super) fn title(text: &str) -> String {
    Page::of(text).title
}

/// What is of interest of a page.
#[derive(Default)]
struct Page {
    title: String,
    anchors: Vec<Anchor>,
    asks_for_a_password: bool,
}

/// A link with what stands in it and behind it, until the next link or row.
#[derive(Default)]
struct Anchor {
    href: String,
    words: String,
    after: String,
}

/// Whose text is read.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Nothing,
    Title,
    Anchor,
    /// Behind a link, before the next.
    Behind,
}

impl Page {
    fn of(text: &str) -> Page {
        let (mut page, mut inside) = (Page::default(), Inside::Nothing);
        let mut emitter = DefaultEmitter::default();
        // nothing in a script is a tag
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(text, emitter).flatten() {
            match token {
                Token::StartTag(tag) => inside = page.opened(&tag, inside),
                Token::EndTag(tag) => {
                    inside = match tag.name.as_slice() {
                        b"a" => Inside::Behind,
                        b"title" | b"h1" | b"tr" => Inside::Nothing,
                        _ => inside,
                    }
                }
                Token::String(text) => page.add(&String::from_utf8_lossy(&text), inside),
                _ => {}
            }
        }
        page.title = one_line(&page.title);
        page.anchors.retain(|anchor| !anchor.href.is_empty());
        page
    }

    fn opened(&mut self, tag: &StartTag<()>, inside: Inside) -> Inside {
        let attribute = |name: &[u8]| {
            tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).trim().to_string()).unwrap_or_default()
        };
        match tag.name.as_slice() {
            b"a" => {
                self.anchors.push(Anchor { href: attribute(b"href"), ..Anchor::default() });
                Inside::Anchor
            }
            b"title" | b"h1" if self.title.trim().is_empty() => Inside::Title,
            b"input" => {
                self.asks_for_a_password |= attribute(b"type").eq_ignore_ascii_case("password");
                inside
            }
            _ => {
                // cells of a table stand apart
                self.add(" ", inside);
                inside
            }
        }
    }

    fn add(&mut self, text: &str, inside: Inside) {
        let anchor = self.anchors.last_mut();
        match (inside, anchor) {
            (Inside::Title, _) => self.title.push_str(text),
            (Inside::Anchor, Some(anchor)) => anchor.words.push_str(text),
            (Inside::Behind, Some(anchor)) if anchor.after.len() < MOST_BEHIND => anchor.after.push_str(text),
            _ => {}
        }
    }

    /// Whether it says of itself that it is a directory listing.
    fn is_index(&self) -> bool {
        let title = self.title.to_ascii_lowercase();
        let is_parent = |anchor: &Anchor| {
            let words = anchor.words.trim().to_ascii_lowercase();
            ["..", "../", "parent directory", "[to parent directory]"].contains(&words.as_str())
        };
        ["index of", "directory listing"].iter().any(|words| title.contains(words))
            || self.anchors.iter().any(is_parent)
    }
}

impl Anchor {
    /// Time and size as they stand behind the link, and the size where it is to the byte.
    fn detail(&self) -> (String, Option<u64>) {
        let words: Vec<&str> = self.after.split_whitespace().collect();
        let is_day = |text: &str| text.len() >= 8 && text.matches(['-', '/']).count() == 2;
        let Some(at) = words.windows(2).position(|pair| is_day(pair[0]) && pair[1].contains(':')) else {
            return (String::new(), None);
        };
        let size = words.get(at + 2).filter(|size| size.starts_with(|c: char| c.is_ascii_digit()));
        // "1.2 MiB": the unit stands apart
        let has_unit = words.get(at + 3).is_some_and(|unit| UNITS.contains(unit));
        let version =
            words[at..].iter().take(2 + usize::from(size.is_some()) + usize::from(size.is_some() && has_unit));
        let bytes = size.filter(|_| !has_unit).and_then(|size| size.parse().ok());
        (version.copied().collect::<Vec<_>>().join(" "), bytes)
    }
}

const UNITS: [&str; 11] = ["B", "K", "M", "G", "kB", "KB", "MB", "GB", "KiB", "MiB", "GiB"];

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://h.example/data/2025%20a/";

    fn listed(text: &str) -> Listing {
        read(text, &Url::parse(BASE).expect("a URL")).expect(text)
    }

    fn entries(text: &str) -> Vec<(String, bool, Option<u64>, String)> {
        let listing = listed(text);
        assert!(listing.says_so);
        listing.entries.into_iter().map(|e| (e.name, e.is_folder, e.size, e.version)).collect()
    }

    fn file(name: &str, size: Option<u64>, version: &str) -> (String, bool, Option<u64>, String) {
        (name.to_string(), false, size, version.to_string())
    }

    /// As nginx 1.22 of Debian writes it (autoindex on), long names cut in what is shown.
    #[test]
    fn a_page_of_nginx() {
        let page = "<html>\r\n<head><title>Index of /data/2025 a/</title></head>\r\n<body>\r\n<h1>Index of /data/2025 a/</h1><hr><pre><a href=\"../\">../</a>\r\n\
            <a href=\"sub/\">sub/</a>                                               29-Nov-2025 22:10                   -\r\n\
            <a href=\"HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2\">HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2</a>    29-Nov-2025 22:10             1234567\r\n\
            </pre><hr></body>\r\n</html>\r\n";
        let got = entries(page);
        assert_eq!(got[0], ("sub".to_string(), true, None, "29-Nov-2025 22:10".to_string()));
        let name = "HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2";
        assert_eq!(got[1..], [file(name, Some(1_234_567), "29-Nov-2025 22:10 1234567")]);
    }

    /// As Apache 2.4 writes it with FancyIndexing and HTMLTable: an icon and a name, sort links, sizes that are rounded.
    #[test]
    fn a_table_of_apache() {
        let page = r#"<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN"><html><head><title>Index of /data/2025 a</title></head><body>
            <h1>Index of /data/2025 a</h1><table><tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
            <tr><td><img src="/icons/back.gif"></td><td><a href="/data/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>
            <tr><td><a href="a%26b.nc"><img src="/icons/unknown.gif"></a></td><td><a href="a%26b.nc">a&amp;b.nc</a></td><td align="right">2025-10-20 05:40  </td><td align="right">1.2M</td><td>&nbsp;</td></tr>
            <tr><td><a href="small.nc">small.nc</a></td><td align="right">2025-10-20 05:41  </td><td align="right">123 </td></tr>
            </table><address>Apache/2.4.62 (Debian) Server at h.example Port 80</address></body></html>"#;
        assert_eq!(
            entries(page),
            [file("a&b.nc", None, "2025-10-20 05:40 1.2M"), file("small.nc", Some(123), "2025-10-20 05:41 123")]
        );
    }

    /// As `python3 -m http.server` writes it: names alone.
    #[test]
    fn a_page_of_python() {
        let page = "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Directory listing for /data/</title>\n</head>\n<body>\n\
            <h1>Directory listing for /data/</h1>\n<hr>\n<ul>\n<li><a href=\"%E7%81%AB.csv\">\u{706b}.csv</a></li>\n<li><a href=\"a%20b.nc\">a b.nc</a></li>\n</ul>\n";
        assert_eq!(entries(page), [file("\u{706b}.csv", None, ""), file("a b.nc", None, "")]);
    }

    /// As nginx writes it with `autoindex_format json`.
    #[test]
    fn json_of_nginx() {
        let text = r#"[
            { "name":"sub", "type":"directory", "mtime":"Sat, 29 Nov 2025 22:10:01 GMT" },
            { "name":"a b.nc", "type":"file", "mtime":"Sat, 29 Nov 2025 22:10:01 GMT", "size":5 } ]"#;
        let listing = listed(text);
        assert!(listing.says_so && listing.entries[0].is_folder);
        let file = &listing.entries[1];
        assert_eq!((file.name.as_str(), file.encoded.as_str(), file.size), ("a b.nc", "a%20b.nc", Some(5)));
        assert_eq!(file.version, "Sat, 29 Nov 2025 22:10:01 GMT 5");
        assert_eq!(file.modified.map(Utc::rfc3339).as_deref(), Some("2025-11-29T22:10:01Z"));
    }

    /// Only what lies in the directory itself, however it is linked to.
    #[test]
    fn links_that_lead_elsewhere_are_no_entries() {
        let page = r#"<title>Index of x</title><!-- <a href="comment.nc">c</a> --><script>"<a href='script.nc'>"</script>
            <a href=bare.nc>1</a><A HREF='/data/2025%20a/absolute.nc'>2</A><a href="https://h.example/data/2025%20a/whole.nc">3</a>
            <a href="https://other.example/data/2025%20a/x.nc">4</a><a href="//other.example/x.nc">5</a><a href="/etc/passwd">6</a>
            <a href="../../x.nc">7</a><a href="%2e%2e/x.nc">8</a><a href="sub/x.nc">9</a><a href="?C=M">10</a><a href="a.nc?x=1">11</a>
            <a href="javascript:alert(1)">12</a><a name="none">13</a><a href="&#98;y&#x2d;number.nc">14</a><a href="with>sign.nc">15</a>"#;
        let names: Vec<String> = listed(page).entries.into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["bare.nc", "absolute.nc", "whole.nc", "by-number.nc", "with>sign.nc"]);
        // a coded separator is part of the name, which is refused for it later
        let names: Vec<String> = listed(r#"<a href="..%2fx.nc">1</a>"#).entries.into_iter().map(|e| e.name).collect();
        assert_eq!(names, ["../x.nc"]);
    }

    #[test]
    fn what_is_no_listing_is_said() {
        let base = Url::parse(BASE).expect("a URL");
        let login = "<html><title>Index of logins</title><form><input name=u><input TYPE=Password name=p></form><a href='a.nc'>a</a>";
        assert!(read(login, &base).expect_err("refused").contains("Index of logins"));
        assert!(read("Access denied\n", &base).expect_err("refused").contains("Access denied"));
        assert!(read("[1, 2]", &base).expect_err("refused").contains("JSON"));
        let page = listed("<html><h1>Welcome</h1><a href='about.html'>About us</a></html>");
        assert!(!page.says_so && page.title == "Welcome");
        assert!(!listed("<p>no links").says_so);
    }

    proptest::proptest! {
        /// Whatever a server answers: a listing or words, and no name from elsewhere.
        #[test]
        fn any_text_is_survived(text in "[<>a-z\"'=&#;/. %!\\-\\[\\]{}:0-9\\s]{0,200}") {
            let base = Url::parse(BASE).expect("a URL");
            for start in ["", "<a href='", "<!--", "[{", "<title>"] {
                if let Ok(listing) = read(&format!("{start}{text}"), &base) {
                    proptest::prop_assert!(listing.entries.iter().all(|entry| !entry.encoded.contains('/')));
                }
            }
        }
    }
}
