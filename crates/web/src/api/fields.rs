//! Fields that a provider adds to requests, over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use desk::Refusal;
use operations::{
    CustomField, Failure, FieldChoice, FieldType, RequiredBy, list_fields, put_field, remove_field,
    view_field,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A field that a provider adds to requests.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptFieldShape {
    /// Its key.
    key: String,
    /// What it is called, by language (`fr`, `en`).
    labels: BTreeMap<String, String>,
    /// `text`, `number`, `date`, `choice` or `yes_no`.
    holds: &'static str,
    /// What may be chosen, in order.
    choices: Vec<FieldChoiceShape>,
    /// Whether customers see it.
    shown_to_customers: bool,
    /// Whether customers fill it too.
    set_by_customers: bool,
    /// By when it must be filled: `opening`, `resolving`, or null.
    required: Option<&'static str>,
}

impl KeptFieldShape {
    fn of(field: CustomField) -> Self {
        let choices = field.choices.into_iter();
        Self {
            key: field.key,
            labels: field.labels,
            holds: field.holds.as_str(),
            choices: choices
                .map(|choice| FieldChoiceShape { key: choice.key, labels: choice.labels })
                .collect(),
            shown_to_customers: field.is_shown_to_customers,
            set_by_customers: field.is_set_by_customers,
            required: field.required.map(RequiredBy::as_str),
        }
    }
}

/// Something that may be chosen.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldChoiceShape {
    /// Its key: small letters, digits and hyphens.
    #[serde(default)]
    key: String,
    /// What people read, by language; the key where there is nothing.
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// Fields.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldListShape {
    /// By key.
    items: Vec<KeptFieldShape>,
}

/// A field to keep.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldShape {
    /// What it is called, by language (`fr`, `en`).
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// `text`, `number`, `date`, `choice` or `yes_no`; it stays what it is once the field is there.
    #[serde(default)]
    holds: String,
    /// What may be chosen, in order; at most 100.
    #[serde(default)]
    choices: Vec<FieldChoiceShape>,
    /// Whether customers see it.
    #[serde(default)]
    shown_to_customers: bool,
    /// Whether customers fill it too.
    #[serde(default)]
    set_by_customers: bool,
    /// By when it must be filled: `opening` or `resolving`.
    required: Option<String>,
}

impl FieldShape {
    fn field(self, key: String) -> Result<CustomField, Failure> {
        let unknown = |fact: &str, value: &str, allowed: Vec<&str>| {
            Failure::Refused(Refusal::UnknownValue {
                fact: fact.to_owned(),
                value: value.to_owned(),
                allowed: allowed.into_iter().map(str::to_owned).collect(),
            })
        };
        let holds = FieldType::ALL.into_iter().find(|kind| kind.as_str() == self.holds);
        let holds = holds
            .ok_or_else(|| unknown("holds", &self.holds, FieldType::ALL.map(FieldType::as_str).to_vec()))?;
        let required = match self.required.as_deref() {
            None => None,
            Some(step) => {
                Some(RequiredBy::ALL.into_iter().find(|known| known.as_str() == step).ok_or_else(|| {
                    unknown("required", step, RequiredBy::ALL.map(RequiredBy::as_str).to_vec())
                })?)
            }
        };
        let choices = self.choices.into_iter();
        Ok(CustomField {
            key,
            labels: self.labels,
            holds,
            choices: choices.map(|choice| FieldChoice { key: choice.key, labels: choice.labels }).collect(),
            is_shown_to_customers: self.shown_to_customers,
            is_set_by_customers: self.set_by_customers,
            required,
        })
    }
}

/// Lists the fields that the caller reads.
#[utoipa::path(get, path = "/api/v1/fields", tag = "fields",
    responses((status = 200, body = FieldListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_fields(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(FieldListShape { items: found.into_iter().map(KeptFieldShape::of).collect() }).into_response())
}

/// Shows a field.
#[utoipa::path(get, path = "/api/v1/fields/{key}", tag = "fields",
    params(("key" = String, Path, description = "Key of the field.")),
    responses((status = 200, body = KeptFieldShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let found = view_field(&web.environment, &caller.viewer, &key).await;
    Ok(Json(KeptFieldShape::of(found.map_err(|failure| caller.frame.problem(&failure))?)).into_response())
}

/// Keeps a field under its key, in place of what stood there.
#[utoipa::path(put, path = "/api/v1/fields/{key}", tag = "fields", request_body = FieldShape,
    params(("key" = String, Path, description = "Key of the field: small letters, digits and hyphens.")),
    responses((status = 200, body = KeptFieldShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    JsonBody(asked): JsonBody<FieldShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let field = asked.field(key.clone()).map_err(problem)?;
    put_field(&web.environment, &caller.viewer, &field).await.map_err(problem)?;
    let found = view_field(&web.environment, &caller.viewer, &key).await.map_err(problem)?;
    Ok(Json(KeptFieldShape::of(found)).into_response())
}

/// Removes a field. What requests hold of it stays in their histories and is shown no more.
#[utoipa::path(delete, path = "/api/v1/fields/{key}", tag = "fields",
    params(("key" = String, Path, description = "Key of the field.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let removed = remove_field(&web.environment, &caller.viewer, &key).await;
    removed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
