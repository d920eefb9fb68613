//! What of `[desk]` would make a desk wait for a message that nobody gets: said by `site check` and when a station or server starts, before an event
//! is lost by it.

use super::townships;
use crate::error::{Error, Result};
use crate::site::{DispatchRule, Filter, Site, To};
use crate::store::{Post, Scope, Store};
use crate::time::Utc;
use std::collections::HashMap;

/// What is found: what does not work, what ended with the year, and what could not be looked at.
#[derive(Debug, Default)]
pub struct Found {
    /// Each names the key, what was found, what was expected and what to do.
    pub faults: Vec<String>,
    /// Calendars without a day of this year: each New Year brings it, and nothing else is the worse for it.
    pub ended: Vec<String>,
    /// What was not checked, and why.
    pub unchecked: Vec<String>,
}

/// Looks at the desk of a site; `posts`: the roster, where a store has one.
///
/// # Errors
/// [`Error::Config`] where the list of townships is not what it should be.
pub fn check(site: &Site, posts: Option<&[Post]>, now: Utc) -> Result<Found> {
    let mut desk = Desk { site, posts, townships: townships(site)?, found: Found::default() };
    desk.units();
    desk.rules();
    desk.links();
    desk.calendar(now);
    let needs_roster = site.desk.rules.iter().any(|rule| matches!(rule.to, To::Post(_))) || !site.desk.tell.is_empty();
    if posts.is_none() && needs_roster {
        desk.found.unchecked.push(
            "desk: posts of [[desk.tell]] and [[desk.dispatch]] were not checked: there is no store with a roster yet"
                .to_string(),
        );
    }
    Ok(desk.found)
}

/// Says in the log what is wrong with the desk of a site; where the store does not answer it is told of by others.
pub async fn warn(site: &Site, store: &Store, now: Utc) {
    let posts = store.posts(&Scope::all()).await.ok();
    match check(site, posts.as_deref(), now) {
        Ok(found) => found.faults.iter().chain(&found.ended).for_each(|said| tracing::warn!("{said}")),
        Err(error) => tracing::warn!("{error}"),
    }
}

struct Desk<'a> {
    site: &'a Site,
    posts: Option<&'a [Post]>,
    townships: HashMap<String, String>,
    found: Found,
}

/// Digits of the code of a county, and of a township.
const COUNTY: usize = 6;
const TOWNSHIP: usize = 12;

impl Desk<'_> {
    fn fault(&mut self, key: &str, found: impl Into<String>, expected: &str, advice: &str) {
        let said = self.said(key, found, expected, advice);
        self.found.faults.push(said);
    }

    fn said(&self, key: &str, found: impl Into<String>, expected: &str, advice: &str) -> String {
        let place = format!("{}: {key}", self.site.dir.join("site.toml").display());
        Error::config(place, found, expected, advice).to_string()
    }

    fn has_post(&self, code: &str) -> Option<bool> {
        self.posts.map(|posts| posts.iter().any(|post| post.code == code))
    }

    /// Areas that sinks are named for: a wrong one is told nothing, and what is its business goes to the unit above.
    fn units(&mut self) {
        for (at, tell) in self.site.desk.tell.iter().enumerate() {
            let area = tell.area.as_str();
            let is_code = |digits: usize| area.len() == digits && area.bytes().all(|byte| byte.is_ascii_digit());
            let key = format!("desk.tell[{at}].area");
            if area.is_empty() || self.site.counties.iter().any(|county| county.name.adcode == area) {
                continue;
            }
            if is_code(COUNTY) {
                self.fault(
                    &key,
                    area,
                    "\"city\", or code or name of a county of the site",
                    "correct it: nobody is told by it",
                );
            } else if is_code(TOWNSHIP) {
                let is_known = self.townships.contains_key(area)
                    || self.posts.is_some_and(|posts| posts.iter().any(|post| post.township == area));
                if !is_known && (!self.townships.is_empty() || self.posts.is_some()) {
                    let expected = "code of a township of layers.townships or of the roster";
                    self.fault(&key, area, expected, "correct it: nobody is told by it");
                }
            } else if self.has_post(area) == Some(false) {
                let expected = "\"city\", a county, code of a township, or code of a post of the roster";
                self.fault(&key, area, expected, "correct it, or put the post into the roster: nobody is told by it");
            }
        }
    }

    fn rules(&mut self) {
        let mut takes_all: Option<&str> = None;
        for (at, rule) in self.site.desk.rules.iter().enumerate() {
            let key = |name: &str| format!("desk.dispatch[{at}].{name}");
            if let To::Post(code) = &rule.to
                && self.has_post(code) == Some(false)
            {
                let advice =
                    "correct it, or put the post into the roster: until then the desk gives these events itself";
                self.fault(&key("to"), format!("post:{code}"), "code of a post of the roster", advice);
            }
            if let Some(why) = never(rule) {
                self.fault(&key(why.0), why.1, why.2, "correct it: the rule takes no event");
            }
            for name in rule.filter.townships.iter().filter(|_| !self.townships.is_empty()).cloned().collect::<Vec<_>>()
            {
                if !self.townships.values().any(|known| *known == name) {
                    self.fault(
                        &key("townships"),
                        name,
                        "names of townships of layers.townships",
                        "correct it: it takes no event there",
                    );
                }
            }
            if let Some(first) = takes_all {
                let found = format!("{} behind {first}, which takes all", rule.name);
                self.fault(&key("name"), found, "a rule that can be reached", "put it before, or narrow that one");
            }
            if takes_all.is_none() && rule.filter == Filter::default() && rule.within_m.is_none() {
                takes_all = Some(&rule.name);
            }
        }
    }

    fn links(&mut self) {
        let sends = !self.site.desk.rules.is_empty() || !self.site.desk.tell.is_empty();
        if sends && self.site.web.public_url.is_none() {
            let found = format!("nothing, so that links of tasks begin with http://{}", self.site.web.listen);
            self.fault(
                "web.public_url",
                found,
                "the address by which phones reach the page",
                "set it: no phone opens such a link",
            );
        }
    }

    /// A list of days off is made anew each year: one that ended counts holidays as days of the office, and worked weekends as days off.
    fn calendar(&mut self, now: Utc) {
        let (year, ..) = now.beijing_date();
        let office = &self.site.desk.office;
        for (key, spans, advice) in [
            ("desk.holidays", &office.holidays, "add them: until then holidays count as days of the office"),
            ("desk.workdays", &office.worked, "add them: until then worked weekends count as days off"),
        ] {
            let is_for_ever = spans.iter().any(|span| span.last_year().is_none());
            let last = spans.iter().filter_map(crate::site::Span::last_year).max();
            if let Some(last) = last.filter(|last| !is_for_ever && *last < year) {
                let said = self.said(key, format!("no day after {last}"), &format!("the days of {year}"), advice);
                self.found.ended.push(said);
            }
        }
    }
}

/// Why a rule takes no event at all: key, what was found, what was expected.
fn never(rule: &DispatchRule) -> Option<(&'static str, String, &'static str)> {
    let filter = &rule.filter;
    match (filter.min_mw, filter.below_mw, rule.within_m) {
        (Some(least), Some(most), _) if least >= most => {
            Some(("min_mw", format!("{least} with below_mw = {most}"), "less than below_mw"))
        }
        (_, Some(most), _) if most <= 0.0 => Some(("below_mw", most.to_string(), "more than 0 MW")),
        (_, _, Some(within)) if within <= 0.0 => Some(("within_m", within.to_string(), "more than 0 m")),
        _ => None,
    }
}
