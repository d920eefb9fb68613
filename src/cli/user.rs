//! `strawfire user`: accounts of the page and keys of programs.

use super::store::{actor, with_new_store, with_store};
use super::{Outcome, SiteFolder};
use crate::cases::Role;
use crate::error::{Error, Result};
use crate::store::{Account, Store};
use crate::time::Utc;
use crate::web::accounts::{self, Told};
use clap::{Args, Subcommand, ValueEnum};
use std::fmt::Write as _;
use std::io::{BufRead as _, IsTerminal as _};

/// Accounts.
#[derive(Debug, Args)]
pub struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add an account; its password is read from standard input with --password-stdin, else one is made up and printed once.
    Add {
        #[command(flatten)]
        site: SiteFolder,
        /// Name to sign in with.
        name: String,
        /// What it may do: desks of city and counties also get a changing code; a system gets a key.
        #[arg(long, value_enum)]
        role: RoleArg,
        /// Codes of counties, townships or a post that it sees; a city's desk, a viewer or a system without any sees everything.
        #[arg(long = "area")]
        areas: Vec<String>,
        /// Department.
        #[arg(long, default_value = "")]
        department: String,
        /// Name that people read [default: the name].
        #[arg(long)]
        display: Option<String>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// All accounts.
    List {
        #[command(flatten)]
        site: SiteFolder,
    },
    /// Shut an account out; its sessions end.
    Disable {
        #[command(flatten)]
        site: SiteFolder,
        /// Its name.
        name: String,
    },
    /// Let an account in again; also one that waits after too many failures.
    Enable {
        #[command(flatten)]
        site: SiteFolder,
        /// Its name.
        name: String,
    },
    /// Give an account another password, changing code or key; its sessions end.
    Password {
        #[command(flatten)]
        site: SiteFolder,
        /// Its name.
        name: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    City,
    County,
    Township,
    Post,
    Viewer,
    System,
}

impl RoleArg {
    fn role(self) -> Role {
        match self {
            RoleArg::City => Role::City,
            RoleArg::County => Role::County,
            RoleArg::Township => Role::Township,
            RoleArg::Post => Role::Post,
            RoleArg::Viewer => Role::Viewer,
            RoleArg::System => Role::System,
        }
    }
}

impl User {
    /// Does what is asked.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            UserCommand::Add { site, name, role, areas, department, display, password_stdin } => {
                let account = Account {
                    name: name.clone(),
                    display: display.clone().unwrap_or_else(|| name.clone()),
                    role: role.role(),
                    department: department.clone(),
                    areas: areas.clone(),
                    disabled: false,
                };
                let password = typed(*password_stdin)?;
                with_new_store(site, async |store, site| {
                    accounts::check(&account, &site)?;
                    say(name, &accounts::add(store, account, password, Utc::now(), &actor("user add")).await?)
                })
            }
            UserCommand::List { site } => with_store(site, async |store, _| list(store).await),
            UserCommand::Disable { site, name } => with_store(site, async |store, _| disable(store, name, true).await),
            UserCommand::Enable { site, name } => with_store(site, async |store, _| disable(store, name, false).await),
            UserCommand::Password { site, name, password_stdin } => {
                let password = typed(*password_stdin)?;
                with_store(site, async |store, _| {
                    say(name, &accounts::renew(store, name, password, Utc::now(), &actor("user password")).await?)
                })
            }
        }
    }
}

/// A line of standard input; never an argument, which other users of the machine can read.
fn typed(from_stdin: bool) -> Result<Option<String>> {
    if !from_stdin {
        return Ok(None);
    }
    if std::io::stdin().is_terminal() {
        super::say("password (it is shown while you type; pipe it in to avoid that): ")?;
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| Error::read("standard input", error))?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_string()))
}

fn say(name: &str, told: &Told) -> Result<Outcome> {
    let mut text = format!("{name}\n");
    if let Some(secret) = &told.secret {
        let _ = writeln!(text, "password or key, shown this once: {secret}");
    }
    if let Some(url) = &told.totp_url {
        let _ = writeln!(text, "for an authenticator, shown this once: {url}");
    }
    super::say(&text)?;
    Ok(Outcome::Done)
}

async fn list(store: &Store) -> Result<Outcome> {
    let mut text = String::from("name role areas department state\n");
    for found in store.accounts().await? {
        let account = found.account;
        let areas = if account.areas.is_empty() { "all".to_string() } else { account.areas.join(",") };
        let state = match (account.disabled, found.locked_until) {
            (true, _) => "disabled".to_string(),
            (false, Some(until)) if until > Utc::now() => format!("waits until {}", until.beijing()),
            _ => "active".to_string(),
        };
        let department = if account.department.is_empty() { "-" } else { &account.department };
        let _ = writeln!(text, "{} {} {areas} {department} {state}", account.name, account.role.code());
    }
    super::say(&text)?;
    Ok(Outcome::Done)
}

async fn disable(store: &Store, name: &str, disabled: bool) -> Result<Outcome> {
    let mut write = store.write().await?;
    let action = if disabled { "user disable" } else { "user enable" };
    if !write.disable_account(name, disabled, Utc::now(), &actor(action)).await? {
        return Err(accounts::nobody(name));
    }
    write.commit().await?;
    super::say(&format!("{name} {}\n", if disabled { "disabled" } else { "enabled" }))?;
    Ok(Outcome::Done)
}
