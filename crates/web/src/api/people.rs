//! People, teams and accounts over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use super::query::{ApiQuery, Limit};
use crate::network::Seen;
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use desk::{AccountRole, Role};
use operations::{
    AccountRecord, Failure, NewPerson, PeopleFilter, PeopleSide, PersonChange, PersonRecord, TeamRecord,
    change_person, end_person_sessions, invite_person, keep_team_hours, list_accounts, list_people,
    list_teams, make_person, make_team, rename_team, reset_second_factor, stored_files, view_account,
    view_person,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Somebody of the provider, or a contact of its customers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PersonRecordShape {
    /// Their id.
    id: String,
    /// Name as shown.
    name: String,
    /// Address.
    email: String,
    /// `agent`, `lead`, `manager`, `admin` or `contact`.
    role: &'static str,
    /// Whether they may come in.
    active: bool,
    /// Language in which they read: `fr` or `en`.
    language: String,
    /// IANA zone in which they read times; null to read in the calendar's.
    zone: Option<String>,
    /// The roles of a contact in accounts, their own first.
    accounts: Vec<StandingShape>,
    /// Keys of the teams of one of the provider's people.
    teams: Vec<String>,
    /// Whether they have a second factor; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_factor: Option<bool>,
    /// In how many browsers they are signed in; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<usize>,
    /// How many tokens of programs act for them; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<usize>,
}

/// A role of a contact in an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandingShape {
    /// Key of the account.
    #[schema(example = "bouleaux")]
    account: String,
    /// `reader`, `requester` or `manager`.
    role: String,
}

impl PersonRecordShape {
    pub(crate) fn of(record: &PersonRecord) -> Self {
        let accounts = record
            .accounts
            .iter()
            .map(|known| StandingShape { account: known.key.clone(), role: known.role.as_str().to_owned() });
        Self {
            id: record.id.to_string(),
            name: record.name.clone(),
            email: record.email.clone(),
            role: record.role.as_str(),
            active: record.is_active,
            language: record.language.clone(),
            zone: record.zone.clone(),
            accounts: accounts.collect(),
            teams: record.teams.clone(),
            second_factor: record.has_second_factor,
            sessions: record.sessions,
            tokens: record.tokens,
        }
    }
}

/// A page of people.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PersonListShape {
    /// By name.
    items: Vec<PersonRecordShape>,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

/// Which people a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeopleQuery {
    /// Beginnings of words of names, addresses and customers.
    q: Option<String>,
    /// `staff`, `contacts` or `gone`; everybody who may come in when absent.
    side: Option<String>,
    /// Where to go on, as an earlier page gave it.
    cursor: Option<String>,
    /// How many at most, from 1 to 200; 50 when absent.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Somebody to add. Nothing is sent to them before they are invited.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPersonShape {
    /// Name as shown.
    #[serde(default)]
    name: String,
    /// Address.
    #[serde(default)]
    #[schema(example = "maude@bouleaux.example")]
    email: String,
    /// `agent`, `lead`, `manager`, `admin` or `contact`.
    #[serde(default)]
    role: String,
    /// `fr` or `en`; the provider's when absent.
    language: Option<String>,
    /// IANA zone in which they read times.
    zone: Option<String>,
    /// The roles of a contact in accounts, their own first; one at least.
    #[serde(default)]
    accounts: Vec<StandingShape>,
    /// Keys of the teams of one of the provider's people.
    #[serde(default)]
    teams: Vec<String>,
}

/// What is to change of somebody; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChangeShape {
    /// Name as shown.
    name: Option<String>,
    /// Address. Links that were sent to the old one end.
    email: Option<String>,
    /// `agent`, `lead`, `manager` or `admin`; a contact stays one. Nobody changes their own.
    role: Option<String>,
    /// `fr` or `en`.
    language: Option<String>,
    /// IANA zone in which they read times; empty to read in the calendar's.
    zone: Option<String>,
    /// Whether they may come in. When not, their sessions, links and tokens end at once.
    active: Option<bool>,
    /// The roles of a contact in accounts, in place of all they have.
    accounts: Option<Vec<StandingShape>>,
    /// The teams of one of the provider's people, in place of all they are in.
    teams: Option<Vec<String>>,
}

/// A team.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TeamShape {
    /// A short name for programs.
    key: String,
    /// Name as shown.
    name: String,
    /// Ids of who is in it.
    members: Vec<String>,
    /// The calendar of the agreement in which it works; null for the hours of each request.
    hours: Option<String>,
}

impl TeamShape {
    fn of(team: &TeamRecord) -> Self {
        let members = team.members.iter().map(|(id, _)| id.to_string()).collect();
        Self { key: team.key.clone(), name: team.name.clone(), members, hours: team.hours.clone() }
    }
}

/// The teams of a provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TeamListShape {
    /// By name.
    items: Vec<TeamShape>,
}

/// A team to make.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTeamShape {
    /// A short name for programs: small letters, digits and `-`. It never changes.
    #[serde(default)]
    #[schema(example = "nuit")]
    key: String,
    /// Name as shown.
    #[serde(default)]
    name: String,
}

/// What is to change of a team.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamChangeShape {
    /// Name as shown.
    #[serde(default)]
    name: String,
    /// The calendar of the agreement in which it works; empty for the hours of each request.
    hours: Option<String>,
}

/// A customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountRecordShape {
    /// Its id.
    id: String,
    /// A short name for programs.
    key: String,
    /// Name as shown.
    name: String,
    /// The caller's own role there: `reader`, `requester` or `manager`; null for the provider's people.
    role: Option<&'static str>,
    /// Bytes of all files of its requests; for the provider's people who ask for one customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_bytes: Option<u64>,
    /// Bytes that they may take; absent where nothing bounds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_bytes_at_most: Option<u64>,
}

impl AccountRecordShape {
    fn of(record: &AccountRecord) -> Self {
        Self {
            id: record.id.to_string(),
            key: record.key.clone(),
            name: record.name.clone(),
            role: record.role.map(AccountRole::as_str),
            stored_bytes: None,
            stored_bytes_at_most: None,
        }
    }
}

/// A page of customers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountListShape {
    /// By name.
    items: Vec<AccountRecordShape>,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

/// Which accounts a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountQuery {
    /// Beginnings of words of names and keys.
    q: Option<String>,
    /// Where to go on, as an earlier page gave it.
    cursor: Option<String>,
    /// How many at most, from 1 to 200; 50 when absent.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

fn role(text: &str) -> Result<Role, Failure> {
    Role::parse(text).ok_or(Failure::Invalid { field: "role", problem: "error-role-unknown".into() })
}

fn standings(given: &[StandingShape]) -> Result<Vec<(String, AccountRole)>, Failure> {
    let named = |standing: &StandingShape| {
        let role = AccountRole::parse(&standing.role);
        let unknown = Failure::Invalid { field: "accounts", problem: "error-role-unknown".into() };
        Ok((standing.account.clone(), role.ok_or(unknown)?))
    };
    given.iter().map(named).collect()
}

/// Lists people. Asks for the scope `people`.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", params(PeopleQuery),
    responses((status = 200, body = PersonListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    ApiQuery(query): ApiQuery<PeopleQuery>,
) -> Result<Response, ApiFault> {
    let side = match query.side.as_deref() {
        None => PeopleSide::Everybody,
        Some("staff") => PeopleSide::Staff,
        Some("contacts") => PeopleSide::Contacts,
        Some("gone") => PeopleSide::Gone,
        Some(_) => {
            let unknown = Failure::Invalid { field: "side", problem: "problem-invalid".into() };
            return Err(caller.frame.problem(&unknown));
        }
    };
    let filter = PeopleFilter { text: query.q, side, cursor: query.cursor, limit: query.limit.places() };
    let found = list_people(&web.environment, &caller.viewer, &filter).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let items = found.items.iter().map(PersonRecordShape::of).collect();
    Ok(Json(PersonListShape { items, cursor: found.cursor }).into_response())
}

/// Adds somebody. Asks for the scopes `write` and `people`.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = NewPersonShape,
    responses((status = 201, body = PersonRecordShape, headers(("Location" = String))), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn make(
    State(web): State<Web>,
    caller: Caller,
    seen: Seen,
    JsonBody(asked): JsonBody<NewPersonShape>,
) -> Result<Response, ApiFault> {
    let new = || {
        Ok(NewPerson {
            name: asked.name,
            email: asked.email,
            role: role(&asked.role)?,
            language: asked.language,
            zone: asked.zone,
            accounts: standings(&asked.accounts)?,
            teams: asked.teams,
        })
    };
    let new = new().map_err(|failure| caller.frame.problem(&failure))?;
    let made = make_person(&web.environment, &caller.viewer, None, &new, &seen.origin()).await;
    let id = made.map_err(|failure| caller.frame.problem(&failure))?.to_string();
    let mut response = (StatusCode::CREATED, shape(&web, &caller, &id).await?).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/people/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn shape(web: &Web, caller: &Caller, id: &str) -> Result<Json<PersonRecordShape>, ApiFault> {
    let found = view_person(&web.environment, &caller.viewer, id).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(PersonRecordShape::of(&found)))
}

/// Shows somebody. Asks for the scope `people`.
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "people",
    params(("id" = String, Path, description = "Id of the person.")),
    responses((status = 200, body = PersonRecordShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    Ok(shape(&web, &caller, &id).await?.into_response())
}

/// Changes somebody; holds at once, on open streams too. Asks for the scopes `write` and `people`.
#[utoipa::path(patch, path = "/api/v1/people/{id}", tag = "people", request_body = PersonChangeShape,
    params(("id" = String, Path, description = "Id of the person.")),
    responses((status = 200, body = PersonRecordShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(web): State<Web>,
    caller: Caller,
    seen: Seen,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<PersonChangeShape>,
) -> Result<Response, ApiFault> {
    let change = || {
        Ok(PersonChange {
            name: asked.name,
            email: asked.email,
            role: asked.role.as_deref().map(role).transpose()?,
            language: asked.language,
            zone: asked.zone,
            is_active: asked.active,
            accounts: asked.accounts.as_deref().map(standings).transpose()?,
            teams: asked.teams,
        })
    };
    let change = change().map_err(|failure| caller.frame.problem(&failure))?;
    let changed = change_person(&web.environment, &caller.viewer, None, &id, &change, &seen.origin()).await;
    changed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(shape(&web, &caller, &id).await?.into_response())
}

/// Sends somebody a link by which they first come in: once, within seven days. Asks for the scopes
/// `write` and `people`.
#[utoipa::path(post, path = "/api/v1/people/{id}/invite", tag = "people",
    params(("id" = String, Path, description = "Id of the person.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn invite(
    State(web): State<Web>,
    caller: Caller,
    seen: Seen,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    let done = invite_person(&web.environment, &caller.viewer, None, &id, &seen.origin()).await;
    done.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes somebody's second factor away and ends their sessions. Asks for the scopes `write` and `people`.
#[utoipa::path(post, path = "/api/v1/people/{id}/reset-second-factor", tag = "people",
    params(("id" = String, Path, description = "Id of the person.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn reset(
    State(web): State<Web>,
    caller: Caller,
    seen: Seen,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    let done = reset_second_factor(&web.environment, &caller.viewer, None, &id, &seen.origin()).await;
    done.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ends somebody's sessions. Asks for the scopes `write` and `people`.
#[utoipa::path(post, path = "/api/v1/people/{id}/end-sessions", tag = "people",
    params(("id" = String, Path, description = "Id of the person.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end_sessions(
    State(web): State<Web>,
    caller: Caller,
    seen: Seen,
    Path(id): Path<String>,
) -> Result<Response, ApiFault> {
    let done = end_person_sessions(&web.environment, &caller.viewer, None, &id, &seen.origin()).await;
    done.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Lists teams. Asks for the scope `people`.
#[utoipa::path(get, path = "/api/v1/teams", tag = "people",
    responses((status = 200, body = TeamListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn teams(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_teams(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(TeamListShape { items: found.iter().map(TeamShape::of).collect() }).into_response())
}

/// Makes a team. Asks for the scopes `write` and `people`.
#[utoipa::path(post, path = "/api/v1/teams", tag = "people", request_body = NewTeamShape,
    responses((status = 201, body = TeamShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn add_team(
    State(web): State<Web>,
    caller: Caller,
    seen: Seen,
    JsonBody(asked): JsonBody<NewTeamShape>,
) -> Result<Response, ApiFault> {
    let made = make_team(&web.environment, &caller.viewer, &asked.key, &asked.name, &seen.origin()).await;
    made.map_err(|failure| caller.frame.problem(&failure))?;
    Ok((StatusCode::CREATED, team(&web, &caller, asked.key.trim()).await?).into_response())
}

/// Gives a team another name. Asks for the scopes `write` and `people`.
#[utoipa::path(patch, path = "/api/v1/teams/{team}", tag = "people", request_body = TeamChangeShape,
    params(("team" = String, Path, description = "Key of the team.")),
    responses((status = 200, body = TeamShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change_team(
    State(web): State<Web>,
    caller: Caller,
    seen: Seen,
    Path(key): Path<String>,
    JsonBody(asked): JsonBody<TeamChangeShape>,
) -> Result<Response, ApiFault> {
    let (environment, viewer, origin) = (&web.environment, &caller.viewer, seen.origin());
    let problem = |failure| caller.frame.problem(&failure);
    if !asked.name.is_empty() || asked.hours.is_none() {
        rename_team(environment, viewer, &key, &asked.name, &origin).await.map_err(problem)?;
    }
    if let Some(hours) = &asked.hours {
        keep_team_hours(environment, viewer, &key, Some(hours), &origin).await.map_err(problem)?;
    }
    Ok(team(&web, &caller, &key).await?.into_response())
}

async fn team(web: &Web, caller: &Caller, key: &str) -> Result<Json<TeamShape>, ApiFault> {
    let found = list_teams(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let found = found.iter().find(|team| team.key == key).map(TeamShape::of);
    found.map(Json).ok_or_else(|| caller.frame.problem(&Failure::NotFound { what: "team" }))
}

/// Lists the customers that the caller may know: all for the provider's people, for a contact those
/// where they have a role.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", params(AccountQuery),
    responses((status = 200, body = AccountListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn accounts(
    State(web): State<Web>,
    caller: Caller,
    ApiQuery(query): ApiQuery<AccountQuery>,
) -> Result<Response, ApiFault> {
    let (text, cursor) = (query.q.as_deref(), query.cursor.as_deref());
    let limit = query.limit.places();
    let found = list_accounts(&web.environment, &caller.viewer, text, cursor, limit).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let items = found.items.iter().map(AccountRecordShape::of).collect();
    Ok(Json(AccountListShape { items, cursor: found.cursor }).into_response())
}

/// Shows a customer.
#[utoipa::path(get, path = "/api/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Key of the account.")),
    responses((status = 200, body = AccountRecordShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn account(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let found = view_account(&web.environment, &caller.viewer, &key).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let mut shape = AccountRecordShape::of(&found);
    if caller.viewer.is_staff() {
        let stored = stored_files(&web.environment, &caller.viewer, &key).await;
        let stored = stored.map_err(|failure| caller.frame.problem(&failure))?;
        shape.stored_bytes = Some(stored.bytes);
        shape.stored_bytes_at_most = stored.bytes_at_most;
    }
    Ok(Json(shape).into_response())
}
