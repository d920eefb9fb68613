//! `strawfire model info`: the camera model, its card, its measured skill.

use super::{Outcome, SiteFolder, say};
use crate::error::{Error, Result};
use crate::site::Site;
use crate::watch::model::{DESCRIPTION, Model};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// What is asked of the model.
#[derive(Debug, Args)]
pub struct ModelCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Which model is used, whether it is whole, and its card: data, licences, measured skill, limits.
    Info {
        #[command(flatten)]
        site: SiteFolder,
        /// Folder of the model [default: models beside the site, here, or /usr/share/strawfire/models].
        #[arg(long)]
        model: Option<PathBuf>,
    },
}

/// The card in a folder of models.
const CARD: &str = "CARD.md";
/// Where packages put it.
const INSTALLED: &str = "/usr/share/strawfire/models";

impl ModelCommand {
    /// Does it.
    pub fn run(&self) -> Result<Outcome> {
        let What::Info { site, model } = &self.what;
        let folder = match (model, site.load()) {
            (Some(folder), _) => folder.clone(),
            (None, site) => self::folder(None, &site?)?,
        };
        let loaded = Model::load(&folder)?;
        let about = &loaded.about;
        let classes = about.classes.iter().map(|class| format!("{} from {}", class.name, class.threshold));
        let trained = if about.trained { "" } else { "\nNOT TRAINED: for trying the program alone" };
        say(&format!(
            "{}: whole, SHA-256 {}\ninput {} x {} px, marks {}{trained}\n",
            folder.join(&about.file).display(),
            about.sha256,
            about.input.width,
            about.input.height,
            classes.collect::<Vec<_>>().join(", ")
        ))?;
        let card = folder.join(CARD);
        match std::fs::read_to_string(&card) {
            Ok(text) => say(&format!("\n{text}"))?,
            Err(error) => tracing::warn!("{}: {error}; the model is used without its card", card.display()),
        }
        Ok(Outcome::Done)
    }
}

/// The folder of the model: the one that is named, else the first that holds a description.
///
/// # Errors
/// [`Error::Config`] where there is none.
pub(super) fn folder(named: Option<&Path>, site: &Site) -> Result<PathBuf> {
    if let Some(folder) = named {
        return Ok(folder.to_path_buf());
    }
    let beside = site.dir.join("models");
    let places = [beside, PathBuf::from("models"), PathBuf::from(INSTALLED)];
    let found = places.iter().find(|folder| folder.join(DESCRIPTION).exists());
    found.cloned().ok_or_else(|| {
        let looked = places.each_ref().map(|folder| folder.display().to_string()).join(", ");
        let advice = "put models/ of strawfire into one of them, or name it with --model; satellites need none";
        Error::config("models", format!("no {DESCRIPTION} in {looked}"), "the model of cameras", advice)
    })
}
