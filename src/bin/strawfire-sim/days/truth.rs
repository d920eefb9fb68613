//! What is true of a series: one document for all slots.

use super::burns::{Burn, Plan, shine_albedo};
use super::{Args, Slot};
use crate::fires::{Fire, round};
use crate::ground::Setting;
use crate::heights;
use crate::navigation::DiskGrid;
use crate::sight;
use serde_json::{Value, json};

/// The truth of a series.
pub fn of(args: &Args, slots: &[Slot], names: &[Vec<String>], plan: &Plan) -> Value {
    let setting = &slots[0].setting;
    json!({
        "simulated": true,
        "satellite": format!("Himawari-{}", args.satellite),
        "start": slots[0].time.to_string(),
        "days": args.days,
        "seed": args.seed,
        "family": args.family.name(),
        "relief": args.relief.name(),
        "flat": args.flat,
        "slots": slots.iter().zip(names).map(|(slot, files)| json!({
            "time": slot.time.to_string(),
            "planned_gap": slot.gap,
            "cloud_fraction": round(slot.cloud, 4),
            "files": files,
        })).collect::<Vec<_>>(),
        "fires": plan.burns.iter().enumerate().map(|(i, burn)| fire(i + 1, burn, slots)).collect::<Vec<_>>(),
        "kiln": plan.kiln.as_ref().map(|kiln| fixed(kiln, setting)),
        "park": plan.park.map(|(lon, lat)| park(lon, lat, slots)),
        "notes": [
            "line and column: full disk at 2 km, counted from 0, fractional, where the fire appears with its height",
            "height_m: above the WGS84 ellipsoid, as in the raster of the dem command for this seed and relief",
            "slots of a fire: its power when the site is scanned, 86 s after the start of the slot; planned gaps too",
            "frp_mw is what the fire radiates; the mid infrared passes 0.86 of it to the satellite",
            "cloud_opacity hides that share of the fire; a cloud lies on the ground below it",
            "pixels outside the site hold the count of a pixel in error; the rim of the site is drawn like its inside",
            "clouds drift and do not change their shape; they cast no shadow and do not cool the ground",
            "the park shines every day about 08:05 UTC, a simple calendar; albedo: of a 2 km pixel, before cloud",
            "the land is invented: relief, rivers, fields and clouds are not those of Haidong",
        ],
    })
}

/// Where something is and where it appears.
fn place(lon: f64, lat: f64, setting: &Setting) -> Value {
    let grid = DiskGrid::himawari(1);
    let seat = sight::apparent(setting, &grid, lon, lat);
    json!({
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "height_m": round(heights::height_m(setting, lon, lat), 2),
        "visible": sight::seen(setting, &grid, lon, lat).is_some(),
        "line": seat.map(|(_, line)| round(line, 4)),
        "column": seat.map(|(column, _)| round(column, 4)),
    })
}

fn fire(number: usize, burn: &Burn, slots: &[Slot]) -> Value {
    let mut truth = place(burn.peak.lon, burn.peak.lat, &slots[0].setting);
    truth["id"] = json!(format!("F{number:03}"));
    truth["peak_mw"] = json!(round(burn.peak.frp_mw(), 4));
    truth["temperature_k"] = json!(round(burn.peak.temperature_k(), 2));
    truth["start"] = json!(burn.start.to_string());
    truth["end"] = json!(burn.end.to_string());
    let looks = slots.iter().filter_map(|slot| {
        let fire = burn.at(slot.scanned())?;
        Some(json!({
            "time": slot.time.to_string(),
            "frp_mw": round(fire.frp_mw(), 4),
            "cloud_opacity": round(slot.setting.clouds.opacity(fire.lon, fire.lat), 3),
            "planned_gap": slot.gap,
        }))
    });
    truth["slots"] = looks.collect();
    truth
}

fn fixed(kiln: &Fire, setting: &Setting) -> Value {
    let mut truth = place(kiln.lon, kiln.lat, setting);
    truth["frp_mw"] = json!(round(kiln.frp_mw(), 4));
    truth["temperature_k"] = json!(round(kiln.temperature_k(), 2));
    truth
}

fn park(lon: f64, lat: f64, slots: &[Slot]) -> Value {
    let mut truth = place(lon, lat, &slots[0].setting);
    let shines = slots.iter().filter(|slot| shine_albedo(&slot.setting) > 0.0);
    truth["slots"] = shines
        .map(|slot| {
            json!({
                "time": slot.time.to_string(),
                "albedo": round(shine_albedo(&slot.setting), 4),
                "cloud_opacity": round(slot.setting.clouds.opacity(lon, lat), 3),
            })
        })
        .collect();
    truth
}
