use crate::environment::Environment;
use crate::error::Failure;
use crate::view_ticket::fold_log;
use calendar::Instant;
use desk::{MessageKind, Recorded, Ticket, TicketEvent};
use meters::ClockState;
use serde_json::{Map, Value, json};
use terms::{FactValue, Facts, Verdict};

/// What happened to every request that runs under an agreement, whatever its version: one object
/// `{"number", "given", "events", "clocks"}` a request, in the vocabulary of worked examples, with its
/// clocks as they stand at `until`. Writes nothing.
///
/// # Errors
/// The store fails, or a log cannot be read.
pub async fn tell_histories(
    environment: &Environment,
    agreement_key: &str,
    until: Instant,
) -> Result<Vec<Value>, Failure> {
    let mut heads = Vec::new();
    environment.store.heads(|head| heads.push((head.provider, head.ticket))).await?;
    let mut histories = Vec::new();
    for (provider, id) in heads {
        let log = environment.store.load_log(&provider, id).await?;
        let ticket = fold_log(&log)?;
        if ticket.agreement.key != agreement_key || ticket.received_at > until {
            continue;
        }
        let terms = environment.terms(&provider, &ticket.agreement).await?;
        let row = environment.store.ticket_row(&provider, id).await?;
        let row = row.ok_or(Failure::NotFound { what: "request" })?;
        let commits: Vec<&[Recorded]> = log.iter().map(|entry| entry.commit.as_slice()).collect();
        let readings =
            ticket.readings(&terms, until).into_iter().filter(|reading| reading.started_at <= until);
        let clocks: Vec<Value> = readings
            .map(|reading| {
                json!({
                    "promise": reading.promise, "due_at": reading.due_at, "met_at": reading.met_at,
                    "state": match reading.state {
                        ClockState::Running => "running",
                        ClockState::Paused => "paused",
                        ClockState::Met => "met",
                        ClockState::Missed => "missed",
                        ClockState::Stopped => "stopped",
                    },
                })
            })
            .collect();
        let events = deeds(&commits, until);
        histories.push(json!({
            "number": row.number, "given": given(&ticket, &commits), "events": events, "clocks": clocks,
        }));
    }
    Ok(histories)
}

/// What was known when the request was opened, contract included.
fn given(ticket: &Ticket, commits: &[&[Recorded]]) -> Value {
    let opened = commits.first().and_then(|commit| commit.first()).map(|recorded| &recorded.event);
    let facts = match opened {
        Some(TicketEvent::Opened { facts, .. }) => facts,
        _ => &ticket.facts,
    };
    // The deed itself says when it came.
    written(facts, &["received_at"])
}

fn written(facts: &Facts, without: &[&str]) -> Value {
    let known = facts.iter().filter(|(name, _)| !without.contains(&name.as_str()));
    Value::Object(known.map(|(name, value)| (name.to_string(), fact(value))).collect())
}

/// A value as worked examples write it.
fn fact(value: &FactValue) -> Value {
    match value {
        FactValue::YesNo(yes) => Value::Bool(*yes),
        FactValue::Names(names) => json!(names),
        FactValue::Table(table) => json!(table),
        other => Value::String(other.to_string()),
    }
}

/// The deeds of a log, commit by commit, each at the instant at which it counted.
fn deeds(commits: &[&[Recorded]], until: Instant) -> Vec<Value> {
    let mut told: Vec<(Instant, Value)> = Vec::new();
    for commit in commits {
        let has = |which: fn(&TicketEvent) -> bool| commit.iter().any(|recorded| which(&recorded.event));
        // Letters that go with another deed are no answers; who answers first takes the request.
        let speaks_of_another = has(|event| {
            matches!(
                event,
                TicketEvent::Asked { .. } | TicketEvent::Updated | TicketEvent::MeetingProposed { .. }
            )
        });
        let answers = has(|event| matches!(event, TicketEvent::Wrote { .. }));
        let incoming = commit.iter().find_map(|recorded| match &recorded.event {
            TicketEvent::Wrote { message, .. } if message.kind == MessageKind::Incoming => {
                Some(message.received_at)
            }
            _ => None,
        });
        for Recorded { at, by, event } in *commit {
            let at = incoming.unwrap_or(*at);
            let deed = match event {
                TicketEvent::Opened { received_at, channel, .. } => {
                    told.push((*received_at, json!({ "do": "received", "channel": channel })));
                    continue;
                }
                TicketEvent::Wrote { message, .. } if message.kind == MessageKind::Outgoing => {
                    if speaks_of_another {
                        continue;
                    }
                    let reply = json!({ "do": "reply", "technical": message.technical, "automatic": false });
                    told.push((message.sent_at, reply));
                    continue;
                }
                TicketEvent::Assigned { .. } if answers => continue,
                TicketEvent::Assigned { to, .. } if *to == by.person() && to.is_some() => {
                    json!({ "do": "take-up" })
                }
                TicketEvent::Assigned { .. } => json!({ "do": "assign" }),
                TicketEvent::Learnt { facts } => learnt(facts),
                TicketEvent::CoverageJudged { judgement } => json!({
                    "do": "judge-coverage",
                    "verdict": if judgement.verdict == Verdict::Covered { "covered" } else { "not_covered" },
                }),
                TicketEvent::Waited { party, .. } => json!({ "do": "wait", "for": party }),
                TicketEvent::Resumed => json!({ "do": "resume" }),
                TicketEvent::PassedToVendor { reference, .. } => {
                    json!({ "do": "pass-to-vendor", "vendor_reference": reference })
                }
                TicketEvent::CameBackFromVendor { result } => {
                    json!({ "do": "back-from-vendor", "vendor_result": result })
                }
                TicketEvent::Resolved { outcome } => json!({ "do": "resolve", "outcome": outcome }),
                TicketEvent::Confirmed => json!({ "do": "confirm" }),
                TicketEvent::Closed { .. } => json!({ "do": "close" }),
                TicketEvent::Reopened => json!({ "do": "reopen" }),
                TicketEvent::NoticeSent { kind, .. } if kind == "acknowledgement" => {
                    json!({ "do": "acknowledge" })
                }
                TicketEvent::Updated => json!({ "do": "update" }),
                TicketEvent::UpdateRequested => json!({ "do": "request-update" }),
                TicketEvent::Called { outcome } => json!({ "do": "log-call", "outcome": outcome }),
                TicketEvent::Milestone { name } => json!({ "do": "milestone", "name": name }),
                TicketEvent::HandedOver { to, .. } => json!({ "do": "hand-over", "to": to }),
                TicketEvent::Asked { task } => json!({ "do": "ask", "task": task }),
                TicketEvent::Fulfilled { task, given } => {
                    json!({ "do": "fulfil", "task": task, "given": given })
                }
                TicketEvent::DutyRefused { task } => json!({ "do": "refuse", "task": task }),
                TicketEvent::TakenOver { task, by } => json!({ "do": "take-over", "task": task, "by": by }),
                TicketEvent::Escalated { to, .. } => json!({ "do": "escalate", "to": to }),
                TicketEvent::TimeLogged { .. } => json!({ "do": "log-time" }),
                _ => continue,
            };
            told.push((at, deed));
        }
    }
    told.sort_by_key(|(at, _)| *at);
    let until = told.into_iter().filter(|(at, _)| *at <= until);
    until
        .map(|(at, deed)| {
            let mut keys = Map::from_iter([("at".to_owned(), Value::String(at.to_string()))]);
            keys.extend(deed.as_object().cloned().unwrap_or_default());
            Value::Object(keys)
        })
        .collect()
}

/// Facts learnt; what was decided had the consents that it needed.
fn learnt(facts: &Facts) -> Value {
    match facts.get("severity") {
        Some(severity) => json!({
            "do": "set-severity", "severity": fact(severity), "consent": ["agent", "customer"],
        }),
        None => json!({ "do": "classify", "facts": written(facts, &[]) }),
    }
}
