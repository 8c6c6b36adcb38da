//! Rules, for whoever keeps them: when something happens or time passes, and if, then.

use crate::error::{Fault, explain, status};
use crate::event_kinds::{event_boxes, event_names};
use crate::icon::icon;
use crate::line::line;
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::steps::{self, KnownNames};
use crate::submission::Submission;
use crate::viewer::{Agent, encode};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{
    After, Failure, Rule, Since, Tell, is_for_rules, list_rules, put_rule, rehearse_rule, remove_rule,
};
use serde::Deserialize;

/// What the page shows beside the rules.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// The rule in the form.
    pub(crate) rule: Rule,
    /// Names that the fields of its commands propose.
    pub(crate) known: KnownNames,
    /// What is wrong with it.
    pub(crate) wrong: Option<String>,
    /// What it would touch now.
    pub(crate) rehearsed: Option<Vec<String>>,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    regle: String,
}

/// `GET /admin/regles`.
pub(crate) async fn list(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let rules = list_rules(&web.environment, &agent.viewer).await;
    let rules = rules.map_err(|failure| agent.frame.fault(failure))?;
    let chosen = rules.iter().find(|rule| rule.key == sought.regle).cloned();
    let rule = chosen.unwrap_or_else(|| Rule { enabled: true, ..Rule::default() });
    let known = known_names(&web, &agent).await?;
    Ok(page(&agent.frame, &rules, &Shown { rule, known, ..Shown::default() }).into_response())
}

/// `POST /admin/regles`: keeps a rule, tries it, or removes it.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let rule = read(&submission);
    let (mut shown, mut code) = (Shown::default(), StatusCode::OK);
    let done = match submission.get("faire") {
        "supprimer" => remove_rule(environment, viewer, &rule.key).await.map(|()| true),
        steps::ADD => Ok(false),
        "essayer" => match rehearse_rule(environment, viewer, &rule).await {
            Ok(numbers) => {
                shown.rehearsed = Some(numbers);
                Ok(false)
            }
            Err(failure) => Err(failure),
        },
        _ => put_rule(environment, viewer, &rule).await.map(|()| true),
    };
    match done {
        Ok(true) => return Ok(Redirect::to("/admin/regles").into_response()),
        Ok(false) => {}
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_) | Failure::Search(_))) => {
            (shown.wrong, code) = (Some(explain(&agent.frame, &failure)), status(&failure));
        }
        Err(failure) => return Err(agent.frame.fault(failure)),
    }
    let rules = list_rules(environment, viewer).await.map_err(|failure| agent.frame.fault(failure))?;
    shown.rule = rule;
    shown.known = known_names(&web, &agent).await?;
    Ok((code, page(&agent.frame, &rules, &shown)).into_response())
}

async fn known_names(web: &Web, agent: &Agent) -> Result<KnownNames, Fault> {
    let known = KnownNames::of(web, &agent.frame, &agent.viewer).await;
    known.map_err(|failure| agent.frame.fault(failure))
}

/// The rule that a form gives.
fn read(submission: &Submission) -> Rule {
    let given = |name: &str| Some(submission.get(name).trim().to_owned()).filter(|text| !text.is_empty());
    let since = Since::ALL.into_iter().find(|since| since.as_str() == submission.get("depuis"));
    Rule {
        key: submission.get("cle").trim().to_owned(),
        title: submission.get("nom").to_owned(),
        enabled: !submission.get("active").is_empty(),
        on: submission.each("evenement").map(str::to_owned).collect(),
        after: since.map(|since| After { since, span: given("duree").unwrap_or_default() }),
        before: given("avant"),
        condition: submission.get("si").trim().to_owned(),
        then: steps::read(submission),
        tell: given("avis")
            .map(|body| Tell { to: given("a").unwrap_or_else(|| "owner".to_owned()), body })
            .into_iter()
            .collect(),
        ..Rule::default()
    }
}

/// The page.
pub(crate) fn page(frame: &Frame, rules: &[Rule], shown: &Shown) -> Markup {
    let title = frame.say("rules-title");
    let head =
        Head { title, place: Place::Rules, number: None, wrong: shown.wrong.is_some(), icons: &["late"] };
    let rule = &shown.rule;
    let since = rule.after.as_ref().map(|after| after.since);
    let span = rule.after.as_ref().map(|after| after.span.clone()).unwrap_or_default();
    let tell = rule.tell.first();
    frame.page(&head, html! {
        main.shell #contenu tabindex="-1" {
            div.head { h1 { (title) } }
            p.muted { (frame.say("rules-what")) }
            @if rules.is_empty() { p { (frame.say("rules-none")) } }
            ul.requests {
                @for rule in rules {
                    li {
                        span.small { (frame.say(if rule.enabled { "rules-on" } else { "rules-off" })) }
                        div {
                            p { a href={ "/admin/regles?regle=" (encode(&rule.key)) "#regle" } { (rule.title) } " " code { (rule.key) } }
                            @if !rule.on.is_empty() { p.small.muted { (event_names(frame, &rule.on)) } }
                            form action="/admin/regles" method="post" {
                                input type="hidden" name="cle" value=(rule.key);
                                button.btn.btn--quiet name="faire" value="supprimer" aria-label={ (frame.say("texts-remove")) " " (rule.title) } { (frame.say("texts-remove")) }
                            }
                        }
                    }
                }
            }
            h2.gap-top #regle { (frame.say("rules-new")) }
            @if let Some(wrong) = &shown.wrong { p.error role="alert" { (icon("late")) span { (wrong) } } }
            @if let Some(numbers) = &shown.rehearsed {
                div role="status" {
                    p { (frame.say_with("rules-would", &[("count", &numbers.len().to_string())])) }
                    p { @for number in numbers { a href={ "/agent/demandes/" (number) } { (number) } " " } }
                }
            }
            form.stack action="/admin/regles" method="post" {
                (line(frame, "cle", "texts-key", &rule.key))
                (line(frame, "nom", "texts-name", &rule.title))
                label.check { input type="checkbox" name="active" value="oui" checked[rule.enabled]; span { (frame.say("rules-active")) } }
                fieldset.stack {
                    legend { (frame.say("rules-when")) }
                    p.hint { (frame.say("rules-when-hint")) }
                    fieldset.stack {
                        legend { (frame.say("rules-events")) }
                        (event_boxes(frame, "evenement", &rule.on, false))
                    }
                    div.field {
                        label.label for="depuis" { (frame.say("rules-since")) }
                        select.input.select #depuis name="depuis" {
                            option value="" { "–" }
                            @for known in Since::ALL {
                                option value=(known.as_str()) selected[since == Some(known)] { (words::text(frame.language, &format!("rules-since-{}", known.as_str().replace('_', "-")))) }
                            }
                        }
                    }
                    (line(frame, "duree", "rules-span", &span))
                    (line(frame, "avant", "rules-before", rule.before.as_deref().unwrap_or_default()))
                }
                (line(frame, "si", "rules-if", &rule.condition))
                h3 { (frame.say("rules-then")) }
                (steps::fieldsets(frame, &shown.known, &rule.then, "/admin/regles", |command| is_for_rules(command.name)))
                (told(frame, &shown.known, tell.map_or("owner", |tell| &tell.to)))
                div.field {
                    label.label for="avis" { (frame.say("rules-tell-what")) }
                    textarea.input #avis name="avis" rows="3" { (tell.map(|tell| tell.body.as_str()).unwrap_or_default()) }
                }
                div.actions {
                    button.btn.btn--primary { (frame.say("texts-save")) }
                    button.btn name="faire" value="essayer" { (frame.say("rules-try")) }
                }
            }
        }
    })
}

/// Who is told: by what they are to the request, or a team. Somebody whom we do not know stays.
fn told(frame: &Frame, known: &KnownNames, now: &str) -> Markup {
    let by_part = ["owner", "lead", "manager"]
        .map(|part| (part, words::text(frame.language, &format!("rules-tell-{part}")).into_owned()));
    let teams = known.teams().iter().map(|(key, name)| (key.as_str(), name.clone()));
    let mut all: Vec<(&str, String)> = by_part.into_iter().chain(teams).collect();
    if all.iter().all(|(key, _)| *key != now) {
        all.push((now, now.to_owned()));
    }
    html! {
        div.field {
            label.label for="a" { (frame.say("rules-tell")) }
            select.input.select #a name="a" {
                @for (key, name) in &all { option value=(key) selected[*key == now] { (name) } }
            }
        }
    }
}
