//! Columns of fires: those of a Feature of `fires.geojson`, then what a list has no room for.

use super::column::{Column, Read, Record, word, words};
use super::ground::Areas;
use crate::deliver::geojson::{FireProperties, coordinates, fire_properties, known};
use crate::fire::FirePixel;
use crate::time::Utc;
use Read::{Flag, Float, List, Text, Time, Whole};
use std::borrow::Cow;

/// Fire pixels, kept and dropped.
pub(super) struct Fires;

/// A fire pixel as its columns read it.
pub(super) struct Fire<'a> {
    pixel: &'a FirePixel,
    is: FireProperties<'a>,
    at: [f64; 2],
}

impl Record for Fires {
    type Item = FirePixel;
    type Row<'a> = Fire<'a>;
    const NAME: &'static str = "fires";
    const TITLE: &'static str = "Fire pixels, kept and dropped";
    const GEOMETRY: &'static str = "Point";
    const COLUMNS: &'static [Column<Fires>] = COLUMNS;

    fn order(pixel: &FirePixel) -> (Utc, Cow<'_, str>) {
        (pixel.time, Cow::Borrowed(&pixel.id))
    }

    fn is_simulated(pixel: &FirePixel) -> bool {
        pixel.simulated
    }

    fn row<'a>(pixel: &'a FirePixel, _: &'a Areas) -> Fire<'a> {
        Fire { pixel, is: fire_properties(pixel), at: coordinates(pixel.place) }
    }

    fn at(row: &Fire<'_>) -> Option<[f64; 2]> {
        Some(row.at)
    }
}

const COLUMNS: &[Column<Fires>] = &[
    Column::new("id", "", "the same input gives the same id", Text(|f| word(f.is.id))),
    Column::new("time", "UTC", "when the pixel was observed", Time(|f| Some(f.is.time))),
    Column::new("longitude", "degrees east, WGS84", "of the pixel", Float(|f| Some(f.at[0]))),
    Column::new("latitude", "degrees north, WGS84", "of the pixel", Float(|f| Some(f.at[1]))),
    Column::new("satellite", "", "null where a list does not say", Text(|f| word(f.is.satellite))),
    Column::new("sensor", "", "null where a list does not say", Text(|f| word(f.is.sensor))),
    Column::new("algorithm", "", "what found it", Text(|f| word(f.is.algorithm))),
    Column::new("profile", "", "thresholds profile; null for lists of others", Text(|f| word(f.is.profile))),
    Column::new("program_version", "", "of this program", Text(|f| word(f.is.program_version))),
    Column::new("granule", "", "time slot, file or list that it is from", Text(|f| word(f.is.granule))),
    Column::new("line", "from 0", "row in the full grid; null for lists", Whole(|f| f.is.line.map(i64::from))),
    Column::new("column", "from 0", "column in the full grid; null for lists", Whole(|f| f.is.column.map(i64::from))),
    Column::new("daynight", "D, N", "null where it is not known", Text(|f| words(f.is.daynight.map(|is| is.letter())))),
    Column::new("tir_band", "", "channel that served at 11 um", Text(|f| words(f.is.tir_band))),
    Column::new("bt_mir_k", "K", "brightness temperature at 4 um", Float(|f| f.is.bt_mir_k)),
    Column::new("bt_tir_k", "K", "brightness temperature at 11 um", Float(|f| f.is.bt_tir_k)),
    Column::new("bt_mir_bg_k", "K", "that of the background at 4 um", Float(|f| f.is.bt_mir_bg_k)),
    Column::new("bt_tir_bg_k", "K", "that of the background at 11 um", Float(|f| f.is.bt_tir_bg_k)),
    Column::new("frp_mw", "MW", "fire radiative power at the top of the atmosphere", Float(|f| f.is.frp_mw)),
    Column::new("frp_surface_mw", "MW", "the same over the transmittance", Float(|f| f.is.frp_surface_mw)),
    Column::new("pixel_area_km2", "km2", "ground of the pixel", Float(|f| f.is.pixel_area_km2)),
    Column::new(
        "confirmation",
        "provisional, confirmed",
        "seen once or again",
        Text(|f| word(f.is.confirmation.name())),
    ),
    Column::new("simulated", "", "made by the simulator", Flag(|f| Some(f.is.simulated))),
    Column::new("confidence", "low, nominal, high", "how sure it is", Text(|f| word(f.is.confidence.name()))),
    Column::new("confidence_pct", "%", "null where the source has none", Float(|f| f.is.confidence_pct)),
    Column::new("adcode", "", "code of its county; null outside the site", Text(|f| words(f.is.adcode))),
    Column::new("county", "", "its name; null outside the site", Text(|f| words(f.is.county))),
    Column::new("township", "", "null without a layer of townships", Text(|f| words(f.is.township))),
    Column::new("grid_cell", "", "of the patrol grid; null without that layer", Text(|f| words(f.is.grid_cell))),
    Column::new(
        "position_error_m",
        "m",
        "root mean square of the distance to the true place",
        Float(|f| f.is.position_error_m),
    ),
    Column::new("terrain_corrected", "", "null where the source does not say", Flag(|f| f.is.terrain_corrected)),
    Column::new("verdict", "kept, dropped", "whether it stays on the list", Text(|f| word(f.is.verdict))),
    Column::new("reason", "words of scan.json", "why it was dropped; null where kept", Text(|f| words(f.is.reason))),
    Column::new(
        "class",
        "straw, vegetation, industrial, solar, unknown",
        "kind of heat",
        Text(|f| word(f.is.class.name())),
    ),
    Column::new(
        "cropland_fraction",
        "0 to 1",
        "of its footprint; null without a land cover layer",
        Float(|f| f.is.cropland_fraction),
    ),
    Column::new("reasons", "", "why it is of its class or was dropped, a sentence each", List(|f| &f.pixel.reasons)),
    Column::new("saturated", "", "MIR above the calibrated range: a lower bound", Flag(|f| Some(f.pixel.saturated))),
    Column::new(
        "scan_km",
        "km",
        "size along the scan, where the source gives it",
        Float(|f| known(f.pixel.scan_km, 3)),
    ),
    Column::new(
        "track_km",
        "km",
        "size along the track, where the source gives it",
        Float(|f| known(f.pixel.track_km, 3)),
    ),
    Column::new(
        "source_version",
        "",
        "version that a list of others states",
        Text(|f| words(f.pixel.source_version.as_deref())),
    ),
];
