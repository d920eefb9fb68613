//! Columns behind those of a workbook: only the sheets concerned are written anew, every other part is copied as it is.

use super::{Columns, sheet_xml};
use crate::deliver::office::package::{Changes, Package};

/// Bytes of one part at most, unpacked.
const MOST_PART: u64 = 512 << 20;

/// The workbook with the columns; the text says what of it cannot be understood.
///
/// # Errors
/// Where it is no workbook, or lacks one of the sheets.
pub fn with_columns(bytes: &[u8], sheets: &[Columns<'_>]) -> Result<Vec<u8>, String> {
    let mut package = Package::open(bytes, MOST_PART)?;
    let parts = package.sheets()?;
    let mut changed = Changes::new();
    for columns in sheets {
        let found = parts.iter().find(|(name, _)| name == columns.sheet);
        let (_, part) = found.ok_or_else(|| format!("no part of the sheet {}", columns.sheet))?;
        let xml = package.part(part)?;
        changed.insert(part.clone(), Some(sheet_xml::with_columns(&xml, columns)?));
    }
    package.with(&changed)
}
