//! Numbers that may be absent: a record without one does not stand in the way of the next that has it.

use crate::databases::both;
use strawfire::place::LonLat;
use strawfire::store::{Actor, Photo, Store};
use strawfire::time::Utc;

/// A phone without a place, then one with it, then one without again, over one connection.
#[test]
fn photos_with_and_without_a_place_are_both_taken() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runs");
    for database in both() {
        runtime.block_on(async {
            let store = Store::open(&database.url).await.expect("opens");
            let actor = Actor { who: "test".into(), origin: "here".into() };
            let place = LonLat::new(102.1, 36.5);
            let photo = |id: &str, place: Option<LonLat>| Photo {
                kind: None,
                made: Utc::now(),
                id: id.into(),
                event: "e".into(),
                who: "甲".into(),
                mime: "image/jpeg".into(),
                size: 10,
                sha256: "ab".repeat(32),
                taken: Utc::now(),
                place,
                accuracy_m: place.map(|_| 12.5),
                received: 0,
                complete: false,
                small: false,
            };
            let mut write = store.write().await.expect("a turn");
            for (id, place) in [("a", None), ("b", place), ("c", None)] {
                write.add_photo(&photo(id, place), Utc::now(), &actor).await.expect("taken");
            }
            write.commit().await.expect("kept");
            let photos = store.photos_of("e").await.expect("read");
            let mut found: Vec<_> =
                photos.iter().map(|photo| (photo.id.as_str(), photo.place, photo.accuracy_m)).collect();
            found.sort_by_key(|photo| photo.0);
            assert_eq!(found, [("a", None, None), ("b", place, Some(12.5)), ("c", None, None)], "{}", database.kind);
        });
    }
}
