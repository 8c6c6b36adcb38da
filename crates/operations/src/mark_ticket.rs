//! What people put on a request and look for again, as the store keeps it beside the row.

use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_fields::mark_of;
use crate::seal::Sealed;
use desk::{ContentId, FieldValue, Recorded, Ticket, TicketEvent};
use std::collections::HashMap;
use store::{Mark, fold_words};

/// The name under which tags stand.
pub(crate) const TAG: &str = "tag";
/// The name under which stands how the customer was helped.
pub(crate) const SATISFACTION: &str = "satisfaction";

/// All marks of a request, where these events changed any.
pub(crate) async fn mark_ticket(
    environment: &Environment,
    ticket: &Ticket,
    events: &[Recorded],
    sealed: &Sealed,
) -> Result<Option<Vec<Mark>>, Failure> {
    let of_fields: Vec<ContentId> =
        ticket.fields.values().filter_map(FieldValue::text).map(|text| text.id).collect();
    let changed = events.iter().any(|recorded| match &recorded.event {
        TicketEvent::Tagged { .. } | TicketEvent::FieldsSet { .. } | TicketEvent::Rated { .. } => true,
        TicketEvent::Outlived { .. } => true,
        TicketEvent::Destroyed { .. } | TicketEvent::Erased { .. } | TicketEvent::Redacted { .. } => {
            !of_fields.is_empty()
        }
        _ => false,
    });
    if !changed {
        return Ok(None);
    }
    let mut texts: HashMap<ContentId, String> = HashMap::new();
    if !of_fields.is_empty() {
        let new = sealed.contents.iter().filter(|content| of_fields.contains(&content.id));
        texts.extend(new.map(|content| (content.id, content.text.clone())));
        // What was filled before stands in the store.
        if texts.len() < of_fields.len() {
            texts.extend(environment.store.contents_of(&ticket.provider, ticket.id).await?);
        }
        texts.extend(sealed.rewritten.iter().map(|content| (content.id, content.text.clone())));
        texts.retain(|id, _| !ticket.destroyed.contains(&id.0));
    }
    let tags =
        ticket.tags.iter().map(|tag| Mark { name: TAG.to_owned(), value: folded_mark(tag), rank: None });
    let fields = ticket.fields.iter().filter_map(|(key, value)| mark_of(key, value, &texts));
    let rating = ticket.rating.iter().map(|rating| {
        let value = rating.score.as_str().to_owned();
        Mark { name: SATISFACTION.to_owned(), value, rank: Some(rating.score as i64) }
    });
    Ok(Some(tags.chain(fields).chain(rating).collect()))
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
