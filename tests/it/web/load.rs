//! Many who ask at once: `make bench-web`.

use super::{HUZHU, Session, Web, burn, fire, run};
use crate::databases::{Database, both};
use std::time::{Duration, Instant};
use strawfire::fire::CountyName;
use strawfire::fuse::Local;
use strawfire::place::LonLat;
use strawfire::store::{Actor, Overpass, Store};
use strawfire::thresholds::FuseThresholds;
use strawfire::time::Utc;

const EVENTS: usize = 100_000;
const CLIENTS: usize = 200;
const LISTENERS: usize = 500;
const EXPORTS: usize = 20;
const EVERY: Duration = Duration::from_secs(15);
const LASTING: Duration = Duration::from_secs(90);

/// 200 clients that ask for a list every 15 s, 500 that listen, 20 exports at once, changes every 2 s, 100,000 events.
#[test]
#[ignore = "minutes: make bench-web"]
fn two_hundred_clients_wait_for_nobody() {
    for database in both() {
        let web = Web::start(database, "");
        let filled = Instant::now();
        let count = run(fill(&web.database));
        println!("{}: {count} events put in {:.0} s", web.database.kind, filled.elapsed().as_secs_f64());
        assert!(count >= EVENTS as i64);
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("runs")
            .block_on(load(&web));
    }
}

/// What the desk asks again and again of a large store: what is late, and figures. 100,000 events, of which none was looked at in time.
#[test]
#[ignore = "minutes: make bench-web"]
fn what_is_late_and_figures_of_a_large_store_do_not_take_long() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let count = fill(&web.database).await;
            let store = Store::open(&web.database.url).await.expect("opens");
            let mut write = store.write().await.expect("a turn");
            let clocks = strawfire::cases::Clocks::default();
            let begun = write.tend_deadlines(&clocks, Utc::UNIX_EPOCH, Utc::now()).await.expect("tended");
            write.commit().await.expect("kept");
            println!("{}: {count} events, {begun} clocks", web.database.kind);
            posts_of_a_round(&store).await;
            let (city, huzhu) = (web.sign_in("city").await, web.sign_in("huzhu").await);
            let day = |days: f64| {
                let at = Utc::now().plus_seconds(-86_400.0 * days).expect("a time");
                at.beijing_as("%Y-%m-%d").expect("a day")
            };
            let span = |days: f64| format!("/figures?from={}&to={}", day(days - 1.0), day(0.0));
            let paths = ["/overdue".to_string(), span(7.0), span(31.0), span(124.0)];
            for (who, session) in [("city", &city), ("huzhu", &huzhu)] {
                for path in &paths {
                    let mut took: Vec<f64> = Vec::new();
                    for _ in 0..3 {
                        let start = Instant::now();
                        let got = web.get(session, path).await;
                        took.push(1000.0 * start.elapsed().as_secs_f64());
                        assert_eq!(got.status, 200, "{path}: {}", got.text());
                    }
                    took.sort_by(f64::total_cmp);
                    println!("  {who} {path}: {:.0} ms (of three the middle one)", took[1]);
                }
            }
            let too_long = web.get(&city, &span(125.0)).await;
            assert!(too_long.status == 400 && too_long.text().contains("124 天之间"), "{}", too_long.text());
        });
    }
}

/// The duty round reads the roster every three seconds: of a thousand posts, more than the city has villages and towns with officers.
async fn posts_of_a_round(store: &Store) {
    let person = |at: usize| strawfire::store::Person {
        name: format!("网格员{at}"),
        phone: "13900000001".into(),
        shift: None,
        deputy: false,
    };
    let post = |at: usize| strawfire::store::Post {
        code: format!("P-{at}"),
        name: format!("岗位{at}"),
        adcode: "630223".into(),
        township: String::new(),
        cells: vec![format!("cell-{at}"); 5],
        persons: (0..3).map(person).collect(),
    };
    let roster = strawfire::store::Roster { posts: (0..1000).map(post).collect() };
    let actor = Actor { who: "test".into(), origin: "here".into() };
    let mut write = store.write().await.expect("a turn");
    write.put_roster(&roster, Utc::now(), &actor).await.expect("put");
    write.commit().await.expect("kept");
    let start = Instant::now();
    for _ in 0..10 {
        assert_eq!(store.posts(&strawfire::store::Scope::all()).await.expect("read").len(), 1000);
    }
    println!("  1,000 posts: {:.1} ms a reading", 100.0 * start.elapsed().as_secs_f64());
}

async fn load(web: &Web) {
    let (own, server) = (cpu_s("self"), cpu_s(&web.server.id().to_string()));
    let began = Instant::now();
    let desks = [web.sign_in("city").await, web.sign_in("huzhu").await, web.sign_in("leader").await];
    let listening = futures_util::future::join_all((0..LISTENERS).map(|n| listen(web, &desks[n % 3])));
    let polls = futures_util::future::join_all((0..CLIENTS).map(|n| poll(web, &desks[n % 3], n, began)));
    let exports = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let start = Instant::now();
        let one = async |n: usize| {
            let format = ["csv", "xlsx", "kml"][n % 3];
            let got = web.get(&desks[0], &format!("/collections/events/items?f={format}")).await;
            assert_eq!(got.status, 200);
            got.body.len()
        };
        let sizes = futures_util::future::join_all((0..EXPORTS).map(one)).await;
        (start.elapsed(), sizes.iter().sum::<usize>())
    };
    let changes = async {
        let store = Store::open(&web.database.url).await.expect("opens");
        let mut put = 0;
        while began.elapsed() < LASTING {
            let place = (HUZHU.0 + 0.0001 * f64::from(put), HUZHU.1);
            burn(&store, &format!("load-{put}"), Utc::now(), place, "630223", "互助土族自治县").await;
            put += 1;
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        put
    };
    let (told, polled, (exported, bytes), put) = tokio::join!(listening, polls, exports, changes);
    let mut took: Vec<f64> =
        polled.iter().flat_map(|(took, _)| took.iter().map(|time| 1000.0 * time.as_secs_f64())).collect();
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    let whole: usize = polled.iter().map(|(_, whole)| whole).sum();
    let wall = began.elapsed().as_secs_f64();
    println!(
        "{}: {} polls by {CLIENTS} clients ({whole} with a body): p50 {:.0} ms, p95 {:.0} ms, longest {:.0} ms; {put} changes",
        web.database.kind,
        took.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
    println!(
        "  {EXPORTS} exports of {EVENTS} events at once: {:.1} s for all, {} MB; {LISTENERS} who listen were told of {:.1} changes each",
        exported.as_secs_f64(),
        bytes >> 20,
        told.iter().sum::<usize>() as f64 / LISTENERS as f64
    );
    println!(
        "  the server had {:.0} % of a core, this generator {:.0} %",
        100.0 * (cpu_s(&web.server.id().to_string()) - server) / wall,
        100.0 * (cpu_s("self") - own) / wall
    );
    assert!(at(0.95) < 200.0, "p95 {:.0} ms", at(0.95));
    assert!(told.iter().all(|told| *told > 0), "somebody was told nothing");
}

/// Asks every 15 s, as a page does; how long each took, and how many had a body.
async fn poll(web: &Web, session: &Session, n: usize, began: Instant) -> (Vec<Duration>, usize) {
    tokio::time::sleep(EVERY * n as u32 / CLIENTS as u32).await;
    let (mut took, mut whole, mut tag) = (Vec::new(), 0, String::new());
    while began.elapsed() < LASTING {
        let start = Instant::now();
        let got =
            web.send(session, "GET", "/collections/events/items?limit=100", None, &[("if-none-match", &tag)]).await;
        took.push(start.elapsed());
        assert!([200, 304].contains(&got.status), "{}", got.status);
        whole += usize::from(got.status == 200);
        tag = got.header("etag");
        tokio::time::sleep(EVERY.saturating_sub(start.elapsed())).await;
    }
    (took, whole)
}

/// How many changes somebody who listens was told of.
async fn listen(web: &Web, session: &Session) -> usize {
    let request = web.client.get(web.url("/live")).header("cookie", &session.cookie);
    let mut stream = request.send().await.expect("a stream");
    let mut told = 0;
    let _ = tokio::time::timeout(LASTING, async {
        while let Ok(Some(part)) = stream.chunk().await {
            told += String::from_utf8_lossy(&part).matches("event: changed").count();
        }
    })
    .await;
    told
}

/// Seconds of processor time of a process so far.
fn cpu_s(process: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<f64> =
        text.rsplit(')').next().unwrap_or_default().split_whitespace().filter_map(|field| field.parse().ok()).collect();
    // of what is left after the name, and of its numbers: utime and stime in hundredths
    fields.get(10..12).map_or(0.0, |times| times.iter().sum::<f64>() / 100.0)
}

/// A year of fires, each an event of its own: every day as many places, six kilometres apart.
async fn fill(database: &Database) -> i64 {
    let store = Store::open(&database.url).await.expect("opens");
    let t = FuseThresholds::default();
    let actor = Actor { who: "test".into(), origin: "here".into() };
    let county = CountyName { adcode: "630223".into(), name: "互助土族自治县".into() };
    let local = Local { county_of: &|_| Some(county.clone()), assign: &|_| () };
    let (side, days) = (25_usize, EVENTS.div_ceil(625));
    let first = Utc::now().plus_seconds(-86_400.0 * 3.0 * (days as f64 + 1.0)).expect("a time");
    for day in 0..days {
        let time = first.plus_seconds(86_400.0 * 3.0 * day as f64).expect("a time");
        let name = format!("day-{day}");
        let fires: Vec<_> = (0..side * side)
            .map(|n| {
                let place =
                    LonLat::new(101.0 + 0.08 * (n % side) as f64, 35.5 + 0.06 * (n / side) as f64).expect("a place");
                let mut fire =
                    fire(&format!("{name}-{n}"), time, (place.lon(), place.lat()), "630223", "互助土族自治县");
                fire.granule = name.clone();
                fire
            })
            .collect();
        let look = Overpass {
            name: &name,
            granules: vec![name.clone()],
            time,
            satellite: "NOAA-20",
            sensor: "VIIRS",
            simulated: false,
            counties: Vec::new(),
            report: serde_json::to_string(&super::account(&name, time)).expect("an account"),
            fires,
            whole: true,
        };
        let mut write = store.write().await.expect("a turn");
        write.take(&look, time, &actor, &t, &local).await.expect("taken");
        write.commit().await.expect("kept");
    }
    let (scope, asked) = (strawfire::store::Scope::all(), strawfire::store::Asked::default());
    store.count_events(&scope, &asked).await.expect("counted")
}
