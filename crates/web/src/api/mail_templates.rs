//! The words of the letters that the desk sends by itself, over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use operations::{MailWording, WordedMail, list_mail_wordings, put_mail_wording};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A letter that the desk sends by itself, in one language.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MailTemplateShape {
    /// `acknowledgement`, `reply`, `reminder`, `warning`, ….
    kind: String,
    /// `fr` or `en`.
    language: String,
    /// Its subject; absent while the product's own words are used.
    subject: Option<String>,
    /// Its text; absent while the product's own words are used.
    body: Option<String>,
    /// Numbers of the clauses of the agreement that prescribe it, which come first.
    prescribed_by: Vec<String>,
    /// How many versions of before are kept.
    earlier_versions: usize,
}

impl MailTemplateShape {
    fn of(wording: MailWording) -> Self {
        let (subject, body) = wording.words.map(|words| (words.subject, words.body)).unzip();
        Self {
            kind: wording.kind.to_owned(),
            language: wording.language.to_owned(),
            subject,
            body,
            prescribed_by: wording.prescribed.iter().map(|clause| clause.number.clone()).collect(),
            earlier_versions: wording.earlier.len(),
        }
    }
}

/// The letters of the desk.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MailTemplateListShape {
    /// By kind and language.
    items: Vec<MailTemplateShape>,
}

/// Words to keep.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMailTemplateShape {
    /// The subject, with `{{number}}` in it.
    #[serde(default)]
    subject: String,
    /// The text, with gaps such as `{{turn}}` and `{{account|your company}}`.
    #[serde(default)]
    body: String,
}

/// Lists the letters that the desk sends by itself.
#[utoipa::path(get, path = "/api/v1/mail-templates", tag = "texts",
    responses((status = 200, body = MailTemplateListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn mail_templates(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_mail_wordings(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(MailTemplateListShape { items: found.into_iter().map(MailTemplateShape::of).collect() })
        .into_response())
}

/// Keeps the words of a letter in a language, in place of the product's own.
#[utoipa::path(put, path = "/api/v1/mail-templates/{kind}/{language}", tag = "texts", request_body = NewMailTemplateShape,
    params(("kind" = String, Path, description = "Kind of the letter."), ("language" = String, Path, description = "`fr` or `en`.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put_a_mail_template(
    State(web): State<Web>,
    caller: Caller,
    Path((kind, language)): Path<(String, String)>,
    JsonBody(asked): JsonBody<NewMailTemplateShape>,
) -> Result<Response, ApiFault> {
    let words = WordedMail { subject: asked.subject, body: asked.body };
    let done = put_mail_wording(&web.environment, &caller.viewer, &kind, &language, Some(words)).await;
    done.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Goes back to the product's own words.
#[utoipa::path(delete, path = "/api/v1/mail-templates/{kind}/{language}", tag = "texts",
    params(("kind" = String, Path, description = "Kind of the letter."), ("language" = String, Path, description = "`fr` or `en`.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove_a_mail_template(
    State(web): State<Web>,
    caller: Caller,
    Path((kind, language)): Path<(String, String)>,
) -> Result<Response, ApiFault> {
    let done = put_mail_wording(&web.environment, &caller.viewer, &kind, &language, None).await;
    done.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
