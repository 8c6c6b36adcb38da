//! A command as programs write it, a name and fields, read into what is asked of a request.

use crate::check_facts::check_facts;
use crate::command_form::{COMMANDS, check_fields, command_form, whole};
use crate::command_ticket::Request;
use crate::environment::Environment;
use crate::error::Failure;
use crate::redaction::Redaction;
use crate::sign_in::staff;
use crate::view_ticket::{PersonView, view_ticket};
use crate::viewer::Viewer;
use calendar::{Instant, Span};
use desk::{DutyAnswer, PersonId, Refusal, Turn};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::{FactValue, Facts, Side, Terms, Verdict};

/// The fields of a command, once they are known to be of their kinds.
struct Form(Map<String, Value>);

impl Form {
    /// Reads those of a command. What is nothing is absent; what another command takes is not passed over, since
    /// whoever sends it means something by it.
    fn of(command: &str, fields: Map<String, Value>) -> Result<Self, Failure> {
        check_fields(&fields).map_err(|(name, why)| {
            Failure::Refused(Refusal::UnknownValue { fact: name, value: why, allowed: Vec::new() })
        })?;
        let given: Map<String, Value> = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
        if let Some(form) = command_form(command) {
            let own = || form.fields.iter().map(|field| field.name);
            if let Some(name) = given.keys().find(|name| own().all(|own| own != name.as_str())) {
                return Err(Failure::Refused(Refusal::UnknownValue {
                    fact: name.clone(),
                    value: format!("unknown field `{name}` of `{command}`"),
                    allowed: own().map(str::to_owned).collect(),
                }));
            }
        }
        Ok(Self(given))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.as_str().map(str::to_owned)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.value(name).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn yes_or_no(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    fn whole(&self, name: &str) -> Option<u32> {
        self.value(name).and_then(whole)
    }

    fn instant(&self, name: &'static str) -> Result<Option<Instant>, Failure> {
        self.value(name).and_then(Value::as_str).map(|text| instant(name, text)).transpose()
    }

    fn must(&self, name: &'static str) -> Result<String, Failure> {
        self.text(name).ok_or(invalid(name))
    }
}

/// What names in a command are looked up in; what is not there is not looked up.
#[derive(Default)]
struct Known<'a> {
    terms: Option<&'a Terms>,
    colleagues: Option<&'a [PersonView]>,
}

/// The request that a command's name and fields make for a viewer.
///
/// # Errors
/// - there is no command of that name, or no such request for this viewer;
/// - a field is missing, unknown, or has a value that it cannot have.
pub async fn read_command(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    command: &str,
    fields: Map<String, Value>,
) -> Result<Request, Failure> {
    let form = Form::of(command, fields)?;
    let names_terms = command == "classify" || (command == "assign" && form.value("team").is_some());
    let view = match names_terms {
        true => Some(view_ticket(environment, viewer, number).await?),
        false => None,
    };
    let colleagues: Option<Arc<[PersonView]>> = match command == "assign" && form.value("agent").is_some() {
        true => Some(staff(environment, viewer).await?),
        false => None,
    };
    let known = Known { terms: view.as_ref().map(|view| &*view.terms), colleagues: colleagues.as_deref() };
    request_of(&known, viewer.is_staff(), command, &form)
}

/// Whether a command can be given together with others, and its fields can be read. What the agreement
/// and the people of a desk call things is not looked up: they may change until it is given.
pub(crate) fn check_command(command: &str, fields: &Map<String, Value>) -> Result<(), Failure> {
    let unknown = || {
        Failure::Refused(Refusal::UnknownValue {
            fact: "command".to_owned(),
            value: command.to_owned(),
            allowed: COMMANDS
                .iter()
                .filter(|known| known.is_step)
                .map(|known| known.name.to_owned())
                .collect(),
        })
    };
    if !command_form(command).is_some_and(|known| known.is_step) {
        return Err(unknown());
    }
    match request_of(&Known::default(), true, command, &Form::of(command, fields.clone())?) {
        Err(Failure::NotFound { .. }) => Err(unknown()),
        read => read.map(drop),
    }
}

/// Facts as JSON gives them, before the agreement says what kind each one is.
#[must_use]
pub fn untyped_facts(given: Option<Map<String, Value>>) -> Facts {
    let mut facts = Facts::new();
    for (name, value) in given.unwrap_or_default() {
        let value = match value {
            Value::Bool(yes) => FactValue::YesNo(yes),
            Value::String(text) => FactValue::Text(text),
            Value::Array(names) => {
                FactValue::Names(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
            }
            Value::Number(number) => FactValue::Text(number.to_string()),
            _ => continue,
        };
        facts.set(name.as_str(), value);
    }
    facts
}

/// A duration as people write it.
///
/// # Errors
/// [`Failure::Invalid`] where it is none.
pub fn read_duration(said: &str) -> Result<Span, Failure> {
    words::read_span(said).ok_or_else(no_duration)
}

pub(crate) fn no_duration() -> Failure {
    Failure::Invalid { field: "span", problem: "error-duration".into() }
}

fn request_of(known: &Known<'_>, is_staff: bool, command: &str, asked: &Form) -> Result<Request, Failure> {
    let consent = roles(asked.value("consent"), is_staff);
    let words = asked.text("body").filter(|body| !body.trim().is_empty());
    let body = asked.text("body").unwrap_or_default();
    Ok(match command {
        "reply" => Request::Reply {
            body,
            files: Vec::new(),
            technical: asked.yes_or_no("technical").unwrap_or(true),
            turn: asked.text("turn").as_deref().map(turn).transpose()?,
            undo_seconds: asked.whole("undo_s").unwrap_or(0),
        },
        "undo" => Request::Undo,
        "note" => Request::Note { body },
        "update" => Request::Update { body },
        "request-update" => Request::RequestUpdate { body: words },
        "log-call" => Request::LogCall {
            reached: match asked.text("outcome").as_deref() {
                Some("reached") => true,
                Some("voicemail") => false,
                other => {
                    return Err(unknown_value(
                        "outcome",
                        other.unwrap_or_default(),
                        ["reached", "voicemail"].into_iter(),
                    ));
                }
            },
            body,
        },
        "propose-meeting" => Request::ProposeMeeting {
            slots: asked
                .texts("slots")
                .iter()
                .map(|slot| instant("slots", slot))
                .collect::<Result<_, _>>()?,
            body,
        },
        "milestone" => Request::Milestone { name: asked.text("name").unwrap_or_default(), body: words },
        "take-up" => Request::TakeUp { reason: asked.text("reason") },
        "assign" => Request::Assign {
            agent: match asked.text("agent").as_deref() {
                None => None,
                Some(agent) => Some(person(known, agent)?),
            },
            team: match asked.text("team") {
                None => None,
                Some(team) => Some(known_team(known, team)?),
            },
        },
        "unassign" => Request::Unassign,
        "hand-over" => Request::HandOver { to: asked.text("to"), kind: asked.text("kind") },
        "set-severity" => {
            let severity = asked.must("severity")?;
            Request::Learn { facts: Facts::new().with("severity", FactValue::Text(severity)), consent }
        }
        "classify" => {
            let mut facts = untyped_facts(asked.value("facts").and_then(Value::as_object).cloned());
            let named = [
                ("problem", asked.text("problem")),
                ("product", asked.text("product")),
                ("version", asked.text("product_version")),
                ("severity", asked.text("severity")),
            ];
            for (name, value) in named {
                if let Some(value) = value {
                    facts.set(name, FactValue::Text(value));
                }
            }
            let facts = match known.terms {
                Some(terms) => check_facts(terms, &facts)?,
                None => facts,
            };
            Request::Learn { facts, consent }
        }
        "contest" => Request::Contest { what: asked.text("what").unwrap_or_default(), body },
        "tag" => Request::Tag { add: asked.texts("add"), remove: asked.texts("remove") },
        "set-fields" => {
            let fields = asked.value("fields").and_then(Value::as_object).cloned();
            Request::SetFields { fields: fields.ok_or(invalid("fields"))? }
        }
        "agree" => {
            let span = read_duration(&asked.text("span").unwrap_or_default())?;
            Request::Agree { promise: asked.text("promise").unwrap_or_default(), span, consent }
        }
        "judge-coverage" => Request::JudgeCoverage {
            verdict: match asked.text("verdict").as_deref() {
                Some("covered") => Verdict::Covered,
                Some("not_covered") => Verdict::NotCovered,
                Some("needs_judgement") => Verdict::NeedsJudgement,
                _ => return Err(invalid("verdict")),
            },
            reason: asked.text("reason").unwrap_or_default(),
        },
        "accept-exception" => Request::AcceptException {
            reason: asked.text("reason").unwrap_or_default(),
            price: asked.text("price"),
        },
        "decline" => Request::Decline { clause: asked.text("clause"), body },
        "convert" => Request::Convert { to: asked.text("to") },
        "ask" => {
            let named = [
                ("evidence", asked.value("evidence")),
                ("access", asked.value("access")),
                ("test", asked.value("test")),
                ("contact", asked.value("contact")),
            ];
            let given = named.into_iter().find_map(|(kind, value)| value.map(|value| (kind, value)));
            let task = given
                .map(|(kind, _)| kind.to_owned())
                .or(asked.text("kind"))
                .or(asked.text("duty"))
                .or(asked.text("what"));
            let said = given.and_then(|(_, value)| value.as_str()).map(str::to_owned);
            Request::Ask { task: task.ok_or(invalid("kind"))?, body: words.or(said).unwrap_or_default() }
        }
        "answer-duty" => {
            let yes = |name| asked.value(name).is_some_and(|value| *value != Value::Bool(false));

            let answer = match (yes("done"), yes("cannot"), asked.text("answer").as_deref()) {
                (true, false, _) | (false, false, Some("done")) => DutyAnswer::Done,
                (false, true, _) | (false, false, Some("cannot")) => DutyAnswer::Cannot,
                _ => return Err(invalid("answer")),
            };
            Request::AnswerDuty {
                task: asked.text("duty").or(asked.text("kind")).ok_or(invalid("duty"))?,
                answer,
                given: asked.texts("given").into_iter().collect(),
                body: words
                    .or_else(|| asked.text("cannot"))
                    .or_else(|| asked.text("done"))
                    .or(asked.text("reason")),
            }
        }
        "take-over" => Request::TakeOverDuty { task: asked.must("duty")? },
        "wait" => Request::Wait {
            party: asked.text("for").unwrap_or_else(|| "customer".to_owned()),
            task: asked.text("duty"),
            reason: asked.text("reason"),
        },
        "resume" => Request::Resume,
        "pass-to-vendor" => Request::PassToVendor {
            vendor: asked.must("vendor")?,
            reference: asked.text("reference").unwrap_or_default(),
        },
        "back-from-vendor" => {
            Request::BackFromVendor { result: asked.text("result").unwrap_or_else(|| "none".to_owned()) }
        }
        "escalate" => Request::Escalate {
            ground: asked.text("ground"),
            to: asked.text("to"),
            reason: asked.text("reason").or(words),
        },
        "decide-escalation" => Request::DecideEscalation {
            granted: asked.yes_or_no("granted").ok_or(invalid("granted"))?,
            body: words,
        },
        "follow" => Request::Follow { person: asked.text("person") },
        "unfollow" => Request::Unfollow { person: asked.text("person") },
        "snooze" => Request::Snooze { until: asked.instant("until")? },
        "log-time" => Request::LogTime {
            minutes: asked.whole("minutes").ok_or(invalid("minutes"))?,
            at: asked.instant("at")?,
            kind: asked.text("kind"),
        },
        "resolve" => Request::Resolve { outcome: asked.must("outcome")?, body },
        "refuse-resolution" => Request::RefuseResolution { body },
        "rate" => Request::Rate { score: asked.must("score")?, comment: words },
        "claim" => Request::Claim {
            consequence: asked.text("consequence"),
            period: asked.must("period")?,
            given: asked.texts("given").into_iter().collect(),
            body: words,
        },
        "decide-claim" => Request::DecideClaim {
            granted: asked.yes_or_no("granted").ok_or(invalid("granted"))?,
            figures: asked.text("figures"),
            body: words,
        },
        "follow-up" => Request::FollowUp { subject: asked.text("subject"), body, files: Vec::new() },
        "confirm" => Request::Confirm,
        "close" => Request::Close { reason: asked.text("reason").unwrap_or_default(), consent },
        "reopen" => Request::Reopen,
        "merge" => Request::Merge { into: asked.must("into")? },
        "unmerge" => Request::Unmerge,
        "split" => Request::Split {
            message: match asked.text("message").as_deref() {
                None => None,
                Some(message) => Some(message.parse().map_err(|_| invalid("message"))?),
            },
            subject: asked.text("subject"),
        },
        "redact" => Request::Redact {
            redaction: Redaction {
                message: asked.must("message")?.parse().map_err(|_| invalid("message"))?,
                passage: asked.text("passage"),
                found: asked.yes_or_no("found").unwrap_or(false),
                file: match asked.text("file").as_deref() {
                    None => None,
                    Some(file) => Some(file.parse().map_err(|_| invalid("file"))?),
                },
            },
        },
        "link" => Request::Link {
            to: asked.text("to").or(asked.text("into")).ok_or(invalid("to"))?,
            kind: asked.text("kind").unwrap_or_else(|| "related".to_owned()),
        },
        "unlink" => Request::Unlink { to: asked.text("to").or(asked.text("into")).ok_or(invalid("to"))? },
        _ => return Err(Failure::NotFound { what: "command" }),
    })
}

fn invalid(field: &'static str) -> Failure {
    Failure::Invalid { field, problem: "error-value-unknown".into() }
}

fn unknown_value<'a>(fact: &str, value: &str, allowed: impl Iterator<Item = &'a str>) -> Failure {
    Failure::Refused(Refusal::UnknownValue {
        fact: fact.to_owned(),
        value: value.to_owned(),
        allowed: allowed.map(str::to_owned).collect(),
    })
}

fn instant(field: &'static str, text: &str) -> Result<Instant, Failure> {
    Instant::parse(text).map_err(|_| Failure::Invalid { field, problem: "error-instant".into() })
}

fn turn(name: &str) -> Result<Turn, Failure> {
    Ok(match name {
        "provider" => Turn::Provider,
        "customer" => Turn::Customer,
        "third_party" => Turn::ThirdParty,
        "nobody" => Turn::Nobody,
        _ => return Err(invalid("turn")),
    })
}

/// Roles that consented, as the desk heard it: plainly `true` means the customer. A customer consents by
/// their own act and speaks for nobody else.
fn roles(consent: Option<&Value>, by_staff: bool) -> BTreeSet<String> {
    match consent.filter(|_| by_staff) {
        Some(Value::Bool(true)) => BTreeSet::from(["customer".to_owned()]),
        Some(Value::String(role)) => BTreeSet::from([role.clone()]),
        Some(Value::Array(roles)) => roles.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

fn known_team(known: &Known<'_>, team: String) -> Result<String, Failure> {
    let Some(terms) = known.terms else { return Ok(team) };
    let own = terms.roles.iter().filter(|role| role.side == Side::Provider);
    if own.clone().any(|role| role.name == team) {
        return Ok(team);
    }
    Err(unknown_value("team", &team, own.map(|role| role.name.as_str())))
}

/// A colleague, by id or address.
fn person(known: &Known<'_>, wanted: &str) -> Result<PersonId, Failure> {
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    // Not looked up: whoever it is, the shape is right.
    let Some(colleagues) = known.colleagues else { return Ok(PersonId(0)) };
    colleagues
        .iter()
        .find(|person| person.email.eq_ignore_ascii_case(wanted))
        .map(|person| person.id)
        .ok_or(Failure::Invalid { field: "agent", problem: "error-agent-unknown".into() })
}

#[cfg(test)]
mod tests {
    #[test]
    fn garbled_commands_are_read_in_peace() {
        let seeds: [&[u8]; 3] = [
            br#"{"body":"vu","turn":"customer","undo_s":30}"#,
            br#"{"facts":{"severity":"high","version":null},"at":"2026-01-01T00:00:00Z","consent":["lead"]}"#,
            br#"{"minutes":90,"until":"2026-13-01","add":["a"],"remove":[],"outcome":1e400}"#,
        ];
        let names: Vec<String> = super::COMMANDS
            .iter()
            .flat_map(|command| command.fields)
            .map(|field| format!("\"{}\":", field.name))
            .collect();
        let signs = ["null", "{", "}", "[", "1e999", "\\u0000", "true", "\"4 heures ouvrables\"", "\"PT4H\""];
        let words: Vec<&str> = names.iter().map(String::as_str).chain(signs).collect();
        harness::fuzz("commands", &seeds, &words, |bytes| {
            let _ = super::read_duration(&String::from_utf8_lossy(bytes));
            if let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(bytes) {
                for command in &super::COMMANDS {
                    let _ = super::check_command(command.name, &fields);
                    // What it does not know turns a command away before anything of it is read.
                    let own = |name: &str| command.fields.iter().any(|field| field.name == name);
                    let mut fields = fields.clone();
                    fields.retain(|name, _| own(name));
                    if let Ok(form) = super::Form::of(command.name, fields) {
                        let _ = super::request_of(&super::Known::default(), true, command.name, &form);
                    }
                }
                let _ = super::untyped_facts(Some(fields));
            }
        });
    }
}
