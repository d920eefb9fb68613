//! What is true of a week: what burned and shone, and what each look could see of it.

use super::plan::{Plan, Planned, Wish};
use super::works::Works;
use super::{Args, Look};
use crate::fires::round;
use serde_json::{Value, json};

/// The truth of a week.
pub fn of(args: &Args, wish: &Wish, looks: &[Look], plan: &Plan) -> Value {
    let first = wish.start - jiff::SignedDuration::from_secs(wish.history_days * 86_400);
    json!({
        "simulated": true,
        "family": args.family.name(),
        "seed": args.seed,
        "start": wish.start.to_string(),
        "first": first.to_string(),
        "days": wish.days,
        "history_days": wish.history_days,
        "customs": wish.customs.iter().map(|day| day_of(wish, *day)).collect::<Vec<_>>(),
        "burns": plan.fires.iter().enumerate().map(|(i, fire)| burn(i + 1, fire, looks, plan)).collect::<Vec<_>>(),
        "works": plan.works.iter().enumerate().map(|(i, one)| works(i + 1, one, wish, looks)).collect::<Vec<_>>(),
        "park": {
            "kind": "park",
            "lon": round(plan.park.lon, 6),
            "lat": round(plan.park.lat, 6),
            "tilt_deg": plan.park.tilt_deg,
            "looks": park(looks, plan),
        },
        "looks": looks.iter().map(Look::truth).collect::<Vec<_>>(),
        "notes": [
            "burns: straw, graves and grass, each with all looks during its life; look: index into looks",
            "frp_mw is what burns at that time; cloud_opacity hides that share of it",
            "cover: class of the invented land at the place (ESA WorldCover codes); landcover.tif has errors, this has none",
            "works: kilns and cement works; off_days: UTC days on which they are cold; since: when first lit, if in the series",
            "park: shines to Himawari only, by the geometry of its panels; to VIIRS its ground is as all ground",
            "VIIRS: only the pixels about the site are drawn, all others are fill; places lie on the ellipsoid",
            "the land is invented: relief, rivers, fields, villages and clouds are not those of Haidong",
        ],
    })
}

fn day_of(wish: &Wish, day: i64) -> String {
    (wish.start + jiff::SignedDuration::from_secs(day * 86_400)).strftime("%Y-%m-%d").to_string()
}

fn burn(number: usize, fire: &Planned, looks: &[Look], plan: &Plan) -> Value {
    let peak = &fire.burn.peak;
    let seen = looks.iter().enumerate().filter_map(|(i, look)| {
        let then = fire.burn.at(look.at)?;
        Some(look.at_place(i, peak.lon, peak.lat, then.frp_mw()))
    });
    json!({
        "id": format!("B{number:04}"),
        "kind": fire.kind.name(),
        "lon": round(peak.lon, 6),
        "lat": round(peak.lat, 6),
        "start": fire.burn.start.to_string(),
        "end": fire.burn.end.to_string(),
        "peak_mw": round(peak.frp_mw(), 3),
        "near_works": fire.near_works,
        "cover": plan.cover.class(peak.lon, peak.lat),
        "looks": seen.collect::<Vec<_>>(),
    })
}

fn works(number: usize, one: &Works, wish: &Wish, looks: &[Look]) -> Value {
    let yard = &one.yard;
    let seen = looks.iter().enumerate().filter_map(|(i, look)| {
        let then = one.at(look.at)?;
        Some(look.at_place(i, yard.lon, yard.lat, then.frp_mw()))
    });
    let today = wish.start.as_second().div_euclid(86_400);
    let off = (-wish.history_days..wish.days).filter(|day| one.is_off(today + day));
    json!({
        "id": format!("W{number}"),
        "kind": one.kind,
        "lon": round(yard.lon, 6),
        "lat": round(yard.lat, 6),
        "radius_km": round(yard.radius_km, 3),
        "in_fields": one.in_fields,
        "mean_mw": round(0.9 * one.power_w / 1e6, 3),
        "temperature_k": round(one.temperature_k, 1),
        "since": one.since.map(|time| time.to_string()),
        "off_days": off.map(|day| day_of(wish, day)).collect::<Vec<_>>(),
        "looks": seen.collect::<Vec<_>>(),
    })
}

fn park(looks: &[Look], plan: &Plan) -> Vec<Value> {
    let shine =
        |look: &Look| if look.is_viirs() { 0.0 } else { plan.park.shine_albedo(look.setting.moment.days_j2000) };
    let shining = looks.iter().enumerate().filter(|(_, look)| shine(look) > 0.0);
    shining
        .map(|(i, look)| {
            let mut seen = look.at_place(i, plan.park.lon, plan.park.lat, 0.0);
            seen["albedo"] = json!(round(shine(look), 4));
            seen
        })
        .collect()
}
