//! Who may do what, over HTTP.

use super::people::PersonRecordShape;
use super::problem::{ApiFault, Problem};
use super::query::{ApiQuery, PageQuery};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use operations::{PeopleFilter, PersonRights, TokenRights, report_rights};
use serde::Serialize;
use utoipa::ToSchema;

/// Somebody with all that they may do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PersonRightsShape {
    /// Who, with roles and teams.
    person: PersonRecordShape,
    /// The rights that their role with the provider gives, by name.
    rights: Vec<&'static str>,
    /// The rights that each of `accounts` gives, in the same order.
    in_accounts: Vec<Vec<&'static str>>,
    /// Whether they have a second factor, or a passkey.
    has_second_factor: bool,
    /// When a browser was last used as them; null where none is let in.
    #[schema(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Instant>,
    /// Tokens of programs that act for them.
    tokens: Vec<TokenRightsShape>,
}

/// What a token lets a program do for its owner, and no more than they may.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TokenRightsShape {
    /// What its owner calls it.
    label: String,
    /// `read`, `write`, `people`.
    scopes: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Instant,
    /// When it ends by itself, if it does.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Instant>,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Instant>,
}

/// A page of the report.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RightsReportShape {
    /// By name.
    items: Vec<PersonRightsShape>,
    /// Where the next page begins; null on the last.
    cursor: Option<String>,
}

impl PersonRightsShape {
    fn of(row: PersonRights) -> Self {
        let token = |token: TokenRights| TokenRightsShape {
            label: token.label,
            scopes: token.scopes,
            made_at: token.made_at,
            ends_at: token.ends_at,
            used_at: token.used_at,
        };
        Self {
            person: PersonRecordShape::of(&row.person),
            rights: row.rights,
            in_accounts: row.in_accounts,
            has_second_factor: row.has_second_factor,
            seen_at: row.seen_at,
            tokens: row.tokens.into_iter().map(token).collect(),
        }
    }
}

/// Tells who may do what: everybody who may come in, with rights, tokens and when each was last used. Asks for the scope
/// `people`.
#[utoipa::path(get, path = "/api/v1/people/rights", tag = "people", params(PageQuery),
    responses((status = 200, body = RightsReportShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(web): State<Web>,
    caller: Caller,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Response, ApiFault> {
    let filter =
        PeopleFilter { cursor: query.cursor, limit: query.limit.places(), ..PeopleFilter::default() };
    let found = report_rights(&web.environment, &caller.viewer, &filter).await;
    let (rows, cursor) = found.map_err(|failure| caller.frame.problem(&failure))?;
    let items = rows.into_iter().map(PersonRightsShape::of).collect();
    Ok(Json(RightsReportShape { items, cursor }).into_response())
}
