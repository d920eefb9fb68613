//! Every address that is served, in one table: who may ask, what it gives, what does it. Router, OpenAPI document and the test that
//! asks every route as every role are made from it, so that none is forgotten.

use super::app::App;
use super::gate::gate;
use super::route::{Route, Who, late, page, route, up_to};
use super::{
    assets, cameras, desk, events, evidence, health, intake, items, live, ogc, openapi, photos, roster, sign_in,
    summary, tasks, waypoint,
};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use std::sync::Arc;

/// All of them.
pub const ROUTES: &[Route] = &[
    route("GET", "/", Who::Anyone, "the officers' page, or the landing page of the API by `f=json`", || {
        get(ogc::landing)
    }),
    page("/login", || get(assets::login)),
    page("/wall", || get(assets::wall)),
    page("/desk", || get(assets::desk)),
    page("/task", || get(assets::task)),
    page("/task/sw.js", || get(assets::worker)),
    page("/assets/{name}", || get(assets::asset)),
    route("GET", "/api", Who::Anyone, "this document as a page", || get(assets::api)),
    route("GET", "/openapi.json", Who::Anyone, "this document", || get(openapi::document)),
    route("GET", "/healthz", Who::Anyone, "whether the server runs", || get(health::alive)),
    route("GET", "/readyz", Who::Anyone, "whether the store answers", || get(health::ready)),
    route("GET", "/metrics", Who::Anyone, "numbers for Prometheus; asked on this machine alone", || {
        get(health::metrics)
    }),
    route("GET", "/conformance", Who::Anyone, "what the API conforms to", || get(ogc::conformance)),
    route("POST", "/login", Who::Anyone, "signs in", || post(sign_in::sign_in)),
    route("POST", "/logout", Who::People, "signs out", || post(sign_in::sign_out)),
    route("GET", "/me", Who::All, "who is signed in, and what they may do", || get(sign_in::me)),
    route("GET", "/collections", Who::All, "the collections", || get(ogc::collections)),
    route("GET", "/collections/{collection}", Who::All, "one collection", || get(ogc::collection)),
    route("GET", "/collections/{collection}/items", Who::All, "features of a collection, a page at a time", || {
        get(items::list)
    }),
    route("GET", "/collections/{collection}/items/{id}", Who::All, "one feature", || get(items::one)),
    route("GET", "/summary", Who::All, "what was observed, and how many cases are open", || get(summary::summary)),
    route("GET", "/live", Who::All, "changes as they happen (server-sent events)", || get(live::stream)),
    route("GET", "/events/{id}", Who::All, "an event with all that is known of it", || get(events::detail)),
    route(
        "GET",
        "/events/{id}/around",
        Who::All,
        "what helps to judge it: near in place and time, before, always, how well seen",
        || get(desk::triage::around),
    ),
    route("GET", "/lists", Who::City, "lists of other authorities, with their deadlines", || get(desk::lists::all)),
    up_to(
        desk::lists::MOST_BYTES,
        route(
            "POST",
            "/lists",
            Who::City,
            "takes a list of another authority and answers it: ?name=&template=&deadline=",
            || post(desk::lists::take),
        ),
    ),
    route("GET", "/lists/{sha256}", Who::City, "a list: each row with what it is to us", || get(desk::lists::one)),
    route("POST", "/lists/{sha256}/again", Who::City, "compares it with the store as it is now", || {
        post(desk::lists::again)
    }),
    route("POST", "/lists/{sha256}/answered", Who::City, "the answer was sent: its deadline is met", || {
        post(desk::lists::answered)
    }),
    route("POST", "/lists/{sha256}/withdraw", Who::City, "takes a list back: nothing of it is waited for", || {
        post(desk::lists::withdraw)
    }),
    route("POST", "/lists/{sha256}/template", Who::City, "keeps how it is written as a template", || {
        post(desk::lists::keep_template)
    }),
    route("GET", "/lists/{sha256}/{file}", Who::City, "reply, reduction.xlsx or reduction.zip", || {
        get(desk::lists::file)
    }),
    route("GET", "/overdue", Who::Dispatchers, "督办: what is late or due soon, and whose it is", || {
        get(desk::overdue::list)
    }),
    route(
        "GET",
        "/events/{id}/waypoint.kml",
        Who::All,
        "a dispatched event as a waypoint for a drone's pilot (KML 2.2)",
        || get(waypoint::kml),
    ),
    route(
        "GET",
        "/events/{id}/evidence.zip",
        Who::Desks,
        "证据包: all evidence of a case in one zip; `masked=1`: a copy for publishing",
        || get(desk::evidence::zip),
    ),
    route("POST", "/events/{id}/triage", Who::Desks, "研判, or 排除", || post(events::triage)),
    route(
        "POST",
        "/events/{id}/dispatch",
        Who::Dispatchers,
        "派单: gives it to a post and makes the link of its task",
        || post(events::dispatch),
    ),
    route("POST", "/events/{id}/acknowledge", Who::FieldAndTask, "签收", || post(events::acknowledge)),
    route("POST", "/events/{id}/arrive", Who::FieldAndTask, "到场", || post(events::arrive)),
    route("POST", "/events/{id}/report", Who::FieldAndTask, "反馈", || post(events::report)),
    route("POST", "/events/{id}/review", Who::Desks, "审核, or 驳回", || post(events::review)),
    route("POST", "/events/{id}/close", Who::Desks, "办结", || post(events::close)),
    route("POST", "/events/{id}/return", Who::FieldAndTask, "退回改派", || post(events::give_back)),
    route("POST", "/events/{id}/suspend", Who::Desks, "挂起", || post(events::suspend)),
    route("POST", "/events/{id}/reopen", Who::Desks, "重开", || post(events::reopen)),
    route("POST", "/events/{id}/link", Who::Dispatchers, "a new link of its task; the old one is over", || {
        post(tasks::renew)
    }),
    route("POST", "/tasks/{id}/revoke", Who::Dispatchers, "ends a link", || post(tasks::revoke)),
    route("POST", "/task/open", Who::Anyone, "opens a link; the phone that comes first has it", || post(tasks::open)),
    route("GET", "/task/state", Who::Task, "the task of a link", || get(tasks::state)),
    route("POST", "/events/{id}/photos", Who::FieldAndTask, "registers a photo", || post(photos::register)),
    late(route("GET", "/events/{id}/photos/{photo}", Who::AllAndTask, "a photo's state", || get(photos::state))),
    late(up_to(
        photos::MOST_SMALL,
        route("PUT", "/events/{id}/photos/{photo}/small", Who::FieldAndTask, "its small picture", || {
            put(photos::put_small)
        }),
    )),
    late(up_to(
        photos::MOST_PART,
        route("PUT", "/events/{id}/photos/{photo}/original", Who::FieldAndTask, "a part of the original", || {
            put(photos::put_original)
        }),
    )),
    route("GET", "/events/{id}/photos/{photo}/small", Who::AllAndTask, "its small picture", || get(photos::small)),
    route("GET", "/events/{id}/photos/{photo}/original", Who::AllAndTask, "the original", || get(photos::original)),
    route("GET", "/events/{id}/cameras/{camera}/{time_us}", Who::AllAndTask, "what a camera showed of it", || {
        get(evidence::look)
    }),
    route("GET", "/events/{id}/imagery/{name}", Who::AllAndTask, "a piece of imagery that was cut of it", || {
        get(evidence::piece)
    }),
    route("GET", "/sightings/{id}/image", Who::AllAndTask, "the picture of a sighting", || get(evidence::image)),
    route("GET", "/sightings/{id}/clip", Who::AllAndTask, "the clip of a sighting", || get(evidence::clip)),
    route("GET", "/cameras", Who::Desks, "the cameras of the site, and what is wrong with them", || get(cameras::list)),
    route("GET", "/cameras/{id}/viewshed", Who::Desks, "the ground that a camera sees", || get(cameras::seen)),
    up_to(
        intake::MOST_BYTES,
        route("POST", "/intake", Who::Anyone, "takes a signed alarm of another platform: docs/intake.md", || {
            post(intake::take)
        }),
    ),
    route("GET", "/shifts", Who::Desks, "排班: who is on duty at which desk", || get(desk::shifts::list)),
    route("POST", "/shifts", Who::Desks, "adds a shift", || post(desk::shifts::add)),
    route("POST", "/shifts/{shift}/drop", Who::Desks, "takes a shift out of the list", || post(desk::shifts::drop)),
    up_to(
        desk::shifts::MOST_BYTES,
        route("POST", "/shifts/import", Who::Desks, "imports shifts (xlsx or csv)", || post(desk::shifts::import)),
    ),
    route("GET", "/handovers", Who::Desks, "交接班: the handovers of the desk", || get(desk::handovers::list)),
    route("GET", "/handovers/draft", Who::Desks, "what would be handed over now", || get(desk::handovers::draft)),
    route("GET", "/handovers/next", Who::Desks, "who comes next, by the list of shifts", || get(desk::handovers::next)),
    route("POST", "/handovers", Who::Desks, "who goes signs: what is handed over is frozen", || {
        post(desk::handovers::give)
    }),
    route("GET", "/handovers/{id}", Who::Desks, "a handover; as a document by {id}.docx", || get(desk::handovers::one)),
    route("POST", "/handovers/{id}/sign", Who::Desks, "who comes signs", || post(desk::handovers::take)),
    route("POST", "/handovers/{id}/refuse", Who::Desks, "who comes refuses", || post(desk::handovers::refuse)),
    route("POST", "/handovers/{id}/remarks", Who::Desks, "says something of it later", || {
        post(desk::handovers::remark)
    }),
    route("GET", "/phone-log", Who::People, "电话记录", || get(desk::phone_log::list)),
    route("POST", "/phone-log", Who::Desks, "writes a call down", || post(desk::phone_log::add)),
    route("POST", "/phone-log/{id}/follow", Who::Desks, "what was to be done of it is done", || {
        post(desk::phone_log::follow)
    }),
    route("POST", "/phone-log/{id}/strike", Who::Desks, "strikes it out, with the reason", || {
        post(desk::phone_log::strike)
    }),
    up_to(
        desk::calls::MOST_BYTES,
        route("POST", "/calls", Who::Desks, "录入: what somebody told of a fire, fused as all else is", || {
            post(desk::calls::take)
        }),
    ),
    route("GET", "/calls/unplaced", Who::Desks, "what was told and has no place", || get(desk::calls::unplaced)),
    route("GET", "/calls/places", Who::Desks, "places that can be picked by name", || get(desk::calls::places)),
    route("POST", "/calls/{id}/place", Who::Desks, "gives a place to what has none", || post(desk::calls::settle)),
    route("GET", "/nil-reports", Who::Desks, "零报告: what each county reports at its hour", || {
        get(desk::nil_reports::list)
    }),
    route("POST", "/nil-reports/{report}/confirm", Who::Desks, "confirms a report, and freezes it", || {
        post(desk::nil_reports::confirm)
    }),
    route("GET", "/figures", Who::All, "统计: figures of a time by county, township and day; `f=csv`", || {
        get(desk::figures::figures)
    }),
    route("GET", "/reports", Who::All, "报表: the reports that were made", || get(desk::reports::list)),
    route("POST", "/reports", Who::Desks, "makes a report of a day, a week or a month, and freezes it", || {
        post(desk::reports::make)
    }),
    route(
        "GET",
        "/reports/{id}",
        Who::All,
        "a report as it was frozen; as a document by {id}.docx or {id}.xlsx",
        || get(desk::reports::one),
    ),
    route("POST", "/reports/{id}/correction", Who::Desks, "更正: a new revision that says what moved", || {
        post(desk::reports::correct)
    }),
    route("GET", "/patrols", Who::All, "专项巡查: the plans that were fixed", || get(desk::patrols::list)),
    route("POST", "/patrols", Who::Desks, "fixes the plan of a day", || post(desk::patrols::fix)),
    route(
        "GET",
        "/patrols/plan",
        Who::All,
        "the plan of a day as it would be now: ?date=&county=&top=&f=xlsx|geojson|html",
        || get(desk::patrols::draft),
    ),
    route(
        "GET",
        "/patrols/{id}",
        Who::All,
        "a fixed plan, and what of it is done; as a file by {id}.xlsx, {id}.geojson, {id}.html",
        || get(desk::patrols::one),
    ),
    up_to(
        desk::patrols::MOST_BYTES,
        route("POST", "/patrols/{id}/tracks", Who::Field, "takes a track (GPX, GeoJSON): ?name=&who=&datum=", || {
            post(desk::patrols::send)
        }),
    ),
    route("GET", "/patrols/{id}/tracks/{track}", Who::All, "the file of a track as it came", || {
        get(desk::patrols::original)
    }),
    route("GET", "/posts", Who::Dispatchers, "posts that work can be given to", || get(roster::posts)),
    up_to(roster::MOST_BYTES, route("POST", "/roster", Who::Desks, "imports a roster (xlsx)", || post(roster::import))),
];

/// The router.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let door = from_fn_with_state((Arc::clone(&app), route), gate);
        let built = (route.build)().layer(DefaultBodyLimit::max(route.body)).layer(door);
        router = router.route(route.path, built);
    }
    router.fallback(assets::nothing).with_state(app)
}
