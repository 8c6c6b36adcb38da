//! What people put on a request and look for again, as the store keeps it beside the row.

use desk::{Recorded, Ticket, TicketEvent};
use store::{Mark, fold_words};

/// The name under which tags stand.
pub(crate) const TAG: &str = "tag";

/// All marks of a request, where these events changed any.
pub(crate) fn mark_ticket(ticket: &Ticket, events: &[Recorded]) -> Option<Vec<Mark>> {
    let changed = events.iter().any(|recorded| matches!(recorded.event, TicketEvent::Tagged { .. }));
    changed.then(|| {
        let tags =
            ticket.tags.iter().map(|tag| Mark { name: TAG.to_owned(), value: folded_mark(tag), rank: None });
        tags.collect()
    })
}

/// A value as marks hold it: without capitals and accents, its words joined. Signs alone stay as they are.
pub(crate) fn folded_mark(text: &str) -> String {
    match fold_words(text).join("-") {
        folded if folded.is_empty() => text.trim().to_lowercase(),
        folded => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::folded_mark;

    #[test]
    fn a_mark_is_found_however_it_is_written() {
        assert_eq!(folded_mark("À rappeler"), folded_mark("a-RAPPELER"));
        assert_eq!(folded_mark(" ★ "), "★");
    }
}
