//! Who else of a customer may ask, for its managers.

use crate::error::{Fault, explain, status};
use crate::named_contacts::section;
use crate::network::Seen;
use crate::page::{Frame, Head, Place};
use crate::people::{Said, account_role, account_role_name, account_roles, problem};
use crate::privacy::archive;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Customer, Visitor, encode};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use desk::AccountRole;
use maud::{Markup, html};
use operations::{
    AccountPeople, AccountPerson, Failure, NamedContactsView, change_account_person, export_account,
    invite_to_account, name_contacts, view_account_people, view_named_contacts,
};

/// `GET /portal/personnes`.
pub(crate) async fn show(State(web): State<Web>, customer: Customer) -> Result<Response, Fault> {
    shown(&web, &customer, StatusCode::OK, &Submission::default(), &Said::default()).await
}

async fn shown(
    web: &Web,
    customer: &Customer,
    code: StatusCode,
    given: &Submission,
    said: &Said,
) -> Result<Response, Fault> {
    let people = view_account_people(&web.environment, &customer.viewer).await;
    let people = people.map_err(|failure| customer.frame.fault(failure))?;
    let mut named = Vec::with_capacity(people.len());
    for known in &people {
        let view = view_named_contacts(&web.environment, &customer.viewer, &known.account.key).await;
        named.push(view.map_err(|failure| customer.frame.fault(failure))?);
    }
    Ok((code, page(&customer.frame, &people, &named, given, said)).into_response())
}

/// `POST /portal/personnes`: asks somebody in.
pub(crate) async fn invite(
    State(web): State<Web>,
    customer: Customer,
    seen: Seen,
    submission: Submission,
) -> Result<Response, Fault> {
    if submission.get("faire") == "designer" {
        let people: Vec<desk::PersonId> =
            submission.each("personne").filter_map(|id| id.parse().ok()).collect();
        let (account, role) = (submission.get("client"), submission.get("role"));
        let done = name_contacts(&web.environment, &customer.viewer, account, role, &people).await;
        return answer(&web, &customer, done, &Submission::default(), "account-people-removed").await;
    }
    let (name, email) = (submission.get("nom"), submission.get("courriel"));
    let done = match account_role(submission.get("role")) {
        Ok(role) => {
            let (environment, viewer) = (&web.environment, &customer.viewer);
            let account = submission.get("client");
            invite_to_account(environment, viewer, account, name, email, role, &seen.origin()).await
        }
        Err(failure) => Err(failure),
    };
    answer(&web, &customer, done, &submission, "account-people-sent").await
}

/// `POST /portal/personnes/{id}/{act}`: another role, or none.
pub(crate) async fn act(
    State(web): State<Web>,
    customer: Customer,
    seen: Seen,
    Path((id, act)): Path<(String, String)>,
    submission: Submission,
) -> Result<Response, Fault> {
    let role = match act.as_str() {
        "role" => account_role(submission.get("role")).map(Some),
        "retirer" => Ok(None),
        _ => Err(Failure::NotFound { what: "act" }),
    };
    let done = match role {
        Ok(role) => {
            let (environment, viewer) = (&web.environment, &customer.viewer);
            change_account_person(environment, viewer, submission.get("client"), &id, role, &seen.origin())
                .await
        }
        Err(failure) => Err(failure),
    };
    answer(&web, &customer, done, &Submission::default(), "account-people-removed").await
}

/// `POST /portal/clients/{account}/exporter`: all that is shown of the account, in one archive.
pub(crate) async fn export(
    State(web): State<Web>,
    customer: Customer,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Result<Response, Fault> {
    match export_account(&web.environment, &customer.viewer, visitor.token.as_deref(), &key).await {
        Ok(export) => Ok(archive(export)),
        Err(failure) => {
            answer(&web, &customer, Err(failure), &Submission::default(), "account-people-removed").await
        }
    }
}

/// The page again. `given` is the invitation that was sent: it comes back where something is wrong with it.
async fn answer(
    web: &Web,
    customer: &Customer,
    done: Result<(), Failure>,
    given: &Submission,
    words: &'static str,
) -> Result<Response, Fault> {
    match done {
        Ok(()) => {
            let said = Said { wrong: None, done: Some(words) };
            shown(web, customer, StatusCode::OK, &Submission::default(), &said).await
        }
        Err(failure @ (Failure::Invalid { .. } | Failure::TooMany { .. } | Failure::Refused(_))) => {
            let said = Said { wrong: Some(explain(&customer.frame, &failure)), done: None };
            shown(web, customer, status(&failure), given, &said).await
        }
        Err(failure) => Err(customer.frame.fault(failure)),
    }
}

/// The page, with the invitation that was sent where something is wrong with it.
pub(crate) fn page(
    frame: &Frame,
    accounts: &[AccountPeople],
    named: &[NamedContactsView],
    given: &Submission,
    said: &Said,
) -> Markup {
    let title = frame.say("account-people-title");
    let head =
        Head { title, place: Place::People, number: None, wrong: said.wrong.is_some(), icons: &["plus"] };
    frame.page(
        &head,
        html! {
            main.wrap #contenu tabindex="-1" {
                h1.gap-top { (title) }
                p.lede.muted { (frame.say("account-people-what")) }
                (problem(frame, said.wrong.as_deref()))
                @if let Some(done) = said.done { p.gap-top role="status" { b { (frame.say(done)) } } }
                @for (place, known) in accounts.iter().enumerate() {
                    @let back = |name| if given.get("client") == known.account.key { given.get(name) } else { "" };
                    section.gap-top.stack aria-labelledby={ "client-" (place) } {
                        h2 id={ "client-" (place) } { (known.account.name) }
                        ul.requests { @for person in &known.people { (somebody(frame, place, &known.account.key, person)) } }
                        h3 { (frame.say("account-people-invite")) }
                        form.form.stack action="/portal/personnes" method="post" {
                            input type="hidden" name="client" value=(known.account.key);
                            div.field {
                                label.label for={ "nom-" (place) } { (frame.say("people-name")) }
                                input.input id={ "nom-" (place) } name="nom" value=(back("nom")) autocomplete="off" maxlength="200" required;
                            }
                            div.field {
                                label.label for={ "courriel-" (place) } { (frame.say("people-email")) }
                                input.input id={ "courriel-" (place) } name="courriel" type="email" value=(back("courriel")) autocomplete="off" maxlength="320" required;
                            }
                            (account_roles(frame, &format!("role-{place}"), "role", html! { (frame.say("people-role")) }, account_role(back("role")).unwrap_or(AccountRole::Requester)))
                            button.btn.btn--primary { (frame.say("account-people-send")) }
                        }
                        @for view in named.iter().filter(|view| view.account.0 == known.account.key) {
                            (section(frame, view, "/portal/personnes", true))
                        }
                        h3 { (frame.say("account-export")) }
                        p { (frame.say("account-export-what")) }
                        form action={ "/portal/clients/" (encode(&known.account.key)) "/exporter" } method="post" {
                            button.btn { (frame.say("privacy-export-go")) }
                        }
                    }
                }
            }
        },
    )
}

fn somebody(frame: &Frame, place: usize, key: &str, person: &AccountPerson) -> Markup {
    let path = format!("/portal/personnes/{}", person.id);
    let field = format!("role-{place}-{}", person.id);
    html! {
        li {
            span.small { (account_role_name(frame, person.role)) }
            div.stack {
                p {
                    b { (person.name) } " " span.small.muted { (person.email) }
                    @if person.is_invited { " " span.small { (frame.say("account-people-waiting")) } }
                    @if person.is_viewer { " " span.small { (frame.say("account-people-you")) } }
                }
                @if !person.is_viewer {
                    form.form action={ (path) "/role" } method="post" {
                        input type="hidden" name="client" value=(key);
                        (account_roles(frame, &field, "role", html! { (frame.say("people-role")) span.sr-only { " " (person.name) } }, person.role))
                        button.btn.btn--quiet { (frame.say("account-people-role")) }
                        button.btn.btn--quiet formaction={ (path) "/retirer" } { (frame.say("account-people-remove")) }
                    }
                }
            }
        }
    }
}
