//! case.docx: the case as people read it, from a template that they edit.

use super::photo::{dispatched, hints, judged};
use super::timeline::{Entry, Teller, exact};
use crate::cases::{Case, Status, Verification};
use crate::deliver::office::docx::fill;
use crate::error::{Error, Result};
use crate::fire::FireEvent;
use crate::site::Site;
use crate::store::Photo;
use crate::time::Utc;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The template that is taken where the site has none of its own.
const TEMPLATE: &[u8] = include_bytes!("../../../sites/haidong/templates/case.docx");
/// Where a site's own lies.
const OWN: &str = "templates/case.docx";
/// Rows of the timeline in the document; all are in timeline.csv.
const MOST_ROWS: usize = 200;

/// A picture with what is written below it.
pub(super) struct Pictured {
    pub key: String,
    pub caption: String,
    pub has_picture: bool,
    pub width_mm: u32,
}

/// Where an event is, in words; for publishing no finer than the township.
pub(super) fn place(site: &Site, event: &FireEvent, is_masked: bool) -> String {
    let county = event.county.as_ref().map_or("", |county| county.name.as_str());
    let township = event.township.clone().unwrap_or_default();
    let near = event.candidates.first().filter(|_| township.is_empty() && !is_masked);
    let near = near.map(|near| format!("（{near}）")).unwrap_or_default();
    format!("{}{county}{township}{near}", site.name)
}

/// When it was taken, and by whose clock.
pub(super) fn taken(photo: &Photo) -> String {
    if photo.is_by_phone() {
        format!("手机拍摄时间 {}", exact(photo.taken))
    } else {
        format!("手机时间晚于服务器，不采用；服务器收到时间 {}", exact(photo.taken))
    }
}

/// What is written below a photo.
pub(super) fn of_photo(teller: &Teller<'_>, number: usize, photo: &Photo, received: Option<Utc>) -> String {
    let beside = judged(photo, teller.material.shown.stored.event.place, dispatched(&teller.material.steps));
    let is_masked = teller.mask.is_some();
    let kind = photo.kind.map_or("未注明类别", |kind| kind.name());
    let parts = [
        Some(format!("照片 {number}（{kind}）")),
        Some(taken(photo)),
        Some(format!("服务器登记 {}", exact(photo.made))),
        Some(received.map_or("原图未到".to_string(), |at| format!("原图收到 {}", exact(at)))),
        photo.place.map(|place| format!("手机位置 {}", teller.place(place))),
        photo.accuracy_m.filter(|_| !is_masked).map(|error| format!("误差 {error:.0} m")),
        beside.distance_words().filter(|_| !is_masked),
        beside.dispatch_words(),
        (!is_masked).then(|| format!("SHA-256 {}", photo.sha256)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("，")
}

/// The document.
///
/// # Errors
/// [`Error::Read`] where the site's own template cannot be read, [`Error::Config`] where it cannot be filled.
#[expect(clippy::too_many_arguments, reason = "all that a document is made of")]
pub(super) fn docx(
    site: &Site,
    teller: &Teller<'_>,
    entries: &[Entry],
    photos: &[Pictured],
    looks: &[Pictured],
    missing: &[String],
    pictures: &BTreeMap<String, Vec<u8>>,
    now: Utc,
) -> Result<Vec<u8>> {
    let own = site.dir.join(OWN);
    let (path, template) = match std::fs::read(&own) {
        Ok(bytes) => (own, bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (PathBuf::from("case.docx"), TEMPLATE.to_vec()),
        Err(error) => return Err(Error::read(&own, error)),
    };
    let mut values = facts(site, teller, now);
    values["timeline"] = entries.iter().take(MOST_ROWS).map(row).collect();
    values["timeline_more"] = entries.len().saturating_sub(MOST_ROWS).into();
    values["photos"] = photos.iter().map(pictured).collect();
    values["looks"] = looks.iter().map(pictured).collect();
    values["missing"] = missing.into();
    fill(&path, &template, &values, pictures)
}

fn pictured(of: &Pictured) -> Value {
    json!({ "key": of.key, "caption": of.caption, "has_picture": of.has_picture, "width": of.width_mm })
}

fn row(entry: &Entry) -> Value {
    let Entry { at, kind, what, who, role, note } = entry;
    let who = if role.is_empty() || role == who { who.clone() } else { format!("{who} {role}") };
    json!({ "at": exact(*at), "kind": kind, "what": what, "who": who.trim(), "note": note })
}

/// The names that a template may use, but for its lists.
fn facts(site: &Site, teller: &Teller<'_>, now: Utc) -> Value {
    let material = teller.material;
    let (event, case) = (&material.shown.stored.event, material.shown.case.as_ref());
    let is_masked = teller.mask.is_some();
    let (seq, hash) = &material.head;
    let number = |value: Option<f64>| value.map_or("—".to_string(), |value| format!("{value:.1}"));
    let responsible = event.responsible.clone().filter(|_| !is_masked);
    let given = dispatched(&material.steps);
    let verification = case.and_then(|case| case.verification.as_ref());
    let hints = verification.map(|found| hints(found, &material.photos, given)).unwrap_or_default();
    json!({
        "title": "疑似火点案件报告", "site": site.name, "id": event.id,
        "mark": if material.is_simulated() { "【模拟数据，不是真实火点】" } else { "" },
        "masked": if is_masked { "脱敏副本。发布前必须由人逐张核看照片：人脸、车牌不会自动遮盖；说明文字中的人名也须由人核看。" } else { "" },
        "confidential": if is_masked { "" } else { "含个人信息，仅供办案，不得发布。" },
        "made": now.beijing(), "place": place(site, event, is_masked), "coordinates": teller.place(event.place),
        "error": event.position_error_m.map_or("—".to_string(), |metres| format!("约 {:.1} km", metres / 1000.0)),
        "first_seen": exact(event.first_seen), "last_seen": exact(event.last_seen), "first_discoverer": teller.text(&event.first_discoverer),
        "sources": teller.text(&event.sources.join("、")), "detections": event.detections, "looks_count": event.looks,
        "class": event.class.spoken(), "confidence": event.confidence.spoken(), "max_frp": number(event.max_frp_mw),
        "reasons": event.reasons.join("；"), "responsible": responsible.unwrap_or_default(),
        "post": case.and_then(|case| case.post.as_deref()).map_or("—", |post| material.post_name(post)),
        "before": before(teller, case), "status": case.map_or(Status::Triage, |case| case.status).name(),
        "finding": verification.map_or("尚未经现场核实", |found| found.finding.name()),
        "cause": verification.and_then(|found| found.cause).map_or("—", |cause| cause.name()),
        "note": verification.map(|found| teller.text(&found.note)).unwrap_or_default(),
        "verified_at": verification.map(|found| exact(found.time)).unwrap_or_default(),
        "verified_by": verification.map(|found| reporter(teller, found)).unwrap_or_default(),
        "approved": verification.map_or("", |found| if found.approved { "已审核通过" } else { "未审核" }),
        "hints": hints, "audit_lines": material.audit.len(), "audit_head": format!("{seq}:{hash}"),
        "drawn": crate::deliver::quicklook::DRAWN.0,
    })
}

/// The post that reported, and who wrote it down for it; where names are hidden, that somebody did.
fn reporter(teller: &Teller<'_>, found: &Verification) -> String {
    let post = found.post.as_deref().map_or("", |post| teller.material.post_name(post));
    let by = found.by.as_deref().map(|by| match teller.mask {
        Some(_) => "（代填）".to_string(),
        None => format!("（代填：{by}）"),
    });
    format!("{post}{}", by.unwrap_or_default())
}

fn before(teller: &Teller<'_>, case: Option<&Case>) -> String {
    let before = case.map(|case| case.before.iter().map(|post| teller.material.post_name(post)).collect::<Vec<_>>());
    before.unwrap_or_default().join("、")
}
