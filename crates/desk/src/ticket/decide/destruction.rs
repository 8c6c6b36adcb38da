//! What the customer gave goes when the document says so; a certificate of it stays.

use super::Draft;
use crate::field_value::FieldValue;
use crate::id::{ContentId, FileId};
use crate::ticket::MessageKind;
use crate::ticket::event::TicketEvent;
use meters::{Happening, destruction};

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
}
