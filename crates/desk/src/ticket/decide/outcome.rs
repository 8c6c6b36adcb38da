//! How a request ends, and begins again.

use super::Draft;
use super::conversation::of_reply;
use super::coverage::must_be_known;
use crate::content::ContentRef;
use crate::id::MessageId;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::command::Words;
use crate::ticket::event::TicketEvent;
use crate::ticket::{MessageKind, Score, TicketState, Turn};
use std::collections::BTreeSet;
use terms::{FactValue, Facts};

impl Draft<'_> {
    pub(super) fn resolve(
        &mut self,
        outcome: String,
        message: MessageId,
        body: ContentRef,
    ) -> Result<(), Refusal> {
        Right::Resolve.permit(self.by, self.terms)?;
        self.must_be_open()?;
        must_be_known(self.terms, "outcome", &FactValue::text(&outcome))?;
        if self.by.side() != "system" {
            self.must_have_facts(&["resolve"])?;
        }
        self.take_if_free();
        self.write(MessageKind::Outgoing, message, body, true, Some(Turn::Customer));
        self.deed("reply", &of_reply(true))?;
        self.record(TicketEvent::Resolved { outcome: outcome.clone() });
        self.deed("resolve", &Facts::new().with("outcome", FactValue::Text(outcome)))
    }

    /// Refuses where a fact is not known that the document wants known by one of these steps. Its outcome
    /// comes with the act itself; what is wanted at the opening or at triage is shown, and stops nothing.
    fn must_have_facts(&self, steps: &[&str]) -> Result<(), Refusal> {
        let facts = &self.ticket.facts;
        let lacking = self.terms.facts.iter().find(|rule| {
            rule.required.as_deref().is_some_and(|step| steps.contains(&step))
                && rule.name.as_str() != "outcome"
                && rule.presumed.is_none()
                && rule.derived.is_none()
                && facts.get(rule.name.as_str()).is_none()
        });
        match lacking {
            None => Ok(()),
            Some(rule) => {
                Err(Refusal::Needs { what: rule.name.to_string(), clause: Some(rule.clause.clone()) })
            }
        }
    }

    pub(super) fn refuse_resolution(&mut self, message: MessageId, body: ContentRef) -> Result<(), Refusal> {
        Right::RefuseResolution.permit(self.by, self.terms)?;
        if self.ticket.state != TicketState::Resolved {
            return Err(Refusal::NotResolved);
        }
        self.record(TicketEvent::ResolutionRefused);
        self.say(Some(Words { message, body }), Some(Turn::Provider));
        self.deed("refuse-resolution", &Facts::new())
    }

    /// Asked once, of what was closed: never of what was declined, and never again.
    pub(super) fn rate(&mut self, score: Score, comment: Option<ContentRef>) -> Result<(), Refusal> {
        Right::Rate.permit(self.by, self.terms)?;
        if self.ticket.state != TicketState::Closed {
            return Err(Refusal::NotClosed);
        }
        if self.ticket.rating.is_some() {
            return Err(Refusal::AlreadyRated);
        }
        self.record(TicketEvent::Rated { score, comment });
        Ok(())
    }

    pub(super) fn confirm(&mut self) -> Result<(), Refusal> {
        Right::Confirm.permit(self.by, self.terms)?;
        if self.ticket.state == TicketState::Closed {
            return Err(Refusal::NotOpen);
        }
        self.record(TicketEvent::Confirmed);
        self.deed("confirm", &Facts::new())?;
        self.record(TicketEvent::Closed { reason: "confirmed".to_owned() });
        self.deed("close", &Facts::new())
    }

    /// Ends it. A document may ask for the customer's consent, which a confirmation gives, or silence
    /// after its reminders; and for an outcome.
    pub(super) fn close(&mut self, reason: String, consent: &BTreeSet<String>) -> Result<(), Refusal> {
        Right::Close.permit(self.by, self.terms)?;
        if self.ticket.state == TicketState::Closed {
            return Err(Refusal::NotOpen);
        }
        let by_person = self.by.side() != "system";
        if by_person
            && self.ticket.state.is_live()
            && let Some(outcome) = self.terms.fact("outcome")
            && self.ticket.outcome.is_none()
            && outcome.required.as_deref() == Some("close")
        {
            return Err(Refusal::Needs { what: "outcome".to_owned(), clause: Some(outcome.clause.clone()) });
        }
        if by_person && self.ticket.state.is_live() {
            self.must_have_facts(&["close"])?;
        }
        if by_person && let Some(permission) = self.terms.permission("close") {
            self.must_have_consent(permission, consent.clone())?;
        }
        self.record(TicketEvent::Closed { reason });
        self.deed("close", &Facts::new())
    }

    pub(super) fn reopen(&mut self) -> Result<(), Refusal> {
        Right::Reopen.permit(self.by, self.terms)?;
        if self.ticket.state.is_live() {
            return Err(Refusal::AlreadyOpen);
        }
        self.record(TicketEvent::Reopened);
        self.deed("reopen", &Facts::new())
    }
}
