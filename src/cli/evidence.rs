//! `strawfire evidence`: the evidence of cases as zips.

use super::store::{actor, with_store};
use super::{Outcome, SiteFolder, make_folder, say};
use crate::error::{Error, Result};
use crate::pipeline::evidence::{Folders, Material, Packed, file_name, gather, hashed, pack};
use crate::pipeline::housekeeping::photos_of;
use crate::site::Site;
use crate::store::{Asked, Scope, Store};
use crate::time::Utc;
use clap::Args;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Pack the evidence of cases: a zip each, with a document, original photos, pictures, the timeline and the audit; docs/evidence.md.
#[derive(Debug, Args)]
pub struct Evidence {
    #[command(flatten)]
    site: SiteFolder,
    /// Ids of events, or their beginnings.
    #[arg(required_unless_present = "from")]
    events: Vec<String>,
    /// All events that were seen from this day on, 2025-10-20 in Beijing.
    #[arg(long, value_name = "DAY", conflicts_with = "events")]
    from: Option<String>,
    /// Up to this day [default: the first].
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<String>,
    /// A copy for publishing: names, numbers and exact places hidden, photos made smaller. A person looks at faces and number plates before.
    #[arg(long)]
    masked: bool,
    /// Folder for the zips; made when it is not there.
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
}

impl Evidence {
    /// Packs them.
    pub fn run(&self) -> Result<Outcome> {
        with_store(&self.site, async |store, site| {
            let events = self.wanted(store).await?;
            if events.is_empty() {
                say("这段时间没有疑似火点\n")?;
                return Ok(Outcome::Done);
            }
            make_folder(&self.out)?;
            for event in &events {
                packed(store, &site, event, self.masked, &self.out).await?;
            }
            if self.masked {
                say("脱敏副本：发布前必须由人逐张核看人脸、车牌，并核看说明文字中的人名\n")?;
            }
            Ok(Outcome::Done)
        })
    }

    async fn wanted(&self, store: &Store) -> Result<Vec<String>> {
        let Some(from) = &self.from else {
            let mut found = Vec::with_capacity(self.events.len());
            for event in &self.events {
                found.push(by_id(store, event).await?);
            }
            return Ok(found);
        };
        let first = day("--from", from)?;
        let last = self.to.as_ref().map_or(Ok(first), |to| day("--to", to))?;
        let until = last.plus_seconds(86_400.0 - 1e-6).unwrap_or(last);
        if until < first {
            return Err(Error::config(
                "--to",
                self.to.clone().unwrap_or_default(),
                "a day not before --from",
                "correct it",
            ));
        }
        let asked = Asked { from: Some(first), to: Some(until), limit: i64::MAX, ..Asked::default() };
        let events = store.list_events(&Scope::all(), &asked).await?;
        Ok(events.into_iter().map(|shown| shown.stored.event.id).collect())
    }
}

/// The event that an id begins.
async fn by_id(store: &Store, id: &str) -> Result<String> {
    if store.event(&Scope::all(), id).await?.is_some() {
        return Ok(id.to_string());
    }
    let asked = Asked { id: Some(id.to_string()), limit: 2, ..Asked::default() };
    let found = store.list_events(&Scope::all(), &asked).await?;
    match found.as_slice() {
        [one] if !id.is_empty() => Ok(one.stored.event.id.clone()),
        [] => Err(Error::config("EVENT", id, "the id of an event, or its beginning", "see the list, or the page")),
        _ => Err(Error::config("EVENT", id, "the beginning of one id alone", "give more of it")),
    }
}

fn day(option: &str, text: &str) -> Result<Utc> {
    let day = Utc::parse(&format!("{}T00:00:00+08:00", text.trim()));
    day.ok_or_else(|| Error::config(option, text, "a day, as 2025-10-20", "correct it"))
}

/// Packs one; what was taken out is in the audit with its hash.
async fn packed(store: &Store, site: &Site, event: &str, is_masked: bool, out: &Path) -> Result<()> {
    let Some(material) = gather(store, &Scope::all(), None, event).await? else { return Ok(()) };
    let (now, path) = (Utc::now(), out.join(file_name(&material, is_masked)));
    let (done, sha256, bytes) = written(&material, site, is_masked, now, &path)?;
    let detail = serde_json::json!({
        "masked": is_masked, "sha256": sha256, "bytes": bytes, "files": done.files, "missing": done.missing.len(),
    });
    let mut write = store.write().await?;
    write.audit(now, &actor("evidence"), "evidence packed", event, &detail).await?;
    write.commit().await?;
    say(&format!("{}  {} 个文件  SHA-256 {sha256}\n", path.display(), done.files))?;
    for line in &done.missing {
        say(&format!("  缺失 {line}\n"))?;
    }
    Ok(())
}

/// Writes the zip under another name first: nothing is written half. With its hash and size.
fn written(material: &Material, site: &Site, is_masked: bool, now: Utc, path: &Path) -> Result<(Packed, String, u64)> {
    let folders = Folders { photos: photos_of(site), pictures: site.evidence_folder() };
    let part = path.with_extension("zip.part");
    let failed = |error: std::io::Error| Error::output(path, error);
    let work = || {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&part).map_err(failed)?;
        let (mut file, done) = pack(material, site, &folders, is_masked, now, file)?;
        let (sha256, bytes) = hashed(&mut file)?;
        file.sync_all().map_err(failed)?;
        std::fs::rename(&part, path).map_err(failed)?;
        Ok((done, sha256, bytes))
    };
    let done = work();
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done
}
