//! What the customer gave goes when the document says so, and all that is left when their account is destroyed; a
//! certificate of it stays.

use super::Draft;
use crate::field_value::FieldValue;
use crate::id::{ContentId, FileId};
use crate::refusal::Refusal;
use crate::ticket::event::TicketEvent;
use crate::ticket::{MessageKind, Ticket, TicketState};
use calendar::Instant;
use meters::{Destruction, Happening, destruction};
use terms::{DataDuty, Facts, Terms};

impl Ticket {
    /// What goes of another request, for which this one goes on since an instant, by duties of this one's document: those
    /// that were done since then, and those done before where work on this one has come to an end. Each with its duty's
    /// name.
    #[must_use]
    pub fn destroys_with_it(&self, terms: &Terms, since: Instant) -> Vec<(String, Destruction)> {
        let done_at = |duty: &DataDuty| {
            let done = self.duties_of_data.get(&duty.name).copied();
            let before = || self.progress.last_of(&duty.destroy).filter(|_| !self.state.is_live());
            done.filter(|at| *at >= since).or_else(before)
        };
        let found = terms.data.iter().filter_map(|duty| {
            let found = destruction(terms, duty, Some(done_at(duty)?), &self.facts);
            Some((duty.name.clone(), found))
        });
        found.collect()
    }
}

impl Draft<'_> {
    /// Records what an event destroys. The files and texts themselves go in the same transaction; their
    /// digests stay in the log, so that it can still be proven what was there.
    pub(in crate::ticket) fn destroy_what_must_go(&mut self, happening: &Happening) {
        let terms = self.terms;
        for duty in terms.data.iter().filter(|duty| duty.destroy == happening.event) {
            let found = destruction(terms, duty, Some(happening.at), &self.ticket.facts);
            // Those that it goes on for are told by the log that it was done, although nothing may go here.
            let is_told = !self.ticket.absorbed.is_empty();
            self.destroy_what_was_given(duty.name.clone(), found, is_told);
        }
    }

    /// Destroys what the customer gave, as far as a duty names it and it still stands. Where that is nothing,
    /// nothing is recorded unless it `is_told`.
    pub(in crate::ticket) fn destroy_what_was_given(
        &mut self,
        duty: String,
        found: Destruction,
        is_told: bool,
    ) {
        let named = |kinds: &[&str]| found.what.iter().any(|what| kinds.contains(&what.as_str()));
        let gone = &self.ticket.destroyed;
        let given = || self.ticket.messages.iter().filter(|message| message.kind == MessageKind::Incoming);
        let mut files: Vec<FileId> = Vec::new();
        if named(&["attachments", "captures", "files", "data"]) {
            files.extend(given().flat_map(|message| message.files.iter().map(|file| file.id)));
        }
        let mut contents: Vec<ContentId> = Vec::new();
        if named(&["conversation"]) {
            let texts = given().flat_map(|message| std::iter::once(&message.body).chain(&message.history));
            contents.extend(texts.map(|text| text.id));
            contents.extend(self.ticket.fields.values().filter_map(FieldValue::text).map(|text| text.id));
            // The form of a letter says the same words again.
            files.extend(given().filter_map(|message| message.html.as_ref().map(|html| html.id)));
        }
        files.retain(|file| !gone.contains(&file.0));
        contents.retain(|content| !gone.contains(&content.0));
        if files.is_empty() && contents.is_empty() && !is_told {
            return;
        }
        let Destruction { backups_gone_at, clause, .. } = found;
        self.record(TicketEvent::Destroyed { duty, files, contents, backups_gone_at, clause });
    }

    /// Records that everything goes, because the account is destroyed. What was not closed is closed with it, whatever
    /// the document asks before that: there is nobody left whom it could be asked for. What was held back never leaves.
    pub(super) fn destroy_with_account(
        &mut self,
        files: Vec<FileId>,
        contents: Vec<ContentId>,
    ) -> Result<(), Refusal> {
        if let Some(held) = &self.ticket.held {
            let message = held.message.id;
            self.record(TicketEvent::Unsent { message });
        }
        let what = ["messages", "attachments", "letters"].map(str::to_owned).to_vec();
        self.record(TicketEvent::Outlived { what, by: "destruction".to_owned(), files, contents });
        if matches!(self.ticket.state, TicketState::Closed | TicketState::Declined) {
            return Ok(());
        }
        self.record(TicketEvent::Closed { reason: "account_destroyed".to_owned() });
        self.deed("close", &Facts::new())
    }
}
