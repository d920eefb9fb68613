//! By which clock a store is kept: one that knows a rehearsal knows no real fires, and the other way round.

use crate::error::{Error, Result};
use crate::store::Store;
use crate::time::{Clock, Utc};

/// The note of by which clock the station works.
const CLOCK: &str = "clock";
const REHEARSAL: &str = "rehearsal";
/// The note of since when there is a station.
pub(super) const SINCE: &str = "since";

fn name_of(clock: Clock) -> &'static str {
    if clock.is_rehearsal() { REHEARSAL } else { "machine" }
}

/// Asked before anything of a store is scanned, served or delivered; one with which no station worked yet is anybody's.
///
/// # Errors
/// [`Error::Config`] where a station worked with it by another clock; [`Error::Store`].
pub async fn is_the_same_clock(store: &Store, clock: Clock) -> Result<()> {
    let Some(kept) = store.station_note(CLOCK).await?.filter(|kept| kept != name_of(clock)) else { return Ok(()) };
    Err(Error::config(
        "store.url",
        format!("{}, in which a station worked by the clock of a {kept}", store.name()),
        "a store of its own for a rehearsal",
        "name another one in store.url",
    ))
}

/// As [`is_the_same_clock`]; from then on the store is kept by this clock.
///
/// # Errors
/// As [`is_the_same_clock`].
pub async fn keep_clock(store: &Store, clock: Clock) -> Result<()> {
    is_the_same_clock(store, clock).await?;
    if store.station_note(CLOCK).await?.is_some() {
        return Ok(());
    }
    let mut write = store.write().await?;
    write.note_station(CLOCK, name_of(clock)).await?;
    write.note_station(SINCE, &clock.now().rfc3339()).await?;
    write.commit().await
}

/// What time it is to a store: of a rehearsal that of its newest look.
///
/// # Errors
/// [`Error::Store`].
pub async fn now_of(store: &Store, now: Utc) -> Result<Utc> {
    if store.station_note(CLOCK).await?.as_deref() != Some(REHEARSAL) {
        return Ok(now);
    }
    Ok(store.newest_slot().await?.and_then(|newest| newest.plus_seconds(1.0)).unwrap_or(now))
}
