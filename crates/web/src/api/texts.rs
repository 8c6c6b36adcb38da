//! Canned replies and macros over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use super::shapes::TicketShape;
use super::tickets::{expected_version, idempotency_key, minimal, wants_minimal};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use operations::{
    CannedReply, Macro, MacroStep, Once, fill_reply, list_macros, list_replies, put_macro, put_reply,
    remove_macro, remove_reply, run_macro, view_macro, view_reply,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A canned reply.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReplyShape {
    /// Its key.
    key: String,
    /// What it is called.
    title: String,
    /// Its text by language (`fr`, `en`), with gaps such as `{{number}}`.
    texts: BTreeMap<String, String>,
}

impl ReplyShape {
    fn of(reply: CannedReply) -> Self {
        Self { key: reply.key, title: reply.title, texts: reply.texts }
    }
}

/// Canned replies.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReplyListShape {
    /// By key.
    items: Vec<ReplyShape>,
}

/// A canned reply to keep.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReplyShape {
    /// What it is called.
    #[serde(default)]
    title: String,
    /// Its text by language (`fr`, `en`).
    #[serde(default)]
    texts: BTreeMap<String, String>,
}

/// A reply as it would be said of a request now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FilledShape {
    /// The words.
    body: String,
}

/// A macro.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MacroShape {
    /// Its key.
    key: String,
    /// What it is called.
    title: String,
    /// What it does, in order.
    steps: Vec<MacroStepShape>,
}

impl MacroShape {
    fn of(kept: Macro) -> Self {
        let steps =
            kept.steps.into_iter().map(|step| MacroStepShape { command: step.command, with: step.with });
        Self { key: kept.key, title: kept.title, steps: steps.collect() }
    }
}

/// A command of a macro.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MacroStepShape {
    /// Name of a command on requests; `merge`, `unmerge`, `split`, `link`, `unlink` and `redact` stand alone.
    #[serde(default)]
    pub(super) command: String,
    /// Its fields. Texts may have gaps, as canned replies do.
    #[serde(default)]
    pub(super) with: Map<String, Value>,
}

/// Macros.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MacroListShape {
    /// By key.
    items: Vec<MacroShape>,
}

/// A macro to keep.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMacroShape {
    /// What it is called.
    #[serde(default)]
    title: String,
    /// What it does, in order; at most 20.
    #[serde(default)]
    steps: Vec<MacroStepShape>,
}

/// Lists the canned replies of the desk.
#[utoipa::path(get, path = "/api/v1/replies", tag = "texts",
    responses((status = 200, body = ReplyListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn replies(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_replies(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(ReplyListShape { items: found.into_iter().map(ReplyShape::of).collect() }).into_response())
}

/// Shows a canned reply.
#[utoipa::path(get, path = "/api/v1/replies/{key}", tag = "texts",
    params(("key" = String, Path, description = "Key of the reply.")),
    responses((status = 200, body = ReplyShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn reply(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let found = view_reply(&web.environment, &caller.viewer, &key).await;
    Ok(Json(ReplyShape::of(found.map_err(|failure| caller.frame.problem(&failure))?)).into_response())
}

/// Keeps a canned reply under its key, in place of what stood there.
#[utoipa::path(put, path = "/api/v1/replies/{key}", tag = "texts", request_body = NewReplyShape,
    params(("key" = String, Path, description = "Key of the reply: small letters, digits and hyphens.")),
    responses((status = 200, body = ReplyShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put_a_reply(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    JsonBody(asked): JsonBody<NewReplyShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let kept = CannedReply { key: key.clone(), title: asked.title, texts: asked.texts };
    put_reply(&web.environment, &caller.viewer, &kept).await.map_err(problem)?;
    let found = view_reply(&web.environment, &caller.viewer, &key).await.map_err(problem)?;
    Ok(Json(ReplyShape::of(found)).into_response())
}

/// Removes a canned reply.
#[utoipa::path(delete, path = "/api/v1/replies/{key}", tag = "texts",
    params(("key" = String, Path, description = "Key of the reply.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove_a_reply(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let removed = remove_reply(&web.environment, &caller.viewer, &key).await;
    removed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Gives a canned reply as it would be said of a request now, in the language of whoever asked.
#[utoipa::path(get, path = "/api/v1/tickets/{number}/replies/{key}", tag = "texts",
    params(("number" = String, Path, description = "Number of the request."), ("key" = String, Path, description = "Key of the reply.")),
    responses((status = 200, body = FilledShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn filled(
    State(web): State<Web>,
    caller: Caller,
    Path((number, key)): Path<(String, String)>,
) -> Result<Response, ApiFault> {
    let body = fill_reply(&web.environment, &caller.viewer, &number, &key).await;
    let body = body.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(FilledShape { body }).into_response())
}

/// Lists the macros of the desk.
#[utoipa::path(get, path = "/api/v1/macros", tag = "texts",
    responses((status = 200, body = MacroListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn macros(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_macros(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(MacroListShape { items: found.into_iter().map(MacroShape::of).collect() }).into_response())
}

/// Shows a macro.
#[utoipa::path(get, path = "/api/v1/macros/{key}", tag = "texts",
    params(("key" = String, Path, description = "Key of the macro.")),
    responses((status = 200, body = MacroShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn a_macro(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let found = view_macro(&web.environment, &caller.viewer, &key).await;
    Ok(Json(MacroShape::of(found.map_err(|failure| caller.frame.problem(&failure))?)).into_response())
}

/// Keeps a macro under its key, in place of what stood there.
#[utoipa::path(put, path = "/api/v1/macros/{key}", tag = "texts", request_body = NewMacroShape,
    params(("key" = String, Path, description = "Key of the macro: small letters, digits and hyphens.")),
    responses((status = 200, body = MacroShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put_a_macro(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    JsonBody(asked): JsonBody<NewMacroShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let steps = asked.steps.into_iter().map(|step| MacroStep { command: step.command, with: step.with });
    let kept = Macro { key: key.clone(), title: asked.title, steps: steps.collect() };
    put_macro(&web.environment, &caller.viewer, &kept).await.map_err(problem)?;
    let found = view_macro(&web.environment, &caller.viewer, &key).await.map_err(problem)?;
    Ok(Json(MacroShape::of(found)).into_response())
}

/// Removes a macro.
#[utoipa::path(delete, path = "/api/v1/macros/{key}", tag = "texts",
    params(("key" = String, Path, description = "Key of the macro.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove_a_macro(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let removed = remove_macro(&web.environment, &caller.viewer, &key).await;
    removed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Carries out a macro on a request: all of its commands at once, or none of them. With `If-Match` it is carried out
/// only on the version that was read. With `Prefer: return=minimal` (RFC 7240) the answer is 204 and has no content.
#[utoipa::path(post, path = "/api/v1/tickets/{number}/macros/{key}", tag = "texts",
    params(("number" = String, Path, description = "Number of the request."), ("key" = String, Path, description = "Key of the macro."),
        ("If-Match" = Option<String>, Header, description = "Entity tag of the version that was read."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated sending one, for 24 hours.")),
    responses((status = 200, body = TicketShape, headers(("ETag" = String))),
        (status = 204, description = "Carried out, with `Prefer: return=minimal`."),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn run(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Path((number, key)): Path<(String, String)>,
) -> Result<Response, ApiFault> {
    let fault = |failure| caller.frame.problem(&failure);
    let expected = expected_version(&caller, &headers)?;
    let once = idempotency_key(&headers)?.map(|once| Once { key: once, asked: format!("macros/{key}") });
    let done = run_macro(&web.environment, &caller.viewer, &number, &key, expected, once).await;
    let done = done.map_err(fault)?;
    if wants_minimal(&headers) {
        return Ok((StatusCode::NO_CONTENT, minimal(&done)).into_response());
    }
    let view = done.show(&web.environment, &caller.viewer).await.map_err(fault)?;
    Ok(super::tickets::shown(&caller, &view))
}
