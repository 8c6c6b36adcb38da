//! What is kept of a customer, over HTTP: handing it over, destroying it, and the certificates.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use operations::{
    AccountPrivacy, Certificate, DestructionAsked, DestructionReport, DestructionRow, Failure,
    account_for_privacy, export_account, list_destructions,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A customer, as its destruction would find it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountPrivacyShape {
    /// Its id, by which its certificate names it.
    id: String,
    /// Its key.
    key: String,
    /// Its name.
    name: String,
    /// How many people would be erased.
    people: u64,
    /// How many are of another account as well, and would lose their role in this one.
    released: u64,
    /// Numbers of requests that are not closed, fifty at most: they are in the way.
    open: Vec<String>,
    /// Contracts that run or begin later: they are in the way.
    running: Vec<RunningShape>,
    /// Whether its destruction began and broke off.
    under_way: bool,
}

/// A contract that runs or begins later.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RunningShape {
    /// Key of the agreement.
    agreement: String,
    /// Its version.
    version: String,
    /// First day.
    from: String,
    /// Last day; null while open-ended.
    to: Option<String>,
}

impl AccountPrivacyShape {
    fn of(account: AccountPrivacy) -> Self {
        let running = account.running.into_iter().map(|(agreement, from, to)| RunningShape {
            agreement: agreement.key,
            version: agreement.version,
            from: from.to_string(),
            to: to.map(|last| last.to_string()),
        });
        Self {
            id: account.id.to_string(),
            key: account.key,
            name: account.name,
            people: account.people,
            released: account.released,
            open: account.open,
            running: running.collect(),
            under_way: account.is_under_way,
        }
    }
}

/// A customer to destroy.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDestructionShape {
    /// Its key.
    #[serde(default)]
    account: String,
    /// Its key once more, so that none is destroyed by mistake.
    #[serde(default)]
    confirm: String,
    /// Whether requests that are not closed are closed with it.
    #[serde(default)]
    close_requests: bool,
    /// Whether contracts that run end with it.
    #[serde(default)]
    end_contracts: bool,
}

/// What was destroyed of a customer, and what stays.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CertificateShape {
    /// Id of the account.
    account: String,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Instant,
    /// By whom, by id; null for whoever runs the installation.
    asked_by: Option<String>,
    /// When everything was gone.
    #[schema(value_type = String, format = DateTime)]
    done_at: Instant,
    /// How much went.
    destroyed: DestroyedShape,
    /// What stays: `log`, `contract`, `agreement`, `journal`, `backup`.
    stays: Vec<&'static str>,
    /// The same in one line, signed where the installation has a key: what is to be kept.
    line: String,
}

/// How much went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DestroyedShape {
    /// Requests that were emptied.
    requests: u64,
    /// Of these, those that were closed by it.
    closed: u64,
    /// Texts.
    texts: u64,
    /// Files.
    files: u64,
    /// People who were erased.
    people: u64,
    /// People who are of another account as well, and lost their role in this one.
    released: u64,
    /// Contracts of which the least stays.
    contracts: u64,
    /// Of these, those that were ended by it.
    ended: u64,
    /// Licences, named contacts and settings.
    entries: u64,
}

impl CertificateShape {
    fn of(certificate: Certificate, line: String) -> Self {
        let went = certificate.destroyed;
        Self {
            account: certificate.account.to_string(),
            asked_at: certificate.asked_at,
            asked_by: certificate.asked_by.map(|id| id.to_string()),
            done_at: certificate.done_at,
            destroyed: DestroyedShape {
                requests: went.requests,
                closed: went.closed,
                texts: went.texts,
                files: went.files,
                people: went.people,
                released: went.released,
                contracts: went.contracts,
                ended: went.ended,
                entries: went.entries,
            },
            stays: certificate.stays.iter().map(|what| what.as_str()).collect(),
            line,
        }
    }
}

/// What a destruction came to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DestructionReportShape {
    /// The certificate.
    certificate: CertificateShape,
    /// Numbers of requests of others whose texts name the account, for somebody to look at.
    mentions: Vec<String>,
    /// Kind and key of what the desk keeps for itself that names it, for somebody to look at.
    entries: Vec<String>,
}

impl DestructionReportShape {
    fn of(report: DestructionReport) -> Self {
        let certificate = CertificateShape::of(report.certificate, report.line);
        Self { certificate, mentions: report.mentions, entries: report.entries }
    }
}

/// A destruction.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DestructionShape {
    /// Id of the account.
    account: String,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// By whom, by name; null for whoever runs the installation.
    asked_by: Option<String>,
    /// The certificate; null while it is under way.
    certificate: Option<CertificateShape>,
    /// When the pages that had held it were clean as well.
    #[schema(value_type = Option<String>, format = DateTime)]
    scrubbed_at: Option<Instant>,
}

impl DestructionShape {
    fn of(row: DestructionRow) -> Self {
        Self {
            account: row.account.to_string(),
            at: row.at,
            asked_by: row.asked_by,
            certificate: row.certificate.map(|(certificate, line)| CertificateShape::of(certificate, line)),
            scrubbed_at: row.scrubbed_at,
        }
    }
}

/// The accounts that a provider destroyed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DestructionListShape {
    /// The latest first.
    items: Vec<DestructionShape>,
}

/// Shows a customer as its destruction would find it, with what is in the way.
#[utoipa::path(get, path = "/api/v1/privacy/accounts/{account}", tag = "privacy",
    params(("account" = String, Path, description = "Key of the account.")),
    responses((status = 200, body = AccountPrivacyShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let found = account_for_privacy(&web.environment, &caller.viewer, &key).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(AccountPrivacyShape::of(found)).into_response())
}

/// Hands over all that is kept of a customer: JSON, agreements and files in one ZIP archive, made while it is read.
#[utoipa::path(get, path = "/api/v1/privacy/accounts/{account}/export", tag = "privacy",
    params(("account" = String, Path, description = "Key of the account.")),
    responses((status = 200, description = "The archive.", content_type = "application/zip"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn export(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let export = export_account(&web.environment, &caller.viewer, None, &key).await;
    Ok(crate::privacy::archive(export.map_err(|failure| caller.frame.problem(&failure))?))
}

/// Lists the customers that the provider destroyed, with their certificates.
#[utoipa::path(get, path = "/api/v1/privacy/destructions", tag = "privacy",
    responses((status = 200, body = DestructionListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_destructions(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let items = found.into_iter().map(DestructionShape::of).collect();
    Ok(Json(DestructionListShape { items }).into_response())
}

/// Destroys a customer: its requests' texts and files, its people, its licences and settings. It cannot be undone; what
/// broke off is gone on with by asking again.
#[utoipa::path(post, path = "/api/v1/privacy/destructions", tag = "privacy", request_body = NewDestructionShape,
    responses((status = 201, body = DestructionReportShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn destroy(
    State(web): State<Web>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewDestructionShape>,
) -> Result<Response, ApiFault> {
    let NewDestructionShape { account, confirm, close_requests, end_contracts } = asked;
    let asked = DestructionAsked { confirm, close_requests, end_contracts };
    let done = crate::account_privacy::destroy(&web, caller.viewer.clone(), None, account, asked).await;
    let report = done.map_err(|failure: Failure| caller.frame.problem(&failure))?;
    Ok((StatusCode::CREATED, Json(DestructionReportShape::of(report))).into_response())
}
