//! The comparison as a page and as tables.

use super::Compared;
use crate::deliver::charts::{Kind, Map, Mark, Shape};
use crate::deliver::page::{Page, Part, Section};
use crate::deliver::sheet::{Cell, Table, text};
use crate::season::Season;
use crate::season::compare::{Change, How, What, spoken};
use std::collections::BTreeMap;

const RUNS: &[(&str, f64)] = &[("项目", 18.0), ("第一次(A)", 40.0), ("第二次(B)", 40.0), ("异同", 10.0)];

const COUNTS: &[(&str, f64)] = &[
    ("单位", 12.0),
    ("A", 10.0),
    ("B", 10.0),
    ("两次均有", 11.0),
    ("新增(仅 B)", 12.0),
    ("消失(仅 A)", 12.0),
    ("移位(≥100 m)", 14.0),
    ("变类", 10.0),
];

/// Headings after the first: events, then fire pixels, gained, lost, moved and of another class.
macro_rules! heads {
    ($first:literal) => {
        &[
            ($first, 26.0),
            ("处 新增", 10.0),
            ("处 消失", 10.0),
            ("处 移位", 10.0),
            ("处 变类", 10.0),
            ("像元 新增", 11.0),
            ("像元 消失", 11.0),
            ("像元 移位", 11.0),
            ("像元 变类", 11.0),
        ]
    };
}

const BY_COUNTY: &[(&str, f64)] = heads!("县(市、区)");
const BY_SENSOR: &[(&str, f64)] = heads!("传感器");
const BY_REASON: &[(&str, f64)] = heads!("另一次未列的原因, 或 A → B 的类别");

const EVENTS: &[(&str, f64)] = &[
    ("异同", 8.0),
    ("原因", 18.0),
    ("县(市、区)", 18.0),
    ("首次观测(北京时间)", 18.0),
    ("来源", 20.0),
    ("经度", 12.0),
    ("纬度", 12.0),
    ("移位(m)", 10.0),
    ("A 编号", 22.0),
    ("B 编号", 22.0),
];

/// Events that the page names.
const NAMED: usize = 100;

pub(super) fn page(compared: &Compared<'_>, doubts: &[String]) -> Page {
    let section = |heading: &str, parts| Section { heading: heading.to_string(), parts };
    let mut what: Vec<Part> = doubts.iter().cloned().map(Part::Warning).collect();
    what.push(Part::Table(compared.runs(), usize::MAX));
    let by = [
        ("按县", "按县(市、区)", BY_COUNTY, county as fn(&Change) -> String),
        ("按传感器", "按传感器(一处的来源有多个时并列)", BY_SENSOR, |change| change.sensor.clone()),
        ("按原因", "按原因", BY_REASON, |change| spoken(&change.reason)),
    ];
    let by = by.map(|(name, title, heads, key)| Part::Table(compared.by(name, title, heads, key), usize::MAX));
    let site = &compared.site.name;
    Page {
        title: compared.titled(&format!("{site}疑似火点两次判识对比")),
        head: vec![
            "A 为第一次, B 为第二次; 新增: 仅 B 有; 消失: 仅 A 有; 移位: 两次均有而位置相差 100 m 以上; 变类: 两次均有而类别不同".to_string(),
            "像元按卫星、传感器、时刻和像元位置一一对应(清单的行: 375 m 以内最近的一行), 处按共有像元一一对应; 不表示哪一次更准, 尚未经现场核实"
                .to_string(),
        ],
        simulated: compared.simulated(),
        sections: vec![
            section("一、对比的两次", what),
            section("二、数量", vec![Part::Table(compared.counts(), usize::MAX)]),
            section("三、位置", vec![compared.map()]),
            section("四、县、传感器、原因", by.into_iter().collect()),
            section("五、逐处异同", vec![Part::Table(compared.named(), NAMED)]),
        ],
    }
}

fn county(change: &Change) -> String {
    change.county.as_ref().map_or("县界以外", |county| &county.name).to_string()
}

impl Compared<'_> {
    fn titled(&self, title: &str) -> String {
        format!("{title}{}", if self.simulated() { "(模拟数据)" } else { "" })
    }

    fn table(&self, name: &'static str, title: &str, note: &str, heads: &'static [(&'static str, f64)]) -> Table {
        Table { name, title: self.titled(title), note: note.to_string(), heads, rows: Vec::new() }
    }

    /// What was compared.
    fn runs(&self) -> Table {
        let short = |hash: &str| hash.chars().take(12).collect::<String>();
        let looks = |season: &Season| season.plan.tasks.iter().map(|task| task.looks).sum::<usize>().to_string();
        let lists =
            |season: &Season| season.plan.tasks.iter().filter(|task| task.stream.is_empty()).count().to_string();
        let sensors = |season: &Season| match season.plan.sensors.is_empty() {
            true => "全部".to_string(),
            false => season.plan.sensors.join("、"),
        };
        let past = |season: &Season| if season.plan.baseline { "是" } else { "否" }.to_string();
        // its name alone: the same two runs from elsewhere give the same bytes
        let named = |season: &Season| {
            let whole = std::path::absolute(&season.dir).unwrap_or_else(|_| season.dir.clone());
            whole.file_name().map_or_else(|| season.dir.display().to_string(), |name| name.display().to_string())
        };
        type Said<'f> = &'f dyn Fn(&Season) -> String;
        let rows: [(&str, Said); 11] = [
            ("文件夹", &named),
            ("区域", &|season| season.plan.site.clone()),
            ("起(北京时间)", &|season| season.plan.from.beijing()),
            ("止, 不含(北京时间)", &|season| season.plan.to.beijing()),
            ("程序版本", &|season| season.plan.program_version.clone()),
            ("阈值方案", &|season| season.plan.profile.clone()),
            ("阈值校验码", &|season| short(&season.plan.thresholds)),
            ("本地设置校验码", &|season| short(&season.plan.site_hash)),
            ("与往日比较", &past),
            ("传感器", &sensors),
            ("观测次数 / 清单份数", &|season| format!("{} / {}", looks(season), lists(season))),
        ];
        let row = |(name, said): (&str, Said)| {
            let (a, b) = (said(self.a.0), said(self.b.0));
            let same = if a == b { "相同" } else { "不同" };
            vec![text(name), text(&a), text(&b), text(same)]
        };
        Table { rows: rows.into_iter().map(row).collect(), ..self.table("两次", "对比的两次", "", RUNS) }
    }

    fn counts(&self) -> Table {
        let row = |(what, [a, b, both]): (What, [usize; 3])| {
            let mut row = vec![text(what.spoken())];
            row.extend([a, b, both].map(Cell::count));
            row.extend(How::ALL.map(|how| Cell::count(self.of(what, how))));
            row
        };
        let rows = [(What::Event, self.comparison.events), (What::Fire, self.comparison.fires)].into_iter().map(row);
        let note = "处: 相邻像元合并的地点; 像元: 部级统计口径; 只计本区县内";
        Table { rows: rows.collect(), ..self.table("数量", "两次的数量", note, COUNTS) }
    }

    /// Gained, lost, moved and reclassed by a key of the changes, most changes first.
    fn by(
        &self,
        name: &'static str,
        title: &str,
        heads: &'static [(&'static str, f64)],
        key: impl Fn(&Change) -> String,
    ) -> Table {
        let mut counts: BTreeMap<String, [usize; 8]> = BTreeMap::new();
        for change in &self.comparison.changes {
            let how = How::ALL.iter().position(|how| *how == change.how).unwrap_or(0);
            counts.entry(key(change)).or_default()[how + if change.what == What::Fire { 4 } else { 0 }] += 1;
        }
        let mut rows: Vec<(String, [usize; 8])> = counts.into_iter().collect();
        rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<usize>()));
        let row =
            |(key, counts): (String, [usize; 8])| std::iter::once(text(&key)).chain(counts.map(Cell::count)).collect();
        Table { rows: rows.into_iter().map(row).collect(), ..self.table(name, title, "", heads) }
    }

    fn map(&self) -> Part {
        let shape = |how: How| match how {
            How::Gained => Shape::Disc,
            How::Lost => Shape::Cross,
            How::Moved => Shape::Triangle,
            How::Reclassed => Shape::Square,
        };
        let kinds = How::ALL.map(|how| Kind { name: how.spoken().to_string(), shape: shape(how) });
        let events = self.comparison.changes.iter().filter(|change| change.what == What::Event);
        let mark = |change: &Change| Mark {
            kind: How::ALL.iter().position(|how| *how == change.how).unwrap_or(0),
            place: change.place,
            from: change.from,
        };
        let marks: Vec<Mark> = events.map(mark).collect();
        let title = "两次判识中不同的疑似火点";
        let svg = Map { title, counties: &self.site.counties, kinds: &kinds, marks: &marks }.svg();
        Part::Figure {
            svg, caption: format!("图 1 {title}(处; 移位: 由 A 的位置连线到 B 的位置; WGS84; 县界为示意)")
        }
    }

    /// Every event that differs.
    fn named(&self) -> Table {
        let id = |id: &Option<String>| text(id.as_deref().unwrap_or(""));
        let row = |change: &Change| {
            vec![
                text(change.how.spoken()),
                text(&spoken(&change.reason)),
                text(&county(change)),
                text(&change.time.beijing()),
                text(&change.sensor),
                Cell::Number(Some(change.place.lon()), 6),
                Cell::Number(Some(change.place.lat()), 6),
                Cell::Number(change.moved_m, 0),
                id(&change.id_a),
                id(&change.id_b),
            ]
        };
        let events = self.comparison.changes.iter().filter(|change| change.what == What::Event);
        let note = "像元的异同见 changes.csv 和 changes.geojson";
        Table { rows: events.map(row).collect(), ..self.table("逐处", "疑似火点的异同", note, EVENTS) }
    }
}
