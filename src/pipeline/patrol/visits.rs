//! The plan against the tracks: which cells were visited, when and by whom.

use super::plan::{Plan, Row};
use super::track::Track;
use crate::place::PlaceIndex;
use crate::thresholds::PatrolThresholds;
use crate::time::Utc;
use serde::Serialize;

/// Somebody's track.
#[derive(Debug, Clone, PartialEq)]
pub struct Walked {
    /// Id of the track.
    pub id: String,
    /// Who went.
    pub who: String,
    /// Where.
    pub track: Track,
}

/// A cell of the plan that somebody was at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Visit {
    /// Code of the cell.
    pub cell: String,
    /// When somebody was there first.
    pub at: Utc,
    /// Who.
    pub who: String,
    /// The track that says so.
    pub track: String,
    /// How near it came, metres.
    pub metres: f64,
    /// Tracks that were there.
    pub tracks: usize,
}

/// What of a plan is done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Done {
    /// The cells that were visited, in the order of the plan.
    pub visits: Vec<Visit>,
    /// Cells of the plan.
    pub cells: usize,
    /// Share of them that was visited; `None` of a plan without cells.
    pub share: Option<f64>,
    /// Kilometres of all tracks.
    pub km: f64,
    /// Tracks.
    pub tracks: usize,
}

/// Compares a plan with tracks: a cell is visited where one point is near its middle.
pub fn visits(plan: &Plan, walked: &[Walked], t: &PatrolThresholds) -> Done {
    let reach = f64::from(t.visit_m);
    let indexes: Vec<PlaceIndex> = walked
        .iter()
        .map(|walked| PlaceIndex::new(walked.track.points.iter().map(|point| point.place), reach))
        .collect();
    let of_row = |row: &Row| {
        let found: Vec<Visit> =
            walked.iter().zip(&indexes).filter_map(|(walked, index)| visit(row, walked, index, reach)).collect();
        let tracks = found.len();
        let first = found.into_iter().min_by(|a, b| a.at.cmp(&b.at).then_with(|| a.track.cmp(&b.track)))?;
        Some(Visit { tracks, ..first })
    };
    let visits: Vec<Visit> = plan.rows.iter().filter_map(of_row).collect();
    let cells = plan.rows.len();
    Done {
        share: (cells > 0).then(|| visits.len() as f64 / cells as f64),
        visits,
        cells,
        km: walked.iter().map(|walked| walked.track.km).sum(),
        tracks: walked.len(),
    }
}

/// The first moment at which a track was near a cell.
fn visit(row: &Row, walked: &Walked, index: &PlaceIndex, reach_m: f64) -> Option<Visit> {
    let near: Vec<(usize, f64)> = index.near(row.place, reach_m).collect();
    let at = near.iter().map(|(at, _)| walked.track.points[*at].at).min()?;
    let metres = near.iter().map(|(_, metres)| *metres).fold(f64::MAX, f64::min).round();
    Some(Visit { cell: row.cell.clone(), at, who: walked.who.clone(), track: walked.id.clone(), metres, tracks: 1 })
}
