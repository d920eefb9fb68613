//! `strawfire audit`: who did what, and whether that was changed.

use super::store::{visible, with_store};
use super::{Outcome, SiteFolder};
use crate::error::{Error, Result};
use crate::store::{Heads, Logged, Noted, Store};
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use std::path::Path;

/// The audit.
///
/// Each line carries the hash of the one before: an edit, a removal and another order are found. Who may write the store can reckon all
/// hashes anew, and cut lines off the end; that is found by what was noted elsewhere: --noted, and the file of store.audit_heads.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Whether every line is as it was written, none gone and none moved.
    Verify {
        #[command(flatten)]
        site: SiteFolder,
        /// Number and hash of a line noted earlier, as 123:9f86d0...: shows that none was cut off since.
        #[arg(long)]
        noted: Option<String>,
    },
    /// The last lines.
    Show {
        #[command(flatten)]
        site: SiteFolder,
        /// How many.
        #[arg(long, default_value_t = 50)]
        lines: i64,
    },
}

impl Audit {
    /// Checks or shows.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            AuditCommand::Verify { site, noted } => {
                let noted = noted.as_deref().map(noted_line).transpose()?;
                with_store(site, async |store, site| verify(store, noted, site.audit_heads.as_deref()).await)
            }
            AuditCommand::Show { site, lines } => with_store(site, async |store, _| {
                let mut text = String::new();
                for Logged { seq, at, who, origin, action, record, detail } in store.audit_lines(*lines).await? {
                    let said = visible(&format!("{who} ({origin}) {action} {record} {detail}"));
                    let _ = writeln!(text, "{seq} {} {said}", at.rfc3339());
                }
                super::say(&text)?;
                Ok(Outcome::Done)
            }),
        }
    }
}

fn noted_line(text: &str) -> Result<Noted> {
    let expected = "number (from 1) and hash (64 letters) as `audit verify` printed them, with a colon between";
    let noted = text.split_once(':').and_then(|(seq, hash)| Noted::of(seq, hash));
    noted.ok_or_else(|| Error::config("--noted", visible(text), expected, "copy it as it was printed"))
}

/// What was noted in the file of the site; all that is odd about it is said.
fn noted_in(path: &Path) -> Result<Heads> {
    let name = path.display();
    let Some(heads) = Heads::read(path)? else {
        tracing::warn!("{name}: not there: nothing was noted yet, or somebody took it away");
        return Ok(Heads::default());
    };
    for line in &heads.damaged {
        tracing::warn!("{name}: line {line} is no head of an audit and is left out");
    }
    for (time, last, line) in heads.restored.iter().filter(|(_, last, line)| last >= line) {
        tracing::warn!(
            "{name}: a backup was restored {time}: lines {line} to {last} that were noted before are gone, and are not asked for"
        );
    }
    Ok(heads)
}

async fn verify(store: &Store, noted: Option<Noted>, heads: Option<&Path>) -> Result<Outcome> {
    let mut all = heads.map(noted_in).transpose()?.unwrap_or_default().noted;
    let of_file = all.len();
    all.extend(noted);
    let found = store.verify_audit_by(&all).await?;
    let damaged = store.damaged_list_files().await?;
    match &found.broken {
        None if !damaged.is_empty() => Err(Error::input(
            format!("{}: lists of other authorities", store.name()),
            format!("other bytes than were kept: {}", damaged.join(", ")),
            "the files as the audit noted them",
            "somebody changed the store: keep it as it is, and compare it with a backup",
        )),
        None => {
            let outside = match heads {
                Some(path) => format!("; {of_file} heads of {} are among them", path.display()),
                None => String::new(),
            };
            super::say(&format!(
                "{} lines, as they were written{outside}; note this: {}:{}\n",
                found.lines, found.lines, found.head
            ))?;
            Ok(Outcome::Done)
        }
        Some(broken) => {
            let at = broken.at.map_or(String::new(), |at| format!(" of {}", at.rfc3339()));
            Err(Error::input(
                format!("{}: audit, line {}{at}", store.name(), broken.seq),
                &broken.why,
                "the lines as they were written",
                "somebody changed the audit: keep this store as it is, and compare it with a backup",
            ))
        }
    }
}
