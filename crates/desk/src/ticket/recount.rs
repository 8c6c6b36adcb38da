use crate::person::Actor;
use crate::ticket::Ticket;
use crate::ticket::decide::Decision;
use crate::ticket::event::{Recorded, TicketEvent};
use calendar::Instant;
use meters::Course;
use terms::{Facts, Terms, TermsError};

impl Ticket {
    /// Decides what other hours change: `facts` are the values of parameters that were changed, such
    /// as days closed at short notice. The due instants of clocks that run are counted anew; nothing
    /// is decided for a request of which none moves.
    ///
    /// # Errors
    /// A calendar cannot be had for these facts.
    pub fn recount(&self, facts: &Facts, terms: &Terms, now: Instant) -> Result<Decision, TermsError> {
        let mut known = self.facts.clone();
        known.extend(facts);
        let moved = Course::new(terms).recount(&self.progress, &known)?;
        let mut ticket = self.clone();
        let mut events = Vec::new();
        if !moved.is_empty() {
            let learnt = TicketEvent::Learnt { facts: facts.clone() };
            let metered = moved.into_iter().map(|change| TicketEvent::Metered { change });
            for event in std::iter::once(learnt).chain(metered) {
                let recorded = Recorded { at: now, by: Actor::System, event };
                ticket.evolve(&recorded);
                events.push(recorded);
            }
            ticket.version += 1;
        }
        Ok(Decision { events, ticket, told: Vec::new() })
    }
}
