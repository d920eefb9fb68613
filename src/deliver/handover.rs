//! The record of a handover as a document, from a template that people edit.

use super::office::docx;
use crate::error::{Error, Result};
use crate::ledger::handover::{Change, Content, Item};
use crate::site::Site;
use crate::time::Utc;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The template that is taken where the site has none of its own.
const TEMPLATE: &[u8] = include_bytes!("../../sites/haidong/templates/handover.docx");
/// Where a site's own lies.
const OWN: &str = "templates/handover.docx";

/// What a side said.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// Name that people read, and the account.
    pub name: String,
    /// When it signed.
    pub at: Option<Utc>,
    /// Whether the list of shifts has it, where that says anything.
    pub on_list: Option<bool>,
    /// Its words.
    pub remark: String,
}

/// All that is printed.
#[derive(Debug, Clone)]
pub struct Printed<'a> {
    /// Its id.
    pub id: &'a str,
    /// How it stands.
    pub state: &'a str,
    /// As it was frozen.
    pub content: &'a Content,
    /// Hash of that.
    pub sha256: &'a str,
    /// Who went.
    pub given: Side,
    /// Who came; empty where nobody signed.
    pub taken: Side,
    /// What changed between the two.
    pub changes: &'a [Change],
    /// What was said later: when, who, what.
    pub remarks: &'a [(Utc, String, String)],
}

/// The document.
///
/// # Errors
/// [`Error::Read`] where the site's own template cannot be read, [`Error::Config`] where it cannot be filled.
pub fn document(site: &Site, printed: &Printed<'_>) -> Result<Vec<u8>> {
    let own = site.dir.join(OWN);
    let (path, template) = match std::fs::read(&own) {
        Ok(bytes) => (own, bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            (PathBuf::from("handover.docx"), TEMPLATE.to_vec())
        }
        Err(error) => return Err(Error::read(&own, error)),
    };
    docx::fill(&path, &template, &values(printed), &BTreeMap::new())
}

/// The names that a template may use.
fn values(printed: &Printed<'_>) -> Value {
    let content = printed.content;
    let sums: Vec<String> = content.sums.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let mut rows = Vec::new();
    for section in &content.sections {
        if section.items.is_empty() {
            rows.push(json!({ "section": section.title, "what": "无", "place": "", "state": "", "who": "", "since": "", "due": "" }));
        }
        rows.extend(section.items.iter().map(|item| row(&section.title, item)));
        if section.more > 0 {
            let what = format!("另有 {} 项未列", section.more);
            rows.push(json!({ "section": section.title, "what": what, "place": "", "state": "", "who": "", "since": "", "due": "" }));
        }
    }
    let changes = printed.changes.iter();
    let changes: Vec<String> = changes
        .map(|change| format!("{}：{} {}（{}）", change.kind.name(), change.section, change.what, change.said))
        .collect();
    let remarks = printed.remarks.iter();
    let remarks: Vec<String> = remarks.map(|(at, who, said)| format!("{} {who}：{said}", at.beijing())).collect();
    let or = |list: Vec<String>, nothing: &str| if list.is_empty() { vec![nothing.to_string()] } else { list };
    let unchanged = if printed.taken.at.is_some() { "无变化。" } else { "接班人尚未签字。" };
    json!({
        "id": printed.id, "state_name": printed.state, "desk_name": content.desk_name, "from": content.from.beijing(),
        "to": content.to.beijing(), "sums": sums.join("；") + "。", "observed": or(content.observed.clone(), "无资料").join("，"),
        "rows": rows, "given": side(&printed.given), "taken": side(&printed.taken), "changes": or(changes, unchanged),
        "remarks": or(remarks, "无。"), "sha256": printed.sha256,
    })
}

fn row(section: &str, item: &Item) -> Value {
    let due = item.due.map(short).unwrap_or_default();
    json!({
        "section": section, "what": item.what, "place": item.place, "state": item.state, "who": item.who,
        "since": item.since.map(short).unwrap_or_default(), "due": if item.late { format!("{due}（超时）") } else { due },
    })
}

/// `10-20 13:40`.
fn short(at: Utc) -> String {
    at.beijing().get(5..).unwrap_or_default().to_string()
}

fn side(side: &Side) -> Value {
    let on_list = match side.on_list {
        Some(true) => "在班",
        Some(false) => "不在排班表中",
        None if side.at.is_some() => "无排班记录",
        None => "",
    };
    json!({ "name": side.name, "at": side.at.map(Utc::beijing).unwrap_or_default(), "on_list": on_list, "remark": side.remark })
}
