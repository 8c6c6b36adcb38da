//! A command as programs write it, a name and fields, read into what is asked of a request.

use crate::check_facts::check_facts;
use crate::command_ticket::Request;
use crate::environment::Environment;
use crate::error::Failure;
use crate::sign_in::staff;
use crate::view_ticket::{PersonView, view_ticket};
use crate::viewer::Viewer;
use calendar::{Instant, Span};
use desk::{DutyAnswer, PersonId, Refusal, Turn};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::{FactValue, Facts, Side, Terms, Verdict};

/// What a command takes; each takes only its own fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Form {
    body: Option<String>,
    technical: Option<bool>,
    undo_s: Option<u32>,
    turn: Option<String>,
    agent: Option<String>,
    team: Option<String>,
    severity: Option<String>,
    consent: Option<Value>,
    problem: Option<String>,
    product: Option<String>,
    product_version: Option<String>,
    facts: Option<Map<String, Value>>,
    verdict: Option<String>,
    reason: Option<String>,
    price: Option<String>,
    clause: Option<String>,
    to: Option<String>,
    what: Option<String>,
    evidence: Option<Value>,
    access: Option<Value>,
    test: Option<Value>,
    contact: Option<Value>,
    kind: Option<String>,
    duty: Option<String>,
    done: Option<Value>,
    cannot: Option<Value>,
    answer: Option<String>,
    given: Option<Vec<String>>,
    ground: Option<String>,
    granted: Option<bool>,
    #[serde(rename = "for")]
    party: Option<String>,
    vendor: Option<String>,
    reference: Option<String>,
    result: Option<String>,
    slots: Option<Vec<String>>,
    outcome: Option<String>,
    name: Option<String>,
    promise: Option<String>,
    span: Option<String>,
    until: Option<String>,
    minutes: Option<u32>,
    at: Option<String>,
    add: Option<Vec<String>>,
    remove: Option<Vec<String>>,
    into: Option<String>,
    message: Option<String>,
    subject: Option<String>,
}

/// Commands that cannot be given together with others: each writes to two requests.
const ALONE: [&str; 5] = ["merge", "unmerge", "split", "link", "unlink"];

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
    let form = form_of(fields)?;
    let names_terms = command == "classify" || (command == "assign" && form.team.is_some());
    let view = match names_terms {
        true => Some(view_ticket(environment, viewer, number).await?),
        false => None,
    };
    let colleagues: Option<Arc<[PersonView]>> = match command == "assign" && form.agent.is_some() {
        true => Some(staff(environment, viewer).await?),
        false => None,
    };
    let known = Known { terms: view.as_ref().map(|view| &*view.terms), colleagues: colleagues.as_deref() };
    request_of(&known, viewer.is_staff(), command, form)
}

/// Whether a command can be given together with others, and its fields can be read. What the agreement
/// and the people of a desk call things is not looked up: they may change until it is given.
pub(crate) fn check_command(command: &str, fields: &Map<String, Value>) -> Result<(), Failure> {
    let unknown = || {
        Failure::Refused(Refusal::UnknownValue {
            fact: "command".to_owned(),
            value: command.to_owned(),
            allowed: Vec::new(),
        })
    };
    if ALONE.contains(&command) {
        return Err(unknown());
    }
    match request_of(&Known::default(), true, command, form_of(fields.clone())?) {
        Err(Failure::NotFound { .. }) => Err(unknown()),
        read => read.map(drop),
    }
}

fn form_of(fields: Map<String, Value>) -> Result<Form, Failure> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| {
        Failure::Refused(Refusal::UnknownValue {
            fact: "with".to_owned(),
            value: error.to_string(),
            allowed: Vec::new(),
        })
    })
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

fn request_of(known: &Known<'_>, is_staff: bool, command: &str, asked: Form) -> Result<Request, Failure> {
    let consent = roles(asked.consent.as_ref(), is_staff);
    let words = asked.body.clone().filter(|body| !body.trim().is_empty());
    let body = asked.body.clone().unwrap_or_default();
    Ok(match command {
        "reply" => Request::Reply {
            body,
            files: Vec::new(),
            technical: asked.technical.unwrap_or(true),
            turn: asked.turn.as_deref().map(turn).transpose()?,
            undo_seconds: asked.undo_s.unwrap_or(0),
        },
        "undo" => Request::Undo,
        "note" => Request::Note { body },
        "update" => Request::Update { body },
        "request-update" => Request::RequestUpdate { body: words },
        "log-call" => Request::LogCall {
            reached: match asked.outcome.as_deref() {
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
                .slots
                .unwrap_or_default()
                .iter()
                .map(|slot| instant("slots", slot))
                .collect::<Result<_, _>>()?,
            body,
        },
        "milestone" => Request::Milestone { name: asked.name.unwrap_or_default(), body: words },
        "take-up" => Request::TakeUp { reason: asked.reason },
        "assign" => Request::Assign {
            agent: match asked.agent.as_deref() {
                None => None,
                Some(agent) => Some(person(known, agent)?),
            },
            team: match asked.team {
                None => None,
                Some(team) => Some(known_team(known, team)?),
            },
        },
        "unassign" => Request::Unassign,
        "hand-over" => Request::HandOver { to: asked.to, kind: asked.kind },
        "set-severity" => {
            let severity = asked.severity.ok_or(invalid("severity"))?;
            Request::Learn { facts: Facts::new().with("severity", FactValue::Text(severity)), consent }
        }
        "classify" => {
            let mut facts = untyped_facts(asked.facts);
            let named = [
                ("problem", asked.problem),
                ("product", asked.product),
                ("version", asked.product_version),
                ("severity", asked.severity),
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
        "contest" => Request::Contest { what: asked.what.unwrap_or_default(), body },
        "tag" => {
            Request::Tag { add: asked.add.unwrap_or_default(), remove: asked.remove.unwrap_or_default() }
        }
        "agree" => {
            let span = asked.span.as_deref().unwrap_or_default();
            let wrong = Failure::Invalid { field: "span", problem: "error-duration".into() };
            Request::Agree {
                promise: asked.promise.unwrap_or_default(),
                span: Span::parse(span).map_err(|_| wrong)?,
                consent,
            }
        }
        "judge-coverage" => Request::JudgeCoverage {
            verdict: match asked.verdict.as_deref() {
                Some("covered") => Verdict::Covered,
                Some("not_covered") => Verdict::NotCovered,
                Some("needs_judgement") => Verdict::NeedsJudgement,
                _ => return Err(invalid("verdict")),
            },
            reason: asked.reason.unwrap_or_default(),
        },
        "accept-exception" => {
            Request::AcceptException { reason: asked.reason.unwrap_or_default(), price: asked.price }
        }
        "decline" => Request::Decline { clause: asked.clause, body },
        "convert" => Request::Convert { to: asked.to },
        "ask" => {
            let named = [
                ("evidence", &asked.evidence),
                ("access", &asked.access),
                ("test", &asked.test),
                ("contact", &asked.contact),
            ];
            let given = named.into_iter().find_map(|(kind, value)| value.as_ref().map(|value| (kind, value)));
            let task = given.map(|(kind, _)| kind.to_owned()).or(asked.kind).or(asked.duty).or(asked.what);
            let said = given.and_then(|(_, value)| value.as_str()).map(str::to_owned);
            Request::Ask { task: task.ok_or(invalid("kind"))?, body: words.or(said).unwrap_or_default() }
        }
        "answer-duty" => {
            let yes = |value: &Option<Value>| {
                value.as_ref().is_some_and(|value| *value != Value::Bool(false) && !value.is_null())
            };
            let said = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
            let answer = match (yes(&asked.done), yes(&asked.cannot), asked.answer.as_deref()) {
                (true, false, _) | (false, false, Some("done")) => DutyAnswer::Done,
                (false, true, _) | (false, false, Some("cannot")) => DutyAnswer::Cannot,
                _ => return Err(invalid("answer")),
            };
            Request::AnswerDuty {
                task: asked.duty.or(asked.kind).ok_or(invalid("duty"))?,
                answer,
                given: asked.given.unwrap_or_default().into_iter().collect(),
                body: words.or_else(|| said(&asked.cannot)).or_else(|| said(&asked.done)).or(asked.reason),
            }
        }
        "take-over" => Request::TakeOverDuty { task: asked.duty.ok_or(invalid("duty"))? },
        "wait" => Request::Wait {
            party: asked.party.unwrap_or_else(|| "customer".to_owned()),
            task: asked.duty,
            reason: asked.reason,
        },
        "resume" => Request::Resume,
        "pass-to-vendor" => Request::PassToVendor {
            vendor: asked.vendor.ok_or(invalid("vendor"))?,
            reference: asked.reference.unwrap_or_default(),
        },
        "back-from-vendor" => {
            Request::BackFromVendor { result: asked.result.unwrap_or_else(|| "none".to_owned()) }
        }
        "escalate" => {
            Request::Escalate { ground: asked.ground, to: asked.to, reason: asked.reason.or(words) }
        }
        "decide-escalation" => {
            Request::DecideEscalation { granted: asked.granted.ok_or(invalid("granted"))?, body: words }
        }
        "snooze" => Request::Snooze {
            until: asked.until.as_deref().map(|until| instant("until", until)).transpose()?,
        },
        "log-time" => Request::LogTime {
            minutes: asked.minutes.ok_or(invalid("minutes"))?,
            at: asked.at.as_deref().map(|at| instant("at", at)).transpose()?,
            kind: asked.kind,
        },
        "resolve" => Request::Resolve { outcome: asked.outcome.ok_or(invalid("outcome"))?, body },
        "refuse-resolution" => Request::RefuseResolution { body },
        "confirm" => Request::Confirm,
        "close" => Request::Close { reason: asked.reason.unwrap_or_default(), consent },
        "reopen" => Request::Reopen,
        "merge" => Request::Merge { into: asked.into.ok_or(invalid("into"))? },
        "unmerge" => Request::Unmerge,
        "split" => Request::Split {
            message: match asked.message.as_deref() {
                None => None,
                Some(message) => Some(message.parse().map_err(|_| invalid("message"))?),
            },
            subject: asked.subject,
        },
        "link" => Request::Link {
            to: asked.to.or(asked.into).ok_or(invalid("to"))?,
            kind: asked.kind.unwrap_or_else(|| "related".to_owned()),
        },
        "unlink" => Request::Unlink { to: asked.to.or(asked.into).ok_or(invalid("to"))? },
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
