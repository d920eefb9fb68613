//! A clock that was wrong for a while.

use super::at_work::at_work;
use crate::error::Error;
use crate::site::Site;
use crate::station::expect::expect;
use crate::station::{Rules, is_the_same_clock, keep_clock};
use crate::store::{Slot, Store};
use crate::time::{Clock, Utc};

const INBOX: &str = "[[station.inboxes]]\nname = 'in'\nkind = 'folder'\npath = 'in'\nsatellites = ['Himawari-9']\n";

fn time(text: &str) -> Utc {
    Utc::parse(text).expect("a time")
}

/// Slots of the day after the schedule was looked at, at these times.
async fn expected(store: &Store, site: &Site, times: &[&str]) -> Vec<String> {
    for now in times {
        let unknown = expect(store, site, None, &Rules::of(site), time(now)).await.expect("expected");
        assert!(unknown.is_empty());
    }
    let day = (time("2025-10-20T00:00:00Z"), time("2025-10-21T00:00:00Z"));
    let slots: Vec<Slot> = store.slots(day.0, day.1, None).await.expect("slots");
    slots.iter().map(|slot| slot.first.hhmm()).collect()
}

/// Himawari-9 looks each ten minutes (JMA): a clock of 2035 for a moment, and one that is set back by an hour, cost none of its slots from
/// then on.
#[tokio::test]
async fn slots_are_expected_although_the_clock_was_once_ahead() {
    let clock = Clock::rehearsal(time("2025-10-20T05:25:00Z"), 1.0);
    at_work(INBOX, clock, async |running, store| {
        let ahead = ["2035-01-01T00:05:00Z", "2035-01-01T00:25:00Z"];
        assert!(expected(store, running.site, &ahead).await.is_empty());
        let right = ["2025-10-20T05:25:00Z", "2025-10-20T05:31:30Z", "2025-10-20T05:45:00Z"];
        assert_eq!(expected(store, running.site, &right).await, ["0530", "0540"]);
    })
    .await;
    at_work(INBOX, clock, async |running, store| {
        let set_back = ["2025-10-20T06:25:00Z", "2025-10-20T06:35:00Z", "2025-10-20T05:25:00Z", "2025-10-20T05:35:00Z"];
        assert_eq!(expected(store, running.site, &set_back).await, ["0530", "0630"]);
        // what was put in by the clock that was ahead is not put in twice
        assert_eq!(expected(store, running.site, &["2025-10-20T06:35:00Z"]).await.len(), 7);
    })
    .await;
}

#[tokio::test]
async fn a_store_is_kept_by_one_clock_from_its_first_station_on() {
    let rehearsal = Clock::rehearsal(time("2025-10-20T05:25:00Z"), 1.0);
    at_work("", rehearsal, async |_, store| {
        for clock in [Clock::MACHINE, rehearsal] {
            is_the_same_clock(store, clock).await.expect("nobody's yet");
        }
        for _ in 0..2 {
            keep_clock(store, rehearsal).await.expect("its own");
        }
        is_the_same_clock(store, rehearsal).await.expect("its own");
        for refused in [is_the_same_clock(store, Clock::MACHINE).await, keep_clock(store, Clock::MACHINE).await] {
            let error = refused.expect_err("a rehearsal's");
            assert!(matches!(error, Error::Config { .. }) && error.to_string().contains("of a rehearsal"), "{error}");
        }
    })
    .await;
}
