//! The lists that the station makes by the clock, and who is told of them.

use super::round::Running;
use crate::cases::Clocks;
use crate::deliver::{atomic, desk};
use crate::error::{Error, Result};
use crate::pipeline::bulletin::{self, Corrected, Kind, Made, Wanted};
use crate::pipeline::daily::{Day, daily_list};
use crate::pipeline::expected;
use crate::pipeline::figures::With;
use crate::pipeline::static_learn;
use crate::pipeline::weekly::{self, Week, weekly};
use crate::store::Store;
use crate::time::Utc;
use std::path::PathBuf;

/// The list up to `due`, from the last that was made on.
///
/// # Errors
/// [`Error::Store`]; [`Error::Output`] where it cannot be written.
pub async fn daily(running: &Running<'_>, store: &Store, due: Utc) -> Result<String> {
    let from = expected::begins(store, running.site, due).await?;
    let missing = expected::missing(store, from, due, due).await?;
    let day = Day { from, cut_off: due, before_cut_off: from, missing: missing.as_deref() };
    let made = daily_list(store, running.settings, running.territory, &day, &lists(running)?).await?;
    tell(running, store, &format!("list:{}", due.compact()), &made.text, running.clock.now()).await?;
    Ok(format!(
        "{} events of {} looks, {} looks missing, in {}",
        made.events,
        made.looks,
        made.missing,
        made.folder.display()
    ))
}

/// The report of the week that ended before `due`.
///
/// # Errors
/// As [`daily`].
pub async fn week(running: &Running<'_>, store: &Store, due: Utc) -> Result<String> {
    let monday = weekly::last_monday(due);
    let slots = store.slots(monday, weekly::next_monday(monday), None).await?;
    let (satellites, missing) = (expected::tallies(&slots), expected::missed(&slots, running.clock.now()));
    let asked = Week { monday, satellites: &satellites, missing: &missing };
    let made = weekly(store, running.settings, &asked, &lists(running)?).await?;
    tell(running, store, &format!("week:{}", monday.compact()), &made.text, running.clock.now()).await?;
    Ok(format!("{} events of {} looks in {}", made.events, made.looks, made.folder.display()))
}

/// The report of the time that was over by `due`, frozen by what was known then, as documents in the folder of lists. One that somebody made before
/// stays as it is.
///
/// # Errors
/// As [`daily`]; [`Error::Config`] where its template is none: the figures are kept all the same.
pub async fn report(running: &Running<'_>, store: &Store, kind: Kind, due: Utc) -> Result<String> {
    let (site, now) = (running.site, running.clock.now());
    let clocks = Clocks::of(&site.desk);
    let with = With { store, site, thresholds: running.settings.thresholds, clocks: &clocks };
    let wanted = Wanted { kind, day: kind.last(due).start, area: site.city_code(), cut_off: due };
    let made = bulletin::make(with, &wanted, now, &running.actor).await?;
    // what somebody made before the hour is of what was known then: what has moved since is its continuation or correction
    let continued = match &made {
        Made::Before(early) if early.listed.cut_off < due => {
            bulletin::correct(with, &early.listed.id, due, now, &running.actor).await?
        }
        _ => Corrected::Nothing,
    };
    let report = match &continued {
        Corrected::New(whole) => whole,
        _ => made.report(),
    };
    let folder = lists(running)?.join("reports");
    std::fs::create_dir_all(&folder).map_err(|error| Error::output(&folder, error))?;
    let path = |ending: &str| folder.join(format!("{}.{ending}", report.listed.id));
    atomic::write_bytes(&path("docx"), &bulletin::docx(site, report)?)?;
    atomic::write_bytes(&path("xlsx"), &bulletin::xlsx(site, report)?)?;
    tell(running, store, &format!("report:{}", report.listed.id), &bulletin::text(report), now).await?;
    let state = if matches!((&made, &continued), (Made::New(_), _) | (_, Corrected::New(_))) {
        "frozen"
    } else {
        "there before"
    };
    Ok(format!("{} {state}, in {}", report.listed.id, folder.display()))
}

/// Proposals of static sources, in a list beside the site's, which people read and copy: the station changes no site pack.
///
/// # Errors
/// As [`daily`]; [`Error::Config`] where the list cannot be read.
pub async fn learn(running: &Running<'_>, store: &Store) -> Result<String> {
    let list = station_folder(running)?.join("static_sources.csv");
    std::fs::create_dir_all(station_folder(running)?).map_err(|error| Error::output(&list, error))?;
    let now = running.clock.now();
    let learned = static_learn::learn_from_store(store, running.site, &list, running.clock.is_rehearsal(), now).await?;
    let said = format!(
        "{} places where heat comes back in {} detections, {} of them new",
        learned.cells, learned.detections, learned.merged.added
    );
    if learned.merged.added > 0 {
        let line = format!("固定热源建议 {} 处, 待人工审核: {}", learned.merged.added, list.display());
        tell(running, store, &format!("static:{}", now.compact()), &line, now).await?;
    }
    Ok(format!("{said}, in {}", list.display()))
}

fn station_folder(running: &Running<'_>) -> Result<PathBuf> {
    running
        .site
        .station_folder()
        .ok_or_else(|| Error::config("station.dir", "nothing", "a folder for lists", "set station.dir"))
}

fn lists(running: &Running<'_>) -> Result<PathBuf> {
    Ok(station_folder(running)?.join("lists"))
}

/// The first line of a text is what is told, the others stand under it.
async fn tell(running: &Running<'_>, store: &Store, id: &str, text: &str, now: Utc) -> Result<()> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_string);
    let Some(first) = lines.next() else { return Ok(()) };
    let details: Vec<String> = lines.collect();
    let filed = desk::notice(running.site, id, 1, &first, &details, now);
    if filed.is_empty() {
        return Ok(());
    }
    let mut write = store.write().await?;
    write.file(&filed, now).await?;
    write.commit().await
}
