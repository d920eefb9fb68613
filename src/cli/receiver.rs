//! `strawfire receiver`: what a grid patrol system has to do with a push, and all the trouble that it can make. For
//! tests, and for those who connect a platform.

mod judge;
mod kept;
mod line;
mod trouble;

use super::{Outcome, say};
use crate::deliver::sinks::Secret;
use crate::error::{Error, Result};
use crate::site::SecretFrom;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Args;
use judge::Refusal;
use kept::{Kept, Told};
use line::{Cut, Line};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use trouble::{Trouble, Troubles};

/// Takes pushed events, keeps them, and fails as it is told.
#[derive(Debug, Args)]
pub struct Receiver {
    /// Address and port; port 0 takes a free one, and the address is printed.
    #[arg(long, default_value = "127.0.0.1:8070")]
    listen: String,
    /// Folder for received.jsonl.
    #[arg(long)]
    out: PathBuf,
    /// Environment variable with the secret of the signature.
    #[arg(long, required_unless_present = "secret_file", conflicts_with = "secret_file")]
    secret_env: Option<String>,
    /// File with the secret of the signature.
    #[arg(long)]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    troubles: Troubles,
}

/// Bytes of a body: an event with many looks has some ten thousand.
const MOST_BYTES: usize = 16 << 20;
/// Longest that requests on their way are waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(5);

impl Receiver {
    /// Serves until it is told to end.
    pub fn run(&self) -> Result<Outcome> {
        let from = match (&self.secret_env, &self.secret_file) {
            (Some(name), _) => SecretFrom::Env(name.clone()),
            (None, file) => SecretFrom::File(file.clone().unwrap_or_default()),
        };
        let secret = Secret::read(&from, "--secret-env or --secret-file")?;
        self.troubles.check()?;
        super::make_folder(&self.out)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.map_err(|error| Error::output("the runtime", error))?.block_on(self.serve(secret))
    }

    async fn serve(&self, secret: Secret) -> Result<Outcome> {
        let kept = Kept::open(&self.out.join("received.jsonl"))?;
        let listener = tokio::net::TcpListener::bind(&self.listen).await.map_err(|error| {
            Error::config(
                "--listen",
                format!("{}: {error}", self.listen),
                "an address that is free",
                "choose another port",
            )
        })?;
        let address = listener.local_addr().map_err(|error| Error::output(&self.listen, error))?;
        say(&format!("listening on http://{address}\n"))?;
        let desk =
            Arc::new(Desk { secret, kept, troubles: self.troubles.clone(), counts: Mutex::new(Counts::default()) });
        let (ended, end) = tokio::sync::oneshot::channel();
        let server = axum::serve(Line(listener), app(Arc::clone(&desk)).into_make_service_with_connect_info::<Cut>())
            .with_graceful_shutdown(async move {
                told_to_end().await;
                let _ = ended.send(());
            });
        let too_late = async {
            let _ = end.await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            done = std::future::IntoFuture::into_future(server) => done.map_err(|error| Error::output(&self.listen, error))?,
            () = too_late => {}
        }
        Ok(Outcome::Done)
    }
}

fn app(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/stats", get(stats))
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
        .fallback(post(receive))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(desk)
}

/// SIGTERM, SIGINT.
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => _ = tokio::signal::ctrl_c().await,
    }
}

/// All that a request meets.
struct Desk {
    secret: Secret,
    kept: Kept,
    troubles: Troubles,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    accepted: u64,
    duplicates: u64,
    refused: BTreeMap<&'static str, u64>,
    troubles: BTreeMap<&'static str, u64>,
}

impl Desk {
    fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

async fn stats(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let counts = desk.counts.lock().unwrap_or_else(PoisonError::into_inner);
    Json(json!({
        "accepted": counts.accepted,
        "duplicates": counts.duplicates,
        "refused": counts.refused,
        "troubles": counts.troubles,
    }))
}

async fn receive(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let trouble = desk.troubles.next();
    if let Some(name) = trouble.name() {
        desk.count(|counts| *counts.troubles.entry(name).or_default() += 1);
    }
    match trouble {
        Trouble::Drop => {
            cut.now();
            return status(StatusCode::INTERNAL_SERVER_ERROR, "dropped");
        }
        Trouble::Down => return status(StatusCode::SERVICE_UNAVAILABLE, "down"),
        Trouble::Fail => return status(StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        Trouble::Busy => {
            return ([("Retry-After", "1")], status(StatusCode::TOO_MANY_REQUESTS, "busy")).into_response();
        }
        Trouble::Stall(time) => tokio::time::sleep(time).await,
        Trouble::Twice | Trouble::None => {}
    }
    let answer = match judge::judge(&desk.secret, &headers, &body) {
        Err(refusal) => refuse(&desk, refusal),
        Ok(event) => match desk.kept.tell(event).await {
            Told::Kept => {
                desk.count(|counts| counts.accepted += 1);
                status(StatusCode::OK, "accepted")
            }
            Told::Known => {
                desk.count(|counts| counts.duplicates += 1);
                status(StatusCode::OK, "duplicate")
            }
            Told::Another => refuse(&desk, Refusal::AnotherBody),
            Told::NotKept => status(StatusCode::INSUFFICIENT_STORAGE, "not kept"),
        },
    };
    if trouble == Trouble::Twice && answer.status().is_success() {
        cut.now();
    }
    answer
}

fn refuse(desk: &Desk, refusal: Refusal) -> Response {
    desk.count(|counts| *counts.refused.entry(refusal.name()).or_default() += 1);
    status(refusal.status(), refusal.name())
}

fn status(code: StatusCode, word: &str) -> Response {
    (code, Json(json!({ "status": word }))).into_response()
}
