//! The mail that needs somebody: letters that became no request, and letters of ours that did not arrive.

use crate::error::Fault;
use crate::file::attachment;
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::viewer::Agent;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use calendar::Zone;
use maud::{Markup, html};
use operations::{
    Failure, KeptLetterView, KeptMail, UndeliveredView, list_kept_mail, read_kept_letter, take_in_again,
};

/// `GET /admin/courrier`.
pub(crate) async fn list(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    let kept = list_kept_mail(&web.environment, &agent.viewer).await;
    let kept = kept.map_err(|failure| agent.frame.fault(failure))?;
    Ok(page(&agent.frame, &kept).into_response())
}

/// `GET /admin/courrier/{digest}`: the letter as it came.
pub(crate) async fn raw(
    State(web): State<Web>,
    agent: Agent,
    Path(digest): Path<String>,
) -> Result<Response, Fault> {
    let bytes = read_kept_letter(&web.environment, &agent.viewer, &digest).await;
    let bytes = bytes.map_err(|failure| agent.frame.fault(failure))?;
    Ok(attachment("message.eml", bytes))
}

/// `POST /admin/courrier/{digest}/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    Path((digest, act)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let taken = match act.as_str() {
        "reprendre" => take_in_again(&web.environment, &agent.viewer, &digest).await,
        _ => Err(Failure::NotFound { what: "act" }),
    };
    let number = taken.map_err(|failure| agent.frame.fault(failure))?;
    Ok(Redirect::to(&agent.frame.ticket_path(&number)).into_response())
}

/// The page.
pub(crate) fn page(frame: &Frame, kept: &KeptMail) -> Markup {
    let title = frame.say("kept-title");
    let head = Head { title, place: Place::Mail, number: None, wrong: false, icons: &["late", "clock"] };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head { h1 { (title) } }
                p.muted { (frame.say("kept-what")) }
                h2.gap-top { (frame.say("kept-letters")) }
                @if kept.letters.is_empty() { p { (frame.say("kept-no-letters")) } }
                ul.requests { @for letter in &kept.letters { (letter_item(frame, letter)) } }
                h2.gap-top { (frame.say("kept-undelivered")) }
                @if kept.undelivered.is_empty() { p { (frame.say("kept-no-undelivered")) } }
                ul.requests { @for notice in &kept.undelivered { (undelivered_item(frame, notice)) } }
            }
        },
    )
}

fn letter_item(frame: &Frame, letter: &KeptLetterView) -> Markup {
    let path = format!("/admin/courrier/{}", letter.digest);
    let why = match letter.why.as_str() {
        "bounce" => "kept-why-bounce",
        "loop" => "kept-why-loop",
        "channel" => "kept-why-channel",
        "terms" => "kept-why-terms",
        _ => "kept-why-unreadable",
    };
    let subject = letter.subject.trim();
    let subject = if subject.is_empty() { frame.say("no-subject") } else { subject };
    html! {
        li {
            (moment(frame, &zone(frame), letter.received_at))
            div {
                h3 { (subject) }
                p { (letter.sender) @if !letter.sender.is_empty() { " → " } (letter.mailbox) }
                p.small.muted { (frame.say(why)) }
                div.row {
                    a.btn href=(path) download="message.eml" { (frame.say("kept-raw")) }
                    form method="post" action={ (path) "/reprendre" } { button.btn { (frame.say("kept-again")) } }
                }
            }
        }
    }
}

fn undelivered_item(frame: &Frame, notice: &UndeliveredView) -> Markup {
    let state = match notice.state.as_str() {
        "returned" => "delivery-returned",
        "held" => "delivery-held",
        _ => "delivery-failed",
    };
    html! {
        li {
            (moment(frame, &zone(frame), notice.created_at))
            div {
                h3 { a href=(frame.ticket_path(&notice.number)) { (notice.number) } " → " (notice.address) }
                p { (crate::workspace::ticket::delivery_kind(frame, &notice.kind)) ", " (frame.say(state)) "." }
                @if let Some(error) = &notice.error { p.small.muted { (error) } }
            }
        }
    }
}

fn zone(frame: &Frame) -> Zone {
    frame.zone.clone().unwrap_or_else(Zone::utc)
}
