//! Who asks, and whether they may: the one door of every route. A request is somebody with a session, a program with a key, the
//! phone that has the link of a task, or nobody.

use super::app::App;
use super::problem::{Answer, Problem};
use super::route::{Route, Who};
use super::secrets;
use crate::cases::{Doer, Role};
use crate::store::{Account, Scope, Task};
use crate::time::Utc;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;

/// Cookie of a session, and of a phone. `__Host-`: of this host alone, over https alone, for all of it.
pub const SESSION: &str = "__Host-strawfire";
pub const PHONE: &str = "__Host-strawfire-phone";
/// Header of the token of a task.
pub const TASK: &str = "x-task";
/// Header that a request which changes something by a session must bring.
pub const CSRF: &str = "x-csrf-token";

/// Who asks.
#[derive(Debug, Clone)]
pub struct Principal {
    /// How it is known.
    pub kind: Kind,
    /// Who acts.
    pub doer: Doer,
    /// What may be seen.
    pub scope: Scope,
    /// Address, for the audit.
    pub address: String,
}

/// How somebody is known.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Not at all.
    Nobody,
    /// By a session.
    Session {
        /// The account.
        account: Account,
        /// What changes must bring along.
        csrf: String,
        /// Hash of the token.
        token: String,
    },
    /// By a key.
    Key(Account),
    /// By the link of a task, on the phone that has it.
    Task(Task),
}

impl Principal {
    /// The account, where there is one.
    pub fn account(&self) -> Option<&Account> {
        match &self.kind {
            Kind::Session { account, .. } | Kind::Key(account) => Some(account),
            Kind::Nobody | Kind::Task(_) => None,
        }
    }

    /// The task, where it is one.
    pub fn task(&self) -> Option<&Task> {
        if let Kind::Task(task) = &self.kind { Some(task) } else { None }
    }
}

/// A session's use is noted no more often than this, seconds: a list that is asked for again and again writes nothing.
const NOTED_S: f64 = 60.0;
/// Photos come so long after a link ended, seconds: a weak signal has days of patience.
const LATE_S: f64 = 7.0 * 86_400.0;

/// Lets a request through to its route, or answers it.
pub async fn gate(
    State((app, route)): State<(Arc<App>, &'static Route)>,
    mut request: Request,
    next: Next,
) -> Response {
    // a body cannot be looked at by two threads, so that a request is not held while the store answers
    let (method, headers, address) = (request.method().clone(), request.headers().clone(), address(&app, &request));
    let path = request.uri().path().to_string();
    match enter(&app, route, (&method, &path), &headers, address).await {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn enter(
    app: &App,
    route: &Route,
    (method, path): (&Method, &str),
    headers: &HeaderMap,
    address: String,
) -> Answer<Principal> {
    if path.contains("%00") {
        return Err(Problem::not_found());
    }
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    // pages and the numbers of the server are there without a store
    if changes || route.who != Who::Anyone {
        app.store.in_place().map_err(Problem::store_moved)?;
    }
    if changes {
        same_origin(headers, &app.settings.public_url)?;
    }
    if route.who == Who::Anyone {
        let doer = Doer { who: String::new(), role: Role::Viewer, post: None };
        return Ok(Principal { kind: Kind::Nobody, doer, scope: Scope::of_event(""), address });
    }
    let principal = principal(app, route, headers, &address).await?;
    let may = match &principal.kind {
        Kind::Nobody => return Err(Problem::unknown()),
        Kind::Task(_) => matches!(route.who, Who::Task | Who::AllAndTask | Who::FieldAndTask),
        Kind::Session { .. } | Kind::Key(_) => route.who.roles().contains(&principal.doer.role),
    };
    if !may {
        return Err(Problem::forbidden("您的角色无权进行此操作"));
    }
    if let (true, Kind::Session { csrf, .. }) = (changes, &principal.kind) {
        let sent = headers.get(CSRF).map_or(&b""[..], |value| value.as_bytes());
        if !secrets::same(sent, csrf.as_bytes()) {
            return Err(Problem::forbidden("页面已过期，请刷新后重试"));
        }
    }
    Ok(principal)
}

/// What a browser says of a request that another site made.
///
/// The origin is that of the host that was asked, or of the address by which people reach the server: a proxy may change the host.
fn same_origin(headers: &HeaderMap, public_url: &str) -> Answer<()> {
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    let other_site = site.is_some_and(|site| site != b"same-origin" && site != b"none");
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let other_origin = origin.is_some_and(|origin| {
        let of =
            |url: &str| url.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default().to_string());
        of(origin).is_none_or(|found| Some(found.as_str()) != host && Some(&found) != of(public_url).as_ref())
    });
    if other_site || other_origin { Err(Problem::forbidden("不接受来自其他网站的请求")) } else { Ok(()) }
}

async fn principal(app: &App, route: &Route, headers: &HeaderMap, address: &str) -> Answer<Principal> {
    let now = app.now();
    if let Some(token) = headers.get(TASK) {
        let task = of_task(app, route, headers, token.to_str().unwrap_or_default(), now).await?;
        let doer = Doer { who: format!("岗位 {}", task.post), role: Role::Post, post: Some(task.post.clone()) };
        let scope = Scope::of_event(&task.event);
        return Ok(Principal { kind: Kind::Task(task), doer, scope, address: address.to_string() });
    }
    if let Some(key) = bearer(headers) {
        let found = app.store.account_of_key(&secrets::token_hash(&key)).await?;
        let account = found.ok_or_else(Problem::unknown)?.account;
        return of_account(app, Kind::Key(account.clone()), &account, address).await;
    }
    let Some(token) = cookie(headers, SESSION) else { return Ok(nobody(address)) };
    let token = secrets::token_hash(&token);
    let since = |seconds: f64| now.plus_seconds(-seconds).unwrap_or(now);
    let made_after = since(3600.0 * app.settings.session_hours);
    let seen_after = since(60.0 * app.settings.idle_minutes);
    let Some(signed) = app.store.session(&token, made_after, seen_after).await? else { return Ok(nobody(address)) };
    if now.seconds_since(signed.seen) > NOTED_S {
        let mut write = app.store.write().await?;
        write.note_seen(&token, now).await?;
        write.commit().await?;
    }
    let account = signed.account;
    of_account(app, Kind::Session { account: account.clone(), csrf: signed.csrf, token }, &account, address).await
}

/// Whether who asked before is still known: a session that was ended, an account that is shut out, and a key of one, are not.
pub async fn is_still_known(app: &App, kind: &Kind) -> bool {
    let now = app.now();
    let since = |seconds: f64| now.plus_seconds(-seconds).unwrap_or(now);
    match kind {
        Kind::Session { token, .. } => {
            // a page that listens is in use
            let made_after = since(3600.0 * app.settings.session_hours);
            matches!(app.store.session(token, made_after, Utc::UNIX_EPOCH).await, Ok(Some(_)))
        }
        Kind::Key(account) => {
            let found = app.store.account(&account.name).await;
            matches!(found, Ok(Some(found)) if !found.account.disabled)
        }
        Kind::Nobody | Kind::Task(_) => false,
    }
}

fn nobody(address: &str) -> Principal {
    let doer = Doer { who: String::new(), role: Role::Viewer, post: None };
    Principal { kind: Kind::Nobody, doer, scope: Scope::of_event(""), address: address.to_string() }
}

async fn of_account(app: &App, kind: Kind, account: &Account, address: &str) -> Answer<Principal> {
    let areas = Some(account.areas.clone()).filter(|areas| !areas.is_empty());
    let counties = match &areas {
        None => None,
        Some(areas) => Some(counties_of(app, areas).await?),
    };
    let post = if account.role == Role::Post { account.areas.first().cloned() } else { None };
    let doer = Doer { who: account.name.clone(), role: account.role, post };
    Ok(Principal { kind, doer, scope: Scope { areas, counties, event: None }, address: address.to_string() })
}

/// The counties in which areas lie: of a township by its code, of a post by the roster.
async fn counties_of(app: &App, areas: &[String]) -> Answer<Vec<String>> {
    let mut counties = Vec::new();
    for area in areas {
        let of_site = app.site.counties.iter().find(|county| area.starts_with(&county.name.adcode));
        match of_site {
            Some(county) => counties.push(county.name.adcode.clone()),
            None => counties.extend(app.store.post(area).await?.map(|post| post.adcode)),
        }
    }
    Ok(counties)
}

async fn of_task(app: &App, route: &Route, headers: &HeaderMap, token: &str, now: Utc) -> Answer<Task> {
    let task = app.store.task_of_token(&secrets::token_hash(token)).await?.ok_or_else(Problem::not_found)?;
    let phone = cookie(headers, PHONE).map(|phone| secrets::token_hash(&phone));
    match (&task.phone, phone) {
        (Some(known), Some(phone)) if secrets::same(known.as_bytes(), phone.as_bytes()) => {}
        _ => return Err(Problem::conflict("此链接已在另一部手机打开，请联系值班席重发")),
    }
    // a photo that was registered in time may come later than the close of the case
    let is_done = task.over.as_deref().is_none_or(|over| ["closed", "returned"].contains(&over));
    let is_late_photo = route.late && is_done && now.seconds_since(task.expires) < LATE_S;
    if task.is_over(now) && !is_late_photo {
        return Err(over(&task, now));
    }
    Ok(task)
}

/// Why a link can be used no more.
pub fn over(task: &Task, now: Utc) -> Problem {
    let why = match task.over.as_deref() {
        Some("revoked") => "此任务链接已由值班席撤销",
        Some("replaced") => "值班席已重新发送任务链接，请使用新的链接",
        Some("returned") => "任务已退回值班席",
        Some(_) => "此任务已办结，链接失效",
        None if task.expires <= now => "任务链接已过期，请联系值班席",
        None => "任务链接已失效",
    };
    Problem::gone(why)
}

/// `Authorization: Bearer KEY`, or Basic with the key as the password, for programs that know nothing else.
fn bearer(headers: &HeaderMap) -> Option<String> {
    use base64::Engine as _;
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_string());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(_, password)| password.to_string())
}

/// A cookie by its name.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
}

/// A cookie that only this server reads, over https or on this machine alone.
pub fn set_cookie(name: &str, value: &str, seconds: u64) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict")
}

/// Who is at the other end: what the proxy in front says, where there is one, else the connection.
fn address(app: &App, request: &Request) -> String {
    let forwarded = request.headers().get_all("x-forwarded-for").into_iter().next_back();
    let last = forwarded.and_then(|value| value.to_str().ok()).and_then(|value| value.rsplit(',').next());
    // what does not look like an address is not written into the audit
    let said = last.map(str::trim).filter(|text| text.parse::<std::net::IpAddr>().is_ok());
    match said.filter(|_| app.settings.behind_proxy) {
        Some(text) => text.to_string(),
        None => {
            let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
            connection.map_or_else(|| "unknown".to_string(), |connection| connection.0.ip().to_string())
        }
    }
}
