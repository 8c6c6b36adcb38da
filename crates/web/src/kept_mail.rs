//! The mail that needs somebody: letters that became no request, letters of ours that did not arrive, and the
//! certificates and keys by which signatures are verified.

use crate::error::{Fault, explain, status};
use crate::file::attachment;
use crate::icon::icon;
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::Agent;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{
    Failure, KeptLetterView, KeptMail, MailKeyView, UndeliveredView, discard_kept_letter, distrust_mail_key,
    list_kept_mail, list_mail_keys, read_kept_letter, take_in_again, trust_mail_keys,
};
use terms::Facts;

/// `GET /admin/courrier`.
pub(crate) async fn list(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    listed(&web, &agent, StatusCode::OK, None).await
}

async fn listed(
    web: &Web,
    agent: &Agent,
    code: StatusCode,
    wrong: Option<String>,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let kept = list_kept_mail(&web.environment, &agent.viewer).await.map_err(fault)?;
    let keys = list_mail_keys(&web.environment, &agent.viewer).await.map_err(fault)?;
    Ok((code, page(&agent.frame, &kept, &keys, wrong.as_deref())).into_response())
}

/// `POST /admin/courrier/cles`: trusts the certificates and keys of a file, or one of them no more.
pub(crate) async fn keys(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let done = match submission.given("retirer") {
        Some(key) => distrust_mail_key(environment, viewer, &key).await,
        None => {
            let bytes = submission.files.first().map(|file| file.bytes.as_slice()).unwrap_or_default();
            let address = submission.given("adresse");
            trust_mail_keys(environment, viewer, bytes, address.as_deref()).await.map(drop)
        }
    };
    match done {
        Ok(()) => Ok(Redirect::to("/admin/courrier#cles").into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            listed(&web, &agent, status(&failure), Some(explain(&agent.frame, &failure))).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
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
        "reprendre" => take_in_again(&web.environment, &agent.viewer, &digest, &Facts::new()).await,
        "jeter" => {
            let done = discard_kept_letter(&web.environment, &agent.viewer, &digest).await;
            done.map_err(|failure| agent.frame.fault(failure))?;
            return Ok(Redirect::to("/admin/courrier").into_response());
        }
        _ => Err(Failure::NotFound { what: "act" }),
    };
    match taken {
        Ok(number) => Ok(Redirect::to(&agent.frame.ticket_path(&number)).into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            listed(&web, &agent, status(&failure), Some(explain(&agent.frame, &failure))).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

/// The page.
pub(crate) fn page(frame: &Frame, kept: &KeptMail, keys: &[MailKeyView], wrong: Option<&str>) -> Markup {
    let title = frame.say("kept-title");
    let head =
        Head { title, place: Place::Mail, number: None, wrong: wrong.is_some(), icons: &["late", "clock"] };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head { h1 { (title) } }
                p.muted { (frame.say("kept-what")) }
                (frame.times())
                @if let Some(wrong) = wrong { p.error role="alert" { (icon("late")) span { (wrong) } } }
                h2.gap-top { (frame.say("kept-letters")) }
                @if kept.letters.is_empty() { p { (frame.say("kept-no-letters")) } }
                ul.requests { @for letter in &kept.letters { (letter_item(frame, letter)) } }
                h2.gap-top { (frame.say("kept-undelivered")) }
                @if kept.undelivered.is_empty() { p { (frame.say("kept-no-undelivered")) } }
                ul.requests { @for notice in &kept.undelivered { (undelivered_item(frame, notice)) } }
                h2.gap-top #cles { (frame.say("mail-keys")) }
                p.muted { (frame.say("mail-keys-what")) }
                @if keys.is_empty() { p { (frame.say("mail-keys-none")) } }
                ul.requests { @for key in keys { (key_item(frame, key)) } }
                form.stack action="/admin/courrier/cles" method="post" enctype="multipart/form-data" {
                    div.field {
                        label.label for="cle-fichier" { (frame.say("mail-keys-file")) }
                        p.hint #cle-fichier-aide { (frame.say("mail-keys-file-hint")) }
                        input.input #cle-fichier type="file" name="fichier" required aria-describedby="cle-fichier-aide";
                    }
                    div.field {
                        label.label for="cle-adresse" { (frame.say("mail-keys-address")) }
                        p.hint #cle-adresse-aide { (frame.say("mail-keys-address-hint")) }
                        input.input #cle-adresse type="email" name="adresse" autocomplete="off" aria-describedby="cle-adresse-aide";
                    }
                    button.btn { (frame.say("mail-keys-trust")) }
                }
            }
        },
    )
}

/// Digits of a fingerprint in groups of four, as people read it out to each other.
fn in_groups(fingerprint: &str) -> String {
    let groups: Vec<&str> = (0..fingerprint.len())
        .step_by(4)
        .map(|at| &fingerprint[at..(at + 4).min(fingerprint.len())])
        .collect();
    groups.join(" ")
}

fn key_item(frame: &Frame, key: &MailKeyView) -> Markup {
    let scheme = if key.scheme == "pgp" { "OpenPGP" } else { "S/MIME" };
    let whose = match (key.is_authority, key.addresses.is_empty()) {
        (true, true) => frame.say("mail-keys-authority").to_owned(),
        (true, false) => {
            format!(
                "{}{} {}",
                frame.say("mail-keys-authority"),
                frame.say("page-colon"),
                key.addresses.join(", ")
            )
        }
        (false, _) => key.addresses.join(", "),
    };
    html! {
        li {
            span.muted { (scheme) }
            div {
                h3 { (whose) }
                p.small { code { (in_groups(&key.fingerprint)) } }
                @if let Some(until) = key.until {
                    p.small.muted { (frame.say("mail-keys-until")) " " (moment(frame, &frame.home, until)) }
                }
                form action="/admin/courrier/cles" method="post" {
                    button.btn.btn--quiet name="retirer" value=(key.key)
                        aria-label={ (frame.say("mail-keys-remove")) " " (key.fingerprint) } { (frame.say("mail-keys-remove")) }
                }
            }
        }
    }
}

fn letter_item(frame: &Frame, letter: &KeptLetterView) -> Markup {
    let path = format!("/admin/courrier/{}", letter.digest);
    let why = match letter.why.as_str() {
        "bounce" => "kept-why-bounce",
        "loop" => "kept-why-loop",
        "channel" => "kept-why-channel",
        "no_reply" => "kept-why-no-reply",
        "terms" => "kept-why-terms",
        _ => "kept-why-unreadable",
    };
    let subject = letter.subject.trim();
    let subject = if subject.is_empty() { frame.say("no-subject") } else { subject };
    html! {
        li {
            (moment(frame, &frame.home, letter.received_at))
            div {
                h3 { (subject) }
                p { (letter.sender) @if !letter.sender.is_empty() { " → " } (letter.mailbox) }
                p.small.muted { (frame.say(why)) }
                div.actions {
                    a.btn href=(path) download="message.eml" { (frame.say("kept-raw")) }
                    form method="post" action={ (path) "/reprendre" } {
                        button.btn { (frame.say("kept-again")) }
                    }
                    form method="post" action={ (path) "/jeter" } {
                        button.btn.btn--quiet aria-label={ (frame.say("kept-discard")) " " (subject) } { (frame.say("kept-discard")) }
                    }
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
            (moment(frame, &frame.home, notice.created_at))
            div {
                h3 {
                    @if let Some(number) = &notice.number { a href=(frame.ticket_path(number)) { (number) } " " }
                    "→ " (notice.address)
                }
                p { (crate::happening::delivery_kind(frame, &notice.kind)) ", " (frame.say(state)) "." }
                @if let Some(error) = &notice.error { p.small.muted { (error) } }
            }
        }
    }
}
