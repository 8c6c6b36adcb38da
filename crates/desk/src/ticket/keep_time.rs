use crate::refusal::Refusal;
use crate::ticket::decide::Draft;
use crate::ticket::event::TicketEvent;
use calendar::Instant;
use meters::{ClockChange, Course, Happening, happenings};
use terms::{FactValue, Facts, TermsError};

impl Draft<'_> {
    /// Meters a deed: every clock change that its happenings cause, in order, and every duty that they
    /// ask for. Each happening bears who did it.
    pub(super) fn meter_deed(&mut self, deed: &str, at: Instant, attributes: &Facts) -> Result<(), Refusal> {
        let mut attributes = attributes.clone();
        if attributes.get("by").is_none() && self.by.side() != "system" {
            attributes.set("by", FactValue::text(self.by.side()));
        }
        self.meter_happenings(happenings(deed, at, &attributes))
    }

    /// The request is already what the deed makes of it, except for its meters.
    pub(super) fn meter_happenings(&mut self, happened: Vec<Happening>) -> Result<(), Refusal> {
        let course = Course::new(self.terms);
        let mut known = self.known.clone();
        for happening in happened {
            let ticket = &self.ticket;
            let changes = course
                .happen(&ticket.progress, &known, &ticket.facts, ticket.verdict(), &happening)
                .map_err(|error| self.refused(&error))?;
            self.record_all(changes);
            // The first happening of a deed carries its change of facts; the others find it made.
            known = self.ticket.facts.clone();
            self.ask_what_follows(&happening);
            self.destroy_what_must_go(&happening);
            self.happened.push(happening);
        }
        Ok(())
    }

    /// Meters the verdict on coverage as it now stands.
    pub(super) fn meter_verdict(&mut self, at: Instant) -> Result<(), Refusal> {
        let ticket = &self.ticket;
        let changes = Course::new(self.terms)
            .judge(&ticket.progress, &ticket.facts, ticket.verdict(), at)
            .map_err(|error| self.refused(&error))?;
        self.record_all(changes);
        Ok(())
    }

    /// Meters the passing of time: whatever fell due before `now` is recorded, each step once.
    pub(super) fn meter_time(&mut self, now: Instant) {
        let changes = Course::new(self.terms).steps_due(&self.ticket.progress, &self.ticket.facts, now);
        self.record_all(changes);
    }

    fn record_all(&mut self, changes: Vec<ClockChange>) {
        for change in changes {
            self.record(TicketEvent::Metered { change });
        }
    }

    /// Hours that depend on something unknown ask for it; nothing else of the terms can be mended by whoever acts.
    fn refused(&self, error: &TermsError) -> Refusal {
        let wanted = match error {
            TermsError::CalendarWants { facts, .. } => facts.first(),
            _ => None,
        };
        match wanted.and_then(|name| self.terms.fact(name.as_str())) {
            Some(rule) => Refusal::Needs { what: rule.name.to_string(), clause: Some(rule.clause.clone()) },
            None => Refusal::Terms { text: error.to_string() },
        }
    }
}
