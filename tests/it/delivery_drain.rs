//! How fast ten thousand waiting notices reach a receiver that keeps each on its disk before it answers: `make bench-delivery`.

use crate::databases::both;
use crate::delivery::{count, desk, http, run};
use crate::sinks_receiver::{received, receiver};
use std::time::Instant;
use strawfire::store::{Status, Store};
use strawfire::time::Utc;

const EVENTS: u32 = 10_000;

#[test]
#[ignore = "a measurement of a release build: make bench-delivery"]
fn ten_thousand_events_are_drained() {
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &[]);
        let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            for part in 0..20 {
                desk.queue(&store, &["patrol"], 500 * part..500 * (part + 1), Utc::now()).await;
            }
            store.close().await;
        });
        let began = Instant::now();
        desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
        let seconds = began.elapsed().as_secs_f64();
        let rate = f64::from(EVENTS) / seconds;
        println!(
            "{}: {EVENTS} events in {seconds:.1} s: {rate:.0} a second, sender and receiver on one machine",
            database.kind
        );
        assert_eq!(received(out.path()).len(), EVENTS as usize);
        run(async {
            let store = Store::open(&database.url).await.expect("opens");
            assert_eq!(count(&store, "patrol", Status::Sent).await, i64::from(EVENTS));
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
        assert!(rate >= 500.0, "{rate:.0} a second");
    }
}
