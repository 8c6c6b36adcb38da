//! In and out, and the language.

use crate::error::Fault;
use crate::page::{Area, Frame, Head, Place};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Visitor, drop_session, keep_language, keep_session, own_path};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{Entered, Failure, enter, is_demonstration_link, request_link, sign_out};
use serde::Deserialize;
use words::Language;

/// Where somebody wanted to go.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    retour: String,
}

/// `GET /`: leads on who is signed in, asks the others in.
pub(crate) async fn home(visitor: Visitor, Query(wanted): Query<Wanted>) -> Response {
    let wanted_page = own_path(&wanted.retour);
    match visitor.frame.area {
        Area::Workspace | Area::Portal if wanted_page != "/" => Redirect::to(wanted_page).into_response(),
        Area::Workspace => Redirect::to("/agent").into_response(),
        Area::Portal => Redirect::to("/portal").into_response(),
        Area::Gate => page(&visitor.frame, own_path(&wanted.retour), None).into_response(),
    }
}

/// `POST /connexion`: the answer is the same whether anybody has the address or not.
pub(crate) async fn ask(
    State(web): State<Web>,
    visitor: Visitor,
    submission: Submission,
) -> Result<Response, Fault> {
    let address = submission.get("courriel");
    if !looks_like_address(address) {
        let page = page(&visitor.frame, own_path(submission.get("retour")), Some(address));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let wanted = own_path(submission.get("retour"));
    request_link(&web.environment, address, wanted).await.map_err(|failure| visitor.frame.fault(failure))?;
    Ok(sent_page(&visitor.frame, address).into_response())
}

fn looks_like_address(text: &str) -> bool {
    text.len() <= 320
        && text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
}

/// `GET /entrer/{token}`: a page with a button. Links in mails are followed by machines that look
/// for malice, so following one changes nothing.
///
/// The standing links of a demonstration never leave by mail, so these let in at once.
pub(crate) async fn link(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Fault> {
    let standing = web.settings.demo
        && is_demonstration_link(&web.environment, &token)
            .await
            .map_err(|failure| visitor.frame.fault(failure))?;
    if standing {
        return pass(State(web), visitor, Path(token)).await;
    }
    Ok(enter_page(&visitor.frame, &token).into_response())
}

/// `POST /entrer/{token}`.
pub(crate) async fn pass(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Fault> {
    match enter(&web.environment, &token).await {
        Ok(Entered { session, viewer, wanted }) => {
            // The session that was there before ends: nobody keeps a foot in two doors.
            if let Some(old) = &visitor.token {
                sign_out(&web.environment, old).await.map_err(|failure| visitor.frame.fault(failure))?;
            }
            let home = match own_path(&wanted) {
                "/" if viewer.is_staff() => "/agent",
                "/" => "/portal",
                wanted => wanted,
            };
            Ok(([(header::SET_COOKIE, keep_session(&web, &session))], Redirect::to(home)).into_response())
        }
        Err(Failure::NotSignedIn | Failure::NotFound { .. }) => {
            Ok((StatusCode::GONE, stale_page(&visitor.frame)).into_response())
        }
        Err(failure) => Err(visitor.frame.fault(failure)),
    }
}

/// `POST /deconnexion`.
pub(crate) async fn leave(State(web): State<Web>, visitor: Visitor) -> Result<Response, Fault> {
    if let Some(token) = &visitor.token {
        sign_out(&web.environment, token).await.map_err(|failure| visitor.frame.fault(failure))?;
    }
    let clear = HeaderValue::from_static("\"cache\"");
    let headers =
        [(header::SET_COOKIE, drop_session(&web)), (HeaderName::from_static("clear-site-data"), clear)];
    Ok((headers, Redirect::to("/")).into_response())
}

/// `POST /langue`.
pub(crate) async fn language(State(web): State<Web>, submission: Submission) -> Response {
    let language = Language::parse(submission.get("langue")).unwrap_or_default();
    let back = own_path(submission.get("retour"));
    ([(header::SET_COOKIE, keep_language(&web, language))], Redirect::to(back)).into_response()
}

fn gate(frame: &Frame, title: &str, wrong: bool, body: Markup) -> Markup {
    let head = Head { title, place: Place::Elsewhere, number: None, wrong, icons: &["met", "late"] };
    frame.page(
        &head,
        html! {
            main.wrap #contenu tabindex="-1" {
                div.gate {
                    div.stack { (body) }
                    section.creed aria-labelledby="creed" {
                        h2.sr-only #creed { (frame.say("sign-in-way")) }
                        p.creed__say { (frame.say("sign-in-way-text")) }
                        div.stack {
                            div.deadline {
                                p.deadline__what { (frame.say("sign-in-example")) }
                                p.deadline__say { (frame.say("gate-example-before")) b { "15:20" } (frame.say("gate-example-after")) }
                                p.small.muted { (frame.say("gate-example-more")) }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// The sign-in page; `wrong` is the address that is none.
pub(crate) fn page(frame: &Frame, wanted: &str, wrong: Option<&str>) -> Markup {
    let title = frame.say("sign-in-title");
    gate(
        frame,
        title,
        wrong.is_some(),
        html! {
            @if wrong.is_some() {
                div.errors tabindex="-1" aria-labelledby="probleme" {
                    div role="alert" { h2 #probleme { (frame.say("errors-title")) } ul { li { a href="#courriel" { (frame.say("sign-in-error-address")) } } } }
                }
            }
            h1 { (title) }
            p { (frame.say("gate-how")) }
            form action="/connexion" method="post" {
                @if wanted != "/" { input type="hidden" name="retour" value=(wanted); }
                div.field {
                    label.label for="courriel" { (frame.say("sign-in-address")) }
                    p.hint #courriel-aide { (frame.say("sign-in-address-hint")) }
                    @if wrong.is_some() { p.error #courriel-erreur { (crate::icon::icon("late")) span { (frame.say("sign-in-error-address")) } } }
                    input.input #courriel name="courriel" type="email" autocomplete="username" inputmode="email" spellcheck="false"
                        value=[wrong] aria-describedby=(if wrong.is_some() { "courriel-aide courriel-erreur" } else { "courriel-aide" })
                        aria-invalid=[wrong.map(|_| "true")] required;
                }
                button.btn.btn--primary { (frame.say("gate-send")) }
            }
            p.small.muted { (frame.say("gate-no-account")) }
        },
    )
}

/// What is said to everybody who gave an address.
pub(crate) fn sent_page(frame: &Frame, address: &str) -> Markup {
    let title = frame.say("sign-in-sent-title");
    gate(
        frame,
        title,
        false,
        html! {
            h1 { (title) }
            p { (frame.say_with("gate-sent-more", &[("address", address)])) }
            p.small.muted { (frame.say("gate-sent-help")) }
            p { a href="/" { (frame.say("sign-in-again")) } }
        },
    )
}

/// The page behind a link: the button is what signs in.
pub(crate) fn enter_page(frame: &Frame, token: &str) -> Markup {
    let title = frame.say("sign-in-confirm-title");
    gate(
        frame,
        title,
        false,
        html! {
            h1 { (title) }
            p { (frame.say("gate-enter-more")) }
            form action={ "/entrer/" (crate::viewer::encode(token)) } method="post" {
                button.btn.btn--primary { (frame.say("sign-in-confirm-button")) }
            }
        },
    )
}

/// What a link says that no longer works.
pub(crate) fn stale_page(frame: &Frame) -> Markup {
    let title = frame.say("gate-stale");
    gate(
        frame,
        title,
        false,
        html! { h1 { (title) } p { (frame.say("sign-in-error-link")) } p { a.btn.btn--primary href="/" { (frame.say("sign-in-again")) } } },
    )
}
