//! Canned replies and macros, for whoever keeps them, and a reply filled for a request.

use crate::error::{Fault, explain, status};
use crate::icon::icon;
use crate::line::line;
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::steps::{self, KnownNames};
use crate::submission::Submission;
use crate::viewer::{Agent, encode};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{
    CannedReply, Failure, Macro, MacroStep, TEMPLATE_NAMES, fill_reply, list_macros, list_replies, put_macro,
    put_reply, remove_macro, remove_reply,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use words::Language;

/// What the page shows beside what is kept: a form in hand, what is wrong with it, what was done.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// Fields of the form for replies.
    reply: Fields,
    /// Fields of the form for macros.
    kept: Fields,
    /// Commands of the macro in the form.
    steps: Vec<MacroStep>,
    /// Names that its fields propose.
    known: KnownNames,
    /// What is wrong with which form.
    wrong: Option<(&'static str, String)>,
    is_saved: bool,
}

/// Fields of a form as they are written.
#[derive(Clone, Debug, Default)]
struct Fields {
    key: String,
    title: String,
    french: String,
    english: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    reponse: String,
    #[serde(default, rename = "macro")]
    kept: String,
    #[serde(default)]
    fait: String,
}

/// `GET /agent/demandes/{number}/modeles/{key}`: the words alone, for a page that is being written on.
pub(crate) async fn filled(
    State(web): State<Web>,
    agent: Agent,
    Path((number, key)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let filled = fill_reply(&web.environment, &agent.viewer, &number, &key).await;
    let filled = filled.map_err(|failure| agent.frame.fault(failure))?;
    Ok(([("content-type", "text/plain; charset=utf-8")], filled).into_response())
}

/// `GET /admin/modeles`.
pub(crate) async fn list(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let is_saved = sought.fait == "1";
    listed(&web, &agent, StatusCode::OK, Shown { is_saved, ..Shown::default() }, &sought).await
}

async fn listed(
    web: &Web,
    agent: &Agent,
    code: StatusCode,
    mut shown: Shown,
    sought: &Sought,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let replies = list_replies(&web.environment, &agent.viewer).await.map_err(fault)?;
    let macros = list_macros(&web.environment, &agent.viewer).await.map_err(fault)?;
    if let Some(reply) = replies.iter().find(|reply| reply.key == sought.reponse) {
        let text = |language: &str| reply.texts.get(language).cloned().unwrap_or_default();
        shown.reply = Fields {
            key: reply.key.clone(),
            title: reply.title.clone(),
            french: text("fr"),
            english: text("en"),
        };
    }
    if let Some(kept) = macros.iter().find(|kept| kept.key == sought.kept) {
        shown.kept = Fields { key: kept.key.clone(), title: kept.title.clone(), ..Fields::default() };
        shown.steps = kept.steps.clone();
    }
    shown.known = KnownNames::of(web, &agent.frame, &agent.viewer).await.map_err(fault)?;
    Ok((code, page(&agent.frame, &replies, &macros, &shown)).into_response())
}

/// `POST /admin/modeles`: keeps a reply or a macro, or removes one.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let fields = Fields {
        key: submission.get("cle").trim().to_owned(),
        title: submission.get("nom").to_owned(),
        french: submission.get("fr").to_owned(),
        english: submission.get("en").to_owned(),
    };
    let is_macro = submission.get("genre") == "macro";
    let steps = steps::read(&submission);
    if is_macro && submission.get("faire") == steps::ADD {
        let shown = Shown { kept: fields, steps, ..Shown::default() };
        return listed(&web, &agent, StatusCode::OK, shown, &Sought::default()).await;
    }
    let done = match (is_macro, submission.get("faire")) {
        (false, "supprimer") => remove_reply(environment, viewer, &fields.key).await,
        (true, "supprimer") => remove_macro(environment, viewer, &fields.key).await,
        (false, _) => {
            let texts = [("fr", &fields.french), ("en", &fields.english)];
            let texts: BTreeMap<String, String> =
                texts.map(|(language, text)| (language.to_owned(), text.clone())).into();
            let reply = CannedReply { key: fields.key.clone(), title: fields.title.clone(), texts };
            put_reply(environment, viewer, &reply).await
        }
        (true, _) => {
            let kept = Macro { key: fields.key.clone(), title: fields.title.clone(), steps: steps.clone() };
            put_macro(environment, viewer, &kept).await
        }
    };
    match done {
        Ok(()) => Ok(Redirect::to("/admin/modeles?fait=1").into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let wrong = explain(&agent.frame, &failure);
            let shown = match is_macro {
                true => Shown { kept: fields, steps, wrong: Some(("macro", wrong)), ..Shown::default() },
                false => Shown { reply: fields, wrong: Some(("reponse", wrong)), ..Shown::default() },
            };
            listed(&web, &agent, status(&failure), shown, &Sought::default()).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

/// The page.
pub(crate) fn page(frame: &Frame, replies: &[CannedReply], macros: &[Macro], shown: &Shown) -> Markup {
    let title = frame.say("texts-title");
    let head =
        Head { title, place: Place::Texts, number: None, wrong: shown.wrong.is_some(), icons: &["late"] };
    let french = frame.language == Language::French;
    let names: Vec<String> = TEMPLATE_NAMES
        .iter()
        .map(|(english, own)| format!("{{{{{}}}}}", if french { own } else { english }))
        .collect();
    frame.page(&head, html! {
        main.shell #contenu tabindex="-1" {
            div.head { h1 { (title) } }
            p.muted { (frame.say("texts-what")) }
            p { a href="/admin/courriels" { (frame.say("mail-templates")) } }
            @if shown.is_saved { p role="status" { (frame.say("texts-saved")) } }
            h2.gap-top { (frame.say("texts-replies")) }
            (entries(frame, "reponse", replies.iter().map(|reply| (reply.key.as_str(), reply.title.as_str()))))
            h3.gap-top #reponse { (frame.say("texts-new-reply")) }
            (wrong(shown, "reponse"))
            form.stack action="/admin/modeles" method="post" {
                input type="hidden" name="genre" value="reponse";
                (line(frame, "cle", "texts-key", &shown.reply.key).id("reponse-cle").hint(frame, "texts-key-hint").required())
                (line(frame, "nom", "texts-name", &shown.reply.title).id("reponse-nom").required())
                p.hint #reponse-lacunes { (frame.say_with("texts-gaps", &[("names", &names.join(" "))])) }
                (lines(frame, "reponse-fr", "fr", "texts-fr", "reponse-lacunes", &shown.reply.french))
                (lines(frame, "reponse-en", "en", "texts-en", "reponse-lacunes", &shown.reply.english))
                button.btn.btn--primary { (frame.say("texts-save")) }
            }
            h2.gap-top { (frame.say("texts-macros")) }
            (entries(frame, "macro", macros.iter().map(|kept| (kept.key.as_str(), kept.title.as_str()))))
            h3.gap-top #macro { (frame.say("texts-new-macro")) }
            (wrong(shown, "macro"))
            form.stack action="/admin/modeles" method="post" {
                input type="hidden" name="genre" value="macro";
                (line(frame, "cle", "texts-key", &shown.kept.key).id("macro-cle").hint(frame, "texts-key-hint").required())
                (line(frame, "nom", "texts-name", &shown.kept.title).id("macro-nom").required())
                h4 { (frame.say("steps-title")) }
                (steps::fieldsets(frame, &shown.known, &shown.steps, "/admin/modeles", |_| true))
                button.btn.btn--primary { (frame.say("texts-save")) }
            }
        }
    })
}

fn wrong(shown: &Shown, form: &str) -> Markup {
    html! {
        @if let Some((_, wrong)) = shown.wrong.as_ref().filter(|(of, _)| *of == form) {
            p.error role="alert" { (icon("late")) span { (wrong) } }
        }
    }
}

fn entries<'a>(frame: &Frame, kind: &str, entries: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    let entries: Vec<(&str, &str)> = entries.collect();
    html! {
        @if entries.is_empty() { p { (frame.say("texts-none")) } }
        ul.requests {
            @for (key, title) in entries {
                li {
                    code { (key) }
                    div {
                        p { (title) }
                        a.small href={ "/admin/modeles?" (kind) "=" (encode(key)) "#" (kind) } aria-label={ (frame.say("texts-edit")) " " (title) } { (frame.say("texts-edit")) }
                        form action="/admin/modeles" method="post" {
                            input type="hidden" name="genre" value=(kind);
                            input type="hidden" name="cle" value=(key);
                            button.btn.btn--quiet name="faire" value="supprimer" aria-label={ (frame.say("texts-remove")) " " (title) } { (frame.say("texts-remove")) }
                        }
                    }
                }
            }
        }
    }
}

fn lines(frame: &Frame, id: &str, name: &str, label: &'static str, hint: &str, value: &str) -> Markup {
    html! {
        div.field {
            label.label for=(id) { (frame.say(label)) }
            textarea.input id=(id) name=(name) rows="6" aria-describedby=(hint) { (value) }
        }
    }
}
