//! Commands of a request as programs write them.

use super::tickets::{unknown_value, untyped};
use crate::state::Web;
use crate::viewer::Caller;
use calendar::{Instant, Span};
use desk::{DutyAnswer, Turn};
use operations::{Failure, Request, check_facts, staff, view_ticket};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use terms::{FactValue, Facts, Side, Verdict};
use utoipa::ToSchema;

/// What a command takes; each takes only its own fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandShape {
    /// Words for the other side, or for colleagues (`note`, `log-call`).
    body: Option<String>,
    /// `reply`: whether it answers the matter; true when absent.
    technical: Option<bool>,
    /// `reply`: seconds during which `undo` takes it back, at most 120. At once when absent.
    undo_s: Option<u32>,
    /// `reply`: whose turn it then is.
    turn: Option<String>,
    /// `assign`: a person, by id or address.
    agent: Option<String>,
    /// `assign`: a team of the agreement.
    team: Option<String>,
    /// `set-severity`: a severity of the agreement.
    severity: Option<String>,
    /// `set-severity`, `close`, `agree`: who consented besides the caller: `true` for the other side, a role,
    /// or a list of roles.
    #[schema(value_type = Option<Value>)]
    consent: Option<Value>,
    /// `classify`
    problem: Option<String>,
    /// `classify`
    product: Option<String>,
    /// `classify`
    product_version: Option<String>,
    /// `classify`: facts of the agreement, by name.
    facts: Option<Map<String, Value>>,
    /// `judge-coverage`: `covered`, `not_covered` or `needs_judgement`.
    verdict: Option<String>,
    /// `judge-coverage`, `accept-exception`, `take-up`, `wait`, `escalate`, `close`: why.
    reason: Option<String>,
    /// `accept-exception`: at what price.
    price: Option<String>,
    /// `decline`: the clause that says so; the first reason against when absent.
    clause: Option<String>,
    /// `convert`, `hand-over`, `escalate`: to whom, of the agreement's names; `link`, `unlink`: number of the
    /// other request.
    to: Option<String>,
    /// `contest`: what (`severity`, `coverage`, …).
    what: Option<String>,
    /// `ask`: evidence, as `true` or as the words.
    #[schema(value_type = Option<Value>)]
    evidence: Option<Value>,
    /// `ask`: access.
    #[schema(value_type = Option<Value>)]
    access: Option<Value>,
    /// `ask`: a test.
    #[schema(value_type = Option<Value>)]
    test: Option<Value>,
    /// `ask`: somebody to reach.
    #[schema(value_type = Option<Value>)]
    contact: Option<Value>,
    /// `ask`: what, by kind (`evidence`, `access`, `test`, `contact`) or by the duty's name; `hand-over`: the
    /// kind of work; `link`: `related`, `follow_up`, `causes` or `duplicates`; `log-time`: `remote`, `on_site`, ….
    kind: Option<String>,
    /// `answer-duty`, `take-over`, `wait`: the duty, by name or kind.
    duty: Option<String>,
    /// `answer-duty`: it is done.
    #[schema(value_type = Option<Value>)]
    done: Option<Value>,
    /// `answer-duty`: it cannot be done; `body` says why.
    #[schema(value_type = Option<Value>)]
    cannot: Option<Value>,
    /// `answer-duty`: `done` or `cannot`, where neither field is given.
    answer: Option<String>,
    /// `answer-duty`: what is given, of what the agreement asks (`workaround`, `plan`, …).
    given: Option<Vec<String>>,
    /// `escalate`: a ground of the agreement.
    ground: Option<String>,
    /// `decide-escalation`
    granted: Option<bool>,
    /// `wait`: `customer`, `vendor` or `third_party`.
    #[serde(rename = "for")]
    party: Option<String>,
    /// `pass-to-vendor`
    vendor: Option<String>,
    /// `pass-to-vendor`
    reference: Option<String>,
    /// `back-from-vendor`: `fix`, `answer` or `none`.
    result: Option<String>,
    /// `propose-meeting`: when it may be.
    #[schema(value_type = Option<Vec<String>>)]
    slots: Option<Vec<String>>,
    /// `log-call`: `reached` or `voicemail`; `resolve`: an outcome of the agreement's vocabulary.
    outcome: Option<String>,
    /// `milestone`: name of an event that the agreement speaks of.
    name: Option<String>,
    /// `agree`: the promise whose rhythm or target is agreed.
    promise: Option<String>,
    /// `agree`: the span (`2 business days`).
    span: Option<String>,
    /// `snooze`: until when; absent takes it back at once.
    until: Option<String>,
    /// `log-time`
    minutes: Option<u32>,
    /// `log-time`: when it began; now when absent.
    at: Option<String>,
    /// `tag`: tags to add.
    add: Option<Vec<String>>,
    /// `tag`: tags to remove.
    remove: Option<Vec<String>>,
    /// `merge`: number of the request that goes on for both.
    into: Option<String>,
    /// `split`: id of the message; the last of the customer's when absent.
    message: Option<String>,
    /// `split`: what the new request is about.
    subject: Option<String>,
}

/// The request that a command's name and fields make.
///
/// # Errors
/// - there is no command of that name;
/// - a field is missing or has a value that it cannot have.
pub(super) async fn asked_of(
    web: &Web,
    caller: &Caller,
    number: &str,
    command: &str,
    asked: CommandShape,
) -> Result<Request, Failure> {
    let consent = roles(asked.consent.as_ref(), caller.viewer.is_staff());
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
                Some(agent) => Some(person(web, caller, agent).await?),
            },
            team: match asked.team {
                None => None,
                Some(team) => Some(known_team(web, caller, number, team).await?),
            },
        },
        "unassign" => Request::Unassign,
        "hand-over" => Request::HandOver { to: asked.to, kind: asked.kind },
        "set-severity" => {
            let severity = asked.severity.ok_or(invalid("severity"))?;
            Request::Learn { facts: Facts::new().with("severity", FactValue::Text(severity)), consent }
        }
        "classify" => {
            let view = view_ticket(&web.environment, &caller.viewer, number).await?;
            let mut facts = untyped(asked.facts);
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
            Request::Learn { facts: check_facts(&view.terms, &facts)?, consent }
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

async fn known_team(web: &Web, caller: &Caller, number: &str, team: String) -> Result<String, Failure> {
    let view = view_ticket(&web.environment, &caller.viewer, number).await?;
    let own = view.terms.roles.iter().filter(|role| role.side == Side::Provider);
    if own.clone().any(|role| role.name == team) {
        return Ok(team);
    }
    Err(unknown_value("team", &team, own.map(|role| role.name.as_str())))
}

/// A colleague, by id or address.
async fn person(web: &Web, caller: &Caller, wanted: &str) -> Result<desk::PersonId, Failure> {
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    let colleagues = staff(&web.environment, &caller.viewer).await?;
    colleagues
        .iter()
        .find(|person| person.email.eq_ignore_ascii_case(wanted))
        .map(|person| person.id)
        .ok_or(Failure::Invalid { field: "agent", problem: "error-agent-unknown".into() })
}
