//! A handful of counters for whoever watches the installation, in the text form of Prometheus.

use crate::state::Web;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use operations::{Loop, Pulse, letters_to_strangers};
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

/// What the loops of this node did, each under its name.
fn text_of_loops(pulse: &Pulse) -> String {
    let mut text = String::from(
        "# HELP entente_loop_panics_total Passes that panicked and were caught.\n# TYPE entente_loop_panics_total counter\n",
    );
    let mut ages = String::from(
        "# HELP entente_loop_pass_age_seconds Seconds since the last pass that came to its end.\n# TYPE entente_loop_pass_age_seconds gauge\n",
    );
    for (of, since) in Loop::ALL.into_iter().filter_map(|of| Some((of, pulse.since(of)?))) {
        let (name, panics) = (of.as_str(), pulse.panics(of));
        writeln!(text, "entente_loop_panics_total{{loop=\"{name}\"}} {panics}")
            .expect("writing to a string does not fail");
        writeln!(ages, "entente_loop_pass_age_seconds{{loop=\"{name}\"}} {}", since.as_secs())
            .expect("writing to a string does not fail");
    }
    text + &ages
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(web): State<Web>) -> Response {
    let mut text = web.metrics.text() + &text_of_loops(&web.environment.pulse);
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    // While the store is away the rest is told all the same.
    if let Ok(left) = letters_to_strangers(&web.environment).await {
        let most = web.environment.installation.post.strangers_in_all;
        for (name, help, value) in [
            (
                "entente_letters_to_strangers",
                "Automatic letters to unknown addresses within a day, all nodes.",
                left,
            ),
            ("entente_letters_to_strangers_most", "How many may leave within a day.", most),
        ] {
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}")
                .expect("writing to a string does not fail");
        }
    }
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::text_of_loops;
    use operations::{Failure, Loop, Pulse};

    #[test]
    fn loops_that_panicked_are_counted() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let pulse = Pulse::default();
        runtime.block_on(async {
            let _ = pulse.pass(Loop::Rules, async { panic!("a defect") as Result<(), Failure> }).await;
            let _ = pulse.pass(Loop::Letters, async { Ok(()) }).await;
        });
        let text = text_of_loops(&pulse);
        assert!(text.contains("\nentente_loop_panics_total{loop=\"rules\"} 1\n"), "{text}");
        assert!(text.contains("\nentente_loop_panics_total{loop=\"letters\"} 0\n"), "{text}");
        assert!(text.contains("\nentente_loop_pass_age_seconds{loop=\"letters\"} 0\n"), "{text}");
        assert!(!text.contains("webhooks"), "what this node never did is not told: {text}");
    }
}
