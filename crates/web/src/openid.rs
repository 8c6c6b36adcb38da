//! Signing in by an identity provider: there and back.

use crate::error::Fault;
use crate::network::Seen;
use crate::page::Frame;
use crate::sign_in::{admitted, gate};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Visitor, cookie, own_path, set_cookie};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use operations::{Arrival, Failure, OpenIdWay, begin_openid, enter_by_openid, openid_way};
use serde::Deserialize;

/// Name of the cookie that a browser keeps while it is away.
fn away_cookie(secure: bool) -> &'static str {
    if secure { "__Host-entente-retour" } else { "entente-retour" }
}

/// Seconds that the cookie is kept.
const AWAY_SECONDS: u32 = 600;

/// Where somebody wanted to go.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    retour: String,
    #[serde(default)]
    encore: String,
}

/// What an identity provider sends back.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    iss: Option<String>,
}

/// `GET /connexion/openid/{key}`: a page with the button. Any page may lead here, so that following a link begins
/// nothing (ASVS 5.0, 7.6.2).
pub(crate) async fn offer(
    State(web): State<Web>,
    visitor: Visitor,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let way = openid_way(&web.environment, &key).map_err(|failure| visitor.frame.fault(failure))?;
    let retour = own_path(&wanted.retour);
    Ok(offer_page(&visitor.frame, &way, retour, wanted.encore == "oui").into_response())
}

/// `POST /connexion/openid/{key}`: to the identity provider. By a page that leads on at once, because the policy of a
/// page lets no form be answered from elsewhere.
pub(crate) async fn leave(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    Path(key): Path<String>,
    submission: Submission,
) -> Result<Response, Fault> {
    let way = openid_way(&web.environment, &key).map_err(|failure| visitor.frame.fault(failure))?;
    let (wanted, again) = (own_path(submission.get("retour")), submission.get("encore") == "oui");
    match begin_openid(&web.environment, &key, wanted, again, &seen.origin()).await {
        Ok(departure) => {
            let name = away_cookie(web.settings.secure_cookies);
            let kept = set_cookie(&web, name, &departure.browser, AWAY_SECONDS);
            let mut response = away_page(&visitor.frame, &way, &departure.address).into_response();
            let onward = HeaderValue::from_str(&format!("0;url={}", departure.address));
            let onward = onward.map_err(|_| visitor.frame.fault(Failure::NotFound { what: "page" }))?;
            response.headers_mut().insert(header::REFRESH, onward);
            response.headers_mut().append(header::SET_COOKIE, kept);
            Ok(response)
        }
        Err(Failure::NotSignedIn) => Ok(refused(&visitor.frame)),
        Err(failure) => Err(visitor.frame.fault(failure)),
    }
}

/// `GET /connexion/openid/{key}/retour`: back from there. Whatever is wrong is answered alike.
pub(crate) async fn arrive(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    headers: HeaderMap,
    Path(key): Path<String>,
    Query(answer): Query<Answer>,
) -> Result<Response, Fault> {
    let name = away_cookie(web.settings.secure_cookies);
    let browser = cookie(&headers, name).unwrap_or_default().to_owned();
    let arrival = Arrival { code: answer.code, state: answer.state, issuer: answer.iss, browser };
    let mut response = match enter_by_openid(&web.environment, &key, &arrival, &seen.origin()).await {
        Err(Failure::NotSignedIn) => refused(&visitor.frame),
        entered => admitted(&web, &visitor, entered).await?,
    };
    response.headers_mut().append(header::SET_COOKIE, set_cookie(&web, name, "", 0));
    Ok(response)
}

fn refused(frame: &Frame) -> Response {
    // The address of this page holds what was brought back: no form of it repeats that.
    let frame = Frame { path: "/".to_owned(), ..frame.clone() };
    (StatusCode::FORBIDDEN, refused_page(&frame)).into_response()
}

/// What is said whatever was wrong.
pub(crate) fn refused_page(frame: &Frame) -> Markup {
    let title = frame.say("openid-refused");
    gate(
        frame,
        title,
        false,
        html! { h1 { (title) } p { (frame.say("openid-refused-more")) } p { a.btn.btn--primary href="/" { (frame.say("sign-in-again")) } } },
    )
}

/// Where a browser goes on to the identity provider.
pub(crate) fn away_page(frame: &Frame, way: &OpenIdWay, address: &str) -> Markup {
    let title = frame.say_with("openid-go-on", &[("label", &way.label)]);
    gate(frame, &title, false, html! { h1 { (title) } p { a.btn.btn--primary href=(address) { (title) } } })
}

/// The page with the button of one identity provider.
pub(crate) fn offer_page(frame: &Frame, way: &OpenIdWay, wanted: &str, again: bool) -> Markup {
    let title = frame.say("sign-in-title");
    gate(frame, title, false, html! { h1 { (title) } (button(frame, way, wanted, again)) })
}

/// Buttons of the identity providers that the sign-in page offers.
pub(crate) fn ways(frame: &Frame, ways: &[OpenIdWay], wanted: &str, again: bool) -> Markup {
    html! {
        @if !ways.is_empty() {
            div.stack { @for way in ways { (button(frame, way, wanted, again)) } }
        }
    }
}

fn button(frame: &Frame, way: &OpenIdWay, wanted: &str, again: bool) -> Markup {
    html! {
        form action={ "/connexion/openid/" (crate::viewer::encode(&way.key)) } method="post" {
            @if wanted != "/" { input type="hidden" name="retour" value=(wanted); }
            @if again { input type="hidden" name="encore" value="oui"; }
            button.btn { (frame.say_with("openid-way", &[("label", &way.label)])) }
        }
    }
}
