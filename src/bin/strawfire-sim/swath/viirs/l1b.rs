//! The NASA L1B files VNP02IMG and VNP02MOD (VJ102..., VJ202...), netCDF-4.
//!
//! Groups, names, types, codes, flag masks and the scales of the I bands are those of the LAADS file specification
//! VNP02IMG 3.0.0 (2019), as far as public readers and listings restate them. Night granules hold I04 and I05 only; of
//! the M bands M07, M08 and M10 to M16 come down by night (inventory of a real night granule in a public test fixture).
//! Not found in any public source and assumed: the chunks (one scan: 32 or 16 lines, all columns) and the deflate level.
//! Left out: bands that no fire needs, the uncertainty indices, the group `diagnostics`, most global attributes.

use super::bands::{TOP_COUNT, ViirsBand};
use super::counts::{self, Scale};
use super::geometry::deleted;
use super::l1b_geo;
use super::{Granule, Resolution, Satellite};
use crate::error::Result;
use crate::swath::clock;
use crate::swath::inverse::Inverse;
use crate::swath::nc::{Draft, Shape, Words};
use crate::swath::scene::{Channel, Exposure, Overpass};
use rayon::prelude::*;
use std::path::Path;

/// Level of the deflate filter: fast, and within some per cent of the size of the higher ones.
pub const DEFLATE: i32 = 2;
/// Scans that are exposed together while the scans before them are written.
const BATCH: usize = 8;
const TABLE_LENGTH: usize = 65_536;
/// What the table says for a count that is a code.
const TABLE_FILL: f32 = -999.9;
const PIXELS: &[&str] = &["number_of_lines", "number_of_pixels"];
const SCANS: &[&str] = &["number_of_scans"];
const RADIANCE_UNITS: &str = "Watts/meter^2/steradian/micrometer";

/// Writes the granules of an overpass in some resolutions; returns the names.
pub fn write(out: &Path, overpass: &Overpass, resolutions: &[Resolution], granules: &[Granule]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for resolution in resolutions {
        let channels = channels(overpass, resolution);
        for granule in granules {
            names.extend(write_granule(out, overpass, resolution, &channels, granule)?);
        }
    }
    names.sort();
    Ok(names)
}

/// The bands of a resolution, ready.
pub fn channels(overpass: &Overpass, resolution: &Resolution) -> Vec<Channel> {
    resolution.bands.iter().map(|b| overpass.channel(b.band, tag(b.name))).collect()
}

/// Keeps the noise of the bands apart.
fn tag(name: &str) -> u64 {
    name.bytes().fold(0x5117, |acc, b| (acc << 8) ^ u64::from(b))
}

fn write_granule(
    out: &Path,
    overpass: &Overpass,
    resolution: &Resolution,
    channels: &[Channel],
    granule: &Granule,
) -> Result<[String; 2]> {
    let names = ["02", "03"].map(|level| name(granule, level, resolution.code));
    let bands: Vec<Ready> = ready(resolution, channels, granule);
    let mut values = start(&out.join(&names[0]), &names[0], overpass, resolution, granule, &bands)?;
    let mut places = l1b_geo::start(&out.join(&names[1]), &names[1], overpass, resolution, granule)?;
    let expose = |first: usize| -> Vec<Exposure> {
        let last = (first + BATCH).min(granule.scans);
        (first..last)
            .into_par_iter()
            .map(|scan| overpass.expose(&resolution.scanner, channels, granule.first_scan + scan))
            .collect()
    };
    let mut batch = expose(0);
    let mut scan = 0;
    while !batch.is_empty() {
        let next = scan + batch.len();
        let (written, following) = rayon::join(
            || -> Result<()> {
                for (i, exposure) in batch.iter().enumerate() {
                    put_scan(&mut values, resolution, &bands, scan + i, exposure)?;
                    l1b_geo::put_scan(&mut places, scan + i, exposure)?;
                }
                Ok(())
            },
            || expose(next),
        );
        written?;
        (batch, scan) = (following, next);
    }
    values.publish()?;
    places.publish()?;
    Ok(names)
}

/// The name of a file. The time of creation is two hours after the granule, so that a seed always gives the same bytes.
fn name(granule: &Granule, level: &str, code: &str) -> String {
    format!(
        "{}{level}{code}.A{}.002.{}.nc",
        granule.satellite.prefix(),
        clock::text(granule.start, "%Y%j.%H%M"),
        clock::text(created(granule), "%Y%j%H%M%S")
    )
}

fn created(granule: &Granule) -> jiff::Timestamp {
    clock::after(granule.end, 7200.0)
}

/// A band that the granule holds: its place among the channels and its scale.
struct Ready<'a> {
    index: usize,
    band: &'a ViirsBand,
    channel: &'a Channel,
    scale: Scale,
}

fn ready<'a>(resolution: &Resolution, channels: &'a [Channel], granule: &Granule) -> Vec<Ready<'a>> {
    let bands: &'static [ViirsBand] = resolution.bands;
    bands
        .iter()
        .enumerate()
        .zip(channels)
        .filter(|((_, band), _)| band.by_night || !granule.night)
        .map(|((index, band), channel)| {
            let limits = band.limits(&channel.optics);
            Ready { index, band, channel, scale: Scale::of(band, channel.optics.white(), limits) }
        })
        .collect()
}

fn start(
    path: &Path,
    name: &str,
    overpass: &Overpass,
    resolution: &Resolution,
    granule: &Granule,
    bands: &[Ready],
) -> Result<Draft> {
    let mut draft = Draft::create(path)?;
    dimensions(&mut draft, resolution, granule)?;
    draft.dimension("number_of_LUT_values", TABLE_LENGTH)?;
    draft.words(global_words(name, "02", resolution.code, granule))?;
    scan_lines(&mut draft, overpass, resolution, granule)?;
    draft.group("observation_data")?;
    for band in bands {
        declare(&mut draft, resolution, band)?;
    }
    Ok(draft)
}

/// The dimensions that both files of a granule share.
pub fn dimensions(draft: &mut Draft, resolution: &Resolution, granule: &Granule) -> Result<()> {
    draft.dimension("number_of_scans", granule.scans)?;
    draft.dimension("number_of_lines", granule.scans * resolution.scanner.lines)?;
    draft.dimension("number_of_pixels", resolution.scanner.columns())
}

/// A grid of pixels in chunks of one scan.
pub fn pixels(resolution: &Resolution) -> Shape {
    Shape { dimensions: PIXELS, chunk: vec![resolution.scanner.lines, resolution.scanner.columns()], deflate: DEFLATE }
}

fn declare(draft: &mut Draft, resolution: &Resolution, ready: &Ready) -> Result<()> {
    let name = format!("observation_data/{}", ready.band.name);
    let kind = if ready.band.emissive() { "radiance" } else { "reflectance" };
    let mut words: Words = vec![
        ("long_name", format!("{} earth view {kind}", long_name(ready.band.name)).into()),
        ("valid_min", 0_u16.into()),
        ("valid_max", TOP_COUNT.into()),
        ("scale_factor", (ready.scale.scale as f32).into()),
        ("add_offset", (ready.scale.offset as f32).into()),
        ("flag_values", vec![counts::MISSING, counts::BOWTIE, counts::CAL_FAIL].into()),
        ("flag_meanings", "Missing_EV Bowtie_Deleted Cal_Fail".into()),
    ];
    if ready.band.emissive() {
        words.push(("units", RADIANCE_UNITS.into()));
    } else {
        // A reflective band has no units since version 1.1; its radiance has a scale of its own.
        words.push(("radiance_scale_factor", ((ready.scale.scale / ready.scale.factor) as f32).into()));
        words.push(("radiance_add_offset", 0.0_f32.into()));
        words.push(("radiance_units", RADIANCE_UNITS.into()));
    }
    draft.variable(&name, &pixels(resolution), Some(counts::FILL), words)?;
    let flags: Words = vec![
        ("long_name", format!("{} earth view data quality flags", long_name(ready.band.name)).into()),
        ("flag_masks", counts::FLAG_MASKS.to_vec().into()),
        ("flag_meanings", counts::FLAG_MEANINGS.into()),
    ];
    draft.variable(&format!("{name}_quality_flags"), &pixels(resolution), Some(counts::FILL), flags)?;
    if ready.band.emissive() { declare_table(draft, &name, ready) } else { Ok(()) }
}

fn declare_table(draft: &mut Draft, name: &str, ready: &Ready) -> Result<()> {
    let table_name = format!("{name}_brightness_temperature_lut");
    let shape = Shape { dimensions: &["number_of_LUT_values"], chunk: vec![TABLE_LENGTH], deflate: DEFLATE };
    let table = table(ready);
    let ends = (table[0], table[usize::from(TOP_COUNT)]);
    let words: Words = vec![
        ("long_name", format!("{} brightness temperature look-up table", long_name(ready.band.name)).into()),
        ("units", "Kelvin".into()),
        ("valid_min", ends.0.into()),
        ("valid_max", ends.1.into()),
    ];
    draft.variable(&table_name, &shape, Some(TABLE_FILL), words)?;
    draft.put(&table_name, &table)
}

/// Brightness temperature of every count, from the band integral that made the radiances.
fn table(ready: &Ready) -> Vec<f32> {
    let inverse = Inverse::of(&ready.channel.optics);
    (0..TABLE_LENGTH)
        .map(|count| match u16::try_from(count) {
            Ok(count) if count <= TOP_COUNT => {
                let radiance = ready.scale.scale * f64::from(count) + ready.scale.offset;
                // Count 0 of a band without an offset has no temperature; the lowest stands for it.
                inverse.kelvin(radiance.max(1e-6)) as f32
            }
            _ => TABLE_FILL,
        })
        .collect()
}

fn long_name(name: &str) -> String {
    format!("{}-band {}", &name[..1], &name[1..])
}

fn put_scan(draft: &mut Draft, resolution: &Resolution, bands: &[Ready], scan: usize, seen: &Exposure) -> Result<()> {
    let columns = seen.view.columns;
    for ready in bands {
        let (counts, flags): (Vec<u16>, Vec<u16>) = seen.radiances[ready.index]
            .par_iter()
            .enumerate()
            .map(|(i, radiance)| {
                if radiance.is_nan() {
                    (counts::MISSING, counts::MISSING_EV)
                } else if deleted(&resolution.scanner, i / columns, i % columns) {
                    (counts::BOWTIE, counts::BOWTIE_DELETED)
                } else {
                    ready.scale.encode(f64::from(*radiance))
                }
            })
            .unzip();
        let name = format!("observation_data/{}", ready.band.name);
        draft.put_lines(&name, scan * seen.view.lines, columns, &counts)?;
        draft.put_lines(&format!("{name}_quality_flags"), scan * seen.view.lines, columns, &flags)?;
    }
    Ok(())
}

/// The group with the times of the scans.
pub fn scan_lines(draft: &mut Draft, overpass: &Overpass, resolution: &Resolution, granule: &Granule) -> Result<()> {
    draft.group("scan_line_attributes")?;
    let shape = Shape { dimensions: SCANS, chunk: Vec::new(), deflate: 0 };
    let scanner = &resolution.scanner;
    let rows = [
        ("scan_start_time", "Scan start time (TAI93)", 0.0),
        ("scan_end_time", "Scan end time (TAI93)", scanner.sweep_s),
        ("ev_mid_time", "Earth view mid time (TAI93)", 0.5 * scanner.sweep_s),
    ];
    for (name, long_name, offset) in rows {
        let name = format!("scan_line_attributes/{name}");
        let words: Words = vec![("long_name", long_name.into()), ("units", "seconds".into())];
        draft.variable(&name, &shape, Some(-999.9_f64), words)?;
        let time = |scan: usize| overpass.start_s + (granule.first_scan + scan) as f64 * scanner.period_s + offset;
        let times: Vec<f64> = (0..granule.scans).map(|scan| clock::tai93(time(scan))).collect();
        draft.put(&name, &times)?;
    }
    for name in ["scan_state_flags", "scan_quality_flags"] {
        let name = format!("scan_line_attributes/{name}");
        draft.variable::<u8>(&name, &shape, None, Vec::new())?;
        draft.put(&name, &vec![0_u8; granule.scans])?;
    }
    Ok(())
}

/// Global attributes of a file of this level ("02" or "03").
pub fn global_words(name: &str, level: &str, code: &str, granule: &Granule) -> Words {
    let time = |t: jiff::Timestamp| clock::text(t, "%Y-%m-%dT%H:%M:%S.000Z");
    let (from, to) = granule.directions();
    let short_name = format!("{}{level}{code}", granule.satellite.prefix());
    let [west, east, south, north] = granule.bounds;
    let ring = |pick: fn(&(f64, f64)) -> f64| granule.ring.iter().map(|c| pick(c) as f32).collect::<Vec<f32>>();
    vec![
        ("title", format!("VIIRS {code} data, simulated").into()),
        ("simulated", 1_i32.into()),
        ("platform", granule.satellite.platform().into()),
        ("instrument", "VIIRS".into()),
        ("processing_level", "L1B".into()),
        ("ShortName", short_name.into()),
        ("product_name", name.into()),
        ("LocalGranuleID", name.into()),
        ("time_coverage_start", time(granule.start).into()),
        ("time_coverage_end", time(granule.end).into()),
        ("StartTime", time(granule.start).into()),
        ("EndTime", time(granule.end).into()),
        ("date_created", time(created(granule)).into()),
        ("orbit_number", granule.orbit_number.into()),
        ("OrbitNumber", granule.orbit_number.into()),
        ("startDirection", from.into()),
        ("endDirection", to.into()),
        ("DayNightFlag", granule.day_night().into()),
        ("format_version", 2_i32.into()),
        ("instrument_number", instrument(granule.satellite).into()),
        ("number_of_filled_scans", (granule.scans as i32).into()),
        ("WestBoundingCoordinate", (west as f32).into()),
        ("EastBoundingCoordinate", (east as f32).into()),
        ("SouthBoundingCoordinate", (south as f32).into()),
        ("NorthBoundingCoordinate", (north as f32).into()),
        ("GRingPointLongitude", ring(|c| c.0).into()),
        ("GRingPointLatitude", ring(|c| c.1).into()),
        ("GRingPointSequenceNo", vec![1_i32, 2, 3, 4].into()),
    ]
}

fn instrument(satellite: Satellite) -> i32 {
    match satellite {
        Satellite::Npp => 2,
        Satellite::J01 => 3,
        Satellite::J02 => 4,
    }
}
