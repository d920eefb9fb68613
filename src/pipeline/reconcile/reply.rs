//! What goes back: the list with our columns, the request to take points off, our own events that it lacks, and the account.

use super::package::{self, Photos};
use super::told::{case as of_case, reporter};
use super::unseen::Cause as Why;
use super::{Answer, Ours, Reconciled, State};
use crate::cases::{Case, Cause, Finding, Status};
use crate::deliver::reply::{Columns, book_with_columns, csv_with_columns};
use crate::deliver::sheet::{Cell, Table, book_bytes, text, write_book};
use crate::deliver::{PROGRAM_VERSION, atomic};
use crate::error::{Error, Result};
use crate::ingest::lists::{Row, TheirList};
use crate::site::Site;
use crate::time::Utc;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Columns behind theirs.
const HEADS: &[(&str, f64)] = &[
    ("核查结果", 12.0),
    ("我方编号", 26.0),
    ("办理状态", 10.0),
    ("现场核查", 18.0),
    ("核查原因", 12.0),
    ("照片数", 8.0),
    ("说明", 80.0),
];

/// Remarks and unreadable rows said one by one; the rest is counted.
const LINES_SAID: usize = 30;

/// A list that was answered.
pub struct Answered<'a> {
    /// Its file.
    pub file: &'a Path,
    /// Whose it is, where the template says so.
    pub from: &'a str,
    /// The list.
    pub list: &'a TheirList,
    /// The answers.
    pub reconciled: &'a Reconciled,
    /// The site.
    pub site: &'a Site,
    /// When the answer is due, where that is known.
    pub deadline: Option<Utc>,
    /// Photos of the ground for what should be taken off.
    pub photos: &'a Photos,
}

impl Answered<'_> {
    /// Writes all files into a folder; gives a few lines for the desk.
    ///
    /// # Errors
    /// [`Error::Input`] where the list cannot be written in its own layout; [`Error::Output`] where a file cannot be written.
    pub fn write(&self, out: &Path) -> Result<String> {
        let reply = self.write_reply(out)?;
        let day = self.reconciled.period.map_or_else(|| "2000-01-01".to_string(), |(_, to)| to.date());
        let tables = [self.reductions(), self.only_ours(), self.summary()];
        write_book(&out.join("reduction.xlsx"), "火点核查反馈", &day, &tables)?;
        let request = book_bytes("火点核减申请", &day, &[self.reductions()])?;
        let events: BTreeSet<String> = self.reducible().map(|(_, _, ours, _)| ours.event.id.clone()).collect();
        let events: Vec<String> = events.into_iter().collect();
        package::write(&out.join("reduction.zip"), &request, &events, self.photos)?;
        let account = format!("{:#}\n", self.account());
        atomic::write_bytes(&out.join("reconcile.json"), account.as_bytes())?;
        Ok(self.text(&reply))
    }

    fn write_reply(&self, out: &Path) -> Result<PathBuf> {
        let columns: Vec<Columns<'_>> =
            self.list.sheets.iter().map(|(name, found)| self.columns(name, found.header_row)).collect();
        let cannot = |found: String| {
            let expected = "a list that columns can be added to";
            Error::input(self.file, found, expected, "open it in a spreadsheet program and save it again")
        };
        let (name, bytes) = match (self.list.form, columns.first()) {
            (Some(form), Some(columns)) => {
                let bytes = csv_with_columns(&self.list.bytes, form, columns);
                ("reply.csv", bytes.ok_or_else(|| cannot("no text".to_string()))?)
            }
            _ => ("reply.xlsx", book_with_columns(&self.list.bytes, &columns).map_err(cannot)?),
        };
        let path = out.join(name);
        atomic::write_bytes(&path, &bytes)?;
        Ok(path)
    }

    fn columns<'c>(&self, sheet: &'c str, header_row: usize) -> Columns<'c> {
        let of_sheet = self.rows().filter(|(row, _)| row.sheet == sheet);
        Columns {
            sheet,
            header_row,
            heads: HEADS,
            rows: of_sheet.map(|(row, answer)| (row.row, cells(answer))).collect(),
        }
    }

    fn rows(&self) -> impl Iterator<Item = (&Row, &Answer)> {
        self.list.rows.iter().zip(&self.reconciled.answers)
    }

    /// How many rows are what.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for answer in &self.reconciled.answers {
            *counts.entry(answer.state.code()).or_default() += 1;
        }
        counts
    }

    fn why_counts(&self) -> Vec<(Why, usize)> {
        let is = |why: Why| self.reconciled.answers.iter().filter(|answer| answer.state == State::Unseen(why)).count();
        Why::ALL.into_iter().map(|why| (why, is(why))).filter(|(_, count)| *count > 0).collect()
    }

    fn text(&self, reply: &Path) -> String {
        let counts = self.counts();
        let of = |code: &str| counts.get(code).copied().unwrap_or(0);
        let why: Vec<String> =
            self.why_counts().iter().map(|(why, count)| format!("{} {count}", why.spoken())).collect();
        let why = if why.is_empty() { String::new() } else { format!("（{}）", why.join("、")) };
        let mut lines = vec![
            format!("{}: 共 {} 行", self.file.display(), self.list.rows.len()),
            format!(
                "已掌握 {}，未监测到 {}{why}，疑似重复 {}，不在辖区 {}，无法判读 {}；我方独有 {} 处；可申请核减 {} 行",
                of("known"),
                of("unseen"),
                of("repeat"),
                of("outside"),
                of("unreadable"),
                self.reconciled.only_ours.len(),
                self.reducible().count()
            ),
        ];
        lines.extend(self.of_drill());
        lines.extend(self.deadline.map(|at| format!("答复期限 {}(北京时间)", at.beijing())));
        lines.extend(self.told());
        lines.push(format!("反馈表 {}", reply.display()));
        lines.join("\n") + "\n"
    }

    /// What of a drill was left out, or that all of it is of one; nothing where there was none.
    fn of_drill(&self) -> Option<String> {
        let apart = &self.reconciled.apart;
        apart.left_out().or_else(|| apart.simulated.then(|| format!("我方观测和事件全部来自演练{}", apart.mark())))
    }

    /// Remarks, and rows that cannot be read: the first of them.
    fn told(&self) -> Vec<String> {
        let unread = self.rows().filter(|(_, answer)| matches!(answer.state, State::Unreadable(_)));
        let unread =
            unread.map(|(row, answer)| format!("{}第 {} 行无法判读：{}", named(&row.sheet), row.row, answer.said));
        let all: Vec<String> = self.list.notes.iter().cloned().chain(unread).collect();
        let rest = all.len().saturating_sub(LINES_SAID);
        let more = (rest > 0).then(|| format!("另有 {rest} 处，见 reconcile.json"));
        all.into_iter().take(LINES_SAID).chain(more).collect()
    }

    /// Rows of whose event somebody else approved that there was nothing to find, or that were no fire of straw or land.
    fn reducible(&self) -> impl Iterator<Item = (&Row, &Answer, &Ours, String)> {
        self.rows().filter_map(|(row, answer)| {
            let ours = answer.state.ours()?;
            Some((row, answer, ours, ground(ours.case.as_ref()?)?))
        })
    }

    fn reductions(&self) -> Table {
        let row = |(row, answer, ours, ground): (&Row, &Answer, &Ours, String)| {
            let (status, finding, cause, photos) = of_case(ours.case.as_ref());
            let verification = ours.case.as_ref().and_then(|case| case.verification.as_ref());
            let said = row.said.as_ref().ok();
            vec![
                text(&row.id),
                text(&format!("{}第 {} 行", named(&row.sheet), row.row)),
                text(&said.map_or(String::new(), |said| said.from.beijing())),
                text(said.map_or("", |said| &said.satellite)),
                Cell::Number(said.map(|said| said.place.lon()), 6),
                Cell::Number(said.map(|said| said.place.lat()), 6),
                text(&ours.event.id),
                text(&ground),
                text(&finding),
                text(&cause),
                text(&verification.map_or(String::new(), |verification| verification.time.beijing())),
                text(&verification.map_or(String::new(), reporter)),
                Cell::count(photos),
                text(&status),
                text(verification.map_or(answer.state.spoken(), |verification| &verification.note)),
            ]
        };
        Table {
            name: "核减申请",
            title: format!("{}火点核减申请", self.site.name),
            note: "每行是对方清单中的一行，其事件经现场核查并由他人审核，或由值班席排除；未审核的不列入。坐标系 WGS84，时间为北京时间".to_string(),
            heads: &[
                ("对方编号", 16.0), ("所在行", 14.0), ("时间", 17.0), ("卫星", 13.0), ("经度", 12.0), ("纬度", 12.0), ("我方编号", 26.0),
                ("核减理由", 40.0), ("现场核查", 18.0), ("核查原因", 12.0), ("核查时间", 17.0), ("核查岗位", 14.0), ("照片数", 8.0), ("办理状态", 10.0),
                ("说明", 60.0),
            ],
            rows: self.reducible().map(row).collect(),
        }
    }

    fn only_ours(&self) -> Table {
        let row = |shown: &crate::store::Shown| {
            let event = &shown.stored.event;
            let (status, finding, cause, photos) = of_case(shown.case.as_ref());
            vec![
                text(&event.id),
                text(event.county.as_ref().map_or("", |county| &county.name)),
                text(event.township.as_deref().unwrap_or("")),
                Cell::Number(Some(event.place.lon()), 6),
                Cell::Number(Some(event.place.lat()), 6),
                text(&event.first_seen.beijing()),
                text(&event.last_seen.beijing()),
                text(&event.sources.join("、")),
                Cell::Number(event.max_frp_mw, 2),
                text(event.class.spoken()),
                text(&status),
                text(&finding),
                text(&cause),
                Cell::count(photos),
            ]
        };
        let days = self
            .reconciled
            .period
            .map_or(String::new(), |(from, to)| format!("{} 至 {}", from.beijing(), to.beijing()));
        Table {
            name: "我方独有",
            title: "我方发现而对方清单没有的疑似火点".to_string(),
            note: format!("对方清单所及日期（北京时间 {days}）内首次发现的事件；坐标系 WGS84"),
            heads: &[
                ("我方编号", 26.0),
                ("县(市、区)", 20.0),
                ("乡镇", 12.0),
                ("经度", 12.0),
                ("纬度", 12.0),
                ("首次发现", 17.0),
                ("末次发现", 17.0),
                ("来源", 24.0),
                ("火点辐射功率(MW)", 18.0),
                ("类别", 11.0),
                ("办理状态", 10.0),
                ("现场核查", 18.0),
                ("核查原因", 12.0),
                ("照片数", 8.0),
            ],
            rows: self.reconciled.only_ours.iter().map(row).collect(),
        }
    }

    fn summary(&self) -> Table {
        let counts = self.counts();
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        let states = [
            ("known", "已掌握"),
            ("unseen", "未监测到"),
            ("repeat", "疑似重复"),
            ("outside", "不在辖区"),
            ("unreadable", "无法判读"),
        ];
        for (code, name) in states {
            rows.push(vec![text(name), Cell::count(counts.get(code).copied().unwrap_or(0))]);
            if code == "unseen" {
                rows.extend(
                    self.why_counts()
                        .iter()
                        .map(|(why, count)| vec![text(&format!("其中：{}", why.spoken())), Cell::count(*count)]),
                );
            }
        }
        rows.push(vec![text("合计"), Cell::count(self.list.rows.len())]);
        rows.push(vec![text("我方独有（处）"), Cell::count(self.reconciled.only_ours.len())]);
        rows.push(vec![text("可申请核减（行）"), Cell::count(self.reducible().count())]);
        Table {
            name: "汇总",
            title: format!("{}对{}清单的核查汇总", self.site.name, self.from),
            note: ["未监测到不等于没有火：原因见各行说明".to_string()]
                .into_iter()
                .chain(self.of_drill())
                .collect::<Vec<_>>()
                .join("；"),
            heads: &[("项目", 30.0), ("行数", 10.0)],
            rows,
        }
    }

    fn account(&self) -> Value {
        let rows: Vec<Value> = self.rows().map(|(row, answer)| self.account_of(row, answer)).collect();
        let only_ours: Vec<&str> =
            self.reconciled.only_ours.iter().map(|shown| shown.stored.event.id.as_str()).collect();
        json!({
            "file": self.file.file_name().map(|name| name.to_string_lossy().into_owned()),
            "from": self.from,
            "program_version": PROGRAM_VERSION,
            "period": self.reconciled.period.map(|(from, to)| json!([from, to])),
            "deadline": self.deadline,
            "counts": self.counts(),
            "simulated": self.reconciled.apart.simulated,
            "left_out": self.reconciled.apart.left_out(),
            "notes": self.list.notes,
            "rows": rows,
            "only_ours": only_ours,
            "reducible": self.reducible().map(|(row, ..)| json!({ "sheet": row.sheet, "row": row.row, "id": row.id })).collect::<Vec<_>>(),
        })
    }

    fn account_of(&self, row: &Row, answer: &Answer) -> Value {
        let said = row.said.as_ref().ok();
        let first = |at: usize| json!({ "sheet": self.list.rows[at].sheet, "row": self.list.rows[at].row, "id": self.list.rows[at].id });
        json!({
            "sheet": row.sheet,
            "row": row.row,
            "id": row.id,
            "longitude": said.map(|said| said.place.lon()),
            "latitude": said.map(|said| said.place.lat()),
            "from": said.map(|said| said.from),
            "to": said.map(|said| said.to),
            "satellite": said.map(|said| &said.satellite),
            "state": answer.state.code(),
            "result": answer.state.spoken(),
            "why": if let State::Unseen(why) = &answer.state { json!(why) } else { Value::Null },
            "repeats": if let State::Repeat(at, _) = &answer.state { first(*at) } else { Value::Null },
            "unreadable": if let State::Unreadable(unread) = &answer.state { json!(unread) } else { Value::Null },
            "event": answer.state.ours().map(account_of_event),
            "said": answer.said,
        })
    }
}

fn account_of_event(ours: &Ours) -> Value {
    let verification = ours.case.as_ref().and_then(|case| case.verification.as_ref());
    json!({
        "id": ours.event.id,
        "distance_m": ours.distance_m.round(),
        "minutes": (ours.minutes * 10.0).round() / 10.0,
        "squared_errors": (ours.squared * 1000.0).round() / 1000.0,
        "status": ours.case.as_ref().map_or(Status::Triage, |case| case.status),
        "finding": verification.map(|verification| verification.finding),
        "cause": verification.and_then(|verification| verification.cause),
        "photos": verification.map_or(0, |verification| verification.photos.len()),
        "post": verification.and_then(|verification| verification.post.as_deref()),
        "by": verification.and_then(|verification| verification.by.as_deref()),
        "approved": verification.map(|verification| verification.approved),
        "as_likely": ours.rivals,
    })
}

fn named(sheet: &str) -> String {
    if sheet.is_empty() { String::new() } else { format!("“{sheet}”") }
}

fn cells(answer: &Answer) -> Vec<Cell> {
    let (status, finding, cause, photos) =
        answer.state.ours().map_or_else(Default::default, |ours| of_case(ours.case.as_ref()));
    let photos = if answer.state.ours().is_some() { Cell::count(photos) } else { text("") };
    let id = answer.state.ours().map_or("", |ours| &ours.event.id);
    let result = match &answer.state {
        State::Unseen(why) => format!("未监测到（{}）", why.spoken()),
        other => other.spoken().to_string(),
    };
    vec![text(&result), text(id), text(&status), text(&finding), text(&cause), photos, text(&answer.said)]
}

/// Why a point should be taken off; `None` where nothing speaks for it, or nobody else has approved it yet. No trace alone is no false
/// alarm, for many passes come when the fire is out: it is asked for as what it is.
pub(super) fn ground(case: &Case) -> Option<String> {
    if case.status == Status::Excluded {
        let cause = case.excluded_as.map(|cause| format!("（{}）", cause.name())).unwrap_or_default();
        return Some(format!("值班席研判排除{cause}"));
    }
    let verification = case.verification.as_ref().filter(|verification| verification.approved)?;
    match (verification.finding, verification.cause) {
        (_, Some(Cause::Misjudged)) => Some("经现场核查为卫星误判".to_string()),
        (_, Some(cause @ (Cause::Solar | Cause::Industry))) => {
            Some(format!("经现场核查为{}，非露天焚烧", cause.name()))
        }
        (Finding::NoTrace, _) => Some("经现场核查未发现过火痕迹".to_string()),
        _ => None,
    }
}
