//! Reports of days, weeks and months, frozen when they were made. No row is ever changed.

use super::statement::Statement;
use super::{Actor, Store, StoreError, Write, moment};
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What lists say of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// daily, weekly or monthly.
    pub kind: String,
    /// Code of the city or a county.
    pub area: String,
    /// The first moment of its time.
    pub from: Utc,
    /// The moment after the last.
    pub until: Utc,
    /// What was known by then counts.
    pub cut_off: Utc,
    /// Name of the counting rules.
    pub rule: String,
    /// From 1.
    pub revision: i64,
    /// The report that it sets right.
    pub corrects: Option<String>,
    /// When it was made.
    pub made: Utc,
    /// Who made it.
    pub made_by: String,
    /// Its title.
    pub title: String,
    /// SHA-256 of its figures, hexadecimal.
    pub sha256: String,
}

/// A report as it was frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// What lists say of it.
    pub listed: Listed,
    /// Its figures, JSON.
    pub figures: String,
}

const LISTED: &str =
    "id, kind, area, from_us, until_us, cut_off_us, rule, revision, corrects, made_us, made_by, title, sha256";

impl Write<'_> {
    /// Puts a report; `false` where there is one of this time and revision already, which stays as it is.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn freeze_report(&mut self, report: &Frozen, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = format!(
                    "INSERT INTO reports ({LISTED}, figures) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
                     ON CONFLICT DO NOTHING"
                );
                let of = &report.listed;
                let query = sqlx::query(sqlx::AssertSqlSafe(put)).bind(&of.id).bind(&of.kind).bind(&of.area);
                let query = query.bind(of.from.micros()).bind(of.until.micros()).bind(of.cut_off.micros());
                let query = query.bind(&of.rule).bind(of.revision).bind(&of.corrects).bind(of.made.micros());
                let query = query.bind(&of.made_by).bind(&of.title).bind(&of.sha256).bind(&report.figures);
                if query.execute(&mut *self.tx).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                let detail = serde_json::json!({
                    "sha256": of.sha256, "cut_off": of.cut_off, "revision": of.revision, "corrects": of.corrects,
                });
                self.add_line(of.made, actor, "report frozen", &of.id, &detail.to_string()).await?;
                Ok(true)
            })
            .await
    }
}

impl Store {
    /// A report by its id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn report(&self, id: &str) -> Result<Option<Frozen>> {
        self.said(async {
            let query = format!("SELECT {LISTED}, figures FROM reports WHERE id = $1");
            let row = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id).fetch_optional(&self.pool).await?;
            row.as_ref().map(|row| Ok(Frozen { listed: read(row)?, figures: row.try_get(13)? })).transpose()
        })
        .await
    }

    /// Revisions of the report of a time, the last first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn revisions(&self, kind: &str, area: &str, from: Utc) -> Result<Vec<Listed>> {
        self.said(async {
            let query = format!(
                "SELECT {LISTED} FROM reports WHERE kind = $1 AND area = $2 AND from_us = $3 ORDER BY revision DESC"
            );
            let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(kind).bind(area).bind(from.micros());
            query.fetch_all(&self.pool).await?.iter().map(read).collect()
        })
        .await
    }

    /// Reports of these areas (`None`: all), those of the latest time first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn reports(&self, areas: Option<&[String]>, limit: i64) -> Result<Vec<Listed>> {
        let mut query = Statement::new(format!("SELECT {LISTED} FROM reports WHERE 1 = 1"));
        if let Some(areas) = areas {
            query.push(" AND area IN ");
            super::scope::among(&mut query, areas);
        }
        query.push(" ORDER BY from_us DESC, kind, area, revision DESC LIMIT ");
        query.bind(limit);
        self.all_of(query, read).await
    }
}

fn read(row: &AnyRow) -> std::result::Result<Listed, StoreError> {
    Ok(Listed {
        id: row.try_get(0)?,
        kind: row.try_get(1)?,
        area: row.try_get(2)?,
        from: moment(row.try_get(3)?)?,
        until: moment(row.try_get(4)?)?,
        cut_off: moment(row.try_get(5)?)?,
        rule: row.try_get(6)?,
        revision: row.try_get(7)?,
        corrects: row.try_get(8)?,
        made: moment(row.try_get(9)?)?,
        made_by: row.try_get(10)?,
        title: row.try_get(11)?,
        sha256: row.try_get(12)?,
    })
}
