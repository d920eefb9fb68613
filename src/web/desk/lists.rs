//! Lists of other authorities: taken once, answered, kept with their answers, answered again when more is known, and taken back.

mod files;

use super::needed;
use crate::error::Error;
use crate::ingest::lists;
use crate::ingest::lists::template::Template;
use crate::pipeline::reconcile::answer::{self, Asked, sha256, template_of, templates};
use crate::store::ReceivedList;
use crate::time::Utc;
use crate::web::app::App;
use crate::web::gate::Principal;
use crate::web::problem::{Answer, Problem};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

/// Bytes of a list at most.
pub const MOST_BYTES: usize = 16 << 20;
/// Lists that are shown.
const SHOWN: i64 = 200;
/// Letters of a file's name.
const LONGEST_NAME: usize = 120;
const ACCOUNT: &str = "reconcile.json";

/// All lists, the newest first, and the templates that there are.
pub async fn all(State(app): State<Arc<App>>) -> Answer<Json<Value>> {
    let lists = app.store.received_lists(SHOWN).await?;
    let lists: Vec<Value> = lists.iter().map(|list| told(list, app.now())).collect();
    Ok(Json(json!({ "lists": lists, "templates": templates(&app.site) })))
}

/// What is asked with a list, as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    name: String,
    #[serde(default)]
    template: String,
    /// RFC 3339 with the offset.
    deadline: Option<String>,
    #[serde(default)]
    confirm: String,
}

impl Sent {
    fn read(self) -> Answer<New> {
        let deadline = match self.deadline.filter(|text| !text.trim().is_empty()) {
            None => None,
            Some(text) => Some(Utc::parse(text.trim()).ok_or_else(|| {
                let form = "应为带时区的 RFC 3339 时间，如 2026-12-03T10:00:00+08:00（写在网址里时 + 作 %2B）";
                let shown: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
                Problem::query(format!("deadline（答复期限）：收到 {shown}，{form}"))
            })?),
        };
        Ok(New { name: self.name, template: self.template, deadline, confirm: self.confirm })
    }
}

/// The same, read.
struct New {
    name: String,
    template: String,
    deadline: Option<Utc>,
    /// What was asked about a list that is known: `deadline` (it gets this one), `template` (it is read by this one, and gets this deadline where one
    /// is given), `again` (it was taken back, and is taken again).
    confirm: String,
}

/// Takes one.
pub async fn take(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(sent): Query<Sent>,
    body: Bytes,
) -> Answer<Json<Value>> {
    let new = sent.read()?;
    let name = file_name(&new.name)?;
    if body.is_empty() {
        return Err(Problem::invalid("文件是空的"));
    }
    let template = template(&app, &new.template)?;
    let hash = sha256(&body);
    let folder = files::folder(&app, &hash)?;
    // one at a time: each takes some memory, and a core is left for those who wait for a list; so the second of two who send the same finds the first
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    if let Some(known) = app.store.received_list(&hash).await?
        && let Some(opened) = before(&app, &asks, &new, &template, known).await?
    {
        return Ok(Json(opened));
    }
    let (path, mark) = (folder.join(&name), folder.join(files::TEMPLATE));
    let marked = tokio::fs::read(&mark).await.ok();
    let (at, written) = (path.clone(), format!("{name}\n{}\n", new.template));
    let kept = move || {
        std::fs::create_dir_all(&folder).map_err(|error| Error::output(&folder, error))?;
        crate::deliver::atomic::write_bytes(&at, &body)?;
        crate::deliver::atomic::write_bytes(&folder.join(files::TEMPLATE), written.as_bytes())
    };
    tokio::task::spawn_blocking(kept).await.map_err(|error| Error::output("lists", error))??;
    let said = compare(&app, &asks, path.clone(), template, new.deadline).await;
    if said.is_err() {
        // what cannot be read leaves nothing behind, and one that is known is read on as it was
        let _ = match (app.store.received_list(&hash).await?, marked) {
            (None, _) => std::fs::remove_dir_all(path.parent().unwrap_or(&path)),
            (Some(_), Some(marked)) => std::fs::write(&mark, marked),
            (Some(_), None) => std::fs::remove_file(&mark),
        };
    }
    said
}

/// What is to be done with a list that came before: it is opened, and nothing of it changes without being asked about. `None`: it is compared anew,
/// for it was taken back, is read by another template, or its files are nowhere.
async fn before(
    app: &App,
    asks: &Principal,
    new: &New,
    template: &Template,
    known: ReceivedList,
) -> Answer<Option<Value>> {
    let (now, actor) = (app.now(), app.actor(&asks.doer.who, &asks.address));
    let since = format!("{} 由 {}", known.received.beijing(), who(&known.taken_by));
    // before the turn to write: who holds that asks for no second connection
    let read_by = files::read_by(app, &known).await?;
    let mut write = app.store.write().await?;
    if let Some((at, by, said)) = &known.withdrawn {
        if new.confirm == "again" {
            // its usual time begins now: that of the first time is over
            let usual = || now.plus_seconds(3600.0 * template.reply_hours?);
            write.retake_list(&known, new.deadline.or_else(usual), now, &actor).await?;
            write.commit().await?;
            return Ok(None);
        }
        let told = format!(
            "此清单于 {since} 收到，已于 {} 由 {} 撤销（{said}）；如确需重新收取，请确认",
            at.beijing(),
            who(by)
        );
        return Err(Problem::conflict(told).with("confirm", "again"));
    }
    let other = new.deadline.filter(|to| Some(*to) != known.deadline);
    let reread = read_by.as_ref().filter(|before| *before != template);
    let asked = json!({
        "sha256": known.sha256, "name": new.name, "template": new.template, "deadline": new.deadline, "confirmed": new.confirm,
    });
    write.audit(now, &actor, "list sent again", &known.name, &asked).await?;
    let has = known.deadline.map_or_else(|| "未填".into(), Utc::beijing);
    let wanted = if reread.is_some() { Some("template") } else { other.map(|_| "deadline") };
    if let Some(confirm) = wanted.filter(|wanted| new.confirm != *wanted) {
        // that somebody asked stands in the audit too
        write.commit().await?;
        let redated = other.map(|to| {
            let to = to.beijing();
            format!("答复期限为 {has}，这次填写的是 {to}；期限不会自动改动，如需改为 {to}，请确认")
        });
        let parts: Vec<String> = reread.map(|before| in_another_way(before, new)).into_iter().chain(redated).collect();
        let told = format!("此清单已于 {since} 收到（{}），{}", known.name, parts.join("。"));
        return Err(Problem::conflict(told).with("confirm", confirm));
    }
    let mut said = format!("此清单已于 {since} 收到（{}），未重复登记，已打开原清单", known.name);
    if let Some(to) = other {
        if !write.move_deadline(&known, to, now, &actor).await? {
            return Err(Problem::conflict("此清单的期限刚刚被他人改动，请重新打开后再试"));
        }
        said += &format!("，答复期限由 {has} 改为 {}", to.beijing());
    }
    write.commit().await?;
    if reread.is_some() || read_by.is_none() {
        return Ok(None);
    }
    let known = app.store.received_list(&known.sha256).await?.ok_or_else(Problem::not_found)?;
    Ok(Some(json!({ "list": told(&known, now), "said": said, "already": true })))
}

/// That a list was read by another template than the one that is asked for now.
fn in_another_way(before: &Template, new: &New) -> String {
    let named = |name: &str| if name.is_empty() { "自动识别列名".to_string() } else { format!("“{name}”") };
    let (was, wanted) = (named(&before.name), named(&new.template));
    format!(
        "上次按版式模板 {was} 读取，这次选择的是 {wanted}（或该模板已有改动）；不会自动改读，如需按 {wanted} 重新读取并核对（原反馈表将被替换），请确认"
    )
}

fn who(name: &str) -> &str {
    if name.is_empty() { "（未记录）" } else { name }
}

/// Compares one again.
pub async fn again(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(hash): Path<String>,
) -> Answer<Json<Value>> {
    let list = waiting(&app, &hash).await?;
    let (file, template) = files::kept(&app, &list).await?;
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    compare(&app, &asks, file, template, None).await
}

/// Reads and compares in a thread of its own, which waits for the store there.
async fn compare(
    app: &Arc<App>,
    asks: &Principal,
    file: PathBuf,
    template: Template,
    deadline: Option<Utc>,
) -> Answer<Json<Value>> {
    let (actor, now) = (app.actor(&asks.doer.who, &asks.address), app.now());
    let (own, waits) = (Arc::clone(app), tokio::runtime::Handle::current());
    let done = tokio::task::spawn_blocking(move || {
        let list = lists::read(&file, &template, &own.thresholds.reconcile)
            .map_err(|refused| Problem::invalid(format!("无法读取此清单：{}", refused.in_chinese())))?;
        let out = file.parent().unwrap_or(FilePath::new("."));
        let asked = Asked { file: &file, out, template: &template, deadline, moves_deadline: false, answered: false };
        waits.block_on(answer::answer(&own.store, &own.site, &asked, &list, now, &actor)).map_err(|error| match error {
            Error::Input { .. } => {
                tracing::error!("{error}");
                Problem::invalid("清单可以读取，但无法在原表上加列；应为表格软件保存的 .xlsx，请打开后另存再上传")
            }
            Error::Config { .. } => Problem::conflict("此清单刚刚被他人撤销或改期，请重新打开"),
            error => error.into(),
        })
    });
    let done = done.await.map_err(|error| Error::output("lists", error))??;
    Ok(Json(json!({ "list": told(&done.noted, now), "said": in_words(&done.said) })))
}

/// Without the line that names a file of the server.
fn in_words(said: &str) -> String {
    said.lines().skip(1).filter(|line| !line.starts_with("反馈表 ")).collect::<Vec<_>>().join("\n")
}

/// One, row by row.
pub async fn one(State(app): State<Arc<App>>, Path(hash): Path<String>) -> Answer<Json<Value>> {
    let list = known(&app, &hash).await?;
    let folder = files::put_back(&app, &list).await?;
    let account = tokio::fs::read(folder.join(ACCOUNT)).await.ok();
    let account: Value = account.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(files::gone)?;
    Ok(Json(json!({ "list": told(&list, app.now()), "account": account, "files": files::there(&folder) })))
}

/// The answer was sent.
pub async fn answered(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(hash): Path<String>,
) -> Answer<Json<Value>> {
    let list = waiting(&app, &hash).await?;
    let now = app.now();
    let mut write = app.store.write().await?;
    write.answer_list(&list, now, &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    Ok(Json(json!({ "list": told(&known(&app, &hash).await?, now) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    said: String,
}

/// Takes one back: nothing of it is waited for any more, and it stays in the list, struck out.
pub async fn withdraw(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(hash): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    let said = needed("said", crate::web::events::read::<Said>(&body)?.said)?;
    let list = known(&app, &hash).await?;
    let now = app.now();
    let mut write = app.store.write().await?;
    if !write.withdraw_list(&list, &said, now, &app.actor(&asks.doer.who, &asks.address)).await? {
        drop(write);
        return Err(withdrawn(&known(&app, &hash).await?));
    }
    write.commit().await?;
    Ok(Json(json!({ "list": told(&known(&app, &hash).await?, now) })))
}

fn withdrawn(list: &ReceivedList) -> Problem {
    let by = list
        .withdrawn
        .as_ref()
        .map(|(at, by, said)| format!("于 {} 由 {}", at.beijing(), who(by)) + &format!("撤销（{said}）"));
    Problem::conflict(format!("此清单已{}，不再办理", by.unwrap_or_else(|| "撤销".into())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTemplate {
    name: String,
    reply_hours: Option<f64>,
}

/// Keeps how a list is written as a template of the site, for the next one of the same authority.
pub async fn keep_template(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(hash): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    let new: NewTemplate = crate::web::events::read(&body)?;
    let is_word = |c: char| c.is_alphanumeric() || "-_".contains(c);
    if new.name.is_empty() || new.name.chars().count() > 40 || !new.name.chars().all(is_word) {
        return Err(Problem::invalid("name：应为 1 至 40 个字母、数字或汉字"));
    }
    let path = app.site.dir.join("lists").join(&new.name).with_extension("toml");
    if path.exists() {
        return Err(Problem::conflict("已有同名模板"));
    }
    let (file, template) = files::kept(&app, &known(&app, &hash).await?).await?;
    let (own, read_by) = (Arc::clone(&app), template.clone());
    let read = tokio::task::spawn_blocking(move || lists::read(&file, &read_by, &own.thresholds.reconcile)).await;
    let list = read.map_err(|error| Error::output("lists", error))?.map_err(lists::Refused::into_error)?;
    let (_, found) = list.sheets.first().ok_or_else(|| Problem::conflict("清单中没有识别出列名"))?;
    let reply_hours = new.reply_hours.filter(|hours| (0.0..=8784.0).contains(hours)).or(template.reply_hours);
    let template = Template { name: new.name.clone(), reply_hours, ..template.with_columns(found) };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
    }
    crate::deliver::atomic::write_bytes(&path, template.to_toml()?.as_bytes())?;
    let mut write = app.store.write().await?;
    let actor = app.actor(&asks.doer.who, &asks.address);
    write.audit(app.now(), &actor, "list template kept", &new.name, &json!({})).await?;
    write.commit().await?;
    Ok(Json(json!({ "templates": templates(&app.site) })))
}

/// A file of the answer.
pub async fn file(State(app): State<Arc<App>>, Path((hash, name)): Path<(String, String)>) -> Answer<Response> {
    let list = known(&app, &hash).await?;
    files::send(&app, &list, &name).await
}

fn told(list: &ReceivedList, now: Utc) -> Value {
    json!({
        "sha256": list.sha256, "name": list.name, "source": list.source, "received": list.received, "deadline": list.deadline,
        "compared": list.replied, "answered": list.answered,
        "late": list.answered.is_none() && list.withdrawn.is_none() && list.deadline.is_some_and(|deadline| deadline < now),
        "taken_by": list.taken_by,
        "withdrawn": list.withdrawn.as_ref().map(|(at, who, said)| json!({ "at": at, "who": who, "said": said })),
        "counts": serde_json::from_str::<Value>(&list.counts).unwrap_or_default(),
    })
}

async fn known(app: &App, hash: &str) -> Answer<ReceivedList> {
    app.store.received_list(hash).await?.ok_or_else(Problem::not_found)
}

/// One that was not taken back.
async fn waiting(app: &App, hash: &str) -> Answer<ReceivedList> {
    let list = known(app, hash).await?;
    if list.withdrawn.is_some() { Err(withdrawn(&list)) } else { Ok(list) }
}

/// A name that is a file's and nothing else, with an ending that lists have.
fn file_name(name: &str) -> Answer<String> {
    let is_plain = |c: char| !c.is_control() && !"/\\:*?\"<>|".contains(c);
    let lower = name.to_lowercase();
    let has_ending = lower.ends_with(".xlsx") || lower.ends_with(".csv");
    let own = files::is_own(&lower);
    if has_ending
        && !own
        && name.chars().all(is_plain)
        && name.chars().count() <= LONGEST_NAME
        && !name.starts_with('.')
    {
        return Ok(name.to_string());
    }
    Err(Problem::invalid("name：应为 .xlsx 或 .csv 的文件名，且不是 reply 或 reduction"))
}

fn template(app: &App, name: &str) -> Answer<Template> {
    if name.is_empty() {
        return Ok(Template::default());
    }
    if !templates(&app.site).iter().any(|known| known == name) {
        return Err(Problem::invalid("template：没有这个模板"));
    }
    template_of(FilePath::new(name), &app.site).map_err(Into::into)
}
