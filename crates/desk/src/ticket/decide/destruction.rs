//! What the customer gave goes when the document says so, and all that is left when their account is destroyed; a
//! certificate of it stays.

use super::Draft;
use crate::field_value::FieldValue;
use crate::id::{ContentId, FileId};
use crate::refusal::Refusal;
use crate::ticket::event::TicketEvent;
use crate::ticket::{MessageKind, TicketState};
use meters::{Happening, destruction};
use terms::Facts;

impl Draft<'_> {
    /// Records what an event destroys. The files and texts themselves go in the same transaction; their
    /// digests stay in the log, so that it can still be proven what was there.
    pub(in crate::ticket) fn destroy_what_must_go(&mut self, happening: &Happening) {
        let terms = self.terms;
        for duty in terms.data.iter().filter(|duty| duty.destroy == happening.event) {
            let found = destruction(terms, duty, Some(happening.at), &self.ticket.facts);
            let named = |kinds: &[&str]| found.what.iter().any(|what| kinds.contains(&what.as_str()));
            let gone = &self.ticket.destroyed;
            let given =
                || self.ticket.messages.iter().filter(|message| message.kind == MessageKind::Incoming);
            let mut files: Vec<FileId> = Vec::new();
            if named(&["attachments", "captures", "files", "data"]) {
                files.extend(given().flat_map(|message| message.files.iter().map(|file| file.id)));
            }
            let mut contents: Vec<ContentId> = Vec::new();
            if named(&["conversation"]) {
                let texts =
                    given().flat_map(|message| std::iter::once(&message.body).chain(&message.history));
                contents.extend(texts.map(|text| text.id));
                contents.extend(self.ticket.fields.values().filter_map(FieldValue::text).map(|text| text.id));
                // The form of a letter says the same words again.
                files.extend(given().filter_map(|message| message.html.as_ref().map(|html| html.id)));
            }
            files.retain(|file| !gone.contains(&file.0));
            contents.retain(|content| !gone.contains(&content.0));
            if files.is_empty() && contents.is_empty() {
                continue;
            }
            self.record(TicketEvent::Destroyed {
                duty: duty.name.clone(),
                files,
                contents,
                backups_gone_at: found.backups_gone_at,
                clause: found.clause,
            });
        }
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
