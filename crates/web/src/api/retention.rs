//! How long what is kept is kept, over HTTP.

use super::body::JsonBody;
use super::problem::{ApiFault, Problem};
use crate::state::Web;
use crate::viewer::Caller;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use calendar::Instant;
use operations::{Failure, Kept, Retention, RetentionView, set_retention, view_retention};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How long things are kept.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRetentionShape {
    /// Key of the account whose requests are meant; the whole desk when absent.
    #[serde(default)]
    account: Option<String>,
    /// Whole months, 1 to 600, by thing: `messages`, `attachments`, `letters`, and for the desk `kept_mail`,
    /// `journal`, `looks`, `access`. What is not named is kept for ever, but for `journal` and `looks`: 12 months.
    months: BTreeMap<String, u32>,
}

impl NewRetentionShape {
    fn read(&self) -> Result<Retention, Failure> {
        let wrong = || Failure::Invalid { field: "months", problem: "error-months".into() };
        let read = |(name, months): (&String, &u32)| Some((Kept::parse(name)?, *months));
        let months: Option<BTreeMap<Kept, u32>> = self.months.iter().map(read).collect();
        Ok(Retention { months: months.ok_or_else(wrong)? })
    }
}

/// What stands, and what goes by it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RetentionShape {
    /// Months by thing for the whole desk.
    months: BTreeMap<&'static str, u32>,
    /// From when on.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Instant>,
    /// Accounts whose requests are kept otherwise.
    accounts: Vec<AccountRetentionShape>,
    /// How many requests or rows go now, by thing.
    due: BTreeMap<&'static str, u64>,
    /// Numbers of the first requests of which something goes; twenty at most.
    numbers: Vec<String>,
    /// What went so far.
    swept: SweptShape,
}

/// An account whose requests are kept otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountRetentionShape {
    /// Its key.
    account: String,
    /// Months by thing.
    months: BTreeMap<&'static str, u32>,
    /// From when on.
    #[schema(value_type = String, format = DateTime)]
    from: Instant,
}

/// What went so far because it was kept long enough.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SweptShape {
    /// Requests.
    requests: u64,
    /// Texts.
    texts: u64,
    /// Files.
    files: u64,
    /// When the last went.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_at: Option<Instant>,
}

fn named<T: Copy>(values: &BTreeMap<Kept, T>) -> BTreeMap<&'static str, T> {
    values.iter().map(|(kept, value)| (kept.as_str(), *value)).collect()
}

impl RetentionShape {
    fn of(view: &RetentionView) -> Self {
        let accounts = view.accounts.iter().map(|known| AccountRetentionShape {
            account: known.key.clone(),
            months: named(&known.retention.months),
            from: known.from,
        });
        Self {
            months: named(&view.own.months),
            from: view.from,
            accounts: accounts.collect(),
            due: named(&view.due),
            numbers: view.numbers.clone(),
            swept: SweptShape {
                requests: view.swept.requests,
                texts: view.swept.texts,
                files: view.swept.files,
                last_at: view.swept.last_at,
            },
        }
    }
}

/// Shows how long things are kept, and what goes now.
#[utoipa::path(get, path = "/api/v1/privacy/retention", tag = "privacy",
    responses((status = 200, body = RetentionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(State(web): State<Web>, caller: Caller) -> Result<Response, ApiFault> {
    let view = view_retention(&web.environment, &caller.viewer, None).await;
    let view = view.map_err(|failure| caller.frame.problem(&failure))?;
    Ok(Json(RetentionShape::of(&view)).into_response())
}

/// Sets how long things are kept, for the desk or for one account. It holds a day later.
#[utoipa::path(put, path = "/api/v1/privacy/retention", tag = "privacy", request_body = NewRetentionShape,
    responses((status = 200, body = RetentionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put(
    State(web): State<Web>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewRetentionShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure: Failure| caller.frame.problem(&failure);
    let retention = asked.read().map_err(problem)?;
    set_retention(&web.environment, &caller.viewer, None, asked.account.as_deref(), &retention)
        .await
        .map_err(problem)?;
    let view = view_retention(&web.environment, &caller.viewer, None).await.map_err(problem)?;
    Ok(Json(RetentionShape::of(&view)).into_response())
}

/// Shows what would go at once if things were kept so long. Nothing is set and nothing goes.
#[utoipa::path(post, path = "/api/v1/privacy/retention/preview", tag = "privacy", request_body = NewRetentionShape,
    responses((status = 200, body = RetentionShape), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn preview(
    State(web): State<Web>,
    caller: Caller,
    JsonBody(asked): JsonBody<NewRetentionShape>,
) -> Result<Response, ApiFault> {
    let problem = |failure: Failure| caller.frame.problem(&failure);
    let retention = asked.read().map_err(problem)?;
    let tried = Some((asked.account.as_deref(), &retention));
    let view = view_retention(&web.environment, &caller.viewer, tried).await.map_err(problem)?;
    Ok(Json(RetentionShape::of(&view)).into_response())
}
