//! What a template may speak of.

use crate::deliver::sinks::{Kind, Notice, cloud_event};
use crate::error::{Error, Result};
use crate::fire::{Class, Confidence, CountyName, FireEvent};
use crate::place::LonLat;
use crate::time::Utc;
use minijinja::{Value, context};
use serde_json::Value as Json;

/// For errors: the names that there are.
pub(super) const NAMES: &str = "in body: event.* (the Feature's properties, lon, lat, candidates, status_zh), notice.kind, .type, \
    .revision, .key, .late, .at, .at_beijing, site, and message (none, or .unit, .step, .due, .said, .post, .post_name, .person, .phone, .link); in url, headers and token: token, secret, key, body, late, now, \
    now_s, now_ms";

/// For the body, when a notice is queued.
///
/// # Errors
/// [`Error::Output`] where the event cannot be made into JSON: a bug.
pub(super) fn of_notice(notice: &Notice<'_>) -> Result<Value> {
    let feature = notice.feature()?;
    let Some(mut event) = feature["properties"].as_object().cloned() else {
        return Err(Error::output(&notice.event.id, "an event without properties"));
    };
    let mut set = |name: &str, value: Json| event.insert(name.to_string(), value);
    set("lon", feature["geometry"]["coordinates"][0].clone());
    set("lat", feature["geometry"]["coordinates"][1].clone());
    set("candidates", notice.event.candidates.clone().into());
    set("looks", notice.event.looks.into());
    set("confirmation", feature["confirmation"].clone());
    set("status_zh", notice.status().name().into());
    set("class_zh", notice.event.class.spoken().into());
    set("confidence_zh", notice.event.confidence.spoken().into());
    Ok(context! {
        event => Value::from_serialize(&event),
        site => notice.site,
        message => notice.message.map(Value::from_serialize),
        notice => context! {
            kind => notice.kind.name(),
            type => cloud_event::kind(notice.kind),
            revision => notice.revision,
            key => notice.key(),
            late => notice.late,
            at => notice.at.rfc3339(),
            at_beijing => notice.at.beijing(),
        },
    })
}

/// What is at hand when a letter is sent.
pub(super) struct Sending<'a> {
    /// Empty where the platform wants none, and while it is fetched.
    pub(super) token: &'a str,
    /// Empty where the sink has none.
    pub(super) secret: &'a str,
    pub(super) key: &'a str,
    pub(super) body: &'a str,
    pub(super) late: bool,
    pub(super) now: Utc,
}

impl Sending<'_> {
    pub(super) fn context(&self) -> Value {
        context! {
            token => self.token,
            secret => self.secret,
            key => self.key,
            body => self.body,
            late => self.late,
            now => self.now.rfc3339(),
            now_s => self.now.unix_millis().div_euclid(1000),
            now_ms => self.now.unix_millis(),
        }
    }
}

/// Two made-up events that a template is tried on: one of which all is known, and one of which nothing is.
pub(super) fn made_up() -> Option<[FireEvent; 2]> {
    let first = Utc::from_parts(2025, 10, 20, 5, 30, 0)?;
    let bare = FireEvent::bare("0123456789abcdef", first, LonLat::new(102.1, 36.5)?);
    let full = FireEvent {
        last_seen: Utc::from_parts(2025, 10, 20, 6, 10, 0)?,
        sources: vec!["Himawari-9".into(), "<&\"'>".into()],
        first_discoverer: "Himawari-9".into(),
        max_frp_mw: Some(12.3),
        fre_mj: Some(4000.0),
        confidence: Confidence::High,
        class: Class::Straw,
        county: Some(CountyName { adcode: "630223".into(), name: "互助土族自治县".into() }),
        township: Some("威远镇".into()),
        grid_cell: Some("E10210N3650".into()),
        responsible: Some("互助县值班岗".into()),
        candidates: vec!["威远镇".into()],
        position_error_m: Some(1200.0),
        merged_into: None,
        ..bare.clone()
    };
    Some([full, bare])
}

/// A notice of a made-up event.
pub(super) fn made_up_notice(event: &FireEvent) -> Notice<'_> {
    Notice {
        event,
        kind: Kind::New,
        revision: 1,
        late: false,
        at: event.last_seen,
        site: "某市",
        case: None,
        message: None,
    }
}
