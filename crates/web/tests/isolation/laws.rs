//! What holds for every answer of the house, whatever was asked: looked at wherever a test sends a request.

use axum::body::HttpBody;
use axum::http::{HeaderMap, HeaderName, Response, header};

/// Whether an answer carries what all carry, and nothing that none does.
///
/// # Panics
/// It does not.
pub fn hold(path: &str, answer: &Response<axum::body::Body>) {
    let headers = answer.headers();
    let said = |name: &str| one(headers, name).unwrap_or_else(|| panic!("{path} is answered without {name}"));
    let is_asset = path.starts_with("/assets/") || path == "/favicon.ico";
    let is_letter =
        path.split('?').next().is_some_and(|path| path.ends_with("/forme")) && answer.status().is_success();

    let policy = said("content-security-policy");
    let rules: Vec<&str> = policy.split(';').map(str::trim).collect();
    assert!(rules.contains(&"default-src 'none'"), "{path}: {policy}");
    let framed = if is_letter { "frame-ancestors 'self'" } else { "frame-ancestors 'none'" };
    assert!(rules.contains(&framed), "{path}: {policy}");
    // A page runs the one script of this site; a file and a letter run none, and what they are is shut in.
    let runs = rules.iter().find(|rule| rule.starts_with("script-src"));
    match runs {
        Some(rule) => {
            assert_eq!(*rule, "script-src 'self'", "{path}");
            for wanted in [
                "style-src 'self'",
                "base-uri 'none'",
                "form-action 'self'",
                "require-trusted-types-for 'script'",
            ] {
                assert!(rules.contains(&wanted), "{path} wants {wanted}: {policy}");
            }
            assert!(
                !policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"),
                "{path}: {policy}"
            );
        }
        None => assert!(rules.iter().any(|rule| rule.starts_with("sandbox")), "{path}: {policy}"),
    }
    assert!(!policy.contains("allow-scripts") && !policy.contains("allow-same-origin"), "{path}: {policy}");

    assert_eq!(said("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(said("x-frame-options"), if is_letter { "SAMEORIGIN" } else { "DENY" }, "{path}");
    assert!(["same-origin", "no-referrer"].contains(&said("referrer-policy").as_str()), "{path}");
    assert_eq!(said("cross-origin-opener-policy"), "same-origin", "{path}");
    assert_eq!(said("cross-origin-resource-policy"), "same-origin", "{path}");
    assert_eq!(said("strict-transport-security"), "max-age=31536000; includeSubDomains", "{path}");
    for denied in ["camera=()", "microphone=()", "geolocation=()"] {
        assert!(said("permissions-policy").contains(denied), "{path}");
    }
    if !is_asset {
        assert!(said("cache-control").contains("no-store"), "{path}");
    }

    // No other site may read what is answered, and nobody learns of what the program is built.
    for name in headers.keys().map(HeaderName::as_str) {
        assert!(
            !name.starts_with("access-control-") && !["server", "x-powered-by"].contains(&name),
            "{path}: {name}"
        );
    }
    if answer.body().size_hint().lower() > 0 {
        let kind = said("content-type");
        let is_text = kind.starts_with("text/") && kind != "text/event-stream";
        assert!(!is_text || kind.contains("charset=utf-8"), "{path}: {kind}");
    }
    for cookie in headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().expect("plain text");
        assert!(cookie.starts_with("__Host-"), "{path}: {cookie}");
        let parts: Vec<&str> = cookie.split(';').skip(1).map(str::trim).collect();
        for wanted in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(parts.contains(&wanted), "{path}: {cookie}");
        }
        assert!(!parts.iter().any(|part| part.starts_with("Domain")), "{path}: {cookie}");
    }
}

/// The one value of a header; none where there is none, or more than one.
fn one(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut all = headers.get_all(name).iter();
    let value = all.next()?.to_str().ok()?.to_owned();
    all.next().is_none().then_some(value)
}
