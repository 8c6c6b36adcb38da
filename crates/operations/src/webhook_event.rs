//! What other programs are told of an event: its kind and where to ask, never what somebody wrote.

use desk::{Actor, MessageKind, Recorded, TicketEvent};
use serde_json::{Value, json};

/// Every kind of event that a webhook may ask for, in the order of a request's life. An event that is
/// not listed here is told all the same, under its own name, to whoever asks for all or for `ticket.*`.
pub const WEBHOOK_KINDS: [&str; 67] = [
    "ticket.opened",
    "ticket.message_received",
    "ticket.replied",
    "ticket.noted",
    "ticket.severity_changed",
    "ticket.learnt",
    "ticket.coverage_found",
    "ticket.coverage_judged",
    "ticket.exception_accepted",
    "ticket.declined",
    "ticket.converted",
    "ticket.contested",
    "ticket.assigned",
    "ticket.handed_over",
    "ticket.waiting",
    "ticket.resumed",
    "ticket.passed_to_vendor",
    "ticket.came_back_from_vendor",
    "ticket.asked",
    "ticket.fulfilled",
    "ticket.duty_refused",
    "ticket.updated",
    "ticket.update_requested",
    "ticket.called",
    "ticket.meeting_proposed",
    "ticket.milestone",
    "ticket.escalation_asked",
    "ticket.escalation_decided",
    "ticket.escalated",
    "ticket.reminded",
    "ticket.status_changed",
    "ticket.resolved",
    "ticket.confirmed",
    "ticket.resolution_refused",
    "ticket.closed",
    "ticket.rating_asked",
    "ticket.rated",
    "ticket.claimed",
    "ticket.claim_decided",
    "ticket.reopened",
    "ticket.snoozed",
    "ticket.agreement_changed",
    "ticket.followed",
    "ticket.unfollowed",
    "ticket.woke",
    "ticket.time_logged",
    "ticket.tagged",
    "ticket.fields_set",
    "ticket.rule_fired",
    "ticket.merged_into",
    "ticket.unmerged",
    "ticket.absorbed",
    "ticket.released",
    "ticket.linked",
    "ticket.unlinked",
    "ticket.split_off",
    "ticket.split_from",
    "ticket.suspected",
    "ticket.notice_sent",
    "ticket.notice_returned",
    "clock.started",
    "clock.warned",
    "clock.missed",
    "clock.met",
    "clock.stopped",
    "clock.due_moved",
    "clock.retargeted",
];

/// Patterns that stand for several kinds.
pub const WEBHOOK_PATTERNS: [&str; 3] = ["*", "ticket.*", "clock.*"];

/// Whether somebody who asks for a kind or a pattern is told of a kind.
pub(crate) fn is_asked_for(asked: &[String], kind: &str) -> bool {
    asked.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => kind.starts_with(beginning),
        None => pattern == kind,
    })
}

/// The kind of an event. Most are named as the log names them, so that a new one needs no line here.
pub(crate) fn kind_of(event: &TicketEvent) -> String {
    match event {
        TicketEvent::Wrote { message, .. } => match message.kind {
            MessageKind::Incoming => "ticket.message_received".to_owned(),
            MessageKind::Outgoing => "ticket.replied".to_owned(),
            MessageKind::Note => "ticket.noted".to_owned(),
        },
        TicketEvent::Learnt { facts } if facts.text("severity").is_some() => {
            "ticket.severity_changed".to_owned()
        }
        TicketEvent::Waited { .. } => "ticket.waiting".to_owned(),
        TicketEvent::Metered { change } => format!("clock.{}", name_of(change)),
        other => format!("ticket.{}", name_of(other)),
    }
}

/// The body that is sent for an event, the `sequence`-th of its request, counted from 1.
pub(crate) fn payload_of(
    recorded: &Recorded,
    kind: &str,
    (number, sequence): (&str, u64),
    public_url: &str,
) -> String {
    let by = match recorded.by {
        Actor::Staff { .. } => "staff",
        Actor::Contact { .. } => "contact",
        Actor::Stranger => "stranger",
        Actor::Rule { .. } => "rule",
        Actor::System => "system",
    };
    let mut data = json!({
        "number": number,
        "sequence": sequence,
        "by": by,
        "url": format!("{public_url}/api/v1/tickets/{number}"),
        "page": format!("{public_url}/agent/demandes/{number}"),
    });
    match &recorded.event {
        TicketEvent::Metered { change } => {
            if let Some(promise) = promise_of(change) {
                data["promise"] = Value::String(promise);
            }
        }
        TicketEvent::Rated { score, .. } => data["score"] = Value::String(score.as_str().to_owned()),
        TicketEvent::ClaimDecided { granted, .. } => data["granted"] = Value::Bool(*granted),
        TicketEvent::RuleFired { rule, .. } => data["rule"] = Value::String(rule.clone()),
        TicketEvent::Wrote { message, .. } => data["message"] = Value::String(message.id.to_string()),
        TicketEvent::Learnt { facts } => {
            if let Some(severity) = facts.text("severity") {
                data["severity"] = Value::String(severity.to_owned());
            }
        }
        _ => {}
    }
    json!({ "type": kind, "timestamp": recorded.at.to_string(), "data": data }).to_string()
}

/// The name of a variant as the log writes it.
fn name_of(event: &impl serde::Serialize) -> String {
    match serde_json::to_value(event) {
        Ok(Value::String(name)) => name,
        Ok(Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// The promise that a change of a clock is about, where it is about one.
fn promise_of(change: &impl serde::Serialize) -> Option<String> {
    let value = serde_json::to_value(change).ok()?;
    let inner = value.as_object()?.values().next()?;
    let key = inner.get("key").or_else(|| inner.get("clock")?.get("key"))?;
    key.get("promise")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{WEBHOOK_KINDS, is_asked_for, kind_of, payload_of};
    use calendar::Instant;
    use desk::{
        Actor, Author, ContentId, ContentRef, Message, MessageId, MessageKind, PersonId, Recorded,
        TicketEvent,
    };
    use std::collections::BTreeSet;

    #[test]
    fn kinds_stand_once_and_events_have_theirs() {
        let kinds: BTreeSet<&str> = WEBHOOK_KINDS.into_iter().collect();
        assert_eq!(kinds.len(), WEBHOOK_KINDS.len());
        for event in [
            TicketEvent::Resumed,
            TicketEvent::Confirmed,
            TicketEvent::Reopened,
            TicketEvent::Closed { reason: "x".into() },
            TicketEvent::Resolved { outcome: "x".into() },
            TicketEvent::Assigned { to: None, team: None },
            TicketEvent::Waited { party: "customer".into(), reason: None },
            TicketEvent::PassedToVendor { vendor: "v".into(), reference: "r".into() },
        ] {
            assert!(kinds.contains(kind_of(&event).as_str()), "{event:?}: {}", kind_of(&event));
        }
    }

    #[test]
    fn patterns_stand_for_kinds() {
        let asked =
            |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>();
        assert!(is_asked_for(&asked(&["*"]), "ticket.opened"));
        assert!(is_asked_for(&asked(&["clock.*"]), "clock.missed"));
        assert!(!is_asked_for(&asked(&["clock.*", "ticket.closed"]), "ticket.opened"));
        assert!(!is_asked_for(&asked(&["ticket.open"]), "ticket.opened"));
    }

    #[test]
    fn nothing_that_somebody_wrote_is_told() {
        let message = Message {
            id: MessageId(7),
            kind: MessageKind::Note,
            by: Author::Person { id: PersonId(1) },
            channel: "portal".into(),
            sent_at: Instant::EPOCH,
            received_at: Instant::EPOCH,
            body: ContentRef { id: ContentId(9), digest: "d1ge57".into() },
            history: None,
            html: None,
            files: Vec::new(),
            technical: true,
            automatic: false,
            checks: None,
            may_backscatter: false,
        };
        let recorded = Recorded {
            at: Instant::EPOCH,
            by: Actor::Staff { id: PersonId(1) },
            event: TicketEvent::Wrote { message, turn: None },
        };
        let kind = kind_of(&recorded.event);
        let payload = payload_of(&recorded, &kind, ("ORV-1", 7), "https://desk.example");
        let value: serde_json::Value = serde_json::from_str(&payload).expect("JSON");
        assert_eq!(value["type"], "ticket.noted");
        assert_eq!((&value["data"]["number"], &value["data"]["sequence"]), (&"ORV-1".into(), &7.into()));
        assert_eq!(value["data"]["url"], "https://desk.example/api/v1/tickets/ORV-1");
        assert!(!payload.contains("d1ge57"));
    }
}
