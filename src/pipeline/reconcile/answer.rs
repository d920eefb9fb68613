//! A list from its file to its answer in a folder: what the command line and the page do alike.

use super::package::Photos;
use super::reconcile;
use super::reply::Answered;
use crate::error::{Error, Result};
use crate::ingest::lists::TheirList;
use crate::ingest::lists::template::Template;
use crate::layers::area_index::AreaIndex;
use crate::pipeline::{Places, Settings};
use crate::site::Site;
use crate::store::{Actor, ListFile, ORIGINAL_LIST, ReceivedList, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// A list that is to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Its file.
    pub file: &'a Path,
    /// The folder that the answer is written into, which is there.
    pub out: &'a Path,
    /// How it is written.
    pub template: &'a Template,
    /// When the answer is due, where somebody says so.
    pub deadline: Option<Utc>,
    /// A deadline that is known already gives way to that one.
    pub moves_deadline: bool,
    /// The answer was sent.
    pub answered: bool,
}

/// What came of it.
pub struct Done {
    /// What the store knows of it now.
    pub noted: ReceivedList,
    /// A few lines for the desk.
    pub said: String,
}

/// Files of an answer that are kept in the store. The package of photos is not: it is made again of the photos.
const KEPT: [&str; 4] = ["reply.xlsx", "reply.csv", "reduction.xlsx", "reconcile.json"];
/// How the list is written, beside them.
pub const WRITTEN: &str = "template.toml";

/// Compares a list that was read with the store, writes the answer, and notes the list, its deadline and its files.
///
/// # Errors
/// [`Error::Input`] where the list cannot be written in its own layout; [`Error::Config`] where it was taken back, or has another deadline already
/// than the one that is asked for; [`Error::Output`]; [`Error::Store`].
pub async fn answer(
    store: &Store,
    site: &Site,
    asked: &Asked<'_>,
    list: &TheirList,
    now: Utc,
    actor: &Actor,
) -> Result<Done> {
    let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let (thresholds, places) = (Thresholds::default(), Places::default());
    let settings = Settings::new(site, &counties, &thresholds, &places);
    let before = store.received_list(&sha256(&list.bytes)).await?;
    let moved = before.as_ref().map_or(Ok(None), |before| moved(before, asked))?;
    let reconciled = reconcile(store, &settings, list, now).await?;
    let mut noted = noted(before.as_ref(), asked, &list.bytes, now, actor);
    let from = asked.template.name.as_str();
    let photos = Photos::of(store, site, &reconciled).await?;
    let answered = Answered {
        file: asked.file,
        from,
        list,
        reconciled: &reconciled,
        site,
        deadline: noted.deadline,
        photos: &photos,
    };
    let said = answered.write(asked.out)?;
    noted.counts = serde_json::json!(answered.counts()).to_string();
    noted.answered = asked.answered.then_some(now).or(noted.answered);
    let files = files(asked, list)?;
    let mut write = store.write().await?;
    if let (Some(before), Some(to)) = (&before, moved) {
        write.move_deadline(before, to, now, actor).await?;
    }
    let hashes = write.keep_list_files(&noted.sha256, &files, now).await?;
    write.note_list(&noted, &hashes, actor).await?;
    write.commit().await?;
    // what was said of it meanwhile counts: who took it first, and until when
    let noted = store.received_list(&noted.sha256).await?.unwrap_or(noted);
    Ok(Done { noted, said })
}

/// The deadline that takes the place of the one that is known; `None` where it stays.
fn moved(before: &ReceivedList, asked: &Asked<'_>) -> Result<Option<Utc>> {
    let name = asked.file.display();
    if let Some((at, who, said)) = &before.withdrawn {
        let found = format!("a list that {who} took back on {} (Beijing time): {said}", at.beijing());
        let advice = "take it again on the page (上级清单), or leave it";
        return Err(Error::config(name.to_string(), found, "a list that is to be answered", advice));
    }
    let (Some(known), Some(to)) = (before.deadline, asked.deadline.filter(|to| Some(*to) != before.deadline)) else {
        return Ok(None);
    };
    if asked.moves_deadline {
        return Ok(Some(to));
    }
    let found = format!("{} (Beijing time) for a list that came as {}", to.beijing(), before.name);
    let expected = format!("the deadline that it has, {}", known.beijing());
    Err(Error::config(
        "--deadline",
        found,
        expected,
        "leave it out, or add --move-deadline where it is really another one",
    ))
}

/// What the store is to know of it: one that came before keeps its name, its time, who took it, and its deadline where no other is said.
fn noted(before: Option<&ReceivedList>, asked: &Asked<'_>, bytes: &[u8], now: Utc, actor: &Actor) -> ReceivedList {
    let received = before.map_or(now, |before| before.received);
    let usual = || received.plus_seconds(3600.0 * asked.template.reply_hours?);
    ReceivedList {
        sha256: sha256(bytes),
        name: before.map_or_else(|| name_of(asked.file), |before| before.name.clone()),
        source: asked.template.name.clone(),
        received,
        taken_by: before.map_or_else(|| actor.who.clone(), |before| before.taken_by.clone()),
        deadline: asked.deadline.or_else(|| before?.deadline).or_else(usual),
        replied: now,
        answered: before.and_then(|before| before.answered),
        withdrawn: None,
        counts: String::new(),
    }
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is kept of it: the list as it came, how it is written, and the answer.
fn files(asked: &Asked<'_>, list: &TheirList) -> Result<Vec<ListFile>> {
    let ending = if list.form.is_some() { "csv" } else { "xlsx" };
    let mut files = vec![
        (format!("{ORIGINAL_LIST}{ending}"), list.bytes.clone()),
        (WRITTEN.to_string(), asked.template.to_toml()?.into_bytes()),
    ];
    for name in KEPT.iter().filter(|name| name.strip_prefix("reply.").is_none_or(|own| own == ending)) {
        let path = asked.out.join(name);
        files.push(((*name).to_string(), std::fs::read(&path).map_err(|error| Error::read(&path, error))?));
    }
    Ok(files)
}

/// The name that a list is known by.
pub fn sha256(bytes: &[u8]) -> String {
    crate::tokens::hex(&Sha256::digest(bytes))
}

/// A file, else one of the site's folder of lists.
///
/// # Errors
/// Where there is none, or it is no template.
pub fn template_of(path: &Path, site: &Site) -> Result<Template> {
    let of_site = site.dir.join("lists").join(path).with_extension("toml");
    Template::read(if !path.exists() && of_site.exists() { &of_site } else { path })
}

/// Names of the templates of a site, in order.
pub fn templates(site: &Site) -> Vec<String> {
    let files = std::fs::read_dir(site.dir.join("lists")).into_iter().flatten().flatten();
    let name = |path: PathBuf| {
        let is_toml = path.extension().is_some_and(|ending| ending == "toml");
        path.file_stem().filter(|_| is_toml).map(|stem| stem.to_string_lossy().into_owned())
    };
    let mut names: Vec<String> = files.filter_map(|file| name(file.path())).collect();
    names.sort();
    names
}
