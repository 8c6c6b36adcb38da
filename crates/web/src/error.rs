//! What goes wrong, as a page or as a problem document: the one conversion to HTTP.

use crate::page::{Frame, Head, Place};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use desk::Refusal;
use maud::{Markup, html};
use operations::{Failure, SearchProblem, SearchProblemKind};
use std::borrow::Cow;

/// A failure on its way to whoever asked, as a page.
pub(crate) struct Fault {
    frame: Box<Frame>,
    failure: Failure,
}

impl Frame {
    /// A failure as a page in this frame.
    pub(crate) fn fault(&self, failure: impl Into<Failure>) -> Fault {
        Fault { frame: Box::new(self.clone()), failure: failure.into() }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        if matches!(self.failure, Failure::NotSignedIn) {
            return Redirect::to("/").into_response();
        }
        log(&self.failure);
        let what = explain(&self.frame, &self.failure);
        told(&self.failure, failure_page(&self.frame, status(&self.failure), &what))
    }
}

/// A page that tells of a failure, with its status and when to come back.
pub(crate) fn told(failure: &Failure, page: Markup) -> Response {
    let mut response = (status(failure), page).into_response();
    if let Some(seconds) = retry_after(failure) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// In how many seconds what failed may be tried again, for `Retry-After` (RFC 9110 section 10.2.3); none where waiting
/// does not help.
pub(crate) fn retry_after(failure: &Failure) -> Option<i64> {
    match failure {
        Failure::TooMany { retry_after_seconds } => Some((*retry_after_seconds).max(1)),
        Failure::Step { why, .. } => retry_after(why),
        failure => failure.is_temporary().then_some(5),
    }
}

/// A page that says what went wrong and what can be done.
pub(crate) fn failure_page(frame: &Frame, status: StatusCode, what: &str) -> Markup {
    let title = match status {
        StatusCode::NOT_FOUND => frame.say("error-not-found-title"),
        StatusCode::FORBIDDEN => frame.say("error-not-permitted-title"),
        StatusCode::SERVICE_UNAVAILABLE => frame.say("page-unavailable"),
        StatusCode::TOO_MANY_REQUESTS => frame.say("problem-too-many"),
        StatusCode::PRECONDITION_FAILED => frame.say("error-conflict-title"),
        StatusCode::PAYLOAD_TOO_LARGE => frame.say("problem-too-large"),
        status if status.is_client_error() => frame.say("error-not-done-title"),
        _ => frame.say("error-server-title"),
    };
    let head = Head { title, place: Place::Elsewhere, number: None, wrong: false, icons: &["plus"] };
    frame.page(
        &head,
        html! {
            main #contenu class=(if frame.area == crate::page::Area::Workspace { "shell" } else { "wrap" }) tabindex="-1" {
                div.stack.gap-top {
                    h1 { (title) }
                    p.lede { (what) }
                    p { a href="/" { (frame.say("error-home")) } }
                }
            }
        },
    )
}

/// Logs what the operator should see; expected answers are none of that.
pub(crate) fn log(failure: &Failure) {
    match failure {
        Failure::Store(_) | Failure::Agreement { .. } | Failure::Panicked { .. } => {
            tracing::error!(error = %chain(failure), "a request failed")
        }
        _ => tracing::debug!(error = %failure, "a request was refused"),
    }
}

/// The message of a failure with all that caused it.
fn chain(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut source = std::error::Error::source(failure);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// The HTTP status of a failure.
pub(crate) fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::NotFound { .. } => StatusCode::NOT_FOUND,
        Failure::NotSignedIn => StatusCode::UNAUTHORIZED,
        Failure::NotPermitted | Failure::Refused(Refusal::NotPermitted { .. }) => StatusCode::FORBIDDEN,
        Failure::Refused(
            Refusal::NotOpen
            | Refusal::AlreadyOpen
            | Refusal::NotWaiting
            | Refusal::NeedsConsent { .. }
            | Refusal::WaitsForDuty { .. }
            | Refusal::Covered
            | Refusal::NotResolved
            | Refusal::NotClosed
            | Refusal::AlreadyRated
            | Refusal::AlreadySplitOff
            | Refusal::NotAsked { .. }
            | Refusal::NothingClaimed
            | Refusal::ClaimDecided { .. }
            | Refusal::ClaimTooLate { .. }
            | Refusal::ClaimTooEarly { .. }
            | Refusal::ClaimRefused { .. }
            | Refusal::NothingAsked
            | Refusal::NothingHeld
            | Refusal::Merged
            | Refusal::NotMerged
            | Refusal::SameRequest
            | Refusal::OtherAccount,
        ) => StatusCode::CONFLICT,
        Failure::Step { why, .. } => status(why),
        Failure::Changed { .. } => StatusCode::PRECONDITION_FAILED,
        Failure::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Failure::Refused(_) | Failure::Invalid { .. } | Failure::Search(_) | Failure::KeyReused => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        failure if failure.is_temporary() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What went wrong, for people.
pub(crate) fn explain(frame: &Frame, failure: &Failure) -> String {
    match failure {
        Failure::NotFound { .. } => frame.say("error-not-found").to_owned(),
        Failure::Step { place, why } => {
            let why = explain(frame, why);
            frame.say_with("error-step", &[("place", &(place + 1).to_string()), ("why", &why)])
        }
        Failure::NotSignedIn => frame.say("problem-not-signed-in").to_owned(),
        Failure::NotPermitted => frame.say("refusal-not-permitted").to_owned(),
        Failure::Changed { .. } => frame.say("error-conflict").to_owned(),
        Failure::KeyReused => frame.say("problem-idempotency").to_owned(),
        Failure::TooMany { .. } => frame.say("problem-too-many-more").to_owned(),
        Failure::Invalid { problem, .. } => invalid(frame, problem),
        Failure::Search(problem) => misread(frame, problem),
        Failure::Refused(refusal) => refused(frame, refusal),
        failure if failure.is_temporary() => frame.say("page-unavailable-more").to_owned(),
        _ => frame.say("page-failed-more").to_owned(),
    }
}

fn invalid(frame: &Frame, problem: &str) -> String {
    words::known_text(frame.language, &format!("invalid-{problem}"))
        .or_else(|| words::known_text(frame.language, problem))
        .map_or_else(|| frame.say("problem-invalid").to_owned(), Cow::into_owned)
}

/// What is wrong with a search, and what to write.
pub(crate) fn misread(frame: &Frame, problem: &SearchProblem) -> String {
    let key = match problem.kind {
        SearchProblemKind::UnknownValue if !problem.allowed.is_empty() => "search-unknown-value-of",
        kind => kind.key(),
    };
    frame.say_with(
        key,
        &[
            ("operator", &problem.operator),
            ("value", &problem.value),
            ("allowed", &problem.allowed.join(", ")),
        ],
    )
}

/// A clause in brackets, where there is one.
fn cited(frame: &Frame, clause: Option<&terms::Clause>) -> String {
    clause.map_or_else(String::new, |clause| format!("({})", words::clause_reference(frame.language, clause)))
}

fn claim_day(frame: &Frame, key: &str, day: calendar::LocalDate, clause: &terms::Clause) -> String {
    let today = frame.home.local(frame.now).date;
    let day = words::date_in_words(frame.language, day, today);
    frame.say_with(key, &[("day", &day), ("clause", &cited(frame, Some(clause)))])
}

fn refused(frame: &Frame, refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotPermitted { clause: Some(clause), .. } => {
            let reference = words::clause_reference(frame.language, clause);
            frame.say_with("refusal-not-permitted-by", &[("clause", &reference)])
        }
        Refusal::NotPermitted { clause: None, .. } => frame.say("refusal-not-permitted").to_owned(),
        Refusal::NotOpen => frame.say("refusal-not-open").to_owned(),
        Refusal::AlreadyOpen => frame.say("refusal-already-open").to_owned(),
        Refusal::NotWaiting => frame.say("refusal-not-waiting").to_owned(),
        Refusal::Needs { what, .. } => frame.say_with("refusal-needs", &[("what", what)]),
        Refusal::UnknownValue { fact, value, allowed } if allowed.is_empty() => {
            let key = if value.is_empty() { "refusal-no-value" } else { "refusal-impossible-value" };
            frame.say_with(key, &[("fact", fact), ("value", value)])
        }
        Refusal::UnknownValue { fact, value, allowed } => frame.say_with(
            "refusal-unknown-value",
            &[("fact", fact), ("value", value), ("allowed", &allowed.join(", "))],
        ),
        Refusal::NeedsOne { what, allowed, clause } => frame.say_with(
            "refusal-needs-one",
            &[
                ("what", what),
                ("allowed", &allowed.join(", ")),
                ("clause", &words::clause_reference(frame.language, clause)),
            ],
        ),
        Refusal::NeedsConsent { of, clause, .. } => {
            let nobody = terms::Label::default();
            let of: Vec<String> =
                of.iter().map(|role| words::role_name(frame.language, role, &nobody)).collect();
            let clause = words::clause_reference(frame.language, clause);
            frame.say_with("refusal-needs-consent", &[("of", &of.join(", ")), ("clause", &clause)])
        }
        Refusal::WaitsForDuty { task, label, clause, .. } => {
            let duty = crate::happening::duty_name(frame, task, label);
            let clause = words::clause_reference(frame.language, clause);
            frame.say_with("refusal-waits-for-duty", &[("duty", &duty), ("clause", &clause)])
        }
        Refusal::Covered => frame.say("refusal-covered").to_owned(),
        Refusal::NotClosed => frame.say("refusal-not-closed").to_owned(),
        Refusal::AlreadyRated => frame.say("refusal-already-rated").to_owned(),
        Refusal::NotAsked { clause } => {
            frame.say_with("refusal-not-asked", &[("clause", &cited(frame, clause.as_ref()))])
        }
        Refusal::NothingClaimed => frame.say("refusal-nothing-claimed").to_owned(),
        Refusal::ClaimDecided { clause } => {
            frame.say_with("refusal-claim-decided", &[("clause", &cited(frame, clause.as_ref()))])
        }
        Refusal::ClaimTooLate { last_day, clause } => {
            claim_day(frame, "refusal-claim-too-late", *last_day, clause)
        }
        Refusal::ClaimTooEarly { first_day, clause } => {
            claim_day(frame, "refusal-claim-too-early", *first_day, clause)
        }
        Refusal::ClaimRefused { clause } => {
            frame.say_with("refusal-claim-refused", &[("clause", &cited(frame, Some(clause)))])
        }
        Refusal::NotResolved => frame.say("refusal-not-resolved").to_owned(),
        Refusal::NothingAsked => frame.say("refusal-nothing-asked").to_owned(),
        Refusal::NothingHeld => frame.say("refusal-nothing-held").to_owned(),
        Refusal::AlreadySplitOff => frame.say("refusal-already-split-off").to_owned(),
        Refusal::Merged => frame.say("refusal-merged").to_owned(),
        Refusal::NotMerged => frame.say("refusal-not-merged").to_owned(),
        Refusal::SameRequest => frame.say("refusal-same-request").to_owned(),
        Refusal::OtherAccount => frame.say("refusal-other-account").to_owned(),
        Refusal::InThePast { what } => frame.say_with("refusal-in-the-past", &[("what", what)]),
        Refusal::InTheFuture { what } => frame.say_with("refusal-in-the-future", &[("what", what)]),
        Refusal::OutOfBounds { what, least, most } => frame.say_with(
            "refusal-out-of-bounds",
            &[("what", what), ("least", &least.to_string()), ("most", &most.to_string())],
        ),
        Refusal::Empty => frame.say("refusal-empty").to_owned(),
        Refusal::Terms { text } => frame.say_with("refusal-terms", &[("text", text)]),
    }
}

#[cfg(test)]
mod tests {
    use super::{failure_page, retry_after};
    use axum::http::StatusCode;
    use operations::Failure;
    use words::Language;

    #[test]
    fn what_is_no_error_of_ours_is_not_called_one() {
        for language in [Language::French, Language::English] {
            let frame = crate::golden::frame_in(language);
            let ours = frame.say("error-server-title");
            for (code, is_ours) in
                [(400, false), (409, false), (412, false), (413, false), (422, false), (500, true)]
            {
                let code = StatusCode::from_u16(code).expect("a status");
                let page = failure_page(&frame, code, "").into_string();
                assert_eq!(page.contains(ours), is_ours, "{code}");
            }
        }
    }

    #[test]
    fn waiting_is_proposed_where_it_helps() {
        let too_many = |retry_after_seconds| Failure::TooMany { retry_after_seconds };
        assert_eq!(retry_after(&too_many(30)), Some(30));
        assert_eq!(retry_after(&too_many(0)), Some(1));
        assert_eq!(retry_after(&Failure::Step { place: 2, why: Box::new(too_many(7)) }), Some(7));
        assert_eq!(retry_after(&Failure::NotPermitted), None);
    }
}
