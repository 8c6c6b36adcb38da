//! Blacking out what should not stand in a request: the page where it is decided, and the deed.

use crate::error::{Fault, explain, status};
use crate::icon::icon;
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, Visitor};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use desk::{MessageId, SecretKind};
use maud::{Markup, html};
use operations::{Failure, MessageView, Redaction, TicketView, redact, view_ticket};

/// `GET /agent/demandes/{number}/messages/{message}/masquage`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path((number, message)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let view = view_ticket(&web.environment, &agent.viewer, &number).await.map_err(fault)?;
    let message = message_of(&view, &message).map_err(fault)?;
    Ok(page(&agent.frame, &view, message, "", None).into_response())
}

/// `POST /agent/demandes/{number}/messages/{message}/masquage`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    visitor: Visitor,
    Path((number, message)): Path<(String, String)>,
    submission: Submission,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let missing = |_| fault(Failure::NotFound { what: "message" });
    let id: MessageId = message.parse().map_err(missing)?;
    let file = submission.given("fichier").map(|file| file.parse()).transpose().map_err(missing)?;
    let redaction = Redaction {
        message: id,
        passage: submission.given("passage"),
        found: submission.get("reconnu") == "oui",
        file,
    };
    let session = visitor.token.as_deref();
    match redact(&web.environment, &agent.viewer, session, &number, &redaction, None).await {
        Ok(done) => Ok(Redirect::to(&format!("/agent/demandes/{}#m-{id}", done.number)).into_response()),
        Err(failure @ Failure::Invalid { .. }) => {
            let view = view_ticket(&web.environment, &agent.viewer, &number).await.map_err(fault)?;
            let message = message_of(&view, &message).map_err(fault)?;
            let wrong = explain(&agent.frame, &failure);
            let again = page(&agent.frame, &view, message, submission.get("passage"), Some(&wrong));
            Ok((status(&failure), again).into_response())
        }
        Err(failure) => Err(fault(failure)),
    }
}

fn message_of<'a>(view: &'a TicketView, id: &str) -> Result<&'a MessageView, Failure> {
    let found = id.parse().ok().and_then(|id: MessageId| {
        view.messages.iter().find(|message| message.id == id && message.of.is_none())
    });
    found.ok_or(Failure::NotFound { what: "message" })
}

/// What a message seems to hold, in words: « un numéro de carte, un IBAN ».
pub(crate) fn kinds_in_words<'a>(frame: &Frame, kinds: impl IntoIterator<Item = &'a str>) -> String {
    let said = kinds.into_iter().map(|kind| match kind {
        "card" => frame.say("redaction-card"),
        "iban" => frame.say("redaction-iban"),
        "password" => frame.say("redaction-password"),
        "file" => frame.say("redaction-file"),
        _ => frame.say("redaction-text"),
    });
    said.collect::<Vec<_>>().join(", ")
}

/// At a message: that it seems to hold what should not stand there, with the deed for those who may.
pub(crate) fn offer(frame: &Frame, view: &TicketView, message: &MessageView) -> Markup {
    let number = message.of.as_ref().unwrap_or(&view.number);
    let path = format!("/agent/demandes/{number}/messages/{}/masquage", message.id);
    let may = frame.may(desk::Right::Redact);
    let kinds = kinds_in_words(frame, message.seems_to_hold.iter().copied().map(SecretKind::as_str));
    html! {
        @if !message.seems_to_hold.is_empty() {
            @let seems = html! {
                span.with-icon { (icon("late")) span { (frame.say_with("redaction-seems", &[("kinds", &kinds)])) } }
            };
            @if may {
                form.banner action=(path) method="post" {
                    (seems) " " button.btn name="reconnu" value="oui" { (frame.say("redaction-at-once")) }
                    " " span.small { (frame.say("redaction-final")) }
                }
            } @else {
                p.banner { (seems) " " span.small { (frame.say("redaction-ask")) } }
            }
        }
        @if may && (message.body.is_some() || message.files.iter().any(|file| file.name.is_some())) {
            p.small { a href=(path) { (frame.say("redaction-link")) } }
        }
    }
}

/// The page where somebody says what goes.
pub(crate) fn page(
    frame: &Frame,
    view: &TicketView,
    message: &MessageView,
    passage: &str,
    wrong: Option<&str>,
) -> Markup {
    let title = frame.say("redaction-title");
    let head = Head {
        title,
        place: Place::Requests,
        number: Some(&view.number),
        wrong: wrong.is_some(),
        icons: &["late"],
    };
    let path = format!("/agent/demandes/{}", view.number);
    let files: Vec<_> = message.files.iter().filter(|file| file.name.is_some()).collect();
    let kinds = kinds_in_words(frame, message.seems_to_hold.iter().copied().map(SecretKind::as_str));
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href={ (path) "#m-" (message.id) } { (view.number) } }
                div.head { h1 { (title) } }
                p { (frame.say("redaction-what")) }
                p { b { (frame.say("redaction-final")) } " " (frame.say("redaction-limits")) }
                @if let Some(body) = &message.body { blockquote.body { (body) } }
                @if let Some(history) = &message.history {
                    details.fold.fold--link.small { summary { (frame.say("request-earlier")) } div.body { (history) } }
                }
                @if let Some(wrong) = wrong {
                    p.error #passage-erreur role="alert" { (icon("late")) span { (wrong) } }
                }
                form.stack action={ (path) "/messages/" (message.id) "/masquage" } method="post" {
                    div.field {
                        label.label for="passage" { (frame.say("redaction-passage")) }
                        p.hint #passage-aide { (frame.say("redaction-passage-hint")) }
                        textarea.input #passage name="passage" rows="3" autocomplete="off" spellcheck="false"
                            aria-describedby={ "passage-aide" @if wrong.is_some() { " passage-erreur" } }
                            aria-invalid=[wrong.map(|_| "true")] { (passage) }
                    }
                    @if !message.seems_to_hold.is_empty() {
                        label.check {
                            input type="checkbox" name="reconnu" value="oui"; " "
                            span { (frame.say_with("redaction-found", &[("kinds", &kinds)])) }
                        }
                    }
                    @if !files.is_empty() {
                        div.field {
                            label.label for="fichier" { (frame.say("redaction-whole-file")) }
                            select.input.select #fichier name="fichier" {
                                option value="" { "–" }
                                @for file in files {
                                    option value=(file.id) { (file.name.as_deref().unwrap_or_default()) }
                                }
                            }
                        }
                    }
                    div.actions { button.btn.btn--primary { (frame.say("redaction-go")) } }
                }
            }
        },
    )
}
