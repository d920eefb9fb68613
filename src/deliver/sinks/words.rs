//! An event in the words of a duty desk, as a block of Markdown. The first line says it all in short: where many events
//! must share a message, it is what is left of each.
//!
//! What nobody has verified is 疑似火点, never more.

use super::{Kind, Letter, Message, Notice};
use crate::cases::{Case, Status};
use crate::fire::{FireEvent, What};
use crate::place::{Gcj02, LonLat};
use std::fmt::Write as _;

/// Townships that are named as candidates; of more their number is said.
const CANDIDATES: usize = 3;
/// Sources that are named.
const SOURCES: usize = 4;
/// Characters of a name of a place or post.
const LONGEST_NAME: usize = 40;
/// Of a sentence that the desk says.
const LONGEST_SENTENCE: usize = 200;

/// What happened, in a word.
pub(super) fn happened(notice: &Notice<'_>) -> &'static str {
    match notice.kind {
        Kind::New => "新增",
        Kind::Updated => "更新",
        Kind::Escalated => "催办",
        Kind::Dispatched => "派单",
        Kind::Reminder => "到期提醒",
        Kind::Overdue => "超时督办",
        Kind::Changed => "任务变更",
        Kind::Station => "值班通知",
        Kind::Closed if notice.event.merged_into.is_some() => "合并",
        Kind::Closed if is_withdrawn(notice.event) => "撤销",
        Kind::Closed if notice.status() == Status::Excluded => "排除",
        Kind::Closed if notice.case.is_some_and(Case::is_over) => "办结",
        Kind::Closed => "结束",
    }
}

/// How many events of what, in the order of what matters.
pub(super) fn counts(letters: &[Letter]) -> String {
    let words = [
        (Kind::Overdue, "超时督办"),
        (Kind::Escalated, "催办"),
        (Kind::Dispatched, "派单"),
        (Kind::Changed, "任务变更"),
        (Kind::Reminder, "到期提醒"),
        (Kind::New, "新增"),
        (Kind::Updated, "更新"),
        (Kind::Closed, "结束/合并/撤销/办结/排除"),
    ];
    let counts = words.map(|(kind, word)| (letters.iter().filter(|letter| letter.kind == kind).count(), word));
    let counts = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{word} {n} 处"));
    let notices = letters.iter().filter(|letter| letter.kind == Kind::Station).count();
    let notices = (notices > 0).then(|| format!("值班通知 {notices} 条"));
    counts.chain(notices).collect::<Vec<_>>().join(", ")
}

/// What a message is: of fires, or only of what the station tells.
pub(super) fn title(letters: &[Letter]) -> &'static str {
    if letters.iter().all(|letter| letter.kind == Kind::Station) { "值班通知" } else { "疑似火点通报" }
}

/// A block of what is no event.
pub(super) fn plain_block(line: &str, details: &[String]) -> String {
    details.iter().fold(format!("**{line}**"), |mut text, detail| {
        let _ = write!(text, "\n> {detail}");
        text
    })
}

/// Whether a later version of the input no longer shows it.
pub(super) fn is_withdrawn(event: &FireEvent) -> bool {
    matches!(event.history.last().map(|happening| &happening.what), Some(What::Withdrawn))
}

/// One line: what, where, when, how strong.
pub(super) fn line(notice: &Notice<'_>) -> String {
    let event = notice.event;
    let mut line = String::new();
    if event.simulated {
        line.push_str("[模拟SIMULATED]");
    }
    let _ = write!(line, "{} {}", happened(notice), area(event));
    let _ = write!(line, " E{:.4} N{:.4}", event.place.lon(), event.place.lat());
    let _ = write!(line, " {}", event.last_seen.beijing().get(5..).unwrap_or(""));
    if let Some(mw) = power(event) {
        let _ = write!(line, " {mw}");
    }
    line
}

/// The block.
pub(super) fn block(notice: &Notice<'_>) -> String {
    let mut text = format!("**{}**", line(notice));
    for detail in details(notice) {
        let _ = write!(text, "\n> {detail}");
    }
    text
}

/// What stands under the line, a sentence each.
pub(super) fn details(notice: &Notice<'_>) -> Vec<String> {
    let event = notice.event;
    let mut details = Vec::new();
    match notice.kind {
        Kind::Closed => details.push(closed(notice)),
        Kind::Escalated => details.push("超时未签收, 请尽快签收核查".to_string()),
        Kind::New
        | Kind::Updated
        | Kind::Dispatched
        | Kind::Reminder
        | Kind::Overdue
        | Kind::Changed
        | Kind::Station => {}
    }
    details.extend(notice.message.into_iter().flat_map(spoken));
    details.push(verified(notice));
    details.push(format!("时间: {}(北京时间)", times(event)));
    details.push(format!("位置: {}{} [地图]({})", degrees(event.place), error(event), map_link(event.place)));
    if event.township.is_none() && !event.candidates.is_empty() {
        details.push(format!("可能在: {}", candidates(event)));
    }
    details.push(seen(event));
    details.extend(event.responsible.as_ref().map(|post| format!("责任岗位: {}", name(post))));
    // revisions of a store that was restored are minutes since 2020: a number that nobody counts by
    let number = if notice.revision < 100_000 { format!("第{}报", notice.revision) } else { "续报".to_string() };
    details.push(format!("编号: {} {number}", name(&event.id)));
    details
}

/// What the desk says, whom it asks, and the link of the task.
fn spoken(message: &Message) -> Vec<String> {
    let mut said = vec![sentence(&message.said)];
    let names = [&message.post_name, &message.person, &message.phone];
    let names: Vec<String> = names.into_iter().flatten().map(|text| name(text)).collect();
    if !names.is_empty() {
        said.push(format!("承办: {}", names.join(" ")));
    }
    said.extend(message.link.as_ref().map(|link| format!("任务链接(首次打开的手机专用): {link}")));
    said
}

fn closed(notice: &Notice<'_>) -> String {
    let case = notice.case.filter(|case| case.is_over());
    match (&notice.event.merged_into, case) {
        (Some(other), _) => format!("与 {} 是同一处, 以其为准", name(other)),
        (None, _) if is_withdrawn(notice.event) => "新版资料中已无此点".to_string(),
        (None, Some(case)) if case.status == Status::Excluded => {
            format!("值班席研判排除{}", case.excluded_as.map(|cause| format!(": {}", cause.name())).unwrap_or_default())
        }
        (None, Some(_)) => "已办结".to_string(),
        (None, None) => "24小时内未再监测到".to_string(),
    }
}

/// What nobody has been at is a suspicion; what was found is said as it was said, and whether somebody else approved it.
fn verified(notice: &Notice<'_>) -> String {
    if notice.status() == Status::Excluded {
        return "值班席已研判排除".to_string();
    }
    let Some(found) = notice.case.and_then(|case| case.verification.as_ref()) else {
        return "疑似火点, 尚未经现场核实".to_string();
    };
    let cause = found.cause.map(|cause| format!(", 原因: {}", cause.name())).unwrap_or_default();
    format!("现场反馈: {}{cause}({})", found.finding.name(), if found.approved { "已审核" } else { "待审核" })
}

/// County and township; where there is none, that is said.
fn area(event: &FireEvent) -> String {
    let county = event.county.as_ref().map_or("县界外", |county| county.name.as_str());
    format!("{}{}", name(county), event.township.as_deref().map(name).unwrap_or_default())
}

fn times(event: &FireEvent) -> String {
    let (first, last) = (event.first_seen.beijing(), event.last_seen.beijing());
    if first == last { first } else { format!("{first} 首次, {last} 最近") }
}

/// As people read them aloud.
fn degrees(place: LonLat) -> String {
    let (lon, lat) = (place.lon(), place.lat());
    let (east, north) = (if lon < 0.0 { "西经" } else { "东经" }, if lat < 0.0 { "南纬" } else { "北纬" });
    format!("{east}{:.4}°, {north}{:.4}°", lon.abs(), lat.abs())
}

fn error(event: &FireEvent) -> String {
    match event.position_error_m.filter(|m| m.is_finite()) {
        Some(m) if m < 1000.0 => format!(", 误差约{m:.0}米"),
        Some(m) => format!(", 误差约{:.1}公里", m / 1000.0),
        None => ", 误差未知".to_string(),
    }
}

fn candidates(event: &FireEvent) -> String {
    let named: Vec<String> = event.candidates.iter().take(CANDIDATES).map(|candidate| name(candidate)).collect();
    let more = event.candidates.len().saturating_sub(CANDIDATES);
    let more = if more > 0 { format!("等{}处", event.candidates.len()) } else { String::new() };
    format!("{}{more}", named.join("、"))
}

fn seen(event: &FireEvent) -> String {
    let named: Vec<String> = event.sources.iter().take(SOURCES).map(|source| name(source)).collect();
    let more = if event.sources.len() > SOURCES { format!("等{}个", event.sources.len()) } else { String::new() };
    let power = power(event).unwrap_or_else(|| "未知".to_string());
    format!(
        "来源: {}{more}; 功率: {power}; 类别: {}; 置信度: {}({})",
        named.join("、"),
        event.class.spoken(),
        event.confidence.spoken(),
        event.confirmation.spoken()
    )
}

fn power(event: &FireEvent) -> Option<String> {
    event.max_frp_mw.filter(|mw| mw.is_finite()).map(|mw| format!("{mw:.1}MW"))
}

/// Of a map service that counts in GCJ-02.
fn map_link(place: LonLat) -> String {
    let there = Gcj02::of(place);
    format!("https://uri.amap.com/marker?position={:.6},{:.6}", there.lon, there.lat)
}

/// A name that cannot be taken for Markdown or mark-up, and is not endless.
pub(super) fn name(text: &str) -> String {
    plain(text, LONGEST_NAME)
}

/// The same of a sentence.
fn sentence(text: &str) -> String {
    plain(text, LONGEST_SENTENCE)
}

fn plain(text: &str, longest: usize) -> String {
    let plain = |c: char| match c {
        _ if c.is_control() => ' ',
        '<' => '〈',
        '>' => '〉',
        '[' => '［',
        ']' => '］',
        '*' => '＊',
        '`' => '\'',
        '\\' => '＼',
        c => c,
    };
    let mut name: String = text.chars().map(plain).take(longest).collect();
    if text.chars().nth(longest).is_some() {
        name.push('…');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::{Class, Confidence, CountyName, Happening};
    use crate::time::Utc;

    fn event() -> FireEvent {
        let time = |text| Utc::parse(text).expect("valid");
        let place = LonLat::new(102.0512, 36.8512).expect("valid");
        FireEvent {
            last_seen: time("2025-10-20T06:10:00Z"),
            sources: vec!["Himawari-9".into(), "NOAA-20".into()],
            max_frp_mw: Some(12.34),
            confidence: Confidence::High,
            class: Class::Straw,
            county: Some(CountyName { adcode: "630223".into(), name: "互助土族自治县".into() }),
            candidates: (1..=60).map(|n| format!("威远镇西北方向约 {n}.1 km 处")).collect(),
            responsible: Some("互助县值班岗".into()),
            position_error_m: Some(1234.0),
            simulated: true,
            ..FireEvent::bare("0123456789abcdef", time("2025-10-20T05:30:00Z"), place)
        }
    }

    fn notice(event: &FireEvent, kind: Kind) -> Notice<'_> {
        Notice {
            event, kind, revision: 2, late: false, at: event.last_seen, site: "海东市", case: None, message: None
        }
    }

    /// The place of the link: coord-convert 0.2.1.
    #[test]
    fn a_block_reads_as_a_duty_desk_speaks() {
        let event = event();
        let text = block(&notice(&event, Kind::Updated));
        assert_eq!(
            text,
            "**[模拟SIMULATED]更新 互助土族自治县 E102.0512 N36.8512 10-20 14:10 12.3MW**\n\
             > 疑似火点, 尚未经现场核实\n\
             > 时间: 2025-10-20 13:30 首次, 2025-10-20 14:10 最近(北京时间)\n\
             > 位置: 东经102.0512°, 北纬36.8512°, 误差约1.2公里 [地图](https://uri.amap.com/marker?position=102.053244,36.851425)\n\
             > 可能在: 威远镇西北方向约 1.1 km 处、威远镇西北方向约 2.1 km 处、威远镇西北方向约 3.1 km 处等60处\n\
             > 来源: Himawari-9、NOAA-20; 功率: 12.3MW; 类别: 疑似秸秆; 置信度: 高(待确认)\n\
             > 责任岗位: 互助县值班岗\n\
             > 编号: 0123456789abcdef 第2报"
        );
        assert!(text.len() <= 900, "{} bytes", text.len());
        assert!(!text.contains("秸秆焚烧"));
    }

    #[test]
    fn what_became_of_it_is_said() {
        let merged = FireEvent { merged_into: Some("feed".into()), ..event() };
        assert!(
            block(&notice(&merged, Kind::Closed)).contains("合并 互助")
                && block(&notice(&merged, Kind::Closed)).contains("与 feed 是同一处")
        );
        let withdrawn =
            FireEvent { history: vec![Happening { at: event().last_seen, what: What::Withdrawn }], ..event() };
        assert!(block(&notice(&withdrawn, Kind::Closed)).contains("撤销 互助"));
        assert!(block(&notice(&event(), Kind::Closed)).contains("24小时内未再监测到"));
        assert!(block(&notice(&event(), Kind::Escalated)).contains("催办"));
    }

    #[test]
    fn no_name_is_markdown() {
        let evil = FireEvent { responsible: Some("a](http://x)\n# **<@all>".into()), ..event() };
        let text = block(&notice(&evil, Kind::New));
        assert!(text.contains("a］(http://x) # ＊＊〈@all〉"), "{text}");
    }
}
