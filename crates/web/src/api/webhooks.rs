//! Webhooks over HTTP: who is told what happens.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use super::query::{ApiQuery, Limit};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use operations::{
    DeliveryRow, WebhookChange, WebhookView, change_webhook, list_deliveries, list_webhooks, make_webhook,
    remove_webhook, replay_delivery, rotate_webhook_secret, test_webhook, view_webhook,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An address that is told what happens.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebhookShape {
    /// Its id.
    id: String,
    /// Where to.
    url: String,
    /// Kinds of events that are told, or patterns of them.
    events: Vec<String>,
    /// `on`, `off`, or `failed` when nothing reached it for days.
    state: &'static str,
    /// Since when nothing reached it.
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Instant>,
    /// Until when nothing is sent to it: it asked for that (`Retry-After`), is overloaded or does not answer.
    #[schema(value_type = Option<String>, format = DateTime)]
    resting_until: Option<Instant>,
    /// Whether what it is to be told waits, untried and uncounted: its secret does not open with the keys of the
    /// installation. A new secret, or the missing key, ends it.
    waits_for_key: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// Until when the latest of the former secrets signs as well.
    #[schema(value_type = Option<String>, format = DateTime)]
    former_secret_until: Option<Instant>,
    /// What signs, as `whsec_…`: only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl WebhookShape {
    fn of(view: &WebhookView) -> Self {
        Self {
            id: view.id.to_string(),
            url: view.url.clone(),
            events: view.kinds.clone(),
            state: view.state.as_str(),
            failing_since: view.failing_since,
            resting_until: view.resting_until,
            waits_for_key: view.waits_for_key,
            created_at: view.created_at,
            former_secret_until: view.former_secret_until,
            secret: view.secret.clone(),
        }
    }
}

/// The webhooks of a provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebhookListShape {
    /// The oldest first.
    items: Vec<WebhookShape>,
}

/// A webhook to make.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhookShape {
    /// Where to: `https://…` on a public machine.
    #[serde(default)]
    #[schema(example = "https://hooks.kervinel.example/entente")]
    url: String,
    /// Kinds of events, such as `ticket.opened`; or `*`, `ticket.*`, `clock.*`.
    #[serde(default)]
    events: Vec<String>,
}

/// What is to change of a webhook; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookChangeShape {
    /// Where to.
    url: Option<String>,
    /// Kinds of events.
    events: Option<Vec<String>>,
    /// Whether it is told anything. Switched on again, it is told what it missed.
    enabled: Option<bool>,
}

/// Something that was or is to be told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryShape {
    /// Its id, the `webhook-id` of every attempt.
    id: String,
    /// Kind of the event.
    #[serde(rename = "type")]
    kind: String,
    /// `waiting`, `done`, or `dead` when it was given up.
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// When it was queued.
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Instant>,
    /// When it was tried last.
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<Instant>,
    /// The HTTP status of the last answer.
    status: Option<u16>,
    /// What went wrong last.
    error: Option<String>,
    /// The body, as it is sent.
    #[schema(value_type = Object)]
    payload: serde_json::Value,
}

impl DeliveryShape {
    fn of(row: &DeliveryRow) -> Self {
        Self {
            id: row.id.clone(),
            kind: row.kind.clone(),
            state: row.state,
            attempts: row.attempts,
            created_at: row.created_at,
            next_at: row.next_at,
            answered_at: row.answered_at,
            status: row.status,
            error: row.error.clone(),
            payload: serde_json::from_str(&row.payload).unwrap_or_default(),
        }
    }
}

/// A page of what was told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryListShape {
    /// The latest first.
    items: Vec<DeliveryShape>,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

/// Something that was queued.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueuedShape {
    /// Id of the delivery.
    delivery: String,
}

/// Which deliveries a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// Where to go on, as an earlier page gave it.
    cursor: Option<String>,
    /// How many at most, from 1 to 200; 50 when absent.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Lists the webhooks of the provider.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, body = WebhookListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_webhooks(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(WebhookListShape { items: found.iter().map(WebhookShape::of).collect() }).into_response())
}

/// Makes a webhook, told of what happens from now on. The answer alone holds its secret.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = NewWebhookShape,
    responses((status = 201, body = WebhookShape, headers(("Location" = String))), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn make(
    State(web): State<Web>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewWebhookShape>,
) -> Result<Response, ApiFault> {
    let made = make_webhook(&web.environment, &caller.viewer, &asked.url, &asked.events).await;
    let made = made.map_err(|failure| caller.frame.problem(&failure))?;
    let location = HeaderValue::from_str(&format!("/api/v1/webhooks/{}", made.id)).ok();
    let mut response = (StatusCode::CREATED, Json(WebhookShape::of(&made))).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Shows a webhook.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook.")),
    responses((status = 200, body = WebhookShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    let found = view_webhook(&web.environment, &caller.viewer, &id).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(WebhookShape::of(&found)).into_response())
}

/// Changes a webhook.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", request_body = WebhookChangeShape,
    params(("id" = String, Path, description = "Id of the webhook.")),
    responses((status = 200, body = WebhookShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<WebhookChangeShape>,
) -> Result<Response, ApiFault> {
    let change = WebhookChange { url: asked.url, kinds: asked.events, is_on: asked.enabled };
    let changed = change_webhook(&web.environment, &caller.viewer, &id, &change).await;
    let changed = changed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(WebhookShape::of(&changed)).into_response())
}

/// Ends a webhook and forgets what was told it.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    let removed = remove_webhook(&web.environment, &caller.viewer, &id).await;
    removed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Gives a webhook a new secret. Former ones sign beside it, each for 24 hours since it was replaced; four at most.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate-secret", tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook.")),
    responses((status = 200, body = WebhookShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn rotate(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    let rotated = rotate_webhook_secret(&web.environment, &caller.viewer, &id).await;
    let rotated = rotated.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(WebhookShape::of(&rotated)).into_response())
}

/// Sends a webhook an event that did not happen, `webhook.test`.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook.")),
    responses((status = 202, body = QueuedShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn test(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    let queued = test_webhook(&web.environment, &caller.viewer, &id).await;
    let delivery = queued.map_err(|failure| caller.frame.problem(&failure))?;
    Ok((StatusCode::ACCEPTED, Json(QueuedShape { delivery })).into_response())
}

/// Lists what was or is to be told a webhook. It is kept for 30 days.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook."), DeliveryQuery),
    responses((status = 200, body = DeliveryListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn deliveries(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    ApiQuery(query): ApiQuery<DeliveryQuery>,
) -> Result<Response, ApiFault> {
    let limit = query.limit.rows();
    let found = list_deliveries(&web.environment, &caller.viewer, &id, query.cursor.as_deref(), limit).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let items = found.rows.iter().map(DeliveryShape::of).collect();
    Ok(Json(DeliveryListShape { items, cursor: found.cursor }).into_response())
}

/// Sends once more what was told before, under the same id.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/{delivery}/replay", tag = "webhooks",
    params(("id" = String, Path, description = "Id of the webhook."),
        ("delivery" = String, Path, description = "Id of the delivery.")),
    responses((status = 202, body = QueuedShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn replay(
    State(web): State<Web>,
    caller: Caller,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Response, ApiFault> {
    let queued = replay_delivery(&web.environment, &caller.viewer, &id, &delivery).await;
    queued.map_err(|failure| caller.frame.problem(&failure))?;
    Ok((StatusCode::ACCEPTED, Json(QueuedShape { delivery })).into_response())
}
