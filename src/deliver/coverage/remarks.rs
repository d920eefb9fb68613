//! What must be said beside the numbers of a period.

use super::period::Period;
use super::statistics::{Pair, Statistic};
use crate::deliver::reasons::spoken_reason;
use std::collections::{BTreeMap, BTreeSet};

/// What was given.
pub struct Given {
    /// The site names a land cover.
    pub has_layer: bool,
    /// Runs of that period which has more of them.
    pub most_runs: usize,
    /// Runs that could not be read.
    pub failed: usize,
    /// The same of the last period.
    pub failed_before: usize,
}

/// What must be said beside the numbers.
pub fn remarks(
    now: &Period,
    pair: Option<&Pair>,
    rows: &[Statistic],
    has_cropland: bool,
    given: &Given,
) -> Vec<String> {
    let list = |keys: &BTreeSet<String>| keys.iter().cloned().collect::<Vec<_>>().join("、");
    let mut remarks = vec![
        "像元数为部级统计口径, 处数为合并后的地点; 有效观测为各小时最好卫星的晴空观测比例的平均, 只计有观测或应有观测的小时(见观测小时); 不包括云覆盖下的火点信息; 尚未经现场核实"
            .to_string(),
    ];
    if given.most_runs > 1 {
        remarks.push("处数: 各次运行分别合并, 同一处可能重复计(每次运行至多一处)".to_string());
    }
    if !has_cropland {
        let why = if given.has_layer { "layers.landcover 无法使用" } else { "未设 layers.landcover" };
        remarks.push(format!("{why}: 无耕地面积, 不计算强度"));
    }
    if rows.iter().any(Statistic::says_nothing) {
        remarks.push("火点为 - 处: 有效观测不足 10% 或未知, 未有效观测".to_string());
    }
    if !now.uncounted.is_empty() || pair.is_some_and(|pair| !pair.before.uncounted.is_empty()) {
        remarks.push("部分资料只有 coverage.csv: 火点未统计, 不作环比".to_string());
    }
    remarks.extend(screened(now));
    if now.simulated() && now.is_real() {
        let made = now.fires.iter().filter(|fire| fire.simulated && fire.adcode.is_some()).count();
        let real = now.fires.iter().filter(|fire| !fire.simulated && fire.adcode.is_some()).count();
        remarks.push(format!("含模拟数据: 模拟火点像元 {made} 个, 真实火点像元 {real} 个"));
    }
    let twice = now.counted_twice();
    if !twice.is_empty() {
        remarks.push(format!("{} 既有自行判识又有他人清单: 同一火点可能重复计数(清单不计入环比)", list(&twice)));
    }
    if given.failed > 0 {
        remarks.push(format!("{} 份资料无法读取, 未计入: 火点数可能偏少, 有效观测不全", given.failed));
    }
    if given.failed_before > 0 {
        remarks.push(format!("上期 {} 份资料无法读取: 不作环比", given.failed_before));
    }
    if let Some(pair) = pair {
        remarks.push(match pair.sensors.is_empty() {
            true => "两期没有共同的传感器: 不作环比".to_string(),
            false => format!("环比只用两期都有的传感器: {}", list(&pair.sensors)),
        });
        if !pair.left_out.is_empty() {
            remarks.push(format!("环比不计: {}", list(&pair.left_out)));
        }
        remarks.extend(pair.doubts().into_iter().map(|doubt| format!("{doubt}: 环比仅供参考")));
        remarks.push("环比为 - 处: 任一期有效观测不足 10%(未有效观测不等于无火); 无百分数处: 上期为 0".to_string());
        let left_out: Vec<&str> = rows.iter().flat_map(|row| &row.not_compared).map(String::as_str).collect();
        match rows.len().saturating_sub(1) {
            counties if left_out.len() == counties && counties > 0 => {
                remarks.push("没有两期有效观测均达 10% 的县区: 合计不作环比".to_string());
            }
            _ if !left_out.is_empty() => {
                let names = left_out.join("、");
                remarks.push(format!("合计环比只计两期有效观测均达 10% 的县区, 不含: {names}"));
            }
            _ => {}
        }
    }
    remarks
}

/// What rules took for no fire in all counties, by reason.
fn screened(now: &Period) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in now.screened.iter().filter_map(|fire| fire.reason.as_deref()) {
        *counts.entry(spoken_reason(reason)).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let reasons: Vec<String> = counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    (total > 0).then(|| format!("判为非火点的热异常像元 {total}, 不计入火点: {}", reasons.join("、")))
}
