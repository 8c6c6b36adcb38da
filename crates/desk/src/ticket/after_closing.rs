use crate::ticket::{Ticket, TicketState};
use calendar::{DayReading, Instant, due};
use terms::{Clause, ClosedReply, Terms};

impl Ticket {
    /// The clause by which an answer to it opens a new request instead of opening it again, where the document
    /// says so and the time for opening it again is over.
    #[must_use]
    pub fn reply_follows_up<'a>(&self, terms: &'a Terms, now: Instant) -> Option<&'a Clause> {
        if !matches!(self.state, TicketState::Closed | TicketState::Declined) {
            return None;
        }
        let rule = terms.after_closing.as_ref().filter(|rule| rule.reply == ClosedReply::FollowsUp)?;
        if let Some(span) = &rule.reopens_within {
            let until = due(self.state_since, span, &DayReading::default(), &terms.elapsed(), &[]).ok()??;
            if now < until {
                return None;
            }
        }
        Some(&rule.clause)
    }
}
