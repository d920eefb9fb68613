//! `strawfire serve`: the page and the API alone.

use super::store::store_url;
use super::{Outcome, SiteFolder};
use crate::error::{Error, Result};
use crate::station;
use crate::store::Store;
use crate::time::Clock;
use crate::web::{self, Beside, WebSettings};
use clap::Args;

/// The page and the API.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    site: SiteFolder,
    /// Address and port; port 0 takes a free one [default: web.listen of site.toml, else 127.0.0.1:8080].
    #[arg(long)]
    listen: Option<String>,
}

impl Serve {
    /// Serves until it is told to end.
    pub fn run(&self) -> Result<Outcome> {
        let site = self.site.load()?;
        let url = store_url(&site)?;
        let settings = WebSettings::of(&site, self.listen.as_deref())?;
        let beside = Beside { gauges: None, reception: super::intake::reception(&site)? };
        let is_open = !settings.is_https()
            && !settings.public_url.contains("127.0.0.1")
            && !settings.public_url.contains("localhost");
        if is_open {
            tracing::warn!(
                "web.public_url is no https: browsers keep no session without it; put a proxy with a certificate in front"
            );
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.map_err(|error| Error::output("the runtime", error))?.block_on(async {
            let store = Store::open(&url).await?;
            station::is_the_same_clock(&store, Clock::MACHINE).await?;
            crate::pipeline::duty::check::warn(&site, &store, crate::time::Utc::now()).await;
            let listening = |address: &str| super::say(&format!("listening on {address}\n"));
            web::serve(site, store, settings, Clock::MACHINE, beside, listening, super::deliver::ended()).await?;
            Ok(Outcome::Done)
        })
    }
}
