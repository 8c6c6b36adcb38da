//! What the document wants told of what happened, and to whom.

use super::decide::Draft;
use crate::notice::{Audience, Notice, NoticeKind};
use crate::ticket::MessageKind;
use crate::ticket::event::TicketEvent;
use meters::{ClockChange, Happening};
use terms::{Answer, Evaluation};

/// The notices that the document asks for, of everything that happened in this decision.
///
/// A message that the same deed sends to the requester tells them already; only a change of status is
/// told of itself. What is told once on a request is noted on it.
pub(super) fn notices_of_document(draft: &mut Draft<'_>) -> Vec<Notice> {
    if draft.terms.notices.is_empty() {
        return Vec::new();
    }
    let mut happened = draft.happened.clone();
    let mut writes = false;
    for recorded in &draft.events {
        match &recorded.event {
            TicketEvent::Metered { change: ClockChange::Missed { key, due_at, .. } } => {
                happened.push(Happening::new(&format!("promise.{}.missed", key.promise), *due_at));
            }
            TicketEvent::Wrote { message, .. } => writes |= message.kind == MessageKind::Outgoing,
            _ => {}
        }
    }
    let mut told = Vec::new();
    let mut once = Vec::new();
    for happening in &happened {
        // The receipt is a notice of its own, with the promise it makes.
        if matches!(happening.event.as_str(), "received" | "opened") {
            continue;
        }
        let evaluation = Evaluation::new(draft.terms, &draft.ticket.facts, happening.at);
        let during = evaluation.during_event(&happening.attributes);
        for rule in draft.terms.notices.iter().filter(|rule| rule.on.event == happening.event) {
            let by_mail = rule.by.is_empty() || rule.by.iter().any(|by| by == "email");
            if !by_mail || rule.on.when.ask(&during) != Answer::Yes {
                continue;
            }
            if rule.once && (draft.ticket.told.contains(&rule.name) || once.contains(&rule.name)) {
                continue;
            }
            let internal = rule.tell.iter().all(|role| Audience::of_role(role) != Audience::Requester);
            let mut tells = false;
            for role in &rule.tell {
                let to = Audience::of_role(role);
                let by_message = writes && to == Audience::Requester && happening.event != "status_changed";
                tells = true;
                if !by_message {
                    let kind = NoticeKind::Told {
                        name: rule.name.clone(),
                        event: happening.event.clone(),
                        clause: rule.clause.clone(),
                        internal,
                    };
                    told.push(Notice { to, kind });
                }
            }
            if rule.once && tells {
                once.push(rule.name.clone());
            }
        }
    }
    for notice in once {
        draft.record(TicketEvent::Told { notice });
    }
    told
}
