//! Takes alarms of other platforms one after the other, on a thread of its own: what it needs of the site is read once, and an alarm is an event
//! before its sender is answered.

use crate::assign::territory::Territory;
use crate::error::{Error, Result};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::intake::{self, Refused, Taken, Told};
use crate::pipeline::keep::Keeper;
use crate::pipeline::{Places, Settings};
use crate::place::LonLat;
use crate::sighting::Sighting;
use crate::site::{IntakeSource, Secret, Site};
use crate::store::{Actor, Call};
use crate::thresholds::{Profile, Thresholds};
use crate::time::Utc;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use tokio::sync::{Semaphore, oneshot};

/// Where alarms are taken.
pub struct Reception {
    sources: Vec<(IntakeSource, Secret)>,
    letters: SyncSender<Letter>,
    /// Bodies that are being read or wait.
    pub reading: Semaphore,
}

/// What is to be taken.
enum Asked {
    /// An alarm whose signature holds, or what somebody told the desk of this county, with its line in the log of calls.
    Alarm { text: String, source: Box<IntakeSource>, county: Option<String>, call: Option<Box<Call>> },
    /// A place for what was kept without one, and its error, metres.
    Place { sighting: Box<Sighting>, place: LonLat, error_m: f64 },
}

struct Letter {
    asked: Asked,
    actor: Actor,
    now: Utc,
    answer: oneshot::Sender<std::result::Result<Taken, Refused>>,
}

/// Alarms that wait for their turn.
const WAITING: usize = 16;
/// Bodies that are in memory at a time: with all that becomes of each some half a gigabyte.
const READING: usize = 24;

impl Reception {
    /// Begins; `None` where the site has no store, and where what judges alarms cannot be read and nobody sends any: the page goes on without.
    ///
    /// # Errors
    /// [`Error::Config`] where a secret is missing, or a site with sources has no folder for pictures.
    pub fn begin(site: &Site, load: impl FnOnce() -> Result<(Places, Territory)>) -> Result<Option<Reception>> {
        let mut sources = Vec::new();
        for source in &site.intake {
            if let Some(from) = &source.secret {
                sources.push((source.clone(), Secret::read(from, &source.place)?));
            }
        }
        if site.store_url.is_none() {
            return Ok(None);
        }
        if !sources.is_empty() && site.evidence_folder().is_none() {
            return Err(Error::config(
                format!("{}: station.dir", site.dir.join("site.toml").display()),
                "nothing",
                "a folder for the pictures of alarms: a PostgreSQL store has none beside it",
                "set station.dir",
            ));
        }
        let (places, territory) = match load() {
            Ok(loaded) => loaded,
            Err(error) if sources.is_empty() => {
                tracing::error!("{error}: calls cannot be taken on the page");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let (site, (letters, waiting)) = (site.clone(), sync_channel(WAITING));
        let thread = std::thread::Builder::new().name("intake".to_string());
        let begun = thread.spawn(move || work(&site, &places, &territory, &waiting));
        begun.map_err(|error| Error::output("the thread of alarms", error))?;
        Ok(Some(Reception { sources, letters, reading: Semaphore::new(READING) }))
    }

    /// Whether anybody sends alarms.
    pub fn has_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// A source with its secret.
    pub fn source(&self, name: &str) -> Option<&(IntakeSource, Secret)> {
        self.sources.iter().find(|(source, _)| source.name == name)
    }

    /// Takes an alarm; `None` where too many wait.
    pub async fn take(
        &self,
        text: String,
        source: &IntakeSource,
        address: &str,
        now: Utc,
    ) -> Option<std::result::Result<Taken, Refused>> {
        let actor = Actor { who: format!("intake {}", source.name), origin: format!("web {address}") };
        let asked = Asked::Alarm { text, source: Box::new(source.clone()), county: None, call: None };
        self.send(asked, actor, now).await
    }

    /// Takes what somebody told a desk, with its line in the log of calls; of a county's its code.
    pub async fn take_told(
        &self,
        text: String,
        source: IntakeSource,
        (county, call): (Option<String>, Call),
        actor: Actor,
        now: Utc,
    ) -> Option<std::result::Result<Taken, Refused>> {
        let asked = Asked::Alarm { text, source: Box::new(source), county, call: Some(Box::new(call)) };
        self.send(asked, actor, now).await
    }

    /// Gives a place to what was kept without one.
    pub async fn settle(
        &self,
        sighting: Sighting,
        (place, error_m): (LonLat, f64),
        actor: Actor,
        now: Utc,
    ) -> Option<std::result::Result<Taken, Refused>> {
        self.send(Asked::Place { sighting: Box::new(sighting), place, error_m }, actor, now).await
    }

    async fn send(&self, asked: Asked, actor: Actor, now: Utc) -> Option<std::result::Result<Taken, Refused>> {
        let (answer, answered) = oneshot::channel();
        let letter = Letter { asked, actor, now, answer };
        match self.letters.try_send(letter) {
            Err(TrySendError::Full(_)) => return None,
            Err(TrySendError::Disconnected(_)) => {}
            Ok(()) => {
                if let Ok(done) = answered.await {
                    return Some(done);
                }
            }
        }
        Some(Err(Refused::Failed(Error::output("alarms", "what takes them has ended: start the program again"))))
    }
}

/// Until nobody sends any more.
fn work(site: &Site, places: &Places, territory: &Territory, letters: &Receiver<Letter>) {
    let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let thresholds = Thresholds::default();
    let settings = Settings { profile: Profile::Reference, ..Settings::new(site, &counties, &thresholds, places) };
    let pictures = site.evidence_folder();
    let mut keeper = None;
    for Letter { asked, actor, now, answer } in letters {
        let take = || {
            let keeper = opened(&mut keeper, &actor, &settings, territory)?;
            match &asked {
                Asked::Alarm { text, source, county, call } => {
                    let told = Told { county: county.as_deref(), call: call.as_deref() };
                    intake::take_at((text, told), source, keeper, pictures.as_deref(), now)
                }
                Asked::Place { sighting, place, error_m } => {
                    Ok(intake::settle(sighting, *place, *error_m, keeper, now)?)
                }
            }
        };
        // a picture of somebody else may find a fault in what unpacks it: the next alarm is taken all the same
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(take)).unwrap_or_else(|_| Err(fault()));
        if matches!(done, Err(Refused::Failed(_))) {
            // a store that comes back may be another one
            keeper = None;
        }
        // who does not wait any more asks again
        let _ = answer.send(done);
    }
}

/// The store, which must be there.
fn opened<'k, 'a>(
    keeper: &'k mut Option<Keeper<'a>>,
    actor: &Actor,
    settings: &'a Settings<'a>,
    territory: &'a Territory,
) -> std::result::Result<&'k mut Keeper<'a>, Refused> {
    let there = match keeper.take() {
        Some(there) => there,
        None => Keeper::open_existing(actor.clone(), settings, territory)?
            .ok_or_else(|| no_store(settings.site.dir.as_path()))?,
    };
    let there = keeper.insert(there);
    there.acts_as(actor.clone());
    Ok(there)
}

fn fault() -> Refused {
    Refused::Failed(Error::output("alarms", "a bug in strawfire: report it with the lines above"))
}

fn no_store(site: &Path) -> Error {
    let place = format!("{}: store.url", site.join("site.toml").display());
    Error::config(place, "nothing", "a store: an alarm is kept there", "set store.url")
}
