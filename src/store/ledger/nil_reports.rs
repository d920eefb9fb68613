//! Reports of the counties at their hours: proposed by the system, confirmed by a desk, and frozen then.

use super::super::statement::Statement;
use super::super::{Actor, Store, StoreError, Write, moment};
use super::of_desks;
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NilReport {
    /// The county.
    pub adcode: String,
    /// Its hour: the end of its time.
    pub due: Utc,
    /// Begin of its time: the hour before.
    pub from: Utc,
    /// What the system proposed at the hour, JSON.
    pub proposed: String,
    /// When it did.
    pub proposed_at: Utc,
    /// What was confirmed (JSON, hash of it), when and by whom.
    pub confirmed: Option<Confirmed>,
}

/// What was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// When.
    pub at: Utc,
    /// Account.
    pub by: String,
    /// JSON, as it was frozen.
    pub said: String,
    /// Hash of it.
    pub sha256: String,
    /// What the desk adds.
    pub remark: String,
}

const REPORT: &str = "SELECT adcode, due_us, from_us, proposed_us, proposed, confirmed_us, confirmed_by, confirmed, sha256, remark FROM nil_reports WHERE 1 = 1";

impl Write<'_> {
    /// Puts reports that are proposed; one that is there stays as it is. How many are new.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn propose_reports(&mut self, reports: &[NilReport], actor: &Actor) -> Result<u64> {
        let store = self.store;
        store
            .said(async {
                let mut new = 0;
                for report in reports {
                    let add = "INSERT INTO nil_reports (adcode, due_us, from_us, proposed_us, proposed) VALUES ($1, $2, $3, $4, $5) \
                               ON CONFLICT (adcode, due_us) DO NOTHING";
                    let query = sqlx::query(add).bind(&report.adcode).bind(report.due.micros());
                    let query = query.bind(report.from.micros()).bind(report.proposed_at.micros()).bind(&report.proposed);
                    if query.execute(&mut *self.tx).await?.rows_affected() > 0 {
                        new += 1;
                        let record = format!("{} {}", report.adcode, report.due.compact());
                        self.add_line(report.proposed_at, actor, "nil report proposed", &record, &report.proposed).await?;
                    }
                }
                Ok(new)
            })
            .await
    }

    /// Freezes what a desk confirms; `false` where somebody did before, or there is no such report.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn confirm_report(
        &mut self,
        (adcode, due): (&str, Utc),
        (said, sha256): (&str, &str),
        remark: &str,
        now: Utc,
        actor: &Actor,
    ) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = "UPDATE nil_reports SET confirmed_us = $1, confirmed_by = $2, confirmed = $3, sha256 = $4, remark = $5 \
                           WHERE adcode = $6 AND due_us = $7 AND confirmed_us IS NULL";
                let query = sqlx::query(put).bind(now.micros()).bind(&actor.who).bind(said).bind(sha256).bind(remark);
                let done = query.bind(adcode).bind(due.micros()).execute(&mut *self.tx).await?.rows_affected() > 0;
                if done {
                    let detail = serde_json::json!({ "sha256": sha256, "said": said, "remark": remark });
                    let record = format!("{adcode} {}", due.compact());
                    self.add_line(now, actor, "nil report confirmed", &record, &detail.to_string()).await?;
                }
                Ok(done)
            })
            .await
    }
}

impl Store {
    /// Reports of some counties, of all where none are named, due within a time (both ends), the latest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn nil_reports(&self, counties: Option<&[String]>, from: Utc, to: Utc) -> Result<Vec<NilReport>> {
        let mut query = Statement::new(format!("{REPORT} AND due_us >= "));
        query.bind(from.micros());
        query.push(" AND due_us <= ");
        query.bind(to.micros());
        of_desks(&mut query, "adcode", counties);
        query.push(" ORDER BY due_us DESC, adcode");
        self.all_of(query, read).await
    }

    /// When the newest report was due that is there.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn last_nil_report(&self) -> Result<Option<Utc>> {
        self.said(async {
            let (last,): (Option<i64>,) =
                sqlx::query_as("SELECT MAX(due_us) FROM nil_reports").fetch_one(&self.pool).await?;
            last.map(moment).transpose()
        })
        .await
    }
}

fn read(row: &AnyRow) -> std::result::Result<NilReport, StoreError> {
    let text = |at: usize| -> std::result::Result<String, StoreError> {
        Ok(row.try_get::<Option<String>, _>(at)?.unwrap_or_default())
    };
    let confirmed = match row.try_get::<Option<i64>, _>(5)? {
        None => None,
        Some(at) => {
            Some(Confirmed { at: moment(at)?, by: text(6)?, said: text(7)?, sha256: text(8)?, remark: text(9)? })
        }
    };
    Ok(NilReport {
        adcode: row.try_get(0)?,
        due: moment(row.try_get(1)?)?,
        from: moment(row.try_get(2)?)?,
        proposed_at: moment(row.try_get(3)?)?,
        proposed: row.try_get(4)?,
        confirmed,
    })
}
