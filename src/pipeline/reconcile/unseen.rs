//! Why a fire of somebody else's list is none of ours: what was judged to be no fire, what was under cloud, what nobody looked at.

use crate::deliver::scan_report::{CountyShare, Looked};
use crate::place::LonLat;
use crate::store::{Slot, SlotState};
use crate::thresholds::ReconcileThresholds;
use crate::time::Utc;
use serde::Serialize;

/// A look of ours, with what matters here.
#[derive(Debug, Clone, PartialEq)]
pub struct OurLook {
    /// Start of the observation.
    pub time: Utc,
    /// Satellite.
    pub satellite: String,
    /// Whether it looked at the site at all.
    pub look: Looked,
    /// What it saw of each county.
    pub counties: Vec<CountyShare>,
    /// Power of the smallest fire that it shows in nine of ten cases under a clear sky, MW, where that is known.
    pub smallest_mw: Option<f64>,
}

/// A detection that is on no list of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Left {
    /// Its id.
    pub id: String,
    /// Where.
    pub place: LonLat,
    /// When.
    pub time: Utc,
    /// Satellite.
    pub satellite: String,
    /// Why, as a desk reads it.
    pub reason: String,
}

/// Why we have no event there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// We saw it, and took it for no fire.
    Dropped,
    /// An event of ours was there, and was withdrawn.
    Withdrawn,
    /// The county lay under cloud.
    Cloud,
    /// Part of it did: cloud, or too weak.
    SomeCloud,
    /// We looked under a clear sky: it was weaker than what such a look shows.
    Below,
    /// A look was due and did not come, or the station did not get to it.
    LookMissing,
    /// A look came and could not be read, or had no data of the county.
    LookUnreadable,
    /// No satellite of ours looked at that time.
    NoOverpass,
    /// Its time lay ahead of the answer.
    Ahead,
}

impl Cause {
    /// All.
    pub const ALL: [Cause; 9] = [
        Cause::Dropped,
        Cause::Withdrawn,
        Cause::Cloud,
        Cause::SomeCloud,
        Cause::Below,
        Cause::LookMissing,
        Cause::LookUnreadable,
        Cause::NoOverpass,
        Cause::Ahead,
    ];

    /// As a desk reads it.
    pub fn spoken(self) -> &'static str {
        match self {
            Cause::Dropped => "我方判为非火点",
            Cause::Withdrawn => "我方曾发现后撤销",
            Cause::Cloud => "云覆盖",
            Cause::SomeCloud => "部分云覆盖",
            Cause::Below => "低于检出能力",
            Cause::LookMissing => "资料缺失",
            Cause::LookUnreadable => "资料无法使用或无数据",
            Cause::NoOverpass => "无我方过境",
            Cause::Ahead => "时间尚未到",
        }
    }
}

/// What is known of the sky over a row.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Code of the county.
    pub adcode: &'a str,
    /// The satellite of the row; empty: not said.
    pub satellite: &'a str,
    /// First moment that its time can mean.
    pub from: Utc,
    /// The last.
    pub to: Utc,
    /// Looks, by time.
    pub looks: &'a [OurLook],
    /// Looks that were to come, by time.
    pub slots: &'a [Slot],
}

/// A row whose time is so long gives a day alone, seconds: its whole day less a moment.
const DAY_S: f64 = 86_000.0;

/// The reason with its words.
pub fn why(around: &Around<'_>, t: &ReconcileThresholds) -> (Cause, String) {
    let minutes = f64::from(t.same_look_min);
    let near = |look: &&OurLook| apart_s(around, look.time) <= 60.0 * minutes;
    let own = |satellite: &str| around.satellite.is_empty() || satellite == around.satellite;
    let of_them = around.looks.iter().filter(near).filter(|look| own(&look.satellite));
    if let Some(best) = best(of_them, around.adcode) {
        return of_look(best, around, t);
    }
    let slots = around.slots.iter().filter(|slot| own(&slot.satellite));
    let slots = slots.filter(|slot| apart_s(around, slot.first).min(apart_s(around, slot.last)) <= 60.0 * minutes);
    if let Some((cause, said)) = slots.filter_map(of_slot).min() {
        return (cause, said + &beside(around, t));
    }
    let name = if around.satellite.is_empty() { "卫星" } else { around.satellite };
    let said = if around.to.seconds_since(around.from) >= DAY_S {
        format!("清单只给出日期，该日我方没有{name}的观测")
    } else {
        format!("该时刻前后 {minutes:.0} 分钟我方没有{name}的观测")
    };
    (Cause::NoOverpass, said + &beside(around, t))
}

/// Seconds between a moment and the time of the row.
fn apart_s(around: &Around<'_>, time: Utc) -> f64 {
    around.from.seconds_since(time).max(time.seconds_since(around.to)).max(0.0)
}

/// The look that saw most of the county; one that saw nothing rather than none.
fn best<'a>(looks: impl Iterator<Item = &'a OurLook>, adcode: &str) -> Option<&'a OurLook> {
    looks
        // a list of others does not say what it saw
        .filter(|look| match look.look {
            Looked::Yes => !look.counties.is_empty(),
            Looked::NotOverSite => false,
            Looked::Unreadable => true,
        })
        .map(|look| (share(look, adcode).map_or(-1.0, |share| share.observed_fraction), look))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, look)| look)
}

fn share<'a>(look: &'a OurLook, adcode: &str) -> Option<&'a CountyShare> {
    let is_there = look.look == Looked::Yes;
    look.counties.iter().find(|share| is_there && share.adcode == adcode)
}

fn of_look(look: &OurLook, around: &Around<'_>, t: &ReconcileThresholds) -> (Cause, String) {
    let name = format!("{} {}(北京时间)", look.satellite, look.time.beijing());
    let Some(share) = share(look, around.adcode) else {
        return (Cause::LookUnreadable, format!("{name}的资料无法使用{}", beside(around, t)));
    };
    let seen =
        format!("{name}对该县有效观测 {}、云 {}", percent(share.observed_fraction), percent(share.cloud_fraction));
    let power = look.smallest_mw.map_or(String::new(), |mw| format!("（晴空下十次能发现九次的最小火点约 {mw} MW）"));
    if share.cloud_fraction >= f64::from(t.cloud_share) {
        (Cause::Cloud, format!("{seen}，该县大部被云覆盖"))
    } else if share.missing_fraction >= f64::from(t.missing_share) {
        (Cause::LookUnreadable, format!("{seen}、无数据 {}{}", percent(share.missing_fraction), beside(around, t)))
    } else if share.cloud_fraction >= f64::from(t.some_cloud) {
        (Cause::SomeCloud, format!("{seen}，可能被云遮挡，或低于该次观测的检出能力{power}"))
    } else {
        (Cause::Below, format!("{seen}，未见达到判别条件的热异常{power}"))
    }
}

/// Rounded down: never more than was seen.
fn percent(share: f64) -> String {
    format!("{:.0}%", (share * 100.0 + 1e-6).floor())
}

fn of_slot(slot: &Slot) -> Option<(Cause, String)> {
    let name = format!("{} {}(北京时间)", slot.satellite, slot.first.beijing());
    Some(match slot.state {
        SlotState::Missing => (Cause::LookMissing, format!("{name}应有观测，未收到资料")),
        SlotState::Expected => (Cause::LookMissing, format!("{name}应有观测，尚未收到资料")),
        SlotState::Seen => (Cause::LookMissing, format!("{name}的资料已收到，尚未处理")),
        SlotState::Failed => (Cause::LookUnreadable, format!("{name}的资料无法使用")),
        SlotState::Planned => (Cause::NoOverpass, format!("{name}卫星按计划不观测")),
        SlotState::Scanned => return None,
    })
}

/// What others of our satellites saw about that time.
fn beside(around: &Around<'_>, t: &ReconcileThresholds) -> String {
    let near = |look: &&OurLook| apart_s(around, look.time) <= 60.0 * f64::from(t.time_error_min);
    let best = best(around.looks.iter().filter(near), around.adcode);
    let seen = best.and_then(|look| Some((look, share(look, around.adcode)?)));
    seen.map_or(String::new(), |(look, share)| {
        let (observed, cloud) = (percent(share.observed_fraction), percent(share.cloud_fraction));
        format!(
            "；同期 {} {}(北京时间)对该县有效观测 {observed}、云 {cloud}，未见该火点",
            look.satellite,
            look.time.beijing()
        )
    })
}
