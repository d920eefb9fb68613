//! 交接班: what one shift hands to the next, frozen when the first signs, and what changed until the second does.

use crate::sealed::sha256;
use crate::time::Utc;
use serde::{Deserialize, Serialize};

/// What a shift hands over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Code of the desk: the city's, or a county's.
    pub desk: String,
    /// Its name.
    pub desk_name: String,
    /// When the shift began.
    pub from: Utc,
    /// Until when it was filled in.
    pub to: Utc,
    /// What was observed in the shift, a sentence an area.
    pub observed: Vec<String>,
    /// Sums of the shift, each with its name.
    pub sums: Vec<(String, i64)>,
    /// What the next one has to know of.
    pub sections: Vec<Section>,
}

/// A kind of things that are handed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// As programs know it.
    pub code: String,
    /// As people do.
    pub title: String,
    /// The things.
    pub items: Vec<Item>,
    /// Things of it that are not listed, for there are too many.
    pub more: i64,
}

/// One thing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Item {
    /// What tells it from all others of its section.
    pub key: String,
    /// What it is.
    pub what: String,
    /// Where.
    pub place: String,
    /// How it stands.
    pub state: String,
    /// Who has it.
    pub who: String,
    /// Since when.
    pub since: Option<Utc>,
    /// By when.
    pub due: Option<Utc>,
    /// Whether that is past.
    pub late: bool,
}

/// What is different at the second signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Title of the section.
    pub section: String,
    /// `new`, `gone` or `changed`.
    pub kind: Kind,
    /// What it is.
    pub what: String,
    /// How it stood, and stands.
    pub said: String,
}

/// How a thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was not there.
    New,
    /// It is there no more.
    Gone,
    /// It stands otherwise.
    Changed,
}

impl Kind {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::New => "新增",
            Kind::Gone => "消除",
            Kind::Changed => "变化",
        }
    }
}

impl Content {
    /// The text that is kept, and its SHA-256: the same for ever.
    pub fn frozen(&self) -> (String, String) {
        // a struct of texts and numbers has a form
        let text = serde_json::to_string(self).unwrap_or_default();
        let hash = sha256(text.as_bytes());
        (text, hash)
    }

    /// From the text that was kept.
    pub fn of_text(text: &str) -> Option<Content> {
        serde_json::from_str(text).ok()
    }

    /// What is different in a later one.
    pub fn changes(&self, later: &Content) -> Vec<Change> {
        let mut changes = Vec::new();
        for now in &later.sections {
            let before = self.sections.iter().find(|section| section.code == now.code);
            let before = before.map_or(&[][..], |section| section.items.as_slice());
            for item in &now.items {
                match before.iter().find(|old| old.key == item.key) {
                    None => changes.push(now.change(Kind::New, item, item.stands())),
                    Some(old) if old.stands() != item.stands() => {
                        changes.push(now.change(Kind::Changed, item, format!("{} → {}", old.stands(), item.stands())));
                    }
                    Some(_) => {}
                }
            }
            let gone = before.iter().filter(|old| !now.items.iter().any(|item| item.key == old.key));
            // where not all are listed, one that is not need not be gone
            changes.extend(gone.filter(|_| now.more == 0).map(|old| now.change(Kind::Gone, old, old.stands())));
        }
        changes
    }
}

impl Section {
    fn change(&self, kind: Kind, item: &Item, said: String) -> Change {
        Change { section: self.title.clone(), kind, what: item.what.clone(), said }
    }
}

impl Item {
    /// How it stands, in words; what only grows older does not change.
    fn stands(&self) -> String {
        let late = if self.late { "超时" } else { "" };
        let words = [self.state.as_str(), self.who.as_str(), late].into_iter().filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(key: &str, state: &str, late: bool) -> Item {
        Item { key: key.into(), what: format!("件{key}"), state: state.into(), late, ..Item::default() }
    }

    fn content(items: Vec<Item>, more: i64) -> Content {
        let at = Utc::parse("2025-10-20T00:00:00Z").expect("a time");
        let section = Section { code: "cases".into(), title: "未办结".into(), items, more };
        Content {
            desk: "630200".into(),
            desk_name: "海东市".into(),
            from: at,
            to: at,
            observed: Vec::new(),
            sums: Vec::new(),
            sections: vec![section],
        }
    }

    #[test]
    fn what_changed_between_two_signatures() {
        let before =
            content(vec![item("a", "待研判", false), item("b", "已派发", false), item("c", "已签收", true)], 0);
        let after = content(vec![item("a", "已派发", false), item("c", "已签收", true), item("d", "待研判", false)], 0);
        let found: Vec<String> = before
            .changes(&after)
            .iter()
            .map(|change| format!("{} {} {}", change.kind.name(), change.what, change.said))
            .collect();
        assert_eq!(found, ["变化 件a 待研判 → 已派发", "新增 件d 待研判", "消除 件b 已派发"]);
        assert_eq!(before.changes(&before), []);
        let cut = content(vec![item("a", "待研判", false)], 7);
        assert_eq!(before.changes(&cut), [], "of a list that is cut nothing is said to be gone");
    }

    /// The hash is that of the text that is kept, by the command sha256sum of the text `{"a":1}`.
    #[test]
    fn what_is_frozen_reads_back() {
        let before = content(vec![item("a", "待研判", false)], 0);
        let (text, hash) = before.frozen();
        assert_eq!(Content::of_text(&text).as_ref(), Some(&before));
        assert_eq!(hash, sha256(text.as_bytes()));
        assert_eq!(sha256(br#"{"a":1}"#), "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
    }
}
