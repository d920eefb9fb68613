//! Hot bare soil: loess between harvest and sowing, ploughed or trodden, under a high Sun.
//!
//! ALGORITHMS 10.5: 320 to 335 K with a patchwork of small plots; 10.2: up to 0.25 bright in the mid infrared.

use super::Place;
use crate::cover::Cover;
use crate::ground::Plot;
use crate::season::{LAPSE_K_PER_M, REFERENCE_M};
use crate::seeds::{hash2, normal, unit};
use crate::texture::{fractal, smooth_step};

/// Terraces reach up to here; above, bare ground gets rarer until there is none, m.
const TERRACES_M: (f64, f64) = (2350.0, 2750.0);
/// The middle of the temperatures about noon at the reference height, K.
const NOON_K: f64 = 327.5;
/// How far they stray, K: over kilometres, over one valley side, and from plot to plot.
const BROAD_K: f64 = 5.0;
const NEAR_K: f64 = 5.0;
const PLOT_K: f64 = 2.5;
/// No plot is colder or hotter than this at the reference height, K.
const RANGE_K: (f64, f64) = (314.0, 341.0);
/// How much warmer than other ground it is by night, K.
const NIGHT_K: f64 = 3.0;
/// The Sun warms it in full from this cosine of its zenith angle on, and not at all below the first.
const WARMING: (f64, f64) = (0.05, 0.75);
/// Reflectance in the mid infrared, lowest and highest.
const MIR: (f64, f64) = (0.12, 0.25);

/// The plot, where it is hot bare soil.
pub fn plot(place: &Place, bits: u64) -> Option<Plot> {
    let rarer = smooth_step(TERRACES_M.0, TERRACES_M.1, place.relief.elevation_m);
    if place.is_water() || unit(hash2(bits, 11, 0)) < rarer {
        return None;
    }
    let tone = (1.0 + 0.15 * normal(hash2(bits, 14, 0))).clamp(0.7, 1.3);
    // Most plots are dull at 3.9 um, some as bright as the brightest.
    let bright = MIR.0 + (MIR.1 - MIR.0) * unit(hash2(bits, 15, 0)).powi(2);
    Some(Plot {
        temperature_k: kelvin(place, bits) as f32,
        tone: tone as f32,
        mir: (bright / (Cover::Bare.reflectance(7) * tone)) as f32,
        cover: Cover::Bare,
    })
}

fn kelvin(place: &Place, bits: u64) -> f64 {
    let (x, y) = (place.x_km, place.y_km);
    let broad = BROAD_K * fractal(place.key ^ 0x61, x / 9.0, y / 9.0, 3, 0.5);
    let near = NEAR_K * fractal(place.key ^ 0x62, x / 1.2, y / 1.2, 3, 0.6);
    // One plot in ten strays much further than the rest.
    let wide = if unit(hash2(bits, 12, 0)) < 0.1 { 2.5 } else { 1.0 };
    let noon = NOON_K + broad + near + PLOT_K * wide * normal(hash2(bits, 13, 0));
    let noon = noon.clamp(RANGE_K.0, RANGE_K.1) - LAPSE_K_PER_M * (place.relief.elevation_m - REFERENCE_M);
    let night = place.base_k + NIGHT_K;
    night + smooth_step(WARMING.0, WARMING.1, place.cos_flat) * (noon - night)
}
