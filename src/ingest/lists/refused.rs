//! Why a spreadsheet is refused: in English for a command, in Chinese for a page; each names where, what was found, and what was expected.

use super::columns::{Field, HEADER_WITHIN};
use super::sheet::{MOST_BYTES, MOST_ROWS, MOST_UNPACKED};
use crate::error::Error;
use serde::{Serialize, Serializer};
use std::fmt::{Display, Formatter};
use std::path::{Path, PathBuf};

/// A refusal.
#[derive(Debug)]
pub struct Refused {
    path: PathBuf,
    sheet: String,
    row: Option<usize>,
    wrong: Box<Wrong>,
}

/// What is wrong.
#[derive(Debug)]
pub(super) enum Wrong {
    /// The system would not read it.
    Unread(std::io::Error),
    Empty,
    /// So many bytes.
    TooLarge(u64),
    OldForm,
    NoText,
    TooLong,
    TooMuchUnpacked,
    Damaged,
    /// In the words of what reads workbooks.
    OfProgram(String),
    /// `None`: not a cell with anything in it.
    NoHeadings(Option<Looked>),
}

/// Where headings were looked for in vain.
#[derive(Debug)]
pub(super) struct Looked {
    /// Its sheet; empty of a CSV file.
    pub sheet: String,
    /// The row that comes nearest to headings.
    pub row: usize,
    /// What is in it.
    pub there: String,
    /// What it lacks.
    pub missing: Vec<Field>,
}

impl Refused {
    pub(super) fn of(path: &Path, wrong: Wrong) -> Self {
        Refused { path: path.to_path_buf(), sheet: String::new(), row: None, wrong: Box::new(wrong) }
    }

    pub(super) fn at(self, sheet: &str, row: Option<usize>) -> Self {
        Refused { sheet: sheet.to_string(), row, ..self }
    }

    /// As a page says it.
    pub fn in_chinese(&self) -> String {
        let (found, expected) = match &*self.wrong {
            Wrong::Unread(_) => ("文件无法打开".into(), "可读取的文件".into()),
            Wrong::Empty => ("文件是空的".into(), LIST_ZH.into()),
            Wrong::TooLarge(size) => {
                (format!("文件有 {} MB", size >> 20), format!("不超过 {} MB，请拆分后再传", MOST_BYTES >> 20))
            }
            Wrong::OldForm => ("文件是旧格式（.xls）或带密码的工作簿".into(), "不带密码的 .xlsx，请另存后再传".into()),
            Wrong::NoText => ("文件既不是工作簿，也不是 UTF-8 或 GBK 文本".into(), LIST_ZH.into()),
            Wrong::TooLong => (format!("超过 {MOST_ROWS} 行"), format!("不超过 {MOST_ROWS} 行，请拆分后再传")),
            Wrong::TooMuchUnpacked => {
                (format!("解压后超过 {} MB", MOST_UNPACKED >> 20), "普通大小的工作簿，请用表格软件另存后再传".into())
            }
            Wrong::Damaged | Wrong::OfProgram(_) => {
                ("工作簿已损坏或格式不规范".into(), "完整的 .xlsx，请用表格软件打开后另存再传".into())
            }
            Wrong::NoHeadings(None) => ("没有任何内容".into(), headings_zh()),
            Wrong::NoHeadings(Some(looked)) => {
                let names: Vec<&str> = looked.missing.iter().map(|field| field.words()[0]).collect();
                let there = if looked.there.trim().is_empty() { "空白" } else { &looked.there };
                (format!("缺少“{}”列（该行为：{there}）", names.join("”“")), headings_zh())
            }
        };
        let place = self.place(|sheet| format!("工作表“{sheet}”"), |row| format!("第 {row} 行"), "");
        let colon = if place.is_empty() { "" } else { "：" };
        format!("{place}{colon}{found}；应为{expected}")
    }

    fn place(&self, sheet: impl Fn(&str) -> String, row: impl Fn(usize) -> String, between: &str) -> String {
        let (own, at) = match &*self.wrong {
            Wrong::NoHeadings(Some(looked)) => (looked.sheet.as_str(), Some(looked.row)),
            _ => (self.sheet.as_str(), self.row),
        };
        let own = (!own.is_empty()).then(|| sheet(own));
        own.into_iter().chain(at.map(row)).collect::<Vec<_>>().join(between)
    }

    fn in_english(&self) -> (String, String, &'static str) {
        const AGAIN: &str = "open it in a spreadsheet program and save it as .xlsx";
        let list = || LIST.to_string();
        match &*self.wrong {
            Wrong::Unread(error) => (error.to_string(), "a readable file".into(), "check the path and its permissions"),
            Wrong::Empty => ("an empty file".into(), list(), "ask for the list again"),
            Wrong::TooLarge(size) => {
                (format!("{} MB", size >> 20), format!("at most {} MB", MOST_BYTES >> 20), "cut the list into parts")
            }
            Wrong::OldForm => (
                "a workbook of the old form (.xls), or one with a password".into(),
                list(),
                "save it as .xlsx without a password",
            ),
            Wrong::NoText => {
                ("neither a workbook nor text in UTF-8 or GBK".into(), list(), "save it as .xlsx, or as CSV UTF-8")
            }
            Wrong::TooLong => {
                (format!("more than {MOST_ROWS} rows"), format!("at most {MOST_ROWS} rows"), "cut the list into parts")
            }
            Wrong::TooMuchUnpacked => {
                (format!("a file that unpacks to more than {} MB", MOST_UNPACKED >> 20), list(), AGAIN)
            }
            Wrong::Damaged => ("a damaged .xlsx file".into(), list(), AGAIN),
            Wrong::OfProgram(said) => (said.clone(), list(), AGAIN),
            Wrong::NoHeadings(looked) => {
                let found = match looked {
                    None => "no cell with anything in it".to_string(),
                    Some(looked) => {
                        let names: Vec<&str> = looked.missing.iter().map(|field| field.words()[0]).collect();
                        format!("no column {}; the row that comes nearest is: {}", names.join(", "), looked.there)
                    }
                };
                (found, HEADINGS.into(), "name the columns in a template (--template), or correct the list")
            }
        }
    }
}

const LIST: &str = "a fire list as .xlsx or .csv";
const LIST_ZH: &str = " .xlsx 或 .csv 清单";
const HEADINGS: &str = "a row of headings with 经度, 纬度 and a time (观测时间, 日期 ...) within the first 30 rows";

fn headings_zh() -> String {
    format!("前 {HEADER_WITHIN} 行内有一行表头，含经度、纬度和观测时间（或日期）")
}

impl Refused {
    /// As a command says it. No `From`: with a second way to an [`Error`] the compiler no longer knows which one a `?` means.
    pub fn into_error(self) -> Error {
        let (found, expected, advice) = self.in_english();
        let place = self.place(|sheet| format!("sheet {sheet:?}"), |row| format!("row {row}"), ", ");
        let found = if place.is_empty() { found } else { format!("{place}: {found}") };
        match *self.wrong {
            Wrong::Unread(error) => Error::read(self.path, error),
            _ => Error::input(self.path, found, expected, advice),
        }
    }
}

/// What a cell should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A longitude.
    Lon,
    /// A latitude.
    Lat,
    /// A latitude where a longitude stands: the two may be turned.
    LatNotLon,
    /// A time.
    Time,
    /// A place on the earth.
    Place,
}

impl Expected {
    /// As a command says it.
    pub fn english(self) -> &'static str {
        match self {
            Expected::Lon => "a longitude, as 102.4103 or 102°24′36″",
            Expected::Lat => "a latitude, as 36.4803 or 36°28′49″",
            Expected::LatNotLon => "a latitude, as 36.4803 or 36°28′49″ (are the two coordinates turned?)",
            Expected::Time => "a time, as 2025-10-20 13:30",
            Expected::Place => "longitude and latitude of a place on the earth",
        }
    }
}

/// As a desk reads it.
impl Display for Expected {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Expected::Lon => "经度，如 102.4103 或 102°24′36″",
            Expected::Lat => "纬度，如 36.4803 或 36°28′49″",
            Expected::LatNotLon => "纬度，如 36.4803 或 36°28′49″（经纬度是否颠倒？）",
            Expected::Time => "时间，如 2025-10-20 13:30",
            Expected::Place => "地球上的经纬度",
        })
    }
}

impl Serialize for Expected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> Refused {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list.csv");
        std::fs::write(&path, bytes).expect("written");
        super::super::read(&path, &Default::default(), &Default::default()).expect_err("refused")
    }

    /// What is said to people has no word of English, and the other way round nothing but the headings themselves.
    #[test]
    fn each_refusal_is_whole_in_both_languages() {
        let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest";
        for bytes in [&b""[..], old, b"\xff\xd8\xff\xe0\x00", b"PK no book", b"\n\n", "甲,乙\n1,2\n".as_bytes()] {
            let refused = refused(bytes);
            let chinese = refused.in_chinese();
            let latin = chinese.replace(".xlsx", "").replace(".csv", "").replace(".xls", "").replace("UTF-8", "");
            let latin = latin.replace("GBK", "");
            assert!(!latin.chars().any(|c| c.is_ascii_alphabetic()) && chinese.contains("；应为"), "{chinese}");
            let english = refused.into_error().to_string();
            assert!(english.contains("found ") && english.contains("; expected "), "{english}");
        }
        let no_time = refused("省厅清单\n编号,经度,纬度\n1,102,36\n".as_bytes());
        assert!(
            no_time.in_chinese().starts_with("第 2 行：缺少“观测时间”列（该行为：编号 | 经度 | 纬度）"),
            "{}",
            no_time.in_chinese()
        );
        let english = no_time.into_error().to_string();
        assert!(english.contains("row 2: no column 观测时间;"), "{english}");
    }
}
