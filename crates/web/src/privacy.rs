//! What is kept of people, for whoever answers for it: finding one person, and erasing them.

use crate::download::download;
use crate::error::{Fault, explain, status};
use crate::page::{Frame, Head, Place};
use crate::reading::moment;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, Visitor, encode};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use desk::{Person, PersonId};
use maud::{Markup, html};
use operations::{
    DataClass, DestructionRow, ErasureReport, ErasureRow, Export, Failure, Recipient, RecipientKind,
    erase_person, export_person, find_accounts, find_people, list_destructions, list_erasures,
    list_recipients, register,
};
use serde::Deserialize;

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    q: String,
}

/// What stands on the page of one person.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// What was erased.
    pub(crate) erased: Option<ErasureReport>,
    /// What is wrong with what was sent.
    pub(crate) wrong: Option<String>,
}

/// `GET /admin/vie-privee`.
pub(crate) async fn list(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let (people, accounts) = match sought.q.trim() {
        "" => (Vec::new(), Vec::new()),
        words => (
            find_people(&web.environment, &agent.viewer, words).await.map_err(fault)?,
            find_accounts(&web.environment, &agent.viewer, words).await.map_err(fault)?,
        ),
    };
    let erasures = list_erasures(&web.environment, &agent.viewer).await.map_err(fault)?;
    let destructions = list_destructions(&web.environment, &agent.viewer).await.map_err(fault)?;
    let found = (people.as_slice(), accounts.as_slice());
    Ok(list_page(&agent.frame, &sought.q, found, &erasures, &destructions).into_response())
}

/// `GET /admin/vie-privee/personnes/{id}`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let person = person(&web, &agent, &id).await?;
    Ok(page(&agent.frame, &person, &Shown::default()).into_response())
}

/// `POST /admin/vie-privee/personnes/{id}/{act}`.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    visitor: Visitor,
    Path((id, act)): Path<(String, String)>,
    submission: Submission,
) -> Result<Response, Fault> {
    let person = person(&web, &agent, &id).await?;
    if act == "exporter" {
        return match export_person(&web.environment, &agent.viewer, visitor.token.as_deref(), person.id).await
        {
            Ok(export) => Ok(archive(export)),
            Err(failure @ Failure::Invalid { .. }) => {
                let shown = Shown { wrong: Some(explain(&agent.frame, &failure)), ..Shown::default() };
                Ok((status(&failure), page(&agent.frame, &person, &shown)).into_response())
            }
            Err(failure) => Err(agent.frame.fault(failure)),
        };
    }
    if act != "effacer" {
        return Err(agent.frame.fault(Failure::NotFound { what: "act" }));
    }
    let done = if submission.get("adresse").eq_ignore_ascii_case(&person.email) {
        let with_texts = submission.get("textes") == "oui";
        erase_person(&web.environment, &agent.viewer, visitor.token.as_deref(), person.id, with_texts).await
    } else {
        Err(Failure::Invalid { field: "adresse", problem: "error-erasure-address".into() })
    };
    match done {
        Ok(report) => {
            let shown = Shown { erased: Some(report), ..Shown::default() };
            Ok(page(&agent.frame, &person, &shown).into_response())
        }
        Err(failure @ Failure::Invalid { .. }) => {
            let wrong = Some(explain(&agent.frame, &failure));
            let shown = Shown { wrong, ..Shown::default() };
            Ok((status(&failure), page(&agent.frame, &person, &shown)).into_response())
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

/// An archive as it is made, to be kept and never shown.
pub(crate) fn archive(export: Export) -> Response {
    let Export { name, pieces } = export;
    let stream = futures_util::stream::unfold(pieces, |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    });
    download(&name, "application/zip", stream)
}

/// `GET /admin/vie-privee/registre`.
pub(crate) async fn registered(State(web): State<Web>, agent: Agent) -> Result<Response, Fault> {
    let recipients = list_recipients(&web.environment, &agent.viewer).await;
    let recipients = recipients.map_err(|failure| agent.frame.fault(failure))?;
    Ok(register_page(&agent.frame, &recipients).into_response())
}

/// The register of processing.
pub(crate) fn register_page(frame: &Frame, recipients: &[Recipient]) -> Markup {
    let title = frame.say("register-title");
    let head = Head { title, place: Place::Privacy, number: None, wrong: false, icons: &[] };
    let say = |key: String| words::text(frame.language, &key).into_owned();
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/vie-privee" { (frame.say("privacy-title")) } }
                div.head { h1 { (title) } }
                p.muted { (frame.say("register-what")) }
                h2.gap-top { (frame.say("register-recipients")) }
                @if recipients.is_empty() { p { (frame.say("register-no-recipients")) } }
                ul {
                    @for recipient in recipients {
                        li {
                            (frame.say(match recipient.kind {
                                RecipientKind::Database => "register-recipient-database",
                                RecipientKind::MailServer => "register-recipient-mail",
                                RecipientKind::Mailbox => "register-recipient-mailbox",
                                RecipientKind::Scanner => "register-recipient-scanner",
                                RecipientKind::IdentityProvider => "register-recipient-identity",
                                RecipientKind::Webhook => "register-recipient-webhook",
                            }))
                            " – " code { (recipient.name) }
                        }
                    }
                }
                @for table in register() {
                    h2.gap-top { code { (table.name) } }
                    ul {
                        li { (frame.say("register-purpose")) " – " (say(format!("register-purpose-{}", table.purpose))) }
                        li { (frame.say("register-kept")) " – " (say(format!("register-kept-{}", table.kept))) }
                        @for class in DataClass::ALL {
                            @if table.columns(class).next().is_some() {
                                li {
                                    (say(format!("register-{}", class.as_str()))) " –"
                                    @for column in table.columns(class) { " " code { (column) } }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

async fn person(web: &Web, agent: &Agent, id: &str) -> Result<Person, Fault> {
    let fault = |failure: Failure| agent.frame.fault(failure);
    let missing = || fault(Failure::NotFound { what: "person" });
    let id: PersonId = id.parse().map_err(|_| missing())?;
    operations::person_for_privacy(&web.environment, &agent.viewer, id).await.map_err(fault)
}

/// The page where people, and customers by key and name, are looked for.
pub(crate) fn list_page(
    frame: &Frame,
    sought: &str,
    (people, accounts): (&[Person], &[(String, String)]),
    erasures: &[ErasureRow],
    destructions: &[DestructionRow],
) -> Markup {
    let title = frame.say("privacy-title");
    let head = Head { title, place: Place::Privacy, number: None, wrong: false, icons: &[] };
    let zone = &frame.home;
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                div.head {
                    h1 { (title) }
                    a.btn href="/admin/vie-privee/conservation" { (frame.say("retention-title")) }
                    a.btn href="/admin/vie-privee/registre" { (frame.say("privacy-register")) }
                }
                p.muted { (frame.say("privacy-what")) }
                (frame.times())
                form.stack action="/admin/vie-privee" method="get" role="search" aria-label=(frame.say("privacy-find")) {
                    div.field {
                        label.label for="personne" { (frame.say("privacy-find")) }
                        input.input #personne name="q" type="search" value=(sought) required;
                    }
                    div.actions { button.btn { (frame.say("privacy-find-go")) } }
                }
                @if !sought.trim().is_empty() {
                    @if people.is_empty() && accounts.is_empty() { p.gap-top role="status" { (frame.say("privacy-nobody")) } }
                    ul.requests {
                        @for person in people {
                            li {
                                span.small { (frame.say(if person.role.is_staff() { "privacy-colleague" } else { "privacy-contact" })) }
                                div {
                                    h2 { a href={ "/admin/vie-privee/personnes/" (person.id) } { (person.name) } }
                                    p.small.muted { (person.email) }
                                }
                            }
                        }
                    }
                }
                @if !accounts.is_empty() {
                    h2.gap-top { (frame.say("privacy-accounts")) }
                    ul.requests {
                        @for (key, name) in accounts {
                            li {
                                span.small { code { (key) } }
                                div { h3 { a href={ "/admin/vie-privee/comptes/" (encode(key)) } { (name) } } }
                            }
                        }
                    }
                }
                h2.gap-top { (frame.say("privacy-erasures")) }
                @if erasures.is_empty() { p { (frame.say("privacy-no-erasures")) } }
                ul.requests {
                    @for row in erasures {
                        li {
                            (moment(frame, zone, row.at))
                            div {
                                p {
                                    code { (row.person) } " "
                                    b { (frame.say(match (row.done_at, row.scrubbed_at) {
                                        (None, _) => "privacy-under-way",
                                        (Some(_), None) => "privacy-done",
                                        (Some(_), Some(_)) => "privacy-scrubbed",
                                    })) }
                                }
                                p.small.muted {
                                    (row.asked_by.as_deref().unwrap_or(frame.say("privacy-by-operator")))
                                    @if row.is_identity_alone { " · " (frame.say("privacy-identity")) }
                                }
                            }
                        }
                    }
                }
                (crate::account_privacy::destructions(frame, zone, destructions))
            }
        },
    )
}

/// The page of one person.
pub(crate) fn page(frame: &Frame, person: &Person, shown: &Shown) -> Markup {
    let title = frame.say("privacy-person");
    let wrong = shown.wrong.as_deref();
    let head = Head { title, place: Place::Privacy, number: None, wrong: wrong.is_some(), icons: &["late"] };
    let path = format!("/admin/vie-privee/personnes/{}", person.id);
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                p.gap-top { a href="/admin/vie-privee" { (frame.say("privacy-title")) } }
                @if let Some(report) = &shown.erased {
                    div.head { h1 { (report.pseudonym) } }
                    p role="status" {
                        (frame.say_with("privacy-erased", &[
                            ("texts", &report.texts.to_string()),
                            ("files", &report.files.to_string()),
                            ("requests", &report.requests.len().to_string()),
                        ]))
                    }
                    @if !report.mentions.is_empty() {
                        h2 { (frame.say("privacy-mentions")) }
                        p { (frame.say("privacy-mentions-what")) }
                        ul { @for number in &report.mentions {
                            li { a href={ "/agent/demandes/" (encode(number)) } { (number) } }
                        } }
                    }
                    @if !report.entries.is_empty() {
                        h2 { (frame.say("privacy-entries")) }
                        p { (frame.say("privacy-entries-what")) }
                        ul { @for entry in &report.entries { li { code { (entry) } } } }
                    }
                } @else {
                    div.head { h1 { (person.name) } }
                    p.small.muted { (person.email) }
                    h2.gap-top { (frame.say("privacy-export")) }
                    p { (frame.say("privacy-export-what")) }
                    form action={ (path) "/exporter" } method="post" { button.btn { (frame.say("privacy-export-go")) } }
                    h2.gap-top { (frame.say("privacy-erase")) }
                    p { (frame.say(if person.role.is_staff() { "privacy-erase-colleague" } else { "privacy-erase-contact" })) }
                    @if let Some(wrong) = wrong {
                        p.error #adresse-erreur role="alert" { (crate::icon::icon("late")) span { (wrong) } }
                    }
                    form.stack action={ (path) "/effacer" } method="post" {
                        @if person.role.is_staff() {
                            label.check { input type="checkbox" name="textes" value="oui"; " " span { (frame.say("privacy-erase-texts")) } }
                        }
                        div.field {
                            label.label for="adresse" { (frame.say("privacy-erase-confirm")) }
                            input.input #adresse name="adresse" type="email" autocomplete="off" required
                                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "adresse-erreur")];
                        }
                        div.actions { button.btn.btn--primary { (frame.say("privacy-erase-go")) } }
                    }
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    #[test]
    fn a_wrong_address_is_told_at_its_field() {
        let failure =
            operations::Failure::Invalid { field: "adresse", problem: "error-erasure-address".into() };
        assert_eq!(crate::error::status(&failure), StatusCode::UNPROCESSABLE_ENTITY);
        for language in [words::Language::French, words::Language::English] {
            assert!(words::has_text(language, "error-erasure-address"));
        }
    }
}
