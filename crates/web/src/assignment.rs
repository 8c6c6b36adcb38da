//! Who gets which request: rules, and the adviser of each customer.

use crate::error::{Fault, explain, status};
use crate::icon::icon;
use crate::line::line;
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, encode};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use operations::{
    AdviserRecord, AssignTo, AssignmentChoices, AssignmentRule, Failure, PersonView, assignment_choices,
    list_advisers, list_assignment_rules, name_adviser, put_assignment_rule, remove_assignment_rule, staff,
};
use serde::Deserialize;

/// What the page shows.
pub(crate) struct Shown<'a> {
    pub(crate) rules: &'a [AssignmentRule],
    pub(crate) advisers: &'a [AdviserRecord],
    pub(crate) staff: &'a [PersonView],
    /// What a rule can name.
    pub(crate) choices: AssignmentChoices,
    /// The rule in the form.
    pub(crate) rule: AssignmentRule,
    /// What is wrong with it.
    pub(crate) wrong: Option<String>,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    regle: String,
}

/// `GET /admin/affectation`.
pub(crate) async fn show(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let fault = |failure| agent.frame.fault(failure);
    let rules = list_assignment_rules(&web.environment, &agent.viewer).await.map_err(fault)?;
    let chosen = rules.iter().find(|rule| rule.key == sought.regle).cloned();
    let rule =
        chosen.unwrap_or_else(|| AssignmentRule { enabled: true, place: 10, ..AssignmentRule::default() });
    render(&web, &agent, rule, None, StatusCode::OK).await
}

/// `POST /admin/affectation`: keeps or removes a rule, or names an adviser.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let rule = read(&submission);
    let done = match submission.get("faire") {
        "supprimer" => remove_assignment_rule(environment, viewer, &rule.key).await,
        "conseiller" => {
            let adviser = submission.get("conseiller").parse().ok();
            name_adviser(environment, viewer, submission.get("client"), adviser).await
        }
        _ => put_assignment_rule(environment, viewer, &rule).await,
    };
    match done {
        Ok(()) => Ok(Redirect::to("/admin/affectation").into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let wrong = explain(&agent.frame, &failure);
            render(&web, &agent, rule, Some(wrong), status(&failure)).await
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

async fn render(
    web: &Web,
    agent: &Agent,
    rule: AssignmentRule,
    wrong: Option<String>,
    code: StatusCode,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let fault = |failure| agent.frame.fault(failure);
    let rules = list_assignment_rules(environment, viewer).await.map_err(fault)?;
    let advisers = list_advisers(environment, viewer).await.map_err(fault)?;
    let staff = staff(environment, viewer).await.map_err(fault)?;
    let choices = assignment_choices(environment, viewer).await.map_err(fault)?;
    let shown = Shown { rules: &rules, advisers: &advisers, staff: &staff, choices, rule, wrong };
    Ok((code, page(&agent.frame, &shown)).into_response())
}

/// The rule that a form gives.
fn read(submission: &Submission) -> AssignmentRule {
    let condition = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        (name.trim().to_owned(), value.trim().to_owned())
    };
    let of = submission.get("pour").split([',', '\n']).map(str::trim).filter(|line| !line.is_empty());
    AssignmentRule {
        key: submission.get("cle").to_owned(),
        title: submission.get("nom").to_owned(),
        enabled: !submission.get("active").is_empty(),
        place: submission.get("rang").parse().unwrap_or(10),
        of: of.map(condition).collect(),
        language: submission.given("langue"),
        to: AssignTo::parse(submission.get("a")).unwrap_or_default(),
        team: submission.given("equipe"),
        skill: submission.given("savoir"),
        speaking: !submission.get("parle").is_empty(),
    }
}

/// The page.
pub(crate) fn page(frame: &Frame, shown: &Shown<'_>) -> Markup {
    let title = frame.say("assignment-title");
    let head = Head {
        title,
        place: Place::Assignment,
        number: None,
        wrong: shown.wrong.is_some(),
        icons: &["late"],
    };
    let rule = &shown.rule;
    let of = rule.of.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
    frame.page(&head, html! {
        main.shell #contenu tabindex="-1" {
            div.head { h1 { (title) } }
            p.muted { (frame.say("assignment-what")) }
            @if shown.rules.is_empty() { p { (frame.say("assignment-none")) } }
            ul.requests {
                @for rule in shown.rules {
                    li {
                        span.small { (frame.say(if rule.enabled { "rules-on" } else { "rules-off" })) }
                        div {
                            p {
                                a href={ "/admin/affectation?regle=" (encode(&rule.key)) "#regle" } { (rule.place) " " (rule.title) }
                                " " span.muted { (frame.say(to_key(rule.to))) }
                            }
                            form action="/admin/affectation" method="post" {
                                input type="hidden" name="cle" value=(rule.key);
                                button.btn.btn--quiet name="faire" value="supprimer" aria-label={ (frame.say("texts-remove")) " " (rule.title) } { (frame.say("texts-remove")) }
                            }
                        }
                    }
                }
            }
            h2.gap-top #regle { (frame.say("assignment-new")) }
            @if let Some(wrong) = &shown.wrong { p.error role="alert" { (icon("late")) span { (wrong) } } }
            form.stack action="/admin/affectation" method="post" {
                (line(frame, "cle", "texts-key", &rule.key))
                (line(frame, "nom", "texts-name", &rule.title))
                label.check { input type="checkbox" name="active" value="oui" checked[rule.enabled]; span { (frame.say("rules-active")) } }
                (line(frame, "rang", "assignment-place", &rule.place.to_string()))
                (line(frame, "pour", "assignment-of", &of))
                (line(frame, "langue", "assignment-language", rule.language.as_deref().unwrap_or_default()).known(&shown.choices.languages))
                div.field {
                    label.label for="a" { (frame.say("assignment-to")) }
                    select.input.select #a name="a" {
                        @for to in AssignTo::ALL {
                            option value=(to.as_str()) selected[to == rule.to] { (frame.say(to_key(to))) }
                        }
                    }
                }
                div.field {
                    label.label for="equipe" { (frame.say("assignment-team")) }
                    select.input.select #equipe name="equipe" {
                        option value="" { (frame.say("assignment-team-any")) }
                        @for (key, name) in &shown.choices.teams {
                            option value=(key) selected[rule.team.as_deref() == Some(key)] { (name) }
                        }
                    }
                }
                (line(frame, "savoir", "assignment-skill", rule.skill.as_deref().unwrap_or_default()).known(&shown.choices.skills))
                label.check { input type="checkbox" name="parle" value="oui" checked[rule.speaking]; span { (frame.say("assignment-speaking")) } }
                div.actions { button.btn.btn--primary { (frame.say("texts-save")) } }
            }
            (advisers(frame, shown))
        }
    })
}

/// Who has an adviser, and one form that names another: customers are many.
fn advisers(frame: &Frame, shown: &Shown<'_>) -> Markup {
    let named = shown.advisers.iter().filter_map(|record| Some((record, record.adviser.as_ref()?)));
    let named: Vec<_> = named.collect();
    html! {
        section.section aria-labelledby="conseillers" {
            h2 #conseillers { (frame.say("assignment-advisers")) }
            @if !named.is_empty() {
                ul.requests.gap-top {
                    @for (record, (_, name)) in named {
                        li {
                            span.small.muted { @if record.by_contract { (frame.say("assignment-by-contract")) } }
                            div {
                                p { (record.account_name) " – " (name) }
                                @if !record.by_contract {
                                    form action="/admin/affectation" method="post" {
                                        input type="hidden" name="client" value=(record.account);
                                        input type="hidden" name="conseiller" value="";
                                        button.btn.btn--quiet name="faire" value="conseiller" aria-label={ (frame.say("texts-remove")) " " (record.account_name) } { (frame.say("texts-remove")) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            form.stack action="/admin/affectation" method="post" {
                div.field {
                    label.label for="client" { (frame.say("assignment-adviser-account")) }
                    select.input.select #client name="client" {
                        @for record in shown.advisers.iter().filter(|record| !record.by_contract) {
                            option value=(record.account) { (record.account_name) }
                        }
                    }
                }
                div.field {
                    label.label for="conseiller" { (frame.say("assignment-adviser")) }
                    select.input.select #conseiller name="conseiller" {
                        @for person in shown.staff { option value=(person.id) { (person.name) } }
                    }
                }
                div.actions { button.btn name="faire" value="conseiller" { (frame.say("assignment-adviser-keep")) } }
            }
        }
    }
}

fn to_key(to: AssignTo) -> &'static str {
    match to {
        AssignTo::Adviser => "assignment-to-adviser",
        AssignTo::Turn => "assignment-to-turn",
        AssignTo::LeastLoaded => "assignment-to-least-loaded",
    }
}
