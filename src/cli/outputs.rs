//! What a run leaves behind: the files of the interface, and the list on the terminal.

use crate::deliver::quicklook::{self, Look, Quicklook};
use crate::deliver::scan_report::{CountyShare, ScanReport};
use crate::deliver::{geojson, hotspots_csv, hotspots_xlsx};
use crate::error::{Error, Result};
use crate::fire::{FireEvent, FirePixel, Verdict};
use crate::fuse;
use crate::ingest::geometry::fixed_grid;
use crate::pipeline::{Region, Settings};
use crate::scene::{PixelClass, Scene};
use ndarray::Array2;
use std::fmt::Write as _;
use std::path::Path;

/// Fires and account of a run.
pub struct Outputs {
    /// All fires, kept and dropped.
    pub fires: Vec<FirePixel>,
    /// The account.
    pub report: ScanReport,
    /// What was seen of the counties where no granule says so: nothing for a scan, not stated (empty) for lists of
    /// others.
    pub without_granule: Vec<CountyShare>,
}

/// The scene that is drawn: the one with the most kept fires, of equals the last.
pub struct Picture {
    /// The scene.
    pub scene: Scene,
    /// Class of its pixels.
    pub classes: Array2<PixelClass>,
    /// Fires kept in it.
    pub kept: usize,
}

impl Outputs {
    /// Writes all files into `out` and prints the list. Lists hold the kept fires, with `all` the dropped ones too.
    pub fn write(mut self, out: &Path, all: bool, settings: &Settings, picture: Option<&Picture>) -> Result<()> {
        let events = fuse::fuse(&self.fires, |place| settings.county_of(place));
        let shares = if self.report.granules.is_empty() {
            std::mem::take(&mut self.without_granule)
        } else {
            mean_shares(&self.report)
        };
        self.fires.retain(|fire| all || fire.verdict == Verdict::Kept);
        let path = |name: &str| out.join(name);
        geojson::write_fires(&path("fires.geojson"), &self.fires)?;
        geojson::write_events(&path("events.geojson"), &events)?;
        hotspots_csv::write(&path("hotspots.csv"), &self.fires)?;
        let heading = hotspots_xlsx::Heading {
            site: &settings.site.name,
            simulated: self.report.simulated,
            events: &events,
            observed: &shares,
        };
        hotspots_xlsx::write(&path("hotspots.xlsx"), &self.fires, heading)?;
        let mut names = vec!["fires.geojson", "events.geojson", "hotspots.csv", "hotspots.xlsx"];
        match picture {
            Some(picture) => {
                draw(&path("quicklook.png"), picture, &self.fires, settings)?;
                names.push("quicklook.png");
            }
            None => remove_stale(&path("quicklook.png"))?,
        }
        names.push("scan.json");
        self.report.files = names.iter().map(|name| path(name).display().to_string()).collect();
        self.report.write(&path("scan.json"))?;
        print(&events, &shares, &self.report)
    }
}

/// A picture of an earlier run must not stand beside the lists of this one.
fn remove_stale(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::output(path, error)),
        _ => Ok(()),
    }
}

/// Pixels around the counties on the picture.
const MARGIN: usize = 8;

fn draw(path: &Path, picture: &Picture, fires: &[FirePixel], settings: &Settings) -> Result<()> {
    let whole = &picture.scene;
    let around_site = match settings.region {
        Region::Counties => fixed_grid::window_of(&whole.grid, &settings.site.bbox(), MARGIN),
        Region::Everywhere => None,
    };
    let cut = around_site.and_then(|window| whole.cut(&window));
    let scene = cut.as_ref().unwrap_or(whole);
    let (line0, column0) = (scene.window.line0 - whole.window.line0, scene.window.column0 - whole.window.column0);
    let of_scene: Vec<FirePixel> = fires.iter().filter(|fire| fire.granule == scene.granule).cloned().collect();
    quicklook::write(
        path,
        &Quicklook {
            scene,
            counties: &settings.site.counties,
            fires: &of_scene,
            project: &|place| fixed_grid::to_grid(&scene.grid, place),
            look: &|line, column| look(picture.classes[(line + line0, column + column0)]),
        },
    )
}

fn look(class: PixelClass) -> Look {
    match class {
        PixelClass::Clear | PixelClass::Fire => Look::Clear,
        PixelClass::Cloud => Look::Cloud,
        PixelClass::Water => Look::Water,
        _ => Look::Missing,
    }
}

/// Share of each county seen, over all looks of the run; a look that failed counts as nothing seen.
fn mean_shares(report: &ScanReport) -> Vec<CountyShare> {
    let mut shares: Vec<CountyShare> = Vec::new();
    let looks = report.granules.len() as f64;
    for granule in &report.granules {
        for share in &granule.counties {
            let part = |fraction: f64| fraction / looks;
            match shares.iter_mut().find(|s| s.adcode == share.adcode) {
                Some(sum) => {
                    sum.pixels = sum.pixels.max(share.pixels);
                    sum.observed_fraction += part(share.observed_fraction);
                    sum.cloud_fraction += part(share.cloud_fraction);
                    sum.missing_fraction += part(share.missing_fraction);
                }
                None => shares.push(CountyShare {
                    observed_fraction: part(share.observed_fraction),
                    cloud_fraction: part(share.cloud_fraction),
                    missing_fraction: part(share.missing_fraction),
                    ..share.clone()
                }),
            }
        }
    }
    shares
}

/// The list as the duty desk reads it, then the files.
fn print(events: &[FireEvent], shares: &[CountyShare], report: &ScanReport) -> Result<()> {
    super::say(&list(events, shares, report))
}

/// Events that are printed; the files have them all.
const PRINTED: usize = 50;

fn list(events: &[FireEvent], shares: &[CountyShare], report: &ScanReport) -> String {
    let mut text = String::new();
    let simulated = if report.simulated { "(模拟数据,非真实火点 SIMULATED)" } else { "" };
    let _ = writeln!(text, "疑似火点清单{simulated} 共 {} 处,尚未经现场核实", events.len());
    for (number, event) in (1..).zip(events.iter().take(PRINTED)) {
        let county = event.county.as_ref().map_or("县界以外", |county| county.name.as_str());
        let power = event.max_frp_mw.map_or("功率未知".to_string(), |frp| format!("{frp:.0} MW"));
        let error = event.position_error_m.map_or(String::new(), |m| format!(" 定位误差约 {:.1} km", m / 1000.0));
        let _ = writeln!(
            text,
            "  {number}. {} {county} 东经 {:.4} 北纬 {:.4} {power} {} 个像元 置信度{}{error}",
            event.first_seen.beijing(),
            event.place.lon(),
            event.place.lat(),
            event.detections,
            match event.confidence {
                crate::fire::Confidence::Low => "低",
                crate::fire::Confidence::Nominal => "中",
                crate::fire::Confidence::High => "高",
            }
        );
    }
    if events.len() > PRINTED {
        let _ = writeln!(text, "  其余 {} 处见 events.geojson", events.len() - PRINTED);
    }
    for share in shares {
        let fires = events.iter().filter(|e| e.county.as_ref().is_some_and(|c| c.adcode == share.adcode)).count();
        let _ = writeln!(text, "  {}: {}", share.name, share.sentence(fires));
    }
    if !shares.is_empty() {
        let _ = writeln!(text, "  不包括云覆盖下的火点信息");
    }
    let _ = writeln!(text, "written:");
    for file in &report.files {
        let _ = writeln!(text, "  {file}");
    }
    if !report.errors.is_empty() {
        let _ = writeln!(text, "{} inputs or lines could not be read: see errors in scan.json", report.errors.len());
    }
    text
}
