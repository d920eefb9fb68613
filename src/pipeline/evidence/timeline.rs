//! All that is known to have happened, in its order: detections, what was told, steps, reminders, photos, cameras, calls.

use super::mask::{Mask, of_name, rounded};
use super::material::{Material, eye};
use super::photo::{dispatched, judged};
use crate::cases::{Action, Cause, Finding, Role, Status};
use crate::error::{Error, Result};
use crate::fire::{FirePixel, Happening, Verdict, What};
use crate::place::LonLat;
use crate::store::{Call, Photo, Row, Status as Told, Step};
use crate::time::Utc;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// When, by the server's clock; of a detection when it was observed.
    pub at: Utc,
    /// What kind of thing.
    pub kind: &'static str,
    /// What.
    pub what: String,
    /// Who, from or to whom.
    pub who: String,
    /// What they are.
    pub role: String,
    /// In words.
    pub note: String,
}

/// What is written, and what is hidden.
pub(super) struct Teller<'a> {
    pub material: &'a Material,
    /// Of a copy for publishing.
    pub mask: Option<&'a Mask>,
}

impl Teller<'_> {
    /// All of it, in order.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let of = self.material;
        let mut all: Vec<Entry> = of.fires.iter().map(|fire| self.fire(fire)).collect();
        all.extend(of.shown.stored.event.history.iter().map(happening));
        all.extend(of.told.iter().map(|row| self.told(row)));
        all.extend(of.steps.iter().map(|step| self.step(step)));
        all.extend(of.calls.iter().filter(|call| call.struck.is_none()).map(|call| self.call(call)));
        all.extend(of.photos.iter().flat_map(|photo| self.photo(photo)));
        all.extend(of.looks.iter().map(|look| Entry {
            at: look.time,
            kind: "摄像机",
            what: "摄像机查看".to_string(),
            who: look.camera.clone(),
            role: String::new(),
            note: self.text(&look.said),
        }));
        all.sort_by_key(|entry| entry.at);
        all
    }

    /// A text of people, as far as it may be read.
    pub(super) fn text(&self, text: &str) -> String {
        self.mask.map_or_else(|| text.to_string(), |mask| mask.text(text))
    }

    /// A person, as far as it may be read.
    fn person(&self, name: &str) -> String {
        if self.mask.is_some() { of_name(name) } else { name.to_string() }
    }

    /// Latitude and longitude, as exact as may be read.
    pub(super) fn place(&self, place: LonLat) -> String {
        match self.mask {
            Some(_) => format!("{:.2}, {:.2}（取整到 0.01 度）", rounded(place).lat(), rounded(place).lon()),
            None => format!("{:.5}, {:.5}", place.lat(), place.lon()),
        }
    }

    /// Who did a step: a post by its name; an account by its name, or by its role where names are hidden.
    fn doer(&self, who: &str) -> String {
        // the phone that has a link is its post
        let code = who.strip_prefix("岗位 ").unwrap_or(who);
        let is_post = self.material.is_post(code);
        match self.mask {
            _ if is_post => self.material.post_name(code).to_string(),
            Some(_) => String::new(),
            None => who.to_string(),
        }
    }

    fn fire(&self, fire: &FirePixel) -> Entry {
        let saw = eye(fire);
        let number = |value: Option<f64>, unit: &str, name: &str| value.map(|value| format!("{name}{value:.1} {unit}"));
        let dropped = match fire.verdict {
            Verdict::Kept => None,
            Verdict::Dropped(reason) => Some(format!("已剔除：{}", reason.spoken().unwrap_or(reason.name()))),
        };
        let parts = [
            number(fire.frp_mw, "MW", "功率 "),
            number(fire.bt_mir_k.map(f64::from), "K", "3.9 µm 亮温 "),
            number(fire.bt_tir_k.map(f64::from), "K", "11 µm 亮温 "),
            Some(format!("置信度 {}", fire.confidence.spoken())),
            Some(format!("位置 {}", self.place(fire.place))),
            dropped,
        ];
        Entry {
            at: fire.time,
            kind: "探测",
            what: saw.map_or("卫星探测", |saw| saw.spoken()).to_string(),
            who: match saw {
                Some(_) => self.text(&fire.satellite),
                None => format!("{} {}", fire.satellite, fire.sensor),
            },
            role: String::new(),
            note: parts.into_iter().flatten().collect::<Vec<_>>().join("，"),
        }
    }

    fn told(&self, row: &Row) -> Entry {
        let state = match row.status {
            Told::Queued => "待发",
            Told::Sent => "已送达",
            Told::Dead => "未送达（死信）",
            Told::WrittenOff => "人工核销",
            Told::NoAlarm => "不告警，入清单",
            Told::Merged => "并入后一条",
        };
        let kind = match row.filed.kind.as_str() {
            "new" => "新增",
            "updated" => "更新",
            "closed" => "结案",
            "escalated" => "无人响应升级",
            "dispatched" => "派单通知",
            "reminder" => "到期提醒",
            "overdue" => "超时督办",
            "changed" => "任务变更",
            other => other,
        };
        let tries = (row.attempts > 1).then(|| format!("发送 {} 次", row.attempts));
        // of what is not kept any more: a receiver can show what it got, and that it was this
        let hash = row.body_sha256.as_ref().filter(|_| self.mask.is_none());
        let parts = [tries, hash.map(|hash| format!("正文不再留存，其 SHA-256 为 {hash}"))];
        Entry {
            at: row.settled.unwrap_or(row.queued),
            kind: "告知",
            what: format!("{kind}：{state}"),
            who: row.filed.sink.clone(),
            role: "接收方".to_string(),
            note: parts.into_iter().flatten().collect::<Vec<_>>().join("；"),
        }
    }

    fn step(&self, step: &Step) -> Entry {
        let detail: serde_json::Value = serde_json::from_str(&step.detail).unwrap_or_default();
        let (kind, what) = match step.action.as_str() {
            "remind" => ("提醒", "到期提醒".to_string()),
            "left" => ("系统", "规则未派单".to_string()),
            "overdue" => ("督办", "超时督办".to_string()),
            action => {
                let name = Action::of(action).map_or_else(|| action.to_string(), |known| known.name().to_string());
                let to = Status::of(&step.to).map_or_else(|| step.to.clone(), |known| known.name().to_string());
                let is_refused = action == "review" && detail["approve"] == false;
                let name = if is_refused { "驳回".to_string() } else { name };
                ("办理", if step.from == step.to { name } else { format!("{name} → {to}") })
            }
        };
        let code = |field: &str| detail[field].as_str().unwrap_or_default();
        let place: Option<LonLat> = serde_json::from_value(detail["place"]["place"].clone()).ok();
        let parts = [
            Finding::of(code("finding")).map(|finding| format!("核查结果：{}", finding.name())),
            Cause::of(code("cause")).map(|cause| format!("原因：{}", cause.name())),
            Some(code("post"))
                .filter(|post| !post.is_empty())
                .map(|post| format!("派给：{}", self.material.post_name(post))),
            place.map(|place| format!("手机位置 {}", self.place(place))),
            Some(code("said_at")).and_then(Utc::parse).map(|at| format!("手机记录时间 {}", exact(at))),
            Some(self.text(&step.note)).filter(|note| !note.is_empty()),
        ];
        Entry {
            at: step.at,
            kind,
            what,
            who: self.doer(&step.who),
            role: Role::of(&step.role).map_or(step.role.clone(), |role| role.name().to_string()),
            note: parts.into_iter().flatten().collect::<Vec<_>>().join("；"),
        }
    }

    fn call(&self, call: &Call) -> Entry {
        let number = self.text(&call.number);
        let who = [call.unit.clone(), self.person(&call.person), number];
        Entry {
            at: call.at,
            kind: "电话",
            what: if call.direction == "in" { "来电" } else { "去电" }.to_string(),
            who: who.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
            role: String::new(),
            note: self.text(&call.said),
        }
    }

    /// When the server heard of it, and when the whole of it was here.
    fn photo(&self, photo: &Photo) -> Vec<Entry> {
        let beside = judged(photo, self.material.shown.stored.event.place, dispatched(&self.material.steps));
        let distance = beside.distance_words().filter(|_| self.mask.is_none());
        let parts = [
            Some(photo.kind.map_or("未注明类别", |kind| kind.name()).to_string()),
            Some(super::document::taken(photo)),
            photo.place.map(|place| format!("手机位置 {}", self.place(place))),
            distance,
            beside.dispatch_words(),
        ];
        let note = parts.into_iter().flatten().collect::<Vec<_>>().join("，");
        let entry = |at: Utc, what: &str, note: String| Entry {
            at,
            kind: "照片",
            what: what.to_string(),
            who: self.doer(&photo.who),
            role: String::new(),
            note,
        };
        let mut entries = vec![entry(photo.made, "照片登记", note)];
        if let Some(at) = received(self.material, photo) {
            entries.push(entry(at, "原图收到", format!("{} 字节，SHA-256 {}", photo.size, photo.sha256)));
        }
        entries
    }
}

/// When the whole original was here, by the audit.
pub(super) fn received(material: &Material, photo: &Photo) -> Option<Utc> {
    let is_it = |detail: &str| {
        serde_json::from_str::<serde_json::Value>(detail).is_ok_and(|detail| detail["photo"] == photo.id.as_str())
    };
    let lines = material.audit.iter().map(|chained| &chained.line);
    lines.filter(|line| line.action == "photo received").find(|line| is_it(&line.detail)).map(|line| line.at)
}

fn happening(happening: &Happening) -> Entry {
    let what = match &happening.what {
        What::Absorbed(other) => format!("并入了事件 {other}"),
        What::MergedInto(other) => format!("并入事件 {other}"),
        What::SplitFrom(other) => format!("从事件 {other} 分出"),
        What::Withdrawn => "后来的资料不再显示，撤回".to_string(),
    };
    let (who, role, note) = (String::new(), String::new(), String::new());
    Entry { at: happening.at, kind: "事件", what, who, role, note }
}

/// `2025-10-20 13:30:05` in Beijing.
pub(super) fn exact(at: Utc) -> String {
    at.beijing_as("%Y-%m-%d %H:%M:%S").unwrap_or_else(|| at.rfc3339())
}

/// Rows as CSV with a mark that spreadsheet programs know UTF-8 by; none of the texts is a formula.
pub(super) fn csv(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::output("evidence", error);
    let mut out =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{FEFF}".as_bytes().to_vec());
    out.write_record(heads).map_err(failed)?;
    for row in rows {
        let safe = row.iter().map(|text| {
            if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.clone() }
        });
        out.write_record(safe).map_err(failed)?;
    }
    out.into_inner().map_err(|error| Error::output("evidence", error.to_string()))
}

/// Columns of timeline.csv.
const HEADS: [&str; 8] = ["序号", "时间（北京时间）", "时间（UTC）", "类别", "事项", "承办/来源", "角色", "说明"];

/// timeline.csv.
pub(super) fn table(entries: &[Entry]) -> Result<Vec<u8>> {
    let rows = (1..).zip(entries).map(|(number, entry)| {
        let Entry { at, kind, what, who, role, note } = entry;
        let first = [number.to_string(), exact(*at), at.rfc3339(), (*kind).to_string()];
        first.into_iter().chain([what, who, role, note].map(|text| text.replace(['\r', '\n'], " "))).collect()
    });
    csv(&HEADS, rows)
}
