//! The words of the letters that the desk sends by itself, for whoever keeps texts.

use crate::error::{Fault, explain, status};
use crate::happening::delivery_kind;
use crate::icon::icon;
use crate::page::{Frame, Head, Place};
use crate::portal::ticket::capitalised;
use crate::reading::moment;
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::Agent;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{
    Failure, MailWording, WordedMail, list_mail_wordings, mail_gaps, preview_mail_wording, put_mail_wording,
};
use serde::Deserialize;

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    genre: String,
    #[serde(default)]
    langue: String,
}

/// What the page shows beside the list.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// The letter and the language in hand.
    pub(crate) chosen: Option<(String, String)>,
    /// Its words as they are written.
    pub(crate) words: Option<(String, String)>,
    /// How they would read.
    pub(crate) preview: Option<(String, String)>,
    /// What is wrong with them.
    pub(crate) wrong: Option<String>,
}

/// `GET /admin/courriels`.
pub(crate) async fn list(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let chosen = (!sought.genre.is_empty()).then_some((sought.genre, sought.langue));
    listed(&web, &agent, StatusCode::OK, Shown { chosen, ..Shown::default() }).await
}

async fn listed(web: &Web, agent: &Agent, code: StatusCode, shown: Shown) -> Result<Response, Fault> {
    let wordings = list_mail_wordings(&web.environment, &agent.viewer).await;
    let wordings = wordings.map_err(|failure| agent.frame.fault(failure))?;
    Ok((code, page(&agent.frame, &wordings, &shown)).into_response())
}

/// `POST /admin/courriels`: shows how words would read, keeps them, or goes back to the product's own.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let (kind, language) = (submission.get("genre").to_owned(), submission.get("langue").to_owned());
    let words =
        WordedMail { subject: submission.get("objet").to_owned(), body: submission.get("texte").to_owned() };
    let shown = Shown {
        chosen: Some((kind.clone(), language.clone())),
        words: Some((words.subject.clone(), words.body.clone())),
        ..Shown::default()
    };
    let done = match submission.get("faire") {
        "apercu" => match preview_mail_wording(environment, viewer, &kind, &language, &words) {
            Ok(text) => {
                let shown = Shown { preview: Some((text.subject, text.text)), ..shown };
                return listed(&web, &agent, StatusCode::OK, shown).await;
            }
            Err(failure) => Err(failure),
        },
        "defaut" => put_mail_wording(environment, viewer, &kind, &language, None).await,
        _ => put_mail_wording(environment, viewer, &kind, &language, Some(words)).await,
    };
    match done {
        Ok(()) => Ok(Redirect::to("/admin/courriels").into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let shown = Shown { wrong: Some(explain(&agent.frame, &failure)), ..shown };
            listed(&web, &agent, status(&failure), shown).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

/// The letters by who receives them, in the order in which a request brings them about.
const GROUPS: [(&str, &[&str]); 2] = [
    ("mail-kinds-customers", &["acknowledgement", "reply", "reminder", "satisfaction"]),
    (
        "mail-kinds-colleagues",
        &["customer_wrote", "returned", "update_asked", "woken", "warning", "missed", "escalation"],
    ),
];

/// The page: every letter, or the words of one.
pub(crate) fn page(frame: &Frame, wordings: &[MailWording], shown: &Shown) -> Markup {
    let chosen = shown.chosen.as_ref().and_then(|(kind, language)| {
        wordings.iter().find(|wording| wording.kind == kind && wording.language == language)
    });
    let title = match chosen {
        Some(wording) => one_of(frame, wording),
        None => frame.say("mail-templates").to_owned(),
    };
    let head = Head {
        title: &title,
        place: Place::Texts,
        number: None,
        wrong: shown.wrong.is_some(),
        icons: &["late", "clock"],
    };
    frame.page(
        &head,
        html! {
            main.shell #contenu tabindex="-1" {
                @match chosen {
                    Some(wording) => {
                        p.gap-top { a href="/admin/courriels" { (frame.say("mail-templates-all")) } }
                        div.head { h1 { (title) } }
                        (form(frame, wording, shown))
                    }
                    None => {
                        div.head { h1 { (title) } }
                        p.muted { (frame.say("mail-templates-what")) }
                        @for (name, kinds) in GROUPS { (group(frame, name, kinds, wordings)) }
                    }
                }
            }
        },
    )
}

/// The letters that some people receive: one row a kind, its languages side by side.
fn group(frame: &Frame, name: &'static str, kinds: &[&str], wordings: &[MailWording]) -> Markup {
    let of = |kind: &str| wordings.iter().filter(|wording| wording.kind == kind).collect::<Vec<_>>();
    let rows: Vec<Vec<&MailWording>> =
        kinds.iter().map(|kind| of(kind)).filter(|row| !row.is_empty()).collect();
    html! {
        @if !rows.is_empty() {
            h2.gap-top { (frame.say(name)) }
            dl.facts.facts--lined {
                @for row in &rows {
                    div {
                        dt { strong { (name_of(frame, row[0].kind)) } }
                        dd {
                            p { (leaves(frame, row[0].kind)) }
                            @if !row[0].prescribed.is_empty() { p.small.muted { (prescribed(frame, row[0])) } }
                        }
                        dd.languages { @for wording in row { (link(frame, wording)) } }
                    }
                }
            }
        }
    }
}

/// When a letter leaves, in one sentence.
fn leaves(frame: &Frame, kind: &str) -> String {
    words::text(frame.language, &format!("mail-leaves-{}", kind.replace('_', "-"))).into_owned()
}

/// A language by its own name, with whose words are used.
fn link(frame: &Frame, wording: &MailWording) -> Markup {
    let state = if wording.words.is_some() { "mail-templates-yours" } else { "mail-templates-own" };
    let path = format!("/admin/courriels?genre={}&langue={}", wording.kind, wording.language);
    html! {
        span {
            a href=(path) aria-label={ (frame.say("texts-edit")) " " (one_of(frame, wording)) } {
                span lang=(wording.language) { (frame.say(language_name(wording.language))) }
            }
            small.muted { (frame.say(state)) }
        }
    }
}

fn language_name(language: &str) -> &'static str {
    if language == "fr" { "mail-templates-french" } else { "mail-templates-english" }
}

/// A letter by its name, as a title begins.
fn name_of(frame: &Frame, kind: &str) -> String {
    capitalised(&delivery_kind(frame, kind))
}

/// A letter in one of its languages.
fn one_of(frame: &Frame, wording: &MailWording) -> String {
    format!("{} ({})", name_of(frame, wording.kind), frame.say(language_name(wording.language)))
}

fn prescribed(frame: &Frame, wording: &MailWording) -> String {
    let clauses: Vec<String> =
        wording.prescribed.iter().map(|clause| words::clause_reference(frame.language, clause)).collect();
    frame.say_with("mail-templates-prescribed", &[("clauses", &clauses.join(", "))])
}

fn form(frame: &Frame, wording: &MailWording, shown: &Shown) -> Markup {
    let kept = wording.words.as_ref().map(|words| (words.subject.clone(), words.body.clone()));
    let (subject, body) = shown.words.clone().or(kept).unwrap_or_default();
    let zone = &frame.home;
    html! {
        p.muted { (leaves(frame, wording.kind)) }
        (frame.times())
        @if !wording.prescribed.is_empty() { p { (prescribed(frame, wording)) } }
        @if let Some(wrong) = &shown.wrong { p.error role="alert" { (icon("late")) span { (wrong) } } }
        @if let Some((subject, text)) = &shown.preview {
            section aria-label=(frame.say("mail-templates-preview")) {
                h3 { (frame.say("mail-templates-preview")) }
                p { strong { (subject) } }
                pre { (text) }
            }
        }
        form.stack action="/admin/courriels" method="post" {
            input type="hidden" name="genre" value=(wording.kind);
            input type="hidden" name="langue" value=(wording.language);
            p.hint #modele-lacunes { (frame.say_with("mail-templates-gaps", &[("names", &mail_gaps(frame.language).join(" "))])) }
            div.field {
                label.label for="modele-objet" { (frame.say("mail-templates-subject")) }
                input.input #modele-objet name="objet" value=(subject) autocomplete="off" required aria-describedby="modele-lacunes";
            }
            div.field {
                label.label for="modele-texte" { (frame.say("mail-templates-body")) }
                textarea.input #modele-texte name="texte" rows="12" required aria-describedby="modele-lacunes" { (body) }
            }
            div.actions {
                button.btn name="faire" value="apercu" { (frame.say("mail-templates-show")) }
                button.btn.btn--primary name="faire" value="garder" { (frame.say("texts-save")) }
                @if wording.words.is_some() {
                    button.btn.btn--quiet name="faire" value="defaut" formnovalidate { (frame.say("mail-templates-back")) }
                }
            }
        }
        @if !wording.earlier.is_empty() {
            details.fold {
                summary { (frame.say("mail-templates-earlier")) }
                @for (at, words) in &wording.earlier {
                    p.small.muted { (moment(frame, zone, *at)) }
                    @match words {
                        Some(words) => { p { strong { (words.subject) } } pre { (words.body) } }
                        None => { p { (frame.say("mail-templates-own")) } }
                    }
                }
            }
        }
    }
}
