//! Commands in a form, each with the fields that it takes: how macros and rules are written. The fields are
//! those of [`operations::COMMANDS`], and nothing here knows a command by name.

use crate::page::Frame;
use crate::state::Web;
use crate::submission::Submission;
use maud::{Markup, html};
use operations::{
    COMMANDS, CommandField, CommandForm, Failure, FieldKind, Known, MacroStep, Viewer, Weight, command_form,
    list_agreements, staff,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use terms::{FactType, Side};

/// What a form sends to add a command, and the field that says which.
pub(crate) const ADD: &str = "ajouter";

/// The names that a desk and its agreements know, with what they are called.
#[derive(Debug, Default)]
pub(crate) struct KnownNames(BTreeMap<Known, Vec<(String, String)>>);

impl KnownNames {
    /// Those of a viewer's desk.
    pub(crate) async fn of(web: &Web, frame: &Frame, viewer: &Viewer) -> Result<Self, Failure> {
        let mut names: BTreeMap<Known, BTreeMap<String, String>> = BTreeMap::new();
        for colleague in staff(&web.environment, viewer).await?.iter() {
            let own = names.entry(Known::Colleague).or_default();
            own.insert(colleague.email.clone(), colleague.name.clone());
        }
        let language = frame.language;
        for agreement in list_agreements(&web.environment, viewer).await? {
            let terms = &agreement.terms;
            let mut know = |known: Known, name: &str, label: String| {
                names.entry(known).or_default().entry(name.to_owned()).or_insert(label);
            };
            for role in terms.roles.iter().filter(|role| role.side == Side::Provider) {
                know(Known::Team, &role.name, words::role_name(language, &role.name, &role.label));
            }
            for rule in &terms.facts {
                let known = match rule.name.as_str() {
                    "severity" => Known::Severity,
                    "problem" => Known::Problem,
                    "outcome" => Known::Outcome,
                    _ => continue,
                };
                if let FactType::OneOf(values) | FactType::SetOf(values) = &rule.kind {
                    for value in values {
                        know(known, &value.name, value.label.text(language.tag()).to_owned());
                    }
                }
            }
            for task in &terms.tasks {
                know(Known::Duty, &task.name, crate::happening::duty_name(frame, &task.name, &task.label));
            }
            for promise in terms.promises.iter().filter(|promise| promise.agreed.is_some()) {
                let label = words::promise_name(language, &promise.name, &promise.label);
                know(Known::Promise, &promise.name, label);
            }
        }
        Ok(Self(names.into_iter().map(|(known, names)| (known, names.into_iter().collect())).collect()))
    }

    /// The teams of the agreements.
    pub(crate) fn teams(&self) -> &[(String, String)] {
        self.of_kind(FieldKind::Name(Known::Team))
    }

    fn of_kind(&self, kind: FieldKind) -> &[(String, String)] {
        let FieldKind::Name(known) = kind else { return &[] };
        self.0.get(&known).map_or(&[], Vec::as_slice)
    }
}

/// The commands that a form gives, in its order, without those that it takes away and with the one that it
/// adds.
pub(crate) fn read(submission: &Submission) -> Vec<MacroStep> {
    let mut steps = Vec::new();
    for place in 1.. {
        let Some(command) = submission.given(&format!("geste-{place}")) else { break };
        if submission.given(&format!("geste-{place}-retirer")).is_some() {
            continue;
        }
        let fields = command_form(&command).map(|known| known.fields).unwrap_or_default();
        let with = fields.iter().filter_map(|field| {
            let written = submission.given(&format!("geste-{place}-{}", field.name))?;
            Some((field.name.to_owned(), value_of(field.kind, &written)?))
        });
        steps.push(MacroStep { command: command.clone(), with: with.collect() });
    }
    if submission.get("faire") == ADD
        && let Some(command) = submission.given(ADD)
    {
        steps.push(MacroStep { command, with: Map::new() });
    }
    steps
}

/// A value as it is written in a form; what is not of its kind stays as it is, and is refused by its name.
fn value_of(kind: FieldKind, written: &str) -> Option<Value> {
    let each = || written.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
    let names = || Value::Array(each().map(|name| Value::String(name.to_owned())).collect());
    Some(match kind {
        FieldKind::YesNo => Value::Bool(written == "oui"),
        FieldKind::Whole => {
            written.parse::<u32>().map_or_else(|_| Value::String(written.to_owned()), Value::from)
        }
        FieldKind::Names | FieldKind::Instants | FieldKind::Roles => names(),
        FieldKind::Said if written == "oui" => Value::Bool(true),
        FieldKind::Facts => {
            let facts = written.lines().filter_map(|line| line.split_once('='));
            let facts = facts.map(|(name, value)| {
                let value = value.trim();
                let value = match value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) {
                    Some(names) => {
                        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                        Value::Array(names.map(|name| Value::String(name.to_owned())).collect())
                    }
                    None => match value {
                        "oui" | "yes" => Value::Bool(true),
                        "non" | "no" => Value::Bool(false),
                        text => Value::String(text.to_owned()),
                    },
                };
                (name.trim().to_owned(), value)
            });
            let facts: Map<String, Value> = facts.collect();
            if facts.is_empty() {
                return None;
            }
            Value::Object(facts)
        }
        _ => Value::String(written.to_owned()),
    })
}

/// A value as a form writes it.
fn written(kind: FieldKind, value: &Value) -> String {
    match value {
        Value::Bool(true) if kind == FieldKind::Roles => "customer".to_owned(),
        Value::Bool(yes) => if *yes { "oui" } else { "non" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(names) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            names.join(if kind == FieldKind::Instants { "\n" } else { ", " })
        }
        Value::Object(facts) => {
            let lines = facts.iter().map(|(name, value)| match value {
                Value::Array(_) => format!("{name} = [{}]", written(FieldKind::Names, value)),
                value => format!("{name} = {}", written(FieldKind::Line, value)),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Value::Number(number) => number.to_string(),
        Value::Null => String::new(),
    }
}

/// The part of a form where commands stand, with the way to add one. `action` is where the form is sent,
/// `offers` says which commands may be added.
pub(crate) fn fieldsets(
    frame: &Frame,
    known: &KnownNames,
    steps: &[MacroStep],
    action: &str,
    offers: impl Fn(&CommandForm) -> bool,
) -> Markup {
    let next = steps.len() + 1;
    let mut lists: BTreeSet<Known> = BTreeSet::new();
    html! {
        @for (place, step) in steps.iter().enumerate() {
            @let place = place + 1;
            fieldset.step id={ "geste-" (place) } {
                legend { (place) ". " (command_name(frame, &step.command)) }
                input type="hidden" name={ "geste-" (place) } value=(step.command);
                @for field in command_form(&step.command).map(|known| known.fields).unwrap_or_default() {
                    @let now = step.with.get(field.name);
                    @if field.weight != Weight::Short || now.is_some() {
                        (control(frame, known, place, &step.command, field, now, &mut lists))
                    }
                }
                label.check {
                    input type="checkbox" name={ "geste-" (place) "-retirer" } value="oui";
                    span { (frame.say("steps-remove")) }
                }
            }
        }
        div.field {
            label.label for="ajouter" { (frame.say("steps-add")) }
            p.hint #ajouter-aide { (frame.say("steps-add-hint")) }
            div.actions {
                select.input.select #ajouter name=(ADD) aria-describedby="ajouter-aide" {
                    option value="" { "–" }
                    @for command in COMMANDS.iter().filter(|command| command.is_step && offers(command)) {
                        option value=(command.name) { (command_name(frame, command.name)) }
                    }
                }
                button.btn name="faire" value=(ADD) formaction={ (action) "#geste-" (next) } formnovalidate { (frame.say("steps-add-one")) }
            }
        }
    }
}

/// A command as people call it.
pub(crate) fn command_name(frame: &Frame, command: &str) -> String {
    words::text(frame.language, &format!("command-{command}")).into_owned()
}

fn label_of(frame: &Frame, command: &str, field: &str) -> String {
    let field = field.replace('_', "-");
    let own = format!("field-{command}-{field}");
    let key = if words::has_text(frame.language, &own) { own } else { format!("field-{field}") };
    words::text(frame.language, &key).into_owned()
}

fn control(
    frame: &Frame,
    known: &KnownNames,
    place: usize,
    command: &str,
    field: &CommandField,
    now: Option<&Value>,
    lists: &mut BTreeSet<Known>,
) -> Markup {
    let id = format!("geste-{place}-{}", field.name);
    let label = label_of(frame, command, field.name);
    let now = now.map(|value| written(field.kind, value)).unwrap_or_default();
    let required = field.weight == Weight::Required;
    let hint = match field.kind {
        FieldKind::Instant => Some("steps-instant"),
        FieldKind::Instants => Some("steps-instants"),
        FieldKind::Span => Some("steps-span"),
        FieldKind::Names => Some("steps-names"),
        FieldKind::Roles => Some("steps-roles"),
        FieldKind::Facts => Some("steps-facts"),
        _ => None,
    };
    let described = hint.map(|_| format!("{id}-aide"));
    let choices: Option<Vec<(&str, String)>> = match field.kind {
        FieldKind::YesNo => Some(
            [("oui", "yes"), ("non", "no")]
                .map(|(value, name)| (value, choice(frame, field.name, name)))
                .to_vec(),
        ),
        FieldKind::OneOf(values) => {
            Some(values.iter().map(|value| (*value, choice(frame, field.name, value))).collect())
        }
        _ => None,
    };
    let suggestions = known.of_kind(field.kind);
    let list = match field.kind {
        FieldKind::Name(kind) if !suggestions.is_empty() => Some(kind),
        _ => None,
    };
    let list_id = list.map(|kind| format!("connus-{}", format!("{kind:?}").to_lowercase()));
    html! {
        div.field {
            label.label for=(id) { (label) }
            @if let Some(hint) = hint { p.hint id={ (id) "-aide" } { (frame.say(hint)) } }
            @if let Some(choices) = choices {
                select.input.select id=(id) name=(id) required[required] {
                    option value="" { "–" }
                    @for (value, name) in choices { option value=(value) selected[value == now] { (name) } }
                }
            } @else if matches!(field.kind, FieldKind::Words | FieldKind::Facts | FieldKind::Instants) {
                textarea.input id=(id) name=(id) rows="4" required[required] aria-describedby=[described] { (now) }
            } @else {
                @let numeric = (field.kind == FieldKind::Whole).then_some("numeric");
                input.input id=(id) name=(id) value=(now) autocomplete="off" inputmode=[numeric] list=[list_id.as_deref()]
                    required[required] aria-describedby=[described];
            }
            @if let (Some(kind), Some(list_id)) = (list, &list_id) {
                @if lists.insert(kind) {
                    datalist id=(list_id) { @for (name, label) in suggestions { option value=(name) label=(label) {} } }
                }
            }
        }
    }
}

fn choice(frame: &Frame, field: &str, value: &str) -> String {
    let value = value.replace('_', "-");
    let own = format!("choice-{field}-{value}");
    let key = if words::has_text(frame.language, &own) { own } else { format!("choice-{value}") };
    words::text(frame.language, &key).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{command_name, fieldsets, label_of, read, value_of, written};
    use crate::submission::Submission;
    use operations::{COMMANDS, FieldKind, MacroStep};
    use serde_json::{Map, Value, json};
    use words::Language;

    fn sample(kind: FieldKind) -> Value {
        match kind {
            FieldKind::Words => json!("Bonjour {{contact}},\n\nmerci."),
            FieldKind::Line | FieldKind::Name(_) => json!("nuit"),
            FieldKind::OneOf(values) => json!(values[0]),
            FieldKind::YesNo => json!(false),
            FieldKind::Whole => json!(15),
            FieldKind::Names => json!(["urgent", "à revoir"]),
            FieldKind::Instant => json!("2026-11-24T16:20:00Z"),
            FieldKind::Instants => json!(["2026-11-24T16:20:00Z", "2026-11-25T16:20:00Z"]),
            FieldKind::Span => json!("2 business days"),
            FieldKind::Roles => json!(["customer"]),
            FieldKind::Said => json!(true),
            FieldKind::Facts => json!({"production": true, "modules": ["a", "b"], "site": "Laval"}),
        }
    }

    #[test]
    fn what_a_form_writes_is_what_it_reads() {
        for command in &COMMANDS {
            let with: Map<String, Value> =
                command.fields.iter().map(|field| (field.name.to_owned(), sample(field.kind))).collect();
            let step = MacroStep { command: command.name.to_owned(), with };
            let mut fields = vec![("geste-1".to_owned(), command.name.to_owned())];
            for field in command.fields {
                fields.push((format!("geste-1-{}", field.name), written(field.kind, &step.with[field.name])));
            }
            let submission = Submission { fields, files: Vec::new() };
            assert_eq!(read(&submission), [step], "{}", command.name);
        }
        assert_eq!(written(FieldKind::Roles, &json!(true)), "customer");
        assert_eq!(value_of(FieldKind::Whole, "douze"), Some(json!("douze")), "refused by its name later");
    }

    #[test]
    fn commands_are_added_and_taken_away_without_script() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = vec![
            field("geste-1", "note"),
            field("geste-1-body", "Vu."),
            field("geste-1-retirer", "oui"),
            field("geste-2", "take-up"),
            field("faire", "ajouter"),
            field("ajouter", "tag"),
        ];
        let names: Vec<String> =
            read(&Submission { fields, files: Vec::new() }).into_iter().map(|step| step.command).collect();
        assert_eq!(names, ["take-up", "tag"]);
    }

    #[test]
    fn every_command_and_field_has_a_name_in_both_languages() {
        for language in [Language::French, Language::English] {
            let frame = crate::golden::frame_in(language);
            let has = |key: &str| words::has_text(language, key);
            for command in &COMMANDS {
                assert!(has(&format!("command-{}", command.name)), "{language:?} command-{}", command.name);
                assert!(!command_name(&frame, command.name).is_empty());
                for field in command.fields {
                    let name = field.name.replace('_', "-");
                    let named =
                        has(&format!("field-{name}")) || has(&format!("field-{}-{name}", command.name));
                    assert!(named, "{language:?} field-{name} of {}", command.name);
                    assert!(!label_of(&frame, command.name, field.name).is_empty());
                    if let FieldKind::OneOf(values) = field.kind {
                        for value in values {
                            let value = value.replace('_', "-");
                            let (own, key) =
                                (format!("choice-{}-{value}", field.name), format!("choice-{value}"));
                            assert!(has(&own) || has(&key), "{language:?} {key}");
                        }
                    }
                }
                let step = MacroStep { command: command.name.to_owned(), with: Map::new() };
                let page =
                    fieldsets(&frame, &Default::default(), &[step], "/admin/modeles", |_| true).into_string();
                assert!(page.contains(&format!("value=\"{}\"", command.name)));
            }
        }
    }
}
