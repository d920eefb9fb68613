//! Reports as documents, by the templates of the site.

use super::Kind;
use crate::deliver::office;
use crate::error::{Error, Result};
use crate::site::Site;
use crate::store::Frozen;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is used where a site has no template of its own.
const SHIPPED: [(&str, &[u8]); 6] = [
    ("daily.docx", include_bytes!("../../../sites/haidong/templates/daily.docx")),
    ("daily.xlsx", include_bytes!("../../../sites/haidong/templates/daily.xlsx")),
    ("weekly.docx", include_bytes!("../../../sites/haidong/templates/weekly.docx")),
    ("weekly.xlsx", include_bytes!("../../../sites/haidong/templates/weekly.xlsx")),
    ("monthly.docx", include_bytes!("../../../sites/haidong/templates/monthly.docx")),
    ("monthly.xlsx", include_bytes!("../../../sites/haidong/templates/monthly.xlsx")),
];

/// The template of a name, `daily.docx`: that in the site's folder `templates`, else the one that the program has.
///
/// # Errors
/// [`Error::Read`] where it is there and cannot be read; [`Error::Config`] for a name that is none.
pub fn template(site: &Site, name: &str) -> Result<(PathBuf, Vec<u8>)> {
    let path = site.dir.join("templates").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let shipped = SHIPPED.iter().find(|(own, _)| *own == name);
            let names = || SHIPPED.map(|(own, _)| own).join(", ");
            let (_, bytes) = shipped.ok_or_else(|| Error::config("template", name, names(), "name one of them"))?;
            Ok((path, bytes.to_vec()))
        }
        Err(error) => Err(Error::read(&path, error)),
    }
}

fn values(report: &Frozen) -> Result<(Kind, Value)> {
    let wrong = |found: String| {
        Error::input(&report.listed.id, found, "the figures of a report", "restore a backup of the store")
    };
    let kind = Kind::of(&report.listed.kind).ok_or_else(|| wrong(report.listed.kind.clone()))?;
    let mut values: Value = serde_json::from_str(&report.figures).map_err(|error| wrong(error.to_string()))?;
    values["sha256"] = report.listed.sha256.as_str().into();
    Ok((kind, values))
}

/// The report as a Word document.
///
/// # Errors
/// [`Error::Config`] where the template is none; [`Error::Input`] where the report is damaged.
pub fn docx(site: &Site, report: &Frozen) -> Result<Vec<u8>> {
    let (kind, values) = values(report)?;
    let (path, bytes) = template(site, &format!("{}.docx", kind.code()))?;
    office::docx::fill(&path, &bytes, &values, &BTreeMap::new())
}

/// The report as a workbook.
///
/// # Errors
/// As [`docx`].
pub fn xlsx(site: &Site, report: &Frozen) -> Result<Vec<u8>> {
    let (kind, values) = values(report)?;
    let (path, bytes) = template(site, &format!("{}.xlsx", kind.code()))?;
    office::xlsx::fill(&path, &bytes, &values)
}

/// A few lines of it for a desk: the title, and what it says first.
pub fn text(report: &Frozen) -> String {
    let values: Value = serde_json::from_str(&report.figures).unwrap_or_default();
    let lines = values["summary"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let moved = values["corrections"].as_array().map_or(0, Vec::len);
    let corrected = (moved > 0).then(|| format!("更正 {moved} 项数字"));
    let head = format!("{} {}", report.listed.title, values["period"]["text"].as_str().unwrap_or_default());
    let lines: Vec<&str> = std::iter::once(head.as_str()).chain(corrected.as_deref()).chain(lines).collect();
    lines.join("\n") + "\n"
}
