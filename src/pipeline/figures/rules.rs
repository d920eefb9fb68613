//! The rules under which is counted, each with a name and a sentence: they stand under every table.

use super::RuleSaid;

/// A counting rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Events by their first detection.
    FirstSeen,
    /// What is one fire counts once.
    MergedOnce,
    /// Pixels of satellites.
    Pixels,
    /// Simulated data.
    SimulatedApart,
    /// Events that the desk excluded.
    ExcludedApart,
    /// The share observed.
    Observed,
    /// Causes and findings.
    AsReported,
    /// Clocks of the cases.
    Clocks,
    /// Who was first.
    BeforeSatellite,
    /// The first fire of the season.
    FirstFire,
    /// Fires per cropland.
    Intensity,
    /// What was known by the cut-off.
    KnownByCutOff,
}

impl Rule {
    /// All of them, in the order in which they are printed.
    pub const ALL: [Rule; 12] = [
        Rule::FirstSeen,
        Rule::MergedOnce,
        Rule::Pixels,
        Rule::Observed,
        Rule::ExcludedApart,
        Rule::SimulatedApart,
        Rule::AsReported,
        Rule::Clocks,
        Rule::BeforeSatellite,
        Rule::FirstFire,
        Rule::Intensity,
        Rule::KnownByCutOff,
    ];

    /// Its short name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::FirstSeen => "按首次发现时间计",
            Rule::MergedOnce => "合并只计一次",
            Rule::Pixels => "火点像元",
            Rule::Observed => "有效观测",
            Rule::ExcludedApart => "排除另计",
            Rule::SimulatedApart => "模拟数据不并计",
            Rule::AsReported => "核查结果",
            Rule::Clocks => "办理时限",
            Rule::BeforeSatellite => "先于卫星发现",
            Rule::FirstFire => "第一把火",
            Rule::Intensity => "火点强度",
            Rule::KnownByCutOff => "截止时间",
        }
    }

    /// What it says.
    pub fn sentence(self) -> &'static str {
        match self {
            Rule::FirstSeen => {
                "疑似火点按处计，计入首次发现的日期（北京时间）和中心点所在的县、乡镇；此前发现、本期仍有观测的列为“持续”，不重复计。"
            }
            Rule::MergedOnce => "多次观测、多种来源发现的同一处合并为一处，只计一次；并入他处的不再单独计。",
            Rule::Pixels => {
                "火点像元为卫星判识保留的像元，按观测时间计，是生态环境部通报的火点单位；视频、无人机、来电、巡查不计像元；其后研判排除的仍计像元，处数不计。"
            }
            Rule::Observed => {
                "有效观测为有观测或应有观测的各小时中最好一颗卫星晴空观测比例的平均，向下取整到 0.1%；不包括云覆盖下的火点信息，未有效观测不等于无火。"
            }
            Rule::ExcludedApart => "值班席研判排除的另列，不计入疑似火点处数。",
            Rule::SimulatedApart => "模拟（演练）数据与真实数据不合并计数。",
            Rule::AsReported => {
                "核查结果和原因按截止时间前最后一次未被驳回的现场反馈计，“已审核”另列；重开后未再反馈的仍按前次；未反馈的为尚未经现场核实。"
            }
            Rule::Clocks => {
                "研判自入库起算，派单自研判（退回的自退回）起算，签收、到场、反馈自派单（驳回的自驳回）起算，审核自反馈起算，办结自审核起算；挂起的时间不计，无信号时以现场填报的时间为准；时限按派出时的设定，含夜间和工作时间的规定；逾期含超过时限才办和截止时仍未办。"
            }
            Rule::BeforeSatellite => "首次发现的来源早于任何卫星观测，或没有卫星观测到的，计为先于卫星发现。",
            Rule::FirstFire => "按站点设定的焚烧季，每季全市和各县首次发现、未被排除、未查明为其他原因的一处。",
            Rule::Intensity => "火点强度为每千公顷耕地的火点数；没有耕地图层的不计算。",
            Rule::KnownByCutOff => "只计截止时间前入库的观测和截止时间前的办理；其后到达的不改本期数字，另发更正。",
        }
    }

    /// As a table prints it.
    pub fn said(self) -> RuleSaid {
        RuleSaid { name: self.name(), sentence: self.sentence() }
    }
}
