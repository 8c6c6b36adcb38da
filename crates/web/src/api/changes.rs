//! What was changed of the desk's settings, over HTTP.

use super::problem::{ApiFault, Problem};
use super::query::{ApiQuery, Limit};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use operations::{ChangesWanted, SettingChange, SettingDifference, list_changes};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which changes are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeQuery {
    /// A kind of setting, such as `rule`.
    #[serde(default)]
    kind: Option<String>,
    /// The key of a setting among its kind.
    #[serde(default)]
    key: Option<String>,
    /// Where to go on, as the page before gave it.
    #[serde(default)]
    cursor: Option<String>,
    /// At most so many, 1 to 200.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// A part of a setting that says something else.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SettingDifferenceShape {
    /// Which part, such as `texts.fr` or `steps[0].command`; empty where it has no parts.
    part: String,
    /// What it said; null where it was not there.
    before: Option<String>,
    /// What it says; null where it is gone.
    after: Option<String>,
}

/// A change of a setting.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SettingChangeShape {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who; null where the desk itself did it.
    person: Option<String>,
    /// Their name.
    name: Option<String>,
    /// The kind of setting: `adviser`, `assignment`, `directory_let_go`, `field`, `licence`, `macro`, `mail_key`,
    /// `mail_template`, `named_contacts`, `release`, `reply`, `retention`, `rule`, `team_hours` or `webhook`.
    kind: String,
    /// Its key among its kind.
    key: String,
    /// The customer whose setting it is, by name; null where it is the desk's.
    account: Option<String>,
    /// Which version of it came to be, from 1.
    version: u64,
    /// `made`, `changed`, `removed` or `erased`.
    what: &'static str,
    /// What is said otherwise, part by part.
    differences: Vec<SettingDifferenceShape>,
}

/// Changes of settings.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ChangeListShape {
    /// The latest first.
    items: Vec<SettingChangeShape>,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

fn shape(change: SettingChange) -> SettingChangeShape {
    let difference =
        |it: SettingDifference| SettingDifferenceShape { part: it.part, before: it.before, after: it.after };
    SettingChangeShape {
        at: change.at,
        person: change.person_id.map(|id| id.to_string()),
        name: change.person,
        kind: change.kind,
        key: change.key,
        account: change.account,
        version: change.version,
        what: change.what.as_str(),
        differences: change.differences.into_iter().map(difference).collect(),
    }
}

/// Lists what was changed of the desk's settings, by whom, before and after.
#[utoipa::path(get, path = "/api/v1/privacy/changes", tag = "privacy", params(ChangeQuery),
    responses((status = 200, body = ChangeListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    ApiQuery(query): ApiQuery<ChangeQuery>,
) -> Result<Response, ApiFault> {
    let wanted = ChangesWanted {
        kind: query.kind.as_deref().unwrap_or_default(),
        key: query.key.as_deref().unwrap_or_default(),
        cursor: query.cursor.as_deref().unwrap_or_default(),
        at_most: query.limit.rows(),
    };
    let rows = list_changes(&web.environment, &caller.viewer, &wanted).await;
    let rows = rows.map_err(|failure| caller.frame.problem(&failure))?;
    let cursor = rows.last().filter(|_| rows.len() == wanted.at_most as usize).map(|row| row.cursor.clone());
    Ok(Json(ChangeListShape { items: rows.into_iter().map(shape).collect(), cursor }).into_response())
}
