//! What browsers report of the policy of our pages: bounded, counted, and told in the log by one line each.

use crate::network::Seen;
use crate::secret_path::holds_secret;
use crate::state::Web;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use calendar::Instant;
use operations::{Failure, Limit, Limits};
use serde_json::Value;

/// Where browsers send them.
pub(crate) const PATH: &str = "/rapports/politique";

/// Characters of each value at most.
const CHARACTERS: usize = 200;
/// Reports of one request at most: browsers gather them.
const AT_ONCE: usize = 5;

/// `POST /rapports/politique`. Whatever comes is answered alike.
pub(crate) async fn take(State(web): State<Web>, seen: Seen, body: Bytes) -> StatusCode {
    if count(&web.environment.limits, seen.origin().network, web.environment.now()).is_ok() {
        for report in read(&body).into_iter().take(AT_ONCE) {
            tracing::warn!(
                directive = report.directive,
                blocked = report.blocked,
                page = report.page,
                "a browser reports that the policy of a page was broken"
            );
        }
    }
    StatusCode::NO_CONTENT
}

/// Counts a request with reports by its network, and by all together.
fn count(limits: &Limits, network: &str, now: Instant) -> Result<(), Failure> {
    limits.take(Limit::ReportFromNetwork, network, now)?;
    limits.take(Limit::ReportOfAnybody, "anybody", now)
}

#[derive(Debug, PartialEq, Eq)]
struct Report {
    directive: String,
    blocked: String,
    page: String,
}

/// Both forms: of `report-uri` (one object) and of the Reporting API (a list).
fn read(body: &[u8]) -> Vec<Report> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let items = match value {
        Value::Array(items) => items,
        one => vec![one],
    };
    items
        .iter()
        .filter_map(|item| {
            let said = item.get("csp-report").or_else(|| item.get("body"))?;
            let of = |names: [&str; 3]| {
                let found = names.iter().find_map(|name| said.get(*name).and_then(Value::as_str));
                plain(found.unwrap_or_default())
            };
            Some(Report {
                directive: of(["effective-directive", "effectiveDirective", "violated-directive"]),
                blocked: of(["blocked-uri", "blockedURL", "blocked-url"]),
                page: of(["document-uri", "documentURL", "document-url"]),
            })
        })
        .collect()
}

/// One line, without what an address says behind its path: secrets of links stand there.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = if holds_secret(text) { "(link)" } else { text };
    text.chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::{Report, count, read};
    use calendar::Instant;
    use operations::Limits;

    #[test]
    fn reports_of_all_networks_together_are_bounded() {
        let now = Instant::from_milliseconds(1_000_000);
        for networks in [vec![String::new()], (0..200).map(|place| format!("198.51.{place}.0")).collect()] {
            let limits = Limits::default();
            let each = networks.iter().cycle().take(200);
            let counted = each.filter(|network| count(&limits, network, now).is_ok()).count();
            assert_eq!(counted, 60, "{} networks", networks.len());
        }
    }

    #[test]
    fn reports_of_either_form_are_read_and_nothing_breaks_a_line() {
        let expected = |blocked: &str| Report {
            directive: "script-src-elem".to_owned(),
            blocked: blocked.to_owned(),
            page: "https://desk.example/agent".to_owned(),
        };
        let old = br#"{"csp-report":{"effective-directive":"script-src-elem","blocked-uri":"https://evil.example/x\n[ERROR] lie","document-uri":"https://desk.example/agent?q=secret"}}"#;
        assert_eq!(read(old), [expected("https://evil.example/x[ERROR] lie")]);
        let new = br#"[{"type":"csp-violation","body":{"effectiveDirective":"script-src-elem","blockedURL":"inline","documentURL":"https://desk.example/agent"}}]"#;
        assert_eq!(read(new), [expected("inline")]);
        for nothing in [&b""[..], b"{", b"[]", b"{\"csp-report\":null}", b"[1]", b"\xff"] {
            assert!(read(nothing).iter().all(|report| report.blocked.is_empty()));
        }
        for beginning in crate::secret_path::BEGINNINGS {
            let link =
                format!(r#"{{"csp-report":{{"document-uri":"https://desk.example{beginning}0a1b"}}}}"#);
            assert_eq!(read(link.as_bytes())[0].page, "(link)");
        }
    }

    #[test]
    fn garbled_reports_are_read_in_peace() {
        let seeds: [&[u8]; 2] = [
            br#"{"csp-report":{"effective-directive":"script-src","blocked-uri":"inline"}}"#,
            br#"[{"body":{"documentURL":"https://desk.example/entrer/0a"}}]"#,
        ];
        let words = ["\"body\":", "\"csp-report\":", "[", "{", "null", "\\u000a", "/entrer/"];
        harness::fuzz("reports", &seeds, &words, |bytes| {
            for report in super::read(bytes) {
                assert!(!report.page.contains("/entrer/") && !report.blocked.contains('\n'));
            }
        });
    }
}
