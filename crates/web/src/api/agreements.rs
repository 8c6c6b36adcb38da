//! Agreements over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use super::shapes::{AgreementListShape, AgreementPageShape, AgreementShape, ClauseShape};
use crate::network::Seen;
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use calendar::Instant;
use operations::{
    AdoptError, AgreementChange, Failure, NewTerms, change_agreement_as, list_agreements, untyped_facts,
    view_agreement,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use terms::AgreementName;
use utoipa::ToSchema;

/// Lists the agreements that the caller may read.
#[utoipa::path(get, path = "/api/v1/agreements", tag = "agreements",
    responses((status = 200, body = AgreementListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<AgreementListShape>, ApiFault> {
    let views = list_agreements(&web.environment, &caller.viewer)
        .await
        .map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(AgreementListShape {
        items: views.iter().map(|view| AgreementShape::of(&caller.frame, view)).collect(),
    }))
}

/// Shows an agreement by clause.
#[utoipa::path(get, path = "/api/v1/agreements/{key}/{version}", tag = "agreements",
    params(("key" = String, Path, description = "Key of the agreement."), ("version" = String, Path, description = "Its version.")),
    responses((status = 200, body = AgreementPageShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(web): State<Web>,
    caller: Caller,
    Path((key, version)): Path<(String, String)>,
) -> Result<Json<AgreementPageShape>, ApiFault> {
    let page = view_agreement(&web.environment, &caller.viewer, &key, &version)
        .await
        .map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(AgreementPageShape::of(&caller.frame, page)))
}

/// What is to be put in force under requests that run: a `document`, or an `agreement` that was adopted.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AgreementChangeShape {
    /// The text of a new version.
    document: Option<String>,
    /// Key and version of one that was adopted, with a slash between.
    #[schema(example = "orvane/2")]
    agreement: Option<String>,
    /// Values of parameters of the contracts that become others.
    #[schema(value_type = Object)]
    parameters: Option<Map<String, Value>>,
    /// Key of the only account that is meant.
    account: Option<String>,
    /// False does it; else it is only shown.
    preview: Option<bool>,
}

/// A deadline that moves.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MovedClockShape {
    /// Number of the request.
    number: String,
    /// The promise.
    promise: String,
    /// When it fell due.
    #[schema(value_type = Option<String>, format = DateTime)]
    was: Option<Instant>,
    /// When it falls due.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Instant>,
    /// Whether it is still owed.
    owed: bool,
    /// The clause.
    clause: ClauseShape,
}

/// What a change does, or did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ChangeReportShape {
    /// Key and version of what is then in force.
    agreement: Option<String>,
    /// Whether it was only shown.
    preview: bool,
    /// Contracts that change.
    contracts: usize,
    /// Live requests that were looked at.
    looked_at: usize,
    /// Requests that change.
    changed: usize,
    /// Deadlines that move.
    moved: Vec<MovedClockShape>,
    /// Numbers of requests that cannot be counted under the new terms and stay as they are.
    left: Vec<String>,
    /// Worked examples of the new document that expect something else than it computes, in words.
    differing: Vec<String>,
}

/// Shows what a version of an agreement, or other values of contracts, move under requests that run; with
/// `preview` false it is put in force.
#[utoipa::path(post, path = "/api/v1/agreements/changes", tag = "agreements", request_body = AgreementChangeShape,
    responses((status = 200, body = ChangeReportShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(web): State<Web>,
    caller: Caller,
    seen: Seen,
    JsonBody(asked): JsonBody<AgreementChangeShape>,
) -> Result<Json<ChangeReportShape>, ApiFault> {
    let problem = |failure: Failure| caller.frame.problem(&failure);
    let wrong = |problem: &'static str| Failure::Invalid { field: "document", problem: problem.into() };
    let invalid = || wrong("error-document");
    let terms = match (&asked.document, &asked.agreement) {
        (Some(text), None) => NewTerms::Document { text: text.clone(), file_name: "document".to_owned() },
        (None, Some(name)) => {
            let (key, version) = name.split_once('/').ok_or_else(|| problem(invalid()))?;
            NewTerms::Adopted(AgreementName { key: key.to_owned(), version: version.to_owned() })
        }
        _ => return Err(problem(invalid())),
    };
    let preview = asked.preview.unwrap_or(true);
    let change =
        AgreementChange { terms, parameters: untyped_facts(asked.parameters), account: asked.account };
    let done = change_agreement_as(&web.environment, &caller.viewer, &change, preview, &seen.origin()).await;
    let report = done.map_err(|error| match error {
        AdoptError::Failure(failure) => problem(failure),
        AdoptError::Diagnostics(_) => problem(invalid()),
        AdoptError::InForce(_) => problem(wrong("error-document-in-force")),
    })?;
    let moved = report.moved.iter().map(|moved| MovedClockShape {
        number: moved.number.clone(),
        promise: moved.promise.clone(),
        was: moved.was,
        due_at: moved.due_at,
        owed: moved.is_owed,
        clause: ClauseShape::of(&moved.clause),
    });
    Ok(Json(ChangeReportShape {
        agreement: report.agreement.as_ref().map(|name| format!("{}/{}", name.key, name.version)),
        preview,
        contracts: report.contracts,
        looked_at: report.looked_at,
        changed: report.changed,
        moved: moved.collect(),
        left: report.left.iter().map(|(number, _)| number.clone()).collect(),
        differing: report.differing_in_words(caller.frame.language),
    }))
}
