//! Who works at the desk, over HTTP: absences, languages, skills, advisers, assignment rules.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use desk::{NoticeChoice, PersonId, Rhythm};
use operations::{
    AdviserRecord, AssignTo, AssignmentRule, Failure, NewAbsence, StaffRecord, Talents, end_absence,
    keep_absence, keep_notice_choice, keep_talents, list_advisers, list_assignment_rules, list_staff,
    name_adviser, notice_choice, put_assignment_rule, remove_assignment_rule,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Somebody of the desk.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StaffShape {
    /// Their id.
    id: String,
    /// Name as shown.
    name: String,
    /// Keys of the teams they are in.
    teams: Vec<String>,
    /// Languages in which they answer.
    languages: Vec<String>,
    /// Skills.
    skills: Vec<String>,
    /// Absences that are not over, by their beginning.
    absences: Vec<AbsenceShape>,
    /// Whether they are absent now.
    absent: bool,
    /// Who is there for them now, by id; their own while they are there, null while nobody is.
    stand_in: Option<String>,
}

/// An absence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AbsenceShape {
    /// Its key, unique for the person.
    key: String,
    /// From when on.
    #[schema(value_type = String, format = DateTime)]
    from: Instant,
    /// Until when, excluded.
    #[schema(value_type = String, format = DateTime)]
    until: Instant,
    /// Who stands in, by id.
    deputy: Option<String>,
}

/// Everybody of the desk.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StaffListShape {
    /// By name, the caller first.
    items: Vec<StaffShape>,
}

impl StaffShape {
    fn of(record: StaffRecord) -> Self {
        let absence = |absence: operations::AbsenceRecord| AbsenceShape {
            key: absence.key,
            from: absence.from,
            until: absence.until,
            deputy: absence.deputy.map(|(id, _)| id.to_string()),
        };
        Self {
            id: record.id.to_string(),
            name: record.name,
            teams: record.teams,
            languages: record.talents.languages.into_iter().collect(),
            skills: record.talents.skills.into_iter().collect(),
            absences: record.absences.into_iter().map(absence).collect(),
            absent: record.is_absent,
            stand_in: record.stand_in.map(|(id, _)| id.to_string()),
        }
    }
}

/// What somebody speaks and knows.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TalentsShape {
    /// Languages in which they answer, by code, each once.
    #[schema(value_type = BTreeSet<String>)]
    languages: Vec<String>,
    /// Skills, in words of your own, each once.
    #[schema(value_type = BTreeSet<String>)]
    skills: Vec<String>,
}

/// Words of which none stands twice.
fn each_once(field: &'static str, words: Vec<String>) -> Result<BTreeSet<String>, Failure> {
    let count = words.len();
    let once: BTreeSet<String> = words.into_iter().collect();
    if once.len() < count {
        return Err(Failure::Invalid { field, problem: "error-twice".into() });
    }
    Ok(once)
}

/// An absence to keep.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAbsenceShape {
    /// From when on.
    #[schema(value_type = String, format = DateTime)]
    from: Instant,
    /// Until when, excluded.
    #[schema(value_type = String, format = DateTime)]
    until: Instant,
    /// Who stands in, by id.
    #[serde(default)]
    deputy: Option<String>,
}

/// The key of what was kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptAbsenceShape {
    /// Its key.
    key: String,
}

/// Lists everybody of the desk with their absences, languages and skills.
#[utoipa::path(get, path = "/api/v1/staff", tag = "staff",
    responses((status = 200, body = StaffListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_staff(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(StaffListShape { items: found.into_iter().map(StaffShape::of).collect() }).into_response())
}

/// Says what somebody speaks and knows: of oneself, of one's team for a lead, of everybody for managers.
#[utoipa::path(put, path = "/api/v1/staff/{id}/talents", tag = "staff", request_body = TalentsShape,
    params(("id" = String, Path, description = "Id of the person.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn talents(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<TalentsShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let person = person(&id).map_err(problem)?;
    let talents = Talents {
        languages: each_once("languages", asked.languages).map_err(problem)?,
        skills: each_once("skills", asked.skills).map_err(problem)?,
    };
    keep_talents(&web.environment, &caller.viewer, person, &talents).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Keeps an absence: one's own, of one's team for a lead, of everybody for managers.
#[utoipa::path(post, path = "/api/v1/staff/{id}/absences", tag = "staff", request_body = NewAbsenceShape,
    params(("id" = String, Path, description = "Id of the person.")),
    responses((status = 201, body = KeptAbsenceShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn add_absence(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<NewAbsenceShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let wrong = || Failure::Invalid { field: "deputy", problem: "error-absence-deputy".into() };
    let deputy = match asked.deputy.as_deref().filter(|deputy| !deputy.is_empty()) {
        Some(deputy) => Some(deputy.parse::<PersonId>().map_err(|_| problem(wrong()))?),
        None => None,
    };
    let person = person(&id).map_err(problem)?;
    let new = NewAbsence { person, from: asked.from, until: asked.until, deputy };
    let key = keep_absence(&web.environment, &caller.viewer, new).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(KeptAbsenceShape { key })).into_response())
}

/// Ends an absence, or takes one back that has not begun.
#[utoipa::path(delete, path = "/api/v1/staff/{id}/absences/{key}", tag = "staff",
    params(("id" = String, Path, description = "Id of the person."), ("key" = String, Path, description = "Key of the absence.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove_absence(
    State(web): State<Web>,
    caller: Caller,
    Path((id, key)): Path<(String, String)>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let person = person(&id).map_err(problem)?;
    end_absence(&web.environment, &caller.viewer, person, &key).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn person(id: &str) -> Result<PersonId, Failure> {
    id.parse().map_err(|_| Failure::NotFound { what: "person" })
}

/// A rule by which new requests are given to somebody.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AssignmentRuleShape {
    /// What it is called.
    title: String,
    /// Whether it gives anything.
    enabled: bool,
    /// Its place: the smallest that finds somebody present gives the request.
    place: u32,
    /// For requests with these values of facts, such as `product` or `region`.
    of: BTreeMap<String, String>,
    /// For requests in this language.
    language: Option<String>,
    /// `adviser`, `turn` or `least_loaded`.
    to: String,
    /// Among those of this team, by key.
    team: Option<String>,
    /// Among those with this skill.
    skill: Option<String>,
    /// Among those who speak the language of the request.
    speaking: bool,
}

/// A rule with its key.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeptAssignmentRuleShape {
    /// Its key.
    key: String,
    /// What it says.
    rule: AssignmentRuleShape,
}

/// Assignment rules.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AssignmentRuleListShape {
    /// In the order in which they are tried.
    items: Vec<KeptAssignmentRuleShape>,
}

/// Lists the assignment rules of the desk.
#[utoipa::path(get, path = "/api/v1/assignment-rules", tag = "staff",
    responses((status = 200, body = AssignmentRuleListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn rules(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_assignment_rules(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let items = found.into_iter().map(|rule| KeptAssignmentRuleShape {
        rule: AssignmentRuleShape {
            title: rule.title,
            enabled: rule.enabled,
            place: rule.place,
            of: rule.of.into_iter().collect(),
            language: rule.language,
            to: rule.to.as_str().to_owned(),
            team: rule.team,
            skill: rule.skill,
            speaking: rule.speaking,
        },
        key: rule.key,
    });
    Ok(Json(AssignmentRuleListShape { items: items.collect() }).into_response())
}

/// Keeps an assignment rule under its key, in place of what stood there. It acts in the name of the caller.
#[utoipa::path(put, path = "/api/v1/assignment-rules/{key}", tag = "staff", request_body = AssignmentRuleShape,
    params(("key" = String, Path, description = "Key of the rule: small letters, digits and hyphens.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put_rule(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
    JsonBody(asked): JsonBody<AssignmentRuleShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let wrong = || Failure::Invalid { field: "to", problem: "error-value-unknown".into() };
    let rule = AssignmentRule {
        key,
        title: asked.title,
        enabled: asked.enabled,
        place: asked.place,
        of: asked.of.into_iter().collect(),
        language: asked.language,
        to: AssignTo::parse(&asked.to).ok_or_else(|| problem(wrong()))?,
        team: asked.team,
        skill: asked.skill,
        speaking: asked.speaking,
    };
    put_assignment_rule(&web.environment, &caller.viewer, &rule).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Removes an assignment rule.
#[utoipa::path(delete, path = "/api/v1/assignment-rules/{key}", tag = "staff",
    params(("key" = String, Path, description = "Key of the rule.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove_rule(
    State(web): State<Web>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiFault> {
    let removed = remove_assignment_rule(&web.environment, &caller.viewer, &key).await;
    removed.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The adviser of a customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdviserShape {
    /// Key of the account.
    account: String,
    /// Who, by id; null where nobody was named.
    adviser: Option<String>,
    /// Their name.
    adviser_name: Option<String>,
    /// Whether the contract names them, so that nothing else counts.
    by_contract: bool,
}

/// Advisers of customers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdviserListShape {
    /// By the name of the account.
    items: Vec<AdviserShape>,
}

/// Whom to name.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NamedAdviserShape {
    /// By id; null for nobody.
    adviser: Option<String>,
}

/// Lists the customers with their advisers.
#[utoipa::path(get, path = "/api/v1/advisers", tag = "staff",
    responses((status = 200, body = AdviserListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn advisers(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let found = list_advisers(&web.environment, &caller.viewer).await;
    let found = found.map_err(|failure| caller.frame.problem(&failure))?;
    let shape = |record: AdviserRecord| AdviserShape {
        account: record.account,
        adviser: record.adviser.as_ref().map(|(id, _)| id.to_string()),
        adviser_name: record.adviser.map(|(_, name)| name),
        by_contract: record.by_contract,
    };
    Ok(Json(AdviserListShape { items: found.into_iter().map(shape).collect() }).into_response())
}

/// Names the adviser of a customer. One whom the contract names stays.
#[utoipa::path(put, path = "/api/v1/accounts/{account}/adviser", tag = "staff", request_body = NamedAdviserShape,
    params(("account" = String, Path, description = "Key of the account.")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put_adviser(
    State(web): State<Web>,
    caller: Caller,
    Path(account): Path<String>,
    JsonBody(asked): JsonBody<NamedAdviserShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let wrong = || Failure::Invalid { field: "adviser", problem: "error-adviser".into() };
    let adviser = match asked.adviser.as_deref().filter(|adviser| !adviser.is_empty()) {
        Some(adviser) => Some(adviser.parse::<PersonId>().map_err(|_| problem(wrong()))?),
        None => None,
    };
    name_adviser(&web.environment, &caller.viewer, &account, adviser).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How somebody wants to be told what may wait.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeChoiceShape {
    /// `at_once`, `hourly` or `daily` (at eight in the morning in the person's zone).
    rhythm: String,
    /// Whether what may wait waits for the morning, unless a clock runs at night.
    quiet_nights: bool,
}

/// Shows how the caller wants to be told.
#[utoipa::path(get, path = "/api/v1/me/notices", tag = "staff",
    responses((status = 200, body = NoticeChoiceShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn notices(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let choice = notice_choice(&web.environment, &caller.viewer).await;
    let choice = choice.map_err(|failure| caller.frame.problem(&failure))?;
    let shape =
        NoticeChoiceShape { rhythm: choice.rhythm.as_str().to_owned(), quiet_nights: choice.quiet_nights };
    Ok(Json(shape).into_response())
}

/// Says how the caller wants to be told from now on.
#[utoipa::path(put, path = "/api/v1/me/notices", tag = "staff", request_body = NoticeChoiceShape,
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put_notices(
    State(web): State<Web>,
    caller: Caller,
    JsonBody(asked): JsonBody<NoticeChoiceShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure| caller.frame.problem(&failure);
    let wrong = || Failure::Invalid { field: "rhythm", problem: "error-value-unknown".into() };
    let rhythm = Rhythm::parse(&asked.rhythm).ok_or_else(|| problem(wrong()))?;
    let choice = NoticeChoice { rhythm, quiet_nights: asked.quiet_nights };
    keep_notice_choice(&web.environment, &caller.viewer, choice).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
