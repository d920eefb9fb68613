//! Statements of varying length: both databases count their parameters as `$1`, `$2`.

use super::{Store, StoreError};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe};
use std::fmt::Write as _;

/// A statement with its values.
pub(super) struct Statement {
    text: String,
    values: Vec<Value>,
}

/// A value of a statement.
pub(super) enum Value {
    Int(i64),
    Real(Option<f64>),
    Text(Option<String>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Real(Some(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(Some(value.to_string()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Value::Text(value.map(str::to_string))
    }
}

impl Statement {
    /// The words before the first value.
    pub fn new(text: impl Into<String>) -> Self {
        Statement { text: text.into(), values: Vec::new() }
    }

    /// `... IN (...)`.
    pub fn among(text: impl Into<String>, values: &[String]) -> Self {
        let mut statement = Statement::new(text);
        statement.push(" IN ");
        statement.row(values.iter().map(|value| Value::from(value.as_str())));
        statement
    }

    /// `INSERT INTO ... VALUES (...), (...)`.
    pub fn insert<const N: usize>(text: &str, rows: impl Iterator<Item = [Value; N]>) -> Self {
        let mut statement = Statement::new(format!("INSERT INTO {text} VALUES "));
        for (at, row) in rows.enumerate() {
            statement.push(if at == 0 { "" } else { ", " });
            statement.row(row.into_iter());
        }
        statement
    }

    /// More words.
    pub fn push(&mut self, text: &str) {
        self.text += text;
    }

    /// Values in brackets.
    pub fn row(&mut self, values: impl Iterator<Item = Value>) {
        self.text.push('(');
        for (at, value) in values.enumerate() {
            self.push(if at == 0 { "" } else { ", " });
            self.bind(value);
        }
        self.text.push(')');
    }

    /// A value. A number that is not there is no parameter: sqlx 0.9 gives PostgreSQL a null of `f64` the type of `f32`, and then remembers that
    /// for the numbers that come after it.
    pub fn bind(&mut self, value: impl Into<Value>) {
        let value = value.into();
        if matches!(value, Value::Real(None)) {
            return self.push("NULL");
        }
        self.values.push(value);
        let _ = write!(self.text, "${}", self.values.len());
    }

    /// Does it; how many rows it changed.
    pub async fn execute(self, connection: &mut AnyConnection) -> Result<u64, StoreError> {
        Ok(self.query().execute(connection).await?.rows_affected())
    }

    /// Its rows.
    pub async fn fetch_all(self, connection: &mut AnyConnection) -> Result<Vec<AnyRow>, StoreError> {
        Ok(self.query().fetch_all(connection).await?)
    }

    fn query(self) -> Query<'static, Any, AnyArguments> {
        let query = sqlx::query(AssertSqlSafe(self.text));
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
        })
    }
}

impl Store {
    /// All that a statement gives, each row read.
    pub(super) async fn all_of<T>(
        &self,
        query: Statement,
        read: impl Fn(&AnyRow) -> Result<T, StoreError>,
    ) -> crate::error::Result<Vec<T>> {
        let all = async { query.fetch_all(&mut *self.pool.acquire().await?).await?.iter().map(read).collect() };
        self.said(all).await
    }

    /// The first row that it gives, where it gives one.
    pub(super) async fn first_of<T>(
        &self,
        query: Statement,
        read: impl Fn(&AnyRow) -> Result<T, StoreError>,
    ) -> crate::error::Result<Option<T>> {
        let first = async { query.fetch_all(&mut *self.pool.acquire().await?).await?.first().map(read).transpose() };
        self.said(first).await
    }
}
