//! Columns of events: those of a Feature of `events.geojson` with its foreign members; what is nested there is flat here.

use super::column::{Column, Read, Record, json, word, words};
use super::ground::Areas;
use crate::deliver::geojson::{EventProperties, Followed, coordinates, event_properties};
use crate::fire::FireEvent;
use crate::time::Utc;
use Read::{Flag, Float, List, Text, Time, Whole};
use std::borrow::Cow;

/// Fire events.
pub(super) struct Events;

/// A fire event as its columns read it.
pub(super) struct Event<'a> {
    event: &'a FireEvent,
    is: EventProperties<'a>,
    followed: Followed<'a>,
    at: [f64; 2],
}

impl Record for Events {
    type Item = FireEvent;
    type Row<'a> = Event<'a>;
    const NAME: &'static str = "events";
    const TITLE: &'static str = "Fire events";
    const GEOMETRY: &'static str = "Point";
    const COLUMNS: &'static [Column<Events>] = COLUMNS;

    fn order(event: &FireEvent) -> (Utc, Cow<'_, str>) {
        (event.first_seen, Cow::Borrowed(&event.id))
    }

    fn is_simulated(event: &FireEvent) -> bool {
        event.simulated
    }

    fn row<'a>(event: &'a FireEvent, _: &'a Areas) -> Event<'a> {
        let (is, followed) = (event_properties(event), Followed::of(event));
        Event { event, is, followed, at: coordinates(event.place) }
    }

    fn at(row: &Event<'_>) -> Option<[f64; 2]> {
        Some(row.at)
    }
}

const COLUMNS: &[Column<Events>] = &[
    Column::new("id", "", "it never changes", Text(|e| word(e.is.id))),
    Column::new("first_seen", "UTC", "first detection; the partition is its month", Time(|e| Some(e.is.first_seen))),
    Column::new("last_seen", "UTC", "last detection", Time(|e| Some(e.is.last_seen))),
    Column::new("longitude", "degrees east, WGS84", "best estimate of the place", Float(|e| Some(e.at[0]))),
    Column::new("latitude", "degrees north, WGS84", "best estimate of the place", Float(|e| Some(e.at[1]))),
    Column::new("sources", "", "satellites and feeds that saw it, sorted", List(|e| e.is.sources)),
    Column::new("detections", "", "detections, with those that it shares", Whole(|e| whole(e.is.detections))),
    Column::new("max_frp_mw", "MW", "greatest power of one look", Float(|e| e.is.max_frp_mw)),
    Column::new("fre_mj", "MJ", "energy; null with fewer than two looks of one satellite", Float(|e| e.is.fre_mj)),
    Column::new("confidence", "low, nominal, high", "how sure it is", Text(|e| word(e.is.confidence.name()))),
    Column::new(
        "class",
        "straw, vegetation, industrial, solar, unknown",
        "kind of heat",
        Text(|e| word(e.is.class.name())),
    ),
    Column::new("adcode", "", "code of the county of its place; null outside the site", Text(|e| words(e.is.adcode))),
    Column::new("county", "", "its name; null outside the site", Text(|e| words(e.is.county))),
    Column::new("township", "", "null without a layer of townships", Text(|e| words(e.is.township))),
    Column::new("grid_cell", "", "of the patrol grid; null without that layer", Text(|e| words(e.is.grid_cell))),
    Column::new("responsible", "", "post that answers for it; null without posts", Text(|e| words(e.is.responsible))),
    Column::new(
        "position_error_m",
        "m",
        "root mean square of the distance to the true place",
        Float(|e| e.is.position_error_m),
    ),
    Column::new(
        "error_ellipse_a_km",
        "km",
        "longer half axis of one standard error",
        Float(|e| e.is.error_ellipse.as_ref().map(|is| is.a_km)),
    ),
    Column::new(
        "error_ellipse_b_km",
        "km",
        "shorter half axis",
        Float(|e| e.is.error_ellipse.as_ref().map(|is| is.b_km)),
    ),
    Column::new(
        "error_ellipse_bearing_deg",
        "degrees from north, 0 to below 180",
        "of the longer half axis",
        Float(|e| e.is.error_ellipse.as_ref().map(|is| is.bearing_deg)),
    ),
    Column::new("status", "triage, closed", "closed where it became part of another", Text(|e| word(e.is.status))),
    Column::new("first_discoverer", "", "the source that saw it first", Text(|e| words(e.is.first_discoverer))),
    Column::new("verification", "", "always null: nobody is sent out in a season", Text(|_| None)),
    Column::new("merged_into", "", "id of the event that it became part of, if so", Text(|e| words(e.is.merged_into))),
    Column::new("maps_link", "", "always null", Text(|_| None)),
    Column::new("simulated", "", "made by the simulator", Flag(|e| Some(e.is.simulated))),
    Column::new(
        "confirmation",
        "provisional, confirmed",
        "seen once or again",
        Text(|e| word(e.event.confirmation.name())),
    ),
    Column::new("looks", "", "looks that saw it", Whole(|e| whole(e.followed.looks))),
    Column::new("members", "", "ids of the fires that count in it and in no other", List(|e| e.followed.members)),
    Column::new("shared", "", "ids of coarse fires that count in another event", List(|e| e.followed.shared)),
    Column::new("counties", "", "codes of all counties on whose ground it burns", List(|e| &e.event.counties)),
    Column::new("candidates", "", "townships and villages that it may lie in", List(|e| e.followed.candidates)),
    Column::new("reasons", "", "why it is of its class, a sentence each", List(|e| &e.event.reasons)),
    Column::new("forest_edge", "", "woods beside it; null without a land cover layer", Flag(|e| e.event.forest_edge)),
    Column::new(
        "frp_curve",
        "JSON: [[time, MW], ...]",
        "power by look of one geostationary satellite; null without",
        Text(|e| json_of(&e.followed.frp_curve)),
    ),
    Column::new(
        "history",
        "JSON: [{at, what, event}, ...]",
        "splits and mergers; null without",
        Text(|e| json_of(e.followed.history)),
    ),
];

fn whole(count: usize) -> Option<i64> {
    i64::try_from(count).ok()
}

/// JSON of a list; an empty one is missing.
fn json_of<T: serde::Serialize>(list: &[T]) -> Option<Cow<'static, str>> {
    if list.is_empty() { None } else { json(list) }
}
