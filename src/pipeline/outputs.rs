//! What a run leaves behind: the files of the interface, and the list as the duty desk reads it.

use super::field::events::Cut;
use super::{Settings, field};
use crate::assign::neighbours;
use crate::assign::territory::Territory;
use crate::deliver::coverage::{CoverageRow, of_run, smallest};
use crate::deliver::folder::Stage;
use crate::deliver::hotspots_xlsx::NOTHING_READ;
use crate::deliver::reasons::spoken_reason;
use crate::deliver::scan_report::{self, CountyShare, GranuleReport, ScanReport, Screened};
use crate::deliver::sheet::Table;
use crate::deliver::{atomic, coverage, folder, geojson, hotspots_csv, hotspots_xlsx};
use crate::error::{Error, Result};
use crate::fire::{DropReason, FireEvent, FirePixel, Verdict};
use crate::fuse;
use crate::ingest::map::MapSource;
use crate::place::LonLat;
use crate::schedule::SlotAccount;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The picture of a run; drawn while its scene is at hand.
pub const PICTURE: &str = "quicklook.png";
/// Folder of the pieces of imagery of events.
pub const CHIPS: &str = "chips";
/// What was seen of each county, as a map and as a table.
pub const COVERAGE: [&str; 2] = ["coverage.geojson", "coverage.csv"];

/// Fires and account of a run.
pub struct Outputs {
    /// All fires, kept and dropped.
    pub fires: Vec<FirePixel>,
    /// The account.
    pub report: ScanReport,
    /// What was seen of the counties where no granule says so: nothing for a scan, not stated (empty) for lists of
    /// others.
    pub without_granule: Vec<CountyShare>,
    /// Whether the inputs say what was seen; lists of others do not.
    pub tells_coverage: bool,
    /// Inputs that were read: of a run that read none, no fire is no answer.
    pub read: usize,
    /// What imagery on maps left beside its fires.
    pub imagery: Imagery,
    /// The picture, as PNG, where a scene is drawn.
    pub picture: Option<Vec<u8>>,
    /// The events that the fires belong to, where a store knows them: with what was seen of them before, under the ids that officers
    /// know.
    pub known: Option<Vec<FireEvent>>,
    /// What a list of a period has beyond that of a run.
    pub appendix: Appendix,
}

/// What imagery on maps leaves beside its fires.
#[derive(Default)]
pub struct Imagery {
    /// Masks that are written.
    pub masks: Vec<PathBuf>,
    /// Products, to cut pictures of events from.
    pub maps: Vec<MapSource>,
}

/// What a list of a period has beyond that of a run.
#[derive(Debug, Clone, Default)]
pub struct Appendix {
    /// What it is of, for its head.
    pub of: Option<String>,
    /// Further sheets of the workbook.
    pub tables: Vec<Table>,
    /// Further lines of the printed list.
    pub lines: Vec<String>,
}

/// What the fires and looks come to.
struct Found<'a> {
    events: &'a [FireEvent],
    neighbours: &'a [neighbours::Neighbour],
    shares: &'a [CountyShare],
    rows: &'a [CoverageRow],
    /// What looked, and when.
    looks: &'a str,
    /// What the lists cannot show: said wherever they are read.
    cautions: &'a [String],
    /// What rules took for no fire inside the counties, in words; empty where nothing was.
    screened: &'a str,
    /// Not one input could be read.
    nothing_read: bool,
}

/// The list, and what became of its files.
pub struct Written {
    /// The list; the desk hears of the fires even where they cannot be written.
    pub text: String,
    /// The events on it, and how much of each county was seen.
    pub events: Vec<FireEvent>,
    /// See `events`.
    pub shares: Vec<CountyShare>,
    /// Pieces of imagery that were cut of the events.
    pub chips: Vec<PathBuf>,
    /// The products that they were cut of.
    pub maps: Vec<MapSource>,
    /// [`Error::Output`] where a file could not be written.
    pub written: Result<()>,
}

impl Outputs {
    /// Writes all files into `out` and gives the list. Lists hold the kept fires, with `all` the dropped ones too.
    pub fn write(mut self, out: &Path, all: bool, settings: &Settings, territory: &Territory) -> Written {
        territory.place(&mut self.fires);
        let fused = self
            .known
            .take()
            .unwrap_or_else(|| fuse::fuse(&self.fires, &settings.thresholds.fuse, |place| settings.county_of(place)));
        let (mut events, outside): (Vec<FireEvent>, Vec<FireEvent>) = fused.into_iter().partition(|event| event.inside);
        events.iter_mut().for_each(|event| territory.assign(event));
        let neighbours = neighbours::neighbours(outside, settings.site);
        let rows = coverage::rows(&self.report, settings.site, &settings.thresholds.smallest_fire);
        let shares = if self.report.granules.is_empty() || !self.tells_coverage {
            std::mem::take(&mut self.without_granule)
        } else {
            of_run::shares(&self.report, &rows, settings.site)
        };
        let (looks, screened, cautions) = (self.looks(), screened(&self.fires), self.cautions(settings));
        self.report.screened = Screened::of(&self.fires);
        self.fires.retain(|fire| all || fire.verdict == Verdict::Kept);
        let mut names = vec!["fires.geojson", "events.geojson", "neighbours.geojson", "hotspots.csv", "hotspots.xlsx"];
        names.extend(self.picture.as_ref().map(|_| PICTURE));
        names.extend(COVERAGE.iter().filter(|_| self.tells_coverage));
        names.push("scan.json");
        self.report.files = names.iter().map(|name| out.join(name).display().to_string()).collect();
        self.report.files.extend(self.imagery.masks.iter().map(|path| path.display().to_string()));
        let found = Found {
            events: &events,
            neighbours: &neighbours,
            shares: &shares,
            rows: &rows,
            looks: &looks,
            cautions: &cautions,
            screened: &screened,
            nothing_read: self.read == 0 && events.is_empty(),
        };
        let mut chips = Vec::new();
        let written = folder::alone_in(out).and_then(|_alone| {
            self.publish(out, &names, &found, settings)?;
            // a picture is not worth the list: they come when it is there
            chips = self.cut_chips(out, &events);
            Ok(())
        });
        let lines: String = self.appendix.lines.iter().map(|line| format!("  {line}\n")).collect();
        let text = list(&found, &self.report) + &lines + &files_said(&self.report.files, &written);
        Written { text, events, shares, chips, maps: self.imagery.maps, written }
    }

    /// Cuts the pieces of imagery, in the place of those of an earlier run, and says so in the account. What fails here costs no list.
    fn cut_chips(&mut self, out: &Path, events: &[FireEvent]) -> Vec<PathBuf> {
        let chips = out.join(CHIPS);
        let stale = field::leftovers::remove(out, &chips, &self.imagery.masks);
        let Cut { paths, problems, left_out } = field::events::cut(&self.imagery.maps, events, &self.fires, &chips);
        for error in stale.iter().chain(&problems) {
            tracing::warn!("{error}");
        }
        for (name, note) in &left_out {
            tracing::warn!("{name}: {note}");
            let granules = self.report.granules.iter_mut().filter(|granule| granule.granule == *name);
            granules.for_each(|granule| granule.notes.push(note.clone()));
        }
        if paths.is_empty() && left_out.is_empty() {
            return paths;
        }
        self.report.files.extend(paths.iter().map(|path| path.display().to_string()));
        // where this fails the account without the pictures stays, and it is right but for them
        if let Err(error) = self.report.write(&out.join("scan.json")) {
            tracing::error!("{error}");
        }
        paths
    }

    /// What looked; of lists of others which satellites they have fires of.
    fn looks(&self) -> String {
        if self.tells_coverage {
            let looks = self.report.looks();
            return self.appendix.of.as_ref().map_or(looks.clone(), |of| format!("{of}; {looks}"));
        }
        let of = |fire: &FirePixel| (format!("{} {}", fire.satellite, fire.sensor), fire.time);
        scan_report::headed(&scan_report::spans(self.fires.iter().map(of)))
    }

    /// What the lists cannot show.
    fn cautions(&self, settings: &Settings) -> Vec<String> {
        let mut cautions = vec![scan_report::CAUTION.to_string()];
        if self.tells_coverage {
            cautions.extend(smallest::spoken(&self.report, settings.site, &settings.thresholds.smallest_fire));
        }
        if !self.tells_coverage || self.report.granules.iter().any(GranuleReport::is_list) {
            cautions.push(OF_LISTS.to_string());
        }
        cautions.extend(self.report.limits());
        cautions
    }

    /// Writes all files beside those of an earlier run, then puts them in their places: a full disk costs nothing that was there.
    /// Nobody else may write into the folder.
    fn publish(&self, out: &Path, names: &[&str], found: &Found, settings: &Settings) -> Result<()> {
        let stage = Stage::within(out)?;
        let simulated = self.report.simulated;
        geojson::write_fires(&stage.path("fires.geojson"), &self.fires, simulated)?;
        geojson::write_events(&stage.path("events.geojson"), found.events, simulated)?;
        geojson::write_neighbours(&stage.path("neighbours.geojson"), found.neighbours, simulated)?;
        hotspots_csv::write(&stage.path("hotspots.csv"), &self.fires)?;
        self.write_coverage(&stage, found.rows, settings)?;
        let slots = self.report.slots.iter().map(SlotAccount::spoken);
        let cautions: Vec<String> = found.cautions.iter().cloned().chain(slots).collect();
        let heading = hotspots_xlsx::Heading {
            site: &settings.site.name,
            simulated,
            looks: found.looks,
            cautions: &cautions.join("; "),
            events: found.events,
            observed: found.shares,
            nothing_read: found.nothing_read,
            tables: &self.appendix.tables,
        };
        hotspots_xlsx::write(&stage.path("hotspots.xlsx"), &self.fires, heading)?;
        if let Some(picture) = &self.picture {
            atomic::write_bytes(&stage.path(PICTURE), picture)?;
        }
        self.report.write(&stage.path("scan.json"))?;
        let gone: Vec<&str> = [PICTURE].into_iter().chain(COVERAGE).filter(|name| !names.contains(name)).collect();
        stage.publish(names, &gone)
    }

    /// Writes what was seen, where the inputs say it.
    fn write_coverage(&self, stage: &Stage, rows: &[CoverageRow], settings: &Settings) -> Result<()> {
        let [map, table] = COVERAGE.map(|name| stage.path(name));
        if !self.tells_coverage {
            tracing::info!("lists do not say what was seen: no {} or {} is written", COVERAGE[0], COVERAGE[1]);
            return Ok(());
        }
        coverage::write_geojson(&map, rows, settings.site)?;
        coverage::write_csv(&table, rows)
    }

    /// What is to be said where an earlier result stays because this run read nothing: a mistyped name must not make a list of fires
    /// one without.
    pub fn would_only_hide(out: &Path, done: usize, failed: usize) -> Option<String> {
        let hides = done == 0 && failed > 0 && out.join("scan.json").exists();
        hides.then(|| {
            tracing::error!(
                "nothing could be read: the lists in {} are those of an earlier run and stay as they were",
                out.display()
            );
            format!("{NOTHING_READ}; {} 中的清单为上次运行所存, 未改动\n", out.display())
        })
    }
}

/// What a list of others does not say.
const OF_LISTS: &str = "清单不说明哪些地方、何时被观测过, 也不说明能发现多小的火: 未列出不等于无火";

/// What rules took for no fire inside the counties, in words; empty where nothing was.
fn screened(fires: &[FirePixel]) -> String {
    let mut counts: BTreeMap<DropReason, usize> = BTreeMap::new();
    for fire in fires.iter().filter(|fire| fire.county.is_some()) {
        if let Verdict::Dropped(reason) = fire.verdict {
            *counts.entry(reason).or_default() += fire.pixel_count();
        }
    }
    let said = counts.iter().filter_map(|(reason, count)| Some(format!("{} {count}", reason.spoken()?)));
    said.collect::<Vec<_>>().join("、")
}

/// `东经 102.1036 北纬 36.4721`, as it is read aloud.
fn spoken(place: LonLat) -> String {
    let (east, north) =
        (if place.lon() < 0.0 { "西经" } else { "东经" }, if place.lat() < 0.0 { "南纬" } else { "北纬" });
    format!("{east} {:.4} {north} {:.4}", place.lon().abs(), place.lat().abs())
}

/// First line of an event: when, what saw it, where, how strong and how sure.
fn what(event: &FireEvent) -> String {
    let county = event.county.as_ref().map_or("县界以外", |county| county.name.as_str());
    let power = event.max_frp_mw.map_or("功率未知".to_string(), |frp| format!("{frp:.0} MW"));
    let error = match event.position_error_m {
        Some(metres) if metres < 100.0 => format!(" 定位误差约 {metres:.0} 米"),
        Some(metres) => format!(" 定位误差约 {:.1} km", metres / 1000.0),
        None => String::new(),
    };
    let when = scan_report::interval(event.first_seen, event.last_seen);
    format!(
        "{when} {} {county} {} {power} {} 次观测 {} 个探测 {} 置信度{}{error}",
        event.sources.join("、"),
        spoken(event.place),
        event.looks,
        event.detections,
        event.confirmation.spoken(),
        event.confidence.spoken(),
    )
}

/// Second line: whose it is, and what it is taken for.
fn whose(event: &FireEvent) -> String {
    let near =
        if event.candidates.is_empty() { None } else { Some(format!("附近: {}", event.candidates.join("、"))) };
    let parts = [
        event.township.clone(),
        near,
        event.grid_cell.as_ref().map(|cell| format!("网格 {cell}")),
        event.responsible.as_ref().map(|post| format!("责任岗位: {post}")),
        Some(format!("类别: {}", event.class.spoken())),
        (!event.reasons.is_empty()).then(|| format!("依据: {}", event.reasons.join("; "))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Events that are printed; the files have them all.
const PRINTED: usize = 50;

/// The list as the duty desk reads it.
fn list(found: &Found, report: &ScanReport) -> String {
    let mut text = String::new();
    let simulated = if report.simulated { "(模拟数据,非真实火点 SIMULATED)" } else { "" };
    let count = if found.nothing_read { NOTHING_READ.to_string() } else { format!("共 {} 处", found.events.len()) };
    let _ = writeln!(text, "疑似火点清单{simulated} {count}");
    let _ = writeln!(text, "  {}\n  坐标系 WGS84", found.looks);
    for granule in report.granules.iter().filter(|granule| granule.is_list()) {
        let _ = writeln!(text, "  {}: 保留 {} 条, {}", granule.granule, granule.fires_kept, left_out(granule));
    }
    for (number, event) in (1..).zip(found.events.iter().take(PRINTED)) {
        let _ = writeln!(text, "  {number}. {}\n     {}", what(event), whose(event));
    }
    if found.events.len() > PRINTED {
        let _ = writeln!(text, "  其余 {} 处见 events.geojson", found.events.len() - PRINTED);
    }
    for share in found.shares {
        let fires = found.events.iter().filter(|event| event.touches(&share.adcode)).count();
        let _ = writeln!(text, "  {}: {}", share.name, share.sentence(fires));
    }
    for caution in found.cautions {
        let _ = writeln!(text, "  {caution}");
    }
    if !found.screened.is_empty() {
        let _ = writeln!(text, "  判为非火点, 未列入(像元数, 用 --all 查看): {}", found.screened);
    }
    for account in &report.slots {
        let _ = writeln!(text, "  {}", account.spoken());
    }
    for (granule, note) in report.notes() {
        let _ = writeln!(text, "  {granule}: {}", note.spoken());
    }
    if let Some(shown) = report.picture_of.as_ref().filter(|_| report.granules.len() > 1) {
        let _ = writeln!(text, "  {PICTURE} 只画一次观测: {shown}");
    }
    text
}

/// The files after `written:`, or which could not be written; the log says why.
pub fn files_said(files: &[String], written: &Result<()>) -> String {
    match written {
        Ok(()) => format!("written:\n{}", files.iter().map(|file| format!("  {file}\n")).collect::<String>()),
        Err(Error::Output { path, .. }) => format!("未能写出 {}: 以上内容没有存入文件\n", path.display()),
        Err(_) => "未能写出: 以上内容没有存入文件\n".to_string(),
    }
}

/// `未列入 12 条(县界以外 10、固定热源 2)`: what of a list is not on ours, and why.
fn left_out(granule: &GranuleReport) -> String {
    let dropped: usize = granule.fires_dropped.values().sum();
    let why = |(reason, count): (&String, &usize)| format!("{} {count}", spoken_reason(reason));
    let reasons: Vec<String> = granule.fires_dropped.iter().map(why).collect();
    match reasons.is_empty() {
        true => format!("未列入 {dropped} 条"),
        false => format!("未列入 {dropped} 条({})", reasons.join("、")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Utc;

    #[test]
    fn files_that_were_not_written_are_not_said_to_be() {
        let files = ["a".to_string(), "b".to_string()];
        assert_eq!(files_said(&files, &Ok(())), "written:\n  a\n  b\n");
        let failed = files_said(&files, &Err(Error::output("a", "no space left")));
        assert_eq!(failed, "未能写出 a: 以上内容没有存入文件\n");
    }

    /// Words: the table of reasons in README.
    #[test]
    fn what_is_left_out_is_said_with_its_reasons() {
        let bare = || GranuleReport::bare("list", Utc::parse("2025-10-20T05:30:00Z").expect("a time"));
        assert_eq!(left_out(&bare()), "未列入 0 条");
        let dropped = [("outside_counties", 10), ("static_source", 2), ("delivered_twice", 1)];
        let fires_dropped = dropped.map(|(reason, count)| (reason.to_string(), count)).into();
        let said = left_out(&GranuleReport { fires_dropped, ..bare() });
        assert_eq!(said, "未列入 13 条(重复资料 1、县界以外 10、固定热源 2)");
    }
}
