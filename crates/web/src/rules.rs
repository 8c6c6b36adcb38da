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

/// Who is told where nobody else is named.
const OWNER: &str = "owner";

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
        tell: tells(submission),
        ..Rule::default()
    }
}

/// Who is told what: each that has words, in the order of the form.
fn tells(submission: &Submission) -> Vec<Tell> {
    let stands = |place: &u32| submission.fields.iter().any(|(name, _)| *name == format!("avis-{place}"));
    let tell = |place| {
        let body = submission.given(&format!("avis-{place}"))?;
        let to = submission.given(&format!("a-{place}")).unwrap_or_else(|| OWNER.to_owned());
        Some(Tell { to, body })
    };
    (1..).take_while(stands).filter_map(tell).collect()
}

/// The page.
pub(crate) fn page(frame: &Frame, rules: &[Rule], shown: &Shown) -> Markup {
    let title = frame.say("rules-title");
    let head =
        Head { title, place: Place::Rules, number: None, wrong: shown.wrong.is_some(), icons: &["late"] };
    let rule = &shown.rule;
    let since = rule.after.as_ref().map(|after| after.since);
    let span = rule.after.as_ref().map(|after| after.span.clone()).unwrap_or_default();
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
                // One more than there are, to be filled.
                @for (place, tell) in rule.tell.iter().map(Some).chain([None]).enumerate() {
                    (told(frame, &shown.known, place + 1, tell))
                }
                div.actions {
                    button.btn.btn--primary { (frame.say("texts-save")) }
                    button.btn name="faire" value="essayer" { (frame.say("rules-try")) }
                }
            }
        }
    })
}

/// Who is told what: by what they are to the request, or a team. Somebody whom we do not know stays.
fn told(frame: &Frame, known: &KnownNames, place: usize, tell: Option<&Tell>) -> Markup {
    let now = tell.map_or(OWNER, |tell| tell.to.as_str());
    let by_part = [OWNER, "lead", "manager"]
        .map(|part| (part, words::text(frame.language, &format!("rules-tell-{part}")).into_owned()));
    let teams = known.teams().iter().map(|(key, name)| (key.as_str(), name.clone()));
    let mut all: Vec<(&str, String)> = by_part.into_iter().chain(teams).collect();
    if all.iter().all(|(key, _)| *key != now) {
        all.push((now, now.to_owned()));
    }
    let (to, words) = (format!("a-{place}"), format!("avis-{place}"));
    html! {
        fieldset.stack {
            legend { (frame.say_with("rules-tell-place", &[("place", &place.to_string())])) }
            div.field {
                label.label for=(to) { (frame.say("rules-tell")) }
                select.input.select id=(to) name=(to) {
                    @for (key, name) in &all { option value=(key) selected[*key == now] { (name) } }
                }
            }
            div.field {
                label.label for=(words) { (frame.say("rules-tell-what")) }
                textarea.input id=(words) name=(words) rows="3" { (tell.map(|tell| tell.body.as_str()).unwrap_or_default()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Shown, page, read};
    use crate::golden::frame_in;
    use crate::submission::Submission;
    use operations::{Rule, Tell};
    use words::Language;

    #[test]
    fn a_rule_that_is_kept_again_tells_all_whom_it_told() {
        let tell = |to: &str, body: &str| Tell { to: to.to_owned(), body: body.to_owned() };
        let rule = Rule { tell: vec![tell("owner", "Un"), tell("lead", "Deux")], ..Rule::default() };
        let shown = Shown { rule: rule.clone(), ..Shown::default() };
        let page = page(&frame_in(Language::French), &[], &shown).into_string();
        let mut fields = Vec::new();
        for (place, tell) in rule.tell.iter().enumerate() {
            let (to, words) = (format!("a-{}", place + 1), format!("avis-{}", place + 1));
            assert!(page.contains(&format!("name=\"{to}\"")) && page.contains(&format!("name=\"{words}\"")));
            fields.extend([(to, tell.to.clone()), (words, tell.body.clone())]);
        }
        assert!(page.contains("name=\"avis-3\"") && !page.contains("name=\"avis-4\""), "one more to fill");
        fields.push(("avis-3".to_owned(), String::new()));
        assert_eq!(read(&Submission { fields, files: Vec::new() }).tell, rule.tell);
    }
}
