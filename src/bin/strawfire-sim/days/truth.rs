//! What is true of a series: one document for all slots.

use super::burns::{Burn, Plan};
use super::park::Park;
use super::stray::StrayLight;
use super::{Args, Slot};
use crate::fires::{Fire, round};
use crate::ground::Setting;
use crate::heights;
use crate::navigation::DiskGrid;
use crate::sight;
use serde_json::{Value, json};

/// The truth of a series.
pub fn of(args: &Args, slots: &[Slot], names: &[Vec<String>], plan: &Plan, stray: Option<&StrayLight>) -> Value {
    let setting = &slots[0].setting;
    let glow = |slot: &Slot| stray.map_or(0.0, |light| light.at(&slot.setting.moment).radiance);
    let glow_k = |slot: &Slot| stray.map_or(0.0, |light| light.kelvin_at_280(glow(slot)));
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
            "snow_line_m": slot.snow_line_m.map(|line| round(line, 0)),
            "stray_light": round(glow(slot), 6),
            "stray_light_k": round(glow_k(slot), 3),
            "files": files,
        })).collect::<Vec<_>>(),
        "fires": plan.burns.iter().enumerate().map(|(i, burn)| fire(i + 1, burn, slots)).collect::<Vec<_>>(),
        "kiln": plan.kiln.as_ref().map(|kiln| fixed(kiln, setting)),
        "park": plan.park.map(|it| park(&it, slots)),
        "notes": [
            "line and column: full disk at 2 km, counted from 0, fractional, where the fire appears with its height",
            "height_m: above the WGS84 ellipsoid, as in the raster of the dem command for this seed and relief",
            "slots of a fire: its power when the site is scanned, 86 s after the start of the slot; planned gaps too",
            "frp_mw is what the fire radiates; the mid infrared passes 0.86 of it to the satellite",
            "cloud_opacity hides that share of the fire; a cloud lies on the ground below it",
            "pixels outside the site hold the count of a pixel in error; the rim of the site is drawn like its inside",
            "clouds drift and do not change their shape; they shade the ground as from 2.5 km above it, and are seen on it",
            "stray_light: radiance added to band 7 in the middle of the site, W m-2 sr-1 um-1, and as K on ground of 280 K",
            "snow_line_m: about where fresh snow begins after a cloudy spell, null without; lasting snow is not meant",
            "the park shines while the mirrored sun is within 8 degrees of the satellite; albedo: of a 2 km pixel, before cloud",
            "peak_mw: the default powers are 5, 8, 10, 20, 40 and 80 MW in turn; a fire holds its peak for a quarter of its life",
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

fn park(park: &Park, slots: &[Slot]) -> Value {
    let mut truth = place(park.lon, park.lat, &slots[0].setting);
    truth["tilt_deg"] = json!(park.tilt_deg);
    let albedo = |slot: &Slot| park.shine_albedo(slot.setting.moment.days_j2000);
    let shines = slots.iter().filter(|slot| albedo(slot) > 0.0);
    truth["slots"] = shines
        .map(|slot| {
            json!({
                "time": slot.time.to_string(),
                "albedo": round(albedo(slot), 4),
                "cloud_opacity": round(slot.setting.clouds.opacity(park.lon, park.lat), 3),
            })
        })
        .collect();
    truth
}
