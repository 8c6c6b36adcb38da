//! In and out, and the language.

use crate::account;
use crate::error::{Fault, explain, told};
use crate::network::Seen;
use crate::page::{Area, Frame, Head, Place};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{
    Visitor, cookie, drop_session, keep_browser, keep_language, keep_session, known_browser_cookie, own_path,
};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{
    Admitted, Entered, Failure, OpenIdWay, SecondStep, enter, enter_by_code, enter_by_password,
    is_demonstration_link, openid_ways, request_link, second_step, sign_out, take_second_step,
};
use serde::Deserialize;
use words::Language;

/// Where somebody wanted to go.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    retour: String,
    /// `oui` where a proof is wanted whether or not somebody is signed in elsewhere.
    #[serde(default)]
    encore: String,
}

/// `GET /`: leads on who is signed in, asks the others in.
pub(crate) async fn home(State(web): State<Web>, visitor: Visitor, Query(wanted): Query<Wanted>) -> Response {
    let wanted_page = own_path(&wanted.retour);
    match visitor.frame.area {
        Area::Workspace | Area::Portal if wanted_page != "/" => Redirect::to(wanted_page).into_response(),
        Area::Workspace => Redirect::to("/agent").into_response(),
        Area::Portal => Redirect::to("/portal").into_response(),
        Area::Gate => {
            let ways = openid_ways(&web.environment);
            page(&visitor.frame, own_path(&wanted.retour), &ways, wanted.encore == "oui", None)
                .into_response()
        }
    }
}

/// `POST /connexion`: the answer is the same whether anybody has the address or not.
pub(crate) async fn ask(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    headers: HeaderMap,
    submission: Submission,
) -> Result<Response, Fault> {
    let address = submission.get("courriel");
    if !looks_like_address(address) {
        let page = page(
            &visitor.frame,
            own_path(submission.get("retour")),
            &openid_ways(&web.environment),
            false,
            Some(Wrong::Address(address)),
        );
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let wanted = own_path(submission.get("retour"));
    // A password is what was typed, white space and all.
    let password =
        submission.fields.iter().find(|(name, _)| name == "motdepasse").map_or("", |(_, typed)| typed);
    if !password.is_empty() {
        let pass = cookie(&headers, known_browser_cookie(web.settings.secure_cookies)).unwrap_or_default();
        let entered =
            enter_by_password(&web.environment, address, password, wanted, pass, &seen.origin()).await;
        return match entered {
            Err(Failure::NotSignedIn) => {
                let page = page(
                    &visitor.frame,
                    wanted,
                    &openid_ways(&web.environment),
                    false,
                    Some(Wrong::Password(address)),
                );
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
            entered => admitted(&web, &visitor, entered).await,
        };
    }
    let browser = request_link(&web.environment, address, wanted, &seen.origin())
        .await
        .map_err(|failure| visitor.frame.fault(failure))?;
    Ok(sent_page(&visitor.frame, address, &browser, None).into_response())
}

/// `POST /connexion/code`: the code of the mail, in the browser that asked for it.
pub(crate) async fn code(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    submission: Submission,
) -> Result<Response, Fault> {
    let browser = submission.get("navigateur");
    let again = |wrong: &str| sent_page(&visitor.frame, submission.get("courriel"), browser, Some(wrong));
    match enter_by_code(&web.environment, browser, submission.get("code"), &seen.origin()).await {
        Err(Failure::NotSignedIn) => {
            let page = again(visitor.frame.say("sign-in-error-code"));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(failure @ Failure::TooMany { .. }) => {
            Ok(told(&failure, again(&explain(&visitor.frame, &failure))))
        }
        entered => admitted(&web, &visitor, entered).await,
    }
}

/// `POST /connexion/preuve`: the second step.
pub(crate) async fn prove(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    submission: Submission,
) -> Result<Response, Fault> {
    let ticket = submission.get("billet");
    match take_second_step(&web.environment, ticket, submission.get("code"), &seen.origin()).await {
        Ok((entered, codes)) if codes.is_empty() => let_in(&web, &visitor, entered).await,
        Ok((entered, codes)) => {
            // The codes are shown once, and the way on stands below them.
            let home = home_of(&entered).to_owned();
            let page = codes_page(&visitor.frame, &codes, &home);
            end_old_session(&web, &visitor).await?;
            Ok((kept(&web, &entered), page).into_response())
        }
        Err(failure @ (Failure::Invalid { .. } | Failure::TooMany { .. })) => {
            let step = second_step(&web.environment, ticket).await;
            let step = step.map_err(|failure| visitor.frame.fault(failure))?;
            let wrong = explain(&visitor.frame, &failure);
            Ok(told(&failure, second_page(&visitor.frame, &step, Some(&wrong))))
        }
        Err(Failure::NotSignedIn) => Ok((StatusCode::GONE, stale_page(&visitor.frame)).into_response()),
        Err(failure) => Err(visitor.frame.fault(failure)),
    }
}

pub(crate) async fn admitted(
    web: &Web,
    visitor: &Visitor,
    admitted: Result<Admitted, Failure>,
) -> Result<Response, Fault> {
    match admitted {
        Ok(Admitted::In(entered)) => let_in(web, visitor, *entered).await,
        Ok(Admitted::Second(step)) => Ok(second_page(&visitor.frame, &step, None).into_response()),
        Err(failure) => Err(visitor.frame.fault(failure)),
    }
}

pub(crate) async fn let_in(web: &Web, visitor: &Visitor, entered: Entered) -> Result<Response, Fault> {
    end_old_session(web, visitor).await?;
    let home = Redirect::to(home_of(&entered));
    Ok((kept(web, &entered), home).into_response())
}

/// What the browser keeps of whoever was let in.
fn kept(web: &Web, entered: &Entered) -> AppendHeaders<[(HeaderName, HeaderValue); 2]> {
    AppendHeaders([
        (header::SET_COOKIE, keep_session(web, &entered.session)),
        (header::SET_COOKIE, keep_browser(web, &entered.browser_pass)),
    ])
}

/// The session that was there before ends: nobody keeps a foot in two doors.
async fn end_old_session(web: &Web, visitor: &Visitor) -> Result<(), Fault> {
    if let Some(old) = &visitor.token {
        sign_out(&web.environment, old).await.map_err(|failure| visitor.frame.fault(failure))?;
    }
    Ok(())
}

/// The page that was wanted, else the first of their side.
fn home_of(entered: &Entered) -> &str {
    match own_path(&entered.wanted) {
        "/" if entered.viewer.is_staff() => "/agent",
        "/" => "/portal",
        wanted => wanted,
    }
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
    seen: Seen,
    Path(token): Path<String>,
) -> Result<Response, Fault> {
    let standing = web.settings.demo
        && is_demonstration_link(&web.environment, &token)
            .await
            .map_err(|failure| visitor.frame.fault(failure))?;
    if standing {
        return pass(State(web), visitor, seen, Path(token)).await;
    }
    Ok(enter_page(&visitor.frame, &token).into_response())
}

/// `POST /entrer/{token}`.
pub(crate) async fn pass(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    Path(token): Path<String>,
) -> Result<Response, Fault> {
    match enter(&web.environment, &token, &seen.origin()).await {
        Err(Failure::NotSignedIn | Failure::NotFound { .. }) => {
            Ok((StatusCode::GONE, stale_page(&visitor.frame)).into_response())
        }
        entered => admitted(&web, &visitor, entered).await,
    }
}

/// `POST /deconnexion`.
pub(crate) async fn leave(State(web): State<Web>, visitor: Visitor) -> Result<Response, Fault> {
    if let Some(token) = &visitor.token {
        sign_out(&web.environment, token).await.map_err(|failure| visitor.frame.fault(failure))?;
    }
    // What was kept of drafts as well; cookies stay, so that the browser is known again.
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
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

pub(crate) fn gate(frame: &Frame, title: &str, wrong: bool, body: Markup) -> Markup {
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

/// What was wrong with what somebody gave.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrong<'a> {
    /// It is no address.
    Address(&'a str),
    /// The password is not that of this address; or there is no such address, or no password.
    Password(&'a str),
}

impl<'a> Wrong<'a> {
    fn address(self) -> &'a str {
        match self {
            Self::Address(address) | Self::Password(address) => address,
        }
    }
}

/// The sign-in page; `wrong` is what was wrong with what was given.
pub(crate) fn page(
    frame: &Frame,
    wanted: &str,
    ways: &[OpenIdWay],
    again: bool,
    wrong: Option<Wrong<'_>>,
) -> Markup {
    let title = frame.say("sign-in-title");
    let is_address = matches!(wrong, Some(Wrong::Address(_)));
    let is_password = matches!(wrong, Some(Wrong::Password(_)));
    let (field, error) = if is_password {
        ("#motdepasse", "sign-in-error-password")
    } else {
        ("#courriel", "sign-in-error-address")
    };
    gate(
        frame,
        title,
        wrong.is_some(),
        html! {
            @if wrong.is_some() {
                div.errors tabindex="-1" aria-labelledby="probleme" {
                    div role="alert" { h2 #probleme { (frame.say("errors-title")) } ul { li { a href=(field) { (frame.say(error)) } } } }
                }
            }
            h1 { (title) }
            p { (frame.say("gate-how")) }
            form action="/connexion" method="post" {
                @if wanted != "/" { input type="hidden" name="retour" value=(wanted); }
                div.field {
                    label.label for="courriel" { (frame.say("sign-in-address")) }
                    p.hint #courriel-aide { (frame.say("sign-in-address-hint")) }
                    @if is_address { p.error #courriel-erreur { (crate::icon::icon("late")) span { (frame.say("sign-in-error-address")) } } }
                    input.input #courriel name="courriel" type="email" autocomplete="username" inputmode="email" spellcheck="false"
                        value=[wrong.map(Wrong::address)] aria-describedby=(if is_address { "courriel-aide courriel-erreur" } else { "courriel-aide" })
                        aria-invalid=[is_address.then_some("true")] required;
                }
                details open[is_password] {
                    summary { (frame.say("sign-in-by-password")) }
                    div.field {
                        label.label for="motdepasse" { (frame.say("account-password")) }
                        @if is_password { p.error #motdepasse-erreur { (crate::icon::icon("late")) span { (frame.say("sign-in-error-password")) } } }
                        input.input #motdepasse name="motdepasse" type="password" autocomplete="current-password" maxlength="1000"
                            aria-describedby=[is_password.then_some("motdepasse-erreur")] aria-invalid=[is_password.then_some("true")];
                    }
                    button.btn { (frame.say("sign-in-with-password")) }
                }
                button.btn.btn--primary { (frame.say("gate-send")) }
            }
            (crate::passkey::form(frame, wanted, None))
            (crate::openid::ways(frame, ways, wanted, again))
            p.small.muted { (frame.say("gate-no-account")) }
        },
    )
}

/// What is wrong with the code that was given, where it is typed again.
fn wrong_code(frame: &Frame, wrong: Option<&str>) -> Markup {
    html! {
        @if let Some(wrong) = wrong {
            div.errors tabindex="-1" aria-labelledby="probleme" {
                div role="alert" { h2 #probleme { (frame.say("errors-title")) } ul { li { a href="#code" { (wrong) } } } }
            }
        }
    }
}

/// What is said to everybody who gave an address, with a field for the code of the mail.
pub(crate) fn sent_page(frame: &Frame, address: &str, browser: &str, wrong: Option<&str>) -> Markup {
    let title = frame.say("sign-in-sent-title");
    gate(
        frame,
        title,
        wrong.is_some(),
        html! {
            (wrong_code(frame, wrong))
            h1 { (title) }
            p { (frame.say_with("gate-sent-more", &[("address", address)])) }
            form action="/connexion/code" method="post" {
                input type="hidden" name="navigateur" value=(browser);
                input type="hidden" name="courriel" value=(address);
                div.field {
                    label.label for="code" { (frame.say("sign-in-code")) }
                    p.hint #code-aide { (frame.say("sign-in-code-hint")) }
                    input.input #code name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="12" aria-describedby="code-aide" required;
                }
                button.btn { (frame.say("sign-in-code-send")) }
            }
            p.small.muted { (frame.say("gate-sent-help")) }
            p { a href="/" { (frame.say("sign-in-again")) } }
        },
    )
}

/// The second step: a code, and before it the key to make codes from when there is none yet.
pub(crate) fn second_page(frame: &Frame, step: &SecondStep, wrong: Option<&str>) -> Markup {
    let title = frame.say(if step.enrolment.is_some() { "second-set-up" } else { "second-title" });
    gate(
        frame,
        title,
        wrong.is_some(),
        html! {
            (wrong_code(frame, wrong))
            h1 { (title) }
            @match &step.enrolment {
                Some(made) => { p { (frame.say("second-why")) } (account::enrolment(frame, made)) }
                None if step.has_code => p { (frame.say("second-how")) }
                None => p { (frame.say("second-how-passkey")) }
            }
            @if step.has_passkey { (crate::passkey::form(frame, "/", Some(&step.ticket))) }
            @if step.has_code {
                form action="/connexion/preuve" method="post" {
                    input type="hidden" name="billet" value=(step.ticket);
                    (account::code_field(frame, "code"))
                    button.btn.btn--primary { (frame.say("second-send")) }
                }
            }
            p { a href="/" { (frame.say("sign-in-again")) } }
        },
    )
}

/// Codes to keep on paper, shown to whoever has just set up a second factor.
fn codes_page(frame: &Frame, codes: &[String], home: &str) -> Markup {
    let title = frame.say("account-codes-made");
    gate(
        frame,
        title,
        false,
        html! { h1 { (title) } (account::codes(frame, codes)) p { a.btn.btn--primary href=(home) { (frame.say("second-go-on")) } } },
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
