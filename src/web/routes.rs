//! Every address that is served, in one table: who may ask, what it gives, what does it. Router, OpenAPI document and the test that
//! asks every route as every role are made from it, so that none is forgotten.

use super::app::App;
use super::gate::gate;
use super::route::{Route, Who, late, page, route, up_to};
use super::{
    assets, cameras, events, evidence, health, intake, items, live, ogc, openapi, photos, roster, sign_in, summary,
    tasks, waypoint,
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
        "/events/{id}/waypoint.kml",
        Who::All,
        "a dispatched event as a waypoint for a drone's pilot (KML 2.2)",
        || get(waypoint::kml),
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
