//! The audit: who did what to which record, when, from where, with the values. Lines are only added, and each carries the hash of
//! the one before, so that an edit, a removal or another order is found. A cut at the end, and a chain that was reckoned anew, are
//! found by heads that were noted elsewhere before ([`super::heads`]).

use super::fires::AT_ONCE;
use super::statement::Statement;
use super::{Noted, Store, StoreError, Write, moment};
use crate::error::Result;
use crate::time::Utc;
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::collections::BTreeMap;

/// Who acts, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// A person, a post or a program.
    pub who: String,
    /// Machine and command, or address.
    pub origin: String,
}

/// What the check of the audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Lines that are as they were written.
    pub lines: i64,
    /// Hash of the last of them: noted elsewhere, it shows later that nothing was cut off.
    pub head: String,
    /// The first line that is not.
    pub broken: Option<Broken>,
}

/// Where the audit is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Number of the line.
    pub seq: i64,
    /// When it says that it was written.
    pub at: Option<Utc>,
    /// What is wrong with it.
    pub why: String,
}

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Utc,
    /// Who.
    pub who: String,
    /// From where.
    pub origin: String,
    /// What was done.
    pub action: String,
    /// To which record.
    pub record: String,
    /// The values, JSON.
    pub detail: String,
}

/// A line with what shows that it is as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chained {
    /// The line.
    pub line: Logged,
    /// Hash of the line before it.
    pub previous: String,
    /// Its own.
    pub hash: String,
}

/// Hash before the first line.
const BEGINNING: &str = "";

/// Lines read at once.
const PAGE: i64 = 10_000;

impl Write<'_> {
    /// Adds a line.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn audit(
        &mut self,
        now: Utc,
        actor: &Actor,
        action: &str,
        record: &str,
        detail: &serde_json::Value,
    ) -> Result<()> {
        let store = self.store;
        self.add_line(now, actor, action, record, &detail.to_string()).await.map_err(|error| store.told(error))
    }

    pub(super) async fn add_line(
        &mut self,
        now: Utc,
        actor: &Actor,
        action: &str,
        record: &str,
        detail: &str,
    ) -> std::result::Result<(), StoreError> {
        let (last, previous) = match self.head.take() {
            Some(head) => head,
            None => self.last_line().await?,
        };
        let line = Line {
            seq: last + 1,
            at_us: now.micros(),
            who: actor.who.clone(),
            origin: actor.origin.clone(),
            action: action.to_string(),
            record: record.to_string(),
            detail: detail.to_string(),
        };
        let hash = line.hash(&previous);
        let add = "INSERT INTO audit (seq, at_us, who, origin, action, record, detail, previous, hash) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let query = sqlx::query(add).bind(line.seq).bind(line.at_us).bind(line.who).bind(line.origin).bind(line.action);
        query.bind(line.record).bind(line.detail).bind(previous).bind(&hash).execute(&mut *self.tx).await?;
        self.head = Some((last + 1, hash));
        Ok(())
    }

    async fn last_line(&mut self) -> std::result::Result<(i64, String), StoreError> {
        let last = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
        let found: Option<(i64, String)> = sqlx::query_as(last).fetch_optional(&mut *self.tx).await?;
        Ok(found.unwrap_or((0, BEGINNING.to_string())))
    }
}

/// What a line says.
struct Line {
    seq: i64,
    at_us: i64,
    who: String,
    origin: String,
    action: String,
    record: String,
    detail: String,
}

impl Line {
    /// Of all that it says after the hash of the line before; as a JSON array no text can pass for two.
    fn hash(&self, previous: &str) -> String {
        let Line { seq, at_us, who, origin, action, record, detail } = self;
        let all = serde_json::json!([previous, seq, at_us, who, origin, action, record, detail]);
        Sha256::digest(all.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Store {
    /// Reads the whole audit and says whether it is as it was written; `noted` is the number and hash of a line that somebody wrote
    /// down earlier.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where it cannot be read.
    pub async fn verify_audit(&self, noted: Option<(i64, &str)>) -> Result<Verified> {
        let noted: Vec<Noted> = noted.map(|(seq, hash)| Noted { seq, hash: hash.to_string() }).into_iter().collect();
        self.verify_audit_by(&noted).await
    }

    /// As [`Store::verify_audit`], with all lines that were noted.
    ///
    /// # Errors
    /// As [`Store::verify_audit`].
    pub async fn verify_audit_by(&self, noted: &[Noted]) -> Result<Verified> {
        self.said(self.verified(noted)).await
    }

    async fn verified(&self, noted: &[Noted]) -> std::result::Result<Verified, StoreError> {
        let mut hashes: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
        for Noted { seq, hash } in noted {
            hashes.entry(*seq).or_default().push(hash);
        }
        let mut verified = Verified { lines: 0, head: BEGINNING.to_string(), broken: None };
        let broken = |seq, at_us: i64, why: String| Some(Broken { seq, at: Utc::from_micros(at_us), why });
        loop {
            let page = "SELECT seq, at_us, who, origin, action, record, detail, previous, hash FROM audit \
                        WHERE seq > $1 ORDER BY seq LIMIT $2";
            let rows = sqlx::query(page).bind(verified.lines).bind(PAGE).fetch_all(&self.pool).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let expected = verified.lines + 1;
                let (line, previous, hash) = match read(&row) {
                    Ok(read) => read,
                    Err(error) => {
                        let seq = row.try_get(0).unwrap_or(expected);
                        let why = format!("it holds a value that is not of the kind that is written ({error})");
                        verified.broken = Some(Broken { seq, at: None, why });
                        return Ok(verified);
                    }
                };
                let (seq, at_us) = (line.seq, line.at_us);
                verified.broken = if seq != expected {
                    broken(expected, at_us, format!("line {expected} is gone: the next one is {seq}"))
                } else if previous != verified.head {
                    broken(seq, at_us, "it does not follow the line before it".to_string())
                } else if line.hash(&previous) != hash {
                    broken(seq, at_us, "what it says is not what was written".to_string())
                } else if hashes.get(&seq).is_some_and(|noted| noted.iter().any(|noted| **noted != hash)) {
                    broken(seq, at_us, "it is not the line that was noted".to_string())
                } else {
                    None
                };
                if verified.broken.is_some() {
                    return Ok(verified);
                }
                (verified.lines, verified.head) = (seq, hash);
            }
        }
        verified.broken = self.broken_at_an_end(verified.lines, hashes.keys().next_back().copied()).await?;
        Ok(verified)
    }

    /// What is wrong before the first line, or after the last.
    async fn broken_at_an_end(
        &self,
        lines: i64,
        last_noted: Option<i64>,
    ) -> std::result::Result<Option<Broken>, StoreError> {
        let gone = |seq, why: String| Ok(Some(Broken { seq, at: None, why }));
        if let Some(at) = last_noted.filter(|at| *at > lines) {
            return gone(
                lines + 1,
                format!("line {at} was noted, and the last one is {lines}: lines are gone from the end"),
            );
        }
        let lowest = sqlx::query("SELECT COALESCE(MIN(seq), 1) FROM audit").fetch_one(&self.pool).await?;
        match lowest.try_get::<i64, _>(0) {
            Ok(lowest) if lowest < 1 => return gone(lowest, "a line before the first".to_string()),
            Err(error) => return gone(0, format!("a line without a whole number ({error})")),
            Ok(_) => {}
        }
        match self.a_table_with_rows().await?.filter(|_| lines == 0) {
            Some(table) => gone(1, format!("the audit has no line at all, and {table} has rows: all of it is gone")),
            None => Ok(None),
        }
    }

    /// Number and hash of the last line.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn audit_head(&self) -> Result<(i64, String)> {
        let last = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
        let found: Option<(i64, String)> =
            self.said(async { Ok(sqlx::query_as(last).fetch_optional(&self.pool).await?) }).await?;
        Ok(found.unwrap_or((0, BEGINNING.to_string())))
    }

    /// When the store was begun: the earliest time at which anything was done; `None` where nothing ever was.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn began(&self) -> Result<Option<Utc>> {
        self.said(async {
            let first = "SELECT MIN(at_us) FROM audit";
            let (first,): (Option<i64>,) = sqlx::query_as(first).fetch_one(&self.pool).await?;
            first.map(super::moment).transpose()
        })
        .await
    }

    /// The last lines, newest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn audit_lines(&self, count: i64) -> Result<Vec<Logged>> {
        self.said(self.last_lines(count)).await
    }

    /// The lines of these records, in order, each with its hashes.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn audit_of(&self, records: &[String]) -> Result<Vec<Chained>> {
        const LINES: &str =
            "SELECT seq, at_us, who, origin, action, record, detail, previous, hash FROM audit WHERE record";
        self.said(async {
            let (mut lines, mut connection) = (Vec::new(), self.pool.acquire().await?);
            for part in records.chunks(AT_ONCE) {
                for row in Statement::among(LINES, part).fetch_all(&mut connection).await? {
                    let (Line { seq, at_us, who, origin, action, record, detail }, previous, hash) = read(&row)?;
                    let line = Logged { seq, at: moment(at_us)?, who, origin, action, record, detail };
                    lines.push(Chained { line, previous, hash });
                }
            }
            lines.sort_by_key(|chained| chained.line.seq);
            Ok(lines)
        })
        .await
    }

    async fn last_lines(&self, count: i64) -> std::result::Result<Vec<Logged>, StoreError> {
        let last = "SELECT seq, at_us, who, origin, action, record, detail, previous, hash FROM audit \
                    ORDER BY seq DESC LIMIT $1";
        let rows = sqlx::query(last).bind(count).fetch_all(&self.pool).await?;
        let lines = rows.iter().map(|row| {
            let (Line { seq, at_us, who, origin, action, record, detail }, ..) = read(row)?;
            Ok(Logged { seq, at: moment(at_us)?, who, origin, action, record, detail })
        });
        lines.collect()
    }
}

fn read(row: &sqlx::any::AnyRow) -> std::result::Result<(Line, String, String), StoreError> {
    let line = Line {
        seq: row.try_get(0)?,
        at_us: row.try_get(1)?,
        who: row.try_get(2)?,
        origin: row.try_get(3)?,
        action: row.try_get(4)?,
        record: row.try_get(5)?,
        detail: row.try_get(6)?,
    };
    Ok((line, row.try_get(7)?, row.try_get(8)?))
}
