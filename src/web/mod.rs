//! The page and the API: for a phone on a weak signal, for the desk and its wall, and for programs.
//!
//! A request goes through one door ([`gate`]), which knows who asks and what they may see; what they see is limited in SQL. Pages are
//! static files that are part of the program; all that changes comes as JSON.

pub mod accounts;
mod app;
mod asked;
mod assets;
mod cameras;
mod desk;
mod events;
mod evidence;
mod exports;
mod features;
mod gate;
mod ground;
mod health;
mod intake;
mod items;
mod live;
mod ogc;
mod openapi;
mod photos;
mod problem;
mod reception;
mod roster;
mod route;
mod routes;
mod secrets;
mod settings;
mod sign_in;
mod summary;
mod table;
mod tasks;
mod waypoint;

use crate::error::{Error, Result};
use crate::site::Site;
use crate::station::Gauges;
use crate::store::Store;
use crate::thresholds::Thresholds;
use crate::time::Clock;
use app::App;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
pub use health::serve_numbers;
pub use reception::Reception;
pub use route::{Route, Who};
pub use routes::ROUTES;
pub use settings::WebSettings;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};

/// What is under way when all is to end has so long to end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Alarms of one source in a minute: a platform that sends more has gone mad.
const ALARMS_A_MINUTE: u32 = 300;

/// What is served beside the store.
#[derive(Default)]
pub struct Beside {
    /// What the station of this process measures, where there is one.
    pub gauges: Option<Arc<Gauges>>,
    /// Where alarms are taken, where the site takes any.
    pub reception: Option<Reception>,
}

/// Serves until told to end.
///
/// # Errors
/// [`Error::Config`] where the address is taken or the site cannot be served; [`Error::Store`].
pub async fn serve(
    site: Site,
    store: Store,
    settings: WebSettings,
    clock: Clock,
    Beside { gauges, reception }: Beside,
    listening: impl FnOnce(&str) -> Result<()>,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let listener = TcpListener::bind(&settings.listen).await.map_err(|error| {
        let found = format!("{}: {error}", settings.listen);
        Error::config("web.listen", found, "an address and port that are free", "choose another one")
    })?;
    let address = listener.local_addr().map_err(|error| Error::output(&settings.listen, error))?;
    let settings = of_port(settings, address);
    let _held = store.hold();
    let app = Arc::new(App {
        routes: ROUTES,
        ground: ground::Ground::load(&site)?,
        patrols: desk::patrols::KeptGround::default(),
        evidence: site.evidence_folder(),
        counties: ground::counties(&site),
        clocks: crate::cases::Clocks::of(&site.desk),
        store,
        site,
        settings,
        thresholds: Thresholds::default(),
        clock,
        gauges,
        live: live::Live::default(),
        hashing: Semaphore::new(1),
        exporting: Semaphore::new(1),
        uploading: Semaphore::new(1),
        answers: app::Answers::default(),
        strangers: app::Strangers::default(),
        attempts: app::Attempts::default(),
        reception,
        alarms: app::Attempts::of(ALARMS_A_MINUTE),
        viewsheds: app::Answers::default(),
    });
    let watching = tokio::spawn(live::watch(Arc::clone(&app)));
    let service = built(Arc::clone(&app)).into_make_service_with_connect_info::<SocketAddr>();
    listening(&format!("http://{address}"))?;
    let (ending, ended) = tokio::sync::oneshot::channel();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        end.await;
        let _ = ending.send(());
    });
    let too_late = async {
        let _ = ended.await;
        // streams of changes never end by themselves
        tokio::time::sleep(LAST_WORDS).await;
    };
    let done = tokio::select! {
        done = std::future::IntoFuture::into_future(server) => done.map_err(|error| Error::output(address.to_string(), error)),
        () = too_late => Ok(()),
    };
    watching.abort();
    done
}

/// Port 0 takes a free one: links are of that.
fn of_port(settings: WebSettings, address: SocketAddr) -> WebSettings {
    let asked = format!("http://{}", settings.listen);
    let public_url =
        if settings.public_url == asked { format!("http://{address}") } else { settings.public_url.clone() };
    WebSettings { public_url, ..settings }
}

fn built(app: Arc<App>) -> Router {
    // what is compressed already, and what must come at once, goes as it is
    let worth = DefaultPredicate::new()
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::const_new("video/"))
        .and(NotForContentType::const_new("application/zip"))
        .and(NotForContentType::const_new("application/vnd.openxmlformats"));
    routes::router(Arc::clone(&app))
        .layer(CompressionLayer::new().gzip(true).br(true).compress_when(worth))
        .layer(from_fn_with_state(app, guarded))
}

/// Headers of every answer.
async fn guarded(axum::extract::State(app): axum::extract::State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = problem::in_words(next.run(request).await);
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "geolocation=(self), camera=(self), microphone=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY)
        && let Ok(policy) = HeaderValue::from_str(&policy(&app.settings))
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if app.settings.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// What a page may load: from here alone, and map tiles of the site.
fn policy(settings: &WebSettings) -> String {
    let tiles = settings.tiles.as_ref().and_then(|tiles| {
        let (scheme, rest) = tiles.url.split_once("://")?;
        // `{s}` and the like stand for one label of the host
        let host = rest.split('/').next()?;
        let host = if host.contains('{') { format!("*.{}", host.split_once('.')?.1) } else { host.to_string() };
        Some(format!(" {scheme}://{host}"))
    });
    format!(
        "default-src 'self'; img-src 'self' blob: data:{}; style-src 'self'; script-src 'self'; connect-src 'self'; worker-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
        tiles.unwrap_or_default()
    )
}
