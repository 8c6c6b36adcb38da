//! A handful of counters for whoever watches the installation, in the text form of Prometheus.

use crate::state::Web;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the start of the program.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Answers by the first digit of their status.
    answers: [AtomicU64; 6],
    /// Commits told to browsers' streams.
    pub(crate) changes: AtomicU64,
    /// Event streams open now.
    pub(crate) streams: AtomicU64,
}

impl Metrics {
    pub(crate) fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).min(5);
        self.answers[class].fetch_add(1, Ordering::Relaxed);
    }

    fn text(&self) -> String {
        let mut text = String::from(
            "# HELP entente_http_responses_total Answers by class of status.\n# TYPE entente_http_responses_total counter\n",
        );
        for (class, count) in self.answers.iter().enumerate().skip(1) {
            let count = count.load(Ordering::Relaxed);
            writeln!(text, "entente_http_responses_total{{class=\"{class}xx\"}} {count}")
                .expect("writing to a string does not fail");
        }
        for (name, kind, help, value) in [
            ("entente_changes_total", "counter", "Commits seen by this node.", &self.changes),
            ("entente_event_streams", "gauge", "Event streams open now.", &self.streams),
        ] {
            let value = value.load(Ordering::Relaxed);
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}")
                .expect("writing to a string does not fail");
        }
        text
    }
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(web): State<Web>) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], web.metrics.text()).into_response()
}
