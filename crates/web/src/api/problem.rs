//! Problem documents (RFC 9457), with types that stay.

use crate::error::{explain, log, retry_after, status};
use crate::page::{Area, Frame};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use desk::Refusal;
use operations::Failure;
use serde::Serialize;
use utoipa::ToSchema;
use words::Language;

/// What went wrong (RFC 9457), as `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Which kind of problem, as a path of this site that explains it; it never changes.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not-permitted")]
    pub(crate) kind: &'static str,
    /// The kind in words.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What is wrong with this request.
    pub(crate) detail: String,
    /// The field that is to blame, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// The clause that is the reason, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clause: Option<super::shapes::ClauseShape>,
    /// The values that would be accepted, where there is a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowed: Option<Vec<String>>,
    /// In how many seconds it may be tried again, told by the header `Retry-After`.
    #[serde(skip)]
    retry_after_seconds: Option<i64>,
}

/// Every kind of problem, with its status.
pub(crate) const KINDS: [(&str, u16); 16] = [
    ("not-signed-in", 401),
    ("not-permitted", 403),
    ("not-found", 404),
    ("refused", 409),
    ("conflict", 412),
    ("invalid", 422),
    ("unknown-value", 422),
    ("missing", 422),
    ("idempotency", 422),
    ("malformed", 400),
    ("method-not-allowed", 405),
    ("too-large", 413),
    ("too-many", 429),
    ("needs-consent", 409),
    ("not-ready", 503),
    ("server", 500),
];

impl Problem {
    /// A failure in the words of whoever asked.
    pub(crate) fn of(frame: &Frame, failure: &Failure) -> Self {
        log(failure);
        let (kind, field, clause, allowed) = parts(failure);
        let code = match failure {
            Failure::NotSignedIn => StatusCode::UNAUTHORIZED,
            failure => status(failure),
        };
        Self {
            kind,
            title: title(frame.language, kind),
            status: code.as_u16(),
            detail: detail(frame, failure, kind),
            field,
            clause: clause.map(|clause| super::shapes::ClauseShape::of(&clause)),
            allowed,
            retry_after_seconds: retry_after(failure),
        }
    }

    /// A failure where nobody is known who would read it.
    pub(crate) fn plain(failure: &Failure) -> Self {
        Self::of(&stranger(), failure)
    }

    /// A request that cannot be read.
    pub(crate) fn malformed(detail: &str) -> Self {
        Self { detail: detail.to_owned(), ..Self::bare(Language::English, "/problems/malformed", 400) }
    }

    /// A body that is larger than what is taken.
    pub(crate) fn too_large() -> Self {
        Self::bare(Language::English, "/problems/too-large", 413)
    }

    /// A method that the path does not have.
    pub(crate) fn method_not_allowed() -> Self {
        Self::bare(Language::English, "/problems/method-not-allowed", 405)
    }

    /// A problem of which nothing is known but its kind.
    fn bare(language: Language, kind: &'static str, status: u16) -> Self {
        Self {
            kind,
            title: title(language, kind),
            status,
            detail: more(language, kind),
            field: None,
            clause: None,
            allowed: None,
            retry_after_seconds: None,
        }
    }
}

/// What is wrong, in words for programs' makers where the pages' words speak of a page.
fn detail(frame: &Frame, failure: &Failure, kind: &str) -> String {
    match failure {
        Failure::NotFound { .. } | Failure::NotSignedIn | Failure::Changed { .. } | Failure::KeyReused => {
            more(frame.language, kind)
        }
        failure => explain(frame, failure),
    }
}

fn more(language: Language, kind: &str) -> String {
    words::text(language, &format!("problem-{}-more", kind.trim_start_matches("/problems/"))).into_owned()
}

fn title(language: Language, kind: &str) -> String {
    words::text(language, &format!("problem-{}", kind.trim_start_matches("/problems/"))).into_owned()
}

fn stranger() -> Frame {
    Frame {
        language: Language::English,
        zone: None,
        home: calendar::Zone::utc(),
        area: Area::Gate,
        site: "Entente".to_owned(),
        mailbox: None,
        person: None,
        path: "/".to_owned(),
        demo: false,
        now: calendar::Instant::EPOCH,
    }
}

type Parts = (&'static str, Option<String>, Option<terms::Clause>, Option<Vec<String>>);

fn parts(failure: &Failure) -> Parts {
    let plain = |kind| (kind, None, None, None);
    match failure {
        Failure::NotFound { .. } => plain("/problems/not-found"),
        Failure::NotSignedIn => plain("/problems/not-signed-in"),
        Failure::NotPermitted => plain("/problems/not-permitted"),
        Failure::Changed { .. } => plain("/problems/conflict"),
        Failure::KeyReused => plain("/problems/idempotency"),
        Failure::TooMany { .. } => plain("/problems/too-many"),
        Failure::Invalid { field, .. } => ("/problems/invalid", Some((*field).to_owned()), None, None),
        Failure::Search(problem) => {
            let allowed = (!problem.allowed.is_empty()).then(|| problem.allowed.clone());
            ("/problems/invalid", Some("q".to_owned()), None, allowed)
        }
        Failure::Step { why, .. } => parts(why),
        Failure::Refused(refusal) => match refusal {
            Refusal::NotPermitted { clause, .. } => ("/problems/not-permitted", None, clause.clone(), None),
            Refusal::NotOpen
            | Refusal::AlreadyOpen
            | Refusal::NotWaiting
            | Refusal::Covered
            | Refusal::NotResolved
            | Refusal::NotClosed
            | Refusal::AlreadyRated
            | Refusal::AlreadySplitOff
            | Refusal::NothingClaimed
            | Refusal::NothingAsked
            | Refusal::NothingHeld
            | Refusal::Merged
            | Refusal::NotMerged
            | Refusal::SameRequest
            | Refusal::OtherAccount => plain("/problems/refused"),
            Refusal::NotAsked { clause } | Refusal::ClaimDecided { clause } => {
                ("/problems/refused", None, clause.clone(), None)
            }
            Refusal::ClaimTooLate { clause, .. }
            | Refusal::ClaimTooEarly { clause, .. }
            | Refusal::ClaimRefused { clause } => {
                ("/problems/refused", Some("period".to_owned()), Some((**clause).clone()), None)
            }
            Refusal::NeedsConsent { of, clause, .. } => {
                let field = Some("consent".to_owned());
                ("/problems/needs-consent", field, Some((**clause).clone()), Some(of.clone()))
            }
            Refusal::WaitsForDuty { task, clause, .. } => {
                ("/problems/refused", Some(task.clone()), Some((**clause).clone()), None)
            }
            Refusal::NeedsOne { what, allowed, clause } => {
                ("/problems/missing", Some(what.clone()), Some((**clause).clone()), Some(allowed.clone()))
            }
            Refusal::InThePast { what }
            | Refusal::InTheFuture { what }
            | Refusal::OutOfBounds { what, .. } => ("/problems/invalid", Some(what.clone()), None, None),
            Refusal::Needs { what, clause } => {
                ("/problems/missing", Some(what.clone()), clause.clone(), None)
            }
            Refusal::UnknownValue { fact, allowed, .. } => {
                ("/problems/unknown-value", Some(fact.clone()), None, Some(allowed.clone()))
            }
            Refusal::Empty => ("/problems/missing", Some("body".to_owned()), None, None),
            Refusal::Terms { .. } => plain("/problems/invalid"),
        },
        failure if failure.is_temporary() => plain("/problems/not-ready"),
        _ => plain("/problems/server"),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (code, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if code == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A failure of the API on its way to whoever asked.
pub(crate) struct ApiFault(pub(crate) Problem);

impl IntoResponse for ApiFault {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl Frame {
    /// A failure as a problem document.
    pub(crate) fn problem(&self, failure: &Failure) -> ApiFault {
        ApiFault(Problem::of(self, failure))
    }
}

#[cfg(test)]
mod tests {
    use super::KINDS;
    use words::Language;

    #[test]
    fn every_kind_is_told_in_both_languages() {
        for (kind, _) in KINDS {
            for language in [Language::French, Language::English] {
                for key in [format!("problem-{kind}"), format!("problem-{kind}-more")] {
                    assert!(words::has_text(language, &key), "{key}");
                }
            }
        }
    }
}
