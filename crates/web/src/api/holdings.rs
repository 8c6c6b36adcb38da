//! Licences and named contacts of customers, and published versions, over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use super::shapes::ClauseShape;
use crate::state::Web;
use crate::submission::day;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use calendar::LocalDate;
use desk::Refusal;
use operations::{
    Failure, Licence, LicenceKind, LicenceState, LicencesView, NamedContactsView, Release, ReleaseKind,
    list_releases, name_contacts, publish_release, put_licence, remove_licence, remove_release,
    view_licences, view_named_contacts,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What an account holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LicenceListShape {
    /// Key of the account.
    account: String,
    /// By product.
    items: Vec<KeptLicenceShape>,
    /// The clause that has them shown; null where the agreement does not speak of it.
    clause: Option<ClauseShape>,
    /// Whether the agreement lets the account download published versions; null where it does not speak of it.
    download: Option<DownloadShape>,
}

/// Whether published versions may be downloaded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DownloadShape {
    /// Whether.
    included: bool,
    /// The clause.
    clause: ClauseShape,
}

/// A licence or a subscription of an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptLicenceShape {
    /// Its key.
    key: String,
    /// Of which product.
    product: String,
    /// `licence` or `subscription`.
    kind: &'static str,
    /// For how many.
    seats: Option<u32>,
    /// First day.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<LocalDate>,
    /// Last day; null where it does not expire.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<LocalDate>,
    /// Number under which the provider knows it.
    reference: String,
    /// `to_come`, `in_force` or `expired`.
    state: &'static str,
}

/// A licence or a subscription to keep.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LicenceShape {
    /// Of which product.
    #[serde(default)]
    product: String,
    /// `licence` or `subscription`.
    kind: Option<String>,
    /// For how many.
    seats: Option<u32>,
    /// First day (`2026-01-31`).
    from: Option<String>,
    /// Last day; absent where it does not expire.
    until: Option<String>,
    /// Number under which the provider knows it.
    reference: Option<String>,
}

/// Published versions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReleaseListShape {
    /// The newest first.
    items: Vec<KeptReleaseShape>,
}

/// A published version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptReleaseShape {
    /// Its key.
    key: String,
    /// Of which product.
    product: String,
    /// Which version.
    version: String,
    /// `update` or `upgrade`.
    kind: &'static str,
    /// Since when.
    #[schema(value_type = Option<String>, format = Date)]
    released_on: Option<LocalDate>,
    /// Where it is had.
    link: String,
    /// What is new, by language.
    news: BTreeMap<String, String>,
}

/// A version to publish.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseShape {
    /// Of which product.
    #[serde(default)]
    product: String,
    /// Which version.
    #[serde(default)]
    version: String,
    /// `update` or `upgrade`.
    kind: Option<String>,
    /// Since when (`2026-01-31`); today when absent.
    released_on: Option<String>,
    /// Where it is had, `https://…`.
    link: Option<String>,
    /// What is new, by language (`fr`, `en`).
    #[serde(default)]
    news: BTreeMap<String, String>,
}

impl LicenceListShape {
    fn of(view: LicencesView) -> Self {
        let items = view.licences.into_iter();
        Self {
            account: view.account.0,
            items: items.map(|(licence, state)| KeptLicenceShape::of(licence, state)).collect(),
            clause: view.clause.as_ref().map(ClauseShape::of),
            download: view
                .download
                .map(|(included, clause)| DownloadShape { included, clause: ClauseShape::of(&clause) }),
        }
    }
}

impl KeptLicenceShape {
    fn of(licence: Licence, state: LicenceState) -> Self {
        Self {
            key: licence.key,
            product: licence.product,
            kind: licence.kind.as_str(),
            seats: licence.seats,
            from: licence.from,
            until: licence.until,
            reference: licence.reference,
            state: state.as_str(),
        }
    }
}

impl KeptReleaseShape {
    fn of(release: Release) -> Self {
        Self {
            key: release.key,
            product: release.product,
            version: release.version,
            kind: release.kind.as_str(),
            released_on: release.released_on,
            link: release.link,
            news: release.news,
        }
    }
}

impl LicenceShape {
    fn licence(self, key: String) -> Result<Licence, Failure> {
        let kind = kind(self.kind.as_deref(), LicenceKind::parse, LicenceKind::ALL.map(LicenceKind::as_str))?;
        Ok(Licence {
            key,
            product: self.product,
            kind,
            seats: self.seats,
            from: day("from", self.from)?,
            until: day("until", self.until)?,
            reference: self.reference.unwrap_or_default().trim().to_owned(),
        })
    }
}

impl ReleaseShape {
    fn release(self, key: String) -> Result<Release, Failure> {
        let kind = kind(self.kind.as_deref(), ReleaseKind::parse, ReleaseKind::ALL.map(ReleaseKind::as_str))?;
        Ok(Release {
            key,
            product: self.product,
            version: self.version,
            kind,
            released_on: day("released_on", self.released_on)?,
            link: self.link.unwrap_or_default(),
            news: self.news,
        })
    }
}

/// The kind that is said, the usual one where none is.
fn kind<T: Default>(
    said: Option<&str>,
    parse: fn(&str) -> Option<T>,
    known: [&str; 2],
) -> Result<T, Failure> {
    let Some(said) = said else { return Ok(T::default()) };
    parse(said).ok_or_else(|| {
        Failure::Refused(Refusal::UnknownValue {
            fact: "kind".to_owned(),
            value: said.to_owned(),
            allowed: known.map(str::to_owned).to_vec(),
        })
    })
}

/// Lists what an account holds, with the days on which it expires.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/licences", tag = "licences",
    params(("account" = String, Path, description = "Key of the account.")),
    responses((status = 200, body = LicenceListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn licences(
    State(web): State<Web>,
    caller: Caller,
    Path(account): Path<String>,
) -> Result<Response, ApiFault> {
    let found = view_licences(&web.environment, &caller.viewer, &account).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(LicenceListShape::of(found)).into_response())
}

/// Keeps a licence under its key, in place of what stood there.
#[utoipa::path(put, path = "/api/v1/accounts/{account}/licences/{key}", tag = "licences", request_body = LicenceShape,
    params(("account" = String, Path, description = "Key of the account."),
        ("key" = String, Path, description = "Key of the licence: small letters, digits and hyphens.")),
    responses((status = 200, body = LicenceListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn keep_a_licence(
    State(web): State<Web>,
    caller: Caller,
    Path((account, key)): Path<(String, String)>,
    JsonBody(asked): JsonBody<LicenceShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let licence = asked.licence(key).map_err(problem)?;
    put_licence(&web.environment, &caller.viewer, &account, &licence).await.map_err(problem)?;
    let found = view_licences(&web.environment, &caller.viewer, &account).await.map_err(problem)?;
    Ok(Json(LicenceListShape::of(found)).into_response())
}

/// Removes a licence.
#[utoipa::path(delete, path = "/api/v1/accounts/{account}/licences/{key}", tag = "licences",
    params(("account" = String, Path, description = "Key of the account."),
        ("key" = String, Path, description = "Key of the licence.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove_a_licence(
    State(web): State<Web>,
    caller: Caller,
    Path((account, key)): Path<(String, String)>,
) -> Result<Response, ApiFault> {
    let removed = remove_licence(&web.environment, &caller.viewer, &account, &key).await;
    removed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Lists published versions, the newest first.
#[utoipa::path(get, path = "/api/v1/releases", tag = "releases",
    responses((status = 200, body = ReleaseListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn releases(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_releases(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let items = found.into_iter().map(KeptReleaseShape::of).collect();
    Ok(Json(ReleaseListShape { items }).into_response())
}

/// Publishes a version under its key, or says anew what is published of it. A new one is announced once, where
/// agreements want it.
#[utoipa::path(put, path = "/api/v1/releases/{key}", tag = "releases", request_body = ReleaseShape,
    params(("key" = String, Path, description = "Key of the version: small letters, digits and hyphens.")),
    responses((status = 200, body = ReleaseListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn publish(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    JsonBody(asked): JsonBody<ReleaseShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let release = asked.release(key).map_err(problem)?;
    publish_release(&web.environment, &caller.viewer, &release).await.map_err(problem)?;
    releases(State(web), caller).await
}

/// Takes a version back.
#[utoipa::path(delete, path = "/api/v1/releases/{key}", tag = "releases",
    params(("key" = String, Path, description = "Key of the version.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take_back(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let removed = remove_release(&web.environment, &caller.viewer, &key).await;
    removed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The roles of a customer that its agreement names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NamedContactListShape {
    /// Key of the account.
    account: String,
    /// In the order of the agreement.
    roles: Vec<NamedRoleShape>,
    /// Required roles that nobody has.
    missing: Vec<String>,
    /// Names of those who have several roles of which one may not be combined.
    combined: Vec<String>,
    /// The clause that names the roles.
    clause: Option<ClauseShape>,
}

/// A role of a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NamedRoleShape {
    /// Its name in the agreement.
    role: String,
    /// Whether somebody must have it.
    required: bool,
    /// Who has it, by id.
    people: Vec<String>,
    /// The clause that names it.
    clause: ClauseShape,
}

/// Who has a role from now on.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedContactsShape {
    /// Ids of people of the account; nobody where it is empty.
    #[serde(default)]
    people: Vec<String>,
}

impl NamedContactListShape {
    fn of(view: NamedContactsView) -> Self {
        let roles = view.roles.into_iter().map(|role| NamedRoleShape {
            role: role.name,
            required: role.required,
            people: role.holders.iter().map(|(id, _)| id.to_string()).collect(),
            clause: ClauseShape::of(&role.clause),
        });
        Self {
            account: view.account.0,
            roles: roles.collect(),
            missing: view.missing.into_iter().collect(),
            combined: view.combined,
            clause: view.clause.as_ref().map(ClauseShape::of),
        }
    }
}

/// Lists the roles of a customer that its agreement names, with who has them and who is missing.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/named-contacts", tag = "accounts",
    params(("account" = String, Path, description = "Key of the account.")),
    responses((status = 200, body = NamedContactListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn named_contacts(
    State(web): State<Web>,
    caller: Caller,
    Path(account): Path<String>,
) -> Result<Response, ApiFault> {
    let found = view_named_contacts(&web.environment, &caller.viewer, &account).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(NamedContactListShape::of(found)).into_response())
}

/// Names who has a role, in place of whoever had it. Managers of the provider and of the account do.
#[utoipa::path(put, path = "/api/v1/accounts/{account}/named-contacts/{role}", tag = "accounts", request_body = NamedContactsShape,
    params(("account" = String, Path, description = "Key of the account."),
        ("role" = String, Path, description = "Name of the role in the agreement.")),
    responses((status = 200, body = NamedContactListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn name_for_a_role(
    State(web): State<Web>,
    caller: Caller,
    Path((account, role)): Path<(String, String)>,
    JsonBody(asked): JsonBody<NamedContactsShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let parsed: Result<Vec<desk::PersonId>, _> = asked.people.iter().map(|id| id.parse()).collect();
    let people = parsed
        .map_err(|_| problem(Failure::Invalid { field: "people", problem: "error-named-contact".into() }))?;
    name_contacts(&web.environment, &caller.viewer, &account, &role, &people).await.map_err(problem)?;
    named_contacts(State(web), caller, Path(account)).await
}
