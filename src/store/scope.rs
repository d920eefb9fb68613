//! What an account may see, as a condition of every query: never what is taken out afterwards.

use super::statement::{Statement, Value};

/// What may be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Codes of counties, townships and posts; `None`: all of the site.
    pub areas: Option<Vec<String>>,
    /// Counties whose coverage and borders it sees; `None`: all.
    pub counties: Option<Vec<String>>,
    /// This event alone: who opened the link of a task.
    pub event: Option<String>,
}

impl Scope {
    /// Everything.
    pub fn all() -> Self {
        Scope::default()
    }

    /// One event.
    pub fn of_event(event: &str) -> Self {
        Scope { areas: Some(Vec::new()), counties: Some(Vec::new()), event: Some(event.to_string()) }
    }

    /// `AND ...` for events, of which `id` is the column.
    pub(super) fn limit_events(&self, query: &mut Statement, id: &str) {
        if let Some(event) = &self.event {
            query.push(&format!(" AND {id} = "));
            query.bind(event.as_str());
        } else if let Some(areas) = &self.areas {
            query.push(&format!(" AND EXISTS (SELECT 1 FROM reach r WHERE r.event = {id} AND r.area IN "));
            among(query, areas);
            query.push(")");
        }
    }

    /// `AND ...` for detections and sightings, whose table is `f`: those of its counties, and those of the events that it sees.
    pub(super) fn limit_fires(&self, query: &mut Statement, f: &str) {
        if let Some(event) = &self.event {
            query.push(&format!(" AND EXISTS (SELECT 1 FROM members m WHERE m.fire = {f}.id AND m.event = "));
            query.bind(event.as_str());
            query.push(")");
        } else if let Some(areas) = &self.areas {
            query.push(&format!(" AND ({f}.adcode IN "));
            among(query, areas);
            query.push(&format!(
                " OR EXISTS (SELECT 1 FROM members m JOIN reach r ON r.event = m.event WHERE m.fire = {f}.id AND r.area IN "
            ));
            among(query, areas);
            query.push("))");
        }
    }

    /// `AND ...` for what is of a county, of which `adcode` is the column.
    pub(super) fn limit_counties(&self, query: &mut Statement, adcode: &str) {
        if let Some(counties) = &self.counties {
            query.push(&format!(" AND {adcode} IN "));
            among(query, counties);
        }
    }

    /// Whether it sees a county as such.
    pub fn sees_county(&self, adcode: &str) -> bool {
        self.counties.as_ref().is_none_or(|counties| counties.iter().any(|county| county == adcode))
    }

    /// Whether an area lies within what it may give work to: the county that holds the post.
    pub fn holds(&self, areas: &[&str]) -> bool {
        self.event.is_none()
            && self.areas.as_ref().is_none_or(|own| own.iter().any(|own| areas.contains(&own.as_str())))
    }
}

/// A list that may be empty: then nothing is in it.
pub(super) fn among(query: &mut Statement, values: &[String]) {
    if values.is_empty() {
        query.push("(NULL)");
    } else {
        query.row(values.iter().map(|value| Value::from(value.as_str())));
    }
}
