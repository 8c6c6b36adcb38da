//! Whether the program lives, and whether it can work.

use crate::state::Web;
use axum::extract::State;
use axum::http::StatusCode;
use operations::{Failure, Loop, viewer_of_token};
use std::borrow::Cow;
use std::time::Duration;

/// `GET /livez`: the process answers.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers, and what this node does by itself goes on. A token that nobody has is looked
/// up, which reads and writes nothing of anybody's.
pub(crate) async fn ready(State(web): State<Web>) -> (StatusCode, Cow<'static, str>) {
    match viewer_of_token(&web.environment, "-").await {
        Ok(_) | Err(Failure::NotSignedIn | Failure::NotFound { .. }) => {}
        Err(failure) => {
            tracing::warn!(error = %failure, "the database does not answer");
            return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".into());
        }
    }
    told_of(&web.environment.pulse.standing_still())
}

/// What is answered of loops that stand still.
fn told_of(still: &[(Loop, Duration)]) -> (StatusCode, Cow<'static, str>) {
    if still.is_empty() {
        return (StatusCode::OK, "ok\n".into());
    }
    let said: String = still
        .iter()
        .map(|(of, since)| format!("{} has made no pass for {} s\n", of.as_str(), since.as_secs()))
        .collect();
    tracing::warn!(said = said.trim_end(), "the node is not ready");
    (StatusCode::SERVICE_UNAVAILABLE, said.into())
}

#[cfg(test)]
mod tests {
    use super::told_of;
    use operations::Loop;
    use std::time::Duration;

    #[test]
    fn a_node_whose_loops_stand_still_is_not_ready_and_says_which() {
        assert_eq!(told_of(&[]).0, 200);
        let (status, said) =
            told_of(&[(Loop::Clocks, Duration::from_secs(200)), (Loop::Letters, Duration::from_secs(901))]);
        assert_eq!(status, 503);
        assert_eq!(said, "clocks has made no pass for 200 s\nletters has made no pass for 901 s\n");
    }
}
