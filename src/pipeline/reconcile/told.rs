//! Answers to rows in the words of a desk.

use super::Ours;
use super::unseen::Left;
use crate::cases::{Case, Status, Verification};
use crate::ingest::lists::{Row, Said};
use crate::site::Site;
use crate::time::Utc;

/// Of a row that is an event of ours.
pub fn known(ours: &Ours, is_outside: bool) -> String {
    let (satellite, time) = &ours.seen;
    let mut said = vec![format!(
        "我方 {satellite} {}(北京时间)发现，相距 {:.0} m，{}",
        time.beijing(),
        ours.distance_m,
        minutes(ours.minutes)
    )];
    if is_outside {
        said.push("对方坐标在辖区以外，按误差属我方辖区内事件".to_string());
    }
    if !ours.rivals.is_empty() {
        said.push(format!("与 {} 几乎同样接近", ours.rivals.join("、")));
    }
    said.join("；")
}

fn minutes(minutes: f64) -> String {
    match minutes.abs().round() {
        same if same < 1.0 => "时间一致".to_string(),
        apart if minutes < 0.0 => format!("早 {apart:.0} 分钟"),
        apart => format!("晚 {apart:.0} 分钟"),
    }
}

/// Of a row that is there twice.
pub fn repeat(first: &Row, ours: Option<&Ours>) -> String {
    let sheet = if first.sheet.is_empty() { String::new() } else { format!("“{}”", first.sheet) };
    let id = if first.id.is_empty() { String::new() } else { format!("（编号 {}）", first.id) };
    let same = format!("与{sheet}第 {} 行{id}是同一火点", first.row);
    ours.map_or(same.clone(), |ours| {
        format!("{same}；距我方发现位置 {:.0} m，{}", ours.distance_m, minutes(ours.minutes))
    })
}

/// Of a row outside.
pub fn outside(said: &Said, site: &Site) -> String {
    let named = said.county.trim();
    let is_ours = |named: &str| site.counties.iter().any(|county| county.name.name == named);
    if is_ours(named) {
        format!("坐标不在{}任何县区内，与所填县区“{named}”不符", site.name)
    } else {
        format!("坐标不在{}任何县区内", site.name)
    }
}

/// Where a row names another county than that of its place; else nothing.
pub fn elsewhere(said: &Said, county: &str) -> String {
    let named = said.county.trim();
    let stem = |name: &str| name.chars().take(2).collect::<String>();
    if named.is_empty() || named.contains(&stem(county)) {
        return String::new();
    }
    format!("；坐标在{county}，所填县区为“{named}”")
}

/// Of a row whose time is still to come.
pub fn ahead(row: Utc, now: Utc) -> String {
    format!("所填时间 {} 晚于本次核对时间 {}(北京时间)，尚无观测，请对方核对时间", row.beijing(), now.beijing())
}

/// Of a row near which we saw something that is on no list.
pub fn left(left: &Left, distance_m: f64) -> String {
    format!(
        "我方 {} {}(北京时间)在 {distance_m:.0} m 处见热异常（{}），因“{}”未列入",
        left.satellite,
        left.time.beijing(),
        left.id,
        left.reason
    )
}

/// Status, finding, cause, number of photos.
pub fn case(case: Option<&Case>) -> (String, String, String, usize) {
    let status = case.map_or(Status::Triage, |case| case.status).name().to_string();
    let Some(verification) = case.and_then(|case| case.verification.as_ref()) else {
        let cause = case.and_then(|case| case.excluded_as).map_or(String::new(), |cause| cause.name().to_string());
        return (status, String::new(), cause, 0);
    };
    let unchecked = if verification.approved { "" } else { "（待审核）" };
    let cause = verification.cause.map_or(String::new(), |cause| cause.name().to_string());
    (status, format!("{}{unchecked}", verification.finding.name()), cause, verification.photos.len())
}

/// The post that reported, and who wrote it down for it (代填).
pub fn reporter(verification: &Verification) -> String {
    let by = verification.by.as_deref().map(|by| format!("（代填：{by}）")).unwrap_or_default();
    format!("{}{by}", verification.post.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::Finding;
    use crate::time::Utc;

    #[test]
    fn who_wrote_for_the_post_is_said() {
        let own = Verification {
            finding: Finding::NoTrace,
            cause: None,
            note: String::new(),
            post: Some("P1".into()),
            by: None,
            time: Utc::UNIX_EPOCH,
            photos: Vec::new(),
            approved: true,
        };
        assert_eq!(reporter(&own), "P1");
        assert_eq!(reporter(&Verification { by: Some("huzhu".into()), ..own }), "P1（代填：huzhu）");
    }
}
