//! Fields that a provider adds to requests: the page where they are kept, and how a value is asked for and
//! shown wherever a request is.

use crate::draft::Draft;
use crate::error::{Fault, explain, status};
use crate::icon::icon;
use crate::line::line;
use crate::page::{Frame, Head, Place};
use crate::state::Web;
use crate::submission::Submission;
use crate::viewer::{Agent, encode};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use desk::FieldValue;
use maud::{Markup, html};
use operations::{
    CustomField, Failure, FieldChoice, FieldType, FieldView, RequiredBy, list_fields, put_field, remove_field,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Prefix of the form fields that carry a value.
pub(crate) const FIELD: &str = "champ-";

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    champ: String,
}

/// `GET /admin/champs`.
pub(crate) async fn list(
    State(web): State<Web>,
    agent: Agent,
    Query(sought): Query<Sought>,
) -> Result<Response, Fault> {
    let fields = list_fields(&web.environment, &agent.viewer).await;
    let fields = fields.map_err(|failure| agent.frame.fault(failure))?;
    let chosen = fields.iter().find(|field| field.key == sought.champ).cloned().unwrap_or_default();
    Ok(page(&agent.frame, &fields, &chosen, None).into_response())
}

/// `POST /admin/champs`: keeps a field, or removes one.
pub(crate) async fn act(
    State(web): State<Web>,
    agent: Agent,
    submission: Submission,
) -> Result<Response, Fault> {
    let (environment, viewer) = (&web.environment, &agent.viewer);
    let field = read(&submission);
    let done = match submission.get("faire") {
        "supprimer" => remove_field(environment, viewer, &field.key).await,
        _ => put_field(environment, viewer, &field).await,
    };
    match done {
        Ok(()) => Ok(Redirect::to("/admin/champs").into_response()),
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused(_))) => {
            let fields = list_fields(environment, viewer).await;
            let fields = fields.map_err(|failure| agent.frame.fault(failure))?;
            let wrong = explain(&agent.frame, &failure);
            Ok((status(&failure), page(&agent.frame, &fields, &field, Some(&wrong))).into_response())
        }
        Err(failure) => Err(agent.frame.fault(failure)),
    }
}

/// The field that a form gives.
fn read(submission: &Submission) -> CustomField {
    let labels = |french: &str, english: &str| -> BTreeMap<String, String> {
        let both = [("fr", french.trim()), ("en", english.trim())].into_iter();
        both.filter(|(_, label)| !label.is_empty())
            .map(|(tag, label)| (tag.to_owned(), label.to_owned()))
            .collect()
    };
    let choices =
        submission.get("choix").lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
            let mut parts = line.split('|').map(str::trim);
            let key = parts.next().unwrap_or_default().to_owned();
            FieldChoice {
                key,
                labels: labels(parts.next().unwrap_or_default(), parts.next().unwrap_or_default()),
            }
        });
    CustomField {
        key: submission.get("cle").to_owned(),
        labels: labels(submission.get("fr"), submission.get("en")),
        holds: FieldType::ALL
            .into_iter()
            .find(|kind| kind.as_str() == submission.get("contenu"))
            .unwrap_or_default(),
        choices: choices.collect(),
        is_shown_to_customers: !submission.get("montre").is_empty(),
        is_set_by_customers: !submission.get("rempli").is_empty(),
        required: RequiredBy::ALL.into_iter().find(|step| step.as_str() == submission.get("requis")),
    }
}

fn choice_lines(field: &CustomField) -> String {
    let lines = field.choices.iter().map(|choice| {
        let label = |tag: &str| choice.labels.get(tag).map(String::as_str).unwrap_or_default();
        format!("{} | {} | {}", choice.key, label("fr"), label("en")).trim_end_matches([' ', '|']).to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The page.
pub(crate) fn page(
    frame: &Frame,
    fields: &[CustomField],
    shown: &CustomField,
    wrong: Option<&str>,
) -> Markup {
    let title = frame.say("fields-title");
    let head = Head { title, place: Place::Fields, number: None, wrong: wrong.is_some(), icons: &["late"] };
    let label = |tag: &str| shown.labels.get(tag).map(String::as_str).unwrap_or_default();
    let kind = |kind: FieldType| {
        words::text(frame.language, &format!("fields-holds-{}", kind.as_str().replace('_', "-")))
    };
    frame.page(&head, html! {
        main.shell #contenu tabindex="-1" {
            div.head { h1 { (title) } }
            p.muted { (frame.say("fields-what")) }
            @if fields.is_empty() { p { (frame.say("texts-none")) } }
            ul.requests {
                @for field in fields {
                    li {
                        span.small { (kind(field.holds)) }
                        div {
                            p { a href={ "/admin/champs?champ=" (encode(&field.key)) "#champ" } { (field.label(frame.language)) } " " code { (field.key) } }
                            p.small.muted {
                                (frame.say(if field.is_set_by_customers { "fields-set-by-customers" } else if field.is_shown_to_customers { "fields-shown-to-customers" } else { "fields-for-the-desk" }))
                                @if let Some(step) = field.required { ", " (words::text(frame.language, &format!("fields-required-{}", step.as_str()))) }
                            }
                            form action="/admin/champs" method="post" {
                                input type="hidden" name="cle" value=(field.key);
                                button.btn.btn--quiet name="faire" value="supprimer" aria-label={ (frame.say("texts-remove")) " " (field.label(frame.language)) } { (frame.say("texts-remove")) }
                            }
                        }
                    }
                }
            }
            h2.gap-top #champ { (frame.say("fields-new")) }
            @if let Some(wrong) = wrong { p.error role="alert" { (icon("late")) span { (wrong) } } }
            form.stack action="/admin/champs" method="post" {
                (line(frame, "cle", "texts-key", &shown.key).hint(frame, "fields-key-hint").required())
                (line(frame, "fr", "fields-fr", label("fr")))
                (line(frame, "en", "fields-en", label("en")))
                div.field {
                    label.label for="contenu-champ" { (frame.say("fields-holds")) }
                    select.input.select #contenu-champ name="contenu" {
                        @for known in FieldType::ALL { option value=(known.as_str()) selected[known == shown.holds] { (kind(known)) } }
                    }
                }
                div.field {
                    label.label for="choix" { (frame.say("fields-choices")) }
                    p.hint #choix-aide { (frame.say("fields-choices-hint")) }
                    textarea.input #choix name="choix" rows="4" aria-describedby="choix-aide" { (choice_lines(shown)) }
                }
                label.check { input type="checkbox" name="montre" value="oui" checked[shown.is_shown_to_customers]; span { (frame.say("fields-show")) } }
                label.check { input type="checkbox" name="rempli" value="oui" checked[shown.is_set_by_customers]; span { (frame.say("fields-let-set")) } }
                div.field {
                    label.label for="requis" { (frame.say("fields-required")) }
                    select.input.select #requis name="requis" {
                        option value="" { (frame.say("fields-required-never")) }
                        @for step in RequiredBy::ALL {
                            option value=(step.as_str()) selected[shown.required == Some(step)] { (words::text(frame.language, &format!("fields-required-{}", step.as_str()))) }
                        }
                    }
                }
                button.btn.btn--primary { (frame.say("texts-save")) }
            }
        }
    })
}

/// The values of fields that a form gives; what is left empty empties.
pub(crate) fn values(submission: &Submission) -> Map<String, Value> {
    let of_fields =
        submission.fields.iter().filter_map(|(name, value)| Some((name.strip_prefix(FIELD)?, value)));
    of_fields
        .map(|(key, value)| {
            let value = Some(value.trim()).filter(|value| !value.is_empty());
            (key.to_owned(), value.map_or(Value::Null, |value| Value::String(value.to_owned())))
        })
        .collect()
}

/// What a form changes of the fields of a request: neither what stands already, nor what it showed.
pub(crate) fn changes(submission: &Submission, views: &[FieldView]) -> Map<String, Value> {
    let stands = |key: &str, value: &Value| {
        let view = views.iter().find(|view| view.field.key == key);
        view.is_some_and(|view| view.written() == value.as_str().unwrap_or_default())
    };
    let shown = |key: &str, value: &Value| {
        submission.is_as_shown(&format!("{FIELD}{key}"), value.as_str().unwrap_or_default())
    };
    let given = values(submission).into_iter();
    given.filter(|(key, value)| !stands(key, value) && !shown(key, value)).collect()
}

/// A control for a field, with what stands in it.
pub(crate) fn control(frame: &Frame, field: &CustomField, now: &str, required: bool) -> Markup {
    let id = format!("{FIELD}{}", field.key);
    let choices: Option<Vec<(&str, &str)>> = match field.holds {
        FieldType::YesNo => Some(vec![("yes", frame.say("choice-yes")), ("no", frame.say("choice-no"))]),
        FieldType::Choice => {
            let choices = field.choices.iter();
            Some(
                choices
                    .map(|choice| (choice.key.as_str(), field.choice_label(&choice.key, frame.language)))
                    .collect(),
            )
        }
        _ => None,
    };
    let kind = if field.holds == FieldType::Date { "date" } else { "text" };
    let numeric = (field.holds == FieldType::Number).then_some("decimal");
    html! {
        div.field {
            label.label for=(id) { (field.label(frame.language)) }
            @if let Some(choices) = choices {
                select.input.select id=(id) name=(id) required[required] {
                    option value="" { "–" }
                    @for (value, label) in choices { option value=(value) selected[value == now] { (label) } }
                }
            } @else {
                input.input id=(id) name=(id) type=(kind) value=(now) autocomplete="off" inputmode=[numeric] required[required];
            }
        }
    }
}

/// Controls for the fields that somebody fills when they ask.
pub(crate) fn asked_at_opening(frame: &Frame, fields: &[CustomField], values: &[(String, String)]) -> Markup {
    html! {
        @for field in fields {
            @let name = format!("{FIELD}{}", field.key);
            @let now = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str());
            (control(frame, field, now, field.required == Some(RequiredBy::Opening)))
        }
    }
}

/// A value as people read it.
pub(crate) fn in_words(frame: &Frame, view: &FieldView) -> Option<String> {
    Some(match view.value.as_ref()? {
        FieldValue::Text(_) => view.text.clone()?,
        FieldValue::Number(_) => match frame.language {
            words::Language::French => view.written().replace('.', ","),
            words::Language::English => view.written(),
        },
        FieldValue::Date(date) => {
            words::date_in_words(frame.language, *date, frame.home.local(frame.now).date)
        }
        FieldValue::Choice(choice) => view.field.choice_label(choice, frame.language).to_owned(),
        FieldValue::YesNo(yes) => frame.say(if *yes { "choice-yes" } else { "choice-no" }).to_owned(),
    })
}

/// A value that a form gives, as people read it.
pub(crate) fn written_in_words(frame: &Frame, field: &CustomField, value: String) -> String {
    match field.holds {
        FieldType::Choice => field.choice_label(&value, frame.language).to_owned(),
        FieldType::YesNo => frame.say(if value == "yes" { "choice-yes" } else { "choice-no" }).to_owned(),
        _ => value,
    }
}

/// The fields of a request that are filled, as a list of names and values.
pub(crate) fn filled(frame: &Frame, views: &[FieldView]) -> Markup {
    let rows: Vec<(&str, String)> = views
        .iter()
        .filter_map(|view| Some((view.field.label(frame.language), in_words(frame, view)?)))
        .collect();
    html! {
        @if !rows.is_empty() {
            details.fold open {
                summary { (frame.say("fields-title")) }
                dl.facts { @for (label, value) in &rows { dt { (label) } dd { (value) } } }
            }
        }
    }
}

/// The form where a viewer fills the fields of a request, where there are some; folded until it is wanted.
pub(crate) fn form(frame: &Frame, views: &[FieldView], action: &str, draft: &Draft) -> Markup {
    const FORM: &str = "champs";
    let own: Vec<&FieldView> = views.iter().filter(|view| view.is_set_here).collect();
    html! {
        @if !own.is_empty() {
            details.act name="geste" #geste-champs open[draft.is_of(FORM)] {
                summary.btn { (frame.say("fields-fill")) }
                form action=(action) method="post" {
                    @for view in own {
                        @let (name, stands) = (format!("{FIELD}{}", view.field.key), view.written());
                        @let now = if draft.is_of(FORM) { draft.value(FORM, &name) } else { stands.as_str() };
                        (draft.shown(FORM, &name, &stands))
                        (control(frame, &view.field, now, false))
                    }
                    button.btn.btn--primary { (frame.say("texts-save")) }
                }
            }
        }
    }
}

/// Whoever fills fields at opening: those that the viewer may fill.
pub(crate) async fn for_opening(web: &Web, viewer: &operations::Viewer) -> Result<Vec<CustomField>, Failure> {
    let fields = list_fields(&web.environment, viewer).await?;
    Ok(fields.into_iter().filter(|field| field.is_set_by(viewer)).collect())
}

#[cfg(test)]
mod tests {
    use super::changes;
    use crate::submission::Submission;

    #[test]
    fn what_others_filled_meanwhile_is_not_emptied() {
        // `laval` stands there.
        let views = crate::golden::ticket().fields;
        let changed = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            changes(&Submission { fields: fields.collect(), files: Vec::new() }, &views)
        };
        let site = |value| ("champ-site", value);
        assert!(changed(&[site("laval")]).is_empty());
        assert!(changed(&[("avant-champ-site", ""), site("")]).is_empty());
        assert!(changed(&[("avant-champ-site", "laval"), site("")])["site"].is_null());
        assert_eq!(changed(&[("avant-champ-site", ""), site("gaspe")])["site"], "gaspe");
    }
}
