//! Where the rows of a sheet went, and what speaks of them: formulas, merged cells, areas.

use super::Fault;
use super::formula::{self, Reference};
use quick_xml::escape::{escape, unescape};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Where rows went: the number of each row that is written, old and new, in their order.
#[derive(Debug, Default, Clone)]
pub(super) struct Moved {
    pub(super) rows: Vec<(usize, usize)>,
    /// First and last new number of each old row.
    pub(super) ends: BTreeMap<usize, (usize, usize)>,
    pub(super) blocks: Vec<Range<usize>>,
    /// Rows from here on move as one.
    pub(super) dense: usize,
    pub(super) shift: isize,
}

impl Moved {
    fn block(&self, row: usize) -> Option<&Range<usize>> {
        self.blocks.iter().find(|block| block.contains(&row))
    }

    /// The new number of a row that is there once.
    fn one(&self, row: usize) -> usize {
        if row > self.dense {
            return row.saturating_add_signed(self.shift);
        }
        self.ends.get(&row).map_or(row, |(first, _)| *first)
    }

    /// The new number of the first or last row of an area.
    pub(super) fn stretched(&self, row: usize, is_end: bool) -> usize {
        let Some(block) = self.block(row) else { return self.one(row) };
        let mut of = self.ends.range(block.clone()).map(|(_, ends)| *ends);
        let own = self.ends.get(&row).map(|(_, last)| *last);
        let found = if is_end { own.or_else(|| of.map(|ends| ends.1).max()) } else { of.next().map(|ends| ends.0) };
        found.unwrap_or_else(|| self.one(block.end))
    }

    /// An area such as `A1:B9` or `A1`.
    fn area(&self, area: &str) -> String {
        let moved =
            formula::changed(area, |of| Ok::<_, ()>(Reference { row: self.stretched(of.row, of.is_end), ..of }));
        moved.unwrap_or_else(|()| area.to_string())
    }
}

/// A cell with its formula changed.
pub(super) fn with_formula(cell: &str, change: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let Some((before, rest)) = cell.split_once("<f>") else { return Ok(cell.to_string()) };
    let Some((raw, after)) = rest.split_once("</f>") else { return Ok(cell.to_string()) };
    let formula = unescape(raw).map_err(|error| error.to_string())?;
    Ok(format!("{before}<f>{}</f>{after}", escape(change(&formula)?.as_str())))
}

/// A formula of a row that went from one number to another.
pub(super) fn moved_formula(
    text: &str,
    (old, new): (usize, usize),
    own: &Moved,
    all: &BTreeMap<String, Moved>,
) -> Result<String, String> {
    formula::changed(text, |of| {
        let Some(there) = of.sheet.map_or(Some(own), |name| all.get(name)) else { return Ok(of) };
        let row = match there.block(of.row) {
            None => there.one(of.row),
            Some(block) if of.sheet.is_none() && block.contains(&old) => {
                new.saturating_add_signed(of.row as isize - old as isize)
            }
            Some(_) => return Err(format!("the formula {text}, which reaches into rows that repeat")),
        };
        Ok(Reference { row, ..of })
    })
}

/// What stands behind the rows: merged cells, conditions, links, with where their rows went.
pub(super) fn tail(xml: &str, moved: &Moved) -> Result<String, Fault> {
    let Some((before, inside)) = xml.split_once("<mergeCells") else { return Ok(areas(xml, moved)) };
    let (inside, after) = inside.split_once("</mergeCells>").unwrap_or((inside, ""));
    let merged = merged(inside, moved)?;
    let cells: String = merged.iter().map(|area| format!("<mergeCell ref=\"{area}\"/>")).collect();
    let cells = match merged.len() {
        0 => cells,
        count => format!("<mergeCells count=\"{count}\">{cells}</mergeCells>"),
    };
    Ok(areas(before, moved) + &cells + &areas(after, moved))
}

/// Areas of filters, conditions, validations and links.
fn areas(xml: &str, moved: &Moved) -> String {
    let mut parts = xml.split_inclusive("ref=\"");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (areas, after) = part.split_once('"').unwrap_or(("", part));
        let areas: Vec<String> = areas.split(' ').map(|area| moved.area(area)).collect();
        out.push_str(&format!("{}\"{after}", areas.join(" ")));
    }
    out
}

/// Merged areas; those of rows that repeat repeat.
fn merged(xml: &str, moved: &Moved) -> Result<BTreeSet<String>, Fault> {
    let mut areas = BTreeSet::new();
    for part in xml.split("ref=\"").skip(1) {
        let area = part.split('"').next().unwrap_or_default();
        let mut rows = Vec::new();
        let _ = formula::changed(area, |of| {
            rows.push(of.row);
            Ok::<_, ()>(of)
        });
        let (Some(first), Some(last)) = (rows.first().copied(), rows.last().copied()) else { continue };
        let at = |by: isize| {
            formula::changed(area, |of| Ok::<_, ()>(Reference { row: of.row.saturating_add_signed(by), ..of }))
        };
        match (moved.block(first), moved.block(last)) {
            (None, None) => _ = areas.insert(moved.area(area)),
            (a, b) if a == b => {
                for (index, (_, new)) in moved.rows.iter().enumerate().filter(|(_, (old, _))| *old == first) {
                    let end = moved.rows.get(index + last - first);
                    if end.is_some_and(|(old, _)| *old == last) {
                        areas.extend(at(*new as isize - first as isize));
                    }
                }
            }
            _ => {
                let advice = "merge cells within the rows that repeat, or outside of them";
                return Err(Fault::new(
                    format!("cells {area}"),
                    "merged cells that reach into rows that repeat",
                    advice,
                ));
            }
        }
    }
    Ok(areas)
}
