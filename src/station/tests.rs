//! What becomes of looks and files in the catalogue, by hand, on a real store.

pub(super) mod at_work;
mod clocks;

use super::Rules;
use super::arrive::{Arrival, Arrived, arrive};
use super::expect::expect;
use super::ready::{Next, next};
use crate::site::Site;
use crate::store::{Delivered, FileState, Slot, SlotEnd, SlotState, Store};
use crate::time::Utc;
use std::path::{Path, PathBuf};

fn site() -> Site {
    Site::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("sites/haidong")).expect("the shipped site")
}

fn at(text: &str) -> Utc {
    Utc::parse(&format!("2025-10-20T{text}Z")).expect("a time")
}

fn ahi(band: u8, more: &str) -> String {
    format!("HS_H09_20251020_0530_B{band:02}_FLDK_R20_S0210.DAT{more}")
}

fn arrival(name: &str, version: &str, place: &str) -> Arrival {
    Arrival {
        inbox: "in".into(),
        name: name.into(),
        place: format!("{place}/{name}"),
        version: version.into(),
        size: Some(1),
        path: Some(PathBuf::from(format!("{place}/{name}"))),
        closed: at("05:40:00"),
    }
}

/// A store with what goes in and what is in it.
struct Catalogue {
    store: Store,
    site: Site,
    _folder: tempfile::TempDir,
}

impl Catalogue {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&format!("sqlite://{}/s.db", folder.path().display())).await.expect("a store");
        Catalogue { store, site: site(), _folder: folder }
    }

    async fn comes(&self, arrivals: &[Arrival], now: &str) -> Arrived {
        arrive(&self.store, arrivals, &Rules::of(&self.site), at(now)).await.expect("taken")
    }

    async fn slots(&self) -> Vec<Slot> {
        self.store.slots(at("00:00:00"), at("23:59:59"), None).await.expect("slots")
    }

    async fn files(&self, slot: i64) -> Vec<Delivered> {
        self.store.files_of(&[slot]).await.expect("files")
    }

    /// As a worker notes it.
    async fn ends(&self, slot: &Slot, state: SlotState) {
        let files = self.files(slot.id).await.into_iter().map(|file| (file.name, file.version)).collect();
        let end = SlotEnd {
            id: slot.id,
            state,
            looks: vec!["x".into()],
            files,
            bad: Vec::new(),
            partial: false,
            again: None,
            said: String::new(),
        };
        let mut write = self.store.write().await.expect("a turn");
        write.slot_done(&end, at("05:50:00")).await.expect("noted");
        write.commit().await.expect("kept");
    }
}

#[tokio::test]
async fn a_file_that_comes_twice_is_one_file_and_no_other_scan() {
    let catalogue = Catalogue::new().await;
    let (mir, tir) = (arrival(&ahi(7, ""), "1", "/in"), arrival(&ahi(14, ""), "1", "/in"));
    let first = catalogue.comes(&[mir.clone(), tir], "05:40:00").await;
    assert_eq!((first.new, first.again), (2, 0));
    let slots = catalogue.slots().await;
    assert_eq!((slots.len(), slots[0].state, slots[0].expected), (1, SlotState::Seen, false));
    catalogue.ends(&slots[0], SlotState::Scanned).await;
    // the same version says nothing new; changed after it was read soundly, or by another inbox, it is a copy, once
    assert_eq!(catalogue.comes(std::slice::from_ref(&mir), "06:00:00").await, Arrived::default());
    let mirror = Arrival { inbox: "mirror".into(), path: None, ..arrival(&mir.name, "etag", "s3://b") };
    for again in [arrival(&mir.name, "2", "/in"), mirror] {
        assert_eq!(catalogue.comes(std::slice::from_ref(&again), "06:00:00").await.again, 1);
        assert_eq!(catalogue.comes(&[again], "06:01:00").await, Arrived::default());
    }
    // the same part under another name is spare, and so is a band that adds nothing
    for (band, more) in [(7, ".bz2"), (13, "")] {
        assert_eq!(catalogue.comes(&[arrival(&ahi(band, more), "1", "/in")], "06:00:00").await.again, 1);
    }
    let slots = catalogue.slots().await;
    assert_eq!((slots.len(), slots[0].state), (1, SlotState::Scanned));
    let files = catalogue.files(slots[0].id).await;
    assert_eq!(files.iter().filter(|file| file.state == FileState::Spare).count(), 2, "{files:?}");
    assert_eq!(files.iter().find(|file| file.name == mir.name).map(|file| file.copies), Some(3));
}

#[tokio::test]
async fn what_comes_late_or_whole_after_it_came_broken_is_scanned_again() {
    let catalogue = Catalogue::new().await;
    catalogue.comes(&[arrival(&ahi(7, ""), "1", "/in"), arrival(&ahi(14, ""), "1", "/in")], "05:40:00").await;
    catalogue.ends(&catalogue.slots().await[0], SlotState::Scanned).await;
    // a band that the look is better with
    assert_eq!(catalogue.comes(&[arrival(&ahi(15, ""), "1", "/in")], "06:10:00").await.new, 1);
    let slot = catalogue.slots().await.remove(0);
    assert_eq!((slot.state, slot.late), (SlotState::Seen, false));
    catalogue.ends(&slot, SlotState::Failed).await;
    // of a look that was not sound a mirror's copy of a file that was read is not had again, but a changed one is
    let mirror = Arrival { inbox: "mirror".into(), path: None, ..arrival(&ahi(7, ""), "etag", "s3://b") };
    assert_eq!(catalogue.comes(&[mirror], "06:15:00").await.again, 1);
    assert_eq!(catalogue.slots().await[0].state, SlotState::Failed);
    assert_eq!(catalogue.comes(&[arrival(&ahi(7, ""), "2", "/in")], "06:20:00").await.new, 1);
    assert_eq!(catalogue.slots().await[0].state, SlotState::Seen);
}

#[tokio::test]
async fn an_expected_slot_takes_its_files_and_one_that_comes_after_its_deadline_is_late() {
    let mut catalogue = Catalogue::new().await;
    let toml = "[[station.inboxes]]\nname='in'\nkind='folder'\npath='in'\nsatellites=['Himawari-9']\n";
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("site.toml"), toml).expect("written");
    let counties = Path::new(env!("CARGO_MANIFEST_DIR")).join("sites/haidong/counties.geojson");
    std::fs::copy(counties, folder.path().join("counties.geojson")).expect("copied");
    catalogue.site = Site::load(folder.path()).expect("a site");
    let rules = Rules::of(&catalogue.site);
    for now in ["05:25:00", "05:31:00", "05:32:30"] {
        let unknown = expect(&catalogue.store, &catalogue.site, None, &rules, at(now)).await.expect("expected");
        assert!(unknown.is_empty());
    }
    let slots = catalogue.slots().await;
    // a station that begins at 05:25 expects 05:30 and nothing before; the deadline is half an hour
    assert_eq!((slots.len(), slots[0].first, slots[0].due), (1, at("05:30:00"), at("06:00:00")));
    catalogue.comes(&[arrival(&ahi(7, ""), "1", "/in")], "06:05:00").await;
    let slots = catalogue.slots().await;
    assert_eq!((slots.len(), slots[0].state, slots[0].late, slots[0].expected), (1, SlotState::Seen, true, true));
}

#[tokio::test]
async fn parts_of_an_overpass_are_one_look_in_whatever_order_they_come() {
    let catalogue = Catalogue::new().await;
    let part = |clock: &str, kind: &str| arrival(&format!("VJ1{kind}.A2025293.{clock}.002.nc"), "1", "/in");
    // the last one touches two looks and makes them one
    for (clock, now) in [("0548", "06:30:00"), ("0536", "06:31:00"), ("0542", "06:32:00")] {
        catalogue.comes(&[part(clock, "02IMG"), part(clock, "03IMG")], now).await;
    }
    let slots = catalogue.slots().await;
    assert_eq!((slots.len(), slots[0].satellite.as_str()), (1, "NOAA-20"));
    assert_eq!((slots[0].first, slots[0].last), (at("05:36:00"), at("05:54:00")));
    assert_eq!(catalogue.files(slots[0].id).await.len(), 6);
    // the next overpass, an orbit later, is another look
    catalogue.comes(&[part("0718", "02IMG")], "08:00:00").await;
    assert_eq!(catalogue.slots().await.len(), 2);
}

#[tokio::test]
async fn a_file_of_a_time_to_come_waits_for_it_and_a_spoilt_name_is_told() {
    let catalogue = Catalogue::new().await;
    catalogue.comes(&[arrival(&ahi(7, ""), "1", "/in"), arrival(&ahi(14, ""), "1", "/in")], "05:00:00").await;
    let slot = catalogue.slots().await.remove(0);
    assert_eq!(slot.again, Some(at("05:30:00")));
    let files = catalogue.files(slot.id).await;
    let rules = Rules::of(&catalogue.site);
    assert_eq!(next(&slot, &files, &rules, true, at("05:10:00")), Next::Wait(at("05:30:00")));
    let arrived = catalogue.comes(&[arrival("HS_H09_2025_0530_B07_FLDK.DAT", "1", "/in")], "05:00:00").await;
    assert_eq!(arrived.unknown, ["HS_H09_2025_0530_B07_FLDK.DAT"]);
}

/// A slot of 05:30 with files of these bands that came at 05:40, and what is to be done with it at a time.
fn at_time(bands: &[u8], state: FileState, now: &str, listed: bool) -> Next {
    let site = site();
    let rules = Rules::of(&site);
    let seen = (!bands.is_empty()).then(|| at("05:40:00"));
    let slot = Slot {
        id: 1,
        satellite: "Himawari-9".into(),
        stream: String::new(),
        first: at("05:30:00"),
        last: at("05:30:00"),
        state: if bands.is_empty() { SlotState::Expected } else { SlotState::Seen },
        expected: true,
        due: at("06:00:00"),
        seen,
        arrived: seen,
        again: None,
        scanned: None,
        attempts: 0,
        looks: Vec::new(),
        partial: false,
        late: false,
        said: String::new(),
    };
    let file = |segment: u8, band: &u8| {
        let name = ahi(*band, "").replace("S0210", &format!("S{segment:02}10"));
        Delivered {
            path: if state == FileState::Elsewhere { String::new() } else { format!("/in/{name}") },
            name,
            slot: 1,
            inbox: "in".into(),
            place: String::new(),
            version: "1".into(),
            size: None,
            state,
            seen: at("05:40:00"),
            closed: at("05:40:00"),
            copies: 1,
            versions: Vec::new(),
        }
    };
    // the site lies in the second segment, its surroundings reach into the third
    let files: Vec<Delivered> = bands.iter().flat_map(|band| [file(2, band), file(3, band)]).collect();
    next(&slot, &files, &rules, listed, at(now))
}

#[test]
fn what_is_whole_is_scanned_at_once_and_what_lacks_something_in_time() {
    let here = FileState::Here;
    assert_eq!(at_time(&[3, 5, 6, 7, 14, 15], here, "05:40:00", true), Next::Scan(None));
    // enough: the others are waited for for 20 s
    assert_eq!(at_time(&[7, 14], here, "05:40:00", true), Next::Wait(at("05:40:20")));
    assert_eq!(at_time(&[7, 14], here, "05:40:20", true), Next::Scan(None));
    // without the mid infrared nothing is found: its deadline
    assert_eq!(at_time(&[14], here, "05:59:59", true), Next::Wait(at("06:00:00")));
    assert!(matches!(at_time(&[14], here, "06:00:00", true), Next::Scan(Some(what)) if what.starts_with("B07")));
}

#[test]
fn missing_is_said_only_where_somebody_looked() {
    let here = FileState::Here;
    assert_eq!(at_time(&[], here, "05:59:59", true), Next::Wait(at("06:00:00")));
    assert_eq!(at_time(&[], here, "06:10:00", false), Next::Wait(at("06:10:00")));
    assert_eq!(at_time(&[], here, "06:10:00", true), Next::Missing);
    // listed and not fetched: a day
    assert!(matches!(at_time(&[7, 14], FileState::Elsewhere, "06:10:00", true), Next::Wait(_)));
}
