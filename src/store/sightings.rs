//! What cameras, drones and platforms saw, what cameras showed of an event that they were asked to look at, and which alarms of platforms
//! were taken.

use super::fires::AT_ONCE;
use super::listing::{Asked, at_least, at_most, page, within};
use super::scope::Scope;
use super::statement::{Statement, Value};
use super::{Actor, Store, StoreError, Write, moment, of_text, to_text};
use crate::error::Result;
use crate::sighting::{Ground, Sighting};
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A sighting with the county that it is of: that of its place, else of where it was seen from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighted {
    /// The sighting.
    pub sighting: Sighting,
    /// Six-digit code; `None` outside of the counties.
    pub adcode: Option<String>,
}

/// A camera that can see the place of an event, and what it showed of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CameraLook {
    /// The event.
    pub event: String,
    /// The camera.
    pub camera: String,
    /// The direction that it was asked to look in; `None` for one that looks there always.
    pub preset: Option<String>,
    /// When it was asked, or showed it.
    pub time: Utc,
    /// What came of it, in words for the desk.
    pub said: String,
    /// The picture, with the place marked.
    pub image: Option<String>,
}

const SIGHTING: &str = "SELECT s.id, s.record FROM sightings s WHERE 1 = 1";

impl Write<'_> {
    /// Puts sightings; what was there under an id is replaced.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn put_sightings(&mut self, sighted: &[Sighted]) -> Result<()> {
        let store = self.store;
        self.sightings_put(sighted).await.map_err(|error| store.told(error))
    }

    async fn sightings_put(&mut self, sighted: &[Sighted]) -> std::result::Result<(), StoreError> {
        for part in sighted.chunks(AT_ONCE) {
            let mut rows = Vec::with_capacity(part.len());
            for Sighted { sighting, adcode } in part {
                // a line is listed where its nearer end is
                let place = sighting.ground.map(|ground| match ground {
                    Ground::Point { place, .. } | Ground::Along { near: place, .. } => place,
                });
                let lon = Value::Real(place.map(|place| place.lon()));
                let lat = Value::Real(place.map(|place| place.lat()));
                let (id, camera) = (sighting.id.as_str().into(), sighting.camera.as_deref().into());
                let record = Value::Text(Some(to_text(sighting)?));
                rows.push([id, sighting.time.micros().into(), camera, adcode.as_deref().into(), lon, lat, record]);
            }
            let into = "sightings (id, time_us, camera, adcode, lon, lat, record)";
            let mut query = Statement::insert(into, rows.into_iter());
            query.push(
                " ON CONFLICT (id) DO UPDATE SET time_us = excluded.time_us, camera = excluded.camera, \
                 adcode = excluded.adcode, lon = excluded.lon, lat = excluded.lat, record = excluded.record",
            );
            query.execute(&mut self.tx).await?;
        }
        if !sighted.is_empty() {
            self.numbers("changes", 1).await?;
        }
        Ok(())
    }

    /// Claims a sighting without a place for who gives it one now: of two desks, whatever process each asks, one has it. `false` where it has a
    /// place, or somebody gave it one before ([`Store::settled_by`]).
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn claim_place(&mut self, id: &str, now: Utc, actor: &Actor) -> Result<bool> {
        let store = self.store;
        let claim = "UPDATE sightings SET settled_us = $1, settled_by = $2 WHERE id = $3 AND settled_us IS NULL AND record = $4";
        store
            .said(async {
                // in this turn nobody else writes: what is read here is what the condition meets
                let record = "SELECT record FROM sightings WHERE id = $1";
                let record: Option<(String,)> = sqlx::query_as(record).bind(id).fetch_optional(&mut *self.tx).await?;
                let Some((record,)) = record else { return Ok(false) };
                let known: Sighting = of_text(&format!("sighting {id}"), &record)?;
                if known.place().is_some() {
                    return Ok(false);
                }
                let query = sqlx::query(claim).bind(now.micros()).bind(&actor.who).bind(id).bind(&record);
                Ok(query.execute(&mut *self.tx).await?.rows_affected() > 0)
            })
            .await
    }

    /// Keeps what a camera showed of an event.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn put_camera_look(&mut self, look: &CameraLook) -> Result<()> {
        let store = self.store;
        let put = "INSERT INTO camera_looks (event, camera, time_us, record) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (event, camera, time_us) DO UPDATE SET record = excluded.record";
        let done = async {
            let query = sqlx::query(put).bind(&look.event).bind(&look.camera).bind(look.time.micros());
            query.bind(to_text(look)?).execute(&mut *self.tx).await?;
            self.numbers("changes", 1).await?;
            Ok(())
        };
        done.await.map_err(|error| store.told(error))
    }

    /// Notes an alarm of a platform, with the sighting that it became and its text as it came.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`], also where it is there already.
    pub async fn note_alarm(
        &mut self,
        source: &str,
        vendor_id: &str,
        sighting: &str,
        body: &str,
        now: Utc,
    ) -> Result<()> {
        let store = self.store;
        let put = "INSERT INTO intake (source, vendor_id, received_us, sighting, body) VALUES ($1, $2, $3, $4, $5)";
        let query = sqlx::query(put).bind(source).bind(vendor_id).bind(now.micros()).bind(sighting).bind(body);
        let done = query.execute(&mut *self.tx).await;
        done.map(|_| ()).map_err(|error| store.told(error.into()))
    }
}

impl Store {
    /// The sighting that an alarm of a platform became; `None` where it was not taken yet.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn alarm_taken(&self, source: &str, vendor_id: &str) -> Result<Option<String>> {
        let text = "SELECT sighting FROM intake WHERE source = $1 AND vendor_id = $2";
        self.said(async {
            let query = sqlx::query_as(text).bind(source.to_string()).bind(vendor_id.to_string());
            let found: Option<(String,)> = query.fetch_optional(&self.pool).await?;
            Ok(found.map(|(sighting,)| sighting))
        })
        .await
    }

    /// Who gave a sighting its place, and when; `None` where it came with one, or has none.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn settled_by(&self, id: &str) -> Result<Option<(Utc, String)>> {
        let text = "SELECT settled_us, settled_by FROM sightings WHERE id = $1 AND settled_us IS NOT NULL";
        self.said(async {
            let found: Option<(i64, Option<String>)> = sqlx::query_as(text).bind(id).fetch_optional(&self.pool).await?;
            found.map(|(at, by)| Ok((moment(at)?, by.unwrap_or_default()))).transpose()
        })
        .await
    }

    /// How many sightings a list has.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn count_sightings(&self, scope: &Scope, asked: &Asked) -> Result<i64> {
        let mut query = Statement::new("SELECT COUNT(*) FROM sightings s WHERE 1 = 1");
        filter(&mut query, scope, asked);
        self.said(self.count(query)).await
    }

    /// A page of sightings, the latest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn list_sightings(&self, scope: &Scope, asked: &Asked) -> Result<Vec<Sighting>> {
        let mut query = Statement::new(SIGHTING);
        filter(&mut query, scope, asked);
        page(&mut query, asked, "s.time_us", "s.id");
        self.all_of(query, sighting).await
    }

    /// One sighting; `None` where there is none, or none that may be seen.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn sighting(&self, scope: &Scope, id: &str) -> Result<Option<Sighting>> {
        let mut query = Statement::new(format!("{SIGHTING} AND s.id = "));
        query.bind(id);
        scope.limit_fires(&mut query, "s");
        self.first_of(query, sighting).await
    }

    /// The sightings that count in an event, by time.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn sightings_of_event(&self, event: &str) -> Result<Vec<Sighting>> {
        let query = "SELECT s.id, s.record FROM sightings s JOIN members m ON m.fire = s.id WHERE m.event = $1 ORDER BY s.time_us, s.id";
        self.said(async { sqlx::query(query).bind(event).fetch_all(&self.pool).await?.iter().map(sighting).collect() })
            .await
    }

    /// What cameras showed of an event, by time.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn camera_looks(&self, event: &str) -> Result<Vec<CameraLook>> {
        let query = "SELECT record FROM camera_looks WHERE event = $1 ORDER BY time_us, camera";
        self.said(async {
            let rows: Vec<(String,)> = sqlx::query_as(query).bind(event).fetch_all(&self.pool).await?;
            rows.iter().map(|(record,)| of_text(&format!("look of a camera at {event}"), record)).collect()
        })
        .await
    }
}

fn filter(query: &mut Statement, scope: &Scope, asked: &Asked) {
    scope.limit_fires(query, "s");
    within(query, asked.bbox, "s");
    at_least(query, "s.time_us", asked.from);
    at_most(query, "s.time_us", asked.to);
    if let Some(county) = &asked.county {
        query.push(" AND s.adcode = ");
        query.bind(county.as_str());
    }
}

fn sighting(row: &AnyRow) -> std::result::Result<Sighting, StoreError> {
    let (id, record): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    of_text(&format!("sighting {id}"), &record)
}
