//! What a station works with, for tests of its parts by hand.

use crate::assign::territory::Territory;
use crate::layers::area_index::AreaIndex;
use crate::pipeline::{Places, Settings};
use crate::site::Site;
use crate::station::{Gauges, Running};
use crate::store::{Actor, Store};
use crate::thresholds::Thresholds;
use crate::time::Clock;
use std::path::Path;

/// Works with the shipped counties, a SQLite store and what `toml` says; `FOLDER` in it is a folder of the test.
pub(in crate::station) async fn at_work(toml: &str, clock: Clock, work: impl AsyncFnOnce(&Running<'_>, &Store)) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("sites/haidong/counties.geojson");
    std::fs::copy(shipped, folder.path().join("counties.geojson")).expect("copied");
    std::fs::write(folder.path().join("secret"), "geheim").expect("written");
    let toml = format!("store.url = 'sqlite://{path}/s.db'\n{}", toml.replace("FOLDER", &path));
    std::fs::write(folder.path().join("site.toml"), toml).expect("written");
    let site = Site::load(folder.path()).expect("a site");
    let store = Store::open(site.store_url.as_deref().expect("set")).await.expect("a store");
    let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let (thresholds, places) = (Thresholds::default(), Places::default());
    let settings = Settings::new(&site, &counties, &thresholds, &places);
    let running = Running {
        site: &site,
        settings: &settings,
        territory: &Territory::load(&site).expect("no layers"),
        actor: Actor { who: "test".into(), origin: "here".into() },
        clock,
        gauges: &Gauges::default(),
        eyes: None,
    };
    work(&running, &store).await;
    store.close().await;
}
