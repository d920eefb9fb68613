//! Photos of the field: what is known of them; their bytes lie in a folder.

use super::statement::{Statement, Value};
use super::{Actor, Store, StoreError, Write, moment};
use crate::cases::PhotoKind;
use crate::error::Result;
use crate::place::LonLat;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;

/// A photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Its id, given by the phone.
    pub id: String,
    /// The event.
    pub event: String,
    /// Who took it.
    pub who: String,
    /// What it is of, where the phone asked.
    pub kind: Option<PhotoKind>,
    /// `image/jpeg` and the like, as the phone says.
    pub mime: String,
    /// Bytes of the original.
    pub size: i64,
    /// SHA-256 of the original, hexadecimal.
    pub sha256: String,
    /// When it was taken, by the phone; see [`Photo::is_by_phone`].
    pub taken: Utc,
    /// Where, by the phone.
    pub place: Option<LonLat>,
    /// Its error, metres.
    pub accuracy_m: Option<f64>,
    /// Bytes of the original that are here.
    pub received: i64,
    /// Whether the original is here, and is the one that the phone has.
    pub complete: bool,
    /// Whether the small one is here.
    pub small: bool,
    /// When the server heard of it, by its own clock.
    pub made: Utc,
}

/// No phone takes a photo and has the server know of it within so short a time, seconds.
const AT_ONCE_S: f64 = 0.005;

impl Photo {
    /// Whether the time at which it was taken is the phone's. One that a phone dated into the future stands with the time at which the server heard of
    /// it.
    pub fn is_by_phone(&self) -> bool {
        self.made.seconds_since(self.taken) >= AT_ONCE_S
    }
}

/// What changed of the bytes of a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uploaded {
    /// The small one is here: what the desk judges by.
    Small {
        /// Its SHA-256, for the audit.
        sha256: String,
    },
    /// So many bytes of the original are here.
    Part(i64),
    /// All of it is here.
    Complete,
}

const COLUMNS: &str = "SELECT id, event, who, mime, size, sha256, taken_us, lon, lat, accuracy_m, received, complete, small, made_us, kind FROM photos";

impl Write<'_> {
    /// Registers a photo; one that is known stays as it is.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn add_photo(&mut self, photo: &Photo, now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                let text = |text: &str| Value::from(text);
                let row = [
                    text(&photo.id),
                    text(&photo.event),
                    text(&photo.who),
                    text(&photo.mime),
                    photo.size.into(),
                    text(&photo.sha256),
                    photo.taken.micros().into(),
                    Value::Real(photo.place.map(LonLat::lon)),
                    Value::Real(photo.place.map(LonLat::lat)),
                    Value::Real(photo.accuracy_m),
                    now.micros().into(),
                    0.into(),
                    0.into(),
                    0.into(),
                    photo.kind.map(PhotoKind::code).into(),
                ];
                let into = "photos (id, event, who, mime, size, sha256, taken_us, lon, lat, accuracy_m, made_us, received, complete, small, kind)";
                let mut add = Statement::insert(into, std::iter::once(row));
                add.push(" ON CONFLICT (id) DO NOTHING");
                if add.execute(&mut self.tx).await? > 0 {
                    let detail = serde_json::json!({
                        "photo": photo.id, "sha256": photo.sha256, "size": photo.size, "taken": photo.taken, "place": photo.place, "kind": photo.kind,
                    });
                    self.add_line(now, actor, "photo registered", &photo.event, &detail.to_string()).await?;
                    self.mark_changed(&photo.event).await?;
                }
                Ok(())
            })
            .await
    }

    /// Notes which bytes of a photo are here.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_uploaded(&mut self, photo: &Photo, what: Uploaded, now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                match what {
                    Uploaded::Small { sha256 } => {
                        let put = "UPDATE photos SET small = 1 WHERE id = $1";
                        sqlx::query(put).bind(&photo.id).execute(&mut *self.tx).await?;
                        let detail = serde_json::json!({ "photo": photo.id, "sha256": sha256 });
                        self.add_line(now, actor, "small photo received", &photo.event, &detail.to_string()).await?;
                        self.mark_changed(&photo.event).await?;
                    }
                    Uploaded::Part(received) => {
                        let put = "UPDATE photos SET received = $1 WHERE id = $2 AND complete = 0";
                        sqlx::query(put).bind(received).bind(&photo.id).execute(&mut *self.tx).await?;
                    }
                    Uploaded::Complete => {
                        let put = "UPDATE photos SET received = size, complete = 1 WHERE id = $1";
                        sqlx::query(put).bind(&photo.id).execute(&mut *self.tx).await?;
                        let detail = serde_json::json!({ "photo": photo.id, "sha256": photo.sha256 });
                        self.add_line(now, actor, "photo received", &photo.event, &detail.to_string()).await?;
                        self.mark_changed(&photo.event).await?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Lists of the event are no longer what they were.
    async fn mark_changed(&mut self, event: &str) -> std::result::Result<(), StoreError> {
        let seq = self.numbers("changes", 1).await?;
        let mark = "UPDATE events SET seq = $1 WHERE id = $2";
        sqlx::query(mark).bind(seq).bind(event).execute(&mut *self.tx).await?;
        Ok(())
    }

    /// Whether all of these are photos of an event.
    pub(super) async fn are_photos_of(&mut self, event: &str, ids: &[String]) -> std::result::Result<bool, StoreError> {
        let mut ids: Vec<String> = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(true);
        }
        let mut query = Statement::among("SELECT COUNT(*) FROM photos WHERE id", &ids);
        query.push(" AND event = ");
        query.bind(event);
        let rows = query.fetch_all(&mut self.tx).await?;
        let found: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
        Ok(found == ids.len() as i64)
    }
}

impl Store {
    /// A photo of an event.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn photo(&self, event: &str, id: &str) -> Result<Option<Photo>> {
        self.said(async {
            let query = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE event = $1 AND id = $2"));
            sqlx::query(query).bind(event).bind(id).fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
        })
        .await
    }

    /// Ids of all photos.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn photo_ids(&self) -> Result<BTreeSet<String>> {
        self.said(async {
            let ids: Vec<(String,)> = sqlx::query_as("SELECT id FROM photos").fetch_all(&self.pool).await?;
            Ok(ids.into_iter().map(|(id,)| id).collect())
        })
        .await
    }

    /// Whether an id is taken by a photo, of whatever event.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn has_photo(&self, id: &str) -> Result<bool> {
        self.said(async {
            let (count,): (i64,) =
                sqlx::query_as("SELECT COUNT(*) FROM photos WHERE id = $1").bind(id).fetch_one(&self.pool).await?;
            Ok(count > 0)
        })
        .await
    }

    /// The photos of an event, in the order in which they were taken.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn photos_of(&self, event: &str) -> Result<Vec<Photo>> {
        self.said(async {
            let query = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE event = $1 ORDER BY taken_us, id"));
            sqlx::query(query).bind(event).fetch_all(&self.pool).await?.iter().map(read).collect()
        })
        .await
    }
}

fn read(row: &AnyRow) -> std::result::Result<Photo, StoreError> {
    let (lon, lat): (Option<f64>, Option<f64>) = (row.try_get(7)?, row.try_get(8)?);
    Ok(Photo {
        id: row.try_get(0)?,
        event: row.try_get(1)?,
        who: row.try_get(2)?,
        mime: row.try_get(3)?,
        size: row.try_get(4)?,
        sha256: row.try_get(5)?,
        taken: moment(row.try_get(6)?)?,
        place: lon.zip(lat).and_then(|(lon, lat)| LonLat::new(lon, lat)),
        accuracy_m: row.try_get(9)?,
        received: row.try_get(10)?,
        complete: row.try_get::<i64, _>(11)? != 0,
        small: row.try_get::<i64, _>(12)? != 0,
        made: moment(row.try_get(13)?)?,
        kind: row.try_get::<Option<String>, _>(14)?.as_deref().and_then(PhotoKind::of),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_the_server_put_there_is_not_the_phones() {
        let made = Utc::parse("2025-10-20T05:30:00Z").expect("a time");
        let photo = |taken: Utc| Photo {
            id: String::new(),
            event: String::new(),
            who: String::new(),
            kind: None,
            mime: String::new(),
            size: 0,
            sha256: String::new(),
            taken,
            place: None,
            accuracy_m: None,
            received: 0,
            complete: false,
            small: false,
            made,
        };
        assert!(!photo(made).is_by_phone());
        assert!(photo(made.plus_seconds(-1.0).expect("a time")).is_by_phone());
    }
}
