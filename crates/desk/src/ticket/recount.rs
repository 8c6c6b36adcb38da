use crate::notice::Notice;
use crate::person::Actor;
use crate::ticket::Ticket;
use crate::ticket::command::TicketCommand;
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
        let mut recount = Recount::begun(self, terms, now);
        let moved = Course::new(terms).recount(&recount.ticket.progress, &known)?;
        if moved.is_empty() {
            return Ok(Decision { events: Vec::new(), ticket: self.clone(), told: Vec::new() });
        }
        recount.record(TicketEvent::Learnt { facts: facts.clone() });
        Ok(recount.finish(moved))
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
        let mut recount = Recount::begun(self, before, now);
        let progress = recount.ticket.progress.clone();
        let changes = course.adopt(&old, &progress, &self.facts, &known, self.verdict(), now)?;
        let mut moved = Vec::new();
        for change in &changes {
            let was = change.key().and_then(|key| progress.clock(key)).and_then(|clock| clock.due_at);
            let found = match change {
                ClockChange::Retargeted { key, due_at, clause, .. } if *due_at != was => {
                    Some((key, *due_at, true, clause))
                }
                ClockChange::Started { clock } => Some((&clock.key, clock.due_at, true, &clock.clause)),
                ClockChange::Stopped { key, .. } => {
                    progress.clock(key).map(|clock| (key, None, false, &clock.clause))
                }
                _ => None,
            };
            if let Some((key, due_at, is_owed, clause)) = found {
                moved.push(MovedDue { key: key.clone(), was, due_at, is_owed, clause: clause.clone() });
            }
        }
        let changed =
            TicketEvent::AgreementChanged { agreement: agreement.clone(), facts: facts.clone(), moved };
        recount.record(changed);
        Ok(recount.finish(changes))
    }
}

/// A change of hours or of terms under a request. It begins with what fell due before it, by the terms that held
/// until then: no other deadline makes a miss undone.
struct Recount {
    ticket: Ticket,
    events: Vec<Recorded>,
    told: Vec<Notice>,
    version: u64,
    now: Instant,
}

impl Recount {
    fn begun(ticket: &Ticket, terms: &Terms, now: Instant) -> Self {
        // What cannot be said of the time that passed holds up nothing of what changes.
        let passed = ticket.decide(TicketCommand::NoteTime, terms, &Actor::System, now);
        let nothing = || Decision { events: Vec::new(), ticket: ticket.clone(), told: Vec::new() };
        let Decision { events, ticket: passed, told } = passed.unwrap_or_else(|_| nothing());
        Self { ticket: passed, events, told, version: ticket.version, now }
    }

    fn record(&mut self, event: TicketEvent) {
        let recorded = Recorded { at: self.now, by: Actor::System, event };
        self.ticket.evolve(&recorded);
        self.events.push(recorded);
    }

    fn record_all(&mut self, changes: Vec<ClockChange>) {
        for change in changes {
            self.record(TicketEvent::Metered { change });
        }
    }

    fn finish(mut self, changes: Vec<ClockChange>) -> Decision {
        self.record_all(changes);
        // All of it is one commit.
        self.ticket.version = self.version + 1;
        Decision { events: self.events, ticket: self.ticket, told: self.told }
    }
}
