//! The roster: posts of the grid, who is on duty there when, who stands in, and which cells they answer for.

use super::scope::Scope;
use super::statement::Statement;
use super::{Actor, Store, StoreError, Write, of_text, to_text};
use crate::error::Result;
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet};

/// A post: work is given to it, not to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// County, six digits.
    pub adcode: String,
    /// Code or name of the township; empty for a post of the county.
    pub township: String,
    /// Cells of the patrol grid.
    pub cells: Vec<String>,
    /// Who is there.
    pub persons: Vec<Person>,
}

/// Somebody of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Minutes of Beijing's day from and to; `None`: always.
    pub shift: Option<(u32, u32)>,
    /// Stands in for the others.
    pub deputy: bool,
}

/// Who is on duty at a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnDuty {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
}

/// A roster as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// All posts of it.
    pub posts: Vec<Post>,
}

impl Post {
    /// Areas that a case concerns which is given to this post.
    pub fn reach(&self) -> Vec<String> {
        let all = [&self.code, &self.township, &self.adcode];
        all.into_iter().filter(|area| !area.is_empty()).cloned().collect()
    }

    /// Who is on duty at a minute of Beijing's day: first those who are no deputies.
    pub fn on_duty(&self, minute: u32) -> Option<OnDuty> {
        let is_there = |person: &&Person| person.shift.is_none_or(|shift| crate::site::is_within(minute, shift));
        let found = self.persons.iter().filter(is_there).min_by_key(|person| person.deputy)?;
        Some(OnDuty { name: found.name.clone(), phone: found.phone.clone() })
    }
}

impl Write<'_> {
    /// Puts a roster in the place of the posts that its counties had.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn put_roster(&mut self, roster: &Roster, now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                let counties: BTreeSet<&str> = roster.posts.iter().map(|post| post.adcode.as_str()).collect();
                for county in &counties {
                    sqlx::query("DELETE FROM posts WHERE adcode = $1").bind(*county).execute(&mut *self.tx).await?;
                }
                for post in &roster.posts {
                    let put = "INSERT INTO posts (code, name, adcode, township, record) VALUES ($1, $2, $3, $4, $5)";
                    let query = sqlx::query(put).bind(&post.code).bind(&post.name).bind(&post.adcode);
                    query.bind(&post.township).bind(to_text(post)?).execute(&mut *self.tx).await?;
                }
                // lists name the posts
                self.numbers("changes", 1).await?;
                let detail = serde_json::json!({ "counties": counties, "posts": roster.posts.len() });
                self.add_line(now, actor, "roster imported", "posts", &detail.to_string()).await?;
                Ok(())
            })
            .await
    }
}

impl Store {
    /// Posts that a scope may give work to, by county, township and code.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn posts(&self, scope: &Scope) -> Result<Vec<Post>> {
        self.said(async {
            if scope.event.is_some() {
                return Ok(Vec::new());
            }
            let mut query = Statement::new("SELECT code, record FROM posts WHERE 1 = 1");
            if let Some(areas) = &scope.areas {
                query.push(" AND (");
                for (at, column) in ["adcode", "township", "code"].into_iter().enumerate() {
                    query.push(if at == 0 { "" } else { " OR " });
                    query.push(&format!("{column} IN "));
                    super::scope::among(&mut query, areas);
                }
                query.push(")");
            }
            query.push(" ORDER BY adcode, township, code");
            query.fetch_all(&mut *self.pool.acquire().await?).await?.iter().map(read).collect()
        })
        .await
    }

    /// How many cases that are not over lie with each post.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn open_cases_by_post(&self) -> Result<BTreeMap<String, i64>> {
        self.said(async {
            let query = "SELECT c.post, COUNT(*) FROM cases c JOIN events e ON e.id = c.event \
                         WHERE c.post IS NOT NULL AND e.status NOT IN ('closed', 'excluded') GROUP BY c.post";
            let rows = sqlx::query(query).fetch_all(&self.pool).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        })
        .await
    }

    /// Names of posts by their codes.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn post_names(&self, codes: &[String]) -> Result<BTreeMap<String, String>> {
        self.said(async {
            let mut names = BTreeMap::new();
            for part in codes.chunks(super::fires::AT_ONCE) {
                let query = Statement::among("SELECT code, name FROM posts WHERE code", part);
                for row in query.fetch_all(&mut *self.pool.acquire().await?).await? {
                    names.insert(row.try_get(0)?, row.try_get(1)?);
                }
            }
            Ok(names)
        })
        .await
    }

    /// Posts by their codes, whoever asks.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn posts_of(&self, codes: &[String]) -> Result<Vec<Post>> {
        self.said(async {
            let mut posts = Vec::new();
            for part in codes.chunks(super::fires::AT_ONCE) {
                let query = Statement::among("SELECT code, record FROM posts WHERE code", part);
                for row in query.fetch_all(&mut *self.pool.acquire().await?).await? {
                    posts.push(read(&row)?);
                }
            }
            Ok(posts)
        })
        .await
    }

    /// A post by its code, whoever asks.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn post(&self, code: &str) -> Result<Option<Post>> {
        self.said(async {
            let query = sqlx::query("SELECT code, record FROM posts WHERE code = $1").bind(code);
            query.fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
        })
        .await
    }
}

fn read(row: &AnyRow) -> std::result::Result<Post, StoreError> {
    let (code, record): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    of_text(&format!("post {code}"), &record)
}
