//! Cookie or token: who asks, and the frame their page stands in.

use crate::api::problem::Problem;
use crate::network::Seen;
use crate::page::{Area, Frame, Signed};
use crate::state::Web;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use operations::{
    Attempt, Failure, Limit, PASS_SECONDS, Viewer, note_attempt, viewer_of_session, viewer_of_token,
    visitor_of_session,
};
use words::Language;

/// Name of the session cookie. With `Secure` it carries the prefix that keeps it to this host and
/// to encrypted connections (RFC 6265bis, section 4.1.3.2); a demonstration on plain HTTP cannot.
pub(crate) fn session_cookie(secure: bool) -> &'static str {
    if secure { "__Host-entente" } else { "entente" }
}

/// Name of the cookie with the language chosen, by the same rule.
fn language_cookie(secure: bool) -> &'static str {
    if secure { "__Host-entente-langue" } else { "entente-langue" }
}

/// Name of the cookie by which a browser is known again; it lets nobody in.
pub(crate) fn known_browser_cookie(secure: bool) -> &'static str {
    if secure { "__Host-entente-navigateur" } else { "entente-navigateur" }
}

/// Days a session cookie is kept; the session itself may end earlier.
const SESSION_SECONDS: u32 = 14 * 86_400;

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The header that keeps a session.
pub(crate) fn keep_session(web: &Web, token: &str) -> HeaderValue {
    set_cookie(web, session_cookie(web.settings.secure_cookies), token, SESSION_SECONDS)
}

/// The header that ends a session.
pub(crate) fn drop_session(web: &Web) -> HeaderValue {
    set_cookie(web, session_cookie(web.settings.secure_cookies), "", 0)
}

/// The header by which a browser is known again.
pub(crate) fn keep_browser(web: &Web, pass: &str) -> HeaderValue {
    let seconds = u32::try_from(PASS_SECONDS).unwrap_or(u32::MAX);
    set_cookie(web, known_browser_cookie(web.settings.secure_cookies), pass, seconds)
}

/// The header that keeps the language.
pub(crate) fn keep_language(web: &Web, language: Language) -> HeaderValue {
    set_cookie(web, language_cookie(web.settings.secure_cookies), language.tag(), 365 * 86_400)
}

/// A cookie of this host alone, which no script reads and no other site's form sends.
pub(crate) fn set_cookie(web: &Web, name: &str, value: &str, seconds: u32) -> HeaderValue {
    let secure = if web.settings.secure_cookies { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax; HttpOnly{secure}"
    ))
    .expect("tokens and tags are visible ASCII")
}

/// The language of somebody who asks: chosen, else of the person, else of the browser, else French.
fn language(web: &Web, headers: &HeaderMap, viewer: Option<&Viewer>) -> Language {
    let accepted = || {
        let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        Language::from_accept_language(header)
    };
    cookie(headers, language_cookie(web.settings.secure_cookies))
        .and_then(Language::parse)
        .or_else(|| viewer.map(Viewer::language))
        .or_else(accepted)
        .unwrap_or_default()
}

/// Who was found at the door, for the handler behind it.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) viewer: Option<Viewer>,
    pub(crate) token: Option<String>,
}

/// Header by which the script says that a page asks by itself: that is no use of a session.
const QUIET: &str = "x-entente-quiet";

async fn visitor(parts: &Parts, web: &Web, session: &str) -> Result<Viewer, Failure> {
    if parts.headers.contains_key(QUIET) || parts.uri.path() == "/evenements" {
        return viewer_of_session(&web.environment, session).await;
    }
    visitor_of_session(&web.environment, session).await
}

/// Whoever asks for a page, signed in or not.
pub(crate) struct Visitor {
    pub(crate) viewer: Option<Viewer>,
    pub(crate) frame: Frame,
    /// The session's token, for ending it.
    pub(crate) token: Option<String>,
}

impl Visitor {
    /// Who the cookie says it is.
    pub(crate) async fn known(parts: &Parts, web: &Web) -> Result<Known, Failure> {
        let token = cookie(&parts.headers, session_cookie(web.settings.secure_cookies))
            .filter(|token| !token.is_empty());
        let viewer = match token {
            Some(token) => match visitor(parts, web, token).await {
                Ok(viewer) => Some(viewer),
                Err(Failure::NotSignedIn | Failure::NotFound { .. } | Failure::NotPermitted) => None,
                Err(failure) => return Err(failure),
            },
            None => None,
        };
        Ok(Known { viewer, token: token.map(str::to_owned) })
    }

    async fn read(parts: &Parts, web: &Web) -> Result<Self, Failure> {
        let known = match parts.extensions.get::<Known>() {
            Some(known) => known.clone(),
            None => Self::known(parts, web).await?,
        };
        let frame = frame(parts, web, known.viewer.as_ref());
        Ok(Self { viewer: known.viewer, frame, token: known.token })
    }
}

pub(crate) fn frame(parts: &Parts, web: &Web, viewer: Option<&Viewer>) -> Frame {
    let path = parts.uri.path();
    let area = match viewer {
        None => Area::Gate,
        Some(viewer) if viewer.is_staff() => Area::Workspace,
        Some(_) => Area::Portal,
    };
    let readable = if parts.method.is_safe() {
        parts.uri.path_and_query().map_or(path, axum::http::uri::PathAndQuery::as_str)
    } else {
        "/"
    };
    Frame {
        language: language(web, &parts.headers, viewer),
        zone: viewer.and_then(|viewer| viewer.reader().zone),
        home: viewer.map_or_else(calendar::Zone::utc, Viewer::zone),
        area,
        site: viewer.map_or_else(|| "Entente".to_owned(), |viewer| viewer.provider.name.clone()),
        mailbox: viewer.map(|viewer| viewer.provider.mailbox.clone()),
        person: viewer.map(|viewer| Signed {
            id: viewer.person.id.to_string(),
            name: viewer.person.name.clone(),
            account: viewer.account_name.clone(),
            capacities: viewer.capacities().collect(),
        }),
        path: readable.to_owned(),
        demo: web.settings.demo,
        now: web.environment.now(),
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        Self::read(parts, web).await.map_err(|failure| frame(parts, web, None).fault(failure).into_response())
    }
}

/// Somebody of the provider, signed in.
pub(crate) struct Agent {
    pub(crate) viewer: Viewer,
    pub(crate) frame: Frame,
    /// The session's token.
    pub(crate) token: Option<String>,
}

impl FromRequestParts<Web> for Agent {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, web).await?;
        match visitor.viewer {
            Some(viewer) if viewer.is_staff() => {
                Ok(Self { viewer, frame: visitor.frame, token: visitor.token })
            }
            Some(_) => Err(Redirect::to("/portal").into_response()),
            None => Err(to_the_gate(parts)),
        }
    }
}

/// Somebody of a customer, signed in.
pub(crate) struct Customer {
    pub(crate) viewer: Viewer,
    pub(crate) frame: Frame,
    /// The session's token.
    pub(crate) token: Option<String>,
}

impl FromRequestParts<Web> for Customer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, web).await?;
        match visitor.viewer {
            Some(viewer) if !viewer.is_staff() => {
                Ok(Self { viewer, frame: visitor.frame, token: visitor.token })
            }
            Some(_) => Err(leads_staff_on(parts)),
            None => Err(to_the_gate(parts)),
        }
    }
}

/// Links in mails lead customers to the portal; a colleague who follows one lands on their own page.
pub(crate) fn leads_staff_on(parts: &Parts) -> Response {
    let path = parts.uri.path();
    let own = match path.strip_prefix("/portal/demandes/") {
        Some(number) if !number.contains('/') => format!("/agent/demandes/{number}"),
        _ => "/agent".to_owned(),
    };
    Redirect::to(&own).into_response()
}

/// To the sign-in page, remembering where somebody wanted to go.
pub(crate) fn to_the_gate(parts: &Parts) -> Response {
    if !parts.method.is_safe() {
        return Redirect::to("/").into_response();
    }
    let wanted = parts.uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    Redirect::to(&format!("/?retour={}", encode(wanted))).into_response()
}

/// A text as part of a query (RFC 3986, section 2.3).
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    encoded
}

/// A path of this site, else the start page: nobody is led elsewhere by a form.
pub(crate) fn own_path(path: &str) -> &str {
    // Browsers drop tabs and line ends within an address, and read `\` as `/` (URL standard, 4.4).
    let own = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    let own = own && !path.contains(|letter: char| letter.is_control());
    if own { path } else { "/" }
}

/// Whoever calls the API, by a bearer token.
pub(crate) struct Caller {
    pub(crate) viewer: Viewer,
    pub(crate) frame: Frame,
}

/// The bearer token of a request (RFC 6750, section 2.1).
pub(crate) fn token_of(parts: &Parts) -> Result<&str, Failure> {
    parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(Failure::NotSignedIn)
}

/// Tells of what was refused to somebody whom nobody knows.
pub(crate) fn note_refused(web: &Web, by: &str, seen: &Seen) {
    let network = seen.origin().network;
    note_attempt(&web.environment, &Attempt { provider: None, person: None, by, network });
}

/// Who a bearer token says it is (RFC 6750, section 2.1).
pub(crate) async fn bearer(parts: &Parts, web: &Web) -> Result<Viewer, Failure> {
    let token = token_of(parts)?;
    match viewer_of_token(&web.environment, token).await {
        Err(Failure::NotSignedIn | Failure::NotFound { .. }) => {
            let seen = Seen::of(parts);
            let environment = &web.environment;
            note_refused(web, "token", &seen);
            environment.limits.take(Limit::TokenFromNetwork, seen.origin().network, environment.now())?;
            Err(Failure::NotSignedIn)
        }
        found => found,
    }
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        // The door has looked already; a route that is no door of programs is never reached by one.
        match parts.extensions.get::<Known>().and_then(|known| known.viewer.clone()) {
            Some(viewer) => Ok(Self { frame: frame(parts, web, Some(&viewer)), viewer }),
            None => Err(Problem::of(&frame(parts, web, None), &Failure::NotSignedIn).into_response()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{cookie, encode, own_path};
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("x-entente=no; entente=yes"));
        headers.append(header::COOKIE, HeaderValue::from_static("other=1"));
        assert_eq!(cookie(&headers, "entente"), Some("yes"));
        assert_eq!(cookie(&headers, "other"), Some("1"));
        assert_eq!(cookie(&headers, "ntente"), None);
    }

    #[test]
    fn nobody_is_led_away_by_a_form() {
        assert_eq!(own_path("/portal?x=1"), "/portal?x=1");
        for elsewhere in [
            "https://elsewhere.example",
            "//elsewhere.example",
            "/\\elsewhere.example",
            "/\t/elsewhere.example",
            "",
            "/a\r\nb",
        ] {
            assert_eq!(own_path(elsewhere), "/", "{elsewhere:?}");
        }
        assert_eq!(encode("/a b&c"), "/a%20b%26c");
    }

    #[test]
    fn garbled_cookies_and_paths_are_read_in_peace() {
        use axum::http::{HeaderMap, HeaderValue, header};
        let seeds: [&[u8]; 3] =
            [b"entente=0a1b; langue=fr; x", b"/agent/demandes/ORV-1?vue=tout", b"//evil.example/\\x"];
        let words = ["entente=", ";", "=", "//", "\\", "%2F", "\t", "__Host-entente="];
        harness::fuzz("cookies", &seeds, &words, |bytes| {
            if let Ok(value) = HeaderValue::from_bytes(bytes) {
                let mut headers = HeaderMap::new();
                headers.append(header::COOKIE, value);
                let _ = super::cookie(&headers, "entente");
            }
            let text = String::from_utf8_lossy(bytes);
            let own = super::own_path(&text);
            assert!(own.starts_with('/') && !own.starts_with("//"), "{own}");
        });
    }
}
