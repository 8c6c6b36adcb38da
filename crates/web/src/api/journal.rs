//! The journal, over HTTP.

use super::problem::{ApiFault, Problem};
use super::query::{ApiQuery, PageQuery};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use operations::{JournalRow, read_journal};
use serde::Serialize;
use utoipa::ToSchema;

/// That somebody did something, or was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JournalRowShape {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who; null where nobody is known.
    person: Option<String>,
    /// Their name.
    name: Option<String>,
    /// What was asked for.
    deed: String,
    /// Of what.
    object: String,
    /// `done`, `refused` or `failed`.
    outcome: String,
    /// From which network.
    network: String,
}

/// Rows of the journal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JournalShape {
    /// The latest first.
    items: Vec<JournalRowShape>,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

fn shape(row: JournalRow) -> JournalRowShape {
    JournalRowShape {
        at: row.at,
        person: row.person_id.map(|id| id.to_string()),
        name: row.person,
        deed: row.deed,
        object: row.object,
        outcome: row.outcome,
        network: row.network,
    }
}

/// Lists who did what and who was refused, all of the journal page by page.
#[utoipa::path(get, path = "/api/v1/privacy/journal", tag = "privacy", params(PageQuery),
    responses((status = 200, body = JournalShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Response, ApiFault> {
    let at_most = query.limit.rows();
    let rows = read_journal(&web.environment, &caller.viewer, query.cursor.as_deref(), at_most).await;
    let rows = rows.map_err(|failure| caller.frame.problem(&failure))?;
    let cursor = rows.last().filter(|_| rows.len() == at_most as usize).map(|row| row.cursor.clone());
    Ok(Json(JournalShape { items: rows.into_iter().map(shape).collect(), cursor }).into_response())
}
