//! What every answer carries, and what no foreign page may send.

use crate::error::retry_after;
use crate::network::Seen;
use crate::state::{Web, host_of};
use crate::viewer::note_refused;
use crate::{live, reports};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use operations::{Failure, Limit};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     frame-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
     require-trusted-types-for 'script'; trusted-types entente; report-uri /rapports/politique; report-to politique",
);
/// Where `report-to` leads; the same door for both.
const REPORTS: HeaderValue = HeaderValue::from_static("politique=\"/rapports/politique\"");

/// Security headers on every answer, errors included; a handler's own value stands.
pub(crate) async fn headers(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    web.metrics.count(response.status());
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(HeaderName::from_static("reporting-endpoints"), REPORTS);
    set(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The policy says so too; this is for browsers and scanners that read only the older word.
    set(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    set(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    set(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    set(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    set(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    );
    set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if web.settings.secure_cookies {
        set(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    response
}

/// Keeps the host of files and the others apart: there nothing but files answers, no cookie is read and none is set;
/// elsewhere no link to a file does.
pub(crate) async fn hosts(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let files = web.settings.files_url.as_deref().map(host_of);
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let is_files = files.is_some() && host.map(str::to_ascii_lowercase).as_deref() == files;
    let is_link = request.uri().path().starts_with("/f/");
    if is_files != is_link {
        return (StatusCode::NOT_FOUND, "there is nothing here\n").into_response();
    }
    if is_files {
        request.headers_mut().remove(header::COOKIE);
        request.headers_mut().remove(header::AUTHORIZATION);
    }
    let mut response = next.run(request).await;
    if is_files {
        response.headers_mut().remove(header::SET_COOKIE);
    }
    response
}

/// Counts requests by address and network, whatever door they come to.
pub(crate) async fn rates(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let seen = Seen::of(&parts);
    if let (Some(rates), Some(address)) = (web.settings.rates, seen.address()) {
        let (limits, now) = (&web.environment.limits, web.environment.now());
        let network = seen.origin().network;
        let taken = limits
            .take_request(Limit::RequestFromAddress, rates, &address.to_string(), now)
            .and_then(|()| limits.take_request(Limit::RequestFromNetwork, rates, network, now));
        if let Err(failure) = taken {
            note_refused(&web, "requests: too often", &seen);
            return too_many(&failure);
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// What is answered to who asks too often: short, since there is much of it.
pub(crate) fn too_many(failure: &Failure) -> Response {
    let wait = retry_after(failure).map(|seconds| [(header::RETRY_AFTER, HeaderValue::from(seconds))]);
    (StatusCode::TOO_MANY_REQUESTS, wait, "too many requests in a short time; try again later\n")
        .into_response()
}

/// Refuses unsafe requests that a page of another site sent.
///
/// Browsers say where a request comes from in `Sec-Fetch-Site` and in `Origin`; whichever they say has
/// to be this site. A request that says neither and brings a cookie is refused; one without a cookie
/// comes from no browser that is signed in. The session cookie's `SameSite=Lax` stands behind this. The
/// API reads no cookie, so nothing can be forged there, and a report of a browser changes nothing.
///
/// A method that a header or a field names is never followed, so the request's own decides. A stream is read with a safe one,
/// and is refused to other sites all the same.
pub(crate) async fn same_site(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_asked = if request.method().is_safe() {
        path == live::PATH
    } else {
        !["/api/", "/scim/", reports::PATH].iter().any(|of| path.starts_with(of))
    };
    if !is_asked || is_own(&request, web.settings.secure_cookies) {
        return next.run(request).await;
    }
    let (parts, _) = request.into_parts();
    note_refused(&web, "a page of another site", &Seen::of(&parts));
    (StatusCode::FORBIDDEN, "this request was sent by a page of another site").into_response()
}

fn is_own(request: &Request, is_secure: bool) -> bool {
    let header = |name: HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = header(HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = header(header::ORIGIN) else {
        // No browser of today leaves both out where it changes something; who does and brings a cookie may be made to.
        return site.is_some()
            || request.method().is_safe()
            || !request.headers().contains_key(header::COOKIE);
    };
    let host = header(header::HOST).or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    origin
        .split_once("://")
        .is_some_and(|(scheme, from)| Some(from) == host && (scheme == "https" || !is_secure))
}

#[cfg(test)]
mod tests {
    use super::is_own;
    use axum::body::Body;
    use axum::extract::Request;

    fn post(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::builder().method("POST").uri("/agent").header("host", "desk.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_pages_of_this_site_may_send() {
        for (headers, own) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://desk.example")], false),
            (&[("origin", "https://desk.example")], true),
            (&[("origin", "http://desk.example")], false),
            (&[("origin", "https://other.example")], false),
            (&[("origin", "https://desk.example.other.example")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://other.example")], false),
            (&[("sec-fetch-site", "same-origin"), ("cookie", "entente=x")], true),
            (&[("cookie", "entente=x")], false),
            (&[], true),
        ] {
            assert_eq!(is_own(&post(headers), true), own, "{headers:?}");
        }
    }
}
