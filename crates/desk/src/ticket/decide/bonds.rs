//! How requests belong together: one that is the same as another, one taken out of another, one that
//! has to do with another.
//!
//! Merging moves nothing: the merged request keeps its own log and its number, and is read together
//! with the one it was merged into. So taking them apart again gives back both as they were.

use super::Draft;
use crate::id::{MessageId, TicketId};
use crate::refusal::Refusal;
use crate::rights::Right;
use crate::ticket::Ticket;
use crate::ticket::event::TicketEvent;

/// Kinds of links.
pub(super) const LINKS: [&str; 4] = ["related", FOLLOWS, "causes", "duplicates"];
/// The kind of link by which a request follows a closed one, and the kind by which that one leads to it.
pub(super) const FOLLOWS: &str = "follow_up";
pub(super) const FOLLOWED: &str = "followed_by";

impl Ticket {
    /// Requests that took words or files over from this one, or from which it took some: split, merged, or following
    /// a closed one.
    #[must_use]
    pub fn bonds(&self) -> Vec<TicketId> {
        let parts = self.split_off.iter().map(|(_, into)| *into);
        let parts = parts.chain(self.split_from.map(|(from, _)| from));
        let merged = self.absorbed.iter().copied().chain(self.merged_into);
        let follows = self.links.iter().filter(|(_, kind)| [FOLLOWS, FOLLOWED].contains(&kind.as_str()));
        parts.chain(merged).chain(follows.map(|(other, _)| *other)).collect()
    }
}

impl Draft<'_> {
    pub(super) fn merge(&mut self, into: TicketId) -> Result<(), Refusal> {
        Right::Merge.permit(self.by, self.terms)?;
        if into == self.ticket.id || self.ticket.absorbed.contains(&into) {
            return Err(Refusal::SameRequest);
        }
        self.record(TicketEvent::MergedInto { ticket: into });
        Ok(())
    }

    pub(super) fn unmerge(&mut self) -> Result<(), Refusal> {
        Right::Merge.permit(self.by, self.terms)?;
        let from = self.ticket.merged_into.ok_or(Refusal::NotMerged)?;
        self.record(TicketEvent::Unmerged { ticket: from });
        self.pass_time(self.now)
    }

    /// The other side of a merging.
    pub(super) fn absorb(&mut self, ticket: TicketId) -> Result<(), Refusal> {
        Right::Merge.permit(self.by, self.terms)?;
        if ticket == self.ticket.id {
            return Err(Refusal::SameRequest);
        }
        if !self.ticket.absorbed.contains(&ticket) {
            self.record(TicketEvent::Absorbed { ticket });
        }
        Ok(())
    }

    /// The other side of taking apart.
    pub(super) fn release(&mut self, ticket: TicketId) -> Result<(), Refusal> {
        Right::Merge.permit(self.by, self.terms)?;
        if self.ticket.absorbed.contains(&ticket) {
            self.record(TicketEvent::Released { ticket });
        }
        Ok(())
    }

    pub(super) fn link(&mut self, ticket: TicketId, kind: String) -> Result<(), Refusal> {
        Right::Merge.permit(self.by, self.terms)?;
        if ticket == self.ticket.id {
            return Err(Refusal::SameRequest);
        }
        if !LINKS.contains(&kind.as_str()) {
            let allowed = LINKS.iter().map(|kind| (*kind).to_owned()).collect();
            return Err(Refusal::UnknownValue { fact: "kind".to_owned(), value: kind, allowed });
        }
        if !self.ticket.links.contains(&(ticket, kind.clone())) {
            self.record(TicketEvent::Linked { ticket, kind });
        }
        Ok(())
    }

    pub(super) fn unlink(&mut self, ticket: TicketId) -> Result<(), Refusal> {
        Right::Merge.permit(self.by, self.terms)?;
        if self.ticket.links.iter().any(|(linked, _)| *linked == ticket) {
            self.record(TicketEvent::Unlinked { ticket });
        }
        Ok(())
    }

    /// The other side of a request that follows this one.
    pub(super) fn followed_up(&mut self, into: TicketId) -> Result<(), Refusal> {
        Right::Open.permit(self.by, self.terms)?;
        if !self.ticket.links.iter().any(|(linked, _)| *linked == into) {
            self.record(TicketEvent::Linked { ticket: into, kind: FOLLOWED.to_owned() });
        }
        Ok(())
    }

    /// A message begins a request of its own; it stays readable here.
    pub(super) fn split_off(&mut self, message: MessageId, into: TicketId) -> Result<(), Refusal> {
        Right::Merge.permit(self.by, self.terms)?;
        if !self.ticket.messages.iter().any(|known| known.id == message) {
            return Err(Refusal::UnknownValue {
                fact: "message".to_owned(),
                value: message.to_string(),
                allowed: Vec::new(),
            });
        }
        if self.ticket.split_off.iter().any(|(known, _)| *known == message) {
            return Err(Refusal::AlreadySplitOff);
        }
        self.record(TicketEvent::SplitOff { message, into });
        Ok(())
    }
}
