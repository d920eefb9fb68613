//! The desk's page beside the map, in a real browser.

use super::browser::{browser, said, shots};
use super::{HUZHU, PASSWORD, Web, ago, burn, run};
use crate::common::project;
use crate::databases::sqlite;
use std::process::Command;
use strawfire::cases::Clocks;
use strawfire::store::Store;

/// An event beside another one that may be the same, where one was a month ago and a kiln is known: all of it stands beside the event. What nobody
/// looked at in its fifteen minutes is late.
#[test]
fn what_helps_to_judge_an_event_stands_beside_it() {
    let Some(python) = browser() else { return };
    let web = Web::start(sqlite(), "");
    let folder = tempfile::tempdir().expect("a folder");
    let shots = shots(folder.path());
    std::fs::create_dir_all(&shots).expect("made");
    // 1.1 km east of the fire, with a radius of 1 km; another one far away
    let (lon, lat) = HUZHU;
    let kilns = format!(
        "id,lon,lat,radius_m,status,cause\nK1,{:.4},{lat:.4},1000,accepted,威远水泥厂\nK2,102.9,36.2,1000,accepted,远处的厂\n",
        lon + 0.0123
    );
    std::fs::write(web.site.join("static_sources.csv"), kilns).expect("written");
    let text = std::fs::read_to_string(web.site.join("site.toml")).expect("read");
    let with_kilns = text.replace("[layers]\n", "[layers]\nstatic_sources = 'static_sources.csv'\n");
    std::fs::write(web.site.join("site.toml"), with_kilns).expect("written");
    let server = super::serve(&web.site);
    let event = run(async {
        let store = Store::open(&web.database.url).await.expect("opens");
        burn(&store, "month-ago", ago(30.0 * 1440.0), (lon + 0.002, lat), "630223", "互助土族自治县").await;
        let event = burn(&store, "tonight", ago(50.0), HUZHU, "630223", "互助土族自治县").await;
        // 1.4 km away ten hours before: too far for one event, near enough to ask
        burn(&store, "beside", ago(650.0), (lon, lat + 0.0126), "630223", "互助土族自治县").await;
        let now = ago(0.0);
        let mut write = store.write().await.expect("a turn");
        write.tend_deadlines(&Clocks::default(), ago(1440.0), now).await.expect("tended");
        write.commit().await.expect("kept");
        store.close().await;
        event
    });
    let code = web.code("huzhu").expect("a code");
    let output = Command::new(&python)
        .arg(project().join("tests/tools/page_desk.py"))
        .args([server.address.as_str(), "huzhu", PASSWORD, &code])
        .arg(&shots)
        .arg(&event)
        .output()
        .expect("starts");
    let seen = said(&output);
    println!("{seen}");
    assert_eq!(seen["complaints"], serde_json::json!([]), "{seen}");
    assert_eq!(seen["axe"], serde_json::json!([]), "{seen}");
    let told = |part: &str| seen["told"][part].as_str().expect("text").to_string();
    assert!(told("duplicates").contains("1.4 km") && told("duplicates").contains("9 小时"), "{}", told("duplicates"));
    assert!(
        told("before").contains("30 天前") && told("before").contains("近 92 天内此前有 1 天监测到热异常"),
        "{}",
        told("before")
    );
    assert!(told("static").contains("威远水泥厂") && !told("static").contains("远处"), "{}", told("static"));
    assert!(told("seen").contains("NOAA-20") && told("seen").contains("75%"), "{}", told("seen"));
    assert_eq!((&seen["waiting"], &seen["late"]), (&3.into(), &1.into()), "{seen}");
}
