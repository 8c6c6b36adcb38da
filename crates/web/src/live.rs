//! One stream of events per browser: what changed, so that pages ask again.

use crate::state::Web;
use crate::viewer::Visitor;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use desk::Right;
use futures_util::stream;
use operations::{Viewer, viewer_of_session};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};

/// Where browsers listen.
pub(crate) const PATH: &str = "/evenements";

/// How often a stream asks whether its session still stands: one that another node ended is closed within five seconds.
const ASKED_EVERY: Duration = Duration::from_secs(4);

/// `GET /evenements`.
pub(crate) async fn events(State(web): State<Web>, visitor: Visitor) -> Response {
    let (Some(viewer), Some(token)) = (visitor.viewer, visitor.token) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    web.metrics.streams.fetch_add(1, Ordering::Relaxed);
    let open = Open(Arc::clone(&web.metrics));
    let rights = web.environment.rights();
    let start = (web.environment.changes(), rights, web, viewer, token, next_question(), open);
    let stream = stream::unfold(
        start,
        |(mut changes, mut rights, web, mut viewer, token, mut ask_at, open)| async move {
            loop {
                // A right that changes is looked at as it does, and not only when there is something to tell.
                let change = tokio::select! {
                    change = timeout_at(ask_at, changes.recv()) => Some(change),
                    changed = rights.changed() => match changed {
                        Ok(()) => None,
                        Err(_) => return None,
                    },
                    () = told_to_stop(&web) => return None,
                };
                let is_due = change.as_ref().is_none_or(Result::is_err);
                // Whoever lost the right to look is told nothing more, not even what came just then.
                if is_due || rights.has_changed().unwrap_or(true) {
                    rights.mark_unchanged();
                    match viewer_of_session(&web.environment, &token).await {
                        Ok(now) if now.may(Right::FollowChanges) => viewer = now,
                        _ => return None,
                    }
                    ask_at = next_question();
                }
                match change {
                    None | Some(Err(_)) => {}
                    Some(Ok(Err(RecvError::Closed))) => return None,
                    // Something was missed: the page asks for itself.
                    Some(Ok(Err(RecvError::Lagged(_)))) => {
                        let state = (changes, rights, web, viewer, token, ask_at, open);
                        return Some((event("{}".to_owned()), state));
                    }
                    Some(Ok(Ok(change))) => {
                        web.metrics.changes.fetch_add(1, Ordering::Relaxed);
                        if concerns(&viewer, &change.provider, change.account) {
                            let data = serde_json::json!({ "number": change.number }).to_string();
                            return Some((event(data), (changes, rights, web, viewer, token, ask_at, open)));
                        }
                    }
                }
            }
        },
    );
    let stream = Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)));
    let mut response = stream.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Waits until the server is told to stop.
async fn told_to_stop(web: &Web) {
    match web.settings.stopped.clone() {
        Some(mut stopped) => {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }
        None => std::future::pending().await,
    }
}

fn event(data: String) -> Result<Event, Infallible> {
    Ok(Event::default().data(data))
}

// How long a stream waits is no business of the product's time.
fn next_question() -> Instant {
    Instant::now() + ASKED_EVERY
}

fn concerns(viewer: &Viewer, provider: &desk::ProviderId, account: Option<desk::AccountId>) -> bool {
    viewer.person.provider == *provider && viewer.sees(account)
}

/// Counts an open stream as long as it is.
struct Open(Arc<crate::metrics::Metrics>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}
