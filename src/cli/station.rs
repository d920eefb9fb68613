//! `strawfire station`: the always-on program: inbox, schedule, delivery and web in one process, or some of them apart.

use super::deliver::{self, ended};
use super::scan::profile_of;
use super::store::{actor, store_url};
use super::{Outcome, SiteFolder};
use crate::error::{Error, Result};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::{Baseline, Settings, keep};
use crate::site::{Desk, Site};
use crate::station::cameras::Eyes;
use crate::station::{self, Gauges, Running};
use crate::store::Store;
use crate::thresholds::Thresholds;
use crate::time::{Clock, Utc};
use crate::watch::model::Model;
use crate::web::{self, Beside, WebSettings};
use clap::{Args, ValueEnum};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// The always-on program.
#[derive(Debug, Args)]
pub struct Station {
    #[command(flatten)]
    site: SiteFolder,
    /// A part that another process does (`strawfire serve`, `strawfire deliver`), or nobody (cameras). May be named again.
    #[arg(long, value_enum)]
    without: Vec<Part>,
    /// Address and port of the page; port 0 takes a free one [default: web.listen of site.toml, else 127.0.0.1:8080].
    #[arg(long)]
    listen: Option<String>,
    /// Rehearse: the station's clock says this time (RFC 3339) when it starts. Only with delivery.allow_simulated, in a store of its own.
    #[arg(long, value_name = "TIME")]
    rehearse: Option<String>,
    /// How many times as fast the clock of a rehearsal runs.
    #[arg(long, default_value_t = 1.0, requires = "rehearse")]
    speed: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Web,
    Delivery,
    Cameras,
}

/// What is under way when all is to end has so long to end.
const GRACE: Duration = Duration::from_secs(12);
/// Pause before a delivery that cannot begin, for another process delivers, is tried again.
const DELIVER_AGAIN: Duration = Duration::from_secs(30);
/// Threads that wait for files, databases and people; scans have their own.
const WAITING_THREADS: usize = 2;

impl Station {
    /// Works until it is told to end.
    pub fn run(&self) -> Result<Outcome> {
        let site = self.site.load()?;
        store_url(&site)?;
        let clock = self.clock(&site)?;
        let has_camera = site.cameras.iter().any(|camera| camera.source.is_some());
        let has_folder = site.intake.iter().any(|source| source.folder.is_some());
        let is_fed = !site.inboxes.is_empty() || has_camera || has_folder;
        if !is_fed {
            site.all_cameras()?;
        }
        if !is_fed && site.desk == Desk::default() {
            let place = format!("{}: station.inboxes", site.dir.join("site.toml").display());
            return Err(Error::config(
                place,
                "nothing",
                "[[station.inboxes]]: where imagery comes from; a source of a camera in cameras.toml; a folder of intake.sources; or [desk], for the clocks of cases alone",
                "add one: docs/inboxes.md, docs/cameras.md, docs/intake.md, docs/ledger.md",
            ));
        }
        if !is_fed {
            let said = "station.inboxes: not set: NOTHING IS SCANNED BY ITSELF; the clocks of cases, delivery and the page work on what scan, import and signed intake bring";
            tracing::warn!("{said}");
        }
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let territory = super::load_territory(&site)?;
        let (ground, places, thresholds) =
            (super::load_ground(&site)?, super::load_places(&site)?, Thresholds::default());
        let settings = Settings {
            profile: profile_of(None, &site)?,
            ground: ground.as_ref(),
            baseline: site.baseline_dir.as_deref().map(Baseline::Rolling),
            ..Settings::new(&site, &counties, &thresholds, &places)
        };
        let gauges = Arc::new(Gauges::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WAITING_THREADS).enable_all().build();
        let runtime = runtime.map_err(|error| Error::output("the runtime", error))?;
        let (stop, stopped) = watch::channel(false);
        let at_end = stop.clone();
        runtime.spawn(async move {
            ended().await;
            tracing::info!("told to stop: what is under way is finished first");
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
            let _ = stop.send(true);
            // held, so that nobody takes its end for the end of waiting
            std::future::pending::<()>().await;
        });
        let eyes = self.eyes(&site);
        let beside = self.beside(&site, clock, &gauges, &runtime, &stopped)?;
        let running = Running {
            site: &site,
            settings: &settings,
            territory: &territory,
            actor: actor("station"),
            clock,
            gauges: &gauges,
            eyes: eyes.as_ref(),
        };
        let done = station::run(&running, &runtime, stopped, || {
            let said = clock.is_rehearsal().then(|| format!(" (rehearsal: {})", clock.now().rfc3339()));
            tracing::info!("the station works{}", said.unwrap_or_default());
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        });
        // a station that could not begin tells nobody to stop
        let _ = at_end.send(true);
        runtime.block_on(async {
            for part in beside {
                let _ = tokio::time::timeout(GRACE, part).await;
            }
        });
        // what hangs is not waited for
        runtime.shutdown_background();
        done.map(|()| Outcome::Done)
    }

    /// What cameras are looked at with. A model that is missing costs what they see, and not the satellites.
    fn eyes(&self, site: &Site) -> Option<Eyes> {
        if self.without.contains(&Part::Cameras) {
            return None;
        }
        Eyes::open(site, || super::model::folder(None, site).and_then(|folder| Model::load(&folder)))
    }

    fn clock(&self, site: &Site) -> Result<Clock> {
        let Some(text) = &self.rehearse else { return Ok(Clock::MACHINE) };
        if !site.delivery.allow_simulated {
            return Err(Error::config(
                "--rehearse",
                "a site with delivery.allow_simulated = false",
                "a site for trials: its sinks are told of fires of another day as if they burned now",
                "copy the site, name trial sinks and a store of its own there, and set delivery.allow_simulated = true",
            ));
        }
        let start = Utc::parse(text)
            .ok_or_else(|| Error::config("--rehearse", text, "a time as 2025-10-20T00:00:00Z", "correct it"))?;
        if !(self.speed.is_finite() && (0.01..=10_000.0).contains(&self.speed)) {
            return Err(Error::config("--speed", self.speed.to_string(), "0.01 to 10000", "correct it"));
        }
        Ok(Clock::rehearsal(start, self.speed))
    }

    /// Delivery and page, each as a task of its own; the numbers alone where the page is served apart.
    fn beside(
        &self,
        site: &Site,
        clock: Clock,
        gauges: &Arc<Gauges>,
        runtime: &Runtime,
        stopped: &watch::Receiver<bool>,
    ) -> Result<Vec<JoinHandle<()>>> {
        let url = store_url(site)?;
        let mut tasks = Vec::new();
        // makes it where there is none, before two do so at once
        let store = runtime.block_on(Store::open(&url))?;
        runtime.block_on(station::keep_clock(&store, clock))?;
        runtime.block_on(crate::pipeline::duty::check::warn(site, &store, clock.now()));
        if !self.without.contains(&Part::Delivery) {
            let (site, stopped) = (site.clone(), stopped.clone());
            // on a thread of its own: what it waits for holds up nobody
            tasks.push(runtime.spawn_blocking(move || match keep::runtime() {
                Ok(runtime) => {
                    runtime.block_on(delivering(&site, &url, clock, stopped));
                    runtime.shutdown_background();
                }
                Err(error) => tracing::error!("{error}: nothing is delivered"),
            }));
        }
        let end = {
            let mut stopped = stopped.clone();
            async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            }
        };
        if !self.without.contains(&Part::Web) {
            let settings = WebSettings::of(site, self.listen.as_deref())?;
            let (listening, is_listening) = oneshot::channel();
            let beside = Beside { gauges: Some(Arc::clone(gauges)), reception: super::intake::reception(site)? };
            let site = site.clone();
            let say = move |address: &str| {
                let said = super::say(&format!("listening on {address}\n"));
                let _ = listening.send(());
                said
            };
            let page = runtime.spawn(async move { web::serve(site, store, settings, clock, beside, say, end).await });
            tasks.push(runtime.block_on(begun(page, is_listening))?);
        } else if let Some(listen) = site.station.listen.clone() {
            let gauges = Arc::clone(gauges);
            tasks.push(runtime.spawn(async move {
                if let Err(error) = web::serve_numbers(&listen, store, gauges, clock, end).await {
                    tracing::error!("{error}: nobody can watch this station");
                }
            }));
        }
        Ok(tasks)
    }
}

/// Waits until the page is there; a page that cannot be is an error.
async fn begun(page: JoinHandle<Result<()>>, is_listening: oneshot::Receiver<()>) -> Result<JoinHandle<()>> {
    let is_there = is_listening.await.is_ok();
    let watched = async move {
        match page.await {
            Ok(done) => done,
            Err(error) => Err(Error::output("the page", error)),
        }
    };
    if !is_there {
        watched.await?;
        return Err(Error::output("the page", "it ended before it began"));
    }
    Ok(tokio::spawn(async move {
        if let Err(error) = watched.await {
            tracing::error!("{error}: the page is gone; the station goes on");
        }
    }))
}

/// Delivers for ever; where another process does so it stands by.
async fn delivering(site: &Site, url: &str, clock: Clock, stopped: watch::Receiver<bool>) {
    loop {
        match deliver::serve(site, url, false, clock, stopped.clone()).await {
            Ok(_) if *stopped.borrow() => return,
            Ok(_) => {}
            Err(error) => tracing::error!("{error}; delivery is tried again in {} s", DELIVER_AGAIN.as_secs()),
        }
        let mut stop = stopped.clone();
        tokio::select! {
            () = tokio::time::sleep(DELIVER_AGAIN) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}
