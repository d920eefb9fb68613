//! Detections: kept and dropped, each once by its id.

use super::statement::{Statement, Value};
use super::{StoreError, Write, of_text, to_text};
use crate::fire::{DropReason, FirePixel, Verdict};
use crate::time::Utc;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

/// Parameters of one statement stay far below what SQLite (32,766) and PostgreSQL (65,535) take.
pub(super) const AT_ONCE: usize = 1000;

impl Write<'_> {
    /// Detections of granules.
    pub(super) async fn fires_of(&mut self, granules: &[String]) -> Result<Vec<FirePixel>, StoreError> {
        among(&mut self.tx, "granule", granules).await
    }

    /// Detections by their ids.
    pub(super) async fn fires_by_id(&mut self, ids: &[String]) -> Result<Vec<FirePixel>, StoreError> {
        among(&mut self.tx, "id", ids).await
    }

    /// Detections that burn, from one time to another.
    pub(super) async fn burning(&mut self, from: Utc, to: Utc) -> Result<Vec<FirePixel>, StoreError> {
        let between = "SELECT id, record FROM fires WHERE burns = 1 AND time_us >= $1 AND time_us <= $2";
        let rows = sqlx::query(between).bind(from.micros()).bind(to.micros()).fetch_all(&mut *self.tx).await?;
        read(&rows)
    }

    /// Puts detections; what was there under an id is replaced.
    pub(super) async fn put_fires(&mut self, fires: &[&FirePixel]) -> Result<(), StoreError> {
        for part in fires.chunks(AT_ONCE) {
            let mut rows = Vec::with_capacity(part.len());
            for fire in part {
                let adcode = fire.county.as_ref().map(|county| county.adcode.as_str());
                let (id, granule) = (fire.id.as_str().into(), fire.granule.as_str().into());
                let (time, burns) = (fire.time.micros().into(), i64::from(burns(fire)).into());
                let (lon, lat) = (fire.place.lon().into(), fire.place.lat().into());
                let kept = i64::from(fire.verdict == Verdict::Kept).into();
                let record = Value::Text(Some(to_text(fire)?));
                rows.push([id, granule, time, burns, adcode.into(), record, lon, lat, kept]);
            }
            let into = "fires (id, granule, time_us, burns, adcode, record, lon, lat, kept)";
            let mut query = Statement::insert(into, rows.into_iter());
            query.push(
                " ON CONFLICT (id) DO UPDATE SET granule = excluded.granule, time_us = excluded.time_us, \
                 burns = excluded.burns, adcode = excluded.adcode, record = excluded.record, lon = excluded.lon, \
                 lat = excluded.lat, kept = excluded.kept",
            );
            query.execute(&mut self.tx).await?;
        }
        Ok(())
    }

    /// Takes the detections of granules away.
    pub(super) async fn remove_fires(&mut self, ids: &[String]) -> Result<(), StoreError> {
        for part in ids.chunks(AT_ONCE) {
            Statement::among("DELETE FROM fires WHERE id", part).execute(&mut self.tx).await?;
        }
        Ok(())
    }
}

/// Detections of which a column has one of these values.
pub(super) async fn among(
    connection: &mut AnyConnection,
    column: &'static str,
    values: &[String],
) -> Result<Vec<FirePixel>, StoreError> {
    let mut fires = Vec::new();
    for part in values.chunks(AT_ONCE) {
        let query = Statement::among(format!("SELECT id, record FROM fires WHERE {column}"), part);
        fires.extend(read(&query.fetch_all(connection).await?)?);
    }
    Ok(fires)
}

/// Whether it takes part in events, as fusing has it.
fn burns(fire: &FirePixel) -> bool {
    matches!(fire.verdict, Verdict::Kept | Verdict::Dropped(DropReason::OutsideCounties))
}

pub(super) fn read(rows: &[AnyRow]) -> Result<Vec<FirePixel>, StoreError> {
    let fire = |row: &AnyRow| {
        let (id, record): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        of_text(&format!("detection {id}"), &record)
    };
    rows.iter().map(fire).collect()
}
