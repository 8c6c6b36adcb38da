//! Every route, on one page.

use crate::state::{Web, WebSettings};
use crate::{api, asset, demo, file, guard, health, live, metrics, portal, problem_page, sign_in, workspace};
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, extract::OriginalUri};
use operations::{Environment, Failure};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{
    CompressionLayer, CompressionLevel,
    predicate::{NotForContentType, Predicate as _, SizeAbove},
};

/// Bytes of a form without files.
const FORM_BYTES: usize = 2 << 20;

/// Bytes of a form with files.
const FILES_BYTES: usize = 40 << 20;

/// The pages, the API and what else answers over HTTP.
pub fn router(environment: Arc<Environment>, settings: WebSettings) -> Router {
    let is_demo = settings.demo;
    let web = Web { environment, settings: Arc::new(settings), metrics: Arc::default() };

    let doors = Router::new()
        .route("/", get(sign_in::home))
        .route("/connexion", post(sign_in::ask))
        .route("/entrer/{token}", get(sign_in::link).post(sign_in::pass))
        .route("/deconnexion", post(sign_in::leave))
        .route("/langue", post(sign_in::language))
        .route("/evenements", get(live::events))
        .route("/problems/{kind}", get(problem_page::show))
        .route("/assets/{name}", get(asset::asset))
        .route("/favicon.ico", get(asset::icon));

    let workspace = Router::new()
        .route("/agent", get(workspace::queue::show))
        .route("/agent/demandes", post(workspace::call::open))
        .route("/agent/demandes/lot", post(workspace::queue::act))
        .route("/agent/demandes/nouvelle", get(workspace::call::show))
        .route("/agent/demandes/{number}", get(workspace::ticket::show))
        .route(
            "/agent/demandes/{number}/{act}",
            post(workspace::ticket::act).layer(DefaultBodyLimit::max(FILES_BYTES)),
        )
        .route("/agent/demandes/{number}/fichiers/{file}", get(file::file))
        .route("/agent/contrats", get(workspace::agreements::list))
        .route("/agent/contrats/{key}/{version}", get(workspace::agreements::show));

    let portal = Router::new()
        .route("/portal", get(portal::tickets::show))
        .route("/portal/demandes", post(portal::new_ticket::open).layer(DefaultBodyLimit::max(FILES_BYTES)))
        .route("/portal/demandes/nouvelle", get(portal::new_ticket::show))
        .route("/portal/demandes/verifier", post(portal::new_ticket::check))
        .route("/portal/demandes/{number}", get(portal::ticket::show))
        .route(
            "/portal/demandes/{number}/{act}",
            post(portal::ticket::act).layer(DefaultBodyLimit::max(FILES_BYTES)),
        )
        .route("/portal/demandes/{number}/fichiers/{file}", get(file::file))
        .route("/portal/contrat", get(portal::agreement::own))
        .route("/portal/contrat/{key}/{version}", get(portal::agreement::show));

    let programs = Router::new()
        .route("/api/v1/openapi.json", get(api::openapi::document))
        .route("/api/v1/tickets", get(api::tickets::list).post(api::tickets::open))
        .route("/api/v1/tickets/{number}", get(api::tickets::show))
        .route("/api/v1/tickets/{number}/explain", get(api::tickets::explained))
        .route("/api/v1/tickets/{number}/{command}", post(api::tickets::command))
        .route("/api/v1/agreements", get(api::agreements::list))
        .route("/api/v1/agreements/{key}/{version}", get(api::agreements::show))
        .method_not_allowed_fallback(async || api::problem::Problem::method_not_allowed());

    let watch = Router::new()
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics));

    let mut all = doors.merge(workspace).merge(portal).merge(programs).merge(watch);
    if is_demo {
        all = all.route("/demo/mail", get(demo::mail)).route("/demo/clock", post(demo::clock));
    }
    // A stream is not compressed: its events must leave one by one.
    let pages = SizeAbove::new(1024)
        .and(NotForContentType::SSE)
        .and(NotForContentType::new("application/octet-stream"));
    all.fallback(missing)
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(from_fn(guard::same_site))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(1)).compress_when(pages))
        .layer(from_fn_with_state(web.clone(), guard::headers))
        .with_state(web)
}

async fn missing(OriginalUri(uri): OriginalUri, visitor: crate::viewer::Visitor) -> Response {
    let failure = Failure::NotFound { what: "page" };
    if uri.path().starts_with("/api/") {
        return api::problem::Problem::of(&visitor.frame, &failure).into_response();
    }
    visitor.frame.fault(failure).into_response()
}

/// A handler that failed in a way nobody foresaw takes only its own request down.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here; it is recorded\n").into_response()
}
