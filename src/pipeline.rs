//! One granule, from bytes to fires placed and kept or dropped, with an account of what was seen.

pub mod bulletin;
pub mod daily;
pub mod drill;
pub mod duty;
pub mod evidence;
pub mod expected;
pub mod field;
pub mod figures;
pub mod housekeeping;
pub mod imported;
pub mod intake;
pub mod keep;
pub mod nil_report;
pub mod observed;
pub mod outputs;
pub mod patrol;
pub mod period;
mod places;
pub mod reconcile;
mod settings;
mod shares;
pub mod static_learn;
pub mod weekly;

use crate::deliver::atomic;
use crate::deliver::scan_report::{CountyShare, GranuleReport, Looked, PastShare};
use crate::detect::{self, Detection, Past};
use crate::error::{Error, Result};
use crate::fire::{FirePixel, Verdict};
use crate::history::{self, History, Slot};
use crate::ingest::geometry::fixed_grid;
use crate::ingest::granule::Granule;
use crate::ingest::{self, Extent, Reading};
use crate::place::LonLat;
use crate::scene::{BandRole, Look, PixelClass, Window};
use crate::screen;
use crate::site::Site;
use crate::thresholds::Profile;
use crate::time::Utc;
use ndarray::Array2;
pub use places::{Places, of_key, screen_by_place};
pub use settings::{Baseline, Region, Settings};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What came of one granule.
pub struct Scan {
    /// The look with its pixel classes; `None` when the satellite does not see the site.
    pub seen: Option<(Look, Array2<PixelClass>)>,
    /// Fires in line order, kept and dropped.
    pub fires: Vec<FirePixel>,
    /// The account for scan.json.
    pub report: GranuleReport,
    /// Files that could not be used; the rest was.
    pub problems: Vec<Error>,
    /// Whether a slot of the baseline was kept.
    pub kept_slot: bool,
    /// What is written beside its fires, where the sensor has pixels of tens of metres.
    pub products: Option<field::Products>,
}

/// Scans one granule.
///
/// # Errors
/// When no scene can be made of it; see [`ingest::read`].
pub fn scan(granule: &Granule, settings: &Settings) -> Result<Scan> {
    let mut clock = Clock::start();
    let reading = read(granule, settings)?;
    clock.lap("read");
    let mut scan = judge(granule, reading, settings)?;
    scan.report.seconds.append(&mut clock.seconds);
    Ok(scan)
}

/// Reads what a scan needs of a granule.
///
/// # Errors
/// As [`scan`].
pub fn read(granule: &Granule, settings: &Settings) -> Result<Reading> {
    let extent = match settings.region {
        Region::Everywhere => Extent::Full,
        Region::Counties => {
            let halo = match granule.format {
                format if format.is_map() => detect::field::HALO,
                format if format.is_swath() => detect::swath::HALO,
                _ => detect::HALO,
            };
            Extent::Around { area: settings.site.bbox(), halo }
        }
    };
    ingest::read(granule, &extent)
}

/// Finds, places and screens the fires of what was read.
///
/// # Errors
/// When the algorithm that is asked for is none for the sensor.
pub fn judge(granule: &Granule, reading: Reading, settings: &Settings) -> Result<Scan> {
    if let Some(source) = reading.counts {
        let path = granule.files.first().map(|file| file.path.clone()).unwrap_or_default();
        return field::judge(*source, &path, reading.problems, reading.notes, settings);
    }
    Ok(judge_pixels(granule, reading, settings))
}

/// The same of pixels of hundreds of metres, which are all in memory.
fn judge_pixels(granule: &Granule, reading: Reading, settings: &Settings) -> Scan {
    let mut clock = Clock::start();
    let Some(mut look) = reading.look else {
        let counties = unseen_in(settings.site, true);
        let report =
            GranuleReport { look: Looked::NotOverSite, notes: reading.notes, counties, ..unseen(granule, settings) };
        return Scan {
            seen: None,
            fires: Vec::new(),
            report,
            problems: reading.problems,
            kept_slot: false,
            products: None,
        };
    };
    give_heights(&mut look, settings);
    clock.lap("terrain");
    let mut problems = reading.problems;
    let history = history_of(&look, settings);
    let past = history.as_ref().and_then(|history| past_of(&look, history, settings));
    let Detection { mut fires, mut classes, algorithm, merged, slot, stray_kelvin, judged } = match &look {
        Look::Fixed(scene) => detect::detect_in_time(scene, settings.profile, settings.thresholds, past.as_ref()),
        Look::Swath(scene) => detect::swath::detect(scene, settings.profile, settings.thresholds),
        // its counts were there, or it would be no look
        Look::Map(_) => Detection::nothing(),
    };
    clock.lap("detect");
    let mut kept_slot = false;
    if let (Some(baseline), Some(folder), Some(slot)) = (settings.baseline, baseline_folder(&look, settings), slot) {
        // a full disk must not cost the fires that were found
        match keep(baseline, &folder, &slot) {
            Ok(()) => kept_slot = true,
            Err(error) => problems.push(error),
        }
        clock.lap("baseline");
    }
    let judged = history.as_ref().map(|history| PastShare {
        slots: history.days.len(),
        days: history.days_before(look.time()),
        judged_fraction: judged,
    });
    problems.extend(history.into_iter().flat_map(|history| history.damaged));
    if let (Look::Fixed(scene), Some(ground)) = (&look, settings.ground) {
        ground.place(&mut fires, &scene.grid, &settings.thresholds.place);
    }
    screen::by_circumstances(&mut fires, &settings.thresholds.baseline);
    if let Look::Fixed(scene) = &look {
        screen::solar_glint(&mut fires, &scene.grid, &settings.site.solar_parks, &settings.thresholds.panel);
        mark_fires(&fires, &scene.window, &mut classes);
    }
    place_and_screen(&mut fires, settings);
    // a map that fails must not cost the fires that were found
    problems.extend(screen_by_place(&mut fires, settings).err());
    let shares::Seen { mut counties, is_blind } = shares::of(&look, &classes, settings);
    for share in &mut counties {
        let screened = fires.iter().filter(|fire| fire.is_screened_in(&share.adcode));
        share.screened = screened.map(FirePixel::pixel_count).sum();
    }
    clock.lap("screen");
    let report = GranuleReport {
        look: if is_blind { Looked::Unreadable } else { Looked::Yes },
        notes: reading.notes,
        past: judged,
        stray_kelvin: (stray_kelvin >= settings.thresholds.baseline.stray_kelvin).then_some(stray_kelvin),
        duplicates_merged: merged,
        ..report(&look, &classes, &fires, counties, algorithm, settings.profile, clock.seconds)
    };
    Scan { seen: Some((look, classes)), fires, report, problems, kept_slot, products: None }
}

/// What later looks are compared with of a look, but for what stood out in it: a function of the look alone. `None` for a swath, and where the
/// site is not wholly in its window.
pub fn slot_of(look: &mut Look, settings: &Settings) -> Option<Slot> {
    give_heights(look, settings);
    let none = History::default();
    let past = past_of(look, &none, settings)?;
    let Look::Fixed(scene) = look else { return None };
    detect::detect_in_time(scene, settings.profile, settings.thresholds, Some(&past)).slot
}

/// The height of the ground that each pixel of a fixed grid sees, where there is an elevation model; a swath brings its own.
fn give_heights(look: &mut Look, settings: &Settings) {
    if let (Look::Fixed(scene), Some(ground)) = (look, settings.ground) {
        scene.height_m = Some(ground.heights(scene, &settings.site.bbox()));
    }
}

/// Fires that time alone shows become fires in the classes when no rule explains them.
fn mark_fires(fires: &[FirePixel], window: &Window, classes: &mut Array2<PixelClass>) {
    for fire in fires.iter().filter(|fire| fire.algorithm == detect::TIME_ALONE && fire.verdict == Verdict::Kept) {
        let (Some(line), Some(column)) = (fire.line, fire.column) else { continue };
        let at = (line as usize).checked_sub(window.line0).zip((column as usize).checked_sub(window.column0));
        if let Some(class) = at.and_then(|at| classes.get_mut(at)) {
            *class = PixelClass::Fire;
        }
    }
}

/// Folder of the past slots of a geostationary look.
fn baseline_folder(look: &Look, settings: &Settings) -> Option<PathBuf> {
    let Look::Fixed(scene) = look else { return None };
    settings.baseline.map(|baseline| history::folder(baseline.dir(), &scene.satellite, scene.simulated))
}

fn history_of(look: &Look, settings: &Settings) -> Option<History> {
    let (folder, Look::Fixed(scene)) = (baseline_folder(look, settings)?, look) else { return None };
    Some(History::before(&folder, scene.time))
}

/// The past of a look over the site; `None` where the site is not wholly in its window.
fn past_of<'a>(look: &Look, history: &'a History, settings: &Settings) -> Option<Past<'a>> {
    let Look::Fixed(scene) = look else { return None };
    let window = fixed_grid::window_of(&scene.grid, &settings.site.bbox(), detect::baseline::AROUND)?;
    Some(Past { history, window })
}

/// Keeps a slot; slots that none from its day on needs are taken away, but not by one that claims to be of the future.
fn keep(baseline: Baseline, folder: &Path, slot: &Slot) -> Result<()> {
    // first: no slot is there without what stood out in it
    let hits = history::hits_path_of(folder, slot.time);
    atomic::write_bytes(&hits, &slot.hits_to_bytes().map_err(|error| Error::output(&hits, error))?)?;
    if matches!(baseline, Baseline::Made(_)) {
        return Ok(());
    }
    let kept = keep_slot(folder, slot);
    if kept.is_err() && !history::path_of(folder, slot.time).exists() {
        // a disk that is full keeps neither
        let _ = std::fs::remove_file(&hits);
    }
    kept?;
    let outdated = if slot.time > Utc::now() { Vec::new() } else { history::outdated(folder, slot.time) };
    for old in outdated {
        std::fs::remove_file(&old).map_err(|error| Error::output(&old, error))?;
        if let Some(day) = old.parent() {
            // only where nothing is left in it
            let _ = std::fs::remove_dir(day);
        }
    }
    Ok(())
}

/// Keeps a slot in its satellite's folder, but for what stood out in it.
///
/// # Errors
/// [`Error::Output`].
pub fn keep_slot(folder: &Path, slot: &Slot) -> Result<()> {
    let path = history::path_of(folder, slot.time);
    atomic::write_bytes(&path, &slot.to_bytes().map_err(|error| Error::output(&path, error))?)
}

impl Scan {
    /// Drops the fires that earlier granules of the run already show, and counts anew.
    pub fn yield_to(&mut self, earlier: &[FirePixel]) {
        yield_to(earlier, &mut self.fires, &mut self.report);
    }
}

/// Drops the fires of a look that earlier ones of the run already show, and counts anew.
pub fn yield_to(earlier: &[FirePixel], fires: &mut [FirePixel], report: &mut GranuleReport) {
    screen::delivered_twice(earlier, fires);
    (report.fires_kept, report.fires_dropped) = count(fires);
}

/// Kept fires, and dropped ones by reason.
fn count(fires: &[FirePixel]) -> (usize, BTreeMap<String, usize>) {
    let mut dropped: BTreeMap<String, usize> = BTreeMap::new();
    for reason in fires.iter().filter_map(|fire| fire.verdict.reason()) {
        *dropped.entry(reason.to_string()).or_default() += 1;
    }
    (fires.len() - dropped.values().sum::<usize>(), dropped)
}

/// Gives each fire its county and, unless all regions are wanted, drops it outside.
pub fn place_and_screen(fires: &mut [FirePixel], settings: &Settings) {
    let places: Vec<LonLat> = fires.iter().map(|fire| fire.place).collect();
    for (fire, county) in fires.iter_mut().zip(settings.counties.find_all(&places)) {
        // a cluster whose middle lies outside burns in the county that its edge reaches into
        let county =
            county.or_else(|| settings.counties.find_most(fire.cluster.iter().flat_map(|cluster| cluster.corners())));
        let county = county.map(|i| &settings.site.counties[i].name);
        match settings.region {
            Region::Counties => screen::inside_counties(fire, county),
            Region::Everywhere => fire.county = county.cloned(),
        }
    }
}

/// Seconds of each stage.
struct Clock {
    last: Instant,
    seconds: BTreeMap<String, f64>,
}

impl Clock {
    fn start() -> Self {
        Clock { last: Instant::now(), seconds: BTreeMap::new() }
    }

    fn lap(&mut self, stage: &str) {
        let now = Instant::now();
        self.seconds.insert(stage.to_string(), (now - self.last).as_secs_f64());
        self.last = now;
    }
}

fn report(
    look: &Look,
    classes: &Array2<PixelClass>,
    fires: &[FirePixel],
    counties: Vec<CountyShare>,
    algorithm: &str,
    profile: Profile,
    seconds: BTreeMap<String, f64>,
) -> GranuleReport {
    let mut counts = [0usize; PixelClass::ALL.len()];
    for class in classes {
        counts[*class as usize] += 1;
    }
    let (fires_kept, fires_dropped) = count(fires);
    GranuleReport {
        profile: profile.name().to_string(),
        algorithm: algorithm.to_string(),
        pixels: PixelClass::ALL.iter().map(|class| (class.name().to_string(), counts[*class as usize])).collect(),
        counties,
        fires_kept,
        fires_dropped,
        seconds,
        ..identity(look)
    }
}

/// What is looked with and when.
fn identity(look: &Look) -> GranuleReport {
    let pieces = match look {
        Look::Fixed(_) | Look::Map(_) => Vec::new(),
        Look::Swath(s) => s.pieces.iter().map(|piece| piece.name.clone()).collect(),
    };
    let (granule, satellite, sensor, time, simulated, tir) = match look {
        Look::Fixed(s) => {
            (&s.granule, &s.satellite, s.sensor.as_str(), s.time, s.simulated, s.tir().map(|(_, band)| &band.channel))
        }
        Look::Swath(s) => {
            let tir = s.thermal.get(&BandRole::Tir11).map(|band| &band.channel);
            (&s.granule, &s.satellite, s.instrument.sensor(), s.time, s.simulated, tir)
        }
        Look::Map(s) => (&s.granule, &s.satellite, s.instrument.sensor(), s.time, s.simulated, None),
    };
    GranuleReport {
        pieces,
        satellite: satellite.clone(),
        sensor: sensor.to_string(),
        simulated,
        tir_band: tir.cloned(),
        ..GranuleReport::bare(granule, time)
    }
}

/// Every county as not seen, which is not "no fire".
pub fn unseen_counties(site: &Site) -> Vec<CountyShare> {
    unseen_in(site, false)
}

fn unseen_in(site: &Site, out_of_reach: bool) -> Vec<CountyShare> {
    site.counties.iter().map(|county| shares::unseen(&county.name, out_of_reach)).collect()
}

/// The account of a granule that could not be read.
pub fn unseen(granule: &Granule, settings: &Settings) -> GranuleReport {
    GranuleReport {
        look: Looked::Unreadable,
        profile: settings.profile.name().to_string(),
        counties: unseen_counties(settings.site),
        ..GranuleReport::bare(&granule.name, granule.time)
    }
}
