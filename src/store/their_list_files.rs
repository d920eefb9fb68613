//! The files of other authorities' lists: each list as it came, how it is written, and the answer. They are rows, so that a backup holds them and
//! every machine at the same store has them. Packages of photos are not among them: they are made again of the photos.

use super::{Store, StoreError, Write};
use crate::error::Result;
use crate::sealed::sha256;
use crate::time::Utc;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Begin of the name of the list as it came; its ending follows.
pub const ORIGINAL: &str = "original.";

/// A file: its name and its bytes.
pub type ListFile = (String, Vec<u8>);

impl Write<'_> {
    /// Keeps the files of a list in the place of those that were kept before; gives their hashes by their names.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn keep_list_files(&mut self, list: &str, files: &[ListFile], now: Utc) -> Result<Value> {
        let store = self.store;
        store
            .said(async {
                sqlx::query("DELETE FROM their_list_files WHERE list = $1").bind(list).execute(&mut *self.tx).await?;
                let mut hashes = Map::new();
                for (name, bytes) in files {
                    let hash = sha256(bytes);
                    let add = "INSERT INTO their_list_files (list, name, kept_us, sha256, content) VALUES ($1, $2, $3, $4, $5)";
                    let query = sqlx::query(add).bind(list).bind(name).bind(now.micros()).bind(&hash);
                    query.bind(STANDARD.encode(bytes)).execute(&mut *self.tx).await?;
                    hashes.insert(name.clone(), hash.into());
                }
                Ok(Value::Object(hashes))
            })
            .await
    }
}

impl Store {
    /// The files of a list, by their names; none of one that an earlier version compared.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`], also where one is not what it was when it was kept.
    pub async fn list_files(&self, list: &str) -> Result<Vec<ListFile>> {
        self.said(async {
            let text = "SELECT name, sha256, content FROM their_list_files WHERE list = $1 ORDER BY name";
            let rows: Vec<(String, String, String)> = sqlx::query_as(text).bind(list).fetch_all(&self.pool).await?;
            let whole = |(name, hash, content): (String, String, String)| match decoded(&content, &hash) {
                Some(bytes) => Ok((name, bytes)),
                None => {
                    Err(StoreError::Record(format!("{name} of the list {list} is not what it was when it was kept")))
                }
            };
            rows.into_iter().map(whole).collect()
        })
        .await
    }

    /// One of them; `None` where there is none of that name, or it is not what it was when it was kept.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn list_file(&self, list: &str, name: &str) -> Result<Option<Vec<u8>>> {
        self.said(async {
            let text = "SELECT sha256, content FROM their_list_files WHERE list = $1 AND name = $2";
            let row: Option<(String, String)> =
                sqlx::query_as(text).bind(list).bind(name).fetch_optional(&self.pool).await?;
            Ok(row.and_then(|(hash, content)| decoded(&content, &hash)))
        })
        .await
    }

    /// Its hash alone: whether a copy of it is the one that is kept.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn list_file_hash(&self, list: &str, name: &str) -> Result<Option<String>> {
        self.said(async {
            let text = "SELECT sha256 FROM their_list_files WHERE list = $1 AND name = $2";
            let row: Option<(String,)> = sqlx::query_as(text).bind(list).bind(name).fetch_optional(&self.pool).await?;
            Ok(row.map(|(hash,)| hash))
        })
        .await
    }

    /// Files of lists that are not what was kept: by their own hash, by the name of the list, and by what the audit says of them.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn damaged_list_files(&self) -> Result<Vec<String>> {
        self.said(async {
            let lines = "SELECT detail FROM audit WHERE action = 'list compared' ORDER BY seq";
            let lines: Vec<(String,)> = sqlx::query_as(lines).fetch_all(&self.pool).await?;
            let mut noted: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
            for detail in lines.iter().filter_map(|(detail,)| serde_json::from_str::<Value>(detail).ok()) {
                if let (Some(list), Some(files)) = (detail["sha256"].as_str(), detail["files"].as_object()) {
                    noted.insert(list.to_string(), files.clone());
                }
            }
            let mut damaged = Vec::new();
            for (list, files) in &noted {
                for (name, hash) in files {
                    let text = "SELECT sha256, content FROM their_list_files WHERE list = $1 AND name = $2";
                    let query = sqlx::query_as(text).bind(list).bind(name);
                    let row: Option<(String, String)> = query.fetch_optional(&self.pool).await?;
                    let is_list = !name.starts_with(ORIGINAL) || hash.as_str() == Some(list);
                    let is_whole = row.is_some_and(|(kept, content)| {
                        Some(kept.as_str()) == hash.as_str() && decoded(&content, &kept).is_some()
                    });
                    if !is_list || !is_whole {
                        damaged.push(format!("{name} of the list {list}"));
                    }
                }
            }
            Ok(damaged)
        })
        .await
    }
}

fn decoded(content: &str, hash: &str) -> Option<Vec<u8>> {
    STANDARD.decode(content).ok().filter(|bytes| sha256(bytes) == hash)
}
