//! The area API of NASA FIRMS: lists of detections by others, as CSV. The key stands in the path of a request, so that no address is
//! ever part of a message.

use super::client::{Login, Web, has_end, is_html};
use super::{listing, no_directory};
use crate::error::{Error, Result};
use crate::ingest::feeds;
use crate::place::LonLatBox;
use crate::site::{Inbox, Secret, Source};
use crate::time::Utc;
use reqwest::{StatusCode, Url};
use std::path::Path;

/// Days that one request may ask for, by the page of the API (firms.modaps.eosdis.nasa.gov/api/area).
const MOST_DAYS: f64 = 5.0;
/// Bytes of the longest list: a box of some degrees has a thousandth of it on the busiest day.
const LONGEST: usize = 64 << 20;

/// The lists of an area.
#[derive(Debug)]
pub struct Firms {
    place: String,
    url: String,
    key: Secret,
    area: LonLatBox,
    days: u32,
    web: Web,
}

impl Firms {
    /// Reads the key of an inbox; asks nobody yet.
    ///
    /// # Errors
    /// [`Error::Config`] where the key is absent, or the inbox is of another kind.
    pub fn open(inbox: &Inbox, area: LonLatBox) -> Result<Firms> {
        let Source::Firms { url, key, .. } = &inbox.source else {
            return Err(no_directory(inbox, "firms"));
        };
        let secret = Secret::read(key, &inbox.place)?;
        // days of the API begin at midnight UTC: an hour back may be yesterday
        let days = (inbox.look_back_hours / 24.0).ceil() + 1.0;
        Ok(Firms {
            place: inbox.place.clone(),
            url: url.clone(),
            web: Web::open(&inbox.place, Login::InPath(secret.clone()))?,
            key: secret,
            area,
            days: days.clamp(1.0, MOST_DAYS) as u32,
        })
    }

    /// The list of a product, as `VIIRS_NOAA20_NRT`: of one day (UTC), else of the last days that the inbox looks back. It was checked:
    /// a list with a header and no row is one without fires.
    ///
    /// # Errors
    /// [`Error::Input`] where what comes is no whole list.
    pub async fn fetch(&self, product: &str, day: Option<Utc>) -> Result<String> {
        let place = format!("{} {product}", self.url);
        let answer = self.web.ask(self.web.get(self.address(product, day)?), &place).await?;
        if answer.status() != StatusCode::OK {
            return Err(self.web.refused(answer, &place).await);
        }
        let wrong = |found: String| Error::input(&place, found, "a whole FIRMS list", "check url and key of the inbox");
        if !has_end(&answer) {
            return Err(wrong("an answer that does not say where it ends".to_string()));
        }
        let headers = answer.headers().clone();
        let body = self.web.whole(answer, LONGEST, &place).await?;
        let text = String::from_utf8_lossy(&body).into_owned();
        if is_html(&text, &headers) {
            return Err(wrong(self.web.cover(&format!("the web page {:?}", listing::title(&text)))));
        }
        // what is no list is often a sentence about the key, and may repeat it
        feeds::check_firms(&text, Path::new(&place)).map_err(|error| wrong(self.web.cover(&what_was_found(error))))?;
        Ok(text)
    }

    /// The other side's clock minus ours, seconds, by its last answer.
    pub fn skew_s(&self) -> Option<f64> {
        self.web.skew.seconds()
    }

    fn address(&self, product: &str, day: Option<Utc>) -> Result<Url> {
        let LonLatBox { west, south, east, north } = self.area;
        let key = crate::site::percent_encoded(self.key.reveal());
        let days = day.map_or_else(|| self.days.to_string(), |day| format!("1/{}", day.date()));
        let product = crate::site::percent_encoded(product);
        let area = format!("{west:.4},{south:.4},{east:.4},{north:.4}");
        Url::parse(&format!("{}/api/area/csv/{key}/{product}/{area}/{days}", self.url))
            .map_err(|_| Error::config(format!("{}.url", self.place), "no URL", "https://host", "correct url"))
    }
}

fn what_was_found(error: Error) -> String {
    match error {
        Error::Input { found, .. } => found,
        other => other.to_string(),
    }
}
