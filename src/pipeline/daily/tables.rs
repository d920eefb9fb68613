//! Sheets of a daily list beyond those of a run: what looked, what did not come, what came late.

use super::Late;
use crate::deliver::scan_report::{GranuleReport, LEAST_OBSERVED, Looked};
use crate::deliver::sheet::{Cell, Table, text};
use crate::fire::FirePixel;
use crate::pipeline::period::{Kept, share_of};

const LOOKS: &[(&str, f64)] = &[
    ("卫星", 14.0),
    ("传感器", 14.0),
    ("观测时间(北京时间)", 19.0),
    ("入库时间(北京时间)", 19.0),
    ("情况", 14.0),
    ("有效观测", 10.0),
    ("云覆盖", 10.0),
    ("火点像元/线索", 14.0),
    ("备注", 60.0),
];

/// The looks that a list includes.
pub(super) fn looks(kept: &Kept, simulated: bool) -> Table {
    let rows = kept.report.granules.iter().map(|look| row(look, kept));
    Table {
        name: "观测清单",
        title: titled("本清单所含观测", simulated),
        note: "一行一次观测(时次或过境); 有效观测为全部县区按像元合计, 向下取整".to_string(),
        heads: LOOKS,
        rows: rows.collect(),
    }
}

const MISSING: &[(&str, f64)] = &[("卫星", 14.0), ("应观测时间(北京时间)", 21.0), ("原因", 60.0)];

/// Looks that did not come.
pub(super) fn missing(kept: &Kept, simulated: bool) -> Option<Table> {
    let rows = kept.report.missing.iter();
    let rows: Vec<_> =
        rows.map(|missed| vec![text(&missed.satellite), text(&missed.time.beijing()), text(&missed.why)]).collect();
    (!rows.is_empty()).then(|| Table {
        name: "应到未到",
        title: titled("应到未到的观测", simulated),
        note: "按时间表或轨道应有而未收到的观测: 此时无观测不等于无火".to_string(),
        heads: MISSING,
        rows,
    })
}

const LATE_LOOKS: &[(&str, f64)] = &[
    ("所属清单(北京时间)", 19.0),
    LOOKS[0],
    LOOKS[1],
    LOOKS[2],
    LOOKS[3],
    LOOKS[4],
    LOOKS[5],
    LOOKS[6],
    LOOKS[7],
    LOOKS[8],
];

const LATE_FIRES: &[(&str, f64)] = &[
    ("所属清单(北京时间)", 19.0),
    ("县(市、区)", 20.0),
    ("乡镇", 12.0),
    ("中心经度", 16.0),
    ("中心纬度", 16.0),
    ("观测时间(北京时间)", 19.0),
    ("卫星", 14.0),
    ("传感器", 14.0),
    ("火点辐射功率(MW)", 18.0),
    ("置信度", 9.0),
    ("类别", 11.0),
    ("经度", 12.0),
    ("纬度", 12.0),
    ("事件编号", 20.0),
    ("编号", 44.0),
];

/// Looks that came late for the list before, and their fires.
pub(super) fn late(late: &Late, simulated: bool) -> Vec<Table> {
    let granules = &late.kept.report.granules;
    let of_look = |look: &GranuleReport| {
        let list = text(&late.list(&look.granule));
        std::iter::once(list).chain(row(look, &late.kept)).collect()
    };
    let looks = (!granules.is_empty()).then(|| Table {
        name: "迟到补充",
        title: titled("迟到补充: 上一清单截止后才收到的观测", simulated),
        note: "观测时间在上一清单截止之前, 资料在其后入库: 属于所列清单, 补记于此".to_string(),
        heads: LATE_LOOKS,
        rows: granules.iter().map(of_look).collect(),
    });
    let fires = (!late.fires.is_empty()).then(|| Table {
        name: "迟到火点",
        title: titled("迟到火点: 迟到观测中的疑似火点像元与线索", simulated),
        note: "一行一个卫星像元或一条线索(视频、无人机、来电等), 属于所列清单; 位置与确认以事件为准; 尚未经现场核实"
            .to_string(),
        heads: LATE_FIRES,
        rows: late.fires.iter().map(|fire| fire_row(late, fire)).collect(),
    });
    looks.into_iter().chain(fires).collect()
}

fn fire_row(late: &Late, fire: &FirePixel) -> Vec<Cell> {
    let event = late.events().find(|event| event.members.contains(&fire.id));
    let (east, north) = fire.place.dms();
    vec![
        text(&late.list(&fire.id)),
        text(fire.county.as_ref().map_or("", |county| &county.name)),
        text(fire.township.as_deref().unwrap_or("")),
        text(east.trim_end_matches('E')),
        text(north.trim_end_matches('N')),
        text(&fire.time.beijing()),
        text(&fire.satellite),
        text(&fire.sensor),
        Cell::Number(fire.frp_mw, 2),
        text(fire.confidence.spoken()),
        text(fire.class.spoken()),
        Cell::Number(Some(fire.place.lon()), 6),
        Cell::Number(Some(fire.place.lat()), 6),
        text(event.map_or("", |event| &event.id)),
        text(&fire.id),
    ]
}

/// A look as a row of [`LOOKS`].
fn row(look: &GranuleReport, kept: &Kept) -> Vec<Cell> {
    let (share, fires) = (share_of(look), kept.fires_of(look));
    let state = match look.look {
        Looked::Unreadable => "无法使用",
        Looked::NotOverSite => "未覆盖本区",
        Looked::Yes if look.is_list() => look.list_word(),
        Looked::Yes => "已观测",
    };
    // a 0 would be read as "no fire" though hardly anything was seen
    let silent = fires == 0 && share.is_none_or(|(seen, _)| seen < LEAST_OBSERVED);
    let notes: Vec<String> = look.notes.iter().map(|note| note.spoken().to_string()).collect();
    let who = if look.satellite.is_empty() { &look.granule } else { &look.satellite };
    vec![
        text(who),
        text(&look.sensor),
        text(&look.time.beijing()),
        text(&kept.taken.get(&look.granule).map_or_else(String::new, |taken| taken.beijing())),
        text(state),
        Cell::Share(share.map(|(seen, _)| seen)),
        Cell::Share(share.map(|(_, cloud)| cloud)),
        if silent { Cell::Number(None, 0) } else { Cell::count(fires) },
        text(&notes.join("; ")),
    ]
}

fn titled(title: &str, simulated: bool) -> String {
    format!("{title}{}", if simulated { "(模拟数据)" } else { "" })
}
