use crate::person::Actor;
use crate::ticket::Ticket;
use crate::ticket::decide::Decision;
use crate::ticket::event::{MovedDue, Recorded, TicketEvent};
use calendar::Instant;
use meters::{ClockChange, Course};
use terms::{AgreementName, Facts, Terms, TermsError};

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

    /// Decides what another agreement, or another version or other values of a contract, changes under a
    /// request that runs. `terms` are those of `agreement`, `before` those it runs under; `facts` are values
    /// of parameters that are others. Coverage that was found or judged stands. Nothing is decided for a
    /// request that already runs so.
    ///
    /// # Errors
    /// A calendar of either agreement cannot be had for these facts.
    pub fn adopt(
        &self,
        agreement: &AgreementName,
        facts: &Facts,
        before: &Terms,
        terms: &Terms,
        now: Instant,
    ) -> Result<Decision, TermsError> {
        let mut known = self.facts.clone();
        known.extend(facts);
        let nothing = Decision { events: Vec::new(), ticket: self.clone(), told: Vec::new() };
        if *agreement == self.agreement && known == self.facts {
            return Ok(nothing);
        }
        let (course, old) = (Course::new(terms), Course::new(before));
        let changes = course.adopt(&old, &self.progress, &self.facts, &known, self.verdict(), now)?;
        let mut moved = Vec::new();
        for change in &changes {
            let was = change.key().and_then(|key| self.progress.clock(key)).and_then(|clock| clock.due_at);
            let found = match change {
                ClockChange::Retargeted { key, due_at, clause, .. } if *due_at != was => {
                    Some((key, *due_at, true, clause))
                }
                ClockChange::Started { clock } => Some((&clock.key, clock.due_at, true, &clock.clause)),
                ClockChange::Stopped { key, .. } => {
                    self.progress.clock(key).map(|clock| (key, None, false, &clock.clause))
                }
                _ => None,
            };
            if let Some((key, due_at, is_owed, clause)) = found {
                moved.push(MovedDue { key: key.clone(), was, due_at, is_owed, clause: clause.clone() });
            }
        }
        let changed =
            TicketEvent::AgreementChanged { agreement: agreement.clone(), facts: facts.clone(), moved };
        let metered = changes.into_iter().map(|change| TicketEvent::Metered { change });
        let (mut ticket, mut events) = (self.clone(), Vec::new());
        for event in std::iter::once(changed).chain(metered) {
            let recorded = Recorded { at: now, by: Actor::System, event };
            ticket.evolve(&recorded);
            events.push(recorded);
        }
        ticket.version += 1;
        Ok(Decision { events, ticket, told: Vec::new() })
    }
}
