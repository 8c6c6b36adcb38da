//! Webhooks, for whoever keeps them: which addresses are told what happens, and whether it arrives.

use crate::error::{Fault, explain, status};
use crate::event_kinds::{event_boxes, event_names};
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, encode};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{
    DeliveriesView, Failure, WebhookChange, WebhookStanding, WebhookView, change_webhook, list_deliveries,
    list_webhooks, make_webhook, remove_webhook, replay_delivery, rotate_webhook_secret, test_webhook,
    view_webhook,
};
use serde::Deserialize;

/// Deliveries of a page.
const ROWS: u32 = 50;

/// What the page shows beside the webhooks.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// A secret that was just made.
    pub(crate) secret: Option<String>,
    /// What is wrong with what was sent.
    pub(crate) wrong: Option<String>,
    /// The address that was sent.
    pub(crate) url: String,
    /// The events that were chosen; none where nothing was sent.
    pub(crate) kinds: Option<Vec<String>>,
}

/// What the address of a webhook's page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    suite: String,
}

/// `GET /admin/webhooks`.
pub(crate) async fn list(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    listed(&web, &agent, StatusCode::OK, &Shown::default()).await
}

async fn listed(web: &Web, agent: &Agent, code: StatusCode, shown: &Shown) -> Result<Response, Fault> {
    let found = list_webhooks(&web.environment, &agent.viewer).await;
    let found = found.map_err(|failure| agent.frame.fault(failure))?;
    Ok((code, list_page(&agent.frame, &found, shown)).into_response())
}

/// `POST /admin/webhooks`.
pub(crate) async fn make(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let url = submission.get("adresse");
    let kinds: Vec<String> = submission.each("evenement").map(str::to_owned).collect();
    match make_webhook(&web.environment, &agent.viewer, url, &kinds).await {
        // Shown in the answer itself: a secret has no business in an address.
        Ok(made) => {
            let shown = Shown { secret: made.secret, ..Shown::default() };
            listed(&web, &agent, StatusCode::CREATED, &shown).await
        }
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let wrong = Some(explain(&agent.frame, &failure));
            let shown = Shown { wrong, url: url.to_owned(), kinds: Some(kinds), ..Shown::default() };
            listed(&web, &agent, status(&failure), &shown).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

/// `GET /admin/webhooks/{id}`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path(id): Path<String>,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    shown(&web, &agent, &id, Some(sought.suite.as_str()).filter(|cursor| !cursor.is_empty()), None).await
}

async fn shown(
    web: &Web,
    agent: &Agent,
    id: &str,
    cursor: Option<&str>,
    secret: Option<&str>,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let webhook = view_webhook(&web.environment, &agent.viewer, id).await.map_err(fault)?;
    let told = list_deliveries(&web.environment, &agent.viewer, id, cursor, ROWS).await.map_err(fault)?;
    Ok(page(&agent.frame, &webhook, &told, secret).into_response())
}

/// `POST /admin/webhooks/{id}/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    Path((id, act)): Path<(String, String)>,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let switch = |is_on| WebhookChange { is_on: Some(is_on), ..WebhookChange::default() };
    let done = match act.as_str() {
        "activer" => change_webhook(environment, viewer, &id, &switch(true)).await.map(drop),
        "arreter" => change_webhook(environment, viewer, &id, &switch(false)).await.map(drop),
        "essayer" => test_webhook(environment, viewer, &id).await.map(drop),
        "renvoyer" => replay_delivery(environment, viewer, &id, submission.get("envoi")).await,
        "supprimer" => {
            let removed = remove_webhook(environment, viewer, &id).await;
            removed.map_err(|failure| agent.frame.fault(failure))?;
            return Ok(Redirect::to("/admin/webhooks").into_response());
        }
        "secret" => {
            let rotated = rotate_webhook_secret(environment, viewer, &id).await;
            let rotated = rotated.map_err(|failure| agent.frame.fault(failure))?;
            return shown(&web, &agent, &id, None, rotated.secret.as_deref()).await;
        }
        _ => Err(Failure::NotFound { what: "act" }),
    };
    done.map_err(|failure| agent.frame.fault(failure))?;
    Ok(Redirect::to(&format!("/admin/webhooks/{}", encode(&id))).into_response())
}

/// The page of all.
pub(crate) fn list_page(frame: &Frame, webhooks: &[WebhookView], shown: &Shown) -> Markup {
    let title = frame.say("webhooks-title");
    let wrong = shown.wrong.as_deref();
    let all = ["ticket.*".to_owned()];
    let head = Head { title, place: Place::Webhooks, number: None, wrong: wrong.is_some(), icons: &["late"] };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head { h1 { (title) } }
                p.muted { (frame.say("webhooks-what")) }
                @if let Some(secret) = &shown.secret { (fresh_secret(frame, secret)) }
                @if webhooks.is_empty() { p.gap-top { (frame.say("webhooks-none")) } }
                ul.requests {
                    @for webhook in webhooks {
                        li {
                            (standing(frame, webhook.state))
                            div {
                                h2 { a href={ "/admin/webhooks/" (webhook.id) } { (webhook.url) } }
                                p.small.muted { (event_names(frame, &webhook.kinds)) }
                            }
                        }
                    }
                }
                h2.gap-top { (frame.say("webhooks-new")) }
                form.stack action="/admin/webhooks" method="post" {
                    div.field {
                        label.label for="adresse" { (frame.say("webhooks-url")) }
                        @if let Some(wrong) = wrong { p.error #adresse-erreur role="alert" { (crate::icon::icon("late")) span { (wrong) } } }
                        input.input #adresse name="adresse" type="url" value=(shown.url) placeholder="https://" required
                            aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "adresse-erreur")];
                    }
                    fieldset.stack {
                        legend { (frame.say("webhooks-events")) }
                        (event_boxes(frame, "evenement", shown.kinds.as_deref().unwrap_or(&all), true))
                    }
                    div.actions { button.btn.btn--primary { (frame.say("webhooks-make")) } }
                }
            }
        },
    )
}

/// The page of one.
pub(crate) fn page(
    frame: &Frame,
    webhook: &WebhookView,
    told: &DeliveriesView,
    secret: Option<&str>,
) -> Markup {
    let title = frame.say("webhooks-one");
    let head = Head { title, place: Place::Webhooks, number: None, wrong: false, icons: &[] };
    let zone = &frame.home;
    let path = format!("/admin/webhooks/{}", webhook.id);
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/webhooks" { (frame.say("webhooks-title")) } }
                div.head { h1 { (webhook.url) } (standing(frame, webhook.state)) }
                p.small.muted { (event_names(frame, &webhook.kinds)) }
                (frame.times())
                @if let Some(since) = webhook.failing_since {
                    p { (frame.say("webhooks-failing")) " " (moment(frame, zone, since)) }
                }
                @if let Some(until) = webhook.resting_until {
                    p { (frame.say("webhooks-resting")) " " (moment(frame, zone, until)) }
                }
                @if webhook.waits_for_key { p { (frame.say("webhooks-unopened")) } }
                @if let Some(until) = webhook.former_secret_until {
                    p { (frame.say("webhooks-former")) " " (moment(frame, zone, until)) }
                }
                @if let Some(secret) = secret { (fresh_secret(frame, secret)) }
                div.gap-top {
                    (button(&path, "essayer", frame.say("webhooks-try")))
                    @if webhook.state == WebhookStanding::On {
                        (button(&path, "arreter", frame.say("webhooks-off")))
                    } @else {
                        (button(&path, "activer", frame.say("webhooks-on")))
                    }
                    (button(&path, "secret", frame.say("webhooks-rotate")))
                    (button(&path, "supprimer", frame.say("webhooks-remove")))
                }
                h2.gap-top { (frame.say("webhooks-deliveries")) }
                @if told.rows.is_empty() { p { (frame.say("webhooks-nothing")) } }
                ul.requests {
                    @for row in &told.rows {
                        li {
                            (moment(frame, zone, row.created_at))
                            div {
                                p {
                                    code { (row.kind) } " " b { (frame.say(match row.state {
                                        "done" => "webhooks-arrived",
                                        "dead" => "webhooks-given-up",
                                        _ => "webhooks-waiting",
                                    })) }
                                    @if let Some(status) = row.status { " · HTTP " (status) }
                                }
                                @if let Some(error) = &row.error { p.small { (error) } }
                                @if let Some(next) = row.next_at.filter(|_| row.attempts > 0) {
                                    p.small { (frame.say("webhooks-next")) " " (moment(frame, zone, next)) }
                                }
                                details { summary.small { code { (row.id) } } pre { (row.payload) } }
                                form action={ (path) "/renvoyer" } method="post" {
                                    input type="hidden" name="envoi" value=(row.id);
                                    button.btn.btn--quiet aria-label={ (frame.say("webhooks-again")) " " (row.id) } { (frame.say("webhooks-again")) }
                                }
                            }
                        }
                    }
                }
                @if let Some(cursor) = &told.cursor {
                    (frame.next_page(html! { (path) "?suite=" (encode(cursor)) }))
                }
            }
        },
    )
}

fn fresh_secret(frame: &Frame, secret: &str) -> Markup {
    html! { div.stack role="status" { p { (frame.say("webhooks-secret")) } p { code { (secret) } } } }
}

fn button(path: &str, act: &str, name: &str) -> Markup {
    html! { form action={ (path) "/" (act) } method="post" { button.btn { (name) } } }
}

fn standing(frame: &Frame, standing: WebhookStanding) -> Markup {
    html! { span.small { (frame.say(match standing {
        WebhookStanding::On => "webhooks-is-on",
        WebhookStanding::Off => "webhooks-is-off",
        WebhookStanding::Failed => "webhooks-is-failed",
    })) } }
}
