//! What receivers said and the store could not keep yet. While a disk is full or another program holds the database, that is known
//! here alone: nothing more is sent until it is kept, so that nobody gets the same mail every few seconds.

use crate::error::Result;
use crate::store::{Actor, Filed, Row, Settled, Store};
use crate::time::Utc;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Answers by the numbers of their notices; it outlives a store that is opened again.
#[derive(Debug, Default)]
pub struct Unsettled(Mutex<BTreeMap<i64, End>>);

/// How an attempt ended.
#[derive(Debug, Clone)]
pub(super) struct End {
    /// The notice, without its body.
    row: Row,
    settled: Settled,
    /// Its gauge, where that holds more than before.
    gauge: Option<String>,
}

impl End {
    pub(super) fn of(row: &Row, settled: Settled, gauge: Option<String>) -> End {
        let Row { id, filed, status, queued, attempts, settled: before, said, body_sha256: _ } = row;
        let Filed { sink, event, revision, kind, due, seen, late, gauge: old, body: _ } = filed;
        let (sink, event, kind, old) = (sink.clone(), event.clone(), kind.clone(), old.clone());
        let (revision, due, seen, late) = (*revision, *due, *seen, *late);
        let filed = Filed { sink, event, revision, kind, due, seen, late, gauge: old, body: String::new() };
        let (id, status, queued, attempts, before) = (*id, *status, *queued, *attempts, *before);
        let said = said.clone();
        let row = Row { id, filed, status, queued, attempts, settled: before, said, body_sha256: None };
        End { row, settled, gauge }
    }
}

impl Unsettled {
    /// Keeps answers; where the store does not take them they are remembered.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub(super) async fn settle(&self, ends: Vec<End>, store: &Store, now: Utc, actor: &Actor) -> Result<()> {
        // before it is tried: whoever waits for a store may be told to end meanwhile
        self.all().extend(ends.iter().map(|end| (end.settled.id, end.clone())));
        keep(&ends, store, now, actor).await?;
        let mut all = self.all();
        ends.iter().for_each(|end| _ = all.remove(&end.settled.id));
        Ok(())
    }

    /// Keeps what is remembered.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`]; it is remembered further.
    pub(super) async fn settle_all(&self, store: &Store, now: Utc, actor: &Actor) -> Result<()> {
        let ends: Vec<End> = self.all().values().cloned().collect();
        if ends.is_empty() {
            return Ok(());
        }
        self.settle(ends, store, now, actor).await
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<i64, End>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn keep(ends: &[End], store: &Store, now: Utc, actor: &Actor) -> Result<()> {
    let mut write = store.write().await?;
    for end in ends {
        if let Some(gauge) = &end.gauge {
            write.put_gauge(&end.row, gauge).await?;
        }
    }
    let settled: Vec<(&Row, Settled)> = ends.iter().map(|end| (&end.row, end.settled.clone())).collect();
    write.settle(&settled, now, actor).await?;
    write.commit().await
}
