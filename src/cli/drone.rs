//! `strawfire drone`: hot areas in radiometric pictures of drones, with their places.

mod account;
mod evidence;
mod grounds;
mod look;
mod pictures;

use super::kept::Kept;
use super::{Common, Outcome, make_folder, say};
use crate::assign::territory::Territory;
use crate::deliver::scan_report::{InputError, ScanReport};
use crate::deliver::sightings;
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::imagery::thermal::{Stated, Unit};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::imported::accounts;
use crate::pipeline::outputs::{Appendix, Imagery, Outputs};
use crate::pipeline::{Settings, place_and_screen, screen_by_place};
use crate::sighting::Sighting;
use crate::thresholds::{Profile, Thresholds};
use crate::watch;
use account::Account;
use clap::{Args, ValueEnum};
use evidence::Evidence;
use grounds::Grounds;
use look::{Look, look};
use pictures::Picture;
use std::path::PathBuf;

/// What is looked at.
#[derive(Debug, Args)]
pub struct Drone {
    #[command(flatten)]
    common: Common,
    /// What the drone is called in lists [default: model and serial number of the pictures].
    #[arg(long)]
    name: Option<String>,
    /// Unit of the temperatures [default: what the file says, else what ground can be; where neither tells, an error].
    #[arg(long, value_enum)]
    unit: Option<Units>,
    /// Temperature = value x FACTOR + OFFSET, for pictures of whole numbers (0.1,0: tenths of a degree; 0.01,-273.15: hundredths of a kelvin).
    #[arg(long, value_name = "FACTOR,OFFSET", value_parser = scale, allow_hyphen_values = true)]
    scale: Option<Scale>,
    /// Angle of view across the thermal picture, degrees [default: by the focal length in the pictures].
    #[arg(long, value_parser = angle)]
    hfov: Option<f64>,
    /// Height of the point of take-off above the sea, metres: makes places surer where the ground is not level.
    #[arg(long, value_name = "METRES", value_parser = height, allow_hyphen_values = true)]
    takeoff_m: Option<f64>,
    /// How far the camera's clock is from UTC (+08:00), where the pictures do not say it.
    #[arg(long, value_name = "OFFSET", value_parser = offset, allow_hyphen_values = true)]
    utc_offset: Option<String>,
    /// Radiometric TIFFs, or folders of them; JPEGs of the same number beside them say where and how they were taken.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Units {
    C,
    K,
}

#[derive(Debug, Clone, Copy)]
struct Scale(f64, f64);

fn scale(text: &str) -> std::result::Result<Scale, String> {
    let pair = text.split_once(',').and_then(|(factor, offset)| Some((number(factor)?, number(offset)?)));
    let pair = pair.filter(|(factor, _)| *factor > 0.0);
    pair.map(|(factor, offset)| Scale(factor, offset))
        .ok_or_else(|| "a factor and an offset are expected, as 0.1,0".to_string())
}

fn angle(text: &str) -> std::result::Result<f64, String> {
    number(text).filter(|n| (1.0..170.0).contains(n)).ok_or_else(|| "an angle from 1 to 170 is expected".to_string())
}

fn height(text: &str) -> std::result::Result<f64, String> {
    number(text)
        .filter(|n| (-500.0..9000.0).contains(n))
        .ok_or_else(|| "a height from -500 to 9000 is expected".to_string())
}

fn offset(text: &str) -> std::result::Result<String, String> {
    let sound = crate::time::Utc::parse(&format!("2025-01-01T00:00:00{text}")).is_some();
    if sound { Ok(text.to_string()) } else { Err("an offset as +08:00 is expected".to_string()) }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

impl Drone {
    /// Looks and writes.
    pub fn run(&self) -> Result<Outcome> {
        let site = self.common.site.load()?;
        make_folder(&self.common.out)?;
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let thresholds = Thresholds::default();
        let territory = super::load_territory(&site)?;
        let places = super::load_places(&site)?;
        let settings =
            Settings { profile: Profile::Reference, ..Settings::new(&site, &counties, &thresholds, &places) };
        let mut run = Run {
            asked: self,
            settings: &settings,
            account: Account::default(),
            report: ScanReport::new(self.files.iter().map(|file| file.display().to_string()).collect()),
            sightings: Vec::new(),
            fires: Vec::new(),
            kept: Kept::open("drone", &settings, &territory),
            done: 0,
            areas: 0,
            evidence: Evidence::of(&self.common.out),
            failed_with: None,
        };
        let (found, errors) = pictures::find(&self.files);
        errors.iter().for_each(|error| run.trouble(error));
        let mut grounds = Grounds::of(&site);
        let bar = super::progress(found.len());
        for picture in &found {
            bar.inc(1);
            match look(self, picture, &mut grounds, &thresholds.drone) {
                Ok(seen) => run.keep(seen, picture),
                Err(error) => run.trouble(&error),
            }
        }
        bar.finish_and_clear();
        run.publish(&territory)
    }

    fn stated(&self) -> Stated {
        let unit = self.unit.map(|unit| match unit {
            Units::C => Unit::Celsius,
            Units::K => Unit::Kelvin,
        });
        Stated { unit, scale: self.scale.map(|Scale(factor, offset)| (factor, offset)) }
    }
}

/// A run under way.
struct Run<'a> {
    asked: &'a Drone,
    settings: &'a Settings<'a>,
    account: Account,
    report: ScanReport,
    sightings: Vec<Sighting>,
    fires: Vec<FirePixel>,
    kept: Kept<'a>,
    done: usize,
    areas: usize,
    evidence: Evidence,
    /// The first thing that could not be written.
    failed_with: Option<Error>,
}

impl Run<'_> {
    fn trouble(&mut self, error: &Error) {
        tracing::error!("{error}");
        self.report.errors.push(InputError::of(error));
    }

    /// Tells what a picture shows, and puts it with the fires and into the store where the site has one.
    fn keep(&mut self, mut seen: Look, picture: &Picture) {
        self.done += 1;
        self.areas += seen.areas.len();
        seen.notes.iter().for_each(|note| tracing::warn!("{}: {note}", seen.file));
        tracing::info!("{}", said(&seen));
        if !seen.sightings.is_empty() {
            match self.evidence.keep(&seen, picture) {
                Ok(image) => seen.sightings.iter_mut().for_each(|sighting| sighting.image.clone_from(&image)),
                Err(error) => self.must_not_cost(Err(error)),
            }
        }
        self.account.add(&seen);
        let mut fires = seen.detections();
        for sighting in &seen.sightings {
            let county =
                sighting.place().map(|(place, _)| self.settings.county_of(place).map_or_else(String::new, |c| c.name));
            tracing::info!("{}", watch::said(sighting, county.as_deref()));
        }
        place_and_screen(&mut fires, self.settings);
        if let Err(error) = screen_by_place(&mut fires, self.settings) {
            self.trouble(&error);
        }
        self.kept.take_sightings(&seen.sightings, &fires);
        self.sightings.append(&mut seen.sightings);
        self.fires.extend(fires);
        // killed at any moment, what was seen until then is there
        let written = self.write();
        self.must_not_cost(written.map(|_| ()));
    }

    /// A file that cannot be written costs no sighting: it is told once, and the run ends with it.
    fn must_not_cost(&mut self, done: Result<()>) {
        if let Err(error) = done {
            if self.failed_with.is_none() {
                tracing::error!("{error}; what is seen goes on being told and kept");
            }
            self.failed_with.get_or_insert(error);
        }
    }

    fn write(&self) -> Result<[PathBuf; 2]> {
        sightings::write_sightings(&self.asked.common.out.join("sightings.geojson"), &self.sightings, false)?;
        self.account.write(&self.asked.common.out)
    }

    /// Writes the lists. Where nothing could be read those of the run before stay.
    fn publish(mut self, territory: &Territory) -> Result<Outcome> {
        let (out, failed) = (&self.asked.common.out, self.report.errors.len());
        let placed = self.sightings.iter().filter(|sighting| sighting.place().is_some()).count();
        say(&format!(
            "{} pictures looked at, {failed} not readable; {} hot areas, {} sightings, {placed} of them with a place\n",
            self.done,
            self.areas,
            self.sightings.len()
        ))?;
        if self.done > 0 {
            let [pictures, areas] = self.write()?;
            let sightings = out.join("sightings.geojson");
            let files = [&sightings, &pictures, &areas].map(|path| format!("  {}\n", path.display()));
            say(&format!("written:\n{}", files.concat()))?;
        }
        if let Some(said) = Outputs::would_only_hide(out, self.done, failed) {
            say(&said)?;
            self.kept.finish()?;
            return Ok(Outcome::of(self.done, failed));
        }
        let known = self.kept.events(&self.fires);
        self.report.granules = accounts(&self.fires);
        let outputs = Outputs {
            fires: std::mem::take(&mut self.fires),
            report: self.report,
            without_granule: Vec::new(),
            tells_coverage: false,
            read: self.done,
            imagery: Imagery::default(),
            picture: None,
            known,
            appendix: Appendix::default(),
        };
        super::say_written(outputs.write(out, self.asked.common.all, self.settings, territory))?;
        self.kept.finish()?;
        self.failed_with.map_or_else(|| Ok(Outcome::of(self.done, failed)), Err)
    }
}

/// A picture as a line of the log.
fn said(seen: &Look) -> String {
    let (median, max) = seen.median_and_max();
    let celsius = |c: Option<f32>| c.map_or_else(|| "?".to_string(), |c| format!("{c:.1}"));
    format!(
        "{}: {} hot areas; {} to {} C (median and highest; values are {}; {} missing)",
        seen.file,
        seen.areas.len(),
        celsius(median),
        celsius(max),
        seen.decided,
        seen.missing
    )
}
