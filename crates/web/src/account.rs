//! One's own keys: sessions, password, second factor, tokens of programs. The same page for agents
//! and customers.

use crate::browser_name::browser_name;
use crate::error::{Fault, explain, status};
use crate::network::Seen;
use crate::page::{Area, Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Visitor, drop_session};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use calendar::Instant;
use desk::{NoticeChoice, Rhythm, Right};
use maud::{Markup, html};
use operations::{
    Enrolment, Failure, KeysView, NewPassword, Scope, Topic, Viewer, begin_passkey, begin_second_factor,
    confirm_second_factor, end_sessions, end_token, finish_passkey, keep_notice_choice, keep_subscription,
    make_token, remove_identity, remove_passkey, remove_second_factor, renew_recovery_codes, renew_token,
    set_password, view_keys,
};
use words::Reader;

/// What a page shows once: it is stored nowhere in clear.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// The secret of a token that was just made.
    pub(crate) token: Option<String>,
    /// Codes to keep on paper.
    pub(crate) codes: Vec<String>,
    /// What went wrong, in words.
    pub(crate) wrong: Option<String>,
    /// What was done, in words.
    pub(crate) done: Option<&'static str>,
}

fn signed(visitor: &Visitor) -> Result<(&Viewer, &str), Fault> {
    match (&visitor.viewer, &visitor.token) {
        (Some(viewer), Some(token)) => Ok((viewer, token)),
        _ => Err(visitor.frame.fault(Failure::NotSignedIn)),
    }
}

/// `GET /compte`.
pub(crate) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Fault> {
    render(&web, &visitor, StatusCode::OK, &Shown::default()).await
}

async fn render(web: &Web, visitor: &Visitor, code: StatusCode, shown: &Shown) -> Result<Response, Fault> {
    let (viewer, token) = signed(visitor)?;
    let view =
        view_keys(&web.environment, viewer, token).await.map_err(|failure| visitor.frame.fault(failure))?;
    Ok((code, page(&visitor.frame, &view, shown)).into_response())
}

/// `POST /compte/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    visitor: Visitor,
    seen: Seen,
    Path(act): Path<String>,
    submission: Submission,
) -> Result<Response, Fault> {
    let (viewer, token) = signed(&visitor)?;
    let environment = &web.environment;
    let code = submission.get("code");
    let mut shown = Shown::default();
    let done: Result<(), Failure> = match act.as_str() {
        "mot-de-passe" => {
            shown.done = Some("account-done-password");
            // Without the white space around it cut off: a password is what was typed.
            let typed = |field: &str| {
                submission.fields.iter().find(|(name, _)| name == field).map_or("", |(_, typed)| typed)
            };
            let wanted = NewPassword {
                current: typed("actuel"),
                new: typed("motdepasse"),
                ends_tokens: submission.get("jetons") == "oui",
            };
            set_password(environment, viewer, token, &wanted, &seen.origin()).await
        }
        "second-facteur" => begin_second_factor(environment, viewer, token).await.map(drop),
        "confirmer" => {
            shown.done = Some("account-done-second");
            confirm_second_factor(environment, viewer, token, code).await.map(|codes| shown.codes = codes)
        }
        "retirer" => {
            shown.done = Some("account-done-second-gone");
            remove_second_factor(environment, viewer, token, code).await
        }
        "codes" => {
            renew_recovery_codes(environment, viewer, token, code).await.map(|codes| shown.codes = codes)
        }
        "cle-debut" => {
            let begun = begin_passkey(environment, viewer, token).await;
            return Ok(match begun {
                Ok(asked) => Json(asked).into_response(),
                Err(failure) => status(&failure).into_response(),
            });
        }
        "cle" => {
            shown.done = Some("account-done-passkey");
            let (client, attestation) = (submission.get("client"), submission.get("attestation"));
            let label = submission.get("libelle");
            let made = finish_passkey(environment, viewer, token, label, client, attestation).await;
            made.map(|codes| shown.codes = codes)
        }
        "cle-fin" => {
            shown.done = Some("account-done-passkey-gone");
            remove_passkey(environment, viewer, token, submission.get("nom")).await
        }
        "identite-fin" => {
            shown.done = Some("account-done-identity");
            remove_identity(environment, viewer, token, submission.get("nom")).await
        }
        "session" => end_sessions(environment, viewer, token, Some(submission.get("nom"))).await,
        "autres-sessions" => {
            shown.done = Some("account-done-sessions");
            end_sessions(environment, viewer, token, None).await
        }
        "jeton" => {
            let mut scopes: Vec<Scope> = vec![Scope::Read];
            if submission.get("ecrire") == "oui" {
                scopes.push(Scope::Write);
            }
            if submission.get("personnes") == "oui" {
                scopes.push(Scope::People);
            }
            let days = submission.get("jours").parse().unwrap_or(0);
            let made = make_token(environment, viewer, token, submission.get("libelle"), &scopes, days).await;
            made.map(|secret| shown.token = Some(secret))
        }
        "jeton-renouveler" => {
            let made = renew_token(environment, viewer, token, submission.get("nom")).await;
            made.map(|secret| shown.token = Some(secret))
        }
        "jeton-fin" => end_token(environment, viewer, submission.get("nom")).await,
        "avis" => {
            shown.done = Some("notices-kept");
            let choice = NoticeChoice {
                rhythm: Rhythm::parse(submission.get("rythme")).unwrap_or_default(),
                quiet_nights: !submission.get("nuits").is_empty(),
            };
            keep_notice_choice(environment, viewer, choice).await
        }
        "annonces" => {
            shown.done = Some("announcements-kept");
            let is_wanted = !submission.get("versions").is_empty();
            keep_subscription(environment, viewer, Topic::Releases, is_wanted).await
        }
        "reconnexion" => {
            operations::sign_out(environment, token).await.map_err(|failure| visitor.frame.fault(failure))?;
            let away = [(header::SET_COOKIE, drop_session(&web))];
            return Ok((away, Redirect::to("/?retour=/compte&encore=oui")).into_response());
        }
        _ => Err(Failure::NotFound { what: "act" }),
    };
    match done {
        Ok(()) if shown.token.is_some() || !shown.codes.is_empty() || shown.done.is_some() => {
            render(&web, &visitor, StatusCode::OK, &shown).await
        }
        Ok(()) => Ok(Redirect::to("/compte").into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::TooMany { .. })) => {
            let shown = Shown { wrong: Some(explain(&visitor.frame, &failure)), ..Shown::default() };
            render(&web, &visitor, status(&failure), &shown).await
        }
        Err(failure) => Err(visitor.frame.fault(failure)),
    }
}

/// The page.
pub(crate) fn page(frame: &Frame, view: &KeysView, shown: &Shown) -> Markup {
    let title = frame.say("account-title");
    let head =
        Head { title, place: Place::Elsewhere, number: None, wrong: shown.wrong.is_some(), icons: &["plus"] };
    let wrap = if frame.area == Area::Workspace { "shell" } else { "wrap" };
    frame.page(
        &head,
        html! {
            main #contenu class=(wrap) tabindex="-1" {
                h1.gap-top { (title) }
                (frame.times())
                @if let Some(wrong) = &shown.wrong {
                    div.errors.gap-top tabindex="-1" aria-labelledby="probleme" {
                        div role="alert" { h2 #probleme { (frame.say("errors-title")) } p { (wrong) } }
                    }
                }
                @if let Some(done) = shown.done { p.gap-top role="status" { b { (frame.say(done)) } } }
                @if let Some(token) = &shown.token {
                    section.gap-top.stack role="status" {
                        h2 { (frame.say("account-token-made")) }
                        p { (frame.say("account-once")) }
                        pre { code { (token) } }
                    }
                }
                @if !shown.codes.is_empty() { (codes(frame, &shown.codes)) }
                @if !view.is_fresh {
                    section.gap-top.stack {
                        p { (frame.say("account-stale")) }
                        form action="/compte/reconnexion" method="post" { button.btn { (frame.say("account-again")) } }
                    }
                }
                (notices(frame, view))
                @if let Some(is_wanted) = view.announcements { (announcements(frame, is_wanted)) }
                (sessions(frame, view))
                (second(frame, view))
                (passkeys(frame, view))
                (identities(frame, view))
                (password(frame, view))
                (tokens(frame, view))
            }
        },
    )
}

/// How somebody wants to be told what may wait.
fn notices(frame: &Frame, view: &KeysView) -> Markup {
    let chosen = view.notices;
    let words = |rhythm| match rhythm {
        Rhythm::AtOnce => "notices-at-once",
        Rhythm::Hourly => "notices-hourly",
        Rhythm::Daily => "notices-daily",
    };
    html! {
        section.gap-top.stack aria-labelledby="avis" {
            h2 #avis { (frame.say("notices-title")) }
            p.muted { (frame.say("notices-what")) }
            form.form.stack action="/compte/avis" method="post" {
                div.field {
                    label.label for="rythme" { (frame.say("notices-rhythm")) }
                    select.input.select #rythme name="rythme" {
                        @for rhythm in Rhythm::ALL {
                            option value=(rhythm.as_str()) selected[rhythm == chosen.rhythm] { (frame.say(words(rhythm))) }
                        }
                    }
                }
                label.check { input type="checkbox" name="nuits" value="oui" checked[chosen.quiet_nights]; span { (frame.say("notices-quiet")) } }
                button.btn { (frame.say("notices-keep")) }
            }
        }
    }
}

/// What is announced to somebody, who may not want it.
fn announcements(frame: &Frame, is_wanted: bool) -> Markup {
    html! {
        section.gap-top.stack aria-labelledby="annonces" {
            h2 #annonces { (frame.say("announcements-title")) }
            p.muted { (frame.say("announcements-what")) }
            form.form.stack action="/compte/annonces" method="post" {
                label.check { input type="checkbox" name="versions" value="oui" checked[is_wanted]; span { (frame.say("announcements-releases")) } }
                button.btn { (frame.say("announcements-keep")) }
            }
        }
    }
}

/// Codes to keep on paper, shown once.
pub(crate) fn codes(frame: &Frame, codes: &[String]) -> Markup {
    html! {
        section.gap-top.stack role="status" {
            h2 { (frame.say("account-codes-made")) }
            p { (frame.say("account-codes-how")) }
            pre { @for code in codes { (code) "\n" } }
        }
    }
}

/// The key of a second factor in the making, and a field for its first code.
pub(crate) fn enrolment(frame: &Frame, made: &Enrolment) -> Markup {
    let spaced: Vec<String> =
        made.key.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    html! {
        p { (frame.say("account-second-how")) }
        pre { code { (spaced.join(" ")) } }
        p { a href=(made.address) { (frame.say("account-second-open")) } }
    }
}

/// A field for six digits, or for a code on paper.
pub(crate) fn code_field(frame: &Frame, id: &str) -> Markup {
    html! {
        div.field {
            label.label for=(id) { (frame.say("account-code")) }
            input.input id=(id) name="code" inputmode="text" autocomplete="one-time-code" spellcheck="false" maxlength="40" required;
        }
    }
}

fn at(frame: &Frame, instant: Instant) -> String {
    words::instant_in_words(&Reader { zone: Some(frame.home.clone()), ..frame.reader() }, instant, frame.now)
}

fn sessions(frame: &Frame, view: &KeysView) -> Markup {
    html! {
        section.gap-top.stack aria-labelledby="sessions" {
            h2 #sessions { (frame.say("account-sessions")) }
            ul.requests {
                @for session in &view.sessions {
                    @let (browser, network) = session.label.split_once('\t').unwrap_or((&session.label, ""));
                    li {
                        (moment(frame, &frame.home, session.began_at))
                        div.stack {
                            p {
                                @if browser.is_empty() { (frame.say("account-browser-unknown")) } @else { (browser_name(browser)) }
                                @if !network.is_empty() { " · " (network) }
                                @if session.is_this { " " b { (frame.say("account-this")) } }
                            }
                            @if !session.is_this && view.is_fresh {
                                form action="/compte/session" method="post" {
                                    input type="hidden" name="nom" value=(session.id);
                                    button.btn.btn--quiet { (frame.say("account-end")) }
                                }
                            }
                        }
                    }
                }
            }
            @if view.sessions.len() > 1 && view.is_fresh {
                form action="/compte/autres-sessions" method="post" { button.btn { (frame.say("account-end-others")) } }
            }
        }
    }
}

fn second(frame: &Frame, view: &KeysView) -> Markup {
    html! {
        section.gap-top.stack aria-labelledby="second" {
            h2 #second { (frame.say("account-second")) }
            @if let Some(since) = view.second_factor {
                p { (frame.say_with("account-second-since", &[("at", &at(frame, since))])) }
                (recovery(frame, view))
                @if view.is_fresh {
                    form.form.stack action="/compte/retirer" method="post" {
                        (code_field(frame, "code-retirer"))
                        button.btn.btn--quiet { (frame.say("account-second-remove")) }
                    }
                }
            } @else if let Some(made) = &view.enrolment {
                (enrolment(frame, made))
                form.form.stack action="/compte/confirmer" method="post" {
                    (code_field(frame, "code-confirmer"))
                    button.btn.btn--primary { (frame.say("account-second-confirm")) }
                }
            } @else {
                p { (frame.say("account-second-none")) }
                @if view.is_fresh {
                    form action="/compte/second-facteur" method="post" { button.btn { (frame.say("account-second-begin")) } }
                }
            }
        }
    }
}

/// How many codes on paper are left, and new ones: whoever has a passkey may have no application.
fn recovery(frame: &Frame, view: &KeysView) -> Markup {
    let takes_code = view.second_factor.is_some() || view.recovery_codes > 0;
    html! {
        p { (crate::say::count(frame.language, "account-codes-left", u64::try_from(view.recovery_codes).unwrap_or(0))) }
        @if view.is_fresh && view.asks_code && !takes_code {
            p { (frame.say("account-codes-by-passkey")) }
        } @else if view.is_fresh {
            form.form.stack action="/compte/codes" method="post" {
                @if view.asks_code { (code_field(frame, "code-codes")) }
                button.btn { (frame.say("account-codes-renew")) }
            }
        }
    }
}

fn passkeys(frame: &Frame, view: &KeysView) -> Markup {
    html! {
        section.gap-top.stack aria-labelledby="cles" {
            h2 #cles { (frame.say("account-passkeys")) }
            p.muted { (frame.say("account-passkeys-what")) }
            @if !view.passkeys.is_empty() {
                ul.requests {
                    @for key in &view.passkeys {
                        li {
                            (moment(frame, &frame.home, key.made_at))
                            div.stack {
                                h3 { (key.label) }
                                p.small.muted {
                                    @match key.used_at {
                                        Some(used) => { (frame.say_with("account-token-used", &[("at", &at(frame, used))])) }
                                        None => { (frame.say("account-passkey-unused")) }
                                    }
                                }
                                @if view.is_fresh {
                                    form action="/compte/cle-fin" method="post" {
                                        input type="hidden" name="nom" value=(key.id);
                                        button.btn.btn--quiet { (frame.say("account-passkey-remove")) }
                                    }
                                }
                            }
                        }
                    }
                }
                @if view.second_factor.is_none() { (recovery(frame, view)) }
            }
            @if view.is_fresh {
                noscript { p { (frame.say("passkey-script")) } }
                form.form.stack action="/compte/cle" method="post" data-passkey="create" data-from="/compte/cle-debut" data-failed=(frame.say("passkey-failed")) hidden {
                    input type="hidden" name="client"; input type="hidden" name="attestation";
                    div.field {
                        label.label for="cle-libelle" { (frame.say("account-passkey-label")) }
                        input.input #cle-libelle name="libelle" maxlength="80" autocomplete="off" required;
                    }
                    button.btn { (frame.say("account-passkey-make")) }
                    p role="status" {}
                }
            }
        }
    }
}

fn identities(frame: &Frame, view: &KeysView) -> Markup {
    html! {
        @if !view.identities.is_empty() {
            section.gap-top.stack aria-labelledby="identites" {
                h2 #identites { (frame.say("account-identities")) }
                p.muted { (frame.say("account-identities-what")) }
                ul.requests {
                    @for identity in &view.identities {
                        li {
                            (moment(frame, &frame.home, identity.linked_at))
                            div.stack {
                                p { (identity.issuer) }
                                @if view.is_fresh {
                                    form action="/compte/identite-fin" method="post" {
                                        input type="hidden" name="nom" value=(identity.id);
                                        button.btn.btn--quiet { (frame.say("account-identity-remove")) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn password(frame: &Frame, view: &KeysView) -> Markup {
    html! {
        section.gap-top.stack aria-labelledby="mot-de-passe" {
            h2 #mot-de-passe { (frame.say("account-password")) }
            p { (frame.say(if view.has_password { "account-password-set" } else { "account-password-none" })) }
            @if view.is_fresh {
                form.form.stack action="/compte/mot-de-passe" method="post" {
                    @if view.asks_password {
                        div.field {
                            label.label for="actuel" { (frame.say("account-password-current")) }
                            input.input #actuel name="actuel" type="password" autocomplete="current-password" maxlength="1000" required;
                        }
                    }
                    div.field {
                        label.label for="motdepasse" { (frame.say("account-password-new")) }
                        p.hint #motdepasse-aide { (frame.say_with("account-password-hint", &[("count", &view.password_characters.to_string())])) }
                        input.input #motdepasse name="motdepasse" type="password" autocomplete="new-password" aria-describedby="motdepasse-aide" maxlength="1000" required;
                    }
                    @if !view.tokens.is_empty() {
                        label.check { input type="checkbox" name="jetons" value="oui"; " " span { (frame.say("account-password-end-tokens")) } }
                    }
                    button.btn { (frame.say("account-password-save")) }
                }
            }
        }
    }
}

fn tokens(frame: &Frame, view: &KeysView) -> Markup {
    html! {
        section.gap-top.stack aria-labelledby="jetons" {
            h2 #jetons { (frame.say("account-tokens")) }
            p.muted { (frame.say("account-tokens-what")) }
            @if !view.tokens.is_empty() {
                ul.requests {
                    @for token in &view.tokens {
                        li {
                            (moment(frame, &frame.home, token.made_at))
                            div.stack {
                                h3 { (if token.label.is_empty() { frame.say("account-token-unnamed") } else { &token.label }) }
                                p.small.muted {
                                    (frame.say(if token.scopes.iter().any(|scope| scope == "write") { "account-token-writes" } else { "account-token-reads" }))
                                    " "
                                    @if token.scopes.iter().any(|scope| scope == "people") { (frame.say("account-token-keeps-people")) " " }
                                    @match token.expires_at {
                                        Some(until) if until <= view.now => { (frame.say("account-token-over")) }
                                        Some(until) => { (frame.say_with("account-token-until", &[("at", &at(frame, until))])) }
                                        None => { (frame.say("account-token-endless")) }
                                    }
                                    " "
                                    @match token.used_at {
                                        Some(used) => { (frame.say_with("account-token-used", &[("at", &at(frame, used))])) }
                                        None => { (frame.say("account-token-unused")) }
                                    }
                                }
                                form action="/compte/jeton-fin" method="post" {
                                    input type="hidden" name="nom" value=(token.id);
                                    button.btn.btn--quiet { (frame.say("account-end")) }
                                    @if view.is_fresh {
                                        " " button.btn.btn--quiet formaction="/compte/jeton-renouveler" { (frame.say("account-token-renew")) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if view.is_fresh {
                form.form.stack action="/compte/jeton" method="post" {
                    div.field {
                        label.label for="libelle" { (frame.say("account-token-label")) }
                        input.input #libelle name="libelle" maxlength="80" autocomplete="off" required;
                    }
                    div.field {
                        label.label for="jours" { (frame.say("account-token-days")) }
                        input.input #jours name="jours" type="number" min="1" max=(operations::TOKEN_DAYS) value="90" required;
                    }
                    label.check { input type="checkbox" name="ecrire" value="oui"; " " span { (frame.say("account-token-write")) } }
                    @if frame.may(Right::KeepPeople) {
                        label.check { input type="checkbox" name="personnes" value="oui"; " " span { (frame.say("account-token-people")) } }
                    }
                    button.btn { (frame.say("account-token-make")) }
                }
            }
        }
    }
}
