//! Who saw what, over HTTP.

use super::problem::{ApiFault, Problem};
use super::query::{ApiQuery, Limit};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use operations::{Failure, LookFilter, LookRow, read_looks};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which looks are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LookQuery {
    /// Number of a request.
    #[serde(default)]
    request: Option<String>,
    /// Id or address of a person.
    #[serde(default)]
    person: Option<String>,
    /// Id or address of somebody whose data were seen: only looks at what they asked, and at themselves.
    #[serde(default)]
    subject: Option<String>,
    /// From this instant on.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    after: Option<String>,
    /// Only before this instant.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<String>,
    /// Where to go on, as the page before gave it.
    #[serde(default)]
    cursor: Option<String>,
    /// At most so many, 1 to 200.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// That somebody saw something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LookShape {
    /// When first within the hour.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who.
    person: String,
    /// Their name.
    name: Option<String>,
    /// `request`, `file`, `letter`, `raw_letter`, `export` or `journal`.
    what: String,
    /// Which: of a request its number and a slash, with what was seen of it behind.
    object: String,
    /// `session` or `token`.
    way: String,
    /// From which network.
    network: String,
}

/// Looks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LookListShape {
    /// The latest first.
    items: Vec<LookShape>,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

fn shape(row: LookRow) -> LookShape {
    LookShape {
        at: row.at,
        person: row.person.to_string(),
        name: row.name,
        what: row.what,
        object: row.object,
        way: row.way,
        network: row.network,
    }
}

/// Lists who saw what. The same again within an hour is one row.
#[utoipa::path(get, path = "/api/v1/privacy/looks", tag = "privacy", params(LookQuery),
    responses((status = 200, body = LookListShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    ApiQuery(query): ApiQuery<LookQuery>,
) -> Result<Response, ApiFault> {
    let problem = |failure: Failure| caller.frame.problem(&failure);
    let wrong = |field| Failure::Invalid { field, problem: "error-cursor".into() };
    let instant = |field, text: Option<&str>| match text {
        None => Ok(None),
        Some(text) => Instant::parse(text).map(Some).map_err(|_| problem(wrong(field))),
    };
    let filter = LookFilter {
        after: instant("after", query.after.as_deref())?,
        before: instant("before", query.before.as_deref())?,
        request: query.request,
        person: query.person,
        subject: query.subject,
        cursor: query.cursor,
        at_most: query.limit.rows(),
    };
    let rows = read_looks(&web.environment, &caller.viewer, &filter).await.map_err(problem)?;
    let cursor = rows.last().filter(|_| rows.len() == filter.at_most as usize).map(|row| row.cursor.clone());
    Ok(Json(LookListShape { items: rows.into_iter().map(shape).collect(), cursor }).into_response())
}
