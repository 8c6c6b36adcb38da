//! Whether the program lives, and whether it can work.

use crate::state::Web;
use axum::extract::State;
use axum::http::StatusCode;
use operations::{Failure, viewer_of_token};

/// `GET /livez`: the process answers.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers. A token that nobody has is looked up, which reads and
/// writes nothing of anybody's.
pub(crate) async fn ready(State(web): State<Web>) -> (StatusCode, &'static str) {
    match viewer_of_token(&web.environment, "-").await {
        Ok(_) | Err(Failure::NotSignedIn | Failure::NotFound { .. }) => (StatusCode::OK, "ok\n"),
        Err(failure) => {
            tracing::warn!(error = %failure, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
