//! Schemas, forward only: each is a text that is part of the program, and what it makes is there whole or not at all.

use super::dialect::Dialect;
use super::{Store, StoreError, Write};
use sqlx::{AssertSqlSafe, Executor};

/// All schemas, from the first on. A released one is never edited: the next one changes it.
pub(super) const SCHEMAS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
    include_str!("schema/0006.sql"),
    include_str!("schema/0007.sql"),
    include_str!("schema/0008.sql"),
    include_str!("schema/0009.sql"),
    include_str!("schema/0010.sql"),
    include_str!("schema/0011.sql"),
];
/// The newest.
pub(super) const NEWEST: i64 = SCHEMAS.len() as i64;

impl Store {
    /// Brings the store from whatever schema it has to the newest.
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        // most of the time there is nothing to do, and a reader need not wait for a writer
        if self.schema().await.is_ok_and(|found| found == NEWEST) {
            return Ok(());
        }
        let mut write = self.begin().await?;
        write.migrate_to(NEWEST).await?;
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

impl Write<'_> {
    /// Brings the store from an earlier schema to this one: a backup goes into the schema that it was taken of.
    pub(super) async fn migrate_to(&mut self, known: i64) -> Result<(), StoreError> {
        let table = "CREATE TABLE IF NOT EXISTS schemas (version BIGINT PRIMARY KEY, program_version TEXT NOT NULL)";
        sqlx::query(table).execute(&mut *self.tx).await?;
        let newest = "SELECT COALESCE(MAX(version), 0) FROM schemas";
        let (found,): (i64,) = sqlx::query_as(newest).fetch_one(&mut *self.tx).await?;
        if found > known {
            return Err(StoreError::Newer { found, known });
        }
        if let Some(mark) = self.store.dialect.mark().filter(|_| found == 0) {
            (&mut *self.tx).execute(AssertSqlSafe(mark)).await?;
        }
        let missing = (1_i64..=known).zip(SCHEMAS).filter(|(version, _)| *version > found);
        for (version, text) in missing {
            for statement in statements(text, &self.store.dialect) {
                (&mut *self.tx).execute(AssertSqlSafe(statement)).await?;
            }
            if version == 2 {
                self.fill_reach().await?;
            }
            let done = "INSERT INTO schemas (version, program_version) VALUES ($1, $2)";
            sqlx::query(done).bind(version).bind(env!("CARGO_PKG_VERSION")).execute(&mut *self.tx).await?;
        }
        Ok(())
    }

    /// Schema 2: whom the events concern that were there before.
    async fn fill_reach(&mut self) -> Result<(), StoreError> {
        let mut last = String::new();
        loop {
            let page = "SELECT id FROM events WHERE id > $1 ORDER BY id LIMIT 1000";
            let ids: Vec<(String,)> = sqlx::query_as(page).bind(&last).fetch_all(&mut *self.tx).await?;
            let ids: Vec<String> = ids.into_iter().map(|(id,)| id).collect();
            let Some(end) = ids.last().cloned() else { return Ok(()) };
            for stored in self.stored(&ids).await? {
                self.put_reach(&stored.event).await?;
            }
            last = end;
        }
    }
}

/// The statements of a schema without its comments; it has no semicolons but at their ends.
fn statements(text: &str, dialect: &Dialect) -> Vec<String> {
    let code: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let all = with_json(&code.join("\n"), dialect);
    all.split(';').map(|statement| statement.trim().to_string()).filter(|statement| !statement.is_empty()).collect()
}

/// `JSON(column, path)` as the database has it.
fn with_json(text: &str, dialect: &Dialect) -> String {
    let mut parts = text.split("JSON(");
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |done, part| {
        let (inside, rest) = part.split_once(')').unwrap_or((part, ""));
        let (column, path) = inside.split_once(',').unwrap_or((inside, ""));
        done + &dialect.json(column.trim(), path.trim()) + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two forms of the databases' own manuals.
    #[test]
    fn a_value_of_a_json_text_is_named_as_each_database_has_it() {
        let text = "SET lon = CAST(JSON(record, place.0) AS X), v = JSON(record, verdict)";
        let sqlite = with_json(text, &Dialect::Sqlite("/a".into()));
        assert_eq!(
            sqlite,
            "SET lon = CAST(json_extract(record, '$.place[0]') AS X), v = json_extract(record, '$.verdict')"
        );
        let postgres = with_json(text, &Dialect::Postgres);
        assert_eq!(postgres, "SET lon = CAST((record::json #>> '{place,0}') AS X), v = (record::json #>> '{verdict}')");
    }
}
