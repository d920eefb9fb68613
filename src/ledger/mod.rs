//! What the desk writes down, as rules without a clock and without a store: who found a fire first, the first of a season, what a shift hands
//! over, what a nil report may say.

mod first;
mod found;
pub mod handover;
pub mod nil;
mod phone;

pub use first::{First, Lit, counts, first_of_season, season_began, season_of};
pub use found::{Found, FoundBy, Shares, found, shares, spoken_count};
pub use phone::{masked, masked_name};
