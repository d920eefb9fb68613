//! `strawfire import`: other people's detections, the same way on.

use super::kept::Kept;
use super::{Common, Outcome, make_folder};
use crate::deliver::scan_report::{InputError, ScanReport};
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::ingest::feeds::{self, Format};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::imported::accounts;
use crate::pipeline::outputs::{Appendix, Imagery, Outputs};
use crate::pipeline::{Settings, place_and_screen, screen_by_place};
use crate::thresholds::{Profile, Thresholds};
use crate::time::Utc;
use clap::Args;
use std::path::PathBuf;

/// Which lists are brought in.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    common: Common,
    /// firms (MODIS or VIIRS CSV), wlf (JAXA P-Tree CSV) or cspp-af (CSPP active fire text).
    #[arg(long)]
    format: String,
    /// The lists.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Rejected lines said one by one; the rest is counted.
const LINES_SAID: usize = 10;

impl Import {
    /// Imports and writes.
    pub fn run(&self) -> Result<Outcome> {
        let format = Format::from_name(&self.format).ok_or_else(|| {
            Error::config("--format", &self.format, Format::NAMES.join(", "), "name the format of the lists")
        })?;
        let site = self.common.site.load()?;
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let thresholds = Thresholds::default();
        let territory = super::load_territory(&site)?;
        let places = super::load_places(&site)?;
        make_folder(&self.common.out)?;
        let settings =
            Settings { profile: Profile::Reference, ..Settings::new(&site, &counties, &thresholds, &places) };
        let inputs = self.files.iter().map(|path| path.display().to_string()).collect();
        let report = ScanReport::new(inputs);
        let mut outputs = Outputs {
            fires: Vec::new(),
            report,
            without_granule: Vec::new(),
            tells_coverage: false,
            read: 0,
            imagery: Imagery::default(),
            picture: None,
            known: None,
            appendix: Appendix::default(),
        };
        let (now, mut done, mut failed) = (Utc::now(), 0, 0);
        for file in &self.files {
            match feeds::read(format, file) {
                Ok(mut feed) => {
                    feed.doubt_future(now);
                    done += 1;
                    let is_sound = feed.rejected.is_empty() && feed.doubts.is_empty() && feed.future.is_empty();
                    failed += usize::from(!is_sound);
                    say_rejected(file, &feed, &mut outputs.report);
                    super::say_dropped(file, &feed);
                    outputs.fires.extend(feed.pixels);
                }
                Err(error) => {
                    tracing::error!("{error}");
                    failed += 1;
                    outputs.report.errors.push(InputError::of(&error));
                }
            }
        }
        let repeats = feeds::drop_repeats(&mut outputs.fires);
        if repeats > 0 {
            tracing::info!("{repeats} detections were in the lists twice and count once");
        }
        place_and_screen(&mut outputs.fires, &settings);
        if let Err(error) = screen_by_place(&mut outputs.fires, &settings) {
            tracing::error!("{error}");
            failed += 1;
            outputs.report.errors.push(InputError::of(&error));
        }
        outputs.report.granules = accounts(&outputs.fires);
        outputs.report.simulated = outputs.fires.iter().any(|fire| fire.simulated);
        let mut kept = Kept::open("import", &settings, &territory);
        for list in &outputs.report.granules {
            let fires: Vec<FirePixel> =
                outputs.fires.iter().filter(|fire| fire.granule == list.granule).cloned().collect();
            kept.take(list, &fires, false);
        }
        outputs.known = kept.events(&outputs.fires);
        if let Some(said) = Outputs::would_only_hide(&self.common.out, done, failed) {
            super::say(&said)?;
            kept.finish()?;
            return Ok(Outcome::of(done, failed));
        }
        outputs.read = done;
        super::say_written(outputs.write(&self.common.out, self.common.all, &settings, &territory))?;
        kept.finish()?;
        Ok(Outcome::of(done, failed))
    }
}

/// Says what of a list could not be read: the first lines one by one, all in scan.json.
fn say_rejected(file: &std::path::Path, feed: &feeds::Feed, report: &mut ScanReport) {
    let name = file.display();
    let rejected = feed.rejected.iter().map(|r| (r, "the line is left out"));
    let doubts = feed.doubts.iter().map(|r| (r, "the fire is kept without that value"));
    let future = feed.future.iter().map(|r| (r, "the fire is kept as it stands: check the date of the list"));
    for (i, (line, outcome)) in rejected.chain(doubts).chain(future).enumerate() {
        let message = format!("line {}: {}; {outcome}", line.line, line.reason);
        match i {
            0..LINES_SAID => tracing::error!("{name} {message}"),
            LINES_SAID => tracing::error!("{name}: more lines of this kind are in scan.json"),
            _ => {}
        }
        report.errors.push(InputError { file: name.to_string(), message });
    }
}
