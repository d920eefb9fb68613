//! The ledger of a desk: shifts, what they hand over, telephone calls, nil reports.

mod handovers;
mod nil_reports;
mod phone_log;
mod shifts;

pub use handovers::{Handover, HandoverState, Remark};
pub use nil_reports::{Confirmed, NilReport};
pub use phone_log::{Call, CallsAsked};
pub use shifts::Shift;

use super::scope::among;
use super::statement::Statement;

/// `AND desk IN ...`; of no desks in particular: all.
fn of_desks(query: &mut Statement, column: &str, desks: Option<&[String]>) {
    if let Some(desks) = desks {
        query.push(&format!(" AND {column} IN "));
        among(query, desks);
    }
}
