//! Schemas, forward only: each is a text that is part of the program, and what it makes is there whole or not at all.

use super::{Store, StoreError};
use sqlx::{AssertSqlSafe, Executor};

/// All schemas, from the first on. A released one is never edited: the next one changes it.
pub(super) const SCHEMAS: &[&str] = &[include_str!("schema/0001.sql")];

impl Store {
    /// Brings the store from whatever schema it has to the newest.
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        let known = SCHEMAS.len() as i64;
        // most of the time there is nothing to do, and a reader need not wait for a writer
        if self.schema().await.is_ok_and(|found| found == known) {
            return Ok(());
        }
        let mut write = self.begin().await?;
        let table = "CREATE TABLE IF NOT EXISTS schemas (version BIGINT PRIMARY KEY, program_version TEXT NOT NULL)";
        sqlx::query(table).execute(&mut *write.tx).await?;
        let newest = "SELECT COALESCE(MAX(version), 0) FROM schemas";
        let (found,): (i64,) = sqlx::query_as(newest).fetch_one(&mut *write.tx).await?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        for (version, text) in (1_i64..).zip(SCHEMAS).skip(usize::try_from(found).unwrap_or(0)) {
            for statement in statements(text) {
                (&mut *write.tx).execute(AssertSqlSafe(statement)).await?;
            }
            let done = "INSERT INTO schemas (version, program_version) VALUES ($1, $2)";
            sqlx::query(done).bind(version).bind(env!("CARGO_PKG_VERSION")).execute(&mut *write.tx).await?;
        }
        write.tx.commit().await?;
        Ok(())
    }

    /// The schema that the store has.
    async fn schema(&self) -> Result<i64, StoreError> {
        let newest = "SELECT COALESCE(MAX(version), 0) FROM schemas";
        let (found,): (i64,) = sqlx::query_as(newest).fetch_one(&self.pool).await?;
        Ok(found)
    }
}

/// The statements of a schema without its comments; it has no semicolons but at their ends.
fn statements(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let all = code.join("\n");
    all.split(';').map(|statement| statement.trim().to_string()).filter(|statement| !statement.is_empty()).collect()
}
