//! `strawfire report`: figures of a time; reports of days, weeks and months, frozen when they are made.

use super::store::{actor, with_store};
use super::{Outcome, SiteFolder, say};
use crate::cases::Clocks;
use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::pipeline::bulletin::{self, Corrected, Kind, Made, Wanted};
use crate::pipeline::figures::{self, Asked, Figures, Row, With};
use crate::site::Site;
use crate::store::{Frozen, Scope, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

/// Figures and reports.
#[derive(Debug, Args)]
pub struct Report {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Events, pixels, what was observed, causes and clocks, by county, township or day; under each table the rules that it is counted by.
    Figures {
        #[command(flatten)]
        site: SiteFolder,
        /// First day, 2025-10-20 in Beijing.
        #[arg(long, value_name = "DAY")]
        from: String,
        /// Last day.
        #[arg(long, value_name = "DAY")]
        to: String,
        #[arg(long, value_enum, default_value_t = By::County)]
        by: By,
        /// Code of a county [default: all].
        #[arg(long, value_name = "ADCODE")]
        area: Option<String>,
        /// As CSV, with all columns.
        #[arg(long)]
        csv: bool,
    },
    /// The report of a day, frozen when it is made first.
    Daily(Make),
    /// The report of a week, Monday to Sunday.
    Weekly(Make),
    /// The report of a month.
    Monthly(Make),
    /// A report again as it was frozen.
    Print(Print),
    /// Set a report right by what has come since: a new revision that says what moved. The old one stays.
    Correct(Print),
    /// The reports that there are.
    List {
        #[command(flatten)]
        site: SiteFolder,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    County,
    Township,
    Day,
}

#[derive(Debug, Args)]
struct Make {
    #[command(flatten)]
    site: SiteFolder,
    /// A day of it, 2025-10-20 [default: the last that is over].
    #[arg(long, value_name = "DAY")]
    day: Option<String>,
    /// Code of a county [default: the whole site].
    #[arg(long, value_name = "ADCODE")]
    area: Option<String>,
    /// Folder for the documents.
    #[arg(long, default_value = "out")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Print {
    #[command(flatten)]
    site: SiteFolder,
    /// Its id, as daily-20251020-630200.
    id: String,
    /// Folder for the documents.
    #[arg(long, default_value = "out")]
    out: PathBuf,
}

impl Report {
    /// Makes it.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            Command::Figures { site, from, to, by, area, csv } => with_store(site, async |store, site| {
                let asked = asked(&site, from, to, area.as_deref())?;
                let figures =
                    figures::figures(with(store, &site, &Thresholds::default(), &Clocks::of(&site.desk)), &asked)
                        .await?;
                say(&if *csv { figures::csv(&figures, by.word())? } else { printed(&site, &figures, *by) })?;
                Ok(Outcome::Done)
            }),
            Command::Daily(make) => make.run(Kind::Daily),
            Command::Weekly(make) => make.run(Kind::Weekly),
            Command::Monthly(make) => make.run(Kind::Monthly),
            Command::Print(Print { site, id, out }) => with_store(site, async |store, site| {
                let report = store.report(id).await?.ok_or_else(|| not_there(id))?;
                write(&site, &report, out)
            }),
            Command::Correct(Print { site, id, out }) => with_store(site, async |store, site| {
                let (thresholds, clocks, now) = (Thresholds::default(), Clocks::of(&site.desk), Utc::now());
                match bulletin::correct(with(store, &site, &thresholds, &clocks), id, now, now, &actor("report"))
                    .await?
                {
                    Corrected::New(report) => write(&site, &report, out),
                    Corrected::Nothing => {
                        say(&format!("{id}: 截止后没有使数字变动的观测或办理，不需更正\n"))?;
                        Ok(Outcome::Done)
                    }
                    Corrected::NotThere => Err(not_there(id)),
                    Corrected::TooOld => Err(Error::config(
                        "ID",
                        id.as_str(),
                        format!("a report of the last {} days (store.keep_days)", site.retention.events_days),
                        "it stays as it is: what age took away is no correction",
                    )),
                    Corrected::NotLast(last) => Err(Error::config(
                        "ID",
                        id.as_str(),
                        last.clone(),
                        format!("correct its last revision: {last}"),
                    )),
                }
            }),
            Command::List { site } => with_store(site, async |store, _| {
                for of in store.reports(None, i64::MAX).await? {
                    say(&format!("{}  {}  截止 {}  {}\n", of.id, of.title, of.cut_off.beijing(), of.made_by))?;
                }
                Ok(Outcome::Done)
            }),
        }
    }
}

impl Make {
    fn run(&self, kind: Kind) -> Result<Outcome> {
        with_store(&self.site, async |store, site| {
            let now = Utc::now();
            let day = match &self.day {
                None => kind.last(now).start,
                Some(text) => {
                    let day = day_of("--day", text)?;
                    if kind.refused(day, now).is_some() {
                        let expected = "a day after 1999 of a time that has begun";
                        return Err(Error::config("--day", text, expected, "give an earlier day, or a later one"));
                    }
                    day
                }
            };
            let area = self.area.clone().unwrap_or_else(|| site.city_code());
            let wanted = Wanted { kind, day, area, cut_off: now };
            let (thresholds, clocks) = (Thresholds::default(), Clocks::of(&site.desk));
            let made = bulletin::make(with(store, &site, &thresholds, &clocks), &wanted, now, &actor("report")).await?;
            if let Made::Before(report) = &made {
                let id = &report.listed.id;
                say(&format!("{id}: 此前已制作并冻结，未改动；如有变动请更正: strawfire report correct {id}\n"))?;
            }
            write(&site, made.report(), &self.out)
        })
    }
}

impl By {
    fn word(self) -> &'static str {
        match self {
            By::County => "county",
            By::Township => "township",
            By::Day => "day",
        }
    }
}

fn with<'a>(store: &'a Store, site: &'a Site, thresholds: &'a Thresholds, clocks: &'a Clocks) -> With<'a> {
    With { store, site, thresholds, clocks }
}

fn not_there(id: &str) -> Error {
    Error::config("ID", id, "the id of a report", "see strawfire report list")
}

fn day_of(option: &str, text: &str) -> Result<Utc> {
    let day = Utc::parse(&format!("{}T00:00:00+08:00", text.trim()));
    day.ok_or_else(|| Error::config(option, text, "a day, as 2025-10-20", "correct it"))
}

fn asked(site: &Site, from: &str, to: &str, area: Option<&str>) -> Result<Asked> {
    let (from, last) = (day_of("--from", from)?, day_of("--to", to)?);
    let until = last.plus_seconds(86_400.0).unwrap_or(last);
    if until <= from {
        return Err(Error::config("--to", to, "a day not before --from", "correct it"));
    }
    let county = area.filter(|area| *area != site.city_code()).map(str::to_string);
    if let Some(unknown) = county.as_deref().filter(|code| site.desk_name(code).is_none()) {
        let known: Vec<&str> = site.counties.iter().map(|county| county.name.adcode.as_str()).collect();
        return Err(Error::config("--area", unknown, known.join(", "), "name one of them"));
    }
    Ok(Asked { from, until, cut_off: Utc::now(), county, scope: Scope::all() })
}

/// The documents of a report; their names are its id.
fn write(site: &Site, report: &Frozen, out: &Path) -> Result<Outcome> {
    std::fs::create_dir_all(out).map_err(|error| Error::output(out, error))?;
    let path = |ending: &str| out.join(format!("{}.{ending}", report.listed.id));
    atomic::write_bytes(&path("docx"), &bulletin::docx(site, report)?)?;
    atomic::write_bytes(&path("xlsx"), &bulletin::xlsx(site, report)?)?;
    say(&bulletin::text(report))?;
    say(&format!("  {}\n  {}\n", path("docx").display(), path("xlsx").display()))?;
    Ok(Outcome::Done)
}

fn printed(site: &Site, figures: &Figures, by: By) -> String {
    let rows: &[Row] = match by {
        By::County => &figures.counties,
        By::Township => &figures.townships,
        By::Day => &figures.days,
    };
    let mark = if figures.simulated { "(模拟数据,非真实火点 SIMULATED)" } else { "" };
    let last = figures.until.plus_seconds(-1.0).unwrap_or(figures.until);
    let day = |at: Utc| at.beijing_as("%Y-%m-%d").unwrap_or_default();
    let mut text = format!("{}疑似火点统计{mark} {} 至 {}\n", site.name, day(figures.from), day(last));
    for row in rows.iter().chain([&figures.total]) {
        let place = row.day.as_deref().or(row.township.as_deref()).unwrap_or(&row.county);
        let place = if place.is_empty() { "乡镇未定" } else { place };
        // the share observed is of counties
        let said = match row.township {
            Some(_) => format!("疑似火点 {} 处, 火点像元 {} 个", row.events, row.pixels),
            None => row.sentence.clone(),
        };
        text += &format!("  {place}: {said}\n");
    }
    let rules = figures.rules.iter().map(|rule| format!("  {}: {}\n", rule.name, rule.sentence));
    text + "口径:\n" + &rules.collect::<String>()
}
