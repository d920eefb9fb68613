//! Folder drop: GeoJSON a notice, FIRMS columns a day.

use crate::sinks::{Opened, event, is_accepted, is_again, letter, letter_of, open, said};
use std::path::Path;
use strawfire::deliver::sinks::{Kind, Letter};
use strawfire::fire::FireEvent;
use strawfire::ingest::feeds::{self, Format};
use strawfire::time::Utc;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into())
        .collect();
    names.sort();
    names
}

async fn put(sink: &Opened, letter: &Letter) {
    let answer = sink.sink.send(std::slice::from_ref(letter), Utc::now()).await;
    assert!(is_accepted(&answer), "{answer:?}");
}

#[tokio::test]
async fn a_notice_is_a_file_that_comes_whole_and_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("drop");
    let sink = open(&format!("kind = 'folder'\nurl = 'file://{}'", out.display()), false).expect("opened");
    for _ in 0..2 {
        put(&sink, &letter(&sink.config, 1)).await;
    }
    put(&sink, &letter_of(&sink.config, &event(1), Kind::Updated, 2, true)).await;
    assert_eq!(
        names(&out),
        ["20251020T053000Z_0000000000000001_1.geojson", "20251020T053000Z_0000000000000001_2.geojson"]
    );
    let text = std::fs::read_to_string(out.join("20251020T053000Z_0000000000000001_2.geojson")).expect("read");
    text.parse::<geojson::GeoJson>().expect("GeoJSON by the geojson crate");
    let feature: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&feature["notice"]["kind"], &feature["notice"]["late"]), (&"updated".into(), &true.into()));
    assert_eq!(feature["properties"]["county"], "互助土族自治县");
}

#[tokio::test]
async fn a_days_list_has_the_newest_row_of_each_event_and_is_read_as_firms() {
    let folder = tempfile::tempdir().expect("a folder");
    let sink = open(&format!("kind = 'folder'\nurl = '{}'\nformat = 'firms-csv'", folder.path().display()), false);
    let sink = sink.expect("opened");
    for n in 0..3 {
        put(&sink, &letter(&sink.config, n)).await;
    }
    let grown = FireEvent { max_frp_mw: Some(99.5), ..event(1) };
    let second = letter_of(&sink.config, &grown, Kind::Updated, 2, false);
    put(&sink, &second).await;
    put(&sink, &letter(&sink.config, 1)).await;
    // another event began after midnight in Beijing
    let next = FireEvent { first_seen: Utc::parse("2025-10-20T16:00:00Z").expect("valid"), ..event(7) };
    put(&sink, &letter_of(&sink.config, &next, Kind::New, 1, false)).await;
    assert_eq!(names(folder.path()), ["hotspots_2025-10-20.csv", "hotspots_2025-10-21.csv"]);
    let path = folder.path().join("hotspots_2025-10-20.csv");
    let text = std::fs::read_to_string(&path).expect("read");
    assert!(
        text.starts_with("latitude,longitude,acq_date,acq_time,satellite,confidence,version,frp,daynight,"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 4, "an older notice that comes again changes nothing: {text}");
    assert!(text.contains(",99.5,D,0000000000000001,2,updated,"), "{text}");
    let feed = feeds::read(Format::from_name("firms").expect("a format"), &path).expect("our reader of FIRMS lists");
    assert_eq!((feed.pixels.len(), feed.rejected.len()), (3, 0));
    // what became part of another event is no point of its own
    let merged = FireEvent { merged_into: Some("0000000000000002".into()), ..event(1) };
    put(&sink, &letter_of(&sink.config, &merged, Kind::Closed, 3, false)).await;
    let text = std::fs::read_to_string(&path).expect("read");
    assert!(text.lines().count() == 3 && !text.contains(",0000000000000001,"), "{text}");
    // an event that ended burned all the same
    put(&sink, &letter_of(&sink.config, &event(2), Kind::Closed, 2, false)).await;
    assert!(std::fs::read_to_string(&path).expect("read").contains(",0000000000000002,2,closed,"));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_waits() {
    let file = tempfile::NamedTempFile::new().expect("file");
    let sink = open(&format!("kind = 'folder'\nurl = '{}/drop'", file.path().display()), false).expect("opened");
    let answer = sink.push(1).await;
    assert!(is_again(&answer) && said(&answer).contains("cannot be written"), "{answer:?}");
}
