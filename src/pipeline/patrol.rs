//! 专项巡查: where people go today and why, by rules that need no weather; and which of these places they have been to.

pub mod documents;
mod evidence;
mod ground;
pub mod plan;
pub mod rank;
pub mod track;
mod track_text;
pub mod visits;

pub use ground::Ground;
pub use plan::{Asked, Plan, Row, plan};
