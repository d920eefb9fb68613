//! `scan.json`: what was looked at, what could not be looked at, and what came of it.

use super::{PROGRAM, PROGRAM_VERSION, atomic};
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::ingest::Note;
use crate::schedule::{self, Given, PlannedGap, SlotAccount};
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The detector of VIIRS' M bands.
pub const COARSE_VIIRS: &str = "viirs-750m";

/// The report of one run.
#[derive(Debug, Clone, Serialize)]
pub struct ScanReport {
    /// Name of the program.
    pub program: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Whether any granule was made by the simulator.
    pub simulated: bool,
    /// Inputs as they were given.
    pub inputs: Vec<String>,
    /// Inputs that could not be read.
    pub errors: Vec<InputError>,
    /// Granules in the order of time.
    pub granules: Vec<GranuleReport>,
    /// Hot pixels in the counties that rules took for no fire, by time and id: `fires.geojson` has them with `--all` alone.
    pub screened: Vec<Screened>,
    /// Of each geostationary satellite the slots between its first and its last: looked at, planned gaps, absent.
    pub slots: Vec<SlotAccount>,
    /// Looks that were expected and are not there, where somebody kept account of that: the station does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missed>,
    /// The look that quicklook.png shows: the one with the most kept fires, of equals the last.
    pub picture_of: Option<String>,
    /// Paths of the files written.
    pub files: Vec<String>,
}

/// A hot pixel that a rule took for no fire.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Screened {
    /// Id of the fire pixel.
    pub id: String,
    /// When it was seen.
    pub time: Utc,
    /// Satellite.
    pub satellite: String,
    /// Sensor.
    pub sensor: String,
    /// Detector.
    pub algorithm: String,
    /// County.
    pub adcode: String,
    /// Pixels that it is made of, where these are of tens of metres and touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_count: Option<u32>,
    /// The rule.
    pub reason: &'static str,
}

impl Screened {
    /// Those of the fires of a run.
    pub fn of(fires: &[FirePixel]) -> Vec<Screened> {
        let of = |fire: &FirePixel| {
            let adcode = fire.county.as_ref().filter(|county| fire.is_screened_in(&county.adcode))?.adcode.clone();
            Some(Screened {
                id: fire.id.clone(),
                time: fire.time,
                satellite: fire.satellite.clone(),
                sensor: fire.sensor.clone(),
                algorithm: fire.algorithm.clone(),
                adcode,
                pixel_count: fire.cluster.as_ref().map(|cluster| cluster.pixels),
                reason: fire.verdict.reason()?,
            })
        };
        let mut screened: Vec<Screened> = fires.iter().filter_map(of).collect();
        screened.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        screened
    }
}

/// An input that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputError {
    /// The file.
    pub file: String,
    /// What was found, what was expected, what to do.
    pub message: String,
}

/// A look that was expected and is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missed {
    /// When it was to begin.
    pub time: Utc,
    /// Satellite.
    pub satellite: String,
    /// Why it is not there, as a desk reads it.
    pub why: String,
}

/// What one granule gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GranuleReport {
    /// Name of the granule.
    pub granule: String,
    /// Granules that were joined to this look, where there were several; a fire names its own.
    pub pieces: Vec<String>,
    /// Whether it looked at the site at all.
    pub look: Looked,
    /// Satellite.
    pub satellite: String,
    /// Sensor.
    pub sensor: String,
    /// Start of the observation.
    pub time: Utc,
    /// Made by the simulator.
    pub simulated: bool,
    /// Thresholds profile.
    pub profile: String,
    /// Detector.
    pub algorithm: String,
    /// Channel that served as the 11 um band.
    pub tir_band: Option<String>,
    /// What it was compared with in time; `None` without `baseline.dir` and for polar orbiters.
    pub past: Option<PastShare>,
    /// Light on the whole window by night beside the earth, kelvin of the MIR band, where there is enough to matter.
    pub stray_kelvin: Option<f32>,
    /// What the look lacked though every file named was readable, and what follows from it.
    pub notes: Vec<Note>,
    /// Pixels of the window by class (clear, cloud, water, missing, ...).
    pub pixels: BTreeMap<String, usize>,
    /// Share of each county that was seen.
    pub counties: Vec<CountyShare>,
    /// Fire pixels kept.
    pub fires_kept: usize,
    /// Fire pixels dropped, by reason.
    pub fires_dropped: BTreeMap<String, usize>,
    /// Fires that two scans of a swath saw and that are listed once.
    pub duplicates_merged: usize,
    /// Seconds of each stage.
    pub seconds: BTreeMap<String, f64>,
}

/// How much past a look was compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastShare {
    /// Slots of the days before near its hour.
    pub slots: usize,
    /// Days that they are of.
    pub days: usize,
    /// Share of the pixels looked at, 0 to 1, whose past was long enough to say something.
    pub judged_fraction: f64,
}

/// Whether a granule looked at the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looked {
    /// It did.
    Yes,
    /// It was read, and the site lies outside of it.
    NotOverSite,
    /// It could not be read, or holds no measurement of any county (damaged, cut, fill, pieces not delivered): what it would
    /// have shown is not known.
    Unreadable,
}

/// How much of a county was seen. Observed, cloud and missing sum to 1 where the county has pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountyShare {
    /// Six-digit code.
    pub adcode: String,
    /// Name.
    pub name: String,
    /// Pixels whose centre lies in the county.
    pub pixels: usize,
    /// Share observed, 0 to 1.
    pub observed_fraction: f64,
    /// Share under cloud, 0 to 1.
    pub cloud_fraction: f64,
    /// Share without data, 0 to 1: what was not covered too.
    pub missing_fraction: f64,
    /// Share that the look does not reach or the satellite does not see, 0 to 1; a part of `missing_fraction`.
    pub not_covered_fraction: f64,
    /// Hot pixels in it that rules took for no fire.
    pub screened: usize,
}

impl GranuleReport {
    /// A look of which only its name and time are known yet; nothing in it, no county seen.
    pub fn bare(granule: impl Into<String>, time: Utc) -> Self {
        GranuleReport {
            granule: granule.into(),
            pieces: Vec::new(),
            look: Looked::Yes,
            satellite: String::new(),
            sensor: String::new(),
            time,
            simulated: false,
            profile: String::new(),
            algorithm: String::new(),
            tir_band: None,
            past: None,
            stray_kelvin: None,
            notes: Vec::new(),
            pixels: BTreeMap::new(),
            counties: Vec::new(),
            fires_kept: 0,
            fires_dropped: BTreeMap::new(),
            duplicates_merged: 0,
            seconds: BTreeMap::new(),
        }
    }

    /// As the store keeps it: all of it can be read back.
    ///
    /// # Errors
    /// [`Error::Output`], which does not happen.
    pub fn record(&self) -> Result<String> {
        let record = serde_json::to_value(self).map(|mut record| {
            record["notes"] = self.notes.iter().map(Note::record).collect();
            record.to_string()
        });
        record.map_err(|error| Error::output("store", error))
    }

    /// What a look that does not say what was seen is, for the desk.
    pub fn list_word(&self) -> &'static str {
        match self.sensor.as_str() {
            "camera" => "摄像机所见",
            "drone" => "无人机所见",
            "platform" => "平台告警",
            "hotline" => "群众来电",
            "patrol" => "巡查所见",
            "neighbour" => "邻市通报",
            _ => "他人清单",
        }
    }

    /// Whether it is a list of others, or what cameras saw, which does not say what was observed.
    pub fn is_list(&self) -> bool {
        self.look == Looked::Yes && self.counties.is_empty()
    }

    /// Satellite, sensor and Beijing time, or why there are none.
    pub fn spoken(&self) -> String {
        match self.look {
            Looked::Unreadable => format!("{}(无法使用)", self.granule),
            Looked::NotOverSite => format!("{}(未覆盖本区)", self.granule),
            Looked::Yes => format!("{} {}", self.instrument(), self.time.beijing()),
        }
    }

    /// Satellite and sensor.
    pub fn instrument(&self) -> String {
        // the same sensor with four times the pixel sees a quarter
        let coarse = if self.algorithm == COARSE_VIIRS { "(750 m)" } else { "" };
        format!("{} {}{coarse}", self.satellite, self.sensor)
    }
}

impl InputError {
    /// From the error of a file.
    pub fn of(error: &Error) -> Self {
        let file = match error {
            Error::Input { path, .. } | Error::Read { path, .. } | Error::Output { path, .. } => {
                path.display().to_string()
            }
            Error::Config { place, .. } => place.clone(),
            Error::Store { store, .. } => store.clone(),
        };
        InputError { file, message: error.to_string() }
    }
}

impl ScanReport {
    /// A report of nothing yet.
    pub fn new(inputs: Vec<String>) -> Self {
        ScanReport {
            program: PROGRAM,
            version: PROGRAM_VERSION,
            simulated: false,
            inputs,
            errors: Vec::new(),
            granules: Vec::new(),
            screened: Vec::new(),
            slots: Vec::new(),
            missing: Vec::new(),
            picture_of: None,
            files: Vec::new(),
        }
    }

    /// Brings the granules into the order of time and counts the slots.
    pub fn complete(&mut self, gaps: &[PlannedGap]) {
        self.granules.sort_by(|a, b| (a.time, &a.granule).cmp(&(b.time, &b.granule)));
        let mut given = Given::default();
        // a list of others is no look: it does not say what was seen
        for granule in self.granules.iter().filter(|granule| !granule.is_list()) {
            let satellite = self.who(granule).satellite.as_str();
            match granule.look {
                Looked::Yes => given.looks.push((satellite, granule.time)),
                Looked::Unreadable if granule.satellite.is_empty() => given.unreadable.push((satellite, granule.time)),
                Looked::Unreadable => given.blind.push((satellite, granule.time)),
                Looked::NotOverSite => {}
            }
        }
        given.expected = self.missing.iter().map(|missed| (missed.satellite.as_str(), missed.time)).collect();
        self.slots = schedule::accounts(&given, gaps);
    }

    /// The granule that says satellite and sensor of one: itself, else, where nothing of it was read, one with a name like its own.
    pub fn who<'a>(&'a self, granule: &'a GranuleReport) -> &'a GranuleReport {
        let named = |other: &&GranuleReport| {
            !other.satellite.is_empty()
                && other.look != Looked::NotOverSite
                && kind(&other.granule) == kind(&granule.granule)
        };
        if granule.satellite.is_empty() { self.granules.iter().find(named).unwrap_or(granule) } else { granule }
    }

    /// Which satellites looked, from when to when in Beijing time, for the head of a list; then what was given and is no look.
    pub fn looks(&self) -> String {
        const NAMED: usize = 4;
        let (looks, others): (Vec<&GranuleReport>, Vec<&GranuleReport>) =
            self.granules.iter().partition(|granule| granule.look == Looked::Yes);
        let mut parts = spans(looks.iter().map(|granule| (granule.instrument(), granule.time)));
        parts.extend(others.iter().take(NAMED).map(|granule| granule.spoken()));
        if others.len() > NAMED {
            parts.push(format!("等 {} 份未能观测", others.len()));
        }
        headed(&parts)
    }

    /// What could not be read, and what the looks of geostationary satellites could not judge, a line each.
    pub fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        if !self.errors.is_empty() {
            limits.push(format!("{} 处输入无法读取(见 scan.json), 本清单可能不全", self.errors.len()));
        }
        let looks = || self.granules.iter().filter(|granule| granule.look == Looked::Yes);
        let pasts = || looks().filter_map(|granule| granule.past.as_ref());
        let short = pasts().filter(|past| past.judged_fraction < LEAST_JUDGED).count();
        if short > 0 {
            let all = pasts().count();
            limits.push(format!(
                "与往日比较: {all} 次观测中 {short} 次缺少足够的往日资料(需 4 天以上), 仅按单时次判识, 小火多半漏测"
            ));
        }
        let stray: Vec<f32> = looks().filter_map(|granule| granule.stray_kelvin).collect();
        if let Some(most) = stray.iter().copied().reduce(f32::max) {
            limits.push(format!(
                "夜间杂散光(地球边缘的阳光): {} 次观测, 最强 {most:.1} K, 此时小火可能漏测",
                stray.len()
            ));
        }
        limits
    }

    /// What the looks lacked, by granule.
    pub fn notes(&self) -> impl Iterator<Item = (&str, &Note)> {
        self.granules.iter().flat_map(|granule| granule.notes.iter().map(|note| (granule.granule.as_str(), note)))
    }

    /// Writes the report, indented: people read it too.
    ///
    /// # Errors
    /// [`crate::error::Error::Output`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        atomic::write(path, |out| {
            serde_json::to_writer_pretty(&mut *out, self)?;
            out.write_all(b"\n")
        })
    }
}

/// What nobody may forget who reads a list.
pub const CAUTION: &str = "不包括云覆盖下的火点信息; 尚未经现场核实";

/// `资料(北京时间): ...`, as the head of a list has it.
pub fn headed(parts: &[String]) -> String {
    format!("资料(北京时间): {}", if parts.is_empty() { "无".to_string() } else { parts.join("; ") })
}

/// From when to when each instrument looked, in the order of the first looks: `Himawari-9 AHI 2025-10-20 13:30 至 14:20`.
pub fn spans(looks: impl IntoIterator<Item = (String, Utc)>) -> Vec<String> {
    let mut spans: BTreeMap<String, (Utc, Utc)> = BTreeMap::new();
    for (instrument, time) in looks {
        let span = spans.entry(instrument).or_insert((time, time));
        *span = (span.0.min(time), span.1.max(time));
    }
    let mut spans: Vec<(String, (Utc, Utc))> = spans.into_iter().collect();
    spans.sort_by_key(|(_, (first, _))| *first);
    spans.iter().map(|(instrument, (first, last))| format!("{instrument} {}", interval(*first, *last))).collect()
}

/// `2025-10-20 13:30 至 14:20`; the day is said again where it is another one.
pub fn interval(first: Utc, last: Utc) -> String {
    let (first, last) = (first.beijing(), last.beijing());
    match last.get(..10) == first.get(..10) {
        _ if first == last => first,
        true => format!("{first} 至 {}", last.get(11..).unwrap_or("")),
        false => format!("{first} 至 {last}"),
    }
}

/// Below this share of pixels with a past a look was not compared with other days in any useful sense \[P\].
pub const LEAST_JUDGED: f64 = 0.5;

/// A granule's name without its date and time: what is left is satellite, sensor and area.
fn kind(granule: &str) -> String {
    let parts = granule.split('_').filter(|part| part.len() < 4 || !part.bytes().all(|byte| byte.is_ascii_digit()));
    parts.collect::<Vec<_>>().join("_")
}

/// Below this share a county was not looked at in any useful sense, and "none found" would be read as "none" \[P\].
pub const LEAST_OBSERVED: f64 = 0.10;

impl CountyShare {
    /// A county of which nothing is counted yet.
    pub fn of_nothing(adcode: &str, name: &str) -> Self {
        CountyShare {
            adcode: adcode.to_string(),
            name: name.to_string(),
            pixels: 0,
            observed_fraction: 0.0,
            cloud_fraction: 0.0,
            missing_fraction: 0.0,
            not_covered_fraction: 0.0,
            screened: 0,
        }
    }

    /// What a list says of the county: how many suspected fires, or that none was found in what was seen, or that
    /// nothing was seen. The share is rounded down: it never says more than was seen.
    pub fn sentence(&self, fires: usize) -> String {
        self.sentence_of_looks(fires, "")
    }

    /// The same with words on the looks behind the share, as `, 1 次观测`.
    pub fn sentence_of_looks(&self, fires: usize, looks: &str) -> String {
        let percent = self.percent();
        let answer = match fires {
            0 if self.pixels == 0 || self.observed_fraction <= 0.0 => "未有效观测".to_string(),
            0 if self.observed_fraction < LEAST_OBSERVED => format!("未有效观测(仅观测 {percent}%)"),
            0 => format!("未监测到火点(有效观测 {percent}%{looks})"),
            n => format!("疑似火点 {n} 个(有效观测 {percent}%{looks})"),
        };
        answer + &self.also_screened()
    }

    /// What rules took for no fire, after an answer; empty where that is nothing.
    pub fn also_screened(&self) -> String {
        match self.screened {
            0 => String::new(),
            n => format!("; 另有 {n} 个热异常像元判为非火点"),
        }
    }

    /// Whether a count of 0 fires would say nothing, as hardly anything was seen: it is left empty.
    pub fn is_silent(&self, fires: usize) -> bool {
        fires == 0 && (self.pixels == 0 || self.observed_fraction < LEAST_OBSERVED)
    }

    /// The same where nobody counted the fires.
    pub fn seen_only(&self) -> String {
        match self.observed_fraction {
            seen if self.pixels == 0 || seen <= 0.0 => "未有效观测".to_string(),
            _ => format!("有效观测 {}%", self.percent()),
        }
    }

    /// Per cent observed, rounded down to a tenth.
    fn percent(&self) -> f64 {
        (self.observed_fraction * 1000.0 + 1e-6).floor() / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(observed_fraction: f64) -> CountyShare {
        CountyShare { pixels: 280, observed_fraction, ..CountyShare::of_nothing("630202", "乐都区") }
    }

    /// Words: the field notes of the project.
    #[test]
    fn three_answers_are_three_sentences() {
        assert_eq!(share(0.0).sentence(0), "未有效观测");
        assert_eq!(share(0.004).sentence(0), "未有效观测(仅观测 0.4%)");
        assert_eq!(share(0.004).sentence(1), "疑似火点 1 个(有效观测 0.4%)");
        assert_eq!(share(0.873).sentence(0), "未监测到火点(有效观测 87.3%)");
        assert_eq!(share(0.9996).sentence(0), "未监测到火点(有效观测 99.9%)");
        assert_eq!(share(1.0).sentence(2), "疑似火点 2 个(有效观测 100%)");
        let silent = [share(0.0), share(0.004), share(0.1)].map(|share| (share.is_silent(0), share.is_silent(1)));
        assert_eq!(silent, [(true, false), (true, false), (false, false)]);
        let screened = CountyShare { screened: 3, ..share(1.0) };
        assert_eq!(screened.sentence(0), "未监测到火点(有效观测 100%); 另有 3 个热异常像元判为非火点");
    }

    /// What lies outside or came twice is no judgement of the heat.
    #[test]
    fn hot_pixels_that_rules_dropped_are_listed() {
        use crate::fire::{CountyName, DropReason, Verdict};
        let time = Utc::parse("2025-10-20T05:30:00Z").expect("a time");
        let fire = |id: &str, reason: Option<DropReason>, inside: bool| {
            let mut fire = FirePixel::bare(id, time, crate::place::LonLat::new(102.0, 36.5).expect("valid"));
            fire.verdict = reason.map_or(Verdict::Kept, Verdict::Dropped);
            fire.county = inside.then(|| CountyName { adcode: "630202".into(), name: "乐都区".into() });
            fire
        };
        let fires = [
            fire("d", Some(DropReason::StaticSource), true),
            fire("c", Some(DropReason::DeliveredTwice), true),
            fire("b", Some(DropReason::StaticSource), false),
            fire("a", None, true),
            fire("e", Some(DropReason::CloudEdge), true),
        ];
        let listed: Vec<(String, &str)> = Screened::of(&fires).into_iter().map(|s| (s.id, s.reason)).collect();
        assert_eq!(listed, [("d".to_string(), "static_source"), ("e".to_string(), "cloud_edge")]);
    }

    #[test]
    fn the_report_is_json_with_fixed_names() {
        let dir = tempfile::tempdir().expect("folder");
        let mut report = ScanReport::new(vec!["in".into()]);
        report.errors.push(InputError { file: "a".into(), message: "b".into() });
        report.write(&dir.path().join("scan.json")).expect("written");
        let text = std::fs::read_to_string(dir.path().join("scan.json")).expect("there");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&json["program"], &json["errors"][0]["file"]), (&"strawfire".into(), &"a".into()));
    }

    fn granule(time: &str, observed: f64) -> GranuleReport {
        GranuleReport {
            satellite: "Himawari-9".into(),
            sensor: "AHI".into(),
            counties: vec![share(observed)],
            ..GranuleReport::bare("g", Utc::parse(time).expect("a time"))
        }
    }

    /// The notes in both languages, the rest as scan.json has it; a record of an older store has the one language alone.
    #[test]
    fn a_record_is_read_back() {
        let mut report = granule("2025-10-20T05:30:00Z", 0.25);
        report.notes.push(Note::new("no band 5; coarser", "未收到 5 波段: 较粗"));
        report.stray_kelvin = Some(1.25);
        report.past = Some(PastShare { slots: 3, days: 2, judged_fraction: 0.1 });
        let record = report.record().expect("a record");
        assert_eq!(serde_json::from_str::<GranuleReport>(&record).expect("read"), report);
        let older = serde_json::to_string(&report).expect("JSON");
        let older: GranuleReport = serde_json::from_str(&older).expect("read");
        assert_eq!(older.notes[0].spoken(), "no band 5; coarser");
    }

    /// 05:30Z is 13:30 in Beijing, 16:10Z ten past midnight.
    #[test]
    fn the_head_names_all_satellites_from_first_to_last() {
        let of = |satellite: &str, time: &str| GranuleReport { satellite: satellite.into(), ..granule(time, 0.8) };
        let elsewhere = GranuleReport { look: Looked::NotOverSite, ..granule("2025-10-20T05:42:00Z", 0.0) };
        let mut report = ScanReport::new(Vec::new());
        report.granules = vec![of("Himawari-9", "2025-10-20T05:30:00Z"), elsewhere];
        assert_eq!(report.looks(), "资料(北京时间): Himawari-9 AHI 2025-10-20 13:30; g(未覆盖本区)");
        report.granules = ["05:40", "06:20", "16:10"].map(|at| of("FY-4B", &format!("2025-10-20T{at}:00Z"))).into();
        report.granules.push(of("Himawari-9", "2025-10-20T05:30:00Z"));
        report.granules.push(of("Himawari-9", "2025-10-20T06:20:00Z"));
        let expected =
            "资料(北京时间): Himawari-9 AHI 2025-10-20 13:30 至 14:20; FY-4B AHI 2025-10-20 13:40 至 2025-10-21 00:10";
        assert_eq!(report.looks(), expected);
    }
}
