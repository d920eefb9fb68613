//! Static sources of heat, learned from the past and merged into the site's list: what people set there stays.

use super::of_key;
use crate::deliver::{atomic, folder};
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::history::recurrence::{Detection, static_cells};
use crate::ingest::feeds::answers::Answer;
use crate::ingest::feeds::fires_geojson::is_heat;
use crate::layers::static_sources::SourceList;
use crate::screen::static_learn::{Merged, take_answers, take_cells};
use crate::site::Site;
use crate::store::Store;
use crate::thresholds::{StaticProfile, StaticThresholds};
use crate::time::Utc;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Days of the store that are learned from: a year, so that each season counts, and some more for those who burn a little later.
pub const PAST_DAYS: f64 = 400.0;

/// What is learned from.
pub struct Past<'a> {
    /// Heat that was seen.
    pub detections: &'a [Detection],
    /// What officers found.
    pub answers: &'a [Answer],
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The list.
    pub list: PathBuf,
    /// Detections that were learned from.
    pub detections: usize,
    /// Places where heat came back.
    pub cells: usize,
    /// What became of those places.
    pub merged: Merged,
    /// What became of the answers; `None` where there were none.
    pub asked: Option<(usize, Merged)>,
    /// Rows of the list, and those of them that count.
    pub rows: usize,
    /// See `rows`.
    pub counting: usize,
}

/// Where the list of a site is, or will be.
pub fn list_of(site: &Site) -> PathBuf {
    site.layers.static_sources.clone().unwrap_or_else(|| site.dir.join("static_sources.csv"))
}

/// Learns and merges into a list, which is made where it is not there; one that cannot be read is never written over.
///
/// # Errors
/// [`Error::Config`] where the list cannot be read, [`Error::Output`] where it cannot be written.
pub fn learn(site: &Site, list: &Path, past: &Past<'_>, profile: StaticProfile) -> Result<Learned> {
    let t = StaticThresholds::default();
    let cells = static_cells(past.detections, profile, &t);
    // from reading to renaming: what another run adds meanwhile would be lost
    let _alone = folder::locked(folder_of(list)?)?;
    let mut sources = list_so_far(site, list)?;
    let merged = take_cells(&mut sources, &cells, &t);
    let asked = take_answers(&mut sources, past.answers, &t);
    atomic::write_bytes(list, sources.to_csv().as_bytes())?;
    Ok(Learned {
        list: list.to_path_buf(),
        detections: past.detections.len(),
        cells: cells.len(),
        merged,
        asked: (!past.answers.is_empty()).then_some((past.answers.len(), asked)),
        rows: sources.rows.len(),
        counting: sources.rows.iter().filter(|row| row.counts()).count(),
    })
}

/// Learns from the fires of a store of the last [`PAST_DAYS`] days by the published rule. The simulator's count only where that is
/// allowed: a site must not learn from it.
///
/// # Errors
/// [`Error::Store`], and as [`learn`].
pub async fn learn_from_store(
    store: &Store,
    site: &Site,
    list: &Path,
    allow_simulated: bool,
    now: Utc,
) -> Result<Learned> {
    let past = now.plus_seconds(-86_400.0 * PAST_DAYS).unwrap_or(Utc::UNIX_EPOCH)..now;
    let fires = store.view().await?.fires_in(&past).await?;
    let detections = detections(&fires, allow_simulated);
    learn(site, list, &Past { detections: &detections, answers: &[] }, StaticProfile::PersistentAndNight)
}

/// Heat among the fires of a store. Their class is not taken over: what a list of sources made of it must not prove the list.
fn detections(fires: &[FirePixel], allow_simulated: bool) -> Vec<Detection> {
    let counts = |fire: &&FirePixel| is_heat(fire.verdict.reason()) && (allow_simulated || !fire.simulated);
    fires.iter().filter(counts).map(|fire| Detection { stated: false, ..Detection::of(fire) }).collect()
}

impl Learned {
    /// As a person reads it, a line each.
    pub fn told(&self, profile: StaticProfile) -> String {
        let Learned { merged, rows, counting, .. } = self;
        let mut text = format!(
            "{} static cells by profile {} in {} detections: {} new, {} brought up to date, {} rejected before\n",
            self.cells,
            profile.name(),
            self.detections,
            merged.added,
            merged.updated,
            merged.rejected
        );
        if let Some((answers, asked)) = &self.asked {
            let _ = writeln!(text, "{} places proposed by {answers} answers", asked.added);
        }
        let waiting = "the others wait for a person to set accepted, or were rejected";
        let _ = writeln!(text, "{rows} rows, of which {counting} count; {waiting}");
        let _ = writeln!(text, "written:\n  {}", self.list.display());
        text
    }
}

/// What the list holds so far.
fn list_so_far(site: &Site, path: &Path) -> Result<SourceList> {
    if !path.exists() {
        return Ok(SourceList::default());
    }
    SourceList::read(path).map_err(|error| of_key(site, "layers.static_sources", &error))
}

/// The folder of a file, made where it is not there.
fn folder_of(path: &Path) -> Result<&Path> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
    Ok(folder)
}
