//! Which events a rule of the site is for: a route of the push, a rule that gives work to posts by itself.

use super::settings::{Key, Kind, key};
use super::written::Written;
use super::{County, is_within};
use crate::error::Result;
use crate::fire::{Class, Confidence, FireEvent};
use crate::time::Utc;

/// What an event must be; a part that is not set takes all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Codes of counties; empty: all.
    pub counties: Vec<String>,
    /// Names of townships; empty: all.
    pub townships: Vec<String>,
    /// Classes; empty: all.
    pub classes: Vec<Class>,
    /// Confidence at least.
    pub confidence: Option<Confidence>,
    /// Power at least, MW; an unknown power passes, for it may be greater than was measured.
    pub min_mw: Option<f64>,
    /// Power below, MW; an unknown power does not pass.
    pub below_mw: Option<f64>,
    /// Only beside woods, or only away from them; where no land cover says it, both take it.
    pub forest_edge: Option<bool>,
    /// Minutes of the day (Beijing) in which it applies, from and to; from after to goes over midnight.
    pub hours: Option<(u32, u32)>,
}

const CLASSES: [Class; 5] = [Class::Straw, Class::Vegetation, Class::Industrial, Class::Solar, Class::Unknown];
const CONFIDENCES: &[&str] = &["low", "nominal", "high"];

/// Its keys in a table.
pub(super) const KEYS: [Key; 8] = [
    key("counties", Kind::Texts),
    key("townships", Kind::Texts),
    key("classes", Kind::Texts),
    key("confidence", Kind::OneOf(CONFIDENCES)),
    key("min_mw", Kind::Number),
    key("below_mw", Kind::Number),
    key("forest_edge", Kind::Flag),
    key("hours", Kind::Text),
];

impl Filter {
    /// Of a table whose keys are checked.
    pub(super) fn read(written: &Written<'_>, counties: &[County]) -> Result<Filter> {
        Ok(Filter {
            counties: codes(written, counties)?,
            townships: written.texts("townships"),
            classes: classes(written)?,
            confidence: written.text("confidence").and_then(|word| confidence(&word)),
            min_mw: written.number("min_mw"),
            below_mw: written.number("below_mw"),
            forest_edge: written.flag("forest_edge"),
            hours: written.span("hours")?,
        })
    }

    /// Whether it takes an event at a time.
    pub fn takes(&self, event: &FireEvent, now: Utc) -> bool {
        let among =
            |names: &[String], has: &dyn Fn(&str) -> bool| names.is_empty() || names.iter().any(|name| has(name));
        let in_county =
            |code: &str| event.touches(code) || event.county.as_ref().is_some_and(|county| county.adcode == code);
        let in_township = |name: &str| {
            event.township.as_deref().is_some_and(|township| township == name)
                || (event.township.is_none() && event.candidates.iter().any(|candidate| candidate.starts_with(name)))
        };
        among(&self.counties, &in_county)
            && among(&self.townships, &in_township)
            && (self.classes.is_empty() || self.classes.contains(&event.class))
            && self.confidence.is_none_or(|least| event.confidence >= least)
            && self.min_mw.is_none_or(|least| event.max_frp_mw.is_none_or(|mw| mw >= least))
            && self.below_mw.is_none_or(|most| event.max_frp_mw.is_some_and(|mw| mw < most))
            && self.forest_edge.is_none_or(|edge| event.forest_edge.is_none_or(|is| is == edge))
            && self.hours.is_none_or(|hours| is_within(now.beijing_minute(), hours))
    }
}

/// By code or name. One that the site does not have would take nothing, and nobody would hear of it.
fn codes(written: &Written<'_>, counties: &[County]) -> Result<Vec<String>> {
    let code = |word: &String| {
        let mut names = counties.iter().map(|county| &county.name);
        let found = names.find(|name| name.adcode == *word || name.name == *word);
        let all =
            || counties.iter().map(|county| format!("{} {}", county.name.adcode, county.name.name)).collect::<Vec<_>>();
        found.map(|name| name.adcode.clone()).ok_or_else(|| written.wrong("counties", word, &all().join(", ")))
    };
    written.texts("counties").iter().map(code).collect()
}

fn classes(written: &Written<'_>) -> Result<Vec<Class>> {
    let class = |word: &String| {
        let known = CLASSES.into_iter().find(|class| class.name() == word);
        known.ok_or_else(|| written.wrong("classes", word, &CLASSES.map(Class::name).join(", ")))
    };
    written.texts("classes").iter().map(class).collect()
}

fn confidence(word: &str) -> Option<Confidence> {
    [Confidence::Low, Confidence::Nominal, Confidence::High].into_iter().find(|confidence| confidence.name() == word)
}
