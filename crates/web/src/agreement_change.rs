//! A version of an agreement, or other values of contracts, put in force: what it moves is shown first.

use crate::error::{Fault, explain, status};
use crate::icon::icon;
use crate::line::line;
use crate::network::Seen;
use crate::page::{Frame, Head, Place};
use crate::reading::{clause, moment};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::Agent;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use calendar::Zone;
use maud::{Markup, html};
use operations::{
    AdoptError, AgreementChange, ChangeReport, Failure, MovedClock, NewTerms, change_agreement_as,
    untyped_facts,
};
use serde_json::{Map, Value};
use terms::AgreementName;

/// Deadlines that a page lists at most.
const LISTED: usize = 500;

/// What the page shows.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) document: String,
    pub(crate) version: String,
    pub(crate) parameters: String,
    pub(crate) account: String,
    pub(crate) wrong: Vec<String>,
    pub(crate) report: Option<ChangeReport>,
    pub(crate) is_done: bool,
}

/// `GET /admin/contrats`.
pub(crate) async fn show(agent: Agent) -> Result<Response, Fault> {
    if !agent.frame.may(desk::Right::KeepAgreements) {
        return Err(agent.frame.fault(Failure::NotPermitted));
    }
    Ok(page(&agent.frame, &Shown::default()).into_response())
}

/// `POST /admin/contrats`: shows what a change does, or does it.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    seen: Seen,
    submission: Submission,
) -> Result<Response, Fault> {
    let is_done = submission.get("faire") == "appliquer";
    let mut shown = Shown {
        document: submission.whole("document").to_owned(),
        version: submission.get("version").to_owned(),
        parameters: submission.get("valeurs").to_owned(),
        account: submission.get("client").to_owned(),
        is_done,
        ..Shown::default()
    };
    let terms = match shown.version.split_once('/') {
        Some((key, version)) if shown.document.trim().is_empty() => NewTerms::Adopted(AgreementName {
            key: key.trim().to_owned(),
            version: version.trim().to_owned(),
        }),
        _ => NewTerms::Document { text: shown.document.clone(), file_name: "document".to_owned() },
    };
    let change = AgreementChange {
        terms,
        parameters: untyped_facts(Some(values(&shown.parameters))),
        account: submission.given("client"),
    };
    let done = change_agreement_as(&web.environment, &agent.viewer, &change, !is_done, &seen.origin()).await;
    let mut code = StatusCode::OK;
    match done {
        Ok(report) => shown.report = Some(report),
        Err(AdoptError::Diagnostics(found)) => {
            code = StatusCode::UNPROCESSABLE_ENTITY;
            shown.wrong = vec![agent.frame.say("change-wrong").to_owned()];
            let language = agent.frame.language.tag();
            shown.wrong.extend(found.iter().take(20).map(|found| found.sentence(language)));
        }
        Err(AdoptError::InForce(_)) => {
            code = StatusCode::UNPROCESSABLE_ENTITY;
            shown.wrong = vec![agent.frame.say("error-document-in-force").to_owned()];
        }
        Err(AdoptError::Failure(failure @ (Failure::Invalid { .. } | Failure::Refused(_)))) => {
            (shown.wrong, code) = (vec![explain(&agent.frame, &failure)], status(&failure));
        }
        Err(AdoptError::Failure(failure)) => return Err(agent.frame.fault(failure)),
    }
    Ok((code, page(&agent.frame, &shown)).into_response())
}

/// Values as they are written, one a line; several of one by commas.
fn values(text: &str) -> Map<String, Value> {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines
        .map(|(name, value)| {
            let value = value.trim();
            let value = match value {
                "oui" | "yes" => Value::Bool(true),
                "non" | "no" => Value::Bool(false),
                value if value.contains(',') => {
                    Value::Array(value.split(',').map(|part| Value::String(part.trim().to_owned())).collect())
                }
                value => Value::String(value.to_owned()),
            };
            (name.trim().to_owned(), value)
        })
        .collect()
}

/// The page.
pub(crate) fn page(frame: &Frame, shown: &Shown) -> Markup {
    let title = frame.say("change-title");
    let wrong = !shown.wrong.is_empty();
    let head = Head { title, place: Place::AgreementChange, number: None, wrong, icons: &["late"] };
    let zone = &frame.home;
    frame.page(&head, html! {
        main.shell #contenu tabindex="-1" {
            div.head { h1 { (title) } }
            p.muted { (frame.say("change-what")) }
            (frame.times())
            @if wrong {
                div role="alert" { @for wrong in &shown.wrong { p.error { (icon("late")) span { (wrong) } } } }
            }
            @if let Some(report) = &shown.report {
                section role="status" {
                    @if shown.is_done { p { b { (frame.say("change-done")) } } }
                    p { (frame.say_with("change-summary", &[
                        ("contracts", &report.contracts.to_string()),
                        ("requests", &report.looked_at.to_string()),
                        ("changed", &report.changed.to_string()),
                    ])) }
                    @if report.moved.is_empty() { p { (frame.say("change-nothing")) } }
                    @else { (table(frame, zone, &report.moved)) }
                    @if !report.differing.is_empty() {
                        p.error { (icon("late")) span { (frame.say("change-differing")) } }
                        ul { @for said in report.differing_in_words(frame.language) { li { (said) } } }
                    }
                    @for (number, why) in &report.left { p { (frame.say("change-left")) " " (number) " " (why) } }
                }
            }
            form.stack action="/admin/contrats" method="post" {
                div.field {
                    label.label for="document" { (frame.say("change-document")) }
                    textarea.input #document name="document" rows="12" spellcheck="false" { (shown.document) }
                }
                (line(frame, "version", "change-version", &shown.version))
                div.field {
                    label.label for="valeurs" { (frame.say("change-parameters")) }
                    textarea.input #valeurs name="valeurs" rows="3" spellcheck="false" { (shown.parameters) }
                }
                (line(frame, "client", "change-account", &shown.account))
                div.actions {
                    button.btn.btn--primary name="faire" value="voir" { (frame.say("change-see")) }
                    @if shown.report.is_some() && !shown.is_done {
                        button.btn name="faire" value="appliquer" { (frame.say("change-apply")) }
                    }
                }
            }
        }
    })
}

fn table(frame: &Frame, zone: &Zone, moved: &[MovedClock]) -> Markup {
    html! {
        table.lines {
            thead { tr {
                th scope="col" { (frame.say("queue-head-number")) }
                th scope="col" { (frame.say("queue-head-promise")) }
                th scope="col" { (frame.say("change-was")) }
                th scope="col" { (frame.say("change-due")) }
            } }
            tbody {
                @for moved in moved.iter().take(LISTED) {
                    tr {
                        th scope="row" { a href={ "/agent/demandes/" (moved.number) } { (moved.number) } }
                        td { (words::promise_name(frame.language, &moved.promise, &moved.label)) }
                        td { @match moved.was { Some(at) => { (moment(frame, zone, at)) } None => { "–" } } }
                        td {
                            @match moved.due_at {
                                Some(at) => { (moment(frame, zone, at)) }
                                None if moved.is_owed => { "–" }
                                None => { (frame.say("change-ended")) }
                            }
                            " " (clause(frame, &moved.clause))
                        }
                    }
                }
            }
        }
    }
}
