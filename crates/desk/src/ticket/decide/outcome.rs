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
use calendar::Instant;
use std::collections::BTreeSet;
use terms::{Clause, FactValue, Facts};

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
    pub(super) fn rate(&mut self, given: &str, comment: Option<ContentRef>) -> Result<(), Refusal> {
        Right::Rate.permit(self.by, self.terms)?;
        if let Some(clause) = self.asked_by_nobody() {
            return Err(Refusal::NotAsked { clause: Some(clause.clone()) });
        }
        if self.ticket.state != TicketState::Closed {
            return Err(Refusal::NotClosed);
        }
        if self.ticket.rating.is_some() {
            return Err(Refusal::AlreadyRated);
        }
        let rule = self.terms.satisfaction.as_ref();
        let scale = rule.map(|rule| rule.scale.as_slice()).unwrap_or_default();
        let own = scale.iter().find(|answer| answer.name == given);
        let score = own.map_or(given, |answer| answer.means.as_str());
        let found = Score::parse(score).filter(|_| own.is_some() || scale.is_empty());
        let Some(score) = found else {
            let allowed = match scale {
                [] => Score::ALL.map(|score| score.as_str().to_owned()).to_vec(),
                scale => scale.iter().map(|answer| answer.name.clone()).collect(),
            };
            return Err(Refusal::UnknownValue { fact: "score".to_owned(), value: given.to_owned(), allowed });
        };
        self.record(TicketEvent::Rated { score, answer: own.map(|answer| answer.name.clone()), comment });
        Ok(())
    }

    /// The clause by which nobody is asked how they were helped: the document's own, or the one that refused the request.
    fn asked_by_nobody(&self) -> Option<&Clause> {
        let silent = self.terms.satisfaction.as_ref().filter(|rule| !rule.asked);
        silent.map(|rule| &rule.clause).or(self.ticket.declined.as_ref())
    }

    /// Records that it is closed, and asks the customer how they were helped where nobody did and nothing is
    /// against it. Whoever closes it themselves stands before the question already.
    pub(super) fn record_closing(&mut self, reason: String) {
        self.record(TicketEvent::Closed { reason });
        let is_asked = self.asked_by_nobody().is_none()
            && !self.ticket.rating_asked
            && self.ticket.rating.is_none()
            && self.ticket.merged_into.is_none()
            && self.ticket.contact.is_some()
            && self.by.side() != "customer";
        if is_asked {
            self.record(TicketEvent::RatingAsked);
        }
    }

    pub(super) fn confirm(&mut self) -> Result<(), Refusal> {
        Right::Confirm.permit(self.by, self.terms)?;
        if self.ticket.state == TicketState::Closed {
            return Err(Refusal::NotOpen);
        }
        self.record(TicketEvent::Confirmed);
        self.deed("confirm", &Facts::new())?;
        self.record_closing("confirmed".to_owned());
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
        self.record_closing(reason);
        self.deed("close", &Facts::new())
    }

    pub(super) fn reopen(&mut self) -> Result<(), Refusal> {
        Right::Reopen.permit(self.by, self.terms)?;
        if self.ticket.state.is_live() {
            return Err(Refusal::AlreadyOpen);
        }
        if self.by.side() == "customer"
            && let Some(clause) = self.ticket.reply_follows_up(self.terms, self.now)
        {
            return Err(Refusal::NotPermitted { act: "reopen".to_owned(), clause: Some(clause.clone()) });
        }
        self.open_again(self.now)
    }

    /// It goes on as of an instant. What was refused by mistake is owed again, and what was learnt or judged
    /// meanwhile is metered now.
    pub(super) fn open_again(&mut self, at: Instant) -> Result<(), Refusal> {
        self.record(TicketEvent::Reopened);
        self.meter_deed("reopen", at, &Facts::new())?;
        self.meter_verdict(at)
    }
}
