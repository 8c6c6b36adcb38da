//! Who works on a request, and whom the work waits for.

use super::Draft;
use crate::content::ContentRef;
use crate::id::PersonId;
use crate::permit::grants;
use crate::person::Actor;
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::TicketState;
use crate::ticket::event::TicketEvent;
use calendar::Span;
use meters::{Happening, Why, justifies};
use std::collections::BTreeSet;
use terms::{Answer, Evaluation, FactValue, Facts, Side};

impl Draft<'_> {
    /// Somebody takes it. That others wait whom the document puts first is kept, with the reason that it may want.
    pub(super) fn take_up(&mut self, jumps: bool, reason: Option<ContentRef>) -> Result<(), Refusal> {
        Right::Assign.permit(self.by, self.terms)?;
        self.must_be_open()?;
        if jumps {
            let queue = self.terms.queue.as_ref();
            let clause = queue.map(|queue| queue.clause.clone());
            if queue.is_some_and(|queue| !grants(&queue.jump, self.by.side(), self.terms)) {
                return Err(Refusal::NotPermitted { act: "jump".to_owned(), clause });
            }
            if reason.is_none() && queue.is_some_and(|queue| queue.jump_reason) {
                return Err(Refusal::Needs { what: "reason".to_owned(), clause });
            }
            self.record(TicketEvent::Jumped { reason, clause });
        }
        self.record(TicketEvent::Assigned { to: self.by.person(), team: None });
        self.deed("take-up", &Facts::new())
    }

    pub(super) fn assign(&mut self, to: Option<PersonId>, team: Option<String>) -> Result<(), Refusal> {
        Right::Assign.permit(self.by, self.terms)?;
        self.must_be_open()?;
        if to.is_none() && team.is_none() {
            return Err(Refusal::Needs { what: "agent".to_owned(), clause: None });
        }
        self.record(TicketEvent::Assigned { to, team });
        match self.by {
            // Somebody takes charge; a rule only says whose turn it is, which stops what names it and nothing else.
            Actor::Rule { .. } => self.deed("assign-by-rule", &Facts::new()),
            _ => self.deed("assign", &Facts::new()),
        }
    }

    /// Whoever has it gives it back to the team.
    pub(super) fn unassign(&mut self) -> Result<(), Refusal> {
        Right::Assign.permit(self.by, self.terms)?;
        self.must_be_open()?;
        if self.ticket.assignee.is_some() {
            self.record(TicketEvent::Assigned { to: None, team: None });
        }
        Ok(())
    }

    /// Another team takes it over, with its history.
    pub(super) fn hand_over(&mut self, to: Option<String>, kind: Option<String>) -> Result<(), Refusal> {
        Right::HandOver.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let teams = || self.terms.roles.iter().filter(|role| role.side == Side::Provider && role.own_queue);
        let does =
            |kind: &String| teams().find(|role| role.kinds.contains(kind)).map(|role| role.name.clone());
        let to = match (to, &kind) {
            (None, Some(kind)) if does(kind).is_some() => does(kind),
            (to, _) => self.target_of("hand_over", to)?,
        };
        let to = to
            .or_else(|| teams().next().map(|role| role.name.clone()))
            .unwrap_or_else(|| "professional_services".to_owned());
        let kinds = teams().find(|role| role.name == to).map(|role| role.kinds.clone()).unwrap_or_default();
        if let Some(value) = kind.clone().filter(|kind| !kinds.is_empty() && !kinds.contains(kind)) {
            return Err(Refusal::UnknownValue { fact: "kind".to_owned(), value, allowed: kinds });
        }
        let mut attributes = Facts::new().with("to", FactValue::text(&to));
        if let Some(kind) = &kind {
            attributes.set("kind", FactValue::text(kind));
        }
        self.record(TicketEvent::HandedOver { to, kind });
        self.deed("hand-over", &attributes)
    }

    /// Work waits. Where the document says which lacking duties justify a pause, the duty that is named
    /// must be one of them.
    pub(super) fn wait(
        &mut self,
        party: String,
        task: Option<String>,
        reason: Option<ContentRef>,
    ) -> Result<(), Refusal> {
        Right::Wait.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let mut attributes = Facts::new().with("for", FactValue::text(&party));
        if let Some(task) = &task {
            attributes.set("task", FactValue::text(task));
            self.must_justify(task, &attributes)?;
            if !self
                .ticket
                .duties(self.terms, self.now)
                .iter()
                .any(|duty| duty.task == *task && duty.is_asked())
            {
                self.record(TicketEvent::Asked { task: task.clone() });
            }
        }
        self.record(TicketEvent::Waited { party, reason });
        self.deed("wait", &attributes)
    }

    fn must_justify(&self, task: &str, attributes: &Facts) -> Result<(), Refusal> {
        let evaluation = Evaluation::new(self.terms, &self.ticket.facts, self.now);
        let during = evaluation.during_event(attributes);
        let begins = |pause: &&terms::PauseRule| {
            let mut patterns = pause.begin.iter();
            patterns.any(|pattern| pattern.event == "waiting" && pattern.when.ask(&during) == Answer::Yes)
        };
        let Some(pause) = self.terms.pauses.iter().find(begins) else { return Ok(()) };
        justifies(pause, task).map_err(|refused| {
            let allowed = match refused.why {
                Why::Missing { names } => names,
                _ => Vec::new(),
            };
            Refusal::NeedsOne { what: "task".to_owned(), allowed, clause: refused.clause }
        })
    }

    pub(super) fn resume(&mut self) -> Result<(), Refusal> {
        Right::Wait.permit(self.by, self.terms)?;
        if self.ticket.state != TicketState::Waiting {
            return Err(Refusal::NotWaiting);
        }
        let waited = self.ticket.waited_for();
        self.record(TicketEvent::Resumed);
        self.deed("resume", &waited)
    }

    pub(super) fn pass_to_vendor(&mut self, vendor: String, reference: String) -> Result<(), Refusal> {
        Right::PassToVendor.permit(self.by, self.terms)?;
        self.must_be_open()?;
        if reference.trim().is_empty()
            && let Some(permission) = self.terms.permission("pass_to_vendor")
            && permission.needs.iter().any(|need| need == "vendor_reference")
        {
            let (what, clause) = ("reference".to_owned(), Some(permission.clause.clone()));
            return Err(Refusal::Needs { what, clause });
        }
        self.record(TicketEvent::PassedToVendor { vendor, reference });
        self.deed("pass-to-vendor", &Facts::new())
    }

    pub(super) fn back_from_vendor(&mut self, result: String) -> Result<(), Refusal> {
        Right::PassToVendor.permit(self.by, self.terms)?;
        if self.ticket.vendor.is_none() {
            return Err(Refusal::NotWaiting);
        }
        self.record(TicketEvent::CameBackFromVendor { result: result.clone() });
        self.deed("back-from-vendor", &Facts::new().with("vendor_result", FactValue::Text(result)))
    }

    /// A rhythm or target agreed on this request instead of the document's, where it lets that be.
    pub(super) fn agree(
        &mut self,
        promise: &str,
        span: Span,
        consent: BTreeSet<String>,
    ) -> Result<(), Refusal> {
        Right::Agree.permit(self.by, self.terms)?;
        self.must_be_open()?;
        let Some(rule) = self.terms.promise(promise) else {
            let allowed = self.terms.promises.iter().filter(|rule| rule.agreed.is_some());
            return Err(Refusal::UnknownValue {
                fact: "promise".to_owned(),
                value: promise.to_owned(),
                allowed: allowed.map(|rule| rule.name.clone()).collect(),
            });
        };
        let mut consents = consent.clone();
        consents.insert(self.by.side().to_owned());
        let (fact, value, _) = meters::agree(rule, span, &consents).map_err(|refused| match refused.why {
            Why::NeedsConsent { of, .. } => {
                Refusal::NeedsConsent { act: "agree".to_owned(), of, clause: refused.clause }
            }
            _ => Refusal::NotPermitted { act: "agree".to_owned(), clause: Some((*refused.clause).clone()) },
        })?;
        if !consent.is_empty() {
            self.record(TicketEvent::Consented {
                act: "agree".to_owned(),
                roles: consent.into_iter().collect(),
            });
        }
        self.record(TicketEvent::Learnt { facts: Facts::new().with(fact.as_str(), value) });
        self.meter_happenings(vec![Happening::new("agreed", self.now)])
    }
}
