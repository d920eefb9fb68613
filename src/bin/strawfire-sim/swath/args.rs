//! What every swath command asks for: where, when, which fires, which seed.

use super::canvas::Canvas;
use super::earth;
use super::even::Even;
use super::marks::Seat;
use super::orbit::{Orbit, Track};
use super::scanner::Scanner;
use super::scene::{self, Overpass};
use crate::around::AroundArgs;
use crate::error::{Result, usage};
use crate::fires::{self, Fire, round};
use crate::gridded::{self, GridArgs};
use crate::ground::Setting;
use crate::seeds::{Family, Rng, hash2, key};
use crate::traps::{self, Trap, kilns};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Stream of the random fires, apart from every field of the scene.
const FIRE_STREAM: u64 = 0xF1;
/// Radius of the Earth under an orbit, km.
const EARTH_KM: f64 = 6371.0;

/// The words common to all swath commands.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// Folder to write into; made if absent.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Start of the first granule, UTC.
    #[arg(long, value_name = "TIME", default_value = "2025-10-20T05:30:00Z")]
    pub time: String,
    /// Place under the middle line at --column.
    #[arg(long, value_name = "LON,LAT", default_value = "102.4,36.3", allow_hyphen_values = true)]
    pub over: String,
    /// Column that sees --over (default: the middle one).
    #[arg(long, value_name = "C")]
    pub column: Option<usize>,
    /// Fly southward.
    #[arg(long)]
    pub descending: bool,
    /// Mean cloud opacity over the site, 0 to 0.95.
    #[arg(long, default_value_t = 0.15)]
    pub cloud: f64,
    /// What the seed is for; the sealed family is for scoring only.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    pub family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A fire of one temperature; may be given many times.
    #[arg(long = "fire", value_name = "LON,LAT,TEMP_K,AREA_M2", allow_hyphen_values = true)]
    pub fire: Vec<String>,
    #[command(flatten)]
    pub gridded: GridArgs,
    #[command(flatten)]
    pub around: AroundArgs,
    /// Random fires of 3 to 60 MW in the valleys (default 4, or 0 with any other fires, --even or --trap).
    #[arg(long, value_name = "N")]
    pub fires: Option<usize>,
    /// Even ground of this temperature, reflectance 0.2, no relief and clouds, and no air but with --air. (The radiance of
    /// fires is dimmed by air all the same.)
    #[arg(long, value_name = "KELVIN")]
    pub even: Option<f64>,
    /// With --even: standard deviation of its temperature from field to field; its reflectance then departs by 0.03.
    #[arg(long, value_name = "KELVIN", requires = "even", default_value_t = 0.0)]
    pub rough: f64,
    /// With --even: air as over land, which dims the ground and shines itself; --even is still the ground's temperature.
    #[arg(long, requires = "even")]
    pub air: bool,
    /// Something that looks like fire and is none; may be given many times. No random fires burn then without --fires.
    #[arg(long = "trap", value_name = "NAME", value_enum)]
    pub traps: Vec<Trap>,
    /// No instrument noise.
    #[arg(long)]
    pub no_noise: bool,
}

/// An overpass and the fires under it.
pub struct Prepared {
    pub start: jiff::Timestamp,
    pub fires: Vec<Fire>,
    pub overpass: Overpass,
}

impl Common {
    /// Works out orbit, land and fires for so many scans of a scanner.
    pub fn prepare(&self, track: Track, scanner: &Scanner, scans: usize) -> Result<Prepared> {
        let start = self.start()?;
        self.check()?;
        let orbit = self.orbit(track, scanner, scans)?;
        let cloud = if self.even.is_some() { 0.0 } else { self.cloud };
        let setting = Setting::new(key(self.family, self.seed), start, cloud).trapped(&self.traps);
        let seen = |lon: f64, lat: f64| {
            let ground = earth::point(lon, lat);
            let column = |scan| scanner.sight(&orbit, scan, ground).and_then(|seen| scanner.column_of(seen.sample));
            (0..scans).any(|scan| column(scan).is_some())
        };
        let spacing_km = gridded::usual_km(scanner.pitch_rad * (track.radius_km - EARTH_KM));
        let fires = self.all_fires(&setting, spacing_km, seen)?;
        let around = self.around.of(&fires, &setting)?;
        let works = kilns::of(&setting);
        let clear = |f: &Fire| match self.even {
            Some(_) => 1.0,
            None => 1.0 - setting.clouds.opacity(f.lon, f.lat),
        };
        let canvas = match self.even {
            Some(_) => None,
            None => {
                Overpass::site(&orbit, scanner, scans).map(|extent| Canvas::new(&setting, extent).under(&around.plumes))
            }
        };
        let seat = |f: &Fire| Seat { smoke: around.plumes.opacity(f.lon, f.lat), ..Seat::of(f, clear(f)) };
        let overpass = Overpass {
            // the truth lists those of the fires, which come first
            seats: fires.iter().chain(works.iter().map(|one| &one.fire)).map(seat).collect(),
            scorches: around.scorches,
            start_s: start.as_second() as f64,
            even: self.even.map(|kelvin| Even {
                kelvin,
                rough_k: self.rough,
                key: hash2(setting.key, 9, 0),
                air_k: self.air.then(|| setting.air_k(kelvin)),
            }),
            noisy: !self.no_noise,
            orbit,
            setting,
            canvas,
            drawn: scene::ALL,
        };
        Ok(Prepared { start, fires, overpass })
    }

    /// The truth of a scene with its traps; the places of parks are written beside it.
    pub fn told(&self, truth: Value, prepared: &Prepared) -> Result<Value> {
        let mut truth = self.around.told(self.gridded.told(truth));
        if let Some(air_k) = prepared.overpass.even.and_then(|even| even.air_k) {
            truth["air_k"] = json!(round(air_k, 3));
        }
        traps::told(truth, &self.out, &prepared.overpass.setting, None)
    }

    fn start(&self) -> Result<jiff::Timestamp> {
        let wrong = |expected: &str| {
            usage(format!("--time {}", self.time), expected, "write it like --time 2025-10-20T05:30:00Z")
        };
        let time: jiff::Timestamp = self.time.parse().map_err(|_| wrong("an RFC 3339 time with its offset"))?;
        if time.subsec_nanosecond() != 0 {
            return Err(wrong("a whole second"));
        }
        Ok(time)
    }

    fn check(&self) -> Result<()> {
        if !(0.0..=0.95).contains(&self.cloud) {
            return Err(usage(
                format!("--cloud {}", self.cloud),
                "a share from 0 to 0.95",
                "write it like --cloud 0.15",
            ));
        }
        if !(0.0..=20.0).contains(&self.rough) {
            return Err(usage(format!("--rough {}", self.rough), "0 to 20 K", "write it like --rough 2"));
        }
        if self.traps.contains(&Trap::Stray) {
            return Err(usage(
                "--trap stray",
                "light in the telescope of Himawari alone",
                "use it with strawfire-sim ahi",
            ));
        }
        if let (Some(trap), Some(kelvin)) = (self.traps.first(), self.even) {
            return Err(usage(
                format!("--trap {} with --even {kelvin}", trap.name()),
                "land for the trap to lie on",
                "leave one of them out",
            ));
        }
        if let Some(kelvin) = self.even.filter(|_| !self.around.is_empty()) {
            return Err(usage(
                format!("--char or --smoke with --even {kelvin}"),
                "land that can burn, and smoke above it",
                "leave --even out, or the other",
            ));
        }
        match self.even {
            Some(kelvin) if !(180.0..=350.0).contains(&kelvin) => {
                Err(usage(format!("--even {kelvin}"), "180 to 350 K", "write it like --even 290"))
            }
            _ => Ok(()),
        }
    }

    fn orbit(&self, track: Track, scanner: &Scanner, scans: usize) -> Result<Orbit> {
        let (lon, lat) = self.place()?;
        let columns = scanner.columns();
        let column = self.column.unwrap_or(columns / 2);
        if column >= columns {
            return Err(usage(
                format!("--column {column}"),
                format!("0 to {}", columns - 1),
                "leave it out to be right above",
            ));
        }
        aimed(track, scanner, scans, (lon, lat), column, self.descending)
    }

    fn place(&self) -> Result<(f64, f64)> {
        let numbers: Vec<f64> = self.over.split(',').filter_map(|t| t.trim().parse().ok()).collect();
        match numbers[..] {
            [lon, lat] if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) => Ok((lon, lat)),
            _ => Err(usage(
                format!("--over {}", self.over),
                "longitude -180 to 180 and latitude -90 to 90",
                "write it like --over 102.4,36.3",
            )),
        }
    }

    /// Those that are asked for, and random ones.
    fn all_fires(&self, setting: &Setting, spacing_km: f64, seen: impl Fn(f64, f64) -> bool) -> Result<Vec<Fire>> {
        // Even ground is all field.
        let fits = |lon: f64, lat: f64| (self.even.is_some() || gridded::is_field(setting, lon, lat)) && seen(lon, lat);
        let mut fires = self.gridded.fires(&self.fire, setting, spacing_km, fits)?;
        let wild = fires.is_empty() && self.even.is_none() && self.traps.is_empty();
        let random = self.fires.unwrap_or(if wild { 4 } else { 0 });
        let mut rng = Rng::new(setting.key, FIRE_STREAM);
        fires.extend(fires::random(random, &setting.terrain, &setting.clouds, fires::STRAW_POWER_W, &mut rng));
        Ok(fires)
    }
}

/// The orbit whose middle line sees a place in a column.
pub fn aimed(
    track: Track,
    scanner: &Scanner,
    scans: usize,
    place: (f64, f64),
    column: usize,
    descending: bool,
) -> Result<Orbit> {
    let middle = scans * scanner.lines / 2;
    let (scan, line) = (middle / scanner.lines, (middle % scanner.lines) as f64);
    let sample = scanner.middle(column);
    Orbit::over(track, place, descending, |orbit| {
        let stance = orbit.stance(scanner.time(scan, sample));
        scanner.look(&stance, line, scanner.angle(sample)).map(|look| earth::lon_lat(look.ground))
    })
}
