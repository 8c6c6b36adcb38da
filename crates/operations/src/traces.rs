use desk::{Actor, Author, ContentId, FileId, Message, MessageKind, Person, Recorded, TicketEvent};
use std::collections::{BTreeMap, BTreeSet};
use store::TicketPage;

/// What a request holds of a person.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Traces {
    /// Whether they asked it.
    pub(crate) is_asker: bool,
    /// Texts of theirs, and to and about them.
    pub(crate) contents: Vec<ContentId>,
    /// Files likewise.
    pub(crate) files: Vec<FileId>,
    /// Whole letters of others in which theirs may be quoted.
    quotations: Vec<ContentId>,
    /// The same letters in the form in which they were sent.
    quoting_forms: Vec<FileId>,
}

impl Traces {
    pub(crate) fn is_none(&self) -> bool {
        !self.is_asker
            && self.contents.is_empty()
            && self.files.is_empty()
            && self.quotations.is_empty()
            && self.quoting_forms.is_empty()
    }

    /// With the whole letters of others in which theirs may be quoted: what an erasure takes as well.
    pub(crate) fn with_quotations(mut self) -> Self {
        self.contents.append(&mut self.quotations);
        self.files.append(&mut self.quoting_forms);
        self
    }

    /// All that they wrote; on a request that they asked, also what colleagues wrote to them and about
    /// them, and its subject. What other customers wrote stays, but for what it quotes. What went
    /// already is not counted again.
    pub(crate) fn of(page: &TicketPage, person: &Person, everything: bool) -> Self {
        let email = person.email.to_lowercase();
        let has_email = email.contains('@');
        let is_theirs = |author: &Author| match author {
            Author::Person { id } => *id == person.id,
            Author::Address { address } => {
                let known = page.contents.get(&address.id);
                has_email && known.is_some_and(|known| known.to_lowercase().contains(&email))
            }
        };
        let is_asker = page.row.contact == Some(person.id)
            || (has_email
                && page.row.contact.is_none()
                && page.row.requester.to_lowercase().contains(&email));
        let mut found = Self { is_asker, ..Self::default() };
        if !everything {
            return found;
        }
        let mut refs = BTreeMap::new();
        let (mut histories, mut forms) = (BTreeSet::new(), BTreeSet::new());
        let mut is_involved = is_asker;
        for recorded in page.log.iter().flat_map(|entry| &entry.commit) {
            // What was blacked out is whose it was before.
            if matches!(recorded.event, TicketEvent::Redacted { .. }) {
                continue;
            }
            let message = message_of(recorded);
            let author = message.map(|message| &message.by);
            let of_other_customer = match (message, &recorded.by) {
                (Some(message), _) => message.kind == MessageKind::Incoming && !is_theirs(&message.by),
                (None, by) => matches!(by, Actor::Contact { id } if *id != person.id),
            };
            let wrote = match author {
                Some(author) => is_theirs(author),
                None => recorded.by.person() == Some(person.id),
            };
            let opened = matches!(recorded.event, TicketEvent::Opened { .. });
            is_involved |= wrote && message.is_some();
            if wrote || (is_asker && (opened || !of_other_customer)) {
                collect(&recorded.event, &mut refs);
            }
            if let Some(history) = message.and_then(|message| message.history.as_ref()) {
                histories.insert(history.id.0);
            }
            if let Some(form) = message.and_then(|message| message.html.as_ref()) {
                forms.insert(form.id.0);
            }
        }
        if is_involved {
            let others = histories.into_iter().filter(|id| !refs.contains_key(id)).map(ContentId);
            found.quotations = others.filter(|id| page.contents.contains_key(id)).collect();
        }
        let standing_files: BTreeSet<u128> = page.files.iter().map(|file| file.id.0).collect();
        if is_involved {
            let others = forms.into_iter().filter(|id| !refs.contains_key(id) && standing_files.contains(id));
            found.quoting_forms = others.map(FileId).collect();
        }
        for (id, kind) in refs {
            match kind {
                Kind::Text if page.contents.contains_key(&ContentId(id)) => {
                    found.contents.push(ContentId(id));
                }
                Kind::File if standing_files.contains(&id) => found.files.push(FileId(id)),
                _ => {}
            }
        }
        // The row of one that was erased before says so already.
        if found.contents.is_empty()
            && found.quotations.is_empty()
            && found.quoting_forms.is_empty()
            && found.files.is_empty()
            && page.log.iter().any(|entry| erased(entry, person))
        {
            found.is_asker = false;
        }
        found
    }
}

fn erased(entry: &store::LogEntry, person: &Person) -> bool {
    entry.commit.iter().any(|recorded| {
        matches!(&recorded.event, TicketEvent::Erased { person: known, .. } if *known == person.id)
    })
}

fn message_of(recorded: &Recorded) -> Option<&Message> {
    match &recorded.event {
        TicketEvent::Wrote { message, .. } => Some(message),
        TicketEvent::Held { held } => Some(&held.message),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    File,
}

/// Every text and file that an event points to, wherever in it: an event of tomorrow needs no line here.
fn collect(event: &TicketEvent, found: &mut BTreeMap<u128, Kind>) {
    fn walk(value: &serde_json::Value, found: &mut BTreeMap<u128, Kind>) {
        match value {
            serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            serde_json::Value::Object(fields) => {
                if let (Some(id), Some(_)) = (fields.get("id"), fields.get("digest"))
                    && let Some(id) = id.as_str().and_then(|id| id.parse::<ContentId>().ok())
                {
                    let kind = if fields.contains_key("size") { Kind::File } else { Kind::Text };
                    found.insert(id.0, kind);
                }
                fields.values().for_each(|field| walk(field, found));
            }
            _ => {}
        }
    }
    walk(&serde_json::to_value(event).expect("an event is plain data"), found);
}

/// The texts and files that an event points to; the second says whether it is a file.
pub(crate) fn pointed_to(event: &TicketEvent) -> Vec<(u128, bool)> {
    let mut found = BTreeMap::new();
    collect(event, &mut found);
    found.into_iter().map(|(id, kind)| (id, kind == Kind::File)).collect()
}
