//! What a camera is asked by: an address or a path.

use crate::error::{Error, Result};
use reqwest::Url;
use std::path::PathBuf;

/// Where frames come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A stream by RTSP.
    Rtsp {
        /// Its address, always with `rtsp://`.
        url: Url,
        /// Whether the pictures come by UDP (`rtspu://`) and not within the connection.
        udp: bool,
    },
    /// A web address: a stream of JPEGs, a picture that is asked for again and again, or FLV, as its content type says.
    Http(Url),
    /// A video, a picture or a folder of pictures.
    File(PathBuf),
}

impl Source {
    /// From the text of the command line or of `source` in cameras.toml; `place` is where it stands.
    ///
    /// # Errors
    /// [`Error::Config`] for another scheme, no host, or a user or password within; none of these is repeated.
    pub fn parse(text: &str, place: &str) -> Result<Source> {
        let wrong = |found: String, advice: &str| {
            Error::config(place, found, "rtsp://, rtspu:// (by UDP), http://, https://, a file or a folder", advice)
        };
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return match text {
                "" => Err(wrong("nothing".to_string(), "name a source")),
                path => Ok(Source::File(path.into())),
            };
        };
        let scheme = scheme.to_ascii_lowercase();
        if !["rtsp", "rtspu", "http", "https"].contains(&scheme.as_str()) {
            let found = format!("an address that begins with {}://", crate::http::one_line(&scheme, 12));
            return Err(wrong(found, "ask the camera or its recorder for one of these"));
        }
        let udp = scheme == "rtspu";
        let whole = format!("{}://{rest}", if udp { "rtsp" } else { &scheme });
        let url = Url::parse(&whole).map_err(|error| wrong(format!("no address ({error})"), "mend it"))?;
        if !url.username().is_empty() || url.password().is_some() {
            let advice = "give them apart (user, password_env or password_file): an address is shown and logged";
            return Err(wrong("a user or password within the address".to_string(), advice));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("an address without a host".to_string(), "mend it"));
        }
        Ok(if scheme.starts_with("rtsp") { Source::Rtsp { url, udp } } else { Source::Http(url) })
    }

    /// Whether it never ends.
    pub fn is_live(&self) -> bool {
        !matches!(self, Source::File(_))
    }

    /// For people: the path, or the address without what may be a key in its query.
    pub fn shown(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Rtsp { url, .. } | Source::Http(url) => {
                let mut shown = url.clone();
                shown.set_query(url.query().map(|_| "..."));
                shown.set_fragment(None);
                shown.to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_what_its_text_begins_with() {
        let of = |text| Source::parse(text, "here").expect(text);
        let udp = |source| matches!(source, Source::Rtsp { udp: true, .. });
        assert!(!udp(of("rtsp://10.0.0.1/a")) && udp(of("RTSPU://10.0.0.1/a")));
        assert!(matches!(of("https://cam.example/snap.jpg"), Source::Http(_)));
        assert_eq!(of("  pictures/of a hill "), Source::File("pictures/of a hill".into()));
        assert!(of("http://h/").is_live() && !of("x.mp4").is_live());
    }

    #[test]
    fn no_key_of_an_address_is_shown_or_repeated() {
        let source = Source::parse("http://cam.example:81/snap?token=geheim#geheim", "here").expect("a source");
        assert_eq!(source.shown(), "http://cam.example:81/snap?...");
        let words = [
            "rtsp://u:geheim@h/",
            "rtsp://geheim@h/",
            "rtmp://u:geheim@h/",
            "geheim-geheim://h",
            "http://:geheim@h",
            "http://?geheim",
        ];
        for text in words {
            let said = Source::parse(text, "cameras.toml: camera[0].source").expect_err(text).to_string();
            let begins = text.starts_with("geheim");
            assert!(
                said.starts_with("cameras.toml: camera[0].source: found ") && (begins || !said.contains("geheim")),
                "{said}"
            );
        }
        assert!(Source::parse(" ", "here").is_err());
    }
}
