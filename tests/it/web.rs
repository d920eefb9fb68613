//! The page and the API on real servers and databases: what all their tests share.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails as a test does")]

mod access;
mod attacks;
mod browser;
mod clients;
mod day;
mod desk;
mod drill;
mod evidence;
mod intake;
mod ledger;
mod life;
mod lists;
mod load;
mod moved;
mod patrols;
mod people;
mod reports;
mod waypoint;

use crate::common::project;
use crate::databases::Database;
use crate::sinks::Server;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use strawfire::deliver::scan_report::{CountyShare, GranuleReport, Looked};
use strawfire::fire::{CountyName, FireEvent, FirePixel};
use strawfire::fuse::Local;
use strawfire::place::LonLat;
use strawfire::store::{Actor, CountySeen, Overpass, Store};
use strawfire::thresholds::FuseThresholds;
use strawfire::time::Utc;

pub const PASSWORD: &str = "correct horse 电池";

pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runs").block_on(work)
}

/// A server with a site, a database, two events and their people.
pub struct Web {
    pub server: Server,
    pub database: Database,
    pub site: PathBuf,
    pub people: Vec<Person>,
    pub client: reqwest::Client,
    /// Who is signed in: a changing code is taken once in half a minute.
    signed: std::sync::Mutex<std::collections::HashMap<String, Session>>,
    _folder: tempfile::TempDir,
}

/// Somebody who may sign in.
#[derive(Clone)]
pub struct Person {
    pub name: &'static str,
    /// Base32 secret of the changing codes, or the key of a program.
    pub secret: Option<String>,
}

/// Somebody who is signed in.
#[derive(Clone, Default)]
pub struct Session {
    pub cookie: String,
    pub csrf: String,
    pub bearer: String,
    pub task: String,
}

/// An answer.
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap_or_default().to_string()).unwrap_or_default()
    }
}

/// Accounts of every role and area: name, role, area.
pub const PEOPLE: [(&str, &str, &str); 10] = [
    ("city", "city", ""),
    ("city-two", "city", ""),
    ("huzhu", "county", "630223"),
    ("minhe", "county", "630222"),
    ("weiyuan", "township", "630223100000"),
    ("post-hz", "post", "HZ-01"),
    ("post-mh", "post", "MH-01"),
    ("leader", "viewer", ""),
    ("leader-hz", "viewer", "630223"),
    ("program-hz", "system", "630223"),
];

impl Web {
    /// Starts it all; `more` goes into site.toml.
    pub fn start(database: Database, more: &str) -> Web {
        Web::start_with(database, "", more)
    }

    /// The same with the shipped patrol grid.
    pub fn start_with_grid(database: Database, more: &str) -> Web {
        Web::start_with(database, "grid = 'grid.geojson'\n", more)
    }

    fn start_with(database: Database, layers: &str, more: &str) -> Web {
        let folder = tempfile::tempdir().expect("a folder");
        let site = folder.path().join("site");
        let packed = project().join("sites/haidong");
        std::fs::create_dir(&site).expect("made");
        for name in ["counties.geojson", "townships.csv", "grid.geojson"] {
            std::fs::copy(packed.join(name), site.join(name)).expect("copied");
        }
        let photos = folder.path().join("photos");
        let toml = format!(
            "name = '海东市'\n[layers]\ntownships = 'townships.csv'\n{layers}[store]\nurl = '{}'\n[web]\nphotos = '{}'\n{more}\n",
            database.url,
            photos.display()
        );
        std::fs::write(site.join("site.toml"), toml).expect("written");
        let people = PEOPLE.iter().map(|(name, role, area)| add_person(&site, name, role, area)).collect();
        let server = serve(&site);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Web { server, database, site, people, client, signed: std::sync::Mutex::default(), _folder: folder }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.address)
    }

    /// A request; a body of JSON where there is one.
    pub async fn ask(&self, session: &Session, method: &str, path: &str, body: Option<Value>) -> Got {
        self.send(session, method, path, body.map(|body| body.to_string().into_bytes()), &[]).await
    }

    pub async fn send(
        &self,
        session: &Session,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Got {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let large = body.as_ref().is_some_and(|body| body.len() > 64 << 10);
        let mut request = self.client.request(method, self.url(path));
        if large {
            // its line may be cut: nobody else is to get it
            request = request.header("connection", "close");
        }
        for (name, value) in [("cookie", &session.cookie), ("x-csrf-token", &session.csrf), ("x-task", &session.task)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        if !session.bearer.is_empty() {
            request = request.bearer_auth(&session.bearer);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = match request.send().await {
            Ok(response) => response,
            // a body that is too large is refused before all of it is read: then the line may be cut before the answer is
            Err(error) if error.is_request() && large => {
                return Got { status: 413, headers: Default::default(), body: Vec::new() };
            }
            Err(error) => panic!("no answer: {error}"),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Got { status, headers, body: response.bytes().await.expect("a body").to_vec() }
    }

    pub async fn get(&self, session: &Session, path: &str) -> Got {
        self.ask(session, "GET", path, None).await
    }

    pub async fn post(&self, session: &Session, path: &str, body: Value) -> Got {
        self.ask(session, "POST", path, Some(body)).await
    }

    pub fn person(&self, name: &str) -> &Person {
        self.people.iter().find(|person| person.name == name).expect("known")
    }

    /// Signs in, once; a program has its key.
    pub async fn sign_in(&self, name: &str) -> Session {
        let known = self.signed.lock().expect("whole").get(name).cloned();
        if let Some(session) = known {
            return session;
        }
        let session = self.signed_in(name).await;
        self.signed.lock().expect("whole").insert(name.to_string(), session.clone());
        session
    }

    async fn signed_in(&self, name: &str) -> Session {
        let person = self.person(name);
        if name.starts_with("program") {
            return Session { bearer: person.secret.clone().expect("a key"), ..Session::default() };
        }
        let body = json!({ "name": name, "password": PASSWORD, "code": self.code(name) });
        let got = self.post(&Session::default(), "/login", body).await;
        assert_eq!(got.status, 204, "{name}: {}", got.text());
        let mut session = Session { cookie: cookie_of(&got), ..Session::default() };
        let me = self.get(&session, "/me").await;
        assert_eq!(me.status, 200, "{}", me.text());
        session.csrf = me.json()["csrf"].as_str().expect("a token").to_string();
        session
    }

    /// The changing code of now, by another program's reckoning of RFC 6238 than the server's own: see `attacks`.
    pub fn code(&self, name: &str) -> Option<String> {
        let secret = self.person(name).secret.as_ref()?;
        let bytes = totp_rs::Secret::Encoded(secret.clone()).to_bytes().expect("base32");
        let totp =
            totp_rs::TOTP::new(totp_rs::Algorithm::SHA1, 6, 1, 30, bytes, None, String::new()).expect("a secret");
        Some(totp.generate_current().expect("a clock"))
    }

    /// Opens a link as a phone: the session that has it.
    pub async fn open_link(&self, link: &str) -> (Got, Session) {
        let token = link.split('#').nth(1).expect("a token").to_string();
        let got = self.post(&Session::default(), "/task/open", json!({ "token": token })).await;
        let session = Session { cookie: cookie_of(&got), task: token, ..Session::default() };
        (got, session)
    }

    /// Gives an event to a post; the link of its task.
    pub async fn dispatch(&self, desk: &Session, event: &str, post: &str) -> String {
        let got = self.post(desk, &format!("/events/{event}/dispatch"), json!({ "post": post })).await;
        assert_eq!(got.status, 200, "{}", got.text());
        got.json()["link"].as_str().expect("a link").to_string()
    }
}

pub fn cookie_of(got: &Got) -> String {
    got.header("set-cookie").split(';').next().unwrap_or_default().to_string()
}

/// The server of a site.
pub fn serve(site: &std::path::Path) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    Server::start(command.args(["serve", "--listen", "127.0.0.1:0", "--site"]).arg(site))
}

/// Adds an account by the command line, as who runs the server does.
pub fn add_person(site: &std::path::Path, name: &'static str, role: &str, area: &str) -> Person {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    command.args(["user", "add", name, "--role", role, "--password-stdin", "--site"]).arg(site);
    if !area.is_empty() {
        command.args(["--area", area]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    writeln!(child.stdin.take().expect("piped"), "{PASSWORD}").expect("typed");
    let output = child.wait_with_output().expect("ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let after =
        |mark: &str| said.split(mark).nth(1).map(|rest| rest.split(['&', '\n']).next().expect("a part").to_string());
    Person { name, secret: after("secret=").or_else(|| after("shown this once: ").filter(|_| role == "system")) }
}

/// A kept detection in a county.
pub fn fire(id: &str, time: Utc, place: (f64, f64), adcode: &str, name: &str) -> FirePixel {
    let place = LonLat::new(place.0, place.1).expect("a place");
    FirePixel {
        satellite: "NOAA-20".into(),
        sensor: "VIIRS".into(),
        granule: format!("G-{id}"),
        frp_mw: Some(6.5),
        position_error_m: Some(190.0),
        county: Some(CountyName { adcode: adcode.into(), name: name.into() }),
        ..FirePixel::bare(id, time, place)
    }
}

pub const HUZHU: (f64, f64) = (101.96, 36.84);
pub const MINHE: (f64, f64) = (102.80, 36.20);

/// Puts a look with one detection into the store; the id of its event.
pub async fn burn(
    store: &Store,
    id: &str,
    time: Utc,
    place: (f64, f64),
    adcode: &'static str,
    name: &'static str,
) -> String {
    let fires = vec![fire(id, time, place, adcode, name)];
    let granule = format!("G-{id}");
    let overpass = Overpass {
        name: &granule,
        granules: vec![granule.clone()],
        time,
        satellite: "NOAA-20",
        sensor: "VIIRS",
        simulated: false,
        counties: ["630222", "630223"]
            .map(|adcode| CountySeen { adcode: adcode.into(), observed: 0.75, cloud: 0.25, missing: 0.0 })
            .to_vec(),
        report: serde_json::to_string(&account(&granule, time)).expect("an account"),
        fires,
        whole: true,
    };
    let county = CountyName { adcode: adcode.into(), name: name.into() };
    let local = Local {
        county_of: &|_| Some(county.clone()),
        assign: &|event: &mut FireEvent| event.responsible = Some(format!("{name}值班室")),
    };
    let actor = Actor { who: "test".into(), origin: "here".into() };
    let mut write = store.write().await.expect("a turn");
    let taken = write.take(&overpass, time, &actor, &FuseThresholds::default(), &local).await.expect("taken");
    write.commit().await.expect("kept");
    taken.events[0].event.id.clone()
}

/// What a look over 民和 and 互助 says of itself.
fn account(granule: &str, time: Utc) -> GranuleReport {
    let share = |(adcode, name): (&str, &str)| CountyShare {
        pixels: 100,
        observed_fraction: 0.75,
        cloud_fraction: 0.25,
        ..CountyShare::of_nothing(adcode, name)
    };
    GranuleReport {
        look: Looked::Yes,
        satellite: "NOAA-20".into(),
        sensor: "VIIRS".into(),
        counties: [("630222", "民和回族土族自治县"), ("630223", "互助土族自治县")].map(share).to_vec(),
        ..GranuleReport::bare(granule, time)
    }
}

/// So many minutes before now.
pub fn ago(minutes: f64) -> Utc {
    Utc::now().plus_seconds(-60.0 * minutes).expect("a time")
}

/// The roster that the tests use: a post in each of two counties.
pub fn roster() -> Vec<u8> {
    let rows = [
        ["岗位代码", "岗位名称", "县区代码", "乡镇代码", "姓名", "电话", "班次", "副岗", "网格"],
        ["HZ-01", "威远镇值班岗", "630223", "630223100000", "甲", "13900000001", "", "", ""],
        ["MH-01", "川口镇值班岗", "630222", "630222100000", "乙", "13900000002", "", "", ""],
    ];
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, cell).expect("written");
        }
    }
    book.save_to_buffer().expect("a book")
}

impl Web {
    /// Two events, one in each county, and the roster; their ids.
    pub async fn furnish(&self) -> (String, String) {
        let store = Store::open(&self.database.url).await.expect("opens");
        let huzhu = burn(&store, "hz", ago(50.0), HUZHU, "630223", "互助土族自治县").await;
        let minhe = burn(&store, "mh", ago(40.0), MINHE, "630222", "民和回族土族自治县").await;
        store.close().await;
        let city = self.sign_in("city").await;
        let got = self.send(&city, "POST", "/roster", Some(roster()), &[]).await;
        assert_eq!(got.status, 200, "{}", got.text());
        (huzhu, minhe)
    }
}
