//! `strawfire audit`: who did what, and whether that was changed.

use super::store::with_store;
use super::{Outcome, SiteFolder};
use crate::error::{Error, Result};
use crate::store::Store;
use clap::{Args, Subcommand};
use std::fmt::Write as _;

/// The audit.
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
                with_store(site, async |store, _| verify(&store, noted).await)
            }
            AuditCommand::Show { site, lines } => with_store(site, async |store, _| {
                let mut text = String::new();
                for (at, [who, origin, action, record, detail]) in store.audit_lines(*lines).await? {
                    let _ = writeln!(text, "{} {who} ({origin}) {action} {record} {detail}", at.rfc3339());
                }
                super::say(&text)?;
                Ok(Outcome::Done)
            }),
        }
    }
}

fn noted_line(text: &str) -> Result<(i64, String)> {
    let parts = text.split_once(':').and_then(|(seq, hash)| Some((seq.trim().parse().ok()?, hash.trim().to_string())));
    let expected = "number and hash as `audit verify` printed them, with a colon between";
    parts.ok_or_else(|| Error::config("--noted", text, expected, "copy it as it was printed"))
}

async fn verify(store: &Store, noted: Option<(i64, String)>) -> Result<Outcome> {
    let noted = noted.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
    let found = store.verify_audit(noted).await?;
    match &found.broken {
        None => {
            super::say(&format!(
                "{} lines, as they were written; note this: {}:{}\n",
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
