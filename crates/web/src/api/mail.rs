//! Letters that became no request, letters that did not arrive, and the certificates and keys by which signatures are
//! verified, over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use crate::file::attachment;
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calendar::Instant;
use operations::{
    Failure, KeptLetterView, MailKeyView, UndeliveredView, discard_kept_letter, distrust_mail_key,
    list_kept_mail, list_mail_keys, read_kept_letter, take_in_again, trust_mail_keys, untyped_facts,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A letter that became no request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptLetterShape {
    /// By which it is asked for.
    digest: String,
    /// The mailbox it came to.
    mailbox: String,
    /// `bounce`, `loop`, `channel`, `no_reply`, `terms` or `unreadable`.
    why: String,
    /// Its From, as written; empty where it could not be read.
    sender: String,
    /// Its subject.
    subject: String,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Instant,
}

impl KeptLetterShape {
    fn of(letter: KeptLetterView) -> Self {
        let KeptLetterView { digest, mailbox, why, sender, subject, received_at } = letter;
        Self { digest, mailbox, why, sender, subject, received_at }
    }
}

/// A letter of the desk that did not arrive, or was held back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UndeliveredShape {
    /// Number of the request that it is about; none where it belongs to none.
    number: Option<String>,
    /// `acknowledgement`, `reply`, `warning`, ….
    kind: String,
    /// To which address.
    address: String,
    /// `failed`, `returned` or `held`.
    state: String,
    /// Tries.
    attempts: u32,
    /// When it was to leave.
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// What was said of it.
    error: Option<String>,
}

impl UndeliveredShape {
    fn of(notice: UndeliveredView) -> Self {
        let UndeliveredView { number, kind, address, state, attempts, created_at, error } = notice;
        Self { number, kind, address, state, attempts, created_at, error }
    }
}

/// The mail that needs somebody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptMailShape {
    /// Letters that became no request, the newest first; at most 200.
    items: Vec<KeptLetterShape>,
    /// Letters of the desk that did not arrive, the newest first; at most 200.
    undelivered: Vec<UndeliveredShape>,
}

/// What the desk knows of a kept letter and the letter does not say.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenKeptLetterShape {
    /// Facts of the agreement, by name.
    facts: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The request that a kept letter became.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OpenedShape {
    /// Its number.
    number: String,
}

/// Lists the letters that became no request, and those of the desk that did not arrive.
#[utoipa::path(get, path = "/api/v1/kept-letters", tag = "mail",
    responses((status = 200, body = KeptMailShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn kept_letters(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_kept_mail(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let shape = KeptMailShape {
        items: found.letters.into_iter().map(KeptLetterShape::of).collect(),
        undelivered: found.undelivered.into_iter().map(UndeliveredShape::of).collect(),
    };
    Ok(Json(shape).into_response())
}

/// Gives a kept letter as it came.
#[utoipa::path(get, path = "/api/v1/kept-letters/{digest}", tag = "mail",
    params(("digest" = String, Path, description = "Digest of the letter.")),
    responses((status = 200, description = "The bytes of the letter.", content_type = "application/octet-stream"),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn kept_letter(
    State(web): State<Web>,
    caller: Caller,
    Path(digest): Path<String>,
) -> Result<Response, ApiFault> {
    let bytes = read_kept_letter(&web.environment, &caller.viewer, &digest).await;
    Ok(attachment("message.eml", bytes.map_err(|failure| caller.frame.problem(&failure))?))
}

/// Makes a kept letter a request after all, as of when it came.
#[utoipa::path(post, path = "/api/v1/kept-letters/{digest}/open", tag = "mail", request_body = OpenKeptLetterShape,
    params(("digest" = String, Path, description = "Digest of the letter.")),
    responses((status = 201, body = OpenedShape, headers(("Location" = String))), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn open_kept_letter(
    State(web): State<Web>,
    caller: Caller,
    Path(digest): Path<String>,
    JsonBody(asked): JsonBody<OpenKeptLetterShape>,
) -> Result<Response, ApiFault> {
    let facts = untyped_facts(asked.facts);
    let number = take_in_again(&web.environment, &caller.viewer, &digest, &facts).await;
    let number = number.map_err(|failure| caller.frame.problem(&failure))?;
    let location = HeaderValue::from_str(&format!("/api/v1/tickets/{number}")).ok();
    let mut response = (StatusCode::CREATED, Json(OpenedShape { number })).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Throws a kept letter away.
#[utoipa::path(delete, path = "/api/v1/kept-letters/{digest}", tag = "mail",
    params(("digest" = String, Path, description = "Digest of the letter.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn discard_a_kept_letter(
    State(web): State<Web>,
    caller: Caller,
    Path(digest): Path<String>,
) -> Result<Response, ApiFault> {
    let done = discard_kept_letter(&web.environment, &caller.viewer, &digest).await;
    done.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A certificate or key that is trusted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MailKeyShape {
    /// By which it is asked for.
    key: String,
    /// `smime` or `pgp`.
    scheme: &'static str,
    /// What tells it apart, in hexadecimal.
    fingerprint: String,
    /// The addresses that it is trusted for; none for an authority that is trusted for all it stands for.
    addresses: Vec<String>,
    /// Whether it stands for certificates of others.
    is_authority: bool,
    /// Until when it holds; null where it does not end.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Instant>,
}

impl MailKeyShape {
    fn of(view: MailKeyView) -> Self {
        let MailKeyView { key, scheme, fingerprint, addresses, is_authority, until } = view;
        Self { key, scheme, fingerprint, addresses, is_authority, until }
    }
}

/// Certificates and keys.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MailKeyListShape {
    /// By key.
    items: Vec<MailKeyShape>,
}

impl MailKeyListShape {
    fn of(views: Vec<MailKeyView>) -> Self {
        Self { items: views.into_iter().map(MailKeyShape::of).collect() }
    }
}

/// A file of certificates or keys to trust.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMailKeyShape {
    /// The file: PEM or an armoured key as it is, anything else in base64.
    #[serde(default)]
    file: String,
    /// The only address that they are trusted for; those that they name themselves when absent.
    address: Option<String>,
}

/// Lists the certificates and keys by which signatures of letters are verified.
#[utoipa::path(get, path = "/api/v1/mail-keys", tag = "mail",
    responses((status = 200, body = MailKeyListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn mail_keys(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_mail_keys(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(MailKeyListShape::of(found)).into_response())
}

/// Trusts the certificates and keys of a file: gives those that were in it.
#[utoipa::path(post, path = "/api/v1/mail-keys", tag = "mail", request_body = NewMailKeyShape,
    responses((status = 201, body = MailKeyListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn trust_a_mail_key(
    State(web): State<Web>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewMailKeyShape>,
) -> Result<Response, ApiFault> {
    let text = asked.file.trim();
    let bytes = match text.contains("-----BEGIN ") {
        true => text.as_bytes().to_vec(),
        false => {
            let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            STANDARD.decode(digits).map_err(|_| {
                let failure = Failure::Invalid { field: "file", problem: "error-mail-key".into() };
                caller.frame.problem(&failure)
            })?
        }
    };
    let found = trust_mail_keys(&web.environment, &caller.viewer, &bytes, asked.address.as_deref()).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok((StatusCode::CREATED, Json(MailKeyListShape::of(found))).into_response())
}

/// Trusts a certificate or key no more. What was verified by it stays what it was when it came.
#[utoipa::path(delete, path = "/api/v1/mail-keys/{key}", tag = "mail",
    params(("key" = String, Path, description = "The certificate or key.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn distrust_a_mail_key(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let done = distrust_mail_key(&web.environment, &caller.viewer, &key).await;
    done.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
