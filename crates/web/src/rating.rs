//! How somebody was helped, said by a link of a letter without signing in. Opening the link shows the question and
//! answers nothing, so that whatever looks at letters before people do answers nothing either.

use crate::error::{Fault, explain, status};
use crate::icon::icon;
use crate::page::{Area, Frame, Head, Place};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Visitor, encode};
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use desk::{Score, TicketState};
use maud::{Markup, html};
use operations::{Failure, RatingAsked, TicketView, follow_rating_link, rate_by_link};

/// `GET /avis/{link}`.
pub(crate) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(link): Path<String>,
) -> Result<Response, Fault> {
    let asked = follow_rating_link(&web.environment, &link).await;
    let asked = asked.map_err(|failure| visitor.frame.fault(failure))?;
    let frame = frame_of(&visitor.frame, &asked);
    Ok(kept_private(page(&frame, &asked.view, &link, None)))
}

/// `POST /avis/{link}`.
pub(crate) async fn give(
    State(web): State<Web>,
    visitor: Visitor,
    Path(link): Path<String>,
    submission: Submission,
) -> Result<Response, Fault> {
    let score = submission.get("avis").to_owned();
    match rate_by_link(&web.environment, &link, score, submission.given("corps")).await {
        Ok(asked) => Ok(kept_private(page(&frame_of(&visitor.frame, &asked), &asked.view, &link, None))),
        Err(failure @ (Failure::Refused(_) | Failure::Invalid { .. })) => {
            let asked = follow_rating_link(&web.environment, &link).await;
            let asked = asked.map_err(|failure| visitor.frame.fault(failure))?;
            let frame = frame_of(&visitor.frame, &asked);
            let wrong = explain(&frame, &failure);
            let code: StatusCode = status(&failure);
            Ok((code, kept_private(page(&frame, &asked.view, &link, Some(&wrong)))).into_response())
        }
        Err(failure) => Err(visitor.frame.fault(failure)),
    }
}

/// The page is read by whoever got the letter: in their language, under the provider's name, with nothing that needs
/// signing in.
fn frame_of(frame: &Frame, asked: &RatingAsked) -> Frame {
    Frame {
        language: asked.viewer.language(),
        area: Area::Gate,
        site: asked.viewer.provider.name.clone(),
        mailbox: Some(asked.viewer.provider.mailbox.clone()),
        person: None,
        ..frame.clone()
    }
}

/// The address of the page is a key: it is told to no other site and kept in no cache. Told to nobody at all, browsers
/// would send the form as from nowhere, which is refused.
pub(crate) fn kept_private(page: Markup) -> Response {
    let headers = [
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
    ];
    (headers, page).into_response()
}

/// The page.
pub(crate) fn page(frame: &Frame, view: &TicketView, link: &str, wrong: Option<&str>) -> Markup {
    let title = frame.say("rating-title");
    let head =
        Head { title, place: Place::Elsewhere, number: None, wrong: wrong.is_some(), icons: &["late"] };
    let is_asked = view.state == TicketState::Closed && view.rating.is_none();
    frame.page(
        &head,
        html! {
            main.wrap.wrap--narrow #contenu tabindex="-1" {
                h1.gap-top { (title) }
                p.muted { (view.number) " · " (view.subject) }
                @if let Some(wrong) = wrong { p.error role="alert" { (icon("late")) span { (wrong) } } }
                @if let Some((rating, _)) = &view.rating {
                    p.banner { span { (frame.say("rating-given")) " " (answer_name(frame, view, rating.score, rating.answer.as_deref())) "." } }
                } @else if is_asked {
                    (form(frame, view, &format!("/avis/{}", encode(link)), frame.say("rating-what")))
                } @else {
                    p { (frame.say("rating-over")) }
                }
            }
        },
    )
}

/// The question with its answers, each a button, and room for words beside.
pub(crate) fn form(frame: &Frame, view: &TicketView, action: &str, hint: &str) -> Markup {
    html! {
        form.stack action=(action) method="post" {
            p #avis-question { (question(frame, view)) }
            @if !hint.is_empty() { p.hint { (hint) } }
            div.field {
                label.label for="avis-corps" { (frame.say("rating-words")) }
                textarea.input #avis-corps name="corps" rows="3" {}
            }
            div.actions role="group" aria-labelledby="avis-question" {
                @for (name, label) in answers(frame, view) {
                    button.btn name="avis" value=(name) { (label) }
                }
            }
        }
    }
}

/// The question in the agreement's words, else in our own.
pub(crate) fn question<'a>(frame: &Frame, view: &'a TicketView) -> std::borrow::Cow<'a, str> {
    let own = view.terms.satisfaction.as_ref().map(|rule| rule.question.text(frame.language.tag()));
    match own.filter(|question| !question.is_empty()) {
        Some(question) => question.into(),
        None => frame.say("rating-ask").into(),
    }
}

/// What may be answered: the agreement's own scale, else the product's.
fn answers(frame: &Frame, view: &TicketView) -> Vec<(String, String)> {
    let scale = view.terms.satisfaction.as_ref().map(|rule| rule.scale.as_slice()).unwrap_or_default();
    if scale.is_empty() {
        return Score::ALL.map(|score| (score.as_str().to_owned(), score_name(frame, score))).to_vec();
    }
    let label = |answer: &terms::SatisfactionAnswer| match answer.label.text(frame.language.tag()) {
        "" => answer.name.clone(),
        label => label.to_owned(),
    };
    scale.iter().map(|answer| (answer.name.clone(), label(answer))).collect()
}

/// What was answered, in words: by the agreement's own scale where it has one.
pub(crate) fn answer_name(frame: &Frame, view: &TicketView, score: Score, answer: Option<&str>) -> String {
    let name = answer.unwrap_or(score.as_str());
    let known = answers(frame, view).into_iter().find(|(known, _)| known == name);
    known.map_or_else(|| score_name(frame, score), |(_, label)| label)
}

/// One of the product's own answers.
fn score_name(frame: &Frame, score: Score) -> String {
    words::text(frame.language, &format!("score-{}", score.as_str())).into_owned()
}
