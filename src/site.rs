//! The site pack: all that is local. Raw TOML and GeoJSON in, a checked `Site` out.

mod airports;
pub(crate) mod areas;
mod cameras;
mod counties;
mod desk;
mod filter;
mod inboxes;
mod intake;
mod jobs;
mod routes;
mod season;
mod secret;
mod settings;
mod sinks;
mod solar_parks;
mod station;
mod web;
mod written;

use crate::error::{Error, Result};
use crate::fire::CountyName;
use crate::place::{LonLat, LonLatBox};
use crate::schedule::PlannedGap;
pub use airports::Airport;
pub use cameras::{Camera, CamerasUnread, Mask, Optics, PoseErrors, Preset, View, named as camera_named};
pub use desk::{Desk, DispatchRule, NilHours, OfficeHours, STEPS, StepClock, Tell, To};
pub use filter::Filter;
pub use inboxes::{Inbox, InboxKind, Source};
pub use intake::IntakeSource;
pub use jobs::{Job, JobKind};
pub use routes::{Route, is_within};
pub use season::{Seasons, Span};
pub use secret::{Secret, SecretFrom, percent_encoded};
use settings::Settings;
pub use sinks::{FolderFormat, Notices, Sink, SinkKind, TemplateFile};
pub use solar_parks::SolarPark;
pub use station::Station;
use std::path::{Path, PathBuf};
pub use web::Web;

/// A county of the site with its ground.
#[derive(Debug, Clone)]
pub struct County {
    /// Code and name.
    pub name: CountyName,
    /// Area, degrees WGS84: every part, with its holes.
    pub shape: geo::MultiPolygon<f64>,
    /// Box around the area, degrees.
    pub bbox: LonLatBox,
}

/// Layers that a site owns; each may be absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layers {
    /// Elevation raster.
    pub dem: Option<PathBuf>,
    /// What is added to its heights to give heights above the WGS84 ellipsoid, metres.
    pub dem_offset_m: f64,
    /// Standard error of its heights, metres, where set.
    pub dem_error_m: Option<f64>,
    /// Land cover raster.
    pub landcover: Option<PathBuf>,
    /// Name of its table of classes, where set.
    pub landcover_classes: Option<String>,
    /// List of fires of earlier years.
    pub past_fires: Option<PathBuf>,
    /// List of static sources of heat.
    pub static_sources: Option<PathBuf>,
    /// Township polygons.
    pub townships: Option<PathBuf>,
    /// Patrol grid polygons.
    pub grid: Option<PathBuf>,
    /// Posts, shifts and deputies of areas.
    pub officers: Option<PathBuf>,
}

/// Rules of the push.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Whether a sink may be on this machine.
    pub allow_loopback: bool,
    /// Age from which a fire is no longer pushed, hours; 0: any age is pushed.
    pub max_age_hours: f64,
    /// Whether simulated fires are pushed.
    pub allow_simulated: bool,
    /// The sinks.
    pub sinks: Vec<Sink>,
    /// Which events go where, and when; none: every event to every sink, at once.
    pub routes: Vec<Route>,
}

/// Days that things are kept in the store after they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Events, their detections, looks, coverage and what was told of them.
    pub events_days: u32,
    /// Detections that are of no event: dropped by a rule or outside.
    pub dropped_days: u32,
}

/// Three years and a quarter, for comparison with the same period of the years before; a quarter for what was dropped.
const KEEP_DAYS: u32 = 1200;
const KEEP_DROPPED_DAYS: u32 = 92;

/// A checked site pack.
#[derive(Debug, Clone)]
pub struct Site {
    /// The folder.
    pub dir: PathBuf,
    /// Name of the site.
    pub name: String,
    /// Counties, in the order of the file; at least one.
    pub counties: Vec<County>,
    /// Thresholds profile of `detect.profile`, where set.
    pub profile: Option<String>,
    /// Layers.
    pub layers: Layers,
    /// `store.url`, where set.
    pub store_url: Option<String>,
    /// `store.audit_heads`: the text that the heads of the audit are noted in, outside of the store; need not exist yet.
    pub audit_heads: Option<PathBuf>,
    /// How long the store keeps things.
    pub retention: Retention,
    /// `baseline.dir`, where set; need not exist yet.
    pub baseline_dir: Option<PathBuf>,
    /// Push.
    pub delivery: Delivery,
    /// Announced gaps of satellites: `schedule.planned_gaps`.
    pub planned_gaps: Vec<PlannedGap>,
    /// `schedule.tle`: the file of elements of polar satellites, where set.
    pub tle: Option<PathBuf>,
    /// What the station does at times of its own.
    pub jobs: Vec<Job>,
    /// Fires outside the counties are told to neighbours up to so many kilometres from the border.
    pub neighbours_within_km: f64,
    /// Whom they are told: name and place.
    pub contacts: Vec<(String, LonLat)>,
    /// Solar parks of `layers.solar_parks`; none where it is not set.
    pub solar_parks: Vec<SolarPark>,
    /// Calendars of burning and of customs.
    pub seasons: Seasons,
    /// The page and the API.
    pub web: Web,
    /// The always-on program.
    pub station: Station,
    /// Where imagery comes from while the station runs: `station.inboxes`.
    pub inboxes: Vec<Inbox>,
    /// Who may send alarms: `intake.sources`.
    pub intake: Vec<IntakeSource>,
    /// The duty desk: clocks of cases, rules that give work to posts, whom what is told.
    pub desk: Desk,
    /// Airports near by, whose air-traffic control drones need.
    pub airports: Vec<Airport>,
    /// Cameras of `cameras.toml`; none where it is not there.
    pub cameras: Vec<Camera>,
    /// Why cameras.toml cannot be used, where it cannot.
    pub cameras_unread: Option<CamerasUnread>,
}

impl Site {
    /// Reads and checks `dir/site.toml` and the files that it names.
    ///
    /// # Errors
    /// [`Error::Config`] with the file and dotted key where the folder has no `site.toml`, a key is unknown, of the
    /// wrong type or names a file that is not there, or the counties are not what they should be.
    pub fn load(dir: impl AsRef<Path>) -> Result<Site> {
        let dir = dir.as_ref();
        let file = dir.join("site.toml");
        let text = std::fs::read_to_string(&file).map_err(|source| no_site(dir, &file, &source))?;
        let settings = Settings::parse(&file, &text)?;
        let counties = counties::read(&settings.path("counties").unwrap_or_else(|| dir.join("counties.geojson")))?;
        let sinks = settings.sinks()?;
        let names: Vec<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
        let routes = settings.routes(&names, &counties)?;
        let desk = settings.desk(&names, &counties)?;
        let read_by_people = sinks.iter().filter(|sink| sink.kind.is_read_by_people());
        let station = settings.station(&read_by_people.map(|sink| sink.name.as_str()).collect::<Vec<_>>())?;
        let days = |key, default| settings.number(key).map_or(default, |days| days.min(36_500.0) as u32);
        // a slip in the file of cameras must not keep satellites from being looked at
        let (cameras, cameras_unread) = CamerasUnread::or_cameras(cameras::read(dir))?;
        if let Some(unread) = &cameras_unread {
            tracing::error!("{}; the site has no camera until it is mended, and goes on without", unread.error());
        }
        Ok(Site {
            dir: dir.to_path_buf(),
            name: settings.text("name").unwrap_or_else(|| folder_name(dir)),
            counties,
            profile: settings.text("detect.profile"),
            layers: Layers {
                dem: settings.path("layers.dem"),
                dem_offset_m: settings.number("layers.dem_offset_m").unwrap_or(0.0),
                dem_error_m: settings.number("layers.dem_error_m"),
                landcover: settings.path("layers.landcover"),
                landcover_classes: settings.text("layers.landcover_classes"),
                past_fires: settings.path("layers.past_fires"),
                static_sources: settings.path("layers.static_sources"),
                townships: settings.path("layers.townships"),
                grid: settings.path("layers.grid"),
                officers: settings.path("layers.officers"),
            },
            store_url: settings.text("store.url"),
            audit_heads: settings.path("store.audit_heads"),
            retention: Retention {
                events_days: days("store.keep_days", KEEP_DAYS),
                dropped_days: days("store.keep_dropped_days", KEEP_DROPPED_DAYS),
            },
            baseline_dir: settings.path("baseline.dir"),
            delivery: Delivery {
                allow_loopback: settings.flag("delivery.allow_loopback").unwrap_or(false),
                max_age_hours: settings.number("delivery.max_age_hours").unwrap_or(24.0),
                allow_simulated: settings.flag("delivery.allow_simulated").unwrap_or(false),
                routes,
                sinks,
            },
            neighbours_within_km: settings.number("neighbours.within_km").unwrap_or(20.0),
            contacts: settings.contacts()?,
            solar_parks: match settings.path("layers.solar_parks") {
                Some(path) => solar_parks::read(&path)?,
                None => Vec::new(),
            },
            planned_gaps: settings.planned_gaps()?,
            tle: settings.path("schedule.tle"),
            jobs: settings.jobs()?,
            seasons: settings.seasons()?,
            web: settings.web()?,
            station,
            inboxes: settings.inboxes()?,
            intake: settings.intake()?,
            desk,
            airports: settings.airports()?,
            cameras,
            cameras_unread,
        })
    }

    /// Box around all counties, degrees.
    pub fn bbox(&self) -> LonLatBox {
        let boxes = self.counties.iter().map(|county| county.bbox);
        boxes.reduce(union).unwrap_or(EMPTY_BOX)
    }

    /// The cameras, for what cannot do without.
    ///
    /// # Errors
    /// [`Error::Config`] where cameras.toml cannot be used.
    pub fn all_cameras(&self) -> Result<&[Camera]> {
        self.cameras_unread.as_ref().map_or(Ok(&self.cameras), |unread| Err(unread.error()))
    }

    /// The county at a place, by its border; to be asked seldom.
    pub fn county_at(&self, place: LonLat) -> Option<&County> {
        let point = geo::Point::new(place.lon(), place.lat());
        self.counties
            .iter()
            .find(|county| county.bbox.contains(place) && geo::Contains::contains(&county.shape, &point))
    }

    /// Code of the city: that of its counties with two zeros at the end, `630200` of 630223.
    pub fn city_code(&self) -> String {
        let first = self.counties.first().map_or("", |county| county.name.adcode.as_str());
        format!("{}00", first.get(..4).unwrap_or(first))
    }

    /// Name of a desk by its code: the site's own, or a county's; `None` for any other code.
    pub fn desk_name(&self, code: &str) -> Option<&str> {
        if code == self.city_code() {
            return Some(&self.name);
        }
        let county = self.counties.iter().find(|county| county.name.adcode == code)?;
        Some(&county.name.name)
    }

    /// Where the station keeps what is no record: fetched files, lists, reports, pictures. Beside a store that is a file, where nothing is set.
    pub fn station_folder(&self) -> Option<PathBuf> {
        let beside_store = || {
            let path = PathBuf::from(self.store_url.as_ref()?.strip_prefix("sqlite://")?);
            Some(path.parent()?.join("station"))
        };
        self.station.dir.clone().or_else(beside_store)
    }

    /// Where pictures of sightings are kept.
    pub fn evidence_folder(&self) -> Option<PathBuf> {
        Some(self.station_folder()?.join("evidence"))
    }

    /// Where lists of other authorities and the answers to them are kept.
    pub fn lists_folder(&self) -> Option<PathBuf> {
        Some(self.station_folder()?.join("their-lists"))
    }

    /// Box around all places that may lie within [`Site::neighbours_within_km`] of a county, and some more, degrees.
    pub fn neighbourhood(&self) -> LonLatBox {
        let bbox = self.bbox();
        // a degree of longitude is shortest at the end that is farther from the equator
        let lat = bbox.south.abs().max(bbox.north.abs()).to_radians();
        bbox.widened(self.neighbours_within_km / KM_A_DEGREE / lat.cos().max(0.1) + 0.01)
    }
}

/// Kilometres of a degree of latitude (mean).
const KM_A_DEGREE: f64 = 111.195;

/// Contains no place; a site has at least one county, so that nobody meets it.
const EMPTY_BOX: LonLatBox = LonLatBox { west: 180.0, south: 90.0, east: -180.0, north: -90.0 };

fn union(a: LonLatBox, b: LonLatBox) -> LonLatBox {
    LonLatBox {
        west: a.west.min(b.west),
        south: a.south.min(b.south),
        east: a.east.max(b.east),
        north: a.north.max(b.north),
    }
}

fn no_site(dir: &Path, file: &Path, source: &std::io::Error) -> Error {
    let found = if !dir.exists() {
        "no such folder".to_string()
    } else if !file.exists() {
        "a folder without site.toml".to_string()
    } else {
        format!("a site.toml that cannot be read ({source})")
    };
    Error::config(
        dir.display().to_string(),
        found,
        "a site pack: a folder with site.toml and counties.geojson",
        "name it with --site or STRAWFIRE_SITE; sites/haidong is an example to copy",
    )
}

fn folder_name(dir: &Path) -> String {
    let absolute = dir.canonicalize().unwrap_or_else(|_| dir.to_path_buf());
    absolute.file_name().map_or_else(|| "site".to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sites/haidong")
    }

    /// A site pack with these two files, in a folder of its own.
    fn pack(toml: &str, counties: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("temporary folder");
        std::fs::write(dir.path().join("site.toml"), toml).expect("written");
        std::fs::write(dir.path().join("counties.geojson"), counties).expect("written");
        dir
    }

    const SQUARE: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
        "properties":{"adcode":630299,"name":"方县"},
        "geometry":{"type":"Polygon","coordinates":[[[102,36],[103,36],[103,37],[102,37],[102,36]]]}}]}"#;

    /// Codes and box: FIELD notes of the project (101.66-103.07 E, 35.45-37.15 N).
    #[test]
    fn the_shipped_pack_has_six_counties() {
        let site = Site::load(shipped()).expect("loads");
        let codes: Vec<&str> = site.counties.iter().map(|c| c.name.adcode.as_str()).collect();
        assert_eq!(codes, ["630202", "630203", "630222", "630223", "630224", "630225"]);
        assert_eq!(site.counties[3].name.name, "互助土族自治县");
        assert_eq!(site.counties[2].shape.0.len(), 2, "民和 has two parts");
        let b = site.bbox();
        assert!((b.west - 101.66).abs() < 0.03 && (b.east - 103.07).abs() < 0.03, "{b:?}");
        assert!((b.south - 35.45).abs() < 0.06 && (b.north - 37.15).abs() < 0.06, "{b:?}");
        assert_eq!((site.store_url, site.baseline_dir, site.profile), (None, None, Some("plateau".to_string())));
    }

    /// By hand: at 37 N 20 km are 20 / (111.195 x 0.79864) = 0.2252 degrees of longitude, and 0.01 more.
    #[test]
    fn the_neighbourhood_holds_all_that_neighbours_are_told_of() {
        let dir = pack("[neighbours]\nwithin_km = 20\n", SQUARE);
        let around = Site::load(dir.path()).expect("loads").neighbourhood();
        let expected = [102.0 - 0.2352, 36.0 - 0.2352, 103.0 + 0.2352, 37.0 + 0.2352];
        let got = [around.west, around.south, around.east, around.north];
        assert!(got.into_iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-4), "{around:?}");
    }

    #[test]
    fn a_number_as_adcode_is_taken_and_the_name_defaults_to_the_folder() {
        let dir = pack("", SQUARE);
        let site = Site::load(dir.path()).expect("loads");
        assert_eq!(site.counties[0].name.adcode, "630299");
        assert_eq!(site.name, dir.path().file_name().expect("named").to_string_lossy());
    }

    #[test]
    fn what_is_set_is_read() {
        let toml = "[delivery]\nmax_age_hours = 0\n[[delivery.sinks]]\nname='a'\nkind='http'\nurl='http://x'\n\
                    [store]\nurl='sqlite:///x.db'\n[detect]\nprofile='plateau'\n";
        let dir = pack(toml, SQUARE);
        let site = Site::load(dir.path()).expect("loads");
        assert_eq!(site.store_url.as_deref(), Some("sqlite:///x.db"));
        assert_eq!(site.delivery.sinks[0].kind, SinkKind::Http);
        assert_eq!(site.profile.as_deref(), Some("plateau"));
    }

    fn error_of(toml: &str, counties: &str) -> String {
        Site::load(pack(toml, counties).path()).expect_err("refused").to_string()
    }

    #[test]
    fn an_error_names_the_key_the_finding_and_what_is_allowed() {
        let unknown = error_of("[layers]\ndemm = 'x'\n", SQUARE);
        assert!(unknown.contains("layers.demm") && unknown.contains("layers.dem,"), "{unknown}");
        assert!(error_of("[layer]\ndem = 'x'\n", SQUARE).contains("layer"));
        assert!(error_of("[layers]\ndem = 3\n", SQUARE).contains("layers.dem"));
        assert!(error_of("[layers]\ndem = 'absent.tif'\n", SQUARE).contains("absent.tif"));
        assert!(error_of("[detect]\nprofile = 'bold'\n", SQUARE).contains("plateau"));
        let gap = error_of("[schedule]\nplanned_gaps = ['Himawari-9 at noon']\n", SQUARE);
        assert!(gap.contains("schedule.planned_gaps[0]") && gap.contains("2025-11-12T02:00:00Z/"), "{gap}");
        assert!(error_of("[schedule]\nplanned_gaps = 3\n", SQUARE).contains("schedule.planned_gaps"));
        assert!(error_of("name = \n", SQUARE).contains("line 1"));
        let sink = error_of("[[delivery.sinks]]\nname='a'\nkind='fax'\nurl='u'\n", SQUARE);
        assert!(sink.contains("delivery.sinks[0].kind") && sink.contains("wecom"), "{sink}");
        assert!(error_of("[[delivery.sinks]]\nname='a'\nkind='http'\n", SQUARE).contains("delivery.sinks[0].url"));
        assert!(error_of("[[delivery.sinks]]\nnom='a'\n", SQUARE).contains("delivery.sinks[0].nom"));
    }

    #[test]
    fn parks_and_gaps_are_read() {
        let toml = "[layers]\nsolar_parks = 'parks.geojson'\n[schedule]\n\
                    planned_gaps = ['Himawari-9 2025-11-12T02:00:00Z/2025-11-12T04:00:00Z']\n";
        let dir = pack(toml, SQUARE);
        let parks = SQUARE.replace("\"adcode\":630299,", "\"tilt_deg\":36,");
        let parks = parks.replace("103", "102.02").replace("37]", "36.02]");
        std::fs::write(dir.path().join("parks.geojson"), &parks).expect("written");
        let site = Site::load(dir.path()).expect("loads");
        assert_eq!((site.solar_parks[0].tilt_deg, site.solar_parks[0].azimuth_deg), (Some(36.0), 180.0));
        assert_eq!(site.planned_gaps[0].satellite, "Himawari-9");
        std::fs::write(dir.path().join("parks.geojson"), parks.replace("36,", "95,")).expect("written");
        let error = Site::load(dir.path()).expect_err("refused").to_string();
        assert!(error.contains("parks.geojson") && error.contains("tilt_deg") && error.contains("95"), "{error}");
        std::fs::write(dir.path().join("parks.geojson"), SQUARE).expect("written");
        assert!(Site::load(dir.path()).expect_err("refused").to_string().contains("9"), "a square of a degree");
        std::fs::write(dir.path().join("parks.geojson"), "[]").expect("written");
        assert!(Site::load(dir.path()).expect_err("refused").to_string().contains("layers.solar_parks"));
    }

    #[test]
    fn sources_of_alarms_are_read() {
        let of = |toml: &str| Site::load(pack(&format!("[[intake.sources]]\n{toml}"), SQUARE).path()).map(|s| s.intake);
        let read = of(
            "name = 'tower'\nsecret_env = 'TOWER'\n[[intake.sources]]\nname = 'b'\nfolder = 'in'\nmax_range_km = 5\n",
        );
        let read = read.expect("loads");
        assert_eq!((read[0].secret.clone(), read[0].position_error_m), (Some(SecretFrom::Env("TOWER".into())), 500.0));
        assert!(read[1].folder.as_ref().is_some_and(|folder| folder.ends_with("in")) && read[1].max_range_m == 5000.0);
        for (toml, word) in [
            ("name = 'tower'\n", "intake.sources[0].secret_env: found nothing"),
            ("secret_env = 'A'\n", "intake.sources[0].name"),
            ("name = 'a b'\nsecret_env = 'A'\n", "letters a-z"),
            ("name = 'a'\nsecret_env = 'A'\nkind = 'phone'\n", "hotline"),
            ("name = 'a'\nsecret_env = 'A'\nsecret = 'x'\n", "unknown key"),
            ("name = 'a'\nsecret_env = 'A'\nposition_error_m = 0\n", "1 to 20000"),
            ("name = 'a'\nsecret_env = 'A'\n[[intake.sources]]\nname = 'a'\nsecret_env = 'A'\n", "no other source"),
        ] {
            let error = of(toml).expect_err("refused").to_string();
            assert!(error.contains(word), "{toml}: {error}");
        }
    }

    #[test]
    fn jobs_and_elements_are_read() {
        let jobs = |toml: &str| -> Vec<String> {
            let jobs = Site::load(pack(toml, SQUARE).path()).expect("loads").jobs;
            jobs.iter().map(|job| format!("{} {}", job.run.name(), job.at.text())).collect()
        };
        assert_eq!(jobs("[[station.jobs]]\nrun = 'backup'\nat = '0 4 * * *'\n"), ["backup 0 4 * * *"]);
        let usual = [
            "daily-list 0 8 * * *",
            "daily-list 30 18 * * *",
            "weekly-report 30 8 * * 1",
            "daily-report 10 8 * * *",
            "weekly-bulletin 40 8 * * 1",
            "monthly-report 50 8 1 * *",
            "static-learn 10 3 * * 0",
            "retain 30 3 * * *",
        ];
        assert_eq!(jobs(""), usual);
        assert!(jobs("[station]\njobs = []\n").is_empty());
        // the hours of nil reports have a key of their own
        let nil = jobs("[station]\njobs = []\n[desk.nil_report]\nat = '0 17 * * *'\n");
        assert_eq!(nil, ["nil-report 0 17 * * *"]);
        let wrong = |toml: &str| error_of(&format!("[[station.jobs]]\n{toml}"), SQUARE);
        let never = wrong("run = 'retain'\nat = '0 0 31 2 *'\n");
        assert!(never.contains("station.jobs[0].at") && never.contains("30 18 * * *"), "{never}");
        assert!(wrong("run = 'lunch'\nat = '0 12 * * *'\n").contains("daily-list"));
        assert!(wrong("at = '0 12 * * *'\n").contains("station.jobs[0].run: found nothing"));
        assert!(wrong("run = 'retain'\n").contains("station.jobs[0].at: found nothing"));
        assert!(wrong("every = 'day'\n").contains("station.jobs[0].every"));
        let dir = pack("[schedule]\ntle = 'a.tle'\n", SQUARE);
        assert!(Site::load(dir.path()).expect_err("refused").to_string().contains("schedule.tle"));
        std::fs::write(dir.path().join("a.tle"), "").expect("written");
        assert_eq!(Site::load(dir.path()).expect("loads").tle, Some(dir.path().join("a.tle")));
    }

    #[test]
    fn counties_that_are_none_are_refused_with_the_reason() {
        assert!(error_of("", r#"{"type":"FeatureCollection","features":[]}"#).contains("no county"));
        assert!(error_of("", "{").contains("counties.geojson"));
        assert!(error_of("", &SQUARE.replace("630299", "null")).contains("adcode"));
        assert!(error_of("", &SQUARE.replace("[103,37]", "[103,97]")).contains("97"));
        let line = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"adcode":"1","name":"a"},
            "geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]}}]}"#;
        assert!(error_of("", line).contains("LineString"));
        let dir = pack("", SQUARE);
        std::fs::remove_file(dir.path().join("counties.geojson")).expect("removed");
        assert!(Site::load(dir.path()).expect_err("refused").to_string().contains("counties.geojson"));
        std::fs::remove_file(dir.path().join("site.toml")).expect("removed");
        assert!(Site::load(dir.path()).expect_err("refused").to_string().contains("without site.toml"));
    }
}
