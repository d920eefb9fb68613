//! A picture of each look of a satellite that saw the event, drawn of what the store keeps of it.

use super::mask::rounded;
use super::material::{Material, eye};
use super::timeline::exact;
use crate::deliver::quicklook::{Chip, Spotted};
use crate::fire::{FirePixel, Verdict};
use crate::place::LonLat;
use crate::site::Site;
use crate::time::Utc;
use geo::MultiPolygon;

/// Looks that are drawn at most; the rest is counted.
const MOST: usize = 120;
/// From the middle of a picture to its edge, metres.
const HALF_M: std::ops::RangeInclusive<f64> = 4_000.0..=60_000.0;

/// A picture of a look.
pub(super) struct Drawn {
    /// Name of its file, without the ending.
    pub name: String,
    /// What is written below it.
    pub caption: String,
    /// When the look was.
    pub time: Utc,
    /// PNG.
    pub png: Vec<u8>,
}

/// All of them, by time, and how many were left out.
pub(super) fn drawn(
    material: &Material,
    site: &Site,
    cells: &[MultiPolygon<f64>],
    is_masked: bool,
) -> (Vec<Drawn>, usize) {
    let mut looks: Vec<(&str, Vec<&FirePixel>)> = Vec::new();
    for fire in material.fires.iter().filter(|fire| eye(fire).is_none()) {
        match looks.iter_mut().find(|(granule, of)| *granule == fire.granule && of[0].satellite == fire.satellite) {
            Some((_, of)) => of.push(fire),
            None => looks.push((&fire.granule, vec![fire])),
        }
    }
    let left_out = looks.len().saturating_sub(MOST);
    let pictures = looks.into_iter().take(MOST).enumerate();
    let pictures = pictures.filter_map(|(number, (granule, own))| {
        let beside: Vec<&FirePixel> = material.beside.iter().filter(|fire| fire.granule == granule).collect();
        match picture(material, site, cells, (&own, &beside), is_masked) {
            Ok(png) => {
                let first = own[0];
                let name = format!("{:03}-{}-{}", number + 1, word(&first.satellite), first.time.compact());
                let caption = format!(
                    "{} {} {}（北京时间）{}",
                    first.satellite,
                    first.sensor,
                    exact(first.time),
                    found(&own, beside.len()).0
                );
                Some(Drawn { name, caption, time: first.time, png })
            }
            Err(reason) => {
                tracing::warn!("a picture of {granule} could not be drawn: {reason}");
                None
            }
        }
    });
    (pictures.collect(), left_out)
}

/// Letters and digits of a name, for a file.
pub(super) fn word(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '-' });
    plain.take(60).collect()
}

fn picture(
    material: &Material,
    site: &Site,
    cells: &[MultiPolygon<f64>],
    (own, beside): (&[&FirePixel], &[&FirePixel]),
    is_masked: bool,
) -> Result<Vec<u8>, String> {
    let event = &material.shown.stored.event;
    let shown = |place: LonLat| if is_masked { rounded(place) } else { place };
    let spotted = |fire: &FirePixel, is_own: bool| Spotted {
        place: shown(fire.place),
        // the ground of a pixel tells its middle
        footprint: fire.footprint.filter(|_| !is_masked),
        confidence: fire.confidence,
        is_own,
        label: if is_own { label(fire) } else { String::new() },
    };
    let all: Vec<Spotted> =
        own.iter().map(|fire| spotted(fire, true)).chain(beside.iter().map(|fire| spotted(fire, false))).collect();
    let centre = shown(event.place);
    let far = all
        .iter()
        .filter(|spotted| spotted.is_own)
        .flat_map(|spotted| spotted.footprint.into_iter().flatten().chain([spotted.place]));
    let far = far.map(|place| place.distance_m(centre)).fold(2.0 * event.position_error_m.unwrap_or(0.0), f64::max);
    let first = own.first().ok_or("no detection")?;
    let seen = format!("{} {}", first.satellite, first.sensor);
    let chip = Chip {
        title: (format!("{seen}  {} 北京时间", exact(first.time)), format!("{seen}  {} BEIJING", exact(first.time))),
        found: found(own, beside.len()),
        centre,
        error_m: event.position_error_m.filter(|_| !is_masked),
        half_m: (1.7 * far).clamp(*HALF_M.start(), *HALF_M.end()),
        counties: &site.counties,
        cells,
        spotted: &all,
        simulated: event.simulated || own.iter().any(|fire| fire.simulated),
    };
    chip.png()
}

/// `6.5 MW 331 K`.
fn label(fire: &FirePixel) -> String {
    let parts = [fire.frp_mw.map(|mw| format!("{mw:.1} MW")), fire.bt_mir_k.map(|kelvin| format!("{kelvin:.0} K"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn found(own: &[&FirePixel], others: usize) -> (String, String) {
    let power: f64 = own.iter().filter_map(|fire| fire.frp_mw).sum();
    let pixels: usize = own.iter().map(|fire| fire.pixel_count()).sum();
    let is_known = own.iter().any(|fire| fire.frp_mw.is_some());
    let hottest = own.iter().filter_map(|fire| fire.bt_mir_k).reduce(f32::max);
    let dropped = own.iter().filter(|fire| fire.verdict != Verdict::Kept).count();
    let parts = [
        Some(format!("本处像元 {pixels} 个")),
        is_known.then(|| format!("功率合计 {power:.1} MW")),
        hottest.map(|kelvin| format!("最高亮温 {kelvin:.1} K")),
        (dropped > 0).then(|| format!("其中已剔除 {dropped} 个")),
        (others > 0).then(|| format!("同次观测其他像元 {others} 个")),
    ];
    let chinese = parts.into_iter().flatten().collect::<Vec<_>>().join("，");
    (chinese, format!("{pixels} PIXELS, {power:.1} MW"))
}
