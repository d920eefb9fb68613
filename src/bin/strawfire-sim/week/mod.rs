//! `strawfire-sim week`: days of VIIRS overpasses and Himawari slots over one land on which straw, graves and grass burn,
//! kilns and cement works are hot and a solar park shines, with a map of its cover and one truth for all of it.

mod cover;
mod places;
mod plan;
mod raster;
mod timetable;
mod truth;
mod works;

use crate::bands::Band;
use crate::days::Slot;
use crate::days::land::Land;
use crate::days::picture::{self, Studio};
use crate::days::stray::{self, StrayLight};
use crate::days::weather::{Sky, spell_k};
use crate::error::{Result, usage};
use crate::fires::round;
use crate::ground::Setting;
use crate::output;
use crate::seeds::{Family, key};
use crate::swath::{Pass, Reliefs};
use jiff::{SignedDuration, Timestamp};
use plan::{Plan, Wish};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Himawari slots that are written of a day that counts: the hours of the fires, 03:00 to 14:00 UTC.
const SLOT_HOURS: (i64, i64) = (3, 14);
const DAY_S: i64 = 86_400;
/// Bands of the slots.
const BANDS: [u8; 3] = [4, 7, 14];

/// Write a simulated week: VIIRS overpasses, Himawari slots, a land cover map and one truth about all of them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write into: `history`, `viirs` and `ahi` in it, one folder a look; made if absent.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// First UTC day that counts. A solar park shines to Himawari from 21 March to 22 April and 20 August to 21 September.
    #[arg(long, value_name = "DATE", default_value = "2025-04-01")]
    start: jiff::civil::Date,
    /// How many days count.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=31))]
    days: u16,
    /// Days before them, of VIIRS alone, for learning what is always hot.
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u16).range(0..=120))]
    history_days: u16,
    /// Write the looks of these days; the truth is of all of them.
    #[arg(long, value_enum, default_value_t = Part::All)]
    part: Part,
    /// Write no more than so many VIIRS overpasses of each part.
    #[arg(long, value_name = "N")]
    passes: Option<usize>,
    /// Minutes between Himawari slots (a multiple of 10), or 0 for none.
    #[arg(long, value_name = "MIN", default_value_t = 30)]
    slots_every: u16,
    /// What the seed is for; the sealed family is for scoring only.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Mean cloud opacity over site and days, 0 to 0.6.
    #[arg(long, default_value_t = 0.2)]
    cloud: f64,
    /// Straw fires of a day that counts; half as many before. So many that a week has a hundred that VIIRS can see.
    #[arg(long, value_name = "N", default_value_t = 200)]
    straw_per_day: usize,
    /// Grave fires of a day of customs.
    #[arg(long, value_name = "N", default_value_t = 300)]
    graves_per_day: usize,
    /// Days of customs, counted from 0 at --start: 4 and 5 April (Qingming) with the default start.
    #[arg(long, value_delimiter = ',', default_value = "3,4")]
    customs: Vec<i64>,
    /// Cells of the land cover map, degrees: some 30 m.
    #[arg(long, value_name = "DEG", default_value_t = 0.0003)]
    cover_cell: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    All,
    History,
    Week,
}

/// One look of a satellite.
struct Look {
    /// When the site is seen.
    at: Timestamp,
    setting: Setting,
    /// Folder below --out.
    folder: String,
    counts: bool,
    by: By,
}

enum By {
    Viirs(Pass),
    Himawari(Box<Slot>),
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    check(args)?;
    let wish = wish(args)?;
    let base = Setting::new(key(args.family, args.seed), wish.start, 0.0);
    let first = wish.start - SignedDuration::from_secs(wish.history_days * DAY_S);
    let sky = Sky::new(base.key, first, args.cloud);
    let plan = Plan::new(&wish, &base);
    let looks = looks(args, &wish, &sky, &base);
    output::make_folder(&args.out)?;
    write(args, &base, &looks, &plan)?;
    raster::write(&args.out.join("landcover.tif"), &plan.cover, base.key, args.cover_cell)?;
    output::write_json(&args.out.join("parks.geojson"), &plan.park.geojson())?;
    output::write_json(&args.out.join("truth.json"), &truth::of(args, &wish, &looks, &plan))?;
    println!(
        "{} looks, landcover.tif, parks.geojson and truth.json written to {}: {} fires, {} works, seed {} of family {}",
        looks.iter().filter(|look| args.wants(look)).count(),
        args.out.display(),
        plan.fires.len(),
        plan.works.len(),
        args.seed,
        args.family.name()
    );
    Ok(())
}

fn check(args: &Args) -> Result<()> {
    if !(0.0..=0.6).contains(&args.cloud) {
        return Err(usage(format!("--cloud {}", args.cloud), "a share from 0 to 0.6", "write it like --cloud 0.2"));
    }
    if !args.slots_every.is_multiple_of(10) {
        let found = format!("--slots-every {}", args.slots_every);
        return Err(usage(found, "a multiple of 10 minutes", "write it like --slots-every 30"));
    }
    if !(0.0001..=0.1).contains(&args.cover_cell) {
        let found = format!("--cover-cell {}", args.cover_cell);
        return Err(usage(found, "0.0001 to 0.1 degrees", "write it like --cover-cell 0.0003"));
    }
    Ok(())
}

fn wish(args: &Args) -> Result<Wish> {
    let start = args
        .start
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_err(|e| usage(format!("--start {}: {e}", args.start), "a day", "write it like --start 2025-04-01"))?;
    Ok(Wish {
        start: start.timestamp(),
        days: i64::from(args.days),
        history_days: i64::from(args.history_days),
        straw_a_day: args.straw_per_day,
        graves_a_day: args.graves_per_day,
        customs: args.customs.clone(),
    })
}

/// All looks, in order of time.
fn looks(args: &Args, wish: &Wish, sky: &Sky, base: &Setting) -> Vec<Look> {
    let first = wish.start - SignedDuration::from_secs(wish.history_days * DAY_S);
    let mut passes = timetable::passes(base.key, first, wish.history_days + wish.days);
    if let Some(most) = args.passes {
        let before = passes.partition_point(|pass| pass.middle < wish.start);
        let (history, week) = passes.split_at(before);
        passes = history.iter().take(most).chain(week.iter().take(most)).copied().collect();
    }
    let mut looks: Vec<Look> = passes.into_par_iter().map(|pass| of_viirs(pass, wish, sky, base)).collect();
    let slots = slot_times(args, wish).into_par_iter();
    looks.par_extend(slots.map(|time| of_himawari(Slot::at(time, sky, base))));
    looks.sort_by_key(|look| look.at);
    looks
}

fn of_viirs(pass: Pass, wish: &Wish, sky: &Sky, base: &Setting) -> Look {
    let mut setting = sky.over(base, pass.middle);
    // Days are warmer and colder as in the slots, but all over the site.
    setting.day_k = spell_k(&setting, 102.4, 36.3);
    let counts = pass.middle >= wish.start;
    let part = if counts { "viirs" } else { "history" };
    let folder = format!("{part}/{}-{}", pass.middle.strftime("%Y%m%dT%H%M"), pass.satellite.prefix());
    Look { at: pass.middle, setting, folder, counts, by: By::Viirs(pass) }
}

fn of_himawari(slot: Slot) -> Look {
    let folder = format!("ahi/{}", slot.time.strftime("%Y%m%d"));
    Look { at: slot.scanned(), setting: slot.setting, folder, counts: true, by: By::Himawari(Box::new(slot)) }
}

fn slot_times(args: &Args, wish: &Wish) -> Vec<Timestamp> {
    if args.slots_every == 0 {
        return Vec::new();
    }
    let step = usize::from(args.slots_every) * 60;
    let day = || (SLOT_HOURS.0 * 3600..=SLOT_HOURS.1 * 3600).step_by(step);
    let times = (0..wish.days).flat_map(|n| day().map(move |second| n * DAY_S + second));
    times.map(|seconds| wish.start + SignedDuration::from_secs(seconds)).collect()
}

fn write(args: &Args, base: &Setting, looks: &[Look], plan: &Plan) -> Result<()> {
    let wanted: Vec<&Look> = looks.iter().filter(|look| args.wants(look)).collect();
    // An overpass uses all threads by itself; slots are one thread each.
    let reliefs = Reliefs::new(base);
    for look in &wanted {
        if let By::Viirs(pass) = &look.by {
            pass.write(&args.out.join(&look.folder), &look.setting, &reliefs, &plan.at(look.at))?;
        }
    }
    let slots: Vec<&Slot> = wanted.iter().filter_map(|look| look.by.slot()).collect();
    if slots.is_empty() { Ok(()) } else { write_slots(&args.out.join("ahi"), base, &slots, plan) }
}

fn write_slots(out: &Path, base: &Setting, slots: &[&Slot], plan: &Plan) -> Result<()> {
    let bands: Vec<Band> = BANDS.into_iter().filter_map(Band::numbered).collect();
    let light = Band::numbered(stray::BAND).map(|band| StrayLight::new(base.key, band));
    let studio = Studio::new(Land::new(base), bands, 9, light)?;
    let write = |slot: &&Slot| picture::write(out, &studio, slot, &plan.at(slot.scanned()), Some(plan.park)).map(drop);
    slots.par_iter().try_for_each(write)
}

impl Args {
    fn wants(&self, look: &Look) -> bool {
        match self.part {
            Part::All => true,
            Part::History => !look.counts,
            Part::Week => look.counts,
        }
    }
}

impl By {
    fn slot(&self) -> Option<&Slot> {
        match self {
            By::Viirs(_) => None,
            By::Himawari(slot) => Some(slot),
        }
    }
}

impl Look {
    fn is_viirs(&self) -> bool {
        matches!(self.by, By::Viirs(_))
    }

    /// What the truth file says of it.
    fn truth(&self) -> Value {
        let (sensor, satellite, zenith) = match &self.by {
            By::Viirs(pass) => ("VIIRS", pass.satellite.platform(), Some(round(pass.view_zenith_deg(), 1))),
            By::Himawari(_) => ("AHI", "Himawari-9", None),
        };
        json!({
            "time": self.at.to_string(),
            "sensor": sensor,
            "satellite": satellite,
            "counts": self.counts,
            "folder": self.folder,
            "view_zenith_deg": zenith,
        })
    }

    /// What it sees of a place.
    fn at_place(&self, index: usize, lon: f64, lat: f64, frp_mw: f64) -> Value {
        json!({
            "look": index,
            "frp_mw": round(frp_mw, 3),
            "cloud_opacity": round(self.setting.clouds.opacity(lon, lat), 3),
        })
    }
}
