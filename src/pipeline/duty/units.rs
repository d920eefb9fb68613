//! Who has a step, and who stands above them: post, township, county, city.

use super::Duty;
use crate::cases::Action;
use crate::fire::FireEvent;
use crate::store::Post;

/// A unit of the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// Its code; empty for the city.
    pub area: String,
    /// As people call it.
    pub name: String,
}

impl Duty<'_> {
    /// The unit that has a step, in words.
    pub fn holder(&self, step: Action, event: &FireEvent, post: Option<&Post>) -> String {
        self.units(step, event, post).into_iter().next().map(|unit| unit.name).unwrap_or_default()
    }

    /// The unit that has a step first, then all above it, up to the city.
    pub(super) fn units(&self, step: Action, event: &FireEvent, post: Option<&Post>) -> Vec<Unit> {
        let mut units = Vec::new();
        let of_post = matches!(step, Action::Acknowledge | Action::Arrive | Action::Report);
        if let Some(post) = post.filter(|_| of_post) {
            units.push(Unit { area: post.code.clone(), name: post.name.clone() });
            if !post.township.is_empty() {
                units.push(Unit { area: post.township.clone(), name: self.township(&post.township).to_string() });
            }
        }
        if adcode_of(event, post).is_none() {
            units.push(Unit { area: String::new(), name: "未定县区".to_string() });
        }
        // the county that gave it, which may be another one than it burns in
        if let Some(adcode) = adcode_of(event, post) {
            let county = self.site.counties.iter().find(|county| county.name.adcode == *adcode);
            let name = county.map_or(adcode.as_str(), |county| county.name.name.as_str());
            units.push(Unit { area: adcode.clone(), name: format!("{name}值班席") });
        }
        units.push(Unit { area: String::new(), name: format!("{}值班席", self.site.name) });
        units
    }
}

fn adcode_of<'a>(event: &'a FireEvent, post: Option<&'a Post>) -> Option<&'a String> {
    post.map(|post| &post.adcode).or(event.county.as_ref().map(|county| &county.adcode))
}
