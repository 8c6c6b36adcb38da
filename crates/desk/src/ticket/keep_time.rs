use crate::refusal::Refusal;
use crate::ticket::decide::Draft;
use crate::ticket::event::TicketEvent;
use calendar::Instant;
use meters::{ClockChange, Course, happenings};
use terms::{Facts, TermsError};

impl Draft<'_> {
    /// Meters a deed: every clock change that its happenings cause, in order.
    ///
    /// The request is already what the deed makes of it, except for its meters; `before` is what
    /// was known of it earlier.
    pub(super) fn meter_deed(
        &mut self,
        before: &Facts,
        deed: &str,
        at: Instant,
        attributes: &Facts,
    ) -> Result<(), Refusal> {
        let course = Course::new(self.terms);
        let mut known = before.clone();
        for happening in happenings(deed, at, attributes) {
            let ticket = &self.ticket;
            let changes = course
                .happen(&ticket.progress, &known, &ticket.facts, ticket.verdict(), &happening)
                .map_err(|error| refused(&error))?;
            self.record_all(changes);
            // The first happening of a deed carries its change of facts; the others find it made.
            known = self.ticket.facts.clone();
        }
        Ok(())
    }

    /// Meters the verdict on coverage as it now stands.
    pub(super) fn meter_verdict(&mut self, at: Instant) -> Result<(), Refusal> {
        let ticket = &self.ticket;
        let changes = Course::new(self.terms)
            .judge(&ticket.progress, &ticket.facts, ticket.verdict(), at)
            .map_err(|error| refused(&error))?;
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
}

fn refused(error: &TermsError) -> Refusal {
    Refusal::Terms { text: error.to_string() }
}
