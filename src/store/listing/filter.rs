//! What lists leave out, and in which order and how much of the rest they give.

use super::super::scope::Scope;
use super::super::statement::{Statement, Value};
use super::Asked;
use crate::time::Utc;

pub(super) fn filter_events(query: &mut Statement, scope: &Scope, asked: &Asked) {
    scope.limit_events(query, "e.id");
    within(query, asked.bbox, "e");
    // an event that lasts into the interval is of it
    at_least(query, "e.last_us", asked.from);
    at_most(query, "e.first_us", asked.to);
    one_of(query, "e.status", &asked.statuses);
    one_of(query, "e.class", &asked.classes);
    one_of(query, "e.confidence", &asked.confidences);
    if let Some(county) = &asked.county {
        query.push(" AND EXISTS (SELECT 1 FROM reach p WHERE p.event = e.id AND p.why = 'place' AND p.area = ");
        query.bind(county.as_str());
        query.push(")");
    }
    if asked.standing {
        query.push(" AND e.status <> 'excluded' AND (e.state = 'open' OR e.status <> 'triage')");
    }
    if let Some(triaged) = asked.triaged {
        query.push(" AND e.triaged = ");
        query.bind(i64::from(triaged));
    }
    if let Some(simulated) = asked.simulated {
        query.push(" AND e.simulated = ");
        query.bind(i64::from(simulated));
    }
    if let Some(open) = asked.open {
        let not = if open { "" } else { "NOT " };
        query.push(&format!(
            " AND {not}(e.status NOT IN ('closed', 'excluded') AND (e.state = 'open' OR e.status <> 'triage'))"
        ));
    }
    if let Some(place) = &asked.place {
        // within the record's text: what is searched for is a text, and no pattern
        query.push(" AND e.record LIKE ");
        let text: String =
            place.chars().flat_map(|c| if "%_\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
        query.bind(format!("%{text}%").as_str());
        query.push(" ESCAPE '\\'");
    }
    if let Some(id) = &asked.id {
        // a prefix as an interval: a percent sign is no wildcard then
        query.push(" AND e.id >= ");
        query.bind(id.as_str());
        query.push(" AND e.id < ");
        query.bind(format!("{id}\u{10FFFF}").as_str());
    }
}

pub(super) fn filter_fires(query: &mut Statement, scope: &Scope, asked: &Asked) {
    query.push(" AND f.kept = 1");
    scope.limit_fires(query, "f");
    within(query, asked.bbox, "f");
    at_least(query, "f.time_us", asked.from);
    at_most(query, "f.time_us", asked.to);
    if let Some(county) = &asked.county {
        query.push(" AND f.adcode = ");
        query.bind(county.as_str());
    }
}

pub(super) fn filter_coverage(query: &mut Statement, scope: &Scope, asked: &Asked) {
    scope.limit_counties(query, "v.adcode");
    at_least(query, "l.time_us", asked.from);
    at_most(query, "l.time_us", asked.to);
    if let Some(county) = &asked.county {
        query.push(" AND v.adcode = ");
        query.bind(county.as_str());
    }
}

pub(in crate::store) fn within(query: &mut Statement, bbox: Option<[f64; 4]>, table: &str) {
    let Some([west, south, east, north]) = bbox else { return };
    for (column, sign, value) in [("lon", ">=", west), ("lon", "<=", east), ("lat", ">=", south), ("lat", "<=", north)]
    {
        query.push(&format!(" AND {table}.{column} {sign} "));
        query.bind(value);
    }
}

pub(in crate::store) fn at_least(query: &mut Statement, column: &str, time: Option<Utc>) {
    if let Some(time) = time {
        query.push(&format!(" AND {column} >= "));
        query.bind(time.micros());
    }
}

pub(in crate::store) fn at_most(query: &mut Statement, column: &str, time: Option<Utc>) {
    if let Some(time) = time {
        query.push(&format!(" AND {column} <= "));
        query.bind(time.micros());
    }
}

fn one_of(query: &mut Statement, column: &str, values: &[String]) {
    if !values.is_empty() {
        query.push(&format!(" AND {column} IN "));
        query.row(values.iter().map(|value| Value::from(value.as_str())));
    }
}

pub(in crate::store) fn page(query: &mut Statement, asked: &Asked, time: &str, id: &str) {
    if let Some((at, last)) = &asked.after {
        query.push(&format!(" AND ({time} < "));
        query.bind(*at);
        query.push(&format!(" OR ({time} = "));
        query.bind(*at);
        query.push(&format!(" AND {id} < "));
        query.bind(last.as_str());
        query.push("))");
    }
    // both downwards, as the index is read backwards
    query.push(&format!(" ORDER BY {time} DESC, {id} DESC LIMIT "));
    query.bind(asked.limit);
    if asked.offset > 0 {
        query.push(" OFFSET ");
        query.bind(asked.offset);
    }
}
