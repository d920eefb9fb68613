//! Plans of special patrols as they were fixed, and the tracks of those who went. No row is ever changed.

use super::statement::Statement;
use super::{Actor, Store, StoreError, Write, moment};
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What lists say of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanListed {
    /// Its id.
    pub id: String,
    /// Code of the city or a county.
    pub area: String,
    /// The first moment of its day.
    pub day: Utc,
    /// When it was fixed.
    pub fixed: Utc,
    /// Who fixed it.
    pub fixed_by: String,
    /// How many cells it has.
    pub cells: i64,
    /// SHA-256 of its text, hexadecimal.
    pub sha256: String,
}

/// A plan as it was fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedPlan {
    /// What lists say of it.
    pub listed: PlanListed,
    /// Its text, JSON.
    pub plan: String,
}

/// A track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTrack {
    /// Its id.
    pub id: String,
    /// The plan that it is of.
    pub plan: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Name of the file.
    pub name: String,
    /// gpx or geojson.
    pub format: String,
    /// wgs84 or gcj02.
    pub datum: String,
    /// Who went.
    pub who: String,
    /// Codes of the counties that it touches and of the areas of who sent it.
    pub areas: Vec<String>,
    /// When it came.
    pub taken: Utc,
    /// Who sent it.
    pub taken_by: String,
    /// What counts of it, JSON.
    pub parsed: String,
}

const PLAN: &str = "id, area, day_us, fixed_us, fixed_by, cells, sha256";
const TRACK: &str = "id, plan, sha256, name, format, datum, who, areas, taken_us, taken_by, parsed";

impl Write<'_> {
    /// Puts a plan; `false` where there is one of its area and day, which stays as it is.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn fix_plan(&mut self, plan: &FixedPlan, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = format!(
                    "INSERT INTO patrol_plans ({PLAN}, plan) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
                );
                let of = &plan.listed;
                let query = sqlx::query(sqlx::AssertSqlSafe(put)).bind(&of.id).bind(&of.area).bind(of.day.micros());
                let query = query.bind(of.fixed.micros()).bind(&of.fixed_by).bind(of.cells).bind(&of.sha256);
                if query.bind(&plan.plan).execute(&mut *self.tx).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                let detail = serde_json::json!({ "sha256": of.sha256, "cells": of.cells });
                self.add_line(of.fixed, actor, "patrol plan fixed", &of.id, &detail.to_string()).await?;
                Ok(true)
            })
            .await
    }

    /// Puts a track with its file; `false` where the plan has the same file already.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn keep_track(&mut self, track: &KeptTrack, original: &str, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = format!(
                    "INSERT INTO patrol_tracks ({TRACK}, original) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                     ON CONFLICT DO NOTHING"
                );
                let of = track;
                let query = sqlx::query(sqlx::AssertSqlSafe(put)).bind(&of.id).bind(&of.plan).bind(&of.sha256);
                let query = query.bind(&of.name).bind(&of.format).bind(&of.datum).bind(&of.who);
                let query = query.bind(super::to_text(&of.areas)?).bind(of.taken.micros()).bind(&of.taken_by);
                let query = query.bind(&of.parsed).bind(original);
                if query.execute(&mut *self.tx).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                let detail = serde_json::json!({ "plan": of.plan, "sha256": of.sha256, "who": of.who, "bytes": original.len() });
                self.add_line(of.taken, actor, "patrol track kept", &of.id, &detail.to_string()).await?;
                Ok(true)
            })
            .await
    }
}

impl Store {
    /// A plan by its id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn fixed_plan(&self, id: &str) -> Result<Option<FixedPlan>> {
        self.said(async {
            let query = format!("SELECT {PLAN}, plan FROM patrol_plans WHERE id = $1");
            let row = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id).fetch_optional(&self.pool).await?;
            row.as_ref().map(|row| Ok(FixedPlan { listed: listed(row)?, plan: row.try_get(7)? })).transpose()
        })
        .await
    }

    /// Plans of these areas (`None`: all), the latest day first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn fixed_plans(&self, areas: Option<&[String]>, limit: i64) -> Result<Vec<PlanListed>> {
        let mut query = Statement::new(format!("SELECT {PLAN} FROM patrol_plans WHERE 1 = 1"));
        if let Some(areas) = areas {
            query.push(" AND area IN ");
            super::scope::among(&mut query, areas);
        }
        query.push(" ORDER BY day_us DESC, area LIMIT ");
        query.bind(limit);
        self.all_of(query, listed).await
    }

    /// Tracks of a plan, in the order in which they came.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn tracks_of(&self, plan: &str) -> Result<Vec<KeptTrack>> {
        self.said(async {
            let query = format!("SELECT {TRACK} FROM patrol_tracks WHERE plan = $1 ORDER BY taken_us, id");
            let rows = sqlx::query(sqlx::AssertSqlSafe(query)).bind(plan).fetch_all(&self.pool).await?;
            rows.iter().map(track).collect()
        })
        .await
    }

    /// The file of a track as it came.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn original_of_track(&self, id: &str) -> Result<Option<String>> {
        self.said(async {
            let query = sqlx::query("SELECT original FROM patrol_tracks WHERE id = $1").bind(id);
            Ok(query.fetch_optional(&self.pool).await?.map(|row| row.try_get(0)).transpose()?)
        })
        .await
    }
}

fn listed(row: &AnyRow) -> std::result::Result<PlanListed, StoreError> {
    Ok(PlanListed {
        id: row.try_get(0)?,
        area: row.try_get(1)?,
        day: moment(row.try_get(2)?)?,
        fixed: moment(row.try_get(3)?)?,
        fixed_by: row.try_get(4)?,
        cells: row.try_get(5)?,
        sha256: row.try_get(6)?,
    })
}

fn track(row: &AnyRow) -> std::result::Result<KeptTrack, StoreError> {
    let (id, areas): (String, String) = (row.try_get(0)?, row.try_get(7)?);
    Ok(KeptTrack {
        areas: super::of_text(&format!("track {id}"), &areas)?,
        id,
        plan: row.try_get(1)?,
        sha256: row.try_get(2)?,
        name: row.try_get(3)?,
        format: row.try_get(4)?,
        datum: row.try_get(5)?,
        who: row.try_get(6)?,
        taken: moment(row.try_get(8)?)?,
        taken_by: row.try_get(9)?,
        parsed: row.try_get(10)?,
    })
}
