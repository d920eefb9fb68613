//! A page for people: HTML that opens from a disk and prints on A4, in Chinese, with nothing from outside.

use super::charts::escaped;
use super::sheet::{Cell, Table, text};
use super::{PROGRAM, PROGRAM_VERSION, atomic};
use crate::error::Result;
use std::fmt::Write as _;
use std::path::Path;

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Below the title: what it is of, a line each.
    pub head: Vec<String>,
    /// Whether anything of it was made by the simulator: it says so at the top and on every table.
    pub simulated: bool,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// A part of a page under a heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// What stands under it.
    pub parts: Vec<Part>,
}

/// What a section is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Words.
    Text(String),
    /// Words that must not be overlooked.
    Warning(String),
    /// A table, of which so many rows are printed; the workbook has all.
    Table(Table, usize),
    /// A drawing of [`super::charts`] with what it shows.
    Figure {
        /// SVG.
        svg: String,
        /// Below it.
        caption: String,
    },
}

/// Over all that the simulator made.
const SIMULATED: &str = "模拟数据, 非真实火点 SIMULATED";

const SAID: &[(&str, f64)] = &[("章节", 20.0), ("内容", 100.0)];

/// A table of no more rows is not broken over two sheets of paper.
const WHOLE_ROWS: usize = 16;

const STYLE: &str = "
@page { size: A4; margin: 16mm 14mm; @bottom-center { content: counter(page) ' / ' counter(pages); font-size: 9pt; color: #444; } }
* { box-sizing: border-box; }
body { font-family: 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif;
  font-size: 10.5pt; line-height: 1.6; color: #111; background: #fff; max-width: 190mm; margin: 0 auto; padding: 8mm 6mm; }
h1 { font-size: 18pt; line-height: 1.3; margin: 0 0 2mm; }
h2 { font-size: 13pt; margin: 8mm 0 2mm; padding-bottom: 1mm; border-bottom: 1px solid #888; break-after: avoid; }
h3 { font-size: 10.5pt; margin: 4mm 0 1mm; }
h3, .note.above { break-after: avoid; }
.whole { break-inside: avoid; }
p { margin: 1.5mm 0; }
.head p { margin: 0; }
.note, figcaption, footer { font-size: 9pt; color: #444; }
.warning { border: 1px solid #a33; border-left-width: 4px; padding: 1.5mm 3mm; background: #fdf6f4; break-inside: avoid; }
.simulated { border: 2px solid #111; padding: 1mm 3mm; font-weight: bold; text-align: center; letter-spacing: 0.1em; }
table { border-collapse: collapse; width: 100%; margin: 1mm 0 3mm; font-size: 9pt; line-height: 1.35; }
th, td { border: 1px solid #999; padding: 0.8mm 1.6mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #e8ebf2; font-weight: bold; text-align: center; vertical-align: middle; overflow-wrap: normal; word-break: keep-all; }
td.number { text-align: right; white-space: nowrap; overflow-wrap: normal; }
td.none { color: #888; text-align: center; }
.wide { overflow-x: auto; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
figure { margin: 2mm 0 4mm; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; font-family: inherit; }
footer { margin-top: 8mm; border-top: 1px solid #888; padding-top: 1mm; }
@media screen and (max-width: 170mm) { body { padding: 4mm 3mm; } .wide table { min-width: 150mm; } }
@media print { .wide { overflow: visible; } body { max-width: none; margin: 0; padding: 0; }
  th, .simulated, figure svg, .warning { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
";

impl Page {
    /// As HTML.
    pub fn html(&self) -> String {
        let mut out = String::from("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n");
        let title = escaped(&self.title);
        let _ = write!(
            out,
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        );
        if self.simulated {
            out.push_str("<p class=\"simulated\">");
            out.push_str(SIMULATED);
            out.push_str("</p>\n");
        }
        let _ = write!(out, "<header>\n<h1>{title}</h1>\n<div class=\"head\">\n");
        self.head.iter().for_each(|line| paragraph(&mut out, "", line));
        out.push_str("</div>\n</header>\n<main>\n");
        self.sections.iter().for_each(|section| section.write(&mut out));
        let _ = write!(out, "</main>\n<footer>{PROGRAM} {PROGRAM_VERSION}</footer>\n</body>\n</html>\n");
        out
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`crate::error::Error::Output`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        atomic::write_bytes(path, self.html().as_bytes())
    }

    /// The sheets of the workbook beside it: first what it says in words, for a workbook is passed on alone; then its tables in their order.
    pub fn tables(&self) -> Vec<Table> {
        let parts = self.sections.iter().flat_map(|section| &section.parts);
        let tables = parts.filter_map(|part| if let Part::Table(table, _) = part { Some(table.clone()) } else { None });
        std::iter::once(self.said()).chain(tables).collect()
    }

    /// Its head, warnings and words, a row each with the section that they stand in.
    fn said(&self) -> Table {
        let row = |section: &str, words: &str| vec![text(section), text(words)];
        let simulated = self.simulated.then_some(SIMULATED).into_iter();
        let mut rows: Vec<Vec<Cell>> =
            simulated.chain(self.head.iter().map(String::as_str)).map(|line| row("", line)).collect();
        for section in &self.sections {
            rows.extend(section.parts.iter().filter_map(|part| match part {
                Part::Text(words) => Some(row(&section.heading, words)),
                Part::Warning(words) => Some(row(&section.heading, &format!("注意: {words}"))),
                Part::Table(..) | Part::Figure { .. } => None,
            }));
        }
        Table { name: "说明", title: self.title.clone(), note: String::new(), heads: SAID, rows }
    }
}

impl Section {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "<section>\n<h2>{}</h2>\n", escaped(&self.heading));
        for part in &self.parts {
            match part {
                Part::Text(words) => paragraph(out, "", words),
                Part::Warning(words) => paragraph(out, " class=\"warning\"", words),
                Part::Table(table, rows) => self::table(out, table, *rows),
                Part::Figure { svg, caption } => {
                    let _ = write!(out, "<figure>\n{svg}\n<figcaption>{}</figcaption>\n</figure>\n", escaped(caption));
                }
            }
        }
        out.push_str("</section>\n");
    }
}

fn paragraph(out: &mut String, class: &str, words: &str) {
    let _ = writeln!(out, "<p{class}>{}</p>", escaped(words));
}

fn table(out: &mut String, table: &Table, most: usize) {
    let class = if table.rows.len() <= WHOLE_ROWS { " class=\"whole\"" } else { "" };
    let _ = writeln!(out, "<div{class}>\n<h3>{}</h3>", escaped(&table.title));
    if !table.note.is_empty() {
        paragraph(out, " class=\"note above\"", &table.note);
    }
    if table.rows.is_empty() {
        paragraph(out, "", "无记录");
    } else {
        body(out, table, most);
    }
    out.push_str("</div>\n");
}

/// Headings and rows.
fn body(out: &mut String, table: &Table, most: usize) {
    out.push_str("<div class=\"wide\">\n<table>\n<colgroup>");
    let wide: f64 = table.heads.iter().map(|(_, width)| width).sum();
    table.heads.iter().for_each(|(_, width)| _ = write!(out, "<col style=\"width:{:.1}%\">", 100.0 * width / wide));
    out.push_str("</colgroup>\n<thead><tr>");
    for (name, _) in table.heads {
        // a wide heading may break where its unit begins
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(name).replace('(', "<wbr>("));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in table.rows.iter().take(most) {
        out.push_str("<tr>");
        row.iter().for_each(|cell| self::cell(out, cell));
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    if table.rows.len() > most {
        let more = format!("共 {} 行, 此处列前 {most} 行, 其余见同名工作簿(xlsx)的“{}”", table.rows.len(), table.name);
        paragraph(out, " class=\"note\"", &more);
    }
}

fn cell(out: &mut String, cell: &Cell) {
    let printed = cell.printed();
    let class = match cell {
        Cell::Text(_) => "",
        _ if printed.is_empty() => " class=\"none\"",
        _ => " class=\"number\"",
    };
    let printed = if class.contains("none") { "–".to_string() } else { escaped(&printed) };
    let _ = write!(out, "<td{class}>{printed}</td>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let row = |name: &str| vec![text(name), Cell::count(3), Cell::Share(None)];
        let heads: &[(&str, f64)] = &[("名", 9.0), ("数(个)", 9.0), ("份", 9.0)];
        let rows = vec![row("<script>alert(1)</script>"), row("乙"), row("丙")];
        let table = Table { name: "表", title: "a & b".into(), note: String::new(), heads, rows };
        let parts = vec![Part::Table(table, 2), Part::Warning("<i>".into())];
        let sections = vec![Section { heading: "一".into(), parts }];
        Page { title: "\"报告\"".into(), head: vec!["头".into()], simulated: true, sections }
    }

    #[test]
    fn what_comes_from_outside_is_escaped_and_what_is_left_out_is_said() {
        let html = page().html();
        assert!(html.contains(
            "<td>&lt;script&gt;alert(1)&lt;/script&gt;</td><td class=\"number\">3</td><td class=\"none\">–</td>"
        ));
        assert!(!html.contains("<script") && !html.contains("http") && html.contains("&quot;报告&quot;"));
        assert!(
            html.contains("SIMULATED") && html.contains("共 3 行, 此处列前 2 行") && !html.contains("丙"),
            "{html}"
        );
        let sheets = page().tables();
        assert_eq!(sheets.iter().map(|sheet| sheet.name).collect::<Vec<_>>(), ["说明", "表"]);
        let said: Vec<String> = sheets[0].rows.iter().map(|row| row[1].printed()).collect();
        assert_eq!(said, ["模拟数据, 非真实火点 SIMULATED", "头", "注意: <i>"]);
    }
}
