//! Stands in until the real one is merged.
#![allow(missing_docs, clippy::unused_async)]
use crate::error::Result;
use crate::place::LonLatBox;
use crate::site::Inbox;
use crate::time::Utc;
use std::path::{Path, PathBuf};
#[derive(Debug, Clone)]
pub struct Listed {
    pub name: String,
    pub place: String,
    pub size: Option<u64>,
    pub version: String,
    pub modified: Option<Utc>,
}
pub struct Remote;
impl Remote {
    pub fn open(_: &Inbox) -> Result<Remote> {
        Ok(Remote)
    }
    pub async fn list(&self, _: Utc, _: Utc) -> Result<Vec<Listed>> {
        Ok(Vec::new())
    }
    pub async fn fetch(&self, _: &Listed, into: &Path) -> Result<PathBuf> {
        Ok(into.into())
    }
    pub fn skew_s(&self) -> Option<f64> {
        None
    }
}
pub struct Firms;
impl Firms {
    pub fn open(_: &Inbox, _: LonLatBox) -> Result<Firms> {
        Ok(Firms)
    }
    pub async fn fetch(&self, _: &str, _: Option<&str>) -> Result<String> {
        Ok(String::new())
    }
}
