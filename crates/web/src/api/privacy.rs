//! What is kept of people, over HTTP: erasing one person.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use desk::PersonId;
use operations::{ErasureReport, ErasureRow, Failure, erase_person, export_person, list_erasures};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody to erase.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewErasureShape {
    /// Their id.
    #[serde(default)]
    person: String,
    /// Their address, written once more so that nobody is erased by mistake.
    #[serde(default)]
    confirm: String,
    /// Whether what a colleague answered goes as well; what contacts wrote always does.
    #[serde(default)]
    texts: bool,
}

/// What was erased.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ErasedShape {
    /// Of whom.
    person: String,
    /// What stands for their name from now on.
    pseudonym: String,
    /// Numbers of the requests of which something went.
    requests: Vec<String>,
    /// How many texts went.
    texts: usize,
    /// How many files went.
    files: usize,
    /// Numbers of requests of others whose texts name them, for somebody to look at.
    mentions: Vec<String>,
    /// Kind and key of what the desk keeps for itself that names them (`reply bonjour`), for somebody to look at.
    entries: Vec<String>,
}

impl ErasedShape {
    fn of(report: ErasureReport) -> Self {
        Self {
            person: report.person.to_string(),
            pseudonym: report.pseudonym,
            requests: report.requests,
            texts: report.texts,
            files: report.files,
            mentions: report.mentions,
            entries: report.entries,
        }
    }
}

/// An erasure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ErasureShape {
    /// Of whom.
    person: String,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// By whom, by name; null for whoever runs the installation.
    asked_by: Option<String>,
    /// `everything`, or `identity` where what they wrote stays.
    extent: &'static str,
    /// When it was done; null while it is under way.
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<Instant>,
    /// When the pages that had held it were clean as well.
    #[schema(value_type = Option<String>, format = DateTime)]
    scrubbed_at: Option<Instant>,
}

impl ErasureShape {
    fn of(row: &ErasureRow) -> Self {
        Self {
            person: row.person.to_string(),
            at: row.at,
            asked_by: row.asked_by.clone(),
            extent: if row.is_identity_alone { "identity" } else { "everything" },
            done_at: row.done_at,
            scrubbed_at: row.scrubbed_at,
        }
    }
}

/// The erasures of a provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ErasureListShape {
    /// The latest first.
    items: Vec<ErasureShape>,
}

/// Lists whom the provider has erased.
#[utoipa::path(get, path = "/api/v1/privacy/erasures", tag = "privacy",
    responses((status = 200, body = ErasureListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_erasures(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(ErasureListShape { items: found.iter().map(ErasureShape::of).collect() }).into_response())
}

/// Erases a person: what they wrote, who they are, and all that is kept of them. It cannot be undone.
#[utoipa::path(post, path = "/api/v1/privacy/erasures", tag = "privacy", request_body = NewErasureShape,
    responses((status = 201, body = ErasedShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn erase(
    State(web): State<Web>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewErasureShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure: Failure| caller.frame.problem(&failure);
    let id: PersonId = asked.person.parse().map_err(|_| problem(Failure::NotFound { what: "person" }))?;
    let person =
        operations::person_for_privacy(&web.environment, &caller.viewer, id).await.map_err(problem)?;
    if !asked.confirm.trim().eq_ignore_ascii_case(&person.email) {
        return Err(problem(Failure::Invalid { field: "confirm", problem: "error-erasure-address".into() }));
    }
    let report =
        erase_person(&web.environment, &caller.viewer, None, id, asked.texts).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(ErasedShape::of(report))).into_response())
}

/// Hands over all that is kept of a person: JSON and files in one ZIP archive, made while it is read.
#[utoipa::path(get, path = "/api/v1/privacy/people/{id}/export", tag = "privacy",
    params(("id" = String, Path, description = "Id of the person.")),
    responses((status = 200, description = "The archive.", content_type = "application/zip"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn export(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    let problem = |failure: Failure| caller.frame.problem(&failure);
    let id: PersonId = id.parse().map_err(|_| problem(Failure::NotFound { what: "person" }))?;
    let export = export_person(&web.environment, &caller.viewer, None, id).await.map_err(problem)?;
    Ok(crate::privacy::archive(export))
}
